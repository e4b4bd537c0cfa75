"""Events of one kind, fetched backwards from the journal and joined with the live ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hmi.viewmodels.eventlog import BLOCK, NEWEST, PAGE, EventLog
from hmi.viewmodels.store import LineStore
from tests.hmi.alarm_samples import S, alarm_event


def test_the_event_log_asks_for_the_end_first_then_block_by_block() -> None:
    log = EventLog("alarm", wanted=3)
    assert log.request(0) == {"after": NEWEST, "limit": 1, "kind": "alarm"}
    assert log.request(1) is None, "one request at a time"
    last = 2 * BLOCK + 50
    log.take({"status": 200, "data": {"events": [], "last": last}})
    assert log.request(2) == {"after": last - BLOCK, "limit": PAGE, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [alarm_event(last - 5)], "last": last}})
    assert not log.complete
    assert log.request(3) == {"after": last - 2 * BLOCK, "limit": PAGE, "kind": "alarm"}
    log.take({"status": 0, "data": {}})
    assert log.request(11 * S) == {"after": last - 2 * BLOCK, "limit": PAGE, "kind": "alarm"}, "a failed one is asked again"
    log.take({"status": 200, "data": {"events": [alarm_event(last - BLOCK - 1)], "last": last}})
    assert log.request(12 * S) == {"after": 0, "limit": PAGE, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [], "last": last}})
    assert log.complete, "the start of the journal is reached"
    assert log.request(13 * S) is None
    log.restart()
    log.request(14 * S)
    log.take({"status": 200, "data": {"events": [], "last": 10}})
    assert log.events() == [], "a shorter journal is another journal"


def test_an_answer_to_a_question_before_the_restart_is_not_taken_for_the_new_one() -> None:
    log = EventLog("alarm", wanted=50)
    log.request(0)
    log.take({"status": 200, "data": {"events": [], "last": 10}})
    assert log.request(1) == {"after": 0, "limit": PAGE, "kind": "alarm"}
    log.restart()
    assert log.request(2) is None, "one request at a time, the answer is still to come"
    log.take({"status": 200, "data": {"events": [alarm_event(7)], "last": 10}})
    assert not log.complete
    assert log.request(3) == {"after": NEWEST, "limit": 1, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [], "last": 10}})
    log.request(4)
    log.take({"status": 200, "data": {"events": [alarm_event(7)], "last": 10}})
    assert log.complete
    assert [e.seq for e in log.events()] == [7]


def test_a_restart_fills_the_hole_between_what_is_held_and_the_newest() -> None:
    log = EventLog("alarm", wanted=1)
    log.request(0)
    log.take({"status": 200, "data": {"events": [], "last": 10}})
    log.request(1)
    log.take({"status": 200, "data": {"events": [alarm_event(10)], "last": 10}})
    assert log.complete
    log.restart()
    last = 10 + BLOCK + 500
    assert log.request(2) == {"after": NEWEST, "limit": 1, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [], "last": last}})
    assert not log.complete, "enough events are held, but not those in between"
    assert log.request(3) == {"after": last - BLOCK, "limit": PAGE, "kind": "alarm"}
    log.take({"status": 200, "data": {"events": [alarm_event(last)], "last": last}})
    assert log.request(4) is not None
    log.take({"status": 200, "data": {"events": [alarm_event(10), alarm_event(300)], "last": last}})
    assert [e.seq for e in log.events()] == [10, 300, last]
    assert log.complete
    log.wanted = 50
    log.restart()
    log.request(5)
    log.take({"status": 200, "data": {"events": [], "last": last}})
    log.request(6)
    log.take({"status": 200, "data": {"events": [], "last": last}})
    assert log.complete, "what was looked through before is not asked for again"


@given(st.lists(st.integers(1, 400), max_size=60), st.integers(0, 60))
def test_the_event_log_holds_every_event_once_in_order(seqs: list[int], cut: int) -> None:
    log, store = EventLog("alarm"), LineStore()
    log.request(0)
    log.take({"status": 200, "data": {"events": [], "last": 400}})
    log.request(1)
    log.take({"status": 200, "data": {"events": [alarm_event(s) for s in sorted(set(seqs[:cut]))], "last": 400}})
    for seq in sorted(set(seqs[cut:])):
        store.apply({"type": "event", "event": alarm_event(seq)}, mono_ns=0, now_ns=0)
        log.live(store)
    assert [e.seq for e in log.events()] == sorted(set(seqs))
