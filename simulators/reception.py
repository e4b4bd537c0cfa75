"""R101, reception: a platform scale that an operator loads from trolleys of chilled meat, with a probe for its temperature."""

from __future__ import annotations

from typing import Final

from simulators.control_blocks import lag
from simulators.material import Ledger
from simulators.phase_program import ACCEPTED, PhaseProgram, PhaseSpec
from simulators.plc import SimPlc

COARSE_KG_S: Final = 3.0
FINE_KG_S: Final = 0.4
FINE_BAND_KG: Final = 4.0
TIP_KG_S: Final = 10.0
SCALE_TAU_S: Final = 0.8
STABLE_AFTER_S: Final = 3.0
PROBE_TAU_S: Final = 20.0
TRUCK_MEAN_C: Final = 2.5
TRUCK_SPREAD_C: Final = 0.35
TRUCK_KG: Final = 1500.0


class ReceptionPlant:
    """Scale and trolleys. ``load_kg_s`` and ``tip`` are the outputs of the PLC, carried out by the hopper operator."""

    def __init__(self, plc: SimPlc, ledger: Ledger, dt_s: float) -> None:
        self.v = plc.values
        self.ledger = ledger
        self.dt_s = dt_s
        self.on_scale_kg = 0.0
        self.shown_kg = 0.0
        self.meat_c = TRUCK_MEAN_C
        self.shown_c = TRUCK_MEAN_C
        self.truck_left_kg = 0.0
        self.load_kg_s = 0.0
        self.tip = False
        self.batch = 0
        self._scale = lag(dt_s, SCALE_TAU_S)
        self._probe = lag(dt_s, PROBE_TAU_S)
        self._i_weight, self._i_temp = plc.index("R101.Weight"), plc.index("R101.MeatTemp")

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        if self.load_kg_s:
            self._load(noise[k + 2])
        elif self.tip:
            self._tip()
        self.shown_kg += (self.on_scale_kg - self.shown_kg) * self._scale
        self.shown_c += (self.meat_c - self.shown_c) * self._probe
        v = self.v
        v[self._i_weight] = self.shown_kg + 0.05 * noise[k]
        v[self._i_temp] = self.shown_c + 0.04 * noise[k + 1]

    def _load(self, chance: float) -> None:
        if self.truck_left_kg <= 0.0:
            self.truck_left_kg = TRUCK_KG
            self.meat_c = TRUCK_MEAN_C + TRUCK_SPREAD_C * max(-2.0, min(2.0, chance))
        mass = self.load_kg_s * self.dt_s
        self.on_scale_kg += mass
        self.truck_left_kg -= mass
        self.ledger.received_kg += mass

    def _tip(self) -> None:
        mass = min(self.on_scale_kg, TIP_KG_S * self.dt_s)
        self.on_scale_kg -= mass
        self.ledger.raw.put(self.batch, mass, self.meat_c)

    def clear(self) -> None:
        """Take what another batch left on the scale away."""
        self.ledger.displaced_kg += self.on_scale_kg
        self.on_scale_kg = 0.0


class ReceptionProgram(PhaseProgram):
    """Phase ``weigh``: load to the setpoint, wait until the scale is calm, book the weight, tip into the trolley."""

    PHASES = {1: PhaseSpec("weigh", ("SP_Mass",), ("Weight",))}  # noqa: RUF012
    GUARDS = {"ScaleOk": 1.0}  # noqa: RUF012

    def __init__(self, plc: SimPlc, plant: ReceptionPlant) -> None:
        super().__init__(plc, "R101")
        self.plant = plant
        self._step = "load"
        self._calm_s = 0.0
        self._charged_batch = -1
        self._i_weight, self._i_charged = self.i("Weight"), self.i("Charged")
        self._i_stable, self._i_scale_ok = self.i("Stable"), self.i("ScaleOk")

    def begin(self, phase: int, batch: int) -> int:
        del phase
        plant = self.plant
        if plant.on_scale_kg and plant.batch != batch:
            plant.clear()
        plant.batch = batch
        if batch != self._charged_batch or batch == 0:
            self._charged_batch = batch
            self.v[self._i_charged] = 0.0
        self._step = "load"
        self._calm_s = 0.0
        return ACCEPTED

    def run(self, dt_s: float) -> bool:
        v, plant = self.v, self.plant
        weight = v[self._i_weight]
        target = self.sp["SP_Mass"]
        if self._step == "load":
            missing = target - weight
            plant.load_kg_s = COARSE_KG_S if missing > FINE_BAND_KG else FINE_KG_S if missing > 0.3 else 0.0
            self.done_pct = 80.0 * weight / target if weight > 0.0 else 0.0
            v[self._i_stable] = 0.0
            if not plant.load_kg_s:
                self._step, self._calm_s = "settle", 0.0
        elif self._step == "settle":
            self._calm_s += dt_s
            if self._calm_s >= STABLE_AFTER_S:
                v[self._i_stable] = 1.0
                v[self._i_charged] += weight
                self._step = "tip"
        else:
            plant.tip = True
            self.done_pct = 90.0
            return plant.on_scale_kg <= 0.0
        return False

    def make_safe(self) -> None:
        self.plant.load_kg_s = 0.0
        self.plant.tip = False

    def rest(self, dt_s: float) -> None:
        del dt_s
        self.v[self._i_stable] = self.v[self._i_scale_ok]

    def watch_scale(self) -> None:
        """ScaleOk follows the quality of the weight; called when a quality changed."""
        self.v[self._i_scale_ok] = 0.0 if self.plc.statuses[self._i_weight] else 1.0
