"""The record of one batch: summary and steps, verdicts at critical points with their curves, course; saved as PDF or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.batch_record_words import (
    moment_words,
    product_word,
    seconds,
    summary_facts,
    value_words,
    verdict_word,
)
from hmi.pages.batch_words import STATES, limits_words, word
from hmi.saving import SavedFile, failure_words
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batch_page import STYLES
from hmi.viewmodels.batch_record import Moment, RecordDesk, curve_of, important, moments
from hmi.viewmodels.batch_steps import weighing
from hmi.viewmodels.batches import batches
from hmi.viewmodels.commands import reasons_of
from hmi.viewmodels.format import NO_VALUE, clock_minutes, clock_text, eu_text, number_text
from hmi.viewmodels.units import Chip
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.indicators import StateChip
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from hmi.widgets.steplist import StepEntry, StepList
from hmi.widgets.trend import Series, TrendView

RECORD_REPLY: Final = "batch.record"
SAVED_REPLY: Final = "batch.record.saved"
PARTS: Final = ("summary", "ccp", "materials", "course")


class RecordPage(Page):
    """Asks for the record when it is opened; a batch that goes on has one as far as it is."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.desk = RecordDesk(lambda batch: context.port.fetch(f"/api/batches/{batch}/record", {}, RECORD_REPLY))
        self.picked = ""
        self._was_live = False
        self._moments: list[Moment] = []
        context.on_reply[RECORD_REPLY] = self._take
        self.saved = SavedFile(context, SAVED_REPLY, self._refresh_shown)
        layout = page_layout(self)
        head = QHBoxLayout()
        head.setSpacing(px(10))
        self.back = button("", self._go_back, role="compact")
        self.heading = label("", "heading")
        self.state, self.product = StateChip(context.look), StateChip(context.look)
        self.again = button("", self._again, role="compact")
        self.json = button("", lambda: self.save("json"), role="compact")
        self.pdf = button("", lambda: self.save("pdf"), role="primary")
        for made in (self.back, self.heading, self.state, self.product):
            head.addWidget(made)
        head.addStretch(1)
        for made in (self.again, self.json, self.pdf):
            head.addWidget(made)
        layout.addLayout(head)
        self.said = label("", "label", wrap=True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        layout.addWidget(self.said)
        self.pane = Pane(context)
        self.pane.title.setVisible(False)
        self.tabs = Tabs(context.look, PARTS)
        self.tabs.chosen.connect(lambda key: self._show_part())
        self.pane.head.addWidget(self.tabs)
        self.pane.head.addStretch(1)
        self.stack = QStackedWidget()
        self.pane.body.addWidget(self.stack, 1)
        layout.addWidget(self.pane, 1)
        self._build_parts()

    def _build_parts(self) -> None:
        look = self.context.look
        self.facts = StepList(look)
        self.steps, self.ccp = RowTable(look, 48), RowTable(look, 62)
        self.materials, self.course = RowTable(look, 62), RowTable(look, 56)
        self.ccp.chosen.connect(self._pick)
        self.trend = TrendView(look, legend=False)
        self.trend_title = label("", "title", wrap=True)
        curve = QWidget()
        column = QVBoxLayout(curve)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.trend_title)
        column.addWidget(self.trend, 1)
        self.pagers: dict[str, Pager] = {}
        sides: dict[str, tuple[QWidget, ...]] = {
            "summary": (self.facts, self.steps), "ccp": (self.ccp, curve), "materials": (self.materials,),
            "course": (self.course,),
        }  # fmt: skip
        self.parts: dict[str, QWidget] = {}
        for key, table in (("summary", self.steps), ("ccp", self.ccp), ("materials", self.materials), ("course", self.course)):
            self.pagers[key] = Pager(table)
            self.pane.head.addWidget(self.pagers[key])
            part = QWidget()
            row = QHBoxLayout(part)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(look.px(24))
            for side in sides[key]:
                side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
                row.addWidget(side, 1)
            self.parts[key] = part
            self.stack.addWidget(part)

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        wanted = argument or self.desk.batch
        if not wanted:
            found = batches(self.context.store)
            wanted = next((b.id for b in found if b.ended), found[-1].id if found else "")
        if wanted != self.desk.batch:
            self.picked = ""
            self.saved.forget()
        self.desk.look_at(wanted)
        if self.context.store.live:
            self.desk.again()

    def variants(self) -> list[str]:
        found = batches(self.context.store)
        return [next((b.id for b in found if b.ended), found[0].id if found else "")]

    def picture(self, variant: str) -> str:
        return ""

    def settled(self) -> bool:
        return self.desk.record is not None or bool(self.desk.failed) or not self.desk.batch

    def apply_look(self) -> None:
        self.trend.apply_look()

    def retranslate(self) -> None:
        self.back.setText("◂ " + translate("Record", "Batch"))
        self.again.setText(translate("Record", "Read again"))
        self.json.setText(translate("Record", "Save JSON"))
        self.pdf.setText(translate("Record", "Save PDF"))
        texts = {
            "summary": translate("Record", "Summary"), "ccp": translate("Record", "Critical points"),
            "materials": translate("Record", "Materials"), "course": translate("Record", "Course, signatures"),
        }  # fmt: skip
        for key, text in texts.items():
            self.tabs.set_text(key, text)

    def refresh(self) -> None:
        live = self.context.store.live
        if live and self.desk.failed and not self._was_live:
            self.desk.again()
        elif live:
            self.desk.ask()
        self._was_live = live
        record = self.desk.record
        batch = wire.obj(record, "batch")
        number = wire.text(batch, "number")
        shown = f"№{number}" if number else self.desk.batch
        self.heading.setText(translate("Record", "Record of {batch}").format(batch=shown))
        state = wire.text(batch, "state").lower()
        self.state.show_chip(Chip(word(STATES, state), STYLES.get(state, "unknown")))
        self.product.show_chip(Chip(product_word(record or {}), "held" if wire.text(batch, "product") == "on_hold" else "plain"))
        for made in (self.state, self.product, self.pane):
            made.setVisible(record is not None)
        self._say(batch)
        ready = record is not None and self.context.store.live and not self.saved.busy
        self.json.setEnabled(ready)
        self.pdf.setEnabled(ready)
        self.again.setEnabled(self.context.store.live and bool(self.desk.batch))
        if record is not None:
            self._show_part()

    def _say(self, batch: Obj) -> None:
        if self.saved.words:
            text = self.saved.words
        elif self.desk.failed:
            text = "✕ " + translate("Record", "No record: {why}").format(why=self.desk.failed)
        elif self.desk.record is None:
            text = translate("Record", "Reading…") if self.desk.batch else translate("Record", "No batch is chosen.")
        elif batch.get("complete") is not True:
            text = translate("Record", "The batch has not ended: the record goes as far as it has come.")
        else:
            text = ""
        self.said.setText(text)
        self.said.setVisible(bool(text))

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _show_part(self) -> None:
        record = self.desk.record
        if record is None:
            return
        key = self.tabs.current
        self.stack.setCurrentWidget(self.parts[key])
        {"summary": self._summary, "ccp": self._ccp, "materials": self._materials, "course": self._course}[key](record)
        for part, pager in self.pagers.items():
            pager.refresh()
            if part != key:
                pager.setVisible(False)

    def _summary(self, record: Obj) -> None:
        store = self.context.store
        self.facts.show_entries([StepEntry(name, value) for name, value in summary_facts(store, record)])
        self.steps.show_columns(
            [Column(translate("Record", "Step"), stretch=1.0), Column(translate("Record", "Unit"), 76),
             Column(translate("Record", "Start"), 60), Column(translate("Record", "Lasted"), 78, right=True)]
        )  # fmt: skip
        rows: list[Row] = []
        for i, e in enumerate(wire.objects(record, "steps")):
            unit = store.unit(wire.text(e, "unit"))
            where = unit.label if unit is not None else wire.text(e, "unit")
            skipped = translate("Record", "skipped") if wire.text(e, "status") == "skipped" else ""
            name = store.text(e.get("name")) or wire.text(e, "node")
            run = wire.integer(e, "run")
            head = f"{name} ({run})" if run > 1 else name
            rows.append(
                Row(str(i), (
                    Cell(f"{head} · {skipped}" if skipped else head), Cell(where),
                    Cell(clock_minutes(wire.integer(e, "started_ns"))), Cell(seconds(e, "duration_s")),
                ))
            )  # fmt: skip
        self.steps.show_rows(rows, empty=translate("Record", "No step has begun."))

    def _ccp(self, record: Obj) -> None:
        store = self.context.store
        verdicts = wire.objects(record, "ccp")
        self.ccp.show_columns(
            [Column(translate("Record", "Critical point"), stretch=1.0), Column(translate("Record", "Value"), 110),
             Column(translate("Record", "Verdict"), 160)]
        )  # fmt: skip
        rows: list[Row] = []
        for i, e in enumerate(verdicts):
            unit = store.unit(wire.text(e, "unit"))
            limits = limits_words(store, wire.number(e, "lo"), wire.number(e, "hi"), wire.text(e, "eu"))
            where = unit.label if unit is not None else wire.text(e, "unit")
            number = wire.integer(e, "deviation")
            more = translate("Record", "deviation {n}").format(n=number) if number else clock_text(wire.integer(e, "time_ns"))
            rows.append(
                Row(str(i), (
                    Cell(store.text(e.get("name")), f"{limits} · {where}"), Cell(value_words(store, e), bold=True),
                    Cell(verdict_word(e.get("passed")), more, bold=e.get("passed") is False),
                ))
            )  # fmt: skip
        if self.picked not in {r.key for r in rows}:
            self.picked = rows[0].key if rows else ""
        self.ccp.show_rows(rows, selected=self.picked, empty=translate("Record", "The recipe has no critical control point."))
        self._curve(record, verdicts[int(self.picked)] if self.picked else {})

    def _curve(self, record: Obj, verdict: Obj) -> None:
        store = self.context.store
        curve = curve_of(record, wire.text(verdict, "node"), wire.text(verdict, "tag"))
        known = curve is not None and len(curve.x) > 0
        self.trend.setVisible(known)
        if curve is None or not known:
            self.trend_title.setText(translate("Record", "No curve was kept.") if verdict else "")
            return
        title = f"{store.text(curve.name) or curve.tag}, {eu_text(curve.eu, store.language)}"
        if curve.kept in ("part", "none"):
            title += " · " + translate("Record", "samples are missing")
        self.trend_title.setText(title)
        limits = tuple(v for v in (curve.lo, curve.hi) if v is not None)
        span_s = max(60.0, (curve.to_ns - curve.from_ns) / 1e9)
        series = [Series("", curve.x, curve.y)]
        known_values = [float(v) for v in curve.y if v == v] + list(limits)
        air = max((max(known_values) - min(known_values)) * 0.08, 0.5) if known_values else 1.0
        ends = (min(known_values) - air, max(known_values) + air) if known_values else (0.0, 1.0)
        self.trend.show_series(series, end_ns=curve.to_ns, span_s=span_s, y_range=ends, limits=limits, language=store.language)

    def _pick(self, key: str) -> None:
        self.picked = key
        self._show_part()

    def _materials(self, record: Obj) -> None:
        store = self.context.store
        self.materials.show_columns(
            [Column(translate("Batches", "Material"), stretch=1.0), Column(translate("Batches", "Wanted, kg"), 120, right=True),
             Column(translate("Batches", "Weighed, kg"), 130, right=True), Column("", 190)]
        )  # fmt: skip
        rows: list[Row] = []
        for e in wire.objects(record, "materials"):
            kg = wire.number(e, "kg")
            w = weighing(kg or 0.0, wire.number(e, "target_kg") or 0.0, wire.number(e, "tolerance_pct") or 0.0)
            lots = ", ".join(
                f"{wire.text(lot, 'lot')} {number_text(wire.number(lot, 'kg'), w.decimals, store.language)}"
                for lot in wire.objects(e, "lots")
            )
            inside = e.get("inside")
            verdict = translate("Batches", "in tolerance") if inside is True else translate("Record", "outside the tolerance")
            mark = f"✓ {verdict}" if inside is True else f"▲ {verdict}"
            rows.append(
                Row(wire.text(e, "material"), (
                    Cell(store.text(e.get("name")) or wire.text(e, "material"), lots),
                    Cell(number_text(w.target, w.decimals, store.language)),
                    Cell(number_text(kg, w.decimals, store.language) if kg is not None else NO_VALUE),
                    Cell(mark if isinstance(inside, bool) else translate("Record", "not weighed"), bold=inside is False),
                ))
            )  # fmt: skip
        self.materials.show_rows(rows, empty=translate("Batches", "The recipe names no materials."))

    def _course(self, record: Obj) -> None:
        self._moments = [m for m in moments(record) if important(m)]
        self.course.show_columns(
            [Column(translate("Record", "Time"), 92), Column(translate("Record", "What happened"), stretch=1.0),
             Column(translate("Record", "Who"), 210)]
        )  # fmt: skip
        keys = [str(i) for i in range(len(self._moments))]
        self.course.show_keys(keys, self._course_row, empty=translate("Record", "Nothing has happened yet."))

    def _course_row(self, key: str) -> Row:
        moment = self._moments[int(key)]
        head, more, who = moment_words(self.context.store, moment)
        bold = moment.what in ("deviations", "disposition")
        return Row(key, (Cell(clock_text(moment.time_ns)), Cell(head, more, bold=bold), Cell(who)))

    # ---- what it does -----------------------------------------------------------------------------------------------

    def _go_back(self) -> None:
        here = any(b.id == self.desk.batch for b in batches(self.context.store))
        self.context.navigate("batch" if here else "batches", self.desk.batch if here else "")

    def _again(self) -> None:
        self.saved.forget()
        self.desk.again()

    def _take(self, reply: Obj) -> None:
        data = wire.obj(reply, "data")
        said = "; ".join(t for r in reasons_of(data) if (t := self.context.store.text(r)))
        self.desk.take(wire.integer(reply, "status"), data, said or failure_words(reply))
        if self.isVisible():
            self.refresh()

    def save(self, kind: str, folder: Path | None = None) -> None:
        """Fetch ``pdf`` or ``json`` into the folder for documents, under the batch's number and the time."""
        if not self.desk.batch:
            return
        route = f"/api/batches/{self.desk.batch}/record"
        params: Obj = {"language": self.context.store.language} if kind == "pdf" else {}
        path = f"{route}.pdf" if kind == "pdf" else route
        self.saved.save(path, params, f"batch-{self.desk.batch}", kind, folder)

    def _refresh_shown(self) -> None:
        if self.isVisible():
            self.refresh()
