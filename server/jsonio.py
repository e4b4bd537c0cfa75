"""JSON as the API speaks it: UTF-8, compact, and never NaN (not-a-number travels as null)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from starlette.responses import Response

from line.documents import Text
from line.messages import Event, JsonObject


def dumps(value: object) -> str:
    """``value`` as JSON text; NaN and infinities become null. Raises TypeError for what is no JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Text):
        return value.to_json()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, str):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return _finite(value.tolist())
    if isinstance(value, Sequence):
        return [_finite(v) for v in value]
    return value


class ApiResponse(Response):
    """A JSON answer through :func:`dumps`."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return dumps(content).encode("utf-8", "replace")


def event_json(event: Event) -> JsonObject:
    """An event as REST and WebSocket show it."""
    return {
        "seq": event.seq,
        "time_ns": event.time_ns,
        "kind": event.kind,
        "source": event.source,
        "unit": event.unit,
        "batch": event.batch,
        "data": event.data,
    }
