"""What the alarm page shows: filters, states in words, seen alarms, steps to take, journal rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.alarms import AlarmRow
from hmi.viewmodels.eventlog import LogEvent
from hmi.viewmodels.format import NO_VALUE, number_text, with_eu
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

RESPONSE_S: Final = {1: 180, 2: 600, 3: 1800, 4: 1800}
"""Seconds to respond by priority, when the alarm does not say (docs/alarms.md)."""
NORM_10_MIN: Final = 1
FLOOD_10_MIN: Final = 10
"""Alarms per operator in 10 minutes: acceptable, and where a flood begins (ISA-18.2 §16, EEMUA 191)."""
SEEN_AFTER_NS: Final = NS_PER_S // 2
HIGH: Final = frozenset({"high", "hihi", "high_high", "deviation_high", "rate_high"})
LOW: Final = frozenset({"low", "lolo", "low_low", "deviation_low", "rate_low"})


@dataclass(frozen=True)
class Filter:
    """Unit id and priority to show; empty and 0 show all."""

    unit: str = ""
    priority: int = 0

    def takes(self, unit: str, priority: int) -> bool:
        """True for what is to be shown."""
        return (not self.unit or unit == self.unit) and (not self.priority or priority == self.priority)


class Sightings:
    """Which alarms a person can have seen: on the screen for half a second. Only those may be acknowledged together."""

    def __init__(self) -> None:
        self._since_ns: dict[str, int] = {}

    def look(self, visible: Iterable[str], mono_ns: int) -> None:
        """These are on the screen now; what left it has to be seen again."""
        self._since_ns = {key: self._since_ns.get(key, mono_ns) for key in visible}

    def seen(self, key: str, mono_ns: int) -> bool:
        """True for what is on the screen and has been for half a second."""
        since = self._since_ns.get(key)
        return since is not None and mono_ns - since >= SEEN_AFTER_NS


def alarm_value(store: LineStore, tag: str, kind: str, value: float | None, limit: float | None, eu: str) -> str:
    """``91,4 °C > 90,0``; the word of its state for a discrete tag; a dash where a value says nothing."""
    info = store.tag(tag)
    if info is not None and info.enum and store.line is not None:
        return store.line.enum_text(info.enum, value, store.language) or NO_VALUE
    if value is None or kind == "discrete" or (info is not None and info.kind == "bool"):
        return NO_VALUE
    decimals = info.decimals if info else 1
    shown = with_eu(value, decimals, eu, store.language)
    sign = ">" if kind in HIGH else "<" if kind in LOW else ""
    if kind == "bad_quality":
        return f"? {shown}"
    if limit is None or not sign:
        return shown
    return f"{shown} {sign}\u00a0{number_text(limit, decimals, store.language)}"


def response_time_s(store: LineStore, alarm: str, priority: int) -> int:
    """Seconds the operator has: as the view tells it, else what the priority stands for."""
    for entry in wire.objects(store.view("alarms"), "active"):
        if wire.text(entry, "id") == alarm:
            told = wire.number(entry, "response_time_s")
            if told:
                return int(told)
    return RESPONSE_S[priority]


def steps_of(text: str) -> list[str]:
    """The steps of a response: its numbered lines, else its sentences; numbers are taken off."""
    lines = [line.strip() for line in re.split(r"\n|(?<=[.!])\s+(?=\d+[.)]\s)", text) if line.strip()]
    if len(lines) == 1 and not re.match(r"\d+[.)]\s", lines[0]):
        lines = [s.strip() for s in re.split(r"(?<=[.!])\s+(?=[A-ZА-ЯЁ«])", lines[0]) if s.strip()]
    return [re.sub(r"^\d+[.)]\s*", "", line) for line in lines]


@dataclass(frozen=True)
class JournalRow:
    """A transition of an alarm, for the journal: who did it in ``user``, empty when nobody."""

    key: str
    alarm: str
    tag: str
    unit: str
    kind: str
    time_ns: int
    priority: int
    before: str
    after: str
    text: Obj
    value: float | None
    limit: float | None
    eu: str
    user: str


def journal_rows(store: LineStore, events: Sequence[LogEvent], wanted: Filter) -> list[JournalRow]:
    """The transitions that pass the filter, newest first."""
    rows: list[JournalRow] = []
    for event in reversed(events):
        data = event.data
        priority = min(4, max(1, wire.integer(data, "priority", 4)))
        if not wanted.takes(event.unit, priority):
            continue
        info = store.line.alarms.get(event.source) if store.line else None
        rows.append(
            JournalRow(
                str(event.seq), event.source, info.tag if info else "", event.unit, info.kind if info else "", event.time_ns,
                priority, wire.text(data, "from"), wire.text(data, "to"), wire.obj(data, "text"), wire.number(data, "value"),
                wire.number(data, "limit"), wire.text(data, "eu"), wire.text(data, "user"),
            )
        )  # fmt: skip
    return rows


def filtered(rows: Sequence[AlarmRow], wanted: Filter) -> list[AlarmRow]:
    """Standing alarms that pass the filter, in the view's order."""
    return [r for r in rows if wanted.takes(r.unit, r.priority)]


def headline(store: LineStore, unit_id: str, text: Obj) -> str:
    """The alarm's text with its unit's label before it, unless the text names the unit itself."""
    said = store.text(text)
    unit = store.unit(unit_id)
    return f"{unit.label} {said}" if unit is not None and unit.label not in said else said


def user_name(store: LineStore, user: str) -> str:
    """The surname of who is logged in here, the user's id for anybody else."""
    return store.user.name.split(" ")[0] if store.user is not None and store.user.user == user else user
