"""Retention: what is deleted, what never is, and what a clock may not do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Set
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from historian.retention import DAYS_LEFT_MAX, DOUBT_NS, GB, KEEP_DAYS, ClockWatch, DaySize, Policy, Retention, days_left, judge
from historian.samples import NS_PER_DAY, SampleBlock, SampleStore
from line.clock import NS_PER_S

TODAY = date(2026, 11, 23)
NOW_NS = (TODAY.toordinal() - 719_163) * NS_PER_DAY + 12 * 3600 * NS_PER_S
PLENTY = 1000 * GB


def days(count: int, size: int = GB, until: date = TODAY) -> list[DaySize]:
    return [DaySize(until - timedelta(days=n), size) for n in reversed(range(count))]


def ago(*back: int) -> tuple[date, ...]:
    return tuple(TODAY - timedelta(days=n) for n in back)


def nothing() -> Set[date]:
    return set()


def test_days_go_by_age() -> None:
    assert judge(days(30), Policy(28), PLENTY, TODAY, nothing).drop == ago(29)
    assert judge(days(28), Policy(28), PLENTY, TODAY, nothing).drop == ()


def test_a_clock_that_jumps_ahead_a_year_deletes_nothing() -> None:
    year_later = TODAY + timedelta(days=365)
    stored = [*days(300), DaySize(year_later, GB)]
    assert judge(stored, Policy(300), PLENTY, year_later, nothing).drop == ago(299), "one day more than are to be kept"
    assert judge(stored, Policy(301), PLENTY, year_later, nothing).drop == ()


def test_a_plant_that_stood_keeps_its_last_days() -> None:
    stored = days(100, until=TODAY - timedelta(days=200))
    assert judge([*stored, DaySize(TODAY, GB)], Policy(101), PLENTY, TODAY, nothing).drop == ()


def test_days_go_by_size_oldest_first() -> None:
    policy = Policy(400, max_bytes=27 * GB)
    assert judge(days(30), policy, PLENTY, TODAY, nothing).drop == ago(29, 28, 27)


def test_days_go_for_room_but_never_the_newest() -> None:
    policy = Policy(400, reserve_bytes=2 * GB)
    assert judge(days(30), policy, GB // 2, TODAY, nothing).drop == ago(29, 28)
    assert len(judge(days(30, size=1000), policy, 0, TODAY, nothing).drop) == 30 - KEEP_DAYS, "something else fills the disk"
    assert judge(days(KEEP_DAYS), policy, 0, TODAY, nothing).drop == ()


def test_what_a_sink_has_not_got_stays_until_the_disk_is_full() -> None:
    waiting = set(ago(29, 28))
    by_size = judge(days(30), Policy(400, max_bytes=28 * GB), PLENTY, TODAY, lambda: waiting)
    assert (by_size.drop, by_size.unsent, by_size.held) == (ago(27, 26), (), 2)
    by_age = judge(days(30), Policy(28), PLENTY, TODAY, lambda: waiting)
    assert (by_age.drop, by_age.held) == ((), 1)
    everything = set(ago(*range(30)))
    full = judge(days(30), Policy(400, reserve_bytes=2 * GB), 0, TODAY, lambda: everything)
    assert (full.drop, full.unsent) == (ago(29, 28), ago(29, 28))


def test_sinks_are_not_asked_when_nothing_would_go() -> None:
    def asked() -> Set[date]:
        raise AssertionError("asked")

    assert judge(days(20), Policy(28), PLENTY, TODAY, asked).drop == ()


@given(
    st.integers(0, 60), st.integers(2, 50), st.one_of(st.none(), st.integers(1, 60)), st.integers(0, 40), st.integers(0, 40),
    st.sets(st.integers(0, 60)), st.integers(-40, 400),
)  # fmt: skip
def test_whatever_is_asked_for(
    count: int, keep: int, limit: int | None, free: int, reserve: int, waiting: set[int], off: int
) -> None:
    policy = Policy(keep, None if limit is None else limit * GB, reserve * GB)
    stored = days(count)
    unsent = set(ago(*waiting))
    verdict = judge(stored, policy, free * GB, TODAY + timedelta(days=off), lambda: unsent)
    gone = list(verdict.drop)
    assert gone == sorted(set(gone))
    assert not set(gone) & {d.day for d in stored[max(0, count - min(KEEP_DAYS, keep)) :]}, "the newest stay"
    assert TODAY + timedelta(days=off) not in gone
    assert set(verdict.unsent) == set(gone) & unsent
    if verdict.unsent:
        assert free < reserve
    if free >= reserve and (limit is None or count <= limit):
        assert len(gone) <= max(0, count - keep), "the clock alone takes no more than there are too many"


def test_how_long_the_disk_lasts() -> None:
    policy = Policy(400, reserve_bytes=GB)
    assert days_left(days(10), policy, 21 * GB) == 20.0
    assert days_left(days(10), Policy(15, reserve_bytes=GB), 21 * GB) == DAYS_LEFT_MAX, "retention ends it before"
    assert days_left(days(10), Policy(400, 20 * GB, GB), 21 * GB) == DAYS_LEFT_MAX
    assert days_left(days(10), policy, 0) == 0.0
    assert days_left([], policy, 0) == DAYS_LEFT_MAX


def test_the_clock_is_doubted_for_a_day_after_a_jump() -> None:
    hour = 3600 * NS_PER_S
    watch = ClockWatch(NOW_NS - hour)
    assert watch.trusted(NOW_NS, 0)
    assert watch.trusted(NOW_NS + hour, hour)
    assert watch.trusted(NOW_NS + hour, 2 * hour), "an hour back, as by hand in autumn, is none"
    assert not watch.trusted(NOW_NS + 365 * 24 * hour, 2 * hour)
    assert not watch.trusted(NOW_NS + 365 * 24 * hour + DOUBT_NS - hour, 2 * hour + DOUBT_NS - hour)
    assert watch.trusted(NOW_NS + 365 * 24 * hour + DOUBT_NS, 2 * hour + DOUBT_NS)


@pytest.mark.parametrize(("away_days", "trusted"), [(None, True), (0, True), (2, True), (4, False), (-4, False), (365, False)])
def test_history_that_ends_far_from_now_casts_doubt(away_days: int | None, trusted: bool) -> None:
    newest_ns = None if away_days is None else NOW_NS - away_days * NS_PER_DAY
    assert ClockWatch(newest_ns).trusted(NOW_NS, 0) is trusted


def fill(folder: Path, count: int, end_ns: int = NOW_NS) -> None:
    with closing(SampleStore(folder)) as store:
        for back in range(count):
            times = np.array([end_ns - back * NS_PER_DAY], np.int64)
            store.add(SampleBlock(["T"], np.zeros(1, np.int64), times, np.zeros(1), np.zeros(1, np.uint32), np.zeros(1, np.bool_),
                                  {}), "")  # fmt: skip
        store.commit(end_ns)


def retention(folder: Path, policy: Policy, unsent: Callable[[], Set[date]] = nothing, free: int = PLENTY) -> Retention:
    return Retention(folder, policy, unsent, lambda _folder: free)


def test_a_look_at_a_folder(tmp_path: Path) -> None:
    fill(tmp_path, 30)
    looked = retention(tmp_path, Policy(28)).look(NOW_NS + NS_PER_S, 0)
    assert looked.verdict.drop == ago(29)
    assert looked.figures.disk_free_gb == 1000.0
    assert 0 < looked.figures.size_gb < 0.01
    assert looked.figures.clock_ok


def test_nothing_goes_while_the_clock_is_doubted(tmp_path: Path) -> None:
    fill(tmp_path, 30)
    watched = retention(tmp_path, Policy(10, None, 0))
    looked = watched.look(NOW_NS + 300 * NS_PER_DAY, 0)
    assert (looked.verdict.drop, looked.figures.clock_ok) == ((), False)
    looked = watched.look(NOW_NS + 301 * NS_PER_DAY, DOUBT_NS)
    assert looked.figures.clock_ok
    assert len(looked.verdict.drop) == 20, "as many as there are too many, not all that are old"


def test_when_nobody_knows_what_was_sent_nothing_goes(tmp_path: Path) -> None:
    def fails() -> Set[date]:
        raise sqlite3.OperationalError("disk I/O error")

    fill(tmp_path, 30)
    looked = retention(tmp_path, Policy(28), fails).look(NOW_NS, 0)
    assert (looked.verdict.drop, looked.figures.held_days) == ((), 1)
