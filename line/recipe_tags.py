"""Tags that say of each unit what its batch makes of the recipe's limits: alarms, expressions and trends can use them.

Like the diagnostic tags they are appended when a line is loaded and nobody writes rows for them; the stage of the batches
publishes their values (``recipes/stage.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from line.documents import Problem, Text
from line.tags import ENGINE_DEVICE, TagDef, TagKind, TagTable

DEVIATION: Final = "Deviation"
"""1 while a watched value of the unit's phase, no critical one, is outside its limits or not Good."""

CCP_HOLD: Final = "CcpHold"
"""1 while a violated critical limit of the unit waits for the disposition of its product."""

_TEXTS: Final[Mapping[str, Text]] = {
    DEVIATION: Text(ru="отклонение от рецепта", en="recipe deviation"),
    CCP_HOLD: Text(ru="ККТ нарушена, ждём решения о продукте", en="CCP violated, awaiting disposition"),
}


def recipe_tag(unit: str, what: str) -> str:
    """The name of the tag: ``Recipe.S401.Deviation``."""
    return f"Recipe.{unit}.{what}"


def add_recipe_tags(tags: TagTable, labels: Mapping[str, str], file: str = "tags.csv") -> tuple[TagTable, list[Problem]]:
    """The table with the tags of every unit (id → label) behind it; a row of ``file`` that takes such a name is a problem."""
    problems: list[Problem] = []
    made: list[TagDef] = []
    for name, text in _wanted(labels):
        given = tags.find(name)
        if given is None:
            made.append(_tag(name, text, len(tags) + len(made)))
        elif not given.broken:
            problems.append(Problem(file, given.line, name, "the engine makes this tag itself", "Remove the row"))
    return TagTable([*tags, *made]), problems


def _wanted(labels: Mapping[str, str]) -> Iterable[tuple[str, Text]]:
    for unit, label in labels.items():
        for what, text in _TEXTS.items():
            yield recipe_tag(unit, what), Text(ru=f"{label}: {text.ru}", en=f"{label}: {text.en}")


def _tag(name: str, text: Text, handle: int) -> TagDef:
    return TagDef(handle, name, TagKind.BOOL, ENGINE_DEVICE, "", "", 0.0, 1.0, 0, 1.0, 0.0, False, 0.0, "", text)
