"""The hand-over of a shift: prepared, signed for what is displayed, read and taken over; what is due is told everywhere."""

from __future__ import annotations

from typing import Final, TypeVar

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from hmi.frame import labels_of
from hmi.pages import PAGES
from hmi.pages.overview import OverviewPage
from hmi.pages.shift import ShiftPage
from hmi.pages.shift_handover import HandoverView
from hmi.viewmodels.handover import (
    NOTES_MAX,
    PART_OF,
    PLACES,
    HandoverDraft,
    course,
    parts_of,
    task_of,
)
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from hmi.widgets.dialogs import PanelDialog, Question, TextDialog
from hmi.widgets.notesdialog import NotesDialog
from hmi.widgets.shiftdialogs import EndShiftDialog, StartShiftDialog
from hmi.widgets.signature import SignatureDialog
from line.messages import Json
from tests.hmi import samples
from tests.hmi import samples_shift as ss
from tests.hmi.conftest import MakePanel, Panel
from tests.hmi.test_panel_pages import texts

DialogT = TypeVar("DialogT", bound=PanelDialog)
MIN: Final = ss.MIN
HASH: Final = "a1" * 32
OTHER: Final = "b2" * 32
SIDOROV: Final[Obj] = {"user": "sidorov", "name": "Сидоров С. С.", "role": "shift_lead", "time_ns": ss.NOW_NS}


def opened(make_panel: MakePanel, step: str = "open", role: str = "shift_lead", **more: Json) -> tuple[Panel, HandoverView]:
    panel = make_panel().log_in(role).feed(ss.message(step, **more))
    panel.window.navigate("shift", "handover")
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    view = page.views["handover"]
    assert isinstance(view, HandoverView)
    QApplication.processEvents()
    panel.window.refresh()
    return panel, view


def dialog(panel: Panel, kind: type[DialogT]) -> DialogT:
    found = [d for d in panel.window.findChildren(kind) if d.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


def facts(view: HandoverView) -> list[tuple[str, str]]:
    return [(name.text(), value.text()) for name, value in view.facts if name.isVisible()]


def read_to_the_end(view: HandoverView) -> list[str]:
    seen = view.list.spoken()
    while view.list.page < view.list.pages() - 1:
        view.list.turn(1)
        seen += view.list.spoken()
    return seen


def signed(panel: Panel) -> Obj:
    kind, target, args = panel.port.submitted[-1][1:]
    assert (kind, target) == ("shift.sign", "")
    return args


# ---- prepare ------------------------------------------------------------------------------------------------------------


def test_who_hands_over_to_whom_when_and_what_the_rule_does(make_panel: MakePanel) -> None:
    _, view = opened(make_panel)
    rows = facts(view)
    assert [name for name, _ in rows] == ["Сдаёт", "По графику", "Принимает", "По графику", "Если не передать"]
    assert rows[0][1] == "Смена 1 · Бригада А · petrov"
    assert rows[1][1].endswith(" · осталось 0:30")
    assert rows[2][1] == "Смена 2 · Бригада Б"
    assert rows[4][1].endswith("смена закончится по правилу: без подписей, с пометкой в отчёте. Следующая начнётся без имени.")
    assert view.tiles.current == 0
    assert view.ok.text() == "Подготовить передачу"


def test_notes_are_written_then_the_list_is_asked_for(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel)
    view.notes.click()
    made = dialog(panel, NotesDialog)
    made.area.setText("Фланец травит\nОболочку привезут")
    made.confirm()
    assert "Фланец травит" in view.list.spoken()
    view.ok.click()
    assert panel.port.submitted[-1][1:] == ("shift.prepare", ss.SHIFT, {"notes": "Фланец травит\nОболочку привезут"})
    assert view.told.text() == "Отправлено, жду ответа…"
    assert not view.ok.isEnabled(), "not twice"


def test_stops_without_a_reason_are_called_out_before_the_signature(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel)
    assert not view.stops.isVisible()
    panel.feed({"type": "view", "name": "stops", "data": {"unqualified": {"count": 3, "s": 900}}})
    assert view.stops.isVisible()
    assert view.stops.text() == "! Простоев без причины: 3. Укажите причины до подписи ▸"
    view.stops.click()
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    assert page.tabs.current == "stops"


def test_every_open_matter_leads_to_its_page(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "preparing")
    told = course(panel.store).handover
    assert told is not None
    pages = {e.key for e in PAGES}
    for i, matter in enumerate(told.matters):
        assert matter.place is not None
        assert matter.place[0] in pages, matter.kind
        view.open_matter(f"matter/{i}")
        assert panel.window._page == matter.place[0], matter.kind
        panel.window.navigate("shift", "handover")
    assert {m.kind for m in told.matters} | {"prompt"} == set(PLACES)
    said = read_to_the_end(view)
    assert "12 мин" in said, "what runs on stands beside"
    assert said.count("!") == 3, "stops without a reason and a product without a decision"


def test_matters_that_lead_nowhere_and_unknown_kinds_are_shown(make_panel: MakePanel) -> None:
    odd: list[Json] = [
        {"kind": "more", "id": "", "text": {"ru": "и ещё 12", "en": "and 12 more"}},
        {"kind": "brand_new", "id": "x", "text": {"ru": "Что-то", "en": "Something"}}, 7,
    ]  # fmt: skip
    _, view = opened(make_panel, "preparing", handover=ss.handover("preparing", matters=odd))
    said = view.list.spoken()
    assert "и ещё 12" in said
    assert said[-2:] == ["brand_new", "Что-то"]
    view.open_matter("matter/0")
    view.open_matter("matter/99")


# ---- the first signature ------------------------------------------------------------------------------------------------


def test_who_leaves_signs_the_hash_of_what_is_displayed(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "preparing", "operator")
    assert view.tiles.current == 1
    assert "Мастер смены или выше подписывает своим именем и паролем" in view.signer.text()
    view.ok.click()
    made = dialog(panel, SignatureDialog)
    assert "Сдаю смену 1 с заметками и открытыми вопросами по списку (11)." in labels_of(made)
    assert made.user.text() == "", "an operator leaves the name to a shift lead"
    made.user.setText("petrov")
    made.password.setText("x")
    made.send()
    assert signed(panel) == {"part": "outgoing", "hash": HASH}
    assert panel.port.signs[-1] == {"user": "petrov", "password": "x"}
    assert made.isVisible()
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 403,
                "body": {"reasons": [{"ru": "Передачу смены подписывает мастер смены", "en": "x"}]}})  # fmt: skip
    assert made.verdict.text() == "✕ Передачу смены подписывает мастер смены"
    made.reject()
    assert view.signing is None


def changed(**more: Json) -> Obj:
    """The list with one matter more, as the view has it then."""
    new: Json = {"kind": "alarm", "id": "F301.x", "of": "", "unit": "F301", "text": {"ru": "Тревога 2: Нет оболочки", "en": "x"},
                 "now": {}}  # fmt: skip
    why: Json = {"ru": "Пока вы читали, список изменился: добавилось «Тревога 2: Нет оболочки». Прочитайте ещё раз", "en": "x"}
    return ss.handover("preparing", hash=OTHER, matters=[new, *ss.MATTERS], changed={HASH: why}, **more)


def test_a_list_that_changes_while_somebody_signs_is_read_again(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "preparing")
    read_to_the_end(view)
    view.ok.click()
    made = dialog(panel, SignatureDialog)
    panel.feed(ss.message("preparing", handover=changed()))
    assert not made.isVisible()
    assert view.notice.isVisible()
    assert view.notice.text() == "Пока вы читали, список изменился: добавилось «Тревога 2: Нет оболочки». Прочитайте ещё раз"
    assert view.list.page == 0
    at = view.list.spoken().index("Тревога 2: Нет оболочки")
    assert view.list.spoken()[at + 1] == "новое: этого не было, когда вы читали"
    assert sum(t.startswith("новое:") for t in read_to_the_end(view)) == 1
    view.ok.click()
    assert not view.notice.isVisible()
    made = dialog(panel, SignatureDialog)
    made.password.setText("x")
    made.send()
    assert signed(panel) == {"part": "outgoing", "hash": OTHER}, "what is displayed now"


def test_what_only_runs_on_disturbs_nobody_who_signs(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "preparing")
    view.ok.click()
    later: list[Json] = [{**m, "now": {"ru": "13 мин", "en": "13 min"}} for m in ss.MATTERS if isinstance(m, dict)]
    panel.feed(ss.message("preparing", handover=ss.handover("preparing", matters=later)))
    assert dialog(panel, SignatureDialog).isVisible()
    assert view.draft.notice == ""


def test_a_change_that_nobody_signs_is_simply_shown(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "preparing")
    panel.feed(ss.message("preparing", handover=changed()))
    assert not view.notice.isVisible()
    assert view.list_pane.title.text() == "Открытые вопросы сейчас: 12"


def test_notes_are_changed_until_they_are_signed(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "preparing")
    made = view.write("notes")
    assert made.area.text().startswith("S-401: фланец травит")
    assert made.ok.text() == "Изменить заметки"
    made.area.setText("Другое")
    made.confirm()
    assert panel.port.submitted[-1][1:] == ("shift.prepare", ss.SHIFT, {"notes": "Другое"})
    panel.feed(ss.message("handing_over"))
    assert not view.notes.isVisible()


def test_it_is_withdrawn_with_a_reason(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "handing_over")
    made = view.open_withdraw()
    made.reasons.picker.pick("0")
    made.confirm()
    assert panel.port.submitted[-1][1:] == ("shift.withdraw", ss.SHIFT, {})
    assert panel.port.reasons[-1] == "Список неполный"
    panel.feed(ss.message("open"))
    assert view.draft.notes.startswith("S-401"), "the notes are not lost with it"


# ---- the second signature -----------------------------------------------------------------------------------------------


def test_who_comes_reads_to_the_end_talks_and_signs(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "preparing")
    read_to_the_end(view)  # by who leaves
    panel.feed(ss.message("handing_over"))
    assert view.tiles.current == 2
    assert view.list.page == 0
    assert view.list.pages() > 1
    assert view.told.text() == "Пролистайте список до конца. Обсудите всё лично и отметьте это."
    assert not view.ok.isEnabled()
    assert ("Подписал(а)", "Петров П. И., мастер смены, " + told_time(view)) in facts(view)
    view.talked.click()
    assert view.told.text() == "Пролистайте список до конца."
    said = read_to_the_end(view)
    for matter in ss.MATTERS:
        assert matter["text"]["ru"] in said  # type: ignore[index, call-overload]
    assert view.told.text() == ""
    remark = view.write("remark")
    remark.area.setText("Фланец осмотрели вместе")
    remark.confirm()
    assert view.remark.text() == "Замечание написано…"
    view.crew.chosen.emit("c")
    assert facts(view)[3] == ("Принимает", "Смена 2 · Бригада В")
    view.ok.click()
    made = dialog(panel, SignatureDialog)
    made.user.setText("petrov")
    made.password.setText("x")
    assert made.verdict.text() == "✕ Петров П. И. сдал(а) смену: принимает другой человек"
    assert not made.ok.isEnabled()
    made.user.setText("sidorov")
    made.send()
    assert signed(panel) == {
        "part": "incoming", "hash": HASH, "face_to_face": True, "remark": "Фланец осмотрели вместе", "crew": "c",
    }  # fmt: skip


def told_time(view: HandoverView) -> str:
    return next(value.text() for name, value in view.facts if name.text() == "Подписал(а)").rpartition(", ")[2]


def test_what_the_calendar_says_is_left_for_it_to_say(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "handing_over")
    read_to_the_end(view)
    view.talked.click()
    view.ok.click()
    made = dialog(panel, SignatureDialog)
    made.user.setText("sidorov")
    made.password.setText("x")
    made.send()
    assert signed(panel) == {"part": "incoming", "hash": HASH, "face_to_face": True}


def test_a_line_without_a_calendar_hands_over_too(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "handing_over", calendar=None, planned=None, crew="Первая", crew_name={})
    assert facts(view)[0] == ("Сдаёт", "Смена 1 · Первая · petrov")
    assert facts(view)[-1] == ("Если не передать", "Само ничего: графика смен нет, смену заканчивают люди.")
    assert not view.crew.isVisible()
    view.crew_typed.click()
    typed = dialog(panel, TextDialog)
    typed.field.setText("Вторая")
    typed.confirm()
    read_to_the_end(view)
    view.talked.click()
    view.ok.click()
    made = dialog(panel, SignatureDialog)
    made.user.setText("sidorov")
    made.password.setText("x")
    made.send()
    assert signed(panel)["crew"] == "Вторая"


def test_a_hand_over_that_is_withdrawn_while_somebody_signs_closes_and_says_so(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "handing_over")
    read_to_the_end(view)
    view.talked.click()
    view.ok.click()
    made = dialog(panel, SignatureDialog)
    panel.feed(ss.message("open"))
    assert not made.isVisible()
    assert view.notice.text() == "Тем временем передачу отозвали или подписали."


def test_the_next_shift_says_how_the_one_before_ended_and_leads_to_its_report(make_panel: MakePanel) -> None:
    previous: Obj = {"id": ss.SHIFT, "number": 1, "ended_ns": ss.NOW_NS, "ended_by": "user",
                     "handover": ss.handover("handing_over", incoming=SIDOROV)}  # fmt: skip
    panel, view = opened(make_panel, id="s-3", number=2, previous=previous)
    assert any(t.startswith("Смену 1 сдал(а) Петров П. И. в ") and "принял(а) Сидоров С. С." in t for t in view.list.spoken())
    view.open_matter("previous")
    assert panel.window._page == "report"
    panel.window.navigate("shift", "handover")
    panel.feed(ss.message(id="s-3", previous={**previous, "ended_by": "rule", "handover": None}))
    assert any("закончена по правилу" in t for t in view.list.spoken())
    panel.feed(ss.message(id="s-3", previous={**previous, "handover": None}))
    assert any("без передачи" in t for t in view.list.spoken())


# ---- what keeps and what is kept ----------------------------------------------------------------------------------------


def test_who_may_only_look_reads_why(make_panel: MakePanel) -> None:
    for step in ("open", "preparing", "handing_over"):
        _, view = opened(make_panel, step, "viewer")
        assert not view.ok.isEnabled()
        assert view.told.text() == "оператор или выше"


def test_what_was_entered_survives_a_lost_server_and_another_size(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "handing_over")
    read_to_the_end(view)
    view.talked.click()
    remark = view.write("remark")
    remark.area.setText("Проверили")
    panel.feed({"type": "lost", "error": "x"})
    assert view.told.text() == "Нет связи. Введённое останется здесь."
    remark.confirm()
    assert remark.isVisible()
    panel.window.resize(1920, 1080)
    QApplication.processEvents()
    panel.feed({"type": "connected"}, *samples.messages(), ss.message("handing_over"))
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    again = page.views["handover"]
    assert isinstance(again, HandoverView)
    assert again is not view
    made = dialog(panel, NotesDialog)
    assert made.area.text() == "Проверили"
    made.confirm()
    assert again.talked.isChecked()
    assert again.ok.isEnabled(), "read is read"


def test_another_shift_begins_with_nothing() -> None:
    draft = HandoverDraft(shift="a", notes="x", remark="y", talked=True, crew="b", read=HASH, notice="z")
    draft.follow(course(store_of(id="b")))
    assert draft == HandoverDraft(shift="b", step="open")


def test_notes_that_outlive_their_shift_go_into_no_other(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel)
    writing = view.write("notes")
    writing.area.setText("Фланец")
    panel.feed(ss.message(id="S-next", number=2))
    assert writing.isVisible()
    assert "Началась другая смена: в передачу этот текст уже не войдёт. Запишите его в журнал." in texts(writing)
    writing.area.setText("Фланец травит")
    writing.confirm()
    assert (view.draft.shift, view.draft.notes) == ("S-next", "")
    assert panel.port.submitted == []


def test_what_is_confirmed_names_the_shift_that_was_looked_at(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel)
    end = view.open_end()
    panel.feed(ss.message(id="S-next", number=2))
    end.confirm()
    assert panel.port.submitted[-1][1:3] == ("shift.end", ss.SHIFT), "not the one that began meanwhile"
    reason = {"ru": "Тем временем началась другая смена", "en": "Another shift has begun meanwhile"}
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 409, "body": {"reasons": [reason]},
                "error": ""})  # fmt: skip
    panel.window.tick()
    assert end.isVisible()
    assert "✕ Тем временем началась другая смена" in texts(end)


def store_of(step: str = "open", **more: Json) -> LineStore:
    store = LineStore("ru")
    store.apply(ss.message(step, **more), mono_ns=0, now_ns=ss.NOW_NS)
    return store


def test_long_notes_are_read_in_parts_and_nothing_is_lost(make_panel: MakePanel) -> None:
    notes = "слово " * (NOTES_MAX // 6)
    parts = parts_of(notes)
    assert max(len(p) for p in parts) <= PART_OF
    assert " ".join(parts).split() == notes.split()
    assert parts_of("я" * (2 * PART_OF + 1)) == ["я" * PART_OF, "я" * PART_OF, "я"]
    assert parts_of("а\n\n б ") == ["а", "б"]
    _, view = opened(make_panel, "handing_over", handover=ss.handover("handing_over", notes=notes))
    for _ in range(view.list.pages()):
        assert all(box.bottom() <= view.list.height() for _, box in view.list._places())
        view.list.turn(1)


# ---- told elsewhere -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "left_min", "kind"),
    [
        ("open", 31, ""), ("open", 30, "due"), ("open", 0, "overdue"), ("preparing", 200, "outgoing"),
        ("handing_over", 5, "incoming"), ("closed", -5, ""),
    ],
)  # fmt: skip
def test_what_a_hand_over_asks_for(step: str, left_min: int, kind: str) -> None:
    planned = ss.planned(ss.text("Дневная", "Day"), 1, "a", -600, left_min)
    task = task_of(store_of(step, planned=planned), ss.NOW_NS)
    assert (task.kind if task is not None else "") == kind


def test_without_a_calendar_nothing_is_due() -> None:
    assert task_of(store_of(planned=None, calendar=None), ss.NOW_NS) is None
    assert task_of(LineStore("ru"), ss.NOW_NS) is None


def test_strip_overview_and_tab_say_it_and_lead_there(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(ss.message())
    strip = panel.window.strip
    assert strip.shift_batches.text().startswith("сдать до ")
    overview = panel.window.page
    assert isinstance(overview, OverviewPage)
    captions = [b.text().replace("\n", " ").replace("\u00a0", " ") for b in overview.need_buttons]
    assert captions[0].startswith("Передать смену до ")
    panel.feed(ss.message("handing_over"))
    assert strip.shift_batches.text() == "ждёт приёма смены ▸"
    overview.need_buttons[0].click()
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    assert page.tabs.current == "handover"
    assert page.tabs.buttons["handover"].text() == "Передача · 1"
    panel.window.navigate("overview", "")
    strip._open_shift()
    assert isinstance(panel.window.page, ShiftPage)
    assert page.tabs.current == "handover"


# ---- ending and starting without ----------------------------------------------------------------------------------------


def test_the_button_of_the_shift_leads_to_the_hand_over_where_there_is_a_calendar(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(ss.message())
    panel.window.navigate("shift", "now")
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    panel.window.refresh()
    assert page.now.end.text() == "Передать смену…"
    page.now.end.click()
    assert page.tabs.current == "handover"
    panel.feed(ss.message(calendar=None, planned=None))
    page.tabs.choose("now")
    assert page.now.end.text() == "Закончить смену…"
    page.now.end.click()
    made = dialog(panel, EndShiftDialog)
    assert not hasattr(made, "to_handover"), "without a calendar nobody is known to come"
    made.reject()


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("open", "Передачи смены не было: подписей нет, в отчёте так и будет сказано."),
        ("preparing", "Передача подготовлена, но не подписана: в отчёте её не будет."),
        ("handing_over", "Смену никто не принял: в отчёте будет одна подпись — сдающего."),
    ],
)
def test_ending_without_a_hand_over_says_so_plainly(make_panel: MakePanel, step: str, said: str) -> None:
    panel, view = opened(make_panel, step)
    made = view.open_end()
    QApplication.processEvents()
    assert said in labels_of(made)
    assert made.height() <= panel.window.height() - 64
    made.ask()
    question = dialog(panel, Question)
    assert any(said in w.text() for w in question.findChildren(QLabel))
    question.reject()
    panel.window.navigate("shift", "now")
    made.to_handover.click()
    assert not made.isVisible()
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    assert page.tabs.current == "handover"
    assert panel.port.submitted == []


def test_a_shift_is_started_as_the_calendar_says_until_somebody_says_otherwise(make_panel: MakePanel) -> None:
    panel, view = opened(make_panel, "closed", state="closed", ended_ns=ss.NOW_NS)
    assert view.ok.text() == "Начать смену…"
    view.ok.click()
    made = dialog(panel, StartShiftDialog)
    assert any(t.startswith("По графику: Ночная · Бригада Б · ") for t in labels_of(made))
    assert (made.ok.text(), made.crews.current) == ("Начать смену 2", "b")
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("shift.start", ss.SHIFT, {})
    made = view.open_start()
    made.crews.chosen.emit("d")
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("shift.start", ss.SHIFT, {"crew": "d", "number": 2})


def test_a_hand_over_long_before_the_end_says_that_the_same_shift_goes_on(make_panel: MakePanel) -> None:
    planned = ss.planned(ss.text("Дневная", "Day"), 1, "a", -60, 660)
    following = ss.planned(ss.text("Ночная", "Night"), 2, "b", 660, 1380)
    calendar: Obj = {"due": planned, "next": following, "meant": planned, "ends_by_rule_ns": ss.NOW_NS + 720 * MIN,
                     "crews": ss.CREWS}  # fmt: skip
    _, view = opened(make_panel, planned=planned, calendar=calendar)
    rows = facts(view)
    assert rows[2] == ("Принимает", "Смена 1 · Бригада А · та же смена, до следующей далеко")
    assert rows[3][0] == "Следующая"
    assert rows[3][1].startswith("Смена 2 · Бригада Б · ")


# ---- language and room --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["open", "preparing", "handing_over", "closed"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_it_speaks_the_language_of_the_panel_with_targets_for_gloves(make_panel: MakePanel, step: str, language: str) -> None:
    panel = make_panel(language)
    panel.feed({"type": "session", "user": "smith", "name": "J. Smith", "role": "shift_lead"})
    told: Json = None
    if step in ("preparing", "handing_over"):
        signer: Obj = {**ss.OUTGOING, "name": "P. Petrov"}
        told = ss.handover(step, notes="12-17", outgoing=signer if step == "handing_over" else None)
    panel.feed(ss.message(step, handover=told, user="smith"))
    panel.feed({"type": "view", "name": "stops", "data": {"unqualified": {"count": 2, "s": 60}}})
    panel.window.navigate("shift", "handover")
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    view = page.views["handover"]
    assert isinstance(view, HandoverView)
    QApplication.processEvents()
    panel.window.refresh()
    shown = texts(view)
    foreign = [t for t in shown if any("а" <= c.lower() <= "я" for c in t)]
    assert (len(foreign) > 5) if language == "ru" else (foreign == [])
    buttons = [b for b in view.findChildren(QAbstractButton) if b.isVisible()]
    assert [b.text() for b in buttons if min(b.width(), b.height()) < 48] == []
    cut = [b.text() for b in buttons if b.sizeHint().width() > b.width()]
    assert cut == [], "no caption is cut"
