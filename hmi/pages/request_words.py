"""Words for service requests: states, urgency, steps, why something cannot be done."""

from __future__ import annotations

from typing import Final

from hmi.pages.listed import Words, word
from hmi.rolenames import role_name
from hmi.texts import translate
from hmi.viewmodels.requests import OTHERS_ROLE, ROLE, Request
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip
from hmi.widgets.requestdialog import PRIORITIES as PRIORITIES

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


def state_chip(request: Request) -> Chip:
    """The state as a chip."""
    return Chip(word(STATES, request.status), STYLES.get(request.status, "unknown"))


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
