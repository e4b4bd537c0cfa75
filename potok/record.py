"""``potok batch record`` and ``potok batch verify``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from historian.queries import JOURNAL_FILE, Queries
from historian.record import canonical
from historian.record_pdf import RenderError, attached_record, is_pdf, render_pdf, same_pages
from historian.record_verify import Finding, read_record, verify_against, verify_record
from line.jsontools import child
from line.messages import JsonObject
from potok.exit_codes import FAILED, OK

_MARKS: Final = {True: "ok     ", False: "FAULT  ", None: "note   "}


def run_batch(options: argparse.Namespace) -> int:
    """Run the action of ``options``. Raises ValueError and OSError for ``potok/commands.py`` to tell."""
    return _ACTIONS[options.action](options)


def data_folder(path: Path) -> Queries:
    """The data folder at ``path``. Raises ValueError when it holds no journal."""
    if not (path / JOURNAL_FILE).is_file():
        raise ValueError(f"{path} is no data folder with a journal in it; name the folder that 'potok serve --data' names")
    return Queries(path)


def run_record(options: argparse.Namespace) -> int:
    """Write the record; exit code 1 for a batch that the journal does not know."""
    queries = data_folder(options.data)
    record = queries.batch_report(options.batch)
    if record is None:
        known = ", ".join(str(b["id"]) for b in queries.batches(10))
        print(
            f"potok: the journal of {options.data} knows no batch {options.batch}; the newest are {known or 'none'}",
            file=sys.stderr,
        )
        return FAILED
    if options.pdf is not None:
        try:
            pdf = render_pdf(record, options.language, options.time_zone)
        except RenderError as error:
            print(f"potok: {error}", file=sys.stderr)
            return FAILED
        except (KeyError, ValueError):
            raise ValueError(f"'{options.time_zone}' is no time zone; write e.g. Europe/Minsk, or UTC") from None
        options.pdf.write_bytes(pdf)
    if str(options.json) == "-" or (options.json is None and options.pdf is None):
        sys.stdout.buffer.write(canonical(record) + b"\n")
        sys.stdout.flush()
        return OK
    if options.json is not None:
        options.json.write_bytes(canonical(record))
    for path in (options.pdf, options.json):
        if path is not None:
            print(f"{_summary(record)} written to {path}", file=sys.stderr)
    return OK


def _summary(record: JsonObject) -> str:
    journal, batch = child(record, "journal"), child(record, "batch")
    what = "record" if batch.get("complete") is True else "record, incomplete: the batch has not ended,"
    return f"{what} of {batch.get('id')} with {journal.get('events')} events, seal {str(record.get('sha256'))[:16]}"


def _verify(options: argparse.Namespace) -> int:
    """Exit code 0 when nothing is wrong, 1 when something is."""
    content = options.file.read_bytes()
    findings: list[Finding] = []
    pdf = content if is_pdf(content) else None
    if pdf is not None:
        attached = attached_record(pdf)
        if attached is None:
            raise ValueError(f"{options.file} is a PDF without a batch record in it")
        content = attached
    try:
        record = read_record(content)
    except ValueError as error:
        raise ValueError(f"{options.file}: {error}") from None
    findings += verify_record(record)
    if pdf is not None:
        findings.append(_pages(pdf, record))
    if options.data is not None:
        data_folder(options.data)
        findings += verify_against(record, options.data)
    intact = all(f.ok is not False for f in findings)
    if options.json:
        listed = [{"check": f.check, "ok": f.ok, "text": f.text} for f in findings]
        print(json.dumps({"ok": intact, "batch": child(record, "batch").get("id"), "findings": listed}, indent=1))
        return OK if intact else FAILED
    for finding in findings:
        print(f"{_MARKS[finding.ok]}{finding.check}: {finding.text}")
    against = (
        f"agrees with {options.data}" if options.data is not None else "is intact in itself; --data compares it with the journal"
    )
    if any(f.check == "pages" and f.ok is None for f in findings):
        against = f"the attached record {against}; the pages were NOT compared, do not rely on them"
    print(f"batch {child(record, 'batch').get('id')}: " + (against if intact else "NOT intact"))
    return OK if intact else FAILED


def _pages(pdf: bytes, record: JsonObject) -> Finding:
    same = same_pages(pdf, record)
    said = {
        True: "the pages are those that its record gives",
        False: "the pages are NOT those that its record gives",
        None: "made by another version of the typesetter or of Potok: the pages were not compared with the record",
    }
    return Finding("pages", same, said[same])


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {"record": run_record, "verify": _verify}
