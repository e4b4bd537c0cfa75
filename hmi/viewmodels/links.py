"""What the page of connections shows, without Qt: devices, the engine's health, how late the scans were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hmi.viewmodels import wire
from hmi.viewmodels.eventlog import LogEvent
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

STATES = ("up", "down", "connecting", "closed")


@dataclass(frozen=True)
class DeviceLink:
    """One device's connection as of now. ``age_s`` is None while it was never heard of, the two directions of the heartbeat
    are None where they are not watched or cannot be known, as without a connection."""

    id: str
    name: str
    state: str
    since_ns: int
    endpoint: str
    error: str
    age_s: float | None
    round_trip_ms: float | None
    requests: int
    failures: int
    timeouts: int
    discarded: int
    reconnects: int
    gaps: int
    skew_ms: float | None
    plc_alive: bool | None
    supervisor_seen: bool | None

    @property
    def failure_share(self) -> float:
        """Requests without a good answer, 0…1."""
        return self.failures / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class LinkEdge:
    """A loss or a return of a connection."""

    time_ns: int
    up: bool
    error: str


def device_links(store: LineStore, panel_ns: int) -> list[DeviceLink]:
    """Every device of the line in the order of ``line.yaml``; what the engine does not tell is None or 0."""
    devices = store.line.devices if store.line else {}
    view = store.view("links")
    return [_link(store, device, devices.get(device, wire.EMPTY), wire.obj(view, device), panel_ns) for device in devices or view]


def _link(store: LineStore, device: str, about: Obj, data: Obj, panel_ns: int) -> DeviceLink:
    answered_ns = wire.integer(data, "answered_ns")
    state = wire.text(data, "state", "closed")
    return DeviceLink(
        device, store.text(about.get("name")) or device, state if state in STATES else "closed", wire.integer(data, "since_ns"),
        wire.text(data, "endpoint"), store.text(data.get("last_error")),
        _age_s(store, device, answered_ns, panel_ns),
        wire.number(data, "round_trip_ms") if state == "up" else None,
        wire.integer(data, "requests"), wire.integer(data, "failures"), wire.integer(data, "timeouts"),
        wire.integer(data, "discarded"), wire.integer(data, "reconnects"), wire.integer(data, "gaps"),
        wire.number(data, "skew_ms"),
        _flag(store, f"Link.{device}.PlcAlive") if state == "up" else None,
        _flag(store, f"Link.{device}.SupervisorSeen") if state == "up" else None,
    )  # fmt: skip


def _age_s(store: LineStore, device: str, answered_ns: int, panel_ns: int) -> float | None:
    """By the diagnostic tag, which comes with every image; the view, once a second, for engines without one."""
    if not answered_ns:
        return None
    told_ms = store.number(f"Link.{device}.AgeMs")
    return max(0.0, (store.now_ns(panel_ns) - answered_ns) / NS_PER_S) if told_ms is None else told_ms / 1000.0


def _flag(store: LineStore, tag: str) -> bool | None:
    value = store.number(tag)
    return None if value is None else value != 0.0


def link_edges(events: Sequence[LogEvent], device: str, language: str) -> list[LinkEdge]:
    """Losses and returns of one device, newest first."""
    edges = [
        LinkEdge(e.time_ns, wire.text(e.data, "to") == "up", wire.bilingual(e.data.get("error"), language))
        for e in events
        if e.source == device and wire.text(e.data, "to") in ("up", "down")
    ]
    return edges[::-1]


def lateness(engine: Obj) -> list[tuple[float | None, int]]:
    """Scans by how late they began: (upper edge in ms, count); the last edge is None: everything above. Empty when unknown."""
    told = wire.obj(engine, "lateness")
    edges = [wire.as_number(e) for e in wire.items(told, "le_ms")]
    counts = [wire.as_number(c) for c in wire.items(told, "counts")]
    if len(counts) != len(edges) + 1 or any(c is None for c in counts):
        return []
    return [(edge, int(count or 0)) for edge, count in zip([*edges, None], counts, strict=True)]
