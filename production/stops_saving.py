"""The state of the stage ``stops`` as JSON for the journal, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from line.messages import Json, JsonObject
from production.oee import Counts
from production.plan import ProductionPlan
from production.stops_record import Cell, Key, MachineNow, Span, Stop, StopsState
from production.stops_states import Open, Seen


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Stop(_Model):
    number: int
    unit: str
    kind: Open
    state: str
    batch: str
    spans: tuple[tuple[int, int, str, str, bool], ...]
    ended_ns: int | None
    proposed: str
    alarm: str
    code: str
    text: str
    by: str
    of: int
    long: bool

    def stop(self) -> Stop:
        """The stop itself."""
        spans = tuple(Span(*s) for s in self.spans)
        return Stop(self.number, self.unit, self.kind, self.state, self.batch, spans, self.ended_ns, self.proposed, self.alarm,
                    self.code, self.text, self.by, self.of, self.long)  # fmt: skip


class _Machine(_Model):
    known: Seen
    batch: str
    stop: _Stop | None
    good: float | None
    reject: float | None


_Cell = (
    tuple[str, str, str, int, int, int, int, int, int, float, float, float, float, float, int, int, int, int]
    | tuple[str, str, str, int, int, int, int, int, int, float, float, float, float, float]
    | tuple[str, str, str, int, int, int, int, int, int, float, float, float, float]
)
"""The shorter ones were saved before stops of more than minor length, and ``unseen``, were kept as sums."""


_SUMS = ("down_ns", "external_ns", "failures", "repair_ns")


class _Saved(_Model):
    machines: Mapping[str, _Machine]
    looked_ns: int
    last: int
    shift: str
    shifts: tuple[str, ...]
    off: bool
    cells: tuple[_Cell, ...]
    stops: tuple[_Stop, ...]
    products: Mapping[str, str]
    open_batches: tuple[str, ...]
    previous: Mapping[str, Any] | None
    gone: int = 0


def save(state: StopsState, plan: ProductionPlan) -> JsonObject:
    """Plain JSON; machines by unit, so that an edited file finds its own again."""
    machines: dict[str, Json] = {
        m.unit: {"known": now.known.value, "batch": now.batch, "stop": None if now.stop is None else _stop(now.stop),
                 "good": now.good, "reject": now.reject}
        for m, now in zip(plan.machines, state.machines, strict=True)
    }  # fmt: skip
    cells: list[Json] = [
        [k.shift, k.unit, k.batch, c.run_ns, c.idle_ns, c.off_ns, c.unknown_ns, c.minor_ns, c.minor, c.counts.good,
         c.counts.reject, c.counts.ideal_ns, c.counts.unrated, c.counts.unseen, c.down_ns, c.external_ns, c.failures, c.repair_ns]
        for k, c in state.cells.items()
    ]  # fmt: skip
    return {
        "machines": machines, "looked_ns": state.looked_ns, "last": state.last, "shift": state.shift,
        "shifts": list(state.shifts), "off": state.off, "cells": cells, "stops": [_stop(s) for s in state.stops],
        "products": dict(state.products), "open_batches": list(state.open_batches), "previous": state.previous,
        "gone": state.gone,
    }  # fmt: skip


def _stop(stop: Stop) -> dict[str, Json]:
    return {
        "number": stop.number, "unit": stop.unit, "kind": stop.kind.value, "state": stop.state, "batch": stop.batch,
        "spans": [[s.from_ns, s.to_ns, s.shift, s.batch, s.off] for s in stop.spans], "ended_ns": stop.ended_ns,
        "proposed": stop.proposed, "alarm": stop.alarm, "code": stop.code, "text": stop.text, "by": stop.by, "of": stop.of,
        "long": stop.long,
    }  # fmt: skip


def restore(saved: JsonObject, plan: ProductionPlan) -> StopsState:
    """Every machine is unknown until it is looked at; a stop of a unit that is watched no more ends where it was."""
    data = _Saved.model_validate(saved)
    watched = {m.unit for m in plan.machines}
    machines = tuple(_machine(data.machines.get(m.unit)) for m in plan.machines)
    left = [m.stop.stop() for u, m in data.machines.items() if u not in watched and m.stop is not None]
    ended = [replace(s, ended_ns=s.spans[-1].to_ns) for s in left]
    cells = {
        Key(*row[:3]): Cell(
            *row[3:9],
            counts=Counts(*row[9:13], unseen=row[13] if len(row) > 13 else 0.0),
            **(dict(zip(_SUMS, row[14:18], strict=True)) if len(row) > 14 else {}),
        )
        for row in data.cells
    }
    return StopsState(
        machines, data.looked_ns, data.last, data.shift, data.shifts, data.off, cells,
        (*(s.stop() for s in data.stops), *ended), data.products, data.open_batches, data.previous, data.gone,
    )  # fmt: skip


def _machine(saved: _Machine | None) -> MachineNow:
    if saved is None:
        return MachineNow()
    stop = None if saved.stop is None else saved.stop.stop()
    return MachineNow(known=saved.known, batch=saved.batch, stop=stop, good=saved.good, reject=saved.reject)
