"""Enter a time of day: digits, the colon comes by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.viewmodels.order_form import clock_of, parse_clock
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label

KEYS = (("7", "8", "9"), ("4", "5", "6"), ("1", "2", "3"), ("", "0", ""))


class ClockPad(PanelDialog):
    """``accept`` gets minutes since midnight. The keys stand as on the numeric pad, Confirm at the far bottom right."""

    def __init__(self, look: Look, title: str, minute: int, accept: Callable[[int], None], parent: QWidget | None = None) -> None:
        super().__init__(look, title, parent)
        self._accept = accept
        self.body.addWidget(label(translate("ClockPad", "Set to: {time}").format(time=clock_of(minute))))
        self.field = QLineEdit()
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setAccessibleName(title)
        self.field.setMaxLength(5)
        self.field.textChanged.connect(self._judge)
        self.field.returnPressed.connect(self.confirm)
        self.body.addWidget(self.field)
        self.verdict = label("", "error", wrap=True)
        self.verdict.setMinimumHeight(look.px(40))
        self.body.addWidget(self.verdict)
        grid = QGridLayout()
        grid.setSpacing(look.px(8))
        for r, keys in enumerate(KEYS):
            for c, key in enumerate(keys):
                if key:
                    grid.addWidget(button(key, lambda k=key: self.press(k), role="key"), r, c)
        grid.setColumnMinimumWidth(3, look.px(12))
        grid.addWidget(button("⌫", self.field.backspace, role="key"), 0, 4)
        grid.addWidget(button("C", self.field.clear, role="key"), 1, 4)
        self.body.addLayout(grid)
        self.body.addSpacing(look.px(20))
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        self.ok = button(translate("NumericPad", "Confirm"), self.confirm, role="primary")
        self.ok.setMinimumWidth(look.px(200))
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(look.px(460))
        self._judge("")
        self.field.setFocus()

    def press(self, key: str) -> None:
        """One digit."""
        self.field.insert(key)

    def _judge(self, typed: str) -> None:
        minute = parse_clock(typed)
        hint = translate("ClockPad", "Hours and minutes, e.g. 1630")
        bad = "✕ " + translate("ClockPad", "This is not a time of day")
        self.verdict.setText(hint if not typed else bad if minute is None else f"= {clock_of(minute)}")
        self.ok.setEnabled(minute is not None)

    def confirm(self) -> None:
        """Hand the time over and close; does nothing while it is none."""
        minute = parse_clock(self.field.text())
        if minute is not None:
            self.deliver(lambda: self._accept(minute))
