"""The pages of a batch on a running line: what a person touches reaches the engine, its answer the page, all of it the record."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from hmi.pages.batch import BatchPage
from hmi.pages.batch_record import RecordPage
from hmi.pages.batches import BatchesPage
from hmi.pages.loading import LoadingPage
from hmi.viewmodels import wire
from hmi.viewmodels.batches import Batch, batch_label
from hmi.widgets.whydialog import WhyDialog, ask_why
from potok.linefolder import find_folder, load_line
from potok.storekeeper import Storekeeper
from tests.hmi.test_page_alarms_live import LivePanel
from tests.scenarios.demo_process import DemoProcess

LOT: Final = "GV-2611-07"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    made = DemoProcess(tmp_path / "data", "--no-operator", "--speed", "5", "--seed", "3")
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_create_confirm_answer_hold_ask_why_and_find_it_all_in_the_record(
    app: QApplication, demo: DemoProcess, tmp_path: Path
) -> None:
    about = demo.about()
    panel = LivePanel(app, about["url"])
    try:
        panel.until(lambda: panel.store.ready and panel.store.live, "the line")
        panel.client.login(about["user"], about["password"])
        panel.until(lambda: panel.store.user is not None, "the login")
        page = create(panel)
        answer_lot(panel, page)
        hold_and_ask_why(panel, page)
        ask_why_of_a_step(panel, page)
        look_into_the_record(panel, page, tmp_path / "documents")
    finally:
        panel.close()
    assert demo.interrupt() == 0


def shown(page: BatchPage) -> Batch:
    batch = page.batch()
    assert batch is not None
    return batch


def create(panel: LivePanel) -> BatchPage:
    """A new batch in semi-automatic mode; its page."""
    panel.window.navigate("batches", "")
    page = panel.window.page
    assert isinstance(page, BatchesPage)
    panel.until(page.new.isEnabled, "recipes")
    made = page.open_new()
    made.choose(next(o for o in made.offers if o.recipe == "doktorskaya"))
    panel.until(lambda: any(half.entries for half in made.formula), "the formula")
    made.modes.pick("semi")
    made.confirm(start=True)
    panel.until(lambda: bool(page.table.keys), "the batch in the list")
    page.choose(page.table.keys[0])
    opened = panel.window.page
    assert isinstance(opened, BatchPage)
    assert shown(opened).mode == "semi"
    return opened


def press(panel: LivePanel, page: BatchPage, card: str, deed: str) -> None:
    """Touch the first button of a card once it may be touched."""

    def ready() -> bool:
        page.refresh()
        return any(c.key == card and c.deeds[0].key == deed and c.deeds[0].enabled for c in page.now.visible_cards())

    panel.until(ready, f"{deed} of {card}")
    at = next(i for i, c in enumerate(page.now.visible_cards()) if c.key == card)
    page.now.slots[at].buttons[0].click()


def receive(panel: LivePanel, material: str, kg: float) -> None:
    """Take in a lot that nothing speaks against; it is in stock then."""
    catalogue = load_line(find_folder("sausage"), recipes=False).materials
    assert catalogue is not None
    today = dt.date.fromisoformat(wire.text(panel.store.view("materials"), "day"))
    args = Storekeeper(catalogue).delivery(catalogue.materials[material], kg, today, catalogue)
    panel.window.context.command("lot.receive", LOT, args)
    panel.until(lambda: any(x.get("id") == LOT for x in wire.objects(panel.store.view("materials"), "lots")), "the lot in stock")


def answer_lot(panel: LivePanel, page: BatchPage) -> None:
    """Confirm the first prompt for a lot, then answer it."""

    def prompts() -> list[str]:
        batch = shown(page)
        return [n for n in batch.confirm if (node := batch.node(n)) is not None and node.kind == "prompt"]

    panel.until(lambda: bool(prompts()), "a prompt to confirm")
    assert not shown(page).prompts, "it does not ask before it is confirmed"
    press(panel, page, f"step:{prompts()[0]}", "confirm")
    panel.until(lambda: bool(shown(page).prompts), "the question")
    prompt = shown(page).prompts[0]
    assert prompt.target_kg is not None
    receive(panel, prompt.material, prompt.target_kg)
    press(panel, page, f"prompt:{prompt.id}", "answer")
    loading = panel.window.page
    assert isinstance(loading, LoadingPage)
    loading.desk.scan(LOT)
    panel.until(lambda: loading.task.passed, "that the lot may be used")
    loading.task.typed_kg = round(prompt.target_kg, 3)
    loading.refresh()
    loading.ok.click()

    def weighed() -> bool:
        return any(LOT in [entry.lot for entry in i.lots] for i in shown(page).ingredients)

    panel.until(weighed, "the lot")
    panel.window.navigate("batch", shown(page).id)


def hold_and_ask_why(panel: LivePanel, page: BatchPage) -> None:
    """Hold the batch and trace that back to whoever did it."""
    panel.until(page.commands["hold"].isEnabled, "that it can be held")
    page.commands["hold"].click()
    panel.until(lambda: shown(page).state == "held", "that it is held")
    assert not page.commands["hold"].isEnabled()
    opened: WhyDialog = ask_why(panel.window.context, shown(page).id, "x", panel.window)
    panel.until(lambda: len(opened.chain.entries) > 1, "the causes")
    assert "«Удержать»" in opened.chain.spoken()[-1], "back to the person who asked for it"
    opened.accept()


def ask_why_of_a_step(panel: LivePanel, page: BatchPage) -> None:
    """The dialog of a step at work asks about that step, and the batch has one name everywhere."""
    page.refresh()
    at = next(i for i, c in enumerate(page.now.visible_cards()) if c.deeds[-1].key == "step")
    page.now.slots[at].buttons[len(page.now.visible_cards()[at].deeds) - 1].click()
    node = page.node_dialog
    assert node is not None
    why = next(b for b in node.findChildren(QPushButton) if b.text() == "Почему?")
    why.click()
    (opened,) = node.findChildren(WhyDialog)
    panel.until(lambda: len(opened.chain.entries) > 1, "the causes of the step")
    assert all(shown(page).id not in told for told in opened.chain.spoken())
    assert any(batch_label(shown(page)) in told for told in opened.chain.spoken())
    opened.accept()
    node.accept()


def look_into_the_record(panel: LivePanel, page: BatchPage, folder: Path) -> None:
    """Lot and hold stand in the record; it is saved."""
    batch = shown(page).id
    page.record.click()
    record = panel.window.page
    assert isinstance(record, RecordPage)
    panel.until(lambda: record.desk.record is not None, "the record")
    assert not record.desk.failed
    lots = [lot for m in wire.objects(record.desk.record or {}, "materials") for lot in wire.objects(m, "lots")]
    assert [wire.text(lot, "lot") for lot in lots] == [LOT]
    record.tabs.choose("course")
    panel.until(lambda: bool(record.course.keys), "the course")
    assert any("удержать" in r.cells[1].text.lower() for r in record.course.rows)
    record.save("json", folder)
    panel.until(lambda: not record.saved.busy, "the file")
    (file,) = folder.iterdir()
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert saved["batch"]["id"] == batch
    assert saved["kind"] == "batch_record"
