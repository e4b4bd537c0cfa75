"""T251, vacuum tumbler: meat and brine turn under vacuum until the brine is absorbed; a cooling jacket takes the heat away.

Chunks of 16–25 mm take brine up in some hundred turns; what is left of the free brine falls by the same share with every turn,
and slower where the vacuum is weak. The work warms the meat by some 2 K an hour, which the rests take out again.
"""

from __future__ import annotations

import math
from typing import Final

from simulators.control_blocks import lag
from simulators.material import Ledger
from simulators.phase_program import ACCEPTED, NO_MATERIAL, PhaseProgram, PhaseSpec
from simulators.plc import SimPlc
from simulators.utilities import Utilities

DRUM_KG: Final = 300.0
LOAD_KG_S: Final = 3.0
BRINE_KG_S: Final = 0.5
EMPTY_KG_S: Final = 1.8
HOPPER_KG: Final = 380.0
BRINE_C: Final = 2.0
EMPTY_DRUM_C: Final = 7.0
SPEED_TAU_S: Final = 3.0
VACUUM_TAU_S: Final = 30.0
LEAK_TAU_S: Final = 7200.0
TURNS_TO_ABSORB: Final = 150.0
"""Turns at full vacuum in which the free brine falls to 1/e."""
RESTING_TAU_S: Final = 5400.0
WORK_K_H: Final = 2.0
FULL_RPM: Final = 12.0
ROOM_TAU_S: Final = 12.0 * 3600.0
JACKET_TAU_S: Final = 1.8 * 3600.0
JACKET_APPROACH_K: Final = 3.0
COOLING_BAND_K: Final = 0.3
TURN_OUT_RPM: Final = 6.0
OPEN_BELOW_PCT: Final = 5.0

CHARGE: Final = 1
MASSAGE: Final = 2
REST: Final = 3
DISCHARGE: Final = 4


class TumblerPlant:
    """Drum, vacuum pump, brine pump, cooling jacket. Outputs of the PLC are the plain attributes up to ``cooling``."""

    def __init__(self, plc: SimPlc, ledger: Ledger, utilities: Utilities, dt_s: float) -> None:
        self.v = plc.values
        self.ledger = ledger
        self.utilities = utilities
        self.dt_s = dt_s
        self.drum_rpm = 0.0
        self.pump_on = False
        self.vent_open = False
        self.vacuum_sp_pct = 0.0
        self.loading = False
        self.dosing = False
        self.discharging = False
        self.cooling = False
        self.batch = 0
        self.meat_kg = 0.0
        self.free_kg = 0.0
        self.brine_kg = 0.0
        self.turns = 0.0
        self.temp_c = EMPTY_DRUM_C
        self.rpm = 0.0
        self.vacuum_pct = 0.0
        self.shown_c = EMPTY_DRUM_C
        self._speed_lag, self._vacuum_lag = lag(dt_s, SPEED_TAU_S), lag(dt_s, VACUUM_TAU_S)
        self._vent_lag, self._leak_lag = lag(dt_s, 6.0), lag(dt_s, LEAK_TAU_S)
        self._probe, self._empty = lag(dt_s, 12.0), lag(dt_s, 900.0)
        self._room_lag, self._jacket_lag, self._resting_lag = (
            lag(dt_s, ROOM_TAU_S),
            lag(dt_s, JACKET_TAU_S),
            lag(dt_s, RESTING_TAU_S),
        )
        i = plc.index
        self._i_mass, self._i_temp, self._i_vacuum = i("T251.Mass"), i("T251.MeatTemp"), i("T251.Vacuum")
        self._i_speed, self._i_turns = i("T251.DrumSpeed"), i("T251.Turns")
        self._i_free, self._i_brine, self._i_cooling = i("T251.FreeBrine"), i("T251.BrineAdded"), i("T251.CoolingOn")

    @property
    def mass_kg(self) -> float:
        """Everything in the drum."""
        return self.meat_kg + self.free_kg

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        if self.loading:
            self._load()
        elif self.dosing:
            self._dose()
        elif self.discharging:
            self._discharge()
        rpm = self.rpm + (self.drum_rpm - self.rpm) * self._speed_lag
        self.rpm = rpm = rpm if rpm > 0.05 else 0.0
        if self.pump_on:
            self.vacuum_pct += (self.vacuum_sp_pct - self.vacuum_pct) * self._vacuum_lag
        elif self.vacuum_pct:
            self.vacuum_pct -= self.vacuum_pct * (self._vent_lag if self.vent_open else self._leak_lag)
            if self.vacuum_pct < 0.1:
                self.vacuum_pct = 0.0
        mass = self.meat_kg + self.free_kg
        if mass > 0.0:
            self._absorb(rpm)
            self._heat(rpm)
        else:
            self.temp_c += (EMPTY_DRUM_C - self.temp_c) * self._empty
        self.shown_c += (self.temp_c - self.shown_c) * self._probe
        v = self.v
        v[self._i_mass] = mass + 0.05 * noise[k] if mass > 0.5 else mass
        v[self._i_temp] = self.shown_c + 0.04 * noise[k + 1]
        vacuum = self.vacuum_pct + 0.15 * noise[k + 2] if self.vacuum_pct > 0.5 else 0.0
        v[self._i_vacuum] = vacuum if vacuum < 100.0 else 100.0
        v[self._i_speed] = rpm + (0.02 * noise[k + 3] if rpm else 0.0)
        v[self._i_turns] = self.turns
        free = self.free_kg + 0.02 * noise[k + 4] if self.free_kg > 0.2 else self.free_kg
        v[self._i_free] = free
        v[self._i_brine] = self.brine_kg
        v[self._i_cooling] = 1.0 if self.cooling else 0.0

    def _absorb(self, rpm: float) -> None:
        turns = rpm * self.dt_s / 60.0
        self.turns += turns
        share = 1.0 - math.exp(-turns * (0.4 + 0.6 * self.vacuum_pct / 90.0) / TURNS_TO_ABSORB) if turns else self._resting_lag
        absorbed = self.free_kg * share if self.free_kg > 0.001 else self.free_kg
        self.free_kg -= absorbed
        self.meat_kg += absorbed

    def _heat(self, rpm: float) -> None:
        temp = self.temp_c + WORK_K_H * (rpm / FULL_RPM) ** 2 * self.dt_s / 3600.0
        temp += (self.utilities.room_c - temp) * self._room_lag
        if self.cooling:
            temp += (self.utilities.glycol_c + JACKET_APPROACH_K - temp) * self._jacket_lag
            self.utilities.cold_draw += 0.05
        self.temp_c = temp

    def _load(self) -> None:
        load = self.ledger.ground.find(self.batch)
        if load is None:
            return
        temp = load.temp_c
        mass = self.ledger.ground.take(load, LOAD_KG_S * self.dt_s)
        self._mix(mass, temp)
        self.meat_kg += mass

    def _dose(self) -> None:
        mass = BRINE_KG_S * self.dt_s
        self._mix(mass, BRINE_C)
        self.free_kg += mass
        self.brine_kg += mass
        self.ledger.brine_kg += mass

    def _mix(self, mass_kg: float, temp_c: float) -> None:
        total = self.meat_kg + self.free_kg + mass_kg
        if total > 0.0:
            self.temp_c += (temp_c - self.temp_c) * (mass_kg / total)

    def _discharge(self) -> None:
        hopper = self.ledger.hopper
        if hopper.mass_kg() >= HOPPER_KG:
            return
        meat = min(self.meat_kg, EMPTY_KG_S * self.dt_s)
        self.meat_kg -= meat
        free = self.free_kg if self.meat_kg <= 0.0 else 0.0
        self.free_kg -= free
        hopper.put(self.batch, meat + free, self.temp_c)

    def clear(self) -> None:
        """Empty the drum of another batch's leftovers."""
        self.ledger.displaced_kg += self.mass_kg
        self.meat_kg = self.free_kg = 0.0


class TumblerProgram(PhaseProgram):
    """Phases ``charge`` (meat, then brine), ``massage`` and ``rest`` (both by time), ``discharge`` (into the filler)."""

    PHASES = {  # noqa: RUF012
        CHARGE: PhaseSpec("charge", ("SP_Brine",), ("Mass",)),
        MASSAGE: PhaseSpec("massage", ("SP_Speed", "SP_Vacuum", "SP_Time"), ("MeatTemp", "Vacuum")),
        REST: PhaseSpec("rest", ("SP_Time", "SP_Temp"), ("MeatTemp",)),
        DISCHARGE: PhaseSpec("discharge", (), ("Mass",)),
    }
    GUARDS = {"LidClosed": 1.0, "MotorTrip": 0.0}  # noqa: RUF012

    def __init__(self, plc: SimPlc, plant: TumblerPlant) -> None:
        super().__init__(plc, "T251")
        self.plant = plant
        self._worked_s = 0.0
        self._total_kg = 1.0
        self._brine_until_kg = 0.0
        self._i_temp, self._i_motor = self.i("MeatTemp"), self.i("MotorOn")

    def begin(self, phase: int, batch: int) -> int:
        plant = self.plant
        mine = plant.mass_kg > 0.0 and (batch in (0, plant.batch) or plant.batch == 0)
        if phase == CHARGE:
            load = plant.ledger.ground.find(batch)
            if load is None and not mine:
                return NO_MATERIAL
            if not mine:
                plant.clear()
                plant.batch = batch or (load.batch if load else 0)
                plant.brine_kg = plant.turns = 0.0
            self._total_kg = max(1.0, (load.mass_kg if load else 0.0) + self.sp["SP_Brine"])
            self._brine_until_kg = plant.brine_kg + self.sp["SP_Brine"]
        elif not mine:
            return NO_MATERIAL
        elif phase == DISCHARGE:
            self._total_kg = plant.mass_kg
        self._worked_s = 0.0
        if plant.batch == 0:
            plant.batch = batch
        return ACCEPTED

    def run(self, dt_s: float) -> bool:
        if self.phase == CHARGE:
            return self._charge()
        if self.phase == MASSAGE:
            return self._massage(dt_s)
        if self.phase == REST:
            return self._rest(dt_s)
        return self._discharge()

    def _charge(self) -> bool:
        plant = self.plant
        plant.vent_open = True
        waiting = plant.ledger.ground.find(plant.batch)
        plant.loading = waiting is not None and plant.mass_kg < DRUM_KG
        plant.dosing = not plant.loading and plant.brine_kg < self._brine_until_kg - 1e-9
        left = (waiting.mass_kg if waiting else 0.0) + max(0.0, self._brine_until_kg - plant.brine_kg)
        self.done_pct = max(0.0, 99.0 * (1.0 - left / self._total_kg))
        return not plant.loading and not plant.dosing

    def _massage(self, dt_s: float) -> bool:
        plant, sp = self.plant, self.sp
        plant.vent_open = False
        plant.drum_rpm, plant.vacuum_sp_pct = sp["SP_Speed"], sp["SP_Vacuum"]
        plant.pump_on = True
        plant.cooling = False
        self.v[self._i_motor] = 1.0
        if plant.rpm > 0.9 * sp["SP_Speed"]:
            self._worked_s += dt_s
        self.done_pct = 99.0 * self._worked_s / sp["SP_Time"]
        return self._worked_s >= sp["SP_Time"]

    def _rest(self, dt_s: float) -> bool:
        plant, sp = self.plant, self.sp
        warm = self.v[self._i_temp] - sp["SP_Temp"]
        plant.cooling = warm > -COOLING_BAND_K if plant.cooling else warm > 0.0
        self._worked_s += dt_s
        self.done_pct = 99.0 * self._worked_s / sp["SP_Time"]
        return self._worked_s >= sp["SP_Time"]

    def _discharge(self) -> bool:
        plant = self.plant
        plant.vent_open = True
        plant.drum_rpm = TURN_OUT_RPM
        plant.discharging = plant.vacuum_pct < OPEN_BELOW_PCT
        self.v[self._i_motor] = 1.0
        self.done_pct = 99.0 * (1.0 - plant.mass_kg / self._total_kg)
        return plant.mass_kg <= 0.0

    def make_safe(self) -> None:
        """The drum stands, the valves are shut: vacuum is kept as far as it is tight."""
        plant = self.plant
        plant.drum_rpm = 0.0
        plant.pump_on = plant.loading = plant.dosing = plant.discharging = plant.vent_open = plant.cooling = False
        self.v[self._i_motor] = 0.0
