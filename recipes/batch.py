"""A batch: the control recipe and where it stands. Frozen; every change is a new object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from line.documents import Text
from line.model import LineModel, UnitModel
from line.phases import PhaseState
from recipes.model import Ingredient, MasterRecipe, Parameter, Step
from recipes.states import BatchState, Task

OFF: Final = -1
"""A timer that does not run; every other value is the moment (ns) at which it began."""


@dataclass(frozen=True)
class ControlRecipe:
    """The recipe of one batch (ISA-88.00.01 §5.3.1): a scaled copy of the master that no edit of the file reaches.

    ``units`` is role → unit for the units that the batch owns at this moment.
    """

    master: MasterRecipe
    batch_id: str
    number: int
    size_kg: float
    ingredients: tuple[Ingredient, ...]
    parameters: Mapping[str, Parameter]
    units: Mapping[str, str]

    def values(self) -> dict[str, float]:
        """Parameter id → value of this batch."""
        return {p.id: p.value for p in self.parameters.values()}

    def with_value(self, parameter: str, value: float) -> ControlRecipe:
        """A copy with one value changed. Raises ValueError outside the parameter's limits."""
        entry = self.parameters[parameter]
        if not entry.lo <= value <= entry.hi:
            raise ValueError(f"{parameter}: {value} is outside {entry.lo}..{entry.hi}")
        return replace(self, parameters={**self.parameters, parameter: replace(entry, value=value)})


def control_recipe(master: MasterRecipe, batch_id: str, number: int, size_kg: float) -> ControlRecipe:
    """Scale ``master`` to ``size_kg``: ingredients and proportional parameters with their limits."""
    factor = size_kg / master.base_batch_kg
    ingredients = tuple(replace(i, kg=i.kg * factor) for i in master.ingredients)
    parameters = {
        p.id: replace(p, value=p.value * factor, lo=p.lo * factor, hi=p.hi * factor) if p.proportional else p
        for p in master.parameters
    }
    return ControlRecipe(master, batch_id, number, size_kg, ingredients, parameters, {})


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
    """A watch with its limits as numbers (±inf when there is none)."""

    handle: int
    lo: float
    hi: float
    after_ns: int
    for_ns: int
    at_end: bool
    name: Text


@dataclass(frozen=True)
class LivePhase:
    """What the scan looks at while a phase is at work: handles and numbers only, derived from recipe and unit.

    ``quick_setpoints`` (handle, lo, hi) and ``quick_watches`` (handle, lo, hi, after_ns) say the same in plain tuples, for the
    hot path.
    """

    unit: str
    sts: int
    act: int
    batch_no: int
    number: int
    setpoints: tuple[Setpoint, ...]
    watches: tuple[LiveWatch, ...]
    verdicts: tuple[LiveWatch, ...]
    quick_setpoints: tuple[tuple[int, float, float], ...]
    quick_watches: tuple[tuple[int, float, float, int], ...]


def live_phase(model: LineModel, control: ControlRecipe, step: Step) -> LivePhase:
    """The current phase in the unit that plays its role. Raises KeyError when unit, phase or tag do not exist."""
    unit: UnitModel = model.units[control.units[step.role]]
    phase = unit.phases[step.phase]
    values = control.values()
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
            w.after_ns, w.for_ns, w.at_end, w.name,
        )
        for w in step.watches
    ]  # fmt: skip
    running = tuple(w for w in watches if not w.at_end)
    return LivePhase(
        unit.id, unit.sts, unit.act, unit.batch_no, phase.number, tuple(setpoints), running,
        tuple(w for w in watches if w.at_end),
        tuple((s.handle, s.value - s.tolerance, s.value + s.tolerance) for s in setpoints),
        tuple((w.handle, w.lo, w.hi, w.after_ns) for w in running),
    )  # fmt: skip


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
    """How long something has been wrong; OFF when it is right. ``watches`` follow the order of the live watches."""

    lost: int = OFF
    odd: int = OFF
    drift: int = OFF
    watches: tuple[int, ...] = ()


CALM: Final = Timers()


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
class PhaseRecord:
    """A phase in the batch's history; ``end_ns`` is OFF while it lasts."""

    unit: str
    phase: str
    start_ns: int
    end_ns: int = OFF


@dataclass(frozen=True)
class Batch:
    """A batch as a whole. ``step`` is an index into the master's steps; ``begun`` says that its phase was asked to start
    and ``done`` that it came to its end and passed its verdicts (only its reset is left).

    ``attempts`` counts the requests of the task of the moment, ``requests`` those of the batch (they make ids unique);
    ``rest_since_ns`` is when the pause before the next one began.
    ``restored_from`` is the state before an engine restart until that was announced.
    """

    control: ControlRecipe
    created_ns: int
    state: BatchState = BatchState.IDLE
    task: Task = Task.NONE
    task_since_ns: int = OFF
    step: int = 0
    begun: bool = False
    done: bool = False
    live: LivePhase | None = None
    asked: Asked | None = None
    attempts: int = 0
    requests: int = 0
    rest_since_ns: int = OFF
    run_since_ns: int = OFF
    timers: Timers = CALM
    writes: tuple[LiveWrite, ...] = ()
    phase_state: PhaseState | None = None
    started_ns: int = OFF
    ended_ns: int = OFF
    waiting: Text | None = None
    held_reason: Text | None = None
    history: tuple[PhaseRecord, ...] = ()
    restored_from: str = ""

    @property
    def id(self) -> str:
        """Batch id, ``B1001``."""
        return self.control.batch_id

    @property
    def current(self) -> Step:
        """The step of the moment; of an ended batch, the last one reached."""
        steps = self.control.master.steps
        return steps[min(self.step, len(steps) - 1)]

    @property
    def unit(self) -> str:
        """Unit of the current step, '' while none is owned."""
        return self.control.units.get(self.current.role, "")


def close_history(history: tuple[PhaseRecord, ...], now_ns: int) -> tuple[PhaseRecord, ...]:
    """End the phase that is still open, if any."""
    if not history or history[-1].end_ns != OFF:
        return history
    return (*history[:-1], replace(history[-1], end_ns=now_ns))


def editable(batch: Batch, parameter: Parameter) -> bool:
    """Whether ``batch.parameter`` may change it: no CCP, and a phase that uses it is still to end."""
    if parameter.ccp or batch.ended_ns != OFF or batch.state in (BatchState.STOPPING, BatchState.ABORTING):
        return False
    first = batch.step + (1 if batch.done else 0)
    return any(s.uses(parameter.id) for s in batch.control.master.steps[first:])
