"""A production order while a person writes it down: what is there, what is missing, the arguments of the command."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.format import instant_ns, local
from hmi.viewmodels.orders import Order
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json

NUMBER_MAX: Final = 40
NOTES_MAX: Final = 500
KG_MAX: Final = 1_000_000.0
PACKS_MAX: Final = 10_000_000.0
DAYS: Final = 14
"""How many days ahead, with today, an order may be due by the form."""
PRIORITY: Final = 5


@dataclass
class OrderDraft:
    """``amount`` in ``eu`` (kg, packs). ``day`` is an ISO date, '' without one; ``minute`` counts from midnight at the plant."""

    number: str = ""
    recipe: str = ""
    eu: str = "kg"
    amount: float | None = None
    day: str = ""
    minute: int = 0
    shift: int = 0
    priority: int = PRIORITY
    notes: str = ""
    before: Order | None = field(default=None, repr=False)

    def due_ns(self) -> int:
        """UTC, 0 without one."""
        if not self.day:
            return 0
        midnight = datetime.combine(date.fromisoformat(self.day), time())
        return instant_ns(midnight + timedelta(minutes=self.minute))

    def missing(self) -> list[str]:
        """Names of what has to be there still: recipe, amount."""
        return [name for name, there in (("recipe", self.recipe), ("amount", self.amount)) if not there]

    def args(self) -> Obj:
        """Of ``order.create``, or of ``order.change`` what differs from the order as it was."""
        amount: Json = round(self.amount or 0) if self.eu == "packs" else self.amount
        given: dict[str, Json] = {self.eu: amount, "priority": self.priority}
        given |= {name: value for name, value in (("due_ns", self.due_ns()), ("shift", self.shift)) if value}
        old = self.before
        if old is None:
            given |= {name: text for name, text in (("number", self.number), ("notes", self.notes)) if text}
            return {"recipe": self.recipe, **given}
        if (self.day, self.minute) == _due_of(old):
            given.pop("due_ns", None)  # not compared as instants: of an hour that comes twice only the first can be entered
        same: dict[str, Json] = {old.eu: old.wanted, "priority": old.priority, "shift": old.shift}
        changed = {name: value for name, value in given.items() if same.get(name) != value}
        return {**changed, "notes": self.notes} if self.notes != old.notes else changed


def place_of(time_ns: int) -> tuple[str, int]:
    """Day and minute of the day by the plant's clock."""
    here = local(time_ns)
    return here.date().isoformat(), here.hour * 60 + here.minute


def new_draft(store: LineStore) -> OrderDraft:
    """For the shift that runs, until its planned end."""
    shift = store.view("shift")
    draft = OrderDraft()
    if wire.text(shift, "state") == "open":
        draft.shift = wire.integer(shift, "number")
        end_ns = wire.integer(wire.obj(shift, "planned"), "end_ns")
        if end_ns:
            draft.day, draft.minute = place_of(end_ns)
    return draft


def _due_of(order: Order) -> tuple[str, int]:
    return place_of(order.due_ns) if order.due_ns else ("", 0)


def draft_of(order: Order) -> OrderDraft:
    """To change an order."""
    day, minute = _due_of(order)
    return OrderDraft(
        order.number, order.recipe, order.eu, order.wanted, day, minute, order.shift, order.priority, order.notes, order
    )


def days_from(now_ns: int) -> list[str]:
    """ISO dates that are offered, today first."""
    today = date.fromisoformat(place_of(now_ns)[0])
    return [(today + timedelta(days=n)).isoformat() for n in range(DAYS)]


def clock_of(minute: int) -> str:
    """``16:30``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def parse_clock(typed: str) -> int | None:
    """Minutes since midnight of ``16:30``, ``1630``, ``930``, ``16``; None for no time of a day."""
    digits = typed.strip().replace(":", "").replace(".", "").replace(",", "")
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 4:
        return None
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None
