"""Level 4: the connections — PLCs, server, InfluxDB, the scan — with what they did and since when."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.format import NO_VALUE, clock_text, elapsed_text, number_text, with_eu
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

ROW_HEIGHT: Final = 44


def table(context: PanelContext, columns: int, stretch: int) -> QTableWidget:
    """A read-only table in the panel's style; column ``stretch`` takes what is left."""
    made = QTableWidget(0, columns)
    made.verticalHeader().setVisible(False)
    made.verticalHeader().setDefaultSectionSize(context.look.px(ROW_HEIGHT))
    made.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    made.horizontalHeader().setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
    made.horizontalHeader().setHighlightSections(False)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setShowGrid(False)
    made.setWordWrap(False)
    made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    return made


def set_cell(made: QTableWidget, row: int, column: int, text: str) -> QTableWidgetItem:
    """Put a text into a cell, keeping the item that is there."""
    item = made.item(row, column)
    if item is None:
        item = QTableWidgetItem()
        made.setItem(row, column, item)
    if item.text() != text:
        item.setText(text)
    return item


class LinksPage(Page):
    """Connections of the line."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        layout = page_layout(self)
        self.devices = Pane(context)
        self.links = table(context, 7, 6)
        self.devices.body.addWidget(self.links)
        self.system = Pane(context)
        self.facts = table(context, 2, 1)
        self.facts.horizontalHeader().setVisible(False)
        self.system.body.addWidget(self.facts)
        layout.addWidget(self.devices, 2)
        layout.addWidget(self.system, 3)

    def badge(self) -> int:
        links = self.context.store.view("links").values()
        return sum(wire.text(wire.obj(entry), "state") != "up" for entry in links) if self.context.store.live else 0

    def retranslate(self) -> None:
        self.devices.title.setText(translate("Links", "Controllers"))
        self.system.title.setText(translate("Links", "Engine and server"))
        self.links.setHorizontalHeaderLabels(
            [
                translate("Links", "Device"), translate("Links", "State"), translate("Links", "Since"),
                translate("Links", "Round trip"), translate("Links", "Failures"), translate("Links", "Reconnects"),
                translate("Links", "Last error"),
            ]
        )  # fmt: skip

    def refresh(self) -> None:
        store = self.context.store
        self._refresh_links(store)
        facts = self._facts(store)
        self.facts.setRowCount(len(facts))
        for row, (name, value) in enumerate(facts):
            set_cell(self.facts, row, 0, name)
            item = set_cell(self.facts, row, 1, value)
            item.setForeground(self.context.look.colour("value"))

    def _refresh_links(self, store: LineStore) -> None:
        words = {
            "up": translate("Links", "connected"), "down": translate("Links", "no connection"),
            "connecting": translate("Links", "connecting"), "closed": translate("Links", "closed"),
        }  # fmt: skip
        view = store.view("links")
        self.links.setRowCount(len(view))
        devices = store.line.devices if store.line else {}
        for row, (device, entry) in enumerate(view.items()):
            data = wire.obj(entry)
            name = store.text(devices[device].get("name")) if device in devices else device
            state = wire.text(data, "state")
            mark = "" if store.live else "? "

            def count(key: str, data: Obj = data) -> str:
                return number_text(wire.integer(data, key), 0, store.language)

            cells = (
                name or device, mark + words.get(state, state), clock_text(wire.integer(data, "since_ns")),
                with_eu(wire.number(data, "round_trip_ms"), 1, "ms", store.language),
                f"{count('failures')} / {count('requests')}", count("reconnects"),
                wire.text(data, "last_error") or NO_VALUE,
            )  # fmt: skip
            for column, text in enumerate(cells):
                set_cell(self.links, row, column, text)

    def _facts(self, store: LineStore) -> list[tuple[str, str]]:
        engine = store.view("engine")
        language = store.language
        started = wire.integer(engine, "started_ns")
        runs = elapsed_text((self.context.now_ns() - started) / NS_PER_S) if started else NO_VALUE
        forwarder = {
            "up": translate("Links", "connected"), "down": translate("Links", "no connection"), "off": translate("Links", "off"),
        }.get(wire.text(store.forwarder, "state"), NO_VALUE)  # fmt: skip
        backlog = number_text(wire.number(store.forwarder, "backlog"), 0, language)
        journal = engine.get("journal_ok")
        ok = {True: translate("Links", "writes"), False: translate("Links", "does not write")}.get(journal is True, NO_VALUE)
        return [
            (
                translate("Links", "Server"),
                translate("Links", "connected") if store.live else translate("Links", "no connection"),
            ),
            (translate("Links", "Engine runs"), runs),
            (translate("Links", "Scan period"), with_eu(wire.number(engine, "scan_period_ms"), 0, "ms", language)),
            (translate("Links", "Missed scans"), number_text(wire.number(engine, "overruns"), 0, language)),
            (translate("Links", "Latest scan"), with_eu(wire.number(engine, "late_ms_max"), 1, "ms", language)),
            (translate("Links", "Journal"), ok if journal is not None else NO_VALUE),
            (
                translate("Links", "InfluxDB, points waiting"),
                forwarder if wire.text(store.forwarder, "state") in ("", "off") else f"{forwarder}, {backlog}",
            ),
        ]
