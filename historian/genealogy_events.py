"""What each ``lot`` and ``batch`` event changes in the tables of the genealogy: one function for each, in :data:`_TOLD`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Final, cast

from historian.database import clean_text
from line.clock import NS_PER_S
from line.jsontools import finite
from line.messages import Event, EventKind, Json, JsonObject

CUSTOMER: Final = "to:"
"""Before the name in the id of a customer: no lot's id can hold a colon."""
PACKED: Final = "(00)"
"""Before the SSCC in the id of a packed unit: no lot's id can hold a bracket."""
_SSCC_LENGTH: Final = 18
_TEXT_MAX: Final = 200
_OF_PACKED: Final = ("product", "gtin", "best_before", "place")
_OF_RECEIVED: Final = ("material", "supplier", "supplier_lot", "produced", "expires", "gtin", "place", "status")
_SAME_USE_NS: Final = 60 * NS_PER_S
"""``batch`` and ``lot`` events both tell that a lot was used; they come from the same scan."""
_KG: Final = 1e-6


def follow(db: sqlite3.Connection, event: Event) -> None:
    """Put what a ``lot`` or ``batch`` event tells into the tables; other events are none of theirs."""
    what = event.data.get("what")
    table = _TOLD.get(event.kind, {})
    if isinstance(what, str) and what in table:
        table[what](db, event)


# Values of events


def _text(value: Json) -> str:
    return clean_text(value.strip())[:_TEXT_MAX] if isinstance(value, str) else ""


def _words(data: JsonObject, *keys: str) -> tuple[str, ...]:
    return tuple(_text(data.get(key)) for key in keys)


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _mass(value: Json) -> float | None:
    """A mass; None for what is none, also for one below zero."""
    found = finite(value)
    return found if found is not None and found >= 0.0 else None


def packed_id(sscc: str) -> str:
    """Id of the packed unit with this SSCC: with or without its application identifier, in brackets or as a scanner sends it,
    and with the spaces of a printed label."""
    digits = "".join(sscc.split()).removeprefix(PACKED)
    if len(digits) == _SSCC_LENGTH + 2 and digits.isascii() and digits.isdigit() and digits.startswith("00"):
        digits = digits[2:]
    return PACKED + digits


def _known(db: sqlite3.Connection, lot: str) -> str:
    """``lot`` as the tables call it: a packed unit may be named by its bare SSCC."""
    if db.execute("SELECT 1 FROM lots WHERE id = ?", (lot,)).fetchone() is None:
        packed = packed_id(lot)
        if db.execute("SELECT 1 FROM lots WHERE id = ?", (packed,)).fetchone() is not None:
            return packed
    return lot


def _lot(db: sqlite3.Connection, event: Event) -> str:
    return _known(db, _text(event.source))


# Rows


def _touch(db: sqlite3.Connection, lot: str, kind: str) -> None:
    db.execute("INSERT OR IGNORE INTO lots (id, kind) VALUES (?, ?)", (lot, kind))


def _edge(
    db: sqlite3.Connection, event: Event, kind: str, src: str, dst: str, kg: float | None, *,
    material: str = "", unit: str = "", from_unit: str = "", shared: bool = False,
) -> None:  # fmt: skip
    if src == dst and kind != "transfer":
        return  # what comes back into itself moved nothing
    told = "lot" if event.kind == EventKind.LOT else "batch"
    sql = """INSERT INTO lot_edges (kind, src, dst, kg, time_ns, unit, from_unit, batch, material, seq, told, shared)
             VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"""
    where = unit or _text(event.unit)
    row = (kind, src, dst, kg, event.time_ns, where, from_unit, _text(event.batch), material, event.seq, told, shared)
    db.execute(sql, row)
    if kind != "transfer":
        _sums(db, src, dst, kg or 0.0, packed=kind == "packed")


def _sums(db: sqlite3.Connection, src: str, dst: str, kg: float, *, packed: bool = False) -> None:
    """What was packed of a batch is still there, and goes back or is discarded by the batch's own id."""
    if packed:
        db.execute("UPDATE lots SET packed_kg = packed_kg + ? WHERE id = ?", (kg, src))
    else:
        db.execute("UPDATE lots SET out_kg = out_kg + ?, left_kg = left_kg - ? WHERE id = ?", (kg, kg, src))
    db.execute("UPDATE lots SET in_kg = in_kg + ? WHERE id = ?", (kg, dst))


# Events of lots


def _received(db: sqlite3.Connection, event: Event) -> None:
    lot, data = _text(event.source), event.data
    if not lot:
        return
    _touch(db, lot, "raw")
    receipt = (lot, *_words(data, "supplier", "supplier_lot"), event.time_ns, event.seq)
    db.execute("INSERT INTO lot_receipts (lot, supplier, supplier_lot, time_ns, seq) VALUES (?,?,?,?,?)", receipt)
    db.execute(
        """UPDATE lots SET kind = 'raw', told = 1, material = ?, supplier = ?, supplier_lot = ?, produced = ?, expires = ?,
           gtin = ?, place = ?, status = ?, made_ns = coalesce(made_ns, ?), made_kg = coalesce(made_kg, 0) + ?,
           made_seq = coalesce(made_seq, ?) WHERE id = ?""",
        (*_words(data, *_OF_RECEIVED), event.time_ns, _mass(data.get("kg")) or 0.0, event.seq, lot),
    )


def _moved(db: sqlite3.Connection, event: Event) -> None:
    """A whole lot stands where it was moved to; of one that was moved in part, both places are named."""
    lot, to, from_ = _lot(db, event), *_words(event.data, "to", "from")
    row = db.execute(
        "SELECT place, coalesce(made_kg, in_kg), adjusted_kg, out_kg, discarded_kg FROM lots WHERE id = ?", (lot,)
    ).fetchone()
    if row is None or not to:
        return
    place, made, adjusted, out, gone = cast(tuple[str, float | None, float, float, float], row)
    kg = _mass(event.data.get("kg"))
    places = [p for p in place.split(" + ") if p and p != from_]
    if kg is not None and kg < (made or 0.0) + adjusted - out - gone - _KG and from_:
        places.append(from_)
    placed = " + ".join(dict.fromkeys([*places, to])) if len(places) and kg is not None else to
    db.execute("UPDATE lots SET place = ? WHERE id = ?", (placed[:_TEXT_MAX], lot))


def _adjusted(db: sqlite3.Connection, event: Event) -> None:
    """``kg`` is the change, with its sign. A lot that was used up and of which more was found can be used again."""
    kg = finite(event.data.get("kg")) or 0.0
    sql = """UPDATE lots SET adjusted_kg = adjusted_kg + ?, left_kg = left_kg + ?,
             status = CASE WHEN status = 'used_up' AND ? > 0 THEN 'available' ELSE status END WHERE id = ?"""
    db.execute(sql, (kg, kg, kg, _lot(db, event)))


def _discarded(db: sqlite3.Connection, event: Event) -> None:
    kg = _mass(event.data.get("kg")) or 0.0
    sql = "UPDATE lots SET discarded_kg = discarded_kg + ?, left_kg = left_kg - ?, status = 'discarded' WHERE id = ?"
    db.execute(sql, (kg, kg, _lot(db, event)))


def _status(status: str) -> Callable[[sqlite3.Connection, Event], None]:
    def record(db: sqlite3.Connection, event: Event) -> None:
        db.execute("UPDATE lots SET status = ? WHERE id = ?", (status, _lot(db, event)))

    return record


def _consumed(db: sqlite3.Connection, event: Event) -> None:
    """A raw or semi-finished lot went into a batch; the ``lot`` event of the batch itself may have told it before."""
    lot, batch, kg = _lot(db, event), _text(event.batch), _mass(event.data.get("kg"))
    if not lot or not batch:
        return
    _touch(db, lot, "raw")
    _touch(db, batch, "batch")
    (material,) = _words(event.data, "material")
    _forget_twin(db, event, lot, batch, kg, material)
    _edge(db, event, "consumed", lot, batch, kg, material=material)
    left = _mass(event.data.get("left_kg"))
    sql = "UPDATE lots SET left_kg = ?, material = CASE material WHEN '' THEN ? ELSE material END WHERE id = ?"
    db.execute(sql, (left, material, lot))


def _forget_twin(db: sqlite3.Connection, event: Event, lot: str, batch: str, kg: float | None, material: str) -> None:
    """Take out the edge that the batch's own event made of the same use, under the number that the operator typed."""
    row = db.execute(
        """SELECT id, src, kg FROM lot_edges WHERE dst = ? AND kind = 'consumed' AND told = 'batch'
           AND abs(coalesce(kg, 0) - ?) < ? AND ((src = ? AND time_ns BETWEEN ? AND ?) OR (material = ? AND time_ns = ?))
           ORDER BY src <> ?, id LIMIT 1""",
        (batch, kg or 0.0, 1e-3, lot, event.time_ns - _SAME_USE_NS, event.time_ns, material, event.time_ns, lot),
    ).fetchone()
    if row is None:
        return
    edge, src, told_kg = cast(tuple[int, str, float | None], row)
    db.execute("DELETE FROM lot_edges WHERE id = ?", (edge,))
    _sums(db, src, batch, -(told_kg or 0.0))
    db.execute(
        """DELETE FROM lots WHERE id = ? AND told = 0 AND id <> ? AND NOT EXISTS (SELECT 1 FROM lot_edges WHERE src = lots.id)
           AND NOT EXISTS (SELECT 1 FROM lot_edges WHERE dst = lots.id)""",
        (src, lot),
    )


def _produced(db: sqlite3.Connection, event: Event) -> None:
    lot, data, batch = _text(event.source), event.data, _text(event.batch)
    if not lot:
        return
    kg = _mass(data.get("kg"))
    kind = "batch" if lot == batch else "semi" if data.get("kind") == "semi" else "product"
    _touch(db, lot, kind)
    material = _text(data.get("product")) or _text(data.get("material"))
    db.execute(
        """UPDATE lots SET kind = CASE kind WHEN 'batch' THEN kind ELSE ? END, told = 1,
           material = coalesce(nullif(?, ''), material), expires = coalesce(nullif(?, ''), expires),
           place = coalesce(nullif(?, ''), place), status = coalesce(nullif(?, ''), status),
           batch = coalesce(nullif(?, ''), batch), made_ns = coalesce(made_ns, ?),
           made_kg = coalesce(made_kg, 0) + ?, made_seq = coalesce(made_seq, ?) WHERE id = ?""",
        (kind, material, *_words(data, "expires", "place", "status"), batch, event.time_ns, kg or 0.0, event.seq, lot),
    )
    given = data.get("from")
    named = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    sources = [_known(db, _text(name)) for name in named if _text(name)]
    _from(db, event, lot, batch, kg, sources)


def _from(db: sqlite3.Connection, event: Event, lot: str, batch: str, kg: float | None, sources: list[str]) -> None:
    """Edges into a lot that was made. What went into the batch that made it came by way of that batch; masses that nobody told
    apart are shared in proportion to what each source still holds."""
    wanted: dict[str, None] = {}
    for source in sources:
        sql = "SELECT dst FROM lot_edges WHERE src = ? AND dst IN (?, ?) AND (kind = 'consumed' OR time_ns = ?)"
        into = {dst for (dst,) in cast(list[tuple[str]], db.execute(sql, (source, lot, batch, event.time_ns)).fetchall())}
        if lot in into or source == lot:
            continue  # told by an event of its own: consumed into it, or rework of this moment; or the lot of the batch itself
        wanted[batch if batch and batch in into else source] = None
    wanted.pop(lot, None)
    if not wanted:
        return
    if len(wanted) == 1:
        shares = {next(iter(wanted)): kg}
    else:
        held = {source: _held(db, source) for source in wanted}
        total = sum(held.values())
        shares = {s: None if kg is None else kg * h / total if total > 0.0 else kg / len(held) for s, h in held.items()}
    for source, part in shares.items():
        _touch(db, source, "batch" if source == batch else "raw")
        _edge(db, event, "produced", source, lot, part, shared=len(shares) > 1)


def _held(db: sqlite3.Connection, lot: str) -> float:
    sql = "SELECT coalesce(made_kg, in_kg - packed_kg) + adjusted_kg - out_kg - discarded_kg FROM lots WHERE id = ?"
    row = cast(tuple[float] | None, db.execute(sql, (lot,)).fetchone())
    return max(0.0, row[0]) if row else 0.0


def _packed(db: sqlite3.Connection, event: Event) -> None:
    data, batch = event.data, _text(event.batch)
    sscc = _text(data.get("sscc"))
    packed = packed_id(sscc or f"#{event.seq}")
    named = _text(event.source)
    lot = _known(db, batch if named in (sscc, packed, "") else named)
    if not lot:
        return
    kg = _mass(data.get("kg"))
    _touch(db, lot, "batch" if lot == batch else "product")
    _touch(db, packed, "packed")
    db.execute(
        """UPDATE lots SET told = 1, material = ?, gtin = ?, expires = ?, place = ?, batch = ?, packs = coalesce(packs, 0) + ?,
           made_ns = coalesce(made_ns, ?), made_kg = coalesce(made_kg, 0) + ?, made_seq = coalesce(made_seq, ?) WHERE id = ?""",
        (*_words(data, *_OF_PACKED), batch, _count(data.get("packs")) or 0, event.time_ns, kg or 0.0, event.seq, packed),
    )
    _edge(db, event, "packed", lot, packed, kg, material=_text(data.get("product")))


def _rework(db: sqlite3.Connection, event: Event) -> None:
    lot, into = _lot(db, event), _known(db, _text(event.data.get("into")))
    if not lot or not into:
        return
    kg = _mass(event.data.get("kg"))
    _touch(db, lot, "batch")
    _touch(db, into, "semi")
    told = db.execute(
        "UPDATE lot_edges SET kind = 'rework' WHERE src = ? AND dst = ? AND kind = 'produced' AND time_ns = ?",
        (lot, into, event.time_ns),
    ).rowcount  # the lot that was made of it has told the same mass
    if not told:
        _edge(db, event, "rework", lot, into, kg)


def _dispatched(db: sqlite3.Connection, event: Event) -> None:
    """Goods left the plant: an edge to the customer, and the packed units that were named are there now."""
    lot, customer, data = _lot(db, event), _text(event.data.get("customer")), event.data
    if not lot or not customer:
        return
    to = CUSTOMER + customer
    _touch(db, lot, "batch")
    _touch(db, to, "customer")
    _edge(db, event, "dispatched", lot, to, _mass(data.get("kg")), material=_text(data.get("document")))
    db.execute("UPDATE lots SET left_kg = ? WHERE id = ?", (_mass(data.get("left_kg")), lot))
    named = data.get("sscc")
    for sscc in named if isinstance(named, list | tuple) else ():
        if isinstance(sscc, str):
            db.execute("UPDATE lots SET status = 'dispatched', place = ? WHERE id = ?", (customer, packed_id(sscc)))


def _parted(kind: str) -> Callable[[sqlite3.Connection, Event], None]:
    """Mass of a lot that goes into another one whole: a part of it got a number of its own, or all of it a new one."""

    def record(db: sqlite3.Connection, event: Event) -> None:
        lot, into = _lot(db, event), _text(event.data.get("into"))
        if not lot or not into:
            return
        _touch(db, lot, "raw")
        _touch(db, into, "raw")
        _edge(db, event, kind, lot, into, _mass(event.data.get("kg")), material=_material(db, lot))
        gone = "merged" if kind == "merge" else ""
        sql = "UPDATE lots SET left_kg = ?, status = coalesce(nullif(?, ''), status) WHERE id = ?"
        db.execute(sql, (_mass(event.data.get("left_kg")), gone, lot))

    return record


def _material(db: sqlite3.Connection, lot: str) -> str:
    row = cast(tuple[str] | None, db.execute("SELECT material FROM lots WHERE id = ?", (lot,)).fetchone())
    return row[0] if row else ""


def _formed(db: sqlite3.Connection, event: Event) -> None:
    """What was told of a lot that came of others: as a reception, but it is nobody's delivery."""
    lot, data = _text(event.source), event.data
    if not lot:
        return
    _touch(db, lot, "raw")
    db.execute(
        """UPDATE lots SET kind = 'raw', told = 1, material = ?, supplier = ?, supplier_lot = ?, produced = ?, expires = ?,
           gtin = ?, place = ?, status = ?, made_ns = coalesce(made_ns, ?), made_kg = coalesce(made_kg, 0) + ?,
           made_seq = coalesce(made_seq, ?) WHERE id = ?""",
        (*_words(data, *_OF_RECEIVED), event.time_ns, _mass(data.get("kg")) or 0.0, event.seq, lot),
    )


# Events of batches


def _created(db: sqlite3.Connection, event: Event) -> None:
    batch = _text(event.batch or event.source)
    if batch:
        _touch(db, batch, "batch")
        sql = """UPDATE lots SET kind = 'batch', told = 1, made_ns = ?, batch = id, material = CASE material WHEN '' THEN ?
                 ELSE material END, made_seq = coalesce(made_seq, ?) WHERE id = ?"""
        db.execute(sql, (event.time_ns, _text(event.data.get("recipe")), event.seq, batch))


def _batch_lot(db: sqlite3.Connection, event: Event) -> None:
    """A lot as it was typed in: all that is known of it on a line without a catalogue of materials."""
    lot, batch, kg = _text(event.data.get("lot")), _text(event.batch), _mass(event.data.get("kg"))
    if not lot or not batch:
        return
    lot, material = _known(db, lot), _text(event.data.get("material"))
    sql = """SELECT 1 FROM lot_edges WHERE src = ? AND dst = ? AND time_ns = ? AND told = 'lot' AND kind = 'consumed'
             AND abs(coalesce(kg, 0) - ?) < ?"""
    if db.execute(sql, (lot, batch, event.time_ns, kg or 0.0, 1e-3)).fetchone() is not None:
        return
    _touch(db, lot, "raw")
    _touch(db, batch, "batch")
    _edge(db, event, "consumed", lot, batch, kg, material=material)
    db.execute("UPDATE lots SET material = CASE material WHEN '' THEN ? ELSE material END WHERE id = ?", (material, lot))


def _transfer(db: sqlite3.Connection, event: Event) -> None:
    """Product went from unit to unit inside a batch: no edge between lots, but the batch knows when it was where."""
    batch = _text(event.batch)
    if batch:
        to, from_ = _words(event.data, "to", "from")
        _touch(db, batch, "batch")
        _edge(db, event, "transfer", batch, batch, _mass(event.data.get("kg")), unit=to, from_unit=from_)


def _acquired(db: sqlite3.Connection, event: Event) -> None:
    unit, role = _words(event.data, "unit", "role")
    if unit and event.batch:
        row = (_text(event.batch), unit, role, event.time_ns, event.seq)
        db.execute("INSERT INTO lot_units (lot, unit, role, from_ns, from_seq) VALUES (?,?,?,?,?)", row)


def _released(db: sqlite3.Connection, event: Event) -> None:
    (unit,) = _words(event.data, "unit")
    sql = "UPDATE lot_units SET to_ns = ?, to_seq = ? WHERE lot = ? AND unit = ? AND to_ns IS NULL"
    db.execute(sql, (event.time_ns, event.seq, _text(event.batch), unit))


def _product(db: sqlite3.Connection, event: Event) -> None:
    sql = "UPDATE lots SET status = ? WHERE id = ?"
    db.execute(sql, (_text(event.data.get("to")), _text(event.batch)))


_TOLD: Final[Mapping[str, Mapping[str, Callable[[sqlite3.Connection, Event], None]]]] = {
    EventKind.LOT: {
        "received": _received, "moved": _moved, "adjusted": _adjusted, "consumed": _consumed, "hold": _status("on_hold"),
        "released": _status("available"), "blocked": _status("blocked"), "discarded": _discarded, "used_up": _status("used_up"),
        "produced": _produced, "packed": _packed, "rework": _rework, "dispatched": _dispatched,
        "split": _parted("split"), "merged": _parted("merge"), "formed": _formed,
    },
    EventKind.BATCH: {
        "created": _created, "lot": _batch_lot, "transfer": _transfer, "acquire": _acquired, "release": _released,
        "product": _product,
    },
}  # fmt: skip
