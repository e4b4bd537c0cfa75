"""``potok demo``: simulators, engine, server and panel of the sausage line in one go, and a shift summary at the end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from line.clock import SystemClock
from line.files import write_private
from line.messages import Json, JsonObject
from potok.api_client import ApiClient, ApiError
from potok.demo_text import LiveTable, say, summary
from potok.engine_process import watch_stop
from potok.exit_codes import FAILED, OK
from potok.linefolder import LoadedLine
from potok.operator import Habits, Operator
from potok.processes import Child
from potok.serve import first_run, run_children
from server.permissions import Role
from server.users import Users

_STARTS_WITHIN_S: Final = 60.0


def run_demo(options: argparse.Namespace, line: LoadedLine) -> int:
    """Run until Ctrl-C (or SIGTERM); every process that was started has ended when this returns."""
    if options.data is not None:
        return _run_in(options, line)
    with tempfile.TemporaryDirectory(prefix="potok-demo-") as folder:
        options.data = Path(folder)
        return _run_in(options, line)


def _run_in(options: argparse.Namespace, line: LoadedLine) -> int:
    options.data.mkdir(parents=True, exist_ok=True)
    first_run(options.data, lambda secret: say(options.language, "admin", password=secret))
    return asyncio.run(_Demo(options, line, _demo_users(options.data)).run())


def _demo_users(data: Path) -> str:
    """A fresh password of this run for an operator, so that the demo can press buttons as a person does, and for a shift lead,
    so that whoever tries the demo can do what an operator may not."""
    users = Users(data / "users.db", SystemClock())
    try:
        password = secrets.token_urlsafe(9)
        known = {u.user for u in users.list()}
        for user, name, role in (("demo", "Демо-оператор", Role.OPERATOR), ("demo-lead", "Демо-мастер смены", Role.SHIFT_LEAD)):
            if user in known:
                users.set_password(user, password, by="demo", must_change=False)
            else:
                users.add(user, name, role, password, by="demo")
        return password
    finally:
        users.close()


class _Demo:
    """The processes of one demo and the loop that watches them.

    ``stop`` is what the user wants; ``halt`` is what the children are told, after the summary was fetched.
    """

    def __init__(self, options: argparse.Namespace, line: LoadedLine, password: str) -> None:
        self._options = options
        self._line = line
        self._password = password
        self._language: str = options.language
        self._clock = SystemClock()
        self._stop = asyncio.Event()
        self._halt = asyncio.Event()
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self._sim = Child("simulators", self._sim_arguments(), on_line=self._said.put_nowait)
        self._panel: Child | None = None

    async def run(self) -> int:
        watch_stop(self._stop)
        await self._sim.start()
        serving: asyncio.Task[int] | None = None
        try:
            ports = await self._sim_ports()
            url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            serving = asyncio.create_task(
                run_children(self._options, _endpoints(ports), self._halt, announce=False, on_url=url.set_result), name="serve"
            )
            done, _ = await asyncio.wait((asyncio.ensure_future(url), serving), return_when=asyncio.FIRST_COMPLETED)
            if url not in done:
                return serving.result() or FAILED
            return await self._with_server(url.result(), ports)
        except _NotStartedError as error:
            print(f"potok: {error}", file=sys.stderr)
            return FAILED
        finally:
            self._halt.set()
            if self._panel is not None:
                await self._panel.stop()
            if serving is not None:
                await asyncio.gather(serving, return_exceptions=True)
            await self._sim.stop()

    def _sim_arguments(self) -> list[str]:
        options = self._options
        arguments = ["--log", options.log, "sim", options.line, "--json", "--follow-stdin"]
        arguments += ["--modbus-port", "0", "--opcua-port", "0", "--control-port", "0"]
        return [*arguments, "--seed", str(options.seed), "--speed", str(options.speed)]

    async def _sim_ports(self) -> dict[str, int]:
        ended = asyncio.create_task(self._sim.wait())
        line = asyncio.create_task(self._said.get())
        try:
            await asyncio.wait((ended, line), timeout=_STARTS_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
            if not line.done():
                raise _NotStartedError("the simulators did not start")
            return {k: int(v) for k, v in json.loads(line.result()).items()}
        finally:
            for task in (ended, line):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _with_server(self, url: str, ports: dict[str, int]) -> int:
        options = self._options
        about: dict[str, Json] = {"url": url, "control": f"127.0.0.1:{ports['control']}", "pid": os.getpid()}
        about |= {"user": "demo", "password": self._password}
        await asyncio.to_thread(write_private, options.data / "demo.json", about)
        say(self._language, "operator", password=self._password)
        say(self._language, "running", url=url, speed=options.speed)
        say(self._language, "faults", port=ports["control"])
        await self._open_panel(url)
        client = ApiClient(url, "demo")
        try:
            code = await self._watch(client)
            say(self._language, "stopping")
            await self._print_summary(client)
            return code
        finally:
            await client.close()
            await asyncio.to_thread((options.data / "demo.json").unlink, True)

    async def _open_panel(self, url: str) -> None:
        if self._options.no_panel:
            say(self._language, "no_panel")
        elif not has_display():
            say(self._language, "no_display")
        else:
            self._panel = Child("panel", ["panel", url, "--language", self._language])
            await self._panel.start()

    async def _watch(self, client: ApiClient) -> int:
        """Once a second: show the table, do what an operator would, until told to stop or the simulators are gone."""
        recipe = next(iter(self._line.recipes.values()), None)
        operator = None
        if recipe is not None and not self._options.no_operator:
            pace = max(1.0, self._options.speed)
            habits = Habits(recipe.id, recipe.base_batch_kg, start_every_s=int(3600 / pace), last_start_s=365 * 24 * 3600)
            operator = Operator(habits, self._clock.now_ns(), self._line.materials)
        logged_in = False
        with LiveTable(self._line, self._language) as table:
            while not self._stop.is_set():
                if self._sim.pid == 0:
                    say(self._language, "sim_ended", code=await self._sim.wait())
                    return FAILED
                try:
                    if not logged_in:
                        await client.login("demo", self._password)
                        logged_in = True
                    views, image = await client.get("/api/views"), await client.get("/api/image")
                    table.show(views, image)
                    if operator is not None:
                        await self._operate(client, operator, views)
                except ApiError as error:
                    logged_in = logged_in and error.status != 401
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), 1.0)
        return OK

    async def _operate(self, client: ApiClient, operator: Operator, views: JsonObject) -> None:
        known = {name: view for name, view in views.items() if isinstance(view, Mapping)}
        for command in operator.look(self._clock.now_ns(), known):
            with contextlib.suppress(ApiError):  # refused: the operator looks again and decides anew
                await client.command(command.kind, command.target, command.args)

    async def _print_summary(self, client: ApiClient) -> None:
        try:
            print(summary(self._language, await client.get("/api/views/shift")), flush=True)
        except ApiError:
            say(self._language, "no_summary")


class _NotStartedError(Exception):
    """A part of the demo did not come up."""


def _endpoints(ports: dict[str, int]) -> list[str]:
    return [f"plc1=127.0.0.1:{ports['modbus']}", f"plc2=opc.tcp://127.0.0.1:{ports['opcua']}/potok/plc2"]


def has_display() -> bool:
    """True where a window can open."""
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
