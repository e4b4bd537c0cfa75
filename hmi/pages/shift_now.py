"""This shift: totals, run and held time of the units, alarms, main events, its start and end."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.pages.shift_words import TOTAL_NAMES, handed_over, happening_text, hidden_counts, reasons_text, summary, total_text
from hmi.pages.tabbed import View
from hmi.texts import translate
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.eventlog import EventLog
from hmi.viewmodels.format import clock_text
from hmi.viewmodels.handover import course
from hmi.viewmodels.shift import Shift, current, happenings, unit_times
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.indicators import AlarmSymbol
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from hmi.widgets.runbars import RunBars
from hmi.widgets.shiftdialogs import EndShiftDialog, StartShiftDialog

LOGS: Final = ("batch", "shift", "command")
EVENTS_WANTED: Final = 400


class KpiCard(Pane):
    """A big number with its name below."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.title.setVisible(False)
        self.number = label("", "big")
        self.caption = label("", "small")
        self.body.setSpacing(0)
        self.body.addWidget(self.number)
        self.body.addWidget(self.caption)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)


class NowView(View):
    """Totals, times and happenings of the shift that is open, or of the last one."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.logs = {kind: EventLog(kind, wanted=EVENTS_WANTED) for kind in LOGS}
        for kind in LOGS:
            context.on_reply[f"shift.{kind}"] = lambda reply, k=kind: self._take_events(k, reply)
        self._was_live = True
        self._shift_id = ""
        self._build()

    def _build(self) -> None:
        px = self.context.look.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(10))
        cards = QHBoxLayout()
        cards.setSpacing(px(8))
        self.cards: dict[str, KpiCard] = {}
        for key in TOTAL_NAMES:
            self.cards[key] = KpiCard(self.context)
            cards.addWidget(self.cards[key], 1)
        column.addLayout(cards)
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        left = QVBoxLayout()
        left.setSpacing(px(10))
        self.times_pane = Pane(self.context)
        self.bars = RunBars(self.context.look)
        self.times_pane.body.addWidget(self.bars, 1)
        left.addWidget(self.times_pane, 1)
        self.alarm_pane = Pane(self.context)
        self.hidden_now = label("", "label")
        self.alarm_pane.head.addStretch(1)
        self.alarm_pane.head.addWidget(self.hidden_now)
        self.alarm_pane.body.addLayout(self._build_alarms())
        left.addWidget(self.alarm_pane)
        middle.addLayout(left, 500)
        self.event_pane = Pane(self.context)
        self.table = RowTable(self.context.look, 46)
        self.event_pane.body.addWidget(self.table, 1)
        for pane in (self.times_pane, self.event_pane, self.alarm_pane):
            vertical = QSizePolicy.Policy.Fixed if pane is self.alarm_pane else QSizePolicy.Policy.Expanding
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, vertical)
        middle.addWidget(self.event_pane, 654)
        column.addLayout(middle, 1)
        foot = QHBoxLayout()
        foot.setSpacing(px(10))
        self.start = button("", role="command")
        self.start.clicked.connect(lambda *_: self.open_start())
        self.end = button("", role="command")
        self.end.clicked.connect(lambda *_: self.finish())
        self.pager = Pager(self.table)
        foot.addWidget(self.start)
        foot.addStretch(1)
        foot.addWidget(self.pager)
        foot.addSpacing(px(44))
        foot.addWidget(self.end)
        column.addLayout(foot)

    def _build_alarms(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.context.look.px(8))
        self.alarm_counts = [label("", "heading") for _ in range(4)]
        self.symbols: list[AlarmSymbol] = []
        for i, count in enumerate(self.alarm_counts):
            symbol = AlarmSymbol(self.context.look, size=26)
            symbol.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            symbol.show_priority(i + 1)
            self.symbols.append(symbol)
            row.addWidget(symbol)
            row.addWidget(count, 1)
        self.alarm_total = label("", "label")
        row.addWidget(self.alarm_total)
        return row

    # ---- view -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        for log in self.logs.values():
            log.restart()

    def settled(self) -> bool:
        return all(log.complete for log in self.logs.values())

    def retranslate(self) -> None:
        for key, card in self.cards.items():
            card.caption.setText(TOTAL_NAMES[key]())
        self.times_pane.title.setText(translate("Shift", "Units: ran / held, h:min"))
        self.alarm_pane.title.setText(translate("Shift", "Alarms of the shift"))
        self.event_pane.title.setText(translate("Shift", "Main events"))
        self.start.setText(translate("Shift", "Start a shift…"))

    def refresh(self) -> None:
        store = self.context.store
        if store.live and not self._was_live:
            for log in self.logs.values():
                log.restart()
        self._was_live = store.live
        shift = current(store)
        self._ask(shift)
        for key, card in self.cards.items():
            card.number.setText(total_text(store, shift.totals, key))
        self.bars.show_times(unit_times(store, shift, self.context.now_ns()))
        self._refresh_alarms(shift)
        self._refresh_events(shift)
        self._refresh_commands(shift)

    def _refresh_alarms(self, shift: Shift) -> None:
        counts = shift.totals.by_priority if shift.totals else (0, 0, 0, 0)
        for shown, n in zip(self.alarm_counts, counts, strict=True):
            shown.setText(str(n) if shift.totals else "—")
        total = shift.totals.alarms if shift.totals else 0
        self.alarm_total.setText(translate("Shift", "{n} in all").format(n=total))
        self.hidden_now.setText(hidden_counts(self.context.store))

    # ---- main events ------------------------------------------------------------------------------------------------

    def _ask(self, shift: Shift) -> None:
        if shift.id != self._shift_id:
            self._shift_id = shift.id
            for log in self.logs.values():
                log.oldest_ns = shift.started_ns
        for kind, log in self.logs.items():
            log.live(self.context.store)
            params = log.request(self.context.clock.monotonic_ns()) if self.context.store.live else None
            if params is not None:
                self.context.port.fetch("/api/events", params, f"shift.{kind}")

    def _take_events(self, kind: str, reply: Obj) -> None:
        self.logs[kind].take(reply)
        if self.isVisible():
            self.refresh()

    def _refresh_events(self, shift: Shift) -> None:
        store = self.context.store
        told = happenings((e for log in self.logs.values() for e in log.events()), shift.started_ns)
        self.table.show_columns(
            [Column(translate("Shift", "Time"), 80), Column(translate("Shift", "Event"), stretch=1.0),
             Column(translate("Shift", "Who"), 92)]
        )  # fmt: skip
        rows: list[Row] = []
        for h in told:
            bold = h.what in ("batch_held", "deviation", "refused", "batch_aborted", "batch_stopped")
            event = Cell(happening_text(store, h), reasons_text(store, h), bold=bold)
            rows.append(Row(str(h.seq), (Cell(clock_text(h.time_ns)), event, Cell(user_name(store, h.user), role="label"))))
        done = all(log.complete for log in self.logs.values())
        self.table.show_rows(rows, empty=translate("Shift", "Nothing yet") if done else translate("Shift", "Reading…"))
        self.pager.refresh()

    # ---- commands ---------------------------------------------------------------------------------------------------

    def _refresh_commands(self, shift: Shift) -> None:
        store, book = self.context.store, self.context.book
        free = store.live and (store.user is None or store.user.may("operator"))
        busy = bool(book.unanswered("shift.start") or book.unanswered("shift.end"))
        handing = course(store).calendar
        self.end.setText(translate("Shift", "Hand the shift over…") if handing else translate("Shift", "End the shift…"))
        self.start.setEnabled(free and not busy)
        self.end.setEnabled(free and not busy and shift.open)

    def open_start(self) -> StartShiftDialog:
        """Crew and number."""
        made = StartShiftDialog(self.context, current(self.context.store), self, hidden_words=hidden_counts(self.context.store))
        made.open()
        return made

    def finish(self) -> None:
        """To the hand-over first, where a calendar says who comes; else end it."""
        if course(self.context.store).calendar:
            self.context.navigate("shift", "handover")
        else:
            self.open_end()

    def open_end(self) -> EndShiftDialog:
        """Summary, hidden alarms, note, question."""
        store = self.context.store
        shift = current(store)
        made = EndShiftDialog(
            self.context, shift, summary(store, shift), self, hidden=handed_over(store), hidden_words=hidden_counts(store)
        )
        made.open()
        return made
