"""Checking a record: alone and against the data folder, intact, changed, made up, and years later."""

from __future__ import annotations

import copy
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from historian.record import canonical, content_hash
from historian.record_verify import Finding, read_record, verify_against, verify_record
from historian.samples import day_files
from potok import cli
from tests.unit.record_kit import CORE, B, Folder, finish, start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Folder(tmp_path) as f:
        start(f)
        for second in range(60, 3600, 20):
            f.sample(second, CORE, 20 + second / 70)
        f.batch(100, "comment", text="well", user="ivanov")
        finish(f)
    return tmp_path


def made(folder: Path) -> dict[str, Any]:
    found = Queries(folder).batch_report(B)
    assert found is not None
    return json.loads(canonical(found))


def faults(findings: list[Finding]) -> list[str]:
    return [f.check for f in findings if f.ok is False]


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "sha256": content_hash(record)}


def test_a_record_as_it_was_made_is_intact(folder: Path) -> None:
    record = made(folder)
    assert faults(verify_record(record)) == []
    assert faults(verify_against(record, folder)) == []
    assert [f.check for f in verify_against(record, folder)] == ["chain", "events", "ends", "content", "curves"]


def change(key: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    def apply(record: dict[str, Any]) -> None:
        target = record[key][0] if isinstance(record[key], list) else record[key]
        target.update(values)

    return apply


@pytest.mark.parametrize(
    "alter",
    [
        change("batch", state="aborted"),
        change("ccp", value=75.0),
        change("curves", lo=1.0),
        change("commands", user="x"),
        lambda r: r["comments"].clear(),
        lambda r: r["events"].pop(),
    ],
)
def test_any_change_breaks_the_seal(folder: Path, alter: Callable[[dict[str, Any]], None]) -> None:
    record = made(folder)
    alter(record)
    assert "seal" in faults(verify_record(record))


@pytest.mark.parametrize(
    "alter",
    [change("ccp", value=75.0), change("commands", user="x"), change("steps", status="skipped"), change("materials", kg=5.0)],
)
def test_a_section_changed_and_sealed_anew_does_not_follow_from_the_events(
    folder: Path, alter: Callable[[dict[str, Any]], None]
) -> None:
    record = made(folder)
    alter(record)
    assert faults(verify_record(sealed(record))) == ["sections"]


def test_a_recipe_changed_and_sealed_anew_does_not_have_its_hash(folder: Path) -> None:
    record = made(folder)
    record["recipe"]["source"]["parameters"]["cook_core"]["value"] = 60
    assert faults(verify_record(sealed(record))) == ["recipe"]


def test_a_made_up_record_does_not_agree_with_the_journal(folder: Path) -> None:
    record = made(folder)
    gone = next(i for i, row in enumerate(record["events"]) if row[6].get("what") == "comment")
    seq = record["events"].pop(gone)[0]
    record["journal"]["events"] -= 1
    record["comments"] = []
    record = sealed(record)
    assert faults(verify_record(record)) == []
    found = {f.check: f for f in verify_against(record, folder)}
    assert found["events"].ok is False
    assert f"missing in the record: {seq}" in found["events"].text
    assert found["content"].ok is False


def test_an_event_changed_in_both_places_of_the_record_is_found_in_the_journal(folder: Path) -> None:
    record = made(folder)
    row = next(row for row in record["events"] if row[6].get("what") == "comment")
    row[6]["text"] = "very well"
    record["comments"][0]["text"] = "very well"
    assert "changed:" in next(f.text for f in verify_against(sealed(record), folder) if f.check == "events")


def test_a_journal_changed_by_hand_is_told_with_the_event(folder: Path) -> None:
    record = made(folder)
    with closing(sqlite3.connect(folder / "journal.db")) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET data = replace(data, 'well', 'ill') WHERE json_extract(data, '$.what') = 'comment'")
        db.commit()
    found = {f.check: f for f in verify_against(record, folder)}
    assert found["chain"].ok is False
    assert "broken at event" in found["chain"].text
    assert found["events"].ok is False


def test_samples_dropped_since_are_a_note_and_no_fault(folder: Path) -> None:
    record = made(folder)
    for _, path in day_files(folder / "samples"):
        path.unlink()
    found = {f.check: f for f in verify_against(record, folder)}
    assert found["curves"].ok is None
    assert faults(list(found.values())) == []


def test_a_curve_drawn_by_hand_is_a_fault(folder: Path) -> None:
    record = made(folder)
    curve = next(c for c in record["curves"] if c["tag"] == CORE)
    curve["v"][-1] = 75.0
    assert faults(verify_against(sealed(record), folder)) == ["curves"]


def test_a_record_of_a_running_batch_still_fits_when_the_batch_went_on(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
    record = made(tmp_path)
    with Folder(tmp_path) as f:
        finish(f)
    found = verify_against(record, tmp_path)
    assert faults([*verify_record(record), *found]) == []
    assert [f.check for f in verify_record(record) if f.ok is None] == ["complete"]
    assert "newer" in [f.check for f in found]


def test_a_batch_of_another_line_is_not_known(folder: Path, tmp_path: Path) -> None:
    record = made(folder)
    other = tmp_path / "other"
    other.mkdir()
    with Folder(other) as f:
        f.add(0, "system", "engine", {"what": "started"})
    assert faults(verify_against(record, other)) == ["journal"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"kind": "batch_record", "schema": 2}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_record_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"this is no|schema 2"):
        read_record(content)


@pytest.mark.parametrize("key", ["events", "journal", "batch", "recipe", "steps"])
def test_a_record_without_a_part_is_a_fault_and_no_crash(folder: Path, key: str) -> None:
    record = made(folder)
    for odd in (None, 5, [], {}, [[1, 2]], [[1, 2, 3, 4, 5, 6, 7]]):
        broken = copy.deepcopy(record) | {key: odd}
        assert faults(verify_record(sealed(broken))) or faults(verify_against(sealed(broken), folder))


@pytest.mark.parametrize("number", [None, "x", [], {}, 1.5, True])
@pytest.mark.parametrize("place", [0, 1])
def test_events_with_something_else_for_a_number_are_a_fault_and_no_crash(folder: Path, number: Any, place: int) -> None:
    record = made(folder)
    record["events"][3][place] = number
    assert "events" in faults(verify_record(sealed(record)))
    assert "events" in faults(verify_against(sealed(record), folder))


def test_the_command_line_writes_and_checks(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, pdf = tmp_path / "b.json", tmp_path / "b.pdf"
    assert (
        cli.main(["batch", "record", B, "--data", str(folder), "--json", str(file), "--pdf", str(pdf), "--language", "en"]) == 0
    )
    assert cli.main(["batch", "verify", str(file), "--data", str(folder)]) == 0
    assert cli.main(["batch", "verify", str(pdf), "--data", str(folder)]) == 0
    assert "the pages are those that its record gives" in capsys.readouterr().out
    pdf.write_bytes(pdf.read_bytes().replace(b"typst-0", b"typst-9"))
    assert cli.main(["batch", "verify", str(pdf), "--data", str(folder)]) == 0
    assert "the pages were NOT compared, do not rely on them" in capsys.readouterr().out.splitlines()[-1]
    file.write_bytes(file.read_bytes().replace(b'"well"', b'"ill"'))
    assert cli.main(["batch", "verify", str(file)]) == 1
    assert "NOT intact" in capsys.readouterr().out
    assert cli.main(["batch", "record", "B7", "--data", str(folder)]) == 1
    assert "the newest are B1001" in capsys.readouterr().err
    assert cli.main(["batch", "verify", str(folder / "journal.db")]) == 2
    assert cli.main(["batch", "record", B, "--data", str(tmp_path / "none")]) == 2
    assert cli.main(["batch", "record", B, "--data", str(folder), "--pdf", str(pdf), "--time-zone", "Mars/Base"]) == 2
