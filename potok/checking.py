"""``potok check``: a line folder that loads is right; say what it holds, and on request how it is read."""

from __future__ import annotations

import json
from collections.abc import Sequence

from line.devices import ModbusDevice
from line.messages import Json, JsonObject
from line.tags import TagDef
from plc_drivers.modbus.codec import parse_address
from plc_drivers.modbus.planner import PlanCosts, Span, explain, plan_blocks
from potok.exit_codes import OK
from potok.linefolder import LoadedLine


def check(line: LoadedLine, *, plan: bool, as_json: bool) -> int:
    """Print the summary of a line without problems; problems never get here (they are raised while loading)."""
    model = line.model
    summary: dict[str, Json] = {
        "ok": True,
        "line": model.id,
        "devices": len(model.file.devices),
        "tags": len(model.tags),
        "units": len(model.units),
        "alarms": len(line.alarms),
        "recipes": len(line.recipes),
        "problems": [],
    }
    if plan:
        summary["plan"] = {
            name: _plan(config, model.tags.of_device(name))
            for name, config in model.file.devices.items()
            if isinstance(config, ModbusDevice)
        }
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, indent=1))
        return OK
    print(f"{line.folder}: {len(model.tags)} tags, {len(model.units)} units, {len(line.alarms)} alarms, "
          f"{len(line.recipes)} recipes: no problems")  # fmt: skip
    plans = summary.get("plan", {})
    if isinstance(plans, dict):
        for device, numbers in plans.items():
            print(f"{device}: {numbers}")
    return OK


def _plan(config: ModbusDevice, tags: Sequence[TagDef]) -> JsonObject:
    """How many requests a poll costs, and what they would be without filling gaps."""
    spans: dict[Span, None] = {}
    for tag in tags:
        address = parse_address(tag.address)
        spans[Span(address.table, address.start, address.count)] = None
    blocks = plan_blocks(spans, PlanCosts(config.cost_of_request))
    contiguous = explain(plan_blocks(spans, PlanCosts(0)))
    cost = explain(blocks)
    return {
        "requests": cost.requests,
        "requests_contiguous_only": contiguous.requests,
        "requests_one_per_tag": len(spans),
        "registers_read": cost.registers_read,
        "registers_wanted": cost.registers_wanted,
        "blocks": [str(Span(b.table, b.start, b.count)) for b in blocks],
    }
