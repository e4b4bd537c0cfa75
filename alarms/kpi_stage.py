"""The figures of the alarm system as the last stage of the scan: the last 24 hours, the running shift, the one before."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from alarms.kpi import Track, Watch, fact_of
from alarms.kpi_figures import TARGETS, figures
from alarms.kpi_tally import CELL_NS, Cell, DayTally, PeriodTally
from alarms.states import AlarmState
from alarms.table import AlarmTable
from line.clock import NS_PER_S, has_passed
from line.documents import FileModel
from line.messages import Event, EventKind, Json, JsonObject
from line.stage import Scan

REFRESH_NS: Final = 5 * NS_PER_S
"""Figures are worked out at most this often while alarms come and go."""

IDLE_NS: Final = 60 * NS_PER_S
"""And this often while nothing happens: rates fall by themselves."""


@dataclass(frozen=True, eq=False)
class KpiState:
    """State of the stage; ``watch``, ``live`` and ``shift`` are never changed in place. ``shown`` is the view.

    ``news`` says that something was counted since ``shown_ns``.
    """

    watch: Watch
    live: DayTally | None = None
    shift: PeriodTally | None = None
    shift_id: str = ""
    previous: JsonObject | None = None
    shown: JsonObject | None = None
    shown_ns: int = 0
    news: bool = False


class AlarmKpiStage:
    """Implements ``line.stage.Stage`` for :class:`KpiState`; stands after the totals, whose shifts it follows."""

    name = "alarm_kpi"
    command_kinds: frozenset[str] = frozenset()

    def __init__(self, table: AlarmTable) -> None:
        self._table = table

    def initial(self) -> KpiState:
        return KpiState(self._watch())

    def step(self, state: KpiState, scan: Scan) -> KpiState:
        events = [e for e in scan.events if e.kind in (EventKind.ALARM, EventKind.SHIFT)]
        now_ns = scan.now_ns
        every_ns = REFRESH_NS if state.news or events else IDLE_NS
        due = state.live is None or has_passed(every_ns, state.shown_ns, now_ns)
        if not events and not due:
            return state
        watch = state.watch.copy()
        if state.live is None or watch.now_ns - now_ns > CELL_NS:  # the clock was set back: what lies ahead cannot be counted
            watch = replace(self._watch(), now_ns=now_ns, tracks={a: _here(t, now_ns) for a, t in watch.tracks.items()})
            shift_id, shift = _open_shift(scan.views, state.shift_id), None
            if shift_id:
                shift = PeriodTally.begin(now_ns)
            state = replace(state, live=DayTally.begin(now_ns), shift=shift, shift_id=shift_id)
        assert state.live is not None
        state = replace(state, watch=watch, live=state.live.copy(), shift=state.shift.copy() if state.shift else None)
        for event in events:
            state = self._take(state, event, scan)
        watch.advance(now_ns, _tallies(state))
        if events:
            state = replace(state, news=True)
        return self._shown(state, now_ns) if due or not state.shown_ns else state

    def view(self, state: KpiState) -> JsonObject:
        return {"targets": TARGETS, "live": None, "shift": None, "previous": None} if state.shown is None else state.shown

    def save(self, state: KpiState) -> JsonObject:
        watch, live, shift = state.watch, state.live, state.shift
        tracks: dict[str, Json] = {
            alarm: [t.state, t.priority, t.asked_ns, t.active_ns, t.cycles, int(t.chattering), t.quick]
            for alarm, t in watch.tracks.items()
        }
        return {
            "now_ns": watch.now_ns, "tracks": tracks, "recent": [list(r) for r in watch.recent], "flooded_ns": watch.flooded_ns,
            "live": None if live is None else {"from_ns": live.from_ns, "cells": [_cell(c) for c in (*live.cells, live.open)]},
            "shift": None if shift is None else _period(shift), "shift_id": state.shift_id, "previous": state.previous,
        }  # fmt: skip

    def restore(self, saved: JsonObject, now_ns: int) -> KpiState:
        """As saved, less the alarms that the line no longer has; time in which the engine stood still is time without alarms.

        Raises ValueError when ``saved`` is not what :meth:`save` wrote.
        """
        data = _Saved.model_validate(saved)
        watch = self._watch()
        watch.now_ns, watch.flooded_ns = data.now_ns, data.flooded_ns
        watch.tracks = {
            alarm: Track(AlarmState(s).value, priority, asked_ns, active_ns, tuple(cycles), bool(chattering), quick)
            for alarm, (s, priority, asked_ns, active_ns, cycles, chattering, quick) in data.tracks.items()
            if self._table.row(alarm) is not None
        }
        watch.recent = deque(data.recent)
        watch.recent_count = sum(n for _, n in data.recent)
        live = data.live.tally() if data.live is not None else None
        shift = data.shift.tally() if data.shift is not None else None
        return KpiState(watch, live, shift, data.shift_id, data.previous)

    def _watch(self) -> Watch:
        return Watch(0, self._table.rules.flood_start, self._table.rules.flood_end)

    def _take(self, state: KpiState, event: Event, scan: Scan) -> KpiState:
        if event.kind == EventKind.ALARM:
            state.watch.fold((fact_of(event.time_ns, event.source, event.data),), _tallies(state))
        elif event.data.get("what") == "started":
            state.watch.advance(event.time_ns, _tallies(state))
            return replace(state, shift=PeriodTally.begin(state.watch.now_ns), shift_id=event.source, shown_ns=0)
        elif event.data.get("what") == "ended" and state.shift is not None:
            state.watch.advance(event.time_ns, _tallies(state))
            previous = figures(state.shift, state.watch)
            scan.event(EventKind.ALARM_KPI, event.source, {"what": "shift", **previous})
            return replace(state, shift=None, shift_id="", previous=previous, shown_ns=0)
        return state

    def _shown(self, state: KpiState, now_ns: int) -> KpiState:
        assert state.live is not None
        state.watch.forget()
        shown: JsonObject = {
            "targets": TARGETS,
            "live": figures(state.live, state.watch),
            "shift": None if state.shift is None else figures(state.shift, state.watch),
            "previous": state.previous,
        }
        return replace(state, shown=shown, shown_ns=now_ns, news=False)


def _tallies(state: KpiState) -> Sequence[DayTally | PeriodTally]:
    return [t for t in (state.live, state.shift) if t is not None]


def _here(track: Track, now_ns: int) -> Track:
    """The alarm after the clock was set back: it stands since now."""
    return replace(track, asked_ns=min(track.asked_ns, now_ns), active_ns=min(track.active_ns, now_ns), cycles=())


def _open_shift(views: Mapping[str, JsonObject], known: str) -> str:
    """The shift that runs already, for a line whose figures begin in the middle of one."""
    view = views.get("shift", {})
    return str(view.get("id", "")) if view.get("state") == "open" else known


def _cell(cell: Cell) -> JsonObject:
    """What is nothing is left out: most cells of a day are empty."""
    counted: dict[str, Json] = {
        "counts": cell.counts, "priorities": list(cell.priorities) if cell.total else None, "chattering": cell.chattering,
        "fleeting": cell.fleeting, "stale": cell.stale,
        "acks": [sorted(a.items()) for a in cell.acks] if any(cell.acks) else None, "peak": cell.peak, "floods": cell.floods,
        "flood_ns": cell.flood_ns,
    }  # fmt: skip
    return {"start_ns": cell.start_ns, **{name: value for name, value in counted.items() if value}}


def _period(tally: PeriodTally) -> JsonObject:
    return {
        "from_ns": tally.from_ns, "open": _cell(tally.open), "base": _cell(tally.base), "closed": list(tally.closed),
        "windows": tally.windows, "busy_windows": tally.busy_windows, "hours": tally.hours, "busy_hours": tally.busy_hours,
        "hour": list(tally.hour), "counted": tally.counted,
    }  # fmt: skip


_Times: TypeAlias = tuple[tuple[float, int], ...]


class _SavedCell(FileModel):
    start_ns: int
    counts: Mapping[str, int] = {}
    priorities: tuple[int, int, int, int] = (0, 0, 0, 0)
    chattering: Mapping[str, int] = {}
    fleeting: Mapping[str, int] = {}
    stale: Mapping[str, int] = {}
    acks: tuple[_Times, _Times, _Times, _Times] = ((), (), (), ())
    peak: int = 0
    floods: int = 0
    flood_ns: int = 0

    def cell(self) -> Cell:
        return Cell(
            self.start_ns, dict(self.counts), list(self.priorities), dict(self.chattering), dict(self.fleeting),
            dict(self.stale), [dict(a) for a in self.acks], self.peak, self.floods, self.flood_ns,
        )  # fmt: skip


class _SavedDay(FileModel):
    from_ns: int
    cells: tuple[_SavedCell, ...]

    def tally(self) -> DayTally:
        *closed, last = (c.cell() for c in self.cells)
        return DayTally(self.from_ns, last, tuple(closed))


class _SavedPeriod(FileModel):
    from_ns: int
    open: _SavedCell
    base: _SavedCell
    closed: tuple[int, ...]
    windows: int
    busy_windows: int
    hours: int
    busy_hours: int
    hour: tuple[int, ...]
    counted: int

    def tally(self) -> PeriodTally:
        return PeriodTally(
            self.from_ns, self.open.cell(), self.base.cell(), list(self.closed), self.windows, self.busy_windows, self.hours,
            self.busy_hours, list(self.hour), self.counted,
        )  # fmt: skip


class _Saved(FileModel):
    now_ns: int
    tracks: dict[str, tuple[str, int, int, int, tuple[int, ...], int, int]]
    recent: tuple[tuple[int, int], ...]
    flooded_ns: int
    live: _SavedDay | None
    shift: _SavedPeriod | None
    shift_id: str
    previous: JsonObject | None
