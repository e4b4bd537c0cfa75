"""The shift page: totals, run and held time, alarms, main events in words, end in two steps, start, reports with ledger."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from hmi.frame import labels_of
from hmi.pages.shift import ShiftPage
from hmi.pages.shift_words import KINDS, WORDS, happening_text
from hmi.viewmodels.eventlog import LogEvent
from hmi.viewmodels.shift import Happening, current, happenings, next_number, parse_shift, unit_times
from hmi.viewmodels.wire import Obj
from hmi.widgets.dialogs import Question, TextDialog
from hmi.widgets.shiftdialogs import EndShiftDialog, StartShiftDialog
from line.messages import CommandKind, Json
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000
NOW = samples.NOW_NS


def shift_page(panel: Panel, argument: str = "") -> ShiftPage:
    panel.window.navigate("shift", argument)
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def dialog(panel: Panel, kind: type[QWidget]) -> QWidget:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


def event(seq: int, kind: str, source: str, data: Obj, *, unit: str = "", batch: str = "", ago_s: int = 60) -> Obj:
    return {"seq": seq, "time_ns": NOW - ago_s * S, "kind": kind, "source": source, "unit": unit, "batch": batch, "data": data}


def tell(panel: Panel, *events: Obj) -> None:
    panel.feed(*[{"type": "event", "event": e} for e in events])


# ---- this shift ---------------------------------------------------------------------------------------------------------


def test_cards_heading_alarms_and_times(make_panel: MakePanel) -> None:
    page = shift_page(make_panel().log_in())
    shown = {k: c.number.text().replace("\u202f", " ") for k, c in page.now.cards.items()}
    assert shown == {
        "batches": "2 / 6", "charged_kg": "4 800", "packed_kg": "3 412", "packs": "6 824", "rejects": "55", "yield_pct": "106,4",
    }  # fmt: skip
    assert page.heading.text().startswith("Смена 2 · бригада 2 · с ")
    assert page.heading.text().endswith(" · 5:13")
    assert [c.text() for c in page.now.alarm_counts] == ["1", "3", "8", "2"]
    assert page.now.alarm_total.text() == "всего 14"
    said = page.now.bars.spoken()
    assert said[:3] == ["R-101 Приёмка", "2:30", "0:00"]
    filler = next(t for t in page.now.bars.times if t.name.startswith("F-301"))
    assert (filler.run_s, filler.held_s, filler.shift_s) == (9000.0, 246.0, 313 * 60)


def test_nothing_is_shown_as_zero_before_it_is_known(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = shift_page(panel)
    panel.feed({"type": "view", "name": "shift", "data": {}})
    assert {c.number.text() for c in page.now.cards.values()} == {"—"}
    assert page.heading.text() == "Смены ещё не было"
    assert [c.text() for c in page.now.alarm_counts] == ["—"] * 4
    assert unit_times(panel.store, current(panel.store), NOW) == []


def test_main_events_are_told_in_words_newest_first(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = shift_page(panel)
    recipe = panel.store.line.recipes[0].id if panel.store.line else ""
    said: Json = [{"ru": "нет оболочки", "en": "no casing"}]
    tell(
        panel,
        event(1, "batch", "B1188", {"what": "created", "recipe": recipe, "size_kg": 140.0, "user": "ivanova"}, batch="B1188"),
        event(2, "batch", "B1188", {"what": "step", "status": "running", "step": 1}, batch="B1188"),
        event(3, "batch", "B1188", {"what": "state", "from": "holding", "to": "held", "reasons": said}, batch="B1188"),
        event(4, "batch", "B1188", {"what": "state", "from": "restarting", "to": "running", "user": "ivanova"}, batch="B1188"),
        event(5, "batch", "B1187", {"what": "parameter", "parameter": "cook_temp", "from": 78.0, "to": 79.0, "eu": "°C",
                                    "user": "petrov"}, batch="B1187"),
        event(6, "command", "ivanova", {"kind": "alarm.ack", "status": "received", "args": {"alarms": ["a", "b"]}}),
        event(7, "command", "ivanova", {"kind": "alarm.ack", "status": "accepted"}),
        event(8, "command", "petrov", {"kind": "batch.command", "status": "refused", "target": "B1187", "reasons": said}),
        event(9, "command", "petrov", {"kind": "unit.mode", "status": "received", "target": "S401", "args": {"mode": "manual"}}),
        event(12, "command", "petrov", {"kind": "alarm.shelve", "status": "received", "args": {"alarms": ["a"], "minutes": 30}}),
        event(10, "shift", "s", {"what": "started", "number": 2, "crew": "Б"}, ago_s=312 * 60),
        event(11, "batch", "B1", {"what": "complete", "duration_s": 3723.0}, batch="B1", ago_s=400 * 60),
    )  # fmt: skip
    rows = [(r.cells[1].text.replace("\u00a0", " "), r.cells[1].sub, r.cells[2].text) for r in page.now.table.rows]
    assert rows == [
        ("Отложено тревог: 1", "", "petrov"),
        ("Смена 2 начата (бригада Б)", "", ""),
        ("S-401: режим «Ручной»", "", "petrov"),
        ("Отказ: команда партии №1187", "нет оболочки", "petrov"),
        ("Квитировано тревог: 2", "", "Иванова"),
        ("№1187: Температура камеры, варка 78 °C → 79 °C", "", "petrov"),
        ("№1188 продолжена", "", "Иванова"),
        ("№1188 задержана", "нет оболочки", ""),
        ("№1188 создана: Колбаса варёная «Докторская», 140 кг", "", "Иванова"),
    ], "steps and answers are not main events; what was before the shift is not shown"


def test_stored_events_are_fetched_of_every_kind(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = shift_page(panel)
    for kind in ("batch", "shift", "command"):
        assert ("/api/events", f"shift.{kind}") in panel.port.fetched
        panel.feed({"type": "reply", "reply_to": f"shift.{kind}", "status": 200, "data": {"events": [], "last": 50}})
    stored = event(40, "batch", "B1188", {"what": "complete", "duration_s": 3723.0}, batch="B1188")
    panel.feed({"type": "reply", "reply_to": "shift.batch", "status": 200, "data": {"events": [stored], "last": 50}})
    assert [r.cells[1].text for r in page.now.table.rows] == ["№1188 завершена за 1:02:03"]


def test_every_command_that_a_person_can_be_refused_has_a_word() -> None:
    assert {kind.value for kind in CommandKind} - set(KINDS) == {"notice.result"}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_kind_of_event_has_words(make_panel: MakePanel, language: str) -> None:
    store = make_panel(language).store
    for what in WORDS:
        found = parse_one(what)
        text = happening_text(store, found)
        assert text
        assert "{" not in text


def parse_one(what: str) -> Happening:
    data: Obj = {"what": "created", "number": 3, "crew": "A", "kind": "alarm.ack", "status": "received", "args": {}}
    (made,) = happenings([LogEvent(1, NOW, "batch", "B1001", "", "B1001", data)], 0)
    return type(made)(made.seq, made.time_ns, what, made.facts, (), "", made.batch, "")


# ---- start and end ------------------------------------------------------------------------------------------------------


def test_a_shift_is_ended_in_two_steps_with_a_note(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = shift_page(panel)
    page.now.end.click()
    made = cast(EndShiftDialog, dialog(panel, EndShiftDialog))
    made.edit_note()
    note = cast(TextDialog, dialog(panel, TextDialog))
    note.field.setText("щуп S-401 заменён")
    note.confirm()
    assert made.note_shown.text() == "щуп S-401 заменён"
    made.ok.click()
    assert panel.port.submitted == [], "the first step sends nothing"
    question = cast(Question, dialog(panel, Question))
    question.confirm()
    assert panel.port.submitted[-1][1:] == ("shift.end", "2026-11-22-2", {"note": "щуп S-401 заменён"})
    assert not page.now.end.isEnabled(), "not twice while the answer is awaited"


def test_the_hand_over_lists_what_is_shelved_and_out_of_service(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = shift_page(panel)
    assert page.now.hidden_now.text() == "отложено: 2, выведено: 1"
    made = page.now.open_end()
    QApplication.processEvents()
    rows = [[f"{c.text} | {c.sub}" if c.sub else c.text for c in r.cells[1:]] for r in made.hidden.rows]
    assert [r.cells[0].symbol for r in made.hidden.rows] == [3, 4, 4], "the worst first"
    assert rows[0][0] == "S-402 Дверь открыта | Иванова: Мойка или наладка"
    assert rows[0][1].startswith("отложена до ")
    assert rows[0][1].endswith(" | условие тревоги есть")
    assert rows[2] == ["P-601 Кончилась плёнка | sidorov: Замена датчика", "выведена, ТО-2211 | условия тревоги нет"]
    assert made.hidden.rows_per_page() == 3
    made.ask()
    question = cast(Question, dialog(panel, Question))
    assert "отложено: 2, выведено: 1" in " ".join(labels_of(question))
    question.reject()
    made.reject()
    started = page.now.open_start()
    assert any("отложено: 2, выведено: 1" in text for text in labels_of(started))
    started.reject()


def test_twenty_hidden_alarms_leave_the_dialog_within_the_window(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    shelved: list[Json] = [
        {"id": f"a{i}", "unit": "S401", "priority": 3, "text": {"ru": "Длинное имя тревоги " * 5, "en": "x"}, "active": True,
         "by": "ivanova", "reason": "слова " * 40, "since_ns": NOW, "until_ns": NOW + S, "one_shot": False, "warned": False}
        for i in range(20)
    ]  # fmt: skip
    panel.feed({"type": "view", "name": "alarms", "data": {"active": [], "shelved": shelved}})
    made = shift_page(panel).now.open_end()
    QApplication.processEvents()
    assert made.height() <= panel.window.height() - 64
    assert made.hidden.pages() == 5
    made.reject()


def test_without_hidden_alarms_the_hand_over_says_nothing_of_them(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.feed({"type": "view", "name": "alarms", "data": {"active": []}})
    page = shift_page(panel)
    assert page.now.hidden_now.text() == ""
    made = page.now.open_end()
    assert made.hidden.parent() is None
    assert not any("крыты" in text for text in labels_of(made))
    made.reject()


def test_the_second_step_can_be_refused(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    made = shift_page(panel).now.open_end()
    made.ask()
    cast(Question, dialog(panel, Question)).reject()
    made.reject()
    assert panel.port.submitted == []


def test_a_shift_is_started_with_crew_and_the_next_number(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = shift_page(panel)
    made = page.now.open_start()
    assert made.ok.text() == "Начать смену 3"
    made.less.click()
    made.crew.setText(" В ")
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("shift.start", "2026-11-22-2", {"crew": "В", "number": 2})


def test_start_says_that_an_open_shift_is_ended_and_end_is_off_without_one(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = shift_page(panel)
    page.now.start.click()
    made = cast(StartShiftDialog, dialog(panel, StartShiftDialog))
    said = [w.text() for w in made.findChildren(QWidget) if hasattr(w, "text")]  # pyright: ignore[reportAttributeAccessIssue]
    assert "Смена 2 открыта: она будет закончена. Передачи смены не было: подписей нет, в отчёте так и будет сказано." in said
    made.reject()
    closed = {**samples.shift_view(), "state": "closed", "ended_ns": NOW}
    panel.feed({"type": "view", "name": "shift", "data": closed})
    assert page.now.start.isEnabled()
    assert not page.now.end.isEnabled()
    assert "закончена в" in page.heading.text()


def test_numbers_go_round_and_start_at_one() -> None:
    assert next_number(parse_shift({})) == 1
    assert next_number(parse_shift({"number": 98})) == 99
    assert next_number(parse_shift({"number": 99})) == 1


# ---- reports ------------------------------------------------------------------------------------------------------------


def test_reports_show_totals_and_the_sample_ledger(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = shift_page(panel, "reports")
    assert ("/api/shifts", "shift.list") in panel.port.fetched
    entry: Obj = {
        "id": "20261122-1",
        "number": 1,
        "started_ns": NOW - 900 * 60 * S,
        "ended_ns": NOW - 400 * 60 * S,
        "state": "closed",
    }
    opened: Obj = {"id": "2026-11-22-2", "number": 2, "started_ns": NOW - 313 * 60 * S, "ended_ns": None, "state": "open"}
    panel.feed({"type": "reply", "reply_to": "shift.list", "status": 200, "data": {"shifts": [opened, entry]}})
    view = page.reports
    assert view.selected == "20261122-1", "the newest that has ended"
    assert ("/api/shifts/20261122-1", "shift.report") in panel.port.fetched
    ledger: Obj = {"expected": 1000, "stored": 990, "late": 3, "bad": 12, "forwarded": 980, "missing": 10}
    totals = samples.shift_view()["totals"]
    report: Obj = {**entry, "crew": "А", "note": "всё спокойно", "totals": totals, "ledger": ledger}
    panel.feed({"type": "reply", "reply_to": "shift.report", "status": 200, "data": report})
    facts = {name.text(): value.text().replace("\u202f", " ") for name, value in view._ledger._pairs}
    assert facts == {
        "Ожидалось": "1 000", "Записано": "990", "Не записано": "10", "С опозданием": "3", "Недостоверных": "12",
        "Передано в InfluxDB": "980",
    }  # fmt: skip
    assert view.heading.text() == "Смена 1 · бригада А"
    assert view.note.text() == "Заметка: всё спокойно"
    assert view._totals._pairs[0][1].text() == "2 / 6"
    view.choose("2026-11-22-2")
    assert view._totals._pairs[0][1].text() == "2 / 6", "the open shift's totals are those of the view"
    assert view._ledger._pairs[0][1].text() == "—"
    assert not view.note.isVisible()


def test_a_server_without_an_answer_leaves_the_reports_empty(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = shift_page(panel, "reports")
    panel.feed({"type": "reply", "reply_to": "shift.list", "status": 0, "data": {}})
    panel.feed({"type": "reply", "reply_to": "shift.report", "status": 404, "data": {}})
    assert page.reports.shifts == []
    assert not page.reports.heading.isVisible()


def test_a_line_without_any_shift_says_so_and_reads_no_more(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = shift_page(panel, "reports")
    assert page.reports.table.spoken()[-1] == "Читаю журнал…"
    panel.feed({"type": "reply", "reply_to": "shift.list", "status": 200, "data": {"shifts": []}})
    assert page.reports.table.spoken()[-1] == "Смены ещё не было"
    assert not page.reports.whole.isVisible()
