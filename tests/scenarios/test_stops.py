"""A shift in which the packer runs out of film and waits for product: its stops, its OEE and an order, beside an account that is
kept from the raw values of every scan."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from line.image import Snapshot
from line.messages import Command, Event, JsonObject
from line.tags import TagTable
from potok.shift import Fingerprint, Person, ShiftRecorder, ShiftSettings, ShiftStepper, parse_fault
from tests.scenarios.coarse import coarse_line
from tests.scenarios.shared import made_once

FAULTS = ("272:film_out:P601::7",)
SEED = 5
HOURS = 4.9
OWN = {8, 9, 10, 11, 12, 1, 7}
EXTERNAL = {5, 13, 14}
AS_BEFORE = {3, 15, 16}
NS = 1_000_000_000


@dataclass
class Account:
    """The packer by the raw values of every scan, without any code of the stage."""

    tags: TagTable
    run_ns: int = 0
    own_ns: int = 0
    external_ns: int = 0
    idle_ns: int = 0
    first_ns: int = 0
    last_ns: int = 0
    doing: str = "idle"
    good: float = 0.0
    rejects: float = 0.0
    before: dict[str, float] = field(default_factory=dict[str, float])

    def take(self, image: Snapshot) -> None:
        if self.last_ns:
            setattr(self, f"{self.doing}_ns", getattr(self, f"{self.doing}_ns") + image.now_ns - self.last_ns)
        self.first_ns = self.first_ns or image.now_ns
        self.last_ns = image.now_ns
        number = image.number(self.tags.handle("P601.StateCurrent"))
        assert number is not None
        if int(number) not in AS_BEFORE:
            self.doing = (
                "run" if number == 6 else "own" if int(number) in OWN else "external" if int(number) in EXTERNAL else "idle"
            )
        for name, total in (("P601.PackCount", "good"), ("P601.RejectCount", "rejects")):
            value = image.number(self.tags.handle(name))
            assert value is not None
            setattr(self, total, getattr(self, total) + value - self.before.get(name, value))
            self.before[name] = value


class Recorder(ShiftRecorder):
    """Keeps events of stops, OEE and orders; counts for itself."""

    def __init__(self, *arguments: Any, account: Account) -> None:
        super().__init__(*arguments)
        self.account = account
        self.told: list[Event] = []

    def record(self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Any = None) -> None:
        self.told += events
        super().record(events, states, on_durable)

    def sample(self, image: Snapshot) -> None:
        self.account.take(image)
        super().sample(image)


class Lead:
    """The operator of the shift, who makes batches from an order and explains the first long stop."""

    def __init__(self, operator: Person) -> None:
        self.operator = operator
        self.asked = 0

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> Sequence[Command]:
        given: list[Command] = []
        stops: Any = views["stops"]
        orders: Any = views["orders"]
        if not self.asked:
            given.append(self.command(now_ns, "order.create", "", recipe="doktorskaya", kg=100.0, number="З-1"))
        given += [
            self.command(now_ns, "stop.reason", row["id"], code="film", text="рулон")
            for row in stops["stops"]
            if row["unqualified"] and row["ended_ns"]
        ]
        for command in self.operator.look(now_ns, views):
            if command.kind == "batch.create" and orders["orders"]:
                args = {**command.args, "order": orders["orders"][0]["id"]}
                command = Command(
                    command.id, command.kind, command.target, args, command.user, command.role, command.station, command.time_ns
                )
            given.append(command)
        return given

    def command(self, now_ns: int, kind: str, target: str, **args: Any) -> Command:
        self.asked += 1
        return Command(f"lead-{self.asked}", kind, target, args, "lead", "shift_lead", "shift", now_ns)


class Nobody:
    """No operator at all."""

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> Sequence[Command]:
        return ()


@dataclass
class Run:
    account: Account
    events: list[Event]
    views: Mapping[str, Any]

    def of(self, kind: str, what: str) -> list[Event]:
        return [e for e in self.events if e.kind == kind and e.data.get("what") == what]


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return pickle.loads((made_once(tmp_path_factory, "stopped-shift", work_the_shift) / "run").read_bytes())


def work_the_shift(base: Path) -> None:
    line = coarse_line(base)
    fingerprint = Fingerprint()
    account = Account(line.model.tags)
    recorder = Recorder(line, fingerprint, None, account=account)
    settings = ShiftSettings(hours=HOURS, seed=SEED, faults=tuple(parse_fault(f) for f in FAULTS))
    stepper = ShiftStepper(line, settings, recorder, fingerprint)
    stepper.operator = Lead(stepper.operator)
    stepper.run(lambda _share: None)
    (base / "run").write_bytes(pickle.dumps(Run(account, recorder.told, stepper.engine.state.views)))


pytestmark = pytest.mark.timeout(300)


def figures(shift: Run) -> dict[str, Any]:
    (event,) = shift.of("oee", "shift")
    told: Any = event.data["line"]
    return dict(told)


def test_every_second_of_the_packer_is_accounted_for(shift: Run) -> None:
    told, raw = figures(shift), shift.account
    assert told["run_s"] == raw.run_ns / NS
    assert told["minor_s"] + told["adot_s"] == raw.own_ns / NS
    assert told["external_s"] == raw.external_ns / NS
    assert told["idle_s"] + told["planned_s"] == raw.idle_ns / NS
    assert told["unknown_s"] == 0.0
    assert told["planned_s"] == 30 * 60, "the lunch of the calendar, in which nothing was to be packed"
    assert (told["gq"], told["rejects"]) == (raw.good, raw.rejects)


def test_held_is_told_from_suspended(shift: Run) -> None:
    """Out of film the machine stands by itself; without product it waits."""
    ended = [e.data for e in shift.of("stop", "ended") if e.unit == "P601"]
    own = [d for d in ended if d["kind"] == "own"]
    external = [d for d in ended if d["kind"] == "external"]
    assert len(own) == 1
    assert (own[0]["proposed"], own[0]["minor"], own[0]["loss"]) == ("film", False, "down")
    assert external
    assert {str(d["proposed"]) for d in external} <= {"starved", "jam_behind"}
    told = figures(shift)
    assert told["adot_s"] == own[0]["duration_s"]
    assert told["adot_s"] >= 7 * 60
    assert told["external_s"] == sum(float(str(d["duration_s"])) for d in external)
    assert len(ended) == len([e for e in shift.of("stop", "started") if e.unit == "P601"])


def test_oee_follows_from_raw_values(shift: Run) -> None:
    told, raw = figures(shift), shift.account
    own_s = raw.own_ns / NS
    pbt_s = (raw.run_ns + raw.external_ns + raw.idle_ns) / NS + own_s - told["planned_s"]
    apt_s = raw.run_ns / NS  # the only own stop was a long one
    made, pri_s = raw.good + raw.rejects, 60.0 / 42.0
    assert told["availability_pct"] == pytest.approx(100 * apt_s / pbt_s, abs=0.006)
    assert told["effectiveness_pct"] == pytest.approx(100 * pri_s * made / apt_s, abs=0.006)
    assert told["quality_pct"] == pytest.approx(100 * raw.good / made, abs=0.006)
    assert told["oee_pct"] == pytest.approx(100 * pri_s * raw.good / pbt_s, abs=0.006)
    assert told["over_100"] == []


def test_the_stop_is_explained(shift: Run) -> None:
    (explained,) = [e for e in shift.of("stop", "reason") if e.unit == "P601"]
    assert (explained.data["code"], explained.data["category"], explained.data["user"]) == ("film", "changeover", "lead")
    (event,) = shift.of("oee", "shift")
    assert event.data["unqualified"] == {"count": 0, "s": 0.0}
    top: Any = event.data["top"]
    assert ("P601", "film", 1) in [(r["unit"], r["code"], r["count"]) for r in top]


def test_the_batch_has_figures_of_its_own(shift: Run) -> None:
    (event,) = shift.of("oee", "batch")
    units: Any = event.data["units"]
    assert event.data["product"] == "doktorskaya"
    assert set(units) == {"F301", "S401", "P601"}
    assert units["P601"]["pq"] == shift.account.good + shift.account.rejects
    assert units["P601"]["availability_pct"] < 60 < units["F301"]["availability_pct"]
    assert units["S401"]["effectiveness_pct"] is None, "a smokehouse counts nothing"


def test_the_order_was_made_and_filled(shift: Run) -> None:
    assert [(e.source, e.data["to"]) for e in shift.events if e.kind == "order"] == [
        ("order-1", "planned"),
        ("order-1", "running"),
        ("order-1", "filled"),
    ]
    created = [e for e in shift.events if e.kind == "batch" and e.data["what"] == "created"]
    assert {str(e.data["order"]) for e in created} == {"order-1"}
    (row,) = shift.views["orders"]["orders"]
    assert row["count"]["done"] == 1
    assert [b["id"] for b in row["batches"]] == [e.source for e in created]
    assert row["batches"][0]["packs"] == shift.account.good
    totals: Any = shift.views["shift"]["totals"]
    assert row["packed_kg"] == pytest.approx(totals["packed_kg"], abs=0.01)


def test_a_batch_for_an_order_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    stepper = ShiftStepper(coarse_line(tmp_path), ShiftSettings(hours=0.01, seed=1))
    stepper.operator = Nobody()
    stepper.open()
    stepper.step()
    args = {"size_kg": 140.0, "order": "order-7"}
    stepper.engine.submit(Command("b1", "batch.create", "doktorskaya", args, "anna", "operator", "p1", stepper.clock.now_ns()))
    told: list[Event] = []
    for _ in range(3):
        told += stepper.step().events
    (answer,) = [e for e in told if e.kind == "command" and e.data["id"] == "b1" and e.data["status"] == "refused"]
    reasons: Any = answer.data["reasons"]
    assert [r["en"] for r in reasons] == ["There is no order order-7"]
    assert stepper.engine.state.views["batches"]["batches"] == []
