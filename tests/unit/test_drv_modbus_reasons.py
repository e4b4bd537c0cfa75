"""Why an endpoint cannot be reached, in words that say what to do."""

from __future__ import annotations

import errno
import ssl
from pathlib import Path

import pytest

from line.clock import ManualClock
from line.devices import TlsFiles
from plc_drivers.modbus.serial_line import port_fault
from plc_drivers.modbus.tls import TlsWire
from plc_drivers.modbus.transports import TcpWire, loss_text, refusal
from tests.builders import T0_NS

WIRE = TlsWire("plc", 802, TlsFiles(ca="ca.pem", certificate="potok.pem", key="potok.key"), Path("line"), ManualClock(T0_NS))


@pytest.mark.parametrize(
    ("error", "ru", "en"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), "проверьте порт", "check the port"),
        (OSError(errno.EHOSTUNREACH, ""), "нет маршрута", "there is no route"),
        (OSError(errno.ENETUNREACH, ""), "проверьте адрес, кабель", "check the address, the cable"),
        (TimeoutError(errno.ETIMEDOUT, ""), "включено ли устройство", "check that the device is on"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files", "Too many open files"),
    ],
)
def test_a_refusal_says_what_to_look_at(error: OSError, ru: str, en: str) -> None:
    text = refusal("plc:502", error)
    assert ru in text.ru
    assert en in text.en
    assert "plc:502" in text.ru


@pytest.mark.parametrize(
    ("error", "en"),
    [
        (None, "the device closed the connection"),
        (ConnectionResetError(errno.ECONNRESET, ""), "the device reset the connection"),
        (TimeoutError(errno.ETIMEDOUT, ""), "the device has vanished from the network"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "the connection is lost: [Errno 113] No route to host"),
    ],
)
def test_a_loss_says_who_ended_it(error: Exception | None, en: str) -> None:
    text = loss_text(error)
    assert text.en == en
    assert text.ru
    assert WIRE.loss(error).en.startswith(en)
    assert TcpWire("plc", 502).loss(error) == text


@pytest.mark.parametrize(
    ("code", "en"),
    [
        (errno.ENOENT, "there is no port /dev/ttyUSB0; plug in the adapter"),
        (errno.EACCES, "no permission for the port /dev/ttyUSB0; add the service's user to the group dialout"),
        (errno.EBUSY, "the port /dev/ttyUSB0 is in use by another program"),
        (errno.EAGAIN, "the port /dev/ttyUSB0 is in use by another program"),
        (errno.EIO, "the port /dev/ttyUSB0 cannot be opened: "),
    ],
)
def test_a_serial_port_says_what_to_do(code: int, en: str) -> None:
    text = port_fault("/dev/ttyUSB0", OSError(code, "said by the system"))
    assert text.en.startswith(en)
    assert "/dev/ttyUSB0" in text.ru


@pytest.mark.parametrize(
    ("reason", "en"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "plc:802 refuses our certificate line/potok.pem (TLSV1_ALERT_UNKNOWN_CA)"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "plc:802 refuses our certificate line/potok.pem"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "plc:802 refuses our certificate line/potok.pem"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "plc:802 offers only TLS older than 1.2"),
        ("UNSUPPORTED_PROTOCOL", "plc:802 offers only TLS older than 1.2"),
        ("WRONG_VERSION_NUMBER", "plc:802 does not speak TLS; check the port"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "plc:802 accepts neither our ciphers nor our certificate line/potok.pem"),
        ("SOMETHING_NEW", "TLS error with plc:802: SOMETHING_NEW"),
    ],
)
def test_a_tls_error_says_whose_fault_it_is(reason: str, en: str) -> None:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    text = WIRE.tls_fault(error)
    assert text.en.startswith(en)
    assert "plc:802" in text.ru


def test_an_address_of_the_sixth_version_is_written_in_brackets() -> None:
    assert TcpWire("::1", 502).place == "[::1]:502"
    assert WIRE.name == "plc"
