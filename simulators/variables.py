"""What a simulated PLC offers on the wire: one :class:`Variable` per address, and the block of words every unit has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Wire(StrEnum):
    """How a variable travels: Modbus register types in lower case, OPC UA built-in types as the standard spells them."""

    BIT = "bit"
    INT16 = "int16"
    UINT16 = "uint16"
    UINT32 = "uint32"
    FLOAT32 = "float32"
    DOUBLE = "Double"
    BOOLEAN = "Boolean"
    UA_UINT16 = "UInt16"
    UA_UINT32 = "UInt32"
    UA_INT32 = "Int32"


RAW_RANGE = {
    Wire.BIT: (0.0, 1.0),
    Wire.BOOLEAN: (0.0, 1.0),
    Wire.INT16: (-32767.0, 32767.0),
    Wire.UINT16: (0.0, 65535.0),
    Wire.UINT32: (0.0, 4294967295.0),
    Wire.UA_UINT16: (0.0, 65535.0),
    Wire.UA_UINT32: (0.0, 4294967295.0),
    Wire.UA_INT32: (-2147483648.0, 2147483647.0),
}
"""Smallest and largest raw value of an integer type; int16 leaves out 0x8000, the code of a broken sensor."""

INTEGERS = frozenset(RAW_RANGE)
"""The types that carry whole raw counts."""


@dataclass(frozen=True)
class Variable:
    """One variable of a PLC. ``address`` is written as in ``tags.csv``; raw count = engineering value / ``scale``.

    ``lo``/``hi`` are the limits that the PLC accepts for a phase parameter; they mean nothing for other variables.
    """

    name: str
    address: str
    wire: Wire
    scale: float = 1.0
    writable: bool = False
    initial: float = 0.0
    lo: float = 0.0
    hi: float = 0.0


PHASE_REQUEST_WORDS = ("PhId", "PhCmd", "BatchNo", "PhReq")
"""Supervisor's words of the handshake, in the order in which they are written."""

PHASE_STATUS_WORDS = ("PhSts", "PhAct", "PhAck", "PhRes", "PhTime", "PhDone")
"""PLC's words of the handshake."""
