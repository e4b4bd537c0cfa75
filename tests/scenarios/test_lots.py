"""Lots through the whole line: a shift whose mass balance closes, and what is refused at the scale and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from historian.queries import Queries
from line.jsontools import objects
from line.messages import Command, CommandKind, Event, Json, JsonObject
from materials.gs1_digits import has_check_digit
from potok.linefolder import LoadedLine
from potok.shift import Fingerprint, ShiftRecorder, ShiftSettings, ShiftStepper
from tests.scenarios.coarse import coarse_line
from tests.scenarios.traced import end_of, traced_shift

SEED: Final = 5
K = CommandKind
SIGNED: Final = {"user": "sidorova", "name": "Сидорова А. П.", "role": "technologist", "time_ns": 1}


class Recorder(ShiftRecorder):
    """Keeps the events."""

    def __init__(self, line: LoadedLine, fingerprint: Fingerprint) -> None:
        super().__init__(line, fingerprint, None)
        self.kept: list[Event] = []

    def record(self, events: Sequence[Event], states: Any, on_durable: Any = None) -> None:
        self.kept += events
        super().record(events, states, on_durable)


class Nobody:
    """The test itself is who works at the line."""

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        return []


def stepper(line: LoadedLine, hours: float) -> tuple[ShiftStepper, list[Event]]:
    fingerprint = Fingerprint()
    recorder = Recorder(line, fingerprint)
    found = ShiftStepper(line, ShiftSettings(hours, SEED), recorder, fingerprint)
    found.open()
    return found, recorder.kept


def told(events: Sequence[Event], what: str, batch: str | None = None) -> list[Any]:
    return [e for e in events if e.kind == "lot" and e.data["what"] == what and batch in (None, e.batch)]


def kg(events: Sequence[Any]) -> float:
    return round(sum(float(e.data["kg"]) for e in events), 6)


def test_the_mass_balance_of_a_shift_closes(tmp_path_factory: pytest.TempPathFactory) -> None:
    shift = traced_shift(tmp_path_factory)
    events, end = Queries(shift / "data").events_after(0, 1_000_000), end_of(shift)
    views = end["views"]
    batches = {str(b["id"]): b for b in views["batches"]["batches"]}
    assert [b["state"] for b in batches.values()] == ["complete", "complete"]
    stock = {str(x["id"]): x for x in views["materials"]["lots"]}
    for name, batch in batches.items():
        rows = [r for r in batch["ingredients"] if r["material"] != "ice"]
        for row in rows:
            used = [e for e in told(events, "consumed", name) if e.data["ingredient"] == row["material"]]
            assert kg(used) == pytest.approx(row["weighed_kg"], abs=1e-6)
            assert row["lo_kg"] <= row["weighed_kg"] <= row["hi_kg"]
        by_record = [e for e in events if e.kind == "batch" and e.batch == name and e.data["what"] == "lot"]
        assert kg(by_record) == pytest.approx(kg(told(events, "consumed", name)), abs=1e-6)
        (made,) = told(events, "produced", name)
        cases = told(events, "packed", name)
        assert kg(cases) == pytest.approx(float(made.data["kg"]), abs=1e-5)
        assert sorted(made.data["from"]) == sorted({e.source for e in told(events, "consumed", name)})
        assert {e.data["packs"] for e in cases[:-1]} == {12}
        assert stock[name]["left_kg"] == made.data["kg"]
    for delivery in told(events, "received"):
        used_kg = kg([e for e in told(events, "consumed") if e.source == delivery.source])
        left_kg = stock[delivery.source]["left_kg"] if delivery.source in stock else 0.0
        assert delivery.data["kg"] == pytest.approx(used_kg + left_kg, abs=1e-6)
    cases = told(events, "packed")
    codes = [str(e.data["sscc"]) for e in cases]
    assert len(set(codes)) == len(codes) > 10
    assert all(has_check_digit(c) for c in codes)
    assert kg(cases) == pytest.approx(end["packed_kg"], abs=0.01)
    assert sum(int(e.data["packs"]) for e in cases) == end["packs"]


class Loader:
    """A person at the panel of a line with one batch that waits for its lots."""

    def __init__(self, folder: Path) -> None:
        self.shift, self.events = stepper(coarse_line(folder), 1.0)
        self.shift.operator = Nobody()
        self._count = 0
        self.run(40)
        assert self.ask(K.BATCH_CREATE, "doktorskaya", size_kg=70.0, start=True) == []
        self.until(lambda: bool(self.need("beef_premium")["prompt"]))

    def run(self, scans: int) -> None:
        for _ in range(scans):
            self.shift.step()

    def until(self, condition: Any, scans: int = 300) -> None:
        for _ in range(scans):
            if condition():
                return
            self.shift.step()
        raise AssertionError("it did not come to that")

    @property
    def views(self) -> Mapping[str, Any]:
        return self.shift.engine.state.views

    def day(self, more: int) -> str:
        return (dt.date.fromisoformat(self.views["materials"]["day"]) + dt.timedelta(days=more)).isoformat()

    def need(self, material: str) -> dict[str, Any]:
        (need,) = self.views["materials"]["needs"] or [{"ingredients": []}]
        return next((r for r in need["ingredients"] if r["material"] == material), {"prompt": None})

    def lots(self) -> dict[str, Any]:
        return {x["id"]: x for x in self.views["materials"]["lots"]}

    def ask(self, kind: CommandKind, target: str, reason: str = "", role: str = "operator", /, **args: Json) -> list[str]:
        """The reasons why not; empty when it was accepted."""
        self._count += 1
        name = f"ask-{self._count}"
        now_ns = self.shift.clock.now_ns()
        self.shift.engine.submit(Command(name, kind, target, args, "petrov", role, "R101", now_ns, reason))
        self.run(2)
        answers = [e for e in self.events if e.kind == "command" and e.data["id"] == name and e.data["status"] != "received"]
        return [str(r["en"]) for r in objects(answers[0].data.get("reasons"))]

    def receive(self, name: str, material: str, kg: float, days: int, **args: Json) -> None:
        catalogue = self.shift.line.materials
        assert catalogue is not None
        papers, supplier = list(catalogue.materials[material].documents), catalogue.materials[material].suppliers[0]
        given: dict[str, Json] = {
            "material": material,
            "kg": kg,
            "supplier": supplier,
            "expires": self.day(days),
            "documents": papers,
        }
        assert self.ask(K.LOT_RECEIVE, name, **{**given, "temperature_c": 2.0, **args}) == []

    def load(self, lot: str, kg: float, reason: str = "", role: str = "operator") -> list[str]:
        return self.ask(K.BATCH_LOT, "B1001", reason, role, material="beef_premium", lot=lot, kg=kg)


def test_what_is_refused_at_the_scale_and_what_helps(tmp_path: Path) -> None:
    person = Loader(tmp_path)
    assert "no lot A1" in person.load("A1", 4.0)[0]
    person.receive("OLD", "beef_premium", 6.0, 6)
    person.receive("NEW", "beef_premium", 50.0, 15)
    person.receive("WARM", "beef_premium", 50.0, 14, temperature_c=6.5)
    person.receive("FROZEN", "pork_semi_fat_frozen", 50.0, 90, temperature_c=-18.0)
    person.receive("PORK", "pork_semi_fat", 50.0, 10)

    assert person.need("beef_premium")["lot"] == "OLD"
    assert "Use up lot OLD" in person.load("NEW", 4.0)[0]
    assert "on hold: The temperature is 6.5 °C" in person.load("WARM", 4.0, "in a hurry", "technologist")[0]
    assert "no substitute" in person.load("PORK", 4.0, "in a hurry", "technologist")[0]
    assert "6 kg are left of lot OLD" in person.load("OLD", 7.0)[0]
    assert person.load(" old ", 6.0) == [], "as people type it"
    assert "OLD" not in person.lots()
    assert person.need("beef_premium")["missing_kg"] == pytest.approx(8.3)

    release = {"signature": SIGNED}
    assert person.ask(K.LOT_RELEASE, "WARM", "core 3.8 °C at three places", **release) == []
    assert "Use up lot WARM" in person.load("NEW", 4.0)[0]
    assert person.load("NEW", 4.0, "WARM stands behind") == []
    assert told(person.events, "consumed")[-1].data["fefo"] is False

    pork: dict[str, Json] = {"material": "pork_semi_fat", "lot": "FROZEN", "kg": 40.0}
    assert len(person.ask(K.BATCH_LOT, "B1001", **pork)) == 2
    assert "technologist" in person.ask(K.BATCH_LOT, "B1001", "no fresh pork today", **pork)[0]
    assert person.ask(K.BATCH_LOT, "B1001", "no fresh pork today", "technologist", **pork) == []
    assert told(person.events, "consumed")[-1].data["substitute"] is True

    assert person.ask(K.LOT_HOLD, "NEW", "smells odd") == []
    assert "smells odd" in person.load("NEW", 4.3)[0]


def test_an_expired_lot_is_used_by_nobody(tmp_path: Path) -> None:
    person = Loader(tmp_path)
    person.receive("GONE", "beef_premium", 50.0, -1)
    said = person.load("GONE", 14.0, "the last one", "admin")
    assert [word for word in ("expired", "on hold") if not any(word in s for s in said)] == []
    assert "expired" in person.ask(K.LOT_RELEASE, "GONE", "smells fine", signature=SIGNED)[0]
    assert person.need("beef_premium")["lot"] is None


def test_the_batch_reads_the_ingredient_scale_itself(tmp_path: Path) -> None:
    person = Loader(tmp_path)
    person.receive("A1", "beef_premium", 50.0, 10)
    weigh: dict[str, Json] = {"prompt": "lot_beef_premium", "value": {"lot": "A1", "scale": "W101"}}
    assert "nothing on the scale" in person.ask(K.BATCH_REPLY, "B1001", **weigh)[0]
    assert person.ask(K.LOT_WEIGH, "W101", batch="B1001", material="beef_premium") == []
    plant = person.shift.plant.platform
    person.until(lambda: plant.load_kg > 0.0)
    assert "not at rest" in person.ask(K.BATCH_REPLY, "B1001", **weigh)[0]
    person.run(15)
    person.shift.plant.inject("sensor_break", "W101.Net")
    person.run(2)
    assert "cannot be trusted" in person.ask(K.BATCH_REPLY, "B1001", **weigh)[0]
    person.shift.plant.clear("sensor_break", "W101.Net")
    person.run(6)
    assert person.ask(K.BATCH_REPLY, "B1001", **weigh) == []
    (event,) = told(person.events, "consumed")
    assert (event.data["scale"], event.data["typed"], event.data["tare_kg"]) == ("W101", False, 0.0)
    assert event.data["kg"] == pytest.approx(14.3, rel=0.002)
    assert event.data["kg"] == pytest.approx(plant.load_kg, abs=0.006)
    assert person.lots()["A1"]["left_kg"] == pytest.approx(50.0 - float(event.data["kg"]), abs=1e-6)
    person.until(lambda: plant.load_kg == 0.0)
