"""A painted table for fingers: tall rows, whole pages instead of a scroll bar, a touch selects a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from hmi.theme import Look
from hmi.viewmodels.units import Chip
from hmi.widgets import draw
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.painted import Painted

if TYPE_CHECKING:
    from hmi.widgets.entrylist import EntryList

HEAD: Final = 34
GAP: Final = 8
SMALL: Final = 12.5


@dataclass(frozen=True)
class Column:
    """A column: ``width`` in pixels of the 1280×800 drawing, or a share of what is left when ``stretch`` is given.

    ``key`` is told when its header is touched; ``mark`` stands beside the title of the one that the table is sorted by.
    """

    title: str
    width: float = 0.0
    stretch: float = 0.0
    right: bool = False
    key: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Cell:
    """Content of a cell: text with a smaller second line, or a symbol of a priority, a chip, a bar of a share 0…1.

    ``touch`` names a cell that is a target of its own, drawn as a button.
    """

    text: str = ""
    sub: str = ""
    role: str = "ink"
    bold: bool = False
    symbol: int = 0
    flashing: bool = False
    chip: Chip | None = None
    share: float | None = None
    touch: str = ""


@dataclass(frozen=True)
class Row:
    """One row; ``key`` is what a touch selects, ``stamp`` the time (UTC, ns) of what is drawn, where that matters.

    An ``inset`` row belongs to the one above it.
    """

    key: str
    cells: tuple[Cell, ...]
    stamp: int = 0
    inset: bool = False


class RowTable(Painted):
    """Shows one page of rows at a time. ``chosen`` tells the key of a touched row, ``touched`` key and name of a cell that is a
    target of its own, ``headed`` the key of a touched header, ``paged`` that another page is shown.
    """

    chosen = Signal(str)
    touched = Signal(str, str)
    headed = Signal(str)
    paged = Signal()

    def __init__(self, look: Look, row_height: float = 50, parent: QWidget | None = None, *, head: float = HEAD) -> None:
        super().__init__(look, parent)
        self._row_height = row_height
        self._head = head
        self.columns: tuple[Column, ...] = ()
        self.keys: Sequence[str] = ()
        self._make: Callable[[int], Row] | None = None
        self._page_shown: tuple[Row, ...] = ()
        self.selected = ""
        self.page = 0
        self.empty = ""
        self._followed = ""

    # ---- content ----------------------------------------------------------------------------------------------------

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Take these columns; rows have as many cells."""
        if tuple(columns) != self.columns:
            self.columns = tuple(columns)
            self.changed()

    def show_rows(self, rows: Sequence[Row], *, selected: str = "", empty: str = "") -> None:
        """Show these rows on the page that is open; ``empty`` is said in place of no rows."""
        self._show([row.key for row in rows], list(rows).__getitem__, selected, empty)

    def show_keys(self, keys: Sequence[str], make: Callable[[str], Row], *, selected: str = "", empty: str = "") -> None:
        """As :meth:`show_rows` for many rows: only those of the page that is open are made."""
        self._show(keys, lambda at: make(keys[at]), selected, empty)

    def _show(self, keys: Sequence[str], make: Callable[[int], Row], selected: str, empty: str) -> None:
        before = self.pages(), self.page, self.selected, self.empty, self._page_shown
        self.keys, self._make, self.selected, self.empty = keys, make, selected, empty
        self._keep_page()
        self._fill()
        after = self.pages(), self.page, self.selected, self.empty, self._page_shown
        if after != before or any(c.flashing for r in self._page_shown for c in r.cells):
            self.changed()
        if after[:2] != before[:2]:
            self.paged.emit()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, made now."""
        make = self._make
        return tuple(make(at) for at in range(len(self.keys))) if make is not None else ()

    def _fill(self) -> None:
        room, make = self.rows_per_page(), self._make
        here = range(self.page * room, min(len(self.keys), (self.page + 1) * room))
        self._page_shown = tuple(make(at) for at in here) if make is not None else ()

    def rows_per_page(self) -> int:
        """How many rows fit."""
        return max(1, int((self.height() - self.look.px(self._head)) / self.look.px(self._row_height)))

    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.keys) // self.rows_per_page()))

    def visible_rows(self) -> tuple[Row, ...]:
        """The rows that are on the screen now; none while the table itself is not."""
        if not self.isVisible():
            return ()
        return self._page_shown

    def turn(self, by: int) -> None:
        """Another page, ``by`` −1 or 1; stays inside."""
        self._followed = ""
        page = min(self.pages() - 1, max(0, self.page + by))
        if page != self.page:
            self.page = page
            self._fill()
            self.changed()
            self.paged.emit()

    def show_key(self, key: str) -> None:
        """Turn to the page that holds a row, and stay with it until another page is chosen."""
        self._followed = key
        self._keep_page()
        self._fill()
        self.changed()
        self.paged.emit()

    def first_page(self) -> None:
        """Back to the first page."""
        self._followed = ""
        self.page = 0
        self._fill()

    def _keep_page(self) -> None:
        at = next((i for i, key in enumerate(self.keys) if key == self._followed), None) if self._followed else None
        self.page = min(self.page, self.pages() - 1) if at is None else at // self.rows_per_page()

    # ---- geometry and touch -----------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(500), self.look.px(self._head + 4 * self._row_height))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(200), self.look.px(self._head + self._row_height))

    def resizeEvent(self, event: object) -> None:
        self._keep_page()
        self._fill()
        self.paged.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        where = event.position()
        if not self.rect().contains(where.toPoint()):
            return
        boxes = self._lefts(self._inner(QRectF(self.rect())))
        column = next((i for i, box in enumerate(boxes) if where.x() < box.right() + self.look.px(GAP)), len(boxes) - 1)
        at = int((where.y() - self.look.px(self._head)) // self.look.px(self._row_height))
        if at < 0 and self.columns and self.columns[column].key:
            self.headed.emit(self.columns[column].key)
        elif 0 <= at < len(self._page_shown):
            row = self._page_shown[at]
            cell = row.cells[column] if column < len(row.cells) else Cell()
            if cell.touch:
                self.touched.emit(row.key, cell.touch)
            else:
                self.chosen.emit(row.key)

    def _inner(self, rect: QRectF) -> QRectF:
        return rect.adjusted(self.look.px(6), 0, -self.look.px(2), 0)

    def _lefts(self, rect: QRectF) -> list[QRectF]:
        px = self.look.px
        fixed = sum(px(c.width) for c in self.columns if not c.stretch)
        shares = sum(c.stretch for c in self.columns) or 1.0
        free = max(0.0, rect.width() - fixed)
        boxes: list[QRectF] = []
        x = rect.x()
        for column in self.columns:
            width = free * column.stretch / shares if column.stretch else px(column.width)
            boxes.append(QRectF(x, 0, max(0.0, width - px(GAP)), 0))
            x += width
        return boxes

    # ---- painting ---------------------------------------------------------------------------------------------------

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        boxes = self._lefts(self._inner(rect))
        top = px(self._head)
        for column, box in zip(self.columns, boxes, strict=True):
            head = QRectF(box.x(), rect.y(), box.width(), top)
            title = f"{column.title} {column.mark}".strip() if column.mark else column.title
            ink = look.colour("ink" if column.mark else "label")
            draw.write(p, head, title, look.font(13, 600), ink, draw.RIGHT if column.right else draw.LEFT)
        p.setPen(QPen(look.colour("edge"), 1))
        p.drawLine(QLineF(rect.x(), top - 0.5, rect.right(), top - 0.5))
        y = float(top)
        height = px(self._row_height)
        if not self._page_shown and self.empty:
            box = QRectF(rect.x() + px(6), y + px(14), rect.width() - px(12), px(60))
            draw.write_lines(p, box, self.empty, look.font(15), look.colour("label"))
        for row in self._page_shown:
            band = QRectF(rect.x(), y, rect.width(), height)
            if row.key == self.selected:
                p.fillRect(band.adjusted(0, 0, 0, -1), look.colour("track"))
                p.fillRect(QRectF(band.x(), band.y(), px(3), height - 1), look.colour("value"))
            if row.inset:
                p.fillRect(QRectF(band.x() + px(3), band.y(), px(3), height), look.colour("line"))
            for column, cell, box in zip(self.columns, row.cells, boxes, strict=False):
                self._cell(p, QRectF(box.x(), y, box.width(), height), cell, column)
            p.setPen(QPen(look.colour("edge"), 1))
            p.drawLine(QLineF(band.x(), band.bottom() - 0.5, band.right(), band.bottom() - 0.5))
            y += height

    def _cell(self, p: QPainter, box: QRectF, cell: Cell, column: Column) -> None:
        look, px = self.look, self.look.px
        if cell.symbol:
            size = px(22)
            at = QRectF(box.x() + px(2), box.center().y() - size / 2, size, size)
            draw.symbol(p, at, cell.symbol, look, filled=not cell.flashing or look.blink_on)
            return
        if cell.chip is not None:
            width = min(draw.chip_width(cell.chip, look, 13), box.width())
            draw.chip(p, QRectF(box.x(), box.center().y() - px(13), width, px(26)), cell.chip, look, 13)
            return
        if cell.touch:
            target = QRectF(box.x(), box.y() + px(3), box.width() + px(GAP) - px(4), box.height() - px(7))
            p.setPen(QPen(look.colour("line"), 1.5 * look.scale))
            p.setBrush(look.colour("pane"))
            p.drawRoundedRect(target, px(6), px(6))
            draw.write(p, target, cell.text, look.font(14, 600), look.colour("ink"), draw.CENTER)
            return
        flags = draw.RIGHT if column.right else draw.LEFT
        font, ink = look.font(14, 600 if cell.bold else 400), look.colour(cell.role)
        if cell.share is not None:
            draw.write(p, QRectF(box.x(), box.y() + px(7), box.width(), box.height() / 2 - px(7)), cell.text, font, ink, flags)
            draw.progress(p, QRectF(box.x() + 0.5, box.center().y() + px(5), box.width() - 1, px(9)), cell.share, look)
            return
        if cell.sub:
            upper = QRectF(box.x(), box.center().y() - px(20), box.width(), px(20))
            draw.write(p, upper, cell.text, font, ink, flags)
            lower = QRectF(box.x(), box.center().y(), box.width(), box.bottom() - box.center().y() - px(3))
            if column.right:
                line = QRectF(lower.x(), lower.y(), lower.width(), px(18))
                draw.write(p, line, cell.sub, look.font(SMALL), look.colour("label"), flags)
            else:
                lines(p, lower, cell.sub, look, SMALL, 400, "label")
            return
        metrics = QFontMetricsF(font)
        if metrics.horizontalAdvance(cell.text) <= box.width():
            draw.write(p, box, cell.text, font, ink, flags)
        elif " " not in cell.text:
            draw.write_fitting(p, box, cell.text, look, 14, 600 if cell.bold else 400, ink)
        else:
            tall = metrics.height() * min(2, int(box.height() // metrics.height()))
            middle = QRectF(box.x(), box.center().y() - tall / 2, box.width(), tall)
            lines(p, middle, cell.text, look, 14, 600 if cell.bold else 400, cell.role)

    def spoken(self) -> list[str]:
        texts: list[str] = []
        for row in self._page_shown:
            for c in row.cells:
                texts += [t for t in (str(c.symbol) if c.symbol else "", c.chip.text if c.chip else "", c.text, c.sub) if t]
        return texts or ([self.empty] if self.empty else [])


def lines(p: QPainter, rect: QRectF, text: str, look: Look, size: float, weight: int, role: str) -> None:
    """Text broken at words into the lines that fit, the last one elided."""
    draw.write_lines(p, rect, text, look.font(size, weight), look.colour(role))


class Pager(QWidget):
    """Page back, where we are, page forward; unseen while there is one page only."""

    def __init__(self, table: RowTable | EntryList) -> None:
        super().__init__()
        self._table = table
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(table.look.px(8))
        self.back: QPushButton = button("◂", lambda: table.turn(-1), role="compact")
        self.forward: QPushButton = button("▸", lambda: table.turn(1), role="compact")
        self.place = label("", "label")
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.place.setMinimumWidth(table.look.px(48))
        for made in (self.back, self.forward):
            made.setMinimumWidth(table.look.px(64))
        for widget in (self.back, self.place, self.forward):
            row.addWidget(widget)
        table.paged.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Where the table is."""
        pages = self._table.pages()
        self.place.setText(f"{self._table.page + 1} / {pages}")
        self.back.setEnabled(self._table.page > 0)
        self.forward.setEnabled(self._table.page < pages - 1)
        self.setVisible(pages > 1)
