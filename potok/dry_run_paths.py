"""Hold and Abort in every phase: a copy of the run is interrupted and must come to the safe state; after a hold it must go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S
from line.documents import Text
from line.expr import ExpressionSet
from line.image import Snapshot
from line.jsontools import child, objects
from line.messages import CommandStatus, EventKind, JsonObject
from line.model import LineModel
from line.phases import PhaseState
from line.unit_state import not_fulfilled
from potok import dry_run_findings as findings
from potok.dry_run_findings import Finding, minutes
from potok.dry_run_line import SimulatedBatch
from potok.dry_run_view import held_reason, is_held, leaves
from recipes.texts import join, text_of

SAFE_WITHIN_S: Final = 60.0
"""From the command to the state in which everything is safe; a run-down of knives or screws fits in."""
STEADY_S: Final = 2.0
"""For that long without a break it must be safe to count, and unsafe: a value near its limit comes and goes with its noise."""
DWELL_S: Final = 10.0
"""How long the safe state must stay."""
RUNNING_WITHIN_S: Final = 60.0
"""From Restart to the phase at work again."""
STAYS_S: Final = 5.0
"""How long it must stay at work then."""

_AT_REST: Final = frozenset({PhaseState.HELD, PhaseState.IDLE, PhaseState.COMPLETE, PhaseState.STOPPED, PhaseState.ABORTED})
_REACHED: Final[Mapping[str, str]] = {"hold": "held", "abort": "aborted"}


class _Steadily:
    """Whether something has been so for :data:`STEADY_S`, asked after every scan; ``since_ns``: when that began, 0 while not."""

    def __init__(self, run: SimulatedBatch, so: Callable[[], bool]) -> None:
        self._run = run
        self._so = so
        self.since_ns = 0

    def __call__(self) -> bool:
        self.since_ns = (self.since_ns or self._run.now_ns) if self._so() else 0
        return bool(self.since_ns) and self._run.now_ns - self.since_ns >= STEADY_S * NS_PER_S


class SafeStates:
    """The conditions ``safe`` of every unit, ready to be asked of an image."""

    def __init__(self, model: LineModel) -> None:
        self._units = {u.id: (u.safe, ExpressionSet([c.expression for c in u.safe])) for u in model.units.values() if u.safe}

    def unmet(self, image: Snapshot, units: Sequence[str]) -> list[Text]:
        """What is not fulfilled, or not known to be, in these units."""
        found: list[Text] = []
        for unit in units:
            if unit not in self._units:
                continue
            conditions, expressions = self._units[unit]
            for condition, value in zip(conditions, expressions.evaluate(image), strict=True):
                if not value:
                    said = not_fulfilled(condition.text, None if value is None else False)
                    found.append(Text(ru=f"{unit}: {said.ru}", en=f"{unit}: {said.en}"))
        return found


@dataclass(frozen=True)
class Path:
    """One interruption: in which leaf, when in it (start, middle), and what came of it. ``why`` is why a restart failed."""

    node: str
    moment: str
    at_s: float
    command: str
    reached: str
    safe: bool
    after_s: float
    unmet: tuple[Text, ...]
    why: Text | None = None

    def to_json(self) -> JsonObject:
        """As the report carries it."""
        return {
            "node": self.node, "moment": self.moment, "at_s": round(self.at_s, 2), "command": self.command,
            "reached": self.reached, "safe": self.safe, "after_s": round(self.after_s, 2),
            "unmet": [t.to_json() for t in self.unmet], "restarted": self.command != "hold" or self.why is None,
        }  # fmt: skip

    def findings(self) -> list[Finding]:
        """What is wrong with it."""
        found: list[Finding] = []
        if not self.safe:
            found.append(findings.unsafe(self.node, self.command, self.reached, self.unmet, minutes(SAFE_WITHIN_S)))
        if self.why is not None:
            found.append(findings.no_restart(self.node, self.why))
        return found


def interrupt(run: SimulatedBatch, safe: SafeStates, node: str, command: str, moment: str, at_s: float) -> Path:
    """Interrupt ``run`` (a copy that is used up) in ``node`` by ``command``."""
    units = busy_units(run)
    began_ns = run.now_ns
    run.command_batch(command)

    there = _Steadily(run, lambda: run.batch().get("state") == _REACHED[command] and _at_rest(run, units)
                      and not safe.unmet(run.image, units))  # fmt: skip
    reached = run.run(SAFE_WITHIN_S, there)
    after_s = ((there.since_ns or run.now_ns) - began_ns) / NS_PER_S
    lost = reached and run.run(DWELL_S, _Steadily(run, lambda: bool(safe.unmet(run.image, units))))
    unmet = safe.unmet(run.image, units) if lost or not reached else []
    state = str(run.batch().get("state"))
    why = _restart(run, node) if command == "hold" and reached and not unmet else None
    return Path(node, moment, at_s, command, state, reached and not unmet, after_s, tuple(unmet), why)


def busy_units(run: SimulatedBatch) -> list[str]:
    """The units in which the batch is at work, by their owner and by its leaves."""
    batch = run.batch()
    entries = child(run.views["units"], "units")
    owned = [u for u in entries if child(entries, u).get("batch") == batch.get("id")]
    return list(dict.fromkeys((*owned, *(leaf.unit for leaf in leaves(batch, run.recipe) if leaf.unit))))


def _at_rest(run: SimulatedBatch, units: Sequence[str]) -> bool:
    states = [run.image.number(run.model.units[u].sts) for u in units]
    return all(s is not None and s in _AT_REST for s in states)


def _restart(run: SimulatedBatch, node: str) -> Text | None:
    """Restart a held batch; why it does not go on, None when it does."""
    events = len(run.log.events)
    command = run.command_batch("restart")

    def going() -> bool:
        batch = run.batch()
        if batch.get("state") == "complete":
            return True
        at_work = leaves(batch, run.recipe)
        return batch.get("state") == "running" and not is_held(batch) and all(
            leaf.running or leaf.node != node for leaf in at_work
        )  # fmt: skip

    if not run.run(RUNNING_WITHIN_S, going):
        refused = refusal(run, command, events)
        return refused if refused is not None else held_reason(run.batch())
    if run.run(STAYS_S, lambda: is_held(run.batch())):
        return held_reason(run.batch())
    return None


def refusal(run: SimulatedBatch, command: str, since: int = 0) -> Text | None:
    """Why ``command`` was refused, None when it was not; events from ``since`` on are looked through."""
    for event in run.log.events[since:]:
        data = event.data
        if event.kind == EventKind.COMMAND and data.get("id") == command and data.get("status") == CommandStatus.REFUSED:
            return join(text_of(r) for r in objects(data.get("reasons")))
    return None
