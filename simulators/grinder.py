"""G101, grinder: takes the weighed meat of a batch at the wanted feed rate and warms it a little."""

from __future__ import annotations

from typing import Final

from simulators.control_blocks import lag
from simulators.material import Ledger
from simulators.phase_program import ACCEPTED, NO_MATERIAL, PhaseProgram, PhaseSpec
from simulators.plc import SimPlc

SCREW_RPM: Final = 250.0
MOTOR_TAU_S: Final = 2.0
FEED_TAU_S: Final = 4.0
IDLE_A: Final = 14.0
A_PER_KG_H: Final = 0.0145
WARMING_K: Final = 1.4
RUN_OUT_S: Final = 5.0
AMBIENT_C: Final = 6.0


class GrinderPlant:
    """Screw and knives. Outputs of the PLC: ``motor_on``, ``feed_kg_h``, ``batch``."""

    def __init__(self, plc: SimPlc, ledger: Ledger, dt_s: float) -> None:
        self.v = plc.values
        self.ledger = ledger
        self.dt_s = dt_s
        self.motor_on = False
        self.feed_kg_h = 0.0
        self.batch = 0
        self.speed_rpm = 0.0
        self.rate_kg_h = 0.0
        self.temp_c = 4.0
        self.ground_kg = 0.0
        self.empty = True
        self._motor = lag(dt_s, MOTOR_TAU_S)
        self._feed = lag(dt_s, FEED_TAU_S)
        self._warm = lag(dt_s, 15.0)
        self._drift = lag(dt_s, 1800.0)
        self._i_current, self._i_feed = plc.index("G101.Current"), plc.index("G101.FeedRate")
        self._i_temp, self._i_ground = plc.index("G101.MeatTemp"), plc.index("G101.Ground")
        self._i_speed = plc.index("G101.MotorSpeed")

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        v = self.v
        v[self._i_temp] = self.temp_c + 0.04 * noise[k]
        if not self.motor_on and self.speed_rpm == 0.0:
            self.temp_c += (AMBIENT_C - self.temp_c) * self._drift
            v[self._i_current] = v[self._i_speed] = v[self._i_feed] = 0.0
            return
        speed = self.speed_rpm
        speed += ((SCREW_RPM if self.motor_on else 0.0) - speed) * self._motor
        if speed < 0.5:
            speed = 0.0
        self.speed_rpm = speed
        self._grind(noise[k + 1], speed)
        v[self._i_speed] = speed + (0.4 * noise[k + 2] if speed else 0.0)
        v[self._i_feed] = self.rate_kg_h
        current = (IDLE_A + A_PER_KG_H * self.rate_kg_h) * speed / SCREW_RPM
        v[self._i_current] = current + (0.6 * noise[k + 3] if speed else 0.0)
        v[self._i_ground] = self.ground_kg

    def _grind(self, wobble: float, speed: float) -> None:
        load = self.ledger.raw.find(self.batch) if self.motor_on else None
        self.empty = load is None
        wanted = 0.0 if load is None else self.feed_kg_h * speed / SCREW_RPM
        rate = self.rate_kg_h
        rate += (wanted * (1.0 + 0.03 * wobble) - rate) * self._feed
        self.rate_kg_h = rate if rate > 1.0 else 0.0
        if load is None:
            return
        temp = load.temp_c + WARMING_K
        self.temp_c += (temp - self.temp_c) * self._warm
        mass = self.ledger.raw.take(load, rate * self.dt_s / 3600.0)
        self.ledger.ground.put(load.batch or self.batch, mass, temp)
        self.ground_kg += mass


class GrinderProgram(PhaseProgram):
    """Phase ``grind``: run until no meat of the batch is left."""

    PHASES = {1: PhaseSpec("grind", ("SP_Feed",))}  # noqa: RUF012
    GUARDS = {"GuardClosed": 1.0, "MotorTrip": 0.0}  # noqa: RUF012

    def __init__(self, plc: SimPlc, plant: GrinderPlant) -> None:
        super().__init__(plc, "G101")
        self.plant = plant
        self._empty_s = 0.0
        self._total_kg = 1.0
        self._ground_batch = -1
        self._i_motor = self.i("MotorOn")

    def begin(self, phase: int, batch: int) -> int:
        del phase
        load = self.plant.ledger.raw.find(batch)
        if load is None:
            return NO_MATERIAL
        if batch != self._ground_batch or batch == 0:
            self._ground_batch = batch
            self.plant.ground_kg = 0.0
        self.plant.batch = batch
        self._total_kg = self.plant.ground_kg + load.mass_kg
        self._empty_s = 0.0
        return ACCEPTED

    def run(self, dt_s: float) -> bool:
        plant = self.plant
        plant.motor_on = True
        plant.feed_kg_h = self.sp["SP_Feed"]
        self.v[self._i_motor] = 1.0
        self.done_pct = 99.0 * plant.ground_kg / self._total_kg
        self._empty_s = self._empty_s + dt_s if plant.empty and plant.speed_rpm > 0.0 else 0.0
        return self._empty_s >= RUN_OUT_S

    def make_safe(self) -> None:
        self.plant.motor_on = False
        self.v[self._i_motor] = 0.0
