"""The journal of alarms, searched and as CSV, and figures of the alarm system over any span."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Final, Literal

from fastapi import Depends, FastAPI, Query
from pydantic import StringConstraints
from starlette.responses import StreamingResponse

from historian.alarm_csv import csv_header, csv_lines
from historian.alarm_journal import ALARM_KINDS, PAGE_MAX, AlarmFilter, AlarmPage
from line.clock import NS_PER_S, Clock
from line.documents import Text
from server.auth import VIEWING, ApiError
from server.figures import TooMuchError, journal_figures
from server.jsonio import ApiResponse, event_json
from server.ports import EnginePort
from server.texts import TOO_MUCH, WRONG_SPAN
from server.texts import text as texts
from server.workers import Workers

MAX_NS: Final = 2**63 - 1
_DAY_NS: Final = 86_400 * NS_PER_S

_Seq = Annotated[int, Query(ge=0, le=MAX_NS)]
_Name = Annotated[str, StringConstraints(max_length=128)]
_Priority = Annotated[int, Query(ge=1, le=4)]


def _wanted(
    text: Annotated[str, StringConstraints(max_length=200)] = "",
    unit: _Name = "",
    priority: Annotated[list[_Priority], Query(max_length=4)] = [],  # noqa: B006 - FastAPI copies it
    alarm: _Name = "",
    from_ns: _Seq = 0,
    to_ns: _Seq = MAX_NS,
    kind: Annotated[list[_Name], Query(max_length=10)] = [],  # noqa: B006
) -> AlarmFilter:
    """The search as the query names it; ``priority`` and ``kind`` may come several times. Raises ApiError 422."""
    strange = [k for k in kind if k not in ALARM_KINDS]
    if strange:
        raise ApiError(422, _no_kind(strange[0]), tuple(_no_kind(k) for k in strange))
    if from_ns >= to_ns:
        raise ApiError(422, WRONG_SPAN, (WRONG_SPAN,))
    return AlarmFilter(text, unit, frozenset(priority), alarm, from_ns, to_ns, tuple(kind) or ALARM_KINDS)


_Wanted = Annotated[AlarmFilter, Depends(_wanted)]


def add_alarm_routes(app: FastAPI, engine: EnginePort, workers: Workers, clock: Clock) -> None:
    """Routes that need no login, as everything that is only looked at."""

    @app.get("/api/alarm_journal", dependencies=VIEWING)
    async def journal(wanted: _Wanted, before: _Seq = 0, limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100) -> ApiResponse:
        page = await _page(workers, wanted, before, limit)
        return ApiResponse({"rows": [event_json(e) for e in page.events], "first": page.first, "more": page.more})

    @app.get("/api/alarm_journal.csv", dependencies=VIEWING)
    async def export(wanted: _Wanted, language: Literal["ru", "en"] = "ru") -> StreamingResponse:
        first = await _page(workers, wanted, 0, PAGE_MAX)  # a journal that cannot be read is told before anything is sent
        headers = {"content-disposition": 'attachment; filename="alarm-journal.csv"'}
        return StreamingResponse(_csv(workers, wanted, language, first), media_type="text/csv; charset=utf-8", headers=headers)

    @app.get("/api/alarm_kpi", dependencies=VIEWING)
    async def figures(from_ns: _Seq | None = None, to_ns: _Seq | None = None) -> ApiResponse:
        now_ns = clock.now_ns()
        end_ns = now_ns if to_ns is None else to_ns
        start_ns = max(0, end_ns - _DAY_NS) if from_ns is None else from_ns
        if start_ns >= end_ns:
            raise ApiError(422, WRONG_SPAN, (WRONG_SPAN,))
        flood_start, flood_end = (10, 5) if engine.line is None else (engine.line.flood_start, engine.line.flood_end)
        try:
            found = await workers.history(lambda h: journal_figures(h, start_ns, end_ns, flood_start, flood_end, now_ns))
        except TooMuchError as error:
            raise ApiError(422, TOO_MUCH, (TOO_MUCH,)) from error
        return ApiResponse(found)


async def _page(workers: Workers, wanted: AlarmFilter, before: int, limit: int) -> AlarmPage:
    return await workers.history(lambda h: h.alarm_page(wanted, before, limit))


async def _csv(workers: Workers, wanted: AlarmFilter, language: str, page: AlarmPage) -> AsyncGenerator[bytes]:
    """Page by page, so that a journal of any size needs the memory of one; whoever stops to read stops it."""
    yield csv_header(language).encode("utf-8")
    while True:
        if page.events:
            yield csv_lines(page.events, language).encode("utf-8", "replace")
        if not page.more:
            return
        page = await _page(workers, wanted, page.first, PAGE_MAX)


def _no_kind(kind: str) -> Text:
    known = ", ".join(ALARM_KINDS)
    return texts(f"Нет вида записей {kind}; есть {known}", f"There is no kind of record {kind}; there are {known}")
