"""What a stage of the scan is handed and what it may say: the border between ``line`` and alarms, recipes, totals.

A stage is a pure reducer. It keeps nothing between scans: its state goes in and the new state comes out, and *the same object
comes out when nothing changed* (identity is how the engine knows what to publish and to save). Everything it wants done goes
into :class:`Scan`: events, writes, requests to a unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from line.image import Snapshot
from line.messages import Command, CommandStatus, Event, EventKind, Json, JsonObject, Write, WriteResult


@dataclass(frozen=True)
class PhaseRequest:
    """A command for a unit's equipment phase, from a batch or from a person.

    ``id`` is unique and returns in the :class:`RequestResult`. ``command`` is a key of
    :data:`line.phases.PHASE_COMMANDS`. ``parameters`` (names of the class's phase) go with ``start`` only.
    """

    id: str
    unit: str
    command: str
    origin: str
    phase: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    batch_no: int = 0


@dataclass(frozen=True)
class RequestResult:
    """How a :class:`PhaseRequest` ended: ``accepted`` by the PLC, ``refused`` (reasons say why) or ``timed_out``."""

    id: str
    unit: str
    status: CommandStatus
    reasons: tuple[JsonObject, ...] = ()


@dataclass
class Scan:
    """One scan as the stages see it, in their fixed order. Inputs are read-only; outputs are appended to.

    ``commands`` are those addressed to the stage that is running. ``results`` are the answers to phase requests that became
    known in the previous scan (its ``outcomes``); ``write_results`` what the devices said to writes since then. ``views``
    are the published views of all stages as of the previous scan. ``published`` are values (handle, value, status) of tags of
    the device ``engine`` that a stage owns: the image of the next scan has them, and keeps them until they are published anew.
    ``lent`` is what a stage lets others look at in this scan, by the lender's name: the later ones what it put there in its own
    step, all of them what a :class:`Lender` made before the first one's. ``pace`` is how many seconds pass in
    the plant while one passes here: 1, but for simulators that run faster.
    """

    now_ns: int
    image: Snapshot
    commands: Sequence[Command] = ()
    write_results: Sequence[WriteResult] = ()
    results: Sequence[RequestResult] = ()
    views: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    events: list[Event] = field(default_factory=list[Event])
    writes: list[Write] = field(default_factory=list[Write])
    requests: list[PhaseRequest] = field(default_factory=list[PhaseRequest])
    outcomes: list[RequestResult] = field(default_factory=list[RequestResult])
    published: list[tuple[int, float, int]] = field(default_factory=list[tuple[int, float, int]])
    lent: dict[str, object] = field(default_factory=dict[str, object])
    pace: float = 1.0

    def event(self, kind: EventKind, source: str, data: JsonObject, *, unit: str = "", batch: str = "") -> None:
        """Say that something happened; the engine numbers it (``seq`` is 0 until then)."""
        self.events.append(Event(0, self.now_ns, kind, source, unit, batch, data))

    def answer(self, command: Command, status: CommandStatus, data: JsonObject | None = None) -> None:
        """The result of ``command`` as an event; ``data`` adds reasons (``{"reasons": [{"ru": …, "en": …}]}``) or ids."""
        body: dict[str, Json] = {"id": command.id, "kind": command.kind, "target": command.target, "status": status}
        body |= {"user": command.user, "station": command.station}
        self.event(EventKind.COMMAND, command.user, {**body, **(data or {})})


StateT = TypeVar("StateT")


class Stage(Protocol[StateT]):
    """One stage of the scan: alarms, recipes, units, shift totals."""

    @property
    def name(self) -> str:
        """Key of its state in the journal and of its view on the panels."""
        ...

    @property
    def command_kinds(self) -> frozenset[str]:
        """The kinds of command that this stage answers."""
        ...

    def initial(self) -> StateT:
        """The state of a line that never ran."""
        ...

    def step(self, state: StateT, scan: Scan) -> StateT:
        """One scan; returns ``state`` itself when nothing changed."""
        ...

    def view(self, state: StateT) -> JsonObject:
        """What the panels are shown; plain JSON, called only after a change."""
        ...

    def save(self, state: StateT) -> JsonObject:
        """The state as JSON, for the journal."""
        ...

    def restore(self, saved: JsonObject, now_ns: int) -> StateT:
        """The state after a restart: running batches Held, acknowledgements kept."""
        ...


@runtime_checkable
class Lender(Protocol):
    """A stage that earlier ones may ask: ``scan.lent[name]`` is what it lends, made anew in every scan before the first step.

    It may note what it was asked for (a lot that a batch takes): the lender's own step of the same scan settles that.
    """

    def lend(self, state: Any, scan: Scan) -> object:
        """What the others may ask in this scan."""
        ...
