"""The view ``stops`` and events of OEE: a shift whose packer stands for want of film, with stops explained and not."""

from __future__ import annotations

from typing import Final

from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.samples import MIN, NOW_NS

SHIFT: Final = "2026-11-22-2"
BEFORE: Final = "2026-11-22-1"
NAMES: Final = {
    "film": ("Замена плёнки", "Change of film"), "starved": ("Нет продукта на входе", "Infeed starved"),
    "mechanical": ("Механика", "Mechanical"), "filler_fault": ("Неисправность шприца", "Filler fault"),
    "casing": ("Заправка оболочки", "Loading of casing"), "jam_behind": ("Затор за машиной", "Jam behind the machine"),
    "process_limit": ("Отклонение процесса", "Process deviation"), "": ("", ""),
}  # fmt: skip


def name(code: str) -> Obj:
    return {"ru": NAMES[code][0], "en": NAMES[code][1]}


def stop(number: int, unit: str, ago_min: float, length_min: float | None, **more: Json) -> Obj:
    """A stop that began ``ago_min`` ago; without a length it lasts. Long from 5 min on, unqualified without a code then."""
    begun_ns = NOW_NS - int(ago_min * MIN)
    seconds = (ago_min if length_min is None else length_min) * 60
    code = str(more.get("code", ""))
    long = more.pop("long", seconds >= 300)
    row: dict[str, Json] = {
        "id": f"stop-{number}", "unit": unit, "batch": "B1186" if unit == "P601" else "", "kind": "own", "state": "held",
        "begun_ns": begun_ns, "ended_ns": None if length_min is None else begun_ns + int(length_min * MIN),
        "duration_s": round(seconds, 1), "interrupted": False, "long": long, "unqualified": bool(long) and not code,
        "loss": "down" if long else "minor", "code": code, "name": name(code), "text": "", "by": "ivanova" if code else "",
        "proposed": "", "proposed_name": name(str(more.get("proposed", ""))), "alarm": "", "of": "", "shifts": [SHIFT],
        "spans": [], **more,
    }  # fmt: skip
    return row


def stops() -> list[Obj]:
    """Newest first, as the view has them."""
    return [
        stop(19, "P601", 12.5, None, proposed="film", alarm="P601.FilmOk.discrete"),
        stop(18, "F301", 21.0, 2.2, proposed="filler_fault"),
        stop(17, "P601", 26.0, 4.0, kind="external", state="suspended", proposed="starved", loss="external"),
        stop(16, "S401", 49.0, 6.4, proposed="process_limit", alarm="S401.ChamberTemp.high"),
        stop(15, "F301", 71.0, 1.1, proposed="filler_fault"),
        stop(14, "F301", 74.5, 2.5, proposed="filler_fault"),
        stop(12, "P601", 95.0, 14.5, code="mechanical", text="клин транспортёра, вызван механик", proposed="film"),
        stop(13, "P601", 80.5, 6.0, code="film", text="рулон", of="stop-12"),
        stop(9, "F301", 140.0, 9.5, code="casing", by="petrov", proposed="filler_fault"),
        stop(8, "P601", 171.0, 22.0, kind="external", state="suspended", code="starved", loss="external", proposed="starved"),
        stop(7, "P601", 190.0, 0.7, proposed="film"),
        stop(5, "P601", 262.0, 5.5, code="film", text="рулон", proposed="film"),
        stop(3, "F301", 330.0, 8.0, shifts=[BEFORE], proposed="filler_fault"),
        stop(2, "P601", 351.0, 11.0, code="jam_behind", kind="external", loss="external", shifts=[BEFORE], by="sidorov"),
    ]


def oee(run_min: float, **more: Json) -> Obj:
    """Figures of a machine; ratios are worked out from the times and counts given, in minutes."""

    def minutes(key: str) -> float:
        value = more.get(key, 0.0)
        assert isinstance(value, int | float)
        return float(value)

    minor, down, external, idle = (minutes(k) for k in ("minor", "down", "external", "idle"))
    apt, good, rejects, rate = run_min + minor, minutes("good"), minutes("rejects"), minutes("rate")
    pbt, pq = apt + down + external + idle, good + rejects
    a = apt / pbt if pbt else None
    e = pq / rate / apt if apt and rate else None
    q = good / pq if pq else None
    total = None if a is None or e is None or q is None else a * e * q
    ratios = {"availability": a, "effectiveness": e, "quality": q, "oee": total}
    failures = int(minutes("failures"))
    over: list[Json] = [k for k, v in ratios.items() if v is not None and v > 1.0]
    return {
        **{f"{k}_pct": None if v is None else round(100 * v, 2) for k, v in ratios.items()}, "over_100": over,
        "pbt_s": pbt * 60, "apt_s": apt * 60, "run_s": run_min * 60, "minor_s": minor * 60, "minor_stops": int(minutes("stops")),
        "adot_s": down * 60, "external_s": external * 60, "idle_s": idle * 60, "planned_s": minutes("planned") * 60,
        "unknown_s": minutes("unknown") * 60, "pq": pq, "gq": good, "rejects": rejects, "unseen": minutes("unseen"),
        "pri_s": 60 / rate if rate else None, "failures": failures, "repair_s": down * 60 if failures else 0.0,
        "mttr_s": down * 60 / (failures + 1) if failures else None, "mtbf_s": apt * 60 / (failures + 1) if failures else None,
    }  # fmt: skip


def loss(unit: str, code: str, count: int, minutes: float) -> Obj:
    return {"unit": unit, "code": code, "name": name(code), "count": count, "s": minutes * 60}


PACKER: Final = oee(
    206.0, minor=0.7, stops=1, down=38.5, external=26.0, idle=12.0, planned=25.0, unknown=4.8, good=6824, rejects=55, rate=42,
    failures=1, unseen=110,
)  # fmt: skip
LOSSES: Final[list[Json]] = [
    loss("P601", "starved", 2, 26.0), loss("P601", "mechanical", 1, 14.5), loss("P601", "film", 2, 11.5),
    loss("P601", "", 1, 12.5), loss("F301", "casing", 1, 9.5), loss("S401", "process_limit", 1, 6.4),
]  # fmt: skip


def shift_figures(shift: str = SHIFT) -> Obj:
    units: Obj = {
        "F301": oee(150.0, minor=5.8, stops=3, down=9.5, idle=147.7, good=8530, rate=60, failures=1),
        "S401": oee(215.0, down=6.4, idle=91.6), "S402": oee(0.0), "P601": PACKER,
    }  # fmt: skip
    products: list[Json] = [
        {"product": "doktorskaya", **oee(160.0, down=32.5, external=22.0, good=6420, rejects=45, rate=42),
         "top": [loss("P601", "starved", 1, 22.0), loss("P601", "mechanical", 1, 14.5)]},
        {"product": "vetchina", **oee(46.0, minor=0.7, stops=1, down=6.0, external=4.0, good=2110, rejects=10, rate=40),
         "top": []},
    ]  # fmt: skip
    return {"shift": shift, "constraint": "P601", "line": PACKER, "units": units, "products": products, "top": LOSSES,
            "unqualified": {"count": 2, "s": 1134.0}}  # fmt: skip


def batch_figures(batch: str, product: str = "doktorskaya") -> Obj:
    units: Obj = {
        "F301": oee(31.0, minor=1.1, stops=1, good=1710, rate=60),
        "P601": oee(38.0, down=12.5, good=1530, rejects=9, rate=42),
    }
    return {"batch": batch, "product": product, "constraint": "P601", "line": units["P601"], "units": units,
            "top": [loss("P601", "film", 1, 12.5)]}  # fmt: skip


def stops_view(rows: list[Obj] | None = None) -> Obj:
    """The whole view."""
    shown = stops() if rows is None else rows
    machines: dict[str, Json] = {
        u: {"seen": "run", "state": "running", "since_ns": NOW_NS - 20 * MIN, "stop": None, "batch": "", "product": ""}
        for u in ("F301", "S401", "S402", "P601")
    }
    for row in shown:
        if row["ended_ns"] is None:
            machines[str(row["unit"])] = {
                "seen": row["kind"], "state": row["state"], "since_ns": row["begun_ns"], "stop": row["id"],
                "batch": row["batch"], "product": "doktorskaya",
            }  # fmt: skip
    before = {**shift_figures(BEFORE), "units": {"F301": oee(200.0, down=8.0, minor=3.1, stops=2, good=11000, rate=60)}}
    waiting = [r for r in shown if r["unqualified"]]
    return {
        "threshold_s": 300.0, "as_of_ns": NOW_NS, "machines": machines, "stops": list[Json](shown), "more": 0,
        "unqualified": {"count": len(waiting), "s": 1134.0}, "oee": shift_figures(), "batches": [batch_figures("B1186")],
        "previous": before,
    }  # fmt: skip


def message(rows: list[Obj] | None = None) -> Obj:
    """As a panel receives it."""
    return {"type": "view", "name": "stops", "data": stops_view(rows)}


def oee_event(seq: int, what: str, source: str, data: Obj, ago_min: float) -> Obj:
    return {"seq": seq, "time_ns": NOW_NS - int(ago_min * MIN), "kind": "oee", "source": source, "unit": "", "batch": "",
            "data": {"what": what, **data}}  # fmt: skip


def oee_events() -> Obj:
    """The answer of ``GET /api/events?kind=oee``: two batches and two shifts before."""
    revised: Obj = {**shift_figures(BEFORE), "line": oee(300.0, down=20.0, good=11000, rejects=40, rate=42)}
    found: list[Json] = [
        oee_event(10, "shift", "2026-11-21-2", shift_figures("2026-11-21-2"), 1300),
        oee_event(20, "batch", "B1184", batch_figures("B1184"), 700),
        oee_event(22, "batch", "B1185", batch_figures("B1185", "vetchina"), 400),
        oee_event(30, "shift", BEFORE, shift_figures(BEFORE), 313),
        oee_event(31, "revised", BEFORE, revised, 300),
    ]  # fmt: skip
    return {"events": found, "last": 40}
