"""The simulated courier of a shift, when a shift begins, and what its report says of escalation."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from line.clock import NS_PER_S
from line.messages import Event, JsonObject
from potok.arguments import time_of_day
from potok.courier import LOGGED, Courier, EscalationTally
from potok.linefolder import LoadedLine, find_folder, load_line
from potok.shift import START_NS, ShiftSettings, start_of
from tests.builders import T0_NS


@cache
def sausage() -> LoadedLine:
    return load_line(find_folder("sausage"))


def outbox(*entries: tuple[str, int]) -> dict[str, JsonObject]:
    return {"escalation": {"outbox": [{"id": i, "attempt": a} for i, a in entries]}}


def test_the_courier_answers_every_attempt_once() -> None:
    courier = Courier()
    first, second = courier.look(T0_NS, outbox(("N2", 1), ("N1", 1)))
    assert [(c.target, c.args["attempt"], c.args["delivered"]) for c in (first, second)] == [("N1", 1, True), ("N2", 1, True)]
    assert (first.kind, first.user, first.role) == ("notice.result", "notifier", "admin")
    assert courier.look(T0_NS + NS_PER_S, outbox(("N1", 1), ("N2", 1))) == []
    [again] = courier.look(T0_NS + 2 * NS_PER_S, outbox(("N1", 2)))
    assert again.args["attempt"] == 2
    assert len({first.id, second.id, again.id}) == 3


def test_the_courier_of_a_line_without_escalation_has_nothing_to_do() -> None:
    assert Courier().look(T0_NS, {}) == []


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("6:05", 365), ("22:00", 1320), ("23:59", 1439)])
def test_a_time_of_day(text: str, minute: int) -> None:
    assert time_of_day(text) == minute


@pytest.mark.parametrize("text", ["", "24:00", "22", "22:60", "22:5", "-1:00", "22:00:00", "٢٢:٠٠", "22:00\n"])
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write HH:MM"):
        time_of_day(text)


def test_a_shift_begins_by_the_clock_of_the_line() -> None:
    line = sausage()
    assert start_of(line, ShiftSettings(8.0, 1)) == START_NS
    zone = ZoneInfo(line.escalation.time_zone)
    began = datetime.fromtimestamp(start_of(line, ShiftSettings(8.0, 1, start_min=22 * 60 + 30)) // NS_PER_S, zone)
    today = datetime.fromtimestamp(START_NS // NS_PER_S, zone)
    assert (began.date(), began.hour, began.minute, began.second) == (today.date(), 22, 30, 0)
    assert zone.key == "Europe/Moscow"
    assert began.astimezone(UTC).hour == 19


def event(kind: str, source: str, data: JsonObject, second: int = 0) -> Event:
    return Event(second + 1, START_NS + second * NS_PER_S, kind, source, "S401", "", data)


def test_the_report_counts_runs_steps_and_notices_and_lists_them_by_local_time() -> None:
    tally = EscalationTally(ZoneInfo("Europe/Moscow"))
    run = {"policy": "p1", "step": 1, "outputs": ["horn"], "tell": [], "why": ""}
    tally.take(event("alarm", "A", {"what": "other"}))
    tally.take(event("escalation", "A", {**run, "what": "started"}))
    tally.take(event("escalation", "A", {**run, "what": "step"}, 120))
    tally.take(event("notice", "N1", {"what": "told", "run": "A", "contact": "shift_lead"}, 120))
    tally.take(event("escalation", "A", {**run, "what": "ended", "why": "acked"}, 130))
    report = tally.report()
    assert {k: report[k] for k in ("started", "steps", "failed", "ended", "notices", "delivery")} == {
        "started": 1, "steps": 1, "failed": 0, "ended": {"acked": 1}, "notices": {"told": 1}, "delivery": "simulated",
    }  # fmt: skip
    log = report["log"]
    assert isinstance(log, list)
    assert [(r["local"], r["what"], r["of"]) for r in log if isinstance(r, dict)] == [
        ("09:00:00", "started", "A"), ("09:02:00", "step", "A"), ("09:02:00", "told", "A"), ("09:02:10", "ended", "A"),
    ]  # fmt: skip


def test_a_long_log_is_counted_on() -> None:
    tally = EscalationTally(ZoneInfo("UTC"))
    for n in range(LOGGED + 10):
        tally.take(event("notice", f"N{n}", {"what": "told", "run": "A", "contact": "x"}))
    report = tally.report()
    assert report["notices"] == {"told": LOGGED + 10}
    assert isinstance(report["log"], list)
    assert len(report["log"]) == LOGGED
