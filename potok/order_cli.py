"""``potok order import``: orders of a CSV file into a running server, all of them or none."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from line.jsontools import child, objects
from line.messages import CommandStatus, JsonObject
from potok.api_client import ApiClient, ApiError
from potok.console import answered, enter, password_of
from potok.exit_codes import FAILED


def run_order(options: argparse.Namespace) -> int:
    """Exit code 1 when the server refuses the file: every reason is told. Raises ValueError and OSError."""
    content = options.file.read_bytes()
    url = options.url or local_url(options.data)
    return asyncio.run(_import(url, options.user, password_of(options.user), content))


def local_url(data: Path) -> str:
    """Where the server of this data folder listens. Raises ValueError when none runs."""
    try:
        found = json.loads((data / "server.json").read_text(encoding="utf-8"))
        return f"http://127.0.0.1:{int(found['port'])}"
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise ValueError(f"no server runs on {data}: start 'potok serve', or name it with --url") from None


async def _import(url: str, user: str, password: str, content: bytes) -> int:
    client = ApiClient(url, "console")
    try:
        await enter(client, user, password)
        sent = await client.upload("/api/orders?station=console", content, "text/csv")
        return await answered(client, str(sent["id"]), _said)
    except ApiError as error:
        for why in error.reasons or (str(error),):
            print(f"potok: {why}", file=sys.stderr)
        return FAILED
    finally:
        await client.close()


def _said(told: JsonObject) -> str:
    accepted = next((e for e in objects(told.get("events")) if child(e, "data").get("status") == CommandStatus.ACCEPTED), {})
    numbers = {word: child(accepted, "data").get(word) for word in ("created", "changed", "unchanged", "ended")}
    shown = {word: found for word, found in numbers.items() if isinstance(found, list) and found}
    return "\n".join(f"{word} {len(found)}: {', '.join(str(n) for n in found)}" for word, found in shown.items())
