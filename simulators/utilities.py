"""Steam, compressed air, glycol and the room: what all units draw on."""

from __future__ import annotations

from typing import Final

from simulators.control_blocks import lag
from simulators.plc import SimPlc

STEAM_BAR: Final = 4.0
STEAM_DROP_BAR: Final = 0.35
STEAM_LOST_BAR: Final = 0.4
AIR_BAR: Final = 6.3
GLYCOL_C: Final = -8.0
ROOM_C: Final = 11.0
FULL_FLOW_BAR: Final = 3.0


class Utilities:
    """``steam_share`` (0…1): what the pressure leaves of full heating; ``steam_draw`` and ``cold_draw`` sum the demand."""

    def __init__(self, plc: SimPlc, dt_s: float) -> None:
        self.v = plc.values
        self.steam_lost = False
        self.steam_bar = STEAM_BAR
        self.steam_share = 1.0
        self.steam_draw = 0.0
        self.cold_draw = 0.0
        self.air_bar = AIR_BAR
        self.glycol_c = GLYCOL_C
        self.room_c = ROOM_C
        self._wander = 0.0
        self._steam_lag, self._lost_lag = lag(dt_s, 20.0), lag(dt_s, 60.0)
        self._air_lag, self._glycol_lag, self._room_lag = lag(dt_s, 30.0), lag(dt_s, 600.0), lag(dt_s, 3600.0)
        self._kick = 0.5 * dt_s**0.5
        i = plc.index
        self._i_steam, self._i_air = i("Util.SteamPressure"), i("Util.AirPressure")
        self._i_glycol, self._i_room = i("Util.GlycolTemp"), i("Util.RoomTemp")

    def step(self, noise: list[float], k: int) -> None:
        """One plant step; the draws of the last step are used up."""
        if self.steam_lost:
            self.steam_bar += (STEAM_LOST_BAR - self.steam_bar) * self._lost_lag
        else:
            self.steam_bar += (STEAM_BAR - STEAM_DROP_BAR * self.steam_draw - self.steam_bar) * self._steam_lag
        share = (self.steam_bar - STEAM_LOST_BAR) / (FULL_FLOW_BAR - STEAM_LOST_BAR)
        self.steam_share = 1.0 if share > 1.0 else share
        self.air_bar += (AIR_BAR + 0.4 * noise[k] - self.air_bar) * self._air_lag
        self.glycol_c += (GLYCOL_C + 1.5 * self.cold_draw - self.glycol_c) * self._glycol_lag
        self._wander += (self._kick * noise[k + 1] - self._wander) * self._room_lag
        self.room_c = ROOM_C + self._wander
        self.steam_draw = self.cold_draw = 0.0
        v = self.v
        v[self._i_steam] = self.steam_bar + 0.01 * noise[k + 2]
        v[self._i_air] = self.air_bar
        v[self._i_glycol] = self.glycol_c + 0.03 * noise[k + 3]
        v[self._i_room] = self.room_c + 0.03 * noise[k + 4]
