"""The view ``stops`` (docs/ARCHITECTURE.md): what machines do, stops to be explained, OEE of this shift and the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from line.clock import NS_PER_S
from line.messages import Json, JsonObject
from production.plan import ProductionPlan
from production.stops_figures import batch_figures, shift_figures, unexplained
from production.stops_look import word_of
from production.stops_record import Span, Stop, StopsState, all_stops, is_long, judged, loss_of, name_of, unqualified

SHOWN: Final = 60
"""Stops that explain nothing more; those that wait for a reason are shown all the same, the newest UNEXPLAINED of them."""
UNEXPLAINED: Final = 100


def view(state: StopsState, plan: ProductionPlan) -> JsonObject:
    """Stops newest first."""
    machines: dict[str, Json] = {
        m.unit: {
            "seen": now.seen.value, "state": word_of(m, now.state), "since_ns": now.since_ns,
            "stop": now.stop.id if now.stop is not None else None, "batch": now.batch,
            "product": state.products.get(now.batch, ""),
        }
        for m, now in zip(plan.machines, state.machines, strict=True)
    }  # fmt: skip
    newest = sorted(all_stops(state), key=lambda s: (-s.begun_ns, -s.number))
    waiting = [s for s in newest if unqualified(s, plan)][:UNEXPLAINED]
    others = [s for s in newest if not unqualified(s, plan)][:SHOWN]
    shown = sorted((*waiting, *others), key=lambda s: (-s.begun_ns, -s.number))
    rows: list[Json] = [_row(s, plan) for s in shown]
    known = judged(state, plan)
    batches = dict.fromkeys(b for m in state.machines if (b := m.batch))
    return {
        "threshold_s": plan.threshold_ns / NS_PER_S, "as_of_ns": state.looked_ns, "machines": machines, "stops": rows,
        "more": len(newest) - len(shown) + state.gone, "unqualified": unexplained(state, plan),
        "oee": shift_figures(state, plan, state.shift, known) if plan.machines else None,
        "batches": [batch_figures(state, plan, b, known) for b in batches],
        "previous": state.previous,
    }  # fmt: skip


def _row(stop: Stop, plan: ProductionPlan) -> JsonObject:
    return {
        "id": stop.id, "unit": stop.unit, "batch": stop.batch, "kind": stop.kind.value, "state": stop.state,
        "begun_ns": stop.begun_ns, "ended_ns": stop.ended_ns, "duration_s": round(stop.ns / NS_PER_S, 1),
        "interrupted": len(stop.spans) > 1, "long": is_long(stop, plan), "unqualified": unqualified(stop, plan),
        "loss": loss_of(stop, plan), "code": stop.code, "name": name_of(stop.code, plan).to_json(), "text": stop.text,
        "by": stop.by, "proposed": stop.proposed, "proposed_name": name_of(stop.proposed, plan).to_json(), "alarm": stop.alarm,
        "of": f"stop-{stop.of}" if stop.of else "", "shifts": list(dict.fromkeys(p.shift for p in stop.spans)),
        "spans": _stood(stop.spans),
    }  # fmt: skip


def _stood(spans: Sequence[Span]) -> list[Json]:
    """When it stood, as [from_ns, to_ns], where there was other time in between; else nothing."""
    joined: list[tuple[int, int]] = []
    for span in spans:
        if joined and joined[-1][1] == span.from_ns:
            joined[-1] = (joined[-1][0], span.to_ns)
        else:
            joined.append((span.from_ns, span.to_ns))
    return [[a, b] for a, b in joined] if len(joined) > 1 else []
