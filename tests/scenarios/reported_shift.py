"""A shift with people in it, handed over with two signatures, and the raw rows of its files, from which its report is counted.

The counting knows nothing of the project but the names of tables and keys: it reads the files with SQL.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from historian.queries import Queries
from historian.record import canonical
from line.jsontools import child, objects, whole
from line.messages import Command, CommandKind, JsonObject
from potok.linefolder import LoadedLine
from potok.shift import Fingerprint, Person, PlannedFault, ShiftRecorder, ShiftSettings, ShiftStepper
from potok.shift_crew import Order
from tests.scenarios.coarse import coarse_line

HOURS: Final = 6.0
HANDED_OVER_MIN: Final = 350
SPLIT_S: Final = 120
S: Final = 1_000_000_000
K = CommandKind


def signature(user: str) -> dict[str, Any]:
    """What the server puts into a command that it has checked the password of."""
    return {"user": user, "name": user.title(), "role": "shift_lead", "time_ns": 1_767_250_000 * S}


FAULTS: Final = (
    PlannedFault(120.0, "sensor_break", "S402.CoreTemp", None, 3.0),
    PlannedFault(263.5, "film_out", "P601", None, 7.0), PlannedFault(272.0, "film_out", "P601", None, 1.0),
    PlannedFault(274.5, "film_out", "P601", None, 0.5),
)  # fmt: skip
"""A long stop of the packer and two small ones; the second batch is held by its broken probe until the shift is over."""

SCRIPT: Final[tuple[tuple[int, str, str, dict[str, Any], str], ...]] = (
    (0, K.ORDER_CREATE, "", {"recipe": "doktorskaya", "kg": 50.0, "number": "З-0"}, ""),
    (5, K.LOG_ENTRY, "", {"category": "safety", "text": "Пролив у C201", "unit": "C201"}, ""),
    (6, K.LOG_CORRECT, "L1", {"text": "Пролив у F301"}, "ошибся узлом"),
    (7, K.LOG_ENTRY, "", {"category": "cleaning", "text": "Вымыт G101", "photo": "a" * 64}, ""),
    (8, K.UNIT_MODE, "H501", {"mode": "manual"}, ""),
    (9, K.ORDER_IMPORT, "", {"orders": [{"number": "З-1", "recipe": "doktorskaya", "kg": 60.0},
                                        {"number": "З-2", "recipe": "vetchina", "packs": 40}]}, ""),
    (10, K.ORDER_CHANGE, "order-2", {"kg": 65.0}, ""),
    (11, K.ORDER_CANCEL, "order-3", {"note": ""}, "нет мяса"),
    (12, K.TAG_WRITE, "H501.SP_Air", {"value": 1.5}, "проба"),
    (20, K.UNIT_MODE, "H501", {"mode": "auto"}, ""),
    (21, K.UNIT_MODE, "G101", {"mode": "manual"}, ""),
    (30, K.REQUEST_CREATE, "C201", {"kind": "fault", "text": "Стук в ножевом валу", "priority": "urgent"}, ""),
    (31, K.REQUEST_CREATE, "", {"kind": "supply", "text": "Нет перчаток", "priority": "low"}, ""),
    (40, K.REQUEST_DONE, "request-2", {"note": "принесли"}, ""),
    (41, K.REQUEST_CONFIRM, "request-2", {"note": ""}, ""),
    (290, K.STOP_SPLIT, "stop-2", {"codes": ["film", "mechanical"]}, ""),
    (291, K.STOP_MERGE, "stop-3", {"stops": ["stop-4"]}, ""),
    (292, K.STOP_REASON, "stop-3", {"code": "no_raw_material", "text": "нет плёнки на складе"}, ""),
    (300, K.SHIFT_PREPARE, "", {"notes": "S402 проверить датчик"}, ""),
    (302, K.SHIFT_SIGN, "", {"part": "outgoing", "signature": signature("boris")}, ""),
    (HANDED_OVER_MIN, K.SHIFT_SIGN, "", {"part": "incoming", "face_to_face": True, "remark": "Принято", "number": 2,
                                         "signature": signature("vera")}, ""),
    (HANDED_OVER_MIN + 5, K.STOP_REASON, "stop-1", {"code": "process_limit", "text": "обрыв датчика"}, ""),
)  # fmt: skip


class People:
    """The crew, and beside it the people of :data:`SCRIPT`."""

    def __init__(self, crew: Person, began_ns: int) -> None:
        self._crew = crew
        self._left = [(began_ns + row[0] * 60 * S, row) for row in SCRIPT]

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        there = bool(objects(views["orders"].get("orders")))
        found = [self._ordered(c, views) for c in self._crew.look(now_ns, views)] if there else list[Command]()
        while self._left and self._left[0][0] <= now_ns:
            _, (_, kind, target, args, why) = self._left.pop(0)
            if kind == K.SHIFT_SIGN:
                args = {**args, "hash": child(views["shift"], "handover").get("hash")}
            if kind == K.STOP_SPLIT:
                stop = next(s for s in objects(views["stops"].get("stops")) if s["id"] == target)
                args = {**args, "at_ns": [whole(stop["begun_ns"]) + SPLIT_S * S]}
            who = ("anna", "shift_lead", "panel")
            found.append(Command(f"script-{len(self._left)}", kind, target, args, *who, now_ns, why))
        return found

    def _ordered(self, command: Command, views: Mapping[str, JsonObject]) -> Command:
        """The first batch is made for the first order."""
        if command.kind != K.BATCH_CREATE or objects(views["batches"].get("batches")):
            return command
        return replace(command, args={**command.args, "order": "order-1"})


def work_the_shift(base: Path) -> None:
    """Six hours with a broken probe and everything that :data:`SCRIPT` says."""
    line: LoadedLine = coarse_line(base)
    orders = (Order("doktorskaya", 70.0, 0.0), Order("doktorskaya", 75.0, 8.0))
    settings = ShiftSettings(HOURS, 5, FAULTS, base / "data", orders=orders)
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, settings.data)
    shift = ShiftStepper(line, settings, recorder, fingerprint)
    shift.operator = People(shift.operator, shift.clock.now_ns())
    try:
        shift.run(lambda _share: None)
    finally:
        assert recorder.writer is not None
        recorder.writer.close()


class Raw:
    """The rows of one shift, straight from the file."""

    def __init__(self, folder: Path, ordinal: int = 1) -> None:
        with closing(sqlite3.connect(folder / "journal.db")) as db:
            self.all = [(*row[:6], json.loads(row[6])) for row in db.execute(
                "SELECT seq, time_ns, kind, source, unit, batch, data FROM events ORDER BY seq")]  # fmt: skip
        own = [r for r in self.all if r[2] == "shift" and r[3].endswith(f"-{ordinal}")]
        self.started = next(r for r in own if r[6]["what"] == "started")
        self.ended = next(r for r in own if r[6]["what"] == "ended")
        self.id = self.started[3]
        self.rows = [r for r in self.all if self.started[0] <= r[0] <= self.ended[0]]
        self.before_end = [r for r in self.all if r[0] <= self.ended[0]]

    def of(self, kind: str, *whats: str) -> list[Any]:
        return [r for r in self.rows if r[2] == kind and (not whats or r[6].get("what") in whats)]


def report_of(folder: Path, shift: str) -> dict[str, Any]:
    """The report, as one who reads its JSON has it."""
    found = Queries(folder).shift_document(shift)
    assert found is not None
    return json.loads(canonical(found))


def total(rows: list[Any], key: str = "kg") -> float:
    return round(sum(r[6][key] for r in rows), 3)


def samples_of(folder: Path, tag: str, from_ns: int, to_ns: int) -> list[float]:
    """Values of a tag, from its first sample in the span on."""
    found: list[float] = []
    for path in sorted((folder / "samples").glob("*.db")):
        with closing(sqlite3.connect(path)) as db:
            sql = """SELECT value FROM samples JOIN tags ON tags.id = samples.tag
                     WHERE tags.name = ? AND time_ns BETWEEN ? AND ? AND status < 0x40000000 ORDER BY time_ns"""
            found += [row[0] for row in db.execute(sql, (tag, from_ns - 2 * S, to_ns))]
    return found
