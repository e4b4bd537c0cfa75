"""P601, packer: a PackML machine that packs chilled pieces one by one, with film, infeed gaps and jams behind it."""

from __future__ import annotations

from statistics import NormalDist
from typing import Final

from line.phases import PhaseState
from simulators.control_blocks import lag
from simulators.material import Ledger
from simulators.packml import PACKML_COMMANDS, PackmlMachine, PackmlState
from simulators.phase_program import ACCEPTED, NO_MATERIAL, PLC_INTERLOCK, PhaseProgram, PhaseSpec
from simulators.plc import SimPlc
from simulators.utilities import Utilities

REJECT_SIGMA: Final = 2.41
"""A piece is rejected when a standard normal number is above this: about 0.8 %."""

TABLE_PIECES: Final = 40.0
TABLE_RESUME: Final = 12.0
TABLE_PER_S: Final = 52.0 / 60.0
GAP_MEAN_S: Final = 900.0
GAP_S: Final = 75.0
JAM_MEAN_S: Final = 1800.0
JAM_S: Final = 25.0
AIR_MIN_BAR: Final = 4.5

NO_STOP, STOP_ESTOP, STOP_FILM, STOP_AIR, STOP_STARVED, STOP_BLOCKED, STOP_COMMAND = 0, 1, 2, 3, 4, 5, 6
"""What ``StopReason`` says: why the machine is not in Execute."""


class PackerPlant:
    """Infeed table, film, drive and discharge belt. PLC outputs: ``speed_sp`` (0 unless Execute), ``feeding``, ``batch``."""

    def __init__(self, plc: SimPlc, ledger: Ledger, utilities: Utilities, dt_s: float) -> None:
        self.v = plc.values
        self.ledger = ledger
        self.utilities = utilities
        self.dt_s = dt_s
        self.speed_sp = 0.0
        self.feeding = False
        self.batch = 0
        self.speed = 0.0
        self.table = 0.0
        self.temp_c = 4.0
        self.packs = 0
        self.rejects = 0
        self.batch_packs = 0
        self.batch_rejects = 0
        self.packed_kg = 0.0
        self.rejected_kg = 0.0
        self._due = 0.0
        self._gap_s = 0.0
        self._jam_s = 0.0
        self._gap_z = _event_sigma(dt_s / GAP_MEAN_S)
        self._jam_z = _event_sigma(dt_s / JAM_MEAN_S)
        self._speed_lag, self._temp_lag = lag(dt_s, 3.0), lag(dt_s, 20.0)
        i = plc.index
        self._i_speed, self._i_packs, self._i_rejects = i("P601.CurMachSpeed"), i("P601.PackCount"), i("P601.RejectCount")
        self._i_pct, self._i_mass, self._i_temp = i("P601.RejectPct"), i("P601.PackedMass"), i("P601.ProductTemp")
        self._i_starved, self._i_blocked = i("P601.Starved"), i("P601.Blocked")
        self._i_reject_mass = i("P601.RejectMass")

    def left(self) -> float:
        """Pieces of the batch that are still to be packed."""
        load = self.ledger.chilled.find(self.batch)
        return load.pieces if load else 0.0

    def step(self, noise: list[float], k: int) -> None:
        """One plant step."""
        v = self.v
        speed = self.speed
        speed += (self.speed_sp - speed) * self._speed_lag
        if speed < 0.2:
            speed = 0.0
        self.speed = speed
        v[self._i_speed] = speed + 0.1 * noise[k] if speed else 0.0
        v[self._i_temp] = self.temp_c + 0.04 * noise[k + 1]
        if self.feeding:
            self._feed(noise, k)
        else:
            v[self._i_starved] = v[self._i_blocked] = 0.0

    def _feed(self, noise: list[float], k: int) -> None:
        v, dt_s = self.v, self.dt_s
        if self._gap_s > 0.0:
            self._gap_s -= dt_s
        elif noise[k + 2] > self._gap_z:
            self._gap_s = GAP_S
        if self._jam_s > 0.0:
            self._jam_s -= dt_s
        elif noise[k + 3] > self._jam_z and self.speed > 1.0:
            self._jam_s = JAM_S
        load = self.ledger.chilled.find(self.batch)
        left = load.pieces if load else 0.0
        if self._gap_s <= 0.0:
            self.table += TABLE_PER_S * dt_s
        self.table = min(self.table, TABLE_PIECES, left)
        if self.table < 1.0 and left > 0.0 and self.speed_sp:
            v[self._i_starved] = 1.0
        elif self.table >= min(TABLE_RESUME, left):
            v[self._i_starved] = 0.0
        v[self._i_blocked] = 1.0 if self._jam_s > 0.0 else 0.0
        if load is None:
            return
        self.temp_c += (load.temp_c - self.temp_c) * self._temp_lag
        self._due += self.speed * dt_s / 60.0
        while self._due >= 1.0:
            self._due -= 1.0
            if self.table < 1.0 or load.pieces < 1.0:
                self._due = 0.0
                return
            self.table -= 1.0
            # The sign of one noise number decides each pack; the block is long enough that packs of one step differ.
            self._pack(noise[k + 4 + self.packs % 3])
            if load.pieces < 1.0:
                return

    def _pack(self, chance: float) -> None:
        chilled = self.ledger.chilled
        load = chilled.find(self.batch)
        if load is None:
            return
        mass = load.mass_kg / load.pieces if load.pieces > 1.5 else load.mass_kg
        load.pieces -= 1.0
        chilled.take(load, mass)
        if chance > REJECT_SIGMA:
            self.rejects += 1
            self.batch_rejects += 1
            self.rejected_kg += mass
            self.ledger.rejected_kg += mass
        else:
            self.packs += 1
            self.batch_packs += 1
            self.packed_kg += mass
            self.ledger.packed_kg += mass
        v = self.v
        v[self._i_packs] = self.packs
        v[self._i_rejects] = self.rejects
        v[self._i_mass] = self.packed_kg
        v[self._i_reject_mass] = self.rejected_kg
        v[self._i_pct] = 100.0 * self.batch_rejects / (self.batch_packs + self.batch_rejects)


def _event_sigma(probability: float) -> float:
    """How many sigma a standard normal number exceeds with ``probability`` (0 < p < 0.5)."""
    return NormalDist().inv_cdf(1.0 - min(0.4, probability))


class PackerProgram(PhaseProgram):
    """Phase ``pack`` on a PackML machine, as docs/ARCHITECTURE.md maps it; without a phase ``CntrlCmd`` drives the machine.

    The machine is Held by what is wrong with itself (film, air, emergency stop) and Suspended by its neighbours (no product,
    jam behind it); the phase stays Running while it is Suspended.
    """

    PHASES = {1: PhaseSpec("pack", ("SP_Speed",))}  # noqa: RUF012
    GUARDS = {"FilmOk": 1.0}  # noqa: RUF012

    def __init__(self, plc: SimPlc, plant: PackerPlant) -> None:
        super().__init__(plc, "P601")
        self.plant = plant
        self.machine = PackmlMachine()
        self._target: str | None = None
        self._total = 1.0
        self._packed_batch = -1
        self._i_state, self._i_reason = self.i("StateCurrent"), self.i("StopReason")
        self._i_starved, self._i_blocked = self.i("Starved"), self.i("Blocked")
        self._i_film, self._i_air = self.i("FilmOk"), plc.index("Util.AirPressure")
        self._i_cmd, self._i_request = self.i("CntrlCmd"), self.i("CmdChangeRequest")
        self._i_speed_sp = self.i("SP_Speed")

    def _healthy_for(self, phase: int) -> bool:
        return super()._healthy_for(phase) and not self.v[self._i_air] < AIR_MIN_BAR

    def look(self) -> None:
        super().look()
        v = self.v
        if v[self._i_request]:
            v[self._i_request] = 0.0
            word = PACKML_COMMANDS.get(int(v[self._i_cmd]), "")
            if self.state is PhaseState.IDLE and self.plc.supervised:
                self._target = None
                self._direct(word)

    def _direct(self, word: str) -> None:
        if word in ("start", "unhold") and not self._healthy_for(0):
            return
        if word == "start":
            self.plant.batch = 0
        self.machine.command(word)

    def begin(self, phase: int, batch: int) -> int:
        del phase
        if self.machine.state not in (PackmlState.STOPPED, PackmlState.IDLE, PackmlState.COMPLETED, PackmlState.RESETTING):
            return PLC_INTERLOCK
        plant = self.plant
        plant.batch = batch
        if plant.left() < 1.0:
            return NO_MATERIAL
        if batch != self._packed_batch or batch == 0:
            self._packed_batch = batch
            plant.batch_packs = plant.batch_rejects = 0
        self._total = plant.left() + plant.batch_packs + plant.batch_rejects
        return ACCEPTED

    def entered(self, state: PhaseState) -> None:
        targets = {
            PhaseState.RUNNING: "execute",
            PhaseState.PAUSING: "held",
            PhaseState.HOLDING: "held",
            PhaseState.RESTARTING: "execute",
            PhaseState.STOPPING: "stopped",
            PhaseState.ABORTING: "aborted",
            PhaseState.IDLE: "idle",
        }
        self._target = targets.get(state, self._target)

    def _pursue(self) -> bool:
        """Give the machine the next command on the way to the target; True when it is there."""
        step = _PURSUIT.get(self._target or "", {}).get(self.machine.state)
        if step is None:
            return False
        if step:
            self.machine.command(step)
            return False
        return True

    def run(self, dt_s: float) -> bool:
        plant = self.plant
        if self._target == "execute" and self._pursue():
            self._target = None
        self._machine_scan(dt_s)
        done = plant.batch_packs + plant.batch_rejects
        self.done_pct = 99.0 * done / self._total
        if plant.left() < 1.0 and self.machine.allows("complete"):
            self.machine.command("complete")
        return self.machine.state is PackmlState.COMPLETED

    def acting_done(self, dt_s: float) -> bool:
        return super().acting_done(dt_s) and self._pursue()

    def rest(self, dt_s: float) -> None:
        if self._target is not None and self.state in (PhaseState.IDLE, PhaseState.COMPLETE) and self._pursue():
            self._target = None
        self._machine_scan(dt_s)

    def make_safe(self) -> None:
        """The machine's own states make it safe: :meth:`entered` sends it there."""

    def _machine_scan(self, dt_s: float) -> None:
        machine, plant, v = self.machine, self.plant, self.v
        machine.advance(dt_s)
        state = machine.state
        starved, blocked = v[self._i_starved], v[self._i_blocked]
        if state is PackmlState.EXECUTE:
            if self.state is PhaseState.IDLE and not self._healthy_for(0):
                machine.command("hold")
            elif starved or blocked:
                machine.command("suspend")
            elif self.state is PhaseState.IDLE and plant.left() < 1.0:
                machine.command("complete")
        elif state is PackmlState.SUSPENDED and not (starved or blocked):
            machine.command("unsuspend")
        executing = machine.state is PackmlState.EXECUTE
        speed = self.sp["SP_Speed"] if self.phase else v[self._i_speed_sp]
        plant.speed_sp = speed if executing and 0.0 <= speed <= 60.0 else 0.0
        plant.feeding = machine.state in _FEEDING
        if v[self._i_state] != machine.state:
            v[self._i_state] = int(machine.state)
            v[self._i_reason] = self._reason(machine.state)

    def _reason(self, state: PackmlState) -> float:
        v = self.v
        if state in _NO_REASON:
            return NO_STOP
        if not v[self.plc.i_estop_ok]:
            return STOP_ESTOP
        if not v[self._i_film]:
            return STOP_FILM
        if v[self._i_air] < AIR_MIN_BAR:
            return STOP_AIR
        if state in _SUSPENDED:
            return STOP_BLOCKED if v[self._i_blocked] else STOP_STARVED
        return STOP_COMMAND


_P = PackmlState
_SUSPENDED: Final = frozenset({_P.SUSPENDING, _P.SUSPENDED, _P.UNSUSPENDING})
_FEEDING: Final = _SUSPENDED | {_P.STARTING, _P.EXECUTE}
_NO_REASON: Final = frozenset({_P.EXECUTE, _P.STARTING, _P.RESETTING, _P.IDLE, _P.COMPLETING, _P.COMPLETED, _P.UNHOLDING})
_STOP_FROM: Final = frozenset(_P) - {_P.STOPPING, _P.STOPPED, _P.CLEARING, _P.ABORTING, _P.ABORTED}
_PURSUIT: Final[dict[str, dict[PackmlState, str]]] = {
    "execute": {
        **dict.fromkeys((_P.EXECUTE, _P.SUSPENDED, _P.SUSPENDING), ""),
        **dict.fromkeys((_P.STOPPED, _P.COMPLETED), "reset"),
        _P.IDLE: "start",
        _P.HELD: "unhold",
    },
    "held": {
        **dict.fromkeys((_P.EXECUTE, _P.SUSPENDED), "hold"),
        **dict.fromkeys((_P.HELD, _P.STOPPED, _P.IDLE, _P.COMPLETED, _P.ABORTED), ""),
    },
    "stopped": {**dict.fromkeys(_STOP_FROM, "stop"), _P.STOPPED: "", _P.ABORTED: ""},
    "aborted": {**dict.fromkeys(frozenset(_P) - {_P.ABORTING, _P.ABORTED}, "abort"), _P.ABORTED: ""},
    "idle": {_P.ABORTED: "clear", **dict.fromkeys((_P.STOPPED, _P.COMPLETED), "reset"), _P.IDLE: ""},
}
"""Target → machine state → command to give; an empty command: it is there; no entry: wait for the machine."""
