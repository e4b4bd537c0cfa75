"""``potok schema``: JSON Schema of a file of a line folder, for the editor that it is written in."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from line.messages import JsonObject
from potok.exit_codes import OK


def add_schema(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``potok schema``."""
    schema = commands.add_parser("schema", help="JSON Schema of a file of a line folder, for editors")
    schema.add_argument("file", choices=tuple(_SCHEMAS), help="materials.yaml, or a recipe file")
    schema.add_argument("--out", type=Path, default=None, metavar="FILE", help="where to write it (default: stdout)")


def run_schema(options: argparse.Namespace) -> int:
    """Write the schema. Raises OSError."""
    text = json.dumps(_SCHEMAS[options.file](), ensure_ascii=False, indent=1) + "\n"
    if options.out is None:
        sys.stdout.write(text)
    else:
        options.out.write_text(text, encoding="utf-8")
    return OK


def _materials() -> JsonObject:
    from materials.catalogue_schema import materials_schema

    return materials_schema()


def _recipe() -> JsonObject:
    from recipes.schema import recipe_schema

    return recipe_schema()


_SCHEMAS: Final[Mapping[str, Callable[[], JsonObject]]] = {"materials": _materials, "recipe": _recipe}
"""A further file is a further entry."""
