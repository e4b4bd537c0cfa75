"""Expressions: they mean what Python means, have no value where they must have none, and nothing else gets through."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from line.expr import MAX_LENGTH, ExpressionError, ExpressionSet, compile_expressions, parse_expression
from line.image import Snapshot
from line.quality import Status
from line.tags import TagKind, TagTable
from tests.builders import snapshot, table, tag

TAGS = table("S.A", "S.B", "U.C")
TEXTS = TagTable([*TAGS, tag("S.Lot", 3, kind=TagKind.STRING)])
VALUES = {"S.A": 2.0, "S.B": -3.5, "U.C": 0.0}
IMAGE = snapshot(TAGS, VALUES)


def value(source: str, image: Snapshot = IMAGE, tags: TagTable = TAGS) -> float | None:
    """The value of one expression, alone and beside another."""
    together = compile_expressions([source, "1", source], tags).evaluate(image)
    assert together[0] == together[2]
    assert together[1] == 1.0
    assert compile_expressions([source], tags).evaluate(image) == [together[0]]
    return together[0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("S.A", 2.0),
        ("S.A + S.B * 2 - 1 / 4", -5.25),
        ("-S.A - +S.B", 1.5),
        ("(S.A + 1) * 3", 9.0),
        ("S.A > 1", 1.0),
        ("S.A > 1 > S.B", 1.0),
        ("1 < S.A < 2", 0.0),
        ("S.A == 2 and not S.B >= 0", 1.0),
        ("U.C or S.A", 1.0),
        ("not S.A", 0.0),
        ("true + True - false", 2.0),
        ("abs(S.B) + min(S.A, S.B, 7) + max(1, 2)", 2.0),
        ("good(S.A)", 1.0),
        ("S.A != 2", 0.0),
        ("  S.A\t", 2.0),
    ],
)
def test_expressions_mean_what_they_say(source: str, expected: float) -> None:
    assert value(source) == expected


Pair = tuple[str, str]
"""An expression as an engineer writes it, and as Python must be asked: its `and` and `or` give an operand, ours 1 or 0."""


def _compound(children: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    two = st.tuples(children, children)
    arithmetic = st.sampled_from(["+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!="])
    return (
        st.builds(lambda op, p: (f"({p[0][0]} {op} {p[1][0]})", f"({p[0][1]} {op} {p[1][1]})"), arithmetic, two)
        | st.builds(
            lambda op, p: (f"({p[0][0]} {op} {p[1][0]})", f"float(bool({p[0][1]} {op} {p[1][1]}))"),
            st.sampled_from(["and", "or"]),
            two,
        )
        | st.builds(
            lambda f, p: (f"{f}({p[0][0]}, {p[1][0]})", f"{f}({p[0][1]}, {p[1][1]})"), st.sampled_from(["min", "max"]), two
        )
        | st.builds(lambda f, c: (f"{f}({c[0]})", f"{f}({c[1]})"), st.sampled_from(["not ", "-", "+", "abs"]), children).map(
            lambda p: (f"({p[0]})", f"({p[1]})")
        )
    )


LEAVES = st.sampled_from(["S.A", "S.B", "U.C", "0", "1", "2.5", "1e3", "1e300", "true", "false"]).map(lambda s: (s, s))
EXPRESSIONS = st.recursive(LEAVES, _compound, max_leaves=10).filter(lambda p: len(p[0]) <= MAX_LENGTH)
NUMBERS = st.floats(-1e6, 1e6)


class _Names:
    """A tag's prefix for Python's own eval."""

    def __init__(self, **numbers: float) -> None:
        self.__dict__.update(numbers)


def python(source: str, a: float, b: float, c: float) -> float | None:
    """What Python itself makes of it; None where that is no finite number."""
    names = {"S": _Names(A=a, B=b), "U": _Names(C=c), "true": 1.0, "false": 0.0}
    functions = {"abs": abs, "min": min, "max": max, "float": float, "bool": bool, "__builtins__": {}}
    try:
        result = float(eval(source, functions, names))
    except ZeroDivisionError:
        return None
    return result if math.isfinite(result) else None


@settings(max_examples=250, deadline=None)
@given(EXPRESSIONS, NUMBERS, NUMBERS, NUMBERS)
@example(("(S.A == S.B)", "(S.A == S.B)"), 0.0, -0.0, 0.0)
def test_what_is_allowed_means_what_python_means(pair: Pair, a: float, b: float, c: float) -> None:
    image = snapshot(TAGS, {"S.A": a, "S.B": b, "U.C": c})
    assert value(pair[0], image) == python(pair[1], a, b, c)


@pytest.mark.parametrize(
    "code", [Status.BAD_SENSOR_FAILURE, Status.UNCERTAIN_LAST_USABLE_VALUE, Status.BAD_WAITING_FOR_INITIAL_DATA]
)
def test_without_good_inputs_there_is_no_value(code: Status) -> None:
    image = snapshot(TAGS, VALUES, status={"S.A": int(code)})
    found = compile_expressions(["S.A > 0", "S.B", "good(S.A)", "good(S.B)", "not good(S.A) and S.B < 0", "S.B < 0 or S.A"], TAGS)
    assert found.evaluate(image) == [None, -3.5, 0.0, 1.0, 1.0, None]
    assert len(found) == 6


@pytest.mark.parametrize("source", ["1 / U.C", "1 / 0", "S.A / (S.A - 2)", "1e308 * 10 * S.A", "(1e308 * 10) - (1e308 * 10)"])
def test_a_division_by_zero_or_an_overflow_has_no_value(source: str) -> None:
    assert value(source) is None


def test_one_division_by_zero_leaves_the_others_alone() -> None:
    assert compile_expressions(["S.A", "1 / U.C", "S.B"], TAGS).evaluate(IMAGE) == [2.0, None, -3.5]


def test_a_good_tag_that_is_no_number_makes_no_condition_true() -> None:
    image = snapshot(TAGS, {**VALUES, "S.A": math.nan})
    assert value("S.A", image) is None
    assert value("S.A + 1", image) is None


def test_no_expressions_at_all() -> None:
    assert ExpressionSet([]).evaluate(IMAGE) == []


def test_an_expression_knows_what_it_reads() -> None:
    expression = parse_expression("S.B > 0 and good(U.C) and S.B < 5", TAGS)
    assert expression.reads == (1, 2)
    assert expression.needs_good == (1,)


def test_texts_have_quality_but_no_number() -> None:
    assert parse_expression("good(S.Lot)", TEXTS).reads == (3,)
    with pytest.raises(ExpressionError, match="is a text"):
        parse_expression("S.Lot == 1", TEXTS)


REFUSED = [
    "", " ", "S.A +", "(S.A", "S.A S.B", "S.X", "A", "x", "S", "S.A.real", "S.A.__class__", "().__class__",
    "().__class__.__bases__[0].__subclasses__()", "(1).real", "(1).__class__", "S.A.__class__.__mro__", "__import__('os')",
    "__import__('os').system('true')", "open('f')", "eval('1')", "exec(1)", "print(S.A)", "abs", "min", "abs()", "abs(1, 2)",
    "min(1)", "min(1,2,3,4,5,6,7,8,9)", "max(*[1, 2])", "max(1, 2, key=abs)", "abs(x=1)", "good()", "good(1)", "good(S.A + 1)",
    "good(S.A, S.B)", "good(good(S.A))", "good", "abs(1)(2)", "(abs)(1)(1)", "S.A(1)", "(lambda: 1)()", "lambda: 1", "[1]",
    "(1, 2)", "{1}", "{1: 2}", "[x for x in (1,)]", "{x for x in (1,)}", "(x for x in (1,))", "S.A[0]", "S.A ** 2", "2 ** 10",
    "S.A % 2", "S.A // 2", "S.A << 1", "S.A >> 1", "S.A & 1", "S.A | 1", "S.A ^ 1", "~S.A", "S.A @ S.B", "'text'", "b'x'",
    "f'{S.A}'", "1j", "None", "...", "S.A is 1", "S.A is not 1", "S.A in (1,)", "S.A not in (1,)", "1 if S.A else 2",
    "(y := 1)", "y := 1", "yield", "(yield)", "await S.A", "import os", "S.A = 1", "S.A; S.B", "S.A\nS.B", "#", "\x00", "1e999",
    "-1e999", "9" * 400, "S.A if 1 else exec", "*S.A", "**S.A", "S.А", "v[0]", "g[0]", "v", "not", "and", "1_0_", "0777", "\\",
    "S.A \\", "{u}.A",
]  # fmt: skip


def test_what_is_not_allowed_is_refused_with_a_remedy() -> None:
    for source in REFUSED:
        with pytest.raises(ExpressionError) as refused:
            parse_expression(source, TAGS)
        assert refused.value.message, source
        assert refused.value.remedy, source


@pytest.mark.parametrize(
    "source",
    [
        "-" * 400 + "1",
        "(" * 240 + "1" + ")" * 240,
        "not " * 120 + "1",
        "+".join(["1"] * 240),
        "abs(" * 110 + "1" + ")" * 110,
        "x" * 501,
    ],
)
def test_what_is_too_deep_or_too_long_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expressions([source], TAGS)


def test_what_is_just_deep_enough_is_computed() -> None:
    assert value("+".join(["1"] * 99)) == 99.0
    assert value("abs(" * 60 + "S.B" + ")" * 60) == 3.5


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters() | st.sampled_from("SABUC.()+-*/<>=! andorgut01,:[]{}'\"\\lmb"), max_size=40))
def test_no_text_gets_anything_but_a_number_or_a_refusal(source: str) -> None:
    try:
        found = compile_expressions([source], TAGS)
    except ExpressionError:
        return
    (result,) = found.evaluate(IMAGE)
    assert result is None or isinstance(result, float)


def test_an_expression_means_the_same_in_every_set() -> None:
    first, second = (parse_expression(s, TAGS) for s in ("S.A - U.C / (S.B + 1)", "U.C + 1 < S.B or good(S.A)"))
    sets = [ExpressionSet(e) for e in ([first, second], [second], [first], [second, first])]
    bad = snapshot(TAGS, VALUES, status={"S.A": int(Status.BAD_SENSOR_FAILURE)})
    assert [s.evaluate(IMAGE) for s in sets] == [[2.0, 1.0], [1.0], [2.0], [1.0, 2.0]]
    assert [s.evaluate(bad) for s in sets] == [[None, 0.0], [0.0], [None], [0.0, None]]
