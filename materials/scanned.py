"""What a scanned or typed code means here: which lot, which material, which lots in stock it may be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from line.messages import Json, JsonObject
from materials import texts
from materials.catalogue import Catalogue
from materials.gs1 import Gs1Code, read_code
from materials.gs1_digits import gtin14
from materials.gs1_faults import Gs1Fault, shown

OWN_NUMBER: Final = re.compile(r"^([0-9]{6}-[0-9]{1,4}|B[0-9]+)$")
"""As the stock numbers lots, and the recipes batches: whoever types one means a lot, not a code."""


def explain(text: str, today: dt.date, catalogue: Catalogue | None, lots: Sequence[JsonObject]) -> JsonObject:
    """``text`` for a page that loads or receives: what is read, what it is in this plant, and why not.

    ``lots`` are those of the view ``materials``. A number that is a lot's own is that lot, whether or not it is a code of GS1.
    ``candidates`` are the lots in stock that it may be: for a label of this plant exactly one, for a supplier's code those of
    that item and lot number.
    """
    typed = text.strip().upper()
    own = [str(x["id"]) for x in lots if x.get("id") == typed]
    read = read_code(text, today)
    if own:
        return {**_nothing(typed), "ok": True, "lot": own[0], "candidates": [own[0]], **_of_lot(own[0], lots)}
    if isinstance(read, Gs1Fault) and OWN_NUMBER.fullmatch(typed):
        return {**_nothing(typed), "why": texts.unknown_lot(typed).to_json(), "fault": "unknown_lot"}
    if isinstance(read, Gs1Fault):
        return {**_nothing(shown(read.code)), "why": read.why.to_json(), "at": read.at, "fault": read.kind.value}
    return _explained(read, text, catalogue, lots)


def _explained(code: Gs1Code, text: str, catalogue: Catalogue | None, lots: Sequence[JsonObject]) -> JsonObject:
    material = catalogue.material_of_gtin(code.gtin) if catalogue is not None and code.gtin else None
    product = catalogue.product_of_gtin(code.gtin) if catalogue is not None and code.gtin else None
    candidates = _candidates(code, lots)
    elements: list[Json] = [{"ai": e.ai, "title": e.row.title.to_json(), "value": e.value} for e in code.elements]
    told: dict[str, Json] = {
        **_nothing(shown(text.strip())), "ok": True, "elements": elements, "doubts": [d.to_json() for d in code.doubts],
        "lot": code.own_lot or (candidates[0] if len(candidates) == 1 else ""), "candidates": list(candidates),
        "material": material.id if material is not None else "", "product": product.recipe if product is not None else "",
        "gtin": code.gtin, "sscc": code.sscc, "supplier_lot": code.lot, "produced": _day(code.produced),
        "expires": _day(code.expires), "kg": code.net_kg, "count": code.count,
    }  # fmt: skip
    if not told["material"] and candidates:
        told |= _of_lot(candidates[0], lots)
    return told


def _candidates(code: Gs1Code, lots: Sequence[JsonObject]) -> list[str]:
    """In the order of the view, which is that of expiry."""
    if code.own_lot:
        return [str(x["id"]) for x in lots if x.get("id") == code.own_lot]
    if not code.gtin or not code.lot:
        return []
    return [
        str(x["id"])
        for x in lots
        if x.get("supplier_lot") == code.lot and isinstance(g := x.get("gtin"), str) and g and gtin14(g) == code.gtin
    ]


def _of_lot(lot: str, lots: Sequence[JsonObject]) -> dict[str, Json]:
    """What its row says of the material."""
    empty: JsonObject = {}
    row = next((x for x in lots if x.get("id") == lot), empty)
    material = str(row.get("material") or "")
    of_product = row.get("kind") in ("semi", "packed")
    return {"product" if of_product else "material": material, "expires": row.get("expires") or None}


def _nothing(code: str) -> dict[str, Json]:
    return {
        "ok": False, "code": code, "why": None, "at": None, "fault": "", "elements": [], "doubts": [], "lot": "",
        "candidates": [], "material": "", "product": "", "gtin": "", "sscc": "", "supplier_lot": "", "produced": None,
        "expires": None, "kg": None, "count": None,
    }  # fmt: skip


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
