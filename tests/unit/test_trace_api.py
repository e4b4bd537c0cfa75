"""Lots, traces and recalls over the API: bounded, refused in both languages, recalls only for who is signed in."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from historian.record_pdf import attached_record
from server.permissions import Role
from tests.unit.srv_bench import Bench, bench
from tests.unit.trace_kit import Lots, simple

PACKED = "046000000000000000"


def run(tmp_path: Path, body: Any) -> None:
    async def go() -> None:
        data = tmp_path / "data"
        data.mkdir()
        simple(data)
        async with bench(tmp_path) as b:
            b.history.alarms = Queries(data)
            await body(b)

    asyncio.run(go())


def test_a_lot_comes_with_its_history_units_and_neighbours(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        lot = (await b.http.get("/api/lots/L1")).json()
        assert (lot["id"], lot["supplier"], lot["supplier_lot"], lot["rest_kg"], lot["products"]) == (
            "L1",
            "farm",
            "S-L1",
            60.0,
            2,
        )
        assert [e["what"] for e in lot["history"]] == ["received", "consumed", "consumed"]
        batch = (await b.http.get("/api/lots/B1")).json()
        assert [u["unit"] for u in batch["units"]] == ["G101"]
        assert (batch["sources"], batch["products"]) == (3, 3)
        packed = (await b.http.get(f"/api/lots/{PACKED}")).json()
        assert (packed["sscc"], packed["kind"], packed["packs"]) == (PACKED, "packed", 10)

    run(tmp_path, body)


def test_lots_are_paged_by_their_id_to_the_last(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        whole = (await b.http.get("/api/lots")).json()
        ids = [x["id"] for x in whole["lots"]]
        assert whole["more"] == 0
        assert ids == sorted(ids)
        assert {"L1", "L2", "B1"} <= set(ids)
        assert not [i for i in ids if i.startswith("packed:")]
        found: list[str] = []
        for left in range(len(ids) - 1, -1, -1):
            page = (await b.http.get("/api/lots", params={"after": found[-1] if found else "", "limit": 1})).json()
            found += [x["id"] for x in page["lots"]]
            assert page["more"] == left
        assert found == ids
        assert (await b.http.get("/api/lots", params={"after": ids[-1]})).json() == {"lots": [], "more": 0}
        assert (await b.http.get("/api/lots?limit=501")).status_code == 422

    run(tmp_path, body)


def test_a_trace_goes_both_ways_and_is_cut_where_asked(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        back = (await b.http.get(f"/api/lots/{PACKED}/trace")).json()
        assert back["direction"] == "back"
        assert {lot["id"] for lot in back["lots"] if lot["kind"] == "raw"} == {"L1", "L2"}
        forward = (await b.http.get("/api/lots/L1/trace?direction=forward")).json()
        assert {lot["sscc"] for lot in forward["lots"]} - {""} == {f"04600000000000000{n}" for n in (0, 1, 2, 9)}
        assert forward["cut"] is False
        short = (await b.http.get("/api/lots/L1/trace?direction=forward&limit=2")).json()
        assert (short["cut"], len(short["lots"])) == (True, 2)
        by_supplier = (await b.http.get("/api/lots/S-L2/trace?direction=forward")).json()
        assert by_supplier["starts"] == ["L2"]

    run(tmp_path, body)


def test_a_stroke_in_the_number_of_a_lot_is_written_as_a_line(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        with Lots(tmp_path / "other") as lots:
            lots.received("A/7", 10.0)
        b.history.alarms = Queries(tmp_path / "other")
        assert (await b.http.get("/api/lots/A_7")).json()["id"] == "A/7"
        assert (await b.http.get("/api/lots/A_7/trace")).json()["starts"] == ["A/7"]
        assert (await b.http.get("/api/lots/A_7/minutes")).json()["batches"] == []

    run(tmp_path, body)


@pytest.mark.parametrize(
    "path",
    ["/api/lots/X9", "/api/lots/X9/trace", "/api/lots/X9/minutes", "/api/lots/L1/trace?direction=up",
     "/api/lots/L1/trace?limit=0", "/api/lots/L1/trace?limit=5001", "/api/lots/L1/minutes?points=501", "/api/recall?lot=X9",
     "/api/recall", "/api/recall?lot=L1&batch=B1", "/api/recall?lot=L1&from_ns=1", "/api/recall?supplier=farm&from_ns=-1"],
)  # fmt: skip
def test_what_does_not_exist_or_is_asked_wrongly_is_refused_in_both_languages(tmp_path: Path, path: str) -> None:
    async def body(b: Bench) -> None:
        answer = await b.http.get(path, headers=b.sign_in(Role.VIEWER))
        assert answer.status_code in (404, 422)
        assert set(answer.json()["error"]) == {"ru", "en"}

    run(tmp_path, body)


@pytest.mark.parametrize("form", ["", ".csv", ".pdf"])
def test_a_recall_is_for_who_has_signed_in(tmp_path: Path, form: str) -> None:
    async def body(b: Bench) -> None:
        assert (await b.http.get(f"/api/recall{form}?lot=L1")).status_code == 401

    run(tmp_path, body)


def test_a_recall_comes_as_json_sheet_and_pdf(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.VIEWER)
        report = (await b.http.get("/api/recall?supplier=farm", headers=headers)).json()
        assert (report["kind"], report["balance"]["packed_units"], report["balance"]["packs"]) == ("recall", 4, 40)
        sheet = await b.http.get("/api/recall.csv?lot=L1&language=en", headers=headers)
        assert sheet.headers["content-disposition"] == 'attachment; filename="recall.csv"'
        assert sheet.text.startswith("\ufeffEvent,Time (UTC),")
        pdf = await b.http.get("/api/recall.pdf?lot=L1", headers=headers, timeout=60)
        assert pdf.headers["content-type"] == "application/pdf"
        attached = attached_record(pdf.content)
        assert attached is not None
        assert json.loads(attached)["asked"] == {"lot": "L1"}

    run(tmp_path, body)


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        (tmp_path / "data" / "journal.db").write_bytes(b"no database at all" * 100)
        for path in ("/api/lots/L1", "/api/lots/L1/trace", "/api/recall?lot=L1"):
            assert (await b.http.get(path, headers=b.sign_in(Role.VIEWER))).status_code == 503

    run(tmp_path, body)
