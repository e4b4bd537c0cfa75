"""Rollups of days that are over and have none: files of an older version, or of an engine that was stopped before midnight.

Runs in the server's process, not beside the scan: the engine rolls up the day that it writes. Each step is one short transaction,
so that a late sample of the engine never waits longer than one.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

from historian.database import BUSY_TIMEOUT_S, file_version, is_damage, open_alone
from historian.rollup import DayRoller, add_rollups
from historian.samples import NS_PER_DAY, SAMPLES_VERSION, day_files, salvage_day
from line.clock import NS_PER_S, SystemClock

log = logging.getLogger(__name__)

LOOK_S: Final = 600.0
_ENGINES: Final = 2
"""Newest days, which the engine writes (late samples are a day old at most): it finds their damage itself."""


class OldDays:
    """A thread that looks for such days now and then. Missing rollups are no fault: trends are read from the samples then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rollups", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step that is being made."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                roll_old_days(self._folder, self._stop)
            except Exception:  # whatever it is, it is no reason to end the server, and the next look may go better
                log.exception("rollups of older days failed")
            self._stop.wait(LOOK_S)


def roll_old_days(folder: Path, stop: threading.Event, share: float = 0.25) -> int:
    """Complete the rollups of all days but the newest, newest first; how many days were completed.

    ``share``: of a processor, at most.
    """
    timer = SystemClock()
    days = day_files(folder)
    newest_ns = (days[-1][0].toordinal() - 719_162) * NS_PER_DAY if days else 0  # the end of the newest: all before it is over
    done = 0
    for day, path in reversed(days[:-1]):
        try:
            db = _open(path)
            if db is None:
                continue
            with closing(db):
                add_rollups(db)
                db.execute("SELECT sum(stored) FROM batches").fetchone()  # damaged, it would hold up what a sink waits for
                day_ns = (day.toordinal() - 719_163) * NS_PER_DAY
                roller = DayRoller(db, day_ns, spans_at_once=96)
                if roller.complete():
                    continue
                while not stop.is_set():
                    began_ns = timer.monotonic_ns()
                    if not roller.step(newest_ns):
                        break
                    stop.wait((timer.monotonic_ns() - began_ns) / NS_PER_S * (1 / share - 1))
                done += roller.complete()
        except sqlite3.Error as error:
            if is_damage(error) and (day, path) not in days[-_ENGINES:] and not _in_use(path):
                salvage_day(path, timer.now_ns(), str(error))
            log.warning("%s gets no rollups, trends of that day are slower: %s", path, error)
        if stop.is_set():
            break
    return done


def _in_use(path: Path) -> bool:
    """Somebody has the file open: an engine whose clock was set back goes on in an older day, and makes it anew itself."""
    try:
        db = open_alone(path, SAMPLES_VERSION)
    except sqlite3.Error as error:
        return not is_damage(error)
    if db is not None:
        db.close()
    return False


def _open(path: Path) -> sqlite3.Connection | None:
    """For writing, but never made; None for a file that is gone, empty or of another version."""
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    except sqlite3.OperationalError:
        return None
    try:
        if file_version(db) != SAMPLES_VERSION:
            db.close()
            return None
        db.execute("PRAGMA synchronous=NORMAL")
    except BaseException:
        db.close()
        raise
    return db
