"""A plant of phases only, for the tests of batches: units that follow PHASE_TABLE and answer requests as the units stage does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

from line.config import LineFile
from line.diagnostics import add_diagnostics
from line.documents import Document, validate
from line.image import NO_STRINGS, Snapshot
from line.messages import Command, CommandStatus, Event, Json, JsonObject, Write
from line.model import LineModel, build_model
from line.phases import PHASE_TABLE, PhaseState
from line.quality import Status
from line.recipe_tags import add_recipe_tags
from line.stage import PhaseRequest, RequestResult, Scan
from line.tags import parse_tags_csv
from potok.yamlfile import read_yaml
from recipes.batch import Batch
from recipes.commands import RecipeState
from recipes.leaf import Leaf
from recipes.master import MasterRecipe, load_recipe
from recipes.model import PhaseStep
from recipes.stage import RecipeStage
from recipes.states import ENDED, STATE_TABLE, TASKS_OF, ProcState
from tests.builders import T0_NS, S

LINE = Path(__file__).parents[2] / "lines" / "sausage"
PLAIN = Path(__file__).parent / "recipes" / "doktorskaya.yaml"
LIVE_VALUES = {
    "C201.BatterTemp": 6.0, "F301.BatterTemp": 8.0, "F301.PortionMass": 500.0, "S401.ChamberTemp": 78.0, "S402.ChamberTemp": 78.0,
    "S401.CoreTemp": 72.4, "S402.CoreTemp": 72.4, "H501.CoreTemp": 20.0,
}  # fmt: skip
ACTING = {
    PhaseState.HOLDING, PhaseState.RESTARTING, PhaseState.STOPPING, PhaseState.ABORTING, PhaseState.PAUSING,
}  # fmt: skip


@cache
def sausage() -> LineModel:
    """The shipped line."""
    document, problems = read_yaml(LINE / "line.yaml", "line.yaml")
    assert document is not None, problems
    file, problems = validate(LineFile, document)
    assert file is not None, problems
    tags, problems = parse_tags_csv((LINE / "tags.csv").read_text(encoding="utf-8"), "tags.csv", file.devices)
    assert not problems
    tags, problems = add_diagnostics(tags, file.devices)
    assert not problems
    tags, problems = add_recipe_tags(tags, {u: entry.label for u, entry in file.units.items()})
    assert not problems
    model, problems = build_model(file, tags, document)
    assert model is not None, problems
    return model


@cache
def doktorskaya_document() -> Document:
    """The recipe as a plain sequence, with its positions."""
    document, problems = read_yaml(PLAIN, "doktorskaya.yaml")
    assert document is not None, problems
    return document


@cache
def doktorskaya() -> MasterRecipe:
    """The plain recipe, loaded and approved."""
    master, problems = load_recipe(doktorskaya_document(), sausage())
    assert master is not None, problems
    return replace(master, status="approved")


@dataclass
class Unit:
    """One unit's phase logic; ``left`` counts the scans until the acting or running state is done."""

    state: PhaseState = PhaseState.IDLE
    act: int = 0
    left: int = 0
    mode: str = "auto"
    linked: bool = True
    answer: str = "accept"
    """How requests are taken: accept, refuse, timeout (seen by nobody), deaf (done, but the answer is lost), silent."""
    delay: int = 0
    unmet: str = ""
    """An interlock that is not fulfilled, as the units' view shows it."""
    queue: list[tuple[int, PhaseRequest]] = field(default_factory=list[tuple[int, PhaseRequest]])

    def view(self) -> JsonObject:
        """The unit's entry in the view of the units stage, as far as batches look at it."""
        interlock: JsonObject = {"kind": "interlock", "ok": not self.unmet, "text": {"ru": self.unmet, "en": self.unmet}}
        return {"mode": self.mode, "pending": "", "conditions": [interlock]}

    def force(self, command: str, phase_scans: int = 5) -> None:
        """Apply a command of :data:`PHASE_TABLE` if the state takes it."""
        target = PHASE_TABLE[self.state].get(command)
        if target is None:
            return
        self.state = target
        self.left = phase_scans if command == "start" else 2
        if target is PhaseState.IDLE:
            self.act = 0


class Plant:
    """The stage, its state and the units; one :meth:`scan` is one second unless told otherwise. Checks invariants as it goes."""

    def __init__(self, recipes: Mapping[str, MasterRecipe] | None = None, phase_scans: int = 5) -> None:
        self.model = sausage()
        self.stage = RecipeStage(self.model, {"doktorskaya": doktorskaya()} if recipes is None else recipes)
        self.state: RecipeState = self.stage.initial()
        self.units = {u: Unit() for u in self.model.units}
        self.now_ns = T0_NS
        self.phase_scans = phase_scans
        tags = self.model.tags
        self.value = np.array([t.lo if t.lo > 0 else 0.0 for t in tags], dtype=np.float64)
        self.bad: set[int] = set()
        for name, number in LIVE_VALUES.items():
            self.set(name, number)
        for device in self.model.file.devices:
            for name in ("Up", "PlcAlive", "SupervisorSeen"):
                self.set(f"Link.{device}.{name}", 1.0)
        self.results: list[RequestResult] = []
        self.requests: list[PhaseRequest] = []
        self.events: list[Event] = []
        self.writes: list[Write] = []
        self.write_works = True
        self.lent: dict[str, object] = {}
        self.recipe = "doktorskaya"
        self._commands = 0
        self._ids: set[str] = set()

    def set(self, name: str, value: float, *, good: bool = True) -> None:
        """A tag's value and whether its quality is Good."""
        handle = self.model.tags.handle(name)
        self.value[handle] = value
        self.bad.discard(handle) if good else self.bad.add(handle)

    def get(self, name: str) -> float:
        """A tag's value."""
        return float(self.value[self.model.tags.handle(name)])

    def command(self, kind: str, target: str, role: str = "operator", reason: str = "", **args: Json) -> Command:
        """A command of the operator, or of ``role``."""
        self._commands += 1
        reason = reason or ("проба" if kind == "batch.parameter" else "")
        return Command(f"c{self._commands}", kind, target, args, "ivanova", role, "panel1", self.now_ns, reason)

    def send(self, kind: str, target: str, role: str = "operator", reason: str = "", **args: Json) -> JsonObject:
        """Send a command, scan once and return the data of its answer."""
        command = self.command(kind, target, role, reason, **args)
        at = len(self.events)
        self.scan([command])
        return next(e.data for e in self.events[at:] if e.kind == "command" and e.data.get("id") == command.id)

    def create(self, size_kg: float = 140.0, *, start: bool = True, mode: str = "automatic") -> str:
        """Create a batch of :attr:`recipe` and return its id."""
        answer = self.send("batch.create", self.recipe, size_kg=size_kg, start=start, mode=mode)
        assert answer["status"] == "accepted", answer
        return str(answer["batch"])

    def order(self, batch: str, word: str) -> JsonObject:
        """``batch.command``."""
        return self.send("batch.command", batch, command=word)

    def decide(self, batch: str, verdict: str, deviation: int = 1, role: str = "technologist") -> JsonObject:
        """``batch.disposition``, signed by a person of ``role``."""
        signature: Json = {"user": "orlov", "name": "Орлов П. С.", "role": role, "time_ns": self.now_ns}
        args: dict[str, Json] = {"verdict": verdict, "deviation": deviation, "signature": signature}
        return self.send("batch.disposition", batch, "technologist", "проверено", **args)

    def view(self, batch: str) -> Mapping[str, Json]:
        """The batch as the panels see it."""
        batches = self.stage.view(self.state)["batches"]
        assert isinstance(batches, list)
        found = [b for b in batches if isinstance(b, Mapping) and b["id"] == batch]
        assert len(found) == 1, batch
        return found[0]

    def find(self, batch: str) -> Batch:
        """The batch's state."""
        return next(b for b in (*self.state.active, *self.state.ended) if b.id == batch)

    def leaf(self, batch: str, phase: str) -> Leaf | None:
        """The active leaf of this phase, if there is one."""
        found = self.find(batch)
        steps = [(leaf, found.control.nodes[leaf.node].what) for leaf in found.leaves]
        return next((leaf for leaf, step in steps if isinstance(step, PhaseStep) and step.phase == phase), None)

    def image(self) -> Snapshot:
        """The image of this moment."""
        status = np.zeros(len(self.value), dtype=np.uint32)
        for handle in self.bad:
            status[handle] = Status.BAD_SENSOR_FAILURE
        for unit_id, unit in self.units.items():
            model = self.model.units[unit_id]
            self.value[model.sts] = unit.state
            self.value[model.act] = unit.act
            if not unit.linked:
                for tag in self.model.tags:
                    if tag.unit_id == unit_id:
                        status[tag.handle] = Status.BAD_NO_COMMUNICATION
        stamps = np.full(len(self.value), self.now_ns, dtype=np.int64)
        return Snapshot(1, self.now_ns, self.value.copy(), status, stamps, stamps, NO_STRINGS)

    def scan(self, commands: Sequence[Command] = (), step_ns: int = S) -> Scan:
        """One scan of the stage, then one of every unit."""
        self.now_ns += step_ns
        views: dict[str, JsonObject] = {"units": {"units": {u: v.view() for u, v in self.units.items()}}}
        scan = Scan(self.now_ns, self.image(), commands, results=tuple(self.results), views=views, lent=dict(self.lent))
        self.results = []
        before = self.state
        self.state = self.stage.step(before, scan)
        self.events += scan.events
        self.writes += scan.writes
        self._check(before, scan)
        for handle, value, status in scan.published:
            self.value[handle] = value
            self.bad.discard(handle) if not status else self.bad.add(handle)
        for write in scan.writes:
            if self.write_works:
                self.value[write.handle] = write.value
        for request in scan.requests:
            assert request.id not in self._ids, "request ids are unique"
            self._ids.add(request.id)
            self.requests.append(request)
            self.units[request.unit].queue.append((self.units[request.unit].delay, request))
        for unit_id, unit in self.units.items():
            self._serve(unit_id, unit)
        return scan

    def run(self, until: str, batch: str, scans: int = 600) -> None:
        """Scan until the batch is in this state."""
        for _ in range(scans):
            if self.find(batch).state == until:
                return
            self.scan()
        raise AssertionError(f"not {until}: {self._told(batch)}")

    def run_phase(self, phase: str, batch: str, scans: int = 600) -> str:
        """Scan until this phase of the batch runs in the PLC; its unit."""
        for _ in range(scans):
            leaf = self.leaf(batch, phase)
            if leaf is not None and leaf.phase_state is PhaseState.RUNNING:
                return self.find(batch).unit_of(leaf)
            self.scan()
        raise AssertionError(f"not in {phase}: {self._told(batch)}")

    def _told(self, batch: str) -> str:
        return str({k: v for k, v in self.view(batch).items() if k not in ("parameters", "recipe_name", "history")})

    def restart_engine(self) -> None:
        """Save, forget, restore: what a killed engine does."""
        self.state = self.stage.restore(self.stage.save(self.state), self.now_ns)
        self.results = []

    def batch_events(self, what: str) -> list[Event]:
        """The events of batches of this family; states are those of the batch itself."""
        found = [e for e in self.events if e.kind == "batch" and e.data["what"] == what]
        return [e for e in found if what != "state" or not e.data["node"]]

    def _serve(self, unit_id: str, unit: Unit) -> None:
        due = [r for left, r in unit.queue if left <= 0]
        unit.queue = [(left - 1, r) for left, r in unit.queue if left > 0]
        for request in due:
            self._judge(unit_id, unit, request)
        if unit.left > 0:
            unit.left -= 1
        elif unit.state in ACTING or unit.state is PhaseState.RUNNING:
            unit.state = PHASE_TABLE[unit.state]["done"]
            unit.left = self.phase_scans if unit.state is PhaseState.RUNNING else 0

    def _judge(self, unit_id: str, unit: Unit, request: PhaseRequest) -> None:
        takes = request.command in PHASE_TABLE[unit.state]
        if unit.answer == "refuse" or (not takes and unit.answer != "timeout"):
            why: JsonObject = {"ru": "Дверь закрыта", "en": "Door closed"}
            self.results.append(RequestResult(request.id, unit_id, CommandStatus.REFUSED, (why,)))
            return
        if unit.answer == "timeout" or not unit.linked:
            self.results.append(RequestResult(request.id, unit_id, CommandStatus.TIMED_OUT))
            return
        if request.command == "start":
            model = self.model.units[unit_id]
            phase = model.phases[request.phase]
            assert set(request.parameters) == set(phase.parameters)
            for name, handle in phase.parameters.items():
                self._inside(handle, request.parameters[name])
                self.value[handle] = request.parameters[name]
            self.value[model.batch_no] = request.batch_no
            unit.act = phase.number
        unit.force(request.command, self.phase_scans)
        if unit.answer == "deaf":
            self.results.append(RequestResult(request.id, unit_id, CommandStatus.TIMED_OUT))
        else:
            self.results.append(RequestResult(request.id, unit_id, CommandStatus.ACCEPTED))

    def _inside(self, handle: int, value: float) -> None:
        tag = self.model.tags[handle]
        assert tag.lo <= value <= tag.hi, f"{tag.name} = {value}"

    def _check(self, before: RecipeState, scan: Scan) -> None:
        """What must hold after every scan, whatever happens."""
        for write in scan.writes:
            self._inside(write.handle, write.value)
        owned = [u for b in self.state.active for u in b.control.units.values()]
        assert len(owned) == len(set(owned)), "one batch per unit"
        assert all(not b.control.units for b in self.state.ended), "an ended batch owns nothing"
        for batch in self.state.active:
            for leaf in batch.leaves:
                assert leaf.task in TASKS_OF[leaf.state], (leaf.state, leaf.task)
                assert leaf.state is batch.run(leaf.node).state
            assert bool(batch.leaves) == (batch.state is not ProcState.IDLE)
            for parameter in batch.control.parameters.values():
                assert parameter.lo <= parameter.value <= parameter.hi
        for event in scan.events:
            if event.kind == "batch" and event.data["what"] == "state":
                rows = {s.value: {t.value for t in row.values()} for s, row in STATE_TABLE.items()}
                source, target = str(event.data["from"]), str(event.data["to"])
                restored = any(b.restored_from for b in before.active)
                assert target in rows[source] or restored, event
        if self.state is not before:
            assert self.state != before, "the same object when nothing changed"
        assert all(b.state in ENDED for b in self.state.ended)


def reasons(answer: object) -> str:
    """Reasons of an answer as one text to look into."""
    return json.dumps(answer, ensure_ascii=False)


def test_the_plant_follows_the_phase_table() -> None:
    unit = Unit()
    unit.force("hold")
    assert unit.state is PhaseState.IDLE, "no hold in Idle"
    unit.force("start")
    assert unit.state is PhaseState.RUNNING


def test_a_new_plant_has_a_line_and_is_idle() -> None:
    plant = Plant()
    scan = plant.scan()
    assert not scan.writes
    assert not scan.requests
    assert not plant.state.active
