"""Choices for fingers: a button that opens a list of large targets, and a row of tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QDialog, QGridLayout, QHBoxLayout, QPushButton, QWidget

from hmi.theme import Look
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import discard, label

ROWS_MAX: Final = 9
COLUMNS_MAX: Final = 3
PAGED_COLUMNS: Final = 2
"""Columns of a list that is so long that it needs pages: its texts are long as a rule."""


@dataclass(frozen=True)
class Choice:
    """An entry of a list: ``key`` is told, ``text`` is shown."""

    key: str
    text: str


class ChoiceList(QDialog):
    """The opened list: one button per choice, in columns, on pages where it is long; a touch outside closes it."""

    def __init__(self, look: Look, choices: Sequence[Choice], current: str, take: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        grid = QGridLayout(self)
        margin = look.px(8)
        grid.setContentsMargins(margin, margin, margin, margin)
        grid.setSpacing(look.px(6))
        self.buttons: dict[str, QPushButton] = {}
        self._on_page = ROWS_MAX * (COLUMNS_MAX if len(choices) <= ROWS_MAX * COLUMNS_MAX else PAGED_COLUMNS)
        self.pages = -(-len(choices) // self._on_page)
        for i, choice in enumerate(choices):
            made = button(choice.text.replace("&", "&&"), lambda k=choice.key: self._chosen(k))
            made.setCheckable(True)
            made.setChecked(choice.key == current)
            made.setMinimumWidth(look.px(190))
            at = i % self._on_page
            grid.addWidget(made, at % ROWS_MAX, at // ROWS_MAX)
            made.ensurePolished()  # in the font of the sheet before the list takes its size: no text is cut
            self.buttons[choice.key] = made
        self._take = take
        self.back = button("◂", lambda: self.turn(-1), role="compact")
        self.forward = button("▸", lambda: self.turn(1), role="compact")
        self.place = label("", "label")
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        foot = QHBoxLayout()
        for widget in (self.back, self.place, self.forward):
            widget.setVisible(self.pages > 1)
            foot.addWidget(widget, 1)
        grid.addLayout(foot, ROWS_MAX, 0, 1, max(1, grid.columnCount()))
        chosen = next((i for i, choice in enumerate(choices) if choice.key == current), 0)
        self.page = chosen // self._on_page
        self.turn(0)

    def turn(self, by: int) -> None:
        """Another page; the first one shows what is chosen."""
        self.page = max(0, min(self.pages - 1, self.page + by))
        for i, made in enumerate(self.buttons.values()):
            made.setVisible(i // self._on_page == self.page)
        self.place.setText(f"{self.page + 1} / {self.pages}")
        self.back.setEnabled(self.page > 0)
        self.forward.setEnabled(self.page < self.pages - 1)

    def _chosen(self, key: str) -> None:
        self.accept()
        self._take(key)


class Dropdown(QPushButton):
    """A button that shows what is chosen; ``chosen`` tells the key of a new choice."""

    chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.choices: tuple[Choice, ...] = ()
        self.current = ""
        self.list: ChoiceList | None = None
        self.setProperty("role", "compact")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(lambda *_: self.open_list())

    def show_choices(self, choices: Sequence[Choice], current: str) -> None:
        """Offer these; ``current`` is the key of the one that holds."""
        self.choices, self.current = tuple(choices), current
        text = next((c.text for c in self.choices if c.key == current), "")
        shown = f"{text} ▾".replace("&", "&&")
        if shown != self.text():
            self.setText(shown)

    def open_list(self) -> ChoiceList:
        """Open the list below the button, inside the window: towards its middle, so that it hides no navigation beside."""
        made = ChoiceList(self.look, self.choices, self.current, self.chosen.emit, self)
        made.resize(made.sizeHint())  # adjustSize() takes two thirds of the screen at most and would cut texts
        window = self.window().mapToGlobal(QPoint(0, 0))
        middle = self.mapToGlobal(QPoint(self.width() // 2, 0)).x() - window.x()
        begins_left = middle < self.window().width() // 2
        corner = self.mapToGlobal(QPoint(0 if begins_left else self.width() - made.width(), self.height() + self.look.px(4)))
        lowest = window.y() + self.window().height() - made.height()
        rightmost = window.x() + self.window().width() - made.width()
        made.move(max(window.x(), min(corner.x(), rightmost)), max(window.y(), min(corner.y(), lowest)))
        made.finished.connect(lambda *_: setattr(self, "list", None))
        self.list = made
        made.open()
        return made


class Tabs(QWidget):
    """Buttons of which one is down; ``chosen`` tells its key."""

    chosen = Signal(str)

    def __init__(self, look: Look, keys: Sequence[str]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(6))
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for key in keys:
            made = button("", lambda k=key: self.choose(k), role="compact")
            made.setCheckable(True)
            self._group.addButton(made)
            row.addWidget(made)
            self.buttons[key] = made
        self.current = keys[0]
        self.buttons[self.current].setChecked(True)

    def set_text(self, key: str, text: str) -> None:
        """The caption of a tab."""
        if self.buttons[key].text() != text:
            self.buttons[key].setText(text)

    def choose(self, key: str) -> None:
        """Take this one down and tell it."""
        self.buttons[key].setChecked(True)
        if key != self.current:
            self.current = key
            self.chosen.emit(key)


def clear_layout(layout: QHBoxLayout | QGridLayout) -> None:
    """Take every widget out of a layout and delete it."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            discard(widget)
