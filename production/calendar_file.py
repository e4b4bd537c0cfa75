"""``shifts.yaml`` → :class:`production.calendar.Calendar`, with every fault of the file found in one run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import date, time
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from line.clock import is_time_zone
from line.documents import Document, FileModel, KeyPath, Problem, Text, validate
from production.calendar import DAYS, Calendar, Pause, PlannedShift

KEYS_IN: Final = "docs/howto/shifts.md"
MINUTES_PER_DAY: Final = 1440
MINUTES_PER_WEEK: Final = 7 * MINUTES_PER_DAY
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


def _clock(value: object) -> object:
    """``"08:00"``; YAML reads 8:00 without quotes as the number 480, minutes of the day."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MINUTES_PER_DAY:
        return f"{value // 60:02d}:{value % 60:02d}"
    return value


def _time_of_day(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(f"'{text}' is no time of day; write it as \"08:00\"")
    return text


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no date; write it as \"2026-01-05\"") from None
    return text


ClockTime = Annotated[str, BeforeValidator(_clock), AfterValidator(_time_of_day)]
Minutes = Annotated[int, Field(ge=1, le=MINUTES_PER_DAY)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class BreakEntry(FileModel):
    """A planned break of a shift."""

    name: Text
    at: ClockTime
    minutes: Minutes


class ShiftEntry(FileModel):
    """One kind of shift; without ``days`` every day, without ``crews`` nobody's in particular."""

    name: Text
    number: Annotated[int, Field(ge=1, le=99)]
    start: ClockTime
    end: ClockTime
    days: tuple[Day, ...] = ()
    crews: tuple[str | int, ...] = ()
    breaks: tuple[BreakEntry, ...] = ()


class DowntimeEntry(FileModel):
    """Planned downtime of the line: cleaning, maintenance."""

    name: Text
    kind: Literal["cleaning", "maintenance", "other"] = "cleaning"
    at: ClockTime
    minutes: Annotated[int, Field(ge=1, le=MINUTES_PER_WEEK)]
    days: tuple[Day, ...] = ()


class ShiftsFile(FileModel):
    """``shifts.yaml``."""

    keys_in = KEYS_IN
    time_zone: str = ""
    """Deprecated: that of line.yaml, which is to say the same."""
    auto_end_after_min: Annotated[int, Field(ge=0, le=MINUTES_PER_DAY)] = 30
    early_start_min: Annotated[int, Field(ge=0, le=720)] = 60
    rotation_start: Annotated[str, AfterValidator(_day)] = "2024-01-01"
    crews: dict[str | int, Text] = Field(default_factory=dict[str | int, Text])
    shifts: dict[str, ShiftEntry]
    downtime: tuple[DowntimeEntry, ...] = ()


def load_shifts(document: Document, time_zone: str = "") -> tuple[Calendar | None, list[Problem]]:
    """The calendar of ``document``, or every fault in it; a caller that sees problems starts nothing.

    ``time_zone`` is the line's; '' leaves it to the file, and else to UTC.
    """
    file, problems = validate(ShiftsFile, document)
    if file is None:
        return None, sorted(set(problems))
    found = _Checks(document, file).problems()
    if found:
        return None, sorted(set(found))
    shifts = tuple(_shift(i, e) for i, e in file.shifts.items())
    downtime = tuple(Pause(e.name, e.kind, _at(e.at), e.minutes, _days(e.days)) for e in file.downtime)
    crews = {str(i): name for i, name in file.crews.items()}
    start = date.fromisoformat(file.rotation_start)
    zone = time_zone or file.time_zone or "UTC"
    return Calendar(zone, shifts, crews, start, downtime, file.auto_end_after_min, file.early_start_min), []


class _Checks:
    """What pydantic does not see: names that do not exist, times that do not fit each other."""

    def __init__(self, document: Document, file: ShiftsFile) -> None:
        self._document = document
        self._file = file
        self._found: list[Problem] = []

    def problems(self) -> list[Problem]:
        self._zone()
        self._ids()
        self._numbers()
        for shift, entry in self._file.shifts.items():
            self._crews(shift, entry)
            self._breaks(shift, entry)
        self._overlaps()
        return self._found

    def _fault(self, path: KeyPath, message: str, remedy: str) -> None:
        self._found.append(self._document.problem(path, message, remedy))

    def _zone(self) -> None:
        if self._file.time_zone and not is_time_zone(self._file.time_zone):
            said = f"there is no time zone '{self._file.time_zone}'"
            self._fault(("time_zone",), said, "Write one as Europe/Moscow or Asia/Yekaterinburg")

    def _ids(self) -> None:
        if not self._file.shifts:
            self._fault(("shifts",), "there is no shift", "Describe at least one, or remove the file")
        pairs = [("shifts", i) for i in self._file.shifts] + [("crews", str(i)) for i in self._file.crews]
        for key, name in pairs:
            if not _NAME.fullmatch(name):
                said = f"'{name}' is no id"
                self._fault((key, name), said, "Use at most 40 Latin letters, digits, _ and -")

    def _numbers(self) -> None:
        seen: dict[int, str] = {}
        for shift, entry in self._file.shifts.items():
            other = seen.setdefault(entry.number, shift)
            if other != shift:
                said = f"the number {entry.number} is that of the shift '{other}' already"
                self._fault(("shifts", shift, "number"), said, "Give each shift a number of its own")

    def _crews(self, shift: str, entry: ShiftEntry) -> None:
        known = [str(c) for c in self._file.crews]
        for i, crew in enumerate(entry.crews):
            if str(crew) in known:
                continue
            near = difflib.get_close_matches(str(crew), known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Add it under crews, or correct the name"
            self._fault(("shifts", shift, "crews", i), f"there is no crew '{crew}'", remedy)

    def _breaks(self, shift: str, entry: ShiftEntry) -> None:
        length = _length(entry)
        for i, pause in enumerate(entry.breaks):
            after = (_minute(pause.at) - _minute(entry.start)) % MINUTES_PER_DAY
            if after + pause.minutes > length:
                said = f"the break {pause.at} + {pause.minutes} min is not within the shift {entry.start}–{entry.end}"
                self._fault(("shifts", shift, "breaks", i, "at"), said, "Correct its time or its minutes")

    def _overlaps(self) -> None:
        taken: list[tuple[int, int, str]] = []
        for shift, entry in self._file.shifts.items():
            clash = ""
            for day in sorted(_days(entry.days)):
                begin = day * MINUTES_PER_DAY + _minute(entry.start)
                for part in _within_week(begin, begin + _length(entry)):
                    clash = clash or next((s for b, e, s in taken if s != shift and b < part[1] and e > part[0]), "")
                    taken.append((*part, shift))
            if clash:
                said = f"the shift overlaps with '{clash}'"
                self._fault(("shifts", shift, "start"), said, "A line has one shift at a time: correct times or days")


def _within_week(begin: int, end: int) -> list[tuple[int, int]]:
    """Minutes of the week, what goes beyond Sunday at its beginning."""
    if end <= MINUTES_PER_WEEK:
        return [(begin, end)]
    return [(begin, MINUTES_PER_WEEK), (0, end - MINUTES_PER_WEEK)]


def _shift(shift: str, entry: ShiftEntry) -> PlannedShift:
    days = _days(entry.days)
    breaks = tuple(Pause(b.name, "break", _at(b.at), b.minutes, days) for b in entry.breaks)
    crews = tuple(str(c) for c in entry.crews)
    return PlannedShift(shift, entry.name, entry.number, _at(entry.start), _at(entry.end), days, crews, breaks)


def _at(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _minute(text: str) -> int:
    return _at(text).hour * 60 + _at(text).minute


def _length(entry: ShiftEntry) -> int:
    """Minutes by the clock; the same time at both ends is a whole day."""
    return (_minute(entry.end) - _minute(entry.start) - 1) % MINUTES_PER_DAY + 1


def _days(days: Sequence[str]) -> frozenset[int]:
    return frozenset(DAYS.index(d) for d in days) if days else frozenset(range(7))
