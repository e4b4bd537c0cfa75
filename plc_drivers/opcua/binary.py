"""Where a value ends in the bytes of a message, without decoding it (OPC 10000-6 §5.2.2).

So a value that cannot be decoded spoils no other, and a count that garbage claims is refused before anything is made of it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

MAX_DEPTH: Final = 20
_I32: Final = struct.Struct("<i")
_FIXED: Final = {0: 0, 1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 4, 8: 8, 9: 8, 10: 4, 11: 8, 13: 8, 14: 16, 19: 4}
"""Bytes of a built-in type, by its number."""

_STRINGS: Final = frozenset({12, 15, 16, *range(26, 32)})
"""A length and bytes; the numbers from 26 are reserved and read as ByteString (§5.2.2.16)."""

_NODE_IDS: Final = {0: 2, 1: 4, 2: 7, 3: 3, 4: 19, 5: 3}
"""Bytes up to the end of the identifier, or up to its length where it is a string (3, 5)."""


def end_of_variant(data: bytes, at: int, depth: int = 0) -> int:
    """The position behind the Variant that begins at ``at``. Raises ValueError, IndexError or struct.error where none does."""
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    encoding = data[at]
    kind, at = encoding & 0x3F, at + 1
    count = 1
    if encoding & 0x80:
        count, at = _count(data, at)
    at = _end_of(data, at, kind, count, depth)
    if encoding & 0x40:
        dimensions, at = _count(data, at)
        at += 4 * dimensions
    if at > len(data):
        raise ValueError("a value that goes beyond its message")
    return at


def end_of_diagnostics(data: bytes, at: int) -> int:
    """The position behind an array of DiagnosticInfo. Raises as :func:`end_of_variant`."""
    count, at = _count(data, at)
    return _end_of(data, at, 25, count, 0)


def end_of_value(data: bytes, kind: int) -> int:
    """The position behind the value of this built-in type that ``data`` begins with. Raises as :func:`end_of_variant`."""
    return _end_of(data, 0, kind, 1, 0)


def _end_of(data: bytes, at: int, kind: int, count: int, depth: int) -> int:
    size = _FIXED.get(kind)
    if size is not None:
        return at + size * count
    step: Callable[[bytes, int, int], int] | None = _string if kind in _STRINGS else _STEPS.get(kind)
    if step is None:
        raise ValueError(f"there is no built-in type {kind}")
    for _ in range(count):
        at = step(data, at, depth)
    return at


def _count(data: bytes, at: int) -> tuple[int, int]:
    """Of an array, none of which has elements without bytes."""
    (count,) = _I32.unpack_from(data, at)
    if count > len(data) - at - 4:
        raise ValueError(f"an array of {count} elements in {len(data) - at - 4} bytes")
    return max(0, count), at + 4


def _string(data: bytes, at: int, depth: int = 0) -> int:
    del depth
    length, at = _count(data, at)
    return at + length


def _node_id(data: bytes, at: int, depth: int) -> int:
    encoding = data[at]
    form = encoding & 0x3F
    size = _NODE_IDS.get(form)
    if size is None:
        raise ValueError(f"there is no NodeId of form {form}")
    at = _string(data, at + size, depth) if form in (3, 5) else at + size
    if encoding & 0x80:
        at = _string(data, at, depth)
    return at + 4 if encoding & 0x40 else at


def _qualified_name(data: bytes, at: int, depth: int) -> int:
    return _string(data, at + 2, depth)


def _localized_text(data: bytes, at: int, depth: int) -> int:
    mask, at = data[at], at + 1
    for bit in (1, 2):
        if mask & bit:
            at = _string(data, at, depth)
    return at


def _extension_object(data: bytes, at: int, depth: int) -> int:
    at = _node_id(data, at, depth)
    encoding, at = data[at], at + 1
    if encoding == 0:
        return at
    (length,) = _I32.unpack_from(data, at)
    if length < 0:
        raise ValueError("a structure without a length")
    return _string(data, at, depth)


def _data_value(data: bytes, at: int, depth: int) -> int:
    mask, at = data[at], at + 1
    if mask & 0x01:
        at = end_of_variant(data, at, depth + 1)
    return at + sum(size for bit, size in ((0x02, 4), (0x04, 8), (0x10, 2), (0x08, 8), (0x20, 2)) if mask & bit)


def _variant(data: bytes, at: int, depth: int) -> int:
    return end_of_variant(data, at, depth + 1)


def _diagnostic_info(data: bytes, at: int, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    mask = data[at]
    at += 1 + 4 * (mask & 0x0F).bit_count()
    if mask & 0x10:
        at = _string(data, at, depth)
    if mask & 0x20:
        at += 4
    return _diagnostic_info(data, at, depth + 1) if mask & 0x40 else at


_STEPS: Final = {
    17: _node_id, 18: _node_id, 20: _qualified_name, 21: _localized_text, 22: _extension_object, 23: _data_value, 24: _variant,
    25: _diagnostic_info,
}  # fmt: skip
