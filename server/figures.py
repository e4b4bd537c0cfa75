"""Figures of the alarm system over a span of the journal (docs/kpi.md): the same reckoning as the engine's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from alarms.kpi import Track, make_fact, watch_of
from alarms.kpi_figures import period_figures
from alarms.kpi_tally import CELL_NS
from historian.alarm_facts import FACTS_MAX, AlarmRow, StandingRow
from line.messages import JsonObject

_NEVER_NS: Final = 2**63 - 1


class TooMuchError(Exception):
    """The span holds more alarm events than are read at once."""


class AlarmFacts(Protocol):
    """Where they come from (``historian.queries.Queries``)."""

    def first_ns(self) -> int | None:
        """Time of the journal's first event; None while it is empty."""
        ...

    def alarm_rows(self, from_ns: int, to_ns: int) -> Sequence[AlarmRow]:
        """Alarm events of a span, in the order of the journal."""
        ...

    def alarms_standing(self, at_ns: int) -> Sequence[StandingRow]:
        """Alarms that were not normal just before a time."""
        ...


def journal_figures(
    facts: AlarmFacts, from_ns: int, to_ns: int, flood_start: int = 10, flood_end: int = 5, now_ns: int = _NEVER_NS
) -> JsonObject:
    """FIGURES of ``from_ns <= time < to_ns``, from the beginning of the journal at the earliest: time before it is nobody's.

    It ends at ``now_ns`` at the latest, or with the newest event where the clock has been set back: what is to come is nobody's.

    Raises TooMuchError for a span with more than FACTS_MAX alarm events.
    """
    first_ns = facts.first_ns()
    from_ns = min(to_ns, max(from_ns, to_ns if first_ns is None else first_ns))
    lead_ns = max(0, from_ns - CELL_NS)  # ten minutes before, so that a flood over the beginning is known
    rows = facts.alarm_rows(lead_ns, to_ns)
    if len(rows) > FACTS_MAX:
        raise TooMuchError(f"more than {FACTS_MAX} alarm events")
    to_ns = max(from_ns, min(to_ns, max([now_ns, *(r.time_ns + 1 for r in rows)])))
    standing = {row.alarm: Track(row.state, row.priority, row.asked_ns, row.active_ns) for row in facts.alarms_standing(lead_ns)}
    watch = watch_of(standing, lead_ns, flood_start, flood_end)
    return period_figures(watch, (make_fact(*row) for row in rows), from_ns, to_ns)
