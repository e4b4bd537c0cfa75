"""Models of orders without a window: whose shift an order is, what batch meets the rest, what a form sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from hmi.viewmodels import wire
from hmi.viewmodels.order_form import OrderDraft, days_from, draft_of, new_draft, parse_clock, place_of
from hmi.viewmodels.orders import Order, Proposal, late, measured_yield, not_begun, of_shift, order_by_id, proposal
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi import samples
from tests.hmi.samples import MIN, NOW_NS
from tests.hmi.samples_orders import batch, order, orders_view

HOUR = 60 * MIN
BEGIN_NS, END_NS = NOW_NS - 5 * HOUR, NOW_NS + 7 * HOUR


def store_with(*entries: Obj, shift: Obj | None = None) -> LineStore:
    store = LineStore()
    store.apply({"type": "line", "data": samples.description()}, mono_ns=0, now_ns=NOW_NS)
    planned: Obj = {"shift": "night", "number": 2, "start_ns": BEGIN_NS, "end_ns": END_NS}
    told: Obj = shift if shift is not None else {"state": "open", "number": 2, "started_ns": BEGIN_NS, "planned": planned}
    listed: Sequence[Json] = entries
    for name, data in (("orders", {"orders": listed}), ("shift", told)):
        store.apply({"type": "view", "name": name, "data": data}, mono_ns=0, now_ns=NOW_NS)
    return store


def the(store: LineStore, at: int = 1) -> Order:
    found = order_by_id(store, f"order-{at}")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("shift", "due_ns", "ours"),
    [
        (2, NOW_NS + HOUR, True),
        (2, END_NS + HOUR, False),
        (2, None, True),
        (None, None, True),
        (None, END_NS, True),
        (1, None, False),
        (1, NOW_NS + HOUR, False),
        (1, BEGIN_NS - HOUR, True),
    ],
)
def test_an_order_is_this_shifts_by_number_and_due_time_and_what_is_late_is_everybodys(
    shift: int | None, due_ns: int | None, ours: bool
) -> None:
    store = store_with(order(1, "1", "planned", shift=shift, due_ns=due_ns))
    assert of_shift(store, the(store)) == ours


def test_what_ended_in_the_shift_stays_in_its_list() -> None:
    store = store_with(
        order(1, "1", "closed", ended_ns=NOW_NS - HOUR, shift=1), order(2, "2", "closed", ended_ns=BEGIN_NS - HOUR, shift=2)
    )
    assert [of_shift(store, the(store, n)) for n in (1, 2)] == [True, False]


def test_late_are_wanting_orders_past_their_time_and_not_begun_those_that_have_a_time_or_shift() -> None:
    store = store_with(
        order(1, "1", "running", due_ns=NOW_NS - HOUR), order(2, "2", "filled", due_ns=NOW_NS - HOUR),
        order(3, "3", "planned", due_ns=NOW_NS - 2 * HOUR), order(4, "4", "planned"),
        order(5, "5", "planned", due_ns=None, shift=None),
    )  # fmt: skip
    assert [o.number for o in late(store, NOW_NS)] == ["3", "1"]
    assert the(store).late_s(NOW_NS) == 3600
    assert [o.number for o in not_begun(store, NOW_NS)] == ["4"]
    assert not_begun(store_with(order(4, "4", "planned"), shift={"state": "closed", "number": 2}), NOW_NS) == []


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (order(1, "1", "planned", kg=100.0), Proposal(100.0, 1, 100.0, None)),
        (order(1, "1", "planned", kg=500.0), Proposal(125.0, 4, 500.0, None)),
        (order(1, "1", "planned", kg=320.0), Proposal(160.0, 2, 320.0, None)),
        (order(1, "1", "planned", kg=20.0), Proposal(70.0, 1, 20.0, None)),
        (order(1, "1", "planned", kg=None, packs=300), Proposal(132.0, 1, 132.0, None)),
        (order(1, "1", "running", kg=150.0, batches=[batch("B1", 140.0, "running")]), Proposal(70.0, 1, 10.0, None)),
        (order(1, "1", "running", kg=140.0, batches=[batch("B1", 140.0, "held")]), Proposal(70.0, 0, 0.0, None)),
        (order(1, "1", "running", kg=200.0, packed=110.0, batches=[batch("B1", 140.0, "stopped", 110.0)]),
         Proposal(90.0, 1, 90.0, None)),
        (order(1, "1", "running", kg=226.0, packed=126.0, batches=[batch("B1", 140.0, "complete", 126.0)]),
         Proposal(112.0, 1, 100.0, 90.0)),
    ],
)  # fmt: skip
def test_the_proposal_meets_the_rest_in_equal_batches_inside_the_sizes(entry: Obj, wanted: Proposal) -> None:
    """70…160 kg are allowed; a pack of this recipe is 0.44 kg; what is on the line counts with the yield before."""
    store = store_with(entry)
    found = proposal(store, the(store), 70.0, 160.0)
    assert found is not None
    assert (found.size_kg, found.count) == (wanted.size_kg, wanted.count)
    assert found.rest_kg == pytest.approx(wanted.rest_kg)
    assert found.yield_pct == pytest.approx(wanted.yield_pct)


def test_no_proposal_where_the_mass_of_a_pack_or_the_sizes_are_unknown() -> None:
    store = store_with(order(1, "1", "planned", kg=None, packs=10, recipe="other"))
    assert proposal(store, the(store), 70.0, 160.0) is None
    store = store_with(order(1, "1", "planned"))
    assert proposal(store, the(store), 0.0, 0.0) is None


def test_a_yield_that_cannot_be_is_not_planned_with() -> None:
    store = store_with(order(1, "1", "running", batches=[batch("B1", 140.0, "complete", 3.0)]))
    assert measured_yield(store, "doktorskaya") is None
    odd: list[Json] = [{}, 5, {"id": "order-1", "batches": [5, {}], "allowed": [7]}]
    store = store_with()
    store.apply({"type": "view", "name": "orders", "data": {"orders": odd}}, mono_ns=0, now_ns=NOW_NS)
    assert the(store).share == 0.0


# ---- the form -----------------------------------------------------------------------------------------------------------


def test_a_new_order_is_for_the_open_shift_until_its_planned_end() -> None:
    draft = new_draft(store_with())
    assert draft.shift == 2
    assert draft.due_ns() == END_NS - END_NS % (MIN)
    assert draft.missing() == ["recipe", "amount"]
    closed = new_draft(store_with(shift={"state": "closed", "number": 2}))
    assert (closed.shift, closed.due_ns()) == (0, 0)


def test_the_due_time_is_local_and_its_day_comes_back() -> None:
    draft = OrderDraft(recipe="r", amount=5.0, day="2026-11-24", minute=16 * 60 + 30)
    store_with()  # the line's description names the zone of the plant
    assert datetime.fromtimestamp(draft.due_ns() // 10**9, UTC) == datetime(2026, 11, 24, 13, 30, tzinfo=UTC), "in Moscow"
    assert place_of(draft.due_ns()) == ("2026-11-24", 990)
    days = days_from(draft.due_ns())
    assert (days[0], len(days), len(set(days))) == ("2026-11-24", 14, 14)


def test_a_change_names_what_differs_and_packs_are_whole_numbers() -> None:
    store = store_with(*wire.objects(orders_view(), "orders"))
    before = the(store, 3)
    draft = draft_of(before)
    assert draft.args() == {}, "seconds of the due time are no change"
    draft.eu, draft.amount, draft.notes = "packs", 12.0, "x"
    assert draft.args() == {"packs": 12, "notes": "x"}
    made = OrderDraft(number="A-1", recipe="r", eu="packs", amount=12.0, shift=1, notes="n")
    assert made.args() == {"recipe": "r", "packs": 12, "priority": 5, "shift": 1, "number": "A-1", "notes": "n"}


@pytest.mark.parametrize(
    ("typed", "minute"),
    [("16:30", 990), ("1630", 990), ("930", 570), ("16", 960), ("0", 0), ("2359", 1439), ("2400", None), ("1260", None),
     ("", None), ("a", None), ("12345", None), ("-5", None)],
)  # fmt: skip
def test_a_time_of_day_is_typed_as_people_type_it(typed: str, minute: int | None) -> None:
    assert parse_clock(typed) == minute
