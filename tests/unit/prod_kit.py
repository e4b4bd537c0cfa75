"""A packer, a smokehouse and the stage ``stops``, for scripts: what happens, second by second, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from line.clock import NS_PER_S
from line.documents import Text
from line.messages import Command, Event, JsonObject
from line.quality import Status
from line.stage import Scan
from production.oee import Times
from production.plan import Category, Loss, Machine, ProductionPlan, Reason
from production.stops import StopStage
from production.stops_record import Scope, StopsState, account
from tests.builders import T0_NS, S, snapshot, table

TAGS = table("P.State", "P.Reason", "P.Good", "P.Reject", "H.Sts", "H.Starved", "H.Blocked")
EXECUTE, HELD, ABORTED, STOPPED, SUSPENDED, IDLE, COMPLETED, RESETTING = 6, 11, 9, 2, 5, 4, 17, 15
BAD = int(Status.BAD_NO_COMMUNICATION)


def reason(code: str, category: Category, loss: Loss, *, leaf: bool = True) -> Reason:
    return Reason(code, Text(ru=f"{code} ru", en=f"{code} en"), category, loss, leaf=leaf)


REASONS = {
    r.code: r
    for r in (
        reason("down", Category.BREAKDOWN, Loss.AVAILABILITY, leaf=False),
        reason("belt", Category.BREAKDOWN, Loss.AVAILABILITY),
        reason("film", Category.CHANGEOVER, Loss.AVAILABILITY),
        reason("starved", Category.NO_MATERIAL, Loss.EXTERNAL),
        reason("jam", Category.BLOCKED, Loss.EXTERNAL),
        reason("break", Category.PLANNED, Loss.PLANNED),
    )
}
H = TAGS.handle
PACKER = Machine(
    "P", "packml", H("P.State"), good=H("P.Good"), reject=H("P.Reject"), reason=H("P.Reason"), rate=1.0,
    rates={"ham": 0.5}, by_number={2: "film", 5: "jam"}, by_state={"suspended": "starved", "aborted": "belt"},
)  # fmt: skip
HOUSE = Machine("H", "phase", H("H.Sts"), starved=H("H.Starved"), blocked=H("H.Blocked"), by_state={"held": "belt"})
PLAN = ProductionPlan((PACKER, HOUSE), "P", 300 * NS_PER_S, REASONS)
START = {
    "P.State": float(IDLE),
    "P.Reason": 0.0,
    "P.Good": 0.0,
    "P.Reject": 0.0,
    "H.Sts": 0.0,
    "H.Starved": 0.0,
    "H.Blocked": 0.0,
}


def command(kind: str, target: str, user: str = "anna", **args: Any) -> Command:
    return Command("c1", kind, target, args, user, "operator", "p1", T0_NS)


def shift_event(what: str, name: str, now_ns: int = T0_NS) -> Event:
    return Event(0, now_ns, "shift", name, data={"what": what})


def batch_event(what: str, batch: str, **data: Any) -> Event:
    return Event(0, T0_NS, "batch", batch, "", batch, {"what": what, "node": "", **data})


class Line:
    """The stage with a clock. ``scan(s, …)``: what is new ``s`` seconds later; gives the events that the stage added."""

    def __init__(self, plan: ProductionPlan = PLAN, pauses: Sequence[tuple[float, float]] = ()) -> None:
        spans = [(T0_NS + round(a * S), T0_NS + round(b * S)) for a, b in pauses]
        self.stage = StopStage(plan, lambda a, b: [p for p in spans if p[0] < b and p[1] > a])
        self.plan = plan
        self.state: StopsState = self.stage.initial()
        self.now_ns = T0_NS
        self.values = dict(START)
        self.status: dict[str, int] = {}
        self.batches = {"P": "", "H": ""}
        self.units: JsonObject = {}
        self.alarms: list[dict[str, Any]] = []
        self._units()

    def _units(self) -> None:
        self.units = {"units": {u: {"batch": b} for u, b in self.batches.items()}}

    def at(self, unit: str, batch: str) -> None:
        """From the next scan on the batch owns the unit."""
        self.batches[unit] = batch
        self._units()

    def scan(
        self, after_s: float = 1.0, values: Mapping[str, float] | None = None, *, events: Sequence[Event] = (),
        commands: Sequence[Command] = (), bad: Sequence[str] | None = None,
    ) -> list[Event]:  # fmt: skip
        self.now_ns += round(after_s * S)
        self.values |= values or {}
        if bad is not None:
            self.status = dict.fromkeys(bad, BAD)
        image = snapshot(TAGS, self.values, now_ns=self.now_ns, status=self.status)
        views: dict[str, JsonObject] = {"units": self.units, "alarms": {"active": self.alarms}}
        scan = Scan(self.now_ns, image, commands=commands, events=list(events), views=views)
        self.state = self.stage.step(self.state, scan)
        return scan.events[len(events) :]

    def run(self, seconds: float, values: Mapping[str, float] | None = None, **more: Any) -> list[Event]:
        """``values`` at once, then ``seconds`` in which somebody looks every 10 s."""
        told = self.scan(0.0, values, **more)
        left = seconds
        while left > 0:
            told += self.scan(min(10.0, left))
            left -= 10.0
        return told

    def ask(self, kind: str, target: str, **args: Any) -> dict[str, Any]:
        """A command in a scan of its own, 0 s later; the data of its answer."""
        self.told = self.scan(0.0, commands=[command(kind, target, **args)])
        answer: Any = next(e.data for e in self.told if e.kind == "command")
        return dict(answer)

    def times(self, unit: str = "P", shift: str | None = None, batches: frozenset[str] | None = None) -> Times:
        return account(self.state, self.plan, Scope(unit, shift, batches)).times

    def view(self) -> dict[str, Any]:
        return json.loads(json.dumps(self.stage.view(self.state)))

    def restart(self, away_s: float = 0.0) -> None:
        saved = json.loads(json.dumps(self.stage.save(self.state)))
        self.now_ns += round(away_s * S)
        self.state = self.stage.restore(saved, self.now_ns)


def said(events: Sequence[Event]) -> list[str]:
    """``stop-1 started`` for every event of a stop."""
    return [f"{e.source} {e.data['what']}" for e in events if e.kind == "stop"]


def seconds(times: Times) -> dict[str, float]:
    """What is not zero, in s."""
    named = {n: getattr(times, n) / NS_PER_S for n in ("run", "minor", "down", "external", "idle", "planned", "unknown")}
    return {n: v for n, v in named.items() if v}
