"""What is stored and where it goes: every sink with its backlog and what is wrong with it; disk and files of the history."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.pages.tabbed import View
from hmi.texts import translate
from hmi.theme import GAP
from hmi.viewmodels import wire
from hmi.viewmodels.format import NO_VALUE, duration_text, number_text, with_eu
from hmi.viewmodels.sinks import Sink, sinks
from hmi.viewmodels.units import Chip
from hmi.viewmodels.wire import Obj
from hmi.widgets.dialogs import label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from line.clock import NS_PER_S

HEALTH_REPLY: Final = "links.health"
ASK_EVERY_NS: Final = 3 * NS_PER_S
DAYS_SOON: Final = 14.0
_STYLES: Final = {"up": "run", "down": "off"}


class HistoryView(View):
    """Asks the server every three seconds while it is shown."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.sinks: list[Sink] | None = None
        self._asked_ns: int | None = None
        context.on_reply[HEALTH_REPLY] = self._take
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(context.look.px(GAP))
        self.sink_pane, self.store_pane = Pane(context), Pane(context)
        self.table = RowTable(context.look, 96)
        self.pager = Pager(self.table)
        self.sink_pane.head.addStretch(1)
        self.sink_pane.head.addWidget(self.pager)
        self.sink_pane.body.addWidget(self.table, 1)
        self.facts = [(label("", "label"), label("", "strong")) for _ in range(8)]
        self.said = label("", "strong", wrap=True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.store_pane.body.addLayout(self._build_facts())
        self.store_pane.body.addWidget(self.said)
        self.store_pane.body.addStretch(1)
        column.addWidget(self.sink_pane, 7)
        column.addWidget(self.store_pane, 4)

    def _build_facts(self) -> QHBoxLayout:
        halves = QHBoxLayout()
        halves.setSpacing(self.context.look.px(48))
        for half in (self.facts[:4], self.facts[4:]):
            grid = QGridLayout()
            grid.setVerticalSpacing(self.context.look.px(6))
            grid.setColumnStretch(1, 1)
            for at, (name, value) in enumerate(half):
                grid.addWidget(name, at, 0)
                grid.addWidget(value, at, 1)
            halves.addLayout(grid, 1)
        return halves

    # ---- view -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        self._asked_ns = None

    def settled(self) -> bool:
        return self.sinks is not None

    def waiting(self) -> int:
        return sum(sink.wants_someone for sink in self.sinks or ()) if self.context.store.live else 0

    def retranslate(self) -> None:
        self.sink_pane.title.setText(translate("Sinks", "History is sent to"))
        self.store_pane.title.setText(translate("Sinks", "History of this server"))

    def refresh(self) -> None:
        now_ns = self.context.clock.monotonic_ns()
        if self.context.store.live and (self._asked_ns is None or now_ns - self._asked_ns > ASK_EVERY_NS):
            self._asked_ns = now_ns
            self.context.port.fetch("/api/health", {}, HEALTH_REPLY)
        self._refresh_sinks()
        self._refresh_facts()

    def _take(self, reply: Obj) -> None:
        if wire.integer(reply, "status") == 200:
            self.sinks = sinks(wire.obj(wire.obj(reply, "data"), "forwarder"))
        if self.isVisible():
            self.refresh()

    # ---- sinks ------------------------------------------------------------------------------------------------------

    def _refresh_sinks(self) -> None:
        self.table.show_columns(
            [
                Column(translate("Sinks", "Server, what to do"), stretch=1.0), Column(translate("Sinks", "State"), 138),
                Column(translate("Sinks", "Waiting"), 130, right=True),
                Column(translate("Sinks", "Points a second"), 130, right=True),
                Column(translate("Sinks", "Sent"), 130, right=True), Column(translate("Sinks", "Refused"), 110, right=True),
            ]
        )  # fmt: skip
        nowhere = translate("Sinks", "History is kept on this server only: no InfluxDB is set up.")
        reading = translate("Sinks", "Reading…")
        self.table.show_rows([self._row(s) for s in self.sinks or ()], empty=reading if self.sinks is None else nowhere)
        self.pager.refresh()

    def _row(self, sink: Sink) -> Row:
        store = self.context.store
        words = {
            "up": translate("Sinks", "receives"), "down": translate("Sinks", "no delivery"), "off": translate("Sinks", "off"),
        }  # fmt: skip
        word = words.get(sink.state, sink.state)
        chip = Chip(word, _STYLES.get(sink.state, "plain")) if store.live else Chip(f"? {word}", "unknown")
        left = ""
        if sink.behind:
            left = (
                translate("Sinks", "left {time}").format(time=duration_text(sink.left_s)) if sink.left_s is not None else NO_VALUE
            )
        return Row(
            sink.name,
            (
                Cell(sink.name, self._said_of(sink), bold=True),
                Cell(chip=chip),
                Cell(number_text(sink.backlog, 0, store.language), left),
                Cell(number_text(sink.rate_per_s, 0, store.language)),
                Cell(number_text(sink.forwarded, 0, store.language)),
                Cell(number_text(sink.dead, 0, store.language), bold=sink.dead > 0),
            ),
        )

    def _said_of(self, sink: Sink) -> str:
        said = self.context.store.text(sink.said)
        if said or not sink.dead:
            return said
        return translate("Sinks", "Refused points are kept; the engineer sees why: potok sink dead")

    # ---- the server's own -------------------------------------------------------------------------------------------

    def _refresh_facts(self) -> None:
        store = self.context.store

        def of(name: str, decimals: int, eu: str = "") -> str:
            value = store.number(f"Historian.{name}")
            return with_eu(value, decimals, eu, store.language) if value is not None else NO_VALUE

        ok, clock, days = (store.number(f"Historian.{n}") for n in ("Ok", "ClockOk", "DaysLeft"))
        writes = NO_VALUE if ok is None else translate("Sinks", "is stored") if ok else translate("Sinks", "IS NOT STORED")
        trusted = NO_VALUE if clock is None else translate("Sinks", "trusted") if clock else translate("Sinks", "in doubt")
        shown = (
            (translate("Sinks", "History"), writes),
            (translate("Sinks", "Records waiting for the disk"), of("Backlog", 0)),
            (translate("Sinks", "Samples lost: no room in memory"), of("Refused", 0)),
            (translate("Sinks", "Clock of the server"), trusted),
            (translate("Sinks", "Free on the disk"), of("DiskFreeGB", 1, "GB")),
            (translate("Sinks", "Taken by samples"), of("SizeGB", 2, "GB")),
            (translate("Sinks", "The disk lasts"), of("DaysLeft", 0, "d")),
            (translate("Sinks", "Days kept because they are not sent"), of("HeldDays", 0)),
        )
        for (name, value), fact in zip(self.facts, shown, strict=True):
            name.setText(fact[0])
            value.setText(fact[1])
        warn = ""
        if ok == 0:
            warn = translate("Sinks", "Nothing is stored: do not switch the server off, make room on the disk, call automation.")
        elif days is not None and days < DAYS_SOON:
            warn = translate("Sinks", "The disk will soon be full: tell automation before the end of the shift.")
        self.said.setText(f"▲ {warn}" if warn else "")
        self.said.setVisible(bool(warn))
