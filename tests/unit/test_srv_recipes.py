"""The routes of the recipe library over a fake engine: versions from the journal, checks, differences, dry runs as jobs."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from line.clock import NS_PER_S, ManualClock
from line.documents import Text
from line.messages import CommandKind, Event, JsonObject
from potok.linefolder import SHIPPED
from potok.recipe_service import RecipeService
from potok.yamlfile import to_yaml
from recipes.content import content_hash
from server.permissions import Role
from server.ports import RecipeToolsError
from tests.builders import T0_NS
from tests.unit.library_kit import RECIPE, Desk, K, broken, source
from tests.unit.srv_bench import Bench, run
from tests.waiting import until

WHY = "проба"


class Tools(RecipeService):
    """The real tools, save for the process of a dry run: the test decides how it goes."""

    def __init__(self) -> None:
        super().__init__("sausage")
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.ended = 0
        self.report: JsonObject | None = None
        self.error: Exception | None = None

    async def dry_run(self, text: str, on_progress: Callable[[float], None]) -> JsonObject:
        try:
            on_progress(0.25)
            self.begun.set()
            await self.go_on.wait()
            if self.error is not None:
                raise self.error
            return self.report or {"ok": True, "hash": self.check(text)["hash"], "line_hash": "line"}
        finally:
            self.ended += 1


class Broken(Tools):
    """Tools of a line folder that cannot be read."""

    def check(self, text: str) -> JsonObject:
        raise RecipeToolsError(Text(ru="Папка линии испорчена", en="The line folder is damaged"))

    def changes(self, before: JsonObject | None, after: JsonObject) -> Sequence[JsonObject]:
        raise AssertionError("not asked")


def library(b: Bench, desk: Desk) -> None:
    """What the engine would have journalled and shown."""
    saved: JsonObject = json.loads(json.dumps(desk.stage.save(desk.state)))
    b.history.states["recipes"] = json.loads(json.dumps(saved, sort_keys=True))  # as the journal keeps it
    b.link.views["recipes"] = desk.stage.view(desk.state)


async def get(b: Bench, path: str, **params: str) -> Any:
    answer = await b.http.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def reasons(answer: httpx.Response) -> list[str]:
    return [r["en"] for r in answer.json()["reasons"]]


def test_anybody_sees_the_list_a_version_and_a_difference(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        desk = Desk()
        old = desk.approved()
        changed = source("2.1")
        changed["parameters"]["chop_time"]["value"] = 610
        new = desk.save(changed, base=old)
        library(b, desk)
        assert await get(b, "/api/recipes") == json.loads(json.dumps(desk.stage.view(desk.state)))
        version = await get(b, f"/api/recipes/{new}")
        assert (version["hash"], version["status"], version["data"]) == (new, "draft", changed)
        assert version["text"].startswith("recipe: doktorskaya"), "written from the data where no file came with it"
        assert next(iter(version["data"])) == "recipe", "in the order of the file, not of the journal"
        assert version["problems"] == []
        assert version["nodes"][0]["kind"] == "procedure"
        assert version["evidence"] is None
        difference = await get(b, "/api/recipes/diff", **{"from": old, "to": new})
        assert {c["path"] for c in difference["changes"]} == {"version", "parameters.chop_time.value"}
        assert all(c["text"]["ru"] and c["text"]["en"] for c in difference["changes"])
        assert difference["hash"] == desk.approval(new)["difference"], "what the approval binds"
        whole = await get(b, "/api/recipes/diff", to=new)
        assert len(whole["changes"]) > 20
        for path in (
            f"/api/recipes/{'f' * 64}",
            f"/api/recipes/diff?from={old}&to={'f' * 64}",
            f"/api/recipes/diff?from=x&to={new}",
        ):
            assert (await b.http.get(path)).status_code == 404, path

    run(tmp_path, body, tools=Tools())


def test_a_version_shows_its_faults_and_its_dry_run_with_the_curves(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        desk = Desk()
        hash_ = desk.save(broken())
        report = {"hash": hash_, "ok": False, "line_hash": "line", "duration_s": 5.0}
        desk.evidence(hash_, ok=False, duration_s=5.0)
        evidence = desk.version(hash_).evidence
        assert evidence is not None
        library(b, desk)
        curves = {"S401.CoreTemp": {"t": [0.0], "v": [20.0]}}
        args = {"hash": hash_, "report": {**report, "curves": curves}}
        b.history.events.append(
            Event(6, T0_NS, "command", "anna", data={"id": evidence.command, "status": "received", "args": args})
        )
        version = await get(b, f"/api/recipes/{hash_}")
        assert version["evidence"]["report"] == {**report, "curves": curves}
        assert version["evidence"]["hash"] == evidence.hash
        assert [p["key"] for p in version["problems"]] != []
        assert all(p["line"] >= 1 and p["message"] and p["remedy"] for p in version["problems"])
        assert version["nodes"] == []

    run(tmp_path, body, tools=Tools())


def test_a_file_is_checked_edited_and_described(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        viewer = b.sign_in(Role.VIEWER)
        text = to_yaml(source())
        anonymous = await b.http.post("/api/recipes/check", json={"text": text})
        assert anonymous.status_code == 401
        good = (await b.http.post("/api/recipes/check", json={"text": text}, headers=viewer)).json()
        assert (good["hash"], good["problems"], good["data"]) == (content_hash(source()), [], source())
        phase = next(n for n in good["nodes"] if n["kind"] == "phase")
        assert phase["parent"] in {n["id"] for n in good["nodes"]}
        assert "phase" in text.splitlines()[phase["line"] - 1]
        for nonsense in ("recipe: [", "- 5", "", "just words"):
            bad = (await b.http.post("/api/recipes/check", json={"text": nonsense}, headers=viewer)).json()
            assert (bad["hash"], bad["data"], bad["nodes"]) == (None, None, []), nonsense
            assert bad["problems"], nonsense
        nan = await b.http.post("/api/recipes/check", json={"text": "recipe: x\nkg: .nan"}, headers=viewer)
        assert nan.status_code == 422
        body = {"text": text, "changes": [{"path": ["parameters", "chop_time", "value"], "value": 620}]}
        edited = (await b.http.post("/api/recipes/edit", json=body, headers=viewer)).json()["text"]
        changed = [(a, b) for a, b in zip(text.splitlines(), edited.splitlines(), strict=True) if a != b]
        assert [(a.strip().split(":")[0], b) for a, b in changed] == [("chop_time", changed[0][0].replace("600", "620"))]
        body["changes"] = [{"path": ["parameters", "no_such", "value"], "value": 1}]
        refused = await b.http.post("/api/recipes/edit", json=body, headers=viewer)
        assert refused.status_code == 422
        assert "no such value" in reasons(refused)[0]
        schema = await get(b, "/api/recipe_schema")
        assert "procedure" in schema["properties"]

    run(tmp_path, body, tools=Tools())


def test_what_people_read_is_what_the_engine_gets(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        library(b, Desk())
        headers = b.sign_in(Role.TECHNOLOGIST)
        text = "# с комментарием\n" + to_yaml(source())
        good = await b.command(headers, CommandKind.RECIPE_SAVE, RECIPE, WHY, data=source(), text=text, base="")
        assert good.status_code == 202
        other = source()
        other["parameters"]["cook_core"]["value"] = 60.0
        forged = await b.command(headers, CommandKind.RECIPE_SAVE, RECIPE, WHY, data=other, text=text, base="")
        assert (forged.status_code, reasons(forged)) == (422, ["The text of the file and the data of the recipe differ"])
        unreadable = await b.command(headers, CommandKind.RECIPE_SAVE, RECIPE, WHY, data=other, text="recipe: [", base="")
        assert unreadable.status_code == 422
        assert [c.kind for c in b.link.commands] == ["recipe.save"]

    run(tmp_path, body, tools=Tools())


@pytest.mark.parametrize("inside", [b'"\\ud800"', b"1e999", b'{"\\ud800": 1}', b"[" * 99 + b"]" * 99])
def test_data_that_no_journal_can_keep_is_refused_before_it_is_sent(tmp_path: Path, inside: bytes) -> None:
    async def body(b: Bench) -> None:
        library(b, Desk())
        headers = b.sign_in(Role.TECHNOLOGIST)
        command = b'{"kind":"recipe.save","target":"doktorskaya","reason":"try","args":{"data":{"x":%s}}}' % inside
        answer = await b.http.post("/api/commands", content=command, headers={**headers, "content-type": "application/json"})
        assert answer.status_code == 422
        assert "cannot be stored" in reasons(answer)[0]
        assert b.link.commands == []

    run(tmp_path, body, tools=Tools())


def test_what_would_hold_up_the_scan_is_not_saved(tmp_path: Path) -> None:
    class Slow(Tools):
        def check(self, text: str) -> JsonObject:
            clock.advance_ns(3 * NS_PER_S)
            return super().check(text)

    async def body(b: Bench) -> None:
        nonlocal clock
        clock = b.clock
        library(b, Desk())
        headers, text = b.sign_in(Role.TECHNOLOGIST), to_yaml(source())
        for file in (text, ""):
            answer = await b.command(headers, CommandKind.RECIPE_SAVE, RECIPE, WHY, data=source(), text=file, base="")
            assert (answer.status_code, reasons(answer)) == (422, ["The recipe is too complex: split it"])
        assert b.link.commands == []

    clock = ManualClock(0)
    run(tmp_path, body, tools=Slow())


def test_without_a_line_folder_only_looking_works(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        desk = Desk()
        hash_ = desk.save()
        library(b, desk)
        headers = b.sign_in(Role.TECHNOLOGIST)
        assert (await get(b, f"/api/recipes/{hash_}"))["data"] == source()
        for answer in (
            await b.http.post("/api/recipes/check", json={"text": "x"}, headers=headers),
            await b.http.post("/api/recipes/dry_run", json={"hash": hash_}, headers=headers),
            await b.http.get("/api/recipe_schema"),
            await b.command(headers, CommandKind.RECIPE_SAVE, RECIPE, WHY, data=source("9"), text="recipe: x", base=""),
        ):
            assert answer.status_code == 503
            assert "without a line folder" in answer.json()["error"]["en"]

    run(tmp_path, body)


def test_a_damaged_line_folder_is_told(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        answer = await b.http.post("/api/recipes/check", json={"text": "recipe: x"}, headers=b.sign_in(Role.VIEWER))
        assert (answer.status_code, reasons(answer)) == (422, ["The line folder is damaged"])
        b.history.states["recipes"] = {"versions": "damaged"}
        assert (await b.http.get(f"/api/recipes/{'a' * 64}")).status_code == 503
        b.history.fails = True
        assert (await b.http.get(f"/api/recipes/{'a' * 64}")).status_code == 503

    run(tmp_path, body, tools=Broken())


def test_a_changed_line_is_read_again(tmp_path: Path) -> None:
    copy = tmp_path / "plant"
    shutil.copytree(SHIPPED / "sausage", copy)
    service, text = RecipeService(str(copy)), to_yaml(source())
    assert service.check(text)["problems"] == []
    path = copy / "tags.csv"
    whole = path.read_text(encoding="utf-8")
    path.write_text("\n".join(narrowed(row) for row in whole.splitlines()) + "\n", encoding="utf-8")
    assert "leaves the range of F301.SP_Portion" in str(service.check(text)["problems"])
    path.write_text("damaged", encoding="utf-8")
    with pytest.raises(RecipeToolsError, match="line folder cannot be read"):
        service.check(text)
    path.write_text(whole, encoding="utf-8")
    assert service.check(text)["problems"] == []


def narrowed(row: str) -> str:
    """The setpoint of a portion takes 400 g at most."""
    cells = row.split(",")
    if cells[0] == "F301.SP_Portion":
        cells[6] = "400"
    return ",".join(cells)


async def start(b: Bench, headers: dict[str, str], **body: Any) -> httpx.Response:
    return await b.http.post("/api/recipes/dry_run", json=body, headers=headers)


def test_a_dry_run_of_a_version_becomes_its_evidence(tmp_path: Path) -> None:
    tools = Tools()

    async def body(b: Bench) -> None:
        desk = Desk()
        hash_ = desk.save()
        library(b, desk)
        headers = b.sign_in(Role.TECHNOLOGIST)
        assert (await start(b, b.sign_in(Role.SHIFT_LEAD), hash=hash_)).status_code == 403
        job = (await start(b, headers, hash=hash_)).json()["job"]
        await until(lambda: not b.link.commands and tools.ended == 0)
        running = await get(b, f"/api/recipes/dry_run/{job}")
        assert (running["state"], running["report"], running["error"]) == ("running", None, None)
        second = await start(b, headers, hash=hash_)
        assert (second.status_code, reasons(second)) == (409, ["Another dry run is under way: wait for its end"])
        tools.go_on.set()
        await until(lambda: bool(b.link.commands))
        done = await get(b, f"/api/recipes/dry_run/{job}")
        assert (done["state"], done["progress"], done["report"]["hash"]) == ("done", 1.0, hash_)
        [command] = b.link.commands
        assert (command.kind, command.target, command.user) == (K.RECIPE_EVIDENCE, RECIPE, "technologist")
        assert command.args["hash"] == hash_
        assert done["evidence"] == command.id
        desk.scan(command)
        assert desk.version(hash_).evidence is not None

    run(tmp_path, body, tools=tools)


def test_a_dry_run_of_a_text_is_no_evidence(tmp_path: Path) -> None:
    tools = Tools()
    tools.go_on.set()

    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        job = (await start(b, headers, text=to_yaml(source()))).json()["job"]
        await until(lambda: tools.ended == 1)
        done = await get(b, f"/api/recipes/dry_run/{job}")
        assert (done["state"], done["evidence"]) == ("done", "")
        assert b.link.commands == []
        for wrong in ({}, {"hash": "a" * 64, "text": "x"}, {"hash": "short"}, {"text": "x", "size": 5}):
            assert (await start(b, headers, **wrong)).status_code == 422, wrong
        assert (await start(b, headers, hash="f" * 64)).status_code == 404

    run(tmp_path, body, tools=tools)


def test_a_dry_run_is_cancelled_and_the_next_one_may_run(tmp_path: Path) -> None:
    tools = Tools()

    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        job = (await start(b, headers, text=to_yaml(source()))).json()["job"]
        assert (await b.http.delete(f"/api/recipes/dry_run/{job}")).status_code == 401
        cancelled = (await b.http.delete(f"/api/recipes/dry_run/{job}", headers=headers)).json()
        assert (cancelled["state"], cancelled["error"]["en"]) == ("failed", "The dry run was cancelled")
        assert (await b.http.delete(f"/api/recipes/dry_run/{job}", headers=headers)).status_code == 200
        assert (await b.http.get("/api/recipes/dry_run/none")).status_code == 404
        tools.go_on.set()
        assert (await start(b, headers, text=to_yaml(source()))).status_code == 202

    run(tmp_path, body, tools=tools)


def test_a_dry_run_that_breaks_off_is_told(tmp_path: Path) -> None:
    tools = Tools()
    tools.go_on.set()

    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        said: list[str] = []
        for error in (RecipeToolsError(Text(ru="Нет", en="No report")), ValueError("a defect")):
            tools.error, before = error, tools.ended
            job = (await start(b, headers, text="recipe: x")).json()["job"]
            await until(lambda before=before: tools.ended > before)
            found = await get(b, f"/api/recipes/dry_run/{job}")
            assert found["state"] == "failed"
            said.append(found["error"]["en"])
        assert said == ["No report", "The dry run broke off, see the server's log"]

    run(tmp_path, body, tools=tools)


def test_evidence_that_the_engine_does_not_take_fails_the_job(tmp_path: Path) -> None:
    tools = Tools()
    tools.go_on.set()

    async def body(b: Bench) -> None:
        desk = Desk()
        hash_ = desk.save()
        library(b, desk)
        headers = b.sign_in(Role.TECHNOLOGIST)
        b.link.accepts = False
        job = (await start(b, headers, hash=hash_)).json()["job"]
        await until(lambda: bool(b.link.commands))
        assert (await get(b, f"/api/recipes/dry_run/{job}"))["state"] == "failed"
        b.link.lost = True
        job = (await start(b, headers, hash=hash_)).json()["job"]
        await until(lambda: tools.ended == 2)
        assert (await get(b, f"/api/recipes/dry_run/{job}"))["state"] == "failed"

    run(tmp_path, body, tools=tools)


def test_the_end_of_the_server_ends_a_dry_run(tmp_path: Path) -> None:
    tools = Tools()

    async def body(b: Bench) -> None:
        await start(b, b.sign_in(Role.TECHNOLOGIST), text=to_yaml(source()))
        await tools.begun.wait()

    run(tmp_path, body, tools=tools)
    assert tools.ended == 1
