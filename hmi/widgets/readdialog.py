"""A long text of a person, whole, where only its beginning has room on the page."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.widgets.dialogs import PanelDialog, label

WIDTH: Final = 820


class ReadDialog(PanelDialog):
    """The text and a button to close it."""

    def __init__(self, look: Look, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(look, title, parent)
        self.text = label(text, wrap=True)
        self.body.addWidget(self.text)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button(translate("Dialog", "Close")))
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(WIDTH))
