"""The journal of alarms on the alarm page: the list, its search bar, and the export to a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from hmi.context import PanelContext
from hmi.pages import alarm_journal_words as words
from hmi.pages.alarm_detail import Detail
from hmi.pages.alarm_lists import Listing, day_text
from hmi.saving import SavedFile
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_journal import KINDS, JournalLog, JournalQuery
from hmi.viewmodels.alarm_page import Filter, headline
from hmi.viewmodels.alarms import alarm_info
from hmi.viewmodels.eventlog import LogEvent
from hmi.viewmodels.format import clock_text
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import TextDialog
from hmi.widgets.rowtable import Cell, Column, Row
from line.clock import NS_PER_S

JOURNAL_REPLY: Final = "alarms.journal"
EXPORT_REPLY: Final = "alarms.export"
PATH: Final = "/api/alarm_journal"
TYPED_AFTER_NS: Final = NS_PER_S // 2
"""A search begins so long after the last letter, or at once with Enter."""
KIND_WORDS: Final[dict[str, Callable[[], str]]] = {
    "": lambda: translate("Journal", "All records"),
    "alarm": lambda: translate("Journal", "Alarms"),
    "escalation": lambda: translate("Journal", "Escalation"),
    "notice": lambda: translate("Journal", "Notices"),
    "call": lambda: translate("Journal", "Calls"),
}


class JournalList(Listing):
    """Rows as the server sends them, newest first; ``changed`` is called when an answer has come."""

    def __init__(self, context: PanelContext, changed: Callable[[], None]) -> None:
        super().__init__(context)
        self._changed = changed
        self.log = JournalLog()
        self.query = JournalQuery()
        self._keys: list[str] = []
        self._keys_of: list[LogEvent] | None = None
        context.on_reply[JOURNAL_REPLY] = self._take
        self.saved = SavedFile(context, EXPORT_REPLY, changed)

    # ---- asking -----------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Fetch what is wanted next."""
        self.log.look_for(replace(self.query, unit=self.wanted.unit, priority=self.wanted.priority))
        if self.context.store.live:
            params = self.log.request(self.context.clock.monotonic_ns())
            if params is not None:
                self.context.port.fetch(PATH, params, JOURNAL_REPLY)

    def _take(self, reply: Obj) -> None:
        self.log.take(reply)
        self._changed()

    def export(self, folder: Path | None = None) -> None:
        """Save what the filters leave, all of it, as CSV."""
        wanted = replace(self.query, unit=self.wanted.unit, priority=self.wanted.priority)
        params: Obj = {**wanted.params(), "language": self.context.store.language}
        self.saved.save(f"{PATH}.csv", params, "alarm-journal", "csv", folder)

    # ---- showing ----------------------------------------------------------------------------------------------------

    def keys(self) -> Sequence[str]:
        if self._keys_of is not self.log.rows():
            self._keys_of = self.log.rows()
            self._keys = [str(e.seq) for e in self._keys_of]
        return self._keys

    def columns(self) -> list[Column]:
        return [
            Column(translate("Alarms", "Pr."), 42), Column(translate("Alarms", "Time"), 84),
            Column(translate("Journal", "About"), stretch=1.0), Column(translate("Alarms", "Value"), 110),
            Column(translate("Journal", "What happened"), 190), Column(translate("Alarms", "Who"), 74),
        ]  # fmt: skip

    def row(self, key: str) -> Row:
        store, event = self.context.store, self.log.row(key)
        if event is None:
            return Row(key, ())
        raised = event.kind == "alarm" and wire.text(event.data, "to") == "unack_active" != wire.text(event.data, "from")
        return Row(
            key,
            (
                Cell(symbol=words.priority_of(store, event)),
                Cell(clock_text(event.time_ns), day_text(self.context, event.time_ns)),
                Cell(words.subject(store, event), bold=raised),
                Cell(words.value_of(store, event), role="value", bold=raised),
                Cell(words.what(store, event), words.more(store, event), role="ink" if raised else "label"),
                Cell(words.who(store, event), role="label"),
            ),
        )

    def empty(self) -> str:
        if self.log.error:
            return translate("Journal", "The server does not give the journal. Trying again…")
        if not self.log.complete:
            return translate("Alarms", "Reading…")
        anything = replace(self.query, unit=self.wanted.unit, priority=self.wanted.priority) == JournalQuery()
        return translate("Journal", "The journal has no alarms") if anything else translate("Journal", "Nothing was found")

    def detail(self) -> Detail | None:
        store, event = self.context.store, self.log.row(self.selected)
        if event is None:
            return None
        alarm = words.alarm_id(event)
        info = alarm_info(store, alarm)
        limit = wire.number(event.data, "limit")
        day = day_text(self.context, event.time_ns)
        lines = [f"{day} {clock_text(event.time_ns)} · {words.what(store, event)}".strip(), words.more(store, event)]
        return Detail(
            alarm, info.tag if info else wire.text(event.data, "tag"), event.unit or (info.unit if info else ""),
            words.priority_of(store, event), False, words.subject(store, event), words.moment_ns(event),
            limit if info is None or info.against_value else None, wire.text(event.data, "eu"), live=False,
            lines=tuple(t for t in lines if t), mode="journal", facts=tuple(words.facts(store, event)),
        )  # fmt: skip


class SearchBar(QWidget):
    """Text to look for, kinds of records, and the one alarm that the journal is narrowed to."""

    def __init__(self, context: PanelContext, journal: JournalList, changed: Callable[[], None]) -> None:
        super().__init__()
        self.context, self.journal, self._changed = context, journal, changed
        self._typed_mono_ns: int | None = None
        px = context.look.px
        row = QHBoxLayout(self)
        row.setContentsMargins(0, px(4), 0, px(4))
        row.setSpacing(px(8))
        self.field = QLineEdit()
        self.field.setMaxLength(100)
        self.field.textEdited.connect(self._typed)
        self.field.textChanged.connect(self._cleared)
        self.field.returnPressed.connect(self.search)
        self.clear = button("✕", self.field.clear, role="compact")
        self.clear.setMinimumWidth(px(56))
        self.clear.setVisible(False)
        self.keyboard = button("⌨", role="compact")
        self.keyboard.clicked.connect(lambda *_: self.open_keyboard())
        self.keyboard.setMinimumWidth(px(56))
        self.kinds = Dropdown(context.look)
        self.kinds.chosen.connect(self._kind)
        self.only = button("", self._all_alarms, role="compact")
        row.addWidget(self.field, 1)
        row.addWidget(self.clear)
        row.addWidget(self.keyboard)
        row.addWidget(self.only)
        row.addWidget(self.kinds)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.field.setPlaceholderText(translate("Journal", "Search: alarm, tag, who, reason"))
        self.field.setAccessibleName(translate("Journal", "Search"))
        self.clear.setAccessibleName(translate("Journal", "Clear"))
        self.keyboard.setAccessibleName(translate("Journal", "On-screen keyboard"))

    def refresh(self) -> None:
        """Begin the search that was typed a moment ago; show what the journal is narrowed to."""
        typed = self._typed_mono_ns
        if typed is not None and self.context.clock.monotonic_ns() - typed >= TYPED_AFTER_NS:
            self.search()
        query, store = self.journal.query, self.context.store
        self.kinds.show_choices([Choice(k, KIND_WORDS[k]()) for k in ("", *KINDS)], query.kind)
        info = alarm_info(store, query.alarm)
        name = headline(store, info.unit, info.text) if info is not None else query.alarm
        text = f"✕ {name}" if len(name) <= 30 else f"✕ {name[:29]}…"
        self.only.setText(text.replace("&", "&&"))
        self.only.setVisible(bool(query.alarm))

    def _typed(self, text: str) -> None:
        self._typed_mono_ns = self.context.clock.monotonic_ns()

    def _cleared(self, text: str) -> None:
        self.clear.setVisible(bool(text))
        if not text:
            self.search()

    def search(self) -> None:
        """Look for what is typed, now."""
        self._typed_mono_ns = None
        self._narrow(replace(self.journal.query, text=self.field.text().strip()))

    def open_keyboard(self) -> TextDialog:
        """Type on the screen."""
        title = translate("Journal", "Search in the journal")
        made = TextDialog(
            self.context.look, self.context.store.language, title, self._take, text=self.field.text(), parent=self.window()
        )
        made.open()
        return made

    def _take(self, text: str) -> None:
        self.field.setText(text)
        self.search()

    def _kind(self, kind: str) -> None:
        self._narrow(replace(self.journal.query, kind=kind))

    def _all_alarms(self) -> None:
        self._narrow(replace(self.journal.query, alarm=""))

    def only_alarm(self, alarm: str) -> None:
        """Show the history of one alarm, all of it."""
        self.field.clear()
        self.journal.wanted = Filter()
        self._narrow(JournalQuery(alarm=alarm))

    def _narrow(self, query: JournalQuery) -> None:
        if query != self.journal.query:
            self.journal.query = query
            self._changed()
