"""Production orders as the stages of a scan ask for them: whether a batch may be made for one."""

from __future__ import annotations

from typing import Final, Protocol

from line.documents import Text

ORDERS: Final = "orders"
"""Key of the :class:`OrderDesk` in ``scan.lent``."""


class OrderDesk(Protocol):
    """The orders, for one scan."""

    def against(self, order: str, recipe: str) -> list[Text]:
        """What speaks against a batch of ``recipe`` for this order, for the operator; empty: it may be made."""
        ...
