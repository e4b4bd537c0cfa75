"""Alarms: what stands now, what was, what is kept silent; with cause, consequence, what to do, and the trend around it."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.alarm_detail import AlarmDetail
from hmi.pages.alarm_journal import JournalList, SearchBar
from hmi.pages.alarm_lists import HiddenList, Listing, NowList
from hmi.pages.alarm_words import count_text, operate_why, restore_why
from hmi.pages.base import Page, Pane, page_layout
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import NORM_10_MIN, SEEN_AFTER_NS, Filter, Sightings
from hmi.viewmodels.alarms import alarm_rows, rules
from hmi.viewmodels.format import clock_minutes
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown, Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.rowtable import Pager, RowTable

TABS: Final = ("now", "journal", "shelved", "suppressed")
ROW: Final = 50
HEAD: Final = 48


class AlarmsPage(Page):
    """Four lists in one table. Only what is on the screen, as it is drawn, can be acknowledged together."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.sightings = Sightings()
        self.now = NowList(context)
        self.journal = JournalList(context, self._answered)
        self.shelved = HiddenList(context, ("shelved",))
        self.suppressed = HiddenList(context, ("suppressed", "out_of_service"))
        self.lists: dict[str, Listing] = dict(zip(TABS, (self.now, self.journal, self.shelved, self.suppressed), strict=True))
        self._was_live = True
        self._picked: tuple[str, int | None] = ("", None)
        layout = page_layout(self)
        layout.addLayout(self._build_head())
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        self.list_pane = Pane(context)
        self.list_pane.title.setVisible(False)
        self.list_pane.body.setContentsMargins(px(12), px(4), px(12), px(6))
        self.search = SearchBar(context, self.journal, self._narrowed)
        self.list_pane.body.addWidget(self.search)
        self.list_pane.body.addWidget(self._build_flood())
        self.table = RowTable(context.look, ROW, head=HEAD)
        self.table.chosen.connect(self.choose)
        self.table.touched.connect(self._cell_touched)
        self.table.headed.connect(self._head_touched)
        self.table.paged.connect(self._page_turned)
        self.list_pane.body.addWidget(self.table, 1)
        self.detail = AlarmDetail(context, self._show_history)
        for pane, share in ((self.list_pane, 752), (self.detail, 402)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            middle.addWidget(pane, share)
        layout.addLayout(middle, 1)
        layout.addLayout(self._build_foot())

    def _build_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.context.look.px(8))
        self.tabs = Tabs(self.context.look, TABS)
        self.tabs.chosen.connect(self._tab_chosen)
        self.areas, self.units, self.priorities = (Dropdown(self.context.look) for _ in range(3))
        self.areas.chosen.connect(lambda key: self._filter(area=key))
        self.units.chosen.connect(lambda key: self._filter(unit=key))
        self.priorities.chosen.connect(lambda key: self._filter(priority=int(key)))
        row.addWidget(self.tabs)
        row.addStretch(1)
        for chooser in (self.areas, self.units, self.priorities):
            row.addWidget(chooser)
        return row

    def _build_flood(self) -> QFrame:
        self.flood_bar = QFrame()
        row = QHBoxLayout(self.flood_bar)
        px = self.context.look.px
        row.setContentsMargins(px(6), px(4), px(2), px(4))
        self.flood_text = label("", "strong", wrap=True)
        self.flood_button = button("", self._flood_touched, role="compact")
        row.addWidget(self.flood_text, 1)
        row.addWidget(self.flood_button)
        self.flood_bar.setVisible(False)
        return self.flood_bar

    def _build_foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.context.look.px(10))
        self.ack_one = button("", self.acknowledge_selected, role="command")
        self.ack_all = button("", self.acknowledge_visible, role="command")
        self.reset = button("", self.reset_selected, role="command")
        self.back = button("", self.restore_selected, role="command")
        self.export = button("", self.journal.export, role="command")
        self.rate = label("", "label", wrap=True)
        self.pager = Pager(self.table)
        for widget in (self.ack_one, self.ack_all, self.reset, self.back, self.export):
            row.addWidget(widget)
        row.addSpacing(self.context.look.px(6))
        row.addWidget(self.rate, 1)
        self.figures = button("", lambda: self.context.navigate("kpi", ""), role="command")
        row.addWidget(self.figures)
        row.addWidget(self.pager)
        return row

    # ---- page -------------------------------------------------------------------------------------------------------

    @property
    def shown(self) -> Listing:
        """The list that is open."""
        return self.lists[self.tabs.current]

    def open_at(self, argument: str) -> None:
        self.journal.log.restart()
        if argument in TABS:
            self.tabs.choose(argument)
        elif argument:
            self.tabs.choose("now")
            self._open_alarm(argument)

    def _open_alarm(self, alarm: str) -> None:
        self.now.wanted = Filter()
        known = self.now.keys()
        if alarm not in known:
            self.now.show_all(True)  # folded under its first-out
        self.now.selected = alarm
        self._picked = (alarm, None)
        self._refresh_rows()
        self.table.show_key(alarm)

    def variants(self) -> list[str]:
        worst = next((r.id for r in alarm_rows(self.context.store)), "")
        return ["journal", "shelved", "suppressed", worst]

    def picture(self, variant: str) -> str:
        return variant if variant in TABS else ""

    def settled(self) -> bool:
        return self.detail.settled() and (self.tabs.current != "journal" or self.journal.log.complete)

    def apply_look(self) -> None:
        self.detail.apply_look()

    def retranslate(self) -> None:
        self.figures.setText(translate("Alarms", "Figures ▸"))
        self.ack_one.setText(translate("Alarms", "Acknowledge selected"))
        self.reset.setText(translate("Alarms", "Reset"))
        self.export.setText(translate("Journal", "Save as CSV"))
        self.tabs.set_text("journal", translate("Alarms", "Journal"))
        self.detail.retranslate()
        self.search.retranslate()

    def refresh(self) -> None:
        store = self.context.store
        if store.live and not self._was_live:
            self.journal.log.restart()
        self._was_live = store.live
        self.now.look_for_flood()
        self.journal.log.live(store)
        if self.tabs.current == "journal":
            self.search.refresh()
            self.journal.ask()
            if not self.table.page:
                self.journal.log.trim()
        self._refresh_head()
        self._refresh_flood()
        self._refresh_rows()
        self.detail.show_detail(self.shown.detail())
        self._refresh_commands()

    # ---- what is touched --------------------------------------------------------------------------------------------

    def _page_turned(self) -> None:
        if self.tabs.current == "journal" and self.table.page >= self.table.pages() - 2:
            self.journal.log.want_more()
            self.journal.ask()
        self._refresh_commands()

    def _tab_chosen(self, key: str) -> None:
        self.table.first_page()
        if key == "journal":
            self.journal.log.restart()
        self.refresh()

    def _answered(self) -> None:
        if self.isVisible():
            self.refresh()

    def _narrowed(self) -> None:
        self.table.first_page()
        self.refresh()

    def _filter(self, *, unit: str | None = None, priority: int | None = None, area: str | None = None) -> None:
        old = self.shown.wanted
        self.shown.wanted = Filter(
            old.unit if unit is None else unit, old.priority if priority is None else priority, old.area if area is None else area
        )
        self._narrowed()

    def choose(self, key: str) -> None:
        """Show a row in the pane on the right."""
        self.shown.selected = key
        self._picked = (key, None)
        self.refresh()

    def _head_touched(self, key: str) -> None:
        self.shown.touched_head(key)
        self._narrowed()

    def _cell_touched(self, key: str, name: str) -> None:
        self.now.fold(key)
        self.now.selected = key
        self.refresh()

    def _flood_touched(self) -> None:
        self.now.show_all(self.now.flood_view)
        self._narrowed()

    def _show_history(self, alarm: str) -> None:
        self.search.only_alarm(alarm)
        self.tabs.choose("journal")

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def _refresh_head(self) -> None:
        store = self.context.store
        wanted, journal = self.shown.wanted, self.tabs.current == "journal"
        choices = [Choice("", translate("Alarms", "All units"))]
        choices += [Choice(u.id, f"{u.label} {store.text(u.name)}") for u in store.units()]
        self.units.show_choices(choices, wanted.unit)
        words = [translate("Alarms", "Priority {n}").format(n=n) for n in (1, 2, 3, 4)]
        all_of_them = Choice("0", translate("Alarms", "All priorities"))
        self.priorities.show_choices(
            [all_of_them, *(Choice(str(n), w) for n, w in enumerate(words, start=1))], str(wanted.priority)
        )
        areas = store.line.areas if store.line else {}
        named = [Choice(a, store.line.area_name(a, store.language)) for a in areas] if store.line else []
        self.areas.show_choices([Choice("", translate("Alarms", "All areas")), *named], wanted.area)
        self.areas.setVisible(bool(areas) and not journal)
        self.search.setVisible(journal)
        known = store.live
        now, shelved, silent = (
            str(n) if known else "?" for n in (len(alarm_rows(store)), self.shelved.count(), self.suppressed.count())
        )
        self.tabs.set_text("now", translate("Alarms", "Now {n}").format(n=now))
        self.tabs.set_text("shelved", translate("Alarms", "Shelved {n}").format(n=shelved))
        self.tabs.set_text("suppressed", translate("Alarms", "Suppressed, out {n}").format(n=silent))

    def _refresh_flood(self) -> None:
        flood = self.now.flood
        self.flood_bar.setVisible(flood is not None and self.tabs.current == "now")
        if flood is None:
            return
        self.now.keys()
        text = translate("Alarms", "Flood of alarms since {time}: {n} in 10 min.").format(
            time=clock_minutes(flood.since_ns), n=flood.count
        )
        if not self.now.flood_view:
            self.flood_button.setText(translate("Alarms", "First-outs first"))
        else:
            self.flood_button.setText(translate("Alarms", "Show all"))
            first = translate("Alarms", "First-outs and priority 1 come first.")
            if self.now.folded:
                first = translate("Alarms", "First-outs and priority 1 come first, {n} consequences are folded.")
            text = f"{text} {first.format(n=self.now.folded)}"
        self.flood_text.setText(text)

    def _refresh_rows(self) -> None:
        shown = self.shown
        keys = shown.keys()
        shown.keep_selected(keys)
        self.table.show_columns(shown.columns())
        self.table.show_keys(keys, shown.row, selected=shown.selected, empty=shown.empty())
        self.pager.refresh()

    def _refresh_commands(self) -> None:
        store, mono_ns = self.context.store, self.context.clock.monotonic_ns()
        tab = self.tabs.current
        self.sightings.look(self._on_screen(), mono_ns)
        why = operate_why(store)
        free = store.live and not why and not self.context.book.unanswered("alarm.ack")
        for widget, tabs in (
            (self.ack_one, ("now",)), (self.ack_all, ("now",)), (self.reset, ("now",)), (self.export, ("journal",)),
            (self.back, ("shelved", "suppressed")),
        ):  # fmt: skip
            widget.setVisible(tab in tabs)
        alarm = self.now.alarm(self.now.selected)
        here = {key for key, _ in self._on_screen()}
        self.ack_one.setEnabled(free and alarm is not None and alarm.unacked and alarm.id in here and self._is_picked(mono_ns))
        visible = self.acknowledgeable()
        self.ack_all.setText(translate("Alarms", "Acknowledge visible ({n})").format(n=len(visible)))
        self.ack_all.setEnabled(free and bool(visible))
        self.reset.setEnabled(store.live and not why and alarm is not None and alarm.latched)
        self.export.setEnabled(store.live and not self.journal.saved.busy)
        self.rate.setText(self._foot_words(why))

    def _foot_words(self, why: str) -> str:
        store, tab = self.context.store, self.tabs.current
        if tab == "journal":
            return self.journal.saved.words
        if tab == "now":
            count = wire.number(store.view("alarms"), "last_10_min")
            text = translate("Alarms", "in 10 min: {n} (norm ≤ {norm}, limit {limit})")
            said = text.format(n=count_text(count, store.language), norm=NORM_10_MIN, limit=rules(store).flood_start)
            return why or said
        row = self._hidden().chosen()
        removed = row is not None and row.state == "out_of_service"
        self.back.setText(translate("Alarms", "Put back in service") if removed else translate("Alarms", "Show again now"))
        not_allowed = restore_why(store) if removed else why
        self.back.setEnabled(store.live and row is not None and row.state != "suppressed" and not not_allowed)
        if row is not None and row.state == "suppressed":
            return translate("Alarms", "It comes back by itself when the logic lets it.")
        return not_allowed if row is not None else ""

    def _hidden(self) -> HiddenList:
        return self.shelved if self.tabs.current == "shelved" else self.suppressed

    # ---- what it does -----------------------------------------------------------------------------------------------

    def _on_screen(self) -> list[tuple[str, int]]:
        """Id and annunciation of every standing alarm that is drawn now."""
        if self.tabs.current != "now":
            return []
        return [(row.key, row.stamp) for row in self.table.visible_rows()]

    def acknowledgeable(self) -> list[tuple[str, int]]:
        """Unacknowledged alarms, as they are drawn, that are on the screen and have been for half a second."""
        mono_ns = self.context.clock.monotonic_ns()
        return [
            key
            for key in self._on_screen()
            if (alarm := self.now.alarm(key[0])) is not None and alarm.unacked and self.sightings.seen(key, mono_ns)
        ]

    def _is_picked(self, mono_ns: int) -> bool:
        """A person chose the selected alarm, or it has been selected for a moment: the one chosen before may have gone."""
        key, since_ns = self._picked
        if key != self.now.selected:
            self._picked = (self.now.selected, mono_ns)
            return False
        return since_ns is None or mono_ns - since_ns >= SEEN_AFTER_NS

    def acknowledge_selected(self) -> None:
        """Acknowledge the alarm that is selected and on the screen, as it is drawn."""
        if self._is_picked(self.context.clock.monotonic_ns()):
            self._acknowledge([key for key in self._on_screen() if key[0] == self.now.selected])

    def acknowledge_visible(self) -> None:
        """Acknowledge those a person has before the eyes, never others."""
        self._acknowledge(self.acknowledgeable())

    def _acknowledge(self, drawn: list[tuple[str, int]]) -> None:
        if drawn:
            self.context.command("alarm.ack", "", {"alarms": [alarm for alarm, _ in drawn], "as_of": dict(drawn)})

    def reset_selected(self) -> None:
        """Reset the latched alarm that is selected."""
        alarm = self.now.alarm(self.now.selected)
        if self.tabs.current == "now" and alarm is not None and alarm.latched:
            self.context.command("alarm.reset", "", {"alarms": [alarm.id]})

    def restore_selected(self) -> None:
        """Unshelve, or put back in service, the hidden alarm that is selected."""
        if self.tabs.current not in ("shelved", "suppressed"):
            return
        row = self._hidden().chosen()
        kinds = {"shelved": "alarm.unshelve", "out_of_service": "alarm.restore"}
        if row is not None and row.state in kinds:
            self.context.command(kinds[row.state], "", {"alarms": [row.id]})
