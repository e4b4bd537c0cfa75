"""A question that is answered with a reason: what will be done, why, and a button that names it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.widgets.alarmdialogs import ReasonPicker
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label


class ReasonDialog(PanelDialog):
    """``offered`` are reasons to touch; own words are always possible. ``accept`` gets the reason, never an empty one."""

    def __init__(
        self, look: Look, language: str, title: str, text: str, action: str, offered: Sequence[str],
        accept: Callable[[str], None], parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, title, parent)
        self._accept = accept
        self.body.addWidget(label(text, "strong", wrap=True))
        self.body.addWidget(label(translate("Reason", "Why"), "title"))
        self.reasons = ReasonPicker(look, language, offered, self._judge)
        self.body.addWidget(self.reasons)
        self.missing = label("", "label", wrap=True)
        self.missing.setMinimumHeight(look.px(22))
        self.body.addWidget(self.missing)
        row = QHBoxLayout()
        row.addWidget(button(translate("Dialog", "Cancel"), self.reject))
        row.addSpacing(look.px(60))
        row.addStretch(1)
        self.ok = button(action.replace("&", "&&"), self.confirm, role="primary")
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(640))
        self._judge()

    def _judge(self) -> None:
        known = bool(self.reasons.reason)
        self.missing.setText("" if known else translate("Reason", "Still missing: why"))
        self.ok.setEnabled(known)

    def confirm(self) -> None:
        """Hand the reason over and close; does nothing without one."""
        reason = self.reasons.reason
        if reason:
            self.accept()
            self._accept(reason)
