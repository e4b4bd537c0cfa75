"""From the links of a BatchML procedure logic (a graph of steps and transitions) to blocks: sequence, parallel, choice, loop.

A graph that is no such nesting (a jump out of a loop, branches that do not meet) cannot be a recipe here and is refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from recipes.batchml_xml import Element

TRUE = "true"


class GraphError(ValueError):
    """A logic that is no nesting of blocks."""


@dataclass(frozen=True)
class StepPart:
    """A step: the recipe element that it stands for."""

    id: str
    element: str


@dataclass(frozen=True)
class WaitPart:
    """A transition between steps that is not always true."""

    id: str
    condition: str


@dataclass(frozen=True)
class ParallelPart:
    """Branches at the same time."""

    branches: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True)
class ChoicePart:
    """One of several; ``when`` has a condition for each."""

    when: tuple[str, ...]
    branches: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True)
class LoopPart:
    """A body, again until a condition holds."""

    body: tuple[Part, ...]
    until: str


Part = StepPart | WaitPart | ParallelPart | ChoicePart | LoopPart


@dataclass
class _Node:
    key: str
    after: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Order of evaluation and key of each successor."""
    parallel: bool = False
    """Whether all successors follow at once."""


class Logic:
    """The logic of one level, read from its element."""

    def __init__(self, logic: Element) -> None:
        self._nodes: dict[str, _Node] = {}
        self._elements: dict[str, str] = {}
        self._conditions: dict[str, str] = {}
        self.transitions: dict[str, Element] = {}
        self._depth = 0
        for step in logic.all("Step"):
            own = step.value("ID")
            self._elements[f"Step {own}"] = step.value("RecipeElementID") or own
            step.value("RecipeElementVersion")
            self._add(f"Step {own}")
        for transition in logic.all("Transition"):
            own = transition.value("ID")
            self._conditions[f"Transition {own}"] = transition.value("Condition") or TRUE
            self.transitions[own] = transition
            self._add(f"Transition {own}")
        links = logic.all("Link")
        for link in links:
            self._add(f"Link {link.value('ID')}")
        for link in links:
            self._link(link)

    def _add(self, key: str) -> None:
        if key in self._nodes:
            raise GraphError(f"{key} stands twice")
        self._nodes[key] = _Node(key)

    def _link(self, link: Element) -> None:
        kind = link.value("LinkType")
        for tag in ("Depiction", "Description"):
            link.all(tag)
        order = int(float(link.value("EvaluationOrder") or "0"))
        sources = [self._end(e, "From") for e in link.all("FromID")]
        targets = [self._end(e, "To") for e in link.all("ToID")]
        if kind in ("TransferLink", "SynchronizationLink"):
            raise GraphError(f"a {kind} ({link.value('ID')}) is not covered")
        own = f"Link {link.value('ID')}"
        if len(sources) == 1 and sources[0] != own and len(targets) >= 1:
            source = self._nodes[sources[0]]
            source.after += [(order, t) for t in targets if t != own]
            source.parallel |= kind == "ParallelDivergent" or (kind == "ControlLink" and len(targets) > 1)
        else:
            for source in sources:
                self._nodes[source].after += [(order, t) for t in targets]

    def _end(self, end: Element, side: str) -> str:
        key = f"{end.value(f'{side}Type')} {end.value(f'{side}IDValue')}"
        if end.value("IDScope") == "External":
            raise GraphError(f"a link leads out of this level, to {end.value(f'{side}IDValue')}")
        if key not in self._nodes:
            raise GraphError(f"a link names {key}, which does not exist")
        return key

    def parts(self) -> tuple[Part, ...]:
        """The level as blocks. Raises :class:`GraphError`."""
        incoming = {t for n in self._nodes.values() for _, t in n.after}
        starts = [k for k in self._nodes if k not in incoming and (self._nodes[k].after or not k.startswith("Link "))]
        linked = [k for k in starts if self._nodes[k].after]
        if len(linked) > 1 or (len(starts) > 1 and linked):
            raise GraphError(f"the logic begins in several places: {', '.join(starts)}")
        if not linked:
            steps = [k for k in self._nodes if k.startswith("Step ")]
            if len(steps) == len(self._nodes):  # no links at all: the order of the file
                return tuple(self._step(k) for k in steps)
            raise GraphError("the logic has no beginning")
        return self._sequence(linked[0], "", ())[0]

    def _step(self, key: str) -> StepPart:
        return StepPart(key.removeprefix("Step "), self._elements[key])

    def _next(self, key: str) -> list[str]:
        return [t for _, t in sorted(self._nodes[key].after, key=lambda a: a[0])]

    def _sequence(self, begin: str, stop: str, outer: tuple[str, ...]) -> tuple[tuple[Part, ...], str]:
        """From ``begin`` to before ``stop`` (''): the parts, and where it ended ('' at the end of the level)."""
        self._depth += 1
        if self._depth > 400:
            raise GraphError("the logic is nested too deeply")
        parts: list[tuple[str, Part | None]] = []
        at = begin
        while at and at != stop:
            if any(at == seen for seen, _ in parts) or at in outer:
                raise GraphError(f"a link leads back to {at}, but not out of a loop of its own")
            parts.append((at, self._part_of(at)))
            following = self._next(at)
            if len(following) <= 1:
                at = following[0] if following else ""
                continue
            back = self._back_to([k for k, _ in parts], following)
            if back is not None:
                first, until, at = back
                place = next(i for i, (k, _) in enumerate(parts) if k == first)
                body = tuple(p for _, p in parts[place:] if p is not None)
                parts[place:] = [(first, LoopPart(body, until))]
                continue
            at = self._branches(at, following, stop, parts, outer)
        self._depth -= 1
        return tuple(p for _, p in parts if p is not None), at

    def _part_of(self, key: str) -> Part | None:
        if key.startswith("Step "):
            return self._step(key)
        own = key.removeprefix("Transition ")
        condition = self._conditions.get(key, TRUE)
        named = own in self.transitions and any(c.attributes.get("languageID") for c in self.transitions[own].children)
        if condition.strip().lower() in (TRUE, "1") and not named:
            return None
        return WaitPart(own, condition)

    def _back_to(self, before: Sequence[str], following: Sequence[str]) -> tuple[str, str, str] | None:
        """A loop: one way leads back through a transition to what was done, the other one out. (first, until, next)."""
        if len(following) != 2 or self._nodes[before[-1]].parallel:
            return None
        for again, out in (following, following[::-1]):
            target = self._next(again) if again.startswith("Transition ") else [again]
            if len(target) == 1 and target[0] in before and out.startswith("Transition "):
                beyond = self._next(out)
                if len(beyond) > 1:
                    raise GraphError(f"after {out} several things follow at once; put a step between")
                return target[0], self._conditions[out], beyond[0] if beyond else ""
        return None

    def _branches(
        self, at: str, following: Sequence[str], stop: str, parts: list[tuple[str, Part | None]], outer: tuple[str, ...]
    ) -> str:
        join = self._join(following, stop)
        inside = (*outer, *(k for k, _ in parts))
        if self._nodes[at].parallel:
            branches = tuple(self._sequence(f, join, inside)[0] for f in following)
            parts.append((f"after {at}", ParallelPart(branches)))
            return join
        when: list[str] = []
        found: list[tuple[Part, ...]] = []
        for f in following:
            when.append(self._conditions.get(f, TRUE))
            beyond = self._next(f) if f.startswith("Transition ") else [f]
            if len(beyond) > 1:
                raise GraphError(f"after {f} several things follow at once; put a step between")
            found.append(self._sequence(beyond[0], join, inside)[0] if beyond and beyond[0] != join else ())
        parts.append((f"after {at}", ChoicePart(tuple(when), tuple(found))))
        return join

    def _join(self, following: Sequence[str], stop: str) -> str:
        """Where all branches meet again: the first in reach of each; '' when they all go to the end."""
        reach = [self._reach(f, stop) for f in following]
        for key in reach[0]:
            if all(key in other for other in reach[1:]) and key not in following:
                return key
        if any(stop in r for r in reach) and stop:
            return stop
        return ""

    def _reach(self, begin: str, stop: str) -> list[str]:
        """What can follow, near things first."""
        found, waiting = [begin], [begin]
        while waiting:
            key = waiting.pop(0)
            for other in self._next(key) if key != stop else ():
                if other not in found:
                    found.append(other)
                    waiting.append(other)
        return found
