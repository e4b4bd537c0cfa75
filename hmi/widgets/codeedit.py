"""A plain text field with line numbers, for files; a line can be marked and gone to."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QPainter, QPaintEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from hmi.theme import Look


class _Numbers(QWidget):
    def __init__(self, edit: CodeEdit) -> None:
        super().__init__(edit)
        self._edit = edit

    def sizeHint(self) -> QSize:
        return QSize(self._edit.numbers_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._edit.paint_numbers(event)


class CodeEdit(QPlainTextEdit):
    """``mark_lines`` writes the numbers of these lines (from 1) strong with a mark: something is wrong there."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._marked: frozenset[int] = frozenset()
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(look.px(14))
        self.setFont(font)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self._numbers = _Numbers(self)
        self.blockCountChanged.connect(lambda _count: self._make_room())
        self.updateRequest.connect(self._scrolled)
        self._make_room()

    def numbers_width(self) -> int:
        """Width of the column of numbers."""
        digits = max(3, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("9" * digits) + self.look.px(22)

    def mark_lines(self, lines: Iterable[int]) -> None:
        """Something is wrong in these lines."""
        marked = frozenset(lines)
        if marked != self._marked:
            self._marked = marked
            self._numbers.update()

    def go_to(self, line: int) -> None:
        """Put the cursor at the beginning of a line and into the middle of the field."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.centerCursor()
        self.setFocus()

    def replace_text(self, text: str) -> None:
        """Another text as one step that can be undone; cursor and place stay where they were."""
        if text == self.toPlainText():
            return
        at, top = self.textCursor().position(), self.verticalScrollBar().value()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()
        after = self.textCursor()
        after.setPosition(min(at, len(text)))
        self.setTextCursor(after)
        self.verticalScrollBar().setValue(top)

    def _make_room(self) -> None:
        self.setViewportMargins(self.numbers_width(), 0, 0, 0)

    def _scrolled(self, rect: QRect, dy: int) -> None:
        if dy:
            self._numbers.scroll(0, dy)
        else:
            self._numbers.update(0, rect.y(), self._numbers.width(), rect.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inner = self.contentsRect()
        self._numbers.setGeometry(QRect(inner.left(), inner.top(), self.numbers_width(), inner.height()))

    def paint_numbers(self, event: QPaintEvent) -> None:
        """The column of numbers beside the lines that are in sight."""
        p = QPainter(self._numbers)
        look, width = self.look, self._numbers.width()
        p.fillRect(event.rect(), look.colour("track"))
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= event.rect().bottom():
            height = self.blockBoundingRect(block).height()
            number = block.blockNumber() + 1
            wrong = number in self._marked
            font = QFont(self.font())
            font.setBold(wrong)
            p.setFont(font)
            p.setPen(look.colour("ink" if wrong else "label"))
            text = f"✕ {number}" if wrong else str(number)
            box = QRect(0, round(top), width - look.px(6), round(height))
            p.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            block, top = block.next(), top + height
        p.end()
