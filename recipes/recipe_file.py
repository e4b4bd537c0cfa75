"""A master recipe as a technologist writes it (``recipes/*.yaml``), before anything is looked up in the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from line.documents import FileModel, Text

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Finite = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
Reference = Annotated[float, Field(allow_inf_nan=False, strict=True)] | str
"""A number, or ``$parameter`` with an optional offset: ``$cook_temp-5``."""


class _Entry(FileModel):
    """Base of all: the texts under the keys are shown by editors (``recipes/schema.py``)."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class IngredientEntry(_Entry):
    """One material: kilograms per base batch; ``raw`` marks unsalted raw material, the base of the nitrite share."""

    name: Text
    """What the panel calls it."""
    kg: Positive
    """Kilograms in a batch of the base size."""
    tolerance_pct: float = Field(gt=0, le=100, allow_inf_nan=False, strict=True)
    """By how many percent a weighed charge may differ from its target."""
    raw: bool = False
    """Unsalted raw material: the base of the nitrite share and of the yield."""
    nitrite_pct: float = Field(default=0.0, ge=0, le=100, allow_inf_nan=False, strict=True)
    """Share of NaNO2 in this material, percent; at most 0.9 (curing salt)."""


class NitriteLimits(_Entry):
    """Sodium nitrite added, mg of NaNO2 per kg of unsalted raw material."""

    lo_mg_per_kg: Positive
    """Least, mg of NaNO2 per kg of raw material."""
    hi_mg_per_kg: Positive
    """Most, mg of NaNO2 per kg of raw material."""


class ParameterEntry(_Entry):
    """A process parameter; ``proportional`` ones scale with the size of the batch, limits included.

    ``sum_of`` names the ingredients whose kilograms this parameter doses, so that the two can never drift apart.
    """

    name: Text
    """What the panel calls it."""
    value: Finite
    """The value of a batch of the base size, in the unit of measure."""
    lo: Finite
    """Nobody may go below this during a batch."""
    hi: Finite
    """Nobody may go above this during a batch."""
    eu: str
    """Unit of measure, that of the setpoint tag."""
    ccp: bool = False
    """A critical limit (HACCP): never changed during a batch, and judged by a watch."""
    scale: Literal["none", "proportional"] = "none"
    """proportional: value and limits grow with the size of the batch."""
    sum_of: tuple[str, ...] = ()
    """Ingredients whose kilograms this parameter doses; value must be their sum."""
    role: Literal["operator", "shift_lead", "technologist", "engineer"] = "operator"
    """The least role that may change it during a batch."""


class WatchEntry(_Entry):
    """What must stay true of a phase; without limits only the quality of the tag is watched.

    ``after_s`` counts from the moment at which the phase (again) became Running; ``for_s`` is how long the value may be
    outside before it is a deviation. ``when: end`` is judged once, when the phase is Complete. ``ccp`` marks a critical limit
    (HACCP): a violation also puts the product on hold until a signed disposition.
    """

    tag: str
    """What is watched; {u} stands for the unit, e.g. '{u}.CoreTemp'."""
    name: Text
    """What the panel calls it."""
    lo: Reference | None = None
    """Lower limit: a number, $parameter or $parameter-5. None: no limit."""
    hi: Reference | None = None
    """Upper limit: a number, $parameter or $parameter+5. None: no limit."""
    after_s: float = Field(default=0.0, ge=0, le=86_400, strict=True)
    """Seconds of running before the watch begins."""
    for_s: float = Field(default=0.0, ge=0, le=3600, strict=True)
    """How many seconds outside make a deviation."""
    when: Literal["running", "end"] = "running"
    """running: watched all the time; end: judged once, on the completed phase."""
    on: Literal["alarm", "hold_operation", "hold"] = "hold"
    """What a deviation does besides event and alarm: nothing more, hold the operation, hold the batch."""
    ccp: bool = False
    """Critical limit: the product is on hold until a signed disposition."""


class TransferEntry(_Entry):
    """The product goes on: roles whose units are taken before the phase starts; ``mass`` is a tag (``{u}.Mass``) or ''."""

    to: tuple[str, ...] = Field(min_length=1)
    """Roles of later unit procedures that the product goes to."""
    mass: str = ""
    """A tag in kg whose change over the phase is the mass moved, e.g. '{u}.Charged'."""


class PhaseEntry(_Entry):
    """A phase of the unit; ``acquire`` names roles whose units must be free and taken before it starts.

    ``id`` tells it from another of the same phase in its operation.
    """

    phase: str
    """A phase of the class of unit (line.yaml)."""
    id: Identifier | None = None
    """Its name in its operation, when the same phase stands there twice."""
    name: Text | None = None
    """What the panel calls it; without it, as line.yaml says."""
    parameters: Mapping[str, Reference] = {}
    """Each parameter of the phase: a number or $parameter."""
    acquire: tuple[str, ...] = ()
    """Roles of later unit procedures whose units are taken before the phase starts."""
    transfer: TransferEntry | None = None
    """The product goes on to other units."""
    watch: tuple[WatchEntry, ...] = ()
    """What must stay true while the phase runs, or when it ends."""


class WaitEntry(_Entry):
    """A transition: go on once ``until`` holds, hold the batch when that takes longer than ``within_s`` (0: no limit)."""

    wait: Identifier
    """Its id."""
    name: Text
    """What the panel calls it."""
    until: str
    """The condition to go on, e.g. '{u}.ChamberTemp >= $preheat_temp'."""
    within_s: float = Field(default=0.0, ge=0, le=604_800, strict=True)
    """Seconds; the batch is held when it takes longer. 0: no limit."""


class KeepEntry(_Entry):
    """A hold timer: counts only while ``while`` holds; ``anew: true`` starts from nothing after an interruption."""

    keep: Identifier
    """Its id."""
    name: Text
    """What the panel calls it."""
    while_: str = Field(alias="while")
    """The condition under which time counts, e.g. '{u}.CoreTemp >= 72'."""
    for_s: Reference
    """Seconds to keep it, in sum: a number or $parameter in s."""
    anew: bool = False
    """true: an interruption begins the count anew."""
    within_s: float = Field(default=0.0, ge=0, le=604_800, strict=True)
    """Seconds; the batch is held when it takes longer. 0: no limit."""


class PromptEntry(_Entry):
    """A question to the operator; ``kind: lot`` asks for lot and mass of an ingredient (``material``)."""

    prompt: Identifier
    """Its id; conditions read the reply as @id."""
    text: Text
    """What the operator is asked."""
    kind: Literal["confirm", "number", "choice", "text", "lot"] = "confirm"
    """What is asked for; lot: lot and weighed mass of an ingredient."""
    role: Literal["operator", "shift_lead", "technologist", "engineer"] = "operator"
    """The least role that may answer."""
    signed: bool = False
    """The answer needs the password."""
    lo: Reference | None = None
    """Least number allowed (kind: number)."""
    hi: Reference | None = None
    """Greatest number allowed (kind: number)."""
    eu: str = ""
    """Unit of measure of the number."""
    choices: tuple[Text, ...] = ()
    """What there is to choose from (kind: choice); @id is the place of the chosen one, from 0."""
    material: str = ""
    """The ingredient (kind: lot)."""


class BranchEntry(_Entry):
    """One branch of ``choose``: taken when ``when`` holds; the last may leave it out ("else")."""

    branch: Identifier
    """Its id."""
    name: Text
    """What the panel calls it."""
    when: str | None = None
    """The condition of this branch; the last branch may leave it out."""
    do: tuple[Element, ...] = Field(min_length=1)
    """What is done."""


class ParallelBranchEntry(_Entry):
    """One branch of ``parallel``."""

    branch: Identifier
    """Its id."""
    name: Text
    """What the panel calls it."""
    do: tuple[Element, ...] = Field(min_length=1)
    """What is done."""


class ParallelEntry(_Entry):
    """Branches that run at the same time; the procedure goes on when all have ended."""

    parallel: Identifier
    """Its id."""
    name: Text
    """What the panel calls it."""
    branches: tuple[ParallelBranchEntry, ...] = Field(min_length=2)
    """What runs at the same time."""


class ChooseEntry(_Entry):
    """Alternatives: the first whose condition holds is taken; without an "else" the branch waits until one holds."""

    choose: Identifier
    """Its id."""
    name: Text
    """What the panel calls it."""
    branches: tuple[BranchEntry, ...] = Field(min_length=2)
    """The alternatives, judged in this order."""


class RepeatEntry(_Entry):
    """A loop: ``do`` once, then again until ``until`` holds, ``at_most`` times in all."""

    repeat: Identifier
    """Its id."""
    name: Text
    """What the panel calls it."""
    do: tuple[Element, ...] = Field(min_length=1)
    """What is repeated."""
    until: str
    """The condition to end, judged after each round."""
    at_most: int = Field(ge=1, le=1000, strict=True)
    """Rounds in all; then the batch is held."""


class OperationEntry(_Entry):
    """An operation: what is done in its order; it contains no unit procedure and no operation."""

    operation: Identifier
    """Its id."""
    name: Text
    """What the panel calls it."""
    phases: tuple[Element, ...] = Field(min_length=1)
    """Phases and blocks, in this order."""


class UnitProcedureEntry(_Entry):
    """What is done in one unit; ``unit_procedure`` is a role of ``equipment``. ``id`` when the role has several."""

    unit_procedure: str
    """The role (of equipment) whose unit does all this."""
    id: Identifier | None = None
    """Its name, when the role has several unit procedures."""
    name: Text
    """What the panel calls it."""
    operations: tuple[Element, ...] = Field(min_length=1)
    """Operations and blocks, in this order."""


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


class EquipmentEntry(_Entry):
    """The class of unit that may take a role, ``units`` narrows it to some of them; ``waiting`` is said while none is free."""

    class_: str = Field(alias="class")
    """Class of unit (line.yaml)."""
    units: tuple[str, ...] = ()
    """Only these units of the class; none named: any of it."""
    waiting: Text | None = None
    """What the panel says while none is free."""


class YieldEntry(_Entry):
    """Packed product per raw material (``raw: true``), percent."""

    expect_pct: Positive
    """Expected yield, percent of the raw material."""
    lo_pct: Positive
    """A smaller yield is a deviation."""
    hi_pct: Positive
    """A greater yield is a deviation."""


class RecipeFile(_Entry):
    """A master recipe as a whole (ISA-88.00.01 §5.3.2: header, formula, equipment requirements, procedure)."""

    keys_in = "docs/recipes.md"
    recipe: Identifier
    """Id of the recipe: small Latin letters, digits, underscore."""
    version: str = Field(min_length=1, max_length=20)
    """Name of this version, in quotes; a change of anything but comments needs a new one."""
    author: str = Field(min_length=1)
    """Who wrote it."""
    name: Text
    """What the panel calls it."""
    product: str = ""
    """What is made, e.g. the code of the article."""
    description: Text | None = None
    """For people."""
    base_batch_kg: Positive
    """The size of batch that the formula is written for, kg."""
    size_lo_kg: Positive
    """The smallest batch that may be made, kg."""
    size_hi_kg: Positive
    """The largest batch that may be made, kg."""
    ingredients: Mapping[Identifier, IngredientEntry] = Field(min_length=1)
    """Material: mass and tolerance; together the base batch."""
    nitrite: NitriteLimits | None = None
    """Limits of the nitrite added; needed when an ingredient holds some."""
    parameters: Mapping[Identifier, ParameterEntry]
    """Process parameters: id to value, limits and unit of measure."""
    yield_: YieldEntry | None = Field(default=None, alias="yield")
    """Packed product per raw material."""
    equipment: Mapping[Identifier, EquipmentEntry] = Field(min_length=1)
    """Role to class of unit."""
    procedure: tuple[Element, ...] = Field(min_length=1)
    """What is done, in this order: unit procedures and blocks."""


for _model in (BranchEntry, ParallelBranchEntry, RepeatEntry, OperationEntry, UnitProcedureEntry):
    _model.model_rebuild()
