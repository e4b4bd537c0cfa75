"""The journal of alarms: figures of a month of events, and the page of a search that finds nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from alarms.states import AlarmEvent, AlarmState, transition
from benchmarks.figure import Figure, median
from historian.alarm_journal import SCAN_MAX, AlarmFilter
from historian.journal import Journal
from historian.queries import Queries
from line.clock import NS_PER_S, perf_counter_ns
from line.messages import Event, EventKind, Json, JsonObject
from server.figures import journal_figures

_ALARMS = 400
_SPAN_NS = 30 * 86_400 * NS_PER_S
_START_NS = 1_767_247_200 * NS_PER_S
_NEXT = {
    AlarmState.NORMAL: AlarmEvent.ALARM,
    AlarmState.UNACK_ACTIVE: AlarmEvent.ACK,
    AlarmState.ACKED_ACTIVE: AlarmEvent.RETURN,
}


def alarm_kpi_100k_s(quick: bool = False) -> Figure:
    """Seconds from the journal to the figures of 30 days with 100,000 alarm events."""
    count, rounds = (3_000, 1) if quick else (100_000, 3)
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
        queries = _journal(Path(folder), count)
        took: list[float] = []
        found: JsonObject = {}
        for _ in range(rounds):
            began_ns = perf_counter_ns()
            found = journal_figures(queries, _START_NS, _START_NS + _SPAN_NS)
            took.append((perf_counter_ns() - began_ns) / NS_PER_S)
    about = f"{count} events of {_ALARMS} alarms, {found['alarms']} annunciations; median of {rounds} rounds"
    return Figure("alarm_kpi_100k_s", round(median(took), 3), "s", about=about)


def alarm_search_ms(quick: bool = False) -> Figure:
    """Milliseconds of the dearest page of a search: all the events that one page looks at, and none is meant."""
    count, rounds = (1_000, 1) if quick else (SCAN_MAX, 7)
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
        queries = _journal(Path(folder), count)
        took: list[float] = []
        for _ in range(rounds):
            began_ns = perf_counter_ns()
            page = queries.alarm_page(AlarmFilter(text="зебра"))
            took.append((perf_counter_ns() - began_ns) / 1e6)
            if page.events:
                raise RuntimeError("the search found what is not there")
    about = f"{count} events looked at; median of {rounds} rounds"
    return Figure("alarm_search_ms", round(median(took), 1), "ms", about=about)


def _journal(folder: Path, count: int) -> Queries:
    """A journal of ``count`` alarm events evenly over 30 days: alarm, acknowledgement, return, over and over."""
    states = [AlarmState.NORMAL] * _ALARMS
    journal = Journal(folder / "journal.db")
    batch: list[Event] = []
    for number in range(count):
        row = number * 7 % _ALARMS
        before = states[row]
        states[row] = transition(before, _NEXT[before])
        batch.append(_event(number, count, row, before, states[row]))
        if len(batch) == 5_000 or number == count - 1:
            journal.append(batch)
            batch = []
    journal.close()
    return Queries(folder)


def _event(number: int, count: int, row: int, before: AlarmState, after: AlarmState) -> Event:
    event = _NEXT[before]
    unit = f"U{row % 40}"
    data: dict[str, Json] = {
        "event": event.value, "from": before.value, "to": after.value, "active": after is not AlarmState.NORMAL,
        "priority": 1 + row % 4, "tag": f"{unit}.Temp{row // 40}", "kind": "high", "area": "heat", "value": 84.5, "limit": 84.0,
        "text": {"ru": f"{unit}: температура в камере выше предела", "en": f"{unit}: chamber temperature above its limit"},
        "eu": "°C", "quality": 0, "source_ns": _START_NS, "deadband": 0.5, "on_delay_s": 5.0, "off_delay_s": 15.0,
        "config": "a1b2", "first_out": False, "consequence_of": "", "recipe": "doktorskaya", "phase": "cook",
        **({"user": "ivanova", "station": "P1", "reason": ""} if event is AlarmEvent.ACK else {}),
    }  # fmt: skip
    return Event(
        number + 1, _START_NS + _SPAN_NS * number // count, EventKind.ALARM, f"{unit}.Temp{row // 40}.high", unit, "B1", data
    )
