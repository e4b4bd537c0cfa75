"""A dialog that is confirmed while the server is gone: it stays with all that was entered, and goes on once it is back."""

from __future__ import annotations

from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from hmi.pages.batch import BatchPage
from hmi.pages.recipes import RecipesPage
from hmi.viewmodels.batches import Batch
from hmi.viewmodels.commands import NO_ANSWER, CommandBook
from hmi.widgets.dialogs import PanelDialog, TextDialog
from hmi.widgets.lotdialog import LotDialog
from hmi.widgets.reasondialog import ReasonDialog
from tests.hmi import recipe_samples as rs
from tests.hmi import samples
from tests.hmi import samples_batches as sample
from tests.hmi.conftest import MakePanel, Panel

DialogT = TypeVar("DialogT", bound=PanelDialog)
GONE = "✕ Нет связи. Введённое останется здесь: нажмите ещё раз, когда связь вернётся."


def dialog(panel: Panel, kind: type[DialogT]) -> DialogT:
    return next(d for d in panel.window.findChildren(kind) if d.isVisible())


def said(opened: PanelDialog) -> list[str]:
    return [w.text() for w in opened.findChildren(QLabel)]


def lose(panel: Panel) -> None:
    panel.feed({"type": "lost", "error": "x"})


def find(panel: Panel) -> None:
    panel.feed({"type": "connected"}, *samples.messages(), sample.view())


def batch_page(make_panel: MakePanel) -> tuple[Panel, BatchPage]:
    panel = make_panel().log_in("technologist").feed(sample.view())
    panel.window.navigate("batch", "B1186")
    page = panel.window.page
    assert isinstance(page, BatchPage)
    return panel, page


def test_a_note_waits_for_the_server(make_panel: MakePanel) -> None:
    panel, page = batch_page(make_panel)
    page.note.click()
    note = dialog(panel, TextDialog)
    note.field.setText("Датчик осмотрен")
    lose(panel)
    note.confirm()
    assert note.isVisible()
    assert said(note).count(GONE) == 1
    assert note.field.text() == "Датчик осмотрен"
    assert panel.port.submitted == []
    find(panel)
    note.confirm()
    assert panel.port.submitted[-1][1:] == ("batch.comment", "B1186", {"text": "Датчик осмотрен"})


def test_a_loss_counts_from_its_message_on_and_not_from_the_next_tick(make_panel: MakePanel) -> None:
    panel, page = batch_page(make_panel)
    page.note.click()
    note = dialog(panel, TextDialog)
    note.field.setText("Датчик осмотрен")
    panel.window.receive({"type": "lost", "error": "x"})
    note.confirm()
    assert note.isVisible()
    assert panel.port.submitted == []


def test_a_lot_and_its_mass_wait_for_the_server(make_panel: MakePanel) -> None:
    panel, page = batch_page(make_panel)
    batch = page.batch()
    assert batch is not None
    lot = page.deeds.open_lot(batch, batch.ingredients[0])
    lot.take_kg(1.0)
    lot.lot.setText("A-1")
    lose(panel)
    lot.confirm()
    assert dialog(panel, LotDialog) is lot
    assert GONE in said(lot)
    assert (lot.kg, lot.lot.text()) == (1.0, "A-1")


def test_the_reason_of_a_draft_waits_also_in_own_words_over_it(make_panel: MakePanel) -> None:
    panel = make_panel().feed({"type": "view", "name": "recipes", "data": rs.library()}).log_in("technologist")
    panel.window.navigate("recipes", "")
    page = panel.window.page
    assert isinstance(page, RecipesPage)
    why = page.desk.save(page.draft)
    why.reasons.picker.pick("0")
    over = TextDialog(panel.window.context.look, "ru", "Своими словами", lambda text: None, parent=why)
    over.open()
    over.field.setText("опыт")
    lose(panel)
    over.confirm()
    assert over.isVisible()
    over.reject()
    why.confirm()
    assert dialog(panel, ReasonDialog) is why
    assert panel.port.submitted == []


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "Не отправлено: нет связи с сервером"), (NO_ANSWER, "Не подтверждено: линия не ответила вовремя.")],
)
def test_what_did_not_arrive_and_what_may_have_are_told_apart(make_panel: MakePanel, status: int, words: str) -> None:
    panel, page = batch_page(make_panel)
    page.deeds.command(sample_batch(page), "hold")
    local = panel.port.submitted[-1][0]
    panel.feed({"type": "command_reply", "local": local, "status": status, "body": {}, "error": "ReadTimeout: "})
    panel.window.tick()
    QApplication.processEvents()
    assert panel.window.notice.text().startswith(words)
    assert "ReadTimeout" not in panel.window.notice.text()


def sample_batch(page: BatchPage) -> Batch:
    batch = page.batch()
    assert batch is not None
    return batch


def test_a_request_without_an_answer_is_no_failure() -> None:
    book = CommandBook()
    pending = book.open("batch.command", "B1", {}, 0)
    book.reply(pending.local, NO_ANSWER, {}, "ReadTimeout: ")
    last = book.last("batch.command", "B1")
    assert last is not None
    assert last.state == "timed_out"
