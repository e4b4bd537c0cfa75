"""The library of recipes, title by title: every arrow of its table, everything that is refused, and what is told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from line.documents import Text
from potok.recipe_service import RecipeService
from potok.recipe_stock import against_stock
from potok.yamlfile import parse_yaml
from recipes import library_texts as texts
from recipes.content import content_hash
from recipes.library_saving import restore
from recipes.lifecycle import LIFECYCLE, Action, VersionStatus
from tests.unit.library_kit import RECIPE, Desk, K, broken, sausage, signature, source
from tests.unit.test_recipe_plant import Plant, reasons

COMMANDS = {
    Action.SUBMIT: K.RECIPE_SUBMIT,
    Action.WITHDRAW: K.RECIPE_WITHDRAW,
    Action.REJECT: K.RECIPE_REJECT,
    Action.APPROVE: K.RECIPE_APPROVE,
    Action.OBSOLETE: K.RECIPE_OBSOLETE,
}


def version_in(status: VersionStatus) -> tuple[Desk, str]:
    """A library with one version that stands there, with everything that its next step may need."""
    desk = Desk()
    if status is VersionStatus.DRAFT:
        hash_ = desk.save()
        desk.evidence(hash_)
        return desk, hash_
    if status is VersionStatus.IN_REVIEW:
        return desk, desk.in_review()
    hash_ = desk.approved()
    if status is VersionStatus.OBSOLETE:
        assert desk.send(K.RECIPE_OBSOLETE, {"hash": hash_, "signature": signature("boris")}) == "accepted"
    assert desk.status(hash_) == status
    return desk, hash_


@pytest.mark.parametrize("action", list(COMMANDS))
@pytest.mark.parametrize("status", list(VersionStatus))
def test_every_arrow_of_the_table_and_none_beside_it(status: VersionStatus, action: Action) -> None:
    desk, hash_ = version_in(status)
    before = desk.state
    user = "boris" if action in (Action.REJECT, Action.APPROVE) else "anna"
    args = desk.approval(hash_) if action is Action.APPROVE else {"hash": hash_, "signature": signature("boris")}
    answer = desk.send(COMMANDS[action], args, user)
    target = LIFECYCLE[status].get(action)
    if target is None:
        assert answer == "refused"
        assert desk.state is before
        assert any("cannot" in r for r in desk.reasons)
        assert desk.said == []
    else:
        assert answer == "accepted", desk.reasons
        assert desk.status(hash_) == target
        assert [h for _, h in desk.said] == [hash_]


def test_a_library_begins_empty_and_quiet() -> None:
    desk = Desk()
    assert desk.stage.view(desk.state) == {"recipes": []}
    before = desk.state
    desk.scan()
    assert desk.state is before
    assert desk.told == []


def test_saving_keeps_content_author_reason_and_tells_them() -> None:
    desk = Desk()
    hash_ = desk.save(user="anna")
    version = desk.version(hash_)
    assert (version.recipe, version.version, version.author, version.reason) == (RECIPE, "2.0", "anna", "проба")
    assert version.data == source()
    [event] = [e for e in desk.told if e.kind == "recipe"]
    assert event.source == RECIPE
    told = {
        "what": "saved",
        "hash": hash_,
        "version": "2.0",
        "user": "anna",
        "reason": "проба",
        "base": "",
        "replaces": "",
        "problems": 0,
    }
    assert event.data == told


def test_a_broken_draft_is_kept_and_never_submitted() -> None:
    desk = Desk()
    hash_ = desk.save(broken())
    desk.evidence(hash_)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}) == "refused"
    assert any("problems" in r for r in desk.reasons)
    view: Any = desk.stage.view(desk.state)
    assert view["recipes"][0]["versions"][0]["problems"] >= 1
    assert desk.lent is not None
    assert desk.lent.version(hash_) is None


def test_a_draft_is_saved_anew_in_its_place_and_all_its_authors_are_remembered() -> None:
    desk = Desk()
    first = desk.save(user="anna")
    changed = source(author="другой")
    second = desk.save(changed, user="boris", base=first)
    assert list(desk.state.versions) == [second]
    assert desk.version(second).authors == ("anna", "boris")
    assert desk.told[-1].data["replaces"] == first


def test_a_draft_that_somebody_saved_meanwhile_is_not_overwritten() -> None:
    desk = Desk()
    first = desk.save(user="anna")
    desk.save(source(author="a"), user="boris", base=first)
    assert desk.send(K.RECIPE_SAVE, {"data": source(author="b"), "base": first}, "anna") == "refused"
    assert "saved by boris meanwhile" in desk.reasons[0]


@pytest.mark.parametrize("status", [VersionStatus.IN_REVIEW, VersionStatus.APPROVED, VersionStatus.OBSOLETE])
def test_the_number_of_a_version_is_used_once(status: VersionStatus) -> None:
    desk, hash_ = version_in(status)
    assert desk.send(K.RECIPE_SAVE, {"data": source(author="другой"), "base": hash_}) == "refused"
    assert "Version 2.0 exists already" in desk.reasons[0]


def test_the_same_content_is_there_once() -> None:
    desk = Desk()
    hash_ = desk.save()
    assert desk.send(K.RECIPE_SAVE, {"data": source(), "base": hash_}) == "refused"
    assert "This content exists already" in desk.reasons[0]


SENSELESS: list[tuple[str, dict[str, Any], str]] = [
    ("no data", {}, "argument 'data'"),
    ("data is a list", {"data": []}, "argument 'data'"),
    ("text is a number", {"data": source(), "text": 5}, "argument 'text'"),
    ("base is a number", {"data": source(), "base": 5}, "argument 'base'"),
    ("another recipe", {"data": source(recipe="ham")}, "not 'doktorskaya'"),
    ("no recipe", {"data": source(recipe=None)}, "data.recipe"),
    ("no version", {"data": source() | {"version": 1}}, "data.version"),
    ("a version that nobody can read", {"data": source("\u200b\n")}, "data.version"),
    ("not a number", {"data": source(base_batch_kg=math.nan)}, "cannot be stored"),
    ("half a character", {"data": source(author="\ud800")}, "cannot be stored"),
    ("too much", {"data": source(author="x" * 200_000)}, "too large"),
    ("text too long", {"data": source(), "text": "x" * 200_000}, "too large"),
]


@pytest.mark.parametrize(("args", "why"), [s[1:] for s in SENSELESS], ids=[s[0] for s in SENSELESS])
def test_what_cannot_be_saved_is_refused_with_the_reason(args: dict[str, Any], why: str) -> None:
    desk = Desk()
    assert desk.send(K.RECIPE_SAVE, args) == "refused"
    assert why in desk.reasons[0]
    assert desk.state.versions == {}


@pytest.mark.parametrize("kind", [*COMMANDS.values(), K.RECIPE_EVIDENCE])
def test_an_unknown_version_is_refused(kind: Any) -> None:
    desk = Desk()
    hash_ = desk.save()
    assert desk.send(kind, {"hash": "f" * 64, "report": {}, "signature": signature("boris")}) == "refused"
    assert "has no version" in desk.reasons[0]
    assert desk.send(kind, {"hash": hash_, "report": {}, "signature": signature("boris")}, target="ham") == "refused"
    assert "has no version" in desk.reasons[0]


@pytest.mark.parametrize("kind", [K.RECIPE_SAVE, *COMMANDS.values()])
def test_nothing_is_done_without_a_reason(kind: Any) -> None:
    desk, hash_ = version_in(VersionStatus.IN_REVIEW if kind != K.RECIPE_SUBMIT else VersionStatus.DRAFT)
    args = {**desk.approval(hash_), "data": source("3.0"), "text": "", "base": ""}
    user = "boris" if kind in (K.RECIPE_REJECT, K.RECIPE_APPROVE) else "anna"
    assert desk.send(kind, args, user, why="\u200b ") == "refused"
    if kind != K.RECIPE_OBSOLETE:  # from review it is refused for that already
        assert "Say why: the reason stays in the journal" in desk.reasons


@pytest.mark.parametrize("role", ["viewer", "operator", "shift_lead", "", "root"])
@pytest.mark.parametrize("kind", [K.RECIPE_SAVE, K.RECIPE_SUBMIT, K.RECIPE_WITHDRAW, K.RECIPE_REJECT])
def test_only_a_technologist_changes_the_library(kind: Any, role: str) -> None:
    desk, hash_ = version_in(VersionStatus.IN_REVIEW)
    before = desk.state
    args = {**desk.approval(hash_), "data": source("3.0"), "text": "", "base": ""}
    assert desk.send(kind, args, "boris", role=role) == "refused"
    assert "technologist or above" in desk.reasons[0]
    assert desk.state is before


def test_at_an_operators_panel_it_is_the_role_of_who_signs_that_counts() -> None:
    desk, hash_ = version_in(VersionStatus.IN_REVIEW)
    args = desk.approval(hash_)
    low = {**args, "signature": signature("boris", "shift_lead")}
    assert desk.send(K.RECIPE_APPROVE, low, "operator", role="operator") == "refused"
    signed = {**args, "signature": signature("boris")}
    assert desk.send(K.RECIPE_APPROVE, signed, "operator", role="operator") == "accepted"
    assert desk.version(hash_).status is VersionStatus.APPROVED


# Evidence


def test_without_a_dry_run_nothing_is_submitted() -> None:
    desk = Desk()
    hash_ = desk.save()
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}) == "refused"
    assert desk.reasons == ["This version has not been run dry yet: do that first"]


def test_a_failed_dry_run_is_no_evidence() -> None:
    desk = Desk()
    hash_ = desk.save()
    desk.evidence(hash_, ok=False)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}) == "refused"
    assert "failed" in desk.reasons[0]


def test_a_dry_run_on_another_configuration_of_the_line_does_not_count() -> None:
    desk = Desk()
    hash_ = desk.save()
    desk.evidence(hash_, line_hash="before the new sensor")
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}) == "refused"
    assert "line was changed" in desk.reasons[0]


def test_a_changed_line_between_submission_and_approval_asks_for_a_new_dry_run() -> None:
    desk = Desk()
    hash_ = desk.in_review()
    desk.restart(line_hash="with a new sensor")
    assert desk.send(K.RECIPE_APPROVE, desk.approval(hash_), "boris") == "refused"
    assert "line was changed" in desk.reasons[0]
    desk.evidence(hash_)
    assert desk.send(K.RECIPE_APPROVE, desk.approval(hash_), "boris") == "accepted"


@pytest.mark.parametrize(
    "report",
    [{}, {"hash": "f" * 64, "ok": True, "line_hash": "line"}, {"ok": "yes", "line_hash": "line"}, {"ok": True}, {"x": math.inf}],
    ids=str,
)
def test_a_report_of_something_else_is_no_evidence(report: dict[str, Any]) -> None:
    desk = Desk()
    hash_ = desk.save()
    assert desk.send(K.RECIPE_EVIDENCE, {"hash": hash_, "report": {"hash": hash_, **report}}) == "refused"
    assert desk.version(hash_).evidence is None


def test_the_hash_of_evidence_leaves_the_curves_out_which_stay_in_the_journal() -> None:
    desk = Desk()
    hash_ = desk.save()
    first = desk.evidence(hash_, curves={"S401.CoreTemp": {"t": [0, 1], "v": [20.0, 21.0]}})
    assert desk.evidence(hash_, curves={}) == first
    assert desk.evidence(hash_, duration_s=5.0) != first
    evidence = desk.version(hash_).evidence
    assert evidence is not None
    assert "curves" not in evidence.report
    assert evidence.command == "c4"


@pytest.mark.parametrize("status", [VersionStatus.APPROVED, VersionStatus.OBSOLETE])
def test_the_evidence_of_what_was_signed_stays(status: VersionStatus) -> None:
    desk, hash_ = version_in(status)
    before = desk.version(hash_).evidence
    report = {"hash": hash_, "ok": False, "line_hash": "line"}
    assert desk.send(K.RECIPE_EVIDENCE, {"hash": hash_, "report": report}) == "refused"
    assert desk.version(hash_).evidence == before


# Review


def test_who_submitted_or_wrote_withdraws_and_others_reject() -> None:
    desk = Desk()
    hash_ = desk.in_review(user="anna")
    assert desk.send(K.RECIPE_WITHDRAW, {"hash": hash_}, "boris") == "refused"
    assert desk.send(K.RECIPE_REJECT, {"hash": hash_}, "anna") == "refused"
    assert desk.send(K.RECIPE_REJECT, {"hash": hash_}, "boris", why="лимит 80 °C высок") == "accepted"
    assert desk.told[-1].data["reason"] == "лимит 80 °C высок"
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}, "vera") == "accepted", "the evidence still stands"
    assert desk.send(K.RECIPE_WITHDRAW, {"hash": hash_}, "vera") == "accepted"
    assert desk.version(hash_).submitted_by == ""


def test_why_a_version_came_back_stays_with_it_until_it_is_submitted_again() -> None:
    desk = Desk()
    hash_ = desk.in_review(user="anna")
    desk.send(K.RECIPE_REJECT, {"hash": hash_}, "boris", why="лимит 80 °C высок")
    returned = desk.version(hash_).returned
    assert returned is not None
    assert (returned.user, returned.reason) == ("boris", "лимит 80 °C высок")
    assert restore(json.loads(json.dumps(desk.stage.save(desk.state)))) == desk.state
    again = desk.save(source(author="другой"), user="anna", base=hash_)
    row: Any = desk.stage.view(desk.state)
    assert row["recipes"][0]["versions"][0]["returned"] == returned.to_json()
    assert row["recipes"][0]["versions"][0]["authors"] == ["anna"]
    desk.evidence(again)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": again}, "anna") == "accepted"
    assert desk.version(again).returned is None
    assert desk.send(K.RECIPE_WITHDRAW, {"hash": again}, "anna") == "accepted"
    assert desk.version(again).returned is None, "nobody sent it back"


@pytest.mark.parametrize("say", [texts.role_too_low, texts.role_needed])
def test_a_refusal_names_the_role_in_the_language_of_the_reader(say: Callable[[str], Text]) -> None:
    assert "мастера смены" in say("shift_lead").ru
    assert "shift lead" in say("shift_lead").en


# Approval


def test_an_approval_binds_four_hashes_and_is_told_with_its_signature() -> None:
    desk = Desk()
    old = desk.approved()
    new = desk.in_review(source("2.1"), base=old)
    args = desk.approval(new, "boris")
    assert desk.send(K.RECIPE_APPROVE, args, "boris", why="проверено на пробной партии") == "accepted"
    assert (desk.status(new), desk.status(old)) == ("approved", "obsolete")
    assert desk.said == [("approved", new), ("obsolete", old)]
    [sign] = desk.version(new).signatures
    assert (sign.user, sign.meaning, sign.reason) == ("boris", "approve", "проверено на пробной партии")
    assert sign.bound == {"recipe": new, "evidence": args["evidence"], "difference": args["difference"], "previous": old}
    approved = next(e for e in desk.told if e.data.get("what") == "approved")
    assert approved.data["signature"] == sign.to_json()
    assert approved.data["previous"] == old
    obsolete = next(e for e in desk.told if e.data.get("what") == "obsolete")
    assert obsolete.data["superseded_by"] == new


CROSSING = """\
recipe: NAME
version: "1"
author: A
name: {ru: х, en: x}
base_batch_kg: 100
size_lo_kg: 100
size_hi_kg: 100
ingredients: {beef: {kg: 100, tolerance_pct: 1, name: {ru: х, en: x}}}
parameters: {}
equipment:
  chiller: {class: chiller}
  packer: {class: packer}
procedure:
"""
CROSSING_UNITS = {"chiller": ("chill", "air: 0, core: 6"), "packer": ("pack", "speed: 40")}


def crossing(name: str, *roles: str) -> dict[str, Any]:
    """A recipe that takes its second unit while it holds the first."""
    text = CROSSING.replace("NAME", name)
    for i, role in enumerate(roles):
        phase, parameters = CROSSING_UNITS[role]
        takes = f", acquire: [{roles[1]}]" if i == 0 else ""
        text += f"""\
  - unit_procedure: {role}
    name: {{ru: х, en: x}}
    operations: [{{operation: o, name: {{ru: х, en: x}}, phases: [{{phase: {phase}, parameters: {{{parameters}}}{takes}}}]}}]
"""
    document, problems = parse_yaml(text, f"{name}.yaml")
    assert document is not None, problems
    return dict(document.data)


def test_two_recipes_that_would_wait_for_each_other_are_not_both_approved() -> None:
    desk = Desk()
    there, back = crossing("there", "chiller", "packer"), crossing("back", "packer", "chiller")
    for recipe, wanted in ((there, "accepted"), (back, "refused")):
        name, hash_ = str(recipe["recipe"]), content_hash(recipe)
        report = {"hash": hash_, "ok": True, "line_hash": desk.line_hash, "curves": {}}
        for kind, args in (
            (K.RECIPE_SAVE, {"data": recipe, "text": "", "base": ""}),
            (K.RECIPE_EVIDENCE, {"hash": hash_, "report": report}),
            (K.RECIPE_SUBMIT, {"hash": hash_}),
        ):
            assert desk.send(kind, args, target=name) == "accepted", desk.reasons
        assert desk.send(K.RECIPE_APPROVE, desk.approval(hash_), "boris", target=name) == wanted, desk.reasons
    assert [r for r in desk.reasons if "one of there may wait the other way round" in r]
    assert desk.status(hash_) == "in_review"


@pytest.mark.parametrize("signer", ["anna", "Anna ", "ANNA"])
def test_nobody_approves_the_own_work(signer: str) -> None:
    desk = Desk()
    hash_ = desk.in_review(user="anna")
    assert desk.send(K.RECIPE_APPROVE, desk.approval(hash_, signer), "boris") == "refused"
    assert "another person approves it" in desk.reasons[0]


def test_who_saved_an_earlier_draft_or_submitted_does_not_approve_either() -> None:
    desk = Desk()
    first = desk.save(user="anna")
    second = desk.save(source(author="x"), user="boris", base=first)
    desk.evidence(second)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": second}, "vera") == "accepted"
    for signer in ("anna", "boris", "vera"):
        assert desk.send(K.RECIPE_APPROVE, desk.approval(second, signer), signer) == "refused", signer
    assert desk.send(K.RECIPE_APPROVE, desk.approval(second, "gleb"), "anna") == "accepted", "signed by a second person"


def test_a_new_version_made_from_an_unapproved_one_keeps_its_authors() -> None:
    desk = Desk()
    first = desk.save(user="anna")
    second = desk.in_review(source("2.1"), user="boris", base=first)
    assert desk.send(K.RECIPE_APPROVE, desk.approval(second, "anna"), "anna") == "refused"
    approved = desk.approved(source("3.0"))
    third = desk.in_review(source("3.1"), user="boris", base=approved)
    assert desk.send(K.RECIPE_APPROVE, desk.approval(third, "anna"), "anna") == "accepted", "the work of before was approved"


@pytest.mark.parametrize(
    ("signed", "why"),
    [
        (None, "A signature is needed"),
        ({}, "A signature is needed"),
        ({"user": "boris"}, "A signature is needed"),
        ("boris", "A signature is needed"),
        (signature("boris", "operator"), "technologist or above"),
        (signature("boris", "shift_lead"), "technologist or above"),
        (signature("boris", "root"), "technologist or above"),
    ],
    ids=str,
)
def test_an_approval_without_a_valid_signature_is_refused(signed: Any, why: str) -> None:
    desk = Desk()
    hash_ = desk.in_review()
    assert desk.send(K.RECIPE_APPROVE, desk.approval(hash_, signature=signed), "boris") == "refused"
    assert any(why in r for r in desk.reasons)
    assert desk.status(hash_) == "in_review"


def test_an_approval_of_something_else_than_what_was_looked_at_is_refused() -> None:
    desk = Desk()
    old = desk.approved()
    new = desk.in_review(source("2.1"), base=old)
    looked = desk.approval(new)
    other = desk.in_review(source("2.2"), base=old)
    assert desk.send(K.RECIPE_APPROVE, desk.approval(other), "boris") == "accepted"
    assert desk.send(K.RECIPE_APPROVE, looked, "boris") == "refused"
    assert "Another version was approved" in desk.reasons[0]
    looked = desk.approval(new)
    desk.evidence(new, duration_s=1.0)
    assert desk.send(K.RECIPE_APPROVE, looked, "boris") == "refused"
    assert "newer dry run" in desk.reasons[0]
    assert desk.send(K.RECIPE_APPROVE, desk.approval(new), "boris") == "accepted"


def test_making_obsolete_is_signed_and_leaves_no_approved_version() -> None:
    desk = Desk()
    hash_ = desk.approved()
    assert desk.send(K.RECIPE_OBSOLETE, {"hash": hash_}, "boris") == "refused"
    assert desk.reasons == ["A signature is needed: user name and password"]
    assert desk.send(K.RECIPE_OBSOLETE, {"hash": hash_, "signature": signature("anna")}, "anna") == "accepted"
    assert desk.version(hash_).signatures[-1].meaning == "obsolete"
    assert desk.lent is not None
    assert desk.lent.approved(RECIPE) is None


# What others see


def test_the_batch_stage_is_lent_the_approved_version_and_any_other_by_its_hash() -> None:
    desk = Desk()
    old = desk.approved()
    draft = desk.save(source("2.1"), base=old)
    library = desk.lent
    assert library is not None
    approved = library.approved(RECIPE)
    assert approved is not None
    assert (approved.fingerprint, approved.status, approved.version) == (old, "approved", "2.0")
    assert approved.approved_by == "boris"
    tried = library.version(draft)
    assert tried is not None
    assert (tried.fingerprint, tried.status) == (draft, "draft")
    assert library.version("f" * 64) is None
    assert (library.knows(RECIPE), library.knows("ham"), library.approved("ham")) == (True, False, None)
    desk.scan()
    assert desk.lent is library, "nothing changed, nothing is made anew"


def test_a_version_that_nobody_approved_is_not_brought_to_automatic_by_a_change_of_the_mode() -> None:
    desk, plant = Desk(), Plant()
    draft = desk.save()
    plant.lent = {"recipes": desk.lent}
    created = plant.send("batch.create", RECIPE, "technologist", hash=draft, mode="semi", size_kg=140.0)
    batch = str(created["batch"])
    answer = plant.send("batch.mode", batch, "engineer", "try", mode="automatic")
    assert answer["status"] == "refused"
    assert "не утверждён" in reasons(answer["reasons"])
    assert plant.view(batch)["mode"] == "semi"
    assert plant.send("batch.mode", batch, "technologist", "try", mode="manual")["status"] == "accepted"
    assert plant.send("batch.mode", batch, "technologist", "try", mode="automatic")["status"] == "refused"

    desk.evidence(draft)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": draft}) == "accepted"
    assert desk.send(K.RECIPE_APPROVE, desk.approval(draft), "boris") == "accepted"
    plant.lent = {"recipes": desk.lent}
    assert plant.send("batch.mode", batch, mode="automatic")["status"] == "accepted", "it was approved meanwhile"
    desk.approved(source("2.1"))
    plant.lent = {"recipes": desk.lent}
    assert desk.status(draft) == "obsolete"
    for mode in ("semi", "automatic"):
        assert plant.send("batch.mode", batch, mode=mode)["status"] == "accepted", "a batch keeps the version it began with"


def test_the_view_has_everything_but_the_sources() -> None:
    desk = Desk()
    old = desk.approved()
    new = desk.save(source("2.1"), base=old)
    view: Any = desk.stage.view(desk.state)
    [recipe] = view["recipes"]
    assert (recipe["id"], recipe["approved"]) == (RECIPE, old)
    assert [v["hash"] for v in recipe["versions"]] == [new, old], "newest first"
    row = recipe["versions"][1]
    assert (row["status"], row["author"], row["submitted_by"], row["problems"]) == ("approved", "anna", "anna", 0)
    assert (row["size_lo_kg"], row["base_batch_kg"], row["size_hi_kg"]) == (70, 140, 160)
    assert row["evidence"]["ok"] is True
    assert [s["user"] for s in row["signatures"]] == ["boris"]
    assert not {"data", "text", "report"} & {*row, *row["evidence"]}


def test_the_hash_is_of_the_content_only() -> None:
    data = source()
    assert content_hash({**data, "base_batch_kg": 140}) == content_hash({**data, "base_batch_kg": 140.0})
    assert content_hash(dict(reversed(data.items()))) == content_hash(data)
    assert content_hash({**data, "status": "approved", "approved_by": "x"}) == content_hash(data)
    assert content_hash({**data, "author": "x"}) != content_hash(data)


def unstocked(**changes: Any) -> dict[str, Any]:
    """A recipe that takes what nobody can receive."""
    data = source()
    data["ingredients"]["saffron"] = data["ingredients"].pop("nutmeg")
    return json.loads(json.dumps(data).replace('"nutmeg"', '"saffron"')) | changes


def test_a_recipe_of_what_is_no_material_here_is_saved_and_goes_no_further() -> None:
    desk = Desk(check=against_stock(sausage().materials))
    hash_ = desk.save(unstocked())
    version = desk.state.versions[hash_]
    assert [(p.key, p.message) for p in desk.stage.problems(version)] == [
        ("ingredients.saffron", "'saffron' is no material of materials.yaml")
    ]
    desk.evidence(hash_)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}) == "refused"
    assert any("problem" in r or "fault" in r for r in desk.reasons), desk.reasons


def test_a_recipe_that_makes_no_product_of_this_line_is_not_packed_by_anybody() -> None:
    desk = Desk(check=against_stock(sausage().materials))
    data = source(recipe="rostovskaya")
    assert desk.send(K.RECIPE_SAVE, {"data": data, "text": "", "base": ""}, target="rostovskaya") == "accepted"
    hash_ = content_hash(data)
    assert [p.key for p in desk.stage.problems(desk.state.versions[hash_])] == ["recipe"]


def test_whoever_writes_a_recipe_reads_at_once_what_is_no_material() -> None:
    problems: Any = RecipeService("sausage").check(json.dumps(unstocked()))["problems"]
    assert [(p["key"], p["text"]["ru"]) for p in problems] == [
        ("ingredients.saffron", "сырья «saffron» нет в справочнике материалов")
    ]
