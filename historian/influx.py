"""The sink that speaks the InfluxDB v2 write API (InfluxDB 2, VictoriaMetrics): the one file that knows influxdb_client."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import Final

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

from historian.forwarder import Reply, Verdict

REFUSING: Final = frozenset({400, 413, 422})
"""Answers that are about the points; all others are about the sink or the way to it, and pass."""

PROBE_TIMEOUT_S: Final = 3.0

_START_METRIC: Final = b"process_start_time_seconds"


@dataclass(frozen=True)
class InfluxTarget:
    """Where to write; ``timeout_s`` bounds a whole request."""

    url: str
    org: str = "potok"
    bucket: str = "potok"
    token: str = ""
    timeout_s: float = 10.0


class InfluxSink:
    """A :class:`historian.forwarder.Sink`; one request at a time."""

    def __init__(self, target: InfluxTarget) -> None:
        self._target = target
        self._client = InfluxDBClient(url=target.url, token=target.token, org=target.org, timeout=int(target.timeout_s * 1000))
        self._http = PoolManager(retries=False, timeout=Timeout(total=min(target.timeout_s, PROBE_TIMEOUT_S)))
        self._api = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, lines: str) -> Reply:
        try:
            self._api.write(bucket=self._target.bucket, record=lines)
        except ApiException as error:
            status = int(error.status or 0)
            text = f"HTTP {status} {_message(error)}".strip()
            if status in REFUSING:
                return Reply(Verdict.REFUSED, text)
            return Reply(Verdict.RETRY, text, _retry_after_s(error))
        except (HTTPError, OSError, http.client.HTTPException) as error:
            return Reply(Verdict.RETRY, f"{type(error).__name__}: {error}"[:300])
        return Reply(Verdict.TAKEN)

    def probe(self) -> str | None:
        try:
            answer = self._http.request("GET", f"{self._target.url.rstrip('/')}/metrics")
        except (HTTPError, OSError, http.client.HTTPException):
            return None
        for text in answer.data.splitlines():
            if text.startswith(_START_METRIC):
                return text.split()[-1].decode("ascii", "replace")
        return ""

    def close(self) -> None:
        self._api.close()
        self._client.close()
        self._http.clear()


def _message(error: ApiException) -> str:
    body = error.body
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or error.reason or "")
    return " ".join(text.split())[:300]


def _retry_after_s(error: ApiException) -> float:
    headers = error.headers
    try:
        return max(0.0, float(headers.get("Retry-After", 0))) if headers is not None else 0.0
    except ValueError:
        return 0.0
