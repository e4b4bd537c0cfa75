"""Stops as spans of time, and what is done with them: grown, cut, split, merged. Pure; no nanosecond is lost or made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import Final

from line.documents import Text
from line.messages import JsonObject
from production.oee import Counts, Failures, Times, summed
from production.plan import NO_TAG, Category, Loss, ProductionPlan, Reason
from production.stops_states import Open, Seen

SPANS_MAX: Final = 100
"""A stop interrupted more often than this by time that nobody knows is ended, and another begins."""
STOPS_MAX: Final = 300
"""Ended stops that are kept singly; beyond that the oldest are kept as sums: minor ones first, then those explained."""
CELLS_MAX: Final = 200
"""Cells that are kept by batch; beyond that those of the batches that ended first are kept by unit alone."""


@dataclass(frozen=True)
class Span:
    """Time of a stop within one shift and batch, ns UTC; ``off``: nothing was planned to run then."""

    from_ns: int
    to_ns: int
    shift: str
    batch: str
    off: bool = False

    @property
    def ns(self) -> int:
        """How long it lasts."""
        return self.to_ns - self.from_ns


@dataclass(frozen=True)
class Stop:
    """A stop of a machine. ``spans`` are its known time, in order; ``ended_ns`` is None while it lasts.

    ``state`` is the state that began it; ``proposed`` the first reason that the machine gave, ``alarm`` the first alarm of the
    unit. ``long``: part of one above the threshold that was split, so that no part of it becomes a minor one.
    """

    number: int
    unit: str
    kind: Open
    state: str
    batch: str
    spans: tuple[Span, ...]
    ended_ns: int | None = None
    proposed: str = ""
    alarm: str = ""
    code: str = ""
    text: str = ""
    by: str = ""
    of: int = 0
    long: bool = False

    @property
    def id(self) -> str:
        """``stop-17``."""
        return f"stop-{self.number}"

    @property
    def ns(self) -> int:
        """Its known time, planned pauses among it."""
        return sum(s.ns for s in self.spans)

    @property
    def busy_ns(self) -> int:
        """Its known time outside planned pauses: what the threshold is compared with."""
        return sum(s.ns for s in self.spans if not s.off)

    @property
    def begun_ns(self) -> int:
        """When it began."""
        return self.spans[0].from_ns


def grown(stop: Stop, span: Span) -> Stop:
    """The stop with more time: its last span goes on when that is of the same shift and batch and nothing lies between."""
    last = stop.spans[-1]
    if last.ns == 0:
        return replace(stop, spans=(*stop.spans[:-1], span))
    if (last.shift, last.batch, last.off, last.to_ns) == (span.shift, span.batch, span.off, span.from_ns):
        return replace(stop, spans=(*stop.spans[:-1], replace(last, to_ns=span.to_ns)))
    return replace(stop, spans=(*stop.spans, span))


def cut(stop: Stop, at_ns: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Its spans before and from ``at_ns``; nothing is lost."""
    before = tuple(replace(s, to_ns=min(s.to_ns, at_ns)) for s in stop.spans if s.from_ns < at_ns)
    after = tuple(replace(s, from_ns=max(s.from_ns, at_ns)) for s in stop.spans if s.to_ns > at_ns)
    return before, after


def split(stop: Stop, at_ns: Sequence[int], codes: Sequence[str], first_number: int, is_long: bool) -> list[Stop]:
    """The parts of ``stop``, cut at ascending instants inside it; the first keeps its number.

    Raises ValueError for an instant at which there is nothing to cut.
    """
    parts: list[Stop] = []
    left = stop
    for i, at in enumerate((*at_ns, None)):
        code = codes[i] if i < len(codes) else ""
        number = stop.number if i == 0 else first_number + i - 1
        before, after = (left.spans, ()) if at is None else cut(left, at)
        if not before or (at is not None and not after) or any(s.ns <= 0 for s in (*before, *after)):
            raise ValueError(f"nothing to cut at {at}")
        ended_ns = stop.ended_ns if at is None else before[-1].to_ns
        parts.append(replace(left, number=number, spans=before, ended_ns=ended_ns, code=code, of=stop.number if i else stop.of,
                             long=stop.long or is_long, text=stop.text if code == stop.code else "",
                             by=stop.by if code == stop.code else ""))  # fmt: skip
        left = replace(left, spans=after)
    return parts


def merged(stops: Sequence[Stop]) -> Stop:
    """Several ended stops of one machine as one, under the number of the earliest: time that it ran between them is no part."""
    ordered = sorted(stops, key=lambda s: (s.begun_ns, s.number))
    first = ordered[0]
    spans = tuple(sorted((p for s in ordered for p in s.spans), key=lambda p: (p.from_ns, p.to_ns)))
    said = next((s for s in ordered if s.code), first)
    ended_ns = max(s.ended_ns or 0 for s in ordered)
    return replace(first, spans=spans, ended_ns=ended_ns, code=said.code, text=said.text, by=said.by,
                   proposed=next((s.proposed for s in ordered if s.proposed), ""),
                   alarm=next((s.alarm for s in ordered if s.alarm), ""), long=any(s.long for s in ordered))  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """What a machine did with a batch in a shift, besides its stops. ``minor``, ``down_ns``, ``external_ns``, ``failures`` and
    ``repair_ns`` are of stops that are kept no more singly."""

    run_ns: int = 0
    idle_ns: int = 0
    off_ns: int = 0
    unknown_ns: int = 0
    minor_ns: int = 0
    minor: int = 0
    counts: Counts = field(default_factory=Counts)
    down_ns: int = 0
    external_ns: int = 0
    failures: int = 0
    repair_ns: int = 0

    def __add__(self, other: Cell) -> Cell:
        return Cell(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Cell)})


@dataclass(frozen=True, order=True)
class Key:
    """Where time and counts belong; '' where there is no shift or no batch."""

    shift: str
    unit: str
    batch: str


@dataclass(frozen=True)
class MachineNow:
    """A machine at the last look. ``seen`` since ``since_ns``; ``known`` is the last that was not unknown, ``good`` and
    ``reject`` the last readings of its counters (``reject`` of the total where it has one)."""

    seen: Seen = Seen.UNKNOWN
    known: Seen = Seen.IDLE
    since_ns: int = 0
    state: int = -1
    batch: str = ""
    stop: Stop | None = None
    good: float | None = None
    reject: float | None = None

    @property
    def open(self) -> Open:
        """Which kind of stop is open."""
        return Open.NONE if self.stop is None else self.stop.kind


@dataclass(frozen=True)
class StopsState:
    """``looked_ns`` is up to when everything is accounted for, 0 before the first look. ``shift`` is the open one ('' none),
    ``shifts`` the last two whose cells are kept, oldest first. ``products`` is batch → recipe, ``open_batches`` those not ended.
    ``gone`` stops left for want of room since the shift began.
    """

    machines: tuple[MachineNow, ...]
    looked_ns: int = 0
    last: int = 0
    shift: str = ""
    shifts: tuple[str, ...] = ()
    off: bool = False
    cells: Mapping[Key, Cell] = field(default_factory=dict[Key, Cell])
    stops: tuple[Stop, ...] = ()
    products: Mapping[str, str] = field(default_factory=dict[str, str])
    open_batches: tuple[str, ...] = ()
    previous: JsonObject | None = None
    gone: int = 0
    seen: bytes = b""
    units: object = None


def reason_of(stop: Stop, plan: ProductionPlan) -> Reason | None:
    """The reason a person gave, as the tree of today knows it."""
    return plan.reasons.get(stop.code)


def is_long(stop: Stop, plan: ProductionPlan) -> bool:
    """Whether it asks for a reason."""
    return stop.long or stop.busy_ns >= plan.threshold_ns


def unqualified(stop: Stop, plan: ProductionPlan) -> bool:
    """Long, not planned, and nobody said why."""
    return not stop.code and is_long(stop, plan)


def loss_of(stop: Stop, plan: ProductionPlan) -> str:
    """Which time it takes (a field of :class:`Times`), by the reason given, else by what the machine did."""
    reason = reason_of(stop, plan)
    loss = reason.loss if reason is not None else Loss.EXTERNAL if stop.kind is Open.EXTERNAL else Loss.AVAILABILITY
    if loss is Loss.AVAILABILITY:
        return "down" if is_long(stop, plan) else "minor"
    return loss.value


def is_failure(stop: Stop, plan: ProductionPlan) -> bool:
    """Whether it is a failure event: a breakdown, by the reason given or else by what the machine said."""
    reason = plan.reasons.get(stop.code or stop.proposed)
    return reason is not None and reason.category is Category.BREAKDOWN


@dataclass(frozen=True)
class Scope:
    """What figures are of; None: all of them. ``batches``: a product is the batches of its recipe."""

    unit: str
    shift: str | None = None
    batches: frozenset[str] | None = None

    def has(self, shift: str, batch: str) -> bool:
        """Whether time of this shift and batch belongs to it."""
        return self.shift in (None, shift) and (self.batches is None or batch in self.batches)


@dataclass(frozen=True)
class Account:
    """Times, counts and failures of a scope. ``top`` is reason → (stops, ns), of all stops that are not minor."""

    times: Times
    counts: Counts
    failures: Failures
    minor_stops: int
    top: Mapping[str, tuple[int, int]]


def all_stops(state: StopsState) -> Iterable[Stop]:
    """Those that ended and those that last."""
    yield from state.stops
    yield from (m.stop for m in state.machines if m.stop is not None)


@dataclass(frozen=True)
class Judged:
    """A stop and what it is taken for; ``parts`` are (shift, batch, ns, ns of planned pauses), one for each span."""

    loss: str
    failure: bool
    code: str
    parts: tuple[tuple[str, str, int, int], ...]


JudgedStops = Mapping[str, Sequence[Judged]]
"""By unit."""


def judged(state: StopsState, plan: ProductionPlan) -> JudgedStops:
    """Every stop judged once, for figures of several scopes."""
    found: dict[str, list[Judged]] = {m.unit: [] for m in plan.machines}
    for stop in all_stops(state):
        parts = tuple((s.shift, s.batch, 0, s.ns) if s.off else (s.shift, s.batch, s.ns, 0) for s in stop.spans)
        row = Judged(loss_of(stop, plan), is_failure(stop, plan), stop.code or stop.proposed, parts)
        found.setdefault(stop.unit, []).append(row)
    return found


def account(state: StopsState, plan: ProductionPlan, scope: Scope, stops: JudgedStops | None = None) -> Account:
    """What happened in ``scope``; its times add up to all the time that the machine was looked at in it.

    ``stops`` are those of :func:`judged`, when they are known already.
    """
    counted = any(m.unit == scope.unit and m.good != NO_TAG for m in plan.machines)
    parts: list[tuple[Times, Counts]] = [(Times(), Counts(counted=counted))]
    minor_stops, failures, repair_ns = 0, 0, 0
    for key, cell in state.cells.items():
        if key.unit == scope.unit and scope.has(key.shift, key.batch):
            minor_stops += cell.minor
            failures, repair_ns = failures + cell.failures, repair_ns + cell.repair_ns
            times = Times(run=cell.run_ns, minor=cell.minor_ns, down=cell.down_ns, external=cell.external_ns, idle=cell.idle_ns,
                          planned=cell.off_ns, unknown=cell.unknown_ns)  # fmt: skip
            parts.append((times, cell.counts))
    taken = {"minor": 0, "down": 0, "external": 0, "planned": 0}
    top: dict[str, tuple[int, int]] = {}
    for stop in (judged(state, plan) if stops is None else stops).get(scope.unit, ()):
        inside = [(busy, off) for shift, batch, busy, off in stop.parts if scope.has(shift, batch)]
        if not inside:
            continue
        busy_ns, off_ns = sum(p[0] for p in inside), sum(p[1] for p in inside)
        taken["planned"] += off_ns
        taken[stop.loss] += busy_ns
        minor_stops += stop.loss == "minor"
        if busy_ns and stop.failure:
            failures, repair_ns = failures + 1, repair_ns + busy_ns
        if stop.loss != "minor" and busy_ns:
            count, ns = top.get(stop.code, (0, 0))
            top[stop.code] = (count + 1, ns + busy_ns)
    times, counts = summed([*parts, (Times(**taken), Counts())])
    return Account(times, counts, Failures(failures, repair_ns), minor_stops, top)


def with_stops(state: StopsState, gone: Sequence[Stop], new: Sequence[Stop]) -> StopsState:
    """The state with some stops replaced by others, ended ones in order of their begin, an open one with its machine."""
    numbers = {s.number for s in gone}
    ended = [s for s in state.stops if s.number not in numbers] + [s for s in new if s.ended_ns is not None]
    open_ = {s.unit: s for s in new if s.ended_ns is None}
    machines = tuple(
        replace(m, stop=open_[m.stop.unit]) if m.stop is not None and m.stop.unit in open_ else m for m in state.machines
    )
    return replace(state, machines=machines, stops=tuple(sorted(ended, key=lambda s: (s.begun_ns, s.number))))


def folded(state: StopsState, plan: ProductionPlan) -> StopsState:
    """At most STOPS_MAX ended stops and CELLS_MAX cells: what is older becomes sums, so that the state stays small also where no
    shift ever begins."""
    surplus = len(state.stops) - STOPS_MAX
    if surplus > 0:
        state = _without(state, plan, surplus)
    if len(state.cells) > CELLS_MAX or len(state.products) > CELLS_MAX:
        state = _by_unit(state)
    return state


def _without(state: StopsState, plan: ProductionPlan, surplus: int) -> StopsState:
    """Minor stops leave first, then those that nobody has to explain, the oldest of each."""
    minor = [s for s in state.stops if loss_of(s, plan) == "minor" and not s.code][:surplus]
    others = [s for s in state.stops if s not in minor] if len(minor) < surplus else []
    others = sorted(others, key=lambda s: unqualified(s, plan))[: surplus - len(minor)]
    cells = dict(state.cells)
    for stop in (*minor, *others):
        loss, fails = loss_of(stop, plan), is_failure(stop, plan) and stop.busy_ns > 0
        for i, span in enumerate(stop.spans):
            key = Key(span.shift, stop.unit, span.batch)
            taken = {f"{'off' if loss == 'planned' or span.off else loss}_ns": span.ns}
            first = Cell(minor=int(loss == "minor" and i == 0), failures=int(fails and i == 0))
            repair_ns = span.ns if fails and not span.off else 0
            cells[key] = cells.get(key, Cell()) + replace(first, **taken, repair_ns=repair_ns)
    return replace(with_stops(state, [*minor, *others], ()), cells=cells, gone=state.gone + len(others))


def _by_unit(state: StopsState) -> StopsState:
    """The cells of batches that ended first become part of those without a batch; their products are known no more."""
    kept = {*state.open_batches, *(m.batch for m in state.machines), ""}
    over = [k for k in state.cells if k.batch not in kept][: max(0, len(state.cells) - CELLS_MAX // 2)]
    cells = {k: c for k, c in state.cells.items() if k not in set(over)}
    for key in over:
        whole = Key(key.shift, key.unit, "")
        cells[whole] = cells.get(whole, Cell()) + state.cells[key]
    return _with_used(replace(state, cells=cells))


def _with_used(state: StopsState) -> StopsState:
    """The products of batches that something still belongs to."""
    used = {k.batch for k in state.cells} | {p.batch for s in state.stops for p in s.spans}
    used |= {*state.open_batches, *(m.batch for m in state.machines)}
    return replace(state, products={b: r for b, r in state.products.items() if b in used})


def pruned(state: StopsState) -> StopsState:
    """Without what belongs to neither of the last two shifts nor to a batch that is not ended."""
    shifts, batches = {*state.shifts, state.shift}, frozenset(state.open_batches)

    def kept(shift: str, batch: str) -> bool:
        return shift in shifts or batch in batches

    cells = {k: c for k, c in state.cells.items() if kept(k.shift, k.batch)}
    stops = tuple(s for s in state.stops if any(kept(p.shift, p.batch) for p in s.spans))
    return _with_used(replace(state, cells=cells, stops=stops, gone=0))


def ascending(instants: Sequence[int]) -> bool:
    """Whether each is later than the one before it."""
    return all(a < b for a, b in pairwise(instants))


def name_of(code: str, plan: ProductionPlan) -> Text:
    """The name of a reason; its code when the tree of today has it no more."""
    reason = plan.reasons.get(code)
    return reason.name if reason is not None else Text(ru=code, en=code)
