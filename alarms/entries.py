"""``alarms.yaml`` as engineers write it: entries, and the starting values that a type of signal brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from alarms.table import AlarmKind
from line.documents import FileModel, Text


@dataclass(frozen=True)
class SignalDefaults:
    """Starting values for one type of signal: deadband in percent of the tag's span, delays in seconds."""

    deadband_pct: float
    on_delay_s: float
    off_delay_s: float


Signal = Literal["temperature", "pressure", "flow", "level", "digital"]

SIGNALS: Final[Mapping[str, SignalDefaults]] = {
    "temperature": SignalDefaults(1.0, 60.0, 60.0),
    "pressure": SignalDefaults(2.0, 15.0, 15.0),
    "flow": SignalDefaults(5.0, 15.0, 15.0),
    "level": SignalDefaults(5.0, 60.0, 60.0),
    "digital": SignalDefaults(0.0, 0.0, 15.0),
}
"""Recommended starting values (ISA-18.2, EEMUA 191); digital: none on, 15 s off."""

NO_SIGNAL: Final = SignalDefaults(0.0, 0.0, 0.0)

RESPONSE_TIME_S: Final[Mapping[int, float]] = {1: 180.0, 2: 600.0, 3: 1800.0, 4: 1800.0}
"""Time to respond that a priority stands for, when the entry does not say."""

Number = Annotated[float, Field(allow_inf_nan=False)]


class AlarmEntry(FileModel):
    """One entry of ``alarms.yaml``; with ``units`` it stands for one alarm per unit, ``{u}`` being the unit's id and, in
    texts, ``{label}`` its label. What is None takes its default or is reported by the loader, so that one run finds all.
    """

    tag: str
    kind: AlarmKind
    id: str = "{tag}.{kind}"
    units: tuple[str, ...] = ()
    unit: str = ""
    limit: Number | None = None
    value: Number | None = None
    signal: Signal | None = None
    deadband: Number | None = None
    on_delay_s: Number | None = None
    off_delay_s: Number | None = None
    priority: int | None = None
    latching: bool = False
    when: str = ""
    name: Text | None = None
    cause: Text | None = None
    consequence: Text | None = None
    response: Text | None = None
    response_time_s: Number | None = None


class AlarmFile(FileModel):
    """``alarms.yaml`` as a whole."""

    alarms: tuple[AlarmEntry, ...]
