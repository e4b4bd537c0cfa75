"""How many things on each page want a person: the numbers in the corners of the navigation. Without Qt, and without the pages."""

from __future__ import annotations

from hmi.viewmodels import wire
from hmi.viewmodels.alarms import unacked_count
from hmi.viewmodels.batches import batches
from hmi.viewmodels.calls import open_calls
from hmi.viewmodels.requests import to_confirm, to_take
from hmi.viewmodels.stock import stock_of
from hmi.viewmodels.store import LineStore


def badges(store: LineStore) -> dict[str, int]:
    """By the key of the page; 0 shows none."""
    return {
        "alarms": unacked_count(store), "calls": open_calls(store) + len(to_confirm(store)) + len(to_take(store)),
        "batches": sum(b.held or bool(b.asked()) for b in batches(store) if not b.ended),
        "material": sum(bool(n.prompt) for n in stock_of(store).needs), "links": _links(store),
    }  # fmt: skip


def _links(store: LineStore) -> int:
    """Devices without a connection, and the history that does not reach its server; unknown while the server is gone."""
    if not store.live:
        return 0
    down = sum(wire.text(wire.obj(entry), "state") != "up" for entry in store.view("links").values())
    return down + (wire.text(store.forwarder, "state") == "down")
