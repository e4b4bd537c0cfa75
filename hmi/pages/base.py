"""What a page is: built once, retranslated on a language change, refreshed at most five times a second while visible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.theme import GAP, MARGIN
from hmi.widgets.dialogs import label


class Page(QWidget):
    """Base of all pages. Subclasses build in ``__init__``, set fixed texts in ``retranslate`` and live ones in ``refresh``."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        self.setObjectName("page")

    def open_at(self, argument: str) -> None:
        """Show a certain thing: a unit id, an alarm id, a batch id, a tag; empty for the page's start."""

    def variants(self) -> list[str]:
        """Arguments of ``open_at`` that the screenshots show, one picture each; ``['']`` for the page alone."""
        return [""]

    def picture(self, variant: str) -> str:
        """What a variant adds to the file name of its picture: a word that stays the same, never the id of a batch or alarm."""
        return variant

    def settled(self) -> bool:
        """False while the page waits for an answer of the server; pictures are taken after it."""
        return True

    def take_over(self, before: Page) -> None:
        """The window was built anew in another size: keep what was typed in ``before``, the same page of the old build."""

    def retranslate(self) -> None:
        """Set every fixed text again, in the language in force."""

    def refresh(self) -> None:
        """Take what is new from the store; only called while the page is visible."""

    def apply_look(self) -> None:
        """The palette has changed; painted widgets follow by themselves."""

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.refresh()
        super().changeEvent(event)


@dataclass(frozen=True)
class PageEntry:
    """A page in the navigation: ``title`` gives its caption in the language in force; ``hidden`` has no button of its own.

    ``parent`` is the key of the page whose button stays lit while a hidden page is shown.
    """

    key: str
    icon: str
    title: Callable[[], str]
    make: Callable[[PanelContext], Page]
    hidden: bool = False
    parent: str = ""


class Pane(QFrame):
    """A bordered area with a small title; ``head`` is the title's row, ``body`` what is below."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.setObjectName("pane")
        px = context.look.px
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(px(MARGIN), px(9), px(MARGIN), px(10))
        self.body.setSpacing(px(6))
        self.title = label("", "title")
        self.head = QHBoxLayout()
        self.head.addWidget(self.title)
        self.body.addLayout(self.head)


def page_layout(page: Page) -> QVBoxLayout:
    """The page's outer layout with the panel's margins."""
    px = page.context.look.px
    layout = QVBoxLayout(page)
    layout.setContentsMargins(px(MARGIN), px(MARGIN), px(MARGIN), px(MARGIN))
    layout.setSpacing(px(GAP))
    return layout
