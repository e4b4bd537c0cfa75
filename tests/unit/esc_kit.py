"""Helpers of the escalation tests: a small plan, and a script that runs the stage scan by scan and tells all that came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from alarms.escalation import EscalationStage
from alarms.escalation_state import EscalationState
from alarms.policy import Between, Contact, EscalatesOn, EscalationPlan, Output, Policy, Service, Step
from alarms.table import AlarmDef, AlarmKind, AlarmTable, compile_table
from line.documents import Text
from line.messages import Command, Event, JsonObject
from line.stage import Scan
from line.tags import TagKind, TagTable
from tests.builders import T0_NS, S, snapshot, tag

NAMES = ("S401.Temp", "S401.Door", "S402.Temp", "Util.Steam", "Site.Horn", "Site.Red", "Site.Amber")
TAGS = TagTable(
    tag(n, i, kind=TagKind.BOOL if n.startswith("Site") else TagKind.FLOAT, eu="°C" if "Temp" in n else "", writable=n[0] == "S")
    for i, n in enumerate(NAMES)
)
LABELS = {"S401": Text(ru="S-401 Термокамера 1", en="S-401 Smokehouse 1"), "S402": Text(ru="S-402", en="S-402")}
LINE = Text(ru="Линия колбас", en="Sausage line")


def text(word: str) -> Text:
    return Text(ru=f"{word} ru", en=f"{word} en")


def alarm(alarm_id: str, unit: str, priority: int, kind: AlarmKind = AlarmKind.HIGH, tag_name: str = "S401.Temp") -> AlarmDef:
    """An alarm at 84 °C whose texts say what they are."""
    name, why, effect, response = (text(f"{w} {alarm_id}") for w in ("name", "cause", "consequence", "response"))
    limit = 84.0 if kind is not AlarmKind.DISCRETE else 1.0
    return AlarmDef(
        id=alarm_id,
        tag=tag_name,
        handle=TAGS.handle(tag_name),
        kind=kind,
        limit=limit,
        deadband=0.0,
        on_delay_s=0.0,
        off_delay_s=0.0,
        priority=priority,
        latching=False,
        unit=unit,
        eu="°C",
        when="",
        response_time_s=600.0,
        name=name,
        cause=why,
        consequence=effect,
        response=response,
    )


DEFINITIONS = (
    alarm("A1", "S401", 1), alarm("A2", "S401", 2), alarm("B1", "S402", 1), alarm("L1", "", 1, AlarmKind.DISCRETE),
    alarm("A4", "S401", 4),
)  # fmt: skip
ALARMS = compile_table(DEFINITIONS, TAGS)


CONTACTS = {
    c.id: c
    for c in (
        Contact("lead", text("lead"), "shift_lead"),
        Contact("mech", text("mech"), "engineer", outside=True, all_clear=True),
        Contact("tech", text("tech"), "technologist", outside=True, language="en"),
        Contact("boss", text("boss"), outside=True),
    )
}
OUTPUTS = {
    "horn": Output("horn", text("horn"), TAGS.handle("Site.Horn")),
    "red": Output("red", text("red"), TAGS.handle("Site.Red")),
    "amber": Output("amber", text("amber"), TAGS.handle("Site.Amber")),
}
SERVICES = {s: Service(s, text(s), (text("reason"),)) for s in ("repair", "quality")}

P1 = Policy(
    "p1",
    EscalatesOn.UNACKED,
    (
        Step(0.0, ("horn", "red"), sound_s=10.0),
        Step(60.0, ("horn",), sound_s=5.0),
        Step(120.0, tell=("lead",)),
        Step(300.0, tell=("mech", "tech"), attempts=2, retry_s=30.0),
        Step(900.0, tell=("boss",), attempts=1),
    ),
    priorities=frozenset({1}),
)
P1_IDLE = Policy(
    "p1_idle", EscalatesOn.NO_ACTION, (Step(180.0, ("amber",), tell=("lead",)), Step(600.0, tell=("mech",))), frozenset({1})
)
CALL = Policy("call", EscalatesOn.UNACCEPTED, (Step(120.0, ("amber",), tell=("lead",)), Step(300.0, tell=("mech",), attempts=1)))
LATE = Policy("late", EscalatesOn.NOT_ON_SITE, (Step(900.0, tell=("lead",)),))


def plan(*policies: Policy, zone: str = "Europe/Moscow") -> EscalationPlan:
    """These policies with the contacts, outputs and services of the kit; the horn can be silenced."""
    return EscalationPlan(zone, CONTACTS, OUTPUTS, frozenset({"horn"}), SERVICES, policies)


def stage(*policies: Policy, table: AlarmTable = ALARMS, zone: str = "Europe/Moscow") -> EscalationStage:
    return EscalationStage(plan(*policies, zone=zone), table, TAGS, LABELS, LINE)


def definition(alarm_id: str) -> AlarmDef:
    return next(a for a in ALARMS if a.id == alarm_id)


def told(alarm_id: str, before: str, after: str, user: str = "", **more: Any) -> Event:
    """An alarm event as the alarm stage tells it."""
    a = definition(alarm_id)
    data: dict[str, Any] = {
        "event": "",
        "from": before,
        "to": after,
        "active": after in ("unack_active", "acked_active"),
        "priority": a.priority,
        "text": a.name.to_json(),
        "value": 86.25,
        "limit": a.limit,
        "eu": a.eu,
        "quality": 0,
        **({"user": user} if user else {}),
    }
    return Event(0, 0, "alarm", alarm_id, a.unit, "", data | more)


def comes(alarm_id: str) -> Event:
    return told(alarm_id, "normal", "unack_active")


def acked(alarm_id: str, user: str = "anna") -> Event:
    return told(alarm_id, "unack_active", "acked_active", user)


def goes(alarm_id: str, before: str = "unack_active") -> Event:
    return told(alarm_id, before, "rtn_unack" if before == "unack_active" else "normal")


def accepted(kind: str, target: str, status: str = "accepted", user: str = "anna") -> Event:
    """The answer to somebody's command."""
    return Event(0, 0, "command", user, "", "", {"id": "x", "kind": kind, "target": target, "status": status, "user": user})


def row(alarm_id: str, state: str) -> JsonObject:
    """The alarm in a list of the view ``alarms``."""
    a = definition(alarm_id)
    shown = {"id": alarm_id, "unit": a.unit, "priority": a.priority, "text": a.name.to_json()}
    return {**shown, "state": state, "time_ns": T0_NS, "value": 90.0}


def call(
    what: str,
    before: str,
    number: int = 1,
    unit: str = "S401",
    service: str = "repair",
    user: str = "anna",
    accept_s: float | None = None,
) -> Event:
    """A call event as the call stage tells it."""
    after = "open" if what == "created" else what
    data: dict[str, Any] = {
        "what": what,
        "number": number,
        "service": service,
        "service_name": text(service).to_json(),
        "reason": text("leak").to_json(),
        "from": before,
        "to": after,
        "station": "p1",
        "user": user,
        "accept_s": accept_s,
    }
    return Event(0, 0, "call", f"call-{number}", unit, "", data)


def result(notice: str, attempt: int, delivered: bool, error: str = "") -> Command:
    """What the notifier says of an attempt."""
    args: dict[str, Any] = {"attempt": attempt, "delivered": delivered, "error": {"ru": error, "en": error}}
    return Command("r", "notice.result", notice, args, "notifier", "admin", "server", T0_NS)


class Script:
    """Runs a stage: :meth:`step` gives all that came of one scan as short lines. Outputs follow their writes unless ``deaf``."""

    def __init__(self, *policies: Policy, used: EscalationStage | None = None) -> None:
        self.stage = used or stage(*(policies or (P1, P1_IDLE, CALL, LATE)))
        self.state: EscalationState = self.stage.initial()
        self.site: dict[str, float] = {"Site.Horn": 0.0, "Site.Red": 0.0, "Site.Amber": 0.0}
        self.status: dict[str, int] = {}
        self.deaf = False
        self.views: dict[str, JsonObject] = {"alarms": {"active": []}, "calls": {"calls": []}, "shift": {"number": 1}}
        self.scan = Scan(T0_NS, snapshot(TAGS, {}))

    def step(self, at_s: float, *inputs: Event | Command) -> list[str]:
        """One scan ``at_s`` seconds after the start, with events of other stages and commands to this one."""
        now_ns = T0_NS + round(at_s * S)
        events = [replace(e, time_ns=now_ns) for e in inputs if isinstance(e, Event)]
        commands = [c for c in inputs if isinstance(c, Command)]
        image = snapshot(TAGS, self.site, now_ns=now_ns, status=self.status)
        self.scan = Scan(now_ns, image, commands, views=self.views, events=list(events))
        before = self.state
        self.state = self.stage.step(before, self.scan)
        if self.state is not before:
            json.dumps(self.stage.view(self.state))
        if not self.deaf:
            self.site |= {TAGS[w.handle].name: w.value for w in self.scan.writes}
        own = [_line(e) for e in self.scan.events[len(events) :]]
        return own + [f"{TAGS[w.handle].name}={w.value:g}" for w in self.scan.writes]

    def restart(self, at_s: float, used: EscalationStage | None = None) -> None:
        """Save and restore through JSON, as a killed engine does; ``used`` is the stage of another file."""
        saved = json.loads(json.dumps(self.stage.save(self.state)))
        self.stage = used or self.stage
        self.state = self.stage.restore(saved, T0_NS + round(at_s * S))

    def view(self) -> dict[str, Any]:
        return json.loads(json.dumps(self.stage.view(self.state)))

    def lit(self) -> list[str]:
        """The outputs that are on in the plant."""
        return [n.split(".")[1] for n, v in self.site.items() if v]

    def outbox(self) -> list[str]:
        return [f"{m['id']}/{m['attempt']} {m['contact']}" for m in self.view()["outbox"]]

    def notices(self) -> dict[str, str]:
        """State of each notice by its id, oldest first."""
        return {n["id"]: n["state"] for n in self.view()["notices"][::-1]}

    def runs(self) -> dict[str, int]:
        """Steps taken by each run."""
        return {f"{r['id']} {r['on']}": r["step"] for r in self.view()["runs"]}


def _line(event: Event) -> str:
    d = cast(Mapping[str, Any], event.data)
    if event.kind == "escalation":
        what = f"step {d['step']}" if d["what"] == "step" else d["what"]
        return " ".join(w for w in (event.source, d["on"], what, d["why"]) if w)
    if event.kind == "notice":
        return f"{event.source} {d['contact']} {d['what']}" + (
            f" {d['attempt']}" if d["what"] in ("sent", "delivered", "failed") else ""
        )
    return f"{d['status']} {d['target']}"


def night(policy: Policy, *between_min: int) -> Policy:
    return replace(policy, between=Between(*between_min))
