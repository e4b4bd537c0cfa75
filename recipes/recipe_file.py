"""A master recipe as a technologist writes it (``recipes/*.yaml``), before anything is looked up in the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

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


class WatchEntry(FileModel):
    """What must stay true of a phase; without limits only the quality of the tag is watched.

    ``after_s`` counts from the moment at which the phase (again) became Running; ``for_s`` is how long the value may be
    outside before it is a deviation. ``when: end`` is judged once, when the phase is Complete.
    """

    tag: str
    name: Text
    lo: Reference | None = None
    hi: Reference | None = None
    after_s: float = Field(default=0.0, ge=0, le=86_400)
    for_s: float = Field(default=0.0, ge=0, le=3600)
    when: Literal["running", "end"] = "running"
    on: Literal["hold"] = "hold"


class PhaseEntry(FileModel):
    """A phase of the unit; ``acquire`` names roles whose units must be free and taken before it starts (transfers)."""

    phase: str
    parameters: Mapping[str, Reference] = {}
    acquire: tuple[str, ...] = ()
    watch: tuple[WatchEntry, ...] = ()


class OperationEntry(FileModel):
    """An operation: phases in their order."""

    operation: Identifier
    name: Text
    phases: tuple[PhaseEntry, ...] = Field(min_length=1)


class UnitProcedureEntry(FileModel):
    """What is done in one unit; ``unit_procedure`` is a role of ``equipment``."""

    unit_procedure: str
    name: Text
    operations: tuple[OperationEntry, ...] = Field(min_length=1)


class EquipmentEntry(FileModel):
    """The class of unit that may take a role; ``waiting`` is what the panel says while none is free."""

    class_: str = Field(alias="class")
    waiting: Text | None = None


class RecipeFile(FileModel):
    """A master recipe as a whole (ISA-88.00.01 §5.3.2: header, formula, equipment requirements, procedure)."""

    keys_in = "docs/recipes.md"
    recipe: Identifier
    version: str = Field(min_length=1, max_length=20)
    status: Literal["draft", "review", "approved", "obsolete"]
    author: str = Field(min_length=1)
    approved_by: str = ""
    name: Text
    base_batch_kg: Positive
    size_lo_kg: Positive
    size_hi_kg: Positive
    ingredients: Mapping[Identifier, IngredientEntry] = Field(min_length=1)
    nitrite: NitriteLimits | None = None
    parameters: Mapping[Identifier, ParameterEntry]
    equipment: Mapping[Identifier, EquipmentEntry] = Field(min_length=1)
    procedure: tuple[UnitProcedureEntry, ...] = Field(min_length=1)
