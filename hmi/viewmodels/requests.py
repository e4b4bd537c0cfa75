"""Service requests as the panel shows them: what is asked for where, how far it is, who may go on with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

ENDED: Final = frozenset({"confirmed", "cancelled"})
PRIORITIES: Final = ("urgent", "normal", "low")
ACTIONS: Final = ("take", "done", "confirm", "reopen", "cancel", "comment")
ROLE: Final = "operator"
OTHERS_ROLE: Final = "shift_lead"
"""Of who confirms or withdraws what somebody else asked for (docs/orders.md)."""
OWN: Final = frozenset({"confirm", "cancel"})
TOLD_ROLE: Final = "shift_lead"
"""Who is told of a request that nobody has taken: whoever sends people. An operator may take one, but is left at the line."""


@dataclass(frozen=True)
class Comment:
    """What somebody said, or said with the step they took (``what``)."""

    time_ns: int
    user: str
    what: str
    text: str


@dataclass(frozen=True)
class Request:
    """One request; times are UTC in ns, 0 where that has not happened."""

    id: str
    number: int
    kind: str
    kind_name: Obj
    unit: str
    text: str
    priority: str
    status: str
    by: str
    opened_ns: int
    taken_ns: int
    taken_by: str
    done_ns: int
    done_by: str
    ended_ns: int
    ended_by: str
    comments: tuple[Comment, ...]
    allowed: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Confirmed or withdrawn."""
        return self.status in ENDED

    @property
    def asked_ns(self) -> int:
        """Since when it waits to be taken: since it was made, or sent back."""
        return max([self.opened_ns, *(c.time_ns for c in self.comments if c.what == "reopened")])

    def age_s(self, now_ns: int) -> float:
        """How long it has been open, or was."""
        return max(0.0, ((self.ended_ns or now_ns) - self.opened_ns) / NS_PER_S)


@dataclass(frozen=True)
class Step:
    """A line of the course of a request."""

    time_ns: int
    user: str
    what: str
    text: str


def requests(store: LineStore) -> list[Request]:
    """Those that stand, most urgent first, then those that ended, newest first."""
    return list(store.parsed("requests", _read))


def request_by_id(store: LineStore, request_id: str) -> Request | None:
    """The request of that id, when the view has it."""
    return next((r for r in store.parsed("requests", _read) if r.id == request_id), None)


def of_unit(store: LineStore, unit_id: str) -> list[Request]:
    """Those of a unit that are not closed, most urgent first."""
    return [r for r in requests(store) if r.unit == unit_id and not r.ended]


def to_confirm(store: LineStore) -> list[Request]:
    """Done, and waiting for who stands here to say so: for who asked, for anybody while nobody is logged in; the oldest first."""
    done = [r for r in requests(store) if r.status == "done" and (store.user is None or store.user.user == r.by)]
    return sorted(done, key=lambda r: (r.done_ns, r.number))


def to_take(store: LineStore) -> list[Request]:
    """Those nobody has taken, most urgent first, then the oldest: for :data:`TOLD_ROLE` and while nobody is logged in, save who
    asked."""
    if store.user is not None and not store.user.may(TOLD_ROLE):
        return []
    return [r for r in requests(store) if r.status == "open" and (store.user is None or store.user.user != r.by)]


def kinds(store: LineStore) -> list[tuple[str, Obj]]:
    """Ids and names of what can be asked for on this line."""
    entries = wire.objects(store.line.production, "requests") if store.line is not None else []
    return [(wire.text(e, "id"), wire.obj(e, "name")) for e in entries]


def others(store: LineStore, request: Request) -> bool:
    """Whether somebody else than who stands here asked for it."""
    return store.user is not None and store.user.user != request.by


def against(store: LineStore, request: Request, action: str) -> str:
    """Why this cannot be done now: ``state``, ``link``, ``role`` or ``others``; empty when it can.

    While nobody is logged in the login is asked first, so nobody's role is judged.
    """
    if action not in request.allowed:
        return "state"
    if not store.live:
        return "link"
    if store.user is not None and not store.user.may(ROLE):
        return "role"
    if action in OWN and store.user is not None and others(store, request) and not store.user.may(OTHERS_ROLE):
        return "others"
    return ""


def course(request: Request) -> list[Step]:
    """What happened to it, oldest first, as far as the view tells: of steps before it was reopened only what was said."""
    found = [Step(request.opened_ns, request.by, "created", request.text)]
    found += [Step(c.time_ns, c.user, c.what, c.text) for c in request.comments]
    said = {(s.time_ns, s.what) for s in found}
    ended = "confirmed" if request.status == "confirmed" else "cancelled"
    steps = (
        (request.taken_ns, request.taken_by, "taken"), (request.done_ns, request.done_by, "done"),
        (request.ended_ns, request.ended_by, ended),
    )  # fmt: skip
    found += [Step(at_ns, user, what, "") for at_ns, user, what in steps if at_ns and (at_ns, what) not in said]
    return sorted(found, key=lambda s: s.time_ns)


def _read(view: Obj, before: tuple[Request, ...] | None) -> tuple[Request, ...]:
    return tuple(_request(entry) for entry in wire.objects(view, "requests"))


def _request(entry: Obj) -> Request:
    comments = tuple(
        Comment(wire.integer(c, "time_ns"), wire.text(c, "user"), wire.text(c, "what"), wire.text(c, "text"))
        for c in wire.objects(entry, "comments")
    )
    return Request(
        wire.text(entry, "id"), wire.integer(entry, "number"), wire.text(entry, "kind"), wire.obj(entry, "kind_name"),
        wire.text(entry, "unit"), wire.text(entry, "text"), wire.text(entry, "priority"), wire.text(entry, "status"),
        wire.text(entry, "by"), wire.integer(entry, "opened_ns"), wire.integer(entry, "taken_ns"), wire.text(entry, "taken_by"),
        wire.integer(entry, "done_ns"), wire.text(entry, "done_by"), wire.integer(entry, "ended_ns"),
        wire.text(entry, "ended_by"), comments, tuple(a for a in wire.items(entry, "allowed") if isinstance(a, str)),
    )  # fmt: skip
