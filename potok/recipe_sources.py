"""Where the commands of recipes find what they are about: a file, stdin, an id in a line folder; and the line it is for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from line.documents import Document, Problem
from line.messages import JsonObject
from potok.linefolder import APPROVALS, LineError, LoadedLine, find_folder, load_line
from potok.yamlfile import parse_yaml, read_yaml

STDIN = "-"


@dataclass(frozen=True)
class Source:
    """A recipe file that was read. ``folder`` is the line it is for, None when nothing says which."""

    name: str
    document: Document
    folder: Path | None

    @property
    def data(self) -> JsonObject:
        """The data of the file. Raises LineError when it is no mapping."""
        if not isinstance(self.document.data, dict):
            remedy = "Begin with recipe: and version:"
            raise LineError([Problem(self.name, 1, "", "this is no recipe: keys with values are needed here", remedy)])
        return cast(JsonObject, self.document.data)

    def line(self) -> LoadedLine:
        """The line, its own recipes left alone. Raises ValueError when nothing says which, LineError for its faults."""
        if self.folder is None:
            raise ValueError(f"{self.name} lies in no line folder; name the line with --line")
        return load_line(self.folder, recipes=False)


def open_recipe(target: str, line: str = "") -> Source:
    """The recipe that ``target`` means: a file, ``-``, or with ``line`` the id of one of its recipes.

    Raises LineError when it cannot be read, ValueError when there is none.
    """
    if target == STDIN:
        document, problems = parse_yaml(sys.stdin.read(), "stdin")
        return _read("stdin", document, problems, find_folder(line) if line else None)
    path = Path(target)
    if path.is_file() or (not line and not path.exists()):
        document, problems = read_yaml(path)
        return _read(target, document, problems, find_folder(line) if line else _folder_of(path))
    if path.is_dir():
        raise ValueError(f"{target} is a folder; name a file in it")
    folder = find_folder(line)
    known: list[str] = []
    for file in recipe_files(folder):
        document, problems = read_yaml(file, f"recipes/{file.name}")
        recipe = document.data.get("recipe") if document is not None and isinstance(document.data, dict) else file.stem
        known.append(str(recipe))
        if target in (recipe, file.stem):
            return _read(f"recipes/{file.name}", document, problems, folder)
    raise ValueError(f"{line} has no recipe '{target}'; it has {', '.join(known) or 'none'}")


def recipe_files(folder: Path) -> Iterator[Path]:
    """The recipe files of a line, by name."""
    yield from sorted(p for p in (folder / "recipes").glob("*.yaml") if p.name != APPROVALS)


def _read(name: str, document: Document | None, problems: list[Problem], folder: Path | None) -> Source:
    if document is None:
        raise LineError(problems)
    return Source(name, document, folder)


def _folder_of(path: Path) -> Path | None:
    folder = path.resolve().parent.parent
    return folder if (folder / "line.yaml").is_file() else None
