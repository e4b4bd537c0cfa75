"""The library in the journal: it comes back as it was, a save is light, and what cannot be read is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recipes.content import content_hash
from recipes.library_saving import Saver, restore
from recipes.lifecycle import LIFECYCLE, Action, lifecycle_diagram
from tests.unit.library_kit import RECIPE, Desk, K, signature, source
from tests.unit.test_docs import ROOT


def a_busy_desk() -> Desk:
    desk = Desk()
    old = desk.approved()
    new = desk.in_review(source("2.1"), base=old)
    desk.send(K.RECIPE_APPROVE, desk.approval(new), "boris")
    desk.save(source("2.2"), base=new)
    desk.in_review(source("2.3"), base=new)
    return desk


def test_a_saved_library_comes_back_as_it_was() -> None:
    desk = a_busy_desk()
    saved = json.loads(json.dumps(desk.stage.save(desk.state)))
    assert restore(saved) == desk.state
    assert desk.stage.view(restore(saved)) == desk.stage.view(desk.state)


def test_a_restart_at_any_step_changes_nothing_of_it() -> None:
    desk = Desk()
    hash_ = desk.save()
    desk.restart()
    desk.evidence(hash_)
    desk.restart()
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}) == "accepted"
    desk.restart()
    assert desk.send(K.RECIPE_APPROVE, desk.approval(hash_, "anna"), "anna") == "refused", "the author is remembered"
    assert desk.send(K.RECIPE_APPROVE, desk.approval(hash_), "boris") == "accepted"
    desk.restart()
    assert desk.lent is not None
    approved = desk.lent.approved(RECIPE)
    assert approved is not None
    assert approved.fingerprint == hash_


def test_what_has_not_changed_is_not_written_anew() -> None:
    desk, saver = a_busy_desk(), Saver()
    before: Any = saver.save(desk.state)
    draft = next(v.hash for v in desk.state.versions.values() if v.version == "2.2")
    desk.send(K.RECIPE_OBSOLETE, {"hash": draft, "signature": signature("boris")}, "boris")
    after: Any = saver.save(desk.state)
    assert [a is b for a, b in zip(after["versions"], before["versions"], strict=True)].count(False) == 1
    assert all(isinstance(v["data"], str) for v in after["versions"]), "contents are texts: the writer escapes them at once"


def test_the_content_that_is_saved_is_what_the_hash_is_of() -> None:
    desk = a_busy_desk()
    saved: Any = desk.stage.save(desk.state)
    assert all(content_hash(json.loads(v["data"])) == v["hash"] for v in saved["versions"])


@pytest.mark.parametrize(
    "saved",
    [{"versions": 5}, {"versions": [{}]}, {"versions": [{"hash": "x"}]}, {"versions": ["x"], "folder": ""}, {"folder": 5}],
    ids=str,
)
def test_a_state_that_cannot_be_read_is_an_error(saved: Any) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        restore(saved)


@pytest.mark.parametrize("data", ["[]", "{", "5", ""])
def test_a_content_that_cannot_be_read_is_an_error(data: str) -> None:
    saved: Any = json.loads(json.dumps(a_busy_desk().stage.save(a_busy_desk().state)))
    saved["versions"][0]["data"] = data
    with pytest.raises(ValueError):
        restore(saved)


def test_the_diagram_in_the_documents_is_drawn_from_the_table() -> None:
    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{lifecycle_diagram()}\n```" in text


def test_every_action_has_an_arrow_and_obsolete_none() -> None:
    assert {a for row in LIFECYCLE.values() for a in row} == set(Action)
    assert [s for s, row in LIFECYCLE.items() if not row] == ["obsolete"]
