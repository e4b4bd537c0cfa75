"""What a version changes against another one, and what has happened to it."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.format import NO_VALUE, clock_minutes, date_text
from hmi.viewmodels.recipes import DRAFT, IN_REVIEW, Recipe, Version
from hmi.viewmodels.wire import EMPTY, Obj
from hmi.widgets.dialogs import label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

DIFF_REPLY: Final = "recipes.diff"
EVENTS_REPLY: Final = "recipes.events"
EVENTS_MAX: Final = 500


class _Listed(QWidget):
    """A table with a line of words and a pager below."""

    def __init__(self, context: PanelContext, row_height: float) -> None:
        super().__init__()
        self.context = context
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.said = label("", "strong", wrap=True)
        layout.addWidget(self.said)
        self.table = RowTable(context.look, row_height)
        layout.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.pager = Pager(self.table)
        foot.addWidget(self.pager)
        layout.addLayout(foot)


class RecipeCompare(_Listed):
    """The differences to the approved version (of one that was approved: to what was in force before it)."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, 56)
        self._wanted = ("", "")
        self._shown: Obj = EMPTY
        self._failed = False
        self.hash = ""
        context.on_reply[DIFF_REPLY] = self.take

    @staticmethod
    def against(recipe: Recipe, version: Version) -> str:
        """The version that this one is compared with, '' for none; one that was approved: with what it took the place of."""
        signed = [s.previous for s in version.signatures if s.meaning == "approve"]
        if version.status in (DRAFT, IN_REVIEW):
            return recipe.approved
        return next((h for h in (*signed, version.base) if h != version.hash and recipe.version(h) is not None), "")

    def looked_at(self, version: Version) -> str:
        """The hash of the differences of just this version, as they were shown; '' when those of another one were."""
        return self.hash if self._wanted[1] == version.hash else ""

    def ask(self, recipe: Recipe, version: Version) -> None:
        """Ask the server once for each pair."""
        wanted = (self.against(recipe, version), version.hash)
        if wanted == self._wanted and (self._shown or not self._failed):
            return
        self._wanted, self._shown, self._failed, self.hash = wanted, EMPTY, False, ""
        self.context.port.fetch("/api/recipes/diff", {"from": wanted[0], "to": wanted[1]}, DIFF_REPLY)

    def take(self, reply: Obj) -> None:
        """The answer."""
        self._failed = wire.integer(reply, "status") != 200
        data = wire.obj(reply, "data")
        if wire.text(data, "to", self._wanted[1]) == self._wanted[1]:
            self._shown = EMPTY if self._failed else data
            self.hash = wire.text(self._shown, "hash")

    def show_pair(self, recipe: Recipe, version: Version) -> None:
        """Which two, and the changes row by row."""
        self.ask(recipe, version)
        store = self.context.store
        other = recipe.version(self._wanted[0])
        if not self._wanted[0]:
            self.said.setText(translate("Recipes", "There is no approved version to compare with: everything is new."))
        elif other is not None:
            words = translate("Recipes", "Changes of {new} against {old}")
            self.said.setText(words.format(new=version.version, old=other.version))
        self.table.show_columns(
            [
                Column(translate("Recipes", "What"), stretch=0.5), Column(translate("Recipes", "Before"), stretch=0.25),
                Column(translate("Recipes", "Now"), stretch=0.25),
            ]
        )  # fmt: skip
        rows: list[Row] = []
        for i, change in enumerate(wire.objects(self._shown, "changes")):
            before, now = (store.text(wire.obj(change, key)) or NO_VALUE for key in ("was", "now"))
            said = store.text(wire.obj(change, "what")) or wire.text(change, "path")
            rows.append(Row(str(i), (Cell(said, wire.text(change, "path")), Cell(before), Cell(now, bold=True))))
        nothing = translate("Recipes", "No differences.") if self._shown else ""
        if self._failed:
            nothing = translate("Recipes", "The server cannot compare these versions now.")
        self.table.show_rows(rows, empty=nothing)
        self.pager.refresh()


class RecipeHistory(_Listed):
    """Who saved, tried, submitted, signed this recipe, when and why: the audit, newest first."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, 56)
        self._known: Recipe | None = None
        self._events: list[Obj] = []
        context.on_reply[EVENTS_REPLY] = self.take

    def take(self, reply: Obj) -> None:
        """Events of kind ``recipe``."""
        if wire.integer(reply, "status") == 200:
            self._events = wire.objects(wire.obj(reply, "data"), "events")

    def show_recipe(self, recipe: Recipe) -> None:
        """Ask again whenever the library has changed."""
        if recipe != self._known:
            self._known = recipe
            self.context.port.fetch("/api/events", {"kind": "recipe", "limit": EVENTS_MAX}, EVENTS_REPLY)
        words = {
            "saved": translate("Recipes", "Saved"), "submitted": translate("Recipes", "Submitted for approval"),
            "withdrawn": translate("Recipes", "Withdrawn"), "rejected": translate("Recipes", "Sent back"),
            "approved": translate("Recipes", "Approved"), "obsolete": translate("Recipes", "Taken out of use"),
            "superseded": translate("Recipes", "Superseded"),
            "evidence": translate("Recipes", "Dry run"), "imported": translate("Recipes", "Read from the line folder"),
        }  # fmt: skip
        self.said.setVisible(False)
        self.table.show_columns(
            [
                Column(translate("Recipes", "When"), 140), Column(translate("Recipes", "What"), stretch=0.35),
                Column(translate("Recipes", "Version"), 110), Column(translate("Recipes", "Who, why"), stretch=0.5),
            ]
        )  # fmt: skip
        rows: list[Row] = []
        for event in reversed(self._events):
            if wire.text(event, "source") != recipe.id:
                continue
            data, time_ns = wire.obj(event, "data"), wire.integer(event, "time_ns")
            what = "superseded" if wire.text(data, "superseded_by") else wire.text(data, "what")
            signature = wire.obj(data, "signature")
            who = wire.text(signature, "name") or ("" if what == "superseded" else wire.text(data, "user"))
            signed = translate("Recipes", "signed: {name}").format(name=who) if signature else who
            rows.append(Row(
                str(wire.integer(event, "seq")),
                (
                    Cell(f"{date_text(time_ns)} {clock_minutes(time_ns)}"), Cell(words.get(what, what), bold=what == "approved"),
                    Cell(wire.text(data, "version"), wire.text(data, "hash")[:8]),
                    Cell(signed, "" if what == "evidence" else wire.text(data, "reason")),
                ),
            ))  # fmt: skip
        self.table.show_rows(rows, empty=translate("Recipes", "Nothing has happened to this recipe yet."))
        self.pager.refresh()
