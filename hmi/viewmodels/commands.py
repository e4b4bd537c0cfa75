"""Commands that this panel has sent, followed until they are confirmed, refused or given up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S
from line.messages import Json

CONFIRM_WITHIN_NS: Final = 10 * NS_PER_S
KEEP_FINISHED: Final = 50
NO_ANSWER: Final = 504
"""Status of a request that went out and was not answered: the server may have it."""

TABLE: Final[dict[str, dict[str, str]]] = {
    "waiting": {"sent": "sending", "withdrawn": "withdrawn"},
    "sending": {
        "received": "received", "accepted": "accepted", "confirmed": "confirmed", "refused": "refused",
        "timed_out": "timed_out", "failed": "failed", "late": "timed_out",
    },
    "received": {
        "received": "received", "accepted": "accepted", "confirmed": "confirmed", "refused": "refused",
        "timed_out": "timed_out", "failed": "failed", "late": "timed_out",
    },
    "accepted": {
        "received": "accepted", "accepted": "accepted", "confirmed": "confirmed", "refused": "refused",
        "timed_out": "timed_out", "failed": "accepted", "late": "done",
    },
}  # fmt: skip
"""State → what happened → next state; states that are no key are final. ``late`` is the panel's own deadline.

``waiting`` is what waits for somebody to log in; it is withdrawn when nobody does.
"""

FINAL: Final = frozenset({"confirmed", "refused", "timed_out", "failed", "done", "withdrawn"})


@dataclass(frozen=True)
class Pending:
    """A command on its way; ``local`` is this panel's number, ``id`` the server's once it is known."""

    local: int
    kind: str
    target: str
    args: Obj
    sent_mono_ns: int
    state: str = "sending"
    id: str = ""
    reasons: tuple[Obj, ...] = ()
    error: str = ""

    @property
    def final(self) -> bool:
        """Nothing more will come."""
        return self.state in FINAL


class CommandBook:
    """All commands of this panel session. Events may arrive before the server's answer to the request itself."""

    def __init__(self) -> None:
        self._next = 1
        self._open: dict[int, Pending] = {}
        self._finished: deque[Pending] = deque(maxlen=KEEP_FINISHED)
        self._early: deque[Obj] = deque(maxlen=200)
        self._news: deque[Pending] = deque(maxlen=KEEP_FINISHED)
        self._watchers: dict[int, Callable[[Pending], None]] = {}

    def watch(self, local: int, told: Callable[[Pending], None]) -> None:
        """Call ``told`` whenever the command of this number moves, until it is final."""
        self._watchers[local] = told

    def unwatch(self, local: int) -> None:
        """No more of this one; unknown numbers are ignored."""
        self._watchers.pop(local, None)

    @property
    def newest(self) -> int:
        """Number of the command that was opened last; 0 before the first."""
        return self._next - 1

    def since(self, local: int) -> list[Pending]:
        """Commands opened after this number that are under way or wait for a login, and that nobody watches."""
        return [p for p in self._open.values() if p.local > local and p.local not in self._watchers]

    def open(self, kind: str, target: str, args: Obj, mono_ns: int, *, waiting: bool = False) -> Pending:
        """Note a command that is about to be sent, or that ``waiting`` holds back until somebody has logged in."""
        pending = Pending(self._next, kind, target, args, mono_ns, "waiting" if waiting else "sending")
        self._next += 1
        self._open[pending.local] = pending
        return pending

    def sent(self, local: int, mono_ns: int) -> None:
        """A command that waited for a login goes out now."""
        pending = self._open.get(local)
        if pending is not None and pending.state == "waiting":
            self._move(replace(pending, sent_mono_ns=mono_ns), "sent", ())

    def withdraw(self, local: int) -> None:
        """Nobody has logged in for it."""
        pending = self._open.get(local)
        if pending is not None and pending.state == "waiting":
            self._move(pending, "withdrawn", ())

    def reply(self, local: int, status_code: int, body: Obj, error: str = "") -> None:
        """The server's answer to the request: 202 with an id, else a refusal with reasons or a failure."""
        pending = self._open.get(local)
        if pending is None:
            return
        if status_code == 202:
            known = replace(pending, id=wire.text(body, "id"))
            self._open[local] = known
            self._move(known, "received", ())
            for data in [d for d in self._early if wire.text(d, "id") == known.id]:
                self.event(data)
        elif status_code in (403, 409, 422, 503):
            self._move(pending, "refused", reasons_of(body), error)
        elif status_code == NO_ANSWER:
            self._move(pending, "timed_out", reasons_of(body))
        elif status_code == 0:
            self._move(pending, "failed", reasons_of(body))  # in words of the panel, not of its libraries
        else:
            self._move(pending, "failed", reasons_of(body), error or f"HTTP {status_code}")

    def event(self, data: Obj) -> None:
        """The data of an event of kind ``command``, whoever sent the command."""
        command_id = wire.text(data, "id")
        match = next((p for p in self._open.values() if p.id and p.id == command_id), None)
        if match is None:
            self._early.append(data)
            return
        status = wire.text(data, "status")
        if status in TABLE["sending"]:
            self._move(match, status, reasons_of(data))

    def tick(self, mono_ns: int) -> None:
        """Give up what was not confirmed in time."""
        for pending in list(self._open.values()):
            if pending.state != "waiting" and mono_ns - pending.sent_mono_ns > CONFIRM_WITHIN_NS:
                self._move(pending, "late", ())

    def _move(self, pending: Pending, what: str, reasons: tuple[Obj, ...], error: str = "") -> None:
        state = TABLE[pending.state][what]
        moved = replace(pending, state=state, reasons=reasons or pending.reasons, error=error or pending.error)
        if moved.final:
            self._open.pop(pending.local, None)
            self._finished.append(moved)
            if moved.local not in self._watchers and state != "withdrawn":  # a dialog that watches says it itself
                self._news.append(moved)
        else:
            self._open[pending.local] = moved
        told = self._watchers.pop(moved.local, None) if moved.final else self._watchers.get(moved.local)
        if told is not None:
            told(moved)

    def pending(self, kind: str = "", target: str = "") -> list[Pending]:
        """Commands that have gone out and are open, all or those of a kind and target."""
        gone_out = (p for p in self._open.values() if p.state != "waiting")
        return [p for p in gone_out if (not kind or p.kind == kind) and (not target or p.target == target)]

    def unanswered(self, kind: str = "", target: str = "") -> list[Pending]:
        """As :meth:`pending`, without those that the engine accepted: of what no PLC confirms nothing more need come."""
        return [p for p in self.pending(kind, target) if p.state != "accepted"]

    def last(self, kind: str, target: str) -> Pending | None:
        """The newest command of a kind for a target that has gone out, open or finished."""
        known = (p for p in (*self._finished, *self._open.values()) if p.state not in ("waiting", "withdrawn"))
        found = [p for p in known if p.kind == kind and p.target == target]
        return max(found, key=lambda p: p.local, default=None)

    def take_news(self) -> list[Pending]:
        """Commands that ended since the last call, for a message to the operator."""
        news = list(self._news)
        self._news.clear()
        return news


def reasons_of(body: Obj) -> tuple[Obj, ...]:
    """Reasons as ``{ru, en}`` texts: a list ``reasons``, one ``reason``, else the answer's ``error``."""
    found: list[Obj] = [*wire.objects(body, "reasons")]
    single: Json = body.get("reason")
    if single:
        found.append(wire.obj(single) or {"ru": str(single), "en": str(single)})
    error = wire.obj(body, "error")
    if error and not found:
        found.append(error)
    return tuple(found)
