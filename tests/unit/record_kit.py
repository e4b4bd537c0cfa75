"""A data folder written by hand: a journal with its chain, samples and a recipe, for the tests of records and explanations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from historian.journal import Journal
from historian.queries import JOURNAL_FILE, SAMPLES_FOLDER, Queries
from historian.record_recipe import recipe_hash
from historian.samples import SampleBlock, SampleStore
from line.clock import NS_PER_S
from line.messages import Event
from tests.builders import T0_NS

B = "B1001"
COOK = "smokehouse.cooking.cook"
CORE = "S401.CoreTemp"
CHAMBER = "S401.ChamberTemp"
SET = "S401.SP_Temp"


def both(text: str) -> dict[str, str]:
    return {"ru": f"{text} (ру)", "en": text}


RECIPE: dict[str, Any] = {
    "recipe": "ham", "version": "3.1", "author": "T", "name": both("Ham"), "product": "0460", "base_batch_kg": 100,
    "size_lo_kg": 50, "size_hi_kg": 120,
    "ingredients": {
        "pork": {"kg": 90, "tolerance_pct": 1.0, "raw": True, "name": both("Pork")},
        "salt": {"kg": 10, "tolerance_pct": 0.5, "name": both("Salt")},
    },
    "parameters": {
        "cook_temp": {"name": both("Cooking temperature"), "value": 78.0, "lo": 75.0, "hi": 80.0, "eu": "°C"},
        "cook_core": {"name": both("Core"), "value": 72.0, "lo": 72.0, "hi": 75.0, "eu": "°C", "ccp": True},
        "charge": {"name": both("Charge"), "value": 100, "lo": 90, "hi": 110, "eu": "kg", "scale": "proportional"},
    },
    "yield": {"expect_pct": 95.0, "lo_pct": 90.0, "hi_pct": 99.0},
    "equipment": {"smokehouse": {"class": "smokehouse"}},
    "procedure": [
        {
            "unit_procedure": "smokehouse", "name": both("Heat treatment"),
            "operations": [
                {
                    "operation": "cooking", "name": both("Cooking"),
                    "phases": [
                        {"prompt": "look", "text": both("Is the load in?"), "role": "operator"},
                        {
                            "phase": "cook", "parameters": {"temp": "$cook_temp", "core": "$cook_core"},
                            "watch": [
                                {"tag": "{u}.ChamberTemp", "lo": "$cook_temp-5", "hi": "$cook_temp+5", "name": both("Chamber")},
                                {
                                    "tag": "{u}.CoreTemp", "lo": "$cook_core-0.5", "when": "end", "ccp": True,
                                    "name": both("Core CCP"),
                                },
                            ],
                        },
                    ],
                }
            ],
        }
    ],
}  # fmt: skip
HASH = recipe_hash(RECIPE)


class Folder:
    """Events by the second of the script, from T0; written when the block ends. ``filed``: another hash for the recipe."""

    def __init__(self, path: Path, recipe: Mapping[str, Any] | None = RECIPE, filed: str = "") -> None:
        self.path = path
        self.queries = Queries(path)
        self._journal = Journal(path / JOURNAL_FILE)
        self._samples: dict[str, list[tuple[int, float, int]]] = {}
        self._events: list[Event] = []
        versions = [] if recipe is None else [{"hash": filed or recipe_hash(recipe), "data": recipe}]
        self._states: dict[str, Any] = {"recipes": {"versions": versions}}

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.write()
        self._journal.close()

    def write(self) -> None:
        """Put on the disk what was added since."""
        self._journal.append(self._events, self._states)
        self._events = []
        store = SampleStore(self.path / SAMPLES_FOLDER)
        for tag, rows in self._samples.items():
            times, values, codes = (np.array(column) for column in zip(*rows, strict=True))
            block = SampleBlock(
                [tag], np.zeros(len(rows), dtype=np.int64), times.astype(np.int64), values.astype(np.float64),
                codes.astype(np.uint32), np.zeros(len(rows), dtype=np.bool_), {},
            )  # fmt: skip
            store.add(block, "")
        store.commit(T0_NS)
        store.close()
        self._samples = {}

    def add(self, at_s: float, kind: str, source: str, data: Mapping[str, Any], unit: str = "", batch: str = "") -> int:
        """One event; its number."""
        seq = self._journal.last_seq() + len(self._events) + 1
        self._events.append(Event(seq, T0_NS + round(at_s * NS_PER_S), kind, source, unit, batch, data))
        return seq

    def batch(self, at_s: float, what: str, /, *, node: str = "", unit: str = "", batch: str = B, **data: Any) -> int:
        """An event of the batch."""
        named = {"unit": unit} if what in ("acquire", "release", "request") else {}
        return self.add(at_s, "batch", batch, {"what": what, "node": node, **named, **data}, unit, batch)

    def command(
        self, at_s: float, command: str, kind: str, target: str, /, user: str = "ivanov", status: str = "accepted", *,
        reason: str = "", reasons: list[Any] | None = None, answer: Mapping[str, Any] | None = None, **args: Any,
    ) -> None:  # fmt: skip
        """A command with its answer half a second later."""
        common = {"id": command, "kind": kind, "target": target, "user": user, "station": "P1"}
        given = {"args": args, "status": "received", "role": "operator", "reason": reason}
        self.add(at_s, "command", user, {**common, **given})
        why = {"reasons": reasons} if reasons else {}
        self.add(at_s + 0.5, "command", user, {**common, "status": status, **why, **(answer or {})})

    def written(self, at_s: float, tag: str, value: float, origin: str = B, status: str = "Good") -> int:
        """A write that was tried."""
        return self.add(at_s, "write", origin, {"tag": tag, "value": value, "status": status, "message": {"ru": "", "en": ""}})

    def unit(self, at_s: float, before: str, after: str, *, unit: str = "S401", batch: str = B, phase: str = "cook") -> int:
        """A change of the phase's state in the PLC."""
        return self.add(at_s, "unit", unit, {"what": "state", "from": before, "to": after, "phase": phase}, unit, batch)

    def alarm(self, at_s: float, event: str, before: str, after: str, alarm: str = "S401.CoreTemp.low", /, **data: Any) -> int:
        """An alarm of S401."""
        base: dict[str, Any] = {
            "event": event, "from": before, "to": after, "active": after in ("unack_active", "acked_active"), "priority": 2,
            "tag": CORE, "kind": "low", "value": 60.0, "limit": 65.0, "eu": "°C", "quality": 0, "text": both("Core low"),
        }  # fmt: skip
        return self.add(at_s, "alarm", alarm, base | data, "S401")

    def sample(self, at_s: float, tag: str, value: float, status: int = 0) -> None:
        """One sample."""
        self._samples.setdefault(tag, []).append((T0_NS + round(at_s * NS_PER_S), value, status))


def start(folder: Folder, *, until_cooking: bool = True) -> None:
    """Ivanov creates and starts B1001; S401 begins to cook at second 60."""
    folder.command(0, "c1", "batch.create", "ham", answer={"batch": B}, size_kg=50.0, start=True)
    folder.batch(
        0.5, "created", number=1001, recipe="ham", version="3.1", hash=HASH, mode="automatic", size_kg=50.0, user="ivanov",
        parameters={"cook_temp": 78.0, "cook_core": 72.0, "charge": 50.0}, scale=0.5,
        ingredients={"pork": {"kg": 45.0, "tolerance_pct": 1.0}, "salt": {"kg": 5.0, "tolerance_pct": 0.5}},
    )  # fmt: skip
    folder.batch(0.5, "state", **{"from": "idle", "to": "running"}, reasons=[], user="ivanov")
    if not until_cooking:
        return
    folder.batch(50, "acquire", node="smokehouse", unit="S401", role="smokehouse")
    folder.batch(
        59, "request", node=COOK, unit="S401", request="B1001/1", command="start", phase="cook",
        setpoints={SET: 78.0, "S401.SP_Core": 72.0}, cause=both("the procedure has come to Cooking"),
    )  # fmt: skip
    for tag, value in ((SET, 78.0), ("S401.SP_Core", 72.0), ("S401.PhCmd", 1.0)):
        folder.written(59.5, tag, value)
    folder.unit(60, "idle", "running", batch="")
    folder.batch(60, "step", node=COOK, unit="S401", **step("running"))


def step(status: str, **data: Any) -> dict[str, Any]:
    """The data of a step event of the cooking phase."""
    setpoints = {SET: 78.0, "S401.SP_Core": 72.0}
    names = {SET: "cook_temp", "S401.SP_Core": "cook_core"}
    return {
        "status": status, "role": "smokehouse", "operation": "cooking", "phase": "cook", "setpoints": setpoints,
        "parameters": names, **data,
    }  # fmt: skip


def finish(folder: Folder, at_s: float = 3600.0) -> None:
    """The phase is complete and its verdict passed; the batch ends."""
    verdict = {"tag": CORE, "value": 72.3, "lo": 71.5, "hi": None, "eu": "°C", "quality": "Good", "ccp": True, "passed": True}
    folder.unit(at_s, "running", "complete")
    folder.batch(at_s, "verdict", node=COOK, unit="S401", **verdict)
    actuals = {CHAMBER: 78.1, CORE: 72.3}
    done = step("complete", actuals=actuals, measured={SET: CHAMBER, "S401.SP_Core": CORE}, duration_s=at_s - 60)
    folder.batch(at_s, "step", node=COOK, unit="S401", **done)
    folder.batch(at_s + 1, "release", node="smokehouse", unit="S401", role="smokehouse")
    folder.batch(at_s + 1, "state", **{"from": "running", "to": "complete"}, reasons=[])
    folder.batch(at_s + 1, "complete", size_kg=50.0, duration_s=at_s)
