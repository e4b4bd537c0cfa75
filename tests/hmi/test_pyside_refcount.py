"""PySide6 6.12.0 on Python 3.11 drops one reference to None per void Qt call and aborts after some thousand calls."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject


def test_void_qt_calls_do_not_eat_references_to_none() -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(3000):
        thing.setObjectName("x")
    assert abs(sys.getrefcount(None) - before) < 300, "this PySide6 leaks None on this Python: pin PySide6_Essentials below 6.12"
