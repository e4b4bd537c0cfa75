"""A page of several views under tabs: only the view that is shown is refreshed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from hmi.context import PanelContext
from hmi.pages.base import Page, page_layout
from hmi.widgets.choice import Tabs


class View(QWidget):
    """What stands under one tab. Built once like a page; ``refresh`` is called only while it is shown."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context

    def open_at(self, argument: str) -> None:
        """The tab was chosen, or a thing of it by ``argument``: ask anew for what may be old."""

    def variants(self) -> list[str]:
        """Arguments that the screenshots show, as of a page."""
        return [""]

    def settled(self) -> bool:
        """False while an answer of the server is missing; pictures are taken after it."""
        return True

    def take_over(self, before: View) -> None:
        """The window was built anew: keep what was typed and chosen in ``before``."""

    def waiting(self) -> int:
        """How many things here want a person; stands in the caption of the tab, 0 does not."""
        return 0

    def retranslate(self) -> None:
        """Fixed texts."""

    def refresh(self) -> None:
        """Live texts, at most five times a second."""


@dataclass(frozen=True)
class Tab:
    """A tab: ``title`` gives its caption in the language in force."""

    key: str
    title: Callable[[], str]
    make: Callable[[PanelContext], View]


class TabbedPage(Page):
    """Tabs at the top left, room for the page's own words at the top right (``head``), the view below.

    The argument of the page is ``tab`` or ``tab/argument of the view``.
    """

    def __init__(self, context: PanelContext, tabs: Sequence[Tab]) -> None:
        super().__init__(context)
        self._titles = {tab.key: tab.title for tab in tabs}
        layout = page_layout(self)
        self.head = QHBoxLayout()
        self.head.setSpacing(context.look.px(12))
        self.tabs = Tabs(context.look, tuple(self._titles))
        self.tabs.chosen.connect(self._chosen)
        self.head.addWidget(self.tabs)
        self.head.addStretch(1)
        layout.addLayout(self.head)
        self.stack = QStackedWidget()
        self.views: dict[str, View] = {}
        for tab in tabs:
            self.views[tab.key] = tab.make(context)
            self.stack.addWidget(self.views[tab.key])
        layout.addWidget(self.stack, 1)

    @property
    def view(self) -> View:
        """The view that is shown."""
        return self.views[self.tabs.current]

    def open_at(self, argument: str) -> None:
        key, _, rest = argument.partition("/")
        if key in self.views and key != self.tabs.current:
            self.tabs.choose(key)
        self.view.open_at(rest)

    def variants(self) -> list[str]:
        return [f"{key}/{rest}" if rest else key for key, view in self.views.items() for rest in view.variants()]

    def picture(self, variant: str) -> str:
        return "" if variant == next(iter(self.views)) else variant.replace("/", "-")

    def settled(self) -> bool:
        return self.view.settled()

    def take_over(self, before: Page) -> None:
        if isinstance(before, TabbedPage):
            for key, view in self.views.items():
                if key in before.views:
                    view.take_over(before.views[key])
            if before.tabs.current in self.views:
                self.tabs.choose(before.tabs.current)

    def _chosen(self, key: str) -> None:
        self.stack.setCurrentWidget(self.views[key])
        self.views[key].open_at("")
        self.refresh()

    def retranslate(self) -> None:
        self._refresh_tabs()
        for view in self.views.values():
            view.retranslate()

    def _refresh_tabs(self) -> None:
        for key, title in self._titles.items():
            n = self.views[key].waiting()
            self.tabs.set_text(key, f"{title()} · {n}" if n else title())

    def refresh(self) -> None:
        self._refresh_tabs()
        self.view.refresh()
