"""Configuration documents with positions, and the problems found in them.

``line`` reads no YAML itself: a reader (``potok/yamlfile.py``) hands it a :class:`Document`, plain data plus the line of
every key, so that a fault is reported as file, line, key and remedy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in a configuration file: where it is and what to do about it."""

    file: str
    line: int
    key: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        return f"{where}:{key} {self.message}. {self.remedy}"


@dataclass(frozen=True)
class Document:
    """Parsed file: ``data`` is dicts, lists and scalars; ``lines`` maps a key path to its 1-based line."""

    file: str
    data: Any
    lines: Mapping[KeyPath, int] = field(default_factory=dict[KeyPath, int])

    def line_of(self, path: Sequence[str | int]) -> int:
        """Line of the key at ``path``, or of its nearest known parent; 1 when none is known."""
        keys = tuple(path)
        while keys:
            if keys in self.lines:
                return self.lines[keys]
            keys = keys[:-1]
        return self.lines.get((), 1)

    def problem(self, path: Sequence[str | int], message: str, remedy: str) -> Problem:
        """A :class:`Problem` at ``path`` of this document."""
        return Problem(self.file, self.line_of(path), ".".join(str(k) for k in path), message, remedy)


class FileModel(BaseModel):
    """Base of every model read from a file: unknown keys are faults, instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    keys_in: ClassVar[str] = "docs/howto/line-files.md"
    """The document that lists the keys of the file; the model of a whole file says it."""


class Text(FileModel):
    """A text in the two languages of the panel."""

    ru: str
    en: str

    def get(self, language: str) -> str:
        """The text in ``language`` ('ru' or 'en')."""
        return self.en if language == "en" else self.ru

    def to_json(self) -> dict[str, str]:
        """As events, views and answers carry it."""
        return {"ru": self.ru, "en": self.en}


ModelT = TypeVar("ModelT", bound=BaseModel)

_SHAPES: Final = {
    "tuple_type": ("a list is needed here", "Write [a, b], or one entry per line with a hyphen before it"),
    "list_type": ("a list is needed here", "Write [a, b], or one entry per line with a hyphen before it"),
    "dict_type": ("keys with values are needed here", "Write {key: value}, or one key: value per line below, indented"),
    "model_type": ("keys with values are needed here", "Write {key: value}, or one key: value per line below, indented"),
    "float_parsing": ("this is no number", "Write digits, with a decimal point and without a unit"),
}
"""What the file lacks in its own words, where pydantic speaks of Python."""


def validate(model: type[ModelT], document: Document) -> tuple[ModelT | None, list[Problem]]:
    """Check ``document.data`` against ``model``; every fault becomes a :class:`Problem` with its line."""
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        keys_in = model.keys_in if issubclass(model, FileModel) else FileModel.keys_in
        return None, [_problem(document, cast(dict[str, Any], e), keys_in) for e in error.errors()]


def _problem(document: Document, error: dict[str, Any], keys_in: str) -> Problem:
    kind = str(error["type"])
    path = _path(document.data, cast(KeyPath, error["loc"]), missing=kind == "missing")
    message = str(error["msg"])
    if kind == "missing":
        return document.problem(path, "this key is missing", f"Add it; {keys_in} lists the keys")
    if kind == "extra_forbidden":
        return document.problem(path, "unknown key", "Check the spelling or remove it")
    if kind == "value_error":
        said = str(cast(dict[str, Any], error["ctx"])["error"])  # of our own models: it names what was given where that helps
        return document.problem(path, said, "Correct the value")
    given = f"(given: {repr(error.get('input'))[:80]})"
    if kind == "model_type" and cast(dict[str, Any], error["ctx"]).get("class_name") == Text.__name__:
        return document.problem(path, f"a text in both languages is needed here {given}", "Write {ru: ..., en: ...}")
    if kind in _SHAPES:
        said, remedy = _SHAPES[kind]
        return document.problem(path, f"{said} {given}", remedy)
    return document.problem(path, f"{message[0].lower()}{message[1:]} {given}", "Correct the value")


def _path(data: object, location: KeyPath, *, missing: bool) -> KeyPath:
    """The keys of pydantic's location that stand in the file: without the marks of unions and of mapping keys."""
    path: list[str | int] = []
    for position, key in enumerate(location):
        if isinstance(data, Mapping) and key in data:
            data = cast(Mapping[object, object], data)[key]
        elif isinstance(data, list) and isinstance(key, int) and key < len(cast(list[object], data)):
            data = cast(list[object], data)[key]
        elif not (missing and position == len(location) - 1):
            continue
        path.append(key)
    return tuple(path)
