"""Recipes of the line folder, and ``recipes/approvals.yaml``: what was approved elsewhere and comes with the folder.

Who may write into the folder may also change tags and interlocks, so its approvals are trusted as the rest of it is, but only to
begin with: the library believes an entry while it has never had an approved version of that recipe itself. After that a changed
file is a draft like any other (docs/decisions/0022-recipes-are-approved-in-the-library.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from line.clock import NS_PER_S
from line.documents import Document, FileModel, Problem, validate
from line.messages import Json, JsonObject
from recipes.content import sha256
from recipes.model import MasterRecipe
from recipes.recipe_file import Identifier

FILE: Final = "approvals.yaml"


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'\'{text}\' is no time; write "2026-03-01" or "2026-03-01T06:00" (UTC)') from None
    return text


_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class Approval(FileModel):
    """One approval: of exactly ``hash``; ``evidence`` is the hash of the dry run it rests on, '' when none was kept."""

    recipe: Identifier
    version: str = Field(min_length=1, max_length=20)
    hash: _Hash
    author: _Name
    approved_by: _Name
    time: Annotated[str, AfterValidator(_moment)]
    evidence: _Hash | Annotated[str, Field(max_length=0)] = ""

    @property
    def time_ns(self) -> int:
        """When it was approved, ns UTC."""
        moment = datetime.fromisoformat(self.time)
        return max(0, int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())) * NS_PER_S


class ApprovalsFile(FileModel):
    """``recipes/approvals.yaml`` as a whole."""

    keys_in = "docs/howto/approve-a-recipe.md"
    approvals: tuple[Approval, ...]


@dataclass(frozen=True)
class FolderRecipe:
    """A recipe file without problems; ``approval`` is the entry for exactly its content, or None."""

    file: str
    text: str
    master: MasterRecipe
    approval: Approval | None = None

    @property
    def data(self) -> JsonObject:
        """The file's own data."""
        return self.master.source


def load_approvals(document: Document) -> tuple[tuple[Approval, ...], list[Problem]]:
    """Read ``approvals.yaml``; an approval by the author itself is a problem, as it is in the library."""
    file, problems = validate(ApprovalsFile, document)
    if file is None:
        return (), problems
    for i, entry in enumerate(file.approvals):
        if entry.author.strip().casefold() == entry.approved_by.strip().casefold():
            remedy = "An approval is given by a second person; name who that was"
            problems.append(document.problem(("approvals", i, "approved_by"), f"{entry.author} is also the author", remedy))
    return file.approvals, problems


def fingerprint(recipes: Sequence[FolderRecipe]) -> str:
    """Changes when a file or an approval of it does: whether the library has still to look at the folder."""
    rows: list[Json] = [[r.master.fingerprint, sha256(r.text), r.file, r.approval is not None] for r in recipes]
    return sha256(rows)
