"""Trends: up to eight pens over minutes or hours, live and history in one line, with quality, alarms and a cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.saving import documents
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.eventlog import EventLog
from hmi.viewmodels.exporting import Export, begun, due, ended, params, told
from hmi.viewmodels.format import NO_VALUE, clock_text, date_text, duration_text, file_stamp, with_eu
from hmi.viewmodels.samples import staircase, stretches
from hmi.viewmodels.trends import (
    RANGES_S,
    TrendModel,
    first_choice,
    number_words,
    pen_name,
    scale_name,
    value_range,
    with_setpoint,
)
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.exportdialog import ExportDialog
from hmi.widgets.penlegend import LegendEntry, PenLegend
from hmi.widgets.penplot import Mark, PenLine, PenPlot, ScaleRange, seconds_since
from hmi.widgets.tagpicker import TagPicker
from line.clock import NS_PER_S
from line.quality import is_bad, is_good

HISTORY_REPLY: Final = "trends.history"
ALARMS_REPLY: Final = "trends.alarms"
EXPORT_REPLY: Final = "trends.export"
SHARE_REPLY: Final = "trends.export.share"
DAY_S: Final = 86_400.0
RANGE_NAMES: Final[dict[int, Callable[[], str]]] = {
    600: lambda: translate("Trends", "10 min"),
    3600: lambda: translate("Trends", "1 h"),
    28_800: lambda: translate("Trends", "8 h"),
    86_400: lambda: translate("Trends", "1 d"),
    2_592_000: lambda: translate("Trends", "30 d"),
}


class TrendsPage(Page):
    """Everything it shows follows from :class:`hmi.viewmodels.trends.TrendModel`."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.base_ns = context.now_ns()
        self.model = TrendModel(self.base_ns)
        self.log = EventLog("alarm", wanted=500)
        self._ranges: dict[str, tuple[float, float]] = {}
        self._was_live = False
        self._looked_ns = 0
        context.on_reply[HISTORY_REPLY] = self._take_history
        context.on_reply[ALARMS_REPLY] = self._take_alarms
        self.export = Export()
        self._export_dialog: ExportDialog | None = None
        context.on_reply[EXPORT_REPLY] = lambda reply: self._take_export(ended(self.export, reply))
        context.on_reply[SHARE_REPLY] = lambda reply: self._take_export(told(self.export, reply))
        layout = page_layout(self)
        layout.addLayout(self._build_head())
        self.pane = Pane(context)
        self.pane.title.setVisible(False)
        self.plot = PenPlot(context.look)
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.plot.moved.connect(self._moved)
        self.plot.tapped.connect(self._tapped)
        self.empty = label("", "label", wrap=True)
        self.pane.body.addWidget(self.empty)
        self.pane.body.addWidget(self.plot, 1)
        self.legend = PenLegend(context.look)
        self.legend.touched.connect(self._toggle)
        self.pane.body.addWidget(self.legend)
        self.pane.body.setSpacing(px(4))
        layout.addWidget(self.pane, 1)

    def _build_head(self) -> QHBoxLayout:
        px = self.context.look.px
        row = QHBoxLayout()
        row.setSpacing(px(6))
        self.pick = button("", self.open_picker, role="compact")
        row.addWidget(self.pick)
        row.addSpacing(px(10))
        self.range_buttons: dict[int, QPushButton] = {}
        for seconds in RANGES_S:
            made = button("", lambda s=seconds: self._show_range(s), role="compact")
            made.setCheckable(True)
            row.addWidget(made)
            self.range_buttons[seconds] = made
        row.addSpacing(px(10))
        self.steps: dict[str, QPushButton] = {}
        for key, text, slot in (
            ("back", "◂", lambda: self._pan(-0.5)), ("forward", "▸", lambda: self._pan(0.5)),
            ("out", "−", lambda: self._zoom(2.0)), ("in", "+", lambda: self._zoom(0.5)),
        ):  # fmt: skip
            made = button(text, slot, role="compact")
            made.setFixedWidth(px(52))
            row.addWidget(made)
            self.steps[key] = made
        self.now = button("", self._go_live, role="compact")
        row.addWidget(self.now)
        row.addSpacing(px(10))
        self.to_file = button("", role="compact")
        self.to_file.clicked.connect(lambda *_: self.open_export())
        row.addWidget(self.to_file)
        row.addStretch(1)
        self.place = label("", "label")
        row.addWidget(self.place)
        self.no_cursor = button("", lambda: self._set_cursor(None), role="compact")
        row.addWidget(self.no_cursor)
        return row

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        """``TAG`` shows it live with its setpoint, ``TAG@NS`` the ten minutes around a time (UTC ns)."""
        tag, _, moment = argument.partition("@")
        now_ns = self.context.now_ns()
        if tag:
            self.model.choose(with_setpoint(self.context.store, tag))
            self.model.show(RANGES_S[0], now_ns)
        if moment.isdecimal():
            half_ns = RANGES_S[0] * NS_PER_S // 2
            self.model.move(int(moment) - half_ns, int(moment) + half_ns, now_ns, self.context.clock.monotonic_ns())
        elif not self.model.tags:
            self.model.choose(first_choice(self.context.store))
        self.model.reload()
        self.model.seed(self.context.store, now_ns)
        self.log.restart()

    def settled(self) -> bool:
        return self.model.settled and self.log.complete

    def apply_look(self) -> None:
        self.plot.apply_look()

    def retranslate(self) -> None:
        self.pick.setText(translate("Trends", "Tags…"))
        for seconds, made in self.range_buttons.items():
            made.setText(RANGE_NAMES[seconds]())
        self.now.setText(translate("Trends", "Now"))
        self.to_file.setText(translate("Trends", "File…"))
        self.no_cursor.setText(translate("Trends", "Hide cursor"))
        self.empty.setText(translate("Trends", "No tags are chosen. Touch “Tags…” and choose up to eight."))

    def refresh(self) -> None:
        store, now_ns, mono_ns = self.context.store, self.context.now_ns(), self.context.clock.monotonic_ns()
        model = self.model
        if store.live and (not self._was_live or mono_ns - self._looked_ns > 5 * NS_PER_S):
            model.reload()
        self._was_live, self._looked_ns = store.live, mono_ns
        if not model.tags:
            model.choose(first_choice(store))
        model.follow(now_ns)
        model.live(store, now_ns)
        self.log.live(store)
        if store.live:
            self._ask(now_ns, mono_ns)
        self._draw(now_ns)
        self._refresh_head(now_ns)
        self._refresh_export(mono_ns)

    def _ask(self, now_ns: int, mono_ns: int) -> None:
        wanted = self.model.request(now_ns, mono_ns)
        if wanted is not None:
            self.context.port.fetch("/api/history", wanted, HISTORY_REPLY)
        events = self.log.request(mono_ns)
        if events is not None:
            self.context.port.fetch("/api/events", events, ALARMS_REPLY)

    def _take_history(self, reply: Obj) -> None:
        self.model.take(reply)
        if self.isVisible():
            self._draw(self.context.now_ns())

    def _take_alarms(self, reply: Obj) -> None:
        self.log.take(reply)

    # ---- drawing ----------------------------------------------------------------------------------------------------

    def _draw(self, now_ns: int) -> None:
        store, model, base = self.context.store, self.model, self.base_ns
        span = model.span
        left, right = seconds_since(base, span.start_ns), seconds_since(base, span.end_ns)
        end_ns = min(now_ns, span.end_ns)
        pens: list[PenLine] = []
        for index, tag in enumerate(model.tags):
            if tag in model.hidden:
                continue
            window = model.samples[tag].all()
            x, y = staircase(window, base, now_ns)
            first = max(0, int(x.searchsorted(left)) - 1)
            last = int(x.searchsorted(right, side="right")) + 1
            hatches = tuple(
                (seconds_since(base, max(s.start_ns, span.start_ns)), seconds_since(base, min(s.end_ns, end_ns)), s.bad)
                for s in stretches(window, now_ns) if s.end_ns > span.start_ns and s.start_ns < end_ns
            )  # fmt: skip
            pens.append(PenLine(index, scale_name(store, tag), x[first:last], y[first:last], hatches))
        self.plot.show_pens(pens, self._scales(pens), base_ns=base, left=left, right=right, comma=store.language == "ru")
        self.plot.show_marks(self._marks())
        self.plot.show_cursor(None if model.cursor_ns is None else seconds_since(base, model.cursor_ns))
        self.plot.setVisible(bool(model.tags))
        self.empty.setVisible(not model.tags)
        self.legend.show_entries(
            [
                LegendEntry(t, pen_name(store, t), model.value_text(store, t), self.cursor_text(t), store.value(t).good,
                            t in model.hidden)
                for t in model.tags
            ]
        )  # fmt: skip

    def cursor_text(self, tag: str) -> str:
        """Value and quality at the cursor, in words; empty without a cursor, a dash where nothing is stored."""
        if self.model.cursor_ns is None:
            return ""
        held = self.model.at_cursor(tag)
        if held is None:
            return NO_VALUE
        value, status = held
        shown = number_words(self.context.store, tag, value)
        if is_good(status):
            return shown
        word = translate("Faceplate", "Bad") if is_bad(status) else translate("Faceplate", "Uncertain")
        return f"? {word}" if value is None else f"? {shown} {word}"

    def _scales(self, pens: list[PenLine]) -> list[ScaleRange]:
        names = list(dict.fromkeys(p.scale for p in pens))
        found: list[ScaleRange] = []
        for name in names:
            own = [p for p in pens if p.scale == name]
            lo, hi = value_range([p.y for p in own], self._ranges.get(name)) if name != "0/1" else (-0.2, 1.4)
            self._ranges[name] = (lo, hi)
            shown = pen_name(self.context.store, name) if self.context.store.tag(name) is not None else name
            found.append(ScaleRange(name, lo, hi, own[0].index if len(own) == 1 else -1, shown))
        self._ranges = {name: self._ranges[name] for name in names}
        return found

    def _marks(self) -> list[Mark]:
        store, span = self.context.store, self.model.span
        alarms = store.line.alarms if store.line else {}
        wanted = set(self.model.tags) - self.model.hidden
        found: list[Mark] = []
        for event in self.log.events():
            info = alarms.get(event.source)
            raised = wire.text(event.data, "to") == "unack_active"
            if raised and info is not None and info.tag in wanted and span.start_ns <= event.time_ns <= span.end_ns:
                found.append(Mark(seconds_since(self.base_ns, event.time_ns), min(4, max(1, info.priority))))
        return found

    def _refresh_head(self, now_ns: int) -> None:
        model, store = self.model, self.context.store
        for seconds, made in self.range_buttons.items():
            made.setChecked(model.span.live and abs(model.span.seconds - seconds) < 1)
        self.now.setEnabled(not model.span.live)
        self.to_file.setEnabled(bool(model.tags))
        self.steps["forward"].setEnabled(not model.span.live)
        self.no_cursor.setVisible(model.cursor_ns is not None)
        if model.cursor_ns is not None:
            self.place.setText(translate("Trends", "cursor {time}").format(time=clock_text(model.cursor_ns)))
        elif model.span.live:
            days = round(model.span.seconds / DAY_S)
            lasts = duration_text(model.span.seconds) if model.span.seconds < DAY_S else with_eu(days, 0, "d", store.language)
            self.place.setText(translate("Trends", "live · {span}").format(span=lasts))
        elif model.span.seconds < DAY_S:
            text = f"{date_text(model.span.end_ns)} {clock_text(model.span.start_ns)}…{clock_text(model.span.end_ns)}"
            self.place.setText(text)
        else:
            self.place.setText(f"{date_text(model.span.start_ns)} … {date_text(model.span.end_ns)}")

    # ---- what it does -----------------------------------------------------------------------------------------------

    def open_picker(self) -> None:
        """Choose tags."""
        TagPicker(self.context, self.model.tags, self._choose, self).open()

    def open_export(self) -> ExportDialog:
        """What is shown, as a file."""
        if not self.export.running:
            self.export = Export()
        made = ExportDialog(self.context, self.model.tags, self.model.span, self.save, self)
        made.show_export(self.export)
        made.finished.connect(lambda *_: setattr(self, "_export_dialog", None))
        self._export_dialog = made
        made.open()
        return made

    def save(self, as_format: str, period_ms: int, folder: Path | None = None) -> None:
        """Begin to write the stretch that is shown into the folder for documents."""
        now_ns, mono_ns, span = self.context.now_ns(), self.context.clock.monotonic_ns(), self.model.span
        file = (folder or documents()) / f"trend-{file_stamp(now_ns)}.{as_format}"
        self._take_export(begun(f"trend-{now_ns}", file, mono_ns))
        asked = params(
            self.model.tags, max(0, span.start_ns), min(now_ns, span.end_ns), as_format, period_ms, self.context.store.language,
            self.export.job,
        )  # fmt: skip
        self.context.port.download("/api/export", asked, file, EXPORT_REPLY)

    def _refresh_export(self, mono_ns: int) -> None:
        if self.context.store.live and due(self.export, mono_ns):
            self.export = replace(self.export, asked_ns=mono_ns)
            self.context.port.fetch(f"/api/export/progress/{self.export.job}", {}, SHARE_REPLY)

    def _take_export(self, export: Export) -> None:
        self.export = export
        if self._export_dialog is not None:
            self._export_dialog.show_export(export)

    def _choose(self, tags: list[str]) -> None:
        self.model.choose(tags)
        self.model.seed(self.context.store, self.context.now_ns())
        self.refresh()

    def _toggle(self, tag: str) -> None:
        self.model.toggle(tag)
        self._draw(self.context.now_ns())

    def _show_range(self, seconds: int) -> None:
        self.model.show(seconds, self.context.now_ns())
        self.refresh()

    def _go_live(self) -> None:
        self._show_range(int(self.model.span.seconds))

    def _pan(self, share: float) -> None:
        self.model.pan(share, self.context.now_ns(), self.context.clock.monotonic_ns())
        self.refresh()

    def _zoom(self, factor: float) -> None:
        self.model.zoom(factor, self.context.now_ns(), self.context.clock.monotonic_ns())
        self.refresh()

    def _moved(self, left: float, right: float) -> None:
        start_ns, end_ns = (self.base_ns + int(edge * NS_PER_S) for edge in (left, right))
        self.model.move(start_ns, end_ns, self.context.now_ns(), self.context.clock.monotonic_ns())

    def _tapped(self, x: float) -> None:
        self._set_cursor(self.base_ns + int(x * NS_PER_S))

    def _set_cursor(self, time_ns: int | None) -> None:
        self.model.cursor_ns = time_ns
        self.refresh()
