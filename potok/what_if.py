"""``potok alarms what-if``: the alarms of a line and changed ones over the same recorded images, side by side."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from alarms.changes import about_changes, applied, read_changes, spread, without_removed
from alarms.definitions import LineFacts, load_alarms
from alarms.kpi import Watch, facts_of
from alarms.kpi_figures import period_figures
from alarms.replay import Replay, excursions, is_annunciation
from alarms.table import AlarmTable, compile_table
from alarms.whatif import Comparison, Place, compare, evidence
from line.documents import Document, Problem
from line.image import Snapshot
from line.messages import Event, JsonObject
from line.recording import RecordingError, fresh_image
from potok.exit_codes import OK
from potok.linefolder import LineError, LoadedLine
from potok.operator import Habits, Operator
from potok.shift_report import with_progress
from potok.what_if_input import Input, opened
from potok.yamlfile import read_yaml

_NAMED: Final = 5
_PROGRESS_SCANS: Final = 4800
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Tables:
    """The alarms as they are and with the change; ``changed`` and ``removed`` are ids."""

    before: AlarmTable
    after: AlarmTable
    changed: Sequence[str]
    removed: Sequence[str]


@dataclass(frozen=True)
class Result:
    """What came of one recording. ``notes`` are what weakens it: a file cut off, tags that were not recorded."""

    name: str
    from_ns: int
    to_ns: int
    scans: int
    complete: bool
    notes: Sequence[str]
    before: JsonObject
    after: JsonObject
    comparison: Comparison
    approximate: bool = False

    @property
    def hours(self) -> float:
        """Length."""
        return (self.to_ns - self.from_ns) / 3.6e12


def load_tables(line: LoadedLine, change: Path) -> Tables:
    """The alarms of ``line`` before and after the file ``change``. Raises :class:`LineError` with every fault of that file."""
    wanted, problems = read_yaml(change, change.name)
    document, found = read_yaml(line.folder / "alarms.yaml", "alarms.yaml")
    if wanted is None or document is None:
        raise LineError([*problems, *found])
    document = spread(document)
    before = _table(line, document)
    changes, problems = read_changes(wanted, before)
    if problems:
        raise LineError(problems)
    edited = applied(document, changes, before)
    table, found = _load(line, edited.document)
    if found:
        raise LineError(about_changes(found, edited, changes, wanted))
    same = _same(before, table)
    changed = [alarm_id for alarm_id, change in changes.items() if change.removed is None and alarm_id not in same]
    removed = [alarm_id for alarm_id, change in changes.items() if change.removed is not None]
    if not changed and not removed:
        raise LineError([wanted.problem(("changes",), "every alarm is as the file wants it already", "Write other values")])
    after = compile_table(without_removed(table, changes), line.model.tags, table.rules, table.version)
    return Tables(before, after, changed, removed)


def _same(before: AlarmTable, after: AlarmTable) -> set[str]:
    """The alarms that have not become others; a diagnostic that is written out is no other for that."""
    known = {a.id: replace(a, generated=False) for a in before}
    return {a.id for a in after if known.get(a.id) == replace(a, generated=False)}


def _load(line: LoadedLine, document: Document) -> tuple[AlarmTable, list[Problem]]:
    units = line.model.file.units
    labels = {unit: entry.label for unit, entry in units.items()}
    return load_alarms(document, line.model.tags, set(labels), labels, LineFacts.of(line.model.file))


def _table(line: LoadedLine, document: Document) -> AlarmTable:
    table, problems = _load(line, document)
    if problems:
        raise LineError(problems)
    return table


def what_if(line: LoadedLine, tables: Tables, over: Path, progress: Progress = lambda _share: None) -> Result:
    """Both tables over one recording or data folder. Raises RecordingError that names it and says why it cannot be used."""
    try:
        with opened(over, line) as source:
            return _over(line, tables, over, source, progress)
    except RecordingError as error:
        raise RecordingError(f"{over}: {error}") from None


def _over(line: LoadedLine, tables: Tables, over: Path, source: Input, progress: Progress) -> Result:
    replays = [Replay(t, Operator(Habits("", 0.0), 0).look) for t in (tables.before, tables.after)]
    names = [t.name for t in line.model.tags]
    scans = first_ns = last_ns = 0
    for image in mapped(source.images(), source.tags, names):
        for replay in replays:
            replay.step(image)
        first_ns = first_ns or image.now_ns
        last_ns = image.now_ns
        if scans % _PROGRESS_SCANS == 0:
            progress(source.share())
        scans += 1
    damage = source.damage()
    if not scans:
        raise RecordingError(f"it holds no image ({damage or 'it was ended before the first scan'})")
    notes = _missing_tags(names, source.tags) + source.notes()
    if damage:
        notes.append(f"it ends after {(last_ns - first_ns) / 3.6e12:.2f} h: {damage}")
    end_ns = last_ns + source.period_ns
    known = evidence(source.marks(first_ns, end_ns), end_ns)
    place = Place(line.model.tags, {unit.id: unit.device for unit in line.model.units.values()})
    before, after = (excursions(r.events, r.table, end_ns) for r in replays)
    counts = [Counter(e.source for e in r.events if is_annunciation(e)) for r in replays]
    comparison = compare(before, after, known, place, (counts[0], counts[1]))
    figures = [figures_of(r.events, r.table, first_ns, end_ns) for r in replays]
    return Result(
        over.name, first_ns, end_ns, scans, not damage, notes, figures[0], figures[1], comparison, source.approximate
    )  # fmt: skip


def figures_of(events: Sequence[Event], table: AlarmTable, from_ns: int, to_ns: int) -> JsonObject:
    """FIGURES (docs/kpi.md) of what a table announced in this time."""
    watch = Watch(now_ns=from_ns, flood_start=table.rules.flood_start, flood_end=table.rules.flood_end)
    return period_figures(watch, facts_of(events), from_ns, to_ns)


def _missing_tags(names: Sequence[str], recorded: Sequence[str]) -> list[str]:
    missing = sorted(set(names) - set(recorded))
    if not missing:
        return []
    shown = ", ".join(missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
    return [f"{len(missing)} tags of the line were not recorded and count as never read: {shown}"]


def mapped(images: Iterator[Snapshot], recorded: Sequence[str], names: Sequence[str]) -> Iterator[Snapshot]:
    """Images of another tag table under the handles of this one; a tag that was not recorded waits for its first value."""
    if list(recorded) == list(names):
        yield from images
        return
    column = {name: i for i, name in enumerate(recorded)}
    kept = [h for h, name in enumerate(names) if name in column]
    here = np.array(kept, dtype=np.intp)
    there = np.array([column[names[h]] for h in kept], dtype=np.intp)
    waiting = fresh_image(len(names))
    for image in images:
        value, status, source_ns = waiting.value.copy(), waiting.status.copy(), waiting.source_ns.copy()
        value[here], status[here], source_ns[here] = image.value[there], image.status[there], image.source_ns[there]
        for array in (value, status, source_ns):
            array.flags.writeable = False
        yield Snapshot(image.scan, image.now_ns, value, status, source_ns, source_ns, image.strings)


def _refuse_twice(paths: Sequence[Path]) -> None:
    """Raises ValueError for a recording named twice: it would count twice in the totals."""
    known: set[Path] = set()
    for path in paths:
        if path.resolve() in known:
            raise ValueError(f"{path} stands twice after --over; leave one out")
        known.add(path.resolve())


def run_what_if(options: argparse.Namespace, line: LoadedLine) -> int:
    """The command: 0 also when real events would be missed, for that is what was asked."""
    from potok.what_if_report import print_report, report

    _refuse_twice(options.over)
    tables = load_tables(line, options.change)
    results: list[Result] = []

    def work(progress: Progress) -> JsonObject:
        for i, over in enumerate(options.over):
            results.append(what_if(line, tables, over, lambda share, i=i: progress((i + share) / len(options.over))))
        return report(line.model.id, tables, results)

    found = with_progress(work, quiet=options.json)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print_report(line.model.id, tables, results)
    return OK
