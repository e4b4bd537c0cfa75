"""A delivery at the gate, as it is entered: what is missing, what is sent. Without Qt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from hmi.viewmodels import wire
from hmi.viewmodels.stock import MaterialInfo, materials, named
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
