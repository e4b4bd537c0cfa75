"""Sinks that speak the write APIs of InfluxDB: the one file that knows influxdb_client.

v2 (``/api/v2/write``) is that of InfluxDB 2, 1.8 and 3 and of VictoriaMetrics; v1 (``/write``) that of every 1.x.
"""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import urlencode

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3 import PoolManager, Timeout, make_headers
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from historian.forwarder import Reply, Verdict
from historian.sink_words import why_of_network, why_of_status

log = logging.getLogger(__name__)

Api: TypeAlias = Literal["v2", "v1"]

REFUSING: Final = frozenset({400, 413, 422})
"""Answers that are about the points; all others are about the sink or the way to it, and pass."""

PROBE_TIMEOUT_S: Final = 3.0
NETWORK_ERRORS: Final = (HTTPError, OSError, http.client.HTTPException)

_START_METRIC: Final = b"process_start_time_seconds"
_NOT_OURS: Final = frozenset({"authorization failed", "unauthorized"})


@dataclass(frozen=True)
class InfluxTarget:
    """Where to write; ``timeout_s`` bounds a whole request.

    ``bucket`` is the database of a v1 server, there ``database/retention policy`` too; ``token`` is ``user:password`` for 1.x.
    """

    url: str
    org: str = "potok"
    bucket: str = "potok"
    token: str = field(default="", repr=False)
    timeout_s: float = 10.0
    api: Api = "v2"


class InfluxSink:
    """A :class:`historian.forwarder.Sink`; one request at a time."""

    def __init__(self, target: InfluxTarget, token_of: Callable[[], str] | None = None) -> None:
        """``token_of`` reads the token where it lies; it is asked again when the sink refuses the one in use."""
        self._url = target.url.rstrip("/")
        self._http = PoolManager(retries=False, timeout=Timeout(total=min(target.timeout_s, PROBE_TIMEOUT_S)))
        self._token_of = token_of
        self._target = target
        self._api = self._open(target)
        self._renew()

    @staticmethod
    def _open(target: InfluxTarget) -> _WriteApi:
        return _V1(target) if target.api == "v1" else _V2(target)

    def _renew(self) -> None:
        """Take the token that lies there now, if it is another one."""
        try:
            token = self._target.token if self._token_of is None else self._token_of()
        except (OSError, UnicodeDecodeError) as error:
            log.error("the token for %s cannot be read: %s", self._url, error)
            return
        if token != self._target.token:
            self._api.close()
            self._target = replace(self._target, token=token)
            self._api = self._open(self._target)

    def write(self, lines: str) -> Reply:
        try:
            failed = self._api.write(lines)
        except NETWORK_ERRORS as error:
            text = why_of_network(timed_out=isinstance(error, HttpTimeoutError | TimeoutError))
            return Reply(Verdict.RETRY, f"{type(error).__name__}: {error}"[:300], text=text)
        if failed is None:
            return Reply(Verdict.TAKEN)
        words = f"HTTP {failed.status} {failed.message}".strip()
        if failed.status in (401, 403):
            self._renew()
        if failed.status in REFUSING and not any(word in failed.message.lower() for word in _NOT_OURS):
            return Reply(Verdict.REFUSED, words)
        return Reply(Verdict.RETRY, words, failed.retry_after_s, why_of_status(failed.status))

    def probe(self) -> str | None:
        try:
            answer = self._http.request("GET", f"{self._url}/metrics")
        except NETWORK_ERRORS:
            return None
        for text in answer.data.splitlines():
            if text.startswith(_START_METRIC):
                return text.split()[-1].decode("ascii", "replace")
        return ""

    def close(self) -> None:
        self._api.close()
        self._http.clear()


@dataclass(frozen=True)
class _Failure:
    status: int
    message: str
    retry_after_s: float


class _WriteApi(Protocol):
    def write(self, lines: str) -> _Failure | None: ...

    def close(self) -> None: ...


class _V2:
    """``/api/v2/write`` through influxdb_client."""

    def __init__(self, target: InfluxTarget) -> None:
        self._bucket = target.bucket
        self._client = InfluxDBClient(url=target.url, token=target.token, org=target.org, timeout=int(target.timeout_s * 1000))
        self._api = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, lines: str) -> _Failure | None:
        try:
            self._api.write(bucket=self._bucket, record=lines)
        except ApiException as error:
            headers = error.headers
            retry_after = headers.get("Retry-After", "0") if headers is not None else "0"
            return _Failure(int(error.status or 0), message_of(error.body or error.reason or ""), _seconds(retry_after))
        return None

    def close(self) -> None:
        self._api.close()
        self._client.close()


class _V1:
    """``/write``, which servers before 1.8 have alone and influxdb_client does not speak."""

    def __init__(self, target: InfluxTarget) -> None:
        database, _, policy = target.bucket.partition("/")
        query = {"db": database, "precision": "ns", **({"rp": policy} if policy else {})}
        self._url = f"{target.url.rstrip('/')}/write?{urlencode(query)}"
        self._headers = make_headers(basic_auth=target.token) if target.token else {}
        self._http = PoolManager(retries=False, timeout=Timeout(total=target.timeout_s))

    def write(self, lines: str) -> _Failure | None:
        answer = self._http.request("POST", self._url, body=lines.encode(), headers=self._headers, redirect=False)
        if answer.status in (200, 204):
            return None
        return _Failure(answer.status, message_of(answer.data), _seconds(answer.headers.get("Retry-After", "0")))

    def close(self) -> None:
        self._http.clear()


def message_of(body: object) -> str:
    """The words of an answer: what stands under ``message`` or ``error`` of its JSON, else all of it; 300 characters."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if isinstance(data, dict):
        text = str(data.get("message") or data.get("error") or text)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return " ".join(text.split())[:300]


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
