"""Three batches of three products at once over a shift with faults: all complete, and every kilogram is found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from historian.queries import Queries
from line.image import Snapshot
from line.model import LineModel
from line.phases import PhaseState
from potok.shift import Fingerprint, PlannedFault, ShiftRecorder, ShiftSettings, ShiftStepper
from potok.shift_crew import Order
from tests.scenarios.coarse import coarse_line

SEED: Final = 11
HOURS: Final = 9.5
ORDERS: Final = (Order("krakovskaya", 120.0, 0.0), Order("vetchina", 150.0, 4.0), Order("doktorskaya", 140.0, 8.0))
FAULTS: Final = (
    PlannedFault(3.0, "guard_open", "G101", minutes=1.0),
    PlannedFault(16.0, "casing_out", "F301", minutes=2.0),
    PlannedFault(19.0, "guard_open", "T251", minutes=2.0),
    PlannedFault(40.0, "link_drop", "plc1", minutes=1.0),
    PlannedFault(50.0, "noise", "S402.Humidity", 8.0, 10.0),
    PlannedFault(75.0, "motor_trip", "S402", minutes=2.0),
    PlannedFault(150.0, "steam_loss", "Util", minutes=4.0),
    PlannedFault(302.0, "film_out", "P601", minutes=2.0),
)
TOLERANCE: Final = 0.001
_OWNED: Final = (int(PhaseState.RUNNING), int(PhaseState.COMPLETE))


@dataclass
class Weights:
    """What the scales and counters of the line showed of one batch, in kg."""

    charged: float = 0.0
    ice: float = 0.0
    brine: float = 0.0
    residue: float = 0.0
    hung: float = 0.0
    to_chiller: float = 0.0
    from_chiller: float = 0.0
    packed: tuple[float, float] = (-1.0, 0.0)
    rejected: tuple[float, float] = (-1.0, 0.0)

    @property
    def entered(self) -> float:
        return self.charged + self.ice + self.brine

    @property
    def out(self) -> float:
        """Packs and rejects."""
        return sum(last - first for first, last in (self.packed, self.rejected))

    @property
    def lost(self) -> float:
        """In the filler, by heat and by cold, each weighed."""
        return self.residue + (self.hung - self.to_chiller) + (self.to_chiller - self.from_chiller)


@dataclass
class Scales:
    """Looks at every image, as an auditor who believes nothing but the tags."""

    model: LineModel
    of: dict[int, Weights] = field(default_factory=dict[int, Weights])
    handles: dict[str, int] = field(default_factory=dict[str, int])

    def value(self, image: Snapshot, tag: str) -> float:
        handle = self.handles.setdefault(tag, self.model.tags.handle(tag))
        return float(image.value[handle])

    def look(self, image: Snapshot) -> None:
        for unit, read in _READ.items():
            if self.value(image, f"{unit}.PhSts") not in _OWNED:
                continue
            number = int(self.value(image, f"{unit}.BatchNo"))
            read(self, image, unit, self.of.setdefault(number, Weights()))

    def reception(self, image: Snapshot, unit: str, weights: Weights) -> None:
        weights.charged = self.value(image, f"{unit}.Charged")

    def cutter(self, image: Snapshot, unit: str, weights: Weights) -> None:
        weights.ice = self.value(image, f"{unit}.IceAdded")

    def tumbler(self, image: Snapshot, unit: str, weights: Weights) -> None:
        weights.brine = self.value(image, f"{unit}.BrineAdded")

    def filler(self, image: Snapshot, unit: str, weights: Weights) -> None:
        weights.residue = self.value(image, f"{unit}.Residue")

    def smokehouse(self, image: Snapshot, unit: str, weights: Weights) -> None:
        weights.hung = max(weights.hung, self.value(image, f"{unit}.ProductMass"))

    def chiller(self, image: Snapshot, unit: str, weights: Weights) -> None:
        mass = self.value(image, f"{unit}.ProductMass")
        weights.to_chiller = max(weights.to_chiller, mass)
        weights.from_chiller = mass or weights.from_chiller

    def packer(self, image: Snapshot, unit: str, weights: Weights) -> None:
        packed, rejected = self.value(image, f"{unit}.PackedMass"), self.value(image, f"{unit}.RejectMass")
        weights.packed = (weights.packed[0] if weights.packed[0] >= 0 else packed, packed)
        weights.rejected = (weights.rejected[0] if weights.rejected[0] >= 0 else rejected, rejected)


_READ: Final = {
    "R101": Scales.reception, "C201": Scales.cutter, "T251": Scales.tumbler, "F301": Scales.filler, "S401": Scales.smokehouse,
    "S402": Scales.smokehouse, "H501": Scales.chiller, "P601": Scales.packer,
}  # fmt: skip


@dataclass
class Shift:
    """A shift that was run, and what is left of it."""

    stepper: ShiftStepper
    scales: Scales
    data: Path
    peak: int
    fingerprint: str

    @property
    def batches(self) -> list[Mapping[str, Any]]:
        views: Mapping[str, Any] = self.stepper.engine.state.views
        return views["batches"]["batches"]


def work(folder: Path) -> Shift:
    """The whole shift."""
    print(f"seed {SEED}")
    line = coarse_line(folder)
    data = folder / "data"
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, data)
    assert recorder.writer is not None
    stepper = ShiftStepper(line, ShiftSettings(HOURS, SEED, FAULTS, data, orders=ORDERS), recorder, fingerprint)
    scales = Scales(line.model)
    peak = 0
    try:
        stepper.open()
        for _ in range(stepper.scans):
            stepper.step()
            scales.look(stepper.engine.state.image)
            views: Mapping[str, Any] = stepper.engine.state.views
            peak = max(peak, sum(b["state"] == "running" for b in views["batches"]["batches"]))
    finally:
        recorder.writer.close()
    return Shift(stepper, scales, data, peak, fingerprint.finish(stepper.engine.state.image, {}))


@pytest.mark.timeout(300)
def test_three_products_at_once_over_a_shift_with_faults(tmp_path: Path) -> None:
    shift = work(tmp_path)
    made_at_once_through_all_faults(shift)
    the_plants_own_ledger_closes(shift)
    what_the_scales_showed_closes_for_every_batch(shift)
    the_batch_records_say_the_same(shift)


def made_at_once_through_all_faults(shift: Shift) -> None:
    assert [(b["recipe"], b["state"], b["product"]) for b in shift.batches] == [(o.recipe, "complete", "free") for o in ORDERS], [
        b["held_reason"] for b in shift.batches
    ]
    assert shift.peak == 3
    events = Queries(shift.data).events_after(0, 100_000, "batch")
    held = {e.batch for e in events if e.data["what"] == "state" and e.data["node"] == "" and e.data["to"] == "held"}
    assert held == {b["id"] for b in shift.batches}, "a fault that nobody notices is no test"


def the_plants_own_ledger_closes(shift: Shift) -> None:
    plant = shift.stepper.plant
    ledger = plant.ledger
    assert ledger.entered_kg() > 400.0
    assert abs(ledger.entered_kg() - ledger.left_kg() - plant.inventory_kg()) < TOLERANCE * ledger.entered_kg()
    assert plant.inventory_kg() < 0.1, "all of it is packed or lost"
    assert ledger.displaced_kg == 0.0, "no batch was pushed out of a unit by another"


def what_the_scales_showed_closes_for_every_batch(shift: Shift) -> None:
    numbers = [int(b["number"]) for b in shift.batches]
    for number in numbers:
        weights = shift.scales.of[number]
        hung, packed = weights.entered - weights.residue - weights.hung, weights.from_chiller - weights.out
        assert abs(hung) < TOLERANCE * weights.entered, weights
        assert abs(packed) < TOLERANCE * weights.entered, weights
        assert abs(weights.entered - weights.lost - weights.out) < TOLERANCE * weights.entered, weights
    all_entered = sum(shift.scales.of[n].entered for n in numbers)
    assert all_entered == pytest.approx(shift.stepper.plant.ledger.entered_kg(), rel=TOLERANCE)
    assert sum(shift.scales.of[n].out for n in numbers) == pytest.approx(
        shift.stepper.plant.ledger.packed_kg + shift.stepper.plant.ledger.rejected_kg, rel=TOLERANCE
    )


def the_batch_records_say_the_same(shift: Shift) -> None:
    """Lots against the formula, and each transfer against the scales: what left a unit is what the next one got."""
    queries = Queries(shift.data)
    assert queries.verify_chain() == (True, None)
    for batch in shift.batches:
        record: Any = queries.batch_report(str(batch["id"]))
        assert record is not None
        weights = shift.scales.of[int(batch["number"])]
        moved = {str(t["node"]).rsplit(".", 1)[-1]: float(t["kg"]) for t in record["transfers"] if t["kg"] is not None}
        assert moved["weigh"] == pytest.approx(weights.charged, rel=TOLERANCE)
        assert moved["grind"] == pytest.approx(weights.charged, rel=TOLERANCE)
        assert moved["discharge"] == pytest.approx(weights.entered, rel=TOLERANCE)
        for entry in batch["ingredients"]:
            if entry["lots"]:
                total = sum(lot["kg"] for lot in entry["lots"])
                assert total == pytest.approx(entry["kg"], rel=entry["tolerance_pct"] / 100), entry
        verdicts = [
            e for e in queries.events_after(0, 100_000, "batch") if e.batch == batch["id"] and e.data["what"] == "verdict"
        ]
        assert len(verdicts) >= 2
        assert all(v.data["passed"] is True and v.data["quality"] == "Good" for v in verdicts if v.data["ccp"])
