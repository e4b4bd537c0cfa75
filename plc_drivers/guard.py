"""A driver whose defects cost its own device, never the line (docs/decisions/0016)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from line.clock import NS_PER_S, Clock
from line.documents import Text
from line.driver import Driver
from line.image import Readings
from line.messages import NO_TEXT, LinkState, LinkStatus, Write, WriteResult
from line.quality import Status, StatusArray, bad_mask
from line.tags import TagDef
from plc_drivers.backoff import backoff_s

log = logging.getLogger(__name__)

CALL_WITHIN_S: Final = 120.0
"""No call of a sound driver takes so long: one that does hangs, and is cancelled."""

CLOSE_WITHIN_S: Final = 5.0

TELL_EVERY_NS: Final = 60 * NS_PER_S
"""A driver that fails now and then must not fill the log."""

T = TypeVar("T")


class GuardedDriver:
    """Calls a driver and believes nothing: an exception, a call that does not come back or an answer that is none is logged once,
    the device counts as lost, and the driver is called again at the pace of the back-off.

    What it cannot do is interrupt a driver that blocks the event loop.
    """

    def __init__(
        self, driver: Driver, device: str, tags: Sequence[TagDef], clock: Clock, call_within_s: float = CALL_WITHIN_S
    ) -> None:
        self._call_within_s = call_within_s
        self._driver = driver
        self._device = device
        self._clock = clock
        self._handles = np.array([t.handle for t in tags], dtype=np.int64)
        self._own = frozenset(t.handle for t in tags)
        self._known: object = None
        self._last: Readings | None = None
        self._opened = False
        self._failures = 0
        self._retry_ns = 0
        self._told_ns = clock.monotonic_ns() - TELL_EVERY_NS
        self._told = False
        self._since_ns = clock.now_ns()
        self._fault = NO_TEXT
        self._link = LinkStatus(device, LinkState.CLOSED, self._since_ns)

    @property
    def device(self) -> str:
        return self._device

    def link(self) -> LinkStatus:
        try:
            link = self._driver.link()
            if not isinstance(link, LinkStatus) or link.device != self._device:  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"link() answered {link!r:.80}")
            self._link = link
        except Exception as error:  # whatever a package does
            self._failed("link", error)
        if not self._failures:
            return self._link
        return replace(self._link, state=LinkState.DOWN, since_ns=self._since_ns, last_error=self._fault)

    async def open(self) -> None:
        await self._call("open", self._open)

    async def poll(self) -> Readings:
        if self._resting():
            return self._degraded()
        if not self._opened and self._failures and await self._call("open", self._open) is None:
            return self._degraded()
        readings = await self._call("poll", self._poll)
        if readings is None:
            return self._degraded()
        if self._failures:
            if self._told:
                log.warning("%s: its driver works again", self._device)
            self._failures = 0
        self._last = readings
        return readings

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        results: Sequence[WriteResult] | None = None
        why = self._fault
        if not self._failures:
            results = await self._call("write", lambda: self._write(writes))
            said = self._fault
            why = Text(ru=f"{said.ru}; дошла ли запись, неизвестно", en=f"{said.en}; whether it was written is not known")
        if results is not None:
            return results
        return [WriteResult(w.handle, w.value, w.origin, int(Status.BAD_DEVICE_FAILURE), why) for w in writes]

    async def close(self) -> None:
        self._failures = 0
        self._opened = False
        await self._call("close", self._driver_close, min(CLOSE_WITHIN_S, self._call_within_s))
        self._failures = 0

    # the calls ---------------------------------------------------------------------------------------------------------------

    async def _open(self) -> bool:
        await self._driver.open()
        self._opened = True
        return True

    async def _driver_close(self) -> bool:
        await self._driver.close()
        return True

    async def _poll(self) -> Readings:
        readings = await self._driver.poll()
        if not isinstance(readings, Readings):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"poll() answered {readings!r:.80}")
        return self._sound(readings)

    def _sound(self, readings: Readings) -> Readings:
        """The readings with arrays of the right kind. Raises ValueError or TypeError for what the image cannot take."""
        handles = np.asarray(readings.handles, dtype=np.int64)
        if readings.handles is not self._known:  # most drivers hand out the same array every time
            if not self._own.issuperset(handles.tolist()):
                raise ValueError("readings of tags that are not the device's")
            self._known = readings.handles
        if not self._own.issuperset(readings.strings):
            raise ValueError("texts of tags that are not the device's")
        arrays = (
            np.asarray(readings.values, dtype=np.float64),
            _codes(readings.status),
            np.asarray(readings.source_ns, dtype=np.int64),
            np.asarray(readings.server_ns, dtype=np.int64),
        )
        alive_ns = None if readings.alive_ns is None else np.asarray(readings.alive_ns, dtype=np.int64)
        if any(a.shape != handles.shape or a.ndim != 1 for a in (*arrays, handles if alive_ns is None else alive_ns)):
            raise ValueError("readings whose arrays differ in length")
        return Readings(handles, *arrays, readings.strings, alive_ns)

    async def _write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        results = list(await self._driver.write(writes))
        asked = [(w.handle, w.value, w.origin) for w in writes]
        if [(r.handle, r.value, r.origin) for r in results] != asked:
            raise ValueError(f"{len(results)} results of writes that do not fit the {len(writes)} writes")
        return results

    async def _call(self, what: str, call: Callable[[], Awaitable[T]], within_s: float = 0.0) -> T | None:
        """What ``call`` gives; None when it failed."""
        try:
            async with asyncio.timeout(within_s or self._call_within_s):
                return await call()
        except Exception as error:  # a defect of a driver is told, and costs its device only
            self._failed(what, error)
            return None

    # defects -----------------------------------------------------------------------------------------------------------------

    def _resting(self) -> bool:
        return self._failures > 0 and self._clock.monotonic_ns() < self._retry_ns

    def _failed(self, what: str, error: Exception) -> None:
        now_ns = self._clock.monotonic_ns()
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if not self._failures:
            self._since_ns = self._clock.now_ns()
            self._told = now_ns - self._told_ns >= TELL_EVERY_NS
            if self._told:
                self._told_ns = now_ns
                log.error("%s: a defect of its driver in %s", self._device, what, exc_info=error)
        self._retry_ns = now_ns + int(backoff_s(self._failures) * NS_PER_S)
        self._failures += 1
        self._fault = Text(
            ru=f"ошибка в драйвере ({what}): {said}. Подробности в журнале службы",
            en=f"a defect of the driver ({what}): {said}. See the log of the service",
        )

    def _degraded(self) -> Readings:
        """The last readings, none of them Good."""
        now_ns = self._clock.now_ns()
        last = self._last
        if last is None:
            count = len(self._handles)
            bad = np.full(count, int(Status.BAD_NO_COMMUNICATION), dtype=np.uint32)
            stamps = np.full(count, now_ns, dtype=np.int64)
            return Readings(self._handles, np.full(count, np.nan), bad, stamps, stamps)
        usable = ~bad_mask(last.status)
        status = np.where(
            usable, np.uint32(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE), np.uint32(Status.BAD_NO_COMMUNICATION)
        ).astype(np.uint32)
        source_ns = np.where(status != last.status, now_ns, last.source_ns)
        self._last = replace(last, status=status, source_ns=source_ns)
        return self._last


def _codes(status: npt.ArrayLike) -> StatusArray:
    """Status codes; numpy would make any number one by cutting it off. Raises ValueError or TypeError for what is none."""
    given = np.asarray(status)
    if given.dtype == np.uint32:
        return given
    codes = given.astype(np.uint32)
    if (codes != given).any():
        raise ValueError("a status that is no code of OPC UA")
    return codes
