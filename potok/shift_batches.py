"""What the report of a shift says of each batch, gathered from its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from line.jsontools import finite
from line.messages import Event, EventKind, Json, JsonObject

COLUMNS: Final = ("transfers", "lots_kg", "deviations", "ccp_passed", "ccp_failed", "held")


@dataclass
class _Batch:
    transfers: list[Json] = field(default_factory=list[Json])
    lots_kg: float = 0.0
    deviations: int = 0
    ccp_passed: int = 0
    ccp_failed: int = 0
    held: int = 0

    def take(self, event: Event) -> None:
        data: Any = event.data
        match data.get("what"):
            case "transfer":
                self.transfers.append({k: data.get(k) for k in ("from", "to", "kg")})
            case "lot":
                self.lots_kg = round(self.lots_kg + (finite(data.get("kg")) or 0.0), 3)
            case "deviation":
                self.deviations += 1
            case "verdict" if data.get("ccp"):
                self.ccp_passed += data.get("passed") is True
                self.ccp_failed += data.get("passed") is False
            case "state" if data.get("node") == "" and data.get("to") == "held":
                self.held += 1
            case _:
                pass


class BatchTally:
    """Takes every event; :meth:`of` is what is known of a batch: transfers with their kg, kg of lots entered, deviations,
    verdicts on critical limits passed and failed, how often it was Held."""

    def __init__(self) -> None:
        self._batches: dict[str, _Batch] = {}

    def take(self, event: Event) -> None:
        """One event of the line."""
        if event.kind == EventKind.BATCH and event.batch:
            self._batches.setdefault(event.batch, _Batch()).take(event)

    def of(self, batch: str) -> JsonObject:
        """The figures of a batch by name (:data:`COLUMNS`)."""
        figures = self._batches.get(batch, _Batch())
        return {name: getattr(figures, name) for name in COLUMNS}
