"""The record of a batch: one JSON object, made from the data folder alone, that can be checked afterwards."""

from __future__ import annotations

import hashlib
from typing import Final

from historian import record_events as events
from historian import record_sections as sections
from historian.database import encode_json
from historian.record_curves import Samples, ccp, curves
from historian.record_facts import Facts
from historian.record_recipe import NO_NAME, RecipeWords, find_source, recipe_words
from historian.record_sections import Entry
from line.clock import NS_PER_S
from line.messages import Event, Json, JsonObject

SCHEMA: Final = 1
KIND: Final = "batch_record"
SEAL: Final = "sha256"


def assemble(facts: Facts, samples: Samples) -> JsonObject:
    """The record from its facts and the samples of its curves."""
    made = sections.created(facts)
    wanted = str(made.get("hash") or made.get("fingerprint") or "")
    source, hash_ok = find_source(wanted, facts.states, [e.data for e in facts.recipe_events])
    words = recipe_words(source if hash_ok else None)
    history = [_history(e) for e in facts.recipe_events]
    materials = sections.materials(facts, words)
    record: Entry = {
        "schema": SCHEMA,
        "kind": KIND,
        "batch": _batch(facts, words, wanted),
        "recipe": {
            "id": made.get("recipe", ""), "version": made.get("version", ""), "hash": wanted, "found": source is not None,
            "hash_ok": hash_ok, "source": source, "history": history,
        },
        "journal": {
            "first_seq": facts.first_seq, "last_seq": facts.last_seq, "events": len(facts.rows), "before": facts.before,
            "first": facts.first, "last": facts.last,
        },
        "states": sections.states(facts, words),
        "steps": sections.steps(facts, words),
        "commands": events.commands(facts),
        "changes": sections.changes(facts, words),
        "flow": sections.flow(facts, words),
        "materials": materials,
        "ccp": ccp(facts, words),
        "curves": curves(samples, facts, words),
        "alarms": events.alarms(facts),
        "prompts": sections.prompts(facts),
        "deviations": sections.deviations(facts, words),
        "transfers": [
            {"time_ns": e.time_ns, **{k: e.data.get(k) for k in ("node", "from", "to", "kg")}}
            for e in sections.of(facts, "transfer")
        ],
        "comments": [
            {"time_ns": e.time_ns, "user": e.data.get("user", ""), "text": e.data.get("text", "")}
            for e in sections.of(facts, "comment")
        ],
        "signatures": events.signatures(facts, history),
        "line": events.line_events(facts),
        "totals": sections.totals(facts, words, materials),
        "units": [{"unit": s.unit, "role": s.role, "from_ns": s.from_ns, "to_ns": s.to_ns} for s in facts.spans],
        "events": [event_row(e) for e in facts.rows],
    }  # fmt: skip
    return {**record, SEAL: content_hash(record)}


def content_hash(record: JsonObject) -> str:
    """SHA-256 over the canonical JSON of everything but the seal itself."""
    return hashlib.sha256(canonical({k: v for k, v in record.items() if k != SEAL})).hexdigest()


def canonical(record: JsonObject) -> bytes:
    """The bytes of a record: sorted keys, no spaces, UTF-8. The same record is the same bytes."""
    return encode_json(record).encode()


def event_row(event: Event) -> list[Json]:
    """An event as a row of the record."""
    return [event.seq, event.time_ns, event.kind, event.source, event.unit, event.batch, event.data]


def _batch(facts: Facts, words: RecipeWords, wanted: str) -> Entry:
    made = sections.created(facts)
    states = [e for e in sections.of(facts, "state") if not e.data.get("node")]
    products = sections.of(facts, "product")
    modes = sections.of(facts, "mode")
    started_ns = next((e.time_ns for e in states if e.data.get("to") == "running"), None)
    ended_ns = states[-1].time_ns if states and facts.ended else None
    return {
        "id": facts.batch, "number": made.get("number"), "recipe": made.get("recipe", ""), "version": made.get("version", ""),
        "hash": wanted, "name": words.name if words.source is not None else NO_NAME,
        "product_code": str((words.source or {}).get("product", "")), "size_kg": made.get("size_kg"),
        "mode": modes[-1].data.get("to") if modes else made.get("mode", "automatic"),
        "state": states[-1].data.get("to") if states else "idle", "product": products[-1].data.get("to") if products else "free",
        "created_ns": next((e.time_ns for e in sections.of(facts, "created")), None), "started_ns": started_ns,
        "ended_ns": ended_ns,
        "duration_s": round((ended_ns - started_ns) / NS_PER_S, 1) if ended_ns is not None and started_ns is not None else None,
        "user": made.get("user", ""), "complete": facts.ended,
    }  # fmt: skip


def _history(event: Event) -> Entry:
    data = event.data
    signature = data.get("signature")
    if signature is None and isinstance(signatures := data.get("signatures"), list) and signatures:
        signature = signatures[-1]
    return {
        "time_ns": event.time_ns,
        "seq": event.seq,
        **{k: data.get(k, "") for k in ("what", "user", "reason")},
        "signature": signature,
    }
