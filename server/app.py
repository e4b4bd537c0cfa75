"""The application: every part put together, and every failure answered as ``{"error": {"ru", "en"}}``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from line.clock import Clock
from line.documents import Text
from server.attachments import PHOTO_MAX_BYTES, Attachments
from server.auth import ApiError, verify_routes
from server.jsonio import ApiResponse
from server.live import LiveHub
from server.middleware import Guard
from server.ports import EnginePort, ForwarderStatus, HistorySource, OlderHistory, RecipeTools
from server.recent import RecentCommands
from server.recipe_desk import RecipeDesk
from server.routes_alarms import add_alarm_routes
from server.routes_attachments import add_attachment_routes
from server.routes_commands import add_command_routes
from server.routes_export import add_export_routes
from server.routes_line import add_line_routes
from server.routes_loading import add_loading_routes
from server.routes_lots import add_lot_routes
from server.routes_materials import add_material_routes
from server.routes_orders import add_order_routes
from server.routes_recipes import add_recipe_routes
from server.routes_records import add_record_routes
from server.routes_shift import add_shift_routes
from server.routes_users import add_user_routes
from server.settings import ServerSettings
from server.texts import BAD_REQUEST, INTERNAL, METHOD, NOT_FOUND, TOO_LARGE, text
from server.users import Users
from server.workers import Workers

_log = logging.getLogger("potok.server")

_STATUS_TEXTS = {404: NOT_FOUND, 405: METHOD, 413: TOO_LARGE}


def create_app(
    settings: ServerSettings,
    link: EnginePort,
    users: Users,
    history: HistorySource,
    forwarder_status: Callable[[], ForwarderStatus],
    clock: Clock,
    recipe_tools: RecipeTools | None = None,
    archive: OlderHistory | None = None,
) -> FastAPI:
    """The API over these parts. Its lifespan starts and stops ``link``. Raises RuntimeError for a route without a role."""
    workers = Workers(history)
    hub = LiveHub(
        link, workers.events_after, forwarder_status, clock, period_ms=settings.live_period_ms,
        max_queued_events=settings.max_queued_events, max_clients=settings.max_live_clients,
    )  # fmt: skip
    attachments = Attachments(settings.data_dir / "attachments")
    recent = RecentCommands()
    link.listen(recent)
    desk = RecipeDesk(link, workers, recipe_tools, clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        await link.start()
        try:
            yield
        finally:
            await desk.close()
            await link.stop()
            await asyncio.to_thread(workers.close)

    app = FastAPI(
        title="Potok", lifespan=lifespan, redoc_url=None, swagger_ui_oauth2_redirect_url=None,
        docs_url="/api/docs" if settings.docs else None, openapi_url="/api/openapi.json" if settings.docs else None,
    )  # fmt: skip
    app.state.users = users
    app.add_middleware(
        Guard,
        max_body_bytes=settings.max_body_bytes,
        allowed_hosts=settings.allowed_hosts,
        docs=settings.docs,
        larger={"/api/attachments": PHOTO_MAX_BYTES},
    )
    _add_error_answers(app)
    add_user_routes(app, users, workers)
    add_line_routes(app, link, workers, hub, forwarder_status, clock, archive)
    add_alarm_routes(app, link, workers, clock)
    add_record_routes(app, link, users, workers)
    add_shift_routes(app, link, users, workers)
    add_attachment_routes(app, attachments)
    add_export_routes(app, link, settings.data_dir)
    add_lot_routes(app, link, users, workers, clock)
    add_loading_routes(app, link)
    add_material_routes(app, link, workers, clock)
    add_recipe_routes(app, desk)
    add_order_routes(app, link, recent, clock)
    add_command_routes(app, link, users, workers, recent, clock, desk, attachments)
    verify_routes(app)
    return app


def _answer(status: int, why: Text, reasons: tuple[Text, ...] = (), headers: dict[str, str] | None = None) -> ApiResponse:
    body: dict[str, object] = {"error": why.to_json()}
    if reasons:
        body["reasons"] = [r.to_json() for r in reasons]
    return ApiResponse(body, status, headers)


def _add_error_answers(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    async def api_error(request: Request, error: ApiError) -> ApiResponse:
        return _answer(error.status, error.text, error.reasons, error.headers)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> ApiResponse:
        return _answer(error.status_code, _STATUS_TEXTS.get(error.status_code, BAD_REQUEST), (), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> ApiResponse:
        places = dict.fromkeys(".".join(str(p)[:80] for p in e["loc"]) for e in error.errors())
        return _answer(422, BAD_REQUEST, tuple(text(f"Неверно: {p}", f"Invalid: {p}") for p in list(places)[:20]))

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> ApiResponse:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return _answer(500, INTERNAL)
