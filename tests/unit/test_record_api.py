"""Record and why over the API: the same bytes as from the data folder, and refusals in both languages."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from historian.record import canonical
from historian.record_pdf import attached_record, same_pages
from historian.record_verify import read_record, verify_against, verify_record
from server.permissions import Role
from tests.unit.record_kit import SET, B, Folder, finish, start
from tests.unit.srv_bench import Bench, bench


def run(tmp_path: Path, body: Any) -> None:
    async def go() -> None:
        data = tmp_path / "data"
        data.mkdir()
        with Folder(data) as f:
            start(f)
            finish(f)
        async with bench(tmp_path) as b:
            b.history.alarms = Queries(data)
            await body(b, data)

    asyncio.run(go())


def test_a_record_comes_as_it_is_from_the_data_folder_and_needs_no_login(tmp_path: Path) -> None:
    async def body(b: Bench, data: Path) -> None:
        answer = await b.http.get(f"/api/batches/{B}/record")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        found = Queries(data).batch_report(B)
        assert found is not None
        assert answer.content == canonical(found)
        record = read_record(answer.content)
        assert all(f.ok is not False for f in [*verify_record(record), *verify_against(record, data)])

    run(tmp_path, body)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_pdf_comes_with_the_record_inside(tmp_path: Path, language: str) -> None:
    async def body(b: Bench, data: Path) -> None:
        answer = await b.http.get(f"/api/batches/{B}/record.pdf?language={language}", timeout=60)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.headers["content-disposition"] == 'attachment; filename="B1001.pdf"'
        attached = attached_record(answer.content)
        assert attached is not None
        assert same_pages(answer.content, read_record(attached)) is True

    run(tmp_path, body)


def test_the_loop_goes_on_while_a_pdf_is_set(tmp_path: Path) -> None:
    async def body(b: Bench, data: Path) -> None:
        pdf = asyncio.ensure_future(b.http.get(f"/api/batches/{B}/record.pdf", timeout=60))
        answered = 0
        while not pdf.done():
            assert (await b.http.get("/api/batches")).status_code == 200
            answered += 1
        assert (await pdf).status_code == 200
        assert answered > 3

    run(tmp_path, body)


@pytest.mark.parametrize("path", ["/api/batches/B9/record", "/api/batches/B9/record.pdf"])
def test_a_batch_that_is_not_known_has_no_record(tmp_path: Path, path: str) -> None:
    async def body(b: Bench, data: Path) -> None:
        answer = await b.http.get(path)
        assert answer.status_code == 404
        assert set(answer.json()["error"]) == {"ru", "en"}

    run(tmp_path, body)


@pytest.mark.parametrize("query", ["", "?target=", f"?target={'x' * 200}", "?target=a&at_ns=-1", "?target=a&at_ns=x"])
def test_a_question_that_makes_no_sense_is_refused(tmp_path: Path, query: str) -> None:
    async def body(b: Bench, data: Path) -> None:
        assert (await b.http.get(f"/api/why{query}")).status_code == 422

    run(tmp_path, body)


def test_a_language_that_is_not_there_is_refused(tmp_path: Path) -> None:
    async def body(b: Bench, data: Path) -> None:
        assert (await b.http.get(f"/api/batches/{B}/record.pdf?language=de")).status_code == 422

    run(tmp_path, body)


def test_why_names_people_as_the_users_are_called(tmp_path: Path) -> None:
    async def body(b: Bench, data: Path) -> None:
        b.users.add("ivanov", "Иванов И. И.", Role.OPERATOR, "correct horse")
        answer = (await b.http.get(f"/api/why?target={SET}")).json()
        assert [link["kind"] for link in answer["chain"]] == ["write", "request", "start", "command"]
        assert "Партию №1001 запустил Иванов И. И. в" in answer["answer"]["ru"]
        unknown = (await b.http.get("/api/why?target=nothing.at.all")).json()
        assert (unknown["what"], unknown["chain"][0]["kind"]) == ("", "end")

    run(tmp_path, body)


def test_a_damaged_journal_is_told_and_the_server_lives_on(tmp_path: Path) -> None:
    async def body(b: Bench, data: Path) -> None:
        for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
            (data / name).unlink(missing_ok=True)
        (data / "journal.db").write_bytes(b"this is no database, it is a text" * 100)
        for path in (f"/api/batches/{B}/record", f"/api/batches/{B}/record.pdf", f"/api/why?target={B}"):
            assert (await b.http.get(path)).status_code == 503
        assert (await b.http.get("/api/batches")).status_code == 200

    run(tmp_path, body)
