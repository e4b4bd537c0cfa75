"""The report of a shift as JSON, as blocks of its pages and as PDF; its log alone. All read the journal in worker threads."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import StringConstraints
from starlette.responses import Response

from historian.database import encode_json
from historian.record import canonical
from historian.record_printable import printable
from historian.shift_report_document import shift_pages
from historian.shift_report_pdf import render_shift_apart
from line.jsontools import objects
from line.messages import JsonObject
from server.auth import VIEWING, ApiError
from server.jsonio import ApiResponse
from server.ports import EnginePort
from server.routes_records import named, zone_of
from server.texts import NOT_FOUND
from server.users import Users
from server.workers import Workers

_Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


def add_shift_routes(app: FastAPI, engine: EnginePort, users: Users, workers: Workers) -> None:
    """Routes that need no login, as everything that is only looked at."""

    @app.get("/api/shifts/{shift_id}/log", dependencies=VIEWING)
    async def log(shift_id: _Name) -> ApiResponse:
        found = await workers.history(lambda h: h.shift_log(shift_id))
        if found is None:
            raise ApiError(404, NOT_FOUND)
        return ApiResponse(found)

    @app.get("/api/shifts/{shift_id}/document", dependencies=VIEWING)
    async def document(shift_id: _Name) -> Response:
        found = await _report(workers, shift_id)
        content = await workers.render(lambda: canonical(found))
        return Response(content, media_type="application/json", headers=named(f"shift-{shift_id}", "json", "inline"))

    @app.get("/api/shifts/{shift_id}/pages", dependencies=VIEWING)
    async def pages(shift_id: _Name, language: Literal["ru", "en"] = "ru") -> Response:
        found, zone = await _report(workers, shift_id), zone_of(engine)
        names = _names(engine, users)
        content = await workers.render(
            lambda: encode_json(printable(shift_pages(found, language, zone, f"shift-{shift_id}.json", **names))).encode()
        )
        return Response(content, media_type="application/json")

    @app.get("/api/shifts/{shift_id}/document.pdf", dependencies=VIEWING)
    async def pdf(shift_id: _Name, language: Literal["ru", "en"] = "ru") -> Response:
        found, zone = await _report(workers, shift_id), zone_of(engine)
        names = _names(engine, users)
        content = await workers.render(lambda: render_shift_apart(found, language, zone, names))
        return Response(content, media_type="application/pdf", headers=named(f"shift-{shift_id}", "pdf", "attachment"))


def _names(engine: EnginePort, users: Users) -> dict[str, dict[str, str]]:
    """Who is meant by a login, and how units are called."""
    described = objects(engine.line.description.get("units")) if engine.line is not None else []
    return {
        "people": {u.user: u.name for u in users.list()},
        "units": {str(u.get("id")): str(u.get("label") or u.get("id")) for u in described},
    }


async def _report(workers: Workers, shift_id: str) -> JsonObject:
    found = await workers.history(lambda h: h.shift_document(shift_id))
    if found is None:
        raise ApiError(404, NOT_FOUND)
    return found
