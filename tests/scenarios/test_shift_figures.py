"""OEE, stops, curves, alarms and what lay in store in the report of a shift, counted again from samples and raw rows.

Nothing of the project counts here: machines are read from the samples of their states, what people said of stops from their
commands. What the line's files say (planned rates, threshold, lunch, reasons) is written down once more.
"""

from __future__ import annotations

import itertools
import sqlite3
import statistics
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from tests.scenarios.reported_shift import SPLIT_S, Raw, S, report_of, total, work_the_shift
from tests.scenarios.shared import made_once

Spans = list[tuple[int, int]]
BEGIN_NS: Final = 1_767_247_200 * S
LUNCH: Final = (BEGIN_NS + 180 * 60 * S, BEGIN_NS + 210 * 60 * S)
"""12:00 to 12:30 in Moscow; the line was begun at 9:00 there."""
THRESHOLD_NS: Final = 300 * S
PACKML: Final = {**dict.fromkeys((8, 9, 10, 11, 12, 1, 7), "own"), **dict.fromkeys((5, 13, 14), "external"), 6: "run",
                 **dict.fromkeys((3, 15, 16), "as before"), 4: "idle", 17: "idle", 2: "idle"}  # fmt: skip
PHASE: Final = {0: "idle", 1: "run", 2: "idle", **dict.fromkeys((3, 4, 5, 6, 7, 8, 10), "own")}
STATE_OF: Final[Mapping[str, tuple[str, Mapping[int, str]]]] = {
    "P601": ("P601.StateCurrent", PACKML), "F301": ("F301.PhSts", PHASE), "S401": ("S401.PhSts", PHASE),
    "S402": ("S402.PhSts", PHASE),
}  # fmt: skip
COUNTERS: Final = {"P601": ("P601.PackCount", "P601.RejectCount", 42.0), "F301": ("F301.Portions", None, 60.0)}
"""Good, rejected, planned rate a minute of the one product that was made."""
LOSS: Final = {"film": "down", "mechanical": "down", "process_limit": "down", "no_raw_material": "external"}
BREAKDOWNS: Final = {"mechanical"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "reported-shift", work_the_shift) / "data"


@pytest.fixture(scope="module")
def raw(folder: Path) -> Raw:
    return Raw(folder)


@pytest.fixture(scope="module")
def report(folder: Path, raw: Raw) -> dict[str, Any]:
    return report_of(folder, raw.id)


def stored(folder: Path, tag: str, from_ns: int, to_ns: int) -> list[tuple[int, Any, int]]:
    """Time, value and status of every sample of a tag in the span."""
    found: list[tuple[int, Any, int]] = []
    sql = """SELECT time_ns, value, status FROM samples JOIN tags ON tags.id = samples.tag
             WHERE tags.name = ? AND time_ns BETWEEN ? AND ? ORDER BY time_ns"""
    for path in sorted((folder / "samples").glob("*.db")):
        with closing(sqlite3.connect(path)) as db:
            found += db.execute(sql, (tag, from_ns, to_ns)).fetchall()
    return found


def doings(folder: Path, raw: Raw, unit: str) -> dict[str, Spans]:
    """What the machine did when, from the samples of its state; neighbouring spans are one."""
    tag, table = STATE_OF[unit]
    samples = stored(folder, tag, raw.started[1], raw.ended[1])
    assert samples[0][0] == raw.started[1], "its state was stored when the shift began"
    assert all(status == 0 for _, _, status in samples)
    found: dict[str, Spans] = {k: [] for k in ("run", "own", "external", "idle")}
    doing = "idle"
    ends = [*(t for t, _, _ in samples[1:]), raw.ended[1]]
    for (from_ns, value, _), to_ns in zip(samples, ends, strict=True):
        doing = doing if table[int(value)] == "as before" else table[int(value)]
        spans = found[doing]
        if spans and spans[-1][1] == from_ns:
            spans[-1] = (spans[-1][0], to_ns)
        else:
            spans.append((from_ns, to_ns))
    return found


def within(spans: Spans, begin: int, end: int) -> int:
    """How much of ``spans`` lies in the span from ``begin`` to ``end``, ns."""
    return sum(max(0, min(b, end) - max(a, begin)) for a, b in spans)


def busy(spans: Spans) -> int:
    """Without the lunch."""
    return sum(b - a for a, b in spans) - within(spans, *LUNCH)


@dataclass
class Halt:
    """A stop as people left it: where it lies, what it is called."""

    unit: str
    spans: Spans
    code: str = ""
    user: str = ""
    long: bool = False

    @property
    def loss(self) -> str:
        said = LOSS.get(self.code, "down")
        return said if said == "external" or self.long or busy(self.spans) >= THRESHOLD_NS else "minor"


def halts(folder: Path, raw: Raw) -> dict[str, Halt]:
    """Every stretch in which a machine stood by itself, and then what the commands of people made of them."""
    found: dict[str, Halt] = {}
    began = {(r[4], r[6]["begun_ns"]): r[3] for r in raw.of("stop", "started")}
    for unit in STATE_OF:
        for span in doings(folder, raw, unit)["own"]:
            found[began.pop((unit, span[0]))] = Halt(unit, [span])
    assert not began, "a stop that no sample shows"
    answers = {r[6]["id"]: r[6] for r in raw.all if r[2] == "command" and r[6]["status"] == "accepted"}
    for row in raw.all:
        data = row[6]
        if row[2] != "command" or data["status"] != "received" or not data["kind"].startswith("stop."):
            continue
        halt, args = found[data["target"]], data["args"]
        match data["kind"]:
            case "stop.reason":
                found[data["target"]] = replace(halt, code=args["code"], user=data["user"])
            case "stop.merge":
                parts = [halt, *(found.pop(s) for s in args["stops"])]
                found[data["target"]] = replace(halt, spans=sorted(s for p in parts for s in p.spans))
            case _:
                (at,), ((begin, end),) = args["at_ns"], halt.spans
                long = busy(halt.spans) >= THRESHOLD_NS
                for id_, span, code in zip(answers[data["id"]]["stops"], ((begin, at), (at, end)), args["codes"], strict=True):
                    found[id_] = replace(halt, spans=[span], code=code, user=data["user"], long=long)
    return found


def test_the_stops_are_those_that_the_samples_show_as_people_left_them(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    found = halts(folder, raw)
    assert sorted((h.unit, h.code, len(h.spans)) for h in found.values()) == [
        ("P601", "film", 1), ("P601", "mechanical", 1), ("P601", "no_raw_material", 2), ("S402", "process_limit", 1),
    ]  # fmt: skip
    parts = [next(h for h in found.values() if h.code == c).spans[0] for c in ("film", "mechanical")]
    assert (parts[0][1] - parts[0][0], parts[0][1]) == (SPLIT_S * S, parts[1][0]), "one stop of which two were made"
    long = {k: h for k, h in found.items() if h.long or busy(h.spans) >= THRESHOLD_NS}
    stops = report["stops"]
    assert (stops["count"], stops["s"]) == (len(long), sum(busy(h.spans) for h in long.values()) / S)
    assert (stops["minor"], stops["minor_s"]) == (1, sum(busy(h.spans) for k, h in found.items() if k not in long) / S)
    assert stops["unexplained"] == sum(not h.code for h in long.values()) == 0, "the reason that came after the hand-over counts"
    told = {r["id"]: (r["unit"], r["code"], r["user"], r["s"], r["begun_ns"]) for r in stops["top"]}
    assert told == {k: (h.unit, h.code, h.user, busy(h.spans) / S, h.spans[0][0]) for k, h in long.items()}
    assert [r["s"] for r in stops["top"]] == sorted((r["s"] for r in stops["top"]), reverse=True)
    assert next(r["name"]["ru"] for r in stops["top"] if r["code"] == "mechanical") == "Механика"
    (at_end,) = [r[6] for r in raw.all if r[2] == "oee" and r[3] == raw.id and r[6]["what"] == "shift"]
    assert at_end["unqualified"]["count"] == 1, "when it was handed over one stop had no reason yet"


def test_every_second_of_every_machine_and_its_figures(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    assert set(report["oee"]["units"]) == set(STATE_OF)
    for unit, told in report["oee"]["units"].items():
        assert told == figures(folder, raw, unit, raw.started[1], raw.ended[1]), unit
    packer, filler, chamber = (report["oee"]["units"][u] for u in ("P601", "F301", "S402"))
    assert report["oee"]["line"] == packer
    assert min(packer[k] for k in ("run_s", "adot_s", "external_s", "idle_s", "planned_s", "rejects", "mttr_s")) > 0
    assert (filler["gq"] > 0, chamber["adot_s"] > 3600, chamber["effectiveness_pct"]) == (True, True, None)


def figures(folder: Path, raw: Raw, unit: str, begin: int, end: int) -> dict[str, Any]:
    """As the report has them, of the span from ``begin`` to ``end``."""
    of = doings(folder, raw, unit)
    own = [(h, [(max(a, begin), min(b, end)) for a, b in h.spans if a < end and b > begin])
           for h in halts(folder, raw).values() if h.unit == unit]  # fmt: skip
    own = [(h, spans) for h, spans in own if spans]
    s = {loss: sum(busy(spans) for h, spans in own if h.loss == loss) for loss in ("minor", "down", "external")}
    run = within(of["run"], begin, end)
    at_lunch = (max(begin, LUNCH[0]), max(begin, min(end, LUNCH[1])))
    off = within(of["idle"], *at_lunch)
    idle = within(of["idle"], begin, end) - off
    planned = off + within(of["own"], *at_lunch) + within(of["external"], *at_lunch)
    external = s["external"] + within(of["external"], begin, end) - within(of["external"], *at_lunch)
    apt = run + s["minor"]
    pbt = apt + s["down"] + external + idle
    assert pbt + planned == end - begin, "no second is lost or counted twice"
    good, reject, rate = 0.0, 0.0, None
    if unit in COUNTERS:
        tag, other, rate = COUNTERS[unit]
        good, reject = up(folder, tag, begin, end), up(folder, other, begin, end) if other else 0.0
    made = good + reject
    availability = apt / pbt if pbt else None
    effectiveness = made * 60 / rate / (apt / S) if apt and rate is not None else None
    quality = good / made if made else None
    parts = (availability, effectiveness, quality)
    oee = availability * effectiveness * quality if availability and effectiveness and quality else None
    broken = [busy(spans) / S for h, spans in own if h.code in BREAKDOWNS]
    return {
        **{f"{k}_pct": None if v is None else pytest.approx(100 * v, abs=0.006)
           for k, v in zip(("availability", "effectiveness", "quality", "oee"), (*parts, oee), strict=True)},
        "over_100": [], "pbt_s": pbt / S, "apt_s": apt / S, "run_s": run / S, "minor_s": s["minor"] / S,
        "minor_stops": sum(h.loss == "minor" for h, _ in own), "adot_s": s["down"] / S, "external_s": external / S,
        "idle_s": idle / S, "planned_s": planned / S, "unknown_s": 0.0, "unseen": 0.0, "pq": made, "gq": good, "rejects": reject,
        "pri_s": pytest.approx(60 / rate, abs=0.0001) if rate is not None and made else None,
        "failures": len(broken), "repair_s": sum(broken),
        "mttr_s": pytest.approx(sum(broken) / (len(broken) + 1), abs=0.06) if broken else None,
        "mtbf_s": pytest.approx(apt / S / (len(broken) + 1), abs=0.06) if broken else None,
    }  # fmt: skip


def up(folder: Path, tag: str, begin: int, end: int) -> float:
    """How much a counter went up; far down is a new start from zero."""
    samples = stored(folder, tag, 0, end)
    values = [v for t, v, _ in samples if t <= begin][-1:] + [v for t, v, _ in samples if t > begin]
    return sum(b if b < a / 2 else b - a for a, b in itertools.pairwise(values))


def test_the_product_has_the_time_in_which_its_batch_was_at_the_packer(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    at = {r[6]["what"]: r[1] for r in raw.of("batch", "acquire", "release") if r[4] == "P601"}
    (told,) = report["oee"]["products"]
    counted = figures(folder, raw, "P601", at["acquire"], at["release"])
    loose = {"pbt_s": 3.0, "idle_s": 3.0, "availability_pct": 0.3, "oee_pct": 0.3}
    assert (told["product"], {k: told[k] for k in counted if k not in loose}) == (
        "doktorskaya", {k: v for k, v in counted.items() if k not in loose},
    )  # fmt: skip
    for key, by in loose.items():
        wanted = counted[key] if isinstance(counted[key], float) else counted[key].expected
        assert told[key] == pytest.approx(wanted, abs=by), f"{key}: the unit is shown as the batch's a scan or two later"


def test_the_worst_reasons(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    by: Counter[tuple[str, str]] = Counter()
    for halt in halts(folder, raw).values():
        by[halt.unit, halt.code] += busy(halt.spans)
    told = [(r["unit"], r["code"], r["s"]) for r in report["oee"]["top"]]
    assert told == [(unit, code, ns / S) for (unit, code), ns in by.most_common()]
    assert all(r["count"] == 1 for r in report["oee"]["top"])
    assert report["oee"]["unqualified"] == {"count": 0, "s": 0.0}


def test_the_curve_of_what_was_packed_is_every_sample(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    (curve,) = [c for c in report["curves"] if c["what"] == "packed"]
    samples = stored(folder, "P601.PackedMass", raw.started[1], raw.ended[1])
    assert (curve["tag"], curve["kept"], curve["eu"]) == ("P601.PackedMass", "all", "kg")
    assert list(zip(curve["t"], curve["v"], curve["q"], strict=True)) == samples
    assert len(samples) > 50


def test_the_curves_of_temperatures_are_samples_with_every_extreme(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    curves = {c["tag"]: c for c in report["curves"] if c["what"] == "temperature"}
    judged = {r[6]["tag"] for r in raw.of("batch", "verdict", "deviation") if r[6].get("tag") and r[6].get("eu") == "°C"}
    assert set(curves) == judged == {"S401.CoreTemp", "S402.CoreTemp"}
    for tag, curve in curves.items():
        samples = stored(folder, tag, raw.started[1], raw.ended[1])
        of = {t: (v, q) for t, v, q in samples}
        shown = [(t, v) for t, v in zip(curve["t"], curve["v"], strict=True) if v is not None]
        assert all(of[t][0] == v and of[t][1] < 0x80000000 for t, v in shown), tag
        assert 600 <= len(shown) < len(samples), "thinned"
        assert curve["kept"] == "thinned"
        good = [v for v, q in of.values() if q < 0x80000000]
        assert (min(v for _, v in shown), max(v for _, v in shown)) == (min(good), max(good))
        bad = any(q >= 0x80000000 for _, q in of.values())
        assert (None in curve["v"]) is bad is (tag == "S402.CoreTemp"), "its probe was broken: the curve has a hole"
        newest = [r[6] for r in raw.of("batch", "verdict", "deviation") if r[6].get("tag") == tag][-1]
        assert (curve["lo"], curve["hi"]) == (newest["lo"], newest["hi"])


def came(raw: Raw) -> list[Any]:
    return [r for r in raw.of("alarm") if r[6]["event"] in ("alarm", "realarm", "resume_active") and r[6]["to"] == "unack_active"
            and r[6]["from"] != "unack_active"]  # fmt: skip


def test_the_curve_of_alarms_counts_them_per_ten_minutes(report: dict[str, Any], raw: Raw) -> None:
    (curve,) = [c for c in report["curves"] if c["what"] == "alarms"]
    counted = Counter((r[1] - raw.started[1]) // (600 * S) for r in came(raw))
    assert curve["v"] == [counted[i] for i in range(35)], "350 minutes"
    assert curve["t"] == [raw.started[1] + i * 600 * S for i in range(35)]
    assert sum(curve["v"]) >= 5


def test_the_figures_of_alarms(report: dict[str, Any], raw: Raw) -> None:
    kpi, rows, hours = report["alarms"]["kpi"], came(raw), (raw.ended[1] - raw.started[1]) / S / 3600
    assert (kpi["alarms"], kpi["from_ns"], kpi["to_ns"]) == (len(rows), raw.started[1], raw.ended[1])
    by = Counter(str(r[6]["priority"]) for r in rows)
    assert kpi["by_priority"] == report["alarms"]["by_priority"] == {p: by[p] for p in "1234"}
    assert kpi["by_priority_pct"] == {p: pytest.approx(100 * by[p] / len(rows), abs=0.001) for p in "1234"}
    assert kpi["per_hour"] == pytest.approx(len(rows) / hours, abs=0.001)
    assert kpi["per_10_min"] == pytest.approx(len(rows) / hours / 6, abs=0.001)
    names = Counter(r[3] for r in rows)
    assert {t["id"]: t["count"] for t in kpi["top"]} == names
    assert [t["pct"] for t in kpi["top"]] == [pytest.approx(100 * n / len(rows), abs=0.001) for _, n in names.most_common()]
    waited: dict[str, list[float]] = {p: [] for p in "1234"}
    for row in raw.of("alarm"):
        if row[6]["event"] == "ack":
            since = [r for r in rows if r[3] == row[3] and r[0] < row[0]][-1]
            waited[str(row[6]["priority"])].append((row[1] - since[1]) / S)
    every = [s for some in waited.values() for s in some]
    assert (kpi["ack"]["count"], kpi["ack"]["median_s"], kpi["ack"]["max_s"]) == (
        len(every),
        statistics.median(every),
        max(every),
    )
    assert {p: a["count"] for p, a in kpi["ack"]["by_priority"].items()} == {p: len(some) for p, some in waited.items()}
    times = [r[1] for r in rows]
    assert kpi["peak_10_min"] <= max(sum(t <= u < t + 600 * S for u in times) for t in times)
    assert (kpi["floods"], kpi["shelved"], report["alarms"]["floods"]) == (0, 0, 0)
    last = {r[3]: r[6] for r in raw.before_end if r[2] == "alarm"}
    assert kpi["standing"] == sum(a["active"] is True for a in last.values()) == len(report["alarms"]["active"])
    for told in report["alarms"]["active"]:
        began = [r for r in raw.rows if r[2] == "alarm" and r[3] == told["alarm"] and r[6]["event"] == "alarm"][-1]
        assert (told["since_ns"], told["priority"], told["state"]) == (began[1], began[6]["priority"], last[told["alarm"]]["to"])


def test_what_lay_in_store(report: dict[str, Any], raw: Raw) -> None:
    by: dict[str, dict[str, float]] = {}
    material: dict[str, str] = {}
    for row in raw.before_end:
        data = row[6]
        if row[2] != "lot":
            continue
        lot = row[3]
        if data["what"] == "received":
            material[lot] = data["material"]
            by.setdefault(data["material"], {})[lot] = data["kg"]
        elif data["what"] == "consumed":
            by[material[lot]][lot] -= data["kg"]
    made = total(raw.of("lot", "packed"))
    stock = {r["material"]: r for r in report["stock"]}
    assert set(stock) == {*by, "doktorskaya"}
    for name, lots in by.items():
        assert stock[name]["kg"] == pytest.approx(sum(lots.values()), abs=0.01), name
        assert stock[name]["lots"] == sum(kg > 0.0005 for kg in lots.values()), name
    assert (stock["doktorskaya"]["kg"], stock["doktorskaya"]["lots"]) == (pytest.approx(made, abs=0.01), 1)
    assert all(r["held_kg"] == 0.0 for r in report["stock"])


def test_requests_safety_cleaning_and_quality_word_by_word(report: dict[str, Any], raw: Raw) -> None:
    first: dict[str, Any] = {}
    for row in (r for r in raw.before_end if r[2] == "request"):
        first.setdefault(row[3], row)
    newest = {r[3]: r for r in raw.before_end if r[2] == "request"}
    told = {r["id"]: r for key in ("open", "done") for r in report["requests"][key]}
    assert set(told) == set(newest)
    for key, row in newest.items():
        data, one = row[6], told[key]
        assert (one["unit"], one["text"], one["kind"], one["priority"], one["status"], one["number"], one["by"]) == (
            row[4], data["request"], data["kind"], data["priority"], data["to"], data["number"], "anna",
        )  # fmt: skip
        assert (one["opened_ns"], one["changed_ns"]) == (first[key][1], row[1])
    assert [(r["text"], r["unit"], r["status"]) for r in report["requests"]["open"]] == [("Стук в ножевом валу", "C201", "open")]
    assert [r["status"] for r in report["requests"]["done"]] == ["confirmed"]
    assert len(report["requests"]["calls"]) == len(raw.of("call", "created", "closed"))
    entries = {c: [(r[1], r[6]["text"], r[6]["user"]) for r in raw.of("shift", "entry") if r[6]["category"] == c]
               for c in ("safety", "cleaning")}  # fmt: skip
    for category, rows in entries.items():
        assert [(e["time_ns"], e["text"]["ru"], e["user"]) for e in report[category]] == rows != []
    (photo,) = [e["photo"] for e in report["cleaning"]]
    assert photo == "a" * 64
    decided = [(r[1], r[3], r[6]["to"]) for r in raw.of("batch", "product")]
    decided += [(r[1], r[3], r[6]["what"]) for r in raw.of("lot", "hold", "released", "blocked", "discarded")]
    assert sorted((d["time_ns"], d["of"], d["what"]) for d in report["quality"]["decided"]) == sorted(decided) != []


def test_an_order_that_was_filled(report: dict[str, Any], raw: Raw) -> None:
    (order,) = [o for o in report["plan"]["orders"] if o["id"] == "order-1"]
    (batch,) = [r[3] for r in raw.of("batch", "created") if r[6].get("order") == "order-1"]
    steps = [r[6] for r in raw.rows if r[2] == "batch" and r[5] == batch and r[6].get("what") == "step"]
    kg = [d["counters"]["packed_kg"] for d in steps if "packed_kg" in (d.get("counters") or {})]
    assert order["status"] == "filled"
    assert order["remaining"] == 0.0
    assert 50.0 <= order["packed_kg"] <= kg[-1] - kg[0] + 0.5
