"""Devices, addresses and options are checked before anything starts, and the read plan is explained."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from line.devices import ModbusDevice, OpcUaDevice, SerialPort, TlsFiles
from line.documents import Text
from line.tags import TagDef, TagKind, TagTable, parse_tags_csv
from plc_drivers.check import check_addresses, check_devices
from plc_drivers.modbus.address import parse_address
from plc_drivers.modbus.options import ENCODINGS, OPTION_NAMES, ORDERS, TagOptions, read_options
from plc_drivers.modbus.planner import Span, block_of
from plc_drivers.modbus.point import Point, point_of
from plc_drivers.modbus.report import channel_loads, line_times, plan_of_device, request_ms
from potok.cli import main
from potok.linefolder import LineError, load_line
from tests.builders import tag

NAME = Text(ru="ПЛК", en="PLC")
LINES = Path(__file__).parents[2] / "lines"
SAUSAGE = LINES / "sausage" / "tags.csv"


def modbus(**keys: object) -> ModbusDevice:
    return ModbusDevice(driver="modbus", name=NAME, **keys)  # pyright: ignore[reportArgumentType]


def serial(unit_id: int, port: str = "/dev/ttyS0", *, in_flight: int = 1, **keys: object) -> ModbusDevice:
    line = SerialPort(port=port, **keys)  # pyright: ignore[reportArgumentType]
    return modbus(transport="rtu", serial=line, unit_id=unit_id, in_flight=in_flight)


DEVICES: dict[str, ModbusDevice | OpcUaDevice] = {
    "plc1": modbus(forbidden=("hr:200-299",), max_registers=8),
    "plc2": OpcUaDevice(driver="opcua", name=NAME, url="opc.tcp://127.0.0.1:4841", namespace="urn:x"),
}


def row(name: str, handle: int, address: str, **keys: object) -> TagDef:
    """A tag with the columns that the builder of tests does not know."""
    more = {k: keys.pop(k) for k in ("options", "poll_every") if k in keys}
    return replace(tag(name, handle, address=address, **keys), **more)  # pyright: ignore[reportArgumentType]


def findings(*rows: tuple[str, dict[str, object]]) -> list[tuple[str, str, str]]:
    tags = [row(f"T{i}", i, address, **dict(keys)) for i, (address, keys) in enumerate(rows)]
    return check_addresses(TagTable(tags), DEVICES, "tags.csv")


# Tags


def test_the_shipped_line_is_in_order() -> None:
    tags, problems = parse_tags_csv(SAUSAGE.read_text(encoding="utf-8"), "tags.csv", DEVICES)
    assert problems == []
    devices = DEVICES | {"plc1": modbus()}
    assert check_addresses(tags, devices, "tags.csv") == []
    assert check_devices(devices) == []


BIT: dict[str, object] = {"kind": TagKind.BOOL}
STRING: dict[str, object] = {"kind": TagKind.STRING}


@pytest.mark.parametrize(
    ("address", "keys", "part"),
    [
        ("ir:1", {}, "is no Modbus address"),
        ("ir:1:int16", {"writable": True}, "read-only table"),
        ("di:1", {"writable": True, **BIT}, "read-only table"),
        ("hr:1:uint16", STRING, "hr:1:uint16 is no text"),
        ("hr:1:string8", {}, "the kind is float"),
        ("hr:1:string8", {"scale": 0.1, **STRING}, "a text cannot be scaled"),
        ("co:1", {"scale": 0.1, **BIT}, "a single bit cannot be scaled"),
        ("co:1", {"kind": TagKind.FLOAT}, "is one bit"),
        ("hr:1:float32", BIT, "is a float"),
        ("hr:1:string20", STRING, "takes 10 registers, a request may read 8"),
        ("hr:198:float64", {}, "hr:198-201 lies in the forbidden range hr:200-299"),
        ("hr:250.3", BIT, "hr:250 lies in the forbidden range hr:200-299"),
        ("hr:1:float32", {"options": {"ordre": "cdab"}}, f"unknown option 'ordre'. Use one of {', '.join(OPTION_NAMES)}"),
        ("hr:1:float32", {"options": {"order": "acdb"}}, f"order=acdb: there is no such order. Use one of {', '.join(ORDERS)}"),
        ("hr:1:uint16", {"options": {"order": "cdab"}}, "one register has no word order"),
        ("hr:1:string8", {"options": {"order": "dcba"}, **STRING}, "a text keeps the order of its registers"),
        ("co:1", {"options": {"order": "badc"}, **BIT}, "a single bit has no order"),
        ("hr:1:string8", {"options": {"encoding": "koi8-r"}, **STRING}, f"Use one of {', '.join(ENCODINGS)}"),
        ("hr:1:uint16", {"options": {"encoding": "ascii"}}, "hr:1:uint16 is no text"),
        ("hr:1:uint16", {"options": {"clamp": "yes"}}, "clamp=yes: it is neither 0 nor 1"),
        ("hr:1.3", {"options": {"clamp": "1"}, **BIT}, "hr:1.3 is no number"),
        ("hr:1:int16", {"options": {"valid": "5"}}, "valid=5: it is no range of raw counts"),
        ("hr:1:int16", {"options": {"valid": "5..4"}}, "valid=5..4: it is no range of raw counts"),
        ("hr:1:int16", {"options": {"valid": "1..2..3"}}, "it is no range of raw counts"),
        ("hr:1:int16", {"options": {"valid": "a..9"}}, "it is no range of raw counts"),
        ("hr:1:int16", {"options": {"nan": "nan"}}, "nan=nan: it is no raw count"),
        ("hr:1:int16", {"options": {"nan": "1.5"}}, "nan=1.5: it is no raw count"),
        ("hr:1:uint16", {"options": {"nan": "-1"}}, "uint16 never holds that count"),
        ("hr:1:int16", {"options": {"nan": "0x10000"}}, "int16 never holds that count"),
        ("hr:1:float32", {"options": {"nan": "0x7FC00000"}}, "it is no raw count"),
        ("1 + 1", {"device": "calc", "poll_every": 4}, "a tag of calc is set in every scan"),
        ("", {"device": "engine", "options": {"order": "abcd"}}, "a tag of engine has no options"),
        ("ns=2;s=Temp", {"device": "plc2"}, "by its index"),
        ("Temp", {"device": "plc2"}, "is no OPC UA address"),
        ("s=Temp", {"device": "plc2", "options": {"order": "cdab"}}, "'order'"),
    ],
)
def test_faults_name_tag_and_remedy(address: str, keys: dict[str, object], part: str) -> None:
    [(name, message, remedy)] = findings((address, keys))
    assert name == "T0"
    assert part in f"{message}. {remedy}"
    assert remedy


def test_all_faults_of_a_tag_are_told() -> None:
    told = findings(("ir:1:float32", {"writable": True, "options": {"ordre": "cdab", "clamp": "7", "nan": "-1"}}))
    assert [m for _, m, _ in told] == [
        "the tag is writable, but ir is a read-only table",
        "unknown option 'ordre'",
        "option clamp=7: it is neither 0 nor 1",
    ]


def test_overlapping_types_are_found_and_sharing_is_allowed() -> None:
    shared: list[tuple[str, dict[str, object]]] = [
        ("ir:10:float32", {}),
        ("ir:10:float32", {}),
        ("hr:10:uint16", {}),
        ("hr:10.3", BIT),
        ("ir:12:int16", {}),
    ]
    assert findings(*shared) == []
    [(name, message, _)] = findings(*shared, ("ir:11:uint16", {}))
    assert (name, message) == ("T5", "ir:11:uint16 overlaps ir:10:float32 of T1")
    [(name, message, _)] = findings(("ir:1:uint16", {}), ("ir:1:int16", {}))
    assert (name, message) == ("T1", "ir:1:int16 overlaps ir:1:uint16 of T0")
    assert [f[0] for f in findings(("ir:0:float64", {}), ("ir:1:int16", {}), ("ir:3:bcd16", {}))] == ["T1", "T2"]
    [(name, message, _)] = findings(("ir:0:string8", STRING), ("ir:3:uint16", {}))
    assert (name, message) == ("T1", "ir:3:uint16 overlaps ir:0:string8 of T0")


def test_a_node_used_twice_is_found() -> None:
    twice: dict[str, object] = {"device": "plc2"}
    [(name, message, _)] = findings(("s=Temp", twice), ("s=Temp", twice))
    assert (name, message) == ("T1", "the node s=Temp belongs to T0 already")


# Options


@pytest.mark.parametrize(
    ("address", "options", "expected"),
    [
        ("hr:1:float32", {}, TagOptions()),
        ("hr:1:float32", {"order": "little", "clamp": "1"}, TagOptions(order="cdab", clamp=True)),
        ("hr:1:float32", {"order": "dcba", "nan": "-9999"}, TagOptions(order="dcba", nan=-9999.0)),
        (
            "hr:1:uint16",
            {"order": "badc", "nan": "0xFFFE", "valid": "3277..16384"},
            TagOptions("badc", valid=(3277, 16384), nan=65534),
        ),
        ("hr:1:int16", {"nan": "0x8000", "valid": "-691..29376", "clamp": "0"}, TagOptions(valid=(-691, 29376), nan=-32768)),
        ("hr:1:int32", {"nan": "0x7fffffff"}, TagOptions(nan=2**31 - 1)),
        ("hr:1:string8", {"encoding": "cp1251", "order": "badc"}, TagOptions("badc", "cp1251")),
        ("hr:1:string8", {"encoding": "latin-1"}, TagOptions(encoding="iso8859-1")),
    ],
)
def test_options_are_read(address: str, options: dict[str, str], expected: TagOptions) -> None:
    assert read_options(options, parse_address(address)) == (expected, [])


WORDS = st.one_of(st.text(max_size=12), st.from_regex(r"-?(0x)?[0-9a-f.]{0,6}(\.\.)?-?[0-9.e]{0,6}", fullmatch=True))


@given(
    st.sampled_from(["co:1", "hr:1.3", "hr:1:int16", "hr:1:uint64", "hr:1:float32", "hr:1:bcd32", "hr:1:string7"]),
    st.dictionaries(st.one_of(st.sampled_from(OPTION_NAMES), st.text(max_size=5)), WORDS, max_size=5),
)
def test_any_options_are_read_or_told(address: str, options: dict[str, str]) -> None:
    read, faults = read_options(options, parse_address(address))
    assert all(f.message and f.remedy for f in faults)
    assert len(faults) <= len(options)
    layout = parse_address(address).layout
    if read.nan is not None:
        assert layout is not None
        assert layout.lo <= read.nan <= layout.hi
    if read.valid is not None:
        assert read.valid[0] < read.valid[1]


def test_the_point_of_a_tag_takes_the_order_of_its_device_where_there_is_one() -> None:
    def order(address: str, word_order: str, kind: TagKind = TagKind.FLOAT, **options: str) -> str:
        return point_of(row("T", 0, address, kind=kind, options=options), word_order).order  # pyright: ignore[reportArgumentType]

    assert [order("hr:0:float32", o) for o in ("big", "little", "abcd", "cdab", "badc", "dcba")] == [
        "abcd", "cdab", "abcd", "cdab", "badc", "dcba",
    ]  # fmt: skip
    assert order("hr:0:bcd32", "little", order="abcd") == "abcd"
    assert order("hr:0:uint16", "dcba") == order("hr:0:string4", "dcba", TagKind.STRING) == "abcd"
    assert order("hr:0:uint16", "abcd", order="badc") == "badc"
    assert order("hr:0.3", "badc", TagKind.BOOL) == "abcd"


def test_the_point_of_a_tag_has_its_range_and_scale() -> None:
    made = point_of(row("T", 0, "hr:4:int16", scale=0.1, offset=-5.0, lo=0.0, hi=9.0, options={"clamp": "1", "nan": "0"}))
    assert made == Point(parse_address("hr:4:int16"), TagKind.FLOAT, 0.1, -5.0, "abcd", 0.0, 9.0, True, None, 0.0)
    for address, keys in (
        ("hr:0:uint16", STRING),
        ("hr:0:string4", {}),
        ("nonsense", {}),
        ("hr:0:uint16", {"options": {"x": "1"}}),
    ):
        with pytest.raises(ValueError):
            point_of(row("T", 0, address, **keys))


# Devices


def test_faults_of_a_device_by_itself() -> None:
    told = check_devices(
        {"a": modbus(forbidden=("hr:5-4", "ir:1-2", "x")), "b": serial(0), "c": serial(248), "d": modbus(unit_id=0)}
    )
    assert [(d, k) for d, k, _, _ in told] == [("a", "forbidden"), ("a", "forbidden"), ("b", "unit_id"), ("c", "unit_id")]
    assert "broadcast" in told[2][2]
    assert "reserved" in told[3][2]
    [(_, _, message, _)] = check_devices({"g": modbus(transport="rtu_over_tcp", unit_id=0)})
    assert "broadcast" in message


TLS = TlsFiles(ca="ca.pem", certificate="c.pem", key="k.pem")


@pytest.mark.parametrize(
    ("first", "second", "key", "part"),
    [
        (serial(1), serial(2, baud_rate=9600), "serial", "other serial settings than a"),
        (serial(1), serial(1), "unit_id", "unit 1 of /dev/ttyS0 is a already"),
        (modbus(), modbus(port=502), "unit_id", "unit 1 of 127.0.0.1:502 is a already"),
        (modbus(host="Gateway"), modbus(host="gateway"), "unit_id", "unit 1 of gateway:502 is a already"),
        (modbus(), modbus(unit_id=2, in_flight=4), "in_flight", "in_flight is 4, but 1 for a"),
        (modbus(), modbus(unit_id=2, transport="rtu_over_tcp"), "transport", "is tcp for a, but rtu_over_tcp here"),
        (
            modbus(transport="tls", tls=TLS),
            modbus(transport="tls", tls=TLS.model_copy(update={"ca": "o.pem"}), unit_id=2),
            "tls",
            "other certificates than a",
        ),
    ],
)
def test_devices_of_one_channel_must_agree(first: ModbusDevice, second: ModbusDevice, key: str, part: str) -> None:
    [(device, found, message, remedy)] = check_devices({"a": first, "b": second})
    assert (device, found) == ("b", key)
    assert part in message
    assert remedy


@pytest.mark.parametrize("port", ["socket://10.0.0.5:4001", "rfc2217://gateway:4001", "loop://"])
def test_a_serial_port_is_on_this_computer(port: str) -> None:
    with pytest.raises(ValidationError, match="for one behind a network use transport: rtu_over_tcp"):
        SerialPort(port=port)


@pytest.mark.parametrize("host", ["", " ", "10.0.0.5:502", "tcp://10.0.0.5", "gate way", "[::1]", "::g", "plc/1"])
def test_what_is_no_host_is_told_before_it_is_looked_up(host: str) -> None:
    with pytest.raises(ValidationError, match="neither a name nor an IP address; the port has a key of its own"):
        modbus(host=host)


@pytest.mark.parametrize("host", ["10.0.0.5", "::1", "fe80::1%eth0", "plc-1.line_2.example", "печь.local"])
def test_names_and_addresses_are_hosts(host: str) -> None:
    assert modbus(host=host).host == host


def test_devices_that_go_together() -> None:
    assert check_devices({"a": serial(1), "b": serial(2), "c": serial(1, "/dev/ttyS1", baud_rate=9600)}) == []
    assert check_devices({"a": modbus(), "b": modbus(unit_id=2), "c": modbus(host="10.0.0.2", in_flight=4)}) == []
    assert check_devices({"a": modbus(), "b": modbus(unit_id=2, in_flight=4, connection="own")}) == []
    assert check_devices({"a": modbus(), "b": modbus(transport="tls", tls=TLS)}) == []  # 502 and 802


# The plan


def test_time_on_a_serial_line_by_hand() -> None:
    """9,600 baud, 8E1: 11 bits of 104.17 us. 8 bytes there and 5 + 2 * 10 back, and twice 3.5 characters of silence."""
    ten = block_of([Span(parse_address("hr:0:uint16").table, 0, 10)])
    assert request_ms(SerialPort(port="x", baud_rate=9600), ten) == pytest.approx((33 + 7) * 11 / 9.6)
    # 8N2 has as many bits; above 19,200 baud the silence is 1.75 ms
    assert request_ms(SerialPort(port="x", baud_rate=115_200, parity="none", stop_bits=2), ten) == pytest.approx(
        33 * 11 / 115.2 + 3.5
    )
    bits = block_of([Span(parse_address("co:0").table, 0, 17)])
    assert request_ms(SerialPort(port="x", baud_rate=19_200, parity="none"), bits) == pytest.approx((16 + 7) * 10 / 19.2)


def test_the_report_of_a_plan_with_poll_groups() -> None:
    tags = [row(f"F{i}", i, f"ir:{i}:uint16") for i in range(4)]
    tags += [row(f"S{i}", 4 + i, f"hr:{200 * i}:uint16", poll_every=2) for i in range(3)]
    plan = plan_of_device(modbus(request_cost=10), tags)
    assert [str(p.block) for p in plan.blocks] == ["ir:0+4", "hr:0+1", "hr:200+1", "hr:400+1"]
    assert (plan.requests.average, plan.requests.worst) == (2.5, 3.0)
    assert (plan.registers.average, plan.registers.worst) == (5.5, 6.0)
    assert (plan.cost.average, plan.cost.worst) == (14 + 1.5 * 11, 14 + 2 * 11)
    assert (plan.registers_read, plan.registers_wanted) == (7, 7)
    assert (plan.contiguous_only.requests, plan.contiguous_only.cost_per_scan) == (4, plan.cost.average)
    assert (plan.one_per_tag.requests, plan.one_per_tag.cost_per_scan) == (7, 4 * 11 + 1.5 * 11)
    assert plan.tags_of(plan.blocks[0].block) == ["F0", "F1", "F2", "F3"]


def test_the_units_of_a_serial_line_share_its_time() -> None:
    devices = {"a": serial(1), "b": serial(2), "c": serial(1, "/dev/ttyS1"), "d": modbus()}
    plans = {name: plan_of_device(config, [row("T", 0, "ir:0:uint16")]) for name, config in devices.items()}
    times = line_times(devices, plans)
    assert [t.port for t in times] == ["/dev/ttyS0", "/dev/ttyS1"]
    assert (
        times[0].busy_ms.average == pytest.approx(2 * times[1].busy_ms.average) == pytest.approx(2 * (8 + 5 + 2 + 7) * 11 / 19.2)
    )


def test_devices_behind_one_gateway_are_added_up() -> None:
    devices = {"a": modbus(), "b": modbus(unit_id=2), "c": modbus(host="10.0.0.2")}
    tags = [row("F", 0, "ir:0:uint16"), row("S", 1, "hr:0:uint16", poll_every=2)]
    loads = channel_loads({name: plan_of_device(config, tags) for name, config in devices.items()})
    assert list(loads) == ["127.0.0.1:502"]
    assert (loads["127.0.0.1:502"].average, loads["127.0.0.1:502"].worst) == (3.0, 3.0)


def test_a_device_without_tags_has_an_empty_plan() -> None:
    plan = plan_of_device(modbus(), [])
    assert (len(plan.blocks), plan.requests.worst, plan.registers_read) == (0, 0.0, 0)


SERIAL_LINE = """\
line: mine
name: {ru: Линия, en: Line}
scan_period_ms: 100
poll_groups: {slow: 10}
devices:
  meter:
    driver: modbus
    name: {ru: Счётчик, en: Meter}
    transport: rtu
    serial: {port: /dev/ttyS9, baud_rate: BAUD}
    unit_id: UNIT
classes: {}
units: {}
"""
HEADER = "name,kind,device,address,eu,lo,hi,decimals,scale,offset,writable,deadband,enum,ru,en,poll,options\n"


def serial_line(folder: Path, *, baud: int = 19_200, unit: int = 5) -> Path:
    (folder / "line.yaml").write_text(SERIAL_LINE.replace("BAUD", str(baud)).replace("UNIT", str(unit)), encoding="utf-8")
    (folder / "alarms.yaml").write_text("alarms: []\n", encoding="utf-8")
    rows = ["M.U,float,meter,ir:0:float32,V,0,500,1,,,,1,,U,U,,order=cdab", "M.I,float,meter,ir:6:float32,A,0,50,1,,,,1,,I,I,,"]
    rows += [f"M.E{i},int,meter,ir:{1000 + 100 * i}:uint32,kWh,0,1e9,0,,,,1,,E,E,slow," for i in range(3)]
    (folder / "tags.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_the_plan_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(serial_line(tmp_path)), "--plan"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1] == "meter: rtu /dev/ttyS9, unit 5: 5 tags in 4 blocks"
    assert told[2] == "  requests per scan: 1.3 on average, 2 at worst; to read all once 4, contiguous only 5, one per tag 5"
    assert told[3] == "  read once: 14 registers for 10 wanted, 0 bits for 0 wanted"
    assert told[5] == "  ir:0-7: 8 registers: M.U, M.I; unwanted ir:2-5"
    assert told[6:9] == [f"  ir:{1000 + 100 * i}-{1001 + 100 * i} in scan {i + 4} of 10: 2 registers: M.E{i}" for i in range(3)]
    assert told[9].startswith("/dev/ttyS9: 19200 baud 8E1 is busy 24.7 ms on average, 34.4 at worst of a scan of 100 ms")
    assert main(["check", str(tmp_path), "--plan", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    plan = report["plan"]["meter"]
    assert (plan["transport"], plan["requests_per_scan"], plan["requests_worst_scan"]) == ("rtu", 1.3, 2)
    assert plan["blocks"][0] == {
        "block": "ir:0-7", "count": 8, "every": 1, "phase": 0, "tags": ["M.U", "M.I"], "gaps": ["ir:2-5"],
    }  # fmt: skip
    assert report["serial_lines"]["/dev/ttyS9"]["keeps_period"] is True


@pytest.mark.parametrize(
    ("baud", "part"),
    [(4800, "CANNOT keep the period. Put fewer"), (2400, "it CANNOT keep the period"), (9600, "later than scan_offset")],
)
def test_a_serial_line_that_is_too_slow_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], baud: int, part: str) -> None:
    assert main(["check", str(serial_line(tmp_path, baud=baud)), "--plan"]) == 0
    assert part in capsys.readouterr().out.splitlines()[-1]


def test_a_fault_of_a_device_has_its_place_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(LineError) as caught:
        load_line(serial_line(tmp_path, unit=0))
    [problem] = caught.value.problems
    assert str(problem).startswith("line.yaml:11: devices.meter.unit_id: unit 0 is the broadcast address")


def test_a_forbidden_tag_names_tag_file_and_line(tmp_path: Path) -> None:
    line = tmp_path / "plant"
    shutil.copytree(LINES / "sausage", line)
    text = (line / "line.yaml").read_text(encoding="utf-8")
    (line / "line.yaml").write_text(
        text.replace("    request_cost: 60", "    forbidden: ['ir:100-101']\n    request_cost: 60"), encoding="utf-8"
    )
    with pytest.raises(LineError) as caught:
        load_line(line)
    [problem] = caught.value.problems
    assert str(problem).startswith("tags.csv:2: R101.Weight: ir:100-101 lies in the forbidden range ir:100-101")
