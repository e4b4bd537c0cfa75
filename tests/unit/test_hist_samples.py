"""Samples: which are stored, with which time, and how they come back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.exception import SampleFilter
from historian.ledger import shift_ledger
from historian.queries import Queries
from historian.samples import BATCH_ROWS_MAX, NS_PER_DAY, SampleBlock, SampleStore, day_files, day_of
from line.clock import NS_PER_MS
from line.image import Snapshot
from line.quality import Status
from line.tags import TagKind, TagTable
from tests.builders import T0_NS, S, snapshot, table, tag

TAGS = TagTable([tag("S401.Temp", 0, deadband=0.5), tag("S401.Door", 1), tag("S401.Note", 2, kind=TagKind.STRING)])
BAD = int(Status.BAD_SENSOR_FAILURE)


def image(
    now_ns: int, temp: float, door: float = 0.0, *, status: int = 0, source_ns: int | None = None, note: str | None = None
) -> Snapshot:
    base = snapshot(TAGS, {"S401.Temp": temp, "S401.Door": door, "S401.Note": float("nan")}, now_ns=now_ns,
                    status={"S401.Temp": status})  # fmt: skip
    stamps = np.full(3, now_ns if source_ns is None else source_ns, dtype=np.int64)
    return Snapshot(1, now_ns, base.value, base.status, stamps, stamps, {} if note is None else {2: note})


def names(block: SampleBlock | None) -> list[str]:
    return [] if block is None else [str(block.names[h]) for h in block.handles.tolist()]


def test_what_is_stored_of_a_scan() -> None:
    chosen = SampleFilter(TAGS)
    assert names(chosen.due(image(T0_NS, 20.0))) == ["S401.Temp", "S401.Door", "S401.Note"], "first"
    assert names(chosen.due(image(T0_NS + S, 20.0))) == [], "quiet"
    assert names(chosen.due(image(T0_NS + 2 * S, 20.4))) == [], "inside the deadband"
    assert names(chosen.due(image(T0_NS + 3 * S, 20.5))) == ["S401.Temp"], "the deadband itself"
    assert names(chosen.due(image(T0_NS + 4 * S, 20.1, door=1.0))) == ["S401.Door"], "no deadband: any change"
    assert names(chosen.due(image(T0_NS + 5 * S, 20.1, door=1.0, status=BAD))) == ["S401.Temp"], "status"
    assert names(chosen.due(image(T0_NS + 6 * S, 20.1, door=1.0, status=BAD, note="text"))) == ["S401.Note"], "text"
    assert names(chosen.due(image(T0_NS + 7 * S, float("nan"), door=1.0, status=BAD, note="text"))) == ["S401.Temp"], "lost"
    assert names(chosen.due(image(T0_NS + 8 * S, 20.1, door=1.0, status=BAD, note="text"))) == ["S401.Temp"], "found"


def test_a_deadband_of_one_count_counts_every_count() -> None:
    tags = table("T", deadband=0.1)
    chosen = SampleFilter(tags)
    steps = [snapshot(tags, {"T": raw * 0.1}, now_ns=T0_NS + raw * S) for raw in range(400)]
    assert sum(len(chosen.due(step) or ()) for step in steps) == 400


def test_heartbeat_stores_what_does_not_move() -> None:
    chosen = SampleFilter(TAGS, heartbeat_s=60)
    chosen.due(image(T0_NS, 20.0))
    chosen.due(image(T0_NS + 30 * S, 25.0))
    block = chosen.due(image(T0_NS + 60 * S, 25.0, source_ns=T0_NS + 30 * S))
    assert names(block) == ["S401.Door", "S401.Note"]
    assert block is not None
    assert block.time_ns.tolist() == [T0_NS + 60 * S] * 2, "a heartbeat has the time of the scan"
    assert names(chosen.due(image(T0_NS + 90 * S, 25.0))) == ["S401.Temp"]


@pytest.mark.parametrize(
    ("source_ns", "expected_ns", "late"),
    [
        (T0_NS + 9 * S, T0_NS + 9 * S, False),
        (T0_NS + 2 * S, T0_NS + 2 * S, True),
        (T0_NS - S, T0_NS + 10 * S, False),  # before the last stored
        (T0_NS + 20 * S, T0_NS + 10 * S, False),  # from the future
        (T0_NS + 10 * S + 5 * NS_PER_MS, T0_NS + 10 * S + 5 * NS_PER_MS, False),  # clocks differ a little
        (0, T0_NS + 10 * S, False),
    ],
)
def test_the_time_of_a_sample(source_ns: int, expected_ns: int, late: bool) -> None:
    chosen = SampleFilter(TAGS)
    chosen.due(image(T0_NS, 20.0))
    block = chosen.due(image(T0_NS + 10 * S, 30.0, source_ns=source_ns))
    assert block is not None
    assert (block.time_ns.tolist(), block.late.tolist()) == ([expected_ns], [late])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-3 * S, 3 * S), st.integers(-5 * S, 5 * S), st.integers(0, 3)), min_size=2, max_size=30))
def test_times_of_one_tag_ascend_by_milliseconds_whatever_the_clocks_do(steps: list[tuple[int, int, int]]) -> None:
    chosen = SampleFilter(TAGS, heartbeat_s=2)
    now_ns, last_ms = T0_NS, 0
    for advance_ns, skew_ns, value in steps:
        now_ns += advance_ns
        block = chosen.due(image(now_ns, float(value), source_ns=now_ns + skew_ns))
        for handle, time_ns in zip([] if block is None else block.handles, [] if block is None else block.time_ns, strict=True):
            if handle == 0:
                assert int(time_ns) // NS_PER_MS > last_ms
                last_ms = int(time_ns) // NS_PER_MS


def test_a_rejected_block_is_due_again_with_the_newest_value() -> None:
    chosen = SampleFilter(TAGS)
    chosen.due(image(T0_NS, 20.0))
    block = chosen.due(image(T0_NS + S, 25.0))
    assert block is not None
    chosen.reject(block)
    again = chosen.due(image(T0_NS + 2 * S, 25.1))
    assert again is not None
    assert (names(again), again.values.tolist()) == (["S401.Temp"], [25.1])
    assert chosen.due(image(T0_NS + 3 * S, 25.1)) is None


def write(folder: Path, *blocks: SampleBlock | None, shift: str = "s-1") -> None:
    store = SampleStore(folder / "samples")
    for block in blocks:
        if block is not None:
            store.add(block, shift)
    store.commit(T0_NS)
    assert store.pending() == 0
    store.close()


def series(count: int, step_ns: int, start_ns: int = T0_NS, status: int = 0) -> SampleBlock:
    """``count`` samples of S401.Temp: 0, 1, 2, …"""
    none = np.zeros(count, dtype=np.bool_)
    times = start_ns + step_ns * np.arange(count, dtype=np.int64)
    codes = np.full(count, status, dtype=np.uint32)
    return SampleBlock(
        [t.name for t in TAGS], np.zeros(count, dtype=np.int64), times, np.arange(count, dtype=np.float64), codes, none, {}
    )


def test_a_day_over_midnight_goes_into_two_files(tmp_path: Path) -> None:
    midnight_ns = (T0_NS // NS_PER_DAY + 1) * NS_PER_DAY
    write(tmp_path, series(10, S, midnight_ns - 5 * S))
    assert [d for d, _ in day_files(tmp_path / "samples")] == [day_of(T0_NS), day_of(midnight_ns)]
    trend = Queries(tmp_path).history(["S401.Temp"], midnight_ns - 60 * S, midnight_ns + 60 * S, 100)["S401.Temp"]
    assert trend.v == [float(n) for n in range(10)]
    assert trend.t == [midnight_ns + n * S for n in range(-5, 5)]


def test_the_same_sample_twice_is_one_row_and_the_ledger_says_so(tmp_path: Path) -> None:
    write(tmp_path, series(10, S), series(10, S, status=BAD))
    assert Queries(tmp_path).sample_counts() == {"S401.Temp": 10}
    ledger = shift_ledger(tmp_path / "samples", tmp_path / "forward.db", "s-1", T0_NS, T0_NS + 60 * S)
    assert (ledger.expected, ledger.stored, ledger.forwarded) == (20, 10, 0)
    assert ledger.to_json()["missing"] == 10


def test_the_ledger_counts_bad_late_and_missed_per_shift(tmp_path: Path) -> None:
    store = SampleStore(tmp_path / "samples")
    store.add(series(3, S), "s-1")
    store.add(series(4, S, T0_NS + 10 * S, status=BAD), "s-2")
    store.miss(5, "s-2", T0_NS)
    store.miss(2, "s-3", T0_NS)
    store.commit(T0_NS)
    store.close()
    ledgers = [shift_ledger(tmp_path / "samples", tmp_path / "x", s, T0_NS, T0_NS + S) for s in ("s-1", "s-2", "s-3", "s-4")]
    assert [(g.expected, g.stored, g.bad) for g in ledgers] == [(3, 3, 0), (9, 4, 4), (2, 0, 0), (0, 0, 0)]


def test_a_large_block_is_split_into_batches(tmp_path: Path) -> None:
    count = 2 * BATCH_ROWS_MAX + 17
    write(tmp_path, series(count, NS_PER_MS))
    assert Queries(tmp_path).sample_counts() == {"S401.Temp": count}


def test_retention_drops_whole_days_and_leaves_other_files_alone(tmp_path: Path) -> None:
    for back in range(4):
        write(tmp_path, series(2, S, T0_NS - back * NS_PER_DAY))
    other = tmp_path / "samples" / "notes.db"
    other.write_text("not ours")
    store = SampleStore(tmp_path / "samples")
    today = day_of(T0_NS)
    old = [date.fromordinal(today.toordinal() - n) for n in (3, 2)]
    assert store.drop(old) == old
    store.close()
    assert [d.toordinal() - today.toordinal() for d, _ in day_files(tmp_path / "samples")] == [-1, 0]
    assert other.exists()
    assert not list((tmp_path / "samples").glob("*-wal"))


def test_strings_bad_values_and_nan_come_back_as_they_are(tmp_path: Path) -> None:
    chosen = SampleFilter(TAGS)
    write(
        tmp_path, chosen.due(image(T0_NS, 20.0, note="Партия 7")), chosen.due(image(T0_NS + S, 20.0, status=BAD, note="Партия 7"))
    )
    found = Queries(tmp_path).history(["S401.Temp", "S401.Note", "S401.Nothing"], T0_NS, T0_NS + S, 100)
    assert (found["S401.Temp"].v, found["S401.Temp"].q) == ([20.0, None], [0, BAD])
    assert found["S401.Note"].v == ["Партия 7"]
    assert found["S401.Nothing"].t == []


def test_history_of_nothing_is_empty(tmp_path: Path) -> None:
    assert Queries(tmp_path).history(["S401.Temp"], T0_NS, T0_NS + S, 100)["S401.Temp"].t == []
    assert Queries(tmp_path).sample_counts() == {}


def test_thinning_keeps_extremes_ends_and_gaps(tmp_path: Path) -> None:
    block = series(20_000, 100 * NS_PER_MS)
    values, status = block.values % 7.0, block.status.copy()
    values[12_345], values[700] = 500.0, -500.0
    status[5_000:5_100] = BAD
    write(tmp_path, SampleBlock(block.names, block.handles, block.time_ns, values, status, block.late, {}))
    trend = Queries(tmp_path).history(["S401.Temp"], T0_NS, T0_NS + 2000 * S, 200)["S401.Temp"]
    assert 150 <= len(trend.t) <= 260
    assert trend.t == sorted(set(trend.t))
    assert {500.0, -500.0} <= set(trend.v)
    assert (trend.t[0], trend.t[-1]) == (T0_NS, int(block.time_ns[-1]))
    holes = [i for i, v in enumerate(trend.v) if v is None]
    assert holes
    assert all(trend.q[i] == BAD for i in holes)
    assert trend.t[holes[0]] == int(block.time_ns[5_000]), "the gap begins where the quality went"
    assert int(block.time_ns[5_100]) in trend.t, "and ends where it came back"


def test_silence_is_a_gap_and_the_value_before_the_window_leads(tmp_path: Path) -> None:
    write(tmp_path, series(3, 60 * S), series(3, 60 * S, T0_NS + 5000 * S))
    trend = Queries(tmp_path).history(["S401.Temp"], T0_NS + 30 * S, T0_NS + 6000 * S, 100)["S401.Temp"]
    assert trend.t[0] == T0_NS, "leads with its own time"
    assert trend.v == [0.0, 1.0, 2.0, None, 0.0, 1.0, 2.0]
    late = Queries(tmp_path).history(["S401.Temp"], T0_NS + 4000 * S, T0_NS + 6000 * S, 100)["S401.Temp"]
    assert late.v == [0.0, 1.0, 2.0], "a value older than the gap leads nothing"


@pytest.mark.parametrize("offset_s", [-30, 30])
def test_the_nearest_sample_leads_across_midnight(tmp_path: Path, offset_s: int) -> None:
    midnight_ns = (T0_NS // NS_PER_DAY + 1) * NS_PER_DAY
    write(tmp_path, series(20, 10 * S, midnight_ns - 100 * S))
    from_ns = midnight_ns + offset_s * S + 5 * S
    trend = Queries(tmp_path).history(["S401.Temp"], from_ns, midnight_ns + 200 * S, 100)["S401.Temp"]
    assert trend.t[:2] == [from_ns - 5 * S, from_ns + 5 * S]
