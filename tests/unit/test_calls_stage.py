"""Calls (andon): every state with every command, numbers, response times, what is refused, what is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alarms.calls import CALL_TABLE, CLOSED_SHOWN_NS, STANDING_MAX, CallsState, CallStage, CallState
from line.messages import Command, CommandKind
from line.stage import Scan
from tests.builders import T0_NS, S, snapshot, table
from tests.unit.esc_kit import plan

TAGS = table("T")
COMMANDS = (CommandKind.CALL_ACCEPT, CommandKind.CALL_ARRIVE, CommandKind.CALL_CLOSE)
REASON = {"ru": "течь", "en": "leak"}


def command(kind: str, target: str = "S401", user: str = "anna", **args: Any) -> Command:
    return Command("c1", kind, target, args, user, "operator", "p1", T0_NS)


def create(target: str = "S401", user: str = "anna", service: Any = "repair", reason: Any = None) -> Command:
    return command("call.create", target, user, service=service, reason=REASON if reason is None else reason)


class Script:
    """Runs the stage; a step gives the events of one scan as short lines."""

    def __init__(self) -> None:
        self.stage = CallStage(plan(), ("S401", "S402"))
        self.state: CallsState = self.stage.initial()
        self.scan = Scan(T0_NS, snapshot(TAGS, {}))

    def step(self, at_s: float, *commands: Command) -> list[str]:
        now_ns = T0_NS + round(at_s * S)
        self.scan = Scan(now_ns, snapshot(TAGS, {}, now_ns=now_ns), commands)
        self.state = self.stage.step(self.state, self.scan)
        return [
            f"{e.source} {e.data['from']}>{e.data['to']}" if e.kind == "call" else str(e.data["status"]) for e in self.scan.events
        ]

    def why(self) -> str:
        data: Any = self.scan.events[-1].data
        return data["reasons"][0]["en"]

    def told(self) -> dict[str, Any]:
        """The data of the last call event."""
        data: Any = [e for e in self.scan.events if e.kind == "call"][-1].data
        return dict(data)

    def view(self) -> dict[str, Any]:
        return json.loads(json.dumps(self.stage.view(self.state)))

    def restart(self) -> None:
        saved = json.loads(json.dumps(self.stage.save(self.state)))
        self.state = self.stage.restore(saved, T0_NS)


def in_state(state: CallState) -> Script:
    """One call, brought into ``state``."""
    s = Script()
    s.step(0, create())
    ways = {
        CallState.OPEN: (),
        CallState.ACCEPTED: ("accept",),
        CallState.ON_SITE: ("accept", "arrive"),
        CallState.CLOSED: ("close",),
    }
    for word in ways[state]:
        s.step(1, command(f"call.{word}", "call-1"))
    assert s.state.calls[0].state is state
    return s


def test_called_accepted_attended_closed() -> None:
    s = Script()
    assert s.step(0, create()) == ["accepted", "call-1 >open"]
    assert s.scan.events[0].data["call"] == "call-1"
    event = s.scan.events[1]
    assert (event.source, event.unit, event.kind) == ("call-1", "S401", "call")
    assert s.told() == {
        "what": "created",
        "number": 1,
        "service": "repair",
        "service_name": {"ru": "repair ru", "en": "repair en"},
        "reason": REASON,
        "from": "",
        "to": "open",
        "station": "p1",
        "user": "anna",
        "accept_s": None,
        "arrive_s": None,
        "close_s": None,
        "note": "",
    }
    assert s.view()["open"] == 1
    assert s.step(45.5, command("call.accept", "call-1", "petr")) == ["accepted", "call-1 open>accepted"]
    assert (s.told()["what"], s.told()["accept_s"], s.told()["user"]) == ("accepted", 45.5, "petr")
    assert s.step(300, command("call.arrive", "call-1", "petr")) == ["accepted", "call-1 accepted>on_site"]
    assert (s.told()["accept_s"], s.told()["arrive_s"]) == (45.5, 300.0)
    assert s.step(900, command("call.close", "call-1", "oleg", note=" seal replaced ")) == ["accepted", "call-1 on_site>closed"]
    assert (s.told()["close_s"], s.told()["note"]) == (900.0, "seal replaced")
    (row,) = s.view()["calls"]
    assert s.view()["open"] == 0
    assert row == {
        "id": "call-1",
        "number": 1,
        "service": "repair",
        "service_name": {"ru": "repair ru", "en": "repair en"},
        "unit": "S401",
        "reason": REASON,
        "state": "closed",
        "by": "anna",
        "station": "p1",
        "opened_ns": T0_NS,
        "accepted_ns": T0_NS + 45_500_000_000,
        "accepted_by": "petr",
        "on_site_ns": T0_NS + 300 * S,
        "on_site_by": "petr",
        "closed_ns": T0_NS + 900 * S,
        "closed_by": "oleg",
        "note": "seal replaced",
    }


@pytest.mark.parametrize("state", CallState)
@pytest.mark.parametrize("kind", COMMANDS)
def test_every_state_with_every_command(state: CallState, kind: CommandKind) -> None:
    s = in_state(state)
    before = s.state
    after = CALL_TABLE[state].get(kind)
    said = s.step(10, command(kind, "call-1"))
    if after is None:
        assert said == ["refused"]
        assert s.why().startswith("Call no. 1 is ")
        assert s.state is before
    else:
        assert said == ["accepted", f"call-1 {state}>{after}"]
        assert s.state.calls[0].state is after
        assert s.told()["what"] == after


def test_the_table_leads_every_call_to_its_end() -> None:
    assert set(CALL_TABLE) == set(CallState)
    assert CALL_TABLE[CallState.CLOSED] == {}
    for state, row in CALL_TABLE.items():
        assert set(row) <= set(COMMANDS)
        if state is not CallState.CLOSED:
            assert row[CommandKind.CALL_CLOSE] is CallState.CLOSED


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (create(service="canteen"), "There is no such service"),
        (create(service=7), "There is no such service"),
        (create("S409"), "There is no unit S409"),
        (create(reason=""), "Say why you call"),
        (create(reason="  "), "Say why you call"),
        (create(reason={"ru": "течь"}), "Say why you call"),
        (create(reason="x" * 201), "Say why you call"),
        (create(reason=5), "Say why you call"),
        (command("call.accept", "call-7"), "There is no such call"),
        (command("call.close", "call-1", note=5), "The note is a text"),
        (command("call.close", "call-1", note="x" * 501), "The note is a text"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(wrong: Command, why: str) -> None:
    s = in_state(CallState.OPEN)
    before = s.state
    assert s.step(1, wrong) == ["refused"]
    assert s.why().startswith(why)
    assert s.state is before


def test_a_typed_reason_and_a_call_for_no_unit() -> None:
    s = Script()
    s.step(0, create("", reason=" нужен погрузчик "))
    (row,) = s.view()["calls"]
    assert (row["unit"], row["reason"]) == ("", {"ru": "нужен погрузчик", "en": "нужен погрузчик"})


def test_the_same_call_twice_is_one_call() -> None:
    s = Script()
    s.step(0, create())
    assert s.step(5, create(user="petr")) == ["refused"]
    assert s.why() == "Call no. 1 for this reason stands already"
    assert s.step(6, create("S402"), create(service="quality"), create(reason="other")) == [
        "accepted",
        "call-2 >open",
        "accepted",
        "call-3 >open",
        "accepted",
        "call-4 >open",
    ]
    s.step(7, command("call.close", "call-1"))
    assert s.step(8, create()) == ["accepted", "call-5 >open"]


def test_calls_that_nobody_closes_do_not_grow_without_end() -> None:
    s = Script()
    reasons = [{"ru": f"причина {i}", "en": f"reason {i}"} for i in range(STANDING_MAX + 1)]
    for why in reasons[:-1]:
        assert s.step(0, create(reason=why))[0] == "accepted"
    assert s.step(1, create(reason=reasons[-1])) == ["refused"]
    assert s.why() == "200 calls stand already: close those that are done first"
    s.step(2, command("call.close", "call-7"))
    assert s.step(3, create(reason=reasons[-1])) == ["accepted", "call-201 >open"]


def test_numbers_count_up_for_the_life_of_the_line() -> None:
    s = Script()
    s.step(0, create())
    s.step(1, command("call.close", "call-1"))
    s.step(2 + CLOSED_SHOWN_NS / S)
    assert s.view()["calls"] == []
    s.restart()
    assert s.step(3 + CLOSED_SHOWN_NS / S, create()) == ["accepted", "call-2 >open"]


def test_open_ones_stand_first_and_old_ones_are_forgotten() -> None:
    s = Script()
    for number in range(1, 61):
        s.step(number, create(reason=f"r{number}"))
    for number in range(1, 56):
        s.step(100 + number, command("call.close", f"call-{number}"))
    rows = s.view()["calls"]
    assert [r["number"] for r in rows[:6]] == [60, 59, 58, 57, 56, 55]
    assert len(rows) == 50
    assert len(s.state.calls) == 55  # 50 closed ones are kept
    s.step(155 + CLOSED_SHOWN_NS / S - 1)
    assert [r["number"] for r in s.view()["calls"]] == [60, 59, 58, 57, 56, 55]
    s.step(155 + CLOSED_SHOWN_NS / S)
    assert [r["number"] for r in s.view()["calls"]] == [60, 59, 58, 57, 56]


def test_a_clock_set_back_forgets_nothing_and_gives_no_negative_times() -> None:
    s = Script()
    s.step(0, create(), create("S402"))
    s.step(10, command("call.close", "call-2"))
    s.step(-3600, command("call.accept", "call-1"))
    assert s.told()["accept_s"] == 0.0
    assert s.step(-3500) == []
    assert len(s.state.calls) == 2


def test_a_restart_keeps_every_call_as_it_stood() -> None:
    for state in CallState:
        s = in_state(state)
        before = s.state
        s.restart()
        assert s.state == before


def test_a_service_that_the_file_has_no_more_keeps_its_calls() -> None:
    s = Script()
    s.step(0, create())
    s.stage = CallStage(type(plan())(), ("S401",))
    s.restart()
    assert s.view()["calls"][0]["service_name"] == {"ru": "repair", "en": "repair"}
    assert s.step(1, command("call.accept", "call-1")) == ["accepted", "call-1 open>accepted"]
    assert s.step(2, create("S401", reason="new")) == ["refused"]


def test_a_quiet_scan_gives_the_same_state() -> None:
    s = in_state(CallState.CLOSED)
    before = s.state
    assert s.step(500) == []
    assert s.state is before


def test_a_state_that_cannot_be_read_is_told() -> None:
    with pytest.raises(ValueError, match="last"):
        CallStage(plan(), ()).restore({"calls": []}, T0_NS)
