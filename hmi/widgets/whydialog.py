"""Why something is as it is: the chain of causes that ``GET /api/why`` tells, the nearest one first."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.commands import reasons_of
from hmi.viewmodels.format import clock_text
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label
from hmi.widgets.steplist import StepEntry, StepList

REPLY: Final = "why"


def place(ref: Obj) -> str:
    """Where a cause is written down: the line of a recipe or of another file of the line; empty for none."""
    file, line = wire.text(ref, "file"), wire.integer(ref, "line")
    return f"{file}:{line}" if file and line else file


def why_entries(store: LineStore, data: Obj) -> list[StepEntry]:
    """The chain, one entry for each cause."""
    found: list[StepEntry] = []
    for i, cause in enumerate(wire.objects(data, "chain")):
        where = place(wire.obj(cause, "ref"))
        text = store.text(cause.get("text")) or wire.text(cause, "kind")
        text = f"{text} · {where}" if where and where not in text else text
        time_ns = wire.integer(cause, "time_ns")
        found.append(StepEntry(text, clock_text(time_ns) if time_ns else "", "▸" if i == 0 else "◂", strong=i == 0))
    return found


class WhyDialog(PanelDialog):
    """Asks as soon as it is made. ``target`` is a tag, unit, batch, alarm or command, ``at_ns`` the moment (now without)."""

    def __init__(self, context: PanelContext, target: str, title: str, parent: QWidget | None = None, *, at_ns: int = 0) -> None:
        super().__init__(context.look, translate("Why", "Why? {what}").format(what=title), parent)
        self.context = context
        px = context.look.px
        self.answer = label(translate("Why", "Looking into the journal…"), "strong", wrap=True)
        self.body.addWidget(self.answer)
        self.chain = StepList(context.look)
        self.chain.setMinimumHeight(px(360))
        self.body.addWidget(self.chain, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button(translate("Dialog", "Close"), self.accept, role="primary"))
        self.body.addLayout(row)
        self.setMinimumWidth(px(880))
        self._handler = self._take
        context.on_reply[REPLY] = self._handler
        self.finished.connect(self._forget)
        params: Obj = {"target": target, **({"at_ns": at_ns} if at_ns else {})}
        context.port.fetch("/api/why", params, REPLY)

    def _take(self, reply: Obj) -> None:
        store, data = self.context.store, wire.obj(reply, "data")
        if wire.integer(reply, "status") == 200:
            self.answer.setText(store.text(data.get("answer")) or translate("Why", "The journal knows no cause."))
            self.chain.show_entries(why_entries(store, data))
            return
        said = "; ".join(t for r in reasons_of(data) if (t := store.text(r)))
        self.answer.setText("✕ " + (said or translate("Why", "The server has no answer.")))

    def _forget(self, result: int) -> None:
        if self.context.on_reply.get(REPLY) == self._handler:
            del self.context.on_reply[REPLY]


def ask_why(context: PanelContext, target: str, title: str, parent: QWidget, *, at_ns: int = 0) -> WhyDialog:
    """Open the dialog."""
    made = WhyDialog(context, target, title, parent, at_ns=at_ns)
    made.open()
    return made
