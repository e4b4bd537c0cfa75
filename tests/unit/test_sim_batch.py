"""A whole Doktorskaya batch on the simulated line by scripted phases: durations, temperatures, mass balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from line.phases import PHASE_COMMANDS, PhaseState
from simulators import SimLine, SimPlc, build_sausage_line

DOKTORSKAYA: tuple[tuple[str, int, Mapping[str, float]], ...] = (
    ("R101", 1, {"SP_Mass": 140.0}),
    ("G101", 1, {"SP_Feed": 2000.0}),
    ("C201", 1, {"SP_Ice": 28.0}),
    ("C201", 2, {"SP_Knife": 3000.0, "SP_Vacuum": 90.0, "SP_EndTemp": 11.0, "SP_Time": 540.0}),
    ("C201", 3, {}),
    ("F301", 1, {"SP_Vacuum": -0.9, "SP_Portion": 500.0, "SP_Rate": 50.0}),
    ("S401", 1, {"SP_Temp": 8.0, "SP_RH": 80.0, "SP_Time": 1800.0}),
    ("S401", 2, {"SP_Temp": 55.0, "SP_RH": 40.0, "SP_Time": 1500.0}),
    ("S401", 3, {"SP_Temp": 65.0, "SP_RH": 60.0, "SP_Time": 1800.0}),
    ("S401", 4, {"SP_Temp": 78.0, "SP_RH": 98.0, "SP_Core": 72.0}),
    ("S401", 5, {"SP_Core": 35.0}),
    ("H501", 1, {"SP_Air": 1.0, "SP_Core": 8.0}),
    ("P601", 1, {"SP_Speed": 42.0}),
)


class Supervisor:
    """The least that a supervisor does: heartbeats, and the handshake of docs/ARCHITECTURE.md."""

    def __init__(self, line: SimLine) -> None:
        self.line = line
        self._beat = 0
        self._request = 0
        self._per_beat = max(1, 1000 // line.cycle_ms)
        self._cycle = 0

    def plc(self, tag: str) -> SimPlc:
        plc1 = self.line.plcs["plc1"]
        return plc1 if tag in plc1.names() else self.line.plcs["plc2"]

    def get(self, tag: str) -> float:
        plc = self.plc(tag)
        return plc.values[plc.index(tag)]

    def put(self, tag: str, value: float) -> int:
        plc = self.plc(tag)
        return plc.write(plc.index(tag), value)

    def step(self) -> None:
        if self._cycle % self._per_beat == 0:
            self._beat = (self._beat + 1) % 65535
            for name in ("PLC1", "PLC2"):
                self.put(f"{name}.SupHeartbeat", self._beat)
        self._cycle += 1
        self.line.step()

    def run(self, plant_s: float) -> None:
        for _ in range(round(plant_s / (self.line.cycle_ms * self.line.speed / 1000.0))):
            self.step()

    def command(self, unit: str, word: str, phase: int = 0, parameters: Mapping[str, float] | None = None, batch: int = 0) -> int:
        """Ask for a phase command; returns PhRes once PhAck equals PhReq."""
        for tag, value in (parameters or {}).items():
            assert self.put(f"{unit}.{tag}", value) == 0
        self._request = self._request % 65535 + 1
        words = (("PhId", phase), ("PhCmd", PHASE_COMMANDS[word]), ("BatchNo", batch), ("PhReq", self._request))
        for tag, value in words:
            assert self.put(f"{unit}.{tag}", value) == 0
        self.step()
        assert self.get(f"{unit}.PhAck") == self._request
        return int(self.get(f"{unit}.PhRes"))

    def state(self, unit: str) -> PhaseState:
        return PhaseState(int(self.get(f"{unit}.PhSts")))

    def until(self, unit: str, state: PhaseState, plant_s: float) -> float:
        """Plant seconds until the unit's phase is in ``state``; fails after ``plant_s``."""
        started_s = self.line.plant_s
        while self.state(unit) is not state:
            assert self.line.plant_s - started_s < plant_s, f"{unit} is {self.state(unit).name}, not {state.name}"
            self.step()
        return self.line.plant_s - started_s

    def phase(self, unit: str, phase: int, parameters: Mapping[str, float], batch: int) -> float:
        """Start a phase, wait for Complete, Reset; returns its plant seconds."""
        assert self.command(unit, "start", phase, parameters, batch) == 0, f"{unit} refused phase {phase}"
        took_s = self.until(unit, PhaseState.COMPLETE, 20_000.0)
        assert self.command(unit, "reset") == 0
        return took_s


@dataclass
class BatchRecord:
    """What a scripted batch left behind."""

    line: SimLine
    minutes: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    after: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict[tuple[str, int], dict[str, float]])


@pytest.fixture(scope="module")
def batch() -> BatchRecord:
    line = build_sausage_line(seed=7, cycle_ms=250, speed=4.0)
    supervisor = Supervisor(line)
    supervisor.run(5.0)
    record = BatchRecord(line)
    for unit, phase, parameters in DOKTORSKAYA:
        record.minutes[unit, phase] = supervisor.phase(unit, phase, parameters, 17) / 60.0
        tags = (
            "C201.BatterTemp",
            "F301.Portions",
            "S401.CoreTemp",
            "S401.F70",
            "H501.CoreTemp",
            "P601.PackCount",
            "P601.PackedMass",
        )
        record.after[unit, phase] = {tag: supervisor.get(tag) for tag in tags}
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
