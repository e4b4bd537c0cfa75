"""The alarm page: what stands, its order and filters, never a blind acknowledgement, pages, the pane beside."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest

from hmi.pages.alarms import AlarmsPage
from hmi.viewmodels.alarm_page import Filter, Order, Sightings, steps_of
from hmi.viewmodels.alarms import alarm_rows
from hmi.viewmodels.badges import badges
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi import samples
from tests.hmi.alarm_samples import HALF_S, NOW, S, alarms_page, look_a_moment, many, standing, view
from tests.hmi.conftest import MakePanel

# ---- what it shows ------------------------------------------------------------------------------------------------------


def test_rows_tell_time_text_value_against_limit_state_and_duration(make_panel: MakePanel) -> None:
    page = alarms_page(make_panel().log_in())
    first, second, _, last = page.table.rows
    assert [c.text.replace("\u00a0", " ") for c in first.cells[1:]] == [
        first.cells[1].text, "S-401 Температура камеры: авария, верх", "91,4 °C > 90,0", "активна, не квит.", "1:40",
    ]  # fmt: skip
    assert first.cells[0].symbol == 1
    assert first.cells[0].flashing
    assert first.cells[2].bold
    assert not second.cells[2].bold, "what is acknowledged is not bold"
    assert second.cells[4].text == "активна, квит. Иванова"
    assert last.cells[4].text == "ушла, не квит."
    assert page.tabs.buttons["now"].text() == "Сейчас 4"
    assert badges(page.context.store)["alarms"] == 3


def test_rows_are_50_pixels_and_the_detail_names_cause_consequence_and_numbered_steps(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    detail = page.detail
    assert detail.title.text() == "S-401 Температура камеры: авария, верх"
    line = panel.store.line
    assert line is not None
    info = line.alarms["S401.ChamberTemp.high"]
    assert [c.text() for c in detail.do.captions] == ["Причина", "Последствие", "Что делать · ответить за 10 мин"]
    assert [t.text() for t in detail.do.texts[:2]] == [info.cause["ru"], info.consequence["ru"]]
    steps = detail.do.texts[2].text().splitlines()
    assert [step[:3] for step in steps] == ["1. ", "2. ", "3. "]
    QTest.mouseClick(page.table, Qt.MouseButton.LeftButton, pos=QPoint(200, 48 + 2 * 50 + 25))
    assert page.now.selected == "S401.ChamberTemp.deviation_low"
    assert detail.do.captions[2].text() == "Что делать · ответить за 30 мин"


def test_the_trend_around_the_alarm_asks_for_history_once_and_draws_its_limit(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    asked = [f for f in panel.port.fetched if f == ("/api/history", "alarms.history")]
    assert len(asked) == 1
    t: list[Json] = [samples.NOW_NS - k * 60 * S for k in (9, 5, 1)]
    reply: Obj = {"S401.ChamberTemp": {"t": t, "v": [78.0, 79.5, 90.2], "q": [0, 0, 0]}}
    panel.feed({"type": "reply", "reply_to": "alarms.history", "status": 200, "data": reply})
    x, y = page.detail.do.around.trend._curves[0].getData()
    assert x is not None
    assert y is not None
    assert max(y) == 91.4, "the live value follows the history"
    assert [line.value() for line in page.detail.do.around.trend._limits if line.isVisible()] == [90.0]
    assert "предел 90,0" in page.detail.do.around.title.text()
    assert page.detail.do.around.trend.moment.value() == -100.0, "the moment of the alarm"
    panel.window.refresh()
    assert [f for f in panel.port.fetched if f[1] == "alarms.history"] == asked, "not asked again while it is held"


def test_buttons_lead_to_the_unit_and_to_the_trend(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    page.detail.to_unit.click()
    assert panel.window.page is panel.window.pages["unit"]
    page = alarms_page(panel)
    page.detail.to_trend.click()
    assert panel.window.page is panel.window.pages["trends"]


def test_count_in_ten_minutes_stands_against_the_norm(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    assert page.rate.text() == "за 10 мин: 4 (норма ≤ 1, предел 10)"
    panel.feed(many(12))
    assert page.rate.text() == "за 10 мин: 12 (норма ≤ 1, предел 10)"


# ---- acknowledgement ----------------------------------------------------------------------------------------------------


def test_only_alarms_on_the_screen_are_acknowledged_together(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(many(40))
    look_a_moment(panel)
    room = page.table.rows_per_page()
    assert room < 40
    assert page.ack_all.text() == f"Квитировать видимые ({room})"
    page.ack_all.click()
    (_, kind, _, args) = panel.port.submitted[-1]
    seen = {f"A{i:03d}": NOW - i * S for i in range(room)}
    assert (kind, args) == ("alarm.ack", {"alarms": list(seen), "as_of": seen}), "each as it was drawn"


def test_the_second_page_acknowledges_the_second_page(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(many(40))
    room = page.table.rows_per_page()
    assert page.pager.isVisible()
    page.pager.forward.click()
    assert page.acknowledgeable() == [], "nobody can have read them yet"
    look_a_moment(panel)
    assert [alarm for alarm, _ in page.acknowledgeable()] == [f"A{i:03d}" for i in range(room, 2 * room)]


def test_an_alarm_that_has_just_come_is_not_acknowledged_with_the_others(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    look_a_moment(panel)
    seen = [alarm for alarm, _ in page.acknowledgeable()]
    assert seen == ["S401.ChamberTemp.high", "S401.ChamberTemp.deviation_low", "S402.Humidity.bad_quality"]
    told = samples.alarms_view()
    fresh = {**cast("list[Obj]", told["active"])[0], "id": "NEW", "time_ns": NOW}
    panel.feed({"type": "view", "name": "alarms", "data": {**told, "active": [fresh, *cast("list[Json]", told["active"])]}})
    page.ack_all.click()
    assert panel.port.submitted[-1][3]["alarms"] == seen
    look_a_moment(panel)
    assert page.acknowledgeable()[0] == ("NEW", NOW)
    again = [{**row, "time_ns": NOW} for row in cast("list[Obj]", told["active"])]
    panel.feed({"type": "view", "name": "alarms", "data": {**told, "active": cast(Json, again)}})
    assert page.acknowledgeable() == [], "an alarm that came again has to be seen again"


def test_selected_is_acknowledged_only_while_it_is_on_the_screen(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    assert not page.ack_one.isEnabled(), "nobody has chosen it, nobody can have seen that it is chosen"
    look_a_moment(panel)
    page.ack_one.click()
    assert panel.port.submitted[-1][1:] == ("alarm.ack", "", {
        "alarms": ["S401.ChamberTemp.high"], "as_of": {"S401.ChamberTemp.high": NOW - 100 * S},
    })  # fmt: skip
    panel.feed(many(40))
    panel.clock.advance_ns(11 * S)
    panel.feed(samples.image(time_ns=samples.NOW_NS + 11 * S))
    panel.window.tick()
    page.choose("A000")
    assert page.ack_one.isEnabled()
    page.pager.forward.click()
    assert not page.ack_one.isEnabled()
    count = len(panel.port.submitted)
    page.acknowledge_selected()
    assert len(panel.port.submitted) == count
    assert not alarms_page(panel, "journal").ack_one.isEnabled(), "nothing is acknowledged from the journal"


def test_an_alarm_that_takes_the_place_of_a_gone_one_is_not_acknowledged_in_its_stead(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(view(standing("other"), standing("gone")))
    page.choose("gone")
    assert page.ack_one.isEnabled()
    panel.feed(view(standing("other")))
    assert page.now.selected == "other"
    assert not page.ack_one.isEnabled(), "the finger was on its way to another alarm"
    page.acknowledge_selected()
    assert panel.port.submitted == []
    look_a_moment(panel)
    assert page.ack_one.isEnabled()


def test_a_viewer_and_a_lost_server_cannot_acknowledge(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("viewer")
    page = alarms_page(panel)
    look_a_moment(panel)
    assert not page.ack_one.isEnabled()
    assert not page.ack_all.isEnabled()
    panel.log_in("operator").feed({"type": "lost", "error": "x"})
    assert not page.ack_all.isEnabled()
    assert page.tabs.buttons["now"].text() == "Сейчас ?"


def test_sightings_start_over_when_a_row_left_the_screen() -> None:
    seen = Sightings()
    first, again = ("a", 1), ("a", 2)
    seen.look([first], 0)
    assert not seen.seen(first, HALF_S - 1)
    assert seen.seen(first, HALF_S)
    assert not seen.seen(again, HALF_S), "annunciated again"
    seen.look([], HALF_S)
    seen.look([first], S)
    assert not seen.seen(first, S + HALF_S - 1)


# ---- filters ------------------------------------------------------------------------------------------------------------


def test_filters_are_large_targets_and_narrow_the_list(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    opened = page.units.open_list()
    assert set(opened.buttons) == {"", *(u.id for u in panel.store.units())}
    assert all(b.sizeHint().height() >= 48 for b in opened.buttons.values())
    opened.buttons["S402"].click()
    assert [r.key for r in page.table.rows] == ["S402.Humidity.bad_quality"]
    assert page.units.text() == "S-402 Термокамера 2 ▾"
    page.priorities.open_list().buttons["1"].click()
    assert page.table.rows == ()
    assert "По этому фильтру тревог нет" in page.table.spoken()
    page.units.chosen.emit("")
    assert [r.key for r in page.table.rows] == ["S401.ChamberTemp.high"]


def test_an_alarm_opened_from_elsewhere_takes_the_filter_away_and_turns_to_its_page(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    page.units.chosen.emit("S402")
    panel.feed(many(40))
    page = alarms_page(panel, "A035")
    assert page.now.wanted == Filter()
    assert "A035" in {r.key for r in page.table.visible_rows()}
    assert page.detail.title.text() == "S-401 Тревога 35"


# ---- order --------------------------------------------------------------------------------------------------------------


def keys(page: AlarmsPage) -> list[str]:
    return [r.key for r in page.table.rows]


def touch_head(page: AlarmsPage, column: int) -> None:
    """A finger on the middle of a header."""
    table = page.table
    box = table._lefts(table._inner(QRectF(table.rect())))[column]
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(round(box.center().x()), 24))


def test_a_touch_on_a_header_sorts_a_second_one_turns_it_a_third_one_ends_it(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    usual = keys(page)
    titles = [c.title for c in page.table.columns]
    assert titles == ["Пр.", "Время", "Тревога", "Значение", "Состояние", "Длит."]
    touch_head(page, 1)
    by_time = ["S401.ChamberTemp.high", "S401.ChamberTemp.deviation_low", "F301.CasingOk.discrete", "S402.Humidity.bad_quality"]
    assert keys(page) == by_time, "newest first"
    assert [c.mark for c in page.table.columns] == ["", "▲", "", "", "", ""]
    touch_head(page, 1)
    assert keys(page) == by_time[::-1]
    assert page.table.columns[1].mark == "▼"
    touch_head(page, 1)
    assert keys(page) == usual
    assert [c.mark for c in page.table.columns] == ["▲", "", "", "", "", ""]


@pytest.mark.parametrize(
    ("column", "first"),
    [(0, "worst"), (1, "young"), (2, "young"), (3, "big"), (4, "worst"), (5, "old")],
)
def test_every_column_sorts(make_panel: MakePanel, column: int, first: str) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(view(
        standing("old", priority=3, time_ns=NOW - 900 * S, state="acked_active", text={"ru": "Яма", "en": "Z"}),
        standing("big", priority=3, value=900.0, time_ns=NOW - 500 * S, state="rtn_unack", text={"ru": "Вода", "en": "W"}),
        standing("young", priority=4, value=1.0, time_ns=NOW - S, state="latched_unack", text={"ru": "Бак", "en": "B"}),
        standing("worst", priority=1, time_ns=NOW - 700 * S, text={"ru": "Газ", "en": "G"}),
    ))  # fmt: skip
    touch_head(page, column)
    assert keys(page)[0] == first


def test_the_head_of_the_table_is_a_target_for_fingers(make_panel: MakePanel) -> None:
    page = alarms_page(make_panel().log_in())
    assert page.table._head >= 48
    order = Order().touched("time")
    assert (order, order.touched("time"), order.touched("time").touched("time")) == (Order("time"), Order("time", True), Order())
    assert Order("time", True).touched("state") == Order("state")


# ---- latched ------------------------------------------------------------------------------------------------------------


def test_a_latched_alarm_is_acknowledged_and_then_reset(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(view(standing("stop", state="latched_unack"), standing("pump")))
    look_a_moment(panel)
    row = page.table.rows[0]
    assert row.cells[0].flashing
    assert row.cells[4].text == "ушла, ждёт сброса, не квит."
    assert badges(page.context.store)["alarms"] == 2
    assert [alarm for alarm, _ in page.acknowledgeable()] == ["stop", "pump"]
    assert page.reset.isEnabled()
    page.choose("pump")
    assert not page.reset.isEnabled(), "what is not latched has nothing to reset"
    panel.feed(view(standing("stop", state="latched_acked", acked_by="ivanova", acked_ns=NOW), standing("pump")))
    page.choose("stop")
    assert page.table.rows[0].cells[4].text == "ждёт сброса, квит. Иванова"
    assert not page.ack_one.isEnabled()
    page.reset.click()
    assert panel.port.submitted[-1][1:] == ("alarm.reset", "", {"alarms": ["stop"]})


# ---- many ---------------------------------------------------------------------------------------------------------------


def test_of_five_thousand_alarms_only_those_on_the_screen_are_made(
    make_panel: MakePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(many(5000))
    made: list[str] = []
    whole = page.now.row
    monkeypatch.setattr(page.now, "row", lambda key: made.append(key) or whole(key))
    ordered = page.now.keys()
    panel.window.refresh()
    assert page.now.keys() is ordered, "sorted once per view"
    assert made == list(ordered[: page.table.rows_per_page()])
    assert page.tabs.buttons["now"].text() == "Сейчас 5000"
    assert page.pager.place.text() == f"1 / {page.table.pages()}"


def test_rows_of_a_view_that_are_as_before_are_not_read_again() -> None:
    store = LineStore()
    store.apply(view(standing("a"), standing("b")), mono_ns=0, now_ns=0)
    first, second = alarm_rows(store)
    assert alarm_rows(store) is alarm_rows(store)
    store.apply(view(standing("c"), standing("b"), standing("a", state="acked_active")), mono_ns=0, now_ns=0)
    again = alarm_rows(store)
    assert [r.id for r in again] == ["c", "b", "a"]
    assert again[1] is second
    assert (again[2].state, first.state) == ("acked_active", "unack_active")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("1. Закройте задвижку.\n2. Вызовите КИПиА.", ["Закройте задвижку.", "Вызовите КИПиА."]),
        ("Закройте задвижку V-12. Вызовите КИПиА.", ["Закройте задвижку V-12.", "Вызовите КИПиА."]),
        ("Вызовите КИПиА", ["Вызовите КИПиА"]),
        ("", []),
    ],
)
def test_a_response_is_broken_into_steps(text: str, steps: list[str]) -> None:
    assert steps_of(text) == steps
