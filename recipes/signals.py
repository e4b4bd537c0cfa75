"""The tags ``Recipe.<unit>.*``: what batches make of their limits, for alarms, expressions and trends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from line.model import LineModel
from line.quality import Status
from line.recipe_tags import CCP_HOLD, DEVIATION, recipe_tag
from line.stage import Scan
from recipes.batch import Batch

Standing = frozenset[tuple[str, str]]
"""The tags (unit, word) that are 1; all others are 0."""
_GOOD = int(Status.GOOD)


class Signals:
    """Where the tags of the units stand; a line without them (in tests) has nothing to publish."""

    def __init__(self, model: LineModel) -> None:
        places = [(u, what) for u in model.units for what in (DEVIATION, CCP_HOLD)]
        self._handles = {p: model.tags.handle(name) for p in places if (name := recipe_tag(*p)) in model.tags}

    def publish(self, before: Standing | None, active: Sequence[Batch], ended: Sequence[Batch], scan: Scan) -> Standing:
        """What stands now, published when it is not what stood ``before`` (None: nothing was published yet)."""
        now = frozenset((*_standing(active), *_awaiting(active), *_awaiting(ended)))
        if before is not None and now == before:
            return before
        scan.published += [(handle, 1.0 if place in now else 0.0, _GOOD) for place, handle in self._handles.items()]
        return now


def _standing(batches: Iterable[Batch]) -> list[tuple[str, str]]:
    """A critical limit has a tag and an alarm of its own: one cause, one alarm."""
    return [(d.unit, DEVIATION) for b in batches for d in b.deviations if d.ended_ns is None and not d.ccp]


def _awaiting(batches: Iterable[Batch]) -> list[tuple[str, str]]:
    return [(d.unit, CCP_HOLD) for b in batches for d in b.deviations if d.awaits]
