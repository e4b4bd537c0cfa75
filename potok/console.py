"""What commands share that a person gives to a running server from a console: the password, the login, the answer."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from typing import Final

from line.clock import NS_PER_S, SystemClock
from line.jsontools import objects
from line.messages import CommandStatus, JsonObject
from potok.api_client import ApiClient, ApiError
from potok.exit_codes import FAILED, OK

ANSWER_WITHIN_S: Final = 15.0


def password_of(user: str) -> str:
    """Asked for at a terminal, else the first line of stdin. Raises ValueError when there is none: a server would count it as a
    wrong one, and lock the user out after a few."""
    try:
        found = getpass.getpass(f"password of {user}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except EOFError:
        found = ""
    if not found:
        raise ValueError(f"no password of {user} came: type it at a terminal, or pipe it in as one line")
    return found


async def enter(client: ApiClient, user: str, password: str) -> None:
    """Sign in. Raises ApiError that says who was not let in, and ValueError for a first password that is still to be changed."""
    try:
        told = await client.login(user, password)
    except ApiError as error:
        if error.status != 401:
            raise
        raise ApiError(401, f"{user} is not let in: {error}", error.reasons) from error
    if told.get("must_change_password") is True:
        raise ValueError(f"{user} has a first password: change it once at the panel, under Log in, then it works here as well")


async def answered(client: ApiClient, command: str, said: Callable[[JsonObject], str]) -> int:
    """Wait for the answer to a command and print it: ``said`` of it when it was accepted, every reason when it was refused."""
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + int(ANSWER_WITHIN_S * NS_PER_S)
    while clock.monotonic_ns() < deadline_ns:
        told = await client.get(f"/api/commands/{command}")
        if told.get("status") == CommandStatus.ACCEPTED:
            print(said(told))
            return OK
        if told.get("status") != CommandStatus.RECEIVED:
            for reason in objects(told.get("reasons")):
                print(f"refused: {reason.get('en')}", file=sys.stderr)
            return FAILED
        await clock.sleep_until_ns(clock.monotonic_ns() + NS_PER_S // 10)
    print(f"potok: no answer within {ANSWER_WITHIN_S:.0f} s; GET /api/commands/{command} tells it later", file=sys.stderr)
    return FAILED
