"""The shift: what happens now, and reports of shifts before."""

from __future__ import annotations

from typing import Final, cast

from hmi.context import PanelContext
from hmi.pages.shift_handover import HandoverView
from hmi.pages.shift_log import LogView
from hmi.pages.shift_now import NowView
from hmi.pages.shift_oee import OeeView
from hmi.pages.shift_reports import ReportsView
from hmi.pages.shift_stops import StopsView
from hmi.pages.shift_words import crew_words
from hmi.pages.tabbed import Tab, TabbedPage
from hmi.texts import translate
from hmi.viewmodels.format import clock_minutes, hours_text
from hmi.viewmodels.shift import Shift, current
from hmi.widgets.dialogs import label

TABS: Final = (
    Tab("now", lambda: translate("Shift", "This shift"), NowView),
    Tab("log", lambda: translate("Shift", "Log"), LogView),
    Tab("stops", lambda: translate("Shift", "Stops"), StopsView),
    Tab("oee", lambda: translate("Shift", "OEE"), OeeView),
    Tab("handover", lambda: translate("Shift", "Hand-over"), HandoverView),
    Tab("reports", lambda: translate("Shift", "Reports"), ReportsView),
)


class ShiftPage(TabbedPage):
    """Views of this shift and of those before, under a heading that names the one that is open."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, TABS)
        self.heading = label("", "heading")
        self.head.addWidget(self.heading)

    @property
    def now(self) -> NowView:
        """What happens in this shift."""
        return cast(NowView, self.views["now"])

    @property
    def reports(self) -> ReportsView:
        """Shifts that were."""
        return cast(ReportsView, self.views["reports"])

    def refresh(self) -> None:
        self._refresh_head(current(self.context.store))
        super().refresh()

    def _refresh_head(self, shift: Shift) -> None:
        now_ns = self.context.now_ns()
        if not shift.id:
            self.heading.setText(translate("Shift", "No shift yet"))
            return
        parts = [translate("Shift", "Shift {number}").format(number=shift.number)]
        if shift.crew:
            parts.append(crew_words(self.context.store, shift.crew, shift.crew_name))
        since, lasted = clock_minutes(shift.started_ns), hours_text(shift.seconds(now_ns))
        parts.append(translate("Shift", "since {time}").format(time=since))
        parts.append(lasted if shift.open else translate("Shift", "ended {time}").format(time=clock_minutes(shift.ended_ns)))
        self.heading.setText(" · ".join(parts))
