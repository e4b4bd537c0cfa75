"""Lots of material as the stages of a scan ask for them: what a batch wants to take, and who says whether it may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from line.documents import Text

LOTS: Final = "materials"
"""Key of the :class:`LotDesk` in ``scan.lent``; a line without ``materials.yaml`` has none."""


@dataclass(frozen=True)
class LotUse:
    """``kg`` net of ``lot`` for the ingredient ``material`` of ``batch``, asked for by ``user`` in ``role`` with ``reason``.

    ``unit`` is where it is loaded, '' when nobody said. ``command`` is the id of the command that asks. ``scale`` weighed it, ''
    for a mass that was typed in; ``tare_kg`` was taken off, None where nobody knows of a tare.
    """

    batch: str
    material: str
    lot: str
    kg: float
    user: str
    role: str
    reason: str = ""
    unit: str = ""
    command: str = ""
    scale: str = ""
    tare_kg: float | None = None


@dataclass(frozen=True)
class ScaleMass:
    """What a scale shows now: ``kg`` net, ``tare_kg`` as in :class:`LotUse`."""

    kg: float
    tare_kg: float | None


class LotDesk(Protocol):
    """The stock, for one scan: two uses of the same lot in one scan see each other."""

    def against(self, use: LotUse) -> list[Text]:
        """What speaks against it, for the operator; empty: the lot may be used."""
        ...

    def take(self, use: LotUse) -> None:
        """The use was accepted: the stock goes down in this scan."""
        ...

    def weigh(self, scale: str, tare_kg: float | None) -> tuple[ScaleMass | None, list[Text]]:
        """The net mass on a scale by its id, or why there is none; ``tare_kg`` replaces the tare of the scale itself."""
        ...
