"""Stops of machines as the panel shows them: what stands, for how long, why; what may be merged, and how a stop is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

ROLE: Final = "operator"
"""Who gives reasons, splits and merges."""
MERGE_MAX: Final = 50
CUTS_MAX: Final = 10
PART_MIN_NS: Final = NS_PER_S
"""No part of a stop that is cut on a panel is shorter."""
OFFERED: Final = 3
"""Reasons that are at hand without the tree."""


@dataclass(frozen=True)
class Reason:
    """A reason of the tree; ``parent`` is the code of its branch, only a ``leaf`` is given to a stop."""

    code: str
    name: Obj
    category: str
    loss: str
    parent: str
    leaf: bool


@dataclass(frozen=True)
class Stop:
    """A stop; ``ended_ns`` is 0 while it lasts, ``kind`` own or external, ``spans`` when it stood where it was interrupted.

    ``duration_s`` is as of the view; :meth:`Board.length_s` goes on.
    """

    id: str
    unit: str
    batch: str
    kind: str
    state: str
    begun_ns: int
    ended_ns: int
    duration_s: float
    interrupted: bool
    long: bool
    unqualified: bool
    loss: str
    code: str
    name: Obj
    text: str
    by: str
    proposed: str
    proposed_name: Obj
    alarm: str
    of: str
    shifts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def open(self) -> bool:
        """It lasts."""
        return not self.ended_ns


@dataclass(frozen=True)
class MinorStops:
    """Small stops of a unit in a shift: how many and for how long, s."""

    unit: str
    count: int
    seconds: float


@dataclass(frozen=True)
class Board:
    """The view ``stops``. ``counting`` are the open stops whose time goes on: of the others nobody knows."""

    known: bool = False
    threshold_s: float = 0.0
    as_of_ns: int = 0
    stops: tuple[Stop, ...] = ()
    more: int = 0
    counting: frozenset[str] = frozenset()
    shift: str = ""
    previous: str = ""
    minor: Mapping[str, tuple[MinorStops, ...]] = field(default_factory=dict[str, tuple[MinorStops, ...]])

    def stop(self, stop_id: str) -> Stop | None:
        """The stop with this id."""
        return next((s for s in self.stops if s.id == stop_id), None)

    def length_s(self, stop: Stop, now_ns: int) -> float:
        """How long it stands by now."""
        if stop.id not in self.counting or not self.as_of_ns:
            return stop.duration_s
        return stop.duration_s + max(0, now_ns - self.as_of_ns) / NS_PER_S

    def of_shift(self, shift: str) -> list[Stop]:
        """Stops that have any part in a shift, all of them for ''."""
        return [s for s in self.stops if not shift or shift in s.shifts]


def board_of(store: LineStore) -> Board:
    """The newest view, read once."""
    return store.parsed("stops", _board)


def _board(view: Obj, before: Board | None) -> Board:
    if not view:
        return Board()
    machines = wire.obj(view, "machines")
    counting = {
        wire.text(wire.obj(m), "stop") for m in machines.values() if wire.text(wire.obj(m), "seen") in ("own", "external")
    }
    both = {wire.text(figures, "shift"): figures for figures in (wire.obj(view, "oee"), wire.obj(view, "previous")) if figures}
    return Board(
        known=bool(machines), threshold_s=wire.number(view, "threshold_s") or 0.0, as_of_ns=wire.integer(view, "as_of_ns"),
        stops=tuple(parse_stop(s) for s in wire.objects(view, "stops")), more=wire.integer(view, "more"),
        counting=frozenset(counting - {""}), shift=wire.text(wire.obj(view, "oee"), "shift"),
        previous=wire.text(wire.obj(view, "previous"), "shift"), minor={k: _minor(v) for k, v in both.items()},
    )  # fmt: skip


def _minor(figures: Obj) -> tuple[MinorStops, ...]:
    units = wire.obj(figures, "units")
    figures_of = {u: wire.obj(units, u) for u in units}
    rows = [MinorStops(u, wire.integer(f, "minor_stops"), wire.number(f, "minor_s") or 0.0) for u, f in figures_of.items()]
    return tuple(r for r in rows if r.count)


def parse_stop(entry: Obj) -> Stop:
    """A row of the view."""
    spans = [wire.items(s) for s in wire.items(entry, "spans")]
    return Stop(
        wire.text(entry, "id"), wire.text(entry, "unit"), wire.text(entry, "batch"), wire.text(entry, "kind"),
        wire.text(entry, "state"), wire.integer(entry, "begun_ns"), wire.integer(entry, "ended_ns"),
        wire.number(entry, "duration_s") or 0.0, wire.flag(entry, "interrupted"), wire.flag(entry, "long"),
        wire.flag(entry, "unqualified"), wire.text(entry, "loss"), wire.text(entry, "code"), wire.obj(entry, "name"),
        wire.text(entry, "text"), wire.text(entry, "by"), wire.text(entry, "proposed"), wire.obj(entry, "proposed_name"),
        wire.text(entry, "alarm"), wire.text(entry, "of"), tuple(s for s in wire.items(entry, "shifts") if isinstance(s, str)),
        tuple((a, b) for span in spans if len(span) == 2 and isinstance(a := span[0], int) and isinstance(b := span[1], int)),
    )  # fmt: skip


def asking(store: LineStore) -> list[Stop]:
    """Long stops that nobody explained, what lasts first, then the newest: for whoever may give a reason."""
    if store.user is not None and not store.user.may(ROLE):
        return []
    return unexplained(board_of(store))


def unexplained(board: Board) -> list[Stop]:
    """Long stops without a reason, what lasts first, then the newest."""
    return sorted((s for s in board.stops if s.unqualified), key=lambda s: (not s.open, -s.begun_ns))


def open_stop(store: LineStore, unit: str) -> Stop | None:
    """The stop that the unit stands in."""
    return next((s for s in board_of(store).stops if s.unit == unit and s.open), None)


# ---- the tree -------------------------------------------------------------------------------------------------------


def reasons(store: LineStore) -> dict[str, Reason]:
    """The tree of the line by code, branches before their leaves."""
    rows = wire.objects(store.line.production, "reasons") if store.line is not None else []
    return {
        wire.text(r, "code"): Reason(
            wire.text(r, "code"), wire.obj(r, "name"), wire.text(r, "category"), wire.text(r, "loss"), wire.text(r, "parent"),
            wire.flag(r, "leaf"),
        )
        for r in rows
    }  # fmt: skip


def below(tree: Mapping[str, Reason], parent: str) -> list[Reason]:
    """What stands directly under a branch, the trunk for ''."""
    return [r for r in tree.values() if r.parent == parent]


def offered(board: Board, tree: Mapping[str, Reason], stop: Stop, *, part: bool = False) -> list[Reason]:
    """Reasons at hand for a stop: what the machine proposes, then what was last given to this unit, then to others.

    The one that it has is left out, but for a ``part`` of it.
    """
    given = sorted((s for s in board.stops if s.code), key=lambda s: (s.unit != stop.unit, -s.begun_ns))
    codes = dict.fromkeys(c for c in (stop.proposed, stop.code, *(s.code for s in given)) if c and (part or c != stop.code))
    return [r for c in codes if (r := tree.get(c)) is not None and r.leaf][:OFFERED]


def has_others(board: Board, stop: Stop) -> bool:
    """Whether there is anything that a stop may be one with."""
    return any(s.unit == stop.unit and s.kind == stop.kind and not s.open and s.id != stop.id for s in board.stops)


# ---- merging ----------------------------------------------------------------------------------------------------------


def merge_fault(board: Board, chosen: Sequence[Stop]) -> str:
    """Why these cannot be one stop: few, many, units, kinds, open, reasons, between; '' when they can."""
    if len(chosen) < 2:
        return "few"
    if len(chosen) > MERGE_MAX:
        return "many"
    if len({s.unit for s in chosen}) > 1:
        return "units"
    if len({s.kind for s in chosen}) > 1:
        return "kinds"
    if any(s.open for s in chosen):
        return "open"
    if len({s.code for s in chosen if s.code}) > 1:
        return "reasons"
    ids = {s.id for s in chosen}
    first, last = min(s.begun_ns for s in chosen), max(s.ended_ns for s in chosen)
    between = [s for s in board.stops if s.unit == chosen[0].unit and s.kind == chosen[0].kind and s.id not in ids]
    return "between" if any(first < s.begun_ns < last for s in between) else ""


# ---- splitting --------------------------------------------------------------------------------------------------------


@dataclass
class Cuts:
    """A stop from ``begun_ns`` to ``ended_ns`` that is cut into parts; every part has the code of a reason or ''."""

    begun_ns: int
    ended_ns: int
    codes: list[str]
    at_ns: list[int] = field(default_factory=list[int])

    @property
    def edges(self) -> list[int]:
        """Begin, cuts, end."""
        return [self.begun_ns, *self.at_ns, self.ended_ns]

    def parts(self) -> list[tuple[int, int]]:
        """From and to of every part."""
        return list(zip(self.edges, self.edges[1:], strict=False))

    def add(self) -> int | None:
        """Cut the longest part in its middle, at a whole second; the place of the new cut, None where there is no room."""
        at = max(range(len(self.codes)), key=lambda i: self.edges[i + 1] - self.edges[i])
        left, right = self.edges[at], self.edges[at + 1]
        if len(self.at_ns) >= CUTS_MAX or right - left < 2 * PART_MIN_NS:
            return None
        self.at_ns.insert(at, left + (right - left) // 2 // NS_PER_S * NS_PER_S)
        self.codes.insert(at + 1, "")
        return at

    def remove(self, at: int) -> None:
        """Take a cut away: both parts have the reason of the first one, else of the second."""
        del self.at_ns[at]
        second = self.codes.pop(at + 1)
        self.codes[at] = self.codes[at] or second

    def move(self, at: int, to_ns: int) -> None:
        """Move a cut, as far as its neighbours leave room."""
        least, most = self.edges[at] + PART_MIN_NS, self.edges[at + 2] - PART_MIN_NS
        self.at_ns[at] = max(least, min(most, to_ns))
