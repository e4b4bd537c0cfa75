"""A shift report as PDF/A-3b with its JSON inside, set from ``record.typ``; blocking, as :mod:`historian.record_pdf` is."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Final, TypeAlias, cast

from historian.database import encode_json
from historian.record import canonical
from historian.record_pdf import TEMPLATE, is_pdf, layout_of, same_file
from historian.record_printable import printable
from historian.shift_report_document import shift_pages
from historian.typeset import RenderError, set_pages, set_pdf
from line.clock import NS_PER_S
from line.jsontools import child, whole
from line.messages import JsonObject

ReportNames: TypeAlias = Mapping[str, Mapping[str, str]]
"""``people``: login → name, ``units``: id → label."""
NO_NAMES: Final[ReportNames] = {}
_MADE: Final = "potok-shift {language} {zone} typst-{version} names-{names}"
_MADE_IN: Final = re.compile(
    rb"potok-shift (ru|en) ([A-Za-z0-9_+/-]{1,60}) typst-([0-9A-Za-z.+-]{1,40}) names-([A-Za-z0-9_=-]{0,100000})"
)
_SOURCES: Final = (
    "record_words", "record_blocks", "record_plots", "record_printable", "report_pdf", "shift_report_document",
    "shift_report_tables", "shift_report_people", "shift_report_words",
)  # fmt: skip
NAMES_MAX: Final = 1024 * 1024


def render_shift(report: JsonObject, language: str = "ru", zone: str = "UTC", names: ReportNames = NO_NAMES) -> bytes:
    """The document in ``language`` (ru, en) with times of ``zone``. Raises RenderError, KeyError or ValueError for a zone."""
    return set_pdf(TEMPLATE, _inputs(report, language, zone, names), whole(child(report, "shift").get("as_of_ns")) // NS_PER_S)


def render_shift_apart(
    report: JsonObject,
    language: str = "ru",
    zone: str = "UTC",
    names: ReportNames = NO_NAMES,
    timeout_s: float = 120.0,
) -> bytes:
    """As :func:`render_shift`, in a process of its own: its memory is given back, and a fault takes nobody along."""
    command = [sys.executable, "-m", "historian.shift_report_pdf", language, zone]
    try:
        given = b'{"report":' + canonical(report) + b',"names":' + canonical({k: dict(v) for k, v in names.items()}) + b"}"
        done = subprocess.run(command, input=given, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise RenderError(f"the report was not set within {timeout_s:g} s") from None
    if done.returncode or not is_pdf(done.stdout):
        raise RenderError(f"the report cannot be set: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def render_shift_pages(report: JsonObject, language: str = "ru", zone: str = "UTC", ppi: float = 100.0) -> list[bytes]:
    """Every page as PNG, to look at."""
    return set_pages(TEMPLATE, _inputs(report, language, zone, NO_NAMES), ppi)


def _inputs(report: JsonObject, language: str, zone: str, names: ReportNames) -> dict[str, str]:
    name = f"shift-{child(report, 'shift').get('id')}.json"
    document = cast(JsonObject, printable(shift_pages(report, language, zone, name, **names)))
    made = _MADE.format(language=language, zone=zone, version=layout(), names=_packed(names))
    return {"document": encode_json(document), "record": canonical(report).decode(), "name": name, "made": made}


@cache
def layout() -> str:
    """As :func:`historian.record_pdf.layout`, of the report of a shift."""
    return layout_of(_SOURCES)


def same_pages(pdf: bytes, report: JsonObject) -> bool | None:
    """Whether the whole file is what :func:`render_shift` makes of ``report`` with the names that it says; None when another
    version of Typst or of Potok made it, whose pages look otherwise."""

    def render(language: str, zone: str, _layout: str, packed: str) -> bytes:
        return render_shift(report, language, zone, _unpacked(packed))

    return same_file(pdf, _MADE_IN, layout(), render)


def names_in(pdf: bytes) -> ReportNames:
    """What the pages call people and units, which the sealed report has by id. Raises ValueError for what cannot be read."""
    made = _MADE_IN.search(pdf)
    return _unpacked(made[4].decode()) if made is not None else NO_NAMES


def _packed(names: ReportNames) -> str:
    """Names as they stand in the PDF, so that its pages can be made again: the report does not hold them."""
    if not any(names.values()):
        return ""
    return base64.urlsafe_b64encode(zlib.compress(canonical({k: dict(v) for k, v in names.items()}), 9)).decode()


def _unpacked(packed: str) -> ReportNames:
    if not packed:
        return NO_NAMES
    try:
        found = cast(object, json.loads(zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed), NAMES_MAX)))
    except (ValueError, zlib.error, RecursionError) as error:
        raise ValueError(f"the names in the PDF cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("the names in the PDF are no lists of names")
    read: dict[str, Mapping[str, str]] = {}
    for key, words in cast(dict[str, object], found).items():
        if key not in ("people", "units") or not isinstance(words, dict):
            raise ValueError("the names in the PDF are no lists of names")
        read[key] = {str(k): str(v) for k, v in cast(dict[str, object], words).items()}
    return read


def main() -> None:
    """``python -m historian.shift_report_pdf LANGUAGE ZONE``: ``{report, names}`` on stdin, its PDF on stdout."""
    given = cast(dict[str, JsonObject], json.load(sys.stdin.buffer))
    names = cast(ReportNames, given["names"])
    sys.stdout.buffer.write(render_shift(given["report"], sys.argv[1], sys.argv[2], names))


if __name__ == "__main__":
    main()
