"""Python's cyclic collector, in the GUI's thread only.

The collector runs in whatever thread happens to allocate. The net client's thread allocates all the time; when it collects a
closed dialog or a plot, Qt objects die outside their thread, and Qt aborts now and then. So the automatic collector is switched
off while a panel runs, and a timer of the GUI's thread does its work.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

PERIOD_MS: Final = 1000
FULL_EVERY: Final = 60


class GuiCollector(QObject):
    """From construction to :meth:`stop` nothing but this object's timer collects."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """The young generations every time, all of them once a minute."""
        self._ticks += 1
        gc.collect(2 if self._ticks % FULL_EVERY == 0 else 1)

    def stop(self) -> None:
        """Give the collector back as it was found; may be called twice."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
