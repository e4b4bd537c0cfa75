"""Numbers of a recipe as a form: a touch on a number opens the pad; the value goes into the file's text, comments stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.format import NO_VALUE, decimals_for, eu_text, number_text, value_text
from hmi.viewmodels.recipe_draft import Draft, FormRow, ingredient_rows, parameter_rows
from hmi.viewmodels.units import Chip
from hmi.widgets.dialogs import NumericPad, label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

Change = Callable[[tuple[str, ...], float], None]
EDITS: Final = ("value", "lo", "hi")


class RecipeForm(QWidget):
    """Parameters (``what`` = "parameters") or ingredients ("ingredients") of a draft; ``changed`` is told path and value."""

    def __init__(self, context: PanelContext, what: str, changed: Change) -> None:
        super().__init__()
        self.context = context
        self.what = what
        self._changed = changed
        self._rows: dict[str, FormRow] = {}
        self._free = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.table = RowTable(context.look, 50)
        self.table.touched.connect(self.touched)
        layout.addWidget(self.table, 1)
        foot = QHBoxLayout()
        self.said = label("", "label")
        self.pager = Pager(self.table)
        foot.addWidget(self.said, 1)
        foot.addWidget(self.pager)
        layout.addLayout(foot)

    def show_draft(self, draft: Draft, *, free: bool) -> None:
        """The numbers of the file as the server last read it; ``free``: they may be changed now."""
        self._free = free and draft.known
        found = parameter_rows(draft.data) if self.what == "parameters" else ingredient_rows(draft.data)
        self._rows = {".".join(r.path): r for r in found}
        if self.what == "parameters":
            columns = [
                Column(translate("Recipes", "Parameter"), stretch=1.0), Column(translate("Recipes", "Value"), 124, right=True),
                Column(translate("Recipes", "from"), 112, right=True), Column(translate("Recipes", "to"), 112, right=True),
                Column("", 62),
            ]  # fmt: skip
        else:
            columns = [
                Column(translate("Recipes", "Ingredient"), stretch=1.0),
                Column(translate("Recipes", "Per base batch"), 150, right=True),
                Column(translate("Recipes", "tolerance"), 190, right=True), Column(translate("Recipes", "Share"), 90, right=True),
            ]  # fmt: skip
        self.table.show_columns(columns)
        total = sum(r.value for r in found) if self.what == "ingredients" else 0.0
        self.table.show_rows(
            [
                self._parameter(k, r) if self.what == "parameters" else self._ingredient(k, r, total)
                for k, r in self._rows.items()
            ],
            empty=translate("Recipes", "The file cannot be read yet: see the page “File”.") if draft.judged else "",
        )
        self.said.setText(self._words(total))
        self.pager.refresh()

    def _words(self, total: float) -> str:
        if self.what == "ingredients" and total:
            return translate("Recipes", "In all {mass}").format(mass=value_text(total, 2, "kg", self.context.store.language))
        return translate("Recipes", "A touch on a number changes it.") if self._free else ""

    def _number(self, value: float | None, eu: str) -> str:
        decimals = 2 if self.what == "ingredients" else decimals_for(value or 0.0)
        return NO_VALUE if value is None else value_text(value, decimals, eu, self.context.store.language)

    def _parameter(self, key: str, row: FormRow) -> Row:
        touch = [e if self._free else "" for e in EDITS]
        chip = Chip(translate("Recipes", "CCP"), "wait") if row.ccp else None
        return Row(key, (
            Cell(self.context.store.text(row.name), row.path[1]),
            Cell(self._number(row.value, row.eu), bold=True, touch=touch[0]),
            Cell(self._number(row.lo, row.eu), touch=touch[1] if row.lo is not None else ""),
            Cell(self._number(row.hi, row.eu), touch=touch[2] if row.hi is not None else ""),
            Cell(chip=chip),
        ))  # fmt: skip

    def _ingredient(self, key: str, row: FormRow, total: float) -> Row:
        language = self.context.store.language
        around = ""
        if row.lo is not None and row.hi is not None:
            around = f"{number_text(row.lo, 3, language)} … {number_text(row.hi, 3, language)}\u00a0{eu_text('kg', language)}"
        share = f"{number_text(100 * row.value / total, 2, language)}\u00a0%" if total else ""
        return Row(key, (
            Cell(self.context.store.text(row.name), row.path[1]),
            Cell(self._number(row.value, "kg"), bold=True, touch="value" if self._free else ""), Cell(around), Cell(share),
        ))  # fmt: skip

    def touched(self, key: str, cell: str) -> NumericPad | None:
        """A number was touched: open the pad."""
        row = self._rows.get(key)
        if row is None or not self._free:
            return None
        value = {"value": row.value, "lo": row.lo, "hi": row.hi}[cell]
        path = (*row.path[:-1], cell if self.what == "parameters" else row.path[-1])
        inside = cell == "value" and self.what == "parameters"
        decimals = 4 if self.what == "ingredients" else max(2, decimals_for(value or 0.0))
        titles = {"lo": translate("Recipes", "{name}: lower limit"), "hi": translate("Recipes", "{name}: upper limit")}
        name = self.context.store.text(row.name)
        pad = NumericPad(
            self.context.look, self.context.store.language, titles.get(cell, "{name}").format(name=name), value=value,
            lo=row.lo if inside else 0.0 if self.what == "ingredients" else None, hi=row.hi if inside else None,
            decimals=decimals, eu=row.eu, accept=lambda number: self._changed(path, number), parent=self.window(),
        )  # fmt: skip
        pad.open()
        return pad
