"""OPC UA status codes used as tag quality (OPC 10000-4 §7.39, OPC 10000-8).

A quality is one unsigned 32-bit number: bits 31-30 carry the severity, bits 27-16 the sub-code.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

StatusArray = npt.NDArray[np.uint32]
BoolArray = npt.NDArray[np.bool_]


class Status(IntEnum):
    """Status codes that drivers and the engine produce; any other 32-bit code is carried unchanged."""

    GOOD = 0x00000000
    GOOD_LOCAL_OVERRIDE = 0x00960000
    GOOD_CLAMPED = 0x00300000
    UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE = 0x408F0000
    UNCERTAIN_LAST_USABLE_VALUE = 0x40900000
    UNCERTAIN_SENSOR_NOT_ACCURATE = 0x40930000
    UNCERTAIN_ENGINEERING_UNITS_EXCEEDED = 0x40940000
    BAD_COMMUNICATION_ERROR = 0x80050000
    BAD_DECODING_ERROR = 0x80070000
    BAD_RESOURCE_UNAVAILABLE = 0x80040000
    BAD_TIMEOUT = 0x800A0000
    BAD_NO_COMMUNICATION = 0x80310000
    BAD_WAITING_FOR_INITIAL_DATA = 0x80320000
    BAD_NODE_ID_INVALID = 0x80330000
    BAD_NODE_ID_UNKNOWN = 0x80340000
    BAD_INDEX_RANGE_NO_DATA = 0x80370000
    BAD_OUT_OF_RANGE = 0x803C0000
    BAD_NOT_SUPPORTED = 0x803D0000
    BAD_CONFIGURATION_ERROR = 0x80890000
    BAD_DEVICE_FAILURE = 0x808B0000
    BAD_SENSOR_FAILURE = 0x808C0000
    BAD_OUT_OF_SERVICE = 0x808D0000


SEVERITY_SHIFT: Final = 30

INFO_DATA_VALUE: Final = 0x400
LIMIT_LOW: Final = 0x100
LIMIT_HIGH: Final = 0x200
"""Bits of a status (OPC 10000-4 §7.39.1): with the InfoType DataValue the limit bits say at which limit the value is held."""

_INFO_BITS: Final = 0xFFFF
_LIMITS: Final = {LIMIT_LOW: " (LimitLow)", LIMIT_HIGH: " (LimitHigh)", LIMIT_LOW | LIMIT_HIGH: " (LimitConstant)"}


def is_good(status: int) -> bool:
    """True when the severity is Good; the only quality that control, CCP verdicts and totals may use."""
    return status >> SEVERITY_SHIFT == 0


def is_bad(status: int) -> bool:
    """True when the severity is Bad (bit 31 set)."""
    return status >> 31 == 1


def good_mask(status: StatusArray) -> BoolArray:
    """Element-wise :func:`is_good`; shape of ``status``."""
    return status < 0x40000000


def bad_mask(status: StatusArray) -> BoolArray:
    """Element-wise :func:`is_bad`; shape of ``status``."""
    return status >= 0x80000000


def worst(statuses: list[int]) -> int:
    """The status with the highest severity, the first of equals: what a derived value inherits."""
    result = int(Status.GOOD)
    for status in statuses:
        if status >> SEVERITY_SHIFT > result >> SEVERITY_SHIFT:
            result = status
    return result


def status_name(status: int) -> str:
    """A readable name for logs and displays, e.g. ``BadSensorFailure``; the hexadecimal code when unknown.

    A value that is held at a limit has that behind the name: ``UncertainSensorNotAccurate (LimitHigh)``.
    """
    try:
        words = Status(status & ~_INFO_BITS).name.split("_")
    except ValueError:
        return f"0x{status:08X}"
    limit = _LIMITS.get(status & (LIMIT_LOW | LIMIT_HIGH), "") if status & INFO_DATA_VALUE else ""
    return "".join(word.capitalize() for word in words) + limit
