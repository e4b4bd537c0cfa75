"""State of the trend page: which tags, which stretch of time, live or not, what to ask the server for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hmi.viewmodels import wire
from hmi.viewmodels.format import eu_text, with_eu
from hmi.viewmodels.line_info import TagInfo, UnitInfo
from hmi.viewmodels.ring import FloatArray
from hmi.viewmodels.samples import TagSamples
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import unit_state
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

PENS_MAX: Final = 8
RANGES_S: Final = (600, 3600, 28_800, 86_400, 2_592_000)
SPAN_MIN_S: Final = 10.0
SPAN_MAX_S: Final = 400 * 86_400.0
POINTS: Final = 2000
MARGIN: Final = 0.5
"""Share of the span that is fetched on either side of it, so that a small pan needs no request."""
ANSWER_WITHIN_NS: Final = 10 * NS_PER_S
LIVE_ENOUGH: Final = 4000
"""Live values of a tag after which history is asked for again to take their place, thinned."""
SETTLE_NS: Final = 300_000_000
"""The window must stand still for so long before history is asked for: a finger that pans asks once, at its end."""


@dataclass(frozen=True)
class Span:
    """The stretch shown: seconds long, ending at ``end_ns`` (UTC); ``live`` follows the line's time."""

    end_ns: int
    seconds: float
    live: bool

    @property
    def start_ns(self) -> int:
        """Left edge."""
        return self.end_ns - int(self.seconds * NS_PER_S)


class TrendModel:
    """Complete without a window. Times are the line's, UTC ns; ``mono_ns`` the panel's monotonic time."""

    def __init__(self, now_ns: int = 0) -> None:
        self.tags: list[str] = []
        self.hidden: set[str] = set()
        self.samples: dict[str, TagSamples] = {}
        self.span = Span(now_ns, RANGES_S[0], live=True)
        self.cursor_ns: int | None = None
        self._covered: tuple[int, int, float] | None = None
        self._asked: tuple[int, int, float, int] | None = None
        self._asked_tags: tuple[str, ...] = ()
        self._moved_ns = 0
        self._dirty = True

    # ---- pens -------------------------------------------------------------------------------------------------------

    def choose(self, tags: Sequence[str]) -> None:
        """Take these tags, at most :data:`PENS_MAX`; those that stay keep their samples."""
        self.tags = list(dict.fromkeys(tags))[:PENS_MAX]
        self.samples = {t: self.samples.get(t, TagSamples()) for t in self.tags}
        self.hidden &= set(self.tags)
        self._dirty = True

    def seed(self, store: LineStore, now_ns: int) -> None:
        """What the store remembers of the last minutes stands in until the history comes."""
        for tag, samples in self.samples.items():
            samples.seed(*store.ring(tag).window(self.span.start_ns, now_ns), now_ns)

    def toggle(self, tag: str) -> None:
        """Hide a pen, or show it again."""
        self.hidden ^= {tag}

    # ---- time -------------------------------------------------------------------------------------------------------

    def follow(self, now_ns: int) -> None:
        """Move the right edge to now while live."""
        if self.span.live:
            self.span = Span(now_ns, self.span.seconds, live=True)

    def show(self, seconds: float, now_ns: int) -> None:
        """A range that ends now and follows it."""
        self.span = Span(now_ns, min(SPAN_MAX_S, max(SPAN_MIN_S, seconds)), live=True)
        self._dirty = True

    def move(self, start_ns: int, end_ns: int, now_ns: int, mono_ns: int) -> None:
        """A stretch chosen by hand: live again as soon as its right edge reaches now."""
        seconds = min(SPAN_MAX_S, max(SPAN_MIN_S, (end_ns - start_ns) / NS_PER_S))
        live = end_ns >= now_ns
        self.span = Span(now_ns if live else end_ns, seconds, live)
        self._moved_ns = mono_ns

    def pan(self, share: float, now_ns: int, mono_ns: int) -> None:
        """Back (negative) or forward by a share of the span."""
        shift = int(self.span.seconds * share * NS_PER_S)
        self.move(self.span.start_ns + shift, self.span.end_ns + shift, now_ns, mono_ns)

    def zoom(self, factor: float, now_ns: int, mono_ns: int) -> None:
        """Longer (> 1) or shorter; the right edge stays while live, the middle otherwise."""
        seconds = min(SPAN_MAX_S, max(SPAN_MIN_S, self.span.seconds * factor))
        end_ns = now_ns if self.span.live else self.span.end_ns + int((seconds - self.span.seconds) / 2 * NS_PER_S)
        self.move(end_ns - int(seconds * NS_PER_S), end_ns, now_ns, mono_ns)

    # ---- history ----------------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Live values were not watched all the time, or the connection is new: ask for history again."""
        for samples in self.samples.values():
            samples.forget_live()
        self._covered = None
        self._asked = None
        self._dirty = True

    def request(self, now_ns: int, mono_ns: int) -> Obj | None:
        """Parameters of ``GET /api/history``, or None while what is held is enough or an answer is awaited."""
        if not self.tags or (self._asked is not None and mono_ns - self._asked[3] < ANSWER_WITHIN_NS):
            return None
        crowded = self.span.live and any(s.live_count > LIVE_ENOUGH for s in self.samples.values())
        if not self._dirty and not crowded and (mono_ns - self._moved_ns < SETTLE_NS or not self._lacks(now_ns)):
            return None
        margin = int(self.span.seconds * MARGIN * NS_PER_S)
        from_ns, to_ns = max(0, self.span.start_ns - margin), min(now_ns, self.span.end_ns + margin)
        if to_ns <= from_ns:
            return None
        self._asked, self._asked_tags, self._dirty = (from_ns, to_ns, self.span.seconds, mono_ns), tuple(self.tags), False
        points = int(POINTS * (to_ns - from_ns) / (self.span.seconds * NS_PER_S))
        return {"tag": list(self.tags), "from_ns": from_ns, "to_ns": to_ns, "points": max(2, points)}

    @property
    def settled(self) -> bool:
        """True when the history of the window is there, or none is wanted."""
        return not self.tags or (self._asked is None and not self._dirty)

    def _lacks(self, now_ns: int) -> bool:
        if self._covered is None:
            return True
        from_ns, to_ns, seconds = self._covered
        finer = self.span.seconds < seconds / 3 or self.span.seconds > seconds * 3
        left = self.span.start_ns < from_ns
        right = not self.span.live and min(now_ns, self.span.end_ns) > to_ns + 5 * NS_PER_S
        return finer or left or (right and self._live_since(to_ns))

    def _live_since(self, to_ns: int) -> bool:
        """True when live values do not reach on from the end of the history."""
        return any(s.hole_after(to_ns) for s in self.samples.values())

    def take(self, reply: Obj) -> None:
        """The message ``reply`` of the net client."""
        if self._asked is None or wire.integer(reply, "status") != 200:
            return
        from_ns, to_ns, seconds, _ = self._asked
        self._asked = None
        data = wire.obj(reply, "data")
        for tag in self._asked_tags:
            if tag in self.samples:
                self.samples[tag].take_history(wire.obj(data, tag), from_ns, to_ns)
        self._covered = (from_ns, to_ns, seconds)
        if set(self.tags) - set(self._asked_tags):
            self._dirty = True

    def live(self, store: LineStore, now_ns: int) -> None:
        """Take the newest values; a lost connection is a gap from here on."""
        for tag, samples in self.samples.items():
            value = store.value(tag)
            if not store.live:
                samples.cut(now_ns)
            elif value.source_ns:
                samples.watch(now_ns)
                samples.add_live(value.source_ns, value.value, value.status)

    # ---- texts ------------------------------------------------------------------------------------------------------

    def value_text(self, store: LineStore, tag: str) -> str:
        """The live value with its unit, ``?`` before one that is not good."""
        value = store.value(tag)
        return ("" if value.good else "? ") + number_words(store, tag, value.value)

    def at_cursor(self, tag: str) -> tuple[float | None, int] | None:
        """Value (None: not to be trusted) and status at the cursor; None without a cursor and where nothing was stored."""
        held = self.samples[tag].at(self.cursor_ns) if self.cursor_ns is not None and tag in self.samples else None
        if held is None:
            return None
        number, status = held
        return (None if number != number else number), status


def number_words(store: LineStore, tag: str, value: float | None) -> str:
    """A value of a tag as people read it: the word of an enumeration, else number and unit."""
    info = store.tag(tag)
    if info is None:
        return with_eu(value, 1, "", store.language)
    if info.enum and store.line is not None and value is not None:
        return store.line.enum_text(info.enum, value, store.language)
    return with_eu(value, info.decimals, info.eu, store.language)


def pen_name(store: LineStore, tag: str) -> str:
    """Unit's label and the tag's text."""
    info = store.tag(tag)
    if info is None:
        return tag
    unit = store.unit(info.unit)
    text = store.text(info.text) or info.short
    return f"{unit.label} {text}" if unit is not None and unit.label not in text else text


def scale_name(store: LineStore, tag: str) -> str:
    """Pens of equal name share an axis: the unit of measure, else the tag for itself."""
    info = store.tag(tag)
    if info is None or info.enum or info.kind == "bool":
        return "0/1" if info is not None and info.kind == "bool" else tag
    return eu_text(info.eu, store.language) if info.eu else tag


def choosable(store: LineStore, unit_id: str) -> list[TagInfo]:
    """Tags of a unit that can be drawn: measured values first, then setpoints, flags and codes."""
    if store.line is None:
        return []
    own = [t for t in store.line.tags.values() if group_of(store, t) == unit_id and t.kind in ("float", "int", "bool")]
    own = [t for t in own if t.short not in ("PhReq", "PhAck", "PhCmd", "PhId", "PhRes")]

    def rank(t: TagInfo) -> int:
        if t.analog:
            return 0
        if t.short.startswith("SP_"):
            return 1
        return 3 if t.short.startswith("Ph") or t.kind == "bool" else 2

    return sorted(own, key=rank)


def group_of(store: LineStore, info: TagInfo) -> str:
    """The unit of a tag, or what stands before its first dot when it belongs to none."""
    return info.unit if store.unit(info.unit) is not None else info.name.split(".", 1)[0]


def groups(store: LineStore) -> list[tuple[str, str]]:
    """Where tags can be chosen from: units in process order, then the rest, as (key, text)."""
    found = [(u.id, f"{u.label} {store.text(u.name)}") for u in store.units()]
    known = {key for key, _ in found}
    for info in store.line.tags.values() if store.line else ():
        key = group_of(store, info)
        if key not in known and info.kind in ("float", "int", "bool"):
            known.add(key)
            found.append((key, key))
    return found


def first_choice(store: LineStore) -> list[str]:
    """Pens of a page nobody has chosen for: the key values of the first unit that runs and has setpoints, else of the first."""

    def rank(unit: UnitInfo) -> tuple[bool, int]:
        return unit_state(store, unit.id).state != "running", -sum(bool(k.setpoint) for k in unit.key_values)

    for unit in sorted(store.units(), key=rank)[:1]:
        names = [t for k in unit.key_values for t in (k.tag, k.setpoint) if t]
        return list(dict.fromkeys(n for n in names if store.tag(n) is not None))[:4]
    return []


def with_setpoint(store: LineStore, tag: str) -> list[str]:
    """A tag and the setpoint it is compared with."""
    info = store.tag(tag)
    unit = store.unit(info.unit) if info else None
    setpoint = next((k.setpoint for k in (unit.key_values if unit else ()) if k.tag == tag and k.setpoint), "")
    return [t for t in (tag, setpoint) if t and store.tag(t) is not None]


def value_range(parts: Sequence[FloatArray], before: tuple[float, float] | None) -> tuple[float, float]:
    """A range with air that holds every finite value. ``before`` is kept while it holds them and is not far too wide."""
    ends = [float(v) for y in parts if len(f := y[np.isfinite(y)]) for v in (f.min(), f.max())]
    if not ends:
        return before or (0.0, 1.0)
    lo, hi = min(ends), max(ends)
    if before is not None and before[0] <= lo and hi <= before[1] and (hi - lo) > 0.45 * (before[1] - before[0]):
        return before
    air = max((hi - lo) * 0.12, abs(hi) * 0.01, 0.05)
    return lo - air, hi + air
