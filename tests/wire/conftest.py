"""The simulated line with its servers, for the wire tests of the simulators."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from line.clock import SystemClock
from simulators import build_sausage_line
from simulators.runner import SimServers
from tests.wire.standard_nodes import build

CLOCK = SystemClock()


@pytest.fixture(scope="session")
def standard_nodes() -> None:
    """What servers of :mod:`tests.wire.standard_nodes` begin with."""
    build()


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimServers]:
    """One simulator for the OPC UA tests, in a thread of its own as in life it is a process of its own."""
    servers = SimServers(build_sausage_line(seed=1, cycle_ms=20), CLOCK, modbus_port=0, opcua_port=0, control_port=0)
    started: Future[None] = Future()
    stop: Future[None] = Future()

    async def main() -> None:
        try:
            await servers.start()
        except BaseException as error:
            started.set_exception(error)
            raise
        started.set_result(None)
        await asyncio.wrap_future(stop)
        await servers.stop()

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="simulator")
    thread.start()
    started.result(timeout=30)
    yield servers
    stop.set_result(None)
    thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.fixture(autouse=True)
def _no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "simulator" in request.fixturenames:
        request.getfixturevalue("simulator").line.clear_all()
