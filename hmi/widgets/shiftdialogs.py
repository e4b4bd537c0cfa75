"""Ending a shift in two steps, starting one with its crew and number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.format import clock_minutes
from hmi.viewmodels.handover import course
from hmi.viewmodels.shift import NUMBER_MAX, Shift, next_number
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import Keyboard, PanelDialog, Question, TextDialog, label
from hmi.widgets.rowtable import Column, Pager, Row, RowTable

HIDDEN_ROW: Final = 50
HIDDEN_ROWS: Final = 4


def without_handover(step: str) -> str:
    """What the report will say of the hand-over of a shift that is ended in this step."""
    if step == "handing_over":
        return translate("ShiftDialog", "Nobody took the shift over: the report will hold the signature of who leaves alone.")
    if step == "preparing":
        return translate("ShiftDialog", "The hand-over is prepared and not signed: the report will hold none.")
    return translate("ShiftDialog", "There was no hand-over: nobody signs, and the report says so.")


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
        self._tell_handover()
        self.body.addSpacing(px(6))
        row_of_note = QHBoxLayout()
        self.note_shown = label("", "", wrap=True)
        row_of_note.addWidget(self.note_shown, 1)
        row_of_note.addWidget(button(translate("ShiftDialog", "Note…"), self.edit_note))
        self.body.addLayout(row_of_note)
        self.body.addSpacing(px(14))
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        self.ok = button(translate("ShiftDialog", "End the shift…"), self.ask, role="primary")
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(px(780 if hidden else 560))
        self.take_note("")

    def _tell_handover(self) -> None:
        """Said plainly: nobody signs for a shift that is ended here."""
        plan = course(self.context.store)
        row = QHBoxLayout()
        row.addWidget(label(without_handover(plan.step), "strong", wrap=True), 1)
        if plan.calendar:
            self.to_handover = button(translate("ShiftDialog", "To the hand-over ▸"), self.hand_over)
            row.addWidget(self.to_handover)
        self.body.addSpacing(self.look.px(6))
        self.body.addLayout(row)

    def hand_over(self) -> None:
        """Leave it, and hand over instead."""
        self.reject()
        self.context.navigate("shift", "handover")

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
        text = f"{without_handover(course(self.context.store).step)}\n{text}"
        if self.hidden_words:
            tell = translate("ShiftDialog", "Tell the next shift of the hidden alarms ({words}).")
            text = f"{text}\n{tell.format(words=self.hidden_words)}"
        Question(self.look, title, text, title, self.confirm, self).open()

    def confirm(self) -> None:
        """Send it and close."""
        self.deliver(lambda: self.context.command("shift.end", self.shift.id, {"note": self.note}))


class StartShiftDialog(PanelDialog):
    """Number and crew: by the calendar where there is one, until somebody says otherwise. An open shift will be ended with it."""

    def __init__(self, context: PanelContext, shift: Shift, parent: QWidget | None = None, *, hidden_words: str = "") -> None:
        super().__init__(context.look, translate("ShiftDialog", "Start a shift"), parent)
        self.context, self.plan = context, course(context.store)
        meant = self.plan.coming
        self.number = meant.number if meant is not None else next_number(shift)
        self.by_calendar = meant is not None
        if shift.open:
            ended = translate("ShiftDialog", "Shift {number} is open: it will be ended with it.").format(number=shift.number)
            self.body.addWidget(label(f"{ended} {without_handover(self.plan.step)}", "strong", wrap=True))
        if hidden_words:
            taken = translate("ShiftDialog", "Hidden alarms ({words}): look through them on the alarm page.")
            self.body.addWidget(label(taken.format(words=hidden_words), "strong", wrap=True))
        if meant is not None:
            store = context.store
            times = f"{clock_minutes(meant.start_ns)}…{clock_minutes(meant.end_ns)}"
            named = " · ".join((store.text(meant.name), store.text(self.plan.crew_named(meant.crew)), times))
            self.body.addWidget(
                label(translate("ShiftDialog", "By the calendar: {shift}").format(shift=named), "label", wrap=True)
            )
        self._build_choice(shift)
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        if shift.open and self.plan.calendar:
            last.addWidget(button(translate("ShiftDialog", "To the hand-over ▸"), self.hand_over))
        last.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(context.look.px(220))
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(context.look.px(800))
        self.step(0)
        self.crew.setFocus()

    def _build_choice(self, shift: Shift) -> None:
        px = self.look.px
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
        meant = self.plan.coming
        self.crew = QLineEdit(meant.crew if meant is not None else shift.crew if not shift.open else "")
        self.crew.setMaxLength(200)
        self.crew.setAccessibleName(translate("ShiftDialog", "Crew"))
        self.crews = Dropdown(self.look)
        self.crews.chosen.connect(self.choose_crew)
        self.crew.setVisible(not self.plan.crews)
        self.crews.setVisible(bool(self.plan.crews))
        row.addWidget(self.crew, 1)
        row.addWidget(self.crews, 1)
        self.body.addLayout(row)
        if not self.plan.crews:
            self.body.addWidget(Keyboard(self.look, self.context.store.language, [self.crew]))
            self.crew.textChanged.connect(lambda *_: self._other())

    def choose_crew(self, crew: str) -> None:
        """Another crew than the calendar says."""
        self.crew.setText(crew)
        self._other()

    def step(self, by: int) -> None:
        """Another number, 1…99."""
        self.number = min(NUMBER_MAX, max(1, self.number + by))
        if by:
            self.by_calendar = False
        self._show()

    def _other(self) -> None:
        self.by_calendar = False
        self._show()

    def _show(self) -> None:
        self.shown.setText(str(self.number))
        self.less.setEnabled(self.number > 1)
        self.more.setEnabled(self.number < NUMBER_MAX)
        choices = [Choice(key, self.context.store.text(name)) for key, name in self.plan.crews]
        self.crews.show_choices(choices, self.crew.text())
        if hasattr(self, "ok"):
            self.ok.setText(translate("ShiftDialog", "Start shift {number}").format(number=self.number))

    def hand_over(self) -> None:
        """Leave it, and hand over instead."""
        self.reject()
        self.context.navigate("shift", "handover")

    def confirm(self) -> None:
        """Send it and close; what the calendar says is left for it to say."""
        args: Obj = {} if self.by_calendar else {"crew": self.crew.text().strip(), "number": self.number}
        self.deliver(lambda: self.context.command("shift.start", self.plan.id, args))
