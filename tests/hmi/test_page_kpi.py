"""The page of figures: each with its target, what is beyond it marked by shape, and what an engineer is to put right."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from hmi.pages.kpi import MONTH_REPLY, KpiPage
from hmi.viewmodels.kpi import ABOVE_LIMIT, ABOVE_TARGET, UNKNOWN, WELL, Target, parse_figures
from hmi.viewmodels.wire import Obj
from tests.hmi import samples, samples_calls
from tests.hmi.conftest import MakePanel, Panel


def kpi_page(panel: Panel, period: str = "live", data: Obj | None = None) -> KpiPage:
    panel.feed({"type": "view", "name": "alarm_kpi", "data": samples_calls.kpi_view() if data is None else data})
    panel.window.navigate("kpi", period)
    page = panel.window.page
    assert isinstance(page, KpiPage)
    QApplication.processEvents()
    return page


def card(page: KpiPage, name: str) -> tuple[str, str, str]:
    found = next(c for c in page.cards.cards if c.name == name)
    return found.value, found.target, found.verdict


def test_every_figure_has_its_value_its_target_and_a_verdict(make_panel: MakePanel) -> None:
    page = kpi_page(make_panel())
    assert card(page, "Тревог в час") == ("8,8", "цель ≤ 6, предел 12", ABOVE_TARGET)
    assert card(page, "Пик за 10 мин") == ("15", "цель ≤ 10", ABOVE_LIMIT)
    assert card(page, "Время в лавине") == ("4,2\xa0%", "цель ≤ 1\xa0%", ABOVE_LIMIT)
    assert card(page, "Стоят сейчас / отложено")[0] == "4 / 1"
    assert card(page, "Мимолётных тревог") == ("0", "цель ≤ 0", WELL)


def test_a_figure_without_a_denominator_is_a_dash_and_has_no_verdict(make_panel: MakePanel) -> None:
    data: Obj = {**samples_calls.kpi_view(), "live": {**samples_calls.figures(), "per_hour": None}}
    page = kpi_page(make_panel(), data=data)
    assert card(page, "Тревог в час") == ("—", "цель ≤ 6, предел 12", UNKNOWN)


def test_a_period_that_never_was_shows_dashes_not_zeros(make_panel: MakePanel) -> None:
    page = kpi_page(make_panel(), "previous")
    assert {c.value for c in page.cards.cards} == {"—"}
    assert page.bars.spoken() == ["Прошлой смены ещё нет"]
    said = [t for shares in (page.top, page.spread, page.acks) for t in shares.spoken()]
    assert said == ["—"] * 3, "nobody knows whether there were alarms"


def test_a_server_that_gives_no_figures_of_the_month_is_told(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = kpi_page(panel, "month")
    assert page.bars.spoken() == ["Показывать пока нечего"]
    panel.feed({"type": "reply", "reply_to": MONTH_REPLY, "status": 404, "data": {}})
    assert page.bars.spoken() == ["Сервер не отдаёт показатели. Пробую ещё…"]


def test_bars_show_the_flood_above_the_line_of_ten(make_panel: MakePanel) -> None:
    page = kpi_page(make_panel(), "shift")
    assert max(b.count for b in page.bars.buckets) == 14
    assert page.bars.limit == 10
    assert page.bars.limit_text == "лавина: больше 10"
    assert sum(bool(b.caption) for b in page.bars.buckets) == 6


def test_the_ten_worst_by_their_names_also_one_that_the_line_no_longer_has(make_panel: MakePanel) -> None:
    page = kpi_page(make_panel())
    names = [s.name for s in page.top.shares]
    assert "gone.alarm" in names
    assert page.top.shares[0].value == "14 · 30\xa0%"
    assert names[0].startswith(("S-401", "Термокамера", "Камера", "Температура")) or "S-401" in names[0]


def test_shares_by_priority_stand_against_their_targets(make_panel: MakePanel) -> None:
    page = kpi_page(make_panel())
    assert [(s.symbol, s.target) for s in page.spread.shares] == [(1, 0.05), (2, 0.15), (3, 0.4), (4, 0.4)]
    assert [s.value for s in page.acks.shares] == ["0:12", "0:40", "—", "—"]


def test_chattering_and_stale_alarms_are_named(make_panel: MakePanel) -> None:
    page = kpi_page(make_panel())
    assert "Дребезг ×2" in page.bad.text()
    assert "Стоит с" in page.bad.text()


def test_thirty_days_are_asked_from_the_server_once_and_shown_when_they_come(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = kpi_page(panel, "month")
    assert panel.port.fetched.count(("/api/alarm_kpi", MONTH_REPLY)) == 1
    assert not page.settled()
    month: Obj = {**samples_calls.figures(), "per_hour": 3.2}
    panel.feed({"type": "reply", "reply_to": MONTH_REPLY, "status": 200, "data": month})
    assert page.settled()
    assert card(page, "Тревог в час")[0] == "3,2"
    panel.window.refresh()
    assert panel.port.fetched.count(("/api/alarm_kpi", MONTH_REPLY)) == 1


def test_an_answer_that_is_no_figures_shows_nothing_as_figures(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = kpi_page(panel, "month")
    panel.feed({"type": "reply", "reply_to": MONTH_REPLY, "status": 500, "data": {"error": "x"}})
    assert page.settled()
    assert {c.value for c in page.cards.cards} == {"—"}


def test_verdicts() -> None:
    both, one = Target(6, 12), Target(10, None)
    assert [both.verdict(v) for v in (None, 6, 6.1, 12, 12.1)] == [UNKNOWN, WELL, ABOVE_TARGET, ABOVE_TARGET, ABOVE_LIMIT]
    assert [one.verdict(v) for v in (10, 11)] == [WELL, ABOVE_LIMIT]
    assert Target(None, None).verdict(5) == WELL


def test_parsing_survives_anything() -> None:
    assert parse_figures({}) is None
    odd = parse_figures({"per_hour": "x", "top": [3, {"id": 5}], "ack": [], "buckets": ["a", 2, None], "by_priority": 7})
    assert odd is not None
    assert odd.numbers["per_hour"] is None
    assert odd.buckets == (2,)
    assert samples.NOW_NS > 0
