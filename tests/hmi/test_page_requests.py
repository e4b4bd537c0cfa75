"""Service requests: asked for in a few touches, followed, done, confirmed by who asked."""

from __future__ import annotations

from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from hmi.pages.calls import CallsPage
from hmi.pages.overview import needs
from hmi.pages.requests import RequestsView
from hmi.pages.unit import UnitPage
from hmi.viewmodels import wire
from hmi.viewmodels.asks import asks_of
from hmi.viewmodels.badges import badges
from hmi.viewmodels.requests import course, request_by_id, to_take
from hmi.viewmodels.wire import Obj
from hmi.widgets.dialogs import TextDialog
from hmi.widgets.readdialog import ReadDialog
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.requestdialog import RequestDialog
from line.messages import Json
from tests.hmi import samples, samples_batches, samples_calls
from tests.hmi import samples_orders as sample
from tests.hmi.conftest import MakePanel, Panel

W = TypeVar("W", bound=QWidget)


def requests_panel(make_panel: MakePanel, role: str = "operator", user: str = "ivanova") -> Panel:
    panel = make_panel()
    panel.feed(*sample.views(), sample.view("calls", samples_calls.calls_view()))
    if role:
        panel.feed({"type": "session", "user": user, "name": f"{user.title()} А. С.", "role": role})
    return panel


def requests_view(panel: Panel, argument: str = "requests") -> RequestsView:
    panel.window.navigate("calls", argument)
    page = panel.window.page
    assert isinstance(page, CallsPage)
    view = page.view
    assert isinstance(view, RequestsView)
    QApplication.processEvents()
    page.refresh()
    return view


def unit_page(panel: Panel, unit: str) -> UnitPage:
    panel.window.navigate("unit", unit)
    page = panel.window.page
    assert isinstance(page, UnitPage)
    QApplication.processEvents()
    return page


def dialog(panel: Panel, kind: type[W]) -> W:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


def sent(panel: Panel) -> tuple[str, str, Obj]:
    return panel.port.submitted[-1][1:]


def only(status: str, **more: Json) -> Obj:
    """A view with one request of ivanova in this state."""
    one = sample.request(7, "fault", "S401", "Течёт насос", status, 60, **more)
    return sample.view("requests", {"requests": [one], "open": 1, "to_confirm": 0})


# ---- list and detail ----------------------------------------------------------------------------------------------------


def test_the_list_says_what_is_asked_for_where_by_whom_and_how_long_ago(make_panel: MakePanel) -> None:
    view = requests_view(requests_panel(make_panel))
    by_key = {r.key: r.cells for r in view.table.rows}
    assert list(by_key) == ["request-24", "request-21", "request-22", "request-23"]
    number, what, state, who, age = by_key["request-24"]
    assert (number.text, what.text, what.sub) == (
        "24", "F-301 · Неисправность", "срочно: Течёт сальник насоса фарша, под шприцем лужа",
    )  # fmt: skip
    assert state.chip is not None
    assert state.chip.text == "открыта"
    assert (who.text, age.text) == ("Ivanova", "0:12")
    assert by_key["request-23"][1].text == "вся линия · Уборка"
    assert view.summary.text() == "открыто: 1 · в работе: 1 · ждут подтверждения: 2"
    view.lists.buttons["mine"].click()
    assert [r.key for r in view.table.rows] == ["request-24", "request-21", "request-20"]
    view.lists.buttons["ended"].click()
    assert [r.key for r in view.table.rows] == ["request-20"]


def test_a_touch_shows_its_course_with_what_was_said(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    view = requests_view(panel)
    QTest.mouseClick(view.table, Qt.MouseButton.LeftButton, pos=QPoint(200, 34 + 64 + 30))
    assert view.detail.title.text() == "Заявка № 21"
    assert view.detail.text.text() == "Дверь закрывается с третьего раза, уплотнение в нижнем углу порвано"
    rows = [(r.cells[1].text, r.cells[1].sub) for r in view.detail.table.rows]
    assert rows == [
        ("Выполнена · sidorov", "Уплотнение заменено, петля подтянута"),
        ("Комментарий · Ivanova", "Камера освободится в 15:40"),
        ("Взята в работу · sidorov", "Уплотнение есть на складе, иду"), ("Подана · Ivanova", ""),
    ]  # fmt: skip
    view.detail.to_unit.click()
    assert isinstance(panel.window.page, UnitPage)


def test_the_journal_tells_also_what_the_view_forgets_when_it_was_sent_back(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    panel.feed(only("open", comments=[sample.said(5, "ivanova", "reopened", "Снова течёт")]))
    view = requests_view(panel)
    assert [r.cells[1].text for r in view.detail.table.rows] == ["Возвращена · Ivanova", "Подана · Ivanova"]
    assert panel.port.fetched[-1] == ("/api/events", "requests.course")
    reply: Obj = {"type": "reply", "reply_to": "requests.course", "status": 200}
    panel.feed({**reply, "data": {"events": [], "last": 900}})
    steps = (("created", "ivanova", "Течёт насос"), ("taken", "sidorov", ""), ("done", "sidorov", "Готово"),
             ("reopened", "ivanova", "Снова течёт"))  # fmt: skip
    events: list[Json] = [
        {"seq": 10 + i, "time_ns": samples.NOW_NS - (60 - i) * samples.MIN, "kind": "request", "source": "request-7",
         "data": {"what": what, "user": user, "text": text}}
        for i, (what, user, text) in enumerate(steps)
    ]  # fmt: skip
    panel.feed({**reply, "data": {"events": events, "last": 900}})
    assert [(r.cells[1].text, r.cells[1].sub) for r in view.detail.table.rows] == [
        ("Возвращена · Ivanova", "Снова течёт"), ("Выполнена · sidorov", "Готово"), ("Взята в работу · sidorov", ""),
        ("Подана · Ivanova", ""),
    ]  # fmt: skip


def test_a_step_that_said_something_is_told_once(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    request = request_by_id(panel.store, "request-21")
    assert request is not None
    assert [s.what for s in course(request)] == ["created", "taken", "comment", "done"]
    closed = request_by_id(panel.store, "request-20")
    assert closed is not None
    assert [(s.what, s.user) for s in course(closed)] == [
        ("created", "ivanova"), ("taken", "otk"), ("done", "otk"), ("confirmed", "ivanova"),
    ]  # fmt: skip


# ---- who may do what ----------------------------------------------------------------------------------------------------

CASES: list[tuple[str, str, str, set[str], set[str], str]] = [
    ("open", "operator", "ivanova", {"comment", "cancel", "take", "done"}, set(), ""),
    ("taken", "operator", "sidorov", {"comment", "cancel", "done"}, {"cancel"},
     "Отозвать: только тот, кто подал (ivanova), или мастер смены"),
    ("done", "operator", "ivanova", {"comment", "reopen", "confirm"}, set(), ""),
    ("done", "operator", "sidorov", {"comment", "reopen", "confirm"}, {"confirm"},
     "Подтвердить: только тот, кто подал (ivanova), или мастер смены"),
    ("done", "shift_lead", "petrov", {"comment", "reopen", "confirm"}, set(), ""),
    ("done", "viewer", "guest", {"comment", "reopen", "confirm"}, {"comment", "reopen", "confirm"}, "С роли «оператор»"),
    ("done", "", "", {"comment", "reopen", "confirm"}, set(), ""),
    ("confirmed", "operator", "ivanova", {"reopen"}, set(), ""),
    ("cancelled", "operator", "ivanova", set(), set(), ""),
]  # fmt: skip


@pytest.mark.parametrize(("status", "role", "user", "shown", "dashed", "why"), CASES)
def test_buttons_are_those_of_the_state_and_dashed_for_whom_they_are_not(
    make_panel: MakePanel, status: str, role: str, user: str, shown: set[str], dashed: set[str], why: str
) -> None:
    panel = requests_panel(make_panel, role, user)
    panel.feed(only(status))
    view = requests_view(panel, "request-7")
    deeds = view.detail.deeds
    assert {key for key, made in deeds.items() if made.isVisible()} == shown
    assert {key for key in shown if not deeds[key].isEnabled()} == dashed
    assert view.detail.why.text() == why
    panel.feed({"type": "lost"})
    view.refresh()
    assert not any(made.isEnabled() for made in deeds.values() if made.isVisible())


def test_it_goes_on_from_taken_to_done_with_a_few_words(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel, "operator", "sidorov")
    panel.feed(only("open"))
    view = requests_view(panel, "request-7")
    view.detail.deeds["take"].click()
    assert sent(panel) == ("request.take", "request-7", {})
    assert not view.detail.deeds["take"].isEnabled(), "a second touch asks for nothing twice"
    panel.feed(only("taken", id="request-8"))
    view.choose("request-8")
    view.detail.deeds["done"].click()
    text = dialog(panel, TextDialog)
    text.field.setText("Сальник заменён")
    text.confirm()
    assert sent(panel) == ("request.done", "request-8", {"note": "Сальник заменён"})


def test_a_comment_needs_words_and_done_does_not(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    panel.feed(only("taken"))
    view = requests_view(panel)
    view.detail.act("comment")
    dialog(panel, TextDialog).confirm()
    assert panel.port.submitted == []
    view.detail.act("comment")
    text = dialog(panel, TextDialog)
    text.field.setText("Жду")
    text.confirm()
    assert sent(panel) == ("request.comment", "request-7", {"text": "Жду"})


def test_who_asked_confirms_with_one_touch_or_sends_it_back_saying_why(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    panel.feed(only("done"))
    view = requests_view(panel)
    view.detail.deeds["reopen"].click()
    why = dialog(panel, ReasonDialog)
    assert not why.ok.isEnabled()
    why.reasons.picker.buttons["0"].click()
    why.ok.click()
    assert sent(panel) == ("request.reopen", "request-7", {"note": "Ничего не изменилось"})
    panel.feed(only("done", id="request-9"))
    view.choose("request-9")
    view.detail.deeds["confirm"].click()
    assert sent(panel) == ("request.confirm", "request-9", {})


def test_a_shift_lead_confirms_for_somebody_else_with_a_reason(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel, "shift_lead", "petrov")
    panel.feed(only("done"))
    view = requests_view(panel)
    assert view.waiting() == 0, "it does not wait for the shift lead"
    view.detail.deeds["confirm"].click()
    why = dialog(panel, ReasonDialog)
    why.reasons.picker.buttons["1"].click()
    why.ok.click()
    assert sent(panel) == ("request.confirm", "request-7", {})
    assert panel.port.reasons[-1] == "Подавшего нет на смене"


# ---- asking -------------------------------------------------------------------------------------------------------------


def test_a_request_is_made_on_the_page_of_the_unit(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    page = unit_page(panel, "C201")
    assert not page.requests.isVisible(), "nothing is open there"
    page.requests.ask.click()
    made = dialog(panel, RequestDialog)
    assert made.units.text() == "C-201 Куттер ▾"
    assert made.verdict.text() == "Не указано: вид заявки, что нужно сделать"
    made.kinds.buttons["cleaning"].click()
    assert not made.ok.isEnabled()
    made.text.setText("Промыть чашу & ножи")
    assert made.ok.text() == "Подать: Уборка → C-201"
    made.priority.buttons["urgent"].click()
    made.ok.click()
    assert sent(panel) == (
        "request.create", "C201", {"kind": "cleaning", "text": "Промыть чашу & ножи", "priority": "urgent"},
    )  # fmt: skip
    assert made.isVisible()
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 202, "body": {"id": "c1"}, "error": ""})
    data: Obj = {"id": "c1", "status": "accepted"}
    panel.feed({"type": "event", "event": {"seq": 1, "time_ns": 1, "kind": "command", "source": "x", "data": data}})
    assert not made.isVisible()


def test_the_page_of_a_unit_shows_what_is_open_there_and_leads_to_it(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    page = unit_page(panel, "S401")
    assert page.requests.spoken() == [
        "Заявка № 21", "ждёт подтверждения: Дверь закрывается с третьего раза, уплотнение в нижнем углу порвано",
    ]  # fmt: skip
    QTest.mouseClick(page.requests, Qt.MouseButton.LeftButton, pos=QPoint(40, 20))
    opened = panel.window.page
    assert isinstance(opened, CallsPage)
    view = opened.view
    assert isinstance(view, RequestsView)
    assert view.selected == "request-21"
    two: list[Json] = [sample.request(n, "fault", "S401", "x", "open", 5) for n in (30, 31)]
    panel.feed(sample.view("requests", {"requests": two, "open": 2, "to_confirm": 0}))
    assert unit_page(panel, "S401").requests.spoken()[0] == "Заявка № 30, ещё 1"


def test_what_was_written_survives_a_lost_server_and_a_refusal(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    made = requests_view(panel).open_new()
    assert made.units.text() == "вся линия ▾"
    made.kinds.pick("supply")
    made.text.setText("Плёнка")
    panel.feed({"type": "lost"})
    made.ok.click()
    assert panel.port.submitted == []
    assert made.isVisible()
    panel.feed(*samples.messages()[1:4])
    made.ok.click()
    assert not made.ok.isEnabled(), "one touch, one request"
    local = panel.port.submitted[-1][0]
    reasons: list[Json] = [{"ru": "Незакрытых заявок уже 200", "en": "x"}]
    panel.feed({"type": "command_reply", "local": local, "status": 422, "body": {"reasons": reasons}, "error": ""})
    assert made.verdict.text() == "✕ Незакрытых заявок уже 200"
    assert made.text.text() == "Плёнка"
    assert made.ok.isEnabled()
    made.reject()


def test_a_line_without_kinds_and_a_viewer_cannot_ask(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel, "viewer", "guest")
    view = requests_view(panel)
    assert not view.new.isEnabled()
    assert view.barred.text() == "с роли «оператор»"
    panel.log_in("operator")
    assert view.new.isEnabled()
    panel.feed({"type": "line", "data": {**samples.description(), "production": None}})
    assert not view.new.isEnabled()
    assert view.barred.text() == "Видов заявок на линии нет: в production.yaml они не заданы."


# ---- who asked is told --------------------------------------------------------------------------------------------------


def test_who_asked_is_told_when_it_is_done_and_nobody_else(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    (ask,) = asks_of(panel.store)
    assert (ask.kind, ask.label, ask.page, ask.argument) == ("request", "№\u00a021", "calls", "request-21")
    told = panel.window.told
    assert told.isVisible()
    assert "Заявка №\u00a021 выполнена, подтвердите или верните: Дверь закрывается" in told.text.text()
    assert any(n.page == "calls" and n.argument == "request-21" for n in needs(panel.store, samples.NOW_NS))
    assert panel.window.strip.shift_batches.text() == "ждут ответа: 1 ▸"
    page = panel.window.pages["calls"]
    assert badges(panel.store)["calls"] == 3, "two calls and one request"
    told.open_it.click()
    assert panel.window.page is page
    assert isinstance(page, CallsPage)
    assert page.tabs.buttons["requests"].text() == "Заявки · 1"
    assert not told.isVisible(), "the page says it itself"
    panel.window.navigate("overview", "")
    assert told.isVisible(), "it was not confirmed"
    panel.feed({"type": "session", "user": "sidorov", "name": "Сидоров", "role": "operator"})
    assert asks_of(panel.store) == []
    assert not told.isVisible()
    assert badges(panel.store)["calls"] == 2
    panel.feed({"type": "session", "user": "", "name": "", "role": ""})
    assert [a.argument for a in asks_of(panel.store)] == ["request-21", "request-23"], "the oldest first, for anybody"


def test_many_requests_hide_no_batch_and_long_ones_move_no_page(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    long = "Дверь закрывается с третьего раза, <b>пар</b> выходит в цех. " * 8
    done: list[Json] = [sample.request(n, "fault", "S401", long, "done", 900, done_ns=samples.NOW_NS - n) for n in range(1, 30)]
    panel.feed(sample.view("requests", {"requests": done}), samples_batches.view(samples_batches.asking()))
    kinds = [a.kind for a in asks_of(panel.store)]
    assert kinds == sorted(kinds, key=lambda k: k == "request"), "what batches ask stands first"
    assert {"prompt", "request"} <= set(kinds)
    found = [n.text for n in needs(panel.store, samples.NOW_NS)]
    assert "Подтвердить выполненные заявки: 29" in found
    assert not any("Дверь" in text for text in found)
    bar = panel.window.told
    panel.feed(samples_batches.view(), {"type": "view", "name": "batches", "data": {"batches": []}})
    panel.feed({"type": "view", "name": "escalation", "data": {}})
    QApplication.processEvents()
    assert "Дверь закрывается" in bar.text.text()
    assert bar.text.text().endswith("…")
    lines = bar.text.height() / bar.text.fontMetrics().lineSpacing()
    assert lines <= 3, "the page stays where it is"
    view = requests_view(panel, "request-3")
    assert view.detail.text.text().endswith("…")
    view.detail.whole.click()
    assert dialog(panel, ReadDialog).text.text() == long, "all of it is a touch away, as it was written"


def test_a_new_request_is_told_to_who_sends_people_until_somebody_takes_it(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel, "shift_lead", "petrov")
    urgent, *others = (dict(r) for r in wire.objects(sample.requests_view(), "requests"))
    asked = [urgent, dict(sample.request(25, "supply", "P601", "Нужны ящики", "open", 5, priority="low")), *others]
    panel.feed(sample.view("requests", {"requests": list[Json](asked)}))
    waiting = to_take(panel.store)
    assert [r.number for r in waiting] == [24, 25]
    first = waiting[0]
    assert first.priority == "urgent", "the most urgent first"
    told = panel.window.told
    assert told.isVisible()
    assert f"Новая заявка №\u00a0{first.number}: {first.text}" in told.text.text()
    assert asks_of(panel.store) == [], "what the strip counts is what waits for an answer"
    assert [n.text for n in needs(panel.store, samples.NOW_NS) if n.page == "calls"] == [f"Никем не взяты заявки: {len(waiting)}"]
    assert badges(panel.store)["calls"] == 2 + len(waiting), "two calls and these"
    told.put_aside.click()
    assert f"№\u00a0{waiting[1].number}" in told.text.text()
    told.open_it.click()
    page = panel.window.page
    assert isinstance(page, CallsPage)
    assert page.request_shown == waiting[1].id
    asked[1]["status"] = "taken"
    panel.feed(sample.view("requests", {"requests": list[Json](asked)}))
    assert [r.id for r in to_take(panel.store)] == [first.id]
    assert any(first.text in n.text for n in needs(panel.store, samples.NOW_NS)), "one alone says what it is"
    panel.window.navigate("overview", "")
    assert not told.isVisible(), "it was put aside here"
    back: Json = {"time_ns": samples.NOW_NS, "user": "ivanova", "what": "reopened", "text": "Опять"}
    asked[0]["comments"] = [back]
    panel.feed(sample.view("requests", {"requests": list[Json](asked)}))
    assert told.isVisible(), "sent back it is told again"
    for user, role in (("sidorov", "operator"), ("ivanova", "shift_lead")):
        panel.feed({"type": "session", "user": user, "name": user, "role": role})
        assert to_take(panel.store) == [], "not those on the line, nor who asked"
    panel.feed({"type": "session", "user": "", "name": "", "role": ""})
    assert [r.id for r in to_take(panel.store)] == [first.id], "a panel where nobody stands tells it to all"


def test_put_aside_it_is_told_again_when_it_is_done_once_more(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    panel.feed(only("done", done_ns=samples.NOW_NS - samples.MIN))
    panel.window.told.put_aside.click()
    assert not panel.window.told.isVisible()
    panel.feed(only("done", done_ns=samples.NOW_NS))
    assert panel.window.told.isVisible()


def test_arguments_of_the_page_lead_to_calls_requests_and_tabs(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    page = panel.window.pages["calls"]
    assert isinstance(page, CallsPage)
    for argument, tab in (
        ("call-13", "calls"),
        ("request-23", "requests"),
        ("calls", "calls"),
        ("requests/request-22", "requests"),
    ):
        panel.window.navigate("calls", argument)
        assert page.tabs.current == tab, argument
    requests = page.views["requests"]
    assert isinstance(requests, RequestsView)
    assert requests.selected == "request-22"
    panel.window.navigate("calls", "request-20")
    assert requests.lists.current == "ended", "it opens the list that has it"
    panel.window.navigate("calls", "")
    assert page.tabs.current == "requests", "the tab that was open stays"
    assert page.variants() == ["calls", "requests"]


def test_buttons_are_large_enough_for_a_glove(make_panel: MakePanel) -> None:
    panel = requests_panel(make_panel)
    view = requests_view(panel)
    made = view.open_new()
    QApplication.processEvents()
    for b in (*view.findChildren(QPushButton), *made.findChildren(QPushButton)):
        if b.isVisible():
            assert b.height() >= 44, b.text()
    assert made.kinds.buttons["fault"].height() >= 60
    made.reject()
