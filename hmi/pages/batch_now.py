"""What a batch is doing now, as cards: first what waits for a person, then each step at work with its time."""

from __future__ import annotations

from hmi.pages.batch_actions import STEP_ROLES
from hmi.pages.batch_words import deviation_words, limits_words
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels.batch_steps import done_s, left_s, run_text, share_done, step_name
from hmi.viewmodels.batches import ActiveStep, Batch, Deviation, Prompt
from hmi.viewmodels.format import clock_minutes, decimals_for, duration_text, number_text, with_eu
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import state_text
from hmi.widgets.cards import Card, Deed
from line.clock import NS_PER_S

STANDS = frozenset({"pausing", "paused", "holding", "held"})


def cards(store: LineStore, batch: Batch, now_ns: int, *, busy: bool = False) -> list[Card]:
    """All cards of a batch; while a command is under way (``busy``) none asks for another."""
    free = store.live and not busy and not batch.ended
    found = [prompt_card(store, batch, p, free) for p in batch.prompts]
    found += [deviation_card(store, d, free) for d in batch.undecided()]
    asked = {p.node for p in batch.prompts}
    found += [step_card(store, batch, a, now_ns, free) for a in batch.active if a.phase or a.node not in asked]
    known = {a.node for a in batch.active}
    found += [_confirm_card(store, batch, n, free) for n in batch.confirm if n not in known]
    return found


def prompt_card(store: LineStore, batch: Batch, p: Prompt, free: bool) -> Card:
    """A question to the operator."""
    allowed = may(store, "operator" if p.signed else p.role)
    name, title = step_name(store, batch, p.node), store.text(p.text)
    lines = [prompt_limits(store, p), name if name != title else ""]
    who = translate("Batches", "answered by: {role} or above").format(role=role_name(p.role))
    lines.append(f"{who} · {clock_minutes(p.since_ns)}")
    text = translate("Batches", "Sign…") if p.signed else translate("Batches", "Answer…")
    deed = Deed("answer", text, free and allowed, strong=True)
    step = Deed("step", translate("Batches", "Step…"), True)
    return Card(f"prompt:{p.id}", title, lines=tuple(t for t in lines if t), strong=True, deeds=(deed, step))


def prompt_limits(store: LineStore, p: Prompt) -> str:
    """What the answer has to be."""
    if p.kind == "lot" and p.target_kg is not None:
        decimals = max(1, decimals_for(round(p.target_kg, 2)))
        mass = with_eu(p.target_kg, decimals, "kg", store.language)
        tolerance = number_text(p.tolerance_pct, decimals_for(p.tolerance_pct), store.language)
        return translate("Batches", "lot and mass: {mass} ± {tolerance} %").format(mass=mass, tolerance=tolerance)
    if p.kind == "number" and (p.lo is not None or p.hi is not None):
        return translate("Batches", "limits {limits}").format(limits=limits_words(store, p.lo, p.hi, p.eu))
    return ""


def deviation_card(store: LineStore, d: Deviation, free: bool) -> Card:
    """A product on hold: what happened, and the way to the decision."""
    title = translate("Batches", "Product on hold: {what}").format(what=store.text(d.text))
    lines = (deviation_words(store, d), translate("Batches", "A technologist decides what becomes of it, and signs."))
    deed = Deed("decide", translate("Batches", "Decide…"), free and may(store, "operator"), strong=True)
    return Card(f"deviation:{d.number}", title, lines=lines, mark=1, strong=True, deeds=(deed,))


def step_card(store: LineStore, batch: Batch, a: ActiveStep, now_ns: int, free: bool) -> Card:
    """A step at work: where, what it waits for, how long still."""
    unit = store.unit(a.unit)
    where = f"{unit.label} {store.text(unit.name)}" if unit is not None else a.unit
    state = state_text(store, a.phase_state) if a.phase_state else ""
    first = store.text(a.held_reason) or store.text(a.waiting) or (store.text(batch.held_reason) if a.against else "")
    against = "; ".join(store.text(r) for r in a.against)
    stands = [d for d in batch.deviations if d.node == a.node and not d.ended_ns and not d.undecided]
    told = [d for d in stands if d.stands]
    lines = [
        *(_deviation(store, d) for d in told),
        first[:1].upper() + first[1:] if first else "",
        translate("Batches", "Not yet: {reasons}").format(reasons=against) if against else "",
        " · ".join(t for t in (where, state, _since(a, now_ns)) if t),
        *(_deviation(store, d) for d in stands if not d.stands),
    ]
    waits = a.node in batch.confirm
    if waits and not first:
        lines.insert(len(told), _waits(batch, a.node))
    return Card(
        f"step:{a.node}", step_name(store, batch, a.node), time_left(store, a, now_ns),
        tuple(t for t in lines if t), share_done(store, a, now_ns),
        mark=2 if told else 0, strong=waits, deeds=_deeds(store, batch, a, free),
    )  # fmt: skip


def _waits(batch: Batch, node: str) -> str:
    if waits_by_hand(batch, node):
        return translate("Batches", "Waits for a technologist who starts or skips it")
    return translate("Batches", "Waits for a confirmation")


def _deviation(store: LineStore, d: Deviation) -> str:
    said = translate("Batches", "Deviation {n}: {what}").format(n=d.number, what=store.text(d.text))
    return f"{said} · {deviation_words(store, d)}"


def time_left(store: LineStore, a: ActiveStep, now_ns: int) -> str:
    """Time still to go, with what was counted of a hold timer; empty for what has no time."""
    past, left = done_s(store, a, now_ns), left_s(store, a, now_ns)
    if a.for_s and a.counted_s is not None and past is not None:
        text = translate("Batches", "held {counted} of {whole}")
        return text.format(counted=duration_text(past), whole=duration_text(a.for_s))
    if left is not None:
        return translate("Batches", "left {time}").format(time=duration_text(left))
    return ""


def _since(a: ActiveStep, now_ns: int) -> str:
    if a.run_since_ns and a.phase_state not in STANDS:
        return translate("Batches", "runs {time}").format(time=run_text(a, now_ns))
    if a.since_ns and now_ns - a.since_ns > 60 * NS_PER_S:
        return translate("Batches", "stands {time}").format(time=run_text(a, now_ns))
    return ""


def _deeds(store: LineStore, batch: Batch, a: ActiveStep, free: bool) -> tuple[Deed, ...]:
    step = Deed("step", translate("Batches", "Step…"), True)
    if waits_by_hand(batch, a.node):
        can = free and may(store, STEP_ROLES["start"])
        return (
            Deed("start", translate("Batches", "Start"), can, strong=True),
            Deed("skip", translate("Batches", "Skip…"), can and not batch.undecided()),
        )
    if a.node in batch.confirm:
        can = free and may(store, STEP_ROLES["confirm"])
        return (Deed("confirm", translate("Batches", "Confirm"), can, strong=True), step)
    return (step,)


def waits_by_hand(batch: Batch, node: str) -> bool:
    """Whether a step waits for a technologist who starts or skips it: in manual mode what is offered is not confirmed."""
    return batch.mode == "manual" and node in batch.confirm


def _confirm_card(store: LineStore, batch: Batch, node: str, free: bool) -> Card:
    deed = Deed("confirm", translate("Batches", "Confirm"), free and may(store, STEP_ROLES["confirm"]), strong=True)
    line = translate("Batches", "The next step waits for a confirmation")
    return Card(f"step:{node}", step_name(store, batch, node), lines=(line,), strong=True, deeds=(deed,))
