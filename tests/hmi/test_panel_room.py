"""Nothing asks for more room than the smallest panel has: a window that must be higher than its screen loses its buttons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from hmi.pages.base import Page
from hmi.pages.shift import ShiftPage
from hmi.pages.shift_handover import HandoverView
from hmi.pages.shift_stops import StopsView
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


def cut_off(root: QWidget) -> list[str]:
    """Texts that have less height than their lines need."""
    labels = [w for w in root.findChildren(QLabel) if w.isVisible() and w.text() and w.wordWrap()]
    return [w.text() for w in labels if w.height() < w.heightForWidth(w.width())]


def shift_view(panel: Panel, argument: str) -> QWidget:
    panel.window.navigate("shift", argument)
    for _ in range(2):
        panel.window.refresh()
        QApplication.processEvents()
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    return page.view


@pytest.mark.parametrize("language", ["ru", "en"])
def test_who_comes_reads_every_text_whole(make_panel: MakePanel, language: str) -> None:
    panel = told(make_panel, language, "handing_over")
    view = shift_view(panel, "handover")
    assert isinstance(view, HandoverView)
    assert cut_off(view) == []
    view.draft.notice = "Список изменился, пока вы читали: прочитайте заново."
    assert shift_view(panel, "handover") is view
    assert view.notice.isVisible()
    assert cut_off(view) == []


def test_a_long_note_leaves_the_reasons_their_room(make_panel: MakePanel) -> None:
    panel = told(make_panel, "ru")
    note = ("Подшипник привода греется, механик вызван, работаем на второй скорости до конца смены. " * 6)[:500]
    rows = samples_stops.stops()
    rows[0] = {**rows[0], "code": "mech-motor", "name": {"ru": "Поломка", "en": "x"}, "text": note, "unqualified": False}
    panel.feed(samples_stops.message(rows))
    view = shift_view(panel, f"stops/{rows[0]['id']}")
    assert isinstance(view, StopsView)
    assert view.given.text().endswith("…")
    assert cut_off(view) == []
    boxes = [b.geometry() for b in view.tree.buttons.values()]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i]), "reasons lie over one another"
    opened = view.open_note()
    assert opened is not None
    assert opened.field.text() == note, "the note itself is whole"


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
