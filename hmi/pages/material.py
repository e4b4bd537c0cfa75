"""Raw material: what running batches lack now, what is in stock, and the ways to load and to receive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.material_words import lot_chip, lot_mark
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batches import batch_by_id, recipe_short
from hmi.viewmodels.commands import reasons_of
from hmi.viewmodels.format import number_text
from hmi.viewmodels.loading import weighing_of
from hmi.viewmodels.stock import (
    WARNINGS,
    Need,
    Stock,
    StockLot,
    day_text,
    label_of_batch,
    material_name,
    place_name,
    stock_of,
)
from hmi.viewmodels.wire import Obj
from hmi.widgets.batchdialogs import ChoiceDialog
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import TextDialog, label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from hmi.widgets.scan import ScanCatcher
from line.messages import Json

CODE_REPLY: Final = "material.code"
CODE_MAX: Final = 200


class MaterialPage(Page):
    """Left what is needed now, right the stock; a scanned code opens what it is needed for."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.problem = ""
        self.asked = ""
        context.on_reply[CODE_REPLY] = self._take_code
        self.catcher = ScanCatcher(self, context.clock, self.scan)
        layout = page_layout(self)
        panes = QHBoxLayout()
        panes.setSpacing(px(10))
        self.need_pane, self.stock_pane = Pane(context), Pane(context)
        self.needs = RowTable(context.look, 62)
        self.needs.chosen.connect(self.load)
        self.needs.touched.connect(lambda key, _: self.load(key))
        self.needs_pager = Pager(self.needs)
        self.need_pane.head.addStretch(1)
        self.need_pane.head.addWidget(self.needs_pager)
        self.need_pane.body.addWidget(self.needs, 1)
        self.tabs = Tabs(context.look, ("all", *WARNINGS))
        self.tabs.chosen.connect(self._filtered)
        self.lots = RowTable(context.look, 58)
        self.lots.chosen.connect(lambda key: context.navigate("lot", key))
        self.lots_pager = Pager(self.lots)
        self.stock_pane.head.addStretch(1)
        self.stock_pane.head.addWidget(self.lots_pager)
        self.stock_pane.body.addWidget(self.tabs)
        self.stock_pane.body.addWidget(self.lots, 1)
        self.more = label("", "label")
        self.stock_pane.body.addWidget(self.more)
        for pane, share in ((self.need_pane, 572), (self.stock_pane, 582)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            panes.addWidget(pane, share)
        layout.addLayout(panes, 1)
        row = QHBoxLayout()
        row.setSpacing(px(10))
        self.code = button("", lambda: self._void(self.type_code()), role="command")
        self.code.setMinimumWidth(px(300))
        self.said = label("", "error", wrap=True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.receive = button("", lambda: context.navigate("reception", ""), role="command")
        row.addWidget(self.code)
        row.addWidget(self.said, 1)
        row.addWidget(self.receive)
        layout.addLayout(row)

    @staticmethod
    def _void(_: object) -> None: ...

    # ---- page -------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.catcher.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self.catcher.stop()
        super().hideEvent(event)

    def open_at(self, argument: str) -> None:
        self.problem = ""

    def retranslate(self) -> None:
        self.need_pane.title.setText(translate("Material", "Needed now"))
        self.stock_pane.title.setText(translate("Material", "In stock"))
        self.code.setText(translate("Material", "Scan or type a code…"))
        self.receive.setText(translate("Material", "Receive material…"))

    def refresh(self) -> None:
        stock = stock_of(self.context.store)
        self._show_needs(stock)
        self._show_lots(stock)
        self.needs_pager.refresh()
        self.lots_pager.refresh()
        texts = {
            "all": translate("Material", "All"), "expired": translate("Material", "Expired"),
            "expires_soon": translate("Material", "Soon"), "on_hold": translate("Material", "On hold"),
            "quarantine": translate("Material", "Quarantine"),
        }  # fmt: skip
        for key, text in texts.items():
            n = len(stock.lots) if key == "all" else len(stock.warned(key))
            self.tabs.set_text(key, f"{text} {n}")
        more = translate("Material", "and {n} more lots that are not shown").format(n=stock.more_lots)
        self.more.setText(more if stock.more_lots else "")
        self.more.setVisible(bool(stock.more_lots))
        waits = translate("Material", "Looking the code up…")
        self.said.setText(waits if self.asked else f"✕ {self.problem}" if self.problem else "")
        self.receive.setEnabled(stock.known)

    def _show_needs(self, stock: Stock) -> None:
        store = self.context.store
        self.needs.show_columns(
            [
                Column(translate("Material", "Batch"), 92), Column(translate("Material", "Material"), stretch=0.6),
                Column(translate("Material", "Missing, kg"), 80, right=True),
                Column(translate("Material", "Lot, place"), stretch=0.4), Column("", 100),
            ]
        )  # fmt: skip
        rows = [self._need_row(n, stock) for n in stock.lacking()]
        nothing = translate("Material", "No running batch lacks material.") if stock.known else (
            translate("Material", "This line keeps no stock: lots are typed in on the page of the batch.")
        )  # fmt: skip
        self.needs.show_rows(rows, empty=nothing if store.live else "")

    def _need_row(self, n: Need, stock: Stock) -> Row:
        store = self.context.store
        batch = batch_by_id(store, n.batch)
        recipe = recipe_short(store.text(batch.recipe_name)) if batch is not None else n.recipe
        w = weighing_of(n, 0.0)
        decimals = max(1, w.decimals)
        of = translate("Material", "of {mass}").format(mass=number_text(n.target_kg, decimals, store.language))
        lot = stock.lot(n.lot)
        if not n.traced:
            where = Cell(translate("Material", "without lots"), role="label")
        elif lot is None:
            where = Cell(translate("Material", "none in stock"), bold=True)
        else:
            where = Cell(lot.id, place_name(store, lot.place))
        waits = translate("Material", "waits for it") if n.prompt else recipe
        missing = Cell(number_text(n.missing_kg, decimals, store.language), of, role="value", bold=True)
        load = Cell(translate("Material", "Load"), touch="load") if store.live else Cell("")
        return Row(n.key, (
            Cell(label_of_batch(store, n.batch), waits, bold=bool(n.prompt)),
            Cell(store.text(n.name), bold=bool(n.prompt)), missing, where, load,
        ))  # fmt: skip

    def _show_lots(self, stock: Stock) -> None:
        store = self.context.store
        self.lots.show_columns(
            [
                Column(translate("Material", "Material"), stretch=1.0), Column(translate("Material", "Lot"), 94),
                Column(translate("Material", "Left, kg"), 78, right=True), Column(translate("Material", "Good until"), 108),
                Column(translate("Material", "Place, state"), 128),
            ]
        )  # fmt: skip
        wanted = stock.warned(self.tabs.current)
        found = [x for x in stock.lots if self.tabs.current == "all" or x.id in wanted]
        nothing = translate("Material", "No such lots in stock.") if stock.known and store.live else ""
        self.lots.show_rows([self._lot_row(x) for x in found], empty=nothing)

    def _lot_row(self, x: StockLot) -> Row:
        store = self.context.store
        days = words.days_words(x.days_left)
        soon = x.days_left is not None and x.days_left <= 2
        until = Cell(day_text(x.expires), f"▲ {days}" if x.expired else days, bold=soon) if x.expires else Cell("—", role="label")
        chip = lot_chip(x)
        state = Cell(place_name(store, x.place)) if chip is None else Cell(chip=chip)
        name = store.text(x.name) or material_name(store, x.material)
        return Row(x.id, (
            Cell(name), Cell(x.id, lot_mark(x)),
            Cell(number_text(x.left_kg, 1, store.language), role="value", bold=True), until, state,
        ))  # fmt: skip

    def _filtered(self, _: str) -> None:
        self.lots.first_page()
        self.refresh()

    # ---- what it does -----------------------------------------------------------------------------------------------

    def load(self, key: str) -> None:
        """Open the loading task for a need."""
        self.context.navigate("loading", key)

    def type_code(self) -> TextDialog:
        """Type it; a scanner types into the field as well."""
        title = translate("Loading", "Code or number of the lot")
        made = TextDialog(self.context.look, "en", title, self.scan, parent=self)
        made.field.setMaxLength(CODE_MAX)
        made.open()
        return made

    def scan(self, code: str) -> None:
        """A code: what is it, and who needs it?"""
        if code.strip():
            self.asked, self.problem = code.strip(), ""
            self.context.port.fetch("/api/code", {"text": self.asked}, CODE_REPLY)
            self.refresh()

    def _take_code(self, reply: Obj) -> None:
        if not self.asked:
            return
        code, self.asked = self.asked, ""
        store, data = self.context.store, wire.obj(reply, "data")
        lot, material = wire.text(data, "lot"), wire.text(data, "material")
        if wire.integer(reply, "status") != 200:
            said = "; ".join(t for r in reasons_of(data) if (t := store.text(r)))
            self.problem = said or translate("Loading", "The server does not answer. Try again.")
        elif not wire.flag(data, "ok"):
            self.problem = words.bad_code(store, data)
        elif self.isVisible():
            self._open(code, lot, material, wire.items(data, "candidates"))
        if self.isVisible():
            self.refresh()

    def _open(self, code: str, lot: str, material: str, candidates: Sequence[Json]) -> None:
        """A lot that a batch lacks is loaded, another one looked at; what is not in stock is received."""
        stock = stock_of(self.context.store)
        if lot and stock.lot(lot) is None:
            self.context.navigate("lot", lot)
            return
        if not lot and not candidates:
            self.context.navigate("reception", f"={code}")
            return
        wants = [n for n in stock.lacking() if n.material == material and n.missing_kg > 0]
        ending = f"/{lot}" if lot else ""
        if not wants:
            self.context.navigate("lot", lot or str(candidates[0]))
        elif len({n.batch for n in wants}) == 1:
            self.context.navigate("loading", wants[0].key + ending)
        else:
            self._ask_batch(wants, ending)

    def _ask_batch(self, wants: list[Need], ending: str) -> ChoiceDialog:
        store = self.context.store
        made = ChoiceDialog(
            self.context.look, translate("Material", "Which batch is it for?"), store.text(wants[0].name),
            [f"{label_of_batch(store, n.batch)} · {words.kg(store, n.missing_kg, 1)}" for n in wants],
            lambda at: self.context.navigate("loading", wants[at].key + ending), self,
        )  # fmt: skip
        made.open()
        return made
