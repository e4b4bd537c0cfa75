"""A recipe as people read it: header, formula for a size of batch, parameters with limits, the procedure as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from line.clock import NS_PER_S
from line.messages import Json, JsonObject
from recipes.model import (
    ChoiceBlock,
    KeepStep,
    LoopBlock,
    MasterRecipe,
    Node,
    NodeKind,
    Operand,
    Parameter,
    PhaseStep,
    PromptStep,
    WaitStep,
    Watch,
)

_BAR, _TEE, _END = "│  ", "├─ ", "└─ "


def shown(master: MasterRecipe, size_kg: float, language: str) -> Iterator[str]:
    """The lines of ``potok recipe show``; masses and proportional parameters are those of a batch of ``size_kg``."""
    scale = size_kg / master.base_batch_kg
    yield f"{master.name.get(language)}: {master.id} {master.version}, by {master.author}, hash {master.fingerprint[:12]}"
    if master.description.get(language):
        yield master.description.get(language)
    allowed = f"{master.size_lo_kg:g} to {master.size_hi_kg:g}"
    yield f"batch of {size_kg:g} kg (written for {master.base_batch_kg:g}, allowed {allowed})"
    yield ""
    yield "ingredients"
    for i in master.ingredients:
        yield f"  {i.material:<20} {i.kg * scale:>9.3f} kg  ±{i.tolerance_pct:g} %  {i.name.get(language)}"
    if master.yield_limits is not None:
        limits = master.yield_limits
        yield f"  yield {limits.expect_pct:g} % of the raw material, {limits.lo_pct:g} to {limits.hi_pct:g} %"
    yield ""
    yield "parameters"
    for p in master.parameters:
        factor = scale if p.proportional else 1.0
        marks = [m for m in ("CCP" if p.ccp else "", "with the size" if p.proportional else "", _who(p)) if m]
        limits = f"{p.lo * factor:.6g}..{p.hi * factor:.6g}"
        said = f"  ({', '.join(marks)})" if marks else ""
        yield f"  {p.id:<20} {p.value * factor:>9.6g} {p.eu:<8} {limits:<14} {p.name.get(language)}{said}"
    yield ""
    yield "equipment"
    for role, need in master.equipment.items():
        yield f"  {role:<20} {need.class_id}" + (f" ({', '.join(need.units)})" if need.units else "")
    yield ""
    yield "procedure"
    yield from _tree(master.nodes, master.nodes[0], "  ", language)


def _who(parameter: Parameter) -> str:
    return "" if parameter.ccp or parameter.role == "operator" else f"{parameter.role} and above"


def _tree(nodes: Sequence[Node], node: Node, indent: str, language: str) -> Iterator[str]:
    for i, child in enumerate(node.children):
        last = i == len(node.children) - 1
        branch = nodes[child]
        when = node.what.when[i] if isinstance(node.what, ChoiceBlock) else None
        condition = f" when {when.source}" if when is not None else " otherwise" if isinstance(node.what, ChoiceBlock) else ""
        yield f"{indent}{_END if last else _TEE}{_title(branch, language)}{condition}"
        below = indent + ("   " if last else _BAR)
        for line in _details(branch, language):
            yield f"{below}{'│  ' if branch.children else '   '}{line}"
        yield from _tree(nodes, branch, below, language)


def _title(node: Node, language: str) -> str:
    name = node.name.get(language)
    own = node.id.rsplit(".", 1)[-1]
    words = {
        NodeKind.UNIT_PROCEDURE: f"{name} [{node.role}]", NodeKind.PARALLEL: f"{name}: at the same time",
        NodeKind.CHOICE: f"{name}: one of", NodeKind.KEEP: f"keep: {name}", NodeKind.WAIT: f"wait: {name}",
        NodeKind.PROMPT: f"ask: {name}",
    }  # fmt: skip
    if isinstance(node.what, LoopBlock):
        return f"{name}: again until {node.what.until.source}, at most {node.what.at_most} times"
    return f"{words.get(node.kind, name)} ({own})"


def _details(node: Node, language: str) -> Iterator[str]:
    match node.what:
        case PhaseStep() as phase:
            if phase.parameters:
                yield ", ".join(f"{name} = {_operand(o)}" for name, o in phase.parameters)
            if phase.acquire:
                to = ", ".join(phase.acquire)
                yield f"goes on to {to}" if phase.transfer_to else f"takes {to} before"
            for watch in phase.watches:
                yield _watch(watch, language)
        case WaitStep() as wait:
            yield f"until {wait.until.source}{_within(wait.within_ns)}"
        case KeepStep() as keep:
            anew = ", anew after an interruption" if keep.anew else ""
            yield f"for {_operand(keep.for_s)} s while {keep.condition.source}{anew}{_within(keep.within_ns)}"
        case PromptStep() as prompt:
            limits = f" {_limits(prompt.lo, prompt.hi)} {prompt.eu}".rstrip() if prompt.lo or prompt.hi else ""
            choices = ": " + ", ".join(c.get(language) for c in prompt.choices) if prompt.choices else ""
            signed = ", signed" if prompt.signed else ""
            yield f"@{prompt.prompt}, {prompt.kind}{limits}{choices}{' of ' * bool(prompt.material)}{prompt.material}{signed}"
        case _:
            return


def _within(within_ns: int) -> str:
    return f", within {within_ns / NS_PER_S:g} s" if within_ns else ""


def _watch(watch: Watch, language: str) -> str:
    what = "verdict" if watch.at_end else "watch"
    limits = _limits(watch.lo, watch.hi) or "quality"
    after = f", {watch.after_ns / NS_PER_S:g} s after the start" if watch.after_ns else ""
    lasting = f", for {watch.for_ns / NS_PER_S:g} s" if watch.for_ns else ""
    ccp = " CCP" if watch.ccp else ""
    return f"{what}{ccp}: {watch.tag} {limits}{after}{lasting}, then {watch.on}  ({watch.name.get(language)})"


def _limits(lo: Operand | None, hi: Operand | None) -> str:
    if lo is not None and hi is not None:
        return f"{_operand(lo)}..{_operand(hi)}"
    if lo is not None:
        return f"at least {_operand(lo)}"
    return f"at most {_operand(hi)}" if hi is not None else ""


def _operand(operand: Operand) -> str:
    if not operand.parameter:
        return f"{operand.offset:g}"
    return f"${operand.parameter}" + (f"{operand.offset:+g}" if operand.offset else "")


def shown_json(master: MasterRecipe, size_kg: float) -> JsonObject:
    """The same for programs."""
    scale = size_kg / master.base_batch_kg
    ingredients: list[Json] = [
        {"material": i.material, "kg": round(i.kg * scale, 6), "tolerance_pct": i.tolerance_pct, "name": i.name.to_json()}
        for i in master.ingredients
    ]
    parameters: list[Json] = []
    for p in master.parameters:
        factor = scale if p.proportional else 1.0
        parameters.append(
            {"id": p.id, "value": round(p.value * factor, 6), "lo": round(p.lo * factor, 6), "hi": round(p.hi * factor, 6),
             "eu": p.eu, "ccp": p.ccp, "role": p.role, "name": p.name.to_json()}
        )  # fmt: skip
    nodes: list[Json] = [
        {"id": n.id, "kind": n.kind.value, "name": n.name.to_json(), "role": n.role,
         "parent": master.nodes[n.parent].id if n.index else None}
        for n in master.nodes
    ]  # fmt: skip
    return {
        "recipe": master.id, "version": master.version, "hash": master.fingerprint, "size_kg": size_kg,
        "ingredients": ingredients, "parameters": parameters,
        "equipment": {r: {"class": n.class_id, "units": list(n.units)} for r, n in master.equipment.items()}, "nodes": nodes,
    }  # fmt: skip
