"""Reports of shifts: the list on the left, totals, times, note and sample ledger of the chosen one on the right."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.pages.shift_words import LEDGER_NAMES, crew_words, summary
from hmi.pages.tabbed import View
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.format import NO_VALUE, clock_minutes, date_text, hours_text, number_text
from hmi.viewmodels.shift import Shift, current, parse_shift, unit_times
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from hmi.widgets.runbars import RunBars
from line.clock import NS_PER_S

LIST_REPLY: Final = "shift.list"
REPORT_REPLY: Final = "shift.report"
ASK_AGAIN_NS: Final = 15 * NS_PER_S


class ReportsView(View):
    """Asks the server for the list and for the report that is shown, again while it is open every quarter of a minute."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.shifts: list[Shift] = []
        self.reports: dict[str, Shift] = {}
        self.selected = ""
        self._listed = False
        self._asked_ns: int | None = None
        self._asked_report = ""
        context.on_reply[LIST_REPLY] = self._take_list
        context.on_reply[REPORT_REPLY] = self._take_report
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(10))
        self.list_pane = Pane(context)
        self.table = RowTable(context.look, 54)
        self.table.chosen.connect(self.choose)
        self.pager = Pager(self.table)
        self.list_pane.body.addWidget(self.table, 1)
        self.list_pane.body.addWidget(self.pager, 0, Qt.AlignmentFlag.AlignRight)
        self.whole = button("", lambda: context.navigate("report", self.selected), role="primary")
        self.report_pane = Pane(context)
        self._build_report()
        for pane, share in ((self.list_pane, 440), (self.report_pane, 714)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            row.addWidget(pane, share)

    def _build_report(self) -> None:
        px = self.context.look.px
        self.heading = label("", "heading")
        self.period = label("", "label")
        self.note = label("", "", wrap=True)
        self.report_pane.body.addWidget(self.heading)
        self.report_pane.body.addWidget(self.period)
        self.report_pane.body.addWidget(self.note)
        self.report_pane.body.addSpacing(px(6))
        halves = QHBoxLayout()
        halves.setSpacing(px(36))
        self._totals = _Facts(self.context, 7)
        self._ledger = _Facts(self.context, 6)
        halves.addLayout(self._totals.grid, 1)
        halves.addLayout(self._ledger.grid, 1)
        self.report_pane.body.addLayout(halves)
        self.report_pane.body.addSpacing(px(10))
        self.times_title = label("", "title")
        self.bars = RunBars(self.context.look)
        self.bars.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.report_pane.body.addWidget(self.times_title)
        self.report_pane.body.addWidget(self.bars, 1)
        self.report_pane.body.addWidget(self.whole, 0, Qt.AlignmentFlag.AlignRight)

    # ---- asking -----------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        self._asked_ns = None
        if argument:
            self.choose(argument)

    def settled(self) -> bool:
        """True when the chosen report is there."""
        return self.selected in self.reports

    def refresh(self) -> None:
        """Ask where something is old, and show what is known."""
        mono_ns = self.context.clock.monotonic_ns()
        if self.context.store.live and (self._asked_ns is None or mono_ns - self._asked_ns > ASK_AGAIN_NS):
            self._asked_ns = mono_ns
            self.context.port.fetch("/api/shifts", {}, LIST_REPLY)
            self._ask_report()
        self._show()

    def _ask_report(self) -> None:
        if self.selected and self.context.store.live:
            self._asked_report = self.selected
            self.context.port.fetch(f"/api/shifts/{self.selected}", {}, REPORT_REPLY)

    def _take_list(self, reply: Obj) -> None:
        if wire.integer(reply, "status") != 200:
            return
        self._listed = True
        self.shifts = [parse_shift(s) for s in wire.objects(wire.obj(reply, "data"), "shifts")]
        if self.selected not in {s.id for s in self.shifts}:
            closed = [s.id for s in self.shifts if not s.open]
            self.selected = next(iter([*closed, *(s.id for s in self.shifts)]), "")
            self._ask_report()
        self._show()

    def _take_report(self, reply: Obj) -> None:
        report = parse_shift(wire.obj(reply, "data"))
        if wire.integer(reply, "status") == 200 and report.id:
            self.reports[report.id] = report
            self._show()

    def choose(self, key: str) -> None:
        """Show this shift's report."""
        self.selected = key
        self._ask_report()
        self._show()

    # ---- showing ----------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Fixed texts."""
        self.list_pane.title.setText(translate("Shift", "Shifts"))
        self.report_pane.title.setText(translate("Shift", "Report"))
        self.times_title.setText(translate("Shift", "Units: ran / held, h:min"))
        self.whole.setText(translate("Shift", "Whole report") + " ▸")

    def _show(self) -> None:
        self.table.show_columns(
            [Column(translate("Shift", "Shift"), 84), Column(translate("Shift", "Date"), 100),
             Column(translate("Shift", "From … to"), stretch=1.0), Column(translate("Shift", "Lasted"), 80, right=True)]
        )  # fmt: skip
        now_ns = self.context.now_ns()
        nothing = translate("Shift", "No shift yet") if self._listed else translate("Shift", "Reading…")
        rows: list[Row] = []
        for s in self.shifts:
            until = translate("Shift", "open") if s.open else clock_minutes(s.ended_ns)
            rows.append(
                Row(s.id, (
                    Cell(str(s.number or NO_VALUE), bold=True), Cell(date_text(s.started_ns)),
                    Cell(f"{clock_minutes(s.started_ns)} … {until}"), Cell(hours_text(s.seconds(now_ns))),
                ))
            )  # fmt: skip
        self.table.show_rows(rows, selected=self.selected, empty=nothing)
        self.pager.refresh()
        self._show_report(now_ns)

    def _show_report(self, now_ns: int) -> None:
        store = self.context.store
        listed = next((s for s in self.shifts if s.id == self.selected), None)
        report = self.reports.get(self.selected)
        now = current(store)
        shown = report or listed
        for widget in (self.heading, self.period, self.times_title, self.bars, self.whole):
            widget.setVisible(shown is not None)
        self.note.setVisible(bool(shown and shown.note))
        if shown is None:
            self._totals.show_facts("", [])
            self._ledger.show_facts("", [])
            return
        with_totals = now if shown.totals is None and now.id == shown.id else shown
        number = translate("Shift", "Shift {number}").format(number=shown.number)
        crew = crew_words(store, shown.crew, shown.crew_name)
        self.heading.setText(" · ".join(p for p in (number, crew) if p))
        until = clock_minutes(shown.ended_ns) if not shown.open else translate("Shift", "open")
        lasted = hours_text(shown.seconds(now_ns))
        self.period.setText(f"{date_text(shown.started_ns)} · {clock_minutes(shown.started_ns)} … {until} · {lasted}")
        self.note.setText(translate("Shift", "Note: {note}").format(note=shown.note))
        self._totals.show_facts(translate("Shift", "Totals"), summary(store, with_totals))
        ledger = [(name(), number_text(shown.ledger.get(key), 0, store.language)) for key, name in LEDGER_NAMES.items()]
        self._ledger.show_facts(translate("Shift", "Samples"), ledger)
        self.bars.show_times(unit_times(store, with_totals, now_ns))


class _Facts:
    """Names and values in two columns under a title."""

    def __init__(self, context: PanelContext, rows: int) -> None:
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(context.look.px(16))
        self.grid.setVerticalSpacing(context.look.px(5))
        self.grid.setColumnStretch(0, 1)
        self._title = label("", "title")
        self.grid.addWidget(self._title, 0, 0, 1, 2)
        self._pairs: list[tuple[QLabel, QLabel]] = []
        for i in range(rows):
            pair = (label("", "label"), label("", "value"))
            self.grid.addWidget(pair[0], i + 1, 0)
            self.grid.addWidget(pair[1], i + 1, 1, Qt.AlignmentFlag.AlignRight)
            self._pairs.append(pair)
        self.grid.setRowStretch(rows + 1, 1)

    def show_facts(self, title: str, facts: list[tuple[str, str]]) -> None:
        """Show these; rows that are left stay empty."""
        self._title.setText(title)
        for i, (name, value) in enumerate(self._pairs):
            name.setText(facts[i][0] if i < len(facts) else "")
            value.setText(facts[i][1] if i < len(facts) else "")
