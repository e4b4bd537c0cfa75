"""Product on its way: carriers in queues between the units, and a ledger in which every kilogram is found again."""

from __future__ import annotations

from dataclasses import dataclass, field


class Carrier:
    """A load of product of one batch: ``mass_kg``, ``temp_c`` (core), ``pieces`` (0 before the filler) and batch number."""

    __slots__ = ("batch", "mass_kg", "pieces", "temp_c")

    def __init__(self, batch: int, mass_kg: float, temp_c: float, pieces: float = 0.0) -> None:
        self.batch = batch
        self.mass_kg = mass_kg
        self.temp_c = temp_c
        self.pieces = pieces

    def add(self, mass_kg: float, temp_c: float, pieces: float = 0.0) -> None:
        """Mix more of the same batch into this load; the temperature is the mean by mass."""
        total = self.mass_kg + mass_kg
        if total > 0.0:
            self.temp_c += (temp_c - self.temp_c) * mass_kg / total
        self.mass_kg = total
        self.pieces += pieces


class Queue:
    """Loads waiting between two units, first in first out within a batch."""

    __slots__ = ("loads",)

    def __init__(self) -> None:
        self.loads: list[Carrier] = []

    def put(self, batch: int, mass_kg: float, temp_c: float, pieces: float = 0.0) -> None:
        """Add at the end; goes into the last load when that is of the same batch."""
        loads = self.loads
        if loads and loads[-1].batch == batch:
            loads[-1].add(mass_kg, temp_c, pieces)
        elif mass_kg > 0.0:
            loads.append(Carrier(batch, mass_kg, temp_c, pieces))

    def find(self, batch: int) -> Carrier | None:
        """First load of ``batch``; a load without a batch (0) serves any, and batch 0 takes what comes first."""
        spare = None
        for load in self.loads:
            if load.batch == batch or batch == 0:
                return load
            if load.batch == 0 and spare is None:
                spare = load
        return spare

    def take(self, load: Carrier, mass_kg: float) -> float:
        """Take up to ``mass_kg`` out of ``load``; returns what was taken. An emptied load leaves the queue."""
        if mass_kg < load.mass_kg:
            load.mass_kg -= mass_kg
            return mass_kg
        self.loads.remove(load)
        taken, load.mass_kg = load.mass_kg, 0.0
        return taken

    def pop(self, batch: int) -> Carrier | None:
        """Take the whole first load that :meth:`find` gives."""
        load = self.find(batch)
        if load is not None:
            self.loads.remove(load)
        return load

    def mass_kg(self) -> float:
        """All that waits here."""
        return sum(load.mass_kg for load in self.loads)

    def age(self, room_c: float, fraction: float) -> None:
        """Let the waiting loads drift towards the room by ``fraction`` of the difference."""
        for load in self.loads:
            load.temp_c += (room_c - load.temp_c) * fraction


@dataclass(slots=True)
class Ledger:
    """Kilograms that entered and left the line since its start, and the queues between its units."""

    received_kg: float = 0.0
    ice_kg: float = 0.0
    brine_kg: float = 0.0
    cooking_loss_kg: float = 0.0
    chilling_loss_kg: float = 0.0
    residue_kg: float = 0.0
    displaced_kg: float = 0.0
    packed_kg: float = 0.0
    rejected_kg: float = 0.0
    raw: Queue = field(default_factory=Queue)
    ground: Queue = field(default_factory=Queue)
    hopper: Queue = field(default_factory=Queue)
    racks: Queue = field(default_factory=Queue)
    cooked: Queue = field(default_factory=Queue)
    chilled: Queue = field(default_factory=Queue)

    def queues(self) -> tuple[Queue, ...]:
        """The queues in process order."""
        return (self.raw, self.ground, self.hopper, self.racks, self.cooked, self.chilled)

    def entered_kg(self) -> float:
        """Raw material, ice and brine."""
        return self.received_kg + self.ice_kg + self.brine_kg

    def left_kg(self) -> float:
        """Packs, rejects, losses and what was cleared out of the way."""
        losses = self.cooking_loss_kg + self.chilling_loss_kg + self.residue_kg
        return losses + self.displaced_kg + self.packed_kg + self.rejected_kg
