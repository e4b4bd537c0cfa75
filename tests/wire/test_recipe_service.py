"""Dry runs as processes, and the console's way to the library over a real server."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

import psutil
import pytest

from potok.cli import main
from potok.recipe_service import RecipeService
from potok.yamlfile import to_yaml
from server.permissions import Role
from server.ports import RecipeToolsError
from tests.unit.library_kit import source
from tests.waiting import until
from tests.wire.srv_fakes import APPROVED, DRAFT, PASSWORD
from tests.wire.srv_plant import Plant, run
from tests.wire.test_recipe_approval import TEXT

# Dry runs


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "dry-run" in p.cmdline()]


def test_a_dry_run_tells_how_far_it_is_and_gives_its_report() -> None:
    shares: list[float] = []
    service = RecipeService("sausage")
    report = asyncio.run(service.dry_run(TEXT, shares.append))
    assert report["ok"] is True
    assert report["hash"] == service.check(TEXT)["hash"]
    assert shares == sorted(shares)
    assert all(0.0 <= s <= 1.0 for s in shares)
    assert children() == []


def test_a_recipe_with_faults_has_a_report_too() -> None:
    report = asyncio.run(RecipeService("sausage").dry_run(TEXT.replace("hi: 105", "hi: 99"), lambda _share: None))
    assert report["ok"] is False
    assert report["problems"]


@pytest.mark.parametrize("text", ["recipe: [", "", "\x00"])
def test_what_is_no_recipe_gives_no_report_and_says_why(text: str) -> None:
    with pytest.raises(RecipeToolsError, match=r"The dry run gave no report: \S"):
        asyncio.run(RecipeService("sausage").dry_run(text, lambda _share: None))


def test_without_a_line_there_is_no_report_and_no_check(tmp_path: Path) -> None:
    service = RecipeService(str(tmp_path / "nothing"))
    with pytest.raises(RecipeToolsError, match="gave no report"):
        asyncio.run(service.dry_run(TEXT, lambda _share: None))
    with pytest.raises(RecipeToolsError, match="line folder cannot be read"):
        service.check(TEXT)


def test_a_cancelled_dry_run_leaves_no_process() -> None:
    async def body() -> None:
        text = to_yaml(source())  # half a minute of work
        running = asyncio.create_task(RecipeService("sausage").dry_run(text, lambda _share: None))
        await until(lambda: bool(children()))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert children() == []

    asyncio.run(body())


# The console


async def console(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = PASSWORD) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    return await asyncio.to_thread(main, ["recipe", *arguments])


def test_the_console_lists_steps_and_tells_refusals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def body(p: Plant) -> None:
        url = f"http://127.0.0.1:{p.port}"
        p.users.add("boris", "Boris", Role.TECHNOLOGIST, PASSWORD)
        await until(lambda: "recipes" in p.link.views)
        assert await console(monkeypatch, "list", "--url", url) == 0
        assert f"1.1\tdraft\t{DRAFT}" in capsys.readouterr().out
        by = ("--url", url, "--user", "boris", "--reason", "лишнее")

        for wrong, told in ((("ham", DRAFT), "no recipe 'ham'"), (("doktorskaya", "ddd"), "names no one version"),
                            (("doktorskaya", "0" * 12), "there are 1.1 dddddddddddd")):  # fmt: skip
            assert await console(monkeypatch, "reject", *wrong, *by) == 2
            assert told in capsys.readouterr().err
        assert await console(monkeypatch, "reject", "doktorskaya", DRAFT[:6], *by, password="wrong") == 1
        assert "Wrong user name or password" in capsys.readouterr().err

        waiting = asyncio.create_task(console(monkeypatch, "obsolete", "doktorskaya", APPROVED[:8], *by))
        await until(lambda: bool(p.engine.commands))
        [command] = p.engine.commands
        assert (command.kind, command.args["hash"], command.reason) == ("recipe.obsolete", APPROVED, "лишнее")
        assert "signature" in command.args
        reasons = [{"ru": "Нет", "en": "Not now"}]
        p.engine.emit("command", {"id": command.id, "status": "refused", "reasons": reasons})
        assert await waiting == 1
        assert "refused: Not now" in capsys.readouterr().err

        waiting = asyncio.create_task(console(monkeypatch, "withdraw", "doktorskaya", DRAFT, *by))
        await until(lambda: len(p.engine.commands) == 2)
        assert "signature" not in p.engine.commands[1].args
        p.engine.emit("command", {"id": p.engine.commands[1].id, "status": "accepted"})
        assert await waiting == 0
        assert "doktorskaya 1.1: withdraw accepted" in capsys.readouterr().out

    run(tmp_path, body)


def test_a_server_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "list", "--url", "http://127.0.0.1:9"]) == 1
    assert "potok: /api/recipes" in capsys.readouterr().err
    assert main(["recipe", "list"]) == 2
    assert "name a line, or the server" in capsys.readouterr().err
