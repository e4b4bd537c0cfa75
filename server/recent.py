"""The last commands by id, so that a command can be asked for before the journal shows it to readers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from line.messages import CommandStatus, Event, EventKind, Json, JsonObject
from server.jsonio import event_json

KEPT: Final = 1000


class RecentCommands:
    """Remembers commands handed over and their events as they come; an :class:`server.ports.EngineListener`."""

    def __init__(self) -> None:
        self._events: OrderedDict[str, list[Event]] = OrderedDict()

    def submitted(self, command_id: str) -> None:
        """The engine was handed this command."""
        self._events.setdefault(command_id, [])
        while len(self._events) > KEPT:
            self._events.popitem(last=False)

    def on_state(self, up: bool) -> None:
        return

    def on_line(self, changed: bool, last_seq: int) -> None:
        return

    def on_image(self) -> None:
        return

    def on_view(self, name: str) -> None:
        return

    def on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.kind == EventKind.COMMAND:
                known = self._events.get(str(event.data.get("id", "")))
                if known is not None:
                    known.append(event)

    def known(self, command_id: str) -> bool:
        """True when this server handed the command over not long ago."""
        return command_id in self._events

    def merged(self, command_id: str, stored: Sequence[Event]) -> list[Event]:
        """The events of the journal and those not yet read from it, by ``seq``."""
        by_seq = {e.seq: e for e in (*stored, *self._events.get(command_id, ()))}
        return [by_seq[s] for s in sorted(by_seq)]


def command_json(command_id: str, events: Sequence[Event]) -> JsonObject:
    """``{id, status, reasons, events}`` of ``GET /api/commands/ID``."""
    status: Json = CommandStatus.RECEIVED.value
    reasons: list[Json] = []
    for event in events:
        status = event.data.get("status", status)
        more = event.data.get("reasons")
        if isinstance(more, Sequence) and not isinstance(more, str):
            reasons += more
    return {"id": command_id, "status": status, "reasons": reasons, "events": [event_json(e) for e in events]}
