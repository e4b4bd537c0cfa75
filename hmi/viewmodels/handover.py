"""The hand-over of a shift as the panel sees it: who hands over to whom, what is open, who signs next, what is due when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import EMPTY, Obj
from line.clock import NS_PER_S
from line.messages import Json

DUE_BEFORE_NS: Final = 30 * 60 * NS_PER_S
"""So long before its planned end the panel asks for the hand-over of a shift."""
NOTES_MAX: Final = 4000
PART_OF: Final = 600
"""Characters of the notes in one row of the list that is read: a row is never higher than a page."""

PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "batch": ("batch", "{id}"), "prompt": ("batch", "{id}"), "deviation": ("batch", "{id}"), "alarm": ("alarms", "{id}"),
    "hidden_alarm": ("alarms", "{id}"), "manual": ("unit", "{id}"), "call": ("calls", "{id}"), "stop": ("shift", "stops/{id}"),
    "request": ("calls", "{id}"), "order": ("orders", "{id}"), "lot": ("lot", "{id}"),
}  # fmt: skip
"""Kind of an open matter → page and argument where it is dealt with; what is not named leads nowhere."""


@dataclass(frozen=True)
class Matter:
    """An open matter; ``now`` runs on while it is read and is not signed."""

    kind: str
    id: str
    of: str
    unit: str
    text: Obj
    now: Obj

    @property
    def key(self) -> str:
        """What tells it from the others of the list, its words included."""
        return "/".join((self.kind, self.id, self.of, wire.text(self.text, "ru")))

    @property
    def place(self) -> tuple[str, str] | None:
        """Page and argument."""
        known = PLACES.get(self.kind)
        return (known[0], known[1].format(id=self.id)) if known is not None and self.id else None


@dataclass(frozen=True)
class Signed:
    """A signature of the hand-over."""

    user: str
    name: str
    role: str
    time_ns: int


@dataclass(frozen=True)
class Planned:
    """A shift of the calendar."""

    name: Obj
    number: int
    crew: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Handover:
    """What is handed over. ``role`` is the least of who signs next, ``not_user`` who may not, ``changed`` what became other
    since earlier hashes."""

    notes: str
    prepared_by: str
    prepared_ns: int
    matters: tuple[Matter, ...]
    hash: str
    outgoing: Signed | None
    incoming: Signed | None
    remark: str
    role: str
    not_user: str
    changed: Obj

    def stops(self) -> int:
        """Stops without a reason among the open matters."""
        return sum(m.kind == "stop" for m in self.matters)


@dataclass(frozen=True)
class Course:
    """Where the shift stands. ``step``: closed, open, preparing, handing_over; ``calendar`` is False for a line without one.

    ``coming`` is the shift that begins when somebody starts or takes over one now, ``following`` the next of the calendar.
    ``rule_ns`` is when the rule ends the shift (0: never), ``previous`` the shift before with its hand-over and ``ended_by``.
    """

    id: str
    number: int
    step: str
    crew: str
    crew_name: Obj
    user: str
    started_by: str
    started_ns: int
    planned: Planned | None
    coming: Planned | None
    following: Planned | None
    calendar: bool
    crews: tuple[tuple[str, Obj], ...]
    rule_ns: int
    handover: Handover | None
    previous: Obj
    previous_handover: Handover | None

    @property
    def early(self) -> bool:
        """Who takes over now goes on with the shift that is open: the next one is too far away."""
        return self.planned is not None and self.coming is not None and self.coming.start_ns == self.planned.start_ns

    def crew_named(self, crew: str) -> Obj:
        """The name of a crew by its key."""
        return next((name for key, name in self.crews if key == crew), {"ru": crew, "en": crew})


def _signed(entry: Obj) -> Signed | None:
    user = wire.text(entry, "user")
    if not user:
        return None
    return Signed(user, wire.text(entry, "name") or user, wire.text(entry, "role"), wire.integer(entry, "time_ns"))


def _planned(entry: Obj) -> Planned | None:
    if not entry:
        return None
    return Planned(
        wire.obj(entry, "name"), wire.integer(entry, "number"), wire.text(entry, "crew"), wire.integer(entry, "start_ns"),
        wire.integer(entry, "end_ns"),
    )  # fmt: skip


def parse_handover(entry: Obj) -> Handover | None:
    """The object ``handover`` of the view, or of a shift that was; None where there is none."""
    if not entry:
        return None
    matters = tuple(
        Matter(wire.text(m, "kind"), wire.text(m, "id"), wire.text(m, "of"), wire.text(m, "unit"), wire.obj(m, "text"),
               wire.obj(m, "now"))
        for m in wire.objects(entry, "matters")
    )  # fmt: skip
    signs = wire.obj(entry, "signs")
    return Handover(
        wire.text(entry, "notes"), wire.text(entry, "prepared_by"), wire.integer(entry, "prepared_ns"), matters,
        wire.text(entry, "hash"), _signed(wire.obj(entry, "outgoing")), _signed(wire.obj(entry, "incoming")),
        wire.text(entry, "remark"), wire.text(signs, "role", "shift_lead"), wire.text(signs, "not_user"),
        wire.obj(entry, "changed"),
    )  # fmt: skip


def _parse(view: Obj, before: Course | None) -> Course:
    calendar = wire.obj(view, "calendar")
    planned, meant = _planned(wire.obj(view, "planned")), _planned(wire.obj(calendar, "meant"))
    previous = wire.obj(view, "previous")
    step = wire.text(view, "step") or wire.text(view, "state", "closed")
    return Course(
        wire.text(view, "id"), wire.integer(view, "number"), step, wire.text(view, "crew"), wire.obj(view, "crew_name"),
        wire.text(view, "user"), wire.text(view, "started_by"), wire.integer(view, "started_ns"), planned,
        meant, _planned(wire.obj(calendar, "next")), bool(calendar),
        tuple((wire.text(c, "id"), wire.obj(c, "name")) for c in wire.objects(calendar, "crews")),
        wire.integer(calendar, "ends_by_rule_ns"), parse_handover(wire.obj(view, "handover")), previous,
        parse_handover(wire.obj(previous, "handover")),
    )  # fmt: skip


def course(store: LineStore) -> Course:
    """The shift of the view, read once for each."""
    return store.parsed("shift", _parse)


NO_COURSE: Final = _parse(EMPTY, None)


@dataclass(frozen=True)
class Task:
    """What a hand-over asks for: ``kind`` is due, overdue, outgoing, incoming; ``until_ns`` the planned end, 0 where none is."""

    kind: str
    until_ns: int

    @property
    def urgent(self) -> bool:
        """Somebody waits, or the time is over."""
        return self.kind in ("incoming", "overdue")


def task_of(store: LineStore, now_ns: int) -> Task | None:
    """What the hand-over asks for now; None while it asks for nothing."""
    shift = course(store)
    end_ns = shift.planned.end_ns if shift.planned is not None else 0
    if shift.step == "handing_over":
        return Task("incoming", end_ns)
    if shift.step == "preparing":
        return Task("outgoing", end_ns)
    if shift.step != "open" or not end_ns or now_ns < end_ns - DUE_BEFORE_NS:
        return None
    return Task("overdue" if now_ns >= end_ns else "due", end_ns)


def parts_of(notes: str) -> list[str]:
    """Notes in parts of at most :data:`PART_OF` characters, broken at lines, then at spaces."""
    found: list[str] = []
    for paragraph in notes.strip().split("\n"):
        rest = paragraph.strip()
        while len(rest) > PART_OF:
            at = rest.rfind(" ", 0, PART_OF)
            at = at if at > 0 else PART_OF
            found.append(rest[:at])
            rest = rest[at:].strip()
        if rest:
            found.append(rest)
    return found


@dataclass
class HandoverDraft:
    """What people have entered here and what they have read, until it is signed; it survives whatever happens to the window."""

    shift: str = ""
    notes: str = ""
    remark: str = ""
    talked: bool = False
    crew: str | None = None
    read: str = ""
    """The hash of what was seen to its end."""
    signing: str = ""
    """The hash that stood before the eyes of who signs."""
    known: frozenset[str] = frozenset()
    """Matters that stood there then."""
    notice: str = ""
    step: str = ""

    def follow(self, shift: Course) -> None:
        """Another shift begins with nothing; another hand-over asks for its own tick."""
        if shift.id != self.shift:
            self.__init__(shift=shift.id, step=shift.step)
        if shift.step != "handing_over":
            self.talked, self.remark = False, ""
        if shift.step != self.step:
            self.step, self.notice, self.known = shift.step, "", frozenset()
        if shift.step == "open":
            self.read = ""

    def type(self, shift: str, name: str, text: str) -> None:
        """``notes`` or ``remark`` for a shift, unless another one has begun meanwhile."""
        if shift == self.shift:
            setattr(self, name, text)

    def missing(self, shift: Course) -> tuple[str, ...]:
        """What keeps who comes from signing: ``read``, ``talked``."""
        if shift.step != "handing_over" or shift.handover is None:
            return ()
        unread = self.read != shift.handover.hash
        return tuple(name for name, lacks in (("read", unread), ("talked", not self.talked)) if lacks)

    def sign(self, shift: Course) -> Obj:
        """Arguments of ``shift.sign`` for what is displayed now."""
        told = shift.handover
        if told is None:
            raise ValueError("there is no hand-over to sign")
        self.signing, self.known = told.hash, frozenset(m.key for m in told.matters)
        if shift.step == "preparing":
            return {"part": "outgoing", "hash": told.hash}
        args: dict[str, Json] = {"part": "incoming", "hash": told.hash, "face_to_face": True}
        if self.remark.strip():
            args["remark"] = self.remark.strip()
        if self.crew is not None:
            args["crew"] = self.crew
        return args

    def other_now(self, shift: Course) -> bool:
        """What is displayed is not what stood there when somebody began to sign."""
        return bool(self.signing) and (shift.handover is None or shift.handover.hash != self.signing)
