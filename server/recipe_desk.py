"""What the API says of recipes: versions from the journal, checks and differences by the tools, dry runs as jobs.

The view ``recipes`` tells what there is and where each version stands. Contents are read from the state of that stage in
``journal.db``, read-only: the engine commits it together with the events that tell of a change, and its link stays for the line.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

from line.clock import NS_PER_S, Clock
from line.documents import Text
from line.jsontools import child, objects
from line.messages import Command, CommandKind, Json, JsonObject
from recipes.content import content_hash
from recipes.library_commands import difference_hash
from recipes.library_saving import restore
from recipes.library_state import LibraryState, Version
from server.auth import ApiError
from server.ports import EngineDownError, EnginePort, RecipeTools, RecipeToolsError
from server.texts import ENGINE_DOWN, HISTORY_FAILED, NO_LINE_YET, NOT_FOUND, text
from server.users import Session
from server.workers import Workers

_log = logging.getLogger("potok.server.recipes")

T = TypeVar("T")
JOBS_KEPT: Final = 20
NO_TOOLS: Final = text(
    "Сервер запущен без папки линии: рецептуры здесь не проверить",
    "The server was started without a line folder: it cannot check recipes",
)
CHECK_MAX_NS: Final = 2 * NS_PER_S
"""The engine checks a recipe that is saved within a scan; a large one takes some milliseconds."""
TOO_COMPLEX: Final = text("Рецептура слишком сложна: разделите её", "The recipe is too complex: split it")
TEXT_DIFFERS: Final = text("Текст файла и данные рецептуры расходятся", "The text of the file and the data of the recipe differ")
ONE_AT_A_TIME: Final = text("Идёт другой пробный прогон: дождитесь его конца", "Another dry run is under way: wait for its end")
CANCELLED: Final = text("Пробный прогон отменён", "The dry run was cancelled")
BROKEN: Final = text("Пробный прогон прерван, подробности в журнале сервера", "The dry run broke off, see the server's log")


@dataclass
class DryRun:
    """A dry run as a job; ``hash`` is the version it is for, '' for a text that is not in the library."""

    id: str
    hash: str
    recipe: str
    state: str = "running"
    progress: float = 0.0
    report: JsonObject | None = None
    error: Text | None = None
    command: str = ""
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Json]:
        """The answer of ``GET /api/recipes/dry_run/JOB``; ``evidence`` is the command that hands the result in."""
        return {
            "job": self.id, "state": self.state, "progress": round(self.progress, 3), "report": self.report,
            "error": None if self.error is None else self.error.to_json(), "evidence": self.command,
        }  # fmt: skip


class RecipeDesk:
    """All that routes ask of recipes. Lives in the server's event loop."""

    def __init__(self, engine: EnginePort, workers: Workers, tools: RecipeTools | None, clock: Clock) -> None:
        self._engine = engine
        self._workers = workers
        self._tools = tools
        self._clock = clock
        self._jobs: OrderedDict[str, DryRun] = OrderedDict()

    # -- versions

    def view(self) -> JsonObject:
        """The view ``recipes``. Raises ApiError 503 before the engine was first reached."""
        view = self._engine.views.get("recipes")
        if view is None:
            raise ApiError(503, NO_LINE_YET)
        return view

    async def version(self, hash_: str) -> JsonObject:
        """One version with its source, its problems and the report of its dry run. Raises ApiError 404."""
        version = (await self._library()).versions.get(hash_)
        if version is None:
            raise ApiError(404, NOT_FOUND)
        found: dict[str, Json] = {**self._row(version), "data": version.data, "text": version.text}
        evidence = version.evidence
        if evidence is not None:
            curves = await self._curves(evidence.command)
            found["evidence"] = {**child(found, "evidence"), "report": {**evidence.report, **curves}}
        if self._tools is None:
            return {**found, "problems": [], "nodes": []}
        tools = self._tools
        written = version.text or await self._asked(lambda: tools.written(version.data))
        checked = await self._asked(lambda: tools.check(written))
        if checked.get("hash") == version.hash:
            found["data"] = checked.get("data")  # in the order of the file; the journal keeps keys sorted
        return {**found, "text": written, "problems": checked.get("problems"), "nodes": checked.get("nodes")}

    def _row(self, version: Version) -> JsonObject:
        """What the view says of it: where it stands now."""
        recipes = objects(self._engine.views.get("recipes", {}).get("recipes"))
        rows = [v for r in recipes if r.get("id") == version.recipe for v in objects(r.get("versions"))]
        return next((v for v in rows if v.get("hash") == version.hash), {"hash": version.hash, "status": version.status.value})

    async def _curves(self, command: str) -> JsonObject:
        """The curves of a dry run: they stand in the journal only, with the command that handed them in."""
        for event in await self._workers.history(lambda h: h.command_events(command)):
            curves = child(child(event.data, "args"), "report").get("curves")
            if isinstance(curves, Mapping):
                return {"curves": curves}
        return {"curves": {}}

    async def _library(self) -> LibraryState:
        saved = await self._workers.history(lambda h: h.state("recipes"))
        try:
            return LibraryState() if saved is None else await self._workers.recipes(lambda: restore(saved))
        except ValueError as error:
            _log.exception("the library in the journal cannot be read")
            raise ApiError(503, HISTORY_FAILED) from error

    # -- files

    def _has_tools(self) -> RecipeTools:
        if self._tools is None:
            raise ApiError(503, NO_TOOLS, (NO_TOOLS,))
        return self._tools

    async def _asked(self, call: Callable[[], T]) -> T:
        try:
            return await self._workers.recipes(call)
        except RecipeToolsError as error:
            raise ApiError(422, error.text, (error.text,)) from error

    async def check(self, file: str) -> JsonObject:
        """What is wrong with the text of a file, and what it says."""
        tools = self._has_tools()
        return await self._asked(lambda: tools.check(file))

    async def edited(self, file: str, changes: Sequence[tuple[tuple[str | int, ...], float | str | bool]]) -> JsonObject:
        """The text with single values replaced."""
        tools = self._has_tools()
        return {"text": await self._asked(lambda: tools.edited(file, changes))}

    async def schema(self) -> JsonObject:
        """JSON Schema of a recipe file."""
        return await self._asked(self._has_tools().schema)

    async def difference(self, before: str, after: str) -> JsonObject:
        """What differs between two versions, and the hash that an approval binds; ``before`` '' is nothing at all."""
        tools, library = self._has_tools(), await self._library()
        old, new = library.versions.get(before), library.versions.get(after)
        if new is None or (old is None and before):
            raise ApiError(404, NOT_FOUND)
        changes = await self._asked(lambda: list(tools.changes(None if old is None else old.data, new.data)))
        return {"from": before, "to": after, "hash": difference_hash(old, new), "changes": changes}

    async def text_matches(self, args: JsonObject) -> None:
        """Refuse a ``recipe.save`` whose text and data differ (people read the one, the engine runs the other), and one that
        would hold up the scan, with a text or without."""
        file, data = args.get("text"), cast(JsonObject, args.get("data"))
        tools = self._has_tools() if file else self._tools
        if tools is None:
            return

        def timed() -> tuple[JsonObject, int]:
            read = str(file) if file else tools.written(data)
            began_ns = self._clock.monotonic_ns()
            return tools.check(read), self._clock.monotonic_ns() - began_ns

        checked, took_ns = await self._asked(timed)
        if took_ns > CHECK_MAX_NS:
            raise ApiError(422, TOO_COMPLEX, (TOO_COMPLEX,))
        if file and checked.get("hash") != content_hash(data):
            raise ApiError(422, TEXT_DIFFERS, (TEXT_DIFFERS,))

    # -- dry runs

    async def start(self, hash_: str, file: str, session: Session) -> DryRun:
        """Begin a dry run of a version, or of a text. Raises ApiError 404, 409 while another is under way, 503 without tools."""
        tools = self._has_tools()
        recipe = ""
        if hash_:
            version = (await self._library()).versions.get(hash_)
            if version is None:
                raise ApiError(404, NOT_FOUND)
            recipe = version.recipe
            file = version.text or await self._asked(lambda: tools.written(version.data))
        if any(j.state == "running" for j in self._jobs.values()):
            raise ApiError(409, ONE_AT_A_TIME, (ONE_AT_A_TIME,))
        job = DryRun(uuid.uuid4().hex, hash_, recipe)
        self._jobs[job.id] = job
        while len(self._jobs) > JOBS_KEPT:
            self._jobs.popitem(last=False)
        job.task = asyncio.create_task(self._run(job, tools, file, session), name="dry run")
        return job

    def job(self, job: str) -> DryRun:
        """A job of this server. Raises ApiError 404."""
        found = self._jobs.get(job)
        if found is None:
            raise ApiError(404, NOT_FOUND)
        return found

    async def cancel(self, job: DryRun) -> None:
        """End a dry run that is under way; it leaves no evidence."""
        if job.task is not None and not job.task.done():
            job.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await job.task

    async def close(self) -> None:
        """End what is under way."""
        for job in self._jobs.values():
            await self.cancel(job)

    async def _run(self, job: DryRun, tools: RecipeTools, file: str, session: Session) -> None:
        def on_progress(share: float) -> None:
            job.progress = max(job.progress, min(1.0, share))

        try:
            job.report = await tools.dry_run(file, on_progress)
            if job.hash:
                job.command = await self._hand_in(job, session)
            job.progress, job.state = 1.0, "done"
        except RecipeToolsError as error:
            job.state, job.error = "failed", error.text
        except EngineDownError:
            job.state, job.error = "failed", ENGINE_DOWN
        except asyncio.CancelledError:
            job.state, job.error = "failed", CANCELLED
            raise
        except Exception:  # whoever waits for the job is told, and the next one may run
            _log.exception("a dry run failed")
            job.state, job.error = "failed", BROKEN

    async def _hand_in(self, job: DryRun, session: Session) -> str:
        """The result becomes evidence of the version, in the name of who asked for it; no client can send this command."""
        args = cast(JsonObject, {"hash": job.hash, "report": job.report})
        user = session.user
        command = Command(
            uuid.uuid4().hex, CommandKind.RECIPE_EVIDENCE, job.recipe, args, user.user, user.role.word, "server",
            self._clock.now_ns(), "dry run",
        )  # fmt: skip
        answer = await self._engine.submit(command)
        if not answer.ok:
            raise RecipeToolsError(
                text("Движок линии не принял результат", f"The line engine refused the result: {answer.message}")
            )
        return command.id
