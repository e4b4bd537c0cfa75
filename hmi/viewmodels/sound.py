"""When the panel sounds, and what: a tone of its own for each priority, for a call and for a lost line."""

from __future__ import annotations

from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.notices import notices_for
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

REPEAT_S: Final = {1: 5.0, 2: 15.0, 3: 60.0, 4: 0.0}
"""Seconds between two sounds while an alarm of this priority waits for its acknowledgement; 0 sounds once."""

LOST_REPEAT_S: Final = 60.0
LOST: Final = "lost"
CALL: Final = "call"


class Sounder:
    """Looked at a few times a second; answers with the name of the tone that is due, or ''.

    ``"1"`` … ``"4"`` are alarms, :data:`CALL` a notice for whoever stands here, :data:`LOST` a panel that does not see the line.
    """

    def __init__(self) -> None:
        self._priority = 0
        self._newest_ns = 0
        self._played_ns: int | None = None
        self._lost_ns: int | None = None
        self._was_live = False
        self._notices: frozenset[str] | None = None
        self._called_ns: int | None = None

    def look(self, store: LineStore, mono_ns: int) -> str:
        """The tone that is due at ``mono_ns`` of the panel's clock."""
        if not store.live:
            return self._lost(mono_ns)
        self._was_live, self._lost_ns = True, None
        called = self._called(store, mono_ns)
        alarm = self._alarm(store, mono_ns)
        return alarm or (CALL if called else "")

    def _lost(self, mono_ns: int) -> str:
        """Only what was seen once can be lost: a panel that starts before its server is quiet."""
        self._priority, self._played_ns = 0, None
        due = self._lost_ns is None or mono_ns - self._lost_ns >= LOST_REPEAT_S * NS_PER_S
        if not self._was_live or not due:
            return ""
        self._lost_ns = mono_ns
        return LOST

    def _called(self, store: LineStore, mono_ns: int) -> bool:
        """A notice that is new, or a call that nobody answers and whose escalation sounds by now."""
        ids = frozenset(n.id for n in notices_for(store))
        known, self._notices = self._notices, ids
        asked_s = wire.number(store.view("escalation"), "sound_s") or 0.0
        calls = asked_s > 0 and any(wire.text(run, "what") == "call" for run in _at_work(store))
        if not calls:
            self._called_ns = None
        again = calls and (self._called_ns is None or mono_ns - self._called_ns >= asked_s * NS_PER_S)
        if again:
            self._called_ns = mono_ns
        return again or (known is not None and bool(ids - known))

    def _alarm(self, store: LineStore, mono_ns: int) -> str:
        view = store.view("alarms")
        priority = wire.integer(view, "sounding") or _escalated(store)
        if not 1 <= priority <= 4:
            self._priority, self._played_ns = 0, None
            return ""
        newest_ns = max((wire.integer(row, "time_ns") for row in wire.objects(view, "active")), default=0)
        fresh = self._played_ns is None or newest_ns > self._newest_ns or priority < self._priority
        self._priority, self._newest_ns = priority, newest_ns
        if not fresh and not self._again(store, priority, mono_ns):
            return ""
        self._played_ns = mono_ns
        return str(priority)

    def _again(self, store: LineStore, priority: int, mono_ns: int) -> bool:
        """An escalation step may ask for a shorter interval, never for a longer one."""
        asked_s = wire.number(store.view("escalation"), "sound_s") or 0.0
        waits = [s for s in (REPEAT_S[priority], asked_s) if s > 0]
        return bool(waits) and self._played_ns is not None and mono_ns - self._played_ns >= min(waits) * NS_PER_S


def _escalated(store: LineStore) -> int:
    """The worst priority that escalates while a step sounds again after the silence, or after the acknowledgement; 0 is none."""
    view = store.view("escalation")
    if (wire.number(view, "sound_s") or 0.0) <= 0.0:
        return 0
    return min((p for run in _at_work(store) if 1 <= (p := wire.integer(run, "priority")) <= 4), default=0)


def _at_work(store: LineStore) -> list[Obj]:
    """Runs that are not paused."""
    return [run for run in wire.objects(store.view("escalation"), "runs") if not wire.flag(run, "paused")]
