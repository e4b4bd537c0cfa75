"""What can be done with a batch: each opens what it needs to know first, and sends one command."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from hmi.context import PanelContext
from hmi.pages.batch_words import MODES, MODES_MEAN, VERDICTS, deviation_words, kg_text, word
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels.batch_page import ParameterRow
from hmi.viewmodels.batch_steps import step_name
from hmi.viewmodels.batches import Batch, Deviation, Ingredient, Prompt, batch_label
from hmi.viewmodels.format import decimals_for, value_text, with_eu
from hmi.viewmodels.recipes import was_approved
from hmi.viewmodels.wire import Obj
from hmi.widgets.batchdialogs import (
    COMMENT_MAX,
    LOT_REASONS,
    MANUAL_REASONS,
    PARAMETER_REASONS,
    ChoiceDialog,
    DispositionDialog,
    ModeDialog,
)
from hmi.widgets.dialogs import NumericPad, Question, TextDialog
from hmi.widgets.lotdialog import LotDialog, Wanted, scale_tag
from hmi.widgets.reasondialog import ReasonDialog, Reasoned
from hmi.widgets.signature import Order, SignatureDialog
from line.messages import Json

MODE_ROLES = {"automatic": "operator", "semi": "operator", "manual": "technologist"}
STEP_ROLES = {"confirm": "operator", "start": "technologist", "skip": "technologist"}
DISPOSITION_ROLE = "technologist"
"""Of who signs; whoever stands at the panel may be an operator."""
OUTSIDE_ROLE = "shift_lead"
"""What the server asks for (docs/ARCHITECTURE.md, Commands)."""


class BatchDeeds:
    """Opens its dialogs over ``parent``."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        self.context, self.parent = context, parent
        self.weighing: LotDialog | None = None

    # ---- the batch and its nodes ------------------------------------------------------------------------------------

    def command(self, batch: Batch, command: str, node: str = "") -> None:
        """Start, pause, resume, hold, restart, stop or abort the batch, or one node of it."""
        args: Obj = {"command": command, **({"node": node} if node else {})}
        self.context.command("batch.command", batch.id, args)

    def step(self, batch: Batch, node: str, action: str, reason: str = "") -> None:
        """Confirm a step (semi), start or skip one (manual)."""
        self.context.command("batch.step", batch.id, {"node": node, "action": action}, reason)

    def open_skip(self, batch: Batch, node: str) -> ReasonDialog:
        """Why a step is left out."""
        name = step_name(self.context.store, batch, node)
        made = self._reason(
            translate("Batches", "Skip a step"),
            translate("Batches", "{batch}: the step “{step}” is left out.").format(batch=batch_label(batch), step=name),
            translate("Batches", "Skip “{step}”").format(step=name), [text() for text in MANUAL_REASONS],
        )  # fmt: skip
        made.take = lambda reason: self.step(batch, node, "skip", reason)
        made.open()
        return made

    def open_mode(self, batch: Batch) -> ModeDialog:
        """The three modes with what they mean; manual asks for a reason."""
        modes: list[tuple[str, str, str, str]] = []
        for key in MODES:
            role = MODE_ROLES[key]
            why = "" if may(self.context.store, role) else translate("Batches", "from {role} on").format(role=role_name(role))
            if key == "automatic" and not was_approved(self.context.store, batch.hash):
                why = translate("Batches", "The version was never approved: a trial stays out of automatic mode.")
            modes.append((key, word(MODES, key), word(MODES_MEAN, key), why))

        title = translate("Batches", "Mode of batch {batch}").format(batch=batch_label(batch))
        made = ModeDialog(self.context.look, title, modes, batch.mode, lambda mode: self._take_mode(batch, mode), self.parent)
        made.open()
        return made

    def _take_mode(self, batch: Batch, mode: str) -> None:
        if mode != "manual":
            self.context.command("batch.mode", batch.id, {"mode": mode})
            return
        made = self._reason(
            translate("Batches", "Manual mode"), f"{batch_label(batch)}: {word(MODES_MEAN, mode)}",
            translate("Batches", "Take over by hand"), [text() for text in MANUAL_REASONS],
        )  # fmt: skip
        made.take = lambda reason: self.context.command("batch.mode", batch.id, {"mode": mode}, reason)
        made.open()

    # ---- prompts ----------------------------------------------------------------------------------------------------

    def answer(self, batch: Batch, prompt: Prompt) -> QWidget:
        """Ask for the reply that the prompt wants."""
        context, store = self.context, self.context.store
        text, step = store.text(prompt.text), step_name(store, batch, prompt.node)
        asked = f"{batch_label(batch)}: {text}"
        title = f"{batch_label(batch)} · {step}"
        if step == text:  # a prompt is called as it asks: said once
            title = translate("Batches", "Batch {batch} asks").format(batch=batch_label(batch))
        made: QWidget
        if prompt.kind == "number":
            decimals = max(1, decimals_for(prompt.lo, prompt.hi))
            made = NumericPad(
                context.look, store.language, asked, value=None, lo=prompt.lo, hi=prompt.hi, decimals=max(2, decimals),
                eu=prompt.eu, accept=lambda value: self._reply(batch, prompt, value), parent=self.parent,
            )  # fmt: skip
            made.open()
        elif prompt.kind == "choice":
            choices = [store.text(c) for c in prompt.choices]
            made = ChoiceDialog(context.look, title, text, choices, lambda at: self._reply(batch, prompt, at), self.parent)
            made.open()
        elif prompt.kind == "text":
            made = TextDialog(
                context.look, store.language, asked, lambda typed: self._reply(batch, prompt, typed), parent=self.parent
            )
            made.require_text()
            made.field.setMaxLength(COMMENT_MAX)
            made.open()
        elif prompt.kind == "lot":
            made = self._open_lot_prompt(batch, prompt, text)
        elif prompt.signed:
            made = self._sign_reply(batch, prompt, True)
        else:
            action = translate("Batches", "Confirm")
            made = Question(context.look, title, text, action, lambda: self._reply(batch, prompt, True), self.parent)
            made.open()
        return made

    def _open_lot_prompt(self, batch: Batch, prompt: Prompt, text: str) -> LotDialog:
        store = self.context.store
        ingredient = next((i for i in batch.ingredients if i.material == prompt.material), None)
        node = batch.node(prompt.node)
        name = store.text(ingredient.name) if ingredient is not None else prompt.material
        wanted = Wanted(
            text, name, prompt.target_kg or 0.0, prompt.tolerance_pct or 0.0,
            ingredient.weighed_kg if ingredient is not None else 0.0, scale_tag(store, node.unit if node is not None else ""),
        )  # fmt: skip

        def take(lot: str, kg: float, inside: str) -> None:
            self._with_reason(
                batch, name, kg, inside == "inside", lambda why: self._reply(batch, prompt, {"lot": lot, "kg": kg}, why)
            )

        return self._weigh(wanted, take)

    def _weigh(self, wanted: Wanted, take: Callable[[str, float, str], None]) -> LotDialog:
        made = LotDialog(self.context, wanted, take, self.parent)
        self.weighing = made
        made.finished.connect(self._weighed)
        made.open()
        return made

    def _weighed(self, result: int) -> None:
        self.weighing = None

    def refresh(self) -> None:
        """The scale in an open dialog goes on weighing."""
        if self.weighing is not None:
            self.weighing.refresh()

    def _reply(self, batch: Batch, prompt: Prompt, value: Json, reason: str = "") -> None:
        if prompt.signed:
            self._sign_reply(batch, prompt, value, reason)
        else:
            self.context.command("batch.reply", batch.id, {"prompt": prompt.id, "value": value}, reason)

    def _sign_reply(self, batch: Batch, prompt: Prompt, value: Json, reason: str = "") -> SignatureDialog:
        store = self.context.store
        text = f"{batch_label(batch)}: {store.text(prompt.text)}"
        said = self.reply_words(prompt, value)
        if said:
            text += " — " + said
        order = Order("batch.reply", batch.id, {"prompt": prompt.id, "value": value}, reason, role=prompt.role)
        title, action = translate("Batches", "Signature"), translate("Batches", "Sign the answer")
        made = SignatureDialog(self.context, title, text, action, order, self.parent)
        made.open()
        return made

    def reply_words(self, prompt: Prompt, value: Json) -> str:
        """The answer as a person reads it."""
        store = self.context.store
        if isinstance(value, bool):
            return translate("Batches", "confirmed")
        if prompt.kind == "choice" and isinstance(value, int):
            return store.text(prompt.choices[value]) if 0 <= value < len(prompt.choices) else str(value)
        if isinstance(value, int | float):
            return with_eu(float(value), decimals_for(float(value)), prompt.eu, store.language)
        return value if isinstance(value, str) else ""

    # ---- quality ----------------------------------------------------------------------------------------------------

    def decide(self, batch: Batch, deviation: Deviation) -> DispositionDialog:
        """Verdict and reason, then the signature."""
        context, store = self.context, self.context.store
        title = translate("Batches", "{batch}: deviation {number}").format(batch=batch_label(batch), number=deviation.number)
        facts = (store.text(deviation.text), deviation_words(store, deviation))

        def take(verdict: str, reason: str) -> None:
            args: Obj = {"verdict": verdict, "deviation": deviation.number}
            order = Order("batch.disposition", batch.id, args, reason, role=DISPOSITION_ROLE)
            what = word(VERDICTS, verdict)
            action = translate("Batches", "Sign: {what}").format(what=what[:1].lower() + what[1:])
            text = f"{title}. {facts[0]}: {facts[1]}. {what}."
            SignatureDialog(context, translate("Batches", "Signature"), text, action, order, self.parent).open()

        made = DispositionDialog(context.look, store.language, title, facts, take, self.parent)
        made.open()
        return made

    # ---- parameters, lots, comments -----------------------------------------------------------------------------------

    def change(self, batch: Batch, row: ParameterRow) -> NumericPad:
        """Numeric pad, then why: old and new value are named."""
        context, store, p = self.context, self.context.store, row.parameter

        def ask(value: float) -> None:
            shown = value_text(value, row.decimals, p.eu, store.language)
            text = translate("Batches", "{batch}, {name}: {old} → {new}").format(
                batch=batch_label(batch), name=row.name, old=row.value, new=shown
            )
            title, action = translate("Batches", "Change parameter"), translate("Batches", "Set {value}").format(value=shown)
            made = self._reason(title, text, action, [reason() for reason in PARAMETER_REASONS])
            args: Obj = {"parameter": p.id, "value": value}
            made.take = lambda reason: context.command("batch.parameter", batch.id, args, reason)
            made.open()

        pad = NumericPad(
            context.look, store.language, row.name, value=p.value, lo=p.lo, hi=p.hi, decimals=max(1, row.decimals), eu=p.eu,
            accept=ask, parent=self.parent,
        )  # fmt: skip
        pad.open()
        return pad

    def open_lot(self, batch: Batch, ingredient: Ingredient) -> LotDialog:
        """A further lot of a material. Others may follow, so too little is not yet outside the tolerance."""
        store = self.context.store
        name = store.text(ingredient.name)
        title = translate("Batches", "{batch}: lot of a material").format(batch=batch_label(batch))
        wanted = Wanted(title, name, ingredient.kg, ingredient.tolerance_pct, ingredient.weighed_kg, self._scale(batch))

        def take(lot: str, kg: float, inside: str) -> None:
            args: Obj = {"material": ingredient.material, "lot": lot, "kg": kg}
            self._with_reason(
                batch, name, kg, inside != "over", lambda why: self.context.command("batch.lot", batch.id, args, why)
            )

        return self._weigh(wanted, take)

    def _scale(self, batch: Batch) -> str:
        store = self.context.store
        units = [a.unit for a in batch.active] or [batch.unit]
        return next((tag for unit in units if (tag := scale_tag(store, unit))), "")

    def _with_reason(self, batch: Batch, name: str, kg: float, inside: bool, send: Reasoned) -> None:
        """Outside the tolerance a reason is asked for first, of a shift lead."""
        if inside:
            send("")
            return
        mass = kg_text(self.context.store, kg, decimals_for(kg))
        text = translate("Batches", "{batch}, {name}: with {mass} the tolerance is not met.")
        made = self._reason(
            translate("Batches", "Outside the tolerance"), text.format(batch=batch_label(batch), name=name, mass=mass),
            translate("Batches", "Write down all the same"), [reason() for reason in LOT_REASONS],
        )  # fmt: skip
        made.take = send
        if not may(self.context.store, OUTSIDE_ROLE):
            made.forbid(translate("Batches", "from {role} on").format(role=role_name(OUTSIDE_ROLE)))
        made.open()

    def open_comment(self, batch: Batch) -> TextDialog:
        """A few words for the record."""
        context = self.context

        def take(text: str) -> None:
            context.command("batch.comment", batch.id, {"text": text})

        title = translate("Batches", "Note in the record of {batch}").format(batch=batch_label(batch))
        made = TextDialog(context.look, context.store.language, title, take, parent=self.parent)
        made.require_text()
        made.field.setMaxLength(COMMENT_MAX)
        made.open()
        return made

    def _reason(self, title: str, text: str, action: str, offered: list[str]) -> ReasonDialog:
        return ReasonDialog(self.context.look, self.context.store.language, title, text, action, offered, parent=self.parent)
