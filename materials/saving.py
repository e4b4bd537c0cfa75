"""The state of the stock as JSON for the journal, and back."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from line.documents import Text
from line.messages import Json, JsonObject
from materials.lot import Lot, LotKind, LotStatus
from materials.state import Making, Packing, StockState, Weighing

SCHEMA: Final = 1


class _Saved(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _SavedLot(_Saved):
    id: str
    material: str
    kind: LotKind
    received_ns: int
    received_kg: float
    left_kg: float
    status: LotStatus
    supplier: str = ""
    supplier_lot: str = ""
    gtin: str = ""
    produced: dt.date | None = None
    expires: dt.date | None = None
    place: str = ""
    temperature_c: float | None = None
    documents: tuple[str, ...] = ()
    reasons: tuple[Text, ...] = ()
    allergens: tuple[str, ...] = ()
    batch: str = ""
    ended_ns: int = 0
    released: bool = False


class _SavedMaking(_Saved):
    batch: str
    recipe: str = ""
    sources: tuple[str, ...] = ()
    kg: float = 0.0
    allergens: tuple[str, ...] = ()
    size_kg: float = 0.0
    packs: int = 0
    packed_kg: float = 0.0
    cases: int = 0
    ended: str = ""
    product: str = ""


class _SavedPacking(_Saved):
    unit: str
    batch: str
    packs: float | None = None
    mass_kg: float | None = None
    open_packs: int = 0
    open_kg: float = 0.0
    closing: bool = False
    case_packs: int = 0
    seen_ns: int = 0


class _SavedWeighing(_Saved):
    scale: str
    batch: str
    material: str
    target_kg: float
    user: str
    since_ns: int


class _SavedStock(_Saved):
    schema_: int
    lots: tuple[_SavedLot, ...] = ()
    day: str = ""
    day_from_ns: int = 0
    day_to_ns: int = 0
    number: int = 0
    serial: int = 0
    making: tuple[_SavedMaking, ...] = ()
    packing: tuple[_SavedPacking, ...] = ()
    weighing: tuple[_SavedWeighing, ...] = ()


def save(state: StockState) -> JsonObject:
    """The state as JSON; ``needs`` are read from the view of the batches again."""
    made: list[Json] = [asdict(x) for x in state.making.values()]
    packed: list[Json] = [asdict(x) for x in state.packing.values()]
    weighed: list[Json] = [asdict(x) for x in state.weighing.values()]
    return {
        "schema": SCHEMA, "lots": [x.to_json() for x in state.lots.values()], "day": state.day, "day_from_ns": state.day_from_ns,
        "day_to_ns": state.day_to_ns, "number": state.number, "serial": state.serial, "making": made, "packing": packed,
        "weighing": weighed,
    }  # fmt: skip


def lot_of(entry: JsonObject) -> Lot | None:
    """The lot that :meth:`Lot.to_json` wrote, also of a view; None for anything else."""
    try:
        read = _SavedLot.model_validate(entry)
    except ValidationError:
        return None
    return _lot(read)


def _lot(read: _SavedLot) -> Lot:
    return Lot(**{name: getattr(read, name) for name in type(read).model_fields})


def restore(saved: JsonObject, units: frozenset[str]) -> StockState:
    """The state that was saved; what stood on a packing unit that the line has no more (``units``) is left out.

    Raises ValueError when ``saved`` is no saved stock, or of a newer program.
    """
    if not saved:
        return StockState()
    if saved.get("schema") != SCHEMA:
        raise ValueError(f"the stock was saved by another program (schema {saved.get('schema')!r}, this one reads {SCHEMA})")
    read = _SavedStock.model_validate({**saved, "schema_": SCHEMA})
    return StockState(
        lots={x.id: _lot(x) for x in read.lots},
        day=read.day,
        day_from_ns=read.day_from_ns,
        day_to_ns=read.day_to_ns,
        number=read.number,
        serial=read.serial,
        making={x.batch: Making(**x.model_dump()) for x in read.making},
        packing={x.unit: Packing(**x.model_dump()) for x in read.packing if x.unit in units},
        weighing={x.scale: Weighing(**x.model_dump()) for x in read.weighing},
    )
