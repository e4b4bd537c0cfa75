"""What can be wrong with an entry, the rules or the diagnostics by themselves, before any tag is looked at."""

from __future__ import annotations

import math
from typing import Final, cast

from alarms.entries import KINDS_OF_KEY, NEEDED, RESPONSE_TIME_S, AlarmEntry, DiagnosticsEntry, RulesEntry
from alarms.faults import Faults
from alarms.table import AlarmKind, AlarmRules
from line.documents import KeyPath, Text
from line.roles import ROLES

TEXTS: Final = ("name", "cause", "consequence", "response")
LONGEST_SHELF_MIN: Final = 480.0
"""One shift: what is shelved longer is handed over to people who do not know of it."""

SHORTEST_RE_ALARM_S: Final = 60.0
LONGEST_S: Final = 7 * 86_400.0
"""One week: whoever writes a longer delay has mistaken the unit."""

_DURATIONS: Final = ("on_delay_s", "off_delay_s", "response_time_s", "window_s", "re_alarm_s")
_PRIORITIES: Final = range(1, 5)
_WHO_MAY_COMMAND: Final = ROLES[1:]


def check_entry(entry: AlarmEntry, path: KeyPath, faulty: frozenset[str], faults: Faults) -> None:
    """Keys that the kind needs or cannot use, numbers and texts; ``faulty`` keys have been reported already."""
    for key, kinds in KINDS_OF_KEY.items():
        if entry.kind not in kinds and entry.given(key) is not None:
            faults.add((*path, key), f"kind {entry.kind} takes no {key}", f"Remove {key}, or correct kind")
    for key, kinds, remedy in NEEDED:
        if entry.kind in kinds and entry.given(key) in (None, "") and key not in faulty:
            article = "an" if key[0] in "aeiou" else "a"
            faults.add(path, f"an alarm of kind {entry.kind} needs {article} {key}", remedy)
    _check_numbers(entry, path, faulty, faults)
    _check_kind(entry, path, faulty, faults)
    _check_handling(entry, path, faults)
    _check_texts(entry, path, faulty, faults)


def _check_numbers(entry: AlarmEntry, path: KeyPath, faulty: frozenset[str], faults: Faults) -> None:
    for key in ("deadband", "on_delay_s", "off_delay_s"):
        number = cast(float | None, entry.given(key))
        if number is not None and number < 0:
            faults.add((*path, key), f"{key} is {number:g}, below zero", "Write 0 or more")
    for key in _DURATIONS:
        number = cast(float | None, entry.given(key))
        if number is not None and number > LONGEST_S:
            faults.add((*path, key), f"{key} is {number:g}, longer than a week", "Write seconds")
    if entry.response_time_s is not None and entry.response_time_s <= 0:
        faults.add((*path, "response_time_s"), "the time to respond is not positive", "Write the seconds the operator has")
    if entry.window_s is not None and entry.window_s <= 0:
        faults.add((*path, "window_s"), "window_s is not positive", "Write the seconds that the rate is taken over")
    if entry.priority is None:
        if "priority" not in faulty:
            faults.add(path, "the priority is missing", "Add priority: 1 (highest) to 4")
    elif entry.priority not in _PRIORITIES:
        faults.add((*path, "priority"), f"there is no priority {entry.priority}", "Use 1 (highest) to 4")
    if entry.re_alarm_s < 0 or 0 < entry.re_alarm_s < SHORTEST_RE_ALARM_S:
        message = f"re_alarm_s {entry.re_alarm_s:g} repeats the alarm faster than anyone can act"
        faults.add((*path, "re_alarm_s"), message, f"Write {SHORTEST_RE_ALARM_S:g} or more, or 0 for never")


def _check_kind(entry: AlarmEntry, path: KeyPath, faulty: frozenset[str], faults: Faults) -> None:
    kind = entry.kind
    if kind in KINDS_OF_KEY["setpoint"] | KINDS_OF_KEY["window_s"] and entry.limit is not None and entry.limit <= 0:
        message = f"the limit of kind {kind} is {entry.limit:g}, not above zero"
        faults.add((*path, "limit"), message, "Write how far or how fast; the kind says in which direction")
    if kind is AlarmKind.COMMUNICATION and bool(entry.device) == bool(entry.tag) and not faulty & {"device", "tag"}:
        said = "takes a device or a tag, not both" if entry.device else "needs a device"
        remedy = "Add device: the one of line.yaml whose link it watches"
        faults.add(path, f"an alarm of kind communication {said}", "Remove one of the two" if entry.device else remedy)
    if kind is AlarmKind.TRANSITION:
        if entry.from_ is None and entry.to is None and not faulty & {"from", "to"}:
            faults.add(path, "an alarm of kind transition needs from or to", "Add to: the value that it changes to")
        elif entry.from_ is not None and entry.from_ == entry.to:
            faults.add((*path, "to"), f"from and to are both {entry.to:g}", "Write two different values")
        if entry.on_delay_s:
            message = "a transition lasts one scan, no delay would ever run out"
            faults.add((*path, "on_delay_s"), message, "Remove on_delay_s, or use kind discrete for a value that stays")
        if entry.re_alarm_s:
            message = "a transition does not last: there is nothing to remind of"
            faults.add((*path, "re_alarm_s"), message, "Remove re_alarm_s, or use kind discrete for a value that stays")
    if entry.allowed is not None:
        if not entry.allowed:
            faults.add((*path, "allowed"), "allowed is empty", "Remove it, or write command value: [feedback values]")
        for command, values in entry.allowed.items():
            if not values:
                message = f"no feedback is allowed for command {command}"
                faults.add((*path, "allowed", command), message, "Write the values that may stand then, or remove the command")


def _check_handling(entry: AlarmEntry, path: KeyPath, faults: Faults) -> None:
    """A critical control point and the highest priority are seen by a person, whatever the plant does."""
    if entry.ccp and entry.suppress_when.strip():
        message = "logic may not hide the alarm of a critical control point"
        faults.add(
            (*path, "suppress_when"), message, "Remove suppress_when, or say with when: under which condition it means anything"
        )
    if not entry.auto_ack:
        return
    if entry.ccp or entry.priority == 1:
        what = "of a critical control point" if entry.ccp else "of priority 1"
        message = f"an alarm {what} is acknowledged by a person"
        faults.add((*path, "auto_ack"), message, "Remove auto_ack")
    if entry.latching:
        message = "a latching alarm waits for a person, auto_ack cannot"
        faults.add((*path, "auto_ack"), message, "Remove latching or auto_ack")


def _check_texts(entry: AlarmEntry, path: KeyPath, faulty: frozenset[str], faults: Faults) -> None:
    for key in TEXTS:
        text = cast(Text | None, entry.given(key))
        if text is None:
            if key not in faulty:
                faults.add(path, f"the text {key} is missing", f"Add {key}: with ru and en; operators act on it")
            continue
        for language in ("ru", "en"):
            if not text.get(language).strip():
                faults.add((*path, key, language), f"the text {key}.{language} is empty", "Write it: operators act on it")


def rules_of(entry: RulesEntry, faults: Faults) -> AlarmRules:
    """The rules as the scan takes them; what is wrong in them is reported."""
    path: KeyPath = ("rules",)
    if not 0 < entry.shelve_max_min <= LONGEST_SHELF_MIN:
        message = f"shelve_max_min is {entry.shelve_max_min:g}: an alarm is shelved for one shift at most"
        faults.add((*path, "shelve_max_min"), message, f"Write 1 to {LONGEST_SHELF_MIN:g} minutes")
    elif not 0 <= entry.shelve_warn_min < entry.shelve_max_min:
        message = f"shelve_warn_min is {entry.shelve_warn_min:g}, but shelving lasts {entry.shelve_max_min:g} minutes at most"
        faults.add((*path, "shelve_warn_min"), message, "Write fewer minutes, 0 for no warning")
    for priority, role in entry.shelve_roles.items():
        where: KeyPath = (*path, "shelve_roles", priority)
        if priority not in _PRIORITIES:
            faults.add(where, f"there is no priority {priority}", "Use 1 (highest) to 4")
        _check_role(role, where, faults)
    _check_role(entry.shelve_ccp, (*path, "shelve_ccp"), faults)
    _check_role(entry.remove_role, (*path, "remove_role"), faults)
    if entry.flood_start < 1:
        faults.add((*path, "flood_start"), f"flood_start is {entry.flood_start}", "Write alarms in ten minutes, 1 or more")
    elif not 1 <= entry.flood_end <= entry.flood_start:
        message = f"flood_end is {entry.flood_end}, a flood starts with more than {entry.flood_start}"
        faults.add((*path, "flood_end"), message, f"Write 1 to {entry.flood_start}: a flood ends with fewer than that")
    defaults = AlarmRules()
    return AlarmRules(
        shelve_max_s=entry.shelve_max_min * 60.0,
        shelve_warn_s=entry.shelve_warn_min * 60.0,
        shelve_roles={**defaults.shelve_roles, **entry.shelve_roles},
        shelve_ccp=entry.shelve_ccp,
        remove_role=entry.remove_role,
        flood_start=entry.flood_start,
        flood_end=entry.flood_end,
    )


def _check_role(role: str, path: KeyPath, faults: Faults) -> None:
    if role and role not in _WHO_MAY_COMMAND:
        remedy = f"Use one of {', '.join(_WHO_MAY_COMMAND)}, or '' for nobody"
        faults.add(path, f"'{role}' is no role that gives commands", remedy)


def check_diagnostics(entry: DiagnosticsEntry, faults: Faults) -> None:
    """Priority and delays of the generated alarms."""
    if entry.priority not in _PRIORITIES:
        faults.add(("diagnostics", "priority"), f"there is no priority {entry.priority}", "Use 1 (highest) to 4")
    for key in ("on_delay_s", "off_delay_s"):
        number = cast(float, getattr(entry, key))
        if not 0 <= number <= LONGEST_S:
            what = "below zero" if number < 0 else "longer than a week"
            faults.add(("diagnostics", key), f"{key} is {number:g}, {what}", "Write seconds, 0 or more")
    response_s = RESPONSE_TIME_S.get(entry.priority, math.inf)
    if entry.on_delay_s >= response_s:
        message = f"on_delay_s {entry.on_delay_s:g} uses up the {response_s:g} s the operator has to respond"
        faults.add(("diagnostics", "on_delay_s"), message, "Make the delay shorter")
