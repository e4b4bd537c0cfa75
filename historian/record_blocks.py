"""Blocks that the pages of a record are made of: headings, tables with marked cells, names of phases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from historian.record_sections import Entry
from historian.record_words import Writer
from line.jsontools import objects
from line.messages import Json, JsonObject

ROWS_MAX: Final = 1500
"""Rows of one table on paper; the attachment has all of them."""


def heading(writer: Writer, key: str, level: int = 1) -> Entry:
    """A heading by its word."""
    return {"kind": "heading", "text": writer.word(key), "level": level}


def cell(text: str, *, bad: bool = False, strong: bool = False, mono: bool = False) -> Json:
    """A cell of a table, marked where it matters."""
    marks = [m for m, on in (("bad", bad), ("strong", strong), ("mono", mono)) if on]
    return {"text": text, "marks": marks} if marks else text


def table(writer: Writer, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Json]]) -> list[Json]:
    """``columns`` are (word, width): a width as the typesetter takes it, with ``>`` behind it for numbers."""
    if not rows:
        return [{"kind": "text", "text": writer.word("none")}]
    shown: list[Json] = [list(r) for r in rows[:ROWS_MAX]]
    made: Entry = {
        "kind": "table", "columns": [writer.word(word) for word, _ in columns],
        "widths": [w.removesuffix(">") for _, w in columns],
        "right": [w.endswith(">") for _, w in columns], "rows": shown,
    }  # fmt: skip
    more: list[Json] = [{"kind": "text", "text": writer.word("more", len(rows) - ROWS_MAX)}] if len(rows) > ROWS_MAX else []
    return [made, *more]


def place(entry: JsonObject, record: JsonObject, writer: Writer) -> str:
    """Name of the phase that an entry is about, with the run when it was done more than once."""
    same = [s for s in objects(record.get("steps")) if s.get("node") == entry.get("node")]
    node = str(entry.get("node") or "")
    name = (writer.text(same[0].get("name")) if same else "") or node
    run = entry.get("run")
    return f"{name} ({writer.word('run', run)})" if len(same) > 1 and run is not None else name
