"""Real-time measures for the scan, where the machine permits them: priority, locked memory, a garbage collector that waits.

Nothing here is needed for a line to run. What was got and what was refused, and which right is missing, is told in the log and
in the ``engine`` view.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from line.clock import NS_PER_MS
from line.documents import Text
from line.messages import JsonObject

log = logging.getLogger(__name__)

Mode = Literal["auto", "off"]

SWITCH_INTERVAL_S: Final = 0.0005
"""How long another thread may keep the interpreter from the scan; Python's own 5 ms would be the scan's lateness."""

FIFO_PRIORITY: Final = 10
"""Above every normal process, below the kernel's own threads for interrupts (50)."""

_MCL_CURRENT: Final = 1
_MCL_FUTURE: Final = 2
_CAP_IPC_LOCK: Final = 14


@dataclass(frozen=True)
class Realtime:
    """What was got: ``scheduling`` is ``fifo`` or ``normal``, ``locked`` says that no page can be swapped out."""

    scheduling: str
    locked: bool
    note: Text

    def to_json(self) -> JsonObject:
        """As the ``engine`` view shows it."""
        return {"scheduling": self.scheduling, "locked": self.locked, "note": self.note.to_json()}


class System(Protocol):
    """The system calls that are needed; each raises OSError when it is refused."""

    def set_fifo(self, priority: int) -> None:
        """Real-time scheduling for the calling thread alone, not for threads that it starts."""
        ...

    def lock_memory(self) -> None:
        """Keep all pages of this process, also future ones, in memory."""
        ...

    def release(self) -> None:
        """Normal scheduling and unlocked memory again."""
        ...


class Linux:
    """The calls of Linux. Elsewhere every one of them is refused."""

    def set_fifo(self, priority: int) -> None:
        if not hasattr(os, "sched_setscheduler"):
            raise OSError("no such call on this system")
        # reset on fork: threads that the scan's thread starts later (names looked up, journals) stay normal
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))

    def lock_memory(self) -> None:
        if not sys.platform.startswith("linux"):
            raise OSError("no such call on this system")
        if not may_lock():  # within a finite limit it would succeed, and a later allocation would fail
            raise PermissionError("CAP_IPC_LOCK is missing and the limit of locked memory is finite")
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def release(self) -> None:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        ctypes.CDLL(None).munlockall()


def may_lock(status: Path = Path("/proc/self/status")) -> bool:
    """True when memory may be locked without a limit: by CAP_IPC_LOCK, or because the limit is infinite."""
    import resource  # not on Windows

    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        return True
    for row in status.read_text().splitlines():
        key, _, value = row.partition(":")
        if key == "CapEff":
            return bool(int(value, 16) >> _CAP_IPC_LOCK & 1)
    return False


def engage(mode: Mode, system: System | None = None) -> Realtime:
    """Take what the system grants, for the calling thread; with ``off`` nothing is tried. Never raises for a refusal."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    if mode == "off":
        return Realtime("normal", False, Text(ru="выключен (--realtime off)", en="switched off (--realtime off)"))
    system = system or Linux()
    locked_error = _refused("memory is not locked", system.lock_memory)
    fifo_error = _refused("normal scheduling", lambda: system.set_fifo(FIFO_PRIORITY))
    priority = (
        Text(ru=f"приоритет {FIFO_PRIORITY} (SCHED_FIFO)", en=f"priority {FIFO_PRIORITY} (SCHED_FIFO)")
        if fifo_error is None
        else Text(ru="обычный приоритет: нужно право CAP_SYS_NICE", en="normal priority: CAP_SYS_NICE is missing")
        if isinstance(fifo_error, PermissionError)
        else Text(ru="обычный приоритет: другого эта система не даёт", en="normal priority: this system has no other")
    )
    memory = (
        Text(ru="память закреплена", en="memory locked")
        if locked_error is None
        else Text(ru="память не закреплена: нужно право CAP_IPC_LOCK", en="memory not locked: CAP_IPC_LOCK is missing")
        if isinstance(locked_error, PermissionError)
        else Text(ru="память не закреплена", en="memory not locked")
    )
    note = Text(ru=f"{priority.ru}; {memory.ru}", en=f"{priority.en}; {memory.en}")
    log.info("real time: %s", note.en)
    return Realtime("normal" if fifo_error else "fifo", locked_error is None, note)


def release(got: Realtime, system: System | None = None) -> None:
    """Give back what :func:`engage` got; for a process that goes on with something else."""
    if got.locked or got.scheduling == "fifo":
        (system or Linux()).release()


def _refused(what: str, call: Callable[[], None]) -> OSError | None:
    try:
        call()
    except OSError as error:
        log.info("real time: %s: %s", what, error)
        return error
    return None


class IdleCollector:
    """Collects garbage after a scan instead of in the middle of one.

    The collector's own thresholds say when a collection is due, the scan's idle time when it runs. Automatic collection stays
    behind as a net, with a threshold that a running line does not reach.
    """

    YOUNG: Final = 2_000
    """New objects after which the youngest generation is collected; ten such collections are one of the next generation."""

    NET: Final = 200_000
    """New objects after which a collection runs at once, idle or not."""

    NEEDS_NS: Final = 2 * NS_PER_MS
    """Idle time that the younger generations ask for; all of them together ask for ten times as much."""

    OVERDUE: Final = 100
    """Collections of the middle generation after which that of all no longer waits for so much time: at a period under 50 ms
    there never is."""

    def __init__(self) -> None:
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        """After everything is loaded: what is there is never looked at again."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(self.NET, 10, 10)

    def idle(self, idle_ns: int) -> None:
        """Called after a scan with the time until the next tick."""
        young, middle, old = gc.get_count()
        if young < self.YOUNG:
            return
        all_need_ns = 10 * self.NEEDS_NS if old < self.OVERDUE else self.NEEDS_NS
        if middle >= 10 and old >= 10 and idle_ns >= all_need_ns:
            gc.collect()
        elif idle_ns >= self.NEEDS_NS:
            gc.collect(1 if middle >= 10 else 0)

    def stop(self) -> None:
        """As it was before."""
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()
