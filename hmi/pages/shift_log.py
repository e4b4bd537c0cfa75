"""The shift log: what happened, in words, and what people wrote; of this shift and of those before."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages import shift_log_words as words
from hmi.pages.shift_log_desk import LogDesk
from hmi.pages.shift_log_dialogs import DraftDialog, EntryDialog, EntryView, FixDialog
from hmi.pages.tabbed import View
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.shift import current
from hmi.viewmodels.shift_log import CATEGORIES, Draft, LogFilter, LogRow, PastShift, ShiftLog, parse_shifts
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import TextDialog, label
from hmi.widgets.entrylist import Entry, EntryList
from hmi.widgets.photos import PhotoStore
from hmi.widgets.rowtable import Pager

LOG_REPLY: Final = "log.rows"
SHIFTS_REPLY: Final = "log.shifts"


class LogView(View):
    """Argument: '' for this shift, or the id of one before. Newest first; filters leave out, pages hold the rest."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.log = ShiftLog()
        self.wanted = LogFilter()
        self.shift = ""
        """The shift that was chosen; '' follows the one that is open."""
        self.shifts: list[PastShift] = []
        self.photos = PhotoStore(context, self._photo_came)
        self.desk = LogDesk(context, self.photos, self._taken)
        self._opened: DraftDialog | None = None
        self._viewed: EntryView | None = None
        self._reopen = ""
        self._was_live = True
        self._worded: tuple[tuple[LogRow, ...], object, list[Entry]] | None = None
        context.on_reply[LOG_REPLY] = self._take
        context.on_reply[SHIFTS_REPLY] = self._take_shifts
        self._build()

    def _build(self) -> None:
        px = self.context.look.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        bar = QHBoxLayout()
        bar.setSpacing(px(8))
        look = self.context.look
        self.which, self.groups, self.units, self.categories = (Dropdown(look) for _ in range(4))
        self.which.chosen.connect(self.choose)
        self.groups.chosen.connect(lambda key: self.narrow(replace(self.wanted, group=key)))
        self.units.chosen.connect(lambda key: self.narrow(replace(self.wanted, unit=key)))
        self.categories.chosen.connect(lambda key: self.narrow(replace(self.wanted, category=key)))
        self.field = QLineEdit()
        self.field.setMaxLength(100)
        self.field.textChanged.connect(self._typed)
        self.clear = button("✕", self.field.clear, role="compact")
        self.clear.setMinimumWidth(px(56))
        self.clear.setVisible(False)
        self.keyboard = button("⌨", lambda: void(self.open_keyboard()), role="compact")
        self.keyboard.setMinimumWidth(px(56))
        for widget in (self.which, self.groups, self.units, self.categories):
            bar.addWidget(widget)
        bar.addWidget(self.field, 1)
        bar.addWidget(self.clear)
        bar.addWidget(self.keyboard)
        column.addLayout(bar)
        self.list = EntryList(look, (84, 138), self.photos.picture)
        self.list.chosen.connect(self.open_entry)
        column.addWidget(self.list, 1)
        foot = QHBoxLayout()
        foot.setSpacing(px(10))
        self.told = label("", "label")
        self.pager = Pager(self.list)
        self.add = button("", lambda: void(self.open_new()), role="command")
        foot.addWidget(self.told, 1)
        foot.addWidget(self.pager)
        foot.addSpacing(px(24))
        foot.addWidget(self.add)
        column.addLayout(foot)

    # ---- view -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        self.log.again()
        self.photos.again()
        if argument:
            self.choose(argument)
        if self.context.store.live:
            self.context.port.fetch("/api/shifts", {}, SHIFTS_REPLY)

    def settled(self) -> bool:
        return self.log.complete

    def take_over(self, before: View) -> None:
        if isinstance(before, LogView):
            self.log, self.wanted, self.shift, self.shifts = before.log, before.wanted, before.shift, before.shifts
            self.photos.take_over(before.photos)
            self.desk.take_over(before.desk)
            self.field.setText(before.field.text())
            self._reopen = before.dialog_open()

    def dialog_open(self) -> str:
        """What is being written: ``new``, or the key of the entry that is corrected; '' while nothing is."""
        return "" if self._opened is None else self._opened.draft.of or "new"

    def retranslate(self) -> None:
        self.field.setPlaceholderText(translate("ShiftLog", "Search"))
        self.field.setAccessibleName(translate("ShiftLog", "Search in the shift log"))
        self.clear.setAccessibleName(translate("ShiftLog", "Clear"))
        self.keyboard.setAccessibleName(translate("ShiftLog", "On-screen keyboard"))

    def refresh(self) -> None:
        store = self.context.store
        if store.live and not self._was_live:
            self.log.again()
        self._was_live = store.live
        self.log.choose(self.shift or current(store).id)
        self.log.look(store)
        mono_ns = self.context.clock.monotonic_ns()
        if store.live and (path := self.log.request(mono_ns)):
            self.context.port.fetch(path, {}, LOG_REPLY)
        self.desk.follow()
        self._show()
        if self._reopen:
            key, self._reopen = self._reopen, ""
            void(self.open_new() if key == "new" else self.open_fix(key))

    def _show(self) -> None:
        store = self.context.store
        self._show_filters()
        made_of = (self.wanted, store.language, store.user, id(store.line))
        if self._worded is None or self._worded[0] is not self.log.rows or self._worded[1] != made_of:
            found = [words.log_entry(store, r) for r in self.log.shown(self.wanted, store.language)]
            self._worded = (self.log.rows, made_of, found)  # a long shift is worded again only when something is other
        rows = self._worded[2]
        self.list.show_entries(rows, self._empty())
        self.pager.refresh()
        draft = "" if self.desk.new.empty else " · " + translate("ShiftLog", "draft")
        self.add.setText(translate("ShiftLog", "New entry…") + draft)
        self.add.setEnabled(may(store, "operator"))
        told = ""
        if not may(store, "operator"):
            told = translate("ShiftLog", "Entries are written from {role} on").format(role=role_name("operator"))
        elif self.log.error:
            told = translate("ShiftLog", "The server does not give the log. Trying again…")
        elif self.wanted != LogFilter() and self.log.complete:
            told = translate("ShiftLog", "Shown: {n} of {all}").format(n=len(rows), all=len(self.log.rows))
        self.told.setText(told)
        if self._opened is not None:
            self._opened.refresh()
        if self._viewed is not None and (row := self.log.row(self._viewed.row.key)) is not None:
            self._viewed.show_row(row)

    def _empty(self) -> str:
        if not self.log.shift:
            return translate("ShiftLog", "There was no shift yet")
        if not self.log.complete:
            return translate("ShiftLog", "Reading…")
        if self.wanted != LogFilter() and self.log.rows:
            return translate("ShiftLog", "Nothing was found")
        return translate("ShiftLog", "Nothing has happened yet")

    def _show_filters(self) -> None:
        store, now = self.context.store, current(self.context.store)
        choices = [Choice("", translate("ShiftLog", "This shift"))]
        choices += [Choice(s.id, words.shift_words(store, s)) for s in self.shifts if s.id != now.id]
        self.which.show_choices(choices, self.shift)
        self.groups.show_choices([Choice(k, name()) for k, name in words.GROUP_NAMES.items()], self.wanted.group)
        units = [Choice("", translate("ShiftLog", "All units")), *(Choice(u.id, u.label) for u in store.units())]
        self.units.show_choices(units, self.wanted.unit)
        categories = [Choice("", translate("ShiftLog", "All categories"))]
        self.categories.show_choices(
            [*categories, *(Choice(c, words.category_name(c)) for c in CATEGORIES)], self.wanted.category
        )

    # ---- choosing ---------------------------------------------------------------------------------------------------

    def choose(self, shift: str) -> None:
        """The log of another shift; '' the one that is open."""
        self.shift = "" if shift == current(self.context.store).id else shift
        self.list.first_page()
        self.refresh()

    def narrow(self, wanted: LogFilter) -> None:
        """Show what this leaves."""
        self.wanted = wanted
        self.list.first_page()
        self._show()

    def _typed(self, text: str) -> None:
        self.clear.setVisible(bool(text))
        self.narrow(replace(self.wanted, words=text.strip()))

    def open_keyboard(self) -> TextDialog:
        """Type what to look for on the screen."""
        title = translate("ShiftLog", "Search in the shift log")
        look, language = self.context.look, self.context.store.language
        made = TextDialog(look, language, title, self.field.setText, text=self.field.text(), parent=self)
        made.open()
        return made

    # ---- writing ----------------------------------------------------------------------------------------------------

    def open_new(self) -> EntryDialog:
        """Write an entry; the unit that is looked at is proposed."""
        if self.desk.new.empty and not self.desk.new.unit:
            self.desk.new.unit = self.wanted.unit
        made = EntryDialog(self.context, self.desk, self)
        self._open(made)
        return made

    def open_fix(self, key: str) -> FixDialog | None:
        """Correct an entry."""
        row = self.log.row(key)
        if row is None:
            return None
        made = FixDialog(self.context, self.desk, row, self)
        self._open(made)
        return made

    def _open(self, made: DraftDialog) -> None:
        self._opened = made
        made.finished.connect(self._closed)
        made.open()

    def _closed(self, result: int) -> None:
        self._opened = None
        self._show()

    def open_entry(self, key: str) -> EntryView | None:
        """An entry whole; what the journal says itself stands in the list as it is."""
        row = self.log.row(key)
        if row is None or row.auto:
            return None
        made = EntryView(self.context, self.photos, row, lambda k: void(self.open_fix(k)), self)
        self._viewed = made
        made.finished.connect(self._view_closed)
        made.open()
        return made

    def _view_closed(self, result: int) -> None:
        self._viewed = None

    def _taken(self, draft: Draft) -> None:
        if self._opened is not None and self._opened.draft is draft:
            self._opened.accept()
        self.shift = ""
        self.log.again()
        self.list.first_page()

    def _photo_came(self) -> None:
        self.list.update()
        if self.isVisible():
            self._show()

    # ---- answers ----------------------------------------------------------------------------------------------------

    def _take(self, reply: Obj) -> None:
        if self.log.take(reply, self.context.clock.monotonic_ns()) and self.isVisible():
            self._show()

    def _take_shifts(self, reply: Obj) -> None:
        if wire.integer(reply, "status") == 200:
            self.shifts = parse_shifts(wire.obj(reply, "data"))
            if self.isVisible():
                self._show()


def void(_: object) -> None:
    """For a slot whose answer nobody needs."""
