"""Rollups: a trend drawn from them has the points that it has from all samples, in whatever order those came and whoever died."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.database import open_reader
from historian.queries import GAP_S, Queries
from historian.rollup import LATE_NS, MINUTE_NS, SPAN_NS, DayRoller, chosen, state_of
from historian.rollup_old import OldDays, roll_old_days
from historian.samples import NS_PER_DAY, SAMPLES_VERSION, SampleBlock, SampleStore, day_files
from historian.trend import Trend, read_trends, window
from line.clock import NS_PER_S
from line.quality import Status, is_bad
from tests.waiting import wait_for

DAY_NS = 20_000 * NS_PER_DAY
GAP_NS = int(GAP_S * NS_PER_S)
BAD, GOOD = int(Status.BAD_SENSOR_FAILURE), 0
NAMES = ["A", "B"]


def block(times: Sequence[int], values: Sequence[float], status: Sequence[int], handle: int = 0,
          text: str | None = None) -> SampleBlock:  # fmt: skip
    count = len(times)
    strings = {} if text is None else {handle: text}
    return SampleBlock(NAMES, np.full(count, handle), np.array(times, np.int64), np.array(values, np.float64),
                       np.array(status, np.uint32), np.zeros(count, np.bool_), strings)  # fmt: skip


def store_all(folder: Path, *blocks: SampleBlock, roll: bool = True) -> None:
    with closing(SampleStore(folder / "samples")) as store:
        for one in blocks:
            store.add(one, "s")
            store.commit(DAY_NS)
            if roll:
                roll_all(store)


def roll_all(store: SampleStore) -> None:
    assert not store.roll(lambda: True)


def both(folder: Path, from_ns: int, to_ns: int, points: int, tag: str = "A") -> tuple[Trend, Trend]:
    """The trend from rollups, and the one from all samples."""
    served = Queries(folder).history([tag], from_ns, to_ns, points)[tag]
    raw = read_trends(folder / "samples", [tag], window(from_ns, to_ns, points, GAP_NS, rollups=False))[tag]
    return served, raw


def done_ns(folder: Path) -> list[int]:
    found: list[int] = []
    for _, path in day_files(folder / "samples"):
        db = open_reader(path, SAMPLES_VERSION)
        assert db is not None
        with closing(db):
            found.append(state_of(db, "done"))
    return found


def forget_rollup_rows(folder: Path) -> int:
    """Take all samples away, so that only rollups can answer; how many there were."""
    gone = 0
    for _, path in day_files(folder / "samples"):
        with closing(sqlite3.connect(path)) as db:
            gone += db.execute("DELETE FROM samples").rowcount
            db.commit()
    return gone


SAMPLE = st.tuples(
    st.integers(1, 400),  # seconds since the sample before; now and then far more
    st.sampled_from([1, 1, 1, 1, 20]),
    st.integers(-5, 5),
    st.sampled_from([GOOD, GOOD, GOOD, GOOD, BAD, int(Status.UNCERTAIN_LAST_USABLE_VALUE)]),
    st.booleans(),
)


@settings(max_examples=120, deadline=None)
@given(
    start=st.integers(0, 2 * NS_PER_DAY // NS_PER_S),
    rows=st.lists(SAMPLE, min_size=1, max_size=250),
    burst=st.integers(0, 400),
    seed=st.integers(0, 2**32 - 1),
    late=st.integers(0, 40),
    window_s=st.tuples(st.integers(-3600, 80_000), st.integers(1, 200_000)),
    points=st.sampled_from([2, 10, 50, 200]),
)
def test_a_trend_is_the_same_from_rollups_as_from_all_samples(
    start: int, rows: list[tuple[int, int, int, int, bool]], burst: int, seed: int, late: int,
    window_s: tuple[int, int], points: int,
) -> None:  # fmt: skip
    chance = np.random.default_rng(seed)
    times, values, codes = [], [], []
    now_ns = DAY_NS + start * NS_PER_S
    for step_s, factor, value, code, is_nan in rows:
        now_ns += step_s * factor * NS_PER_S
        times.append(now_ns)
        values.append(float("nan") if is_nan and value == 0 else float(value))
        codes.append(code)
    for _ in range(burst):  # a stretch with many samples a minute
        now_ns += int(chance.integers(1, 3 * NS_PER_S))
        times.append(now_ns)
        values.append(float(chance.normal()))
        codes.append(GOOD if chance.random() > 0.01 else BAD)
    order = list(range(len(times)))
    for moved in chance.integers(0, len(order), late).tolist():  # some come late, after all others of their time
        order.append(order.pop(moved))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        store = SampleStore(path / "samples")
        at = 0
        while at < len(order):
            part = order[at : at + int(chance.integers(1, 60))]
            at += len(part)
            store.add(block([times[i] for i in part], [values[i] for i in part], [codes[i] for i in part]), "s")
            store.commit(DAY_NS)
            if chance.random() < 0.6:
                left = [int(chance.integers(0, 6))]

                def some(left: list[int] = left) -> bool:
                    left[0] -= 1
                    return left[0] >= 0

                store.roll(some)
            if chance.random() < 0.15:  # killed: what is made between two transactions is in memory only
                store.close()
                store = SampleStore(path / "samples")
        if chance.random() < 0.7:
            store.roll(lambda: True)
        from_ns = times[0] + window_s[0] * NS_PER_S
        served, raw = both(path, from_ns, from_ns + window_s[1] * NS_PER_S, points)
        store.close()
        assert served == raw
        shown = window(from_ns, from_ns + window_s[1] * NS_PER_S, points, GAP_NS)
        _envelope_holds(raw, times, values, codes, shown.from_ns, shown.to_ns, shown.width_ns)


def _envelope_holds(
    trend: Trend, times: list[int], values: list[float], codes: list[int], from_ns: int, to_ns: int, width_ns: int
) -> None:
    """By a count of its own: every bucket has its least and greatest value, and something without value where any was."""
    first_ns = min([from_ns, *trend.t[:1]])  # the sample before the window leads
    inside = sorted((t, v, q) for t, v, q in zip(times, values, codes, strict=True) if first_ns <= t <= to_ns)
    buckets: dict[int, list[float]] = {}
    holes: set[int] = set()
    for t, v, q in inside:
        if is_bad(q) or v != v:
            holes.add(t // width_ns)
        else:
            buckets.setdefault(t // width_ns, []).append(v)
    for (t, _, _), (then, _, _) in pairwise(inside):
        if then - t > GAP_NS:
            holes.add((t + GAP_NS) // width_ns)
    shown: dict[int, list[float]] = {}
    for t, v in zip(trend.t, trend.v, strict=True):
        if isinstance(v, float):
            shown.setdefault(t // width_ns, []).append(v)
    assert {b: (min(v), max(v)) for b, v in shown.items()} == {b: (min(v), max(v)) for b, v in buckets.items()}
    assert holes <= {t // width_ns for t, v in zip(trend.t, trend.v, strict=True) if v is None}
    assert trend.t == sorted(set(trend.t))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.one_of(st.integers(-3, 3), st.none())), min_size=1, max_size=120),
    st.integers(2, 9), st.integers(1, 5),
)  # fmt: skip
def test_a_choice_of_choices_is_the_choice(rows: list[tuple[int, int | None]], narrow: int, times_wider: int) -> None:
    times = np.cumsum([step for step, _ in rows]).astype(np.int64)
    numbers = np.array([np.nan if v is None else float(v) for _, v in rows])
    wide = narrow * times_wider
    first = chosen(times, numbers, narrow, ends=True)
    assert (
        first[chosen(times[first], numbers[first], wide, ends=False)].tolist()
        == chosen(times, numbers, wide, ends=False).tolist()
    )


def test_a_trend_of_a_day_needs_no_samples_once_they_are_rolled_up(tmp_path: Path) -> None:
    times = [DAY_NS + n * NS_PER_S for n in range(0, 86_400 + 120, 5)]
    values = [float(n % 97) for n in range(len(times))]
    values[5000] = 5000.0
    store_all(tmp_path, block(times, values, [GOOD] * len(times)))
    assert done_ns(tmp_path)[0] == DAY_NS + NS_PER_DAY
    for points in (100, 900):  # from quarters of an hour, from minutes
        served, raw = both(tmp_path, DAY_NS, DAY_NS + NS_PER_DAY - 1, points)
        assert served == raw
        assert 5000.0 in served.v
        assert len(served.t) <= 2.5 * points
    forget_rollup_rows(tmp_path)
    again = Queries(tmp_path).history(["A"], DAY_NS, DAY_NS + NS_PER_DAY - 1, 100)["A"]
    assert 5000.0 in again.v, "the trend was not read from the samples"
    assert len(again.t) > 90


def test_a_late_sample_is_in_the_trend_at_once(tmp_path: Path) -> None:
    times = [DAY_NS + n * NS_PER_S for n in range(0, 20_000, 2)]
    with closing(SampleStore(tmp_path / "samples")) as store:
        store.add(block(times, [1.0] * len(times), [GOOD] * len(times)), "s")
        store.commit(DAY_NS)
        roll_all(store)
        late_ns = DAY_NS + 5001 * NS_PER_S
        store.add(block([late_ns], [77.0], [GOOD]), "s")
        store.commit(DAY_NS)
        for _ in range(2):
            served, raw = both(tmp_path, DAY_NS, times[-1], 40)
            assert served == raw
            assert (late_ns, 77.0) in zip(served.t, served.v, strict=True)
            more = times[-1] + 900 * NS_PER_S
            store.add(block([more], [1.0], [GOOD]), "s")
            store.commit(DAY_NS)
            roll_all(store)  # makes it anew
    with closing(sqlite3.connect(day_files(tmp_path / "samples")[0][1])) as db:
        assert db.execute("SELECT count(*) FROM rollup_stale").fetchone() == (0,)


def test_the_newest_minutes_are_not_rolled_up_before_their_time(tmp_path: Path) -> None:
    edge_ns = DAY_NS + 4 * SPAN_NS
    store_all(tmp_path, block([DAY_NS, edge_ns + LATE_NS - 1], [1.0, 2.0], [GOOD] * 2))
    assert done_ns(tmp_path) == [edge_ns - SPAN_NS]
    store_all(tmp_path, block([edge_ns + LATE_NS], [1.0], [GOOD]))
    assert done_ns(tmp_path) == [edge_ns]


def test_texts_are_shown_as_they_are(tmp_path: Path) -> None:
    blocks = [block([DAY_NS + n * 20 * NS_PER_S], [0.0], [GOOD], text=f"Партия {n}") for n in range(300)]
    numbers = block([DAY_NS + n * 20 * NS_PER_S for n in range(300, 600)], [float(n) for n in range(300)], [GOOD] * 300)
    store_all(tmp_path, *blocks, numbers)
    served, raw = both(tmp_path, DAY_NS, DAY_NS + 3 * 3600 * NS_PER_S, 50)
    assert served == raw
    assert any(isinstance(v, str) for v in served.v)
    assert any(isinstance(v, float) for v in served.v)
    assert done_ns(tmp_path) == [DAY_NS + 13 * SPAN_NS]


def test_days_without_rollups_are_served_and_completed_later(tmp_path: Path) -> None:
    for day in range(3):
        times = [DAY_NS + day * NS_PER_DAY + n * NS_PER_S for n in range(0, 86_400, 30)]
        store_all(tmp_path, block(times, [float(n % 50) for n in range(len(times))], [GOOD] * len(times)), roll=False)
    with closing(sqlite3.connect(day_files(tmp_path / "samples")[0][1])) as db:  # a file from before there were any
        for name in ("rollups", "rollup_minutes", "rollup_stale", "rollup_state"):
            db.execute(f"DROP TABLE {name}")
    span = (DAY_NS, DAY_NS + 3 * NS_PER_DAY, 200)
    before, raw = both(tmp_path, *span)
    assert before == raw
    assert roll_old_days(tmp_path / "samples", threading.Event()) == 2
    assert done_ns(tmp_path) == [DAY_NS + NS_PER_DAY, DAY_NS + 2 * NS_PER_DAY, 0], "the newest day is the engine's"
    assert roll_old_days(tmp_path / "samples", threading.Event()) == 0
    assert both(tmp_path, *span) == (raw, raw)


def test_the_thread_completes_days_and_ends(tmp_path: Path) -> None:
    for day in range(2):
        store_all(tmp_path, block([DAY_NS + day * NS_PER_DAY], [1.0], [GOOD]), roll=False)
    keeper = OldDays(tmp_path / "samples")
    keeper.start()
    try:
        wait_for(lambda: done_ns(tmp_path)[0] == DAY_NS + NS_PER_DAY, what="the rollups of the older day")
    finally:
        keeper.stop()


def test_a_day_is_closed_when_it_has_its_rollups(tmp_path: Path) -> None:
    with closing(SampleStore(tmp_path / "samples")) as store:
        store.add(block([DAY_NS + NS_PER_DAY - NS_PER_S], [1.0], [GOOD]), "s")
        store.commit(DAY_NS)
        roll_all(store)
        store.add(block([DAY_NS + NS_PER_DAY + 2 * LATE_NS], [1.0], [GOOD]), "s")
        store.commit(DAY_NS)
        wal = (tmp_path / "samples").glob("*-wal")
        assert len(list(wal)) == 2
        roll_all(store)
        assert len(list((tmp_path / "samples").glob("*-wal"))) == 1, "yesterday is closed"
        assert done_ns(tmp_path)[0] == DAY_NS + NS_PER_DAY


def test_rollups_made_by_two_at_once_are_the_same(tmp_path: Path) -> None:
    times = [DAY_NS + n * NS_PER_S for n in range(0, 30_000, 3)]
    store_all(tmp_path, block(times, [float(n % 11) for n in range(len(times))], [GOOD] * len(times)), roll=False)
    path = day_files(tmp_path / "samples")[0][1]
    with closing(sqlite3.connect(path, isolation_level=None)) as one, closing(sqlite3.connect(path, isolation_level=None)) as two:
        rollers = [DayRoller(one, DAY_NS), DayRoller(two, DAY_NS, spans_at_once=7)]
        going = [True, True]
        while any(going):
            going = [roller.step(times[-1]) for roller in rollers]
    served, raw = both(tmp_path, DAY_NS, times[-1], 60)
    assert served == raw
    assert done_ns(tmp_path) == [(times[-1] - LATE_NS) // SPAN_NS * SPAN_NS]


@pytest.mark.parametrize(
    ("hours", "points", "level_ns"), [(1, 1000, 0), (8, 1000, MINUTE_NS), (720, 1000, SPAN_NS), (8, 20, SPAN_NS)]
)
def test_how_wide_a_span_is_served_by_what(hours: int, points: int, level_ns: int) -> None:
    chosen_window = window(DAY_NS, DAY_NS + hours * 3600 * NS_PER_S, points, GAP_NS)
    assert chosen_window.level_ns == level_ns
    assert not level_ns or chosen_window.width_ns % level_ns == 0
    assert window(DAY_NS, DAY_NS + hours * 3600 * NS_PER_S, points, MINUTE_NS - 1).level_ns == 0, "a gap may lie inside a minute"
