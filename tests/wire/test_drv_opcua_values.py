"""Arrays, structures, enumerations, texts, types of types, deadbands and queues against a real asyncua server."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from asyncua import ua
from asyncua.common.structures104 import new_enum, new_struct, new_struct_field
from asyncua.server.monitored_item_service import MonitoredItemService
from asyncua.ua.status_codes import StatusCodes

from line.image import Readings
from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagDef, TagKind, TagTable
from plc_drivers.opcua.driver import OpcUaDriver
from plc_drivers.opcua.structures import BAD_INDEX_RANGE_NO_DATA
from tests.builders import tag
from tests.ports import free_port
from tests.waiting import eventually
from tests.wire.opcua_kit import CONTEXT, OpcUaServer, device, opened, run, serving, state

pytestmark = pytest.mark.usefixtures("standard_nodes")

V = ua.VariantType


def plant_tag(name: str, handle: int, address: str, kind: TagKind = TagKind.FLOAT, **options: str) -> TagDef:
    return replace(tag(name, handle, device="plc2", kind=kind, address=address, lo=-1e12, hi=1e12), options=options)


def table(*rows: tuple[Any, ...]) -> TagTable:
    """(name, address, kind, options) each."""
    return TagTable(
        plant_tag(row[0], i, row[1], row[2] if len(row) > 2 else TagKind.FLOAT, **(row[3] if len(row) > 3 else {}))
        for i, row in enumerate(rows)
    )


def motor(speed: float, running: bool, mode: int) -> bytes:
    return struct.pack("<d?i", speed, running, mode)


class Plant(OpcUaServer):
    """Nodes of every sort that a driver has to make a number of."""

    async def fill(self) -> None:
        modes = await new_enum(self.server, self.index, "Mode", ["Off", "Manual", "Auto"])
        fields = [
            new_struct_field("Speed", V.Double), new_struct_field("Running", V.Boolean), new_struct_field("Mode", modes.nodeid),
        ]  # fmt: skip
        motor_type, [self.motor] = await new_struct(self.server, self.index, "Motor", fields)
        pump_fields = [new_struct_field("Name", V.String), new_struct_field("Motor", motor_type.nodeid)]
        pump_type, [self.pump] = await new_struct(self.server, self.index, "Pump", pump_fields)
        celsius = await self.server.get_node(ua.NodeId.from_string("i=10")).add_data_type(self.index, "Celsius")
        oven = await celsius.add_data_type(self.index, "OvenCelsius")
        await self.add("Array", ua.Variant([1.5, 2.5, 3.5], V.Double))
        await self.add("Short", ua.Variant([7], V.Int16, is_array=True))
        await self.add("Mode", ua.Variant(2, V.Int32), modes.nodeid)
        await self.add("Oven", ua.Variant(20.0, V.Float), oven.nodeid)
        await self.add("When", ua.Variant(datetime(2026, 3, 1, 12, tzinfo=UTC), V.DateTime))
        await self.add("Label", ua.Variant(ua.LocalizedText("Пуск", "ru"), V.LocalizedText))
        await self.add("Level", ua.Variant(0.0, V.Double))
        await self.add("Motor", self.motor_value(1450.0, True, 1), motor_type.nodeid)
        await self.add("Pump", self.pump_value("P1", 900.0), pump_type.nodeid)
        await self.add("Motors", self.motors_value(1.0, 2.0), motor_type.nodeid)

    def extension(self, encoding: Any, body: bytes) -> Any:
        return ua.ExtensionObject(encoding.nodeid, body)  # pyright: ignore[reportArgumentType]

    def motor_value(self, speed: float, running: bool, mode: int) -> ua.Variant:
        return ua.Variant(self.extension(self.motor, motor(speed, running, mode)), V.ExtensionObject)

    def motors_value(self, *speeds: float) -> ua.Variant:
        return ua.Variant([self.extension(self.motor, motor(s, False, 0)) for s in speeds], V.ExtensionObject)

    def pump_value(self, name: str, speed: float) -> ua.Variant:
        text = name.encode()
        body = struct.pack("<i", len(text)) + text + motor(speed, True, 2)
        return ua.Variant(self.extension(self.pump, body), V.ExtensionObject)


TAGS = table(
    ("First", "s=Array", TagKind.FLOAT, {"index": "0"}),
    ("Last", "s=Array", TagKind.FLOAT, {"index": "2"}),
    ("Beyond", "s=Array", TagKind.FLOAT, {"index": "3"}),
    ("Only", "s=Short", TagKind.INT, {"index": "0"}),
    ("Mode", "s=Mode", TagKind.ENUM),
    ("Oven", "s=Oven"),
    ("When", "s=When"),
    ("WhenText", "s=When", TagKind.STRING),
    ("Label", "s=Label", TagKind.STRING),
    ("Speed", "s=Motor", TagKind.FLOAT, {"field": "Speed"}),
    ("Running", "s=Motor", TagKind.BOOL, {"field": "Running"}),
    ("MotorMode", "s=Motor", TagKind.ENUM, {"field": "Mode"}),
    ("PumpName", "s=Pump", TagKind.STRING, {"field": "Name"}),
    ("PumpSpeed", "s=Pump", TagKind.FLOAT, {"field": "Motor.Speed"}),
    ("Second", "s=Motors", TagKind.FLOAT, {"index": "1", "field": "Speed"}),
    ("NoMember", "s=Motor", TagKind.FLOAT, {"field": "Torque"}),
    ("Whole", "s=Array"),
    ("BuildName", "ns=0;i=2260", TagKind.STRING, {"field": "ProductName"}),
)


def number(readings: Readings, tags: TagTable, name: str) -> float:
    return float(readings.values[tags.handle(name)])


async def shows(driver: OpcUaDriver, tags: TagTable, expected: Mapping[str, float]) -> None:
    async def reached() -> bool:
        readings = await driver.poll()
        return all(number(readings, tags, n) == v and readings.status[tags.handle(n)] == 0 for n, v in expected.items())

    await eventually(reached, what=str(expected))


def honour_ranges(monkeypatch: pytest.MonkeyPatch, plant: OpcUaServer) -> None:
    """Teach asyncua's server the IndexRange, which it passes by: it reads and replaces the whole array."""
    service = plant.server.iserver.attribute_service
    read, write = service.read, service.write

    def element(data: ua.DataValue, text: str | None) -> ua.DataValue:
        if not text or data.Value is None:
            return data
        held: Any = data.Value.Value
        if not isinstance(held, list) or int(text) >= len(held):
            return ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(BAD_INDEX_RANGE_NO_DATA)))
        return replace(data, Value=ua.Variant([held[int(text)]], data.Value.VariantType, is_array=True))

    def ranged_read(params: ua.ReadParameters) -> list[ua.DataValue]:
        return [element(d, i.IndexRange) for i, d in zip(params.NodesToRead, read(params), strict=True)]

    async def ranged_write(params: ua.WriteParameters, **keys: Any) -> list[ua.StatusCode]:
        for item in params.NodesToWrite:
            if item.IndexRange:
                given: Any = item.Value.Value
                whole = list(await plant.server.get_node(item.NodeId).read_value())
                whole[int(item.IndexRange)] = given.Value[0]
                item.Value = ua.DataValue(ua.Variant(whole, given.VariantType))
        return await write(params, **keys)

    notify: Callable[..., Any] = MonitoredItemService.datachange_callback

    async def ranged_notify(self: Any, handle: int, value: ua.DataValue, error: ua.StatusCode | None = None) -> None:
        item = self._monitored_items[self._monitored_datachange[handle]]
        await notify(self, handle, element(value, item.read_value_id.IndexRange), error)

    monkeypatch.setattr(service, "read", ranged_read)
    monkeypatch.setattr(service, "write", ranged_write)
    monkeypatch.setattr(MonitoredItemService, "datachange_callback", ranged_notify)


@pytest.mark.parametrize("mode", ["subscribe", "poll"])
@pytest.mark.parametrize("ranges", [False, True])
def test_every_sort_of_value(monkeypatch: pytest.MonkeyPatch, mode: str, ranges: bool) -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant:
            if ranges:
                honour_ranges(monkeypatch, plant)
            async with opened(OpcUaDriver("plc2", device(plant.port, mode=mode), TAGS, CONTEXT)) as driver:
                await state(driver, LinkState.UP)
                await check_first_values(driver)
                await check_changes(driver, plant)
                await check_writes(driver, plant, ranges)

    run(body)


async def check_first_values(driver: OpcUaDriver) -> None:
    readings = await driver.poll()
    got = {t.name: number(readings, TAGS, t.name) for t in TAGS if t.kind is not TagKind.STRING}
    assert {n: v for n, v in got.items() if not np.isnan(v)} == {
        "First": 1.5, "Last": 3.5, "Only": 7.0, "Mode": 2.0, "Oven": 20.0, "When": 1_772_366_400.0, "Speed": 1450.0,
        "Running": 1.0, "MotorMode": 1.0, "PumpSpeed": 900.0, "Second": 2.0,
    }  # fmt: skip
    texts = {TAGS[h].name: text for h, text in readings.strings.items()}
    assert texts == {
        "WhenText": "2026-03-01T12:00:00+00:00", "Label": "Пуск", "PumpName": "P1", "BuildName": texts["BuildName"],
    }  # fmt: skip
    assert texts["BuildName"]
    bad = {t.name: int(readings.status[t.handle]) for t in TAGS if readings.status[t.handle]}
    assert bad == {
        "Beyond": BAD_INDEX_RANGE_NO_DATA, "NoMember": Status.BAD_CONFIGURATION_ERROR, "Whole": Status.BAD_DECODING_ERROR,
    }  # fmt: skip
    assert "NoMember" in driver.link().last_error.en


async def check_changes(driver: OpcUaDriver, plant: Plant) -> None:
    await plant.set("Array", ua.Variant([10.5, 20.5, 30.5, 40.5], V.Double))
    await plant.set("Motor", plant.motor_value(700.0, False, 2))
    await plant.set("Pump", plant.pump_value("P1", 800.0))
    await plant.set("Motors", plant.motors_value(3.0, 4.0))
    await shows(driver, TAGS, {"First": 10.5, "Last": 30.5, "Beyond": 40.5, "Speed": 700.0, "Running": 0.0, "MotorMode": 2.0,
                               "PumpSpeed": 800.0, "Second": 4.0})  # fmt: skip
    await plant.set("Motors", plant.motors_value(5.0))

    async def gone() -> bool:
        return (await driver.poll()).status[TAGS.handle("Second")] == BAD_INDEX_RANGE_NO_DATA

    await eventually(gone)


async def check_writes(driver: OpcUaDriver, plant: Plant, ranges: bool) -> None:
    def write(name: str, value: float) -> Write:
        return Write(TAGS.handle(name), value, name)

    wanted = [("Last", -7.25), ("Mode", 1.0), ("Oven", 71.5), ("Speed", 1.0), ("Whole", 1.0), ("When", 1.0)]
    results = dict(zip([n for n, _ in wanted], await driver.write([write(n, v) for n, v in wanted]), strict=True))
    refused = {"Speed", "Whole", "When"} | (set() if ranges else {"Last"})
    assert {n for n, r in results.items() if r.status == Status.BAD_NOT_SUPPORTED} == refused
    assert {n for n, r in results.items() if r.status == Status.GOOD} == {n for n, _ in wanted} - refused
    assert "whole structure" in results["Speed"].message.en
    assert "whole array" in results["Whole"].message.en
    assert await plant.held("Array") == [10.5, 20.5, -7.25 if ranges else 30.5, 40.5]
    assert (await plant.held("Mode"), await plant.held("Oven")) == (1, 71.5)
    node = plant.server.get_node(plant.node_id("Oven"))
    assert (await node.read_data_type_as_variant_type()) is V.Float
    assert (await node.read_data_value()).Value.VariantType is V.Float  # pyright: ignore[reportOptionalMemberAccess]


def test_deadband_and_queue() -> None:
    tags = table(
        ("Every", "s=Level"),
        ("Coarse", "s=Level", TagKind.FLOAT, {"deadband": "5"}),
        ("Percent", "s=Level", TagKind.FLOAT, {"deadband": "10%", "sampling": "0", "queue": "20"}),
    )

    async def body() -> None:
        async with (
            serving(Plant(free_port())) as plant,
            opened(OpcUaDriver("plc2", device(plant.port), tags, CONTEXT)) as driver,
        ):
            await state(driver, LinkState.UP)
            for level in (1.0, 2.0, 3.0):
                await plant.set("Level", ua.Variant(level, V.Double))
            await shows(driver, tags, {"Every": 3.0, "Percent": 3.0})  # of a queue the newest
            assert number(await driver.poll(), tags, "Coarse") == 0.0
            await plant.set("Level", ua.Variant(20.0, V.Double))
            await shows(driver, tags, {"Every": 20.0, "Coarse": 20.0, "Percent": 20.0})

    run(body)


def test_a_refused_deadband_is_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    make: Callable[..., Any] = MonitoredItemService._create_data_change_monitored_item  # pyright: ignore[reportPrivateUsage]
    asked: list[Any] = []

    async def without_percent(self: Any, params: ua.MonitoredItemCreateRequest) -> ua.MonitoredItemCreateResult:
        wanted: Any = params.RequestedParameters.Filter
        asked.append(params.RequestedParameters)
        if getattr(wanted, "DeadbandType", None) == ua.DeadbandType.Percent:
            return ua.MonitoredItemCreateResult(ua.StatusCode(ua.UInt32(StatusCodes.BadDeadbandFilterInvalid)))
        return await make(self, params)

    monkeypatch.setattr(MonitoredItemService, "_create_data_change_monitored_item", without_percent)
    tags = table(("Percent", "s=Level", TagKind.FLOAT, {"deadband": "10%", "sampling": "125", "queue": "7"}))

    async def body() -> None:
        async with (
            serving(Plant(free_port())) as plant,
            opened(OpcUaDriver("plc2", device(plant.port), tags, CONTEXT)) as driver,
        ):
            await state(driver, LinkState.UP)
            await plant.set("Level", ua.Variant(0.5, V.Double))
            await shows(driver, tags, {"Percent": 0.5})
            assert driver.link().last_error.en == "the server refused the deadband of Percent"
            assert [(p.SamplingInterval, p.QueueSize) for p in asked] == [(125.0, 7), (125.0, 7)]

    run(body)


def test_tags_of_one_value_share_a_monitored_item(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a slower poll group is sampled at its own period."""
    make: Callable[..., Any] = MonitoredItemService._create_data_change_monitored_item  # pyright: ignore[reportPrivateUsage]
    sampled: list[float] = []

    async def counted(self: Any, params: ua.MonitoredItemCreateRequest) -> ua.MonitoredItemCreateResult:
        sampled.append(float(params.RequestedParameters.SamplingInterval))
        return await make(self, params)

    monkeypatch.setattr(MonitoredItemService, "_create_data_change_monitored_item", counted)
    motor_tags = [("Speed", "s=Motor", TagKind.FLOAT, {"field": "Speed"}), ("Mode", "s=Motor", TagKind.ENUM, {"field": "Mode"})]
    rows = table(*motor_tags, ("Level", "s=Level"), ("Slow", "s=Level"))
    tags = TagTable([*list(rows)[:3], replace(rows[3], poll_every=20)])

    async def body() -> None:
        async with (
            serving(Plant(free_port())) as plant,
            opened(OpcUaDriver("plc2", device(plant.port), tags, CONTEXT)) as driver,
        ):
            await state(driver, LinkState.UP)
            assert sampled == [50.0, 50.0, 2000.0]
            await shows(driver, tags, {"Speed": 1450.0, "Mode": 1.0, "Slow": 0.0})

    run(body)
