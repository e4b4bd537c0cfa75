"""Samples as a file: CSV or Parquet of a span of time, streamed as it is read, and how far it has come.

An export reads much of the disk, so that somebody has to sign in for it; how much one may ask for is bounded.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import FastAPI, Query
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from historian.export import ExportPlan, export, matching
from historian.queries import SAMPLES_FOLDER
from line.clock import NS_PER_MS, NS_PER_S
from line.documents import Text
from line.jsontools import objects
from server.auth import ApiError, SignedIn
from server.jsonio import ApiResponse
from server.ports import EnginePort
from server.texts import BUSY, HISTORY_FAILED, NO_LINE_YET, NOT_FOUND, WRONG_SPAN, text
from server.workers import HISTORY_ERRORS

_log = logging.getLogger("potok.server.export")

MAX_NS: Final = 2**63 - 1
MAX_TAGS: Final = 1000
AT_ONCE: Final = 2
"""Exports that may run at the same time."""
SPAN_MAX_NS: Final = 800 * 24 * 3600 * NS_PER_S
"""Twice what is kept by default."""
ROWS_MAX: Final = 20_000_000
"""Rows of an export at a period; as stored there are as many as there are."""
JOBS_KEPT: Final = 64

_TYPES: Final = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
_Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


def add_export_routes(app: FastAPI, engine: EnginePort, data: Path) -> None:
    """The export, and the share of one that is done, by the name that the client gave it as ``job``: to who asked for it."""
    free = threading.BoundedSemaphore(AT_ONCE)
    shares = _Shares()

    @app.get("/api/export/progress/{job}")
    async def progress(job: _Name, session: SignedIn) -> ApiResponse:
        share = shares.of((session.user.user, job))
        if share is None:
            raise ApiError(404, NOT_FOUND)
        return ApiResponse({"share": share})

    @app.get("/api/export")
    async def export_samples(
        session: SignedIn,
        from_ns: Annotated[int, Query(ge=0, le=MAX_NS)],
        to_ns: Annotated[int, Query(ge=0, le=MAX_NS)],
        tag: Annotated[list[_Name], Query(max_length=MAX_TAGS)] = [],  # noqa: B006 - FastAPI copies it
        glob: Annotated[list[_Name], Query(max_length=16)] = [],  # noqa: B006
        format: Literal["csv", "parquet"] = "csv",  # noqa: A002 - the name of the parameter
        period_ms: Annotated[int | None, Query(ge=1, le=86_400_000)] = None,
        language: Literal["ru", "en"] = "ru",
        job: Annotated[str, Query(max_length=64)] = "",
    ) -> StreamingResponse:
        plan = _plan(engine, tag, glob, (from_ns, to_ns), period_ms, language)
        if not free.acquire(blocking=False):
            raise ApiError(503, BUSY, headers={"Retry-After": "10"})
        parts = _Parts(export(data / SAMPLES_FOLDER, plan, format, shares.telling(session.user.user, job)), free)
        try:
            first = await run_in_threadpool(parts.first)  # what is wrong from the start is told in the answer's status
        except HISTORY_ERRORS as error:
            _log.exception("an export could not begin")
            raise ApiError(503, HISTORY_FAILED) from error
        name = f"{engine.line.line if engine.line is not None else 'line'}-{from_ns // 10**9}-{to_ns // 10**9}.{format}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_chain(first, parts), media_type=_TYPES[format], headers=headers)


class _Shares:
    """How far the newest exports have come, 0…1, by user and name; told by worker threads, read by the event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shares: dict[tuple[str, str], float] = {}

    def telling(self, user: str, job: str) -> Callable[[float], None]:
        """What an export calls; an export without a name tells nobody."""
        if not job:
            return lambda share: None
        self._tell((user, job), 0.0)
        return lambda share: self._tell((user, job), share)

    def _tell(self, job: tuple[str, str], share: float) -> None:
        with self._lock:
            self._shares[job] = min(1.0, share)
            while len(self._shares) > JOBS_KEPT:
                del self._shares[next(iter(self._shares))]

    def of(self, job: tuple[str, str]) -> float | None:
        with self._lock:
            return self._shares.get(job)


class _Parts:
    """The parts of an export; whatever ends it, the next one may run."""

    def __init__(self, parts: Iterator[bytes], free: threading.BoundedSemaphore) -> None:
        self._parts = parts
        self._free: threading.BoundedSemaphore | None = free

    def first(self) -> bytes:
        try:
            return next(self._parts)
        except BaseException:
            self.close()
            raise

    def rest(self) -> Iterator[bytes]:
        try:
            yield from self._parts
        except HISTORY_ERRORS:
            _log.exception("an export broke off")
            raise
        finally:
            self.close()

    def close(self) -> None:
        free, self._free = self._free, None
        if free is not None:
            free.release()

    def __del__(self) -> None:  # the client was gone before the first part was asked for
        self.close()


def _chain(first: bytes, parts: _Parts) -> Iterator[bytes]:
    yield first
    yield from parts.rest()


def _plan(
    engine: EnginePort, tags: list[str], globs: list[str], span: tuple[int, int], period_ms: int | None, language: str
) -> ExportPlan:
    if engine.line is None:
        raise ApiError(503, NO_LINE_YET)
    known = engine.line.tags
    names = list(dict.fromkeys([*tags, *matching(list(known), globs)]))
    reasons: list[Text] = [] if span[0] < span[1] else [WRONG_SPAN]
    reasons += [text(f"Нет тега {n}", f"There is no tag {n}") for n in names if n not in known]
    if not 0 < len(names) <= MAX_TAGS:
        reasons.append(text(f"Укажите от 1 до {MAX_TAGS} тегов", f"Name 1 to {MAX_TAGS} tags"))
    reasons += _too_much(span, period_ms)
    if reasons:
        raise ApiError(422, reasons[0], tuple(reasons))
    units = {str(t.get("name")): str(t.get("eu") or "") for t in objects(engine.line.description.get("tags"))}
    period_ns = None if period_ms is None else period_ms * NS_PER_MS
    return ExportPlan(names, *span, period_ns, language, {name: units[name] for name in names if units.get(name)})


def _too_much(span: tuple[int, int], period_ms: int | None) -> list[Text]:
    length_ns = max(0, span[1] - span[0])
    if length_ns > SPAN_MAX_NS:
        days = SPAN_MAX_NS // (24 * 3600 * NS_PER_S)
        return [text(f"Не больше {days} суток за один раз", f"At most {days} days at a time")]
    rows = 0 if period_ms is None else length_ns // (period_ms * NS_PER_MS)
    if rows > ROWS_MAX:
        return [
            text(
                f"Получится {rows} строк, можно не больше {ROWS_MAX}: увеличьте шаг или сократите время",
                f"This makes {rows} rows of {ROWS_MAX} at most: take a longer period or a shorter time",
            )
        ]
    return []
