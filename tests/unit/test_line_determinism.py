"""The same inputs, commands and clock give the same bits out; a scan changes nothing that it was given."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from line.image import Readings
from line.messages import Command, LinkState, LinkStatus, Write, WriteResult
from line.quality import Status
from line.scan import Inputs, Outputs, ScanPlan, ScanState, scan_once
from line.units import UnitsStage
from tests.builders import T0_NS
from tests.unit.line_kit import FakePlc, command, ovens, readings, sausage


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
CODES = st.sampled_from([0, 0, 0, int(Status.BAD_TIMEOUT), int(Status.UNCERTAIN_LAST_USABLE_VALUE)])
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
