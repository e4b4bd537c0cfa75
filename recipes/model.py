"""The resolved master recipe: what :func:`recipes.master.load_recipe` makes of a file. Immutable, shared by all batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from line.documents import Text
from line.messages import JsonObject


@dataclass(frozen=True)
class Ingredient:
    """A material and its mass, in kg per base batch in a master recipe, of the actual batch in a control recipe."""

    material: str
    name: Text
    kg: float
    tolerance_pct: float


@dataclass(frozen=True)
class Parameter:
    """A process parameter in engineering units; ``lo``..``hi`` are the limits nobody may leave during a batch."""

    id: str
    name: Text
    value: float
    lo: float
    hi: float
    eu: str
    ccp: bool
    proportional: bool


@dataclass(frozen=True)
class Operand:
    """A number (``parameter`` empty) or a parameter plus an offset."""

    parameter: str
    offset: float

    def of(self, values: Mapping[str, float]) -> float:
        """The number, given the values of the parameters."""
        return self.offset if not self.parameter else values[self.parameter] + self.offset


@dataclass(frozen=True)
class Watch:
    """A condition on a running (or, with ``at_end``, completed) phase. ``tag`` still carries ``{u}``; None means no limit."""

    tag: str
    name: Text
    lo: Operand | None
    hi: Operand | None
    after_ns: int
    for_ns: int
    at_end: bool


@dataclass(frozen=True)
class Requirement:
    """The class of unit of a role and what the panel says while the batch waits for one."""

    role: str
    class_id: str
    waiting: Text


@dataclass(frozen=True)
class Step:
    """One phase of the flattened procedure. ``acquire`` are further roles to own before it starts.

    ``first`` and ``last`` tell whether it opens or closes its unit procedure: the unit is taken and given back there.
    """

    role: str
    unit_procedure: Text
    operation: str
    operation_name: Text
    phase: str
    parameters: tuple[tuple[str, Operand], ...]
    acquire: tuple[str, ...]
    watches: tuple[Watch, ...]
    first: bool
    last: bool

    def uses(self, parameter: str) -> bool:
        """Whether the phase or one of its watches depends on ``parameter``."""
        operands = [operand for _, operand in self.parameters]
        operands += [o for w in self.watches for o in (w.lo, w.hi) if o is not None]
        return any(o.parameter == parameter for o in operands)


@dataclass(frozen=True)
class MasterRecipe:
    """A checked recipe. ``source`` is the file's own data: saved with a batch, it outlives an edit of the file."""

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
    steps: tuple[Step, ...]
    source: JsonObject
    fingerprint: str
