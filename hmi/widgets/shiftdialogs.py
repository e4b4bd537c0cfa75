"""Ending a shift in two steps, starting one with its crew and number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.shift import NUMBER_MAX, Shift, next_number
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import Keyboard, PanelDialog, Question, TextDialog, label
from hmi.widgets.rowtable import Column, Pager, Row, RowTable

HIDDEN_ROW: Final = 50
HIDDEN_ROWS: Final = 4


class EndShiftDialog(PanelDialog):
    """First step: what the shift did, which alarms it leaves hidden, and a note. The second step asks once more and ends it."""

    def __init__(
        self, context: PanelContext, shift: Shift, summary: Sequence[tuple[str, str]], parent: QWidget | None = None, *,
        hidden: Sequence[Row] = (), hidden_words: str = "",
    ) -> None:  # fmt: skip
        super().__init__(context.look, translate("ShiftDialog", "End shift {number}").format(number=shift.number), parent)
        self.context, self.shift = context, shift
        self.note = ""
        self.hidden_words = hidden_words
        px = context.look.px
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(24))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(0, 1)
        for row, (name, value) in enumerate(summary):
            grid.addWidget(label(name, "label"), row, 0)
            grid.addWidget(label(value, "value"), row, 1, Qt.AlignmentFlag.AlignRight)
        self.body.addLayout(grid)
        self.hidden = RowTable(context.look, HIDDEN_ROW, head=0)
        if hidden:
            self._list_hidden(hidden)
        self.body.addSpacing(px(6))
        row_of_note = QHBoxLayout()
        self.note_shown = label("", "", wrap=True)
        row_of_note.addWidget(self.note_shown, 1)
        row_of_note.addWidget(button(translate("ShiftDialog", "Note…"), self.edit_note))
        self.body.addLayout(row_of_note)
        self.body.addSpacing(px(14))
        last = QHBoxLayout()
        last.addWidget(button(translate("Dialog", "Cancel"), self.reject))
        last.addStretch(1)
        self.ok = button(translate("ShiftDialog", "End the shift…"), self.ask, role="primary")
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(px(780 if hidden else 560))
        self.take_note("")

    def _list_hidden(self, hidden: Sequence[Row]) -> None:
        px = self.look.px
        head = QHBoxLayout()
        told = translate("ShiftDialog", "Hidden alarms that the next shift takes over ({words})").format(words=self.hidden_words)
        head.addWidget(label(told, "title", wrap=True), 1)
        self.hidden.setFixedHeight(px(HIDDEN_ROW) * min(HIDDEN_ROWS, len(hidden)) + px(2))
        self.hidden.show_columns([Column("", 34), Column("", stretch=1.0), Column("", 250)])
        self.hidden.show_rows(hidden)
        head.addWidget(Pager(self.hidden))
        self.body.addLayout(head)
        self.body.addWidget(self.hidden)

    def edit_note(self) -> None:
        """Enter the note."""
        title = translate("ShiftDialog", "Note for the next shift")
        TextDialog(self.look, self.context.store.language, title, self.take_note, text=self.note, parent=self).open()

    def take_note(self, note: str) -> None:
        """The note that goes into the report."""
        self.note = note
        self.note_shown.setText(note or translate("ShiftDialog", "No note for the next shift"))

    def ask(self) -> None:
        """Second step."""
        number = self.shift.number
        title = translate("ShiftDialog", "End shift {number}").format(number=number)
        text = translate("ShiftDialog", "The totals are closed and go into the report. Batches on the line run on.")
        if self.hidden_words:
            tell = translate("ShiftDialog", "Tell the next shift of the hidden alarms ({words}).")
            text = f"{text}\n{tell.format(words=self.hidden_words)}"
        Question(self.look, title, text, title, self.confirm, self).open()

    def confirm(self) -> None:
        """Send it and close."""
        if self.held_back():
            return
        self.accept()
        self.context.command("shift.end", "", {"note": self.note})


class StartShiftDialog(PanelDialog):
    """Crew by the on-screen keyboard, number by two buttons; says that an open shift will be ended."""

    def __init__(self, context: PanelContext, shift: Shift, parent: QWidget | None = None, *, hidden_words: str = "") -> None:
        super().__init__(context.look, translate("ShiftDialog", "Start a shift"), parent)
        self.context = context
        self.number = next_number(shift)
        px = context.look.px
        if shift.open:
            warning = translate("ShiftDialog", "Shift {number} is open: it will be ended with it.").format(number=shift.number)
            self.body.addWidget(label(warning, "strong", wrap=True))
        if hidden_words:
            taken = translate("ShiftDialog", "Hidden alarms ({words}): look through them on the alarm page.")
            self.body.addWidget(label(taken.format(words=hidden_words), "strong", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(px(10))
        row.addWidget(label(translate("ShiftDialog", "Number"), "label"))
        self.less = button("−", lambda: self.step(-1), role="key")
        self.shown = label("", "heading")
        self.shown.setMinimumWidth(px(44))
        self.shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.more = button("+", lambda: self.step(1), role="key")
        for widget in (self.less, self.shown, self.more):
            row.addWidget(widget)
        row.addSpacing(px(24))
        row.addWidget(label(translate("ShiftDialog", "Crew"), "label"))
        self.crew = QLineEdit(shift.crew if not shift.open else "")
        self.crew.setMaxLength(200)
        self.crew.setAccessibleName(translate("ShiftDialog", "Crew"))
        row.addWidget(self.crew, 1)
        self.body.addLayout(row)
        self.body.addWidget(Keyboard(context.look, context.store.language, [self.crew]))
        last = QHBoxLayout()
        last.addWidget(button(translate("Dialog", "Cancel"), self.reject))
        last.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(px(220))
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(px(800))
        self.step(0)
        self.crew.setFocus()

    def step(self, by: int) -> None:
        """Another number, 1…99."""
        self.number = min(NUMBER_MAX, max(1, self.number + by))
        self.shown.setText(str(self.number))
        self.less.setEnabled(self.number > 1)
        self.more.setEnabled(self.number < NUMBER_MAX)
        self.ok.setText(translate("ShiftDialog", "Start shift {number}").format(number=self.number))

    def confirm(self) -> None:
        """Send it and close."""
        if self.held_back():
            return
        self.accept()
        self.context.command("shift.start", "", {"crew": self.crew.text().strip(), "number": self.number})
