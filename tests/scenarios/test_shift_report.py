"""A shift with people in it, handed over with two signatures: every figure of its report is counted again from the raw rows.

The counting here knows nothing of the project but the names of tables and keys: it reads the files with SQL.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from historian.queries import Queries
from historian.record import canonical
from historian.record_pdf import attached_record
from line.jsontools import child
from line.messages import Command, CommandKind, JsonObject
from potok import cli
from potok.linefolder import LoadedLine
from potok.shift import Fingerprint, Person, PlannedFault, ShiftRecorder, ShiftSettings, ShiftStepper
from potok.shift_crew import Order
from tests.scenarios.coarse import coarse_line
from tests.scenarios.shared import made_once

HOURS: Final = 6.0
HANDED_OVER_MIN: Final = 350
S: Final = 1_000_000_000
K = CommandKind


def signature(user: str) -> dict[str, Any]:
    """What the server puts into a command that it has checked the password of."""
    return {"user": user, "name": user.title(), "role": "shift_lead", "time_ns": 1_767_250_000 * S}


SCRIPT: Final[tuple[tuple[int, str, str, dict[str, Any], str], ...]] = (
    (5, K.LOG_ENTRY, "", {"category": "safety", "text": "Пролив у C201", "unit": "C201"}, ""),
    (6, K.LOG_CORRECT, "L1", {"text": "Пролив у F301"}, "ошибся узлом"),
    (7, K.LOG_ENTRY, "", {"category": "cleaning", "text": "Вымыт G101", "photo": "a" * 64}, ""),
    (8, K.UNIT_MODE, "H501", {"mode": "manual"}, ""),
    (9, K.ORDER_IMPORT, "", {"orders": [{"number": "З-1", "recipe": "doktorskaya", "kg": 60.0},
                                        {"number": "З-2", "recipe": "vetchina", "packs": 40}]}, ""),
    (10, K.ORDER_CHANGE, "order-1", {"kg": 65.0}, ""),
    (11, K.ORDER_CANCEL, "order-2", {"note": ""}, "нет мяса"),
    (12, K.TAG_WRITE, "H501.SP_Air", {"value": 1.5}, "проба"),
    (20, K.UNIT_MODE, "H501", {"mode": "auto"}, ""),
    (21, K.UNIT_MODE, "G101", {"mode": "manual"}, ""),
    (30, K.REQUEST_CREATE, "C201", {"kind": "fault", "text": "Стук в ножевом валу", "priority": "urgent"}, ""),
    (31, K.REQUEST_CREATE, "", {"kind": "supply", "text": "Нет перчаток", "priority": "low"}, ""),
    (40, K.REQUEST_DONE, "request-2", {"note": "принесли"}, ""),
    (41, K.REQUEST_CONFIRM, "request-2", {"note": ""}, ""),
    (300, K.SHIFT_PREPARE, "", {"notes": "S402 проверить датчик"}, ""),
    (302, K.SHIFT_SIGN, "", {"part": "outgoing", "signature": signature("boris")}, ""),
    (HANDED_OVER_MIN, K.SHIFT_SIGN, "", {"part": "incoming", "face_to_face": True, "remark": "Принято", "number": 2,
                                         "signature": signature("vera")}, ""),
)  # fmt: skip


class People:
    """The crew, and beside it the people of :data:`SCRIPT`."""

    def __init__(self, crew: Person, began_ns: int) -> None:
        self._crew = crew
        self._left = [(began_ns + row[0] * 60 * S, row) for row in SCRIPT]

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        found = list(self._crew.look(now_ns, views))
        while self._left and self._left[0][0] <= now_ns:
            _, (_, kind, target, args, why) = self._left.pop(0)
            if kind == K.SHIFT_SIGN:
                args = {**args, "hash": child(views["shift"], "handover").get("hash")}
            who = ("anna", "shift_lead", "panel")
            found.append(Command(f"script-{len(self._left)}", kind, target, args, *who, now_ns, why))
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "reported-shift", work_the_shift) / "data"


def work_the_shift(base: Path) -> None:
    """Six hours with a broken probe and everything that :data:`SCRIPT` says."""
    line: LoadedLine = coarse_line(base)
    fault = PlannedFault(120.0, "sensor_break", "S402.CoreTemp", None, 3.0)
    orders = (Order("doktorskaya", 70.0, 0.0), Order("doktorskaya", 75.0, 8.0))
    settings = ShiftSettings(HOURS, 5, (fault,), base / "data", orders=orders)
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, settings.data)
    shift = ShiftStepper(line, settings, recorder, fingerprint)
    shift.operator = People(shift.operator, shift.clock.now_ns())
    try:
        shift.run(lambda _share: None)
    finally:
        assert recorder.writer is not None
        recorder.writer.close()


class Raw:
    """The rows of one shift, straight from the file."""

    def __init__(self, folder: Path, ordinal: int = 1) -> None:
        with closing(sqlite3.connect(folder / "journal.db")) as db:
            self.all = [(*row[:6], json.loads(row[6])) for row in db.execute(
                "SELECT seq, time_ns, kind, source, unit, batch, data FROM events ORDER BY seq")]  # fmt: skip
        own = [r for r in self.all if r[2] == "shift" and r[3].endswith(f"-{ordinal}")]
        self.started = next(r for r in own if r[6]["what"] == "started")
        self.ended = next(r for r in own if r[6]["what"] == "ended")
        self.id = self.started[3]
        self.rows = [r for r in self.all if self.started[0] <= r[0] <= self.ended[0]]
        self.before_end = [r for r in self.all if r[0] <= self.ended[0]]

    def of(self, kind: str, *whats: str) -> list[Any]:
        return [r for r in self.rows if r[2] == kind and (not whats or r[6].get("what") in whats)]


@pytest.fixture(scope="module")
def raw(folder: Path) -> Raw:
    return Raw(folder)


@pytest.fixture(scope="module")
def report(folder: Path, raw: Raw) -> dict[str, Any]:
    found = Queries(folder).shift_document(raw.id)
    assert found is not None
    return json.loads(canonical(found))


def total(rows: list[Any], key: str = "kg") -> float:
    return round(sum(r[6][key] for r in rows), 3)


def test_the_seal_is_over_everything_else(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    content = {k: v for k, v in report.items() if k != "sha256"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == report["sha256"]
    with closing(sqlite3.connect(folder / "journal.db")) as db:
        ends = [
            db.execute("SELECT hash FROM events WHERE seq = ?", (r[0],)).fetchone()[0].hex() for r in (raw.started, raw.ended)
        ]
    journal = report["journal"]
    assert [journal["first"], journal["last"]] == ends
    assert (journal["first_seq"], journal["last_seq"], journal["made_seq"]) == (raw.started[0], raw.ended[0], raw.all[-1][0])
    assert journal["events"] == sum(r[2] not in ("write", "notice", "escalation") for r in raw.rows)


def test_who_had_the_line_and_who_signed(report: dict[str, Any], raw: Raw) -> None:
    shift, handover = report["shift"], report["handover"]
    assert (shift["started_ns"], shift["ended_ns"]) == (raw.started[1], raw.ended[1])
    assert shift["duration_s"] == round((raw.ended[1] - raw.started[1]) / S, 1)
    assert (shift["number"], shift["crew"], shift["ended_by"], shift["complete"]) == (1, raw.started[6]["crew"], "user", True)
    signed = {r[6]["part"]: r[6]["signature"] for r in raw.of("shift", "signed")}
    assert {k: handover[k] for k in ("outgoing", "incoming")} == signed
    assert {s["user"] for s in signed.values()} == {"boris", "vera"}
    frozen = next(r[6]["matters"] for r in raw.of("shift", "signed") if r[6]["part"] == "outgoing")
    assert handover["matters"] == frozen
    bound = [{k: m[k] for k in ("id", "kind", "of", "text", "unit")} for m in frozen]
    said = {"matters": bound, "notes": handover["notes"], "shift": raw.id}
    read = hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    assert {r[6]["hash"] for r in raw.rows if r[2] == "shift" and r[6]["what"] == "signed"} == {handover["hash"]} == {read}
    assert {"deviation", "manual", "request", "batch"} <= {m["kind"] for m in frozen}
    assert (handover["notes"], handover["remark"]) == ("S402 проверить датчик", "Принято")


def test_the_totals_are_those_of_the_rows_and_of_the_counters(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    totals, mass = report["totals"], report["mass"]
    began = [r for r in raw.of("batch", "state") if not r[6].get("node") and r[6]["to"] == "running" and r[6]["from"] == "idle"]
    done = raw.of("batch", "complete")
    assert (totals["batches_started"], totals["batches_completed"]) == (len(began), len(done)) == (2, 1)
    for key, tag in (("charged_kg", "R101.Charged"), ("packed_kg", "P601.PackedMass")):
        values = samples_of(folder, tag, raw.started[1], raw.ended[1])
        assert mass[key] == pytest.approx(gone_up(values), abs=0.6), "to the deadband of what is stored"
        assert mass[key] == totals[key]
    assert mass["on_line_kg"] == round(mass["charged_kg"] - mass["packed_kg"], 3)
    counted = samples_of(folder, "P601.PackedMass", raw.started[1], done[-1][1])[-1]
    assert mass["yield_pct"] == pytest.approx(100 * counted / sum(r[6]["size_kg"] for r in done), abs=1.0)


def gone_up(values: list[float]) -> float:
    """How much a counter went up; a drop is a reset to zero."""
    return sum(b - a if b >= a else b for a, b in itertools.pairwise(values))


def samples_of(folder: Path, tag: str, from_ns: int, to_ns: int) -> list[float]:
    """Values of a tag, from its first sample in the span on."""
    found: list[float] = []
    for path in sorted((folder / "samples").glob("*.db")):
        with closing(sqlite3.connect(path)) as db:
            sql = """SELECT value FROM samples JOIN tags ON tags.id = samples.tag
                     WHERE tags.name = ? AND time_ns BETWEEN ? AND ? AND status < 0x40000000 ORDER BY time_ns"""
            found += [row[0] for row in db.execute(sql, (tag, from_ns - 2 * S, to_ns))]
    return found


def weighed(raw: Raw, batch: str) -> float:
    return total([r for r in raw.before_end if r[2] == "batch" and r[5] == batch and r[6].get("what") == "lot"])


def packed(raw: Raw, batch: str) -> float | None:
    """By the counter of the packer, at the end of its phases less their beginning."""
    steps = [r[6] for r in raw.before_end if r[2] == "batch" and r[5] == batch and r[6].get("what") == "step"]
    ends = [d["counters"]["packed_kg"] for d in steps if "packed_kg" in (d.get("counters") or {})]
    return round(ends[-1] - ends[0], 3) if len(ends) == 2 else None


def test_batches_and_products(report: dict[str, Any], raw: Raw) -> None:
    created = {r[3]: r[6] for r in raw.of("batch", "created")}
    assert [b["id"] for b in report["batches"]] == list(created)
    for row, of_mass in zip(report["batches"], report["mass"]["batches"], strict=True):
        batch = row["id"]
        states = [
            r
            for r in raw.before_end
            if r[2] == "batch" and r[3] == batch and r[6].get("what") == "state" and not r[6].get("node")
        ]
        assert (row["state"], row["size_kg"]) == (states[-1][6]["to"], created[batch]["size_kg"])
        holds = [r for r in states if r[6]["to"] == "held"]
        held_ns = sum(next((s[1] for s in states if s[0] > r[0]), raw.ended[1]) - r[1] for r in holds)
        assert (row["holds"], row["held_s"]) == (len(holds), round(held_ns / S, 1))
        assert row["charged_kg"] == of_mass["charged_kg"] == weighed(raw, batch)
        assert row["packed_kg"] == of_mass["packed_kg"] == packed(raw, batch)
        steps = Counter(
            r[6]["status"] for r in raw.before_end if r[2] == "batch" and r[5] == batch and r[6].get("what") == "step"
        )
        assert len(row["phases"]) == (0 if row["state"] == "complete" else steps["running"] - steps["complete"])
    assert [b["holds"] > 0 for b in report["batches"]] == [False, True], "the probe of the second broke"
    product = next(p for p in report["plan"]["products"] if p["recipe"] == "doktorskaya")
    done = [b for b in created if any(r[6].get("what") == "complete" and r[5] == b for r in raw.rows)]
    assert (product["batches"], product["completed"]) == (2, len(done)) == (2, 1)
    assert product["completed_size_kg"] == sum(created[b]["size_kg"] for b in done)
    assert product["packed_kg"] == pytest.approx(sum(packed(raw, b) or 0.0 for b in done), abs=0.001)
    assert product["charged_kg"] == pytest.approx(sum(weighed(raw, b) for b in done), abs=0.001)


def test_lots_and_stock(report: dict[str, Any], raw: Raw) -> None:
    lots = report["lots"]
    taken = raw.of("lot", "consumed")
    assert taken
    assert lots["loaded_kg"] == total(taken)
    assert [(e["lot"], e["kg"], e["batch"]) for e in lots["loaded"]] == [(r[3], r[6]["kg"], r[5]) for r in taken]
    by = {m["material"]: (m["lots"], m["kg"]) for m in lots["by_material"]}
    assert by == {m: (sum(r[6]["material"] == m for r in taken), total([r for r in taken if r[6]["material"] == m]))
                  for m in {r[6]["material"] for r in taken}}  # fmt: skip
    came = raw.of("lot", "received")
    assert [(e["lot"], e["kg"]) for e in lots["received"]] == [(r[3], r[6]["kg"]) for r in came]
    assert len(lots["packed"]) == len(raw.of("lot", "packed"))
    for row in report["stock"]:
        material = row["material"]
        received = [
            r for r in raw.before_end if r[2] == "lot" and r[6].get("what") == "received" and r[6]["material"] == material
        ]
        used = [r for r in raw.before_end if r[2] == "lot" and r[6].get("what") == "consumed" and r[6]["material"] == material]
        if received:
            assert row["kg"] == pytest.approx(total(received) - total(used), abs=0.01), material


def test_critical_points_and_quality(report: dict[str, Any], raw: Raw) -> None:
    ccp = report["ccp"]
    deviations = [r for r in raw.of("batch", "deviation") if r[6].get("kind") == "ccp" and r[6].get("back") is not True]
    assert len(deviations) == len(ccp["deviations"]) == ccp["undecided"] >= 1
    at_end = [r for r in raw.of("batch", "verdict") if r[6].get("ccp") is True and r[6]["passed"] is True]
    assert sum(c["passed"] for c in ccp["results"] if c["when"] == "end") == len(at_end) >= 1
    assert (ccp["passed"], ccp["failed"]) == (
        sum(c["passed"] for c in ccp["results"]), sum(not c["passed"] for c in ccp["results"]),
    )  # fmt: skip
    held = {r[3]: r[6]["to"] for r in raw.before_end if r[2] == "batch" and r[6].get("what") == "product"}
    assert [h["batch"] for h in report["quality"]["held"]] == [b for b, to in held.items() if to == "on_hold"] == ["B1002"]


def test_alarms(report: dict[str, Any], raw: Raw) -> None:
    alarms = report["alarms"]
    came = [r for r in raw.of("alarm") if r[6]["to"] == "unack_active" and r[6].get("from") != "unack_active"
            and r[6]["event"] in ("alarm", "realarm", "resume_active")]  # fmt: skip
    assert alarms["count"] == report["totals"]["alarms"] == len(came) > 0
    assert alarms["by_priority"] == {str(p): sum(r[6]["priority"] == p for r in came) for p in (1, 2, 3, 4)}
    assert alarms["acknowledged"] == sum(r[6]["event"] == "ack" for r in raw.of("alarm"))
    last = {r[3]: r[6]["to"] for r in raw.before_end if r[2] == "alarm"}
    hidden = ("shelved", "suppressed", "out_of_service")
    for key in hidden:
        assert {a["alarm"] for a in alarms[key]} == {a for a, to in last.items() if to == key}
    assert {a["alarm"] for a in alarms["active"]} == {a for a, to in last.items() if to not in (*hidden, "normal")}
    rate = next(c for c in report["curves"] if c["what"] == "alarms")
    assert sum(rate["v"]) == len(came)
    assert alarms["kpi"]["alarms"] == len(came)


def test_modes_requests_and_the_log(report: dict[str, Any], raw: Raw) -> None:
    modes = {r[3]: r[6]["to"] for r in raw.before_end if r[2] == "unit" and r[6].get("what") == "mode"}
    assert [m["unit"] for m in report["modes"]["manual"]] == [u for u, to in modes.items() if to == "manual"] == ["G101"]
    changed = [r for r in raw.rows if r[2] in ("unit", "batch") and r[6].get("what") == "mode"]
    assert [(c["of"], c["to"]) for c in report["modes"]["changes"]] == [(r[3], r[6]["to"]) for r in changed]
    status = {r[3]: r[6]["to"] for r in raw.before_end if r[2] == "request"}
    assert [r["id"] for r in report["requests"]["open"]] == [k for k, v in status.items() if v not in ("confirmed", "cancelled")]
    assert [r["id"] for r in report["requests"]["done"]] == [k for k, v in status.items() if v in ("confirmed", "cancelled")]
    assert len(status) == 2
    written = [e for e in report["log"] if not e["auto"]]
    assert [(e["entry"], e["text"]["ru"]) for e in written] == [(r[6]["entry"], r[6]["text"]) for r in raw.of("shift", "entry")]
    assert (
        [c["text"] for c in written[0]["corrections"]]
        == [r[6]["text"] for r in raw.of("shift", "correction")]
        == ["Пролив у F301"]
    )
    assert ([e["entry"] for e in report["safety"]], [e["entry"] for e in report["cleaning"]]) == (["L1"], ["L3"])
    known = {r[0] for r in raw.rows}
    assert {e["seq"] for e in report["log"]} <= known
    assert [e["seq"] for e in report["log"]] == sorted(e["seq"] for e in report["log"])
    high = [r[0] for r in raw.of("alarm") if r[6]["event"] == "alarm" and r[6]["to"] == "unack_active" and r[6]["priority"] <= 2]
    assert set(high) <= {e["seq"] for e in report["log"]}


def test_setpoints_and_orders(report: dict[str, Any], raw: Raw) -> None:
    asked = [r for r in raw.rows if r[2] == "command" and r[6]["status"] == "received" and r[6]["kind"] == "tag.write"]
    became = {r[6]["id"]: r[6]["status"] for r in raw.rows if r[2] == "command"}
    wanted = [(r[1], r[6]["target"], r[6]["args"]["value"], r[3], became[r[6]["id"]]) for r in asked]
    told = [(w["time_ns"], w["tag"], w["value"], w["user"], w["status"]) for w in report["setpoints"]["written"]]
    assert told == wanted
    assert [(w[1], w[2]) for w in wanted] == [("H501.SP_Air", 1.5)]
    changed = [r for r in raw.of("batch") if r[6]["what"] == "parameter"]
    assert [(p["batch"], p["to"]) for p in report["setpoints"]["parameters"]] == [(r[5], r[6]["to"]) for r in changed]
    newest = {r[3]: r[6] for r in raw.before_end if r[2] == "order"}
    keys = ("number", "recipe", "kg", "packs", "packed_kg", "remaining", "priority")
    orders = [(o["id"], o["status"], *(o[k] for k in keys)) for o in report["plan"]["orders"]]
    assert orders == [(k, v["to"], *(v[key] for key in keys)) for k, v in newest.items()]
    assert [(o[0], o[1], o[2], o[4]) for o in orders] == [
        ("order-1", "planned", "З-1", 65.0), ("order-2", "cancelled", "З-2", None),
    ]  # fmt: skip
    ordered: Counter[str] = Counter()
    for order in newest.values():
        ordered[order["recipe"]] += order["kg"] or 0.0
    planned = {p["recipe"]: p["planned_kg"] or 0.0 for p in report["plan"]["products"]}
    assert {k: v for k, v in planned.items() if v} == {k: v for k, v in ordered.items() if v} == {"doktorskaya": 65.0}


def test_machines_and_stops(report: dict[str, Any], raw: Raw) -> None:
    oee = report["oee"]
    told = [r for r in raw.all if r[2] == "oee" and r[3] == raw.id]
    assert oee == {k: v for k, v in told[-1][6].items() if k != "what"}
    for unit, of in oee["units"].items():
        if of["pbt_s"]:
            assert of["availability_pct"] == pytest.approx(100 * of["apt_s"] / of["pbt_s"], abs=0.01), unit
        if of["pq"]:
            assert of["quality_pct"] == pytest.approx(100 * of["gq"] / of["pq"], abs=0.01), unit
        if of["oee_pct"] is not None:
            parts = of["availability_pct"] * of["effectiveness_pct"] * of["quality_pct"] / 1e4
            assert of["oee_pct"] == pytest.approx(parts, abs=0.05), unit
    newest = {r[3]: r for r in raw.before_end if r[2] == "stop"}
    assert newest
    minor = [r for r in newest.values() if r[6].get("minor") is True]
    long = {k: r for k, r in newest.items() if r[6].get("minor") is not True}
    assert (report["stops"]["minor"], report["stops"]["count"]) == (len(minor), len(long))
    for row in report["stops"]["top"]:
        event = long[row["id"]]
        spans = [s for s in event[6]["spans"] if s[2] == raw.id]
        ns = raw.ended[1] - event[6]["begun_ns"] if event[6]["what"] == "started" else sum(s[1] - s[0] for s in spans)
        assert row["s"] == round(ns / S, 1)


def test_the_ledger_agrees_with_a_count_of_the_files(report: dict[str, Any], folder: Path) -> None:
    second = Queries(folder).shift_document(Raw(folder, 2).id)
    assert second is not None
    of_second: dict[str, Any] = json.loads(canonical(second))
    stored = bad = between = 0
    for path in sorted((folder / "samples").glob("*.db")):
        with closing(sqlite3.connect(path)) as db:
            stored += db.execute("SELECT count(*) FROM samples").fetchone()[0]
            bad += db.execute("SELECT count(*) FROM samples WHERE status >= 0x80000000").fetchone()[0]
            between += db.execute("SELECT coalesce(sum(stored), 0) FROM batches WHERE shift = ''").fetchone()[0]
    ledgers = [r["ledger"]["samples"] for r in (report, of_second)]
    assert sum(x["stored"] for x in ledgers) + between == stored
    assert sum(x["bad"] for x in ledgers) <= bad
    assert all(x["expected"] == x["stored"] and x["missing"] == 0 for x in ledgers)
    assert report["ledger"]["gaps"] == [], "no link was lost and the engine ran"
    assert (of_second["shift"]["number"], of_second["shift"]["user"], of_second["handover"]) == (2, "vera", None)


def test_it_is_written_by_the_command_line_in_both_languages(folder: Path, raw: Raw, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["report", "shift", "--data", str(folder), "--shift", raw.id, "--line", "sausage"]
    assert cli.main(base) == 0
    assert "signed by outgoing and incoming" in capsys.readouterr().out
    for language in ("ru", "en"):
        pdf, text = folder / f"{language}.pdf", folder / f"{language}.json"
        assert cli.main([*base, "--pdf", str(pdf), "--json", str(text), "--language", language]) == 0
        attached = attached_record(pdf.read_bytes())
        assert attached is not None
        assert json.loads(attached) == json.loads(text.read_bytes())
    assert cli.main(["report", "shift", "--data", str(folder), "--shift", "nothing"]) == 1
    assert "knows no shift nothing; the newest are" in capsys.readouterr().err
