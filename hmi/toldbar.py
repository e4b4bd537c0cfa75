"""The bar that tells whoever stands at the panel that they are meant: an alarm nobody has taken, a call nobody has answered, a
batch that asks for something, a product on hold, a service request that is done or that nobody has taken."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.stop_words import asks_words
from hmi.texts import translate
from hmi.viewmodels.asks import Ask, asks_of, new_requests
from hmi.viewmodels.format import clock_text, text_within
from hmi.viewmodels.notices import Notice, notices_for
from hmi.viewmodels.stops import Stop, asking, board_of
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label

REMEMBERED: Final = 500
TEXT_MAX: Final = 110
"""Letters of what a person wrote: the bar stays two lines high and moves no page away; the page shows all of it."""


def ask_words(ask: Ask) -> str:
    """What a batch or a request asks for, in a line."""
    texts = {
        "on_hold": translate("Told", "{batch}: product on hold, a decision is needed: {what}"),
        "prompt": translate("Told", "{batch}: {what}"),
        "confirm": translate("Told", "{batch}: the step “{what}” waits for a confirmation"),
        "request": translate("Told", "Request {batch} is done, confirm it or send it back: {what}"),
        "new_request": translate("Told", "New request {batch}: {what}"),
    }
    return texts[ask.kind].format(batch=ask.label, what=text_within(ask.text, TEXT_MAX))


class ToldBar(QFrame):
    """Shows the newest notice that was not put aside here, then what batches ask for, save that of the page that is open, then
    long stops without a reason.

    Putting it aside acknowledges and answers nothing: the escalation goes on, the batch waits, and the strip still tells it.
    """

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        self.setObjectName("locked")
        self.notice: Notice | None = None
        self.ask: Ask | None = None
        self.stop: Stop | None = None
        self.shown: tuple[str, str] = ("", "")
        """Page and argument of the batch or request that is before the eyes."""
        self.stops_shown = False
        """The page of stops is open: it counts them itself."""
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
        """The newest notice for who stands here, else what a batch asks for, else a stop that wants its reason."""
        store = self.context.store
        waiting = [n for n in notices_for(store) if n.id not in self._aside] if store.live else []
        found = [*asks_of(store), *new_requests(store)] if store.live else []
        asked = [a for a in found if a.id not in self._aside and (a.page, a.argument) != self.shown]
        self.notice = waiting[0] if waiting else None
        self.ask = asked[0] if asked and not waiting else None
        stops = asking(store) if store.live and not self.stops_shown else []
        stood = [s for s in stops if s.id not in self._aside]
        self.stop = stood[0] if stood and not waiting and not asked else None
        if self.notice is not None:
            who = store.text(self.notice.contact)
            self.text.setText(f"{clock_text(self.notice.told_ns)} {who}: {store.text(self.notice.text)}")
        elif self.ask is not None:
            self.text.setText(f"{clock_text(self.ask.since_ns)} {ask_words(self.ask)}")
        elif self.stop is not None:
            self.text.setText(asks_words(store, board_of(store), self.stop, self.context.now_ns()))
        more = len(waiting) + len(asked) + len(stood) - 1
        self.more.setText(translate("Told", "{n} more").format(n=more) if more > 0 else "")
        locked = store.user is not None and store.user.must_change_password
        self.setVisible(more >= 0 and not locked)  # one bar at a time: nothing can be done before the password is changed

    def open_run(self) -> None:
        """The alarm, the call, the batch or the request itself."""
        if self.notice is not None:
            self.context.navigate("calls" if self.notice.what == "call" else "alarms", self.notice.run)
            self.aside()
        elif self.ask is not None:
            self.context.navigate(self.ask.page, self.ask.argument)
        elif self.stop is not None:
            self.context.navigate("shift", f"stops/{self.stop.id}")

    def aside(self) -> None:
        """Do not show this one again on this panel."""
        shown = self.notice or self.ask or self.stop
        if shown is not None:
            self._aside = [*self._aside, shown.id][-REMEMBERED:]
            self.refresh()
