"""Parts of the batch page: what goes on now, materials with their lots, and the course over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages.batch_parameters import ROW_HEIGHT, ParameterPages
from hmi.texts import translate
from hmi.viewmodels.batch_page import ParameterRow, parameter_rows, step_lines
from hmi.viewmodels.batch_steps import weighing
from hmi.viewmodels.batches import Batch, Ingredient
from hmi.viewmodels.format import NO_VALUE, number_text
from hmi.viewmodels.units import phase_text
from hmi.widgets.cards import GAP, HEIGHT, Card, CardPages
from hmi.widgets.dialogs import label
from hmi.widgets.gantt import Gantt, GanttBar, GanttRow
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

MAX_HEIGHT: Final = 16_777_215
"""Qt's own: no limit."""


class MaterialList(QWidget):
    """Wanted and weighed mass of each material, its lots, and a button for a further lot."""

    def __init__(self, context: PanelContext, add: Callable[[Ingredient], object]) -> None:
        super().__init__()
        self.context, self._add = context, add
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.table = RowTable(context.look, 62)
        self.table.touched.connect(self._touched)
        self.pager = Pager(self.table)
        column.addWidget(self.table, 1)
        self._ingredients: dict[str, Ingredient] = {}

    def show_batch(self, batch: Batch) -> None:
        """Show the materials of this batch."""
        store = self.context.store
        self._ingredients = {i.material: i for i in batch.ingredients}
        self.table.show_columns(
            [
                Column(translate("Batches", "Material"), stretch=1.0),
                Column(translate("Batches", "Wanted, kg"), 104, right=True),
                Column(translate("Batches", "Weighed, kg"), 118, right=True), Column("", 104),
            ]
        )  # fmt: skip
        rows: list[Row] = []
        for i in batch.ingredients:
            w = weighing(i.weighed_kg, i.kg, i.tolerance_pct)
            lots = ", ".join(f"{lot.lot} {number_text(lot.kg, w.decimals, store.language)}" for lot in i.lots)
            by = f"± {number_text((w.hi - w.lo) / 2, w.decimals, store.language)}"
            mark = "" if not i.lots or w.verdict == "under" else "✓" if w.verdict == "inside" else "▲"
            weighed = number_text(i.weighed_kg, w.decimals, store.language) if i.lots else NO_VALUE
            words = {
                "under": translate("Batches", "less than wanted"), "over": translate("Batches", "too much"),
                "inside": translate("Batches", "in tolerance"),
            }  # fmt: skip
            add = Cell(translate("Batches", "+ lot…"), touch="add") if store.live and not batch.ended else Cell("")
            rows.append(
                Row(i.material, (
                    Cell(store.text(i.name), lots or " "), Cell(number_text(i.kg, w.decimals, store.language), by),
                    Cell(f"{mark} {weighed}".strip(), words[w.verdict] if i.lots else " ", bold=w.verdict == "over"), add,
                ))
            )  # fmt: skip
        self.table.show_rows(rows, empty=translate("Batches", "The recipe names no materials."))
        self.pager.refresh()

    def _touched(self, key: str, what: str) -> None:
        ingredient = self._ingredients.get(key)
        if ingredient is not None:
            self._add(ingredient)


class NowPart(QWidget):
    """Cards of what goes on and waits; below them, while there is room, the parameters of the steps at work."""

    def __init__(self, context: PanelContext, act: Callable[[str, str], None], change: Callable[[ParameterRow], None]) -> None:
        super().__init__()
        self.context = context
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(context.look.px(GAP))
        self.cards = CardPages(context.look, act)
        self.title = label("", "title")
        self.parameters = ParameterPages(context, change)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.parameters.pager)
        column.addWidget(self.cards, 1)
        column.addLayout(head)
        column.addWidget(self.parameters, 1)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.title.setText(translate("Batches", "Parameters of this step"))
        self.parameters.retranslate()

    def show_batch(self, batch: Batch, found: Sequence[Card], empty: str) -> None:
        """Show these cards of a batch and the parameters of what is at work."""
        px = self.context.look.px
        at_work = {(a.unit, a.phase) for a in batch.active if a.phase}
        rows = [r for r in parameter_rows(self.context.store, batch) if (r.parameter.unit, r.parameter.phase) in at_work]
        needs = len(found) * px(HEIGHT + GAP)
        left = self.height() - needs - px(24 + GAP)
        shown = bool(rows) and bool(found) and left >= px(ROW_HEIGHT)
        self.cards.setMinimumHeight(needs if shown else 0)
        self.cards.setMaximumHeight(needs if shown else MAX_HEIGHT)
        self.title.setVisible(shown)
        self.parameters.setVisible(shown)
        self.cards.show_cards(found, empty)
        if shown:
            self.parameters.show_rows(batch, rows)
        self.parameters.pager.setVisible(shown and self.parameters.pages() > 1)


class UnitGantt(Gantt):
    """One row for each unit that the batch was in."""

    ROWS = 7

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(420), self.look.px(28) * self.ROWS)

    def paint(self, p: QPainter, rect: QRectF) -> None:
        if self.rows:
            super().paint(p, rect)


class Course(QWidget):
    """When the batch was where: bars over time above, the phases with their times below, newest first."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(context.look.px(8))
        self.gantt = UnitGantt(context.look, rows_max=UnitGantt.ROWS)
        self.gantt.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.steps = RowTable(context.look, 44)
        self.pager = Pager(self.steps)
        column.addWidget(self.gantt)
        column.addWidget(self.steps, 1)

    def show_batch(self, batch: Batch) -> None:
        """Show the course of this batch."""
        store, now_ns = self.context.store, self.context.now_ns()
        by_unit: dict[str, list[GanttBar]] = {}
        for stay in batch.history:
            held = stay.end_ns is None and batch.held
            bar = GanttBar(phase_text(store, stay.unit, stay.phase), stay.start_ns, stay.end_ns, held)
            by_unit.setdefault(stay.unit, []).append(bar)
        rows: list[GanttRow] = []
        for unit_id, bars in by_unit.items():
            unit = store.unit(unit_id)
            name = f"{unit.label} {store.text(unit.name)}" if unit is not None else unit_id
            rows.append(GanttRow(unit_id, name, tuple(bars)))
        self.gantt.show_rows(rows, batch.ended_ns or now_ns)
        self.steps.show_columns(
            [
                Column("№", 36), Column(translate("Batches", "Phase"), stretch=1.0), Column(translate("Batches", "Start"), 66),
                Column(translate("Batches", "Lasted"), 80, right=True),
            ]
        )  # fmt: skip
        lines = [
            Row(str(s.number), (Cell(str(s.number), role="label"), Cell(s.text, bold=s.current), Cell(s.start), Cell(s.lasted)))
            for s in reversed(step_lines(store, batch, now_ns))
        ]
        self.steps.show_rows(lines, empty=translate("Batches", "Not started yet"))
        self.pager.refresh()
