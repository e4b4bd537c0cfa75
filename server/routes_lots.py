"""Lots: one with its history, traces, its minutes, and recalls. All read the journal in worker threads; answers are bounded.

Looking at a lot needs no login, as everything that is only looked at; a recall names suppliers and all goods of a span, so that
somebody has to sign in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal

from fastapi import Depends, FastAPI, Query
from pydantic import StringConstraints
from starlette.responses import Response

from historian.database import encode_json
from historian.minutes_document import KEPT_POINTS, minutes_pages
from historian.recall import MAX_NS, Asked, Recall
from historian.recall_csv import recall_csv
from historian.recall_document import recall_document
from historian.record_printable import printable
from historian.report_pdf import render_report_apart
from line.clock import Clock
from line.messages import JsonObject
from server.auth import VIEWING, ApiError, SignedIn
from server.jsonio import ApiResponse
from server.ports import EnginePort
from server.routes_records import zone_of
from server.texts import NOT_FOUND, text
from server.users import Users
from server.workers import Workers

TRACE_MAX: Final = 5_000
"""Lots in one answer; what is beyond is cut, and the answer says so. A recall has no such bound but the journal's own."""
PAGE_MAX: Final = 500
POINTS_MAX: Final = 500
_ONE: Final = text("Укажите одно: lot, sscc, batch или supplier", "Name one of lot, sscc, batch and supplier")
Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
_Asked = Annotated[str, Query(max_length=128)]
_Moment = Annotated[int, Query(ge=0, le=MAX_NS)]


def _asked(
    lot: _Asked = "", sscc: _Asked = "", batch: _Asked = "", supplier: _Asked = "", from_ns: _Moment = 0, to_ns: _Moment = MAX_NS
) -> Asked:
    try:
        return Asked(lot, sscc, batch, supplier, from_ns, to_ns)
    except ValueError as error:
        raise ApiError(422, _ONE) from error


_Recall = Annotated[Asked, Depends(_asked)]


def add_lot_routes(app: FastAPI, engine: EnginePort, users: Users, workers: Workers, clock: Clock) -> None:
    """Routes of lots and recalls."""

    @app.get("/api/lots", dependencies=VIEWING)
    async def lots(after: _Asked = "", limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100) -> ApiResponse:
        return ApiResponse(await workers.history(lambda h: h.lots.page(after, limit)))

    @app.get("/api/lots/{lot}", dependencies=VIEWING)
    async def lot(lot: Name) -> ApiResponse:
        return ApiResponse(_found(await workers.history(lambda h: h.lots.lot(lot))))

    @app.get("/api/lots/{lot}/trace", dependencies=VIEWING)
    async def trace(
        lot: Name, direction: Literal["back", "forward"] = "back", limit: Annotated[int, Query(ge=1, le=TRACE_MAX)] = 1000
    ) -> ApiResponse:
        return ApiResponse(_found(await workers.history(lambda h: h.lots.trace(lot, direction, limit))))

    @app.get("/api/lots/{lot}/minutes", dependencies=VIEWING)
    async def minutes(lot: Name, points: Annotated[int, Query(ge=0, le=POINTS_MAX)] = 0) -> ApiResponse:
        return ApiResponse(_found(await workers.history(lambda h: h.lots.minutes(lot, points))))

    @app.get("/api/lots/{lot}/minutes/pages", dependencies=VIEWING)
    async def minutes_page(lot: Name, language: Literal["ru", "en"] = "ru") -> Response:
        found = _found(await workers.history(lambda h: h.lots.minutes(lot, KEPT_POINTS)))
        description = engine.line.description if engine.line is not None else {}
        zone, people = zone_of(engine), {u.user: u.name for u in users.list()}
        content = await workers.render(
            lambda: encode_json(printable(minutes_pages(found, description, people, language, zone))).encode()
        )
        return Response(content, media_type="application/json")

    @app.get("/api/recall")
    async def recall(asked: _Recall, session: SignedIn) -> Response:
        found = await _recalled(workers, asked, clock)
        content = await workers.render(lambda: encode_json(found.report).encode())
        return Response(content, media_type="application/json")

    @app.get("/api/recall/pages")
    async def recall_pages(asked: _Recall, session: SignedIn, language: Literal["ru", "en"] = "ru") -> Response:
        found, zone = await _recalled(workers, asked, clock), zone_of(engine)
        content = await workers.render(lambda: encode_json(printable(recall_document(found.report, language, zone))).encode())
        return Response(content, media_type="application/json")

    @app.get("/api/recall.csv")
    async def recall_sheet(asked: _Recall, session: SignedIn, language: Literal["ru", "en"] = "ru") -> Response:
        found = await _recalled(workers, asked, clock)
        content = await workers.render(lambda: recall_csv(found, language).encode())
        return Response(content, media_type="text/csv; charset=utf-8", headers=_attached("csv"))

    @app.get("/api/recall.pdf")
    async def recall_pdf(asked: _Recall, session: SignedIn, language: Literal["ru", "en"] = "ru") -> Response:
        found, zone = await _recalled(workers, asked, clock), zone_of(engine)
        content = await workers.render(_set(found, language, zone, clock.now_ns()))
        return Response(content, media_type="application/pdf", headers=_attached("pdf"))


def _set(found: Recall, language: str, zone: str, now_ns: int) -> Callable[[], bytes]:
    return lambda: render_report_apart(recall_document(found.report, language, zone), found.report, "recall.json", now_ns)


def _found(answer: JsonObject | None) -> JsonObject:
    if answer is None:
        raise ApiError(404, NOT_FOUND)
    return answer


async def _recalled(workers: Workers, asked: Asked, clock: Clock) -> Recall:
    found = await workers.history(lambda h: h.lots.recall(asked, clock.now_ns()))
    if found is None:
        raise ApiError(404, NOT_FOUND)
    return found


def _attached(ending: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="recall.{ending}"'}
