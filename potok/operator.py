"""A tireless operator for shifts in CI: starts batches, answers their prompts, keeps the store, sees to alarms, restarts.

It sees what a panel sees (the views) and asks as a panel asks (commands); it knows nothing else of the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S
from line.jsontools import objects, whole
from line.messages import Command, CommandKind, Json, JsonObject
from materials.catalogue import Catalogue
from potok.prompts import Answers
from potok.storekeeper import Storekeeper

_ENDED: Final = ("complete", "stopped", "aborted")


@dataclass(frozen=True)
class Habits:
    """How this operator works: batches in hand at most, and how long until an alarm is seen or a held batch looked after."""

    recipe: str
    size_kg: float
    batches_max: int = 4
    start_every_s: int = 45 * 60
    acknowledge_after_s: int = 45
    restart_after_s: int = 120
    last_start_s: int = 4 * 3600


class Operator:
    """Called once a second with the views; answers with commands. ``catalogue`` is that of a line that keeps a stock."""

    def __init__(self, habits: Habits, started_ns: int, catalogue: Catalogue | None = None) -> None:
        self._habits = habits
        self._started_ns = started_ns
        self._started_batch_ns = -(10**18)
        self._held_since: dict[str, int] = {}
        self._tried_ns: dict[str, int] = {}
        self._count = 0
        self._answers = Answers()
        self._storekeeper = Storekeeper(catalogue)

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        """What the operator does now."""
        batches = objects(views.get("batches", {}).get("batches"))
        alarms = objects(views.get("alarms", {}).get("active"))
        units = views.get("units", {}).get("units")
        ready = isinstance(units, Mapping) and all(_ready(u) for u in units.values())
        starts = self._start(now_ns, batches) if ready else []
        replies = [self._command(now_ns, CommandKind.BATCH_REPLY, b, a) for b, a in self._answers.look(now_ns, views)]
        store = [self._command(now_ns, kind, target, args) for kind, target, args in self._storekeeper.look(now_ns, views)]
        return [*self._acknowledge(now_ns, alarms), *self._restart(now_ns, batches), *store, *replies, *starts]

    def _acknowledge(self, now_ns: int, alarms: Sequence[JsonObject]) -> list[Command]:
        seen_before_ns = now_ns - self._habits.acknowledge_after_s * NS_PER_S
        due = [str(a["id"]) for a in alarms if "unack" in str(a["state"]) and whole(a["time_ns"]) <= seen_before_ns]
        latched = [str(a["id"]) for a in alarms if a["state"] == "latched_acked"]
        asked = {CommandKind.ALARM_ACK: due, CommandKind.ALARM_RESET: latched}
        return [self._command(now_ns, kind, "", {"alarms": ids}) for kind, ids in asked.items() if ids]

    def _restart(self, now_ns: int, batches: Sequence[JsonObject]) -> list[Command]:
        commands: list[Command] = []
        for batch in batches:
            batch_id = str(batch["id"])
            if batch["state"] != "held":
                self._held_since.pop(batch_id, None)
                continue
            since_ns = self._held_since.setdefault(batch_id, now_ns)
            tried_ns = self._tried_ns.get(batch_id, 0)
            if now_ns - max(since_ns, tried_ns) >= self._habits.restart_after_s * NS_PER_S:
                self._tried_ns[batch_id] = now_ns
                commands.append(self._command(now_ns, CommandKind.BATCH_COMMAND, batch_id, {"command": "restart"}))
        return commands

    def _start(self, now_ns: int, batches: Sequence[JsonObject]) -> list[Command]:
        habits = self._habits
        running = sum(b["state"] not in _ENDED for b in batches)
        early = now_ns - self._started_batch_ns < habits.start_every_s * NS_PER_S
        late = now_ns - self._started_ns > habits.last_start_s * NS_PER_S
        if early or late or running >= habits.batches_max:
            return []
        self._started_batch_ns = now_ns
        arguments: dict[str, Json] = {"size_kg": habits.size_kg, "start": True}
        return [self._command(now_ns, CommandKind.BATCH_CREATE, habits.recipe, arguments)]

    def _command(self, now_ns: int, kind: CommandKind, target: str, args: JsonObject) -> Command:
        self._count += 1
        return Command(f"operator-{self._count}", kind, target, args, "operator", "operator", "shift", now_ns)


def _ready(unit: Json) -> bool:
    """True for a unit that works, or that nothing but a batch keeps from working."""
    if not isinstance(unit, Mapping) or unit.get("state") == "unknown":
        return False
    return unit.get("state") != "idle" or all(c.get("ok") is True for c in objects(unit.get("conditions")))
