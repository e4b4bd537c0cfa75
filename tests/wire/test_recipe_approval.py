"""From a text to an approved recipe over real processes: engine, server, a dry run, two people at a console, and a kill."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from historian.queries import Queries
from line.clock import SystemClock
from potok.cli import main
from potok.linefolder import find_folder
from server.permissions import Role
from server.users import Users
from tests.waiting import wait_for
from tests.wire.srv_fakes import FAST_HASHER

SECRETS = {"anna": "anna-knows-this", "boris": "boris-knows-that"}
TEXT = """# the shortest recipe there is
recipe: trial
version: "1.0"
author: Анна
name: {ru: Взвешивание, en: Weighing}
base_batch_kg: 100
size_lo_kg: 50
size_hi_kg: 140
ingredients:
  pork_semi_fat: {kg: 100, tolerance_pct: 1.0, raw: true, name: {ru: Свинина, en: Pork}}
parameters:
  charge_mass: {name: {ru: Масса, en: Mass}, value: 100, lo: 95, hi: 105, eu: kg, scale: proportional, sum_of: [pork_semi_fat]}
equipment:
  reception: {class: reception}
procedure:
  - unit_procedure: reception
    name: {ru: Приёмка, en: Reception}
    operations:
      - operation: weighing
        name: {ru: Взвешивание, en: Weighing}
        phases:
          - phase: weigh
            parameters: {mass: $charge_mass}
"""


PRODUCT = """
  trial:
    name: {ru: Взвешивание, en: Weighing}
    gtin: "9521234007999"
    case_gtin: "19521234007996"
    pack_kg: 0.4
    packs_per_case: 10
    shelf_life_days: 30
    storage: {ru: "0…6 °C", en: "0 to 6 °C"}
"""


def line_with_product(folder: Path) -> Path:
    """The shipped line with one product more, that of the recipe."""
    shutil.copytree(find_folder("sausage"), folder)
    materials = folder / "materials.yaml"
    text = materials.read_text("utf-8")
    assert text.count("\nproducts:\n") == 1
    materials.write_text(text.replace("\nproducts:\n", f"\nproducts:{PRODUCT}"), "utf-8")
    return folder


class Serving:
    """``potok serve`` in a data folder of its own; it ends with its pipe."""

    def __init__(self, data: Path) -> None:
        self.data = data
        users = Users(data / "users.db", SystemClock(), FAST_HASHER)
        for user, secret in SECRETS.items():
            users.add(user, user.capitalize(), Role.TECHNOLOGIST, secret)
        users.close()
        command = [
            sys.executable,
            "-m",
            "potok",
            "serve",
            str(line_with_product(data / "line")),
            "--data",
            str(data),
            "--port",
            "0",
            "--follow-stdin",
        ]
        self.output = (data / "serve.out").open("wb")
        self._process = subprocess.Popen(
            [*command, "--realtime", "off"], stdin=subprocess.PIPE, stdout=self.output, stderr=self.output
        )
        wait_for((data / "server.json").exists, 60.0, "the server")
        self.url = f"http://127.0.0.1:{json.loads((data / 'server.json').read_text())['port']}"
        self.http = httpx.Client(base_url=self.url, timeout=20.0, trust_env=False)
        self.wait(lambda: self.get("/api/health")["engine"] == "up", "the engine")
        self.wait(lambda: bool(self.versions("doktorskaya")), "the library")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        wait_for(condition, 60.0, what)

    def get(self, path: str) -> Any:
        return self.http.get(path).json()

    def versions(self, recipe: str) -> list[dict[str, Any]]:
        return [v for r in self.get("/api/recipes").get("recipes", []) if r["id"] == recipe for v in r["versions"]]

    def login(self, user: str) -> dict[str, str]:
        answer = self.http.post("/api/login", json={"user": user, "password": SECRETS[user]})
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    def command(self, headers: dict[str, str], kind: str, target: str, args: dict[str, Any], why: str = "") -> dict[str, Any]:
        """The command with its answer."""
        taken = self.http.post(
            "/api/commands", json={"kind": kind, "target": target, "args": args, "reason": why}, headers=headers
        )
        assert taken.status_code == 202, taken.text
        path = f"/api/commands/{taken.json()['id']}"
        self.wait(lambda: self.get(path)["status"] != "received", kind)
        return self.get(path)

    def kill_the_engine(self) -> None:
        where = self.data / "engine.json"
        pid = json.loads(where.read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        self.wait(lambda: where.exists() and json.loads(where.read_text() or "{}").get("pid", pid) != pid, "another engine")
        self.wait(lambda: self.get("/api/health")["engine"] == "up", "the engine again")

    def close(self) -> None:
        self.http.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            assert self._process.wait(60) == 0
        finally:
            self._process.kill()
            self._process.wait()
            self.output.close()


@contextmanager
def serving(data: Path) -> Iterator[Serving]:
    s = Serving(data)
    try:
        yield s
    finally:
        s.close()


def console(monkeypatch: pytest.MonkeyPatch, user: str, *arguments: str) -> int:
    """A person at the console, who types the password."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(SECRETS[user] + "\n"))
    return main(["recipe", *arguments, "--user", user])


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_recipe_is_written_tried_submitted_and_approved_by_another_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path) as s:
        anna = s.login("anna")
        checked = s.http.post("/api/recipes/check", json={"text": TEXT}, headers=anna).json()
        assert checked["problems"] == []
        hash_ = checked["hash"]
        saved = s.command(anna, "recipe.save", "trial", {"data": checked["data"], "text": TEXT, "base": ""}, "новый продукт")
        assert saved["status"] == "accepted", saved
        s.wait(lambda: bool(s.versions("trial")), "the draft")
        at = ("--url", s.url, "--reason", "проба")

        assert console(monkeypatch, "anna", "submit", "trial", hash_[:8], *at) == 1
        assert "has not been run dry yet" in capsys.readouterr().err
        job = s.http.post("/api/recipes/dry_run", json={"hash": hash_}, headers=anna).json()["job"]
        s.wait(lambda: s.get(f"/api/recipes/dry_run/{job}")["state"] != "running", "the dry run")
        done = s.get(f"/api/recipes/dry_run/{job}")
        assert (done["state"], done["report"]["ok"]) == ("done", True), done
        s.wait(lambda: s.versions("trial")[0]["evidence"] is not None, "the evidence")
        assert s.get(f"/api/recipes/{hash_}")["evidence"]["report"]["curves"] == done["report"]["curves"]

        assert console(monkeypatch, "anna", "submit", "trial", hash_[:8], *at) == 0
        assert console(monkeypatch, "anna", "approve", "trial", hash_[:8], *at) == 1
        assert "another person approves it" in capsys.readouterr().err
        assert console(monkeypatch, "boris", "approve", "trial", hash_[:8], *at) == 0
        told = capsys.readouterr().out
        assert "dry run" in told
        assert "passed" in told
        assert "ingredient Pork: added" in told
        s.kill_the_engine()
        s.wait(lambda: bool(s.versions("trial")), "the library again")
        [version] = s.versions("trial")
        assert (version["status"], [x["user"] for x in version["signatures"]]) == ("approved", ["boris"])
        created = s.command(anna, "batch.create", "trial", {"size_kg": 100})
        assert created["status"] == "accepted", created
        assert main(["recipe", "list", "--url", s.url]) == 0
        assert f"trial\t1.0\tapproved\t{hash_}" in capsys.readouterr().out

    events = [e for e in Queries(tmp_path).events_after(0, 10_000, "recipe") if e.source == "trial"]
    assert [e.data["what"] for e in events] == ["saved", "evidence", "submitted", "approved"]
    assert [e.data["hash"] for e in events] == [hash_] * 4
    assert Queries(tmp_path).verify_chain() == (True, None)
    for secret in SECRETS.values():
        assert all(secret.encode() not in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
