"""Trends read back from InfluxDB, for the time of which there are no day files any more.

A server thins by itself: per bucket the least and the greatest value, and the worst status. Values of texts are not read.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, cast
from urllib.parse import urlencode

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from urllib3 import PoolManager, Timeout, make_headers
from urllib3.exceptions import HTTPError

from historian.influx import InfluxTarget, message_of
from historian.lineproto import BAD_FROM
from historian.queries import Trend
from historian.schema import PROCESS
from line.clock import NS_PER_MS

UNCERTAIN: Final = 0x4000_0000
"""OPC UA Uncertain: what a value is of a bucket that also holds Bad samples."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ArchiveError(Exception):
    """The archive does not answer, or not with what was asked; the words are its own."""


class Archive(Protocol):
    """What answers for the time of which there are no files here. Calls block, at most for the time-out that it was made with."""

    @property
    def name(self) -> str:
        """As the sink is called."""
        ...

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> Mapping[str, Trend]:
        """Trends with ``from_ns <= t < to_ns``, thinned to about ``points`` each. Raises ArchiveError."""
        ...

    def close(self) -> None:
        """Close the connections; may be called twice."""
        ...


@dataclass
class _Bucket:
    low: tuple[int, float] | None = None
    high: tuple[int, float] | None = None
    worst: int = 0


def _trend(buckets: Mapping[int, _Bucket], width_ns: int) -> Trend:
    """Buckets by their number: the least and the greatest value by time, and a gap after them where a sample was Bad."""
    t: list[int] = []
    v: list[float | str | None] = []
    q: list[int] = []
    for number, bucket in sorted(buckets.items()):
        bad = bucket.worst >= BAD_FROM
        points = sorted({p for p in (bucket.low, bucket.high) if p is not None})
        for time_ns, value in points:
            t.append(time_ns)
            v.append(value)
            q.append(UNCERTAIN if bad else bucket.worst)
        if bad:
            t.append(max((number + 1) * width_ns - 1, points[-1][0] + 1 if points else 0))
            v.append(None)
            q.append(bucket.worst)
    return Trend(t, v, q)


def _width_ns(from_ns: int, to_ns: int, points: int) -> int:
    """Two points per bucket; whole milliseconds, because InfluxQL of old knows no nanoseconds."""
    width = -(-(to_ns - from_ns) // max(1, points // 2))
    return max(NS_PER_MS, -(-width // NS_PER_MS) * NS_PER_MS)


class FluxArchive:
    """InfluxDB 2 through influxdb_client; also 1.8 where Flux is switched on (``token`` is then ``user:password``)."""

    def __init__(self, name: str, target: InfluxTarget, line: str) -> None:
        self.name = name
        self._target = target
        self._line = line
        self._client = InfluxDBClient(url=target.url, token=target.token, org=target.org, timeout=int(target.timeout_s * 1000))
        self._api = self._client.query_api()

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> Mapping[str, Trend]:
        width_ns = _width_ns(from_ns, to_ns, points)
        found: dict[str, dict[int, _Bucket]] = {tag: {} for tag in tags}
        try:
            tables: Any = self._api.query(_flux(self._target.bucket, self._line, tags, from_ns, to_ns, width_ns))
            for table in tables:
                for record in table.records:
                    values = cast(Mapping[str, Any], record.values)
                    time_ns = _ns(values["_time"])
                    bucket = found[str(values["tag"])].setdefault(time_ns // width_ns, _Bucket())
                    _put(bucket, str(values["result"]), time_ns, values["_value"])
        except ApiException as error:
            raise ArchiveError(f"HTTP {error.status} {message_of(error.body or error.reason or '')}") from error
        except (HTTPError, OSError, http.client.HTTPException, KeyError, TypeError, ValueError) as error:
            raise ArchiveError(f"{type(error).__name__}: {error}"[:300]) from error
        except Exception as error:  # the client's own, of an answer in the middle of which the server stopped
            raise ArchiveError(f"{type(error).__name__}: {error}"[:300]) from error
        return {tag: _trend(buckets, width_ns) for tag, buckets in found.items()}

    def close(self) -> None:
        self._client.close()


def _put(bucket: _Bucket, what: str, time_ns: int, value: Any) -> None:
    if what == "low":
        bucket.low = (time_ns, float(value))
    elif what == "high":
        bucket.high = (time_ns, float(value))
    elif what == "status":
        bucket.worst = max(bucket.worst, int(value))


def _ns(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1) * 1000


def _flux(bucket: str, line: str, tags: Iterable[str], from_ns: int, to_ns: int, width_ns: int) -> str:
    chosen = " or ".join(f"r.tag == {_quoted(tag)}" for tag in tags)
    columns = 'keep(columns: ["_time", "_value", "tag"])'
    window = f"window(every: {width_ns // NS_PER_MS}ms)"
    return f"""data = from(bucket: {_quoted(bucket)})
  |> range(start: time(v: {from_ns}), stop: time(v: {to_ns}))
  |> filter(fn: (r) => r._measurement == "{PROCESS}" and r.line == {_quoted(line)} and ({chosen}))
data |> filter(fn: (r) => r._field == "value") |> {window} |> min() |> {columns} |> yield(name: "low")
data |> filter(fn: (r) => r._field == "value") |> {window} |> max() |> {columns} |> yield(name: "high")
data |> filter(fn: (r) => r._field == "status") |> {window} |> max() |> {columns} |> yield(name: "status")
"""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${") + '"'


class InfluxqlArchive:
    """``/query`` of InfluxDB 1.x, and of 2.x and 3.x for a bucket that is mapped to a database.

    It says in which bucket a value lies, not when in it: the least one stands at its beginning, the greatest one in its middle.
    """

    def __init__(self, name: str, target: InfluxTarget, line: str) -> None:
        self.name = name
        self._line = line
        self._database, _, self._policy = target.bucket.partition("/")
        self._url = f"{target.url.rstrip('/')}/query"
        self._headers: dict[str, str] = {}
        if ":" in target.token:
            self._headers = dict(make_headers(basic_auth=target.token))
        elif target.token:
            self._headers = {"Authorization": f"Token {target.token}"}
        self._http = PoolManager(retries=False, timeout=Timeout(total=target.timeout_s))

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> Mapping[str, Trend]:
        width_ns = _width_ns(from_ns, to_ns, points)
        found: dict[str, dict[int, _Bucket]] = {tag: {} for tag in tags}
        for series in self._ask(_influxql(self._line, tags, from_ns, to_ns, width_ns)):
            try:
                buckets = found[series["tags"]["tag"]]
                for time_ns, low, high, status in series["values"]:
                    start_ns = max(from_ns, time_ns)
                    buckets[time_ns // width_ns] = _Bucket(
                        None if low is None else (start_ns, float(low)),
                        None if high is None else (min(to_ns - 1, start_ns + width_ns // 2), float(high)),
                        int(status or 0),
                    )
            except (KeyError, TypeError, ValueError) as error:
                raise ArchiveError(f"an answer of another form: {error}"[:300]) from error
        return {tag: _trend(buckets, width_ns) for tag, buckets in found.items()}

    def _ask(self, query: str) -> list[Any]:
        args = {"db": self._database, "epoch": "ns", "q": query, **({"rp": self._policy} if self._policy else {})}
        try:
            answer = self._http.request("GET", f"{self._url}?{urlencode(args)}", headers=self._headers, redirect=False)
            if answer.status != 200:
                raise ArchiveError(f"HTTP {answer.status} {message_of(answer.data)}")
            result = json.loads(answer.data)["results"][0]
            if "error" in result:
                raise ArchiveError(str(result["error"])[:300])
            return cast(list[Any], result.get("series", []))
        except (HTTPError, OSError, http.client.HTTPException, ValueError, KeyError, IndexError, TypeError) as error:
            raise ArchiveError(f"{type(error).__name__}: {error}"[:300]) from error

    def close(self) -> None:
        self._http.clear()


def _influxql(line: str, tags: Iterable[str], from_ns: int, to_ns: int, width_ns: int) -> str:
    chosen = " OR ".join(f"\"tag\" = '{_literal(tag)}'" for tag in tags)
    return (
        f'SELECT min("value"), max("value"), max("status") FROM "{PROCESS}" '
        f"WHERE \"line\" = '{_literal(line)}' AND ({chosen}) AND time >= {from_ns} AND time < {to_ns} "
        f'GROUP BY time({width_ns // NS_PER_MS}ms), "tag" fill(none)'
    )


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def share_of(points: int, part_ns: int, whole_ns: int) -> int:
    """How many of ``points`` belong to a part of the span; two at least."""
    return max(2, points * part_ns // max(1, whole_ns))


ANSWERS_WITHIN_S: Final = 8.0
"""What a panel waits for an archive at most."""
