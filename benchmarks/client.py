"""The clients that are measured, in a process of their own: ``python -m benchmarks.client`` takes a JSON request per line.

CPU is user and system of this process, all of its threads; start, connecting and warm-up are not counted.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from pymodbus.client import AsyncModbusTcpClient

from benchmarks.engine_run import run_engine
from benchmarks.intervals import interval_figures
from benchmarks.opcua_run import run_opcua
from benchmarks.plant import PlantSize, measuring_line
from line.clock import NS_PER_MS, NS_PER_S, SystemClock, perf_counter_ns, precise
from line.driver import Driver
from line.image import IntArray
from line.messages import LinkState
from potok.build import build_drivers

MAX_BLOCK: Final = 125
_CONNECT_S: Final = 10.0


class Client(Protocol):
    """One way to read all tags of all devices."""

    @property
    def requests(self) -> int:
        """Requests since the start."""
        ...

    async def open(self) -> None:
        """Connect; returns when every device has answered."""
        ...

    async def cycle(self) -> IntArray:
        """Read every tag once; when each was read, UTC nanoseconds. Raises RuntimeError when one was not read well."""
        ...

    async def close(self) -> None:
        """Free the sockets."""
        ...


class PotokClient:
    """Our drivers, polled together as the scan does."""

    def __init__(self, size: PlantSize) -> None:
        with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
            line = measuring_line(Path(folder), size)
            self._drivers: Sequence[Driver] = list(build_drivers(line, SystemClock(), {}, Path(folder) / "data").values())

    @property
    def requests(self) -> int:
        return sum(d.link().requests for d in self._drivers)

    async def open(self) -> None:
        clock = SystemClock()
        for driver in self._drivers:
            await driver.open()
        async with asyncio.timeout(_CONNECT_S):
            while not all(d.link().state is LinkState.UP for d in self._drivers):
                await clock.sleep_until_ns(clock.monotonic_ns() + 10 * NS_PER_MS)

    async def cycle(self) -> IntArray:
        if len(self._drivers) == 1:
            readings = [await self._drivers[0].poll()]
        else:
            readings = await asyncio.gather(*(d.poll() for d in self._drivers))
        if any(r.status.any() for r in readings):
            raise RuntimeError("a tag is not Good")
        return np.concatenate([r.server_ns for r in readings])

    async def close(self) -> None:
        for driver in self._drivers:
            await driver.close()


class PymodbusClient:
    """What a program on pymodbus does by hand: ideal blocks, the devices at the same time, a block's floats decoded at once."""

    def __init__(self, size: PlantSize, *, decode: bool = True) -> None:
        per_block = (MAX_BLOCK - 2) // size.stride + 1
        tags = size.tags_per_device
        self._blocks = [(first, min(per_block, tags - first)) for first in range(0, tags, per_block)]
        self._stride = size.stride
        self._decode = decode
        self._ports = size.ports
        self._clients: list[AsyncModbusTcpClient] = []
        self.requests = 0
        self.values: dict[tuple[int, int], tuple[float, ...]] = {}

    async def open(self) -> None:
        self._clients = [AsyncModbusTcpClient("127.0.0.1", port=p, timeout=1, retries=0) for p in self._ports]
        for client in self._clients:
            if not await client.connect():
                raise RuntimeError("pymodbus could not connect")

    async def cycle(self) -> IntArray:
        stamps = await asyncio.gather(*(self._read(i, c) for i, c in enumerate(self._clients)))
        return np.array([ns for device in stamps for ns in device], dtype=np.int64)

    async def close(self) -> None:
        for client in self._clients:
            client.close()

    async def _read(self, device: int, client: AsyncModbusTcpClient) -> list[int]:
        stamps: list[int] = []
        for first, count in self._blocks:
            words = (count - 1) * self._stride + 2
            answer = await client.read_holding_registers(first * self._stride, count=words, device_id=1)
            self.requests += 1
            if answer.isError():
                raise RuntimeError(f"pymodbus got {answer}")
            if self._decode:
                layout = ">" + f"f{2 * self._stride - 4}x" * (count - 1) + "f"
                self.values[device, first] = struct.unpack(layout, struct.pack(f">{words}H", *answer.registers))
            stamps.append(time_ns())
        return stamps


def time_ns() -> int:
    """UTC, nanoseconds."""
    return SystemClock().now_ns()


def polls(client: str, size: Mapping[str, Any], period_ms: int, warm_up: int, cycles: int) -> Mapping[str, float]:
    """Read all tags ``cycles`` times with ``client`` (potok, pymodbus, or pymodbus_raw, which decodes nothing)."""
    plant = PlantSize(**size)
    contender = PotokClient(plant) if client == "potok" else PymodbusClient(plant, decode=client == "pymodbus")
    return asyncio.run(_polls(contender, plant, period_ms, warm_up, cycles))


async def _polls(client: Client, size: PlantSize, period_ms: int, warm_up: int, cycles: int) -> Mapping[str, float]:
    stamps: list[IntArray] = []
    began_ns = requests = 0
    cpu_s = 0.0
    await client.open()
    try:
        await client.cycle()
        gc.collect()
        gc.freeze()
        with precise(SystemClock()) as clock:
            start_ns = clock.monotonic_ns()
            for cycle in range(-warm_up, cycles):
                if period_ms:
                    await clock.sleep_until_ns(start_ns + (cycle + warm_up) * period_ms * NS_PER_MS)
                if cycle == 0:
                    began_ns, cpu_s, requests = perf_counter_ns(), time.process_time(), client.requests
                stamps.append(await client.cycle())
        cpu_s = time.process_time() - cpu_s
        seconds = (perf_counter_ns() - began_ns) / NS_PER_S
        requests = client.requests - requests
    finally:
        gc.unfreeze()
        await client.close()
    return {
        "seconds": seconds, "cpu_s": cpu_s, "requests": requests, "tag_reads": size.tags * cycles,
        **interval_figures(stamps[warm_up:]),
    }  # fmt: skip


COMMANDS: Final[Mapping[str, Callable[..., Mapping[str, float]]]] = {"polls": polls, "engine": run_engine, "opcua": run_opcua}


def main() -> None:
    """Answer requests until stdin ends; a request is ``{"what": …, argument: value, …}``."""
    logging.disable(logging.WARNING)  # a dead device is meant to be dead
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(COMMANDS[request.pop("what")](**request)), flush=True)


if __name__ == "__main__":
    main()
