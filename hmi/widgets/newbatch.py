"""New batch: recipe, then size inside the recipe's limits, then a button that says exactly what it will do."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.format import decimals_for, eu_text, range_text, with_eu
from hmi.viewmodels.line_info import RecipeInfo
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import NumericPad, PanelDialog, label

COLUMNS: Final = 2


class NewBatchDialog(PanelDialog):
    """Three numbered steps in one sight. Nothing can be created before a recipe is chosen."""

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(context.look, translate("NewBatch", "New batch"), parent)
        self.context = context
        px = context.look.px
        self.recipe: RecipeInfo | None = None
        self.size_kg = 0.0
        store = context.store
        recipes = store.line.recipes if store.line else ()
        self.body.addWidget(label(translate("NewBatch", "1. Recipe"), "title"))
        grid = QGridLayout()
        grid.setSpacing(px(8))
        self._group = QButtonGroup(self)
        self.recipe_buttons: dict[str, QPushButton] = {}
        for i, recipe in enumerate(recipes):
            version = translate("NewBatch", "version {version}").format(version=recipe.version)
            text = f"{store.text(recipe.name)}\n{version}"
            made = button(text.replace("&", "&&"), lambda r=recipe: self.choose(r))
            made.setCheckable(True)
            made.setFixedHeight(px(64))
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(made)
            grid.addWidget(made, i // COLUMNS, i % COLUMNS)
            self.recipe_buttons[recipe.id] = made
        self.body.addLayout(grid)
        if not recipes:
            self.body.addWidget(label(translate("NewBatch", "The line has no approved recipe."), "label"))
        self.body.addSpacing(px(6))
        self.body.addWidget(label(translate("NewBatch", "2. Batch size"), "title"))
        row = QHBoxLayout()
        row.setSpacing(px(14))
        self.size_shown = label("", "big")
        self.limits = label("", "label")
        self.change = button(translate("NewBatch", "Change…"))
        self.change.clicked.connect(lambda *_: self.open_pad())
        row.addWidget(self.size_shown)
        row.addWidget(self.limits)
        row.addStretch(1)
        row.addWidget(self.change)
        self.body.addLayout(row)
        self.body.addSpacing(px(6))
        self.body.addWidget(label(translate("NewBatch", "3. Create"), "title"))
        self.missing = label("", "label", wrap=True)
        self.body.addWidget(self.missing)
        self.body.addSpacing(px(10))
        last = QHBoxLayout()
        last.setSpacing(px(12))
        last.addWidget(button(translate("Dialog", "Cancel"), self.reject))
        last.addSpacing(px(30))
        last.addStretch(1)
        self.only_create = button(translate("NewBatch", "Create, start later"), lambda: self.confirm(start=False))
        self.ok = button("", lambda: self.confirm(start=True), role="primary")
        last.addWidget(self.only_create)
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(px(760))
        if len(recipes) == 1:
            self.choose(recipes[0])
        self._show()

    def choose(self, recipe: RecipeInfo) -> None:
        """Take a recipe; the size starts from its base batch."""
        self.recipe, self.size_kg = recipe, recipe.base_batch_kg
        self.recipe_buttons[recipe.id].setChecked(True)
        self._show()

    def _show(self) -> None:
        language = self.context.store.language
        known = self.recipe is not None
        for widget in (self.only_create, self.ok, self.change):
            widget.setEnabled(known)
        decimals = decimals_for(self.size_kg)
        self.size_shown.setText(with_eu(self.size_kg, decimals, "kg", language) if known else "—")
        if self.recipe is None:
            self.limits.setText("")
            self.missing.setText(translate("NewBatch", "Choose a recipe first."))
            self.ok.setText(translate("NewBatch", "Create and start"))
            return
        said = f"{range_text(self.recipe.size_lo_kg, self.recipe.size_hi_kg, 0, language)}\u00a0{eu_text('kg', language)}"
        self.limits.setText(translate("NewBatch", "limits {limits}").format(limits=said))
        name, size = self.context.store.text(self.recipe.name), with_eu(self.size_kg, decimals, "kg", language)
        says = translate("NewBatch", "{recipe}, {size}: the batch takes the line's units one after another as they become free.")
        self.missing.setText(says.format(recipe=name, size=size))
        self.ok.setText(translate("NewBatch", "Create and start, {size}").format(size=size))

    def open_pad(self) -> NumericPad:
        """Enter the size."""
        assert self.recipe is not None
        pad = NumericPad(
            self.look, self.context.store.language, translate("NewBatch", "Batch size"), value=self.size_kg,
            lo=self.recipe.size_lo_kg, hi=self.recipe.size_hi_kg, decimals=1, eu="kg", accept=self.take_size, parent=self,
        )  # fmt: skip
        pad.open()
        return pad

    def take_size(self, size_kg: float) -> None:
        """A size from the numeric pad, inside the limits already."""
        self.size_kg = size_kg
        self._show()

    def confirm(self, *, start: bool) -> None:
        """Send the creation and close."""
        if self.recipe is not None:
            self.accept()
            self.context.command("batch.create", self.recipe.id, {"size_kg": self.size_kg, "start": start})
