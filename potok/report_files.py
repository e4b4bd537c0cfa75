"""What every report does with ``--json``, ``--csv`` and ``--pdf``: files, stdout, and what to say of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from historian.database import encode_json
from historian.report_pdf import render_report
from historian.typeset import RenderError
from line.messages import JsonObject
from potok.exit_codes import FAILED, OK


def write_report(
    options: argparse.Namespace, name: str, content: JsonObject, document: Callable[[], JsonObject], sheet: Callable[[], str],
    time_ns: int, summary: Callable[[], str],
) -> int:  # fmt: skip
    """Write ``content`` as asked for, or print ``summary`` when nothing is. Raises OSError, and ValueError for a time zone."""
    if options.pdf is not None:
        try:
            pages = document()
        except (KeyError, ValueError):
            raise ValueError(f"'{options.time_zone}' is no time zone; write e.g. Europe/Minsk, or UTC") from None
        try:
            _write(options.pdf, render_report(pages, content, f"{name}.json", time_ns))
        except RenderError as error:
            print(f"potok: {error}", file=sys.stderr)
            return FAILED
    if options.csv is not None:
        _write(options.csv, sheet().encode())
    if options.json is not None:
        _write(options.json, encode_json(content).encode() + b"\n")
    if options.pdf is None and options.csv is None and options.json is None:
        print(summary())
    return OK


def _write(path: Path, content: bytes) -> None:
    if str(path) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    path.write_bytes(content)
    print(f"written to {path}", file=sys.stderr)
