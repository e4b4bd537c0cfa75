"""One entry of ``alarms.yaml`` for one unit → the alarm: placeholders filled, tags found, defaults taken, checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from alarms.alarm_checks import check_delay, check_deviation, check_mismatch, check_rate, check_tag
from alarms.entries import (
    NO_SIGNAL,
    OWN_DEFAULTS,
    RATE_DEADBAND_PCT,
    RESPONSE_TIME_S,
    SIGNALS,
    WINDOW_S,
    AlarmEntry,
)
from alarms.entry_checks import TEXTS
from alarms.faults import Faults, LineFacts, Placed, listed
from alarms.table import ANALOG_KINDS, DEVIATION_KINDS, RATE_KINDS, AlarmDef, AlarmKind
from line.documents import KeyPath, Text
from line.expr import Expression, ExpressionError, parse_expression
from line.tags import TagDef, TagTable

_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")
_EMPTY: Final = Text(ru="", en="")
_LINK: Final = "Link."
_UP: Final = ".Up"


@dataclass(frozen=True)
class _Watched:
    """What the condition of an alarm is about; ``setpoint`` is -1 and ``condition`` empty for kinds without them."""

    tag: TagDef
    setpoint: int = -1
    condition: str = ""
    judges: tuple[int, ...] = ()


class EntryReader:
    """Reads entries against the tags and facts of a line. ``labels`` are those of all its units."""

    def __init__(self, tags: TagTable, labels: Mapping[str, str], facts: LineFacts, faults: Faults) -> None:
        self._tags = tags
        self._tag_names = [t.name for t in tags]
        self._devices = [n[len(_LINK) : -len(_UP)] for n in self._tag_names if n.startswith(_LINK) and n.endswith(_UP)]
        self._labels = labels
        self._facts = facts
        self._faults = faults

    def alarm(self, entry: AlarmEntry, unit: str, path: KeyPath, faulty: frozenset[str]) -> Placed | None:
        """The alarm of ``entry`` for ``unit`` ('' for an entry without units); None when what it watches cannot be told."""
        when = self._source(entry.when, unit, (*path, "when")) if "when" not in faulty else ""
        hidden = self._source(entry.suppress_when, unit, (*path, "suppress_when")) if "suppress_when" not in faulty else ""
        group = self._fill(entry.group, unit, (*path, "group"))
        texts = [self._text(cast(Text | None, getattr(entry, key)), unit, (*path, key)) for key in TEXTS]
        watched = self._watched(entry, unit, path)
        if watched is None:
            return None
        tag = watched.tag
        alarm_id = self._fill(entry.id, unit, (*path, "id"), {"tag": tag.name, "kind": str(entry.kind)})
        if not alarm_id.strip():
            self._faults.add((*path, "id"), "the id is empty", "Write a short id, or leave the key out")
        its_unit = entry.unit or unit or (tag.unit_id if tag.unit_id in self._labels else "")
        deadband, on_delay_s, off_delay_s = _timing(entry, tag)
        priority = entry.priority or 4
        name, cause, consequence, response = texts
        alarm = AlarmDef(
            id=alarm_id,
            tag=tag.name,
            handle=tag.handle,
            kind=entry.kind,
            limit=_limit(entry),
            deadband=deadband,
            on_delay_s=on_delay_s,
            off_delay_s=off_delay_s,
            priority=priority,
            latching=entry.latching,
            unit=its_unit,
            eu=tag.eu,
            when=when,
            name=name,
            cause=cause,
            consequence=consequence,
            response=response,
            response_time_s=entry.response_time_s or RESPONSE_TIME_S.get(priority, RESPONSE_TIME_S[4]),
            area=self._area(entry, its_unit, unit, path, faulty),
            group=group,
            ccp=entry.ccp,
            setpoint=watched.setpoint,
            window_s=WINDOW_S if entry.window_s is None else entry.window_s,
            from_value=entry.from_,
            to_value=entry.to,
            condition=watched.condition,
            suppress_when=hidden,
            re_alarm_s=entry.re_alarm_s,
            auto_ack=entry.auto_ack,
        )
        self._check(alarm, entry, tag, path)
        return Placed(alarm, path, watched.judges, entry.bad_quality)

    def _check(self, alarm: AlarmDef, entry: AlarmEntry, tag: TagDef, path: KeyPath) -> None:
        suits = check_tag(alarm, tag, path, self._facts, self._faults)
        if suits and alarm.setpoint >= 0:
            check_deviation(alarm, tag, self._tags[alarm.setpoint], path, self._faults)
        if suits and alarm.kind in RATE_KINDS:
            check_rate(alarm, tag, path, self._facts, self._faults)
        if entry.response_time_s is None or entry.response_time_s > 0:
            check_delay(alarm, path, self._faults)

    def _watched(self, entry: AlarmEntry, unit: str, path: KeyPath) -> _Watched | None:
        """What ``entry`` watches; None, and a fault unless it is told already, when a tag is missing."""
        match entry.kind:
            case AlarmKind.MISMATCH:
                return self._mismatch(entry, unit, path)
            case AlarmKind.EXPRESSION:
                return self._expression(entry, unit, path)
            case AlarmKind.COMMUNICATION:
                return self._communication(entry, unit, path)
            case _:
                tag = self._find(entry.tag, unit, (*path, "tag"))
        if tag is None:
            return None
        if entry.kind not in DEVIATION_KINDS:
            return _Watched(tag, judges=(tag.handle,))
        setpoint = self._find(entry.setpoint, unit, (*path, "setpoint"))
        return None if setpoint is None else _Watched(tag, setpoint.handle, judges=(tag.handle, setpoint.handle))

    def _mismatch(self, entry: AlarmEntry, unit: str, path: KeyPath) -> _Watched | None:
        command = self._find(entry.command, unit, (*path, "command"))
        feedback = self._find(entry.feedback, unit, (*path, "feedback"))
        if command is None or feedback is None:
            return None
        if not check_mismatch(entry, command, feedback, path, self._facts, self._faults):
            return None
        condition = mismatch_condition(command.name, feedback.name, entry.allowed)
        self._parsed(condition, (*path, "allowed" if entry.allowed else "command"))
        return _Watched(feedback, condition=condition, judges=(feedback.handle, command.handle))

    def _expression(self, entry: AlarmEntry, unit: str, path: KeyPath) -> _Watched | None:
        """Without ``tag`` the value shown with the alarm is that of the tag that its expression names first."""
        source = self._fill(entry.expression or "", unit, (*path, "expression")).strip()
        parsed = self._parsed(source, (*path, "expression")) if source else None
        tag = None if entry.tag is None else self._find(entry.tag, unit, (*path, "tag"))
        if parsed is None or (entry.tag is not None and tag is None):
            return None
        if tag is None:
            tag = min((self._tags[h] for h in parsed.reads), key=lambda t: _position(t.name, source))
        return _Watched(tag, condition=source, judges=parsed.needs_good)

    def _communication(self, entry: AlarmEntry, unit: str, path: KeyPath) -> _Watched | None:
        if not entry.device:
            watched = self._find(entry.tag, unit, (*path, "tag"))
            return None if watched is None else _Watched(watched, judges=(watched.handle,))
        device = self._fill(entry.device, unit, (*path, "device"))
        tag = self._tags.find(f"{_LINK}{device}{_UP}")
        if tag is None:
            self._faults.add((*path, "device"), f"there is no device '{device}'", f"Use one of {listed(self._devices)}")
            return None
        return _Watched(tag, judges=(tag.handle,))

    def _find(self, template: str | None, unit: str, path: KeyPath) -> TagDef | None:
        if not template:
            return None
        name = self._fill(template, unit, path)
        if _PLACEHOLDER.search(name):
            return None  # what stands for nothing has been told
        tag = self._tags.find(name)
        if tag is None:
            near = difflib.get_close_matches(name, self._tag_names, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Correct the name or add the tag to tags.csv"
            self._faults.add(path, f"there is no tag '{name}'", remedy)
        return tag

    def _area(self, entry: AlarmEntry, its_unit: str, unit: str, path: KeyPath, faulty: frozenset[str]) -> str:
        """The area of the entry, else of the alarm's unit; an alarm without any is a fault in a line that has areas."""
        known = self._facts.areas
        area = self._fill(entry.area, unit, (*path, "area"))
        if area and known is not None and area not in known:
            remedy = f"Use one of {listed(known)}" if known else "Add it under areas in line.yaml"
            self._faults.add((*path, "area"), f"there is no area '{area}'", remedy)
        area = area or self._facts.unit_areas.get(its_unit, "")
        if its_unit and its_unit not in self._labels:
            return area  # that there is no such unit is told
        if known and not area and not faulty & {"area", "tag"}:
            where = f"to {its_unit} in line.yaml" if its_unit else "to this entry"
            self._faults.add(path, "the alarm belongs to no area", f"Add area: {where}, one of {listed(known)}")
        return area

    def _fill(self, template: str, unit: str, path: KeyPath, more: Mapping[str, str] | None = None) -> str:
        """``template`` with ``{u}``, ``{label}`` and ``more`` replaced; what else stands in braces is a fault."""
        values = {**(more or {}), **({"u": unit, "label": self._labels.get(unit, unit)} if unit else {})}

        def value(match: re.Match[str]) -> str:
            key = match.group(1)
            if key in values:
                return values[key]
            remedy = "Add units: [...]" if key in ("u", "label") else "Use {u} or {label}"
            self._faults.add(path, f"{match.group()} stands for nothing here", remedy)
            return match.group()

        return _PLACEHOLDER.sub(value, template)

    def _text(self, text: Text | None, unit: str, path: KeyPath) -> Text:
        if text is None:
            return _EMPTY
        return Text(ru=self._fill(text.ru, unit, (*path, "ru")), en=self._fill(text.en, unit, (*path, "en")))

    def _source(self, template: str, unit: str, path: KeyPath) -> str:
        source = self._fill(template, unit, path).strip()
        if source:
            self._parsed(source, path)
        return source

    def _parsed(self, source: str, path: KeyPath) -> Expression | None:
        """The expression, or None and a fault when it is none or reads nothing."""
        if _PLACEHOLDER.search(source):
            return None
        try:
            parsed = parse_expression(source, self._tags)
        except ExpressionError as error:
            self._faults.add(path, error.message, error.remedy)
            return None
        if not parsed.reads:
            self._faults.add(path, f"'{source}' reads no tag, it never changes", "Name a tag in it, or remove the key")
            return None
        return parsed


def mismatch_condition(command: str, feedback: str, allowed: Mapping[int, tuple[int, ...]] | None) -> str:
    """The expression that is true while ``feedback`` is none of the values allowed for what ``command`` is.

    Without ``allowed`` both must have the same value; a command that it does not name is not judged.
    """
    if not allowed:
        return f"{command} != {feedback}"
    terms: list[str] = []
    for value, values in allowed.items():
        wrong = " and ".join(f"{feedback} != {v}" for v in values) or "true"
        terms.append(f"{command} == {value} and {wrong}")
    return " or ".join(f"({t})" for t in terms) if len(terms) > 1 else terms[0]


def _position(name: str, source: str) -> int:
    """Where a tag stands in an expression, as a word: ``S401.Temp`` is not in ``S401.Temp2``."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", source)
    return found.start() if found else len(source)


def _limit(entry: AlarmEntry) -> float | None:
    if entry.kind is AlarmKind.DISCRETE:
        return 1.0 if entry.value is None else entry.value
    return entry.limit if entry.kind in ANALOG_KINDS else None


def _timing(entry: AlarmEntry, tag: TagDef) -> tuple[float, float, float]:
    """Deadband in engineering units, on-delay and off-delay in seconds. The window of a rate is delay enough."""
    own = OWN_DEFAULTS.get(entry.kind, NO_SIGNAL if entry.kind in ANALOG_KINDS else SIGNALS["digital"])
    start = SIGNALS.get(entry.signal or "", own)
    deadband, on_delay_s = start.deadband_pct / 100.0 * (tag.hi - tag.lo), start.on_delay_s
    if entry.kind in RATE_KINDS:
        deadband, on_delay_s = RATE_DEADBAND_PCT / 100.0 * (entry.limit or 0.0), 0.0
    elif entry.kind not in ANALOG_KINDS:
        deadband = 0.0
    elif start.deadband_pct == 0.0:
        deadband = 0.0  # of a broken tag the span is infinite
    return (
        deadband if entry.deadband is None else entry.deadband,
        on_delay_s if entry.on_delay_s is None else entry.on_delay_s,
        start.off_delay_s if entry.off_delay_s is None else entry.off_delay_s,
    )
