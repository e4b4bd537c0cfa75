"""Checking the report of a shift: alone and against the data folder, intact, changed, made up, and later."""

from __future__ import annotations

import copy
import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from historian.journal import Journal
from historian.queries import Queries
from historian.record import canonical, content_hash
from historian.samples import day_files
from historian.sealed import Finding
from historian.shift_report_pdf import names_in, render_shift, render_shift_apart, same_pages
from historian.shift_report_verify import read_report, verify_against, verify_report
from line.messages import Event
from potok import cli
from tests.unit.record_kit import Folder as Samples

S = 1_000_000_000
SHIFT = "20260101-1"
COUNTERS = {"packed_kg": "P601.PackedMass"}
NAMES = {"people": {"anna": "Иванова А. С."}, "units": {"S401": "Камера 1"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A short shift with an alarm, entries of people, a weighing, a lost link and a hand-over."""
    with Samples(tmp_path) as samples:
        samples.add(0, "system", "engine", {"what": "started"})
        for second in range(0, 300, 5):
            samples.sample(second, COUNTERS["packed_kg"], second / 10)
    for _, path in day_files(tmp_path / "samples"):
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE batches SET shift = ?", (SHIFT,))
    say(tmp_path, began_ns(tmp_path), *EVENTS)
    return tmp_path


def began_ns(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "journal.db")) as db:
        return int(db.execute("SELECT min(time_ns) FROM events").fetchone()[0])


def say(folder: Path, t0: int, *events: tuple[float, str, str, str, dict[str, Any]]) -> None:
    journal = Journal(folder / "journal.db")
    try:
        for at_s, kind, source, unit, data in events:
            journal.append([Event(journal.last_seq() + 1, t0 + round(at_s * S), kind, source, unit, "", data)])
    finally:
        journal.close()


def of_shift(what: str, **more: Any) -> tuple[str, str, str, dict[str, Any]]:
    return "shift", SHIFT, "", {"what": what, **more}


def entry(number: int, category: str, text: str) -> tuple[str, str, str, dict[str, Any]]:
    return of_shift("entry", entry=f"L{number}", category=category, text=text, unit="S401", user="anna", photo=None)


MATTERS = [{"id": "S401", "kind": "manual", "of": "", "now": {"ru": "", "en": ""}, "unit": "S401",
            "text": {"ru": "В ручном режиме", "en": "In manual mode"}}]  # fmt: skip
READ = {"matters": [{k: v for k, v in m.items() if k != "now"} for m in MATTERS], "notes": "проверить датчик", "shift": SHIFT}
HASH = hashlib.sha256(json.dumps(READ, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
HANDOVER = {"notes": "проверить датчик", "matters": MATTERS, "hash": HASH, "prepared_by": "boris", "prepared_ns": 0, "remark": "",
            "outgoing": {"user": "boris", "name": "Борис", "role": "shift_lead", "time_ns": 0}, "incoming": None}  # fmt: skip
TOTALS = {"charged_kg": 100.0, "packed_kg": 29.5, "packs": 60, "rejects": 1, "yield_pct": 90.0}
ABOUT = {"id": SHIFT, "number": 1, "crew": "a", "crew_name": {"ru": "А", "en": "A"}, "user": "anna", "counters": COUNTERS}
ALARM = {"event": "alarm", "from": "normal", "to": "unack_active", "priority": 2, "active": True, "text": {"ru": "Х", "en": "X"}}
EVENTS: tuple[tuple[float, str, str, str, dict[str, Any]], ...] = (
    (1, *of_shift("started", **ABOUT)),
    (10, *entry(1, "safety", "Пролив")),
    (20, *entry(2, "cleaning", "Вымыто")),
    (30, "alarm", "S401.Hot", "S401", ALARM),
    (40, "batch", "B1", "R101", {"what": "lot", "lot": "L-1", "material": "salt", "kg": 2.5, "user": "anna"}),
    (50, "link", "plc1", "", {"from": "up", "to": "down", "error": {"ru": "", "en": ""}}),
    (60, "link", "plc1", "", {"from": "down", "to": "up", "error": {"ru": "", "en": ""}}),
    (300, *of_shift("ended", **ABOUT, ended_by="user", by="anna", note="", totals=TOTALS, handover=HANDOVER, in_progress=[],
                    stock=[{"material": "salt", "kg": 5.0, "lots": 1, "held_kg": 0.0, "name": {"ru": "Соль", "en": "Salt"}}])),
)  # fmt: skip


def made(folder: Path) -> dict[str, Any]:
    found = Queries(folder).shift_document(SHIFT)
    assert found is not None
    return json.loads(canonical(found))


def faults(findings: list[Finding]) -> list[str]:
    return [f.check for f in findings if f.ok is False]


def sealed(report: dict[str, Any]) -> dict[str, Any]:
    return {**report, "sha256": content_hash(report)}


def test_a_report_as_it_was_made_is_intact(folder: Path) -> None:
    report = made(folder)
    assert [(f.check, f.ok) for f in verify_report(report)] == [("seal", True), ("handover", True), ("sums", True)]
    found = verify_against(report, folder)
    assert [f.check for f in found] == ["chain", "ends", "content", "gaps", "samples", "curves"]
    assert all(f.ok is True for f in found)


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Change one place of the report: keys and numbers of entries, with dots between."""

    def apply(report: dict[str, Any]) -> None:
        *way, last = path.split(".")
        at: Any = report
        for key in way:
            at = at[int(key)] if isinstance(at, list) else at[key]
        at[int(last) if isinstance(at, list) else last] = value

    return apply


@pytest.mark.parametrize(
    "alter",
    [put("mass.packed_kg", 30.5), put("log.0.user", "boris"), put("curves.1.v.3", 9.0), put("ledger.samples.bad", 0),
     put("shift.number", 2), put("extra", 1), lambda r: r["alarms"]["active"].clear(), lambda r: r.pop("stock")],
)  # fmt: skip
def test_any_change_breaks_the_seal(folder: Path, alter: Callable[[dict[str, Any]], None]) -> None:
    report = made(folder)
    before = copy.deepcopy(report)
    alter(report)
    assert ("seal" in faults(verify_report(report))) is (report != before)


@pytest.mark.parametrize(
    ("alter", "check"),
    [(put("mass.packed_kg", 30.5), "sums"), (put("mass.on_line_kg", 1.0), "sums"), (put("lots.loaded_kg", 3.0), "sums"),
     (put("alarms.count", 0), "sums"), (put("alarms.by_priority.2", 0), "sums"), (put("safety", []), "sums"),
     (put("ledger.samples.missing", 5), "sums"), (put("handover.notes", "всё исправно"), "handover"),
     (put("handover.matters", []), "handover")],
)  # fmt: skip
def test_a_part_changed_and_sealed_anew_does_not_agree_with_the_others(
    folder: Path, alter: Callable[[dict[str, Any]], None], check: str
) -> None:
    report = made(folder)
    alter(report)
    assert faults(verify_report(sealed(report))) == [check]


@pytest.mark.parametrize(
    ("alter", "check"),
    [(put("shift.user", "boris"), "content"), (put("stock.0.kg", 500.0), "content"), (put("log.0.text.ru", "Чисто"), "content"),
     (put("alarms.active", []), "content"), (put("handover", None), "content"), (put("ledger.gaps", []), "gaps"),
     (put("curves.1.v.3", 900.0), "curves"), (put("journal.first", "0" * 64), "ends"), (put("journal.last", "0" * 64), "ends"),
     (put("journal.last_seq", 4), "ends"), (put("journal.events", 4), "ends"), (put("ledger.samples.bad", 1), "samples"),
     (put("ledger.samples.forwarded", 9), "samples"), (put("journal.made_seq", None), "journal"),
     (put("shift.id", "20260101-7"), "journal")],
)  # fmt: skip
def test_a_made_up_report_does_not_agree_with_the_data_folder(
    folder: Path, alter: Callable[[dict[str, Any]], None], check: str
) -> None:
    report = made(folder)
    alter(report)
    found = verify_against(sealed(report), folder)
    assert faults(found) == [check]
    assert "newer" not in [f.check for f in found], "nothing was told since"


def test_counts_cannot_be_called_dropped_while_the_files_of_their_days_are_there(folder: Path) -> None:
    report = made(folder)
    samples = report["ledger"]["samples"]
    samples["expected"], samples["stored"] = samples["expected"] + 50, samples["stored"] + 50
    assert faults([*verify_report(sealed(report)), *verify_against(sealed(report), folder)]) == ["samples"]


def test_samples_dropped_since_are_a_note_and_no_fault(folder: Path) -> None:
    report = made(folder)
    for _, path in day_files(folder / "samples"):
        path.unlink()
    found = {f.check: f for f in verify_against(report, folder)}
    assert (found["samples"].ok, found["curves"].ok, faults(list(found.values()))) == (None, None, [])
    assert "retention" in found["samples"].text
    report["curves"][0]["v"][0] = 7
    assert faults(verify_against(sealed(report), folder)) == ["curves"], "alarms are counted from events, which stay"


def test_a_journal_changed_by_hand_is_told_with_the_event(folder: Path) -> None:
    report = made(folder)
    with closing(sqlite3.connect(folder / "journal.db")) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET data = replace(data, 'Пролив', 'Чисто')")
        db.commit()
    found = {f.check: f for f in verify_against(report, folder)}
    assert (found["chain"].ok, found["content"].ok) == (False, False)
    assert "broken at event" in found["chain"].text
    assert "log" in found["content"].text
    assert "safety" in found["content"].text


def test_what_is_told_later_is_a_note(folder: Path) -> None:
    report = made(folder)
    say(folder, began_ns(folder), (400, *entry(3, "other", "Поздняя запись")))
    found = verify_against(report, folder)
    assert faults(found) == []
    assert [(f.check, f.ok) for f in found][-1] == ("newer", None)


def test_a_report_of_an_open_shift_still_fits_when_the_shift_has_ended(tmp_path: Path) -> None:
    say(tmp_path, 1_767_247_200 * S, *EVENTS[:-1])
    report = made(tmp_path)
    say(tmp_path, 1_767_247_200 * S, EVENTS[-1])
    assert faults([*verify_report(report), *verify_against(report, tmp_path)]) == []
    assert [f.check for f in verify_report(report) if f.ok is None] == ["complete"]
    assert [f.check for f in verify_against(report, tmp_path)][-1] == "newer"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"kind": "shift_report", "schema": 99}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_report_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"this is no|schema 99"):
        read_report(content)


@pytest.mark.parametrize("key", ["shift", "journal", "handover", "mass", "lots", "alarms", "oee", "ledger", "curves", "log"])
def test_a_report_without_a_part_is_a_fault_and_no_crash(folder: Path, key: str) -> None:
    for odd in (5, [], {}, [[1, 2]], {"samples": [1]}, {"units": {"P601": 3}}, {"started_ns": 10**40, "id": SHIFT}):
        broken = sealed(made(folder) | {key: odd})
        found = [*verify_report(broken), *verify_against(broken, folder)]
        assert faults(found), odd


def test_the_pages_are_those_of_the_report_and_of_the_names_on_them(folder: Path) -> None:
    report = made(folder)
    for names in ({}, NAMES):
        pdf = render_shift(report, "ru", "Europe/Moscow", names)
        assert same_pages(pdf, report) is True
        assert names_in(pdf) == names
        assert same_pages(pdf, {**report, "log": []}) is False
        assert same_pages(pdf + b"\n", report) is False
        assert same_pages(pdf.replace(b" typst-0", b" typst-9"), report) is None
        assert same_pages(pdf.replace(b" names-", b" names-A"), report) is False
    assert same_pages(render_shift_apart(report, "en", "UTC", NAMES), report) is True


def test_the_command_line_checks(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, pdf = tmp_path / "s.json", tmp_path / "s.pdf"
    data = ["--data", str(folder)]
    assert cli.main(["report", "shift", *data, "--json", str(file), "--pdf", str(pdf), "--language", "en"]) == 0
    assert cli.main(["report", "verify", str(file), *data]) == 0
    assert cli.main(["report", "verify", str(pdf), *data]) == 0
    assert "the pages are those that its report gives" in capsys.readouterr().out
    pdf.write_bytes(render_shift(made(folder), "ru", "UTC", NAMES))
    assert cli.main(["report", "verify", str(pdf)]) == 0
    assert "anna is 'Иванова А. С.'" in capsys.readouterr().out
    pdf.write_bytes(pdf.read_bytes().replace(b"typst-0", b"typst-9"))
    assert cli.main(["report", "verify", str(pdf)]) == 0
    assert "the pages were NOT compared, do not rely on them" in capsys.readouterr().out.splitlines()[-1]
    file.write_bytes(file.read_bytes().replace("Пролив".encode(), "Чисто".encode()))
    assert cli.main(["report", "verify", str(file)]) == 1
    assert "NOT intact" in capsys.readouterr().out
    assert cli.main(["report", "verify", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["shift"], told["findings"][0]["check"]) == (False, SHIFT, "seal")
    assert cli.main(["report", "verify", str(folder / "journal.db")]) == 2
    assert cli.main(["report", "verify", str(file), "--data", str(tmp_path / "none")]) == 2
