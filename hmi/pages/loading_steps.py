"""The steps of the loading task: which lot, whether it may be used, how much, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.pages.loading_desk import LoadingDesk
from hmi.texts import translate
from hmi.viewmodels.batch_steps import Weighing
from hmi.viewmodels.format import number_text
from hmi.viewmodels.loading import Confirm, Reading, weighing_of
from hmi.viewmodels.stock import Need, ScaleInfo, StockLot, place_name, scales, stock_of
from hmi.widgets.bars import ToleranceBar
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import label
from hmi.widgets.loadingparts import MassFace

FACTS: Final = 6
CANDIDATES: Final = 4


class FactGrid(QWidget):
    """Names and values, one below the other."""

    def __init__(self, context: PanelContext, rows: int = FACTS) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(context.look.px(12))
        grid.setVerticalSpacing(context.look.px(4))
        grid.setColumnStretch(1, 1)
        self.rows = [(label("", "label"), label("", "strong", wrap=True)) for _ in range(rows)]
        for i, (name, value) in enumerate(self.rows):
            grid.addWidget(name, i, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, i, 1)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these, at most as many as there are rows."""
        for i, (name, value) in enumerate(self.rows):
            known = i < len(facts)
            name.setText(facts[i][0] if known else "")
            value.setText(facts[i][1] if known else "")
            name.setVisible(known)
            value.setVisible(known)


class _Step(QWidget):
    def __init__(self, context: PanelContext, desk: LoadingDesk) -> None:
        super().__init__()
        self.context, self.desk = context, desk
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(context.look.px(10))


class CodeStep(_Step):
    """Scan or type; the lot whose turn it is can be taken with one touch."""

    def __init__(self, context: PanelContext, desk: LoadingDesk) -> None:
        super().__init__(context, desk)
        self.say = label("", "heading", wrap=True)
        self.hint = label("", "label", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.doubt = label("", "strong", wrap=True)
        self.first = label("", "", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(context.look.px(10))
        self.take = button("", self._take, role="command")
        self.typed = button("", lambda: void(desk.type_code()), role="command")
        self.receive = button("", lambda: context.navigate("reception", desk.task.material), role="command")
        for made in (self.take, self.typed, self.receive):
            row.addWidget(made)
        row.addStretch(1)
        grid = QGridLayout()
        grid.setSpacing(context.look.px(8))
        self.choices = [button("", lambda i=i: self._choose(i)) for i in range(CANDIDATES)]
        for i, made in enumerate(self.choices):
            grid.addWidget(made, i // 2, i % 2)
        for widget in (self.say, self.hint, self.problem, self.doubt):
            self.column.addWidget(widget)
        self.column.addLayout(grid)
        self.column.addStretch(1)
        self.column.addWidget(self.first)
        self.column.addLayout(row)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.typed.setText(translate("Loading", "Type the code…"))
        self.receive.setText(translate("Loading", "Receive material…"))
        self.hint.setText(translate("Loading", "The scanner works anywhere on this page."))

    def refresh(self, need: Need) -> None:
        """Show what the task knows."""
        task, store = self.desk.task, self.context.store
        stock = stock_of(store)
        self.say.setText(
            translate("Loading", "Looking the code up…") if task.waits
            else translate("Loading", "Scan the code on the label: {name}").format(name=store.text(need.name))
        )  # fmt: skip
        self.problem.setText(f"✕ {task.problem}" if task.problem else "")
        self.problem.setVisible(bool(task.problem))
        self.doubt.setText(words.doubt_words(store, task.doubts))
        self.doubt.setVisible(bool(self.doubt.text()))
        for i, made in enumerate(self.choices):
            lot = stock.lot(task.candidates[i]) if i < len(task.candidates) else None
            made.setVisible(lot is not None)
            if lot is not None:
                made.setText(_short(self.desk, lot))
        lot = stock.lot(need.lot)
        self.take.setVisible(lot is not None)
        self.receive.setVisible(lot is None)
        if lot is not None:
            self.take.setText(words.proposal(store, lot))
            parts = [words.kg(store, lot.left_kg, 2), words.until(lot), place_name(store, lot.place)]
            told = translate("Loading", "First to go, by its date: {facts}")
            self.first.setText(told.format(facts=" · ".join(p for p in (lot.id, *parts) if p)))
        else:
            self.first.setText(translate("Loading", "There is no lot in stock that may be used."))
        self.take.setEnabled(not self.desk.busy())

    def _take(self) -> None:
        need = self.desk.need()
        if need is not None and need.lot:
            self.desk.choose(need.lot)

    def _choose(self, at: int) -> None:
        if at < len(self.desk.task.candidates):
            self.desk.choose(self.desk.task.candidates[at])


def _short(desk: LoadingDesk, lot: StockLot) -> str:
    return " · ".join(t for t in (lot.id, words.kg(desk.context.store, lot.left_kg, 2), words.until(lot)) if t)


def void(_: object) -> None:
    """For slots whose result nobody wants."""


class CheckStep(_Step):
    """Why the lot may not be used, and what to do; or which reason is asked for."""

    def __init__(self, context: PanelContext, desk: LoadingDesk) -> None:
        super().__init__(context, desk)
        self.say = label("", "heading", wrap=True)
        self.why = label("", "strong", wrap=True)
        self.remedy = label("", "", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(context.look.px(10))
        self.first = button("", self._take_first, role="command")
        self.reason = button("", lambda: void(desk.explain()), role="command")
        self.other = button("", desk.another, role="command")
        for made in (self.first, self.reason, self.other):
            row.addWidget(made)
        row.addStretch(1)
        for widget in (self.say, self.why, self.remedy):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.column.addLayout(row)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.reason.setText(translate("Loading", "Take it all the same…"))
        self.other.setText(translate("Loading", "Another code"))

    def refresh(self, need: Need) -> None:
        """Show the verdict."""
        task, store = self.desk.task, self.context.store
        bad = [c for c in task.checks if c.verdict == (task.verdict if task.verdict != "ok" else "")]
        titles = {
            "refused": translate("Loading", "This lot may not be loaded"),
            "reason": translate("Loading", "Only with a reason"), "": translate("Loading", "Checking lot {lot}…"),
        }  # fmt: skip
        self.say.setText(titles.get(task.verdict, "").format(lot=task.lot))
        self.why.setText("\n".join(store.text(c.text) for c in bad))
        self.remedy.setText(words.remedy(bad))
        offered = bool(need.lot) and need.lot != task.lot and not task.waits
        self.first.setVisible(offered)
        self.first.setText(translate("Loading", "Take {lot}").format(lot=need.lot))
        self.reason.setVisible(task.verdict == "reason")

    def _take_first(self) -> None:
        need = self.desk.need()
        if need is not None and need.lot:
            self.desk.choose(need.lot)


class WeighStep(_Step):
    """The mass live, against the band of the recipe."""

    def __init__(self, context: PanelContext, desk: LoadingDesk) -> None:
        super().__init__(context, desk)
        px = context.look.px
        head = QHBoxLayout()
        self.title = label("", "title")
        self.scales = Dropdown(context.look)
        self.scales.chosen.connect(desk.use_scale)
        head.addWidget(self.title, 1)
        head.addWidget(self.scales)
        self.face = MassFace(context.look)
        self.bar = ToleranceBar(context.look, context.store.language)
        self.say = label("", "", wrap=True)
        self.note = label("", "label", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(px(10))
        self.tare = button("", desk.tare, role="command")
        self.typed = button("", lambda: void(desk.type_mass()), role="command")
        self.part = button("", desk.part, role="command")
        self.part.setCheckable(True)
        for made in (self.tare, self.typed, self.part):
            row.addWidget(made)
        row.addStretch(1)
        self.column.addLayout(head)
        for widget in (self.face, self.bar, self.say, self.note):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.column.addLayout(row)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.part.setText(translate("Loading", "Partial load"))

    def refresh(self, need: Need, scale: ScaleInfo | None, reading: Reading | None, confirm: Confirm) -> None:
        """Show the mass of now."""
        store, task = self.context.store, self.desk.task
        typed = task.typed_kg is not None
        self._show_head(scale, reading, typed)
        decimals = words.mass_decimals(task, scale, confirm.kg)
        shown = confirm.kg if typed or reading is not None else None
        good = typed or reading is None or (reading.fault not in ("bad", "faulty") and store.live)
        self.face.show_mass(number_text(shown, decimals, store.language), translate("Loading", "kg net"),
                            words.mass_chip(task, reading), good=good)  # fmt: skip
        w: Weighing = weighing_of(need, max(0.0, confirm.kg or 0.0))
        self.bar.language = store.language
        self.bar.show_weighing(w)
        self.say.setText(words.wanted_words(store, need, confirm))
        self.note.setText(self._note(need, confirm))
        self.tare.setText(
            translate("Loading", "No tare") if task.tare_kg is not None else translate("Loading", "Tare")
        )  # fmt: skip
        self.tare.setEnabled(not typed and reading is not None and reading.fault not in ("bad", "faulty", "moving"))
        self.tare.setVisible(scale is not None)
        self.typed.setText(
            translate("Loading", "Back to the scale") if typed and scale is not None else translate("Loading", "Type the mass…")
        )
        self.part.setChecked(task.partial)
        self.part.setEnabled(not self.desk.busy())

    def _show_head(self, scale: ScaleInfo | None, reading: Reading | None, typed: bool) -> None:
        store = self.context.store
        if typed or scale is None:
            self.title.setText(translate("Loading", "Mass that was typed in"))
        else:
            several = len(scales(store)) > 1
            text = "" if several else f"{store.text(scale.name)} {scale.id}"
            if reading is not None and reading.tare_kg:
                tare = words.kg(store, reading.tare_kg, 2)
                tared = translate("Loading", "tare {mass}").format(mass=tare)
                text = " · ".join(t for t in (text, tared) if t)
            self.title.setText(text)
        found = scales(store)
        self.scales.setVisible(len(found) > 1 and not typed)
        self.scales.show_choices([Choice(s.id, f"{store.text(s.name)} {s.id}") for s in found], scale.id if scale else "")

    def _note(self, need: Need, confirm: Confirm) -> str:
        task = self.desk.task
        lot = stock_of(self.context.store).lot(task.lot)
        if task.partial and lot is not None and weighing_of(need, lot.left_kg).verdict == "under":
            return translate("Loading", "Less is left of this lot than is wanted: load the rest of it, then another lot.")
        if task.partial:
            return translate("Loading", "Partial load: what is on the scale is taken, the rest comes later.")
        if task.reason:
            return translate("Loading", "Reason: {reason}").format(reason=task.reason)
        return ""


class DoneStep(_Step):
    """What was loaded, and what comes next."""

    def __init__(self, context: PanelContext, desk: LoadingDesk) -> None:
        super().__init__(context, desk)
        self.say = label("", "heading", wrap=True)
        self.left = label("", "", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(context.look.px(10))
        self.next = button("", desk.go_on, role="command")
        self.back = button("", desk.give_up, role="command")
        row.addWidget(self.next)
        row.addWidget(self.back)
        row.addStretch(1)
        self.column.addWidget(self.say)
        self.column.addWidget(self.left)
        self.column.addStretch(1)
        self.column.addLayout(row)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.back.setText(translate("Loading", "To the raw material"))

    def show_text(self, text: str) -> None:
        """Only this and the way back."""
        self.say.setText(text)
        self.left.setText("")
        self.next.setVisible(False)

    def refresh(self, need: Need) -> None:
        """Show what was done."""
        store, task = self.context.store, self.desk.task
        mass = words.kg(store, task.done_kg, words.mass_decimals(task, self.desk.scale(), task.done_kg))
        self.say.setText("✓ " + translate("Loading", "Loaded {mass} from lot {lot}").format(mass=mass, lot=task.lot))
        following = self.desk.following()
        self.next.setVisible(following is not None)
        if following is None:
            self.left.setText(translate("Loading", "The batch lacks nothing any more."))
            return
        missing = words.kg(store, following.missing_kg, max(1, weighing_of(following, 0.0).decimals))
        name = store.text(following.name)
        self.left.setText(translate("Loading", "Next: {name}, {mass}").format(name=name, mass=missing))
        self.next.setText(translate("Loading", "Load the next material ▸"))
