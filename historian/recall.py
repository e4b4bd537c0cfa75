"""A recall, in earnest or as an exercise: from a lot, packed unit, batch or supplier to everything concerned, with the balance.

One step back and one step forward as EU 178/2002, Art. 18 asks; what is withdrawn (Art. 19) are whole lots and packed units, so
their masses are told in full, and beside them how much of the lot in question is in each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence, Set
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

from historian.genealogy import open_genealogy
from historian.genealogy_events import CUSTOMER, packed_id
from historian.journal import JOURNAL_VERSION, verify_chain
from historian.records import FINAL_STATES
from historian.trace import LOTS_MAX, Direction, LotRow, Trace, lot_rows, trace
from line.clock import perf_counter_ns
from line.messages import Json, JsonObject

SCHEMA: Final = 1
MAX_NS: Final = 2**63 - 1


@dataclass(frozen=True)
class Asked:
    """What is recalled: one of ``lot``, ``sscc``, ``batch`` and ``supplier``, the last with lots received in a span (ns UTC).

    ``lot`` is our number, the supplier's, or both: whatever bears it belongs to the recall.
    Raises ValueError when none or several are given.
    """

    lot: str = ""
    sscc: str = ""
    batch: str = ""
    supplier: str = ""
    from_ns: int = 0
    to_ns: int = MAX_NS

    def __post_init__(self) -> None:
        named = [name for name in ("lot", "sscc", "batch", "supplier") if getattr(self, name)]
        if len(named) != 1:
            raise ValueError("name one of lot, sscc, batch and supplier")
        if (self.from_ns, self.to_ns) != (0, MAX_NS) and not self.supplier:
            raise ValueError("a span of time belongs to a supplier")

    def to_json(self) -> JsonObject:
        """What was asked, and nothing else."""
        to_ns = None if self.to_ns == MAX_NS else self.to_ns
        span: JsonObject = {"from_ns": self.from_ns, "to_ns": to_ns} if self.supplier else {}
        given = {name: cast(str, getattr(self, name)) for name in ("lot", "sscc", "batch", "supplier")}
        return {**{name: value for name, value in given.items() if value}, **span}


@dataclass(frozen=True)
class Verified:
    """What a check of the file found: is the chain whole, and do the tables say what the events say."""

    chain_ok: bool
    first_wrong: int | None
    tables_ok: bool


@dataclass(frozen=True)
class Recall:
    """The report, and the traces that it was made of, for the sheet of an authority."""

    report: JsonObject
    forward: Trace
    back: Trace


def recall(journal: Path, asked: Asked, now_ns: int, *, lots_max: int = LOTS_MAX, verify: bool = False) -> Recall | None:
    """Everything that ``asked`` concerns as the journal knows it; None when it knows nothing of the kind.

    ``verify`` recomputes the chain, makes the tables anew from the events, works on those, and says whether the stored ones
    agree: some seconds a year of production. Raises sqlite3.Error for a file that cannot be read.
    """
    began_ns = perf_counter_ns()
    found = _traced(journal, asked, lots_max, anew=verify)
    if found is None:
        return None
    forward, back, states, last_seq = found
    checked: Verified | None = None
    if verify:
        stored = _traced(journal, asked, lots_max, anew=False)
        chain_ok, first_wrong = verify_chain(journal)
        checked = Verified(chain_ok, first_wrong, stored is not None and _same(stored[0], forward) and _same(stored[1], back))
    report = _report(asked, forward, back, states, now_ns, checked)
    took_ms = round((perf_counter_ns() - began_ns) / 1e6, 1)
    return Recall({**report, "last_seq": last_seq, "took_ms": took_ms}, forward, back)


def _traced(
    journal: Path, asked: Asked, lots_max: int, *, anew: bool
) -> tuple[Trace, Trace, Mapping[str, tuple[str, int | None, int | None]], int] | None:
    db = open_genealogy(journal, JOURNAL_VERSION, anew=anew)
    if db is None:
        return None
    with closing(db):
        starts = find_lots(db, asked)
        if not starts:
            return None
        forward = trace(db, starts, Direction.FORWARD, lots_max=lots_max)
        back = trace(db, starts, Direction.BACK, lots_max=lots_max)
        rows = cast(
            list[tuple[str, str, int | None, int | None]],
            db.execute("SELECT id, state, started_ns, ended_ns FROM batches").fetchall(),
        )
        states = {row[0]: row[1:] for row in rows if row[0] in forward.lots or row[0] in back.lots}
        last_seq = cast(tuple[int], db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone())[0]
    return forward, back, states, last_seq


def find_lots(db: sqlite3.Connection, asked: Asked) -> list[str]:
    """The lots that a recall begins with; of a packed unit those that it was packed from, since others were packed with it."""
    if asked.supplier:
        sql = "SELECT lot FROM lot_receipts WHERE supplier = ? AND time_ns BETWEEN ? AND ? ORDER BY time_ns, seq"
        return list(dict.fromkeys(_ids(db, sql, (asked.supplier, asked.from_ns, asked.to_ns))))
    packed = packed_id(asked.sscc or asked.lot)
    if not asked.batch and (asked.sscc or lot_rows(db, [packed])):
        sql = "SELECT DISTINCT src FROM lot_edges WHERE dst = ? AND kind = 'packed' ORDER BY src"
        return _ids(db, sql, (packed,))
    named = (asked.batch or asked.lot).strip()
    known = lot_rows(db, [named]) or lot_rows(db, [named.upper()])
    if asked.batch:
        return list(known)
    return list(dict.fromkeys([*known, *_of_supplier_lot(db, named)]))


def _of_supplier_lot(db: sqlite3.Connection, named: str) -> list[str]:
    """What came under a supplier's number, in capitals or not: one person read it from a box, another from a letter."""
    sql = "SELECT lot, supplier_lot FROM lot_receipts WHERE supplier_lot <> '' ORDER BY time_ns, seq"
    rows = cast(list[tuple[str, str]], db.execute(sql).fetchall())
    return [lot for lot, theirs in rows if theirs.casefold() == named.casefold()]


def newest_lots(journal: Path, what: str, limit: int = 10) -> list[str]:
    """Ids of the newest lots and batches, or with ``what`` "supplier" of suppliers, to name to whoever mistyped one."""
    db = open_genealogy(journal, JOURNAL_VERSION)
    if db is None:
        return []
    with closing(db):
        if what == "supplier":
            return _ids(db, "SELECT DISTINCT supplier FROM lot_receipts WHERE supplier <> '' ORDER BY supplier LIMIT ?", (limit,))
        sql = "SELECT id FROM lots WHERE kind IN ('raw', 'batch') ORDER BY made_ns DESC, id LIMIT ?"
        return _ids(db, sql, (limit,))


def _ids(db: sqlite3.Connection, sql: str, args: Sequence[str | int]) -> list[str]:
    return [lot for (lot,) in cast(list[tuple[str]], db.execute(sql, args).fetchall())]


def _same(one: Trace, other: Trace) -> bool:
    return (one.starts, one.lots, sorted(e[:9] for e in one.edges)) == (
        other.starts, other.lots, sorted(e[:9] for e in other.edges)
    )  # fmt: skip


# The report

_Times = tuple[str, int | None, int | None]
"""State of a batch, when it began and ended."""


def _report(
    asked: Asked, forward: Trace, back: Trace, states: Mapping[str, _Times], now_ns: int, checked: Verified | None
) -> JsonObject:
    out = _out(forward)
    made = forward.of_kind("batch", "semi", "product")
    raw_rows = forward.of_kind("raw")
    sources = [row for row in back.of_kind("raw") if row.id not in forward.lots]
    batches = [_made(row, forward, out.get(row.id, {}), states.get(row.id)) for row in made]
    verified = asdict(checked) if checked is not None else None
    return {
        "schema": SCHEMA, "kind": "recall", "asked": asked.to_json(), "made_ns": now_ns, "starts": list(forward.starts),
        "cut": forward.cut or back.cut, "unsettled": forward.unsettled or back.unsettled, "unweighed": forward.unweighed,
        "verified": verified,
        "raw": [{**_raw(row), "of_lot_kg": round(forward.kg[row.id], 6)} for row in raw_rows],
        "sources": [{**_raw(row), "of_lot_kg": round(back.kg[row.id], 6)} for row in sources],
        "batches": batches, "packed": [_packed(row, forward) for row in forward.of_kind("packed")], "places": _places(forward),
        "customers": _customers(forward),
        "balance": _balance(forward, raw_rows, batches),
    }  # fmt: skip


def _out(forward: Trace) -> dict[str, dict[str, float]]:
    """Mass that left each lot, by the kind of edge."""
    out: dict[str, dict[str, float]] = {}
    for edge in forward.edges:
        sums = out.setdefault(edge.src, {})
        sums[edge.kind] = sums.get(edge.kind, 0.0) + (edge.kg or 0.0)
    return out


def _raw(row: LotRow) -> JsonObject:
    """A received lot: one step back, and what became of its mass. ``difference_kg``: what the stock said is left, less what the
    movements of mass leave."""
    known = bool(row.told)
    difference = None if row.left_kg is None or not known else round(row.left_kg - row.rest_kg, 6) + 0.0
    return {
        **row.to_json(), "consumed_kg": round(row.out_kg, 6), "stock_kg": round(row.rest_kg, 6) if known else None,
        "difference_kg": difference,
    }  # fmt: skip


def _made(row: LotRow, forward: Trace, out: Mapping[str, float], times: _Times | None) -> JsonObject:
    """A batch or a semi-finished lot in whole: what went in, what became of it, what was lost (below zero: water and ice).

    ``goods_kg`` is what is still there of the product, packed or not.
    """
    state, started_ns, ended_ns = times or ("", None, None)
    came_kg = row.in_kg or (row.made_kg or 0.0)
    made, ended = row.made_kg is not None, row.made_kg is not None or state in FINAL_STATES
    goods_kg = row.rest_kg if made else row.packed_kg
    other_kg = came_kg - (row.made_kg or 0.0) if made else row.rest_kg
    return {
        **row.to_json(), "state": state, "started_ns": started_ns, "ended_ns": ended_ns, "ended": ended,
        "of_lot_kg": round(forward.kg.get(row.id, 0.0), 6), "came_kg": round(came_kg, 6),
        "goods_kg": round(goods_kg, 6), "rework_kg": round(out.get("rework", 0.0), 6),
        "dispatched_kg": round(out.get("dispatched", 0.0), 6),
        "onward_kg": round(out.get("produced", 0.0) + out.get("consumed", 0.0), 6),
        "loss_kg": round(other_kg, 6) if ended else None, "loss_pct": _pct(other_kg, came_kg) if ended else None,
        "open_kg": None if ended else round(other_kg, 6),
    }  # fmt: skip


def _pct(part: float, whole: float) -> float | None:
    return round(100.0 * part / whole, 2) if whole > 0.0 else None


def _packed(row: LotRow, forward: Trace) -> JsonObject:
    place, status = _where(row, forward)
    of_lot_kg = round(forward.kg.get(row.id, 0.0), 6)
    return {**row.to_json(), "kg": row.made_kg, "of_lot_kg": of_lot_kg, "place": place, "status": status}


def _where(row: LotRow, forward: Trace) -> tuple[str, str]:
    """Place and status of a packed unit: its own where it was told, else those of the batch that it belongs to."""
    lot = forward.lots.get(row.batch)
    return row.place or (lot.place if lot else ""), row.status or (lot.status if lot else "")


def _places(forward: Trace) -> list[Json]:
    """Where the packed units are by the last that was told, with their number, packs and mass."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in forward.of_kind("packed"):
        sums = found.setdefault(_where(row, forward), [0, 0, 0.0])
        sums[0] += 1
        sums[1] += row.packs or 0
        sums[2] += row.made_kg or 0.0
    return [
        {"place": place, "status": status, "units": int(units), "packs": int(packs), "kg": round(kg, 6)}
        for (place, status), (units, packs, kg) in sorted(found.items())
    ]


def _customers(forward: Trace) -> list[Json]:
    """Who got what: a row for every delivery of a lot. ``of_lot_kg`` is shared as any mass that leaves a lot; ``sscc`` are the
    packed units that were named."""
    rows: list[Json] = []
    for edge in sorted((e for e in forward.edges if e.kind == "dispatched"), key=lambda e: (e.time_ns, e.seq)):
        lot, customer = forward.lots[edge.src], edge.dst.removeprefix(CUSTOMER)
        share = (edge.kg or 0.0) / lot.base_kg if lot.base_kg > 0.0 else 0.0
        units = [r for r in forward.of_kind("packed") if r.batch == lot.id and (r.status, r.place) == ("dispatched", customer)]
        rows.append({
            "customer": customer, "document": edge.material, "lot": lot.id, "product": lot.material, "kg": edge.kg,
            "of_lot_kg": round(forward.kg.get(lot.id, 0.0) * share, 6), "time_ns": edge.time_ns,
            "sscc": [r.to_json()["sscc"] for r in units], "seq": edge.seq,
        })  # fmt: skip
    return rows


def _balance(forward: Trace, raw: Sequence[LotRow], batches: Sequence[JsonObject]) -> JsonObject:
    """Two sums that close. Received and adjusted is consumed, discarded and in stock. What came into the batches from outside is
    there as goods, was dispatched, discarded, lost, or is in process. ``of_lot``: how much of the lots in
    question the packed units hold."""
    within_kg = _within(forward, {str(b["id"]) for b in batches})
    parted_kg = _within(forward, {row.id for row in raw})
    came_kg = _sum(batches, "came_kg") - within_kg
    goods_kg, discarded_kg = _sum(batches, "goods_kg"), _sum(batches, "discarded_kg")
    dispatched_kg = _sum(batches, "dispatched_kg")
    loss_kg, open_kg, adjusted_kg = _sum(batches, "loss_kg"), _sum(batches, "open_kg"), _sum(batches, "adjusted_kg")
    known = [row for row in raw if row.told]
    said: list[float] = [row.left_kg - row.rest_kg for row in known if row.left_kg is not None]
    of_lot_kg = sum(forward.kg[start] for start in forward.starts)
    of_packed_kg = sum(forward.kg[row.id] for row in forward.of_kind("packed"))
    return {
        "raw": {
            "received_kg": round(sum(row.made_kg or 0.0 for row in known) - parted_kg, 6),
            "adjusted_kg": round(sum(row.adjusted_kg for row in known), 6),
            "consumed_kg": round(sum(row.out_kg for row in known) - parted_kg, 6),
            "discarded_kg": round(sum(row.discarded_kg for row in known), 6),
            "stock_kg": round(sum(row.rest_kg for row in known), 6),
            "difference_kg": round(sum(said), 6) + 0.0 if said else None,
        },
        "batches": {
            "came_kg": round(came_kg, 6), "adjusted_kg": round(adjusted_kg, 6), "goods_kg": round(goods_kg, 6),
            "packed_kg": round(_sum(batches, "packed_kg"), 6), "discarded_kg": round(discarded_kg, 6),
            "dispatched_kg": round(dispatched_kg, 6), "open_kg": round(open_kg, 6), "loss_kg": round(loss_kg, 6),
            "loss_pct": _pct(loss_kg, came_kg),
            "closes_kg": round(
                came_kg + adjusted_kg - goods_kg - dispatched_kg - discarded_kg - open_kg - loss_kg, 6
            ) + 0.0,
        },
        "of_lot": {"kg": round(of_lot_kg, 6), "packed_kg": round(of_packed_kg, 6)},
        "packed_units": len(forward.of_kind("packed")), "packs": sum(row.packs or 0 for row in forward.of_kind("packed")),
    }  # fmt: skip


def _within(forward: Trace, lots: Set[str]) -> float:
    """Mass that went from one of these lots to another."""
    return sum(e.kg or 0.0 for e in forward.edges if e.src in lots and e.dst in lots)


def _sum(entries: Sequence[JsonObject], key: str) -> float:
    return sum(float(value) for entry in entries if isinstance(value := entry.get(key), int | float))
