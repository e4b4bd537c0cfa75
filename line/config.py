"""The line as engineers write it: devices, enumerations, classes of unit and units (``line.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from line.clock import is_time_zone
from line.devices import Device
from line.documents import FileModel, Text


def _time_zone(name: str) -> str:
    if name and not is_time_zone(name):
        raise ValueError(f"there is no time zone '{name}'; write one as Europe/Moscow or Asia/Yekaterinburg")
    return name


class Condition(FileModel):
    """A permissive: an expression that must be true, the text that says so, and the tag whose value explains it."""

    id: str
    if_: str = Field(alias="if")
    text: Text
    show: str = ""


class Interlock(Condition):
    """A condition that, when it turns false while a phase runs, makes the unit hold or abort."""

    action: Literal["hold", "abort"]


class PhaseDef(FileModel):
    """An equipment phase of a class of unit: its number in the PLC and its parameters (name → setpoint tag of the unit)."""

    number: int = Field(ge=1, le=20)
    name: Text
    parameters: Mapping[str, str]


class Module(FileModel):
    """An equipment module of a class of unit (ISA-88.00.01 §4.2.6): a part that does one thing, and the tags it is seen by."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    name: Text
    tags: tuple[str, ...] = Field(min_length=1)


class KeyValue(FileModel):
    """An indicator of the overview: tag, setpoint tag, normal band and drawn scale in engineering units."""

    tag: str
    setpoint: str = ""
    normal: tuple[float, float] | None = None
    scale: tuple[float, float] | None = None


class UnitClass(FileModel):
    """What units of one kind have in common; ``{u}`` in names of tags stands for the unit's id.

    ``measured`` says which of the unit's tags shows what a setpoint asks for (``SP_RH`` → ``Humidity``). ``safe`` must hold
    whenever a phase is Held, Stopped or Aborted: a dry run proves it for every phase of a recipe.
    """

    name: Text
    phases: Mapping[str, PhaseDef]
    measured: Mapping[str, str] = {}
    key_values: tuple[KeyValue, ...] = ()
    permissives: tuple[Condition, ...] = ()
    interlocks: tuple[Interlock, ...] = ()
    safe: tuple[Condition, ...] = ()
    modules: tuple[Module, ...] = ()


class UnitEntry(FileModel):
    """One unit of the line, in process order; ``area`` is an id of ``areas``, empty for none.

    ``capability`` is what the unit can keep of a setpoint (``SP_Temp: [20, 85]``), where that is less than the tag's range.
    """

    class_: str = Field(alias="class")
    label: str
    name: Text
    device: str
    area: str = ""
    capability: Mapping[str, tuple[float, float]] = {}


class Totals(FileModel):
    """Tags that count up over a shift: what came in, what went out, packs and rejects. An empty name leaves a total out."""

    charged_kg: str = ""
    packed_kg: str = ""
    packs: str = ""
    rejects: str = ""


class History(FileModel):
    """How samples are kept: an unchanged tag is stored again after ``heartbeat_s`` (a silence of 900 s is shown as a gap,
    so 600 at most). Whole days are dropped after ``retention_days``, when all days are larger than ``max_gb``, and when less than
    ``reserve_gb`` of the disk is free; GB are 10⁹ bytes. What InfluxDB has not got yet goes only in the last case.
    """

    heartbeat_s: float = Field(default=600.0, ge=1.0, le=600.0)
    retention_days: int = Field(default=400, ge=2, le=36_500)
    max_gb: float | None = Field(default=None, ge=0.1, le=1e6)
    reserve_gb: float = Field(default=1.0, ge=0.0, le=1e6)


class LineFile(FileModel):
    """``line.yaml`` as a whole. ``poll_groups``: name → every how many scans its tags are read (column ``poll`` of tags.csv).

    ``time_zone``: IANA name, of the plant; '' is UTC, or what older files of the line say (potok/time_zone.py).
    """

    line: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    name: Text
    time_zone: Annotated[str, AfterValidator(_time_zone)] = ""
    scan_period_ms: int = Field(default=100, ge=10, le=10_000)
    scan_offset: float = Field(default=0.6, ge=0.0, lt=1.0)
    stale_after_scans: int = Field(default=3, ge=1, le=1000)
    poll_groups: Mapping[str, Annotated[int, Field(ge=1, le=36_000)]] = {}
    devices: Mapping[str, Device]
    enums: Mapping[str, Mapping[int, Text]] = {}
    classes: Mapping[str, UnitClass]
    areas: Mapping[str, Text] = {}
    units: Mapping[str, UnitEntry]
    totals: Totals = Totals()
    history: History = History()
