"""Heartbeat both ways: when a PLC counts as lost, and what is still sent to it then."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from line.messages import LinkState
from line.model import LineModel
from line.quality import Status
from line.scan import HEARTBEAT_ORIGIN
from tests.builders import S
from tests.unit.line_kit import EXTRA_ROWS, LINE_YAML, PERIOD_NS, Rig, ask, command, link, load, oven_csv, start

KEYS = "    heartbeat: PLC1.Sup\n    plc_heartbeat: PLC1.Beat\n    supervisor_ok: PLC1.SupOk\n"
ROWS = (
    *EXTRA_ROWS,
    "PLC1.Beat,int,plc1,ir:500:uint16,,0,65535,0,,,,,,Счётчик ПЛК,PLC counter",
    "PLC1.SupOk,bool,plc1,di:500,,,,,,,,,,Видит нас,Sees us",
)
YAML = LINE_YAML.replace("    heartbeat: PLC1.Sup\n", KEYS)
TIMEOUT = 5 * S // PERIOD_NS
"""Scans in heartbeat_timeout_s."""


@cache
def watched() -> LineModel:
    model, problems = load(YAML, oven_csv(extra=ROWS))
    assert model is not None, problems
    return model


class Beating(Rig):
    """The ovens with a PLC that counts once a second and sees us, unless a test says otherwise."""

    def __init__(self, *, beats: bool = True, sees: float = 1.0) -> None:
        super().__init__(model=watched())
        self.beats = beats
        self.plc.values["PLC1.SupOk"] = sees
        self.links = {"plc1": link(LinkState.UP)}
        self._scans = 0

    def period(self, count: int = 1) -> None:
        for _ in range(count):
            self._scans += 1
            if self.beats and self._scans % 4 == 0:
                self.plc.values["PLC1.Beat"] = (self.plc.values["PLC1.Beat"] + 1) % 65536
            self.scan()

    def flag(self, name: str) -> float | None:
        return self.state.image.number(self.model.tags.handle(f"Link.plc1.{name}"))

    @property
    def flags(self) -> tuple[float | None, float | None]:
        return self.flag("PlcAlive"), self.flag("SupervisorSeen")


# What is known


def test_both_directions_are_seen_while_the_plc_counts_and_sees_us() -> None:
    rig = Beating()
    rig.period(400)
    assert rig.flags == (1.0, 1.0)


def test_nothing_is_known_and_nothing_is_lost_before_the_first_change() -> None:
    rig = Beating(sees=0.0)
    rig.period()
    shown = [rig.model.tags.handle(f"Link.plc1.{n}") for n in ("PlcAlive", "SupervisorSeen")]
    assert [int(rig.state.image.status[h]) for h in shown] == [Status.BAD_WAITING_FOR_INITIAL_DATA] * 2
    rig.period(4)
    rig.plc.values["PLC1.SupOk"] = 1.0
    rig.period()
    assert rig.flags == (1.0, 1.0)


def test_a_device_that_never_answered_is_unknown_however_long() -> None:
    rig = Beating()
    rig.polls = False
    rig.period(400)
    assert rig.flags == (None, None)


def test_a_counter_that_stands_from_the_start_is_a_plc_that_does_not_run() -> None:
    rig = Beating(beats=False)
    rig.period(TIMEOUT)
    assert rig.flag("PlcAlive") is None
    rig.period(1)
    assert rig.flag("PlcAlive") == 0.0


def test_a_counter_that_stands_is_lost_after_its_time_and_back_with_its_first_change() -> None:
    rig = Beating()
    rig.period(40)
    rig.beats = False
    rig.period(TIMEOUT - 1)
    assert rig.flags == (1.0, 1.0)
    rig.period(1)
    assert rig.flags == (0.0, 1.0)
    rig.plc.values["PLC1.Beat"] = 0.0  # a PLC that was restarted counts from the beginning
    rig.period(1)
    assert rig.flags == (1.0, 1.0)


@pytest.mark.parametrize("name", ["PLC1.Beat", "PLC1.SupOk"])
def test_what_is_not_good_for_that_long_is_lost_as_well(name: str) -> None:
    rig = Beating()
    rig.period(40)
    rig.plc.status[name] = int(Status.BAD_TIMEOUT)
    rig.period(TIMEOUT - 4)
    assert rig.flags == (1.0, 1.0)
    rig.period(5)
    assert rig.flags == ((0.0, 1.0) if name == "PLC1.Beat" else (1.0, 0.0))
    del rig.plc.status[name]
    rig.period(4)
    assert rig.flags == (1.0, 1.0)


def test_a_plc_that_does_not_see_us_is_told_after_its_time() -> None:
    rig = Beating()
    rig.period(40)
    rig.plc.values["PLC1.SupOk"] = 0.0
    rig.period(TIMEOUT - 1)
    assert rig.flags == (1.0, 1.0)
    rig.period(1)
    assert rig.flags == (1.0, 0.0)


def test_a_clock_that_is_set_back_loses_nobody() -> None:
    rig = Beating()
    rig.period(40)
    rig.beats = False
    rig.scan(after_ns=-3600 * S)
    assert rig.flags == (1.0, 1.0)
    rig.period(TIMEOUT - 1)
    assert rig.flag("PlcAlive") == 1.0
    rig.period(1)
    assert rig.flag("PlcAlive") == 0.0


def test_a_restart_of_the_engine_begins_with_nothing_known() -> None:
    rig = Beating()
    rig.period(40)
    rig.state = rig.plan.restored({}, rig.now_ns)
    rig.period(1)
    assert rig.flags == (None, 1.0)
    rig.period(4)
    assert rig.flags == (1.0, 1.0)


# What is refused


def lost(which: str) -> Beating:
    """A rig that ran U1 and then lost one direction."""
    rig = Beating()
    rig.period(8)
    rig.scan(ask=[start(temp=72.0, time=600.0)])
    rig.period(8)
    assert rig.view()["state"] == "running"
    if which == "plc":
        rig.beats = False
    else:
        rig.plc.values["PLC1.SupOk"] = 0.0
    rig.period(TIMEOUT + 4)
    assert rig.flags == ((0.0, 1.0) if which == "plc" else (1.0, 0.0))
    rig.plc.written.clear()
    rig.batch.answers.clear()
    return rig


REASONS = {
    "plc": "PLC 1: its program does not run, the heartbeat stands. Act on site",
    "supervisor": "PLC 1 does not see the supervisor: only hold, stop and abort are possible",
}


@pytest.mark.parametrize("which", ["plc", "supervisor"])
def test_a_tag_is_not_written_while_a_direction_is_lost(which: str) -> None:
    rig = lost(which)
    rig.scan(command("tag.write", "U2.SP_Temp", value=70))
    assert (rig.statuses(), rig.reasons()) == (["refused"], [REASONS[which]])
    assert rig.plc.written == []


def test_a_plc_without_a_link_is_told_by_its_link() -> None:
    rig = lost("plc")
    rig.links = {"plc1": link(LinkState.DOWN)}
    rig.period(1)
    rig.scan(command("tag.write", "U2.SP_Temp", value=70))
    assert rig.reasons() == ["PLC 1: no connection. Act on site"]


@pytest.mark.parametrize("which", ["plc", "supervisor"])
def test_a_batch_starts_nothing_while_a_direction_is_lost(which: str) -> None:
    rig = lost(which)
    rig.scan(ask=[start(unit="U2", identity="r9", temp=72.0)])
    rig.scan()
    (answer,) = rig.batch.answers
    assert (answer.status, [r["en"] for r in answer.reasons]) == ("refused", [REASONS[which]])
    assert rig.plc.written == []


@pytest.mark.parametrize("word", ["hold", "stop", "abort"])
def test_what_brings_a_machine_to_rest_is_tried_while_the_plc_counts(word: str) -> None:
    rig = lost("supervisor")
    rig.scan(ask=[ask(word)])
    rig.period(2)
    assert [str(a.status) for a in rig.batch.answers] == ["accepted"]
    rig = lost("plc")
    rig.scan(ask=[ask(word)])
    rig.period(2)
    (answer,) = rig.batch.answers
    assert [r["en"] for r in answer.reasons] == [REASONS["plc"]]
    assert rig.plc.written == []


@pytest.mark.parametrize("word", ["restart", "reset"])
def test_what_sets_a_machine_going_is_refused_to_a_person_too(word: str) -> None:
    rig = lost("supervisor")
    rig.scan(command("unit.mode", "U2", "m", mode="manual"))
    rig.plc.values["U2.PhSts"] = 6.0 if word == "restart" else 2.0
    rig.scan()
    rig.scan(command("unit.command", "U2", command=word))
    assert rig.reasons() == [REASONS["supervisor"]]
    assert rig.told("command", id="c1")[-1]["reasons"][0]["ru"].startswith("ПЛК 1 не видит верхний уровень")


def test_our_own_heartbeat_goes_on_or_the_plc_could_never_see_us_again() -> None:
    for which in ("plc", "supervisor"):
        rig = lost(which)
        beats = [w for _ in range(8) for w in rig.scan().writes if w.origin == HEARTBEAT_ORIGIN]
        assert len(beats) == 2
    rig.plc.values["PLC1.SupOk"] = 1.0
    rig.period(1)
    rig.scan(command("tag.write", "U2.SP_Temp", value=70))
    assert rig.statuses() == ["accepted"]


def test_an_interlock_of_a_plc_that_stands_is_told_once_and_tried_again_when_it_counts() -> None:
    rig = lost("plc")
    rig.plc.values["U1.Temp"] = 150.0
    rig.period(100)
    assert len(rig.told("unit", what="interlock")) == 1
    assert [d["reasons"][0]["en"] for d in rig.told("unit", what="refused")] == [REASONS["plc"]]
    rig.beats = True
    rig.period(6)
    assert rig.plc.state("U1").name == "ABORTING"


def test_another_plc_goes_on() -> None:
    yaml = YAML.replace("enums:\n", "  plc2:\n    driver: modbus\n    name: {ru: ПЛК 2, en: PLC 2}\nenums:\n", 1)
    row = "Aux.SP,float,plc2,hr:0:float32,,0,100,1,,,1,,,Задание,Setpoint"
    model, problems = load(yaml, oven_csv(extra=[*ROWS, row]))
    assert model is not None, problems
    rig = Rig(model=model)
    rig.plc.values["Aux.SP"] = 1.0
    for _ in range(TIMEOUT + 3):
        rig.scan()
    assert rig.state.image.number(model.tags.handle("Link.plc1.PlcAlive")) == 0.0
    rig.scan(command("tag.write", "Aux.SP", value=2))
    assert rig.statuses() == ["accepted"]


# What line.yaml may name


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("plc_heartbeat: PLC1.Beat", "plc_heartbeat: PLC1.Beta", "plc_heartbeat", "there is no tag 'PLC1.Beta'"),
        ("supervisor_ok: PLC1.SupOk", "supervisor_ok: PLC1.Sup0k", "supervisor_ok", "there is no tag 'PLC1.Sup0k'"),
        ("plc_heartbeat: PLC1.Beat", "plc_heartbeat: U1.Dev", "plc_heartbeat", "U1.Dev belongs to the device 'calc', not 'plc1'"),
        ("plc_heartbeat: PLC1.Beat", "plc_heartbeat: PLC1.Sup", "plc_heartbeat", "PLC1.Sup is our own counter"),
        ("scan_period_ms: 250", "scan_period_ms: 4000", "plc_heartbeat", "is read every 4 s only, but judged after 5 s"),
    ],
)
def test_a_wrong_name_is_a_fault_with_its_place(old: str, new: str, key: str, message: str) -> None:
    assert old in YAML
    _, problems = load(YAML.replace(old, new), oven_csv(extra=ROWS))
    told: Sequence[str] = [f"{p.key}: {p.message}" for p in problems]
    assert any(t.startswith(f"devices.plc1.{key}: ") and message in t for t in told), told


@pytest.mark.parametrize(("row", "cut"), [("PLC1.Sup", "100"), ("U1.PhReq", "32767"), ("U1.PhAck", "100")])
def test_a_count_that_its_tag_cannot_hold_is_a_problem(row: str, cut: str) -> None:
    rows = [r.replace(",0,65535,", f",0,{cut},") if r.startswith(f"{row},") else r for r in oven_csv().splitlines()]
    _, problems = load(csv_text="\n".join(rows) + "\n")
    [problem] = problems
    assert f"{row} counts from 0 to 65535, but its range is 0 to {cut}" in str(problem)
    assert "Write 0 and 65535 into the columns lo and hi" in str(problem)
