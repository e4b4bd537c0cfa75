"""A recipe under work: the text as it is typed, what the server says of it, and what a form reads out of it.

The text is the truth. A form never rewrites it by itself: it asks the server to put one value into the text (comments and
layout stay) and takes what comes back, unless the text was typed on meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.recipes import DRAFT, Recipe
from hmi.viewmodels.wire import EMPTY, Obj
from line.messages import Json

CHECK_AFTER_NS: Final = 700_000_000
"""Rest after the last key before the server is asked."""


@dataclass(frozen=True)
class Fault:
    """A problem of the file: where (line from 1, key) and what to do."""

    line: int
    key: str
    text: Obj
    advice: Obj


@dataclass(frozen=True)
class FormRow:
    """A number that a form offers: where it stands in the data, with its limits where it has any."""

    path: tuple[str, ...]
    name: Obj
    value: float
    lo: float | None
    hi: float | None
    eu: str
    ccp: bool = False


@dataclass(frozen=True)
class Draft:
    """``asked`` is the text that the server is judging, '' when it is not asked; ``judged`` the one that ``data`` and the rest
    belong to; ``typed_ns`` the (monotonic) time of the last key, 0 once it was judged."""

    recipe: str = ""
    base: str = ""
    text: str = ""
    saved_text: str = ""
    asked: str = ""
    judged: str = ""
    typed_ns: int = 0
    hash: str = ""
    data: Obj = field(default_factory=lambda: EMPTY)
    nodes: tuple[Obj, ...] = ()
    faults: tuple[Fault, ...] = ()
    failed: bool = False

    @property
    def changed(self) -> bool:
        """There is something to save."""
        return self.text != self.saved_text

    @property
    def known(self) -> bool:
        """What the server said is about the text as it stands."""
        return bool(self.text) and self.judged == self.text


def taken(draft: Draft, recipe: Recipe) -> str:
    """The number of a changed version when the library refuses it: one that was submitted or approved bears it. Else ''."""
    number = wire.text(draft.data, "version")
    bear = any(v.version == number and v.status != DRAFT for v in recipe.versions)
    return number if bear and draft.changed and draft.known else ""


def opened(recipe: str, stored: Obj) -> Draft:
    """A draft made from a version of the library, of which the server said all already."""
    text = wire.text(stored, "text")
    draft = Draft(recipe=recipe, base=wire.text(stored, "hash"), text=text, saved_text=text)
    return _judged(draft, text, stored) if text else draft


def typed(draft: Draft, text: str, mono_ns: int) -> Draft:
    """The text after a key."""
    return draft if text == draft.text else replace(draft, text=text, typed_ns=mono_ns)


def due(draft: Draft, mono_ns: int) -> bool:
    """Whether the server is to be asked now."""
    return bool(draft.text) and not draft.asked and not draft.known and mono_ns - draft.typed_ns >= CHECK_AFTER_NS


def asked(draft: Draft) -> Draft:
    """The server is being asked about the text as it stands."""
    return replace(draft, asked=draft.text)


def answered(draft: Draft, reply: Obj, mono_ns: int) -> Draft:
    """What the server said; of a text that was typed on meanwhile it is not shown."""
    text, draft = draft.asked, replace(draft, asked="")
    if wire.integer(reply, "status") != 200:
        return replace(draft, failed=True, typed_ns=mono_ns)
    return _judged(draft, text, wire.obj(reply, "data"))


def _judged(draft: Draft, text: str, data: Obj) -> Draft:
    faults = tuple(
        Fault(wire.integer(p, "line"), wire.text(p, "key"), wire.obj(p, "text"), wire.obj(p, "advice"))
        for p in wire.objects(data, "problems")
    )
    return replace(
        draft, judged=text, failed=False, hash=wire.text(data, "hash"), data=wire.obj(data, "data"),
        nodes=tuple(wire.objects(data, "nodes")), faults=faults,
    )  # fmt: skip


def parameter_rows(data: Obj) -> list[FormRow]:
    """The process parameters in the order of the file."""
    return [
        FormRow(
            ("parameters", key, "value"), wire.obj(entry, "name"), wire.number(entry, "value") or 0.0, wire.number(entry, "lo"),
            wire.number(entry, "hi"), wire.text(entry, "eu"), wire.flag(entry, "ccp"),
        )
        for key, entry in _entries(data, "parameters")
    ]  # fmt: skip


def ingredient_rows(data: Obj) -> list[FormRow]:
    """The ingredients in the order of the file: kilograms, with the tolerance as limits around it."""
    rows: list[FormRow] = []
    for key, entry in _entries(data, "ingredients"):
        kg, tolerance = wire.number(entry, "kg") or 0.0, wire.number(entry, "tolerance_pct")
        around = (None, None) if tolerance is None else (kg * (1 - tolerance / 100), kg * (1 + tolerance / 100))
        rows.append(FormRow(("ingredients", key, "kg"), wire.obj(entry, "name"), kg, around[0], around[1], "kg"))
    return rows


def _entries(data: Obj, key: str) -> list[tuple[str, Obj]]:
    return [(name, wire.obj(entry)) for name, entry in wire.obj(data, key).items()]


def change(path: tuple[str, ...], value: Json) -> Obj:
    """One change as the server is asked for it."""
    return {"path": list(path), "value": value}
