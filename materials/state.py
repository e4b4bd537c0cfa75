"""The state of the stock from scan to scan. Frozen; :class:`~materials.work.StockWork` makes the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from line.messages import JsonObject
from materials.lot import Lot


@dataclass(frozen=True)
class Making:
    """A batch that is being made: what went into it. Kept until its lot is produced.

    ``sources`` are the ids of lots in the order of their first use, ``kg`` what all of them gave. ``ended`` is '' while it runs,
    then ``complete`` or how else it ended; ``product`` is what the batch says of its product then.
    """

    batch: str
    recipe: str = ""
    sources: tuple[str, ...] = ()
    kg: float = 0.0
    allergens: tuple[str, ...] = ()
    size_kg: float = 0.0
    packs: int = 0
    packed_kg: float = 0.0
    cases: int = 0
    ended: str = ""
    product: str = ""


@dataclass(frozen=True)
class Unit:
    """A packed unit that has an SSCC: of which lot, its mass; ``gone_ns`` is when it left the plant, 0 while it is here."""

    sscc: str
    lot: str
    kg: float
    gone_ns: int = 0


@dataclass(frozen=True)
class Packing:
    """A batch on a packing unit: the counters as they were last read (None: not yet in Good quality), the case that is open.

    ``closing``: the batch has left the unit, what is open is closed once the counters are read once more. ``case_packs`` fill a
    case (0: nobody says), ``seen_ns`` is when the counters were read.
    """

    unit: str
    batch: str
    packs: float | None = None
    mass_kg: float | None = None
    open_packs: int = 0
    open_kg: float = 0.0
    closing: bool = False
    case_packs: int = 0
    seen_ns: int = 0


@dataclass(frozen=True)
class Weighing:
    """A weighing that somebody began at a scale: for which batch and ingredient, what the terminal shows, kg."""

    scale: str
    batch: str
    material: str
    target_kg: float
    user: str
    since_ns: int


@dataclass(frozen=True)
class StockState:
    """``lots`` by id, in the order of their arrival. ``day`` is the date in the plant's time zone, from ``day_from_ns`` to
    ``day_to_ns``; ``number`` counts the lots that were numbered on it. ``serial`` is the last SSCC's. ``needs`` is what running
    batches still want, as the view shows it. ``units`` are the packed units by their SSCC, as long as their lot is here."""

    lots: Mapping[str, Lot] = field(default_factory=dict[str, Lot])
    day: str = ""
    day_from_ns: int = 0
    day_to_ns: int = 0
    number: int = 0
    serial: int = 0
    making: Mapping[str, Making] = field(default_factory=dict[str, Making])
    packing: Mapping[str, Packing] = field(default_factory=dict[str, Packing])
    weighing: Mapping[str, Weighing] = field(default_factory=dict[str, Weighing])
    needs: tuple[JsonObject, ...] = ()
    units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])
