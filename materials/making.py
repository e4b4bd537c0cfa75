"""What batches make of the lots: from the events of the batches and the counters of the packing units of this scan.

A batch is the lot of what it makes and bears its id. While it is on a packing unit every full case gets an SSCC; the last case is
closed when the batch leaves the unit, full or not. The lot of the batch is in stock once the batch has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from line.clock import NS_PER_S, has_passed
from line.counters import began_anew, gained
from line.documents import Text
from line.jsontools import finite, objects
from line.messages import Event, EventKind, Json
from line.stage import Scan
from materials import catalogue as cat
from materials import texts
from materials.lot import MASS_KG, Lot, LotKind, LotStatus, LotStep, allowed, rounded, said_date
from materials.sscc import sscc
from materials.state import Making, Packing, StockState, Unit
from materials.work import StockWork

COUNT_EVERY_NS: Final = 30 * NS_PER_S
"""How old the counters that are kept may be while no case is full: what a killed engine looks up again, the PLC still has."""
PACKS_AT_ONCE: Final = 200
PACKS_PER_S_MAX: Final = 20
"""What a packer may have counted since its counters were read: 1200 packs a minute are twice the fastest one."""
UNITS_KEPT: Final = 5000
"""Packed units that are known by their SSCC, the newest; what was packed before leaves by its mass."""
_COMPLETE: Final = "complete"
_GIVEN_UP: Final = ("stopped", "aborted")
_FREED: Final = ("released", "reworked")


def concerns(event: Event, packing: frozenset[str] | set[str]) -> bool:
    """Whether the stock follows this event."""
    if event.kind != EventKind.BATCH:
        return False
    match event.data.get("what"):
        case "created" | "complete" | "product":
            return True
        case "state":
            return event.data.get("node") == "" and event.data.get("to") in _GIVEN_UP
        case "acquire" | "release":
            return event.data.get("unit") in packing
        case _:
            return False


def due(state: StockState, scan: Scan, catalogue: cat.Catalogue) -> bool:
    """Whether a counter of a packing unit says something worth keeping. The hot path of a line that packs."""
    return any(_due(p, scan, catalogue) for p in state.packing.values())


def _due(packing: Packing, scan: Scan, catalogue: cat.Catalogue) -> bool:
    unit = catalogue.packing[packing.unit]
    packs = scan.image.number(unit.packs)
    if packs is None or scan.image.number(unit.mass) is None:
        return False
    if packing.packs is None or packing.closing or packs < packing.packs:
        return True
    counted = packing.open_packs + packs - packing.packs
    return counted >= packing.case_packs or (packs != packing.packs and has_passed(COUNT_EVERY_NS, packing.seen_ns, scan.now_ns))


def follow(work: StockWork, events: Sequence[Event]) -> None:
    """What the batches said in this scan, in order, then the counters, then the lots of those that have ended."""
    for event in events:
        _HANDLERS[str(event.data["what"])](work, event)
    for packing in list(work.packing.values()):
        _count(work, packing)
    for making in list(work.making.values()):
        on_unit = any(p.batch == making.batch for p in work.packing.values())
        if making.ended and not on_unit:
            _produce(work, making)


def _created(work: StockWork, event: Event) -> None:
    recipe = str(event.data.get("recipe") or "")
    size_kg = finite(event.data.get("size_kg")) or 0.0
    work.making[event.batch] = replace(_making(work, event.batch), recipe=recipe, size_kg=size_kg)


def _making(work: StockWork, batch: str) -> Making:
    """What is known of a batch; one that began before the stock did is looked up in the view."""
    found = work.making.get(batch, Making(batch))
    if found.recipe:
        return found
    shown = objects(work.scan.views.get("batches", {}).get("batches"))
    row = next((b for b in shown if b.get("id") == batch), None)
    if row is None:
        return found
    return replace(found, recipe=str(row.get("recipe") or ""), size_kg=finite(row.get("size_kg")) or 0.0)


def _ended(work: StockWork, event: Event) -> None:
    complete = event.data.get("what") == _COMPLETE
    making = _making(work, event.batch)
    if making.ended or event.batch in work.lots:
        return
    if complete:
        size_kg = finite(event.data.get("size_kg")) or making.size_kg
        making = replace(making, product=str(event.data.get("product") or ""), size_kg=size_kg)
    work.making[event.batch] = replace(making, ended=_COMPLETE if complete else str(event.data.get("to")))


def _acquired(work: StockWork, event: Event) -> None:
    unit = str(event.data.get("unit"))
    before = work.packing.get(unit)
    if before is not None:  # what the counters say now still is of the batch before
        _count(work, replace(before, closing=True))
        if unit in work.packing:  # they are not Good: what was counted is all that is known
            _close(work, work.packing[unit])
    making = work.making[event.batch] = _making(work, event.batch)
    product = work.catalogue.products.get(making.recipe)
    work.packing[unit] = Packing(unit, event.batch, case_packs=product.packs_per_case if product is not None else 0)


def _left(work: StockWork, event: Event) -> None:
    packing = work.packing.get(str(event.data.get("unit")))
    if packing is not None and packing.batch == event.batch:
        work.packing[packing.unit] = replace(packing, closing=True)


def _product(work: StockWork, event: Event) -> None:
    """The disposition of a critical limit after the batch has ended decides about its lot."""
    lot = work.lots.get(event.batch)
    to = str(event.data.get("to"))
    if lot is None:
        if event.batch in work.making or any(n.get("batch") == event.batch for n in work.before.needs):
            work.making[event.batch] = replace(_making(work, event.batch), product=to)
        return  # of one that has ended without a lot, or whose lot is gone, there is nothing to decide
    if to in _FREED and lot.status is LotStatus.ON_HOLD:
        others = tuple(r for r in lot.reasons if r != texts.PRODUCT_ON_HOLD)
        if others:  # somebody held it for something else, and has to release it
            work.put(replace(lot, reasons=others))
            still: dict[str, Json] = {"reasons": [r.to_json() for r in others], "user": ""}
            work.event(lot.id, "hold", still, batch=lot.batch)
            return
        work.put(replace(work.move(lot, LotStep.RELEASE), released=True))
        reason = texts.batch_released(lot.batch).ru
        work.event(lot.id, "released", {"user": "", "reason": reason, "signature": None}, batch=lot.batch)
    elif to == "destroyed" and allowed(lot.status, LotStep.BLOCK):
        why = texts.batch_released(lot.batch)
        work.move(lot, LotStep.BLOCK, (*lot.reasons, why)[-10:])
        work.event(lot.id, "blocked", {"kg": lot.left_kg, "reason": why.ru, "user": ""}, batch=lot.batch)


_HANDLERS: Final = {
    "created": _created,
    "complete": _ended,
    "state": _ended,
    "acquire": _acquired,
    "release": _left,
    "product": _product,
}


# Packing


def _count(work: StockWork, packing: Packing) -> None:
    """Add what the counters counted since they were last read; a full case gets its SSCC. One that began anew counts from 0.

    Both need not begin anew in the same scan: each is judged by itself, and a mass that was put right a little did not. What no
    machine can have packed since is told and not counted, so that a wrong reading writes no hundred thousand cases.
    """
    if not _due(packing, work.scan, work.catalogue):
        return
    unit = work.catalogue.packing[packing.unit]
    packs, mass_kg = work.scan.image.number(unit.packs), work.scan.image.number(unit.mass)
    if packs is None or mass_kg is None:
        return
    if packing.packs is not None and packing.mass_kg is not None:
        anew = began_anew(packing.packs, packs)
        more = round(gained(packing.packs, packs))
        mass_anew = mass_kg < packing.mass_kg and (anew or began_anew(packing.mass_kg, mass_kg))
        more_kg = max(0.0, mass_kg if mass_anew else mass_kg - packing.mass_kg)
        most = PACKS_AT_ONCE + PACKS_PER_S_MAX * max(0, work.now_ns - packing.seen_ns) // NS_PER_S
        if not 0 <= more <= most:
            _implausible(work, packing, packs, mass_kg, most)
            more, more_kg = 0, 0.0
        packing = replace(packing, open_packs=packing.open_packs + more, open_kg=rounded(packing.open_kg + more_kg))
    packing = replace(packing, packs=packs, mass_kg=mass_kg, seen_ns=work.now_ns)
    while 0 < packing.case_packs <= packing.open_packs:
        kg = rounded(packing.open_kg * packing.case_packs / packing.open_packs)
        _case(work, packing, packing.case_packs, kg)
        packing = replace(packing, open_packs=packing.open_packs - packing.case_packs, open_kg=rounded(packing.open_kg - kg))
    work.packing[packing.unit] = packing
    if packing.closing:
        _close(work, packing)


def _implausible(work: StockWork, packing: Packing, packs: float, mass_kg: float, most: int) -> None:
    """No machine packs so much in that time, and none takes back what it packed: told, and counted from there on."""
    data: dict[str, Json] = {
        "packs_before": packing.packs, "packs": packs, "kg_before": packing.mass_kg, "kg": None, "mass_kg": mass_kg, "most": most,
    }  # fmt: skip
    work.event(packing.batch, "implausible", data, unit=packing.unit, batch=packing.batch)


def _close(work: StockWork, packing: Packing) -> None:
    """The last case, full or not, and the unit is free."""
    if packing.open_packs > 0:
        _case(work, packing, packing.open_packs, packing.open_kg)
    del work.packing[packing.unit]


def _case(work: StockWork, packing: Packing, packs: int, kg: float) -> None:
    making = _making(work, packing.batch)
    product = work.catalogue.products.get(making.recipe)
    code = sscc(work.catalogue.company, work.serial + 1)
    if code is not None:
        work.serial += 1
        work.units[code] = Unit(code, packing.batch, kg)
        for old in list(work.units)[: len(work.units) - UNITS_KEPT]:
            del work.units[old]
    data: dict[str, Json] = {
        "sscc": code, "packs": packs, "kg": kg, "product": making.recipe,
        "gtin": product.case_gtin if product is not None else None,
        "best_before": said_date(product.best_before(work.today)) if product is not None else None,
    }  # fmt: skip
    work.event(packing.batch, "packed", data, unit=packing.unit, batch=packing.batch)
    packed_kg = rounded(making.packed_kg + kg)
    work.making[making.batch] = replace(making, packs=making.packs + packs, packed_kg=packed_kg, cases=making.cases + 1)


# The lot of a batch


def _produce(work: StockWork, making: Making) -> None:
    """The batch has ended: its lot is there. Of one that was given up, and never packed, all that is known is what went in."""
    del work.making[making.batch]
    packed = making.packs > 0
    kg = making.packed_kg if packed else making.size_kg if making.ended == _COMPLETE else making.kg
    if kg <= MASS_KG:
        return
    status, reasons = _status(making)
    product = work.catalogue.products.get(making.recipe)
    lot = Lot(
        making.batch, making.recipe, LotKind.PACKED if packed else LotKind.SEMI, work.now_ns, kg, kg, status,
        gtin=product.gtin if product is not None and packed else "", produced=work.today,
        expires=product.best_before(work.today) if product is not None and packed else None, reasons=reasons,
        allergens=making.allergens, batch=making.batch,
    )  # fmt: skip
    work.put(lot)
    data: dict[str, Json] = {
        "product": making.recipe, "kg": kg, "kind": lot.kind.value, "from": list(making.sources), "packs": making.packs,
        "cases": making.cases, "counted": packed, "expires": said_date(lot.expires), "status": status.value,
        "reasons": [r.to_json() for r in reasons],
    }  # fmt: skip
    work.event(lot.id, "produced", data, batch=making.batch)


def _status(making: Making) -> tuple[LotStatus, tuple[Text, ...]]:
    if making.product == "destroyed":
        return LotStatus.BLOCKED, (texts.batch_released(making.batch),)
    reasons = (texts.PRODUCT_ON_HOLD,) if making.product == "on_hold" else ()
    if making.ended != _COMPLETE:
        reasons = (*reasons, texts.batch_given_up(making.batch))
    return (LotStatus.ON_HOLD if reasons else LotStatus.AVAILABLE), reasons
