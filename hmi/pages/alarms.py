"""Alarms: what stands now and what was, with cause, consequence, what to do, and the trend around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.alarm_detail import AlarmDetail, Detail
from hmi.pages.base import Page, Pane, page_layout
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import (
    FLOOD_10_MIN,
    NORM_10_MIN,
    Filter,
    JournalRow,
    Sightings,
    alarm_value,
    filtered,
    headline,
    journal_rows,
    response_time_s,
    user_name,
)
from hmi.viewmodels.alarms import AlarmRow, alarm_rows
from hmi.viewmodels.eventlog import EventLog
from hmi.viewmodels.format import clock_text, date_text, duration_text, number_text
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown, Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from line.clock import NS_PER_S

JOURNAL_REPLY: Final = "alarms.journal"
OLDER: Final = 200
"""Events fetched at a time when the journal is turned towards its end."""
STATES: Final[dict[str, Callable[[], str]]] = {
    "unack_active": lambda: translate("Alarms", "active, unacknowledged"),
    "acked_active": lambda: translate("Alarms", "active, acknowledged"),
    "rtn_unack": lambda: translate("Alarms", "returned, unacknowledged"),
    "latched_unack": lambda: translate("Alarms", "latched, unacknowledged"),
    "latched_acked": lambda: translate("Alarms", "latched, acknowledged"),
    "normal": lambda: translate("Alarms", "normal"),
    "shelved": lambda: translate("Alarms", "shelved"),
    "suppressed": lambda: translate("Alarms", "suppressed"),
    "out_of_service": lambda: translate("Alarms", "out of service"),
}
ACK: Final = {
    ("unack_active", "acked_active"), ("rtn_unack", "normal"), ("latched_unack", "latched_acked"),
}  # fmt: skip


def state_words(state: str) -> str:
    """An alarm state in words; an unknown one as it is."""
    return STATES[state]() if state in STATES else state


def journal_words(row: JournalRow) -> str:
    """What a transition was."""
    if (row.before, row.after) in ACK and row.user:
        return translate("Alarms", "acknowledged")
    if row.after == "unack_active":
        return translate("Alarms", "raised")
    if row.after in ("rtn_unack", "normal"):
        return translate("Alarms", "returned to normal")
    return state_words(row.after)


class AlarmsPage(Page):
    """Now and Journal. Only what is on the screen can be acknowledged together."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.wanted = Filter()
        self.selected = ""
        self.selected_event = ""
        self.sightings = Sightings()
        self.log = EventLog("alarm")
        self._texts: dict[str, tuple[Obj, Obj, Obj]] = {}
        self._was_live = True
        context.on_reply[JOURNAL_REPLY] = self._take_journal
        layout = page_layout(self)
        layout.addLayout(self._build_head())
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        self.list_pane = Pane(context)
        self.list_pane.title.setVisible(False)
        self.table = RowTable(context.look, 50)
        self.table.chosen.connect(self.choose)
        self.table.paged.connect(self._page_turned)
        self.list_pane.body.addWidget(self.table, 1)
        self.detail = AlarmDetail(context)
        for pane, share in ((self.list_pane, 766), (self.detail, 388)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            middle.addWidget(pane, share)
        layout.addLayout(middle, 1)
        layout.addLayout(self._build_foot())

    def _build_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.context.look.px(10))
        self.tabs = Tabs(self.context.look, ("now", "journal"))
        self.tabs.chosen.connect(self._tab_chosen)
        self.units = Dropdown(self.context.look)
        self.units.chosen.connect(lambda key: self._filter(Filter(key, self.wanted.priority)))
        self.priorities = Dropdown(self.context.look)
        self.priorities.chosen.connect(lambda key: self._filter(Filter(self.wanted.unit, int(key))))
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(self.units)
        row.addWidget(self.priorities)
        return row

    def _build_foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.context.look.px(10))
        self.ack_one = button("", self.acknowledge_selected, role="command")
        self.ack_all = button("", self.acknowledge_visible, role="command")
        self.rate = label("", "label")
        self.pager = Pager(self.table)
        row.addWidget(self.ack_one)
        row.addWidget(self.ack_all)
        row.addStretch(1)
        row.addWidget(self.rate)
        row.addSpacing(self.context.look.px(10))
        row.addWidget(self.pager)
        return row

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        self.log.restart()
        if argument == "journal":
            self.tabs.choose("journal")
        elif argument:
            self.tabs.choose("now")
            self.wanted = Filter()
            self.selected = argument
            self._refresh_rows()
            self.table.show_key(argument)

    def variants(self) -> list[str]:
        worst = next((r.id for r in alarm_rows(self.context.store)), "")
        return ["journal", worst]

    def picture(self, variant: str) -> str:
        return variant if variant == "journal" else ""

    def settled(self) -> bool:
        return self.detail.settled() and (self.tabs.current == "now" or self.log.complete)

    def badge(self) -> int:
        return sum(r.unacked for r in alarm_rows(self.context.store))

    def apply_look(self) -> None:
        self.detail.apply_look()

    def retranslate(self) -> None:
        self.tabs.set_text("journal", translate("Alarms", "Journal"))
        self.ack_one.setText(translate("Alarms", "Acknowledge selected"))
        self.detail.retranslate()

    def refresh(self) -> None:
        store = self.context.store
        if store.live and not self._was_live:
            self.log.restart()
        self._was_live = store.live
        self._texts |= {r.id: (r.cause, r.consequence, r.response) for r in alarm_rows(store)}
        self.log.live(store)
        if self.tabs.current == "journal":
            self._ask_journal()
        self._refresh_filters()
        self._refresh_rows()
        self._refresh_detail()
        self._refresh_commands()

    def _page_turned(self) -> None:
        if self.tabs.current == "journal" and self.table.page >= self.table.pages() - 2:
            self.log.want_more(OLDER)
        self._refresh_commands()

    def _tab_chosen(self, key: str) -> None:
        self.table.first_page()
        self.refresh()

    def _filter(self, wanted: Filter) -> None:
        self.wanted = wanted
        self.table.first_page()
        self.refresh()

    def choose(self, key: str) -> None:
        """Show a row in the pane on the right."""
        if self.tabs.current == "now":
            self.selected = key
        else:
            self.selected_event = key
        self.refresh()

    # ---- journal ----------------------------------------------------------------------------------------------------

    def _ask_journal(self) -> None:
        params = self.log.request(self.context.clock.monotonic_ns()) if self.context.store.live else None
        if params is not None:
            self.context.port.fetch("/api/events", params, JOURNAL_REPLY)

    def _take_journal(self, reply: Obj) -> None:
        self.log.take(reply)
        if self.isVisible():
            self.refresh()

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def rows(self) -> list[AlarmRow]:
        """Standing alarms that pass the filter."""
        return filtered(alarm_rows(self.context.store), self.wanted)

    def history(self) -> list[JournalRow]:
        """Journal rows that pass the filter, newest first."""
        return journal_rows(self.context.store, self.log.events(), self.wanted)

    def _refresh_filters(self) -> None:
        store = self.context.store
        choices = [Choice("", translate("Alarms", "All units"))]
        choices += [Choice(u.id, f"{u.label} {store.text(u.name)}") for u in store.units()]
        self.units.show_choices(choices, self.wanted.unit)
        words = [translate("Alarms", "Priority {n}").format(n=n) for n in (1, 2, 3, 4)]
        all_of_them = Choice("0", translate("Alarms", "All priorities"))
        self.priorities.show_choices(
            [all_of_them, *(Choice(str(n), w) for n, w in enumerate(words, start=1))], str(self.wanted.priority)
        )
        count = len(alarm_rows(store))
        self.tabs.set_text("now", translate("Alarms", "Now {n}").format(n=count) if store.live else translate("Alarms", "Now ?"))

    def _refresh_rows(self) -> None:
        if self.tabs.current == "now":
            self._refresh_now()
        else:
            self._refresh_journal()
        self.pager.refresh()

    def _columns(self, last: str) -> list[Column]:
        return [
            Column("", 40), Column(translate("Alarms", "Time"), 78), Column(translate("Alarms", "Alarm"), stretch=1.0),
            Column(translate("Alarms", "Value"), 128), Column(translate("Alarms", "State"), 146), Column(last, 66),
        ]  # fmt: skip

    def _day(self, time_ns: int) -> str:
        """The date, where it is not today's."""
        day = date_text(time_ns)
        return "" if day == date_text(self.context.now_ns()) else day

    def _refresh_now(self) -> None:
        store, now_ns = self.context.store, self.context.now_ns()
        rows = self.rows()
        if self.selected not in {r.id for r in rows}:
            self.selected = rows[0].id if rows else ""
        shown: list[Row] = []
        for r in rows:
            state = state_words(r.state)
            if r.acked_by:
                state = translate("Alarms", "active, ack. {user}").format(user=user_name(store, r.acked_by))
            seconds = (now_ns - r.time_ns) / NS_PER_S
            shown.append(
                Row(r.id, (
                    Cell(symbol=r.priority, flashing=r.unacked), Cell(clock_text(r.time_ns), self._day(r.time_ns)),
                    Cell(headline(store, r.unit, r.text), bold=r.unacked),
                    Cell(alarm_value(store, r.tag, r.kind, r.value, r.limit, r.eu), role="value", bold=True),
                    Cell(state, role="label"), Cell(duration_text(seconds)),
                ))
            )  # fmt: skip
        self.table.show_columns(self._columns(translate("Alarms", "Lasts")))
        nothing = (
            translate("Alarms", "No alarms") if self.wanted == Filter() else translate("Alarms", "No alarms pass the filter")
        )
        self.table.show_rows(shown, selected=self.selected, empty=nothing if store.live else "")

    def _refresh_journal(self) -> None:
        store = self.context.store
        rows = self.history()
        if self.selected_event not in {r.key for r in rows}:
            self.selected_event = rows[0].key if rows else ""
        shown: list[Row] = []
        for r in rows:
            raised = r.after == "unack_active"
            shown.append(
                Row(r.key, (
                    Cell(symbol=r.priority), Cell(clock_text(r.time_ns), self._day(r.time_ns)),
                    Cell(headline(store, r.unit, r.text), bold=raised),
                    Cell(alarm_value(store, r.tag, r.kind, r.value, r.limit, r.eu), role="value", bold=raised),
                    Cell(journal_words(r), role="ink" if raised else "label"), Cell(user_name(store, r.user), role="label"),
                ))
            )  # fmt: skip
        self.table.show_columns(self._columns(translate("Alarms", "Who")))
        nothing = translate("Alarms", "The journal has no alarms") if self.log.complete else translate("Alarms", "Reading…")
        self.table.show_rows(shown, selected=self.selected_event, empty=nothing)

    def _refresh_detail(self) -> None:
        store = self.context.store
        if self.tabs.current == "now":
            row = next((r for r in self.rows() if r.id == self.selected), None)
            if row is None:
                self.detail.show_detail(None)
                return
            seconds = response_time_s(store, row.id, row.priority)
            self.detail.show_detail(
                Detail(row.id, row.tag, row.unit, row.priority, row.unacked, headline(store, row.unit, row.text),
                       store.text(row.cause), store.text(row.consequence), store.text(row.response), seconds, row.time_ns,
                       row.limit, row.eu, live=True)
            )  # fmt: skip
            return
        event = next((r for r in self.history() if r.key == self.selected_event), None)
        if event is None:
            self.detail.show_detail(None)
            return
        nothing = (wire.EMPTY, wire.EMPTY, wire.EMPTY)
        cause, consequence, response = (store.text(t) for t in self._texts.get(event.alarm, nothing))
        self.detail.show_detail(
            Detail(event.alarm, event.tag, event.unit, event.priority, False, headline(store, event.unit, event.text), cause,
                   consequence, response, 0, event.time_ns, event.limit, event.eu, live=False)
        )  # fmt: skip

    def _refresh_commands(self) -> None:
        store, mono_ns = self.context.store, self.context.clock.monotonic_ns()
        now = self.tabs.current == "now"
        on_screen = {row.key for row in self.table.visible_rows()} if now else set[str]()
        self.sightings.look(sorted(on_screen), mono_ns)
        role = store.user is None or store.user.may("operator")
        free = store.live and role and not self.context.book.pending("alarm.ack")
        selected = next((r for r in self.rows() if r.id == self.selected and r.unacked), None) if now else None
        self.ack_one.setEnabled(free and selected is not None and selected.id in on_screen)
        visible = self.acknowledgeable()
        self.ack_all.setText(translate("Alarms", "Acknowledge visible ({n})").format(n=len(visible)))
        self.ack_all.setEnabled(free and bool(visible))
        count = wire.number(store.view("alarms"), "last_10_min")
        flood = (count or 0) > FLOOD_10_MIN
        words = translate("Alarms", "flood of alarms") if flood else translate("Alarms", "no flood")
        text = translate("Alarms", "in 10 min: {n} · norm ≤ {norm}, limit {limit} · {words}")
        self.rate.setText(text.format(n=number_text(count, 0, store.language), norm=NORM_10_MIN, limit=FLOOD_10_MIN, words=words))

    # ---- what it does -----------------------------------------------------------------------------------------------

    def acknowledgeable(self) -> list[str]:
        """Ids of unacknowledged alarms that are on the screen and have been for half a second."""
        if self.tabs.current != "now":
            return []
        mono_ns = self.context.clock.monotonic_ns()
        unacked = {r.id for r in self.rows() if r.unacked}
        return [row.key for row in self.table.visible_rows() if row.key in unacked and self.sightings.seen(row.key, mono_ns)]

    def acknowledge_selected(self) -> None:
        """Acknowledge the alarm that is selected and on the screen."""
        on_screen = {row.key for row in self.table.visible_rows()}
        if self.tabs.current == "now" and self.selected in on_screen:
            self.context.command("alarm.ack", "", {"alarms": [self.selected]})

    def acknowledge_visible(self) -> None:
        """Acknowledge those a person has before the eyes, never others."""
        alarms = self.acknowledgeable()
        if alarms:
            self.context.command("alarm.ack", "", {"alarms": list(alarms)})
