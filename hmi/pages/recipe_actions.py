"""What a person does with a version of a recipe: why, where needed a signature, and the command that it ends in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.recipe_draft import Draft
from hmi.viewmodels.recipes import ROLE, Version
from hmi.viewmodels.wire import Obj
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.signature import Order, SignatureDialog

SHORT_HASH: Final = 12


class RecipeActions:
    """Opens dialogs over the window of ``over``; ``signature`` is the one that was opened last."""

    def __init__(self, context: PanelContext, over: QWidget) -> None:
        self.context = context
        self._over = over
        self.signature: SignatureDialog | None = None

    def _why(self, title: str, text: str, action: str, offered: Sequence[str], accept: Callable[[str], None]) -> ReasonDialog:
        context = self.context
        made = ReasonDialog(context.look, context.store.language, title, text, action, offered, accept, self._over.window())
        made.open()
        return made

    def _send(self, kind: str, recipe: str, args: Obj) -> Callable[[str], None]:
        return lambda reason: self.context.command(kind, recipe, args, reason)

    def save(self, draft: Draft) -> ReasonDialog:
        """What was changed and why; then ``recipe.save``."""
        args: Obj = {"data": draft.data, "text": draft.text, "base": draft.base}
        return self._why(
            translate("Recipes", "Save draft"),
            translate("Recipes", "What has changed, and why? The approved version stays as it is."),
            translate("Recipes", "Save draft"),
            (translate("Recipes", "Trial of a change"), translate("Recipes", "Other raw material"),
             translate("Recipes", "Correction of a mistake")),
            self._send("recipe.save", draft.recipe, args),
        )  # fmt: skip

    def submit(self, version: Version) -> ReasonDialog:
        """``recipe.submit``."""
        action = translate("Recipes", "Submit for approval")
        text = translate("Recipes", "Version {version}. A word to who approves:").format(version=version.version)
        offered = (translate("Recipes", "Tried and ready"), translate("Recipes", "New product"))
        return self._why(action, text, action, offered, self._send("recipe.submit", version.recipe, {"hash": version.hash}))

    def withdraw(self, version: Version) -> ReasonDialog:
        """``recipe.withdraw``."""
        action = translate("Recipes", "Withdraw")
        text = translate("Recipes", "Version {version} becomes a draft again.").format(version=version.version)
        offered = (translate("Recipes", "To be worked on"),)
        return self._why(action, text, action, offered, self._send("recipe.withdraw", version.recipe, {"hash": version.hash}))

    def reject(self, version: Version) -> ReasonDialog:
        """``recipe.reject``."""
        action = translate("Recipes", "Send back")
        text = translate("Recipes", "Version {version} goes back to its author. What is to be changed?").format(
            version=version.version
        )
        offered = (translate("Recipes", "Limits to be checked"), translate("Recipes", "Dry run is not convincing"))
        return self._why(action, text, action, offered, self._send("recipe.reject", version.recipe, {"hash": version.hash}))

    def approve(self, version: Version, name: str, difference: str, changes: str) -> ReasonDialog:
        """A second person signs content, dry run and differences together; then ``recipe.approve``."""
        evidence = version.evidence.hash if version.evidence is not None else ""
        args: Obj = {"hash": version.hash, "evidence": evidence, "difference": difference}
        text = translate("Recipes", "{name}, version {version}, content {hash}; dry run {evidence}. {changes}").format(
            name=name, version=version.version, hash=version.hash[:SHORT_HASH], evidence=evidence[:SHORT_HASH], changes=changes
        )
        own = translate("Recipes", "Who wrote or submitted a version does not approve it.")
        barred = dict.fromkeys(version.own_of, own)
        offered = (translate("Recipes", "Content, differences and dry run checked"),)
        return self._signed(translate("Recipes", "Approve"), text, offered, "recipe.approve", version, args, barred)

    def obsolete(self, version: Version, name: str) -> ReasonDialog:
        """``recipe.obsolete``, signed: nothing new is made by it from now on."""
        text = translate("Recipes", "{name}, version {version}: no new batch can be made by it.").format(
            name=name, version=version.version
        )
        offered = (translate("Recipes", "Product is no longer made"), translate("Recipes", "Mistake found"))
        args: Obj = {"hash": version.hash}
        return self._signed(translate("Recipes", "Take out of use"), text, offered, "recipe.obsolete", version, args, {})

    def _signed(
        self, action: str, text: str, offered: Sequence[str], kind: str, version: Version, args: Obj, barred: dict[str, str]
    ) -> ReasonDialog:
        def sign(reason: str) -> None:
            order = Order(kind, version.recipe, args, reason, ROLE, barred)
            self.signature = SignatureDialog(self.context, action, text, action, order, self._over.window())
            self.signature.open()

        return self._why(action, text, translate("Recipes", "Go on to the signature"), offered, sign)
