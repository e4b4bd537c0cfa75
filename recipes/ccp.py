"""Deviations told and products put on hold: what happens to a batch whose limits are violated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from line.documents import Text
from line.image import Snapshot
from line.messages import Json
from line.model import LineModel
from line.quality import status_name
from recipes import ccp_texts, texts
from recipes.batch import Batch
from recipes.disposition import (
    DEVIATION,
    GOES_ON,
    Deviation,
    Product,
    Verdict,
    awaiting,
    next_number,
    product_after,
    with_deviation,
)
from recipes.leaf import Leaf, LiveWatch, Setpoint
from recipes.model import UNRESOLVED, NodeKind, OnDeviation
from recipes.tree import nearest
from recipes.work import Work

NO_SCOPE: Final = -1
"""Nothing is to be held."""
_SETPOINT: Final = -1


@dataclass(frozen=True)
class Measured:
    """What a watch saw in a scan: the value when it is Good, the limits that exist, and how that reads."""

    tag: str
    value: float | None
    lo: float | None
    hi: float | None
    eu: str
    quality: str

    def to_json(self) -> dict[str, Json]:
        """As events have it."""
        return {"tag": self.tag, "value": self.value, "lo": self.lo, "hi": self.hi, "eu": self.eu, "quality": self.quality}


def good(watch: LiveWatch, image: Snapshot) -> bool:
    """Whether the watched tag holds a number of Good quality."""
    number = image.number(watch.handle)
    return number is not None and number == number


def inside(watch: LiveWatch, image: Snapshot) -> bool:
    """Whether the value is within the limits, whatever its quality."""
    return watch.lo <= float(image.value[watch.handle]) <= watch.hi


def measured(watch: LiveWatch, model: LineModel, image: Snapshot) -> Measured:
    """What the watch sees now."""
    tag = model.tags[watch.handle]
    value = image.number(watch.handle) if good(watch, image) else None
    lo, hi = (None if abs(v) == float("inf") else v for v in (watch.lo, watch.hi))
    return Measured(tag.name, value, lo, hi, tag.eu, status_name(int(image.status[watch.handle])))


def wording(watch: LiveWatch, model: LineModel, image: Snapshot) -> Text:
    """What is wrong with the watched value."""
    if not good(watch, image):
        return texts.bad_quality(watch.name)
    tag, seen = model.tags[watch.handle], measured(watch, model, image)
    lo, hi = (None if v is None else texts.number(v, tag.decimals) for v in (seen.lo, seen.hi))
    return texts.outside(watch.name, texts.number(float(image.value[watch.handle]), tag.decimals), lo, hi, tag.eu)


def scope_of(watch: LiveWatch, leaf: Leaf, work: Work) -> int:
    """The node that a violated watch holds: 0 the batch, its operation, or :data:`NO_SCOPE`. A critical limit holds the batch."""
    if watch.ccp or watch.on == OnDeviation.HOLD:
        return 0
    return nearest(work.nodes, leaf.node, NodeKind.OPERATION) if watch.on == OnDeviation.HOLD_OPERATION else NO_SCOPE


def tell(leaf: Leaf, watch: LiveWatch, work: Work) -> Text:
    """A watch is violated: a numbered deviation, of a critical limit also a product on hold. The text is the reason to hold."""
    model, image = work.ctx.model, work.ctx.scan.image
    text = wording(watch, model, image)
    _told(leaf, watch.index, measured(watch, model, image), text, watch.on, work, ccp=watch.ccp, at_end=watch.at_end)
    return ccp_texts.critical(text) if watch.ccp else text


def tell_setpoint(leaf: Leaf, setpoint: Setpoint, work: Work) -> Text:
    """A setpoint is not the batch's."""
    image, tag = work.ctx.scan.image, work.ctx.model.tags[setpoint.handle]
    value = float(image.value[setpoint.handle])
    text = texts.setpoint_changed(tag.text, texts.number(value, tag.decimals), texts.number(setpoint.value, tag.decimals), tag.eu)
    quality = status_name(int(image.status[setpoint.handle]))
    seen = Measured(tag.name, value if value == value else None, setpoint.value, setpoint.value, tag.eu, quality)
    _told(leaf, _SETPOINT, seen, text, OnDeviation.HOLD, work, ccp=False, at_end=False)
    return text


def _told(leaf: Leaf, watch: int, seen: Measured, text: Text, on: str, work: Work, *, ccp: bool, at_end: bool) -> None:
    batch = work.batch
    deviation = Deviation(
        next_number(batch.deviations), work.nodes[leaf.node].id, work.unit(leaf), watch, ccp, at_end, text, seen.tag, seen.value,
        seen.lo, seen.hi, seen.eu, seen.quality, work.now_ns,
    )  # fmt: skip
    data: dict[str, Json] = {"number": deviation.number, "kind": deviation.kind, **seen.to_json(), "text": text.to_json()}
    work.event(leaf.node, "deviation", {**data, "on": str(on), "back": False})
    work.batch = replace(batch, deviations=with_deviation(batch.deviations, deviation))
    if ccp:
        move_product(work, DEVIATION, deviation.number, text)


def tell_back(leaf: Leaf, watch: LiveWatch, work: Work) -> None:
    """A value that was told is within its limits again, of Good quality, for a while."""
    seen = measured(watch, work.ctx.model, work.ctx.scan.image)
    found = standing(work.batch, work.nodes[leaf.node].id, watch.index)
    text = Text(ru=f"{watch.name.ru}: снова в пределах", en=f"{watch.name.en}: within its limits again")
    data: dict[str, Json] = {"number": found.number if found else 0, "kind": "ccp" if watch.ccp else "process", **seen.to_json()}
    work.event(leaf.node, "deviation", {**data, "text": text.to_json(), "on": str(watch.on), "back": True})


def standing(batch: Batch, node: str, watch: int) -> Deviation | None:
    """The deviation of this watch that is not over, if any."""
    return next((d for d in batch.deviations if d.ended_ns is None and d.node == node and d.watch == watch), None)


def move_product(work: Work, word: str, number: int, reason: Text) -> None:
    """Take the product where a deviation or a verdict leads, with an event when that is elsewhere."""
    batch = work.batch
    after = product_after(batch.product, word, others_wait=bool(awaiting(batch.deviations)))
    if after is not batch.product:
        data: dict[str, Json] = {"from": batch.product.value, "to": after.value, "deviation": number}
        work.event(0, "product", {**data, "reasons": [reason.to_json()]})
        work.batch = replace(batch, product=after)


def _this_time(batch: Batch, leaf: Leaf, verdict: Verdict) -> list[Deviation]:
    """The deviations so decided of the leaf's phase since it was last begun: what was decided of an earlier turn is spent."""
    node = batch.control.nodes[leaf.node].id
    begun = max((h.start_ns for h in batch.history if h.node == node), default=0)
    found = [d for d in batch.deviations if d.node == node and d.since_ns >= begun and d.disposition is not None]
    return [d for d in found if d.disposition is not None and d.disposition.verdict is verdict]


def released(batch: Batch, leaf: Leaf, watch: LiveWatch) -> Deviation | None:
    """The newest deviation of this watch, in this turn of its phase, that a person released."""
    if not watch.ccp:
        return None
    return next((d for d in reversed(_this_time(batch, leaf, Verdict.RELEASE)) if d.watch == watch.index), None)


def reworks(batch: Batch, leaf: Leaf) -> bool:
    """Whether a person decided that the phase is to be repeated."""
    return bool(_this_time(batch, leaf, Verdict.REWORK))


def excused(batch: Batch, leaf: Leaf) -> tuple[int, ...]:
    """The watches whose excursion a person released and that may still be outside: told already, until they were back."""
    live = leaf.live
    if live is None or not batch.deviations:
        return ()
    found = [(w.index, released(batch, leaf, w)) for w in live.watches]
    return tuple(index for index, deviation in found if deviation is not None and deviation.ended_ns is None)


def against_restart(batch: Batch) -> list[Text]:
    """What the product has against a restart of the batch or of anything in it, or the line that cannot run its recipe."""
    if batch.control.master.status == UNRESOLVED:
        return [texts.MISFIT]
    if batch.product in GOES_ON:
        return []
    waiting = [d.number for d in awaiting(batch.deviations)]
    return [ccp_texts.awaits(waiting) if batch.product is Product.ON_HOLD else ccp_texts.DESTROYED]
