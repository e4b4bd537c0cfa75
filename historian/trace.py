"""Tracing lots through the genealogy: back to all that is in a lot, forward to all that a lot is in, and how much of it.

The set is exact and does not depend on masses or on the order of events: whatever was ever connected belongs to it. Masses are
apportioned: of what a lot was made of, each part that leaves it carries the same share, ``kg of the part / kg of the lot``, where
the lot weighs what went in or what came out, whichever is more. What did not come out stayed in it or was lost, so that the parts
never are more than the whole. Product that goes round in rework is solved as the linear equations that this makes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, cast

from historian.genealogy_events import PACKED, packed_id
from line.messages import JsonObject

LOTS_MAX: Final = 250_000
DEPTH_MAX: Final = 200
ROUNDS_MAX: Final = 2_000
"""Of the equations of a rework loop; each takes out a part, so that they settle unless nearly nothing leaves the loop."""
SETTLED_KG: Final = 1e-9


class Direction(StrEnum):
    """Which way to go."""

    BACK = "back"
    FORWARD = "forward"


class LotRow(NamedTuple):
    """A row of ``lots``: masses kg, times ns UTC, dates ISO. ``made_kg`` is None where no event told it."""

    id: str
    kind: str
    told: int
    material: str
    supplier: str
    supplier_lot: str
    produced: str
    expires: str
    gtin: str
    place: str
    status: str
    made_ns: int | None
    made_kg: float | None
    packs: int | None
    batch: str
    in_kg: float
    out_kg: float
    packed_kg: float
    adjusted_kg: float
    discarded_kg: float
    left_kg: float | None
    made_seq: int | None

    @property
    def base_kg(self) -> float:
        """What the lot weighs for shares: what went in or was made, or what came out of it, whichever is more.

        Once it was made, what leaves a lot leaves what was packed of it: which units that were is not known.
        """
        gone_kg = self.out_kg + self.discarded_kg
        if self.made_kg is None:
            return max(self.in_kg, gone_kg + self.packed_kg, 0.0)
        return max(self.in_kg, self.made_kg + self.adjusted_kg, gone_kg, self.packed_kg)

    @property
    def rest_kg(self) -> float:
        """What is left of it by the events, packed or not; of a batch at work what is in process. Below zero where more was
        taken out than is known to have come in."""
        made_kg = self.in_kg - self.packed_kg if self.made_kg is None else self.made_kg
        return made_kg + self.adjusted_kg - self.out_kg - self.discarded_kg

    @property
    def has_sscc(self) -> bool:
        """Whether it is a packed unit that got a number."""
        return self.kind == "packed" and not self.id.startswith(f"{PACKED}#")

    def to_json(self) -> JsonObject:
        """For people and programs; ``sscc`` of a packed unit."""
        return {
            "id": self.id, "kind": self.kind, "known": bool(self.told), "material": self.material, "supplier": self.supplier,
            "supplier_lot": self.supplier_lot, "produced": self.produced, "expires": self.expires, "gtin": self.gtin,
            "sscc": self.id.removeprefix(PACKED) if self.has_sscc else "", "place": self.place, "status": self.status,
            "made_ns": self.made_ns, "made_kg": self.made_kg, "packs": self.packs, "batch": self.batch,
            "in_kg": round(self.in_kg, 6), "out_kg": round(self.out_kg, 6), "packed_kg": round(self.packed_kg, 6),
            "adjusted_kg": round(self.adjusted_kg, 6),
            "discarded_kg": round(self.discarded_kg, 6), "rest_kg": round(self.rest_kg, 6), "left_kg": self.left_kg,
        }  # fmt: skip


class Edge(NamedTuple):
    """Mass that went from ``src`` to ``dst``. ``shared``: the mass of several sources, shared by what each held."""

    kind: str
    src: str
    dst: str
    kg: float | None
    time_ns: int
    unit: str
    batch: str
    material: str
    seq: int
    shared: int

    def to_json(self) -> JsonObject:
        """As ``{kind, from, to, kg, time_ns, unit, batch, material, seq, shared}``."""
        return {"kind": self.kind, "from": self.src, "to": self.dst, "kg": self.kg, "time_ns": self.time_ns, "unit": self.unit,
                "batch": self.batch, "material": self.material, "seq": self.seq, "shared": bool(self.shared)}  # fmt: skip


@dataclass(frozen=True)
class Trace:
    """What was found. ``kg``: of the start in each lot (forward), or of each lot in the start (back).

    ``cut`` says that a bound was reached, so that lots are missing. ``unsettled``: the masses of a rework loop are too small.
    ``unweighed``: edges without a mass, which connect lots and carry none.
    """

    direction: Direction
    starts: tuple[str, ...]
    lots: Mapping[str, LotRow]
    depth: Mapping[str, int]
    kg: Mapping[str, float]
    edges: Sequence[Edge]
    cut: bool = False
    unsettled: bool = False
    unweighed: int = 0

    def of_kind(self, *kinds: str) -> list[LotRow]:
        """The lots of these kinds, by time."""
        found = [row for row in self.lots.values() if row.kind in kinds]
        return sorted(found, key=lambda row: (row.made_ns or 0, row.id))

    def to_json(self) -> JsonObject:
        """Lots from the start outwards, with ``depth`` and ``kg``, and the edges by time."""
        order = sorted(self.lots, key=lambda lot: (self.depth[lot], self.lots[lot].made_ns or 0, lot))
        return {
            "direction": self.direction.value, "starts": list(self.starts), "cut": self.cut, "unsettled": self.unsettled,
            "unweighed": self.unweighed,
            "lots": [{**self.lots[o].to_json(), "depth": self.depth[o], "kg": round(self.kg.get(o, 0.0), 6)} for o in order],
            "edges": [e.to_json() for e in sorted(self.edges, key=lambda e: e.seq)],
        }  # fmt: skip


_EDGE_COLUMNS: Final = ", ".join(f"e.{name}" for name in Edge._fields)
_NEXT: Final[Mapping[Direction, str]] = {
    Direction.FORWARD: f"SELECT {_EDGE_COLUMNS} FROM json_each(?) j CROSS JOIN lot_edges e ON e.src = j.value",
    Direction.BACK: f"SELECT {_EDGE_COLUMNS} FROM json_each(?) j CROSS JOIN lot_edges e ON e.dst = j.value",
}


def trace(
    db: sqlite3.Connection, starts: Iterable[str], direction: Direction, *, lots_max: int = LOTS_MAX, depth_max: int = DEPTH_MAX
) -> Trace:
    """Go from ``starts`` as far as edges lead; ``db`` is of :func:`historian.genealogy.open_genealogy`.

    Unknown starts are left out. Each lot is looked at once, so that rework going round ends.
    """
    back = direction is Direction.BACK
    first = lot_rows(db, starts)
    depth = dict.fromkeys(first, 0)
    edges: list[Edge] = []
    front, level, cut = list(first), 0, False
    while front:
        rows = cast(list[tuple[object, ...]], db.execute(_NEXT[direction], (json.dumps(front),)).fetchall())
        front, level = [], level + 1
        for row in rows:
            edge = Edge._make(cast(tuple[str, str, str, float | None, int, str, str, str, int, int], row))
            if edge.src == edge.dst:
                continue  # a transfer between units
            beyond = edge.src if back else edge.dst
            if beyond not in depth:
                if level > depth_max or len(depth) >= lots_max:
                    cut = True
                    continue
                depth[beyond] = level
                front.append(beyond)
            edges.append(edge)
    lots = {**first, **lot_rows(db, [lot for lot in depth if lot not in first])}
    kg, settled = _masses(lots, edges, frozenset(first), back=back)
    unweighed = sum(1 for e in edges if e.kg is None)
    return Trace(direction, tuple(first), lots, depth, kg, edges, cut, not settled, unweighed)


def lot_rows(db: sqlite3.Connection, lots: Iterable[str]) -> dict[str, LotRow]:
    """The rows of these lots, in the given order; unknown ones are left out."""
    names = ", ".join(f"l.{name}" for name in LotRow._fields)
    sql = f"SELECT {names} FROM json_each(?) j CROSS JOIN lots l ON l.id = j.value"
    rows = cast(list[tuple[object, ...]], db.execute(sql, (json.dumps(list(lots)),)).fetchall())
    return {row.id: row for row in (lot_row(r) for r in rows)}


def named_lots(db: sqlite3.Connection, name: str) -> dict[str, LotRow]:
    """The lot that somebody names: by its id, by an SSCC, or in a URL with ``_`` for the stroke that no path can hold."""
    return lot_rows(db, [name]) or lot_rows(db, [packed_id(name)]) or lot_rows(db, [name.replace("_", "/")])


def lots_after(db: sqlite3.Connection, after: str, limit: int) -> tuple[list[LotRow], int]:
    """The next lots by id, without packed units, and how many come after them."""
    names = ", ".join(LotRow._fields)
    sql = f"SELECT {names} FROM lots WHERE id > ? AND kind <> 'packed' ORDER BY id LIMIT ?"
    rows = [lot_row(r) for r in cast(list[tuple[object, ...]], db.execute(sql, (after, limit)).fetchall())]
    counts = "SELECT count(*) FROM lots WHERE id > ? AND kind <> 'packed'"
    (left,) = cast(tuple[int], db.execute(counts, (rows[-1].id if rows else after,)).fetchone())
    return rows, left


def lot_row(row: tuple[object, ...]) -> LotRow:
    """A row as SQLite gives it in the order of :class:`LotRow`."""
    return LotRow(*row)  # pyright: ignore[reportArgumentType]


def _masses(
    lots: Mapping[str, LotRow], edges: Sequence[Edge], starts: frozenset[str], *, back: bool
) -> tuple[dict[str, float], bool]:
    """Mass of the start in each lot, or of each lot in the start; and whether the equations settled.

    Forward the amounts themselves flow; back flows the part of a lot that is in the start, which its weight makes an amount.
    """
    flows: dict[str, list[tuple[str, float]]] = {lot: [] for lot in lots}
    waiting = dict.fromkeys(lots, 0)
    for edge in edges:
        base_kg = lots[edge.src].base_kg
        near, far = (edge.dst, edge.src) if back else (edge.src, edge.dst)
        if far in starts or not edge.kg or base_kg <= 0.0:
            continue  # the start is what it is, whatever of it came back
        flows[near].append((far, edge.kg / base_kg))
        waiting[far] += 1
    amount = dict.fromkeys(lots, 0.0)
    for lot in starts:
        amount[lot] = 1.0 if back else lots[lot].base_kg
    ready = [lot for lot, count in waiting.items() if count == 0]
    for lot in ready:  # grows while it is walked
        here = amount[lot]
        for far, share in flows[lot]:
            amount[far] += here * share
            waiting[far] -= 1
            if waiting[far] == 0:
                ready.append(far)
    settled = len(ready) == len(lots) or _go_round(amount, flows, [lot for lot, count in waiting.items() if count > 0])
    return ({lot: part * lots[lot].base_kg for lot, part in amount.items()} if back else amount), settled


def _go_round(amount: dict[str, float], flows: Mapping[str, Sequence[tuple[str, float]]], loop: Sequence[str]) -> bool:
    """Solve what goes round by Gauss and Seidel; what came from outside the loop stands in ``amount`` already."""
    inside = set(loop)
    given = {lot: amount[lot] for lot in loop}
    into: dict[str, list[tuple[str, float]]] = {lot: [] for lot in loop}
    for lot in loop:
        for far, share in flows[lot]:
            if far in inside:
                into[far].append((lot, share))
    for _ in range(ROUNDS_MAX):
        moved = 0.0
        for lot in loop:
            new = given[lot] + sum(amount[near] * share for near, share in into[lot])
            moved = max(moved, abs(new - amount[lot]))
            amount[lot] = new
        if moved <= SETTLED_KG:
            return True
    return False
