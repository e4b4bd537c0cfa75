"""The figures' state in the journal. In a storm it is saved with every scan, so that what has not changed is not written anew."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from pydantic import TypeAdapter

from alarms.kpi import Track, Watch
from alarms.kpi_tally import Cell, DayTally, PeriodTally
from alarms.states import AlarmState
from alarms.table import AlarmTable
from line.documents import FileModel
from line.messages import Json, JsonObject


class KpiSaver:
    """Writes states. Remembers the text of tracks and cells that have not changed since: a memory, not a state."""

    def __init__(self) -> None:
        self._tracks: dict[str, tuple[Track, str]] = {}
        self._cells: dict[int, tuple[Cell, str]] = {}

    def save(self, watch: Watch, live: DayTally | None, shift: PeriodTally | None) -> JsonObject:
        """The state as JSON; tracks and cells are JSON texts of their own."""
        cells: dict[int, tuple[Cell, str]] = {}
        day = None if live is None else [*(self._text(c, cells) for c in live.cells), _cell(live.open)]
        period = None if shift is None else _period(shift, self._text(shift.base, cells))
        self._cells = cells
        return {
            "now_ns": watch.now_ns, "tracks": self._all_tracks(watch.tracks), "recent": [list(r) for r in watch.recent],
            "flooded_ns": watch.flooded_ns, "live": None if live is None else {"from_ns": live.from_ns, "cells": day},
            "shift": period,
        }  # fmt: skip

    def _all_tracks(self, tracks: Mapping[str, Track]) -> str:
        known = self._tracks
        kept: dict[str, tuple[Track, str]] = {}
        for alarm, track in tracks.items():
            old = known.get(alarm)
            kept[alarm] = old if old is not None and old[0] is track else (track, _track(alarm, track))
        self._tracks = kept
        return "\n".join(text for _, text in kept.values())

    def _text(self, cell: Cell, cells: dict[int, tuple[Cell, str]]) -> str:
        """Of a cell that is closed: only a cell that is another object can have another content."""
        known = self._cells.get(id(cell))
        cells[id(cell)] = known if known is not None and known[0] is cell else (cell, _cell(cell))
        return cells[id(cell)][1]


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _track(alarm: str, t: Track) -> str:
    return _dumps([alarm, t.state, t.priority, t.asked_ns, t.active_ns, t.cycles, int(t.chattering), t.quick])


def _cell(cell: Cell) -> str:
    """What is nothing is left out: most cells of a day are empty."""
    counted: dict[str, Json] = {
        "counts": cell.counts, "priorities": cell.priorities if cell.total else None, "chattering": cell.chattering,
        "fleeting": cell.fleeting, "stale": cell.stale,
        "acks": [sorted(a.items()) for a in cell.acks] if any(cell.acks) else None, "peak": cell.peak, "floods": cell.floods,
        "flood_ns": cell.flood_ns,
    }  # fmt: skip
    return _dumps({"start_ns": cell.start_ns, **{name: value for name, value in counted.items() if value}})


def _period(tally: PeriodTally, base: str) -> JsonObject:
    return {
        "from_ns": tally.from_ns, "open": _cell(tally.open), "base": base, "closed": list(tally.closed),
        "windows": tally.windows, "busy_windows": tally.busy_windows, "hours": tally.hours, "busy_hours": tally.busy_hours,
        "hour": list(tally.hour), "counted": tally.counted,
    }  # fmt: skip


_Times: TypeAlias = tuple[tuple[float, int], ...]
_SavedTrack: TypeAlias = tuple[str, AlarmState, int, int, int, tuple[int, ...], int, int]
_TRACK: Final[TypeAdapter[_SavedTrack]] = TypeAdapter(_SavedTrack)


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


def _read_cell(text: str) -> Cell:
    saved = _SavedCell.model_validate_json(text)
    return Cell(
        saved.start_ns, dict(saved.counts), list(saved.priorities), dict(saved.chattering), dict(saved.fleeting),
        dict(saved.stale), [dict(a) for a in saved.acks], saved.peak, saved.floods, saved.flood_ns,
    )  # fmt: skip


class _SavedDay(FileModel):
    from_ns: int
    cells: tuple[str, ...]

    def tally(self) -> DayTally:
        """Raises ValueError for a day without cells."""
        *closed, last = map(_read_cell, self.cells)
        return DayTally(self.from_ns, last, tuple(closed))


class _SavedPeriod(FileModel):
    from_ns: int
    open: str
    base: str
    closed: tuple[int, ...]
    windows: int
    busy_windows: int
    hours: int
    busy_hours: int
    hour: tuple[int, ...]
    counted: int

    def tally(self) -> PeriodTally:
        """Raises ValueError for cells that cannot be read."""
        return PeriodTally(
            self.from_ns, _read_cell(self.open), _read_cell(self.base), list(self.closed), self.windows, self.busy_windows,
            self.hours, self.busy_hours, list(self.hour), self.counted,
        )  # fmt: skip


class SavedKpi(FileModel):
    """The stage's state."""

    now_ns: int
    tracks: str
    recent: tuple[tuple[int, int], ...]
    flooded_ns: int
    live: _SavedDay | None
    shift: _SavedPeriod | None
    shift_id: str
    previous: JsonObject | None

    def filled(self, watch: Watch, table: AlarmTable) -> Watch:
        """``watch`` as it was saved, less alarms that are not in ``table``. Raises ValueError for tracks that cannot be read."""
        watch.now_ns, watch.flooded_ns = self.now_ns, self.flooded_ns
        watch.tracks = dict(_read_tracks(self.tracks.split("\n") if self.tracks else (), table))
        watch.recent = deque(self.recent)
        watch.recent_count = sum(n for _, n in self.recent)
        return watch


def _read_tracks(lines: Iterable[str], table: AlarmTable) -> Iterable[tuple[str, Track]]:
    for line in lines:
        try:
            alarm, state, priority, asked_ns, active_ns, cycles, chattering, quick = _TRACK.validate_json(line)
        except ValueError as error:
            raise ValueError(f"tracks: {error}") from error
        if table.row(alarm) is not None:
            yield alarm, Track(state.value, priority, asked_ns, active_ns, cycles, bool(chattering), quick)
