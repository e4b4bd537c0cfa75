"""The cyclic collector belongs to the GUI's thread while a panel runs."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from hmi.collector import GuiCollector
from tests.hmi import samples
from tests.hmi.conftest import Panel


class Cycle:
    def __init__(self) -> None:
        self.me = self


def test_a_helper_thread_never_collects_and_the_gui_does(app: QApplication) -> None:
    gc.enable()
    collector = GuiCollector()
    try:
        gone = weakref.ref(Cycle())
        helper = threading.Thread(target=lambda: [[] for _ in range(100_000)])
        helper.start()
        helper.join()
        assert gone() is not None, "the automatic collector is off"
        collector.collect()
        assert gone() is None
    finally:
        collector.stop()
    assert gc.isenabled()
    collector.deleteLater()


def test_nothing_of_a_closed_panel_stays(app: QApplication) -> None:
    """A widget without a parent whose signal calls its page keeps the whole panel: no collector sees through Qt."""
    panel = Panel(app, "ru", (1280, 800)).feed(*samples.messages())
    panel.window.show()
    QApplication.processEvents()
    gone = weakref.ref(panel.window)
    panel.window.close_down()
    panel.languages.use("en")
    panel.window.deleteLater()
    del panel
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    assert gone() is None
