"""OPC UA driver against a real asyncua server, behind a relay that can freeze or cut the connection."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC
from pathlib import Path

import pytest
from asyncua import ua
from asyncua.server.address_space import NodeData
from asyncua.ua.attribute_ids import AttributeIds

from line.clock import SystemClock
from line.devices import OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.messages import NO_TEXT, LinkState, Write
from line.quality import Status
from line.tags import TagKind, TagTable
from plc_drivers.opcua.driver import OpcUaDriver
from tests.builders import tag
from tests.ports import free_port
from tests.waiting import eventually
from tests.wire.opcua_kit import Relay, alive, opened, run, state
from tests.wire.standard_nodes import new_server

pytestmark = pytest.mark.usefixtures("standard_nodes")

NAMESPACE = "urn:potok:test:plc2"
V = ua.VariantType
NODES: dict[str, tuple[TagKind, ua.Variant]] = {
    "Temp": (TagKind.FLOAT, ua.Variant(20.5, V.Float)),
    "Setpoint": (TagKind.FLOAT, ua.Variant(0.0, V.Float)),
    "Precise": (TagKind.FLOAT, ua.Variant(0.0, V.Double)),
    "Number": (TagKind.INT, ua.Variant(3, V.UInt16)),
    "Signed": (TagKind.INT, ua.Variant(-3, V.Int32)),
    "Running": (TagKind.BOOL, ua.Variant(False, V.Boolean)),
    "Product": (TagKind.STRING, ua.Variant("Докторская", V.String)),
    "Clamped": (TagKind.FLOAT, ua.Variant(0.0, V.Float)),
    "ReadOnly": (TagKind.FLOAT, ua.Variant(1.0, V.Float)),
}
TAGS = TagTable(
    [tag(n, i, device="plc2", kind=kind, address=f"s={n}", lo=-1e9, hi=1e9) for i, (n, (kind, _)) in enumerate(NODES.items())]
    + [
        tag("Missing", len(NODES), device="plc2", address="s=Missing"),
        tag("State", len(NODES) + 1, device="plc2", kind=TagKind.ENUM, address="ns=0;i=2259"),
        tag("Explicit", len(NODES) + 2, device="plc2", address=f"nsu={NAMESPACE};s=Temp", lo=-1e9, hi=1e9),
    ]
)
CONTEXT = DriverContext(SystemClock(), 100, Path("pki"), Path())
MISSING = TAGS.handle("Missing")


class Plc:
    """The server; ``extra_namespaces`` come before the device's own, so that its index is another one after a restart."""

    def __init__(self, port: int) -> None:
        self.url = f"opc.tcp://127.0.0.1:{port}/potok"
        self.server = new_server()
        self.index = 0
        self.written: list[str] = []

    async def start(self, extra_namespaces: int = 0) -> None:
        await self.server.init()
        self.server.set_endpoint(self.url)
        for number in range(extra_namespaces):
            await self.server.register_namespace(f"urn:other:{number}")
        self.index = await self.server.register_namespace(NAMESPACE)
        for name, (_, variant) in NODES.items():
            node = await self.server.nodes.objects.add_variable(self.node_id(name), name, variant)
            if name != "ReadOnly":
                await node.set_writable()
        await self.server.start()

    def node_id(self, name: str) -> ua.NodeId:
        return ua.NodeId.from_string(f"ns={self.index};s={name}")

    async def set(self, name: str, data: ua.DataValue) -> None:
        await self.server.get_node(self.node_id(name)).write_value(data)

    async def stop(self) -> None:
        await self.server.stop()


def make_driver(port: int, timeout_ms: int = 500) -> OpcUaDriver:
    config = OpcUaDevice(
        driver="opcua", name=Text(ru="ПЛК", en="PLC"), url=f"opc.tcp://127.0.0.1:{port}/potok", namespace=NAMESPACE,
        timeout_ms=timeout_ms, publishing_ms=50, security_policy="none",
    )  # fmt: skip
    return OpcUaDriver("plc2", config, TAGS, CONTEXT)


async def value_is(driver: OpcUaDriver, name: str, value: float) -> None:
    async def reached() -> bool:
        readings = await driver.poll()
        return bool(readings.values[TAGS.handle(name)] == value)

    await eventually(reached)


async def check_values(driver: OpcUaDriver, plc: Plc) -> None:
    readings = await driver.poll()
    assert readings.status.tolist() == [0] * len(NODES) + [Status.BAD_NODE_ID_UNKNOWN, 0, 0]
    assert readings.values[[0, 3, 4, 5]].tolist() == [20.5, 3.0, -3.0, 0.0]
    assert readings.strings == {TAGS.handle("Product"): "Докторская"}
    assert "Missing" in driver.link().last_error.en
    stamp = ua.DateTime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    data = ua.DataValue(ua.Variant(21.5, V.Float), ua.StatusCode(ua.UInt32(0x40930000)), stamp)
    await plc.set("Temp", data)
    await value_is(driver, "Temp", 21.5)
    readings = await driver.poll()
    for name in ("Temp", "Explicit"):
        at = TAGS.handle(name)
        assert readings.status[at] == 0x40930000
        assert readings.source_ns[at] == int(stamp.timestamp() * 1000) * 1_000_000
    later = readings

    async def a_second_on() -> bool:
        nonlocal later
        later = await driver.poll()
        return bool((alive(later)[: len(NODES)] - alive(readings)[: len(NODES)] > 1_000_000_000).all())

    await eventually(a_second_on, what="a second in which nothing changes and keep-alives say that the values hold")
    assert driver.link().state is LinkState.UP
    assert later.source_ns.tolist() == readings.source_ns.tolist()
    assert later.server_ns.tolist() == readings.server_ns.tolist()
    assert alive(later)[MISSING] < alive(readings)[0]


async def check_writes(driver: OpcUaDriver, plc: Plc) -> None:
    wanted = {"Setpoint": 71.3, "Precise": 0.1, "Signed": -70_000.0, "Running": 1.0, "Number": 65_535.0}
    results = await driver.write([Write(TAGS.handle(n), v, "batch") for n, v in wanted.items()])
    assert [(r.status, r.message) for r in results] == [(0, NO_TEXT)] * len(wanted)
    for name, value in wanted.items():
        held = await plc.server.get_node(plc.node_id(name)).read_data_value()
        assert held.Value is not None
        assert held.Value.VariantType is NODES[name][1].VariantType
        assert held.Value.Value == pytest.approx(value, rel=1e-6)
    await value_is(driver, "Number", 65_535.0)

    one_each = [("Number", 65_536.0), ("Number", 2.5), ("Missing", 1.0), ("ReadOnly", 1.0), ("Product", 1.0)]
    results = await driver.write([Write(TAGS.handle(n), v, f"origin {i}") for i, (n, v) in enumerate(one_each)])
    assert [r.status for r in results[:3]] == [Status.BAD_OUT_OF_RANGE, Status.BAD_OUT_OF_RANGE, Status.BAD_NODE_ID_UNKNOWN]
    assert results[3].status >= 0x80000000
    assert results[3].message.en.startswith("the device refused the write: Bad")
    assert results[4].status == Status.BAD_NOT_SUPPORTED

    def clamp(node: NodeData, attribute: AttributeIds, data: ua.DataValue) -> None:
        assert data.Value is not None
        node.attributes[attribute].value = ua.DataValue(ua.Variant(min(float(data.Value.Value), 50.0), V.Float))

    plc.server.set_attribute_value_setter(plc.node_id("Clamped"), clamp)
    [clamped] = await driver.write([Write(TAGS.handle("Clamped"), 80.0, "x")])
    assert (clamped.status, clamped.message.en) == (Status.BAD_OUT_OF_RANGE, "the device holds 50.000 instead of 80.000")


def test_values_writes_freeze_and_cut(caplog: pytest.LogCaptureFixture) -> None:
    """One server for all of it: starting one takes a second."""
    caplog.set_level(logging.INFO, logger="plc_drivers.link")

    async def body() -> None:
        plc = Plc(free_port())
        await plc.start()
        relay = Relay(free_port(), int(plc.url.split(":")[2].split("/")[0]))
        await relay.start()
        try:
            await check_missing_namespace(plc)
            async with opened(make_driver(relay.port)) as driver:
                assert set((await driver.poll()).status.tolist()) == {Status.BAD_WAITING_FOR_INITIAL_DATA}
                await state(driver, LinkState.UP)
                await check_values(driver, plc)
                await check_writes(driver, plc)
                await check_freeze(driver, plc, relay)
                await check_cut(driver, relay)
        finally:
            await relay.stop()
            await plc.stop()

    run(body)
    edges = [r.getMessage().split(":")[1].strip() for r in caplog.records if r.getMessage().startswith("plc2: link")]
    assert edges == ["link is up", "link is down", "link is up", "link is down", "link is up"]
    assert not [r for r in caplog.records if r.name.startswith("asyncua.client")]


async def check_missing_namespace(plc: Plc) -> None:
    name = Text(ru="ПЛК", en="PLC")
    config = OpcUaDevice(
        driver="opcua", name=name, url=plc.url, namespace="urn:elsewhere", timeout_ms=500, security_policy="none"
    )
    async with opened(OpcUaDriver("other", config, TagTable([tag("Temp", device="other", address="s=Temp")]), CONTEXT)) as driver:
        await state(driver, LinkState.DOWN)
        assert "no namespace urn:elsewhere" in driver.link().last_error.en
        assert NAMESPACE in driver.link().last_error.en


async def check_freeze(driver: OpcUaDriver, plc: Plc, relay: Relay) -> None:
    """The server stands still with its sockets open: noticed by the missing keep-alives, healed without a restart."""
    before = await driver.poll()
    relay.thawed.clear()
    [result] = await driver.write([Write(TAGS.handle("Setpoint"), 5.0, "x")])
    assert (result.status, "not known" in result.message.en) == (Status.BAD_TIMEOUT, True)
    await state(driver, LinkState.DOWN)
    assert "no sign of life" in driver.link().last_error.en or "no answer" in driver.link().last_error.en
    frozen = await driver.poll()
    assert set(frozen.status.tolist()) == {Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE, Status.BAD_NO_COMMUNICATION}
    assert frozen.values[TAGS.handle("Number")] == 65_535.0
    assert (alive(frozen) - alive(before) < 3_000_000_000).all()
    assert alive(await driver.poll()).tolist() == alive(frozen).tolist()
    await plc.set("Temp", ua.DataValue(ua.Variant(33.0, V.Float)))
    relay.thawed.set()
    await state(driver, LinkState.UP)
    assert (await driver.poll()).values[TAGS.handle("Temp")] == 33.0
    await plc.set("Temp", ua.DataValue(ua.Variant(34.0, V.Float)))
    await value_is(driver, "Temp", 34.0)


async def check_cut(driver: OpcUaDriver, relay: Relay) -> None:
    await relay.stop()
    await state(driver, LinkState.DOWN)
    started = time.monotonic()
    [result] = await driver.write([Write(TAGS.handle("Setpoint"), 5.0, "x")])
    assert result.status == Status.BAD_NO_COMMUNICATION
    assert time.monotonic() - started < 0.1
    await relay.start()
    await state(driver, LinkState.UP)
    assert driver.link().reconnects == 2


def test_a_restarted_server_is_subscribed_again_also_under_another_namespace_index() -> None:
    async def body() -> None:
        port = free_port()
        first = Plc(port)
        await first.start()
        async with opened(make_driver(port)) as driver:
            await state(driver, LinkState.UP)
            await first.stop()
            await state(driver, LinkState.DOWN)
            second = Plc(port)
            await second.start(extra_namespaces=2)
            try:
                assert second.index != first.index
                await state(driver, LinkState.UP)
                await second.set("Temp", ua.DataValue(ua.Variant(55.0, V.Float)))
                await value_is(driver, "Temp", 55.0)
                assert (await driver.poll()).status[0] == 0
                assert (await driver.write([Write(TAGS.handle("Setpoint"), 7.0, "x")]))[0].status == 0
            finally:
                await driver.close()
                await second.stop()

    run(body)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"ERRF\x10\x00\x00\x00\x00\x00\x0a\x80\x00\x00\x00\x00"]
)
def test_a_server_that_does_not_speak_opcua_is_no_link(answer: bytes) -> None:
    async def body() -> None:
        port = free_port()
        writers: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            await reader.read(1000)
            writer.write(answer)

        server = await asyncio.start_server(serve, "127.0.0.1", port)
        try:
            async with opened(make_driver(port, 150)) as driver:
                await state(driver, LinkState.DOWN)
                assert driver.link().last_error.en
                assert set((await driver.poll()).status.tolist()) == {Status.BAD_NO_COMMUNICATION}
        finally:
            server.close()
            for writer in writers:
                writer.close()
            await asyncio.sleep(0.01)

    run(body)
