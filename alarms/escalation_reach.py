"""Which policies can ever be chosen: one whose every case an earlier one takes is a mistake in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from alarms.policy import ALARM_MODES, Occasion, Policy, matches

_DAY_MIN: Final = 24 * 60
_ANY_TIME: Final = (1 << _DAY_MIN) - 1


def unreachable(policies: Sequence[Policy], occasions: Iterable[Occasion]) -> dict[int, list[int]]:
    """Position of each policy that is never chosen → positions of the earlier ones that take its place.

    ``occasions`` are all alarms of the line and all services at all units, whatever the time and the shift. A policy that is
    for none of them is not reported: the line may get what it is for.
    """
    cells = {tuple(i for i, p in enumerate(policies) if _is_for(p, o)) for o in occasions}
    found: dict[int, list[int]] = {}
    for at, policy in enumerate(policies):
        rivals = [tuple(i for i in cell if i < at and policies[i].on is policy.on) for cell in cells if at in cell]
        if rivals and all(_covered(policy, [policies[i] for i in cell]) for cell in rivals):
            found[at] = sorted({i for cell in rivals for i in cell})
    return found


def _is_for(policy: Policy, occasion: Occasion) -> bool:
    """True when it is for that alarm or service at some time in some shift."""
    if (policy.on in ALARM_MODES) is not bool(occasion.alarm):
        return False
    minute = policy.between.start_min if policy.between is not None else 0
    shift = min(policy.shifts, default=0)
    there = Occasion(minute, shift, occasion.unit, occasion.priority, occasion.alarm, occasion.service)
    return matches(policy, there)


def _covered(policy: Policy, earlier: Sequence[Policy]) -> bool:
    """True when at every minute of every shift one of the earlier ones is tried before this one."""
    shifts = policy.shifts or frozenset({0, *(s for p in earlier for s in p.shifts)})  # 0 stands for all that nobody names
    return all(not _minutes(policy) & ~_taken(earlier, shift) for shift in shifts)


def _taken(earlier: Sequence[Policy], shift: int) -> int:
    taken = 0
    for policy in earlier:
        if not policy.shifts or shift in policy.shifts:
            taken |= _minutes(policy)
    return taken


def _minutes(policy: Policy) -> int:
    """The minutes of the day at which it holds, as bits."""
    if policy.between is None:
        return _ANY_TIME
    return sum(1 << minute for minute in range(_DAY_MIN) if policy.between.holds(minute))
