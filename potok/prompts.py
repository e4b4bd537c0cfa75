"""What simulated operators say when a recipe asks: by rules that are written down, so that equal shifts are equal.

confirm: yes. number: the middle of its limits. choice: the first. text: a word. lot: the target mass, with a number that grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from line.clock import NS_PER_S
from line.jsontools import finite, objects, whole
from line.messages import Json, JsonObject
from potok.dry_run_operator import answer

ANSWER_AFTER_NS: Final = 5 * NS_PER_S
"""How long a person takes to answer, and to answer again what was refused."""


class Answers:
    """Called once a second with the views; gives ``(batch id, arguments of batch.reply)`` for what is due.

    What asks for a signature is left alone: it comes from a person with a password.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str, int], int] = {}
        self._lots = 0

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> Iterator[tuple[str, JsonObject]]:
        """The answers that are due now; each prompt is answered once, and again after a while if it still stands."""
        for batch in objects(views.get("batches", {}).get("batches")):
            for prompt in objects(batch.get("prompts")):
                key = str(batch["id"]), str(prompt["id"]), whole(prompt["since_ns"])
                if prompt.get("signed") or now_ns - self._asked.setdefault(key, now_ns) < ANSWER_AFTER_NS:
                    continue
                self._asked[key] = now_ns
                yield key[0], {"prompt": key[1], "value": self._value(prompt)}

    def _value(self, prompt: JsonObject) -> Json:
        if prompt.get("kind") != "lot":
            return answer(prompt, 0)
        self._lots += 1
        return {"lot": f"L{self._lots:04d}", "kg": finite(prompt.get("target_kg")) or 0.0}
