"""The stage ``recipes`` of the scan: the library of recipes. It stands before ``batches`` and lends that stage what may be run.

What a version is, is its content; what may be done to it says the table in ``recipes/lifecycle.py``; who did what and why is told
as events of kind ``recipe``, the contents themselves stand in the journal with the commands that brought them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from line.documents import Problem
from line.messages import EventKind, Json, JsonObject
from line.model import LineModel
from line.stage import Scan
from recipes import library_texts as texts
from recipes.library_commands import KINDS, Context, apply
from recipes.library_folder import FolderRecipe, fingerprint
from recipes.library_saving import Saver, restore
from recipes.library_state import APPROVALS, LibraryState, Masters, RecipeCheck, Signature, Version
from recipes.library_view import LENT, Library, view
from recipes.lifecycle import VersionStatus


class LibraryStage:
    """The library as a :class:`~line.stage.Stage`.

    ``folder`` are the recipes of the line folder, ``line_hash`` the fingerprint of the line's configuration,
    ``check`` what stands against a recipe besides what recipes know of.
    """

    name = LENT
    command_kinds = KINDS

    def __init__(
        self, model: LineModel, folder: Sequence[FolderRecipe], line_hash: str, check: RecipeCheck | None = None
    ) -> None:
        self._folder = tuple(folder)
        self._fingerprint = fingerprint(folder)
        self._line_hash = line_hash
        self._masters = Masters(model, check)
        self._saver = Saver()
        self._lent: Library | None = None
        for recipe in folder:
            self._masters.know(recipe.master)

    def initial(self) -> LibraryState:
        """Empty; the first scan takes the folder's recipes in, and says so."""
        return LibraryState()

    def step(self, state: LibraryState, scan: Scan) -> LibraryState:
        """One scan; ``state`` itself when nothing changed."""
        if state.folder != self._fingerprint:
            state = replace(_taken_in(state, self._folder, scan), folder=self._fingerprint)
        if scan.commands:
            ctx = Context(scan, self._masters, self._line_hash)
            for command in scan.commands:
                state = apply(state, command, ctx)
        if self._lent is None or self._lent.state is not state:
            self._lent = Library(state, self._masters)
        scan.lent[LENT] = self._lent
        return state

    def problems(self, version: Version) -> tuple[Problem, ...]:
        """What stands against a version on this line."""
        return self._masters.problems(version)

    def view(self, state: LibraryState) -> JsonObject:
        """docs/ARCHITECTURE.md, view ``recipes``."""
        return view(state, self._masters)

    def save(self, state: LibraryState) -> JsonObject:
        """The state for the journal."""
        return self._saver.save(state)

    def restore(self, saved: JsonObject, now_ns: int) -> LibraryState:
        """The library as it was. Raises ValueError when ``saved`` is not a saved state."""
        state = restore(saved)
        self._saver.save(state)  # now, and not in the scan that changes something first
        return state


def _taken_in(state: LibraryState, folder: Sequence[FolderRecipe], scan: Scan) -> LibraryState:
    """The folder's recipes that the library does not know yet: as drafts, or, to begin with, as the folder's approvals say."""
    for recipe in folder:
        known = state.versions.get(recipe.master.fingerprint)
        begins = not any(_was_approved(v) for v in state.versions.values() if v.recipe == recipe.master.id)
        approved = recipe.approval is not None and begins
        if known is not None and not (approved and known.status is VersionStatus.DRAFT):
            continue
        version = _imported(recipe, scan.now_ns, approved=approved)
        _tell(recipe, version, state, scan)
        for old in state.named(version.recipe, version.version):
            if old.file == version.file and old.status is VersionStatus.DRAFT:
                state = state.without(old.hash)
        state = state.with_version(version)
    return state


def _was_approved(version: Version) -> bool:
    return version.status is VersionStatus.APPROVED or any(s.meaning in APPROVALS for s in version.signatures)


def _imported(recipe: FolderRecipe, now_ns: int, *, approved: bool) -> Version:
    master, approval = recipe.master, recipe.approval
    signatures: tuple[Signature, ...] = ()
    author = master.author
    if approval is not None and approved:
        author = approval.author
        bound: dict[str, Json] = {"recipe": master.fingerprint, "evidence": approval.evidence, "difference": "", "previous": ""}
        signatures = (Signature("", approval.approved_by, "", approval.time_ns, "imported", recipe.file, bound),)
    status = VersionStatus.APPROVED if approved else VersionStatus.DRAFT
    return Version(
        master.id, master.version, master.fingerprint, status, author, now_ns, "", "", recipe.data, recipe.text, (author,),
        recipe.file, signatures=signatures,
    )  # fmt: skip


def _tell(recipe: FolderRecipe, version: Version, state: LibraryState, scan: Scan) -> None:
    before = state.approved.get(version.recipe)
    if version.status is VersionStatus.APPROVED:
        said = texts.imported_approved(version.file, version.signatures[0].name)
    else:
        said = texts.imported_draft(version.file) if before is None else texts.imported_changed(version.file, before)
    data: dict[str, Json] = {
        "what": "imported", "hash": version.hash, "version": version.version, "user": "", "reason": "", "file": version.file,
        "status": version.status.value, "author": version.author, "text": said.to_json(),
        "signature": version.signatures[0].to_json() if version.signatures else None,
        "entry": recipe.approval is not None,
    }  # fmt: skip
    scan.event(EventKind.RECIPE, version.recipe, data)
