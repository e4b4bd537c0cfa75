"""The procedure of a recipe file as a tree of nodes: every element in its place, every name resolved against the line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from line.clock import NS_PER_S
from line.documents import KeyPath, Text
from recipes.checks import Checker
from recipes.checks_phase import resolve_phase
from recipes.checks_prompts import check_prompt
from recipes.model import (
    ChoiceBlock,
    Condition,
    KeepStep,
    LoopBlock,
    Node,
    NodeKind,
    PromptKind,
    PromptStep,
    WaitStep,
    What,
)
from recipes.recipe_file import (
    BranchEntry,
    ChooseEntry,
    Element,
    KeepEntry,
    OperationEntry,
    ParallelBranchEntry,
    ParallelEntry,
    PhaseEntry,
    PromptEntry,
    RepeatEntry,
    UnitProcedureEntry,
    WaitEntry,
)

Entry = (
    UnitProcedureEntry | OperationEntry | PhaseEntry | ParallelEntry | ChooseEntry | RepeatEntry | WaitEntry | KeepEntry
    | PromptEntry
)  # fmt: skip
_STRUCTURE: Final = (ParallelEntry, ChooseEntry, RepeatEntry, WaitEntry, KeepEntry, PromptEntry)
MAY_HOLD: Final[dict[NodeKind, tuple[type[Entry], ...]]] = {
    NodeKind.PROCEDURE: (UnitProcedureEntry, *_STRUCTURE),
    NodeKind.UNIT_PROCEDURE: (OperationEntry, *_STRUCTURE),
    NodeKind.OPERATION: (PhaseEntry, *_STRUCTURE),
}
"""What may stand at each level of the procedure; inside a block stands what may stand around it (ISA-88.00.01 §5.3.2.5)."""
_WORDS: Final = {
    UnitProcedureEntry: "unit_procedure", OperationEntry: "operation", PhaseEntry: "phase", ParallelEntry: "parallel",
    ChooseEntry: "choose", RepeatEntry: "repeat", WaitEntry: "wait", KeepEntry: "keep", PromptEntry: "prompt",
}  # fmt: skip
_LEVEL_WORDS: Final = {
    NodeKind.PROCEDURE: "in the procedure, outside a unit procedure",
    NodeKind.UNIT_PROCEDURE: "in a unit procedure, outside an operation",
    NodeKind.OPERATION: "in an operation",
}
MAX_DEPTH: Final = 12
"""Blocks within blocks; deeper than anybody can follow."""
MAX_NODES: Final = 500
"""A procedure is read by people and walked in every scan; real ones have some dozens of nodes."""


def build_nodes(check: Checker) -> tuple[Node, ...]:
    """All nodes in pre-order; a node that is wrong stands there without ``what``."""
    builder = _Builder(check)
    builder.procedure()
    nodes = builder.finished()
    if len(nodes) > MAX_NODES:
        check.fault(("procedure",), f"the procedure has {len(nodes)} parts", f"Split the recipe: at most {MAX_NODES}")
    return nodes


class _Builder:
    def __init__(self, check: Checker) -> None:
        self._check = check
        self._nodes: list[Node | None] = []

    def finished(self) -> tuple[Node, ...]:
        return tuple(n for n in self._nodes if n is not None)

    def procedure(self) -> None:
        file = self._check.file
        self._add(
            NodeKind.PROCEDURE, "", file.name, -1, "", (), None,
            lambda at: self._elements(file.procedure, ("procedure",), at, "", "", NodeKind.PROCEDURE),
        )  # fmt: skip

    def _add(
        self, kind: NodeKind, node_id: str, name: Text, parent: int, role: str, key: KeyPath, what: What,
        children: Callable[[int], list[int]] | None = None,
    ) -> int:  # fmt: skip
        index = len(self._nodes)
        self._nodes.append(None)  # its place in pre-order; the children come behind it
        below = tuple(children(index)) if children is not None else ()
        self._nodes[index] = Node(node_id, index, kind, name, parent, below, role, what, key)
        return index

    def _elements(
        self, entries: Sequence[Element], path: KeyPath, parent: int, prefix: str, role: str, level: NodeKind
    ) -> list[int]:
        found: list[int] = []
        seen: set[str] = set()
        if prefix.count(".") >= MAX_DEPTH:
            self._check.fault(path, "blocks are nested too deeply", f"Take some of them apart: {MAX_DEPTH} levels are allowed")
            return found
        for i, entry in enumerate(entries):
            where: KeyPath = (*path, i)
            if not isinstance(entry, MAY_HOLD[level]):
                words = ", ".join(_WORDS[kind] for kind in MAY_HOLD[level])
                message = f"'{_WORDS[type(entry)]}' cannot stand here, {_LEVEL_WORDS[level]}"
                self._check.fault((*where, _WORDS[type(entry)]), message, f"Here may stand: {words}")
                continue
            key, own = _id_of(entry)
            self._unique(own, seen, (*where, key))
            found.append(self._element(entry, where, parent, f"{prefix}.{own}".lstrip("."), role, level))
        return found

    def _unique(self, own: str, seen: set[str], path: KeyPath) -> None:
        if own in seen:
            remedy = (
                "Rename it, or give it an id of its own" if path[-1] in ("phase", "unit_procedure") else "Rename one of the two"
            )
            self._check.fault(path, f"'{own}' stands twice at this place", remedy)
        seen.add(own)

    def _element(self, entry: Entry, path: KeyPath, parent: int, node_id: str, role: str, level: NodeKind) -> int:
        check = self._check

        def inside(entries: Sequence[Element], key: str, level: NodeKind, role: str) -> Callable[[int], list[int]]:
            return lambda at: self._elements(entries, (*path, key), at, node_id, role, level)

        match entry:
            case UnitProcedureEntry():
                self._role(entry, path)
                below = inside(entry.operations, "operations", NodeKind.UNIT_PROCEDURE, entry.unit_procedure)
                kind = NodeKind.UNIT_PROCEDURE
                return self._add(kind, node_id, entry.name, parent, entry.unit_procedure, path, None, below)
            case OperationEntry():
                below = inside(entry.phases, "phases", NodeKind.OPERATION, role)
                return self._add(NodeKind.OPERATION, node_id, entry.name, parent, role, path, None, below)
            case PhaseEntry():
                step = resolve_phase(check, path, role, entry)
                return self._add(NodeKind.PHASE, node_id, self._phase_name(entry, role), parent, role, path, step)
            case ParallelEntry():
                branches = self._branches(entry.branches, (*path, "branches"), node_id, role, level)
                return self._add(NodeKind.PARALLEL, node_id, entry.name, parent, role, path, None, branches)
            case ChooseEntry():
                branches = self._branches(entry.branches, (*path, "branches"), node_id, role, level)
                choice = self._choice(entry, path, role)
                return self._add(NodeKind.CHOICE, node_id, entry.name, parent, role, path, choice, branches)
            case RepeatEntry():
                until = check.condition((*path, "until"), entry.until, role)
                loop = LoopBlock(until, entry.at_most) if until is not None else None
                return self._add(
                    NodeKind.LOOP, node_id, entry.name, parent, role, path, loop, inside(entry.do, "do", level, role)
                )
            case WaitEntry():
                until = check.condition((*path, "until"), entry.until, role)
                wait = WaitStep(until, round(entry.within_s * NS_PER_S)) if until is not None else None
                return self._add(NodeKind.WAIT, node_id, entry.name, parent, role, path, wait)
            case KeepEntry():
                return self._add(NodeKind.KEEP, node_id, entry.name, parent, role, path, self._keep(entry, path, role))
            case PromptEntry():
                return self._add(NodeKind.PROMPT, node_id, entry.text, parent, role, path, self._prompt(entry, path))

    def _branches(
        self, entries: Sequence[BranchEntry | ParallelBranchEntry], path: KeyPath, node_id: str, role: str, level: NodeKind
    ) -> Callable[[int], list[int]]:
        def branch(entry: BranchEntry | ParallelBranchEntry, i: int, parent: int) -> int:
            own = f"{node_id}.{entry.branch}"
            where: KeyPath = (*path, i)
            return self._add(
                NodeKind.BRANCH, own, entry.name, parent, role, where, None,
                lambda at: self._elements(entry.do, (*where, "do"), at, own, role, level),
            )  # fmt: skip

        def build(parent: int) -> list[int]:
            seen: set[str] = set()
            for i, entry in enumerate(entries):
                self._unique(entry.branch, seen, (*path, i, "branch"))
            return [branch(entry, i, parent) for i, entry in enumerate(entries)]

        return build

    def _role(self, entry: UnitProcedureEntry, path: KeyPath) -> None:
        equipment = self._check.file.equipment
        if entry.unit_procedure not in equipment:
            message = f"'{entry.unit_procedure}' is no role of equipment"
            self._check.fault((*path, "unit_procedure"), message, f"Use one of {', '.join(equipment)}")

    def _phase_name(self, entry: PhaseEntry, role: str) -> Text:
        if entry.name is not None:
            return entry.name
        units = self._check.units_of(role)
        phase = units[0].phases.get(entry.phase) if units else None
        return phase.name if phase is not None else Text(ru=entry.phase, en=entry.phase)

    def _choice(self, entry: ChooseEntry, path: KeyPath, role: str) -> ChoiceBlock | None:
        when: list[Condition | None] = []
        faults = len(self._check.problems)
        for i, branch in enumerate(entry.branches):
            where: KeyPath = (*path, "branches", i)
            if branch.when is not None:
                when.append(self._check.condition((*where, "when"), branch.when, role))
            else:
                when.append(None)
                if i < len(entry.branches) - 1:
                    remedy = "Add when, or make it the last: it is taken when no other is"
                    self._check.fault(where, "only the last branch can be without a condition", remedy)
        return ChoiceBlock(tuple(when)) if len(self._check.problems) == faults else None

    def _keep(self, entry: KeepEntry, path: KeyPath, role: str) -> KeepStep | None:
        condition = self._check.condition((*path, "while"), entry.while_, role)
        for_s = self._check.operand((*path, "for_s"), entry.for_s)
        if condition is None or for_s is None:
            return None
        return KeepStep(condition, for_s, entry.anew, round(entry.within_s * NS_PER_S))

    def _prompt(self, entry: PromptEntry, path: KeyPath) -> PromptStep:
        lo = None if entry.lo is None else self._check.operand((*path, "lo"), entry.lo)
        hi = None if entry.hi is None else self._check.operand((*path, "hi"), entry.hi)
        prompt = PromptStep(
            entry.prompt, PromptKind(entry.kind), entry.text, entry.role, entry.signed, lo, hi, entry.eu, entry.choices,
            entry.material,
        )  # fmt: skip
        check_prompt(self._check, path, prompt)
        return prompt


def _id_of(entry: Entry) -> tuple[str, str]:
    """The key that names an element, and its name: unique among its neighbours."""
    match entry:
        case UnitProcedureEntry():
            return ("id", entry.id) if entry.id else ("unit_procedure", entry.unit_procedure)
        case PhaseEntry():
            return ("id", entry.id) if entry.id else ("phase", entry.phase)
        case OperationEntry():
            return "operation", entry.operation
        case ParallelEntry():
            return "parallel", entry.parallel
        case ChooseEntry():
            return "choose", entry.choose
        case RepeatEntry():
            return "repeat", entry.repeat
        case WaitEntry():
            return "wait", entry.wait
        case KeepEntry():
            return "keep", entry.keep
        case PromptEntry():
            return "prompt", entry.prompt
