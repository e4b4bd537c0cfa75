"""A shift with people in it, handed over with two signatures: every figure of its report is counted again from the raw rows.

The counting here knows nothing of the project but the names of tables and keys: it reads the files with SQL.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from historian.record_pdf import attached_record
from potok import cli
from tests.scenarios.reported_shift import Raw, S, report_of, samples_of, total, work_the_shift
from tests.scenarios.shared import made_once


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "reported-shift", work_the_shift) / "data"


@pytest.fixture(scope="module")
def raw(folder: Path) -> Raw:
    return Raw(folder)


@pytest.fixture(scope="module")
def report(folder: Path, raw: Raw) -> dict[str, Any]:
    return report_of(folder, raw.id)


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
    assert [b["holds"] > 0 for b in report["batches"]] == [True, True], "out of film; the probe of the second broke"
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
        ("order-1", "filled", "З-0", 50.0), ("order-2", "planned", "З-1", 65.0), ("order-3", "cancelled", "З-2", None),
    ]  # fmt: skip
    ordered: dict[str, float] = {}
    for order in newest.values():
        ordered[order["recipe"]] = ordered.get(order["recipe"], 0.0) + (order["kg"] or 0.0)
    planned = {p["recipe"]: p["planned_kg"] or 0.0 for p in report["plan"]["products"]}
    assert {k: v for k, v in planned.items() if v} == {k: v for k, v in ordered.items() if v} == {"doktorskaya": 115.0}


def test_machines_are_told_as_the_newest_event_of_their_figures_says(report: dict[str, Any], raw: Raw) -> None:
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


def test_the_ledger_agrees_with_a_count_of_the_files(report: dict[str, Any], folder: Path) -> None:
    of_second = report_of(folder, Raw(folder, 2).id)
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
        assert cli.main(["report", "verify", str(pdf), "--data", str(folder)]) == 0
        told = capsys.readouterr().out.splitlines()
        assert all(row.startswith("ok ") for row in told[:-1]), told
    assert cli.main(["report", "shift", "--data", str(folder), "--shift", "nothing"]) == 1
    assert "knows no shift nothing; the newest are" in capsys.readouterr().err
