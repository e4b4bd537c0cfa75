"""The figures of the alarm system as the last stage of the scan: the last 24 hours, the running shift, the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alarms.kpi import Track, Watch, fact_of
from alarms.kpi_figures import TARGETS, figures
from alarms.kpi_saving import KpiSaver, SavedKpi
from alarms.kpi_tally import CELL_NS, DayTally, PeriodTally
from alarms.states import ACTIVE
from alarms.table import AlarmTable
from line.clock import NS_PER_S, has_passed
from line.jsontools import objects, whole
from line.messages import Event, EventKind, JsonObject
from line.stage import Scan

REFRESH_NS: Final = 5 * NS_PER_S
"""Figures are worked out at most this often while alarms come and go."""

IDLE_NS: Final = 60 * NS_PER_S
"""And this often while nothing happens: rates fall by themselves."""


@dataclass(frozen=True, eq=False)
class KpiState:
    """State of the stage; ``watch``, ``live`` and ``shift`` are never changed in place. ``shown`` is the view.

    ``news`` says that something was counted since ``shown_ns``.
    """

    watch: Watch
    live: DayTally | None = None
    shift: PeriodTally | None = None
    shift_id: str = ""
    previous: JsonObject | None = None
    shown: JsonObject | None = None
    shown_ns: int = 0
    news: bool = False


class AlarmKpiStage:
    """Implements ``line.stage.Stage`` for :class:`KpiState`; stands after the totals, whose shifts it follows."""

    name = "alarm_kpi"
    command_kinds: frozenset[str] = frozenset()

    def __init__(self, table: AlarmTable) -> None:
        self._table = table
        self._saver = KpiSaver()

    def initial(self) -> KpiState:
        return KpiState(self._watch())

    def step(self, state: KpiState, scan: Scan) -> KpiState:
        events = [e for e in scan.events if e.kind in (EventKind.ALARM, EventKind.SHIFT)]
        now_ns = scan.now_ns
        every_ns = REFRESH_NS if state.news or events else IDLE_NS
        due = state.live is None or has_passed(every_ns, state.shown_ns, now_ns)
        if not events and not due:
            return state
        watch = state.watch.copy()
        if state.live is None or watch.now_ns - now_ns > CELL_NS:  # the clock was set back: what lies ahead cannot be counted
            known = watch.tracks if state.live is not None else _standing(scan.views)
            watch = replace(self._watch(), now_ns=now_ns, tracks={a: _here(t, now_ns) for a, t in known.items()})
            shift_id, shift = _open_shift(scan.views, state.shift_id), None
            if shift_id:
                shift = PeriodTally.begin(now_ns)
            state = replace(state, live=DayTally.begin(now_ns), shift=shift, shift_id=shift_id)
        assert state.live is not None
        state = replace(state, watch=watch, live=state.live.copy(), shift=state.shift.copy() if state.shift else None)
        for event in events:
            state = self._take(state, event, scan)
        watch.advance(now_ns, _tallies(state))
        if events:
            state = replace(state, news=True)
        return self._shown(state, now_ns) if due or not state.shown_ns else state

    def view(self, state: KpiState) -> JsonObject:
        return {"targets": TARGETS, "live": None, "shift": None, "previous": None} if state.shown is None else state.shown

    def save(self, state: KpiState) -> JsonObject:
        saved = self._saver.save(state.watch, state.live, state.shift)
        return {**saved, "shift_id": state.shift_id, "previous": state.previous}

    def restore(self, saved: JsonObject, now_ns: int) -> KpiState:
        """As saved, less the alarms that the line no longer has; time in which the engine stood still is time without alarms.

        Raises ValueError when ``saved`` is not what :meth:`save` wrote.
        """
        data = SavedKpi.model_validate(saved)
        watch = data.filled(self._watch(), self._table)
        live = None if data.live is None else data.live.tally()
        shift = None if data.shift is None else data.shift.tally()
        return KpiState(watch, live, shift, data.shift_id, data.previous)

    def _watch(self) -> Watch:
        return Watch(0, self._table.rules.flood_start, self._table.rules.flood_end)

    def _take(self, state: KpiState, event: Event, scan: Scan) -> KpiState:
        if event.kind == EventKind.ALARM:
            state.watch.fold((fact_of(event.time_ns, event.source, event.data),), _tallies(state))
        elif event.data.get("what") == "started":
            state.watch.advance(event.time_ns, _tallies(state))
            return replace(state, shift=PeriodTally.begin(state.watch.now_ns), shift_id=event.source, shown_ns=0)
        elif event.data.get("what") == "ended" and state.shift is not None:
            state.watch.advance(event.time_ns, _tallies(state))
            previous = figures(state.shift, state.watch)
            scan.event(EventKind.ALARM_KPI, event.source, {"what": "shift", **previous})
            return replace(state, shift=None, shift_id="", previous=previous, shown_ns=0)
        return state

    def _shown(self, state: KpiState, now_ns: int) -> KpiState:
        assert state.live is not None
        state.watch.forget()
        shown: JsonObject = {
            "targets": TARGETS,
            "live": figures(state.live, state.watch),
            "shift": None if state.shift is None else figures(state.shift, state.watch),
            "previous": state.previous,
        }
        return replace(state, shown=shown, shown_ns=now_ns, news=False)


def _tallies(state: KpiState) -> Sequence[DayTally | PeriodTally]:
    return [t for t in (state.live, state.shift) if t is not None]


def _here(track: Track, now_ns: int) -> Track:
    """The alarm after the clock was set back: it stands since now."""
    return replace(track, asked_ns=min(track.asked_ns, now_ns), active_ns=min(track.active_ns, now_ns), cycles=())


def _standing(views: Mapping[str, JsonObject]) -> dict[str, Track]:
    """The alarms that stand already, for a line whose figures begin later than its alarms."""
    view = views.get("alarms", {})
    active = {str(a["id"]): _listed(a, str(a["state"]), whole(a.get("time_ns"))) for a in objects(view.get("active"))}
    hidden = ("shelved", "suppressed", "out_of_service")
    return active | {str(a["id"]): _listed(a, name, whole(a.get("since_ns"))) for name in hidden for a in objects(view.get(name))}


def _listed(row: JsonObject, state: str, since_ns: int) -> Track:
    active = row["active"] is True if "active" in row else state in ACTIVE
    return Track(state, whole(row.get("priority")), since_ns, since_ns if active else 0)


def _open_shift(views: Mapping[str, JsonObject], known: str) -> str:
    """The shift that runs already, for a line whose figures begin in the middle of one."""
    view = views.get("shift", {})
    return str(view.get("id", "")) if view.get("state") == "open" else known
