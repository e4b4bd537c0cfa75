"""Who is asking: every route declares by a dependency what it needs, and a route that declares nothing does not start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from line.documents import Text
from server.permissions import Role
from server.texts import CHANGE_PASSWORD, SIGN_IN, role_needed
from server.users import Session, Users


class ApiError(Exception):
    """An answer that is not the one asked for: HTTP status, text for people, and the reasons one by one."""

    def __init__(self, status: int, why: Text, reasons: tuple[Text, ...] = (), headers: dict[str, str] | None = None) -> None:
        super().__init__(why.en)
        self.status = status
        self.text = why
        self.reasons = reasons
        self.headers = headers or {}


SessionDependency = Callable[[Request], Awaitable[Session]]

_DECLARED: Final[dict[object, str]] = {}
"""Dependency → what it demands; :func:`verify_routes` knows a route by it."""


async def viewing(connection: HTTPConnection) -> None:
    """Anybody may look: values, views, events, history."""


async def entrance(connection: HTTPConnection) -> None:
    """Anybody may try to sign in."""


_DECLARED[viewing] = "viewing"
_DECLARED[entrance] = "entrance"


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _session(request: Request, *, touch: bool) -> Session:
    token = _bearer(request)
    users: Users = request.app.state.users
    session = await run_in_threadpool(users.session, token, touch=touch) if token else None
    if session is None:
        raise ApiError(401, SIGN_IN, headers={"WWW-Authenticate": "Bearer"})
    return session


async def any_user(request: Request) -> Session:
    """A signed-in user, also one who has still to change the first password."""
    return await _session(request, touch=True)


async def any_user_asking(request: Request) -> Session:
    """As :func:`any_user`, but the question does not count as use of the session."""
    return await _session(request, touch=False)


def require(role: Role) -> SessionDependency:
    """Dependency: a signed-in user of at least ``role`` who has changed the first password."""

    async def check(request: Request) -> Session:
        session = await _session(request, touch=True)
        if session.user.must_change_password:
            raise ApiError(403, CHANGE_PASSWORD)
        if session.user.role < role:
            raise ApiError(403, role_needed(role.text.ru, role.text.en))
        return session

    _DECLARED[check] = role.word
    return check


_DECLARED[any_user] = "any user"
_DECLARED[any_user_asking] = "any user"

signed_in: Final = require(Role.VIEWER)
"""A signed-in user; what more is needed depends on the kind of command."""

technologist: Final = require(Role.TECHNOLOGIST)

admin: Final = require(Role.ADMIN)

AnyUser = Annotated[Session, Depends(any_user)]
AskingUser = Annotated[Session, Depends(any_user_asking)]
SignedIn = Annotated[Session, Depends(signed_in)]
Technologist = Annotated[Session, Depends(technologist)]
Admin = Annotated[Session, Depends(admin)]
VIEWING: Final = [Depends(viewing)]
ENTRANCE: Final = [Depends(entrance)]


def declared_role(route: BaseRoute) -> str | None:
    """What a route demands, or None when it does not say."""
    if not isinstance(route, APIRoute | APIWebSocketRoute):
        return None
    found = [_DECLARED[d.call] for d in route.dependant.dependencies if d.call in _DECLARED]
    return found[0] if len(found) == 1 else None


def verify_routes(app: FastAPI) -> None:
    """Deny by default. Raises RuntimeError that names the routes without exactly one declared role."""
    docs = {app.docs_url, app.openapi_url}
    silent = [r for r in app.routes if declared_role(r) is None and getattr(r, "path", "") not in docs]
    if silent:
        raise RuntimeError(f"routes without a declared role: {', '.join(str(getattr(r, 'path', r)) for r in silent)}")
