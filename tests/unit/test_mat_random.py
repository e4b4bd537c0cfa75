"""Anything in any order, against a reference of a few lines: never below zero, every kilogram accounted for, restarts unseen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from line.jsontools import finite
from line.messages import CommandKind, Event, Json
from line.stage import Scan
from materials.lot import GONE, LOT_TABLE, LotStatus, LotStep
from tests.unit.mat_kit import SIGNED, Bench, batch_event, lot, refusals, told, use

K = CommandKind
NAMES = st.sampled_from(["L1", "L2", "L3", "B100", "B101", "none"])
MASSES = st.one_of(st.sampled_from([0.0, 0.001, 1.0, 5.0, 10.0, 10.05, 25.0]), st.floats(0.01, 30.0).map(lambda kg: round(kg, 3)))
SIGN = {
    "received": 1, "produced": 1, "formed": 1, "adjusted": 1, "consumed": -1, "discarded": -1, "rework": -1, "split": -1,
    "merged": -1,
}  # fmt: skip
STEP = {"hold": LotStep.HOLD, "block": LotStep.BLOCK, "release": LotStep.RELEASE, "discard": LotStep.DISCARD}


def balance(journal: list[Event]) -> Mapping[str, float]:
    """What the events say is left of every lot: the sum of what moved."""
    left: dict[str, float] = {}
    for event in journal:
        sign = SIGN.get(str(event.data.get("what")), 0) if event.kind == "lot" else 0
        if sign:
            left[event.source] = left.get(event.source, 0.0) + sign * (finite(event.data.get("kg")) or 0.0)
    return left


class Store(RuleBasedStateMachine):
    """The stage on a bench; its journal is all that the reference knows."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.status: dict[str, LotStatus] = {}
        self.batches = 100

    @initialize()
    def first_delivery(self) -> None:
        self.bench.receive("L1")

    @rule(name=NAMES, kg=MASSES, temperature_c=st.sampled_from([2.0, 8.0]), days=st.integers(-1, 30))
    def receive(self, name: str, kg: float, temperature_c: float, days: int) -> None:
        expires = (self.bench.today() + dt.timedelta(days=days)).isoformat()
        known = name in self.bench.lots
        events = self.bench.receive(name, kg=kg, temperature_c=temperature_c, expires=expires)
        assert bool(told(events, "received")) == (not known and kg > 0.0 and name.startswith("L"))

    @rule(name=NAMES, kg=MASSES, reason=st.sampled_from(["", "because"]))
    def load(self, name: str, kg: float, reason: str) -> None:
        asked = use(name, kg, batch=f"B{self.batches}", reason=reason)
        against = self.bench.stage.lend(self.bench.state, Scan(self.bench.now_ns, self.bench.image())).against(asked)
        found = self.bench.lots.get(name)
        if against or kg <= 0.0:
            assert against or kg <= 0.0
            return
        assert found is not None
        assert found.status is LotStatus.AVAILABLE
        assert found.expires is None or found.expires >= self.bench.today()
        (event,) = told(self.bench.step(uses=[asked]), "consumed")
        assert event.data["kg"] == kg

    @rule(word=st.sampled_from(sorted(STEP)), name=NAMES)
    def decide(self, word: str, name: str) -> None:
        found = self.bench.lots.get(name)
        args: dict[str, Json] = {"signature": SIGNED} if word == "release" else {}
        events = self.bench.ask(CommandKind(f"lot.{word}"), name, "because", "technologist", **args)
        old = found is not None and found.expired(self.bench.today()) and word == "release"
        may = found is not None and STEP[word] in LOT_TABLE[found.status] and not old
        assert bool(refusals(events)) == (not may)

    @rule(name=NAMES, kg=MASSES)
    def count(self, name: str, kg: float) -> None:
        events = self.bench.ask(K.LOT_ADJUST, name, "stocktake", kg=kg)
        if not refusals(events):
            assert self.bench.lots[name].left_kg == kg

    @rule(end=st.sampled_from(["complete", "aborted"]), product=st.sampled_from(["free", "on_hold"]))
    def end(self, end: str, product: str) -> None:
        batch = f"B{self.batches}"
        self.batches += 1
        what = batch_event("complete", batch, size_kg=50.0, product=product)
        self.bench.step(events=[what if end == "complete" else batch_event("state", batch, to="aborted")])

    @rule(name=st.sampled_from(["B100", "B101", "B102", "L1"]), kg=MASSES, into=st.sampled_from([None, "L2"]))
    def rework(self, name: str, kg: float, into: str | None) -> None:
        args: dict[str, Json] = {"material": "rework", "kg": kg} | ({} if into is None else {"into": into})
        self.bench.ask(K.LOT_REWORK, name, "because", **args)

    @rule(name=NAMES, kg=MASSES, into=st.sampled_from([None, "L2", "L3"]))
    def split(self, name: str, kg: float, into: str | None) -> None:
        before = self.bench.lots.get(name)
        events = self.bench.ask(K.LOT_SPLIT, name, kg=kg, **({} if into is None else {"into": into}))
        if told(events, "formed"):
            assert before is not None
            assert self.bench.lots[name].status is self.bench.lots[told(events, "formed")[0].source].status is before.status

    @rule(names=st.lists(NAMES, min_size=2, max_size=3), into=st.sampled_from(["", "L1", "L3"]))
    def merge(self, names: list[str], into: str) -> None:
        found = [self.bench.lots[n] for n in names if n in self.bench.lots]
        events = self.bench.ask(K.LOT_MERGE, into, "because", "shift_lead", lots=list(names))
        for formed in told(events, "formed"):
            whole = self.bench.lots[formed.source]
            assert whole.status in {x.status for x in found}
            assert all(
                whole.expires is not None and whole.expires <= (x.expires or whole.expires) for x in found if whole.expires
            )
            assert LotStatus.AVAILABLE is not whole.status or all(x.status is LotStatus.AVAILABLE for x in found)

    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        self.bench.now_ns += hours * 3600 * 10**9
        self.bench.step()

    @rule()
    def kill(self) -> None:
        before = self.bench.state
        self.bench.again()
        self.bench.step()
        assert self.bench.state == before

    @invariant()
    def nothing_is_below_zero_and_every_kilogram_is_accounted_for(self) -> None:
        told_kg = balance(self.bench.journal)
        for found in self.bench.lots.values():
            assert found.left_kg >= 0.0
            assert abs(told_kg.get(found.id, 0.0) - found.left_kg) < 1e-5, found.id
            assert (found.left_kg == 0.0) == (found.status in GONE), found

    @invariant()
    def every_move_is_an_arrow_of_the_table(self) -> None:
        for found in self.bench.lots.values():
            before = self.status.get(found.id, found.status)
            reached = {before, *LOT_TABLE[before].values()}
            reached |= {s for one in set(reached) for s in LOT_TABLE[one].values()}
            assert found.status in reached, (found.id, before)
        self.status = {k: x.status for k, x in self.bench.lots.items()}


Store.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestStore = Store.TestCase


def test_the_reference_sees_a_kilogram_that_is_lost() -> None:
    bench = Bench()
    bench.receive("L1")
    bench.step(uses=[use(kg=4.0)])
    assert balance(bench.journal) == {"L1": 6.0}
    assert lot("L1").left_kg != balance(bench.journal)["L1"]
