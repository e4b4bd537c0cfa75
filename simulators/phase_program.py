"""ISA-88 phase logic of one unit in a PLC: the handshake, the states of :data:`line.phases.PHASE_TABLE`, local interlocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from line.phases import PHASE_COMMANDS, PHASE_TABLE, PhaseResult, PhaseState
from simulators.plc import SimPlc

ACCEPTED: Final = int(PhaseResult.ACCEPTED)
WRONG_STATE: Final = int(PhaseResult.WRONG_STATE)
UNKNOWN_PHASE: Final = int(PhaseResult.UNKNOWN_PHASE)
PARAMETER_OUT_OF_RANGE: Final = int(PhaseResult.PARAMETER_OUT_OF_RANGE)
PLC_INTERLOCK: Final = int(PhaseResult.PLC_INTERLOCK)
NO_MATERIAL: Final = int(PhaseResult.NO_MATERIAL)

COMMAND_WORDS: Final = {number: word for word, number in PHASE_COMMANDS.items()}

ACTING_S: Final = {
    PhaseState.HOLDING: 2.0,
    PhaseState.RESTARTING: 2.0,
    PhaseState.STOPPING: 3.0,
    PhaseState.ABORTING: 1.0,
    PhaseState.PAUSING: 1.0,
}
"""Plant seconds that the equipment needs in an acting state; then the PLC itself says ``done``."""

_SAFE_STATES: Final = frozenset({PhaseState.HOLDING, PhaseState.STOPPING, PhaseState.ABORTING, PhaseState.COMPLETE})
_RUNNING: Final = PhaseState.RUNNING
_NEEDS_HEALTH: Final = frozenset({"start", "restart", "resume"})
_GOES_ON: Final = frozenset({"restart", "resume"})
_PAUSES: Final = frozenset({PhaseState.PAUSING, PhaseState.PAUSED})


@dataclass(frozen=True)
class PhaseSpec:
    """A phase as the PLC knows it: its name, its setpoint tags (``SP_…``) and the sensors its control cannot do without."""

    name: str
    parameters: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()


class PhaseProgram:
    """The phase logic that all units share. A unit's own program says what its phases do.

    Subclasses fill ``PHASES`` (number → spec) and ``GUARDS`` (tag → value it must have while a phase runs, also asked at
    Start and Restart), and override :meth:`begin`, :meth:`run`, :meth:`make_safe`, :meth:`rest`,
    and :meth:`pause` where standing still is not the same as being safe.
    """

    PHASES: Mapping[int, PhaseSpec] = {}
    GUARDS: Mapping[str, float] = {}

    def __init__(self, plc: SimPlc, unit: str) -> None:
        self.plc = plc
        self.unit = unit
        self.v = plc.values
        self.state = PhaseState.IDLE
        self.phase = 0
        self.batch = 0
        self.time_s = 0.0
        self.done_pct = 0.0
        self._left_s = 0.0
        self._i_phid, self._i_phcmd = self.i("PhId"), self.i("PhCmd")
        self._i_batch, self._i_req = self.i("BatchNo"), self.i("PhReq")
        self._i_sts, self._i_act = self.i("PhSts"), self.i("PhAct")
        self._i_ack, self._i_res = self.i("PhAck"), self.i("PhRes")
        self._i_time, self._i_done = self.i("PhTime"), self.i("PhDone")
        self._guards = tuple((self.i(tag), value) for tag, value in self.GUARDS.items())
        self._setpoints = {tag: self.i(tag) for spec in self.PHASES.values() for tag in spec.parameters}
        self.sp: dict[str, float] = {tag: self.v[i] for tag, i in self._setpoints.items()}
        self._sensors = {n: tuple(self.i(tag) for tag in spec.sensors) for n, spec in self.PHASES.items()}
        plc.programs.append(self)

    def i(self, tag: str) -> int:
        """Index of the unit's own variable ``tag``."""
        return self.plc.index(f"{self.unit}.{tag}")

    # What a unit fills in

    def begin(self, phase: int, batch: int) -> int:
        """Phase ``phase`` is to start for ``batch``: get it ready and return 0, or refuse with a ``PhRes`` number."""
        raise NotImplementedError

    def run(self, dt_s: float) -> bool:
        """One PLC scan of the running phase; True when it has done its work."""
        raise NotImplementedError

    def make_safe(self) -> None:
        """Drive the outputs to their safe state; called on entering Holding, Stopping, Aborting and Complete."""
        raise NotImplementedError

    def pause(self) -> None:
        """The phase stands still for a while, on entering Pausing; what must not move is stopped. By default as for Hold."""
        self.make_safe()

    def rest(self, dt_s: float) -> None:
        """One PLC scan without a running phase."""

    def acting_done(self, dt_s: float) -> bool:
        """True when the acting state (Holding, Restarting, …) has reached its end."""
        self._left_s -= dt_s
        return self._left_s <= 0.0

    def entered(self, state: PhaseState) -> None:
        """The phase went to ``state``."""

    # The handshake

    def look(self) -> None:
        """Judge a new request, once, and take over setpoints. Called when the supervisor wrote something."""
        v = self.v
        request = v[self._i_req]
        if request != 0.0 and request != v[self._i_ack]:
            v[self._i_res] = self._judge()
            v[self._i_ack] = request
        if self.phase:
            self._take_over(self.phase)

    def _judge(self) -> int:
        word = COMMAND_WORDS.get(int(self.v[self._i_phcmd]))
        if word is None or word not in PHASE_TABLE[self.state]:
            return WRONG_STATE
        if word in _NEEDS_HEALTH and not self.plc.supervised:
            return PLC_INTERLOCK
        if word == "start":
            return self._start()
        if word in _GOES_ON and not self.healthy():
            return PLC_INTERLOCK
        self.transition(word)
        return ACCEPTED

    def _start(self) -> int:
        phase, batch = int(self.v[self._i_phid]), int(self.v[self._i_batch])
        if phase not in self.PHASES:
            return UNKNOWN_PHASE
        if self._out_of_range(phase):
            return PARAMETER_OUT_OF_RANGE
        if not self._healthy_for(phase):
            return PLC_INTERLOCK
        self._take_over(phase)
        result = self.begin(phase, batch)
        if result == ACCEPTED:
            self.phase, self.batch, self.time_s, self.done_pct = phase, batch, 0.0, 0.0
            self.v[self._i_act] = phase
            self.v[self._i_time] = self.v[self._i_done] = 0.0
            self.transition("start")
        return result

    def _out_of_range(self, phase: int) -> bool:
        for tag in self.PHASES[phase].parameters:
            variable = self.plc.variables[self._setpoints[tag]]
            if not variable.lo <= self.v[self._setpoints[tag]] <= variable.hi:  # NaN is outside as well
                return True
        return False

    def _take_over(self, phase: int) -> None:
        """Take setpoints over into the running phase; one that is out of range leaves the last good one in force."""
        for tag in self.PHASES[phase].parameters:
            index = self._setpoints[tag]
            variable = self.plc.variables[index]
            if variable.lo <= self.v[index] <= variable.hi:
                self.sp[tag] = self.v[index]

    # Interlocks and states

    def healthy(self) -> bool:
        """True when nothing local forbids the active phase."""
        return self._healthy_for(self.phase)

    def _healthy_for(self, phase: int) -> bool:
        v = self.v
        if not v[self.plc.i_estop_ok]:
            return False
        for index, value in self._guards:
            if v[index] != value:
                return False
        if self.plc.any_bad and phase:
            statuses = self.plc.statuses
            return not any(statuses[i] for i in self._sensors[phase])
        return True

    def hold_if_running(self) -> None:
        """Hold by itself: local interlock or a supervisor that is gone."""
        if "hold" in PHASE_TABLE[self.state]:
            self.transition("hold")

    def transition(self, word: str) -> None:
        """Follow the phase table. Raises KeyError for a word that the state does not know."""
        state = PHASE_TABLE[self.state][word]
        self.state = state
        self.v[self._i_sts] = int(state)
        if state in ACTING_S:
            self._left_s = ACTING_S[state]
        if state in _SAFE_STATES:
            self.make_safe()
        elif state is PhaseState.PAUSING:
            self.pause()
        if state is PhaseState.COMPLETE:
            self.v[self._i_done] = 100.0
        if state is PhaseState.IDLE:
            self.phase = 0
            self.v[self._i_act] = 0.0
            self.v[self._i_done] = 0.0
        self.entered(state)

    def scan(self, dt_s: float) -> None:
        """One PLC scan, ``dt_s`` plant seconds after the last one."""
        state = self.state
        if state is _RUNNING:
            if not self._healthy_for(self.phase):
                self.transition("hold")
                return
            v = self.v
            self.time_s += dt_s
            done = self.run(dt_s)
            v[self._i_time] = int(self.time_s)
            v[self._i_done] = self.done_pct if self.done_pct < 100.0 else 100.0
            if done:
                self.transition("done")
        elif state in ACTING_S:
            self.rest(dt_s)
            if (state is PhaseState.RESTARTING or state in _PAUSES) and not self.healthy():
                self.transition("hold")
            elif self.acting_done(dt_s):
                self.transition("done")
        else:
            self.rest(dt_s)
            if state in _PAUSES and not self.healthy():
                self.transition("hold")
