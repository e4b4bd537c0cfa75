"""The tags ``Recipe.<unit>.*``: what batches make of their limits, for alarms, expressions and trends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from line.image import IntArray
from line.model import LineModel
from line.quality import Status
from line.recipe_tags import CCP_HOLD, DEVIATION, recipe_tag
from line.stage import Scan
from recipes.batch import Batch

_GOOD = int(Status.GOOD)


class Signals:
    """Where the tags of the units stand; a line without them (in tests) has nothing to publish."""

    def __init__(self, model: LineModel) -> None:
        places = [(u, what) for u in model.units for what in (DEVIATION, CCP_HOLD) if recipe_tag(u, what) in model.tags]
        self._places = tuple(places)
        self._handles: IntArray = np.array([model.tags.handle(recipe_tag(u, w)) for u, w in places], dtype=np.int64)

    def publish(self, active: Sequence[Batch], ended: Sequence[Batch], scan: Scan) -> None:
        """Publish what the image does not show yet: most scans nothing."""
        if not self._places:
            return
        wanted = _standing(active) | _awaiting(active) | _awaiting(ended)
        values: list[float] = scan.image.value.take(self._handles).tolist()
        statuses: list[int] = scan.image.status.take(self._handles).tolist()
        for place, value, status, handle in zip(self._places, values, statuses, self._handles, strict=True):
            want = 1.0 if place in wanted else 0.0
            if value != want or status != _GOOD:
                scan.published.append((int(handle), want, _GOOD))


def _standing(batches: Iterable[Batch]) -> set[tuple[str, str]]:
    """A critical limit has a tag and an alarm of its own: one cause, one alarm."""
    return {(d.unit, DEVIATION) for b in batches if b.deviations for d in b.deviations if d.ended_ns is None and not d.ccp}


def _awaiting(batches: Iterable[Batch]) -> set[tuple[str, str]]:
    return {(d.unit, CCP_HOLD) for b in batches if b.deviations for d in b.deviations if d.awaits}
