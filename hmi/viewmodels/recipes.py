"""The library of recipes as the panel shows it: versions, where each stands in its life, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore, User
from hmi.viewmodels.wire import Obj

DRAFT, IN_REVIEW, APPROVED, OBSOLETE = "draft", "in_review", "approved", "obsolete"

ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    DRAFT: ("trial", "submit"),
    IN_REVIEW: ("trial", "approve", "reject", "withdraw"),
    APPROVED: ("trial", "obsolete"),
    OBSOLETE: (),
}
"""What the panel offers in which state; the engine judges by its own table and says why it refuses."""

ROLE: Final = "technologist"
"""The least role that changes anything in the library, or signs."""

SIGNED: Final = frozenset({"approve", "obsolete"})
"""What an operator's panel may offer too: the signature is a technologist's."""
APPROVALS: Final = frozenset({"approve", "imported"})
"""Meanings of signatures that a version was approved by."""


@dataclass(frozen=True)
class Signature:
    """Who put their name to what; times are UTC in ns. ``previous`` is the version that was in force until an approval, or ''."""

    user: str
    name: str
    role: str
    meaning: str
    time_ns: int
    previous: str = ""


@dataclass(frozen=True)
class Evidence:
    """The dry run that a version has behind it."""

    hash: str
    ok: bool
    time_ns: int
    by: str


@dataclass(frozen=True)
class Returned:
    """Who sent a version back from review, and what they want changed; the time is UTC in ns."""

    user: str
    reason: str
    time_ns: int


@dataclass(frozen=True)
class Version:
    """One version of a recipe, identified by the hash of its content. ``authors`` worked on it, ``author`` saved it last."""

    recipe: str
    hash: str
    version: str
    status: str
    author: str
    saved_ns: int
    reason: str
    problems: int
    evidence: Evidence | None
    signatures: tuple[Signature, ...]
    base: str
    submitted_by: str
    authors: tuple[str, ...] = ()
    returned: Returned | None = None

    @property
    def own_of(self) -> tuple[str, ...]:
        """Whose version it is: who wrote or submitted it, in the order of their work."""
        return tuple(dict.fromkeys(u for u in (*self.authors, self.author, self.submitted_by) if u))


@dataclass(frozen=True)
class Recipe:
    """A recipe with its versions, newest first; ``approved`` is the hash of the one that runs, '' when there is none."""

    id: str
    name: Obj
    versions: tuple[Version, ...]
    approved: str

    def version(self, content: str) -> Version | None:
        """The version with this hash."""
        return next((v for v in self.versions if v.hash == content), None)


def offered(version: Version, user: User | None) -> tuple[str, ...]:
    """The steps that this user is shown: the own version is withdrawn, that of somebody else sent back."""
    steps = ACTIONS.get(version.status, ())
    if user is None:
        return steps
    own = user.user.casefold() in {u.casefold() for u in version.own_of}
    return tuple(s for s in steps if s != ("reject" if own else "withdraw"))


def recipes(store: LineStore) -> tuple[Recipe, ...]:
    """All recipes of the view, by their ids."""
    return store.parsed("recipes", _recipes)


def was_approved(store: LineStore, content: str) -> bool:
    """False when the library knows this version and nobody ever approved it: such a one does not run in automatic mode."""
    found = find_version(store, content)
    if found is None:
        return True
    return found[1].status == APPROVED or any(s.meaning in APPROVALS for s in found[1].signatures)


def find_version(store: LineStore, content: str) -> tuple[Recipe, Version] | None:
    """Recipe and version of this hash."""
    for recipe in recipes(store):
        version = recipe.version(content)
        if version is not None:
            return recipe, version
    return None


def _recipes(view: Obj, before: tuple[Recipe, ...] | None) -> tuple[Recipe, ...]:
    return tuple(_recipe(r) for r in wire.objects(view, "recipes"))


def _recipe(entry: Obj) -> Recipe:
    recipe_id = wire.text(entry, "id")
    versions = tuple(_version(recipe_id, v) for v in wire.objects(entry, "versions"))
    return Recipe(recipe_id, wire.obj(entry, "name"), versions, wire.text(entry, "approved"))


def _version(recipe_id: str, entry: Obj) -> Version:
    evidence = wire.obj(entry, "evidence")
    made = None
    if evidence:
        made = Evidence(
            wire.text(evidence, "hash"), wire.flag(evidence, "ok"), wire.integer(evidence, "time_ns"), wire.text(evidence, "by")
        )
    signatures = tuple(
        Signature(
            wire.text(s, "user"),
            wire.text(s, "name"),
            wire.text(s, "role"),
            wire.text(s, "meaning"),
            wire.integer(s, "time_ns"),
            wire.text(wire.obj(s, "bound"), "previous"),
        )
        for s in wire.objects(entry, "signatures")
    )
    back = wire.obj(entry, "returned")
    returned = Returned(wire.text(back, "user"), wire.text(back, "reason"), wire.integer(back, "time_ns")) if back else None
    authors = tuple(a for a in wire.items(entry, "authors") if isinstance(a, str))
    return Version(
        recipe_id, wire.text(entry, "hash"), wire.text(entry, "version"), wire.text(entry, "status"), wire.text(entry, "author"),
        wire.integer(entry, "saved_ns"), wire.text(entry, "reason"), wire.integer(entry, "problems"), made, signatures,
        wire.text(entry, "base"), wire.text(entry, "submitted_by"), authors, returned,
    )  # fmt: skip
