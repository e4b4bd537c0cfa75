"""The alarm page: what stands and what was, never a blind acknowledgement, filters, pages, the pane beside."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hmi.pages.alarms import AlarmsPage
from hmi.pages.trends import TrendsPage
from hmi.viewmodels.alarm_page import Filter, Sightings, steps_of
from hmi.viewmodels.eventlog import BLOCK, NEWEST, PAGE, EventLog
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000
HALF_S = S // 2


def alarms_page(panel: Panel, argument: str = "") -> AlarmsPage:
    panel.window.navigate("alarms", argument)
    page = panel.window.page
    assert isinstance(page, AlarmsPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def look_a_moment(panel: Panel) -> None:
    """Half a second passes with the page before the operator's eyes."""
    panel.clock.advance_ns(HALF_S)
    panel.window.refresh()


def many(count: int) -> Obj:
    """A flood: ``count`` unacknowledged alarms of priority 3, the first the newest."""
    template = cast("list[Obj]", samples.alarms_view()["active"])[2]
    rows: list[Json] = [
        {**template, "id": f"A{i:03d}", "time_ns": samples.NOW_NS - i * S, "text": {"ru": f"Тревога {i}", "en": f"Alarm {i}"}}
        for i in range(count)
    ]
    return {"active": rows, "counts": {"1": 0, "2": 0, "3": count, "4": 0}, "unacked": count, "silenced": False,
            "last_10_min": count}  # fmt: skip


def alarm_event(seq: int, alarm: str = "S401.ChamberTemp.high_high", **data: Json) -> Obj:
    body: dict[str, Json] = {
        "from": "normal", "to": "unack_active", "priority": 1, "value": 91.4, "limit": 90.0, "eu": "°C", "quality": 0,
        "text": {"ru": "Камера: перегрев", "en": "Chamber too hot"}, **data,
    }  # fmt: skip
    return {"seq": seq, "time_ns": samples.NOW_NS - (1000 - seq) * S, "kind": "alarm", "source": alarm, "unit": "S401",
            "batch": "", "data": body}  # fmt: skip


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
    assert page.badge() == 3


def test_rows_are_50_pixels_and_the_detail_names_cause_consequence_and_numbered_steps(make_panel: MakePanel) -> None:
    page = alarms_page(make_panel().log_in())
    detail = page.detail
    assert detail.title.text() == "S-401 Температура камеры: авария, верх"
    assert [c.text() for c in detail.captions] == ["Причина", "Последствие", "Что делать · ответить за 3 мин"]
    assert detail.texts[2].text() == "1. Закрыть ручную задвижку пара.\n2. Сверить с эталонным термометром."
    QTest.mouseClick(page.table, Qt.MouseButton.LeftButton, pos=QPoint(200, 34 + 2 * 50 + 25))
    assert page.selected == "S401.TempDev.high"
    assert detail.captions[2].text() == "Что делать · ответить за 30 мин"


def test_the_trend_around_the_alarm_asks_for_history_once_and_draws_its_limit(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    asked = [f for f in panel.port.fetched if f == ("/api/history", "alarms.history")]
    assert len(asked) == 1
    t: list[Json] = [samples.NOW_NS - k * 60 * S for k in (9, 5, 1)]
    reply: Obj = {"S401.ChamberTemp": {"t": t, "v": [78.0, 79.5, 90.2], "q": [0, 0, 0]}}
    panel.feed({"type": "reply", "reply_to": "alarms.history", "status": 200, "data": reply})
    x, y = page.detail.trend._curves[0].getData()
    assert x is not None
    assert y is not None
    assert max(y) == 91.4, "the live value follows the history"
    assert [line.value() for line in page.detail.trend._limits if line.isVisible()] == [90.0]
    assert "предел 90,0" in page.detail.trend_title.text()
    assert page.detail.trend.moment.value() == -100.0, "the moment of the alarm"
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
    assert page.rate.text() == "за 10 мин: 4 · норма ≤ 1, предел 10 · лавины нет"
    panel.feed({"type": "view", "name": "alarms", "data": many(12)})
    assert page.rate.text() == "за 10 мин: 12 · норма ≤ 1, предел 10 · лавина тревог"


# ---- acknowledgement ----------------------------------------------------------------------------------------------------


def test_only_alarms_on_the_screen_are_acknowledged_together(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed({"type": "view", "name": "alarms", "data": many(40)})
    look_a_moment(panel)
    room = page.table.rows_per_page()
    assert room < 40
    assert page.ack_all.text() == f"Квитировать видимые ({room})"
    page.ack_all.click()
    (_, kind, _, args) = panel.port.submitted[-1]
    assert (kind, args) == ("alarm.ack", {"alarms": [f"A{i:03d}" for i in range(room)]})


def test_the_second_page_acknowledges_the_second_page(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed({"type": "view", "name": "alarms", "data": many(40)})
    room = page.table.rows_per_page()
    assert page.pager.isVisible()
    page.pager.forward.click()
    assert page.acknowledgeable() == [], "nobody can have read them yet"
    look_a_moment(panel)
    assert page.acknowledgeable() == [f"A{i:03d}" for i in range(room, 2 * room)]


def test_an_alarm_that_has_just_come_is_not_acknowledged_with_the_others(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    look_a_moment(panel)
    seen = page.acknowledgeable()
    assert seen == ["S401.ChamberTemp.high", "S401.TempDev.high", "S402.Humidity.bad"]
    view = samples.alarms_view()
    fresh = {**cast("list[Obj]", view["active"])[0], "id": "NEW", "time_ns": samples.NOW_NS}
    panel.feed({"type": "view", "name": "alarms", "data": {**view, "active": [fresh, *cast("list[Json]", view["active"])]}})
    page.ack_all.click()
    assert panel.port.submitted[-1][3] == {"alarms": seen}
    look_a_moment(panel)
    assert page.acknowledgeable()[0] == "NEW"


def test_selected_is_acknowledged_only_while_it_is_on_the_screen(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    page.ack_one.click()
    assert panel.port.submitted[-1][1:] == ("alarm.ack", "", {"alarms": ["S401.ChamberTemp.high"]})
    panel.feed({"type": "view", "name": "alarms", "data": many(40)})
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
    seen.look(["a"], 0)
    assert not seen.seen("a", HALF_S - 1)
    assert seen.seen("a", HALF_S)
    seen.look([], HALF_S)
    seen.look(["a"], S)
    assert not seen.seen("a", S + HALF_S - 1)


# ---- filters ------------------------------------------------------------------------------------------------------------


def test_filters_are_large_targets_and_narrow_the_list(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    opened = page.units.open_list()
    assert set(opened.buttons) == {"", *(u.id for u in panel.store.units())}
    assert all(b.sizeHint().height() >= 48 for b in opened.buttons.values())
    opened.buttons["S402"].click()
    assert [r.key for r in page.table.rows] == ["S402.Humidity.bad"]
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
    panel.feed({"type": "view", "name": "alarms", "data": many(40)})
    page = alarms_page(panel, "A035")
    assert page.wanted == Filter()
    assert "A035" in {r.key for r in page.table.visible_rows()}
    assert page.detail.title.text() == "S-401 Тревога 35"


# ---- journal ------------------------------------------------------------------------------------------------------------


def test_the_journal_is_fetched_backwards_and_live_events_are_appended(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    assert ("/api/events", "alarms.journal") in panel.port.fetched
    panel.feed({"type": "reply", "reply_to": "alarms.journal", "status": 200, "data": {"events": [], "last": 900}})
    stored = [alarm_event(700), alarm_event(800, **{"from": "unack_active", "to": "acked_active", "user": "ivanova"})]
    panel.feed({"type": "reply", "reply_to": "alarms.journal", "status": 200, "data": {"events": stored, "last": 900}})
    assert [[c.text for c in r.cells[2:]][2:] for r in page.table.rows] == [["квитирована", "Иванова"], ["сработала", ""]]
    live = alarm_event(901, **{"from": "acked_active", "to": "normal"})
    panel.feed({"type": "event", "event": live}, {"type": "event", "event": live})
    assert [r.key for r in page.table.rows] == ["901", "800", "700"], "newest first, none twice"
    assert page.table.rows[0].cells[4].text == "ушла"
    page.choose("700")
    assert page.detail.title.text() == "S-401 Камера: перегрев"


def test_an_alarm_of_the_journal_opens_the_trend_at_its_time(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    line = panel.store.line
    assert line is not None
    alarm = next(a.id for a in line.alarms.values() if a.tag == "S401.ChamberTemp")
    raised = alarm_event(100, alarm)
    panel.feed({"type": "event", "event": raised})
    page.detail.to_trend.click()
    trends = panel.window.page
    assert isinstance(trends, TrendsPage)
    assert not trends.model.span.live
    moment = cast(int, raised["time_ns"])
    assert (trends.model.span.start_ns, trends.model.span.end_ns) == (moment - 300 * S, moment + 300 * S)


def test_turning_towards_the_end_of_the_journal_asks_for_older_events(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    panel.feed({"type": "reply", "reply_to": "alarms.journal", "status": 200, "data": {"events": [], "last": 3 * BLOCK}})
    stored: list[Json] = [alarm_event(3 * BLOCK - i) for i in range(250, 0, -1)]
    panel.feed({"type": "reply", "reply_to": "alarms.journal", "status": 200, "data": {"events": stored, "last": 3 * BLOCK}})
    asked = len([f for f in panel.port.fetched if f[1] == "alarms.journal"])
    for _ in range(40):
        page.pager.forward.click()
    panel.window.refresh()
    assert len([f for f in panel.port.fetched if f[1] == "alarms.journal"]) == asked + 1


def test_the_event_log_asks_for_the_end_first_then_block_by_block() -> None:
    log = EventLog("alarm", wanted=3)
    assert log.request(0) == {"after": NEWEST, "limit": 1, "kind": "alarm"}
    assert log.request(1) is None, "one request at a time"
    last = 2 * BLOCK + 50
    log.take({"status": 200, "data": {"events": [], "last": last}})
    assert log.request(2) == {"after": last - BLOCK, "limit": PAGE, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [alarm_event(last - 5)], "last": last}})
    assert not log.complete
    assert log.request(3) == {"after": last - 2 * BLOCK, "limit": PAGE, "kind": "alarm"}
    log.take({"status": 0, "data": {}})
    assert log.request(11 * S) == {"after": last - 2 * BLOCK, "limit": PAGE, "kind": "alarm"}, "a failed one is asked again"
    log.take({"status": 200, "data": {"events": [alarm_event(last - BLOCK - 1)], "last": last}})
    assert log.request(12 * S) == {"after": 0, "limit": PAGE, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [], "last": last}})
    assert log.complete, "the start of the journal is reached"
    assert log.request(13 * S) is None
    log.restart()
    log.request(14 * S)
    log.take({"status": 200, "data": {"events": [], "last": 10}})
    assert log.events() == [], "a shorter journal is another journal"


def test_an_answer_to_a_question_before_the_restart_is_not_taken_for_the_new_one() -> None:
    log = EventLog("alarm", wanted=50)
    log.request(0)
    log.take({"status": 200, "data": {"events": [], "last": 10}})
    assert log.request(1) == {"after": 0, "limit": PAGE, "kind": "alarm"}
    log.restart()
    assert log.request(2) is None, "one request at a time, the answer is still to come"
    log.take({"status": 200, "data": {"events": [alarm_event(7)], "last": 10}})
    assert not log.complete
    assert log.request(3) == {"after": NEWEST, "limit": 1, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [], "last": 10}})
    log.request(4)
    log.take({"status": 200, "data": {"events": [alarm_event(7)], "last": 10}})
    assert log.complete
    assert [e.seq for e in log.events()] == [7]


def test_a_restart_fills_the_hole_between_what_is_held_and_the_newest() -> None:
    log = EventLog("alarm", wanted=1)
    log.request(0)
    log.take({"status": 200, "data": {"events": [], "last": 10}})
    log.request(1)
    log.take({"status": 200, "data": {"events": [alarm_event(10)], "last": 10}})
    assert log.complete
    log.restart()
    last = 10 + BLOCK + 500
    assert log.request(2) == {"after": NEWEST, "limit": 1, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [], "last": last}})
    assert not log.complete, "enough events are held, but not those in between"
    assert log.request(3) == {"after": last - BLOCK, "limit": PAGE, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [alarm_event(last)], "last": last}})
    assert log.request(4) is not None
    log.take({"status": 200, "data": {"events": [alarm_event(10), alarm_event(300)], "last": last}})
    assert [e.seq for e in log.events()] == [10, 300, last]
    assert log.complete
    log.wanted = 50
    log.restart()
    log.request(5)
    log.take({"status": 200, "data": {"events": [], "last": last}})
    log.request(6)
    log.take({"status": 200, "data": {"events": [], "last": last}})
    assert log.complete, "what was looked through before is not asked for again"


@given(st.lists(st.integers(1, 400), max_size=60), st.integers(0, 60))
def test_the_event_log_holds_every_event_once_in_order(seqs: list[int], cut: int) -> None:
    log, store = EventLog("alarm"), LineStore()
    log.request(0)
    log.take({"status": 200, "data": {"events": [], "last": 400}})
    log.request(1)
    log.take({"status": 200, "data": {"events": [alarm_event(s) for s in sorted(set(seqs[:cut]))], "last": 400}})
    for seq in sorted(set(seqs[cut:])):
        store.apply({"type": "event", "event": alarm_event(seq)}, mono_ns=0, now_ns=0)
        log.live(store)
    assert [e.seq for e in log.events()] == sorted(set(seqs))


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
