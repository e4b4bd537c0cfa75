"""The log of a shift alone: what a panel asks for again and again, without the records of its batches."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, cast

from historian.database import decode_object, open_reader
from historian.journal import JOURNAL_VERSION
from historian.record_recipe import NO_NAME, RecipeWords, Words, find_source, recipe_words, text_of
from historian.shift_log import shift_log
from historian.shift_report import names_of_stock, shift_row
from historian.shift_report_facts import ShiftFacts, read_shift_facts
from line.jsontools import child
from line.messages import JsonObject

_NAMING: Final = """kind = 'batch' AND batch = ? AND seq <= ? AND json_extract(data, '$.what') IN ('created', 'lot')"""
_RECIPE: Final = "kind = 'recipe' AND seq <= ? AND json_extract(data, '$.hash') = ?"


def shift_log_document(journal: Path, shift: str) -> JsonObject | None:
    """``{shift, log}`` as the report of the shift has them; None when the journal does not know it.

    Raises sqlite3.Error for a damaged file.
    """
    facts = read_shift_facts(journal, shift)
    if facts is None:
        return None
    names = {**names_of_stock(facts), **_names_of_batches(journal, facts)}
    return {"shift": shift_row(facts), "log": [*shift_log(facts.rows, facts.later, names)]}


def _names_of_batches(journal: Path, facts: ShiftFacts) -> dict[str, Words]:
    """Names of recipes and of what goes into them, by id."""
    db = open_reader(journal, JOURNAL_VERSION)
    if db is None:
        return {}
    with closing(db):
        db.execute("BEGIN")
        return _Names(db, facts.end_seq).of(facts.batches)


class _Names:
    """Each recipe is read once, however many batches were made of it."""

    def __init__(self, db: sqlite3.Connection, end_seq: int) -> None:
        self._db, self._end_seq = db, end_seq
        self._recipes: dict[str, RecipeWords] = {}
        self._states: dict[str, JsonObject] | None = None

    def of(self, batches: tuple[str, ...]) -> dict[str, Words]:
        names: dict[str, Words] = {}
        for batch in batches:
            told = self._data(_NAMING, (batch, self._end_seq))
            made = next((d for d in told if d.get("what") == "created"), {})
            words = self._recipe(str(made.get("hash") or made.get("fingerprint") or ""))
            lots = [str(d.get("material")) for d in told if d.get("what") == "lot"]
            for material in dict.fromkeys([*child(made, "ingredients"), *lots]):
                names[material] = text_of(words.ingredient(material).get("name"))
            names[str(made.get("recipe", ""))] = words.name if made else NO_NAME
        return names

    def _recipe(self, wanted: str) -> RecipeWords:
        known = self._recipes.get(wanted)
        if known is None:
            if self._states is None:
                rows = cast(list[tuple[str, str]], self._db.execute("SELECT name, data FROM states").fetchall())
                self._states = {name: decode_object(text) for name, text in rows}
            events = self._data(_RECIPE, (self._end_seq, wanted)) if wanted else []
            source, fits = find_source(wanted, self._states, events)
            known = self._recipes[wanted] = recipe_words(source if fits else None)
        return known

    def _data(self, where: str, args: tuple[str | int, ...]) -> list[JsonObject]:
        rows = self._db.execute(f"SELECT data FROM events WHERE {where} ORDER BY seq", args).fetchall()
        return [decode_object(row[0]) for row in cast(list[tuple[str]], rows)]
