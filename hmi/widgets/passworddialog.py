"""Change of the own password: three fields, the rules in sight while typing, the server's answer in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.viewmodels.password import LENGTH_MIN, judge
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import Keyboard, PanelDialog, label, show_typed

Send = Callable[[str, str], None]
RULES: Final = 4


class PasswordDialog(PanelDialog):
    """``send(old, new)`` asks the server; the dialog stays open until :meth:`refused` or ``accept()`` is called.

    ``forced`` says why nothing else is allowed. ``old`` is the password that was just used to log in, when it is known.
    """

    def __init__(
        self, look: Look, user: str, send: Send, *, forced: bool = False, old: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(look, translate("Password", "Change password"), parent)
        self._user, self._send = user, send
        if forced:
            why = translate("Password", "This password is for the first login only. Until you change it you can only look.")
            self.body.addWidget(label(why, wrap=True))
        self.old, self.new, self.again = (QLineEdit() for _ in range(3))
        self.old.setText(old)
        self.body.addLayout(self._fields())
        self._rules = [label("", "label") for _ in range(RULES)]
        rules = QGridLayout()
        rules.setHorizontalSpacing(look.px(24))
        rules.setVerticalSpacing(look.px(2))
        for i, rule in enumerate(self._rules):
            rules.addWidget(rule, i // 2, i % 2)
        self.body.addLayout(rules)
        self.verdict = label("", "error", wrap=True)
        self.verdict.setMinimumHeight(look.px(22))
        self.body.addWidget(self.verdict)
        fields = [self.new, self.again, self.old] if old else [self.old, self.new, self.again]
        self.keyboard = Keyboard(look, "en", fields)
        self.body.addWidget(self.keyboard)
        self.body.addLayout(self._last_row(forced))
        self.setMinimumWidth(look.px(860))
        self._judge()
        fields[0].setFocus()

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(self.look.px(12))
        grid.setVerticalSpacing(self.look.px(4))
        names = (
            translate("Password", "Old password"), translate("Password", "New password"), translate("Password", "New once more")
        )  # fmt: skip
        for column, (name, field) in enumerate(zip(names, (self.old, self.new, self.again), strict=True)):
            caption: QLabel = label(name, "label")
            caption.setBuddy(field)
            field.setAccessibleName(name)
            field.setEchoMode(QLineEdit.EchoMode.Password)
            field.textChanged.connect(self._judge)
            grid.addWidget(caption, 0, column)
            grid.addWidget(field, 1, column)
            grid.setColumnStretch(column, 1)
        self.old.returnPressed.connect(self.new.setFocus)
        self.new.returnPressed.connect(self.again.setFocus)
        self.again.returnPressed.connect(self.send)
        return grid

    def _last_row(self, forced: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.look.px(10))
        later = translate("Password", "Later, only look") if forced else translate("Dialog", "Cancel")
        row.addWidget(button(later, self.reject))
        row.addWidget(show_typed(self.old, self.new, self.again))
        row.addStretch(1)
        self.ok = button(translate("Password", "Change password"), self.send, role="primary")
        self.ok.setMinimumWidth(self.look.px(200))
        row.addWidget(self.ok)
        return row

    def _judge(self) -> None:
        rules = judge(self._user, self.old.text(), self.new.text(), self.again.text())
        texts = (
            (rules.long_enough, translate("Password", "At least {n} characters").format(n=LENGTH_MIN)),
            (rules.not_the_name, translate("Password", "Not the user name")),
            (rules.another, translate("Password", "Not the old password")),
            (rules.repeated, translate("Password", "Typed twice alike")),
        )
        for shown, (met, text) in zip(self._rules, texts, strict=True):
            shown.setText(f"{'✓' if met else '✕'}  {text}")
        self.ok.setEnabled(rules.may_send)

    def send(self) -> None:
        """Ask the server; does nothing while a rule is not met."""
        if self.ok.isEnabled():
            self.ok.setEnabled(False)
            self.verdict.setText(translate("Password", "Checking…"))
            self._send(self.old.text(), self.new.text())

    def refused(self, why: str) -> None:
        """The server said no; what was typed stays."""
        self._judge()
        self.verdict.setText(f"✕ {why}")
