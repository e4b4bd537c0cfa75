"""``potok order import`` from the password to the answer, against a real server and engine."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from potok.cli import main
from tests.wire.test_recipe_approval import SECRETS, serving

HEAD = "number,recipe,kg\n"


def test_orders_come_in_or_are_refused_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path) as s:
        told = importer(tmp_path / "orders.csv", s.url, monkeypatch, capsys)
        anna = SECRETS["anna"]

        assert told("A-1,doktorskaya,600\nA-2,doktorskaya,300\n", f"{anna}\r\n") == (0, "created 2: A-1, A-2\n", "")
        assert told("A-1,doktorskaya,700\nA-2,doktorskaya,300\n", anna) == (0, "changed 1: A-1\nunchanged 1: A-2\n", "")
        code, out, err = told("A-3,doktorskaya,many\nA-4,salami,1\n", f"{anna}\n")
        assert (code, out) == (1, "")
        assert err == "potok: Line 2, kg: 'many' is no number\n"
        code, out, err = told("A-1,vetchina,700\nA-5,doktorskaya,1\n", anna)
        assert (code, out) == (1, "")
        assert err.startswith("refused: ")
        assert "A-1" in err
        orders = {o["number"]: o["kg"] for o in s.get("/api/views/orders")["orders"]}
        assert orders == {"A-1": 700.0, "A-2": 300.0}, "nothing of what was refused"

        assert told("A-6,doktorskaya,1\n", "wrong") == (
            1,
            "",
            "potok: anna is not let in: /api/login: 401 Wrong user name or password\n",
        )
        code, _, err = told("A-6,doktorskaya,1\n", "")
        assert (code, "no password of anna came" in err) == (2, True)


def importer(
    file: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, str], tuple[int, str, str]]:
    """Rows and what comes in on stdin → exit code, output, errors."""

    def told(rows: str, stdin: str) -> tuple[int, str, str]:
        file.write_text(HEAD + rows, encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin, newline="\n"))
        code = main(["order", "import", str(file), "--url", url, "--user", "anna"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return told
