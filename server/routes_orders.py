"""Production orders from a file of a planning system: judged row by row, handed to the engine as one command."""

from __future__ import annotations

import uuid
from typing import Annotated, cast
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Request
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool

from line.clock import Clock
from line.messages import Command, CommandKind, JsonObject
from server.auth import ApiError, require
from server.jsonio import ApiResponse
from server.order_csv import read_orders
from server.permissions import COMMAND_ROLES, check_command
from server.ports import EngineDownError, EnginePort
from server.recent import RecentCommands
from server.routes_records import zone_of
from server.texts import ENGINE_DOWN, ENGINE_LOST, NO_LINE_YET, REFUSED, text
from server.users import Session

_planner = require(COMMAND_ROLES[CommandKind.ORDER_IMPORT])
_Planner = Annotated[Session, Depends(_planner)]
_Station = Annotated[str, StringConstraints(max_length=128)]
REASONS_MAX = 50


def add_order_routes(app: FastAPI, engine: EnginePort, recent: RecentCommands, clock: Clock) -> None:
    """``POST /api/orders`` takes a CSV file; what became of it is asked for as of any command."""

    @app.post("/api/orders")
    async def import_orders(request: Request, session: _Planner, station: _Station = "") -> ApiResponse:
        content = await request.body()
        if not engine.up:
            raise ApiError(503, ENGINE_DOWN, (ENGINE_DOWN,))
        if engine.line is None:
            raise ApiError(503, NO_LINE_YET, (NO_LINE_YET,))
        rows, faults = await run_in_threadpool(read_orders, content, ZoneInfo(zone_of(engine)))
        args = cast(JsonObject, {"orders": rows})
        if rows and not faults:
            checked = check_command(CommandKind.ORDER_IMPORT, "", args, engine.line, engine.views)
            args, faults = checked.args, list(checked.reasons)
        if faults:
            more = len(faults) - REASONS_MAX
            told = faults[:REASONS_MAX] + ([text(f"и ещё {more}", f"and {more} more")] if more > 0 else [])
            raise ApiError(422, REFUSED, tuple(told))
        user = session.user
        command = Command(
            uuid.uuid4().hex, CommandKind.ORDER_IMPORT.value, "", args, user.user, user.role.word, station, clock.now_ns(), ""
        )
        recent.submitted(command.id)
        try:
            answer = await engine.submit(command)
        except EngineDownError as error:
            why = ENGINE_LOST if error.sent else ENGINE_DOWN
            raise ApiError(503, why, (why,), {"X-Command-Id": command.id} if error.sent else None) from error
        if not answer.ok:
            why = text("Движок линии не принял команду", f"The line engine did not take the command: {answer.message}")
            raise ApiError(503, why, (why,))
        return ApiResponse({"id": command.id, "status": "received", "rows": len(rows)}, 202)
