"""How a procedure runs: whether what it waits for can come, loops can end, choices can be left, prompts are asked in time."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Final

from line.clock import NS_PER_S
from line.documents import KeyPath
from recipes.checks import Checker
from recipes.checks_ranges import Range, comparisons, may_be, names_in, numbers_in, operand_name, range_of, tree_of
from recipes.checks_units import UnitWalk, below
from recipes.conditions import word_of
from recipes.model import (
    LEAVES,
    ChoiceBlock,
    Condition,
    KeepStep,
    LoopBlock,
    Node,
    NodeKind,
    PromptKind,
    PromptStep,
    WaitStep,
)

_COMBINATIONS_MAX: Final = 10_000
_COUNTED: Final = {PromptKind.CONFIRM, PromptKind.NUMBER, PromptKind.CHOICE}
"""Prompts whose reply is a number, which a condition can read."""
_SETTINGS: Final = ("value", "lo", "hi")


def check_flow(check: Checker, nodes: Sequence[Node]) -> None:
    """Every condition, loop, choice, timer and prompt of a procedure whose parts are right by themselves."""
    flow = _Flow(check, nodes)
    for node in nodes:
        flow.check(node)


class _Flow:
    def __init__(self, check: Checker, nodes: Sequence[Node]) -> None:
        self._check = check
        self._nodes = nodes
        self._prompts = {n.what.prompt: n for n in reversed(nodes) if isinstance(n.what, PromptStep)}
        self._held = UnitWalk(nodes).held

    def check(self, node: Node) -> None:
        what = node.what
        if isinstance(what, WaitStep) and self._condition(node, (*node.key, "until"), what.until):
            self._check_changes(node, what.until)
        elif isinstance(what, KeepStep):
            self._condition(node, (*node.key, "while"), what.condition)
            self._check_keep(node, what)
        elif isinstance(what, LoopBlock) and self._condition(node, (*node.key, "until"), what.until):
            self._check_loop(node, what)
        elif isinstance(what, ChoiceBlock):
            self._check_choice(node, what)
        elif isinstance(what, PromptStep) and self._prompts[what.prompt] is not node:
            message = f"the prompt '{what.prompt}' stands twice in the recipe"
            self._check.fault((*node.key, "prompt"), message, "Rename one of the two: @name means one prompt")

    # Conditions

    def _condition(self, node: Node, path: KeyPath, condition: Condition) -> bool:
        """Whether it can hold and all that it names is there when it is asked."""
        faults = len(self._check.problems)
        self._check_prompts(node, path, condition)
        for role in condition.roles:
            if role not in ("u", node.role) and role not in self._held[node.index] | self._beside(node):
                message = f"no unit is taken for '{role}' at this point: nobody would know which one is meant"
                self._check.fault(path, message, f"Put it into the unit procedure of {role}, or acquire the unit before")
        if len(self._check.problems) > faults:
            return False
        for units in self._check.castings(condition, node.role):
            tree = tree_of(condition, units)
            self._check_eu(path, tree)
            never = self._never(condition, tree)
            if never is not None:
                self._check.fault(path, f"this can never hold{never}", "Correct the numbers, or the range of the tag in tags.csv")
            if len(self._check.problems) > faults:
                break  # the same is wrong for every unit of the role
        return len(self._check.problems) == faults

    def _beside(self, node: Node) -> set[str]:
        """Roles that parallel branches use at the same time."""
        roles: set[str] = set()
        while node.parent >= 0:
            above = self._nodes[node.parent]
            if above.kind is NodeKind.PARALLEL:
                roles |= {n.role for c in above.children if c != node.index for n in below(self._nodes, c) if n.role}
            node = above
        return roles

    def _check_prompts(self, node: Node, path: KeyPath, condition: Condition) -> None:
        for name in condition.prompts:
            prompt = self._prompts.get(name)
            if prompt is None:
                known = ", ".join(f"@{p}" for p in sorted(self._prompts)) or "none"
                self._check.fault(path, f"there is no prompt '@{name}'", f"Prompts of this recipe: {known}")
                continue
            assert isinstance(prompt.what, PromptStep)
            if prompt.what.kind not in _COUNTED:
                message = f"the reply to '@{name}' is no number (kind: {prompt.what.kind})"
                self._check.fault(path, message, "Ask for a number, a choice or a confirmation")
            asked = _asked(self._nodes, prompt, node)
            if asked == "never":
                self._check.fault(path, f"'@{name}' is not asked before this", "Move the prompt to before it")
            elif asked == "perhaps":
                message = f"'@{name}' may never be asked: it stands in one branch of a choice"
                self._check.fault(path, message, "Ask before the choice, or decide inside that branch")

    def _check_eu(self, path: KeyPath, tree: ast.expr) -> None:
        for left, right in comparisons(tree):
            one, other = self._eu(left), self._eu(right)
            if one and other and one != other:
                message = f"{ast_text(left)} is in '{one}', {ast_text(right)} in '{other}'"
                self._check.fault(path, message, "Compare values of the same unit of measure")

    def _eu(self, node: ast.expr) -> str:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            return self._eu(node.left) or self._eu(node.right)
        name = operand_name(node)
        if name.startswith("$"):
            return self._check.file.parameters[name[1:]].eu
        prompt = self._prompts.get(name[1:]) if name.startswith("@") else None
        if prompt is not None and isinstance(prompt.what, PromptStep):
            return prompt.what.eu
        tag = self._check.model.tags.find(name)
        return tag.eu if tag is not None else ""

    def _never(self, condition: Condition, tree: ast.expr) -> str | None:
        """Why it can never hold, as the end of a sentence; None when it can."""
        settings = _SETTINGS if condition.parameters else _SETTINGS[:1]
        for setting in settings:
            ranges = self.ranges(tree, setting)
            if may_be(tree, True, ranges):
                continue
            shown = ", ".join(f"{n} is {_band(ranges[n])}" for n in sorted(ranges) if not n.startswith("$") or setting != "value")
            return f": {shown}" if shown else ""
        return None

    def ranges(self, tree: ast.expr, setting: str) -> dict[str, Range]:
        """What every name of ``tree`` can be; parameters are at their ``setting``, in every size of batch."""
        found: dict[str, Range] = {}
        for name in names_in(tree):
            if name.startswith("$"):
                entry = self._check.file.parameters[name[1:]]
                value = {"value": entry.value, "lo": entry.lo, "hi": entry.hi}[setting]
                scaled = [value * s for s in self._check.scales(entry)]
                found[name] = (min(scaled), max(scaled))
            elif name.startswith("@"):
                found[name] = self._reply_range(name[1:])
            else:
                tag = self._check.model.tags.find(name)
                if tag is not None:
                    found[name] = range_of(tag)
        return found

    def _reply_range(self, name: str) -> Range:
        what = self._prompts[name].what
        assert isinstance(what, PromptStep)
        if what.kind is PromptKind.CONFIRM:
            return 1.0, 1.0
        if what.kind is PromptKind.CHOICE:
            return 0.0, max(0.0, len(what.choices) - 1.0)
        lo = self._check.span(what.lo)[0] if what.lo is not None else float("-inf")
        hi = self._check.span(what.hi)[1] if what.hi is not None else float("inf")
        return lo, hi

    # Nodes

    def _check_changes(self, node: Node, until: Condition) -> None:
        """A wait for something that only replies decide, and all of them are given: it holds at once or never."""
        tree = self._tree(node, until)
        if tree is None or any(n[0] not in "$@" for n in names_in(tree)):
            return
        open_prompts = [p for p in until.prompts if self._concurrent(self._prompts[p], node)]
        if not open_prompts and may_be(tree, False, self.ranges(tree, "value")):
            message = "nothing can make this true while it waits: it reads no tag, and every reply is given already"
            self._check.fault((*node.key, "until"), message, "Use choose to do one thing or another, repeat to ask again")

    def _concurrent(self, prompt: Node, node: Node) -> bool:
        common = _common(self._nodes, prompt, node)
        return common.kind is NodeKind.PARALLEL

    def _check_keep(self, node: Node, keep: KeepStep) -> None:
        path: KeyPath = (*node.key, "for_s")
        entry = self._check.file.parameters.get(keep.for_s.parameter)
        if entry is not None and entry.eu != "s":
            self._check.fault(path, f"${keep.for_s.parameter} is in '{entry.eu}'", "Give it a parameter in s")
        lo, hi = self._check.span(keep.for_s)
        if lo <= 0:
            self._check.fault(path, f"a time of {lo:g} s is no time to keep something", "Write a time above 0")
        elif 0 < keep.within_ns < hi * NS_PER_S:
            message = f"{keep.within_ns / NS_PER_S:g} s is too short to keep something for {hi:g} s"
            self._check.fault((*node.key, "within_s"), message, "Make it longer than for_s, with time to reach the condition")

    def _check_loop(self, node: Node, loop: LoopBlock) -> None:
        tree = self._tree(node, loop.until)
        if tree is None:
            return
        path: KeyPath = (*node.key, "until")
        inside = [n for c in node.children for n in below(self._nodes, c)]
        asked = {n.what.prompt for n in inside if isinstance(n.what, PromptStep)}
        names = names_in(tree)
        if asked & set(loop.until.prompts):
            return
        if not any(n[0] not in "$@" for n in names):
            message = "nothing inside the loop can change this: it reads no tag and no prompt of the loop"
            self._check.fault(path, message, "Read a tag, or ask with a prompt inside the loop")
            return
        units = {u for role in loop.until.roles for u in self._units(role, node)}
        foreign = [n for n in names if n[0] not in "$@" and n.split(".", 1)[0] not in units]
        at_work = {u for n in inside if n.kind is NodeKind.PHASE for u in self._units(n.role, node)}
        lets_time_pass = any(n.kind in LEAVES and n.kind is not NodeKind.PHASE for n in inside)
        if not foreign and not units & at_work and not lets_time_pass:
            message = f"nothing inside the loop works with {', '.join(sorted(units))}, which this reads"
            self._check.fault(path, message, "Read a tag of the unit that works in the loop")

    def _units(self, role: str, node: Node) -> Iterator[str]:
        for unit in self._check.units_of(node.role if role == "u" else role):
            yield unit.id

    def _check_choice(self, node: Node, choice: ChoiceBlock) -> None:
        faults = len(self._check.problems)
        trees: list[ast.expr] = []
        for i, when in enumerate(choice.when):
            path: KeyPath = (*node.key, "branches", i, "when")
            if when is None:
                continue
            if not self._condition(node, path, when):
                continue
            tree = self._tree(node, when)
            if tree is None:
                continue
            trees.append(tree)
            if i < len(choice.when) - 1 and not may_be(tree, False, self.ranges(tree, "value")) and not _reads_tags(tree):
                message = "this always holds: the branches after it are never taken"
                self._check.fault(path, message, "Correct the condition, or put this branch last, without one")
        if None not in choice.when and len(self._check.problems) == faults and len(trees) == len(choice.when):
            self._check_gap(node, trees)

    def _check_gap(self, node: Node, trees: Sequence[ast.expr]) -> None:
        """A choice without "else" that no tag can ever free: each set of replies must lead into some branch."""
        names = sorted({n for t in trees for n in names_in(t)})
        if any(n[0] not in "$@" for n in names):
            return
        points = [self._points(n, trees) for n in names]
        size = 1
        for p in points:
            size *= len(p)
        for values in product(*points) if size <= _COMBINATIONS_MAX else ():
            ranges = {n: (v, v) for n, v in zip(names, values, strict=True)}
            if not any(may_be(t, True, ranges) for t in trees):
                case = ", ".join(f"{n} = {v:g}" for n, v in zip(names, values, strict=True)) or "the conditions as they are"
                message = f"with {case} no branch is taken, and nothing can change that: the batch would stand here for ever"
                self._check.fault((*node.key, "branches"), message, "Leave out 'when' of the last branch: it is taken then")
                return

    def _points(self, name: str, trees: Sequence[ast.expr]) -> list[float]:
        """Values that stand for all others: the limits, every number compared with, and something between two of them."""
        if name.startswith("$"):
            return list(dict.fromkeys(self.ranges(ast.Name(word_of(name)), s)[name][0] for s in _SETTINGS))
        lo, hi = self._reply_range(name[1:])
        what = self._prompts[name[1:]].what
        if isinstance(what, PromptStep) and what.kind is PromptKind.CHOICE:
            return [float(i) for i in range(len(what.choices))]
        marks = sorted({n for t in trees for n in numbers_in(t)})
        ends = [marks[0] - 1, marks[-1] + 1] if marks else [0.0]
        found = sorted({*marks, *ends, *(x for x in (lo, hi) if abs(x) != float("inf"))})
        found += [(a + b) / 2 for a, b in pairwise(found)]
        return [x for x in found if lo <= x <= hi]

    def _tree(self, node: Node, condition: Condition) -> ast.expr | None:
        castings: Sequence[Mapping[str, str]] = self._check.castings(condition, node.role)
        return tree_of(condition, castings[0]) if castings else None


def ast_text(node: ast.expr) -> str:
    """An operand as the recipe writes it."""
    return operand_name(node) or ast.unparse(node)


def _reads_tags(tree: ast.expr) -> bool:
    return any(n[0] not in "$@" for n in names_in(tree))


def _band(range_: Range) -> str:
    lo, hi = range_
    return f"{lo:g}" if lo == hi else f"{lo:g}..{hi:g}"


def _path(nodes: Sequence[Node], node: Node) -> list[int]:
    path = [node.index]
    while nodes[path[-1]].parent >= 0:
        path.append(nodes[path[-1]].parent)
    return path[::-1]


def _common(nodes: Sequence[Node], one: Node, other: Node) -> Node:
    """The innermost node that both lie in (or are)."""
    shared = [a for a, b in zip(_path(nodes, one), _path(nodes, other), strict=False) if a == b]
    return nodes[shared[-1]]


def _asked(nodes: Sequence[Node], prompt: Node, node: Node) -> str:
    """Whether ``prompt`` is asked before the condition of ``node`` is judged: surely, perhaps or never."""
    common = _common(nodes, prompt, node)
    if common is node:
        if common.kind is not NodeKind.LOOP:  # a choice is made before anything in it is done; a loop is judged at its end
            return "never"
    elif common.kind is NodeKind.CHOICE or (common.kind is not NodeKind.PARALLEL and prompt.index > node.index):
        return "never"
    between = _path(nodes, prompt)[_path(nodes, prompt).index(common.index) + 1 : -1]
    return "perhaps" if any(nodes[i].kind is NodeKind.CHOICE for i in between) else "surely"
