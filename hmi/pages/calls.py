"""Calls for help: who was called, whether somebody comes, how long it took; accept, arrive, close. Beside them the requests."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.pages.requests import RequestsView
from hmi.pages.tabbed import Tab, TabbedPage, View
from hmi.texts import translate
from hmi.theme import GAP
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.calls import NEXT, CallRow, call_rows, open_calls
from hmi.viewmodels.format import NO_VALUE, clock_text, duration_text
from hmi.viewmodels.units import Chip
from hmi.widgets.buttons import button
from hmi.widgets.calldialog import CallDialog
from hmi.widgets.dialogs import TextDialog, label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from line.clock import NS_PER_S

_STYLES: Final = {"open": "off", "accepted": "plain", "on_site": "run", "closed": "plain"}


def state_words(state: str) -> str:
    """The state of a call in words."""
    words = {
        "open": translate("Calls", "waiting"), "accepted": translate("Calls", "accepted, coming"),
        "on_site": translate("Calls", "on site"), "closed": translate("Calls", "closed"),
    }  # fmt: skip
    return words[state]


class CallsView(View):
    """The calls of the last hours on the left, the chosen one on the right."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.selected = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(GAP))
        row = QHBoxLayout()
        row.setSpacing(px(GAP))
        self.list = Pane(context)
        self.table = RowTable(context.look, 58)
        self.table.chosen.connect(self.choose)
        self.pager = Pager(self.table)
        self.list.head.addStretch(1)
        self.list.head.addWidget(self.pager)
        self.list.body.addWidget(self.table, 1)
        self.detail = Pane(context)
        self._build_detail()
        for pane, share in ((self.list, 740), (self.detail, 414)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            row.addWidget(pane, share)
        layout.addLayout(row, 1)
        foot = QHBoxLayout()
        self.new = button("", self.call, role="command")
        self.summary = label("", "label")
        foot.addWidget(self.new)
        foot.addStretch(1)
        foot.addWidget(self.summary)
        layout.addLayout(foot)

    def _build_detail(self) -> None:
        px = self.context.look.px
        body = self.detail.body
        self.who = label("", "heading", wrap=True)
        self.why = label("", "strong", wrap=True)
        self.to_unit = button("", self._open_unit, role="compact")
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(14))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(2, 1)
        self.times = [(label("", "label"), label("", "strong"), label("", "label")) for _ in range(4)]
        for at, cells in enumerate(self.times):
            for column, cell in enumerate(cells):
                grid.addWidget(cell, at, column)
        self.note = label("", "", wrap=True)
        self.told_title = label("", "title")
        self.told = label("", "label", wrap=True)
        for widget in (self.who, self.why, self.note, self.told):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        body.addWidget(self.who)
        body.addWidget(self.why)
        body.addWidget(self.to_unit, 0, Qt.AlignmentFlag.AlignLeft)
        body.addSpacing(px(8))
        body.addLayout(grid)
        body.addWidget(self.note)
        body.addSpacing(px(8))
        body.addWidget(self.told_title)
        body.addWidget(self.told)
        body.addStretch(1)
        self.go_on = button("", self.advance, role="primary")
        self.close_call = button("", self.close_selected, role="command")
        row = QHBoxLayout()
        row.addWidget(self.close_call)
        row.addStretch(1)
        row.addWidget(self.go_on)
        body.addLayout(row)

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        self.selected = argument or self.selected
        self.refresh()

    def waiting(self) -> int:
        return open_calls(self.context.store)

    def take_over(self, before: View) -> None:
        if isinstance(before, CallsView):
            self.selected = before.selected

    def retranslate(self) -> None:
        self.list.title.setText(translate("Calls", "Calls of this and the last shift"))
        self.new.setText(translate("Calls", "Call for help…"))
        self.close_call.setText(translate("Calls", "Close…"))
        self.told_title.setText(translate("Calls", "Who was told"))

    def choose(self, key: str) -> None:
        """Show a call on the right."""
        self.selected = key
        self.refresh()

    def call(self) -> None:
        """Open the dialog."""
        CallDialog(self.context, parent=self.window()).open()

    def chosen(self) -> CallRow | None:
        """The call that is shown on the right."""
        return next((r for r in call_rows(self.context.store) if r.id == self.selected), None)

    def advance(self) -> None:
        """Accept the call, or say that somebody is there."""
        row = self.chosen()
        if row is not None and NEXT[row.state] == "call.close":
            self.close_selected()
        elif row is not None and row.open:
            self.context.command(NEXT[row.state], row.id, {})

    def close_selected(self) -> None:
        """Ask what was done, and close."""
        row = self.chosen()
        if row is None:
            return
        title = translate("Calls", "What was done")
        take = lambda note, i=row.id: self.context.command("call.close", i, {"note": note})  # noqa: E731
        TextDialog(self.context.look, self.context.store.language, title, take, parent=self.window()).open()

    def _open_unit(self) -> None:
        row = self.chosen()
        if row is not None and row.unit:
            self.context.navigate("unit", row.unit)

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        store = self.context.store
        rows = call_rows(store)
        if self.selected not in {r.id for r in rows}:
            self.selected = rows[0].id if rows else ""
        self.table.show_columns([
            Column(translate("Calls", "No."), 58), Column(translate("Calls", "Time"), 84),
            Column(translate("Calls", "Who and where"), stretch=1.0), Column(translate("Calls", "State"), 156),
            Column(translate("Calls", "Waits"), 88, right=True),
        ])  # fmt: skip
        empty = translate("Calls", "Nobody has called") if store.live else ""
        self.table.show_rows([self._row(r) for r in rows], selected=self.selected, empty=empty)
        self.pager.refresh()
        self.new.setEnabled(self._free())
        waits = [r.waits_s(self.context.now_ns()) for r in rows if r.on_site_ns]
        mean = duration_text(sum(waits) / len(waits)) if waits else NO_VALUE
        text = translate("Calls", "open: {n} · came on average within {time}")
        self.summary.setText(text.format(n=sum(r.open for r in rows), time=mean))
        self._refresh_detail(self.chosen())

    def _free(self) -> bool:
        user = self.context.store.user
        return self.context.store.live and (user is None or user.may("operator"))

    def _row(self, row: CallRow) -> Row:
        store = self.context.store
        unit = store.unit(row.unit)
        where = unit.label if unit is not None else translate("Calls", "the whole line")
        waits = duration_text(row.waits_s(self.context.now_ns()))
        return Row(row.id, (
            Cell(str(row.number), bold=row.open), Cell(clock_text(row.opened_ns)),
            Cell(f"{store.text(row.service_name)} → {where}", store.text(row.reason), bold=row.open),
            Cell(chip=Chip(state_words(row.state), _STYLES[row.state])),
            Cell(waits, role="value" if row.open else "label", bold=row.state == "open"),
        ))  # fmt: skip

    def _refresh_detail(self, row: CallRow | None) -> None:
        store = self.context.store
        for widget in (self.to_unit, self.go_on, self.close_call, self.told_title, self.told, self.note):
            widget.setVisible(row is not None)
        if row is None:
            self.detail.title.setText("")
            self.who.setText("")
            self.why.setText("")
            for cells in self.times:
                for cell in cells:
                    cell.setText("")
            return
        unit = store.unit(row.unit)
        self.detail.title.setText(translate("Calls", "Call {n}").format(n=row.number))
        self.who.setText(store.text(row.service_name))
        self.why.setText(store.text(row.reason))
        self.to_unit.setVisible(unit is not None)
        if unit is not None:
            self.to_unit.setText(f"{unit.label} {store.text(unit.name)} ▸".replace("&", "&&"))
        self._refresh_times(row)
        self.note.setText(translate("Calls", "Done: {note}").format(note=row.note) if row.note else "")
        self._refresh_told(row)
        words = {
            "open": translate("Calls", "Accept: I am coming"), "accepted": translate("Calls", "I am on site"),
            "on_site": translate("Calls", "Close…"), "closed": "",
        }  # fmt: skip
        self.go_on.setText(words[row.state])
        self.go_on.setVisible(row.open)
        self.close_call.setVisible(row.open and row.state != "on_site")
        free = self._free() and not self.context.book.unanswered(target=row.id)
        self.go_on.setEnabled(free)
        self.close_call.setEnabled(free)

    def _refresh_times(self, row: CallRow) -> None:
        store = self.context.store
        steps = (
            (translate("Calls", "Called"), row.opened_ns, row.by),
            (translate("Calls", "Accepted"), row.accepted_ns, row.accepted_by),
            (translate("Calls", "On site"), row.on_site_ns, row.on_site_by),
            (translate("Calls", "Closed"), row.closed_ns, row.closed_by),
        )
        for (name, time, who), (text, at_ns, user) in zip(self.times, steps, strict=True):
            name.setText(text)
            time.setText(clock_text(at_ns) if at_ns else NO_VALUE)
            after = f"+{duration_text((at_ns - row.opened_ns) / NS_PER_S)} · " if at_ns and at_ns != row.opened_ns else ""
            who.setText(f"{after}{user_name(store, user)}" if at_ns else "")

    def _refresh_told(self, row: CallRow) -> None:
        """From the escalation of this call: whom it reached, and what comes next."""
        store = self.context.store
        view = store.view("escalation")
        lines: list[str] = []
        for notice in wire.objects(view, "notices"):
            if wire.text(notice, "run") == row.id:
                words = {
                    "told": translate("Calls", "on the panel"), "delivered": translate("Calls", "delivered"),
                    "pending": translate("Calls", "being sent"), "failed": translate("Calls", "not delivered"),
                }  # fmt: skip
                state = words.get(wire.text(notice, "state"), "")
                lines.append(f"{clock_text(wire.integer(notice, 'told_ns'))} {store.text(notice.get('contact_name'))}: {state}")
        for run in wire.objects(view, "runs"):
            next_ns = wire.integer(run, "next_ns")
            if wire.text(run, "id") == row.id and next_ns:
                left = duration_text(max(0.0, (next_ns - self.context.now_ns()) / NS_PER_S))
                lines.append(translate("Calls", "goes on in {time} unless somebody comes").format(time=left))
        self.told.setText("\n".join(lines) or translate("Calls", "nobody beyond the panels yet"))


TABS: Final = (
    Tab("calls", lambda: translate("Calls", "Calls"), CallsView),
    Tab("requests", lambda: translate("Requests", "Requests"), RequestsView),
)


class CallsPage(TabbedPage):
    """Who is needed at once, and what is to be done in its time. Argument: the id of a call or of a request, or a tab."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, TABS)

    def open_at(self, argument: str) -> None:
        tab = argument.partition("/")[0]
        if not argument or tab in self.views:
            super().open_at(argument)
        else:
            super().open_at(f"{'requests' if argument.startswith('request-') else 'calls'}/{argument}")

    @property
    def request_shown(self) -> str:
        """The request that is before the eyes; empty while the calls are."""
        view = self.view
        return view.selected if isinstance(view, RequestsView) else ""
