"""A dialog stays, with what was entered, until the line has taken its command: also before the panel knows of a loss."""

from __future__ import annotations

from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from hmi.pages.batch import BatchPage
from hmi.viewmodels.commands import CONFIRM_WITHIN_NS, NO_ANSWER
from hmi.viewmodels.wire import Obj
from hmi.widgets.batchdialogs import ModeDialog
from hmi.widgets.calldialog import CallDialog
from hmi.widgets.dialogs import LoginDialog, NumericPad, PanelDialog, TextDialog
from hmi.widgets.reasondialog import ReasonDialog
from tests.hmi import samples_batches as sample
from tests.hmi.conftest import MakePanel, Panel

DialogT = TypeVar("DialogT", bound=PanelDialog)


def dialog(panel: Panel, kind: type[DialogT]) -> DialogT:
    return next(d for d in panel.window.findChildren(kind) if d.isVisible())


def said(opened: PanelDialog) -> str:
    return "\n".join(w.text() for w in opened.findChildren(QLabel))


def batch_page(panel: Panel) -> BatchPage:
    panel.feed(sample.view())
    panel.window.navigate("batch", "B1186")
    page = panel.window.page
    assert isinstance(page, BatchPage)
    return page


def answer(panel: Panel, status: int, body: Obj | None = None) -> None:
    local = panel.port.submitted[-1][0]
    panel.feed({"type": "command_reply", "local": local, "status": status, "body": body or {}, "error": "ConnectError: x"})


def event(panel: Panel, status: str, **more: str) -> None:
    data: Obj = {"id": "c1", "status": status, **({"reasons": [dict(more)]} if more else {})}
    panel.feed({"type": "event", "event": {"seq": 1, "time_ns": 1, "kind": "command", "source": "x", "data": data}})


def note(panel: Panel, text: str = "Датчик осмотрен") -> TextDialog:
    batch_page(panel).note.click()
    made = dialog(panel, TextDialog)
    made.field.setText(text)
    made.confirm()
    return made


def test_it_is_locked_until_the_line_has_taken_it_and_sends_once(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    made = note(panel)
    assert made.isVisible()
    assert not made.field.isEnabled()
    assert (made.ok.text(), made.ok.isEnabled()) == ("Отправляется…", False)
    cancel = next(b for b in made.findChildren(QPushButton) if b.text() == "Отмена")
    assert cancel.isEnabled()
    made.confirm()
    assert len(panel.port.submitted) == 1
    answer(panel, 202, {"id": "c1"})
    assert made.isVisible(), "the server has it, the line has not said anything yet"
    event(panel, "accepted")
    assert not made.isVisible()
    assert panel.window.notice.text() == ""


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "✕ Не отправлено: нет связи. Введённое останется здесь: нажмите ещё раз, когда связь вернётся."),
        (NO_ANSWER, "✕ Ответа нет. Введённое осталось здесь: сначала посмотрите, не дошло ли."),
    ],
)
def test_what_did_not_arrive_stays_and_is_sent_again_by_a_touch(make_panel: MakePanel, status: int, words: str) -> None:
    panel = make_panel().log_in("technologist")
    made = note(panel)
    answer(panel, status)
    assert made.isVisible()
    assert words in said(made)
    assert (made.field.text(), made.field.isEnabled(), made.ok.isEnabled(), made.ok.text()) == (
        "Датчик осмотрен",
        True,
        True,
        "Готово",
    )
    panel.window.tick()
    assert panel.window.notice.text() == "", "the dialog has said it"
    made.confirm()
    assert [s[3] for s in panel.port.submitted] == [{"text": "Датчик осмотрен"}] * 2
    answer(panel, 202, {"id": "c1"})
    event(panel, "accepted")
    assert not made.isVisible()


def test_a_refusal_of_the_engine_is_said_where_it_was_entered(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    made = note(panel)
    answer(panel, 202, {"id": "c1"})
    event(panel, "refused", ru="Партия закрыта", en="x")
    assert "✕ Партия закрыта" in said(made)
    assert made.field.text() == "Датчик осмотрен"


def test_silence_ends_with_the_deadline_and_keeps_the_text(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    made = note(panel)
    panel.clock.advance_ns(CONFIRM_WITHIN_NS + 1)
    panel.window.tick()
    assert made.isVisible()
    assert made.field.isEnabled()
    assert "✕ Ответа нет." in said(made)


def test_who_does_not_wait_is_told_by_the_panel(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    made = note(panel)
    made.reject()
    answer(panel, 0)
    panel.window.tick()
    QApplication.processEvents()
    assert panel.window.notice.text().startswith("Не отправлено: ")


def test_it_waits_for_a_login_and_keeps_the_text_when_nobody_logs_in(make_panel: MakePanel) -> None:
    panel = make_panel()
    opened = CallDialog(panel.window.context, "S401", panel.window)
    opened.open()
    next(iter(opened.service_buttons.values())).click()
    opened.choose_reason("Течёт уплотнение")
    opened.confirm()
    assert panel.port.submitted == []
    dialog(panel, LoginDialog).reject()
    assert opened.isVisible()
    assert opened.reason == "Течёт уплотнение"
    assert "✕ Не отправлено: сначала войдите. Введённое останется здесь." in said(opened)
    opened.confirm()
    panel.log_in("operator")
    assert panel.port.submitted[-1][1:3] == ("call.create", "S401")
    answer(panel, 202, {"id": "c1"})
    event(panel, "accepted")
    assert not opened.isVisible()


def test_a_dialog_of_buttons_only_says_that_it_sends(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    page = batch_page(panel)
    batch = page.batch()
    assert batch is not None
    modes = [("semi", "Полуавтомат", "каждый шаг подтверждают", "")]
    sent = lambda key: panel.window.command("batch.mode", batch.id, {"mode": key})  # noqa: E731
    made = ModeDialog(panel.window.context.look, "Режим", modes, "automatic", sent, page)
    made.open()
    made.buttons["semi"].click()
    assert "Отправляется…" in said(made)
    assert not made.buttons["semi"].isEnabled()
    answer(panel, 0)
    assert made.buttons["semi"].isEnabled()


def test_what_sends_nothing_closes_at_once_also_over_another_dialog(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    look = panel.window.context.look
    taken: list[str] = []
    below = ReasonDialog(look, "ru", "Почему", "Причина", "Отправить", ["раз"], taken.append, panel.window)
    below.open()
    over = TextDialog(look, "ru", "Своими словами", taken.append, parent=below)
    over.open()
    over.field.setText("опыт")
    over.confirm()
    assert not over.isVisible()
    assert (below.isVisible(), taken) == (True, ["опыт"])


def test_a_dialog_over_another_leaves_the_command_to_the_one_below(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    look = panel.window.context.look
    send = lambda reason: panel.window.command("batch.comment", "B1186", {"text": reason})  # noqa: E731
    below = ReasonDialog(look, "ru", "Почему", "Причина", "Отправить", ["раз"], send, panel.window)
    below.open()
    below.reasons.picker.pick("0")
    over = NumericPad(
        look, "ru", "Число", value=1.0, lo=0.0, hi=9.0, decimals=0, eu="", accept=lambda value: below.confirm(), parent=below
    )
    over.open()
    over.field.setText("5")
    over.confirm()
    assert not over.isVisible()
    assert (below.isVisible(), below.sending, len(panel.port.submitted)) == (True, True, 1)
