"""What lists of things that people work off share: a list under tabs with one of them beside it, words of states and of times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.texts import translate
from hmi.viewmodels.format import clock_minutes, date_text, hours_text
from hmi.widgets.choice import Tabs
from hmi.widgets.rowtable import Pager, RowTable

Words = Mapping[str, Callable[[], str]]
DAY_S = 86_400


def word(words: Words, key: str) -> str:
    """The word for a key; an unknown key as it is."""
    return words[key]() if key in words else key


def span_text(seconds: float) -> str:
    """``1:20`` in hours and minutes, days from two on."""
    if seconds >= 2 * DAY_S:
        return translate("Orders", "{n} days").format(n=int(seconds // DAY_S))
    return hours_text(seconds)


def moment(time_ns: int, now_ns: int) -> str:
    """``16:00`` today, ``24.11 16:00`` on another day."""
    clock, day = clock_minutes(time_ns), date_text(time_ns)
    return clock if day == date_text(now_ns) else f"{day[:5]} {clock}"


class ListPane(Pane):
    """The list: ``lists`` says which one, ``pager`` turns it, ``table`` shows it."""

    def __init__(self, context: PanelContext, lists: Sequence[str]) -> None:
        super().__init__(context)
        self.title.setVisible(False)
        self.lists = Tabs(context.look, tuple(lists))
        self.table = RowTable(context.look, 64)
        self.pager = Pager(self.table)
        self.head.addWidget(self.lists)
        self.head.addStretch(1)
        self.head.addWidget(self.pager)
        self.body.addWidget(self.table, 1)


def beside(context: PanelContext, panes: Sequence[tuple[Pane, int]]) -> QHBoxLayout:
    """Panes in a row that share its width as given, whatever stands in them."""
    row = QHBoxLayout()
    row.setSpacing(context.look.px(10))
    for pane, share in panes:
        pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        row.addWidget(pane, share)
    return row
