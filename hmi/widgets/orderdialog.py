"""A production order is written down or changed: every field is a button, its value is entered on the pads as everywhere."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.batches import name_within
from hmi.viewmodels.format import decimals_for, text_within, with_eu
from hmi.viewmodels.new_batch import offers
from hmi.viewmodels.order_form import (
    KG_MAX,
    NOTES_MAX,
    NUMBER_MAX,
    PACKS_MAX,
    OrderDraft,
    clock_of,
    days_from,
    draft_of,
    new_draft,
)
from hmi.viewmodels.orders import Order
from hmi.viewmodels.recipes import recipes
from hmi.widgets.alarmdialogs import Picker
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.clockpad import ClockPad
from hmi.widgets.dialogs import NumericPad, TextDialog, label
from hmi.widgets.formdialog import FormDialog

NAME_MAX: Final = 34
SHIFTS: Final = (1, 2, 3)
PRIORITIES: Final = range(1, 10)


class OrderDialog(FormDialog):
    """Without ``order`` a new one. Stays open, with all that was entered, until the line has taken it."""

    def __init__(self, context: PanelContext, order: Order | None = None, parent: QWidget | None = None) -> None:
        new = translate("OrderForm", "New order")
        title = new if order is None else translate("OrderForm", "Change order {number}").format(number=order.number)
        super().__init__(context, title, parent)
        self.order = order
        self.draft: OrderDraft = new_draft(context.store) if order is None else draft_of(order)
        px = context.look.px
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(10))
        self.number, self.amount, self.clock, self.notes = (button("") for _ in range(4))
        self.recipe, self.day, self.shift, self.priority = (Dropdown(context.look) for _ in range(4))
        self.measure = Picker(context.look, self._measures(), 2, self._take_measure)
        self.number.clicked.connect(lambda *_: self.write_number())
        self.amount.clicked.connect(lambda *_: self.open_amount())
        self.clock.clicked.connect(lambda *_: self.open_clock())
        self.notes.clicked.connect(lambda *_: self.write_notes())
        names = (
            translate("OrderForm", "Number"), translate("OrderForm", "Product"), translate("OrderForm", "How much"),
            translate("OrderForm", "Due"), translate("OrderForm", "Shift"), translate("OrderForm", "Priority (1 is first)"),
            translate("OrderForm", "Notes"),
        )  # fmt: skip
        fields: tuple[tuple[QWidget, ...], ...] = (
            (self.number,), (self.recipe,), (self.amount, self.measure), (self.day, self.clock), (self.shift,), (self.priority,),
            (self.notes,),
        )  # fmt: skip
        for at, (name, widgets) in enumerate(zip(names, fields, strict=True)):
            grid.addWidget(label(name, "label"), at, 0)
            row = QHBoxLayout()
            row.setSpacing(px(8))
            for widget in widgets:
                widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
                row.addWidget(widget, 1)
            grid.addLayout(row, at, 1)
        grid.setColumnStretch(1, 1)
        self.body.setSpacing(px(10))
        self.body.addLayout(grid)
        self.recipe.chosen.connect(partial(self._take, "recipe"))
        self.day.chosen.connect(self._take_day)
        self.shift.chosen.connect(lambda key: self._take("shift", int(key)))
        self.priority.chosen.connect(lambda key: self._take("priority", int(key)))
        for fixed in (self.number, self.recipe):
            fixed.setEnabled(order is None)
        self.build_foot(780)
        self.measure.pick(self.draft.eu)

    @staticmethod
    def _measures() -> list[tuple[str, str]]:
        return [("kg", translate("OrderForm", "kilograms")), ("packs", translate("OrderForm", "packs"))]

    # ---- entering ---------------------------------------------------------------------------------------------------

    def _take(self, name: str, value: object) -> None:
        setattr(self.draft, name, value)
        self._show()

    def _take_measure(self, key: str) -> None:
        if key != self.draft.eu:
            self.draft.eu, self.draft.amount = key, None  # a number of the other measure means nothing
        self._show()

    def _take_day(self, day: str) -> None:
        self.draft.day = day
        self._show()

    def write_number(self) -> TextDialog:
        """A number of the office; without one the line gives the next."""
        return self._text(translate("OrderForm", "Number"), "number", NUMBER_MAX)

    def write_notes(self) -> TextDialog:
        """What who makes it should know."""
        return self._text(translate("OrderForm", "Notes"), "notes", NOTES_MAX)

    def _text(self, title: str, name: str, most: int) -> TextDialog:
        language, text = self.context.store.language, str(getattr(self.draft, name))
        made = TextDialog(self.look, language, title, partial(self._take, name), text=text, parent=self)
        made.field.setMaxLength(most)
        made.open()
        return made

    def open_amount(self) -> NumericPad:
        """How much, in the measure that is down."""
        d, packs = self.draft, self.draft.eu == "packs"
        pad = NumericPad(
            self.look, self.context.store.language, translate("OrderForm", "How much"), value=d.amount, lo=1.0,
            hi=PACKS_MAX if packs else KG_MAX, decimals=0 if packs else 1, eu=d.eu,
            accept=partial(self._take, "amount"), parent=self,
        )  # fmt: skip
        pad.open()
        return pad

    def open_clock(self) -> ClockPad:
        """At what time of the day."""
        pad = ClockPad(self.look, translate("OrderForm", "Due at"), self.draft.minute, partial(self._take, "minute"), self)
        pad.open()
        return pad

    # ---- showing ----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        store, d = self.context.store, self.draft
        choose = translate("OrderForm", "choose…")
        self._caption(self.number, d.number or translate("OrderForm", "the next one by itself"))
        known = {r.id: store.text(r.name) for r in recipes(store)} if self.order is not None else {}
        listed = {o.recipe: store.text(o.name) for o in offers(store)} or known
        choices = [Choice(key, name_within(name, NAME_MAX)) for key, name in {**known, **listed}.items()]
        self.recipe.show_choices([*([] if d.recipe else [Choice("", choose)]), *choices], d.recipe)
        self._caption(self.amount, self._amount_text() or choose)
        self._show_due()
        numbers: list[int] = sorted({*SHIFTS, d.shift} - {0})
        without = [] if self.order is not None and self.order.shift else [Choice("0", translate("OrderForm", "any"))]
        self.shift.show_choices([*without, *(Choice(str(n), str(n)) for n in numbers)], str(d.shift))
        self.priority.show_choices([Choice(str(n), str(n)) for n in PRIORITIES], str(d.priority))
        self._caption(self.notes, text_within(d.notes, 60) or translate("OrderForm", "none"))
        self._judge()

    @staticmethod
    def _caption(made: QPushButton, text: str) -> None:
        made.setText(text.replace("&", "&&"))

    def _amount_text(self) -> str:
        d = self.draft
        return with_eu(d.amount, decimals_for(d.amount), d.eu, self.context.store.language) if d.amount else ""

    def _show_due(self) -> None:
        d, now_ns = self.draft, self.context.now_ns()
        days = days_from(now_ns)
        words = {
            days[0]: translate("OrderForm", "today, {day}"), days[1]: translate("OrderForm", "tomorrow, {day}"),
        }  # fmt: skip
        offered: list[str] = sorted({*days, d.day} - {""})
        without = [] if self.order is not None and self.order.due_ns else [Choice("", translate("OrderForm", "no due time"))]
        choices = [Choice(day, words.get(day, "{day}").format(day=_day_text(day))) for day in offered]
        self.day.show_choices([*without, *choices], d.day)
        self._caption(self.clock, clock_of(d.minute))
        self.clock.setVisible(bool(d.day))

    def _judge(self) -> None:
        if self.sending:
            return
        d = self.draft
        names = {"recipe": translate("OrderForm", "the product"), "amount": translate("OrderForm", "how much")}
        missing = [names[key] for key in d.missing()]
        nothing = self.order is not None and not missing and not d.args()
        past = d.due_ns() and d.due_ns() < self.context.now_ns()
        if missing:
            said = translate("OrderForm", "Still missing: {what}").format(what=", ".join(missing))
        elif nothing:
            said = translate("OrderForm", "Nothing is changed yet.")
        else:
            said = translate("OrderForm", "The due time has passed already.") if past else ""
        self.verdict.setText(said)
        amount = self._amount_text()
        create = translate("OrderForm", "Create the order, {amount}").format(amount=amount).rstrip(", ")
        change = translate("OrderForm", "Change the order")
        self.ok.setText(create if self.order is None else change)
        self.ok.setEnabled(not missing and not nothing)

    def confirm(self) -> None:
        """Send it; the dialog closes when the line has taken it."""
        if not self.ok.isEnabled():
            return
        if self.order is None:
            self.send("order.create", "", self.draft.args())
        else:
            self.send("order.change", self.order.id, self.draft.args())


def _day_text(day: str) -> str:
    """``24.11.2026`` of an ISO date."""
    year, month, of_month = day.split("-")
    return f"{of_month}.{month}.{year}"
