"""What the view of the units stage says about a unit (docs/ARCHITECTURE.md, Views)."""

from __future__ import annotations

from collections.abc import Mapping

from line.documents import Text
from line.messages import Json
from line.stage import Scan
from recipes import texts


def unit_view(scan: Scan, unit: str) -> Mapping[str, Json]:
    """The entry of ``unit`` as of the previous scan; empty when there is none."""
    units = scan.views.get("units", {}).get("units")
    view = units.get(unit) if isinstance(units, Mapping) else None
    return view if isinstance(view, Mapping) else {}


def interlocks(scan: Scan, unit: str) -> list[Text]:
    """The texts of the unit's interlocks that are not fulfilled."""
    conditions = unit_view(scan, unit).get("conditions")
    found: list[Text] = []
    for condition in conditions if isinstance(conditions, list | tuple) else ():
        if isinstance(condition, Mapping) and condition.get("kind") == "interlock" and condition.get("ok") is False:
            text = condition.get("text")
            found += [texts.text_of(text)] if isinstance(text, Mapping) else []
    return found
