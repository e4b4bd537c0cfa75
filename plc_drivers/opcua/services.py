"""Service calls of one OPC UA connection: a request goes out, its answer comes back or an error that says why not.

asyncua's transport carries them; its own session object is passed by, because it starts a publish loop that neither watches
sequence numbers nor tells of a message that it could not read (docs/QUIRKS.md).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.utils import Buffer
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary

from line.clock import NS_PER_MS, Clock
from line.documents import Text
from line.quality import Status
from plc_drivers.link import LinkError, LinkMonitor
from plc_drivers.opcua import texts
from plc_drivers.opcua.codec import RawValue, code_name, ns_of
from plc_drivers.opcua.notification import PublishAnswer, TypedValue, read_publish, read_typed_values, read_values

ITEMS_PER_CALL: Final = 250
"""More in one call makes servers refuse it or the event loop stutter (docs/QUIRKS.md); a server may name a lower limit."""

_C = StatusCodes
SESSION_LOST: Final = frozenset(
    {
        _C.BadSessionIdInvalid, _C.BadSessionClosed, _C.BadSessionNotActivated, _C.BadSecureChannelIdInvalid,
        _C.BadSecureChannelClosed, _C.BadSecureChannelTokenUnknown, _C.BadConnectionClosed, _C.BadServerHalted, _C.BadShutdown,
        _C.BadTcpSecureChannelUnknown, _C.BadSubscriptionIdInvalid, _C.BadNoSubscription,
    }
)  # fmt: skip
"""Service results after which a session or its subscription is of no use (OPC 10000-4 §7.38)."""

DIVISIBLE: Final = frozenset(
    {
        int(Status.BAD_DECODING_ERROR), _C.BadEncodingError, _C.BadEncodingLimitsExceeded, _C.BadResponseTooLarge,
        _C.BadRequestTooLarge, _C.BadTooManyOperations, _C.BadInternalError, _C.BadUnexpectedError, _C.BadTcpMessageTooLarge,
    }
)  # fmt: skip
"""Failures of a call that one of its operations may have caused: an answer that cannot be read, a server that cannot make it."""

_TRUSTED_ROUND_TRIP_MS: Final = 250.0

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")


class OpcUaServiceError(LinkError):
    """A service call that failed as a whole; ``status`` is its OPC UA code."""

    def __init__(self, status: int, text: Text) -> None:
        super().__init__(text)
        self.status = status


class Services:
    """Calls over ``client``, counted in ``link``; ``on_lost`` is told when an answer says that the session is gone."""

    def __init__(self, client: Client, timeout_ms: int, clock: Clock, link: LinkMonitor, on_lost: Callable[[Text], None]) -> None:
        self._client = client
        self._timeout_ms = timeout_ms
        self._clock = clock
        self._link = link
        self._on_lost = on_lost
        self._garbage: Text | None = None
        self.per_call = ITEMS_PER_CALL

    def spoiled(self, garbage: Text) -> None:
        """What came over the connection is not the protocol: every call that waits ends with this reason."""
        self._garbage = garbage
        self._on_lost(garbage)

    def chunks(self, items: Sequence[ItemT], each: int = 1) -> Iterator[Sequence[ItemT]]:
        """The items in runs that go into one call, when every one of them stands for ``each`` operations."""
        size = max(1, self.per_call // each)
        for start in range(0, len(items), size):
            yield items[start : start + size]

    async def apart(
        self, items: Sequence[ItemT], ask: Callable[[Sequence[ItemT]], Awaitable[Sequence[ResultT]]]
    ) -> list[ResultT | OpcUaServiceError]:
        """What ``ask`` gives for each item, asked in as few calls as will do; for one that spoils every answer, its error.

        Only for calls that change nothing: a call that fails is repeated in halves. Raises OpcUaServiceError for what no single
        item explains.
        """
        given: list[ResultT | OpcUaServiceError] = []
        for chunk in self.chunks(items):
            given += await self._halved(chunk, ask)
        errors = [g for g in given if isinstance(g, OpcUaServiceError)]
        if errors and len(errors) == len(items) and errors[0].status != Status.BAD_DECODING_ERROR:
            raise errors[0]
        return given

    async def _halved(
        self, items: Sequence[ItemT], ask: Callable[[Sequence[ItemT]], Awaitable[Sequence[ResultT]]]
    ) -> list[ResultT | OpcUaServiceError]:
        try:
            return list(await ask(items))
        except OpcUaServiceError as error:
            if error.status not in DIVISIBLE:
                raise
            if len(items) == 1:
                return [error]
        half = len(items) // 2
        return [*await self._halved(items[:half], ask), *await self._halved(items[half:], ask)]

    async def call(self, request: object, answer: type[ResultT]) -> ResultT:
        """Send a request and wait for its answer, at most the device's time-out. Raises OpcUaServiceError."""

        def decode(data: bytes) -> tuple[int, ResultT]:
            response: Any = struct_from_binary(answer, Buffer(data))
            response.ResponseHeader.ServiceResult.check()
            return ns_of(response.ResponseHeader.Timestamp), response

        return await self._counted(request, decode)

    async def read(self, request: ua.ReadRequest) -> list[RawValue]:
        """As :meth:`call`, for values only: read from the bytes without the library's objects. Raises OpcUaServiceError."""
        return await self._counted(request, read_values)

    async def read_typed(self, request: ua.ReadRequest) -> list[TypedValue]:
        """As :meth:`read`, with the type of each value. Raises OpcUaServiceError."""
        return await self._counted(request, read_typed_values)

    async def publish(self, request: ua.PublishRequest) -> PublishAnswer:
        """Send a Publish request, which the server keeps until it has something to say. Raises OpcUaServiceError."""
        answer = await self.guard(self._exchange(request, read_publish, 0.0))
        self._link.requests += 1
        self._link.answered_ns = self._clock.now_ns()
        return answer

    async def guard(self, awaitable: Awaitable[ResultT]) -> ResultT:
        """Turn whatever the library raises into OpcUaServiceError."""
        try:
            return await awaitable
        except OpcUaServiceError:
            raise
        except ua.UaStatusCodeError as error:
            raise OpcUaServiceError(int(error.code), texts.server_answered(code_name(int(error.code)))) from error
        except TimeoutError as error:
            raise OpcUaServiceError(int(Status.BAD_TIMEOUT), texts.no_answer(self._timeout_ms)) from error
        except LinkError:
            raise
        except Exception as error:  # OSError, UaError, and whatever a malformed answer raises in the library's parser
            raise OpcUaServiceError(int(Status.BAD_COMMUNICATION_ERROR), self._said(error)) from error

    def _said(self, error: Exception) -> Text:
        if self._garbage is not None:
            return self._garbage
        place = self._client.server_url.netloc
        if isinstance(error, ConnectionRefusedError):
            return texts.refuses(place)
        if isinstance(error, ConnectionError):
            return texts.CONNECTION_CLOSED
        if isinstance(error, OSError):
            return texts.unreachable(place, str(error) or type(error).__name__)
        return texts.same(str(error) or type(error).__name__)

    async def _counted(self, request: object, decode: Callable[[bytes], tuple[int, ResultT]]) -> ResultT:
        """``decode`` gives the server's time of the answer (0: none) and the answer."""
        sent_ns = self._clock.now_ns()
        try:
            stamped_ns, response = await self.guard(self._exchange(request, decode, self._timeout_ms / 1000.0))
        except OpcUaServiceError as error:
            self._link.failed(error.text, timed_out=error.status == Status.BAD_TIMEOUT)
            if error.status in SESSION_LOST:
                self._on_lost(error.text)
            raise
        received_ns = self._clock.now_ns()
        self._link.answered(sent_ns, received_ns)
        if stamped_ns:
            self._measure_skew(stamped_ns, sent_ns, received_ns)
        return response

    async def _exchange(self, request: Any, decode: Callable[[bytes], ResultT], timeout_s: float) -> ResultT:
        protocol = self._client.uaclient.protocol
        if protocol is None:
            raise OpcUaServiceError(int(Status.BAD_COMMUNICATION_ERROR), texts.CONNECTION_CLOSED)
        data: Buffer = await protocol.send_request(request, timeout_s)
        try:
            return decode(data.read(len(data)))
        except ua.UaStatusCodeError:
            raise
        except Exception as error:  # the library's decoders raise what they like
            reason = str(error) or type(error).__name__
            raise OpcUaServiceError(int(Status.BAD_DECODING_ERROR), texts.unreadable(reason)) from error

    def _measure_skew(self, stamped_ns: int, sent_ns: int, received_ns: int) -> None:
        """The server stamps every answer with its clock (OPC 10000-4 §7.33); half a slow round trip is no measure."""
        skew_ms = (stamped_ns - (sent_ns + received_ns) // 2) / NS_PER_MS
        round_trip_ms = (received_ns - sent_ns) / NS_PER_MS
        if round_trip_ms < _TRUSTED_ROUND_TRIP_MS or abs(skew_ms) > 2.0 * round_trip_ms:
            self._link.skew_ms = skew_ms


def matched(results: Sequence[ResultT] | None, items: Sequence[object], service: str) -> Sequence[ResultT]:
    """The results when there is one for each item. Raises OpcUaServiceError for a server that miscounts."""
    if results is None or len(results) != len(items):
        raise OpcUaServiceError(int(Status.BAD_COMMUNICATION_ERROR), texts.unreadable(service))
    return results
