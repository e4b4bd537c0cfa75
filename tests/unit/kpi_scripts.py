"""Scripts of alarms for the tests of the figures: what happens when, told through the state table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alarms.kpi import Fact, Watch, fact_of
from alarms.kpi_figures import period_figures
from alarms.states import ACTIVE, AlarmEvent, AlarmState, transition
from line.clock import NS_PER_S
from line.messages import Event, EventKind, Json

START_NS = 1_800_000_000 * NS_PER_S
"""A full hour, so that cells of the clock and of a period are the same."""

Line = tuple[float, str, str]
"""Seconds after the start, alarm, event. The alarm's priority is its last character, else 3."""


def data_of(script: Iterable[Line]) -> list[tuple[float, str, dict[str, Json]]]:
    """The data of the events of a script. Raises KeyError for what the table does not know."""
    states: dict[str, AlarmState] = {}
    active: dict[str, bool] = {}
    told: list[tuple[float, str, dict[str, Json]]] = []
    for at_s, alarm, word in script:
        event = AlarmEvent(word)
        before = states.get(alarm, AlarmState.NORMAL)
        after = states[alarm] = transition(before, event)
        if event is AlarmEvent.ALARM or after in ACTIVE:
            active[alarm] = True
        elif event in (AlarmEvent.RETURN, AlarmEvent.LATCH, AlarmEvent.RESUME_NORMAL, AlarmEvent.RESUME_LATCHED):
            active[alarm] = False
        priority = int(alarm[-1]) if alarm[-1].isdigit() else 3
        data: dict[str, Json] = {
            "event": word, "from": before.value, "to": after.value, "active": active.get(alarm, False), "priority": priority,
        }  # fmt: skip
        if word in ("ack", "reset", "shelve", "remove"):
            data["user"] = "ivanova"
        told.append((at_s, alarm, data))
    return told


def events(script: Iterable[Line], start_ns: int = START_NS) -> list[Event]:
    """The script as events of the journal."""
    return [
        Event(n, start_ns + int(at_s * NS_PER_S), EventKind.ALARM, alarm, data=data)
        for n, (at_s, alarm, data) in enumerate(data_of(script), 1)
    ]


def facts(script: Iterable[Line], start_ns: int = START_NS) -> list[Fact]:
    """The script as facts."""
    return [fact_of(e.time_ns, e.source, e.data) for e in events(script, start_ns)]


def figures(script: Sequence[Line], hours: float = 1.0, from_s: float = 0.0) -> dict[str, Any]:
    """The figures of a script from ``from_s`` on for ``hours``."""
    from_ns = START_NS + int(from_s * NS_PER_S)
    to_ns = from_ns + int(hours * 3600 * NS_PER_S)
    told = [f for f in facts(script) if f.time_ns < to_ns]
    return dict(period_figures(Watch(START_NS), told, from_ns, to_ns))


def burst(count: int, at_s: float = 0.0, every_s: float = 1.0, name: str = "F") -> list[Line]:
    """So many alarms, each of another thing, one after another."""
    return [(at_s + n * every_s, f"{name}.{n}a3", "alarm") for n in range(count)]
