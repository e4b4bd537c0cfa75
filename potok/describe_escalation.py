"""The part ``escalation`` of ``GET /api/line``: whom one can call, who is told what, and when."""

from __future__ import annotations

from alarms.policy import EscalationPlan, Policy, Step
from line.messages import Json, JsonObject


def describe_escalation(plan: EscalationPlan) -> JsonObject:
    """Everything of ``escalation.yaml`` that panels show; there are no addresses in it."""
    services: list[Json] = [
        {"id": s.id, "name": s.name.to_json(), "reasons": [r.to_json() for r in s.reasons]} for s in plan.services.values()
    ]
    contacts: list[Json] = [
        {"id": c.id, "name": c.name.to_json(), "role": c.role, "outside": c.outside} for c in plan.contacts.values()
    ]
    outputs: list[Json] = [
        {"id": o.id, "name": o.name.to_json(), "silenceable": o.id in plan.silenceable} for o in plan.outputs.values()
    ]
    return {
        "time_zone": plan.time_zone,
        "services": services,
        "contacts": contacts,
        "outputs": outputs,
        "policies": [_policy(p) for p in plan.policies],
    }


def _policy(policy: Policy) -> Json:
    between = policy.between
    return {
        "id": policy.id,
        "on": policy.on.value,
        "priorities": sorted(policy.priorities),
        "units": sorted(policy.units),
        "alarms": sorted(policy.alarms),
        "services": sorted(policy.services),
        "shifts": sorted(policy.shifts),
        "between": None if between is None else [_time(between.start_min), _time(between.end_min)],
        "steps": [_step(s) for s in policy.steps],
    }


def _step(step: Step) -> Json:
    return {
        "after_s": step.after_s, "outputs": list(step.outputs), "sound_s": step.sound_s, "tell": list(step.tell),
        "attempts": step.attempts, "retry_s": step.retry_s,
    }  # fmt: skip


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
