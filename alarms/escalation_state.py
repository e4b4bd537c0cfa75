"""What the escalation remembers between scans, and the table of what keeps a run going."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from alarms.calls import CallState
from alarms.policy import EscalatesOn, Output
from alarms.states import AlarmState
from line.documents import Text
from line.messages import NO_TEXT
from line.stage import Scan


class Wait(StrEnum):
    """What the state of an alarm or a call means for a run that waits for something to be done about it.

    ``goes_on`` and ``paused`` keep it; every other word says why it ends, besides :data:`ACTION` and :data:`NO_POLICY`.
    """

    GOES_ON = "goes_on"
    PAUSED = "paused"
    ACKED = "acked"
    RETURNED = "returned"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"
    ACCEPTED = "accepted"
    ARRIVED = "arrived"
    CLOSED = "closed"


ACTION: Final = "action"
"""A run on *no action* ends: somebody did something at the unit."""

NO_POLICY: Final = "no_policy"
"""The run ends: after a restart the file has no policy for it any more."""

_A, _W = AlarmState, Wait
_GONE: Final = {
    _A.NORMAL: _W.RETURNED, _A.RTN_UNACK: _W.RETURNED, _A.LATCHED_UNACK: _W.RETURNED, _A.LATCHED_ACKED: _W.RETURNED,
    _A.SHELVED: _W.PAUSED, _A.SUPPRESSED: _W.SUPPRESSED, _A.OUT_OF_SERVICE: _W.OUT_OF_SERVICE,
}  # fmt: skip
WAIT_TABLE: Final[Mapping[EscalatesOn, Mapping[str, Wait]]] = MappingProxyType({
    EscalatesOn.UNACKED: {_A.UNACK_ACTIVE: _W.GOES_ON, _A.ACKED_ACTIVE: _W.ACKED, **_GONE},
    EscalatesOn.NO_ACTION: {_A.UNACK_ACTIVE: _W.GOES_ON, _A.ACKED_ACTIVE: _W.GOES_ON, **_GONE},
    EscalatesOn.UNACCEPTED: {
        CallState.OPEN: _W.GOES_ON, CallState.ACCEPTED: _W.ACCEPTED, CallState.ON_SITE: _W.ARRIVED, CallState.CLOSED: _W.CLOSED,
    },
    EscalatesOn.NOT_ON_SITE: {
        CallState.ACCEPTED: _W.GOES_ON, CallState.ON_SITE: _W.ARRIVED, CallState.CLOSED: _W.CLOSED,
    },
})  # fmt: skip
"""Mode → state of the alarm or call → what it means for the run. A missing key cannot happen and raises."""

STARTS_IN: Final[Mapping[EscalatesOn, str]] = MappingProxyType({
    EscalatesOn.UNACKED: _A.UNACK_ACTIVE, EscalatesOn.NO_ACTION: _A.UNACK_ACTIVE,
    EscalatesOn.UNACCEPTED: CallState.OPEN, EscalatesOn.NOT_ON_SITE: CallState.ACCEPTED,
})  # fmt: skip
"""A run begins with the change *to* this state: the annunciation, the call, its acceptance."""

GONE_STATES: Final = frozenset({str(AlarmState.NORMAL), str(CallState.CLOSED)})
CALL_STATES: Final = frozenset(str(s) for s in CallState)


class Phase(StrEnum):
    """The life of a notice.

    ``told``: for a contact on the panels only, that is all. Outside: ``sending`` an attempt waits for its result, ``waiting``
    the next one is not due, then ``delivered``, ``failed`` (given up) or ``withdrawn`` (the run ended before it went out).
    """

    TOLD = "told"
    SENDING = "sending"
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


PENDING: Final = frozenset({Phase.SENDING, Phase.WAITING})


@dataclass(frozen=True)
class Subject:
    """What escalates, as messages tell it: an alarm or a call (``what``).

    ``value`` is that of the annunciation, ``good`` whether it could be trusted then. ``by`` and ``station`` are whoever called,
    ``service`` whom. ``since_ns`` is when it was annunciated or called.
    """

    id: str
    what: str
    unit: str
    priority: int
    text: Text
    since_ns: int
    value: float | None = None
    good: bool = True
    number: int = 0
    service: str = ""
    service_name: Text = NO_TEXT
    reason: Text = NO_TEXT
    by: str = ""
    station: str = ""


@dataclass(frozen=True)
class Run:
    """One policy at work for one alarm or call.

    ``counted_ns`` is the waiting up to ``mark_ns``; from there on it counts unless ``paused``. ``step`` steps have been taken.
    ``muted``: silenced; the next step that sounds takes it away. ``failed`` are steps (from 1) whose contacts outside could none
    of them be reached. ``began_ns`` is the scan in which it started.
    """

    number: int
    on: EscalatesOn
    policy: str
    subject: Subject
    began_ns: int
    mark_ns: int
    counted_ns: int = 0
    paused: bool = False
    step: int = 0
    muted: bool = False
    failed: tuple[int, ...] = ()

    @property
    def key(self) -> RunKey:
        """A run is one of its alarm or call in its mode."""
        return self.subject.id, self.on

    def elapsed_ns(self, now_ns: int) -> int:
        """How long it has waited, without pauses."""
        return self.counted_ns if self.paused else self.counted_ns + max(0, now_ns - self.mark_ns)


RunKey = tuple[str, EscalatesOn]


@dataclass(frozen=True)
class Notice:
    """One message to one contact. ``run_number`` is that of the run, ``step`` (from 1) the step that told it, 0 the all-clear.

    ``mark_ns`` is when the phase began; ``recalled``: the run ended while an attempt was under way, and ``over_title`` and
    ``over_body`` (empty for none) are the all-clear if that attempt arrives after all.
    """

    id: str
    run_number: int
    run: str
    contact: str
    policy: str
    step: int
    unit: str
    priority: int
    title: Text
    body: Text
    phase: Phase
    told_ns: int
    mark_ns: int
    attempt: int = 0
    attempts: int = 1
    retry_s: float = 30.0
    recalled: bool = False
    error: Text = NO_TEXT
    ended_ns: int = 0
    over_title: Text = NO_TEXT
    over_body: Text = NO_TEXT

    @property
    def outside(self) -> bool:
        """Sent to somebody outside, and not on the panels only."""
        return self.phase is not Phase.TOLD


@dataclass(frozen=True)
class Lamp:
    """An output as it is to be: when it was last written, and how often since its readback agreed."""

    on: bool = False
    wrote_ns: int = 0
    tries: int = 0


@dataclass(frozen=True, eq=False)
class EscalationState:
    """``standing``: state of every alarm that is not normal and every call that is not closed. ``runs`` and ``notices`` are
    oldest first. ``looked_ns`` is the last scan that changed anything, ``due_ns`` (derived, not saved) when the next look is due.
    ``settled`` is False until the first scan has compared ``standing`` with what the other stages show. ``left_on`` are outputs
    that were on when a file was loaded that has them no more: they are switched off, and forgotten once their readback agrees.
    """

    standing: Mapping[str, str] = field(default_factory=dict[str, str])
    runs: Mapping[RunKey, Run] = field(default_factory=dict[RunKey, Run])
    notices: Mapping[str, Notice] = field(default_factory=dict[str, Notice])
    lamps: Mapping[str, Lamp] = field(default_factory=dict[str, Lamp])
    last_run: int = 0
    last_notice: int = 0
    looked_ns: int = 0
    due_ns: int | None = None
    settled: bool = False
    left_on: tuple[Output, ...] = ()


def rebased(state: EscalationState, now_ns: int) -> EscalationState:
    """The state as of ``now_ns``: a clock that was set back takes every mark with it, so that nothing hangs or is due at once."""
    back_ns = state.looked_ns - now_ns
    if back_ns <= 0:
        return state
    runs = {k: replace(r, mark_ns=r.mark_ns - back_ns) for k, r in state.runs.items()}
    notices = {i: replace(n, mark_ns=n.mark_ns - back_ns) if n.phase in PENDING else n for i, n in state.notices.items()}
    return replace(state, runs=runs, notices=notices, looked_ns=now_ns)


@dataclass
class Draft:
    """The state while one scan works on it; ``given_up`` are the notices that were given up in this scan."""

    scan: Scan
    standing: dict[str, str]
    runs: dict[RunKey, Run]
    notices: dict[str, Notice]
    lamps: dict[str, Lamp]
    last_run: int
    last_notice: int
    changed: bool = False
    given_up: list[Notice] = field(default_factory=list[Notice])

    @classmethod
    def of(cls, state: EscalationState, scan: Scan) -> Draft:
        """A copy to work on."""
        moved = rebased(state, scan.now_ns)
        changed = not state.settled or (moved is not state and state.due_ns is not None)
        return cls(
            scan, dict(moved.standing), dict(moved.runs), dict(moved.notices), dict(moved.lamps), moved.last_run,
            moved.last_notice, changed,
        )  # fmt: skip

    @property
    def now_ns(self) -> int:
        """Time of the scan."""
        return self.scan.now_ns

    def stands(self, subject_id: str, state: str) -> None:
        """The alarm or call is in ``state`` now."""
        if state in GONE_STATES:
            self.changed |= self.standing.pop(subject_id, None) is not None
        elif self.standing.get(subject_id) != state:
            self.standing[subject_id] = state
            self.changed = True

    def put_run(self, run: Run) -> Run:
        """Keep the run as it is now."""
        self.runs[run.key] = run
        self.changed = True
        return run

    def put_notice(self, notice: Notice) -> Notice:
        """Keep the notice as it is now."""
        self.notices[notice.id] = notice
        self.changed = True
        return notice
