"""The bar that tells whoever stands at the panel that they are meant: an alarm nobody has taken, a call nobody has answered."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.format import clock_text
from hmi.viewmodels.notices import Notice, notices_for
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label

REMEMBERED: Final = 500


class ToldBar(QFrame):
    """Shows the newest notice that was not put aside here. Putting it aside acknowledges nothing: the escalation goes on."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        self.setObjectName("locked")
        self.notice: Notice | None = None
        self._aside: list[str] = []
        px = context.look.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(4), px(12), px(4))
        self.text = label("", "strong", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self.text, 1)
        self.more = label("", "label")
        row.addWidget(self.more)
        self.open_it = button("", self.open_run, role="primary")
        self.put_aside = button("", self.aside)
        row.addWidget(self.open_it)
        row.addWidget(self.put_aside)
        self.setVisible(False)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.open_it.setText(translate("Told", "Show"))
        self.put_aside.setText(translate("Told", "Understood"))

    def refresh(self) -> None:
        """The newest notice for who stands here."""
        store = self.context.store
        waiting = [n for n in notices_for(store) if n.id not in self._aside] if store.live else []
        self.notice = waiting[0] if waiting else None
        self.setVisible(self.notice is not None)
        if self.notice is None:
            return
        who = store.text(self.notice.contact)
        self.text.setText(f"{clock_text(self.notice.told_ns)} {who}: {store.text(self.notice.text)}")
        self.more.setText(translate("Told", "{n} more").format(n=len(waiting) - 1) if len(waiting) > 1 else "")

    def open_run(self) -> None:
        """The alarm or the call itself."""
        if self.notice is not None:
            self.context.navigate("calls" if self.notice.what == "call" else "alarms", self.notice.run)
            self.aside()

    def aside(self) -> None:
        """Do not show this one again on this panel."""
        if self.notice is not None:
            self._aside = [*self._aside, self.notice.id][-REMEMBERED:]
            self.refresh()
