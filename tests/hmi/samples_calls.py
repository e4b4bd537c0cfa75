"""Calls for help, a running escalation and the figures of a shift, as the API tells them."""

from __future__ import annotations

from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.samples import MIN, NOW_NS, S

MAINTENANCE: Obj = {"ru": "КИПиА и ремонт", "en": "Maintenance"}
QUALITY: Obj = {"ru": "ОТК", "en": "Quality"}


def _call(number: int, service: str, name: Obj, unit: str, reason: Obj, state: str, opened_min: float, **more: Json) -> Json:
    return {
        "id": f"call-{number}", "number": number, "service": service, "service_name": name, "unit": unit, "reason": reason,
        "state": state, "by": "ivanova", "station": "p1", "opened_ns": NOW_NS - int(opened_min * MIN), "accepted_ns": 0,
        "accepted_by": "", "on_site_ns": 0, "on_site_by": "", "closed_ns": 0, "closed_by": "", "note": "", **more,
    }  # fmt: skip


def calls_view() -> Obj:
    """One call that nobody has answered, one whose fitter is there, one that is closed."""
    leak: Obj = {"ru": "Течь масла или воды", "en": "Oil or water leaks"}
    seal: Obj = {"ru": "Брак вакуума или шва", "en": "Bad vacuum or seam"}
    sensor: Obj = {"ru": "Датчик показывает неверно", "en": "A sensor reads wrong"}
    return {
        "calls": [
            _call(14, "maintenance", MAINTENANCE, "S401", sensor, "open", 2.5),
            _call(13, "quality", QUALITY, "P601", seal, "on_site", 21, accepted_ns=NOW_NS - 19 * MIN, accepted_by="petrov",
                  on_site_ns=NOW_NS - 15 * MIN, on_site_by="petrov"),
            _call(12, "maintenance", MAINTENANCE, "C201", leak, "closed", 190, accepted_ns=NOW_NS - 188 * MIN,
                  accepted_by="petrov", on_site_ns=NOW_NS - 182 * MIN, on_site_by="petrov", closed_ns=NOW_NS - 150 * MIN,
                  closed_by="petrov", note="Заменён сальник редуктора"),
        ],
        "open": 2,
    }  # fmt: skip


def escalation_view() -> Obj:
    """The call and the chamber's alarm escalate; the shift lead was told of both."""
    steps: list[Json] = [
        {"after_s": 120, "text": {"ru": "сообщить: мастер смены", "en": "tell: shift lead"}, "state": "taken"},
        {"after_s": 300, "text": {"ru": "сообщить: дежурный КИПиА", "en": "tell: maintenance on duty"}, "state": "waiting"},
    ]
    lead: Obj = {"ru": "Мастер смены", "en": "Shift lead"}

    def notice(notice_id: str, run: str, ru: str, en: str, ago_s: int) -> Json:
        return {"id": notice_id, "run": run, "contact": "shift_lead", "contact_name": lead, "role": "shift_lead",
                "outside": False, "state": "told", "attempts": 0, "error": None, "told_ns": NOW_NS - ago_s * S, "ended_ns": 0,
                "text": {"ru": ru, "en": en}}  # fmt: skip

    return {
        "runs": [
            {"id": "call-14", "what": "call", "on": "unaccepted", "policy": "calls", "unit": "S401", "priority": 3,
             "text": MAINTENANCE, "since_ns": NOW_NS - 150 * S, "elapsed_s": 150, "paused": False, "step": 1, "steps": steps,
             "next_ns": NOW_NS + 150 * S},
        ],
        "notices": [
            notice("n1", "call-14", "S-401: вызов КИПиА и ремонта не принят 2 мин", "S-401: call not accepted for 2 min", 30),
        ],
        "outbox": [], "sound_s": 0, "outputs": {"horn": True},
    }  # fmt: skip


def figures(to_ns: int = NOW_NS) -> Obj:
    """A shift with one flood, two chatterers and a sensor that nobody repairs."""
    buckets: list[Json] = [0, 1, 2, 0, 0, 1, 0, 3, 1, 0, 0, 2, 14, 6, 1, 0, 0, 1, 2, 0, 1, 0, 0, 4, 1, 0, 0, 1, 0, 2, 1, 3]
    top: list[Json] = [
        {"id": "S401.ChamberTemp.high", "count": 14, "pct": 29.8}, {"id": "F301.Vacuum.high", "count": 9, "pct": 19.1},
        {"id": "S401.DoorClosed.discrete", "count": 6, "pct": 12.8}, {"id": "gone.alarm", "count": 2, "pct": 4.3},
    ]  # fmt: skip
    return {
        "from_ns": to_ns - 320 * MIN, "to_ns": to_ns, "alarms": 47, "per_hour": 8.81, "per_10_min": 1.47, "peak_10_min": 15,
        "over_10_pct": 3.1, "hours_over_30_pct": 0.0, "floods": 1, "flood_pct": 4.2, "top": top, "top_10_pct": 66.0,
        "chattering": [{"id": "F301.Vacuum.high", "episodes": 2}], "fleeting": [],
        "stale": [{"id": "S401.ChamberTemp.high", "since_ns": to_ns - 30 * 60 * MIN}], "standing": 4, "shelved": 1,
        "by_priority": {"1": 3, "2": 9, "3": 25, "4": 10}, "by_priority_pct": {"1": 6.4, "2": 19.1, "3": 53.2, "4": 21.3},
        "ack": {"count": 40, "median_s": 44.0, "p90_s": 180.0, "max_s": 900.0,
                "by_priority": {"1": {"count": 3, "median_s": 12.0}, "2": {"count": 9, "median_s": 40.0}}},
        "buckets": buckets,
    }  # fmt: skip


def kpi_view() -> Obj:
    """Targets and the figures of the last day and of this shift; there is no shift before it."""
    targets: Obj = {
        "per_hour": {"target": 6, "limit": 12}, "peak_10_min": {"target": 10, "limit": None},
        "over_10_pct": {"target": 1, "limit": None}, "hours_over_30_pct": {"target": 1, "limit": None},
        "flood_pct": {"target": 1, "limit": None}, "top_10_pct": {"target": 5, "limit": None},
        "chattering": {"target": 0, "limit": None}, "fleeting": {"target": 0, "limit": None},
        "stale": {"target": 5, "limit": None}, "standing": {"target": 10, "limit": None},
        "by_priority_pct": {"1": 5, "2": 15, "3": 40, "4": 40},
    }  # fmt: skip
    return {"targets": targets, "live": figures(), "shift": figures(), "previous": None}
