"""A simulated PLC: its variables, its cyclic scan, its life signs. Servers and in-memory drivers reach it here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import numpy as np

from line.image import FloatArray, IntArray
from line.quality import Status, StatusArray
from simulators.variables import INTEGERS, RAW_RANGE, Variable, Wire

BAD_NOT_WRITABLE: Final = 0x803B0000
"""OPC UA status of a write to a variable that is only read."""

WATCHDOG_MS: Final = 10_000
"""How long the supervisor's heartbeat may stand still, in control time (docs/ARCHITECTURE.md)."""

HEARTBEAT_MODULUS: Final = 65_535
"""The counter never shows 0xFFFF, which reads as a broken sensor on Modbus."""

GOOD: Final = int(Status.GOOD)
SENSOR_FAILURE: Final = int(Status.BAD_SENSOR_FAILURE)


class UnitProgram(Protocol):
    """What the PLC asks of the program of a unit, besides its own scan."""

    def look(self) -> None:
        """The supervisor wrote something: judge a new request, take setpoints over."""

    def hold_if_running(self) -> None:
        """The supervisor is gone: hold a running phase."""


class SimPlc:
    """Variables and cyclic program of one PLC.

    ``values`` and ``statuses`` hold one entry per variable, engineering units and OPC UA codes, and are the PLC's own
    memory: programs and plant write into them in place. ``generation`` grows by one with every cycle and every write.
    """

    def __init__(self, name: str, variables: Sequence[Variable], cycle_ms: int) -> None:
        self.name = name
        self.variables = tuple(variables)
        self.values: list[float] = [v.initial for v in variables]
        self.statuses: list[int] = [GOOD] * len(variables)
        self.any_bad = False
        self.link_up = True
        self.answer_delay_ms = 0.0
        self.generation = 0
        self.programs: list[UnitProgram] = []
        self._cycle_ms = cycle_ms
        self._by_name = {v.name: i for i, v in enumerate(variables)}
        self._by_address = {v.address: i for i, v in enumerate(variables)}
        prefix = name.upper()
        self._i_heartbeat = self.index(f"{prefix}.Heartbeat")
        self._i_sup_heartbeat = self.index(f"{prefix}.SupHeartbeat")
        self._i_sup_ok = self.index(f"{prefix}.SupOk")
        self._i_cycle_time = self.index(f"{prefix}.CycleTime")
        self.i_estop_ok = self.index(f"{prefix}.EStopOk")
        self._beat = 0
        self._sup_beat = 0.0
        self._sup_age_ms = 0
        self._written = False
        self._statuses_array: StatusArray = np.array(self.statuses, dtype=np.uint32)
        self._is_float32 = np.array([v.wire is Wire.FLOAT32 for v in variables])
        self._scale = np.array([v.scale for v in variables])
        self._is_integer = np.array([v.wire in INTEGERS for v in variables])
        self._lossless = not (self._is_float32.any() or (self._scale != 1.0).any())

    def index(self, name: str) -> int:
        """Index of the variable called ``name``. Raises KeyError with the name when there is none."""
        return self._by_name[name]

    def names(self) -> Iterable[str]:
        """Names of the variables, by index."""
        return self._by_name.keys()

    def bind(self, addresses: Sequence[str]) -> IntArray:
        """Indices of the variables at these addresses (as in ``tags.csv``). Raises KeyError naming the unknown ones."""
        unknown = [a for a in addresses if a not in self._by_address]
        if unknown:
            raise KeyError(f"{self.name} has no variable at {', '.join(unknown)}")
        return np.array([self._by_address[a] for a in addresses], dtype=np.int64)

    def read(self) -> tuple[FloatArray, StatusArray]:
        """All variables by index, engineering units at the resolution of the wire, and their OPC UA status.

        A broken sensor reads NaN and BadSensorFailure. The value array is fresh; the status array is shared, read only.
        """
        values = np.array(self.values)
        if not self._lossless:
            rounded = np.rint(values / self._scale) * self._scale
            values = np.where(self._is_float32, values.astype(np.float32), np.where(self._is_integer, rounded, values))
        return values, self._statuses_array

    def write(self, index: int, value: float) -> int:
        """Write one variable in engineering units; returns the OPC UA status of the write.

        BadNoCommunication while the link is dropped, BadNotWritable, BadOutOfRange when the wire type cannot carry it.
        """
        if not self.link_up:
            return int(Status.BAD_NO_COMMUNICATION)
        return self.store(index, value)

    def store(self, index: int, value: float) -> int:
        """:meth:`write` for a server that has the request in hand already, whatever the link does meanwhile."""
        variable = self.variables[index]
        if not variable.writable:
            return BAD_NOT_WRITABLE
        if variable.wire in INTEGERS:
            lo, hi = RAW_RANGE[variable.wire]
            if not lo <= value <= hi:
                return int(Status.BAD_OUT_OF_RANGE)
            value = float(round(value))
        elif variable.wire is Wire.FLOAT32:
            if math.isfinite(value) and abs(value) > 3.4e38:
                return int(Status.BAD_OUT_OF_RANGE)
            value = float(np.float32(value))
        self.values[index] = value
        self._written = True
        self.generation += 1
        return GOOD

    def set_status(self, index: int, status: int) -> None:
        """Give one variable another quality; Bad takes its value away as well."""
        self.statuses[index] = status
        if status != GOOD:
            self.values[index] = math.nan
        self.any_bad = any(s != GOOD for s in self.statuses)
        self._statuses_array = np.array(self.statuses, dtype=np.uint32)

    def begin_cycle(self, jitter: float) -> None:
        """Life signs, watchdog and the supervisor's words, once a cycle; ``jitter`` is a standard normal number."""
        values = self.values
        self.generation += 1
        self._beat = (self._beat + 1) % HEARTBEAT_MODULUS
        values[self._i_heartbeat] = self._beat
        values[self._i_cycle_time] = self._cycle_ms + 0.4 * abs(jitter)
        beat = values[self._i_sup_heartbeat]
        if beat != self._sup_beat:
            self._sup_beat = beat
            self._sup_age_ms = 0
            values[self._i_sup_ok] = 1.0
        elif values[self._i_sup_ok]:
            self._sup_age_ms += self._cycle_ms
            if self._sup_age_ms > WATCHDOG_MS:
                values[self._i_sup_ok] = 0.0
                for program in self.programs:
                    program.hold_if_running()
        if self._written:
            self._written = False
            for program in self.programs:
                program.look()

    @property
    def supervised(self) -> bool:
        """True while the supervisor's heartbeat moves."""
        return self.values[self._i_sup_ok] != 0.0
