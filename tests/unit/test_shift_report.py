"""The report of a shift from hand-made journals: gaps and their causes, stops across shifts, an open shift, and the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from historian.journal import Journal
from historian.queries import Queries
from historian.record import SEAL, canonical, content_hash
from historian.record_pdf import attached_record
from historian.record_recipe import recipe_hash
from historian.shift_report import newest_shift
from historian.shift_report_document import shift_pages
from historian.shift_report_pdf import render_shift, render_shift_apart
from line.messages import Event, JsonObject
from tests.unit.srv_bench import Bench, run

S = 1_000_000_000
T0 = 1_767_247_200 * S
SHIFT = "20260101-1"
STARTED: dict[str, Any] = {
    "what": "started", "id": SHIFT, "number": 1, "crew": "a", "crew_name": {"ru": "Бригада А", "en": "Crew A"}, "user": "vera",
    "planned": None, "started_ns": T0, "ended_ns": None, "counters": {"packed_kg": "P601.PackedMass"},
}  # fmt: skip
ENDED: dict[str, Any] = {**STARTED, "what": "ended", "ended_by": "rule", "by": "", "note": "", "handover": None, "totals": None,
                         "in_progress": [], "stock": None}  # fmt: skip


class Folder:
    """A data folder with a journal that is written event by event; times are seconds of the shift."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal(path / "journal.db")

    def say(self, at_s: float, kind: str, source: str, unit: str = "", /, **data: Any) -> None:
        self.journal.append([Event(self.journal.last_seq() + 1, T0 + round(at_s * S), kind, source, unit, "", data)])

    def batch(self, at_s: float, batch: str, **data: Any) -> None:
        seq = self.journal.last_seq() + 1
        self.journal.append([Event(seq, T0 + round(at_s * S), "batch", batch, "", batch, data)])

    def report(self, shift: str = SHIFT) -> dict[str, Any]:
        found = Queries(self.path).shift_document(shift)
        assert found is not None
        return json.loads(canonical(found))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def stop(what: str, begun_s: float, ended_s: float | None = None, shift: str = SHIFT, **more: Any) -> dict[str, Any]:
    ns = [T0 + round(begun_s * S), None if ended_s is None else T0 + round(ended_s * S)]
    spans = [] if ended_s is None else [[max(ns[0] or 0, T0), ns[1], shift, "", False]]
    return {"what": what, "kind": "own", "begun_ns": ns[0], "ended_ns": ns[1], "duration_s": (ended_s or begun_s) - begun_s,
            "proposed": "", "code": "", "spans": spans, **more}  # fmt: skip


def test_gaps_have_their_causes(folder: Folder) -> None:
    folder.say(0, "shift", SHIFT, **STARTED)
    folder.say(10, "link", "plc1", **{"from": "up", "to": "down"}, error={"ru": "кабель", "en": "cable"})
    folder.say(15, "link", "plc1", **{"from": "down", "to": "connecting"}, error={"ru": "", "en": ""})
    folder.say(40, "link", "plc1", **{"from": "connecting", "to": "up"}, error={"ru": "", "en": ""})
    folder.say(100, "unit", "G101", "G101", what="mode", to="manual", user="anna")
    folder.say(160, "system", "engine", what="restored")
    folder.say(200, "system", "engine", what="overrun", missed=7)
    folder.say(250, "link", "plc2", **{"from": "up", "to": "down"}, error={"ru": "", "en": ""})
    folder.say(300, "shift", SHIFT, **ENDED)
    gaps = folder.report()["ledger"]["gaps"]
    assert [(g["cause"], g["device"], g["s"], g["missed"]) for g in gaps] == [
        ("link", "plc1", 30.0, None), ("engine", "", 60.0, None), ("overrun", "", None, 7), ("link", "plc2", None, None),
    ]  # fmt: skip
    assert (gaps[0]["text"]["ru"], gaps[3]["to_ns"]) == ("Нет связи с plc1: кабель", None)


def test_stops_count_for_the_shift_that_they_lie_in_and_reasons_may_come_later(folder: Folder) -> None:
    folder.say(-500, "stop", "stop-1", "P601", **stop("started", -500))
    folder.say(-400, "stop", "stop-9", "F301", **stop("started", -400))
    folder.say(-300, "stop", "stop-9", "F301", **stop("ended", -400, -300, shift="", minor=False))
    folder.say(0, "shift", SHIFT, **STARTED)
    folder.say(60, "stop", "stop-1", "P601", **stop("ended", -500, 60, minor=False))
    folder.say(70, "stop", "stop-2", "P601", **stop("started", 70))
    folder.say(74, "stop", "stop-2", "P601", **stop("ended", 70, 74, minor=True))
    folder.say(200, "stop", "stop-3", "F301", **stop("started", 200))
    folder.say(300, "shift", SHIFT, **ENDED)
    before = folder.report()["stops"]
    assert {s["id"]: s["s"] for s in before["top"]} == {"stop-3": 100.0, "stop-1": 60.0}
    assert (before["count"], before["minor"], before["minor_s"], before["unexplained"]) == (2, 1, 4.0, 2)
    film = {"ru": "Плёнка", "en": "Film"}
    folder.say(
        400,
        "stop",
        "stop-1",
        "P601",
        **{**stop("reason", -500, 60), "code": "film", "name": film, "text": "рулон", "user": "anna"},
    )
    folder.say(410, "stop", "stop-7", "P601", **stop("started", 410))
    after = folder.report()["stops"]
    (row,) = [s for s in after["top"] if s["id"] == "stop-1"]
    assert (row["code"], row["name"], row["text"], row["user"], row["s"]) == ("film", film, "рулон", "anna", 60.0)
    assert (after["count"], after["unexplained"]) == (2, 1)


def test_a_stop_that_was_explained_while_it_lasted_counts_in_every_shift_that_it_lies_in(folder: Folder) -> None:
    def spans(*rows: tuple[float, float, str, bool]) -> list[list[Any]]:
        return [[T0 + round(a * S), T0 + round(b * S), shift, "", off] for a, b, shift, off in rows]

    reason = {"code": "film", "name": {"ru": "Плёнка", "en": "Film"}, "text": "", "user": "anna", "minor": False}
    folder.say(-900, "stop", "stop-1", "P601", **stop("started", -900))
    told = stop("reason", -900) | reason | {"spans": spans((-900, -100, "s0", False))}
    folder.say(-100, "stop", "stop-1", "P601", **told)
    folder.say(-800, "stop", "stop-2", "F301", **stop("started", -800))
    folder.say(-400, "stop", "stop-2", "F301", **(stop("ended", -800, -400, minor=False)
                                                 | {"spans": spans((-800, -400, "s0", False))}))  # fmt: skip
    folder.say(0, "shift", SHIFT, **STARTED)
    folder.say(20, "stop", "stop-2", "F301", **(stop("reason", -800, -400) | reason
                                               | {"spans": spans((-800, -400, "s0", False))}))  # fmt: skip
    folder.say(30, "stop", "stop-3", "G101", **stop("started", 30))
    folder.say(60, "stop", "stop-3", "G101", **(stop("reason", 30) | reason | {"spans": spans((30, 60, SHIFT, False))}))
    folder.say(300, "shift", SHIFT, **ENDED)
    found = folder.report()["stops"]
    assert {s["id"]: s["s"] for s in found["top"]} == {"stop-1": 300.0, "stop-3": 270.0}
    assert found["count"] == 2, "a reason that is given in this shift makes no stop of it"
    whole = spans((-900, 0, "s0", False), (0, 100, SHIFT, False), (100, 250, SHIFT, True), (250, 300, SHIFT, False))
    folder.say(400, "stop", "stop-1", "P601", **(stop("ended", -900, 400, minor=False) | {"spans": whole}))
    assert {s["id"]: s["s"] for s in folder.report()["stops"]["top"]}["stop-1"] == 150.0, "a planned pause is no stop"


def test_an_open_shift_is_told_as_it_stands_and_says_so(folder: Folder) -> None:
    folder.say(0, "shift", SHIFT, **STARTED)
    folder.say(30, "shift", SHIFT, what="entry", entry="L1", category="safety", text="Пролив", unit="", user="anna", photo=None)
    report = folder.report()
    assert (report["shift"]["complete"], report["shift"]["ended_ns"], report["totals"], report["oee"]) == (
        False,
        None,
        None,
        None,
    )
    assert report["mass"]["charged_kg"] is None
    assert [e["entry"] for e in report["safety"]] == ["L1"]
    assert attached_record(render_shift(report, "en")) == canonical(report)
    assert Queries(folder.path).shift_document("nothing") is None


def test_a_report_is_the_same_until_something_is_said_of_the_shift(folder: Folder) -> None:
    folder.say(0, "shift", SHIFT, **STARTED)
    folder.say(300, "shift", SHIFT, **ENDED)
    first = folder.report()
    assert folder.report() == first
    assert first[SEAL] == content_hash(first)
    folder.say(
        400, "shift", SHIFT, what="entry", entry="L1", category="other", text="Поздняя запись", unit="", user="vera", photo=None
    )
    later = folder.report()
    assert [e["entry"] for e in later["log"] if not e["auto"]] == ["L1"]
    assert later[SEAL] != first[SEAL]
    assert later["journal"]["last_seq"] == first["journal"]["last_seq"]


def test_texts_of_people_are_set_as_they_are(folder: Folder) -> None:
    folder.say(0, "shift", SHIFT, **STARTED)
    hostile = '#eval(read("x")) $x$ *_` \u202e <b> ' + "ы" * 300
    folder.say(10, "shift", SHIFT, what="entry", entry="L1", category="other", text=hostile, unit="", user="anna", photo=None)
    handover = {
        "notes": hostile,
        "prepared_by": "b",
        "prepared_ns": T0,
        "matters": [],
        "outgoing": None,
        "incoming": None,
        "remark": "",
    }
    folder.say(300, "shift", SHIFT, **{**ENDED, "handover": handover, "note": hostile})
    report = folder.report()
    for language in ("ru", "en"):
        assert attached_record(render_shift(report, language)) == canonical(report)


def test_which_shift_is_the_last() -> None:
    rows: list[Any] = [{"id": "c", "ended_ns": None}, {"id": "b", "ended_ns": 5}, {"id": "a", "ended_ns": 3}]
    assert (newest_shift(rows), newest_shift(rows[:1]), newest_shift([])) == ("b", "c", "")


def test_the_server_gives_document_log_and_pages(folder: Folder, tmp_path: Path) -> None:
    folder.say(0, "shift", SHIFT, **STARTED)
    folder.say(30, "shift", SHIFT, what="entry", entry="L1", category="safety", text="Пролив", unit="", user="anna", photo=None)
    folder.say(300, "shift", SHIFT, **ENDED)
    report = folder.report()

    async def body(b: Bench) -> None:
        b.history.alarms = Queries(folder.path)
        answer = await b.http.get(f"/api/shifts/{SHIFT}/document")
        assert answer.json() == report
        assert f'filename="shift-{SHIFT}.json"' in answer.headers["content-disposition"]
        log = (await b.http.get(f"/api/shifts/{SHIFT}/log")).json()
        assert (log["shift"]["id"], log["log"]) == (SHIFT, report["log"])
        pdf = await b.http.get(f"/api/shifts/{SHIFT}/document.pdf?language=en")
        assert pdf.headers["content-type"] == "application/pdf"
        assert attached_record(pdf.content) == canonical(report)
        for path in ("document", "document.pdf", "log"):
            assert (await b.http.get(f"/api/shifts/nothing/{path}")).status_code == 404

    run(tmp_path, body)


class LogOnly(Queries):
    """A history that is asked for no report."""

    def shift_document(self, shift_id: str, upto: int | None = None) -> JsonObject | None:
        raise AssertionError("the log of a shift builds no report")


def test_the_log_alone_is_that_of_the_report_for_a_fraction_of_the_work(folder: Folder, tmp_path: Path) -> None:
    recipe: dict[str, Any] = {
        "id": "doktorskaya", "name": {"ru": "Докторская", "en": "Doktorskaya"}, "procedure": [],
        "ingredients": {"beef": {"name": {"ru": "Говядина", "en": "Beef"}}},
    }  # fmt: skip
    version = recipe_hash(recipe)
    folder.say(-9, "recipe", "doktorskaya", what="imported", hash=version, data=recipe)
    folder.say(0, "shift", SHIFT, **STARTED)
    for batch in ("B1", "B2"):
        created = {"what": "created", "number": 1, "recipe": "doktorskaya", "hash": version, "size_kg": 120.0,
                   "ingredients": {"beef": {"kg": 70.0}}}  # fmt: skip
        folder.batch(10, batch, **created)
        folder.batch(20, batch, what="state", **{"from": "idle", "to": "running"})
    folder.say(25, "lot", "L-1", what="received", material="beef", kg=100.0, user="anna")
    folder.say(300, "shift", SHIFT, **{**ENDED, "stock": [{"material": "ice", "name": {"ru": "Лёд", "en": "Ice"}}]})
    folder.say(310, "shift", SHIFT, what="entry", entry="L9", category="other", text="Позже", unit="", user="anna", photo=None)
    report, alone = folder.report(), Queries(folder.path).shift_log(SHIFT)
    assert alone is not None
    assert (alone["shift"], alone["log"]) == (report["shift"], report["log"])
    said = [e["text"]["ru"] for e in report["log"]]
    assert sum("Докторская" in text for text in said) == 2
    assert any("Говядина" in text for text in said)
    assert Queries(folder.path).shift_log("nothing") is None

    async def body(b: Bench) -> None:
        b.history.alarms = LogOnly(folder.path)
        assert (await b.http.get(f"/api/shifts/{SHIFT}/log")).json() == {"shift": report["shift"], "log": report["log"]}

    run(tmp_path, body)


def test_its_pages_call_people_units_and_batches_by_their_names_and_the_sealed_report_keeps_the_ids(folder: Folder) -> None:
    folder.say(0, "shift", SHIFT, **STARTED)
    folder.say(10, "shift", SHIFT, "S401", what="entry", entry="L1", category="other", text="Пролив", user="anna", photo=None)
    report = folder.report()
    names = {"people": {"anna": "Иванова А. С."}, "units": {"S401": "Камера 1"}}
    pages = str(shift_pages(report, "ru", "UTC", "shift.json", **names))
    assert "Иванова А. С." in pages
    assert "'anna'" not in pages
    assert "Камера 1" in pages
    assert "S-401" in str(shift_pages(report, "ru", "UTC", "shift.json")), "without the line as its plate has it"
    assert attached_record(render_shift_apart(report, "ru", "UTC", names)) == canonical(report)
