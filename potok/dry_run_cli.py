"""``potok recipe dry-run``: the command of the dry run."""

from __future__ import annotations

import argparse
import json
import sys

from line.messages import JsonObject
from potok.dry_run import DrySettings, dry_run_document
from potok.dry_run_print import print_report
from potok.exit_codes import FAILED, OK
from potok.recipe_sources import open_recipe
from potok.shift_report import with_progress


def run_dry_run(options: argparse.Namespace) -> int:
    """0: the recipe passed, 1: it was refused. Raises LineError for a file that cannot be read, ValueError for a wrong size."""
    source = open_recipe(options.recipe, options.line)
    line = source.line()
    settings = DrySettings(options.size, options.seed, options.max_hours)
    if options.progress:
        report = dry_run_document(line, source.document, settings, _tell)
    else:
        report = with_progress(
            lambda bar: dry_run_document(line, source.document, settings, lambda told: bar(_share(told))), quiet=options.json
        )
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        print_report(report)
    return OK if report["ok"] is True else FAILED


def _share(told: JsonObject) -> float:
    share = told["progress"]
    assert isinstance(share, float)
    return share


def _tell(told: JsonObject) -> None:
    print(json.dumps(told), file=sys.stderr, flush=True)
