"""What is known of a new password before the server has judged it; the server has the last word."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

LENGTH_MIN: Final = 8
"""As the server asks for it (``server/users.py``); the panel only shows it while the person types."""


@dataclass(frozen=True)
class PasswordRules:
    """Each rule as met or not; ``may_send`` when all are and the old password is there."""

    long_enough: bool
    not_the_name: bool
    another: bool
    repeated: bool
    old_given: bool

    @property
    def may_send(self) -> bool:
        """Nothing speaks against asking the server."""
        return all((self.long_enough, self.not_the_name, self.another, self.repeated, self.old_given))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def judge(user: str, old: str, new: str, again: str) -> PasswordRules:
    """The rules for what stands in the three fields; nothing typed meets no rule."""
    typed = bool(new)
    return PasswordRules(
        len(new) >= LENGTH_MIN, typed and _plain(new) != _plain(user), typed and new != old, typed and new == again, bool(old)
    )
