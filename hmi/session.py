"""Who stands at the panel: login, the menu of the user field, change of password, and the command that waits for a login."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QDialog, QWidget

from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.commands import Pending, reasons_of
from hmi.viewmodels.wire import Obj
from hmi.widgets.choice import Choice, ChoiceList
from hmi.widgets.dialogs import LoginDialog
from hmi.widgets.passworddialog import PasswordDialog

if TYPE_CHECKING:
    from hmi.context import PanelContext

Waiting = tuple[Pending, str, "Obj | None"]
"""A command with its reason and its signature."""


class SessionDesk:
    """Opens the dialogs over ``window`` and gives a command back through ``go_on`` once it is allowed."""

    def __init__(
        self, window: QWidget, context: PanelContext, go_on: Callable[[Pending, str, Obj | None], None],
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._window = window
        self._context = context
        self._go_on = go_on
        self._say = say
        self._waiting: Waiting | None = None
        self._login: LoginDialog | None = None
        self._password: PasswordDialog | None = None
        self.menu: ChoiceList | None = None

    def pass_on(self, pending: Pending, reason: str, sign: Obj | None) -> None:
        """Go on with a command that may be sent; else it is kept, and the dialog that is missing opens."""
        user = self._context.store.user
        if user is not None and not user.must_change_password:
            self._go_on(pending, reason, sign)
            return
        self._withdraw()
        self._waiting = (pending, reason, sign)
        if user is None:
            self.open_login()
        else:
            self.open_password()

    def _withdraw(self) -> None:
        """What waited is not sent; whoever entered it is told by its dialog."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._context.book.withdraw(waiting[0].local)

    # ---- what is touched --------------------------------------------------------------------------------------------

    def touched(self, below: QWidget) -> None:
        """The user field: login, or its menu under ``below``."""
        if self._context.store.user is None:
            self.open_login()
            return
        choices = (
            Choice("password", translate("Session", "Change password")),
            Choice("logout", translate("Session", "Log out")),
        )
        made = ChoiceList(self._context.look, choices, "", self._chosen, self._window)
        made.adjustSize()
        made.move(below.mapToGlobal(QPoint(below.width() - made.width(), below.height())))
        made.finished.connect(self._menu_closed)
        self.menu = made
        made.open()

    def _chosen(self, key: str) -> None:
        if key == "password":
            self.open_password()
        else:
            self._context.port.logout()

    def _menu_closed(self, result: int) -> None:
        self.menu = None

    def open_login(self) -> LoginDialog:
        """Open the login dialog (the one that is open already, if any)."""
        if self._login is None:
            context = self._context
            self._login = LoginDialog(context.look, context.store.language, context.port.login, self._window)
            self._login.finished.connect(self._login_closed)
            self._login.open()
        return self._login

    def _login_closed(self, result: int) -> None:
        self._login = None
        if result != QDialog.DialogCode.Accepted.value:
            self._withdraw()

    def open_password(self, old: str = "") -> PasswordDialog | None:
        """Open the change of password (the one that is open already, if any); None when nobody is logged in."""
        user = self._context.store.user
        if self._password is None and user is not None:
            self._password = PasswordDialog(
                self._context.look, user.user, self._context.port.change_password, forced=user.must_change_password, old=old,
                parent=self._window,
            )  # fmt: skip
            self._password.finished.connect(self._password_closed)
            self._password.open()
        return self._password

    def touched_locked(self) -> None:
        """The button of the bar that says why nothing is allowed."""
        self.open_password()

    def _password_closed(self, result: int) -> None:
        self._password = None
        if result != QDialog.DialogCode.Accepted.value:
            self._withdraw()

    # ---- what the server says ---------------------------------------------------------------------------------------

    def session(self) -> None:
        """The store has taken another session."""
        user = self._context.store.user
        if user is None:
            if self._password is not None:
                self._password.reject()
            return
        typed = ""
        if self._login is not None:
            typed = self._login.password.text()
            self._login.accept()
        if user.must_change_password:
            self.open_password(typed)
        else:
            self._resume()

    def login_failed(self, message: Obj) -> None:
        """``login_failed``: say why in the dialog."""
        if self._login is not None:
            self._login.refused(self._why(message) or translate("Session", "Unknown user or wrong password"))

    def password_changed(self) -> None:
        """``password_changed``: close, say so, and go on with what waited."""
        if self._password is not None:
            self._password.accept()
        self._say(translate("Session", "The password is changed."))
        self._resume()

    def password_failed(self, message: Obj) -> None:
        """``password_failed``: say why in the dialog."""
        if self._password is not None:
            self._password.refused(self._why(message) or translate("Session", "The server refused it"))

    def _resume(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._go_on(*waiting)

    def _why(self, message: Obj) -> str:
        if wire.integer(message, "status") == 0:
            return translate("Session", "The server does not answer")
        body = wire.obj(message, "body")
        store = self._context.store
        said = dict.fromkeys(store.text(r) for r in reasons_of(body))
        return "; ".join(t for t in said if t)
