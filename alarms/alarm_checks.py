"""What can be wrong with an alarm against its tags, its time to respond and the other alarms of the line."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from alarms.entries import AlarmEntry
from alarms.entry_checks import LONGEST_S
from alarms.faults import Faults, LineFacts, Placed
from alarms.table import (
    DEVIATION_KINDS,
    HIGH_KINDS,
    LIMIT_KINDS,
    RATE_KINDS,
    STATUS_KINDS,
    AlarmDef,
    AlarmKind,
)
from line.documents import KeyPath
from line.tags import TagDef, TagKind

LEAST_SAMPLES: Final = 8
"""A rate is taken over that many scans at least: over fewer the noise of the sensor counts more than the change."""

_HEIGHT: Final = {AlarmKind.LOW_LOW: 0, AlarmKind.LOW: 1, AlarmKind.HIGH: 2, AlarmKind.HIGH_HIGH: 3}
_NUMBERS: Final = frozenset({TagKind.FLOAT, TagKind.INT})
_SHARE_OF_RESPONSE: Final = 1.0 / 3.0
"""How much of the time to respond a delay may take from an alarm of priority 1 or of a critical control point."""


def check_tag(alarm: AlarmDef, tag: TagDef, path: KeyPath, facts: LineFacts, faults: Faults) -> bool:
    """The kind and the limit against the tag that the alarm watches; False when the kind does not suit the tag at all."""
    known = len(faults.problems)
    if alarm.kind in STATUS_KINDS:
        return True
    if tag.kind is TagKind.STRING:
        faults.add((*path, "tag"), f"{tag.name} is a text", "Only bad_quality and stale alarms can watch a text")
    elif alarm.kind is AlarmKind.DISCRETE:
        if tag.kind is TagKind.FLOAT:
            faults.add((*path, "kind"), f"{tag.name} is a measurement", "Use high or low; discrete is for bool, int and enum")
        elif alarm.limit is not None:
            check_value(alarm.limit, tag, (*path, "value"), facts, faults)
    elif alarm.kind is AlarmKind.TRANSITION:
        if tag.kind is TagKind.FLOAT:
            faults.add((*path, "kind"), f"{tag.name} is a measurement", "Use rate; transition is for bool, int and enum")
        else:
            for key, value in (("from", alarm.from_value), ("to", alarm.to_value)):
                if value is not None:
                    check_value(value, tag, (*path, key), facts, faults)
    elif alarm.kind in LIMIT_KINDS and tag.kind is TagKind.BOOL:
        faults.add((*path, "kind"), f"{tag.name} is a bool", "Use kind: discrete and value: 0 or 1")
    elif alarm.kind in DEVIATION_KINDS | RATE_KINDS and tag.kind not in _NUMBERS:
        faults.add((*path, "kind"), f"{tag.name} is of kind {tag.kind}", f"Kind {alarm.kind} is for measurements")
    elif alarm.kind in LIMIT_KINDS:
        _check_limit(alarm, tag, path, faults)
    return len(faults.problems) == known


def check_value(value: float, tag: TagDef, path: KeyPath, facts: LineFacts, faults: Faults) -> None:
    """A value of a bool, int or enum: one that the tag can take."""
    known = facts.enums.get(tag.enum, ()) if tag.enum else ()
    if not tag.lo <= value <= tag.hi:
        message = f"value {value:g} is outside the range of {tag.name}, {tag.lo:g}..{tag.hi:g}"
        faults.add(path, message, "Correct the value, or the range in tags.csv")
    elif value != int(value):
        faults.add(path, f"{value:g} is no whole number, {tag.name} never has it", "Write a whole number")
    elif known and int(value) not in known:
        numbers = ", ".join(str(n) for n in sorted(known))
        faults.add(path, f"the enumeration {tag.enum} of {tag.name} has no {value:g}", f"Use one of {numbers}")


def _check_limit(alarm: AlarmDef, tag: TagDef, path: KeyPath, faults: Faults) -> None:
    if alarm.limit is None:
        return
    if not tag.lo <= alarm.limit <= tag.hi:
        message = f"limit {alarm.limit:g} is outside the range of {tag.name}, {tag.lo:g}..{tag.hi:g} {tag.eu}".rstrip()
        faults.add((*path, "limit"), message, "Correct the limit, or the range in tags.csv")
    elif alarm.limit == (tag.hi if alarm.kind in HIGH_KINDS else tag.lo):
        beyond = "above" if alarm.kind in HIGH_KINDS else "below"
        message = (
            f"the limit {alarm.limit:g} is the end of the range of {tag.name}: what is {beyond} it is not Good and not judged"
        )
        faults.add((*path, "limit"), message, "Write a limit inside the range, or make the range in tags.csv wider")
    elif alarm.deadband > tag.hi - tag.lo:
        message = f"the deadband {alarm.deadband:g} is larger than the span of {tag.name}, {tag.hi - tag.lo:g} {tag.eu}".rstrip()
        faults.add((*path, "deadband"), message, "Start with 1 to 5 percent of the span")
    elif not tag.lo <= _clears_at(alarm) <= tag.hi:
        message = f"with deadband {alarm.deadband:g} it clears at {_clears_at(alarm):g}, which {tag.name} never reaches"
        faults.add((*path, "deadband" if alarm.deadband else "limit"), message, "Make the deadband smaller")


def check_deviation(alarm: AlarmDef, tag: TagDef, setpoint: TagDef, path: KeyPath, faults: Faults) -> None:
    """The setpoint must be a number in the same unit, and the limit one that the difference can reach."""
    if setpoint.name == tag.name:
        faults.add((*path, "setpoint"), f"{tag.name} is its own setpoint", "Name the tag that the value is to follow")
    elif setpoint.kind not in _NUMBERS:
        what = "a text" if setpoint.kind is TagKind.STRING else f"of kind {setpoint.kind}"
        faults.add((*path, "setpoint"), f"{setpoint.name} is {what}", "Name a setpoint that is a number")
    elif setpoint.broken or tag.broken:
        return  # what its row lacks is told there
    elif setpoint.eu != tag.eu:
        message = f"{tag.name} is in {tag.eu or 'no unit'}, {setpoint.name} in {setpoint.eu or 'no unit'}"
        faults.add((*path, "setpoint"), message, "Name a setpoint in the same engineering unit, or correct eu in tags.csv")
    elif alarm.limit is not None and alarm.limit > 0:
        above, below = tag.hi - setpoint.lo, setpoint.hi - tag.lo
        furthest = {AlarmKind.DEVIATION_HIGH: above, AlarmKind.DEVIATION_LOW: below}.get(alarm.kind, max(above, below))
        if alarm.limit >= furthest:
            message = f"{tag.name} is never {alarm.limit:g} away from {setpoint.name}, {furthest:g} {tag.eu} at most".rstrip()
            faults.add((*path, "limit"), message, "Correct the limit, or the ranges in tags.csv")
        else:
            _check_distance_deadband(alarm, path, faults)


def check_rate(alarm: AlarmDef, tag: TagDef, path: KeyPath, facts: LineFacts, faults: Faults) -> None:
    """The window must hold enough scans to tell a change from noise, and leave time to respond."""
    least_s = LEAST_SAMPLES * facts.scan_period_s * tag.poll_every
    if not 0 < alarm.window_s <= LONGEST_S:
        return  # told already
    if alarm.window_s < least_s:
        message = f"{tag.name} is read {LEAST_SAMPLES} times in {least_s:g} s, but window_s is {alarm.window_s:g}"
        faults.add((*path, "window_s"), message, f"Write {least_s:g} or more: a rate over fewer readings is noise")
    elif alarm.window_s >= alarm.response_time_s > 0:
        message = f"window_s {alarm.window_s:g} uses up the {alarm.response_time_s:g} s the operator has to respond"
        faults.add((*path, "window_s"), message, "Make the window shorter, or set response_time_s")
    elif alarm.limit is not None and alarm.limit > 0:
        fastest = (tag.hi - tag.lo) * 60.0 / alarm.window_s
        if alarm.limit > fastest:
            message = (
                f"over {alarm.window_s:g} s {tag.name} never changes by {alarm.limit:g} {tag.eu} per minute, {fastest:g} at most"
            )
            faults.add((*path, "limit"), message, "Correct the limit: it is per minute")
        else:
            _check_distance_deadband(alarm, path, faults)


def _check_distance_deadband(alarm: AlarmDef, path: KeyPath, faults: Faults) -> None:
    if alarm.limit is not None and alarm.deadband >= alarm.limit:
        message = f"the deadband {alarm.deadband:g} is not smaller than the limit {alarm.limit:g}: the alarm would not clear"
        faults.add((*path, "deadband"), message, "Make the deadband smaller, or write one")


def check_mismatch(entry: AlarmEntry, command: TagDef, feedback: TagDef, path: KeyPath, facts: LineFacts, faults: Faults) -> bool:
    """Command and feedback must be states, and the table must name states that they have; False when they are no states."""
    if command.name == feedback.name:
        faults.add((*path, "feedback"), f"{command.name} is its own feedback", "Name the tag that says what really is")
    states = True
    for key, tag in (("command", command), ("feedback", feedback)):
        if tag.kind in (TagKind.FLOAT, TagKind.STRING):
            states = tag.broken and states
            what = "a text" if tag.kind is TagKind.STRING else "a measurement"
            if not tag.broken:
                faults.add(
                    (*path, key), f"{tag.name} is {what}", "Use deviation for measurements; mismatch is for bool, int and enum"
                )
    for value, values in (entry.allowed or {}).items() if states else ():
        where: KeyPath = (*path, "allowed", value)
        check_value(value, command, where, facts, faults)
        for i, feedback_value in enumerate(values):
            check_value(feedback_value, feedback, (*where, i), facts, faults)
    return states


def check_delay(alarm: AlarmDef, path: KeyPath, faults: Faults) -> None:
    """A delay leaves time to respond; of the worst alarms it takes a third of it at most (ISA-18.2: never delay those long)."""
    response_s = alarm.response_time_s
    if response_s <= 0:
        return
    wait_s = alarm.on_delay_s + (alarm.window_s if alarm.kind in RATE_KINDS else 0.0)
    remedy = "Make the delay shorter, or set response_time_s"
    if alarm.on_delay_s > LONGEST_S:
        return  # told already
    if alarm.on_delay_s >= response_s:
        message = f"on_delay_s {alarm.on_delay_s:g} uses up the {response_s:g} s the operator has to respond"
        faults.add((*path, "on_delay_s"), message, remedy)
    elif (alarm.priority == 1 or alarm.ccp) and wait_s > response_s * _SHARE_OF_RESPONSE:
        what = "of a critical control point" if alarm.ccp else "of priority 1"
        message = f"an alarm {what} comes {wait_s:g} s late, {response_s:g} s are there to respond"
        key = "window_s" if alarm.kind in RATE_KINDS and alarm.window_s > alarm.on_delay_s else "on_delay_s"
        faults.add((*path, key), message, f"Write {response_s * _SHARE_OF_RESPONSE:g} or less in all, or set response_time_s")


def check_ids(placed: Sequence[Placed], faults: Faults) -> None:
    """An id names one alarm."""
    first: dict[str, KeyPath] = {}
    for one in placed:
        path = one.path
        if one.alarm.id not in first:
            first[one.alarm.id] = path
            continue
        earlier = first[one.alarm.id]
        if one.alarm.generated:
            own = one.alarm.kind is AlarmKind.BAD_QUALITY
            what = f"the alarm on the bad quality of {one.alarm.tag}" if own else "an alarm that its batches bring along"
            remedy = "Give it another id, or write bad_quality: false" if own else "Give it another id"
            faults.add((*earlier, "id"), f"'{one.alarm.id}' is the id of {what}", remedy)
        elif earlier is path:
            faults.add((*path, "id"), f"several units get the id '{one.alarm.id}'", "Put {u} into the id")
        else:
            where = faults.line_of(earlier)
            faults.add((*path, "id"), f"the id '{one.alarm.id}' is used in line {where} already", "Give it another id")


def check_order(placed: Iterable[Placed], faults: Faults) -> None:
    """low_low < low < high < high_high for one tag under the same condition."""
    groups: dict[tuple[int, str, str], list[Placed]] = {}
    for one in placed:
        if one.alarm.kind in LIMIT_KINDS and one.alarm.limit is not None:
            groups.setdefault((one.alarm.handle, one.alarm.when, one.alarm.suppress_when), []).append(one)
    for group in groups.values():
        ordered = sorted(group, key=lambda p: (_HEIGHT[p.alarm.kind], _limit_of(p.alarm)))
        for lower, upper in itertools.pairwise(ordered):
            if lower.alarm.kind is upper.alarm.kind or _limit_of(lower.alarm) < _limit_of(upper.alarm):
                continue
            message = (
                f"{upper.alarm.kind} {_limit_of(upper.alarm):g} of {upper.alarm.tag} is not above "
                f"{lower.alarm.kind} {_limit_of(lower.alarm):g} (line {faults.line_of(lower.path)})"
            )
            faults.add((*upper.path, "limit"), message, "Limits rise from low_low to high_high")


def check_groups(placed: Sequence[Placed], faults: Faults) -> None:
    """A first-out group tells which of its members came first: it needs two."""
    members = Counter(one.alarm.group for one in placed)
    for one in placed:
        if one.alarm.group and members[one.alarm.group] == 1:
            message = f"the group '{one.alarm.group}' has one member only: there is nothing to be first of"
            faults.add((*one.path, "group"), message, "Correct its name, or give it to another alarm too")


def _limit_of(alarm: AlarmDef) -> float:
    return math.nan if alarm.limit is None else alarm.limit


def _clears_at(alarm: AlarmDef) -> float:
    """The value at which a limit alarm returns to normal."""
    return _limit_of(alarm) + (-alarm.deadband if alarm.kind in HIGH_KINDS else alarm.deadband)


PRIORITY_SHARES: Final = {1: 0.05, 2: 0.15}
"""What rationalised alarms look like: 5 % of priority 1, 15 % of 2, the rest lower (ISA-18.2, EEMUA 191)."""

_ENOUGH_TO_COUNT: Final = 20


def priority_remarks(alarms: Sequence[AlarmDef]) -> list[str]:
    """What to think about where far too many alarms are urgent: then none is. Those that batches bring along do not count:
    nobody has chosen their priority, and a critical limit that is violated is urgent in every unit."""
    counted = [a for a in alarms if not a.generated or a.kind is AlarmKind.BAD_QUALITY]
    if len(counted) < _ENOUGH_TO_COUNT:
        return []
    counts = Counter(a.priority for a in counted)
    found: list[str] = []
    for priority, share in PRIORITY_SHARES.items():
        actual = counts[priority] / len(counted)
        if actual > 2 * share:
            found.append(f"alarms.yaml: {actual:.0%} of the alarms have priority {priority}, about {share:.0%} is usual: "
                         "where most are urgent none is")  # fmt: skip
    return found
