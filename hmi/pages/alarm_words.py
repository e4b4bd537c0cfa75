"""Alarms in words: states, how an alarm is configured, what an escalation waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hmi.rolenames import ROLE_NAMES
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import EITHER, HIGH, LOW
from hmi.viewmodels.format import NO_VALUE, decimals_for, duration_text, number_text, value_text, with_eu
from hmi.viewmodels.line_info import AlarmInfo
from hmi.viewmodels.store import LineStore
from line.roles import ROLES

Fact = tuple[str, str]

STATES: Final[dict[str, Callable[[], str]]] = {
    "unack_active": lambda: translate("Alarms", "active, unacknowledged"),
    "acked_active": lambda: translate("Alarms", "active, acknowledged"),
    "rtn_unack": lambda: translate("Alarms", "returned, unacknowledged"),
    "latched_unack": lambda: translate("Alarms", "latched, unacknowledged"),
    "latched_acked": lambda: translate("Alarms", "latched, acknowledged"),
    "normal": lambda: translate("Alarms", "normal"),
    "shelved": lambda: translate("Alarms", "shelved"),
    "suppressed": lambda: translate("Alarms", "suppressed"),
    "out_of_service": lambda: translate("Alarms", "out of service"),
}
KINDS: Final[dict[str, Callable[[], str]]] = {
    "high_high": lambda: translate("Alarms", "high high limit"),
    "high": lambda: translate("Alarms", "high limit"),
    "low": lambda: translate("Alarms", "low limit"),
    "low_low": lambda: translate("Alarms", "low low limit"),
    "deviation": lambda: translate("Alarms", "off the setpoint"),
    "deviation_high": lambda: translate("Alarms", "above the setpoint"),
    "deviation_low": lambda: translate("Alarms", "below the setpoint"),
    "rate": lambda: translate("Alarms", "changes too fast"),
    "rate_high": lambda: translate("Alarms", "rises too fast"),
    "rate_low": lambda: translate("Alarms", "falls too fast"),
    "discrete": lambda: translate("Alarms", "state"),
    "transition": lambda: translate("Alarms", "change of state"),
    "mismatch": lambda: translate("Alarms", "command not carried out"),
    "expression": lambda: translate("Alarms", "condition"),
    "bad_quality": lambda: translate("Alarms", "bad value"),
    "stale": lambda: translate("Alarms", "value is old"),
    "communication": lambda: translate("Alarms", "link"),
}
WAITS_FOR: Final[dict[str, Callable[[], str]]] = {
    "unacked": lambda: translate("Alarms", "nobody has acknowledged it"),
    "no_action": lambda: translate("Alarms", "nobody has acted"),
    "unaccepted": lambda: translate("Alarms", "nobody has accepted the call"),
    "not_on_site": lambda: translate("Alarms", "nobody is on site"),
}
NOTICE_STATES: Final[dict[str, Callable[[], str]]] = {
    "told": lambda: translate("Alarms", "shown on panels"),
    "pending": lambda: translate("Alarms", "being sent"),
    "delivered": lambda: translate("Alarms", "delivered"),
    "failed": lambda: translate("Alarms", "not delivered"),
}


def said(words: dict[str, Callable[[], str]], key: str) -> str:
    """The words for a key; an unknown one as it is."""
    return words[key]() if key in words else key


def state_words(state: str) -> str:
    """An alarm state in words."""
    return said(STATES, state)


def role_name(role: str) -> str:
    """A role in words."""
    return said(ROLE_NAMES, role)


def shelve_why(store: LineStore, info: AlarmInfo) -> str:
    """Why who is logged in may not shelve this alarm; empty when allowed, or while nobody is."""
    needed = store.line.alarm_rules.shelve_role(info) if store.line else ""
    if needed not in ROLES:
        if info.ccp:
            return translate("Alarms", "Shelving: no alarm of a CCP is shelved")
        return translate("Alarms", "Shelving: no alarm of priority {n} is shelved").format(n=info.priority)
    if store.user is None or store.user.may(needed):
        return ""
    return translate("Alarms", "Shelving needs: {role}").format(role=role_name(needed))


def remove_why(store: LineStore) -> str:
    """Why who is logged in may not take alarms out of service; empty when allowed, or while nobody is."""
    needed = store.line.alarm_rules.remove_role if store.line else "shift_lead"
    if store.user is None or store.user.may(needed):
        return ""
    return translate("Alarms", "Out of service needs: {role}").format(role=role_name(needed))


def restore_why(store: LineStore) -> str:
    """As :func:`remove_why`, for the way back."""
    if not remove_why(store):
        return ""
    needed = store.line.alarm_rules.remove_role if store.line else "shift_lead"
    return translate("Alarms", "Back in service needs: {role}").format(role=role_name(needed))


def operate_why(store: LineStore) -> str:
    """Why who is logged in may not work with alarms at all; empty when allowed, or while nobody is."""
    if store.user is None or store.user.may("operator"):
        return ""
    return translate("Alarms", "Only looking: this needs the role {role}").format(role=role_name("operator"))


def limit_text(store: LineStore, info: AlarmInfo) -> str:
    """``> 90,0 °C``; for a rate per minute, for a deviation from which setpoint."""
    if info.limit is None or info.kind not in HIGH | LOW | EITHER:
        return ""
    tag = store.tag(info.tag)
    decimals = max(tag.decimals if tag else 0, decimals_for(info.limit))
    value = with_eu(info.limit, decimals, tag.eu if tag else "", store.language)
    shown = f"{'>' if info.kind in HIGH else '<' if info.kind in LOW else '≷'} {value}"
    if info.kind.startswith("rate"):
        return translate("Alarms", "{limit} a minute, over {time}").format(
            limit=shown, time=value_text(info.window_s, 0, "s", store.language)
        )
    if info.kind.startswith("deviation") and info.setpoint:
        setpoint = store.tag(info.setpoint)
        return translate("Alarms", "{limit} from “{setpoint}”").format(
            limit=shown, setpoint=store.text(setpoint.text) if setpoint else info.setpoint
        )
    return shown


def settings(store: LineStore, info: AlarmInfo) -> list[Fact]:
    """How the alarm is configured, name and value; what it has not is left out."""
    language = store.language
    tag = store.tag(info.tag)

    def seconds(value: float) -> str:
        return value_text(value, decimals_for(value), "s", language)

    priority = str(info.priority) + (" · " + translate("Alarms", "CCP") if info.ccp else "")
    decimals = max(tag.decimals if tag else 0, decimals_for(info.deadband))
    yes = translate("Alarms", "yes")
    facts = [
        (translate("Alarms", "Priority"), priority),
        (translate("Alarms", "Kind"), said(KINDS, info.kind)),
        (translate("Alarms", "Limit"), limit_text(store, info)),
        (
            translate("Alarms", "Deadband"),
            with_eu(info.deadband, decimals, tag.eu if tag else "", language) if info.deadband else "",
        ),
        (translate("Alarms", "Delay on / off"), f"{seconds(info.on_delay_s)} / {seconds(info.off_delay_s)}"),
        (translate("Alarms", "Latches until reset"), yes if info.latching else ""),
        (translate("Alarms", "Told again after"), seconds(info.re_alarm_s) if info.re_alarm_s else ""),
        (translate("Alarms", "Acknowledges itself"), yes if info.auto_ack else ""),
        (translate("Alarms", "First-out group"), info.group),
        (translate("Alarms", "Area"), store.line.area_name(info.area, language) if store.line and info.area else ""),
        (translate("Alarms", "Condition"), info.condition),
        (translate("Alarms", "Judged while"), info.when),
        (translate("Alarms", "Suppressed while"), info.suppress_when),
        (translate("Alarms", "Tag"), info.tag),
        (translate("Alarms", "Alarm id"), info.id if info.id != info.tag else ""),
    ]
    return [(name, value) for name, value in facts if value]


def left_text(until_ns: int, now_ns: int) -> str:
    """Time left as ``M:SS``; a dash without an end."""
    return duration_text(max(0.0, (until_ns - now_ns) / 1e9)) if until_ns else NO_VALUE


def contact_names(store: LineStore, ids: list[str]) -> str:
    """Names of contacts and outputs of the escalation, as the line calls them."""
    plan = store.line.escalation if store.line else wire.EMPTY
    known = {wire.text(e, "id"): store.text(e.get("name")) for key in ("contacts", "outputs") for e in wire.objects(plan, key)}
    return ", ".join(known.get(i) or i for i in ids)


def count_text(count: float | None, language: str) -> str:
    """A whole number, a dash when it is not known."""
    return number_text(count, 0, language)
