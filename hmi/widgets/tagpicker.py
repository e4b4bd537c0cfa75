"""Choose tags for a trend: units on the left, their tags as large buttons on the right, up to eight in all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.format import eu_text
from hmi.viewmodels.line_info import TagInfo
from hmi.viewmodels.trends import PENS_MAX, choosable, group_of, groups
from hmi.widgets.buttons import button
from hmi.widgets.choice import clear_layout
from hmi.widgets.dialogs import PanelDialog, label

GROUPS: Final[dict[str, Callable[[], str]]] = {
    "Util": lambda: translate("Trends", "Utilities"),
    "Line": lambda: translate("Trends", "Line"),
    "Engine": lambda: translate("Trends", "Engine"),
    "Link": lambda: translate("Trends", "Connections"),
}
COLUMNS: Final = 3
ROWS: Final = 9


class TagPicker(PanelDialog):
    """The confirm button says how many pens there will be."""

    def __init__(
        self, context: PanelContext, chosen: Sequence[str], take: Callable[[list[str]], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(context.look, translate("Trends", "Choose tags"), parent)
        self.context = context
        self.chosen = list(chosen)
        self._take = take
        px = context.look.px
        store = context.store
        first = store.tag(self.chosen[0]) if self.chosen else None
        self.group = group_of(store, first) if first is not None else (groups(store) or [("", "")])[0][0]
        self.page = 0
        row = QHBoxLayout()
        row.setSpacing(px(16))
        left = QGridLayout()
        left.setSpacing(px(4))
        self.group_buttons: dict[str, QPushButton] = {}
        units = len(store.units())
        for i, (key, text) in enumerate(groups(store)):
            made = button(self._group_name(key, text), lambda k=key: self.show_group(k), role="compact")
            made.setCheckable(True)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            left.addWidget(made, i if i < units else i - units, 0 if i < units else 1)
            self.group_buttons[key] = made
        left.setRowStretch(max(units, len(groups(store)) - units), 1)
        row.addLayout(left)
        right = QVBoxLayout()
        self._grid = QGridLayout()
        self._grid.setSpacing(px(6))
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        right.addLayout(self._grid)
        right.addStretch(1)
        pages = QHBoxLayout()
        self.back = button("◂", lambda: self._turn(-1), role="compact")
        self.forward = button("▸", lambda: self._turn(1), role="compact")
        self.place = label("", "label")
        pages.addStretch(1)
        for widget in (self.back, self.place, self.forward):
            pages.addWidget(widget)
        right.addLayout(pages)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addSpacing(px(12))
        last.addWidget(button(translate("Trends", "Clear all"), self._clear))
        last.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(px(220))
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setFixedSize(px(1080), px(700))
        self.tag_buttons: dict[str, QPushButton] = {}
        self.show_group(self.group)

    def _group_name(self, key: str, text: str) -> str:
        store = self.context.store
        devices = store.line.devices if store.line else {}
        device = store.text(devices[key.lower()].get("name")) if key.lower() in devices else ""
        return device or (GROUPS[key]() if key in GROUPS else text)

    def tags(self) -> list[TagInfo]:
        """Tags of the group that is open."""
        return choosable(self.context.store, self.group)

    def show_group(self, key: str) -> None:
        """Open the tags of a unit."""
        self.group, self.page = key, 0
        self._show()

    def _turn(self, by: int) -> None:
        self.page += by
        self._show()

    def _clear(self) -> None:
        self.chosen = []
        self._show()

    def _show(self) -> None:
        store = self.context.store
        for key, made in self.group_buttons.items():
            made.setChecked(key == self.group)
        clear_layout(self._grid)
        self.tag_buttons = {}
        tags = self.tags()
        room = COLUMNS * ROWS
        pages = max(1, -(-len(tags) // room))
        self.page = min(self.page, pages - 1)
        for i, info in enumerate(tags[self.page * room : (self.page + 1) * room]):
            eu = eu_text(info.eu, store.language)
            text = _two_lines(f"{store.text(info.text) or info.short}{', ' + eu if eu else ''}")
            made = button(text, lambda n=info.name: self.toggle(n))
            made.setCheckable(True)
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            made.setFixedHeight(self.look.px(54))
            self._grid.addWidget(made, i % ROWS, i // ROWS)
            self.tag_buttons[info.name] = made
        self.place.setText(f"{self.page + 1} / {pages}")
        for widget in (self.back, self.place, self.forward):
            widget.setVisible(pages > 1)
        self.back.setEnabled(self.page > 0)
        self.forward.setEnabled(self.page < pages - 1)
        self._judge()

    def toggle(self, name: str) -> None:
        """Choose a tag or drop it; a ninth is not taken."""
        if name in self.chosen:
            self.chosen.remove(name)
        elif len(self.chosen) < PENS_MAX:
            self.chosen.append(name)
        self._judge()

    def _judge(self) -> None:
        full = len(self.chosen) >= PENS_MAX
        for name, made in self.tag_buttons.items():
            made.setChecked(name in self.chosen)
            made.setEnabled(name in self.chosen or not full)
        self.ok.setText(translate("Trends", "Show {n} of {limit}").format(n=len(self.chosen), limit=PENS_MAX))

    def confirm(self) -> None:
        """Hand the tags over and close."""
        self.accept()
        self._take(list(self.chosen))


def _two_lines(text: str, width: int = 25) -> str:
    """The caption broken once near its middle when it is long."""
    text = text.replace("&", "&&")
    if len(text) <= width:
        return text
    spaces = [i for i, c in enumerate(text) if c == " "]
    if not spaces:
        return text
    at = min(spaces, key=lambda i: abs(i - len(text) / 2))
    return text[:at] + "\n" + text[at + 1 :]
