"""The procedure of a draft as a chart; a touch on a node shows what the file says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.procedure_chart import ChartNode
from hmi.viewmodels.recipe_draft import Draft
from hmi.viewmodels.wire import Obj
from hmi.widgets.dialogs import label
from hmi.widgets.procedurechart import ChartControls, ProcedureChart
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from line.messages import Json

INNER: Final = frozenset({"operations", "phases", "do", "branches", "name"})
"""Keys that the chart itself shows."""


class RecipeProcedure(QWidget):
    """Chart on the left, the chosen node's own entry of the file on the right."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        self.selected = ""
        self._draft = Draft()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(context.look.px(10))
        left, right = QVBoxLayout(), QVBoxLayout()
        self.chart = ProcedureChart(context.look, fold_done=False)
        self.chart.chosen.connect(self.choose)
        left.addWidget(self.chart, 1)
        self.bar = ChartControls(self.chart)
        self.bar.to_active.setVisible(False)
        left.addWidget(self.bar)
        self.said = label("", "strong", wrap=True)
        right.addWidget(self.said)
        self.table = RowTable(context.look, 54, head=0)
        right.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.pager = Pager(self.table)
        foot.addWidget(self.pager)
        right.addLayout(foot)
        self.chart.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        row.addLayout(left, 3)
        row.addLayout(right, 2)

    def choose(self, node: str) -> None:
        """Show this node's entry."""
        self.selected = node
        self.show_draft(self._draft)

    def show_draft(self, draft: Draft) -> None:
        """The procedure as the server last read it."""
        self._draft = draft
        store = self.context.store
        self.chart.show_nodes(
            [
                ChartNode(
                    wire.text(n, "id"), wire.text(n, "kind"), store.text(n.get("name")), wire.text(n, "parent"),
                    note=wire.text(n, "role") if wire.text(n, "kind") == "unit_procedure" else "",
                )
                for n in draft.nodes
            ]
        )  # fmt: skip
        node = next((n for n in draft.nodes if self.selected and wire.text(n, "id") == self.selected), None)
        if node is None:
            said = translate("Recipes", "Touch a step to see what it asks for.") if draft.nodes else ""
            self.said.setText(said or (translate("Recipes", "The procedure cannot be read yet.") if draft.known else ""))
        else:
            self.said.setText(f"{store.text(node.get('name'))} · {wire.text(node, 'id')}")
        self.table.show_columns([Column("", stretch=0.42), Column("", stretch=0.58)])
        self.table.show_rows(self._rows(entry_at(draft.data, wire.items(node, "key"))) if node is not None else [])
        self.pager.refresh()

    def _rows(self, entry: Obj) -> list[Row]:
        rows: list[Row] = []
        for key, value in entry.items():
            if key in INNER:
                continue
            if isinstance(value, Mapping) and not {"ru", "en"} >= set(value):
                rows += [self._row(f"{key}.{k}", self._words(v)) for k, v in value.items()]
            elif isinstance(value, Sequence) and not isinstance(value, str):
                rows += [self._row(f"{key} {i + 1}", self._words(v)) for i, v in enumerate(value)]
            else:
                rows.append(self._row(key, self._words(value)))
        return rows

    @staticmethod
    def _row(key: str, said: str) -> Row:
        return Row(key, (Cell(key), Cell(said, bold=True)))

    def _words(self, value: Json) -> str:
        """A value of the file in a line: a parameter with what it stands for."""
        if isinstance(value, str) and value.startswith("$"):
            known = wire.obj(wire.obj(self._draft.data, "parameters"), value[1:].partition("-")[0].partition("+")[0].strip())
            if known:
                return f"{value} = {wire.text(known, 'value')} {wire.text(known, 'eu')}"
        if isinstance(value, Mapping):
            if {"ru", "en"} >= set(value):
                return self.context.store.text(value)
            return ", ".join(f"{k} {self._words(v)}" for k, v in value.items())
        if isinstance(value, Sequence) and not isinstance(value, str):
            return ", ".join(self._words(v) for v in value)
        return str(value)


def entry_at(data: Obj, path: Sequence[Json]) -> Obj:
    """The entry of the file at a path of keys and places; empty when it leads nowhere."""
    at: Json = data
    for key in path:
        if isinstance(key, str):
            at = wire.obj(at).get(key)
        elif isinstance(key, int):
            inner = wire.items(at)
            at = inner[key] if 0 <= key < len(inner) else None
    return wire.obj(at)
