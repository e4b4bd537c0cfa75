"""The controllers. Every device with its errors and its last outages, the engine's health, how late its scans were."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.pages.tabbed import View
from hmi.sound import SoundState
from hmi.texts import translate
from hmi.theme import GAP
from hmi.viewmodels import wire
from hmi.viewmodels.eventlog import EventLog
from hmi.viewmodels.format import NO_VALUE, clock_text, date_text, duration_text, elapsed_text, number_text, with_eu
from hmi.viewmodels.links import DeviceLink, LinkEdge, device_links, lateness, link_edges
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.histogram import Bin, Histogram
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from line.clock import NS_PER_S

EVENTS_WANTED: Final = 100
_STYLES: Final = {"up": "run", "down": "off", "connecting": "plain", "closed": "plain"}


class DevicesView(View):
    """Connections to the controllers, and the engine that keeps them."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.selected = ""
        self.log = EventLog("link", wanted=EVENTS_WANTED)
        self._was_live = False
        context.on_reply["links.events"] = self._take_events
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(context.look.px(GAP))
        upper, lower = QHBoxLayout(), QHBoxLayout()
        for row in (upper, lower):
            row.setSpacing(context.look.px(GAP))
        self.devices = Pane(context)
        self.table = RowTable(context.look, 62)
        self.table.chosen.connect(self.open_at)
        self.pager = Pager(self.table)
        self.devices.head.addStretch(1)
        self.devices.head.addWidget(self.pager)
        self.devices.body.addWidget(self.table, 1)
        upper.addWidget(self.devices, 6)
        upper.addWidget(self._build_detail(context), 5)
        self.system = Pane(context)
        self.facts = QGridLayout()
        self.facts.setVerticalSpacing(context.look.px(3))
        self.facts.setColumnStretch(1, 1)
        self.fact_labels = [(label("", "label"), label("", "strong", wrap=True)) for _ in range(10)]
        for at, (name, value) in enumerate(self.fact_labels):
            value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            self.facts.addWidget(name, at, 0)
            self.facts.addWidget(value, at, 1)
        self.system.body.addLayout(self.facts)
        self.system.body.addStretch(1)
        self.late = Pane(context)
        self.histogram = Histogram(context.look)
        self.late.body.addWidget(self.histogram, 1)
        lower.addWidget(self.system, 5)
        lower.addWidget(self.late, 6)
        layout.addLayout(upper, 6)
        layout.addLayout(lower, 5)

    def _build_detail(self, context: PanelContext) -> Pane:
        self.detail = Pane(context)
        self.to_trend = button("", self._open_trend, role="compact")
        self.detail.head.addStretch(1)
        self.detail.head.addWidget(self.to_trend)
        self.why = label("", "strong", wrap=True)
        self.why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.counters = label("", "label", wrap=True)
        self.counters.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.edges = RowTable(context.look, 70)
        self.detail.body.addWidget(self.why)
        self.detail.body.addWidget(self.counters)
        self.detail.body.addWidget(self.edges, 1)
        return self.detail

    # ---- view -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        if argument:
            self.selected = argument
        self.log.restart()
        self.refresh()

    def settled(self) -> bool:
        return self.log.complete

    def waiting(self) -> int:
        links = self.context.store.view("links").values()
        return sum(wire.text(wire.obj(entry), "state") != "up" for entry in links) if self.context.store.live else 0

    def retranslate(self) -> None:
        self.devices.title.setText(translate("Links", "Controllers"))
        self.system.title.setText(translate("Links", "Engine and server"))
        self.late.title.setText(translate("Links", "How late scans began, ms"))
        self.to_trend.setText(translate("Links", "Response trend"))

    def refresh(self) -> None:
        store = self.context.store
        if store.live and not self._was_live:
            self.log.restart()
        self._was_live = store.live
        self._ask()
        links = device_links(store, self.context.now_ns())
        if links and self.selected not in {link.id for link in links}:
            self.selected = next((link.id for link in links if link.state != "up"), links[0].id)
        self._refresh_table(links)
        chosen = next((link for link in links if link.id == self.selected), None)
        if chosen is not None:
            self._refresh_detail(chosen)
        self._refresh_facts(store)
        self._refresh_histogram(store)

    def _ask(self) -> None:
        self.log.live(self.context.store)
        params = self.log.request(self.context.clock.monotonic_ns()) if self.context.store.live else None
        if params is not None:
            self.context.port.fetch("/api/events", params, "links.events")

    def _take_events(self, reply: Obj) -> None:
        self.log.take(reply)
        if self.isVisible():
            self.refresh()

    def _open_trend(self) -> None:
        self.context.navigate("trends", f"Link.{self.selected}.RoundTripMs")

    # ---- devices ----------------------------------------------------------------------------------------------------

    def _refresh_table(self, links: list[DeviceLink]) -> None:
        store = self.context.store
        self.table.show_columns(
            [
                Column(translate("Links", "Device"), stretch=1.0), Column(translate("Links", "State"), 124),
                Column(translate("Links", "Heard"), 78, right=True), Column(translate("Links", "Response"), 86, right=True),
                Column(translate("Links", "Heartbeat"), 132),
            ]
        )  # fmt: skip
        rows = [Row(link.id, self._cells(link, store)) for link in links]
        self.table.show_rows(rows, selected=self.selected, empty=translate("Links", "The line has no devices"))
        self.pager.refresh()

    def _cells(self, link: DeviceLink, store: LineStore) -> tuple[Cell, ...]:
        words = {
            "up": translate("Links", "connected"), "down": translate("Links", "no connection"),
            "connecting": translate("Links", "connecting"), "closed": translate("Links", "closed"),
        }  # fmt: skip
        word = words[link.state]
        chip = Chip(word, _STYLES[link.state]) if store.live else Chip(f"? {word}", "unknown")
        age = NO_VALUE
        if link.age_s is not None and store.live:
            age = with_eu(link.age_s, 1, "s", store.language) if link.age_s < 100 else duration_text(link.age_s)
        plc = translate("Links", "PLC counts") if link.plc_alive else translate("Links", "PLC stands still")
        ours = translate("Links", "sees us") if link.supervisor_seen else translate("Links", "does not see us")
        return (
            Cell(link.name, link.endpoint, bold=True),
            Cell(chip=chip),
            Cell(age),
            Cell(with_eu(link.round_trip_ms, 1, "ms", store.language)),
            Cell(
                NO_VALUE if link.plc_alive is None else plc,
                "" if link.supervisor_seen is None else ours,
                bold=link.plc_alive is False or link.supervisor_seen is False,
            ),
        )

    # ---- the chosen device ------------------------------------------------------------------------------------------

    def _refresh_detail(self, link: DeviceLink) -> None:
        store = self.context.store

        def count(number: int) -> str:
            return number_text(number, 0, store.language)

        self.detail.title.setText(link.name)
        self.why.setText(link.error)
        self.why.setVisible(bool(link.error))
        share = with_eu(100.0 * link.failure_share, 2, "%", store.language)
        parts = [
            translate("Links", "requests {n}, failed {failed} ({share})").format(
                n=count(link.requests), failed=count(link.failures), share=share
            ),
            translate("Links", "not answered {n}").format(n=count(link.timeouts)),
            translate("Links", "foreign and late answers {n}").format(n=count(link.discarded)),
            translate("Links", "reconnects {n}").format(n=count(link.reconnects)),
            translate("Links", "gaps {n}").format(n=count(link.gaps)),
        ]
        if link.skew_ms:
            parts.append(translate("Links", "clock ahead by {time}").format(time=with_eu(link.skew_ms, 0, "ms", store.language)))
        self.counters.setText(" · ".join(parts))
        self.edges.show_columns(
            [Column(translate("Links", "Time"), 84), Column(translate("Links", "Losses and returns"), stretch=1.0)]
        )
        edges = link_edges(self.log.events(), link.id, store.language)
        empty = translate("Links", "No losses yet") if self.log.complete else translate("Links", "Reading…")
        self.edges.show_rows([self._edge(i, edge) for i, edge in enumerate(edges)], empty=empty)

    def _edge(self, at: int, edge: LinkEdge) -> Row:
        what = translate("Links", "Connection is back") if edge.up else translate("Links", "Connection lost")
        day = date_text(edge.time_ns)
        same_day = day == date_text(self.context.store.now_ns(self.context.now_ns()))
        return Row(str(at), (Cell(clock_text(edge.time_ns), "" if same_day else day), Cell(what, edge.error, bold=not edge.up)))

    # ---- engine and server ------------------------------------------------------------------------------------------

    def _refresh_facts(self, store: LineStore) -> None:
        facts = self._facts(store)
        for (name, value), fact in zip(self.fact_labels, [*facts, *[("", "")] * len(self.fact_labels)], strict=False):
            name.setText(fact[0])
            value.setText(fact[1])

    def _facts(self, store: LineStore) -> list[tuple[str, str]]:
        engine, language = store.view("engine"), store.language
        started = wire.integer(engine, "started_ns")
        runs = elapsed_text((self.context.now_ns() - started) / NS_PER_S) if started else NO_VALUE
        scans = number_text(wire.number(engine, "scans"), 0, language)
        missed, late = wire.number(engine, "overruns"), wire.number(engine, "late")
        journal = engine.get("journal_ok")
        ok = translate("Links", "writes") if journal is True else translate("Links", "does not write")
        note = store.text(wire.obj(engine, "realtime").get("note"))
        connected, gone = translate("Links", "connected"), translate("Links", "no connection")
        return [
            (translate("Links", "Server"), connected if store.live else gone),
            (translate("Links", "Engine runs"), runs),
            (translate("Links", "Scan period"), with_eu(wire.number(engine, "scan_period_ms"), 0, "ms", language)),
            (translate("Links", "A scan takes"), with_eu(wire.number(engine, "scan_ms"), 1, "ms", language)),
            (
                translate("Links", "Scans: late, missed"),
                f"{scans}: {number_text(late, 0, language)}, {number_text(missed, 0, language)}",
            ),
            (translate("Links", "Latest scan"), with_eu(wire.number(engine, "late_ms_max"), 1, "ms", language)),
            (translate("Links", "Real-time priority"), note or NO_VALUE),
            (translate("Links", "Journal"), ok if journal is not None else NO_VALUE),
            (translate("Links", "InfluxDB, points waiting"), self._forwarder(store)),
            (translate("Links", "Sound of this panel"), self._sound()),
        ]

    def _sound(self) -> str:
        words = {
            SoundState.UNKNOWN: translate("Links", "not needed yet"), SoundState.READY: translate("Links", "heard"),
            SoundState.NO_DEVICE: translate("Links", "no loudspeaker"), SoundState.MUTED: translate("Links", "switched off"),
        }  # fmt: skip
        return words[self.context.sound_state()]

    @staticmethod
    def _forwarder(store: LineStore) -> str:
        state = wire.text(store.forwarder, "state")
        words = {
            "up": translate("Links", "connected"), "down": translate("Links", "no connection"), "off": translate("Links", "off"),
        }  # fmt: skip
        word = words.get(state, NO_VALUE)
        backlog = number_text(wire.number(store.forwarder, "backlog"), 0, store.language)
        return word if state in ("", "off") else f"{word}, {backlog}"

    def _refresh_histogram(self, store: LineStore) -> None:
        bins: list[Bin] = []
        below = 0.0
        for edge, count in lateness(store.view("engine")):
            digits = 1 if (edge or below) < 1 else 0
            name = (
                f"≤ {number_text(edge, digits, store.language)}"
                if edge is not None
                else f"> {number_text(below, 0, store.language)}"
            )
            bins.append(Bin(name, count, number_text(count, 0, store.language)))
            below = edge if edge is not None else below
        self.histogram.show_bins(bins, translate("Links", "No scan was measured yet"))
