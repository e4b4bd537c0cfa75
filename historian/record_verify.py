"""Is a batch record intact, and does it agree with the journal that it was made from?

Alone a record can be checked against its own seal, its sections against its events, its recipe against its hash. That shows
changes by accident or by hand; only the data folder shows a record that was made up as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, cast

from historian import record_events as events
from historian import record_sections as sections
from historian.queries import JOURNAL_FILE, Queries
from historian.record import KIND, SCHEMA
from historian.record_curves import ccp
from historian.record_facts import Facts, newest_of, unit_spans
from historian.record_recipe import RecipeWords, hash_fits, recipe_words
from historian.sealed import (
    Finding,
    as_bytes,
    check_chain,
    check_content,
    check_curves,
    check_ends,
    check_seal,
    numbered,
    read_sealed,
)
from line.jsontools import child, objects, whole
from line.messages import Event, Json, JsonObject


def read_record(content: bytes) -> JsonObject:
    """The record in the bytes of a JSON file. Raises ValueError that says what is wrong."""
    return read_sealed(content, KIND, SCHEMA, "batch record")


def verify_record(record: JsonObject) -> list[Finding]:
    """What the record says about itself."""
    found = [check_seal(record), _recipe(record), *_sections(record)]
    if child(record, "batch").get("complete") is not True:
        found.append(Finding("complete", None, "the batch had not ended when this record was made"))
    return found


def verify_against(record: JsonObject, folder: Path) -> list[Finding]:
    """What the data folder says about the record. Raises what a file that cannot be read raises."""
    journal = folder / JOURNAL_FILE
    found = [check_chain(journal)]
    batch, last_seq = str(child(record, "batch").get("id")), whole(child(record, "journal").get("last_seq"))
    again = Queries(folder).batch_report(batch, last_seq)
    if again is None:
        return [*found, Finding("journal", False, f"the journal of {folder} does not know batch {batch}")]
    found += [
        _events(record, again),
        check_ends(record, again),
        check_content(record, again, {"events", "curves"}),
        _curves(record, again),
    ]
    newest = newest_of(journal, batch)
    if newest > last_seq:
        found.append(
            Finding("newer", None, f"the journal has newer events of this batch, up to {newest}: a new record would hold them")
        )
    return found


def _recipe(record: JsonObject) -> Finding:
    recipe = child(record, "recipe")
    source, wanted = recipe.get("source"), str(recipe.get("hash"))
    if not isinstance(source, Mapping):
        return Finding("recipe", None, f"the recipe {wanted[:12]} is not in the record: the data folder did not hold it")
    fits = hash_fits(source, wanted)
    return Finding(
        "recipe", fits, f"the recipe {'has' if fits else 'does NOT have'} the hash {wanted} that the batch was created with"
    )


_FROM_EVENTS: Final[Mapping[str, Callable[[Facts, RecipeWords], Json]]] = {
    "states": sections.states,
    "steps": sections.steps,
    "commands": lambda facts, _: events.commands(facts),
    "changes": sections.changes,
    "flow": sections.flow,
    "materials": sections.materials,
    "prompts": lambda facts, _: sections.prompts(facts),
    "deviations": sections.deviations,
    "ccp": ccp,
}


def _sections(record: JsonObject) -> list[Finding]:
    """Sections that follow from the events in the record alone: they are reckoned anew."""
    facts = _facts(record)
    if facts is None:
        return [Finding("events", False, "the events of the record cannot be read")]
    source = child(record, "recipe").get("source")
    words = recipe_words(source if isinstance(source, Mapping) and child(record, "recipe").get("hash_ok") is True else None)
    wrong = [name for name, made in _FROM_EVENTS.items() if as_bytes(made(facts, words)) != as_bytes(record.get(name))]
    if wrong:
        return [Finding("sections", False, f"do not follow from the record's own events: {', '.join(wrong)}")]
    return [Finding("sections", True, f"{len(_FROM_EVENTS)} sections follow from the record's {len(facts.rows)} events")]


def _facts(record: JsonObject) -> Facts | None:
    journal, rows = child(record, "journal"), record.get("events")
    batch = str(child(record, "batch").get("id"))
    read: list[Event] = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, list) or len(row) != 7 or not isinstance(row[6], Mapping) or not _is_whole(row[:2]):
            return None
        seq, time_ns, kind, source, unit, of, data = cast(tuple[int, int, str, str, str, str, JsonObject], tuple(row))
        read.append(Event(seq, time_ns, kind, source, unit, of, data))
    if not read or len(read) != journal.get("events") or any(a.seq >= b.seq for a, b in pairwise(read)):
        return None
    last, own = whole(journal.get("last_seq")), [e for e in read if e.batch == batch]
    return Facts(batch, tuple(read), unit_spans(batch, own, last), (), (), {}, read[0].seq, last, "", "", "",
                 child(record, "batch").get("complete") is True)  # fmt: skip


def _is_whole(numbers: Sequence[Json]) -> bool:
    return all(isinstance(n, int) and not isinstance(n, bool) for n in numbers)


def _events(record: JsonObject, again: JsonObject) -> Finding:
    ours, theirs = _rows(record), _rows(again)
    missing, strange = sorted(set(theirs) - set(ours)), sorted(set(ours) - set(theirs))
    changed = sorted(seq for seq in set(ours) & set(theirs) if ours[seq] != theirs[seq])
    faults = [
        f"{words} {numbered(numbers)}"
        for words, numbers in (("missing in the record:", missing), ("not of the journal:", strange), ("changed:", changed))
        if numbers
    ]
    text = "; ".join(faults) if faults else f"all {len(theirs)} events of the batch are there and as in the journal"
    return Finding("events", not faults, text)


def _curves(record: JsonObject, again: JsonObject) -> Finding:
    return check_curves(objects(record.get("curves")), objects(again.get("curves")), _of_curve)


def _of_curve(curve: JsonObject) -> tuple[Json, Json, Json]:
    return curve.get("node"), curve.get("run"), curve.get("tag")


def _rows(record: JsonObject) -> dict[int, bytes]:
    rows = record.get("events")
    return {whole(r[0]): as_bytes(r) for r in rows if isinstance(r, list) and r} if isinstance(rows, list) else {}
