"""A signature: what is signed, why, and the name and password of who signs, who need not be the one logged in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import Keyboard, PanelDialog, label, show_typed

Sign = Callable[[str, Obj], None]


class SignDialog(PanelDialog):
    """``says`` are the facts that the signature is bound to, one line each. ``accept`` is handed the reason and
    ``{user, password}``; nothing is kept here afterwards."""

    def __init__(
        self, look: Look, language: str, title: str, says: Sequence[str], action: str, accept: Sign, *, user: str = "",
        reason: str = "", parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, title, parent)
        self._accept = accept
        for line in says:
            self.body.addWidget(label(line, wrap=True))
        self.reason = QLineEdit(reason)
        self.reason.setPlaceholderText(translate("Sign", "Reason"))
        self.user = QLineEdit(user)
        self.user.setPlaceholderText(translate("Sign", "User who signs"))
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText(translate("Sign", "Password"))
        self.body.addWidget(self.reason)
        person = QHBoxLayout()
        person.setSpacing(look.px(8))
        person.addWidget(self.user, 1)
        person.addWidget(self.password, 1)
        self.body.addLayout(person)
        for field in (self.reason, self.user, self.password):
            field.setAccessibleName(field.placeholderText())
            field.textChanged.connect(lambda _text: self._judge())
        self.reason.returnPressed.connect(self.user.setFocus)
        self.user.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self.confirm)
        self.verdict = label("", "label", wrap=True)
        self.body.addWidget(self.verdict)
        self.keyboard = Keyboard(look, language, [self.reason, self.user, self.password])
        self.body.addWidget(self.keyboard)
        row = QHBoxLayout()
        row.addWidget(button(translate("Dialog", "Cancel"), self.reject))
        row.addWidget(show_typed(self.password))
        row.addStretch(1)
        self.ok = button(action, self.confirm, role="primary")
        self.ok.setMinimumWidth(look.px(200))
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(760))
        self._judge()
        self.reason.setFocus()

    def _judge(self) -> None:
        missing = [
            said
            for said, field in (
                (translate("Sign", "a reason"), self.reason),
                (translate("Sign", "who signs"), self.user),
                (translate("Sign", "the password"), self.password),
            )
            if not field.text().strip()
        ]
        self.ok.setEnabled(not missing)
        self.verdict.setText(translate("Sign", "Still missing: {what}").format(what=", ".join(missing)) if missing else "")

    def confirm(self) -> None:
        """Hand reason and signature over and close; does nothing while something is missing."""
        if not self.ok.isEnabled():
            return
        reason, user, password = self.reason.text().strip(), self.user.text().strip(), self.password.text()
        self.password.clear()
        self.accept()
        self._accept(reason, {"user": user, "password": password})
