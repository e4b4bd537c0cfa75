"""The line as the API describes it (``GET /api/line``, docs/ARCHITECTURE.md): plain JSON made once at start."""

from __future__ import annotations

from alarms.table import AlarmDef, AlarmTable
from line.config import KeyValue
from line.devices import Device, ModbusDevice, OpcUaDevice
from line.messages import Json, JsonObject, LinkStatus
from line.model import PhaseModel, UnitModel
from line.tags import TagDef, TagTable
from materials.catalogue_json import described
from potok.describe_escalation import describe_escalation
from potok.describe_production import describe_production
from potok.linefolder import LoadedLine
from recipes.model import MasterRecipe


def describe(line: LoadedLine) -> JsonObject:
    """What a panel must know about the line besides its live values."""
    model = line.model
    return {
        "line": model.id,
        "name": model.name.to_json(),
        "time_zone": line.time_zone,
        "period_ms": model.file.scan_period_ms,
        "devices": [{"id": d, "name": c.name.to_json(), "driver": c.driver} for d, c in model.file.devices.items()],
        "tags": [_tag(t) for t in model.tags],
        "enums": {n: {str(k): v.to_json() for k, v in e.items()} for n, e in model.enums.items()},
        "areas": [{"id": a, "name": name.to_json()} for a, name in model.file.areas.items()],
        "units": [_unit(u, model.tags) for u in model.units.values()],
        "recipes": [_recipe(r) for r in line.recipes.values()],
        "alarms": [_alarm(a, model.tags) for a in line.alarms],
        "alarm_rules": _rules(line.alarms),
        "escalation": describe_escalation(line.escalation),
        "production": describe_production(line.production),
        "materials": _materials(line),
    }


def _materials(line: LoadedLine) -> Json:
    """None for a line without ``materials.yaml``."""
    if line.materials is None:
        return None
    recipes = {r.id: [i.material for i in r.ingredients] for r in line.recipes.values()}
    return described(line.materials, line.model.tags, recipes)


def _tag(tag: TagDef) -> Json:
    return {
        "name": tag.name, "kind": tag.kind, "eu": tag.eu, "lo": tag.lo, "hi": tag.hi, "decimals": tag.decimals,
        "writable": tag.writable, "enum": tag.enum, "ru": tag.text.ru, "en": tag.text.en, "unit": tag.unit_id,
        "device": tag.device, "address": tag.address,
    }  # fmt: skip


def _unit(unit: UnitModel, tags: TagTable) -> Json:
    return {
        "id": unit.id,
        "label": unit.label,
        "class": unit.class_id,
        "name": unit.name.to_json(),
        "area": unit.area,
        "device": unit.device,
        "phases": [_phase(p, tags) for p in unit.phases.values()],
        "measured": dict(unit.measured),
        "key_values": [_key_value(k) for k in unit.key_values],
    }


def _phase(phase: PhaseModel, tags: TagTable) -> Json:
    parameters = {name: tags[handle].name for name, handle in phase.parameters.items()}
    return {"id": phase.id, "number": phase.number, "name": phase.name.to_json(), "parameters": parameters}


def _key_value(key_value: KeyValue) -> Json:
    return {
        "tag": key_value.tag,
        "setpoint": key_value.setpoint,
        "normal": list(key_value.normal) if key_value.normal else None,
        "scale": list(key_value.scale) if key_value.scale else None,
    }


def _recipe(recipe: MasterRecipe) -> Json:
    parameters: list[Json] = [
        {"id": p.id, "name": p.name.to_json(), "value": p.value, "lo": p.lo, "hi": p.hi, "eu": p.eu, "ccp": p.ccp}
        for p in recipe.parameters
    ]
    return {
        "id": recipe.id,
        "name": recipe.name.to_json(),
        "version": recipe.version,
        "base_batch_kg": recipe.base_batch_kg,
        "size_lo_kg": recipe.size_lo_kg,
        "size_hi_kg": recipe.size_hi_kg,
        "parameters": parameters,
    }


def _alarm(alarm: AlarmDef, tags: TagTable) -> Json:
    """All that does not change while the line runs; the view ``alarms`` repeats none of it."""
    return {
        "id": alarm.id,
        "tag": alarm.tag,
        "unit": alarm.unit,
        "area": alarm.area,
        "kind": alarm.kind,
        "priority": alarm.priority,
        "limit": alarm.limit,
        "deadband": alarm.deadband,
        "on_delay_s": alarm.on_delay_s,
        "off_delay_s": alarm.off_delay_s,
        "latching": alarm.latching,
        "re_alarm_s": alarm.re_alarm_s,
        "auto_ack": alarm.auto_ack,
        "ccp": alarm.ccp,
        "group": alarm.group,
        "setpoint": tags[alarm.setpoint].name if alarm.setpoint >= 0 else "",
        "window_s": alarm.window_s,
        "when": alarm.when,
        "suppress_when": alarm.suppress_when,
        "condition": alarm.condition,
        "generated": alarm.generated,
        "text": alarm.name.to_json(),
        "cause": alarm.cause.to_json(),
        "consequence": alarm.consequence.to_json(),
        "response": alarm.response.to_json(),
        "response_time_s": alarm.response_time_s,
    }


def _rules(table: AlarmTable) -> Json:
    rules = table.rules
    return {
        "shelve_max_s": rules.shelve_max_s,
        "shelve_warn_s": rules.shelve_warn_s,
        "shelve_roles": {str(priority): role for priority, role in rules.shelve_roles.items()},
        "shelve_ccp": rules.shelve_ccp,
        "remove_role": rules.remove_role,
        "flood_start": rules.flood_start,
        "flood_end": rules.flood_end,
        "version": table.version,
    }


def link_view(link: LinkStatus, device: Device) -> JsonObject:
    """One device in the view ``links``: the state of its connection, and over what it is reached."""
    transport, endpoint = _reached(device)
    return {
        "state": link.state,
        "since_ns": link.since_ns,
        "last_error": link.last_error.to_json(),
        "round_trip_ms": round(link.round_trip_ms, 2),
        "requests": link.requests,
        "failures": link.failures,
        "reconnects": link.reconnects,
        "timeouts": link.timeouts,
        "discarded": link.discarded,
        "gaps": link.gaps,
        "answered_ns": link.answered_ns,
        "skew_ms": link.skew_ms,
        "transport": transport,
        "endpoint": endpoint,
    }


def _reached(device: Device) -> tuple[str, str]:
    if isinstance(device, ModbusDevice):
        where = device.serial.port if device.serial is not None else f"{device.host}:{device.tcp_port}"
        return device.transport, f"{where}/{device.unit_id}"
    if isinstance(device, OpcUaDevice):
        return ("opc.tcp" if device.security_policy == "none" else device.security_policy), device.url
    return device.driver, ""
