"""A label as PDF of its own size, set from ``label.typ``; words, sizes and drawn codes come from materials/label_layout.py."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

from historian.database import encode_json
from historian.record_printable import printable
from historian.typeset import set_pages, set_pdf
from line.messages import JsonObject

TEMPLATE: Final = Path(__file__).with_name("label.typ")


def label_pdf(page: JsonObject, made_s: int) -> bytes:
    """One label; ``made_s`` is its date, s UTC. The same page and date give the same bytes. Raises RenderError."""
    return set_pdf(TEMPLATE, _inputs(page), made_s)


def label_png(page: JsonObject, ppi: float = 203.0) -> bytes:
    """The label as a picture, as a printer of 203 dpi sees it. Raises RenderError."""
    return set_pages(TEMPLATE, _inputs(page), ppi)[0]


def _inputs(page: JsonObject) -> dict[str, str]:
    return {"page": encode_json(cast(JsonObject, printable(page)))}
