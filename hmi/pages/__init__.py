"""The pages of the panel, in the order of the navigation. A new page is added here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from PySide6.QtWidgets import QStackedWidget

from hmi.context import PanelContext
from hmi.pages.alarms import AlarmsPage
from hmi.pages.base import Page, PageEntry
from hmi.pages.batch import BatchPage
from hmi.pages.batch_record import RecordPage
from hmi.pages.batches import BatchesPage
from hmi.pages.calls import CallsPage
from hmi.pages.kpi import KpiPage
from hmi.pages.links import LinksPage
from hmi.pages.loading import LoadingPage
from hmi.pages.lot import LotPage
from hmi.pages.material import MaterialPage
from hmi.pages.orders import OrdersPage
from hmi.pages.overview import OverviewPage
from hmi.pages.reception import ReceptionPage
from hmi.pages.recipes import RecipesPage
from hmi.pages.report import ReportPage
from hmi.pages.shift import ShiftPage
from hmi.pages.trends import TrendsPage
from hmi.pages.unit import UnitPage
from hmi.texts import translate

PAGES: Final[list[PageEntry]] = [
    PageEntry("overview", "line", lambda: translate("Navigation", "Line"), OverviewPage),
    PageEntry("unit", "line", lambda: translate("Navigation", "Unit"), UnitPage, hidden=True, parent="overview"),
    PageEntry("alarms", "alarms", lambda: translate("Navigation", "Alarms"), AlarmsPage),
    PageEntry("kpi", "kpi", lambda: translate("Navigation", "Alarm figures"), KpiPage, hidden=True, parent="alarms"),
    PageEntry("calls", "call", lambda: translate("Navigation", "Calls"), CallsPage),
    PageEntry("batches", "batches", lambda: translate("Navigation", "Batches"), BatchesPage),
    PageEntry("batch", "batches", lambda: translate("Navigation", "Batch"), BatchPage, hidden=True, parent="batches"),
    PageEntry("record", "batches", lambda: translate("Navigation", "Record"), RecordPage, hidden=True, parent="batches"),
    PageEntry("orders", "batches", lambda: translate("Navigation", "Orders"), OrdersPage, hidden=True, parent="batches"),
    PageEntry("recipes", "batches", lambda: translate("Navigation", "Recipes"), RecipesPage, hidden=True, parent="batches"),
    PageEntry("material", "material", lambda: translate("Navigation", "Material"), MaterialPage),
    PageEntry("loading", "material", lambda: translate("Navigation", "Loading"), LoadingPage, hidden=True, parent="material"),
    PageEntry("lot", "material", lambda: translate("Navigation", "Lot"), LotPage, hidden=True, parent="material"),
    PageEntry(
        "reception", "material", lambda: translate("Navigation", "Reception"), ReceptionPage, hidden=True, parent="material"
    ),
    PageEntry("trends", "trends", lambda: translate("Navigation", "Trends"), TrendsPage),
    PageEntry("shift", "shift", lambda: translate("Navigation", "Shift"), ShiftPage),
    PageEntry("report", "shift", lambda: translate("Navigation", "Shift report"), ReportPage, hidden=True, parent="shift"),
    PageEntry("links", "links", lambda: translate("Navigation", "Links"), LinksPage),
]


class Pages(Mapping[str, Page]):
    """The pages of one window: each is built when it is first wanted, and stays. ``built`` holds those that are."""

    def __init__(self, context: PanelContext, stack: QStackedWidget | None = None) -> None:
        self._context, self._stack = context, stack
        self._entries = {entry.key: entry for entry in PAGES}
        self.built: dict[str, Page] = {}

    def __getitem__(self, key: str) -> Page:
        if key not in self.built:
            page = self._entries[key].make(self._context)
            if self._stack is not None:
                self._stack.addWidget(page)
            page.retranslate()
            self.built[key] = page
        return self.built[key]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
