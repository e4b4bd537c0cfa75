"""Samples as a file: CSV or Parquet of a span of time, streamed as it is read."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import FastAPI, Query
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from historian.export import ExportPlan, export, matching
from historian.queries import SAMPLES_FOLDER
from line.clock import NS_PER_MS
from line.documents import Text
from line.jsontools import objects
from server.auth import VIEWING, ApiError
from server.ports import EnginePort
from server.texts import BUSY, HISTORY_FAILED, NO_LINE_YET, WRONG_SPAN, text
from server.workers import HISTORY_ERRORS

_log = logging.getLogger("potok.server.export")

MAX_NS: Final = 2**63 - 1
MAX_TAGS: Final = 1000
AT_ONCE: Final = 2
"""Exports that may run at the same time."""

_TYPES: Final = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
_Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


def add_export_routes(app: FastAPI, engine: EnginePort, data: Path) -> None:
    """The route, which needs no login, as everything that is only looked at."""
    free = threading.BoundedSemaphore(AT_ONCE)

    @app.get("/api/export", dependencies=VIEWING)
    async def export_samples(
        from_ns: Annotated[int, Query(ge=0, le=MAX_NS)],
        to_ns: Annotated[int, Query(ge=0, le=MAX_NS)],
        tag: Annotated[list[_Name], Query(max_length=MAX_TAGS)] = [],  # noqa: B006 - FastAPI copies it
        glob: Annotated[list[_Name], Query(max_length=16)] = [],  # noqa: B006
        format: Literal["csv", "parquet"] = "csv",  # noqa: A002 - the name of the parameter
        period_ms: Annotated[int | None, Query(ge=1, le=86_400_000)] = None,
        language: Literal["ru", "en"] = "ru",
    ) -> StreamingResponse:
        plan = _plan(engine, tag, glob, (from_ns, to_ns), period_ms, language)
        if not free.acquire(blocking=False):
            raise ApiError(503, BUSY, headers={"Retry-After": "10"})
        parts = _Parts(export(data / SAMPLES_FOLDER, plan, format), free)
        try:
            first = await run_in_threadpool(parts.first)  # what is wrong from the start is told in the answer's status
        except HISTORY_ERRORS as error:
            _log.exception("an export could not begin")
            raise ApiError(503, HISTORY_FAILED) from error
        name = f"{engine.line.line if engine.line is not None else 'line'}-{from_ns // 10**9}-{to_ns // 10**9}.{format}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_chain(first, parts), media_type=_TYPES[format], headers=headers)


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
    if reasons:
        raise ApiError(422, reasons[0], tuple(reasons))
    units = {str(t.get("name")): str(t.get("eu") or "") for t in objects(engine.line.description.get("tags"))}
    period_ns = None if period_ms is None else period_ms * NS_PER_MS
    return ExportPlan(names, *span, period_ns, language, {name: units[name] for name in names if units.get(name)})
