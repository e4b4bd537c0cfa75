"""Every fault of the network between a line and an OPC UA server: scans in time, no wrong value, marked soon, back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from simulators.fault_proxy import FaultProxy, Impairment, Way
from tests.certificates import issue
from tests.waiting import until
from tests.wire.fault_line import CLOCK, Fault, FaultLine, endure

TIMEOUT_MS = 500
PUBLISHING_MS = 50
"""Two Publish requests are with the server when requests stop to arrive: it goes on to speak for two intervals."""

NAMESPACE = "urn:potok:test:faults"
SERVER = issue("Faults", 1, uri=NAMESPACE)
SCANS = 16
"""A server that falls silent is given up after a second."""

ANSWERS = (Way.TO_CLIENT,)
REQUESTS = (Way.TO_SERVER,)
SILENT = ("no sign of life", "no answer within")
GARBAGE = ("what came is not OPC UA",)
SPOILED = ("closed the connection", *SILENT)


@dataclass(frozen=True)
class ServerProcess:
    port: int
    certificate: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "server.der").write_bytes(SERVER.der)
    (folder / "server.pem").write_bytes(SERVER.key_pem)
    command = [sys.executable, "-m", "tests.wire.fault_opcua_server", NAMESPACE, str(folder / "server.der")]
    process = subprocess.Popen([*command, str(folder / "server.pem")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield ServerProcess(int(process.stdout.readline()), folder / "server.der")
        process.stdin.close()
        assert process.wait(15.0) == 0
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


FAULTS = [
    Fault("latency that grows to 2 s", lambda p: p.impair(Impairment(latency_ms=2000), ANSWERS), SILENT),
    Fault("latency of 20 to 40 ms", lambda p: p.impair(Impairment(latency_ms=20, jitter_ms=20)), good="kept"),
    Fault("answers lost", lambda p: p.impair(Impairment(loss=1.0), ANSWERS), SILENT),
    Fault("requests lost", lambda p: p.impair(Impairment(loss=1.0), REQUESTS), SILENT),
    Fault("a third of the answers lost", lambda p: p.impair(Impairment(loss=0.34), ANSWERS), good="either", scans=20),
    Fault("cut once", lambda p: p.cut(), ("closed the connection",), good="either"),
    Fault("cut off", lambda p: p.cut_off(), ("refuses the connection",)),
    Fault("half-open", lambda p: p.freeze(), SILENT),
    Fault("answers replaced by garbage", lambda p: p.impair(Impairment(replace=1.0), ANSWERS), GARBAGE),
    Fault("garbage before the answers", lambda p: p.impair(Impairment(inject=5), ANSWERS), GARBAGE),
    Fault("requests replaced by garbage", lambda p: p.impair(Impairment(replace=1.0), REQUESTS), SPOILED),
    Fault("slow drip", lambda p: p.impair(Impairment(drip_ms=20), ANSWERS), SILENT),
    Fault("truncated answers", lambda p: p.impair(Impairment(truncate=40), ANSWERS), SPOILED),
    Fault("truncated heads", lambda p: p.impair(Impairment(truncate=5), ANSWERS), SPOILED),
]


def play(fault: Fault, server: ServerProcess, folder: Path, keys: str) -> None:
    async def main() -> None:
        async with FaultProxy(server.port, CLOCK, seed=7) as proxy:
            common = f"driver: opcua, namespace: '{NAMESPACE}', timeout_ms: {TIMEOUT_MS}, publishing_ms: {PUBLISHING_MS}, {keys}"
            behind, beside = (f"{common}, url: 'opc.tcp://127.0.0.1:{port}/potok'" for port in (proxy.port, server.port))
            line = FaultLine(behind, beside, "s=T{i}", folder)
            await endure(line, proxy, replace(fault, scans=max(fault.scans, SCANS)), TIMEOUT_MS, due_scans=2)
        await until(lambda: asyncio.all_tasks() == {asyncio.current_task()}, what="the end of all tasks")

    asyncio.run(main())


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_opcua_subscribed(fault: Fault, server: ServerProcess, tmp_path: Path) -> None:
    play(fault, server, tmp_path, "security_policy: none")


POLLED = [f for f in FAULTS if f.name in ("answers lost", "cut off", "half-open", "answers replaced by garbage", "slow drip")]


@pytest.mark.parametrize("fault", POLLED, ids=str)
def test_opcua_polled(fault: Fault, server: ServerProcess, tmp_path: Path) -> None:
    play(fault, server, tmp_path, "security_policy: none, mode: poll")


def test_no_byte_changed_on_the_way_gets_through_a_signed_connection(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "pki" / "trusted").mkdir(parents=True)
    shutil.copy(server.certificate, tmp_path / "pki" / "trusted")
    fault = Fault("one byte in two thousand changed", lambda p: p.impair(Impairment(flip=0.0005)), good="either", scans=30)
    play(fault, server, tmp_path, "security_policy: Aes256Sha256RsaPss")
