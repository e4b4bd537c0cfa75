"""Raw material into a batch, guided: code, check, weighing, confirmation. One decision a step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.loading_desk import LoadingDesk
from hmi.pages.loading_steps import CheckStep, CodeStep, DoneStep, FactGrid, WeighStep
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels.batches import batch_by_id
from hmi.viewmodels.loading import (
    Confirm,
    LoadingTask,
    beyond_lot,
)
from hmi.viewmodels.stock import Need, label_of_batch, material_name, stock_of
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.loadingparts import CheckRows, FormulaGrid, StepTiles
from hmi.widgets.scan import ScanCatcher


class LoadingPage(Page):
    """Argument ``BATCH/MATERIAL`` or ``BATCH/MATERIAL/LOT``. What was entered stays until it is cancelled or taken."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.desk = LoadingDesk(context, self, self._shown)
        self.catcher = ScanCatcher(self, context.clock, self.desk.scan)
        layout = page_layout(self)
        head = QHBoxLayout()
        self.cancel = button("", self.desk.give_up, role="compact")
        self.heading = label("", "heading")
        head.addWidget(self.cancel)
        head.addWidget(self.heading, 1)
        layout.addLayout(head)
        self.tiles = StepTiles(context.look)
        layout.addWidget(self.tiles)
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        self.lot_pane = Pane(context)
        self.facts = FactGrid(context)
        self.checks = CheckRows(context.look)
        self.lot_pane.body.addWidget(self.facts)
        self.lot_pane.body.addWidget(self.checks, 1)
        self.work_pane = Pane(context)
        self.code_step, self.check_step = CodeStep(context, self.desk), CheckStep(context, self.desk)
        self.weigh_step, self.done_step = WeighStep(context, self.desk), DoneStep(context, self.desk)
        self.work_pane.title.setVisible(False)
        self.stack = QStackedWidget()
        for step in (self.code_step, self.check_step, self.weigh_step, self.done_step):
            self.stack.addWidget(step)
        self.work_pane.body.addWidget(self.stack, 1)
        for pane, share in ((self.lot_pane, 392), (self.work_pane, 762)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            middle.addWidget(pane, share)
        layout.addLayout(middle, 1)
        layout.addLayout(self._build_foot())

    def _build_foot(self) -> QHBoxLayout:
        px = self.context.look.px
        foot = QHBoxLayout()
        foot.setSpacing(px(10))
        self.formula_pane, self.confirm_pane = Pane(self.context), Pane(self.context)
        self.formula = FormulaGrid(self.context.look)
        self.formula_pane.body.addWidget(self.formula, 1)
        self.confirm_pane.title.setVisible(False)
        self.ok = button("", self.confirm, role="primary")
        self.ok.setStyleSheet(f"min-height: {px(72)}px; font-size: {px(18)}px;")
        self.missing = label("", "strong", wrap=True)
        self.missing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.confirm_pane.body.addWidget(self.ok)
        self.confirm_pane.body.addWidget(self.missing, 1)
        for pane, share in ((self.formula_pane, 814), (self.confirm_pane, 340)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            pane.setFixedHeight(px(164))
            foot.addWidget(pane, share)
        return foot

    @property
    def task(self) -> LoadingTask:
        """What was decided so far."""
        return self.desk.task

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        batch, _, rest = argument.partition("/")
        material, _, lot = rest.partition("/")
        if not batch:
            return
        if (batch, material) != (self.task.batch, self.task.material) or self.task.done_kg is not None:
            self.desk.begin(batch, material)
        if lot and lot != self.task.lot:
            self.desk.choose(lot)

    def take_over(self, before: Page) -> None:
        if isinstance(before, LoadingPage):
            self.desk.take_over(before.desk)

    def variants(self) -> list[str]:
        needs = stock_of(self.context.store).lacking()
        need = next((n for n in needs if n.lot), needs[0] if needs else None)
        return [f"{need.key}/{need.lot}" if need.lot else need.key] if need is not None else [""]

    def settled(self) -> bool:
        return not self.task.waits

    def picture(self, variant: str) -> str:
        return ""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.catcher.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self.catcher.stop()
        super().hideEvent(event)

    def retranslate(self) -> None:
        self.cancel.setText("✕ " + translate("Dialog", "Cancel"))
        self.code_step.retranslate()
        self.check_step.retranslate()
        self.weigh_step.retranslate()
        self.done_step.retranslate()

    def refresh(self) -> None:
        self.desk.follow()
        self.desk.ask_again()
        need = self.desk.need()
        store, task = self.context.store, self.task
        batch = batch_by_id(store, task.batch)
        parts = [translate("Loading", "Loading of raw material")]
        if task.batch:
            parts.append(translate("Loading", "batch {batch}").format(batch=label_of_batch(store, task.batch)))
        parts.append(store.text(batch.recipe_name) if batch is not None else "")
        self.heading.setText(" · ".join(p for p in parts if p))
        if need is None:
            self._show_nothing()
            return
        self._untraced(need)
        confirm = self.desk.state(need)
        self.desk.forget_refusal(confirm.kg)
        step = task.step(not confirm.missing)
        self.tiles.show_steps(words.step_titles(task, step), step)
        self._show_lot(need)
        self.stack.setCurrentIndex({0: 0, 1: 1, 2: 2, 3: 2, 4: 3}[step])
        if step == 0:
            self.code_step.refresh(need)
        elif step == 1:
            self.check_step.refresh(need)
        elif step == 4:
            self.done_step.refresh(need)
        else:
            self.desk.tell_terminal(need)
            self.weigh_step.refresh(need, self.desk.scale(), self.desk.reading(), confirm)
        rows = stock_of(store).formula(task.batch)
        self.formula_pane.title.setText(
            translate("Loading", "Formula of batch {batch}: wanted and weighed, kg").format(
                batch=label_of_batch(store, task.batch)
            )
        )
        self.formula.show_cells(words.formula_cells(store, rows, task.material))
        self._show_confirm(need, confirm, step)

    def _show_nothing(self) -> None:
        self.tiles.show_steps(words.step_titles(self.task, 0), 0)
        self.lot_pane.title.setText(material_name(self.context.store, self.task.material))
        self.facts.show_facts([])
        self.checks.show_lines([])
        self.formula.show_cells([])
        self.formula_pane.title.setText("")
        self.stack.setCurrentIndex(3)
        self.done_step.show_text(
            translate("Loading", "The batch does not ask for this material any more.") if self.task.batch
            else translate("Loading", "Choose on the page of raw material what is to be loaded.")
        )  # fmt: skip
        self.ok.setText(translate("Loading", "Confirm"))
        self.ok.setEnabled(False)
        self.missing.setText("")

    def _untraced(self, need: Need) -> None:
        """What has no lots (water, ice) needs neither code nor check."""
        if not need.traced and not self.task.lot:
            self.task.choose(need.material.upper())
            self.task.waits, self.task.verdict = False, "ok"

    def _show_lot(self, need: Need) -> None:
        store, task = self.context.store, self.task
        stock = stock_of(store)
        self.lot_pane.title.setText(store.text(need.name))
        lot = stock.lot(task.lot)
        self.facts.show_facts(words.lot_facts(store, lot) if lot is not None else words.need_facts(store, need, stock))
        shown = task.checks if task.done_kg is None else ()
        self.checks.show_lines([(c.verdict, store.text(c.text)) for c in shown])

    def _show_confirm(self, need: Need, confirm: Confirm, step: int) -> None:
        store = self.context.store
        mass = words.kg(store, confirm.kg, words.mass_decimals(self.task, self.desk.scale(), confirm.kg)) if confirm.kg else ""
        if step >= 4 or not mass or step < 2:
            self.ok.setText(translate("Loading", "Confirm"))
        elif confirm.outside:
            self.ok.setText(translate("Loading", "Confirm {mass} with a reason…").format(mass=mass))
        else:
            self.ok.setText(translate("Loading", "Confirm {mass}").format(mass=mass))
        told = words.missing_words(store, need, confirm)
        left_kg = beyond_lot(stock_of(store), self.task.lot, confirm.kg) if need.traced and step >= 2 else None
        if left_kg is not None:
            told = translate("Loading", "the lot has only {mass}").format(mass=words.kg(store, left_kg, 2))
        free = may(store, "operator")
        if not store.live:
            told = translate("Loading", "No connection. What was entered stays here.")
        elif not free:
            told = translate("Loading", "from {role} on").format(role=role_name("operator"))
        elif self.desk.busy():
            told = translate("Loading", "Sent, waiting for the answer…")
        elif self.desk.refused:
            told = f"✕ {self.desk.refused}"
        if step >= 4:
            told = ""
        self.missing.setText(told)
        self.ok.setEnabled(step == 3 and store.live and free and not self.desk.busy())

    def confirm(self) -> None:
        """Send the mass, while the button may be touched."""
        if self.ok.isEnabled():
            self.desk.confirm()

    def _shown(self) -> None:
        if self.isVisible():
            self.refresh()
