"""The recipe of a batch record: found in the data folder by its hash, and read for names, limits and watches.

The content is read as plain data, without the line that it was checked against: a record can be made years later. What does
not have the expected form is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from line.jsontools import child, finite, objects
from line.messages import Json, JsonObject

Words: TypeAlias = Mapping[str, str]
"""A text in both languages: ``{"ru", "en"}``."""

NO_NAME: Final[Words] = {"ru": "", "en": ""}
_NOT_CONTENT: Final = ("status", "approved_by")
_REFERENCE: Final = re.compile(r"^\$([a-z][a-z0-9_]*)(?:\s*([+-])\s*(\d+(?:\.\d+)?))?$")
_KINDS: Final = ("unit_procedure", "operation", "phase", "parallel", "choose", "repeat", "wait", "keep", "prompt", "branch")
_CHILDREN: Final = ("operations", "phases", "branches", "do")


@dataclass(frozen=True)
class WatchWords:
    """A watch of a phase: ``tag`` still carries ``{u}``; ``lo`` and ``hi`` as in the file."""

    tag: str
    name: Words
    lo: Json
    hi: Json
    at_end: bool
    ccp: bool


@dataclass(frozen=True)
class NodeWords:
    """A node of the procedure as the recipe's source has it; ``key`` is its place there, ``level`` what it is."""

    id: str
    level: str
    name: Words
    key: tuple[str | int, ...]
    role: str = ""
    operation: str = ""
    phase: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    watches: tuple[WatchWords, ...] = ()

    @property
    def has_ccp(self) -> bool:
        """Whether one of its watches is a critical limit."""
        return any(w.ccp for w in self.watches)


@dataclass(frozen=True)
class RecipeWords:
    """What a record and an explanation need of a recipe; ``source`` is None when the data folder does not hold it."""

    source: JsonObject | None = None
    nodes: Mapping[str, NodeWords] = field(default_factory=dict[str, NodeWords])

    @property
    def name(self) -> Words:
        """Name of the product in both languages."""
        return text_of((self.source or {}).get("name"))

    def parameter(self, name: str) -> JsonObject:
        """The entry of a parameter; empty when there is none."""
        return child(child(self.source, "parameters"), name)

    def ingredient(self, name: str) -> JsonObject:
        """The entry of an ingredient; empty when there is none."""
        return child(child(self.source, "ingredients"), name)

    def node_name(self, node: str) -> Words:
        """What people call a node; empty texts when it is not known."""
        words = self.nodes.get(node)
        return words.name if words is not None else NO_NAME

    def phase_node(self, role: str, operation: str, phase: str) -> str:
        """Id of the phase that older events name by role, operation and phase; '' when there is none."""
        return next((n.id for n in self.nodes.values() if (n.role, n.operation, n.phase) == (role, operation, phase)), "")


def recipe_words(source: JsonObject | None) -> RecipeWords:
    """Read a recipe's content."""
    if source is None:
        return RecipeWords()
    parameters = child(source, "parameters")
    found = {n.id: n for n in _nodes(source.get("procedure"), ("procedure",), _Place(), parameters)}
    return RecipeWords(source, found)


def recipe_hash(source: JsonObject) -> str:
    """The content hash of a recipe as the library reckons it (docs/recipes.md)."""
    content = {k: v for k, v in source.items() if k not in _NOT_CONTENT}
    text = json.dumps(_plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def hash_fits(source: JsonObject, wanted: str) -> bool:
    """Whether ``source`` has the hash ``wanted``, by today's rule or by the one of journals from before there was a library."""
    if recipe_hash(source) == wanted:
        return True
    return hashlib.sha256(json.dumps(source, sort_keys=True, ensure_ascii=False).encode()).hexdigest() == wanted


def find_source(
    wanted: str, states: Mapping[str, JsonObject], events: Sequence[JsonObject]
) -> tuple[JsonObject | None, bool | None]:
    """The content with the hash ``wanted``, and whether it really has it.

    Looked for in the events of the library, in its state and in that of the batches, wherever one is filed under that hash.
    """
    wrong: JsonObject | None = None
    for candidate in (*_in_events(wanted, events), *_in_states(wanted, states)):
        if hash_fits(candidate, wanted):
            return candidate, True
        wrong = wrong or candidate
    return wrong, None if wrong is None else False


def text_of(value: Json) -> Words:
    """A text in both languages; empty ones for anything else."""
    if isinstance(value, str):
        return {"ru": value, "en": value}
    if not isinstance(value, Mapping):
        return NO_NAME
    return {"ru": str(value.get("ru", "")), "en": str(value.get("en", ""))}


def resolve(reference: Json, values: Mapping[str, Json]) -> float | None:
    """A number, ``$parameter`` or ``$parameter-5`` as a number, given the parameters of the batch."""
    if not isinstance(reference, str):
        return finite(reference)
    match = _REFERENCE.match(reference.strip())
    base = finite(values.get(match[1])) if match else None
    if match is None or base is None:
        return None
    offset = float(match[3]) if match[3] else 0.0
    return base - offset if match[2] == "-" else base + offset


def _in_events(wanted: str, events: Sequence[JsonObject]) -> Iterator[JsonObject]:
    for data in events:
        for key in ("data", "source"):
            found = data.get(key)
            if data.get("hash") == wanted and isinstance(found, Mapping):
                yield found


def _in_states(wanted: str, states: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for stage in ("recipes", "batches"):
        state = states.get(stage, {})
        for key in ("versions", "recipes"):
            filed = state.get(key)
            listed = [(str(e.get("hash", "")), e) for e in objects(filed)]
            named = [(str(k), v) for k, v in filed.items() if isinstance(v, Mapping)] if isinstance(filed, Mapping) else []
            for name, entry in (*listed, *named):
                if name == wanted:
                    yield _content(entry)


@dataclass(frozen=True)
class _Place:
    """Where a list of entries stands: id and name of what it lies in."""

    prefix: str = ""
    name: Words = field(default_factory=lambda: NO_NAME)
    role: str = ""
    operation: str = ""


def _content(entry: JsonObject) -> JsonObject:
    """The content in an entry of a library: an object, or its canonical text; of a batch's state the entry itself."""
    data = entry.get("data")
    if isinstance(data, str):
        with suppress(ValueError):
            data = json.loads(data)
    return data if isinstance(data, Mapping) else entry


def _nodes(entries: Json, path: tuple[str | int, ...], inside: _Place, parameters: JsonObject) -> Iterator[NodeWords]:
    """A phase without a name of its own has that of its operation."""
    for index, entry in enumerate(objects(entries)):
        level = next((k for k in _KINDS if k in entry), "")
        if not level:
            continue
        here = (*path, index)
        own = str(entry.get("id") or entry[level])
        node = f"{inside.prefix}.{own}" if inside.prefix else own
        role = str(entry[level]) if level == "unit_procedure" else inside.role
        operation = own if level == "operation" else inside.operation
        name = text_of(entry.get("name") or (entry.get("text") if level == "prompt" else inside.name))
        given = child(entry, "parameters") if level == "phase" else {}
        watches = tuple(_watch(w, parameters) for w in objects(entry.get("watch")))
        phase = str(entry[level]) if level == "phase" else ""
        yield NodeWords(node, level, name, here, role, operation, phase, given, watches)
        for key in _CHILDREN:
            yield from _nodes(entry.get(key), (*here, key), _Place(node, name, role, operation), parameters)


def _watch(entry: JsonObject, parameters: JsonObject) -> WatchWords:
    """``ccp`` is said by the watch; in recipes from before that key, by the parameter that a verdict compares with."""
    lo, hi, at_end = entry.get("lo"), entry.get("hi"), entry.get("when") == "end"
    ccp = entry.get("ccp") is True
    if "ccp" not in entry and at_end:
        names = [m[1] for limit in (lo, hi) if isinstance(limit, str) and (m := _REFERENCE.match(limit))]
        ccp = any(child(parameters, n).get("ccp") is True for n in names)
    return WatchWords(str(entry.get("tag", "")), text_of(entry.get("name")), lo, hi, at_end, ccp)


def _plain(value: Json) -> object:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(v) for v in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
