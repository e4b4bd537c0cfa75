"""Sign in and out, the own password, and the administrator's list of users."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.concurrency import run_in_threadpool

from server.auth import ENTRANCE, Admin, AnyUser, ApiError, AskingUser
from server.jsonio import ApiResponse
from server.permissions import Role
from server.texts import text
from server.users import IDLE_S, Login, LoginRefusedError, Session, User, UserError, Users
from server.workers import Workers

Short = Annotated[str, StringConstraints(max_length=128)]
Password = Annotated[str, StringConstraints(max_length=1024)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class LoginBody(_Body):
    """``POST /api/login``"""

    user: Short
    password: Password
    station: Short = ""


class PasswordBody(_Body):
    """``POST /api/password``"""

    old: Password
    new: Password


class UserBody(_Body):
    """``POST /api/users``"""

    user: Short
    name: Short
    role: Short
    password: Password
    must_change_password: bool = False


def _user_json(user: User) -> dict[str, object]:
    return {
        "user": user.user,
        "name": user.name,
        "role": user.role.word,
        "must_change_password": user.must_change_password,
        "created_ns": user.created_ns,
    }


def _session_json(session: Session) -> dict[str, object]:
    return {**_user_json(session.user), "expires_ns": session.expires_ns, "idle_timeout_s": IDLE_S}


def add_user_routes(app: FastAPI, users: Users, workers: Workers) -> None:
    """Routes of users.db."""

    @app.post("/api/login", dependencies=ENTRANCE)
    async def login(body: LoginBody) -> ApiResponse:
        def enter() -> Login:
            return users.login(body.user, body.password, station=body.station)

        try:
            entered = await workers.password(enter)
        except LoginRefusedError as error:
            raise _login_error(error) from error
        return ApiResponse({"token": entered.token, **_session_json(entered.session)})

    @app.post("/api/logout")
    async def logout(session: AnyUser) -> ApiResponse:
        await run_in_threadpool(users.logout, session)
        return ApiResponse({"ok": True})

    @app.post("/api/password")
    async def password(body: PasswordBody, session: AnyUser) -> ApiResponse:
        try:
            await workers.password(lambda: users.change_password(session, body.old, body.new))
        except LoginRefusedError as error:
            raise _password_error(error) from error
        except UserError as error:
            raise ApiError(422, error.text, (error.text,)) from error
        return ApiResponse({"ok": True})

    @app.get("/api/me")
    async def me(session: AskingUser) -> ApiResponse:
        return ApiResponse(_session_json(session))

    _add_admin_routes(app, users, workers)


def _add_admin_routes(app: FastAPI, users: Users, workers: Workers) -> None:
    @app.get("/api/users")
    async def list_users(session: Admin) -> ApiResponse:
        found = await run_in_threadpool(users.list)
        return ApiResponse({"users": [_user_json(u) for u in found]})

    @app.post("/api/users")
    async def add_user(body: UserBody, session: Admin) -> ApiResponse:
        role = Role.parse(body.role)
        if role is None:
            why = text("Нет такой роли", "There is no such role")
            raise ApiError(422, why, (why,))

        def add() -> User:
            by, must_change = session.user.user, body.must_change_password
            return users.add(body.user, body.name, role, body.password, by=by, must_change=must_change)

        try:
            added = await workers.password(add)
        except UserError as error:
            raise ApiError(422, error.text, (error.text,)) from error
        return ApiResponse(_user_json(added), 201)

    @app.delete("/api/users/{user}")
    async def remove_user(user: str, session: Admin) -> ApiResponse:
        try:
            await run_in_threadpool(users.remove, user, by=session.user.user)
        except UserError as error:
            raise ApiError(422, error.text, (error.text,)) from error
        return ApiResponse({"ok": True})


def _login_error(error: LoginRefusedError) -> ApiError:
    if error.retry_after_s:
        return ApiError(429, error.text, headers={"Retry-After": str(error.retry_after_s)})
    return ApiError(401, error.text)


def _password_error(error: LoginRefusedError) -> ApiError:
    """The session is good, so a wrong old password is no 401: a client would take that for the end of its session."""
    found = _login_error(error)
    if found.status == 429:
        return found
    why = text("Старый пароль неверен", "The old password is wrong")
    return ApiError(403, why)
