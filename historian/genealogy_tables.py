"""Tables of the genealogy in ``journal.db``: what each lot is, what went from which into which, when a batch had which unit.

They sum up events and can be made from them again. In a file of before they are made when the engine opens it.
"""

from __future__ import annotations

import sqlite3
from typing import Final

GENEALOGY_VERSION: Final = 2
"""A file with another one is given new tables from its events."""

_LOTS: Final = """lots (id TEXT PRIMARY KEY, kind TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0,
    material TEXT NOT NULL DEFAULT '',
    supplier TEXT NOT NULL DEFAULT '', supplier_lot TEXT NOT NULL DEFAULT '', produced TEXT NOT NULL DEFAULT '',
    expires TEXT NOT NULL DEFAULT '', gtin TEXT NOT NULL DEFAULT '', place TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '', made_ns INTEGER, made_kg REAL, packs INTEGER, batch TEXT NOT NULL DEFAULT '',
    in_kg REAL NOT NULL DEFAULT 0, out_kg REAL NOT NULL DEFAULT 0, packed_kg REAL NOT NULL DEFAULT 0,
    adjusted_kg REAL NOT NULL DEFAULT 0,
    discarded_kg REAL NOT NULL DEFAULT 0, left_kg REAL, made_seq INTEGER) WITHOUT ROWID"""
_EDGES: Final = """lot_edges (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, src TEXT NOT NULL, dst TEXT NOT NULL, kg REAL,
    time_ns INTEGER NOT NULL, unit TEXT NOT NULL, from_unit TEXT NOT NULL, batch TEXT NOT NULL, material TEXT NOT NULL,
    seq INTEGER NOT NULL, told TEXT NOT NULL, shared INTEGER NOT NULL)"""
_UNITS: Final = """lot_units (lot TEXT NOT NULL, unit TEXT NOT NULL, role TEXT NOT NULL, from_ns INTEGER NOT NULL, to_ns INTEGER,
    from_seq INTEGER NOT NULL, to_seq INTEGER)"""
_RECEIVED: Final = """lot_receipts (lot TEXT NOT NULL, supplier TEXT NOT NULL, supplier_lot TEXT NOT NULL,
    time_ns INTEGER NOT NULL, seq INTEGER NOT NULL)"""
"""Every reception: a number may be given again when its lot is long gone, and who delivered first still is asked for."""
_INDEXES: Final = (
    ("lot_edges_src", "lot_edges (src, dst)"),
    ("lot_edges_dst", "lot_edges (dst, src)"),
    ("lot_units_lot", "lot_units (lot, from_seq)"),
    ("lot_receipts_supplier", "lot_receipts (supplier, time_ns)"),
    ("lots_place", "lots (kind, made_ns)"),
)
TABLES: Final = ("lots", "lot_edges", "lot_units", "lot_receipts")
EVENTS_OF_LOT: Final = "CREATE INDEX IF NOT EXISTS events_lot ON events (source, seq) WHERE kind = 'lot'"
"""The history of a lot is its events."""


def make_tables(db: sqlite3.Connection, schema: str = "main") -> None:
    """The tables and indexes that are missing; ``temp`` puts them in front of those of the file, for this connection only."""
    for table in (_LOTS, _EDGES, _UNITS, _RECEIVED):
        db.execute(f"CREATE TABLE IF NOT EXISTS {schema}.{table}")
    for name, on in _INDEXES:
        db.execute(f"CREATE INDEX IF NOT EXISTS {schema}.{name} ON {on}")


def drop_tables(db: sqlite3.Connection) -> None:
    """Throw the tables away."""
    for table in TABLES:
        db.execute(f"DROP TABLE IF EXISTS main.{table}")
