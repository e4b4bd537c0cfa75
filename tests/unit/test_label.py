"""Labels: what stands on them, and that a reader gets out of the printed page what was put into its codes."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PySide6.QtGui import QImage

from historian.label_pdf import TEMPLATE, label_pdf, label_png
from historian.lot_facts import lot_said
from historian.queries import JOURNAL_FILE
from historian.typeset import set_pages
from line.documents import Text
from line.jsontools import child
from line.messages import JsonObject
from materials.catalogue import Catalogue, Company, Material, MaterialKind, Place, PlaceKind, Product, Supplier
from materials.gs1 import Gs1Code, read_code
from materials.gs1_faults import Gs1Fault
from materials.label import LabelKind, LotFacts, allergen_names, allergens_of, label_of
from materials.label_layout import MODULE_LEAST_MM, LabelFaultError, LabelSize, layout
from materials.symbols import SymbolKind, draw
from potok.cli import main
from tests.unit.trace_kit import Lots

MADE = dt.datetime(2026, 11, 23, 6, 40, tzinfo=dt.UTC)
GTIN, PACK, CASE = "09522103000110", "09521234001010", "19521234001017"
SSCC = "095212340000000013"


def both(text: str) -> Text:
    return Text(ru=text, en=text)


def catalogue(prefix: str = "9521234") -> Catalogue:
    return Catalogue(
        Company(Text(ru="ООО «Комбинат»", en="Works LLC"), prefix),
        places={"cold": Place("cold", Text(ru="Камера 2", en="Store 2"), PlaceKind.CHILLED)},
        suppliers={"farm": Supplier("farm", Text(ru="АО «Ферма»", en="Farm JSC"), True)},
        materials={
            "egg": Material("egg", Text(ru="Меланж", en="Whole egg"), MaterialKind.RAW, "cold", (GTIN,), allergens=("eggs",)),
            "salt": Material("salt", Text(ru="Соль", en="Salt"), MaterialKind.ADDITIVE, "cold"),
        },
        products={
            "sausage": Product("sausage", Text(ru="Колбаса", en="Sausage"), PACK, CASE, 0.44, 12, 30, Text(ru="Холод", en="Cold"))
        },
    )


LOT = LotFacts(
    LabelKind.LOT,
    "261123-4",
    "egg",
    212.4,
    MADE,
    "farm",
    "A-117",
    dt.date(2026, 11, 20),
    dt.date(2026, 12, 18),
    GTIN,
    "cold",
    2.4,
)
SEMI = LotFacts(LabelKind.SEMI, "B1001", "sausage", 139.5, MADE, batch="B1001", allergens=("milk", "eggs"))
CASE_FACTS = LotFacts(
    LabelKind.CASE, f"(00){SSCC}", "sausage", 5.28, MADE, expires=dt.date(2026, 12, 23), batch="B1001", packs=12, sscc=SSCC,
    allergens=("milk",),
)  # fmt: skip


def page(facts: LotFacts, size: LabelSize = LabelSize.LARGE, language: str = "ru", known: Catalogue | None = None) -> JsonObject:
    return layout(label_of(facts, known or catalogue()), size, language)


def changed(facts: LotFacts, **values: object) -> LotFacts:
    return LotFacts(**{**{f: getattr(facts, f) for f in facts.__dataclass_fields__}, **values})  # pyright: ignore[reportArgumentType]


def pixels(png: bytes) -> np.ndarray:
    image = QImage.fromData(png).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.ascontiguousarray(rows[:, : image.width()])


def decoded(shown: JsonObject, ppi: float = 203.0) -> dict[str, str]:
    """What a reader finds on the page: symbology identifier → the element string."""
    found = zxingcpp.read_barcodes(pixels(label_png(shown, ppi)))
    assert all(code.content_type is zxingcpp.ContentType.GS1 for code in found)
    return {code.symbology_identifier: code.bytes.decode("ascii") for code in found}


def said(text: str) -> dict[str, str]:
    code = read_code(text, MADE.date())
    assert isinstance(code, Gs1Code), code
    return {e.ai: e.value for e in code.elements}


# Read back from the page


@pytest.mark.parametrize("size", list(LabelSize))
@pytest.mark.parametrize("language", ["ru", "en"])
def test_both_codes_of_a_lot_are_read_from_the_page(size: LabelSize, language: str) -> None:
    codes = decoded(page(LOT, size, language))
    assert said("]C1" + codes["]C1"]) == {"99": "261123-4"}
    assert said("]d2" + codes["]d2"]) == {"01": GTIN, "17": "261218", "10": "A-117", "99": "261123-4"}


@pytest.mark.parametrize("size", list(LabelSize))
def test_a_case_is_read_by_its_sscc_and_by_its_item(size: LabelSize) -> None:
    codes = decoded(page(CASE_FACTS, size))
    assert said("]C1" + codes["]C1"]) == {"00": SSCC}
    assert said("]d2" + codes["]d2"]) == {"00": SSCC, "01": CASE, "15": "261223", "10": "B1001"}


@pytest.mark.parametrize("size", list(LabelSize))
def test_a_semi_finished_product_is_read_by_its_batch(size: LabelSize) -> None:
    codes = decoded(page(SEMI, size))
    assert said("]C1" + codes["]C1"]) == said("]d2" + codes["]d2"]) == {"99": "B1001"}


def test_a_label_with_long_words_stays_one_page_and_is_read() -> None:
    long = "Мясокомбинат имени очень длинного названия с филиалом и складом"
    known = catalogue()
    known = Catalogue(
        Company(both(long), known.company.prefix), known.places, {"farm": Supplier("farm", both(long * 3), True)},
        materials={"egg": Material("egg", both(long * 2), MaterialKind.RAW, "cold", (GTIN,), allergens=("eggs",))},
    )  # fmt: skip
    every = ("peanuts", "mustard", "gluten", "milk", "nuts", "fish", "celery", "soya", "sulphites")
    facts = changed(LOT, place="Ц" * 60, usable=False, allergens=every, supplier_lot="S" * 20)
    for size in LabelSize:
        shown = page(facts, size, "ru", known)
        assert len(set_pages(TEMPLATE, {"page": json.dumps(shown)}, 50.0)) == 1
        codes = decoded(shown, 300.0)
        assert said("]d2" + codes["]d2"])["99"] == "261123-4"
        assert said("]C1" + codes["]C1"]) == {"99": "261123-4"}


def test_the_same_label_gives_the_same_bytes() -> None:
    shown = page(LOT)
    pdf = label_pdf(shown, 1_700_000_000)
    assert pdf.startswith(b"%PDF-")
    assert pdf == label_pdf(shown, 1_700_000_000)
    assert pdf != label_pdf(page(SEMI), 1_700_000_000)


# What stands on it


def facts_of(shown: JsonObject) -> dict[str, str]:
    rows = shown["facts"]
    assert isinstance(rows, list)
    return {str(name): str(value) for name, value in rows}  # pyright: ignore[reportGeneralTypeIssues]


def test_the_words_of_a_lot() -> None:
    shown = page(LOT)
    assert (shown["title"], shown["name"], shown["id"]) == ("Сырьё", "Меланж", "261123-4")
    assert facts_of(shown) == {
        "Поставщик": "АО «Ферма»", "Партия поставщика": "A-117", "Изготовлено": "20.11.2026", "Годен до": "18.12.2026",
        "Масса нетто": "212,4 кг", "Принято": "23.11.2026 06:40", "Температура при приёмке": "2,4 °C", "Место": "Камера 2",
    }  # fmt: skip
    assert shown["allergens"] == "Аллергены: яйца"
    english = page(LOT, language="en")
    assert facts_of(english)["Net mass"] == "212.4 kg"
    assert english["allergens"] == "Allergens: eggs"
    assert page(changed(LOT, material="salt"))["title"] == "Добавка"


def test_a_small_label_says_the_less_important_nowhere() -> None:
    small = facts_of(page(LOT, LabelSize.SMALL))
    assert "Годен до" in small
    assert "Масса нетто" in small
    assert "Температура при приёмке" not in small


def test_what_is_not_known_is_left_out() -> None:
    bare = page(LotFacts(LabelKind.LOT, "X1", "gold"))
    assert (bare["name"], facts_of(bare), bare["allergens"]) == ("gold", {}, "Аллергены: нет")
    assert child(bare, "matrix")["text"] == "(99)X1"


def test_a_held_lot_says_so() -> None:
    assert page(LOT)["warning"] == ""
    assert page(changed(LOT, usable=False))["warning"] == "НЕ ИСПОЛЬЗОВАТЬ: решает технолог"
    assert page(changed(CASE_FACTS, usable=False), language="en")["warning"] == "DO NOT SHIP: a technologist decides"


def test_a_number_of_the_supplier_that_no_code_holds_stands_in_letters_only() -> None:
    shown = page(changed(LOT, supplier_lot="П-117/Б"))
    assert facts_of(shown)["Партия поставщика"] == "П-117/Б"
    assert child(shown, "matrix")["text"] == f"(01){GTIN}(17)261218(99)261123-4"


def test_without_an_item_no_date_and_no_lot_number_is_coded() -> None:
    assert child(page(changed(LOT, gtin="", material="salt")), "matrix")["text"] == "(99)261123-4"
    assert str(child(page(changed(LOT, gtin="")), "matrix")["text"]).startswith(f"(01){GTIN}"), "the only GTIN of its material"


def test_a_case_that_is_not_full_is_no_item_of_the_trade() -> None:
    shown = page(changed(CASE_FACTS, packs=5))
    assert child(shown, "matrix")["text"] == f"(00){SSCC}(02){PACK}(15)261223(37)5(10)B1001"
    assert isinstance(read_code(str(child(shown, "matrix")["text"]), MADE.date()), Gs1Code)


def test_a_company_without_a_prefix_has_cases_without_an_sscc() -> None:
    shown = page(changed(CASE_FACTS, sscc="", id="B1001"), known=catalogue(""))
    assert child(shown, "linear")["text"] == "(99)B1001"
    assert child(shown, "matrix")["text"] == f"(01){CASE}(15)261223(10)B1001"
    assert child(page(changed(CASE_FACTS, sscc="", packs=5)), "matrix")["text"] == "(99)B1001"


def test_a_long_number_has_the_matrix_code_alone() -> None:
    shown = page(changed(LOT, id="A1" * 20))
    assert shown["linear"] is None, "its modules would be narrower than a label printer prints"
    assert said(decoded(shown)["]d2"])["99"] == "A1" * 20


def test_a_number_that_fits_no_code_is_told() -> None:
    with pytest.raises(LabelFaultError, match=r"Cyrillic|no such characters"):
        page(changed(LOT, id="ПАРТИЯ-1"))


def test_modules_are_wide_enough_to_print() -> None:
    for facts in (LOT, SEMI, CASE_FACTS):
        for size in LabelSize:
            shown = page(facts, size)
            code = draw(SymbolKind.GS1_128, label_of(facts, catalogue()).linear)
            assert code is not None
            assert not isinstance(code, Gs1Fault)
            width = child(shown, "linear")["width"]
            assert isinstance(width, float)
            assert MODULE_LEAST_MM <= width / code.columns <= 0.495 + 1e-9
    assert child(page(CASE_FACTS), "linear")["height"] == 31.75, "an SSCC in logistics"


def test_allergens_of_what_went_in() -> None:
    known = catalogue()
    assert allergens_of(["egg", "salt", "gold"], known) == ("eggs",)
    assert [t.en for t in allergen_names(["soya", "milk", "soya", "gold"])] == ["milk (including lactose)", "soya"]


# Symbols


def test_what_no_symbol_holds() -> None:
    assert isinstance(draw(SymbolKind.GS1_128, [("10", "Ж")]), Gs1Fault)
    many = [(str(ai), "A" * 90) for ai in range(91, 100)]
    assert draw(SymbolKind.GS1_128, many) is None, "more than 48 characters"
    matrix = draw(SymbolKind.GS1_DATAMATRIX, many)
    assert matrix is not None
    assert not isinstance(matrix, Gs1Fault)
    assert matrix.columns == matrix.rows, "square"


def test_brackets_in_a_number_do_not_confuse_the_code() -> None:
    shown = page(changed(LOT, supplier_lot="A(99)7"))
    assert said("]d2" + decoded(shown)["]d2"])["10"] == "A(99)7"


# From the data folder


def folder_of_lots(folder: Path) -> Path:
    with Lots(folder) as lots:
        lots.received("L1", 200.0, "zarechny", material="beef_premium", gtin="9522101001010", temperature_c=2.5)
        lots.received("L2", 10.0, "ptitsa", material="egg_melange", status="quarantine")
        lots.created("B1", "doktorskaya")
        lots.consumed("L1", "B1", 80.0, material="beef_premium", ingredient="beef_premium")
        lots.consumed("L2", "B1", 5.0, material="egg_melange", ingredient="egg_melange")
        lots.packed(SSCC, "B1", 5.28, 12, product="doktorskaya", gtin=CASE, best_before="2026-12-23")
        lots.lot(
            "produced", "B1", batch="B1", product="doktorskaya", kg=5.28, kind="packed", from_=["L1", "L2"], status="on_hold"
        )
    return folder


def test_what_the_journal_says_of_a_lot(tmp_path: Path) -> None:
    journal = folder_of_lots(tmp_path) / JOURNAL_FILE
    lot = lot_said(journal, "L1")
    assert lot is not None
    assert (lot.row.material, lot.row.made_kg, lot.temperature_c, lot.free, lot.materials) == (
        "beef_premium", 200.0, 2.5, True, (),
    )  # fmt: skip
    waiting = lot_said(journal, "L2")
    assert waiting is not None
    assert not waiting.free, "in quarantine"
    for name in (SSCC, f"(00){SSCC}"):
        case = lot_said(journal, name)
        assert case is not None
        assert set(case.materials) == {"beef_premium", "egg_melange"}
        assert not case.free, "its batch is on hold"
        assert case.row.packs == 12
    assert lot_said(journal, "L9") is None
    assert lot_said(tmp_path / "nowhere.db", "L1") is None


def test_a_lot_that_quality_gave_free_says_so(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 200.0)
        lots.lot("hold", "L1", reasons=[], user="ivanova")
        lots.lot("released", "L1", user="ivanova", reason="лаборатория", signature=None)
        lots.received("L2", 200.0)
        lots.lot("blocked", "L2", kg=200.0, reason="запах", user="ivanova")
    free = lot_said(tmp_path / JOURNAL_FILE, "L1")
    blocked = lot_said(tmp_path / JOURNAL_FILE, "L2")
    assert free is not None
    assert blocked is not None
    assert (free.free, blocked.free) == (True, False)


@pytest.mark.parametrize(("lot", "size"), [("L1", "100x150"), ("B1", "100x60"), (SSCC, "100x150")])
def test_the_command_writes_the_label(tmp_path: Path, lot: str, size: str) -> None:
    out = tmp_path / "label.pdf"
    folder_of_lots(tmp_path)
    arguments = ["report", "label", lot, "--line", "sausage", "--data", str(tmp_path), "--pdf", str(out), "--size", size]
    assert main(arguments) == 0
    assert out.read_bytes().startswith(b"%PDF-")


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder_of_lots(tmp_path)
    rest = ["--line", "sausage", "--data", str(tmp_path), "--pdf", str(tmp_path / "x.pdf")]
    assert main(["report", "label", "L9", *rest]) == 1
    assert "knows no lot, batch or SSCC L9" in capsys.readouterr().err
    assert main(["report", "label", "L1", *rest, "--time-zone", "Mars/Base"]) == 2
    assert "no time zone" in capsys.readouterr().err
    assert not (tmp_path / "x.pdf").exists()
