"""A library, a version and a dry run as the server tells them, for the page of recipes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hmi.viewmodels import wire
from hmi.viewmodels.wire import Obj
from line.messages import Json
from potok.dry_run_russian import in_both
from potok.yamlfile import parse_yaml
from recipes.diff import changes
from recipes.master import load_recipe
from tests.hmi.samples import NOW_NS
from tests.unit.line_kit import sausage

FOLDER = Path(__file__).parents[2] / "lines" / "sausage" / "recipes"
HOUR_NS = 3_600_000_000_000
APPROVED, REVIEW, DRAFT = "a1" * 32, "b2" * 32, "c3" * 32
EVIDENCE = "e5" * 32


@cache
def text() -> str:
    return (FOLDER / "doktorskaya.yaml").read_text(encoding="utf-8")


@cache
def checked(source: str) -> Obj:
    """What the server says of a text: data, hash, nodes, problems."""
    document, problems = parse_yaml(source, "recipe.yaml")
    nodes: list[Json] = []
    content = ""
    if document is not None:
        master, found = load_recipe(document, sausage())
        problems = [*problems, *found]
        if master is not None:
            content = master.fingerprint
            ids = {n.index: n.id for n in master.nodes}
            nodes = [
                {"id": n.id, "kind": n.kind.value, "name": n.name.to_json(), "parent": ids.get(n.parent, "") if n.index else "",
                 "role": n.role, "key": list(n.key)}
                for n in master.nodes
            ]  # fmt: skip
    listed: list[Json] = [
        {"line": p.line, "key": p.key, "text": said.to_json(), "advice": advice.to_json()}
        for p in problems
        for said, advice in (in_both(p),)
    ]
    data: Any = json.loads(json.dumps(document.data)) if document is not None else None
    return {"hash": content, "data": data, "nodes": nodes, "problems": listed}


def _version(content: str, version: str, status: str, **more: Json) -> Obj:
    return {
        "hash": content, "version": version, "status": status, "author": "ivanova", "saved_ns": NOW_NS - 30 * HOUR_NS,
        "reason": "ГОСТ 23670", "problems": 0, "evidence": None, "signatures": [], "base": "", "submitted_by": "", **more,
    }  # fmt: skip


def library() -> Obj:
    evidence: Obj = {"hash": EVIDENCE, "ok": True, "time_ns": NOW_NS - 5 * HOUR_NS, "by": "ivanova"}
    signed: list[Json] = [
        {
            "user": "petrov",
            "name": "Петров П. П.",
            "role": "technologist",
            "meaning": "approved",
            "time_ns": NOW_NS - 29 * HOUR_NS,
        }
    ]
    return {"recipes": [
        {"id": "doktorskaya", "name": {"ru": "Колбаса «Докторская»", "en": "Doktorskaya"}, "approved": APPROVED, "versions": [
            _version(DRAFT, "1.2", "draft", base=APPROVED, reason="Проба: варка до 73 °C"),
            _version(REVIEW, "1.1", "in_review", base=APPROVED, evidence=evidence, submitted_by="sidorova",
                     authors=["orlova", "ivanova"]),
            _version(APPROVED, "1.0", "approved", evidence=evidence, signatures=signed),
            _version("d4" * 32, "0.9", "obsolete"),
        ]},
        {"id": "vetchina", "name": {"ru": "Ветчина «Столичная»", "en": "Stolichnaya ham"}, "approved": None, "versions": [
            _version("f6" * 32, "0.1", "draft"),
        ]},
    ]}  # fmt: skip


def stored(content: str) -> Obj:
    return {**checked(text()), "hash": content, "text": text(), "evidence": {"report": report()}}


def difference() -> Obj:
    old = wire.obj(checked(text())["data"])
    new: Any = json.loads(json.dumps(old))
    new["parameters"]["cook_core"]["value"] = 72.5
    del new["parameters"]["cook_core"]["ccp"]
    del new["ingredients"]["nutmeg"]
    return {"from": APPROVED, "to": REVIEW, "hash": "9d" * 32, "changes": [c.to_json() for c in changes(old, new)]}


def report(*, ok: bool = True) -> Obj:
    hours = [0.0, 0.4, 0.6, 0.8, 1.1, 3.3, 3.8, 4.3, 5.6, 5.8, 6.9, 7.4]
    steps = [
        ("R101", "Взвешивание"), ("G101", "Измельчение"), ("C201", "Загрузка"), ("C201", "Куттерование"), ("F301", "Набивка"),
        ("S401", "Осадка"), ("S401", "Подсушка"), ("S401", "Варка"), ("S401", "Душ"), ("H501", "Охлаждение"),
        ("P601", "Упаковка"),
    ]  # fmt: skip
    starts = [h * 3600 for h in hours]
    phases: list[Json] = [
        {"node": f"n{i}", "unit": unit, "name": {"ru": name, "en": name}, "start_s": a, "end_s": b}
        for i, ((unit, name), a, b) in enumerate(zip(steps, starts, starts[1:], strict=False))
    ]
    t: list[Json] = [60.0 * i for i in range(444)]
    chamber: list[Json] = [6.0 if i < 198 else 55.0 if i < 228 else 78.0 if i < 340 else 2.0 for i in range(444)]
    core: list[Json] = [
        4.0 if i < 198 else min(72.0, 4.0 + 0.6 * (i - 198)) if i < 340 else max(6.0, 72 - (i - 340)) for i in range(444)
    ]
    problems: list[Json] = [] if ok else [
        {"code": "ccp_not_met", "severity": "error", "node": "smokehouse.cooking.cook",
         "text": {"ru": "ККТ «Температура в батоне» не достигается: задание 70 °C, критический предел 71 °C",
                  "en": "CCP core temperature cannot be met: setpoint 70 °C, critical limit 71 °C"},
         "remedy": {"ru": "Поднимите задание до 72 °C", "en": "Raise the setpoint to 72 °C"}},
    ]  # fmt: skip
    return {
        "schema": 1, "recipe": "doktorskaya", "version": "1.1", "hash": "", "ok": ok, "problems": problems,
        "duration_s": 7.4 * 3600, "phases": phases, "setpoints": [{"node": "n1", "ok": True}] * 22, "charged_kg": 140.0,
        "packed_kg": 131.4, "yield_pct": 109.5,
        "lethality": [{"unit": "S401", "tag": "S401.F", "value": 34.2, "eu": "min", "need": 30.0}],
        "ccp": [{"node": "n7", "name": {"ru": "Температура в батоне", "en": "Core"}, "tag": "S401.CoreTemp", "value": 72.1,
                 "lo": 71.5, "hi": None, "passed": ok}],
        "paths": [{"node": f"n{i}", "command": c, "reached": c, "safe": True, "after_s": 2.0}
                  for i in range(13) for c in ("hold", "abort")],
        "curves": {"S401.ChamberTemp": {"t": t, "v": chamber}, "S401.CoreTemp": {"t": t, "v": core}},
    }  # fmt: skip


def library_version(content: str) -> str:
    """The number of this version of the library."""
    recipes: Any = library()["recipes"]
    return next(str(v["version"]) for r in recipes for v in r["versions"] if v["hash"] == content)
