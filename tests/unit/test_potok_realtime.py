"""Real-time measures: what is granted is told, what is refused is told with the right that is missing, and nothing fails."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from potok import realtime
from potok.realtime import IdleCollector, Linux, engage, may_lock, release


class Fake:
    """System calls that note what was asked and refuse what they are told to."""

    def __init__(self, fifo: OSError | None = None, lock: OSError | None = None) -> None:
        self.asked: list[object] = []
        self._fifo = fifo
        self._lock = lock

    def set_fifo(self, priority: int) -> None:
        self.asked.append(priority)
        if self._fifo is not None:
            raise self._fifo

    def lock_memory(self) -> None:
        self.asked.append("lock")
        if self._lock is not None:
            raise self._lock

    def release(self) -> None:
        self.asked.append("release")


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    interval_s, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(interval_s)
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_what_is_granted_is_told() -> None:
    system = Fake()
    got = engage("auto", system)
    assert (got.scheduling, got.locked) == ("fifo", True)
    assert got.note.en == "priority 10 (SCHED_FIFO); memory locked"
    assert got.note.ru == "приоритет 10 (SCHED_FIFO); память закреплена"
    assert sorted(map(str, system.asked)) == ["10", "lock"]
    assert json.loads(json.dumps(got.to_json())) == {"scheduling": "fifo", "locked": True, "note": got.note.to_json()}


DENIED = PermissionError(1, "Operation not permitted")
UNKNOWN = OSError("no such call on this system")


@pytest.mark.parametrize(
    ("fifo", "lock", "scheduling", "locked", "note"),
    [
        (DENIED, None, "normal", True, "normal priority: CAP_SYS_NICE is missing; memory locked"),
        (None, DENIED, "fifo", False, "priority 10 (SCHED_FIFO); memory not locked: CAP_IPC_LOCK is missing"),
        (DENIED, DENIED, "normal", False, "normal priority: CAP_SYS_NICE is missing; memory not locked: CAP_IPC_LOCK is missing"),
        (UNKNOWN, UNKNOWN, "normal", False, "normal priority: this system has no other; memory not locked"),
    ],
)
def test_what_is_refused_is_told_with_what_is_missing(
    fifo: OSError | None, lock: OSError | None, scheduling: str, locked: bool, note: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        got = engage("auto", Fake(fifo, lock))
    assert (got.scheduling, got.locked, got.note.en) == (scheduling, locked, note)
    assert note in caplog.text
    for error in (fifo, lock):
        if error is not None:
            assert str(error) in caplog.text


def test_off_asks_for_nothing_but_the_interpreter() -> None:
    system = Fake()
    got = engage("off", system)
    assert system.asked == []
    assert (got.scheduling, got.locked, got.note.en) == ("normal", False, "switched off (--realtime off)")
    assert sys.getswitchinterval() == pytest.approx(0.0005)


def test_what_was_got_is_given_back_and_nothing_else() -> None:
    system = Fake()
    release(engage("auto", system), system)
    assert system.asked[-1] == "release"
    system = Fake(DENIED, DENIED)
    release(engage("auto", system), system)
    assert "release" not in system.asked


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="capabilities are a thing of Linux")
def test_memory_is_locked_only_without_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    status = tmp_path / "status"
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (8 << 20, 8 << 20))
    for caps, may in (("0000000000000000", False), ("0000000000004000", True), ("000001ffffffffff", True)):
        status.write_text(f"Name:\tpotok\nCapEff:\t{caps}\n")
        assert may_lock(status) is may
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    status.write_text("Name:\tpotok\n")
    assert may_lock(status)
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (8 << 20, 8 << 20))
    assert not may_lock(status)
    monkeypatch.setattr(realtime, "may_lock", lambda: False)
    with pytest.raises(PermissionError, match="CAP_IPC_LOCK"):
        Linux().lock_memory()


REAL = """
import json, os, threading
from potok.realtime import engage, release
got = engage("auto")
seen = []
thread = threading.Thread(target=lambda: seen.append(os.sched_getscheduler(0)))
thread.start()
thread.join()
mine = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
status = open("/proc/self/status").read()
locked_kb = int(next(r for r in status.splitlines() if r.startswith("VmLck:")).split()[1])
release(got)
after = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
print(json.dumps([got.to_json(), mine == os.SCHED_FIFO, seen == [os.SCHED_OTHER], locked_kb > 0, after == os.SCHED_OTHER]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="SCHED_FIFO is a thing of Linux")
def test_on_this_machine_it_is_what_it_says_and_for_the_one_thread_only() -> None:
    done = subprocess.run([sys.executable, "-c", REAL], capture_output=True, text=True, timeout=60, check=True)
    got, fifo, other_thread_is_normal, locked, normal_again = json.loads(done.stdout)
    assert fifo is (got["scheduling"] == "fifo")
    assert locked is got["locked"]
    assert other_thread_is_normal
    assert normal_again


# The collector


class Cycle:
    """Garbage that only the collector finds; ``alive`` counts what it has not."""

    alive = 0

    def __init__(self) -> None:
        self.me = self
        Cycle.alive += 1

    def __del__(self) -> None:
        Cycle.alive -= 1


def test_garbage_waits_for_the_idle_time_and_goes_then() -> None:
    collector = IdleCollector()
    collector.start()
    Cycle.alive = 0
    for _ in range(IdleCollector.YOUNG + 10):
        Cycle()
    assert Cycle.alive > IdleCollector.YOUNG  # Python's own threshold would have collected twice
    collector.idle(1_000_000)  # too little time
    assert Cycle.alive > IdleCollector.YOUNG
    collector.idle(50_000_000)
    assert Cycle.alive < IdleCollector.YOUNG
    collector.stop()


@pytest.mark.parametrize(("idle_ns", "most"), [(50_000_000, 300), (5_000_000, 1300)])
def test_no_generation_is_forgotten(idle_ns: int, most: int) -> None:
    collector = IdleCollector()
    collector.start()
    collections = [s["collections"] for s in gc.get_stats()]
    rounds = 0
    while gc.get_stats()[2]["collections"] == collections[2]:
        for _ in range(IdleCollector.YOUNG + 1):
            Cycle()
        collector.idle(idle_ns)
        rounds += 1
        assert rounds < most
    assert gc.get_stats()[1]["collections"] > collections[1]
    collector.stop()


def test_afterwards_the_collector_is_as_it_was() -> None:
    before = gc.get_threshold()
    collector = IdleCollector()
    collector.start()
    assert gc.get_threshold()[0] == IdleCollector.NET
    collector.stop()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
