"""Who stands at the panel: the menu of the user field, change of password, and a first password that allows looking only."""

from __future__ import annotations

import gc
from typing import cast

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from hmi.theme import Look
from hmi.viewmodels.password import judge
from hmi.widgets.dialogs import Keyboard, LoginDialog
from hmi.widgets.passworddialog import PasswordDialog
from tests.hmi.conftest import MakePanel, Panel

FIRST = {
    "type": "session", "user": "admin", "name": "Администратор", "role": "admin", "must_change_password": True,
}  # fmt: skip


def opened(panel: Panel, kind: type[QWidget]) -> QWidget | None:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    assert len(found) <= 1
    return found[0] if found else None


def log_in_with_first_password(panel: Panel) -> PasswordDialog:
    login = panel.window.open_login()
    login.user.setText("admin")
    login.password.setText("first-secret")
    login.send()
    panel.feed(FIRST)
    assert opened(panel, LoginDialog) is None
    return cast(PasswordDialog, opened(panel, PasswordDialog))


def test_the_first_login_offers_the_change_and_says_why_nothing_else_is_allowed(make_panel: MakePanel) -> None:
    panel = make_panel()
    dialog = log_in_with_first_password(panel)
    assert dialog.old.text() == "first-secret", "typed a moment ago, not to be typed again"
    assert "разрешён только просмотр" in " ".join(w.text() for w in dialog.findChildren(type(dialog.verdict)))
    dialog.reject()
    panel.window.refresh()
    assert panel.window.locked.isVisible()
    assert panel.window.locked_text.text() == "Пока не сменён первый пароль, разрешён только просмотр."
    panel.window.locked_button.click()
    assert opened(panel, PasswordDialog) is not None


def test_a_command_waits_for_the_new_password(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel.window.command("alarm.silence", "", {})
    dialog = log_in_with_first_password(panel)
    assert panel.port.submitted == []
    dialog.new.setText("second-secret")
    dialog.again.setText("second-secret")
    dialog.send()
    dialog.send()
    assert panel.port.passwords == [("first-secret", "second-secret")], "once, however often it is touched"
    panel.feed({"type": "password_changed"})
    assert opened(panel, PasswordDialog) is None
    assert panel.window.notice.text() == "Пароль сменён."
    assert not panel.window.locked.isVisible()
    assert [kind for _, kind, _, _ in panel.port.submitted] == ["alarm.silence"]


def test_putting_it_off_forgets_the_command_and_a_later_one_asks_again(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel.window.command("alarm.silence", "", {})
    log_in_with_first_password(panel).reject()
    panel.window.command("alarm.ack", "", {"alarms": ["x"]})
    assert panel.port.submitted == []
    dialog = cast(PasswordDialog, opened(panel, PasswordDialog))
    assert dialog.old.text() == "", "nothing keeps the password after the login"
    panel.feed({"type": "password_changed"})
    assert [kind for _, kind, _, _ in panel.port.submitted] == ["alarm.ack"]


def test_the_servers_refusal_stands_in_the_dialog_in_the_language_of_the_panel(make_panel: MakePanel) -> None:
    panel = make_panel("en")
    panel.log_in()
    dialog = panel.window.desk.open_password()
    assert dialog is not None
    for field, text in ((dialog.old, "wrong-old"), (dialog.new, "brand-new-1"), (dialog.again, "brand-new-1")):
        field.setText(text)
    dialog.send()
    assert not dialog.ok.isEnabled()
    why = {"ru": "Старый пароль неверен", "en": "The old password is wrong"}
    panel.feed({"type": "password_failed", "status": 403, "body": {"error": why}, "error": ""})
    assert dialog.verdict.text() == "✕ The old password is wrong"
    assert dialog.ok.isEnabled()
    assert dialog.new.text() == "brand-new-1", "what was typed stays"
    body = {"error": why, "reasons": [why, why]}
    panel.feed({"type": "password_failed", "status": 422, "body": body, "error": ""})
    assert dialog.verdict.text() == "✕ The old password is wrong", "said once"
    panel.feed({"type": "password_failed", "status": 0, "body": {}, "error": "ConnectError"})
    assert dialog.verdict.text() == "✕ The server does not answer"
    panel.feed({"type": "session"})
    assert opened(panel, PasswordDialog) is None, "the session ended"


def test_the_user_field_opens_a_menu(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    desk = panel.window.desk
    desk.touched(panel.window.strip.user_cell)
    assert desk.menu is not None
    assert [b.text() for b in desk.menu.buttons.values()] == ["Сменить пароль", "Выйти"]
    assert all(b.sizeHint().height() >= 48 for b in desk.menu.buttons.values())
    desk.menu.buttons["password"].click()
    assert desk.menu is None
    dialog = cast(PasswordDialog, opened(panel, PasswordDialog))
    dialog.reject()
    desk.touched(panel.window.strip.user_cell)
    assert desk.menu is not None
    desk.menu.buttons["logout"].click()
    assert panel.port.logouts == 1


def test_the_rules_of_a_password() -> None:
    assert not judge("admin", "", "", "").may_send
    assert not judge("admin", "old", "short", "short").long_enough
    assert not judge("Administrator", "old", " administrator ", " administrator ").not_the_name
    assert not judge("admin", "same-old-1", "same-old-1", "same-old-1").another
    assert not judge("admin", "old", "brand-new-1", "brand-new-2").repeated
    assert not judge("admin", "", "brand-new-1", "brand-new-1").may_send
    assert judge("admin", "old", "brand-new-1", "brand-new-1").may_send


def test_keyboard_shift_lock_signs_and_alphabets(app: QApplication) -> None:
    field = QLineEdit()
    keyboard = Keyboard(Look(), "en", [field])

    def touch(*captions: str) -> None:
        for caption in captions:
            next(k for k in keyboard._keys if k.text() == caption).click()

    touch("⇧", "Q", "w")
    touch("⇧", "⇧", "E", "R", "⇪", "t")
    touch("!#?", "&&", "!#?", "y", "АБВ", "я", "ABC", "u")
    assert field.text() == "QwERt&yяu"


def test_keyboards_built_anew_many_times_do_not_corrupt_memory(app: QApplication) -> None:
    """Layouts taken out with takeAt() and deleteLater() once crashed the process a moment later."""
    for _ in range(5):
        keyboard = Keyboard(Look(), "ru", [QLineEdit()])
        for _ in range(6):
            keyboard.signs()
            keyboard.switch()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        del keyboard
        gc.collect()
    assert app.allWidgets() is not None
