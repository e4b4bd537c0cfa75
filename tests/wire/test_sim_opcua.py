"""The simulated PLC 2, read and written by an OPC UA client that is not ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.ua.uaerrors import BadUserAccessDenied
from asyncua.ua.uatypes import Variant, VariantType

from line.quality import Status
from simulators import SimLine
from simulators.nodes import NAMESPACE_URI
from simulators.runner import SimServers
from tests.waiting import eventually


class Changes:
    """Takes the notifications of a subscription."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def datachange_notification(self, node: object, val: float, data: object) -> None:
        del node, data
        self.values.append(val)


NodeOf = Callable[[str], Node]


async def check_values(node: NodeOf) -> None:
    chamber = await node("S401.ChamberTemp").read_data_value()
    assert chamber.Value is not None
    assert chamber.Value.VariantType is VariantType.Double
    assert chamber.Value.Value == pytest.approx(12.0, abs=1.0)
    assert chamber.SourceTimestamp is not None
    assert chamber.ServerTimestamp is not None
    assert [await n.read_browse_name() for n in await node("Util").get_children()] != []
    with pytest.raises(BadUserAccessDenied):
        await node("S401.ChamberTemp").write_value(5.0)


async def check_subscription(client: Client, node: NodeOf) -> None:
    changes = Changes()
    subscription = await client.create_subscription(20, changes)
    await subscription.subscribe_data_change(node("PLC2.Heartbeat"))

    async def notified() -> bool:
        return len(changes.values) > 3

    await eventually(notified, what="heartbeats by subscription")
    await subscription.delete()


async def check_commands(client: Client, node: NodeOf) -> None:
    await node("PLC2.SupHeartbeat").write_value(1, VariantType.UInt16)
    words = {"PhId": 9, "PhCmd": 1, "BatchNo": 3, "PhReq": 11}
    await client.write_values([node(f"S401.{w}") for w in words], [Variant(w, VariantType.UInt16) for w in words.values()])

    async def judged() -> bool:
        return await client.read_values([node("S401.PhAck"), node("S401.PhRes")]) == [11, 2]

    await eventually(judged, what="PhAck 11, PhRes 2")
    await node("P601.CntrlCmd").write_value(1, VariantType.Int32)
    await node("P601.CmdChangeRequest").write_value(True)

    async def resets() -> bool:
        state = await node("P601.StateCurrent").read_value()
        return state in (15, 4) and await node("P601.CmdChangeRequest").read_value() is False

    await eventually(resets, what="the packer is Resetting and the request flag is back")


async def check_broken_sensor(line: SimLine, node: NodeOf) -> None:
    async def status() -> int:
        code = (await node("S401.CoreTemp").read_data_value(raise_on_bad_status=False)).StatusCode
        return code.value if code is not None else 0

    async def broken() -> bool:
        return await status() == int(Status.BAD_SENSOR_FAILURE)

    async def healed() -> bool:
        return await status() == int(Status.GOOD)

    line.inject("sensor_break", "S401.CoreTemp")
    await eventually(broken, what="BadSensorFailure")
    line.clear("sensor_break", "S401.CoreTemp")
    await eventually(healed, what="Good again")


def test_opcua_client_reads_writes_and_subscribes(simulator: SimServers) -> None:
    async def scenario() -> None:
        line = simulator.line
        assert len(line.plcs["plc2"].variables) == 108
        async with Client(f"opc.tcp://127.0.0.1:{simulator.ports.opcua}/potok/plc2") as client:
            space = await client.get_namespace_index(NAMESPACE_URI)

            def node(name: str) -> Node:
                return client.get_node(f"ns={space};s={name}")

            await check_values(node)
            await check_subscription(client, node)
            await check_commands(client, node)
            await check_broken_sensor(line, node)

    asyncio.run(scenario())
