"""Reception of raw material: what came, from whom, how cold, with which documents; and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.material_words import status_word
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.format import range_text, with_eu
from hmi.viewmodels.reception import Delivery, material_info, newest_seq, parse_day, received, suppliers_of
from hmi.viewmodels.stock import MaterialInfo, day_text, materials, named, scales
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import NumericPad, TextDialog, label
from hmi.widgets.scan import ScanCatcher

CODE_REPLY: Final = "reception.code"
DOCUMENTS: Final = 6
KG_MAX: Final = 100_000.0
TAKEN: Final = frozenset({"accepted", "confirmed", "done"})
WAITING: Final = frozenset({"sending", "received"})


class ReceptionPage(Page):
    """Argument: a material, or ``=CODE`` of what was scanned. What was entered stays until it is booked or cancelled."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.delivery = Delivery()
        self.problem = self.result = ""
        self.outcome: Obj | None = None
        self._sent: tuple[int, int] | None = None
        context.on_reply[CODE_REPLY] = self._take_code
        self.catcher = ScanCatcher(self, context.clock, self.scan)
        layout = page_layout(self)
        head = QHBoxLayout()
        self.cancel = button("", self.give_up, role="compact")
        self.heading = label("", "heading")
        self.hint = label("", "label")
        head.addWidget(self.cancel)
        head.addWidget(self.heading, 1)
        head.addWidget(self.hint)
        layout.addLayout(head)
        panes = QHBoxLayout()
        panes.setSpacing(px(10))
        self.left, self.right = Pane(context), Pane(context)
        self.names: dict[str, QWidget] = {}
        grid = QGridLayout()
        grid.setVerticalSpacing(px(8))
        grid.setHorizontalSpacing(px(12))
        grid.setColumnStretch(1, 1)
        self.material, self.supplier, self.place = (Dropdown(context.look) for _ in range(3))
        self.lot = button("", lambda: void(self.type_lot()))
        self.produced = button("", lambda: void(self.type_day("produced")))
        self.expires = button("", lambda: void(self.type_day("expires")))
        rows = (("material", self.material), ("supplier", self.supplier), ("lot", self.lot), ("produced", self.produced),
                ("expires", self.expires), ("place", self.place))  # fmt: skip
        for i, (key, made) in enumerate(rows):
            self.names[key] = label("", "label")
            grid.addWidget(self.names[key], i, 0)
            grid.addWidget(made, i, 1)
        self.left.body.addLayout(grid)
        self.left.body.addStretch(1)
        self.material.chosen.connect(self._choose_material)
        self.supplier.chosen.connect(self._choose_supplier)
        self.place.chosen.connect(self._choose_place)
        self._build_right()
        for pane in (self.left, self.right):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            panes.addWidget(pane, 1)
        layout.addLayout(panes, 1)
        foot = QHBoxLayout()
        self.said = label("", "strong", wrap=True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.open_lot = button("", self._open_lot, role="command")
        self.ok = button("", self.confirm, role="primary")
        self.ok.setStyleSheet(f"min-height: {px(60)}px; min-width: {px(200)}px;")
        foot.addWidget(self.said, 1)
        foot.addWidget(self.open_lot)
        foot.addWidget(self.ok)
        layout.addLayout(foot)

    def _build_right(self) -> None:
        column: QVBoxLayout = self.right.body
        self.mass_title, self.cold_title, self.papers_title = (label("", "title") for _ in range(3))
        self.mass, self.cold = label("", "big"), label("", "big")
        self.limits = label("", "label", wrap=True)
        self.by_scale, self.by_probe = button("", self._use_scale), button("", self._use_probe)
        for made in (self.by_scale, self.by_probe):
            made.setCheckable(True)
        self.type_kg = button("", lambda: void(self.type_mass()))
        self.type_c = button("", lambda: void(self.type_cold()))
        for title, value, extra, buttons in (
            (self.mass_title, self.mass, None, (self.by_scale, self.type_kg)),
            (self.cold_title, self.cold, self.limits, (self.by_probe, self.type_c)),
        ):
            column.addWidget(title)
            row = QHBoxLayout()
            row.addWidget(value, 1)
            for made in buttons:
                row.addWidget(made)
            column.addLayout(row)
            if extra is not None:
                column.addWidget(extra)
        column.addWidget(self.papers_title)
        self.papers: list[QPushButton] = []
        for i in range(DOCUMENTS):
            made = button("", lambda i=i: self._toggle(i))
            made.setCheckable(True)
            made.setVisible(False)
            self.papers.append(made)
            column.addWidget(made)
        column.addStretch(1)

    # ---- page -------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.catcher.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self.catcher.stop()
        super().hideEvent(event)

    def take_over(self, before: Page) -> None:
        if isinstance(before, ReceptionPage):
            self.delivery, self.problem, self.outcome, self._sent = before.delivery, before.problem, before.outcome, before._sent

    def open_at(self, argument: str) -> None:
        if argument.startswith("="):
            self._begin()
            self.scan(argument[1:])
        elif argument:
            self._begin()
            self.delivery.choose(argument)

    def _begin(self) -> None:
        self.delivery = Delivery()
        self.problem, self.outcome, self._sent = "", None, None

    def retranslate(self) -> None:
        self.cancel.setText("✕ " + translate("Dialog", "Cancel"))
        self.heading.setText(translate("Reception", "Reception of raw material"))
        self.hint.setText(translate("Reception", "A scanned code fills in what it says."))
        self.left.title.setText(translate("Reception", "What came, and from whom"))
        self.right.title.setText("")
        self.right.title.setVisible(False)
        texts = {
            "material": translate("Reception", "Material"), "supplier": translate("Reception", "Supplier"),
            "lot": translate("Reception", "Lot of the supplier"), "produced": translate("Reception", "Produced"),
            "expires": translate("Reception", "Good until"), "place": translate("Reception", "Place"),
        }  # fmt: skip
        for key, text in texts.items():
            self.names[key].setProperty("text", text)
        self.mass_title.setText(translate("Reception", "Mass"))
        self.cold_title.setText(translate("Reception", "Temperature"))
        self.papers_title.setText(translate("Reception", "Documents that came along"))
        self.type_kg.setText(translate("Reception", "Type…"))
        self.type_c.setText(translate("Reception", "Type…"))
        self.open_lot.setText(translate("Reception", "Open the lot ▸"))

    def info(self) -> MaterialInfo | None:
        """The material in the catalogue."""
        return material_info(self.context.store, self.delivery.material)

    def refresh(self) -> None:
        self._follow()
        store, d, info = self.context.store, self.delivery, self.info()
        choose = translate("Reception", "choose…")
        bought = [m for m in materials(store) if m.traced and m.kind != "rework"]
        none = Choice("", choose)
        self.material.show_choices(
            [*([] if d.material else [none]), *(Choice(m.id, store.text(m.name)) for m in bought)], d.material
        )
        offered = suppliers_of(store, info)
        if len(offered) == 1 and not d.supplier:
            d.supplier = next(iter(offered))
        self.supplier.show_choices([*([] if d.supplier else [none]), *(Choice(k, v) for k, v in offered.items())], d.supplier)
        places = named(store, "places")
        here = d.place or (info.place if info else "")
        self.place.show_choices([*([] if here else [none]), *(Choice(k, v) for k, v in places.items())], here)
        self.lot.setText((d.supplier_lot or choose).replace("&", "&&"))
        self.produced.setText(day_text(d.produced) or choose)
        self.expires.setText(day_text(d.expires) or choose)
        self._refresh_right(info)
        self._refresh_foot(info)

    def _refresh_right(self, info: MaterialInfo | None) -> None:
        store, d = self.context.store, self.delivery
        scale = next(iter(scales(store)), None)
        self.by_scale.setVisible(scale is not None)
        if scale is not None:
            live = words.kg(store, store.number(scale.net), 2)
            self.by_scale.setText(translate("Reception", "Scale {id}: {mass}").format(id=scale.id, mass=live))
        self.by_scale.setChecked(bool(d.scale))
        self.mass.setText(words.kg(store, store.number(scale.net) if d.scale and scale else d.kg, 2))
        probe = self.probe()
        self.by_probe.setVisible(bool(probe))
        self.by_probe.setText(translate("Reception", "Probe: {value}").format(value=self._cold(store.number(probe))))
        self.by_probe.setChecked(bool(d.probe))
        self.cold.setText(self._cold(store.number(probe) if d.probe else d.temperature_c))
        lo, hi = (wire.number(info.reception, key) if info is not None else None for key in ("lo_c", "hi_c"))
        limits = translate("Reception", "allowed {limits} °C").format(limits=range_text(lo, hi, 1, store.language))
        ccp = info is not None and wire.flag(info.reception, "ccp")
        self.limits.setText("" if lo is None and hi is None else limits + (translate("Reception", " (CCP)") if ccp else ""))
        names = named(store, "documents")
        wanted = info.documents if info is not None else ()
        for i, made in enumerate(self.papers):
            made.setVisible(i < len(wanted))
            if i < len(wanted):
                there = wanted[i] in d.documents
                made.setText(("✓ " if there else "") + (names.get(wanted[i]) or wanted[i]).replace("&", "&&"))
                made.setChecked(there)
        self.papers_title.setVisible(bool(wanted))

    def _cold(self, value: float | None) -> str:
        return with_eu(value, 1, "°C", self.context.store.language)

    def _refresh_foot(self, info: MaterialInfo | None) -> None:
        store, d = self.context.store, self.delivery
        names = {
            "material": translate("Reception", "the material"), "supplier": translate("Reception", "the supplier"),
            "date": translate("Reception", "a date"), "mass": translate("Reception", "the mass"),
        }  # fmt: skip
        missing = [names[key] for key in d.missing(info)]
        free, busy = may(store, "operator"), self.busy()
        if self.outcome is not None:
            self.said.setText(self._outcome_words(self.outcome))
        elif not store.live:
            self.said.setText(translate("Loading", "No connection. What was entered stays here."))
        elif busy:
            self.said.setText(translate("Loading", "Sent, waiting for the answer…"))
        elif self.problem:
            self.said.setText(f"✕ {self.problem}")
        elif not free:
            self.said.setText(translate("Loading", "from {role} on").format(role=role_name("operator")))
        else:
            told = translate("Reception", "Still missing: {what}").format(what=", ".join(missing))
            self.said.setText(told if missing else "")
        done = self.outcome is not None
        self.open_lot.setVisible(done)
        again, mass = translate("Reception", "Receive more"), self.mass.text()
        self.ok.setText(again if done else translate("Reception", "Receive {mass}").format(mass="" if missing else mass).strip())
        self.ok.setEnabled(done or (not missing and store.live and free and not busy))

    def _outcome_words(self, event: Obj) -> str:
        data, store = wire.obj(event, "data"), self.context.store
        status, lot = wire.text(data, "status"), wire.text(event, "source")
        if status == "available":
            return "✓ " + translate("Reception", "Lot {lot} is received and may be used.").format(lot=lot)
        why = "; ".join(t for r in wire.objects(data, "reasons") if (t := store.text(r)))
        return translate("Reception", "Lot {lot} is received: {status}. {why}").format(
            lot=lot, status=status_word(status), why=why
        )

    # ---- entering ---------------------------------------------------------------------------------------------------

    def probe(self) -> str:
        """The temperature of the unit that a scale belongs to."""
        units = {s.unit for s in scales(self.context.store) if s.unit}
        tags = self.context.store.line.tags.values() if self.context.store.line is not None else ()
        return next((t.name for t in tags if t.unit in units and t.eu == "°C"), "")

    def scan(self, code: str) -> None:
        """What a code says is filled in."""
        self.problem = ""
        self.context.port.fetch("/api/code", {"text": code}, CODE_REPLY)

    def _take_code(self, reply: Obj) -> None:
        data, store = wire.obj(reply, "data"), self.context.store
        if wire.integer(reply, "status") != 200:
            self.problem = translate("Loading", "The server does not answer. Try again.")
        elif not wire.flag(data, "ok"):
            self.problem = store.text(data.get("why")) or translate("Loading", "This is no code that can be read.")
        else:
            if self.outcome is not None:
                self._begin()
            self.delivery.take_code(data)
            if not wire.text(data, "material"):
                self.problem = translate("Reception", "The code names no material of this line: choose it.")
        if self.isVisible():
            self.refresh()

    def _choose_material(self, key: str) -> None:
        self.delivery.choose(key)
        self.refresh()

    def _choose_supplier(self, key: str) -> None:
        self.delivery.supplier = key
        self.refresh()

    def _choose_place(self, key: str) -> None:
        self.delivery.place = key
        self.refresh()

    def _toggle(self, at: int) -> None:
        info = self.info()
        if info is not None and at < len(info.documents):
            self.delivery.documents ^= {info.documents[at]}
        self.refresh()

    def _use_scale(self) -> None:
        scale = next(iter(scales(self.context.store)), None)
        self.delivery.scale = "" if self.delivery.scale or scale is None else scale.id
        self.refresh()

    def _use_probe(self) -> None:
        self.delivery.probe = "" if self.delivery.probe else self.probe()
        self.refresh()

    def _pad(self, title: str, lo: float, hi: float, eu: str, take: Callable[[float], None]) -> NumericPad:
        pad = NumericPad(
            self.context.look, self.context.store.language, title, value=None, lo=lo, hi=hi,
            decimals=3 if eu == "kg" else 1, eu=eu, accept=take, parent=self,
        )  # fmt: skip
        pad.open()
        return pad

    def type_mass(self) -> NumericPad:
        """The mass by hand."""

        def take(value: float) -> None:
            self.delivery.kg, self.delivery.scale = value, ""
            self.refresh()

        return self._pad(translate("Reception", "Mass"), 0.0, KG_MAX, "kg", take)

    def type_cold(self) -> NumericPad:
        """The temperature by hand."""

        def take(value: float) -> None:
            self.delivery.temperature_c, self.delivery.probe = value, ""
            self.refresh()

        return self._pad(translate("Reception", "Temperature"), -60.0, 60.0, "°C", take)

    def type_lot(self) -> TextDialog:
        """The supplier's number."""

        def take(text: str) -> None:
            self.delivery.supplier_lot = text
            self.refresh()

        title = translate("Reception", "Lot of the supplier")
        made = TextDialog(self.context.look, "en", title, take, text=self.delivery.supplier_lot, parent=self)
        made.field.setMaxLength(40)
        made.open()
        return made

    def type_day(self, what: str) -> TextDialog:
        """A date: day, month, year."""

        def take(text: str) -> None:
            day = parse_day(text) if text else ""
            wrong = translate("Reception", "{text} is no date: day, month and year, e.g. 26.11.2026")
            self.problem = wrong.format(text=text) if text and not day else ""
            if not self.problem:
                setattr(self.delivery, what, day)
            self.refresh()

        title = translate("Reception", "Date: day.month.year")
        made = TextDialog(self.context.look, "en", title, take, text=day_text(getattr(self.delivery, what)), parent=self)
        made.field.setMaxLength(10)
        made.open()
        return made

    # ---- booking ----------------------------------------------------------------------------------------------------

    def confirm(self) -> None:
        """Book it, or begin another one when this one is booked."""
        if not self.ok.isEnabled():
            return
        if self.outcome is not None:
            self._begin()
            self.refresh()
            return
        before = self.context.book.last("lot.receive", "")
        self._sent = (before.local if before is not None else 0, newest_seq(self.context.store))
        self.problem = ""
        self.context.command("lot.receive", "", self.delivery.args())
        self.refresh()

    def busy(self) -> bool:
        """Sent and not answered, or taken and not yet told by its event."""
        last = self.context.book.last("lot.receive", "")
        return self._sent is not None and last is not None and last.local > self._sent[0] and last.state in WAITING | TAKEN

    def _follow(self) -> None:
        if self._sent is None:
            return
        last = self.context.book.last("lot.receive", "")
        if last is None or last.local <= self._sent[0] or last.state in WAITING:
            return
        if last.state in TAKEN:
            self.outcome = received(self.context.store, self._sent[1], self.delivery.material)
            if self.outcome is not None:
                self._sent = None
            return
        said = "; ".join(t for r in last.reasons if (t := self.context.store.text(r))) or last.error
        self.problem = said or translate("Reception", "No answer. Look at the stock before you book it again.")
        self._sent = None

    def give_up(self) -> None:
        """Leave; nothing that was not confirmed is booked."""
        self._begin()
        self.context.navigate("material", "")

    def _open_lot(self) -> None:
        if self.outcome is not None:
            self.context.navigate("lot", wire.text(self.outcome, "source"))


def void(_: object) -> None:
    """For slots whose result nobody wants."""
