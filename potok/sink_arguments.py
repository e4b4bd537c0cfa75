"""Arguments of ``potok sink``; what it does is in potok/sink_cli.py."""

from __future__ import annotations

import argparse
from pathlib import Path

from potok.arguments import count


def add_sink(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command and its actions."""
    plain = argparse.RawDescriptionHelpFormatter
    sink = commands.add_parser("sink", help="where history is forwarded to; points that were refused", formatter_class=plain)
    actions = sink.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="the sinks, what each has taken and refused")
    checked = actions.add_parser("check", help="check sinks.yaml of the data folder; nothing is started or sent")
    dead = actions.add_parser("dead", help="refused points with the sink's words, newest first")
    resend = actions.add_parser("resend", help="have refused points sent again, by the server that runs or the next one")
    drop = actions.add_parser("drop", help="give refused points up; the ledger goes on counting them as not forwarded")
    for action in (listed, checked, dead, resend, drop):
        action.add_argument("--data", type=Path, required=True, help="data folder of the line")
    for action in (dead, resend, drop):
        action.add_argument("--sink", default="influx", metavar="NAME", help="name in sinks.yaml (default %(default)s)")
    dead.add_argument("--limit", type=count, default=50, metavar="N", help="rows to show (default %(default)s)")
    for action in (resend, drop):
        action.add_argument("numbers", metavar="NUMBER", type=count, nargs="*", help="numbers that 'dead' shows")
        action.add_argument("--all", action="store_true", help="all of them")
    for action in (listed, dead):
        action.add_argument("--json", action="store_true")
    sink.epilog = "".join(action.format_usage() for action in actions.choices.values())
