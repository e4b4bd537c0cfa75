"""Roles of users in the panel's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hmi.texts import translate
from hmi.viewmodels.store import LineStore

ROLE_NAMES: Final[dict[str, Callable[[], str]]] = {
    "viewer": lambda: translate("Roles", "viewer"),
    "operator": lambda: translate("Roles", "operator"),
    "shift_lead": lambda: translate("Roles", "shift lead"),
    "technologist": lambda: translate("Roles", "technologist"),
    "engineer": lambda: translate("Roles", "engineer"),
    "admin": lambda: translate("Roles", "administrator"),
}


def role_name(role: str) -> str:
    """The role in words; an unknown one as it is."""
    return ROLE_NAMES[role]() if role in ROLE_NAMES else role


def may(store: LineStore, role: str) -> bool:
    """False when somebody is logged in whose role the server would refuse; nobody logged in is asked first."""
    return store.user is None or store.user.may(role)
