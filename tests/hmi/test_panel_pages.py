"""Pages with the sample shift: what an operator reads, in both languages, with good data, bad data and no data."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from hmi.app import render
from hmi.pages import PAGES
from hmi.pages.base import Page
from hmi.pages.loading import LoadingPage
from hmi.pages.lot import LotPage
from hmi.pages.overview import OverviewPage
from hmi.pages.unit import UnitPage
from hmi.viewmodels import wire
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import HoldButton
from hmi.widgets.painted import Painted
from line.messages import Json
from line.quality import Status
from tests.hmi import samples
from tests.hmi import samples_materials as sm
from tests.hmi import samples_orders as so
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000


def texts(root: QWidget) -> list[str]:
    """Every text that is visible under a widget."""
    found: list[str] = []
    for child in root.findChildren(QWidget):
        if not child.isVisible():
            continue
        if isinstance(child, QLabel | QAbstractButton | HoldButton):
            found.append(child.text())
        elif isinstance(child, Painted):
            found += child.spoken()
    return [t for t in found if t.strip()]


def overview(panel: Panel) -> OverviewPage:
    panel.window.navigate("overview", "")
    page = panel.window.page
    assert isinstance(page, OverviewPage)
    return page


def unit_page(panel: Panel, unit: str) -> UnitPage:
    panel.window.navigate("unit", unit)
    page = panel.window.page
    assert isinstance(page, UnitPage)
    QApplication.processEvents()
    return page


def test_overview_shows_every_unit_in_process_order_with_state_and_values(make_panel: MakePanel) -> None:
    page = overview(make_panel())
    assert list(page.cards) == ["R101", "G101", "C201", "T251", "F301", "S401", "S402", "H501", "P601"]
    said = page.cards["C201"].spoken()
    assert said[:3] == ["Куттер", "C-201", "Куттерование"]
    assert "8,7" in said
    assert "▸ 11,5" in said
    assert "№1189 · 6:40" in said
    assert page.cards["P601"].spoken()[2] == "Ожидание"
    assert page.cards["F301"].spoken()[2] == "Задержана"


def test_overview_names_what_needs_the_operator_and_opens_it(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = overview(panel)
    captions = [b.text().replace("\n", " ").replace("\u00a0", " ") for b in page.need_buttons]
    assert captions == ["№1188: нет оболочки: заправить и продолжить ▸", "Квитировать тревоги (3) ▸"]
    empty = {"active": [], "counts": {"1": 0, "2": 0, "3": 0, "4": 0}, "unacked": 0, "silenced": False, "last_10_min": 0}
    panel.feed({"type": "view", "name": "alarms", "data": empty}, {"type": "view", "name": "batches", "data": {"batches": []}})
    assert page.need_buttons == []
    assert page.nothing.isVisible()
    assert "Тревог нет" in texts(panel.window.strip)


def test_a_card_opens_its_unit_and_back_returns(make_panel: MakePanel) -> None:
    panel = make_panel()
    card = overview(panel).cards["S401"]
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(20, 40))
    page = panel.window.page
    assert isinstance(page, UnitPage)
    assert page.heading.text() == "Термокамера 1 · S\u2011401"
    QTest.mouseClick(page.back, Qt.MouseButton.LeftButton)
    assert isinstance(panel.window.page, OverviewPage)


def test_bad_quality_is_a_question_mark_and_the_last_value_never_zero(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel.feed(samples.image(bad={"C201.BatterTemp": int(Status.BAD_SENSOR_FAILURE)}))
    said = overview(panel).cards["C201"].spoken()
    assert "? 8,7" in said
    assert "91" in said, "the neighbour stays good"
    indicator = unit_page(panel, "C201").grid.indicators["C201.BatterTemp"]
    assert indicator.spoken()[1] == "? 8,7"


def test_a_value_never_known_is_a_dash(make_panel: MakePanel) -> None:
    panel = make_panel(filled=False)
    image = {"type": "image", "scan": 1, "time_ns": samples.NOW_NS, "full": True,
             "tags": {"C201.BatterTemp": [None, int(Status.BAD_WAITING_FOR_INITIAL_DATA), 0]}}  # fmt: skip
    panel.feed(*samples.messages()[:3], image, {"type": "view", "name": "units", "data": samples.units_view()})
    assert "? —" in overview(panel).cards["C201"].spoken()


def test_server_gone_shows_the_bar_the_age_and_marks_everything_then_recovers(make_panel: MakePanel) -> None:
    panel = make_panel()
    window = panel.window
    assert not window.gone.isVisible()
    panel.feed({"type": "lost", "error": "closed"})
    panel.clock.advance_ns(95 * S)
    window.tick()
    assert window.gone.isVisible()
    assert window.gone.text() == "Нет связи с сервером. Данные на экране устарели на 1:35. Пробую снова…"
    card = overview(panel).cards["S401"].spoken()
    assert "? 91,4" in card
    assert card[2] == "? Работает"
    assert not window.strip.ack.isEnabled()
    page = unit_page(panel, "S401")
    assert not any(b.isEnabled() for b in (*page.commands.values(), page.stop, page.abort, page.mode))
    panel.feed({"type": "connected"}, samples.image(time_ns=samples.NOW_NS + 95 * S))
    assert not window.gone.isVisible()
    assert "91,4" in overview(panel).cards["S401"].spoken()


def test_a_silent_server_counts_as_gone_and_a_dead_engine_has_its_own_words(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel.clock.advance_ns(6 * S)
    panel.window.tick()
    assert "Нет связи с сервером" in panel.window.gone.text()
    panel.feed({"type": "engine", "state": "down"})
    assert "Движок линии не работает" in panel.window.gone.text()


def test_before_the_first_data_it_says_that_it_connects(make_panel: MakePanel) -> None:
    panel = make_panel(filled=False)
    assert panel.window.gone.text() == "Подключаюсь к серверу…"
    for entry in PAGES:
        panel.window.navigate(entry.key, "")


def stocked(panel: Panel) -> Panel:
    """With two batches that lack material, a store, orders and requests; what people typed is in no language."""
    typed: Obj = {"notes": "12-17", "text": "S-401 ?!", "comments": []}
    for name, view in (("orders", so.orders_view()), ("requests", so.requests_view())):
        rows: list[Json] = [{**row, **typed, "number": i} for i, row in enumerate(wire.objects(view, name), start=1)]
        panel.feed(so.view(name, {**view, name: rows}))
    return panel.feed(sm.view())


def answered(panel: Panel, page: Page) -> None:
    """What the server answers to the pages of raw material."""
    replies: dict[type[Page], Obj] = {}
    if isinstance(page, LoadingPage):
        replies[LoadingPage] = {"reply_to": "loading.check", "data": sm.loading(page.task.lot, page.task.material)}
    elif isinstance(page, LotPage):
        told = sm.history(page.lot)
        typed: list[Json] = [{**e, "reason": ""} for e in wire.objects(told, "history")]  # in the words of whoever wrote it
        replies[LotPage] = {"reply_to": "lot.facts", "data": {**told, "history": typed}}
    for reply in replies.values():
        panel.feed({"type": "reply", "status": 200, **reply})


FILLED = {
    "unit": "S401",
    "calls": "requests",
    "loading": "B1189/pork_semi_fat/260918-3",
    "lot": "260920-2",
    "reception": "pork_semi_fat",
}
"""Pages that are empty without an argument."""


@pytest.mark.parametrize("key", [e.key for e in PAGES])
def test_language_switch_changes_every_text(make_panel: MakePanel, key: str) -> None:
    panel = stocked(make_panel("ru")).log_in()
    panel.feed({"type": "session", "user": "ivanova", "name": "A. Ivanova", "role": "operator"})
    panel.window.navigate(key, FILLED.get(key, ""))
    answered(panel, panel.window.page)
    panel.window.switch_language()
    QApplication.processEvents()
    panel.window.refresh()
    english = texts(panel.window)
    assert [t for t in english if any("а" <= c.lower() <= "я" for c in t)] == []
    panel.window.switch_language()
    QApplication.processEvents()
    panel.window.refresh()
    russian = texts(panel.window)
    assert len(russian) == len(english)
    assert sum(any("а" <= c.lower() <= "я" for c in t) for t in russian) > 10


def test_nothing_needs_more_room_than_the_smallest_panel(make_panel: MakePanel) -> None:
    for language in ("ru", "en"):
        panel = stocked(make_panel(language)).log_in()
        for entry in PAGES:
            panel.window.navigate(entry.key, FILLED.get(entry.key, ""))
            answered(panel, panel.window.page)
        panel.feed({"type": "lost", "error": "x"})
        panel.window.tick()
        for entry in PAGES:
            panel.window.navigate(entry.key, FILLED.get(entry.key, ""))
        QApplication.processEvents()
        need = panel.window.minimumSizeHint()
        assert (need.width(), need.height()) <= (1280, 800)
        assert need.height() <= 800


def test_unit_page_says_why_not_and_offers_only_what_is_allowed(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = unit_page(panel, "F301")
    assert page.why_pane.title.text() == "Почему нельзя: «Продолжить партию»"
    said = page.why.spoken()
    assert said[0] == "✕ Оболочка заправлена"
    assert "✓ Фарш не теплее 14 °C 9,8\u00a0°C" in said
    assert not page.commands["restart"].isEnabled()
    assert not page.commands["start"].isEnabled()
    assert page.stop.isEnabled()
    row = [page.commands[c].x() for c in ("start", "hold", "restart", "reset")]
    assert page.stop.x() - (row[-1] + page.commands["reset"].width()) > 200, "stop stands apart"


def test_recipe_parameters_show_set_now_limits_and_only_editable_ones_a_button(make_panel: MakePanel) -> None:
    page = unit_page(make_panel().log_in(), "S401")
    lines = page.parameters.lines
    assert [(p.wanted, p.now, p.limits) for p in lines[:3]] == [
        ("78\u00a0°C", "91,4", "75…80"), ("98\u00a0%", "96", "95…100"), ("72\u00a0°C", "58,3", "71…73"),
    ]  # fmt: skip
    assert [p.editable for p in lines[:3]] == [True, True, False]
    assert len(page.parameters.buttons) == 2
    page.parameters.turn()
    assert [p.key for p in page.parameters.lines] == ["dry_temp", "dry_time"]
    page.parameters.turn()
    assert [p.key for p in page.parameters.lines] == ["cook_temp", "cook_rh", "core"]


def test_every_target_is_large_enough_for_a_finger(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    for unit in ("S401", "R101"):
        page = unit_page(panel, unit)
        small = [b.text() for b in page.findChildren(QAbstractButton) if b.isVisible() and min(b.width(), b.height()) < 48]
        assert small == []
    assert all(b.height() >= 48 for b in panel.window.rail.findChildren(Painted))


def test_pictures_of_every_page_and_class(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = stocked(make_panel())
    seen: dict[str, list[str]] = {}

    def wait(page: Page) -> None:
        answered(panel, page)
        assert page.settled() or not isinstance(page, LoadingPage | LotPage)
        seen[type(page).__name__] = texts(page)

    files = render(panel.window, tmp_path, [(1280, 800)], ["night"], wait=wait)
    assert "кг нетто" in seen["LoadingPage"], "a lot on the scale, not an empty task"
    assert "260915-2" in seen["LotPage"]
    assert "Загружена в №1187" in seen["LotPage"], "with its history"
    assert "Посолочная смесь, 0,6 % нитрита ▾" in seen["ReceptionPage"], "what a batch waits for"
    assert "260918-1" in seen["MaterialPage"]
    names = {f.name for f in files}
    assert "overview-1280x800-night-ru.png" in names
    assert {"unit-smokehouse-1280x800-night-ru.png", "unit-packer-1280x800-night-ru.png"} <= names
    assert len([n for n in names if n.startswith("unit-")]) == 8
    assert all(f.read_bytes().startswith(b"\x89PNG") and f.stat().st_size > 10_000 for f in files)


def test_large_screens_scale_and_keep_the_page(make_panel: MakePanel) -> None:
    panel = make_panel(size=(1920, 1080))
    assert panel.window.context.look.scale == pytest.approx(1.35)
    unit_page(panel, "S401")
    panel.window.resize(1280, 800)
    QApplication.processEvents()
    assert panel.window.context.look.scale == 1.0
    page = panel.window.page
    assert isinstance(page, UnitPage)
    assert page.heading.text().startswith("Термокамера 1")
