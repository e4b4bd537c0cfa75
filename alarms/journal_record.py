"""Events of kind ``alarm``: every field of the journal of ISA-18.2, prepared once per alarm as far as it never changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from alarms.standing import Standing
from alarms.states import HIDDEN, AlarmState
from alarms.table import AlarmDef, AlarmTable
from line.jsontools import child, objects
from line.messages import Command, Event, EventKind, Json, JsonObject
from line.stage import Scan

NO_EXTRA: Final[Mapping[str, Json]] = {}
_LISTED: Final = frozenset(AlarmState) - HIDDEN - {AlarmState.NORMAL}


@dataclass(frozen=True, slots=True)
class Production:
    """What a unit was making when something happened there."""

    batch: str = ""
    recipe: str = ""
    phase: str = ""


_NOTHING: Final = Production()


class JournalRecords:
    """The fixed part of the record of every alarm."""

    def __init__(self, table: AlarmTable) -> None:
        self._table = table
        self._fixed = tuple(_fixed(alarm, table.version) for alarm in table)

    def event(
        self, row: int, word: str, old: Standing, new: Standing, scan: Scan, production: Production, extra: Mapping[str, Json]
    ) -> Event:
        """``word`` happened to the alarm of ``row``; value, quality and source time are those of its tag in this scan.

        An alarm that leaves the list of active ones is told with the marks of its group that it had there.
        """
        alarm = self._table[row]
        listed = new if new.state in _LISTED else old
        image = scan.image
        data: dict[str, Json] = {
            **self._fixed[row],
            "event": str(word),
            "from": old.state.value,
            "to": new.state.value,
            "active": new.active,
            "value": tag_value(alarm, scan),
            "quality": int(image.status[alarm.handle]),
            "source_ns": int(image.source_ns[alarm.handle]),
            "first_out": listed.first_out,
            "consequence_of": listed.consequence_of,
            "recipe": production.recipe,
            "phase": production.phase,
            **extra,
        }
        return Event(0, scan.now_ns, EventKind.ALARM, alarm.id, alarm.unit, production.batch, data)


def _fixed(alarm: AlarmDef, version: str) -> JsonObject:
    return {
        "priority": alarm.priority,
        "tag": alarm.tag,
        "kind": alarm.kind.value,
        "area": alarm.area,
        "text": alarm.name.to_json(),
        "limit": alarm.limit,
        "eu": alarm.eu,
        "deadband": alarm.deadband,
        "on_delay_s": alarm.on_delay_s,
        "off_delay_s": alarm.off_delay_s,
        "config": version,
    }


class ProductionNow:
    """Batch, recipe and phase of units as the views of the previous scan tell them; looked up once a scan and unit."""

    def __init__(self, views: Mapping[str, JsonObject]) -> None:
        self._views = views
        self._found: dict[str, Production] = {"": _NOTHING}

    def of(self, unit: str) -> Production:
        """What ``unit`` is making; nothing for a plant-wide alarm and an unknown unit."""
        found = self._found.get(unit)
        if found is None:
            found = self._found[unit] = self._look(unit)
        return found

    def _look(self, unit: str) -> Production:
        view = child(child(self._views.get("units"), "units"), unit)
        batch, phase = _word(view.get("batch")), _word(view.get("phase"))
        if not batch:
            return Production(phase=phase)
        batches = objects(self._views.get("batches", {}).get("batches"))
        recipe = next((_word(b.get("recipe")) for b in batches if b.get("id") == batch), "")
        return Production(batch, recipe, phase)


def by_person(command: Command) -> dict[str, Json]:
    """Who did it, where and why."""
    return {"user": command.user, "station": command.station, "reason": command.reason.strip()}


def tag_value(alarm: AlarmDef, scan: Scan) -> float | None:
    """The tag's value now, whatever its quality; None for no number."""
    value = float(scan.image.value[alarm.handle])
    return value if math.isfinite(value) else None


def _word(value: Json) -> str:
    return value if isinstance(value, str) else ""
