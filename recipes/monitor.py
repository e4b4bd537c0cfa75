"""Setpoints and watches of a phase: what is a deviation, since when, and what it holds. Judged at every scan, Good only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from line.clock import NS_PER_S, has_passed
from line.documents import Text
from line.image import Snapshot
from line.messages import Json
from line.model import LineModel
from recipes import texts
from recipes.batch import Batch
from recipes.ccp import NO_SCOPE, good, inside, measured, released, scope_of, standing, tell, tell_back, tell_setpoint, wording
from recipes.leaf import CALM, OFF, Leaf, LivePhase, LiveWatch, Setpoint
from recipes.model import OnDeviation
from recipes.work import Work

DRIFT_NS: Final = 3 * NS_PER_S
"""How long a setpoint may differ: a write of the batch takes a moment to be read back."""
BAD_QUALITY_NS: Final = 2 * NS_PER_S
"""How long a watched tag may be without Good quality; a critical limit gives it no time at all."""
BACK_NS: Final = 5 * NS_PER_S
"""How long a value must be right again before its deviation is over: noise at the limit is one deviation."""


def drifted(live: LivePhase, image: Snapshot) -> list[Setpoint]:
    """The setpoints, of Good quality, that are not the batch's."""
    found: list[Setpoint] = []
    for setpoint in live.setpoints:
        shown = image.number(setpoint.handle)
        if shown is not None and not abs(shown - setpoint.value) <= setpoint.tolerance:
            found.append(setpoint)
    return found


def monitor(leaf: Leaf, live: LivePhase, work: Work, *, critical: bool = False) -> Leaf:
    """The leaf of a running phase after this scan: its timers, or on hold once something was wrong for too long.

    Only ``critical`` limits are judged while it is paused (the product is still in there) and while its state is not known.
    """
    now_ns = work.now_ns
    wrong = [] if critical else drifted(live, work.ctx.scan.image)
    drift = OFF if not wrong else leaf.timers.drift if leaf.timers.drift != OFF else now_ns
    violated: list[tuple[int, Text]] = []
    if wrong and has_passed(DRIFT_NS, drift, now_ns):
        violated.append((0, tell_setpoint(leaf, wrong[0], work)))
    old = leaf.timers.watches or (OFF,) * len(live.watches)
    since: list[int] = []
    told: list[int] = []
    for watch, since_ns in zip(live.watches, old, strict=True):
        if critical and not watch.ccp:
            since_ns, stands = OFF, watch.index in leaf.timers.told
        elif watch.index in leaf.timers.told and (good(watch, work.ctx.scan.image) or not watch.ccp):
            since_ns, stands = _returns(leaf, watch, since_ns, work)
        else:
            since_ns, stands = _leaves(leaf, watch, since_ns, work)
            violated += [(scope_of(watch, leaf, work), tell(leaf, watch, work))] if stands else []
        since.append(since_ns)
        told += [watch.index] if stands else []
    held = _held(leaf, violated, work)
    if held is not leaf:
        return held
    watches = tuple(since) if any(s != OFF for s in since) else ()
    timers = replace(leaf.timers, drift=drift, watches=watches, told=tuple(told))
    return leaf if timers == leaf.timers else replace(leaf, timers=CALM if timers == CALM else timers)


def guard(leaf: Leaf, live: LivePhase, work: Work) -> tuple[Leaf, list[Text]]:
    """The leaf of a phase that is held or restarts, and the critical limits violated by now: the product is still in there.

    Good values alone are judged, by the limits that have no ``after_s``: any other gets its time again after the restart. A
    deviation that stands is not told again.
    """
    node, image = work.nodes[leaf.node].id, work.ctx.scan.image
    old = leaf.timers.watches or (OFF,) * len(live.watches)
    since: list[int] = []
    found: list[Text] = []
    for watch, since_ns in zip(live.watches, old, strict=True):
        judged = watch.ccp and not watch.after_ns and good(watch, image) and standing(work.batch, node, watch.index) is None
        since_ns, violated = _leaves(leaf, watch, since_ns, work) if judged else (OFF, False)
        found += [tell(leaf, watch, work)] if violated else []
        since.append(since_ns)
    watches = tuple(since) if any(s != OFF for s in since) else ()
    timers = replace(leaf.timers, watches=watches)
    return leaf if timers == leaf.timers else replace(leaf, timers=CALM if timers == CALM else timers), found


def _held(leaf: Leaf, violated: Sequence[tuple[int, Text]], work: Work) -> Leaf:
    """Hold what the strictest of the violated watches asks for; ``leaf`` itself when none asks for anything."""
    reasons = [text for scope, text in violated if scope != NO_SCOPE]
    return work.hold(leaf, texts.join(reasons), min(s for s, _ in violated if s != NO_SCOPE)) if reasons else leaf


def _leaves(leaf: Leaf, watch: LiveWatch, since_ns: int, work: Work) -> tuple[int, bool]:
    """Since when a watch is wrong (OFF: it is right, or told from now on), and whether it has been so for too long."""
    now_ns, is_good = work.now_ns, good(watch, work.ctx.scan.image)
    if is_good and (inside(watch, work.ctx.scan.image) or not has_passed(watch.after_ns, leaf.run_since_ns, now_ns)):
        return OFF, False
    since_ns = since_ns if since_ns != OFF else now_ns
    patience_ns = watch.for_ns if is_good else 0 if watch.ccp else BAD_QUALITY_NS
    return (OFF, True) if has_passed(patience_ns, since_ns, now_ns) else (since_ns, False)


def _returns(leaf: Leaf, watch: LiveWatch, since_ns: int, work: Work) -> tuple[int, bool]:
    """Since when a watch that was told is right again (OFF: it is not), and whether its deviation still stands."""
    now_ns, image = work.now_ns, work.ctx.scan.image
    if not (good(watch, image) and inside(watch, image)):
        return OFF, True
    since_ns = since_ns if since_ns != OFF else now_ns
    if not has_passed(BACK_NS, since_ns, now_ns):
        return since_ns, True
    tell_back(leaf, watch, work)
    return OFF, False


def verdict(leaf: Leaf, live: LivePhase, work: Work) -> tuple[Leaf, list[Json] | None]:
    """Judge a completed phase: the values judged when it may end; None while one is awaited (``drift`` runs) or it is held.

    A value that is not Good never passes: one of a critical limit is a deviation at once, any other after a moment. What a
    person released counts as decided, not as passed.
    """
    image = work.ctx.scan.image
    waits = [w for w in live.verdicts if not w.ccp and not good(w, image)]
    critical = [w for w in live.verdicts if w.ccp and not _passes(w, image) and released(work.batch, leaf, w) is None]
    if waits and not critical:
        since = leaf.timers.drift if leaf.timers.drift != OFF else work.now_ns
        if not has_passed(BAD_QUALITY_NS, since, work.now_ns):
            return (leaf if since == leaf.timers.drift else replace(leaf, timers=replace(leaf.timers, drift=since))), None
    records: list[Json] = []
    violated: list[tuple[int, Text]] = []
    for watch in live.verdicts:
        passed = _passes(watch, image)
        decided = None if passed else released(work.batch, leaf, watch)
        if not passed and decided is None:
            text = tell(leaf, watch, work)
            violated.append((scope_of(watch, leaf, work), text if watch.ccp else texts.verdict_again(text)))
        record: dict[str, Json] = {**measured(watch, work.ctx.model, image).to_json(), "ccp": watch.ccp, "passed": passed}
        record |= {"released": decided.number if decided is not None else None, "name": watch.name.to_json()}
        work.event(leaf.node, "verdict", record)
        records.append(record)
    held = _held(leaf, violated, work)
    if held is not leaf:
        return held, None
    return (leaf if leaf.timers is CALM else replace(leaf, timers=CALM)), records


def deviations(leaf: Leaf, live: LivePhase, work: Work) -> list[Text]:
    """Every watch that is violated at this moment, without its delays, as events and as reasons: the PLC held before us."""
    image, now_ns = work.ctx.scan.image, work.now_ns

    def wrong(watch: LiveWatch) -> bool:
        judged = has_passed(watch.after_ns, leaf.run_since_ns, now_ns)
        known = watch.index in leaf.timers.told and (good(watch, image) or not watch.ccp)
        return not known and (not good(watch, image) or (judged and not inside(watch, image)))

    return [tell(leaf, w, work) for w in live.watches if wrong(w)]


def watch_faults(batch: Batch, leaf: Leaf, live: LivePhase, model: LineModel, image: Snapshot) -> list[Text]:
    """What still stands against a restart: qualities, and values of watches that have no time to recover and no release.

    A watch that only alarms holds nothing, and so nothing up either.
    """
    found: list[Text] = []
    for watch in live.watches:
        if watch.on == OnDeviation.ALARM and not watch.ccp:
            continue
        if not good(watch, image):
            found.append(texts.bad_quality(watch.name))
        elif not watch.after_ns and not inside(watch, image) and released(batch, leaf, watch) is None:
            found.append(wording(watch, model, image))
    holding = (w for w in live.verdicts if w.ccp or w.on != OnDeviation.ALARM)
    found += [texts.bad_quality(w.name) for w in holding if not good(w, image)]
    return list({t.en: t for t in found}.values())


def verdicts_pass(batch: Batch, leaf: Leaf, live: LivePhase, image: Snapshot) -> bool:
    """Whether the values judged at the end are all Good and within their limits now, or released by a person."""
    return all(_passes(w, image) or released(batch, leaf, w) is not None for w in live.verdicts)


def _passes(watch: LiveWatch, image: Snapshot) -> bool:
    return good(watch, image) and inside(watch, image)
