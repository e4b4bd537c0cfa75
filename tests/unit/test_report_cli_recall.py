"""``potok report``: recall, audit and batch on a data folder, as files and on the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from historian.record_pdf import attached_record, is_pdf
from potok.cli import main
from tests.unit.record_kit import B, Folder, finish, start
from tests.unit.trace_kit import change, simple

Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(a) for a in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_recall_on_the_terminal_says_what_matters(tmp_path: Path, capsys: Capture) -> None:
    simple(tmp_path)
    code, out, _ = run(capsys, "report", "recall", "--lot", "L1", "--data", tmp_path)
    assert code == 0
    assert "recall of lot L1: 2 batches and lots, 4 packed units with 40 packs, 120.000 kg" in out
    assert "one step back: L1 pork from farm, their lot S-L1" in out
    assert (
        "raw: received 200.000 kg (corrections 0.000 kg) = consumed 140.000 kg + discarded 0.000 kg + in stock 60.000 kg" in out
    )


@pytest.mark.parametrize(
    ("asked", "starts"),
    [(["--sscc", "046000000000000009"], ["B2"]), (["--batch", "B1"], ["B1"]), (["--lot", "S-L2"], ["L2"]),
     (["--supplier", "farm"], ["L1"]), (["--supplier", "farm", "--from", "2020-01-01", "--to", "2030-01-01"], ["L1"])],
)  # fmt: skip
def test_what_is_recalled_can_be_named_in_every_way(
    tmp_path: Path, capsys: Capture, asked: Sequence[str], starts: list[str]
) -> None:
    simple(tmp_path)
    code, out, _ = run(capsys, "report", "recall", *asked, "--data", tmp_path, "--json")
    assert (code, json.loads(out)["starts"]) == (0, starts)


def test_a_recall_as_files(tmp_path: Path, capsys: Capture) -> None:
    simple(tmp_path)
    files = {form: tmp_path / f"r.{form}" for form in ("pdf", "csv", "json")}
    given = [part for form, path in files.items() for part in (f"--{form}", path)]
    code, out, err = run(capsys, "report", "recall", "--lot", "L1", "--data", tmp_path, "--lang", "en", *given)
    assert (code, out) == (0, "")
    assert all(f"written to {path}" in err for path in files.values())
    report = json.loads(files["json"].read_text())
    pdf = files["pdf"].read_bytes()
    assert is_pdf(pdf)
    assert json.loads(attached_record(pdf) or b"") == report
    lines = list(csv.reader(io.StringIO(files["csv"].read_text(encoding="utf-8-sig"))))
    assert len(lines) == 1 + 1 + 2 + 1 + 4  # head, receiving, input, rework, packing


def test_a_verified_recall_says_so_and_a_changed_journal_too(tmp_path: Path, capsys: Capture) -> None:
    simple(tmp_path)
    _, out, _ = run(capsys, "report", "recall", "--lot", "L1", "--data", tmp_path, "--verify")
    assert "checked: the chain is whole, the tables agree with the events" in out
    change(tmp_path / "journal.db", "DROP TRIGGER events_no_update", "UPDATE events SET unit = 'X' WHERE seq = 7")
    _, out, _ = run(capsys, "report", "recall", "--lot", "L1", "--data", tmp_path, "--verify")
    assert "THE CHAIN OF THE JOURNAL IS BROKEN at event 7" in out


def test_an_unknown_lot_names_the_known_ones(tmp_path: Path, capsys: Capture) -> None:
    simple(tmp_path)
    code, _, err = run(capsys, "report", "recall", "--lot", "L7", "--data", tmp_path)
    assert code == 1
    assert "knows no L7; the newest are B2, B1, L2, L1" in err
    code, _, err = run(capsys, "report", "recall", "--supplier", "nobody", "--data", tmp_path)
    assert (code, "the newest are farm, mill" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--lot", "L1", "--from", "2026-01-01"], "--from and --to belong to --supplier"),
     (["--lot", "L1", "--pdf", "x.pdf", "--time-zone", "Mars/Base"], "'Mars/Base' is no time zone")],
)  # fmt: skip
def test_wrong_usage_is_told(tmp_path: Path, capsys: Capture, arguments: list[str], words: str) -> None:
    simple(tmp_path)
    code, _, err = run(capsys, "report", "recall", *arguments, "--data", tmp_path)
    assert code == 2
    assert words in err


def test_a_folder_without_a_journal_and_a_damaged_one_are_told(tmp_path: Path, capsys: Capture) -> None:
    code, _, err = run(capsys, "report", "recall", "--lot", "L1", "--data", tmp_path)
    assert (code, "is no data folder" in err) == (2, True)
    (tmp_path / "journal.db").write_bytes(b"no database" * 500)
    code, _, err = run(capsys, "report", "recall", "--lot", "L1", "--data", tmp_path)
    assert (code, "cannot be read" in err) == (1, True)


def test_the_record_of_a_batch_is_that_of_potok_batch_record(tmp_path: Path, capsys: Capture) -> None:
    with Folder(tmp_path) as f:
        start(f)
        finish(f)
    one, two = tmp_path / "1.json", tmp_path / "2.json"
    assert run(capsys, "report", "batch", B, "--data", tmp_path, "--json", one)[0] == 0
    assert run(capsys, "batch", "record", B, "--data", tmp_path, "--json", two)[0] == 0
    assert one.read_bytes() == two.read_bytes()


def audited(path: Path) -> None:
    with Folder(path, recipe=None) as f:
        f.command(10, "c1", "tag.write", "S401.SP_Temp", reason="too dry", value=79.0)
        why = [{"ru": "Нельзя", "en": "Not now"}]
        f.command(20, "c2", "unit.command", "S401", user="petrov", status="refused", reasons=why, command="start")
        signature = {"user": "sidorova", "name": "Sidorova A.", "role": "technologist", "time_ns": 1}
        f.batch(30, "disposition", deviation=1, verdict="release", user="sidorova", reason="checked", signature=signature)
        f.batch(40, "parameter", parameter="cook_temp", from_=78.0, to=79.0, user="ivanov", reason="r")
        f.add(50, "lot", "L1", {"what": "adjusted", "kg_before": 10.0, "kg": -1.0, "reason": "count", "user": "ivanov"})
        f.alarm(60, "alarm", "normal", "unack_active")
        f.add(70, "system", "engine", {"what": "overrun"})


def test_an_audit_has_who_did_what_and_the_chain(tmp_path: Path, capsys: Capture) -> None:
    audited(tmp_path)
    code, out, _ = run(capsys, "report", "audit", "--data", tmp_path, "--json")
    report = json.loads(out)
    assert code == 0
    assert [(e["what"], e["user"], e["status"]) for e in report["entries"]] == [
        ("tag.write", "ivanov", "accepted"), ("unit.command", "petrov", "refused"), ("disposition", "sidorova", ""),
        ("parameter", "ivanov", ""), ("adjusted", "ivanov", ""),
    ]  # fmt: skip
    assert report["entries"][1]["refused_for"] == [{"ru": "Нельзя", "en": "Not now"}]
    assert (report["signed"], report["refused"], report["entries"][2]["signed_by"]) == (1, 1, "Sidorova A.")
    assert (report["journal"]["chain_ok"], report["journal"]["last_seq"]) == (True, 9)
    assert report["entries"][0]["detail"] == {"value": 79.0}


def test_an_audit_of_one_person_and_span(tmp_path: Path, capsys: Capture) -> None:
    audited(tmp_path)
    _, out, _ = run(capsys, "report", "audit", "--data", tmp_path, "--user", "petrov", "--json")
    assert [e["user"] for e in json.loads(out)["entries"]] == ["petrov"]
    _, out, _ = run(capsys, "report", "audit", "--data", tmp_path, "--from", "2030-01-01", "--json")
    assert json.loads(out)["entries"] == []


def test_an_audit_of_one_person_has_what_they_signed_for_others(tmp_path: Path, capsys: Capture) -> None:
    signature = {"user": "sidorova", "name": "Sidorova A.", "role": "technologist", "time_ns": 1}
    with Folder(tmp_path, recipe=None) as f:
        f.command(10, "c1", "batch.reply", B, prompt="core", value=True, signature=signature)
        f.batch(20, "reply", prompt="core", value=True, user="ivanov", signature=signature)
        f.command(30, "c2", "tag.write", "S401.SP_Temp", value=79.0)
    _, out, _ = run(capsys, "report", "audit", "--data", tmp_path, "--user", "sidorova", "--json")
    assert [e["what"] for e in json.loads(out)["entries"]] == ["batch.reply", "reply"]
    _, out, _ = run(capsys, "report", "audit", "--data", tmp_path, "--user", "ivanov", "--json")
    assert len(json.loads(out)["entries"]) == 3


def test_an_audit_as_files_and_on_the_terminal(tmp_path: Path, capsys: Capture) -> None:
    audited(tmp_path)
    pdf, sheet = tmp_path / "a.pdf", tmp_path / "a.csv"
    assert run(capsys, "report", "audit", "--data", tmp_path, "--pdf", pdf, "--csv", sheet)[0] == 0
    assert is_pdf(pdf.read_bytes())
    lines = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig")), delimiter=";"))
    assert (len(lines), lines[2][-1]) == (6, "Нельзя")
    _, out, _ = run(capsys, "report", "audit", "--data", tmp_path)
    assert "5 entries, 1 signed, 1 refused; chain of the journal up to event 9: whole" in out


def test_an_audit_of_a_broken_chain_fails(tmp_path: Path, capsys: Capture) -> None:
    audited(tmp_path)
    change(tmp_path / "journal.db", "DROP TRIGGER events_no_update", "UPDATE events SET data = '{broken' WHERE seq = 5")
    code, out, _ = run(capsys, "report", "audit", "--data", tmp_path)
    assert code == 1
    assert "BROKEN at event 5" in out
