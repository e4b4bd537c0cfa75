"""Alarms over recorded images: the stage of the plant, run again with any table, and what it would have announced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alarms.stage import AlarmStage
from alarms.states import ACTIVE, AlarmState
from alarms.table import AlarmDef, AlarmTable
from line.clock import NS_PER_S
from line.image import Snapshot
from line.messages import Command, Event, EventKind, JsonObject
from line.stage import Scan

Look = Callable[[int, Mapping[str, JsonObject]], Sequence[Command]]
"""An operator: called once a second with the time and the views, answers with commands."""


@dataclass(frozen=True)
class Excursion:
    """One stay of an alarm in its condition: from its annunciation to its return, or to the end of the images (``open``)."""

    alarm: AlarmDef
    began_ns: int
    ended_ns: int
    open: bool = False

    @property
    def onset_ns(self) -> int:
        """When the condition began to stand: the on-delay before the annunciation."""
        return self.began_ns - round(self.alarm.on_delay_s * NS_PER_S)


class Replay:
    """One table over images that come one by one; ``look`` acknowledges, as an operator would."""

    def __init__(self, table: AlarmTable, look: Look) -> None:
        self.table: Final = table
        self.events: Final[list[Event]] = []
        self._look = look
        self._stage: Final = AlarmStage(table)
        self._state = self._stage.initial()
        self._views: Mapping[str, JsonObject] = {self._stage.name: self._stage.view(self._state)}
        self._shown = self._state
        self._commands: Sequence[Command] = ()
        self._looked_ns = -NS_PER_S

    def step(self, image: Snapshot) -> None:
        """One scan."""
        scan = Scan(image.now_ns, image, self._commands, views=self._views)
        self._commands = ()
        self._state = self._stage.step(self._state, scan)
        if scan.events:
            self.events.extend(e for e in scan.events if e.kind != EventKind.COMMAND)
        if not 0 <= image.now_ns - self._looked_ns < NS_PER_S:
            self._looked_ns = image.now_ns
            if self._state is not self._shown:
                self._shown = self._state
                self._views = {self._stage.name: self._stage.view(self._state)}
            self._commands = self._look(image.now_ns, self._views)


def is_annunciation(event: Event) -> bool:
    """True for an alarm that comes (again): what ISA-18.2 counts."""
    before, after = event.data.get("from"), event.data.get("to")
    return event.kind == EventKind.ALARM and after == AlarmState.UNACK_ACTIVE and before != after


def excursions(events: Sequence[Event], table: AlarmTable, end_ns: int) -> list[Excursion]:
    """The stays of all alarms in the order in which they were announced; ``end_ns`` is where the images end."""
    began: dict[str, int] = {}
    found: list[Excursion] = []

    def close(alarm_id: str, ended_ns: int, *, still: bool) -> None:
        row = table.row(alarm_id)
        if row is not None:
            found.append(Excursion(table[row], began.pop(alarm_id), ended_ns, still))

    for event in events:
        if event.kind != EventKind.ALARM:
            continue
        before, after = (AlarmState(str(event.data.get(k))) in ACTIVE for k in ("from", "to"))
        if after and not before:
            began[event.source] = event.time_ns
        elif before and not after and event.source in began:
            close(event.source, event.time_ns, still=False)
    for alarm_id in list(began):
        close(alarm_id, end_ns, still=True)
    return sorted(found, key=lambda e: (e.began_ns, e.alarm.id))
