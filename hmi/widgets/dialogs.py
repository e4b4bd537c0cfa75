"""Dialogs of the panel: numeric pad, text entry on an on-screen keyboard, login, question. All open without blocking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.theme import STRIP_HEIGHT, Look
from hmi.viewmodels.commands import Pending
from hmi.viewmodels.delivery import Delivery
from hmi.viewmodels.format import MINUS, eu_text, in_minutes, limits_text, parse_minutes, parse_number, value_text
from hmi.widgets.buttons import button


def discard(widget: QWidget) -> None:
    """Take a widget away now and delete it when Qt is ready."""
    widget.hide()
    widget.deleteLater()


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A label in one of the sheet's roles."""
    made = QLabel(text)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def _context(widget: QWidget | None) -> PanelContext | None:
    """What the panel's window below a dialog, or below the dialogs under it, is handed; None without one."""
    while widget is not None:
        found = getattr(widget.window(), "context", None)
        if isinstance(found, PanelContext):
            return found
        widget = widget.window().parentWidget()
    return None


class PanelDialog(QDialog):
    """Frameless, modal to its window, closed by its own buttons or Escape; deleted when closed.

    What it is for goes through :meth:`deliver`: the dialog closes when the line has taken it, and else says why not.
    """

    def __init__(self, look: Look, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.setWindowTitle(title)
        self.setWindowFlags(Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self._told: QLabel | None = None
        self._way_out: QPushButton | None = None
        self._delivery: Delivery | None = None
        self._locked: list[QWidget] = []
        self._was: tuple[QPushButton, str, QWidget | None] | None = None
        self.finished.connect(self._let_go)
        self.body = QVBoxLayout(self)
        margin = look.px(20)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(look.px(12))
        self.body.addWidget(label(title, "heading", wrap=True))

    def cancel_button(self, text: str = "") -> QPushButton:
        """The button that closes it undone; it works also while something is on its way."""
        self._way_out = button(text or translate("Dialog", "Cancel"), self.reject)
        return self._way_out

    def held_back(self) -> bool:
        """True while the line is not reached: the dialog stays, says so, and keeps what was entered for another touch."""
        context = _context(self.parentWidget())
        gone = context is not None and not context.store.live
        if gone:
            self.tell("✕ " + translate("Dialog", "No connection. What was entered stays here: touch again when it is back."))
        elif self._told is not None:
            self._told.setText("")
        return gone

    def tell(self, text: str) -> None:
        """Say above the buttons why it is still open; empty takes it away."""
        if self._told is None:
            self._told = label("", "error", wrap=True)
            self.body.insertWidget(self.body.count() - 1, self._told)
            self._told.show()  # at once: a layout gives no room to what is not shown yet
        self._told.setText(text)
        self.body.invalidate()
        self._grow()

    # ---- what was entered stays until it was taken ------------------------------------------------------------------

    @property
    def sending(self) -> bool:
        """True while the answer to what was handed over is to come."""
        return self._delivery is not None and self._delivery.open

    def deliver(self, deed: Callable[[], None]) -> None:
        """Do ``deed`` and close: at once when it sends no command, else when the line has taken what it sends.

        Until then the dialog is locked. What was refused, not sent, not confirmed or not logged in for is said here, and all
        that was entered can be handed over again. Does nothing while something is on its way or the line is not reached.
        """
        if self.sending or self.held_back():
            return
        context = _context(self.parentWidget())
        if context is None:
            self.accept()
            deed()
            return
        self._delivery = Delivery(context.book, self.accept, self._not_taken, self.under_way)
        if not self._delivery.send(deed):
            self.accept()
            return
        self._lock()

    def why_not(self, pending: Pending) -> str:
        """In words why the line has not taken a command."""
        context = _context(self.parentWidget())
        said = (context.store.text(reason) for reason in pending.reasons) if context is not None else ()
        why = "; ".join(t for t in said if t) or pending.error
        if pending.state == "withdrawn":
            return translate("Dialog", "Not sent: log in first. What was entered stays here.")
        if not why and pending.state == "failed":
            return translate("Dialog", "Not sent: no connection. What was entered stays here: touch again when it is back.")
        return why or translate("Form", "No answer. What was entered stays here: look first whether it arrived.")

    def under_way(self, pending: Pending) -> None:
        """A command has gone out, or the server has it."""

    def _not_taken(self, pending: Pending) -> None:
        self._unlock()
        self.tell(f"✕ {self.why_not(pending)}")

    def _lock(self) -> None:
        """Nothing can be changed any more; the confirm button says what is going on."""
        focus = self.focusWidget()
        flags = Qt.FindChildOption.FindDirectChildrenOnly
        parts = self.findChildren(QWidget, options=flags)
        self._locked = [w for w in parts if w.isEnabled() and w is not self._way_out and not isinstance(w, QLabel | QDialog)]
        ok = next((w for w in parts if isinstance(w, QPushButton) and w.property("role") == "primary"), None)
        if ok is not None:
            self._was = (ok, ok.text(), focus)
            ok.setText(translate("Dialog", "Sending…"))
        else:
            self.tell(translate("Dialog", "Sending…"))
        for widget in self._locked:
            widget.setEnabled(False)

    def _unlock(self) -> None:
        for widget in self._locked:
            widget.setEnabled(True)
        self._locked = []
        if self._was is not None:
            ok, text, focus = self._was
            self._was = None
            ok.setText(text)
            if focus is not None:
                focus.setFocus()

    def _let_go(self, result: int = 0) -> None:
        if self._delivery is not None:
            self._delivery.drop()

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its wrapped texts need; in the middle of its window, but below the strip: the alarms stay in sight."""
        super().showEvent(event)
        self._grow()
        self._take_place()

    def _grow(self) -> None:
        """Wrapped texts are asked for their height at this width; what they push aside would be cut off."""
        needed = self.body.totalHeightForWidth(self.width())
        if needed > self.height():
            self.resize(self.width(), needed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What grows while it is open grows to both sides: its buttons stay on the screen."""
        super().resizeEvent(event)
        if self.isVisible():
            self._take_place()

    def _take_place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        window = parent.window()
        left = max(0, (window.width() - self.width()) // 2)
        lowest = max(0, window.height() - self.height())
        top = min(lowest, max(self.look.px(STRIP_HEIGHT), lowest // 2))
        self.move(window.mapToGlobal(QPoint(left, top)))


class NumericPad(PanelDialog):
    """Enter a number: the current value, the limits and the unit are always in sight; outside the limits it refuses and says so.

    Digits stand in the middle, Backspace and Clear to the right of them, Confirm at the far bottom right under a gap.
    """

    def __init__(
        self, look: Look, language: str, title: str, *, value: float | None, lo: float | None, hi: float | None, decimals: int,
        eu: str, accept: Callable[[float], None], parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, title, parent)
        self._language, self._lo, self._hi, self._decimals = language, lo, hi, decimals
        self._accept = accept
        self._minutes = in_minutes(eu, hi)
        self._eu = eu_text("min" if self._minutes else eu, language)
        unit = "" if self._minutes or not eu else f" {self._eu}"
        self._limits = limits_text(lo, hi, decimals, eu, language) + unit
        now = label(translate("NumericPad", "Now: {value}").format(value=value_text(value, decimals, eu, language)))
        limits = label(translate("NumericPad", "Limits: {limits}").format(limits=self._limits))
        facts = QHBoxLayout()
        facts.addWidget(now)
        facts.addStretch(1)
        facts.addWidget(limits)
        self.body.addLayout(facts)
        row = QHBoxLayout()
        self.field = QLineEdit()
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setAccessibleName(title)
        self.field.setMaxLength(12)
        self.field.textChanged.connect(self._judge)
        self.field.returnPressed.connect(self.confirm)
        row.addWidget(self.field, 1)
        row.addWidget(label(self._eu, "label"))
        self.body.addLayout(row)
        self.verdict = label("", "error", wrap=True)
        self.verdict.setMinimumHeight(look.px(40))
        self.body.addWidget(self.verdict)
        self.body.addLayout(self._keys())
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

    def _keys(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(self.look.px(8))
        point = "," if self._language == "ru" else "."
        left = ":" if self._minutes else MINUS
        rows = (("7", "8", "9"), ("4", "5", "6"), ("1", "2", "3"), (left, "0", point))
        for r, keys in enumerate(rows):
            for c, key in enumerate(keys):
                made = button(key, lambda k=key: self.press(k), role="key")
                whole = self._decimals == 0 and not self._minutes
                made.setEnabled(not (key == point and whole) and not (key == MINUS and (self._lo or 0) >= 0))
                grid.addWidget(made, r, c)
        grid.setColumnMinimumWidth(3, self.look.px(12))
        grid.addWidget(button("⌫", self.backspace, role="key"), 0, 4)
        grid.addWidget(button("C", self.field.clear, role="key"), 1, 4)
        return grid

    def press(self, key: str) -> None:
        """One key of the pad."""
        self.field.insert(key)

    def backspace(self) -> None:
        """Take the last character away."""
        self.field.backspace()

    def value(self) -> float | None:
        """What is typed, when it is a number inside the limits."""
        typed = self._parse(self.field.text())
        return typed if typed is not None and not self._fault(typed) else None

    def _parse(self, typed: str) -> float | None:
        return parse_minutes(typed) if self._minutes else parse_number(typed)

    def _fault(self, typed: float) -> str:
        if (self._lo is not None and typed < self._lo) or (self._hi is not None and typed > self._hi):
            return translate("NumericPad", "Outside the limits {limits}").format(limits=self._limits)
        if abs(typed - round(typed, self._decimals)) > 1e-9:
            return translate("NumericPad", "Too many decimals: at most {n}").format(n=self._decimals)
        return ""

    def _judge(self, typed_text: str) -> None:
        typed = self._parse(typed_text)
        fault = "" if not typed_text else translate("NumericPad", "This is not a number") if typed is None else self._fault(typed)
        echo = ""
        if self._minutes:
            hint = translate("NumericPad", "Minutes, or minutes:seconds, e.g. 12:30")
            echo = hint if typed is None else "= " + value_text(typed, self._decimals, "s", self._language)
        self.verdict.setText(f"✕ {fault}" if fault else echo)
        self.ok.setEnabled(typed is not None and not fault)

    def confirm(self) -> None:
        """Hand the number over and close; does nothing while it is not allowed."""
        value = self.value()
        if value is not None:
            self.deliver(lambda: self._accept(value))


class Typed(Protocol):
    """A field that a keyboard types into: a line, or an area of several."""

    def insert(self, arg__1: str, /) -> None: ...

    def backspace(self) -> None: ...

    def hasFocus(self) -> bool: ...


LATIN: Final = ("1234567890-", "qwertyuiop_", "asdfghjkl@", "zxcvbnm.,")
CYRILLIC: Final = ("1234567890-", "йцукенгшщзхъ", "фывапролджэё", "ячсмитьбю.,")
SYMBOLS: Final = ("1234567890-", "!?#$%&*+=/", "()[]{}<>\\|", ":;\"'`^~№«»")


class Keyboard(QWidget):
    """On-screen keyboard, Latin, Cyrillic and signs; types into the field that has the focus, else the one aimed at.

    Shift holds for one letter; touched twice it holds until it is touched again. ``lines`` adds a key that begins another line.
    """

    def __init__(
        self, look: Look, language: str, fields: Sequence[Typed], parent: QWidget | None = None, *, lines: bool = False
    ) -> None:
        super().__init__(parent)
        self.look = look
        self._fields = fields
        self._target = fields[0]
        self._cyrillic = language == "ru"
        self._signs = False
        self._shift = self._locked = False
        self._lines = lines
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._board: QWidget | None = None
        self._keys: list[QPushButton] = []
        self._build()

    def aim(self, field: Typed) -> None:
        """Type into this field from now on."""
        self._target = field

    def _build(self) -> None:
        # A board of its own each time: a layout taken out with takeAt() belongs to Python and to Qt, and dies twice.
        if self._board is not None:
            self._outer.removeWidget(self._board)
            discard(self._board)
        self._board = QWidget()
        self._outer.addWidget(self._board)
        rows = QVBoxLayout(self._board)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(self.look.px(6))
        self._keys = []
        self._letters: dict[str, QPushButton] = {}
        for keys in SYMBOLS if self._signs else CYRILLIC if self._cyrillic else LATIN:
            row = QHBoxLayout()
            row.setSpacing(self.look.px(5))
            for key in keys:
                made = self._key("", lambda k=key: self.type(k.upper() if self._shift else k))
                self._letters[key] = made
                row.addWidget(made)
            rows.addLayout(row)
        last = QHBoxLayout()
        last.setSpacing(self.look.px(6))
        self._shift_key = self._key("⇧", self.shift)
        self._shift_key.setCheckable(True)
        self._shift_key.setEnabled(not self._signs)
        last.addWidget(self._shift_key)
        last.addWidget(self._key("ABC" if self._cyrillic else "АБВ", self.switch))
        signs = self._key("!#?", self.signs)
        signs.setCheckable(True)
        signs.setChecked(self._signs)
        last.addWidget(signs)
        last.addWidget(self._key(translate("Keyboard", "Space"), lambda: self.type(" ")), 1)
        if self._lines:
            last.addWidget(self._key("⏎", lambda: self.type("\n")))
        back = self._key("⌫", lambda: self._field().backspace())
        back.setAutoRepeat(True)
        last.addWidget(back)
        rows.addLayout(last)
        self._caption()

    def _caption(self) -> None:
        for key, made in self._letters.items():
            made.setText((key.upper() if self._shift else key).replace("&", "&&"))
        self._shift_key.setText("⇪" if self._locked else "⇧")
        self._shift_key.setChecked(self._shift)

    def _key(self, text: str, slot: Callable[[], None]) -> QPushButton:
        made = button(text, slot, role="key")
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._keys.append(made)
        return made

    def _field(self) -> Typed:
        return next((f for f in self._fields if f.hasFocus()), self._target)

    def type(self, text: str) -> None:
        """One key."""
        self._field().insert(text)
        if self._shift and not self._locked:
            self._shift = False
            self._caption()

    def shift(self) -> None:
        """Off → capital for the next letter → capitals until touched again → off."""
        self._shift, self._locked = (True, self._shift) if not self._locked else (False, False)
        self._caption()

    def switch(self) -> None:
        """The other alphabet."""
        self._cyrillic = not self._cyrillic
        self._signs = False
        self._build()

    def signs(self) -> None:
        """Signs instead of letters, and back."""
        self._signs = not self._signs
        self._shift = self._locked = False
        self._build()


def show_typed(*fields: QLineEdit) -> QPushButton:
    """A button that stays down and shows what stands in password fields in plain letters."""

    def show(plain: bool) -> None:
        for field in fields:
            field.setEchoMode(QLineEdit.EchoMode.Normal if plain else QLineEdit.EchoMode.Password)

    made = button(translate("Login", "Show password"))
    made.setCheckable(True)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.toggled.connect(show)
    return made


class LoginDialog(PanelDialog):
    """User and password; stays open until the server has answered and says why it refused."""

    def __init__(self, look: Look, language: str, submit: Callable[[str, str], None], parent: QWidget | None = None) -> None:
        super().__init__(look, translate("Login", "Log in"), parent)
        self._submit = submit
        self.user = QLineEdit()
        self.user.setPlaceholderText(translate("Login", "User"))
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText(translate("Login", "Password"))
        for field in (self.user, self.password):
            field.setAccessibleName(field.placeholderText())
            self.body.addWidget(field)
        self.user.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self.send)
        self.verdict = label("", "error", wrap=True)
        self.verdict.setMinimumHeight(look.px(24))
        self.body.addWidget(self.verdict)
        self.body.addWidget(Keyboard(look, "en", [self.user, self.password]))
        row = QHBoxLayout()
        row.addWidget(self.cancel_button())
        row.addWidget(show_typed(self.password))
        row.addStretch(1)
        self.ok = button(translate("Login", "Log in"), self.send, role="primary")
        self.ok.setMinimumWidth(look.px(200))
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(720))
        self.user.setFocus()

    def send(self) -> None:
        """Ask the server."""
        if self.user.text().strip() and self.password.text():
            self.ok.setEnabled(False)
            self.verdict.setText(translate("Login", "Checking…"))
            self._submit(self.user.text().strip(), self.password.text())

    def refused(self, why: str) -> None:
        """The server said no."""
        self.ok.setEnabled(True)
        self.password.clear()
        self.verdict.setText(f"✕ {why}")


class TextDialog(PanelDialog):
    """One line of text on the on-screen keyboard, e.g. a crew's name or a note."""

    def __init__(
        self, look: Look, language: str, title: str, accept: Callable[[str], None], *, text: str = "",
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, title, parent)
        self._accept = accept
        self.field = QLineEdit(text)
        self.field.setAccessibleName(title)
        self.field.returnPressed.connect(self.confirm)
        self.body.addWidget(self.field)
        self.body.addWidget(Keyboard(look, language, [self.field]))
        row = QHBoxLayout()
        row.addWidget(self.cancel_button())
        row.addStretch(1)
        self.ok = button(translate("Dialog", "OK"), self.confirm, role="primary")
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.field.setFocus()

    def require_text(self) -> None:
        """Take no empty text: the confirm button waits for one."""
        self.field.textChanged.connect(lambda text: self.ok.setEnabled(bool(text.strip())))
        self.ok.setEnabled(bool(self.field.text().strip()))

    def confirm(self) -> None:
        """Hand the text over and close; does nothing while a text is required and missing."""
        if self.ok.isEnabled():
            text = self.field.text().strip()
            self.deliver(lambda: self._accept(text))


class Question(PanelDialog):
    """A question whose confirm button says exactly what it will do."""

    def __init__(
        self, look: Look, title: str, text: str, action: str, accept: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(look, title, parent)
        self._accept = accept
        self.body.addWidget(label(text, wrap=True))
        row = QHBoxLayout()
        row.addWidget(self.cancel_button())
        row.addSpacing(look.px(60))
        row.addStretch(1)
        row.addWidget(button(action, self.confirm, role="primary"))
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(460))

    def confirm(self) -> None:
        """Do it."""
        self.deliver(self._accept)
