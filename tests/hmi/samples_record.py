"""The record of a batch whose core probe broke, as ``GET /api/batches/ID/record`` tells it."""

# ruff: noqa: E501

from __future__ import annotations

from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.samples import MIN, NOW_NS, S
from tests.hmi.samples_batches import text

START_NS = NOW_NS - 180 * MIN
COOK_NS = NOW_NS - 60 * MIN
BAD = 0x808C0000
SIGNATURE: Obj = {"user": "smirnov", "name": "Смирнов П. В.", "role": "technologist", "time_ns": NOW_NS - 8 * MIN}


def step(node: str, ru: str, unit: str, start_min: float, lasted_min: float, **more: Json) -> Obj:
    return {
        "node": node, "name": text(ru, ru), "unit": unit, "role": unit, "operation": "", "phase": "", "run": 1, "status": "complete",
        "started_ns": NOW_NS - int(start_min * MIN), "ended_ns": NOW_NS - int((start_min - lasted_min) * MIN),
        "duration_s": lasted_min * 60, "setpoints": [], "verdicts": [], **more,
    }  # fmt: skip


def record(**more: Json) -> Obj:
    core = text("Температура в батоне (ККТ)", "Core temperature (CCP)")
    times: list[Json] = [COOK_NS + i * 60 * S for i in range(46)]
    values: list[Json] = [round(20 + 53 * (1 - 0.93**i), 1) for i in range(46)]
    quality: list[Json] = [BAD if 30 <= i < 36 else 0 for i in range(46)]
    deviation: Obj = {
        "time_ns": NOW_NS - 30 * MIN, "seq": 900, "number": 1, "node": "smokehouse.cooking.cook", "unit": "S402", "kind": "ccp",
        "tag": "S402.CoreTemp", "value": None, "lo": 71.5, "hi": None, "eu": "°C", "quality": "BadSensorFailure", "text": core,
        "on": "hold", "disposition": {"time_ns": NOW_NS - 8 * MIN, "verdict": "rework", "user": "smirnov", "reason": "датчик заменён",
                                      "signature": SIGNATURE},
    }  # fmt: skip
    base: Obj = {
        "schema": 1, "kind": "batch_record",
        "batch": {"id": "B1186", "number": 1186, "recipe": "doktorskaya", "version": "1.2", "hash": "3f9a1c55e0d2" + "0" * 52,
                  "name": text("Колбаса варёная «Докторская»", "Doktorskaya"), "product_code": "", "size_kg": 140.0,
                  "mode": "automatic", "state": "complete", "product": "reworked", "created_ns": START_NS,
                  "started_ns": START_NS + MIN, "ended_ns": NOW_NS - 2 * MIN, "duration_s": 10_620, "user": "ivanova",
                  "complete": True},
        "recipe": {"id": "doktorskaya", "version": "1.2", "hash": "3f9a", "found": True, "hash_ok": True, "source": {}, "history": []},
        "journal": {"first_seq": 400, "last_seq": 1210, "events": 312, "before": "aa", "first": "bb", "last": "cc"},
        "states": [{"time_ns": START_NS + MIN, "seq": 401, "node": "", "name": {}, "level": "batch", "from": "idle", "to": "running",
                    "reasons": [], "user": "ivanova"},
                   {"time_ns": NOW_NS - 30 * MIN, "seq": 901, "node": "", "name": {}, "level": "batch", "from": "holding",
                    "to": "held", "reasons": [text("нет достоверных данных", "no good data")], "user": ""},
                   {"time_ns": NOW_NS - 30 * MIN, "seq": 902, "node": "smokehouse", "name": text("Термообработка", "Heat"),
                    "level": "unit_procedure", "from": "running", "to": "held", "reasons": [], "user": ""}],
        "steps": [step("reception.weigh", "Взвешивание", "R101", 178, 9), step("cutter.chop", "Куттерование", "C201", 150, 12),
                  step("smokehouse.cook", "Варка", "S402", 60, 30, run=1), step("smokehouse.cook", "Варка", "S402", 28, 24, run=2),
                  step("smokehouse.shower", "Душ", "S402", 4, 0, status="skipped", duration_s=None)],
        "commands": [{"time_ns": START_NS, "seq": 400, "id": "c1", "kind": "batch.create", "target": "doktorskaya", "args": {},
                      "user": "ivanova", "role": "operator", "station": "p1", "reason": "", "status": "accepted",
                      "answered_ns": START_NS, "reasons": [], "signature": None},
                     {"time_ns": NOW_NS - 20 * MIN, "seq": 950, "id": "c2", "kind": "batch.command", "target": "B1186",
                      "args": {"command": "restart"}, "user": "ivanova", "role": "operator", "station": "p1", "reason": "",
                      "status": "refused", "answered_ns": NOW_NS - 20 * MIN,
                      "reasons": [text("по отклонению 1 нет решения", "deviation 1 has no disposition")], "signature": None}],
        "changes": [{"time_ns": NOW_NS - 70 * MIN, "seq": 700, "parameter": "cook_temp", "name": text("Температура варки", "Cooking"),
                     "from": 78, "to": 79, "eu": "°C", "user": "ivanova", "reason": "указание технолога"}],
        "materials": [{"material": "beef", "name": text("Говядина", "Beef"), "target_kg": 28.6, "tolerance_pct": 1.0, "kg": 28.7,
                       "inside": True, "lots": [{"time_ns": NOW_NS - 170 * MIN, "seq": 420, "lot": "ГВ-07", "kg": 28.7,
                                                 "inside": True, "user": "ivanova", "reason": ""}]},
                      {"material": "pork", "name": text("Свинина", "Pork"), "target_kg": 80.1, "tolerance_pct": 1.0, "kg": 83.0,
                       "inside": False, "lots": [{"time_ns": NOW_NS - 169 * MIN, "seq": 421, "lot": "СВ-03", "kg": 83.0,
                                                  "inside": False, "user": "petrov", "reason": "остаток лота"}]},
                      {"material": "ice", "name": text("Лёд", "Ice"), "target_kg": 22.9, "tolerance_pct": 2.0, "kg": None,
                       "inside": None, "lots": []}],
        "ccp": [{"node": "smokehouse.cook", "name": core, "unit": "S402", "tag": "S402.CoreTemp", "value": 72.4, "lo": 71.5,
                 "hi": None, "eu": "°C", "quality": "Good", "passed": True, "time_ns": NOW_NS - 4 * MIN, "deviation": 1},
                {"node": "chiller.chill", "name": text("Охлаждение (ККТ)", "Chilling (CCP)"), "unit": "H501", "tag": "H501.CoreTemp",
                 "value": None, "lo": None, "hi": 8.0, "eu": "°C", "quality": "", "passed": None, "time_ns": 0, "deviation": None}],
        "curves": [{"node": "smokehouse.cook", "run": 2, "unit": "S402", "tag": "S402.CoreTemp", "name": core, "eu": "°C", "ccp": True,
                    "from_ns": COOK_NS, "to_ns": COOK_NS + 46 * MIN, "lo": 71.5, "hi": None, "t": times, "v": values, "q": quality,
                    "kept": "all"}],
        "alarms": [{"alarm": "S402.CoreTemp.bad", "unit": "S402", "priority": 2, "text": text("Датчик неисправен", "Sensor faulty"),
                    "tag": "S402.CoreTemp", "kind": "bad_quality", "value": None, "limit": None, "eu": "°C",
                    "raised_ns": NOW_NS - 30 * MIN, "acked_ns": NOW_NS - 29 * MIN, "acked_by": "ivanova",
                    "returned_ns": NOW_NS - 10 * MIN, "before": False}],
        "prompts": [{"time_ns": NOW_NS - 175 * MIN, "node": "cutter.salt", "prompt": "salt", "text": text("Соль внесена?", "Salt?"),
                     "role": "operator", "signed": True,
                     "replies": [{"time_ns": NOW_NS - 174 * MIN, "value": True, "user": "ivanova", "signature": SIGNATURE}]}],
        "deviations": [deviation],
        "transfers": [{"time_ns": NOW_NS - 130 * MIN, "node": "cutter.discharge", "from": "C201", "to": "F301", "kg": 139.2}],
        "comments": [{"time_ns": NOW_NS - 9 * MIN, "user": "ivanova", "text": "Датчик заменили"}],
        "signatures": [{**SIGNATURE, "meaning": {}, "on": "deviation 1"}], "line": [], "units": [], "events": [],
        "totals": {"size_kg": 140.0, "charged_kg": 139.9, "packed_kg": 128.4, "raw_kg": 114.4, "yield_pct": 112.2,
                   "yield_expect_pct": 109.0, "yield_lo_pct": 105.0, "yield_hi_pct": 113.0, "transferred_kg": 139.2},
        "sha256": "9c1e" + "0" * 60,
    }  # fmt: skip
    return {**base, **more}


def reply(**more: Json) -> Obj:
    return {"type": "reply", "reply_to": "batch.record", "status": 200, "data": record(**more)}
