"""Arguments of ``potok batch`` and ``potok why``."""

from __future__ import annotations

import argparse
from pathlib import Path

from potok.arguments import moment_ns


def add_batch(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``potok batch record`` and ``potok batch verify``."""
    plain = argparse.RawDescriptionHelpFormatter
    batch = commands.add_parser("batch", help="the record of a batch as JSON and PDF; is one intact?", formatter_class=plain)
    actions = batch.add_subparsers(dest="action", required=True, metavar="ACTION")

    record = actions.add_parser("record", help="write the record of a batch from the data folder, also while the line runs")
    record.add_argument("batch", metavar="ID", help="id of the batch, e.g. B1001")
    record.add_argument("--data", type=Path, required=True, help="data folder of the line")
    record.add_argument("--pdf", type=Path, default=None, metavar="FILE", help="write it as PDF, with the JSON inside")
    record.add_argument("--json", type=Path, default=None, metavar="FILE", help="write it as JSON, - for stdout")
    record.add_argument("--language", choices=("ru", "en"), default="ru", help="of the PDF (default %(default)s)")
    record.add_argument("--time-zone", default="UTC", metavar="ZONE", help="of times in the PDF, e.g. Europe/Minsk (default UTC)")

    verify = actions.add_parser("verify", help="is a record intact, and does it agree with the journal?")
    verify.add_argument("file", type=Path, metavar="FILE", help="a record as JSON or PDF")
    verify.add_argument("--data", type=Path, default=None, help="data folder of the line, to compare with the journal")
    verify.add_argument("--json", action="store_true")

    batch.epilog = "".join(action.format_usage() for action in actions.choices.values())


def add_why(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``potok why``."""
    why = commands.add_parser("why", help="why is an output, a unit, a batch, an alarm as it is; why was a command refused")
    why.add_argument("target", metavar="TARGET", help="a tag, unit, batch, alarm or command by its id")
    why.add_argument("--data", type=Path, required=True, help="data folder of the line")
    why.add_argument(
        "--at", dest="at_ns", type=moment_ns, default=None, metavar="TIME", help="as it was then, UTC (default: now)"
    )
    why.add_argument("--line", default="", metavar="LINE", help="the line, for names of tags and the lines of its recipe files")
    why.add_argument("--language", choices=("ru", "en"), default="ru", help="of the sentences (default %(default)s)")
    why.add_argument("--json", action="store_true")
