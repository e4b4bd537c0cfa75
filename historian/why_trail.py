"""The journal as an explanation reads it: backwards from an event to what stands before it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from historian.database import decode_object, encode_json
from historian.record_recipe import RecipeWords, find_source, recipe_words
from line.clock import NS_PER_S
from line.messages import Event, JsonObject

OF_BATCH: Final = "kind = 'batch' AND batch = ? AND json_extract(data, '$.what') = ?"
OF_UNIT: Final = "kind = 'unit' AND source = ? AND json_extract(data, '$.what') = ?"
CAME: Final = "kind = 'alarm' AND source = ? AND json_extract(data, '$.event') = 'alarm'"
TO: Final = " AND json_extract(data, '$.to') = ?"
WHOLE_BATCH: Final = " AND coalesce(json_extract(data, '$.node'), '') = ''"
ONE_NODE: Final = " AND json_extract(data, '$.node') = ?"
NOT_BACK: Final = " AND coalesce(json_extract(data, '$.back'), 0) = 0"
"""A deviation that began: another event says when its value is back."""
_COLUMNS: Final = "seq, time_ns, kind, source, unit, batch, data"


@dataclass(frozen=True)
class BatchRecipe:
    """The recipe of a batch: what it was created with, and the words of its content when the data folder holds it."""

    created: Event | None
    hash: str
    words: RecipeWords

    @property
    def id(self) -> str:
        """Id of the recipe."""
        return str(self.created.data.get("recipe", "")) if self.created is not None else ""

    @property
    def version(self) -> str:
        """Version of the recipe."""
        return str(self.created.data.get("version", "")) if self.created is not None else ""


class Trail:
    """Questions to one open journal; ``bound`` is the newest event that counts."""

    def __init__(self, db: sqlite3.Connection, at_ns: int | None) -> None:
        self._db = db
        if at_ns is None:
            row = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        else:
            row = db.execute("SELECT coalesce(max(seq), 0) FROM events WHERE time_ns <= ?", (at_ns,)).fetchone()
        self.bound = cast(tuple[int], row)[0]
        newest = self.last("1", ())
        self.at_ns = at_ns if at_ns is not None else newest.time_ns if newest is not None else 0
        first = self._events("1 ORDER BY seq LIMIT 1", ())
        self.first_ns = first[0].time_ns if first else None
        self._recipes: dict[str, BatchRecipe] = {}

    def last(self, where: str, args: Sequence[str | int], before: int | None = None) -> Event | None:
        """The newest event at or before the bound (or before event ``before``) that fits."""
        bound = self.bound if before is None else min(self.bound, before - 1)
        found = self._events(f"({where}) AND seq <= ? ORDER BY seq DESC LIMIT 1", (*args, bound))
        return found[0] if found else None

    def first(self, where: str, args: Sequence[str | int]) -> Event | None:
        """The oldest event at or before the bound that fits."""
        found = self._events(f"({where}) AND seq <= ? ORDER BY seq LIMIT 1", (*args, self.bound))
        return found[0] if found else None

    def all(self, where: str, args: Sequence[str | int]) -> list[Event]:
        """Every event at or before the bound that fits, ascending."""
        return self._events(f"({where}) AND seq <= ? ORDER BY seq", (*args, self.bound))

    def command(self, command_id: str) -> list[Event]:
        """All events of a command, also those after the bound."""
        return self._events("kind = 'command' AND json_extract(data, '$.id') = ? ORDER BY seq", (command_id,))

    def write(self, tag: str, before: int | None = None) -> Event | None:
        """The newest write of a tag."""
        return self.last("kind = 'write' AND instr(data, ?)", (f'"tag":{encode_json(tag)}',), before)

    def near(self, event: Event, where: str, args: Sequence[str | int], within_s: float, after_s: float = 0.0) -> Event | None:
        """The newest event that fits, at most ``within_s`` before ``event`` and ``after_s`` after it."""
        span = (event.time_ns - round(within_s * NS_PER_S), event.time_ns + round(after_s * NS_PER_S))
        found = self._events(
            f"({where}) AND time_ns BETWEEN ? AND ? AND seq <> ? ORDER BY seq DESC LIMIT 1", (*args, *span, event.seq)
        )
        return found[0] if found else None

    def recipe(self, batch: str) -> BatchRecipe:
        """The recipe of a batch."""
        if batch not in self._recipes:
            self._recipes[batch] = self._recipe(batch)
        return self._recipes[batch]

    def _recipe(self, batch: str) -> BatchRecipe:
        created = self.first("batch = ? AND batch <> '' AND kind = 'batch' AND instr(data, '\"what\":\"created\"')", (batch,))
        if created is None:
            return BatchRecipe(None, "", RecipeWords())
        wanted = str(created.data.get("hash") or created.data.get("fingerprint") or "")
        said = self._events("kind = 'recipe' AND json_extract(data, '$.hash') = ? ORDER BY seq", (wanted,))
        rows = cast(list[tuple[str, str]], self._db.execute("SELECT name, data FROM states").fetchall())
        source, fits = find_source(wanted, {n: decode_object(t) for n, t in rows}, [e.data for e in said])
        return BatchRecipe(created, wanted, recipe_words(source if fits else None))

    def _events(self, where: str, args: Sequence[str | int]) -> list[Event]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM events WHERE {where}", args).fetchall()
        return [Event(*row[:6], decode_object(row[6])) for row in cast(list[tuple[int, int, str, str, str, str, str]], rows)]


def ref(**values: str | int | None) -> JsonObject:
    """The machine-readable part of a link: what is not known is left out."""
    return {k: v for k, v in values.items() if v not in (None, "")}
