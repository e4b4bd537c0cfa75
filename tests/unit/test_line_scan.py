"""One scan: its order, what it publishes, tag writes and their answers, and that the same inputs give the same bits."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line.commands import finite
from line.image import Readings
from line.messages import Command, EventKind, JsonObject, LinkState, LinkStatus, Write, WriteResult
from line.quality import Status
from line.scan import HEARTBEAT_ORIGIN, Inputs, Outputs, ScanPlan, ScanState, saved_states, scan_once
from line.stage import PhaseRequest, Scan
from line.units import UnitsStage
from tests.builders import T0_NS, S
from tests.unit.line_kit import FakePlc, Rig, command, link, ovens, readings, sausage


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
    assert [(d["from"], d["to"], d["error"]) for d in rig.told("link")] == [
        ("closed", "down", "no route"), ("down", "up", ""), ("up", "down", "no route"), ("down", "up", ""), ("up", "closed", ""),
    ]  # fmt: skip
    assert rig.state.links["plc1"].state is LinkState.CLOSED


def test_every_write_that_was_tried_is_told_but_no_heartbeat() -> None:
    rig = Rig()
    rig.scan()
    handle = rig.model.tags.handle("U1.SP_Temp")
    rig.results = [
        WriteResult(handle, 70.0, "B1001", int(Status.BAD_TIMEOUT), "no answer"),
        WriteResult(rig.model.heartbeats[0], 1.0, HEARTBEAT_ORIGIN, 0),
    ]
    rig.scan()
    assert rig.told("write") == [{"tag": "U1.SP_Temp", "value": 70.0, "status": "BadTimeout", "message": "no answer"}]
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


def test_a_tag_of_a_batchs_unit_is_the_batchs() -> None:
    rig = Rig()
    rig.scan()
    rig.scan(ask=[PhaseRequest("r", "U1", "start", "B1001", "bake", {"temp": 72.0})])
    rig.scan()
    rig.scan(command("tag.write", "U1.SP_Temp", value=70))
    assert rig.reasons() == ["Batch B1001 owns the unit: change its parameter"]
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
    rig.results = [replace(r, status=int(Status.BAD_OUT_OF_RANGE), message="reads 60") for r in rig.results]
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


def test_numbers_out_of_json() -> None:
    assert [finite(v) for v in (1, 2.5, -0.0)] == [1.0, 2.5, 0.0]
    assert [finite(v) for v in (True, None, "1", [1], {}, float("nan"), float("inf"), 10**400, -(10**400))] == [None] * 9


# Determinism


def frozen(state: ScanState, outputs: Outputs | None = None) -> str:
    """A hash over every bit of a state and what came of it."""
    image = state.image
    digest = hashlib.sha256()
    for array in (image.value, image.status, image.source_ns, image.server_ns):
        digest.update(array.tobytes())
    digest.update(repr((image.scan, image.now_ns, sorted(image.strings.items()), state.stages, state.views)).encode())
    digest.update(
        repr(
            (state.open_writes, state.results, sorted(state.links.items()), sorted(state.link_edges.items()), state.heartbeat_ns)
        ).encode()
    )
    if outputs is not None:
        digest.update(repr((list(outputs.writes), list(outputs.events), list(outputs.changed))).encode())
    return digest.hexdigest()


SHIPPED = sausage()
NAMES = [t.name for t in SHIPPED.tags if t.device in ("plc1", "plc2")]
CODES = st.sampled_from([0, 0, 0, int(Status.BAD_TIMEOUT), int(Status.UNCERTAIN_LAST_USABLE)])
POLL = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(st.sampled_from([0.0, 1.0, 2.0, 6.0, 72.5]) | st.floats(-1e4, 1e4), CODES), max_size=12
)
WORDS = st.sampled_from(["start", "hold", "restart", "stop", "abort", "reset", "nonsense"])
COMMANDS = st.builds(lambda u, w, i: command("unit.command", u, f"c{i}", command=w, phase="cook"),
                     st.sampled_from(list(SHIPPED.units)), WORDS, st.integers(0, 99)) | st.builds(
    lambda n, v, i: command("tag.write", n, f"w{i}", value=v), st.sampled_from(NAMES), st.floats(0, 200), st.integers(0, 99)
) | st.builds(lambda u, m: command("unit.mode", u, f"m{u}", mode=m), st.sampled_from(list(SHIPPED.units)),
              st.sampled_from(["auto", "manual"]))  # fmt: skip
LINKS = st.sampled_from(list(LinkState)).map(
    lambda s: {"plc1": LinkStatus("plc1", s, T0_NS), "plc2": LinkStatus("plc2", s, T0_NS)}
)
Tick = tuple[dict[str, tuple[float, int]], list[Command], dict[str, LinkStatus], int]
TICK = st.tuples(POLL, st.lists(COMMANDS, max_size=2), LINKS, st.integers(1, 8))
PLAN = ScanPlan(SHIPPED, [UnitsStage(SHIPPED)])
_HEALTHY = {n: 1.0 if n.endswith(("Ok", "Closed")) else 0.0 for n in NAMES} | {"Util.SteamPressure": 5.0, "Util.AirPressure": 6.0}


def story(ticks: Sequence[Tick]) -> list[Inputs]:
    now_ns = T0_NS
    inputs = [Inputs(now_ns, [readings(SHIPPED.tags, _HEALTHY, now_ns)])]
    for poll, commands, links, periods in ticks:
        now_ns += periods * 250_000_000
        brought: list[Readings] = [readings(SHIPPED.tags, _HEALTHY, now_ns)] if periods < 4 else []
        brought.append(readings(SHIPPED.tags, {n: v for n, (v, _) in poll.items()}, now_ns, {n: c for n, (_, c) in poll.items()}))
        inputs.append(Inputs(now_ns, brought, commands, (), links))
    return inputs


def run(inputs: Sequence[Inputs]) -> list[str]:
    state = PLAN.initial()
    trace: list[str] = []
    results: Sequence[WriteResult] = ()
    for given_ in inputs:
        state, outputs = scan_once(PLAN, state, replace(given_, write_results=results))
        results = [WriteResult(w.handle, w.value, w.origin, 0) for w in outputs.writes]
        trace.append(frozen(state, outputs))
    return trace


@settings(max_examples=40, deadline=None)
@given(st.lists(TICK, min_size=1, max_size=6))
def test_the_same_inputs_give_the_same_bits(ticks: list[Tick]) -> None:
    inputs = story(ticks)
    assert run(inputs) == run(copy.deepcopy(inputs))


@settings(max_examples=25, deadline=None)
@given(st.lists(TICK, min_size=1, max_size=4))
def test_a_scan_changes_neither_the_state_before_nor_its_inputs(ticks: list[Tick]) -> None:
    state = PLAN.initial()
    for inputs in story(ticks):
        before, given_ = frozen(state), repr((inputs.commands, inputs.links, [r.values.tobytes() for r in inputs.readings]))
        first_state, first = scan_once(PLAN, state, inputs)
        again_state, again = scan_once(PLAN, state, inputs)
        assert frozen(first_state, first) == frozen(again_state, again)
        assert frozen(state) == before
        assert repr((inputs.commands, inputs.links, [r.values.tobytes() for r in inputs.readings])) == given_
        state = first_state


def test_the_hash_sees_a_single_bit() -> None:
    state = PLAN.initial()
    scanned, _ = scan_once(PLAN, state, Inputs(T0_NS, [readings(SHIPPED.tags, {"S401.ChamberTemp": 70.0}, T0_NS)]))
    other, _ = scan_once(
        PLAN, state, Inputs(T0_NS, [readings(SHIPPED.tags, {"S401.ChamberTemp": np.nextafter(70.0, 71.0)}, T0_NS)])
    )
    assert frozen(scanned) != frozen(other)


def test_the_fake_plc_answers_as_the_architecture_says() -> None:
    plc = FakePlc(ovens().tags, ["U1"])
    handle = ovens().tags.handle
    plc.write([Write(handle(f"U1.{n}"), v, "x") for n, v in (("PhId", 2.0), ("PhCmd", 1.0), ("PhReq", 9.0))])
    assert [plc.values[f"U1.{n}"] for n in ("PhAck", "PhRes", "PhSts", "PhAct")] == [9.0, 0.0, 1.0, 2.0]
    plc.write([Write(handle("U1.PhReq"), 9.0, "x")])
    assert plc.values["U1.PhRes"] == 0.0  # the same number is not looked at again
    plc.write([Write(handle("U1.PhReq"), 10.0, "x")])
    assert (plc.values["U1.PhAck"], plc.values["U1.PhRes"]) == (10.0, 1.0)
