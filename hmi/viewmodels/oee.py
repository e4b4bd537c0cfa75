"""Figures of machines after ISO 22400-2 as the panel shows them: ratios, times, counts, and the losses in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.eventlog import LogEvent
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj

RATIOS: Final = ("availability", "effectiveness", "quality", "oee")
TIMES: Final = ("run", "minor", "down", "external", "idle", "planned", "unknown")
"""How the time of a machine divides; their sum is all the time there was."""
LOSS_MIN_S: Final = 1.0
"""What took less is no loss worth a row."""


@dataclass(frozen=True)
class Oee:
    """Figures of a machine in a scope. Ratios in percent, None without a denominator; times in s by :data:`TIMES`."""

    pct: dict[str, float | None]
    over_100: tuple[str, ...]
    times: dict[str, float]
    pbt_s: float
    apt_s: float
    minor_stops: int
    pq: float
    gq: float
    rejects: float
    unseen: float
    pri_s: float | None
    failures: int
    repair_s: float
    mttr_s: float | None
    mtbf_s: float | None

    @property
    def total_s(self) -> float:
        """All the time there was."""
        return sum(self.times.values())

    @property
    def ideal_s(self) -> float | None:
        """Time that what was made needs at the planned rate; None without a rate or a counter."""
        pct = self.pct["effectiveness"]
        return None if pct is None else self.apt_s * pct / 100.0


def parse_oee(entry: Obj) -> Oee | None:
    """An OEE object; None for null."""
    if not entry:
        return None

    def number(key: str) -> float:
        return wire.number(entry, key) or 0.0

    times = {name: number("adot_s" if name == "down" else f"{name}_s") for name in TIMES}
    over = tuple(o for o in wire.items(entry, "over_100") if isinstance(o, str))
    return Oee(
        {r: wire.number(entry, f"{r}_pct") for r in RATIOS}, over, times, number("pbt_s"), number("apt_s"),
        wire.integer(entry, "minor_stops"), number("pq"), number("gq"), number("rejects"), number("unseen"),
        wire.number(entry, "pri_s"), wire.integer(entry, "failures"), number("repair_s"), wire.number(entry, "mttr_s"),
        wire.number(entry, "mtbf_s"),
    )  # fmt: skip


@dataclass(frozen=True)
class Worst:
    """A reason and what it took of a unit; ``code`` '' is what nobody and no machine explained."""

    unit: str
    code: str
    name: Obj
    count: int
    seconds: float


@dataclass(frozen=True)
class Loss:
    """A part of the planned busy time that made nothing good. ``kind``: reason, minor, idle, speed, quality; ``count`` of stops
    or items, 0 where nothing is counted."""

    kind: str
    name: Obj
    code: str
    count: int
    seconds: float


def losses(figures: Oee, worst: Sequence[Worst], planned: frozenset[str] = frozenset()) -> list[Loss]:
    """What the planned busy time went to besides good items, the largest first.

    Down and external time by reason, without those that are ``planned`` (codes): these are no busy time; minor stops, time
    without a task, slow running (run − PRI · PQ) and rejects (PRI · rejected quantity).
    """
    found = [Loss("reason", w.name, w.code, w.count, w.seconds) for w in worst if w.code not in planned]
    found.append(Loss("minor", {}, "", figures.minor_stops, figures.times["minor"]))
    found.append(Loss("idle", {}, "", 0, figures.times["idle"]))
    ideal_s = figures.ideal_s
    if ideal_s is not None:
        found.append(Loss("speed", {}, "", 0, figures.times["run"] - ideal_s))
    if figures.pri_s is not None:
        found.append(Loss("quality", {}, "", round(figures.rejects), figures.rejects * figures.pri_s))
    return sorted((row for row in found if row.seconds >= LOSS_MIN_S), key=lambda row: -row.seconds)


@dataclass(frozen=True)
class Scope:
    """Something that has figures. ``kind``: line, unit, product, batch, shift; ``key`` is unique on the page.

    ``inset``: it is a part of the row above it. ``worst`` are the reasons of its stops.
    """

    key: str
    kind: str
    id: str
    figures: Oee | None
    worst: tuple[Worst, ...] = ()
    inset: bool = False
    time_ns: int = 0


@dataclass(frozen=True)
class ShiftFigures:
    """A shift: the line is its ``constraint``."""

    id: str
    constraint: str
    line: Oee | None
    units: dict[str, Oee | None]
    products: tuple[tuple[str, Oee | None, tuple[Worst, ...]], ...]
    worst: tuple[Worst, ...]
    unqualified: int
    time_ns: int = 0

    def scopes(self) -> list[Scope]:
        """The line, then its machines."""
        rows = [Scope("line", "line", self.constraint, self.line, _of(self.worst, self.constraint))]
        return rows + [Scope(f"unit/{u}", "unit", u, f, _of(self.worst, u)) for u, f in self.units.items()]

    def product_scopes(self) -> list[Scope]:
        """Its products."""
        return [Scope(f"product/{p}", "product", p, f, w) for p, f, w in self.products]


@dataclass(frozen=True)
class BatchFigures:
    """A batch by the units that it was in."""

    id: str
    product: str
    constraint: str
    line: Oee | None
    units: dict[str, Oee | None]
    worst: tuple[Worst, ...]
    time_ns: int = 0

    def scopes(self) -> list[Scope]:
        """The batch, as far as the constraint had it, then its machines."""
        rows = [Scope(f"batch/{self.id}", "batch", self.id, self.line, _of(self.worst, self.constraint), time_ns=self.time_ns)]
        for unit, figures in self.units.items():
            rows.append(Scope(f"batch/{self.id}/{unit}", "unit", unit, figures, _of(self.worst, unit), inset=True))
        return rows


def _of(worst: Iterable[Worst], unit: str) -> tuple[Worst, ...]:
    return tuple(w for w in worst if w.unit == unit)


def _worst(entry: Obj) -> tuple[Worst, ...]:
    return tuple(
        Worst(
            wire.text(w, "unit"), wire.text(w, "code"), wire.obj(w, "name"), wire.integer(w, "count"), wire.number(w, "s") or 0.0
        )
        for w in wire.objects(entry, "top")
    )


def _units(entry: Obj) -> dict[str, Oee | None]:
    units = wire.obj(entry, "units")
    return {u: parse_oee(wire.obj(units, u)) for u in units}


def parse_shift_figures(entry: Obj, time_ns: int = 0) -> ShiftFigures:
    """A SHIFT of the view or the data of an event."""
    products = tuple((wire.text(p, "product"), parse_oee(p), _worst(p)) for p in wire.objects(entry, "products"))
    return ShiftFigures(
        wire.text(entry, "shift"), wire.text(entry, "constraint"), parse_oee(wire.obj(entry, "line")), _units(entry), products,
        _worst(entry), wire.integer(wire.obj(entry, "unqualified"), "count"), time_ns,
    )  # fmt: skip


def parse_batch_figures(entry: Obj, time_ns: int = 0) -> BatchFigures:
    """A batch of the view or the data of an event."""
    return BatchFigures(
        wire.text(entry, "batch"), wire.text(entry, "product"), wire.text(entry, "constraint"),
        parse_oee(wire.obj(entry, "line")), _units(entry), _worst(entry), time_ns,
    )  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """Everything there is: shifts and batches, the newest first. The first shift is the open one when there is one."""

    shifts: tuple[ShiftFigures, ...] = ()
    batches: tuple[BatchFigures, ...] = ()

    def shift(self, shift_id: str) -> ShiftFigures | None:
        """The figures of a shift, of the newest one for ''."""
        return next((s for s in self.shifts if not shift_id or s.id == shift_id), None)


def live_figures(store: LineStore) -> Figures:
    """What the view says: this shift, the one before, batches at the machines."""
    return store.parsed("stops", _live)


def _live(view: Obj, before: Figures | None) -> Figures:
    both = [wire.obj(view, key) for key in ("oee", "previous")]
    return Figures(
        tuple(parse_shift_figures(s) for s in both if wire.text(s, "shift")),
        tuple(parse_batch_figures(b) for b in wire.objects(view, "batches")),
    )


def all_figures(live: Figures, events: Sequence[LogEvent]) -> Figures:
    """What the view says, and behind it what the journal knows of shifts and batches before, the newest word of each."""
    shifts = {s.id: s for s in live.shifts}
    batches = {b.id: b for b in live.batches}
    for event in reversed(events):
        what = wire.text(event.data, "what")
        if what in ("shift", "revised"):
            made = parse_shift_figures(event.data, event.time_ns)
            if made.id:
                shifts.setdefault(made.id, made)
        elif what == "batch":
            batch = parse_batch_figures(event.data, event.time_ns)
            if batch.id:
                batches.setdefault(batch.id, batch)
    return Figures(tuple(shifts.values()), tuple(batches.values()))
