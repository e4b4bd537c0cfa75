"""Who did what in a span of time: commands with their answers, signatures, changed settings; and is the chain whole.

The trail itself is the journal (21 CFR 11.10(e) taken as good practice): this only reads it. Values before and after stand in
the events of the changes; a command that was refused is there too, with the reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, cast

from historian.database import decode_object, open_reader
from historian.journal import JOURNAL_VERSION, verify_chain
from line.jsontools import child, objects
from line.messages import Event, EventKind, Json, JsonObject

SCHEMA: Final = 1
_ANY: Final = frozenset[str]()
WHAT: Final[Mapping[str, frozenset[str]]] = {
    EventKind.COMMAND: _ANY,
    EventKind.RECIPE: _ANY,
    EventKind.SHIFT: _ANY,
    EventKind.SYSTEM: frozenset({"started", "restored", "stopped"}),
    EventKind.UNIT: frozenset({"mode"}),
    EventKind.BATCH: frozenset({"created", "parameter", "mode", "reply", "disposition", "product", "comment"}),
    EventKind.LOT: frozenset(
        {
            "received",
            "moved",
            "adjusted",
            "hold",
            "released",
            "blocked",
            "discarded",
            "produced",
            "rework",
            "split",
            "merged",
            "formed",
            "dispatched",
            "document",
        }
    ),
}
"""Kinds of event in an audit, and which of each; the others follow from these or are values of the process."""
_SHOWN: Final = (
    "from",
    "to",
    "kg_before",
    "kg",
    "parameter",
    "verdict",
    "version",
    "place",
    "into",
    "text",
    "value",
    "number",
    "mode",
)


def audit(journal: Path, from_ns: int, to_ns: int, now_ns: int, user: str = "") -> JsonObject:
    """The entries of ``from_ns <= t < to_ns`` (ns UTC), of one person or of all, by number, and the state of the chain.

    Those of a person are what they did and what they signed for others.

    Raises sqlite3.Error for a file that cannot be read.
    """
    chain_ok, first_wrong = verify_chain(journal)
    entries: dict[int, dict[str, Json]] = {}
    commands: dict[str, dict[str, Json]] = {}
    first, last, newest = 0, 0, ""
    db = open_reader(journal, JOURNAL_VERSION)
    if db is not None:
        with closing(db):
            db.execute("BEGIN")
            sql = """SELECT seq, time_ns, kind, source, unit, batch, data FROM events
                     WHERE kind = ? AND time_ns >= ? AND time_ns < ? ORDER BY seq"""
            for kind, wanted in WHAT.items():
                for row in cast(
                    list[tuple[int, int, str, str, str, str, str]], db.execute(sql, (kind, from_ns, to_ns)).fetchall()
                ):
                    event = Event(*row[:6], _decoded(row[6]))
                    if not wanted or event.data.get("what") in wanted:
                        _enter(event, entries, commands)
            row = db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
            last, digest = cast(tuple[int, bytes], row) if row else (0, b"")
            newest = digest.hex()
            first = cast(tuple[int | None], db.execute("SELECT min(seq) FROM events").fetchone())[0] or 0
    kept = [e for _, e in sorted(entries.items()) if not user or user in (e["user"], e["signer"])]
    return {
        "schema": SCHEMA, "kind": "audit", "made_ns": now_ns, "from_ns": from_ns, "to_ns": to_ns, "user": user,
        "journal": {"first_seq": first, "last_seq": last, "hash": newest, "chain_ok": chain_ok, "first_wrong": first_wrong},
        "entries": cast(Json, kept), "signed": sum(1 for e in kept if e["signed_by"]),
        "refused": sum(1 for e in kept if e["status"] == "refused"),
    }  # fmt: skip


def _decoded(text: str) -> JsonObject:
    try:
        found = decode_object(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _enter(event: Event, entries: dict[int, dict[str, Json]], commands: dict[str, dict[str, Json]]) -> None:
    data = event.data
    if event.kind != EventKind.COMMAND:
        entries[event.seq] = _entry(event)
        return
    known = commands.get(str(data.get("id", "")))
    if known is None:
        known = commands[str(data.get("id", ""))] = entries[event.seq] = _command(event)
    if data.get("status") != "received":
        known["status"] = data.get("status")
        known["refused_for"] = cast(Json, objects(data.get("reasons"))) or known["refused_for"]


def _command(event: Event) -> dict[str, Json]:
    data, args = event.data, child(event.data, "args")
    said = {k: v for k, v in args.items() if k != "signature"}
    return {
        **_common(event, str(data.get("kind", "")), child(args, "signature")), "source": data.get("target", ""),
        "status": data.get("status"), "detail": said, "refused_for": [],
    }  # fmt: skip


def _entry(event: Event) -> dict[str, Json]:
    shown = {k: event.data[k] for k in _SHOWN if event.data.get(k) is not None}
    signature = child(event.data, "signature")
    return {
        **_common(event, str(event.data.get("what", "")), signature), "source": event.source, "status": "",
        "detail": shown, "refused_for": [],
    }  # fmt: skip


def _common(event: Event, what: str, signature: JsonObject) -> dict[str, Json]:
    data = event.data
    who, role = (str(data.get(key) or signature.get(key) or "") for key in ("user", "role"))
    return {
        "seq": event.seq, "time_ns": event.time_ns, "kind": event.kind, "what": what, "unit": event.unit, "batch": event.batch,
        "user": who, "role": role,
        "station": str(data.get("station") or ""), "reason": data.get("reason") if isinstance(data.get("reason"), str) else "",
        "signed_by": str(signature.get("name") or signature.get("user") or ""), "signer": str(signature.get("user") or ""),
    }  # fmt: skip
