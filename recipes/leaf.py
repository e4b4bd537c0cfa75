"""A leaf of the procedure at work: a phase in its unit, a transition, a hold timer, a prompt. Frozen; a batch has several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from line.clock import NS_PER_S
from line.documents import Text
from line.model import LineModel, UnitModel
from line.phases import PhaseState
from recipes.conditions import Bound
from recipes.model import Node, PhaseStep
from recipes.states import ProcState, Task

OFF: Final = -1
"""A timer that does not run; every other value is the moment (ns) at which it began."""
FOLD_NS: Final = 10 * NS_PER_S
"""How often a hold timer's count is written down: so much of it a killed engine loses at most."""
COUNT_MAX_NS: Final = 15 * NS_PER_S
"""The most that counts between two looks: neither a clock that was set forward nor an engine that stood may fill a timer."""


@dataclass(frozen=True)
class Setpoint:
    """A setpoint of the phase of the moment: tag handle, value of the batch, tolerance, all in engineering units."""

    handle: int
    value: float
    tolerance: float
    parameter: str
    phase_parameter: str


@dataclass(frozen=True)
class LiveWatch:
    """A watch with its limits as numbers (±inf when there is none); ``index`` is its place in the phase's watches."""

    handle: int
    lo: float
    hi: float
    after_ns: int
    for_ns: int
    at_end: bool
    name: Text
    on: str = "hold"
    ccp: bool = False
    index: int = 0


@dataclass(frozen=True)
class LivePhase:
    """What the scan looks at while a phase is at work: handles and numbers only, derived from recipe and unit.

    ``quick_setpoints`` (handle, lo, hi) and ``quick_watches`` (handle, lo, hi, after_ns) say the same in plain tuples, for the
    hot path.
    """

    unit: str
    phase: str
    sts: int
    act: int
    batch_no: int
    number: int
    setpoints: tuple[Setpoint, ...]
    watches: tuple[LiveWatch, ...]
    verdicts: tuple[LiveWatch, ...]
    quick_setpoints: tuple[tuple[int, float, float], ...]
    quick_watches: tuple[tuple[int, float, float, int], ...]


@dataclass(frozen=True)
class Asked:
    """A phase request on its way: ``since_ns`` is when it was sent, or accepted once ``accepted``."""

    id: str
    command: str
    from_state: PhaseState
    since_ns: int
    accepted: bool = False


@dataclass(frozen=True)
class Timers:
    """How long something has been wrong; OFF when it is right. ``watches`` follow the order of the live watches.

    ``told`` are the watches (by index) whose deviation stands and was told: of those ``watches`` says how long they have been
    right again.
    """

    lost: int = OFF
    odd: int = OFF
    drift: int = OFF
    watches: tuple[int, ...] = ()
    told: tuple[int, ...] = ()


CALM: Final = Timers()
_PAUSED: Final = frozenset({Task.PAUSE, Task.REST, Task.RESUME})


@dataclass(frozen=True)
class LiveWrite:
    """A parameter written to the PLC while its phase runs, until the readback shows it."""

    command_id: str
    kind: str
    user: str
    station: str
    handle: int
    value: float
    tolerance: float
    since_ns: int


@dataclass(frozen=True)
class Leaf:
    """A leaf of the procedure that a batch is in (or the choice or loop that it is deciding). ``node`` is its place in the nodes,
    ``number`` that of the batch as the PLC shows it.

    ``begun`` says that its phase was asked to start (any other leaf: that it was taken up) and ``done`` that it came to its end
    and passed its verdicts (only the reset of the phase is left). ``attempts`` counts the requests of the task of the moment;
    ``rest_since_ns`` is when the pause before the next one began. ``run_since_ns`` is when the phase (again) became Running.

    A leaf that waits has its conditions in ``bounds`` and what they said last in ``judged``; a hold timer counted ``counted_ns``
    of ``for_ns`` and counts on since ``counting_ns``. ``mass_kg`` is what the tag of a transfer showed when the phase began.
    """

    node: int
    number: int
    role: str = ""
    state: ProcState = ProcState.IDLE
    task: Task = Task.NONE
    task_since_ns: int = OFF
    since_ns: int = OFF
    begun: bool = False
    done: bool = False
    live: LivePhase | None = None
    asked: Asked | None = None
    attempts: int = 0
    rest_since_ns: int = OFF
    run_since_ns: int = OFF
    timers: Timers = CALM
    writes: tuple[LiveWrite, ...] = ()
    phase_state: PhaseState | None = None
    waiting: Text | None = None
    held_reason: Text | None = None
    counted_ns: int = 0
    counting_ns: int = OFF
    bounds: tuple[Bound | None, ...] = ()
    judged: tuple[bool | None, ...] = ()
    within_ns: int = 0
    for_ns: int = 0
    mass_kg: float | None = None


def with_task(leaf: Leaf, task: Task, now_ns: int) -> Leaf:
    """Turn to ``task``. A request under way stays under way: its answer is awaited before the next is sent.

    What was told before a pause counts as told in it and after it.
    """
    timers = Timers(lost=leaf.timers.lost, told=leaf.timers.told if task in _PAUSED else ())
    timers = CALM if timers == CALM else timers
    return replace(leaf, task=task, task_since_ns=now_ns, attempts=0, rest_since_ns=OFF, timers=timers, waiting=None)


def folded(leaf: Leaf, now_ns: int) -> Leaf:
    """A hold timer that counts, with its count written down up to now. A clock that was set back adds nothing."""
    if leaf.counting_ns == OFF:
        return leaf
    counted_ns = leaf.counted_ns + min(max(now_ns - leaf.counting_ns, 0), COUNT_MAX_NS)
    return replace(leaf, counted_ns=counted_ns, counting_ns=now_ns)


def live_phase(model: LineModel, unit_id: str, node: Node, values: dict[str, float]) -> LivePhase:
    """The phase of ``node`` in ``unit_id`` with the parameters' ``values``. KeyError when unit, phase or tag do not exist."""
    unit: UnitModel = model.units[unit_id]
    step = node.what
    if not isinstance(step, PhaseStep):
        raise KeyError(f"{node.id} is no phase")
    phase = unit.phases[step.phase]
    setpoints: list[Setpoint] = []
    for name, operand in step.parameters:
        tag = model.tags[phase.parameters[name]]
        # half of the last shown digit, or half a raw count where the register is coarser
        tolerance = 0.5 * max(10.0**-tag.decimals, abs(tag.scale) if tag.scale != 1.0 else 0.0)
        setpoints.append(Setpoint(tag.handle, operand.of(values), tolerance, operand.parameter, name))
    watches = [
        LiveWatch(
            model.tags.handle(w.tag.replace("{u}", unit.id)),
            w.lo.of(values) if w.lo is not None else float("-inf"),
            w.hi.of(values) if w.hi is not None else float("inf"),
            w.after_ns, w.for_ns, w.at_end, w.name, w.on.value, w.ccp, i,
        )
        for i, w in enumerate(step.watches)
    ]  # fmt: skip
    running = tuple(w for w in watches if not w.at_end)
    return LivePhase(
        unit.id, step.phase, unit.sts, unit.act, unit.batch_no, phase.number, tuple(setpoints), running,
        tuple(w for w in watches if w.at_end),
        tuple((s.handle, s.value - s.tolerance, s.value + s.tolerance) for s in setpoints),
        tuple((w.handle, w.lo, w.hi, w.after_ns) for w in running),
    )  # fmt: skip
