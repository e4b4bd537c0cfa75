"""Parameters of a batch, page by page: name, limits with what is measured, value, and a button where it may be changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.theme import Look
from hmi.viewmodels.batch_page import ParameterRow
from hmi.viewmodels.batches import Batch
from hmi.widgets import draw
from hmi.widgets.bars import LimitBar, Span
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import discard, label
from hmi.widgets.painted import Painted

ROW_HEIGHT: Final = 56


class NameLines(Painted):
    """A name with a smaller line below; shrinks a little before it is cut with an ellipsis."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.head = ""
        self.foot = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(look.px(ROW_HEIGHT - 8))

    def show_lines(self, head: str, foot: str) -> None:
        """Show these."""
        if (head, foot) != (self.head, self.foot):
            self.head, self.foot = head, foot
            self.changed()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        upper = QRectF(rect.x(), rect.center().y() - px(20), rect.width(), px(20))
        draw.write_fitting(p, upper, self.head, look, 15, 400, look.colour("ink"))
        lower = QRectF(rect.x(), rect.center().y() + px(1), rect.width(), px(18))
        draw.write_fitting(p, lower, self.foot, look, 12.5, 400, look.colour("label"))

    def spoken(self) -> list[str]:
        return [self.head, self.foot]


@dataclass(frozen=True)
class Slot:
    """The widgets of one row."""

    name: NameLines
    bar: LimitBar
    value: QLabel
    change: QPushButton
    note: QLabel

    def widgets(self) -> tuple[QWidget, ...]:
        """All of them."""
        return self.name, self.bar, self.value, self.change, self.note


def span_of(row: ParameterRow) -> Span:
    """Limits, setpoint and what is measured of a parameter."""
    p, now = row.parameter, row.now
    if now is None:
        return Span(p.lo, p.hi, p.value)
    return Span(p.lo, p.hi, p.value, now.value, now.good, now.text)


class ParameterPages(QWidget):
    """As many rows as fit; ``pager`` turns the pages and may stand anywhere."""

    def __init__(self, context: PanelContext, change: Callable[[ParameterRow], None]) -> None:
        super().__init__()
        self.context = context
        self._change = change
        self.page = 0
        self.rows: tuple[ParameterRow, ...] = ()
        self.slots: list[Slot] = []
        self._ended = False
        look = context.look
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(look.px(12))
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        self._column.addLayout(self._grid)
        self._column.addStretch(1)
        self.pager = QFrame()
        row = QHBoxLayout(self.pager)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(8))
        self.back = button("◂", lambda: self.turn(-1), role="compact")
        self.forward = button("▸", lambda: self.turn(1), role="compact")
        self.place = label("", "label")
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.place.setMinimumWidth(look.px(48))
        for made in (self.back, self.place, self.forward):
            row.addWidget(made)
        for made in (self.back, self.forward):
            made.setMinimumWidth(look.px(64))

    def sizeHint(self) -> QSize:
        return QSize(self.context.look.px(420), self.context.look.px(ROW_HEIGHT * 4))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.context.look.px(300), self.context.look.px(ROW_HEIGHT))

    def room(self) -> int:
        """How many rows fit."""
        return max(1, self.height() // self.context.look.px(ROW_HEIGHT))

    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.rows) // self.room()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show()

    def retranslate(self) -> None:
        """Fixed texts."""
        for slot in self.slots:
            slot.change.setText(translate("Batches", "Change…"))

    def turn(self, by: int) -> None:
        """Another page; stays inside."""
        self.page = min(self.pages() - 1, max(0, self.page + by))
        self._show()

    def show_rows(self, batch: Batch, rows: Sequence[ParameterRow]) -> None:
        """Show these parameters of a batch."""
        self.rows, self._ended = tuple(rows), batch.ended
        self._show()

    def visible_rows(self) -> tuple[ParameterRow, ...]:
        """The parameters on the page that is open."""
        room = self.room()
        return self.rows[self.page * room : (self.page + 1) * room]

    def _show(self) -> None:
        self.page = min(self.page, self.pages() - 1)
        shown = self.visible_rows()
        self._fit(min(self.room(), len(self.rows)))
        live = self.context.store.live
        for i, slot in enumerate(self.slots):
            known = i < len(shown)
            for widget in slot.widgets():
                widget.setVisible(known)
            if not known:
                continue
            row = shown[i]
            slot.name.show_lines(row.name, f"{row.limits} · {row.where}")
            slot.bar.show_span(span_of(row))
            slot.value.setText(row.value)
            slot.change.setVisible(row.parameter.editable)
            slot.change.setEnabled(live and may(self.context.store, row.parameter.role))
            slot.note.setVisible(not row.parameter.editable)
            ccp = row.parameter.ccp
            slot.note.setText(translate("Batches", "CCP") if ccp else "" if self._ended else translate("Batches", "done"))
            role = row.parameter.role
            if row.parameter.editable and role != "operator":
                by = translate("Batches", "by: {role}").format(role=role_name(role))
                slot.name.show_lines(row.name, f"{row.limits} · {row.where} · {by}")
        self.place.setText(f"{self.page + 1} / {self.pages()}")
        self.back.setEnabled(self.page > 0)
        self.forward.setEnabled(self.page < self.pages() - 1)

    def _fit(self, count: int) -> None:
        while len(self.slots) > count:
            for widget in self.slots.pop().widgets():
                self._grid.removeWidget(widget)
                discard(widget)
        while len(self.slots) < count:
            self._add_slot()

    def _add_slot(self) -> None:
        look = self.context.look
        at = len(self.slots)
        slot = Slot(
            NameLines(look), LimitBar(look), label("", "setpoint"),
            button(translate("Batches", "Change…"), lambda i=at: self._change(self.visible_rows()[i]), role="compact"),
            label("", "label"),
        )  # fmt: skip
        self._grid.setRowMinimumHeight(at, look.px(ROW_HEIGHT))
        self._grid.addWidget(slot.name, at, 0)
        for column, widget in ((1, slot.bar), (2, slot.value), (3, slot.change), (3, slot.note)):
            self._grid.addWidget(widget, at, column, Qt.AlignmentFlag.AlignVCenter)
        self._grid.setColumnMinimumWidth(3, look.px(108))
        self.slots.append(slot)
