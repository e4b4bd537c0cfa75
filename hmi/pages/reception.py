"""Reception of raw material: what came, from whom, how cold, with which documents; and what became of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.material_words import fate_words, status_word
from hmi.pages.reception_desk import ReceptionDesk
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.format import range_text, with_eu
from hmi.viewmodels.reception import foreseen, suppliers_of
from hmi.viewmodels.stock import MaterialInfo, day_text, materials, named, scales, stock_of
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import label
from hmi.widgets.scan import ScanCatcher

DOCUMENTS: Final = 6


class ReceptionPage(Page):
    """Argument: a material, or ``=CODE`` of what was scanned. What was entered stays until it is booked or cancelled."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.desk = ReceptionDesk(context, self, self._shown)
        desk = self.desk
        self.catcher = ScanCatcher(self, context.clock, desk.scan)
        layout = page_layout(self)
        head = QHBoxLayout()
        self.cancel = button("", desk.give_up, role="compact")
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
        self.lot = button("", lambda: void(desk.type_lot()))
        self.produced = button("", lambda: void(desk.type_day("produced")))
        self.expires = button("", lambda: void(desk.type_day("expires")))
        rows = (("material", self.material), ("supplier", self.supplier), ("lot", self.lot), ("produced", self.produced),
                ("expires", self.expires), ("place", self.place))  # fmt: skip
        for i, (key, made) in enumerate(rows):
            self.names[key] = label("", "label")
            grid.addWidget(self.names[key], i, 0)
            grid.addWidget(made, i, 1)
        self.left.body.addLayout(grid)
        self.left.body.addStretch(1)
        self.notes, self.fate = label("", "strong", wrap=True), label("", "", wrap=True)
        self.left.body.addWidget(self.notes)
        self.left.body.addWidget(self.fate)
        self.material.chosen.connect(desk.choose_material)
        self.supplier.chosen.connect(desk.choose_supplier)
        self.place.chosen.connect(desk.choose_place)
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
        desk = self.desk
        self.mass_title, self.cold_title, self.papers_title = (label("", "title") for _ in range(3))
        self.mass, self.cold = label("", "big"), label("", "big")
        self.limits = label("", "label", wrap=True)
        self.by_scale, self.by_probe = button("", desk.use_scale), button("", desk.use_probe)
        for made in (self.by_scale, self.by_probe):
            made.setCheckable(True)
        self.type_kg = button("", lambda: void(desk.type_mass()))
        self.type_c = button("", lambda: void(desk.type_cold()))
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
            made = button("", lambda i=i: self.desk.toggle(i))
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
            self.desk.take_over(before.desk)

    def variants(self) -> list[str]:
        store = self.context.store
        wanted = [n.material for n in stock_of(store).lacking() if n.traced] + [m.id for m in materials(store) if m.reception]
        return wanted[:1] or [""]

    def picture(self, variant: str) -> str:
        return ""

    def open_at(self, argument: str) -> None:
        if argument.startswith("="):
            self.desk.begin()
            self.desk.scan(argument[1:])
        elif argument:
            self.desk.begin()
            self.desk.delivery.choose(argument)

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

    def refresh(self) -> None:
        self.desk.follow()
        store, d, info = self.context.store, self.desk.delivery, self.desk.info()
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
        store, d = self.context.store, self.desk.delivery
        scale = next(iter(scales(store)), None)
        self.by_scale.setVisible(scale is not None)
        if scale is not None:
            live = words.kg(store, store.number(scale.net), 2)
            self.by_scale.setText(translate("Reception", "Scale {id}: {mass}").format(id=scale.id, mass=live))
        self.by_scale.setChecked(bool(d.scale))
        self.mass.setText(words.kg(store, store.number(scale.net) if d.scale and scale else d.kg, 2))
        probe = self.desk.probe()
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
        store, d = self.context.store, self.desk.delivery
        names = {
            "material": translate("Reception", "the material"), "supplier": translate("Reception", "the supplier"),
            "date": translate("Reception", "a date"), "mass": translate("Reception", "the mass"),
        }  # fmt: skip
        missing = [names[key] for key in d.missing(info)]
        free, busy = may(store, "operator"), self.desk.busy()
        if self.desk.outcome is not None:
            self.said.setText(self._outcome_words(self.desk.outcome))
        elif not store.live:
            self.said.setText(translate("Loading", "No connection. What was entered stays here."))
        elif busy:
            self.said.setText(translate("Loading", "Sent, waiting for the answer…"))
        elif self.desk.problem:
            self.said.setText(f"✕ {self.desk.problem}")
        elif not free:
            self.said.setText(translate("Loading", "from {role} on").format(role=role_name("operator")))
        else:
            told = translate("Reception", "Still missing: {what}").format(what=", ".join(missing))
            self.said.setText(told if missing else "")
        done = self.desk.outcome is not None
        self.notes.setText("\n".join(f"! {n}" for n in self.desk.notes))
        self.notes.setVisible(bool(self.desk.notes))
        told = foreseen(store, d, info, stock_of(store).day) if info is not None and not missing and not done else None
        self.fate.setText(fate_words(store, told) if told is not None else "")
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
        if status == "quarantine":
            return translate("Reception", "Lot {lot} is received, in quarantine. {why}").format(lot=lot, why=why)
        return translate("Reception", "Lot {lot} is received: {status}. {why}").format(
            lot=lot, status=status_word(status), why=why
        )

    def _open_lot(self) -> None:
        if self.desk.outcome is not None:
            self.context.navigate("lot", wire.text(self.desk.outcome, "source"))

    def confirm(self) -> None:
        """Book it, or begin another one, while the button may be touched."""
        if self.ok.isEnabled():
            self.desk.confirm()

    def _shown(self) -> None:
        if self.isVisible():
            self.refresh()


def void(_: object) -> None:
    """For slots whose result nobody wants."""
