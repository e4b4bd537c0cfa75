"""What the image shows of a phase, and the hot path: nothing to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from line.clock import has_passed
from line.image import Snapshot
from line.phases import PhaseState
from recipes.batch import Batch
from recipes.leaf import CALM, FOLD_NS, OFF, Leaf, LivePhase
from recipes.states import Task

_FINAL: Final = frozenset({PhaseState.COMPLETE, PhaseState.STOPPED, PhaseState.ABORTED})
_RUNNING: Final = float(PhaseState.RUNNING)
_GOOD_BELOW: Final = 0x40000000
_STATES: Final[Mapping[float, PhaseState]] = {float(s): s for s in PhaseState}


@dataclass(frozen=True)
class Seen:
    """The phase as the image shows it, of Good quality; ``ours`` says that it is the batch's own (or nothing at all)."""

    state: PhaseState
    ours: bool


def look(leaf: Leaf, live: LivePhase, image: Snapshot) -> Seen | None:
    """The phase of the unit, or None when its quality (or the number itself) says nothing."""
    state, active = image.number(live.sts), image.number(live.act)
    if state is None or active is None or state not in _STATES:
        return None
    seen = _STATES[state]
    if seen is PhaseState.IDLE:
        return Seen(seen, ours=True)
    number = image.number(live.batch_no)
    same_batch = number is None or number == leaf.number
    return Seen(seen, ours=same_batch and (active == live.number or (active == 0 and seen in _FINAL)))


def steady(batch: Batch, image: Snapshot, now_ns: int) -> bool:
    """Nothing to do for any leaf. The hot path of the scan."""
    return all(_steady(leaf, image, now_ns) for leaf in batch.leaves)


def _waits(leaf: Leaf, image: Snapshot, now_ns: int) -> bool:
    """Conditions say what they said, and no timer is due."""
    if leaf.waiting is None or (leaf.within_ns and has_passed(leaf.within_ns, leaf.task_since_ns, now_ns)):
        return False
    if leaf.counting_ns != OFF and has_passed(min(FOLD_NS, leaf.for_ns - leaf.counted_ns), leaf.counting_ns, now_ns):
        return False
    return tuple([True if b is None else b.judge(image).holds for b in leaf.bounds]) == leaf.judged


def _steady(leaf: Leaf, image: Snapshot, now_ns: int) -> bool:
    """The phase runs, its setpoints are the batch's and every watch is satisfied; or a person is to say something."""
    live = leaf.live
    if leaf.task is Task.WAIT:
        return _waits(leaf, image, now_ns)
    if leaf.task is Task.OFFER:
        return True
    if live is None or leaf.task is not Task.RUN or leaf.timers is not CALM or leaf.asked is not None or leaf.writes:
        return False
    value, status = image.value.item, image.status.item
    if status(live.sts) >= _GOOD_BELOW or status(live.act) >= _GOOD_BELOW:
        return False
    if value(live.sts) != _RUNNING or value(live.act) != live.number or leaf.phase_state is not PhaseState.RUNNING:
        return False
    for handle, lo, hi in live.quick_setpoints:
        if not lo <= value(handle) <= hi and status(handle) < _GOOD_BELOW:
            return False
    for handle, lo, hi, after_ns in live.quick_watches:
        if status(handle) >= _GOOD_BELOW:
            return False
        number = value(handle)
        if not lo <= number <= hi and (has_passed(after_ns, leaf.run_since_ns, now_ns) or number != number):
            return False
    return True
