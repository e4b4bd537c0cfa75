"""A form that sends one command and stays open, with what was entered, until the line has taken it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.commands import Pending
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label

REFUSED = frozenset({"refused", "failed", "timed_out"})


class FormDialog(PanelDialog):
    """Subclasses build their fields, then :meth:`build_foot`, and call :meth:`send` when the button is touched."""

    def __init__(self, context: PanelContext, title: str, parent: QWidget | None = None) -> None:
        super().__init__(context.look, title, parent)
        self.context = context
        self._local = 0
        self.finished.connect(self._forget)

    def build_foot(self, width: float) -> None:
        """What is missing or was refused, Cancel, and the button that names what it does."""
        px = self.look.px
        self.verdict = label("", "label", wrap=True)
        self.verdict.setMinimumHeight(px(40))
        self.body.addWidget(self.verdict)
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addWidget(button(translate("Dialog", "Cancel"), self.reject))
        row.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(px(320))
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(px(width))

    def confirm(self) -> None:
        """Send what was entered."""

    @property
    def waits(self) -> bool:
        """True while an answer is to come."""
        return self._local != 0

    def send(self, kind: str, target: str, args: Obj) -> None:
        """Send it once; closes when the line has taken it, else says here why not and keeps everything."""
        if self.waits or self.held_back():
            return
        book = self.context.book
        before = book.last(kind, target)
        self.context.command(kind, target, args)
        sent = book.last(kind, target)
        if sent is None or (before is not None and sent.local <= before.local):
            self.accept()  # it waits for a login, and goes on after it
            return
        self._local = sent.local
        self.ok.setEnabled(False)
        self.verdict.setText(translate("Form", "Sent, waiting for the answer…"))
        book.watch(sent.local, self._told)

    def _told(self, pending: Pending) -> None:
        if pending.state not in REFUSED:
            if pending.state in ("accepted", "confirmed", "done"):
                self.accept()
            return
        self._forget()
        said = (self.context.store.text(reason) for reason in pending.reasons)
        why = "; ".join(t for t in said if t) or pending.error
        self.ok.setEnabled(True)
        self.verdict.setText(
            "✕ " + (why or translate("Form", "No answer. What was entered stays here: look first whether it arrived."))
        )

    def _forget(self, result: int = 0) -> None:
        self.context.book.unwatch(self._local)
        self._local = 0
