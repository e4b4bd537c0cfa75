"""What the alarm page shows: filters, order, flood view, seen alarms, values against limits, steps to take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hmi.viewmodels.alarms import AlarmRow, HiddenRow, alarm_info
from hmi.viewmodels.format import NO_VALUE, number_text, with_eu
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

RESPONSE_S: Final = {1: 180, 2: 600, 3: 1800, 4: 1800}
"""Seconds to respond by priority, when the alarm does not say (docs/alarms.md)."""
NORM_10_MIN: Final = 1
"""Alarms per operator in 10 minutes that are acceptable (ISA-18.2 §16, EEMUA 191)."""
SEEN_AFTER_NS: Final = NS_PER_S // 2
HIGH: Final = frozenset({"high", "high_high", "deviation_high", "rate_high"})
LOW: Final = frozenset({"low", "low_low", "deviation_low", "rate_low"})
EITHER: Final = frozenset({"deviation", "rate"})
WORDLESS: Final = frozenset({"discrete", "transition", "mismatch", "expression", "communication"})
"""Kinds in which the number says nothing to a person."""
STATE_ORDER: Final = ("unack_active", "latched_unack", "rtn_unack", "acked_active", "latched_acked")
T = TypeVar("T")


@dataclass(frozen=True)
class Filter:
    """Unit id, priority and area id to show; empty and 0 show all."""

    unit: str = ""
    priority: int = 0
    area: str = ""

    def takes(self, unit: str, priority: int, area: str = "") -> bool:
        """True for what is to be shown."""
        return (
            (not self.unit or unit == self.unit)
            and (not self.priority or priority == self.priority)
            and (not self.area or area == self.area)
        )


@dataclass(frozen=True)
class Order:
    """By what a list is sorted; no ``key`` leaves it as the line sends it: the worst first."""

    key: str = ""
    backward: bool = False

    def touched(self, key: str) -> Order:
        """A header was touched: by this column, then the other way round, then as before."""
        if key != self.key:
            return Order(key)
        return Order() if self.backward else Order(key, True)

    @property
    def mark(self) -> str:
        """The arrow beside the column's title."""
        return "▼" if self.backward else "▲"


def area_of(store: LineStore, alarm: str, unit: str) -> str:
    """Area id of an alarm, that of its unit when it has none itself."""
    info, owner = alarm_info(store, alarm), store.unit(unit)
    return (info.area if info else "") or (owner.area if owner else "")


def filtered(store: LineStore, rows: Sequence[T], wanted: Filter) -> list[T]:
    """Rows (standing or hidden) that pass the filter, in their order."""
    if wanted == Filter():
        return list(rows)
    kept: list[T] = []
    for row in rows:
        r: Any = row
        if wanted.takes(r.unit, r.priority, area_of(store, r.id, r.unit) if wanted.area else ""):
            kept.append(row)
    return kept


def ordered(store: LineStore, rows: Sequence[AlarmRow], order: Order) -> list[AlarmRow]:
    """Standing alarms in this order; equal ones stay as the line sends them. Without a key they stay as they are."""
    keys: Mapping[str, Callable[[AlarmRow], Any]] = {
        "priority": lambda r: r.priority,
        "time": lambda r: -r.time_ns,
        "alarm": lambda r: headline(store, r.unit, r.text).casefold(),
        "value": lambda r: (r.value is None, -(r.value or 0.0)),
        "state": lambda r: STATE_ORDER.index(r.state) if r.state in STATE_ORDER else len(STATE_ORDER),
        "lasts": lambda r: r.time_ns,
    }
    return sorted(rows, key=keys[order.key], reverse=order.backward) if order.key else list(rows)


def ordered_hidden(store: LineStore, rows: Sequence[HiddenRow], order: Order) -> list[HiddenRow]:
    """Hidden alarms in this order, without a key: out of service before suppressed, what ends first before the others."""
    keys: Mapping[str, Callable[[HiddenRow], Any]] = {
        "": lambda r: (r.state != "out_of_service", r.until_ns or r.since_ns),
        "priority": lambda r: r.priority,
        "alarm": lambda r: headline(store, r.unit, r.text).casefold(),
        "active": lambda r: not r.active,
        "since": lambda r: r.since_ns,
        "until": lambda r: (not r.until_ns, r.until_ns),
        "by": lambda r: r.by.casefold(),
        "reason": lambda r: (r.state, r.work_order.casefold(), r.reason.casefold()),
    }
    return sorted(rows, key=keys[order.key], reverse=order.backward)


@dataclass(frozen=True)
class FloodRow:
    """A line of the flood view: an alarm and how many of its consequences are folded under it, or were (``unfolded``).

    ``under``: it is itself one of those that were folded.
    """

    alarm: AlarmRow
    followers: int = 0
    unfolded: bool = False
    under: bool = False


def flood_rows(rows: Sequence[AlarmRow], open_groups: frozenset[str] = frozenset()) -> list[FloodRow]:
    """First-outs and priority 1 first, consequences folded under their first-out unless it is in ``open_groups``.

    An alarm of priority 1 is never folded, and neither is a consequence whose first-out is not in ``rows``.
    """
    heads = {r.id for r in rows if not r.consequence_of}
    folded: dict[str, list[AlarmRow]] = {}
    for row in rows:
        if row.consequence_of in heads and row.priority > 1:
            folded.setdefault(row.consequence_of, []).append(row)
    under = {r.id for members in folded.values() for r in members}
    shown = sorted(
        (r for r in rows if r.id not in under),
        key=lambda r: (not (r.priority == 1 or r.first_out or r.id in folded), r.priority, not r.unacked, -r.time_ns),
    )
    result: list[FloodRow] = []
    for row in shown:
        members = folded.get(row.id, [])
        result.append(FloodRow(row, len(members), row.id in open_groups))
        if row.id in open_groups:
            result += [FloodRow(r, under=True) for r in members]
    return result


class Sightings:
    """Which alarms a person can have seen: on the screen for half a second. Only those may be acknowledged together."""

    def __init__(self) -> None:
        self._since_ns: dict[tuple[str, int], int] = {}

    def look(self, visible: Iterable[tuple[str, int]], mono_ns: int) -> None:
        """These, by id and time of annunciation, are on the screen now; what left it has to be seen again."""
        self._since_ns = {key: self._since_ns.get(key, mono_ns) for key in visible}

    def seen(self, key: tuple[str, int], mono_ns: int) -> bool:
        """True for what is on the screen and has been for half a second."""
        since = self._since_ns.get(key)
        return since is not None and mono_ns - since >= SEEN_AFTER_NS


def alarm_value(store: LineStore, tag: str, kind: str, value: float | None, limit: float | None, eu: str) -> str:
    """``91,4 °C > 90,0``; the word of its state for a discrete tag; a dash where a value says nothing."""
    info = store.tag(tag)
    if info is not None and info.enum and store.line is not None:
        return store.line.enum_text(info.enum, value, store.language) or NO_VALUE
    if value is None or kind in WORDLESS or (info is not None and info.kind == "bool"):
        return NO_VALUE
    decimals = info.decimals if info else 1
    shown = with_eu(value, decimals, eu, store.language)
    sign = ">" if kind in HIGH else "<" if kind in LOW else "≷" if kind in EITHER else ""
    if kind in ("bad_quality", "stale"):
        return f"? {shown}"
    if limit is None or not sign:
        return shown
    return f"{shown} {sign}\u00a0{number_text(limit, decimals, store.language)}"


def response_time_s(store: LineStore, alarm: str, priority: int) -> int:
    """Seconds the operator has: as the alarm's definition tells it, else what the priority stands for."""
    info = alarm_info(store, alarm)
    return int(info.response_time_s) if info is not None and info.response_time_s > 0 else RESPONSE_S[priority]


def steps_of(text: str) -> list[str]:
    """The steps of a response: its numbered lines, else its sentences; numbers are taken off."""
    lines = [line.strip() for line in re.split(r"\n|(?<=[.!])\s+(?=\d+[.)]\s)", text) if line.strip()]
    if len(lines) == 1 and not re.match(r"\d+[.)]\s", lines[0]):
        lines = [s.strip() for s in re.split(r"(?<=[.!])\s+(?=[A-ZА-ЯЁ«])", lines[0]) if s.strip()]
    return [re.sub(r"^\d+[.)]\s*", "", line) for line in lines]


def headline(store: LineStore, unit_id: str, text: Obj) -> str:
    """The alarm's text with its unit's label before it, unless the text names the unit itself."""
    said = store.text(text)
    unit = store.unit(unit_id)
    return f"{unit.label} {said}" if unit is not None and unit.label not in said else said


def user_name(store: LineStore, user: str) -> str:
    """The surname of who is logged in here, the user's id for anybody else."""
    return store.user.name.split(" ")[0] if store.user is not None and store.user.user == user else user
