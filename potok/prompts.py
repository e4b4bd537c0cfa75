"""What simulated operators say when a recipe asks: by rules that are written down, so that equal shifts are equal.

confirm: yes. number: the middle of its limits. choice: the first. text: a word. lot: what is missing, of the lot that the stock
proposes once that is enough of it; on a line that keeps no stock the target mass, with a number that grows.
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
_CRUMB_KG: Final = 1e-6


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
                value = self._value(prompt, key[0], views.get("materials"))
                if value is not None:
                    self._asked[key] = now_ns
                    yield key[0], {"prompt": key[1], "value": value}

    def _value(self, prompt: JsonObject, batch: str, stock: JsonObject | None) -> Json:
        """None: not yet, the lot is still to come (potok/storekeeper.py)."""
        if prompt.get("kind") != "lot":
            return answer(prompt, 0)
        if stock is not None:
            return _from_stock(prompt, batch, stock)
        self._lots += 1
        return {"lot": f"L{self._lots:04d}", "kg": finite(prompt.get("target_kg")) or 0.0}


def _from_stock(prompt: JsonObject, batch: str, stock: JsonObject) -> Json:
    need = next((n for n in objects(stock.get("needs")) if n.get("batch") == batch), None)
    rows = objects(need.get("ingredients")) if need is not None else []
    row = next((r for r in rows if r.get("material") == prompt.get("material")), None)
    if row is None:
        return None
    kg, left_kg = finite(row.get("missing_kg")) or 0.0, finite(row.get("lot_left_kg")) or 0.0
    lot = row.get("lot")
    return {"lot": lot, "kg": kg} if isinstance(lot, str) and 0.0 < kg <= left_kg + _CRUMB_KG else None
