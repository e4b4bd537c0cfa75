"""The engine against an independent reference model that sees only the plant: random people, PLCs, links and kills.

No phase runs twice (save one that ended at the unit and was begun anew by a person), none is skipped, no setpoint leaves the
recipe's limits, and every stop or abort ends with all units idle and given back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from line.messages import Command
from line.phases import PHASE_COMMANDS, PhaseState
from line.stage import PhaseRequest, Scan
from recipes.model import MasterRecipe, Node, NodeKind, PhaseStep
from recipes.states import NODE_COMMANDS
from tests.builders import S
from tests.unit.recipe_kit import choose, keep, operation, parallel, phase, prompt, recipe, repeat, unit_procedure, wait
from tests.unit.test_recipe_plant import LIVE_VALUES, Plant, Unit

MASTER = recipe(
    parallel(
        "both",
        unit_procedure("reception", operation("weighing", phase("weigh"), prompt("weighed"))),
        unit_procedure("filler", operation("filling", phase("fill"))),
    ),
    choose(
        "way",
        ("G101.Current > 50", unit_procedure("grinder", operation("grinding", phase("grind")))),
        ("", unit_procedure("packer", operation("packing", phase("pack")))),
    ),
    unit_procedure(
        "chiller",
        operation("chilling", repeat("rounds", "H501.CoreTemp < 8", 2, phase("chill"), keep("hold", "H501.AirTemp < 5", 3))),
    ),
    wait("cold", "H501.AirTemp < 5"),
    unit_procedure("smokehouse", operation("setting", phase("set"), phase("dry"))),
)
UNITS = ("R101", "F301", "G101", "P601", "H501", "S401")


class Model:
    """What may run, from what the plant did and what was decided: a second, smaller reading of the procedure."""

    def __init__(self, master: MasterRecipe) -> None:
        self.nodes: Sequence[Node] = master.nodes
        self.by_id = {n.id: n for n in master.nodes}
        self.done: set[int] = set()
        self.taken: dict[int, int] = {}
        self.at_work: set[int] = set()
        self.doubtful: set[int] = set()

    def is_done(self, index: int) -> bool:
        """Whether a node has come to its end in this turn."""
        node = self.nodes[index]
        if node.kind is NodeKind.CHOICE:
            return index in self.taken and self.is_done(self.taken[index])
        if node.kind is NodeKind.LOOP and index not in self.done:
            return False
        return all(self.is_done(c) for c in node.children) if node.children else index in self.done

    def enabled(self, index: int = 0) -> set[int]:
        """The leaves that may be active."""
        node = self.nodes[index]
        if not node.children:
            return set() if index in self.done else {index}
        if node.kind is NodeKind.CHOICE:
            return self.enabled(self.taken[index]) if index in self.taken else set()
        if node.kind is NodeKind.PARALLEL:
            return set().union(*(self.enabled(c) for c in node.children))
        return next((self.enabled(c) for c in node.children if not self.is_done(c)), set())

    def begin(self, index: int) -> None:
        """A phase began in its PLC."""
        self._turn_of(index)
        assert index not in self.at_work, f"{self.nodes[index].id} runs twice"
        self.doubtful.discard(index)
        self.at_work.add(index)

    def _turn_of(self, index: int) -> None:
        """A phase that was reset by hand while Complete counts as done where the batch goes on from it."""
        if index not in self.enabled():
            self.done |= self.doubtful
            self.doubtful.clear()
        assert index in self.enabled(), f"{self.nodes[index].id} is not its turn"

    def end(self, index: int, *, complete: bool) -> None:
        """A phase was reset: complete, or ended before that, so that a person may begin it anew."""
        self.at_work.discard(index)
        if complete:
            self.done.add(index)

    def told(self, what: str, data: Mapping[str, object], values: Mapping[str, float]) -> None:
        """Leaves without a phase end and decisions fall as events say, if they were right to."""
        node = self.by_id[str(data["node"])]
        match what:
            case "transition":
                self._turn_of(node.index)
                assert values["H501.AirTemp"] < 5
                self.done.add(node.index)
            case "reply":
                self._turn_of(node.index)
                self.done.add(node.index)
            case "timer" if data["status"] == "done":
                self._turn_of(node.index)
                self.done.add(node.index)
            case "choice":
                branch = self.by_id[str(data["branch"])].index
                assert (branch == node.children[0]) == (values["G101.Current"] > 50)
                self.taken[node.index] = branch
            case "loop":
                assert 1 <= int(str(data["count"])) <= int(str(data["at_most"]))
                if data["count"] != 1:
                    self._settle(node)
                    assert not values["H501.CoreTemp"] < 8
                    self.done -= {i for i in range(len(self.nodes)) if self._below(i, node.index)}
            case "state" if node.kind is NodeKind.LOOP and data["to"] == "complete":
                self._settle(node)
                assert values["H501.CoreTemp"] < 8
                self.done.add(node.index)
            case _:
                pass

    def _settle(self, node: Node) -> None:
        self.done |= self.doubtful
        self.doubtful.clear()
        assert all(self.is_done(c) for c in node.children), "the whole turn was done"

    def _below(self, index: int, scope: int) -> bool:
        parent = self.nodes[index].parent
        return parent == scope or (parent >= 0 and self._below(parent, scope))

    def finished(self) -> bool:
        """Whether the whole procedure has been done."""
        self.done |= self.doubtful
        return self.is_done(0) and not self.at_work


class Watched(Plant):
    """A plant that tells a model of each batch what it does."""

    def __init__(self) -> None:
        super().__init__({"test": MASTER}, phase_scans=3)
        self.recipe = "test"
        self.models: defaultdict[int, Model] = defaultdict(lambda: Model(MASTER))
        self.running: dict[str, tuple[int, int]] = {}

    def _node(self, unit_id: str, phase_name: str) -> int:
        del unit_id  # every phase of this procedure stands in it once
        return next(n.index for n in MASTER.nodes if isinstance(n.what, PhaseStep) and n.what.phase == phase_name)

    def _judge(self, unit_id: str, unit: Unit, request: PhaseRequest) -> None:
        before = unit.state
        super()._judge(unit_id, unit, request)
        if before is PhaseState.IDLE and unit.state is PhaseState.RUNNING:
            index = self._node(unit_id, request.phase)
            self.models[request.batch_no].begin(index)
            self.running[unit_id] = (request.batch_no, index)
            self._limits(request)
        elif before is not PhaseState.IDLE and unit.state is PhaseState.IDLE:
            batch_no, index = self.running.pop(unit_id)
            self.models[batch_no].end(index, complete=before is PhaseState.COMPLETE)

    def by_hand(self, unit_id: str, command: str) -> None:
        """Somebody at the machine."""
        unit = self.units[unit_id]
        before = unit.state
        unit.force(command)
        if before is not PhaseState.IDLE and unit.state is PhaseState.IDLE:
            batch_no, index = self.running.pop(unit_id)
            model = self.models[batch_no]
            model.end(index, complete=False)
            if before is PhaseState.COMPLETE:  # whether the batch saw it complete first, the plant does not know
                model.doubtful.add(index)

    def _limits(self, request: PhaseRequest) -> None:
        batch = next(b for b in self.state.active if b.control.number == request.batch_no)
        step = next(n.what for n in MASTER.nodes if isinstance(n.what, PhaseStep) and n.what.phase == request.phase)
        for name, operand in step.parameters:
            parameter = batch.control.parameters[operand.parameter]
            assert parameter.lo - 1e-9 <= request.parameters[name] <= parameter.hi + 1e-9

    def scan(self, commands: Sequence[Command] = (), step_ns: int = S) -> Scan:
        """One scan, its events told to the models."""
        values = {name: self.get(name) for name in VALUES}
        scan = super().scan(commands, step_ns)
        for write in scan.writes:
            live = [
                (b, s)
                for b in self.state.active
                for f in b.leaves
                if f.live
                for s in f.live.setpoints
                if s.handle == write.handle
            ]
            for batch, setpoint in live:
                parameter = batch.control.parameters[setpoint.parameter]
                assert parameter.lo - 1e-9 <= write.value <= parameter.hi + 1e-9
        for event in scan.events:
            if event.kind != "batch":
                continue
            number = int(event.batch[1:])
            what = str(event.data["what"])
            if event.data["node"]:
                self.models[number].told(what, event.data, values)
            elif what == "state" and event.data["to"] == "complete":
                assert self.models[number].finished(), "nothing was skipped"
            elif what == "state" and event.data["to"] in ("stopped", "aborted"):
                assert all(owner != number for owner, _ in self.running.values()), "no unit is left with a phase of the batch"
        return scan


unit = st.sampled_from(UNITS)
ORDERS = (*("start", "pause", "resume", "hold", "restart") * 4, "stop", "abort")
"""Mostly what a batch survives."""
VALUES = ("G101.Current", "H501.CoreTemp", "H501.AirTemp")
NODES = [n.id for n in MASTER.nodes[1:]]
which = st.integers(0, 1)
action = st.one_of(
    st.tuples(st.just("scan"), st.integers(1, 20)),
    st.tuples(st.just("order"), which, st.sampled_from(ORDERS)),
    st.tuples(st.just("node"), which, st.sampled_from(NODE_COMMANDS), st.sampled_from(NODES)),
    st.tuples(st.just("mode"), which, st.sampled_from(["automatic", "semi", "manual"])),
    st.tuples(st.just("let"), which),
    st.tuples(st.just("reply"), which),
    st.tuples(st.just("parameter"), which, st.sampled_from(["charge_mass", "portion", "dry_temp"]), st.floats(-50, 4000)),
    st.tuples(st.just("plc"), unit, st.sampled_from(["hold", "pause", "resume", "restart", "stop", "abort", "reset"])),
    st.tuples(st.just("trouble"), unit, st.sampled_from(["refuse", "timeout", "deaf", "stop", "abort", "hold"])),
    st.tuples(st.just("trouble"), unit, st.sampled_from(["refuse", "timeout", "deaf", "stop", "abort", "hold"])),
    st.tuples(st.just("answer"), unit, st.sampled_from(["accept", "refuse", "timeout", "deaf"])),
    st.tuples(st.just("delay"), unit, st.integers(0, 4)),
    st.tuples(st.just("link"), unit, st.booleans()),
    st.tuples(st.just("value"), st.sampled_from(VALUES), st.sampled_from([2.0, 60.0]), st.booleans()),
    st.tuples(st.just("kill")),
)  # fmt: skip


def batch_of(plant: Watched, index: int) -> str:
    return f"B{1001 + index}"


def let(plant: Watched, batch: str) -> None:
    """Confirm or begin what is offered to a person."""
    view = plant.view(batch)
    for node in view["confirm"]:  # type: ignore[union-attr]
        act = "start" if view["mode"] == "manual" else "confirm"
        plant.send("batch.step", batch, "technologist", "проба", node=node, action=act)


def trouble(plant: Watched, unit_id: str, how: str) -> None:
    """Something goes wrong with a unit at the moment it is at work or about to be, and a person restarts what is held."""
    for _ in range(40):
        if any(b.unit_of(f) == unit_id for b in plant.state.active for f in b.leaves):
            break
        plant.scan()
    if how in PHASE_COMMANDS:
        plant.by_hand(unit_id, how)
    else:
        plant.units[unit_id].answer = how
    for _ in range(8):
        plant.scan()
    plant.units[unit_id].answer = "accept"
    if how in ("stop", "abort"):
        plant.by_hand(unit_id, "reset")
    for batch in [b.id for b in plant.state.active]:
        plant.order(batch, "restart")


def act(plant: Watched, step: tuple[object, ...]) -> None:
    match step:
        case ("scan", int(count)):
            for _ in range(count):
                plant.scan()
        case ("order", int(i), str(word)):
            plant.order(batch_of(plant, i), word)
        case ("node", int(i), str(word), str(node)):
            plant.send("batch.command", batch_of(plant, i), command=word, node=node)
        case ("mode", int(i), str(mode)):
            plant.send("batch.mode", batch_of(plant, i), "technologist", "проба", mode=mode)
        case ("let", int(i)):
            let(plant, batch_of(plant, i))
        case ("reply", int(i)):
            plant.send("batch.reply", batch_of(plant, i), prompt="weighed", value=True)
        case ("parameter", int(i), str(name), float(value)):
            plant.send("batch.parameter", batch_of(plant, i), parameter=name, value=value)
        case ("plc", str(u), str(word)):
            plant.by_hand(u, word)
        case ("trouble", str(u), str(how)):
            trouble(plant, u, how)
        case ("answer", str(u), str(how)):
            plant.units[u].answer = how
        case ("delay", str(u), int(count)):
            plant.units[u].delay = count
        case ("link", str(u), bool(up)):
            plant.units[u].linked = up
        case ("value", str(name), float(value), bool(good)):
            plant.set(name, value, good=good)
        case ("kill",):
            plant.restart_engine()
        case _:
            raise AssertionError(step)


def repair(plant: Watched) -> None:
    """All is well again, and every condition lets the batches come to their end."""
    for u in plant.units.values():
        u.answer, u.delay, u.linked, u.mode = "accept", 0, True, "auto"
    for name, value in {**LIVE_VALUES, "G101.Current": 2.0, "H501.CoreTemp": 2.0, "H501.AirTemp": 2.0}.items():
        plant.set(name, value)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(action, min_size=20, max_size=60), st.sampled_from(["restart", "restart", "stop", "abort"]))
def test_the_engine_does_what_the_reference_model_allows_and_comes_to_an_end(
    steps: list[tuple[object, ...]], ending: str
) -> None:
    plant = Watched()
    repair(plant)
    batches = [plant.create(start=False), plant.create(100.0, start=False)]
    for i, step in enumerate(steps):
        if i == len(steps) // 4:
            for batch in batches:
                plant.order(batch, "start")
        act(plant, step)
    repair(plant)
    for round_ in range(160):
        if not plant.state.active:
            break
        for name in [b.id for b in plant.state.active]:
            word = ending if round_ < 120 else "abort"
            view = plant.view(name)
            if word != "restart":
                plant.order(name, word)
                continue
            plant.order(name, "start")
            let(plant, name)
            plant.send("batch.reply", name, prompt="weighed", value=True)
            for node in [a["node"] for a in view["active"]]:  # type: ignore[union-attr,index,call-overload]
                plant.send("batch.command", name, command="resume", node=node)
                plant.send("batch.command", name, command="restart", node=node)
        for _ in range(8):
            plant.scan()
    assert not plant.state.active, [(b.id, b.state, b.leaves) for b in plant.state.active]
    assert not plant.running
    if ending == "restart":
        ends = {str(plant.view(b)["state"]) for b in ("B1001", "B1002")}
        assert ends <= {"complete", "stopped", "aborted"}
