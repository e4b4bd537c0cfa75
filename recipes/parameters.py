"""``batch.parameter``: a process parameter changed during a batch, inside the recipe's limits and never a critical one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from line.documents import Text
from line.heartbeat import PlcGuard
from line.jsontools import finite
from line.messages import Command, CommandStatus, Json, Write
from line.roles import may
from recipes import ccp_texts, texts
from recipes.batch import Batch, uses
from recipes.leaf import Leaf, LiveWrite
from recipes.model import Node, NodeKind, Parameter, PhaseStep
from recipes.refusal import refuse
from recipes.states import ENDED, ProcState
from recipes.tree import ancestors
from recipes.work import Context, Work


def critical(nodes: Sequence[Node], parameter: str) -> bool:
    """Whether a critical limit is made of the parameter: whoever changed it would move the limit."""
    watches = (w for n in nodes if isinstance(n.what, PhaseStep) for w in n.what.watches if w.ccp)
    return any(o is not None and o.parameter == parameter for w in watches for o in (w.lo, w.hi))


def editable(batch: Batch, parameter: Parameter) -> bool:
    """Whether ``batch.parameter`` may change it: no CCP, and a phase that uses it is still to end (or may come again)."""
    if parameter.ccp or critical(batch.control.nodes, parameter.id):
        return False
    if batch.state in ENDED or batch.state in (ProcState.STOPPING, ProcState.ABORTING):
        return False
    nodes = batch.control.nodes
    for node in nodes:
        if not uses(node, parameter.id):
            continue
        leaf = batch.leaf(node.index)
        again = any(nodes[a].kind is NodeKind.LOOP and batch.run(a).state not in ENDED for a in ancestors(nodes, node.index))
        if again or (batch.run(node.index).state not in ENDED and (leaf is None or not leaf.done)):
            return True
    return False


def set_parameter(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.parameter``: a new value inside the recipe's limits, by the role that the recipe asks for and with a reason; of a
    running phase it goes to the PLC at once."""
    name = command.args.get("parameter")
    parameter = batch.control.parameters.get(name) if isinstance(name, str) else None
    value = finite(command.args.get("value"))
    reasons = _reasons(batch, parameter, name, value, ctx) or _by_whom(parameter, command)
    if reasons or parameter is None or value is None:
        refuse(ctx, command, reasons)
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    work = Work(batch, ctx, command.user)
    data: dict[str, Json] = {
        "parameter": parameter.id, "from": parameter.value, "to": value, "eu": parameter.eu, "user": command.user,
        "reason": command.reason,
    }  # fmt: skip
    work.event(0, "parameter", data)
    if parameter.value != value:
        work.batch = replace(batch, control=batch.control.with_value(parameter.id, value))
        for leaf in work.leaves:
            if leaf.live is not None:
                work.put(replace(leaf, live=work.batch.control.live(ctx.model, leaf.node)))
    for leaf in work.leaves:
        _write(leaf, parameter, command, work)
    return work.close()


def _write(leaf: Leaf, parameter: Parameter, command: Command, work: Work) -> None:
    """Write the new value to the phase at work that uses it; what stands there already is confirmed at once."""
    if not leaf.begun or leaf.done or leaf.live is None:
        return
    writes = leaf.writes
    for setpoint in leaf.live.setpoints:
        if setpoint.parameter != parameter.id:
            continue
        shown = work.ctx.scan.image.number(setpoint.handle)
        under_way = any(w.handle == setpoint.handle for w in leaf.writes)
        if shown is not None and abs(shown - setpoint.value) <= setpoint.tolerance and not under_way:
            work.ctx.scan.answer(command, CommandStatus.CONFIRMED)
        else:
            work.ctx.scan.writes.append(Write(setpoint.handle, setpoint.value, command.id))
            writes += (
                LiveWrite(
                    command.id, command.kind, command.user, command.station, setpoint.handle, setpoint.value,
                    setpoint.tolerance, work.now_ns,
                ),
            )  # fmt: skip
    if writes != leaf.writes:
        work.put(replace(leaf, writes=writes))


def _by_whom(parameter: Parameter | None, command: Command) -> list[Text]:
    """What the person lacks: the role, a reason."""
    found: list[Text] = []
    if parameter is not None and not may(command.role, parameter.role):
        found.append(ccp_texts.parameter_role(parameter.name, parameter.role))
    if not command.reason.strip():
        found.append(ccp_texts.NO_REASON)
    return found


def _reasons(batch: Batch, parameter: Parameter | None, name: Json, value: float | None, ctx: Context) -> list[Text]:
    if parameter is None:
        return [texts.unknown_parameter(str(name))]
    if not parameter.ccp and critical(batch.control.nodes, parameter.id):
        return [ccp_texts.critical_limit(parameter.name)]
    if not editable(batch, parameter):
        return [texts.fixed_parameter(parameter.name, ccp=parameter.ccp)]
    if value is None:
        return [texts.wrong_argument("value")]
    if not parameter.lo <= value <= parameter.hi:
        lo, hi = texts.number(parameter.lo, 2), texts.number(parameter.hi, 2)
        return [texts.outside_limits(parameter.name, value, lo, hi, parameter.eu)]
    for leaf in batch.leaves:
        live = leaf.live if leaf.begun else None
        used = [s for s in live.setpoints if s.parameter == parameter.id] if live is not None else []
        if live is None or not used:
            continue
        if any(not ctx.scan.image.good(s.handle) for s in used):
            return [texts.link_lost(ctx.label(live.unit))]
        silent = PlcGuard(ctx.model).why_not(ctx.model.units[live.unit].device, ctx.scan.image)
        if silent is not None:
            return [Text.model_validate(silent)]
    return []
