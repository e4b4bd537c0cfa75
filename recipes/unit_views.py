"""What the view of the units stage says about a unit (docs/ARCHITECTURE.md, Views)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from line.documents import Text
from line.jsontools import child, objects
from line.messages import Json
from line.stage import Scan
from recipes import texts

BOTH: Final = frozenset({"permissive", "interlock"})
INTERLOCKS: Final = frozenset({"interlock"})


def unit_view(scan: Scan, unit: str) -> Mapping[str, Json]:
    """The entry of ``unit`` as of the previous scan; empty when there is none."""
    return child(child(scan.views.get("units"), "units"), unit)


def unmet(scan: Scan, unit: str, kinds: frozenset[str] = BOTH) -> list[Text]:
    """The texts of the unit's conditions of these kinds that are not fulfilled (or not known to be), each once."""
    found: dict[str, Text] = {}
    for condition in objects(unit_view(scan, unit).get("conditions")):
        if condition.get("kind") in kinds and condition.get("ok") is not True:
            text = condition.get("text")
            if isinstance(text, Mapping):
                found[str(text.get("en"))] = texts.text_of(text)
    return list(found.values())
