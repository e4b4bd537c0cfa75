"""``potok recipe dry-run FILE|ID --line LINE``: the command line of the dry run."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Final

from line.documents import Document
from line.messages import JsonObject
from potok.arguments import hours, seed
from potok.dry_run import DrySettings, dry_run, dry_run_document
from potok.dry_run_follow import Progress
from potok.dry_run_print import print_report
from potok.exit_codes import FAILED, OK
from potok.linefolder import LineError, LoadedLine
from potok.shift_report import with_progress
from potok.yamlfile import parse_yaml, read_yaml

STDIN: Final = "-"


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """The arguments, besides ``--line``."""
    parser.add_argument(
        "recipe", metavar="RECIPE", help="a recipe file, the id of a recipe of the line, or - for a file on stdin"
    )
    parser.add_argument("--size", type=kilograms, default=None, metavar="KG", help="size of the batch (default: the base batch)")
    parser.add_argument("--seed", type=seed, default=1, help="seed of the plant's noise (default %(default)s)")
    parser.add_argument("--max-hours", type=hours, default=72.0, help="refuse what has not ended by then (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--progress", action="store_true", help="tell how far it is on stderr, a line of JSON at a time")


def kilograms(text: str) -> float:
    """The size of a batch. Raises argparse.ArgumentTypeError that says what is wrong."""
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not 0.0 < size < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no size of a batch; write kilograms above 0")
    return size


def run_dry_run(options: argparse.Namespace, line: LoadedLine) -> int:
    """0: the recipe passed, 1: it was refused. Raises LineError for a file that is no YAML, ValueError for a wrong size."""
    settings = DrySettings(options.size, options.seed, options.max_hours)
    if options.progress:
        report = _run(options.recipe, line, settings, _tell)
    else:
        report = with_progress(
            lambda bar: _run(options.recipe, line, settings, lambda told: bar(float(str(told["progress"])))), quiet=options.json
        )
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        print_report(report)
    return OK if report["ok"] is True else FAILED


def _tell(told: JsonObject) -> None:
    print(json.dumps(told), file=sys.stderr, flush=True)


def _run(recipe: str, line: LoadedLine, settings: DrySettings, progress: Progress) -> JsonObject:
    if recipe in line.recipes:
        return dry_run(line, line.recipes[recipe], settings, progress)
    return dry_run_document(line, _document(recipe, line), settings, progress)


def _document(recipe: str, line: LoadedLine) -> Document:
    if recipe == STDIN:
        document, problems = parse_yaml(sys.stdin.read(), "recipe")
    elif not Path(recipe).exists():
        known = ", ".join(line.recipes) or "none"
        raise ValueError(f"there is no file '{recipe}', and no recipe of that id on the line (there are: {known})")
    else:
        document, problems = read_yaml(Path(recipe), Path(recipe).name)
    if document is None:
        raise LineError(problems)
    return document
