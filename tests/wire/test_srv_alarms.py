"""The alarm journal as CSV over a real server: a large one comes whole, and one who stops to read stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from historian.alarm_journal import AlarmFilter, AlarmPage
from historian.journal import Journal
from historian.queries import Queries
from line.clock import SystemClock
from tests.unit.kpi_scripts import events
from tests.wire.srv_plant import DEADLINE_S, Plant, run

COUNT = 5000


def fill(p: Plant) -> None:
    script = [(float(n), f"A{n}.high3", "alarm") for n in range(COUNT)]
    journal = Journal(p.data / "journal.db")
    journal.append(events(script))
    journal.close()
    p.history.alarms = Queries(p.data)


def test_a_long_journal_comes_whole_and_in_pieces(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        fill(p)
        pieces: list[bytes] = []
        async with p.http.stream("GET", "/api/alarm_journal.csv?language=en") as answer:
            assert answer.status_code == 200
            assert "content-length" not in answer.headers
            async for piece in answer.aiter_raw():
                pieces.append(piece)
        lines = b"".join(pieces).decode("utf-8").splitlines()
        assert len(pieces) > 2
        assert [line.split(",", 1)[0] for line in lines[1:]] == [str(n) for n in range(COUNT, 0, -1)]

    run(tmp_path, body)


class Endless(Queries):
    """A journal that always has another page; ``pages`` counts those that were asked for."""

    pages = 0

    def alarm_page(self, wanted: AlarmFilter, before: int = 0, limit: int = 100) -> AlarmPage:
        self.pages += 1
        return AlarmPage(events([(0.0, "A.high3", "alarm")]) * 100, 1, True)


def test_who_stops_to_read_stops_it(tmp_path: Path) -> None:
    endless = Endless(tmp_path)

    async def body(p: Plant) -> None:
        p.history.alarms = endless
        async with p.http.stream("GET", "/api/alarm_journal.csv") as answer:
            async for _ in answer.aiter_raw():
                break
        await until_quiet(lambda: endless.pages)
        assert endless.pages >= 1

    run(tmp_path, body)


async def until_quiet(count: Callable[[], int]) -> None:
    """Wait until ``count`` has stood still for a while."""
    clock = SystemClock()
    async with asyncio.timeout(DEADLINE_S):
        last = -1
        while last != count():
            last = count()
            await clock.sleep_until_ns(clock.monotonic_ns() + 300_000_000)
