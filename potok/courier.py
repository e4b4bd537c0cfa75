"""Who answers for the notifier in a simulated shift, and what the shift's report says of escalation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from line.clock import NS_PER_S
from line.jsontools import objects, whole
from line.messages import Command, CommandKind, Event, EventKind, Json, JsonObject

LOGGED: Final = 500
"""Lines of the report; what comes on top is counted only."""


class Courier:
    """Answers every attempt in the outbox with "delivered" at its first look: nobody is told in a simulated shift."""

    def __init__(self) -> None:
        self._answered: set[tuple[str, int]] = set()

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        """Called once a second with the views; answers with commands."""
        due = {(str(n["id"]), whole(n["attempt"])) for n in objects(views.get("escalation", {}).get("outbox"))}
        fresh = sorted(due - self._answered)
        self._answered = due
        return [notice_result(now_ns, notice, attempt, delivered=True) for notice, attempt in fresh]


def notice_result(now_ns: int, notice: str, attempt: int, *, delivered: bool, error: Mapping[str, str] | None = None) -> Command:
    """What the notifier says of an attempt."""
    told = dict(error or {"ru": "", "en": ""})
    args: dict[str, Json] = {"attempt": attempt, "delivered": delivered, "error": told}
    name = f"courier-{notice}-{attempt}"
    return Command(name, CommandKind.NOTICE_RESULT, notice, args, "notifier", "admin", "", now_ns)


class EscalationTally:
    """Counts and lists the events of escalation as they are recorded; times are told by the clock of the line."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._runs: Counter[str] = Counter()
        self._why: Counter[str] = Counter()
        self._notices: Counter[str] = Counter()
        self._log: list[Json] = []

    def take(self, event: Event) -> None:
        """One event, of whatever kind."""
        data = event.data
        what = str(data.get("what"))
        if event.kind == EventKind.ESCALATION:
            self._runs[what] += 1
            if what == "ended":
                self._why[str(data["why"])] += 1
            self._note(event, {"what": what, "of": event.source, "policy": data["policy"], **_of_run(what, data)})
        elif event.kind == EventKind.NOTICE:
            self._notices[what] += 1
            self._note(event, {"what": what, "of": data["run"], "notice": event.source, "contact": data["contact"]})

    def _note(self, event: Event, row: JsonObject) -> None:
        if len(self._log) < LOGGED:
            local = datetime.fromtimestamp(event.time_ns // NS_PER_S, self._zone).strftime("%H:%M:%S")
            self._log.append({"time_ns": event.time_ns, "local": local, "kind": event.kind, **row})

    def report(self) -> JsonObject:
        """``notices`` are simulated deliveries: see :class:`Courier`."""
        return {
            "started": self._runs["started"],
            "steps": self._runs["step"],
            "ended": dict(sorted(self._why.items())),
            "failed": self._runs["failed"],
            "notices": dict(sorted(self._notices.items())),
            "delivery": "simulated",
            "log": self._log,
        }


def _of_run(what: str, data: JsonObject) -> JsonObject:
    if what == "step":
        return {k: data[k] for k in ("step", "outputs", "tell")}
    return {"why": data["why"]} if what == "ended" else {}
