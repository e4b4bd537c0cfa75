"""One scan: what the engine does every period, pure and without I/O.

``scan_once(plan, state, inputs)`` returns the next state and what came of it. The order is fixed: latch inputs, computed tags,
freeze the image, then the stages (commands that write tags, alarms, recipes, units, totals), then heartbeats and the follow-up
of writes. Alarms stand before recipes so that a trip holds a phase in the same scan, units after recipes so that permissives
and interlocks have the last word. The same state and inputs give the same bits out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from line.clock import NS_PER_S, has_passed
from line.commands import OpenWrites, TagWriteStage, follow_up, reason
from line.diagnostics import NO_FIGURES, DiagnosticPlan, ScanFigures
from line.expr import Expression, ExpressionSet
from line.heartbeat import HeartbeatPlan, Watch, Watches
from line.image import ImageDraft, ImageRules, Readings, Snapshot
from line.messages import (
    Command,
    CommandStatus,
    Event,
    EventKind,
    Json,
    JsonObject,
    LinkState,
    LinkStatus,
    Write,
    WriteResult,
)
from line.model import LineModel
from line.quality import Status, is_good, status_name, worst
from line.stage import Lender, RequestResult, Scan, Stage

HEARTBEAT_NS: Final = NS_PER_S
HEARTBEAT_ORIGIN: Final = "heartbeat"
COMMAND_MAX_AGE_NS: Final = 30 * NS_PER_S
"""A command that waited longer, for a disk that failed, is refused: nobody expects it to happen any more."""
_GOOD: Final = int(Status.GOOD)


@dataclass(frozen=True)
class Inputs:
    """All that a scan may depend on, besides the state: nothing else may change its outcome."""

    now_ns: int
    readings: Sequence[Readings] = ()
    commands: Sequence[Command] = ()
    write_results: Sequence[WriteResult] = ()
    links: Mapping[str, LinkStatus] = field(default_factory=dict[str, LinkStatus])
    figures: ScanFigures = NO_FIGURES


@dataclass(frozen=True)
class ScanState:
    """Everything that lives from scan to scan."""

    image: Snapshot
    stages: tuple[object, ...]
    views: Mapping[str, JsonObject]
    results: tuple[RequestResult, ...] = ()
    open_writes: OpenWrites = ()
    links: Mapping[str, LinkStatus] = field(default_factory=dict[str, LinkStatus])
    heartbeat_ns: int = 0
    link_edges: Mapping[str, LinkState] = field(default_factory=dict[str, LinkState])
    refreshed_ns: int = 0
    watches: Watches = field(default_factory=dict[int, Watch])
    published: Sequence[tuple[int, float, int]] = ()


@dataclass(frozen=True)
class Outputs:
    """What a scan wants done: writes for the devices, events for the journal, and which stages changed."""

    writes: Sequence[Write]
    events: Sequence[Event]
    changed: Sequence[str]


class ScanPlan:
    """What is fixed for the life of a configuration: the stages in their order and everything precomputed."""

    def __init__(self, model: LineModel, stages: Sequence[Stage[Any]], pace: float = 1.0) -> None:
        self.model = model
        self.pace = pace
        self.stages: tuple[Stage[Any], ...] = (TagWriteStage(model), *stages)
        stale_after_ns = model.file.scan_period_ms * 1_000_000 * model.file.stale_after_scans
        self.rules = ImageRules(model.tags, stale_after_ns)
        self.diagnostics = DiagnosticPlan(model.tags, model.file.devices)
        self.heartbeats = HeartbeatPlan(model)
        self.calc = _calc_levels(model)
        self.lenders = tuple((i, stage) for i, stage in enumerate(self.stages) if isinstance(stage, Lender))
        self.kinds = {kind: stage.name for stage in self.stages for kind in stage.command_kinds}

    def initial(self) -> ScanState:
        """The state of a line that never ran."""
        states = tuple(stage.initial() for stage in self.stages)
        return ScanState(self.rules.initial(), states, self._views(states))

    def restored(self, saved: Mapping[str, JsonObject], now_ns: int) -> ScanState:
        """The state after a restart, from what :func:`saved_states` gave: a stage that never saved starts afresh.

        Raises ValueError that names the stage whose state cannot be read: a batch forgotten in silence would be worse.
        """
        states = tuple(_restored(s, saved[s.name], now_ns) if s.name in saved else s.initial() for s in self.stages)
        return ScanState(self.rules.initial(), states, self._views(states))

    def _views(self, states: tuple[object, ...]) -> dict[str, JsonObject]:
        return {stage.name: stage.view(state) for stage, state in zip(self.stages, states, strict=True)}


def scan_once(plan: ScanPlan, state: ScanState, inputs: Inputs) -> tuple[ScanState, Outputs]:
    """One scan (module docstring). Events come out unnumbered; the journal's owner numbers them."""
    image, refreshed_ns, watches = _latch(plan, state, inputs)
    scan = Scan(inputs.now_ns, image, (), inputs.write_results, state.results, state.views, pace=plan.pace)
    link_edges = _link_events(state.link_edges, inputs.links, scan)
    _write_events(plan, scan)
    by_stage = _sort_commands(plan, inputs.commands, scan)
    for index, lender in plan.lenders:
        scan.lent[plan.stages[index].name] = lender.lend(state.stages[index], scan)
    states: list[object] = []
    changed: list[str] = []
    for stage, old in zip(plan.stages, state.stages, strict=True):
        scan.commands = by_stage.get(stage.name, ())
        new = stage.step(old, scan)
        states.append(new)
        if new is not old:
            changed.append(stage.name)
    heartbeat_ns = _heartbeats(plan, state, scan)
    open_writes = state.open_writes
    if open_writes or scan.write_results or inputs.commands:
        open_writes = follow_up(open_writes, {c.id: c for c in inputs.commands}, scan)
    views = state.views
    if changed:
        views = dict(views)
        for stage, new in zip(plan.stages, states, strict=True):
            if stage.name in changed:
                views[stage.name] = stage.view(new)
    links = inputs.links or state.links
    next_state = ScanState(
        image,
        tuple(states),
        views,
        tuple(scan.outcomes),
        open_writes,
        links,
        heartbeat_ns,
        link_edges,
        refreshed_ns,
        watches,
        tuple(scan.published),
    )
    return next_state, Outputs(scan.writes, scan.events, changed)


def saved_states(plan: ScanPlan, state: ScanState, names: Sequence[str] | None = None) -> dict[str, JsonObject]:
    """Stage states as JSON for the journal; those in ``names`` only, when given."""
    pairs = zip(plan.stages, state.stages, strict=True)
    return {s.name: s.save(value) for s, value in pairs if names is None or s.name in names}


def _restored(stage: Stage[Any], saved: JsonObject, now_ns: int) -> object:
    try:
        return stage.restore(saved, now_ns)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"the state of '{stage.name}' in the journal cannot be read: {error!r}") from error


def _latch(plan: ScanPlan, state: ScanState, inputs: Inputs) -> tuple[Snapshot, int, Watches]:
    now_ns = inputs.now_ns
    number = state.image.scan + 1
    draft = ImageDraft(plan.rules, state.image)
    for readings in inputs.readings:
        draft.latch(readings)
    draft.age(now_ns)
    refreshed_ns = plan.diagnostics.set(draft, inputs.links, inputs.figures, state.refreshed_ns, now_ns)
    peek = draft.peek(number, now_ns)
    watches = plan.heartbeats.set(draft, peek, state.watches, now_ns)
    for handle, value, status in state.published:
        draft.set(handle, value, status, now_ns)
    for handles, expressions in plan.calc:
        values = expressions.evaluate(peek)
        for handle, expression, value in zip(handles, expressions.expressions, values, strict=True):
            _set_computed(draft, peek, handle, expression.reads, value, now_ns)
    return draft.freeze(number, now_ns), refreshed_ns, watches


def _set_computed(draft: ImageDraft, peek: Snapshot, handle: int, reads: Sequence[int], value: float | None, now_ns: int) -> None:
    """A computed tag takes the worst quality of its inputs and keeps its last value while it has none."""
    if value is not None:
        draft.set(handle, value, _GOOD, now_ns)
        return
    inherited = worst([int(peek.status[r]) for r in reads])
    status = int(Status.BAD_OUT_OF_RANGE) if is_good(inherited) else inherited
    draft.set(handle, float(peek.value[handle]), status, now_ns)


def _calc_levels(model: LineModel) -> list[tuple[list[int], ExpressionSet]]:
    """Computed tags (handles and expressions) in groups that can be evaluated in one call: none reads another of its group."""
    levels: list[tuple[list[int], list[Expression]]] = []
    for handle, expression in model.calc:
        if not levels or any(r in levels[-1][0] for r in expression.reads):
            levels.append(([], []))
        levels[-1][0].append(handle)
        levels[-1][1].append(expression)
    return [(handles, ExpressionSet(expressions)) for handles, expressions in levels]


def _sort_commands(plan: ScanPlan, commands: Sequence[Command], scan: Scan) -> dict[str, list[Command]]:
    by_stage: dict[str, list[Command]] = {}
    for command in commands:
        stage = plan.kinds.get(command.kind)
        if scan.now_ns - command.time_ns > COMMAND_MAX_AGE_NS:
            why = reason("Команда ждала слишком долго и не выполнена", "The command waited too long and was not carried out")
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [why]})
        elif stage is None:
            why = reason(f"Неизвестная команда {command.kind}", f"Unknown command {command.kind}")
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [why]})
        else:
            by_stage.setdefault(stage, []).append(command)
    return by_stage


def _link_events(edges: Mapping[str, LinkState], links: Mapping[str, LinkStatus], scan: Scan) -> Mapping[str, LinkState]:
    """One event per edge of a link, never one per scan nor per attempt to connect; returns the states last told."""
    for device, link in links.items():
        before = edges.get(device, LinkState.CLOSED)
        if link.state is before or link.state is LinkState.CONNECTING:
            continue
        data: dict[str, Json] = {"from": before, "to": link.state, "error": link.last_error.to_json()}
        scan.event(EventKind.LINK, device, data)
        edges = {**edges, device: link.state}
    return edges


def _write_events(plan: ScanPlan, scan: Scan) -> None:
    """Every write that was tried, for the journal; the heartbeats, two a second, are left to the link's own events."""
    for result in scan.write_results:
        if result.origin != HEARTBEAT_ORIGIN:
            tag = plan.model.tags[result.handle].name
            status = status_name(result.status)
            data: dict[str, Json] = {"tag": tag, "value": result.value, "status": status, "message": result.message.to_json()}
            scan.event(EventKind.WRITE, result.origin, data)


def _heartbeats(plan: ScanPlan, state: ScanState, scan: Scan) -> int:
    """Once a second the supervisor counts on in every PLC whose counter is read Good: the PLCs' watchdogs live on it."""
    if not has_passed(HEARTBEAT_NS, state.heartbeat_ns, scan.now_ns):
        return state.heartbeat_ns
    count = scan.now_ns // HEARTBEAT_NS % 65536
    for handle in plan.model.heartbeats:
        if scan.image.good(handle):
            scan.writes.append(Write(handle, float(count), HEARTBEAT_ORIGIN))
    return scan.now_ns
