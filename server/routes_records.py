"""The record of a batch as JSON and PDF, and why something is as it is. Both read the journal in worker threads."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import FastAPI, Query
from pydantic import StringConstraints
from starlette.responses import Response

from historian.record import canonical
from historian.record_pdf import render_apart
from historian.why_names import Names, names_of_line
from line.messages import JsonObject
from server.auth import VIEWING, ApiError
from server.jsonio import ApiResponse
from server.ports import EnginePort
from server.texts import NOT_FOUND
from server.users import Users
from server.workers import Workers

MAX_NS: Final = 2**63 - 1
_Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
_Moment = Annotated[int | None, Query(ge=0, le=MAX_NS)]


def add_record_routes(app: FastAPI, engine: EnginePort, users: Users, workers: Workers) -> None:
    """Routes that need no login, as everything that is only looked at."""

    @app.get("/api/batches/{batch_id}/record", dependencies=VIEWING)
    async def record(batch_id: _Name) -> Response:
        found = await _record(workers, batch_id)
        content = await workers.render(lambda: canonical(found))
        return Response(content, media_type="application/json", headers=named(batch_id, "json", "inline"))

    @app.get("/api/batches/{batch_id}/record.pdf", dependencies=VIEWING)
    async def pdf(batch_id: _Name, language: Literal["ru", "en"] = "ru") -> Response:
        found, zone = await _record(workers, batch_id), zone_of(engine)
        content = await workers.render(lambda: render_apart(found, language, zone))
        return Response(content, media_type="application/pdf", headers=named(batch_id, "pdf", "attachment"))

    @app.get("/api/why", dependencies=VIEWING)
    async def why(target: _Name, at_ns: _Moment = None) -> ApiResponse:
        description = engine.line.description if engine.line is not None else {}
        found = await workers.history(lambda h: h.why(target, at_ns, _names(description, users, zone_of(engine))))
        return ApiResponse(found)


async def _record(workers: Workers, batch_id: str) -> JsonObject:
    found = await workers.history(lambda h: h.batch_report(batch_id))
    if found is None:
        raise ApiError(404, NOT_FOUND)
    return found


def named(batch_id: str, ending: str, disposition: str) -> dict[str, str]:
    """The header that names the file of a document."""
    safe = "".join(c for c in batch_id if c.isascii() and (c.isalnum() or c in "-_"))
    return {"content-disposition": f'{disposition}; filename="{safe or "batch"}.{ending}"'}


def zone_of(engine: EnginePort) -> str:
    """The time zone of the line, UTC while it is not known."""
    description = engine.line.description if engine.line is not None else {}
    name = str(description.get("time_zone") or "UTC")
    return name if _known(name) is not None else "UTC"


def _known(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _names(description: JsonObject, users: Users, zone: str) -> Names:
    people = {u.user: u.name for u in users.list()}
    return names_of_line(description, people, zone=_known(zone) or UTC)
