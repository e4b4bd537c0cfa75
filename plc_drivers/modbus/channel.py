"""One channel per endpoint: the requests of all units behind it, one connection, nobody starved.

The next request leaves in the very call that brought the answer before it: no task is switched between two requests of a run.
How requests are told apart on the line is in ``mbap_channel.py`` and ``rtu_channel.py`` (docs/decisions/0010).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from line.clock import NS_PER_S, Clock
from line.documents import Text
from line.quality import Status
from plc_drivers.link import LinkError
from plc_drivers.modbus.port import Answer, Fault
from plc_drivers.modbus.runs import Run, Sent, Unit
from plc_drivers.modbus.transports import discard
from plc_drivers.modbus.turns import Turns

MUTE_LIMIT: Final = 2
"""Time-outs in a row without a single byte from anybody, of every unit that holds the connection, after which the next connect()
opens a new one: a half-open one would otherwise live for as long as one of the units holds on to it. A unit that has not asked
since proves nothing: it may be one that is read seldom, and would lose a good connection to a dead neighbour."""

CLOSED: Final = Text(ru="соединение закрыто", en="the connection is closed")
MUTE: Final = Text(ru="по соединению ничего не приходит", en="nothing comes over the connection")
CallLater = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


class Wire(Protocol):
    """How to reach an endpoint."""

    @property
    def place(self) -> str:
        """The endpoint as a person knows it: ``host:port`` or the serial port."""
        ...

    async def open(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        """Connect ``protocol``. Raises LinkError; frees everything when cancelled."""
        ...

    def loss(self, error: Exception | None) -> Text:
        """Why a connection that was open is gone; None: the peer closed it."""
        ...

    def late(self, timeout_ms: int) -> Text:
        """Why :meth:`open` was given up after ``timeout_ms``; asked while it is still under way."""
        ...


class Link(asyncio.Protocol):
    """One connection of a channel; a channel that has gone on to the next one no longer listens to it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.transport: asyncio.Transport | None = None
        self.lost: Text | None = None

    def data_received(self, data: bytes) -> None:
        if self._channel.link is self:
            self._channel.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = self._channel.wire.loss(exc)
        if self._channel.link is self:
            self._channel.lose(self.lost)


class Channel:
    """Queues, turns, time-outs and the connection; subclasses know the line.

    ``call_later(delay_s, callback)`` is the event loop's unless a test gives its own.
    """

    unheard_limit = 1
    """So many time-outs make a unit count as not heard (MUTE_LIMIT)."""

    def __init__(self, wire: Wire, clock: Clock, call_later: CallLater | None = None) -> None:
        self.wire = wire
        self.link: Link | None = None
        self._clock = clock
        self._call_later = call_later
        self._units: dict[int, Unit] = {}
        self._ports: list[Port] = []
        self._turns = Turns()
        self._outstanding = 0
        self._in_flight = 1
        self._per_unit = 1
        self._shared = False
        self._mute: dict[int, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = 0
        self._opening: asyncio.Task[None] | None = None
        self._joining = 0

    # what the line knows -----------------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Bytes have come."""
        raise NotImplementedError

    def _begin(self) -> None:
        """A new connection is open: nothing is under way on it."""
        raise NotImplementedError

    def _transmit(self, sent: Sent) -> None:
        """Put the request on the line."""
        raise NotImplementedError

    def _flush(self) -> None:
        """What was put on the line leaves now."""

    def _under_way(self) -> Sequence[Sent]:
        """Requests that wait for their answers."""
        raise NotImplementedError

    def _forget(self) -> None:
        """Nothing that was under way is waited for any more: the connection is gone."""
        raise NotImplementedError

    def _expire(self, sent: Sent, now_ns: int) -> None:
        """The time of ``sent`` is over without an answer."""
        raise NotImplementedError

    def _line_free_ns(self) -> int:
        """When the next request may leave (monotonic); the past: now."""
        return 0

    def _line_due(self, now_ns: int) -> int:
        """Do what the line itself has to do at ``now_ns``; returns when it wants to be called again, 0: never."""
        return 0

    # ports -------------------------------------------------------------------------------------------------------------------

    def port(self, unit_id: int, in_flight: int, on_lost: Callable[[Text], None]) -> Port:
        """A port for ``unit_id``. ``on_lost`` is called once for each connection that it had and lost without closing it."""
        unit = self._units.setdefault(unit_id, Unit(unit_id))
        return Port(self, unit, in_flight, on_lost)

    def has(self, port: Port) -> bool:
        """True while ``port`` is connected."""
        return port in self._ports

    async def join(self, port: Port, timeout_s: float) -> None:
        """Connect ``port``; whoever comes while a connection is being made waits for the same one. Raises LinkError."""
        if self.link is not None and self._is_mute():
            self.lose(MUTE)
        if self.link is None:
            await self._opened(timeout_s)
        if self.link is None:
            raise LinkError(CLOSED)
        if port not in self._ports:
            self._ports.append(port)
            self._share()

    def _is_mute(self) -> bool:
        timeouts = self._mute
        return sum(timeouts.values()) >= MUTE_LIMIT and all(
            timeouts.get(p.unit.number, 0) >= self.unheard_limit for p in self._ports
        )

    async def _opened(self, timeout_s: float) -> None:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(), name=f"connect {self.wire.place}")
        task = self._opening
        self._joining += 1
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(task)
        except TimeoutError:
            raise LinkError(self.wire.late(round(timeout_s * 1000))) from None
        finally:
            self._joining -= 1
            if not self._joining and not task.done():
                self._opening = None  # who comes from now on starts anew
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            if self.link is not None and not self._ports:
                self._idle_soon()

    async def _open(self) -> None:
        link = Link(self)
        try:
            link.transport = await self.wire.open(link)
            if link.lost is not None:
                raise LinkError(link.lost)
            self.link = link
            self._mute.clear()
            self._begin()
        finally:
            if self._opening is asyncio.current_task():
                self._opening = None

    def _idle_soon(self) -> None:
        """A connection that nobody took, because the one who asked for it gave up in the same moment, is closed again."""

        def check() -> None:
            if not self._ports and not self._joining:
                self._hang_up()

        asyncio.get_running_loop().call_soon(check)

    def leave(self, port: Port) -> None:
        """``port`` needs the connection no more; the last one closes it."""
        if port not in self._ports:
            return
        self._ports.remove(port)
        if all(p.unit is not port.unit for p in self._ports):
            self._end_runs(port.unit, Fault(Status.BAD_COMMUNICATION_ERROR, CLOSED))
        if not self._ports and not self._joining:
            self._hang_up()
        else:
            self._share()
            self._pump()

    def _share(self) -> None:
        self._in_flight = min((p.in_flight for p in self._ports), default=1)
        self._shared = len({p.unit.number for p in self._ports}) > 1
        self._per_unit = 1 if self._shared else self._in_flight

    # the connection ----------------------------------------------------------------------------------------------------------

    def lose(self, reason: Text) -> None:
        """The connection is gone or of no use: what waits ends now, and every unit is told."""
        ports, self._ports = self._ports, []
        self._hang_up(Fault(Status.BAD_COMMUNICATION_ERROR, reason))
        for port in ports:
            port.on_lost(reason)

    def _hang_up(self, fault: Fault | None = None) -> None:
        link, self.link = self.link, None
        if link is not None and link.transport is not None:
            if self._mute or self._under_way():
                discard(link.transport)
            link.transport.abort()
        fault = fault or Fault(Status.BAD_COMMUNICATION_ERROR, CLOSED)
        now_ns, stamp_ns = self._clock.monotonic_ns(), self._clock.now_ns()
        for sent in list(self._under_way()):
            self._done(sent, Answer(b"", fault, sent.sent_ns, stamp_ns), now_ns, silent=True)
        self._forget()
        for unit in self._units.values():
            self._end_runs(unit, fault)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # requests ----------------------------------------------------------------------------------------------------------------

    def submit(self, run: Run) -> None:
        """Queue ``run`` behind those of its unit."""
        run.unit.queue.append(run)
        self._arm(run.deadline_ns)
        self._pump()

    def abandon(self, run: Run) -> None:
        """Nobody waits for ``run`` any more. What is under way keeps its place on the line until it is answered or too late."""
        self._stop(run)
        self._pump()

    def _pump(self) -> None:
        """Send for as long as somebody waits and the line takes more."""
        self._fill()
        self._flush()

    def _fill(self) -> None:
        while self.link is not None and self._outstanding < self._in_flight:
            now_ns = self._clock.monotonic_ns()
            unit = self._next_unit(now_ns)
            if unit is None:
                return
            if self._line_free_ns() > now_ns:
                self._arm(self._line_free_ns())
                return
            run = unit.queue[0]
            if run.deadline_ns <= now_ns:
                self._stop(run)
                continue
            sent = Sent(run, run.following, self._clock.now_ns(), now_ns)
            run.following += 1
            run.outstanding += 1
            if run.following == len(run.requests):
                unit.queue.popleft()
            unit.outstanding += 1
            self._outstanding += 1
            self._turns.begin(unit, now_ns)
            self._transmit(sent)
            self._arm(sent.deadline_ns)

    def _next_unit(self, now_ns: int) -> Unit | None:
        units = self._units.values()
        if len(units) == 1:
            unit = next(iter(units))
            waiting = [unit] if unit.queue and unit.outstanding < self._per_unit else []
        else:
            waiting = [u for u in units if u.queue and u.outstanding < self._per_unit]
        if not waiting:
            return None
        ready = [u for u in waiting if u.rest_until_ns <= now_ns]
        if not ready:
            self._arm(min(u.rest_until_ns for u in waiting))
            return None
        return ready[0] if len(ready) == 1 else self._turns.next_of(ready)

    def _done(self, sent: Sent, answer: Answer, now_ns: int, *, silent: bool = False) -> None:
        """A request that was under way has ended; ``silent``: nobody answered, so that its run sends nothing more."""
        run, unit = sent.run, sent.unit
        self._outstanding -= 1
        unit.outstanding -= 1
        self._turns.end(unit, now_ns - sent.since_ns, now_ns)
        run.outstanding -= 1
        run.answers[sent.position] = answer
        if silent:
            self._stop(run)
        elif not run.outstanding and (run.stopped or run.following == len(run.requests)):
            self._finish(run)

    def _stop(self, run: Run) -> None:
        """Send nothing more of ``run``; what is under way is still waited for."""
        run.stopped = True
        if run in run.unit.queue:
            run.unit.queue.remove(run)
        if not run.outstanding:
            self._finish(run)

    @staticmethod
    def _finish(run: Run) -> None:
        if not run.done.done():
            run.done.set_result(run.answers)

    def _end_runs(self, unit: Unit, fault: Fault) -> None:
        """What waits in the queue of ``unit`` ends now, unsent."""
        while unit.queue:
            run = unit.queue.popleft()
            unsent = Answer(b"", fault)
            run.answers[run.following :] = [unsent] * (len(run.requests) - run.following)
            self._stop(run)

    # time --------------------------------------------------------------------------------------------------------------------

    def _arm(self, deadline_ns: int) -> None:
        """Be called at ``deadline_ns`` at the latest: one timer for the whole channel, left alone when it fires earlier."""
        if self._timer is not None:
            if self._timer_ns <= deadline_ns:
                return
            self._timer.cancel()
        self._timer_ns = deadline_ns
        delay_s = max(0, deadline_ns - self._clock.monotonic_ns()) / NS_PER_S
        call_later = self._call_later or asyncio.get_running_loop().call_later
        self._timer = call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now_ns = self._clock.monotonic_ns()
        due_ns = self._line_due(now_ns)
        if due_ns:
            self._arm(due_ns)
        for sent in list(self._under_way()):
            if sent.deadline_ns <= now_ns and self.link is not None:
                self._mute[sent.unit.number] = self._mute.get(sent.unit.number, 0) + 1
                self._expire(sent, now_ns)
        for unit in self._units.values():
            for run in [r for r in unit.queue if r.deadline_ns <= now_ns]:
                self._stop(run)
        self._pump()
        for sent in self._under_way():
            self._arm(sent.deadline_ns)
        for unit in self._units.values():
            for run in unit.queue:
                self._arm(run.deadline_ns)


class Port:
    """What the driver of one unit sees (:class:`plc_drivers.modbus.port.UnitPort`)."""

    def __init__(self, channel: Channel, unit: Unit, in_flight: int, on_lost: Callable[[Text], None]) -> None:
        self.unit = unit
        self.in_flight = in_flight
        self.on_lost = on_lost
        self._channel = channel
        self._clock = channel._clock  # pyright: ignore[reportPrivateUsage]

    @property
    def discarded(self) -> int:
        return self.unit.discarded

    async def connect(self, timeout_s: float) -> None:
        await self._channel.join(self, timeout_s)

    async def run(self, requests: Sequence[bytes], timeout_s: float, budget_s: float) -> list[Answer]:
        if not requests:
            return []
        if not self._channel.has(self):
            return [Answer(b"", Fault(Status.BAD_NO_COMMUNICATION, CLOSED))] * len(requests)
        deadline_ns = self._clock.monotonic_ns() + int(budget_s * NS_PER_S)
        done: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        run = Run(self.unit, requests, int(timeout_s * NS_PER_S), deadline_ns, done)
        self._channel.submit(run)
        try:
            return await done
        except asyncio.CancelledError:
            self._channel.abandon(run)
            raise

    def close(self) -> None:
        self._channel.leave(self)
