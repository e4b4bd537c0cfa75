"""``potok serve`` with a mail server that takes every connection and never says a word: the scan and the API do not notice."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

from line.clock import SystemClock
from potok.linefolder import find_folder
from tests.mailboxes import silent_server, web_hook
from tests.scenarios.plant import Serve, Sim, ready

POLICIES = """\
policies:
  - id: calls
    waits_on: unaccepted
    steps:
      - {after_s: 0, tell: [maintenance], attempts: 1}
      - {after_s: 3600, tell: [production_head], attempts: 1}
"""
HANGS_S = 4


def impatient_line(folder: Path) -> Path:
    """The sausage line, with a policy that tells maintenance at once, and nobody else for an hour unless that fails."""
    line = folder / "line"
    shutil.copytree(find_folder("sausage"), line)
    file = line / "escalation.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.index("policies:")] + POLICIES, encoding="utf-8")
    return line


def talks_to(pid: int, port: int) -> bool:
    """True while the process has a connection to that port."""
    return any(c.raddr and c.raddr.port == port for c in psutil.Process(pid).net_connections("tcp"))


def test_a_hanging_mail_server_delays_neither_scan_nor_api_and_the_next_person_is_told(tmp_path: Path) -> None:
    clock = SystemClock()
    sim = Sim(tmp_path, 1.0)
    try:
        serve = Serve(tmp_path, sim, str(impatient_line(tmp_path)))
        try:
            with silent_server() as hanging, web_hook() as hook, serve.login() as user:
                text = f"contacts:\n  maintenance: '{hanging.url}&cto={HANGS_S}'\n  production_head: '{hook.url}'\n"
                (serve.data / "contacts.yaml").write_text(text, encoding="utf-8")
                user.until(lambda: user.get("/api/health")["engine"] == "up", 30, "the engine")
                user.until(lambda: ready(user), 30, "links and heartbeats")
                before, scan = user.get("/api/views/engine"), user.get("/api/health")["scan"]
                user.command("call.create", "S401", service="maintenance", reason={"ru": "Не греет", "en": "No heat"})
                user.until(lambda: talks_to(serve.server_pid(), hanging.port), 15, "the message under way")
                began_ns = clock.monotonic_ns()
                answers_ns: list[int] = []
                while talks_to(serve.server_pid(), hanging.port):
                    asked_ns = clock.monotonic_ns()
                    assert not talks_to(serve.engine_pid(), hanging.port)
                    assert user.get("/api/health")["engine"] == "up"
                    answers_ns.append(clock.monotonic_ns() - asked_ns)
                hung_s = (clock.monotonic_ns() - began_ns) / 1e9
                after, scans = user.get("/api/views/engine"), user.get("/api/health")["scan"] - scan
                assert hung_s > HANGS_S / 2
                assert scans >= hung_s * 4 * 0.9, "four scans a second all the while"
                assert after["overruns"] == before["overruns"]
                assert max(answers_ns) < 2e9, "the API answers as ever"
                user.until(lambda: len(hook.posts) == 1, 15, "the next person to be told")
                notices = user.get("/api/events?kind=notice")["events"]
                told = [(e["data"]["what"], e["data"]["contact"]) for e in notices]
                assert told[:4] == [(w, "maintenance") for w in ("told", "sent", "failed", "given_up")]
                [failed] = [e["data"]["error"]["en"] for e in notices if e["data"]["what"] == "failed"]
                assert failed == "mailto: the server did not answer in time"
                print(f"hung {hung_s:.1f} s; late {before['late']} -> {after['late']}, overruns {after['overruns']}")
        finally:
            serve.close()
    finally:
        sim.close()
