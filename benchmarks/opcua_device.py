"""An OPC UA server on asyncua whose variables all change every period: ``python -m benchmarks.opcua_device NODES PERIOD_MS``.

Variables ``s=V0`` … count up by one with each change, so that a client can tell what it missed. Serves until its stdin ends.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import socket
import sys
from datetime import UTC, datetime, timedelta
from typing import Final

from asyncua import ua
from asyncua.server.server import Server

from line.clock import NS_PER_MS, SystemClock

NAMESPACE: Final = "urn:potok:bench"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH: Final = 100


def node_name(number: int) -> str:
    """Identifier of the variable in its namespace."""
    return f"V{number}"


async def serve(nodes: int, period_ms: int) -> None:
    """Serve until stdin ends; prints ``{"url": …}`` when it listens."""
    loop = asyncio.get_running_loop()
    server = Server()
    gc.disable()  # the standard nodes are some hundred thousand objects
    await server.init()
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"opc.tcp://127.0.0.1:{free.getsockname()[1]}/bench"
    server.set_endpoint(url)
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace(NAMESPACE)
    ids = [ua.NodeId.from_string(f"ns={space};s={node_name(i)}") for i in range(nodes)]
    for number, node in enumerate(ids):
        await server.nodes.objects.add_variable(node, node_name(number), 0.0, ua.VariantType.Double)
    gc.collect()
    gc.freeze()
    gc.enable()
    ended = asyncio.Event()
    async with server:
        loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 1024) else ended.set())
        print(json.dumps({"url": url}), flush=True)
        await _change(server, ids, period_ms, ended)
        loop.remove_reader(sys.stdin.fileno())


async def _change(server: Server, ids: list[ua.NodeId], period_ms: int, ended: asyncio.Event) -> None:
    clock = SystemClock()
    due_ns = clock.monotonic_ns()
    count = 0
    while not ended.is_set():
        count += 1
        stamp = _EPOCH + timedelta(microseconds=clock.now_ns() // 1000)
        for number, node in enumerate(ids):
            variant = ua.Variant(float(count), ua.VariantType.Double)
            await server.write_attribute_value(node, ua.DataValue(variant, ua.StatusCode(0), stamp, stamp))  # pyright: ignore[reportArgumentType]
            if number % _BATCH == _BATCH - 1:
                await clock.sleep_until_ns(0)  # lets the server answer
        due_ns = max(due_ns + period_ms * NS_PER_MS, clock.monotonic_ns())
        await clock.sleep_until_ns(due_ns)


if __name__ == "__main__":
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    asyncio.run(serve(*(int(a) for a in sys.argv[1:3])))
