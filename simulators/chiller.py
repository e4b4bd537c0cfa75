"""H501, chiller: cold air over the cooked racks until the core is cold. It keeps its temperature between batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from line.phases import PhaseState
from simulators.control_blocks import Pi, lag
from simulators.material import Ledger
from simulators.phase_program import ACCEPTED, NO_MATERIAL, PLC_INTERLOCK, PhaseProgram, PhaseSpec
from simulators.plc import SimPlc
from simulators.smokehouse import SmokehousePlant
from simulators.utilities import Utilities

AIR_TAU_S: Final = 240.0
DOOR_TAU_S: Final = 150.0
VALVE_TAU_S: Final = 8.0
BODY_TAU_S: Final = 2700.0
CORE_TAU_S: Final = 720.0
PRODUCT_SHARE: Final = 0.12
APPROACH_K: Final = 2.0
LOSS_PER_S: Final = 0.00014 / 60.0
STANDBY_HZ: Final = 20.0
RUN_HZ: Final = 50.0


class ChillerPlant:
    """Air cooler and the load. Outputs of the PLC: ``valve_pct``, ``fan_hz``."""

    def __init__(self, plc: SimPlc, ledger: Ledger, utilities: Utilities, dt_s: float) -> None:
        self.v = plc.values
        self.ledger = ledger
        self.utilities = utilities
        self.dt_s = dt_s
        self.valve_pct = 0.0
        self.fan_hz = STANDBY_HZ
        self.stuck_pct: float | None = None
        self.door_open = False
        self.air_c = 3.0
        self.position_pct = 0.0
        self.fan = STANDBY_HZ
        self.batch = 0
        self.mass_kg = 0.0
        self.pieces = 0.0
        self.body_c = 3.0
        self.core_c = 3.0
        self._air_lag, self._door_lag, self._valve_lag = lag(dt_s, AIR_TAU_S), lag(dt_s, DOOR_TAU_S), lag(dt_s, VALVE_TAU_S)
        self._fan_lag, self._probe_lag = lag(dt_s, 5.0), lag(dt_s, 60.0)
        self._body_lag, self._core_lag = lag(dt_s, BODY_TAU_S), lag(dt_s, CORE_TAU_S)
        i = plc.index
        self._i_air, self._i_core, self._i_fan = i("H501.AirTemp"), i("H501.CoreTemp"), i("H501.FanSpeed")
        self._i_valve, self._i_mass = i("H501.ColdValve"), i("H501.ProductMass")

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        utilities = self.utilities
        if self.stuck_pct is None:
            self.position_pct += (self.valve_pct - self.position_pct) * self._valve_lag
        else:
            self.position_pct = self.stuck_pct
        self.fan += (self.fan_hz - self.fan) * self._fan_lag
        cold = self.position_pct * 0.01 * (0.25 + 0.75 * self.fan / RUN_HZ)
        utilities.cold_draw += cold
        room = utilities.room_c
        target = room - (room - utilities.glycol_c - APPROACH_K) * cold
        if self.mass_kg > 0.0:
            target += (self.body_c - target) * PRODUCT_SHARE
            blow = 0.3 + 0.7 * self.fan / RUN_HZ
            self.body_c += (self.air_c - self.body_c) * self._body_lag * blow
            self.core_c += (self.body_c - self.core_c) * self._core_lag
            loss = self.mass_kg * LOSS_PER_S * self.dt_s * blow
            self.mass_kg -= loss
            self.ledger.chilling_loss_kg += loss
        else:
            self.core_c += (self.air_c - self.core_c) * self._probe_lag
        self.air_c += (target - self.air_c) * self._air_lag
        if self.door_open:
            self.air_c += (room - self.air_c) * self._door_lag
        v = self.v
        v[self._i_air] = self.air_c + 0.05 * noise[k]
        v[self._i_core] = self.core_c + 0.04 * noise[k + 1]
        v[self._i_fan] = self.fan
        v[self._i_valve] = self.valve_pct
        v[self._i_mass] = self.mass_kg


class ChillerProgram(PhaseProgram):
    """Phase ``chill``: down to the core setpoint. In every other state the room is kept at the last air setpoint.

    An open door stops no phase (people roll racks in and out); it only forbids Start and Restart.
    """

    PHASES = {1: PhaseSpec("chill", ("SP_Air", "SP_Core"), ("AirTemp", "CoreTemp"))}  # noqa: RUF012
    GUARDS = {"FanTrip": 0.0}  # noqa: RUF012

    def __init__(self, plc: SimPlc, plant: ChillerPlant, smokehouses: Sequence[tuple[SmokehousePlant, PhaseProgram]]) -> None:
        super().__init__(plc, "H501")
        self.plant = plant
        self._smokehouses = tuple(smokehouses)
        self._pi = Pi(12.0, 240.0, plant.dt_s, 0.0, 100.0)
        self._start_core_c = 0.0
        self._i_air, self._i_core = self.i("AirTemp"), self.i("CoreTemp")
        self._i_door, self._i_trip = self.i("DoorClosed"), self.i("FanTrip")

    def healthy(self) -> bool:
        return super().healthy() and self.v[self._i_door] != 0.0

    def begin(self, phase: int, batch: int) -> int:
        plant, ledger = self.plant, self.plant.ledger
        if not self.v[self._i_door]:
            return PLC_INTERLOCK
        del phase
        if not (plant.mass_kg > 0.0 and (batch in (0, plant.batch) or plant.batch == 0)):
            if ledger.cooked.find(batch) is None:
                self._fetch(batch)
            rack = ledger.cooked.pop(batch)
            if rack is None:
                return NO_MATERIAL
            ledger.displaced_kg += plant.mass_kg
            plant.batch, plant.mass_kg, plant.pieces = rack.batch or batch, rack.mass_kg, rack.pieces
            plant.body_c = plant.core_c = rack.temp_c
        self._start_core_c = plant.core_c
        return ACCEPTED

    def _fetch(self, batch: int) -> None:
        """Fetch the batch out of a smokehouse that has nothing more to do with it."""
        for plant, program in self._smokehouses:
            idle = program.state in (PhaseState.IDLE, PhaseState.COMPLETE)
            if idle and plant.mass_kg > 0.0 and plant.batch == batch:
                plant.unload()

    def run(self, dt_s: float) -> bool:
        del dt_s
        self._cool(RUN_HZ)
        core, target = self.v[self._i_core], self.sp["SP_Core"]
        start = max(self._start_core_c, target + 1.0)
        share = (core - start) / (target - start)
        self.done_pct = 99.0 * share if share > 0.0 else 0.0
        return core <= target

    def rest(self, dt_s: float) -> None:
        del dt_s
        self._cool(STANDBY_HZ)

    def _cool(self, fan_hz: float) -> None:
        plant, v = self.plant, self.v
        if v[self._i_trip] or not v[self.plc.i_estop_ok]:
            plant.fan_hz = plant.valve_pct = 0.0
            return
        plant.fan_hz = fan_hz
        plant.valve_pct = self._pi.output(v[self._i_air] - self.sp["SP_Air"])

    def make_safe(self) -> None:
        """Cooling on is the safe state of the product: :meth:`rest` goes on with it."""

    def entered(self, state: PhaseState) -> None:
        plant = self.plant
        if state is PhaseState.COMPLETE and plant.mass_kg > 0.0:
            plant.ledger.chilled.put(plant.batch, plant.mass_kg, plant.core_c, plant.pieces)
            plant.mass_kg = plant.pieces = 0.0
            plant.batch = 0
