"""Where the history goes, as ``GET /api/health`` tells it: every sink with what waits for it. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels import wire
from hmi.viewmodels.wire import Obj
from line.messages import Json


@dataclass(frozen=True)
class Sink:
    """One server that history is sent to.

    ``backlog`` points wait, ``behind`` of them from an outage; ``left_s`` until those are sent, None while nobody can tell;
    ``dead`` were refused for good and are kept aside. ``said`` is what is wrong and what to do, in both languages.
    """

    name: str
    state: str
    backlog: int
    behind: int
    rate_per_s: float
    left_s: float | None
    forwarded: int
    dead: int
    said: Json

    @property
    def wants_someone(self) -> bool:
        """Nothing arrives there, or something was refused."""
        return self.state == "down" or self.dead > 0


def sinks(forwarder: Obj) -> list[Sink]:
    """The sinks of the object ``forwarder``, in the order of their file."""
    return [
        Sink(
            wire.text(s, "name"), wire.text(s, "state"), wire.integer(s, "backlog"), wire.integer(s, "behind"),
            wire.number(s, "rate_per_s") or 0.0, wire.number(s, "left_s"), wire.integer(s, "forwarded"), wire.integer(s, "dead"),
            s.get("text"),
        )
        for s in wire.objects(forwarder, "sinks")
    ]  # fmt: skip
