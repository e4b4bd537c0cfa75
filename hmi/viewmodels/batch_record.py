"""A batch record (docs/batch-record.md) as the panel reads it: the course in the order of time, verdicts with their curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from hmi.viewmodels import wire
from hmi.viewmodels.ring import FloatArray
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S
from line.messages import Json
from line.quality import is_good


@dataclass(frozen=True)
class Moment:
    """Something that happened: ``what`` is the list of the record that tells it."""

    time_ns: int
    what: str
    data: Obj


LISTS: Final[tuple[tuple[str, str], ...]] = (
    ("states", "time_ns"), ("commands", "time_ns"), ("changes", "time_ns"), ("alarms", "raised_ns"), ("prompts", "time_ns"),
    ("deviations", "time_ns"), ("transfers", "time_ns"), ("comments", "time_ns"), ("line", "time_ns"),
)  # fmt: skip
"""Lists of the record that make its course, each with the key of its time."""
TOLD_BY_OUTCOME: Final = frozenset({"batch.reply", "batch.lot", "batch.parameter", "batch.comment", "batch.disposition"})
"""Commands that leave an entry of their own in another list when they are carried out."""


def moments(record: Obj) -> list[Moment]:
    """All that happened, in the order of time; lots, replies and dispositions stand at their own times.

    What is asked in a moment stands behind what else happened then: it follows from it, as the next question from an answer.
    """
    found = [Moment(wire.integer(e, key), what, e) for what, key in LISTS for e in wire.objects(record, what)]
    for material in wire.objects(record, "materials"):
        found += [Moment(wire.integer(e, "time_ns"), "lot", {**material, **e}) for e in wire.objects(material, "lots")]
    for prompt in wire.objects(record, "prompts"):
        found += [Moment(wire.integer(e, "time_ns"), "reply", {**prompt, **e}) for e in wire.objects(prompt, "replies")]
    for deviation in wire.objects(record, "deviations"):
        said = wire.obj(deviation, "disposition")
        if said:
            found.append(Moment(wire.integer(said, "time_ns"), "disposition", {**deviation, **said}))
    return sorted(found, key=lambda m: (m.time_ns, m.what == "prompts"))


def important(moment: Moment) -> bool:
    """What a person looks for first: all but states of nodes below the batch, and commands whose outcome stands beside them."""
    if moment.what == "commands":
        kind, status = wire.text(moment.data, "kind"), wire.text(moment.data, "status")
        return kind not in TOLD_BY_OUTCOME or status in ("refused", "timed_out")
    return moment.what != "states" or not wire.text(moment.data, "node")


@dataclass(frozen=True, eq=False)
class Curve:
    """Samples of a watched tag over a phase: seconds before its end (≤ 0), NaN where the quality was not Good."""

    name: Json
    tag: str
    eu: str
    unit: str
    from_ns: int
    to_ns: int
    lo: float | None
    hi: float | None
    kept: str
    x: FloatArray
    y: FloatArray


def curve_of(record: Obj, node: str, tag: str) -> Curve | None:
    """The last run of a node for a tag; None when nothing was kept."""
    found = [c for c in wire.objects(record, "curves") if wire.text(c, "node") == node and wire.text(c, "tag") == tag]
    if not found:
        return None
    entry = max(found, key=lambda c: wire.integer(c, "run"))
    from_ns, to_ns = wire.integer(entry, "from_ns"), wire.integer(entry, "to_ns")
    values, quality = wire.items(entry, "v"), wire.items(entry, "q")
    x: list[float] = []
    y: list[float] = []
    for i, time_ns in enumerate(wire.items(entry, "t")):
        value = wire.as_number(values[i]) if i < len(values) else None
        code = quality[i] if i < len(quality) else 0
        good = isinstance(code, int) and is_good(code)
        if isinstance(time_ns, int):
            x.append((time_ns - to_ns) / NS_PER_S)
            y.append(value if value is not None and good else float("nan"))
    sx, sy = _held(x, y)
    return Curve(
        entry.get("name"), tag, wire.text(entry, "eu"), wire.text(entry, "unit"), from_ns, to_ns, wire.number(entry, "lo"),
        wire.number(entry, "hi"), wire.text(entry, "kept", "all"), sx, sy,
    )  # fmt: skip


def _held(x: list[float], y: list[float]) -> tuple[FloatArray, FloatArray]:
    """A value stored by exception holds until the next one."""
    if not x:
        return np.zeros(0), np.zeros(0)
    times = np.repeat(np.asarray(x, dtype=float), 2)[1:]
    values = np.repeat(np.asarray(y, dtype=float), 2)[:-1]
    return np.append(times, 0.0), np.append(values, y[-1])


@dataclass
class RecordDesk:
    """Which record is shown and which is awaited."""

    fetch: Callable[[str], None]
    batch: str = ""
    record: Obj | None = None
    failed: str = ""
    asked: bool = False

    def look_at(self, batch: str) -> None:
        """Another batch: forget what was shown."""
        if batch != self.batch:
            self.batch, self.record, self.failed, self.asked = batch, None, "", False

    def ask(self) -> None:
        """Ask the server, once until it has answered."""
        if self.batch and not self.asked:
            self.asked, self.failed = True, ""
            self.fetch(self.batch)

    def again(self) -> None:
        """Ask anew; what is shown stays until the answer is there."""
        self.asked = False
        self.ask()

    def take(self, status: int, data: Obj, error: str) -> None:
        """The answer."""
        shown = wire.text(wire.obj(data, "batch"), "id")
        if status == 200 and (not shown or shown == self.batch):
            self.record, self.failed = data, ""
        elif status != 200:
            self.failed = error or f"HTTP {status}"
