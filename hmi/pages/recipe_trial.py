"""The dry run of a version: start it, follow it, and see what came of it as figures, bars and curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages.recipe_words import refusal
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.dry_run import Curve, Report, Verdict, parse_report
from hmi.viewmodels.format import NO_VALUE, eu_text, hours_text, midnight_ns, number_text, with_eu
from hmi.viewmodels.kpi import ABOVE_LIMIT, UNKNOWN, WELL
from hmi.viewmodels.wire import EMPTY, Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.kpicards import Card, Cards
from hmi.widgets.penlegend import LegendEntry, PenLegend
from hmi.widgets.penplot import PenLine, PenPlot, ScaleRange
from hmi.widgets.rowtable import Cell, Column, Row, RowTable
from hmi.widgets.spanchart import Span, SpanChart
from line.clock import NS_PER_S

START_REPLY: Final = "recipes.trial.start"
JOB_REPLY: Final = "recipes.trial.job"
ASK_EVERY_NS: Final = NS_PER_S
PENS, PENS_MAX = 4, 6
"""Curves drawn at once, and how many more where all of them are judged by critical limits."""


class RecipeTrial(QWidget):
    """``job`` is the number of the dry run that is under way on the server, '' while none is."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        px = context.look.px
        self.job = ""
        self.progress = 0.0
        self.refused = ""
        self.report: Report | None = None
        self._of = ""
        self._asked_ns = 0
        self._hidden: set[str] = set()
        context.on_reply[START_REPLY] = self._started
        context.on_reply[JOB_REPLY] = self._took
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(6))
        head = QHBoxLayout()
        self.said = label("", "strong", wrap=True)
        head.addWidget(self.said, 1)
        self.start = button("", self.begin, role="compact")
        head.addWidget(self.start)
        layout.addLayout(head)
        self.findings = RowTable(context.look, 54, head=0)
        layout.addWidget(self.findings)
        self.cards = Cards(context.look, 5)
        self.cards.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout.addWidget(self.cards)
        self.spans = SpanChart(context.look)
        layout.addWidget(self.spans)
        self.plot = PenPlot(context.look)
        self.plot.setMinimumHeight(px(110))
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        layout.addWidget(self.plot, 1)
        self.legend = PenLegend(context.look)
        self.legend.touched.connect(self._toggle)
        layout.addWidget(self.legend)
        self.rest = QWidget()
        layout.addWidget(self.rest)
        layout.setStretchFactor(self.rest, 0)

    # ---- the job ----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Ask for a dry run of the version that is shown."""
        if self._of and not self.job:
            self.refused, self.job = "", "…"
            self.context.port.post("/api/recipes/dry_run", {"hash": self._of}, START_REPLY)

    def _started(self, reply: Obj) -> None:
        self.job = wire.text(wire.obj(reply, "data"), "job")
        self.progress = 0.0
        if not self.job:
            self.refused = refusal(self.context, reply, translate("Recipes", "The server did not start the dry run."))

    def _took(self, reply: Obj) -> None:
        data = wire.obj(reply, "data")
        if wire.integer(reply, "status") == 404:
            self.job = ""
            return
        self.progress = wire.number(data, "progress") or 0.0
        state = wire.text(data, "state")
        if state in ("done", "failed"):
            self.job = ""
            report = parse_report(wire.obj(data, "report"))
            if report is not None and report.hash in ("", self._of):
                self.report = report
            elif state == "failed":
                why = self.context.store.text(data.get("error")) or NO_VALUE
                self.refused = translate("Recipes", "The dry run broke off: {why}").format(why=why)

    def tick(self) -> None:
        """Follow the job."""
        mono_ns = self.context.clock.monotonic_ns()
        if self.job not in ("", "…") and mono_ns - self._asked_ns >= ASK_EVERY_NS:
            self._asked_ns = mono_ns
            self.context.port.fetch(f"/api/recipes/dry_run/{self.job}", {}, JOB_REPLY)

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def show_version(self, content: str, evidence: Obj, *, free: bool) -> None:
        """The report on record for this version, or the one that just ended; ``free``: another may be started."""
        if content != self._of:
            self._of, self.report, self.refused = content, None, ""
        if self.report is None:
            self.report = parse_report(evidence)
        self.tick()
        self.start.setText(translate("Recipes", "Start the dry run"))
        self.start.setEnabled(free and bool(content) and not self.job)
        self.said.setText(self.words())
        report = self.report
        for widget in (self.cards, self.spans, self.plot, self.legend):
            widget.setVisible(report is not None)
        self.rest.setSizePolicy(
            QSizePolicy.Policy.Preferred,
            QSizePolicy.Policy.Expanding if report is None else QSizePolicy.Policy.Fixed,
        )
        self._show_findings(report)
        if report is not None:
            self.cards.show_cards(self._cards(report))
            spans = [Span(self._unit(p.unit), self.context.store.text(p.name), p.start_s, p.end_s) for p in report.phases]
            self.spans.show_spans(spans, report.duration_s)
            self._show_curves(report)

    def words(self) -> str:
        """Where the dry run stands."""
        if self.job:
            done = number_text(100 * self.progress, 0, self.context.store.language)
            return translate("Recipes", "The dry run is under way: {pct} %").format(pct=done)
        if self.refused:
            return self.refused
        if self.report is None:
            return translate("Recipes", "No dry run of this version yet. It goes through the whole recipe on the simulated line.")
        return translate("Recipes", "Dry run passed.") if self.report.ok else translate("Recipes", "Dry run not passed.")

    def _unit(self, unit_id: str) -> str:
        unit = self.context.store.unit(unit_id)
        return unit.label if unit is not None else unit_id

    def _show_findings(self, report: Report | None) -> None:
        store = self.context.store
        found = report.findings if report is not None else ()
        self.findings.setVisible(bool(found))
        self.findings.setFixedHeight(self.context.look.px(54 * min(3, len(found)) + 2) if found else 0)
        self.findings.show_columns([Column("", 34), Column("", stretch=1.0)])
        self.findings.show_rows(
            [
                Row(str(i), (Cell("✕" if f.error else "!", bold=True), Cell(store.text(f.text), store.text(f.remedy))))
                for i, f in enumerate(sorted(found, key=lambda f: not f.error))
            ]
        )

    def _cards(self, report: Report) -> list[Card]:
        language = self.context.store.language
        unsafe = sum(not i.safe for i in report.interruptions)
        wrong = sum(not v.passed for v in report.verdicts)
        out = report.setpoints_outside
        yielded = NO_VALUE if report.yield_pct is None else f"{number_text(report.yield_pct, 1, language)}\u00a0%"
        charged = translate("Recipes", "packed {packed} of {charged}").format(
            packed=number_text(report.packed_kg, 1, language), charged=with_eu(report.charged_kg, 1, "kg", language)
        )
        lethal = max(report.lethality, key=lambda v: v.value or 0.0, default=None)
        return [
            Card(translate("Recipes", "Duration"), hours_text(report.duration_s), "", UNKNOWN),
            Card(translate("Recipes", "Yield"), yielded, charged, UNKNOWN),
            self._lethality(lethal),
            Card(
                translate("Recipes", "Critical limits"), self._of_all(len(report.verdicts) - wrong, len(report.verdicts)),
                translate("Recipes", "met"), ABOVE_LIMIT if wrong else WELL if report.verdicts else UNKNOWN,
            ),
            Card(
                translate("Recipes", "Safe when interrupted"),
                self._of_all(len(report.interruptions) - unsafe, len(report.interruptions)),
                translate("Recipes", "setpoints outside: {n}").format(n=out),
                ABOVE_LIMIT if unsafe or out else WELL if report.interruptions else UNKNOWN,
            ),
        ]  # fmt: skip

    def _lethality(self, figure: Verdict | None) -> Card:
        language, name = self.context.store.language, translate("Recipes", "Lethality F")
        if figure is None:
            return Card(name, NO_VALUE, "", UNKNOWN)
        need = (
            "" if figure.lo is None else translate("Recipes", "at least {n}").format(n=with_eu(figure.lo, 0, figure.eu, language))
        )
        verdict = UNKNOWN if figure.lo is None else WELL if figure.passed else ABOVE_LIMIT
        return Card(name, with_eu(figure.value, 1, figure.eu, language), need, verdict)

    def _of_all(self, good: int, count: int) -> str:
        return translate("Recipes", "{n} of {all}").format(n=good, all=count) if count else NO_VALUE

    # ---- curves -----------------------------------------------------------------------------------------------------

    def _toggle(self, tag: str) -> None:
        self._hidden ^= {tag}
        if self.report is not None:
            self._show_curves(self.report)

    def _show_curves(self, report: Report) -> None:
        store = self.context.store
        critical = {v.tag for v in (*report.verdicts, *report.lethality)}
        curves = self._chosen(report.curves, critical)
        ranges: dict[str, tuple[float, float]] = {}
        pens: list[PenLine] = []
        for i, curve in enumerate(curves):
            if curve.tag in self._hidden:
                continue
            eu = self._eu(curve)
            lo, hi = float(np.min(curve.v)), float(np.max(curve.v))
            known = ranges.get(eu, (lo, hi))
            ranges[eu] = (min(known[0], lo), max(known[1], hi))
            pens.append(PenLine(i, eu, curve.t, curve.v))
        scales = [ScaleRange(eu, *_widened(lo, hi), pen=-1, title=eu_text(eu, store.language)) for eu, (lo, hi) in ranges.items()]
        self.plot.show_pens(
            pens, scales, base_ns=midnight_ns(), left=0.0, right=max(60.0, report.duration_s), comma=store.language == "ru"
        )
        self.legend.show_entries([self._entry(c) for c in curves])

    def _chosen(self, curves: Sequence[Curve], critical: set[str]) -> list[Curve]:
        """What critical limits judge, then what is measured beside it in the same unit of measure: temperatures, not masses."""
        units = {tag.partition(".")[0] for tag in critical}
        measures = {self._eu(c) for c in curves if c.tag in critical}
        count = min(PENS_MAX, max(PENS, sum(c.tag in critical for c in curves)))

        def rank(curve: Curve) -> tuple[bool, bool, bool]:
            return curve.tag not in critical, self._eu(curve) not in measures, curve.tag.partition(".")[0] not in units

        return sorted(curves, key=rank)[:count]

    def _eu(self, curve: Curve) -> str:
        info = self.context.store.tag(curve.tag)
        return info.eu if info is not None else ""

    def _entry(self, curve: Curve) -> LegendEntry:
        store = self.context.store
        info = store.tag(curve.tag)
        name = store.text(info.text) if info is not None else curve.tag
        unit = self._unit(curve.tag.partition(".")[0])
        most = with_eu(float(np.max(curve.v)), 1, self._eu(curve), store.language)
        hidden = curve.tag in self._hidden
        return LegendEntry(curve.tag, f"{unit} {name}", translate("Recipes", "max {value}").format(value=most), "", True, hidden)


def _widened(lo: float, hi: float) -> tuple[float, float]:
    room = max(1.0, (hi - lo) * 0.06)
    return lo - room, hi + room


def report_of(reply: Obj) -> Obj:
    """The report on record in the answer about a version; empty when it has none."""
    return wire.obj(wire.obj(reply, "evidence"), "report") or wire.obj(reply, "report") or EMPTY
