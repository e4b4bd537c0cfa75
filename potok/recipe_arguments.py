"""Options of ``potok recipe``: each action adds its own; what it does is in the table of ``potok/recipe_tools.py``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from potok.arguments import hours, kilograms, seed

Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
SHORT_MIN: Final = 6
"""Digits of a hash that a person may shorten it to."""
LIBRARY_STEPS: Final = {
    "submit": "ask for the approval of a version that passed its dry run",
    "withdraw": "take a version back from review",
    "reject": "send a version back to who wrote it",
    "approve": "sign a version that somebody else wrote and submitted",
    "obsolete": "sign that a version is not run any more",
}


def add_recipe(commands: Actions) -> None:
    """The command with all of its actions."""
    recipe = commands.add_parser(
        "recipe", help="check, show, compare and export recipes", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = recipe.add_subparsers(dest="action", required=True, metavar="ACTION")
    for add in _ADDERS:
        add(actions)
    recipe.epilog = "".join(action.format_usage() for action in actions.choices.values())


def add_target(parser: argparse.ArgumentParser, name: str = "recipe") -> None:
    """A recipe and the line it is for."""
    parser.add_argument(name, metavar=name.upper(), help="a file, - for stdin, or with --line the id of a recipe of that line")
    add_line(parser)


def add_line(parser: argparse.ArgumentParser) -> None:
    """The line that recipes are for."""
    known = "the line (default: the folder in whose recipes/ the file lies)"
    parser.add_argument("--line", default="", metavar="LINE", help=known)


def _add_check(actions: Actions) -> None:
    check = actions.add_parser("check", help="check a recipe, or all recipes of a line: every fault with line, key and remedy")
    known = "a file, - for stdin, a line, or with --line the id of a recipe (none: all of that line)"
    check.add_argument("recipe", metavar="RECIPE", nargs="?", default="", help=known)
    add_line(check)
    check.add_argument("--json", action="store_true")


def _add_show(actions: Actions) -> None:
    show = actions.add_parser("show", help="print a recipe as people read it: formula for a size, parameters, procedure")
    add_target(show)
    show.add_argument("--size", type=float, default=None, metavar="KG", help="size of the batch (default: the base batch)")
    show.add_argument("--language", choices=("ru", "en"), default="en", help="of names (default %(default)s)")
    show.add_argument("--json", action="store_true")


def _add_diff(actions: Actions) -> None:
    diff = actions.add_parser("diff", help="what differs between two recipes or versions, in words")
    diff.add_argument("before", metavar="BEFORE", help="a file, or with --line the id of a recipe of that line")
    diff.add_argument("after", metavar="AFTER")
    add_line(diff)
    diff.add_argument("--language", choices=("ru", "en"), default="en", help="of the text (default %(default)s)")
    diff.add_argument("--json", action="store_true")


def _add_export(actions: Actions) -> None:
    export = actions.add_parser("export", help="write a recipe as YAML, JSON or BatchML, or the JSON Schema for editors")
    export.add_argument("recipe", metavar="RECIPE", nargs="?", default="", help="a file, - for stdin, or with --line an id")
    add_line(export)
    export.add_argument("--schema", action="store_true", help="the JSON Schema of recipe files instead of a recipe")
    export.add_argument("--format", choices=("yaml", "json", "batchml"), default="yaml", help="default %(default)s")
    _add_out(export)


def _add_import(actions: Actions) -> None:
    known = "read a BatchML master recipe and write it as a recipe file; says what it does not cover"
    import_ = actions.add_parser("import", help=known)
    import_.add_argument("file", metavar="FILE", type=Path, help="a BatchML document (XML)")
    _add_out(import_)


def _add_dry_run(actions: Actions) -> None:
    dry_run = actions.add_parser("dry-run", help="run a recipe on the simulated line: the evidence of an approval")
    add_target(dry_run)
    dry_run.add_argument("--size", type=kilograms, default=None, metavar="KG", help="size of the batch (default: the base batch)")
    dry_run.add_argument("--seed", type=seed, default=1, help="seed of the plant's noise (default %(default)s)")
    dry_run.add_argument("--max-hours", type=hours, default=72.0, metavar="H",
                         help="refuse a batch that has not ended by then (default %(default)g)")  # fmt: skip
    dry_run.add_argument("--json", action="store_true", help="print the report as JSON")
    dry_run.add_argument("--progress", action="store_true", help="tell on stderr how far it is, a line of JSON at a time")


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=None, metavar="FILE", help="write here instead of to stdout")
    parser.add_argument("--force", action="store_true", help="overwrite FILE")


def _add_library(actions: Actions) -> None:
    listed = actions.add_parser("list", help="recipes of a line folder, or with --url of the library, with hash and status")
    listed.add_argument("line", metavar="LINE", nargs="?", default="", help="a line folder, or the name of a shipped line")
    listed.add_argument("--url", default="", help="address of the server, e.g. http://127.0.0.1:8080")
    listed.add_argument("--json", action="store_true")
    for name, told in LIBRARY_STEPS.items():
        step = actions.add_parser(name, help=told)
        step.add_argument("recipe", metavar="RECIPE", help="id of the recipe")
        step.add_argument("hash", metavar="HASH", help=f"hash of the version, {SHORT_MIN} digits at least")
        step.add_argument("--url", required=True, help="address of the server, e.g. http://127.0.0.1:8080")
        step.add_argument("--user", required=True, help="who does it; the password is asked for, or read from stdin")
        step.add_argument("--reason", required=True, help="why: it stays in the journal")


_ADDERS: Final[tuple[Callable[[Actions], None], ...]] = (
    _add_check, _add_show, _add_diff, _add_dry_run, _add_export, _add_import, _add_library,
)  # fmt: skip
