"""Unit page at work: every condition readable, times in minutes, whose command it is, notices that move nothing, links."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication, QPushButton

from hmi.pages import PAGES
from hmi.pages.overview import needs
from hmi.pages.unit import UnitPage
from hmi.strip import link_states
from hmi.theme import Look
from hmi.viewmodels.format import shorten
from hmi.viewmodels.units import unit_state
from hmi.viewmodels.wire import Obj
from hmi.widgets import draw
from hmi.widgets.buttons import HoldButton
from hmi.widgets.conditions import ConditionLine, ConditionList
from hmi.widgets.dialogs import NumericPad
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel


def unit_page(panel: Panel, unit: str) -> UnitPage:
    panel.window.navigate("unit", unit)
    QApplication.processEvents()
    return cast(UnitPage, panel.window.page)


def lines(count: int, failing: int) -> list[ConditionLine]:
    return [ConditionLine(i < count - failing, f"condition number {i}", "12 °C" if i % 2 else "") for i in range(count)]


def test_conditions_not_met_come_first_and_none_is_left_out(app: QApplication) -> None:
    shown = ConditionList(Look())
    shown.show_lines(lines(10, 2))
    assert [line.ok for line in shown.lines[:2]] == [False, False]
    rows = shown.rows(166.0)
    assert [len(row) for row in rows] == [1, 1, 2, 2, 2, 2]
    assert sorted(line.text for row in rows for line in row) == sorted(line.text for line in lines(10, 2))
    assert [len(row) for row in shown.rows(400.0)] == [1] * 10


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("unit", ["C201", "F301", "S401", "S402", "H501", "P601"])
def test_every_condition_has_room_at_1280(make_panel: MakePanel, unit: str, language: str) -> None:
    panel = make_panel(language)
    page = unit_page(panel, unit)
    rows = page.why.rows(page.why.height())
    assert len(rows) * 18 <= page.why.height()
    metrics = QFontMetricsF(panel.window.context.look.font(13.5 * 5 / 6))
    for row in rows:
        for line in row:
            width = page.why.width() / len(row) * (1.2 if len(row) > 1 else 1)
            assert metrics.horizontalAdvance(line.text) < width, line.text


def test_indicator_names_fit_in_two_lines(make_panel: MakePanel) -> None:
    for size in ((1280, 800), (1920, 1080)):
        panel = make_panel(size=size)
        look = panel.window.context.look
        for unit in panel.store.units():
            page = unit_page(panel, unit.id)
            for indicator in page.grid.indicators.values():
                assert indicator.analog is not None
                room = indicator.width() - 6 * look.scale
                metrics = QFontMetricsF(look.font(12.5 * 0.9))
                broken = draw.broken(shorten(indicator.analog.name), metrics, room, 2)
                assert all(metrics.horizontalAdvance(line) <= room for line in broken), indicator.analog.name


def test_fitting_lines_draw_in_any_box(app: QApplication) -> None:
    look = Look()
    image = QImage(60, 40, QImage.Format.Format_ARGB32)
    p = QPainter(image)
    for text in ("", "a", "Рассогласование клапана пара", "оченьдлинноесловобезпробелов"):
        for width in (0.0, 5.0, 60.0):
            draw.write_fitting_lines(p, QRectF(0, 0, width, 30), text, look, 12.5, look.colour("ink"), short=shorten(text))
    p.end()


def test_a_running_unit_shows_its_interlocks(make_panel: MakePanel) -> None:
    page = unit_page(make_panel(), "S401")
    assert page.why_pane.title.text() == "Блокировки: при срабатывании держат фазу"


def test_hold_and_restart_of_a_unit_that_a_batch_owns_go_to_the_batch(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = unit_page(panel, "S401")
    assert page.commands["hold"].text() == "Удержать партию"
    assert not page.mode.isEnabled(), "the engine takes no manual mode while a batch owns the unit"
    assert not page.commands["reset"].isEnabled()
    page.commands["hold"].click()
    _, kind, target, args = panel.port.submitted[-1]
    assert (kind, args) == ("batch.command", {"command": "hold"})
    assert target == unit_state(page.context.store, "S401").batch
    assert not page.commands["hold"].isEnabled(), "on its way"
    page.send("stop")
    assert panel.port.submitted[-1][1:] == ("unit.command", "S401", {"command": "stop"})


def test_a_unit_without_a_batch_is_commanded_itself(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = unit_page(panel, "S402")
    assert page.commands["hold"].text() == "Удержать"
    page.commands["hold"].click()
    assert panel.port.submitted[-1][1:] == ("unit.command", "S402", {"command": "hold"})


def test_setpoints_say_who_changes_them(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = unit_page(panel, "S402")
    assert all(b.isEnabled() for b in page.parameters.buttons), "nobody is logged in: the login is asked for"
    panel.log_in("operator")
    assert page.parameter_pane.title.text() == "Задания · меняет технолог"
    assert not any(b.isEnabled() for b in page.parameters.buttons)
    panel.log_in("technologist")
    assert page.parameter_pane.title.text() == "Задания"
    assert all(b.isEnabled() for b in page.parameters.buttons)


def test_now_is_the_tag_that_the_line_names(make_panel: MakePanel) -> None:
    page = unit_page(make_panel(), "S402")
    shown = {line.key: (line.wanted, line.now, line.limits) for line in page.parameters.lines}
    assert shown["S402.SP_Time"] == ("25\u00a0мин", "0:12:00", "0…600\u00a0мин")
    assert shown["S402.SP_Temp"][1] == "60,2"
    unit = page.context.store.unit("S402")
    assert unit is not None
    assert unit.measured["S402.SP_Time"] == "S402.PhTime"


def test_a_pad_for_a_time_takes_minutes(app: QApplication) -> None:
    taken: list[float] = []
    pad = NumericPad(
        Look(), "ru", "Время", value=1800, lo=0, hi=36000, decimals=0, eu="s", accept=taken.append
    )  # fmt: skip
    for key in ("1", "2", ":", "3", "0"):
        pad.press(key)
    assert pad.verdict.text() == "= 0:12:30"
    pad.field.setText("700")
    assert "0…600\u00a0" in pad.verdict.text()
    assert not pad.ok.isEnabled()
    pad.confirm()
    assert taken == []
    pad.field.setText("45")
    pad.confirm()
    assert taken == [2700.0]
    pad.deleteLater()


def test_a_notice_moves_nothing(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = unit_page(panel, "S401")
    before = [w.geometry() for w in (*page.commands.values(), page.stop, page.why_pane)]
    panel.window.say("Отказ: " + "очень длинная причина " * 12)
    QApplication.processEvents()
    assert [w.geometry() for w in (*page.commands.values(), page.stop, page.why_pane)] == before
    notice, stop = panel.window.notice, page.stop
    foot = notice.mapTo(panel.window, notice.rect().bottomLeft()).y()
    assert foot < stop.mapTo(panel.window, stop.rect().topLeft()).y(), "the commands stay in reach"


def test_links_of_the_strip(make_panel: MakePanel) -> None:
    panel = make_panel()

    def links(**forwarder: object) -> list[tuple[str, bool | None]]:
        panel.feed(cast(Obj, {"type": "forwarder", **forwarder}))
        return link_states(panel.store)

    names = [name for name, _ in links(state="off", backlog=0)]
    assert names == ["Сервер", "ПЛК 1", "ПЛК 2"]
    assert links(state="up", backlog=3)[-1] == ("Influx", True)
    assert links(state="up", backlog=12_400)[-1] == ("Influx 12k", True)
    assert links(state="down", backlog=940)[-1] == ("Influx 940", False)
    assert links(state="down", backlog=3_100_000)[-1] == ("Influx 3,1M", False)
    panel.feed({"type": "engine", "state": "down"})
    assert link_states(panel.store)[:2] == [("Сервер", True), ("ПЛК 1", None)]
    panel.feed({"type": "lost", "error": "x"})
    assert link_states(panel.store) == [("Сервер", False)]


def test_a_held_batch_is_one_need_not_two(make_panel: MakePanel) -> None:
    panel = make_panel()
    views = cast("dict[str, Obj]", samples.views())
    units = dict(cast("dict[str, Obj]", views["units"]["units"]))
    units["F301"] = {**units["F301"], "refused": [{"ru": "нет оболочки", "en": "no casing"}]}
    panel.feed({"type": "view", "name": "units", "data": cast(Obj, {"units": units})})
    assert [n.argument for n in needs(panel.store, samples.NOW_NS)].count("F301") == 0
    assert any(n.page == "batch" for n in needs(panel.store, samples.NOW_NS))


def test_every_target_of_every_page_is_48_pixels(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    for entry in PAGES:
        panel.window.navigate(entry.key, "S401" if entry.key == "unit" else "")
        QApplication.processEvents()
        for target in panel.window.findChildren(QPushButton) + panel.window.findChildren(HoldButton):
            if target.isVisible():
                named = cast(QPushButton, target).text()
                assert min(target.width(), target.height()) >= 48, f"{entry.key}: {named} {target.size().toTuple()}"
