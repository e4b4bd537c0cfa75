"""Which policy is taken: order, priority, unit, alarm, service, shift, time of day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alarms.escalation_reach import unreachable
from alarms.policy import Between, EscalatesOn, Occasion, Policy, Step, choose, matches
from tests.unit.esc_kit import CALL, P1, Script, call, comes, night

UNACKED = EscalatesOn.UNACKED
STEPS = (Step(10.0, tell=("lead",)),)
ALARM = Occasion(minute=180, shift=2, unit="S401", priority=1, alarm="A1")
CALLED = Occasion(minute=180, shift=2, unit="S401", service="repair")


def policy(name: str = "p", on: EscalatesOn = UNACKED, **only: object) -> Policy:
    sets = {k: frozenset(v) if isinstance(v, set) else v for k, v in only.items()}
    return replace(Policy(name, on, STEPS), **sets)


@pytest.mark.parametrize(
    ("only", "alarm", "called"),
    [
        ({}, True, True),
        ({"priorities": {1, 2}}, True, False),
        ({"priorities": {2}}, False, False),
        ({"units": {"S401"}}, True, True),
        ({"units": {"S402"}}, False, False),
        ({"alarms": {"A1"}}, True, False),
        ({"alarms": {"A2"}}, False, False),
        ({"services": {"repair"}}, False, True),
        ({"services": {"quality"}}, False, False),
        ({"shifts": {2}}, True, True),
        ({"shifts": {1, 3}}, False, False),
        ({"between": Between(180, 181)}, True, True),
        ({"between": Between(120, 180)}, False, False),
        ({"between": Between(1320, 360)}, True, True),
        ({"between": Between(360, 1320)}, False, False),
        ({"priorities": {1}, "units": {"S402"}}, False, False),
    ],
)
def test_what_a_policy_is_for(only: dict[str, Any], alarm: bool, called: bool) -> None:
    assert matches(policy(**only), ALARM) is alarm
    assert matches(policy(**only), CALLED) is called


def test_the_first_that_matches_is_taken() -> None:
    other, first, second = policy("a", units={"S402"}), policy("b", priorities={1}), policy("c")
    assert choose((other, first, second), UNACKED, ALARM) is first
    assert choose((other, first, second), UNACKED, replace(ALARM, priority=2)) is second
    assert choose((other,), UNACKED, ALARM) is None
    assert choose((second,), EscalatesOn.NO_ACTION, ALARM) is None


def test_the_policy_is_that_of_the_local_time_at_which_the_run_begins() -> None:
    late, day = night(replace(P1, id="night"), 22 * 60, 6 * 60), replace(P1, id="day")
    s = Script(late, day)  # the scripts begin at 01:13 in Moscow
    s.step(0, comes("A1"))
    assert s.view()["runs"][0]["policy"] == "night"
    s.step(6 * 3600, comes("B1"))
    assert {r["id"]: r["policy"] for r in s.view()["runs"]} == {"A1": "night", "B1": "day"}


def test_the_shift_is_that_of_the_view() -> None:
    second = replace(P1, id="second", shifts=frozenset({2}))
    s = Script(second)
    s.step(0, comes("A1"))
    assert s.runs() == {}
    s.views["shift"] = {"number": 2}
    s.step(1, comes("B1"))
    assert list(s.runs()) == ["B1 unacked"]


def test_calls_by_service() -> None:
    repair, rest = replace(CALL, id="repair", services=frozenset({"repair"})), replace(CALL, id="rest")
    s = Script(repair, rest)
    s.step(0, call("created", ""), call("created", "", number=2, service="quality"))
    assert {r["id"]: r["policy"] for r in s.view()["runs"]} == {"call-1": "repair", "call-2": "rest"}


# What can never be taken

ALL = [Occasion(0, 0, u, p, f"{u}.{p}") for u in ("S401", "S402", "") for p in (1, 2, 3)]
ALL += [Occasion(0, 0, u, service=s) for u in ("S401", "") for s in ("repair", "quality")]


@pytest.mark.parametrize(
    ("policies", "never"),
    [
        ([policy(), policy("q", priorities={1})], {1: [0]}),
        ([policy(priorities={1}), policy("q")], {}),
        ([policy(priorities={1, 2, 3}), policy("q")], {1: [0]}),
        ([policy(priorities={1}), policy("q", priorities={2, 3}), policy("r")], {2: [0, 1]}),
        ([policy(units={"S401"}), policy("q", alarms={"S401.2"})], {1: [0]}),
        ([policy(between=Between(0, 720)), policy("q", between=Between(60, 120))], {1: [0]}),
        ([policy(between=Between(0, 720)), policy("q")], {}),
        ([policy(between=Between(1320, 360)), policy("q", between=Between(360, 1320)), policy("r")], {2: [0, 1]}),
        ([policy(between=Between(1320, 360)), policy("q", between=Between(300, 400))], {}),
        ([policy(shifts={1, 2}), policy("q", shifts={2})], {1: [0]}),
        ([policy(shifts={1, 2}), policy("q")], {}),
        ([policy(shifts={1}), policy("q", shifts={1, 2})], {}),
        ([policy(), policy("q", EscalatesOn.NO_ACTION)], {}),
        ([policy(priorities={4}), policy("q", priorities={4})], {}),  # none of them is for anything yet
        ([policy("c", EscalatesOn.UNACCEPTED), policy("d", EscalatesOn.UNACCEPTED, services={"repair"})], {1: [0]}),
        ([policy("c", EscalatesOn.UNACCEPTED, services={"repair", "quality"}), policy("d", EscalatesOn.UNACCEPTED)], {1: [0]}),
        ([policy("c", EscalatesOn.UNACCEPTED, units={"S401"}), policy("d", EscalatesOn.UNACCEPTED)], {}),
    ],
)
def test_policies_that_are_never_taken(policies: list[Policy], never: dict[int, list[int]]) -> None:
    assert unreachable(policies, ALL) == never
