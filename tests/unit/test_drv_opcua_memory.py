"""What is kept of a server's values, and that no outage goes unseen."""

from __future__ import annotations

import numpy as np

from line.quality import Status
from plc_drivers.opcua.codec import DecodedValue
from plc_drivers.opcua.memory import ValueMemory
from plc_drivers.opcua.points import PollPlan

ALL = np.array([0, 1], dtype=np.int64)


def filled() -> ValueMemory:
    memory = ValueMemory([7, 9])
    memory.put(0, DecodedValue(1.5, 0, 100, 110), 1000)
    return memory


def test_the_servers_times_are_kept_and_missing_ones_are_ours() -> None:
    memory = filled()
    memory.put(1, DecodedValue(2.5, 0x480, 0, 0, "text"), 1000)
    readings = memory.readings()
    assert readings.source_ns.tolist() == [100, 1000]
    assert readings.server_ns.tolist() == [110, 1000]
    assert readings.status.tolist() == [0, 0x480]
    assert readings.strings == {9: "text"}
    assert readings.alive_ns is not None
    assert readings.alive_ns.tolist() == [1000, 1000]


def test_a_bad_value_keeps_the_last_one() -> None:
    memory = filled()
    memory.put(0, DecodedValue(float("nan"), 0x80310000, 120, 120), 2000)
    readings = memory.readings()
    assert (readings.values[0], readings.status[0]) == (1.5, 0x80310000)


def test_an_outage_is_shown_once_also_when_it_is_over_before_anyone_looked() -> None:
    memory = filled()
    memory.degrade(ALL, 2000)
    memory.put(0, DecodedValue(1.5, 0, 100, 2100), 2100)
    memory.put(1, DecodedValue(3.0, 0, 2050, 2100), 2100)
    shown = memory.readings()
    assert shown.status.tolist() == [Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE, Status.BAD_NO_COMMUNICATION]
    assert shown.source_ns.tolist() == [2000, 2000]
    after = memory.readings()
    assert (after.status.tolist(), after.source_ns.tolist()) == ([0, 0], [100, 2050])


def test_a_doubt_passes_by_what_is_bad_and_never_covers_it() -> None:
    memory = filled()
    memory.doubt(ALL, 2000)
    assert memory.readings().status.tolist() == [Status.UNCERTAIN_LAST_USABLE_VALUE, Status.BAD_WAITING_FOR_INITIAL_DATA]
    memory.doubt(ALL, 2000)
    memory.put(0, DecodedValue(float("nan"), 0x808C0000, 2100, 2100), 2100)
    assert memory.readings().status[0] == 0x808C0000


def test_confirming_never_moves_back() -> None:
    memory = filled()
    for now_ns in (3000, 2000):
        memory.confirm(ALL, now_ns)
    readings = memory.readings()
    assert readings.alive_ns is not None
    assert readings.alive_ns.tolist() == [3000, 3000]
    assert readings.server_ns[0] == 110


def test_nothing_is_good_before_the_link_is() -> None:
    memory = filled()
    assert set(memory.readings(live=False).status.tolist()) == {Status.BAD_WAITING_FOR_INITIAL_DATA}
    assert memory.readings().status[0] == 0
    memory.degrade(ALL, 2000)
    memory.put(0, DecodedValue(2.5, 0, 2050, 2050), 2100)
    for _ in range(3):
        shown = memory.readings(live=False)
        assert shown.status[0] == Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE
        assert shown.source_ns[0] == 2000
    after = memory.readings()
    assert (after.values[0], after.status[0], after.source_ns[0]) == (2.5, 0, 2050)


def test_texts_that_were_handed_out_stay_as_they_were() -> None:
    memory = ValueMemory([7, 9])
    memory.put(1, DecodedValue(float("nan"), 0, 1, 1, "one"), 1)
    first = memory.readings().strings
    assert memory.readings().strings is first
    memory.put(1, DecodedValue(float("nan"), 0, 2, 2, "two"), 2)
    assert (first, memory.readings().strings) == ({9: "one"}, {9: "two"})


def test_poll_groups_are_due_every_so_many_scans_and_staggered() -> None:
    plan = PollPlan()
    for position, every in enumerate([1, 2, 4, 4]):
        plan.add(position, every)
    seen = [plan.due() for _ in range(8)]
    assert plan.positions() == [0, 1, 2, 3]
    assert all(0 in due for due in seen)
    assert sum(1 in due for due in seen) == 4
    assert sum(2 in due for due in seen) == sum(3 in due for due in seen) == 2
    assert not any(1 in due and 2 in due for due in seen)
