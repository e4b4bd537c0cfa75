"""Level 1: the line at a glance — units in process order, batches, shift, what needs the operator now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.order_words import due_text
from hmi.pages.shift_handover_words import need_words
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarms import alarm_rows, by_unit, priority_by_tag, worst_unacked
from hmi.viewmodels.analog import analog
from hmi.viewmodels.asks import Ask, asks_of, new_requests
from hmi.viewmodels.batches import Batch, batch_label, batch_of_unit, batches, recipe_short
from hmi.viewmodels.format import NO_VALUE, eu_text, number_text
from hmi.viewmodels.handover import task_of
from hmi.viewmodels.line_info import KeyValueInfo
from hmi.viewmodels.orders import late, not_begun
from hmi.viewmodels.stops import asking
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import foot_text, phase_text, unit_chip, unit_state
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import discard, label
from hmi.widgets.gantt import Gantt, GanttBar, GanttRow
from hmi.widgets.indicators import ProgressBar, SparkData, Sparkline
from hmi.widgets.trend import fit, least_span
from hmi.widgets.unitcard import CardData, UnitCard

TREND_S: Final = 1800
NEEDS_MAX: Final = 3
NEED_LETTERS: Final = 66
"""As many stand side by side in the pane; shared by the buttons."""


@dataclass(frozen=True)
class Need:
    """Something that waits for the operator, and the place where it is dealt with."""

    text: str
    page: str
    argument: str


def _ask_words(ask: Ask) -> str:
    texts = {
        "on_hold": translate("Overview", "{batch}: product on hold, a decision is needed"),
        "prompt": translate("Overview", "{batch}: {what}"),
        "confirm": translate("Overview", "{batch}: confirm “{what}”"),
        "request": translate("Overview", "Request {batch} is done, confirm it: {what}"),
    }
    return texts[ask.kind].format(batch=ask.label, what=ask.text)


def _order_needs(store: LineStore, now_ns: int) -> list[Need]:
    """Orders that are late, then those of this shift that nobody has begun; several of a kind are one entry."""
    found: list[Need] = []
    texts = {
        True: (
            translate("Overview", "Order {number} is late, it was due at {time}"),
            translate("Overview", "{n} orders are late"),
        ),
        False: (
            translate("Overview", "Order {number} is not begun, due at {time}"),
            translate("Overview", "{n} orders of the shift are not begun"),
        ),
    }
    for behind, listed in ((True, late(store, now_ns)), (False, not_begun(store, now_ns))):
        one, many = texts[behind]
        if listed:
            first = listed[0]
            text = (
                one.format(number=first.number, time=due_text(first, now_ns)) if len(listed) == 1 else many.format(n=len(listed))
            )
            found.append(Need(text, "orders", first.id))
    return found


def needs(store: LineStore, now_ns: int) -> list[Need]:
    """What waits for a person: batches held or waiting, units that refused a command, orders behind, alarms not acknowledged."""
    asked = asks_of(store)
    done = [a for a in asked if a.kind == "request"]
    found = [Need(_ask_words(a), a.page, a.argument) for a in asked if a.kind != "request" or len(done) == 1]
    if len(done) > 1:
        text = translate("Overview", "Requests to be confirmed: {n}").format(n=len(done))
        found.append(Need(text, done[0].page, done[0].argument))
    task = task_of(store, now_ns)
    if task is not None:
        found.insert(0 if task.urgent else len(found), Need(need_words(task), "shift", "handover"))
    told = {a.argument for a in asked}
    for batch in batches(store):
        if batch.ended or batch.id in told:
            continue
        why = store.text(batch.held_reason or batch.waiting)
        if batch.held:
            why = why or translate("Overview", "batch is held")
            found.append(Need(f"{batch_label(batch)}: {why}", "batch", batch.id))
        elif batch.waiting and batch.unit:
            unit = store.unit(batch.unit)
            found.append(Need(f"{store.text(unit.name) if unit else batch.unit}: {why}", "unit", batch.unit))
    for unit in store.units():
        refused, batch = unit_state(store, unit.id).refused, batch_of_unit(store, unit.id)
        if refused and (batch is None or not batch.held):
            found.append(Need(f"{store.text(unit.name)}: {store.text(refused[0])}", "unit", unit.id))
    found += _stop_needs(store)
    found += _order_needs(store, now_ns)
    found += _request_needs(store)
    rows = alarm_rows(store)
    worst = worst_unacked(rows)
    if worst is not None:
        count = sum(r.unacked for r in rows)
        found.append(Need(translate("Overview", "Acknowledge alarms ({n})").format(n=count), "alarms", worst.id))
    return found


def _stop_needs(store: LineStore) -> list[Need]:
    """Long stops that nobody explained: one of them by its unit, several by their number."""
    stops = asking(store)
    if not stops:
        return []
    if len(stops) > 1:
        said = translate("Overview", "Stops without a reason: {n}").format(n=len(stops))
    else:
        unit = store.unit(stops[0].unit)
        name = store.text(unit.name) if unit is not None else stops[0].unit
        stands = translate("Overview", "{unit} stands: why?") if stops[0].open else translate("Overview", "{unit} stood: why?")
        said = stands.format(unit=name)
    return [Need(said, "shift", f"stops/{stops[0].id}")]


def _request_needs(store: LineStore) -> list[Need]:
    """Requests that nobody has taken: one by its words, several by their number."""
    found = new_requests(store)
    if not found:
        return []
    first = found[0]
    one = translate("Overview", "New request {batch}: {what}").format(batch=first.label, what=first.text)
    many = translate("Overview", "Requests nobody has taken: {n}").format(n=len(found))
    return [Need(one if len(found) == 1 else many, first.page, first.argument)]


def gantt_rows(store: LineStore) -> list[GanttRow]:
    """Batches with their stays merged per unit, for the chart."""
    return [GanttRow(b.id, _row_name(store, b), tuple(_bars(store, b))) for b in batches(store)]


def _row_name(store: LineStore, batch: Batch) -> str:
    return f"{batch_label(batch)} {recipe_short(store.text(batch.recipe_name))}"


def _bars(store: LineStore, batch: Batch) -> list[GanttBar]:
    merged: list[tuple[str, str, int, int | None]] = []
    for stay in batch.history:
        if merged and merged[-1][0] == stay.unit:
            unit, _, start, _ = merged[-1]
            merged[-1] = (unit, stay.phase, start, stay.end_ns)
        else:
            merged.append((stay.unit, stay.phase, stay.start_ns, stay.end_ns))
    bars: list[GanttBar] = []
    for unit_id, phase, start, end in merged:
        unit = store.unit(unit_id)
        name = store.text(unit.name) if unit else unit_id
        doing = phase_text(store, unit_id, phase)
        text = f"{name} · {doing.lower()}" if end is None and doing and doing != name else name
        bars.append(GanttBar(text, start, end, batch.held and end is None))
    return bars


class OverviewPage(Page):
    """Level 1. Nothing scrolls."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        layout = page_layout(self)
        self._cards_row = QHBoxLayout()
        self._cards_row.setSpacing(px(8))
        layout.addLayout(self._cards_row, 352)
        self.cards: dict[str, UnitCard] = {}
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        self.batch_pane = Pane(context)
        self.gantt = Gantt(context.look)
        self.gantt.clicked.connect(lambda: context.navigate("batches", ""))
        self.batch_pane.body.addWidget(self.gantt, 1)
        self.shift_pane = Pane(context)
        self._build_shift()
        middle.addWidget(self.batch_pane, 700)
        middle.addWidget(self.shift_pane, 454)
        layout.addLayout(middle, 190)
        lower = QHBoxLayout()
        lower.setSpacing(px(10))
        self.need_pane = Pane(context)
        self._needs_row = QHBoxLayout()
        self._needs_row.setSpacing(px(10))
        self.need_pane.body.addLayout(self._needs_row)
        self.nothing = label("", "label")
        self.need_pane.body.addWidget(self.nothing)
        self.need_pane.body.addStretch(1)
        self.trend_pane = Pane(context)
        self.spark = Sparkline(context.look)
        self.trend_pane.body.addWidget(self.spark, 1)
        for pane, stretch in ((self.need_pane, 700), (self.trend_pane, 454)):
            lower.addWidget(pane, stretch)
        layout.addLayout(lower, 128)
        for pane in (self.batch_pane, self.shift_pane, self.need_pane, self.trend_pane):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.batch_pane.setMinimumHeight(px(170))
        self.need_pane.setMinimumHeight(px(110))
        self._needs: list[Need] = []
        self.need_buttons: list[QPushButton] = []

    def _build_shift(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(self.context.look.px(16))
        grid.setVerticalSpacing(0)
        self.totals: list[tuple[object, object]] = []
        self._numbers = [label("", "big") for _ in range(4)]
        self._captions = [label("", "small") for _ in range(4)]
        for i in range(4):
            grid.addWidget(self._numbers[i], 0, i, Qt.AlignmentFlag.AlignBottom)
            grid.addWidget(self._captions[i], 1, i)
            grid.setColumnStretch(i, 1)
        self.shift_pane.body.addLayout(grid)
        self.output = label("")
        self.output_bar = ProgressBar(self.context.look)
        self.shift_pane.body.addStretch(1)
        self.shift_pane.body.addWidget(self.output)
        self.shift_pane.body.addWidget(self.output_bar)
        self.shift_foot = label("", "small")
        self.shift_pane.body.addWidget(self.shift_foot)

    def retranslate(self) -> None:
        self.batch_pane.title.setText(translate("Overview", "Batches of the shift"))
        self.need_pane.title.setText(translate("Overview", "Needs me now"))
        self.nothing.setText(translate("Overview", "Nothing. The line needs no action."))
        captions = (
            translate("Overview", "batches done"), translate("Overview", "packs"), translate("Overview", "rejects"),
            translate("Overview", "alarms"),
        )  # fmt: skip
        for caption, text in zip(self._captions, captions, strict=True):
            caption.setText(text)

    def refresh(self) -> None:
        store = self.context.store
        if store.line is None:
            return
        self._refresh_cards(store)
        self.gantt.show_rows(gantt_rows(store), self.context.now_ns())
        self._refresh_shift(store)
        self._refresh_needs(store)
        self._refresh_trend(store)

    def _refresh_cards(self, store: LineStore) -> None:
        if list(self.cards) != [u.id for u in store.units()]:
            self._make_cards(store)
        rows = alarm_rows(store)
        of_tag, of_unit = dict(priority_by_tag(rows)), by_unit(rows)
        for unit in store.units():
            analogs = (analog(store, k, of_tag) for k in unit.key_values[:2])
            alarm = of_unit.get(unit.id)
            self.cards[unit.id].show_card(
                CardData(
                    store.text(unit.name), unit.label, unit_chip(store, unit.id), tuple(a for a in analogs if a is not None),
                    foot_text(store, unit.id), alarm.priority if alarm else 0, alarm.unacked if alarm else False,
                )
            )  # fmt: skip

    def _make_cards(self, store: LineStore) -> None:
        for card in self.cards.values():
            self._cards_row.removeWidget(card)
            discard(card)
        self.cards = {}
        for unit in store.units():
            card = UnitCard(self.context.look, unit.id)
            card.clicked.connect(lambda u=unit.id: self.context.navigate("unit", u))
            self._cards_row.addWidget(card, 1)
            self.cards[unit.id] = card

    def _refresh_shift(self, store: LineStore) -> None:
        shift = store.view("shift")
        totals = wire.obj(shift, "totals")
        number = wire.text(shift, "number")
        state = wire.text(shift, "state")
        title = translate("Overview", "Shift {number}").format(number=number) if number else translate("Overview", "Shift")
        self.shift_pane.title.setText(title if state == "open" else translate("Overview", "No shift is open"))
        language = store.language

        def count(key: str) -> str:
            return number_text(wire.number(totals, key), 0, language)

        done = f"{count('batches_completed')} / {count('batches_started')}"
        for shown, text in zip(self._numbers, (done, count("packs"), count("rejects"), count("alarms")), strict=True):
            shown.setText(text)
        charged, packed = wire.number(totals, "charged_kg"), wire.number(totals, "packed_kg")
        kg = eu_text("kg", language)
        self.output.setText(
            translate("Overview", "Packed {packed} of {charged} {kg} charged").format(
                packed=number_text(packed, 0, language), charged=number_text(charged, 0, language), kg=kg
            )
        )
        self.output_bar.show_share((packed or 0.0) / charged if charged else 0.0)
        yield_pct = wire.number(totals, "yield_pct") if wire.integer(totals, "batches_completed") else None
        shown = f"{number_text(yield_pct, 1, language)} %" if yield_pct is not None else NO_VALUE
        self.shift_foot.setText(translate("Overview", "Yield of completed batches: {yield_pct}").format(yield_pct=shown))

    def _refresh_needs(self, store: LineStore) -> None:
        found = needs(store, self.context.now_ns())
        if found == self._needs:
            return
        self._needs = found
        for made in self.need_buttons:
            self._needs_row.removeWidget(made)
            discard(made)
        self.need_buttons = []
        rest = len(found) - NEEDS_MAX
        width = NEED_LETTERS // min(len(found), NEEDS_MAX + (rest > 0)) if found else 0
        for need in found[:NEEDS_MAX]:
            self.need_buttons.append(self._need_button(self._short(need.text, width), self._opener(need)))
        if rest > 0:
            more = translate("Overview", "{n} more ▸").format(n=rest)
            self.need_buttons.append(self._need_button(more, self._opener(found[NEEDS_MAX])))
        self.nothing.setVisible(not found)

    def _need_button(self, text: str, slot: Callable[[], None]) -> QPushButton:
        made = button(text, slot)
        made.setStyleSheet(f"min-height: {self.context.look.px(64)}px")  # the style sheet's own minimum beats setMinimumHeight
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._needs_row.addWidget(made)
        return made

    def _opener(self, need: Need) -> Callable[[], None]:
        return lambda: self.context.navigate(need.page, need.argument)

    @staticmethod
    def _short(text: str, width: int, lines: int = 3) -> str:
        """Break a caption into at most three lines; what does not fit ends with an ellipsis."""
        result: list[str] = [""]
        for word in f"{text}\u00a0▸".split(" "):
            if result[-1] and len(result[-1]) + len(word) + 1 > width:
                if len(result) == lines:
                    result[-1] = result[-1].rstrip(" ,;:") + "…\u00a0▸"
                    break
                result.append(word)
            else:
                result[-1] = f"{result[-1]} {word}".strip()
        return "\n".join(result)

    def _refresh_trend(self, store: LineStore) -> None:
        key = self._trend_key(store)
        if key is None:
            return
        info = store.tag(key.tag)
        unit = store.unit(info.unit) if info else None
        if info is None or unit is None:
            return
        now_ns = self.context.now_ns()
        x, y = store.recent(key.tag, now_ns, TREND_S)
        lo, hi = fit([y], least_span(key.normal))
        alarm = priority_by_tag(alarm_rows(store)).get(key.tag, 0)
        self.spark.show_data(SparkData(x, y, lo, hi, key.normal, alarm, TREND_S))
        title = translate("Overview", "{unit} · {tag}, 30 min")
        self.trend_pane.title.setText(title.format(unit=unit.label, tag=store.text(info.text).lower()))

    def _trend_key(self, store: LineStore) -> KeyValueInfo | None:
        """The key value in alarm, else the first of a unit that runs, else the first of all."""
        keys = [k for u in store.units() for k in u.key_values]
        alarmed = priority_by_tag(alarm_rows(store))
        hot = sorted((k for k in keys if k.tag in alarmed), key=lambda k: alarmed[k.tag])
        running = [k for u in store.units() for k in u.key_values if unit_state(store, u.id).state == "running" and k.setpoint]
        return next(iter([*hot, *running, *keys]), None)
