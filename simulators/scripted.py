"""The least that a supervisor does, for tests and benchmarks of the simulated line without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from line.phases import PHASE_COMMANDS, PhaseState
from simulators.plc import SimPlc
from simulators.sausage import SimLine

DOKTORSKAYA: Final[tuple[tuple[str, int, Mapping[str, float]], ...]] = (
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
"""A batch of 168 kg: unit, phase number and setpoints, in order. ``S401`` stands for either smokehouse."""


class ScriptedSupervisor:
    """The least that a supervisor does: heartbeats, and the handshake of docs/ARCHITECTURE.md."""

    def __init__(self, line: SimLine) -> None:
        self.line = line
        self._beat = 0
        self._request = 0
        self._per_beat = max(1, 1000 // line.cycle_ms)
        self._cycle = 0

    def plc(self, tag: str) -> SimPlc:
        """The PLC that has ``tag``."""
        plc1 = self.line.plcs["plc1"]
        return plc1 if tag in plc1.names() else self.line.plcs["plc2"]

    def get(self, tag: str) -> float:
        """The value of ``tag`` in the PLC's memory."""
        plc = self.plc(tag)
        return plc.values[plc.index(tag)]

    def put(self, tag: str, value: float) -> int:
        """Write ``tag``; the OPC UA status of the write."""
        plc = self.plc(tag)
        return plc.write(plc.index(tag), value)

    def step(self) -> None:
        """One cycle; the heartbeats count once a second of control time."""
        if self._cycle % self._per_beat == 0:
            self._beat = (self._beat + 1) % 65535
            for name in ("PLC1", "PLC2"):
                self.put(f"{name}.SupHeartbeat", self._beat)
        self._cycle += 1
        self.line.step()

    def run(self, plant_s: float) -> None:
        """Let plant time pass."""
        for _ in range(round(plant_s / (self.line.cycle_ms * self.line.speed / 1000.0))):
            self.step()

    def command(self, unit: str, word: str, phase: int = 0, parameters: Mapping[str, float] | None = None, batch: int = 0) -> int:
        """Ask for a phase command; returns PhRes. Raises RuntimeError when it is not judged."""
        for tag, value in (parameters or {}).items():
            self.put(f"{unit}.{tag}", value)
        self._request = self._request % 65535 + 1
        words = (("PhId", phase), ("PhCmd", PHASE_COMMANDS[word]), ("BatchNo", batch), ("PhReq", self._request))
        for tag, value in words:
            self.put(f"{unit}.{tag}", value)
        self.step()
        if self.get(f"{unit}.PhAck") != self._request:
            raise RuntimeError(f"{unit} did not judge request {self._request}")
        return int(self.get(f"{unit}.PhRes"))

    def state(self, unit: str) -> PhaseState:
        """The state of the unit's phase."""
        return PhaseState(int(self.get(f"{unit}.PhSts")))

    def until(self, unit: str, state: PhaseState, plant_s: float) -> float:
        """Plant seconds until the unit's phase is in ``state``. Raises RuntimeError after ``plant_s``."""
        started_s = self.line.plant_s
        while self.state(unit) is not state:
            if self.line.plant_s - started_s > plant_s:
                raise RuntimeError(f"{unit} is {self.state(unit).name}, not {state.name}, after {plant_s} s")
            self.step()
        return self.line.plant_s - started_s

    def phase(self, unit: str, phase: int, parameters: Mapping[str, float], batch: int) -> float:
        """Start a phase, wait for Complete, Reset; returns its plant seconds. Raises RuntimeError when refused."""
        result = self.command(unit, "start", phase, parameters, batch)
        if result:
            raise RuntimeError(f"{unit} refused phase {phase} with {result}")
        took_s = self.until(unit, PhaseState.COMPLETE, 20_000.0)
        self.command(unit, "reset")
        return took_s
