"""What a shift report says of the work: plan and actual by product, mass, lots, holds, requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from historian.record_recipe import text_of
from historian.shift_report_batches import BatchRow, completed_within
from historian.shift_report_facts import ShiftFacts
from line.jsontools import finite, objects
from line.messages import Event, EventKind, Json, JsonObject

_OPEN_ORDERS: Final = ("planned", "running", "filled")
_OF_ORDER: Final = ("number", "recipe", "kg", "packs", "packed_kg", "packed", "remaining", "due_ns", "shift", "priority")
_DONE_REQUESTS: Final = ("confirmed", "cancelled")


def plan(facts: ShiftFacts, batches: Sequence[BatchRow]) -> JsonObject:
    """Orders of the shift, and by product what was ordered and what batches that were completed in the shift gave."""
    orders = _orders(facts)
    products: list[Json] = []
    for recipe in dict.fromkeys([*(str(o["recipe"]) for o in orders), *(b.recipe for b in batches)]):
        of = [b for b in batches if b.recipe == recipe]
        done = [b for b in of if completed_within(b, facts)]
        wanted = [o for o in orders if o["recipe"] == recipe]
        products.append({
            "recipe": recipe, "name": dict(of[0].name) if of else {"ru": recipe, "en": recipe},
            "planned_kg": _sum(o["kg"] for o in wanted), "planned_packs": _sum(o["packs"] for o in wanted),
            "ordered_packed_kg": _sum(o["packed_kg"] for o in wanted),
            "batches": len(of), "completed": len(done), "completed_size_kg": _sum(b.size_kg for b in done),
            "packed_kg": _sum(finite(b.totals.get("packed_kg")) for b in done),
            "charged_kg": _sum(finite(b.totals.get("charged_kg")) for b in done),
        })  # fmt: skip
    return {"orders": list[Json](orders), "products": products}


def _sum(values: Iterable[Json]) -> float | None:
    """The sum of what is known; None when nothing is."""
    known = [number for v in values if (number := finite(v)) is not None]
    return round(sum(known), 3) if known else None


def _orders(facts: ShiftFacts) -> list[JsonObject]:
    """Orders that were open in the shift, as their newest event says."""
    newest: dict[str, Event] = {}
    for event in facts.orders:
        newest[event.source] = event
    found: list[JsonObject] = []
    for order, event in newest.items():
        data = event.data
        if data.get("to") not in _OPEN_ORDERS and event.seq < facts.started.seq:
            continue
        found.append({
            "id": order, "status": data.get("to"),
            **{k: data.get(k) for k in _OF_ORDER},
        })  # fmt: skip
    return found


def mass(totals: JsonObject | None, batches: Sequence[BatchRow]) -> JsonObject:
    """Counters of the shift; ``on_line_kg`` is what went in and has not been packed: on the line, lost in cooking, rejected."""
    charged, packed = (finite(totals.get(k)) if totals is not None else None for k in ("charged_kg", "packed_kg"))
    return {
        "charged_kg": charged,
        "packed_kg": packed,
        "on_line_kg": None if charged is None or packed is None else round(charged - packed, 3),
        "packs": totals.get("packs") if totals is not None else None,
        "rejects": totals.get("rejects") if totals is not None else None,
        "yield_pct": totals.get("yield_pct") if totals is not None else None,
        "batches": [
            {"id": b.id, **{k: b.totals.get(k) for k in ("charged_kg", "raw_kg", "packed_kg", "yield_pct")}} for b in batches
        ],
    }


def lots(facts: ShiftFacts) -> JsonObject:
    """Lots that were loaded into batches, received, packed, and what was decided about them."""
    taken = facts.of(EventKind.LOT, "consumed") or facts.of(EventKind.BATCH, "lot")
    loaded: list[Json] = [
        {"time_ns": e.time_ns, "batch": e.batch, "unit": e.unit,
         "lot": e.source if e.kind == EventKind.LOT else e.data.get("lot"),
         **{k: e.data.get(k) for k in ("material", "kg", "user", "reason", "substitute", "fefo")}}
        for e in taken
    ]  # fmt: skip
    received: list[Json] = [
        {"time_ns": e.time_ns, "lot": e.source,
         **{k: e.data.get(k) for k in ("material", "kg", "supplier", "supplier_lot", "temperature_c", "expires", "status")}}
        for e in facts.of(EventKind.LOT, "received")
    ]  # fmt: skip
    packed: list[Json] = [
        {"time_ns": e.time_ns, "batch": e.batch, **{k: e.data.get(k) for k in ("sscc", "packs", "kg", "product", "best_before")}}
        for e in facts.of(EventKind.LOT, "packed")
    ]
    by_material: dict[str, list[float]] = {}
    for event in taken:
        by_material.setdefault(str(event.data.get("material")), []).append(finite(event.data.get("kg")) or 0.0)
    return {
        "loaded": loaded, "received": received, "packed": packed,
        "loaded_kg": _sum(finite(e.data.get("kg")) for e in taken),
        "by_material": [{"material": m, "lots": len(kg), "kg": round(sum(kg), 3)} for m, kg in sorted(by_material.items())],
    }  # fmt: skip


def quality(facts: ShiftFacts, batches: Sequence[BatchRow]) -> JsonObject:
    """Batches whose product is on hold, and what was held, released, blocked in the shift."""
    held: list[Json] = [{"batch": b.id, "name": dict(b.name), "product": b.product} for b in batches if b.product == "on_hold"]
    decided: list[Json] = [
        {"time_ns": e.time_ns, "of": e.source, "kind": e.kind, "user": e.data.get("user", ""), "reason": _why(e.data),
         "what": e.data.get("what") if e.kind == EventKind.LOT else e.data.get("to")}
        for e in facts.rows
        if (e.kind == EventKind.LOT and e.data.get("what") in ("hold", "released", "blocked", "discarded"))
        or (e.kind == EventKind.BATCH and e.data.get("what") == "product")
    ]  # fmt: skip
    return {"held": held, "decided": decided}


def _why(data: JsonObject) -> Json:
    """The reason of a person, or those of the rules."""
    if data.get("reason"):
        return data["reason"]
    why = [text_of(r) for r in objects(data.get("reasons"))]
    return {k: "; ".join(w[k] for w in why if w[k]) for k in ("ru", "en")} if why else ""


def requests(facts: ShiftFacts) -> JsonObject:
    """Service requests: those that are open at the end, and those that were closed in the shift. Calls of the shift likewise."""
    first: dict[str, Event] = {}
    newest: dict[str, Event] = {}
    for event in facts.requests:
        first.setdefault(event.source, event)
        newest[event.source] = event
    rows: list[JsonObject] = []
    for request, event in newest.items():
        data = event.data
        rows.append({
            "id": request, "number": data.get("number"), "unit": event.unit, "kind": data.get("kind"),
            "kind_name": text_of(data.get("kind_name")), "text": data.get("request"), "priority": data.get("priority"),
            "status": data.get("to"), "by": data.get("by"), "opened_ns": first[request].time_ns, "changed_ns": event.time_ns,
            "seq": event.seq,
        })  # fmt: skip
    calls: list[Json] = [
        {"time_ns": e.time_ns, "unit": e.data.get("unit") or e.unit, "what": e.data.get("what"), "number": e.data.get("number"),
         "service": text_of(e.data.get("service_name")), "reason": text_of(e.data.get("reason"))}
        for e in facts.of(EventKind.CALL, "created", "closed")
    ]  # fmt: skip
    began = facts.started.seq
    return {
        "open": [r for r in rows if r["status"] not in _DONE_REQUESTS],
        "done": [r for r in rows if r["status"] in _DONE_REQUESTS and isinstance(r["seq"], int) and r["seq"] >= began],
        "calls": calls,
    }
