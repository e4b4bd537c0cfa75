"""OPC UA changes through our driver, or through asyncua alone with a subscription handler, for a given time."""

from __future__ import annotations

import asyncio
import gc
import logging
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from asyncua.client.client import Client
from asyncua.common.node import Node

from benchmarks.opcua_device import NAMESPACE, node_name
from line.clock import NS_PER_MS, NS_PER_S, SystemClock, perf_counter_ns
from line.devices import OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.messages import LinkState
from line.tags import TagDef, TagKind, TagTable
from plc_drivers.build import DriverFactory

_POLL_MS: Final = 50
_CONNECT_S: Final = 20.0
_NAME: Final = Text(ru="Замер", en="Bench")


class _Contender(Protocol):
    async def open(self) -> None:
        """Return when every node has a value."""
        ...

    async def look(self) -> None:
        """Called every 50 ms, as a scan would."""
        ...

    def values(self) -> np.ndarray:
        """The value that every node has now."""
        ...

    @property
    def changes(self) -> int:
        """Changes that have arrived."""
        ...

    async def close(self) -> None:
        """End the session."""
        ...


class _Potok:
    def __init__(self, url: str, nodes: int, publishing_ms: int, folder: Path) -> None:
        clock = SystemClock()
        config = OpcUaDevice(
            driver="opcua", name=_NAME, url=url, namespace=NAMESPACE, security_policy="none", publishing_ms=publishing_ms
        )
        tags = TagTable(_tag(i) for i in range(nodes))
        context = DriverContext(clock, _POLL_MS, folder, folder)
        self._driver = DriverFactory(context).make("plc", config, tags)
        self._clock = clock
        self._values = np.full(nodes, np.nan)
        self.changes = 0

    async def open(self) -> None:
        await self._driver.open()
        async with asyncio.timeout(_CONNECT_S):
            while self._driver.link().state is not LinkState.UP or np.isnan(self._values).any():
                await self.look()
                await self._clock.sleep_until_ns(self._clock.monotonic_ns() + 10 * NS_PER_MS)

    async def look(self) -> None:
        readings = await self._driver.poll()
        self.changes += int(np.count_nonzero(readings.values != self._values))
        self._values = readings.values

    def values(self) -> np.ndarray:
        return self._values.copy()

    async def close(self) -> None:
        await self._driver.close()


class _Asyncua:
    """The library's own example of a subscription: a handler that keeps the last value of each node."""

    def __init__(self, url: str, nodes: int, publishing_ms: int) -> None:
        logging.getLogger("asyncua").setLevel(logging.CRITICAL)
        self._client = Client(url)
        self._count = nodes
        self._publishing_ms = publishing_ms
        self._last: dict[Node, float] = {}
        self.changes = 0

    def datachange_notification(self, node: Node, val: float, data: object) -> None:
        self._last[node] = val
        self.changes += 1

    async def open(self) -> None:
        await self._client.connect()
        space = await self._client.get_namespace_index(NAMESPACE)
        nodes = [self._client.get_node(f"ns={space};s={node_name(i)}") for i in range(self._count)]
        subscription = await self._client.create_subscription(self._publishing_ms, self)
        for first in range(0, self._count, 250):
            await subscription.subscribe_data_change(nodes[first : first + 250])
        clock = SystemClock()
        async with asyncio.timeout(_CONNECT_S):
            while len(self._last) < self._count:
                await clock.sleep_until_ns(clock.monotonic_ns() + 10 * NS_PER_MS)

    async def look(self) -> None:
        return

    def values(self) -> np.ndarray:
        return np.array(list(self._last.values()))

    async def close(self) -> None:
        await self._client.disconnect()


def _tag(number: int) -> TagDef:
    node = node_name(number)
    return TagDef(
        number, f"P.{node}", TagKind.FLOAT, "plc", f"s={node}", "", -1e12, 1e12, 0, 1.0, 0.0, False, 0.0, "", _NAME
    )  # fmt: skip


def run_opcua(client: str, url: str, nodes: int, publishing_ms: int, seconds: float) -> Mapping[str, float]:
    """What arrives within ``seconds`` at ``client`` (potok, asyncua), and the CPU seconds that it took."""
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
        if client == "potok":
            return asyncio.run(_run(lambda: _Potok(url, nodes, publishing_ms, Path(folder)), seconds))
        return asyncio.run(_run(lambda: _Asyncua(url, nodes, publishing_ms), seconds))


async def _run(make, seconds: float) -> Mapping[str, float]:
    clock = SystemClock()
    contender: _Contender = make()
    try:
        await contender.open()
        await clock.sleep_until_ns(clock.monotonic_ns() + NS_PER_S // 2)
        await contender.look()
        gc.collect()
        gc.freeze()
        began_ns, cpu_s = perf_counter_ns(), time.process_time()
        changes, values = contender.changes, contender.values()
        start_ns = clock.monotonic_ns()
        for look in range(1, int(seconds * 1000) // _POLL_MS + 1):
            await clock.sleep_until_ns(start_ns + look * _POLL_MS * NS_PER_MS)
            await contender.look()
        cpu_s = time.process_time() - cpu_s
        took_s = (perf_counter_ns() - began_ns) / NS_PER_S
        changes = contender.changes - changes
        made = float((contender.values() - values).sum())
    finally:
        gc.unfreeze()
        await contender.close()
    return {
        "seconds": took_s,
        "cpu_s": cpu_s,
        "changes": changes,
        "conflated_share": max(0.0, 1.0 - changes / made) if made else 0.0,
    }
