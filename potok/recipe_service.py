"""What the server asks of recipe files (:class:`server.ports.RecipeTools`): YAML, the line's own files, dry runs as processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from line.documents import Document, Problem, Text
from line.jsontools import finite, objects
from line.messages import Json, JsonObject
from potok.dry_run_russian import in_both
from potok.linefolder import LineError, LoadedLine, find_folder, load_line
from potok.recipe_stock import against_stock
from potok.yamlfile import parse_yaml, replace_scalars, to_yaml
from recipes import diff
from recipes.content import content_hash, storable
from recipes.master import load_recipe
from recipes.model import LoopBlock, MasterRecipe
from recipes.schema import in_order, recipe_schema
from server.ports import RecipeToolsError

_log = logging.getLogger("potok.recipes")

FILE: Final = "recipe.yaml"
"""What problems call a text that is no file."""
_NEEDED: Final = ("line.yaml", "tags.csv")
_LINE_FILES: Final = (*_NEEDED, "materials.yaml")
NICE: Final = 10
"""A dry run takes seconds of a processor: the scan of the line goes first."""
_LINE_FAULTY: Final = Text(
    ru="Папку линии сейчас не прочитать: проверьте её командой potok check",
    en="The line folder cannot be read now: see what potok check says of it",
)
_NOT_STORABLE: Final = Text(ru="В рецептуре есть не число или бесконечность", en="The recipe holds not-a-number or infinity")
_NO_SUCH_VALUE: Final = Text(ru="В файле нет такого значения", en="The file has no such value")
_NO_REPORT: Final = Text(ru="Пробный прогон не дал отчёта", en="The dry run gave no report")


class RecipeService:
    """Recipes against a line, whose files are read when they are first needed, and again once they have changed."""

    def __init__(self, line: str) -> None:
        self._name = line
        self._line: LoadedLine | None = None
        self._stamp: tuple[tuple[int, int], ...] = ()

    def check(self, text: str) -> JsonObject:
        """See :meth:`server.ports.RecipeTools.check`."""
        document, problems = parse_yaml(text, FILE)
        if document is None or not isinstance(document.data, dict):
            return {"hash": None, "data": None, "problems": _listed(problems or _no_recipe(document)), "nodes": []}
        data = cast(JsonObject, document.data)
        if not storable(data):
            raise RecipeToolsError(_NOT_STORABLE)
        line = self._loaded()
        master, problems = load_recipe(document, line.model)
        stocked = against_stock(line.materials)
        if master is not None and stocked is not None:
            problems = [*problems, *stocked(document, master)]
        nodes = [] if master is None else _nodes(master, document)
        return {"hash": content_hash(data), "data": data, "problems": _listed(problems), "nodes": nodes}

    def written(self, data: JsonObject) -> str:
        """See :meth:`server.ports.RecipeTools.written`."""
        return to_yaml(in_order(data))

    def edited(self, text: str, changes: Sequence[tuple[tuple[str | int, ...], float | str | bool]]) -> str:
        """See :meth:`server.ports.RecipeTools.edited`."""
        try:
            return replace_scalars(text, dict(changes))
        except ValueError as error:
            raise RecipeToolsError(_with(_NO_SUCH_VALUE, str(error))) from error

    def changes(self, before: JsonObject | None, after: JsonObject) -> Sequence[JsonObject]:
        """See :meth:`server.ports.RecipeTools.changes`."""
        return [c.to_json() for c in diff.changes(before, after)]

    def schema(self) -> JsonObject:
        """See :meth:`server.ports.RecipeTools.schema`."""
        return recipe_schema()

    async def dry_run(self, text: str, on_progress: Callable[[float], None]) -> JsonObject:
        """See :meth:`server.ports.RecipeTools.dry_run`; ``potok recipe dry-run`` in a process of lower priority."""
        arguments = ("-m", "potok", "recipe", "dry-run", "-", "--line", str(find_folder(self._name)), "--json", "--progress")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            _step_back(process.pid)
            assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: PT018
            answer, said, _ = await asyncio.gather(
                process.stdout.read(), _follow(process.stderr, on_progress), _write(process.stdin, text)
            )
            code = await process.wait()
        finally:
            await _end(process)
        return _report(answer, said, code)

    def _loaded(self) -> LoadedLine:
        """Raises RecipeToolsError while the folder is faulty."""
        folder = find_folder(self._name)
        try:
            found = [(folder / name).stat() for name in _LINE_FILES if name in _NEEDED or (folder / name).exists()]
            stamp = tuple((s.st_mtime_ns, s.st_size) for s in found)
            if self._line is None or stamp != self._stamp:
                self._line, self._stamp = load_line(folder, recipes=False), stamp
        except (LineError, OSError) as error:
            _log.error("the line folder %s cannot be read: %s", self._name, error)
            raise RecipeToolsError(_LINE_FAULTY) from error
        return self._line


def _no_recipe(document: Document | None) -> list[Problem]:
    problem = Problem(FILE, 1, "", "keys with values are needed here", "Begin with recipe: and version:")
    return [problem] if document is None else [document.problem((), problem.message, problem.remedy)]


def _listed(problems: Sequence[Problem]) -> list[Json]:
    return [_row(p, *in_both(p)) for p in problems]


def _row(problem: Problem, text: Text, remedy: Text) -> JsonObject:
    """``message`` and ``remedy`` as ``potok recipe check`` prints them, ``text`` and ``advice`` for the panel."""
    return {
        "line": problem.line, "key": problem.key, "message": problem.message, "remedy": problem.remedy,
        "text": text.to_json(), "advice": remedy.to_json(),
    }  # fmt: skip


def _nodes(master: MasterRecipe, document: Document) -> list[Json]:
    """The procedure as a chart needs it; ``key`` leads to a node's entry in the data, ``line`` to its line in the text."""
    nodes: list[Json] = []
    for node in master.nodes:
        row: dict[str, Json] = {
            "id": node.id, "kind": node.kind.value, "name": node.name.to_json(),
            "parent": master.nodes[node.parent].id if node.parent >= 0 and node.index else "", "role": node.role,
            "at_most": node.what.at_most if isinstance(node.what, LoopBlock) else None, "key": list(node.key),
            "line": document.line_of(node.key),
        }  # fmt: skip
        nodes.append(row)
    return nodes


def _with(why: Text, detail: str) -> Text:
    return Text(ru=f"{why.ru}: {detail}", en=f"{why.en}: {detail}")


# The process of a dry run


def _step_back(pid: int) -> None:
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, pid, NICE)


async def _write(stdin: asyncio.StreamWriter, text: str) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it ended before it read all: its answer says why
        stdin.write(text.encode())
        await stdin.drain()
    stdin.close()


async def _follow(stderr: asyncio.StreamReader, on_progress: Callable[[float], None]) -> str:
    """Progress is a JSON object in a line; what else was said is returned."""
    said: list[str] = []
    while line := await stderr.readline():
        words = line.decode("utf-8", "replace").strip()
        share = _share(words)
        if share is None:
            said.append(words)
        else:
            on_progress(share)
    return "\n".join(said[-20:])


def _share(words: str) -> float | None:
    try:
        told: Json = json.loads(words) if words.startswith("{") else None
    except ValueError:
        return None
    return finite(told.get("progress")) if isinstance(told, Mapping) else None


def _report(answer: bytes, said: str, code: int) -> JsonObject:
    """A recipe that failed has a report too, and exit code 1."""
    try:
        report: Json = json.loads(answer)
    except ValueError:
        report = None
    if isinstance(report, Mapping) and isinstance(report.get("ok"), bool) and isinstance(report.get("hash"), str):
        return report
    faults = (
        [f"{p.get('line')}: {p.get('message')}" for p in objects(report.get("problems"))] if isinstance(report, Mapping) else []
    )
    _log.error("a dry run ended with code %d: %s", code, said or faults)
    raise RecipeToolsError(_with(_NO_REPORT, faults[0] if faults else said.splitlines()[-1] if said else f"code {code}"))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()
