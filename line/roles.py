"""Roles of people, weakest first: each may do all that those before it may. The words stand in users, commands and line files."""

from __future__ import annotations

from typing import Final

ROLES: Final = ("viewer", "operator", "shift_lead", "technologist", "engineer", "admin")


def may(role: str, least: str) -> bool:
    """True when ``role`` is ``least`` or above it. A word that is no role may nothing, and nobody reaches one."""
    return role in ROLES and least in ROLES and ROLES.index(role) >= ROLES.index(least)
