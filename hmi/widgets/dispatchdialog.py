"""Product leaves the plant: to whom, on which paper, all that is left of the lot, a mass of it, or packed cases by their SSCC."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.format import with_eu
from hmi.viewmodels.stock import StockLot, lot_label
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import Keyboard, NumericPad, label
from hmi.widgets.formdialog import FormDialog

CUSTOMER_MAX: Final = 100
DOCUMENT_MAX: Final = 60
SSCC_LENGTH: Final = 18
UNITS_MAX: Final = 200
SCANNED: Final = ("]C1", "(", ")", " ")
"""What a scanner or a label may put around the digits."""


def sscc_of(code: str) -> str:
    """The 18 digits of a scanned or typed SSCC, with or without its application identifier 00; '' when it is none."""
    digits = code.strip()
    for mark in SCANNED:
        digits = digits.replace(mark, "")
    if len(digits) == SSCC_LENGTH + 2 and digits.startswith("00"):
        digits = digits[2:]
    return digits if len(digits) == SSCC_LENGTH and digits.isascii() and digits.isdecimal() else ""


class DispatchDialog(FormDialog):
    """A scanner types into the field of codes and ends each with Enter. Stays open until the line has taken it."""

    def __init__(self, context: PanelContext, lot: StockLot, parent: QWidget | None = None) -> None:
        super().__init__(context, translate("Dispatch", "Dispatch lot {lot}").format(lot=lot_label(lot.id)), parent)
        self.lot = lot
        self.units: list[str] = []
        self.kg: float | None = None
        px = context.look.px
        self.body.setSpacing(px(8))
        self.customer = self._field(translate("Dispatch", "To whom"), CUSTOMER_MAX)
        self.document = self._field(translate("Dispatch", "Delivery note"), DOCUMENT_MAX)
        row = QHBoxLayout()
        row.setSpacing(px(10))
        row.addWidget(self.customer, 3)
        row.addWidget(self.document, 2)
        self.body.addLayout(row)
        self.code = self._field(translate("Dispatch", "Scan or type SSCC, Enter"), 40)
        self.code.returnPressed.connect(self.take_code)
        self.clear = button("", self.take_none, role="compact")
        self.mass = button("", self.ask_mass, role="compact")
        row = QHBoxLayout()
        row.setSpacing(px(10))
        row.addWidget(self.code, 1)
        row.addWidget(self.clear)
        row.addWidget(self.mass)
        self.body.addLayout(row)
        self.told = label("", "strong", wrap=True)
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addWidget(self.told)
        self.body.addWidget(Keyboard(context.look, context.store.language, [self.customer, self.document, self.code]))
        self.build_foot(860)
        for made in self.findChildren(QPushButton):
            made.setAutoDefault(False)  # the Enter of a scanner must touch none of them
        self._judge()
        self.customer.setFocus()

    def _field(self, name: str, most: int) -> QLineEdit:
        made = QLineEdit()
        made.setMaxLength(most)
        made.setPlaceholderText(name)
        made.setAccessibleName(name)
        made.textChanged.connect(lambda *_: self._judge())
        return made

    # ---- what goes --------------------------------------------------------------------------------------------------

    def take_code(self) -> None:
        """The code in the field joins the cases; one that is none, or is there already, is said."""
        code = sscc_of(self.code.text())
        if not code:
            self.tell("✕ " + translate("Dispatch", "No SSCC: it has 18 digits. Scan the label of the case."))
            return
        if code in self.units:
            self.tell("✕ " + translate("Dispatch", "This case is in the list already."))
            return
        if len(self.units) == UNITS_MAX:
            self.tell("✕ " + translate("Dispatch", "At most {n} cases at once.").format(n=UNITS_MAX))
            return
        self.units.append(code)
        self.kg = None
        self.code.clear()
        self._judge()

    def take_none(self) -> None:
        """No cases, no mass: all that is left."""
        self.units, self.kg = [], None
        self._judge()

    def ask_mass(self) -> None:
        """A mass in place of cases."""
        NumericPad(
            self.look, self.context.store.language, translate("Dispatch", "Mass to dispatch"), value=self.lot.left_kg, lo=0.0,
            hi=self.lot.left_kg, decimals=3, eu="kg", accept=self._take_mass, parent=self,
        ).open()  # fmt: skip

    def _take_mass(self, kg: float) -> None:
        self.kg, self.units = (kg if kg > 0 else None), []
        self._judge()

    # ---- judging and sending ----------------------------------------------------------------------------------------

    def _what(self) -> str:
        language = self.context.store.language
        if self.units:
            return translate("Dispatch", "{n} cases").format(n=len(self.units))
        if self.kg is not None:
            return with_eu(self.kg, 3, "kg", language)
        return translate("Dispatch", "all that is left, {mass}").format(mass=with_eu(self.lot.left_kg, 2, "kg", language))

    def _judge(self) -> None:
        if self.sending or not hasattr(self, "ok"):
            return
        missing = [
            translate("Dispatch", "to whom") if not self.customer.text().strip() else "",
            translate("Dispatch", "delivery note") if not self.document.text().strip() else "",
        ]
        told = ", ".join(m for m in missing if m)
        last = f" · …{self.units[-1][-6:]}" if self.units else ""
        self.told.setText(translate("Dispatch", "Goes: {what}").format(what=self._what()) + last)
        self.clear.setText(translate("Dispatch", "All that is left"))
        self.clear.setEnabled(bool(self.units) or self.kg is not None)
        self.mass.setText(translate("Dispatch", "Mass…"))
        self.verdict.setText(translate("Dispatch", "Still missing: {what}").format(what=told) if told else "")
        self.ok.setText(translate("Dispatch", "Dispatch: {what}").format(what=self._what()))
        self.ok.setEnabled(not told)

    def confirm(self) -> None:
        if not self.ok.isEnabled():
            return
        part: Obj = {"sscc": list(self.units)} if self.units else {} if self.kg is None else {"kg": self.kg}
        args: Obj = {"customer": self.customer.text().strip(), "document": self.document.text().strip(), **part}
        self.send("lot.dispatch", self.lot.id, args)
