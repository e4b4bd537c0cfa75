"""The report on the panel: the blocks of its pages as sections, drawn whole, read on when the language changes, saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hmi.pages.lot import LotPage
from hmi.pages.report import ReportPage
from hmi.viewmodels import wire
from hmi.viewmodels.document import PART_MAX, CellText, Section, cell_of, parse_document, parts_of, point_of
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.conftest import MakePanel, Panel

ID = "20261122-2"
PLOT: Obj = {
    "kind": "plot", "name": "Упаковано", "lines": [[[0.0, 0.0], [0.5, 1.0], [1.0, 1.0]]], "bad": [[0.2, 0.3]],
    "limits": [[0.95, "не более 72"]], "x_ticks": [[0.1, "08:00"]], "y_ticks": [[0.0, "0"], [1.0, "100"]], "note": "прорежено",
}  # fmt: skip
PAGES: Obj = {
    "title": "Сменный отчёт", "product": "Смена 2. Бригада Б", "recipe": "22.11.2026 20:00", "complete": False,
    "blocks": [
        {"kind": "warning", "text": "СМЕНА НЕ ЗАКОНЧЕНА"},
        {"kind": "pairs", "pairs": [["Смена", "2"], ["OEE", {"text": "61 %", "marks": ["strong"]}]]},
        {"kind": "heading", "text": "Партии", "level": 1},
        {"kind": "table", "columns": ["Партия", "кг"], "widths": ["1fr", "auto"], "right": [False, True],
         "rows": [["B1001 <b>", "140"], ["B1002", {"text": "НЕТ", "marks": ["bad"]}]]},
        {"kind": "heading", "text": "Отклонения", "level": 2},
        {"kind": "text", "text": "Нет."},
        {"kind": "heading", "text": "Графики", "level": 1},
        PLOT,
        {"kind": "heading", "text": "Журнал", "level": 1},
        {"kind": "table", "columns": ["Время", "Что"], "right": [],
         "rows": [[f"20:{i:02d}", "Событие " * 20] for i in range(60)]},
        {"kind": "sign", "who": ["Сдал"], "words": []},
    ],
}  # fmt: skip


def report_page(panel: Panel, argument: str = ID) -> ReportPage:
    panel.window.navigate("report", argument)
    page = panel.window.page
    assert isinstance(page, ReportPage)
    return page


def answered(panel: Panel) -> ReportPage:
    page = report_page(panel)
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 200, "data": PAGES})
    QApplication.processEvents()
    return page


def shown(page: ReportPage) -> str:
    return page.view.toPlainText()


def test_sections_begin_at_headings_of_the_first_level_and_warnings_stand_above_all() -> None:
    document = parse_document(PAGES, "Итоги")
    assert [(s.title, len(s.blocks)) for s in document.sections] == [("Итоги", 1), ("Партии", 3), ("Графики", 1), ("Журнал", 1)]
    assert document.warnings == ("СМЕНА НЕ ЗАКОНЧЕНА",)
    assert document.subject == "Смена 2. Бригада Б · 22.11.2026 20:00"
    assert cell_of({"text": "x", "marks": ["bad", "mono"]}) == CellText("x", bad=True, mono=True)
    assert point_of([0.9, 0.1]) == (0.9, 0.1)
    assert parse_document({}, "Итоги").sections == ()


def test_a_report_is_read_by_sections(make_panel: MakePanel) -> None:
    page = answered(make_panel())
    assert page.warned.text() == "▲ СМЕНА НЕ ЗАКОНЧЕНА"
    assert [r.cells[0].text for r in page.sections.rows] == ["Итоги", "Партии", "Графики", "Журнал"]
    assert shown(page).split() == ["Смена", "2", "OEE", "61", "%"], "set once, also when the scroll bar came and went"
    page.after.click()
    assert page.before.text() == "◂ Итоги"
    assert "B1001 <b>" in shown(page), "texts of people are texts, not markup"
    assert "▲ НЕТ" in shown(page)
    QTest.mouseClick(page.sections, Qt.MouseButton.LeftButton, pos=QPoint(20, 46 * 5 // 2))
    assert page.pane.title.text() == "Графики"


def test_a_long_section_is_turned_with_buttons(make_panel: MakePanel) -> None:
    page = answered(make_panel())
    assert not page.down.isVisible(), "a short section has nothing to turn"
    page.choose(3)
    QApplication.processEvents()
    bar = page.view.verticalScrollBar()
    assert shown(page).count("20:07") == 1
    assert not page.up.isEnabled()
    turned = 0
    while page.down.isEnabled():
        page.down.click()
        turned += 1
    assert turned >= 2
    assert bar.value() == bar.maximum()
    assert not page.after.isVisible(), "the last section"


def test_a_curve_is_drawn_with_its_hatch_in_both_themes(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = answered(panel)
    page.choose(2)
    QApplication.processEvents()
    before = page.view.grab().toImage()
    ink = panel.window.context.look.colour("value")
    assert any(before.pixelColor(x, y) == ink for x in range(0, before.width(), 3) for y in range(before.height()))
    panel.window.switch_theme()
    QApplication.processEvents()
    after = page.view.grab().toImage()
    assert after.pixelColor(2, 2) == QColor(panel.window.context.look.palette.pane)
    assert after.pixelColor(2, 2) != before.pixelColor(2, 2)


def test_it_is_read_again_in_the_other_language_once(make_panel: MakePanel) -> None:
    panel = make_panel()
    answered(panel)
    asked = panel.port.fetched.count((f"/api/shifts/{ID}/pages", "report.pages"))
    panel.window.switch_language()
    panel.window.refresh()
    panel.window.refresh()
    assert panel.port.fetched.count((f"/api/shifts/{ID}/pages", "report.pages")) == asked + 1


def test_what_the_server_refuses_is_said_and_not_asked_for_ever(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = report_page(panel)
    refused: Obj = {"reasons": [{"ru": "Такой смены нет", "en": "There is no such shift"}]}
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 404, "data": refused})
    asked = len(panel.port.fetched)
    panel.window.refresh()
    assert page.said.text() == "✕ Отчёта нет: Такой смены нет"
    assert not page.files["pdf"].isEnabled()
    assert len(panel.port.fetched) == asked


@pytest.mark.parametrize(("kind", "route"), [("pdf", f"/api/shifts/{ID}/document.pdf"), ("json", f"/api/shifts/{ID}/document")])
def test_it_is_saved_and_a_failure_is_told(make_panel: MakePanel, tmp_path: Path, kind: str, route: str) -> None:
    panel = make_panel()
    page = answered(panel)
    page.save(kind, tmp_path)
    assert panel.port.downloads[-1][0] == route
    assert not page.files["pdf"].isEnabled(), "not twice at once"
    panel.feed({"type": "reply", "reply_to": "report.saved", "status": 0, "error": "диск полон", "data": {}})
    assert page.said.text() == "✕ Не сохранено: нет связи с сервером. Нажмите ещё раз, когда она вернётся"
    page.save(kind, tmp_path)
    panel.feed({"type": "reply", "reply_to": "report.saved", "status": 200, "data": {"bytes": 20480}})
    assert page.said.text().startswith("Сохранено, 20 КБ: ")


def test_a_window_of_another_size_keeps_the_section(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = answered(panel)
    page.choose(3)
    panel.window.resize(1920, 1080)
    QApplication.processEvents()
    panel.window.refresh()
    after = panel.window.page
    assert isinstance(after, ReportPage)
    assert after is not page
    assert after.pane.title.text() == "Журнал"


def test_minutes_and_recalls_of_a_lot_are_reports_too(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = make_panel()
    page = report_page(panel, "minutes/P-7")
    assert panel.port.asked[-1] == ("/api/lots/P-7/minutes/pages", {"language": "ru"})
    assert [kind for kind, made in page.files.items() if made.isVisibleTo(page)] == ["json"]
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 200, "data": PAGES})
    page = report_page(panel, "recall/P-7")
    assert panel.port.asked[-1] == ("/api/recall/pages", {"lot": "P-7", "language": "ru"})
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 401, "data": {}})
    assert page.said.text() == "✕ Отчёта нет: войдите и нажмите «Обновить»"
    page.again.click()
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 200, "data": PAGES})
    page.save("csv", tmp_path)
    path, params, file, _ = panel.port.downloads[-1]
    assert (path, params["lot"], params["language"]) == ("/api/recall.csv", "P-7", "ru")
    assert file.name.startswith("recall-P-7-")
    page.back.click()
    assert isinstance(panel.window.page, LotPage)


# ---- long sections ------------------------------------------------------------------------------------------------------


def table_of(rows: int, text: str = "Событие") -> Obj:
    return {
        "kind": "table", "columns": ["Время", "Что", "Кто"], "right": [],
        "rows": [[f"строка {i}.", text, "Иванов"] for i in range(rows)],
    }  # fmt: skip


def test_a_section_is_cut_into_parts_that_hold_every_row_once_under_its_head() -> None:
    section = Section("Журнал", ({"kind": "text", "text": "Всего 1500."}, table_of(1500), PLOT))
    parts = parts_of(section)
    rows = [r for part in parts for b in part.blocks if b["kind"] == "table" for r in wire.items(b, "rows")]
    assert rows == wire.items(table_of(1500), "rows")
    assert all(b["columns"] == ["Время", "Что", "Кто"] for part in parts for b in part.blocks if b["kind"] == "table")
    assert max(sum(len(wire.items(b, "rows")) * 3 for b in part.blocks) for part in parts) <= PART_MAX
    assert {part.title for part in parts} == {"Журнал"}
    assert parts[-1].blocks[-1] == PLOT
    short = Section("Итоги", PAGES_BLOCKS)
    assert [p.blocks for p in parts_of(short)] == [PAGES_BLOCKS], "nothing is lost of what fits"
    assert parts_of(Section("Пусто", ())) == (Section("Пусто", ()),)
    long = parts_of(Section("Записки", (table_of(60, "очень длинная запись " * 40),)))
    assert len(long) > 2, "long texts count as what they are"


PAGES_BLOCKS: tuple[Obj, ...] = ({"kind": "pairs", "pairs": [["Смена", "2"]]}, table_of(0), {"kind": "other"}, table_of(5))


def test_a_section_of_thousands_of_cells_is_set_in_parts_and_turned_through(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = report_page(panel)
    blocks: list[Json] = [{"kind": "heading", "text": "Журнал", "level": 1}, table_of(1500), *wire.items(PAGES, "blocks")[5:]]
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 200, "data": {**PAGES, "blocks": blocks}})
    QApplication.processEvents()
    assert page.place.text() == "1 из 15"
    assert shown(page).count("строка") == 106, "a part at a time: the panel answers meanwhile"
    seen = {"строка 0."}
    for _ in range(200):
        if not page.down.isEnabled():
            break
        page.down.click()
        QApplication.processEvents()
        seen |= {f"строка {i}." for i in (106, 750, 1499) if f"строка {i}." in shown(page)}
    assert seen == {"строка 0.", "строка 106.", "строка 750.", "строка 1499."}
    assert page.place.text() == "15 из 15"
    bar = page.view.verticalScrollBar()
    bar.setValue(bar.minimum())
    page.up.click()
    assert page.place.text() == "14 из 15"
    assert bar.value() == bar.maximum(), "back to the end of the part before"
    page.choose(1)
    assert page.place.text() == ""


def test_an_answer_about_a_report_that_was_left_is_not_shown_as_the_new_one(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = report_page(panel, "20261122-1")
    page = report_page(panel, ID)
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 200, "data": {**PAGES, "title": "Чужой отчёт"}})
    assert page.report is None
    assert panel.port.asked[-1] == (f"/api/shifts/{ID}/pages", {"language": "ru"})
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 200, "data": PAGES})
    assert page.heading.text() == "Сменный отчёт"


def test_a_lot_with_a_stroke_in_its_name_has_minutes_too(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = make_panel()
    page = report_page(panel, "minutes/PN-22/1")
    assert panel.port.asked[-1][0] == "/api/lots/PN-22_1/minutes/pages", "no path can hold the stroke"
    panel.feed({"type": "reply", "reply_to": "report.pages", "status": 200, "data": PAGES})
    page.save("json", tmp_path)
    assert panel.port.downloads[-1][0] == "/api/lots/PN-22_1/minutes"
    page.back.click()
    assert isinstance(panel.window.page, LotPage)
    assert panel.window.page.lot == "PN-22/1"


def test_a_file_that_the_server_refuses_is_told_in_its_words(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = make_panel()
    page = answered(panel)
    page.save("pdf", tmp_path)
    gone: Obj = {"error": {"ru": "История сейчас недоступна", "en": "The history is not available now"}, "bytes": 0}
    panel.feed({"type": "reply", "reply_to": "report.saved", "status": 503, "data": gone})
    assert page.said.text() == "✕ Не сохранено: История сейчас недоступна"
