"""The archive of the history routes: InfluxDB, asked only for the time of which there are no day files any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from historian.influx_read import ANSWERS_WITHIN_S, Archive, ArchiveError, FluxArchive, InfluxqlArchive, share_of
from historian.queries import Trend
from historian.samples import NS_PER_DAY, day_files
from historian.sinks_file import Sinks
from line.messages import JsonObject
from server.ports import Older

log = logging.getLogger(__name__)

WAITING_MAX: Final = 4
_UNIX_ORDINAL: Final = 719_163


class ArchiveService:
    """One question after another in a thread of its own; what takes too long is answered without it."""

    def __init__(self, data: Path, archive: Archive, within_s: float = ANSWERS_WITHIN_S) -> None:
        self._samples = data / "samples"
        self._archive = archive
        self._within_s = within_s
        self._pool = ThreadPoolExecutor(1, "archive")
        self._waiting = 0

    async def before_files(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> Older | None:
        """See :class:`server.ports.OlderHistory`."""
        until_ns = min(to_ns, await asyncio.to_thread(self._first_ns, to_ns))
        if from_ns >= until_ns:
            return None
        source: dict[str, str | int | None] = {"archive": self._archive.name, "until_ns": until_ns, "error": None}
        if self._waiting >= WAITING_MAX:
            return Older(until_ns, {}, {**source, "error": "too many questions at once"})
        self._waiting += 1
        try:
            share = share_of(points, until_ns - from_ns, to_ns - from_ns)
            asked = asyncio.get_running_loop().run_in_executor(
                self._pool, self._archive.history, list(tags), from_ns, until_ns, share
            )
            asked.add_done_callback(self._ended)
            return Older(until_ns, await asyncio.wait_for(asyncio.shield(asked), self._within_s), source)
        except ArchiveError as error:
            log.warning("the archive %s does not answer: %s", self._archive.name, error)
            return Older(until_ns, {}, _failed(source, str(error)))
        except TimeoutError:
            return Older(until_ns, {}, _failed(source, f"no answer within {self._within_s:g} s"))

    def _ended(self, asked: asyncio.Future[Mapping[str, Trend]]) -> None:
        self._waiting -= 1
        if not asked.cancelled():
            asked.exception()  # told by whoever still waits

    def _first_ns(self, to_ns: int) -> int:
        """The beginning of the oldest day of which there is a file; ``to_ns`` where there is none."""
        files = day_files(self._samples)
        return (files[0][0].toordinal() - _UNIX_ORDINAL) * NS_PER_DAY if files else to_ns

    async def close(self) -> None:
        """End the thread, and the question that is under way with its time-out."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        self._archive.close()


def _failed(source: JsonObject, error: str) -> JsonObject:
    return {**source, "error": error}


def archive_of(data: Path, sinks: Sinks, line: str) -> ArchiveService | None:
    """The first sink of the file that may be asked; None when none may."""
    for sink in sinks.settings:
        if sink.query == "none":
            continue
        try:
            token = sink.token_of()
        except (OSError, UnicodeDecodeError):
            token = ""  # the sink's own log says so
        target = replace(sink.target, token=token, timeout_s=min(sink.target.timeout_s, ANSWERS_WITHIN_S))
        make = FluxArchive if sink.query == "flux" else InfluxqlArchive
        return ArchiveService(data, make(sink.name, target, line))
    return None
