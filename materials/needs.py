"""What running batches still want, read from the view of the batches; and the view of the stock made of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from line.jsontools import finite, objects
from line.messages import Json, JsonObject
from materials import stock
from materials.catalogue import Catalogue
from materials.lot import GONE, MASS_KG, LotStatus, rounded
from materials.state import StockState

VIEW_LOTS_MAX: Final = 500
"""Lots that panels are sent; the route for lots has the rest."""
WARNINGS_MAX: Final = 100
WARN_DAYS: Final = 2
"""A lot that expires within so many days is warned of."""
_ENDED: Final = ("complete", "stopped", "aborted")
_WAITING: Final = (LotStatus.QUARANTINE, LotStatus.ON_HOLD)


def needs_of(batches: Mapping[str, Json]) -> tuple[JsonObject, ...]:
    """Per running batch its ingredients: target, weighed, missing and tolerance in kg, and the prompt that waits for it."""
    found: list[JsonObject] = []
    for batch in objects(batches.get("batches")):
        if batch.get("state") in _ENDED:
            continue
        prompts = {p.get("material"): p.get("id") for p in objects(batch.get("prompts")) if p.get("kind") == "lot"}
        rows: list[JsonObject] = [_row(entry, prompts) for entry in objects(batch.get("ingredients"))]
        named: dict[str, Json] = {"batch": batch.get("id"), "recipe": batch.get("recipe"), "unit": batch.get("unit")}
        found.append({**named, "ingredients": rows})
    return tuple(found)


def _row(entry: JsonObject, prompts: Mapping[Json, Json]) -> JsonObject:
    target, weighed = finite(entry.get("kg")) or 0.0, finite(entry.get("weighed_kg")) or 0.0
    lo = finite(entry.get("lo_kg")) or 0.0
    missing = rounded(target - weighed) if weighed < lo - MASS_KG else 0.0
    return {
        "material": entry.get("material"), "name": entry.get("name"),
        "target_kg": rounded(target), "weighed_kg": rounded(weighed),
        "missing_kg": missing, "lo_kg": rounded(lo), "hi_kg": rounded(finite(entry.get("hi_kg")) or 0.0),
        "prompt": prompts.get(entry.get("material")),
    }  # fmt: skip


def stock_view(state: StockState, catalogue: Catalogue) -> JsonObject:
    """What panels are shown (docs/ARCHITECTURE.md, Views)."""
    if not state.day:
        return {"lots": [], "more_lots": 0, "needs": [], "warnings": [], "weighing": [], "day": ""}
    today = dt.date.fromisoformat(state.day)
    there = stock.in_order((x for x in state.lots.values() if x.status not in GONE), catalogue)
    shown: list[Json] = []
    for lot in there[:VIEW_LOTS_MAX]:
        left = stock.days_left(lot, today)
        row = {k: v for k, v in lot.to_json().items() if k != "ended_ns"}
        shown.append({**row, "name": stock.name_of(lot.material, catalogue).to_json(), "days_left": left})
    weighing: list[Json] = [
        {
            "scale": w.scale,
            "batch": w.batch,
            "material": w.material,
            "target_kg": w.target_kg,
            "user": w.user,
            "since_ns": w.since_ns,
        }
        for w in state.weighing.values()
    ]
    needs: list[Json] = [_proposed(n, state, catalogue, today) for n in state.needs]
    return {
        "lots": shown, "more_lots": max(0, len(there) - VIEW_LOTS_MAX), "needs": needs,
        "warnings": _warnings(state, today), "weighing": weighing, "day": state.day,
    }  # fmt: skip


def _proposed(need: JsonObject, state: StockState, catalogue: Catalogue, today: dt.date) -> JsonObject:
    rows: list[Json] = []
    for row in objects(need.get("ingredients")):
        material = str(row.get("material"))
        traced = stock.is_traced(material, catalogue)
        lot = stock.proposed(material, state.lots.values(), today) if traced else None
        told: dict[str, Json] = {
            "lot": lot.id if lot is not None else None,
            "lot_left_kg": lot.left_kg if lot is not None else None,
        }
        told["stock_kg"] = stock.total_kg(material, state.lots.values(), today) if traced else None
        rows.append({**row, "traced": traced, **told})
    return {**need, "ingredients": rows}


def _warnings(state: StockState, today: dt.date) -> Sequence[Json]:
    """Lots that are over, will be soon, or wait for somebody's decision; worst first."""
    found: list[tuple[int, str, JsonObject]] = []
    for lot in state.lots.values():
        left = stock.days_left(lot, today)
        if lot.status in GONE or lot.status is LotStatus.BLOCKED:
            continue
        if left is not None and left < 0:
            found.append((0, lot.id, {"lot": lot.id, "what": "expired", "days_left": left}))
        elif left is not None and left <= WARN_DAYS:
            found.append((1, lot.id, {"lot": lot.id, "what": "expires_soon", "days_left": left}))
        elif lot.status in _WAITING:
            found.append((2, lot.id, {"lot": lot.id, "what": lot.status.value, "days_left": left}))
    return [w for _, _, w in sorted(found, key=lambda x: x[:2])[:WARNINGS_MAX]]
