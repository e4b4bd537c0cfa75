"""What the image says of machines: states, counters, reasons. Only Good is believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from line.counters import gained
from line.image import Snapshot
from line.jsontools import child, finite, objects
from line.messages import Event, EventKind, Json, JsonObject
from line.quality import good_mask
from production.oee import Counts
from production.plan import NO_TAG, Machine
from production.stops_record import MachineNow
from production.stops_states import SEEN, WORDS, Open, Seen

ALARM_BEFORE_NS = 60_000_000_000
"""An alarm that came at most this long before a stop may be its cause."""


class Watch:
    """The tags whose change is looked at in every scan, as one array."""

    def __init__(self, machines: Iterable[Machine]) -> None:
        handles = [h for m in machines for h in (m.state, m.reason, m.starved, m.blocked) if h != NO_TAG]
        self._handles = np.array(handles, dtype=np.int64)

    def seen(self, image: Snapshot) -> bytes:
        """Equal for two images exactly when none of the tags changed, nor came or ceased to be Good."""
        return image.value[self._handles].tobytes() + good_mask(image.status[self._handles]).tobytes()


def number(image: Snapshot, handle: int) -> float | None:
    """A Good number of a tag; None without one."""
    value = image.number(handle) if handle != NO_TAG else None
    return None if value is None or value != value else value


def seen_of(machine: Machine, now: MachineNow, batch: str, image: Snapshot) -> tuple[Seen, int]:
    """What the machine does, and its state's number (-1 unknown). A state that no table has is unknown."""
    state = number(image, machine.state)
    row = SEEN[machine.kind].get(int(state)) if state is not None else None
    if state is None or row is None:
        return Seen.UNKNOWN, -1
    seen = row[0 if batch else 1]
    if seen is Seen.SAME:
        seen = now.known
    if seen is Seen.RUN and machine.kind == "phase" and (number(image, machine.starved) or number(image, machine.blocked)):
        seen = Seen.EXTERNAL  # a phase has no state of its own for it
    return seen, int(state)


def word_of(machine: Machine, state: int) -> str:
    """The state in words; ``unknown`` for -1."""
    return WORDS[machine.kind].get(state, "unknown")


def proposed(machine: Machine, kind: Open, state: int, image: Snapshot) -> str:
    """The reason that the machine suggests: by its own number, by its state, by what starves or blocks it; '' none."""
    said = number(image, machine.reason)
    if said is not None and (code := machine.by_number.get(int(said))) is not None:
        return code
    if kind is Open.EXTERNAL and machine.reason == NO_TAG and number(image, machine.blocked):
        return machine.by_state.get("blocked", machine.by_state.get("suspended", ""))
    return machine.by_state.get(word_of(machine, state), "")


def first_alarm(unit: str, now_ns: int, views: Mapping[str, JsonObject], events: Iterable[Event]) -> str:
    """The alarm of the unit that came first: the first-out of its group, else the oldest of the last minute; '' none."""
    rows = [
        (r.get("first_out") is not True, at, str(r.get("id")))
        for r in objects(views.get("alarms", {}).get("active"))
        if r.get("unit") == unit and (at := finite(r.get("time_ns"))) is not None and now_ns - at <= ALARM_BEFORE_NS
    ]
    return min(rows)[2] if rows else raised(unit, events)


def raised(unit: str, events: Iterable[Event]) -> str:
    """The first alarm of the unit that these events tell of; '' none."""
    for event in events:
        if event.kind == EventKind.ALARM and event.unit == unit and event.data.get("to") == "unack_active":
            return event.source
    return ""


def batch_at(unit: str, units: Json) -> str:
    """The batch that owns the unit, as the view ``units`` has it."""
    batch = child(units, unit).get("batch")
    return batch if isinstance(batch, str) else ""


def counted(machine: Machine, now: MachineNow, product: str, image: Snapshot) -> tuple[MachineNow, Counts]:
    """What its counters went up since the last Good readings (:mod:`line.counters`).

    A total counts at another place, or is read at another moment, than what is good: what is not good yet is rejected until it
    is, so that the sums are right whatever moves first.
    """
    good, up_good = _up(now.good, number(image, machine.good))
    second = machine.reject if machine.reject != NO_TAG else machine.total
    other, up_other = _up(now.reject, number(image, second))
    up_reject = up_other - up_good if machine.total != NO_TAG and machine.reject == NO_TAG else up_other
    if good == now.good and other == now.reject:
        return now, Counts()
    produced, rate = up_good + up_reject, machine.rate_of(product)
    ideal_ns = produced / rate * 1e9 if rate is not None else 0.0
    counts = Counts(up_good, up_reject, ideal_ns, produced if rate is None else 0.0)
    return replace(now, good=good, reject=other), counts


def _up(before: float | None, now: float | None) -> tuple[float | None, float]:
    if now is None:
        return before, 0.0
    if before is None:
        return now, 0.0
    return now, gained(before, now)
