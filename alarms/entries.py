"""``alarms.yaml`` as engineers write it: entries, and the starting values that a type of signal or a kind brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from alarms.table import ANALOG_KINDS, DEVIATION_KINDS, RATE_KINDS, AlarmKind
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

_SLOW_TO_JUDGE: Final = SignalDefaults(0.0, 5.0, 15.0)
"""A drive needs time to follow its command, a link to come back: digital, with the longest on-delay recommended."""

OWN_DEFAULTS: Final[Mapping[AlarmKind, SignalDefaults]] = {
    AlarmKind.MISMATCH: _SLOW_TO_JUDGE,
    AlarmKind.STALE: _SLOW_TO_JUDGE,
    AlarmKind.COMMUNICATION: _SLOW_TO_JUDGE,
}
"""Kinds with starting values of their own, when the entry names no signal; other kinds without a limit are digital."""

RATE_DEADBAND_PCT: Final = 10.0
"""Deadband of a rate, in percent of its limit: the span of the tag says nothing about how fast it moves."""

RESPONSE_TIME_S: Final[Mapping[int, float]] = {1: 180.0, 2: 600.0, 3: 1800.0, 4: 1800.0}
"""Time to respond that a priority stands for, when the entry does not say."""

WINDOW_S: Final = 60.0


def _no_switch(given: object) -> object:
    """``true`` counts as 1 in Python; as a limit or a delay it is a slip of the pen."""
    if isinstance(given, bool):
        raise ValueError(f"a number is needed here (given: {str(given).lower()})")
    return given


Number = Annotated[float, BeforeValidator(_no_switch), Field(allow_inf_nan=False)]
State = Annotated[float, Field(allow_inf_nan=False)]
"""A value of a bool, int or enum: ``true`` and ``false`` are 1 and 0."""

Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]


class AlarmEntry(FileModel):
    """One entry of ``alarms.yaml``; with ``units`` it stands for one alarm per unit, ``{u}`` being the unit's id and, in
    texts, ``{label}`` its label. What is None takes its default or is reported by the loader, so that one run finds all.
    """

    kind: AlarmKind
    tag: str | None = None
    id: str = "{tag}.{kind}"
    units: tuple[str, ...] = ()
    unit: str = ""
    area: str = ""
    group: str = ""
    ccp: bool = False
    limit: Number | None = None
    value: State | None = None
    setpoint: str | None = None
    window_s: Number | None = None
    from_: State | None = Field(default=None, alias="from")
    to: State | None = None
    command: str | None = None
    feedback: str | None = None
    allowed: Mapping[Whole, tuple[Whole, ...]] | None = None
    expression: str | None = None
    device: str | None = None
    signal: Signal | None = None
    deadband: Number | None = None
    on_delay_s: Number | None = None
    off_delay_s: Number | None = None
    re_alarm_s: Number = 0.0
    priority: Annotated[int, BeforeValidator(_no_switch)] | None = None
    latching: bool = False
    auto_ack: bool = False
    when: str = ""
    suppress_when: str = ""
    bad_quality: bool = True
    name: Text | None = None
    cause: Text | None = None
    consequence: Text | None = None
    response: Text | None = None
    response_time_s: Number | None = None

    def given(self, key: str) -> object:
        """What stands under ``key`` of the file, None when nothing does."""
        return getattr(self, "from_" if key == "from" else key)


_K = AlarmKind
_TAGGED: Final = frozenset(_K) - {_K.MISMATCH}
KINDS_OF_KEY: Final[Mapping[str, frozenset[AlarmKind]]] = {
    "tag": _TAGGED,
    "limit": ANALOG_KINDS,
    "deadband": ANALOG_KINDS,
    "value": frozenset({_K.DISCRETE}),
    "setpoint": DEVIATION_KINDS,
    "window_s": RATE_KINDS,
    "from": frozenset({_K.TRANSITION}),
    "to": frozenset({_K.TRANSITION}),
    "command": frozenset({_K.MISMATCH}),
    "feedback": frozenset({_K.MISMATCH}),
    "allowed": frozenset({_K.MISMATCH}),
    "expression": frozenset({_K.EXPRESSION}),
    "device": frozenset({_K.COMMUNICATION}),
}
"""Keys that mean something to some kinds only."""

NEEDED: Final[tuple[tuple[str, frozenset[AlarmKind], str], ...]] = (
    ("tag", _TAGGED - {_K.EXPRESSION, _K.COMMUNICATION}, "Add tag: the name of the tag that it watches"),
    ("limit", ANALOG_KINDS, "Add limit: in the tag's engineering units (of a rate: per minute)"),
    ("setpoint", DEVIATION_KINDS, "Add setpoint: the tag that the value is to follow"),
    ("command", frozenset({_K.MISMATCH}), "Add command: the tag that says what is asked for"),
    ("feedback", frozenset({_K.MISMATCH}), "Add feedback: the tag that says what is"),
    ("expression", frozenset({_K.EXPRESSION}), "Add expression: what must be true for the alarm"),
)
"""Key, the kinds that cannot do without it, and what to do."""


class RulesEntry(FileModel):
    """``rules``: what holds for all alarms; minutes instead of seconds, a role empty where nobody may."""

    shelve_max_min: Number = 480.0
    shelve_warn_min: Number = 5.0
    shelve_roles: Mapping[int, str] = {}
    shelve_ccp: str = ""
    remove_role: str = "engineer"
    flood_start: int = 10
    flood_end: int = 5


class DiagnosticsEntry(FileModel):
    """``diagnostics``: the alarms on bad quality that measurements with other alarms get by themselves."""

    bad_quality: bool = True
    priority: int = 3
    on_delay_s: Number = 5.0
    off_delay_s: Number = 15.0


class AlarmFile(FileModel):
    """``alarms.yaml`` as a whole."""

    keys_in = "docs/alarms.md"
    rules: RulesEntry = RulesEntry()
    diagnostics: DiagnosticsEntry = DiagnosticsEntry()
    alarms: tuple[AlarmEntry, ...]
