"""A master recipe as a technologist writes it (``recipes/*.yaml``), before anything is looked up in the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from line.documents import FileModel, Text

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Finite = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
Reference = Annotated[float, Field(allow_inf_nan=False, strict=True)] | str
"""A number, or ``$parameter`` with an optional offset: ``$cook_temp-5``."""


class IngredientEntry(FileModel):
    """One material: kilograms per base batch; ``raw`` marks unsalted raw material, the base of the nitrite share."""

    name: Text
    kg: Positive
    tolerance_pct: float = Field(gt=0, le=100, allow_inf_nan=False)
    raw: bool = False
    nitrite_pct: float = Field(default=0.0, ge=0, le=100, allow_inf_nan=False)


class NitriteLimits(FileModel):
    """Sodium nitrite added, mg of NaNO2 per kg of unsalted raw material."""

    lo_mg_per_kg: Positive
    hi_mg_per_kg: Positive


class ParameterEntry(FileModel):
    """A process parameter; ``proportional`` ones scale with the size of the batch, limits included.

    ``sum_of`` names the ingredients whose kilograms this parameter doses, so that the two can never drift apart.
    """

    name: Text
    value: Finite
    lo: Finite
    hi: Finite
    eu: str
    ccp: bool = False
    scale: Literal["none", "proportional"] = "none"
    sum_of: tuple[str, ...] = ()
    role: Literal["operator", "shift_lead", "technologist", "engineer"] = "operator"


class WatchEntry(FileModel):
    """What must stay true of a phase; without limits only the quality of the tag is watched.

    ``after_s`` counts from the moment at which the phase (again) became Running; ``for_s`` is how long the value may be
    outside before it is a deviation. ``when: end`` is judged once, when the phase is Complete. ``ccp`` marks a critical limit
    (HACCP): a violation also puts the product on hold until a signed disposition.
    """

    tag: str
    name: Text
    lo: Reference | None = None
    hi: Reference | None = None
    after_s: float = Field(default=0.0, ge=0, le=86_400)
    for_s: float = Field(default=0.0, ge=0, le=3600)
    when: Literal["running", "end"] = "running"
    on: Literal["alarm", "hold_operation", "hold"] = "hold"
    ccp: bool = False


class TransferEntry(FileModel):
    """The product goes on: roles whose units are taken before the phase starts; ``mass`` is a tag (``{u}.Mass``) or ''."""

    to: tuple[str, ...] = Field(min_length=1)
    mass: str = ""


class PhaseEntry(FileModel):
    """A phase of the unit; ``acquire`` names roles whose units must be free and taken before it starts.

    ``id`` tells it from another of the same phase in its operation.
    """

    phase: str
    id: Identifier | None = None
    name: Text | None = None
    parameters: Mapping[str, Reference] = {}
    acquire: tuple[str, ...] = ()
    transfer: TransferEntry | None = None
    watch: tuple[WatchEntry, ...] = ()


class WaitEntry(FileModel):
    """A transition: go on once ``until`` holds, hold the batch when that takes longer than ``within_s`` (0: no limit)."""

    wait: Identifier
    name: Text
    until: str
    within_s: float = Field(default=0.0, ge=0, le=604_800)


class KeepEntry(FileModel):
    """A hold timer: counts only while ``while`` holds; ``anew: true`` starts from nothing after an interruption."""

    keep: Identifier
    name: Text
    while_: str = Field(alias="while")
    for_s: Reference
    anew: bool = False
    within_s: float = Field(default=0.0, ge=0, le=604_800)


class PromptEntry(FileModel):
    """A question to the operator; ``kind: lot`` asks for lot and mass of an ingredient (``material``)."""

    prompt: Identifier
    text: Text
    kind: Literal["confirm", "number", "choice", "text", "lot"] = "confirm"
    role: Literal["operator", "shift_lead", "technologist", "engineer"] = "operator"
    signed: bool = False
    lo: Reference | None = None
    hi: Reference | None = None
    eu: str = ""
    choices: tuple[Text, ...] = ()
    material: str = ""


class BranchEntry(FileModel):
    """One branch of ``choose``: taken when ``when`` holds; the last may leave it out ("else")."""

    branch: Identifier
    name: Text
    when: str | None = None
    do: tuple[Element, ...] = Field(min_length=1)


class ParallelBranchEntry(FileModel):
    """One branch of ``parallel``."""

    branch: Identifier
    name: Text
    do: tuple[Element, ...] = Field(min_length=1)


class ParallelEntry(FileModel):
    """Branches that run at the same time; the procedure goes on when all have ended."""

    parallel: Identifier
    name: Text
    branches: tuple[ParallelBranchEntry, ...] = Field(min_length=2)


class ChooseEntry(FileModel):
    """Alternatives: the first whose condition holds is taken; without an "else" the branch waits until one holds."""

    choose: Identifier
    name: Text
    branches: tuple[BranchEntry, ...] = Field(min_length=2)


class RepeatEntry(FileModel):
    """A loop: ``do`` once, then again until ``until`` holds, ``at_most`` times in all."""

    repeat: Identifier
    name: Text
    do: tuple[Element, ...] = Field(min_length=1)
    until: str
    at_most: int = Field(ge=1, le=1000)


class OperationEntry(FileModel):
    """An operation: what is done in its order; it contains no unit procedure and no operation."""

    operation: Identifier
    name: Text
    phases: tuple[Element, ...] = Field(min_length=1)


class UnitProcedureEntry(FileModel):
    """What is done in one unit; ``unit_procedure`` is a role of ``equipment``. ``id`` when the role has several."""

    unit_procedure: str
    id: Identifier | None = None
    name: Text
    operations: tuple[Element, ...] = Field(min_length=1)


_KEYS: Final = {
    "unit_procedure": UnitProcedureEntry, "operation": OperationEntry, "phase": PhaseEntry, "parallel": ParallelEntry,
    "choose": ChooseEntry, "repeat": RepeatEntry, "wait": WaitEntry, "keep": KeepEntry, "prompt": PromptEntry,
}  # fmt: skip
"""The key that tells what an element of a procedure is."""


def _kind(entry: object) -> str | None:
    """The mark of the kind of ``entry``; no key of a file looks like it, so that places of faults can do without it."""
    if isinstance(entry, Mapping):
        return next((f"<{key}>" for key in _KEYS if key in entry), None)
    return next((f"<{key}>" for key, model in _KEYS.items() if isinstance(entry, model)), None)


Element = Annotated[
    Annotated[UnitProcedureEntry, Tag("<unit_procedure>")]
    | Annotated[OperationEntry, Tag("<operation>")]
    | Annotated[PhaseEntry, Tag("<phase>")]
    | Annotated[ParallelEntry, Tag("<parallel>")]
    | Annotated[ChooseEntry, Tag("<choose>")]
    | Annotated[RepeatEntry, Tag("<repeat>")]
    | Annotated[WaitEntry, Tag("<wait>")]
    | Annotated[KeepEntry, Tag("<keep>")]
    | Annotated[PromptEntry, Tag("<prompt>")],
    Discriminator(
        _kind,
        custom_error_type="element",
        custom_error_message=f"an element of a procedure has one of the keys {', '.join(_KEYS)}",
    ),
]
"""An element of a procedure, told by its first key; which may stand where is checked by ``recipes.master``."""


class EquipmentEntry(FileModel):
    """The class of unit that may take a role, ``units`` narrows it to some of them; ``waiting`` is said while none is free."""

    class_: str = Field(alias="class")
    units: tuple[str, ...] = ()
    waiting: Text | None = None


class YieldEntry(FileModel):
    """Packed product per raw material (``raw: true``), percent."""

    expect_pct: Positive
    lo_pct: Positive
    hi_pct: Positive


class RecipeFile(FileModel):
    """A master recipe as a whole (ISA-88.00.01 §5.3.2: header, formula, equipment requirements, procedure)."""

    keys_in = "docs/recipes.md"
    recipe: Identifier
    version: str = Field(min_length=1, max_length=20)
    author: str = Field(min_length=1)
    name: Text
    product: str = ""
    description: Text | None = None
    base_batch_kg: Positive
    size_lo_kg: Positive
    size_hi_kg: Positive
    ingredients: Mapping[Identifier, IngredientEntry] = Field(min_length=1)
    nitrite: NitriteLimits | None = None
    parameters: Mapping[Identifier, ParameterEntry]
    yield_: YieldEntry | None = Field(default=None, alias="yield")
    equipment: Mapping[Identifier, EquipmentEntry] = Field(min_length=1)
    procedure: tuple[Element, ...] = Field(min_length=1)


for _model in (BranchEntry, ParallelBranchEntry, RepeatEntry, OperationEntry, UnitProcedureEntry):
    _model.model_rebuild()
