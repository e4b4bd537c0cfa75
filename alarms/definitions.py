"""``alarms.yaml`` → alarm table, with every fault of the file found in one run."""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from pydantic import ValidationError

from alarms.entries import NO_SIGNAL, RESPONSE_TIME_S, SIGNALS, AlarmEntry, AlarmFile, SignalDefaults
from alarms.table import HIGH_KINDS, LIMIT_KINDS, AlarmDef, AlarmKind, AlarmTable, compile_table
from line.documents import Document, KeyPath, Problem, Text, validate
from line.expr import ExpressionError, compile_expressions
from line.tags import TagDef, TagKind, TagTable

__all__ = ["AlarmDef", "AlarmKind", "AlarmTable", "load_alarms"]

_TEXTS: Final = ("name", "cause", "consequence", "response")
_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")
_EMPTY: Final = Text(ru="", en="")
_HEIGHT: Final = {AlarmKind.LOW_LOW: 0, AlarmKind.LOW: 1, AlarmKind.HIGH: 2, AlarmKind.HIGH_HIGH: 3}


def load_alarms(
    document: Document, tags: TagTable, unit_ids: Collection[str], labels: Mapping[str, str] | None = None
) -> tuple[AlarmTable, list[Problem]]:
    """The alarms of ``document`` and every fault in it; a caller that sees problems starts nothing.

    ``labels`` gives the label that ``{label}`` stands for by unit id; without it ``S401`` reads ``S-401``.
    """
    loader = _Loader(document, tags, unit_ids, labels or {})
    alarms = loader.load()
    table = AlarmTable([]) if loader.problems else compile_table(alarms, tags)
    return table, sorted(loader.problems)


@dataclass(frozen=True)
class _Placed:
    """An alarm with the place of its entry in the file."""

    alarm: AlarmDef
    path: KeyPath


class _Loader:
    def __init__(self, document: Document, tags: TagTable, unit_ids: Collection[str], labels: Mapping[str, str]) -> None:
        self._document = document
        self._tags = tags
        self._tag_names = [t.name for t in tags]
        self._unit_ids = unit_ids
        self._labels = labels
        self._placed: list[_Placed] = []
        self.problems: list[Problem] = []

    def load(self) -> list[AlarmDef]:
        file, self.problems = validate(AlarmFile, self._document)
        if file is not None:
            for i, entry in enumerate(file.alarms):
                self._entry(entry, ("alarms", i), frozenset())
        else:
            for i, raw in enumerate(_raw_entries(self._document.data)):
                entry, faulty = _readable_part(raw)
                if entry is not None:
                    self._entry(entry, ("alarms", i), faulty)
        self._check_ids()
        self._check_order()
        return [p.alarm for p in self._placed]

    def _fault(self, path: KeyPath, message: str, remedy: str) -> None:
        problem = self._document.problem(path, message, remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def _entry(self, entry: AlarmEntry, path: KeyPath, faulty: frozenset[str]) -> None:
        """Check one entry and place an alarm for each of its units; ``faulty`` keys have been reported already."""
        self._check_numbers(entry, path, faulty)
        self._check_texts(entry, path, faulty)
        for i, unit in enumerate(entry.units):
            self._known_unit(unit, (*path, "units", i))
            if unit in entry.units[:i]:
                self._fault((*path, "units", i), f"the unit '{unit}' stands twice", "Remove one of the two")
        if entry.unit:
            self._known_unit(entry.unit, (*path, "unit"))
        if "units" in faulty:
            return
        for unit in dict.fromkeys(entry.units) or ("",):
            self._alarm(entry, unit, path, faulty)

    def _known_unit(self, unit: str, path: KeyPath) -> None:
        if unit not in self._unit_ids:
            self._fault(path, f"there is no unit '{unit}'", f"Use one of {', '.join(sorted(self._unit_ids))}")

    def _check_numbers(self, entry: AlarmEntry, path: KeyPath, faulty: frozenset[str]) -> None:
        for key in ("deadband", "on_delay_s", "off_delay_s"):
            number = cast(float | None, getattr(entry, key))
            if number is not None and number < 0:
                self._fault((*path, key), f"{key} is {number:g}, below zero", "Write 0 or more")
        if entry.response_time_s is not None and entry.response_time_s <= 0:
            self._fault((*path, "response_time_s"), "the time to respond is not positive", "Write the seconds the operator has")
        if entry.priority is None:
            if "priority" not in faulty:
                self._fault(path, "the priority is missing", "Add priority: 1 (highest) to 4")
        elif not 1 <= entry.priority <= 4:
            self._fault((*path, "priority"), f"there is no priority {entry.priority}", "Use 1 (highest) to 4")
        wanted, other = ("limit", "value") if entry.kind in LIMIT_KINDS else ("value", "limit")
        if entry.kind in LIMIT_KINDS and entry.limit is None and "limit" not in faulty:
            self._fault(path, f"an alarm of kind {entry.kind} needs a limit", "Add limit: in the tag's engineering units")
        if getattr(entry, other) is not None:
            self._fault((*path, other), f"kind {entry.kind} takes no {other}", f"Remove {other}, or correct kind")
        if entry.kind is AlarmKind.BAD_QUALITY and getattr(entry, wanted) is not None:
            self._fault((*path, wanted), f"kind {entry.kind} takes no {wanted}", f"Remove {wanted}, or correct kind")

    def _check_texts(self, entry: AlarmEntry, path: KeyPath, faulty: frozenset[str]) -> None:
        for key in _TEXTS:
            text = cast(Text | None, getattr(entry, key))
            if text is None:
                if key not in faulty:
                    self._fault(path, f"the text {key} is missing", f"Add {key}: with ru and en; operators act on it")
                continue
            for language in ("ru", "en"):
                if not text.get(language).strip():
                    self._fault((*path, key, language), f"the text {key}.{language} is empty", "Write it: operators act on it")

    def _alarm(self, entry: AlarmEntry, unit: str, path: KeyPath, faulty: frozenset[str]) -> None:
        tag_name = self._fill(entry.tag, unit, (*path, "tag"))
        tag = self._tags.find(tag_name)
        if tag is None:
            self._fault((*path, "tag"), f"there is no tag '{tag_name}'", self._tag_remedy(tag_name))
            return
        alarm_id = self._fill(entry.id, unit, (*path, "id"), {"tag": tag_name, "kind": str(entry.kind)})
        if not alarm_id.strip():
            self._fault((*path, "id"), "the id is empty", "Write a short id, or leave the key out")
        when = self._when(entry.when, unit, (*path, "when")) if "when" not in faulty else ""
        fallback = SIGNALS.get(entry.signal or "", SIGNALS["digital"] if entry.kind not in LIMIT_KINDS else NO_SIGNAL)
        name, cause, consequence, response = (
            self._text(cast(Text | None, getattr(entry, key)), unit, (*path, key)) for key in _TEXTS
        )
        deadband, on_delay_s, off_delay_s = _timing(entry, fallback, tag)
        priority = entry.priority or 4
        alarm = AlarmDef(
            id=alarm_id,
            tag=tag_name,
            handle=tag.handle,
            kind=entry.kind,
            limit=_limit(entry),
            deadband=deadband,
            on_delay_s=on_delay_s,
            off_delay_s=off_delay_s,
            priority=priority,
            latching=entry.latching,
            unit=entry.unit or unit or self._unit_of(tag),
            eu=tag.eu,
            when=when,
            name=name,
            cause=cause,
            consequence=consequence,
            response=response,
            response_time_s=entry.response_time_s or RESPONSE_TIME_S.get(priority, RESPONSE_TIME_S[4]),
        )
        self._check_against_tag(alarm, tag, path)
        if entry.response_time_s is None or entry.response_time_s > 0:
            self._check_delay(alarm, path)
        self._placed.append(_Placed(alarm, path))

    def _unit_of(self, tag: TagDef) -> str:
        return tag.unit_id if tag.unit_id in self._unit_ids else ""

    def _tag_remedy(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._tag_names, n=1)
        return f"Did you mean {near[0]}?" if near else "Correct the name or add the tag to tags.csv"

    def _fill(self, template: str, unit: str, path: KeyPath, more: Mapping[str, str] | None = None) -> str:
        """``template`` with ``{u}``, ``{label}`` and ``more`` replaced; what else stands in braces is a fault."""
        values = {**(more or {}), **({"u": unit, "label": self._label(unit)} if unit else {})}

        def value(match: re.Match[str]) -> str:
            key = match.group(1)
            if key in values:
                return values[key]
            remedy = "Add units: [...]" if key in ("u", "label") else "Use {u} or {label}"
            self._fault(path, f"{match.group()} stands for nothing here", remedy)
            return match.group()

        return _PLACEHOLDER.sub(value, template)

    def _label(self, unit: str) -> str:
        return self._labels.get(unit) or re.sub(r"(?<=[A-Za-z])(?=\d)", "-", unit, count=1)

    def _text(self, text: Text | None, unit: str, path: KeyPath) -> Text:
        if text is None:
            return _EMPTY
        return Text(ru=self._fill(text.ru, unit, (*path, "ru")), en=self._fill(text.en, unit, (*path, "en")))

    def _when(self, template: str, unit: str, path: KeyPath) -> str:
        source = self._fill(template, unit, path).strip()
        if source:
            try:
                compile_expressions([source], self._tags)
            except ExpressionError as error:
                self._fault(path, error.message, error.remedy)
        return source

    def _check_against_tag(self, alarm: AlarmDef, tag: TagDef, path: KeyPath) -> None:
        if alarm.kind is AlarmKind.BAD_QUALITY:
            return
        key = "limit" if alarm.kind in LIMIT_KINDS else "value"
        if tag.kind is TagKind.STRING:
            self._fault((*path, "tag"), f"{tag.name} is a text", "Only bad_quality alarms can watch a text")
            return
        if alarm.kind is AlarmKind.DISCRETE and tag.kind is TagKind.FLOAT:
            self._fault((*path, "kind"), f"{tag.name} is a measurement", "Use high or low; discrete is for bool, int and enum")
        if alarm.kind in LIMIT_KINDS and tag.kind is TagKind.BOOL:
            self._fault((*path, "kind"), f"{tag.name} is a bool", "Use kind: discrete and value: 0 or 1")
        if alarm.limit is None:
            return
        if not tag.lo <= alarm.limit <= tag.hi:
            message = f"{key} {alarm.limit:g} is outside the range of {tag.name}, {tag.lo:g}..{tag.hi:g} {tag.eu}".rstrip()
            self._fault((*path, key), message, f"Correct the {key}, or the range in tags.csv")
        elif alarm.deadband > tag.hi - tag.lo:
            message = (
                f"the deadband {alarm.deadband:g} is larger than the span of {tag.name}, {tag.hi - tag.lo:g} {tag.eu}".rstrip()
            )
            self._fault((*path, "deadband"), message, "Start with 1 to 5 percent of the span")
        elif alarm.kind in LIMIT_KINDS and not tag.lo <= _clears_at(alarm) <= tag.hi:
            message = f"with deadband {alarm.deadband:g} it clears at {_clears_at(alarm):g}, which {tag.name} never reaches"
            self._fault((*path, "deadband" if alarm.deadband else "limit"), message, "Make the deadband smaller")

    def _check_delay(self, alarm: AlarmDef, path: KeyPath) -> None:
        if alarm.on_delay_s >= alarm.response_time_s:
            message = f"on_delay_s {alarm.on_delay_s:g} uses up the {alarm.response_time_s:g} s the operator has to respond"
            self._fault((*path, "on_delay_s"), message, "Make the delay shorter, or set response_time_s")

    def _check_ids(self) -> None:
        first: dict[str, KeyPath] = {}
        for placed in self._placed:
            path = placed.path
            if placed.alarm.id not in first:
                first[placed.alarm.id] = path
                continue
            earlier = first[placed.alarm.id]
            if earlier is path:
                self._fault((*path, "id"), f"several units get the id '{placed.alarm.id}'", "Put {u} into the id")
            else:
                where = self._document.line_of(earlier)
                self._fault((*path, "id"), f"the id '{placed.alarm.id}' is used in line {where} already", "Give it another id")

    def _check_order(self) -> None:
        """low_low < low < high < high_high for one tag under the same condition."""
        groups: dict[tuple[int, str], list[_Placed]] = {}
        for placed in self._placed:
            if placed.alarm.kind in LIMIT_KINDS and placed.alarm.limit is not None:
                groups.setdefault((placed.alarm.handle, placed.alarm.when), []).append(placed)
        for group in groups.values():
            ordered = sorted(group, key=lambda p: (_HEIGHT[p.alarm.kind], _limit_of(p.alarm)))
            for lower, upper in itertools.pairwise(ordered):
                if lower.alarm.kind is upper.alarm.kind or _limit_of(lower.alarm) < _limit_of(upper.alarm):
                    continue
                message = (
                    f"{upper.alarm.kind} {_limit_of(upper.alarm):g} of {upper.alarm.tag} is not above "
                    f"{lower.alarm.kind} {_limit_of(lower.alarm):g} (line {self._document.line_of(lower.path)})"
                )
                self._fault((*upper.path, "limit"), message, "Limits rise from low_low to high_high")


def _limit(entry: AlarmEntry) -> float | None:
    if entry.kind is AlarmKind.DISCRETE:
        return 1.0 if entry.value is None else entry.value
    return entry.limit if entry.kind in LIMIT_KINDS else None


def _limit_of(alarm: AlarmDef) -> float:
    return math.nan if alarm.limit is None else alarm.limit


def _timing(entry: AlarmEntry, fallback: SignalDefaults, tag: TagDef) -> tuple[float, float, float]:
    """Deadband in engineering units, on-delay and off-delay in seconds."""
    deadband = fallback.deadband_pct / 100.0 * (tag.hi - tag.lo) if entry.deadband is None else entry.deadband
    return (
        deadband if entry.kind in LIMIT_KINDS else 0.0,
        fallback.on_delay_s if entry.on_delay_s is None else entry.on_delay_s,
        fallback.off_delay_s if entry.off_delay_s is None else entry.off_delay_s,
    )


def _clears_at(alarm: AlarmDef) -> float:
    """The value at which a limit alarm returns to normal."""
    return _limit_of(alarm) + (-alarm.deadband if alarm.kind in HIGH_KINDS else alarm.deadband)


def _raw_entries(data: object) -> list[object]:
    entries = cast(Mapping[str, object], data).get("alarms") if isinstance(data, Mapping) else None
    return cast(list[object], entries) if isinstance(entries, list) else []


def _readable_part(raw: object) -> tuple[AlarmEntry | None, frozenset[str]]:
    """The entry without the keys that are wrong (their faults are reported already), so that the rest is checked too."""
    if not isinstance(raw, Mapping):
        return None, frozenset()
    entry = cast(Mapping[str, Any], raw)
    faulty: frozenset[str] = frozenset()
    try:
        return AlarmEntry.model_validate(entry), faulty
    except ValidationError as error:
        faulty = frozenset(str(e["loc"][0]) for e in error.errors() if e["loc"])
    try:
        return AlarmEntry.model_validate({k: v for k, v in entry.items() if str(k) not in faulty}), faulty
    except ValidationError:
        return None, faulty
