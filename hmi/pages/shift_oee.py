"""OEE: the line, its machines, products, batches and shifts, each with its times, counts and losses in order."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages import oee_words as words
from hmi.pages.base import Pane
from hmi.pages.shift_words import recipe_name
from hmi.pages.tabbed import View
from hmi.texts import translate
from hmi.viewmodels.batches import recipe_short
from hmi.viewmodels.eventlog import EventLog, LogEvent
from hmi.viewmodels.format import number_text
from hmi.viewmodels.oee import Figures, Scope, ShiftFigures, all_figures, live_figures, losses
from hmi.viewmodels.stops import board_of, reasons
from hmi.viewmodels.wire import Obj
from hmi.widgets.choice import Choice, Dropdown, Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.kpicards import ShareBars
from hmi.widgets.oeebars import RatioBars, TimeBar
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

REPLY: Final = "oee.events"
LISTS: Final = ("units", "products", "batches", "shifts")
EVENTS_WANTED: Final = 60
SHIFTS_MAX: Final = 20
LOSS_ROWS: Final = 10


class OeeView(View):
    """Left what has figures, right the figures of what is chosen. Shifts and batches before come from the journal."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.log = EventLog("oee", wanted=EVENTS_WANTED)
        context.on_reply[REPLY] = self._take_events
        self._was_live = True
        self._read: tuple[Figures, list[LogEvent], Figures] | None = None
        self.period = ""
        self.selected = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(10))
        self.list_pane, self.pane = Pane(context), Pane(context)
        self._build_list()
        self._build_figures()
        for pane, share in ((self.list_pane, 452), (self.pane, 702)):
            pane.title.setVisible(False)
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            row.addWidget(pane, share)

    def _build_list(self) -> None:
        look = self.context.look
        self.lists = Tabs(look, LISTS)
        self.lists.chosen.connect(lambda _key: self._listed())
        self.table = RowTable(look, 52)
        self.table.chosen.connect(self.choose)
        self.pager = Pager(self.table)
        self.periods = Dropdown(look)
        self.periods.chosen.connect(self._take_period)
        self.list_pane.body.addWidget(self.lists)
        self.list_pane.body.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.periods)
        foot.addStretch(1)
        foot.addWidget(self.pager)
        self.list_pane.body.addLayout(foot)

    def _build_figures(self) -> None:
        look, px = self.context.look, self.context.look.px
        self.heading = label("", "heading")
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.warned = label("", "strong", wrap=True)
        self.bars = RatioBars(look)
        self.bars.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for widget in (self.heading, self.warned, self.bars):
            self.pane.body.addWidget(widget)
        halves = QHBoxLayout()
        halves.setSpacing(px(24))
        left, right = QVBoxLayout(), QVBoxLayout()
        for side, share in ((left, 5), (right, 6)):
            side.setSpacing(px(5))
            halves.addLayout(side, share)
        self.time_title, self.loss_title = label("", "title"), label("", "title")
        self.times = TimeBar(look)
        self.times.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.counts = label("", "", wrap=True)
        left.addWidget(self.time_title)
        left.addWidget(self.times)
        left.addWidget(self.counts)
        left.addStretch(1)
        self.losses = ShareBars(look, 180, LOSS_ROWS)
        self.losses.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        right.addWidget(self.loss_title)
        right.addWidget(self.losses, 1)
        self.pane.body.addLayout(halves, 1)

    # ---- view -----------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        """``units``, ``products``, ``batches`` or ``shifts``."""
        self.log.restart()
        if argument in LISTS:
            self.lists.choose(argument)

    def variants(self) -> list[str]:
        return ["", "batches", "shifts"]

    def settled(self) -> bool:
        return self.log.complete

    def take_over(self, before: View) -> None:
        if isinstance(before, OeeView):
            self.period, self.selected = before.period, before.selected
            self.lists.choose(before.lists.current)

    def retranslate(self) -> None:
        self.lists.set_text("units", translate("Oee", "Line, units"))
        self.lists.set_text("products", translate("Oee", "Products"))
        self.lists.set_text("batches", translate("Oee", "Batches"))
        self.lists.set_text("shifts", translate("Oee", "Shifts"))
        self.time_title.setText(translate("Oee", "Time, h:min:s"))
        self.loss_title.setText(translate("Oee", "What was lost, the most first"))

    def figures(self) -> Figures:
        """What the view says and what the journal knows; read once as long as neither is another."""
        live, events = live_figures(self.context.store), self.log.events()
        if self._read is None or self._read[0] is not live or self._read[1] is not events:
            self._read = (live, events, all_figures(live, events))
        return self._read[2]

    def scopes(self, figures: Figures) -> list[Scope]:
        """The rows of the list that is open."""
        if self.lists.current == "batches":
            return [row for b in figures.batches for row in b.scopes()]
        if self.lists.current == "shifts":
            return [Scope(f"shift/{s.id}", "shift", s.id, s.line, s.scopes()[0].worst, time_ns=s.time_ns) for s in figures.shifts]
        shift = figures.shift(self.period) or figures.shift("")
        if shift is None:
            return []
        return shift.product_scopes() if self.lists.current == "products" else shift.scopes()

    def refresh(self) -> None:
        self._ask()
        figures = self.figures()
        rows = self.scopes(figures)
        if self.selected not in {r.key for r in rows}:
            first = next((r for r in rows if r.figures is not None), rows[0] if rows else None)
            self.selected = first.key if first is not None else ""
        self._refresh_list(figures, rows)
        self._show(next((r for r in rows if r.key == self.selected), None))

    def _ask(self) -> None:
        store = self.context.store
        if store.live and not self._was_live:
            self.log.restart()
        self._was_live = store.live
        self.log.live(store)
        params = self.log.request(self.context.clock.monotonic_ns()) if store.live else None
        if params is not None:
            self.context.port.fetch("/api/events", params, REPLY)

    def _take_events(self, reply: Obj) -> None:
        self.log.take(reply)
        if self.isVisible():
            self.refresh()

    def _listed(self) -> None:
        self.table.first_page()
        self.refresh()

    def _take_period(self, key: str) -> None:
        self.period = key
        self._listed()

    def choose(self, key: str) -> None:
        """Show the figures of a row."""
        self.selected = key
        self.refresh()

    # ---- list -----------------------------------------------------------------------------------------------------------

    def _shift_name(self, shift: ShiftFigures) -> str:
        return words.shift_words(board_of(self.context.store), shift.id, shift.time_ns)

    def _refresh_list(self, figures: Figures, rows: list[Scope]) -> None:
        by_shift = self.lists.current in ("units", "products")
        self.periods.setVisible(by_shift and bool(figures.shifts))
        choices = [Choice(s.id, self._shift_name(s)) for s in figures.shifts[:SHIFTS_MAX]]
        shown = figures.shift(self.period) or figures.shift("")
        self.periods.show_choices(choices, shown.id if shown is not None else "")
        self.table.show_columns([
            Column("", stretch=1.0), Column(words.SHORT["availability"](), 67, right=True),
            Column(words.SHORT["effectiveness"](), 62, right=True), Column(words.SHORT["quality"](), 58, right=True),
            Column(translate("Oee", "OEE, %"), 64, right=True),
        ])  # fmt: skip
        nothing = {
            "units": translate("Oee", "No figures yet."), "products": translate("Oee", "No product was made in this shift."),
            "batches": translate("Oee", "No batch was at a machine yet."), "shifts": translate("Oee", "No shift yet."),
        }[self.lists.current]  # fmt: skip
        self.table.show_rows([self._row(r) for r in rows], selected=self.selected, empty=nothing)
        self.pager.refresh()

    def _row(self, scope: Scope) -> Row:
        return Row(scope.key, (
            Cell(self._name(scope), self._sub(scope), bold=scope.kind == "line"),
            self._pct(scope, "availability"), self._pct(scope, "effectiveness"), self._pct(scope, "quality"),
            self._pct(scope, "oee"),
        ), inset=scope.inset)  # fmt: skip

    def _name(self, scope: Scope) -> str:
        store = self.context.store
        if scope.kind == "shift":
            return words.shift_words(board_of(store), scope.id, scope.time_ns)
        return words.scope_name(store, scope)

    def _sub(self, scope: Scope) -> str:
        if scope.kind != "batch":
            return ""
        batch = next((b for b in self.figures().batches if b.id == scope.id), None)
        product = recipe_short(recipe_name(self.context.store, batch.product)) if batch is not None else ""
        when = words.when_words(scope.time_ns, self.context.now_ns())
        return f"{when} · {product}" if product else when

    def _pct(self, scope: Scope, ratio: str) -> Cell:
        figures = scope.figures
        if figures is None:
            return Cell("—", role="label")
        value = figures.pct[ratio]
        over = "▲" if ratio in figures.over_100 else ""
        shown = number_text(value, 1, self.context.store.language)
        return Cell(f"{over}{shown}", role="label" if value is None else "value", bold=ratio == "oee")

    # ---- figures --------------------------------------------------------------------------------------------------------

    def _show(self, scope: Scope | None) -> None:
        language = self.context.store.language
        figures = scope.figures if scope is not None else None
        for widget in (self.bars, self.time_title, self.times, self.counts, self.loss_title, self.losses):
            widget.setVisible(figures is not None)
        self.heading.setText(self._heading(scope) if scope is not None else "")
        if figures is None:
            self.warned.setText(self._nothing(scope))
            self.warned.setVisible(True)
            return
        told = words.warnings(figures, language)
        self.warned.setText("\n".join(told))
        self.warned.setVisible(bool(told))
        self.bars.show_ratios(words.ratios(figures, language))
        self.times.show_parts(words.parts(figures))
        self.counts.setText(words.counts(figures, language))
        planned = frozenset(r.code for r in reasons(self.context.store).values() if r.loss == "planned")
        found = losses(figures, scope.worst if scope is not None else (), planned)
        rows = [words.loss_share(self.context.store, one) for one in found[:LOSS_ROWS]]
        self.losses.show_shares(rows, translate("Oee", "Nothing was lost."))

    def _nothing(self, scope: Scope | None) -> str:
        """Why there are no figures."""
        if scope is not None and scope.kind == "batch":
            return translate("Oee", "The batch was not at the machine whose OEE is the line's: see its other units.")
        if not board_of(self.context.store).known:
            return translate("Stops", "This line watches no stops.")
        return translate("Oee", "No figures yet.")

    def _heading(self, scope: Scope) -> str:
        name = self._name(scope)
        if scope.kind == "unit" and scope.inset:
            batch = scope.key.split("/")[1]
            return f"{words.batch_words(self.context.store, batch)} · {name}"
        if scope.kind in ("line", "unit", "product"):
            figures = self.figures()
            shift = figures.shift(self.period) or figures.shift("")
            return f"{name} · {self._shift_name(shift)}" if shift is not None else name
        return name
