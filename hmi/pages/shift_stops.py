"""Stops of machines: what stands, why, who said so; a reason in two touches, cutting a stop, making several one."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages import stop_words as words
from hmi.pages.base import Pane
from hmi.pages.stop_merge import MergePane
from hmi.pages.tabbed import View
from hmi.rolenames import may
from hmi.texts import translate
from hmi.viewmodels.alarms import alarm_rows
from hmi.viewmodels.format import NO_VALUE, date_text, duration_text
from hmi.viewmodels.stops import (
    PART_MIN_NS,
    ROLE,
    Board,
    Stop,
    board_of,
    has_others,
    offered,
    reasons,
    unexplained,
)  # fmt: skip
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown, Tabs
from hmi.widgets.dialogs import TextDialog, label
from hmi.widgets.reasontree import ReasonTree
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from hmi.widgets.splitdialog import SplitDialog
from line.clock import NS_PER_S

LISTS: Final = ("ask", "all", "minor")
TEXT_MAX: Final = 500


class StopsView(View):
    """Left the stops, right the one that is chosen with its reasons; while stops are merged, what would become of them."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.selected = ""
        self.gone = False
        """What was selected is there no more, and nobody has chosen another one yet."""
        self.period = "this"
        self._worded: dict[str, tuple[object, Row]] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(10))
        self.list_pane, self.pane = Pane(context), Pane(context)
        self._build_list()
        self._build_stop()
        for pane, share in ((self.list_pane, 530), (self.pane, 624)):
            pane.title.setVisible(False)
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            row.addWidget(pane, share)

    def _build_list(self) -> None:
        look, px = self.context.look, self.context.look.px
        head = QHBoxLayout()
        self.lists = Tabs(look, LISTS)
        self.lists.chosen.connect(lambda _key: self._listed())
        self.periods = Dropdown(look)
        self.periods.chosen.connect(self._take_period)
        head.addWidget(self.lists)
        head.addStretch(1)
        head.addWidget(self.periods)
        self.table = RowTable(look, 56)
        self.table.chosen.connect(self.choose)
        self.pager = Pager(self.table)
        self.list_pane.body.addLayout(head)
        self.list_pane.body.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setSpacing(px(10))
        self.minor = label("", "label", wrap=True)
        self.minor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        foot.addWidget(self.minor, 1)
        foot.addWidget(self.pager)
        self.list_pane.body.addLayout(foot)

    def _build_stop(self) -> None:
        px = self.context.look.px
        self.single = QWidget()
        column = QVBoxLayout(self.single)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        head = QHBoxLayout()
        self.heading, self.length = label("", "heading"), label("", "big")
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head.addWidget(self.heading, 1)
        head.addWidget(self.length)
        column.addLayout(head)
        self.facts = label("", "", wrap=True)
        self.given = label("", "strong", wrap=True)
        cause = QHBoxLayout()
        cause.setSpacing(px(8))
        self.alarm = label("", "label", wrap=True)
        self.alarm.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.to_alarm = button("", self.open_alarm, role="compact")
        self.to_trend = button("", self.open_trend, role="compact")
        cause.addWidget(self.alarm, 1)
        cause.addWidget(self.to_alarm)
        cause.addWidget(self.to_trend)
        column.addWidget(self.facts)
        column.addLayout(cause)
        column.addWidget(self.given)
        self.tree = ReasonTree(self.context, self.give)
        column.addWidget(self.tree)
        column.addStretch(1)
        self.why = label("", "label", wrap=True)
        column.addWidget(self.why)
        deeds = QHBoxLayout()
        deeds.setSpacing(px(10))
        self.note = button("", lambda: self._void(self.open_note()), role="command")
        self.split = button("", lambda: self._void(self.open_split()), role="command")
        self.merge = button("", self.start_merging, role="command")
        for made in (self.note, self.split, self.merge):
            deeds.addWidget(made, 1)
        column.addLayout(deeds)
        self.empty = label("", "label", wrap=True)
        self.pane.body.addWidget(self.empty)
        self.pane.body.addWidget(self.single, 1)
        self.merger = MergePane(self.context, self._merged)
        self.merger.setVisible(False)  # two of which one is shown must not both take room before that is known
        self.pane.body.addWidget(self.merger, 1)

    @staticmethod
    def _void(_: object) -> None: ...

    # ---- view -----------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        if not argument:
            return
        self.merger.ids = None
        board = board_of(self.context.store)
        found = board.stop(argument) or next((s for s in board.stops if s.unit == argument and s.open), None)
        if found is None:
            return
        if not found.unqualified:
            self.period = ""
            self.lists.choose("all")
        else:
            self.lists.choose("ask")
        self.selected, self.gone = found.id, False
        self.refresh()
        self.table.show_key(found.id)

    def take_over(self, before: View) -> None:
        if isinstance(before, StopsView):
            self.selected, self.merger.ids, self.period = before.selected, before.merger.ids, before.period
            self.lists.choose(before.lists.current)

    def waiting(self) -> int:
        return len(unexplained(board_of(self.context.store)))

    def retranslate(self) -> None:
        self.to_alarm.setText(translate("Stops", "Alarm"))
        self.to_trend.setText(translate("Stops", "Trend"))
        self.note.setText(translate("Stops", "Note…"))
        self.split.setText(translate("Stops", "Split…"))
        self.merge.setText(translate("Stops", "Merge…"))
        self.merger.retranslate()
        self.tree.refresh()

    def listed(self, board: Board) -> list[Stop]:
        """The stops of the list that is open, unexplained ones first, then what lasts, then the newest; while stops are merged
        all of their unit, the newest first."""
        stop = board.stop(self.selected)
        if self.merger.active and stop is not None:
            return self.merger.candidates(board, stop.unit)
        if self.lists.current == "ask":
            return unexplained(board)
        shift = {"this": board.shift, "previous": board.previous}.get(self.period, "")
        found = board.of_shift(shift)
        if self.lists.current == "minor":
            found = [s for s in found if not s.long]
        return sorted(found, key=lambda s: (not s.unqualified, not s.open, -s.begun_ns))

    def refresh(self) -> None:
        store = self.context.store
        board, now_ns = board_of(store), self.context.now_ns()
        rows = self.listed(board)
        self.gone = self.gone or bool(self.selected and board.known and board.stop(self.selected) is None)
        if board.stop(self.selected) is None:  # never another one under the finger of who gives a reason
            self.merger.ids = None
            self.selected = rows[0].id if rows and not self.gone else ""
        if len(self._worded) > 2 * len(board.stops) + 100:
            self._worded.clear()
        self._refresh_list(board, rows, now_ns)
        stop = board.stop(self.selected)
        merging = self.merger.active
        self.merger.setVisible(merging)
        self.single.setVisible(not merging and stop is not None)
        self.empty.setVisible(not merging and stop is None)
        if merging:
            self.merger.refresh()
        elif stop is not None:
            self._refresh_stop(board, stop, now_ns)
        else:
            gone = translate("Stops", "This stop is no more: it was merged with others. Choose one.") if self.gone else ""
            self.empty.setText(gone if board.known else translate("Stops", "This line watches no stops."))

    # ---- list -----------------------------------------------------------------------------------------------------------

    def _refresh_list(self, board: Board, rows: list[Stop], now_ns: int) -> None:
        store = self.context.store
        n = len(unexplained(board))
        self.lists.set_text("ask", translate("Stops", "No reason {n}").format(n=n))
        self.lists.set_text("all", translate("Stops", "All"))
        self.lists.set_text("minor", translate("Stops", "Small"))
        self.periods.setVisible(self.lists.current != "ask" and not self.merger.active)
        for made in self.lists.buttons.values():
            made.setEnabled(not self.merger.active)
        choices = [Choice("this", translate("Stops", "This shift")), Choice("", translate("Stops", "All known"))]
        if board.previous:
            choices.insert(1, Choice("previous", translate("Stops", "Last shift")))
        self.periods.show_choices(choices, self.period)
        self.table.show_columns([
            Column("", 34 if self.merger.active else 0), Column(translate("Stops", "Unit"), 104),
            Column(translate("Stops", "From – to"), 108), Column(translate("Stops", "Stood"), 72, right=True),
            Column(translate("Stops", "Reason"), stretch=1.0),
        ])  # fmt: skip
        nothing = {
            "ask": translate("Stops", "Every stop has its reason."), "all": translate("Stops", "No stops."),
            "minor": translate("Stops", "No small stops."),
        }[self.lists.current]  # fmt: skip
        chosen = "" if self.merger.active else self.selected
        self.table.show_rows(
            [self._known_row(board, s, now_ns) for s in rows], selected=chosen, empty=nothing if board.known else ""
        )
        shift = board.previous if self.period == "previous" else board.shift
        told = [words.minor_words(store, board, board.minor.get(shift, ()))] if board.known else []
        if board.more and self.lists.current != "ask":
            told.append(translate("Stops", "{n} older ones: in the reports").format(n=board.more))
        self.minor.setText("\n".join(told))
        self.pager.refresh()

    def _known_row(self, board: Board, stop: Stop, now_ns: int) -> Row:
        """What has ended is worded again only when something of it is other: there are hundreds of them."""
        merged, store = self.merger.ids, self.context.store
        state = (stop, merged is not None and stop.id in merged, merged is None, store.language, store.user,
                 id(store.line), date_text(now_ns))  # fmt: skip
        known = self._worded.get(stop.id)
        if known is None or known[0] != state or stop.open:
            known = self._worded[stop.id] = (state, self._row(board, stop, now_ns))
        return known[1]

    def _row(self, board: Board, stop: Stop, now_ns: int) -> Row:
        store = self.context.store
        merged = self.merger.ids
        mark = "" if merged is None else "☑" if stop.id in merged else "☐"
        reason, proposed = words.reason_words(store, stop), words.proposed_words(store, stop)
        suggested = translate("Stops", "proposed: {name}").format(name=proposed) if proposed else ""
        if reason:
            why = Cell(reason, words.given_words(store, stop))
        elif stop.long:
            why = Cell(translate("Stops", "no reason"), suggested, bold=True)
        else:
            why = Cell(suggested or NO_VALUE, role="label")
        kind = words.KINDS[stop.kind]() if stop.kind in words.KINDS else stop.kind
        below = translate("Stops", "stands now") if stop.open else words.day_words(stop, now_ns)
        return Row(stop.id, (
            Cell(mark, bold=True), Cell(words.unit_label(store, stop.unit), kind, bold=stop.unqualified),
            Cell(words.span_words(stop), below, bold=stop.open),
            Cell(words.length_words(board, stop, now_ns), role="value", bold=True), why,
        ))  # fmt: skip

    def _listed(self) -> None:
        self.table.first_page()
        rows = self.listed(board_of(self.context.store))
        if not self.merger.active and self.selected not in {s.id for s in rows}:
            self.selected, self.gone = rows[0].id if rows else "", False
        self.refresh()

    def _take_period(self, key: str) -> None:
        self.period = key
        self._listed()

    def choose(self, key: str) -> None:
        """A row was touched: look at it, or add it to what is merged."""
        if self.merger.active:
            self.merger.touch(key)
        else:
            self.selected, self.gone = key, False
            self.tree.open_branch("")
        self.refresh()

    # ---- one stop -------------------------------------------------------------------------------------------------------

    def _refresh_stop(self, board: Board, stop: Stop, now_ns: int) -> None:
        store = self.context.store
        self.heading.setText(words.unit_words(store, stop.unit))
        self.length.setText(words.length_words(board, stop, now_ns))
        self.facts.setText(words.facts_words(store, stop, now_ns))
        named = words.alarm_words(store, stop)
        self.alarm.setText(translate("Stops", "First alarm: {alarm}").format(alarm=named) if named else "")
        standing = any(r.id == stop.alarm for r in alarm_rows(store))
        self.to_alarm.setVisible(standing)
        self.to_trend.setVisible(bool(words.trend_tag(self.context.store, stop)))
        reason = words.reason_words(store, stop)
        said = words.short(words.given_words(store, stop))
        asks = translate("Stops", "Why does it stand?") if stop.open else translate("Stops", "Why did it stand?")
        self.given.setText(" · ".join(t for t in (f"✓ {reason}", said) if t) if reason else asks)
        free = store.live and may(store, ROLE)
        busy = any(self.context.book.unanswered(kind, stop.id) for kind in ("stop.reason", "stop.split", "stop.merge"))
        self.tree.show_reasons(offered(board, reasons(store), stop), stop.proposed, stop.code, free=free and not busy)
        self.note.setEnabled(free and not busy and bool(stop.code))
        self.split.setEnabled(free and not busy and board.length_s(stop, now_ns) * NS_PER_S >= 2 * PART_MIN_NS)
        self.merge.setEnabled(free and not busy and not stop.open and has_others(board, stop))
        self.why.setText(words.against_words(store, board, stop, now_ns, busy=busy))
        self.why.setVisible(bool(self.why.text()))

    # ---- what it does ---------------------------------------------------------------------------------------------------

    def open_alarm(self) -> None:
        """The alarm that came first, while it stands."""
        stop = board_of(self.context.store).stop(self.selected)
        if stop is not None and stop.alarm:
            self.context.navigate("alarms", stop.alarm)

    def open_trend(self) -> None:
        """The minutes around its beginning."""
        stop = board_of(self.context.store).stop(self.selected)
        tag = words.trend_tag(self.context.store, stop) if stop is not None else ""
        if stop is not None and tag:
            self.context.navigate("trends", f"{tag}@{stop.begun_ns}")

    def give(self, code: str) -> None:
        """The reason of the stop that is shown; words that were said with the same reason stay."""
        stop = board_of(self.context.store).stop(self.selected)
        if stop is not None:
            text = stop.text if stop.code == code else ""
            self.context.command("stop.reason", stop.id, {"code": code, "text": text})
            self.tree.open_branch("")

    def open_note(self) -> TextDialog | None:
        """A note to the reason."""
        stop = board_of(self.context.store).stop(self.selected)
        if stop is None or not stop.code:
            return None
        store = self.context.store
        title = translate("Stops", "Note to “{reason}”").format(reason=words.reason_words(store, stop))
        accept = lambda text: self.context.command("stop.reason", stop.id, {"code": stop.code, "text": text})  # noqa: E731
        made = TextDialog(self.context.look, store.language, title, accept, text=stop.text, parent=self)
        made.field.setMaxLength(TEXT_MAX)
        made.open()
        return made

    def open_split(self) -> SplitDialog | None:
        """Cut it into parts."""
        store, board = self.context.store, board_of(self.context.store)
        stop = board.stop(self.selected)
        if stop is None:
            return None
        until_ns = stop.ended_ns or max(board.as_of_ns, self.context.now_ns() - NS_PER_S)
        title = translate("Stops", "Split the stop of {unit}, {length}").format(
            unit=words.unit_label(store, stop.unit), length=duration_text((until_ns - stop.begun_ns) / NS_PER_S)
        )
        made = SplitDialog(
            self.context, stop, until_ns, title,
            lambda at_ns, codes: self.context.command("stop.split", stop.id, {"at_ns": [*at_ns], "codes": [*codes]}), self,
        )  # fmt: skip
        made.open()
        return made

    # ---- merging --------------------------------------------------------------------------------------------------------

    def start_merging(self) -> None:
        """Choose the others that are one with this stop."""
        self.merger.start(self.selected)
        self.refresh()
        self.table.show_key(self.selected)

    def _merged(self, stop_id: str) -> None:
        self.selected, self.gone = stop_id or self.selected, False
        self.lists.choose("all")
        self.refresh()
