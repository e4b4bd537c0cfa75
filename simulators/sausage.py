"""The simulated cooked-sausage line: plant, two PLCs and the faults, stepped one PLC cycle at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from simulators.chiller import ChillerPlant, ChillerProgram
from simulators.cutter import CutterPlant, CutterProgram
from simulators.faults import Fault, check_fault
from simulators.filler import FillerPlant, FillerProgram
from simulators.grinder import GrinderPlant, GrinderProgram
from simulators.material import Ledger
from simulators.nodes import PLC2_VARIABLES
from simulators.packer import PackerPlant, PackerProgram
from simulators.phase_program import PhaseProgram
from simulators.platform import WeighingPlatform
from simulators.plc import GOOD, SENSOR_FAILURE, SimPlc
from simulators.reception import ReceptionPlant, ReceptionProgram
from simulators.registers import PLC1_VARIABLES
from simulators.smokehouse import SmokehousePlant, SmokehouseProgram
from simulators.tumbler import TumblerPlant, TumblerProgram
from simulators.utilities import Utilities

MAX_STEP_S: Final = 1.0
"""Longest plant step; a faster simulation takes several to a PLC cycle."""

NOISE_PER_STEP: Final = 64
NOISE_BLOCK: Final = NOISE_PER_STEP * 1024
_FAULT_NOISE: Final = 58
"""Where the noise of the first noisy sensor stands in that of a step; the next ones take the numbers after it, in turn."""
AGEING_S: Final = 10.0
AGEING_TAU_S: Final = 3.0 * 3600.0
AMBIENT_TAU_S: Final = 1.5 * 3600.0


class SensorFault:
    """An active fault of one sensor, applied after every plant step."""

    __slots__ = ("index", "kind", "offset", "per_step", "plc", "shown")

    def __init__(self, kind: str, plc: SimPlc, index: int, shown: float, per_step: float) -> None:
        self.kind = kind
        self.plc = plc
        self.index = index
        self.shown = shown
        self.per_step = per_step
        self.offset = 0.0

    def apply(self, noise: float) -> None:
        """Put the false reading in the place of the true one; ``noise`` is standard normal, of this step and sensor."""
        values = self.plc.values
        if self.kind == "sensor_break":
            values[self.index] = math.nan
        elif self.kind == "freeze":
            values[self.index] = self.shown
        elif self.kind == "noise":
            values[self.index] += noise * self.per_step
        else:
            self.offset += self.per_step
            values[self.index] += self.offset


class SimLine:
    """The whole line. One :meth:`step` is one PLC cycle: ``cycle_ms`` of control time, ``cycle_ms * speed`` of plant time.

    Nothing here reads a clock; equal seeds and equal writes give equal bits.
    """

    def __init__(self, *, seed: int, cycle_ms: int = 250, speed: float = 1.0) -> None:
        if cycle_ms <= 0 or not speed > 0.0 or not math.isfinite(speed):
            raise ValueError(f"cycle_ms and speed must be above 0 (given: {cycle_ms}, {speed})")
        self.cycle_ms = cycle_ms
        self.speed = speed
        cycle_s = cycle_ms * speed / 1000.0
        self._substeps = max(1, math.ceil(cycle_s / MAX_STEP_S))
        self.dt_s = dt_s = cycle_s / self._substeps
        self.plant_s = 0.0
        self.ledger = ledger = Ledger()
        plc1 = SimPlc("plc1", PLC1_VARIABLES, cycle_ms)
        plc2 = SimPlc("plc2", PLC2_VARIABLES, cycle_ms)
        self.plcs: Mapping[str, SimPlc] = {"plc1": plc1, "plc2": plc2}
        self._plc1, self._plc2 = plc1, plc2
        self.utilities = Utilities(plc2, dt_s)
        self.reception = ReceptionPlant(plc1, ledger, dt_s)
        self.platform = WeighingPlatform(plc1, dt_s)
        self.grinder = GrinderPlant(plc1, ledger, dt_s)
        self.cutter = CutterPlant(plc1, ledger, dt_s)
        self.tumbler = TumblerPlant(plc1, ledger, self.utilities, dt_s)
        self.filler = FillerPlant(plc1, ledger, dt_s)
        self.smokehouse1 = SmokehousePlant(plc2, "S401", ledger, self.utilities, dt_s)
        self.smokehouse2 = SmokehousePlant(plc2, "S402", ledger, self.utilities, dt_s)
        self.chiller = ChillerPlant(plc2, ledger, self.utilities, dt_s)
        self.packer = PackerPlant(plc2, ledger, self.utilities, dt_s)
        self._reception_program = ReceptionProgram(plc1, self.reception)
        smokehouse1 = SmokehouseProgram(plc2, "S401", self.smokehouse1)
        smokehouse2 = SmokehouseProgram(plc2, "S402", self.smokehouse2)
        self.programs: Mapping[str, PhaseProgram] = {
            "R101": self._reception_program,
            "G101": GrinderProgram(plc1, self.grinder),
            "C201": CutterProgram(plc1, self.cutter),
            "T251": TumblerProgram(plc1, self.tumbler),
            "F301": FillerProgram(plc1, self.filler),
            "S401": smokehouse1,
            "S402": smokehouse2,
            "H501": ChillerProgram(plc2, self.chiller, ((self.smokehouse1, smokehouse1), (self.smokehouse2, smokehouse2))),
            "P601": PackerProgram(plc2, self.packer),
        }
        self._scans = tuple(p.scan for p in self.programs.values())
        self._plants = (
            (self.utilities.step, 0),
            (self.reception.step, 5),
            (self.grinder.step, 8),
            (self.cutter.step, 12),
            (self.filler.step, 18),
            (self.smokehouse1.step, 26),
            (self.smokehouse2.step, 32),
            (self.chiller.step, 38),
            (self.packer.step, 42),
            (self.platform.step, 49),
            (self.tumbler.step, 52),
        )
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self.noise: list[float] = self._rng.standard_normal(NOISE_BLOCK).tolist()
        """Of the steps to come: replaced, never changed, so that copies of the line may share it."""
        self._k = 0
        self._age_s = 0.0
        self._faults: dict[tuple[str, str], Fault] = {}
        self._sensor_faults: dict[tuple[str, str], SensorFault] = {}
        self._sensor_fault_list: tuple[SensorFault, ...] = ()

    def step(self) -> None:
        """One PLC cycle of both PLCs, and as much plant time as the speed says."""
        noise, k = self.noise, self._k
        self._plc1.begin_cycle(noise[k + 50])
        self._plc2.begin_cycle(noise[k + 51])
        dt_s = self.dt_s
        for _ in range(self._substeps):
            noise, k = self.noise, self._k
            for plant_step, offset in self._plants:
                plant_step(noise, k + offset)
            if self._sensor_fault_list:
                for i, fault in enumerate(self._sensor_fault_list):
                    fault.apply(noise[k + _FAULT_NOISE + i % (NOISE_PER_STEP - _FAULT_NOISE)])
            for scan in self._scans:
                scan(dt_s)
            k += NOISE_PER_STEP
            if k >= NOISE_BLOCK:
                self.noise = self._rng.standard_normal(NOISE_BLOCK).tolist()
                k = 0
            self._k = k
            self.plant_s += dt_s
            self._age_s += dt_s
            if self._age_s >= AGEING_S:
                self._age()

    def _age(self) -> None:
        """What waits between the units drifts slowly towards the room; hot racks cool in the corridor."""
        share = self._age_s / AGEING_TAU_S
        self._age_s = 0.0
        room_c = self.utilities.room_c
        for queue in self.ledger.queues():
            if queue.loads:
                queue.age(room_c, share * (AGEING_TAU_S / AMBIENT_TAU_S if queue is self.ledger.cooked else 1.0))

    def inventory_kg(self) -> float:
        """All product on the line: in the units and between them."""
        units = self.reception.on_scale_kg + self.cutter.mass_kg + self.tumbler.mass_kg + self.chiller.mass_kg
        units += self.smokehouse1.mass_kg + self.smokehouse2.mass_kg
        return units + sum(queue.mass_kg() for queue in self.ledger.queues())

    # Faults

    def inject(self, name: str, target: str, value: float | None = None) -> None:
        """Make a fault of ``simulators.faults.FAULTS`` active; injecting it again changes its value.

        Raises ValueError for an unknown name, a target it cannot be aimed at or a value that is not finite.
        """
        definition = check_fault(name, target)
        if value is not None and not math.isfinite(value):
            raise ValueError(f"fault '{name}': the value must be a finite number (given: {value})")
        if name == "slow_answers" and value is not None and value < 0.0:
            raise ValueError(f"fault '{name}': the delay must not be negative (given: {value})")
        value = definition.default if value is None else value
        self._faults[name, target] = Fault(name, target, value)
        self._apply(name, target, True, value)

    def clear(self, name: str, target: str) -> None:
        """Take a fault away; one that is not active is no error. Raises ValueError as :meth:`inject`."""
        check_fault(name, target)
        if self._faults.pop((name, target), None) is not None:
            self._apply(name, target, False, None)

    def clear_all(self) -> None:
        """Take every fault away."""
        for name, target in list(self._faults):
            self.clear(name, target)

    def faults(self) -> tuple[Fault, ...]:
        """The active faults, oldest first."""
        return tuple(self._faults.values())

    def _apply(self, name: str, target: str, active: bool, value: float | None) -> None:
        if name in ("sensor_break", "freeze", "drift", "noise"):
            self._sensor_fault(name, target, active, value)
        elif name == "stuck_valve":
            plant = self._valve_owner(target)
            present = plant.position_pct if value is None else max(0.0, min(100.0, value))
            plant.stuck_pct = present if active else None
        elif name in ("link_drop", "slow_answers"):
            plc = self.plcs[target]
            if name == "link_drop":
                plc.link_up = not active
            else:
                plc.answer_delay_ms = (value or 0.0) if active else 0.0
        elif name == "steam_loss":
            self.utilities.steam_lost = active
        elif name == "door_open":
            self._door_owner(target).door_open = active
            self._set_flag(f"{target}.DoorClosed", not active)
        else:
            tag, healthy = _FLAGS[name, target]
            self._set_flag(tag, healthy != active)

    def _sensor_fault(self, name: str, target: str, active: bool, value: float | None) -> None:
        plc, index = self._find(target)
        key = (name, target)
        if active:
            shown = plc.values[index] if value is None else value
            per_step = (value or 0.0) * (1.0 if name == "noise" else self.dt_s / 60.0)
            earlier = self._sensor_faults.get(key)
            fault = SensorFault(name, plc, index, shown, per_step)
            fault.offset = earlier.offset if earlier else 0.0
            self._sensor_faults[key] = fault
        else:
            self._sensor_faults.pop(key, None)
        # A broken wire hides freezing and drifting, so it is applied last.
        self._sensor_fault_list = tuple(sorted(self._sensor_faults.values(), key=lambda f: f.kind == "sensor_break"))
        broken = any(f.kind == "sensor_break" and f.plc is plc and f.index == index for f in self._sensor_fault_list)
        plc.set_status(index, SENSOR_FAILURE if broken else GOOD)
        self._reception_program.watch_scale()

    def _find(self, name: str) -> tuple[SimPlc, int]:
        plc = self._plc1 if name in self._plc1.names() else self._plc2
        return plc, plc.index(name)

    def _set_flag(self, name: str, value: bool) -> None:
        plc, index = self._find(name)
        plc.values[index] = 1.0 if value else 0.0

    def _valve_owner(self, target: str) -> SmokehousePlant | ChillerPlant:
        return {"S401.SteamValve": self.smokehouse1, "S402.SteamValve": self.smokehouse2, "H501.ColdValve": self.chiller}[target]

    def _door_owner(self, target: str) -> SmokehousePlant | ChillerPlant:
        return {"S401": self.smokehouse1, "S402": self.smokehouse2, "H501": self.chiller}[target]


_FLAGS: Final[Mapping[tuple[str, str], tuple[str, bool]]] = {
    ("motor_trip", "G101"): ("G101.MotorTrip", False),
    ("motor_trip", "C201"): ("C201.MotorTrip", False),
    ("motor_trip", "T251"): ("T251.MotorTrip", False),
    ("motor_trip", "F301"): ("F301.MotorTrip", False),
    ("motor_trip", "S401"): ("S401.FanTrip", False),
    ("motor_trip", "S402"): ("S402.FanTrip", False),
    ("motor_trip", "H501"): ("H501.FanTrip", False),
    ("guard_open", "G101"): ("G101.GuardClosed", True),
    ("guard_open", "C201"): ("C201.LidClosed", True),
    ("guard_open", "T251"): ("T251.LidClosed", True),
    ("casing_out", "F301"): ("F301.CasingOk", True),
    ("film_out", "P601"): ("P601.FilmOk", True),
    ("estop", "plc1"): ("PLC1.EStopOk", True),
    ("estop", "plc2"): ("PLC2.EStopOk", True),
}
"""Fault and target → the flag it turns over, and the flag's healthy value."""


def build_sausage_line(*, seed: int, cycle_ms: int = 250, speed: float = 1.0) -> SimLine:
    """The simulated cooked-sausage line, empty and Idle. Raises ValueError when cycle or speed is not above 0."""
    return SimLine(seed=seed, cycle_ms=cycle_ms, speed=speed)
