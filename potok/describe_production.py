"""The part ``production`` of ``GET /api/line``: machines whose stops are watched, reasons, kinds of service request."""

from __future__ import annotations

from line.clock import NS_PER_S
from line.messages import Json, JsonObject
from production.plan import ProductionPlan


def describe_production(plan: ProductionPlan) -> JsonObject:
    """Everything of ``production.yaml`` that panels show; reasons in the order of the file, branches before their leaves."""
    machines: list[Json] = [{"id": m.unit, "kind": m.kind, "counted": m.good >= 0} for m in plan.machines]
    reasons: list[Json] = [
        {"code": r.code, "name": r.name.to_json(), "category": r.category.value, "loss": r.loss.value, "parent": r.parent,
         "leaf": r.leaf}
        for r in plan.reasons.values()
    ]  # fmt: skip
    requests: list[Json] = [{"id": r.id, "name": r.name.to_json()} for r in plan.requests.values()]
    return {"constraint": plan.constraint, "stop_threshold_s": plan.threshold_ns / NS_PER_S, "machines": machines,
            "reasons": reasons, "requests": requests}  # fmt: skip
