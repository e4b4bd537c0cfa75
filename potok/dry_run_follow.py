"""Follows a simulated batch from where it stands: what it does and when, what goes wrong; interrupts every phase on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from alarms.replay import is_annunciation
from line.clock import NS_PER_S
from line.documents import Text
from line.jsontools import finite, whole
from line.messages import CommandKind, CommandStatus, Event, EventKind, Json, JsonObject
from potok import dry_run_findings as findings
from potok.dry_run_findings import Finding, minutes, with_eu
from potok.dry_run_line import SimulatedBatch
from potok.dry_run_paths import Path, SafeStates, interrupt, refusal
from potok.dry_run_view import Leaf, held_reason, is_held, leaves, text
from recipes.model import LEAVES, LoopBlock, Node, PhaseStep
from recipes.texts import join, text_of

STALL_S: Final = 2 * 3600.0
"""Without any headway for that long, nothing will come."""
NO_UNIT_S: Final = 900.0
"""Alone on the line a free unit is had at once; one that rests after a batch takes minutes."""
ROUNDS_MAX: Final = 20
"""Rounds of a loop that are run; one that is not left by then is not left by its condition."""
AGAIN: Final = "again"
LEFT: Final = "left"
"""What is decided at the end of a loop's round."""
COPIES_MAX: Final = 300
ENDED: Final = frozenset({"complete", "stopped", "aborted"})
_REPLY_TRIES: Final = 2
_OWN_ALARMS: Final = (".recipe_deviation", ".ccp_hold")
"""Alarms that only repeat what a deviation says already."""

Progress = Callable[[JsonObject], None]


@dataclass
class Shared:
    """What the run and its copies have in common: findings, interruptions and what was interrupted already."""

    safe: SafeStates
    max_s: float
    progress: Progress
    findings: dict[Finding, None] = field(default_factory=dict[Finding, None])
    paths: list[Path] = field(default_factory=list[Path])
    tried: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    seen: set[str] = field(default_factory=set[str])

    def find(self, finding: Finding) -> None:
        """Note a finding once."""
        self.findings.setdefault(finding)


@dataclass
class Span:
    """A leaf at work from ``start_ns``, until ``end_ns`` (0 while it lasts)."""

    node: str
    unit: str
    start_ns: int
    end_ns: int = 0


@dataclass(frozen=True)
class Decision:
    """A branch taken or a loop judged, and the copy of the run that was made when the last leaf before it began."""

    node: str
    branch: str
    time_ns: int
    before: int


class Follower:
    """Steps ``run`` and looks at what every scan brought. ``keep`` makes a copy whenever a leaf begins (:attr:`copies`)."""

    def __init__(self, run: SimulatedBatch, shared: Shared, *, keep: bool, begun_ns: int = 0) -> None:
        self.run = run
        self.shared = shared
        self.nodes = {n.id: n for n in run.recipe.nodes}
        self.spans: list[Span] = []
        self.units: list[tuple[str, str, int, int]] = []
        self.verdicts: list[JsonObject] = []
        self.decisions: list[Decision] = []
        self.rounds: dict[str, int] = {}
        self.copies: list[tuple[str, SimulatedBatch]] = []
        self.looks: list[Callable[[Sequence[Leaf]], None]] = []
        self.stopped = False
        self.trusted = True
        """False while a sensor shows what it was told to: what follows from that is no finding."""
        self._keep = keep
        self._begun_ns = begun_ns or run.now_ns
        self._view: object = None
        self._leaves: tuple[Leaf, ...] = ()
        self._events = len(run.log.events)
        self._open: dict[str, Span] = {}
        self._owned: dict[str, tuple[str, int]] = {}
        self._mark: tuple[object, ...] = ()
        self._most: tuple[int, ...] = ()
        self._marked_ns = run.now_ns
        self._alarms: set[str] = set()
        self._deviations: list[JsonObject] = []
        self._scans = 0
        self._per_second = max(1, NS_PER_S // run.period_ns)
        self._leaf_count = max(1, sum(n.kind in LEAVES for n in run.recipe.nodes))

    def start(self) -> bool:
        """Create the batch; False when the engine refuses it."""
        command = self.run.create()
        self._begun_ns = self.run.now_ns
        self.run.run(2.0, lambda: bool(self.run.batch()))
        refused = refusal(self.run, command)
        if refused is not None or not self.run.batch():
            why = refused or Text(ru="партия не создана", en="no batch was created")
            self.shared.find(findings.refused("", why))
            return False
        self._marked_ns = self.run.now_ns
        return True

    @property
    def state(self) -> str:
        """State of the batch."""
        return str(self.run.batch().get("state"))

    @property
    def at_work(self) -> tuple[Leaf, ...]:
        """The leaves at work."""
        return self._leaves

    @property
    def begun_ns(self) -> int:
        """When the batch was created."""
        return self._begun_ns

    def follow(self, until: Callable[[], bool] = lambda: False) -> None:
        """Until the batch has ended, nothing moves any more, or ``until`` says so (asked after every scan)."""
        while not self.stopped and self.state not in ENDED:
            self.run.step()
            self.look()
            if until():
                break
        now_ns = self.run.now_ns
        for span in self._open.values():
            span.end_ns = now_ns
        self._open.clear()
        for unit, (node, since_ns) in self._owned.items():
            self.units.append((unit, node, since_ns, now_ns))
        self._owned.clear()

    def look(self) -> None:
        """After a scan: events first, then what the view shows."""
        self._scans += 1
        events = self.run.log.events
        while self._events < len(events):
            event = events[self._events]
            self._events += 1
            self._event(event)
        view = self.run.views["batches"]
        if view is not self._view:
            self._view = view
            self._changed()
        if self._scans % self._per_second == 0 and not self.stopped:
            self._every_second()

    # What changed

    def _changed(self) -> None:
        batch = self.run.batch()
        before, self._leaves = self._leaves, leaves(batch, self.run.recipe)
        now_ns = self.run.now_ns
        present = {leaf.node for leaf in self._leaves if leaf.task != "acquire"}
        for node in [n for n in self._open if n not in present]:
            self._open.pop(node).end_ns = now_ns
        if is_held(batch):
            self._held(batch)
            return
        known = {leaf.node for leaf in before}
        for leaf in self._leaves:
            if leaf.node not in known and self._keep and len(self.copies) < COPIES_MAX and self._is_leaf(leaf):
                self.copies.append((leaf.node, self.run.branch()))
            if leaf.node not in self._open and leaf.task != "acquire" and self._is_leaf(leaf):
                span = self._open[leaf.node] = Span(leaf.node, leaf.unit, now_ns)
                self.spans.append(span)
            if leaf.node in self._open and leaf.unit:
                self._open[leaf.node].unit = leaf.unit
            if leaf.running:
                self._interrupt(leaf, "start")

    def _is_leaf(self, leaf: Leaf) -> bool:
        """A choice or loop that is being decided is at work too, and no leaf."""
        node = self.nodes.get(leaf.node)
        return node is not None and node.kind in LEAVES

    def _every_second(self) -> None:
        for leaf in self._leaves:
            if leaf.running and self._done_pct(leaf) >= 50.0:
                self._interrupt(leaf, "middle")
        for look in self.looks:
            look(self._leaves)
        self._check_headway()
        if self._scans % (600 * self._per_second) == 0:
            self._tell()

    def _interrupt(self, leaf: Leaf, moment: str) -> None:
        """Hold and Abort, each in a copy, once per leaf and moment."""
        if (leaf.node, moment) in self.shared.tried or self.stopped or not self._is_leaf(leaf):
            return
        self.shared.tried.add((leaf.node, moment))
        at_s = (self.run.now_ns - self._begun_ns) / NS_PER_S
        for command in ("hold", "abort"):
            path = interrupt(self.run.branch(), self.shared.safe, leaf.node, command, moment, at_s)
            self.shared.paths.append(path)
            for finding in path.findings():
                self.shared.find(finding)
        self._tell()

    def _done_pct(self, leaf: Leaf) -> float:
        """How far a leaf is, by the PLC's own figure or its timer; 0 for what has no measure."""
        if leaf.counted_s is not None and leaf.for_s:
            return 100.0 * leaf.counted_s / leaf.for_s
        node = self.nodes.get(leaf.node)
        if node is not None and not isinstance(node.what, PhaseStep):
            return 0.0
        unit = self.run.model.units.get(leaf.unit)
        return (self.run.image.number(unit.done) or 0.0) if unit is not None else 0.0

    def _tell(self) -> None:
        self.shared.seen |= {leaf.node for leaf in self._leaves}
        part = max((self._done_pct(leaf) for leaf in self._leaves), default=0.0) / 100.0
        done = (len(self.shared.seen) - 1 + min(1.0, part)) / self._leaf_count
        sim_s = (self.run.now_ns - self._begun_ns) / NS_PER_S
        node = self._leaves[0].node if self._leaves else ""
        self.shared.progress({"progress": round(max(0.0, min(0.99, done)), 4), "node": node, "sim_s": round(sim_s, 1)})

    # What goes wrong

    def stop(self, finding: Finding | None = None) -> None:
        """It makes no sense to go on."""
        if finding is not None and self.trusted:
            self.shared.find(finding)
        self.stopped = True

    def _held(self, batch: JsonObject) -> None:
        """Nobody asked for it: the recipe itself leads there."""
        if self.stopped or not self.trusted:
            self.stopped = True
            return
        node = self._leaves[0].node if self._leaves else ""
        for data in self._deviations:
            self.shared.find(self._about_deviation(data, node, held=True))
        full = [n for n, count in self.rounds.items() if count >= self._at_most(n)]
        if not self._deviations and full:
            self._endless(full[-1], self.rounds[full[-1]])
        elif not self._deviations:
            self.shared.find(findings.held(node, held_reason(batch)))
        self.stopped = True

    def _about_deviation(self, data: JsonObject, node: str, *, held: bool) -> Finding:
        said = text(data.get("text")) or Text(ru=str(data.get("tag")), en=str(data.get("tag")))
        node = str(data.get("node") or node)
        if data.get("kind") == "ccp":
            return findings.ccp_failed(node, said)
        return findings.deviation(node, said, held=held)

    def _at_most(self, node: str) -> int:
        what = self.nodes[node].what if node in self.nodes else None
        return what.at_most if isinstance(what, LoopBlock) else 10**9

    def _endless(self, node: str, rounds: int) -> None:
        what = self.nodes[node].what
        if isinstance(what, LoopBlock):
            self.stop(findings.loop_without_end(node, self.nodes[node].name, what.until.source, rounds))

    def _check_headway(self) -> None:
        now_ns = self.run.now_ns
        if self._gets_on():
            self._marked_ns = now_ns
        still_s = (now_ns - self._marked_ns) / NS_PER_S
        waiting = [leaf for leaf in self._leaves if leaf.task == "acquire"]
        if waiting and len(waiting) == len(self._leaves) and still_s > NO_UNIT_S:
            why = waiting[0].waiting or Text(ru="ждёт установку", en="waits for a unit")
            self.stop(findings.unit_never_free(waiting[0].node, why))
        elif still_s > STALL_S:
            leaf = self._leaves[0] if self._leaves else None
            node = self.nodes.get(leaf.node) if leaf is not None else None
            name = node.name if node is not None else self.run.recipe.name
            why = self._what_lacks(leaf, node) if leaf is not None else Text(ru="", en="")
            self.stop(findings.phase_without_end(leaf.node if leaf is not None else "", name, minutes(still_s), why))
        elif (now_ns - self._begun_ns) / NS_PER_S > self.shared.max_s:
            self.stop(findings.time_limit(minutes(self.shared.max_s)))

    def _gets_on(self) -> bool:
        """New leaves, tasks or rounds, or a percentage above all before: one that wanders about where it stood is no headway."""
        mark = tuple((leaf.node, leaf.task) for leaf in self._leaves), sum(self.rounds.values())
        done = tuple(int(self._done_pct(leaf)) for leaf in self._leaves)
        if mark != self._mark:
            self._mark, self._most = mark, done
            return True
        if all(now <= most for now, most in zip(done, self._most, strict=True)):
            return False
        self._most = tuple(max(pair) for pair in zip(done, self._most, strict=True))
        return True

    def _what_lacks(self, leaf: Leaf, node: Node | None) -> Text:
        """What a leaf waits for, in numbers: measured values against setpoints, or the condition."""
        if leaf.waiting is not None:
            return leaf.waiting
        unit = self.run.model.units.get(leaf.unit)
        what = node.what if node is not None else None
        if unit is None or not isinstance(what, PhaseStep) or what.phase not in unit.phases:
            return Text(ru="", en="")
        tags, image = self.run.model.tags, self.run.image
        parts: list[Text] = []
        for handle in unit.phases[what.phase].parameters.values():
            measured = tags.find(unit.measured.get(tags[handle].name, ""))
            value, wanted = image.number(measured.handle) if measured is not None else None, image.number(handle)
            if measured is None or value is None or wanted is None:
                continue
            shown, target = with_eu(value, measured), with_eu(wanted, tags[handle])
            name = measured.text
            parts.append(
                Text(ru=f"{name.ru} {shown.ru} при задании {target.ru}", en=f"{name.en} {shown.en}, setpoint {target.en}")
            )
        return join(parts)

    # Events

    def _event(self, event: Event) -> None:
        data = event.data
        match event.kind:
            case EventKind.BATCH:
                self._batch_event(event)
            case EventKind.ALARM if is_annunciation(event) and self.trusted:
                self._alarm(event)
            case EventKind.COMMAND if data.get("kind") == CommandKind.BATCH_REPLY and data.get("status") == CommandStatus.REFUSED:
                self._not_answered(data)
            case _:
                pass

    def _batch_event(self, event: Event) -> None:
        data, node = event.data, str(event.data.get("node") or "")
        match data.get("what"):
            case "deviation":
                self._deviations.append(data)
                if data.get("on") == "alarm" and self.trusted:
                    self.shared.find(self._about_deviation(data, node, held=False))
                    self._deviations.pop()
            case "verdict":
                self.verdicts.append(data)
            case "choice":
                self._decided(node, str(data.get("branch")).rsplit(".", 1)[-1], event.time_ns)
            case "loop":
                self.rounds[node] = whole(data.get("count"))
                if self.rounds[node] > 1:
                    self._decided(node, AGAIN, event.time_ns)
                if self.rounds[node] > ROUNDS_MAX:
                    self._endless(node, ROUNDS_MAX)
            case "state" if data.get("kind") == "loop" and data.get("to") == "complete":
                self._decided(node, LEFT, event.time_ns)
            case "acquire":
                self._owned[str(data.get("unit"))] = (str(data.get("role")), event.time_ns)
            case "release":
                role, since_ns = self._owned.pop(str(data.get("unit")), (str(data.get("role")), event.time_ns))
                self.units.append((str(data.get("unit")), role, since_ns, event.time_ns))
            case "step" if data.get("status") == "complete" and not node:
                self._old_verdicts(data)
            case _:
                pass

    def _old_verdicts(self, data: JsonObject) -> None:
        node = ".".join(str(data.get(k)) for k in ("role", "operation", "phase"))
        verdicts = data.get("verdicts")
        for verdict in verdicts if isinstance(verdicts, list) else []:
            if isinstance(verdict, dict):
                self.verdicts.append({**verdict, "node": node, "passed": True})

    def _decided(self, node: str, branch: str, time_ns: int) -> None:
        self.decisions.append(Decision(node, branch, time_ns, len(self.copies) - 1))

    def _alarm(self, event: Event) -> None:
        if event.source in self._alarms or event.source.endswith(_OWN_ALARMS) or event.time_ns < self._begun_ns:
            return
        self._alarms.add(event.source)
        unit = self.run.model.units.get(event.unit)
        node = next((leaf.node for leaf in self._leaves if leaf.unit == event.unit), "")
        said = text(event.data.get("text")) or Text(ru=event.source, en=event.source)
        priority = int(finite(event.data.get("priority")) or 4)
        self.shared.find(findings.alarm(node, unit.label if unit is not None else "", said, priority))

    def _not_answered(self, data: JsonObject) -> None:
        prompt, tries = next(((p, n) for p, n in self.run.operator.tries.items() if n >= _REPLY_TRIES), ("", 0))
        if not tries or self.stopped:
            return
        why = join(text_of(r) for r in _objects(data.get("reasons")))
        node = next((n for n in self.nodes.values() if getattr(n.what, "prompt", "") == prompt), None)
        words = node.name if node is not None else Text(ru=prompt, en=prompt)
        self.stop(findings.prompt_without_answer(node.id if node is not None else "", words, why))


def _objects(value: Json) -> list[JsonObject]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
