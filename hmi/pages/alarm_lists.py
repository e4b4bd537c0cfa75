"""The lists of the alarm page: what stands now with its flood view, and what is shelved, suppressed or out of service.

A list knows its columns, its rows in order, which one is selected and what the pane beside shows of it; it has no widget.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from hmi.context import PanelContext
from hmi.pages.alarm_detail import Detail
from hmi.pages.alarm_words import left_text, state_words
from hmi.texts import translate
from hmi.viewmodels.alarm_page import (
    Filter,
    FloodRow,
    Order,
    alarm_value,
    filtered,
    flood_rows,
    headline,
    ordered,
    ordered_hidden,
    response_time_s,
    user_name,
)
from hmi.viewmodels.alarms import AlarmRow, Flood, HiddenRow, alarm_info, alarm_rows, flood, hidden_rows
from hmi.viewmodels.format import NO_VALUE, clock_minutes, clock_text, date_text, duration_text
from hmi.widgets.rowtable import Cell, Column, Row
from line.clock import NS_PER_S


def day_text(context: PanelContext, time_ns: int) -> str:
    """The date, where it is not today's."""
    day = date_text(time_ns)
    return "" if day == date_text(context.now_ns()) else day


class Listing(ABC):
    """What all lists have in common."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        self.wanted = Filter()
        self.order = Order()
        self.usual = ""
        self.selected = ""

    @abstractmethod
    def columns(self) -> list[Column]:
        """Columns of the table."""

    @abstractmethod
    def keys(self) -> Sequence[str]:
        """Keys of all rows in order."""

    @abstractmethod
    def row(self, key: str) -> Row:
        """One row."""

    @abstractmethod
    def empty(self) -> str:
        """What is said in place of no rows."""

    @abstractmethod
    def detail(self) -> Detail | None:
        """What the pane beside shows of the selected row."""

    def head(self, key: str, title: str, width: float = 0.0, stretch: float = 0.0) -> Column:
        """A column that the list can be sorted by."""
        return Column(title, width, stretch, key=key, mark=self.order.mark if key == (self.order.key or self.usual) else "")

    def touched_head(self, key: str) -> None:
        """Sort by this column."""
        self.order = self.order.touched(key)

    def keep_selected(self, keys: Sequence[str]) -> None:
        """What is selected has gone: the first one is."""
        if self.selected not in keys:
            self.selected = keys[0] if keys else ""


class NowList(Listing):
    """Standing alarms. While there is a flood they are shown with first-outs and priority 1 ahead, unless all are wanted."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.flood_view = False
        self.open_groups: frozenset[str] = frozenset()
        self.folded = 0
        self._was_flood = False
        self._token: tuple[Any, ...] = ()
        self._keys: list[str] = []
        self._shown: dict[str, FloodRow] = {}

    @property
    def flood(self) -> Flood | None:
        """The flood that goes on."""
        return flood(self.context.store)

    def look_for_flood(self) -> None:
        """A flood that begins switches to its view, its end back; in between the operator decides."""
        there = self.flood is not None
        if there != self._was_flood:
            self._was_flood = self.flood_view = there
            self.open_groups = frozenset()

    def show_all(self, everything: bool) -> None:
        """All alarms in the list's own order, or the flood view."""
        self.flood_view = not everything
        self.open_groups = frozenset()

    def fold(self, alarm: str) -> None:
        """Show the consequences of this first-out, or fold them again."""
        self.open_groups = self.open_groups ^ {alarm}

    def touched_head(self, key: str) -> None:
        self.flood_view = False
        super().touched_head(key)

    def keys(self) -> Sequence[str]:
        store = self.context.store
        view = store.view("alarms")
        token = (self.wanted, self.order, self.flood_view, self.open_groups, store.language)
        if not self._token or self._token[0] is not view or self._token[1] is not store.line or self._token[2:] != token:
            self._token = (view, store.line, *token)
            rows = filtered(store, alarm_rows(store), self.wanted)
            if self.flood_view:
                shown = flood_rows(rows, self.open_groups)
            else:
                shown = [FloodRow(r) for r in ordered(store, rows, self.order)]
            self._shown = {r.alarm.id: r for r in shown}
            self._keys = list(self._shown)
            self.folded = len(rows) - len(shown)
        return self._keys

    def alarm(self, key: str) -> AlarmRow | None:
        """The alarm of a row that is in the list."""
        found = self._shown.get(key)
        return found.alarm if found is not None else None

    def columns(self) -> list[Column]:
        self.usual = "" if self.flood_view else "priority"
        return [
            self.head("priority", translate("Alarms", "Pr."), 50), self.head("time", translate("Alarms", "Time"), 84),
            self.head("alarm", translate("Alarms", "Alarm"), stretch=1.0), self.head("value", translate("Alarms", "Value"), 112),
            self.head("state", translate("Alarms", "State"), 148),
            Column("", 68) if self.flood_view else self.head("lasts", translate("Alarms", "Lasts"), 68),
        ]  # fmt: skip

    def row(self, key: str) -> Row:
        store, found = self.context.store, self._shown[key]
        r = found.alarm
        ink, state = "ink" if store.live else "label", state_words(r.state)
        value = alarm_value(store, r.tag, r.kind, r.value, r.limit, r.eu)
        if not store.live and value != NO_VALUE and not value.startswith("?"):
            value = f"? {value}"
        user = user_name(store, r.acked_by) if r.acked_by and not r.unacked else ""
        place = (
            translate("Alarms", "first-out") if r.first_out else translate("Alarms", "consequence") if r.consequence_of else ""
        )
        if user and not place:
            words = translate("Alarms", "latched, ack. {user}") if r.latched else translate("Alarms", "active, ack. {user}")
            state = words.format(user=user)
        cells = [
            Cell(symbol=r.priority, flashing=r.unacked and store.live),
            Cell(clock_text(r.time_ns), day_text(self.context, r.time_ns), role=ink),
            Cell(headline(store, r.unit, r.text), bold=r.unacked, role=ink),
            Cell(value, role="value" if store.live else ink, bold=store.live),
            Cell(state, " · ".join(t for t in (place, user) if t and place), role="label"),
        ]  # fmt: skip
        if not self.flood_view:
            cells.append(Cell(duration_text((self.context.now_ns() - r.time_ns) / NS_PER_S)))
        elif found.followers:
            cells.append(Cell(f"{'−' if found.unfolded else '+'} {found.followers}", touch="fold"))
        return Row(r.id, tuple(cells), r.time_ns, found.under)

    def empty(self) -> str:
        if not self.context.store.live:
            return ""
        nothing = self.wanted == Filter()
        return translate("Alarms", "No alarms") if nothing else translate("Alarms", "No alarms pass the filter")

    def detail(self) -> Detail | None:
        store, row = self.context.store, self.alarm(self.selected)
        if row is None:
            return None
        lasts = duration_text((self.context.now_ns() - row.time_ns) / NS_PER_S)
        lines = [f"{clock_text(row.time_ns)} · {lasts} · {state_words(row.state)}"]
        if row.acked_by and not row.unacked:
            when = clock_text(row.acked_ns) if row.acked_ns else ""
            text = translate("Alarms", "acknowledged by {user} {time}")
            lines[0] = (
                f"{clock_text(row.time_ns)} · {lasts} · " + text.format(user=user_name(store, row.acked_by), time=when).strip()
            )
        if row.first_out:
            lines.append(translate("Alarms", "first-out: it came first in its group"))
        elif row.consequence_of:
            info = alarm_info(store, row.consequence_of)
            first = headline(store, info.unit, info.text) if info is not None else row.consequence_of
            lines.append(translate("Alarms", "consequence of: {alarm}").format(alarm=first))
        return Detail(
            row.id, row.tag, row.unit, row.priority, row.unacked, headline(store, row.unit, row.text), row.time_ns, row.limit,
            row.eu, live=True, lines=tuple(lines), response_s=response_time_s(store, row.id, row.priority), mode="now",
        )  # fmt: skip


class HiddenList(Listing):
    """Alarms that are kept silent: ``states`` of the view's lists, with what their condition does underneath."""

    def __init__(self, context: PanelContext, states: tuple[str, ...]) -> None:
        super().__init__(context)
        self.states = states
        self._by_id: dict[str, HiddenRow] = {}

    def count(self) -> int:
        """How many there are, whatever the filter."""
        return sum(r.state in self.states for r in hidden_rows(self.context.store))

    def keys(self) -> Sequence[str]:
        store = self.context.store
        rows = [r for r in hidden_rows(store) if r.state in self.states]
        shown = ordered_hidden(store, filtered(store, rows, self.wanted), self.order)
        self._by_id = {r.id: r for r in shown}
        return list(self._by_id)

    def chosen(self) -> HiddenRow | None:
        """The selected one."""
        return self._by_id.get(self.selected)

    def columns(self) -> list[Column]:
        timed = "shelved" in self.states
        return [
            self.head("priority", translate("Alarms", "Pr."), 50), self.head("alarm", translate("Alarms", "Alarm"), stretch=1.0),
            self.head("active", translate("Alarms", "Condition"), 84),
            *([self.head("until", translate("Alarms", "Left"), 110)] if timed else []),
            *([] if timed else [self.head("since", translate("Alarms", "Since"), 96)]),
            self.head("by", translate("Alarms", "Who"), 84),
            self.head("reason", translate("Alarms", "Reason") if timed else translate("Alarms", "Why"), 172),
        ]  # fmt: skip

    def row(self, key: str) -> Row:
        store, r = self.context.store, self._by_id[key]
        present = translate("Alarms", "present") if r.active else translate("Alarms", "gone")
        if "shelved" in self.states:
            once = translate("Alarms", "until it returns") if r.one_shot else ""
            soon = translate("Alarms", "ends soon") if r.warned else once
            left = left_text(r.until_ns, self.context.now_ns())
            time = Cell(left, soon, bold=r.warned)
        else:
            time = Cell(clock_minutes(r.since_ns), day_text(self.context, r.since_ns))
        return Row(
            key,
            (
                Cell(symbol=r.priority), Cell(headline(store, r.unit, r.text)),
                Cell(present, role="ink" if r.active else "label", bold=r.active), time,
                Cell(user_name(store, r.by), role="label"), Cell(*self._why(r), role="label"),
            ),
        )  # fmt: skip

    def _why(self, r: HiddenRow) -> tuple[str, str]:
        if r.state == "suppressed":
            return translate("Alarms", "suppressed by logic"), ""
        if r.state == "out_of_service":
            return translate("Alarms", "out of service · {order}").format(order=r.work_order), r.reason
        return r.reason, ""

    def empty(self) -> str:
        if not self.context.store.live:
            return ""
        if self.wanted != Filter():
            return translate("Alarms", "No alarms pass the filter")
        if "shelved" in self.states:
            return translate("Alarms", "Nothing is shelved")
        return translate("Alarms", "Nothing is suppressed or out of service")

    def detail(self) -> Detail | None:
        store, row = self.context.store, self.chosen()
        if row is None:
            return None
        info = alarm_info(store, row.id)
        present = translate("Alarms", "the condition is present") if row.active else translate("Alarms", "the condition is gone")
        lines = [f"{state_words(row.state)} · {present}"]
        if row.state == "shelved":
            until = translate("Alarms", "since {since} until {until}, {user}: {reason}")
            lines.append(self._since(row, until))
        elif row.state == "out_of_service":
            lines.append(self._since(row, translate("Alarms", "since {since}, {user}, work order {order}: {reason}")))
        else:
            lines.append(self._since(row, translate("Alarms", "since {since}, ends by itself with its condition")))
            if info is not None and info.suppress_when:
                lines.append(info.suppress_when)
        tag = store.tag(info.tag) if info is not None else None
        return Detail(
            row.id, info.tag if info else "", row.unit, row.priority, False, headline(store, row.unit, row.text), row.since_ns,
            info.limit if info is not None and info.against_value else None, tag.eu if tag else "", live=True, lines=tuple(lines),
            response_s=response_time_s(store, row.id, row.priority), mode=row.state,
        )  # fmt: skip

    def _since(self, row: HiddenRow, text: str) -> str:
        day = day_text(self.context, row.since_ns)
        return text.format(
            since=f"{day} {clock_minutes(row.since_ns)}".strip(), until=clock_minutes(row.until_ns), order=row.work_order,
            user=user_name(self.context.store, row.by), reason=row.reason,
        )  # fmt: skip
