"""The shift log as the panel knows it: rows of the server's log, filtered, and what is being written into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import EMPTY, Obj
from line.clock import NS_PER_S
from line.messages import Json

CATEGORIES: Final = ("safety", "quality", "equipment", "cleaning", "staff", "other")
TEXT_MAX: Final = 2000
CORRECTIONS_MAX: Final = 10
CORRECTS_OTHERS: Final = "shift_lead"
"""Who may correct what somebody else wrote."""
PHOTO_MAX_BYTES: Final = 5 * 1024 * 1024
PHOTO_SIDE_MAX: Final = 10_000
"""What the server takes; a larger photo is made smaller here."""
PHOTO_READ_MAX_BYTES: Final = 60_000_000
"""What is read here at all."""
GROUPS: Final[dict[str, frozenset[str]]] = {
    "batch": frozenset({"batch"}), "lot": frozenset({"lot"}), "alarm": frozenset({"alarm"}), "stop": frozenset({"stop"}),
    "change": frozenset({"unit", "command"}), "work": frozenset({"request", "order", "call"}), "shift": frozenset({"shift"}),
    "system": frozenset({"link", "system"}),
}  # fmt: skip
"""Kinds of events that one filter takes together; ``people`` is what people wrote."""
PEOPLE: Final = "people"
TOLD_KINDS: Final = frozenset(kind for kinds in GROUPS.values() for kind in kinds)
ASK_NS: Final = 8 * NS_PER_S
"""The log of an open shift is asked for anew so long after the last answer, once something has happened."""
ANSWER_WITHIN_NS: Final = 20 * NS_PER_S


@dataclass(frozen=True)
class Fix:
    """A correction: what an entry should say, why, by whom."""

    id: str
    time_ns: int
    user: str
    text: str
    reason: str


@dataclass(frozen=True)
class LogRow:
    """A row of the log. ``entry`` is the id of what a person wrote, '' for what the journal says by itself; ``photo`` a hash."""

    key: str
    time_ns: int
    kind: str
    auto: bool
    unit: str
    batch: str
    user: str
    category: str
    entry: str
    photo: str
    text: Obj
    fixes: tuple[Fix, ...] = ()

    @property
    def group(self) -> str:
        """The filter that shows it."""
        return next((g for g, kinds in GROUPS.items() if self.kind in kinds), "system") if self.auto else PEOPLE


def _fixes(entry: Obj) -> tuple[Fix, ...]:
    return tuple(
        Fix(
            wire.text(c, "entry") or wire.text(c, "id"), wire.integer(c, "time_ns"), wire.text(c, "user"), wire.text(c, "text"),
            wire.text(c, "reason"),
        )
        for c in wire.objects(entry, "corrections")
    )  # fmt: skip


def parse_row(entry: Obj) -> LogRow:
    """A row of ``GET /api/shifts/ID/log``."""
    id_ = wire.text(entry, "entry")
    return LogRow(
        id_ or f"#{wire.integer(entry, 'seq')}", wire.integer(entry, "time_ns"), wire.text(entry, "kind"),
        wire.flag(entry, "auto"), wire.text(entry, "unit"), wire.text(entry, "batch"), wire.text(entry, "user"),
        wire.text(entry, "category"), id_, wire.text(entry, "photo"), wire.obj(entry, "text"), _fixes(entry),
    )  # fmt: skip


def _entry_of_view(entry: Obj) -> LogRow:
    said = wire.text(entry, "text")
    return LogRow(
        wire.text(entry, "id"), wire.integer(entry, "time_ns"), "shift", False, wire.text(entry, "unit"), "",
        wire.text(entry, "user"), wire.text(entry, "category"), wire.text(entry, "id"), wire.text(entry, "photo"),
        {"ru": said, "en": said}, _fixes(entry),
    )  # fmt: skip


@dataclass(frozen=True)
class LogFilter:
    """What is shown; '' lets everything pass. A category is one of entries, so that it hides what the journal says itself."""

    group: str = ""
    unit: str = ""
    category: str = ""
    words: str = ""

    def takes(self, row: LogRow, language: str) -> bool:
        """Whether ``row`` is shown; every one of ``words`` stands somewhere in it, its corrections and ids included."""
        if (self.group and row.group != self.group) or (self.unit and row.unit != self.unit):
            return False
        if self.category and row.category != self.category:
            return False
        if not self.words:
            return True
        said = [wire.bilingual(row.text, language), row.user, row.unit, row.batch, row.entry]
        said += [part for fix in row.fixes for part in (fix.text, fix.reason, fix.user)]
        heap = " ".join(said).casefold()
        return all(word in heap for word in self.words.casefold().split())


class ShiftLog:
    """The log of one shift. :meth:`request` says what to fetch, :meth:`take` takes the answer.

    What people write stands in the view ``shift`` at once; what the journal words comes with the next answer of the server,
    which is asked for when something has happened.
    """

    def __init__(self) -> None:
        self.shift = ""
        self.error = ""
        self.rows: tuple[LogRow, ...] = ()
        self._told: tuple[LogRow, ...] = ()
        self._view: Obj = EMPTY
        self._known = False
        self._asked_ns: int | None = None
        self._answered_ns: int | None = None
        self._stale = False
        self._seen = 0

    @property
    def complete(self) -> bool:
        """An answer for this shift is there."""
        return self._known

    def choose(self, shift: str) -> None:
        """Another shift; '' none."""
        if shift != self.shift:
            self.__init__()
            self.shift = shift

    def again(self) -> None:
        """Ask anew, soon."""
        self._stale, self._answered_ns = True, None

    def look(self, store: LineStore) -> None:
        """Note what has happened since."""
        for event in reversed(store.events):
            seq = wire.integer(event, "seq")
            if seq <= self._seen:
                break
            if wire.text(event, "kind") in TOLD_KINDS:
                self._stale = True
        if store.events:
            self._seen = max(self._seen, wire.integer(store.events[-1], "seq"))
        view = store.view("shift")
        if view is not self._view:
            self._view = view
            self._merge()

    def request(self, mono_ns: int) -> str:
        """The path to fetch now, or ''. One request is on its way at a time; an unanswered one is repeated."""
        if not self.shift:
            return ""
        if self._asked_ns is not None and mono_ns - self._asked_ns < ANSWER_WITHIN_NS:
            return ""
        waited = self._answered_ns is None or mono_ns - self._answered_ns >= ASK_NS
        if self._known and not (self._stale and waited):
            return ""
        self._asked_ns, self._stale = mono_ns, False
        return f"/api/shifts/{self.shift}/log"

    def take(self, reply: Obj, mono_ns: int) -> bool:
        """The answer; False for one about another shift."""
        data = wire.obj(reply, "data")
        status = wire.integer(reply, "status")
        shift = wire.text(wire.obj(data, "shift"), "id")
        if status == 200 and shift != self.shift:
            return False
        self._asked_ns, self._answered_ns = None, mono_ns
        if status != 200:
            self.error = f"HTTP {status}" if status else "-"
            self._stale = True
            return True
        self.error, self._known = "", True
        self._told = tuple(parse_row(e) for e in wire.objects(data, "log"))
        self._merge()
        return True

    def _merge(self) -> None:
        """Newest first; what the view says of an entry is at least as new as what was fetched."""
        rows = {r.key: r for r in self._told}
        for entry in wire.objects(self._view, "log"):
            if wire.text(entry, "shift") == self.shift and self.shift:
                row = _entry_of_view(entry)
                before = rows.get(row.key)
                if before is None or len(row.fixes) > len(before.fixes):
                    rows[row.key] = row if before is None else replace(before, fixes=row.fixes)
        order = {key: at for at, key in enumerate(rows)}
        self.rows = tuple(sorted(rows.values(), key=lambda r: (r.time_ns, order[r.key]), reverse=True))

    def row(self, key: str) -> LogRow | None:
        """The row of this key."""
        return next((r for r in self.rows if r.key == key), None)

    def shown(self, wanted: LogFilter, language: str) -> list[LogRow]:
        """What the filter leaves, newest first."""
        return [r for r in self.rows if wanted.takes(r, language)]


@dataclass(frozen=True)
class PastShift:
    """A shift to choose from."""

    id: str
    number: int
    crew: str
    started_ns: int
    ended_ns: int


def parse_shifts(data: Obj) -> list[PastShift]:
    """``GET /api/shifts``, newest first."""
    rows: Iterable[Obj] = wire.objects(data, "shifts")
    found = [
        PastShift(wire.text(r, "id"), wire.integer(r, "number"), wire.text(r, "crew"), wire.integer(r, "started_ns"),
                  wire.integer(r, "ended_ns"))
        for r in rows
    ]  # fmt: skip
    return sorted((s for s in found if s.id), key=lambda s: -s.started_ns)


def against_fixing(row: LogRow, store: LineStore) -> str:
    """Why whoever stands here may not correct an entry: ``other``, ``many``; '' when they may, or nobody is logged in."""
    if len(row.fixes) >= CORRECTIONS_MAX:
        return "many"
    user = store.user
    return "other" if user is not None and user.user != row.user and not user.may(CORRECTS_OTHERS) else ""


# ---- what is being written ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Photo:
    """A picture that was chosen: its bytes and the name of its file. ``reduced_from`` is how many bytes it had there, 0 for as
    many."""

    name: str
    content: bytes = field(repr=False)
    reduced_from: int = 0


@dataclass
class Draft:
    """An entry, or the correction of one (``of``), until it is taken. ``stored`` is the hash of the photo once it is there."""

    of: str = ""
    category: str = ""
    unit: str = ""
    text: str = ""
    reason: str = ""
    photo: Photo | None = None
    stored: str = ""

    @property
    def empty(self) -> bool:
        """Nothing would be lost."""
        return not (self.text.strip() or self.photo)

    def missing(self) -> tuple[str, ...]:
        """What it still needs: ``category``, ``text``, ``reason``."""
        wanted = ("text", "reason") if self.of else ("category", "text")
        return tuple(name for name in wanted if not str(getattr(self, name)).strip())

    def command(self) -> tuple[str, str, Obj]:
        """Kind, target and arguments of the command."""
        if self.of:
            return "log.correct", self.of, {"text": self.text.strip()}
        args: dict[str, Json] = {"category": self.category, "text": self.text.strip()}
        if self.unit:
            args["unit"] = self.unit
        if self.stored:
            args["photo"] = self.stored
        return "log.entry", "", args


def photo_fault(head: bytes, size: int) -> str:
    """Why a file that begins with ``head`` is not taken: ``size``, ``kind``; '' when it may be. Who reads it judges its sides."""
    if not head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return "kind"
    return "size" if size > PHOTO_READ_MAX_BYTES else ""


def pages_of(heights: Sequence[float], room: float, gap: float) -> list[int]:
    """Where pages begin when rows of these heights are put one below the other; a row that is too high has a page of its own."""
    starts: list[int] = []
    used = 0.0
    for at, height in enumerate(heights):
        if not starts or used + gap + height > room:
            starts.append(at)
            used = height
        else:
            used += gap + height
    return starts or [0]
