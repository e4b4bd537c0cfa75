"""What batches ask of people: prompts, confirmations, products on hold. Seen from every page."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels.batch_steps import step_name
from hmi.viewmodels.batches import Batch, batches
from hmi.viewmodels.store import LineStore


@dataclass(frozen=True)
class Ask:
    """One of them. ``kind``: prompt, confirm, on_hold; ``text`` is what is asked, or the step or value it is about."""

    id: str
    kind: str
    batch: Batch
    text: str
    since_ns: int


def asks_of(store: LineStore) -> list[Ask]:
    """All that waits for whoever stands here, products on hold first, then the oldest: while nobody is logged in for anybody."""
    found: list[Ask] = []
    for b in batches(store):
        if b.ended:
            continue
        for d in b.undecided():
            found.append(Ask(f"{b.id}/deviation/{d.number}", "on_hold", b, store.text(d.text), d.since_ns))
        for p in b.prompts:
            if store.user is None or store.user.may("operator" if p.signed else p.role):
                found.append(Ask(f"{b.id}/prompt/{p.id}/{p.since_ns}", "prompt", b, store.text(p.text), p.since_ns))
        role = "technologist" if b.mode == "manual" else "operator"
        for node in b.confirm if store.user is None or store.user.may(role) else ():
            step = next((a for a in b.active if a.node == node), None)
            since_ns = step.since_ns if step is not None else 0
            found.append(Ask(f"{b.id}/confirm/{node}/{since_ns}", "confirm", b, step_name(store, b, node), since_ns))
    return sorted(found, key=lambda a: (a.kind != "on_hold", a.since_ns))
