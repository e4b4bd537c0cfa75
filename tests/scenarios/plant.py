"""The simulators and ``potok serve`` as an engineer starts them, each a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from line.clock import SystemClock
from line.messages import Json, JsonObject
from server.permissions import Role
from server.users import Users
from simulators.control import send
from tests.ports import free_port
from tests.scenarios.demo_process import ApiUser
from tests.sinks import wait_for

PASSWORD = "kolbasa-2026"
POTOK = (sys.executable, "-m", "potok")


def alive(pid: int) -> bool:
    """True while the process runs; a zombie has ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def run_potok(*arguments: str, timeout_s: float = 60.0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    return subprocess.run([*POTOK, *arguments], capture_output=True, text=True, timeout=timeout_s, check=False, input=stdin)


def _hear_ctrl_c() -> None:
    """A job in the background of a shell without job control, as in CI, ignores SIGINT, and so would all of its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Process:
    """A ``potok`` command that runs until it is told to stop; its output goes to a file."""

    def __init__(self, output: Path, *arguments: str) -> None:
        self.output = output
        with output.open("wb") as stream:
            self.popen = subprocess.Popen([*POTOK, *arguments], stdout=stream, stderr=subprocess.STDOUT, preexec_fn=_hear_ctrl_c)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def text(self) -> str:
        """Everything it printed so far."""
        return self.output.read_text(encoding="utf-8")

    def until(self, condition: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Wait for the condition; fails at once when the process has ended before it."""
        wait_for(lambda: condition() or self.popen.poll() is not None, timeout_s, what)
        assert condition(), f"ended before {what}: {self.text()}"

    def interrupt(self, timeout_s: float = 30.0) -> int:
        """Ctrl-C; the exit code."""
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait(timeout_s)

    def close(self) -> None:
        """End it, if it still runs, with all that it started."""
        if self.popen.poll() is not None:
            return
        children = psutil.Process(self.pid).children(recursive=True)
        self.popen.send_signal(signal.SIGINT)
        try:
            self.popen.wait(30)
        except subprocess.TimeoutExpired:
            for process in children:
                process.kill()
            self.popen.kill()
            self.popen.wait(10)


class Sim(Process):
    """``potok sim`` on free ports."""

    def __init__(self, folder: Path, speed: float, *, seed: int = 3) -> None:
        arguments = ("--speed", str(speed), "--seed", str(seed), "--json")
        ports = ("--modbus-port", "0", "--opcua-port", "0", "--control-port", "0")
        super().__init__(folder / "sim.out", "sim", "sausage", *arguments, *ports)
        self.until(lambda: "}" in self.text(), 60, "the simulators")
        self.ports: dict[str, int] = json.loads(self.text())

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Arguments that point ``potok serve`` here."""
        plc1, plc2 = f"plc1=127.0.0.1:{self.ports['modbus']}", f"plc2=opc.tcp://127.0.0.1:{self.ports['opcua']}/potok/plc2"
        return ("--endpoint", plc1, "--endpoint", plc2)

    def ask(self, op: str, **keys: Json) -> dict[str, Any]:
        """A request to the control port, at once."""
        request: JsonObject = {"op": op, **keys}
        answer = send("127.0.0.1", self.ports["control"], request)
        assert answer["ok"], answer
        return answer

    def inject(self, fault: str, target: str, value: float | None = None) -> None:
        """Make a fault active."""
        self.ask("inject", fault=fault, target=target, value=value)

    def clear(self, fault: str, target: str) -> None:
        """Take a fault away."""
        self.ask("clear", fault=fault, target=target)


class Serve(Process):
    """``potok serve`` of the sausage line on a fixed free port, with an operator ``anna``."""

    def __init__(self, folder: Path, sim: Sim, line: str = "sausage", *, sinks: str = "") -> None:
        """``sinks``: the text of ``DATA/sinks.yaml``; nothing is forwarded without."""
        self.data = folder / "data"
        self.data.mkdir()
        if sinks:
            (self.data / "sinks.yaml").write_text(sinks, encoding="utf-8")
        users = Users(self.data / "users.db", SystemClock())
        users.add("anna", "Анна", Role.OPERATOR, PASSWORD, by="test")
        users.close()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = ("--data", str(self.data), "--port", str(self.port), *sim.endpoints)
        super().__init__(folder / "serve.out", "serve", line, *arguments)
        self.until(lambda: "listening" in self.text(), 60, "the server")

    def engine_pid(self) -> int:
        """Process id that ``engine.json`` names; 0 while there is none."""
        return self._pid("engine.json")

    def server_pid(self) -> int:
        """Process id that ``server.json`` names; 0 while there is none."""
        return self._pid("server.json")

    def _pid(self, name: str) -> int:
        try:
            return int(json.loads((self.data / name).read_text(encoding="utf-8"))["pid"])
        except (OSError, ValueError):
            return 0

    def login(self) -> ApiUser:
        """The operator at a panel."""
        return ApiUser(self.url, "anna", PASSWORD)

    def health(self) -> dict[str, Any]:
        """``/api/health``; {} while the server does not answer."""
        try:
            return httpx.get(f"{self.url}/api/health", timeout=2.0, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return {}


@contextmanager
def plant(folder: Path, speed: float, *, sinks: str = "") -> Iterator[tuple[Sim, Serve, ApiUser]]:
    """Simulators, a server on them with both links up and both heartbeats seen, and the operator signed in."""
    sim = Sim(folder, speed)
    try:
        serve = Serve(folder, sim, sinks=sinks)
        try:
            with serve.login() as user:
                user.until(lambda: user.get("/api/health")["engine"] == "up", 30, "the engine")
                user.until(lambda: ready(user), 30, "links and heartbeats")
                yield sim, serve, user
        finally:
            serve.close()
    finally:
        sim.close()


def ready(user: ApiUser) -> bool:
    """Both links stand and both PLCs see their supervisor."""
    links = user.get("/api/views").get("links", {})
    return (
        len(links) == 2
        and all(link["state"] == "up" for link in links.values())
        and all(user.value(tag)[:2] == [1, 0] for tag in ("PLC1.SupOk", "PLC2.SupOk"))
    )


def restart(user: ApiUser, batch_id: str) -> None:
    """Press Restart until it is taken, as a person does while the PLC has still to answer, and see the batch go on."""

    def pressed() -> bool:
        done = user.command("batch.command", batch_id, command="restart", ends=("accepted", "confirmed", "refused"))
        return done["status"] != "refused"

    user.until(pressed, 15, "the restart to be taken")
    user.until(lambda: user.batch(batch_id)["state"] == "running", 20, "the batch to go on")
