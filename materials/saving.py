"""The state of the stock as JSON for the journal, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from line.messages import Json, JsonObject
from materials.lot import Lot
from materials.state import Making, Packing, StockState, Unit, Weighing

SCHEMA: Final = 1


class _SavedStock(BaseModel):
    """The fields are those of the state itself: what a newer program added has its default in what an older one saved, and what
    it took out is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    schema_: int
    lots: tuple[Lot, ...] = ()
    day: str = ""
    day_from_ns: int = 0
    day_to_ns: int = 0
    number: int = 0
    serial: int = 0
    making: tuple[Making, ...] = ()
    packing: tuple[Packing, ...] = ()
    weighing: tuple[Weighing, ...] = ()
    units: tuple[tuple[str, str, float, int], ...] = ()


class _SavedLot(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    lot: Lot


def save(state: StockState) -> JsonObject:
    """The state as JSON; ``needs`` are read from the view of the batches again."""
    made: list[Json] = [asdict(x) for x in state.making.values()]
    packed: list[Json] = [asdict(x) for x in state.packing.values()]
    units: list[Json] = [[x.sscc, x.lot, x.kg, x.gone_ns] for x in state.units.values()]
    weighed: list[Json] = [asdict(x) for x in state.weighing.values()]
    return {
        "schema": SCHEMA, "lots": [x.to_json() for x in state.lots.values()], "day": state.day, "day_from_ns": state.day_from_ns,
        "day_to_ns": state.day_to_ns, "number": state.number, "serial": state.serial, "making": made, "packing": packed,
        "weighing": weighed, "units": units,
    }  # fmt: skip


def lot_of(entry: JsonObject) -> Lot | None:
    """The lot that :meth:`Lot.to_json` wrote, also of a view; None for anything else."""
    try:
        return _SavedLot.model_validate({"lot": entry}).lot
    except ValidationError:
        return None


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
        lots={x.id: x for x in read.lots},
        day=read.day,
        day_from_ns=read.day_from_ns,
        day_to_ns=read.day_to_ns,
        number=read.number,
        serial=read.serial,
        making={x.batch: x for x in read.making},
        packing={x.unit: x for x in read.packing if x.unit in units},
        weighing={x.scale: x for x in read.weighing},
        units={x[0]: Unit(*x) for x in read.units},
    )
