"""The resolved master recipe: what :func:`recipes.master.load_recipe` makes of a file. Immutable, shared by all batches.

The procedure (ISA-88.00.01 §5.3.2.5) is a tree of blocks, flattened in pre-order into :attr:`MasterRecipe.nodes`: node 0 is the
procedure, a node's children stand after it. Sequence is what a block does with its children by default; parallel branches,
alternatives and loops are blocks of their own, so that every procedure ends, every branch joins where it began, and both can
be checked before anything runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from line.documents import KeyPath, Text
from line.messages import NO_TEXT, JsonObject


@dataclass(frozen=True)
class Ingredient:
    """A material and its mass, in kg per base batch in a master recipe, of the actual batch in a control recipe."""

    material: str
    name: Text
    kg: float
    tolerance_pct: float


@dataclass(frozen=True)
class Parameter:
    """A process parameter in engineering units; ``lo``..``hi`` are the limits nobody may leave during a batch.

    ``role`` is the least role that may change it in a batch (never a ``ccp``).
    """

    id: str
    name: Text
    value: float
    lo: float
    hi: float
    eu: str
    ccp: bool
    proportional: bool
    role: str = "operator"


@dataclass(frozen=True)
class Operand:
    """A number (``parameter`` empty) or a parameter plus an offset."""

    parameter: str
    offset: float

    def of(self, values: Mapping[str, float]) -> float:
        """The number, given the values of the parameters."""
        return self.offset if not self.parameter else values[self.parameter] + self.offset


UNRESOLVED: Final = "unresolved"
"""Status of a recipe that this line cannot run: its batches take stop and abort only."""


class OnDeviation(StrEnum):
    """What a violated watch does besides its event and alarm: nothing, hold its operation, hold the batch."""

    ALARM = "alarm"
    HOLD_OPERATION = "hold_operation"
    HOLD = "hold"


@dataclass(frozen=True)
class Watch:
    """A condition on a running (or, with ``at_end``, completed) phase. ``tag`` still carries ``{u}``; None means no limit.

    A violated ``ccp`` watch also puts the product on hold until a signed disposition; its quality has no delay.
    """

    tag: str
    name: Text
    lo: Operand | None
    hi: Operand | None
    after_ns: int
    for_ns: int
    at_end: bool
    on: OnDeviation = OnDeviation.HOLD
    ccp: bool = False


@dataclass(frozen=True)
class Requirement:
    """The class of unit of a role and what the panel says while the batch waits for one; ``units`` narrows the class down."""

    role: str
    class_id: str
    waiting: Text
    units: tuple[str, ...] = ()


class NodeKind(StrEnum):
    """What a node of the procedure is. The first four are the levels of ISA-88, the next four structure, the rest leaves."""

    PROCEDURE = "procedure"
    UNIT_PROCEDURE = "unit_procedure"
    OPERATION = "operation"
    PHASE = "phase"
    PARALLEL = "parallel"
    CHOICE = "choice"
    LOOP = "loop"
    BRANCH = "branch"
    WAIT = "wait"
    KEEP = "keep"
    PROMPT = "prompt"


LEAVES = frozenset({NodeKind.PHASE, NodeKind.WAIT, NodeKind.KEEP, NodeKind.PROMPT})
"""Nodes without children: what a batch is doing is a set of these."""


@dataclass(frozen=True)
class Condition:
    """An expression of engineers over tags (``{u}`` the unit of the node, ``{role}`` that of a role), ``$parameters`` and
    ``@prompts`` (the reply as a number: confirm 1, a choice its place from 0, a number itself).

    It holds only while all that it reads is Good and every prompt it names was answered. ``roles`` holds 'u' for ``{u}``.
    """

    source: str
    roles: tuple[str, ...]
    parameters: tuple[str, ...]
    prompts: tuple[str, ...]


@dataclass(frozen=True)
class PhaseStep:
    """A phase of the equipment: ``parameters`` are (name of the phase's parameter, operand).

    ``acquire`` are further roles to own before it starts; ``transfer_to`` those of them that the product goes to,
    ``transfer_mass`` the tag (with ``{u}``) whose change over the phase is the mass moved, '' when none is measured.
    """

    phase: str
    parameters: tuple[tuple[str, Operand], ...]
    acquire: tuple[str, ...]
    watches: tuple[Watch, ...]
    transfer_to: tuple[str, ...] = ()
    transfer_mass: str = ""


@dataclass(frozen=True)
class WaitStep:
    """A transition: goes on once ``until`` holds; not within ``within_ns`` (0: no limit) the batch is held."""

    until: Condition
    within_ns: int


@dataclass(frozen=True)
class KeepStep:
    """A hold timer: starts when ``condition`` is reached, counts only while it holds, done after ``for_s`` seconds in sum.

    ``anew``: an interruption begins the count anew. Not done within ``within_ns`` (0: no limit) the batch is held.
    """

    condition: Condition
    for_s: Operand
    anew: bool
    within_ns: int


class PromptKind(StrEnum):
    """What an operator is asked for. ``lot``: lot and weighed mass of an ingredient, judged against its tolerance."""

    CONFIRM = "confirm"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    LOT = "lot"


@dataclass(frozen=True)
class PromptStep:
    """A question to a person; the batch's branch waits for the reply. ``signed``: with password, by ``role`` at least."""

    prompt: str
    kind: PromptKind
    text: Text
    role: str
    signed: bool
    lo: Operand | None = None
    hi: Operand | None = None
    eu: str = ""
    choices: tuple[Text, ...] = ()
    material: str = ""


@dataclass(frozen=True)
class ChoiceBlock:
    """Alternatives: the first branch whose condition holds is taken, one condition per child; None is "else" (the last)."""

    when: tuple[Condition | None, ...]


@dataclass(frozen=True)
class LoopBlock:
    """The body is done once, then again until ``until`` holds at its end, ``at_most`` times in all; then the batch is held."""

    until: Condition
    at_most: int


What: TypeAlias = "PhaseStep | WaitStep | KeepStep | PromptStep | ChoiceBlock | LoopBlock | None"


@dataclass(frozen=True)
class Node:
    """A node of the procedure. ``id`` is its path in the recipe (``smokehouse.cooking.cook``), unique and stable against edits
    elsewhere; ``index``, ``parent`` and ``children`` are places in :attr:`MasterRecipe.nodes`; ``role`` is that of the unit
    procedure it lies in ('' outside one); ``key`` is where it stands in the file."""

    id: str
    index: int
    kind: NodeKind
    name: Text
    parent: int
    children: tuple[int, ...]
    role: str = ""
    what: What = None
    key: KeyPath = ()


@dataclass(frozen=True)
class YieldLimits:
    """Packed product as a share of the raw material (mass of ``raw`` ingredients), in percent: expected and its limits."""

    expect_pct: float
    lo_pct: float
    hi_pct: float


@dataclass(frozen=True)
class MasterRecipe:
    """A checked recipe. ``source`` is the file's own data: saved with a batch, it outlives an edit of the file.

    ``fingerprint`` is the content hash: SHA-256 over the canonical JSON of ``source``, comments and layout of the file do not
    count. ``status`` is what the library says of this version, not a property of its content.
    """

    id: str
    version: str
    status: str
    author: str
    approved_by: str
    name: Text
    base_batch_kg: float
    size_lo_kg: float
    size_hi_kg: float
    ingredients: tuple[Ingredient, ...]
    parameters: tuple[Parameter, ...]
    equipment: Mapping[str, Requirement]
    source: JsonObject
    fingerprint: str
    nodes: tuple[Node, ...] = ()
    product: str = ""
    description: Text = NO_TEXT
    yield_limits: YieldLimits | None = None
