"""The threads of the server: history, passwords, recipes and batch records have their own, so that none starves the others."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from historian.database import StoreVersionError
from line.messages import Event
from server.auth import ApiError
from server.ports import HistorySource
from server.texts import BUSY, HISTORY_FAILED, RECORD_FAILED

_log = logging.getLogger("potok.server.history")

T = TypeVar("T")
HISTORY_THREADS: Final = 2
MAX_WAITING: Final = 32
HISTORY_ERRORS: Final = (StoreVersionError, sqlite3.Error, OSError, RuntimeError, ValueError)
"""What a broken disk, a damaged file or one of a newer program raises."""


class Workers:
    """Runs blocking calls; what would have to wait behind too many others is refused with 503."""

    def __init__(self, history: HistorySource) -> None:
        self._history = history
        self._history_pool = ThreadPoolExecutor(HISTORY_THREADS, "history")
        self._password_pool = ThreadPoolExecutor(1, "password")
        self._recipe_pool = ThreadPoolExecutor(1, "recipes")
        self._record_pool = ThreadPoolExecutor(1, "records")
        self._waiting = {"history": 0, "password": 0, "recipes": 0, "records": 0}

    async def history(self, query: Callable[[HistorySource], T]) -> T:
        """``query(history)`` in a thread. Raises ApiError 503 when the history fails."""
        try:
            return await self._run("history", self._history_pool, lambda: query(self._history))
        except HISTORY_ERRORS as error:
            _log.exception("a history query failed")
            raise ApiError(503, HISTORY_FAILED) from error

    async def events_after(self, seq: int, limit: int) -> Sequence[Event]:
        """One page of the journal, for the live feed."""
        return await self.history(lambda h: h.events_after(seq, limit, None))

    async def password(self, call: Callable[[], T]) -> T:
        """A call that hashes a password; one at a time."""
        return await self._run("password", self._password_pool, call)

    async def recipes(self, call: Callable[[], T]) -> T:
        """A call that reads or checks a recipe; one at a time."""
        return await self._run("recipes", self._recipe_pool, call)

    async def render(self, call: Callable[[], T]) -> T:
        """A call that makes a document of a batch record; one at a time, apart from what live pages wait for."""
        try:
            return await self._run("records", self._record_pool, call)
        except HISTORY_ERRORS as error:
            _log.exception("a batch record could not be made")
            raise ApiError(503, RECORD_FAILED) from error

    async def _run(self, name: str, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        if self._waiting[name] >= MAX_WAITING:
            raise ApiError(503, BUSY, headers={"Retry-After": "5"})
        self._waiting[name] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, call)
        finally:
            self._waiting[name] -= 1

    def close(self) -> None:
        """End the threads; waits for what is running."""
        for pool in (self._history_pool, self._password_pool, self._recipe_pool, self._record_pool):
            pool.shutdown(wait=True, cancel_futures=True)
