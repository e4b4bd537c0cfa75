"""A recipe as it reads in a file, for the last pages of a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from line.messages import Json, JsonObject

_DEPTH_MAX: Final = 12
_ORDER: Final = (
    "recipe", "version", "unit_procedure", "operation", "phase", "parallel", "choose", "repeat", "wait", "keep", "prompt",
    "branch",
    "id", "value", "lo", "hi", "eu", "kg", "tolerance_pct", "tag", "class", "when", "name", "ru", "en", "product",
    "base_batch_kg",
    "size_lo_kg", "size_hi_kg", "ingredients", "parameters", "equipment", "yield", "procedure", "operations", "phases",
    "branches", "do",
)  # fmt: skip
_FLOW_MAX: Final = 170


def listing(source: JsonObject) -> list[Json]:
    """The recipe as it reads in a file: what is small on one line, the keys in the order of :data:`_ORDER`."""
    lines: list[Json] = []

    def add(item: Json, indent: int, lead: str) -> None:
        flow = _flow(item)
        if not isinstance(item, Mapping | list) or (len(flow) + len(lead) <= _FLOW_MAX and indent > 0) or indent > _DEPTH_MAX:
            lines.append([indent, f"{lead}{flow}"])
            return
        lines.append([indent, lead.rstrip()])
        if isinstance(item, Mapping):
            for key in _ordered(item):
                add(item[key], indent + 1, f"{key}: ")
        else:
            for inner in item:
                add(inner, indent + 1, "- ")

    for key in _ordered(source):
        add(source[key], 0, f"{key}: ")
    return lines


def _ordered(item: JsonObject) -> list[str]:
    return sorted(item, key=lambda k: (_ORDER.index(k) if k in _ORDER else len(_ORDER), k))


def _flow(item: Json) -> str:
    """A value on one line, as YAML writes it."""
    if isinstance(item, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(item[k])}" for k in _ordered(item)) + "}"
    if isinstance(item, list | tuple):
        return "[" + ", ".join(_flow(v) for v in item) + "]"
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
