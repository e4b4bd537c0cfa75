"""The figures of a shift and of a batch as views and ``oee`` events carry them, from the state of the stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from line.clock import NS_PER_S
from line.messages import Json, JsonObject
from production.oee import to_json
from production.plan import ProductionPlan
from production.stops_record import Account, JudgedStops, Scope, StopsState, account, all_stops, judged, name_of, unqualified

TOP: Final = 30
"""How many reasons of units the list of the worst has: a panel shows those of one unit alone, too."""


def shift_figures(state: StopsState, plan: ProductionPlan, shift: str, stops: JudgedStops | None = None) -> dict[str, Json]:
    """OEE by unit, line and product of a shift whose cells are kept, the worst reasons, and what nobody explained.

    ``stops`` are those of :func:`judged`, when they are known already.
    """
    known = judged(state, plan) if stops is None else stops
    accounts = {m.unit: account(state, plan, Scope(m.unit, shift), known) for m in plan.machines}
    units: dict[str, Json] = {u: _figures(a) for u, a in accounts.items()}
    by_product: dict[str, set[str]] = {}
    for key in state.cells:
        if key.shift == shift and key.batch and (product := state.products.get(key.batch)):
            by_product.setdefault(product, set()).add(key.batch)
    made = {p: account(state, plan, Scope(plan.constraint, shift, frozenset(b)), known) for p, b in sorted(by_product.items())}
    products: list[Json] = [
        {"product": p, **_figures(a), "top": _top({plan.constraint: a}, plan)} for p, a in made.items() if a.times.total
    ]
    return {
        "shift": shift, "constraint": plan.constraint, "line": units.get(plan.constraint), "units": units, "products": products,
        "top": _top(accounts, plan), "unqualified": unexplained(state, plan, shift),
    }  # fmt: skip


def batch_figures(state: StopsState, plan: ProductionPlan, batch: str, stops: JudgedStops | None = None) -> dict[str, Json]:
    """OEE of a batch by the units that it was in; of the line as far as the constraint had it."""
    known = judged(state, plan) if stops is None else stops
    scopes = {m.unit: account(state, plan, Scope(m.unit, None, frozenset({batch})), known) for m in plan.machines}
    accounts = {u: a for u, a in scopes.items() if a.times.total}
    units: dict[str, Json] = {u: _figures(a) for u, a in accounts.items()}
    return {"batch": batch, "product": state.products.get(batch, ""), "constraint": plan.constraint,
            "line": units.get(plan.constraint), "units": units, "top": _top(accounts, plan)}  # fmt: skip


def unexplained(state: StopsState, plan: ProductionPlan, shift: str | None = None) -> JsonObject:
    """Stops above the threshold without a reason: how many, and for how long they stood (s)."""
    found = [s for s in all_stops(state) if unqualified(s, plan)]
    if shift is not None:
        found = [s for s in found if any(p.shift == shift for p in s.spans)]
    ns = sum(p.ns for s in found for p in s.spans if not p.off and shift in (None, p.shift))
    return {"count": len(found), "s": round(ns / NS_PER_S, 1)}


def _figures(found: Account) -> JsonObject:
    return to_json(found.times, found.counts, found.failures, found.minor_stops)


def _top(accounts: Mapping[str, Account], plan: ProductionPlan) -> list[Json]:
    """Pareto of units: the reasons that took the most time first; code '' is what nobody and no machine explained."""
    rows = [(ns, unit, code, count) for unit, a in accounts.items() for code, (count, ns) in a.top.items()]
    rows.sort(key=lambda r: (-r[0], r[1], r[2]))
    return [
        {"unit": unit, "code": code, "name": name_of(code, plan).to_json(), "count": count, "s": round(ns / NS_PER_S, 1)}
        for ns, unit, code, count in rows[:TOP]
    ]
