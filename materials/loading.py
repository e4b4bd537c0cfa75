"""What a person who is about to load a lot is shown: every check, those that are fine too (materials/scanned.py has the code).

The checks are those of materials/stock.py in the order in which a person thinks of them; whether the lot may be taken is decided
by the scan that carries the command out, with the stock of that moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from line.documents import Text
from line.jsontools import finite, objects
from line.lots import LotUse
from line.messages import Json, JsonObject
from line.roles import may
from materials import loading_texts as texts
from materials import stock
from materials.catalogue import Catalogue
from materials.lot import MASS_KG, Lot, LotKind, LotStatus
from materials.saving import lot_of

SOON_DAYS: Final = 2
"""A lot that expires within so many days is pointed out."""


class Verdict(StrEnum):
    """``reason``: a person with the right to it may go on, and says why."""

    OK = "ok"
    REASON = "reason"
    REFUSED = "refused"


@dataclass(frozen=True)
class Check:
    """One line of the list: ``id`` says what was looked at."""

    id: str
    verdict: Verdict
    text: Text

    def to_json(self) -> dict[str, Json]:
        """As the panel shows it."""
        return {"id": self.id, "verdict": self.verdict.value, "text": self.text.to_json()}


@dataclass(frozen=True)
class Loading:
    """``lot`` for the ingredient ``material`` ('' where the batch has none for it)."""

    lot: Lot
    material: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        return max((c.verdict for c in self.checks), key=list(Verdict).index, default=Verdict.OK)

    def to_json(self) -> dict[str, Json]:
        """As the panel shows it."""
        return {
            "lot": self.lot.id, "material": self.material, "verdict": self.verdict.value,
            "checks": [c.to_json() for c in self.checks],
        }  # fmt: skip


def loading_of(
    lot_id: str, view: JsonObject, catalogue: Catalogue, *, batch: str, material: str = "", role: str = ""
) -> Loading | None:
    """The checks of a lot for ``batch``, by the view of the stock; None when that has no such lot or no such running batch.

    ``material``: the ingredient that the person means, '' for the one that the lot fits. ``role``: what the person may do.
    """
    lots = {x.id: x for entry in objects(view.get("lots")) if (x := lot_of(entry)) is not None}
    lot, day = lots.get(lot_id), view.get("day")
    needs = next((n for n in objects(view.get("needs")) if n.get("batch") == batch), None)
    if lot is None or needs is None or not isinstance(day, str) or not day:
        return None
    rows = objects(needs.get("ingredients"))
    row = _row(rows, lot, material, catalogue)
    if row is None:
        names = [stock.name_of(str(r.get("material")), catalogue) for r in rows]
        refused = Check("formula", Verdict.REFUSED, texts.not_in_formula(stock.name_of(lot.material, catalogue), names))
        return Loading(lot, "", (refused,))
    use = LotUse(batch, str(row.get("material")), lot.id, MASS_KG, "", role)
    return Loading(lot, use.material, tuple(_checks(use, lot, row, lots, catalogue, dt.date.fromisoformat(day))))


def _row(rows: Sequence[JsonObject], lot: Lot, material: str, catalogue: Catalogue) -> JsonObject | None:
    """The ingredient that the lot is for: the one that was named, its own, one that it may stand in for."""
    fitting = [r for r in rows if catalogue.serves(lot.material, str(r.get("material")))]
    if material:
        return next((r for r in rows if r.get("material") == material), None)
    own = [r for r in fitting if r.get("material") == lot.material]
    return next((r for r in (*own, *fitting) if finite(r.get("missing_kg"))), next(iter((*own, *fitting)), None))


def _checks(use: LotUse, lot: Lot, row: JsonObject, lots: Mapping[str, Lot], catalogue: Catalogue, today: dt.date) -> list[Check]:
    dated = [_expiry(lot, today)] if lot.expires is not None else []
    papers = _documents(lot, catalogue)
    status = _status(lot, [c.text for c in (*dated, *papers) if c.verdict is Verdict.REFUSED])
    found = [_formula(use, lot, row, catalogue), status, *dated, *_temperature(lot, catalogue), *papers]
    older = stock.older_than(lot, lots.values(), today)
    if older is not None:
        found.append(Check("fefo", Verdict.REASON, texts.older(older)))
    elif lot.kind is LotKind.RECEIVED:
        found.append(Check("fefo", Verdict.OK, texts.FIRST))
    found.append(Check("left", Verdict.OK if lot.left_kg > MASS_KG else Verdict.REFUSED, texts.left(lot, catalogue)))
    return found


def _formula(use: LotUse, lot: Lot, row: JsonObject, catalogue: Catalogue) -> Check:
    wanted, has = stock.name_of(use.material, catalogue), stock.name_of(lot.material, catalogue)
    if lot.kind in (LotKind.SEMI, LotKind.PACKED):
        return Check("formula", Verdict.REFUSED, texts.product(lot.id))
    if not catalogue.serves(lot.material, use.material):
        return Check("formula", Verdict.REFUSED, texts.other(has, wanted))
    if lot.material != use.material:
        allowed = may(use.role, stock.SUBSTITUTE_ROLE)
        return Check("formula", Verdict.REASON if allowed else Verdict.REFUSED, texts.substitute(has, wanted, allowed=allowed))
    return Check("formula", Verdict.OK, texts.in_formula(wanted, finite(row.get("target_kg")) or 0.0))


def _status(lot: Lot, told: Sequence[Text]) -> Check:
    if lot.status is LotStatus.AVAILABLE:
        return Check("status", Verdict.OK, texts.AVAILABLE)
    return Check("status", Verdict.REFUSED, texts.not_available(lot, told))


def _expiry(lot: Lot, today: dt.date) -> Check:
    left = stock.days_left(lot, today) or 0
    return Check("expiry", Verdict.REFUSED if lot.expired(today) else Verdict.OK, texts.expiry(lot, left, soon=left <= SOON_DAYS))


def _temperature(lot: Lot, catalogue: Catalogue) -> list[Check]:
    """Shown, not judged: what was wrong at reception has put the lot on hold."""
    material = catalogue.materials.get(lot.material)
    if material is None or material.reception is None or lot.temperature_c is None:
        return []
    return [Check("temperature", Verdict.OK, texts.temperature(lot.temperature_c, material.reception))]


def _documents(lot: Lot, catalogue: Catalogue) -> list[Check]:
    missing = stock.missing_documents(lot, catalogue)
    if missing:
        return [
            Check("documents", Verdict.OK if lot.released else Verdict.REFUSED, texts.documents_missing(missing, lot.released))
        ]
    names = [catalogue.documents[d].name for d in lot.documents if d in catalogue.documents]
    return [Check("documents", Verdict.OK, texts.documents(names))] if names else []
