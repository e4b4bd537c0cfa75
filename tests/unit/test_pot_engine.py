"""How the engine process begins and ends: exit codes, and the pipe of whoever started it."""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from historian.journal import Journal
from potok import commands, engine_process
from potok.engine_process import stdin_closed
from potok.exit_codes import FAILED, USAGE


@pytest.fixture(autouse=True)
def _own_switch_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "setswitchinterval", lambda _interval_s: None)


def engine(data: Path, *endpoints: str) -> argparse.Namespace:
    return argparse.Namespace(
        command="engine", line="sausage", data=data, endpoint=list(endpoints), follow_stdin=False, realtime="off", pace=1.0
    )


def test_a_defect_is_no_wrong_usage_so_that_the_engine_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_args: object) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr(engine_process, "_run", broken)
    assert commands.run(engine(tmp_path)) == FAILED
    assert "a defect" in caplog.text


def test_a_wrong_endpoint_is_told_and_nothing_is_started(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(engine(tmp_path / "data", "plc9=127.0.0.1:1")) == USAGE
    assert "no device plc9" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_a_journal_of_a_newer_program_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=99")
    before = path.read_bytes()
    assert commands.run(engine(tmp_path)) == USAGE
    assert "newer Potok" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_end_of_the_pipe_is_the_order_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()

    async def story() -> bool:
        stop = asyncio.Event()
        waiting = asyncio.create_task(stdin_closed(stop))
        os.write(writing, b"not the end yet")
        await asyncio.sleep(0)
        assert not stop.is_set()
        os.close(writing)
        await asyncio.wait_for(waiting, 5.0)
        return stop.is_set()

    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert asyncio.run(story())
