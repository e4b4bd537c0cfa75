"""Raw material as the panel shows it: lots in stock, what running batches still lack, and the catalogue of the line."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels import wire
from hmi.viewmodels.batches import batch_by_id, batch_label
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.labels import batch_label as id_label

WARNINGS = ("expired", "expires_soon", "on_hold", "quarantine")


@dataclass(frozen=True)
class StockLot:
    """A lot in stock. Masses in kg, dates ISO ('' where unknown); ``days_left`` counts today, negative when expired."""

    id: str
    name: Obj
    material: str
    kind: str
    received_ns: int
    received_kg: float
    left_kg: float
    status: str
    supplier: str
    supplier_lot: str
    gtin: str
    produced: str
    expires: str
    days_left: int | None
    place: str
    temperature_c: float | None
    documents: tuple[str, ...]
    reasons: tuple[Obj, ...]
    batch: str

    @property
    def expired(self) -> bool:
        """Its last day is over."""
        return self.days_left is not None and self.days_left < 0


@dataclass(frozen=True)
class Need:
    """An ingredient of a running batch, masses in kg. ``lot`` is the one whose turn it is ('' without), ``prompt`` the question
    of the batch that waits for it ('' without)."""

    batch: str
    recipe: str
    material: str
    name: Obj
    target_kg: float
    weighed_kg: float
    missing_kg: float
    lo_kg: float
    hi_kg: float
    prompt: str
    traced: bool
    lot: str
    lot_left_kg: float | None
    stock_kg: float | None

    @property
    def key(self) -> str:
        """As the loading page takes it."""
        return f"{self.batch}/{self.material}"


@dataclass(frozen=True)
class Weighed:
    """A scale whose terminal shows what a batch lacks."""

    scale: str
    batch: str
    material: str


@dataclass(frozen=True)
class Stock:
    """The view ``materials``; ``known`` is False before the first scan of the engine and on a line without a stock."""

    day: str = ""
    lots: tuple[StockLot, ...] = ()
    more_lots: int = 0
    needs: tuple[Need, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    weighing: tuple[Weighed, ...] = ()

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return bool(self.day)

    def lot(self, lot_id: str) -> StockLot | None:
        """The lot of that number or None."""
        return next((x for x in self.lots if x.id == lot_id), None)

    def need(self, batch: str, material: str) -> Need | None:
        """The ingredient of that batch or None."""
        return next((n for n in self.needs if n.batch == batch and n.material == material), None)

    def formula(self, batch: str) -> list[Need]:
        """All ingredients of a batch."""
        return [n for n in self.needs if n.batch == batch]

    def lacking(self) -> list[Need]:
        """What still lacks mass: what a batch waits for first, then batch by batch."""
        return sorted((n for n in self.needs if n.missing_kg > 0 or n.prompt), key=lambda n: not n.prompt)

    def warned(self, what: str) -> set[str]:
        """Lots with this warning."""
        return {lot for lot, kind in self.warnings if kind == what}


@dataclass(frozen=True)
class ScaleInfo:
    """A scale with the names of its tags ('' where it has none); ``unit`` it belongs to, '' for one of its own."""

    id: str
    name: Obj
    unit: str
    division_kg: float
    net: str
    gross: str
    tare: str
    stable: str
    target: str
    ok: str


@dataclass(frozen=True)
class MaterialInfo:
    """A material of the catalogue."""

    id: str
    name: Obj
    kind: str
    place: str
    documents: tuple[str, ...]
    suppliers: tuple[str, ...]
    traced: bool
    shelf_life_days: int
    min_remaining_days: int
    reception: Obj


def stock_of(store: LineStore) -> Stock:
    """The stock of now."""
    return store.parsed("materials", _read)


def has_stock(store: LineStore) -> bool:
    """Whether the line keeps a stock of lots."""
    return stock_of(store).known


def scales(store: LineStore) -> list[ScaleInfo]:
    """Scales of the line; those that belong to no unit first: their terminals are free."""
    found = [_scale(s) for s in wire.objects(_catalogue(store), "scales")]
    return sorted(found, key=lambda s: bool(s.unit))


def materials(store: LineStore) -> list[MaterialInfo]:
    """Materials of the catalogue."""
    return [_material(m) for m in wire.objects(_catalogue(store), "materials")]


def named(store: LineStore, section: str) -> dict[str, str]:
    """Ids and names of ``places``, ``suppliers`` or ``documents`` in the panel's language."""
    return {wire.text(e, "id"): store.text(e.get("name")) for e in wire.objects(_catalogue(store), section)}


def approved_suppliers(store: LineStore) -> set[str]:
    """Those from whom anything may be used at once."""
    return {wire.text(e, "id") for e in wire.objects(_catalogue(store), "suppliers") if wire.flag(e, "approved")}


def place_name(store: LineStore, place: str) -> str:
    """The name of a place; its id when the catalogue has none."""
    return named(store, "places").get(place) or place


def material_name(store: LineStore, material: str) -> str:
    """The name of a material; its id when the catalogue has none."""
    return named(store, "materials").get(material) or material


def product_name(store: LineStore, recipe: str) -> str:
    """The name of a product; its recipe when the catalogue has none."""
    found = (p for p in wire.objects(_catalogue(store), "products") if wire.text(p, "recipe") == recipe)
    return next((store.text(p.get("name")) for p in found), "") or recipe


def label_of_batch(store: LineStore, batch: str) -> str:
    """``№1187``, also of a batch that the list does not have."""
    known = batch_by_id(store, batch)
    return batch_label(known) if known is not None else f"№{batch.removeprefix('B')}"


def lot_label(lot: str) -> str:
    """A lot by its id, one that a batch made by the number of the batch."""
    return id_label(lot)


def day_text(iso: str) -> str:
    """``2026-11-26`` as ``26.11.2026``; what is no such date as it is."""
    parts = iso.split("-")
    return ".".join(reversed(parts)) if len(parts) == 3 else iso


def _catalogue(store: LineStore) -> Obj:
    return store.line.materials if store.line is not None else wire.EMPTY


def _read(view: Obj, before: Stock | None) -> Stock:
    needs = [
        _need(need, row) for need in wire.objects(view, "needs") for row in wire.objects(need, "ingredients")
    ]  # fmt: skip
    return Stock(
        wire.text(view, "day"), tuple(_lot(x) for x in wire.objects(view, "lots")), wire.integer(view, "more_lots"), tuple(needs),
        tuple((wire.text(w, "lot"), wire.text(w, "what")) for w in wire.objects(view, "warnings")),
        tuple(Weighed(wire.text(w, "scale"), wire.text(w, "batch"), wire.text(w, "material"))
              for w in wire.objects(view, "weighing")),
    )  # fmt: skip


def _lot(x: Obj) -> StockLot:
    days = wire.number(x, "days_left")
    return StockLot(
        wire.text(x, "id"), wire.obj(x, "name"), wire.text(x, "material"), wire.text(x, "kind"), wire.integer(x, "received_ns"),
        wire.number(x, "received_kg") or 0.0, wire.number(x, "left_kg") or 0.0, wire.text(x, "status"),
        wire.text(x, "supplier"), wire.text(x, "supplier_lot"), wire.text(x, "gtin"), wire.text(x, "produced"),
        wire.text(x, "expires"), None if days is None else int(days), wire.text(x, "place"), wire.number(x, "temperature_c"),
        _words(x, "documents"), tuple(wire.objects(x, "reasons")), wire.text(x, "batch"),
    )  # fmt: skip


def _need(need: Obj, row: Obj) -> Need:
    def kg(key: str) -> float:
        return wire.number(row, key) or 0.0

    return Need(
        wire.text(need, "batch"), wire.text(need, "recipe"), wire.text(row, "material"), wire.obj(row, "name"), kg("target_kg"),
        kg("weighed_kg"), kg("missing_kg"), kg("lo_kg"), kg("hi_kg"), wire.text(row, "prompt"), wire.flag(row, "traced"),
        wire.text(row, "lot"), wire.number(row, "lot_left_kg"), wire.number(row, "stock_kg"),
    )  # fmt: skip


def _scale(s: Obj) -> ScaleInfo:
    return ScaleInfo(
        wire.text(s, "id"), wire.obj(s, "name"), wire.text(s, "unit"), wire.number(s, "division_kg") or 0.1, wire.text(s, "net"),
        wire.text(s, "gross"), wire.text(s, "tare"), wire.text(s, "stable"), wire.text(s, "target"), wire.text(s, "ok"),
    )  # fmt: skip


def _material(m: Obj) -> MaterialInfo:
    return MaterialInfo(
        wire.text(m, "id"), wire.obj(m, "name"), wire.text(m, "kind"), wire.text(m, "place"), _words(m, "documents"),
        _words(m, "suppliers"), wire.flag(m, "traced"), wire.integer(m, "shelf_life_days"),
        wire.integer(m, "min_remaining_days"), wire.obj(m, "reception"),
    )  # fmt: skip


def _words(entry: Obj, key: str) -> tuple[str, ...]:
    return tuple(x for x in wire.items(entry, key) if isinstance(x, str))
