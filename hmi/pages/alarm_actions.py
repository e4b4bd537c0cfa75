"""What a person does with one alarm: the dialogs, and the commands they end in."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from hmi.context import PanelContext
from hmi.viewmodels.alarms import rules
from hmi.widgets.alarmdialogs import ActionDialog, RemoveDialog, ShelveDialog


class AlarmActions:
    """Opens dialogs over the window of ``over``."""

    def __init__(self, context: PanelContext, over: QWidget) -> None:
        self.context = context
        self._over = over

    def open_shelve(self, alarm: str, headline: str) -> ShelveDialog:
        """For how long and why; then ``alarm.shelve``."""
        context = self.context
        max_min = int(rules(context.store).shelve_max_s // 60)

        def accept(minutes: int, one_shot: bool, reason: str) -> None:
            context.command("alarm.shelve", "", {"alarms": [alarm], "minutes": minutes, "one_shot": one_shot}, reason)

        made = ShelveDialog(context.look, context.store.language, headline, max_min, accept, self._over.window())
        made.open()
        return made

    def open_remove(self, alarm: str, headline: str) -> RemoveDialog:
        """Work order and why; then ``alarm.remove``."""
        context = self.context

        def accept(work_order: str, reason: str) -> None:
            context.command("alarm.remove", "", {"alarms": [alarm], "work_order": work_order}, reason)

        made = RemoveDialog(context.look, context.store.language, headline, accept, self._over.window())
        made.open()
        return made

    def open_comment(self, alarm: str, headline: str) -> ActionDialog:
        """What was done; then ``alarm.comment``."""
        context = self.context

        def accept(text: str) -> None:
            context.command("alarm.comment", alarm, {"text": text})

        made = ActionDialog(context.look, context.store.language, headline, accept, self._over.window())
        made.open()
        return made
