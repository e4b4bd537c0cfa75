"""Orders and requests on a running line: three people at one panel, every touch a command that the engine has taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtWidgets import QApplication

from hmi.pages.batch import BatchPage
from hmi.pages.batches import BatchesPage
from hmi.pages.calls import CallsPage
from hmi.pages.orders import OrdersPage
from hmi.pages.requests import RequestsView
from hmi.pages.unit import UnitPage
from hmi.viewmodels.badges import badges
from hmi.viewmodels.orders import Order, orders
from hmi.viewmodels.requests import Request, requests, to_confirm
from hmi.widgets.dialogs import NumericPad, TextDialog
from line.clock import SystemClock
from server.roles import Role
from server.users import Users
from tests.hmi.test_page_alarms_live import LivePanel
from tests.scenarios.demo_process import DemoProcess

PASSWORD: Final = "a-word-of-one-line"
LEAD: Final = ("petrov", "Петров П. П.", Role.SHIFT_LEAD)
FITTER: Final = ("sidorov", "Сидоров С. С.", Role.OPERATOR)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    data = tmp_path / "data"
    data.mkdir()
    users = Users(data / "users.db", SystemClock())
    for user, name, role in (LEAD, FITTER):
        users.add(user, name, role, PASSWORD)
    users.close()
    made = DemoProcess(data, "--no-operator", "--speed", "5", "--seed", "3")
    yield made
    made.close()


@pytest.mark.timeout(240)
def test_an_order_is_made_in_a_batch_and_a_request_comes_back_to_who_asked(app: QApplication, demo: DemoProcess) -> None:
    about = demo.about()
    panel = LivePanel(app, about["url"])
    try:
        panel.until(lambda: panel.store.ready and panel.store.live, "the line")
        log_in(panel, LEAD[0], PASSWORD)
        write_order(panel)
        log_in(panel, about["user"], about["password"])
        begin_batch(panel)
        ask_for_repair(panel)
        log_in(panel, FITTER[0], PASSWORD)
        repair(panel)
        log_in(panel, about["user"], about["password"])
        confirm(panel)
        log_in(panel, LEAD[0], PASSWORD)
        close_order(panel)
    finally:
        panel.close()
    assert demo.interrupt() == 0


def log_in(panel: LivePanel, user: str, password: str) -> None:
    panel.client.login(user, password)
    panel.until(lambda: panel.store.user is not None and panel.store.user.user == user, f"the login of {user}")


def orders_page(panel: LivePanel) -> OrdersPage:
    panel.window.navigate("orders", "")
    page = panel.window.page
    assert isinstance(page, OrdersPage)
    return page


def requests_view(panel: LivePanel) -> RequestsView:
    panel.window.navigate("calls", "requests")
    page = panel.window.page
    assert isinstance(page, CallsPage)
    view = page.view
    assert isinstance(view, RequestsView)
    return view


def the_order(panel: LivePanel) -> Order:
    (order,) = orders(panel.store)
    return order


def the_request(panel: LivePanel) -> Request:
    (request,) = requests(panel.store)
    return request


def write_order(panel: LivePanel) -> None:
    """The shift lead writes an order down and raises it."""
    page = orders_page(panel)
    panel.until(page.new.isEnabled, "that an order may be written down")
    form = page.open_new()
    form.recipe.chosen.emit("doktorskaya")
    enter(form.open_amount(), "300")
    form.confirm()
    panel.until(lambda: bool(orders(panel.store)), "the order")
    panel.until(lambda: not form.context.book.unanswered("order.create"), "the answer")
    page.lists.choose("open")
    assert [c.text for c in page.table.rows[0].cells[2:4]] == ["0 из 300\u00a0кг", "300\u00a0кг"]
    change = page.detail.open_change()
    assert change is not None
    enter(change.open_amount(), "310")
    change.confirm()
    panel.until(lambda: the_order(panel).wanted == 310.0, "the change")


def enter(pad: NumericPad, digits: str) -> None:
    for key in digits:
        pad.press(key)
    pad.confirm()


def begin_batch(panel: LivePanel) -> None:
    """The operator begins a batch for it; page of the batch and list name the order."""
    page = orders_page(panel)
    page.lists.choose("open")
    panel.until(page.detail.start.isEnabled, "that a batch may be begun")
    assert not page.new.isEnabled(), "orders are a shift lead's"
    made = page.detail.open_batch()
    assert made is not None
    panel.until(lambda: made.ok.isEnabled() and bool(made.source), "the recipe")
    assert made.size_kg == 155.0, "two of at most 160 kg"
    made.confirm(start=True)
    panel.until(lambda: bool(the_order(panel).batches), "the batch of the order")
    assert the_order(panel).status == "running"
    batch = the_order(panel).batches[0].id
    page.detail.table.chosen.emit(batch)
    opened = panel.window.page
    assert isinstance(opened, BatchPage)
    panel.until(opened.order.isVisible, "the order on the page of its batch")
    assert opened.order.text() == f"Заказ {the_order(panel).number} ▸"
    panel.window.navigate("batches", "")
    listed = panel.window.page
    assert isinstance(listed, BatchesPage)
    panel.until(lambda: bool(listed.table.rows) and listed.table.rows[0].cells[1].touch == the_order(panel).id, "it in the list")


def ask_for_repair(panel: LivePanel) -> None:
    """From the page of the unit."""
    panel.window.navigate("unit", "F301")
    page = panel.window.page
    assert isinstance(page, UnitPage)
    panel.until(page.requests.ask.isEnabled, "that something may be asked for")
    form = page.requests.open_new()
    form.kinds.pick("fault")
    form.text.setText("Стучит насос")
    form.confirm()
    panel.until(lambda: bool(requests(panel.store)), "the request")
    panel.until(page.requests.isVisible, "the request on the page of the unit")
    assert page.requests.spoken() == ["Заявка № 1", "открыта: Стучит насос"]


def repair(panel: LivePanel) -> None:
    """The fitter takes it, says something, and says that it is done."""
    detail = requests_view(panel).detail
    panel.until(detail.deeds["take"].isEnabled, "that it may be taken")
    detail.deeds["take"].click()
    panel.until(lambda: the_request(panel).status == "taken", "that it is taken")
    panel.until(detail.deeds["comment"].isEnabled, "that something may be said")
    say(detail.act("comment"), "Нужна пауза 5 минут")
    panel.until(lambda: len(the_request(panel).comments) == 1, "the comment")
    panel.until(detail.deeds["done"].isEnabled, "that it may be done")
    say(detail.act("done"), "Подтянута муфта")
    panel.until(lambda: the_request(panel).status == "done", "that it is done")
    panel.window.refresh()
    assert not detail.deeds["confirm"].isEnabled(), "who asked confirms"
    assert "только тот, кто подал (demo)" in detail.why.text()
    assert to_confirm(panel.store) == []


def say(opened: object, text: str) -> None:
    """Type it into the dialog that was opened."""
    assert isinstance(opened, TextDialog)
    opened.field.setText(text)
    opened.confirm()


def confirm(panel: LivePanel) -> None:
    """Who asked is told on any page, and confirms with one touch."""
    panel.window.navigate("overview", "")
    panel.until(lambda: told_of_request(panel), "the bar")
    assert badges(panel.store)["calls"] == 1
    panel.window.told.open_it.click()
    view = requests_view(panel)
    panel.until(view.detail.deeds["confirm"].isEnabled, "that it may be confirmed")
    panel.until(lambda: len(view.detail.table.keys) == 4, "its course")
    view.detail.deeds["confirm"].click()
    panel.until(lambda: the_request(panel).status == "confirmed", "that it is confirmed")
    panel.until(lambda: not told_of_request(panel), "the bar to go")


def told_of_request(panel: LivePanel) -> bool:
    """Whether the bar tells of a request; what the batch asks for meanwhile is put aside."""
    bar = panel.window.told
    if bar.ask is not None and bar.ask.kind != "request":
        bar.put_aside.click()
    return bar.isVisible() and bar.ask is not None and bar.ask.kind == "request"


def close_order(panel: LivePanel) -> None:
    """Closed with what is missing; its history is told."""
    page = orders_page(panel)
    page.lists.choose("open")
    page.detail.tabs.choose("history")
    panel.until(lambda: len(page.detail.table.keys) == 3, "created, changed, started")
    panel.until(page.detail.deeds["close"].isEnabled, "that it may be closed")
    assert not page.detail.deeds["cancel"].isEnabled(), "it was begun"
    question = page.detail.open_close()
    assert question is not None
    question.confirm()
    panel.until(lambda: the_order(panel).status == "closed", "that it is closed")
