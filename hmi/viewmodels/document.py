"""A report as the server words it, in blocks, cut into sections for a screen. The same blocks make the PDF (docs/shift.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.wire import Obj
from line.messages import Json

ON_PAPER_ONLY = frozenset({"sign", "page"})
"""Lines to sign by hand and breaks of pages mean nothing on a screen."""
PART_MAX: Final = 320
"""Cells that are set at once: a table of a long shift has thousands, and setting those would hold the panel for seconds."""
CELL_LETTERS: Final = 60
"""A longer text counts as several cells."""
PLOT_CELLS: Final = 20


@dataclass(frozen=True)
class Section:
    """What stands under one heading of the first level."""

    title: str
    blocks: tuple[Obj, ...]


@dataclass(frozen=True)
class Document:
    """``warnings`` stand above every section: that a report is not final is never out of sight."""

    title: str
    subject: str
    complete: bool
    warnings: tuple[str, ...] = ()
    sections: tuple[Section, ...] = field(default=())


@dataclass(frozen=True)
class CellText:
    """A cell or a value: its text, and how it is marked."""

    text: str
    bad: bool = False
    strong: bool = False
    mono: bool = False


def parse_document(data: Obj, first: str) -> Document:
    """The document of ``GET …/pages``; ``first`` is the title of what stands before the first heading."""
    sections: list[Section] = []
    warnings: list[str] = []
    title, blocks = first, list[Obj]()
    for block in wire.objects(data, "blocks"):
        kind = wire.text(block, "kind")
        if kind == "heading" and wire.integer(block, "level", 1) == 1:
            sections += [Section(title, tuple(blocks))] if blocks else []
            title, blocks = wire.text(block, "text"), []
        elif kind == "warning" and not sections and title == first:
            warnings.append(wire.text(block, "text"))
        elif kind not in ON_PAPER_ONLY:
            blocks.append(block)
    sections += [Section(title, tuple(blocks))] if blocks else []
    subject = [wire.text(data, k) for k in ("product", "recipe", "subject")]
    return Document(
        wire.text(data, "title"),
        " · ".join(s for s in subject if s),
        wire.flag(data, "complete"),
        tuple(warnings),
        tuple(sections),
    )


def parts_of(section: Section, most: int = PART_MAX) -> tuple[Section, ...]:
    """The section in parts of about ``most`` cells; a table goes on in the next part under its head. One part at least."""
    parts: list[tuple[Obj, ...]] = []
    here, filled = list[Obj](), 0
    for piece, size in (p for block in section.blocks for p in _pieces(block, most)):
        if here and filled + size > most:
            parts.append(tuple(here))
            here, filled = [], 0
        here.append(piece)
        filled += size
    parts += [tuple(here)] if here or not parts else []
    return tuple(Section(section.title, blocks) for blocks in parts)


def _pieces(block: Obj, most: int) -> Iterator[tuple[Obj, int]]:
    """The block and how much it is; a table or a list of pairs that is more than ``most`` in several."""
    kind = wire.text(block, "kind")
    key = {"table": "rows", "pairs": "pairs"}.get(kind, "")
    if not key:
        yield block, PLOT_CELLS if kind == "plot" else _cells(block.get("text"))
        return
    rows, filled = list[Json](), 0
    for row in wire.items(block, key):
        size = sum(_cells(cell) for cell in wire.items(row))
        if rows and filled + size > most:
            yield {**block, key: rows}, filled
            rows, filled = [], 0
        rows.append(row)
        filled += size
    yield {**block, key: rows}, filled


def _cells(value: Json) -> int:
    return 1 + len(cell_of(value).text) // CELL_LETTERS


def cell_of(value: Json) -> CellText:
    """A cell of a table or the value of a pair: plain text, or ``{text, marks}``."""
    if isinstance(value, str):
        return CellText(value)
    entry = wire.obj(value)
    marks = wire.items(entry, "marks")
    return CellText(wire.text(entry, "text"), "bad" in marks, "strong" in marks, "mono" in marks)


def point_of(value: Json) -> tuple[float, float] | None:
    """Two finite numbers as they come: a place on a plot, or a stretch of it."""
    both = [wire.as_number(v) for v in wire.items(value)]
    if len(both) == 2 and both[0] is not None and both[1] is not None:
        return both[0], both[1]
    return None
