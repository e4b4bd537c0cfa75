"""A form that sends one command and stays open, with what was entered, until the line has taken it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label


class FormDialog(PanelDialog):
    """Subclasses build their fields, then :meth:`build_foot`, and call :meth:`send` when the button is touched."""

    def __init__(self, context: PanelContext, title: str, parent: QWidget | None = None) -> None:
        super().__init__(context.look, title, parent)
        self.context = context

    def build_foot(self, width: float) -> None:
        """What is missing or was refused, Cancel, and the button that names what it does."""
        px = self.look.px
        self.verdict = label("", "label", wrap=True)
        self.verdict.setMinimumHeight(px(40))
        self.body.addWidget(self.verdict)
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addWidget(self.cancel_button())
        row.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(px(320))
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(px(width))

    def confirm(self) -> None:
        """Send what was entered."""

    def send(self, kind: str, target: str, args: Obj) -> None:
        """Send it once; closes when the line has taken it, else says here why not and keeps everything."""
        self.deliver(lambda: self.context.command(kind, target, args))

    def tell(self, text: str) -> None:
        """In the place of what is missing."""
        self.verdict.setText(text)
