"""A change of alarms that somebody thinks about (``potok alarms what-if --change``), and ``alarms.yaml`` with it applied.

The changed alarms are judged by the loader of ``alarms.yaml`` itself: what could not stand there cannot be tried either. For that
the entries of the file are spread out to one for each unit, so that one alarm of a class of units can be changed by itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from alarms.table import AlarmDef, AlarmTable
from line.documents import Document, FileModel, KeyPath, Problem, validate

_ENTRY_KEY: Final = re.compile(r"alarms\.(\d+)(?:\.(.*))?")


class ChangeEntry(FileModel):
    """One entry under ``changes``: which alarms (an id, or a pattern with ``*`` and ``?``) and what of them becomes what.

    The values are those of ``alarms.yaml`` and are checked there, not here.
    """

    alarm: str
    remove: bool = False
    limit: Any = None
    deadband: Any = None
    on_delay_s: Any = None
    off_delay_s: Any = None
    priority: Any = None
    when: Any = None
    suppress_when: Any = None
    window_s: Any = None
    latching: Any = None
    re_alarm_s: Any = None

    @property
    def keys(self) -> list[str]:
        """The keys of the alarm that it changes."""
        return sorted(self.model_fields_set - {"alarm", "remove"})


class ChangeFile(FileModel):
    """The file as a whole."""

    keys_in = "docs/howto/what-if.md"
    changes: tuple[ChangeEntry, ...]


@dataclass(frozen=True)
class Change:
    """What becomes of one alarm: it is removed, or keys get new values; each with the place in the file that says so."""

    removed: KeyPath | None = None
    keys: Mapping[str, tuple[object, KeyPath]] = field(default_factory=dict[str, tuple[object, KeyPath]])


def spread(document: Document) -> Document:
    """``alarms.yaml`` with one entry for each alarm: an entry with ``units`` becomes one for each of them, in the same order."""
    entries: list[object] = []
    lines: dict[KeyPath, int] = {k: v for k, v in document.lines.items() if k[:1] != ("alarms",) or len(k) == 1}
    for i, entry in enumerate(_entries(document)):
        units = entry.get("units")
        for unit in cast(list[object], units) if isinstance(units, list) and units else [None]:
            for path, line in document.lines.items():
                if path[:2] == ("alarms", i):
                    lines["alarms", len(entries), *path[2:]] = line
            entries.append(dict(entry) if unit is None else {**entry, "units": [unit]})
    return Document(document.file, {**cast(Mapping[str, object], document.data), "alarms": entries}, lines)


def read_changes(document: Document, table: AlarmTable) -> tuple[dict[str, Change], list[Problem]]:
    """What the file changes, by alarm id of ``table``, and every fault in it."""
    file, problems = validate(ChangeFile, document)
    if file is None:
        return {}, problems
    ids = [a.id for a in table]
    changes: dict[str, Change] = {}
    if not file.changes:
        problems.append(document.problem(("changes",), "nothing is changed", "Add entries such as {alarm: ID, limit: 85}"))
    for i, entry in enumerate(file.changes):
        path: KeyPath = ("changes", i)
        if not entry.remove and not entry.keys:
            problems.append(document.problem(path, "the entry changes nothing", "Add a key such as limit:, or remove: true"))
        if entry.remove and entry.keys:
            why = f"what is removed takes no {entry.keys[0]}"
            problems.append(document.problem((*path, entry.keys[0]), why, "Leave out one of the two"))
        matched = [alarm_id for alarm_id in ids if alarm_id == entry.alarm or fnmatchcase(alarm_id, entry.alarm)]
        if not matched:
            problems.append(document.problem((*path, "alarm"), f"there is no alarm '{entry.alarm}'", _remedy(entry.alarm, ids)))
        for alarm_id in matched:
            before = changes.get(alarm_id, Change())
            again = next((before.keys[k][1] for k in entry.keys if k in before.keys), before.removed)
            if again is not None:
                message = f"{alarm_id} is changed in line {document.line_of(again)} already"
                problems.append(document.problem((*path, "alarm"), message, "Leave the alarm to one of the two entries"))
            keys = {k: (cast(object, getattr(entry, k)), (*path, k)) for k in entry.keys}
            removed = (*path, "remove") if entry.remove else before.removed
            changes[alarm_id] = Change(removed, {**before.keys, **keys})
    return changes, sorted(problems)


def _remedy(wanted: str, ids: Sequence[str]) -> str:
    if any(c in wanted for c in "*?["):
        return f"Correct the pattern; ids are like {ids[0]}" if ids else "The line has no alarms"
    near = difflib.get_close_matches(wanted, ids, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else "Write the id of an alarm, e.g. S401.ChamberTemp.high, or a pattern with *"


@dataclass(frozen=True)
class Edited:
    """``alarms.yaml`` with changes: ``alarms`` are those that its entries make, as they were, in their order."""

    document: Document
    alarms: Sequence[AlarmDef]


def applied(document: Document, changes: Mapping[str, Change], table: AlarmTable) -> Edited:
    """``alarms.yaml`` with ``changes``; the document as :func:`spread` gave it, ``table`` what it makes.

    The diagnostic that a measurement got by itself has no entry: one whose keys change is written out.
    """
    written = [a for a in table if not a.generated]
    entries = _entries(document)
    if len(written) != len(entries):
        raise ValueError(f"{len(entries)} entries make {len(written)} alarms: the file must be spread out first")
    data: list[object] = []
    made: list[AlarmDef] = []
    lines = {k: v for k, v in document.lines.items() if k[:1] != ("alarms",) or len(k) == 1}
    for i, (entry, alarm) in enumerate(zip(entries, written, strict=True)):
        change = changes.get(alarm.id, Change())
        if change.removed is None:
            lines |= {("alarms", len(data), *k[2:]): v for k, v in document.lines.items() if k[:2] == ("alarms", i)}
            data.append({**entry, **_values(change)})
            made.append(alarm)
    for alarm in table:
        if alarm.generated and alarm.id in changes and changes[alarm.id].keys:
            data.append({**_written_out(alarm), **_values(changes[alarm.id])})
            made.append(alarm)
    return Edited(Document(document.file, {**cast(Mapping[str, object], document.data), "alarms": data}, lines), made)


def about_changes(
    problems: Sequence[Problem], edited: Edited, changes: Mapping[str, Change], document: Document
) -> list[Problem]:
    """What the loader says of ``edited``, told where it stands in the file of changes ``document``."""
    told: list[Problem] = []
    for problem in problems:
        match = _ENTRY_KEY.fullmatch(problem.key)
        alarm = edited.alarms[int(match[1])] if match else None
        key = (match[2] or "").split(".", 1)[0] if match else ""
        message = f"{alarm.id}: {problem.message}" if alarm else problem.message
        told.append(document.problem(_place(alarm, key, edited, changes), message, problem.remedy))
    return sorted(set(told))


def _place(alarm: AlarmDef | None, key: str, edited: Edited, changes: Mapping[str, Change]) -> KeyPath:
    """Where the file of changes says what is wrong with ``key`` of ``alarm``: there, or at a change of another of its tag."""
    if alarm is None:
        return ("changes",)
    for other in (alarm, *(a for a in edited.alarms if a.tag == alarm.tag)):
        keys = changes.get(other.id, Change()).keys
        if keys:
            return (keys.get(key) or next(iter(keys.values())))[1]
    return ("changes",)


def without_removed(table: AlarmTable, changes: Mapping[str, Change]) -> list[AlarmDef]:
    """The alarms of the changed ``table`` that are left: a generated diagnostic comes again with its tag's other alarms."""
    return [a for a in table if changes.get(a.id, Change()).removed is None]


def _values(change: Change) -> dict[str, object]:
    return {key: value for key, (value, _) in change.keys.items()}


def _written_out(alarm: AlarmDef) -> dict[str, object]:
    """The entry that stands for a generated diagnostic."""
    return {
        "id": alarm.id, "tag": alarm.tag, "kind": alarm.kind.value, "unit": alarm.unit, "priority": alarm.priority,
        "on_delay_s": alarm.on_delay_s, "off_delay_s": alarm.off_delay_s, "when": alarm.when,
        "suppress_when": alarm.suppress_when, "response_time_s": alarm.response_time_s, "name": alarm.name.to_json(),
        "cause": alarm.cause.to_json(), "consequence": alarm.consequence.to_json(), "response": alarm.response.to_json(),
    }  # fmt: skip


def _entries(document: Document) -> list[Mapping[str, object]]:
    """The entries of a file that the loader has accepted."""
    return cast(list[Mapping[str, object]], cast(Mapping[str, object], document.data)["alarms"])
