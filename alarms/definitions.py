"""``alarms.yaml`` → alarm table, with every fault of the file found in one run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel, ValidationError

from alarms.alarm_checks import check_groups, check_ids, check_order
from alarms.bad_quality import bad_quality_alarms
from alarms.entries import AlarmEntry, AlarmFile, DiagnosticsEntry, RulesEntry
from alarms.entry_alarm import EntryReader
from alarms.entry_checks import check_diagnostics, check_entry, rules_of
from alarms.faults import Faults, LineFacts, Placed, listed
from alarms.recipe_alarms import recipe_alarms
from alarms.table import AlarmDef, AlarmKind, AlarmRules, AlarmTable, compile_table
from line.documents import Document, KeyPath, Problem, Text, validate
from line.tags import TagTable

__all__ = ["AlarmDef", "AlarmKind", "AlarmTable", "LineFacts", "load_alarms", "version_of"]

_NO_FACTS: Final = LineFacts()
_DIGITS: Final = 12
_ModelT = TypeVar("_ModelT", bound=BaseModel)


def load_alarms(
    document: Document,
    tags: TagTable,
    unit_ids: Collection[str],
    labels: Mapping[str, str] | None = None,
    facts: LineFacts = _NO_FACTS,
) -> tuple[AlarmTable, list[Problem]]:
    """The alarms of ``document`` and every fault in it; a caller that sees problems starts nothing.

    ``labels`` gives the label that ``{label}`` stands for by unit id; without it ``S401`` reads ``S-401``. ``facts`` is what
    else of the line the file refers to. Behind the alarms of the file stand the diagnostics generated for them and those
    that batches bring along.
    """
    loader = _Loader(document, tags, unit_ids, labels or {}, facts)
    alarms, rules = loader.load()
    if loader.faults.problems:
        return AlarmTable([]), sorted(loader.faults.problems)
    return compile_table(alarms, tags, rules, version_of(alarms, rules, tags)), []


def version_of(alarms: Sequence[AlarmDef], rules: AlarmRules, tags: TagTable) -> str:
    """A short name for exactly these definitions and rules: the same wherever and whenever they are loaded.

    Handles are left out: a tag keeps its name when ``tags.csv`` is put into another order.
    """
    rows: list[dict[str, object]] = []
    for alarm in alarms:
        row = {f.name: getattr(alarm, f.name) for f in dataclasses.fields(alarm) if f.name != "handle"}
        row["setpoint"] = tags[alarm.setpoint].name if alarm.setpoint >= 0 else ""
        rows.append({k: v.to_json() if isinstance(v, Text) else v for k, v in row.items()})
    shared = {f.name: getattr(rules, f.name) for f in dataclasses.fields(rules)}
    shared["shelve_roles"] = sorted(rules.shelve_roles.items())
    text = json.dumps([rows, shared], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


class _Loader:
    def __init__(
        self, document: Document, tags: TagTable, unit_ids: Collection[str], labels: Mapping[str, str], facts: LineFacts
    ) -> None:
        self._document = document
        self._tags = tags
        self._unit_ids = unit_ids
        self._labels = {u: labels.get(u) or re.sub(r"(?<=[A-Za-z])(?=\d)", "-", u, count=1) for u in unit_ids}
        self.faults = Faults(document)
        self._facts = facts
        self._reader = EntryReader(tags, self._labels, facts, self.faults)
        self._placed: list[Placed] = []

    def load(self) -> tuple[list[AlarmDef], AlarmRules]:
        file, problems = validate(AlarmFile, self._document)
        self.faults.problems += problems
        if file is not None:
            rules, diagnostics = file.rules, file.diagnostics
            for i, entry in enumerate(file.alarms):
                self._entry(entry, ("alarms", i), frozenset())
        else:
            data = self._document.data
            rules = _readable_part(RulesEntry, _section(data, "rules"))[0] or RulesEntry()
            diagnostics = _readable_part(DiagnosticsEntry, _section(data, "diagnostics"))[0] or DiagnosticsEntry()
            entries = _section(data, "alarms")
            for i, raw in enumerate(cast(list[object], entries) if isinstance(entries, list) else []):
                entry, faulty = _readable_part(AlarmEntry, raw)
                if entry is not None:
                    self._entry(entry, ("alarms", i), faulty)
        checked = rules_of(rules, self.faults)
        check_diagnostics(diagnostics, self.faults)
        self._placed += bad_quality_alarms(self._placed, diagnostics, self._tags, self._labels)
        self._placed += recipe_alarms(self._tags, self._labels, self._facts.unit_areas)
        check_ids(self._placed, self.faults)
        check_order(self._placed, self.faults)
        check_groups(self._placed, self.faults)
        return [p.alarm for p in self._placed], checked

    def _entry(self, entry: AlarmEntry, path: KeyPath, faulty: frozenset[str]) -> None:
        """Check one entry and place an alarm for each of its units; ``faulty`` keys have been reported already."""
        check_entry(entry, path, faulty, self.faults)
        for i, unit in enumerate(entry.units):
            self._known_unit(unit, (*path, "units", i))
            if unit in entry.units[:i]:
                self.faults.add((*path, "units", i), f"the unit '{unit}' stands twice", "Remove one of the two")
        if entry.unit:
            self._known_unit(entry.unit, (*path, "unit"))
        if "units" in faulty:
            return
        known = [u for u in dict.fromkeys(entry.units) if u in self._unit_ids]
        for unit in known if entry.units else ("",):
            placed = self._reader.alarm(entry, unit, path, faulty)
            if placed is not None:
                self._placed.append(placed)

    def _known_unit(self, unit: str, path: KeyPath) -> None:
        if unit not in self._unit_ids:
            self.faults.add(path, f"there is no unit '{unit}'", f"Use one of {listed(self._unit_ids)}")


def _section(data: object, key: str) -> object:
    return cast(Mapping[str, object], data).get(key) if isinstance(data, Mapping) else None


def _readable_part(model: type[_ModelT], raw: object) -> tuple[_ModelT | None, frozenset[str]]:
    """What is left without the keys that are wrong (their faults are reported already), so that the rest is checked too."""
    if not isinstance(raw, Mapping):
        return None, frozenset()
    entry = cast(Mapping[str, Any], raw)
    faulty: frozenset[str] = frozenset()
    try:
        return model.model_validate(entry), faulty
    except ValidationError as error:
        faulty = frozenset(str(e["loc"][0]) for e in error.errors() if e["loc"])
    try:
        return model.model_validate({k: v for k, v in entry.items() if str(k) not in faulty}), faulty
    except ValidationError:
        return None, faulty
