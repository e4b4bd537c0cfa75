"""A delivery at the gate, as it is entered: what is missing, what is sent. Without Qt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from hmi.viewmodels import wire
from hmi.viewmodels.stock import MaterialInfo, approved_suppliers, materials, named
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json


@dataclass
class Delivery:
    """Dates ISO, kg and °C; a ``scale`` or a ``probe`` (a tag) is read by the engine in place of a number that was typed."""

    material: str = ""
    supplier: str = ""
    supplier_lot: str = ""
    gtin: str = ""
    produced: str = ""
    expires: str = ""
    place: str = ""
    kg: float | None = None
    scale: str = ""
    temperature_c: float | None = None
    probe: str = ""
    documents: set[str] = field(default_factory=set[str])

    def take_code(self, code: Obj) -> None:
        """What a scanned code says; what it does not say stays."""
        self.material = wire.text(code, "material") or self.material
        self.supplier_lot = wire.text(code, "supplier_lot") or self.supplier_lot
        self.gtin = wire.text(code, "gtin") or self.gtin
        self.produced = wire.text(code, "produced") or self.produced
        self.expires = wire.text(code, "expires") or self.expires
        kg = wire.number(code, "kg")
        if kg is not None:
            self.kg, self.scale = kg, ""

    def choose(self, material: str) -> None:
        """Another material: its code and documents are others."""
        if material != self.material:
            self.material, self.gtin, self.supplier = material, "", ""
            self.documents = set()

    def missing(self, info: MaterialInfo | None) -> list[str]:
        """Fields without which nothing can be booked."""
        if info is None:
            return ["material"]
        found = [] if self.supplier else ["supplier"]
        if info.shelf_life_days and not self.produced and not self.expires:
            found.append("date")
        if not self.scale and not self.kg:
            found.append("mass")
        return found

    def args(self) -> Obj:
        """The arguments of ``lot.receive``."""
        told: dict[str, Json] = {"material": self.material, "supplier": self.supplier, "documents": sorted(self.documents)}
        told |= {"scale": self.scale} if self.scale else {"kg": self.kg}
        if self.probe:
            told["temperature_tag"] = self.probe
        elif self.temperature_c is not None:
            told["temperature_c"] = self.temperature_c
        optional = {"supplier_lot": self.supplier_lot, "gtin": self.gtin, "produced": self.produced, "expires": self.expires,
                    "place": self.place}  # fmt: skip
        return told | {k: v for k, v in optional.items() if v}


@dataclass(frozen=True)
class Foreseen:
    """What speaks against using the delivery when it is booked as it stands: ``hold``, and ``papers`` that are missing.

    The engine decides; these are its rules (docs/materials.md, Reception) with what the panel knows. ``hold`` are of: supplier,
    unmeasured, temperature, expired, short.
    """

    hold: tuple[str, ...]
    papers: tuple[str, ...]


def foreseen(store: LineStore, delivery: Delivery, info: MaterialInfo, today: str) -> Foreseen:
    """Before it is booked. ``today``: the plant's date."""
    hold: list[str] = [] if delivery.supplier in approved_suppliers(store) else ["supplier"]
    lo, hi = wire.number(info.reception, "lo_c"), wire.number(info.reception, "hi_c")
    measured = store.number(delivery.probe) if delivery.probe else delivery.temperature_c
    if lo is not None or hi is not None:
        if measured is None:
            hold.append("unmeasured")
        elif (lo is not None and measured < lo) or (hi is not None and measured > hi):
            hold.append("temperature")
    left = days_left(delivery, info, today)
    if left is not None and left < 0:
        hold.append("expired")
    elif left is not None and left < info.min_remaining_days:
        hold.append("short")
    return Foreseen(tuple(hold), tuple(d for d in info.documents if d not in delivery.documents))


def days_left(delivery: Delivery, info: MaterialInfo, today: str) -> int | None:
    """Days until the last one that is told, or follows from the day of production; None where neither is known."""
    try:
        now = dt.date.fromisoformat(today)
        if delivery.expires:
            return (dt.date.fromisoformat(delivery.expires) - now).days
        made = dt.date.fromisoformat(delivery.produced)
    except ValueError:
        return None
    return (made - now).days + info.shelf_life_days if info.shelf_life_days else None


def material_info(store: LineStore, material: str) -> MaterialInfo | None:
    """The material of the catalogue or None."""
    return next((m for m in materials(store) if m.id == material), None)


def suppliers_of(store: LineStore, info: MaterialInfo | None) -> dict[str, str]:
    """Ids and names of who may deliver it; all where the catalogue does not say."""
    every = named(store, "suppliers")
    wanted = info.suppliers if info is not None else ()
    return {k: v for k, v in every.items() if k in wanted} if wanted else every


def parse_day(typed: str) -> str:
    """``26.11.2026``, ``26.11.26`` or ``261126`` as an ISO date; '' for what is none."""
    cleaned = typed.strip().replace("/", ".").replace(",", ".").replace("-", ".")
    for pattern in ("%d.%m.%Y", "%d.%m.%y", "%d%m%y", "%d%m%Y", "%Y.%m.%d"):
        try:
            return dt.datetime.strptime(cleaned, pattern).replace(tzinfo=dt.UTC).date().isoformat()
        except ValueError:
            continue
    return ""


def received(store: LineStore, since_seq: int, material: str) -> Obj | None:
    """The event that booked the delivery, with the number of the lot as ``source``; None while it has not come."""
    for event in store.events:
        data = wire.obj(event, "data")
        mine = wire.text(data, "what") == "received" and wire.text(data, "material") == material
        if mine and wire.text(event, "kind") == "lot" and wire.integer(event, "seq") > since_seq:
            return event
    return None


def newest_seq(store: LineStore) -> int:
    """Of the events that are known."""
    return max((wire.integer(e, "seq") for e in store.events), default=0)
