"""What anybody may look at: the line, its values, views, events, history, shifts, and the live feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import FastAPI, Query, WebSocket
from pydantic import StringConstraints

from line.clock import NS_PER_S, Clock
from line.documents import Text
from line.messages import Json, JsonObject
from line.wire import Image
from server.auth import VIEWING, ApiError
from server.jsonio import ApiResponse, event_json
from server.line_index import LineIndex
from server.live import LiveHub, image_tags
from server.ports import EnginePort, ForwarderStatus, Older, OlderHistory
from server.texts import NO_LINE_YET, NOT_FOUND, WRONG_SPAN, text
from server.workers import Workers

MAX_EVENTS = 5000
MAX_TAGS = 32
MAX_POINTS = 10_000
MAX_NS = 2**63 - 1
_DEFAULT_SPAN_NS = 3600 * NS_PER_S

Seq = Annotated[int, Query(ge=0, le=MAX_NS)]
Time = Annotated[int | None, Query(ge=0, le=MAX_NS)]
Name = Annotated[str, StringConstraints(max_length=128)]


def add_line_routes(
    app: FastAPI,
    engine: EnginePort,
    workers: Workers,
    hub: LiveHub,
    forwarder_status: Callable[[], ForwarderStatus],
    clock: Clock,
    archive: OlderHistory | None = None,
) -> None:
    """Routes that need no login."""
    _add_present(app, engine, hub, forwarder_status)
    _add_past(app, engine, workers, clock, archive)

    @app.websocket("/api/live", dependencies=VIEWING)
    async def live(socket: WebSocket, after: Annotated[int | None, Query(ge=0, le=MAX_NS)] = None) -> None:
        await hub.serve(socket, after)


def _line(engine: EnginePort) -> LineIndex:
    if engine.line is None:
        raise ApiError(503, NO_LINE_YET)
    return engine.line


def _image(engine: EnginePort) -> Image:
    if engine.image is None:
        raise ApiError(503, NO_LINE_YET)
    return engine.image


def _add_present(app: FastAPI, engine: EnginePort, hub: LiveHub, forwarder_status: Callable[[], ForwarderStatus]) -> None:
    @app.get("/api/line", dependencies=VIEWING)
    async def line() -> ApiResponse:
        return ApiResponse(_line(engine).description)

    @app.get("/api/image", dependencies=VIEWING)
    async def image() -> ApiResponse:
        index, latest = _line(engine), _image(engine)
        state = "up" if engine.up else "down"
        tags = image_tags(latest, index)
        return ApiResponse({"scan": latest.scan, "time_ns": latest.now_ns, "engine": state, "tags": tags})

    @app.get("/api/views", dependencies=VIEWING)
    async def views() -> ApiResponse:
        return ApiResponse(dict(engine.views))

    @app.get("/api/views/{name}", dependencies=VIEWING)
    async def view(name: Name) -> ApiResponse:
        data = engine.views.get(name)
        if data is None:
            raise ApiError(404, NOT_FOUND)
        return ApiResponse(data)

    @app.get("/api/health", dependencies=VIEWING)
    async def health() -> ApiResponse:
        status = forwarder_status()
        journal_ok = engine.views.get("engine", {}).get("journal_ok") if engine.up else None
        return ApiResponse(
            {
                "engine": "up" if engine.up else "down",
                "line": engine.line.line if engine.line is not None else None,
                "scan": engine.image.scan if engine.image is not None else None,
                "journal": {True: "ok", False: "failing"}.get(journal_ok, "unknown")
                if isinstance(journal_ok, bool)
                else "unknown",
                "forwarder": {"state": status.state, "backlog": status.backlog, "sinks": list(status.sinks)},
                "last_seq": engine.last_seq,
                "live_clients": hub.client_count,
            }
        )


def _add_past(app: FastAPI, engine: EnginePort, workers: Workers, clock: Clock, archive: OlderHistory | None) -> None:
    @app.get("/api/events", dependencies=VIEWING)
    async def events(after: Seq = 0, limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 500, kind: Name = "") -> ApiResponse:
        last = await workers.history(lambda h: h.last_seq())
        found = await workers.history(lambda h: h.events_after(after, limit, kind or None))
        return ApiResponse({"events": [event_json(e) for e in found], "last": last})

    @app.get("/api/history", dependencies=VIEWING)
    async def history(
        tag: Annotated[list[Name], Query(min_length=1, max_length=MAX_TAGS)],
        from_ns: Time = None,
        to_ns: Time = None,
        points: Annotated[int, Query(ge=2, le=MAX_POINTS)] = 1000,
    ) -> ApiResponse:
        end_ns = clock.now_ns() if to_ns is None else to_ns
        start_ns = max(0, end_ns - _DEFAULT_SPAN_NS) if from_ns is None else from_ns
        names = list(dict.fromkeys(tag))
        reasons = _history_reasons(names, start_ns, end_ns, engine.line)
        if reasons:
            raise ApiError(422, reasons[0], reasons)
        older = await archive.before_files(names, start_ns, end_ns, points) if archive is not None else None
        local_ns = start_ns if older is None else min(end_ns, older.until_ns)
        left = points if older is None else max(2, points * (end_ns - local_ns) // (end_ns - start_ns))
        found = await workers.history(lambda h: h.history(names, local_ns, end_ns, left))
        local = {name: trend.to_json() for name, trend in found.items()}
        return ApiResponse(local if older is None else {name: _joined(older, name, trend) for name, trend in local.items()})

    @app.get("/api/shifts", dependencies=VIEWING)
    async def shifts() -> ApiResponse:
        return ApiResponse({"shifts": list(await workers.history(lambda h: h.shifts()))})

    @app.get("/api/shifts/{shift_id}", dependencies=VIEWING)
    async def shift(shift_id: Name) -> ApiResponse:
        report = await workers.history(lambda h: h.shift_report(shift_id))
        if report is None:
            raise ApiError(404, NOT_FOUND)
        return ApiResponse(report)

    @app.get("/api/batches", dependencies=VIEWING)
    async def batches() -> ApiResponse:
        return ApiResponse({"batches": list(await workers.history(lambda h: h.batches()))})

    @app.get("/api/batches/{batch_id}", dependencies=VIEWING)
    async def batch(batch_id: Name) -> ApiResponse:
        record = await workers.history(lambda h: h.batch_record(batch_id))
        if record is None:
            raise ApiError(404, NOT_FOUND)
        return ApiResponse(record)


def _joined(older: Older, name: str, local: JsonObject) -> JsonObject:
    """A trend whose beginning comes from the archive; ``source`` says so."""
    before = older.trends.get(name)
    if before is None:
        return {**local, "source": older.source}
    old = before.to_json()
    return {**{key: [*_elements(old[key]), *_elements(local[key])] for key in ("t", "v", "q")}, "source": older.source}


def _elements(value: Json) -> Sequence[Json]:
    """The elements of a list."""
    return value if isinstance(value, Sequence) else ()


def _history_reasons(names: list[str], from_ns: int, to_ns: int, line: LineIndex | None) -> tuple[Text, ...]:
    reasons: list[Text] = []
    if from_ns >= to_ns:
        reasons.append(WRONG_SPAN)
    if line is not None:
        reasons += [text(f"Нет тега {n}", f"There is no tag {n}") for n in names if n not in line.tags]
    return tuple(reasons)
