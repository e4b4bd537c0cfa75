"""A question that is answered with a reason: what will be done, why, and a button that names it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.widgets.alarmdialogs import ReasonPicker
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label

Reasoned = Callable[[str], None]


def _nothing(reason: str) -> None:
    """Where nobody takes the reason yet."""


class ReasonDialog(PanelDialog):
    """``offered`` are reasons to touch; own words are always possible. ``take`` gets the reason, never an empty one."""

    def __init__(
        self, look: Look, language: str, title: str, text: str, action: str, offered: Sequence[str], take: Reasoned = _nothing,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, title, parent)
        self.take = take
        self._forbidden = ""
        self.body.addWidget(label(text, "strong", wrap=True))
        self.body.addWidget(label(translate("Reason", "Why"), "title"))
        self.reasons = ReasonPicker(look, language, offered, self._judge)
        self.body.addWidget(self.reasons)
        self.missing = label("", "label", wrap=True)
        self.missing.setMinimumHeight(look.px(22))
        self.body.addWidget(self.missing)
        row = QHBoxLayout()
        row.addWidget(self.cancel_button())
        row.addSpacing(look.px(60))
        row.addStretch(1)
        self.ok = button(action.replace("&", "&&"), self.confirm, role="primary")
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(640))
        self._judge()

    def forbid(self, why: str) -> None:
        """Whoever stands here may not do it; ``why`` stands in place of what is missing."""
        self._forbidden = why
        self._judge()

    def _judge(self) -> None:
        known = bool(self.reasons.reason)
        self.missing.setText(self._forbidden or ("" if known else translate("Reason", "Still missing: why")))
        self.ok.setEnabled(known and not self._forbidden)

    def confirm(self) -> None:
        """Hand the reason over and close; does nothing without one."""
        reason = self.reasons.reason
        if reason and self.ok.isEnabled():
            self.deliver(lambda: self.take(reason))
