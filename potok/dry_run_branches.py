"""The branches that a run did not take: copies of it are answered otherwise until each was seen, or is named as not reached.

A branch is got to in one of three ways, tried in this order: prompts are answered otherwise, parameters are changed inside their
limits as an operator may change them, and a sensor is made to show what the condition asks for at the moment of the decision.
The copy then runs to the end of the branch; what goes wrong there refuses the recipe like anything else (but not what only a
sensor brings about that was told what to show). A loop that was left at once is done again the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from line.clock import NS_PER_S
from line.documents import Text
from line.image import Snapshot
from line.messages import CommandKind, Json
from line.model import LineModel
from line.quality import Status
from potok import dry_run_findings as findings
from potok.dry_run_follow import AGAIN, LEFT, Decision, Follower, Shared
from potok.dry_run_line import SimulatedBatch
from potok.dry_run_report import Branches
from potok.dry_run_static import replies
from recipes.batch import control_recipe
from recipes.conditions import bind
from recipes.model import ChoiceBlock, Condition, LoopBlock, MasterRecipe, Node, PromptKind, PromptStep
from simulators.faults import SENSORS

TRIES_MAX: Final = 4
"""Of ways that are tried for one branch: so many without, so many with a sensor that is told what to show."""
WAYS_MAX: Final = 20_000
LEAD_NS: Final = 500_000_000
"""How long before the decision a sensor begins to show what it was told."""
SHOWN_S: Final = 3.0
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", re.ASCII)


@dataclass(frozen=True)
class Way:
    """What is to be different so that a branch is taken: replies, parameters, values of tags (by handle)."""

    replies: Mapping[str, float]
    parameters: Mapping[str, float]
    tags: Mapping[int, float]


def explore(follower: Follower, shared: Shared) -> list[Branches]:
    """Every choice and loop of the recipe: what the run took, what copies could be made to take, and what stays unseen."""
    found: list[Branches] = []
    queue: list[Follower] = [follower]
    seen: dict[str, Branches] = {}
    recipe = follower.run.recipe
    for node in recipe.nodes:
        if isinstance(node.what, ChoiceBlock | LoopBlock):
            seen[node.id] = Branches(node.id)
    _note(follower, seen)
    for one in queue:  # copies that got to a new branch may find choices there that nobody has come to yet
        for node in recipe.nodes:
            if isinstance(node.what, ChoiceBlock | LoopBlock) and any(d.node == node.id for d in one.decisions):
                for branch in [b for b in _branches(recipe, node) if b not in seen[node.id].taken]:
                    copy = _reach(one, shared, node, branch)
                    if copy is not None:
                        _note(copy, seen)
                        queue.append(copy)
    for node_id, branches in seen.items():
        node = follower.nodes[node_id]
        branches.never = [b for b in _branches(recipe, node) if b not in branches.taken]
        for branch in branches.never:
            shared.find(findings.never_taken(node_id, node.name, _name(recipe, node, branch), _why(follower, node)))
        found.append(branches)
    return found


def _note(follower: Follower, seen: Mapping[str, Branches]) -> None:
    for decision in follower.decisions:
        branches = seen.get(decision.node)
        if branches is not None and decision.branch not in branches.taken:
            branches.taken.append(decision.branch)


def _branches(recipe: MasterRecipe, node: Node) -> list[str]:
    """What can be decided there: the branches of a choice, leaving a loop or doing it again."""
    if isinstance(node.what, LoopBlock):
        return [LEFT, AGAIN] if node.what.at_most > 1 else [LEFT]
    return [recipe.nodes[i].id.rsplit(".", 1)[-1] for i in node.children]


def _name(recipe: MasterRecipe, node: Node, branch: str) -> Text:
    if isinstance(node.what, LoopBlock):
        return Text(ru="повторить", en="again") if branch == AGAIN else Text(ru="выйти", en="leave")
    return next((recipe.nodes[i].name for i in node.children if recipe.nodes[i].id.endswith(f".{branch}")), Text(ru="", en=""))


def _why(follower: Follower, node: Node) -> Text:
    if not any(d.node == node.id for d in follower.decisions):
        return Text(ru="до этого места прогон не дошёл", en="the run did not come to this point")
    return Text(
        ru="ни ответами, ни параметрами, ни показаниями датчиков её условие не удалось выполнить",
        en="no reply, no parameter and no reading of a sensor made its condition hold",
    )


def _reach(follower: Follower, shared: Shared, node: Node, branch: str) -> Follower | None:
    """A copy that was made to decide for ``branch`` and has run to the end of the block; None when none could be."""
    decision = next(d for d in follower.decisions if d.node == node.id)
    tries = {False: 0, True: 0}
    for way in _ways(follower, node, branch):
        tries[bool(way.tags)] += 1
        if tries[bool(way.tags)] > TRIES_MAX:
            continue
        copy = _try(follower, shared, node, branch, way, decision)
        if copy is not None:
            return copy
    return None


def _try(follower: Follower, shared: Shared, node: Node, branch: str, way: Way, decision: Decision) -> Follower | None:
    start = _start(follower, way, decision)
    if start is None:
        return None
    run = start.branch()
    run.operator.forced.update({p: _reply(run.recipe, p, value) for p, value in way.replies.items()})
    if not _set_parameters(run, way.parameters):
        return None
    copy = Follower(run, shared, keep=True, begun_ns=follower.begun_ns)
    copy.trusted = follower.trusted and not way.tags
    copy.copies.append(("", start))
    if way.tags:
        copy.follow(lambda: run.now_ns >= decision.time_ns - LEAD_NS)
        if copy.stopped or not _show(run, way.tags):
            return None
        until_ns = run.now_ns + round(SHOWN_S * NS_PER_S)
        copy.follow(lambda: run.now_ns >= until_ns or any(d.node == node.id for d in copy.decisions))
        _show(run, {})
    copy.follow(lambda: any(d.node == node.id for d in copy.decisions))
    if not any(d.node == node.id and d.branch == branch for d in copy.decisions):
        return None
    copy.follow(lambda: _left(copy, node))
    return copy


def _left(follower: Follower, node: Node) -> bool:
    """Whether the copy has left the block."""
    inside = f"{node.id}."
    at_work = [leaf.node for leaf in follower.at_work]
    return bool(at_work) and not any(n == node.id or n.startswith(inside) for n in at_work)


def _start(follower: Follower, way: Way, decision: Decision) -> SimulatedBatch | None:
    """The copy from which the way can still be taken: before its prompts are answered, else the last before the decision."""
    prompts = {n.id for n in follower.run.recipe.nodes if isinstance(n.what, PromptStep) and n.what.prompt in way.replies}
    last = {leaf: i for i, (leaf, _) in enumerate(follower.copies[: decision.before + 1]) if leaf in prompts}
    place = min(last.values(), default=decision.before)
    return follower.copies[place][1] if 0 <= place < len(follower.copies) else None


def _set_parameters(run: SimulatedBatch, parameters: Mapping[str, float]) -> bool:
    """Change parameters as an operator may; False when one is not to be changed."""
    known = {p.id: p for p in run.recipe.parameters}
    for name, value in parameters.items():
        if known[name].ccp:
            return False
        args: dict[str, Json] = {"parameter": name, "value": value}
        run.ask(CommandKind.BATCH_PARAMETER, str(run.batch().get("id", "")), args, known[name].role)
    return True


def _show(run: SimulatedBatch, tags: Mapping[int, float]) -> bool:
    """Make sensors show these values, all others the truth; False for a tag that is no sensor."""
    for fault in run.plant.faults():
        run.plant.clear(fault.name, fault.target)
    for handle, value in tags.items():
        name = run.model.tags[handle].name
        if name not in SENSORS:
            return False
        run.plant.inject("freeze", name, value)
    return True


def _reply(recipe: MasterRecipe, prompt: str, value: float) -> Json:
    kind = next(n.what.kind for n in recipe.nodes if isinstance(n.what, PromptStep) and n.what.prompt == prompt)
    return int(value) if kind is PromptKind.CHOICE else value


# Which replies, parameters and readings lead there


def _ways(follower: Follower, node: Node, branch: str) -> Iterator[Way]:
    """What could make the conditions of ``branch`` hold, nearest to the run first: replies, then parameters, then readings."""
    holds, fails = _conditions(follower.run.recipe, node, branch)
    conditions = [*holds, *fails]
    run = follower.run
    recipe, model = run.recipe, run.model
    control = control_recipe(recipe, "", 0, run.size_kg)
    now = control.values()
    prompts = sorted({p for c in conditions for p in c.prompts})
    parameters = sorted({p for c in conditions for p in c.parameters if not control.parameters[p].ccp})
    units = _units(follower)
    unit = units.get(node.role, "")
    given = {p: replies(recipe, p) for p in prompts}
    allowed = {p: [now[p], control.parameters[p].lo, control.parameters[p].hi] for p in parameters}
    reads = _reads(conditions, follower, unit, units)
    shown = {h: [None, *_readings(model, h, conditions, now)] for h in reads if model.tags[h].name in SENSORS}
    for count, values in enumerate(product(*shown.values(), *allowed.values(), *given.values())):
        if count > WAYS_MAX:
            return
        tags = {h: v for h, v in zip(shown, values, strict=False) if v is not None}
        rest = values[len(shown) :]
        settings = {p: float(v) for p, v in zip(allowed, rest, strict=False) if v is not None}
        answers = {p: float(v) for p, v in zip(given, rest[len(allowed) :], strict=True) if v is not None}
        changed = {p: v for p, v in settings.items() if v != now[p]}
        if not (tags or changed or answers):
            continue
        image = _imagined(run.image, tags)
        judged = [
            (bind(c, model.tags, unit, units, {**now, **settings}, answers).judge(image).holds, wanted, c)
            for group, wanted in ((holds, True), (fails, False))
            for c in group
        ]
        open_ = {id(c) for c in conditions if not tags and _reads([c], follower, unit, units)}
        if all(holds is wanted or id(c) in open_ for holds, wanted, c in judged):
            yield Way(answers, changed, tags)


def _conditions(recipe: MasterRecipe, node: Node, branch: str) -> tuple[list[Condition], list[Condition]]:
    """What must hold and what must not for ``branch`` to be taken."""
    what = node.what
    if isinstance(what, LoopBlock):
        return ([what.until], []) if branch == LEFT else ([], [what.until])
    assert isinstance(what, ChoiceBlock)
    place = next(i for i, child in enumerate(node.children) if recipe.nodes[child].id.endswith(f".{branch}"))
    own = what.when[place]
    return ([own] if own is not None else []), [w for w in what.when[:place] if w is not None]


def _units(follower: Follower) -> dict[str, str]:
    """Role → unit as the run had them."""
    units: dict[str, str] = {}
    for span in follower.spans:
        node = follower.nodes.get(span.node)
        if node is not None and node.role and span.unit:
            units[node.role] = span.unit
    return units


def _reads(conditions: Sequence[Condition], follower: Follower, unit: str, units: Mapping[str, str]) -> list[int]:
    control = control_recipe(follower.run.recipe, "", 0, follower.run.size_kg)
    handles: dict[int, None] = {}
    for condition in conditions:
        known = dict.fromkeys(condition.prompts, 1.0)
        handles |= dict.fromkeys(bind(condition, follower.run.model.tags, unit, units, control.values(), known).reads)
    return list(handles)


def _readings(model: LineModel, handle: int, conditions: Sequence[Condition], values: Mapping[str, float]) -> list[float]:
    """Values that a sensor could be made to show: near every number of the conditions, and the ends of its range."""
    tag = model.tags[handle]
    numbers = [float(word) for c in conditions for word in _NUMBER.findall(c.source)]
    numbers += [values[p] for c in conditions for p in c.parameters]
    step = 2 * 10.0**-tag.decimals
    near = [n + d for n in numbers for d in (step, -step)]
    return [v for v in dict.fromkeys([*near, tag.lo + step, tag.hi - step]) if tag.lo <= v <= tag.hi]


def _imagined(image: Snapshot, tags: Mapping[int, float]) -> Snapshot:
    """``image`` as it would be with these values."""
    if not tags:
        return image
    value, status = image.value.copy(), image.status.copy()
    for handle, number in tags.items():
        value[handle], status[handle] = number, int(Status.GOOD)
    return replace(image, value=value, status=status)
