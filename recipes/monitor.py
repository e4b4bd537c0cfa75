"""Setpoints and watches of a running phase: what is a deviation, and since when."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from line.clock import NS_PER_S, has_passed
from line.documents import Text
from line.image import Snapshot
from line.messages import Json
from line.model import LineModel
from line.quality import status_name
from recipes import texts
from recipes.leaf import CALM, OFF, Leaf, LivePhase, LiveWatch, Setpoint, Timers
from recipes.work import Work

DRIFT_NS: Final = 3 * NS_PER_S
"""How long a setpoint may differ: a write of the batch takes a moment to be read back."""
BAD_QUALITY_NS: Final = 2 * NS_PER_S
"""How long a watched tag may be without Good quality."""


def drifted(live: LivePhase, image: Snapshot) -> list[Setpoint]:
    """The setpoints, of Good quality, that are not the batch's."""
    found: list[Setpoint] = []
    for setpoint in live.setpoints:
        shown = image.number(setpoint.handle)
        if shown is not None and not abs(shown - setpoint.value) <= setpoint.tolerance:
            found.append(setpoint)
    return found


def monitor(leaf: Leaf, live: LivePhase, work: Work) -> Leaf:
    """The leaf of a running phase after this scan: its timers, or on hold once something was wrong for too long."""
    now_ns, image = work.now_ns, work.ctx.scan.image
    wrong = drifted(live, image)
    drift = OFF if not wrong else leaf.timers.drift if leaf.timers.drift != OFF else now_ns
    if wrong and has_passed(DRIFT_NS, drift, now_ns):
        return work.hold(leaf, _setpoint_deviation(leaf, wrong[0], work))
    old = leaf.timers.watches or (OFF,) * len(live.watches)
    since: list[int] = []
    for i, watch in enumerate(live.watches):
        good = _good(watch, image)
        counts = not good or (has_passed(watch.after_ns, leaf.run_since_ns, now_ns) and not _inside(watch, image))
        since.append(OFF if not counts else old[i] if old[i] != OFF else now_ns)
        if counts and has_passed(watch.for_ns if good else BAD_QUALITY_NS, since[i], now_ns):
            return work.hold(leaf, _deviation(leaf, watch, work))
    watches = tuple(since) if any(s != OFF for s in since) else ()
    timers = replace(leaf.timers, drift=drift, watches=watches)
    return leaf if timers == leaf.timers else replace(leaf, timers=CALM if timers == CALM else timers)


def verdict(leaf: Leaf, live: LivePhase, work: Work) -> tuple[Leaf, list[Json] | None]:
    """Judge a completed phase: the values judged when all passed; None while one is awaited (``drift`` runs) or it is held."""
    records: list[Json] = []
    image = work.ctx.scan.image
    for watch in live.verdicts:
        if not _good(watch, image):
            since = leaf.timers.drift if leaf.timers.drift != OFF else work.now_ns
            if not has_passed(BAD_QUALITY_NS, since, work.now_ns):
                return (leaf if since == leaf.timers.drift else replace(leaf, timers=Timers(drift=since))), None
            return work.hold(leaf, texts.verdict_again(_deviation(leaf, watch, work))), None
        if not _inside(watch, image):
            return work.hold(leaf, texts.verdict_again(_deviation(leaf, watch, work))), None
        records.append(_record(watch, work.ctx.model, image))
    return (leaf if leaf.timers is CALM else replace(leaf, timers=CALM)), records


def deviations(leaf: Leaf, live: LivePhase, work: Work) -> list[Text]:
    """Every watch that is violated at this moment, without its delays, as events and as reasons: the PLC held before us."""

    scan = work.ctx.scan

    def wrong(watch: LiveWatch) -> bool:
        judged = has_passed(watch.after_ns, leaf.run_since_ns, scan.now_ns)
        return not _good(watch, scan.image) or (judged and not _inside(watch, scan.image))

    return [_deviation(leaf, w, work) for w in live.watches if wrong(w)]


def watch_faults(live: LivePhase, model: LineModel, image: Snapshot) -> list[Text]:
    """What still stands against a restart: qualities, and values of watches that have no time to recover."""
    found: list[Text] = []
    for watch in live.watches:
        if not _good(watch, image):
            found.append(texts.bad_quality(watch.name))
        elif not watch.after_ns and not _inside(watch, image):
            found.append(_outside(watch, model, image))
    found += [texts.bad_quality(w.name) for w in live.verdicts if not _good(w, image)]
    return list({t.en: t for t in found}.values())


def verdicts_pass(live: LivePhase, image: Snapshot) -> bool:
    """Whether the values judged at the end are all Good and within their limits now."""
    return all(_good(w, image) and _inside(w, image) for w in live.verdicts)


def _good(watch: LiveWatch, image: Snapshot) -> bool:
    number = image.number(watch.handle)
    return number is not None and number == number


def _inside(watch: LiveWatch, image: Snapshot) -> bool:
    return watch.lo <= float(image.value[watch.handle]) <= watch.hi


def _limit(value: float) -> float | None:
    return None if abs(value) == float("inf") else value


def _outside(watch: LiveWatch, model: LineModel, image: Snapshot) -> Text:
    tag = model.tags[watch.handle]
    lo, hi = (None if _limit(v) is None else texts.number(v, tag.decimals) for v in (watch.lo, watch.hi))
    return texts.outside(watch.name, texts.number(float(image.value[watch.handle]), tag.decimals), lo, hi, tag.eu)


def _record(watch: LiveWatch, model: LineModel, image: Snapshot) -> dict[str, Json]:
    value = image.number(watch.handle)
    return {
        "tag": model.tags[watch.handle].name, "value": value if value == value else None, "lo": _limit(watch.lo),
        "hi": _limit(watch.hi), "eu": model.tags[watch.handle].eu, "quality": status_name(int(image.status[watch.handle])),
    }  # fmt: skip


def _deviation(leaf: Leaf, watch: LiveWatch, work: Work) -> Text:
    image = work.ctx.scan.image
    text = _outside(watch, work.ctx.model, image) if _good(watch, image) else texts.bad_quality(watch.name)
    work.event(leaf.node, "deviation", {**_record(watch, work.ctx.model, image), "text": text.to_json()})
    return text


def _setpoint_deviation(leaf: Leaf, setpoint: Setpoint, work: Work) -> Text:
    image, tag = work.ctx.scan.image, work.ctx.model.tags[setpoint.handle]
    value = float(image.value[setpoint.handle])
    text = texts.setpoint_changed(tag.text, texts.number(value, tag.decimals), texts.number(setpoint.value, tag.decimals), tag.eu)
    data: dict[str, Json] = {
        "tag": tag.name, "value": value if value == value else None, "lo": setpoint.value, "hi": setpoint.value, "eu": tag.eu,
        "quality": status_name(int(image.status[setpoint.handle])), "text": text.to_json(),
    }  # fmt: skip
    work.event(leaf.node, "deviation", data)
    return text
