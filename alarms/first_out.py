"""First-out groups: the first member to come is frozen as the first, later ones are its consequences (ISA-18.2-2016, first-out).

A group is free again once every member is Normal or hidden: nothing stands, nothing waits for an acknowledgement or a reset.
Hidden members do not take part.
"""

from __future__ import annotations

from collections.abc import Mapping

from alarms.standing import NORMAL, Standing, hidden
from alarms.states import AlarmState
from alarms.table import AlarmTable


def members(table: AlarmTable) -> dict[str, tuple[int, ...]]:
    """The rows of every group, ascending."""
    found: dict[str, list[int]] = {}
    for row, alarm in enumerate(table):
        if alarm.group:
            found.setdefault(alarm.group, []).append(row)
    return {group: tuple(rows) for group, rows in found.items()}


class FirstOut:
    """The firsts of all groups during one scan; ``touched`` are the groups of which a member went Normal or was hidden."""

    def __init__(self, groups: Mapping[str, tuple[int, ...]], firsts: Mapping[str, int]) -> None:
        self.firsts = firsts
        self.touched: set[str] = set()
        self._groups = groups

    def join(self, group: str, row: int) -> int:
        """``row`` has come: the row that is the first of its group now."""
        first = self.firsts.get(group)
        if first is None:
            self.firsts = {**self.firsts, group: row}
            return row
        return first

    def rearm(self, standing: Mapping[int, Standing]) -> None:
        """Free the groups that were touched and have no member left that stands."""
        free = {g for g in self.touched if g in self.firsts and all(_rests(standing.get(r, NORMAL)) for r in self._groups[g])}
        self.touched.clear()
        if free:
            self.firsts = {group: row for group, row in self.firsts.items() if group not in free}


def _rests(standing: Standing) -> bool:
    return standing.state is AlarmState.NORMAL or hidden(standing)
