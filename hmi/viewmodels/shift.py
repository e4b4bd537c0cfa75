"""What the shift page shows: the shift, its totals, run and held time per unit, main events in words, old reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.eventlog import LogEvent
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S
from line.messages import Json

NUMBER_MAX: Final = 99
TOTALS: Final = ("batches", "charged_kg", "packed_kg", "packs", "rejects", "yield_pct")
LEDGER: Final = ("expected", "stored", "missing", "late", "bad", "forwarded")
PRIORITIES: Final = ("1", "2", "3", "4")


@dataclass(frozen=True)
class Totals:
    """Totals of a shift: counts, kilograms, percent; None where nothing is known."""

    batches_started: int
    batches_completed: int
    charged_kg: float | None
    packed_kg: float | None
    packs: float | None
    rejects: float | None
    yield_pct: float | None
    alarms: int
    by_priority: tuple[int, int, int, int]
    run_s: dict[str, float]
    held_s: dict[str, float]


@dataclass(frozen=True)
class Shift:
    """A shift: the one of the view, or one of the reports; ``ended_ns`` 0 while it is open."""

    id: str
    number: int
    open: bool
    started_ns: int
    ended_ns: int
    crew: str
    crew_name: Json
    note: str
    totals: Totals | None
    ledger: dict[str, int]

    def seconds(self, now_ns: int) -> float:
        """How long it lasts, or lasted."""
        return max(0, (self.ended_ns or now_ns) - self.started_ns) / NS_PER_S if self.started_ns else 0.0


def parse_shift(entry: Obj) -> Shift:
    """The view ``shift``, an entry of ``GET /api/shifts`` or a whole report."""
    totals, ledger = wire.obj(entry, "totals"), wire.obj(entry, "ledger")
    return Shift(
        wire.text(entry, "id"), wire.integer(entry, "number"), wire.text(entry, "state") == "open",
        wire.integer(entry, "started_ns"), wire.integer(entry, "ended_ns"), wire.text(entry, "crew"),
        entry.get("crew_name"), wire.text(entry, "note"),
        parse_totals(totals) if totals else None, {k: wire.integer(ledger, k) for k in LEDGER if k in ledger},
    )  # fmt: skip


def parse_totals(entry: Obj) -> Totals:
    """The object ``totals``."""
    counts = wire.obj(entry, "alarms_by_priority")
    a, b, c, d = (wire.integer(counts, p) for p in PRIORITIES)
    run, held = wire.obj(entry, "run_s"), wire.obj(entry, "held_s")
    return Totals(
        wire.integer(entry, "batches_started"), wire.integer(entry, "batches_completed"), wire.number(entry, "charged_kg"),
        wire.number(entry, "packed_kg"), wire.number(entry, "packs"), wire.number(entry, "rejects"),
        wire.number(entry, "yield_pct"), wire.integer(entry, "alarms"), (a, b, c, d),
        {u: wire.number(run, u) or 0.0 for u in run}, {u: wire.number(held, u) or 0.0 for u in held},
    )  # fmt: skip


def current(store: LineStore) -> Shift:
    """The shift of the view; an empty one before it came."""
    return parse_shift(store.view("shift"))


def next_number(shift: Shift) -> int:
    """The number after this shift's; 1 after 99 and before the first."""
    return shift.number + 1 if 0 < shift.number < NUMBER_MAX else 1


@dataclass(frozen=True)
class UnitTime:
    """Seconds that a unit ran and was held, out of ``shift_s``."""

    name: str
    run_s: float
    held_s: float
    shift_s: float


def unit_times(store: LineStore, shift: Shift, now_ns: int) -> list[UnitTime]:
    """All units in process order; none before the totals came."""
    totals = shift.totals
    if totals is None:
        return []
    seconds = shift.seconds(now_ns)
    return [
        UnitTime(f"{u.label} {store.text(u.name)}", totals.run_s.get(u.id, 0.0), totals.held_s.get(u.id, 0.0), seconds)
        for u in store.units()
        if u.id in totals.run_s or u.id in totals.held_s
    ]


@dataclass(frozen=True)
class Happening:
    """A main event: ``what`` keys the words of the page, ``facts`` fill them; ``user`` empty when nobody did it."""

    seq: int
    time_ns: int
    what: str
    facts: Obj
    reasons: tuple[Obj, ...]
    user: str
    batch: str
    unit: str


BATCH_STATES: Final = frozenset({"held", "running", "complete", "stopped", "aborted"})
TOLD_COMMANDS: Final = frozenset({
    "alarm.ack", "alarm.shelve", "alarm.remove", "alarm.restore", "unit.command", "unit.mode", "tag.write",
})  # fmt: skip


def happenings(events: Iterable[LogEvent], since_ns: int) -> list[Happening]:
    """The main events since a time, newest first: batches, shifts, what operators did and what was refused."""
    found = [h for e in events if e.time_ns >= since_ns and (h := _PARSERS.get(e.kind, _nothing)(e)) is not None]
    return sorted(found, key=lambda h: -h.seq)


def _nothing(event: LogEvent) -> Happening | None:
    return None


def _batch(event: LogEvent) -> Happening | None:
    what, data = wire.text(event.data, "what"), event.data
    if what == "state":
        if wire.text(data, "node"):  # of a part of the procedure: the batch page shows those
            return None
        state, before = wire.text(data, "to"), wire.text(data, "from")
        if state not in BATCH_STATES or (state == "complete"):
            return None
        what = "restarted" if state == "running" and before in ("restarting", "held") else f"batch_{state}"
    elif what not in ("created", "parameter", "deviation", "disposition", "complete"):
        return None
    return _happening(event, what)


def _shift(event: LogEvent) -> Happening | None:
    what = wire.text(event.data, "what")
    return _happening(event, f"shift_{what}") if what in ("started", "ended") else None


def _command(event: LogEvent) -> Happening | None:
    kind, status = wire.text(event.data, "kind"), wire.text(event.data, "status")
    if status == "refused":
        return _happening(event, "refused")
    if status == "received" and kind in TOLD_COMMANDS:
        return _happening(event, kind)
    return None


_PARSERS: Final[dict[str, Callable[[LogEvent], Happening | None]]] = {"batch": _batch, "shift": _shift, "command": _command}


def _happening(event: LogEvent, what: str) -> Happening:
    data = event.data
    reasons = tuple(wire.objects(data, "reasons")) or ((wire.obj(data, "text"),) if wire.obj(data, "text") else ())
    user = wire.text(data, "user") or (event.source if event.kind == "command" else "")
    return Happening(
        event.seq, event.time_ns, what, data, reasons, user, event.batch or (event.source if event.kind == "batch" else ""),
        event.unit,
    )  # fmt: skip
