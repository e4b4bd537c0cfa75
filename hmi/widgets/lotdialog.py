"""A lot and its weighed mass: what is wanted, what is there, against the tolerance while it is entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.batch_steps import Weighing, weighing
from hmi.viewmodels.format import eu_text, number_text, with_eu
from hmi.viewmodels.store import LineStore
from hmi.widgets.bars import ToleranceBar
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import Keyboard, NumericPad, PanelDialog, label

LOT_MAX = 60
KG_MAX = 100_000.0


@dataclass(frozen=True)
class Wanted:
    """What is to be weighed: kg of ``target_kg`` ± ``tolerance_pct`` %, ``before_kg`` is there already.

    ``scale`` is the tag of the scale, empty where there is none.
    """

    title: str
    name: str
    target_kg: float
    tolerance_pct: float
    before_kg: float = 0.0
    scale: str = ""


def scale_tag(store: LineStore, unit_id: str) -> str:
    """The weight that a unit shows first (a key value in kg); empty when it has none."""
    unit = store.unit(unit_id)
    for key in unit.key_values if unit is not None else ():
        info = store.tag(key.tag)
        if info is not None and info.eu == "kg":
            return key.tag
    return ""


class LotDialog(PanelDialog):
    """``accept`` gets lot, kg, and under, inside or over: all that is weighed then against the tolerance."""

    def __init__(
        self, context: PanelContext, wanted: Wanted, accept: Callable[[str, float, str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(context.look, wanted.title, parent)
        self.context, self.wanted, self._accept = context, wanted, accept
        self.kg: float | None = None
        look, px, language = context.look, context.look.px, context.store.language
        self.body.setSpacing(px(8))
        self.body.addWidget(label(wanted.name, "strong", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(px(10))
        self.shown = label("", "big")
        self.said = label("", "label", wrap=True)
        row.addWidget(self.shown)
        row.addWidget(self.said, 1)
        self.from_scale = button("", self.take_scale)
        self.from_scale.setVisible(bool(wanted.scale))
        row.addWidget(self.from_scale)
        self.enter = button(translate("Lot", "Enter mass…"))
        self.enter.clicked.connect(lambda *_: self.open_pad())
        row.addWidget(self.enter)
        self.body.addLayout(row)
        self.bar = ToleranceBar(look, language)
        self.body.addWidget(self.bar)
        lot_row = QHBoxLayout()
        lot_row.addWidget(label(translate("Lot", "Lot number"), "title"))
        self.lot = QLineEdit()
        self.lot.setMaxLength(LOT_MAX)
        self.lot.setAccessibleName(translate("Lot", "Lot number"))
        self.lot.textChanged.connect(lambda *_: self._judge())
        self.lot.returnPressed.connect(self.confirm)
        lot_row.addWidget(self.lot, 1)
        self.body.addLayout(lot_row)
        self.body.addWidget(Keyboard(look, language, [self.lot]))
        self.missing = label("", "label", wrap=True)
        self.missing.setMinimumHeight(px(22))
        self.body.addWidget(self.missing)
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(px(220))
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(px(800))
        self.lot.setFocus()
        self._judge()

    def weighing(self) -> Weighing:
        """All that is weighed then, against what is wanted."""
        return weighing(self.wanted.before_kg + (self.kg or 0.0), self.wanted.target_kg, self.wanted.tolerance_pct)

    def refresh(self) -> None:
        """The scale goes on weighing while the dialog is open."""
        store = self.context.store
        value = store.number(self.wanted.scale) if self.wanted.scale else None
        info = store.tag(self.wanted.scale)
        shown = with_eu(value, info.decimals if info is not None else 1, "kg", store.language)
        self.from_scale.setText(translate("Lot", "From the scale: {mass}").format(mass=shown))
        self.from_scale.setEnabled(value is not None and value > 0)

    def take_scale(self) -> None:
        """The scale's value, when it is good."""
        value = self.context.store.number(self.wanted.scale)
        if value is not None and value > 0:
            self.take_kg(value)

    def open_pad(self) -> NumericPad:
        """Enter the mass."""
        pad = NumericPad(
            self.look, self.context.store.language, translate("Lot", "Mass"), value=self.kg, lo=0.0, hi=KG_MAX, decimals=3,
            eu="kg", accept=self.take_kg, parent=self,
        )  # fmt: skip
        pad.open()
        return pad

    def take_kg(self, kg: float) -> None:
        """A mass in kg."""
        self.kg = kg
        self._judge()

    def _judge(self) -> None:
        self.refresh()
        w, language = self.weighing(), self.context.store.language
        self.bar.show_weighing(w)
        self.shown.setText(with_eu(self.kg, w.decimals, "kg", language))
        by = f"± {number_text((w.hi - w.lo) / 2, w.decimals, language)}"
        wanted = translate("Lot", "Wanted {mass} {by}").format(mass=with_eu(w.target, w.decimals, "kg", language), by=by)
        said = [wanted]
        if self.wanted.before_kg:
            before = with_eu(self.wanted.before_kg, w.decimals, "kg", language)
            said.append(translate("Lot", "there already {mass}").format(mass=before))
        if w.verdict == "under":
            rest = with_eu(w.target - w.kg, w.decimals, "kg", language)
            said.append(translate("Lot", "missing {mass}").format(mass=rest))
        elif w.verdict == "over":
            said.append(translate("Lot", "too much by {mass}").format(mass=with_eu(w.kg - w.target, w.decimals, "kg", language)))
        else:
            said.append("✓ " + translate("Lot", "inside the tolerance"))
        self.said.setText(" · ".join(said))
        missing = [
            translate("Lot", "the number of the lot") if not self.lot.text().strip() else "",
            translate("Lot", "the mass") if not self.kg else "",
        ]
        told = ", ".join(m for m in missing if m)
        self.missing.setText(translate("Lot", "Still missing: {what}").format(what=told) if told else "")
        mass = f"{number_text(self.kg, w.decimals, language)}\u00a0{eu_text('kg', language)}" if self.kg else ""
        self.ok.setText(translate("Lot", "Write down {mass}").format(mass=mass).strip())
        self.ok.setEnabled(not told)

    def confirm(self) -> None:
        """Hand it over and close; does nothing while something is missing."""
        lot, kg = self.lot.text().strip(), self.kg
        if lot and kg:
            verdict = self.weighing().verdict
            self.deliver(lambda: self._accept(lot, kg, verdict))
