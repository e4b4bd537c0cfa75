"""The crew of a simulated shift: starts the batches that are ordered; all else is the operator's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S
from line.messages import Command, CommandKind, Json, JsonObject
from materials.catalogue import Catalogue
from potok.operator import Habits, Operator

EVERY_MIN: Final = 45.0
"""Minutes between the starts of two orders that name no minute."""


@dataclass(frozen=True)
class Order:
    """A batch to be made: ``size_kg`` None for the base batch of the recipe, ``minute`` of the shift at which it is started."""

    recipe: str
    size_kg: float | None = None
    minute: float | None = None


def parse_order(text: str) -> Order:
    """``ID[:KG][@MINUTE]``, e.g. ``vetchina:120@30``. Raises ValueError that says what is wrong."""
    head, at, minute = text.partition("@")
    recipe, colon, size = head.partition(":")
    if not recipe or (colon and not size) or (at and not minute):
        raise ValueError(f"'{text}': write ID[:KG][@MINUTE], e.g. vetchina:120@30")
    try:
        order = Order(recipe, float(size) if size else None, float(minute) if minute else None)
    except ValueError:
        raise ValueError(f"'{text}': kilograms and minute are numbers") from None
    if not (0 < (order.size_kg or 1.0) < 1e6 and 0 <= (order.minute or 0.0) < 1e6):
        raise ValueError(f"'{text}': kilograms are above 0, a minute is at least 0")
    return order


def minutes_of(orders: Sequence[Order]) -> tuple[float, ...]:
    """When each is started: as it says, else :data:`EVERY_MIN` after the one before, the first at once."""
    found: list[float] = []
    for order in orders:
        found.append(order.minute if order.minute is not None else found[-1] + EVERY_MIN if found else 0.0)
    return tuple(found)


class Crew:
    """Called once a second with the views; answers with commands. ``sizes`` are the base batches of the recipes, in kg."""

    def __init__(
        self, orders: Sequence[Order], sizes: Mapping[str, float], started_ns: int, catalogue: Catalogue | None = None
    ) -> None:
        self._operator = Operator(Habits("", 0.0, last_start_s=-1), started_ns, catalogue)
        starts_ns = (started_ns + round(m * 60 * NS_PER_S) for m in minutes_of(orders))
        self._orders = [(at_ns, o.recipe, o.size_kg or sizes[o.recipe]) for at_ns, o in zip(starts_ns, orders, strict=True)]
        self._count = 0

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        """What the crew does now."""
        commands = self._operator.look(now_ns, views)
        due = [o for o in self._orders if o[0] <= now_ns]
        if due and _seen(views):
            self._orders = [o for o in self._orders if o[0] > now_ns]
            for _, recipe, size_kg in due:
                commands.append(self._command(now_ns, CommandKind.BATCH_CREATE, recipe, {"size_kg": size_kg, "start": True}))
        return commands

    def _command(self, now_ns: int, kind: CommandKind, target: str, args: JsonObject) -> Command:
        self._count += 1
        body: dict[str, Json] = dict(args)
        return Command(f"crew-{self._count}", kind, target, body, "operator", "operator", "shift", now_ns)


def _seen(views: Mapping[str, JsonObject]) -> bool:
    """True once every unit is seen; before that a batch would be held at its first step."""
    units = views.get("units", {}).get("units")
    return isinstance(units, Mapping) and all(isinstance(u, Mapping) and u.get("state") != "unknown" for u in units.values())
