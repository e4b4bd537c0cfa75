"""``potok export``: samples of a data folder as CSV or Parquet, also while the line runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping

from rich.console import Console
from rich.progress import Progress

from historian.export import ExportPlan, Format, matching, stored_tags, write_export
from historian.queries import SAMPLES_FOLDER
from potok.exit_codes import OK
from potok.linefolder import find_folder, load_line


def run_export(options: argparse.Namespace) -> int:
    """Write the file; returns the exit code. Raises ValueError for wrong usage, OSError for a file that cannot be written."""
    folder = options.data / SAMPLES_FOLDER
    if not folder.is_dir():
        raise ValueError(f"{options.data} is no data folder: it has no {SAMPLES_FOLDER}")
    if options.to_ns <= options.from_ns:
        raise ValueError("--to must lie after --from")
    as_format = _format(options)
    there = stored_tags(folder, options.from_ns, options.to_ns)
    asked = [name.strip() for name in options.tags.split(",") if name.strip()]
    tags = list(dict.fromkeys([*asked, *matching(there, options.glob)]))
    _check_tags(tags, set(there), options.glob)
    plan = ExportPlan(tags, options.from_ns, options.to_ns, options.period, options.language, _units(options.line))
    if options.json:
        size = write_export(folder, plan, as_format, options.out)
        print(json.dumps({"file": str(options.out), "format": as_format, "tags": tags, "bytes": size}, ensure_ascii=False))
        return OK
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("export", total=1.0)
        size = write_export(folder, plan, as_format, options.out, lambda share: progress.update(task, completed=share))
    print(f"{options.out}: {len(tags)} tags, {size} bytes", file=sys.stderr)
    return OK


def _format(options: argparse.Namespace) -> Format:
    chosen: str = options.format or options.out.suffix.removeprefix(".")
    if chosen == "csv":
        return "csv"
    if chosen in ("parquet", "pq"):
        return "parquet"
    raise ValueError(f"'{options.out.name}' says neither .csv nor .parquet; write --format")


def _check_tags(tags: list[str], there: set[str], patterns: list[str]) -> None:
    if not tags:
        why = f"no tag that was stored in that time fits {', '.join(patterns)}" if patterns else "write --tags or --glob"
        raise ValueError(why)
    unknown = [name for name in tags if name not in there]
    if unknown:
        raise ValueError(f"nothing was stored in that time of {', '.join(unknown)}")


def _units(line: str) -> Mapping[str, str]:
    if not line:
        return {}
    return {tag.name: tag.eu for tag in load_line(find_folder(line)).model.tags if tag.eu}
