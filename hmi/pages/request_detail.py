"""One service request: what is asked for, its course, and what can be done with it, each with the reason why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.pages.listed import moment, word
from hmi.pages.request_words import ACTIONS, HAPPENED, PRIORITIES, headline, state_chip, why_not
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.course import Course
from hmi.viewmodels.format import text_within
from hmi.viewmodels.requests import Request, Step, against, course, others
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import TextDialog, label
from hmi.widgets.indicators import StateChip
from hmi.widgets.readdialog import ReadDialog
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

COURSE_REPLY: Final = "requests.course"
TEXT_MAX: Final = 500
TEXT_SHOWN: Final = 160
"""Letters of what is asked for; a button shows the whole."""
PRIMARY: Final = ("take", "done", "confirm")
ORDER: Final = ("comment", "cancel", "reopen", "take", "done", "confirm")
COLUMNS: Final = 2
REASONS: Final[dict[str, tuple[Callable[[], str], ...]]] = {
    "reopen": (
        lambda: translate("Requests", "It is still the same"), lambda: translate("Requests", "Not all of it is done"),
        lambda: translate("Requests", "It came back"),
    ),
    "cancel": (
        lambda: translate("Requests", "No longer needed"), lambda: translate("Requests", "Asked for by mistake"),
        lambda: translate("Requests", "Asked for twice"),
    ),
    "confirm": (
        lambda: translate("Requests", "Looked at on site, it is done"),
        lambda: translate("Requests", "Who asked is not on shift"),
    ),
}  # fmt: skip


class RequestDetail(Pane):
    """Built once; :meth:`show_request` with None empties it."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.context = context
        self.request: Request | None = None
        self.course = Course("request")
        context.on_reply[COURSE_REPLY] = self._take_course
        px = context.look.px
        self.chip = StateChip(context.look)
        self.head.addStretch(1)
        self.head.addWidget(self.chip)
        self.what = label("", "heading", wrap=True)
        self.text = label("", "strong", wrap=True)
        self.facts = label("", "label", wrap=True)
        for widget in (self.what, self.text, self.facts):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            self.body.addWidget(widget)
        links = QHBoxLayout()
        self.to_unit = button("", self._open_unit, role="compact")
        self.table = RowTable(context.look, 54)
        self.pager = Pager(self.table)
        self.whole = button("", role="compact")
        self.whole.clicked.connect(lambda *_: self.read_text())
        links.addWidget(self.to_unit)
        links.addWidget(self.whole)
        links.addStretch(1)
        links.addWidget(self.pager)
        self.body.addLayout(links)
        self.body.addWidget(self.table, 1)
        self.why = label("", "label", wrap=True)
        self.why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addWidget(self.why)
        self.grid = QGridLayout()
        self.grid.setSpacing(px(8))
        self.deeds: dict[str, QPushButton] = {}
        for key in ORDER:
            self.deeds[key] = button("", role="primary" if key in PRIMARY else "")
            self.deeds[key].clicked.connect(lambda *_, k=key: self.act(k))
        self.body.addLayout(self.grid)
        self._placed: tuple[str, ...] = ()

    # ---- showing ----------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Fixed texts."""
        self.whole.setText(translate("Requests", "Whole text…"))
        for key, made in self.deeds.items():
            made.setText(word(ACTIONS, key))

    def settled(self) -> bool:
        """False while the course of the request is read."""
        return self.request is None or self.course.whole(self.request.id)

    def show_request(self, request: Request | None) -> None:
        """Show this request."""
        self.request = request
        for widget in (self.chip, self.what, self.text, self.facts, self.to_unit, self.table, self.pager, self.why):
            widget.setVisible(request is not None)
        title = translate("Requests", "Request {n}").format(n=request.number) if request is not None else ""
        self.title.setText(title)
        self._place_deeds(request)
        self.whole.setVisible(request is not None and len(request.text) > TEXT_SHOWN)
        if request is None:
            return
        store, now_ns = self.context.store, self.context.now_ns()
        self.chip.show_chip(state_chip(request))
        self.what.setText(headline(store, request))
        self.text.setText(text_within(request.text, TEXT_SHOWN))
        self.facts.setText(
            translate("Requests", "{urgency} · asked by {user} at {time}").format(
                urgency=word(PRIORITIES, request.priority),
                user=user_name(store, request.by),
                time=moment(request.opened_ns, now_ns),
            )
        )
        unit = store.unit(request.unit)
        self.to_unit.setVisible(unit is not None)
        if unit is not None:
            named = unit.label if self.whole.isVisibleTo(self) else f"{unit.label} {store.text(unit.name)}"
            self.to_unit.setText(f"{named} ▸".replace("&", "&&"))
        self._ask_course(request)
        self.table.show_columns([Column(translate("Requests", "Time"), 92), Column(translate("Requests", "Course"), stretch=1.0)])
        self.table.show_rows([self._step_row(at, s, now_ns) for at, s in enumerate(reversed(self._steps(request)))])
        self.pager.refresh()
        self._show_why(request)

    def _steps(self, request: Request) -> list[Step]:
        """From the journal once it is read; until then as far as the view tells."""
        told = self.course.of(request.id)
        if not any(wire.text(e.data, "what") == "created" for e in told):
            return course(request)
        return [Step(e.time_ns, wire.text(e.data, "user"), wire.text(e.data, "what"), wire.text(e.data, "text")) for e in told]

    def _step_row(self, at: int, step: Step, now_ns: int) -> Row:
        head = f"{word(HAPPENED, step.what)} · {user_name(self.context.store, step.user)}"
        shown = "" if step.what == "created" else step.text
        return Row(str(at), (Cell(moment(step.time_ns, now_ns)), Cell(head, shown, bold=bool(shown))))

    def _place_deeds(self, request: Request | None) -> None:
        """What the state allows, the next step last and over the whole width."""
        store, book = self.context.store, self.context.book
        allowed = tuple(key for key in ORDER if request is not None and key in request.allowed)
        if allowed != self._placed:
            self._placed = allowed
            for key, made in self.deeds.items():
                self.grid.removeWidget(made)
                made.setVisible(key in allowed)
            for at, key in enumerate(allowed):
                last = at == len(allowed) - 1 and at % COLUMNS == 0
                self.grid.addWidget(self.deeds[key], at // COLUMNS, at % COLUMNS, 1, COLUMNS if last else 1)
        for key, made in self.deeds.items():
            made.setVisible(key in allowed)
            if request is not None and key in allowed:
                made.setEnabled(not against(store, request, key) and not book.unanswered(target=request.id))

    def _show_why(self, request: Request) -> None:
        by_reason: dict[str, list[str]] = {}
        for key in self._placed:
            why = why_not(against(self.context.store, request, key), request)
            if why:
                by_reason.setdefault(why, []).append(word(ACTIONS, key).rstrip("…"))
        whole = len(self._placed)
        told = [
            why[:1].upper() + why[1:] if len(of) == whole else f"{', '.join(of).capitalize()}: {why}"
            for why, of in by_reason.items()
        ]
        self.why.setText("\n".join(told))
        self.why.setVisible(bool(told))

    # ---- course -----------------------------------------------------------------------------------------------------

    def _ask_course(self, request: Request) -> None:
        context = self.context
        params = self.course.request(context.store, request.id, context.clock.monotonic_ns())
        if params is not None:
            context.port.fetch("/api/events", params, COURSE_REPLY)

    def _take_course(self, reply: Obj) -> None:
        self.course.take(reply)
        if self.isVisible():
            self.show_request(self.request)

    # ---- what it does -----------------------------------------------------------------------------------------------

    def _open_unit(self) -> None:
        if self.request is not None and self.request.unit:
            self.context.navigate("unit", self.request.unit)

    def read_text(self) -> ReadDialog | None:
        """All of what is asked for."""
        if self.request is None:
            return None
        made = ReadDialog(self.context.look, self.title.text(), self.request.text, self.window())
        made.open()
        return made

    def act(self, key: str) -> TextDialog | ReasonDialog | None:
        """Do it at once, or ask first what there is to say."""
        request, store = self.request, self.context.store
        if request is None or against(store, request, key):
            return None
        if key == "comment":
            return self._text(
                translate("Requests", "What is there to say"), request, lambda t: self._send(request, key, {"text": t})
            )
        if key == "done":
            title = translate("Requests", "What was done")
            return self._text(title, request, lambda t: self._send(request, key, {"note": t} if t else {}), needed=False)
        if key in ("reopen", "cancel") or (key == "confirm" and others(store, request)):
            return self._reason(request, key)
        self._send(request, key, {})
        return None

    def _text(self, title: str, request: Request, take: Callable[[str], None], *, needed: bool = True) -> TextDialog:
        def taken(text: str) -> None:
            if text or not needed:
                take(text)

        made = TextDialog(self.context.look, self.context.store.language, title, taken, parent=self.window())
        made.field.setMaxLength(TEXT_MAX)
        made.open()
        return made

    def _reason(self, request: Request, key: str) -> ReasonDialog:
        titles = {
            "reopen": translate("Requests", "Send request {n} back"), "cancel": translate("Requests", "Withdraw request {n}"),
            "confirm": translate("Requests", "Confirm request {n} of somebody else"),
        }  # fmt: skip
        title = titles[key].format(n=request.number)
        offered = [text() for text in REASONS[key]]
        made = ReasonDialog(
            self.context.look, self.context.store.language, title, request.text, word(ACTIONS, key).rstrip("…"), offered,
            lambda why: self._reasoned(request, key, why), self.window(),
        )  # fmt: skip
        made.open()
        return made

    def _reasoned(self, request: Request, key: str, why: str) -> None:
        if key == "reopen" or not others(self.context.store, request):
            self._send(request, key, {"note": why})
        else:
            self.context.command(f"request.{key}", request.id, {}, why)

    def _send(self, request: Request, key: str, args: Obj) -> None:
        self.context.command(f"request.{key}", request.id, args)
