"""Deviations of a batch, what became of its product, and what a signed disposition does to both: types and one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from line.documents import Text
from line.messages import Json


class Product(StrEnum):
    """What may be done with the product of a batch."""

    FREE = "free"
    ON_HOLD = "on_hold"
    RELEASED = "released"
    REWORKED = "reworked"
    DESTROYED = "destroyed"


class Verdict(StrEnum):
    """What a person decides of the product of a violated critical limit, and signs."""

    RELEASE = "release"
    REWORK = "rework"
    DESTROY = "destroy"


_P = Product
DEVIATION: Final = "deviation"
_HELD_AGAIN: Final = {DEVIATION: _P.ON_HOLD}

PRODUCT_TABLE: Final[Mapping[Product, Mapping[str, Product]]] = {
    _P.FREE: _HELD_AGAIN,
    _P.ON_HOLD: {
        DEVIATION: _P.ON_HOLD,
        Verdict.RELEASE: _P.RELEASED,
        Verdict.REWORK: _P.REWORKED,
        Verdict.DESTROY: _P.DESTROYED,
    },
    _P.RELEASED: _HELD_AGAIN,
    _P.REWORKED: _HELD_AGAIN,
    _P.DESTROYED: {DEVIATION: _P.DESTROYED, Verdict.DESTROY: _P.DESTROYED},
}
"""Product → a violated critical limit, or a verdict → product. A missing key is refused: nothing is waiting to be decided."""

GOES_ON: Final = frozenset({_P.FREE, _P.RELEASED, _P.REWORKED})
"""Products whose batch may be restarted."""

MOST_ENDED: Final = 20
"""How many process deviations that are over stay with a batch; the journal has them all."""


@dataclass(frozen=True)
class Disposition:
    """A verdict with the person who signed it: ``user`` and printed ``name``, ``role``, reason, UTC."""

    verdict: Verdict
    user: str
    name: str
    role: str
    reason: str
    time_ns: int

    def to_json(self) -> dict[str, Json]:
        """As view, event and journal have it."""
        return {
            "verdict": self.verdict.value, "user": self.user, "name": self.name, "role": self.role, "reason": self.reason,
            "time_ns": self.time_ns,
        }  # fmt: skip


@dataclass(frozen=True)
class Deviation:
    """Something watched was outside its limits or not Good. ``number`` counts in the batch, ``watch`` is the place among the
    watches of its phase (-1: a setpoint). ``lo`` and ``hi`` are None where there is no limit, ``value`` where it is not Good.

    ``ended_ns`` is None while it stands: until the value is back, the phase goes on after a restart, or is over.
    """

    number: int
    node: str
    unit: str
    watch: int
    ccp: bool
    at_end: bool
    text: Text
    tag: str
    value: float | None
    lo: float | None
    hi: float | None
    eu: str
    quality: str
    since_ns: int
    ended_ns: int | None = None
    disposition: Disposition | None = None

    @property
    def kind(self) -> str:
        """``ccp`` or ``process``."""
        return "ccp" if self.ccp else "process"

    @property
    def awaits(self) -> bool:
        """Whether the product of a critical limit waits for its disposition."""
        return self.ccp and self.disposition is None

    def to_json(self) -> dict[str, Json]:
        """As view and journal have it."""
        return {
            "number": self.number, "node": self.node, "unit": self.unit, "watch": self.watch, "kind": self.kind,
            "at_end": self.at_end, "text": self.text.to_json(), "tag": self.tag, "value": self.value, "lo": self.lo,
            "hi": self.hi, "eu": self.eu, "quality": self.quality, "since_ns": self.since_ns, "ended_ns": self.ended_ns,
            "disposition": None if self.disposition is None else self.disposition.to_json(),
        }  # fmt: skip


class SavedDisposition(BaseModel):
    """A disposition as :meth:`Disposition.to_json` wrote it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    verdict: Verdict
    user: str
    name: str
    role: str
    reason: str
    time_ns: int


class SavedDeviation(BaseModel):
    """A deviation as :meth:`Deviation.to_json` wrote it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    number: int
    node: str
    unit: str
    watch: int
    kind: str
    at_end: bool
    text: Text
    tag: str
    value: float | None
    lo: float | None
    hi: float | None
    eu: str
    quality: str
    since_ns: int
    ended_ns: int | None
    disposition: SavedDisposition | None

    def restored(self) -> Deviation:
        """The deviation that was saved."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields if name != "kind"}
        decided = self.disposition
        fields["disposition"] = None if decided is None else Disposition(**decided.model_dump())
        return Deviation(**fields, ccp=self.kind == "ccp")


def awaiting(deviations: Iterable[Deviation]) -> list[Deviation]:
    """Those that wait for their disposition."""
    return [d for d in deviations if d.awaits]


def with_deviation(deviations: tuple[Deviation, ...], new: Deviation) -> tuple[Deviation, ...]:
    """With one more; the oldest process deviations that are over give way beyond :data:`MOST_ENDED`."""
    over = [d for d in deviations if not d.ccp and d.ended_ns is not None]
    dropped = {d.number for d in over[: max(0, len(over) - MOST_ENDED + 1)]}
    return (*(d for d in deviations if d.number not in dropped), new)


def next_number(deviations: tuple[Deviation, ...]) -> int:
    """The number of the next deviation of a batch: the newest is never dropped."""
    return deviations[-1].number + 1 if deviations else 1


def decided(deviations: tuple[Deviation, ...], number: int, given: Disposition) -> tuple[Deviation, ...]:
    """With the disposition of one; what is to be destroyed needs no other verdict, so that decides all that wait."""
    every = given.verdict is Verdict.DESTROY
    return tuple(replace(d, disposition=given) if d.awaits and (every or d.number == number) else d for d in deviations)


def settled(deviations: tuple[Deviation, ...], stands: Callable[[Deviation], bool], now_ns: int) -> tuple[Deviation, ...]:
    """With an end for those that stand no more; the same object when all is as it was."""
    over = {d.number for d in deviations if d.ended_ns is None and not stands(d)}
    return tuple(replace(d, ended_ns=now_ns) if d.number in over else d for d in deviations) if over else deviations


def product_after(product: Product, word: str, *, others_wait: bool) -> Product:
    """The product after a deviation or a verdict; it stays on hold while other deviations wait. KeyError: refused."""
    after = PRODUCT_TABLE[product][word]
    return Product.ON_HOLD if others_wait and after in GOES_ON else after


def product_table() -> str:
    """The table as Markdown, for docs/recipes.md."""
    words = [DEVIATION, *Verdict]
    lines = ["| Product | " + " | ".join(words) + " |", "|---" * (len(words) + 1) + "|"]
    for product, row in PRODUCT_TABLE.items():
        cells = [row[w].value if w in row else "–" for w in words]
        lines.append(f"| {product.value} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
