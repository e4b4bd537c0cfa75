"""The library of recipes as it stands: every version with what was done to it and by whom. Immutable; the stage replaces it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from line.documents import Document, Problem, Text
from line.messages import Json, JsonObject
from line.model import LineModel
from recipes.checks_units import Circle, circles_together
from recipes.content import content_hash
from recipes.lifecycle import VersionStatus
from recipes.master import load_recipe
from recipes.model import MasterRecipe

APPROVALS: Final = ("approve", "imported")
"""Meanings of signatures that a version was approved by."""
UNKNOWN_NAME: Final = Text(ru="?", en="?")


@dataclass(frozen=True)
class Signature:
    """A signature with what it meant and what it was given for (21 CFR 11.50 and 11.70): ``bound`` are the hashes it binds.

    ``meaning``: approve, obsolete; or imported, of an approval that stood in the line folder and was given elsewhere.
    """

    user: str
    name: str
    role: str
    time_ns: int
    meaning: str
    reason: str
    bound: JsonObject = field(default_factory=dict[str, Json])

    def to_json(self) -> dict[str, Json]:
        """As events, view and journal carry it."""
        return {
            "user": self.user, "name": self.name, "role": self.role, "time_ns": self.time_ns, "meaning": self.meaning,
            "reason": self.reason, "bound": self.bound,
        }  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """A dry run of exactly this content on a line of exactly this configuration.

    ``hash`` is over the report without its curves, ``line_hash`` the configuration it ran on; ``report`` has no curves, they are
    in the journal with the command ``command``.
    """

    hash: str
    ok: bool
    line_hash: str
    time_ns: int
    by: str
    command: str
    report: JsonObject


@dataclass(frozen=True)
class Returned:
    """Who sent a version back from review, when (UTC, ns) and what they want changed."""

    user: str
    reason: str
    time_ns: int

    def to_json(self) -> dict[str, Json]:
        """As view and journal carry it."""
        return {"user": self.user, "reason": self.reason, "time_ns": self.time_ns}


@dataclass(frozen=True)
class Version:
    """One version of a recipe: its content (``data``, and ``text``, the file as it was written) and what is said of it.

    ``author`` is who saved it (for a file of the line folder: whom the file or approvals.yaml names), ``authors`` everybody who
    worked on it since the last approved version: none of them approves it. ``submitted_by`` asked for the review that is under
    way or led to the approval. ``returned`` is why it came back from review; it stays with the draft until that is submitted.
    """

    recipe: str
    version: str
    hash: str
    status: VersionStatus
    author: str
    saved_ns: int
    reason: str
    base: str
    data: JsonObject
    text: str
    authors: tuple[str, ...] = ()
    file: str = ""
    submitted_by: str = ""
    evidence: Evidence | None = None
    signatures: tuple[Signature, ...] = ()
    returned: Returned | None = None


@dataclass(frozen=True)
class LibraryState:
    """All versions by hash, oldest first. ``folder`` is the fingerprint of the line folder's recipes that were taken in last."""

    versions: Mapping[str, Version] = field(default_factory=dict[str, Version])
    folder: str = ""

    @cached_property
    def approved(self) -> Mapping[str, Version]:
        """The approved version of each recipe that has one."""
        return {v.recipe: v for v in self.versions.values() if v.status is VersionStatus.APPROVED}

    def with_version(self, version: Version) -> LibraryState:
        """With ``version`` in the place of the one of its hash, or added at the end."""
        return replace(self, versions={**self.versions, version.hash: version})

    def without(self, hash_: str) -> LibraryState:
        """Without the version ``hash_``."""
        return replace(self, versions={h: v for h, v in self.versions.items() if h != hash_})

    def named(self, recipe: str, version: str) -> list[Version]:
        """The versions of ``recipe`` that bear the number ``version``; more than one only while a changed file waits."""
        return [v for v in self.versions.values() if v.recipe == recipe and v.version == version]


RecipeCheck = Callable[[Document, MasterRecipe], Sequence[Problem]]
"""What a part of the line that recipes know nothing of has against one: its stock of materials."""


class Masters:
    """Recipes resolved against the line, each content once: a memory, not a state. ``check`` judges those besides that the line
    folder did not bring."""

    def __init__(self, model: LineModel, check: RecipeCheck | None = None) -> None:
        self._model = model
        self._check = check
        self._known: dict[str, tuple[MasterRecipe | None, tuple[Problem, ...]]] = {}

    def know(self, master: MasterRecipe) -> None:
        """A recipe that was loaded already."""
        self._known.setdefault(content_hash(master.source), (master, ()))

    def of(self, version: Version) -> MasterRecipe | None:
        """The recipe of ``version`` with the status that it has; None when this line cannot run it."""
        master, _ = self._load(version)
        if master is None:
            return None
        approvals = [s.name for s in version.signatures if s.meaning in APPROVALS]
        return replace(master, status=version.status.value, approved_by=approvals[-1] if approvals else "")

    def circles_with(self, version: Version, approved: Mapping[str, Version]) -> list[Circle]:
        """Circles of waiting that batches of ``version`` would close with those of the other approved recipes."""
        master = self.of(version)
        if master is None:
            return []
        others = [m for v in approved.values() if v.recipe != version.recipe and (m := self.of(v)) is not None]
        known = {(c.recipe.id, c.wait) for c in circles_together(others, self._model)}
        return [c for c in circles_together([master, *others], self._model) if (c.recipe.id, c.wait) not in known]

    def problems(self, version: Version) -> tuple[Problem, ...]:
        """What stands against the content on this line; of a version without its file the lines are 1."""
        return self._load(version)[1]

    def _load(self, version: Version) -> tuple[MasterRecipe | None, tuple[Problem, ...]]:
        if version.hash not in self._known:
            document = Document(version.file or f"{version.recipe}.yaml", dict(version.data))
            self._known[version.hash] = self._checked(document)
        return self._known[version.hash]

    def _checked(self, document: Document) -> tuple[MasterRecipe | None, tuple[Problem, ...]]:
        """A defect of the checks is a problem of this recipe and not the end of the scan that it is saved in."""
        try:
            master, problems = load_recipe(document, self._model)
            if master is not None and self._check is not None and (more := self._check(document, master)):
                return None, tuple(more)
        except Exception as error:
            remedy = "Report it with this recipe; until then it cannot be submitted"
            return None, (document.problem((), f"the checks failed ({type(error).__name__}: {str(error)[:200]})", remedy),)
        return master, tuple(problems)


def name_of(data: JsonObject) -> Text:
    """The name of a recipe that may be broken."""
    name = data.get("name")
    if isinstance(name, Mapping) and isinstance(ru := name.get("ru"), str) and isinstance(en := name.get("en"), str):
        return Text(ru=ru, en=en)
    return UNKNOWN_NAME
