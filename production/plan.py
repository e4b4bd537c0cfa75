"""What ``production.yaml`` says: machines whose stops are watched, the tree of reasons, kinds of service request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from line.clock import NS_PER_S
from line.documents import Text

NO_TAG: Final = -1


class Category(StrEnum):
    """What kind of thing stops a machine."""

    BREAKDOWN = "breakdown"
    CHANGEOVER = "changeover"
    CLEANING = "cleaning"
    NO_MATERIAL = "no_material"
    BLOCKED = "blocked"
    QUALITY = "quality"
    ORGANISATIONAL = "organisational"
    PLANNED = "planned"


class Loss(StrEnum):
    """Which time of OEE a stop takes: of availability, of what neighbours took, or none since it was planned."""

    AVAILABILITY = "availability"
    EXTERNAL = "external"
    PLANNED = "planned"


_C = Category
LOSS_OF: Final[Mapping[Category, Loss]] = MappingProxyType({
    _C.BREAKDOWN: Loss.AVAILABILITY, _C.CHANGEOVER: Loss.AVAILABILITY, _C.CLEANING: Loss.AVAILABILITY,
    _C.NO_MATERIAL: Loss.EXTERNAL, _C.BLOCKED: Loss.EXTERNAL, _C.QUALITY: Loss.AVAILABILITY,
    _C.ORGANISATIONAL: Loss.AVAILABILITY, _C.PLANNED: Loss.PLANNED,
})  # fmt: skip
"""The loss of a reason that says none itself."""


@dataclass(frozen=True)
class Reason:
    """A reason of the tree; ``parent`` is '' at the top. Only leaves may be given to a stop."""

    code: str
    name: Text
    category: Category
    loss: Loss
    parent: str = ""
    leaf: bool = True


@dataclass(frozen=True)
class Machine:
    """A unit whose stops are watched, with tags by handle (:data:`NO_TAG`: it has none).

    ``rates`` are items a second as planned, by recipe; ``rate`` is that of every other one, None when it is not known.
    ``by_number`` is what the machine's own reason numbers mean, ``by_state`` what a state (its word) suggests without one.
    """

    unit: str
    kind: str
    state: int
    good: int = NO_TAG
    reject: int = NO_TAG
    total: int = NO_TAG
    reason: int = NO_TAG
    starved: int = NO_TAG
    blocked: int = NO_TAG
    rate: float | None = None
    rates: Mapping[str, float] = field(default_factory=dict[str, float])
    by_number: Mapping[int, str] = field(default_factory=dict[int, str])
    by_state: Mapping[str, str] = field(default_factory=dict[str, str])

    def rate_of(self, product: str) -> float | None:
        """Planned items a second of a product."""
        return self.rates.get(product, self.rate)


@dataclass(frozen=True)
class RequestKind:
    """What can be requested of a service."""

    id: str
    name: Text


@dataclass(frozen=True)
class ProductionPlan:
    """Everything of ``production.yaml``; a line without it watches no stops. The OEE of ``constraint`` is that of the line."""

    machines: tuple[Machine, ...] = ()
    constraint: str = ""
    threshold_ns: int = 300 * NS_PER_S
    reasons: Mapping[str, Reason] = field(default_factory=dict[str, Reason])
    requests: Mapping[str, RequestKind] = field(default_factory=dict[str, RequestKind])

    def at_pace(self, pace: float) -> ProductionPlan:
        """The plan for simulators that run ``pace`` times faster than real: in the same time they make as many times more, and a
        stop is long after so much less time."""
        if pace == 1.0:
            return self
        machines = tuple(
            replace(m, rate=None if m.rate is None else m.rate * pace, rates={p: r * pace for p, r in m.rates.items()})
            for m in self.machines
        )
        return replace(self, machines=machines, threshold_ns=round(self.threshold_ns / pace))
