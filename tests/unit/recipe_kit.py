"""Procedures in few words for the tests of the walk, and scripts that check what a batch does line by line.

A script is a table, one line per scan; ``|`` parts its columns:

    input | asked of the units | states | leaves

Inputs, parted by ``,``: ``-`` nothing; ``start``, ``hold``, ``pause`` … of the batch, with a node for that node; ``confirm``,
``begin``, ``skip`` NODE; ``mode MODE``; ``reply PROMPT VALUE``; ``U101 COMMAND`` at the machine; ``TAG VALUE`` or ``TAG bad``;
``restore`` (the engine was killed); ``N scans`` before this one; ``as ROLE`` and ``because WORDS`` for the commands of the line.
Asked: ``R101 start``. States: ``from>to nodes``, every move once, the batch as ``*``, or ``refused``. Leaves: ``node task``.
Several are parted by ``,``. Nodes are written as the last word of their id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from line.documents import Text
from line.messages import Command, CommandKind, Event, Json
from recipes.conditions import parse_condition
from recipes.model import (
    ChoiceBlock,
    Condition,
    KeepStep,
    LoopBlock,
    MasterRecipe,
    Node,
    NodeKind,
    Operand,
    PhaseStep,
    PromptKind,
    PromptStep,
    WaitStep,
    Watch,
    What,
)
from recipes.states import BATCH_COMMANDS
from tests.builders import S
from tests.unit.test_recipe_plant import Plant, doktorskaya


@dataclass(frozen=True)
class Part:
    """An element of a procedure under construction."""

    kind: NodeKind
    id: str
    what: What
    children: tuple[Part, ...] = ()
    role: str = ""
    id_is_own: bool = True


def text(words: str) -> Text:
    """The same in both languages."""
    return Text(ru=words, en=words)


def unit_procedure(role: str, *parts: Part) -> Part:
    """A unit procedure; phases may stand in it without an operation around them."""
    return Part(NodeKind.UNIT_PROCEDURE, role, None, parts, role)


def operation(name: str, *parts: Part) -> Part:
    """An operation."""
    return Part(NodeKind.OPERATION, name, None, parts)


def phase(name: str, acquire: Sequence[str] = (), watches: Sequence[Watch] = (), own: str = "", **more: object) -> Part:
    """A phase with the parameters that Doktorskaya gives it; ``own`` is its id where the phase comes twice."""
    found = next(n.what for n in doktorskaya().nodes if isinstance(n.what, PhaseStep) and n.what.phase == name)
    what = replace(found, acquire=tuple(acquire), watches=tuple(watches), **more)  # type: ignore[arg-type]
    return Part(NodeKind.PHASE, own or name, what)


def wait(name: str, until: str, within_s: float = 0.0) -> Part:
    """A transition."""
    return Part(NodeKind.WAIT, name, WaitStep(parse_condition(until), round(within_s * S)))


def keep(name: str, condition: str, for_s: float, *, anew: bool = False, within_s: float = 0.0) -> Part:
    """A hold timer."""
    return Part(NodeKind.KEEP, name, KeepStep(parse_condition(condition), Operand("", for_s), anew, round(within_s * S)))


def prompt(name: str, kind: PromptKind = PromptKind.CONFIRM, role: str = "operator", **more: object) -> Part:
    """A prompt."""
    signed = bool(more.pop("signed", False))
    return Part(NodeKind.PROMPT, name, PromptStep(name, kind, text(f"{name}?"), role, signed, **more))  # type: ignore[arg-type]


def parallel(name: str, *branches: Part) -> Part:
    """Branches at the same time."""
    return Part(
        NodeKind.PARALLEL, name, None, tuple(Part(NodeKind.BRANCH, f"b{i + 1}", None, (b,)) for i, b in enumerate(branches))
    )


def choose(name: str, *branches: tuple[str, Part]) -> Part:
    """Alternatives; an empty condition is "else"."""
    when = tuple(parse_condition(c) if c else None for c, _ in branches)
    parts = tuple(Part(NodeKind.BRANCH, f"b{i + 1}", None, (p,)) for i, (_, p) in enumerate(branches))
    return Part(NodeKind.CHOICE, name, ChoiceBlock(cast("tuple[Condition | None, ...]", when)), parts)


def repeat(name: str, until: str, at_most: int, *parts: Part) -> Part:
    """A loop."""
    return Part(NodeKind.LOOP, name, LoopBlock(parse_condition(until), at_most), parts)


def recipe(*parts: Part, name: str = "test") -> MasterRecipe:
    """Doktorskaya with another procedure; ids are paths as in files."""
    nodes: list[Node | None] = []

    def add(part: Part, parent: int, path: str, role: str) -> int:
        index = len(nodes)
        nodes.append(None)
        own = f"{path}.{part.id}" if path else part.id
        here = "" if parent < 0 else own
        role = part.role or role
        children = tuple(add(c, index, here, role) for c in part.children)
        nodes[index] = Node(here, index, part.kind, text(part.id), parent, children, role, part.what)
        return index

    add(Part(NodeKind.PROCEDURE, name, None, parts), -1, "", "")
    built = tuple(n for n in nodes if n is not None)
    return replace(doktorskaya(), id=name, nodes=built, fingerprint=f"fingerprint of {name}")


class Script:
    """Runs one batch of a recipe line by line (module docstring)."""

    def __init__(self, *parts: Part, phase_scans: int = 2, mode: str = "automatic", plant: Plant | None = None) -> None:
        self.plant = plant or Plant({"test": recipe(*parts)}, phase_scans=phase_scans)
        self.plant.recipe = "test"
        self.mode = mode
        self.batch = ""

    def run(self, script: str) -> None:
        """Run every line and compare every output with what the line says."""
        for line in script.strip().splitlines():
            wanted = [c.strip() for c in line.split("|")]
            assert [wanted[0], *self.step(wanted[0])] == wanted, line

    def step(self, given: str) -> list[str]:
        """One line: what was asked, what changed, and where the batch stands."""
        if not self.batch:
            self.batch = self.plant.create(start=False, mode=self.mode)
        commands: list[Command] = []
        role = next(iter(re.findall(r"as (\w+)", given)), "operator")
        why = next(iter(re.findall(r"because ([\w ]+)", given)), "")
        events, requests = len(self.plant.events), len(self.plant.requests)
        for part in (p.strip() for p in given.split(",")):
            words = part.split(" as ")[0].split(" because ")[0].split()
            commands += [replace(c, role=role, reason=why) for c in self._input(words)]
        self.plant.scan(commands)
        asked = ", ".join(f"{r.unit} {r.command}" for r in self.plant.requests[requests:])
        return [asked or "-", ", ".join(self._states(self.plant.events[events:])) or "-", self.leaves() or "-"]

    def _input(self, words: Sequence[str]) -> Iterator[Command]:
        match list(words):
            case [] | ["-"]:
                return
            case ["restore"]:
                self.plant.restart_engine()
            case [count, "scans"]:
                for _ in range(int(count)):
                    self.plant.scan()
            case [word, *node] if word in BATCH_COMMANDS:
                yield self.plant.command(
                    CommandKind.BATCH_COMMAND, self.batch, command=word, **({"node": self._node(node[0])} if node else {})
                )
            case ["confirm" | "begin" | "skip" as action, node]:
                action = "start" if action == "begin" else action
                yield self.plant.command(CommandKind.BATCH_STEP, self.batch, node=self._node(node), action=action)
            case ["mode", mode]:
                yield self.plant.command(CommandKind.BATCH_MODE, self.batch, mode=mode)
            case ["reply", name, *value]:
                yield self.plant.command(CommandKind.BATCH_REPLY, self.batch, prompt=name, value=_value(" ".join(value)))
            case [unit, command] if unit in self.plant.units:
                self.plant.units[unit].force(command, 30)
            case [tag, "bad"]:
                self.plant.set(tag, self.plant.get(tag), good=False)
            case [tag, value]:
                self.plant.set(tag, float(value))
            case _:
                raise AssertionError(words)

    def _states(self, events: Sequence[Event]) -> list[str]:
        said: dict[str, list[str]] = {}
        for event in events:
            if event.kind == "command" and event.data["status"] == "refused":
                said["refused"] = []
            if event.kind == "batch" and event.data["what"] == "state":
                move = f"{event.data['from']}>{event.data['to']}"
                said.setdefault(move, []).append(_short(str(event.data["node"])) or "*")
        return [" ".join([move, *nodes]) for move, nodes in said.items()]

    def _node(self, word: str) -> str:
        """The id of a node that is written as its last word."""
        ids = [n.id for n in self.plant.find(self.batch).control.nodes]
        return word if word in ids else next(i for i in ids if _short(i) == word)

    def leaves(self) -> str:
        """Where the batch stands."""
        batch = self.plant.find(self.batch)
        return ", ".join(f"{_short(batch.control.nodes[f.node].id)} {f.task}" for f in batch.leaves)

    def events(self, what: str) -> list[Event]:
        """The batch's events of a family, of every level."""
        return [e for e in self.plant.events if e.kind == "batch" and e.data["what"] == what]

    def until(self, words: str, scans: int = 200) -> None:
        """Scan until the leaves read so."""
        if not self.batch:
            self.batch = self.plant.create(start=False, mode=self.mode)
        for _ in range(scans):
            if self.leaves() == words:
                return
            self.plant.scan()
        raise AssertionError(f"not '{words}' but '{self.leaves()}'")


def _short(node: str) -> str:
    return node.rsplit(".", 1)[-1]


def _value(words: str) -> Json:
    match words.split():
        case ["yes"]:
            return True
        case [lot, kg, "kg"]:
            return {"lot": lot, "kg": float(kg)}
        case [number] if re.fullmatch(r"-?\d+", number):
            return int(number)
        case [number] if re.fullmatch(r"-?[\d.]+", number):
            return float(number)
        case _:
            return words
