"""A demo as a user starts it, and a user who works with it through the public API alone."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from potok.linefolder import find_folder, load_line
from potok.storekeeper import Storekeeper
from tests.sinks import wait_for


class DemoProcess:
    """``potok demo`` without a display, in a data folder of its own; ends with Ctrl-C."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.output = data.with_name("demo.out")
        environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        command = [sys.executable, "-m", "potok", "demo", "--data", str(data), "--port", "0", *arguments]
        with self.output.open("wb") as stream:
            self._process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, env=environment)
        self._children: list[psutil.Process] = []

    def about(self, timeout_s: float = 60.0) -> dict[str, Any]:
        """URL, control port and the operator's password, once the demo runs."""
        path = self.data / "demo.json"
        wait_for(lambda: path.exists() or self._process.poll() is not None, timeout_s, "the demo")
        assert path.exists(), self.text()
        self._children = psutil.Process(self._process.pid).children(recursive=True)
        return json.loads(path.read_text(encoding="utf-8"))

    def child(self, word: str) -> psutil.Process:
        """The process of the demo with this word in its command line, e.g. ``engine``."""
        for process in psutil.Process(self._process.pid).children(recursive=True):
            if word in process.cmdline()[3:6]:
                return process
        raise AssertionError(f"no process {word}")

    def interrupt(self, timeout_s: float = 40.0) -> int:
        """Ctrl-C; the exit code. Fails when any process of the demo outlives it."""
        self._children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(timeout_s)
        left = [p for p in self._children if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        assert not left, f"left running: {[p.cmdline() for p in left]}"
        return code

    def text(self) -> str:
        """Everything the demo printed so far."""
        return self.output.read_text(encoding="utf-8")

    def close(self) -> None:
        """End whatever still runs; for a test that failed on the way."""
        if self._process.poll() is None:
            self._children = psutil.Process(self._process.pid).children(recursive=True)
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        for process in self._children:
            if process.is_running():
                process.kill()


TAKEN = ("accepted", "confirmed")


class ApiUser:
    """A person at a panel, reduced to HTTP."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=10.0, trust_env=False)
        answer = self._client.post("/api/login", json={"user": user, "password": password, "station": "test"})
        assert answer.status_code == 200, answer.text
        self._client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        self._answered: set[tuple[str, str, int]] = set()

    def __enter__(self) -> ApiUser:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str) -> Any:
        """A JSON answer; AssertionError for any refusal."""
        answer = self._client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer.json()

    def value(self, tag: str) -> Any:
        """``[value, status, source_ns]`` of a tag."""
        return self.get("/api/image")["tags"][tag]

    def command(
        self, kind: str, target: str = "", *, ends: tuple[str, ...] = ("accepted", "confirmed"), **args: Any
    ) -> dict[str, Any]:
        """Submit a command and wait until it has an answer, which must be one of ``ends``."""
        command_id = self._post(kind, target, args)
        wait_for(lambda: self.get(f"/api/commands/{command_id}")["status"] not in ("received", ""), 15.0, f"answer to {kind}")
        result = self.get(f"/api/commands/{command_id}")
        assert result["status"] in ends, result
        return result

    def batch(self, batch_id: str = "") -> dict[str, Any]:
        """The batch with this id, or the newest one; {} when there is none."""
        batches = self.get("/api/views/batches")["batches"]
        chosen = [b for b in batches if not batch_id or b["id"] == batch_id]
        return chosen[-1] if chosen else {}

    def answers(self, batch_id: str = "") -> bool:
        """Answer what the recipe asks now: lots that are taken in for it, with their target masses. Always True, so that it can
        stand in a condition."""
        batch = self.batch(batch_id)
        for prompt in batch.get("prompts", []):
            key = batch["id"], prompt["id"], prompt["since_ns"]
            if key not in self._answered:
                self._answered.add(key)
                assert prompt["kind"] == "lot", prompt
                args = {"prompt": prompt["id"], "value": {"lot": self._delivered(prompt), "kg": prompt["target_kg"]}}
                self._post("batch.reply", batch["id"], args)
        return True

    def _delivered(self, prompt: dict[str, Any]) -> str:
        """The number of a lot that was taken in for the answer to ``prompt``."""
        catalogue = load_line(find_folder("sausage"), recipes=False).materials
        assert catalogue is not None
        today = dt.date.fromisoformat(self.get("/api/views/materials")["day"])
        material = catalogue.materials[prompt["material"]]
        lot = f"L-{len(self._answered)}"
        args: dict[str, Any] = dict(Storekeeper(catalogue).delivery(material, prompt["target_kg"], today, catalogue))
        self.command("lot.receive", lot, **args)
        return lot

    def _post(self, kind: str, target: str, args: dict[str, Any]) -> str:
        body = {"kind": kind, "target": target, "args": args, "reason": "test", "station": "test"}
        answer = self._client.post("/api/commands", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def alarm(self, alarm_id: str) -> dict[str, Any]:
        """The standing alarm with this id, or {}."""
        active = self.get("/api/views/alarms")["active"]
        return next((a for a in active if a["id"] == alarm_id), {})

    def until(self, condition: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Wait for what the API shows."""
        wait_for(condition, timeout_s, what)


def fault(control: str, *arguments: str) -> None:
    """``potok fault …`` as an engineer types it."""
    command = [sys.executable, "-m", "potok", "fault", *arguments, "--control", control]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
