"""Several lines of text on the on-screen keyboard: notes, remarks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.handover import NOTES_MAX
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import Keyboard, PanelDialog
from hmi.widgets.textarea import TextArea


class NotesDialog(PanelDialog):
    """Several lines on the on-screen keyboard; what is typed is told at once, so that nothing is lost with the window."""

    def __init__(
        self, context: PanelContext, title: str, text: str, action: str, typed: Callable[[str], None], done: Callable[[], None],
        parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(context.look, title, parent)
        self._typed, self._done = typed, done
        look = context.look
        self.area = TextArea(look, NOTES_MAX, 6)
        self.area.setAccessibleName(title)
        self.area.setText(text)
        self.area.textChanged.connect(lambda: self._typed(self.area.text()))
        self.body.addWidget(self.area)
        self.body.addWidget(Keyboard(look, context.store.language, [self.area], lines=True))
        foot = QHBoxLayout()
        foot.addWidget(self.cancel_button(translate("Dialog", "Close")))
        foot.addStretch(1)
        self.ok = button(action, self.confirm, role="primary")
        self.ok.setMinimumWidth(look.px(240))
        foot.addWidget(self.ok)
        self.body.addLayout(foot)
        self.setMinimumWidth(look.px(960))
        self.area.setFocus()

    def confirm(self) -> None:
        """Done with it."""
        self.deliver(self._done)
