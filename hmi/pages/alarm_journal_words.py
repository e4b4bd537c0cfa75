"""A row of the alarm journal in words: what happened, to what, and everything that was recorded with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hmi.pages.alarm_words import NOTICE_STATES, WAITS_FOR, Fact, contact_names, said, state_words
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import alarm_value, headline, user_name
from hmi.viewmodels.alarms import alarm_info
from hmi.viewmodels.eventlog import LogEvent
from hmi.viewmodels.format import clock_text, decimals_for, duration_text, value_text, with_eu
from hmi.viewmodels.store import LineStore
from line.clock import NS_PER_S
from line.quality import is_good

ALARM_EVENTS: Final[dict[str, Callable[[], str]]] = {
    "alarm": lambda: translate("Journal", "raised"),
    "return": lambda: translate("Journal", "returned to normal"),
    "latch": lambda: translate("Journal", "condition gone, waits for reset"),
    "ack": lambda: translate("Journal", "acknowledged"),
    "reset": lambda: translate("Journal", "reset"),
    "realarm": lambda: translate("Journal", "annunciated again"),
    "shelve": lambda: translate("Journal", "shelved"),
    "suppress": lambda: translate("Journal", "suppressed by logic"),
    "remove": lambda: translate("Journal", "taken out of service"),
    "resume_normal": lambda: translate("Journal", "back in service, normal"),
    "resume_active": lambda: translate("Journal", "back in service, active"),
    "resume_latched": lambda: translate("Journal", "back in service, waits for reset"),
    "resume_shelved": lambda: translate("Journal", "shelved as before"),
    "resume_suppressed": lambda: translate("Journal", "suppressed by logic as before"),
    "warn": lambda: translate("Journal", "shelving ends soon"),
    "comment": lambda: translate("Journal", "action taken"),
}
UNDERNEATH: Final[dict[str, Callable[[], str]]] = {
    "alarm": lambda: translate("Journal", "condition came while {state}"),
    "return": lambda: translate("Journal", "condition went while {state}"),
    "latch": lambda: translate("Journal", "condition went while {state}"),
}
ESCALATION: Final[dict[str, Callable[[], str]]] = {
    "started": lambda: translate("Journal", "escalation begins"),
    "step": lambda: translate("Journal", "escalation, step {n}"),
    "paused": lambda: translate("Journal", "escalation waits"),
    "resumed": lambda: translate("Journal", "escalation goes on"),
    "ended": lambda: translate("Journal", "escalation ends"),
    "failed": lambda: translate("Journal", "escalation reached nobody"),
}
ENDED_BY: Final[dict[str, Callable[[], str]]] = {
    "acked": lambda: translate("Journal", "acknowledged"),
    "returned": lambda: translate("Journal", "returned to normal"),
    "shelved": lambda: translate("Journal", "shelved"),
    "action": lambda: translate("Journal", "action taken"),
    "accepted": lambda: translate("Journal", "call accepted"),
    "arrived": lambda: translate("Journal", "on site"),
    "closed": lambda: translate("Journal", "call closed"),
    "suppressed": lambda: translate("Journal", "suppressed by logic"),
    "out_of_service": lambda: translate("Journal", "taken out of service"),
}
NOTICES: Final[dict[str, Callable[[], str]]] = {
    **NOTICE_STATES,
    "sent": lambda: translate("Journal", "sent"),
    "given_up": lambda: translate("Journal", "given up, not delivered"),
}
CALLS: Final[dict[str, Callable[[], str]]] = {
    "created": lambda: translate("Journal", "called"),
    "accepted": lambda: translate("Journal", "call accepted"),
    "on_site": lambda: translate("Journal", "on site"),
    "closed": lambda: translate("Journal", "call closed"),
}
OLD_ACK: Final = {("unack_active", "acked_active"), ("rtn_unack", "normal"), ("latched_unack", "latched_acked")}


def alarm_id(event: LogEvent) -> str:
    """The alarm (or call) that a row is about."""
    return wire.text(event.data, "run") if event.kind == "notice" else event.source


def priority_of(store: LineStore, event: LogEvent) -> int:
    """Priority 1…4 of the alarm behind a row; 0 where there is none."""
    told = wire.integer(event.data, "priority")
    info = alarm_info(store, alarm_id(event))
    return told if 1 <= told <= 4 else info.priority if info is not None else 0


def subject(store: LineStore, event: LogEvent) -> str:
    """What the row is about."""
    data = event.data
    if event.kind == "flood":
        return translate("Journal", "Flood of alarms")
    if event.kind == "call":
        unit = store.unit(event.unit)
        name = translate("Journal", "Call {number}: {service}").format(
            number=wire.text(data, "number"), service=store.text(data.get("service_name")) or wire.text(data, "service")
        )
        return f"{unit.label} · {name}" if unit is not None else name
    info = alarm_info(store, alarm_id(event))
    if event.kind == "alarm" and wire.obj(data, "text"):
        return headline(store, event.unit, wire.obj(data, "text"))
    if info is not None:
        return headline(store, info.unit, info.text)
    number = alarm_id(event).removeprefix("call-")
    if number.isdecimal() and event.kind == "escalation":
        unit = store.unit(event.unit)
        name = translate("Calls", "Call {n}").format(n=number)
        return f"{unit.label} · {name}" if unit is not None else name
    return store.text(data.get("text")) or alarm_id(event)


def what(store: LineStore, event: LogEvent) -> str:
    """What happened, in a few words."""
    data = event.data
    if event.kind == "alarm":
        return _alarm_words(event)
    if event.kind == "escalation":
        return said(ESCALATION, wire.text(data, "what")).format(n=wire.text(data, "step"))
    if event.kind == "notice":
        return said(NOTICES, wire.text(data, "what"))
    if event.kind == "flood":
        started = wire.text(data, "what") == "started"
        return translate("Journal", "flood begins") if started else translate("Journal", "flood ends")
    return said(CALLS, wire.text(data, "what"))


def _alarm_words(event: LogEvent) -> str:
    data = event.data
    word, before, after = wire.text(data, "event"), wire.text(data, "from"), wire.text(data, "to")
    if not word:  # a journal of before the events were named
        if (before, after) in OLD_ACK and wire.text(data, "user"):
            word = "ack"
        else:
            word = "alarm" if after == "unack_active" else "return" if after in ("rtn_unack", "normal") else ""
    if before == after and word in UNDERNEATH:
        return said(UNDERNEATH, word).format(state=state_words(after))
    return said(ALARM_EVENTS, word) if word else state_words(after)


def more(store: LineStore, event: LogEvent) -> str:
    """What was said with it: a reason, a comment, who is to be told, why a notice did not arrive."""
    data = event.data
    if event.kind == "alarm":
        order = wire.text(data, "work_order")
        until = wire.integer(data, "until_ns")
        parts = [
            translate("Journal", "until {time}").format(time=clock_text(until)) if until else "",
            translate("Journal", "work order {number}").format(number=order) if order else "",
            wire.text(data, "comment") or wire.text(data, "reason"),
            translate("Journal", "first-out") if wire.flag(data, "first_out") and wire.text(data, "event") == "alarm" else "",
        ]
        return " · ".join(p for p in parts if p)
    if event.kind == "escalation":
        if wire.text(data, "what") == "ended":
            return said(ENDED_BY, wire.text(data, "why"))
        told = [v for key in ("tell", "outputs") for v in wire.items(data, key) if isinstance(v, str)]
        return contact_names(store, told) if told else said(WAITS_FOR, wire.text(data, "on"))
    if event.kind == "notice":
        told = store.text(data.get("contact_name")) or wire.text(data, "contact")
        return ": ".join(t for t in (told, store.text(data.get("error"))) if t)
    if event.kind == "flood":
        return translate("Journal", "{n} in 10 min").format(n=wire.text(data, "count"))
    return wire.text(data, "note") or store.text(data.get("reason"))


def value_of(store: LineStore, event: LogEvent) -> str:
    """Value against limit of an alarm's row; empty for others."""
    data, info = event.data, alarm_info(store, event.source)
    if event.kind != "alarm" or (info is None and wire.number(data, "value") is None):
        return ""
    tag = wire.text(data, "tag") or (info.tag if info else "")
    kind = wire.text(data, "kind") or (info.kind if info else "")
    return alarm_value(store, tag, kind, wire.number(data, "value"), wire.number(data, "limit"), wire.text(data, "eu"))


def who(store: LineStore, event: LogEvent) -> str:
    """Who did it; empty when nobody."""
    return user_name(store, wire.text(event.data, "user"))


def facts(store: LineStore, event: LogEvent) -> list[Fact]:
    """Everything that was recorded with the row, name and value; what it has not is left out."""
    data, language = event.data, store.language
    station = wire.text(data, "station")
    person = " · ".join(p for p in (who(store, event), station) if p)
    quality = wire.integer(data, "quality")
    from_to = " → ".join(state_words(s) for s in (wire.text(data, "from"), wire.text(data, "to")) if s)
    source_ns = wire.integer(data, "source_ns")
    result: list[Fact] = [
        (translate("Journal", "What"), what(store, event)),
        (translate("Journal", "Who · where"), person),
        (translate("Journal", "Said with it"), more(store, event)),
    ]
    if event.kind == "alarm":
        result += [
            (translate("Journal", "State"), from_to),
            (translate("Journal", "Value"), value_of(store, event)),
            (translate("Journal", "Quality"), translate("Journal", "not good") if not is_good(quality) else ""),
            (translate("Journal", "Time of the value"), clock_text(source_ns) if source_ns else ""),
            (translate("Journal", "Deadband"), _with_eu(data, "deadband", language)),
            (translate("Journal", "Delay on / off"), _delays(data, language)),
            (translate("Journal", "Consequence of"), wire.text(data, "consequence_of")),
        ]
    result += [
        (translate("Journal", "Batch"), event.batch),
        (
            translate("Journal", "Recipe · phase"),
            " · ".join(p for p in (wire.text(data, "recipe"), wire.text(data, "phase")) if p),
        ),
        (translate("Journal", "Attempt"), wire.text(data, "attempt")),
        (translate("Journal", "Took"), _took(data)),
        (translate("Journal", "Policy"), wire.text(data, "policy")),
        (translate("Journal", "Settings"), wire.text(data, "config")),
        (translate("Journal", "Record"), str(event.seq)),
    ]
    return [(name, value) for name, value in result if value]


def _with_eu(data: wire.Obj, key: str, language: str) -> str:
    value = wire.number(data, key)
    return with_eu(value, decimals_for(value), wire.text(data, "eu"), language) if value else ""


def _delays(data: wire.Obj, language: str) -> str:
    both = [wire.number(data, key) for key in ("on_delay_s", "off_delay_s")]
    return " / ".join(value_text(s, decimals_for(s), "s", language) for s in both if s is not None)


def _took(data: wire.Obj) -> str:
    seconds = [s for key in ("close_s", "arrive_s", "accept_s", "elapsed_s") if (s := wire.number(data, key)) is not None]
    return duration_text(seconds[0]) if seconds else ""


def moment_ns(event: LogEvent) -> int:
    """When it happened, for the trend: the time of the value where it is known and not long before."""
    source_ns = wire.integer(event.data, "source_ns")
    return source_ns if 0 <= event.time_ns - source_ns < 60 * NS_PER_S else event.time_ns
