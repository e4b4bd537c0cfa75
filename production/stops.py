"""The stage ``stops``: what every watched machine does with its time, its stops with their reasons, and OEE from them.

Time is accounted for at every change and every :data:`PERIOD_NS`, to the nanosecond: running, stopped, idle and unknown time of
a machine add up to the time since the first look (docs/oee.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from line.clock import NS_PER_S
from line.jsontools import objects
from line.messages import Command, CommandKind, Event, EventKind, Json, JsonObject
from line.stage import Scan
from production import stops_commands, stops_saving
from production.calendar import Calendar
from production.oee import Counts
from production.plan import Machine, ProductionPlan
from production.stops_figures import batch_figures, shift_figures
from production.stops_look import Watch, batch_at, counted, first_alarm, proposed, raised, seen_of, word_of
from production.stops_record import (
    SPANS_MAX,
    Cell,
    Key,
    MachineNow,
    Span,
    Stop,
    StopsState,
    folded,
    grown,
    pruned,
)  # fmt: skip
from production.stops_states import STOP_TABLE, Act, Open, Seen
from production.stops_view import view

PERIOD_NS: Final = 10 * NS_PER_S
"""How often time and counts move while nothing changes: a state that changed with every scan would be saved with every scan."""

GAP_MAX_NS: Final = PERIOD_NS + 5 * NS_PER_S
"""Nobody looked for longer than this: the engine stood still, and what the machines did then is unknown."""

ENDED: Final = frozenset({"complete", "stopped", "aborted"})
"""States of a batch after which nothing more happens with it."""

_HEARD: Final = frozenset({EventKind.SHIFT, EventKind.BATCH, EventKind.ALARM})

Pauses = Callable[[int, int], Sequence[tuple[int, int]]]
"""Planned pauses (from, to) that have any part in a span, ns UTC."""


def no_pauses(_from_ns: int, _to_ns: int) -> Sequence[tuple[int, int]]:
    """A line without a calendar plans none."""
    return ()


def planned_pauses(calendar: Calendar, from_ns: int, to_ns: int) -> Sequence[tuple[int, int]]:
    """Breaks and planned downtime of ``shifts.yaml``. Time between shifts is none: a shift may last longer than planned."""
    return [(o.start_ns, o.end_ns) for o in calendar.pauses(from_ns, to_ns)]


class StopStage:
    """Implements ``line.stage.Stage`` for :class:`StopsState`."""

    name = "stops"
    command_kinds = frozenset({str(CommandKind.STOP_REASON), str(CommandKind.STOP_SPLIT), str(CommandKind.STOP_MERGE)})

    def __init__(self, plan: ProductionPlan, pauses: Pauses = no_pauses) -> None:
        """``pauses`` is a pure function; what it says of an hour is kept."""
        self._plan = plan
        self._watch = Watch(plan.machines)
        self._pauses = pauses
        self._hour: tuple[int, Sequence[tuple[int, int]]] = (-1, ())

    def initial(self) -> StopsState:
        return StopsState(tuple(MachineNow() for _ in self._plan.machines))

    def step(self, state: StopsState, scan: Scan) -> StopsState:
        """Account for the time up to now, then hear what changed, then do what people ask."""
        if not self._plan.machines:
            for command in scan.commands:
                stops_commands.refuse_all(command, scan)
            return state
        now_ns = scan.now_ns
        seen = self._watch.seen(scan.image)
        units = scan.views.get("units")
        heard = [e for e in scan.events if e.kind in _HEARD and _concerns(e, state)] if scan.events else []
        off = self._off(now_ns)
        due = not 0 <= now_ns - state.looked_ns < PERIOD_NS
        if not (due or heard or scan.commands or seen != state.seen or off != state.off or units is not state.units):
            return state
        state = self._account(state, scan)
        if heard:
            state = self._hear(state, heard, scan)
        state = self._look(replace(state, seen=seen, units=units, off=off), scan, heard)
        for command in scan.commands:
            state = self._command(state, command, scan)
        return folded(state, self._plan)

    def view(self, state: StopsState) -> JsonObject:
        return view(state, self._plan)

    def save(self, state: StopsState) -> JsonObject:
        return stops_saving.save(state, self._plan)

    def restore(self, saved: JsonObject, now_ns: int) -> StopsState:
        """Stops go on; what machines did since the last look is unknown. ValueError when :meth:`save` never gave ``saved``."""
        return stops_saving.restore(saved, self._plan)

    def _off(self, now_ns: int) -> bool:
        """Whether a planned pause is on."""
        hour_ns = 3600 * NS_PER_S
        hour = now_ns // hour_ns
        if hour != self._hour[0]:
            self._hour = (hour, tuple(self._pauses(hour * hour_ns, (hour + 1) * hour_ns)))
        return any(begin <= now_ns < end for begin, end in self._hour[1])

    def _account(self, state: StopsState, scan: Scan) -> StopsState:
        """Time since the last look by what each machine did, and what its counters went up."""
        now_ns, before_ns = scan.now_ns, state.looked_ns
        elapsed_ns = max(0, now_ns - before_ns) if before_ns else 0
        lost = elapsed_ns > GAP_MAX_NS
        cells = dict(state.cells)
        machines: list[MachineNow] = []
        for machine, now in zip(self._plan.machines, state.machines, strict=True):
            key = Key(state.shift, machine.unit, now.batch)
            cell = cells.get(key, Cell())
            now, counts = counted(machine, now, state.products.get(now.batch, ""), scan.image)
            seen = Seen.UNKNOWN if lost else now.seen
            if seen in (Seen.OWN, Seen.EXTERNAL) and now.stop is not None:
                if elapsed_ns:
                    span = Span(before_ns, now_ns, state.shift, now.batch, state.off)
                    now = replace(now, stop=grown(now.stop, span))
            else:
                cell = _with_time(cell, seen, elapsed_ns, state.off)
            if seen is Seen.UNKNOWN and elapsed_ns:
                counts = Counts(counts.good, counts.reject, unseen=counts.produced)
            if counts != Counts():
                cell = replace(cell, counts=cell.counts + counts)
            machines.append(now)
            if cell != Cell():
                cells[key] = cell
        return replace(state, machines=tuple(machines), cells=cells, looked_ns=now_ns)

    def _hear(self, state: StopsState, heard: Sequence[Event], scan: Scan) -> StopsState:
        for event in heard:
            if event.kind == EventKind.SHIFT:
                state = self._shift(state, event, scan)
            elif event.kind == EventKind.BATCH:
                state = self._batch(state, event, scan)
        return state

    def _shift(self, state: StopsState, event: Event, scan: Scan) -> StopsState:
        if event.data.get("what") == "started":
            shifts = (*(s for s in state.shifts if s != event.source), event.source)[-2:]
            return pruned(replace(state, shift=event.source, shifts=shifts))
        figures = shift_figures(state, self._plan, event.source)
        scan.event(EventKind.OEE, event.source, {"what": "shift", **figures})
        return replace(state, shift="" if state.shift == event.source else state.shift, previous=figures)

    def _batch(self, state: StopsState, event: Event, scan: Scan) -> StopsState:
        batch = event.source
        if event.data.get("what") == "created":
            products = {**state.products, batch: str(event.data.get("recipe", ""))}
            return replace(state, products=products, open_batches=(*state.open_batches, batch))
        if event.data.get("to") not in ENDED or batch not in state.open_batches:
            return state
        scan.event(EventKind.OEE, batch, {"what": "batch", **batch_figures(state, self._plan, batch)}, batch=batch)
        return replace(state, open_batches=tuple(b for b in state.open_batches if b != batch))

    def _look(self, state: StopsState, scan: Scan, heard: Sequence[Event]) -> StopsState:
        """What every machine does from now on."""
        if not state.shift and not state.shifts:
            state = _adopted(state, scan.views.get("shift", {}))
        for i, machine in enumerate(self._plan.machines):
            now = state.machines[i]
            batch = batch_at(machine.unit, scan.views.get("units", {}).get("units"))
            if batch and batch not in state.products:
                state = _with_product(state, batch, scan.views.get("batches", {}))
            seen, number = seen_of(machine, now, batch, scan.image)
            since_ns = now.since_ns if seen is now.seen and now.since_ns else scan.now_ns
            known = now.known if seen is Seen.UNKNOWN else seen
            fresh = replace(now, seen=seen, known=known, since_ns=since_ns, state=number, batch=batch)
            state = self._moved(state, i, machine, fresh, scan, heard)
        return state

    def _moved(
        self, state: StopsState, i: int, machine: Machine, now: MachineNow, scan: Scan, heard: Sequence[Event]
    ) -> StopsState:
        """The stops of one machine, as :data:`STOP_TABLE` has it."""
        acts, _ = STOP_TABLE[now.open][now.seen]
        if Act.GO_ON in acts and now.stop is not None and len(now.stop.spans) >= SPANS_MAX:
            acts = (Act.END, Act.BEGIN)
        for act in acts:
            stop = now.stop
            if act is Act.BEGIN:
                kind = Open.OWN if now.seen is Seen.OWN else Open.EXTERNAL
                stop = Stop(
                    state.last + 1, machine.unit, kind, word_of(machine, now.state), now.batch,
                    (Span(scan.now_ns, scan.now_ns, state.shift, now.batch, state.off),),
                    proposed=proposed(machine, kind, now.state, scan.image),
                    alarm=first_alarm(machine.unit, scan.now_ns, scan.views, scan.events),
                )  # fmt: skip
                state = replace(state, last=stop.number)
                now = replace(now, stop=stop)
                self._say(scan, stop, "started")
            elif act is Act.GO_ON and stop is not None and not (stop.proposed and stop.alarm):
                told = replace(
                    stop, proposed=stop.proposed or proposed(machine, stop.kind, now.state, scan.image),
                    alarm=stop.alarm or raised(machine.unit, heard),
                )  # fmt: skip
                now = replace(now, stop=told) if told != stop else now
            elif act is Act.END and stop is not None:
                ended = replace(stop, ended_ns=max(stop.spans[-1].to_ns, stop.begun_ns))
                self._say(scan, ended, "ended")
                now = replace(now, stop=None)
                state = replace(state, stops=(*state.stops, ended))
        if now == state.machines[i]:
            return state
        return replace(state, machines=(*state.machines[:i], now, *state.machines[i + 1 :]))

    def _say(self, scan: Scan, stop: Stop, what: str) -> None:
        data: dict[str, Json] = {"what": what, **stops_commands.about(stop, self._plan)}
        scan.event(EventKind.STOP, stop.id, data, unit=stop.unit, batch=stop.batch)

    def _command(self, state: StopsState, command: Command, scan: Scan) -> StopsState:
        after, touched = stops_commands.carry_out(state, command, self._plan, scan)
        previous = state.shifts[-1] if state.shifts and not state.shift else state.shifts[0] if len(state.shifts) > 1 else ""
        if previous and any(p.shift == previous for s in touched for p in s.spans):
            figures = shift_figures(after, self._plan, previous)
            scan.event(EventKind.OEE, previous, {"what": "revised", **figures})
            after = replace(after, previous=figures)
        return after


def _concerns(event: Event, state: StopsState) -> bool:
    if event.kind == EventKind.SHIFT:
        return event.data.get("what") in ("started", "ended")
    if event.kind == EventKind.BATCH:
        return event.data.get("what") == "created" or (event.data.get("what") == "state" and not event.data.get("node"))
    return any(m.stop is not None and not m.stop.alarm for m in state.machines)


def _with_time(cell: Cell, seen: Seen, ns: int, off: bool) -> Cell:
    if not ns:
        return cell
    if seen is Seen.RUN:
        return replace(cell, run_ns=cell.run_ns + ns)
    if seen is Seen.IDLE:
        return replace(cell, off_ns=cell.off_ns + ns) if off else replace(cell, idle_ns=cell.idle_ns + ns)
    return replace(cell, unknown_ns=cell.unknown_ns + ns)


def _adopted(state: StopsState, shift: JsonObject) -> StopsState:
    """The shift that was open before this stage first looked."""
    name = shift.get("id")
    if shift.get("state") != "open" or not isinstance(name, str) or not name:
        return state
    return replace(state, shift=name, shifts=(name,))


def _with_product(state: StopsState, batch: str, batches: Mapping[str, Json]) -> StopsState:
    """A batch that was created before this stage first looked."""
    row = next((b for b in objects(batches.get("batches")) if b.get("id") == batch), None)
    if row is None:
        return state
    return replace(
        state, products={**state.products, batch: str(row.get("recipe", ""))}, open_batches=(*state.open_batches, batch)
    )
