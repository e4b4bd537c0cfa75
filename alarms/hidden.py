"""Alarms out of sight: shelved by people, suppressed by design, out of service (ISA-18.2-2016, clause 14).

The three do not know of each other; the strongest is shown (out of service before suppressed before shelved), the others
go on underneath. When the one that is shown ends, the next is shown, and with the last the alarm stands where its condition
is: active ones come as a new annunciation, latched ones wait for their acknowledgement and their reset again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from alarms.draft import Draft
from alarms.journal_record import NO_EXTRA
from alarms.standing import Removal, Shelf, Standing, owed, warn_ns
from alarms.states import AlarmEvent, AlarmState
from line.clock import has_passed
from line.messages import Json

WARN: Final = "warn"
"""Word of the event that a shelving ends soon."""

_WITHOUT: Final[Mapping[AlarmState, Callable[[Standing], Standing]]] = {
    AlarmState.SHELVED: lambda s: replace(s, shelf=None),
    AlarmState.SUPPRESSED: lambda s: replace(s, suppressed_ns=None),
    AlarmState.OUT_OF_SERVICE: lambda s: replace(s, removal=None),
}


def shelve(draft: Draft, row: int, shelf: Shelf, person: Mapping[str, Json]) -> None:
    """A–F → G; a shelving under way is extended."""
    extra: dict[str, Json] = {**person, "until_ns": shelf.until_ns, "one_shot": shelf.one_shot}
    draft.move(row, AlarmEvent.SHELVE, extra, replace(draft.get(row), shelf=shelf))


def remove(draft: Draft, row: int, removal: Removal, person: Mapping[str, Json]) -> None:
    """Anything → I."""
    extra: dict[str, Json] = {**person, "work_order": removal.work_order}
    draft.move(row, AlarmEvent.REMOVE, extra, replace(draft.get(row), removal=removal))


def suppress(draft: Draft, row: int) -> None:
    """A–G → H; out of service stays shown above it."""
    old = draft.get(row)
    new = replace(old, suppressed_ns=draft.scan.now_ns)
    if old.state is AlarmState.OUT_OF_SERVICE:
        draft.put(row, new)
    else:
        draft.move(row, AlarmEvent.SUPPRESS, given=new)


def end(draft: Draft, row: int, shown: AlarmState, person: Mapping[str, Json] = NO_EXTRA) -> None:
    """The reason that is shown as this state is over; nothing is told while a stronger one is shown."""
    old = draft.get(row)
    rest = _WITHOUT[shown](old)
    if old.state is shown:
        draft.move(row, _resume(rest), person, rest)
    elif rest != old:
        draft.put(row, rest)


def _resume(rest: Standing) -> AlarmEvent:
    """Where an alarm goes whose shown reason is gone; ``rest`` is what is left of it."""
    if rest.suppressed_ns is not None:
        return AlarmEvent.RESUME_SUPPRESSED
    if rest.shelf is not None:
        return AlarmEvent.RESUME_SHELVED
    if rest.active:
        return AlarmEvent.RESUME_ACTIVE
    return AlarmEvent.RESUME_LATCHED if rest.latched else AlarmEvent.RESUME_NORMAL


def returned(draft: Draft, row: int) -> None:
    """The condition has gone: that ends a one-shot shelving."""
    shelf = draft.get(row).shelf
    if shelf is not None and shelf.one_shot:
        end(draft, row, AlarmState.SHELVED)


def on_time(draft: Draft, row: int) -> None:
    """End or announce the end of a shelving that is due."""
    old = draft.get(row)
    shelf, now_ns = old.shelf, draft.scan.now_ns
    if shelf is None:
        return
    if has_passed(shelf.until_ns - shelf.since_ns, shelf.since_ns, now_ns):
        end(draft, row, AlarmState.SHELVED)
    elif old.state is AlarmState.SHELVED and not shelf.warned and now_ns >= warn_ns(shelf, draft.rules):
        new = replace(old, shelf=replace(shelf, warned=True))
        draft.put(row, new)
        draft.tell(row, WARN, old, new, {"until_ns": shelf.until_ns, "one_shot": shelf.one_shot})


def put_right(draft: Draft, row: int) -> None:
    """Bring back an alarm that is hidden without a reason, as a state that was edited by hand may say."""
    state = draft.get(row).state
    if state in _WITHOUT and owed(draft.table[row], draft.get(row)):
        end(draft, row, state)
