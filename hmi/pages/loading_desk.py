"""What a person who loads does: says which lot, has it checked, weighs, confirms. The page (hmi/pages/loading.py) shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batches import Prompt, batch_by_id
from hmi.viewmodels.commands import Pending, reasons_of
from hmi.viewmodels.loading import (
    OUTSIDE_ROLE,
    Confirm,
    LoadingTask,
    Reading,
    command_of,
    confirm_of,
    lot_ends,
    read_scale,
    weighing_of,
)
from hmi.viewmodels.stock import Need, ScaleInfo, label_of_batch, material_name, scales, stock_of
from hmi.viewmodels.wire import Obj
from hmi.widgets.batchdialogs import LOT_REASONS
from hmi.widgets.dialogs import NumericPad, TextDialog
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.signature import Order, SignatureDialog

CODE_REPLY: Final = "loading.code"
CHECK_REPLY: Final = "loading.check"
CODE_MAX: Final = 200
KG_MAX: Final = 100_000.0
TAKEN: Final = frozenset({"accepted", "confirmed", "done"})
WAITING: Final = frozenset({"sending", "received"})


class LoadingDesk:
    """One loading task; ``changed`` is called when there is something new to show, ``host`` is what its dialogs belong to."""

    def __init__(self, context: PanelContext, host: QWidget, changed: Callable[[], None]) -> None:
        self.context = context
        self.task = LoadingTask()
        self.refused = ""
        self._refused_kg: float | None = None
        self._host, self._changed = host, changed
        self._sent: tuple[str, str, int, float] | None = None
        self._role = ""
        self._was_live = False
        context.on_reply[CODE_REPLY] = self._take_code
        context.on_reply[CHECK_REPLY] = self._take_checks

    def take_over(self, before: LoadingDesk) -> None:
        """The window was built anew: go on with the task of ``before``."""
        self.task, self._sent, self._role, self.refused = before.task, before._sent, before._role, before.refused

    def need(self) -> Need | None:
        """The ingredient that is loaded."""
        return stock_of(self.context.store).need(self.task.batch, self.task.material)

    def begin(self, batch: str, material: str) -> None:
        """A new task, with the scale that was used last."""
        self.task = LoadingTask(batch, material, scale=self.task.scale)
        self.refused, self._sent = "", None

    def scale(self) -> ScaleInfo | None:
        """The scale in use."""
        found = scales(self.context.store)
        return next((s for s in found if s.id == self.task.scale), found[0] if found else None)

    def reading(self) -> Reading | None:
        """What it shows; None where the line has no scale."""
        scale = self.scale()
        if scale is None:
            return None
        self.task.scale = scale.id
        return read_scale(self.context.store, scale, self.task.tare_kg, self.context.now_ns())

    def state(self, need: Need) -> Confirm:
        """What can be confirmed now."""
        return confirm_of(self.task, need, self.reading())

    # ---- code and check ---------------------------------------------------------------------------------------------------

    def scan(self, code: str) -> None:
        """A code, scanned or typed: which lot is it?"""
        code = code.strip()
        if not code or self.busy():
            return
        if self.task.done_kg is not None:
            self.begin(self.task.batch, self.task.material)
        self.task.forget_lot()
        self.refused = ""
        self.task.code, self.task.waits = code, True
        self.context.port.fetch("/api/code", {"text": code}, CODE_REPLY)
        self._changed()

    def type_code(self) -> TextDialog:
        """Type it."""
        title = translate("Loading", "Code or number of the lot")
        made = TextDialog(self.context.look, "en", title, self.scan, parent=self._host)
        made.field.setMaxLength(CODE_MAX)
        made.open()
        return made

    def _take_code(self, reply: Obj) -> None:
        task, store = self.task, self.context.store
        if not task.waits or task.lot:
            return
        task.waits = False
        data = wire.obj(reply, "data")
        task.doubts = tuple(wire.objects(data, "doubts"))
        lot = wire.text(data, "lot")
        if wire.integer(reply, "status") != 200:
            task.problem = self._server_said(reply)
        elif not wire.flag(data, "ok"):
            task.problem = words.bad_code(store, data)
        elif lot:
            self.choose(lot)
        else:
            task.candidates = tuple(c for c in wire.items(data, "candidates") if isinstance(c, str))
            if task.candidates:
                name = material_name(store, wire.text(data, "material")) or wire.text(data, "code")
                task.problem = translate("Loading", "{name}: several lots bear this code. Which one is it?").format(name=name)
            else:
                task.problem = words.code_words(store, data)
        self._changed()

    def _server_said(self, reply: Obj) -> str:
        said = "; ".join(t for r in reasons_of(wire.obj(reply, "data")) if (t := self.context.store.text(r)))
        return said or translate("Loading", "The server does not answer. Try again.")

    def choose(self, lot: str) -> None:
        """This lot; what speaks against it is asked."""
        self.refused = ""
        self.task.choose(lot)
        self._check()

    def _check(self) -> None:
        store, task = self.context.store, self.task
        self._role = store.user.role if store.user is not None else "operator"
        task.waits = True
        asked: Obj = {"batch": task.batch, "lot": task.lot, "material": task.material, "role": self._role}
        self.context.port.fetch("/api/loading", asked, CHECK_REPLY)
        self._changed()

    def ask_again(self) -> None:
        """The checks depend on who stands here, and get lost with the server."""
        store, task = self.context.store, self.task
        back = store.live and not self._was_live
        self._was_live = store.live
        need = self.need()
        if not task.lot or not store.live or task.done_kg is not None or (need is not None and not need.traced):
            return
        other = store.user is not None and store.user.role != self._role
        if other or (back and not task.checks):
            self._check()

    def _take_checks(self, reply: Obj) -> None:
        task = self.task
        if not task.lot:
            return
        status = wire.integer(reply, "status")
        if status == 200:
            if not task.take_checks(wire.obj(reply, "data")):
                return
            need = self.need()
            task.partial = need is not None and lot_ends(need, stock_of(self.context.store), task.lot)
        elif task.waits:
            lot = task.lot
            task.forget_lot()
            gone = translate("Loading", "{lot}: there is no such lot in stock.").format(lot=lot)
            task.problem = gone if status == 404 else self._server_said(reply)
        self._changed()

    def explain(self) -> ReasonDialog:
        """Why this lot all the same."""
        fefo = any(c.id == "fefo" and c.verdict == "reason" for c in self.task.checks)
        told = "; ".join(self.context.store.text(c.text) for c in self.task.checks if c.verdict == "reason")

        def take(reason: str) -> None:
            self.task.reason = reason
            self._changed()

        made = ReasonDialog(
            self.context.look, self.context.store.language, translate("Loading", "Lot {lot}").format(lot=self.task.lot), told,
            translate("Loading", "Take this lot all the same"),
            [text() for text in (words.FEFO_REASONS if fefo else words.OTHER_REASONS)], take, self._host,
        )  # fmt: skip
        made.open()
        return made

    def another(self) -> None:
        """Back to the code."""
        self.refused = ""
        self.task.forget_lot()
        self._changed()

    # ---- weighing ---------------------------------------------------------------------------------------------------------

    def use_scale(self, scale: str) -> None:
        """Another scale."""
        before, shown = self.task.scale, self.task.scale in self.task.told
        self.task.told.discard(before)
        self.task.scale, self.task.tare_kg, self.task.typed_kg = scale, None, None
        if shown:
            self._clear_terminal(before)
        self._changed()

    def tare(self) -> None:
        """What stands on the scale now is the vessel; again: it is not."""
        scale = self.scale()
        if self.task.tare_kg is not None:
            self.task.tare_kg = None
        elif scale is not None:
            value = self.context.store.number(scale.gross or scale.net)
            if value is not None and value > 0:
                self.task.tare_kg = round(round(value / scale.division_kg) * scale.division_kg, 4)
        self._changed()

    def type_mass(self) -> NumericPad | None:
        """Type the mass in; the record says so. Again: back to the scale."""
        if self.task.typed_kg is not None and self.scale() is not None:
            self.task.typed_kg = None
            self._changed()
            return None

        def take(value: float) -> None:
            self.task.typed_kg = value
            self._changed()

        pad = NumericPad(
            self.context.look, self.context.store.language, translate("Loading", "Mass that was weighed"), value=None, lo=0.0,
            hi=KG_MAX, decimals=3, eu="kg", accept=take, parent=self._host,
        )  # fmt: skip
        pad.open()
        return pad

    def part(self) -> None:
        """Another load of the material follows: less than wanted may be confirmed."""
        self.task.partial = not self.task.partial
        self._changed()

    def tell_terminal(self, need: Need) -> None:
        """The terminal of a scale of its own shows what is still wanted."""
        scale, store = self.scale(), self.context.store
        if scale is None or not scale.target or scale.unit or scale.id in self.task.told or self.busy():
            return
        if self.task.typed_kg is not None or not store.live or store.user is None or not store.user.may("operator"):
            return
        self.task.told.add(scale.id)
        lot: Obj = {"lot": self.task.lot} if need.traced else {}
        self.context.command("lot.weigh", scale.id, {"batch": need.batch, "material": need.material, **lot})

    def _clear_terminal(self, scale: str) -> None:
        """Nothing is to be weighed there any more."""
        if self.context.store.live and self.context.store.user is not None:
            self.context.command("lot.weigh", scale, {})

    # ---- confirmation -----------------------------------------------------------------------------------------------------

    def confirm(self) -> None:
        """Send it; outside the tolerance a reason is asked for first, a signature where the batch asks for one."""
        need = self.need()
        if need is None:
            return
        confirm = self.state(need)
        if confirm.missing:
            return
        if not confirm.outside:
            self._send(need, confirm, self.task.reason)
            return
        mass = words.kg(self.context.store, confirm.kg, words.mass_decimals(self.task, self.scale(), confirm.kg))
        text = translate("Loading", "With {mass} there is more in the batch than the recipe allows.").format(mass=mass)

        def take(reason: str) -> None:
            both = f"{self.task.reason}; {reason}" if self.task.reason else reason
            self._send(need, confirm, both)

        made = ReasonDialog(
            self.context.look, self.context.store.language, translate("Loading", "Outside the tolerance"), text,
            translate("Loading", "Confirm {mass}").format(mass=mass), [reason() for reason in LOT_REASONS], take, self._host,
        )  # fmt: skip
        if not may(self.context.store, OUTSIDE_ROLE):
            made.forbid(translate("Loading", "from {role} on").format(role=role_name(OUTSIDE_ROLE)))
        made.open()

    def _send(self, need: Need, confirm: Confirm, reason: str) -> None:
        kind, args = command_of(self.task, need, confirm)
        before = self.context.book.last(kind, need.batch)
        self._sent = (kind, need.batch, before.local if before is not None else 0, confirm.kg or 0.0)
        self.task.rest = weighing_of(need, confirm.kg or 0.0).verdict == "under"
        self.refused = ""
        prompt = self._prompt(need) if kind == "batch.reply" else None
        if prompt is not None and prompt.signed:
            order = Order(kind, need.batch, args, reason, role=prompt.role)
            text = f"{label_of_batch(self.context.store, need.batch)}: {self.context.store.text(prompt.text)}"
            SignatureDialog(
                self.context, translate("Batches", "Signature"), text, translate("Batches", "Sign the answer"), order, self._host
            ).open()
        else:
            self.context.command(kind, need.batch, args, reason)
        self._changed()

    def _prompt(self, need: Need) -> Prompt | None:
        batch = batch_by_id(self.context.store, need.batch)
        return next((p for p in batch.prompts if p.id == need.prompt), None) if batch is not None else None

    def _pending(self) -> Pending | None:
        if self._sent is None:
            return None
        kind, target, before, _ = self._sent
        last = self.context.book.last(kind, target)
        return last if last is not None and last.local > before else None

    def busy(self) -> bool:
        """A mass was sent and is not answered."""
        pending = self._pending()
        return pending is not None and pending.state in WAITING

    def follow(self) -> None:
        pending = self._pending()
        if pending is None or self._sent is None or pending.state in WAITING:
            return
        said = "; ".join(t for r in pending.reasons if (t := self.context.store.text(r))) or pending.error
        if pending.state in TAKEN:
            self.task.done_kg = self._sent[3]
            self.task.told.discard(self.task.scale)
        elif pending.state == "timed_out":
            self.refused = translate("Loading", "No answer. Look at the formula before you confirm again.")
        else:
            self.refused = said or translate("Loading", "Not sent: no connection to the server")
        self._refused_kg = self._sent[3] if pending.state == "refused" else None
        self._sent = None

    def forget_refusal(self, kg: float | None) -> None:
        """What was said of a mass does not hold for another one."""
        if self._refused_kg is not None and kg != self._refused_kg:
            self.refused, self._refused_kg = "", None

    # ---- ways out ---------------------------------------------------------------------------------------------------------

    def give_up(self) -> None:
        """Leave without loading; nothing was changed."""
        before, shown = self.task.scale, self.task.scale in self.task.told
        self.task = LoadingTask(scale=before)
        self._sent, self.refused = None, ""
        if shown:
            self._clear_terminal(before)
        self.context.navigate("material", "")

    def following(self) -> Need | None:
        """What this batch still lacks: the rest of the same material first, where a part of it was loaded."""
        rows = [n for n in stock_of(self.context.store).lacking() if n.batch == self.task.batch]
        if self.task.rest:
            rows.sort(key=lambda n: n.material != self.task.material)
        return next((n for n in rows if n.material != self.task.material or n.missing_kg > 0), None)

    def go_on(self) -> None:
        """The next material of the batch, or back."""
        need = self.following()
        if need is None:
            self.give_up()
            return
        self.begin(need.batch, need.material)
        self.context.navigate("loading", need.key)
