"""The stage ``materials`` of the scan: the stock.

It lends the desk that batches ask for lots, settles what they took, carries out what people do with lots, and follows what
batches make.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from line.clock import NS_PER_S, has_passed
from line.lots import LOTS
from line.messages import Json, JsonObject, Write
from line.stage import Scan
from line.tags import TagTable
from materials import making, saving
from materials.catalogue import Catalogue
from materials.desk import StockDesk
from materials.handling import HANDLERS
from materials.lot import GONE, Lot, LotKind
from materials.needs import needs_of, stock_view
from materials.state import StockState
from materials.work import StockWork

KEEP_GONE_NS: Final = 12 * 3600 * NS_PER_S
"""How long a lot of which nothing is left stays in the live state, for a stocktake that finds more of it: the longest shift."""
KEEP_PRODUCT_NS: Final = 7 * 24 * 3600 * NS_PER_S
"""How long the lot of a batch does: where product goes is the business of others. The journal keeps both."""
_NOTHING: Final[Mapping[str, Json]] = {}


class LotStage:
    """The stock as a :class:`~line.stage.Stage` and :class:`~line.stage.Lender`.

    Holds only what never changes, and what it read of the last view of the batches (a function of that view alone).
    """

    def __init__(self, catalogue: Catalogue, tags: TagTable, time_zone: ZoneInfo) -> None:
        self._catalogue = catalogue
        self._tags = tags
        self._zone = time_zone
        self._packing = frozenset(catalogue.packing)
        self._seen: Mapping[str, Json] = _NOTHING
        self._needs: tuple[JsonObject, ...] = ()

    @property
    def name(self) -> str:
        """Key of state and view, and of the desk in ``scan.lent``."""
        return LOTS

    @property
    def command_kinds(self) -> frozenset[str]:
        """Commands about lots."""
        return frozenset(HANDLERS)

    def initial(self) -> StockState:
        """An empty store."""
        return StockState()

    def lend(self, state: StockState, scan: Scan) -> StockDesk:
        """The desk of this scan."""
        return StockDesk(self._catalogue, state.lots, self._today(state, scan.now_ns), scan.image)

    def step(self, state: StockState, scan: Scan) -> StockState:
        """One scan; ``state`` itself when nothing changed."""
        state = self._turn_of_day(state, scan.now_ns)
        state = self._wanted(state, scan)
        desk = scan.lent.get(self.name)
        uses = desk.uses if isinstance(desk, StockDesk) else []
        told = [e for e in scan.events if making.concerns(e, self._packing)]
        if not (uses or told or scan.commands) and not making.due(state, scan, self._catalogue) and not _ended(state):
            return state
        work = StockWork(state, self._catalogue, scan)
        for use in uses:
            work.consume(use)
            self._weighed(work, use.scale)
        making.follow(work, told)
        for command in scan.commands:
            HANDLERS[command.kind](work, command, self._tags)
        return work.close()

    def view(self, state: StockState) -> JsonObject:
        """What panels are shown."""
        return stock_view(state, self._catalogue)

    def save(self, state: StockState) -> JsonObject:
        """The state for the journal."""
        return saving.save(state)

    def restore(self, saved: JsonObject, now_ns: int) -> StockState:
        """The stock as it was. Raises ValueError when ``saved`` is no saved stock."""
        del now_ns
        return saving.restore(saved, self._packing)

    def _today(self, state: StockState, now_ns: int) -> dt.date:
        if state.day and state.day_from_ns <= now_ns < state.day_to_ns:
            return dt.date.fromisoformat(state.day)
        return dt.datetime.fromtimestamp(now_ns / NS_PER_S, self._zone).date()

    def _turn_of_day(self, state: StockState, now_ns: int) -> StockState:
        """At midnight of the plant: dates are judged anew, what is long gone leaves the live state."""
        if state.day and state.day_from_ns <= now_ns < state.day_to_ns:
            return state
        today = self._today(state, now_ns)
        lots = {k: x for k, x in state.lots.items() if not _is_old(x, now_ns)}
        here = {*lots, *state.making}
        units = {k: u for k, u in state.units.items() if u.lot in here}
        start, end = (self._midnight_ns(day) for day in (today, today + dt.timedelta(days=1)))
        number = 0 if today.isoformat() > state.day else state.number
        return replace(state, day=today.isoformat(), day_from_ns=start, day_to_ns=end, number=number, lots=lots, units=units)

    def _midnight_ns(self, day: dt.date) -> int:
        return round(dt.datetime.combine(day, dt.time(), self._zone).timestamp()) * NS_PER_S

    def _wanted(self, state: StockState, scan: Scan) -> StockState:
        """The needs follow the view of the batches; a weighing ends with its batch."""
        batches = scan.views.get("batches", _NOTHING)
        if batches is not self._seen:
            self._seen, self._needs = batches, needs_of(batches)
        if self._needs == state.needs:
            return state
        state = replace(state, needs=self._needs)
        running = {str(n.get("batch")) for n in self._needs}
        over = [w for w in state.weighing.values() if w.batch not in running]
        if not over:
            return state
        for weighing in over:
            self._clear_terminal(weighing.scale, scan)
        return replace(state, weighing={k: w for k, w in state.weighing.items() if w.batch in running})

    def _weighed(self, work: StockWork, scale: str) -> None:
        """What was on the scale is in the batch: its terminal asks for nothing any more."""
        if scale in work.weighing:
            del work.weighing[scale]
            self._clear_terminal(scale, work.scan)

    def _clear_terminal(self, scale: str, scan: Scan) -> None:
        found = self._catalogue.scales.get(scale)
        if found is not None and found.target in range(len(self._tags)):
            scan.writes.append(Write(found.target, 0.0, self.name))


def _ended(state: StockState) -> bool:
    """A batch that has ended waits for its lot only while its packing unit has not counted it out."""
    return any(m.ended and all(p.batch != m.batch for p in state.packing.values()) for m in state.making.values())


def _is_old(lot: Lot, now_ns: int) -> bool:
    if lot.status in GONE:
        return has_passed(KEEP_GONE_NS, lot.ended_ns, now_ns)
    product = lot.kind in (LotKind.SEMI, LotKind.PACKED)
    return product and lot.usable and has_passed(KEEP_PRODUCT_NS, lot.received_ns, now_ns)
