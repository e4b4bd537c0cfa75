"""One tag as the codec sees it: place, layout, scaling, and which raw counts are no measurement."""

from __future__ import annotations

import math
from dataclasses import dataclass

from line.tags import TagDef, TagKind
from plc_drivers.modbus.address import Coding, ModbusAddress, parse_address
from plc_drivers.modbus.options import ORDERS, Order, WordOrder, read_options


@dataclass(frozen=True)
class Point:
    """``value = raw * scale + offset``; ``lo``/``hi`` are engineering units, ``valid`` and ``nan`` raw counts."""

    address: ModbusAddress
    kind: TagKind = TagKind.FLOAT
    scale: float = 1.0
    offset: float = 0.0
    order: Order = "abcd"
    lo: float = -math.inf
    hi: float = math.inf
    clamp: bool = False
    valid: tuple[float, float] | None = None
    nan: float | None = None
    encoding: str = "utf-8"

    @property
    def bytes_swapped(self) -> bool:
        """True when the low byte of each register comes first."""
        return self.order in ("badc", "dcba")

    @property
    def low_word_first(self) -> bool:
        """True when the register with the lowest digits comes first."""
        return self.order in ("cdab", "dcba")


def point_of(tag: TagDef, word_order: WordOrder = "big") -> Point:
    """The point of a tag of a device with ``word_order``. Raises ValueError with what is wrong with address or options.

    The device's order is that of values of several registers. One register and texts are high byte first, as the specification
    has it, unless the tag itself says ``order=badc``.
    """
    address = parse_address(tag.address)
    if address.is_text is not (tag.kind is TagKind.STRING):
        raise ValueError(f"{address} does not go with the kind {tag.kind}")
    options, faults = read_options(tag.options, address)
    if faults:
        raise ValueError("; ".join(f.message for f in faults))
    layout = address.layout
    spreads = layout is not None and layout.words > 1 and layout.coding is not Coding.TEXT
    return Point(
        address, tag.kind, tag.scale, tag.offset, options.order or (ORDERS[word_order] if spreads else "abcd"),
        tag.lo, tag.hi, options.clamp, options.valid, options.nan, options.encoding,
    )  # fmt: skip
