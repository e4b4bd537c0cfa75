"""Arguments of ``potok export``."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from line.clock import NS_PER_MS, NS_PER_S
from potok.arguments import moment_ns

_PERIOD = re.compile(r"(\d{1,9})(ms|s|min|h)", re.ASCII)
_UNITS_NS = {"ms": NS_PER_MS, "s": NS_PER_S, "min": 60 * NS_PER_S, "h": 3600 * NS_PER_S}


def add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command and its options."""
    export = commands.add_parser("export", help="samples of a span of time as CSV or Parquet")
    export.add_argument("--data", type=Path, required=True, help="data folder of the line")
    export.add_argument("--tags", default="", metavar="A,B", help="tags, by name")
    export.add_argument("--glob", action="append", default=[], metavar="PATTERN", help="and all that fit, e.g. 'S401.*'")
    export.add_argument("--from", dest="from_ns", type=moment_ns, required=True, metavar="TIME", help="2026-03-01T06:00, UTC")
    export.add_argument("--to", dest="to_ns", type=moment_ns, required=True, metavar="TIME", help="the first moment that is not")
    export.add_argument("--format", choices=("csv", "parquet"), default=None, help="default: by the ending of the file")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write, whole or not at all")
    export.add_argument("--period", type=period_ns, default=None, metavar="1s|raw",
                        help="a row per period (ms, s, min, h), or as stored (default)")  # fmt: skip
    export.add_argument("--line", default="", metavar="LINE", help="the line, for the units of measure")
    known = "of a CSV: names of columns, comma or point (default %(default)s)"
    export.add_argument("--lang", "--language", dest="language", choices=("ru", "en"), default="ru", help=known)
    export.add_argument("--json", action="store_true", help="say what was written as JSON, no progress bar")


def period_ns(text: str) -> int | None:
    """``1s``, ``500ms``, ``15min``, ``1h`` in ns; None for ``raw``. Raises argparse.ArgumentTypeError."""
    if text == "raw":
        return None
    match = _PERIOD.fullmatch(text)
    if match is None or not int(match[1]) or int(match[1]) * _UNITS_NS[match[2]] > 24 * _UNITS_NS["h"]:
        raise argparse.ArgumentTypeError(f"'{text}' is no period up to a day; write raw, 500ms, 1s, 15min or 1h")
    return int(match[1]) * _UNITS_NS[match[2]]
