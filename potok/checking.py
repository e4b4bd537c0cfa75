"""``potok check``: a line folder that loads is right; say what it holds, and on request how it is read."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

from alarms.alarm_checks import priority_remarks
from line.devices import ModbusDevice, OpcUaDevice
from line.messages import Json, JsonObject
from plc_drivers.modbus.address import BIT_TABLES
from plc_drivers.modbus.planner import PlannedBlock, Span, gaps_of
from plc_drivers.modbus.report import DevicePlan, LineTime, Load, channel_loads, line_times, plan_of_device
from plc_drivers.opcua.security import remarks
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
        "remarks": _remarks(line),
    }
    devices = {n: d for n, d in model.file.devices.items() if plan and isinstance(d, ModbusDevice)}
    plans = {name: plan_of_device(config, model.tags.of_device(name)) for name, config in devices.items()}
    times, shared = line_times(devices, plans), channel_loads(plans)
    period_ms = model.file.scan_period_ms
    if as_json:
        if plan:
            summary["plan"] = {name: _plan_json(devices[name], plans[name]) for name in devices}
            summary["channels"] = {
                c: {"requests_per_scan": round(load.average, 3), "requests_worst_scan": round(load.worst)}
                for c, load in shared.items()
            }
            summary["serial_lines"] = {t.port: _time_json(t, period_ms) for t in times}
        print(json.dumps(summary, ensure_ascii=False, indent=1))
        return OK
    print(f"{line.folder}: {len(model.tags)} tags, {len(model.units)} units, {len(line.alarms)} alarms, "
          f"{len(line.recipes)} recipes: no problems")  # fmt: skip
    for remark in _remarks(line):
        print(f"remark: {remark}", file=sys.stderr)
    for name, config in devices.items():
        print("\n".join(_plan_lines(name, config, plans[name])))
    for channel, load in shared.items():
        print(f"{channel}: shared; requests of all its devices per scan: {_load(load)}")
    for time in times:
        print(_time_line(time, period_ms, model.file.scan_offset))
    return OK


def _remarks(line: LoadedLine) -> list[str]:
    """What is no fault of the line but to be thought about: files of logins and certificates may be on another computer only."""
    found = [*line.remarks, *priority_remarks(line.alarms)]
    found += [
        f"{r.file}: nobody has approved this content ({r.master.fingerprint[:12]}): a new library takes it over as a draft"
        for r in line.folder_recipes
        if r.approval is None
    ]
    for name, device in line.model.file.devices.items():
        if isinstance(device, OpcUaDevice):
            found += [f"{name}: {said}" for said in remarks(device, line.folder)]
        elif isinstance(device, ModbusDevice) and device.tls is not None:
            files = {"ca": device.tls.ca, "certificate": device.tls.certificate, "key": device.tls.key}
            missing = {key: line.folder / file for key, file in files.items() if not (line.folder / file).is_file()}
            found += [f"{name}: tls.{key}: {file} does not exist on this computer" for key, file in missing.items()]
    return found


def _plan_json(config: ModbusDevice, plan: DevicePlan) -> JsonObject:
    """Without poll groups a scan reads all blocks; with them ``…_per_scan`` is the average and ``…_worst_scan`` the most."""
    return {
        "transport": config.transport,
        "channel": plan.channel,
        "unit_id": config.unit_id,
        "requests": len(plan.blocks),
        "requests_per_scan": round(plan.requests.average, 3),
        "requests_worst_scan": round(plan.requests.worst),
        "requests_contiguous_only": plan.contiguous_only.requests,
        "requests_one_per_tag": plan.one_per_tag.requests,
        "registers_read": plan.registers_read,
        "registers_wanted": plan.registers_wanted,
        "bits_read": plan.bits_read,
        "bits_wanted": plan.bits_wanted,
        "registers_per_scan": round(plan.registers.average, 3),
        "registers_worst_scan": round(plan.registers.worst, 3),
        "request_cost": plan.costs.request_cost,
        "cost_per_scan": round(plan.cost.average, 3),
        "cost_worst_scan": round(plan.cost.worst, 3),
        "cost_contiguous_only": round(plan.contiguous_only.cost_per_scan, 3),
        "cost_one_per_tag": round(plan.one_per_tag.cost_per_scan, 3),
        "forbidden": [str(f) for f in plan.costs.forbidden],
        "blocks": [_block_json(p, plan.tags_of(p.block)) for p in plan.blocks],
    }


def _block_json(planned: PlannedBlock, tags: Sequence[str]) -> JsonObject:
    block = planned.block
    return {
        "block": _range(planned),
        "count": block.count,
        "every": planned.every,
        "phase": planned.phase,
        "tags": list(tags),
        "gaps": [str(g) for g in gaps_of(block)],
    }


def _plan_lines(name: str, config: ModbusDevice, plan: DevicePlan) -> Iterator[str]:
    tags = sum(len(names) for names in plan.tags.values())
    yield f"{name}: {config.transport} {plan.channel}, unit {config.unit_id}: {tags} tags in {len(plan.blocks)} blocks"
    if not plan.blocks:
        return
    contiguous, single = plan.contiguous_only, plan.one_per_tag
    yield (f"  requests per scan: {_load(plan.requests)}; to read all once {len(plan.blocks)}, "
           f"contiguous only {contiguous.requests}, one per tag {single.requests}")  # fmt: skip
    yield (f"  read once: {plan.registers_read} registers for {plan.registers_wanted} wanted, "
           f"{plan.bits_read} bits for {plan.bits_wanted} wanted")  # fmt: skip
    yield (f"  cost per scan in registers, a request being {plan.costs.request_cost}: {_load(plan.cost)}; on average "
           f"contiguous only {contiguous.cost_per_scan:.1f}, one per tag {single.cost_per_scan:.1f}")  # fmt: skip
    for planned in plan.blocks:
        turn = "" if planned.every == 1 else f" in scan {planned.phase} of {planned.every}"
        gaps = gaps_of(planned.block)
        unit = ("bit" if planned.block.table in BIT_TABLES else "register") + ("" if planned.block.count == 1 else "s")
        unwanted = f"; unwanted {', '.join(map(str, gaps))}" if gaps else ""
        yield f"  {_range(planned)}{turn}: {planned.block.count} {unit}: {', '.join(plan.tags_of(planned.block))}{unwanted}"


def _range(planned: PlannedBlock) -> str:
    return str(Span(planned.block.table, planned.block.start, planned.block.count))


def _load(load: Load) -> str:
    worst = "" if load.even else f" on average, {load.worst:.6g} at worst"
    return f"{load.average:.6g}{worst}"


def _time_json(time: LineTime, period_ms: int) -> JsonObject:
    return {
        "baud_rate": time.serial.baud_rate,
        "busy_ms_per_scan": round(time.busy_ms.average, 2),
        "busy_ms_worst_scan": round(time.busy_ms.worst, 2),
        "scan_period_ms": period_ms,
        "keeps_period": time.busy_ms.worst <= period_ms,
    }


def _time_line(time: LineTime, period_ms: int, scan_offset: float) -> str:
    """What a serial line can do: bytes and silence only, so that "cannot" is certain and "can" depends on the devices."""
    serial, busy = time.serial, time.busy_ms
    frame = f"{serial.data_bits}{serial.parity[0].upper()}{serial.stop_bits}"
    busy_text = f"{busy.average:.1f} ms" if busy.even else f"{busy.average:.1f} ms on average, {busy.worst:.1f} at worst"
    start = f"{time.port}: {serial.baud_rate} baud {frame} is busy {busy_text} of a scan of {period_ms} ms, devices not counted"
    if busy.average > period_ms:
        return f"{start}: it CANNOT keep the period. Raise scan_period_ms or baud_rate, or put slow tags into a poll group"
    if busy.worst > period_ms:
        return f"{start}: some scans CANNOT keep the period. Put fewer tags into the same poll group, or read them less often"
    if busy.worst > period_ms * scan_offset:
        return f"{start}: later than scan_offset, so a scan sees some values of the scan before"
    return start
