"""Floods: more annunciations in ten minutes than a person can answer (ISA-18.2-2016, 16.5.3; EEMUA 191 counts alike)."""

from __future__ import annotations

from typing import Final

from alarms.standing import Window
from alarms.table import AlarmRules
from line.clock import NS_PER_S
from line.messages import EventKind, JsonObject
from line.stage import Scan

WINDOW_NS: Final = 600 * NS_PER_S


def moved_on(window: Window, now_ns: int, annunciated: int = 0) -> Window:
    """The window at ``now_ns`` with so many annunciations more; ``window`` itself when nothing changed.

    What lies ahead of ``now_ns`` (the clock was set back) is left out: nobody knows how long ago it was.
    """
    counts = window.counts
    if not annunciated and (not counts or (counts[0][0] > now_ns - WINDOW_NS and counts[-1][0] <= now_ns)):
        return window
    first, last, total = 0, len(counts), window.total
    while first < last and counts[first][0] <= now_ns - WINDOW_NS:
        total -= counts[first][1]
        first += 1
    while first < last and counts[last - 1][0] > now_ns:
        last -= 1
        total -= counts[last][1]
    kept = counts[first:last]
    if annunciated:
        kept = (*kept, (now_ns, annunciated))
    return Window(kept, total + annunciated)


def judged(since_ns: int | None, window: Window, rules: AlarmRules, scan: Scan) -> int | None:
    """Since when a flood is under way (None: there is none), told at its beginning and its end."""
    if since_ns is None:
        if window.total <= rules.flood_start:
            return None
        _tell("started", window, scan)
        return scan.now_ns
    if window.total < rules.flood_end:
        _tell("ended", window, scan)
        return None
    return since_ns


def _tell(what: str, window: Window, scan: Scan) -> None:
    data: JsonObject = {"what": what, "count": window.total}
    scan.event(EventKind.FLOOD, "alarms", data)
