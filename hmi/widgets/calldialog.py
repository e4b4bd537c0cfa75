"""Calling for help in three touches: whom, why, call. The unit is the one whose page was open."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.calls import ServiceInfo, services
from hmi.viewmodels.wire import Obj
from hmi.widgets import draw
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import PanelDialog, TextDialog, discard, label

REASON_COLUMNS: Final = 2
REASON_WIDTH: Final = 320


class CallDialog(PanelDialog):
    """The confirm button names who is called and where to; it is dashed until a service and a reason are chosen."""

    def __init__(self, context: PanelContext, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(context.look, translate("Calls", "Call for help"), parent)
        self.context = context
        self.unit = unit
        self.service: ServiceInfo | None = None
        self.reason: Obj | str = ""
        px = context.look.px
        self._services = services(context.store)
        self.body.addWidget(label(translate("Calls", "Who is needed"), "label"))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        self._group = QButtonGroup(self)
        self.service_buttons: dict[str, QPushButton] = {}
        for service in self._services:
            made = button(context.store.text(service.name), lambda s=service: self.choose_service(s), role="command")
            made.setCheckable(True)
            self._group.addButton(made)
            row.addWidget(made, 1)
            self.service_buttons[service.id] = made
        self.body.addLayout(row)
        if not self._services:
            self.body.addWidget(
                label(translate("Calls", "This line has nobody to call: escalation.yaml names no services."), wrap=True)
            )
        place = QHBoxLayout()
        place.addWidget(label(translate("Calls", "Where"), "label"))
        self.units = Dropdown(context.look)
        self.units.chosen.connect(self.choose_unit)
        place.addWidget(self.units)
        place.addStretch(1)
        self.body.addLayout(place)
        self._why = label(translate("Calls", "What is the matter"), "label")
        self.body.addWidget(self._why)
        self._reasons = QWidget()
        self._reasons_slot = QHBoxLayout()
        self._reasons_slot.setContentsMargins(0, 0, 0, 0)
        self._reasons_slot.addWidget(self._reasons)
        self.body.addLayout(self._reasons_slot)
        self.reason_buttons: list[QPushButton] = []
        self.body.addSpacing(px(12))
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(px(320))
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(px(760))
        self._show()

    def choose_service(self, service: ServiceInfo) -> None:
        """Take whom to call; offers the reasons that are usual for them."""
        self.service, self.reason = service, ""
        self.service_buttons[service.id].setChecked(True)
        self._show_reasons(service)
        self._show()

    def choose_unit(self, unit: str) -> None:
        """Take where to."""
        self.unit = unit
        self._show()

    def choose_reason(self, reason: Obj | str) -> None:
        """Take why: one of those offered, or own words."""
        self.reason = reason
        self._show()

    def _show_reasons(self, service: ServiceInfo) -> None:
        fresh = QWidget()
        grid = QGridLayout(fresh)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(self.look.px(8))
        group = QButtonGroup(fresh)
        self.reason_buttons = []
        for i, reason in enumerate(service.reasons):
            made = button(self._in_lines(self.context.store.text(reason)), lambda r=reason: self.choose_reason(r))
            made.setCheckable(True)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            group.addButton(made)
            grid.addWidget(made, i // REASON_COLUMNS, i % REASON_COLUMNS)
            self.reason_buttons.append(made)
        self.own = button(translate("Calls", "In own words…"), self.write_reason)
        self.own.setCheckable(True)
        group.addButton(self.own)
        at = len(service.reasons)
        grid.addWidget(self.own, at // REASON_COLUMNS, at % REASON_COLUMNS)
        self._reasons_slot.replaceWidget(self._reasons, fresh)
        discard(self._reasons)
        self._reasons = fresh

    def _in_lines(self, text: str) -> str:
        """A button breaks no lines by itself and would cut a long reason at both ends."""
        metrics = QFontMetricsF(self.look.font(15, 600))
        return "\n".join(draw.broken(text, metrics, self.look.px(REASON_WIDTH), 3)).replace("&", "&&")

    def write_reason(self) -> None:
        """Enter the reason on the keyboard."""
        title = translate("Calls", "What is the matter")
        TextDialog(self.look, self.context.store.language, title, self._written, parent=self).open()

    def _written(self, text: str) -> None:
        self.own.setText(self._in_lines(text) if text else translate("Calls", "In own words…"))
        self.choose_reason(text)

    def _show(self) -> None:
        store = self.context.store
        choices = [Choice("", translate("Calls", "the whole line"))]
        choices += [Choice(u.id, f"{u.label} {store.text(u.name)}") for u in store.units()]
        self.units.show_choices(choices, self.unit)
        self._why.setVisible(self.service is not None)
        unit = store.unit(self.unit)
        if self.service is None:
            self.ok.setText(translate("Calls", "Call"))
        else:
            where = unit.label if unit is not None else translate("Calls", "the whole line")
            text = translate("Calls", "Call: {service} → {where}")
            self.ok.setText(text.format(service=store.text(self.service.name), where=where).replace("&", "&&"))
        self.ok.setEnabled(self.service is not None and bool(self.reason))
        self.adjustSize()

    def confirm(self) -> None:
        """Send the call and close."""
        service = self.service
        if service is None or not self.reason:
            return
        reason: Obj = {"ru": self.reason, "en": self.reason} if isinstance(self.reason, str) else self.reason
        args: Obj = {"service": service.id, "reason": dict(reason)}
        self.deliver(lambda: self.context.command("call.create", self.unit, args))
