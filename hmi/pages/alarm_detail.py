"""The pane beside the alarm list: why, what it leads to, what to do, how long there is, and the trend around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import steps_of
from hmi.viewmodels.format import clock_text, date_text, eu_text, number_text
from hmi.viewmodels.samples import TagSamples, staircase, stretches
from hmi.viewmodels.wire import Obj
from hmi.widgets.alarmtrend import AlarmTrend
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.indicators import AlarmSymbol
from hmi.widgets.trend import Series
from line.clock import NS_PER_S

HISTORY_REPLY: Final = "alarms.history"
BEFORE_NS: Final = 10 * 60 * NS_PER_S
AFTER_NS: Final = 5 * 60 * NS_PER_S
LIVE_SPAN_MAX_NS: Final = 60 * 60 * NS_PER_S
POINTS: Final = 600
GAPS_MAX: Final = 20
ANSWER_WITHIN_NS: Final = 10 * NS_PER_S


@dataclass(frozen=True)
class Detail:
    """What the pane shows; ``live`` lets the trend run on to now, else it ends a little after ``time_ns``."""

    alarm: str
    tag: str
    unit: str
    priority: int
    flashing: bool
    headline: str
    cause: str
    consequence: str
    response: str
    response_s: int
    time_ns: int
    limit: float | None
    eu: str
    live: bool

    @property
    def window_key(self) -> tuple[str, int, bool]:
        """What the trend depends on."""
        return self.tag, self.time_ns, self.live


class AlarmDetail(Pane):
    """Built once; :meth:`show_detail` with None empties it."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.context = context
        px = context.look.px
        self.detail: Detail | None = None
        self.samples = TagSamples()
        self._window: tuple[str, int, bool] | None = None
        self._asked: tuple[int, int, int] | None = None
        self._loaded = False
        context.on_reply[HISTORY_REPLY] = self._take_history
        head = QHBoxLayout()
        head.setSpacing(px(8))
        self.symbol = AlarmSymbol(context.look)
        self.symbol.setFixedSize(px(20), px(20))
        head.addWidget(self.symbol)
        self.title.setWordWrap(True)
        self.title.setMinimumWidth(px(80))
        self.body.removeWidget(self.title)
        head.addWidget(self.title, 1)
        self.body.addLayout(head)
        self.captions = [label("", "title") for _ in range(3)]
        self.texts = [label("", "", wrap=True) for _ in range(3)]
        for caption, text in zip(self.captions, self.texts, strict=True):
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            self.body.addSpacing(px(2))
            self.body.addWidget(caption)
            self.body.addWidget(text)
        self.body.addSpacing(px(4))
        self.trend_title = label("", "small")
        self.trend = AlarmTrend(context.look)
        self.trend.setMinimumHeight(px(110))
        self.body.addWidget(self.trend_title)
        self.body.addWidget(self.trend, 100)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(10))
        self.to_unit = button("", lambda: self._open("unit"), role="compact")
        self.to_trend = button("", lambda: self._open("trends"), role="compact")
        buttons.addWidget(self.to_unit)
        buttons.addWidget(self.to_trend)
        buttons.addStretch(1)
        self.body.addStretch(1)
        self.body.addLayout(buttons)

    def _open(self, page: str) -> None:
        if self.detail is None:
            return
        moment = "" if self.detail.live else f"@{self.detail.time_ns}"
        self.context.navigate(page, self.detail.unit if page == "unit" else f"{self.detail.tag}{moment}")

    def apply_look(self) -> None:
        """The palette has changed."""
        self.trend.apply_look()

    def settled(self) -> bool:
        """False while the history of the alarm's tag is awaited."""
        return self._loaded or self._asked is None

    def retranslate(self) -> None:
        """Fixed texts."""
        self.to_unit.setText(translate("Alarms", "Unit") + " ▸")
        self.to_trend.setText(translate("Alarms", "Trend") + " ▸")

    def show_detail(self, detail: Detail | None) -> None:
        """Show this alarm."""
        if detail is not None and detail.window_key != self._window:
            self._window, self._asked, self._loaded = detail.window_key, None, False
            self.samples = TagSamples()
            from_ns, to_ns = self._span(detail)
            if self.context.store.tag(detail.tag) is not None:
                self.samples.seed(*self.context.store.ring(detail.tag).window(from_ns, to_ns), to_ns)
        self.detail = detail
        self.symbol.show_priority(detail.priority if detail else 0, flashing=bool(detail and detail.flashing))
        self.title.setText(detail.headline if detail else "")
        self._refresh_texts(detail)
        self._refresh_trend(detail)
        self.to_unit.setVisible(detail is not None and self.context.store.unit(detail.unit) is not None)
        self.to_trend.setVisible(detail is not None and self.context.store.tag(detail.tag) is not None)

    def _refresh_texts(self, detail: Detail | None) -> None:
        captions = [translate("Alarms", "Cause"), translate("Alarms", "Consequence"), translate("Alarms", "What to do")]
        texts = ["", "", ""]
        if detail is not None:
            if detail.response_s:
                captions[2] = translate("Alarms", "What to do · respond within {n} min").format(n=detail.response_s // 60)
            steps = steps_of(detail.response)
            numbered = "\n".join(f"{i}. {s}" for i, s in enumerate(steps, start=1))
            texts = [detail.cause, detail.consequence, numbered]
        for caption, text, caption_text, words in zip(self.captions, self.texts, captions, texts, strict=True):
            caption.setText(caption_text)
            text.setText(words)
            caption.setVisible(bool(words))
            text.setVisible(bool(words))

    # ---- trend ------------------------------------------------------------------------------------------------------

    def _span(self, detail: Detail) -> tuple[int, int]:
        now_ns = self.context.now_ns()
        if detail.live:
            return max(detail.time_ns - BEFORE_NS, now_ns - LIVE_SPAN_MAX_NS), now_ns
        return detail.time_ns - BEFORE_NS, min(now_ns, detail.time_ns + AFTER_NS)

    def _refresh_trend(self, detail: Detail | None) -> None:
        store = self.context.store
        info = store.tag(detail.tag) if detail else None
        shown = detail is not None and info is not None and info.kind in ("float", "int") and not info.enum
        self.trend.setVisible(shown)
        self.trend_title.setVisible(shown)
        if detail is None or info is None or not shown:
            return
        from_ns, to_ns = self._span(detail)
        self._ask(detail.tag, from_ns, to_ns)
        if detail.live and store.live:
            value = store.value(detail.tag)
            self.samples.watch(to_ns)
            self.samples.add_live(value.source_ns, value.value, value.status)
        x, y = staircase(self.samples.all(), to_ns, to_ns)
        first = max(0, int(np.searchsorted(x, (from_ns - to_ns) / NS_PER_S)) - 1)
        x, y = x[first:], y[first:]
        limits = (detail.limit,) if detail.limit is not None and detail.eu == info.eu else ()
        title = f"{store.text(info.text)}, {eu_text(info.eu, store.language)}"
        if limits:
            said = number_text(detail.limit, info.decimals, store.language)
            title += " · " + translate("Alarms", "limit {value}").format(value=said)
        if not detail.live:
            title = f"{date_text(detail.time_ns)} {clock_text(detail.time_ns)} · {title}"
        self.trend_title.setText(title.rstrip(", "))
        lo, hi = _range([float(v) for v in y if v == v], limits)
        self.trend.show_series(
            [Series("", x, y)], end_ns=to_ns, span_s=max(60.0, (to_ns - from_ns) / NS_PER_S), limits=limits,
            y_range=(lo, hi), language=store.language,
        )  # fmt: skip
        self.trend.show_around((detail.time_ns - to_ns) / NS_PER_S, self._gaps(from_ns, to_ns))

    def _gaps(self, from_ns: int, to_ns: int) -> list[tuple[float, float]]:
        """Where the value was bad, in seconds before the right edge; the latest ones."""
        found = [s for s in stretches(self.samples.all(), to_ns) if s.bad and s.end_ns > from_ns and s.start_ns < to_ns]
        edges = [(max(s.start_ns, from_ns), min(s.end_ns, to_ns)) for s in found[-GAPS_MAX:]]
        return [((a - to_ns) / NS_PER_S, (b - to_ns) / NS_PER_S) for a, b in edges]

    def _ask(self, tag: str, from_ns: int, to_ns: int) -> None:
        mono_ns = self.context.clock.monotonic_ns()
        waiting = self._asked is not None and mono_ns - self._asked[2] < ANSWER_WITHIN_NS
        if self._loaded or waiting or not self.context.store.live or to_ns <= from_ns:
            return
        self._asked = (from_ns, to_ns, mono_ns)
        params: Obj = {"tag": [tag], "from_ns": from_ns, "to_ns": to_ns, "points": POINTS}
        self.context.port.fetch("/api/history", params, HISTORY_REPLY)

    def _take_history(self, reply: Obj) -> None:
        entry = wire.obj(wire.obj(reply, "data"), self.detail.tag if self.detail else "")
        if wire.integer(reply, "status") != 200 or self._asked is None or not entry:
            return
        self.samples.take_history(entry, self._asked[0], self._asked[1])
        self._loaded = True
        if self.isVisible():
            self._refresh_trend(self.detail)


def _range(values: list[float], limits: tuple[float, ...]) -> tuple[float, float]:
    """Values and limit with a tenth of air."""
    ends = [*values, *limits]
    if not ends:
        return 0.0, 1.0
    lo, hi = min(ends), max(ends)
    air = max((hi - lo) * 0.1, abs(hi) * 0.02, 0.1)
    return lo - air, hi + air
