"""What a shift is told to make: orders as they are written, when they start, what is refused, what the report says of a batch."""

from __future__ import annotations

import re

import pytest

from line.messages import Event, EventKind
from potok.linefolder import find_folder, load_line
from potok.prompts import ANSWER_AFTER_NS, Answers
from potok.shift import ShiftSettings, run_shift
from potok.shift_batches import COLUMNS, BatchTally
from potok.shift_crew import EVERY_MIN, Crew, Order, minutes_of, parse_order
from tests.builders import T0_NS, S


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("vetchina", Order("vetchina")),
        ("vetchina:120", Order("vetchina", 120.0)),
        ("vetchina@30", Order("vetchina", None, 30.0)),
        ("vetchina:120.5@0", Order("vetchina", 120.5, 0.0)),
    ],
)
def test_an_order_as_it_is_written(text: str, order: Order) -> None:
    assert parse_order(text) == order


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "write ID"),
        ("@5", "write ID"),
        ("vetchina:", "write ID"),
        ("vetchina@", "write ID"),
        ("vetchina:much", "are numbers"),
        ("vetchina@soon", "are numbers"),
        ("vetchina:-5", "above 0"),
        ("vetchina@-5", "at least 0"),
        ("vetchina:nan", "above 0"),
        ("vetchina@inf", "at least 0"),
    ],
)
def test_what_is_no_order_is_said(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_order(text)


def test_orders_without_a_minute_follow_each_other() -> None:
    orders = (Order("a"), Order("b"), Order("c", minute=10.0), Order("d"))
    assert minutes_of(orders) == (0.0, EVERY_MIN, 10.0, 10.0 + EVERY_MIN)


UNITS = {"units": {"R101": {"state": "idle", "conditions": []}}}


def test_the_crew_starts_each_order_once_and_not_before_the_line_is_seen() -> None:
    crew = Crew((Order("a", 5.0), Order("b", minute=1.0)), {"a": 1.0, "b": 2.0}, T0_NS)

    def started(after_s: float, units: dict[str, dict[str, object]] | None = None) -> list[tuple[str, object]]:
        views = {"units": {"units": units or UNITS["units"]}}
        return [(c.target, c.args["size_kg"]) for c in crew.look(T0_NS + round(after_s * S), views)]  # pyright: ignore[reportArgumentType]

    assert started(0, {"R101": {"state": "unknown"}}) == []
    assert started(1) == [("a", 5.0)]
    assert started(2) == []
    assert started(61) == [("b", 2.0)]
    assert started(62) == []


def prompt(**keys: object) -> dict[str, object]:
    return {"id": "n", "kind": "confirm", "since_ns": T0_NS, "signed": False, **keys}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, True),
        ({"kind": "number", "lo": 2.0, "hi": 4.0}, 3.0),
        ({"kind": "choice", "choices": [{}, {}]}, 0),
        ({"kind": "lot", "target_kg": 28.6}, {"lot": "L0001", "kg": 28.6}),
    ],
)
def test_a_prompt_is_answered_after_a_while_and_again_only_if_it_still_stands(asked: dict[str, object], said: object) -> None:
    answers = Answers()
    views = {"batches": {"batches": [{"id": "B1", "prompts": [prompt(**asked)]}]}}

    def at(now_ns: int) -> list[tuple[str, object]]:
        return [(b, a["value"]) for b, a in answers.look(now_ns, views)]  # pyright: ignore[reportArgumentType]

    assert at(T0_NS) == []
    assert at(T0_NS + ANSWER_AFTER_NS) == [("B1", said)]
    assert at(T0_NS + ANSWER_AFTER_NS + S) == []
    assert [b for b, _ in at(T0_NS + 2 * ANSWER_AFTER_NS)] == ["B1"]


def test_nobody_signs_for_a_person() -> None:
    answers = Answers()
    views = {"batches": {"batches": [{"id": "B1", "prompts": [prompt(signed=True)]}]}}
    for after in range(20):
        assert list(answers.look(T0_NS + after * S, views)) == []  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (Order("servelat"), "no recipe 'servelat'; it has doktorskaya, krakovskaya, vetchina"),
        (Order("vetchina", 20.0), "a batch of 'vetchina' has 90..200 kg, not 20"),
        (Order("vetchina", minute=90.0), "at minute 90 comes after the end of the shift"),
    ],
)
def test_an_order_that_cannot_be_made_is_refused_before_the_start(order: Order, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        run_shift(load_line(find_folder("sausage")), ShiftSettings(1.0, 1, orders=(order,)))


def test_the_tally_of_a_batch() -> None:
    tally = BatchTally()
    for data in (
        {"what": "lot", "material": "salt", "kg": 1.0},
        {"what": "lot", "material": "salt", "kg": 0.5},
        {"what": "transfer", "node": "a", "from": "R101", "to": "G101", "kg": 117.2},
        {"what": "deviation", "number": 1},
        {"what": "verdict", "ccp": True, "passed": True},
        {"what": "verdict", "ccp": True, "passed": False},
        {"what": "verdict", "ccp": False, "passed": True},
        {"what": "state", "node": "", "to": "held"},
        {"what": "state", "node": "reception", "to": "held"},
    ):
        tally.take(Event(0, T0_NS, EventKind.BATCH, "B1", "", "B1", data))
    tally.take(Event(0, T0_NS, EventKind.ALARM, "B1", "", "B1", {"what": "deviation"}))
    assert dict(tally.of("B1")) == {
        "transfers": [{"from": "R101", "to": "G101", "kg": 117.2}],
        "lots_kg": 1.5,
        "deviations": 1,
        "ccp_passed": 1,
        "ccp_failed": 1,
        "held": 1,
    }
    assert set(tally.of("nobody")) == set(COLUMNS)
