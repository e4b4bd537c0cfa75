"""What a scanned code means in this plant; the catalogue as panels are told it; both and labels over the API."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from line.jsontools import child
from line.messages import JsonObject
from materials.catalogue import Catalogue
from materials.catalogue_json import catalogue_of, described, product_allergens
from materials.scanned import explain
from potok.describe import describe
from potok.linefolder import SHIPPED, load_line
from server.line_index import LineIndex
from tests.unit.srv_bench import Bench, bench
from tests.unit.test_label import SSCC, folder_of_lots

TODAY = dt.date(2026, 11, 23)
LINE = load_line(SHIPPED / "sausage")
BEEF, DOKTORSKAYA = "09522101001010", "09521234001010"
LOTS: list[JsonObject] = [
    {"id": lot, "kind": kind, "material": material, "gtin": gtin, "supplier_lot": supplier_lot, "expires": expires}
    for lot, kind, material, gtin, supplier_lot, expires in (
        ("261120-1", "received", "beef_premium", BEEF, "A7", "2026-12-01"),
        ("261121-4", "received", "beef_premium", BEEF[1:], "A7", "2026-12-03"),
        ("261121-5", "received", "salt", "", "A7", None),
        ("B1001", "packed", "doktorskaya", DOKTORSKAYA, "", "2026-12-23"),
    )
]


def catalogue() -> Catalogue:
    assert LINE.materials is not None
    return LINE.materials


def said(text: str, lots: list[JsonObject] | None = None) -> JsonObject:
    answer = explain(text, TODAY, catalogue(), LOTS if lots is None else lots)
    assert json.loads(json.dumps(answer)) == answer, "plain JSON"
    return answer


def test_a_label_of_this_plant_is_its_lot() -> None:
    answer = said(f"]d201{BEEF}17261201" + "99261120-1")
    assert (answer["ok"], answer["lot"], answer["candidates"], answer["material"]) == (
        True, "261120-1", ["261120-1"], "beef_premium",
    )  # fmt: skip
    gone = said("]C199261001-9")
    assert (gone["lot"], gone["candidates"]) == ("261001-9", []), "not in stock any more, and named all the same"


@pytest.mark.parametrize("typed", ["261120-9", "b1002", "B1002"])
def test_a_number_of_this_plant_that_nobody_bears_is_no_bad_code(typed: str) -> None:
    answer = said(typed)
    assert (answer["ok"], answer["fault"]) == (False, "unknown_lot")
    assert str(child(answer, "why")["ru"]).startswith(f"Партии сырья {typed.upper()} на складе нет")


def test_a_code_of_the_supplier_may_be_several_lots() -> None:
    answer = said(f"]C101{BEEF}10A7")
    assert answer["candidates"] == ["261120-1", "261121-4"], "a GTIN of 13 and of 14 digits is the same"
    assert answer["lot"] == "", "the person chooses"
    assert said(f"]C101{BEEF}10A7", LOTS[:1])["lot"] == "261120-1"
    assert said(f"]C101{BEEF}10A8")["candidates"] == []


def test_what_a_delivery_says() -> None:
    answer = said(f"]C101{BEEF}11261101" + "17261201" + "3102001250" + "10X1")
    assert {k: answer[k] for k in ("material", "gtin", "supplier_lot", "produced", "expires", "kg")} == {
        "material": "beef_premium", "gtin": BEEF, "supplier_lot": "X1", "produced": "2026-11-01", "expires": "2026-12-01",
        "kg": 12.5,
    }  # fmt: skip
    elements = answer["elements"]
    assert isinstance(elements, list)
    assert [e["ai"] for e in elements if isinstance(e, dict)] == ["01", "11", "17", "3102", "10"]
    assert answer["why"] is None


def test_a_product_and_a_case() -> None:
    assert said(f"]E0{DOKTORSKAYA[1:]}")["product"] == "doktorskaya"
    case = said(f"]C100{SSCC}")
    assert (case["sscc"], case["lot"], case["product"]) == (SSCC, "", "")


@pytest.mark.parametrize("typed", ["261120-1", " 261120-1\r\n", "b1001"])
def test_the_number_of_a_lot_may_be_typed(typed: str) -> None:
    answer = said(typed)
    assert answer["ok"]
    assert answer["lot"] == typed.strip().upper()
    assert (answer["material"] or answer["product"]) in ("beef_premium", "doktorskaya")


def test_an_item_that_nobody_knows_is_read_all_the_same() -> None:
    answer = said("010952123454321310Z")
    assert (answer["ok"], answer["material"], answer["gtin"]) == (True, "", "09521234543213")
    assert explain("010952123454321310Z", TODAY, None, [])["ok"] is True


def test_a_bad_code_says_why() -> None:
    answer = said(f"01{BEEF}172612")
    assert (answer["ok"], answer["fault"], answer["at"]) == (False, "too_short", 18)
    assert "сканируйте ещё раз" in str(child(answer, "why")["ru"])
    doubtful = said(f"]C101{BEEF}10A717261201")
    assert doubtful["ok"]
    assert len(doubtful["doubts"]) == 1  # pyright: ignore[reportArgumentType]


# The catalogue as panels know it


def test_the_catalogue_goes_to_panels_and_back() -> None:
    told = json.loads(json.dumps(describe(LINE)["materials"]))
    back = catalogue_of(told)
    assert back is not None
    own = catalogue()
    for name in ("company", "places", "suppliers", "documents", "materials", "products"):
        assert getattr(back, name) == getattr(own, name), name
    assert product_allergens(told, "doktorskaya") == ("eggs", "milk")
    assert product_allergens(told, "krakovskaya") == product_allergens(told, "nothing") == ()


def test_panels_are_told_tags_by_name() -> None:
    told = described(catalogue(), LINE.model.tags, {})
    assert told["packing"] == [{"unit": "P601", "packs": "P601.PackCount", "mass": "P601.PackedMass"}]
    scales = told["scales"]
    assert isinstance(scales, list)
    reception = next(s for s in scales if isinstance(s, dict) and s["id"] == "R101")
    assert (reception["net"], reception["stable"], reception["gross"]) == ("R101.Weight", "R101.Stable", "")


@pytest.mark.parametrize("description", [{}, {"company": None}, {"company": {"name": {"ru": "a", "en": "b"}}, "places": 7}])
def test_a_description_of_another_version_is_no_catalogue(description: JsonObject) -> None:
    assert catalogue_of(description) is None
    assert product_allergens(description, "x") == ()


# Over the API


def run(tmp_path: Path, body: Any, *, materials: bool = True) -> None:
    async def go() -> None:
        data = tmp_path / "data"
        data.mkdir()
        folder_of_lots(data)
        async with bench(tmp_path) as b:
            b.history.alarms = Queries(data)
            description = json.loads(json.dumps(describe(LINE)))
            b.link.line = LineIndex.from_description(description if materials else {**description, "materials": None})
            b.link.views["materials"] = {"lots": LOTS, "day": "2026-11-23"}
            await body(b)

    asyncio.run(go())


def test_a_code_is_explained_over_the_api(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        answer = (await b.http.get("/api/code", params={"text": f"]C101{BEEF}10A7\x1d17261201"})).json()
        assert (answer["material"], answer["candidates"], answer["expires"]) == (
            "beef_premium", ["261120-1", "261121-4"], "2026-12-01",
        )  # fmt: skip
        assert (await b.http.get("/api/code", params={"text": ""})).json()["fault"] == "empty"
        assert (await b.http.get("/api/code", params={"text": "x" * 2000})).status_code == 422
        assert (await b.http.get("/api/code")).status_code == 422

    run(tmp_path, body)


def test_a_label_over_the_api(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        for lot in ("L1", SSCC, "B1"):
            answer = await b.http.get(f"/api/lots/{lot}/label.pdf", params={"size": "100x60", "language": "en"})
            assert answer.status_code == 200, answer.text
            assert answer.content.startswith(b"%PDF-")
            assert answer.headers["content-type"] == "application/pdf"
        assert (await b.http.get("/api/lots/L9/label.pdf")).status_code == 404
        assert (await b.http.get("/api/lots/L1/label.pdf", params={"size": "1x1"})).status_code == 422

    run(tmp_path, body)


def test_a_line_without_a_catalogue_has_no_labels_and_still_reads_codes(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        refused = await b.http.get("/api/lots/L1/label.pdf")
        assert refused.status_code == 404
        assert "no catalogue" in refused.json()["error"]["en"]
        answer = (await b.http.get("/api/code", params={"text": f"01{BEEF}"})).json()
        assert (answer["ok"], answer["gtin"], answer["material"]) == (True, BEEF, "")

    run(tmp_path, body, materials=False)
