"""What others see of the library: the stage ``batches`` a frozen :class:`Library`, the panels the view ``recipes``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from line.messages import Json, JsonObject
from recipes.library_state import APPROVALS, LibraryState, Masters, Version, name_of
from recipes.lifecycle import VersionStatus
from recipes.model import MasterRecipe

LENT: str = "recipes"
"""Key of the :class:`Library` in ``scan.lent``."""


@dataclass(frozen=True, eq=False)
class Library:
    """The library as the later stages of a scan may ask it (``scan.lent["recipes"]``). Nothing in it changes."""

    state: LibraryState
    masters: Masters

    def approved(self, recipe: str) -> MasterRecipe | None:
        """The approved version; None when there is none or this line cannot run it."""
        version = self.state.approved.get(recipe)
        return None if version is None else self.masters.of(version)

    def version(self, hash_: str) -> MasterRecipe | None:
        """The version with this content hash, in whatever status (``MasterRecipe.status``); None as for :meth:`approved`."""
        version = self.state.versions.get(hash_)
        return None if version is None else self.masters.of(version)

    def was_approved(self, hash_: str) -> bool:
        """Whether this version is approved, or was until another took its place."""
        version = self.state.versions.get(hash_)
        if version is None:
            return False
        return version.status is VersionStatus.APPROVED or any(s.meaning in APPROVALS for s in version.signatures)

    def knows(self, recipe: str) -> bool:
        """Whether there is any version of this recipe."""
        return any(v.recipe == recipe for v in self.state.versions.values())


def view(state: LibraryState, masters: Masters) -> JsonObject:
    """The view ``recipes``: every version without its source, newest first."""
    by_recipe: dict[str, list[Version]] = {}
    for version in state.versions.values():
        by_recipe.setdefault(version.recipe, []).append(version)
    return {"recipes": [_recipe(recipe, by_recipe[recipe], state, masters) for recipe in sorted(by_recipe)]}


def _recipe(recipe: str, versions: Sequence[Version], state: LibraryState, masters: Masters) -> dict[str, Json]:
    approved = state.approved.get(recipe)
    newest = sorted(versions, key=lambda v: v.saved_ns, reverse=True)
    shown = approved or next((v for v in newest if v.status is not VersionStatus.OBSOLETE), newest[0])
    return {
        "id": recipe,
        "name": name_of(shown.data).to_json(),
        "approved": None if approved is None else approved.hash,
        "versions": [version_json(v, masters) for v in newest],
    }


def version_json(version: Version, masters: Masters) -> dict[str, Json]:
    """One version as view and API show it; the sizes are in kg, None of a version that this line cannot run."""
    master, evidence = masters.of(version), version.evidence
    return {
        "hash": version.hash, "recipe": version.recipe, "version": version.version, "status": version.status.value,
        "author": version.author, "authors": list(version.authors), "saved_ns": version.saved_ns, "reason": version.reason,
        "base": version.base,
        "file": version.file, "submitted_by": version.submitted_by, "problems": len(masters.problems(version)),
        "name": name_of(version.data).to_json(),
        "base_batch_kg": None if master is None else master.base_batch_kg,
        "size_lo_kg": None if master is None else master.size_lo_kg,
        "size_hi_kg": None if master is None else master.size_hi_kg,
        "evidence": None if evidence is None else {
            "hash": evidence.hash, "ok": evidence.ok, "line_hash": evidence.line_hash, "time_ns": evidence.time_ns,
            "by": evidence.by, "command": evidence.command,
        },
        "signatures": [s.to_json() for s in version.signatures],
        "returned": None if version.returned is None else version.returned.to_json(),
    }  # fmt: skip
