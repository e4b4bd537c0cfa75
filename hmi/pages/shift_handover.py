"""The hand-over of a shift, guided: prepare, sign as who leaves, read and sign as who comes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages import shift_handover_words as words
from hmi.pages.base import Pane
from hmi.pages.shift_words import handed_over, hidden_counts, summary
from hmi.pages.tabbed import View
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.handover import Course, HandoverDraft, course, task_of
from hmi.viewmodels.shift import current
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import TextDialog, label
from hmi.widgets.entrylist import EntryList
from hmi.widgets.loadingparts import StepTiles
from hmi.widgets.notesdialog import NotesDialog
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.rowtable import Pager
from hmi.widgets.shiftdialogs import EndShiftDialog, StartShiftDialog
from hmi.widgets.signature import Order, SignatureDialog

STEPS: Final = {"closed": 0, "open": 0, "preparing": 1, "handing_over": 2}
FACTS: Final = 6
SENT: Final = ("shift.prepare", "shift.sign", "shift.withdraw", "shift.start", "shift.end")


class HandoverView(View):
    """One decision a step. What the engine says stands here as it is; what is typed stays until it is signed."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.draft = HandoverDraft()
        self.signing: SignatureDialog | None = None
        self.writing: NotesDialog | None = None
        self._writes = ""
        self._written_for = ""
        self._reopen = ""
        self._reads = ("", "", False)
        self._build()

    # ---- building ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        px = self.context.look.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        self.tiles = StepTiles(self.context.look)
        column.addWidget(self.tiles)
        self.notice = label("", "notice", wrap=True)
        self.notice.setVisible(False)
        column.addWidget(self.notice)
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        self.fact_pane, self.list_pane = Pane(self.context), Pane(self.context)
        self._build_facts()
        self.list = EntryList(self.context.look, (132, 0))
        self.list.chosen.connect(self.open_matter)
        self.list.paged.connect(self._paged)
        self.pager = Pager(self.list)
        self.stops = button("", lambda: self.context.navigate("shift", "stops"))
        self.list_pane.head.addStretch(1)
        self.list_pane.head.addWidget(self.pager)
        self.list_pane.body.addWidget(self.stops)
        self.list_pane.body.addWidget(self.list, 1)
        for pane, share in ((self.fact_pane, 420), (self.list_pane, 734)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            middle.addWidget(pane, share)
        column.addLayout(middle, 1)
        column.addLayout(self._build_foot())

    def _build_facts(self) -> None:
        px = self.context.look.px
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(1, 1)
        self.facts = [(label("", "label"), label("", "strong", wrap=True)) for _ in range(FACTS)]
        for i, (name, value) in enumerate(self.facts):
            grid.addWidget(name, i, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, i, 1, Qt.AlignmentFlag.AlignTop)
        self.fact_pane.body.addLayout(grid)
        self.signer = label("", "label", wrap=True)
        self.fact_pane.body.addWidget(self.signer)
        self.fact_pane.body.addStretch(1)
        self.crew = Dropdown(self.context.look)
        self.crew.chosen.connect(self._crew)
        self.crew_typed = button("", lambda: void(self.type_crew()))
        self.talked = button("")
        self.talked.setCheckable(True)
        self.talked.toggled.connect(self._talked)
        for widget in (self.crew, self.crew_typed, self.talked):
            self.fact_pane.body.addWidget(widget)
            widget.setVisible(False)  # only one step has them: the window is no higher for it before it was ever shown

    def _build_foot(self) -> QHBoxLayout:
        px = self.context.look.px
        foot = QHBoxLayout()
        foot.setSpacing(px(10))
        self.without = button("", lambda: void(self.open_end()), role="command")
        self.withdraw = button("", lambda: void(self.open_withdraw()), role="command")
        self.notes = button("", lambda: void(self.write("notes")), role="command")
        self.remark = button("", lambda: void(self.write("remark")), role="command")
        self.remark.setVisible(False)
        self.told = label("", "strong", wrap=True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.ok = button("", self.go_on, role="primary")
        self.ok.setStyleSheet(f"min-height: {px(60)}px; min-width: {px(240)}px;")
        for widget in (self.without, self.withdraw, self.notes, self.remark):
            foot.addWidget(widget)
        foot.addWidget(self.told, 1)
        foot.addWidget(self.ok)
        return foot

    # ---- view -------------------------------------------------------------------------------------------------------

    def variants(self) -> list[str]:
        return [""]

    def waiting(self) -> int:
        task = task_of(self.context.store, self.context.now_ns())
        return 1 if task is not None and task.urgent else 0

    def take_over(self, before: View) -> None:
        if isinstance(before, HandoverView):
            self.draft = before.draft
            self.draft.signing = ""
            self._reopen = before._writes

    def retranslate(self) -> None:
        self.fact_pane.title.setText(translate("Handover", "Who to whom"))
        self.withdraw.setText(translate("Handover", "Withdraw…"))
        self.without.setText(translate("Handover", "End without hand-over…"))
        self.remark.setText(translate("Handover", "Remark…"))

    def refresh(self) -> None:
        shift = course(self.context.store)
        self.draft.follow(shift)
        self._follow_signing(shift)
        self._follow_writing(shift)
        self.tiles.show_steps(words.step_titles(), STEPS.get(shift.step, 0))
        self.notice.setText(self.draft.notice)
        self.notice.setVisible(bool(self.draft.notice))
        self._show_facts(shift)
        self._show_list(shift)
        self._show_stops(shift)
        self._show_foot(shift)
        if self._reopen:
            kind, self._reopen = self._reopen, ""
            void(self.write(kind))

    def _follow_signing(self, shift: Course) -> None:
        """What is signed became other while somebody signed: they read it again."""
        if self.signing is None or not self.draft.other_now(shift):
            return
        known = shift.handover.changed.get(self.draft.signing) if shift.handover is not None else None
        gone = translate("Handover", "The hand-over was withdrawn or signed meanwhile.")
        anew = translate("Handover", "The list changed while you read it. Read it again.")
        said = self.context.store.text(known) if known else anew
        self.signing.reject()
        if shift.step in ("preparing", "handing_over") and shift.handover is not None:
            self.draft.notice = said
        elif shift.id == self.draft.shift:
            self.draft.notice = gone

    def _follow_writing(self, shift: Course) -> None:
        """The shift that somebody writes for is over: they are told, and what is typed goes into no other."""
        if self.writing is not None and shift.id != self._written_for:
            self.writing.tell(
                translate("Handover", "Another shift has begun: this text is too late for the hand-over. Write it into the log.")
            )

    def _show_facts(self, shift: Course) -> None:
        store, now_ns = self.context.store, self.context.now_ns()
        facts = words.facts(store, shift, self.draft, now_ns)
        for i, (name, value) in enumerate(self.facts):
            known = i < len(facts)
            name.setText(facts[i][0] if known else "")
            value.setText(facts[i][1] if known else "")
            name.setVisible(known)
            value.setVisible(known)
        self.signer.setText(words.signer_words(shift))
        taking = shift.step == "handing_over"
        self.crew.setVisible(taking and bool(shift.crews))
        self.crew_typed.setVisible(taking and not shift.crews)
        planned = shift.coming.crew if shift.coming is not None else ""
        choices = [Choice(key, store.text(name)) for key, name in shift.crews]
        self.crew.show_choices(choices, self.draft.crew if self.draft.crew is not None else planned)
        crew = translate("Handover", "Crew: {crew}").format(crew=self.draft.crew or "—")
        self.crew_typed.setText(f"{crew} …".replace("&", "&&"))
        self.remark.setVisible(taking)
        self.talked.setVisible(taking)
        begun = translate("Handover", "Remark written…") if self.draft.remark.strip() else translate("Handover", "Remark…")
        self.remark.setText(begun)
        self.talked.setChecked(self.draft.talked)
        mark = "☑" if self.draft.talked else "☐"
        self.talked.setText(f"{mark} " + translate("Handover", "Everything was talked over face to face"))

    def _show_list(self, shift: Course) -> None:
        store, told = self.context.store, shift.handover
        if told is None:
            self.list_pane.title.setText(translate("Handover", "What will be handed over"))
            self.list.show_entries(words.introduction(store, shift, self.draft.notes))
            self.pager.refresh()
            return
        title = (
            translate("Handover", "Open matters as signed: {n}") if shift.step == "handing_over"
            else translate("Handover", "Open matters now: {n}")
        )  # fmt: skip
        self.list_pane.title.setText(title.format(n=len(told.matters)))
        known = self.draft.known if self.draft.notice else frozenset[str]()
        reads = (shift.step, told.hash, bool(self.draft.notice))
        anew = reads != self._reads and (shift.step == "handing_over" or bool(self.draft.notice))
        self._reads = reads  # who comes reads it anew, whatever who leaves has seen here
        self.list.show_entries(words.read_list(store, told, known), anew=anew)
        self.pager.refresh()
        self._paged()

    def _show_stops(self, shift: Course) -> None:
        count = wire.integer(wire.obj(self.context.store.view("stops"), "unqualified"), "count")
        n = shift.handover.stops() if shift.step == "handing_over" and shift.handover is not None else count
        self.stops.setText(words.stops_words(n, comes=shift.step == "handing_over"))
        self.stops.setVisible(n > 0 and shift.step != "closed")

    def _show_foot(self, shift: Course) -> None:
        store = self.context.store
        free = store.live and may(store, "operator")
        busy = any(self.context.book.unanswered(kind) for kind in SENT)
        step, missing = shift.step, self.draft.missing(shift)
        self.ok.setText(words.STEP_ACTIONS[step]() if step in words.STEP_ACTIONS else "")
        self.without.setVisible(step == "open")
        self.withdraw.setVisible(step in ("preparing", "handing_over"))
        self.notes.setVisible(step in ("open", "preparing"))
        self.notes.setText(translate("Handover", "Notes…"))
        told = words.missing_words(missing)
        if not store.live:
            told = translate("Handover", "No connection. What was entered stays here.")
        elif not may(store, "operator"):
            told = translate("Handover", "from {role} on").format(role=role_name("operator"))
        elif busy:
            told = translate("Handover", "Sent, waiting for the answer…")
        self.told.setText(told)
        self.ok.setEnabled(free and not busy and not missing)
        for widget in (self.without, self.withdraw):
            widget.setEnabled(free and not busy)
        for widget in (self.notes, self.remark, self.talked, self.crew, self.crew_typed):
            widget.setEnabled(may(store, "operator"))

    # ---- touches ----------------------------------------------------------------------------------------------------

    def _paged(self) -> None:
        shift = course(self.context.store)
        told = shift.handover
        shown = told is not None and self._reads[:2] == ("handing_over", told.hash)
        if told is not None and shown and self.isVisible() and self.list.all_seen():
            self.draft.read = told.hash
            self._show_foot(shift)

    def _talked(self, on: bool) -> None:
        self.draft.talked = on
        self.refresh()

    def _crew(self, crew: str) -> None:
        self.draft.crew = crew
        self.refresh()

    def type_crew(self) -> TextDialog:
        """The crew, where no calendar names them."""
        look, language = self.context.look, self.context.store.language
        title = translate("Handover", "Crew that takes over")
        made = TextDialog(look, language, title, self._crew, text=self.draft.crew or "", parent=self)
        made.field.setMaxLength(200)
        made.open()
        return made

    def open_matter(self, key: str) -> None:
        """The page where a matter is dealt with; the report of the shift before."""
        shift = course(self.context.store)
        kind, _, rest = key.partition("/")
        if kind == "previous":
            self.context.navigate("report", wire.text(shift.previous, "id"))
        elif kind == "matter" and shift.handover is not None and int(rest) < len(shift.handover.matters):
            place = shift.handover.matters[int(rest)].place
            if place is not None:
                self.context.navigate(*place)

    def write(self, kind: str) -> NotesDialog:
        """``notes`` of who leaves, or the ``remark`` of who comes."""
        shift, draft = course(self.context.store), self.draft
        if kind == "notes":
            if not draft.notes and shift.handover is not None:
                draft.notes = shift.handover.notes
            title, text = translate("Handover", "Notes for the next shift"), draft.notes
        else:
            title, text = translate("Handover", "Remark of who comes"), draft.remark
        preparing = kind == "notes" and shift.step == "preparing"
        action = translate("Handover", "Change the notes") if preparing else translate("Dialog", "OK")
        made = NotesDialog(
            self.context,
            title,
            text,
            action,
            lambda t: draft.type(shift.id, kind, t),
            (lambda: self.prepare(shift.id)) if preparing else self.refresh,
            self,
        )
        self.writing, self._writes, self._written_for = made, kind, shift.id
        made.finished.connect(self._written)
        made.open()
        return made

    def _written(self, result: int) -> None:
        self.writing, self._writes = None, ""
        self.refresh()

    def prepare(self, shift: str) -> None:
        """Make the list of a shift, with the notes as they are typed; again: with other notes."""
        self.context.command("shift.prepare", shift, {"notes": self.draft.notes.strip()})
        self.refresh()

    def go_on(self) -> None:
        """The next step."""
        shift = course(self.context.store)
        if not self.ok.isEnabled():
            return
        if shift.step == "closed":
            void(self.open_start())
        elif shift.step == "open":
            self.prepare(shift.id)
        elif shift.handover is not None:
            self.open_sign(shift)

    def open_sign(self, shift: Course) -> SignatureDialog | None:
        """Sign what is displayed."""
        told = shift.handover
        if told is None:
            return None
        self.draft.notice = ""
        args = self.draft.sign(shift)
        leaves = shift.step == "preparing"
        barred = words.barred_words(told)
        title, text, action = words.signing_words(shift.number, len(told.matters), leaves=leaves)
        order = Order("shift.sign", "", args, role=told.role, barred=barred)
        made = SignatureDialog(self.context, title, text, action, order, self)
        self.signing = made
        made.finished.connect(self._signed)
        made.open()
        self.refresh()
        return made

    def _signed(self, result: int) -> None:
        self.signing, self.draft.signing = None, ""
        self.refresh()

    def open_withdraw(self) -> ReasonDialog:
        """One step back, with a reason."""
        shift = course(self.context.store)
        text = translate("Handover", "The list is live again; who leaves signs anew.")
        if shift.step == "preparing":
            text = translate("Handover", "The shift goes on as it was; the notes stay on this panel.")
        if not self.draft.notes and shift.handover is not None:
            self.draft.notes = shift.handover.notes
        made = ReasonDialog(
            self.context.look, self.context.store.language, translate("Handover", "Withdraw the hand-over"), text,
            translate("Handover", "Withdraw"), [r() for r in words.WITHDRAW_REASONS],
            lambda reason: self.context.command("shift.withdraw", shift.id, {}, reason), self,
        )  # fmt: skip
        made.open()
        return made

    def open_end(self) -> EndShiftDialog:
        """End it without a hand-over."""
        store = self.context.store
        shift = current(store)
        made = EndShiftDialog(
            self.context, shift, summary(store, shift), self, hidden=handed_over(store), hidden_words=hidden_counts(store)
        )
        made.open()
        return made

    def open_start(self) -> StartShiftDialog:
        """Begin a shift where none is open."""
        store = self.context.store
        made = StartShiftDialog(self.context, current(store), self, hidden_words=hidden_counts(store))
        made.open()
        return made


def void(_: object) -> None:
    """For a slot whose answer nobody needs."""
