"""``potok order import``: orders of a CSV file into a running server, all of them or none."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import sys
from pathlib import Path
from typing import Final

from line.clock import NS_PER_S, SystemClock
from line.jsontools import child, objects
from line.messages import CommandStatus, JsonObject
from potok.api_client import ApiClient, ApiError
from potok.exit_codes import FAILED, OK

_ANSWER_WITHIN_S: Final = 15.0


def run_order(options: argparse.Namespace) -> int:
    """Exit code 1 when the server refuses the file: every reason is told. Raises ValueError and OSError."""
    content = options.file.read_bytes()
    return asyncio.run(_import(options.url or local_url(options.data), options.user, content))


def local_url(data: Path) -> str:
    """Where the server of this data folder listens. Raises ValueError when none runs."""
    try:
        found = json.loads((data / "server.json").read_text(encoding="utf-8"))
        return f"http://127.0.0.1:{int(found['port'])}"
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise ValueError(f"no server runs on {data}: start 'potok serve', or name it with --url") from None


async def _import(url: str, user: str, content: bytes) -> int:
    client = ApiClient(url, "console")
    try:
        await client.login(user, _password(user))
        sent = await client.upload("/api/orders?station=console", content, "text/csv")
        return await _answer(client, str(sent["id"]))
    except ApiError as error:
        for why in error.reasons or (str(error),):
            print(f"potok: {why}", file=sys.stderr)
        return FAILED
    finally:
        await client.close()


async def _answer(client: ApiClient, command: str) -> int:
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + int(_ANSWER_WITHIN_S * NS_PER_S)
    while clock.monotonic_ns() < deadline_ns:
        told = await client.get(f"/api/commands/{command}")
        if told.get("status") == CommandStatus.ACCEPTED:
            print(_said(told))
            return OK
        if told.get("status") != CommandStatus.RECEIVED:
            for why in objects(told.get("reasons")):
                print(f"refused: {why.get('en')}", file=sys.stderr)
            return FAILED
        await clock.sleep_until_ns(clock.monotonic_ns() + NS_PER_S // 10)
    print(f"potok: no answer within {_ANSWER_WITHIN_S:.0f} s; GET /api/commands/{command} tells it later", file=sys.stderr)
    return FAILED


def _said(told: JsonObject) -> str:
    accepted = next((e for e in objects(told.get("events")) if child(e, "data").get("status") == CommandStatus.ACCEPTED), {})
    numbers = {word: child(accepted, "data").get(word) for word in ("created", "changed", "unchanged", "ended")}
    shown = {word: found for word, found in numbers.items() if isinstance(found, list) and found}
    return "\n".join(f"{word} {len(found)}: {', '.join(str(n) for n in found)}" for word, found in shown.items())


def _password(user: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(f"password of {user}: ")
