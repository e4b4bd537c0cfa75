"""A shift in which a PLC was not reached for a minute: the gap stands in the report with its cause."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from historian.queries import Queries
from historian.record import canonical
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
