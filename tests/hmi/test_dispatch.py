"""Product leaves the plant from the page of its lot: all of it, a mass, or packed cases that a scanner reads."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hmi.pages.lot import LotPage
from hmi.widgets.dialogs import NumericPad
from hmi.widgets.dispatchdialog import DispatchDialog, sscc_of
from tests.hmi import samples_materials as sm
from tests.hmi.conftest import MakePanel, Panel
from tests.hmi.test_page_loading import dialog, ready, reply

PRODUCT = "B1184"
CASES = ("095212340000000013", "095212340000000020")


def opened(panel: Panel, lot: str = PRODUCT) -> LotPage:
    panel.window.navigate("lot", lot)
    page = panel.window.page
    assert isinstance(page, LotPage)
    reply(panel, "lot.facts", sm.history(lot))
    QApplication.processEvents()
    panel.window.refresh()
    return page


def form(panel: Panel) -> DispatchDialog:
    page = opened(panel)
    page.deeds["dispatch"].click()
    made = dialog(panel, DispatchDialog)
    made.customer.setText("ООО «Снег»")
    made.document.setText("Н-17")
    return made


@pytest.mark.parametrize(
    ("typed", "sscc"),
    [
        (CASES[0], CASES[0]), ("00" + CASES[0], CASES[0]), ("(00)" + CASES[0], CASES[0]), ("]C100" + CASES[0], CASES[0]),
        (CASES[0][:-1], ""), ("x" * 18, ""), ("", ""), ("٠" * 18, ""),
    ],
)  # fmt: skip
def test_an_sscc_is_18_digits_with_or_without_what_stands_around(typed: str, sscc: str) -> None:
    assert sscc_of(typed) == sscc


def test_only_product_is_dispatched(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = opened(panel, "260918-3")
    assert not page.deeds["dispatch"].isVisibleTo(page)
    assert page.deeds["split"].isVisibleTo(page)
    page = opened(panel)
    assert page.deeds["dispatch"].isVisibleTo(page)
    assert page.deeds["dispatch"].isEnabled()
    assert not page.deeds["merge"].isVisibleTo(page)


def test_all_that_is_left_goes_once_customer_and_paper_are_named(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    made = form(panel)
    made.document.setText(" ")
    assert made.verdict.text() == "Не хватает: номер накладной"
    assert not made.ok.isEnabled()
    made.document.setText("Н-17")
    assert made.ok.text().replace("\xa0", " ") == "Отгрузить: весь остаток, 121,40 кг"
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("lot.dispatch", PRODUCT, {"customer": "ООО «Снег»", "document": "Н-17"})
    assert made.isVisible(), "until the line has taken it"


def test_cases_are_scanned_each_once(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    made = form(panel)
    for code in (CASES[0], "(00)" + CASES[1]):
        made.code.setFocus()
        QTest.keyClicks(made.code, code)
        QTest.keyClick(made.code, Qt.Key.Key_Return)
    assert made.isVisible(), "Enter of the scanner sends nothing"
    assert made.told.text() == "Отгружается: коробов: 2 · …000020"
    made.code.setText(CASES[0])
    made.take_code()
    assert made.verdict.text() == "✕ Этот короб уже в списке."
    made.code.setText("12")
    made.take_code()
    assert made.verdict.text().startswith("✕ Это не SSCC")
    made.ok.click()
    assert panel.port.submitted[-1][3]["sscc"] == list(CASES)


def test_a_mass_stands_in_place_of_cases(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    made = form(panel)
    made.code.setText(CASES[0])
    made.take_code()
    made.mass.click()
    pad = dialog(panel, NumericPad)
    for key in "20":
        pad.press(key)
    pad.confirm()
    assert made.told.text().replace("\xa0", " ") == "Отгружается: 20,000 кг"
    made.ok.click()
    assert panel.port.submitted[-1][3] == {"customer": "ООО «Снег»", "document": "Н-17", "kg": 20.0}
    made.take_none()
    assert made.kg is None
