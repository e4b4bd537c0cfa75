"""An electronic signature: what is signed, user and password of who signs — the one who stands here, or a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from hmi.context import PanelContext
from hmi.rolenames import role_name
from hmi.texts import translate
from hmi.viewmodels.commands import Pending
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import Keyboard, PanelDialog, label, show_typed
from line.messages import Json


@dataclass(frozen=True)
class Order:
    """The command that is signed. ``role`` is the least role of who signs, ``barred`` users who may not, each with the reason."""

    kind: str
    target: str
    args: Obj = field(default_factory=dict[str, Json])
    reason: str = ""
    role: str = "operator"
    barred: Mapping[str, str] = field(default_factory=dict[str, str])


class SignatureDialog(PanelDialog):
    """Sends ``order`` with the signature and stays open until the server has taken it; what was typed wrong is said here.

    ``text`` says what is signed, ``action`` is the confirm button: it names exactly what it does.
    """

    def __init__(self, context: PanelContext, title: str, text: str, action: str, order: Order, parent: QWidget | None = None):
        super().__init__(context.look, title, parent)
        self.context, self.order = context, order
        look, store = context.look, context.store
        self.body.setSpacing(look.px(8))
        self.body.addWidget(label(text, "strong", wrap=True))
        if order.reason:
            self.body.addWidget(label(translate("Signature", "Reason: {reason}").format(reason=order.reason), "label", wrap=True))
        who = translate("Signature", "Signed by: {role} or above. The name, the time and what was signed go into the record.")
        self.body.addWidget(label(who.format(role=role_name(order.role)), "label", wrap=True))
        self.user, self.password = QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(12))
        grid.setVerticalSpacing(look.px(2))
        names = (translate("Login", "User"), translate("Login", "Password"))
        for column, (name, made) in enumerate(zip(names, (self.user, self.password), strict=True)):
            caption = label(name, "label")
            caption.setBuddy(made)
            made.setAccessibleName(name)
            made.textChanged.connect(self._judge)
            grid.addWidget(caption, 0, column)
            grid.addWidget(made, 1, column)
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid)
        self.user.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self.send)
        self.verdict = label("", "error", wrap=True)
        self.verdict.setMinimumHeight(look.px(24))
        self.body.addWidget(self.verdict)
        here = store.user
        mine = here is not None and here.may(order.role) and here.user not in order.barred
        fields = [self.password, self.user] if mine else [self.user, self.password]
        self.body.addWidget(Keyboard(look, "en", fields))
        row = QHBoxLayout()
        row.setSpacing(look.px(10))
        row.addWidget(self.cancel_button())
        row.addWidget(show_typed(self.password))
        row.addStretch(1)
        self.ok = button(action.replace("&", "&&"), self.send, role="primary")
        self.ok.setMinimumWidth(look.px(220))
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(780))
        if mine and here is not None:
            self.user.setText(here.user)
        self._judge()
        fields[0].setFocus()

    def _judge(self, _: str = "") -> None:
        why = self.order.barred.get(self.user.text().strip(), "")
        self.verdict.setText(f"✕ {why}" if why else "")
        self.ok.setEnabled(bool(self.user.text().strip() and self.password.text()) and not why)

    def send(self) -> None:
        """Sign and send; does nothing while something is missing."""
        if not self.ok.isEnabled():
            return
        order = self.order
        sign: Obj = {"user": self.user.text().strip(), "password": self.password.text()}
        self.deliver(lambda: self.context.command(order.kind, order.target, order.args, order.reason, sign))
        if self.sending:
            logged_in = self.context.store.user is not None
            self.tell("" if logged_in else translate("Signature", "Log in first: then it is signed."))

    def under_way(self, pending: Pending) -> None:
        """Somebody has logged in: it has gone out."""
        self.tell("")

    def tell(self, text: str) -> None:
        """In its own place."""
        self.verdict.setText(text)

    def why_not(self, pending: Pending) -> str:
        """What was typed wrong, or that it has to be looked whether the signature was taken."""
        if pending.state in ("failed", "withdrawn"):
            said = super().why_not(pending)
        else:
            self.password.clear()
            said = super().why_not(pending) if pending.reasons or pending.error else ""
        if pending.state == "timed_out" and not said:
            return translate("Signature", "The line did not answer: look whether it was taken, before you sign once more")
        if pending.state == "failed" and not pending.reasons:
            return translate("Signature", "Not sent, the server does not answer. Sign once more when the connection is back")
        return said
