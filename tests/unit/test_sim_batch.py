"""A whole Doktorskaya batch on the simulated line by scripted phases: durations, temperatures, mass balance."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from simulators import SimLine, build_sausage_line
from simulators.scripted import DOKTORSKAYA, ScriptedSupervisor

RECORDED = ("C201.BatterTemp", "F301.Portions", "S401.CoreTemp", "S401.F70", "H501.CoreTemp", "P601.PackCount", "P601.PackedMass")


@dataclass
class BatchRecord:
    """What a scripted batch left behind."""

    line: SimLine
    minutes: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    after: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict[tuple[str, int], dict[str, float]])


@pytest.fixture(scope="module")
def batch() -> BatchRecord:
    line = build_sausage_line(seed=7, cycle_ms=250, speed=4.0)
    supervisor = ScriptedSupervisor(line)
    supervisor.run(5.0)
    record = BatchRecord(line)
    for unit, phase, parameters in DOKTORSKAYA:
        record.minutes[unit, phase] = supervisor.phase(unit, phase, parameters, 17) / 60.0
        record.after[unit, phase] = {tag: supervisor.get(tag) for tag in RECORDED}
    return record


def test_durations_are_those_of_a_plant(batch: BatchRecord) -> None:
    expected = {
        ("R101", 1): (0.8, 3),
        ("G101", 1): (3, 7),
        ("C201", 1): (1, 3),
        ("C201", 2): (6, 10),
        ("C201", 3): (0.8, 2),
        ("F301", 1): (6, 8),
        ("S401", 1): (30, 45),
        ("S401", 2): (25, 45),
        ("S401", 3): (30, 40),
        ("S401", 4): (40, 90),
        ("S401", 5): (10, 40),
        ("H501", 1): (50, 120),
        ("P601", 1): (7, 14),
    }
    outside = {key: m for key, m in batch.minutes.items() if not expected[key][0] <= m <= expected[key][1]}
    assert not outside, outside


def test_batch_reaches_its_temperatures_and_packs(batch: BatchRecord) -> None:
    assert 9.0 < batch.after["C201", 2]["C201.BatterTemp"] < 11.5
    assert batch.after["S401", 4]["S401.CoreTemp"] > 71.5
    assert batch.after["S401", 4]["S401.F70"] > 10.0
    assert batch.after["H501", 1]["H501.CoreTemp"] < 8.5
    portions = batch.after["F301", 1]["F301.Portions"]
    assert 330 <= portions <= 338
    assert portions * 0.97 <= batch.after["P601", 1]["P601.PackCount"] <= portions
    assert 148.0 < batch.after["P601", 1]["P601.PackedMass"] < 162.0


def test_mass_balance_closes(batch: BatchRecord) -> None:
    ledger = batch.line.ledger
    assert ledger.entered_kg() == pytest.approx(168.0, abs=1.0)
    assert ledger.entered_kg() - ledger.left_kg() == pytest.approx(batch.line.inventory_kg(), abs=1e-6)
    assert 0.05 < ledger.cooking_loss_kg / ledger.entered_kg() < 0.08
    assert 0.005 < ledger.chilling_loss_kg / ledger.entered_kg() < 0.02
    assert ledger.displaced_kg == 0.0
