"""Six hours with two batches and their lots, recorded as in the plant: what the tests of lots and of their genealogy read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from potok.shift import Fingerprint, ShiftRecorder, ShiftSettings, ShiftStepper
from potok.shift_crew import Order
from tests.scenarios.coarse import coarse_line
from tests.scenarios.shared import made_once


def traced_shift(factory: pytest.TempPathFactory) -> Path:
    """Its folder: ``data`` as the engine keeps it, and ``end.json``, read by :func:`end_of`."""
    return made_once(factory, "traced-shift", _work)


def end_of(shift: Path) -> dict[str, Any]:
    """The views of the last scan, and what the packer of the plant itself has packed (kg and packs)."""
    return json.loads((shift / "end.json").read_text(encoding="utf-8"))


def _work(base: Path) -> None:
    line = coarse_line(base)
    orders = (Order("doktorskaya", 70.0, 0.0), Order("doktorskaya", 75.0, 8.0))
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, base / "data")
    assert recorder.writer is not None
    try:
        shift = ShiftStepper(line, ShiftSettings(6.0, 5, orders=orders), recorder, fingerprint)
        shift.run(lambda _share: None)
    finally:
        recorder.writer.close()
    end = {"views": dict(shift.engine.state.views), "packed_kg": shift.plant.ledger.packed_kg, "packs": shift.plant.packer.packs}
    (base / "end.json").write_text(json.dumps(end), encoding="utf-8")
