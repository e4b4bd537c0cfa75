"""The trend around an alarm: history from the server joined with live values, its limit, its moment, and bad stretches."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.format import clock_text, date_text, eu_text, number_text
from hmi.viewmodels.line_info import TagInfo
from hmi.viewmodels.samples import TagSamples, staircase, stretches
from hmi.viewmodels.wire import Obj
from hmi.widgets.alarmtrend import AlarmTrend
from hmi.widgets.dialogs import label
from hmi.widgets.trend import Series
from line.clock import NS_PER_S

HISTORY_REPLY: Final = "alarms.history"
BEFORE_NS: Final = 10 * 60 * NS_PER_S
AFTER_NS: Final = 5 * 60 * NS_PER_S
LIVE_SPAN_MAX_NS: Final = 60 * 60 * NS_PER_S
POINTS: Final = 600
GAPS_MAX: Final = 20
ANSWER_WITHIN_NS: Final = 10 * NS_PER_S
HEIGHT: Final = 88


class AroundTrend(QWidget):
    """:meth:`show_around` shows a tag around a moment; ``live`` lets it run on to now, else it ends a little after."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.context = context
        self.samples = TagSamples()
        self._shown: tuple[str, int, bool] | None = None
        self._limit: tuple[float | None, str] = (None, "")
        self._asked: tuple[int, int, int] | None = None
        self._loaded = False
        context.on_reply[HISTORY_REPLY] = self._take_history
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(context.look.px(2))
        self.title = label("", "small")
        self.trend = AlarmTrend(context.look)
        self.trend.setMinimumHeight(context.look.px(HEIGHT - 20))
        column.addWidget(self.title)
        column.addWidget(self.trend, 1)

    def settled(self) -> bool:
        """False while the history is awaited."""
        return self._loaded or self._asked is None

    def can_show(self, tag: str) -> bool:
        """Whether there is a curve to draw: a number, and no code of a state."""
        info = self.context.store.tag(tag)
        return info is not None and info.kind in ("float", "int") and not info.enum

    def show_around(self, tag: str, time_ns: int, limit: float | None, eu: str, *, live: bool) -> None:
        """Show this; :meth:`can_show` tells whether there is anything."""
        wanted = (tag, time_ns, live)
        if wanted != self._shown:
            self._shown, self._asked, self._loaded = wanted, None, False
            self.samples = TagSamples()
            from_ns, to_ns = self._span(time_ns, live)
            if self.context.store.tag(tag) is not None:
                self.samples.seed(*self.context.store.ring(tag).window(from_ns, to_ns), to_ns)
        self._limit = (limit, eu)
        self._draw()

    def apply_look(self) -> None:
        """The palette has changed."""
        self.trend.apply_look()

    def _span(self, time_ns: int, live: bool) -> tuple[int, int]:
        now_ns = self.context.now_ns()
        if live:
            return max(time_ns - BEFORE_NS, now_ns - LIVE_SPAN_MAX_NS), now_ns
        return time_ns - BEFORE_NS, min(now_ns, time_ns + AFTER_NS)

    def _draw(self) -> None:
        if self._shown is None:
            return
        tag, time_ns, live = self._shown
        store = self.context.store
        info = store.tag(tag)
        if info is None or not self.can_show(tag):
            return
        from_ns, to_ns = self._span(time_ns, live)
        self._ask(tag, from_ns, to_ns)
        if live and store.live:
            value = store.value(tag)
            self.samples.watch(to_ns)
            self.samples.add_live(value.source_ns, value.value, value.status)
        x, y = staircase(self.samples.all(), to_ns, to_ns)
        first = max(0, int(np.searchsorted(x, (from_ns - to_ns) / NS_PER_S)) - 1)
        x, y = x[first:], y[first:]
        limit, eu = self._limit
        limits = (limit,) if limit is not None and eu == info.eu else ()
        self.title.setText(self._title(info, limits))
        lo, hi = _range([float(v) for v in y if v == v], limits)
        self.trend.show_series(
            [Series("", x, y)], end_ns=to_ns, span_s=max(60.0, (to_ns - from_ns) / NS_PER_S), limits=limits,
            y_range=(lo, hi), language=store.language,
        )  # fmt: skip
        self.trend.show_around((time_ns - to_ns) / NS_PER_S, self._gaps(from_ns, to_ns))

    def _title(self, info: TagInfo, limits: tuple[float, ...]) -> str:
        store = self.context.store
        title = f"{store.text(info.text)}, {eu_text(info.eu, store.language)}".rstrip(", ")
        if limits:
            value = number_text(limits[0], info.decimals, store.language)
            title += " · " + translate("Alarms", "limit {value}").format(value=value)
        if self._shown is not None and not self._shown[2]:
            moment = self._shown[1]
            title = f"{date_text(moment)} {clock_text(moment)} · {title}"
        return title

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
        entry = wire.obj(wire.obj(reply, "data"), self._shown[0] if self._shown else "")
        if wire.integer(reply, "status") != 200 or self._asked is None or not entry:
            return
        self.samples.take_history(entry, self._asked[0], self._asked[1])
        self._loaded = True
        if self.isVisible():
            self._draw()


def _range(values: list[float], limits: tuple[float, ...]) -> tuple[float, float]:
    """Values and limit with a tenth of air."""
    ends = [*values, *limits]
    if not ends:
        return 0.0, 1.0
    lo, hi = min(ends), max(ends)
    air = max((hi - lo) * 0.1, abs(hi) * 0.02, 0.1)
    return lo - air, hi + air
