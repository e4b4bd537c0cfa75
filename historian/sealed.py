"""What is checked of every sealed document: its seal, the journal that it was made from, its curves.

Alone a document can be checked against its own seal. That shows changes by accident or by hand; only the data folder shows one
that was made up as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from historian.journal import verify_chain
from historian.record import SEAL, canonical, content_hash
from line.jsontools import child
from line.messages import Json, JsonObject


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: ``ok`` None says that it is no fault, but worth knowing."""

    check: str
    ok: bool | None
    text: str


def read_sealed(content: bytes, kind: str, schema: int, name: str) -> JsonObject:
    """The document in the bytes of a JSON file. Raises ValueError that says what is wrong; ``name`` is what people call it."""
    try:
        found = cast(object, json.loads(content))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from None
    if not isinstance(found, Mapping) or found.get("kind") != kind:
        raise ValueError(f"this is no {name}: its kind is not '{kind}'")
    document = cast(JsonObject, found)
    if document.get("schema") != schema:
        raise ValueError(f"a {name} of schema {document.get('schema')}; this version of Potok knows {schema}")
    return document


def check_seal(document: JsonObject) -> Finding:
    """Whether the content is what was sealed."""
    wanted, is_ = document.get(SEAL), content_hash(document)
    text = (
        f"the seal fits: SHA-256 {is_}"
        if wanted == is_
        else f"changed after it was made: the seal says {wanted}, the content is {is_}"
    )
    return Finding("seal", wanted == is_, text)


def check_chain(journal: Path) -> Finding:
    """Whether the journal itself is whole. Raises what a file that cannot be read raises."""
    unbroken, broken = verify_chain(journal)
    text = "the chain of the journal is unbroken" if unbroken else f"the chain of the journal is broken at event {broken}"
    return Finding("chain", unbroken, text)


def check_ends(document: JsonObject, again: JsonObject) -> Finding:
    """Whether first and last event have the numbers and hashes that the document says."""
    fits = as_bytes(child(document, "journal")) == as_bytes(child(again, "journal"))
    text = (
        "first and last event stand in the chain where the document says"
        if fits
        else "the chain has other numbers or hashes at its ends than the document says"
    )
    return Finding("ends", fits, text)


def check_content(document: JsonObject, again: JsonObject, apart: Collection[str]) -> Finding:
    """Whether every section is what the data folder gives; those ``apart`` are compared otherwise."""
    sections = {*document, *again} - {"journal", SEAL, *apart}
    wrong = sorted(k for k in sections if as_bytes(document.get(k)) != as_bytes(again.get(k)))
    text = (
        f"differ from what the data folder gives: {', '.join(wrong)}" if wrong else "every section is what the data folder gives"
    )
    return Finding("content", not wrong, text)


def check_curves(
    ours: Sequence[JsonObject], theirs: Sequence[JsonObject], key: Callable[[JsonObject], Sequence[Json]]
) -> Finding:
    """Samples may have been dropped by retention since; what is still there must fit."""
    known = {as_bytes(key(c)): c for c in theirs}
    wrong: list[str] = []
    gone: list[str] = []
    for curve in ours:
        other = known.pop(as_bytes(key(curve)), None)
        if other is not None and as_bytes(curve) == as_bytes(other):
            continue
        lost = other is not None and other.get("kept") in ("part", "none") and curve.get("kept") not in ("none",)
        (gone if lost else wrong).append(str(curve.get("tag") or curve.get("what")))
    wrong += [str(c.get("tag") or c.get("what")) for c in known.values()]
    if wrong:
        return Finding("curves", False, f"differ from the samples of the data folder: {', '.join(wrong)}")
    if gone:
        return Finding("curves", None, f"samples were dropped by retention since, so not compared: {', '.join(gone)}")
    return Finding("curves", True, "the curves are the samples of the data folder")


def as_bytes(value: Json) -> bytes:
    """Equal for two values exactly when their canonical JSON is."""
    return canonical({"": value})


def numbered(numbers: Sequence[int]) -> str:
    """Numbers of events, the first ten by name."""
    shown = ", ".join(str(n) for n in numbers[:10])
    return shown if len(numbers) <= 10 else f"{shown} and {len(numbers) - 10} more"
