"""Arguments of ``potok report`` and the way from each sub-command to the room that writes it.

A new report is one function ``_add_NAME`` here, called by :func:`add_report`, and one entry of ``_ACTIONS``, whose value imports
its room when it is run: ``--help`` stays quick.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final


def add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``potok report``: documents from a data folder, also while the line runs."""
    plain = argparse.RawDescriptionHelpFormatter
    report = commands.add_parser("report", help="documents from the data folder: the record of a batch", formatter_class=plain)
    actions = report.add_subparsers(dest="action", required=True, metavar="REPORT")
    _add_batch(actions)
    report.epilog = "".join(action.format_usage() for action in actions.choices.values())


def run_report(options: argparse.Namespace) -> int:
    """Write the report of ``options``; returns the exit code. Raises ValueError and OSError for ``potok/commands.py`` to tell."""
    return _ACTIONS[options.action](options)


def add_language(parser: argparse.ArgumentParser) -> None:
    """``--language`` and ``--time-zone`` of what people read."""
    known = "of the PDF and CSV (default %(default)s)"
    parser.add_argument("--language", "--lang", choices=("ru", "en"), default="ru", help=known)
    parser.add_argument("--time-zone", default="UTC", metavar="ZONE", help="of times in the PDF, e.g. Europe/Minsk (default UTC)")


def _add_batch(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    batch = actions.add_parser("batch", help="the record of a batch, as 'potok batch record' writes it")
    batch.add_argument("batch", metavar="ID", help="id of the batch, e.g. B1001")
    batch.add_argument("--data", type=Path, required=True, help="data folder of the line")
    batch.add_argument("--pdf", type=Path, default=None, metavar="FILE", help="write it as PDF, with the JSON inside")
    batch.add_argument(
        "--json",
        type=Path,
        nargs="?",
        const=Path("-"),
        default=None,
        metavar="FILE",
        help="write it as JSON, - (or no FILE) for stdout",
    )
    add_language(batch)


def _batch(options: argparse.Namespace) -> int:
    from potok.record import run_record

    return run_record(options)


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {"batch": _batch}
