"""What a person does who receives raw material: scans, enters, books. The page (hmi/pages/reception.py) shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.reception import Delivery, material_info, newest_seq, parse_day, received
from hmi.viewmodels.stock import MaterialInfo, day_text, scales
from hmi.viewmodels.wire import Obj
from hmi.widgets.dialogs import NumericPad, TextDialog

CODE_REPLY: Final = "reception.code"
KG_MAX: Final = 100_000.0
TAKEN: Final = frozenset({"accepted", "confirmed", "done"})
WAITING: Final = frozenset({"sending", "received"})


class ReceptionDesk:
    """One delivery; ``changed`` is called when there is something new to show, ``host`` is what its dialogs belong to."""

    def __init__(self, context: PanelContext, host: QWidget, changed: Callable[[], None]) -> None:
        self.context = context
        self.delivery = Delivery()
        self.problem = ""
        self.notes: list[str] = []
        self.outcome: Obj | None = None
        self._host, self._changed = host, changed
        self._sent: tuple[int, int] | None = None
        context.on_reply[CODE_REPLY] = self._take_code

    def take_over(self, before: ReceptionDesk) -> None:
        """The window was built anew: go on with the delivery of ``before``."""
        self.delivery, self.problem, self.outcome, self._sent = before.delivery, before.problem, before.outcome, before._sent
        self.notes = before.notes

    def begin(self) -> None:
        """A new delivery."""
        self.delivery = Delivery()
        self.problem, self.outcome, self._sent = "", None, None
        self.notes = []

    def info(self) -> MaterialInfo | None:
        """The material in the catalogue."""
        return material_info(self.context.store, self.delivery.material)

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
        data = wire.obj(reply, "data")
        if wire.integer(reply, "status") != 200:
            self.problem = translate("Loading", "The server does not answer. Try again.")
        elif not wire.flag(data, "ok"):
            self.problem = words.bad_code(self.context.store, data)
        else:
            self._fill_in(data)
        self._changed()

    def _fill_in(self, code: Obj) -> None:
        """What the code says; one of our own labels, of product or of a packed case is no delivery."""
        store = self.context.store
        known = [lot for lot in wire.items(code, "candidates") if isinstance(lot, str)]
        if wire.text(code, "product") or wire.text(code, "sscc"):
            self.problem = words.code_words(store, code)
            return
        if wire.text(code, "lot") and not wire.text(code, "supplier_lot"):
            own = translate("Reception", "{lot}: this is a label of ours, the lot was received before.")
            self.problem = own.format(lot=wire.text(code, "lot"))
            return
        if self.outcome is not None:
            self.begin()
        self.delivery.take_code(code)
        self.notes = [t for d in wire.objects(code, "doubts") if (t := store.text(d))]
        if known:
            there = translate("Reception", "A lot with this code is in stock already: {lots}")
            self.notes.append(there.format(lots=", ".join(known)))
        if not wire.text(code, "material"):
            self.problem = translate("Reception", "The code names no material of this line: choose it.")

    def choose_material(self, key: str) -> None:
        """Another material: what belonged to the last one is forgotten."""
        self.delivery.choose(key)
        self.problem = ""
        self._changed()

    def choose_supplier(self, key: str) -> None:
        """Who brought it."""
        self.delivery.supplier, self.problem = key, ""
        self._changed()

    def choose_place(self, key: str) -> None:
        """Where it goes."""
        self.delivery.place = key
        self._changed()

    def toggle(self, at: int) -> None:
        """A document came along, or did not."""
        info = self.info()
        if info is not None and at < len(info.documents):
            self.delivery.documents ^= {info.documents[at]}
        self._changed()

    def use_scale(self) -> None:
        """The mass from the scale; again: it is typed."""
        scale = next(iter(scales(self.context.store)), None)
        self.delivery.scale = "" if self.delivery.scale or scale is None else scale.id
        self._changed()

    def use_probe(self) -> None:
        """The temperature from the probe; again: it is typed."""
        self.delivery.probe = "" if self.delivery.probe else self.probe()
        self._changed()

    def _pad(self, title: str, lo: float, hi: float, eu: str, take: Callable[[float], None]) -> NumericPad:
        pad = NumericPad(
            self.context.look, self.context.store.language, title, value=None, lo=lo, hi=hi,
            decimals=3 if eu == "kg" else 1, eu=eu, accept=take, parent=self._host,
        )  # fmt: skip
        pad.open()
        return pad

    def type_mass(self) -> NumericPad:
        """The mass by hand."""

        def take(value: float) -> None:
            self.delivery.kg, self.delivery.scale, self.problem = value, "", ""
            self._changed()

        return self._pad(translate("Reception", "Mass"), 0.0, KG_MAX, "kg", take)

    def type_cold(self) -> NumericPad:
        """The temperature by hand."""

        def take(value: float) -> None:
            self.delivery.temperature_c, self.delivery.probe = value, ""
            self._changed()

        return self._pad(translate("Reception", "Temperature"), -60.0, 60.0, "°C", take)

    def type_lot(self) -> TextDialog:
        """The supplier's number."""

        def take(text: str) -> None:
            self.delivery.supplier_lot, self.problem = text, ""
            self.notes = []
            self._changed()

        title = translate("Reception", "Lot of the supplier")
        made = TextDialog(self.context.look, "en", title, take, text=self.delivery.supplier_lot, parent=self._host)
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
            self._changed()

        title = translate("Reception", "Date: day.month.year")
        made = TextDialog(self.context.look, "en", title, take, text=day_text(getattr(self.delivery, what)), parent=self._host)
        made.field.setMaxLength(10)
        made.open()
        return made

    # ---- booking ----------------------------------------------------------------------------------------------------------

    def confirm(self) -> None:
        """Book it, or begin another one when this one is booked."""
        if self.outcome is not None:
            self.begin()
            self._changed()
            return
        before = self.context.book.last("lot.receive", "")
        self._sent = (before.local if before is not None else 0, newest_seq(self.context.store))
        self.problem = ""
        self.context.command("lot.receive", "", self.delivery.args())
        self._changed()

    def busy(self) -> bool:
        """Sent and not answered, or taken and not yet told by its event."""
        last = self.context.book.last("lot.receive", "")
        return self._sent is not None and last is not None and last.local > self._sent[0] and last.state in WAITING | TAKEN

    def follow(self) -> None:
        """What became of what was sent."""
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
        self.begin()
        self.context.navigate("material", "")
