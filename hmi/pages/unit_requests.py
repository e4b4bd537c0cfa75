"""Service requests on the page of a unit: a button to ask for something, one that names what is open and leads there."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from hmi.context import PanelContext
from hmi.pages.listed import word
from hmi.pages.request_words import STATES
from hmi.rolenames import may
from hmi.texts import translate
from hmi.theme import TOUCH
from hmi.viewmodels.line_info import UnitInfo
from hmi.viewmodels.requests import ROLE, kinds, of_unit
from hmi.widgets import draw
from hmi.widgets.buttons import button
from hmi.widgets.painted import Painted
from hmi.widgets.requestdialog import RequestDialog

WIDTH: Final = 150


class UnitRequests(Painted):
    """The most urgent open request of the unit, and how many more there are; unseen while there is none.

    ``ask`` is the button for a new one; it stands elsewhere on the page.
    """

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context.look)
        self.context = context
        self.unit: UnitInfo | None = None
        self.head = self.text = ""
        self.ask = button("", role="compact")
        self.ask.clicked.connect(lambda *_: self.open_new())
        self.clicked.connect(self._open)
        self.setFixedHeight(context.look.px(TOUCH))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setVisible(False)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.ask.setText(translate("Requests", "Request…"))

    def refresh(self, unit: UnitInfo) -> None:
        """Show those of this unit."""
        store = self.context.store
        self.unit = unit
        self.ask.setEnabled(store.live and may(store, ROLE) and bool(kinds(store)))
        found = of_unit(store, unit.id)
        self.setVisible(bool(found))
        if not found:
            return
        first = found[0]
        head = translate("Requests", "Request {n}").format(n=first.number)
        if len(found) > 1:
            head = translate("Requests", "{request} and {n} more").format(request=head, n=len(found) - 1)
        text = f"{word(STATES, first.status)}: {first.text}"
        if (head, text) != (self.head, self.text):
            self.head, self.text = head, text
            self.changed()

    def open_new(self) -> RequestDialog:
        """Ask for something to be done here."""
        made = RequestDialog(self.context, self.unit.id if self.unit is not None else "", self.window())
        made.open()
        return made

    def _open(self) -> None:
        found = of_unit(self.context.store, self.unit.id) if self.unit is not None else []
        if found:
            self.context.navigate("calls", found[0].id)

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(WIDTH), self.look.px(TOUCH))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        p.setPen(QPen(look.colour("line"), 2 * look.scale))
        p.setBrush(look.colour("pane"))
        p.drawRoundedRect(rect.adjusted(1, 1, -1, -1), px(6), px(6))
        inner = rect.adjusted(px(10), px(5), -px(10), -px(5))
        upper = QRectF(inner.x(), inner.y(), inner.width(), inner.height() / 2)
        draw.write(p, upper, f"{self.head} ▸", look.font(14, 600), look.colour("ink"))
        draw.write(p, upper.translated(0, upper.height()), self.text, look.font(12.5), look.colour("label"))

    def spoken(self) -> list[str]:
        return [t for t in (self.head, self.text) if t]
