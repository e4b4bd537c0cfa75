"""``potok report shift`` and ``potok report verify``: the report of a shift from the data folder, and whether one is intact."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from historian.record import SEAL, canonical
from historian.sealed import Finding
from historian.shift_report import newest_shift
from historian.shift_report_pdf import names_in, render_shift, same_pages
from historian.shift_report_verify import read_report, verify_against, verify_report
from historian.typeset import RenderError
from line.jsontools import child, objects
from line.messages import JsonObject
from potok.exit_codes import FAILED, OK
from potok.linefolder import find_folder
from potok.record import data_folder
from potok.time_zone import UTC, zone_of_folder
from potok.verifying import Sealed, run_verify

LAST = "last"
"""Word for the last shift that has ended."""


def run_shift_report(options: argparse.Namespace) -> int:
    """Write the report; exit code 1 for a shift that the journal does not know. Raises ValueError and OSError."""
    queries = data_folder(options.data)
    known = queries.shifts()
    shift = newest_shift(known) if options.shift == LAST else options.shift
    zone = options.time_zone or _zone(options.line)
    report = queries.shift_document(shift)
    if report is None:
        newest = ", ".join(str(s["id"]) for s in known[:10])
        print(f"potok: the journal of {options.data} knows no shift {shift}; the newest are {newest or 'none'}", file=sys.stderr)
        return FAILED
    if options.pdf is not None:
        try:
            pdf = render_shift(report, options.language, zone)
        except RenderError as error:
            print(f"potok: {error}", file=sys.stderr)
            return FAILED
        except (KeyError, ValueError):
            raise ValueError(f"'{zone}' is no time zone; write e.g. Europe/Minsk, or UTC") from None
        _write(options.pdf, pdf)
    if options.json is not None:
        _write(options.json, canonical(report) + b"\n")
    if options.pdf is None and options.json is None:
        print(summary(report))
    return OK


def run_verify_report(options: argparse.Namespace) -> int:
    """Is a report intact; exit code 1 when it is not. Raises ValueError and OSError for what cannot be read."""
    if options.data is not None:
        data_folder(options.data)
    return run_verify(options, _SEALED)


def _names(pdf: bytes) -> list[Finding]:
    """Names are no part of the sealed report: whoever reads the pages is told whom they mean."""
    try:
        names = names_in(pdf)
    except ValueError as error:
        return [Finding("names", False, str(error))]
    said = ", ".join(f"{id_} is '{name}'" for words in names.values() for id_, name in words.items())
    return [Finding("names", None, f"on the pages {said}; the seal is over the ids alone")] if said else []


def _id(report: JsonObject) -> str:
    return str(child(report, "shift").get("id"))


_SEALED: Final = Sealed(
    "shift report", "shift", _id, read_report, verify_report, verify_against, same_pages, _names
)  # fmt: skip


def summary(report: JsonObject) -> str:
    """The figures for the terminal."""
    shift, mass, alarms = (child(report, k) for k in ("shift", "mass", "alarms"))
    handover, samples = child(report, "handover"), child(child(report, "ledger"), "samples")
    signed = [p for p in ("outgoing", "incoming") if child(handover, p)]
    state = "open" if shift.get("complete") is not True else f"ended by {shift.get('ended_by')}"
    line = child(child(report, "oee"), "line")
    balance = tuple(_said(mass.get(k)) for k in ("charged_kg", "packed_kg", "yield_pct"))
    gaps = len(objects(child(report, "ledger").get("gaps")))
    lines = [
        f"shift {shift.get('id')}, number {shift.get('number')}, crew {shift.get('crew') or '–'}: {state}, "
        f"signed by {' and '.join(signed) if signed else 'nobody'}, seal {str(report.get(SEAL))[:16]}",
        f"  charged {balance[0]} kg, packed {balance[1]} kg, yield {balance[2]} %, OEE {_said(line.get('oee_pct'))} %",
        f"  {len(objects(report.get('batches')))} batches, {alarms.get('count')} alarms, "
        f"{child(report, 'ccp').get('undecided')} critical deviations without a disposition",
        f"  samples: expected {samples.get('expected')}, stored {samples.get('stored')}, late {samples.get('late')}, "
        f"bad {samples.get('bad')}, forwarded {samples.get('forwarded')}; {gaps} gaps",
    ]
    return "\n".join(lines)


def _said(value: object) -> str:
    return "–" if value is None else str(value)


def _zone(line: str) -> str:
    """The time zone of the line; UTC where none is named."""
    return zone_of_folder(find_folder(line)) if line else UTC


def _write(path: Path, content: bytes) -> None:
    if str(path) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    path.write_bytes(content)
    print(f"written to {path}", file=sys.stderr)
