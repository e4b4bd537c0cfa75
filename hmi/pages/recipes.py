"""The library of recipes: every version and where it stands in its life, its numbers, procedure, file, differences, dry run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QWidget

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.recipe_actions import RecipeActions
from hmi.pages.recipe_compare import RecipeCompare, RecipeHistory
from hmi.pages.recipe_form import RecipeForm
from hmi.pages.recipe_procedure import RecipeProcedure
from hmi.pages.recipe_text import RecipeText
from hmi.pages.recipe_trial import RecipeTrial, report_of
from hmi.pages.recipe_words import refusal, returned_text, status_chip
from hmi.texts import translate
from hmi.viewmodels import recipe_draft, wire
from hmi.viewmodels.batches import name_within, recipe_short
from hmi.viewmodels.format import date_text
from hmi.viewmodels.recipe_draft import Draft
from hmi.viewmodels.recipes import ROLE, SIGNED, Recipe, Version, find_version, offered, recipes
from hmi.viewmodels.wire import EMPTY, Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from line.clock import NS_PER_S

VERSION_REPLY: Final = "recipes.version"
CHECK_REPLY: Final = "recipes.check"
EDIT_REPLY: Final = "recipes.edit"
ASK_AGAIN_NS: Final = 5 * NS_PER_S
"""Until a version that the server could not give is asked for again."""
TITLE_NAME_MAX: Final = 44
TABS: Final = ("parameters", "ingredients", "procedure", "file", "compare", "trial", "history")
ACTION_BUTTONS: Final = ("submit", "withdraw", "reject", "approve", "obsolete")


class RecipesPage(Page):
    """Versions on the left, the chosen one on the right. What is typed is a draft until it is saved with a reason."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.selected = ""
        self.draft = Draft()
        self.stored: Obj = EMPTY
        self._asked = ""
        self._not_read = ""
        self._failed_ns = 0
        self._pending_edit = ""
        self._edit_lost = False
        self.desk = RecipeActions(context, self)
        context.on_reply[VERSION_REPLY] = self._take_version
        context.on_reply[CHECK_REPLY] = self._take_check
        context.on_reply[EDIT_REPLY] = self._take_edit
        layout = page_layout(self)
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        self.list_pane, self.pane = Pane(context), Pane(context)
        self.table = RowTable(context.look, 58, head=0)
        self.table.chosen.connect(self.choose)
        self.list_pane.body.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.pager = Pager(self.table)
        foot.addWidget(self.pager)
        self.list_pane.body.addLayout(foot)
        self._build_tabs()
        for pane, share in ((self.list_pane, 300), (self.pane, 860)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            middle.addWidget(pane, share)
        layout.addLayout(middle, 1)
        layout.addLayout(self._build_commands())

    def _build_tabs(self) -> None:
        context = self.context
        self.tabs = Tabs(context.look, TABS)
        self.tabs.chosen.connect(lambda _key: self.refresh())
        self.pane.body.addWidget(self.tabs)
        self.returned = label("", "strong", wrap=True)
        self.pane.body.addWidget(self.returned)
        self.parameters = RecipeForm(context, "parameters", self.edit)
        self.ingredients = RecipeForm(context, "ingredients", self.edit)
        self.procedure = RecipeProcedure(context)
        self.file = RecipeText(context, self.typed)
        self.compare = RecipeCompare(context)
        self.trial = RecipeTrial(context)
        self.history = RecipeHistory(context)
        self.stack = QStackedWidget()
        self.shown: dict[str, QWidget] = dict(
            zip(
                TABS,
                (self.parameters, self.ingredients, self.procedure, self.file, self.compare, self.trial, self.history),
                strict=True,
            )
        )
        for widget in self.shown.values():
            self.stack.addWidget(widget)
        self.pane.body.addWidget(self.stack, 1)

    def _build_commands(self) -> QHBoxLayout:
        px = self.context.look.px
        row = QHBoxLayout()
        row.setSpacing(px(10))
        self.back = button("", lambda: self.context.navigate("batches", ""), role="command")
        row.addWidget(self.back)
        row.addSpacing(px(20))
        self.save = button("", self.open_save, role="command")
        self.undo = button("", self.drop_changes, role="command")
        row.addWidget(self.save)
        row.addWidget(self.undo)
        self.said = label("", "label", wrap=True)
        row.addWidget(self.said, 1)
        self.buttons: dict[str, QPushButton] = {}
        for name in ACTION_BUTTONS:
            self.buttons[name] = button("", lambda n=name: self.act(n), role="command")
            row.addWidget(self.buttons[name])
        return row

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        name, _, tab = argument.partition("/")
        if tab in TABS:
            self.tabs.choose(tab)
        if name:
            recipe = next((r for r in recipes(self.context.store) if r.id == name), None)
            self.choose(recipe.approved or recipe.versions[0].hash if recipe and recipe.versions else name)

    def variants(self) -> list[str]:
        return [f"/{tab}" for tab in TABS]

    def picture(self, variant: str) -> str:
        return variant.strip("/")

    def settled(self) -> bool:
        return bool(self.stored) and self.draft.known

    def take_over(self, before: Page) -> None:
        if isinstance(before, RecipesPage):
            self.selected, self.draft, self.stored, self._asked = before.selected, before.draft, before.stored, before._asked
            self.tabs.choose(before.tabs.current)

    def retranslate(self) -> None:
        self.list_pane.title.setText(translate("Recipes", "Recipes"))
        captions: dict[str, Callable[[], str]] = {
            "parameters": lambda: translate("Recipes", "Parameters"), "ingredients": lambda: translate("Recipes", "Formula"),
            "procedure": lambda: translate("Recipes", "Procedure"), "file": lambda: translate("Recipes", "File"),
            "compare": lambda: translate("Recipes", "Differences"), "trial": lambda: translate("Recipes", "Dry run"),
            "history": lambda: translate("Recipes", "History"),
        }  # fmt: skip
        for tab, caption in captions.items():
            self.tabs.set_text(tab, caption())
        self.procedure.bar.retranslate()
        self.back.setText(translate("Recipes", "To the batches"))
        self.save.setText(translate("Recipes", "Save draft…"))
        self.undo.setText(translate("Recipes", "Discard changes"))
        self.buttons["submit"].setText(translate("Recipes", "For approval…"))
        self.buttons["withdraw"].setText(translate("Recipes", "Withdraw…"))
        self.buttons["reject"].setText(translate("Recipes", "Send back…"))
        self.buttons["approve"].setText(translate("Recipes", "Approve…"))
        self.buttons["obsolete"].setText(translate("Recipes", "Out of use…"))

    def apply_look(self) -> None:
        self.trial.plot.apply_look()

    def refresh(self) -> None:
        store = self.context.store
        found = recipes(store)
        self._take_saved()
        if find_version(store, self.selected) is None and not self.draft.changed:
            first = next((r for r in found if r.versions), None)
            self.selected = (first.approved or first.versions[0].hash) if first is not None else ""
        self._refresh_rows(found)
        self._ask()
        chosen = find_version(store, self.selected)
        free = self.may_edit()
        self.pane.title.setText(self._title(chosen))
        back = returned_text(chosen[1]) if chosen is not None else ""
        self.returned.setText(back)
        self.returned.setVisible(bool(back))
        if self.stack.currentWidget() is not self.shown[self.tabs.current]:
            self.stack.setCurrentWidget(self.shown[self.tabs.current])
        self._refresh_tab(chosen, free)
        self._refresh_commands(chosen, free)

    def _refresh_tab(self, chosen: tuple[Recipe, Version] | None, free: bool) -> None:
        match self.tabs.current:
            case "parameters":
                self.parameters.show_draft(self.draft, free=free)
            case "ingredients":
                self.ingredients.show_draft(self.draft, free=free)
            case "procedure":
                self.procedure.show_draft(self.draft)
            case "file":
                self.file.show_draft(self.draft, free=free)
            case "compare" if chosen is not None:
                self.compare.show_pair(*chosen)
            case "history" if chosen is not None:
                self.history.show_recipe(chosen[0])
            case _:
                pass
        self.trial.tick()
        if self.tabs.current == "trial" and chosen is not None:
            free = free and not self.draft.changed and "trial" in offered(chosen[1], self.context.store.user)
            self.trial.show_version(chosen[1].hash, report_of(self.stored), free=free)

    def _title(self, chosen: tuple[Recipe, Version] | None) -> str:
        if chosen is None:
            return translate("Recipes", "No recipe")
        recipe, version = chosen
        name = name_within(self.context.store.text(recipe.name), TITLE_NAME_MAX)
        changed = translate("Recipes", " · changed, not saved") if self.draft.changed else ""
        return f"{name} · {version.version} · {version.hash[:12]}{changed}"  # a long name cuts neither version nor mark

    def _refresh_rows(self, found: tuple[Recipe, ...]) -> None:
        store = self.context.store
        self.table.show_columns([Column("", 2), Column("", stretch=1.0), Column("", 122)])
        rows: list[Row] = []
        for recipe in found:
            for i, version in enumerate(recipe.versions):
                when = f"{version.author}, {date_text(version.saved_ns)}" if version.saved_ns else version.author
                first, when = (
                    (version.version, when)
                    if i
                    else (recipe_short(store.text(recipe.name)), f"{version.version} · {when}")  # a long name cuts no version
                )
                rows.append(
                    Row(
                        version.hash,
                        (Cell(), Cell(first, when, bold=i == 0), Cell(chip=status_chip(version))),
                        inset=i > 0,
                    )
                )
        nothing = translate("Recipes", "The line has no recipes.") if store.live else ""
        self.table.show_rows(rows, selected=self.selected, empty=nothing)
        self.pager.refresh()

    def _refresh_commands(self, chosen: tuple[Recipe, Version] | None, free: bool) -> None:
        draft = self.draft
        taken = recipe_draft.taken(draft, chosen[0]) if chosen is not None else ""
        self.save.setEnabled(free and draft.changed and draft.known and bool(draft.data) and not taken)
        self.undo.setEnabled(draft.changed)
        steps = offered(chosen[1], self.context.store.user) if chosen is not None else ()
        for name, made in self.buttons.items():
            made.setVisible(name in steps)
            may_act = name in steps and (free or (name in SIGNED and self.may_sign()))
            made.setEnabled(may_act and not draft.changed and chosen is not None and not self.why_not(name, chosen[1]))
        self.said.setText(self._words(chosen, free, steps))

    def why_not(self, action: str, version: Version) -> str:
        """What is missing before an action, as far as the panel can see; the engine judges by itself."""
        if action in ("submit", "approve") and (version.evidence is None or not version.evidence.ok):
            return translate("Recipes", "A dry run that was passed is needed first.")
        if action == "submit" and version.problems:
            return translate("Recipes", "The file has faults.")
        if action == "approve" and not self.compare.looked_at(version):
            return translate("Recipes", "Look at the differences first.")
        return ""

    def _words(self, chosen: tuple[Recipe, Version] | None, free: bool, steps: tuple[str, ...]) -> str:
        if chosen is None:
            return ""
        if self._not_read:
            return self._not_read
        if self._edit_lost:
            return translate("Recipes", "The number was not taken over. Enter it again.")
        if not free:
            store = self.context.store
            if store.user is None:
                return translate("Recipes", "A technologist who logs in can change recipes.") if store.live else ""
            if not store.live:
                return ""
            signed = next((a for a in steps if a in SIGNED and self.may_sign()), None)
            if signed is None:
                return translate("Recipes", "Only a technologist changes recipes.")
            return self.why_not(signed, chosen[1]) or translate("Recipes", "A technologist signs, here at this panel.")
        if self.draft.changed:
            taken = recipe_draft.taken(self.draft, chosen[0])
            if taken:
                text = translate("Recipes", "Version {version} exists already: write another number into the file.")
                return text.format(version=taken)
            return translate("Recipes", "Save the changes first.") if steps else ""
        return next((said for a in steps if (said := self.why_not(a, chosen[1]))), "")

    # ---- the version and the draft ----------------------------------------------------------------------------------

    def may_edit(self) -> bool:
        """Connected, and who may change recipes is logged in."""
        store = self.context.store
        return store.live and store.user is not None and store.user.may(ROLE)

    def may_sign(self) -> bool:
        """Connected, and somebody is logged in to whose panel a technologist may come to sign."""
        store = self.context.store
        return store.live and store.user is not None and store.user.may("operator")

    def choose(self, content: str) -> None:
        """Show another version; changes that are not saved stay until they are discarded."""
        if self.draft.changed:
            return
        self.selected = content
        self.refresh()

    def _ask(self) -> None:
        mono_ns = self.context.clock.monotonic_ns()
        again = bool(self._not_read) and mono_ns - self._failed_ns >= ASK_AGAIN_NS
        wanted = self.selected and (self.selected != self._asked or again)
        if wanted and self.context.store.live and not self.draft.changed:
            self._not_read = self._not_read if again else ""
            self._asked, self._failed_ns = self.selected, mono_ns
            self.stored, self.draft = EMPTY, Draft()
            self.context.port.fetch(f"/api/recipes/{self.selected}", {}, VERSION_REPLY)
        if recipe_draft.due(self.draft, mono_ns) and self.may_edit():
            self.draft = recipe_draft.asked(self.draft)
            self.context.port.post("/api/recipes/check", {"text": self.draft.text}, CHECK_REPLY)

    def _take_version(self, reply: Obj) -> None:
        data = wire.obj(reply, "data")
        if wire.integer(reply, "status") != 200:
            self._not_read = refusal(self.context, reply, translate("Recipes", "The server cannot give this version now."))
            self._failed_ns = self.context.clock.monotonic_ns()
            self._look_again()
            return
        if wire.text(data, "hash") != self.selected:
            return
        self.stored, self._not_read = data, ""
        chosen = find_version(self.context.store, self.selected)
        recipe = chosen[0].id if chosen is not None else wire.text(wire.obj(data, "data"), "recipe")
        self.draft = recipe_draft.opened(recipe, data)
        self._look_again()

    def _take_check(self, reply: Obj) -> None:
        self.draft = recipe_draft.answered(self.draft, reply, self.context.clock.monotonic_ns())
        self._look_again()

    def typed(self, text: str) -> None:
        """The text field was typed into."""
        self.draft = recipe_draft.typed(self.draft, text, self.context.clock.monotonic_ns())
        self._refresh_commands(find_version(self.context.store, self.selected), self.may_edit())

    def edit(self, path: tuple[str, ...], value: float) -> None:
        """A number of the form: the server puts it into the text."""
        self._pending_edit, self._edit_lost = self.draft.text, False
        body: Obj = {"text": self.draft.text, "changes": [recipe_draft.change(path, value)]}
        self.context.port.post("/api/recipes/edit", body, EDIT_REPLY)

    def _take_edit(self, reply: Obj) -> None:
        text = wire.text(wire.obj(reply, "data"), "text")
        if wire.integer(reply, "status") == 200 and text and self.draft.text == self._pending_edit:
            mono_ns = self.context.clock.monotonic_ns()
            self.draft = recipe_draft.typed(self.draft, text, mono_ns - recipe_draft.CHECK_AFTER_NS)
        else:
            self._edit_lost = True
        self._look_again()

    def drop_changes(self) -> None:
        """Back to the version as it is stored."""
        self.draft, self._edit_lost = recipe_draft.opened(self.draft.recipe, self.stored), False
        self.refresh()

    def _take_saved(self) -> None:
        """Once the library has what was saved here, that version is the one that is shown."""
        draft = self.draft
        if draft.changed and draft.known and draft.hash != draft.base and find_version(self.context.store, draft.hash):
            self.draft = Draft()
            self.selected = draft.hash

    def _look_again(self) -> None:
        if self.isVisible():
            self.refresh()

    # ---- what it does -----------------------------------------------------------------------------------------------

    def open_save(self) -> None:
        """Why, then the draft is saved; the text as it stands is what the library has from then on."""
        if self.draft.known and self.draft.data:
            self.desk.save(self.draft)

    def act(self, name: str) -> None:
        """One of the steps in the life of a version."""
        chosen = find_version(self.context.store, self.selected)
        if chosen is None:
            return
        recipe, version = chosen
        shown = self.context.store.text(recipe.name)
        match name:
            case "approve":
                self.desk.approve(version, shown, self.compare.looked_at(version), self.compare.said.text())
            case "obsolete":
                self.desk.obsolete(version, shown)
            case "submit":
                self.desk.submit(version)
            case "withdraw":
                self.desk.withdraw(version)
            case _:
                self.desk.reject(version)
