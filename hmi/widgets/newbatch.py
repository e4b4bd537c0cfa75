"""New batch: recipe and version, size with the formula scaled to it, mode; the button says exactly what it will do."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batch_steps import weighing
from hmi.viewmodels.batches import name_within
from hmi.viewmodels.format import decimals_for, eu_text, range_text, with_eu
from hmi.viewmodels.new_batch import Offer, formula, offers, versions, with_source
from hmi.viewmodels.orders import Order, proposal
from hmi.viewmodels.wire import Obj
from hmi.widgets.alarmdialogs import Picker
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import NumericPad, PanelDialog, label
from hmi.widgets.steplist import StepEntry, StepList

COLUMNS: Final = 2
NAME_MAX: Final = 38
"""Letters of a product's name that a button of this dialog has room for."""
SOURCE_REPLY: Final = "newbatch.source"
FORMULA_HEIGHT: Final = 122
TRIAL_ROLE: Final = "technologist"
"""Who may run a version that is not approved, or begin in manual mode (docs/ARCHITECTURE.md, Commands)."""


class NewBatchDialog(PanelDialog):
    """Three numbered steps in one sight. Nothing can be created before a recipe is chosen.

    For an ``order`` its recipe is the only one, and the size is what is left of it, in equal batches.
    """

    def __init__(self, context: PanelContext, parent: QWidget | None = None, *, order: Order | None = None) -> None:
        title = translate("NewBatch", "New batch")
        if order is not None:
            title = translate("NewBatch", "New batch for order {number}").format(number=order.number)
        super().__init__(context.look, title, parent)
        self.context, self.order = context, order
        self._sized = False
        """A person has entered the size."""
        px, store = context.look.px, context.store
        self.body.setSpacing(px(8))
        self.offer: Offer | None = None
        self.source: Obj = {}
        self.size_kg = 0.0
        self._handler = self._take_source
        context.on_reply[SOURCE_REPLY] = self._handler
        self.finished.connect(self._forget)
        self.offers = [o for o in offers(store) if order is None or o.recipe == order.recipe]
        self.for_order = label("", "strong", wrap=True)
        self.for_order.setVisible(order is not None)
        self.body.addWidget(self.for_order)
        self.body.addWidget(label(translate("NewBatch", "1. Recipe"), "title"))
        self._build_recipes()
        self.body.addWidget(label(translate("NewBatch", "2. Batch size"), "title"))
        row = QHBoxLayout()
        row.setSpacing(px(14))
        self.size_shown, self.limits = label("", "big"), label("", "label")
        self.change = button(translate("NewBatch", "Change…"))
        self.change.clicked.connect(lambda *_: self.open_pad())
        row.addWidget(self.size_shown)
        row.addWidget(self.limits)
        row.addStretch(1)
        row.addWidget(self.change)
        self.body.addLayout(row)
        self.formula = (StepList(context.look), StepList(context.look))
        halves = QHBoxLayout()
        halves.setSpacing(px(28))
        for half in self.formula:
            half.setFixedHeight(px(FORMULA_HEIGHT))
            half.setVisible(False)
            halves.addWidget(half, 1)
        self.body.addLayout(halves)
        self.body.addWidget(label(translate("NewBatch", "3. Create"), "title"))
        modes = {
            "automatic": translate("NewBatch", "Automatic"), "semi": translate("NewBatch", "Semi-automatic"),
            "manual": translate("NewBatch", "Manual"),
        }  # fmt: skip
        self.modes = Picker(context.look, list(modes.items()), len(modes), lambda key: self._show())
        self.body.addWidget(self.modes)
        self.missing = label("", "label", wrap=True)
        self.missing.setMinimumHeight(px(38))
        self.body.addWidget(self.missing)
        last = QHBoxLayout()
        last.setSpacing(px(12))
        last.addWidget(self.cancel_button())
        last.addSpacing(px(30))
        last.addStretch(1)
        self.only_create = button(translate("NewBatch", "Create, start later"), lambda: self.confirm(start=False))
        self.ok = button("", lambda: self.confirm(start=True), role="primary")
        last.addWidget(self.only_create)
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(px(860))
        self.modes.pick("automatic")
        if len(self.offers) == 1:
            self.choose(self.offers[0])
        self._show()

    def _build_recipes(self) -> None:
        px, store = self.look.px, self.context.store
        grid = QGridLayout()
        grid.setSpacing(px(8))
        self._group = QButtonGroup(self)
        self.recipe_buttons: dict[str, QPushButton] = {}
        for i, offer in enumerate(self.offers):
            version = translate("NewBatch", "version {version}").format(version=offer.version)
            name = name_within(store.text(offer.name), NAME_MAX)
            made = button(f"{name}\n{version}".replace("&", "&&"), lambda o=offer: self.choose(o))
            made.setCheckable(True)
            made.setFixedHeight(px(56))
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(made)
            grid.addWidget(made, i // COLUMNS, i % COLUMNS)
            self.recipe_buttons[offer.recipe] = made
        self.body.addLayout(grid)
        if not self.offers:
            self.body.addWidget(label(translate("NewBatch", "The line has no approved recipe."), "label"))
        self.version = Dropdown(self.look)
        self.version.chosen.connect(self._take_version)
        self.version.setVisible(False)
        self.body.addWidget(self.version)

    # ---- choosing ---------------------------------------------------------------------------------------------------

    def choose(self, offer: Offer) -> None:
        """Take a version of a recipe; the size starts from its base batch, the formula is asked for."""
        self.offer, self.source = offer, {}
        self._start_size(offer)
        self.recipe_buttons[offer.recipe].setChecked(True)
        if not offer.approved and self.modes.picked == "automatic":
            self.modes.pick("semi")
        if offer.hash and self.context.store.live:
            self.context.port.fetch(f"/api/recipes/{offer.hash}", {}, SOURCE_REPLY)
        self._show()

    def _take_version(self, key: str) -> None:
        found = next((o for o in versions(self.context.store, self.offer.recipe) if o.hash == key), None) if self.offer else None
        if found is not None:
            self.choose(found)

    def _take_source(self, reply: Obj) -> None:
        data = wire.obj(reply, "data")
        if self.offer is None or wire.integer(reply, "status") != 200 or wire.text(data, "hash") != self.offer.hash:
            return
        self.source = wire.obj(data, "data")
        self.offer = with_source(self.offer, self.source)
        inside = self.offer.lo_kg <= self.size_kg <= self.offer.hi_kg
        if not inside or (self.order is not None and not self._sized):
            self._start_size(self.offer)
        self._show()

    def _start_size(self, offer: Offer) -> None:
        """The base batch; for an order what meets the rest of it."""
        found = proposal(self.context.store, self.order, offer.lo_kg, offer.hi_kg) if self.order is not None else None
        self.size_kg = found.size_kg if found is not None and found.count else offer.base_kg
        self._sized = False

    def _forget(self, result: int) -> None:
        if self.context.on_reply.get(SOURCE_REPLY) == self._handler:
            del self.context.on_reply[SOURCE_REPLY]

    # ---- showing ----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        store, language, offer = self.context.store, self.context.store.language, self.offer
        ready = offer is not None and offer.sized
        self._show_order(offer)
        for widget in (self.only_create, self.ok, self.change):
            widget.setEnabled(ready)
        self._show_versions()
        trial = may(store, TRIAL_ROLE)
        self.modes.buttons["manual"].setEnabled(trial)
        self.modes.buttons["automatic"].setEnabled(offer is None or offer.approved)
        self._show_formula()
        decimals = decimals_for(self.size_kg)
        self.size_shown.setText(with_eu(self.size_kg, decimals, "kg", language) if ready else "—")
        if offer is None or not ready:
            self.limits.setText("")
            none = translate("NewBatch", "Choose a recipe first.")
            self.missing.setText(none if offer is None else translate("NewBatch", "Reading the recipe…"))
            self.ok.setText(translate("NewBatch", "Create and start"))
            return
        said = f"{range_text(offer.lo_kg, offer.hi_kg, 0, language)}\u00a0{eu_text('kg', language)}"
        self.limits.setText(translate("NewBatch", "limits {limits}").format(limits=said))
        name, size = store.text(offer.name), with_eu(self.size_kg, decimals, "kg", language)
        said = self._means().format(recipe=name, size=size)
        if not trial:
            role = translate("NewBatch", "Manual mode: from {role} on.").format(role=role_name(TRIAL_ROLE))
            said = f"{said} {role}"
        self.missing.setText(said)
        self.ok.setText(translate("NewBatch", "Create and start, {size}").format(size=size))

    def _show_order(self, offer: Offer | None) -> None:
        """What is left of the order, and how many batches meet it."""
        store, order = self.context.store, self.order
        if order is None:
            return
        rest = with_eu(round(order.remaining, 1), decimals_for(round(order.remaining, 1)), order.eu, store.language)
        said = [translate("NewBatch", "Order {number}: {rest} remaining.").format(number=order.number, rest=rest)]
        found = proposal(store, order, offer.lo_kg, offer.hi_kg) if offer is not None and offer.sized else None
        if found is not None and not found.count:
            said.append(translate("NewBatch", "The batches on the line cover it."))
        elif found is not None:
            size = with_eu(found.size_kg, 0, "kg", store.language)
            proposed = translate("NewBatch", "Proposed: {n} × {size}").format(n=found.count, size=size)
            shown = with_eu(found.yield_pct, 0, "%", store.language)
            gives = translate("NewBatch", "at a yield of {pct}").format(pct=shown) if found.yield_pct is not None else ""
            said.append(f"{proposed} {gives}".rstrip() + ".")
        self.for_order.setText(" ".join(said))

    def _means(self) -> str:
        if self.modes.picked == "semi":
            return translate("NewBatch", "{recipe}, {size}: each step waits until an operator confirms it.")
        if self.modes.picked == "manual":
            return translate("NewBatch", "{recipe}, {size}: nothing starts by itself, a technologist starts each step.")
        return translate("NewBatch", "{recipe}, {size}: the batch takes the line's units one after another as they become free.")

    def _show_versions(self) -> None:
        offer = self.offer
        known = versions(self.context.store, offer.recipe) if offer is not None and may(self.context.store, TRIAL_ROLE) else []
        self.version.setVisible(len(known) > 1)
        choices: list[Choice] = []
        for one in known:
            text = translate("NewBatch", "version {version}").format(version=one.version)
            trial = translate("NewBatch", "trial, not approved")
            choices.append(Choice(one.hash, text if one.approved else f"{text} · {trial}"))
        if offer is not None:
            self.version.show_choices(choices, offer.hash)

    def _show_formula(self) -> None:
        store = self.context.store
        entries: list[StepEntry] = []
        for part in formula(self.source, self.size_kg):
            decimals = weighing(0.0, part.kg, part.tolerance_pct).decimals
            entries.append(StepEntry(store.text(part.name), with_eu(part.kg, decimals, "kg", store.language)))
        half = -(-len(entries) // 2)
        for shown, part_of in zip(self.formula, (entries[:half], entries[half:]), strict=True):
            shown.show_entries(part_of)
            shown.setVisible(bool(entries))

    # ---- what it does -----------------------------------------------------------------------------------------------

    def open_pad(self) -> NumericPad:
        """Enter the size."""
        assert self.offer is not None
        pad = NumericPad(
            self.look, self.context.store.language, translate("NewBatch", "Batch size"), value=self.size_kg,
            lo=self.offer.lo_kg, hi=self.offer.hi_kg, decimals=1, eu="kg", accept=self.take_size, parent=self,
        )  # fmt: skip
        pad.open()
        return pad

    def take_size(self, size_kg: float) -> None:
        """A size from the numeric pad, inside the limits already."""
        self.size_kg, self._sized = size_kg, True
        self._show()

    def confirm(self, *, start: bool) -> None:
        """Send the creation and close."""
        offer = self.offer
        if offer is None or not offer.sized:
            return
        args: Obj = {"size_kg": self.size_kg, "start": start, "mode": self.modes.picked or "automatic"}
        if not offer.approved:
            args = {**args, "hash": offer.hash}
        if self.order is not None:
            args = {**args, "order": self.order.id}
        self.deliver(lambda: self.context.command("batch.create", offer.recipe, args))
