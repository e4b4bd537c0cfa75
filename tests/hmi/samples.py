"""A line in the middle of a shift, as the API tells it: description of ``lines/sausage``, image, views, history."""

# ruff: noqa: E501

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, cast

import numpy as np

from hmi.viewmodels.wire import Obj
from line.messages import Json
from line.quality import Status
from potok.describe import describe
from potok.linefolder import load_line

NOW_NS: Final = 1_789_950_827_000_000_000
S: Final = 1_000_000_000
MIN: Final = 60 * S
ROOT: Final = Path(__file__).resolve().parents[2]


@cache
def description() -> Obj:
    """The answer of ``GET /api/line`` for the sausage line."""
    return cast(Obj, describe(load_line(ROOT / "lines" / "sausage")))


VALUES: Final[dict[str, float]] = {
    "R101.Weight": 0.0, "R101.MeatTemp": 2.6, "R101.Charged": 280.0, "R101.Stable": 1, "R101.ScaleOk": 1,
    "G101.Current": 41.2, "G101.FeedRate": 2180, "G101.SP_Feed": 2200, "G101.MeatTemp": 3.4, "G101.Ground": 96.4,
    "G101.MotorSpeed": 212, "G101.MotorOn": 1, "G101.GuardClosed": 1, "G101.PhSts": 1, "G101.PhAct": 1, "G101.PhTime": 154,
    "C201.BatterTemp": 8.7, "C201.Vacuum": 91, "C201.SP_Vacuum": 90, "C201.SP_EndTemp": 11.5, "C201.KnifeSpeed": 3650,
    "C201.BowlSpeed": 16.2, "C201.Power": 61.4, "C201.Mass": 168.4, "C201.IceAdded": 28, "C201.MotorOn": 1, "C201.LidClosed": 1,
    "C201.SP_Knife": 3600, "C201.SP_Ice": 28, "C201.SP_Time": 540, "C201.PhSts": 1, "C201.PhAct": 2, "C201.PhTime": 400,
    "C201.PhDone": 74, "T251.MeatTemp": 4.6, "T251.Mass": 0, "T251.LidClosed": 1, "T251.SP_Speed": 12, "F301.Vacuum": -0.91, "F301.SP_Vacuum": -0.9, "F301.PortionMass": 500.6, "F301.SP_Portion": 500,
    "F301.SP_Rate": 62, "F301.HopperMass": 92.5, "F301.BatterTemp": 9.8, "F301.Portions": 412, "F301.PhSts": 6, "F301.PhAct": 1,
    "F301.PhTime": 812, "F301.PortionDev": 0.12, "S401.ChamberTemp": 91.4, "S401.SP_Temp": 78, "S401.Humidity": 96,
    "S401.SP_RH": 98, "S401.CoreTemp": 58.3, "S401.SP_Core": 72, "S401.SteamValve": 0, "S401.SteamValveFb": 100,
    "S401.FanSpeed": 46, "S401.SmokeDensity": 0, "S401.ProductMass": 412, "S401.F70": 3.1, "S401.DoorClosed": 1,
    "S401.SP_Time": 1800, "S401.PhSts": 1, "S401.PhAct": 4, "S401.PhTime": 2475, "S401.PhDone": 62, "S401.TempDev": 13.4,
    "S401.ValveDev": -100, "S402.ChamberTemp": 60.2, "S402.SP_Temp": 60, "S402.Humidity": 47, "S402.SP_RH": 45,
    "S402.CoreTemp": 31.5, "S402.SP_Core": 72, "S402.SteamValve": 34, "S402.SteamValveFb": 34, "S402.FanSpeed": 48,
    "S402.Damper": 80, "S402.ProductMass": 398, "S402.DoorClosed": 1, "S402.SP_Time": 1500, "S402.PhSts": 1, "S402.PhAct": 2,
    "S402.PhTime": 720, "S402.PhDone": 48, "S402.TempDev": 0.2, "H501.AirTemp": 1.8, "H501.SP_Air": 2, "H501.CoreTemp": 19.6,
    "H501.SP_Core": 6, "H501.FanSpeed": 50, "H501.ColdValve": 42, "H501.ProductMass": 405, "H501.DoorClosed": 1,
    "H501.PhSts": 1, "H501.PhAct": 1, "H501.PhTime": 3120, "H501.TempDev": -0.2, "P601.StateCurrent": 5, "P601.UnitModeCurrent": 1,
    "P601.SP_Speed": 42, "P601.CurMachSpeed": 0, "P601.PackCount": 6824, "P601.RejectCount": 55, "P601.RejectPct": 0.8,
    "P601.PackedMass": 3412.0, "P601.ProductTemp": 5.1, "P601.Starved": 1, "P601.FilmOk": 1, "P601.PhSts": 1, "P601.PhAct": 1,
    "P601.PhTime": 5400, "Util.SteamPressure": 3.4, "Util.AirPressure": 6.2,
}  # fmt: skip


LINK_VALUES: Final[dict[str, float]] = {"Up": 1.0, "State": 2.0, "AgeMs": 130.0, "PlcAlive": 1.0, "SupervisorSeen": 1.0}
"""Diagnostic tags of a device that is well."""


def image(values: Mapping[str, float] = VALUES, *, bad: Mapping[str, int] | None = None, time_ns: int = NOW_NS) -> Obj:
    """A full image message; tags without a value here are Good 0, those in ``bad`` carry that status."""
    tags: dict[str, Json] = {}
    for entry in cast("list[Obj]", description()["tags"]):
        name = str(entry["name"])
        status = (bad or {}).get(name, int(Status.GOOD))
        tags[name] = [values.get(name, LINK_VALUES.get(name.rpartition(".")[2], 0.0)), status, time_ns - 3 * S]
    return {"type": "image", "scan": 1200, "time_ns": time_ns, "full": True, "tags": tags}


def _text(ru: str, en: str) -> Obj:
    return {"ru": ru, "en": en}


def alarms_view() -> Obj:
    """One alarm of each priority, in several states."""
    rows: list[tuple[str, str, str, int, str, Obj, float | None, float | None, str, str, int]] = [
        ("S401.ChamberTemp.high", "S401.ChamberTemp", "S401", 1, "unack_active",
         _text("Температура камеры: авария, верх", "Chamber temperature very high"), 91.4, 90.0, "°C", "high", 100),
        ("F301.CasingOk.discrete", "F301.CasingOk", "F301", 2, "acked_active", _text("Нет оболочки", "No casing"), None, None, "", "discrete", 246),
        ("S401.ChamberTemp.deviation_low", "S401.TempDev", "S401", 3, "unack_active",
         _text("Отклонение температуры от задания", "Chamber temperature off setpoint"), 13.4, 6.0, "°C", "high", 115),
        ("S402.Humidity.bad_quality", "S402.Humidity", "S402", 4, "rtn_unack",
         _text("Датчик влажности: нет точности", "Humidity sensor not accurate"), 47.0, None, "%", "bad_quality", 569),
    ]  # fmt: skip
    active: list[Json] = [
        {
            "id": i, "tag": tag, "unit": unit, "priority": p, "state": state, "text": text, "time_ns": NOW_NS - age * S,
            "value": value, "limit": limit, "eu": eu, "kind": kind, "acked_by": "ivanova" if state == "acked_active" else "",
            "acked_ns": NOW_NS - 200 * S if state == "acked_active" else 0, "first_out": p == 1,
            "consequence_of": "S401.ChamberTemp.high" if p == 3 else "",
        }
        for i, tag, unit, p, state, text, value, limit, eu, kind, age in rows
    ]  # fmt: skip
    return {
        "active": active, "counts": {"1": 1, "2": 1, "3": 1, "4": 1}, "unacked": 3, "silenced": False, "last_10_min": 4, "flood": None,
        "shelved": [
            {"id": "S402.DoorClosed.discrete", "unit": "S402", "priority": 3, "text": _text("Дверь открыта", "Door open"),
             "active": True, "by": "ivanova", "reason": "Мойка или наладка", "since_ns": NOW_NS - 26 * MIN,
             "until_ns": NOW_NS + 4 * MIN + 12 * S, "one_shot": False, "warned": True},
            {"id": "G101.Current.high", "unit": "G101", "priority": 4, "text": _text("Ток волчка высокий", "Grinder current high"),
             "active": False, "by": "petrov", "reason": "Причина известна, меры приняты", "since_ns": NOW_NS - 40 * MIN,
             "until_ns": NOW_NS + 80 * MIN, "one_shot": True, "warned": False},
        ],
        "suppressed": [
            {"id": "H501.AirTemp.high", "unit": "H501", "priority": 3, "text": _text("Воздух теплее 4 °C", "Air above 4 °C"),
             "active": True, "since_ns": NOW_NS - 12 * MIN},
        ],
        "out_of_service": [
            {"id": "P601.FilmOk.discrete", "unit": "P601", "priority": 4, "text": _text("Кончилась плёнка", "Out of film"),
             "active": False, "by": "sidorov", "reason": "Замена датчика", "work_order": "ТО-2211", "since_ns": NOW_NS - 20 * 60 * MIN},
        ],
    }  # fmt: skip


def _batch(number: int, recipe: Obj, state: str, unit: str, phase: str, step: int, history: list[Json], **more: Json) -> Obj:
    return {
        "id": f"B{number}", "number": number, "recipe": "doktorskaya", "recipe_name": recipe, "state": state, "size_kg": 140.0,
        "unit": unit, "unit_procedure": unit.lower(), "operation": "", "phase": phase, "phase_state": state, "step": step, "steps": 9,
        "created_ns": NOW_NS - 300 * MIN, "started_ns": NOW_NS - 290 * MIN, "ended_ns": None, "waiting": None, "held_reason": None,
        "parameters": [], "history": history, **more,
    }  # fmt: skip


def _stay(unit: str, phase: str, start_min: float, end_min: float | None) -> Json:
    end = None if end_min is None else NOW_NS - int(end_min * MIN)
    return {"unit": unit, "phase": phase, "start_ns": NOW_NS - int(start_min * MIN), "end_ns": end}


def _parameter(name: str, text: Obj, phase: str, value: float, lo: float, hi: float, eu: str, *, ccp: bool = False) -> Json:
    return {"id": name, "name": text, "unit": "S401", "phase": phase, "value": value, "lo": lo, "hi": hi, "eu": eu, "ccp": ccp,
            "editable": not ccp}  # fmt: skip


def batches_view() -> Obj:
    """Four batches on their way down the line, one of them held."""
    doctor = _text("Докторская", "Doktorskaya")
    cook: list[Json] = [
        _parameter("cook_temp", _text("Температура камеры, варка", "Chamber temperature, cooking"), "cook", 78, 75, 80, "°C"),
        _parameter("cook_rh", _text("Влажность, варка", "Humidity, cooking"), "cook", 98, 95, 100, "%"),
        _parameter("core", _text("Температура в батоне", "Core temperature"), "cook", 72, 71, 73, "°C", ccp=True),
        _parameter("dry_temp", _text("Температура камеры, подсушка", "Chamber temperature, drying"), "dry", 58, 50, 60, "°C"),
        _parameter("dry_time", _text("Время подсушки", "Drying time"), "dry", 1500, 1200, 1800, "s"),
    ]
    return {
        "batches": [
            _batch(1186, doctor, "running", "H501", "chill", 9, [_stay("C201", "chop", 290, 275), _stay("F301", "fill", 272, 255),
                   _stay("S402", "set", 250, 215), _stay("S402", "cook", 215, 55), _stay("H501", "chill", 52, None)]),
            _batch(1187, doctor, "running", "S401", "cook", 7, [_stay("C201", "chop", 190, 172), _stay("F301", "fill", 168, 148),
                   _stay("S401", "set", 145, 110), _stay("S401", "dry", 110, 84), _stay("S401", "cook", 41, None)], parameters=cook),
            _batch(1188, _text("Молочная", "Molochnaya"), "held", "F301", "fill", 5, [_stay("G101", "grind", 60, 52),
                   _stay("C201", "chop", 48, 30), _stay("F301", "fill", 13, None)],
                   held_reason=_text("нет оболочки: заправить и продолжить", "no casing: load it and restart")),
            _batch(1189, doctor, "running", "C201", "chop", 3, [_stay("G101", "grind", 22, 9), _stay("C201", "chop", 6.7, None)]),
        ]
    }  # fmt: skip


_PHASES: Final = {
    "R101": ("idle", ""), "G101": ("running", "grind"), "C201": ("running", "chop"), "T251": ("idle", ""), "F301": ("held", "fill"),
    "S401": ("running", "cook"), "S402": ("running", "dry"), "H501": ("running", "chill"), "P601": ("running", "pack"),
}  # fmt: skip
_BATCH_OF: Final = {"C201": 1189, "F301": 1188, "S401": 1187, "H501": 1186}
_ALLOWED: Final = {"idle": {"start"}, "running": {"hold", "stop", "abort"}, "held": {"stop", "abort"}}


def units_view() -> Obj:
    """Every unit with conditions as the engine tells them; F301 cannot restart for want of casing."""
    conditions: dict[str, list[Json]] = {
        "F301": [
            {"id": "casing", "kind": "permissive", "ok": False, "text": _text("Оболочка заправлена", "Casing loaded"), "tag": ""},
            {"id": "no_trip", "kind": "permissive", "ok": True, "text": _text("Защита двигателя не сработала", "Motor not tripped"),
             "tag": ""},
            {"id": "batter_cold", "kind": "permissive", "ok": True, "text": _text("Фарш не теплее 14 °C", "Batter at most 14 °C"),
             "tag": "F301.BatterTemp"},
        ],
        "S401": [
            {"id": "door", "kind": "interlock", "ok": True, "text": _text("Дверь закрыта", "Door closed"), "tag": ""},
            {"id": "no_trip", "kind": "interlock", "ok": True,
             "text": _text("Защита вентилятора не сработала", "Fan not tripped"), "tag": ""},
            {"id": "not_hot", "kind": "interlock", "ok": True, "text": _text("Камера не горячее 95 °C", "Chamber at most 95 °C"),
             "tag": "S401.ChamberTemp"},
        ],
        "R101": [
            {"id": "scale_ok", "kind": "permissive", "ok": True, "text": _text("Весы исправны", "Scale healthy"), "tag": ""},
            {"id": "meat_cold", "kind": "permissive", "ok": True,
             "text": _text("Сырьё не теплее 4 °C", "Raw material at most 4 °C"), "tag": "R101.MeatTemp"},
        ],
    }  # fmt: skip
    units: dict[str, Json] = {}
    for unit, (state, phase) in _PHASES.items():
        number = _BATCH_OF.get(unit, 0)
        names = ("start", "hold", "restart", "stop", "abort", "reset")
        units[unit] = {
            "mode": "manual" if unit == "R101" else "auto", "state": state, "phase": phase, "batch": f"B{number}" if number else "",
            "batch_no": number, "pending": "", "refused": [], "conditions": conditions.get(unit, []),
            "allowed": {c: c in _ALLOWED[state] for c in names},
        }  # fmt: skip
    return {"units": units}


def shift_view() -> Obj:
    """An open shift, five hours old."""
    totals: Obj = {
        "batches_started": 6, "batches_completed": 2, "charged_kg": 4800.0, "packed_kg": 3412.0, "packs": 6824, "rejects": 55,
        "yield_pct": 106.4, "alarms": 14, "alarms_by_priority": {"1": 1, "2": 3, "3": 8, "4": 2}, "events": 412,
        "run_s": dict.fromkeys(_PHASES, 9000.0), "held_s": {"F301": 246.0},
    }  # fmt: skip
    return {"id": "2026-11-22-2", "number": 2, "state": "open", "started_ns": NOW_NS - 313 * MIN, "ended_ns": None, "crew": "2",
            "totals": totals, "previous": None}  # fmt: skip


def links_view() -> Obj:
    """Both PLCs connected; the first one was lost once."""

    def link(trip: float, endpoint: str, error: Obj) -> Json:
        return {"state": "up", "since_ns": NOW_NS - 313 * MIN, "last_error": error, "round_trip_ms": trip, "requests": 75_120,
                "failures": 3, "reconnects": 1, "timeouts": 2, "discarded": 1, "gaps": 1, "answered_ns": NOW_NS - MIN // 600,
                "skew_ms": 0.0, "transport": "tcp", "endpoint": endpoint}  # fmt: skip

    why: Obj = {"ru": "hr:100+24: нет ответа за 500 мс", "en": "hr:100+24: no answer within 500 ms"}
    none: Obj = {"ru": "", "en": ""}
    return {"plc1": link(4.2, "127.0.0.1:5020", why), "plc2": link(38.0, "opc.tcp://127.0.0.1:4841/potok/plc2", none)}


def engine_view() -> Obj:
    """A healthy engine."""
    lateness: Obj = {"le_ms": [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0], "counts": [61_204, 12_870, 980, 61, 4, 1, 0, 0, 0]}
    note: Obj = {"ru": "обычный: нет права CAP_SYS_NICE", "en": "normal: CAP_SYS_NICE is missing"}
    return {"scan_period_ms": 250, "overruns": 0, "late": 5, "late_ms_max": 13.4, "scans": 75_120, "scan_ms": 0.4,
            "started_ns": NOW_NS - 313 * MIN, "journal_ok": True, "restored": False, "lateness": lateness,
            "realtime": {"scheduling": "normal", "locked": False, "note": note}}  # fmt: skip


def views() -> dict[str, Obj]:
    """All views by name."""
    return {"alarms": alarms_view(), "batches": batches_view(), "units": units_view(), "shift": shift_view(), "links": links_view(),
            "engine": engine_view()}  # fmt: skip


@cache
def history(minutes: int = 60) -> Obj:
    """A plausible hour of every analog tag: a first-order settling with a little noise; S401's chamber runs away at the end."""
    random = np.random.default_rng(1)
    data: dict[str, Json] = {}
    steps = minutes * 20
    for name, value in VALUES.items():
        span = max(abs(value) * 0.04, 0.2)
        noise = random.normal(0.0, span * 0.15, steps)
        times = [NOW_NS - int((steps - i) * 3 * S) for i in range(steps)]
        values: list[Json] = []
        for i in range(steps):
            base = value * (1 - math.exp(-i / (steps / 8))) if name.endswith(("Temp", "SP_Temp")) and "SP" not in name else value
            if name == "S401.ChamberTemp":
                base = 78 * (1 - math.exp(-i / (steps / 9))) + max(0.0, (i / steps - 0.86)) * 95
            if name == "S401.CoreTemp":
                base = 12 + 46.3 * i / steps
            values.append(round(float(base if "SP_" in name else base + noise[i]), 3))
        data[name] = {"t": cast(Json, times), "v": values, "q": cast(Json, [0] * steps)}
    return {"type": "history", "data": data}


def messages() -> list[Obj]:
    """What a panel receives after connecting."""
    hello: Obj = {"type": "hello", "line": "sausage", "now_ns": NOW_NS, "engine": "up"}
    told: list[Obj] = [{"type": "view", "name": name, "data": data} for name, data in views().items()]
    forwarder: Obj = {"type": "forwarder", "state": "up", "backlog": 0}
    return [{"type": "line", "data": description()}, {"type": "connected"}, hello, image(), *told, forwarder, history()]
