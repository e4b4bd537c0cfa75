"""Ask for something in its time: what kind, where, how urgent, in a few words. Whoever is needed at once is called instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.requests import kinds
from hmi.widgets.alarmdialogs import Picker
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import Keyboard, label
from hmi.widgets.formdialog import FormDialog

TEXT_MAX: Final = 500
COLUMNS: Final = 4
PRIORITIES: Final[dict[str, Callable[[], str]]] = {
    "urgent": lambda: translate("Requests", "urgent"),
    "normal": lambda: translate("Requests", "normal"),
    "low": lambda: translate("Requests", "can wait"),
}


class RequestDialog(FormDialog):
    """``unit`` is the one whose page is open. Stays open until the line has taken the request."""

    def __init__(self, context: PanelContext, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(context, translate("Requests", "New request"), parent)
        self.unit = unit
        px, store = context.look.px, context.store
        self.body.setSpacing(px(8))
        self._names = {kind: store.text(name) for kind, name in kinds(store)}
        self.kinds = Picker(context.look, list(self._names.items()), COLUMNS, lambda key: self._judge())
        for made in self.kinds.buttons.values():
            self._tall(made)
        self.body.addWidget(self.kinds)
        row = QHBoxLayout()
        row.setSpacing(px(10))
        row.addWidget(label(translate("Requests", "Where"), "label"))
        self.units = Dropdown(context.look)
        self.units.chosen.connect(self._take_unit)
        row.addWidget(self.units)
        row.addStretch(1)
        self.priority = Picker(context.look, [(key, text()) for key, text in PRIORITIES.items()], 3, lambda key: None)
        self.priority.pick("normal")
        row.addWidget(self.priority)
        self.body.addLayout(row)
        self.text = QLineEdit()
        self.text.setMaxLength(TEXT_MAX)
        self.text.setPlaceholderText(translate("Requests", "What is needed"))
        self.text.setAccessibleName(self.text.placeholderText())
        self.text.textChanged.connect(lambda *_: self._judge())
        self.text.returnPressed.connect(self.confirm)
        self.body.addWidget(self.text)
        self.body.addWidget(Keyboard(context.look, store.language, [self.text]))
        self.build_foot(820)
        self.verdict.setMinimumHeight(px(22))
        self._show_units()
        self._judge()
        self.text.setFocus()

    @staticmethod
    def _tall(made: QPushButton) -> None:
        made.setProperty("role", "command")
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _take_unit(self, unit: str) -> None:
        self.unit = unit
        self._show_units()
        self._judge()

    def _show_units(self) -> None:
        store = self.context.store
        choices = [Choice("", translate("Calls", "the whole line"))]
        choices += [Choice(u.id, f"{u.label} {store.text(u.name)}") for u in store.units()]
        self.units.show_choices(choices, self.unit)

    def _judge(self) -> None:
        if self.sending:
            return
        store, kind = self.context.store, self.kinds.picked
        missing = [
            translate("Requests", "of what kind") if kind is None else "",
            translate("Requests", "what is needed") if not self.text.text().strip() else "",
        ]
        told = ", ".join(m for m in missing if m)
        self.verdict.setText(translate("Requests", "Still missing: {what}").format(what=told) if told else "")
        unit = store.unit(self.unit)
        where = unit.label if unit is not None else translate("Calls", "the whole line")
        send = translate("Requests", "Send the request")
        if kind is not None:
            send = translate("Requests", "Send: {kind} → {where}").format(kind=self._names[kind], where=where)
        self.ok.setText(send.replace("&", "&&"))
        self.ok.setEnabled(not told)

    def confirm(self) -> None:
        """Send it; the dialog closes when the line has taken it."""
        kind, text = self.kinds.picked, self.text.text().strip()
        if kind is not None and text and self.ok.isEnabled():
            self.send("request.create", self.unit, {"kind": kind, "text": text, "priority": self.priority.picked or "normal"})
