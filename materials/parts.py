"""``lot.split`` and ``lot.merge``: a part of a lot under a number of its own, and lots that become one.

What comes of it is a new lot either way: what was used before of a number goes on meaning only what was in it then, so that no
recall reaches farther than the mass did. The new lot is as bad as the worst that is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from line.documents import Text
from line.jsontools import finite
from line.messages import Command, CommandStatus, Json
from line.tags import TagTable
from materials import parts_texts, receive, stock, texts
from materials.lot import GONE, MASS_KG, WORST, Lot, LotStatus, LotStep, rounded, said_date
from materials.work import LOTS_MAX, StockWork

REASONS_MAX: Final = 10


def split(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.split``: ``kg`` of a lot get a number of their own (``into``, none: the next of the day), at ``place``."""
    del tags
    lot = work.lots.get(command.target)
    kg, place = finite(command.args.get("kg")), _word(command, "place")
    reasons = _new_number(work, _word(command, "into")) + _place(work, place)
    if lot is None:
        reasons.insert(0, texts.unknown_lot(command.target[:40]))
    else:
        reasons = _undivided(lot) + reasons
        if kg is None or not MASS_KG < kg < lot.left_kg - MASS_KG:
            reasons.append(parts_texts.portion_wrong(lot.id, lot.left_kg))
    if reasons or lot is None or kg is None:
        work.refuse(command, reasons)
        return
    kg = rounded(kg)
    part = replace(lot, id=_word(command, "into") or work.next_id(), received_kg=kg, left_kg=kg, place=place or lot.place)
    work.scan.answer(command, CommandStatus.ACCEPTED, {"lot": part.id})
    left_kg = rounded(lot.left_kg - kg)
    said: dict[str, Json] = {"reason": command.reason.strip(), "user": command.user}
    work.event(lot.id, "split", {"kg": kg, "into": part.id, "left_kg": left_kg, **said})
    work.mass(lot, left_kg)
    _formed(work, part, (lot.id,), command.user)


def merge(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.merge``: all that is left of ``lots`` becomes the lot ``command.target`` ('': the next of the day), at ``place``."""
    del tags
    given = command.args.get("lots")
    names = list(dict.fromkeys(str(n) for n in given)) if isinstance(given, Sequence) and not isinstance(given, str) else []
    place, number = _word(command, "place"), command.target.strip()
    found = [work.lots[n] for n in names if n in work.lots]
    reasons = [] if command.reason.strip() else [texts.REASON_NEEDED]
    reasons += _new_number(work, number) + _place(work, place)
    reasons += [texts.unknown_lot(n[:40]) for n in names if n not in work.lots]
    if len(names) < 2:
        reasons.append(parts_texts.TOO_FEW)
    for lot in found:
        reasons += _undivided(lot)
        if lot.material != found[0].material:
            has, wanted = (stock.name_of(x.material, work.catalogue) for x in (lot, found[0]))
            reasons.append(parts_texts.other_material(lot.id, has, wanted))
    if reasons:
        work.refuse(command, reasons)
        return
    whole = _one(number or work.next_id(), found, work)
    whole = replace(whole, place=place or found[0].place)
    work.scan.answer(command, CommandStatus.ACCEPTED, {"lot": whole.id})
    said: dict[str, Json] = {"reason": command.reason.strip(), "user": command.user}
    for lot in found:
        work.event(lot.id, "merged", {"kg": lot.left_kg, "into": whole.id, "left_kg": 0.0, **said})
        work.put(replace(work.move(lot, LotStep.MERGE, lot.reasons), left_kg=0.0))
    _formed(work, whole, [x.id for x in found], command.user)


def _one(number: str, lots: Sequence[Lot], work: StockWork) -> Lot:
    """What lots are together: the earliest dates, the worst status, the papers that all have, the warmest of the temperatures
    (None where one was not measured); supplier, number and GTIN where they are the same."""
    kg = rounded(sum(x.left_kg for x in lots))
    reasons = tuple(dict.fromkeys((r for x in lots for r in x.reasons), None))
    temperatures = [x.temperature_c for x in lots]
    signed = [x for x in lots if x.released]
    papers = all(x.released or not stock.missing_documents(x, work.catalogue) for x in lots)
    return replace(
        lots[0], id=number, received_ns=min(x.received_ns for x in lots), received_kg=kg, left_kg=kg, status=_worst(lots),
        supplier=_same(x.supplier for x in lots), supplier_lot=_same(x.supplier_lot for x in lots),
        gtin=_same(x.gtin for x in lots), produced=min((x.produced for x in lots if x.produced is not None), default=None),
        expires=min((x.expires for x in lots if x.expires is not None), default=None),
        temperature_c=None if None in temperatures else max(t for t in temperatures if t is not None),
        documents=tuple(d for d in lots[0].documents if all(d in x.documents for x in lots)), reasons=reasons[-REASONS_MAX:],
        allergens=tuple(dict.fromkeys(a for x in lots for a in x.allergens)), released=bool(signed) and papers,
    )  # fmt: skip


def _worst(lots: Sequence[Lot]) -> LotStatus:
    there = {x.status for x in lots}
    return next(status for status in WORST if status in there)


def _same(values: Iterable[str]) -> str:
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def _formed(work: StockWork, lot: Lot, sources: Sequence[str], user: str) -> None:
    """The new lot is in stock; its event says all that its reception would."""
    work.put(lot)
    data: dict[str, Json] = {
        "material": lot.material, "kg": lot.received_kg, "from": list(sources), "supplier": lot.supplier,
        "supplier_lot": lot.supplier_lot, "produced": said_date(lot.produced), "expires": said_date(lot.expires),
        "temperature_c": lot.temperature_c, "documents": list(lot.documents), "place": lot.place, "gtin": lot.gtin or None,
        "status": lot.status.value, "reasons": [r.to_json() for r in lot.reasons], "user": user,
    }  # fmt: skip
    work.event(lot.id, "formed", data)


def _undivided(lot: Lot) -> list[Text]:
    """Why a lot is neither divided nor put together with others."""
    if lot.kind not in stock.INPUTS:
        return [parts_texts.product_stays(lot.id)]
    return [texts.step_refused(lot.id, lot.status)] if lot.status in GONE or lot.left_kg <= MASS_KG else []


def _new_number(work: StockWork, number: str) -> list[Text]:
    reasons = receive.check_id(number, {**work.lots, **work.making}) if number else []
    return [*reasons, texts.TOO_MANY_LOTS] if len(work.lots) >= LOTS_MAX else reasons


def _place(work: StockWork, place: str) -> list[Text]:
    return [texts.unknown_place(place[:40])] if place and place not in work.catalogue.places else []


def _word(command: Command, key: str) -> str:
    value = command.args.get(key)
    return value.strip() if isinstance(value, str) else ""
