"""``potok recipe list|submit|withdraw|reject|approve|obsolete``: the library of recipes of a running server, from a console."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from line.jsontools import child, finite, objects
from line.messages import CommandKind, Json, JsonObject
from potok.api_client import ApiClient, ApiError
from potok.console import answered, enter, password_of
from potok.dry_run_print import judged
from potok.exit_codes import FAILED, OK
from potok.linefolder import LoadedLine, find_folder, load_line
from potok.recipe_arguments import SHORT_MIN

_STEPS: Final[Mapping[str, CommandKind]] = {
    "submit": CommandKind.RECIPE_SUBMIT,
    "withdraw": CommandKind.RECIPE_WITHDRAW,
    "reject": CommandKind.RECIPE_REJECT,
    "approve": CommandKind.RECIPE_APPROVE,
    "obsolete": CommandKind.RECIPE_OBSOLETE,
}
_SIGNED: Final = ("approve", "obsolete")


def run_library(options: argparse.Namespace) -> int:
    """``list`` of a server or a line folder, or a step. Raises LineError for a faulty folder, ValueError for wrong usage."""
    if options.action != "list":
        return asyncio.run(_with_client(options.url, lambda client: _Step(client, options).run()))
    if options.url:
        return asyncio.run(_with_client(options.url, lambda client: _list(client, as_json=options.json)))
    if not options.line:
        raise ValueError("name a line, or the server: potok recipe list LINE, potok recipe list --url URL")
    return list_folder(load_line(find_folder(options.line)), as_json=options.json)


def list_folder(line: LoadedLine, *, as_json: bool) -> int:
    """The recipes of a line folder with the hashes that approvals.yaml names."""
    rows: list[dict[str, Json]] = [
        {
            "recipe": r.master.id, "version": r.master.version, "status": r.master.status, "hash": r.master.fingerprint,
            "file": r.file, "approved_by": r.master.approved_by,
        }
        for r in line.folder_recipes
    ]  # fmt: skip
    _print_rows(rows, ("recipe", "version", "status", "hash", "file"), as_json=as_json)
    return OK


async def _with_client(url: str, body: Callable[[ApiClient], Awaitable[int]]) -> int:
    client = ApiClient(url, "console")
    try:
        return await body(client)
    except ApiError as error:
        print(f"potok: {error}", file=sys.stderr)
        return FAILED
    finally:
        await client.close()


async def _list(client: ApiClient, *, as_json: bool) -> int:
    versions = [v for r in objects((await client.get("/api/recipes")).get("recipes")) for v in objects(r.get("versions"))]
    _print_rows(versions, ("recipe", "version", "status", "hash", "author"), as_json=as_json)
    return OK


def _print_rows(rows: Sequence[JsonObject], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        print("\t".join(str(row.get(c, "")) for c in columns))


class _Step:
    def __init__(self, client: ApiClient, options: argparse.Namespace) -> None:
        self._client = client
        self._action: str = options.action
        self._recipe: str = options.recipe
        self._short: str = options.hash.lower()
        self._user: str = options.user
        self._reason: str = options.reason

    async def run(self) -> int:
        """Find the version, show what is signed, ask for the password, send, and wait for the answer."""
        version, approved = await self._find()
        args: dict[str, Json] = {"hash": str(version["hash"])}
        if self._action == "approve":
            args |= await self._looked_at(version, approved)
        password = password_of(self._user)
        await enter(self._client, self._user, password)
        sign: JsonObject | None = {"user": self._user, "password": password} if self._action in _SIGNED else None
        command = await self._client.command(_STEPS[self._action], self._recipe, args, self._reason, sign)
        return await answered(self._client, command, lambda _: f"{self._recipe} {version['version']}: {self._action} accepted")

    async def _find(self) -> tuple[JsonObject, str]:
        recipes = objects((await self._client.get("/api/recipes")).get("recipes"))
        recipe = next((r for r in recipes if r.get("id") == self._recipe), None)
        if recipe is None:
            raise ValueError(f"there is no recipe '{self._recipe}'; there are {', '.join(str(r.get('id')) for r in recipes)}")
        found = [v for v in objects(recipe.get("versions")) if str(v.get("hash")).startswith(self._short)]
        if len(self._short) < SHORT_MIN or len(found) != 1:
            listed = ", ".join(f"{v.get('version')} {str(v.get('hash'))[:12]}" for v in objects(recipe.get("versions")))
            raise ValueError(f"'{self._short}' names no one version of {self._recipe}; there are {listed}")
        return found[0], str(recipe.get("approved") or "")

    async def _looked_at(self, version: JsonObject, approved: str) -> dict[str, Json]:
        """Print what the signature binds: the differences and the figures of the dry run."""
        hash_ = str(version["hash"])
        difference = await self._client.get(f"/api/recipes/diff?from={approved}&to={hash_}")
        whole = await self._client.get(f"/api/recipes/{hash_}")
        print(f"{self._recipe} {version['version']} ({hash_[:12]}), written by {version['author']}")
        print(f"differences to the approved version {approved[:12]}:" if approved else "there is no approved version yet:")
        for change in objects(difference.get("changes")):
            print(f"  {child(change, 'text').get('en') or change.get('path')}")
        evidence = child(whole, "evidence")
        print_evidence(evidence)
        return {"evidence": str(evidence.get("hash") or "0" * 64), "difference": str(difference["hash"])}


def print_evidence(evidence: JsonObject) -> None:
    """The figures of a dry run as somebody reads them who is about to sign."""
    report = child(evidence, "report")
    if not evidence:
        print("there is no dry run of this version")
        return
    hours, yield_pct = (finite(report.get("duration_s")) or 0.0) / 3600, finite(report.get("yield_pct"))
    yields = "" if yield_pct is None else f", yield {yield_pct:.1f} %"
    passed = "passed" if evidence.get("ok") is True else "FAILED"
    print(f"dry run {str(evidence.get('hash'))[:12]} by {evidence.get('by')}: {passed}, {hours:.2f} h{yields}")
    for verdict in objects(report.get("ccp")):
        said = "met" if verdict.get("passed") is True else "NOT MET"
        print(
            f"  CCP {child(verdict, 'name').get('en') or verdict.get('tag')} of {verdict.get('node')}: {judged(verdict)}: {said}"
        )
    for problem in objects(report.get("problems")):
        print(f"  {problem.get('severity')}: {child(problem, 'text').get('en')}")
