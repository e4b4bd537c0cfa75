"""The sausage line on a manual clock: one outage is one alarm, and what the engine says of its links follows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from line.messages import Command
from line.quality import Status
from potok.linefolder import SHIPPED, LoadedLine, load_line
from potok.shift import ShiftSettings, ShiftStepper

SECOND = 4  # scans


@cache
def sausage() -> LoadedLine:
    return load_line(SHIPPED / "sausage")


class Shift:
    """The line, run for some seconds before a test does something to it."""

    def __init__(self) -> None:
        self.stepper = ShiftStepper(sausage(), ShiftSettings(hours=1.0, seed=1))
        self.stepper.open()
        self.alarms: list[str] = []
        self.run(30)
        assert self.alarms == []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * SECOND)):
            outputs = self.stepper.step()
            self.alarms += [e.source for e in outputs.events if e.kind == "alarm" and e.data["to"] == "unack_active"]

    def number(self, name: str) -> float | None:
        return self.stepper.engine.state.image.number(sausage().model.tags.handle(name))

    def ask(self, kind: str, target: str, **args: Any) -> Mapping[str, Any]:
        """The answer to a command, one scan later."""
        clock = self.stepper.clock
        self.stepper.engine.submit(Command("c", kind, target, args, "anna", "technologist", "test", clock.now_ns()))
        events = self.stepper.step().events
        return next(dict(e.data) for e in events if e.kind == "command" and e.data["id"] == "c")


def stop_program(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    """PLC 2 goes to STOP: it answers on the network, and its counter stands."""
    monkeypatch.setattr(shift.stepper.plant.plcs["plc2"], "begin_cycle", lambda jitter: None)


def cut_link(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    shift.stepper.plant.inject("link_drop", "plc2", None)


def deafen(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to PLC 2 does not arrive."""
    monkeypatch.setattr(shift.stepper.plant.plcs["plc2"], "write", lambda index, value: int(Status.BAD_TIMEOUT))


@pytest.mark.parametrize(
    ("outage", "alarm", "flags"),
    [
        (stop_program, "Link.plc2.PlcAlive.discrete", {"Up": 1.0, "PlcAlive": 0.0}),
        (cut_link, "Link.plc2.Up.discrete", {"Up": 0.0, "PlcAlive": 0.0, "SupervisorSeen": 0.0}),
        (deafen, "Link.plc2.SupervisorSeen.discrete", {"Up": 1.0, "PlcAlive": 1.0, "SupervisorSeen": 0.0}),
    ],
)
def test_one_outage_is_one_alarm(
    outage: Callable[[Shift, pytest.MonkeyPatch], None], alarm: str, flags: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    shift = Shift()
    outage(shift, monkeypatch)
    shift.run(60)
    assert shift.alarms == [alarm]
    assert {name: shift.number(f"Link.plc2.{name}") for name in flags} == flags
    assert (shift.number("Link.plc1.Up"), shift.number("Link.plc1.PlcAlive")) == (1.0, 1.0)
    answer = shift.ask("tag.write", "S401.SP_Temp", value=70)
    assert answer["status"] == "refused"
    assert answer["reasons"][0]["ru"].startswith("ПЛК 2")


def test_a_link_that_is_back_alarms_nothing_else() -> None:
    shift = Shift()
    shift.stepper.plant.inject("link_drop", "plc2", None)
    shift.run(60)
    shift.stepper.plant.clear("link_drop", "plc2")
    shift.run(60)
    assert shift.alarms == ["Link.plc2.Up.discrete"]
    assert [shift.number(f"Link.plc2.{n}") for n in ("Up", "PlcAlive", "SupervisorSeen", "Reconnects")] == [1.0, 1.0, 1.0, 1.0]
    assert shift.ask("tag.write", "S401.SP_Temp", value=70)["status"] == "accepted"
