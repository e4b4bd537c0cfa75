"""Service requests: what is asked for and where, how far it is, who goes on; its course; take, say, done, confirm, send back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages.listed import ListPane, beside, moment, span_text, word
from hmi.pages.request_detail import RequestDetail
from hmi.pages.request_words import PRIORITIES, headline, state_chip
from hmi.pages.tabbed import View
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.theme import GAP
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.requests import ROLE, Request, kinds, request_by_id, requests, to_confirm, to_take
from hmi.viewmodels.store import LineStore
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.requestdialog import RequestDialog
from hmi.widgets.rowtable import Cell, Column, Row

LISTS: Final = ("open", "mine", "ended")


def _mine(store: LineStore, request: Request) -> bool:
    return store.user is not None and request.by == store.user.user


TAKES: Final[Mapping[str, Callable[[LineStore, Request], bool]]] = {
    "open": lambda store, r: not r.ended,
    "mine": _mine,
    "ended": lambda store, r: r.ended,
}
NOTHING: Final[Mapping[str, Callable[[], str]]] = {
    "open": lambda: translate("Requests", "Nothing is asked for. “Request…” asks for something."),
    "mine": lambda: translate("Requests", "You have asked for nothing."),
    "ended": lambda: translate("Requests", "No request has been closed yet."),
}


class RequestsView(View):
    """The list on the left, the chosen one on the right. Argument: the id of a request."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.selected = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(GAP))
        self.list = ListPane(context, LISTS)
        self.lists, self.table, self.pager = self.list.lists, self.list.table, self.list.pager
        self.lists.chosen.connect(self._list_chosen)
        self.table.chosen.connect(self.choose)
        self.detail = RequestDetail(context)
        layout.addLayout(beside(context, ((self.list, 740), (self.detail, 424))), 1)
        foot = QHBoxLayout()
        foot.setSpacing(px(12))
        self.new = button("", role="command")
        self.new.clicked.connect(lambda *_: self.open_new())
        self.barred, self.summary = label("", "label"), label("", "label")
        foot.addWidget(self.new)
        foot.addWidget(self.barred)
        foot.addStretch(1)
        foot.addWidget(self.summary)
        layout.addLayout(foot)

    # ---- view -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        found = request_by_id(self.context.store, argument) if argument else None
        if argument:
            self.selected = argument
        if found is not None and not TAKES[self.lists.current](self.context.store, found):
            self.lists.choose("ended" if found.ended else "open")
        self.refresh()
        if argument:
            self.table.show_key(argument)

    def waiting(self) -> int:
        store = self.context.store
        return len(to_confirm(store)) + len(to_take(store))

    def settled(self) -> bool:
        return self.detail.settled()

    def take_over(self, before: View) -> None:
        if isinstance(before, RequestsView):
            self.selected = before.selected
            self.lists.choose(before.lists.current)

    def retranslate(self) -> None:
        texts = {
            "open": translate("Requests", "Open"), "mine": translate("Requests", "Mine"),
            "ended": translate("Requests", "Closed"),
        }  # fmt: skip
        for key, text in texts.items():
            self.lists.set_text(key, text)
        self.new.setText(translate("Requests", "Request…"))
        self.detail.retranslate()

    def shown(self) -> list[Request]:
        """The requests of the list that is open, most urgent first."""
        takes, store = TAKES[self.lists.current], self.context.store
        return [r for r in requests(store) if takes(store, r)]

    def refresh(self) -> None:
        store, now_ns = self.context.store, self.context.now_ns()
        found = self.shown()
        if self.selected not in {r.id for r in found}:
            self.selected = found[0].id if found else ""
        self.table.show_columns([
            Column(translate("Requests", "No."), 48), Column(translate("Requests", "Where and what"), stretch=1.0),
            Column(translate("Requests", "State"), 190), Column(translate("Requests", "Asked by"), 112),
            Column(translate("Requests", "Since"), 74, right=True),
        ])  # fmt: skip
        nothing = NOTHING[self.lists.current]() if store.live else ""
        self.table.show_rows([self._row(r, now_ns) for r in found], selected=self.selected, empty=nothing)
        self.pager.refresh()
        free = may(store, ROLE)
        known = bool(kinds(store))
        self.new.setEnabled(store.live and free and known)
        barred = translate("Requests", "from {role} on").format(role=role_name(ROLE)) if not free else ""
        unknown = translate("Requests", "This line has no kinds of request: production.yaml names none.")
        self.barred.setText(barred if known or store.line is None else unknown)
        every = requests(store)
        text = translate("Requests", "open: {n} · taken: {taken} · to be confirmed: {done}")
        counts = {status: sum(r.status == status for r in every) for status in ("open", "taken", "done")}
        self.summary.setText(text.format(n=counts["open"], taken=counts["taken"], done=counts["done"]))
        self.detail.show_request(request_by_id(store, self.selected))

    def _row(self, r: Request, now_ns: int) -> Row:
        store = self.context.store
        urgent = r.priority == "urgent" and not r.ended
        text = f"{word(PRIORITIES, r.priority)}: {r.text}" if urgent else r.text
        return Row(r.id, (
            Cell(str(r.number), bold=not r.ended), Cell(headline(store, r), text, bold=not r.ended), Cell(chip=state_chip(r)),
            Cell(user_name(store, r.by), moment(r.opened_ns, now_ns)),
            Cell(span_text(r.age_s(now_ns)), role="label" if r.ended else "value"),
        ))  # fmt: skip

    # ---- what it does -----------------------------------------------------------------------------------------------

    def _list_chosen(self, key: str) -> None:
        self.table.first_page()
        self.refresh()

    def choose(self, key: str) -> None:
        """Show this request on the right."""
        self.selected = key
        self.refresh()

    def open_new(self) -> RequestDialog:
        """Ask for something."""
        made = RequestDialog(self.context, parent=self.window())
        made.open()
        return made
