"""Making drivers and checking addresses before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from line.clock import ManualClock
from line.devices import ModbusDevice, OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.messages import LinkState
from line.tags import TagKind, TagTable, parse_tags_csv
from plc_drivers.build import DriverFactory
from plc_drivers.check import check_addresses
from plc_drivers.modbus.codec import parse_address
from plc_drivers.modbus.planner import Span, explain, plan_blocks
from tests.builders import T0_NS, tag

NAME = Text(ru="ПЛК", en="PLC")
DEVICES: dict[str, ModbusDevice | OpcUaDevice] = {
    "plc1": ModbusDevice(driver="modbus", name=NAME),
    "plc2": OpcUaDevice(driver="opcua", name=NAME, url="opc.tcp://127.0.0.1:4841", namespace="urn:x"),
}
SAUSAGE = Path(__file__).parents[2] / "lines" / "sausage" / "tags.csv"


def findings(*rows: tuple[str, dict[str, object]]) -> list[tuple[str, str, str]]:
    tags = [tag(f"T{i}", i, address=address, **options) for i, (address, options) in enumerate(rows)]  # pyright: ignore[reportArgumentType]
    return check_addresses(TagTable(tags), DEVICES, "tags.csv")


def test_the_shipped_line_is_in_order_and_cheap_to_poll() -> None:
    tags, problems = parse_tags_csv(SAUSAGE.read_text(encoding="utf-8"), "tags.csv", DEVICES)
    assert problems == []
    assert check_addresses(tags, DEVICES, "tags.csv") == []
    addresses = [parse_address(t.address) for t in tags.of_device("plc1")]
    cost = explain(plan_blocks((Span(a.table, a.start, a.count) for a in addresses), 16))
    assert cost.requests <= len(addresses) // 4


@pytest.mark.parametrize(
    ("address", "options", "part"),
    [
        ("ir:1", {}, "is no Modbus address"),
        ("ir:1:int16", {"writable": True}, "read-only table"),
        ("di:1", {"kind": TagKind.BOOL, "writable": True}, "read-only table"),
        ("hr:1:uint16", {"kind": TagKind.STRING}, "texts cannot be read"),
        ("co:1", {"kind": TagKind.BOOL, "scale": 0.1}, "cannot be scaled"),
        ("co:1", {"kind": TagKind.FLOAT}, "is one bit"),
        ("hr:1:float32", {"kind": TagKind.BOOL}, "is a float"),
        ("ns=2;s=Temp", {"device": "plc2"}, "by its index"),
        ("Temp", {"device": "plc2"}, "is no OPC UA address"),
    ],
)
def test_faults_name_tag_and_remedy(address: str, options: dict[str, object], part: str) -> None:
    [(name, message, remedy)] = findings((address, options))
    assert name == "T0"
    assert part in message
    assert remedy


def test_overlapping_types_are_found_and_sharing_is_allowed() -> None:
    shared: list[tuple[str, dict[str, object]]] = [
        ("ir:10:float32", {}),
        ("ir:10:float32", {}),
        ("hr:10:uint16", {}),
        ("hr:10.3", {"kind": TagKind.BOOL}),
        ("ir:12:int16", {}),
    ]
    assert findings(*shared) == []
    [(name, message, _)] = findings(*shared, ("ir:11:uint16", {}))
    assert (name, message) == ("T5", "ir:11:uint16 overlaps ir:10:float32 of T1")
    [(name, message, _)] = findings(("ir:1:uint16", {}), ("ir:1:int16", {}))
    assert (name, message) == ("T1", "ir:1:int16 overlaps ir:1:uint16 of T0")
    assert [f[0] for f in findings(("ir:0:float64", {}), ("ir:1:int16", {}), ("ir:3:int16", {}))] == ["T1", "T2"]


def test_a_node_used_twice_is_found() -> None:
    twice: dict[str, object] = {"device": "plc2"}
    [(name, message, _)] = findings(("s=Temp", twice), ("s=Temp", twice))
    assert (name, message) == ("T1", "the node s=Temp belongs to T0 already")


def test_drivers_are_made_closed(tmp_path: Path) -> None:
    factory = DriverFactory(DriverContext(ManualClock(T0_NS), 250, tmp_path / "pki", tmp_path))
    tags = TagTable([tag("A", 0), tag("B", 1, device="plc2", address="s=B")])
    for device, config in DEVICES.items():
        driver = factory.make(device, config, tags)
        assert (driver.device, driver.link().state) == (device, LinkState.CLOSED)
