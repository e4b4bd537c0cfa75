"""Nothing asks for more room than the smallest panel has: a window that must be higher than its screen loses its buttons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from hmi.pages.base import Page
from hmi.pages.tabbed import TabbedPage
from tests.hmi import samples, samples_stops
from tests.hmi import samples_batches as sb
from tests.hmi import samples_shift as ss
from tests.hmi.conftest import MakePanel, Panel

SIZE = (1280, 800)


def told(make_panel: MakePanel, language: str, step: str = "open") -> Panel:
    """A panel on which the highest bar is shown: a batch or a stop asks for somebody."""
    panel = make_panel(language, SIZE).log_in("shift_lead").feed(ss.message(step), samples_stops.message(), sb.view())
    QApplication.processEvents()
    assert panel.window.told.isVisible()
    return panel


def every_view(panel: Panel) -> Iterator[tuple[str, Page]]:
    """Every page and every tab, laid out."""
    for key, page in panel.window.pages.items():
        panel.window.navigate(key, "")
        for tab in page.views if isinstance(page, TabbedPage) else [""]:
            if tab:
                page.open_at(tab)
            panel.window.refresh()
            QApplication.processEvents()
            yield f"{key}/{tab}".rstrip("/"), page


def fits(panel: Panel) -> bool:
    """Whether the window could be as small as the smallest panel."""
    QApplication.processEvents()
    hint = panel.window.minimumSizeHint()
    return hint.width() <= SIZE[0] and hint.height() <= SIZE[1]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_page_needs_more_room_than_the_smallest_panel_has(make_panel: MakePanel, language: str) -> None:
    panel = told(make_panel, language)
    assert fits(panel), "pages that were not opened yet count"
    room = panel.window.stack.size()
    for name, page in every_view(panel):
        hint = page.minimumSizeHint()
        assert (hint.width() <= room.width(), hint.height() <= room.height()) == (True, True), f"{name}: {hint}, {room}"
        assert panel.window.size().toTuple() == SIZE, name


@pytest.mark.parametrize("step", ["closed", "preparing", "handing_over"])
def test_no_step_of_the_hand_over_does(make_panel: MakePanel, step: str) -> None:
    panel = told(make_panel, "ru", step)
    panel.window.navigate("shift", "handover")
    QApplication.processEvents()
    assert fits(panel)


def test_one_bar_is_shown_at_a_time(make_panel: MakePanel) -> None:
    panel = told(make_panel, "ru")
    bars = (panel.window.gone, panel.window.locked, panel.window.told)
    must = {"type": "session", "user": "new", "name": "Новый", "role": "operator", "must_change_password": True}
    panel.feed(must)
    assert [b.isVisible() for b in bars] == [False, True, False]
    assert fits(panel)
    panel.feed({"type": "lost", "error": "x"})
    assert [b.isVisible() for b in bars] == [True, False, False]
    panel.feed({"type": "connected"}, *samples.messages(), must)
    assert [b.isVisible() for b in bars] == [False, True, False]
