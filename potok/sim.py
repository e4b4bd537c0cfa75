"""``potok sim`` and ``potok fault``: the PLC simulators as a process, and faults injected into them from outside."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import suppress
from typing import Final

from line.clock import SystemClock
from line.messages import Json
from potok.engine_process import stdin_closed, watch_stop
from potok.exit_codes import FAILED, OK
from potok.linefolder import LoadedLine
from simulators import build_sausage_line
from simulators.control import send
from simulators.runner import SimServers
from simulators.sausage import SimLine

SIMULATED: Final = "sausage"
"""The line whose plant is simulated."""


def run_sim(options: argparse.Namespace, line: LoadedLine) -> int:
    """Run both PLCs until told to stop. Raises ValueError for an unknown fault or a line without simulators."""
    check_simulated(line)
    plant = build_sausage_line(seed=options.seed, cycle_ms=line.model.file.scan_period_ms, speed=options.speed)
    for text in options.fault:
        name, target, value = _fault(text)
        plant.inject(name, target, value)
    return asyncio.run(_run(options, plant))


def check_simulated(line: LoadedLine) -> None:
    """Raises ValueError for a line that has no simulators."""
    if line.model.id != SIMULATED:
        raise ValueError(
            f"there are no simulators for the line '{line.model.id}', only for '{SIMULATED}': a copy of it keeps them as long as "
            f"line.yaml says 'line: {SIMULATED}'"
        )


async def _run(options: argparse.Namespace, plant: SimLine) -> int:
    stop = asyncio.Event()
    watch_stop(stop)
    servers = SimServers(
        plant,
        SystemClock(),
        modbus_port=options.modbus_port,
        opcua_port=options.opcua_port,
        control_port=options.control_port,
    )
    try:
        await servers.start()
    except OSError as error:
        raise OSError(
            f"the simulators cannot start: {error}. Another 'potok sim' may run; end it, or choose other ports with "
            f"--modbus-port, --opcua-port and --control-port (0 takes a free one)"
        ) from error
    tasks = {asyncio.create_task(servers.run_forever()), asyncio.create_task(stop.wait())}
    if options.follow_stdin:
        tasks.add(asyncio.create_task(stdin_closed(stop)))
    try:
        print(_ports(servers, as_json=options.json), flush=True)
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await servers.stop()
    return OK


def _ports(servers: SimServers, *, as_json: bool) -> str:
    ports = servers.ports
    if as_json:
        return json.dumps({"modbus": ports.modbus, "opcua": ports.opcua, "control": ports.control})
    return (
        f"PLC 1: modbus tcp 127.0.0.1:{ports.modbus}\nPLC 2: opc.tcp://127.0.0.1:{ports.opcua}/potok/plc2\n"
        f"faults: potok fault NAME TARGET --control 127.0.0.1:{ports.control}\nCtrl-C ends"
    )


def _fault(text: str) -> tuple[str, str, float | None]:
    parts = text.split(":")
    if len(parts) not in (2, 3):
        raise ValueError(f"'{text}' is no fault; write NAME:TARGET[:VALUE]")
    try:
        return parts[0], parts[1], float(parts[2]) if len(parts) == 3 else None
    except ValueError:
        raise ValueError(f"'{text}': the value of a fault is a number") from None


def run_fault(options: argparse.Namespace) -> int:
    """Send one request to the control port of running simulators and print the answer."""
    host, _, port = options.control.rpartition(":")
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"'{options.control}' is no address; write HOST:PORT")
    request: dict[str, Json] = {"op": "list"}
    if options.name != "list":
        request = {"op": "clear" if options.clear else "inject", "fault": options.name, "target": options.target}
        if options.value is not None:
            request["value"] = options.value
    try:
        answer = send(host or "127.0.0.1", int(port), request)
    except OSError as error:
        raise OSError(
            f"no simulators answer at {options.control} ({error.strerror or error}); 'potok sim' and 'potok demo' print their "
            f"control port: name it with --control HOST:PORT"
        ) from error
    except ValueError as error:
        raise OSError(f"what answers at {options.control} is not the control port of simulators ({error})") from error
    print(json.dumps(answer, ensure_ascii=False, indent=None if options.json else 1))
    if not answer.get("ok", False):
        print(f"potok: {answer.get('error', 'refused')}", file=sys.stderr)
        return FAILED
    return OK
