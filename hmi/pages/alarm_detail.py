"""The pane beside the alarm lists: what to do, who was told, how it is configured, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages.alarm_actions import AlarmActions
from hmi.pages.alarm_around import HEIGHT, AroundTrend
from hmi.pages.alarm_told import next_words, told_entries
from hmi.pages.alarm_words import Fact, operate_why, remove_why, settings, shelve_why
from hmi.pages.base import Pane
from hmi.texts import translate
from hmi.viewmodels.alarm_escalation import runs_of
from hmi.viewmodels.alarm_page import steps_of
from hmi.viewmodels.alarms import alarm_info
from hmi.viewmodels.line_info import AlarmInfo
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.indicators import AlarmSymbol
from hmi.widgets.steplist import StepEntry, StepList
from hmi.widgets.whydialog import ask_why

PARTS: Final = ("do", "told", "settings")


@dataclass(frozen=True)
class Detail:
    """What the pane shows. ``live`` lets the trend run on to now, else it ends a little after ``time_ns``.

    ``mode`` is the list it comes from: now, journal, or the state of a hidden alarm. ``lines`` stand under the headline,
    ``facts`` are what the journal recorded.
    """

    alarm: str
    tag: str
    unit: str
    priority: int
    flashing: bool
    headline: str
    time_ns: int
    limit: float | None
    eu: str
    live: bool
    lines: tuple[str, ...] = ()
    response_s: int = 0
    mode: str = "now"
    facts: tuple[Fact, ...] = ()


class WhatToDo(QWidget):
    """Cause, consequence, numbered response; the trend below while there is room for it."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        px = context.look.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(3))
        self.captions = [label("", "title") for _ in range(3)]
        self.texts = [label("", "", wrap=True) for _ in range(3)]
        for caption, text in zip(self.captions, self.texts, strict=True):
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            column.addWidget(caption)
            column.addWidget(text)
            column.addSpacing(px(3))
        self.escalation = label("", "strong", wrap=True)
        column.addWidget(self.escalation)
        self.around = AroundTrend(context)
        column.addWidget(self.around, 100)
        column.addStretch(1)

    def show_detail(self, detail: Detail, info: AlarmInfo | None) -> None:
        """Show this alarm."""
        store = self.context.store
        captions = [translate("Alarms", "Cause"), translate("Alarms", "Consequence"), translate("Alarms", "What to do")]
        texts = ["", "", ""]
        if info is not None:
            if detail.response_s:
                captions[2] = translate("Alarms", "What to do · respond within {n} min").format(n=detail.response_s // 60)
            steps = "\n".join(f"{i}. {s}" for i, s in enumerate(steps_of(store.text(info.response)), start=1))
            texts = [store.text(info.cause), store.text(info.consequence), steps]
        for caption, text, caption_text, words in zip(self.captions, self.texts, captions, texts, strict=True):
            caption.setText(caption_text)
            text.setText(words)
            caption.setVisible(bool(words))
            text.setVisible(bool(words))
        runs = runs_of(store, detail.alarm) if detail.mode == "now" else []
        self.escalation.setText(next_words(runs, self.context.now_ns()))
        self.escalation.setVisible(bool(runs))
        shown = self.around.can_show(detail.tag) and self._room() >= self.context.look.px(HEIGHT)
        if shown:
            self.around.show_around(detail.tag, detail.time_ns, detail.limit, detail.eu, live=detail.live)
        self.around.setVisible(shown)

    def _room(self) -> float:
        """Height that the texts leave."""
        px, width = self.context.look.px, max(1, self.width())
        taken = self.escalation.heightForWidth(width) + px(3) if self.escalation.text() else 0
        for caption, text in zip(self.captions, self.texts, strict=True):
            if text.text():
                taken += caption.sizeHint().height() + px(3) + text.heightForWidth(width) + px(6)
        return self.height() - taken


class AlarmDetail(Pane):
    """Built once; :meth:`show_detail` with None empties it. ``history`` is called to show the journal of one alarm."""

    def __init__(self, context: PanelContext, history: Callable[[str], None]) -> None:
        super().__init__(context)
        self.context = context
        self.deeds = AlarmActions(context, self)
        self._history = history
        self.detail: Detail | None = None
        px = context.look.px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        self.symbol = AlarmSymbol(context.look)
        self.symbol.setFixedSize(px(22), px(22))
        head.addWidget(self.symbol, 0, Qt.AlignmentFlag.AlignTop)
        self.title.setWordWrap(True)
        self.title.setMinimumWidth(px(80))
        self.body.removeWidget(self.title)
        head.addWidget(self.title, 1)
        self.body.addLayout(head)
        self.lines = label("", "small", wrap=True)
        self.lines.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addWidget(self.lines)
        self.tabs = Tabs(context.look, PARTS)
        self.tabs.chosen.connect(lambda key: self.show_detail(self.detail))
        self.body.addWidget(self.tabs)
        self.stack = QStackedWidget()
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.do = WhatToDo(context)
        self.told, self.facts = StepList(context.look), StepList(context.look)
        for part in (self.do, self.told, self.facts):
            self.stack.addWidget(part)
        self.body.addWidget(self.stack, 100)
        self.why = label("", "small", wrap=True)
        self.why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addWidget(self.why)
        self.shelve = button("", lambda: self._act(self.deeds.open_shelve), role="compact")
        self.remove = button("", lambda: self._act(self.deeds.open_remove), role="compact")
        self.comment = button("", lambda: self._act(self.deeds.open_comment), role="compact")
        self.to_unit = button("", lambda: self._open("unit"), role="compact")
        self.to_trend = button("", lambda: self._open("trends"), role="compact")
        self.to_history = button("", self._show_history, role="compact")
        self.ask_why = button("", self._open_why, role="compact")
        for row in ((self.shelve, self.remove, self.comment), (self.to_unit, self.to_trend, self.to_history, self.ask_why)):
            self.body.addLayout(self._row(row))

    def _row(self, made: tuple[QPushButton, ...]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.context.look.px(8))
        for one in made:
            row.addWidget(one)
        row.addStretch(1)
        return row

    def _act(self, open_dialog: Callable[[str, str], object]) -> None:
        if self.detail is not None:
            open_dialog(self.detail.alarm, self.detail.headline)

    def _show_history(self) -> None:
        if self.detail is not None:
            self._history(self.detail.alarm)

    def _open_why(self) -> None:
        """The causes of the alarm at its moment."""
        if self.detail is not None:
            at_ns = 0 if self.detail.live else self.detail.time_ns
            ask_why(self.context, self.detail.alarm, self.detail.headline, self, at_ns=at_ns)

    def _open(self, page: str) -> None:
        if self.detail is None:
            return
        moment = "" if self.detail.live else f"@{self.detail.time_ns}"
        self.context.navigate(page, self.detail.unit if page == "unit" else f"{self.detail.tag}{moment}")

    def apply_look(self) -> None:
        """The palette has changed."""
        self.do.around.apply_look()

    def settled(self) -> bool:
        """False while the history of the alarm's tag is awaited."""
        return self.do.around.settled()

    def retranslate(self) -> None:
        """Fixed texts."""
        self.to_unit.setText(translate("Alarms", "Unit") + " ▸")
        self.to_trend.setText(translate("Alarms", "Trend") + " ▸")
        self.to_history.setText(translate("Alarms", "Its journal") + " ▸")
        self.ask_why.setText(translate("Why", "Why?"))
        self.shelve.setText(translate("Alarms", "Shelve…"))
        self.remove.setText(translate("Alarms", "Out of service…"))
        self.comment.setText(translate("Alarms", "Action taken…"))
        self.tabs.set_text("do", translate("Alarms", "What to do"))

    def show_detail(self, detail: Detail | None) -> None:
        """Show this alarm."""
        self.detail = detail
        for widget in (self.symbol, self.lines, self.tabs, self.stack):
            widget.setVisible(detail is not None)
        self.title.setText(detail.headline if detail is not None else "")
        self._refresh_buttons(detail)
        if detail is None:
            return
        store = self.context.store
        info = alarm_info(store, detail.alarm)
        self.symbol.show_priority(detail.priority, flashing=detail.flashing)
        self.lines.setText("\n".join(detail.lines))
        self.lines.setVisible(bool(detail.lines))
        told = told_entries(store, detail.alarm, self.context.now_ns())
        journal = detail.mode == "journal"
        self.tabs.set_text("told", translate("Alarms", "Record") if journal else translate("Alarms", "Escalation"))
        self.tabs.set_text("settings", translate("Alarms", "Settings"))
        self.stack.setCurrentIndex(PARTS.index(self.tabs.current))
        if journal:
            self.told.show_entries([StepEntry(name, value) for name, value in detail.facts])
        else:
            self.told.show_entries(told or [StepEntry(translate("Alarms", "Nothing is escalated for this alarm."))])
        facts = settings(store, info) if info is not None else []
        self.facts.show_entries([StepEntry(name, value) for name, value in facts])
        self.do.show_detail(detail, info)

    def _refresh_buttons(self, detail: Detail | None) -> None:
        store, mode = self.context.store, detail.mode if detail is not None else ""
        info = (alarm_info(store, detail.alarm) if detail is not None else None) or AlarmInfo(
            "", priority=detail.priority if detail is not None else 4
        )
        self.shelve.setVisible(mode == "now")
        self.remove.setVisible(mode in ("now", "shelved", "suppressed"))
        self.comment.setVisible(mode == "now")
        no_shelving, no_removing, nothing = shelve_why(store, info), remove_why(store), operate_why(store)
        self.shelve.setEnabled(store.live and not (nothing or no_shelving))
        self.remove.setEnabled(store.live and not no_removing)
        self.comment.setEnabled(store.live and not nothing)
        reasons = {"now": [no_shelving, no_removing], "shelved": [no_removing], "suppressed": [no_removing]}.get(mode, [])
        said = " · ".join(t for t in ([nothing] if nothing and mode == "now" else reasons) if t)
        self.why.setText(said)
        self.why.setVisible(bool(said))
        self.to_unit.setVisible(detail is not None and store.unit(detail.unit) is not None)
        self.to_trend.setVisible(detail is not None and store.tag(detail.tag) is not None)
        self.to_history.setVisible(detail is not None and bool(info.id))
