"""Quality, the process image and the manual clock."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.clock import ManualClock, SystemClock
from line.image import ImageDraft, ImageRules, Readings, Snapshot
from line.quality import Status, bad_mask, good_mask, is_bad, is_good, status_name, worst
from line.tags import TagKind, TagTable
from tests.builders import T0_NS, S, snapshot, tag

TAGS = TagTable(
    [
        tag("A", 0, lo=0.0, hi=100.0),
        tag("B", 1, lo=0.0, hi=100.0),
        tag("Lot", 2, kind=TagKind.STRING),
        tag("Calc", 3, device="calc"),
        tag("Own", 4, device="engine"),
    ]
)
RULES = ImageRules(TAGS, stale_after_ns=S)


def poll(values: dict[int, float], status: int = 0, *, at_ns: int = T0_NS, strings: dict[int, str] | None = None) -> Readings:
    handles = np.array(list(values), dtype=np.int64)
    stamps = np.full(len(values), at_ns, dtype=np.int64)
    codes = np.full(len(values), status, dtype=np.uint32)
    return Readings(handles, np.array(list(values.values())), codes, stamps - 5, stamps, strings or {})


def after(previous: Snapshot, *readings: Readings, now_ns: int = T0_NS) -> Snapshot:
    draft = ImageDraft(RULES, previous)
    for reading in readings:
        draft.latch(reading)
    draft.age(now_ns)
    return draft.freeze(previous.scan + 1, now_ns)


# Quality


@given(st.integers(0, 2**32 - 1))
def test_masks_agree_with_the_single_answers(code: int) -> None:
    array = np.array([code], dtype=np.uint32)
    assert bool(good_mask(array)[0]) is is_good(code)
    assert bool(bad_mask(array)[0]) is is_bad(code)
    assert not (is_good(code) and is_bad(code))
    assert status_name(code)


def test_severities_of_the_known_codes() -> None:
    for status in Status:
        word = "Good" if is_good(status) else "Bad" if is_bad(status) else "Uncertain"
        assert status_name(status).startswith(word)
    assert status_name(Status.BAD_SENSOR_FAILURE) == "BadSensorFailure"
    assert status_name(0x80AB0000) == "0x80AB0000"


def test_a_derived_value_inherits_the_worst_and_the_first_of_equals() -> None:
    assert worst([]) == worst([0, Status.GOOD_CLAMPED]) == 0
    assert worst([0, 0x40900000, 0x408F0000]) == 0x40900000
    assert worst([0x40900000, 0x808C0000, 0x80310000]) == 0x808C0000


# The image


def test_before_anything_was_read_every_tag_waits() -> None:
    image = RULES.initial()
    assert set(image.status.tolist()) == {int(Status.BAD_WAITING_FOR_INITIAL_DATA)}
    assert np.isnan(image.value).all()
    assert image.number(0) is None
    for array in (image.value, image.status, image.source_ns, image.server_ns):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_a_reading_is_latched_whole_and_the_snapshot_cannot_be_changed() -> None:
    image = after(RULES.initial(), poll({0: 20.0, 2: math.nan}, strings={2: "L-1"}))
    assert (image.scan, image.now_ns, image.number(0)) == (1, T0_NS, 20.0)
    assert (int(image.source_ns[0]), int(image.server_ns[0])) == (T0_NS - 5, T0_NS)
    assert image.strings == {2: "L-1"}
    assert image.good(2)
    assert not image.good(1)
    for array in (image.value, image.status, image.source_ns, image.server_ns):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_a_later_scan_leaves_the_earlier_snapshot_alone() -> None:
    first = after(RULES.initial(), poll({0: 20.0}, strings={2: "L-1"}))
    before = [a.tobytes() for a in (first.value, first.status, first.source_ns, first.server_ns)]
    second = after(first, poll({0: 30.0}, Status.BAD_TIMEOUT), poll({1: 5.0}, strings={2: "L-2"}), now_ns=T0_NS + 5 * S)
    assert [a.tobytes() for a in (first.value, first.status, first.source_ns, first.server_ns)] == before
    assert first.strings == {2: "L-1"}
    assert second.strings == {2: "L-2"}


def test_a_bad_reading_keeps_the_last_value_and_says_so() -> None:
    first = after(RULES.initial(), poll({0: 20.0, 1: 30.0}))
    second = after(first, poll({0: math.nan, 1: 77.0}, Status.BAD_SENSOR_FAILURE))
    assert second.value[:2].tolist() == [20.0, 30.0]
    assert second.status[:2].tolist() == [Status.BAD_SENSOR_FAILURE] * 2
    assert second.number(0) is None


@pytest.mark.parametrize("outside", [-0.001, 100.001, 1e300])
def test_a_value_outside_its_range_is_uncertain(outside: float) -> None:
    image = after(RULES.initial(), poll({0: outside, 1: 50.0}))
    assert image.value[0] == outside
    assert image.status[0] == Status.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED
    assert image.good(1)
    worse = after(RULES.initial(), poll({0: outside}, Status.UNCERTAIN_SENSOR_NOT_ACCURATE))
    assert worse.status[0] == Status.UNCERTAIN_SENSOR_NOT_ACCURATE


def test_the_ends_of_the_range_are_inside() -> None:
    image = after(RULES.initial(), poll({0: 0.0, 1: 100.0}))
    assert image.status[:2].tolist() == [0, 0]


@pytest.mark.parametrize("status", [Status.GOOD, Status.UNCERTAIN_LAST_USABLE_VALUE])
@pytest.mark.parametrize("no_number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_bad_and_keeps_the_last_value(no_number: float, status: Status) -> None:
    first = after(RULES.initial(), poll({0: 20.0}))
    image = after(first, poll({0: no_number, 2: math.nan}, status, strings={2: "L-1"}))
    assert (image.value[0], image.status[0]) == (20.0, Status.BAD_SENSOR_FAILURE)
    assert image.status[2] == status  # a text has no number


def test_what_is_not_refreshed_ages_and_is_never_shown_as_good() -> None:
    first = after(RULES.initial(), poll({0: 20.0}), poll({1: 30.0}, Status.BAD_TIMEOUT))
    assert after(first, now_ns=T0_NS + S).good(0)
    stale = after(first, now_ns=T0_NS + S + 1)
    assert (stale.value[0], stale.status[0]) == (20.0, Status.UNCERTAIN_LAST_USABLE_VALUE)
    assert stale.status[1] == Status.BAD_TIMEOUT
    assert not after(first, now_ns=T0_NS - 3600 * S).good(0)  # the clock was set back: nobody knows how old it is
    assert after(stale, poll({0: 21.0}, at_ns=T0_NS + 2 * S), now_ns=T0_NS + 2 * S).number(0) == 21.0


@pytest.mark.parametrize("skew_ns", [-3600 * S, 3600 * S])
def test_a_device_whose_clock_is_wrong_ages_by_the_engines_clock(skew_ns: int) -> None:
    reading = replace(poll({0: 20.0}, at_ns=T0_NS + skew_ns), alive_ns=np.array([T0_NS]))
    first = after(RULES.initial(), reading)
    assert first.good(0)
    assert first.server_ns[0] == T0_NS + skew_ns  # carried through as the device said it
    assert after(first, now_ns=T0_NS + S).good(0)
    assert after(first, now_ns=T0_NS + S + 1).status[0] == Status.UNCERTAIN_LAST_USABLE_VALUE
    again = replace(poll({0: 20.0}, at_ns=T0_NS + skew_ns), alive_ns=np.array([T0_NS + S]))
    assert after(first, again, now_ns=T0_NS + 2 * S).good(0)


def test_a_tag_of_a_slow_poll_group_goes_stale_as_many_times_later() -> None:
    tags = TagTable([tag("Fast", 0), replace(tag("Slow", 1), poll_every=10)])
    rules = ImageRules(tags, stale_after_ns=S)
    draft = ImageDraft(rules, rules.initial())
    draft.latch(poll({0: 1.0, 1: 2.0}))
    image = draft.freeze(1, T0_NS)
    for now_ns, good in ((T0_NS + S, [True, True]), (T0_NS + S + 1, [False, True]), (T0_NS + 10 * S + 1, [False, False])):
        draft = ImageDraft(rules, image)
        draft.age(now_ns)
        aged = draft.freeze(2, now_ns)
        assert [aged.good(0), aged.good(1)] == good


def test_computed_and_engine_tags_do_not_age_and_their_source_time_moves_with_a_change_only() -> None:
    draft = ImageDraft(RULES, RULES.initial())
    draft.set(3, 1.0, 0, T0_NS)
    draft.set(4, math.nan, int(Status.BAD_OUT_OF_RANGE), T0_NS)
    image = draft.freeze(1, T0_NS)
    later_ns = T0_NS + 10 * S
    draft = ImageDraft(RULES, image)
    draft.set(3, 1.0, 0, later_ns)
    draft.set(4, math.nan, int(Status.BAD_OUT_OF_RANGE), later_ns)
    draft.age(later_ns)
    image = draft.freeze(2, later_ns)
    assert image.good(3)
    assert image.source_ns[3:].tolist() == [T0_NS, T0_NS]
    assert image.server_ns[3:].tolist() == [later_ns, later_ns]
    draft = ImageDraft(RULES, image)
    draft.set(3, 2.0, 0, later_ns + 1)
    draft.set(4, math.nan, int(Status.BAD_TIMEOUT), later_ns + 1)
    assert draft.freeze(3, later_ns).source_ns[3:].tolist() == [later_ns + 1] * 2


VALUE = st.floats(allow_nan=True, allow_infinity=True)
CODE = st.sampled_from([int(s) for s in Status]) | st.integers(0, 2**32 - 1)


@given(st.lists(st.tuples(st.integers(0, 2), VALUE, CODE, st.integers(0, 3 * S)), max_size=12))
def test_good_always_means_a_fresh_number_inside_its_range(story: list[tuple[int, float, int, int]]) -> None:
    image, now_ns = RULES.initial(), T0_NS
    for handle, value, code, wait_ns in story:
        image = after(image, poll({handle: value}, code, at_ns=now_ns), now_ns=now_ns + wait_ns)
        now_ns += wait_ns
        for h in (0, 1):
            if image.good(h):
                assert 0.0 <= image.value[h] <= 100.0
                assert now_ns - image.server_ns[h] <= S


def test_the_builder_makes_an_image() -> None:
    image = snapshot(TAGS, {"A": 1.0}, status={"B": int(Status.BAD_TIMEOUT)})
    assert (image.number(0), image.number(1)) == (1.0, None)


# The clock


def test_a_manual_clock_wakes_sleepers_in_the_order_of_their_deadlines() -> None:
    async def story() -> list[tuple[str, int]]:
        clock = ManualClock(T0_NS)
        woken: list[tuple[str, int]] = []

        async def sleeper(name: str, after_s: int) -> None:
            await clock.sleep_until_ns(T0_NS + after_s * S)
            woken.append((name, clock.now_ns() - T0_NS))

        tasks = [asyncio.create_task(sleeper(n, s)) for n, s in (("three", 3), ("one", 1), ("two", 2), ("past", -1))]
        for _ in range(3):
            await asyncio.sleep(0)
        assert woken == [("past", 0)]
        clock.advance_ns(S)
        await asyncio.sleep(0)
        assert woken[1:] == [("one", S)]
        clock.advance_ns(5 * S)
        await asyncio.gather(*tasks)
        return woken

    assert asyncio.run(story())[2:] == [("two", 6 * S), ("three", 6 * S)]


def test_a_manual_clock_forgets_a_cancelled_sleeper_and_never_goes_back() -> None:
    async def story() -> None:
        clock = ManualClock(T0_NS)
        task = asyncio.create_task(clock.sleep_until_ns(T0_NS + S))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        clock.advance_ns(2 * S)
        with pytest.raises(ValueError, match="cannot go back"):
            clock.advance_ns(-1)
        assert clock.now_ns() == clock.monotonic_ns() == T0_NS + 2 * S

    asyncio.run(story())


def test_the_system_clock_sleeps_until_its_deadline_and_not_less() -> None:
    async def story() -> None:
        clock = SystemClock()
        for wait_ns in (-S, 0, 1_000_000, 3_333_333):
            deadline_ns = clock.monotonic_ns() + wait_ns
            await clock.sleep_until_ns(deadline_ns)
            assert clock.monotonic_ns() >= deadline_ns
        assert clock.now_ns() > T0_NS

    asyncio.run(story())
