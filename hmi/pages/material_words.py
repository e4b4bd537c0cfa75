"""Words of lots: states, kinds, what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hmi.texts import translate
from hmi.viewmodels.reception import Foreseen
from hmi.viewmodels.stock import StockLot, named
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip

STATUS: Final[Mapping[str, Callable[[], str]]] = {
    "quarantine": lambda: translate("Material", "quarantine"),
    "available": lambda: translate("Material", "may be used"),
    "on_hold": lambda: translate("Material", "on hold"),
    "blocked": lambda: translate("Material", "blocked"),
    "used_up": lambda: translate("Material", "used up"),
    "discarded": lambda: translate("Material", "discarded"),
    "merged": lambda: translate("Material", "merged into another lot"),
}
HAPPENED: Final[Mapping[str, Callable[[], str]]] = {
    "received": lambda: translate("Material", "received"),
    "consumed": lambda: translate("Material", "loaded into {batch}"),
    "adjusted": lambda: translate("Material", "stock corrected"),
    "hold": lambda: translate("Material", "put on hold"),
    "released": lambda: translate("Material", "released"),
    "blocked": lambda: translate("Material", "blocked"),
    "discarded": lambda: translate("Material", "discarded"),
    "used_up": lambda: translate("Material", "used up"),
    "moved": lambda: translate("Material", "moved to {to}"),
    "packed": lambda: translate("Material", "packed {sscc}"),
    "produced": lambda: translate("Material", "made"),
    "rework": lambda: translate("Material", "reworked into {into}"),
    "label": lambda: translate("Material", "label printed"),
    "split": lambda: translate("Material", "{into} split off"),
    "merged": lambda: translate("Material", "merged into {into}"),
    "formed": lambda: translate("Material", "made of {of}"),
    "document": lambda: translate("Material", "document: {document}"),
    "dispatched": lambda: translate("Material", "dispatched to {customer}, {document}"),
}


FORESEEN: Final[Mapping[str, Callable[[], str]]] = {
    "supplier": lambda: translate("Reception", "the supplier is not approved"),
    "unmeasured": lambda: translate("Reception", "the temperature is not measured"),
    "temperature": lambda: translate("Reception", "the temperature is outside what is allowed"),
    "expired": lambda: translate("Reception", "it has expired"),
    "short": lambda: translate("Reception", "too little of its shelf life is left"),
}


def fate_words(store: LineStore, told: Foreseen) -> str:
    """What becomes of a delivery that is booked as it stands."""
    names = named(store, "documents")
    papers = ", ".join(names.get(d) or d for d in told.papers)
    why = [FORESEEN[h]() for h in told.hold]
    if papers:
        why.append(translate("Reception", "missing: {papers}").format(papers=papers))
    if told.hold:
        return translate("Reception", "Booked like this the lot will be on hold: {why}").format(why="; ".join(why))
    if papers:
        return translate("Reception", "Booked like this the lot will be in quarantine: {why}").format(why="; ".join(why))
    return "✓ " + translate("Reception", "Booked like this the lot may be used at once.")


def status_word(status: str) -> str:
    """The state in words; an unknown one as it is."""
    return STATUS[status]() if status in STATUS else status


def lot_chip(lot: StockLot) -> Chip | None:
    """Only what may not be used has a chip."""
    if lot.expired:
        return Chip(translate("Material", "expired"), "off")
    if lot.status == "available":
        return None
    return Chip(status_word(lot.status), "off" if lot.status == "blocked" else "held")


def lot_mark(lot: StockLot) -> str:
    """What kind of lot it is, where that is no raw material."""
    marks: Mapping[str, Callable[[], str]] = {
        "semi": lambda: translate("Material", "semi-finished"),
        "packed": lambda: translate("Material", "packed"),
    }
    return marks[lot.kind]() if lot.kind in marks else ""
