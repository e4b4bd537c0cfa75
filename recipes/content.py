"""What identifies the content of a recipe: canonical JSON and SHA-256, the same for a file, a command and the journal."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from line.messages import Json, JsonObject

NOT_CONTENT: Final = ("status", "approved_by")
"""Keys that older files carry: what the library says of a version is no part of its content."""
DEPTH_MAX: Final = 40
"""Deeper than any procedure; what is deeper is no recipe."""


def canonical(value: Json) -> str:
    """JSON with sorted keys and without spaces; a whole number reads the same with and without ``.0``."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256(value: Json) -> str:
    """SHA-256 of the canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def content_hash(data: JsonObject) -> str:
    """The hash that identifies a version of a recipe: of all of its data, comments and layout of the file do not count."""
    return sha256({key: value for key, value in data.items() if key not in NOT_CONTENT})


def storable(value: Json, depth: int = DEPTH_MAX) -> bool:
    """Whether ``value`` comes back from the journal as it is: finite numbers, keys that are texts, not nested too deeply."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return depth > 0 and all(storable(k) and storable(v, depth - 1) for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return depth > 0 and all(storable(v, depth - 1) for v in value)
    return not isinstance(value, str) or value.encode("utf-8", "ignore").decode() == value


def _plain(value: Json) -> object:
    """Plain dicts and lists, whole floats as whole numbers: 75 and 75.0 are the same temperature."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(v) for v in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
