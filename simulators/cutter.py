"""C201, bowl cutter: meat and ice become batter under vacuum; the knives heat it, the ice cools it."""

from __future__ import annotations

from typing import Final

from simulators.control_blocks import lag
from simulators.material import Ledger
from simulators.phase_program import ACCEPTED, NO_MATERIAL, PhaseProgram, PhaseSpec
from simulators.plc import SimPlc

CP_KJ_KGK: Final = 3.3
ICE_KJ_KG: Final = 334.0
WATER_KJ_KGK: Final = 4.19
HEAT_SHARE: Final = 0.9
LOAD_KG_S: Final = 4.0
ICE_KG_S: Final = 0.5
EMPTY_KG_S: Final = 2.2
HOPPER_KG: Final = 380.0
KNIFE_TAU_S: Final = 4.0
VACUUM_TAU_S: Final = 22.0
MELT_PER_S_K: Final = 0.0004
EMPTY_BOWL_C: Final = 7.0
MIX_RPM: Final = 150.0
ARM_S: Final = 3.0
"""How long the discharge arm takes into the bowl."""

CHARGE: Final = 1
CHOP: Final = 2
DISCHARGE: Final = 3


class CutterPlant:
    """Bowl, knives, ice feeder, vacuum pump. Outputs of the PLC are the plain attributes up to ``discharging``."""

    def __init__(self, plc: SimPlc, ledger: Ledger, dt_s: float) -> None:
        self.v = plc.values
        self.ledger = ledger
        self.dt_s = dt_s
        self.knife_rpm = 0.0
        self.bowl_rpm = 0.0
        self.pump_on = False
        self.vacuum_sp_pct = 0.0
        self.loading = False
        self.icing = False
        self.discharging = False
        self.batch = 0
        self.batter_kg = 0.0
        self.frozen_kg = 0.0
        self.ice_kg = 0.0
        self.temp_c = EMPTY_BOWL_C
        self.knife = 0.0
        self.bowl = 0.0
        self.vacuum_pct = 0.0
        self.shown_c = EMPTY_BOWL_C
        self._knife_lag, self._bowl_lag = lag(dt_s, KNIFE_TAU_S), lag(dt_s, 2.0)
        self._vacuum_lag, self._vent_lag = lag(dt_s, VACUUM_TAU_S), lag(dt_s, 4.0)
        self._probe, self._cold, self._room = lag(dt_s, 4.0), lag(dt_s, 400.0), lag(dt_s, 20_000.0)
        i = plc.index
        self._i_temp, self._i_vacuum, self._i_knife = i("C201.BatterTemp"), i("C201.Vacuum"), i("C201.KnifeSpeed")
        self._i_bowl, self._i_power, self._i_mass = i("C201.BowlSpeed"), i("C201.Power"), i("C201.Mass")
        self._i_ice = i("C201.IceAdded")

    @property
    def mass_kg(self) -> float:
        """Everything in the bowl."""
        return self.batter_kg + self.frozen_kg

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        if self.loading:
            self._load()
        elif self.icing:
            self._ice()
        elif self.discharging:
            self._discharge()
        knife = self.knife + (self.knife_rpm - self.knife) * self._knife_lag
        self.knife = knife = knife if knife > 1.0 else 0.0
        bowl = self.bowl + (self.bowl_rpm - self.bowl) * self._bowl_lag
        self.bowl = bowl = bowl if bowl > 0.02 else 0.0
        mass = self.batter_kg + self.frozen_kg
        power = 0.0
        if knife:
            power = 1.5 * knife / 3000.0 + (36.0 * (knife / 3600.0) ** 1.6 * (mass / 168.0) ** 0.8 if mass > 0.0 else 0.0)
        if mass > 0.0:
            self._heat(power)
        else:
            self.temp_c += (EMPTY_BOWL_C - self.temp_c) * self._cold
        target, rate = (self.vacuum_sp_pct, self._vacuum_lag) if self.pump_on else (0.0, self._vent_lag)
        self.vacuum_pct += (target - self.vacuum_pct) * rate
        self.shown_c += (self.temp_c - self.shown_c) * self._probe
        v = self.v
        v[self._i_temp] = self.shown_c + 0.04 * noise[k]
        vacuum = self.vacuum_pct + 0.15 * noise[k + 1] if self.vacuum_pct > 0.5 else 0.0
        v[self._i_vacuum] = vacuum if vacuum < 100.0 else 100.0
        v[self._i_knife] = knife + (4.0 * noise[k + 2] if knife > 20.0 else 0.0)
        v[self._i_bowl] = bowl
        v[self._i_power] = power * (1.0 + 0.02 * noise[k + 3])
        v[self._i_mass] = mass + 0.05 * noise[k + 4] if mass > 0.5 else mass
        v[self._i_ice] = self.ice_kg

    def _heat(self, power_kw: float) -> None:
        temp, batter = self.temp_c, self.batter_kg
        capacity = batter * CP_KJ_KGK
        if capacity <= 0.0:
            return
        heat = HEAT_SHARE * power_kw * self.dt_s
        if self.frozen_kg > 0.0:
            # Ice melts faster in warm batter and under the knives; its water is warmed from 0 °C to the batter.
            pace = MELT_PER_S_K * (1.0 + self.knife / 300.0) * max(0.0, temp + 0.5)
            melt = min(self.frozen_kg, self.frozen_kg * min(1.0, pace * self.dt_s))
            self.frozen_kg -= melt
            if self.frozen_kg < 0.01:
                melt, self.frozen_kg = melt + self.frozen_kg, 0.0
            heat -= melt * (ICE_KJ_KG + WATER_KJ_KGK * temp)
            self.batter_kg = batter + melt
        temp += heat / capacity
        self.temp_c = temp + (12.0 - temp) * self._room

    def _load(self) -> None:
        load = self.ledger.ground.find(self.batch)
        if load is None:
            return
        temp = load.temp_c
        mass = self.ledger.ground.take(load, LOAD_KG_S * self.dt_s)
        total = self.batter_kg + mass
        self.temp_c += (temp - self.temp_c) * (mass / total)
        self.batter_kg = total

    def _ice(self) -> None:
        mass = ICE_KG_S * self.dt_s
        self.frozen_kg += mass
        self.ice_kg += mass
        self.ledger.ice_kg += mass

    def _discharge(self) -> None:
        hopper = self.ledger.hopper
        if hopper.mass_kg() >= HOPPER_KG:
            return
        batter = min(self.batter_kg, EMPTY_KG_S * self.dt_s)
        self.batter_kg -= batter
        frozen = self.frozen_kg if self.batter_kg <= 0.0 else 0.0
        self.frozen_kg -= frozen
        hopper.put(self.batch, batter + frozen, self.temp_c)

    def clear(self) -> None:
        """Empty the bowl of another batch's leftovers."""
        self.ledger.displaced_kg += self.mass_kg
        self.batter_kg = self.frozen_kg = 0.0


class CutterProgram(PhaseProgram):
    """Phases ``charge`` (meat, then ice), ``chop`` (until end temperature or time) and ``discharge`` (into the filler)."""

    PHASES = {  # noqa: RUF012
        CHARGE: PhaseSpec("charge", ("SP_Ice",), ("Mass",)),
        CHOP: PhaseSpec("chop", ("SP_Knife", "SP_Vacuum", "SP_EndTemp", "SP_Time"), ("BatterTemp", "Vacuum")),
        DISCHARGE: PhaseSpec("discharge", (), ("Mass",)),
    }
    GUARDS = {"LidClosed": 1.0, "MotorTrip": 0.0}  # noqa: RUF012

    def __init__(self, plc: SimPlc, plant: CutterPlant) -> None:
        super().__init__(plc, "C201")
        self.plant = plant
        self._chopped_s = 0.0
        self._arm_s = 0.0
        self._total_kg = 1.0
        self._start_c = 0.0
        self._ice_until_kg = 0.0
        self._i_temp, self._i_motor = self.i("BatterTemp"), self.i("MotorOn")

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
                plant.ice_kg = 0.0
            self._total_kg = max(1.0, (load.mass_kg if load else 0.0) + self.sp["SP_Ice"])
            self._ice_until_kg = plant.ice_kg + self.sp["SP_Ice"]
        elif not mine:
            return NO_MATERIAL
        elif phase == CHOP:
            self._chopped_s = 0.0
            self._start_c = plant.temp_c
        else:
            self._total_kg = plant.mass_kg
            self._arm_s = 0.0
        if plant.batch == 0:
            plant.batch = batch
        return ACCEPTED

    def run(self, dt_s: float) -> bool:
        if self.phase == CHARGE:
            return self._charge()
        if self.phase == CHOP:
            return self._chop(dt_s)
        return self._discharge(dt_s)

    def _charge(self) -> bool:
        plant = self.plant
        plant.bowl_rpm = 8.0
        plant.loading = plant.ledger.ground.find(plant.batch) is not None
        plant.icing = not plant.loading and plant.ice_kg < self._ice_until_kg - 1e-9
        waiting = plant.ledger.ground.find(plant.batch)
        left = (waiting.mass_kg if waiting else 0.0) + max(0.0, self._ice_until_kg - plant.ice_kg)
        self.done_pct = max(0.0, 99.0 * (1.0 - left / self._total_kg))
        return not plant.loading and not plant.icing

    def _chop(self, dt_s: float) -> bool:
        plant, sp = self.plant, self.sp
        plant.knife_rpm = sp["SP_Knife"]
        plant.bowl_rpm = 14.0
        plant.pump_on = True
        plant.vacuum_sp_pct = sp["SP_Vacuum"]
        self.v[self._i_motor] = 1.0
        if plant.knife > 0.9 * sp["SP_Knife"]:
            self._chopped_s += dt_s
        temp = self.v[self._i_temp]
        by_time = self._chopped_s / sp["SP_Time"]
        span = sp["SP_EndTemp"] - self._start_c
        by_temp = (temp - self._start_c) / span if span > 0.5 else 0.0
        self.done_pct = 99.0 * max(0.0, by_time, by_temp if self._chopped_s > 60.0 else 0.0)
        return by_time >= 1.0 or (temp >= sp["SP_EndTemp"] and self._chopped_s > 10.0)

    def _discharge(self, dt_s: float) -> bool:
        plant = self.plant
        plant.knife_rpm = MIX_RPM
        plant.bowl_rpm = 8.0
        self._arm_s += dt_s
        plant.discharging = self._arm_s >= ARM_S
        self.v[self._i_motor] = 1.0
        self.done_pct = 99.0 * (1.0 - plant.mass_kg / self._total_kg)
        return plant.mass_kg <= 0.0

    def make_safe(self) -> None:
        plant = self.plant
        plant.knife_rpm = plant.bowl_rpm = 0.0
        plant.pump_on = plant.loading = plant.icing = plant.discharging = False
        self.v[self._i_motor] = 0.0
