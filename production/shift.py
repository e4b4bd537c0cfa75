"""Shifts and their totals: the last stage of the scan.

Counters of the line are read once a second and on the scan that starts or ends a shift; only Good quality counts. What is
made while no shift is open counts for the next one, so nothing that was made is lost between two crews.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, cast

from line.clock import NS_PER_S
from line.image import Snapshot
from line.messages import Command, CommandKind, CommandStatus, Event, EventKind, Json, JsonObject
from line.phases import PhaseState
from line.stage import Scan
from line.tags import TagTable

COUNTERS: Final = ("charged_kg", "packed_kg", "packs", "rejects")
"""Totals that follow a counter of the line, in the order of :attr:`ShiftState.totals`."""

RUN_STATES: Final = frozenset({PhaseState.RUNNING, PhaseState.RESTARTING})
HELD_STATES: Final = frozenset({PhaseState.HOLDING, PhaseState.HELD, PhaseState.PAUSING, PhaseState.PAUSED})

PERIOD_NS: Final = NS_PER_S
"""How often totals move: a state that changed with every scan would be saved with every scan."""

GAP_MAX_NS: Final = 5 * NS_PER_S
"""Time between two looks that is longer than this is nobody's running time: the engine stood still."""


@dataclass(frozen=True)
class ShiftTotals:
    """The tags that the totals come from; an empty name leaves a total at zero. ``phase_states``: unit → its ``PhSts`` tag."""

    charged_kg: str = ""
    packed_kg: str = ""
    packs: str = ""
    rejects: str = ""
    phase_states: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Counts:
    """What a shift adds up. ``totals`` is in the order of COUNTERS, times are ns by position of the unit.

    ``completed_size_kg`` is what the completed batches were to weigh, ``completed_packed_kg`` what had been packed when the
    last of them was complete: the yield is of these, since what is still on the line is no loss.
    """

    totals: tuple[float, ...]
    run_ns: tuple[int, ...]
    held_ns: tuple[int, ...]
    batches_started: int = 0
    batches_completed: int = 0
    completed_size_kg: float = 0.0
    completed_packed_kg: float = 0.0
    alarms: tuple[int, ...] = (0, 0, 0, 0)
    events: int = 0


@dataclass(frozen=True)
class ShiftState:
    """``id`` is empty before the first shift. ``counts`` belongs to the open shift, or to the next one while none is open."""

    counts: Counts
    last: tuple[float | None, ...]
    id: str = ""
    number: int = 0
    ordinal: int = 0
    open: bool = False
    started_ns: int = 0
    ended_ns: int = 0
    crew: str = ""
    looked_ns: int = 0
    ended_totals: JsonObject | None = None
    previous: JsonObject | None = None


class ShiftStage:
    """Opens and closes shifts and adds up their totals (ARCHITECTURE.md, view ``shift``).

    The first shift of a line opens by itself with the first Good value; after that people start and end shifts. A start
    while a shift is open is a handover: it ends the one and starts the next. Numbers go from one up unless given.
    """

    name = "shift"
    command_kinds = frozenset({str(CommandKind.SHIFT_START), str(CommandKind.SHIFT_END)})

    def __init__(self, config: ShiftTotals, tags: TagTable) -> None:
        """Raises KeyError with the name of a tag that is not in ``tags``."""
        self._counters = tuple(_handle(tags, str(getattr(config, name))) for name in COUNTERS)
        self._units = tuple(config.phase_states)
        self._phases = tuple(_handle(tags, name) for name in config.phase_states.values())

    def initial(self) -> ShiftState:
        return ShiftState(self._no_counts(), (None,) * len(COUNTERS))

    def step(self, state: ShiftState, scan: Scan) -> ShiftState:
        if scan.now_ns - state.looked_ns < PERIOD_NS and scan.now_ns >= state.looked_ns and not scan.events and not scan.commands:
            return state
        seen = tuple(scan.events)  # what other stages said; own events below are no part of the totals
        if scan.now_ns - state.looked_ns >= PERIOD_NS or scan.now_ns < state.looked_ns or scan.commands:
            state = self._look(state, scan.image, scan.now_ns)
        if not state.ordinal and self._anything_good(scan.image):
            state = self._start(state, scan, crew="", number=1)
        if seen:
            state = replace(state, counts=_count_events(state.counts, seen))
        for command in scan.commands:
            state = self._command(state, command, scan)
        return state

    def view(self, state: ShiftState) -> JsonObject:
        if not state.ordinal:
            return {"id": "", "number": 0, "state": "closed", "started_ns": None, "ended_ns": None, "crew": "",
                    "totals": self._totals(state.counts), "previous": None}  # fmt: skip
        totals = self._totals(state.counts) if state.open else state.ended_totals
        return {**_summary(state), "state": "open" if state.open else "closed", "totals": totals, "previous": state.previous}

    def save(self, state: ShiftState) -> JsonObject:
        counts = state.counts
        return {
            "id": state.id, "number": state.number, "ordinal": state.ordinal, "open": state.open, "crew": state.crew,
            "started_ns": state.started_ns, "ended_ns": state.ended_ns, "ended_totals": state.ended_totals,
            "previous": state.previous, "last": state.last, "totals": counts.totals,
            "run_ns": dict(zip(self._units, counts.run_ns, strict=True)),
            "held_ns": dict(zip(self._units, counts.held_ns, strict=True)),
            "batches_started": counts.batches_started, "batches_completed": counts.batches_completed,
            "completed_size_kg": counts.completed_size_kg, "completed_packed_kg": counts.completed_packed_kg,
            "alarms": counts.alarms, "events": counts.events,
        }  # fmt: skip

    def restore(self, saved: JsonObject, now_ns: int) -> ShiftState:
        """The shift goes on; time while the engine was down is nobody's, counters catch up with the first Good value."""
        run, held = _numbers(saved.get("run_ns")), _numbers(saved.get("held_ns"))
        last = cast(Sequence[float | None], saved["last"])
        counts = Counts(
            totals=tuple(cast(Sequence[float], saved["totals"])),
            run_ns=tuple(int(run.get(u, 0)) for u in self._units),
            held_ns=tuple(int(held.get(u, 0)) for u in self._units),
            batches_started=int(cast(int, saved["batches_started"])),
            batches_completed=int(cast(int, saved["batches_completed"])),
            completed_size_kg=float(cast(float, saved["completed_size_kg"])),
            completed_packed_kg=float(cast(float, saved["completed_packed_kg"])),
            alarms=tuple(cast(Sequence[int], saved["alarms"])),
            events=int(cast(int, saved["events"])),
        )
        return ShiftState(
            counts, tuple(last), str(saved["id"]), int(cast(int, saved["number"])), int(cast(int, saved["ordinal"])),
            bool(saved["open"]), int(cast(int, saved["started_ns"])), int(cast(int, saved["ended_ns"])), str(saved["crew"]),
            now_ns, cast("JsonObject | None", saved["ended_totals"]), cast("JsonObject | None", saved["previous"]),
        )  # fmt: skip

    def _no_counts(self) -> Counts:
        none = (0,) * len(self._units)
        return Counts((0.0,) * len(COUNTERS), none, none)

    def _anything_good(self, image: Snapshot) -> bool:
        return any(h is not None and image.good(h) for h in (*self._counters, *self._phases))

    def _look(self, state: ShiftState, image: Snapshot, now_ns: int) -> ShiftState:
        """Add what the counters and the units did since the last look."""
        counts = state.counts
        last, totals = list(state.last), list(counts.totals)
        for i, handle in enumerate(self._counters):
            value = None if handle is None else image.number(handle)
            if value is None or value != value:
                continue
            before = last[i]
            if before is not None:
                totals[i] += value - before if value >= before else max(0.0, value)  # a drop is a reset to zero
            last[i] = value
        elapsed_ns = now_ns - state.looked_ns
        run, held = counts.run_ns, counts.held_ns
        if 0 < elapsed_ns <= GAP_MAX_NS:
            now = [None if h is None else image.number(h) for h in self._phases]
            run = tuple(t + elapsed_ns if s in RUN_STATES else t for t, s in zip(run, now, strict=True))
            held = tuple(t + elapsed_ns if s in HELD_STATES else t for t, s in zip(held, now, strict=True))
        if tuple(last) == state.last and tuple(totals) == counts.totals and run == counts.run_ns and held == counts.held_ns:
            return replace(state, looked_ns=now_ns)
        return replace(
            state, counts=replace(counts, totals=tuple(totals), run_ns=run, held_ns=held), last=tuple(last), looked_ns=now_ns
        )

    def _command(self, state: ShiftState, command: Command, scan: Scan) -> ShiftState:
        reason = _refusal(state, command)
        if reason is not None:
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [reason]})
            return state
        scan.answer(command, CommandStatus.ACCEPTED)
        if state.open:
            state = self._end(state, scan, str(command.args.get("note", "")))
        if command.kind == CommandKind.SHIFT_START:
            number = cast("int | None", command.args.get("number"))
            state = self._start(state, scan, str(command.args.get("crew", "")), state.number + 1 if number is None else number)
        return state

    def _start(self, state: ShiftState, scan: Scan, crew: str, number: int) -> ShiftState:
        ordinal = state.ordinal + 1
        day = datetime.fromtimestamp(scan.now_ns // NS_PER_S, UTC).strftime("%Y%m%d")
        previous = {**_summary(state), "totals": state.ended_totals} if state.ordinal else None
        started = replace(state, id=f"{day}-{ordinal}", number=number, ordinal=ordinal, open=True, started_ns=scan.now_ns,
                          ended_ns=0, crew=crew, ended_totals=None, previous=previous)  # fmt: skip
        scan.event(EventKind.SHIFT, started.id, {"what": "started", **_summary(started)})
        return started

    def _end(self, state: ShiftState, scan: Scan, note: str) -> ShiftState:
        totals = self._totals(state.counts)
        ended = replace(state, open=False, ended_ns=scan.now_ns, ended_totals=totals, counts=self._no_counts())
        scan.event(EventKind.SHIFT, ended.id, {"what": "ended", **_summary(ended), "note": note, "totals": totals})
        return ended

    def _totals(self, counts: Counts) -> JsonObject:
        values = {name: round(value, 3) for name, value in zip(COUNTERS, counts.totals, strict=True)}
        size = counts.completed_size_kg
        return {
            "batches_started": counts.batches_started, "batches_completed": counts.batches_completed,
            "charged_kg": values["charged_kg"], "packed_kg": values["packed_kg"],
            "packs": round(values["packs"]), "rejects": round(values["rejects"]),
            "yield_pct": round(100.0 * counts.completed_packed_kg / size, 2) if size > 0.0 else None,
            "alarms": sum(counts.alarms), "alarms_by_priority": {str(i + 1): n for i, n in enumerate(counts.alarms)},
            "events": counts.events,
            "run_s": {u: ns // NS_PER_S for u, ns in zip(self._units, counts.run_ns, strict=True)},
            "held_s": {u: ns // NS_PER_S for u, ns in zip(self._units, counts.held_ns, strict=True)},
        }  # fmt: skip


def _handle(tags: TagTable, name: str) -> int | None:
    return tags.handle(name) if name else None


def _summary(state: ShiftState) -> dict[str, Json]:
    return {"id": state.id, "number": state.number, "crew": state.crew, "started_ns": state.started_ns,
            "ended_ns": state.ended_ns or None}  # fmt: skip


def _numbers(value: Json) -> Mapping[str, float]:
    return cast(Mapping[str, float], value) if isinstance(value, Mapping) else {}


_RESUMED: Final = frozenset({"held", "holding", "paused", "pausing", "restarting"})


_ANNUNCIATES: Final = frozenset({"alarm", "realarm", "resume_active"})


def _annunciated(data: JsonObject) -> bool:
    """True for an alarm that asks for attention anew (docs/kpi.md); what happens underneath a hidden one does not."""
    return data.get("to") == "unack_active" and data.get("from") != "unack_active" and data.get("event") in _ANNUNCIATES


def _count_events(counts: Counts, events: Sequence[Event]) -> Counts:
    alarms = list(counts.alarms)
    started, completed = counts.batches_started, counts.batches_completed
    completed_size_kg, completed_packed_kg = counts.completed_size_kg, counts.completed_packed_kg
    for event in events:
        data = event.data
        if event.kind == EventKind.ALARM and _annunciated(data):
            priority = data.get("priority")
            alarms[min(max(priority, 1), len(alarms)) - 1 if isinstance(priority, int) else -1] += 1
        elif event.kind == EventKind.BATCH:
            what = data.get("what")
            started += (
                what == "state" and not data.get("node") and data.get("to") == "running" and data.get("from") not in _RESUMED
            )
            if what == "complete":
                size_kg = data.get("size_kg")
                completed += 1
                completed_size_kg += size_kg if isinstance(size_kg, int | float) else 0.0
                completed_packed_kg = counts.totals[COUNTERS.index("packed_kg")]
    return replace(
        counts, batches_started=started, batches_completed=completed, completed_size_kg=completed_size_kg,
        completed_packed_kg=completed_packed_kg, alarms=tuple(alarms), events=counts.events + len(events),
    )  # fmt: skip


def _refusal(state: ShiftState, command: Command) -> JsonObject | None:
    """Why the command cannot be done, for the operator; None when it can."""
    if command.kind == CommandKind.SHIFT_END and not state.open:
        return {"ru": "Смена не открыта", "en": "No shift is open"}
    for name in ("crew", "note"):
        text = command.args.get(name, "")
        if not isinstance(text, str) or len(text) > 2000:
            return {"ru": f"{name}: нужен текст не длиннее 2000 знаков", "en": f"{name}: a text of at most 2000 characters"}
    number = command.args.get("number")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 99):
        return {"ru": "Номер смены — целое число от 1 до 99", "en": "The shift number is a whole number from 1 to 99"}
    return None
