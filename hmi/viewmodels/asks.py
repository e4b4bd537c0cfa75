"""What waits for people: prompts, confirmations, products on hold, service requests that are done. Seen from every page."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels.batch_steps import step_name
from hmi.viewmodels.batches import Batch, batch_label, batches
from hmi.viewmodels.requests import to_confirm, to_take
from hmi.viewmodels.store import LineStore


@dataclass(frozen=True)
class Ask:
    """One of them. ``kind``: prompt, confirm, on_hold, request, new_request; ``text`` is what is asked, or the step or value that
    it is about.

    ``label`` names the batch or request, ``page`` and ``argument`` are where it is dealt with.
    """

    id: str
    kind: str
    label: str
    text: str
    since_ns: int
    page: str
    argument: str


def _of_batch(b: Batch, ask_id: str, kind: str, text: str, since_ns: int) -> Ask:
    return Ask(ask_id, kind, batch_label(b), text, since_ns, "batch", b.id)


def asks_of(store: LineStore) -> list[Ask]:
    """All that waits for whoever stands here, while nobody is logged in for anybody: products on hold, then what batches ask,
    then requests, each the oldest first: many requests may stand, a batch waits for its answer."""
    found: list[Ask] = []
    for b in batches(store):
        if b.ended:
            continue
        for d in b.undecided():
            found.append(_of_batch(b, f"{b.id}/deviation/{d.number}", "on_hold", store.text(d.text), d.since_ns))
        for p in b.prompts:
            if store.user is None or store.user.may("operator" if p.signed else p.role):
                found.append(_of_batch(b, f"{b.id}/prompt/{p.id}/{p.since_ns}", "prompt", store.text(p.text), p.since_ns))
        role = "technologist" if b.mode == "manual" else "operator"
        for node in b.confirm if store.user is None or store.user.may(role) else ():
            step = next((a for a in b.active if a.node == node), None)
            since_ns = step.since_ns if step is not None else 0
            found.append(_of_batch(b, f"{b.id}/confirm/{node}/{since_ns}", "confirm", step_name(store, b, node), since_ns))
    for r in to_confirm(store):
        found.append(Ask(f"{r.id}/done/{r.done_ns}", "request", f"№\u00a0{r.number}", r.text, r.done_ns, "calls", r.id))
    return sorted(found, key=lambda a: (a.kind != "on_hold", a.kind == "request", a.since_ns))


def new_requests(store: LineStore) -> list[Ask]:
    """Service requests nobody has taken, for who sends people. Apart from :func:`asks_of`: they may stand for days, what a batch
    asks may not go under in them."""
    return [
        Ask(f"{r.id}/new/{r.asked_ns}", "new_request", f"№\u00a0{r.number}", r.text, r.asked_ns, "calls", r.id)
        for r in to_take(store)
    ]
