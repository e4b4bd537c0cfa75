"""Level 4: the connections, down to the controllers and up to where the history goes."""

from __future__ import annotations

from typing import Final, cast

from hmi.context import PanelContext
from hmi.pages.links_devices import DevicesView
from hmi.pages.links_history import HistoryView
from hmi.pages.tabbed import Tab, TabbedPage
from hmi.texts import translate

TABS: Final = (
    Tab("devices", lambda: translate("Links", "Controllers and engine"), DevicesView),
    Tab("history", lambda: translate("Links", "History and InfluxDB"), HistoryView),
)


class LinksPage(TabbedPage):
    """The argument may also be the id of a device."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, TABS)

    @property
    def devices(self) -> DevicesView:
        """The controllers."""
        return cast(DevicesView, self.views["devices"])

    @property
    def history(self) -> HistoryView:
        """What is stored and sent on."""
        return cast(HistoryView, self.views["history"])

    def open_at(self, argument: str) -> None:
        known = argument.partition("/")[0] in self.views
        super().open_at(argument if known or not argument else f"devices/{argument}")
