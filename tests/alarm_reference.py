"""The meaning of every alarm kind in plain Python, one alarm at a time, written from docs/alarms.md: slow and plain to read.

Tests hold the vectorised evaluation against it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from alarms.table import AlarmDef, AlarmKind
from line.expr import ExpressionSet, compile_expressions
from line.image import Snapshot
from line.quality import is_good
from line.tags import TagTable
from tests.builders import S

K = AlarmKind
STALE = 0x4090
NO_LINK = (0x408F, 0x8031)
SAMPLES = 9
NS_PER_MINUTE = 60e9


@dataclass
class One:
    """State of one alarm; ``samples`` are (time, value) of a rate, ``last`` the last usable value of a transition."""

    on: bool = False
    since_ns: int | None = None
    suppressed: bool = False
    samples: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    last: float | None = None


@dataclass
class Said:
    """The rows that changed in a scan, and whether anything at all is different from before."""

    activated: list[int] = field(default_factory=list[int])
    cleared: list[int] = field(default_factory=list[int])
    suppressed: list[int] = field(default_factory=list[int])
    released: list[int] = field(default_factory=list[int])
    changed: bool = False


class Reference:
    """All alarms, each on its own."""

    def __init__(self, alarms: Sequence[AlarmDef], tags: TagTable) -> None:
        self.alarms = list(alarms)
        self.state = {a.id: One() for a in alarms}
        self._tags = tags
        self._compiled: dict[str, ExpressionSet] = {}

    def restart(self, now_ns: int) -> None:
        """What was remembered of values is lost, a delay that begins in the future does not run."""
        for one in self.state.values():
            one.samples, one.last = [], None
            if one.since_ns is not None and one.since_ns > now_ns:
                one.since_ns = None

    def step(self, image: Snapshot, now_ns: int) -> Said:
        """One scan."""
        said = Said()
        for row, alarm in enumerate(self.alarms):
            one = self.state[alarm.id]
            before = copy.deepcopy(one)
            self._suppress(alarm, one, image)
            self._judge(alarm, one, image, now_ns)
            if one.on != before.on:
                (said.activated if one.on else said.cleared).append(row)
            if one.suppressed != before.suppressed:
                (said.suppressed if one.suppressed else said.released).append(row)
            said.changed |= one != before
        return said

    def _suppress(self, alarm: AlarmDef, one: One, image: Snapshot) -> None:
        says = self._value_of(alarm.suppress_when, image) if alarm.suppress_when else 0.0
        if says is not None:
            one.suppressed = says != 0.0

    def _judge(self, alarm: AlarmDef, one: One, image: Snapshot, now_ns: int) -> None:
        present = self._present(alarm, one, image, now_ns)
        if alarm.when:
            meaningful = self._value_of(alarm.when, image)
            if meaningful is None:
                present = None
            elif meaningful == 0.0:
                present = False
        if present is None or present == one.on:
            one.since_ns = None
            return
        if one.since_ns is None or one.since_ns > now_ns:
            one.since_ns = now_ns
        delay_s = alarm.off_delay_s if one.on else 0.0 if alarm.kind is K.TRANSITION else alarm.on_delay_s
        if now_ns - one.since_ns >= round(delay_s * S):
            one.on, one.since_ns = present, None

    def _present(self, alarm: AlarmDef, one: One, image: Snapshot, now_ns: int) -> bool | None:
        """The condition, None when it cannot be judged."""
        status = int(image.status[alarm.handle])
        number = float(image.value[alarm.handle])
        usable = is_good(status) and math.isfinite(number)
        match alarm.kind:
            case K.BAD_QUALITY:
                return not is_good(status)
            case K.STALE:
                return status >> 16 == STALE
            case K.COMMUNICATION:
                is_link = alarm.tag.startswith("Link.") and alarm.tag.endswith(".Up")
                return status >> 16 in NO_LINK or (is_link and is_good(status) and number == 0.0)
            case K.MISMATCH | K.EXPRESSION:
                value = self._value_of(alarm.condition, image)
                return None if value is None else value != 0.0
            case K.RATE | K.RATE_HIGH | K.RATE_LOW:
                return _beyond(alarm, one, _rate(alarm, one, number if usable else None, now_ns))
            case K.TRANSITION:
                return _went(alarm, one, number) if usable else None
            case _ if not usable:
                return None
            case K.DISCRETE:
                return _equal(number, _limit(alarm))
            case K.DEVIATION | K.DEVIATION_HIGH | K.DEVIATION_LOW:
                setpoint = image.number(alarm.setpoint)
                return _beyond(alarm, one, None if setpoint is None else number - setpoint)
            case K.HIGH | K.HIGH_HIGH:
                return number > (_limit(alarm) - alarm.deadband if one.on else _limit(alarm))
            case K.LOW | K.LOW_LOW:
                return number < (_limit(alarm) + alarm.deadband if one.on else _limit(alarm))

    def _value_of(self, source: str, image: Snapshot) -> float | None:
        if source not in self._compiled:
            self._compiled[source] = compile_expressions([source], self._tags)
        return self._compiled[source].evaluate(image)[0]


def _limit(alarm: AlarmDef) -> float:
    assert alarm.limit is not None
    return alarm.limit


def _equal(number: float, wanted: float) -> bool:
    """Discrete values are whole numbers; a scaled one may be off by its rounding."""
    return abs(number - wanted) < 0.5


def _beyond(alarm: AlarmDef, one: One, number: float | None) -> bool | None:
    """A distance or a rate against the limit, on the side or sides of the kind."""
    if number is None or not math.isfinite(number):
        return None
    if alarm.kind in (K.DEVIATION, K.RATE):
        number = abs(number)
    elif alarm.kind in (K.DEVIATION_LOW, K.RATE_LOW):
        number = -number
    return number > (_limit(alarm) - alarm.deadband if one.on else _limit(alarm))


def _rate(alarm: AlarmDef, one: One, number: float | None, now_ns: int) -> float | None:
    """Change per minute over the window, None until it is filled."""
    if number is None:
        one.samples = []
        return None
    window_ns = round(alarm.window_s * S)
    if one.samples and not 0 <= now_ns - one.samples[-1][0] <= window_ns // 2:
        one.samples = []
    if not one.samples or now_ns - one.samples[-1][0] >= window_ns // 8:
        one.samples = [*one.samples, (now_ns, number)][-SAMPLES:]
    if len(one.samples) < SAMPLES:
        return None
    times, values = zip(*one.samples, strict=True)
    return (median(values[-3:]) - median(values[:3])) / (float(times[-2] - times[1]) / NS_PER_MINUTE)


def _went(alarm: AlarmDef, one: One, number: float) -> bool:
    """True when the tag came to this value just now, from and to the values wanted."""
    last, one.last = one.last, number
    if last is None or last == number:
        return False
    if alarm.from_value is None:
        left = alarm.to_value is None or not _equal(last, alarm.to_value)
    else:
        left = _equal(last, alarm.from_value)
    if alarm.to_value is None:
        reached = alarm.from_value is None or not _equal(number, alarm.from_value)
    else:
        reached = _equal(number, alarm.to_value)
    return left and reached
