"""What a shift adds up: counters of the line, time of its units, batches, alarms.

Counters are read once a second and on the scan that starts or ends a shift; only Good quality counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast

from line.clock import NS_PER_S
from line.counters import gained
from line.image import Snapshot
from line.messages import Event, EventKind, Json, JsonObject
from line.phases import PhaseState
from line.tags import TagTable

COUNTERS: Final = ("charged_kg", "packed_kg", "packs", "rejects")
"""Totals that follow a counter of the line, in the order of :attr:`Counts.totals`."""

RUN_STATES: Final = frozenset({PhaseState.RUNNING, PhaseState.RESTARTING})
HELD_STATES: Final = frozenset({PhaseState.HOLDING, PhaseState.HELD, PhaseState.PAUSING, PhaseState.PAUSED})

GAP_MAX_NS: Final = 5 * NS_PER_S
"""Time between two looks that is longer than this is nobody's running time: the engine stood still."""

Last = tuple[float | None, ...]
"""The counters as they were last seen, in the order of COUNTERS."""


@dataclass(frozen=True)
class ShiftTotals:
    """The tags that the totals come from; an empty name leaves a total at zero. ``phase_states``: unit → its ``PhSts`` tag."""

    charged_kg: str = ""
    packed_kg: str = ""
    packs: str = ""
    rejects: str = ""
    phase_states: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Counts:
    """What a shift adds up. ``totals`` is in the order of COUNTERS, times are ns by position of the unit.

    ``completed_size_kg`` is what the completed batches were to weigh, ``completed_packed_kg`` what had been packed when the
    last of them was complete: the yield is of these, since what is still on the line is no loss.
    """

    totals: tuple[float, ...]
    run_ns: tuple[int, ...]
    held_ns: tuple[int, ...]
    batches_started: int = 0
    batches_completed: int = 0
    completed_size_kg: float = 0.0
    completed_packed_kg: float = 0.0
    alarms: tuple[int, ...] = (0, 0, 0, 0)
    events: int = 0


class Counter:
    """Reads the tags of a line's totals."""

    def __init__(self, config: ShiftTotals, tags: TagTable) -> None:
        """Raises KeyError with the name of a tag that is not in ``tags``."""
        self._counters = tuple(_handle(tags, str(getattr(config, name))) for name in COUNTERS)
        self._units = tuple(config.phase_states)
        self._phases = tuple(_handle(tags, name) for name in config.phase_states.values())

    def nothing(self) -> Counts:
        """A shift that has just begun."""
        none = (0,) * len(self._units)
        return Counts((0.0,) * len(COUNTERS), none, none)

    def anything_good(self, image: Snapshot) -> bool:
        """Whether any of the tags is seen."""
        return any(h is not None and image.good(h) for h in (*self._counters, *self._phases))

    def look(self, counts: Counts, before: Last, image: Snapshot, elapsed_ns: int) -> tuple[Counts, Last]:
        """Add what the counters and the units did since the last look; the same objects when nothing moved."""
        last, totals = list(before), list(counts.totals)
        for i, handle in enumerate(self._counters):
            value = None if handle is None else image.number(handle)
            if value is None or value != value:
                continue
            was = last[i]
            if was is not None:
                totals[i] += gained(was, value)
            last[i] = value
        run, held = counts.run_ns, counts.held_ns
        if 0 < elapsed_ns <= GAP_MAX_NS:
            now = [None if h is None else image.number(h) for h in self._phases]
            run = tuple(t + elapsed_ns if s in RUN_STATES else t for t, s in zip(run, now, strict=True))
            held = tuple(t + elapsed_ns if s in HELD_STATES else t for t, s in zip(held, now, strict=True))
        if tuple(totals) != counts.totals or run != counts.run_ns or held != counts.held_ns:
            counts = replace(counts, totals=tuple(totals), run_ns=run, held_ns=held)
        return counts, before if tuple(last) == before else tuple(last)

    def to_json(self, counts: Counts) -> JsonObject:
        """The totals as views and events carry them."""
        values = {name: round(value, 3) for name, value in zip(COUNTERS, counts.totals, strict=True)}
        size = counts.completed_size_kg
        return {
            "batches_started": counts.batches_started, "batches_completed": counts.batches_completed,
            "charged_kg": values["charged_kg"], "packed_kg": values["packed_kg"],
            "packs": round(values["packs"]), "rejects": round(values["rejects"]),
            "yield_pct": round(100.0 * counts.completed_packed_kg / size, 2) if size > 0.0 else None,
            "alarms": sum(counts.alarms), "alarms_by_priority": {str(i + 1): n for i, n in enumerate(counts.alarms)},
            "events": counts.events,
            "run_s": {u: ns // NS_PER_S for u, ns in zip(self._units, counts.run_ns, strict=True)},
            "held_s": {u: ns // NS_PER_S for u, ns in zip(self._units, counts.held_ns, strict=True)},
        }  # fmt: skip

    def save(self, counts: Counts) -> dict[str, Json]:
        """As :meth:`restore` reads them."""
        return {
            "totals": counts.totals, "run_ns": dict(zip(self._units, counts.run_ns, strict=True)),
            "held_ns": dict(zip(self._units, counts.held_ns, strict=True)),
            "batches_started": counts.batches_started, "batches_completed": counts.batches_completed,
            "completed_size_kg": counts.completed_size_kg, "completed_packed_kg": counts.completed_packed_kg,
            "alarms": counts.alarms, "events": counts.events,
        }  # fmt: skip

    def restore(self, saved: JsonObject) -> Counts:
        """What :meth:`save` wrote, for the units that there are now."""
        run, held = _numbers(saved.get("run_ns")), _numbers(saved.get("held_ns"))
        return Counts(
            totals=tuple(cast(Sequence[float], saved["totals"])),
            run_ns=tuple(int(run.get(u, 0)) for u in self._units),
            held_ns=tuple(int(held.get(u, 0)) for u in self._units),
            batches_started=int(cast(int, saved["batches_started"])),
            batches_completed=int(cast(int, saved["batches_completed"])),
            completed_size_kg=float(cast(float, saved["completed_size_kg"])),
            completed_packed_kg=float(cast(float, saved["completed_packed_kg"])),
            alarms=tuple(cast(Sequence[int], saved["alarms"])),
            events=int(cast(int, saved["events"])),
        )


def _handle(tags: TagTable, name: str) -> int | None:
    return tags.handle(name) if name else None


def _numbers(value: Json) -> Mapping[str, float]:
    return cast(Mapping[str, float], value) if isinstance(value, Mapping) else {}


_RESUMED: Final = frozenset({"held", "holding", "paused", "pausing", "restarting"})
_ANNUNCIATES: Final = frozenset({"alarm", "realarm", "resume_active"})


def annunciated(data: JsonObject) -> bool:
    """True for an alarm that asks for attention anew (docs/kpi.md); what happens underneath a hidden one does not."""
    return data.get("to") == "unack_active" and data.get("from") != "unack_active" and data.get("event") in _ANNUNCIATES


def count_events(counts: Counts, events: Sequence[Event]) -> Counts:
    """Batches and alarms of one scan."""
    alarms = list(counts.alarms)
    started, completed = counts.batches_started, counts.batches_completed
    completed_size_kg, completed_packed_kg = counts.completed_size_kg, counts.completed_packed_kg
    for event in events:
        data = event.data
        if event.kind == EventKind.ALARM and annunciated(data):
            priority = data.get("priority")
            alarms[min(max(priority, 1), len(alarms)) - 1 if isinstance(priority, int) else -1] += 1
        elif event.kind == EventKind.BATCH:
            what = data.get("what")
            started += (
                what == "state" and not data.get("node") and data.get("to") == "running" and data.get("from") not in _RESUMED
            )
            if what == "complete":
                size_kg = data.get("size_kg")
                completed += 1
                completed_size_kg += size_kg if isinstance(size_kg, int | float) else 0.0
                completed_packed_kg = counts.totals[COUNTERS.index("packed_kg")]
    return replace(
        counts, batches_started=started, batches_completed=completed, completed_size_kg=completed_size_kg,
        completed_packed_kg=completed_packed_kg, alarms=tuple(alarms), events=counts.events + len(events),
    )  # fmt: skip
