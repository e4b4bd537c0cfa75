"""Units of a procedure: what is taken when, whether there are enough at once, and that nobody waits in a circle.

A batch holds a unit from the first leaf of a unit procedure to its end; ``acquire`` and ``transfer`` take the unit of a later
unit procedure earlier. Whoever holds a unit and waits for another can wait for ever when somebody else does it the other way
round: that is refused here, for batches of one recipe, and by :func:`circles` for those of several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from line.documents import Document, Problem
from line.model import LineModel
from recipes.checks import Checker
from recipes.model import MasterRecipe, Node, NodeKind, PhaseStep

_COMBINATIONS_MAX: Final = 2_000
UnitsOf = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class Wait:
    """A batch that holds the unit of role ``holds`` waits, at node ``at``, for one of role ``wants``."""

    holds: str
    wants: str
    at: int


def check_units(check: Checker, nodes: Sequence[Node]) -> None:
    """All of it, for one recipe."""
    _check_acquire(check, nodes)
    _check_parallel(check, nodes)
    if check.problems:
        return
    units = {role: tuple(u.id for u in check.units_of(role)) for role in check.file.equipment}
    used = {n.role for n in nodes if n.kind is NodeKind.UNIT_PROCEDURE}
    for role in check.file.equipment:
        if role not in used:
            check.fault(("equipment", role), "no unit procedure uses this role", f"Add unit_procedure: {role}, or remove it")
    walk = UnitWalk(nodes)
    for roles, at in walk.moments:
        if not _castable(sorted(roles), units, {}):
            names = ", ".join(sorted(roles))
            have = ", ".join(sorted({u for role in roles for u in units[role]}))
            message = f"{len(roles)} units are needed at once ({names}), and only {have} can take these roles"
            check.fault(nodes[at].key, message, "Do it one after another, or let other units take a role (equipment)")
    for wait in circles([(walk.waits, units.__getitem__)])[0]:
        message = (
            f"a batch that holds {wait.holds} waits for {wait.wants} here, and another may hold {wait.wants} and wait for "
            f"{wait.holds}: both would wait for ever"
        )
        check.fault(
            nodes[wait.at].key, message, "Take units in one order only, or give back the first before the second is taken"
        )


@dataclass(frozen=True)
class Circle:
    """A batch of ``recipe`` may wait for ever at ``wait``, through batches of the recipes ``others``."""

    recipe: MasterRecipe
    wait: Wait
    others: tuple[str, ...]


def circles_together(recipes: Sequence[MasterRecipe], model: LineModel) -> list[Circle]:
    """Circles through batches of several recipes, each of which is right by itself."""
    walks = [(UnitWalk(master.nodes).waits, _units_of(master, model)) for master in recipes]
    alone = [circles([one])[0] for one in walks]
    told: list[Circle] = []
    for i, found in enumerate(circles(walks)):
        others = [m.id for j, m in enumerate(recipes) if j != i and found and circles([walks[i], walks[j]])[0]]
        told += [Circle(recipes[i], wait, tuple(others)) for wait in found if wait not in alone[i]]
    return told


def check_together(recipes: Sequence[tuple[MasterRecipe, Document]], model: LineModel) -> list[Problem]:
    """:func:`circles_together` as problems of the recipes' files."""
    documents = {id(master): document for master, document in recipes}
    problems: list[Problem] = []
    for circle in circles_together([master for master, _ in recipes], model):
        master, wait = circle.recipe, circle.wait
        message = (
            f"a batch of {master.id} that holds {wait.holds} waits for {wait.wants} here, and one of "
            f"{', '.join(circle.others) or 'other recipes'} may wait the other way round: both would wait for ever"
        )
        remedy = "Take units in the same order in all recipes of the line"
        problems.append(documents[id(master)].problem(master.nodes[wait.at].key, message, remedy))
    return problems


def _units_of(master: MasterRecipe, model: LineModel) -> UnitsOf:
    units = {
        role: [u.id for u in model.units.values() if u.class_id == need.class_id and (not need.units or u.id in need.units)]
        for role, need in master.equipment.items()
    }
    return units.__getitem__


def circles(recipes: Sequence[tuple[Sequence[Wait], UnitsOf]]) -> list[list[Wait]]:
    """For each recipe those of its waits that can be part of a circle, through any of the recipes; one per pair of roles."""
    edges: dict[str, set[str]] = {}
    for waits, units_of in recipes:
        for wait in waits:
            for unit in units_of(wait.holds):
                edges.setdefault(unit, set()).update(units_of(wait.wants))
    found: list[list[Wait]] = []
    for waits, units_of in recipes:
        pairs = {(w.holds, w.wants): w for w in reversed(waits)}
        found.append([w for w in pairs.values() if _reaches(edges, set(units_of(w.wants)), set(units_of(w.holds)))])
    return found


def _reaches(edges: Mapping[str, set[str]], begin: set[str], end: set[str]) -> bool:
    seen = set(begin)
    waiting = list(begin)
    while waiting:
        for unit in edges.get(waiting.pop(), ()):
            if unit not in seen:
                seen.add(unit)
                waiting.append(unit)
    return bool(seen & end)


def _castable(roles: Sequence[str], units: Mapping[str, Sequence[str]], taken: Mapping[str, str]) -> bool:
    """Whether each of ``roles`` can get a unit of its own."""
    if not roles:
        return True
    return any(_castable(roles[1:], units, {**taken, unit: roles[0]}) for unit in units[roles[0]] if unit not in taken)


class UnitWalk:
    """Goes through a procedure and notes what is held: ``moments`` (roles held at once, node), ``waits``, and ``held``: what is
    held where a node's condition is judged (a loop's at its end), on some way there."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self.waits: list[Wait] = []
        self.held: dict[int, frozenset[str]] = {}
        self.moments: list[tuple[frozenset[str], int]] = []
        _, moments = self._walk(0, frozenset(), frozenset())
        self.moments = list({roles: (roles, at) for roles, at in reversed(moments)}.values())

    def _walk(
        self, index: int, held: frozenset[str], beside: frozenset[str]
    ) -> tuple[frozenset[str], list[tuple[frozenset[str], int]]]:
        """What is held after the node, and the moments in it. ``beside``: held by parallel branches beyond their end."""
        node = self._nodes[index]
        self._note(index, held)
        if node.kind is NodeKind.PARALLEL:
            return self._parallel(node, held, beside)
        if node.kind is NodeKind.CHOICE:
            ends = [self._walk(c, held, beside) for c in node.children]
            return frozenset[str]().union(*(e[0] for e in ends)), [m for e in ends for m in e[1]]
        moments: list[tuple[frozenset[str], int]] = []
        if node.kind is NodeKind.UNIT_PROCEDURE:
            held = self._take(held, beside, (node.role,), index)
            moments.append((held, index))
        if isinstance(node.what, PhaseStep) and node.what.acquire:
            held = self._take(held, beside, node.what.acquire, index)
            moments.append((held, index))
        again = node.kind is NodeKind.LOOP and self._after(index, held) != held  # the next round begins with what this one took
        for child in node.children * (2 if again else 1):
            held, below = self._walk(child, held, beside)
            moments += below
        if node.kind is NodeKind.LOOP:
            self.held[index] = held
        return (held - {node.role} if node.kind is NodeKind.UNIT_PROCEDURE else held), moments

    def _note(self, index: int, held: frozenset[str]) -> None:
        self.held[index] = self.held.get(index, frozenset()) | held

    def _take(self, held: frozenset[str], beside: frozenset[str], roles: Iterable[str], at: int) -> frozenset[str]:
        for role in roles:
            if role not in held | beside:
                self.waits += [Wait(h, role, at) for h in sorted(held | beside)]
        return held | frozenset(roles)

    def _parallel(
        self, node: Node, held: frozenset[str], beside: frozenset[str]
    ) -> tuple[frozenset[str], list[tuple[frozenset[str], int]]]:
        kept = [self._after(child, held) - held for child in node.children]
        ends: list[tuple[frozenset[str], list[tuple[frozenset[str], int]]]] = []
        for i, child in enumerate(node.children):
            others = frozenset[str]().union(beside, *(k for j, k in enumerate(kept) if j != i))
            ends.append(self._walk(child, held, others))
        after = frozenset[str]().union(*(e[0] for e in ends))
        after -= frozenset(r for e in ends for r in held - e[0])
        alone = [m for e in ends for m in e[1]]
        sets = [[m[0] for m in e[1]] or [held] for e in ends]
        if _size(sets) > _COMBINATIONS_MAX:  # more than any real procedure: each branch for itself only
            return after, alone
        return after, alone + [(frozenset[str]().union(*combination), node.index) for combination in product(*sets)]

    def _after(self, index: int, held: frozenset[str]) -> frozenset[str]:
        """What is held after a node."""
        node = self._nodes[index]
        ends = [self._after(c, held) for c in node.children] if node.kind in (NodeKind.PARALLEL, NodeKind.CHOICE) else []
        if ends:
            after = frozenset[str]().union(*ends)
            return after if node.kind is NodeKind.CHOICE else after - frozenset(r for e in ends for r in held - e)
        if isinstance(node.what, PhaseStep):
            held |= frozenset(node.what.acquire)
        for child in node.children:
            held = self._after(child, held)
        return held - {node.role} if node.kind is NodeKind.UNIT_PROCEDURE else held


def _size(sets: Sequence[Sequence[object]]) -> int:
    size = 1
    for one in sets:
        size *= len(one)
    return size


def _check_acquire(check: Checker, nodes: Sequence[Node]) -> None:
    for node in nodes:
        if not isinstance(node.what, PhaseStep):
            continue
        later = list(_later(nodes, node))
        for role in node.what.acquire:
            key = "transfer" if role in node.what.transfer_to else "acquire"
            path = (*node.key, key)
            if role not in check.file.equipment:
                check.fault(path, f"'{role}' is no role of equipment", f"Use one of {', '.join(check.file.equipment)}")
            elif any(_surely(nodes, n, role) for n in later):
                continue
            elif any(_perhaps(nodes, n, role) for n in later):
                message = f"the unit procedure of '{role}' may be left out: it stands in one branch of a choice only"
                check.fault(path, message, "Put this phase into the same branch: else the unit stays taken for nothing")
            else:
                message = f"'{role}' is no role of a later unit procedure"
                check.fault(path, message, "A phase can only reserve the units that the product goes to")


def _later(nodes: Sequence[Node], node: Node) -> Iterable[int]:
    """The nodes that come after ``node`` for certain once it is done: later neighbours of it and of what it lies in."""
    while node.parent >= 0:
        above = nodes[node.parent]
        if above.kind not in (NodeKind.PARALLEL, NodeKind.CHOICE):
            yield from above.children[above.children.index(node.index) + 1 :]
        node = above


def _surely(nodes: Sequence[Node], index: int, role: str) -> bool:
    node = nodes[index]
    if node.kind is NodeKind.UNIT_PROCEDURE:
        return node.role == role
    if node.kind is NodeKind.CHOICE:
        return all(_surely(nodes, c, role) for c in node.children)
    return any(_surely(nodes, c, role) for c in node.children)


def _perhaps(nodes: Sequence[Node], index: int, role: str) -> bool:
    node = nodes[index]
    return (node.kind is NodeKind.UNIT_PROCEDURE and node.role == role) or any(_perhaps(nodes, c, role) for c in node.children)


def below(nodes: Sequence[Node], index: int) -> Iterable[Node]:
    """A node and everything in it, in the order of the file."""
    yield nodes[index]
    for child in nodes[index].children:
        yield from below(nodes, child)


def _check_parallel(check: Checker, nodes: Sequence[Node]) -> None:
    """A unit does one thing at a time: a role, or the phases of one unit, in one branch only."""
    for node in nodes:
        if node.kind is not NodeKind.PARALLEL:
            continue
        uses: dict[str, int] = {}
        takes: dict[str, int] = {}
        for branch in node.children:
            inside = list(below(nodes, branch))
            busy = {n.role for n in inside if n.kind in (NodeKind.UNIT_PROCEDURE, NodeKind.PHASE)}
            taken = {r for n in inside if isinstance(n.what, PhaseStep) for r in n.what.acquire}
            for role in sorted((busy & (uses.keys() | takes.keys())) | (taken & uses.keys())):
                message = f"'{role}' is needed by two parallel branches at once; a unit does one thing at a time"
                check.fault(nodes[branch].key, message, "Do it one after another, or give one of them a role of its own")
            uses |= dict.fromkeys(busy, branch)
            takes |= dict.fromkeys(taken, branch)
