"""The alarm page on a running line: what a person touches reaches the engine, its answer the page, all of it the journal."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from hmi.app import wait_until
from hmi.frame import PanelWindow
from hmi.net import PanelClient
from hmi.pages.alarms import AlarmsPage
from hmi.texts import Languages
from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from line.clock import SystemClock
from tests.scenarios.demo_process import DemoProcess, fault

WITHIN_S: Final = 60.0
BROKEN: Final = ("C201.BatterTemp", "S401.ChamberTemp")
ALARM: Final = "S401.ChamberTemp.bad_quality"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    made = DemoProcess(tmp_path / "data", "--no-operator", "--speed", "5", "--seed", "3")
    yield made
    made.close()


class LivePanel:
    """A panel on a real server, its event loop turned until what is awaited is there."""

    def __init__(self, app: QApplication, url: str) -> None:
        self.clock = SystemClock()
        self.languages = Languages(app)
        self.languages.use("ru")
        self.store = LineStore("ru")
        self.client = PanelClient(url, station="test")
        self.window = PanelWindow(self.store, self.client, self.clock, self.languages, size=QSize(1280, 800))
        self.client.listen(self.window.receive)
        self.client.start()
        self.window.show()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        assert wait_until(condition, self.clock, WITHIN_S), f"waited in vain for {what}: {self.window.notice.text()}"

    def close(self) -> None:
        self.window.close_down()
        assert self.client.stop()
        self.window.deleteLater()
        self.languages.use("en")


def keys(page: AlarmsPage) -> set[str]:
    return {r.key for r in page.table.rows}


def told(page: AlarmsPage) -> set[str]:
    return {wire.text(e.data, "event") for e in page.journal.log.rows() if e.source == ALARM}


@pytest.mark.timeout(240)
def test_acknowledge_shelve_bring_back_and_find_it_all_in_the_journal(
    app: QApplication, demo: DemoProcess, tmp_path: Path
) -> None:
    about = demo.about()
    for tag in BROKEN:
        fault(about["control"], "sensor_break", tag)
    panel = LivePanel(app, about["url"])
    try:
        work(panel, about, tmp_path / "documents")
    finally:
        panel.close()
    assert demo.interrupt() == 0


def work(panel: LivePanel, about: dict[str, str], folder: Path) -> None:
    panel.until(lambda: panel.store.ready and panel.store.live, "the line")
    panel.client.login(about["user"], about["password"])
    panel.until(lambda: panel.store.user is not None, "the login")
    panel.window.navigate("alarms", "")
    page = panel.window.page
    assert isinstance(page, AlarmsPage)
    panel.until(lambda: ALARM in keys(page), "the alarm")
    panel.until(lambda: ALARM in {alarm for alarm, _ in page.acknowledgeable()}, "half a second before the eyes")
    page.acknowledge_visible()
    panel.until(lambda: (row := page.now.alarm(ALARM)) is not None and row.state == "acked_active", "the acknowledgement")

    page.choose(ALARM)
    action = page.detail.deeds.open_comment(ALARM, "x")
    action.field.setText("Датчик осмотрен")
    action.confirm()
    assert page.detail.shelve.isEnabled(), page.detail.why.text()
    dialog = page.detail.deeds.open_shelve(ALARM, "x")
    dialog.minutes.pick("15")
    dialog.reasons.picker.pick("1")
    dialog.confirm()
    panel.until(lambda: ALARM not in keys(page), "the alarm to leave the list")
    page.tabs.choose("shelved")
    panel.until(lambda: ALARM in keys(page), "the alarm among the shelved ones")
    row = page.shelved.row(ALARM)
    assert row.cells[2].text == "есть", "its condition is watched on"
    assert row.cells[3].text.startswith(("14:", "15:"))
    assert row.cells[5].text == "Неисправен датчик, КИПиА вызвана"
    page.choose(ALARM)
    page.restore_selected()
    page.tabs.choose("now")
    panel.until(lambda: (back := page.now.alarm(ALARM)) is not None and back.state == "unack_active", "the alarm to come back")

    page.choose(ALARM)
    page.detail.to_history.click()
    wanted = {"alarm", "ack", "comment", "shelve", "resume_active"}
    panel.until(lambda: told(page) >= wanted, "the journal")
    page.search.field.setText("осмотрен")
    page.search.search()
    panel.until(lambda: told(page) == {"comment"}, "what was searched for")
    page.journal.export(folder)
    panel.until(lambda: not page.journal.saved.busy, "the export")
    assert page.journal.saved.words.startswith("Сохранено"), page.journal.saved.words
    (file,) = folder.iterdir()
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) == 2, "the head and the one row that was found"
    assert "Датчик осмотрен" in rows[1]
