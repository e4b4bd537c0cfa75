"""The shift log in words: what its rows say, what filters are called, what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hmi.texts import translate
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.format import clock_minutes, clock_text, date_text
from hmi.viewmodels.shift_log import Fix, LogRow, PastShift
from hmi.viewmodels.store import LineStore
from hmi.widgets.entrylist import Entry, Said

FIXES_SHOWN: Final = 3
"""Corrections that stand in the list; all of them in the entry's own window."""
LINES_SHOWN: Final = 6

CATEGORY_NAMES: Final[dict[str, Callable[[], str]]] = {
    "safety": lambda: translate("ShiftLog", "Safety"),
    "quality": lambda: translate("ShiftLog", "Quality"),
    "equipment": lambda: translate("ShiftLog", "Equipment"),
    "cleaning": lambda: translate("ShiftLog", "Cleaning"),
    "staff": lambda: translate("ShiftLog", "Staff"),
    "other": lambda: translate("ShiftLog", "Other"),
}
GROUP_NAMES: Final[dict[str, Callable[[], str]]] = {
    "": lambda: translate("ShiftLog", "Everything"),
    "people": lambda: translate("ShiftLog", "Entries of people"),
    "batch": lambda: translate("ShiftLog", "Batches"),
    "lot": lambda: translate("ShiftLog", "Raw material"),
    "alarm": lambda: translate("ShiftLog", "Alarms"),
    "stop": lambda: translate("ShiftLog", "Stops"),
    "change": lambda: translate("ShiftLog", "Setpoints and modes"),
    "work": lambda: translate("ShiftLog", "Requests, orders, calls"),
    "shift": lambda: translate("ShiftLog", "Course of the shift"),
    "system": lambda: translate("ShiftLog", "Links and system"),
}
KIND_NAMES: Final[dict[str, Callable[[], str]]] = {
    "batch": lambda: translate("ShiftLog", "batch"),
    "lot": lambda: translate("ShiftLog", "raw material"),
    "alarm": lambda: translate("ShiftLog", "alarm"),
    "stop": lambda: translate("ShiftLog", "stop"),
    "unit": lambda: translate("ShiftLog", "mode"),
    "command": lambda: translate("ShiftLog", "setpoint"),
    "request": lambda: translate("ShiftLog", "request"),
    "order": lambda: translate("ShiftLog", "order"),
    "call": lambda: translate("ShiftLog", "call"),
    "shift": lambda: translate("ShiftLog", "shift"),
    "link": lambda: translate("ShiftLog", "link"),
    "system": lambda: translate("ShiftLog", "system"),
}
FIX_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("ShiftLog", "Slip of the pen"),
    lambda: translate("ShiftLog", "More is known"),
    lambda: translate("ShiftLog", "Wrong unit"),
)
MISSING: Final[dict[str, Callable[[], str]]] = {
    "category": lambda: translate("ShiftLog", "choose what it is about"),
    "text": lambda: translate("ShiftLog", "write what happened"),
    "reason": lambda: translate("ShiftLog", "choose why it is corrected"),
}


def category_name(category: str) -> str:
    """A category in words; an unknown one as it is."""
    return CATEGORY_NAMES[category]() if category in CATEGORY_NAMES else category


def unit_label(store: LineStore, unit: str) -> str:
    """How a unit is called for short."""
    known = store.unit(unit)
    return known.label if known is not None else unit


def _kind(row: LogRow) -> str:
    if not row.auto:
        return category_name(row.category)
    return KIND_NAMES[row.kind]() if row.kind in KIND_NAMES else row.kind


def about(store: LineStore, row: LogRow) -> str:
    """Who wrote it, of which unit."""
    parts = [user_name(store, row.user), unit_label(store, row.unit)]
    return " · ".join(p for p in parts if p)


def fix_head(store: LineStore, fix: Fix) -> str:
    """When, by whom and why an entry was corrected."""
    text = translate("ShiftLog", "✎ corrected {time}, {who}. Why: {reason}")
    return text.format(time=clock_minutes(fix.time_ns), who=user_name(store, fix.user), reason=fix.reason)


def log_entry(store: LineStore, row: LogRow) -> Entry:
    """A row of the log for the list."""
    text = store.text(row.text)
    if row.auto:
        said = [Said(text)]  # whole: a touch opens only what people wrote
        if who := user_name(store, row.user):
            said.append(Said(who, "label", small=True))
        return Entry(row.key, tuple(said), clock_text(row.time_ns), _kind(row))
    said = [Said(text, most=LINES_SHOWN), Said(about(store, row), "label", small=True)]
    hidden = len(row.fixes) - FIXES_SHOWN
    if hidden > 0:
        more = translate("ShiftLog", "earlier corrections: {n}").format(n=hidden)
        said.append(Said(more, "label", small=True, indent=True))
    for fix in row.fixes[-FIXES_SHOWN:]:
        said.append(Said(fix_head(store, fix), "label", small=True, indent=True, most=2))
        said.append(Said(fix.text, indent=True, most=LINES_SHOWN))
    return Entry(row.key, tuple(said), clock_text(row.time_ns), _kind(row), photo=row.photo, own=True, leads=True)


def whole_entry(store: LineStore, row: LogRow) -> list[Entry]:
    """An entry with its first text and every correction, nothing left out."""
    head = translate("ShiftLog", "First text, {who}").format(who=user_name(store, row.user))
    found = [Entry("first", (Said(head, "label", small=True), Said(store.text(row.text))), clock_text(row.time_ns))]
    for fix in row.fixes:
        why = translate("ShiftLog", "Corrected by {who}. Why: {reason}")
        words = why.format(who=user_name(store, fix.user), reason=fix.reason)
        found.append(Entry(fix.id, (Said(words, "label", small=True), Said(fix.text)), clock_text(fix.time_ns)))
    return found


def shift_words(store: LineStore, shift: PastShift, crew: str = "") -> str:
    """A shift in a list to choose from."""
    number = translate("ShiftLog", "Shift {number}").format(number=shift.number)
    until = clock_minutes(shift.ended_ns) if shift.ended_ns else translate("ShiftLog", "open")
    return f"{date_text(shift.started_ns)} · {number} · {clock_minutes(shift.started_ns)}…{until}"


def missing_words(missing: tuple[str, ...]) -> str:
    """What a draft still needs."""
    if not missing:
        return ""
    said = ", ".join(MISSING[name]() for name in missing)
    return translate("ShiftLog", "Still missing: {what}").format(what=said)
