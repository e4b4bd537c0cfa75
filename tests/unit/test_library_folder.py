"""Recipes that come with the line folder: what is believed, what becomes a draft, what happens to a file that was changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from line.documents import Document
from potok.linefolder import SHIPPED, LineError, find_folder, load_line
from potok.yamlfile import parse_yaml
from recipes.content import content_hash
from recipes.library_folder import Approval, FolderRecipe, load_approvals
from recipes.master import load_recipe
from tests.unit.library_kit import RECIPE, Desk, K, sausage, signature, source


def file_of(data: dict[str, Any], *, approved: bool = False, file: str = "recipes/doktorskaya.yaml") -> FolderRecipe:
    """A recipe file with or without an entry in approvals.yaml."""
    master, problems = load_recipe(Document(file, data), sausage().model)
    assert master is not None, problems
    entry = Approval(
        recipe=RECIPE, version=str(data["version"]), hash=content_hash(data), author="Технолог", approved_by="Главный технолог",
        time="2026-03-01", evidence="e" * 64,
    )  # fmt: skip
    return FolderRecipe(file, "# text", master, entry if approved else None)


SHIPPED_FILE = file_of(source("1.0"), approved=True)
OLD = content_hash(source("1.0"))


def test_a_new_library_begins_with_the_approvals_of_the_folder() -> None:
    desk = Desk([SHIPPED_FILE])
    version = desk.version(OLD)
    assert (version.status, version.author, version.file) == ("approved", "Технолог", "recipes/doktorskaya.yaml")
    [sign] = version.signatures
    assert (sign.user, sign.name, sign.meaning, sign.bound["evidence"]) == ("", "Главный технолог", "imported", "e" * 64)
    assert sign.time_ns == 1_772_323_200_000_000_000
    [event] = desk.told
    assert (event.kind, event.data["what"], event.data["status"], event.data["entry"]) == ("recipe", "imported", "approved", True)
    assert desk.lent is not None
    assert desk.lent.approved(RECIPE) is not None


def test_a_file_without_an_approval_is_a_draft_and_told() -> None:
    desk = Desk([file_of(source("1.0"))])
    assert desk.status(OLD) == "draft"
    assert desk.told[0].data["text"] == {
        "ru": "recipes/doktorskaya.yaml: без утверждения, принята черновиком",
        "en": "recipes/doktorskaya.yaml: without an approval, taken over as a draft",
    }


def test_a_restart_with_the_same_files_tells_nothing() -> None:
    desk = Desk([SHIPPED_FILE])
    desk.restart()
    assert desk.told == []
    assert desk.status(OLD) == "approved"


def test_a_changed_file_becomes_a_draft_after_a_restart_and_the_approved_version_stays() -> None:
    desk = Desk([SHIPPED_FILE])
    changed = file_of(source("1.1"))
    desk.restart([changed])
    new = changed.master.fingerprint
    assert (desk.status(OLD), desk.status(new)) == ("approved", "draft")
    [event] = desk.told
    assert event.data["hash"] == new
    assert "has changed: taken over as a draft, version 1.0 stays approved" in str(event.data["text"])
    assert desk.lent is not None
    approved = desk.lent.approved(RECIPE)
    assert approved is not None
    assert approved.version == "1.0"


def test_an_approval_of_the_folder_is_not_believed_once_there_was_one() -> None:
    """Whoever can write a file must not be able to exchange what a running plant has approved."""
    desk = Desk([SHIPPED_FILE])
    exchanged = file_of(source("1.1"), approved=True)
    desk.restart([exchanged])
    assert desk.status(exchanged.master.fingerprint) == "draft"
    assert desk.told[0].data["entry"] is True
    assert desk.send(K.RECIPE_OBSOLETE, {"hash": OLD, "signature": signature("boris")}, "boris") == "accepted"
    again = file_of(source("1.2"), approved=True)
    desk.restart([again])
    assert desk.status(again.master.fingerprint) == "draft", "also when nothing is approved any more"


def test_an_approval_that_comes_later_is_believed_while_there_never_was_one() -> None:
    desk = Desk([file_of(source("1.0"))])
    desk.restart([SHIPPED_FILE])
    assert desk.status(OLD) == "approved"
    assert [e.data["status"] for e in desk.told] == ["approved"]


def test_a_draft_of_a_file_is_replaced_by_the_next_change_of_that_file() -> None:
    desk = Desk([file_of(source("1.0"))])
    changed = file_of(source("1.0", author="другой"))
    desk.restart([changed])
    assert list(desk.state.versions) == [changed.master.fingerprint]


def test_a_file_changed_under_the_number_of_the_approved_version_cannot_be_submitted() -> None:
    desk = Desk([SHIPPED_FILE])
    changed = file_of(source("1.0", author="другой"))
    desk.restart([changed])
    new = changed.master.fingerprint
    assert (desk.status(OLD), desk.status(new)) == ("approved", "draft")
    desk.evidence(new)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": new}) == "refused"
    assert "Version 1.0 exists already" in desk.reasons[0]


def test_who_wrote_the_file_does_not_approve_it() -> None:
    desk = Desk([file_of(source("1.0", author="Анна Ильина"))])
    hash_ = next(iter(desk.state.versions))
    desk.evidence(hash_)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}, "boris") == "accepted"
    args = desk.approval(hash_, signature=signature("anna", name="Анна Ильина"))
    assert desk.send(K.RECIPE_APPROVE, args, "vera") == "refused"
    assert "another person" in desk.reasons[0]


def test_a_file_that_went_leaves_the_library_as_it_is() -> None:
    desk = Desk([SHIPPED_FILE])
    desk.restart([])
    assert desk.told == []
    assert desk.status(OLD) == "approved"


# approvals.yaml

ENTRY = f"""approvals:
  - recipe: doktorskaya
    version: "1.0"
    hash: {"a" * 64}
    author: Технолог
    approved_by: Главный технолог
    time: "2026-03-01T06:00+03:00"
"""


def problems_of(text: str) -> list[str]:
    document, problems = parse_yaml(text, "approvals.yaml")
    if document is not None:
        _, problems = load_approvals(document)
    return [str(p) for p in problems]


def test_an_entry_says_when_in_utc() -> None:
    document, _ = parse_yaml(ENTRY, "approvals.yaml")
    assert document is not None
    [entry], problems = load_approvals(document)
    assert problems == []
    assert entry.time_ns == 1_772_334_000_000_000_000
    assert replace(SHIPPED_FILE, approval=entry).approval == entry


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("hash: aaaa", "hash: AAAA", "approvals.0.hash"),
        ("time: ", "time: 5 #", "approvals.0.time"),
        ('time: "2026-03-01T06:00+03:00"', 'time: "today"', "'today' is no time"),
        ("approved_by: Главный технолог", "approved_by: ' технолог '", "Технолог is also the author"),
        ("approved_by: Главный технолог", "", "approvals.0.approved_by"),
        ("recipe: doktorskaya", "recipe: Докторская", "approvals.0.recipe"),
        ("author: Технолог", "author: Технолог\n    signed: yes", "unknown key"),
    ],
)
def test_an_entry_that_makes_no_sense_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert old in ENTRY
    problems = problems_of(ENTRY.replace(old, new))
    assert any(told in p for p in problems), problems


def test_the_shipped_recipes_are_approved() -> None:
    """After a change of a shipped recipe its entry in approvals.yaml needs the hash that stands here."""
    line = load_line(find_folder("sausage"))
    missing = {r.file: r.master.fingerprint for r in line.folder_recipes if r.approval is None}
    assert missing == {}
    for recipe in line.folder_recipes:
        assert recipe.approval is not None
        assert (recipe.approval.recipe, recipe.approval.version) == (recipe.master.id, recipe.master.version)
        assert line.recipes[recipe.master.id].status == "approved"


def test_the_fingerprint_of_a_line_is_of_what_counts(tmp_path: Path) -> None:
    copy = tmp_path / "plant"
    shutil.copytree(SHIPPED / "sausage", copy)
    before = load_line(copy).fingerprint
    assert before == sausage().fingerprint
    path = copy / "line.yaml"
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_line(copy).fingerprint == before
    tags = copy / "tags.csv"
    tags.write_text(tags.read_text(encoding="utf-8").replace(",0,2000,", ",0,1900,", 1), encoding="utf-8")
    assert load_line(copy).fingerprint != before


def test_a_folder_without_approvals_has_drafts_and_a_broken_one_is_told(tmp_path: Path) -> None:
    copy = tmp_path / "plant"
    shutil.copytree(SHIPPED / "sausage", copy)
    (copy / "recipes" / "approvals.yaml").unlink()
    assert {r.status for r in load_line(copy).recipes.values()} == {"draft"}
    (copy / "recipes" / "approvals.yaml").write_text("approvals: yes\n", encoding="utf-8")
    with pytest.raises(LineError) as told:
        load_line(copy)
    assert [(p.file, p.key) for p in told.value.problems] == [("recipes/approvals.yaml", "approvals")]
