"""The page of OEE: line, units, products, batches and shifts; dashes, more than 100 %, unknown time, losses in order."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from hmi.pages.shift import ShiftPage
from hmi.pages.shift_oee import OeeView
from hmi.viewmodels.oee import TIMES, Figures, Oee, losses, parse_oee, parse_shift_figures
from hmi.viewmodels.wire import Obj
from tests.hmi import samples_stops
from tests.hmi.conftest import MakePanel, Panel
from tests.hmi.samples_stops import BEFORE, oee, oee_events


def settle(panel: Panel) -> None:
    QApplication.processEvents()
    panel.window.refresh()
    QApplication.processEvents()


def oee_view(panel: Panel, argument: str = "oee", view: Obj | None = None) -> OeeView:
    """The page with the view and everything that the journal has."""
    panel.feed({"type": "view", "name": "stops", "data": view or samples_stops.stops_view()})
    panel.window.navigate("shift", argument)
    settle(panel)
    for _ in range(3):  # the newest number, then the events
        panel.feed({"type": "reply", "reply_to": "oee.events", "status": 200, "data": oee_events()})
    settle(panel)
    found = cast(ShiftPage, panel.window.page).view
    assert isinstance(found, OeeView)
    return found


def clean(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def rows(view: OeeView) -> list[list[str]]:
    return [[clean(t) for c in r.cells for t in (c.text, c.sub) if t] for r in view.table.rows]


def said(view: OeeView) -> list[str]:
    return [clean(t) for t in view.bars.spoken()]


def figures(**more: float) -> Oee:
    found = parse_oee(oee(**more))
    assert found is not None
    return found


def with_line(line: Obj) -> Obj:
    view = samples_stops.stops_view()
    shift = cast(Obj, view["oee"])
    return {**view, "oee": {**shift, "line": line}}


# ---- the line and its units ---------------------------------------------------------------------------------------------


def test_the_line_stands_first_with_bars_times_counts_and_losses(make_panel: MakePanel) -> None:
    view = oee_view(make_panel().log_in())
    assert rows(view)[0] == ["Линия (по P-601)", "73,0", "79,2", "99,2", "57,4"]
    assert [r[0] for r in rows(view)[1:]] == ["F-301 Шприц", "S-401 Термокамера 1", "S-402 Термокамера 2", "P-601 Упаковка"]
    assert view.heading.text() == "Линия (по P-601) · Эта смена"
    assert said(view)[:3] == ["Доступность", "73,0 %", "работа 3:26:42 из планового времени 4:43:12"]
    assert said(view)[3:6] == ["Эффективность", "79,2 %", "6 879 шт. при норме 42,0 в минуту за 3:26:42"]
    assert said(view)[-3:] == ["OEE", "57,4 %", "Доступность × Эффективность × Качество"]
    times = view.times.spoken()
    assert times[:6] == ["Работа", "3:26:00", "Мелкие простои", "0:42", "Собственные простои", "38:30"]
    assert view.counts.text().replace("\u202f", " ") == (
        "Сделано 6 879: годных 6 824, брак 55\nОтказов 1 · MTTR 19:15 · MTBF 1:43:21"
    )
    assert view.losses.spoken()[:6] == ["Медленнее плана", "42:12", "Нет продукта на входе ×2", "26:00", "Механика", "14:30"]
    assert "Причина не указана" in view.losses.spoken()


def test_what_has_no_denominator_is_a_dash_and_says_why(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = oee_view(panel)
    assert rows(view)[2] == ["S-401 Термокамера 1", "68,7", "—", "—", "—"], "a chamber has no counter"
    view.choose("unit/S402")
    assert [t for t in said(view) if t == "—"] == ["—"] * 4
    assert "планового времени не было" in said(view)
    assert "ничего не сделано" in said(view)
    view.choose("unit/S401")
    assert "нет счётчика или плановой нормы" in said(view)
    assert "Отказов 0 · MTTR — · MTBF —" in view.counts.text()
    assert not view.warned.isVisible()


def test_more_than_100_percent_is_told_as_it_is_with_the_reason(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = oee_view(panel, view=with_line(oee(100.0, good=4400, rate=42)))
    assert rows(view)[0][1:] == ["100,0", "▲104,8", "100,0", "▲104,8"]
    assert "▲ 104,8 %" in said(view)
    assert view.warned.text() == "▲ Эффективность, OEE выше 100 %: плановая норма или счётчик неверны."
    assert [r.over for r in view.bars.ratios] == [False, True, False, True]


def test_unknown_time_and_what_was_made_in_it_is_said(make_panel: MakePanel) -> None:
    view = oee_view(make_panel().log_in())
    assert view.warned.text() == (
        "? 4:48 неизвестно: показатели об этом времени не говорят.\nСделано за это время: 110; в счёт идёт, в эффективность нет."
    )


# ---- products, batches, shifts ------------------------------------------------------------------------------------------


def test_products_of_this_shift_and_of_one_before(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = oee_view(panel)
    QTest.mouseClick(view.lists.buttons["products"], Qt.MouseButton.LeftButton)
    settle(panel)
    assert [r.key for r in view.table.rows] == ["product/doktorskaya", "product/vetchina"]
    assert "Докторская" in view.heading.text()
    assert view.losses.spoken()[:4] == ["Нет продукта на входе", "22:00", "Механика", "14:30"]
    assert [c.text for c in view.periods.choices][:2] == ["Эта смена", "Прошлая смена"]
    assert view.periods.choices[2].text.startswith("Смена до ")
    QTest.mouseClick(view.lists.buttons["units"], Qt.MouseButton.LeftButton)
    view.periods.chosen.emit(BEFORE)
    settle(panel)
    assert view.heading.text() == "Линия (по P-601) · Прошлая смена"
    assert [r[0] for r in rows(view)] == ["Линия (по P-601)", "F-301 Шприц"]


def test_batches_with_the_units_that_they_were_in(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = oee_view(panel, "oee/batches")
    assert [r.key for r in view.table.rows][:4] == ["batch/B1186", "batch/B1186/F301", "batch/B1186/P601", "batch/B1185"]
    assert rows(view)[0][:2] == ["№1186", "на линии · Докторская"]
    assert [r.inset for r in view.table.rows][:3] == [False, True, True]
    QTest.mouseClick(view.table, Qt.MouseButton.LeftButton, pos=QPoint(80, view.table.look.px(34 + 52 + 26)))
    settle(panel)
    assert view.heading.text() == "№1186 · F-301 Шприц"
    assert view.losses.spoken()[0] == "Медленнее плана", "film was the packer's"


def test_shifts_of_the_journal_the_newest_word_of_each(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = oee_view(panel, "oee/shifts")
    assert [r.key for r in view.table.rows] == ["shift/2026-11-22-2", f"shift/{BEFORE}", "shift/2026-11-21-2"]
    ended = {**samples_stops.stops_view(), "previous": None}
    panel.feed({"type": "view", "name": "stops", "data": ended})
    settle(panel)
    assert rows(view)[1][1:] == ["93,8", "87,6", "99,6", "81,8"], "as revised after its end"


def test_stored_figures_are_asked_for_and_live_ones_are_added(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = oee_view(panel, "oee/batches")
    assert ("/api/events", "oee.events") in panel.port.fetched
    late = samples_stops.oee_event(50, "batch", "B1183", samples_stops.batch_figures("B1183"), 1)
    panel.feed({"type": "event", "event": late})
    assert "batch/B1183" in [r.key for r in view.table.rows]


# ---- losses -------------------------------------------------------------------------------------------------------------


def test_losses_and_good_items_make_up_the_planned_busy_time() -> None:
    found = figures(run_min=206.0, minor=0.7, down=38.5, external=26.0, idle=12.0, good=6824, rejects=55, rate=42)
    shift = parse_shift_figures(samples_stops.shift_figures())
    rest = losses(found, [w for w in shift.worst if w.unit == "P601"])
    good_s = found.gq * (found.pri_s or 0.0)
    lost_s = sum(row.seconds for row in rest)
    reasons_s = sum(row.seconds for row in rest if row.kind == "reason")
    assert reasons_s == pytest.approx(64.5 * 60)
    assert lost_s + good_s == pytest.approx(found.pbt_s, abs=2.0)
    assert [row.seconds for row in rest] == sorted((row.seconds for row in rest), reverse=True)


def test_a_planned_reason_is_no_loss_and_faster_than_planned_neither() -> None:
    found = figures(run_min=100.0, good=4400, rate=42)
    assert losses(found, []) == []
    shift = parse_shift_figures(samples_stops.shift_figures())
    named = {row.code for row in losses(found, shift.worst, frozenset({"film"}))}
    assert "film" not in named
    assert "mechanical" in named


def test_null_figures_and_wrong_types_are_no_figures() -> None:
    assert parse_oee({}) is None
    odd = parse_oee({"availability_pct": "much", "over_100": [1, "oee"], "run_s": None})
    assert odd is not None
    assert odd.pct["availability"] is None
    assert odd.over_100 == ("oee",)
    assert odd.times == dict.fromkeys(TIMES, 0.0)
    assert Figures().shift("") is None


def test_before_the_first_view_nothing_is_shown_as_zero(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.window.navigate("shift", "oee")
    settle(panel)
    view = cast(OeeView, cast(ShiftPage, panel.window.page).view)
    assert view.warned.text() == "На этой линии простои не учитываются."
    assert not view.bars.isVisible()


def test_every_button_is_large_enough(make_panel: MakePanel) -> None:
    view = oee_view(make_panel().log_in())
    small = [b.text() for b in view.findChildren(QAbstractButton) if b.isVisible() and min(b.width(), b.height()) < 48]
    assert small == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_text_stays_in_the_other_language(make_panel: MakePanel, language: str) -> None:
    view = oee_view(make_panel(language).log_in())
    texts = [*said(view), *view.times.spoken(), view.heading.text(), view.counts.text(), view.warned.text()]
    cyrillic = [t for t in texts if any("а" <= c.lower() <= "я" for c in t)]
    assert bool(cyrillic) == (language == "ru")
