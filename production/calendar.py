"""The calendar of a line's shifts: which shift is due when, with which crew, and how much of it is planned to be busy.

Times of day are those of the line's time zone. What a file plans by the clock is turned into moments (ns UTC) day by day, so
that a shift over the change to summer time has 23/25 parts of its usual length; breaks and downtime last their minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from line.clock import NS_PER_S
from line.documents import Text
from line.messages import JsonObject

NS_PER_MIN: Final = 60 * NS_PER_S
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD_DAYS: Final = 15
"""How far ahead the next shift is looked for: a week off, and one more for a rotation that skips."""


@dataclass(frozen=True)
class Pause:
    """A stretch in which nothing is planned to run: ``at`` the local time of day for ``minutes``, on ``days`` (0 is Monday).

    ``kind`` is ``break``, ``cleaning``, ``maintenance`` or ``other``; ``days`` of a break are those of its shift.
    """

    name: Text
    kind: str
    at: time
    minutes: int
    days: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True)
class PlannedShift:
    """One kind of shift: day, night. It lasts from ``start`` to ``end`` of the clock, to the next day where ``end`` is not later.

    ``crews`` are the crews of successive days, counted from :attr:`Calendar.rotation_start`; the list begins anew at its end.
    ``number`` is the shift's number as people and escalation know it.
    """

    id: str
    name: Text
    number: int
    start: time
    end: time
    days: frozenset[int] = frozenset(range(7))
    crews: tuple[str, ...] = ()
    breaks: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class Due:
    """One shift of one day: from ``start_ns`` to ``end_ns`` (ns UTC). ``day`` is the local day on which it begins."""

    shift: PlannedShift
    day: date
    start_ns: int
    end_ns: int
    crew: str

    def to_json(self) -> JsonObject:
        """As views and events carry it."""
        return {"shift": self.shift.id, "name": self.shift.name.to_json(), "number": self.shift.number, "crew": self.crew,
                "start_ns": self.start_ns, "end_ns": self.end_ns}  # fmt: skip


@dataclass(frozen=True)
class Off:
    """A planned pause as it falls: from ``start_ns`` to ``end_ns`` (ns UTC)."""

    name: Text
    kind: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Calendar:
    """The shifts of a line. Shifts do not overlap (:mod:`production.calendar_file` refuses those that do).

    ``auto_end_after_min``: how long after its planned end a shift that nobody ended is ended by rule. ``early_start_min``: who
    starts a shift so long before its time means that one and not the one that is about to end.
    """

    time_zone: str
    shifts: tuple[PlannedShift, ...]
    crews: dict[str, Text] = field(default_factory=dict[str, Text])
    rotation_start: date = date(2024, 1, 1)
    downtime: tuple[Pause, ...] = ()
    auto_end_after_min: int = 30
    early_start_min: int = 60

    def occurrences(self, from_ns: int, to_ns: int) -> Iterator[Due]:
        """The shifts that have any part in ``from_ns <= t < to_ns``, ascending."""
        zone = ZoneInfo(self.time_zone)
        for day in _days(from_ns, to_ns, zone, before=1):
            found = [due for shift in self.shifts if (due := self._on(shift, day, zone)) is not None]
            yield from (d for d in sorted(found, key=lambda d: d.start_ns) if d.start_ns < to_ns and d.end_ns > from_ns)

    def due_at(self, time_ns: int) -> Due | None:
        """The shift whose time it is; None between shifts."""
        return next(self.occurrences(time_ns, time_ns + 1), None)

    def next_after(self, time_ns: int) -> Due | None:
        """The first shift that begins after ``time_ns``; None when none does within :data:`AHEAD_DAYS`."""
        ahead = self.occurrences(time_ns, time_ns + AHEAD_DAYS * 86_400 * NS_PER_S)
        return next((d for d in ahead if d.start_ns > time_ns), None)

    def meant_at(self, time_ns: int, number: int | None = None) -> Due | None:
        """The shift that who starts one now means: the one that is due, or the next when that begins within
        ``early_start_min``. With ``number`` only one of that number; None when the calendar has no such shift now."""
        coming = self.next_after(time_ns)
        early = coming is not None and coming.start_ns - time_ns <= self.early_start_min * NS_PER_MIN
        fitting = [d for d in (coming if early else None, self.due_at(time_ns)) if d is not None]
        return next((d for d in fitting if number in (None, d.shift.number)), None)

    def pauses(self, from_ns: int, to_ns: int) -> list[Off]:
        """Planned breaks and downtime that have any part in the span, ascending; they may overlap."""
        zone = ZoneInfo(self.time_zone)
        found: list[Off] = []
        for day in _days(from_ns, to_ns, zone, before=7):
            found += [_off(p, day, zone) for p in self.downtime if day.weekday() in p.days]
        for due in self.occurrences(from_ns, to_ns):
            for pause in due.shift.breaks:
                off = _off(pause, due.day, zone)
                found.append(off if off.start_ns >= due.start_ns else _off(pause, due.day + timedelta(days=1), zone))
        inside = [o for o in found if o.start_ns < to_ns and o.end_ns > from_ns]
        return sorted(inside, key=lambda o: (o.start_ns, o.end_ns))

    def busy_ns(self, from_ns: int, to_ns: int) -> int:
        """Planned busy time of the span (ISO 22400-2, PBT): the time of shifts less breaks and planned downtime, in ns."""
        shifts = [(max(from_ns, d.start_ns), min(to_ns, d.end_ns)) for d in self.occurrences(from_ns, to_ns)]
        off = joined([(o.start_ns, o.end_ns) for o in self.pauses(from_ns, to_ns)])
        total = 0
        for begin, end in joined(shifts):
            total += end - begin - sum(max(0, min(end, e) - max(begin, b)) for b, e in off)
        return total

    def off_ns(self, from_ns: int, to_ns: int) -> int:
        """Planned pauses within the span whether a shift is planned or not, in ns: what a shift outside the calendar leaves."""
        clipped = joined([(max(from_ns, o.start_ns), min(to_ns, o.end_ns)) for o in self.pauses(from_ns, to_ns)])
        return sum(end - begin for begin, end in clipped)

    def _on(self, shift: PlannedShift, day: date, zone: tzinfo) -> Due | None:
        if day.weekday() not in shift.days:
            return None
        last = day if shift.end > shift.start else day + timedelta(days=1)
        begin, end = moment_ns(day, shift.start, zone), moment_ns(last, shift.end, zone)
        crew = shift.crews[(day - self.rotation_start).days % len(shift.crews)] if shift.crews else ""
        return Due(shift, day, begin, end, crew) if end > begin else None


def moment_ns(day: date, at: time, zone: tzinfo) -> int:
    """When the clock shows ``at`` on ``day``, ns UTC: the first time where it does twice, and where the clock leaps over it the
    moment that is as long after the leap."""
    return int(datetime.combine(day, at, zone).timestamp()) * NS_PER_S


def joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping and adjoining spans as one, ascending; empty ones are left out."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(s for s in spans if s[1] > s[0]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _off(pause: Pause, day: date, zone: tzinfo) -> Off:
    start_ns = moment_ns(day, pause.at, zone)
    return Off(pause.name, pause.kind, start_ns, start_ns + pause.minutes * NS_PER_MIN)


def _days(from_ns: int, to_ns: int, zone: tzinfo, before: int) -> Iterator[date]:
    """The local days of a span, from ``before`` days earlier: what began then may still last."""
    day = _local(from_ns, zone) - timedelta(days=before)
    last = _local(to_ns, zone)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _local(time_ns: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(time_ns // NS_PER_S, UTC).astimezone(zone).date()
