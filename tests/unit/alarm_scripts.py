"""Helpers of the alarm tests: one alarm in few words, and a script that runs a stage line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from alarms.stage import AlarmsState, AlarmStage
from alarms.table import AlarmDef, AlarmKind, AlarmTable, compile_table
from line.documents import Text
from line.messages import Command, Event
from line.quality import Status
from line.stage import Scan
from line.tags import TagTable
from tests.builders import T0_NS, S, snapshot

BAD = int(Status.BAD_SENSOR_FAILURE)
UNCERTAIN = int(Status.UNCERTAIN_LAST_USABLE_VALUE)


def alarm(alarm_id: str, tags: TagTable, tag: str, kind: AlarmKind = AlarmKind.HIGH, *, limit: float | None = None,
          deadband: float = 0.0, on_delay_s: float = 0.0, off_delay_s: float = 0.0, priority: int = 3, latching: bool = False,
          unit: str = "", when: str = "") -> AlarmDef:  # fmt: skip
    """One alarm; its texts are its id."""
    text = Text(ru=f"{alarm_id} ru", en=f"{alarm_id} en")
    return AlarmDef(
        alarm_id, tag, tags.handle(tag), kind, limit, deadband, on_delay_s, off_delay_s, priority, latching, unit, "°C", when,
        text, text, text, text, 600.0,
    )  # fmt: skip


def alarm_table(alarms: Sequence[AlarmDef], tags: TagTable) -> AlarmTable:
    """The table of ``alarms`` with its expressions compiled."""
    return compile_table(alarms, tags)


def command(kind: str, alarms: Sequence[str] | None = None, *, command_id: str = "c1", user: str = "ivanova") -> Command:
    """An acknowledgement or a silence from panel p1."""
    args: dict[str, Any] = {} if alarms is None else {"alarms": list(alarms)}
    return Command(command_id, kind, "", args, user, "operator", "p1", T0_NS)


class Script:
    """Runs a stage: every step gives the events as short lines, and the state may be looked at in between."""

    def __init__(self, table: AlarmTable, tags: TagTable) -> None:
        self.stage = AlarmStage(table)
        self.tags = tags
        self.state: AlarmsState = self.stage.initial()
        self.scan = Scan(T0_NS, snapshot(tags, {}))

    def step(self, at_s: float, values: Mapping[str, float], *commands: Command,
             status: Mapping[str, int] | None = None) -> list[str]:  # fmt: skip
        """One scan ``at_s`` seconds after the start; alarm events as ``id from>to``, answers as ``status ids``."""
        now_ns = T0_NS + round(at_s * S)
        self.scan = Scan(now_ns, snapshot(self.tags, values, now_ns=now_ns, status=status), commands)
        self.state = self.stage.step(self.state, self.scan)
        return [_line(e) for e in self.scan.events]

    def restart(self, at_s: float) -> None:
        """Save and restore, as a killed engine does."""
        self.state = self.stage.restore(self.stage.save(self.state), T0_NS + round(at_s * S))

    def states(self) -> dict[str, str]:
        """What the panel shows, by alarm id in the panel's order."""
        return {a["id"]: a["state"] for a in self.view()["active"]}

    def view(self) -> dict[str, Any]:
        """The published view."""
        return cast(dict[str, Any], self.stage.view(self.state))


def _line(event: Event) -> str:
    data = cast(dict[str, Any], event.data)
    if event.kind == "alarm":
        return f"{event.source} {data['from']}>{data['to']}"
    return " ".join([str(data["status"]), *cast(list[str], data.get("alarms", []))])
