"""Texts of people on paper: nothing in them may turn the direction of what stands beside them, hide, or run off the page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from line.messages import Json

_HIDDEN: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Controls, of which those of direction (UAX #9) print a mass backwards, and what has no width; a line break is none of them."""
_LONG: Final = re.compile(r"(?![0-9a-f]{40,128}(?![^\s]))\S{41,}")
"""A word that no column has room for, save a hash: that one is copied from the page, and set where it fits."""
_PIECE: Final = 20
_MAY_BREAK: Final = "\u200b"


def printable(value: Json) -> Json:
    """``value`` with every text in it as it may be set: hidden characters by their number, long words with places to break."""
    if isinstance(value, str):
        shown = _HIDDEN.sub(lambda c: f"<U+{ord(c[0]):04X}>", value)
        return _LONG.sub(lambda w: _MAY_BREAK.join(w[0][i : i + _PIECE] for i in range(0, len(w[0]), _PIECE)), shown)
    if isinstance(value, Mapping):
        return {k: printable(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return [printable(v) for v in value]
    return value
