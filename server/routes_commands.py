"""Commands: who asks, may they, does it make sense, and then the engine."""

from __future__ import annotations

import logging
import uuid
from typing import Annotated, cast

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.concurrency import run_in_threadpool

from line.clock import Clock
from line.messages import Command, CommandKind, JsonObject
from server.attachments import Attachments
from server.auth import VIEWING, ApiError, SignedIn
from server.jsonio import ApiResponse
from server.permissions import Checked, Role, check_command, required_role, role_for
from server.ports import EngineDownError, EnginePort
from server.recent import RecentCommands, command_json
from server.recipe_desk import RecipeDesk
from server.routes_attachments import check_photo
from server.signatures import Signatures, SignBody, Signing
from server.texts import ENGINE_DOWN, ENGINE_LOST, NO_LINE_YET, NOT_FOUND, REFUSED, UNKNOWN_COMMAND, role_needed, text
from server.users import Session, Users
from server.workers import Workers

_log = logging.getLogger("potok.server.commands")


class CommandBody(BaseModel):
    """``POST /api/commands``; ``args`` are judged by kind in :mod:`server.permissions`."""

    model_config = ConfigDict(extra="forbid", strict=True)
    kind: Annotated[str, StringConstraints(max_length=64)]
    target: Annotated[str, StringConstraints(max_length=128)] = ""
    args: dict[str, object] = {}
    reason: Annotated[str, StringConstraints(max_length=1000)] = ""
    station: Annotated[str, StringConstraints(max_length=128)] = ""
    sign: SignBody | None = None


def add_command_routes(
    app: FastAPI,
    engine: EnginePort,
    users: Users,
    workers: Workers,
    recent: RecentCommands,
    clock: Clock,
    recipes: RecipeDesk,
    attachments: Attachments,
) -> None:
    """Ask for a command, and ask what became of it."""
    signatures = Signatures(users, workers, engine, clock)

    @app.post("/api/commands")
    async def submit(body: CommandBody, session: SignedIn) -> ApiResponse:
        kind = await _authorised(body, session, users)
        checked = _checked(body, kind, engine)
        await _may(role_for(kind, body.target, checked.args, engine.views), body, session, users)
        if kind is CommandKind.RECIPE_SAVE:
            await recipes.text_matches(checked.args)
        check_photo(attachments, checked.args)
        args = await signatures.signed(Signing(kind, body.target, checked.args, session, body.station), body.sign)
        user = session.user
        command = Command(
            uuid.uuid4().hex, kind.value, body.target, args, user.user, user.role.word, body.station, clock.now_ns(),
            body.reason,
        )  # fmt: skip
        return await _submitted(command, engine, recent)

    @app.get("/api/commands/{command_id}", dependencies=VIEWING)
    async def command(command_id: Annotated[str, StringConstraints(max_length=64)]) -> ApiResponse:
        stored = await workers.history(lambda h: h.command_events(command_id))
        events = recent.merged(command_id, stored)
        if not events and not recent.known(command_id):
            raise ApiError(404, NOT_FOUND)
        return ApiResponse(command_json(command_id, events))


async def _authorised(body: CommandBody, session: Session, users: Users) -> CommandKind:
    """The kind, when it exists and the user's role is enough. Raises ApiError."""
    needed = required_role(body.kind)
    if needed is None:
        raise ApiError(422, UNKNOWN_COMMAND, (UNKNOWN_COMMAND,))
    await _may(needed, body, session, users)
    return CommandKind(body.kind)


async def _may(needed: Role, body: CommandBody, session: Session, users: Users) -> None:
    """Raises ApiError 403 for a role below ``needed``; the refusal is audited."""
    if session.user.role < needed:
        why = role_needed(needed.text.ru, needed.text.en)
        user = session.user.user
        await run_in_threadpool(users.record, "denied", user, by=user, detail=f"{body.kind} {body.target}")
        raise ApiError(403, why, (why,))


def _checked(body: CommandBody, kind: CommandKind, engine: EnginePort) -> Checked:
    if not engine.up:
        raise ApiError(503, ENGINE_DOWN, (ENGINE_DOWN,))
    if engine.line is None:
        raise ApiError(503, NO_LINE_YET, (NO_LINE_YET,))
    args = cast(JsonObject, body.args)
    checked = check_command(kind, body.target, args, engine.line, engine.views, body.reason)
    if not checked.ok:
        raise ApiError(422, REFUSED, checked.reasons)
    return checked


async def _submitted(command: Command, engine: EnginePort, recent: RecentCommands) -> ApiResponse:
    recent.submitted(command.id)
    try:
        answer = await engine.submit(command)
    except EngineDownError as error:
        why = ENGINE_LOST if error.sent else ENGINE_DOWN
        raise ApiError(503, why, (why,), {"X-Command-Id": command.id} if error.sent else None) from error
    if not answer.ok:
        _log.warning("the engine did not take command %s: %s", command.id, answer.message)
        why = text("Движок линии не принял команду", f"The line engine did not take the command: {answer.message}")
        raise ApiError(503, why, (why,))
    return ApiResponse({"id": command.id, "status": "received"}, 202)
