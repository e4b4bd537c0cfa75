"""The recipe's file as text, with what is wrong in it below: checked while one types."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.recipe_draft import Draft
from hmi.widgets.codeedit import CodeEdit
from hmi.widgets.dialogs import label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

FAULTS_SHOWN = 3


class RecipeText(QWidget):
    """``typed`` is told the text after every change by hand."""

    def __init__(self, context: PanelContext, typed: Callable[[str], None]) -> None:
        super().__init__()
        self.context = context
        self._typed = typed
        self._showing = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.look.px(6))
        self.edit = CodeEdit(context.look)
        self.edit.textChanged.connect(self._changed)
        layout.addWidget(self.edit, 1)
        self.verdict = label("", "strong", wrap=True)
        self.faults = RowTable(context.look, 52, head=0)
        self.pager = Pager(self.faults)
        said = QHBoxLayout()
        said.addWidget(self.verdict, 1)
        said.addWidget(self.pager)
        layout.addLayout(said)
        self.faults.chosen.connect(lambda key: self.edit.go_to(int(key.partition(":")[0])))
        layout.addWidget(self.faults)

    def _changed(self) -> None:
        if not self._showing:
            self._typed(self.edit.toPlainText())

    def show_draft(self, draft: Draft, *, free: bool) -> None:
        """Text and faults; ``free``: it may be typed on."""
        self._showing = True
        if self.edit.toPlainText() != draft.text:
            self.edit.replace_text(draft.text)
        self._showing = False
        self.edit.setReadOnly(not free)
        self.edit.setAccessibleName(translate("Recipes", "File of the recipe"))
        faults = draft.faults if draft.known else ()
        said = self.context.store.text
        self.edit.mark_lines(f.line for f in faults)
        self.verdict.setText(self.verdict_text(draft))
        shown = min(FAULTS_SHOWN, len(faults))
        self.faults.setVisible(bool(faults))
        self.faults.setFixedHeight(self.context.look.px(52 * shown + 2) if shown else 0)
        self.faults.show_columns(
            [Column(translate("Recipes", "Line"), 64, right=True), Column(translate("Recipes", "Fault"), stretch=1.0)]
        )
        self.faults.show_rows(
            [
                Row(
                    f"{f.line}:{i}",
                    (Cell(str(f.line) if f.line else "", bold=True), Cell(f"{f.key}: {said(f.text)}", said(f.advice))),
                )
                for i, f in enumerate(faults)
            ]
        )
        self.pager.refresh()

    @staticmethod
    def verdict_text(draft: Draft) -> str:
        """What the server says of the text as it stands."""
        if not draft.text:
            return ""
        if not draft.known:
            if draft.failed:
                return translate("Recipes", "The server does not answer: the file is not checked.")
            return translate("Recipes", "Checking…")
        if draft.faults:
            return translate("Recipes", "Faults: {n}. A touch shows the line.").format(n=len(draft.faults))
        return translate("Recipes", "No faults.")
