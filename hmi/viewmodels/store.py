"""What the panel knows of the line, complete without a window: description, values, views, link, recent history."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeVar

import numpy as np

from hmi.viewmodels import wire
from hmi.viewmodels.format import use_zone
from hmi.viewmodels.line_info import LineInfo, TagInfo, UnitInfo, parse_line
from hmi.viewmodels.ring import FloatArray, Ring, points_of, stepped
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S
from line.messages import Json
from line.quality import Status, is_bad, is_good

STALE_AFTER_NS: Final = 5 * NS_PER_S
"""A connected server that says nothing for so long counts as gone (the heartbeat tags change every second)."""
EVENTS_KEPT: Final = 500
T = TypeVar("T")
ROLES: Final = ("viewer", "operator", "shift_lead", "technologist", "engineer", "admin")


class Link(StrEnum):
    """Whether what is shown is live."""

    CONNECTING = "connecting"
    LIVE = "live"
    SERVER_LOST = "server_lost"
    ENGINE_DOWN = "engine_down"


@dataclass(frozen=True)
class TagValue:
    """A value with its quality. ``value`` is the last known number (None: never known); ``good`` already counts the link."""

    value: float | None
    text: str
    status: int
    source_ns: int
    good: bool


UNKNOWN: Final = TagValue(None, "", int(Status.BAD_WAITING_FOR_INITIAL_DATA), 0, False)


@dataclass(frozen=True)
class User:
    """Who is logged in at this panel."""

    user: str
    name: str
    role: str
    must_change_password: bool = False
    """Until then the server lets the user look, and change the password, and nothing else."""

    def may(self, role: str) -> bool:
        """True when the user's role is ``role`` or above it."""
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)


class LineStore:
    """Holds the newest state; :meth:`apply` takes every message of the net client, in the GUI's thread.

    ``mono_ns`` are monotonic times of the panel, for ages; ``now_ns`` UTC of the panel. Line time is the server's.
    """

    def __init__(self, language: str = "ru") -> None:
        self.language = language
        self.line: LineInfo | None = None
        self.user: User | None = None
        self.views: dict[str, Obj] = {}
        self.events: deque[Obj] = deque(maxlen=EVENTS_KEPT)
        self.forwarder: Obj = {}
        self.revision = 0
        self._raw: dict[str, tuple[float | None, str, int, int]] = {}
        self._rings: dict[str, Ring] = {}
        self._parsed: dict[tuple[str, Callable[[Obj, Any], Any]], tuple[Obj, Any]] = {}
        self._connected = False
        self._image_seen = False
        self._engine_up = True
        self._last_message_mono_ns: int | None = None
        self._last_image_ns = 0
        self._offset_ns = 0
        self._live = False
        self._handlers: dict[str, Callable[[Obj, int, int], None]] = {
            "line": self._on_line, "hello": self._on_hello, "image": self._on_image, "view": self._on_view,
            "event": self._on_event, "engine": self._on_engine, "forwarder": self._on_forwarder, "lost": self._on_lost,
            "connected": self._on_connected, "session": self._on_session, "password_changed": self._on_password_changed,
            "history": self._on_history,
        }  # fmt: skip

    # ---- messages -------------------------------------------------------------------------------------------------

    def apply(self, message: Obj, *, mono_ns: int, now_ns: int) -> bool:
        """Take one message; False for a type that is none of the store's business."""
        handler = self._handlers.get(wire.text(message, "type"))
        if handler is None:
            return False
        handler(message, mono_ns, now_ns)
        self.revision += 1
        return True

    def tick(self, mono_ns: int) -> None:
        """Look at the age of the last message; call it at least once a second."""
        fresh = self._last_message_mono_ns is not None and mono_ns - self._last_message_mono_ns < STALE_AFTER_NS
        live = self._connected and self._engine_up and fresh
        if live != self._live:
            self._live = live
            self.revision += 1

    def _seen(self, mono_ns: int) -> None:
        self._last_message_mono_ns = mono_ns
        self.tick(mono_ns)

    def _on_line(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        self.line = parse_line(wire.obj(message, "data"))
        use_zone(self.line.time_zone)

    def _on_connected(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        self._connected = True
        self._seen(mono_ns)

    def _on_hello(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        self._connected = True
        server_ns = wire.integer(message, "now_ns")
        self._offset_ns = server_ns - now_ns if server_ns else 0
        self._engine_up = wire.text(message, "engine", "up") == "up"
        self._seen(mono_ns)

    def _on_image(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        time_ns = wire.integer(message, "time_ns")
        for name, entry in wire.obj(message, "tags").items():
            cells = wire.items(entry)
            if len(cells) < 3:
                continue
            number, status, source = wire.as_number(cells[0]), wire.as_number(cells[1]), cells[2]
            string = cells[0] if isinstance(cells[0], str) else ""
            code = int(status) if status is not None else int(Status.BAD_WAITING_FOR_INITIAL_DATA)
            if number is None and not string and name in self._raw:
                number = self._raw[name][0]
            self._raw[name] = (number, string, code, source if isinstance(source, int) else 0)
            self._record(name, time_ns, number if is_good(code) else None)
        self._last_image_ns = time_ns or self._last_image_ns
        self._image_seen = True
        self._seen(mono_ns)

    def _record(self, name: str, time_ns: int, value: float | None) -> None:
        info = self.tag(name)
        if info is not None and info.kind in ("float", "int") and time_ns:
            self._rings.setdefault(name, Ring()).add(time_ns, value)

    def _on_view(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        self.views[wire.text(message, "name")] = wire.obj(message, "data")
        if not wire.flag(message, "fetched"):
            self._seen(mono_ns)

    def _on_event(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        self.events.append(wire.obj(message, "event"))
        self._seen(mono_ns)

    def _on_engine(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        self._engine_up = wire.text(message, "state") == "up"
        self._seen(mono_ns)

    def _on_forwarder(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        self.forwarder = message
        self._seen(mono_ns)

    def _on_lost(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        self._connected = False
        self.tick(mono_ns)

    def _on_session(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        name = wire.text(message, "user")
        role = wire.text(message, "role", "viewer")
        must = wire.flag(message, "must_change_password")
        self.user = User(name, wire.text(message, "name") or name, role, must) if name else None

    def _on_password_changed(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        if self.user is not None:
            self.user = replace(self.user, must_change_password=False)

    def _on_history(self, message: Obj, mono_ns: int, now_ns: int) -> None:
        for name, entry in wire.obj(message, "data").items():
            times, values = points_of(wire.items(entry, "t"), wire.items(entry, "v"), wire.items(entry, "q"))
            self._rings.setdefault(name, Ring()).fill(times, values)

    # ---- link -----------------------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """True once the description, a full image and the units' view are there: something can be shown."""
        return self.line is not None and self._image_seen and "units" in self.views

    @property
    def live(self) -> bool:
        """True when what is shown comes from a running engine, just now."""
        return self._live

    @property
    def link(self) -> Link:
        """Why it is not live, when it is not."""
        if self._live:
            return Link.LIVE
        if self._last_message_mono_ns is None:
            return Link.CONNECTING
        return Link.ENGINE_DOWN if self._connected and not self._engine_up else Link.SERVER_LOST

    def now_ns(self, panel_ns: int) -> int:
        """The line's time, from the panel's clock and the offset that the server's greeting told."""
        return panel_ns + self._offset_ns

    def age_s(self, panel_ns: int) -> float:
        """Seconds since the newest image that is shown; 0 before the first."""
        if not self._last_image_ns:
            return 0.0
        return max(0.0, (self.now_ns(panel_ns) - self._last_image_ns) / NS_PER_S)

    # ---- lookups --------------------------------------------------------------------------------------------------

    def text(self, both: Json) -> str:
        """A text of the line in the panel's language."""
        return wire.bilingual(both, self.language)

    def tag(self, name: str) -> TagInfo | None:
        """The description of a tag."""
        return self.line.tags.get(name) if self.line else None

    def unit(self, unit_id: str) -> UnitInfo | None:
        """The description of a unit."""
        return self.line.unit(unit_id) if self.line else None

    def units(self) -> tuple[UnitInfo, ...]:
        """All units in process order; none before the description came."""
        return self.line.units if self.line else ()

    def value(self, name: str) -> TagValue:
        """The newest value of a tag; not good while the server or the engine is gone, whatever its status was."""
        raw = self._raw.get(name)
        if raw is None:
            return UNKNOWN
        number, string, status, source_ns = raw
        return TagValue(number, string, status, source_ns, self._live and is_good(status))

    def number(self, name: str) -> float | None:
        """The value when it is good, else None."""
        value = self.value(name)
        return value.value if value.good else None

    def bad(self, name: str) -> bool:
        """True when the last status was Bad (not merely Uncertain)."""
        return is_bad(self.value(name).status)

    def ring(self, name: str) -> Ring:
        """Recent values of a tag; empty when there are none."""
        return self._rings.setdefault(name, Ring())

    def recent(self, name: str, now_ns: int, span_s: float) -> tuple[FloatArray, FloatArray]:
        """The last ``span_s`` seconds as (seconds before now ≤ 0, values); ends with NaN while the link is gone."""
        x, y = stepped(*self.ring(name).window(now_ns - int(span_s * NS_PER_S), now_ns))
        if not self._live and len(x):
            return np.append(x, x[-1]), np.append(y, np.nan)
        return x, y

    def view(self, name: str) -> Obj:
        """The newest view of that name; empty when there is none."""
        return self.views.get(name, wire.EMPTY)

    def parsed(self, name: str, read: Callable[[Obj, T | None], T]) -> T:
        """What ``read`` makes of the newest view of that name; read once per view, however often it is asked for.

        ``read`` is also handed what it made of the view before.
        """
        view = self.view(name)
        known = self._parsed.get((name, read))
        if known is None or known[0] is not view:
            known = self._parsed[name, read] = (view, read(view, known[1] if known is not None else None))
        return known[1]
