"""Manual start of a phase: choose the phase, look at its parameters, change them inside the tags' limits, start."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.format import decimals_for, limits_text, value_text
from hmi.viewmodels.line_info import PhaseInfo, TagInfo, UnitInfo
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import NumericPad, PanelDialog, discard, label


class StartDialog(PanelDialog):
    """The confirm button names the unit and the phase that it will start."""

    def __init__(self, context: PanelContext, unit: UnitInfo, parent: QWidget | None = None) -> None:
        title = translate("StartDialog", "Start by hand · {unit}").format(unit=context.store.text(unit.name))
        super().__init__(context.look, title, parent)
        self.context, self.unit = context, unit
        self.phase: PhaseInfo = unit.phases[0]
        self.values: dict[str, float] = {}
        choice = QHBoxLayout()
        self._group = QButtonGroup(self)
        self.phase_buttons: dict[str, QPushButton] = {}
        for phase in unit.phases:
            made = button(context.store.text(phase.name), lambda p=phase: self.choose(p))
            made.setCheckable(True)
            self._group.addButton(made)
            choice.addWidget(made)
            self.phase_buttons[phase.id] = made
        choice.addStretch(1)
        self.body.addLayout(choice)
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(context.look.px(16))
        self._rows.setVerticalSpacing(context.look.px(6))
        self._rows.setColumnStretch(0, 1)
        self.body.addLayout(self._rows)
        self.body.addSpacing(context.look.px(16))
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(context.look.px(620))
        self.choose(self.phase)

    def choose(self, phase: PhaseInfo) -> None:
        """Take this phase; its parameters start from the setpoints that stand in the PLC."""
        self.phase = phase
        self.phase_buttons[phase.id].setChecked(True)
        store = self.context.store
        self.values = {}
        for name, tag_name in phase.parameters.items():
            info = store.tag(tag_name)
            if info is not None:
                now = store.number(tag_name)
                self.values[name] = min(info.hi, max(info.lo, info.lo if now is None else now))
        self.ok.setText(translate("StartDialog", "Start: {phase}").format(phase=store.text(phase.name)))
        self._show()

    def _show(self) -> None:
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                discard(widget)
        store = self.context.store
        for row, (name, value) in enumerate(self.values.items()):
            info = store.tag(self.phase.parameters[name])
            if info is None:
                continue
            decimals = max(info.decimals, decimals_for(value))
            self._rows.addWidget(label(store.text(info.text)), row, 0)
            self._rows.addWidget(label(value_text(value, decimals, info.eu, store.language), "setpoint"), row, 1)
            self._rows.addWidget(label(limits_text(info.lo, info.hi, 0, info.eu, store.language), "label"), row, 2)
            self._rows.addWidget(button(translate("Unit", "Change"), lambda n=name, i=info: self._change(n, i)), row, 3)
        if not self.values:
            self._rows.addWidget(label(translate("StartDialog", "This phase has no parameters."), "label"), 0, 0)

    def _change(self, name: str, info: TagInfo) -> None:
        def take(value: float) -> None:
            self.values[name] = value
            self._show()

        NumericPad(
            self.look, self.context.store.language, self.context.store.text(info.text), value=self.values[name], lo=info.lo,
            hi=info.hi, decimals=info.decimals, eu=info.eu, accept=take, parent=self,
        ).open()  # fmt: skip

    def confirm(self) -> None:
        """Send the start and close."""
        args: Obj = {"command": "start", "phase": self.phase.id, "parameters": dict(self.values)}
        self.deliver(lambda: self.context.command("unit.command", self.unit.id, args))
