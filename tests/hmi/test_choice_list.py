"""Lists that open under a button: long ones have pages, long texts their room."""

from __future__ import annotations

from PySide6.QtCore import QPoint

from hmi.pages.shift import ShiftPage
from hmi.pages.shift_log import LogView
from hmi.viewmodels.batches import name_within
from hmi.widgets.choice import Choice, ChoiceList
from tests.hmi.conftest import MakePanel, Panel

LONG = "версия 12.{}-испытание · опытная, не утверждена"


def opened(panel: Panel, count: int, current: str, taken: list[str]) -> ChoiceList:
    window = panel.window
    choices = [Choice(str(i), LONG.format(i)) for i in range(count)]
    made = ChoiceList(window.context.look, choices, current, taken.append, window)
    made.resize(made.sizeHint())
    layout = made.layout()
    assert layout is not None
    layout.activate()
    return made


def shown(made: ChoiceList) -> list[str]:
    return [key for key, one in made.buttons.items() if not one.isHidden()]


def test_a_hundred_choices_are_all_within_reach_and_in_the_window(make_panel: MakePanel) -> None:
    panel = make_panel()
    taken: list[str] = []
    made = opened(panel, 120, "40", taken)
    assert made.pages == 7
    assert "40" in shown(made), "it opens where the chosen one is"
    seen: set[str] = set()
    assert all(made.buttons[key].width() >= made.buttons[key].sizeHint().width() for key in shown(made)), "no text is cut"
    made.turn(-99)
    for _ in range(made.pages):
        here = shown(made)
        seen |= set(here)
        made.turn(1)
    assert len(seen) == 120
    assert made.width() <= panel.window.width()
    assert made.height() <= panel.window.height()
    made.buttons["119"].click()
    assert taken == ["119"]


def test_a_short_list_has_no_pages(make_panel: MakePanel) -> None:
    made = opened(make_panel(), 9, "0", [])
    assert len(shown(made)) == 9
    assert made.forward.isHidden()
    made.reject()


def test_a_long_name_keeps_what_tells_it_apart() -> None:
    assert name_within("Колбаса варёная «Докторская»", 44) == "Колбаса варёная «Докторская»"
    assert name_within("Колбаса варёная «Докторская» в натуральной оболочке", 44) == "Докторская"
    assert name_within("Ham cooked and pressed in a very long casing", 20) == "Ham cooked and pres…"


def test_a_list_opens_towards_the_middle_and_leaves_the_navigation_in_sight(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel.window.navigate("shift", "log")
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    view = page.views["log"]
    assert isinstance(view, LogView)
    for button in (view.which, view.groups, view.units):
        button.show_choices([Choice(str(i), LONG.format(i)) for i in range(30)], "0")
        made = button.open_list()
        left = made.x() - panel.window.mapToGlobal(QPoint(0, 0)).x()
        assert left >= panel.window.rail.width(), "the rail stays free"
        assert left + made.width() <= panel.window.width()
        made.reject()
