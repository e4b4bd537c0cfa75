"""The shift log and the hand-over on a running line: what people write and sign reaches the journal, and the report shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from hmi.pages.report import ReportPage
from hmi.pages.shift import ShiftPage
from hmi.pages.shift_handover import HandoverView
from hmi.pages.shift_log import LogView
from hmi.viewmodels.handover import course
from hmi.viewmodels.shift_log import LogFilter, LogRow
from line.clock import SystemClock
from server.roles import Role
from server.users import Users
from tests.hmi.test_page_alarms_live import LivePanel
from tests.scenarios.demo_process import DemoProcess

PASSWORD: Final = "Handing-over-26"
FIRST: Final = "Фланец у S-401 травит, механик вызван"
BETTER: Final = "Фланец у S-402 травит, механик вызван"
NOTES: Final = "Оболочку на F-301 привезут к вечеру"
REMARK: Final = "Фланец осмотрели вместе"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    made = DemoProcess(tmp_path / "data", "--no-operator", "--seed", "3")
    yield made
    made.close()


@pytest.mark.timeout(240)
def test_entry_with_photo_correction_and_hand_over_stand_in_the_report(
    app: QApplication, demo: DemoProcess, tmp_path: Path
) -> None:
    about = demo.about()
    add_leads(tmp_path / "data")
    panel = LivePanel(app, about["url"])
    try:
        panel.until(lambda: panel.store.ready and panel.store.live, "the line")
        panel.client.login(about["user"], about["password"])
        panel.until(lambda: panel.store.user is not None, "the login")
        write_and_correct(panel, tmp_path)
        shift = course(panel.store).id
        hand_over(panel)
        read_report(panel, shift)
    finally:
        panel.close()
    assert demo.interrupt() == 0


def add_leads(data: Path) -> None:
    """Two people who may sign."""
    users = Users(data / "users.db", SystemClock())
    try:
        for user, name in (("petrov", "Петров П. И."), ("sidorov", "Сидоров С. С.")):
            users.add(user, name, Role.SHIFT_LEAD, PASSWORD, by="test")
    finally:
        users.close()


def photo(folder: Path) -> Path:
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(QColor("#884422"))
    file = folder / "flange.jpg"
    assert image.save(str(file))
    return file


def write_and_correct(panel: LivePanel, folder: Path) -> None:
    panel.window.navigate("shift", "log")
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    view = page.views["log"]
    assert isinstance(view, LogView)
    panel.until(lambda: view.log.complete and bool(view.list.entries), "what the journal says by itself")
    file = photo(folder)
    dialog = view.open_new()
    dialog.categories.pick("equipment")
    dialog.unit.chosen.emit("S401")
    picker = dialog.choose_photo()
    picker.places = (("x", folder),)
    picker.open_place("0")
    picker.list.chosen.emit(str(file))
    dialog.area.setText(FIRST)
    dialog.ok.click()

    def entry() -> LogRow | None:
        return next((r for r in view.log.rows if r.entry), None)

    panel.until(lambda: view.dialog_open() == "" and entry() is not None, "the entry")
    row = entry()
    assert row is not None
    assert (row.user, row.category, row.unit, row.fixes) == ("demo", "equipment", "S401", ())
    view.photos._file(row.photo).unlink()  # what was sent from here is fetched as from any other panel
    panel.until(lambda: view.photos.content(row.photo) == file.read_bytes(), "the photo back from the server")

    fix = view.open_fix(row.key)
    assert fix is not None
    fix.area.setText(BETTER)
    fix.reasons.picker.pick("2")
    fix.ok.click()
    panel.until(lambda: (now := entry()) is not None and bool(now.fixes), "the correction")
    assert view.dialog_open() == ""
    said = view.list.spoken()
    assert FIRST in said
    assert BETTER in said
    view.narrow(LogFilter(group="people", words="s-402 механик"))
    assert len(view.list.entries) == 1


def sign(panel: LivePanel, view: HandoverView, user: str) -> None:
    """Touch the button of the step and sign as ``user``; once more when the list moved on meanwhile."""
    step = course(panel.store).step
    for _ in range(5):
        panel.until(view.ok.isEnabled, f"that {user} may sign")
        view.ok.click()
        dialog = view.signing
        assert dialog is not None
        dialog.user.setText(user)
        dialog.password.setText(PASSWORD)
        dialog.send()
        panel.until(lambda: view.signing is None, "the answer")
        panel.until(lambda: course(panel.store).step != step or bool(view.draft.notice), "the next step")
        if course(panel.store).step != step:
            return
    raise AssertionError(f"never the same list twice: {view.draft.notice}")


def hand_over(panel: LivePanel) -> None:
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    before = course(panel.store).id
    panel.window.navigate("shift", "handover")
    view = page.views["handover"]
    assert isinstance(view, HandoverView)
    notes = view.write("notes")
    notes.area.setText(NOTES)
    notes.confirm()
    view.ok.click()
    panel.until(lambda: course(panel.store).step == "preparing", "the list")
    view.refresh()
    assert NOTES in view.list.spoken()
    sign(panel, view, "petrov")
    panel.until(lambda: course(panel.store).step == "handing_over", "the first signature")
    view.refresh()
    assert not view.ok.isEnabled(), "who comes has not read it"
    for _ in range(view.list.pages()):
        view.list.turn(1)
    view.talked.click()
    remark = view.write("remark")
    remark.area.setText(REMARK)
    remark.confirm()
    sign(panel, view, "sidorov")
    panel.until(lambda: course(panel.store).id not in ("", before), "the next shift")
    told = course(panel.store).previous_handover
    assert told is not None
    assert told.outgoing is not None
    assert told.incoming is not None
    assert (told.outgoing.user, told.incoming.user, told.remark) == ("petrov", "sidorov", REMARK)
    assert course(panel.store).user == "sidorov", "the shift is in the hands of who signed"


def read_report(panel: LivePanel, shift: str) -> None:
    """From the hand-over to the report of the shift that was."""
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    view = page.views["handover"]
    assert isinstance(view, HandoverView)
    panel.until(lambda: any(e.key == "previous" for e in view.list.entries), "how the shift before ended")
    view.open_matter("previous")
    report = panel.window.page
    assert isinstance(report, ReportPage)
    panel.until(lambda: report.report is not None, "the report")
    assert report.source is not None
    assert shift in report.source.pages
    assert report.report is not None
    said: list[str] = []
    for at in range(len(report.report.sections)):
        report.choose(at)
        said.append(report.view.toPlainText())
    whole = "\n".join(said)
    for words in (FIRST, BETTER, NOTES, REMARK, "Петров П. И.", "Сидоров С. С."):
        assert words in whole, words
