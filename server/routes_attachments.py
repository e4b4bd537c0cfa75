"""Photos for the shift log: uploaded by who may write in it, looked at by who is signed in."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from pydantic import StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from line.messages import JsonObject
from server.attachments import Attachments, NoPhotoError, NoRoomError
from server.auth import ApiError, SignedIn, require
from server.jsonio import ApiResponse
from server.permissions import Role
from server.texts import NO_ROOM, NOT_FOUND, NOT_STORED, no_photo, unknown_photo
from server.users import Session

_log = logging.getLogger("potok.server.attachments")
_operator = require(Role.OPERATOR)
_Operator = Annotated[Session, Depends(_operator)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


def add_attachment_routes(app: FastAPI, attachments: Attachments) -> None:
    """``POST /api/attachments`` takes the bytes of one picture; the answer is its hash."""

    @app.post("/api/attachments")
    async def upload(request: Request, session: _Operator) -> ApiResponse:
        content = await request.body()
        try:
            name = await run_in_threadpool(_stored, attachments, content)
        except NoPhotoError as error:
            why = no_photo(str(error))
            raise ApiError(422, why, (why,)) from error
        _log.info("photo %s of %d bytes from %s", name[:12], len(content), session.user.user)
        return ApiResponse({"photo": name}, 201)

    @app.get("/api/attachments/{photo}")
    async def photo(photo: _Name, session: SignedIn) -> Response:
        found = attachments.find(photo)
        if found is None:
            raise ApiError(404, NOT_FOUND)
        content = await run_in_threadpool(found.path.read_bytes)
        ending = found.path.suffix
        return Response(
            content, media_type=found.media_type, headers={"content-disposition": f'inline; filename="{photo[:16]}{ending}"'}
        )


def _stored(attachments: Attachments, content: bytes) -> str:
    try:
        return attachments.store(content)
    except NoPhotoError:
        raise
    except NoRoomError as error:
        _log.warning("no room for a photo: %s", error)
        raise ApiError(507, NO_ROOM) from error
    except OSError as error:
        _log.exception("a photo could not be stored")
        raise ApiError(507, NOT_STORED) from error


def check_photo(attachments: Attachments, args: JsonObject) -> None:
    """Raises ApiError 422 when ``args`` name a photo that was never uploaded: an event keeps no hash of nothing."""
    photo = args.get("photo")
    if isinstance(photo, str) and attachments.find(photo) is None:
        why = unknown_photo(photo[:12])
        raise ApiError(422, why, (why,))
