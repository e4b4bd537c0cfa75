"""Dialogs of alarms: shelve, take out of service, tell what was done. Each says what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import Keyboard, PanelDialog, TextDialog, label

MINUTES: Final = (15, 30, 60, 120, 480)
TEXT_MAX: Final = 300
COMMENT_MAX: Final = 500
ORDER_MAX: Final = 100
SHELVE_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("AlarmDialog", "Under repair"),
    lambda: translate("AlarmDialog", "Sensor faulty, called"),
    lambda: translate("AlarmDialog", "Washing or set-up"),
    lambda: translate("AlarmDialog", "Cause known, dealt with"),
)
REMOVE_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("AlarmDialog", "Repair of the equipment"),
    lambda: translate("AlarmDialog", "Sensor taken off or replaced"),
    lambda: translate("AlarmDialog", "Equipment out of use"),
)
ACTIONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("AlarmDialog", "Checked on site, in order"),
    lambda: translate("AlarmDialog", "Cause removed"),
    lambda: translate("AlarmDialog", "Setpoint corrected"),
    lambda: translate("AlarmDialog", "Repair called"),
)


def length_text(minutes: int) -> str:
    """``15 min``, or hours where they are whole: ``8 h``."""
    if minutes % 60:
        return translate("AlarmDialog", "{n} min").format(n=minutes)
    return translate("AlarmDialog", "{n} h").format(n=minutes // 60)


class Picker(QWidget):
    """Buttons of which one is down; ``picked`` is its key, None while none is."""

    def __init__(self, look: Look, entries: Sequence[tuple[str, str]], columns: int, changed: Callable[[str], None]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.px(8))
        self.picked: str | None = None
        self._changed = changed
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for i, (key, text) in enumerate(entries):
            made = button(text.replace("&", "&&"), lambda k=key: self.pick(k))
            made.setCheckable(True)
            self._group.addButton(made)
            alone = i == len(entries) - 1 and i % columns == 0
            grid.addWidget(made, i // columns, i % columns, 1, columns if alone else 1)
            self.buttons[key] = made
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def pick(self, key: str) -> None:
        """Take this one down."""
        self.buttons[key].setChecked(True)
        self.picked = key
        self._changed(key)


class ReasonPicker(QWidget):
    """A few reasons to touch, or own words; ``reason`` is what holds, empty while nothing does."""

    OWN: Final = "own"

    def __init__(self, look: Look, language: str, offered: Sequence[str], changed: Callable[[], None], columns: int = 2) -> None:
        super().__init__()
        self.look, self._language, self._changed = look, language, changed
        self.offered = tuple(offered)
        self.own = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        entries = [(str(i), text) for i, text in enumerate(self.offered)]
        self.picker = Picker(look, [*entries, (self.OWN, translate("AlarmDialog", "Own words…"))], columns, self._picked)
        row.addWidget(self.picker)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def reason(self) -> str:
        """What goes into the journal."""
        key = self.picker.picked
        return "" if key is None else self.own if key == self.OWN else self.offered[int(key)]

    def restore(self, reason: str) -> None:
        """Take the button of this reason down, that of own words for any other; nothing for none."""
        if reason in self.offered:
            self.picker.pick(str(self.offered.index(reason)))
        elif reason:
            self.picker.picked = self.OWN
            self.picker.buttons[self.OWN].setChecked(True)
            self._take(reason)

    def _picked(self, key: str) -> None:
        if key == self.OWN:
            title = translate("AlarmDialog", "Reason in own words")
            made = TextDialog(self.look, self._language, title, self._take, text=self.own, parent=self.window())
            made.field.setMaxLength(TEXT_MAX)
            made.open()
        self._changed()

    def _take(self, text: str) -> None:
        self.own = text
        own = self.picker.buttons[self.OWN]
        short = text if len(text) <= 34 else text[:33] + "…"
        own.setText(short.replace("&", "&&") or translate("AlarmDialog", "Own words…"))
        self._changed()


class ShelveDialog(PanelDialog):
    """For how long, until it returns or not, and why; ``accept`` gets minutes, one-shot and reason."""

    def __init__(
        self, look: Look, language: str, alarm: str, max_min: int, accept: Callable[[int, bool, str], None],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, translate("AlarmDialog", "Shelve an alarm"), parent)
        self._accept = accept
        self.body.addWidget(label(alarm, "strong", wrap=True))
        hint = translate(
            "AlarmDialog", "It is not shown or heard until then. Its condition is watched on, and it comes back by itself."
        )
        self.body.addWidget(label(hint, "label", wrap=True))
        self.body.addWidget(label(translate("AlarmDialog", "For how long"), "title"))
        minutes = [m for m in MINUTES if m <= max_min] or [max(1, max_min)]
        self.minutes = Picker(look, [(str(m), length_text(m)) for m in minutes], len(minutes), lambda key: self._judge())
        self.body.addWidget(self.minutes)
        self.once = button(translate("AlarmDialog", "Only until it returns to normal"))
        self.once.setCheckable(True)
        self.once.toggled.connect(lambda *_: self._judge())
        self.body.addWidget(self.once)
        self.body.addWidget(label(translate("AlarmDialog", "Why"), "title"))
        self.reasons = ReasonPicker(look, language, [text() for text in SHELVE_REASONS], self._judge)
        self.body.addWidget(self.reasons)
        self.verdict = label("", "label", wrap=True)
        self.verdict.setMinimumHeight(look.px(22))
        self.body.addWidget(self.verdict)
        self.body.addSpacing(look.px(8))
        row = QHBoxLayout()
        row.addWidget(self.cancel_button())
        row.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(look.px(300))
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(620))
        self._judge()

    def _judge(self) -> None:
        minutes, reason = self.minutes.picked, self.reasons.reason
        missing = [
            translate("AlarmDialog", "choose for how long") if minutes is None else "",
            translate("AlarmDialog", "choose why") if not reason else "",
        ]
        told = ", ".join(m for m in missing if m)
        self.verdict.setText(translate("AlarmDialog", "Still missing: {what}").format(what=told) if told else "")
        length = length_text(int(minutes)) if minutes is not None else ""
        if not length:
            text = translate("AlarmDialog", "Shelve")
        elif self.once.isChecked():
            text = translate("AlarmDialog", "Shelve until it returns, at most {time}").format(time=length)
        else:
            text = translate("AlarmDialog", "Shelve for {time}").format(time=length)
        self.ok.setText(text)
        self.ok.setEnabled(not told)

    def confirm(self) -> None:
        """Hand it over and close; does nothing while something is missing."""
        minutes, reason = self.minutes.picked, self.reasons.reason
        if minutes is not None and reason:
            self.deliver(lambda: self._accept(int(minutes), self.once.isChecked(), reason))


class RemoveDialog(PanelDialog):
    """Work order and reason of taking an alarm out of service; ``accept`` gets both."""

    def __init__(
        self, look: Look, language: str, alarm: str, accept: Callable[[str, str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(look, translate("AlarmDialog", "Take an alarm out of service"), parent)
        self._accept = accept
        self.body.setSpacing(look.px(8))
        self.body.addWidget(label(alarm, "strong", wrap=True))
        hint = translate("AlarmDialog", "It is neither shown nor heard until somebody puts it back in service.")
        self.body.addWidget(label(hint, "label", wrap=True))
        self.reasons = ReasonPicker(look, language, [text() for text in REMOVE_REASONS], self._judge)
        self.body.addWidget(self.reasons)
        row = QHBoxLayout()
        row.addWidget(label(translate("AlarmDialog", "Work order"), "title"))
        self.order = QLineEdit()
        self.order.setMaxLength(ORDER_MAX)
        self.order.setAccessibleName(translate("AlarmDialog", "Work order"))
        self.order.textChanged.connect(lambda *_: self._judge())
        row.addWidget(self.order, 1)
        self.body.addLayout(row)
        self.body.addWidget(Keyboard(look, language, [self.order]))
        self.verdict = label("", "label", wrap=True)
        self.verdict.setMinimumHeight(look.px(22))
        self.body.addWidget(self.verdict)
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        self.ok = button(translate("AlarmDialog", "Take out of service"), self.confirm, role="primary")
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(look.px(760))
        self.order.setFocus()
        self._judge()

    def _judge(self) -> None:
        missing = [
            translate("AlarmDialog", "the number of the work order") if not self.order.text().strip() else "",
            translate("AlarmDialog", "choose why") if not self.reasons.reason else "",
        ]
        told = ", ".join(m for m in missing if m)
        self.verdict.setText(translate("AlarmDialog", "Still missing: {what}").format(what=told) if told else "")
        self.ok.setEnabled(not told)

    def confirm(self) -> None:
        """Hand it over and close; does nothing while something is missing."""
        order, reason = self.order.text().strip(), self.reasons.reason
        if order and reason:
            self.deliver(lambda: self._accept(order, reason))


class ActionDialog(PanelDialog):
    """What was done about an alarm: a few words to touch, or own ones; ``accept`` gets the text."""

    def __init__(
        self, look: Look, language: str, alarm: str, accept: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(look, translate("AlarmDialog", "Action taken"), parent)
        self._accept = accept
        self.body.setSpacing(look.px(8))
        self.body.addWidget(label(alarm, "strong", wrap=True))
        hint = translate("AlarmDialog", "It goes into the journal, and whoever waits for somebody to act sees that it was done.")
        self.body.addWidget(label(hint, "label", wrap=True))
        grid = QGridLayout()
        grid.setSpacing(look.px(8))
        self.offered: list[QPushButton] = []
        for i, text in enumerate(ACTIONS):
            words = text()
            made = button(words, lambda w=words: self.field.setText(w))
            grid.addWidget(made, i // 2, i % 2)
            self.offered.append(made)
        self.body.addLayout(grid)
        self.field = QLineEdit()
        self.field.setMaxLength(COMMENT_MAX)
        self.field.setAccessibleName(translate("AlarmDialog", "Action taken"))
        self.field.setPlaceholderText(translate("AlarmDialog", "What was done"))
        self.field.textChanged.connect(lambda text: self.ok.setEnabled(bool(text.strip())))
        self.field.returnPressed.connect(self.confirm)
        self.body.addWidget(self.field)
        self.body.addWidget(Keyboard(look, language, [self.field]))
        row = QHBoxLayout()
        row.addWidget(self.cancel_button())
        row.addStretch(1)
        self.ok = button(translate("AlarmDialog", "Write into the journal"), self.confirm, role="primary")
        self.ok.setEnabled(False)
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(760))
        self.field.setFocus()

    def confirm(self) -> None:
        """Hand it over and close; does nothing without a text."""
        text = self.field.text().strip()
        if text:
            self.deliver(lambda: self._accept(text))
