"""Stops on a running line: a chamber stands, is explained, explained otherwise, merged and cut by touch; its figures follow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from hmi.app import wait_until
from hmi.pages.shift import ShiftPage
from hmi.pages.shift_oee import OeeView
from hmi.pages.shift_stops import StopsView
from hmi.pages.unit import UnitPage
from hmi.viewmodels import wire
from hmi.viewmodels.oee import live_figures
from hmi.viewmodels.stops import Stop, board_of
from hmi.viewmodels.units import unit_state
from hmi.widgets.splitdialog import SplitDialog
from tests.hmi.test_page_alarms_live import LivePanel
from tests.scenarios.demo_process import DemoProcess, fault

UNIT: Final = "S401"
SPEED: Final = 20
THRESHOLD_S: Final = 1
"""By the clock on the wall: the plant is that much faster."""
ROOT: Final = Path(__file__).resolve().parents[2]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProcess]:
    line = tmp_path / "sausage"
    shutil.copytree(ROOT / "lines" / "sausage", line)
    file = line / "production.yaml"
    text = file.read_text(encoding="utf-8")
    assert "stop_threshold_s: 300" in text
    file.write_text(text.replace("stop_threshold_s: 300", f"stop_threshold_s: {THRESHOLD_S * SPEED}"), encoding="utf-8")
    made = DemoProcess(tmp_path / "data", str(line), "--no-operator", "--speed", str(SPEED), "--seed", "3")
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_a_stop_is_explained_merged_and_cut_and_the_figures_follow(app: QApplication, demo: DemoProcess) -> None:
    about = demo.about(120.0)
    panel = LivePanel(app, about["url"])
    try:
        panel.until(lambda: panel.store.ready and panel.store.live, "the line")
        panel.client.login(about["user"], about["password"])
        panel.until(lambda: panel.store.user is not None, "the login")
        run(panel)
        first = stand(panel, about["control"])
        explain_from_the_unit(panel, first)
        go_on(panel, about["control"], first)
        second = stand(panel, about["control"])
        go_on(panel, about["control"], second)
        explain_from_the_bar(panel, second, about["user"])
        merge(panel, first, second)
        cut(panel, first)
        look_at_the_figures(panel)
    finally:
        panel.close()
    assert demo.interrupt() == 0


def of_unit(panel: LivePanel) -> list[Stop]:
    return [s for s in board_of(panel.store).stops if s.unit == UNIT]


def known(panel: LivePanel, stop_id: str) -> Stop:
    found = board_of(panel.store).stop(stop_id)
    assert found is not None
    return found


def touch(panel: LivePanel, target: QWidget) -> None:
    panel.window.refresh()
    panel.until(lambda: target.isVisible() and target.isEnabled(), "a button that may be touched")
    QTest.mouseClick(target, Qt.MouseButton.LeftButton)


def stops_page(panel: LivePanel) -> StopsView:
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    assert isinstance(page.view, StopsView)
    return page.view


def run(panel: LivePanel) -> None:
    """The empty chamber is heated by hand."""
    panel.window.context.command("unit.mode", UNIT, {"mode": "manual"})
    panel.until(lambda: unit_state(panel.store, UNIT).mode == "manual", "manual mode")
    values = {"temp": 70, "rh": 50, "time": 36000}
    for _ in range(3):  # a link that was lost for a moment on a busy machine refuses the first
        panel.window.context.command("unit.command", UNIT, {"command": "start", "phase": "preheat", "parameters": values})
        if wait_until(lambda: unit_state(panel.store, UNIT).state == "running", panel.clock, 20.0):
            return
    raise AssertionError(f"{UNIT} does not run: {unit_state(panel.store, UNIT)}")


def stand(panel: LivePanel, control: str) -> str:
    """A door is opened; the id of the stop, once it is a long one."""
    before = {s.id for s in of_unit(panel)}
    fault(control, "door_open", UNIT)
    panel.until(lambda: bool({s.id for s in of_unit(panel)} - before), "a stop")
    (new,) = {s.id for s in of_unit(panel)} - before
    panel.until(
        lambda: board_of(panel.store).length_s(known(panel, new), panel.window.context.now_ns()) > THRESHOLD_S + 0.5, "its time"
    )
    return new


def go_on(panel: LivePanel, control: str, stop_id: str) -> None:
    """The door is closed, the phase goes on, the stop has ended."""
    fault(control, "door_open", UNIT, "--clear")
    panel.until(lambda: unit_state(panel.store, UNIT).may("restart"), "that it may go on")
    panel.window.context.command("unit.command", UNIT, {"command": "restart"})
    panel.until(lambda: not known(panel, stop_id).open, "the end of the stop")
    assert known(panel, stop_id).long


def explain_from_the_unit(panel: LivePanel, stop_id: str) -> None:
    """The page of the unit leads to the stop; what the machine proposes is one touch."""
    panel.window.navigate("unit", UNIT)
    page = panel.window.page
    assert isinstance(page, UnitPage)
    touch(panel, page.stop_reason)
    view = stops_page(panel)
    assert view.selected == stop_id
    panel.until(lambda: "process_limit" in view.tree.hand, "what the machine proposes")
    touch(panel, view.tree.hand["process_limit"])
    panel.until(lambda: known(panel, stop_id).code == "process_limit", "the reason")
    assert known(panel, stop_id).open


def explain_from_the_bar(panel: LivePanel, stop_id: str, user: str) -> None:
    """The bar over the pages leads to the stop; its reason is two touches, and is then changed to that of the first one."""
    panel.window.navigate("overview", "")
    panel.until(lambda: panel.window.told.stop is not None and panel.window.told.stop.id == stop_id, "the bar")
    assert "причина не указана" in panel.window.told.text.text()
    touch(panel, panel.window.told.open_it)
    view = stops_page(panel)
    assert view.selected == stop_id
    assert view.waiting() == 1
    touch(panel, view.tree.buttons["breakdown"])
    touch(panel, view.tree.buttons["electrical"])
    panel.until(lambda: known(panel, stop_id).code == "electrical", "the reason")
    assert known(panel, stop_id).by == user
    assert view.waiting() == 0


def merge(panel: LivePanel, first: str, second: str) -> None:
    """Two reasons are no one; with the same reason the stops are merged."""
    view = stops_page(panel)
    lengths = [known(panel, s).duration_s for s in (first, second)]
    touch(panel, view.merge)
    view.choose(first)
    assert view.merger.fault.text() == "Причины разные: сначала укажите одну и ту же."
    assert not view.merger.do.isEnabled()
    touch(panel, view.merger.leave)
    touch(panel, view.tree.hand["process_limit"])
    panel.until(lambda: known(panel, second).code == "process_limit", "the other reason")
    touch(panel, view.merge)
    view.choose(first)
    touch(panel, view.merger.do)
    panel.until(lambda: [s.id for s in of_unit(panel)] == [first], "one stop")
    merged = known(panel, first)
    assert merged.duration_s == pytest.approx(sum(lengths), abs=0.11), "without the time that it ran in between"
    assert len(merged.spans) == 2


def cut(panel: LivePanel, stop_id: str) -> None:
    """It is cut in two, and the second part was something else."""
    view = stops_page(panel)
    view.open_at(stop_id)
    whole = known(panel, stop_id)
    touch(panel, view.split)
    (dialog,) = [d for d in panel.window.findChildren(SplitDialog) if d.isVisible()]
    touch(panel, dialog.steps[-10])
    tree = dialog.open_reason(1).tree
    touch(panel, tree.buttons["breakdown"])
    touch(panel, tree.buttons["mechanical"])
    touch(panel, dialog.ok)
    panel.until(lambda: len(of_unit(panel)) == 2, "two parts")
    parts = of_unit(panel)
    assert {s.code for s in parts} == {"process_limit", "mechanical"}
    assert sum(s.duration_s for s in parts) == pytest.approx(whole.duration_s, abs=0.11), "no time is lost"
    assert all(s.long for s in parts), "a part of a long stop is no minor one"


def look_at_the_figures(panel: LivePanel) -> None:
    """Down time is that of the stops, and the losses name both reasons."""
    panel.window.navigate("shift", "oee/units")
    view = cast(OeeView, cast(ShiftPage, panel.window.page).view)
    view.choose(f"unit/{UNIT}")
    stood = sum(s.duration_s for s in of_unit(panel))

    def figures() -> tuple[float, int]:
        shift = live_figures(panel.store).shift("")
        found = shift.units[UNIT] if shift is not None else None
        return (found.times["down"], found.failures) if found is not None else (0.0, 0)

    panel.until(lambda: figures() == (pytest.approx(stood, abs=0.2), 1), "the figures")
    panel.window.refresh()
    said = view.losses.spoken()
    assert "Отклонение процесса" in said
    assert "Механика" in said
    top = wire.objects(wire.obj(panel.store.view("stops"), "oee"), "top")
    assert sum(wire.number(row, "s") or 0.0 for row in top if row["unit"] == UNIT) == pytest.approx(stood, abs=0.2)
    assert view.bars.ratios[0].share is not None
    assert view.bars.ratios[1].value == "—", "a chamber has no counter"
