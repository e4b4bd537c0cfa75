"""The journal of alarms: newest first, backwards without an end, narrowed by the server, every kind in words, saved as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmi.pages import alarm_journal_words as words
from hmi.pages.trends import TrendsPage
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_journal import KEPT, PAGE, JournalLog, JournalQuery
from hmi.viewmodels.eventlog import log_event
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.alarm_samples import NOW, S, alarm_event, alarms_page, journal_event, journal_reply
from tests.hmi.conftest import MakePanel, Panel

PATH = "/api/alarm_journal"


def asked(panel: Panel) -> list[Obj]:
    return [params for path, params in panel.port.asked if path == PATH]


# ---- the page -----------------------------------------------------------------------------------------------------------


def test_the_newest_rows_come_first_and_live_ones_are_fetched(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    assert asked(panel) == [{"limit": PAGE}]
    ack = alarm_event(800, **{"event": "ack", "from": "unack_active", "to": "acked_active", "user": "ivanova"})
    panel.feed(journal_reply(ack, alarm_event(700, event="alarm")))
    assert [[c.text for c in r.cells[2:]][2:] for r in page.table.rows] == [["квитирована", "Иванова"], ["сработала", ""]]
    gone = alarm_event(901, **{"event": "return", "from": "acked_active", "to": "normal"})
    panel.clock.advance_ns(2 * S)
    panel.feed({"type": "event", "event": gone})
    assert asked(panel) == [{"limit": PAGE}, {"limit": PAGE}], "the server says what belongs to the journal"
    panel.feed(journal_reply(gone, ack, alarm_event(700, event="alarm")))
    assert [r.key for r in page.table.rows] == ["901", "800", "700"], "newest first, none twice"
    assert page.table.rows[0].cells[4].text == "ушла"
    page.choose("700")
    assert page.detail.title.text() == "S-401 Камера: перегрев"


def test_an_alarm_of_the_journal_opens_the_trend_at_its_time(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    raised = alarm_event(100)
    panel.feed(journal_reply(raised))
    page.detail.to_trend.click()
    trends = panel.window.page
    assert isinstance(trends, TrendsPage)
    assert not trends.model.span.live
    moment = cast(int, raised["time_ns"])
    assert (trends.model.span.start_ns, trends.model.span.end_ns) == (moment - 300 * S, moment + 300 * S)


def test_turning_towards_the_end_asks_for_older_rows_until_there_are_none(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    panel.feed(journal_reply(*(alarm_event(s) for s in range(1000, 800, -1)), more=True))
    assert len(asked(panel)) == 1, "nothing more before it is wanted"
    while page.pager.forward.isEnabled():
        page.pager.forward.click()
    assert asked(panel)[-1] == {"limit": PAGE, "before": 801}
    panel.feed(journal_reply(*(alarm_event(s) for s in range(800, 750, -1))))
    assert len(page.table.keys) == 250
    while page.pager.forward.isEnabled():
        page.pager.forward.click()
    assert len(asked(panel)) == 2, "the start of the journal is reached"
    assert page.table.visible_rows()[-1].key == "751"


def test_search_and_filters_are_the_servers(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    panel.feed(journal_reply(alarm_event(700)))
    page.search.field.setText("клапан")
    page.search._typed("клапан")
    panel.window.refresh()
    assert asked(panel) == [{"limit": PAGE}], "not while somebody is typing"
    panel.clock.advance_ns(S)
    panel.window.refresh()
    assert asked(panel)[-1] == {"limit": PAGE, "text": "клапан"}
    assert page.table.spoken() == ["Читаю журнал…"]
    panel.feed(journal_reply())
    assert page.table.spoken() == ["Ничего не найдено"]
    page.units.chosen.emit("S401")
    panel.feed(journal_reply())
    page.priorities.chosen.emit("2")
    panel.feed(journal_reply())
    page.search.kinds.chosen.emit("notice")
    assert asked(panel)[-1] == {"limit": PAGE, "text": "клапан", "unit": "S401", "priority": 2, "kind": ["notice"]}
    panel.feed(journal_reply())
    page.search.field.clear()
    assert asked(panel)[-1] == {"limit": PAGE, "unit": "S401", "priority": 2, "kind": ["notice"]}, "an empty field at once"


def test_the_search_can_be_typed_on_the_screen(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    panel.feed(journal_reply())
    made = page.search.open_keyboard()
    made.field.setText(" насос ")
    made.confirm()
    assert page.search.field.text() == "насос"
    assert asked(panel)[-1] == {"limit": PAGE, "text": "насос"}


def test_a_server_without_the_journal_is_told_and_asked_again(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    panel.feed(journal_reply(status=503))
    assert page.table.spoken() == ["Сервер не отдаёт журнал. Пробую ещё…"]
    panel.clock.advance_ns(11 * S)
    panel.feed({"type": "engine", "state": "up"})
    assert len(asked(panel)) == 2
    panel.feed(journal_reply(alarm_event(5)))
    assert [r.key for r in page.table.rows] == ["5"]


def test_the_export_says_where_the_file_is(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "journal")
    page.units.chosen.emit("S401")
    page.journal.export(tmp_path)
    ((path, params, file, reply_to),) = panel.port.downloads
    assert (path, params, file.parent) == ("/api/alarm_journal.csv", {"unit": "S401", "language": "ru"}, tmp_path)
    assert file.name.startswith("alarm-journal-2026-")
    assert page.rate.text() == "Сохраняю…" or page.journal.saved.words == "Сохраняю…"
    page.journal.export(tmp_path)
    assert len(panel.port.downloads) == 1, "one at a time"
    panel.feed({"type": "reply", "reply_to": reply_to, "status": 200, "data": {"bytes": 20480}})
    assert page.rate.text() == f"Сохранено, 20 КБ: {file}"
    page.export.click()
    failed: Obj = {"type": "reply", "reply_to": reply_to, "status": 0, "data": {"disk": True}, "error": "OSError: disk full"}
    panel.feed(failed)
    assert page.rate.text() == f"✕ Не сохранено: не удаётся записать в папку {panel.port.downloads[-1][2].parent}"
    assert page.export.isEnabled()


# ---- in words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (alarm_event(1, event="shelve", reason="мойка", until_ns=NOW, to="shelved"), ("отложена", "мойка")),
        (alarm_event(1, event="alarm", **{"from": "shelved", "to": "shelved"}), ("условие появилось, отложена", "")),
        (alarm_event(1, event="remove", reason="ремонт", work_order="ТО-9"), ("выведена из работы", "наряд ТО-9 · ремонт")),
        (alarm_event(1, event="comment", comment="закрыл задвижку", **{"from": "normal", "to": "normal"}),
         ("приняты меры", "закрыл задвижку")),
        (alarm_event(1, event="realarm", **{"from": "acked_active"}), ("напомнила о себе", "")),
        (alarm_event(1, event="latch", to="latched_unack"), ("ушла, ждёт сброса", "")),
        (alarm_event(1, **{"from": "unack_active", "to": "acked_active", "user": "x"}), ("квитирована", "")),
        (journal_event(1, "escalation", "S401.ChamberTemp.high", what="step", step=2, tell=["petrov"], outputs=[]),
         ("эскалация, шаг 2", "petrov")),
        (journal_event(1, "escalation", "S401.ChamberTemp.high", what="ended", why="acked"),
         ("эскалация закончена", "квитирована")),
        (journal_event(1, "notice", "n1", what="failed", run="S401.ChamberTemp.high", contact_name={"ru": "КИПиА", "en": "M"},
                       error={"ru": "нет ответа", "en": "no answer"}), ("не доставлено", "КИПиА: нет ответа")),
        (journal_event(1, "notice", "n1", what="delivered", run="x", contact="m"), ("доставлено", "m")),
        (journal_event(1, "flood", "alarms", what="started", count=14), ("лавина началась", "14 за 10 мин")),
        (journal_event(1, "call", "c1", "S401", what="created", number=7, service_name={"ru": "Ремонт", "en": "R"},
                       reason={"ru": "течь", "en": "leak"}), ("вызов подан", "течь")),
        (journal_event(1, "call", "c1", "S401", what="closed", number=7, note="заменил"), ("вызов закрыт", "заменил")),
    ],
)  # fmt: skip
def test_every_kind_of_record_in_words(make_panel: MakePanel, event: Obj, told: tuple[str, str]) -> None:
    store = make_panel().store
    read = log_event(event)
    assert words.what(store, read) == told[0]
    assert words.more(store, read).endswith(told[1])
    facts = dict(words.facts(store, read))
    assert facts["Что"] == told[0]
    assert facts["Запись №"] == "1"


def test_what_a_record_is_about(make_panel: MakePanel) -> None:
    store = make_panel().store

    def about(event: Obj) -> tuple[str, int]:
        read = log_event(event)
        return words.subject(store, read).replace("\u00a0", " "), words.priority_of(store, read)

    line = store.line
    assert line is not None
    alarm = line.alarms["S401.ChamberTemp.high"]
    name = str(alarm.text["ru"])
    assert about(journal_event(1, "escalation", alarm.id, "S401", what="started"))[0].endswith(name)
    assert about(journal_event(1, "notice", "n1", what="sent", run=alarm.id))[1] == alarm.priority
    call = journal_event(1, "call", "c1", "S401", what="created", number=7, service_name={"ru": "Ремонт", "en": "R"})
    assert about(call) == ("S-401 · Вызов 7: Ремонт", 0)
    step = journal_event(2, "escalation", "call-7", "S401", what="step", policy="call_maintenance", step=1)
    assert about(step) == ("S-401 · Вызов 7", 0)
    assert about(journal_event(1, "flood", "alarms", what="ended", count=3)) == ("Лавина тревог", 0)


def test_the_record_tells_everything_that_was_kept(make_panel: MakePanel) -> None:
    store = make_panel().store
    event = {**alarm_event(
        9, event="ack", user="petrov", station="panel-2", deadband=1.0, on_delay_s=20.0, off_delay_s=30.0, config="v7",
        recipe="doktorskaya", phase="cook", kind="high", tag="S401.ChamberTemp", quality=0x80000000, consequence_of="x",
        **{"from": "unack_active", "to": "acked_active"},
    ), "batch": "B1187"}  # fmt: skip
    facts = {name: value.replace("\u00a0", " ") for name, value in words.facts(store, log_event(event))}
    assert facts == {
        "Что": "квитирована", "Кто · где": "petrov · panel-2", "Состояние": "активна, не квит. → активна, квит.",
        "Значение": "91,4 °C > 90,0", "Качество": "недостоверно", "Зона нечувствительности": "1 °C",
        "Задержка прихода / ухода": "20 с / 30 с", "Следствие от": "x", "Партия": "B1187", "Рецепт · фаза": "doktorskaya · cook",
        "Версия настроек": "v7", "Запись №": "9",
    }  # fmt: skip


# ---- the log ------------------------------------------------------------------------------------------------------------


def take(log: JournalLog, reply: Obj) -> None:
    log.take(reply)


def seqs(log: JournalLog) -> list[int]:
    return [e.seq for e in log.rows()]


def test_a_hole_between_what_is_held_and_the_newest_is_never_shown_as_none() -> None:
    log = JournalLog()
    assert log.request(0) == {"limit": PAGE}
    assert log.request(1) is None, "one request at a time"
    take(log, journal_reply(alarm_event(10), alarm_event(9), more=True))
    log.restart()
    assert log.request(2 * S) == {"limit": PAGE}
    take(log, journal_reply(*(alarm_event(s) for s in range(900, 880, -1)), more=True))
    assert seqs(log) == list(range(900, 880, -1)), "what lies between is not known: begun anew"
    assert log.request(3 * S) == {"limit": PAGE, "before": 881}
    take(log, journal_reply(alarm_event(10)))
    assert log.whole


def test_another_journal_takes_the_place_of_the_old_one() -> None:
    log = JournalLog()
    log.request(0)
    take(log, journal_reply(alarm_event(10), alarm_event(9)))
    log.restart()
    log.request(2 * S)
    take(log, journal_reply(alarm_event(3)))
    assert seqs(log) == [3]


def test_an_answer_to_an_older_question_is_not_taken() -> None:
    log = JournalLog()
    log.request(0)
    log.look_for(JournalQuery(text="x"))
    take(log, journal_reply(alarm_event(10)))
    assert seqs(log) == []
    assert log.request(S) == {"limit": PAGE, "text": "x"}


def test_no_answer_and_a_failed_one_are_asked_again() -> None:
    log = JournalLog()
    assert log.request(0) == {"limit": PAGE}
    assert log.request(9 * S) is None
    assert log.request(10 * S) == {"limit": PAGE}, "no answer"
    take(log, journal_reply(status=0))
    assert log.error
    assert log.request(21 * S) == {"limit": PAGE}
    take(log, journal_reply(alarm_event(1)))
    assert not log.error
    assert log.complete


def test_floods_are_looked_for_among_the_alarms() -> None:
    log = JournalLog()
    log.look_for(JournalQuery(kind="alarm", alarm="x"))
    assert log.request(0) == {"limit": PAGE, "kind": ["alarm", "flood"], "alarm": "x"}


def test_live_events_of_other_kinds_ask_for_nothing() -> None:
    log, store = JournalLog(), LineStore()
    log.request(0)
    take(log, journal_reply())
    store.apply({"type": "event", "event": journal_event(5, "write", "x")}, mono_ns=0, now_ns=0)
    log.live(store)
    assert log.request(5 * S) is None
    store.apply({"type": "event", "event": journal_event(6, "call", "x")}, mono_ns=0, now_ns=0)
    log.live(store)
    assert log.request(5 * S) == {"limit": PAGE}


def test_on_the_first_page_the_oldest_rows_are_let_go() -> None:
    log = JournalLog()
    log.request(0)
    rows: list[Json] = [{"seq": s, "time_ns": 1, "kind": "alarm", "source": "a", "data": {}} for s in range(KEPT + 500, 0, -1)]
    take(log, {"status": 200, "data": {"rows": rows, "first": 1, "more": False}})
    assert log.whole
    log.trim()
    assert len(log.rows()) == KEPT
    log.want_more()
    assert log.request(S) == {"limit": PAGE, "before": 501}


@given(st.sets(st.integers(1, 400), max_size=80), st.integers(1, 60), st.lists(st.integers(0, 400), max_size=4))
def test_paging_brings_every_row_once_in_order(known: set[int], page: int, grown: list[int]) -> None:
    """A server of any page size, and a journal that grows meanwhile."""
    log, time_ns = JournalLog(), 0
    journal = sorted(known)
    more_of_it = sorted(set(grown))
    for _ in range(600):
        time_ns += 2 * S
        params = log.request(time_ns)
        if params is None:
            if not more_of_it and log.whole:
                break
            if more_of_it:
                journal.append(max(journal, default=0) + 1 + more_of_it.pop())
                log.restart()
            log.want_more()
            continue
        before = wire.integer(params, "before") or 10**9
        found = [s for s in reversed(journal) if s < before]
        rows = found[:page]
        take(log, journal_reply(*(alarm_event(s) for s in rows), more=len(found) > page))
    assert seqs(log) == journal[::-1]
