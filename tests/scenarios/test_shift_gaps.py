"""A PLC that was not reached for a minute, an engine that was killed: the gaps stand in the report with their causes."""

from __future__ import annotations

import itertools
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from historian.queries import Queries
from historian.record import canonical
from historian.writer import JournalWriter
from line.clock import SystemClock
from line.engine import Engine
from potok.shift import START_NS, Fingerprint, PlannedFault, ShiftRecorder, ShiftSettings, ShiftStepper
from tests.scenarios.coarse import coarse_line

S = 1_000_000_000
LOST_MIN = 20.0


def test_a_lost_link_is_a_gap_with_its_cause(tmp_path: Path) -> None:
    line = coarse_line(tmp_path)
    settings = ShiftSettings(0.5, 5, (PlannedFault(LOST_MIN, "link_drop", "plc1", None, 1.0),), tmp_path / "data")
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, settings.data)
    assert recorder.writer is not None
    try:
        ShiftStepper(line, settings, recorder, fingerprint).run(lambda _share: None)
    finally:
        recorder.writer.close()
    queries = Queries(tmp_path / "data")
    found = queries.shift_document(str(queries.shifts()[0]["id"]))
    assert found is not None
    report = json.loads(canonical(found))
    with closing(sqlite3.connect(tmp_path / "data" / "journal.db")) as db:
        sql = "SELECT time_ns, source, json_extract(data, '$.to') FROM events WHERE kind = 'link' ORDER BY seq"
        told = [row for row in db.execute(sql) if row[0] >= START_NS + LOST_MIN * 60 * S]
    assert [(source, to) for _, source, to in told] == [("plc1", "down"), ("plc1", "up")]
    (gap,) = report["ledger"]["gaps"]
    assert (gap["cause"], gap["device"], gap["from_ns"], gap["to_ns"]) == ("link", "plc1", told[0][0], told[1][0])
    assert gap["s"] == round((told[1][0] - told[0][0]) / S, 1)
    assert 58.0 <= gap["s"] <= 62.0
    assert abs(gap["from_ns"] - START_NS - LOST_MIN * 60 * S) <= 5 * S
    assert gap["text"]["ru"].startswith("Нет связи с plc1")
    stored = bad = 0
    for path in sorted((tmp_path / "data" / "samples").glob("*.db")):
        with closing(sqlite3.connect(path)) as db:
            stored += db.execute("SELECT count(*) FROM samples").fetchone()[0]
            bad += db.execute("SELECT count(*) FROM samples WHERE status >= 0x80000000").fetchone()[0]
    samples = report["ledger"]["samples"]
    assert (samples["expected"], samples["missing"]) == (samples["stored"], 0)
    assert 0 <= stored - samples["stored"] < 400, "what was stored before the shift began is the next one's"
    assert 0 <= samples["bad"] <= bad


STOPPED_S = 120
RAN_S = 420
QUIET_S = 30


def test_an_engine_that_stood_for_two_minutes_is_a_gap_with_its_cause(tmp_path: Path) -> None:
    """It ends without a word, the plant goes on, and another begins with what the data folder holds."""
    line = coarse_line(tmp_path)
    data = tmp_path / "data"
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, data)
    shift = ShiftStepper(line, ShiftSettings(1.0, 5, (), data), recorder, fingerprint)
    shift.open()
    try:
        for _ in range(RAN_S):
            shift.step()
    finally:
        assert recorder.writer is not None
        recorder.writer.close()
    killed_ns = shift.clock.now_ns()
    for _ in range(STOPPED_S):
        shift.clock.advance_ns(S)
        shift.plant.step()
    writer = JournalWriter(data / "journal.db", data / "samples", SystemClock())
    recorder.writer = writer
    try:
        saved, now_ns = writer.states, shift.clock.now_ns()
        shift.engine = Engine(
            shift.engine.plan, shift.engine.plan.restored(saved, now_ns), recorder, next_seq=writer.last_seq + 1
        )
        shift.engine.system_event("restored", now_ns, {"last_seq": writer.last_seq})
        for _ in range(QUIET_S):
            shift.step()
    finally:
        writer.close()
    back_ns = killed_ns + STOPPED_S * S
    times: list[int] = []
    for path in sorted((data / "samples").glob("*.db")):
        with closing(sqlite3.connect(path)) as db:
            times += [t for (t,) in db.execute("SELECT DISTINCT time_ns FROM samples ORDER BY time_ns")]
    with closing(sqlite3.connect(data / "journal.db")) as db:
        word_ns = db.execute("SELECT max(time_ns) FROM events WHERE time_ns < ?", (back_ns,)).fetchone()[0]
    last_ns = max(t for t in times if t < back_ns)
    queries = Queries(data)
    found = queries.shift_document(str(queries.shifts()[0]["id"]))
    assert found is not None
    report = json.loads(canonical(found))
    (gap,) = report["ledger"]["gaps"]
    assert (gap["cause"], gap["device"], gap["text"]["ru"]) == ("engine", "", "Система управления не работала")
    assert (gap["from_ns"], gap["to_ns"], gap["s"]) == (max(last_ns, word_ns), back_ns, (back_ns - max(last_ns, word_ns)) / S)
    assert word_ns < last_ns == killed_ns, "a sample in its last scan, its last word was earlier"
    assert gap["s"] == STOPPED_S
    unseen = [b - a for a, b in itertools.pairwise(times) if b - a > 60 * S]
    assert len(unseen) == 1
    assert STOPPED_S * S <= unseen[0] <= (STOPPED_S + 2) * S
    assert report["shift"]["started_ns"] <= START_NS + 2 * S, "the shift that was open goes on"
