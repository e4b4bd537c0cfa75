"""The calendar of shifts: what is due, whose it is, how much of it is planned to be busy, and what a wrong file is told."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.clock import NS_PER_S
from potok.linefolder import SHIPPED
from potok.yamlfile import read_yaml
from production.calendar import Calendar
from production.calendar_file import load_shifts

HOUR_NS = 3600 * NS_PER_S
SHIPPED_FILE = SHIPPED / "sausage" / "shifts.yaml"

NIGHTS = """
time_zone: Europe/Berlin
crews: {x: {ru: Икс, en: X}, y: {ru: Игрек, en: Y}}
rotation_start: "2026-03-02"
shifts:
  day: {name: {ru: День, en: Day}, number: 1, start: "06:00", end: "18:00", days: [mon, tue, wed, thu, fri], crews: [x, y]}
  night:
    name: {ru: Ночь, en: Night}
    number: 2
    start: "22:00"
    end: "06:00"
    breaks:
      - {name: {ru: Обед, en: Meal}, at: "01:00", minutes: 30}
downtime:
  - {name: {ru: Мойка, en: Cleaning}, at: "16:00", minutes: 180, days: [fri]}
"""


def load(text: str, tmp_path: Path) -> tuple[Calendar | None, list[str]]:
    path = tmp_path / "shifts.yaml"
    path.write_text(text, encoding="utf-8")
    document, problems = read_yaml(path, "shifts.yaml")
    assert document is not None, problems
    calendar, problems = load_shifts(document)
    return calendar, [str(p) for p in problems]


@pytest.fixture
def calendar(tmp_path: Path) -> Calendar:
    found, problems = load(NIGHTS, tmp_path)
    assert problems == []
    assert found is not None
    return found


def shipped() -> Calendar:
    document, _ = read_yaml(SHIPPED_FILE, "shifts.yaml")
    assert document is not None
    found, problems = load_shifts(document, "Europe/Moscow")
    assert problems == []
    assert found is not None
    return found


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * NS_PER_S


def test_the_shift_that_is_due_and_the_next(calendar: Calendar) -> None:
    due = calendar.due_at(at("2026-03-03T07:00"))
    assert due is not None
    assert (due.shift.id, due.day, due.crew) == ("day", date(2026, 3, 3), "y")
    assert (due.start_ns, due.end_ns) == (at("2026-03-03T06:00"), at("2026-03-03T18:00"))
    assert calendar.due_at(at("2026-03-03T20:00")) is None, "between shifts"
    night = calendar.due_at(at("2026-03-04T02:00"))
    assert night is not None
    assert (night.shift.id, night.day) == ("night", date(2026, 3, 3))
    assert calendar.due_at(night.end_ns) == calendar.next_after(night.end_ns - 1)
    coming = calendar.next_after(at("2026-03-07T10:00"))
    assert coming is not None
    assert (coming.shift.id, coming.start_ns) == ("night", at("2026-03-07T22:00")), "no day shift on a Saturday"


def test_who_comes_early_means_the_coming_shift(calendar: Calendar) -> None:
    early, late = at("2026-03-03T05:30"), at("2026-03-03T04:30")
    meant = calendar.meant_at(early)
    assert meant is not None
    assert meant.shift.id == "day"
    meant = calendar.meant_at(late)
    assert meant is not None
    assert meant.shift.id == "night"
    meant = calendar.meant_at(early, number=2)
    assert meant is not None
    assert meant.shift.id == "night", "who says the number is taken at the word"
    assert calendar.meant_at(early, number=7) is None


def test_the_night_of_the_change_of_clocks(calendar: Calendar) -> None:
    spring = calendar.due_at(at("2026-03-28T23:00"))
    autumn = calendar.due_at(at("2026-10-24T23:00"))
    usual = calendar.due_at(at("2026-10-25T23:00"))
    assert spring is not None
    assert autumn is not None
    assert usual is not None
    assert [(d.end_ns - d.start_ns) // HOUR_NS for d in (spring, autumn, usual)] == [7, 9, 8]
    busy = [calendar.busy_ns(d.start_ns, d.end_ns) / HOUR_NS for d in (spring, autumn, usual)]
    assert busy == [6.5, 8.5, 7.5], "the meal is half an hour in each of them"


def test_planned_busy_time_leaves_out_breaks_downtime_and_what_is_no_shift(calendar: Calendar) -> None:
    friday = at("2026-03-06T06:00")
    assert calendar.busy_ns(friday, friday + 24 * HOUR_NS) == round((10 + 7.5) * HOUR_NS)
    assert calendar.busy_ns(friday + 9 * HOUR_NS, friday + 11 * HOUR_NS) == HOUR_NS, "cleaning begins at 16:00"
    assert calendar.busy_ns(friday + 12 * HOUR_NS, friday + 16 * HOUR_NS) == 0
    assert calendar.off_ns(friday, friday + 24 * HOUR_NS) == round(3.5 * HOUR_NS)
    assert [o.kind for o in calendar.pauses(friday, friday + 24 * HOUR_NS)] == ["cleaning", "break"]


def test_the_shipped_calendar_covers_every_hour_with_one_shift_and_four_crews() -> None:
    calendar = shipped()
    begin = at("2026-01-01T08:00", "Europe/Moscow")
    days = [(d.day.isoformat()[-2:], d.shift.id, d.crew) for d in calendar.occurrences(begin, begin + 8 * 24 * HOUR_NS)]
    assert len(days) == 16
    of_a = [(day, shift) for day, shift, crew in days if crew == "a"]
    assert of_a == [("01", "day"), ("02", "day"), ("03", "night"), ("04", "night")], "two days, two nights, four days off"
    assert {crew for _, _, crew in days} == set(calendar.crews)
    spans = list(calendar.occurrences(begin, begin + 30 * 24 * HOUR_NS))
    assert all(a.end_ns == b.start_ns for a, b in itertools.pairwise(spans))


@given(st.integers(0, 2 * 365 * 24 * 60), st.integers(1, 3 * 24 * 60))
def test_a_span_is_as_busy_as_its_parts(minute: int, minutes: int) -> None:
    calendar = shipped()
    begin = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * NS_PER_S + minute * 60 * NS_PER_S
    middle, end = begin + minutes * 20 * NS_PER_S, begin + minutes * 60 * NS_PER_S
    assert calendar.busy_ns(begin, end) == calendar.busy_ns(begin, middle) + calendar.busy_ns(middle, end)
    assert 0 <= calendar.busy_ns(begin, end) <= end - begin


def one(shift: str, **more: str) -> str:
    rest = "".join(f"{k}: {v}\n" for k, v in more.items())
    return f"time_zone: Europe/Moscow\n{rest}shifts:\n  day: {{name: {{ru: Д, en: D}}, number: 1, {shift}}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (one('start: "25:00", end: "08:00"'), "shifts.yaml:3: shifts.day.start: '25:00' is no time of day"),
        (one('start: "08:00"'), "shifts.day.end: this key is missing. Add it; docs/howto/shifts.md lists the keys"),
        (one('start: "08:00", end: "20:00", crews: [a]'), "shifts.day.crews.0: there is no crew 'a'"),
        (one('start: "08:00", end: "20:00", days: [monday]'), "shifts.day.days.0"),
        (one('start: "08:00", end: "20:00"', rotation_start='"today"'), "shifts.yaml:2: rotation_start: 'today' is no date"),
        ("time_zone: Moscow\nshifts: {}\n", "shifts.yaml:1: time_zone: there is no time zone 'Moscow'"),
        ("time_zone: UTC\nshifts: {}\n", "shifts.yaml:2: shifts: there is no shift. Describe at least one"),
        (one('start: "08:00", end: "20:00", breaks: [{name: {ru: О, en: L}, at: "21:00", minutes: 30}]'),
         "shifts.day.breaks.0.at: the break 21:00 + 30 min is not within the shift 08:00–20:00"),
        (one('start: "08:00", end: "20:00"') + '  late: {name: {ru: В, en: L}, number: 1, start: "20:00", end: "06:00"}\n',
         "shifts.yaml:4: shifts.late.number: the number 1 is that of the shift 'day' already"),
        (one('start: "08:00", end: "20:00"') + '  late: {name: {ru: В, en: L}, number: 2, start: "19:00", end: "06:00"}\n',
         "shifts.yaml:4: shifts.late.start: the shift overlaps with 'day'. A line has one shift at a time"),
        (one('start: "08:00", end: "20:00", days: [mon]')
         + '  long: {name: {ru: Н, en: L}, number: 2, start: "20:00", end: "12:00", days: [sun]}\n', "overlaps with 'day'"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_where_and_what_to_do(text: str, said: str, tmp_path: Path) -> None:
    calendar, problems = load(text, tmp_path)
    assert calendar is None
    assert [p for p in problems if said in p], problems


def test_hours_without_quotes_are_read_as_they_were_meant(tmp_path: Path) -> None:
    calendar, problems = load(one("start: 8:00, end: 20:00"), tmp_path)
    assert problems == []
    assert calendar is not None
    assert (calendar.shifts[0].start.hour, calendar.shifts[0].end.hour) == (8, 20)
