"""What the wire tests of the OPC UA driver share: a relay that can freeze or cut a connection, a driver that is closed well."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC
from pathlib import Path
from typing import TypeVar

from asyncua import ua

from line.clock import SystemClock
from line.devices import OpcUaDevice
from line.driver import DriverContext
from line.image import IntArray, Readings
from line.messages import LinkState
from plc_drivers.opcua.driver import OpcUaDriver
from tests.waiting import eventually
from tests.wire.standard_nodes import new_server


class Relay:
    """Passes bytes between the driver and the server; ``frozen`` keeps them back, ``cut`` closes what is open."""

    def __init__(self, port: int, target_port: int) -> None:
        self.port = port
        self.target_port = target_port
        self.rewrite: Callable[[bytes], bytes] = lambda data: data
        """What comes from the server, as the driver gets it."""
        self.thawed = asyncio.Event()
        self.thawed.set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.server: asyncio.Server | None = None

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        if self.server is not None:
            self.server.close()
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
                pumps = [
                    asyncio.create_task(self._pump(reader, far_writer, lambda data: data)),
                    asyncio.create_task(self._pump(far_reader, writer, lambda data: self.rewrite(data))),
                ]
                try:
                    await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    far_writer.close()
                    for pump in pumps:
                        pump.cancel()
                    await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            writer.close()
            self.tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]) -> None:
        while chunk := await reader.read(65_536):
            await self.thawed.wait()
            writer.write(change(chunk))


@contextlib.asynccontextmanager
async def opened(driver: OpcUaDriver) -> AsyncIterator[OpcUaDriver]:
    await driver.open()
    try:
        yield driver
    finally:
        started = time.monotonic()
        await driver.close()
        await driver.close()
        assert time.monotonic() - started < 2.0
        assert driver.link().state is LinkState.CLOSED
        assert client_tasks() == []


def client_tasks() -> list[str]:
    """Tasks of the driver or of the library's client side; the server in the same loop has tasks of its own."""
    names: list[str] = []
    for task in asyncio.all_tasks():
        code = getattr(task.get_coro(), "cr_code", None)
        file = str(getattr(code, "co_filename", ""))
        if "plc_drivers" in file or "asyncua/client" in file or "asyncua\\client" in file:
            names.append(f"{task.get_name()} {code}")
    return names


async def state(driver: OpcUaDriver, wanted: LinkState) -> None:
    async def reached() -> bool:
        return driver.link().state is wanted

    await eventually(reached)


def run(body: Callable[[], Coroutine[object, object, None]]) -> None:
    async def whole() -> None:
        await body()

    asyncio.run(whole())


def alive(readings: Readings) -> IntArray:
    """When the driver knew the values to hold, by its own clock."""
    assert readings.alive_ns is not None
    return readings.alive_ns


NAMESPACE = "urn:potok:test:plc2"
CONTEXT = DriverContext(SystemClock(), 100, Path("pki"), Path())


def device(port: int, **keys: object) -> OpcUaDevice:
    """A device without security on this port."""
    given: dict[str, object] = {"timeout_ms": 500, "publishing_ms": 50, "security_policy": "none", "namespace": NAMESPACE, **keys}
    name = {"ru": "ПЛК", "en": "PLC"}
    return OpcUaDevice.model_validate({"driver": "opcua", "name": name, "url": f"opc.tcp://127.0.0.1:{port}/potok", **given})


class OpcUaServer:
    """asyncua's server with variables under one namespace; to be changed before :meth:`start` or after."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.server = new_server()
        self.index = 0

    async def start(self) -> None:
        await self.server.init()
        self.server.set_endpoint(f"opc.tcp://127.0.0.1:{self.port}/potok")
        self.index = await self.server.register_namespace(NAMESPACE)
        await self.fill()
        await self.server.start()

    async def fill(self) -> None:
        """Adds the nodes."""

    def node_id(self, name: str) -> ua.NodeId:
        return ua.NodeId.from_string(f"ns={self.index};s={name}")

    async def add(self, name: str, variant: ua.Variant, data_type: ua.NodeId | None = None) -> None:
        """A variable that anyone may write."""
        node = await self.server.nodes.objects.add_variable(self.node_id(name), name, variant, datatype=data_type)
        await node.set_writable()

    async def set(self, name: str, value: ua.Variant | ua.DataValue) -> None:
        data = value if isinstance(value, ua.DataValue) else ua.DataValue(value, SourceTimestamp=ua.DateTime.now(UTC))
        await self.server.write_attribute_value(self.node_id(name), data)

    async def held(self, name: str) -> object:
        data = await self.server.get_node(self.node_id(name)).read_data_value()
        assert data.Value is not None
        return data.Value.Value

    async def stop(self) -> None:
        await self.server.stop()


ServerT = TypeVar("ServerT", bound=OpcUaServer)


@contextlib.asynccontextmanager
async def serving(server: ServerT) -> AsyncIterator[ServerT]:
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
