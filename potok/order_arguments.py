"""Arguments of ``potok order``; what it does is in potok/order_cli.py."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_order(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command and its one action."""
    order = commands.add_parser("order", help="production orders from a CSV file: number,recipe,kg,due,shift,priority,notes")
    order.add_argument("action", choices=("import",))
    order.add_argument("file", metavar="FILE", type=Path, help="CSV with a header line; docs/orders.md says its columns")
    where = order.add_mutually_exclusive_group(required=True)
    where.add_argument("--url", default="", help="address of the server, e.g. http://127.0.0.1:8080")
    where.add_argument("--data", type=Path, default=None, help="data folder of a line whose server runs on this machine")
    order.add_argument("--user", required=True, help="a shift lead or above; the password is asked for, or read from stdin")
