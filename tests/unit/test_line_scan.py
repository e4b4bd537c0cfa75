"""One scan: its order, what it publishes, tag writes and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from line.documents import Text
from line.messages import EventKind, JsonObject, LinkState, Write, WriteResult
from line.quality import Status
from line.scan import COMMAND_MAX_AGE_NS, HEARTBEAT_ORIGIN, Outputs, ScanPlan, saved_states
from line.stage import PhaseRequest, Scan
from tests.builders import T0_NS, S
from tests.unit.line_kit import Rig, command, link, ovens


class Spy:
    """A stage that counts the scans in which it was told to, and notes what it saw."""

    def __init__(self, name: str, kinds: Sequence[str] = ()) -> None:
        self.name = name
        self.command_kinds = frozenset(kinds)
        self.seen: list[str] = []
        self.busy = False

    def initial(self) -> int:
        return 0

    def step(self, state: int, scan: Scan) -> int:
        self.seen.append(f"{self.name} {[c.id for c in scan.commands]} after {[e.source for e in scan.events]}")
        scan.event(EventKind.SYSTEM, self.name, {"views": sorted(scan.views)})
        return state + 1 if self.busy else state

    def view(self, state: int) -> JsonObject:
        return {"count": state}

    def save(self, state: int) -> JsonObject:
        return {"count": state}

    def restore(self, saved: JsonObject, now_ns: int) -> int:
        count = saved["count"]
        assert isinstance(count, int)
        return count


# Order and identity


def test_stages_run_in_their_order_and_see_what_the_earlier_ones_did() -> None:
    spies = [Spy("alarms", ["alarm.ack"]), Spy("batches", ["batch.create"]), Spy("last")]
    rig = Rig(spies)
    rig.scan(command("batch.create", "dok", "b"), command("alarm.ack", "", "a"))
    assert [s.seen for s in spies] == [
        ["alarms ['a'] after []"], ["batches ['b'] after ['alarms']"], ["last [] after ['alarms', 'batches']"],
    ]  # fmt: skip
    assert rig.told("system")[0]["views"] == ["alarms", "batches", "last", "writes"]


class Bank(Spy):
    """Lends what it has and settles what was taken in the same scan."""

    def lend(self, state: int, scan: Scan) -> list[int]:
        return [state]

    def step(self, state: int, scan: Scan) -> int:
        taken = scan.lent[self.name]
        assert isinstance(taken, list)
        return super().step(state, scan) - len(taken[1:])


class Taker(Spy):
    def step(self, state: int, scan: Scan) -> int:
        lent = scan.lent["bank"]
        assert isinstance(lent, list)
        self.seen.append(f"lent {lent[0]}")
        lent += [1] if self.busy else []
        return state


def test_a_lender_lends_its_state_to_stages_before_it_and_settles_in_the_same_scan() -> None:
    taker, bank = Taker("taker"), Bank("bank")
    rig = Rig([taker, bank])
    taker.busy = True
    rig.scan()
    taker.busy = False
    rig.scan()
    assert taker.seen == ["lent 0", "lent -1"]
    assert rig.state.views["bank"] == {"count": -1}


def test_a_stage_that_returns_its_state_is_neither_published_nor_saved() -> None:
    still, busy = Spy("still"), Spy("busy")
    busy.busy = True
    rig = Rig([still, busy])
    before = rig.state
    outputs = rig.scan()
    assert outputs.changed == ["busy"]
    assert rig.state.views["still"] is before.views["still"]
    assert rig.state.views["busy"] == {"count": 1}
    assert before.views["busy"] == {"count": 0}
    assert saved_states(rig.plan, rig.state, outputs.changed) == {"busy": {"count": 1}}
    assert set(saved_states(rig.plan, rig.state)) == {"writes", "still", "busy"}
    busy.busy = False
    assert rig.scan().changed == []


def test_a_restart_takes_what_was_saved_and_starts_the_rest_afresh() -> None:
    plan = ScanPlan(ovens(), [Spy("a"), Spy("b")])
    state = plan.restored({"a": {"count": 7}, "gone": {}}, T0_NS)
    assert state.stages[1:] == (7, 0)
    assert state.views["a"] == {"count": 7}
    assert np.isnan(state.image.value).all()


@pytest.mark.parametrize("saved", [{}, {"count": "four"}])
def test_a_state_that_cannot_be_read_names_its_stage(saved: JsonObject) -> None:
    class Strict(Spy):
        def restore(self, saved: JsonObject, now_ns: int) -> int:
            return int(str(saved["count"]))

    with pytest.raises(ValueError, match="'strict'"):
        ScanPlan(ovens(), [Spy("a"), Strict("strict")]).restored({"a": {"count": 1}, "strict": saved}, T0_NS)


def test_a_command_that_no_stage_knows_is_refused() -> None:
    rig = Rig()
    rig.scan(command("coffee.make", "U1"))
    assert rig.statuses() == ["refused"]
    assert rig.reasons() == ["Unknown command coffee.make"]


def test_a_defect_in_a_stage_is_not_swallowed() -> None:
    class Broken(Spy):
        def step(self, state: int, scan: Scan) -> int:
            raise RuntimeError("defect")

    rig = Rig([Broken("broken")])
    with pytest.raises(RuntimeError, match="defect"):
        rig.scan()


# Computed tags, heartbeats, links, writes


def number(rig: Rig, name: str) -> float | None:
    return rig.state.image.number(rig.model.tags.handle(name))


def status(rig: Rig, name: str) -> int:
    return int(rig.state.image.status[rig.model.tags.handle(name)])


def test_computed_tags_follow_in_the_same_scan_also_through_each_other() -> None:
    rig = Rig()
    rig.plc.values |= {"U1.Temp": 90.0, "U1.SP_Temp": 60.0}
    rig.scan()
    assert (number(rig, "U1.Dev"), number(rig, "U1.Ratio")) == (30.0, 0.5)
    rig.plc.values["U1.Temp"] = 120.0
    rig.scan()
    assert (number(rig, "U1.Dev"), number(rig, "U1.Ratio")) == (60.0, 1.0)


def test_a_computed_tag_has_the_worst_quality_of_its_inputs_and_keeps_its_last_value() -> None:
    rig = Rig()
    rig.plc.values |= {"U1.Temp": 90.0, "U1.SP_Temp": 60.0}
    rig.scan()
    rig.plc.values["U1.Temp"] = 33.0
    rig.plc.status = {"U1.Temp": int(Status.BAD_SENSOR_FAILURE), "U1.SP_Temp": int(Status.UNCERTAIN_SENSOR_NOT_ACCURATE)}
    rig.scan()
    for name, last in (("U1.Dev", 30.0), ("U1.Ratio", 0.5)):
        assert status(rig, name) == Status.BAD_SENSOR_FAILURE
        assert rig.state.image.value[rig.model.tags.handle(name)] == last


def test_a_computed_tag_without_a_result_is_bad_though_its_inputs_are_good() -> None:
    rig = Rig()
    rig.plc.values["U1.SP_Temp"] = 0.0
    rig.scan()
    assert status(rig, "U1.Dev") == Status.GOOD
    assert status(rig, "U1.Ratio") == Status.BAD_OUT_OF_RANGE


def heartbeats(outputs: Outputs) -> list[float]:
    return [w.value for w in outputs.writes if w.origin == HEARTBEAT_ORIGIN]


def test_the_supervisor_counts_once_a_second_in_plcs_that_are_read_good() -> None:
    rig = Rig()
    counted = [heartbeats(rig.scan()) for _ in range(9)]
    assert [bool(c) for c in counted] == [True, False, False, False, True, False, False, False, True]
    values = [c[0] for c in counted if c]
    assert [b - a for a, b in pairwise(values)] == [1.0, 1.0]
    rig.plc.status["PLC1.Sup"] = int(Status.BAD_TIMEOUT)
    assert [heartbeats(rig.scan()) for _ in range(8)] == [[]] * 8


def test_a_clock_that_is_set_back_does_not_silence_the_heartbeat() -> None:
    rig = Rig()
    rig.scan()
    assert heartbeats(rig.scan(after_ns=-3600 * S))


def test_the_edges_of_a_link_are_told_once() -> None:
    rig = Rig()
    story = [LinkState.CONNECTING, LinkState.DOWN, LinkState.CONNECTING, LinkState.DOWN, LinkState.CONNECTING, LinkState.UP,
             LinkState.UP, LinkState.DOWN, LinkState.DOWN, LinkState.CONNECTING, LinkState.UP, LinkState.CLOSED]  # fmt: skip
    for state in story:
        rig.links = {"plc1": link(state, error="no route" if state is LinkState.DOWN else "")}
        rig.scan()
    assert [(d["from"], d["to"], d["error"]["en"]) for d in rig.told("link")] == [
        ("closed", "down", "no route"), ("down", "up", ""), ("up", "down", "no route"), ("down", "up", ""), ("up", "closed", ""),
    ]  # fmt: skip
    assert rig.state.links["plc1"].state is LinkState.CLOSED


def test_every_write_that_was_tried_is_told_but_no_heartbeat() -> None:
    rig = Rig()
    rig.scan()
    handle = rig.model.tags.handle("U1.SP_Temp")
    rig.results = [
        WriteResult(handle, 70.0, "B1001", int(Status.BAD_TIMEOUT), Text(ru="нет ответа", en="no answer")),
        WriteResult(rig.model.heartbeats[0], 1.0, HEARTBEAT_ORIGIN, 0),
    ]
    rig.scan()
    said = {"ru": "нет ответа", "en": "no answer"}
    assert rig.told("write") == [{"tag": "U1.SP_Temp", "value": 70.0, "status": "BadTimeout", "message": said}]
    assert rig.events[-1].source == "B1001"


# Commands that write a tag


@pytest.mark.parametrize(
    ("target", "value", "reason"),
    [
        ("U1.Nope", 1.0, "No such tag, or the value is no number"),
        ("U1.SP_Temp", "72", "No such tag, or the value is no number"),
        ("U1.SP_Temp", None, "No such tag, or the value is no number"),
        ("U1.SP_Temp", True, "No such tag, or the value is no number"),
        ("U1.SP_Temp", float("nan"), "No such tag, or the value is no number"),
        ("U1.SP_Temp", float("inf"), "No such tag, or the value is no number"),
        ("U1.SP_Temp", 10**400, "No such tag, or the value is no number"),
        ("U1.SP_Temp", [1], "No such tag, or the value is no number"),
        ("U1.Temp", 20.0, "U1.Temp is not written by command"),
        ("U1.PhReq", 1, "U1.PhReq is not written by command"),
        ("U1.PhCmd", 1, "U1.PhCmd is not written by command"),
        ("U1.SP_Temp", 200.1, "Outside 0…200 °C"),
        ("U1.SP_Temp", -0.1, "Outside 0…200 °C"),
        ("PLC1.Sup", 1, "PLC1.Sup is not written by command"),
        ("PLC1.Shots", 1.5, "A whole number is needed"),
    ],
)
def test_a_tag_write_is_refused_and_says_why(target: str, value: object, reason: str) -> None:
    rig = Rig()
    rig.scan()
    outputs = rig.scan(command("tag.write", target, value=value))
    assert rig.statuses() == ["refused"]
    assert rig.reasons() == [reason]
    assert not [w for w in outputs.writes if w.origin == "c1"]


def test_a_tag_without_a_good_reading_is_not_written() -> None:
    rig = Rig()
    rig.plc.status["U1.SP_Temp"] = int(Status.BAD_TIMEOUT)
    rig.scan()
    rig.scan(command("tag.write", "U1.SP_Temp", value=70))
    assert rig.reasons() == ["The tag is not Good (BadTimeout)"]


def test_a_command_that_waited_too_long_is_refused() -> None:
    rig = Rig()
    rig.scan()
    outputs = rig.scan(command("tag.write", "U1.SP_Temp", value=70), after_ns=COMMAND_MAX_AGE_NS + 1)
    assert rig.reasons() == ["The command waited too long and was not carried out"]
    assert not [w for w in outputs.writes if w.origin == "c1"]
    young = replace(command("tag.write", "U1.SP_Temp", "c2", value=70), time_ns=rig.now_ns - COMMAND_MAX_AGE_NS // 2)
    rig.scan(young)
    assert rig.statuses("c2") == ["accepted"]


def test_a_tag_of_a_batchs_unit_is_the_batchs() -> None:
    rig = Rig()
    rig.scan()
    rig.scan(ask=[PhaseRequest("r", "U1", "start", "B1001", "bake", {"temp": 72.0})])
    rig.scan()
    rig.scan(command("tag.write", "U1.SP_Temp", value=70))
    assert rig.reasons() == ["Batch №1001 owns the unit: change its parameter"]
    rig.scan(command("tag.write", "U2.SP_Temp", "c2", value=70))
    assert rig.statuses("c2") == ["accepted"]


def test_a_tag_write_is_confirmed_by_its_readback() -> None:
    rig = Rig()
    rig.scan()
    outputs = rig.scan(command("tag.write", "U1.SP_Temp", value=70))
    assert [w for w in outputs.writes if w.origin == "c1"] == [Write(rig.model.tags.handle("U1.SP_Temp"), 70.0, "c1")]
    assert rig.statuses() == ["accepted"]
    rig.scan()
    assert rig.statuses() == ["accepted", "confirmed"]
    assert number(rig, "U1.SP_Temp") == 70.0
    rig.scan()
    assert rig.statuses() == ["accepted", "confirmed"]
    assert rig.state.open_writes == ()


def test_a_tag_write_that_the_readback_denies_is_told_with_its_status() -> None:
    rig = Rig()
    rig.scan()
    rig.scan(command("tag.write", "U1.SP_Temp", value=70))
    said = Text(ru="прочитано 60", en="reads 60")
    rig.results = [replace(r, status=int(Status.BAD_OUT_OF_RANGE), message=said) for r in rig.results]
    rig.scan()
    assert rig.statuses() == ["accepted", "timed_out"]
    assert rig.reasons() == ["Not confirmed: BadOutOfRange reads 60"]


def test_a_tag_write_without_an_answer_times_out_after_five_seconds() -> None:
    rig = Rig()
    rig.scan()
    rig.online = False
    rig.scan(command("tag.write", "U1.SP_Temp", value=70))
    for _ in range(19):
        rig.scan()
    assert rig.statuses() == ["accepted"]
    rig.scan()
    assert rig.statuses() == ["accepted", "timed_out"]
    assert rig.reasons() == ["The PLC did not answer within 5 s"]
    rig.results = [WriteResult(rig.model.tags.handle("U1.SP_Temp"), 70.0, "c1", 0)]
    rig.scan()
    assert rig.statuses() == ["accepted", "timed_out"]  # what comes late changes nothing
    rig.scan(command("tag.write", "U1.SP_Temp", "c2", value=70))
    rig.scan(after_ns=-3600 * S)
    assert rig.statuses("c2") == ["accepted", "timed_out"]  # nor does a clock that was set back hang it


class TwoWrites(Spy):
    """A stage that answers a command with two writes, as a batch does with a parameter."""

    def step(self, state: int, scan: Scan) -> int:
        for order in scan.commands:
            scan.writes += [Write(ovens().tags.handle(n), 5.0, order.id) for n in ("U1.SP_Temp", "U1.SP_Time")]
        return state


@pytest.mark.parametrize(("bad", "answers"), [(None, ["confirmed"]), (0, ["timed_out"]), (1, ["timed_out"])])
def test_a_command_of_several_writes_gets_one_answer(bad: int | None, answers: list[str]) -> None:
    rig = Rig([TwoWrites("batches", ["batch.parameter"])])
    rig.scan()
    rig.scan(command("batch.parameter", "B1001"))
    first, second = (r for r in rig.results if r.origin == "c1")
    results = [first, second]
    if bad is not None:
        results[bad] = replace(results[bad], status=int(Status.BAD_TIMEOUT))
    for result in results:
        rig.results = [result]
        rig.scan()
    assert rig.statuses() == answers
    assert rig.state.open_writes == ()
