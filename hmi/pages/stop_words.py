"""How stops are told on the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.alarms import alarm_info
from hmi.viewmodels.format import clock_minutes, date_text, duration_text
from hmi.viewmodels.stock import label_of_batch
from hmi.viewmodels.stops import PART_MIN_NS, ROLE, Board, MinorStops, Stop, has_others
from hmi.viewmodels.store import LineStore
from line.clock import NS_PER_S

SHORT_MAX: Final = 120
"""Characters of a note over the buttons: more would push them together."""

KINDS: Final[Mapping[str, Callable[[], str]]] = {
    "own": lambda: translate("Stops", "stands by itself"),
    "external": lambda: translate("Stops", "waits"),
}
MERGE_FAULTS: Final[Mapping[str, Callable[[], str]]] = {
    "few": lambda: translate("Stops", "Touch the stops in the list that were one."),
    "many": lambda: translate("Stops", "At most 50 at once."),
    "units": lambda: translate("Stops", "These are stops of different units: only those of one unit are merged."),
    "kinds": lambda: translate("Stops", "A stop of its own and waiting are not merged."),
    "open": lambda: translate("Stops", "One of them still lasts: merge after its end."),
    "reasons": lambda: translate("Stops", "They have different reasons: make those the same first."),
    "between": lambda: translate("Stops", "Another stop of this unit lies in between: touch it, too."),
}


def unit_label(store: LineStore, unit_id: str) -> str:
    """``P-601``."""
    unit = store.unit(unit_id)
    return unit.label if unit is not None else unit_id


def unit_words(store: LineStore, unit_id: str) -> str:
    """``P-601 Packing``."""
    unit = store.unit(unit_id)
    return f"{unit.label} {store.text(unit.name)}" if unit is not None else unit_id


def length_words(board: Board, stop: Stop, now_ns: int) -> str:
    """``12:34``."""
    return duration_text(board.length_s(stop, now_ns))


def span_words(stop: Stop) -> str:
    """``12:10 – 12:34``."""
    begun = clock_minutes(stop.begun_ns)
    if stop.open:
        return translate("Stops", "since {time}").format(time=begun)
    return f"{begun} – {clock_minutes(stop.ended_ns)}"


def day_words(stop: Stop, now_ns: int) -> str:
    """The day when that is not today's."""
    day = date_text(stop.begun_ns)
    return "" if day == date_text(now_ns) else day


def reason_words(store: LineStore, stop: Stop) -> str:
    """The reason that a person gave, '' without one."""
    return store.text(stop.name) or stop.code if stop.code else ""


def given_words(store: LineStore, stop: Stop) -> str:
    """What was said with the reason, and by whom."""
    who = user_name(store, stop.by) if stop.by else ""
    return ": ".join(t for t in (who, stop.text) if t)


def short(said: str) -> str:
    """What of a long note stands over the reasons: all of it opens with the note itself."""
    return said if len(said) <= SHORT_MAX else said[: SHORT_MAX - 1].rstrip() + "…"


def proposed_words(store: LineStore, stop: Stop) -> str:
    """The reason that the machine suggests, '' without one."""
    return store.text(stop.proposed_name) or stop.proposed if stop.proposed else ""


def alarm_words(store: LineStore, stop: Stop) -> str:
    """The alarm that came first, '' without one."""
    info = alarm_info(store, stop.alarm) if stop.alarm else None
    return store.text(info.text) if info is not None else stop.alarm


def asks_words(store: LineStore, board: Board, stop: Stop, now_ns: int) -> str:
    """What the bar over the pages says of a long stop that nobody explained."""
    unit, length = unit_words(store, stop.unit), length_words(board, stop, now_ns)
    if stop.open:
        return translate("Stops", "{unit}: stands for {length}, no reason given").format(unit=unit, length=length)
    stood = translate("Stops", "{unit}: stood for {length} until {time}, no reason given")
    return stood.format(unit=unit, length=length, time=clock_minutes(stop.ended_ns))


def minor_words(store: LineStore, board: Board, rows: tuple[MinorStops, ...]) -> str:
    """Small stops counted by unit."""
    limit = duration_text(board.threshold_s)
    if not rows:
        return translate("Stops", "No small stops (shorter than {limit})").format(limit=limit)
    told = [f"{unit_label(store, r.unit)}: {r.count} · {duration_text(r.seconds)}" for r in rows]
    head = translate("Stops", "Small stops (shorter than {limit}):").format(limit=limit)
    return f"{head} {', '.join(told)}"


def facts_words(store: LineStore, stop: Stop, now_ns: int) -> str:
    """When, of which kind, of which batch, what became of it, what the machine says."""
    kind = KINDS[stop.kind]() if stop.kind in KINDS else stop.kind
    day = day_words(stop, now_ns)
    parts = [*([day] if day else []), span_words(stop), kind]
    if stop.batch:
        parts.append(translate("Stops", "batch {batch}").format(batch=label_of_batch(store, stop.batch)))
    if stop.of:
        parts.append(translate("Stops", "part of a stop that was split"))
    elif stop.interrupted:
        parts.append(translate("Stops", "with interruptions"))
    proposed = proposed_words(store, stop)
    if proposed:
        parts.append(translate("Stops", "the machine says: {name}").format(name=proposed))
    return " · ".join(parts)


def against_words(store: LineStore, board: Board, stop: Stop, now_ns: int, *, busy: bool) -> str:
    """What cannot be done with it, and why, before anybody tries."""
    if not store.live:
        return translate("Stops", "No connection: reasons are given when it is back.")
    if not may(store, ROLE):
        return translate("Stops", "Reasons are given by: {role} and above.").format(role=role_name(ROLE))
    if busy:
        return translate("Stops", "Sending…")
    told: list[str] = []
    if board.length_s(stop, now_ns) * NS_PER_S < 2 * PART_MIN_NS:
        told.append(translate("Stops", "Too short to be split."))
    if stop.open:
        told.append(translate("Stops", "It still lasts: merged is what has ended."))
    elif not has_others(board, stop):
        told.append(translate("Stops", "There is no other stop of this unit to merge with."))
    if not stop.code:
        told.append(translate("Stops", "A note is added to a reason."))
    return " ".join(told)


def trend_tag(store: LineStore, stop: Stop) -> str:
    """What shows its minutes best: the tag of the alarm, else the first key value of the unit."""
    info = alarm_info(store, stop.alarm) if stop.alarm else None
    if info is not None and info.tag:
        return info.tag
    unit = store.unit(stop.unit)
    return unit.key_values[0].tag if unit is not None and unit.key_values else ""
