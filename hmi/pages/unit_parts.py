"""Parts of the unit page: phases in a row, the table of parameters, the grid of indicators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.theme import Look
from hmi.viewmodels.alarms import alarm_rows, priority_by_tag
from hmi.viewmodels.analog import analog, indicator_of
from hmi.viewmodels.batches import batch_of_unit
from hmi.viewmodels.format import NO_VALUE, decimals_for, elapsed_text, limits_text, number_text, value_text
from hmi.viewmodels.line_info import TagInfo, UnitInfo
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import unit_state
from hmi.widgets import draw
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import discard, label
from hmi.widgets.indicators import AnalogIndicator, FittedText, ValueField
from hmi.widgets.painted import Painted

INDICATORS_MAX: Final = 12
PARAMETERS_MAX: Final = 4
ROLE_OF: Final = {"tag.write": "technologist", "batch.parameter": "operator"}
"""What the server asks for (docs/ARCHITECTURE.md, Commands)."""


class PhaseRow(Painted):
    """The phases of the unit's class in order; the current one is white, those behind it grey."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.phases: list[tuple[str, str]] = []
        self.current = -1
        self.setFixedHeight(look.px(44))

    def show_phases(self, phases: list[tuple[str, str]], current: int) -> None:
        """Show (name, note) pairs; ``current`` is an index or −1."""
        if (phases, current) != (self.phases, self.current):
            self.phases, self.current = phases, current
            self.changed()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        if not self.phases:
            return
        look, px = self.look, self.look.px
        gap = px(6)
        width = (rect.width() - gap * (len(self.phases) - 1)) / len(self.phases)
        for i, (name, note) in enumerate(self.phases):
            box = QRectF(rect.x() + i * (width + gap), rect.y(), width, rect.height()).adjusted(1, 1, -1, -1)
            lit = i == self.current
            p.setPen(QPen(look.colour("label" if lit else "edge"), 1.5 * look.scale))
            p.setBrush(look.colour("running" if lit else "track" if i < self.current else "pane"))
            p.drawRoundedRect(box, px(4), px(4))
            ink = look.colour("running_ink" if lit else "ink" if i < self.current else "label")
            upper = box.adjusted(px(3), px(4), -px(3), -box.height() / 2) if note else box.adjusted(px(3), 0, -px(3), 0)
            draw.write(p, upper, name, look.font(13, 600 if lit else 400), ink, draw.CENTER)
            if note:
                lower = box.adjusted(px(3), box.height() / 2, -px(3), -px(3))
                draw.write(p, lower, note, look.font(13, 600), ink, draw.CENTER)

    def spoken(self) -> list[str]:
        return [t for pair in self.phases for t in pair if t]


@dataclass(frozen=True)
class ParameterLine:
    """A line of the table; ``change`` is None when it cannot be changed here."""

    key: str
    name: str
    ccp: bool
    wanted: str
    now: str
    now_good: bool
    limits: str
    kind: str
    value: float
    lo: float | None
    hi: float | None
    decimals: int
    eu: str
    target: str
    editable: bool


def parameter_lines(store: LineStore, unit: UnitInfo) -> list[ParameterLine]:
    """Parameters of the batch in the unit (those of the running phase first); without a batch the unit's setpoints."""
    batch = batch_of_unit(store, unit.id)
    state = unit_state(store, unit.id)
    lines: list[ParameterLine] = []
    if batch is not None:
        own = [p for p in batch.parameters if p.unit == unit.id or (not p.unit and unit.phase(p.phase) is not None)]
        own.sort(key=lambda p: p.phase != state.phase)
        for p in own:
            decimals = decimals_for(p.value, p.lo, p.hi)
            setpoint = next((tag for n, tag in _parameters_of(unit, p.phase).items() if p.id.endswith(n)), "")
            current = p.phase == state.phase and state.state != "idle"
            now, good = _now(store, unit.measured.get(setpoint, "") if current else "")
            lines.append(
                ParameterLine(
                    p.id, store.text(p.name), p.ccp, value_text(p.value, decimals, p.eu, store.language), now, good,
                    limits_text(p.lo, p.hi, decimals, p.eu, store.language), "batch.parameter", p.value, p.lo, p.hi,
                    max(1, decimals), p.eu, batch.id, p.editable and not p.ccp,
                )
            )  # fmt: skip
        if lines:
            return lines
    wanted = _parameters_of(unit, state.phase) or {t: t for ph in unit.phases for t in ph.parameters.values()}
    for tag in dict.fromkeys(wanted.values()):
        info = store.tag(tag)
        if info is not None:
            now, good = _now(store, unit.measured.get(tag, ""))
            value = store.value(tag)
            shown = ("" if value.good else "? ") + value_text(value.value, info.decimals, info.eu, store.language)
            limits = limits_text(info.lo, info.hi, decimals_for(info.lo, info.hi), info.eu, store.language)
            lines.append(
                ParameterLine(
                    tag, store.text(info.text), False, shown, now, good, limits, "tag.write", value.value or 0.0, info.lo,
                    info.hi, info.decimals, info.eu, tag, info.writable,
                )
            )  # fmt: skip
    return lines


def may_change(store: LineStore, line: ParameterLine) -> bool:
    """False when somebody is logged in whose role the server would refuse; nobody logged in is asked first."""
    return store.user is None or store.user.may(ROLE_OF[line.kind])


def _parameters_of(unit: UnitInfo, phase_id: str) -> dict[str, str]:
    phase = unit.phase(phase_id)
    return dict(phase.parameters) if phase else {}


def _now(store: LineStore, measured: str) -> tuple[str, bool]:
    info = store.tag(measured)
    if info is None:
        return NO_VALUE, True
    value = store.value(info.name)
    if info.eu == "s" and value.value is not None:
        return elapsed_text(value.value), value.good
    return number_text(value.value, info.decimals, store.language), value.good


class ParameterTable(QWidget):
    """Setpoint, present value, limits and a button to change it, one row per parameter."""

    def __init__(self, context: PanelContext, change: Callable[[ParameterLine], None]) -> None:
        super().__init__()
        self.context = context
        self._change = change
        look = context.look
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(look.px(12))
        self._grid.setVerticalSpacing(look.px(4))
        self._grid.setColumnStretch(0, 1)
        self._head = [label("", "label") for _ in range(4)]
        for i, head in enumerate(self._head):
            self._grid.addWidget(head, 0, i)
        self._keys: list[tuple[str, bool]] = []
        self._cells: list[list[QWidget]] = []
        self._all: list[ParameterLine] = []
        self.lines: list[ParameterLine] = []
        self.buttons: list[QPushButton] = []
        self._grid.setRowStretch(PARAMETERS_MAX + 2, 1)
        self._offset = 0
        self.more = button("", self.turn, role="compact")
        self._grid.addWidget(self.more, PARAMETERS_MAX + 1, 0, 1, 5)

    def retranslate(self) -> None:
        """Column names."""
        texts = (translate("Unit", "Parameter"), translate("Unit", "Set"), translate("Unit", "Now"), translate("Unit", "Limits"))
        for head, text in zip(self._head, texts, strict=True):
            head.setText(text)
        for made in self.buttons:
            made.setText(translate("Unit", "Change"))

    def show_lines(self, lines: list[ParameterLine]) -> None:
        """Show these; when there are more than fit, three at a time and a button that turns to the next."""
        self._all = lines
        fits = len(lines) <= PARAMETERS_MAX
        if fits or self._offset >= len(lines):
            self._offset = 0
        shown = lines if fits else lines[self._offset : self._offset + PARAMETERS_MAX - 1]
        keys = [(line.key, line.editable) for line in shown]
        if keys != self._keys:
            self._rebuild(shown, keys)
        self.lines = shown
        for line, cells in zip(shown, self._cells, strict=True):
            name, wanted, now, limits = cells[:4]
            ccp = " · " + translate("Unit", "CCP") if line.ccp else ""
            if isinstance(name, FittedText):
                name.show_text(line.name + ccp)
            wanted.setProperty("text", line.wanted)
            limits.setProperty("text", line.limits)
            if isinstance(now, ValueField):
                now.show_value(line.now, "", line.now_good)
        self.more.setText(translate("Unit", "{n} more ▸").format(n=len(lines) - len(shown)))
        self.more.setVisible(not fits)
        for made, line in zip(self.buttons, (line for line in shown if line.editable), strict=True):
            made.setEnabled(self.context.store.live and may_change(self.context.store, line))

    def turn(self) -> None:
        """The next three."""
        self._offset += PARAMETERS_MAX - 1
        self.show_lines(self._all)

    def _rebuild(self, lines: list[ParameterLine], keys: list[tuple[str, bool]]) -> None:
        for cells in self._cells:
            for cell in cells:
                self._grid.removeWidget(cell)
                discard(cell)
        self._cells, self._keys, self.buttons = [], keys, []
        for row, line in enumerate(lines, start=1):
            now = ValueField(self.context.look, size=14)
            now.setMinimumWidth(self.context.look.px(64))
            cells: list[QWidget] = [FittedText(self.context.look), label("", "setpoint"), now, label("", "label")]
            if line.editable:
                made = button(translate("Unit", "Change"), lambda i=row - 1: self._change(self.lines[i]), role="compact")
                cells.append(made)
                self.buttons.append(made)
            for column, cell in enumerate(cells):
                self._grid.addWidget(cell, row, column)
            self._cells.append(cells)
        for row in range(1, PARAMETERS_MAX + 1):
            self._grid.setRowMinimumHeight(row, self.context.look.px(48) if row <= len(lines) else 0)


def analog_tags(store: LineStore, unit: UnitInfo) -> list[TagInfo]:
    """The unit's measured numbers: key values first, then in the order of the tag file."""
    if store.line is None:
        return []
    first = [k.tag for k in unit.key_values]
    own = [t for t in store.line.tags.values() if t.unit == unit.id and t.analog]
    return sorted(own, key=lambda t: first.index(t.name) if t.name in first else len(first))[:INDICATORS_MAX]


def flag_tags(store: LineStore, unit: UnitInfo) -> list[TagInfo]:
    """The unit's yes/no tags that are read from the PLC."""
    tags = store.line.tags.values() if store.line else ()
    return [t for t in tags if t.unit == unit.id and t.kind == "bool" and not t.writable]


class IndicatorGrid(QWidget):
    """Indicators of all analog tags; a touch opens the faceplate."""

    def __init__(self, context: PanelContext, opened: Callable[[TagInfo], None]) -> None:
        super().__init__()
        self.context = context
        self._opened = opened
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(context.look.px(6))
        self._tags: list[str] = []
        self.indicators: dict[str, AnalogIndicator] = {}

    def sizeHint(self) -> QSize:
        return QSize(self.context.look.px(520), self.context.look.px(260))

    def show_unit(self, unit: UnitInfo) -> None:
        """Show this unit's values."""
        store = self.context.store
        tags = analog_tags(store, unit)
        if [t.name for t in tags] != self._tags:
            self._rebuild(tags)
        priorities = dict(priority_by_tag(alarm_rows(store)))
        for info in tags:
            self.indicators[info.name].show_value(analog(store, indicator_of(store, info), priorities))

    def _rebuild(self, tags: list[TagInfo]) -> None:
        for made in self.indicators.values():
            self._grid.removeWidget(made)
            discard(made)
        self.indicators = {}
        self._tags = [t.name for t in tags]
        columns = 4 if len(tags) <= 8 else 6
        for column in range(6):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for i, info in enumerate(tags):
            made = AnalogIndicator(self.context.look, name_lines=2)
            made.setCursor(Qt.CursorShape.PointingHandCursor)
            made.clicked.connect(lambda t=info: self._opened(t))
            self._grid.addWidget(made, i // columns, i % columns)
            self.indicators[info.name] = made
