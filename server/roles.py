"""The roles of people as the server compares them (``line.roles`` has their words)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from line.documents import Text
from server.texts import text


class Role(IntEnum):
    """Roles, each of which may do all that those before it may."""

    VIEWER = 0
    OPERATOR = 1
    SHIFT_LEAD = 2
    TECHNOLOGIST = 3
    ENGINEER = 4
    ADMIN = 5

    @property
    def word(self) -> str:
        """The role as API and database spell it."""
        return self.name.lower()

    @staticmethod
    def parse(word: str) -> Role | None:
        """The role spelled ``word``, or None."""
        return _ROLES_BY_WORD.get(word)

    @property
    def text(self) -> Text:
        """The role as people call it."""
        return _ROLE_TEXTS[self]


_ROLES_BY_WORD: Final = {r.name.lower(): r for r in Role}
_ROLE_TEXTS: Final = {
    Role.VIEWER: text("наблюдатель", "viewer"),
    Role.OPERATOR: text("оператор", "operator"),
    Role.SHIFT_LEAD: text("мастер смены", "shift lead"),
    Role.TECHNOLOGIST: text("технолог", "technologist"),
    Role.ENGINEER: text("инженер", "engineer"),
    Role.ADMIN: text("администратор", "administrator"),
}
