"""S401 and S402, smokehouses: setting, drying, smoking, cooking and showering of one rack load each.

Time constants after the shared process reference: air 3–6 min, humidity 1–3 min; the core of a 65 mm piece follows the chamber
through two lags, the slower one 42 min in moving air, 30 min in steam, 23 min under water.
"""

from __future__ import annotations

from typing import Final

from line.phases import PhaseState
from simulators.control_blocks import Pi, lag
from simulators.material import Ledger
from simulators.phase_program import ACCEPTED, NO_MATERIAL, PLC_INTERLOCK, PhaseProgram, PhaseSpec
from simulators.plc import SimPlc
from simulators.utilities import ROOM_C, Utilities

SET, DRY, SMOKE, COOK, SHOWER, PREHEAT, SOAK = 1, 2, 3, 4, 5, 6, 7

AIR_TAU_S: Final = 240.0
DOOR_TAU_S: Final = 60.0
HUMIDITY_TAU_S: Final = 90.0
VALVE_TAU_S: Final = 6.0
HEATING_K: Final = 105.0
VALVE_PCT_PER_K: Final = 100.0 / HEATING_K
PRODUCT_SHARE: Final = 0.2
COOLING_APPROACH_K: Final = 3.0
WATER_C: Final = 12.0
BODY_TAU_S: Final = {"air": 2520.0, "steam": 1800.0, "water": 1380.0}
CORE_TAU_S: Final = {"air": 720.0, "steam": 720.0, "water": 480.0}
LOSS_PER_S: Final = 0.00115 / 60.0
F70_FROM_C: Final = 55.0
F70_REFERENCE_C: Final = 70.0
F70_Z_K: Final = 10.0
BAND_K: Final = 3.0


class SmokehousePlant:
    """Chamber, steam valve, damper, smoke generator and the load. Outputs of the PLC: the attributes up to ``medium``."""

    def __init__(self, plc: SimPlc, unit: str, ledger: Ledger, utilities: Utilities, dt_s: float) -> None:
        self.v = plc.values
        self.ledger = ledger
        self.utilities = utilities
        self.dt_s = dt_s
        self.valve_pct = 0.0
        self.cooling_pct = 0.0
        self.spray_pct = 0.0
        self.damper_pct = 0.0
        self.fan_hz = 0.0
        self.smoke_on = False
        self.medium = "air"
        self.stuck_pct: float | None = None
        self.door_open = False
        self.air_c = 12.0
        self.humidity_pct = 60.0
        self.position_pct = 0.0
        self.smoke_pct = 0.0
        self.fan = 0.0
        self.batch = 0
        self.finished = False
        """The last phase with this load was completed: whoever needs the chamber rolls it out to the chiller."""
        self.mass_kg = 0.0
        self.pieces = 0.0
        self.body_c = 12.0
        self.core_c = 12.0
        self._air_lag, self._door_lag, self._humidity_lag = lag(dt_s, AIR_TAU_S), lag(dt_s, DOOR_TAU_S), lag(dt_s, HUMIDITY_TAU_S)
        self._valve_lag, self._fan_lag = lag(dt_s, VALVE_TAU_S), lag(dt_s, 5.0)
        self._smoke_lag, self._clear_lag, self._probe_lag = lag(dt_s, 60.0), lag(dt_s, 150.0), lag(dt_s, 45.0)
        self._body = {m: lag(dt_s, tau) for m, tau in BODY_TAU_S.items()}
        self._core = {m: lag(dt_s, tau) for m, tau in CORE_TAU_S.items()}

        def i(tag: str) -> int:
            return plc.index(f"{unit}.{tag}")

        self._i_temp, self._i_humidity, self._i_core = i("ChamberTemp"), i("Humidity"), i("CoreTemp")
        self._i_valve, self._i_position, self._i_fan = i("SteamValve"), i("SteamValveFb"), i("FanSpeed")
        self._i_damper, self._i_smoke, self._i_mass = i("Damper"), i("SmokeDensity"), i("ProductMass")
        self._i_smoke_on = i("SmokeOn")

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        self._air()
        if self.mass_kg > 0.0:
            self._product()
        else:
            self.core_c += (self.air_c - self.core_c) * self._probe_lag
        smoke = self.smoke_pct
        if self.smoke_on:
            smoke += (72.0 - smoke) * self._smoke_lag
        elif smoke:
            smoke -= smoke * self._clear_lag
            if smoke < 0.1:
                smoke = 0.0
        self.smoke_pct = smoke
        v = self.v
        v[self._i_temp] = self.air_c + 0.08 * noise[k]
        humidity = self.humidity_pct + 0.25 * noise[k + 1]
        v[self._i_humidity] = humidity if humidity < 100.0 else 100.0
        v[self._i_core] = self.core_c + 0.04 * noise[k + 2]
        v[self._i_valve] = self.valve_pct
        v[self._i_position] = self.position_pct
        v[self._i_fan] = self.fan
        v[self._i_damper] = self.damper_pct
        v[self._i_smoke] = smoke + 0.3 * noise[k + 3] if smoke > 1.5 else smoke
        v[self._i_mass] = self.mass_kg
        v[self._i_smoke_on] = 1.0 if self.smoke_on else 0.0

    def _air(self) -> None:
        utilities = self.utilities
        if self.stuck_pct is None:
            self.position_pct += (self.valve_pct - self.position_pct) * self._valve_lag
        else:
            self.position_pct = self.stuck_pct
        self.fan += (self.fan_hz - self.fan) * self._fan_lag
        room = utilities.room_c
        steam = self.position_pct * 0.01 * utilities.steam_share
        utilities.steam_draw += steam
        target = room + HEATING_K * steam
        if self.cooling_pct:
            target -= (room - utilities.glycol_c - COOLING_APPROACH_K) * self.cooling_pct * 0.01
        if self.medium == "water":
            target = WATER_C + 0.3 * (self.body_c - WATER_C)
        elif self.mass_kg > 0.0:
            target += (self.body_c - target) * PRODUCT_SHARE
        air = self.air_c
        air += (target - air) * self._air_lag
        wet = 42.0 + 58.0 * self.spray_pct * 0.01 - 32.0 * self.damper_pct * 0.01
        if self.medium == "water":
            wet = 99.0
        if self.door_open:
            air += (room - air) * self._door_lag
            wet = 55.0
        self.air_c = air
        self.humidity_pct += (wet - self.humidity_pct) * self._humidity_lag

    def _product(self) -> None:
        medium = self.medium
        around = WATER_C if medium == "water" else self.air_c
        self.body_c += (around - self.body_c) * self._body[medium]
        self.core_c += (self.body_c - self.core_c) * self._core[medium]
        if self.air_c > 20.0 and medium != "water":
            dryness = 1.0 - 0.007 * self.humidity_pct
            loss = self.mass_kg * LOSS_PER_S * (self.air_c - 20.0) * 0.02 * dryness * self.dt_s
            self.mass_kg -= loss
            self.ledger.cooking_loss_kg += loss

    def load(self, batch: int) -> bool:
        """Roll the racks of ``batch`` in; another batch's load is rolled out of the way first. False: there is none."""
        if self.mass_kg > 0.0 and (batch in (0, self.batch) or self.batch == 0):
            self.batch = self.batch or batch
            self.finished = False
            self.more()
            return True
        rack = self.ledger.racks.pop(batch)
        if rack is None:
            return False
        if self.finished:
            self.unload()
        self.ledger.displaced_kg += self.mass_kg
        self.batch, self.mass_kg, self.pieces = rack.batch or batch, rack.mass_kg, rack.pieces
        self.body_c = self.core_c = rack.temp_c
        return True

    def more(self) -> None:
        """Roll in racks of the same batch that came later."""
        rack = self.ledger.racks.find(self.batch) if self.batch else None
        if rack is None:
            return
        self.ledger.racks.loads.remove(rack)
        share = rack.mass_kg / (self.mass_kg + rack.mass_kg)
        self.body_c += (rack.temp_c - self.body_c) * share
        self.core_c += (rack.temp_c - self.core_c) * share
        self.mass_kg += rack.mass_kg
        self.pieces += rack.pieces

    def unload(self) -> None:
        """Roll the load out to the chiller's queue."""
        self.ledger.cooked.put(self.batch, self.mass_kg, self.core_c, self.pieces)
        self.mass_kg = self.pieces = 0.0
        self.batch = 0
        self.finished = False


class SmokehouseProgram(PhaseProgram):
    """Phases 1 set, 2 dry, 3 smoke (by time, counted once the chamber is near its setpoint), 4 cook and 5 shower (by core),
    6 preheat (an empty chamber, by time near the setpoint), 7 soak (steam as in cook, by time).

    The lethality F70 is integrated here from the core probe while its quality is Good and it is above 55 °C.
    """

    PHASES = {  # noqa: RUF012
        SET: PhaseSpec("set", ("SP_Temp", "SP_RH", "SP_Time"), ("ChamberTemp", "Humidity")),
        DRY: PhaseSpec("dry", ("SP_Temp", "SP_RH", "SP_Time"), ("ChamberTemp", "Humidity")),
        SMOKE: PhaseSpec("smoke", ("SP_Temp", "SP_RH", "SP_Time"), ("ChamberTemp", "Humidity")),
        COOK: PhaseSpec("cook", ("SP_Temp", "SP_RH", "SP_Core"), ("ChamberTemp", "Humidity", "CoreTemp")),
        SHOWER: PhaseSpec("shower", ("SP_Core",), ("CoreTemp",)),
        PREHEAT: PhaseSpec("preheat", ("SP_Temp", "SP_RH", "SP_Time"), ("ChamberTemp", "Humidity")),
        SOAK: PhaseSpec("soak", ("SP_Temp", "SP_RH", "SP_Time"), ("ChamberTemp", "Humidity", "CoreTemp")),
    }
    GUARDS = {"DoorClosed": 1.0, "FanTrip": 0.0}  # noqa: RUF012

    def __init__(self, plc: SimPlc, unit: str, plant: SmokehousePlant) -> None:
        super().__init__(plc, unit)
        self.plant = plant
        self._temp_pi = Pi(3.5, 260.0, plant.dt_s, -100.0, 100.0)
        self._humidity_pi = Pi(1.2, 120.0, plant.dt_s, -100.0, 100.0)
        self._held_s = 0.0
        self._start_core_c = 0.0
        self._in_band = False
        self._f70_per_step = plant.dt_s / 60.0
        self._f70_batch = -1
        self._i_temp, self._i_humidity, self._i_core = self.i("ChamberTemp"), self.i("Humidity"), self.i("CoreTemp")
        self._i_f70, self._i_mass = self.i("F70"), self.i("ProductMass")

    def begin(self, phase: int, batch: int) -> int:
        plant = self.plant
        if phase == PREHEAT:
            if plant.finished:
                plant.unload()
            if plant.mass_kg > 0.0:
                return PLC_INTERLOCK
        elif not plant.load(batch):
            return NO_MATERIAL
        if phase != PREHEAT and (plant.batch != self._f70_batch or (phase == SET and plant.batch == 0)):
            self._f70_batch = plant.batch
            self.v[self._i_f70] = 0.0
        self._held_s = 0.0
        self._in_band = False
        self._start_core_c = plant.core_c
        # Begin near the valve position that will hold the setpoint, so that the chamber comes up in minutes.
        self._temp_pi.preset(max(0.0, min(100.0, VALVE_PCT_PER_K * (self.sp["SP_Temp"] - ROOM_C))) if phase != SHOWER else 0.0)
        self._humidity_pi.preset(0.0)
        return ACCEPTED

    def run(self, dt_s: float) -> bool:
        phase, plant, v, sp = self.phase, self.plant, self.v, self.sp
        if phase != PREHEAT:  # the probe hangs in the air of an empty chamber
            self._lethality()
        if phase == SHOWER:
            plant.medium = "water"
            plant.valve_pct = plant.cooling_pct = plant.spray_pct = plant.damper_pct = 0.0
            plant.fan_hz = 10.0
            self._progress_by_core(v[self._i_core], falling=True)
            return v[self._i_core] <= sp["SP_Core"]
        plant.medium = "steam" if phase in (COOK, SOAK) else "air"
        plant.fan_hz = 30.0 if phase == SMOKE else 50.0
        plant.smoke_on = phase == SMOKE
        error = sp["SP_Temp"] - v[self._i_temp]
        self._climate(error, sp["SP_RH"] - v[self._i_humidity])
        if phase == SET:
            plant.more()
        if phase == COOK:
            self._progress_by_core(v[self._i_core], falling=False)
            return v[self._i_core] >= sp["SP_Core"]
        if not self._in_band:
            self._in_band = -BAND_K <= error <= BAND_K
            return False
        self._held_s += dt_s
        self.done_pct = 99.0 * self._held_s / sp["SP_Time"]
        return self._held_s >= sp["SP_Time"]

    def _climate(self, temp_error: float, humidity_error: float) -> None:
        plant = self.plant
        heat = self._temp_pi.output(temp_error)
        if heat >= 0.0:
            plant.valve_pct, plant.cooling_pct = heat, 0.0
        else:
            plant.valve_pct, plant.cooling_pct = 0.0, -heat
        wet = self._humidity_pi.output(humidity_error)
        if wet >= 0.0:
            plant.spray_pct, plant.damper_pct = wet, 0.0
        else:
            plant.spray_pct, plant.damper_pct = 0.0, -wet

    def _lethality(self) -> None:
        core = self.v[self._i_core]
        if core > F70_FROM_C and not self.plc.statuses[self._i_core]:
            self.v[self._i_f70] += 10.0 ** ((core - F70_REFERENCE_C) / F70_Z_K) * self._f70_per_step

    def _progress_by_core(self, core: float, *, falling: bool) -> None:
        target = self.sp["SP_Core"]
        start = max(self._start_core_c, target + 1.0) if falling else min(self._start_core_c, target - 1.0)
        share = (core - start) / (target - start)
        self.done_pct = 99.0 * share if share > 0.0 else 0.0

    def pause(self) -> None:
        """A pause is short: the climate is kept, only the time of the phase does not count."""

    def rest(self, dt_s: float) -> None:
        del dt_s
        if self.plant.mass_kg > 0.0:
            self._lethality()
        if self.state in (PhaseState.PAUSING, PhaseState.PAUSED) and self.phase != SHOWER:
            v, sp = self.v, self.sp
            self._climate(sp["SP_Temp"] - v[self._i_temp], sp["SP_RH"] - v[self._i_humidity])

    def make_safe(self) -> None:
        plant = self.plant
        plant.valve_pct = plant.cooling_pct = plant.spray_pct = plant.damper_pct = 0.0
        plant.fan_hz = 0.0
        plant.smoke_on = False
        plant.medium = "air"

    def entered(self, state: PhaseState) -> None:
        if state is PhaseState.COMPLETE:
            self.plant.finished = self.plant.mass_kg > 0.0
