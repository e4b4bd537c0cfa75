"""What can be said of a recipe before anything runs: setpoints against units, units against branches, verdicts and loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

from line.documents import Text
from line.image import Snapshot
from line.messages import JsonObject
from line.model import LineModel, UnitModel
from line.tags import TagDef
from potok import dry_run_findings as findings
from potok.dry_run_findings import Finding, number, span, with_eu
from recipes.batch import ControlRecipe, control_recipe
from recipes.conditions import bind
from recipes.model import Condition, LoopBlock, MasterRecipe, Node, NodeKind, Operand, PhaseStep, PromptKind, PromptStep

COMBINATIONS_MAX: Final = 20_000
"""Of replies and parameters that are tried on a condition."""


@dataclass(frozen=True)
class SetpointRow:
    """A setpoint of a phase in one unit that may play the role, for one size of batch."""

    node: Node
    unit: UnitModel
    parameter: str
    name: Text
    tag: TagDef
    value: float
    lo: float
    hi: float
    capability: tuple[float, float]
    size_kg: float

    @property
    def within_limits(self) -> bool:
        """Inside the recipe's own limits; half a millionth is the scaling's rounding."""
        margin = 1e-9 * max(1.0, abs(self.lo), abs(self.hi))
        return self.lo - margin <= self.value <= self.hi + margin

    @property
    def within_capability(self) -> bool:
        """What the unit can keep."""
        return self.capability[0] <= self.value <= self.capability[1]

    def to_json(self) -> JsonObject:
        """As the report carries it."""
        return {
            "node": self.node.id, "unit": self.unit.id, "parameter": self.parameter, "name": self.name.to_json(),
            "tag": self.tag.name, "value": round(self.value, 6), "lo": round(self.lo, 6), "hi": round(self.hi, 6),
            "cap_lo": self.capability[0], "cap_hi": self.capability[1], "eu": self.tag.eu,
            "ok": self.within_limits and self.within_capability,
        }  # fmt: skip


def units_of(recipe: MasterRecipe, model: LineModel, role: str) -> list[UnitModel]:
    """The units that may play ``role``, in the order of the line."""
    requirement = recipe.equipment.get(role)
    if requirement is None:
        return []
    units = [u for u in model.units.values() if u.class_id == requirement.class_id]
    return [u for u in units if not requirement.units or u.id in requirement.units]


def phases_of(recipe: MasterRecipe) -> Iterator[tuple[Node, PhaseStep]]:
    """The phases of the procedure in the order of the file."""
    for node in recipe.nodes:
        if isinstance(node.what, PhaseStep):
            yield node, node.what


def setpoints(recipe: MasterRecipe, model: LineModel, size_kg: float) -> list[SetpointRow]:
    """Every setpoint of every phase in every unit that may play its role."""
    control = control_recipe(recipe, "", 0, size_kg)
    values = control.values()
    rows: list[SetpointRow] = []
    for node, step in phases_of(recipe):
        for unit in units_of(recipe, model, node.role):
            phase = unit.phases.get(step.phase)
            for name, operand in step.parameters if phase is not None else ():
                assert phase is not None
                tag = model.tags[phase.parameters[name]]
                lo, hi = _limits(operand, control)
                parameter = control.parameters.get(operand.parameter)
                rows.append(
                    SetpointRow(
                        node, unit, operand.parameter or name, parameter.name if parameter is not None else tag.text, tag,
                        operand.of(values), lo, hi, unit.capability.get(tag.name, (tag.lo, tag.hi)), size_kg,
                    )
                )  # fmt: skip
    return rows


def _limits(operand: Operand, control: ControlRecipe) -> tuple[float, float]:
    parameter = control.parameters.get(operand.parameter)
    if parameter is None:
        return operand.offset, operand.offset
    return parameter.lo + operand.offset, parameter.hi + operand.offset


def static_findings(recipe: MasterRecipe, model: LineModel, size_kg: float, image: Snapshot) -> list[Finding]:
    """Everything that needs no run; ``image`` is one of the line, for conditions that read no tag."""
    sizes = sorted({recipe.size_lo_kg, size_kg, recipe.size_hi_kg})
    found = [
        findings.no_unit(role, requirement.class_id)
        for role, requirement in recipe.equipment.items()
        if not units_of(recipe, model, role)
    ]
    found += _about_setpoints([row for size in sizes for row in setpoints(recipe, model, size)], size_kg)
    found += [f for node in recipe.nodes if node.kind is NodeKind.PARALLEL for f in _about_branches(recipe, model, node)]
    found += [f for node, step in phases_of(recipe) for f in _about_verdicts(recipe, model, node, step)]
    for node in recipe.nodes:
        if isinstance(node.what, PromptStep):
            found += _about_prompt(recipe, node, node.what, size_kg)
        if isinstance(node.what, LoopBlock):
            found += _about_loop(recipe, model, node, node.what, image)
    return list(dict.fromkeys(found))


def _about_setpoints(rows: Sequence[SetpointRow], size_kg: float) -> list[Finding]:
    """One finding for a setpoint, whatever the number of units and sizes; the worst of them is told."""
    groups: dict[tuple[str, str], list[SetpointRow]] = {}
    for row in rows:
        groups.setdefault((row.node.id, row.parameter), []).append(row)
    found: list[Finding] = []
    for (node, _), group in groups.items():
        outside = next((r for r in group if not r.within_limits), None)
        if outside is not None:
            limits = span(outside.lo, outside.hi, outside.tag.eu)
            found.append(findings.outside_own_limits(node, outside.name, with_eu(outside.value, outside.tag), limits))
        weak = [r for r in group if not r.within_capability]
        strong = [r.unit.id for r in group if r.unit.id not in {w.unit.id for w in weak}]
        if weak and strong:
            labels = dict.fromkeys(w.unit.label for w in weak)
            value = with_eu(weak[0].value, weak[0].tag)
            found.append(
                findings.unit_too_weak(node, weak[0].node.role, weak[0].name, value, list(labels), list(dict.fromkeys(strong)))
            )
        elif weak:
            found.append(_beyond(node, weak, size_kg))
        else:
            found += _wide(node, group)
    return found


def _beyond(node: str, weak: Sequence[SetpointRow], size_kg: float) -> Finding:
    row = next((r for r in weak if r.size_kg == size_kg), weak[0])
    labels = list(dict.fromkeys(w.unit.label for w in weak))
    size = None if row.size_kg == size_kg else number(row.size_kg)
    return findings.beyond_capability(
        node, row.name, with_eu(row.value, row.tag), labels, span(*row.capability, row.tag.eu), size
    )  # fmt: skip


def _wide(node: str, group: Sequence[SetpointRow]) -> list[Finding]:
    wide = [r for r in group if r.lo < r.capability[0] or r.hi > r.capability[1]]
    if not wide:
        return []
    row, labels = wide[0], list(dict.fromkeys(r.unit.label for r in wide))
    return [
        findings.limits_beyond_capability(
            node, row.name, span(row.lo, row.hi, row.tag.eu), labels, span(*row.capability, row.tag.eu)
        )
    ]  # fmt: skip


def _about_branches(recipe: MasterRecipe, model: LineModel, node: Node) -> list[Finding]:
    """Branches of a parallel block must be able to have their units at the same time."""
    branches = [recipe.nodes[i] for i in node.children]
    needs = [_roles_below(recipe, branch) for branch in branches]
    found: list[Finding] = []
    for i, j in combinations(range(len(branches)), 2):
        for one, other in product(needs[i], needs[j]):
            units = {u.label: u for role in (one, other) for u in units_of(recipe, model, role)}
            if one == other or len(units) < 2:
                labels = list(units) or [one]
                found.append(findings.unit_twice(node.id, [branches[i].name, branches[j].name], labels))
                break
    if not found and not all(_can_seat(recipe, model, roles) for roles in _combinations(needs)):
        labels = list({u.label for roles in needs for role in roles for u in units_of(recipe, model, role)})
        found.append(findings.unit_twice(node.id, [b.name for b in branches], sorted(labels)))
    return found


def _combinations(needs: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    wanted = [roles for roles in needs if roles]
    for i, roles in enumerate(product(*wanted)):
        if i >= COMBINATIONS_MAX:
            return
        yield roles


def _can_seat(recipe: MasterRecipe, model: LineModel, roles: Sequence[str], taken: frozenset[str] = frozenset()) -> bool:
    """Whether every one of ``roles`` can have a unit of its own."""
    if not roles:
        return True
    free = [u.id for u in units_of(recipe, model, roles[0]) if u.id not in taken]
    return any(_can_seat(recipe, model, roles[1:], taken | {unit}) for unit in free)


def _roles_below(recipe: MasterRecipe, branch: Node) -> list[str]:
    """Roles whose units a branch works in or takes."""
    roles: dict[str, None] = {}
    waiting = [branch.index]
    while waiting:
        node = recipe.nodes[waiting.pop()]
        waiting += node.children
        if isinstance(node.what, PhaseStep):
            roles |= dict.fromkeys((node.role, *node.what.acquire))
    return sorted(roles)


def _about_verdicts(recipe: MasterRecipe, model: LineModel, node: Node, step: PhaseStep) -> Iterator[Finding]:
    """A critical limit on what a setpoint of the same phase drives: the phase ends at the setpoint, so that has to meet it."""
    values = {p.id: p.value for p in recipe.parameters}
    for unit in units_of(recipe, model, node.role)[:1]:
        phase = unit.phases.get(step.phase)
        for watch in (w for w in step.watches if w.ccp and w.at_end and phase is not None):
            for name, operand in step.parameters:
                assert phase is not None
                tag = model.tags[phase.parameters[name]]
                if unit.measured.get(tag.name) != watch.tag.replace("{u}", unit.id):
                    continue
                value = operand.of(values)
                lo = watch.lo.of(values) if watch.lo is not None else value
                hi = watch.hi.of(values) if watch.hi is not None else value
                if not lo <= value <= hi:
                    limit = lo if value < lo else hi
                    yield findings.ccp_unreachable(node.id, watch.name, with_eu(value, tag), with_eu(limit, tag))


def _about_prompt(recipe: MasterRecipe, node: Node, prompt: PromptStep, size_kg: float) -> list[Finding]:
    values = control_recipe(recipe, "", 0, size_kg).values()
    why: Text | None = None
    if prompt.kind is PromptKind.NUMBER and prompt.lo is not None and prompt.hi is not None:
        lo, hi = prompt.lo.of(values), prompt.hi.of(values)
        if lo > hi:
            limits = span(lo, hi, prompt.eu)
            why = Text(ru=f"пределы {limits.ru} пусты", en=f"the limits {limits.en} are empty")
    elif prompt.kind is PromptKind.CHOICE and not prompt.choices:
        why = Text(ru="нет вариантов ответа", en="there is nothing to choose from")
    elif prompt.kind is PromptKind.LOT and prompt.material not in {i.material for i in recipe.ingredients}:
        why = Text(ru=f"в рецептуре нет сырья «{prompt.material}»", en=f"the formula has no material '{prompt.material}'")
    return [] if why is None else [findings.prompt_without_answer(node.id, prompt.text, why)]


def _about_loop(recipe: MasterRecipe, model: LineModel, node: Node, loop: LoopBlock, image: Snapshot) -> list[Finding]:
    """A loop whose condition reads replies and parameters only must have some that let it end."""
    if loop.until.roles or can_hold(recipe, model, loop.until, image) is not False:
        return []
    return [findings.loop_never_left(node.id, node.name, loop.until.source, loop.at_most)]


def can_hold(recipe: MasterRecipe, model: LineModel, condition: Condition, image: Snapshot) -> bool | None:
    """Whether some allowed replies and parameters make ``condition`` hold; None when it reads tags too or is too wide."""
    return None if (held := assignments(recipe, model, condition, image)) is None else bool(held)


def assignments(
    recipe: MasterRecipe, model: LineModel, condition: Condition, image: Snapshot
) -> list[tuple[Mapping[str, float], Mapping[str, float]]] | None:
    """The parameters and replies (at their limits and in the middle) that make ``condition`` hold; None as :func:`can_hold`."""
    parameters = {p.id: sorted({p.lo, p.value, p.hi}) for p in recipe.parameters if p.id in condition.parameters}
    answers = {p: replies(recipe, p) for p in condition.prompts}
    names = [*parameters, *answers]
    wide = [*parameters.values(), *answers.values()]
    if sum(1 for _ in zip(range(COMBINATIONS_MAX + 1), product(*wide), strict=False)) > COMBINATIONS_MAX:
        return None
    found: list[tuple[Mapping[str, float], Mapping[str, float]]] = []
    for values in product(*wide):
        chosen = dict(zip(names, values, strict=True))
        given = {p: chosen[p] for p in parameters}
        answered = {p: chosen[p] for p in answers}
        bound = bind(condition, model.tags, "", {}, given, answered)
        if bound.expression is None or bound.reads:
            return None
        if bound.judge(image).holds:
            found.append((given, answered))
    return found


def replies(recipe: MasterRecipe, prompt_id: str) -> list[float]:
    """What the reply to a prompt can be as a number."""
    values = {p.id: p.value for p in recipe.parameters}
    for node in recipe.nodes:
        prompt = node.what
        if isinstance(prompt, PromptStep) and prompt.prompt == prompt_id:
            if prompt.kind is PromptKind.CHOICE:
                return [float(i) for i in range(len(prompt.choices))]
            if prompt.kind is PromptKind.NUMBER and prompt.lo is not None and prompt.hi is not None:
                lo, hi = prompt.lo.of(values), prompt.hi.of(values)
                return sorted({lo, (lo + hi) / 2, hi})
            return [1.0]
    return []
