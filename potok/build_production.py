"""The stages of what people account for: stops and OEE, production orders, service requests."""

from __future__ import annotations

from functools import partial
from typing import Any

from line.stage import Stage
from potok.linefolder import LoadedLine
from production.orders import OrderStage, PackedGoods
from production.requests import RequestStage
from production.stops import StopStage, no_pauses, planned_pauses


def production_stages(line: LoadedLine, pace: float = 1.0) -> tuple[Stage[Any], ...]:
    """In the order of the scan; they come after the shift, whose events they hear."""
    tags, totals = line.model.tags, line.model.file.totals
    packer = next((tags[tags.handle(t)].unit_id for t in (totals.packs, totals.packed_kg) if t), "")
    goods = PackedGoods(totals.packed_kg, totals.packs, packer)
    return (
        StopStage(line.production.at_pace(pace), no_pauses if line.shifts is None else partial(planned_pauses, line.shifts)),
        OrderStage(goods, tags, {r.id: r.name for r in line.recipes.values()}),
        RequestStage(line.production.requests, tuple(line.model.units)),
    )
