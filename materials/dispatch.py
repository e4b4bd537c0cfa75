"""``lot.dispatch``: packed goods leave the plant: to whom, on which paper, how much, and which packed units.

Nothing that is on hold, blocked or expired leaves: what frees it is the signed release of the lot or the disposition of
its batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from line.documents import Text
from line.jsontools import finite
from line.messages import Command, CommandStatus, Json
from line.tags import TagTable
from materials import texts
from materials.gs1_digits import SSCC_LENGTH, has_check_digit
from materials.lot import MASS_KG, Lot, LotKind, LotStatus, rounded
from materials.work import StockWork

CUSTOMER_MAX: Final = 100
DOCUMENT_MAX: Final = 60
UNITS_MAX: Final = 200
"""Packed units of one command."""


def dispatch(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.dispatch``: the named packed units of a product lot, ``kg`` of it, or all that is left, to a customer. The target is
    the lot, or one of the units."""
    del tags
    units = _units(command.args.get("sscc"))
    target = command.target
    if target not in work.lots and len(target) == SSCC_LENGTH and target.isdecimal():
        units = None if units is None else tuple(dict.fromkeys((target, *units))) if units.count(target) < 2 else units
        target = work.units[target].lot if target in work.units else ""
    lot = work.lots.get(target)
    customer, document = _said(command.args.get("customer")), _said(command.args.get("document"))
    kg = finite(command.args.get("kg"))
    reasons: list[Text] = [] if lot is not None or not target else [texts.unknown_lot(target[:40])]
    if not 0 < len(customer) <= CUSTOMER_MAX:
        reasons.append(Text(ru="Укажите, кому отгружается", en="Say to whom it goes"))
    if not 0 < len(document) <= DOCUMENT_MAX:
        reasons.append(Text(ru="Укажите номер накладной", en="Say the number of the delivery note"))
    reasons += _against_units(units) or _not_here(work, units or (), target)
    if kg is None and command.args.get("kg") is not None:
        reasons.append(texts.wrong_argument("kg"))
    if lot is not None:
        reasons += _against(work, lot, kg)
    if reasons or lot is None or units is None:
        work.refuse(command, reasons)
        return
    if kg is None:
        kg = sum(work.units[u].kg for u in units) if units else lot.left_kg
    kg = rounded(min(kg, lot.left_kg))
    left_kg = rounded(lot.left_kg - kg)
    work.scan.answer(command, CommandStatus.ACCEPTED)
    for unit in units:
        work.units[unit] = replace(work.units[unit], gone_ns=work.now_ns)
    named: list[Json] = [*units]
    data: dict[str, Json] = {"customer": customer, "document": document, "kg": kg, "left_kg": left_kg, "sscc": named,
                             "user": command.user}  # fmt: skip
    work.event(lot.id, "dispatched", data)
    work.mass(lot, left_kg)


def _not_here(work: StockWork, units: Sequence[str], lot: str) -> list[Text]:
    """Units that nobody packed here, that left already, or that are of another lot."""
    found: list[Text] = []
    for unit in units:
        known = work.units.get(unit)
        if known is None:
            ru = f"SSCC {unit}: такой упаковки на складе нет. Проверьте этикетку или отгрузите по массе"
            found.append(Text(ru=ru, en=f"SSCC {unit} is not in stock: check its label, or dispatch by mass"))
        elif known.gone_ns:
            found.append(Text(ru=f"SSCC {unit} уже отгружен", en=f"SSCC {unit} was dispatched already"))
        elif known.lot != lot:
            of = known.lot
            found.append(
                Text(ru=f"SSCC {unit} — из партии {of}, отгрузите его там", en=f"SSCC {unit} is of lot {of}: dispatch it there")
            )
    return found[:10]


def _said(value: Json) -> str:
    return value.strip() if isinstance(value, str) else ""


def _units(value: Json) -> Sequence[str] | None:
    """None for what is no list of texts."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        return None
    found = [v.strip() for v in value if isinstance(v, str)]
    return found if len(found) == len(value) else None


def _against_units(units: Sequence[str] | None) -> list[Text]:
    if units is None or len(units) > UNITS_MAX:
        return [texts.wrong_argument("sscc")]
    wrong = [u for u in units if len(u) != SSCC_LENGTH or not has_check_digit(u)]
    twice = sorted({u for u in units if units.count(u) > 1})
    found = [
        Text(ru=f"SSCC {u[:20]}: неверный номер", en=f"SSCC {u[:20]} is wrong: its check digit does not fit") for u in wrong[:10]
    ]
    return found + [Text(ru=f"SSCC {u} назван дважды", en=f"SSCC {u} is named twice") for u in twice[:10]]


def _against(work: StockWork, lot: Lot, kg: float | None) -> list[Text]:
    if lot.kind not in (LotKind.SEMI, LotKind.PACKED):
        return [
            Text(ru=f"Партия {lot.id} — не продукция, её не отгружают", en=f"Lot {lot.id} is no product: it is not dispatched")
        ]
    found: list[Text] = []
    if lot.status is not LotStatus.AVAILABLE:
        found.append(texts.not_available(lot.id, lot.status, lot.reasons[0] if lot.reasons else None))
    if lot.expires is not None and lot.expired(work.today):
        found.append(texts.expired(lot.id, lot.expires))
    if kg is not None and kg <= MASS_KG:
        found.append(texts.wrong_argument("kg"))
    if kg is not None and kg > lot.left_kg + MASS_KG:
        left = f"{lot.left_kg:.10g}"
        ru = f"В партии {lot.id} осталось {left.replace('.', ',')} кг: столько нельзя отгрузить"
        found.append(Text(ru=ru, en=f"{left} kg are left of lot {lot.id}: so much cannot be dispatched"))
    return found
