"""How well the alarm system does: what is counted of its events (ISA-18.2-2016, clause 16; EEMUA 191). docs/kpi.md defines it.

A :class:`Watch` follows the alarms event by event and tells one or more tallies of a period what to count. Everything is
counted in cells of ten minutes, so that a day that rolls on drops its oldest cell and a month costs no more memory than an
hour. Facts come in the order of the journal; a clock that was set back moves nothing back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from alarms.draft import AUTO
from alarms.kpi_tally import CELL_NS, PRIORITIES, Tally
from alarms.states import ACTIVE, AlarmEvent, AlarmState
from line.clock import NS_PER_S
from line.messages import Event, Json, JsonObject

CHATTER_NS: Final = 60 * NS_PER_S
CHATTER_CYCLES: Final = 3
FLEETING_NS: Final = 5 * NS_PER_S
STALE_NS: Final = 24 * 3600 * NS_PER_S

ANNUNCIATIONS: Final = frozenset({AlarmEvent.ALARM.value, AlarmEvent.REALARM.value, AlarmEvent.RESUME_ACTIVE.value})
_UNACK_ACTIVE: Final = AlarmState.UNACK_ACTIVE.value
_ACTIVE: Final = frozenset(s.value for s in ACTIVE)
_NORMAL: Final = AlarmState.NORMAL.value
_SHELVED: Final = AlarmState.SHELVED.value
_ALARM, _ACK, _RETURN = AlarmEvent.ALARM.value, AlarmEvent.ACK.value, AlarmEvent.RETURN.value


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of an alarm, as far as figures need it. ``active`` is the condition after delays; ``person``: by somebody."""

    time_ns: int
    alarm: str
    event: str
    before: str
    after: str
    active: bool
    priority: int
    person: bool

    @property
    def annunciation(self) -> bool:
        """True when it asks for the operator's attention: the one thing that rates count."""
        return self.after == _UNACK_ACTIVE and self.before != _UNACK_ACTIVE and self.event in ANNUNCIATIONS


def fact_of(time_ns: int, alarm: str, data: JsonObject) -> Fact:
    """The fact in the data of an ``alarm`` event; what an older journal did not tell follows from the two states."""
    return make_fact(
        time_ns, alarm, data.get("event"), data.get("from"), data.get("to"), data.get("active"), data.get("priority"),
        data.get("user"),
    )  # fmt: skip


def make_fact(time_ns: int, alarm: str, event: Json, before: Json, after: Json, active: Json, priority: Json, user: Json) -> Fact:
    """As :func:`fact_of`, of single values."""
    old, new = str(before or ""), str(after or "")
    if not isinstance(event, str):
        event = _ACK if user else _ALARM if new == _UNACK_ACTIVE and old != new else _RETURN
    stands = active != 0 if isinstance(active, int) else new in _ACTIVE
    level = priority if isinstance(priority, int) and 1 <= priority <= PRIORITIES else PRIORITIES
    return Fact(time_ns, alarm, event, old, new, stands, level, bool(user) and user != AUTO)


def facts_of(events: Iterable[Event]) -> list[Fact]:
    """The facts of those events that are of alarms."""
    return [fact_of(e.time_ns, e.source, e.data) for e in events if e.kind == "alarm"]


@dataclass(frozen=True, slots=True)
class Track:
    """What is remembered of one alarm. ``asked_ns`` is its last annunciation, ``active_ns`` since when the condition holds
    (0: it does not), ``cycles`` the annunciations of the last minute, three at most, ``quick`` the fleeting ones among them."""

    state: str = _NORMAL
    priority: int = PRIORITIES
    asked_ns: int = 0
    active_ns: int = 0
    cycles: tuple[int, ...] = ()
    chattering: bool = False
    quick: int = 0


_NEW: Final = Track()


@dataclass(slots=True)
class Watch:
    """All alarms as they stand. ``recent`` are the annunciations of the last ten minutes as (time, how many).

    ``flood_start`` and ``flood_end`` are the line's (alarms.table.AlarmRules). ``flooded_ns`` is up to when the time of the
    present flood has been counted, 0 while there is none.
    """

    now_ns: int = 0
    flood_start: int = 10
    flood_end: int = 5
    tracks: dict[str, Track] = field(default_factory=dict[str, Track])
    recent: deque[tuple[int, int]] = field(default_factory=deque[tuple[int, int]])
    recent_count: int = 0
    flooded_ns: int = 0

    def copy(self) -> Watch:
        """A watch of its own with the same content."""
        return replace(self, tracks=dict(self.tracks), recent=self.recent.copy())

    def standing(self) -> int:
        """Alarms whose condition holds and is shown."""
        return sum(t.state in _ACTIVE for t in self.tracks.values())

    def shelved(self) -> int:
        """Alarms that are shelved now."""
        return sum(t.state == _SHELVED for t in self.tracks.values())

    def stale(self) -> dict[str, int]:
        """Alarms that stand for longer than a day now, with since when."""
        before_ns = self.now_ns - STALE_NS
        return {a: t.active_ns for a, t in self.tracks.items() if t.state in _ACTIVE and 0 < t.active_ns <= before_ns}

    def fold(self, facts: Iterable[Fact], tallies: Sequence[Tally]) -> None:
        """Take these facts, in their order, and count them in ``tallies``."""
        for fact in facts:
            self.advance(fact.time_ns, tallies)
            self._take(fact, tallies)

    def advance(self, now_ns: int, tallies: Sequence[Tally]) -> None:
        """Time goes on: floods end, cells close."""
        now_ns = max(now_ns, self.now_ns)
        if self.flooded_ns:
            end_ns = self._flood_end_ns()
            for tally in tallies:
                _flooded(tally, max(self.flooded_ns, tally.from_ns), min(now_ns, end_ns))
            self.flooded_ns = 0 if end_ns <= now_ns else now_ns
        for tally in tallies:
            tally.advance(now_ns)
        while self.recent and self.recent[0][0] <= now_ns - CELL_NS:
            self.recent_count -= self.recent.popleft()[1]
        self.now_ns = now_ns

    def forget(self) -> None:
        """Drop what no figure will ask for again."""
        before_ns = self.now_ns - CHATTER_NS
        self.tracks = {
            alarm: track
            for alarm, track in self.tracks.items()
            if track.state != _NORMAL or track.active_ns or (track.cycles and track.cycles[-1] >= before_ns)
        }

    def _flood_end_ns(self) -> int:
        """When the last ten minutes hold fewer than ``flood_end``, if nothing more comes."""
        count = 0
        for time_ns, n in reversed(self.recent):
            count += n
            if count >= self.flood_end:
                return time_ns + CELL_NS
        return self.now_ns

    def _take(self, fact: Fact, tallies: Sequence[Tally]) -> None:
        now_ns = self.now_ns
        old = self.tracks.get(fact.alarm, _NEW)
        if old.state in _ACTIVE and fact.after not in _ACTIVE and 0 < old.active_ns <= now_ns - STALE_NS:
            for tally in tallies:
                tally.open.stale[fact.alarm] = old.active_ns
        active_ns = (old.active_ns or now_ns) if fact.active else 0
        asked_ns, cycles, chattering, quick = old.asked_ns, old.cycles, old.chattering, old.quick
        if fact.annunciation:
            asked_ns = now_ns
            self._annunciated(fact, tallies)
            if fact.event == _ALARM:
                cycles, chattering, quick = self._cycle(fact.alarm, old, tallies)
        elif fact.event == _ACK:
            if fact.person and asked_ns and old.state == fact.before:
                seconds = float(f"{(now_ns - asked_ns) / NS_PER_S:.3g}")
                for tally in tallies:
                    acks = tally.open.acks[fact.priority - 1]
                    acks[seconds] = acks.get(seconds, 0) + 1
        elif fact.before == _UNACK_ACTIVE and not fact.active and not chattering and _quick(old, now_ns):
            quick += 1
            for tally in tallies:
                tally.open.fleeting[fact.alarm] = tally.open.fleeting.get(fact.alarm, 0) + 1
        self.tracks[fact.alarm] = Track(fact.after, fact.priority, asked_ns, active_ns, cycles, chattering, quick)

    def _annunciated(self, fact: Fact, tallies: Sequence[Tally]) -> None:
        now_ns = self.now_ns
        if self.recent and self.recent[-1][0] == now_ns:
            self.recent[-1] = (now_ns, self.recent[-1][1] + 1)
        else:
            self.recent.append((now_ns, 1))
        self.recent_count += 1
        flood = not self.flooded_ns and self.recent_count > self.flood_start
        if flood:
            self.flooded_ns = now_ns
        for tally in tallies:
            cell = tally.open
            cell.counts[fact.alarm] = cell.counts.get(fact.alarm, 0) + 1
            cell.priorities[fact.priority - 1] += 1
            cell.floods += flood
            if self.recent_count > cell.peak:
                cell.peak = max(cell.peak, min(self.recent_count, tally.total()))  # what came before the period is not its own

    def _cycle(self, alarm: str, old: Track, tallies: Sequence[Tally]) -> tuple[tuple[int, ...], bool, int]:
        """The alarm came by its condition: is it chattering? Gives cycles, chattering and quick of its track."""
        now_ns = self.now_ns
        repeated = bool(old.cycles) and now_ns - old.cycles[-1] <= CHATTER_NS
        if not repeated:
            return (now_ns,), False, 0
        cycles = (*(c for c in old.cycles if now_ns - c <= CHATTER_NS), now_ns)[-CHATTER_CYCLES:]
        if old.chattering or len(cycles) < CHATTER_CYCLES:
            return cycles, old.chattering, old.quick
        for tally in tallies:
            tally.open.chattering[alarm] = tally.open.chattering.get(alarm, 0) + 1
            if old.quick:
                tally.unfleeting(alarm, old.quick)
        return cycles, True, 0


def _quick(old: Track, now_ns: int) -> bool:
    return old.active_ns > 0 and now_ns - old.active_ns <= FLEETING_NS


def _flooded(tally: Tally, from_ns: int, to_ns: int) -> None:
    """Add a stretch of flood to the cells in which it lies."""
    while from_ns < to_ns:
        tally.advance(from_ns)
        part_ns = min(to_ns, tally.open.start_ns + CELL_NS) - from_ns
        tally.open.flood_ns += part_ns
        from_ns += part_ns


def watch_of(standing: Mapping[str, Track], now_ns: int, flood_start: int = 10, flood_end: int = 5) -> Watch:
    """A watch over alarms that stand already, for a period that begins in the middle of a journal."""
    return Watch(now_ns, flood_start, flood_end, dict(standing))
