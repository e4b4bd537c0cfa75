"""The life of a version of a recipe as one table; the diagram in docs/recipes.md is drawn from it.

Approval follows what 21 CFR 11 and IEC 62443 ask of records taken as good practice: a second person, bound to exactly what was
looked at. A version is immutable; what changes is only what the library says of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class VersionStatus(StrEnum):
    """What the library says of a version."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    OBSOLETE = "obsolete"


class Action(StrEnum):
    """What is done to a version. ``replace`` and ``supersede`` are the library's own: a draft was saved anew under its version,
    another version of the recipe was approved."""

    REPLACE = "replace"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    REJECT = "reject"
    APPROVE = "approve"
    OBSOLETE = "obsolete"
    SUPERSEDE = "supersede"


_V = VersionStatus
_A = Action

LIFECYCLE: Final[Mapping[VersionStatus, Mapping[Action, VersionStatus]]] = {
    _V.DRAFT: {_A.REPLACE: _V.DRAFT, _A.SUBMIT: _V.IN_REVIEW, _A.OBSOLETE: _V.OBSOLETE},
    _V.IN_REVIEW: {_A.WITHDRAW: _V.DRAFT, _A.REJECT: _V.DRAFT, _A.APPROVE: _V.APPROVED},
    _V.APPROVED: {_A.OBSOLETE: _V.OBSOLETE, _A.SUPERSEDE: _V.OBSOLETE},
    _V.OBSOLETE: {},
}
"""Status → action → next status. A missing key is a refusal, with the reason."""


def lifecycle_diagram() -> str:
    """The table as a Mermaid diagram, for docs/recipes.md."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    for status, row in LIFECYCLE.items():
        lines += [f"    {status} --> {target}: {action}" for action, target in row.items()]
        lines += [] if row else [f"    {status} --> [*]"]
    return "\n".join(lines)
