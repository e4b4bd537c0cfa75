"""What a change of alarms would have done to recorded shifts: which real events are still told, later, or no more.

A *real event* (docs/howto/what-if.md) is an alarm that came for a reason that somebody had to know of. Which that was is taken
from what the recording knows besides the images: faults that were injected, what people did, batches that were held, and how
long the alarm stood. The definition errs towards calling an alarm real: that a change loses one is then asked of a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alarms.replay import Excursion
from alarms.table import AlarmDef
from line.clock import NS_PER_S
from line.messages import CommandKind, CommandStatus, Event, EventKind
from line.recording import FAULT_MARK
from line.tags import TagTable

STALE_NS: Final = 24 * 3600 * NS_PER_S
"""An alarm that stood longer tells nothing by that (ISA-18.2: stale)."""

AFTERMATH_NS: Final = 300 * NS_PER_S
"""What begins so soon after a fault was cleared still counts as brought by it: temperatures follow slowly."""

_UNIT_COMMANDS: Final = frozenset({CommandKind.UNIT_COMMAND, CommandKind.UNIT_MODE, CommandKind.CALL_CREATE})
_BATCH_COMMANDS: Final = frozenset({CommandKind.BATCH_COMMAND, CommandKind.BATCH_PARAMETER})


class Why(StrEnum):
    """By what an alarm is known as a real event; the first that holds is told."""

    FAULT = "fault"
    ACTION = "action"
    HOLD = "hold"
    STOOD = "stood"


class Outcome(StrEnum):
    """What the changed alarms make of a real event."""

    SAME = "same"
    EARLIER = "earlier"
    LATER = "later"
    STOOD_ALREADY = "stood_already"
    MISSED = "missed"


@dataclass(frozen=True)
class Fault:
    """A fault that was injected: ``target`` is a tag, a unit, a device or a part of the plant; it ended at ``end_ns``."""

    name: str
    target: str
    begin_ns: int
    end_ns: int
    nuisance: bool


@dataclass(frozen=True)
class Deed:
    """Something done at a unit (or about one alarm) that shows that its alarm was meant: a command of a person, or a hold."""

    time_ns: int
    why: Why
    unit: str
    alarm: str
    text: str


@dataclass(frozen=True)
class Evidence:
    """What a recording knows of what really happened."""

    faults: Sequence[Fault]
    deeds: Sequence[Deed]


@dataclass(frozen=True)
class Place:
    """Where things of a line belong: its tags, and the device of each unit."""

    tags: TagTable
    device_of: Mapping[str, str]

    def concerns(self, target: str, alarm: AlarmDef) -> bool:
        """True when a fault of ``target`` can be what ``alarm`` tells of.

        A tag or a unit: the alarms of that unit. A device: those of its tags, of its link and of its units. What is none of
        these serves the whole line (steam, air): any alarm.
        """
        part = target.split(".", 1)[0]
        own = part in (alarm.unit, alarm.tag.split(".", 1)[0])
        if "." in target or part in self.device_of:
            return own
        if part in self.device_of.values():
            tag = self.tags.find(alarm.tag)
            of_device = (tag is not None and tag.device == part) or alarm.tag.startswith(f"Link.{part}.")
            return own or of_device or self.device_of.get(alarm.unit) == part
        return True


@dataclass(frozen=True)
class RealEvent:
    """An excursion of an alarm that somebody had to know of; ``until_ns`` is how long a later annunciation still tells of it."""

    excursion: Excursion
    why: Why
    because: str
    until_ns: int


@dataclass(frozen=True)
class Verdict:
    """A real event of the alarms as they are, and what the changed ones make of it.

    ``after`` is the annunciation that tells of it now; ``others`` are other alarms that tell of the same thing when it is missed:
    id and time, earliest first.
    """

    event: RealEvent
    outcome: Outcome
    after: Excursion | None = None
    others: Sequence[tuple[str, int]] = ()

    @property
    def later_s(self) -> float | None:
        """How much later the operator hears of it (negative: earlier), None when never."""
        return None if self.after is None else (self.after.began_ns - self.event.excursion.began_ns) / NS_PER_S

    @property
    def too_late(self) -> bool:
        """True when the time to respond is over before it is announced."""
        later_s = self.later_s
        return later_s is not None and later_s >= self.event.excursion.alarm.response_time_s

    @property
    def warns(self) -> bool:
        """True for what nobody may overlook."""
        return self.outcome in (Outcome.MISSED, Outcome.STOOD_ALREADY) or self.too_late


@dataclass(frozen=True)
class Comparison:
    """Before and after over the same images: annunciations by alarm, real events, and real ones that are told only now."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    verdicts: Sequence[Verdict]
    new_events: Sequence[RealEvent]


def evidence(marks: Sequence[Event], end_ns: int) -> Evidence:
    """What the marks of a recording say; a fault that was never cleared lasts to ``end_ns``."""
    faults: list[Fault] = []
    begun: dict[tuple[str, str], Event] = {}
    deeds: list[Deed] = []
    unit_of: dict[str, str] = {}
    for mark in marks:
        if mark.kind == FAULT_MARK:
            key = (str(mark.data.get("name")), mark.source)
            if mark.data.get("what") == "began":
                begun.setdefault(key, mark)
            elif key in begun:
                faults.append(_fault(begun.pop(key), mark.time_ns))
            continue
        if mark.kind == EventKind.BATCH and mark.unit:
            unit_of[mark.source] = mark.unit
        deed = _hold(mark) or _action(mark, unit_of)
        if deed is not None:
            deeds.append(deed)
    faults += [_fault(mark, end_ns) for mark in begun.values()]
    return Evidence(sorted(faults, key=lambda f: f.begin_ns), deeds)


def _fault(began: Event, end_ns: int) -> Fault:
    return Fault(str(began.data.get("name")), began.source, began.time_ns, end_ns, began.data.get("nuisance") is True)


def _hold(mark: Event) -> Deed | None:
    held = mark.data.get("what") == "state" and mark.data.get("to") == "held" and not mark.data.get("node")
    if not held or not mark.unit or mark.kind not in (EventKind.BATCH, EventKind.UNIT):
        return None
    return Deed(mark.time_ns, Why.HOLD, mark.unit, "", f"{mark.batch or mark.unit} was held")


def _action(mark: Event, unit_of: Mapping[str, str]) -> Deed | None:
    """A command of a person that was accepted and means a unit or an alarm; acknowledging and silencing are no action."""
    if mark.kind != EventKind.COMMAND or mark.data.get("status") != CommandStatus.ACCEPTED:
        return None
    kind, target = str(mark.data.get("kind")), str(mark.data.get("target"))
    unit = alarm = ""
    if kind in _UNIT_COMMANDS:
        unit = target
    elif kind == CommandKind.TAG_WRITE:
        unit = target.split(".", 1)[0]
    elif kind in _BATCH_COMMANDS:
        unit = unit_of.get(target, "")
    elif kind == CommandKind.ALARM_COMMENT:
        alarm = target
    if not unit and not alarm:
        return None
    return Deed(mark.time_ns, Why.ACTION, unit, alarm, f"{mark.data.get('user')} gave {kind} {target}")


def real_events(excursions: Sequence[Excursion], known: Evidence, place: Place) -> list[RealEvent]:
    """Those of ``excursions`` (of one table, in order of time) that are real events; of one fault, once an alarm."""
    found: list[RealEvent] = []
    told: set[tuple[str, Fault]] = set()
    for excursion in excursions:
        alarm = excursion.alarm
        if any(f.nuisance and f.target == alarm.tag and _overlaps(excursion, f.begin_ns, f.end_ns) for f in known.faults):
            continue
        faults = [
            f for f in known.faults
            if not f.nuisance and f.begin_ns <= excursion.onset_ns <= f.end_ns + AFTERMATH_NS and place.concerns(f.target, alarm)
        ]  # fmt: skip
        if faults:
            fault = max(faults, key=lambda f: f.begin_ns)
            if (alarm.id, fault) not in told:
                told.add((alarm.id, fault))
                text = f"fault {fault.name} at {fault.target}"
                found.append(RealEvent(excursion, Why.FAULT, text, max(excursion.ended_ns, fault.end_ns + AFTERMATH_NS)))
            continue
        other = _by_deed(excursion, known.deeds) or _by_duration(excursion)
        if other is not None:
            found.append(RealEvent(excursion, *other, excursion.ended_ns))
    return found


def _overlaps(excursion: Excursion, begin_ns: int, end_ns: int) -> bool:
    return excursion.onset_ns <= end_ns and excursion.ended_ns >= begin_ns


def _by_deed(excursion: Excursion, deeds: Sequence[Deed]) -> tuple[Why, str] | None:
    alarm = excursion.alarm
    for why in (Why.ACTION, Why.HOLD):
        for deed in deeds:
            meant = deed.alarm == alarm.id or (deed.unit != "" and deed.unit == alarm.unit)
            if deed.why is why and meant and excursion.onset_ns <= deed.time_ns <= excursion.ended_ns:
                return why, deed.text
    return None


def _by_duration(excursion: Excursion) -> tuple[Why, str] | None:
    stood_ns = excursion.ended_ns - excursion.began_ns
    if excursion.alarm.response_time_s * NS_PER_S <= stood_ns <= STALE_NS:
        return Why.STOOD, f"stood {stood_ns / NS_PER_S:.0f} s, {excursion.alarm.response_time_s:g} s are there to respond"
    return None


def compare(
    before: Sequence[Excursion],
    after: Sequence[Excursion],
    known: Evidence,
    place: Place,
    counts: tuple[Counter[str], Counter[str]],
) -> Comparison:
    """Judge every real event of ``before`` by ``after``; ``counts`` are the annunciations of both by alarm."""
    by_alarm: dict[str, list[Excursion]] = {}
    for excursion in after:
        by_alarm.setdefault(excursion.alarm.id, []).append(excursion)
    verdicts = [_verdict(e, by_alarm, after, place) for e in real_events(before, known, place)]
    new = [
        e for e in real_events(after, known, place)
        if not any(b.alarm.id == e.excursion.alarm.id and _same_time(b, e) for b in before)
    ]  # fmt: skip
    return Comparison(counts[0], counts[1], verdicts, new)


def _same_time(other: Excursion, event: RealEvent) -> bool:
    """True when ``other`` stood, or came, while ``event`` was to be told of."""
    return other.began_ns <= event.until_ns and other.ended_ns >= event.excursion.onset_ns


def _verdict(event: RealEvent, by_alarm: Mapping[str, Sequence[Excursion]], after: Sequence[Excursion], place: Place) -> Verdict:
    alarm = event.excursion.alarm
    until_ns = event.until_ns
    candidates = [e for e in by_alarm.get(alarm.id, ()) if _tells_of(e, event, until_ns)]
    if not candidates:
        others: dict[str, int] = {}
        for e in after:
            if e.alarm.unit == alarm.unit and place.concerns(alarm.tag, e.alarm) and _tells_of(e, event, until_ns):
                others.setdefault(e.alarm.id, e.began_ns)
        return Verdict(event, Outcome.MISSED, None, list(others.items()))
    first = min(candidates, key=lambda e: e.began_ns)
    earlier_ns = event.excursion.began_ns - first.began_ns
    if earlier_ns == 0:
        return Verdict(event, Outcome.SAME, first)
    if earlier_ns < 0:
        return Verdict(event, Outcome.LATER, first)
    long_ago = event.excursion.onset_ns - first.began_ns > alarm.response_time_s * NS_PER_S
    return Verdict(event, Outcome.STOOD_ALREADY if long_ago else Outcome.EARLIER, first)


def _tells_of(excursion: Excursion, event: RealEvent, until_ns: int) -> bool:
    delay_ns = round(max(0.0, excursion.alarm.on_delay_s - event.excursion.alarm.on_delay_s) * NS_PER_S)
    return excursion.began_ns <= until_ns + delay_ns and excursion.ended_ns >= event.excursion.onset_ns
