"""Alarms as the API tells them, for the tests of the alarm page."""

from __future__ import annotations

from typing import cast

from PySide6.QtWidgets import QApplication

from hmi.pages.alarms import AlarmsPage
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi import samples
from tests.hmi.conftest import Panel

S = 1_000_000_000
HALF_S = S // 2
NOW = samples.NOW_NS


def alarms_page(panel: Panel, argument: str = "") -> AlarmsPage:
    panel.window.navigate("alarms", argument)
    page = panel.window.page
    assert isinstance(page, AlarmsPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def look_a_moment(panel: Panel) -> None:
    """Half a second passes with the page before the operator's eyes."""
    panel.clock.advance_ns(HALF_S)
    panel.window.refresh()


def standing(alarm: str, **more: Json) -> Obj:
    """A row of the view: unacknowledged, of priority 3, a minute old."""
    row: dict[str, Json] = {
        "id": alarm, "tag": "", "unit": "S401", "priority": 3, "state": "unack_active", "text": {"ru": alarm, "en": alarm},
        "time_ns": NOW - 60 * S, "value": None, "limit": None, "eu": "", "kind": "discrete", "acked_by": "", "acked_ns": 0,
        "first_out": False, "consequence_of": "",
    }  # fmt: skip
    return {**row, **more}


def view(*rows: Obj, **more: Json) -> Obj:
    """The message with a view of these standing alarms."""
    data: dict[str, Json] = {
        "active": list(rows), "shelved": [], "suppressed": [], "out_of_service": [], "counts": {}, "silenced": False,
        "unacked": sum(r["state"] in ("unack_active", "rtn_unack", "latched_unack") for r in rows), "last_10_min": len(rows),
        "flood": None,
    }  # fmt: skip
    return {"type": "view", "name": "alarms", "data": {**data, **more}}


def many(count: int) -> Obj:
    """``count`` unacknowledged alarms of priority 3, the first the newest."""
    texts: list[Obj] = [{"ru": f"Тревога {i}", "en": f"Alarm {i}"} for i in range(count)]
    return view(*(standing(f"A{i:03d}", time_ns=NOW - i * S, text=cast(Json, t)) for i, t in enumerate(texts)))


def alarm_event(seq: int, alarm: str = "S401.ChamberTemp.high_high", **data: Json) -> Obj:
    body: dict[str, Json] = {
        "from": "normal", "to": "unack_active", "priority": 1, "value": 91.4, "limit": 90.0, "eu": "°C", "quality": 0,
        "text": {"ru": "Камера: перегрев", "en": "Chamber too hot"}, **data,
    }  # fmt: skip
    return {"seq": seq, "time_ns": NOW - (1000 - seq) * S, "kind": "alarm", "source": alarm, "unit": "S401",
            "batch": "", "data": body}  # fmt: skip


def journal_event(seq: int, kind: str, source: str, unit: str = "", batch: str = "", **data: Json) -> Obj:
    """Any event of the journal, ``1000 - seq`` seconds old."""
    time_ns = NOW - (1000 - seq) * S
    return {"seq": seq, "time_ns": time_ns, "kind": kind, "source": source, "unit": unit, "batch": batch, "data": data}


def journal_reply(*rows: Obj, first: int | None = None, more: bool = False, status: int = 200) -> Obj:
    """The answer of ``GET /api/alarm_journal``."""
    told = first if first is not None else min((cast(int, r["seq"]) for r in rows), default=0)
    return {"type": "reply", "reply_to": "alarms.journal", "status": status,
            "data": {"rows": list(rows), "first": told, "more": more}}  # fmt: skip
