"""The views of links and engine: the keys that the contract states, and over what a device is reached."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from line.clock import SystemClock
from line.devices import Device, ModbusDevice, OpcUaDevice, OtherDevice, SerialPort
from line.diagnostics import HistoryFigures
from line.documents import Text
from line.gateway import Gateway
from line.health import LoopHealth
from line.messages import LinkState, LinkStatus
from line.scan import Outputs
from potok.build import HistoryRecorder, moved_devices
from potok.describe import link_view
from potok.engine_process import _Publisher  # pyright: ignore[reportPrivateUsage]
from potok.linefolder import SHIPPED, load_line
from potok.realtime import Realtime
from potok.shift import ShiftSettings, ShiftStepper
from tests.builders import T0_NS

ARCHITECTURE = Path(__file__).resolve().parents[2] / "docs" / "ARCHITECTURE.md"
NAME = Text(ru="ПЛК", en="PLC")
LINK = LinkStatus("plc1", LinkState.DOWN, T0_NS, Text(ru="нет ответа", en="no answer"), 2.25, 9, 3, 1, 2, 4, 5, T0_NS, -7.5)


@pytest.mark.parametrize(
    ("device", "transport", "endpoint"),
    [
        (ModbusDevice(driver="modbus", name=NAME, host="10.0.0.1"), "tcp", "10.0.0.1:502/1"),
        (
            ModbusDevice(driver="modbus", name=NAME, transport="rtu", serial=SerialPort(port="/dev/ttyS1"), unit_id=7),
            "rtu", "/dev/ttyS1/7",
        ),
        (
            OpcUaDevice(driver="opcua", name=NAME, url="opc.tcp://plc:4840", namespace="urn:x", security_policy="none"),
            "opc.tcp", "opc.tcp://plc:4840",
        ),
        (OpcUaDevice(driver="opcua", name=NAME, url="opc.tcp://plc:4840", namespace="urn:x"), "Aes256Sha256RsaPss", "opc.tcp://plc:4840"),
        (OtherDevice(driver="textfile", name=NAME), "textfile", ""),
    ],
)  # fmt: skip
def test_a_link_says_all_that_is_known_of_it(device: Device, transport: str, endpoint: str) -> None:
    assert json.loads(json.dumps(link_view(LINK, device))) == {
        "state": "down", "since_ns": T0_NS, "last_error": {"ru": "нет ответа", "en": "no answer"}, "round_trip_ms": 2.25,
        "requests": 9, "failures": 3, "reconnects": 1, "timeouts": 2, "discarded": 4, "gaps": 5, "answered_ns": T0_NS,
        "skew_ms": -7.5, "transport": transport, "endpoint": endpoint,
    }  # fmt: skip


def test_an_address_that_a_device_does_not_have_is_not_replaced_in_silence() -> None:
    device = ModbusDevice(driver="modbus", name=NAME, transport="rtu", serial=SerialPort(port="/dev/ttyS1"))
    line: Any = SimpleNamespace(model=SimpleNamespace(file=SimpleNamespace(devices={"plc1": device})))
    with pytest.raises(ValueError, match="serial port /dev/ttyS1 has no address to replace"):
        moved_devices(line, {"plc1": "127.0.0.1:5021"})


def test_an_endpoint_of_ipv6_loses_its_brackets() -> None:
    line: Any = SimpleNamespace(
        model=SimpleNamespace(file=SimpleNamespace(devices={"plc1": ModbusDevice(driver="modbus", name=NAME)}))
    )
    [device] = moved_devices(line, {"plc1": "[::1]:5021"}).values()
    assert isinstance(device, ModbusDevice)
    assert (device.host, device.port) == ("::1", 5021)


def stated(view: str) -> set[str]:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    found = re.search(rf"^- `{view}`: `(.*?)`[,.]", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return set(re.findall(r"[a-z][a-z0-9_]*", found[1])) - {"plc1", "ru", "en", "fifo", "normal", "null"}


def keys(data: object) -> set[str]:
    if not isinstance(data, Mapping):
        return set()
    mapping = cast(Mapping[str, object], data)
    return set(mapping).union(*(keys(v) for v in mapping.values()))


def started() -> tuple[_Publisher, Gateway, ShiftStepper, Any]:
    """A publisher before its first scan, with its gateway, what it publishes and the loop it reports on."""
    line = load_line(SHIPPED / "sausage")
    stepper = ShiftStepper(line, ShiftSettings(hours=1.0, seed=1))
    stepper.open()
    for _ in range(10):
        stepper.step()
    writer = SimpleNamespace(
        backlog=lambda: SimpleNamespace(events=2, samples=3), healthy=lambda: True, error=lambda: "", figures=HistoryFigures,
        take_notices=list,
    )  # fmt: skip
    recorder = cast(HistoryRecorder, SimpleNamespace(writer=writer))
    gateway = Gateway()
    devices = moved_devices(line, {"plc1": "127.0.0.1:5021"})
    publisher = _Publisher(line, devices, stepper.engine, gateway, recorder, SystemClock(), restored=False)
    loop: Any = SimpleNamespace(health=LoopHealth())
    loop.health.note_lateness(3_000_000, 250_000_000, 0)
    publisher.loop = loop
    publisher.realtime = Realtime("fifo", True, NAME)
    return publisher, gateway, stepper, loop


def test_the_views_have_the_keys_that_are_stated() -> None:
    publisher, gateway, _, loop = started()
    publisher.publish(Outputs((), (), ()))
    engine, links = gateway.views["engine"], cast(Mapping[str, Mapping[str, object]], gateway.views["links"])
    json.dumps([engine, links])
    assert keys(engine) - {"ru", "en"} == stated("engine")
    assert keys(links["plc1"]) - {"ru", "en"} == stated("links")
    assert links["plc1"]["endpoint"] == "127.0.0.1:5021/1"  # where it is really looked for
    assert engine["journal_backlog"] == loop.health.figures().backlog == 5
    assert cast(Mapping[str, Any], engine["lateness"])["counts"] == [0, 0, 0, 1, 0, 0, 0, 0, 0]


def test_a_stage_that_only_counted_sends_no_view() -> None:
    publisher, gateway, stepper, _ = started()
    publisher.publish(Outputs((), (), ()))
    panel = gateway.subscribe()
    panel.take()
    publisher.publish(Outputs((), (), ("alarm_kpi",)))
    assert "alarm_kpi" not in panel.take()[1]
    stepper.engine.state.views["alarm_kpi"] = {}  # pyright: ignore[reportIndexIssue]
    publisher.publish(Outputs((), (), ("alarm_kpi",)))
    assert panel.take()[1]["alarm_kpi"] == {}
