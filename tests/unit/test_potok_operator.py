"""The tireless operator: what it does, when, and that it does nothing twice."""

from __future__ import annotations

from typing import Any

from line.messages import Json
from potok.operator import Habits, Operator
from tests.builders import T0_NS, S

HABITS = Habits(
    "doktorskaya", 140.0, start_every_s=600, batches_max=2, acknowledge_after_s=45, restart_after_s=120, last_start_s=3600
)


def views(*, batches: list[dict[str, Any]] | None = None, alarms: list[dict[str, Any]] | None = None, ok: bool | None = True,
          state: str = "idle") -> dict[str, dict[str, Json]]:  # fmt: skip
    return {
        "batches": {"batches": batches or []},
        "alarms": {"active": alarms or []},
        "units": {"units": {"R101": {"state": state, "conditions": [{"id": "door", "ok": ok}]}}},
    }


def at(operator: Operator, seconds: float, seen: dict[str, dict[str, Json]]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(c.kind, c.target, dict(c.args)) for c in operator.look(T0_NS + int(seconds * S), seen)]


START = ("batch.create", "doktorskaya", {"size_kg": 140.0, "start": True})


def test_batches_are_started_at_their_intervals_until_the_last_start() -> None:
    operator = Operator(HABITS, T0_NS)
    assert at(operator, 0, views()) == [START]
    assert at(operator, 599, views()) == []
    assert at(operator, 600, views()) == [START]
    assert at(operator, 3601, views()) == []


def test_no_more_batches_than_hands() -> None:
    operator = Operator(HABITS, T0_NS)
    two = [{"id": "B1", "state": "running"}, {"id": "B2", "state": "held"}]
    assert at(operator, 0, views(batches=two)) == []
    ended = [{"id": "B1", "state": "complete"}, {"id": "B2", "state": "aborted"}, {"id": "B3", "state": "stopped"}]
    assert at(operator, 1, views(batches=ended)) == [START]


def test_nothing_is_started_on_a_line_that_is_not_ready() -> None:
    operator = Operator(HABITS, T0_NS)
    for ok in (False, None):
        assert at(operator, 0, views(ok=ok)) == []
    assert at(operator, 1, {}) == []
    assert at(operator, 2, views(ok=False, state="running")) == [START], "conditions of a running unit are no matter of a start"


def test_an_alarm_is_acknowledged_once_it_has_been_seen() -> None:
    operator = Operator(Habits("r", 1.0, last_start_s=-1), T0_NS)
    alarms = [
        {"id": "a", "state": "unack_active", "time_ns": T0_NS},
        {"id": "b", "state": "rtn_unack", "time_ns": T0_NS + 10 * S},
        {"id": "c", "state": "acked_active", "time_ns": T0_NS},
    ]
    assert at(operator, 44, views(alarms=alarms)) == []
    assert at(operator, 45, views(alarms=alarms)) == [("alarm.ack", "", {"alarms": ["a"]})]
    assert at(operator, 55, views(alarms=alarms)) == [("alarm.ack", "", {"alarms": ["a", "b"]})]


def test_a_latched_alarm_is_reset_once_it_is_acknowledged() -> None:
    operator = Operator(Habits("r", 1.0, last_start_s=-1), T0_NS)
    alarms = [
        {"id": "a", "state": "latched_unack", "time_ns": T0_NS},
        {"id": "b", "state": "latched_acked", "time_ns": T0_NS},
    ]
    assert at(operator, 45, views(alarms=alarms)) == [
        ("alarm.ack", "", {"alarms": ["a"]}), ("alarm.reset", "", {"alarms": ["b"]}),
    ]  # fmt: skip


def test_a_held_batch_is_restarted_and_tried_again() -> None:
    operator = Operator(Habits("r", 1.0, last_start_s=-1), T0_NS)
    held, running = views(batches=[{"id": "B1", "state": "held"}]), views(batches=[{"id": "B1", "state": "running"}])
    restart = ("batch.command", "B1", {"command": "restart"})
    assert at(operator, 0, held) == []
    assert at(operator, 119, held) == []
    assert at(operator, 120, held) == [restart]
    assert at(operator, 121, held) == []
    assert at(operator, 240, held) == [restart]
    assert at(operator, 241, running) == []
    assert at(operator, 300, held) == [], "held anew: two minutes count from now"
    assert at(operator, 420, held) == [restart]


def test_every_command_has_its_own_id_and_names_its_author() -> None:
    operator = Operator(HABITS, T0_NS)
    alarms = [{"id": "a", "state": "unack_active", "time_ns": 0}]
    commands = [c for s in range(3) for c in operator.look(T0_NS + s * S, views(alarms=alarms))]
    assert len({c.id for c in commands}) == len(commands) == 4
    assert {(c.user, c.role) for c in commands} == {("operator", "operator")}
