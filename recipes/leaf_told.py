"""What a phase leaf tells the history: where its phase is, with setpoints and what was measured, and where the product went."""

from __future__ import annotations

from line.clock import NS_PER_S
from line.image import Snapshot
from line.messages import Json
from line.model import LineModel
from recipes.leaf import Leaf
from recipes.model import NodeKind, PhaseStep
from recipes.tree import operation_of
from recipes.work import Work


def _phase_nodes(work: Work) -> list[int]:
    """The phases of the procedure in its order."""
    return [n.index for n in work.nodes if n.kind is NodeKind.PHASE]


def step_event(leaf: Leaf, work: Work, status: str, verdicts: list[Json] | None = None) -> None:
    """Say where the procedure is: ``status`` is running, complete or skipped."""
    live, model, image = leaf.live, work.ctx.model, work.ctx.scan.image
    phases = _phase_nodes(work)
    data: dict[str, Json] = {"status": status, "step": phases.index(leaf.node) + 1, "steps": len(phases)}
    data |= {"role": leaf.role, "operation": operation_of(work.nodes, leaf.node), "phase": live.phase if live else ""}
    data["setpoints"] = {model.tags[s.handle].name: s.value for s in live.setpoints} if live else {}
    if live is not None:
        data["parameters"] = {model.tags[s.handle].name: s.parameter for s in live.setpoints if s.parameter}
        data |= _counters(live.unit, model, image)
        looked_at = [s.handle for s in live.setpoints] + [w.handle for w in (*live.watches, *live.verdicts)]
        data["eu"] = {model.tags[h].name: model.tags[h].eu for h in looked_at if model.tags[h].eu}
    if status == "complete" and live is not None:
        measured = model.units[live.unit].measured
        tags = [t for s in live.setpoints if (t := measured.get(model.tags[s.handle].name)) is not None]
        numbers = {t: image.number(model.tags.handle(t)) for t in tags}
        data["measured"] = {n: t for s in live.setpoints if (t := measured.get(n := model.tags[s.handle].name)) is not None}
        data["actuals"] = {t: v if v == v else None for t, v in numbers.items()}
        data["duration_s"] = round((work.now_ns - work.batch.run(leaf.node).started_ns) / NS_PER_S, 1)
    data |= {"verdicts": verdicts} if verdicts else {}
    work.event(leaf.node, "step", data)


def _counters(unit: str, model: LineModel, image: Snapshot) -> dict[str, Json]:
    """The total of packed mass, at the unit that counts it: what a phase packed is its end less its beginning."""
    name = model.file.totals.packed_kg
    if not name or name.partition(".")[0] != unit:
        return {}
    value = image.number(model.tags.handle(name))
    return {"counters": {"packed_kg": value if value == value else None}}


def mass(leaf: Leaf, work: Work) -> float | None:
    """What the tag of the transfer shows, if there is one and it is Good."""
    step = work.nodes[leaf.node].what
    if not isinstance(step, PhaseStep) or not step.transfer_mass:
        return None
    number = work.ctx.scan.image.number(work.ctx.model.tags.handle(step.transfer_mass.replace("{u}", work.unit(leaf))))
    return number if number == number else None


def transfer_event(leaf: Leaf, work: Work) -> None:
    """Say where the product went, and how much where that is measured (to one unit; several share it in unknown parts)."""
    step = work.nodes[leaf.node].what
    if not isinstance(step, PhaseStep) or not step.transfer_to:
        return
    now_kg = mass(leaf, work)
    known = now_kg is not None and leaf.mass_kg is not None and len(step.transfer_to) == 1
    moved_kg = round(abs(now_kg - leaf.mass_kg), 3) if known and now_kg is not None and leaf.mass_kg is not None else None
    for role in step.transfer_to:
        unit = work.batch.control.units.get(role, "")
        work.event(leaf.node, "transfer", {"from": work.unit(leaf), "to": unit, "kg": moved_kg})
