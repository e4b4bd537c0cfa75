"""Calls for help (andon) as the panel shows them: who was called, where to, why, how long ago, and what can be done next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

STATES: Final = ("open", "accepted", "on_site", "closed")
NEXT: Final = {"open": "call.accept", "accepted": "call.arrive", "on_site": "call.close", "closed": ""}
"""The command that leads on from a state."""


@dataclass(frozen=True)
class CallRow:
    """One call; times are UTC, 0 where it has not happened. ``service_name`` and ``reason`` are ``{ru, en}``."""

    id: str
    number: int
    service: str
    service_name: Obj
    unit: str
    reason: Obj
    state: str
    by: str
    station: str
    opened_ns: int
    accepted_ns: int
    accepted_by: str
    on_site_ns: int
    on_site_by: str
    closed_ns: int
    closed_by: str
    note: str

    @property
    def open(self) -> bool:
        """Not closed yet."""
        return self.state != "closed"

    def waits_s(self, now_ns: int) -> float:
        """How long the caller has waited, or did: until somebody was there, else until it was closed."""
        end_ns = self.on_site_ns or self.closed_ns or now_ns
        return max(0.0, (end_ns - self.opened_ns) / NS_PER_S)


@dataclass(frozen=True)
class ServiceInfo:
    """Whom one can call, and the reasons that are offered."""

    id: str
    name: Obj
    reasons: tuple[Obj, ...]


def call_rows(store: LineStore) -> list[CallRow]:
    """Open calls, newest first, then those of the last hours that are closed."""
    return [_row(entry) for entry in wire.objects(store.view("calls"), "calls")]


def open_calls(store: LineStore) -> int:
    """How many calls are not closed."""
    return sum(row.open for row in call_rows(store))


def services(store: LineStore) -> list[ServiceInfo]:
    """Whom this line can call, in the order of ``escalation.yaml``."""
    entries = wire.objects(store.line.escalation, "services") if store.line else []
    return [ServiceInfo(wire.text(e, "id"), wire.obj(e, "name"), tuple(wire.objects(e, "reasons"))) for e in entries]


def _row(entry: Obj) -> CallRow:
    state = wire.text(entry, "state")
    return CallRow(
        wire.text(entry, "id"), wire.integer(entry, "number"), wire.text(entry, "service"), wire.obj(entry, "service_name"),
        wire.text(entry, "unit"), wire.obj(entry, "reason"), state if state in STATES else "open", wire.text(entry, "by"),
        wire.text(entry, "station"), wire.integer(entry, "opened_ns"), wire.integer(entry, "accepted_ns"),
        wire.text(entry, "accepted_by"), wire.integer(entry, "on_site_ns"), wire.text(entry, "on_site_by"),
        wire.integer(entry, "closed_ns"), wire.text(entry, "closed_by"), wire.text(entry, "note"),
    )  # fmt: skip
