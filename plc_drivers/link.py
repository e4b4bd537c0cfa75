"""Link state of one device, and the keeper that connects, waits for the loss, backs off and connects again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from line.clock import NS_PER_MS, NS_PER_S, Clock
from line.documents import Text
from line.messages import NO_TEXT, LinkState, LinkStatus
from plc_drivers.backoff import backoff_s

log = logging.getLogger(__name__)

_S = LinkState
TRANSITIONS: Final[dict[LinkState, dict[str, LinkState]]] = {
    _S.CLOSED: {"open": _S.CONNECTING, "close": _S.CLOSED},
    _S.CONNECTING: {"up": _S.UP, "failed": _S.DOWN, "close": _S.CLOSED},
    _S.DOWN: {"up": _S.UP, "failed": _S.DOWN, "close": _S.CLOSED},
    _S.UP: {"lost": _S.DOWN, "close": _S.CLOSED},
}
"""Link state → event → next state; a missing key is a programming error and raises KeyError."""


class LinkMonitor:
    """State and counters of one connection. Logs the edges, once each: lost, and back.

    ``remark`` is a lasting fault of a link that is up (an address that the device does not have); it is shown with the last
    error, which ends with the next change of state.
    """

    def __init__(self, device: str, clock: Clock) -> None:
        self.device = device
        self._clock = clock
        self._since_ns = clock.now_ns()
        self._ups = 0
        self.state = LinkState.CLOSED
        self.last_error = NO_TEXT
        self.remark = NO_TEXT
        self.round_trip_ms = 0.0
        self.requests = 0
        self.failures = 0
        self.timeouts = 0
        self.discarded = 0
        self.gaps = 0
        self.answered_ns = 0
        self.skew_ms = 0.0

    def event(self, name: str, error: Text = NO_TEXT) -> None:
        """Go through the table; ``error`` says why when the link went down. Raises KeyError for an event out of place."""
        before = self.state
        self.state = TRANSITIONS[before][name]
        self.last_error = error
        if self.state is before:
            return
        self._since_ns = self._clock.now_ns()
        if self.state is LinkState.UP:
            self._ups += 1
            log.info("%s: link is up", self.device)
        elif self.state is LinkState.DOWN:
            log.warning("%s: link is down: %s", self.device, error.en)

    def answered(self, sent_ns: int, received_ns: int) -> None:
        """Count a request that was answered."""
        self.requests += 1
        self.round_trip_ms = max(0, received_ns - sent_ns) / NS_PER_MS  # the clock may be set back meanwhile
        self.answered_ns = received_ns

    def failed(self, error: Text, *, timed_out: bool = False) -> None:
        """Count a request that was not, or not well, answered."""
        self.requests += 1
        self.failures += 1
        self.timeouts += timed_out
        self.last_error = error

    def status(self) -> LinkStatus:
        """The link as the panel shows it."""
        return LinkStatus(
            self.device, self.state, self._since_ns, joined(self.last_error, self.remark), round(self.round_trip_ms, 3),
            self.requests, self.failures, max(0, self._ups - 1), self.timeouts, self.discarded, self.gaps, self.answered_ns,
            round(self.skew_ms, 1),
        )  # fmt: skip


def joined(*texts: Text) -> Text:
    """The texts that say something, one after the other."""
    said = [t for t in texts if t.en]
    if not said:
        return NO_TEXT
    return said[0] if len(said) == 1 else Text(ru="; ".join(t.ru for t in said), en="; ".join(t.en for t in said))


class LinkError(Exception):
    """Why a device could not be reached, in the words of the panel; ``text`` holds both languages, ``str()`` is English."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class LinkKeeper:
    """Holds one connection up for as long as it runs, whatever the device and the network do.

    ``connect`` returns when the device has answered and raises when it has not; ``disconnect`` frees whatever a connection
    (also a half-made one) holds; ``on_down`` is called at once, in the call of :meth:`lost`.
    """

    def __init__(
        self,
        link: LinkMonitor,
        clock: Clock,
        connect: Callable[[], Awaitable[None]],
        disconnect: Callable[[], Awaitable[None]],
        on_down: Callable[[], None],
    ) -> None:
        self._link = link
        self._clock = clock
        self._connect = connect
        self._disconnect = disconnect
        self._on_down = on_down
        self._lost = asyncio.Event()
        self._lost_early: Text | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, name: str) -> None:
        """Begin to connect; a second call changes nothing."""
        if self._task is None:
            self._link.event("open")
            self._task = asyncio.create_task(self._run(), name=name)

    def lost(self, reason: Text) -> None:
        """The connection is of no use any more. May be called from anywhere, more than once, also while it is being made."""
        if self._link.state is LinkState.UP:
            self._link.event("lost", reason)
            self._on_down()
            self._lost.set()
        else:
            self._lost_early = reason

    async def stop(self) -> None:
        """End the task and the connection; may be called twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._free()
        self._link.event("close")
        self._on_down()

    async def _run(self) -> None:
        attempt = 0
        while True:
            self._lost.clear()
            if await self._try_connect():
                attempt = 0
                await self._lost.wait()
            await self._free()
            await self._clock.sleep_until_ns(self._clock.monotonic_ns() + int(backoff_s(attempt) * NS_PER_S))
            attempt += 1

    async def _try_connect(self) -> bool:
        self._lost_early = None
        try:
            await self._connect()
            if self._lost_early is not None:  # between the device's answer and this line
                raise LinkError(self._lost_early)
        except Exception as error:  # whatever the library raises, the next attempt follows; the reason is shown and logged
            said = str(error) or type(error).__name__
            self._link.event("failed", error.text if isinstance(error, LinkError) else Text(ru=said, en=said))
            self._on_down()
            return False
        self._link.event("up")
        return True

    async def _free(self) -> None:
        try:
            await self._disconnect()
        except Exception as error:  # a port that was pulled out may fail to close; the next attempt follows all the same
            log.warning("%s: the connection cannot be closed: %s", self._link.device, str(error) or type(error).__name__)
