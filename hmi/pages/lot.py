"""One lot: facts, history, what it came from and what it went into, its label, and what can be done with it."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.loading_steps import FactGrid
from hmi.pages.lot_desk import APART, DEED_ROWS, ROLES, LotDesk, barred_words, deed_names
from hmi.pages.material_words import HAPPENED, status_word
from hmi.rolenames import may
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.format import clock_minutes, date_text, number_text
from hmi.viewmodels.stock import StockLot, label_of_batch, lot_label, material_name, named, place_name, stock_of
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

FACTS_REPLY: Final = "lot.facts"
TRACE_REPLY: Final = "lot.trace"
FACTS: Final = 11
PARTS: Final = ("history", "back", "forward")


class LotPage(Page):
    """Argument: the number of the lot."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.lot = ""
        self.told: Obj | None = None
        self.trace: Obj | None = None
        self.problem = ""
        self.desk = LotDesk(context, self, self._shown)
        self._newest = 0
        context.on_reply[FACTS_REPLY] = self._take_facts
        context.on_reply[TRACE_REPLY] = self._take_trace
        layout = page_layout(self)
        head = QHBoxLayout()
        self.back = button("", lambda: context.navigate("material", ""), role="compact")
        self.heading = label("", "heading")
        head.addWidget(self.back)
        head.addWidget(self.heading, 1)
        self.reports: dict[str, QPushButton] = {}
        for kind in ("minutes", "recall"):
            self.reports[kind] = button("", lambda k=kind: context.navigate("report", f"{k}/{self.lot}"), role="compact")
            head.addWidget(self.reports[kind])
        layout.addLayout(head)
        panes = QHBoxLayout()
        panes.setSpacing(px(10))
        self.left, self.right = Pane(context), Pane(context)
        self.facts = FactGrid(context, FACTS)
        self.why = label("", "strong", wrap=True)
        self.left.body.addWidget(self.facts)
        self.left.body.addWidget(self.why)
        self.left.body.addStretch(1)
        self.tabs = Tabs(context.look, PARTS)
        self.tabs.chosen.connect(self._part)
        self.table = RowTable(context.look, 56)
        self.table.chosen.connect(self._follow)
        self.pager = Pager(self.table)
        self.right.title.setVisible(False)
        self.right.head.addWidget(self.tabs)
        self.right.head.addStretch(1)
        self.right.head.addWidget(self.pager)
        self.right.body.addWidget(self.table, 1)
        for pane, share in ((self.left, 430), (self.right, 724)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            panes.addWidget(pane, share)
        layout.addLayout(panes, 1)
        self.said = label("", "error", wrap=True)
        layout.addWidget(self.said)
        self.deeds: dict[str, QPushButton] = {}
        for keys in DEED_ROWS:
            row = QHBoxLayout()
            row.setSpacing(px(10))
            for key in keys:
                if key == APART:
                    row.addStretch(1)
                made = button("", lambda k=key: void(self.desk.do(k)), role="command")
                self.deeds[key] = made
                row.addWidget(made)
            if APART not in keys:
                row.addStretch(1)
            layout.addLayout(row)

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        if argument and argument != self.lot:
            self.lot, self.told, self.trace, self.problem = argument, None, None, ""
            self.desk.open(argument)
        if self.lot:
            self._ask()

    def variants(self) -> list[str]:
        found = stock_of(self.context.store).lots
        return [found[0].id] if found else [""]

    def picture(self, variant: str) -> str:
        return ""

    def settled(self) -> bool:
        return not self.lot or self.told is not None or bool(self.problem)

    def _path(self, rest: str = "") -> str:
        return f"/api/lots/{self.lot.replace('/', '_')}{rest}"

    def _ask(self) -> None:
        self.context.port.fetch(self._path(), {}, FACTS_REPLY)
        if self.tabs.current != "history":
            self.context.port.fetch(self._path("/trace"), {"direction": self.tabs.current}, TRACE_REPLY)

    def retranslate(self) -> None:
        self.back.setText("◂ " + translate("Navigation", "Material"))
        texts = {
            "history": translate("LotPage", "History"), "back": translate("LotPage", "What went in"),
            "forward": translate("LotPage", "Where it went"),
        }  # fmt: skip
        for key, text in texts.items():
            self.tabs.set_text(key, text)
        self.reports["minutes"].setText(translate("LotPage", "Its minutes…"))
        self.reports["recall"].setText(translate("LotPage", "Recall…"))
        for key, text in deed_names().items():
            self.deeds[key].setText(text)

    def stocked(self) -> StockLot | None:
        """The lot while it is in stock."""
        return stock_of(self.context.store).lot(self.lot)

    def refresh(self) -> None:
        self._look_again()
        store, lot = self.context.store, self.stocked()
        told = self.told or wire.EMPTY
        name = store.text(lot.name) if lot is not None else material_name(store, wire.text(told, "material"))
        self.heading.setText(
            " · ".join(t for t in (translate("LotPage", "Lot {lot}").format(lot=lot_label(self.lot)), name) if t)
        )
        self.left.title.setText(name)
        if lot is not None:
            self.facts.show_facts([*words.lot_facts(store, lot), *self._more(lot)])
            self.why.setText("\n".join(store.text(r) for r in lot.reasons))
        else:
            self.facts.show_facts([(translate("LotPage", "State"), translate("LotPage", "not in stock"))] if self.lot else [])
            self.why.setText("")
        self._show_table()
        problem = self.problem or self.desk.problem
        done = self.desk.label.words or self.desk.done
        self.said.setText(f"✕ {problem}" if problem else done or barred_words(store))
        self.said.setVisible(bool(self.said.text()))
        self._refresh_deeds(lot)

    def _more(self, lot: StockLot) -> list[tuple[str, str]]:
        store = self.context.store
        papers = named(store, "documents")
        facts = [
            (translate("LotPage", "State"), translate("Loading", "expired") if lot.expired else status_word(lot.status)),
            (translate("LotPage", "Number of the supplier"), lot.supplier_lot),
            (translate("LotPage", "Received"), f"{date_text(lot.received_ns)} · {words.kg(store, lot.received_kg, 1)}"),
            (translate("LotPage", "On arrival"), f"{number_text(lot.temperature_c, 1, store.language)}\u00a0°C"
             if lot.temperature_c is not None else ""),
            (translate("LotPage", "Documents"), ", ".join(papers.get(d) or d for d in lot.documents)),
        ]  # fmt: skip
        return [(n, v) for n, v in facts if v]

    def _refresh_deeds(self, lot: StockLot | None) -> None:
        store = self.context.store
        possible = self.desk.possible(lot, known=bool(self.told))
        for key, made in self.deeds.items():
            made.setEnabled(possible[key] and store.live and may(store, ROLES[key]))
        product = self.desk.is_product(lot)
        self.deeds["dispatch"].setVisible(product)
        for key in ("split", "merge", "document"):
            self.deeds[key].setVisible(not product)

    def _look_again(self) -> None:
        """Something happened to this lot: its history is read again; where it went into another one, that is opened."""
        if self.told is None:
            return
        known = max((wire.integer(e, "seq") for e in wire.objects(self.told, "history")), default=0)
        new = [e for e in self.context.store.events if self._mine(e) and wire.integer(e, "seq") > max(known, self._newest)]
        if not new:
            return
        self._newest = wire.integer(new[-1], "seq")
        data = wire.obj(new[-1], "data")
        what, into = wire.text(data, "what"), wire.text(data, "into")
        if what == "merged":
            self.context.navigate("lot", into)
            return
        if what == "split":
            self.desk.done = translate("LotPage", "Split off: lot {lot}. Print its label there.").format(lot=into)
        self._ask()

    def _mine(self, event: Obj) -> bool:
        return wire.text(event, "kind") == "lot" and wire.text(event, "source") == self.lot

    # ---- history and trace ------------------------------------------------------------------------------------------

    def _part(self, _: str) -> None:
        self.table.first_page()
        self.trace = None
        self._ask()
        self.refresh()

    def _show_table(self) -> None:
        reading = translate("LotPage", "Reading…") if self.context.store.live and not self.problem else ""
        if self.tabs.current == "history":
            self.table.show_columns(
                [
                    Column(translate("LotPage", "Time"), 100), Column(translate("LotPage", "What"), stretch=1.0),
                    Column(translate("LotPage", "Mass, kg"), 100, right=True), Column(translate("LotPage", "Who"), 150),
                ]
            )  # fmt: skip
            rows = [self._event_row(e) for e in reversed(wire.objects(self.told or wire.EMPTY, "history"))]
            self.table.show_rows(rows, empty=reading if self.told is None else translate("LotPage", "Nothing happened yet."))
        else:
            self.table.show_columns(
                [
                    Column(translate("LotPage", "Lot"), 170), Column(translate("LotPage", "What it is"), stretch=1.0),
                    Column(translate("LotPage", "Of this lot, kg"), 120, right=True),
                    Column(translate("LotPage", "Place, state"), 170),
                ]
            )  # fmt: skip
            found = [x for x in wire.objects(self.trace or wire.EMPTY, "lots") if wire.integer(x, "depth")]
            nothing = reading if self.trace is None else translate("LotPage", "Nothing is known to this side.")
            self.table.show_rows([self._trace_row(x) for x in found], empty=nothing)
        self.pager.refresh()

    def _event_row(self, e: Obj) -> Row:
        store = self.context.store
        time_ns, what = wire.integer(e, "time_ns"), wire.text(e, "what")
        batch = wire.text(e, "batch")
        names = {
            "batch": label_of_batch(store, batch) if batch else "", "to": place_name(store, wire.text(e, "to")),
            "sscc": wire.text(e, "sscc"), "into": wire.text(e, "into"), "customer": wire.text(e, "customer"),
            "document": self._paper(wire.text(e, "document")),
            "of": ", ".join(lot_label(x) for x in wire.items(e, "from") if isinstance(x, str)),
        }  # fmt: skip
        text = HAPPENED[what]().format(**names) if what in HAPPENED else what
        listed = [store.text(r) for r in wire.objects(e, "reasons")]
        why = "; ".join(t for t in (*listed, wire.text(e, "reason")) if t)
        mass = number_text(wire.number(e, "kg"), 2, store.language) if wire.number(e, "kg") is not None else ""
        return Row(str(wire.integer(e, "seq")), (
            Cell(clock_minutes(time_ns), date_text(time_ns)), Cell(text[:1].upper() + text[1:], why), Cell(mass, role="value"),
            Cell(user_name(store, wire.text(e, "user"))),
        ))  # fmt: skip

    def _paper(self, document: str) -> str:
        return named(self.context.store, "documents").get(document) or document

    def _trace_row(self, x: Obj) -> Row:
        store = self.context.store
        lot_id, material = wire.text(x, "id"), wire.text(x, "material")
        sscc, place = wire.text(x, "sscc"), place_name(store, wire.text(x, "place"))
        status = status_word(wire.text(x, "status")) if wire.text(x, "status") else ""
        return Row(lot_id, (
            Cell(sscc or lot_label(lot_id), "SSCC" if sscc else ""), Cell(material_name(store, material)),
            Cell(number_text(wire.number(x, "kg"), 2, store.language), role="value"),
            Cell(place or status, status if place else ""),
        ))  # fmt: skip

    def _follow(self, key: str) -> None:
        """A touch on a lot of the trace opens it; of the history what is of another lot."""
        if self.tabs.current == "history":
            rows = wire.objects(self.told or wire.EMPTY, "history")
            key = next((wire.text(e, "into") for e in rows if str(wire.integer(e, "seq")) == key), "")
        if key and not key.startswith(("packed", "(")):
            self.context.navigate("lot", key)

    def _take_facts(self, reply: Obj) -> None:
        data = wire.obj(reply, "data")
        status = wire.integer(reply, "status")
        if status == 200 and wire.text(data, "id").endswith(self.lot):
            self.told, self.problem = data, ""
        elif status == 404:
            self.problem = translate("Loading", "{lot}: there is no such lot in stock.").format(lot=lot_label(self.lot))
        elif status != 200:
            self.problem = translate("Loading", "The server does not answer. Try again.")
        self._shown()

    def _take_trace(self, reply: Obj) -> None:
        data = wire.obj(reply, "data")
        if wire.integer(reply, "status") == 200 and wire.text(data, "direction") == self.tabs.current:
            self.trace = data
        self._shown()

    def _shown(self) -> None:
        if self.isVisible():
            self.refresh()


def void(_: QWidget | None) -> None:
    """For slots whose result nobody wants."""
