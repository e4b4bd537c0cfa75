"""Devices as engineers write them in ``line.yaml``: one model per driver, and one for drivers that others add."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import Discriminator, Field, JsonValue, Tag, field_validator, model_validator

from line.documents import FileModel, Text

DEFAULT_REQUEST_COST = {"tcp": 100, "tls": 100, "rtu": 12, "rtu_over_tcp": 40}
"""Unused registers that cost as much as one request more, by transport: on Ethernet a register is next to nothing, on a serial
line at 19,200 baud a register takes a millisecond and a request about twelve."""


class DeviceBase(FileModel):
    """What every device has.

    ``heartbeat`` is the tag that the engine counts up in the device. ``plc_heartbeat`` is the tag that the device counts up,
    ``supervisor_ok`` the tag by which it says that it sees ours; both are watched, a counter that stands for
    ``heartbeat_timeout_s`` is a lost device (docs/ARCHITECTURE.md, Links).
    """

    name: Text
    heartbeat: str = ""
    plc_heartbeat: str = ""
    supervisor_ok: str = ""
    heartbeat_timeout_s: float = Field(default=5.0, ge=1.0, le=60.0)


class SerialPort(FileModel):
    """A serial line (MODBUS over Serial Line V1.02 §2.5): even parity and one stop bit are the standard's default."""

    port: str = Field(min_length=1)
    baud_rate: int = Field(default=19_200, ge=300, le=4_000_000)
    parity: Literal["even", "odd", "none"] = "even"
    stop_bits: Literal[1, 2] = 1
    data_bits: Literal[7, 8] = 8

    @field_validator("port")
    @classmethod
    def _is_a_port(cls, port: str) -> str:
        if "://" in port:  # pyserial would open it, waiting for a network in the middle of the scan
            raise ValueError("this is no serial port; for one behind a network use transport: rtu_over_tcp")
        return port


class TlsFiles(FileModel):
    """Certificates of Modbus/TCP Security: all PEM; relative names are looked for in the folder of the line.

    ``ca`` holds the certificates of those who may sign the device's; ``certificate`` and ``key`` are ours.
    """

    ca: str
    certificate: str
    key: str
    server_name: str = ""


class ModbusDevice(DeviceBase):
    """A Modbus unit; times in milliseconds. Devices of the same host and port, or serial port, share one channel.

    ``request_cost`` (registers that cost as much as one more request), ``max_registers``, ``max_bits`` and ``forbidden``
    (``hr:200-299``) are what the planner goes by. ``in_flight`` is how many requests may be under way at once on the channel: 1
    unless the device says it takes more. ``retries`` repeats a read that was not answered; writes are never repeated.
    """

    driver: Literal["modbus"]
    transport: Literal["tcp", "tls", "rtu", "rtu_over_tcp"] = "tcp"
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    serial: SerialPort | None = None
    tls: TlsFiles | None = None
    unit_id: int = Field(default=1, ge=0, le=255)
    timeout_ms: int = Field(default=500, ge=20, le=10_000)
    retries: int = Field(default=0, ge=0, le=5)
    in_flight: int = Field(default=1, ge=1, le=16)
    connection: Literal["shared", "own"] = "shared"
    word_order: Literal["big", "little", "abcd", "cdab", "badc", "dcba"] = "big"
    request_cost: int | None = Field(default=None, ge=0, le=2000)
    max_registers: int = Field(default=125, ge=1, le=125)
    max_bits: int = Field(default=2000, ge=16, le=2000)
    forbidden: tuple[str, ...] = ()
    write_function: Literal["multiple", "single"] = "multiple"
    readback: Literal["separate", "combined"] = "separate"

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, host: str) -> str:
        if not re.fullmatch(r"[^\s/:\[\]\0]+", host):
            try:
                ipaddress.IPv6Address(host)
            except ValueError:
                raise ValueError("this is neither a name nor an IP address; the port has a key of its own") from None
        return host

    @model_validator(mode="after")
    def _transport_has_its_keys(self) -> ModbusDevice:
        if (self.transport == "rtu") != (self.serial is not None):
            raise ValueError("the key 'serial' goes with transport: rtu, and only with it")
        if (self.transport == "tls") != (self.tls is not None):
            raise ValueError("the key 'tls' goes with transport: tls, and only with it")
        if self.transport in ("rtu", "rtu_over_tcp") and self.in_flight > 1:
            raise ValueError("in_flight must be 1: RTU answers carry no number")
        return self

    @property
    def tcp_port(self) -> int:
        """The port as given, else 802 for TLS (Modbus/TCP Security) and 502."""
        return self.port or (802 if self.transport == "tls" else 502)

    @property
    def cost_of_request(self) -> int:
        """``request_cost`` as given, else the transport's own."""
        return DEFAULT_REQUEST_COST[self.transport] if self.request_cost is None else self.request_cost


OpcUaPolicy = Literal["none", "Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"]


class OpcUaDevice(DeviceBase):
    """An OPC UA server; nodes are addressed by ``namespace`` URI, never by its index.

    Signed and encrypted unless ``security_policy: none`` is written. ``password_file`` (first line) keeps the password out of
    this file; ``user_certificate`` and ``user_key`` log in by certificate. ``mode``: ``subscribe``, ``poll`` (reads every scan),
    or ``auto``: subscribe, and poll what the server does not let be monitored.
    """

    driver: Literal["opcua"]
    url: str
    namespace: str = Field(min_length=1)
    timeout_ms: int = Field(default=2000, ge=100, le=30_000)
    publishing_ms: int = Field(default=250, ge=10, le=10_000)
    mode: Literal["auto", "subscribe", "poll"] = "auto"
    security_policy: OpcUaPolicy = "Aes256Sha256RsaPss"
    security_mode: Literal["SignAndEncrypt", "Sign"] = "SignAndEncrypt"
    user: str = ""
    password_file: str = ""
    user_certificate: str = ""
    user_key: str = ""

    @field_validator("url")
    @classmethod
    def _url_is_of_opc_ua(cls, url: str) -> str:
        if not url.startswith("opc.tcp://") or url == "opc.tcp://":
            raise ValueError(f"'{url}' is no address of an OPC UA server; write opc.tcp://HOST:PORT")
        return url

    @model_validator(mode="after")
    def _login_is_whole(self) -> OpcUaDevice:
        if bool(self.user) != bool(self.password_file):
            raise ValueError("user and password_file go together")
        if bool(self.user_certificate) != bool(self.user_key):
            raise ValueError("user_certificate and user_key go together")
        if self.user and self.user_certificate:
            raise ValueError("log in by user and password_file, or by user_certificate, not by both")
        if self.security_policy == "none" and (self.user or self.user_certificate):
            raise ValueError("a login over an unencrypted connection is refused: choose a security_policy")
        return self


class OtherDevice(DeviceBase):
    """A device of a driver that is installed from elsewhere (entry point ``potok.drivers``); it judges ``settings`` itself."""

    driver: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    settings: Mapping[str, JsonValue] = {}


def _kind(device: Any) -> str:
    given: object = getattr(device, "driver", None)
    if isinstance(device, Mapping):
        given = cast(Mapping[object, object], device).get("driver")
    return str(given) if given in ("modbus", "opcua") else "other"


Device = Annotated[
    Annotated[ModbusDevice, Tag("modbus")] | Annotated[OpcUaDevice, Tag("opcua")] | Annotated[OtherDevice, Tag("other")],
    Discriminator(_kind),
]
