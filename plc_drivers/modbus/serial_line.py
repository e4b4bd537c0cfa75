"""The serial port of a Modbus RTU line (MODBUS over Serial Line V1.02 §3), opened for this program alone."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from dataclasses import dataclass
from typing import Final

from pymodbus.transport.serialtransport import SerialTransport

from line.devices import SerialPort
from line.documents import Text
from plc_drivers.link import LinkError
from plc_drivers.modbus.transports import no_answer

_SETTINGS_REFUSED: tuple[type[Exception], ...] = ()
with contextlib.suppress(ImportError):  # Windows has none
    import termios

    _SETTINGS_REFUSED = (termios.error,)  # no OSError, and pyserial lets it through

_PARITY: Final = {"even": "E", "odd": "O", "none": "N"}


@dataclass(frozen=True)
class SerialWire:
    """One serial port. The transport is pymodbus' own over pyserial (docs/decisions/0010)."""

    settings: SerialPort

    @property
    def place(self) -> str:
        return self.settings.port

    async def open(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        settings = self.settings
        try:
            transport = SerialTransport(
                asyncio.get_running_loop(), protocol, settings.port, settings.baud_rate, settings.data_bits,
                _PARITY[settings.parity], settings.stop_bits, 0,
            )  # fmt: skip
        except (OSError, ValueError, *_SETTINGS_REFUSED) as error:  # pyserial's SerialException is an OSError
            raise LinkError(port_fault(settings.port, error)) from None
        low_latency = getattr(transport.sync_serial, "set_low_latency_mode", None)
        if low_latency is not None:  # USB adapters otherwise collect what they receive for 16 ms; not every port can
            with contextlib.suppress(OSError, ValueError, NotImplementedError):
                low_latency(True)
        transport.setup()
        return transport

    def loss(self, error: Exception | None) -> Text:
        port = self.settings.port
        if error is None:
            return Text(ru=f"порт {port} закрыт", en=f"the port {port} was closed")
        return Text(
            ru=f"порт {port} пропал ({error}); проверьте, подключён ли адаптер",
            en=f"the port {port} is gone ({error}); check that the adapter is plugged in",
        )

    def late(self, timeout_ms: int) -> Text:
        return no_answer(self.settings.port, timeout_ms)


def bits_per_character(settings: SerialPort) -> int:
    """Start bit, data, parity and stop bits."""
    return 1 + settings.data_bits + (settings.parity != "none") + settings.stop_bits


def port_fault(port: str, error: Exception) -> Text:
    """Why the port cannot be opened, and what to do."""
    if isinstance(error, _SETTINGS_REFUSED):
        return Text(
            ru=f"порт {port} не принимает эти настройки; проверьте baud_rate, parity, stop_bits и data_bits",
            en=f"the port {port} does not take these settings; check baud_rate, parity, stop_bits and data_bits",
        )
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return Text(
            ru=f"порта {port} нет; подключите адаптер и проверьте имя (ls /dev/serial/by-id)",
            en=f"there is no port {port}; plug in the adapter and check the name (ls /dev/serial/by-id)",
        )
    if code in (errno.EACCES, errno.EPERM):
        return Text(
            ru=f"нет прав на порт {port}; добавьте пользователя службы в группу dialout и перезапустите её",
            en=f"no permission for the port {port}; add the service's user to the group dialout and restart it",
        )
    if code in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK):
        return Text(
            ru=f"порт {port} занят другой программой; закройте её (кто: fuser {port})",
            en=f"the port {port} is in use by another program; close that one (who: fuser {port})",
        )
    return Text(
        ru=f"порт {port} не открывается: {error}; проверьте имя и скорость",
        en=f"the port {port} cannot be opened: {error}; check its name and the baud rate",
    )
