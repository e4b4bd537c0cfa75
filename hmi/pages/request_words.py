"""Words for service requests: states, urgency, steps, why something cannot be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hmi.rolenames import role_name
from hmi.texts import translate
from hmi.viewmodels.format import clock_minutes, date_text, hours_text
from hmi.viewmodels.requests import OTHERS_ROLE, ROLE, Request
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip
from hmi.widgets.requestdialog import PRIORITIES as PRIORITIES

Words = Mapping[str, Callable[[], str]]
STATES: Final[Words] = {
    "open": lambda: translate("Requests", "open"),
    "taken": lambda: translate("Requests", "being done"),
    "done": lambda: translate("Requests", "done, to be confirmed"),
    "confirmed": lambda: translate("Requests", "confirmed"),
    "cancelled": lambda: translate("Requests", "withdrawn"),
}
STYLES: Final = {"open": "off", "taken": "run", "done": "plain", "confirmed": "plain", "cancelled": "plain"}
HAPPENED: Final[Words] = {
    "created": lambda: translate("Requests", "Asked for"),
    "taken": lambda: translate("Requests", "Taken"),
    "comment": lambda: translate("Requests", "Said"),
    "done": lambda: translate("Requests", "Done"),
    "confirmed": lambda: translate("Requests", "Confirmed"),
    "reopened": lambda: translate("Requests", "Sent back"),
    "cancelled": lambda: translate("Requests", "Withdrawn"),
}
ACTIONS: Final[Words] = {
    "take": lambda: translate("Requests", "Take it on"),
    "done": lambda: translate("Requests", "Done…"),
    "confirm": lambda: translate("Requests", "Confirm"),
    "reopen": lambda: translate("Requests", "Send back…"),
    "cancel": lambda: translate("Requests", "Withdraw…"),
    "comment": lambda: translate("Requests", "Say…"),
}
DAY_S: Final = 86_400


def word(words: Words, key: str) -> str:
    """The word for a key; an unknown key as it is."""
    return words[key]() if key in words else key


def state_chip(request: Request) -> Chip:
    """The state as a chip."""
    return Chip(word(STATES, request.status), STYLES.get(request.status, "unknown"))


def age_text(seconds: float) -> str:
    """Hours and minutes; days from two on."""
    if seconds >= 2 * DAY_S:
        return translate("Requests", "{n} days").format(n=int(seconds // DAY_S))
    return hours_text(seconds)


def moment(time_ns: int, now_ns: int) -> str:
    """Time of today, with the date of another day."""
    day = date_text(time_ns)
    clock = clock_minutes(time_ns)
    return clock if day == date_text(now_ns) else f"{day[:5]} {clock}"


def place(store: LineStore, request: Request) -> str:
    """The label of its unit, or the whole line."""
    unit = store.unit(request.unit)
    return unit.label if unit is not None else request.unit or translate("Calls", "the whole line")


def headline(store: LineStore, request: Request) -> str:
    """``S-401 · Fault``."""
    return f"{place(store, request)} · {store.text(request.kind_name)}"


def why_not(key: str, request: Request) -> str:
    """A reason of :func:`hmi.viewmodels.requests.against` in words."""
    if key == "link":
        return translate("Requests", "no connection")
    if key == "role":
        return translate("Requests", "from {role} on").format(role=role_name(ROLE))
    if key == "others":
        who = translate("Requests", "only who asked ({user}), or a {role}")
        return who.format(user=request.by, role=role_name(OTHERS_ROLE))
    return ""
