"""A batch: the control recipe and where it stands. Frozen; every change is a new object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from line.documents import Text
from line.model import LineModel
from recipes.disposition import Deviation, Product
from recipes.leaf import OFF, Leaf, LivePhase, live_phase
from recipes.model import Ingredient, MasterRecipe, Node, Parameter, PhaseStep
from recipes.states import ENDED, ProcState


@dataclass(frozen=True)
class ControlRecipe:
    """The recipe of one batch (ISA-88.00.01 §5.3.1): a scaled copy of the master that no edit of the file reaches.

    ``units`` is role → unit for the units that the batch owns at this moment. ``nodes`` is the procedure, node 0 the whole of it.
    """

    master: MasterRecipe
    batch_id: str
    number: int
    size_kg: float
    ingredients: tuple[Ingredient, ...]
    parameters: Mapping[str, Parameter]
    units: Mapping[str, str]
    nodes: tuple[Node, ...] = ()

    def values(self) -> dict[str, float]:
        """Parameter id → value of this batch."""
        return {p.id: p.value for p in self.parameters.values()}

    def with_value(self, parameter: str, value: float) -> ControlRecipe:
        """A copy with one value changed. Raises ValueError outside the parameter's limits."""
        entry = self.parameters[parameter]
        if not entry.lo <= value <= entry.hi:
            raise ValueError(f"{parameter}: {value} is outside {entry.lo}..{entry.hi}")
        return replace(self, parameters={**self.parameters, parameter: replace(entry, value=value)})

    def live(self, model: LineModel, index: int) -> LivePhase:
        """The phase of node ``index`` in the unit that plays its role. KeyError when unit, phase or tag do not exist."""
        node = self.nodes[index]
        return live_phase(model, self.units[node.role], node, self.values())


def control_recipe(master: MasterRecipe, batch_id: str, number: int, size_kg: float) -> ControlRecipe:
    """Scale ``master`` to ``size_kg``: ingredients and proportional parameters with their limits."""
    factor = size_kg / master.base_batch_kg
    ingredients = tuple(replace(i, kg=i.kg * factor) for i in master.ingredients)
    parameters = {
        p.id: replace(p, value=p.value * factor, lo=p.lo * factor, hi=p.hi * factor) if p.proportional else p
        for p in master.parameters
    }
    return ControlRecipe(master, batch_id, number, size_kg, ingredients, parameters, {}, master.nodes)


@dataclass(frozen=True)
class PhaseRecord:
    """A phase in the batch's history; ``end_ns`` is OFF while it lasts."""

    unit: str
    phase: str
    start_ns: int
    end_ns: int = OFF
    node: str = ""


@dataclass(frozen=True)
class NodeRun:
    """What became of a node so far: its state and since when, how often it was begun, its last start and end."""

    state: ProcState = ProcState.IDLE
    since_ns: int = OFF
    count: int = 0
    started_ns: int = OFF
    ended_ns: int = OFF


UNTOUCHED = NodeRun()


@dataclass(frozen=True)
class Reply:
    """The answer to a prompt; ``number`` is it as conditions read it (confirm 1, a choice its place), None of a text or a lot."""

    value: bool | float | str
    number: float | None
    user: str
    time_ns: int


@dataclass(frozen=True)
class Lot:
    """A lot of a material, with its weighed mass in kg."""

    material: str
    lot: str
    kg: float
    time_ns: int
    user: str


class Mode(StrEnum):
    """Who lets the procedure go on: the engine, a person who confirms every leaf, or a person who begins every leaf."""

    AUTOMATIC = "automatic"
    SEMI = "semi"
    MANUAL = "manual"


@dataclass(frozen=True)
class Batch:
    """A batch as a whole: ``leaves`` is what it is doing at this moment, ``nodes`` what became of every node touched (by id).

    ``requests`` counts its phase requests (they make ids unique). ``restored_from`` is the state before an engine restart until
    that was announced, with ``restored``: (node, state before, state now); ``ended_reason`` says why the engine gave it up.
    """

    control: ControlRecipe
    created_ns: int
    state: ProcState = ProcState.IDLE
    mode: Mode = Mode.AUTOMATIC
    leaves: tuple[Leaf, ...] = ()
    nodes: Mapping[str, NodeRun] = field(default_factory=dict[str, NodeRun])
    requests: int = 0
    started_ns: int = OFF
    ended_ns: int = OFF
    ended_reason: Text | None = None
    history: tuple[PhaseRecord, ...] = ()
    replies: Mapping[str, Reply] = field(default_factory=dict[str, Reply])
    lots: tuple[Lot, ...] = ()
    product: Product = Product.FREE
    deviations: tuple[Deviation, ...] = ()
    restored_from: str = ""
    restored: tuple[tuple[int, str, str], ...] = ()

    @property
    def id(self) -> str:
        """Batch id, ``B1001``."""
        return self.control.batch_id

    @property
    def held_reason(self) -> Text | None:
        """Why it is held, or was given up."""
        return self.ended_reason or next((leaf.held_reason for leaf in self.leaves if leaf.held_reason is not None), None)

    def numbers(self) -> dict[str, float]:
        """The replies that conditions can read, by prompt."""
        return {p: r.number for p, r in self.replies.items() if r.number is not None}

    def leaf(self, node: int) -> Leaf | None:
        """The active leaf of node ``node``."""
        return next((leaf for leaf in self.leaves if leaf.node == node), None)

    def run(self, node: int) -> NodeRun:
        """What became of node ``node``."""
        return self.nodes.get(self.control.nodes[node].id, UNTOUCHED)

    def with_leaf(self, leaf: Leaf) -> Batch:
        """A copy with the active leaf of the same node replaced."""
        return replace(self, leaves=tuple(leaf if old.node == leaf.node else old for old in self.leaves))

    def unit_of(self, leaf: Leaf) -> str:
        """The unit of a leaf, '' while none is owned."""
        return self.control.units.get(leaf.role, "")

    @property
    def unit(self) -> str:
        """The unit of the first active leaf that has one, else ''."""
        return next((u for leaf in self.leaves if (u := self.unit_of(leaf))), "")


def close_history(history: tuple[PhaseRecord, ...], now_ns: int, node: str | None = None) -> tuple[PhaseRecord, ...]:
    """End the phases that are still open (of ``node`` only, when given)."""
    if not any(h.end_ns == OFF and node in (None, h.node) for h in history):
        return history
    return tuple(replace(h, end_ns=now_ns) if h.end_ns == OFF and node in (None, h.node) else h for h in history)


def uses(node: Node, parameter: str) -> bool:
    """Whether a phase or one of its watches depends on ``parameter``."""
    if not isinstance(node.what, PhaseStep):
        return False
    operands = [operand for _, operand in node.what.parameters]
    operands += [o for w in node.what.watches for o in (w.lo, w.hi) if o is not None]
    return any(o.parameter == parameter for o in operands)


def ended(batch: Batch) -> bool:
    """Whether the batch came to an end, of whatever kind."""
    return batch.state in ENDED
