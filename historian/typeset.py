"""Pages set by Typst: PDF/A-3b with a file inside, or PNG to look at. No network, no fonts but those of Typst's wheel.

Blocking and busy for some tenths of a second: call it in a worker. The same inputs give the same bytes with the same version of
Typst (docs/decisions/0024).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

import typst

TYPST: Final = version("typst")
STANDARD: Final[Literal["a-3b"]] = "a-3b"
"""PDF/A-3 (ISO 19005-3): to be kept for years, with the machine-readable source inside."""


class RenderError(RuntimeError):
    """The document cannot be set; the message says why."""


def set_pdf(template: Path, inputs: Mapping[str, str], made_s: int) -> bytes:
    """``template`` with ``inputs`` as PDF; ``made_s`` is its date, s UTC. Raises RenderError."""
    try:
        made = _compiler(template, inputs).compile(format="pdf", pdf_standards=[STANDARD], timestamp=made_s)
    except typst.TypstError as error:
        raise RenderError(f"the document cannot be set: {error.message}") from error
    if not isinstance(made, bytes):
        raise RenderError("the document cannot be set: nothing came of it")
    return made


def set_pages(template: Path, inputs: Mapping[str, str], ppi: float = 100.0) -> list[bytes]:
    """Every page as PNG. Raises RenderError."""
    try:
        made = _compiler(template, inputs).compile(format="png", ppi=ppi)
    except typst.TypstError as error:
        raise RenderError(f"the document cannot be set: {error.message}") from error
    if made is None:
        raise RenderError("the document cannot be set: nothing came of it")
    return made if isinstance(made, list) else [made]


def _compiler(template: Path, inputs: Mapping[str, str]) -> typst.Compiler:
    return typst.Compiler(template.read_bytes(), root=template.parent, font_paths=_fonts(), sys_inputs=dict(inputs))


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
