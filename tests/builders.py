"""Builders for tests: a tag, a table, an image, with everything defaulted that the test does not care about."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from line.documents import Text
from line.image import NO_STRINGS, Snapshot
from line.quality import Status
from line.tags import TagDef, TagKind, TagTable

T0_NS = 1_700_000_000_000_000_000
S = 1_000_000_000


def tag(name: str, handle: int = 0, *, kind: TagKind = TagKind.FLOAT, device: str = "plc1", address: str = "ir:0:float32",
        eu: str = "", lo: float = -1000.0, hi: float = 10_000.0, decimals: int = 1, scale: float = 1.0, offset: float = 0.0,
        writable: bool = False, deadband: float = 0.0, enum: str = "") -> TagDef:  # fmt: skip
    """One tag; its texts are its name."""
    text = Text(ru=name, en=name)
    return TagDef(handle, name, kind, device, address, eu, lo, hi, decimals, scale, offset, writable, deadband, enum, text)


def table(*names: str, **options: object) -> TagTable:
    """A table of float tags with these names, in this order."""
    return TagTable(tag(name, i, **options) for i, name in enumerate(names))  # pyright: ignore[reportArgumentType]


def snapshot(tags: TagTable, values: Mapping[str, float], *, now_ns: int = T0_NS, scan: int = 1,
             status: Mapping[str, int] | None = None) -> Snapshot:  # fmt: skip
    """An image with these values, Good unless ``status`` says otherwise; tags not named are waiting for data."""
    count = len(tags)
    value = np.full(count, np.nan)
    quality = np.full(count, int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
    for name, number in values.items():
        value[tags.handle(name)] = number
        quality[tags.handle(name)] = 0
    for name, code in (status or {}).items():
        quality[tags.handle(name)] = code
    stamps = np.full(count, now_ns, dtype=np.int64)
    return Snapshot(scan, now_ns, value, quality, stamps, stamps, NO_STRINGS)
