"""F301, vacuum filler: portions batter into casings, piece by piece, onto the racks for the smokehouses."""

from __future__ import annotations

from typing import Final

from simulators.control_blocks import lag
from simulators.material import Ledger
from simulators.phase_program import ACCEPTED, NO_MATERIAL, PhaseProgram, PhaseSpec
from simulators.plc import SimPlc

RATE_TAU_S: Final = 3.0
VACUUM_TAU_S: Final = 8.0
PUMPING_K: Final = 1.0
PIECE_ERROR: Final = 0.0022
DRIFT_ERROR: Final = 0.0002
EMPTY_HOPPER_C: Final = 8.0


class FillerPlant:
    """Hopper, vane pump, portioner. PLC outputs: ``motor_on``, ``rate_sp``, ``portion_g``, ``vacuum_sp_bar``, ``batch``."""

    def __init__(self, plc: SimPlc, ledger: Ledger, dt_s: float) -> None:
        self.v = plc.values
        self.ledger = ledger
        self.dt_s = dt_s
        self.motor_on = False
        self.rate_sp = 0.0
        self.portion_g = 500.0
        self.vacuum_sp_bar = 0.0
        self.batch = 0
        self.rate = 0.0
        self.vacuum_bar = 0.0
        self.temp_c = EMPTY_HOPPER_C
        self.pieces = 0
        self.residue_kg = 0.0
        self.shown_g = 500.0
        self.empty = True
        self._due = 0.0
        self._bias = 0.0
        self._rate_lag, self._vacuum_lag, self._vent_lag = lag(dt_s, RATE_TAU_S), lag(dt_s, VACUUM_TAU_S), lag(dt_s, 3.0)
        self._probe, self._empty_lag = lag(dt_s, 15.0), lag(dt_s, 600.0)
        i = plc.index
        self._i_vacuum, self._i_portion, self._i_rate = i("F301.Vacuum"), i("F301.PortionMass"), i("F301.Rate")
        self._i_hopper, self._i_temp, self._i_portions = i("F301.HopperMass"), i("F301.BatterTemp"), i("F301.Portions")
        self._i_residue = i("F301.Residue")

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        v = self.v
        loads = self.ledger.hopper.loads
        if loads:
            self.temp_c += (loads[0].temp_c - self.temp_c) * self._probe
            mass = 0.0
            for load in loads:
                mass += load.mass_kg
            v[self._i_hopper] = mass + 0.06 * noise[k]
        else:
            self.temp_c += (EMPTY_HOPPER_C - self.temp_c) * self._empty_lag
            v[self._i_hopper] = 0.0
        v[self._i_temp] = self.temp_c + 0.04 * noise[k + 1]
        vacuum = self.vacuum_bar
        if self.motor_on:
            vacuum += (self.vacuum_sp_bar - vacuum) * self._vacuum_lag
            self._portion(noise, k + 2)
            v[self._i_rate] = self.rate + 0.25 * noise[k + 5]
        else:
            vacuum -= vacuum * self._vent_lag
            if vacuum > -0.001:
                vacuum = 0.0
            self.rate = v[self._i_rate] = 0.0
        v[self._i_portion] = self.shown_g
        self.vacuum_bar = vacuum
        v[self._i_vacuum] = vacuum + 0.003 * noise[k + 6] if vacuum else 0.0

    def _portion(self, noise: list[float], k: int) -> None:
        self.rate += (self.rate_sp - self.rate) * self._rate_lag
        self._bias += DRIFT_ERROR * noise[k] - 0.02 * self._bias * self.dt_s
        self._due += self.rate * self.dt_s / 60.0
        while self._due >= 1.0:
            self._due -= 1.0
            load = self.ledger.hopper.find(self.batch)
            self.empty = load is None
            if load is None:
                self._due = 0.0
                return
            wanted_kg = self.portion_g * (1.0 + self._bias + PIECE_ERROR * noise[k + 1]) / 1000.0
            # A weak vacuum leaves air in the batter: the same volume weighs less.
            wanted_kg *= 1.0 - 0.02 * max(0.0, self.vacuum_bar + 0.75)
            batch, temp = load.batch or self.batch, load.temp_c + PUMPING_K
            if load.mass_kg < wanted_kg:
                left_kg = self.ledger.hopper.take(load, load.mass_kg)
                self.ledger.residue_kg += left_kg
                self.residue_kg += left_kg
                self.v[self._i_residue] = self.residue_kg
                continue
            self.ledger.hopper.take(load, wanted_kg)
            self.ledger.racks.put(batch, wanted_kg, temp, 1.0)
            self.pieces += 1
            self.shown_g = wanted_kg * 1000.0
            self.v[self._i_portions] = self.pieces

    def clear_ahead_of(self, batch: int) -> None:
        """The hopper empties downwards: what lies ahead of ``batch`` is taken out first."""
        hopper = self.ledger.hopper
        wanted = hopper.find(batch)
        while hopper.loads[0] is not wanted:
            self.ledger.displaced_kg += hopper.loads.pop(0).mass_kg


class FillerProgram(PhaseProgram):
    """Phase ``fill``: portions until no batter of the batch is left."""

    PHASES = {1: PhaseSpec("fill", ("SP_Vacuum", "SP_Portion", "SP_Rate"), ("Vacuum", "PortionMass"))}  # noqa: RUF012
    GUARDS = {"CasingOk": 1.0, "MotorTrip": 0.0}  # noqa: RUF012

    def __init__(self, plc: SimPlc, plant: FillerPlant) -> None:
        super().__init__(plc, "F301")
        self.plant = plant
        self._filled_batch = -1
        self._total_kg = 1.0
        self._i_motor, self._i_portions, self._i_residue = self.i("MotorOn"), self.i("Portions"), self.i("Residue")

    def begin(self, phase: int, batch: int) -> int:
        del phase
        plant = self.plant
        load = plant.ledger.hopper.find(batch)
        if load is None:
            return NO_MATERIAL
        plant.clear_ahead_of(batch)
        if batch != self._filled_batch or batch == 0:
            self._filled_batch = batch
            plant.pieces = 0
            plant.residue_kg = 0.0
            self.v[self._i_portions] = self.v[self._i_residue] = 0.0
        plant.batch = batch
        plant.empty = False
        self._total_kg = load.mass_kg
        return ACCEPTED

    def run(self, dt_s: float) -> bool:
        del dt_s
        plant, sp = self.plant, self.sp
        plant.motor_on = True
        plant.rate_sp, plant.portion_g, plant.vacuum_sp_bar = sp["SP_Rate"], sp["SP_Portion"], sp["SP_Vacuum"]
        self.v[self._i_motor] = 1.0
        load = plant.ledger.hopper.find(plant.batch)
        self.done_pct = 99.0 * (1.0 - (load.mass_kg if load else 0.0) / self._total_kg)
        return plant.empty

    def make_safe(self) -> None:
        self.plant.motor_on = False
        self.v[self._i_motor] = 0.0
