"""The WebSocket hub: what a panel is shown as it happens.

Images are conflated: a client gets the difference between what it was last sent and what is now, at most four times a second,
so a slow client sees fewer images and never an old one. Events are never left out: each client has its own position in the
journal, is served from the journal up to the present and from the live feed after it, and a gap in the feed is filled from
the journal. A client that cannot keep up with the events is closed and resumes by ``seq``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from line.clock import NS_PER_MS, NS_PER_S, Clock
from line.messages import Event, Json, JsonObject
from line.wire import Image
from server.auth import ApiError
from server.jsonio import dumps, event_json
from server.line_index import LineIndex
from server.ports import EnginePort, ForwarderStatus

_log = logging.getLogger("potok.server.live")

PAGE: Final = 500
"""Events sent or read from the journal at a stretch, before images and views get their turn."""
FORWARDER_S: Final = 5
IDLE_WAKE_S: Final = 1.0
GAP_RETRY_S: Final = 0.1
GAP_LIMIT_S: Final = 5
CLOSE_S: Final = 1.0

RESTARTED: Final = 1012
TRY_AGAIN: Final = 1013
SERVER_ERROR: Final = 1011

EventsAfter = Callable[[int, int], Awaitable[Sequence[Event]]]


class _CloseClientError(Exception):
    """The client is to be closed with this code; it comes back and resumes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False)
class _Client:
    """What one client was sent so far, and what waits for it."""

    socket: WebSocket
    sent_seq: int
    backfilling: bool
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    close_code: int = 1000
    close_reason: str = ""
    queue: deque[tuple[int, str]] = field(default_factory=deque[tuple[int, str]])
    engine_up: bool | None = None
    image: Image | None = None
    image_ns: int = 0
    views: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    forwarder: ForwarderStatus | None = None
    forwarder_ns: int = 0
    gap_since_ns: int | None = None

    def close(self, code: int, reason: str) -> None:
        """Ask for the connection's end."""
        if not self.closing.is_set():
            self.close_code, self.close_reason = code, reason
            self.closing.set()


class LiveHub:
    """All live clients of one server; an :class:`server.ports.EngineListener`."""

    def __init__(
        self,
        engine: EnginePort,
        events_after: EventsAfter,
        forwarder_status: Callable[[], ForwarderStatus],
        clock: Clock,
        *,
        period_ms: int = 250,
        max_queued_events: int = 10_000,
        max_clients: int = 64,
    ) -> None:
        self._engine = engine
        self._events_after = events_after
        self._forwarder_status = forwarder_status
        self._clock = clock
        self._period_ns = period_ms * NS_PER_MS
        self._max_queued_events = max_queued_events
        self._max_clients = max_clients
        self._clients: set[_Client] = set()
        engine.listen(self)

    @property
    def client_count(self) -> int:
        """Number of connected clients."""
        return len(self._clients)

    # -- the engine speaks

    def on_state(self, up: bool) -> None:
        self._wake_all()

    def on_line(self, changed: bool, last_seq: int) -> None:
        for client in self._clients:
            if changed:
                client.close(RESTARTED, "the line's description changed")
            if client.sent_seq > last_seq:  # another journal, or events that a crashed engine never committed
                client.sent_seq = last_seq
                client.queue.clear()
                client.wake.set()

    def on_image(self) -> None:
        self._wake_all()

    def on_view(self, name: str) -> None:
        self._wake_all()

    def on_events(self, events: Sequence[Event]) -> None:
        if not self._clients:
            return
        texts = [(e.seq, dumps({"type": "event", "event": event_json(e)})) for e in events]
        for client in self._clients:
            client.queue.extend(texts)
            if len(client.queue) > self._max_queued_events:
                client.close(TRY_AGAIN, "too slow for the events")
            client.wake.set()

    def _wake_all(self) -> None:
        for client in self._clients:
            client.wake.set()

    # -- a client

    async def serve(self, socket: WebSocket, after: int | None) -> None:
        """Serve one client until either side ends it. ``after``: the last event it has; None for only what comes."""
        await socket.accept()
        if len(self._clients) >= self._max_clients:
            await _close(socket, TRY_AGAIN, "too many clients")
            return
        newest = self._engine.last_seq
        known = newest if after is None or (self._engine.up and after > newest) else after
        client = _Client(socket, known, backfilling=after is not None)
        self._clients.add(client)
        tasks = [
            asyncio.create_task(self._send_all(client), name="live send"),
            asyncio.create_task(_receive(socket), name="live receive"),
            asyncio.create_task(client.closing.wait(), name="live closing"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.discard(client)
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        self._say(results, client)
        if client.closing.is_set():
            await _close(socket, client.close_code, client.close_reason)

    @staticmethod
    def _say(results: Sequence[object], client: _Client) -> None:
        """A client that went away is nothing to report; anything else is a fault of ours, and the client resumes."""
        for result in results:
            if isinstance(result, _CloseClientError):
                client.close(result.code, result.reason)
            elif isinstance(result, ApiError):  # the history failed, and that was logged where it did
                client.close(SERVER_ERROR, result.text.en)
            elif isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
                _log.error("live client lost", exc_info=result)
                client.close(SERVER_ERROR, "server error")

    async def _send_all(self, client: _Client) -> None:
        line = self._engine.line
        client.engine_up = self._engine.up
        hello: dict[str, Json] = {"type": "hello", "line": line.line if line is not None else "", "now_ns": self._clock.now_ns()}
        await client.socket.send_text(dumps({**hello, "engine": _word(client.engine_up), "last_seq": self._engine.last_seq}))
        while True:
            client.wake.clear()
            await self._send_state(client)
            image_wait_s = await self._send_image(client)
            await self._send_views(client)
            events_wait_s = await self._send_events(client)
            await self._send_forwarder(client)
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the wake-up.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(image_wait_s, events_wait_s, IDLE_WAKE_S)):
                    await client.wake.wait()

    async def _send_state(self, client: _Client) -> None:
        up = self._engine.up
        if up is not client.engine_up:
            client.engine_up = up
            await client.socket.send_text(dumps({"type": "engine", "state": _word(up)}))

    async def _send_views(self, client: _Client) -> None:
        for name, data in list(self._engine.views.items()):
            if client.views.get(name) is not data:
                client.views[name] = data
                await client.socket.send_text(dumps({"type": "view", "name": name, "data": data}))

    async def _send_forwarder(self, client: _Client) -> None:
        status = self._forwarder_status()
        now_ns = self._clock.monotonic_ns()
        changed = client.forwarder is None or status.state != client.forwarder.state
        if changed or (status != client.forwarder and now_ns >= client.forwarder_ns + NS_PER_S) or (
            now_ns >= client.forwarder_ns + FORWARDER_S * NS_PER_S
        ):  # fmt: skip
            client.forwarder, client.forwarder_ns = status, now_ns
            await client.socket.send_text(dumps({"type": "forwarder", "state": status.state, "backlog": status.backlog}))

    async def _send_image(self, client: _Client) -> float:
        """Send what changed when it is due; returns the seconds until the next image may go."""
        image, line = self._engine.image, self._engine.line
        if image is None or line is None or image is client.image:
            return IDLE_WAKE_S
        now_ns = self._clock.monotonic_ns()
        due_ns = client.image_ns + self._period_ns
        just_lost = not self._engine.up and client.image is not None
        if client.image is not None and now_ns < due_ns and not just_lost:
            return (due_ns - now_ns) / NS_PER_S
        text = image_text(image, client.image, line)
        client.image, client.image_ns = image, now_ns
        await client.socket.send_text(text)
        return IDLE_WAKE_S

    async def _send_events(self, client: _Client) -> float:
        """Send at most a page of events, in order; returns the seconds until there may be more to do."""
        while client.queue and client.queue[0][0] <= client.sent_seq:
            client.queue.popleft()
        if client.backfilling or (client.queue and client.queue[0][0] > client.sent_seq + 1):
            return await self._backfill(client)
        client.gap_since_ns = None
        for _ in range(PAGE):
            if not client.queue or client.queue[0][0] != client.sent_seq + 1:
                break
            seq, text = client.queue.popleft()
            client.sent_seq = seq
            await client.socket.send_text(text)
        return 0.0 if client.queue else IDLE_WAKE_S

    async def _backfill(self, client: _Client) -> float:
        """One page from the journal. What the journal itself does not have between two events never was."""
        start = client.sent_seq
        page = await self._events_after(start, PAGE)
        if client.sent_seq != start:  # the engine came back with another journal meanwhile
            return 0.0
        for event in page:
            if event.seq <= client.sent_seq:
                continue
            client.sent_seq = event.seq
            await client.socket.send_text(dumps({"type": "event", "event": event_json(event)}))
            if client.sent_seq != event.seq:
                return 0.0
        if len(page) < PAGE:
            client.backfilling = False
        if page:
            client.gap_since_ns = None
            return 0.0
        return self._gap(client)

    def _gap(self, client: _Client) -> float:
        """The live feed is ahead of what the journal shows: ask again for a while, then let the client resume."""
        if not client.queue:
            return IDLE_WAKE_S
        now_ns = self._clock.monotonic_ns()
        if client.gap_since_ns is None:
            client.gap_since_ns = now_ns
        if now_ns >= client.gap_since_ns + GAP_LIMIT_S * NS_PER_S:
            raise _CloseClientError(SERVER_ERROR, f"events after {client.sent_seq} cannot be read from the journal")
        return GAP_RETRY_S


def image_text(image: Image, before: Image | None, line: LineIndex) -> str:
    """The ``image`` message: all tags, or those that differ from ``before``."""
    if before is None or len(before.value) != len(image.value):
        handles = range(len(image.value))
        full = True
    else:
        handles = np.nonzero(_differs(image, before, line))[0].tolist()
        full = False
    tags = {line.names[h]: _cell(image, h, line) for h in handles}
    return dumps({"type": "image", "scan": image.scan, "time_ns": image.now_ns, "full": full, "tags": tags})


def image_tags(image: Image, line: LineIndex) -> dict[str, list[Json]]:
    """All tags as ``{name: [value, status, source_ns]}``."""
    return {name: _cell(image, handle, line) for handle, name in enumerate(line.names)}


def _cell(image: Image, handle: int, line: LineIndex) -> list[Json]:
    status, source_ns = int(image.status[handle]), int(image.source_ns[handle])
    if handle in line.string_handles:
        return [image.strings.get(handle), status, source_ns]
    value = float(image.value[handle])
    return [value if np.isfinite(value) else None, status, source_ns]


def _differs(image: Image, before: Image, line: LineIndex) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    same_value = (image.value == before.value) | (np.isnan(image.value) & np.isnan(before.value))
    differs = ~same_value | (image.status != before.status) | (image.source_ns != before.source_ns)
    for handle in line.string_handles:
        if image.strings.get(handle) != before.strings.get(handle):
            differs[handle] = True
    return differs


def _word(up: bool) -> str:
    return "up" if up else "down"


async def _receive(socket: WebSocket) -> None:
    """Read and forget what a client says, until it goes."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    """Close politely; a client that does not even read that is cut off."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await socket.close(code, reason)
    except TimeoutError:
        abort = socket.scope.get("state", {}).get("abort")
        if callable(abort):
            abort()
    except (RuntimeError, WebSocketDisconnect):
        _log.debug("the client was gone before it could be closed")
