"""W101, a platform scale for ingredients: somebody puts on it what its terminal asks for, near enough, and takes it off again."""

from __future__ import annotations

from typing import Final

from simulators.control_blocks import lag
from simulators.plc import SimPlc

CAPACITY_KG: Final = 150.0
DIVISION_KG: Final = 0.01
SCATTER: Final = 0.0005
"""How exactly a person weighs: standard deviation as a share of what is asked for."""
WALK_S: Final = 6.0
"""To read the terminal and fetch the box."""
RATE_KG_S: Final = 4.0
TAKE_OFF_KG_S: Final = 20.0
SETTLE_TAU_S: Final = 0.4
STABLE_AFTER_S: Final = 1.5
NOISE_KG: Final = 0.002


class WeighingPlatform:
    """Load cell, indicator and the helper beside it. The indicator subtracts ``Tare`` and shows ``Target`` to the helper.

    The load is put on from ``Target`` (net, kg) at the moment it changes; 0 asks to clear the platform.
    """

    def __init__(self, plc: SimPlc, dt_s: float) -> None:
        self.v = plc.values
        self.plc = plc
        self.dt_s = dt_s
        self.load_kg = 0.0
        self._wanted_kg = 0.0
        self._asked_kg = 0.0
        self._walk_s = 0.0
        self._shown_kg = 0.0
        self._calm_s = 0.0
        self._lag = lag(dt_s, SETTLE_TAU_S)
        i = plc.index
        self._i_gross, self._i_net, self._i_tare = i("W101.Gross"), i("W101.Net"), i("W101.Tare")
        self._i_stable, self._i_ok, self._i_target = i("W101.Stable"), i("W101.Ok"), i("W101.Target")

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        v = self.v
        chance = noise[k]
        asked_kg = v[self._i_target]
        if asked_kg != self._asked_kg:
            self._asked_kg = asked_kg
            self._walk_s = WALK_S
            error = SCATTER * max(-2.0, min(2.0, chance))
            self._wanted_kg = asked_kg * (1.0 + error) + v[self._i_tare] if asked_kg > 0.0 else 0.0
        moved = self._move()
        self._shown_kg += (self.load_kg - self._shown_kg) * self._lag
        calm = not moved and abs(self.load_kg - self._shown_kg) < DIVISION_KG / 2.0
        self._calm_s = self._calm_s + self.dt_s if calm else 0.0
        healthy = not (self.plc.statuses[self._i_gross] or self.plc.statuses[self._i_net])
        shown_kg = self._shown_kg if calm else self._shown_kg + NOISE_KG * chance
        gross_kg = round(shown_kg / DIVISION_KG) * DIVISION_KG
        v[self._i_gross] = gross_kg
        v[self._i_net] = gross_kg - v[self._i_tare]
        v[self._i_stable] = 1.0 if healthy and self._calm_s >= STABLE_AFTER_S else 0.0
        v[self._i_ok] = 1.0 if healthy and gross_kg <= CAPACITY_KG + 9.0 * DIVISION_KG else 0.0

    def _move(self) -> bool:
        """Load or unload, once the helper is there; True while the mass on the platform changes."""
        missing_kg = self._wanted_kg - self.load_kg
        if missing_kg == 0.0:
            return False
        if self._walk_s > 0.0:
            self._walk_s -= self.dt_s
            return False
        rate = RATE_KG_S if missing_kg > 0.0 else TAKE_OFF_KG_S
        step_kg = min(abs(missing_kg), rate * self.dt_s)
        arrived = step_kg == abs(missing_kg)
        self.load_kg = self._wanted_kg if arrived else self.load_kg + (step_kg if missing_kg > 0.0 else -step_kg)
        return True
