"""How well the alarm system does: rates, floods, the worst alarms and how fast they were taken, with the targets beside."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.texts import translate
from hmi.theme import GAP
from hmi.viewmodels import wire
from hmi.viewmodels.format import NO_VALUE, clock_minutes, date_text, duration_text, number_text
from hmi.viewmodels.kpi import (
    BUCKET_NS,
    PRIORITIES,
    UNKNOWN,
    Figures,
    Target,
    live_figures,
    parse_figures,
    priority_targets,
    targets,
)
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.kpicards import Bucket, Card, Cards, CountBars, Share, ShareBars
from line.clock import NS_PER_S

MONTH_REPLY: Final = "kpi.month"
MONTH_NS: Final = 30 * 24 * 3600 * NS_PER_S
ASK_AGAIN_NS: Final = 60 * NS_PER_S
PERIODS: Final = ("live", "shift", "previous", "month")
COLUMNS: Final = 5
TELLING: Final = 100
"""Alarms from which on the share of the ten worst says something: of few alarms the ten worst are always all."""

_NO_TARGET: Final = Target(None, None)


class KpiPage(Page):
    """Figures of the last 24 hours, of this shift, the one before, or of 30 days."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.month: Figures | None = None
        self._asked_ns: int | None = None
        self._answered = self._failed = False
        context.on_reply[MONTH_REPLY] = self._take_month
        layout = page_layout(self)
        head = QHBoxLayout()
        head.setSpacing(px(GAP))
        self.tabs = Tabs(context.look, PERIODS)
        self.tabs.chosen.connect(lambda _key: self.refresh())
        self.span = label("", "label")
        self.back = button("", lambda: context.navigate("alarms", ""), role="compact")
        head.addWidget(self.tabs)
        head.addSpacing(px(8))
        head.addWidget(self.span)
        head.addStretch(1)
        head.addWidget(self.back)
        layout.addLayout(head)
        self.cards = Cards(context.look, COLUMNS)
        self.cards.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout.addWidget(self.cards)
        self.rate = Pane(context)
        self.bars = CountBars(context.look)
        self.rate.body.addWidget(self.bars, 1)
        layout.addWidget(self.rate, 5)
        lower = QHBoxLayout()
        lower.setSpacing(px(GAP))
        self.top_pane, self.spread_pane, self.bad_pane = Pane(context), Pane(context), Pane(context)
        self.top = ShareBars(context.look, 285)
        self.top_pane.body.addWidget(self.top, 1)
        self.spread = ShareBars(context.look, 120, rows_max=4)
        self.spread_pane.body.addWidget(self.spread, 3)
        self.ack_title = label("", "title")
        self.acks = ShareBars(context.look, 120, rows_max=4)
        self.spread_pane.body.addWidget(self.ack_title)
        self.spread_pane.body.addWidget(self.acks, 3)
        self.bad = label("", "", wrap=True)
        self.bad.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.bad_pane.body.addWidget(self.bad)
        self.bad_pane.body.addStretch(1)
        for pane, share in ((self.top_pane, 470), (self.spread_pane, 370), (self.bad_pane, 330)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            lower.addWidget(pane, share)
        layout.addLayout(lower, 8)

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        if argument in PERIODS:
            self.tabs.choose(argument)

    def settled(self) -> bool:
        return self.tabs.current != "month" or self._answered

    def retranslate(self) -> None:
        self.tabs.set_text("live", translate("Kpi", "24 hours"))
        self.tabs.set_text("shift", translate("Kpi", "This shift"))
        self.tabs.set_text("previous", translate("Kpi", "Last shift"))
        self.tabs.set_text("month", translate("Kpi", "30 days"))
        self.back.setText(translate("Kpi", "To the alarms"))
        self.rate.title.setText(translate("Kpi", "Alarms in 10 minutes"))
        self.top_pane.title.setText(translate("Kpi", "Ten most frequent"))
        self.spread_pane.title.setText(translate("Kpi", "Share by priority, | is the target"))
        self.ack_title.setText(translate("Kpi", "Acknowledged within, median"))
        self.bad_pane.title.setText(translate("Kpi", "To be put right"))

    def _take_month(self, reply: Obj) -> None:
        self._failed = wire.integer(reply, "status") != 200
        if not self._failed:
            self.month = parse_figures(wire.obj(reply, "data"))
        self._answered = True
        if self.isVisible():
            self.refresh()

    def _ask_month(self) -> None:
        mono_ns = self.context.clock.monotonic_ns()
        if not self.context.store.live or (self._asked_ns is not None and mono_ns - self._asked_ns < ASK_AGAIN_NS):
            return
        self._asked_ns = mono_ns
        now_ns = self.context.now_ns()
        self.context.port.fetch("/api/alarm_kpi", {"from_ns": max(0, now_ns - MONTH_NS), "to_ns": now_ns}, MONTH_REPLY)

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def figures(self) -> Figures | None:
        """Those of the period that is open."""
        if self.tabs.current == "month":
            return self.month
        return live_figures(self.context.store, self.tabs.current)

    def refresh(self) -> None:
        if self.tabs.current == "month":
            self._ask_month()
        figures = self.figures()
        self.span.setText(self._span(figures))
        self.cards.show_cards(self._cards(figures))
        self.bars.show_counts(self._buckets(figures), 10, translate("Kpi", "flood: more than 10"), self._nothing())
        none = translate("Kpi", "No alarms in this time") if figures is not None else NO_VALUE
        self.top.show_shares(self._top(figures), none)
        self.spread.show_shares(self._spread(figures), none)
        self.acks.show_shares(
            self._acks(figures), translate("Kpi", "Nothing was acknowledged") if figures is not None else NO_VALUE
        )
        self.bad.setText(self._bad(figures))

    def _nothing(self) -> str:
        """Why there is nothing to show."""
        if self.tabs.current == "month" and self._failed:
            return translate("Kpi", "The server gives no figures. Trying again…")
        if self.tabs.current == "previous":
            return translate("Kpi", "There is no shift before this one")
        return translate("Kpi", "Nothing to show yet")

    @staticmethod
    def _span(figures: Figures | None) -> str:
        if figures is None:
            return ""
        days = [date_text(t) for t in (figures.from_ns, figures.to_ns)]
        first, last = (clock_minutes(t) for t in (figures.from_ns, figures.to_ns))
        return f"{days[0]} {first} – {last}" if days[0] == days[1] else f"{days[0]} {first} – {days[1]} {last}"

    def _cards(self, figures: Figures | None) -> list[Card]:
        known = targets(self.context.store)
        names = (
            ("per_hour", translate("Kpi", "Alarms an hour"), 1, ""),
            ("peak_10_min", translate("Kpi", "Peak in 10 min"), 0, ""),
            ("over_10_pct", translate("Kpi", "10 min with more than 10"), 1, "%"),
            ("hours_over_30_pct", translate("Kpi", "Hours with more than 30"), 1, "%"),
            ("flood_pct", translate("Kpi", "Time in flood"), 1, "%"),
            ("top_10_pct", translate("Kpi", "Share of the ten worst"), 0, "%"),
            ("chattering", translate("Kpi", "Chattering alarms"), 0, ""),
            ("fleeting", translate("Kpi", "Fleeting alarms"), 0, ""),
            ("stale", translate("Kpi", "Standing over 24 h"), 0, ""),
            ("standing", translate("Kpi", "Standing now / shelved"), 0, ""),
        )
        return [self._card(figures, key, name, decimals, eu, known.get(key, _NO_TARGET)) for key, name, decimals, eu in names]

    def _card(self, figures: Figures | None, key: str, name: str, decimals: int, eu: str, target: Target) -> Card:
        language = self.context.store.language
        value = figures.numbers.get(key) if figures is not None else None
        unit = f"\u00a0{eu}" if eu else ""
        shown = NO_VALUE if value is None else number_text(value, decimals, language) + unit
        if key == "standing" and figures is not None:
            shown += f" / {number_text(figures.numbers.get('shelved'), 0, language)}"
        parts: list[str] = []
        if target.target is not None:
            at_most = number_text(target.target, 0, language) + unit
            parts.append(translate("Kpi", "target ≤ {n}").format(n=at_most))
        if target.limit is not None and target.limit != target.target:
            parts.append(translate("Kpi", "limit {n}").format(n=number_text(target.limit, 0, language) + unit))
        telling = bool(parts) and (
            key != "top_10_pct" or (figures is not None and (figures.numbers.get("alarms") or 0) >= TELLING)
        )
        return Card(name, shown, ", ".join(parts), target.verdict(value) if telling else UNKNOWN)

    def _buckets(self, figures: Figures | None) -> list[Bucket]:
        """The last bucket is the one that is open: ten minutes of the clock, in a shift ten minutes of the shift."""
        if figures is None or not figures.buckets:
            return []
        count = len(figures.buckets)
        since_ns = figures.to_ns if self.tabs.current == "live" else figures.to_ns - figures.from_ns
        first_ns = figures.to_ns - since_ns % BUCKET_NS - (count - 1) * BUCKET_NS
        every = next((h for h in (1, 2, 3, 4, 6, 12) if count / 6 / h <= 12), 24) * 6
        return [
            Bucket(n, clock_minutes(first_ns + i * BUCKET_NS) if i % every == 0 else "") for i, n in enumerate(figures.buckets)
        ]

    def _name(self, alarm_id: str) -> str:
        store = self.context.store
        info = store.line.alarms.get(alarm_id) if store.line else None
        if info is None:
            return alarm_id
        unit = store.unit(info.unit)
        text = store.text(info.text)
        return text if unit is None or unit.label in text else f"{unit.label} {text}"

    def _top(self, figures: Figures | None) -> list[Share]:
        if figures is None:
            return []
        store = self.context.store
        found: list[Share] = []
        for c in figures.top:
            info = store.line.alarms.get(c.id) if store.line else None
            pct = "" if c.pct is None else f" · {number_text(c.pct, 0, store.language)}\u00a0%"
            found.append(Share(self._name(c.id), f"{c.count}{pct}", float(c.count), symbol=info.priority if info else 4))
        return found

    def _spread(self, figures: Figures | None) -> list[Share]:
        if figures is None or not any(figures.by_priority.values()):
            return []
        wanted = priority_targets(self.context.store)
        language = self.context.store.language
        found: list[Share] = []
        for p in PRIORITIES:
            pct = figures.priority_pct.get(p) or 0.0
            target = wanted.get(p)
            words = translate("Kpi", "Priority {n}").format(n=p)
            value = f"{number_text(pct, 0, language)}\u00a0%"
            found.append(Share(words, value, pct / 100.0, None if target is None else target / 100.0, symbol=p))
        return found

    def _acks(self, figures: Figures | None) -> list[Share]:
        if figures is None or not figures.ack_count:
            return []
        found: list[Share] = []
        for p in PRIORITIES:
            seconds = figures.ack_by_priority.get(p)
            shown = NO_VALUE if seconds is None else duration_text(seconds)
            found.append(Share(translate("Kpi", "Priority {n}").format(n=p), shown, seconds or 0.0, symbol=p))
        return found

    def _bad(self, figures: Figures | None) -> str:
        """Alarms that need the engineer: those that chatter, flit by, or never go."""
        if figures is None:
            return ""
        language = self.context.store.language
        lines: list[str] = []
        for c in figures.chattering[:3]:
            lines.append(
                translate("Kpi", "Chatters ×{n}: {name}").format(n=number_text(c.count, 0, language), name=self._name(c.id))
            )
        for c in figures.fleeting[:3]:
            lines.append(
                translate("Kpi", "Fleeting ×{n}: {name}").format(n=number_text(c.count, 0, language), name=self._name(c.id))
            )
        for alarm_id, since_ns in figures.stale[:3]:
            when = f"{date_text(since_ns)} {clock_minutes(since_ns)}"
            lines.append(translate("Kpi", "Stands since {when}: {name}").format(when=when, name=self._name(alarm_id)))
        return "\n".join(lines) or translate("Kpi", "No alarm chatters, flits by or stands over a day.")
