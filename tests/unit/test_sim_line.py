"""The simulated line as a whole: tags of the shipped line, determinism, queues, mass balance."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from line.tags import TagDef, TagKind, parse_tags_csv
from simulators import SimPlc, build_sausage_line
from simulators.material import Queue
from simulators.scripted import ScriptedSupervisor
from simulators.variables import Wire

TAGS_CSV = Path(__file__).parents[2] / "lines" / "sausage" / "tags.csv"

KINDS = {
    Wire.BIT: {TagKind.BOOL},
    Wire.BOOLEAN: {TagKind.BOOL},
    Wire.FLOAT32: {TagKind.FLOAT},
    Wire.DOUBLE: {TagKind.FLOAT},
    Wire.INT16: {TagKind.FLOAT, TagKind.INT},
    Wire.UINT16: {TagKind.FLOAT, TagKind.INT, TagKind.ENUM, TagKind.BOOL},
    Wire.UINT32: {TagKind.INT},
    Wire.UA_UINT16: {TagKind.INT, TagKind.ENUM},
    Wire.UA_UINT32: {TagKind.INT},
    Wire.UA_INT32: {TagKind.INT, TagKind.ENUM},
}


def tags_of(device: str) -> list[TagDef]:
    table, problems = parse_tags_csv(TAGS_CSV.read_text(encoding="utf-8"), "tags.csv", ["plc1", "plc2"])
    assert not problems
    return table.of_device(device)


@pytest.mark.parametrize("device", ["plc1", "plc2"])
def test_plc_offers_exactly_the_tags_of_the_line(device: str) -> None:
    plc = build_sausage_line(seed=1).plcs[device]
    variables = {v.name: v for v in plc.variables}
    tags = {t.name: t for t in tags_of(device)}
    assert set(variables) == set(tags)
    for name, tag in tags.items():
        variable = variables[name]
        assert variable.address == tag.address, name
        assert variable.writable == tag.writable, name
        assert tag.kind in KINDS[variable.wire], name
        assert (variable.scale, 0.0) == (tag.scale, tag.offset), name
        if name.split(".")[1].startswith("SP_"):
            assert tag.lo <= variable.lo < variable.hi <= tag.hi, name
            assert variable.lo <= variable.initial <= variable.hi, name


@pytest.mark.parametrize("device", ["plc1", "plc2"])
def test_idle_line_reads_inside_the_engineering_ranges(device: str) -> None:
    supervisor = ScriptedSupervisor(build_sausage_line(seed=4))
    supervisor.run(60.0)
    plc = supervisor.line.plcs[device]
    tags = tags_of(device)
    values, status = plc.read()
    for tag, index in zip(tags, plc.bind([t.address for t in tags]), strict=True):
        assert status[index] == 0, tag.name
        assert tag.lo <= values[index] <= tag.hi, tag.name


def test_read_has_the_resolution_of_the_wire() -> None:
    line = build_sausage_line(seed=4)
    for _ in range(10):
        line.step()
    plc = line.plcs["plc1"]
    values, _ = plc.read()
    temp = values[plc.index("C201.BatterTemp")]
    assert temp == round(temp / 0.1) * 0.1
    weight = values[plc.index("R101.Weight")]
    assert weight == struct.unpack(">f", struct.pack(">f", weight))[0]


def trajectory(seed: int, hours: float) -> str:
    """Hash over every value of both PLCs in each cycle, with a batch on its way and faults coming and going."""
    supervisor = ScriptedSupervisor(build_sausage_line(seed=seed, cycle_ms=500, speed=2.0))
    line = supervisor.line
    digest = hashlib.blake2b()

    def step(plcs: tuple[SimPlc, ...] = tuple(line.plcs.values())) -> None:
        original()
        for plc in plcs:
            digest.update(np.array(plc.values).tobytes())
            digest.update(np.array(plc.statuses).tobytes())

    original, line.step = line.step, step
    supervisor.run(5.0)
    supervisor.phase("R101", 1, {"SP_Mass": 140.0}, 3)
    supervisor.phase("G101", 1, {"SP_Feed": 2000.0}, 3)
    supervisor.phase("C201", 1, {"SP_Ice": 28.0}, 3)
    supervisor.phase("C201", 2, {"SP_Knife": 3000.0, "SP_Vacuum": 90.0, "SP_EndTemp": 11.0, "SP_Time": 540.0}, 3)
    supervisor.phase("C201", 3, {}, 3)
    supervisor.phase("F301", 1, {"SP_Vacuum": -0.9, "SP_Portion": 500.0, "SP_Rate": 50.0}, 3)
    supervisor.command("S402", "start", 1, {"SP_Temp": 8.0, "SP_RH": 80.0, "SP_Time": 1800.0}, 3)
    line.inject("drift", "S402.ChamberTemp", 0.1)
    supervisor.run(hours * 3600.0 - line.plant_s)
    return digest.hexdigest()


def test_two_hours_are_bit_identical_for_one_seed_and_differ_for_another() -> None:
    first = trajectory(11, 2.0)
    assert trajectory(11, 2.0) == first
    assert trajectory(12, 1.0) != trajectory(11, 1.0)


def test_several_batches_share_the_line_and_the_balance_closes() -> None:
    supervisor = ScriptedSupervisor(build_sausage_line(seed=5, speed=8.0))
    supervisor.run(5.0)
    for batch, smokehouse in ((1, "S401"), (2, "S402")):
        supervisor.phase("R101", 1, {"SP_Mass": 100.0}, batch)
        supervisor.phase("R101", 1, {"SP_Mass": 40.0}, batch)
        assert supervisor.get("R101.Charged") == pytest.approx(140.0, abs=1.5)
        supervisor.phase("G101", 1, {"SP_Feed": 2500.0}, batch)
        supervisor.phase("C201", 1, {"SP_Ice": 28.0}, batch)
        supervisor.phase("C201", 2, {"SP_Knife": 3500.0, "SP_Vacuum": 90.0, "SP_EndTemp": 11.0, "SP_Time": 540.0}, batch)
        supervisor.phase("C201", 3, {}, batch)
        supervisor.phase("F301", 1, {"SP_Vacuum": -0.9, "SP_Portion": 500.0, "SP_Rate": 60.0}, batch)
        assert supervisor.command(smokehouse, "start", 1, {"SP_Temp": 8.0, "SP_RH": 80.0, "SP_Time": 1800.0}, batch) == 0
    line = supervisor.line
    assert line.smokehouse1.batch == 1
    assert line.smokehouse2.batch == 2
    assert supervisor.get("S401.ProductMass") == pytest.approx(167.5, abs=2.0)
    assert line.ledger.displaced_kg == 0.0
    assert line.ledger.entered_kg() - line.ledger.left_kg() == pytest.approx(line.inventory_kg(), abs=1e-6)


def test_leftovers_of_a_stopped_batch_do_not_block_the_next() -> None:
    supervisor = ScriptedSupervisor(build_sausage_line(seed=5, speed=4.0))
    supervisor.run(5.0)
    line = supervisor.line
    for batch in (1, 2):
        line.ledger.hopper.put(batch, 100.0, 10.0)
        line.ledger.racks.put(batch, 100.0, 10.0, 200.0)
    line.ledger.received_kg += 400.0
    fill = {"SP_Vacuum": -0.9, "SP_Portion": 500.0, "SP_Rate": 60.0}
    cook = {"SP_Temp": 78.0, "SP_RH": 98.0, "SP_Core": 72.0}
    for unit, phase, parameters in (("F301", 1, fill), ("S401", 4, cook)):
        assert supervisor.command(unit, "start", phase, parameters, 1) == 0
        supervisor.run(10.0)
        assert supervisor.command(unit, "abort") == 0
        supervisor.run(5.0)
        assert supervisor.command(unit, "reset") == 0
        assert supervisor.command(unit, "start", phase, parameters, 2) == 0
    assert line.ledger.displaced_kg > 150.0
    assert line.ledger.entered_kg() - line.ledger.left_kg() == pytest.approx(line.inventory_kg(), abs=1e-6)


def test_queue_keeps_batches_apart() -> None:
    queue = Queue()
    queue.put(1, 10.0, 2.0)
    queue.put(2, 5.0, 4.0)
    queue.put(2, 5.0, 6.0)
    assert [(c.batch, c.mass_kg, c.temp_c) for c in queue.loads] == [(1, 10.0, 2.0), (2, 10.0, 5.0)]
    load = queue.find(2)
    assert load is not None
    assert queue.take(load, 4.0) == 4.0
    assert queue.take(load, 100.0) == 6.0
    assert queue.find(2) is None
    assert queue.find(0) is queue.loads[0]
    assert queue.mass_kg() == 10.0


@pytest.mark.parametrize("options", [{"cycle_ms": 0}, {"speed": 0.0}, {"speed": float("nan")}])
def test_impossible_cycles_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        build_sausage_line(seed=1, **options)  # pyright: ignore[reportArgumentType]
