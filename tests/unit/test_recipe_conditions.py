"""Conditions of a procedure: names, units and values of a batch, True, False or nobody knows (and why)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.expr import ExpressionError
from line.quality import Status
from line.tags import TagKind, TagTable
from recipes.checks_ranges import Range, may_be, names_in, tree_of
from recipes.conditions import Bound, bind, judge, parse_condition
from tests.builders import snapshot, tag

TAGS = TagTable(
    [tag("S401.CoreTemp", 0, eu="°C", lo=-10, hi=100), tag("S402.CoreTemp", 1, eu="°C", lo=-10, hi=100),
     tag("H501.DoorClosed", 2, kind=TagKind.BOOL), tag("Util.Note", 3, kind=TagKind.STRING)]
)  # fmt: skip
UNITS = {"smokehouse": "S402", "chiller": "H501"}


def bound(
    source: str, *, unit: str = "S401", values: dict[str, float] | None = None, replies: dict[str, float] | None = None
) -> Bound:
    return bind(parse_condition(source), TAGS, unit, UNITS, values or {}, replies or {})


def test_names_of_units_parameters_and_prompts() -> None:
    condition = parse_condition("{u}.CoreTemp >= $core - 0.5 and {smokehouse}.CoreTemp > $core or @taste == 1")
    assert condition.roles == ("smokehouse", "u")
    assert condition.parameters == ("core",)
    assert condition.prompts == ("taste",)


@pytest.mark.parametrize("source", ["{U}.CoreTemp", "{}.CoreTemp", "$Core > 1", "$ > 1", "@", "{u.CoreTemp", "u}.CoreTemp > 1",
                                    "{sm oke}.X", "@1 > 0", "Ток > 1", "παρ_x > 1"])  # fmt: skip
def test_what_is_no_name_is_refused_with_a_remedy(source: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse_condition(source)
    assert refused.value.message
    assert refused.value.remedy


def test_units_and_values_are_those_of_the_batch() -> None:
    image = snapshot(TAGS, {"S401.CoreTemp": 70.0, "S402.CoreTemp": 73.0})
    source = "{u}.CoreTemp >= $core"
    assert bound(source, values={"core": 72.0}).judge(image).holds is False
    assert bound(source, unit="S402", values={"core": 72.0}).judge(image).holds is True
    assert bound("{smokehouse}.CoreTemp >= $core", values={"core": 72.0}).judge(image).holds is True
    assert bound(source, values={"core": 70.0}).judge(image).holds is True
    assert bound("0 - $core < -5", values={"core": -6.0}).judge(image).holds is False  # a negative value keeps its sign


def test_replies_are_numbers() -> None:
    image = snapshot(TAGS, {})
    assert bound("@taste == 1", replies={"taste": 1.0}).judge(image).holds is True
    assert bound("@taste == 1", replies={"taste": 0.0}).judge(image).holds is False


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{u}.CoreTemp >= $core", "S401.CoreTemp is not Good"),
        ("@taste == 1", "the prompt taste is not answered"),
        ("{filler}.Mass > 1", "no unit is taken for 'filler'"),
        ("$other > 1", "there is no parameter other"),
        ("{chiller}.Gone > 1", "there is no tag 'H501.Gone'"),
        ("1 / ($core - 72) > 1", "no result (division by zero)"),
    ],
)
def test_nobody_knows_and_it_is_said_why(source: str, why: str) -> None:
    image = snapshot(TAGS, {"S401.CoreTemp": 80.0}, status={"S401.CoreTemp": Status.UNCERTAIN_SENSOR_NOT_ACCURATE})
    judged = bound(source, values={"core": 72.0}).judge(image)
    assert judged.holds is None
    assert why in judged.why.en
    assert judged.why.ru
    assert judged.why.ru != judged.why.en


def test_a_value_that_is_not_good_never_makes_a_condition_hold() -> None:
    for code in (Status.UNCERTAIN_LAST_USABLE_VALUE, Status.BAD_SENSOR_FAILURE, Status.BAD_NO_COMMUNICATION):
        image = snapshot(TAGS, {"S401.CoreTemp": 99.0}, status={"S401.CoreTemp": code})
        for source in ("{u}.CoreTemp > 50", "not ({u}.CoreTemp > 50)", "{u}.CoreTemp > 50 or true"):
            assert bound(source).judge(image).holds is None


def test_good_asks_for_quality_itself() -> None:
    image = snapshot(TAGS, {"S401.CoreTemp": 99.0}, status={"S401.CoreTemp": Status.BAD_SENSOR_FAILURE})
    assert bound("good({u}.CoreTemp)").judge(image).holds is False
    assert bound("not good({u}.CoreTemp)").judge(image).holds is True


def test_what_was_bound_is_kept_and_changes_with_the_values() -> None:
    condition = parse_condition("{u}.CoreTemp >= $core")
    first = bind(condition, TAGS, "S401", UNITS, {"core": 72.0}, {})
    assert bind(condition, TAGS, "S401", {**UNITS, "other": "F301"}, {"core": 72.0, "more": 1.0}, {"x": 1.0}) is first
    assert bind(condition, TAGS, "S401", UNITS, {"core": 73.0}, {}) is not first
    assert first.reads == (0,)
    image = snapshot(TAGS, {"S401.CoreTemp": 72.5})
    assert judge(condition, TAGS, image, "S401", UNITS, {"core": 72.0}, {}).holds is True
    assert judge(condition, TAGS, image, "S401", UNITS, {"core": 73.0}, {}).holds is False


def test_nothing_but_an_expression_is_run() -> None:
    for source in ("__import__('os')", "{u}.CoreTemp.__class__", "[1][0]", "(lambda: 1)()", "2 ** 9 ** 9", "'a' == 'a'"):
        judged = bound(source).judge(snapshot(TAGS, {"S401.CoreTemp": 1.0}))
        assert judged.holds is None
        assert judged.why.en.startswith("no condition: ")


# What a condition can be at all


def can(source: str, wanted: bool = True, **ranges: Range) -> bool:
    tree = tree_of(parse_condition(source), {"u": "S401"})
    named = {"S401.T": (-10.0, 100.0), "S401.P": (0.0, 4.0), **{f"${k}": v for k, v in ranges.items()}}
    assert names_in(tree) <= named.keys()
    return may_be(tree, wanted, named)


@pytest.mark.parametrize(
    ("source", "true", "false"),
    [
        ("{u}.T >= 72", True, True),
        ("{u}.T >= 120", False, True),
        ("{u}.T <= 120", True, False),
        ("{u}.T == 100", True, True),
        ("{u}.T != 7", True, True),
        ("{u}.T > 100", False, True),
        ("not {u}.T > 100", True, False),
        ("{u}.T > 80 and {u}.T < 70", False, True),
        ("{u}.T > 80 and {u}.T < 80", False, True),
        ("{u}.T >= 80 and {u}.T <= 80", True, True),
        ("80 < {u}.T < 70", False, True),
        ("60 < {u}.T < 70", True, True),
        ("{u}.T > 80 or {u}.T < 70", True, True),
        ("{u}.T > 70 or {u}.T <= 70", True, False),
        ("not ({u}.T > 70 and {u}.P > 5)", True, False),
        ("{u}.T + {u}.P > 104", False, True),
        ("{u}.T - {u}.P >= 100", True, True),
        ("{u}.T * 2 > 201", False, True),
        ("{u}.T / {u}.P > 1000", True, True),
        ("{u}.T / 2 > 51", False, True),
        ("abs({u}.T) >= 0", True, False),
        ("abs({u}.T) > 100", False, True),
        ("min({u}.T, {u}.P) > 4", False, True),
        ("max({u}.T, 120) > 110", True, False),
        ("good({u}.T)", True, True),
        ("true", True, False),
        ("false", False, True),
        ("{u}.P", True, True),
        ("-{u}.T > 10", False, True),
        ("({u}.T > 50) + ({u}.P > 1) == 2", True, True),
        ("({u}.T > 500) + ({u}.P > 1) == 2", False, True),
    ],
)
def test_ranges_say_what_is_possible(source: str, true: bool, false: bool) -> None:
    assert (can(source), can(source, False)) == (true, false)


SOURCES = st.recursive(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["{u}.T", "{u}.P", "{u}.T - {u}.P", "abs({u}.T)", "-{u}.P", "{u}.T * {u}.P", "min({u}.T, 3)"]),
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        st.sampled_from(["0", "2", "72", "100", "{u}.P", "{u}.P * 2", "-5"]),
    ),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner) | st.builds("not ({})".format, inner)
    ),
    max_leaves=5,
)  # fmt: skip


@given(SOURCES, st.floats(-10, 100), st.floats(0, 4))
def test_what_happens_was_possible(source: str, t: float, p: float) -> None:
    """Soundness: an expression never has a truth inside the ranges that the ranges exclude."""
    tags = TagTable([tag("S401.T", 0), tag("S401.P", 1)])
    holds = bind(parse_condition(source), tags, "S401", {}, {}, {}).judge(snapshot(tags, {"S401.T": t, "S401.P": p})).holds
    assert holds is not None
    assert can(source, holds), (source, t, p, holds)


def test_an_unknown_range_excludes_nothing() -> None:
    tree = tree_of(parse_condition("{u}.X > 5"), {"u": "S401"})
    assert may_be(tree, True, {})
    assert may_be(tree, False, {"S401.X": (-math.inf, math.inf)})
