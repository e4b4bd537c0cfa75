"""The store without a window: values with quality, link state, age, rings, rubbish from the network."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hmi.viewmodels.alarms import alarm_rows, by_unit, counts, priority_by_tag, worst_unacked
from hmi.viewmodels.analog import analog
from hmi.viewmodels.batches import batch_of_unit
from hmi.viewmodels.ring import Ring
from hmi.viewmodels.store import STALE_AFTER_NS, LineStore, Link, User
from hmi.viewmodels.units import foot_text, state_text, unit_chip
from hmi.viewmodels.wire import Obj
from line.quality import Status
from tests.hmi import samples

S = 1_000_000_000


def filled() -> LineStore:
    store = LineStore("ru")
    for message in samples.messages():
        store.apply(message, mono_ns=0, now_ns=samples.NOW_NS)
    return store


def feed(store: LineStore, message: Obj, mono_ns: int = 0) -> None:
    store.apply(message, mono_ns=mono_ns, now_ns=samples.NOW_NS + mono_ns)


def test_ready_only_with_description_image_and_units() -> None:
    store = LineStore()
    for message in samples.messages():
        store.apply(message, mono_ns=0, now_ns=samples.NOW_NS)
        if message["type"] in ("line", "connected", "hello", "image"):
            assert not store.ready
    assert store.ready
    assert store.live
    assert store.link is Link.LIVE


def test_a_bad_value_keeps_the_last_number_and_is_not_good() -> None:
    store = filled()
    feed(store, {"type": "image", "time_ns": samples.NOW_NS, "tags": {"C201.BatterTemp": [None, int(Status.BAD_TIMEOUT), 5]}})
    value = store.value("C201.BatterTemp")
    assert (value.value, value.good, value.source_ns) == (8.7, False, 5)
    assert store.number("C201.BatterTemp") is None
    assert store.bad("C201.BatterTemp")
    uncertain = int(Status.UNCERTAIN_LAST_USABLE_VALUE)
    feed(store, {"type": "image", "time_ns": samples.NOW_NS, "tags": {"C201.BatterTemp": [8.8, uncertain, 6]}})
    assert not store.value("C201.BatterTemp").good
    assert not store.bad("C201.BatterTemp")


def test_the_link_decides_over_every_quality_and_comes_back() -> None:
    store = filled()
    assert store.value("S401.ChamberTemp").good
    feed(store, {"type": "lost", "error": "x"})
    assert not store.value("S401.ChamberTemp").good
    assert store.link is Link.SERVER_LOST
    feed(store, {"type": "connected"})
    assert store.value("S401.ChamberTemp").good
    store.tick(STALE_AFTER_NS + 1)
    assert store.link is Link.SERVER_LOST
    feed(store, {"type": "engine", "state": "down"}, STALE_AFTER_NS + 2)
    assert store.link is Link.ENGINE_DOWN
    feed(store, {"type": "engine", "state": "up"}, STALE_AFTER_NS + 3)
    assert store.link is Link.LIVE


def test_age_counts_in_the_lines_time_not_the_panels() -> None:
    store = LineStore()
    store.apply({"type": "hello", "now_ns": samples.NOW_NS, "engine": "up"}, mono_ns=0, now_ns=samples.NOW_NS - 3600 * S)
    store.apply(samples.image(), mono_ns=0, now_ns=samples.NOW_NS - 3600 * S)
    assert store.age_s(samples.NOW_NS - 3600 * S + 12 * S) == pytest.approx(12.0)


KEYS: list[str] = [
    "type", "data", "tags", "units", "name", "event", "user", "active", "batches", "C201", "state", "counts", "id", "t", "v", "q",
]  # fmt: skip
TYPES = ("line", "hello", "image", "view", "event", "engine", "forwarder", "lost", "connected", "session", "history", "?")
VIEWS = ("alarms", "units", "batches")
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)
bodies = st.dictionaries(st.sampled_from(KEYS[1:]), json_values, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(TYPES), bodies, st.sampled_from(VIEWS))
def test_rubbish_from_the_network_never_raises(kind: str, body: dict[str, Any], view: str) -> None:
    store = filled_once()
    store.apply({**body, "type": kind, "name": view}, mono_ns=0, now_ns=samples.NOW_NS)
    for unit in store.units():
        unit_chip(store, unit.id)
        foot_text(store, unit.id)
    alarm_rows(store)
    counts(store)


def filled_once() -> LineStore:
    store = LineStore("en")
    for message in samples.messages()[:-1]:
        store.apply(message, mono_ns=0, now_ns=samples.NOW_NS)
    return store


def test_alarms_worst_counts_and_places() -> None:
    rows = alarm_rows(filled())
    worst = worst_unacked(rows)
    assert worst is not None
    assert worst.id == "S401.ChamberTemp.high"
    assert priority_by_tag(rows) == {"S401.ChamberTemp": 1, "F301.CasingOk": 2, "S401.TempDev": 3}
    assert by_unit(rows)["S402"].priority == 4
    assert counts(filled()) == {1: 1, 2: 1, 3: 1, 4: 1}
    assert worst_unacked([]) is None


def test_an_indicator_has_band_limits_setpoint_and_place() -> None:
    store = filled()
    unit = store.unit("S401")
    assert unit is not None
    shown = analog(store, unit.key_values[0], {"S401.ChamberTemp": 1})
    assert shown is not None
    assert (shown.value_text, shown.setpoint_text, shown.eu, shown.alarm) == ("91,4", "78,0", "°C", 1)
    assert shown.normal == (20.0, 82.0)
    assert shown.limits
    assert shown.position(-50) == 0.0
    assert shown.position(55) == pytest.approx(0.5)
    assert shown.position(500) == 1.0


def test_units_batches_and_what_a_card_says() -> None:
    store = filled()
    batch = batch_of_unit(store, "F301")
    assert batch is not None
    assert (batch.number, batch.held) == ("1188", True)
    assert foot_text(store, "F301") == "нет оболочки: заправить и продолжить"
    assert unit_chip(store, "S401").text == "Варка"
    assert unit_chip(store, "P601").style == "off"
    assert batch_of_unit(store, "R101") is None


def test_a_unit_whose_plc_is_lost_has_a_dash_for_its_state_in_every_language() -> None:
    store = filled()
    store.apply({"type": "view", "name": "units", "data": {"units": {"S401": {"state": "unknown"}}}}, mono_ns=0, now_ns=0)
    chip = unit_chip(store, "S401")
    assert (chip.text, chip.style) == ("? —", "unknown")
    assert state_text(store, "unknown") == "—"


def test_roles_are_ordered() -> None:
    assert User("a", "A", "technologist").may("operator")
    assert not User("a", "A", "viewer").may("operator")
    assert not User("a", "A", "cook").may("viewer")


def test_ring_keeps_one_point_a_second_and_marks_gaps() -> None:
    ring = Ring(100)
    for i in range(10):
        ring.add(100 * S + i * S // 4, float(i))
    x, y = ring.window(0, 102 * S + S // 4)
    assert len(ring) <= 5
    assert all(later - early >= 1.0 for early, later in zip(x, x[2:], strict=False))
    assert (x[-1], y[-1]) == (0.0, 9.0), "the newest value is always there"
    ring.add(105 * S, None)
    held = len(ring)
    _, y = ring.window(0, 110 * S)
    assert np.isnan(y[-1])
    ring.add(101 * S, 99.0)
    assert len(ring) == held, "older points are ignored"


def test_ring_window_includes_the_value_that_held_at_its_start() -> None:
    ring = Ring(100)
    ring.add(1 * S, 7.0)
    ring.add(90 * S, 8.0)
    x, y = ring.window(60 * S, 100 * S)
    assert list(y) == [7.0, 8.0]
    assert x[0] == -40.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(-1e6, 1e6)), max_size=80), st.integers(8, 40))
def test_ring_stays_ordered_and_bounded(points: list[tuple[int, float]], capacity: int) -> None:
    ring = Ring(capacity)
    for seconds, value in points:
        ring.add(seconds * S, value)
    ring.fill([s * S for s, _ in points], [v for _, v in points])
    x, _ = ring.window(0, 10_001 * S)
    assert len(ring) <= capacity
    assert all(a <= b for a, b in pairwise(x))


def test_history_comes_before_what_is_held() -> None:
    store = LineStore()
    store.apply({"type": "line", "data": samples.description()}, mono_ns=0, now_ns=0)
    image: Obj = {"type": "image", "time_ns": 100 * S, "tags": {"C201.Vacuum": [91, 0, 0]}}
    store.apply(image, mono_ns=0, now_ns=0)
    told: Obj = {
        "type": "history",
        "data": {"C201.Vacuum": {"t": [40 * S, 60 * S, 120 * S], "v": [80, None, 1], "q": [0, 2**31, 0]}},
    }
    store.apply(told, mono_ns=0, now_ns=0)
    _, y = store.ring("C201.Vacuum").window(0, 200 * S)
    assert [v if v == v else None for v in y] == [80.0, None, 91.0]


def test_of_a_history_what_is_no_good_number_is_a_gap_and_what_has_no_time_is_left_out() -> None:
    store = LineStore()
    times = [10 * S, None, 20 * S, "30", 40 * S, 50 * S, 60 * S, 70 * S, 80 * S]
    values = [1.0, 2.0, "3", 4.0, True, 1.5, [5], 7.0, float("inf")]
    told: Obj = {"type": "history", "data": {"C201.Vacuum": {"t": times, "v": values, "q": [0, 0, 0, 0, 0, 2**30, 0, "good"]}}}
    store.apply(told, mono_ns=0, now_ns=0)
    x, y = store.ring("C201.Vacuum").window(0, 80 * S)
    assert list(x) == [-70.0, -60.0, -40.0, -30.0, -20.0, -10.0, 0.0]
    assert [v if v == v else None for v in y] == [1.0, None, 1.0, None, None, 7.0, None]
