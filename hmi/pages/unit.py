"""Level 2: one unit — values, phases, parameters, trend, why a command is not allowed, and the commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.stop_words import length_words
from hmi.pages.unit_parts import IndicatorGrid, ParameterLine, ParameterTable, PhaseRow, flag_tags, may_change, parameter_lines
from hmi.pages.unit_requests import UnitRequests
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batches import batch_label, batch_of_unit, recipe_short
from hmi.viewmodels.format import elapsed_text, value_text, with_eu
from hmi.viewmodels.line_info import TagInfo, UnitInfo
from hmi.viewmodels.stops import board_of, open_stop
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip, UnitState, condition_value, state_text, unit_chip, unit_state
from hmi.widgets.batchdialogs import PARAMETER_REASONS
from hmi.widgets.buttons import HoldButton, button
from hmi.widgets.conditions import ConditionLine, ConditionList
from hmi.widgets.dialogs import NumericPad, label
from hmi.widgets.faceplate import Faceplate
from hmi.widgets.indicators import StateChip
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.startdialog import StartDialog
from hmi.widgets.trend import Series, TrendView
from hmi.widgets.whydialog import ask_why
from line.clock import NS_PER_S

TREND_S: Final = 1800
COMMANDS: Final[dict[str, Callable[[], str]]] = {
    "start": lambda: translate("Unit", "Start…"),
    "hold": lambda: translate("Unit", "Hold"),
    "restart": lambda: translate("Unit", "Restart"),
    "reset": lambda: translate("Unit", "Reset"),
}
OF_BATCH: Final[dict[str, Callable[[], str]]] = {
    "hold": lambda: translate("Unit", "Hold the batch"),
    "restart": lambda: translate("Unit", "Restart the batch"),
}
"""While a batch owns the unit these go to the batch: the engine takes no Restart for the unit alone then."""
WORKING: Final = frozenset({"running", "restarting", "pausing", "paused", "stopping", "aborting"})


class UnitPage(Page):
    """Level 2 for any unit. Nothing scrolls; Stop stands apart and is held for two seconds."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.unit_id = ""
        self.faceplate: Faceplate | None = None
        self.requests = UnitRequests(context)
        layout = page_layout(self)
        layout.addLayout(self._build_head())
        upper = QHBoxLayout()
        upper.setSpacing(context.look.px(10))
        self.values_pane = Pane(context)
        self.grid = IndicatorGrid(context, self.open_faceplate)
        self.values_pane.body.addWidget(self.grid, 1)
        self.flags = label("", "label", wrap=True)
        self.values_pane.body.addWidget(self.flags)
        upper.addWidget(self.values_pane, 590)
        right = QVBoxLayout()
        right.setSpacing(context.look.px(10))
        self.phase_pane = Pane(context)
        self.phases = PhaseRow(context.look)
        self.waits = label("", "label")
        self.waits.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.waits.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.phase_pane.head.addWidget(self.waits, 1)
        self.phase_pane.body.addWidget(self.phases)
        self.parameter_pane = Pane(context)
        self.parameters = ParameterTable(context, self.change)
        self.parameter_pane.body.addWidget(self.parameters, 1)
        right.addWidget(self.phase_pane)
        right.addWidget(self.parameter_pane, 1)
        upper.addLayout(right, 564)
        layout.addLayout(upper, 360)
        lower = QHBoxLayout()
        lower.setSpacing(context.look.px(10))
        self.trend_pane = Pane(context)
        self.trend = TrendView(context.look)
        self.trend_pane.body.addWidget(self.trend, 1)
        self.why_pane = Pane(context)
        self.why = ConditionList(context.look)
        self.why_pane.body.addWidget(self.why, 1)
        lower.addWidget(self.trend_pane, 640)
        lower.addWidget(self.why_pane, 514)
        for pane in (self.trend_pane, self.why_pane, self.values_pane):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        layout.addLayout(lower, 206)
        layout.addLayout(self._build_commands())

    def _build_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.context.look.px(10))
        self.back = button("", lambda: self.context.navigate("overview", ""), role="compact")
        self.heading = label("", "heading")
        self.state_chip = StateChip(self.context.look)
        self.mode_chip = StateChip(self.context.look)
        self.batch = label("")
        for widget in (self.back, self.heading, self.state_chip, self.mode_chip):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.requests, 100)
        row.addWidget(self.batch)
        self.stop_reason = button("", self.open_stop, role="compact")
        row.addWidget(self.stop_reason)
        self.ask_why = button("", self.open_why, role="compact")
        row.addWidget(self.ask_why)
        row.addWidget(self.requests.ask)
        return row

    def _build_commands(self) -> QHBoxLayout:
        context = self.context
        row = QHBoxLayout()
        row.setSpacing(context.look.px(10))
        self.commands: dict[str, QPushButton] = {}
        for name in COMMANDS:
            slot = self.open_start if name == "start" else lambda n=name: self.send(n)
            self.commands[name] = button("", slot, role="command")
            row.addWidget(self.commands[name])
        row.addSpacing(context.look.px(24))
        self.mode = button("", self.switch_mode, role="command")
        row.addWidget(self.mode)
        row.addStretch(1)
        self.abort = HoldButton(context.look, context.clock)
        self.abort.held.connect(lambda: self.send("abort"))
        row.addWidget(self.abort)
        row.addSpacing(context.look.px(14))
        self.stop = HoldButton(context.look, context.clock)
        self.stop.held.connect(lambda: self.send("stop"))
        row.addWidget(self.stop)
        return row

    # ---- what it shows ----------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        if argument and argument != self.unit_id:
            self.unit_id = argument
            unit = self.unit()
            if unit is not None and self.context.store.live:
                tags = [t for k in unit.key_values for t in (k.tag, k.setpoint) if t]
                now_ns = self.context.now_ns()
                self.context.port.history(tags, now_ns - TREND_S * NS_PER_S, now_ns, 600)

    def variants(self) -> list[str]:
        first: dict[str, str] = {}
        for unit in self.context.store.units():
            first.setdefault(unit.unit_class, unit.id)
        return list(first.values())

    def unit(self) -> UnitInfo | None:
        """The unit that is shown, the line's first one when none was chosen."""
        units = self.context.store.units()
        return self.context.store.unit(self.unit_id) or (units[0] if units else None)

    def apply_look(self) -> None:
        self.trend.apply_look()

    def retranslate(self) -> None:
        self.back.setText("◂ " + translate("Navigation", "Line"))
        self.ask_why.setText(translate("Why", "Why?"))
        self.requests.retranslate()
        self.values_pane.title.setText(translate("Unit", "Values"))
        self.phase_pane.title.setText(translate("Unit", "Phases"))
        self.parameters.retranslate()
        self.stop.setText(translate("Unit", "Stop (hold 2 s)"))
        self.abort.setText(translate("Unit", "Abort (hold 2 s)"))

    def refresh(self) -> None:
        store, unit = self.context.store, self.unit()
        if unit is None:
            return
        state = unit_state(store, unit.id)
        self.heading.setText(f"{store.text(unit.name)} · {unit.label}".replace("-", "\u2011"))
        self.state_chip.show_chip(unit_chip(store, unit.id))
        manual = state.mode == "manual"
        word = translate("Unit", "Manual") if manual else translate("Unit", "Automatic")
        self.mode_chip.show_chip(Chip(word, "manual" if manual else "plain"))
        self.batch.setText(self._batch_text(store, unit))
        self._refresh_stop(unit)
        self.grid.show_unit(unit)
        self.flags.setText(flags_text(store, unit))
        self._refresh_phases(store, unit, state)
        batched = batch_of_unit(store, unit.id) is not None
        title = translate("Unit", "Recipe parameters") if batched else translate("Unit", "Setpoints")
        lines = parameter_lines(store, unit)
        if any(line.editable and not may_change(store, line) for line in lines):
            title += " · " + translate("Unit", "changed by a technologist")
        self.parameter_pane.title.setText(title)
        self.parameters.show_lines(lines)
        self._refresh_trend(store, unit)
        self._refresh_why(store, unit, state)
        self._refresh_commands(store, unit, state)
        self.requests.refresh(unit)
        if self.faceplate is not None:
            self.faceplate.refresh()

    def _refresh_stop(self, unit: UnitInfo) -> None:
        """A stop that is open, and the way to its reason."""
        store = self.context.store
        stop = open_stop(store, unit.id)
        self.stop_reason.setVisible(stop is not None)
        if stop is not None:
            length = length_words(board_of(store), stop, self.context.now_ns())
            words = translate("Unit", "Stands {length}: reason?") if stop.unqualified else translate("Unit", "Stands {length}")
            self.stop_reason.setText(f"{words.format(length=length)} ▸")

    def _batch_text(self, store: LineStore, unit: UnitInfo) -> str:
        batch = batch_of_unit(store, unit.id)
        if batch is None:
            return translate("Unit", "No batch in the unit")
        text = translate("Unit", "Batch {batch} {recipe} · step {step} of {steps}")
        if open_stop(store, unit.id) is not None:  # its button needs the room
            text = translate("Unit", "Batch {batch} {recipe}")
        recipe = recipe_short(store.text(batch.recipe_name))
        return text.format(batch=batch_label(batch), recipe=recipe, step=batch.step, steps=batch.steps)

    def _refresh_phases(self, store: LineStore, unit: UnitInfo, state: UnitState) -> None:
        current = next((i for i, p in enumerate(unit.phases) if p.id == state.phase and state.state != "idle"), -1)
        seconds = store.number(f"{unit.id}.PhTime")
        pairs: list[tuple[str, str]] = []
        for i, phase in enumerate(unit.phases):
            note = elapsed_text(seconds) if i == current and seconds is not None else ""
            pairs.append((store.text(phase.name), note))
        self.phases.show_phases(pairs, current)
        batch = batch_of_unit(store, unit.id)
        waiting = store.text(batch.waiting) if batch else ""
        held = store.text(batch.held_reason) if batch else ""
        done = store.number(f"{unit.id}.PhDone")
        if state.refused:
            self.waits.setText(translate("Unit", "Refused: {why}").format(why="; ".join(store.text(r) for r in state.refused)))
        elif held:
            self.waits.setText(translate("Unit", "Held: {why}").format(why=held))
        elif waiting:
            self.waits.setText(waiting[:1].upper() + waiting[1:])
        elif current >= 0 and done is not None:
            self.waits.setText(translate("Unit", "Done: {share}").format(share=with_eu(done, 0, "%", store.language)))
        else:
            self.waits.setText(translate("Unit", "No phase is running"))

    def _refresh_trend(self, store: LineStore, unit: UnitInfo) -> None:
        if not unit.key_values:
            return
        first = store.tag(unit.key_values[0].tag)
        if first is None:
            return
        names = [k.tag for k in unit.key_values if (info := store.tag(k.tag)) is not None and info.eu == first.eu]
        names += [unit.key_values[0].setpoint] if unit.key_values[0].setpoint else []
        now_ns = self.context.now_ns()
        series: list[Series] = []
        for name in names:
            info = store.tag(name)
            if info is not None:
                x, y = store.recent(name, now_ns, TREND_S)
                value = store.value(name)
                mark = "" if value.good else "? "
                series.append(
                    Series(store.text(info.text), x, y, mark + with_eu(value.value, info.decimals, info.eu, store.language))
                )
        self.trend.show_series(series, end_ns=now_ns, span_s=TREND_S, normal=unit.key_values[0].normal, language=store.language)
        self.trend_pane.title.setText(translate("Unit", "Trend, 30 min"))

    def _refresh_why(self, store: LineStore, unit: UnitInfo, state: UnitState) -> None:
        wanted = "restart" if state.state in ("held", "holding") else "" if state.state in WORKING else "start"
        if wanted:
            possible = state.may(wanted) and store.live and (wanted != "start" or state.mode == "manual")
            title = translate("Unit", "Conditions: {command}") if possible else translate("Unit", "Why not: {command}")
            self.why_pane.title.setText(title.format(command=self._caption(wanted, state).rstrip("…")))
        else:
            self.why_pane.title.setText(translate("Unit", "Interlocks: they hold the phase"))
        rows = [r for r in state.conditions if r.kind == ("permissive" if wanted else "interlock")]
        lines = [ConditionLine(r.ok if store.live else None, store.text(r.text), condition_value(store, r)) for r in rows]
        if wanted == "start":
            by_hand = state.mode == "manual"
            whole = translate("Unit", "Manual mode (in automatic the batch starts phases)")
            if state.batch:
                lines.append(ConditionLine(False, translate("Unit", "No batch owns the unit")))
            else:
                lines.append(ConditionLine(by_hand, translate("Unit", "Manual mode") if by_hand else whole))
            lines.append(self._idle_line(store, state))
        lines.append(self._link_line(store, unit))
        if wanted:
            may = store.user is not None and store.user.may("operator")
            lines.append(ConditionLine(may, translate("Unit", "Logged in as operator or above")))
        self.why.show_lines(lines)

    @staticmethod
    def _idle_line(store: LineStore, state: UnitState) -> ConditionLine:
        if state.state == "idle":
            return ConditionLine(True, translate("Unit", "Phase is idle"))
        note = translate("Unit", "press Reset") if state.may("reset") and not state.batch else ""
        return ConditionLine(False, translate("Unit", "Phase is idle"), note or state_text(store, state.state))

    def _link_line(self, store: LineStore, unit: UnitInfo) -> ConditionLine:
        link = wire.obj(store.view("links"), unit.device)
        device = store.line.devices.get(unit.device, wire.EMPTY) if store.line else wire.EMPTY
        up = wire.text(link, "state") == "up" if store.live else None
        name = store.text(device.get("name")) or unit.device
        trip = with_eu(wire.number(link, "round_trip_ms"), 1, "ms", store.language) if up else ""
        return ConditionLine(up, translate("Unit", "Connection to {device}").format(device=name), trip)

    def _refresh_commands(self, store: LineStore, unit: UnitInfo, state: UnitState) -> None:
        book = self.context.book
        busy = state.pending or bool(book.pending("unit.command", unit.id))
        busy = busy or (bool(state.batch) and bool(book.pending("batch.command", state.batch)))
        role = store.user is None or store.user.may("operator")
        free = store.live and role
        for name, made in self.commands.items():
            allowed = state.may(name) and (name != "start" or (state.mode == "manual" and bool(unit.phases)))
            if state.batch and name not in OF_BATCH:
                allowed = False
            made.setEnabled(free and allowed and not busy)
            made.setText(self._caption(name, state))
        self.stop.setEnabled(free and state.may("stop"))
        self.abort.setEnabled(free and state.may("abort"))
        manual = state.mode == "manual"
        self.mode.setEnabled(free and not book.pending("unit.mode", unit.id) and (manual or not state.batch))
        self.mode.setText(translate("Unit", "To automatic") if manual else translate("Unit", "To manual"))

    @staticmethod
    def _caption(command: str, state: UnitState) -> str:
        return OF_BATCH[command]() if state.batch and command in OF_BATCH else COMMANDS[command]()

    # ---- what it does -----------------------------------------------------------------------------------------------

    def send(self, command: str) -> None:
        """Send a command to the unit; Hold and Restart to the batch that owns it."""
        unit = self.unit()
        if unit is None:
            return
        batch = unit_state(self.context.store, unit.id).batch
        if batch and command in OF_BATCH:
            self.context.command("batch.command", batch, {"command": command})
        else:
            self.context.command("unit.command", unit.id, {"command": command})

    def switch_mode(self) -> None:
        """The other mode."""
        unit = self.unit()
        if unit is not None:
            manual = unit_state(self.context.store, unit.id).mode == "manual"
            self.context.command("unit.mode", unit.id, {"mode": "auto" if manual else "manual"})

    def open_start(self) -> None:
        """Choose phase and parameters."""
        unit = self.unit()
        if unit is not None and unit.phases:
            StartDialog(self.context, unit, self).open()

    def open_faceplate(self, info: TagInfo) -> None:
        """Everything about one tag."""
        self.faceplate = Faceplate(self.context, info, self)
        self.faceplate.finished.connect(self._faceplate_closed)
        self.faceplate.open()

    def _faceplate_closed(self, result: int) -> None:
        self.faceplate = None

    def change(self, line: ParameterLine) -> None:
        """Numeric pad for a recipe parameter or a setpoint."""
        context = self.context

        def send(value: float) -> None:
            if line.kind == "batch.parameter":
                self._ask_reason(line, value)
            else:
                context.command(line.kind, line.target, {"value": value})

        NumericPad(
            context.look, context.store.language, line.name, value=line.value, lo=line.lo, hi=line.hi, decimals=line.decimals,
            eu=line.eu, accept=send, parent=self,
        ).open()  # fmt: skip

    def _ask_reason(self, line: ParameterLine, value: float) -> ReasonDialog:
        """A parameter of a batch is changed with a reason."""
        context = self.context
        shown = value_text(value, line.decimals, line.eu, context.store.language)
        text = f"{line.name}: {line.wanted} → {shown}"
        made = ReasonDialog(
            context.look, context.store.language, translate("Batches", "Change parameter"), text,
            translate("Batches", "Set {value}").format(value=shown), [text() for text in PARAMETER_REASONS], parent=self,
        )  # fmt: skip
        args = {"parameter": line.key, "value": value}
        made.take = lambda reason: context.command(line.kind, line.target, args, reason)
        made.open()
        return made

    def open_stop(self) -> None:
        """The stop that the unit stands in, and its reason."""
        unit = self.unit()
        stop = open_stop(self.context.store, unit.id) if unit is not None else None
        if stop is not None:
            self.context.navigate("shift", f"stops/{stop.id}")

    def open_why(self) -> None:
        """Why the unit does what it does."""
        unit = self.unit()
        if unit is not None:
            ask_why(self.context, unit.id, unit.label, self)


def flags_text(store: LineStore, unit: UnitInfo) -> str:
    """The unit's yes/no tags in words: ● yes, ○ no, ? not known."""
    parts: list[str] = []
    for info in flag_tags(store, unit):
        value = store.value(info.name)
        mark = "?" if not value.good else "●" if value.value else "○"
        parts.append(f"{mark}\u00a0{store.text(info.text)}".replace(" ", "\u00a0"))
    return "   ".join(parts)
