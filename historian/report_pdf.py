"""A report of tables as PDF/A-3b with its JSON inside, set from ``report.typ``; blocking, as :mod:`historian.record_pdf` is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from historian.database import encode_json
from historian.record_pdf import is_pdf
from historian.record_printable import printable
from historian.record_words import Writer
from historian.typeset import TYPST, RenderError, set_pages, set_pdf
from line.clock import NS_PER_S
from line.jsontools import whole
from line.messages import Json, JsonObject

TEMPLATE: Final = Path(__file__).with_name("report.typ")
_MADE: Final = "potok-report {language} typst-{version}"


class ReportWriter(Writer):
    """A writer that knows the words of one report besides those of every document."""

    def __init__(self, words: Mapping[str, tuple[str, str]], language: str, zone: str = "UTC") -> None:
        """Raises ZoneInfoNotFoundError (a KeyError) or ValueError for an unknown zone."""
        super().__init__(language, zone)
        self._words = words

    def word(self, key: str, *values: object) -> str:
        """A word of the report, else of any document, with values in its places."""
        found = self._words.get(key)
        if found is None:
            return super().word(key, *values)
        return found[1 if self.language == "en" else 0].format(*values)


def report_document(writer: Writer, title: str, subject: str, foot: str, blocks: list[Json]) -> JsonObject:
    """The document that the template takes."""
    return {
        "title": title, "subject": subject, "foot": foot, "language": writer.language,
        "pages": writer.word("of_pages", "{p}", "{n}"), "blocks": blocks,
    }  # fmt: skip


def render_report(document: JsonObject, content: JsonObject, name: str, time_ns: int) -> bytes:
    """The pages of ``document`` with ``content`` attached as ``name``. Raises RenderError."""
    return set_pdf(TEMPLATE, _inputs(document, content, name), time_ns // NS_PER_S)


def report_pages(document: JsonObject, ppi: float = 100.0) -> list[bytes]:
    """Every page as PNG, to look at."""
    return set_pages(TEMPLATE, _inputs(document, {}, "report.json"), ppi)


def _inputs(document: JsonObject, content: JsonObject, name: str) -> dict[str, str]:
    made = _MADE.format(language=document.get("language"), version=TYPST)
    return {"document": encode_json(printable(document)), "content": encode_json(content), "name": name, "made": made}


def render_report_apart(document: JsonObject, content: JsonObject, name: str, time_ns: int, timeout_s: float = 120.0) -> bytes:
    """As :func:`render_report`, in a process of its own: its memory is given back, and a fault takes nobody along."""
    given = encode_json({"document": document, "content": content, "name": name, "time_ns": time_ns})
    command = [sys.executable, "-m", "historian.report_pdf"]
    try:
        done = subprocess.run(command, input=given.encode(), capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise RenderError(f"the report was not set within {timeout_s:g} s") from None
    if done.returncode or not is_pdf(done.stdout):
        raise RenderError(f"the report cannot be set: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def main() -> None:
    """``python -m historian.report_pdf``: what :func:`render_report` takes as JSON on stdin, the PDF on stdout."""
    given = cast(dict[str, JsonObject], json.load(sys.stdin.buffer))
    time_ns = whole(cast(Json, given["time_ns"]))
    sys.stdout.buffer.write(render_report(given["document"], given["content"], str(given["name"]), time_ns))


if __name__ == "__main__":
    main()
