"""``potok why``: the chain of causes behind a tag, unit, batch, alarm or command."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from historian.record_recipe import hash_fits
from historian.why_names import Names, Place, names_of_line
from line.clock import SystemClock
from line.documents import Document
from line.jsontools import child, objects, whole
from line.messages import JsonObject
from potok.describe import describe
from potok.exit_codes import FAILED, OK
from potok.linefolder import find_folder, load_line
from potok.record import data_folder
from potok.yamlfile import read_yaml
from server.users import Users

USERS_FILE = "users.db"


def run_why(options: argparse.Namespace) -> int:
    """Print the answer and its chain; exit code 1 when the journal knows nothing of the target."""
    queries = data_folder(options.data)
    found = queries.why(options.target, options.at_ns, _names(options.line, options.data))
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _print(found, options.language)
    return OK if found["what"] else FAILED


def _print(found: JsonObject, language: str) -> None:
    print(child(found, "answer").get(language))
    print()
    for number, link in enumerate(objects(found["chain"]), 1):
        print(f"{number:>3}. {child(link, 'text').get(language)}")
        where = _where(child(link, "ref"), whole(link.get("seq")))
        if where:
            print(f"     {where}")


def _where(ref: JsonObject, seq: int) -> str:
    """Where the link was read from: the file and its line, the node of the recipe, the event of the journal."""
    file = f"{ref['file']}:{ref['line']}" if "file" in ref else ""
    recipe = f"recipe {str(ref['hash'])[:12]} {ref.get('node') or ref.get('key') or ''}".strip() if ref.get("hash") else ""
    command = f"command {ref['command']}" if ref.get("command") else ""
    return " · ".join(p for p in (f"event {seq}" if seq else "", command, recipe, file) if p)


def _names(line: str, data: Path) -> Names:
    people = _people(data)
    if not line:
        return Names(people=people)
    folder = find_folder(line)
    loaded = load_line(folder, recipes=False)
    return names_of_line(describe(loaded), people, RecipePlaces(folder), ZoneInfo(loaded.time_zone))


def _people(data: Path) -> Mapping[str, str]:
    """Login → name of the users of this data folder."""
    path = data / USERS_FILE
    if not path.is_file():
        return {}
    users = Users(path, SystemClock())
    try:
        return {u.user: u.name for u in users.list()}
    finally:
        users.close()


class RecipePlaces:
    """Finds a key of a recipe in the files of a line folder: only in a file whose content is the very version that is meant."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: dict[str, Document | None] = {}

    def __call__(self, recipe: str, content: str, key: tuple[str | int, ...]) -> Place | None:
        """File and line, or None."""
        if recipe not in self._documents:
            self._documents[recipe] = self._find(recipe, content)
        document = self._documents[recipe]
        return None if document is None else (document.file, document.line_of(key))

    def _find(self, recipe: str, content: str) -> Document | None:
        for path in sorted((self._folder / "recipes").glob("*.yaml")):
            document, _ = read_yaml(path, f"recipes/{path.name}")
            data = document.data if document is not None else None
            if document is not None and isinstance(data, dict) and data.get("recipe") == recipe and hash_fits(data, content):
                return document
        return None
