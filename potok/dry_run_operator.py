"""The operator of a dry run: answers every prompt in seconds, by rules that are written down, so that two runs are the same.

confirm: yes. number: the middle of its limits, then the lower, then the upper one, in turn. choice: each in turn, from the first.
text: a word. lot: the target mass, lot ``DRY-RUN``. An answer can be set otherwise once, to try a branch (:attr:`forced`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from line.jsontools import finite, objects
from line.messages import Command, CommandKind, Json, JsonObject

LOT: Final = "DRY-RUN"
SIGNER: Final = "dry-run"
READS_NS: Final = 2_000_000_000
"""How long it takes to read a prompt; a copy of the run that is made meanwhile can be answered otherwise."""
AGAIN_NS: Final = 5_000_000_000
"""A prompt that still stands is answered again after this long: the first answer was refused."""


@dataclass
class AttentiveOperator:
    """Called once a second with the views; answers with commands.

    ``times`` is how often each prompt (by id) was asked, ``forced`` the next answers that differ from the rules (prompt → value),
    ``tries`` how often the prompt that stands was answered, ``last`` when it was asked and answered.
    """

    times: dict[str, int] = field(default_factory=dict[str, int])
    forced: dict[str, Json] = field(default_factory=dict[str, Json])
    tries: dict[str, int] = field(default_factory=dict[str, int])
    last: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    count: int = 0

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        """What the operator does now."""
        commands = self._acknowledge(now_ns, views)
        for batch in objects(views["batches"].get("batches")):
            for prompt in objects(batch.get("prompts")):
                commands += self._reply(now_ns, str(batch.get("id", "")), prompt)
        return commands

    def _acknowledge(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        alarms = objects(views.get("alarms", {}).get("active"))
        due = [str(a["id"]) for a in alarms if "unack" in str(a.get("state"))]
        latched = [str(a["id"]) for a in alarms if a.get("state") == "latched_acked"]
        asked = ((CommandKind.ALARM_ACK, due), (CommandKind.ALARM_RESET, latched))
        return [self._command(now_ns, kind, "", {"alarms": ids}, "operator") for kind, ids in asked if ids]

    def _reply(self, now_ns: int, batch: str, prompt: JsonObject) -> list[Command]:
        identity = str(prompt.get("id", ""))
        since_ns = prompt.get("since_ns")
        since_ns = since_ns if isinstance(since_ns, int) else 0
        asked_ns, answered_ns = self.last.get(identity, (-1, -AGAIN_NS))
        if now_ns - since_ns < READS_NS or (asked_ns == since_ns and now_ns - answered_ns < AGAIN_NS):
            return []
        if asked_ns != since_ns:
            self.times[identity] = self.times.get(identity, 0) + 1
            self.tries[identity] = 0
        self.tries[identity] += 1
        self.last[identity] = since_ns, now_ns
        forced = self.forced.pop(identity, None)
        value = forced if forced is not None else answer(prompt, self.times[identity] - 1)
        role = str(prompt.get("role") or "operator")
        args: dict[str, Json] = {"prompt": identity, "value": value}
        if prompt.get("signed") is True:
            args["signature"] = {"user": SIGNER, "name": "Dry run", "role": role, "time_ns": now_ns}
        return [self._command(now_ns, CommandKind.BATCH_REPLY, batch, args, role)]

    def _command(self, now_ns: int, kind: CommandKind, target: str, args: JsonObject, role: str) -> Command:
        self.count += 1
        return Command(f"dry-operator-{self.count}", kind, target, args, SIGNER, role, "dry-run", now_ns, "dry run")


def answer(prompt: JsonObject, turn: int) -> Json:
    """The answer by the rules; ``turn`` counts how often this prompt was asked before."""
    match prompt.get("kind"):
        case "number":
            return numbers(prompt)[turn % 3]
        case "choice":
            return turn % max(1, len(_list(prompt.get("choices"))))
        case "text":
            return "dry run"
        case "lot":
            return {"lot": LOT, "kg": finite(prompt.get("target_kg")) or 0.0}
        case _:
            return True


def alternatives(prompt: JsonObject) -> list[Json]:
    """Every answer that could lead elsewhere than another."""
    match prompt.get("kind"):
        case "number":
            return list(dict.fromkeys(numbers(prompt)))
        case "choice":
            return list(range(len(_list(prompt.get("choices")))))
        case _:
            return []


def numbers(prompt: JsonObject) -> tuple[float, float, float]:
    """Middle, lower and upper limit of a number; where one is missing, the other one."""
    lo, hi = finite(prompt.get("lo")), finite(prompt.get("hi"))
    if lo is None and hi is None:
        return 0.0, 0.0, 0.0
    lo = hi if lo is None else lo
    hi = lo if hi is None else hi
    assert lo is not None
    assert hi is not None
    return (lo + hi) / 2, lo, hi


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
