"""A shift report as PDF/A-3b with its JSON inside, set from ``record.typ``; blocking, as :mod:`historian.record_pdf` is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Final, TypeAlias, cast

from historian.database import encode_json
from historian.record import canonical
from historian.record_pdf import TEMPLATE, is_pdf
from historian.record_printable import printable
from historian.shift_report_document import shift_pages
from historian.typeset import TYPST, RenderError, set_pages, set_pdf
from line.clock import NS_PER_S
from line.jsontools import child, whole
from line.messages import JsonObject

ReportNames: TypeAlias = Mapping[str, Mapping[str, str]]
"""``people``: login → name, ``units``: id → label."""
NO_NAMES: Final[ReportNames] = {}
_MADE: Final = "potok-shift {language} {zone} typst-{version}"


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
    made = _MADE.format(language=language, zone=zone, version=TYPST)
    return {"document": encode_json(document), "record": canonical(report).decode(), "name": name, "made": made}


def main() -> None:
    """``python -m historian.shift_report_pdf LANGUAGE ZONE``: ``{report, names}`` on stdin, its PDF on stdout."""
    given = cast(dict[str, JsonObject], json.load(sys.stdin.buffer))
    names = cast(ReportNames, given["names"])
    sys.stdout.buffer.write(render_shift(given["report"], sys.argv[1], sys.argv[2], names))


if __name__ == "__main__":
    main()
