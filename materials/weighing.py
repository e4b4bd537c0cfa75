"""A mass from a scale's tags: only a healthy reading at rest, of Good quality, is taken. Pure.

The indicator subtracts its own tare where it has one (``net``); a tare that a person names replaces that of the indicator.
"""

from __future__ import annotations

from typing import Final

from line.clock import NS_PER_S, has_passed
from line.documents import Text
from line.image import Snapshot
from line.lots import ScaleMass
from line.quality import Status, is_good
from materials import texts
from materials.catalogue import NO_TAG, Scale
from materials.lot import rounded

REST_NS: Final = NS_PER_S
"""How long the indicator must have said that it is at rest; without such a tag, how long its net has not changed."""
_OVERLOAD: Final = int(Status.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED)


def weigh(scale: Scale, image: Snapshot, tare_kg: float | None = None) -> tuple[ScaleMass | None, list[Text]]:
    """The mass on ``scale`` now, or every reason why there is none. ``tare_kg`` replaces the indicator's own tare."""
    base = scale.gross if tare_kg is not None and scale.gross != NO_TAG else scale.net
    gross_of_net = tare_kg is not None and base == scale.net and scale.tare != NO_TAG
    reasons = _quality(scale, image, base)
    if not reasons and gross_of_net and not image.good(scale.tare):
        reasons = [texts.scale_bad(scale.name)]
    if reasons:
        return None, reasons
    if not _at_rest(scale, image):
        reasons.append(texts.scale_moves(scale.name))
    reading_kg = float(image.value[base]) + (float(image.value[scale.tare]) if gross_of_net else 0.0)
    off_kg = tare_kg or 0.0
    if off_kg < 0.0 or (off_kg > 0.0 and off_kg >= reading_kg):
        reasons.append(texts.tare_wrong(scale.name, reading_kg, off_kg))
    kg = _to_division(reading_kg - off_kg, scale.division_kg)
    if kg <= 0.0 and not reasons:
        reasons.append(texts.scale_empty(scale.name))
    if reasons:
        return None, reasons
    return ScaleMass(kg, rounded(off_kg) if tare_kg is not None else _own_tare(scale, image)), []


def live(scale: Scale, image: Snapshot) -> bool:
    """Whether :func:`weigh` would give a mass now."""
    return weigh(scale, image)[0] is not None


def _quality(scale: Scale, image: Snapshot, base: int) -> list[Text]:
    if int(image.status[base]) == _OVERLOAD or (scale.gross != NO_TAG and int(image.status[scale.gross]) == _OVERLOAD):
        return [texts.scale_overload(scale.name)]
    needed = [h for h in (base, scale.stable, scale.ok) if h != NO_TAG]
    if not all(is_good(int(image.status[h])) for h in needed):
        return [texts.scale_bad(scale.name)]
    if scale.ok != NO_TAG and image.value[scale.ok] == 0.0:
        return [texts.scale_faulty(scale.name)]
    return []


def _at_rest(scale: Scale, image: Snapshot) -> bool:
    if scale.stable == NO_TAG:
        return has_passed(REST_NS, int(image.source_ns[scale.net]), image.now_ns)
    return image.value[scale.stable] != 0.0 and has_passed(REST_NS, int(image.source_ns[scale.stable]), image.now_ns)


def _own_tare(scale: Scale, image: Snapshot) -> float | None:
    return rounded(float(image.value[scale.tare])) if scale.tare != NO_TAG and image.good(scale.tare) else None


def _to_division(kg: float, division_kg: float) -> float:
    """A reading to the scale's division: what the wire added behind it is no mass."""
    return rounded(round(kg / division_kg) * division_kg)
