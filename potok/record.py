"""``potok batch record`` and ``potok batch verify``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from historian.queries import JOURNAL_FILE, Queries
from historian.record import canonical
from historian.record_pdf import RenderError, render_pdf, same_pages
from historian.record_verify import read_record, verify_against, verify_record
from line.jsontools import child
from line.messages import JsonObject
from potok.exit_codes import FAILED, OK
from potok.verifying import Sealed, run_verify


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
    if options.data is not None:
        data_folder(options.data)
    record = Sealed(
        "batch record",
        "batch",
        lambda r: str(child(r, "batch").get("id")),
        read_record,
        verify_record,
        verify_against,
        same_pages,
    )
    return run_verify(options, record)


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {"record": run_record, "verify": _verify}
