"""The simulated line with one batch on it, stepped by a manual clock; a copy of it goes its own way from any moment.

Plant, PLCs, drivers and engine are those of ``potok shift``: the recipe runs through the same code as in the plant. A copy costs
milliseconds, for the state of the scan is immutable and shared: so every phase can be interrupted without beginning again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from line.clock import NS_PER_MS, NS_PER_S, ManualClock
from line.engine import Engine
from line.image import Snapshot
from line.jsontools import objects
from line.messages import Command, CommandKind, Event, Json, JsonObject, Write, WriteResult
from line.scan import ScanPlan
from plc_drivers.memory import MemoryDriver
from potok.build import build_plan
from potok.dry_run_operator import AttentiveOperator
from potok.linefolder import LoadedLine
from potok.shift import START_NS
from potok.sim import check_simulated
from recipes.library_folder import Approval, FolderRecipe
from recipes.lifecycle import VersionStatus
from recipes.model import MasterRecipe
from simulators import build_sausage_line

SETTLE_S: Final = 30.0
"""How long the line comes to rest before the batch begins: links, heartbeats, qualities."""


def _as_approved(line: LoadedLine, recipe: MasterRecipe) -> LoadedLine:
    """The line with ``recipe`` alone in its library: on the simulated line a draft runs as if it were approved.

    It keeps no stock: a dry run tries the recipe, not what happens to be in store (decision 0028).
    """
    approval = Approval(
        recipe=recipe.id, version=recipe.version, hash=recipe.fingerprint, author="dry run: author", approved_by="dry run",
        time="2026-01-01",
    )  # fmt: skip
    alone = FolderRecipe("dry-run", "", recipe, approval)
    return replace(line, recipes={recipe.id: recipe}, folder_recipes=(alone,), materials=None)


class EventLog:
    """Keeps the events in memory (:class:`line.engine.Recorder`); a copy shares what was recorded before it."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self.events: list[Event] = list(events)

    def __deepcopy__(self, memo: dict[int, object]) -> EventLog:
        return EventLog(self.events)

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        """Everything is durable at once."""
        del states
        self.events.extend(events)
        if on_durable is not None:
            on_durable()

    def sample(self, image: Snapshot) -> None:
        """Curves are taken from the image by whoever wants them."""
        del image


class SimulatedBatch:
    """The line with one batch of ``recipe`` on it. Raises ValueError for a line that has no simulators."""

    def __init__(self, line: LoadedLine, recipe: MasterRecipe, size_kg: float, seed: int) -> None:
        check_simulated(line)
        model = line.model
        self.model = model
        self.recipe = replace(recipe, status=VersionStatus.APPROVED.value)
        self.size_kg = size_kg
        self.period_ns = model.file.scan_period_ms * NS_PER_MS
        self.clock = ManualClock(START_NS)
        self.plant = build_sausage_line(seed=seed, cycle_ms=model.file.scan_period_ms)
        self.drivers = {d: MemoryDriver(d, model.tags, self.plant.plcs[d], self.clock) for d in model.file.devices}
        self.plan: ScanPlan = build_plan(_as_approved(line, self.recipe))
        self.log = EventLog()
        self.engine = Engine(self.plan, self.plan.initial(), self.log)
        self.operator = AttentiveOperator()
        self._device_of = [t.device for t in model.tags]
        self._results: list[WriteResult] = []
        self._scans = 0
        self._per_second = max(1, NS_PER_S // self.period_ns)
        self._commands = 0
        for driver in self.drivers.values():
            driver.open_now()

    def branch(self) -> SimulatedBatch:
        """A copy that goes on by itself; the same steps of both give the same bits."""
        shared: list[object] = [self.model, self.recipe, self.plan, self.model.tags, self.engine.state, self._device_of]
        shared += [self.plant.noise, *(plc.variables for plc in self.plant.plcs.values())]
        return copy.deepcopy(self, {id(thing): thing for thing in shared})

    @property
    def now_ns(self) -> int:
        """Time of the simulated line."""
        return self.clock.now_ns()

    @property
    def image(self) -> Snapshot:
        """What the last scan saw."""
        return self.engine.state.image

    @property
    def views(self) -> Mapping[str, JsonObject]:
        """What panels are shown."""
        return self.engine.state.views

    def batch(self) -> JsonObject:
        """The batch as panels see it; empty before it was created."""
        batches = objects(self.views["batches"].get("batches"))
        return batches[-1] if batches else {}

    def step(self) -> None:
        """One period: plant and PLCs, polls, scan, writes; once a second the operator looks."""
        self.clock.advance_ns(self.period_ns)
        self.plant.step()
        readings = [d.poll_now() for d in self.drivers.values()]
        links = {name: d.link() for name, d in self.drivers.items()}
        outputs = self.engine.scan(self.clock.now_ns(), readings, self._results, links)
        self._results = self._write(outputs.writes)
        self._scans += 1
        if self._scans % self._per_second == 0:
            for command in self.operator.look(self.clock.now_ns(), self.views):
                self.engine.submit(command)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Step until ``until`` says so, for ``seconds`` at most; whether it did."""
        for _ in range(round(seconds * NS_PER_S / self.period_ns)):
            self.step()
            if until():
                return True
        return False

    def create(self) -> str:
        """Let the line come to rest and start the batch; the id of the command."""
        self.run(SETTLE_S)
        return self.ask(CommandKind.BATCH_CREATE, self.recipe.id, {"size_kg": self.size_kg, "start": True})

    def command_batch(self, word: str) -> str:
        """``batch.command`` for the batch; the id of the command."""
        return self.ask(CommandKind.BATCH_COMMAND, str(self.batch().get("id", "")), {"command": word})

    def ask(self, kind: CommandKind, target: str, args: Mapping[str, Json], role: str = "operator") -> str:
        """Give a command as a panel gives it; its id."""
        self._commands += 1
        identity = f"dry-run-{self._commands}"
        self.engine.submit(Command(identity, kind, target, args, "dry-run", role, "dry-run", self.now_ns, "dry run"))
        return identity

    def _write(self, writes: Sequence[Write]) -> list[WriteResult]:
        if not writes:
            return []
        by_device: dict[str, list[Write]] = {}
        for write in writes:
            by_device.setdefault(self._device_of[write.handle], []).append(write)
        return [r for device, some in by_device.items() for r in self.drivers[device].write_now(some)]
