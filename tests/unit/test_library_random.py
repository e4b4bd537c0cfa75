"""Random people do random things to recipes, with kills and changed files between: what must always be true of a library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from line.messages import EventKind
from recipes.content import content_hash
from recipes.library_state import LibraryState
from recipes.lifecycle import LIFECYCLE, VersionStatus
from tests.unit.library_kit import RECIPE, Desk, K, broken, signature, source
from tests.unit.test_library_folder import SHIPPED_FILE, file_of

PEOPLE = st.sampled_from(["anna", "boris", "vera"])
DATA = [source(f"{n}.0", author=a) for n in (1, 2, 3) for a in ("x", "y")] + [broken("4.0")]
FOLDERS = [[], [SHIPPED_FILE], [file_of(source("5.0"), approved=True)], [file_of(source("1.0", author="z"))]]
LINES = st.sampled_from(["line", "line", "line", "other line"])


class LibraryMachine(RuleBasedStateMachine):
    """Commands as they come, with arguments that are in order or not; the library against a model of who did what."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.before: LibraryState = self.desk.state
        self.authors: dict[str, set[str]] = {}

    def some(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(list(self.desk.state.versions)))

    def known(self) -> bool:
        return bool(self.desk.state.versions)

    @rule(data=st.data(), user=PEOPLE)
    def save(self, data: st.DataObject, user: str) -> None:
        content = data.draw(st.sampled_from(DATA))
        base = data.draw(st.sampled_from(["", *self.desk.state.versions]))
        if self.desk.send(K.RECIPE_SAVE, {"data": content, "text": "", "base": base}, user) == "accepted":
            self.authors.setdefault(content_hash(content), set()).add(user)

    def in_status(self, status: VersionStatus) -> list[str]:
        return [v.hash for v in self.desk.state.versions.values() if v.status is status]

    @precondition(lambda self: self.in_status(VersionStatus.DRAFT))
    @rule(data=st.data(), user=PEOPLE)
    def try_and_submit(self, data: st.DataObject, user: str) -> None:
        """In order, as far as the recipe is: otherwise random steps hardly ever lead anywhere."""
        hash_ = data.draw(st.sampled_from(self.in_status(VersionStatus.DRAFT)))
        report = {"hash": hash_, "ok": True, "line_hash": self.desk.line_hash}
        self.desk.send(K.RECIPE_EVIDENCE, {"hash": hash_, "report": report})
        self.desk.send(K.RECIPE_SUBMIT, {"hash": hash_}, user)

    @precondition(lambda self: self.in_status(VersionStatus.IN_REVIEW))
    @rule(data=st.data(), signer=PEOPLE)
    def sign(self, data: st.DataObject, signer: str) -> None:
        hash_ = data.draw(st.sampled_from(self.in_status(VersionStatus.IN_REVIEW)))
        self.judge_approval(hash_, signer, self.desk.approval(hash_, signer), "vera")

    def judge_approval(self, hash_: str, signer: str, args: dict[str, Any], user: str, *, stale: bool = False) -> None:
        submitted = self.desk.version(hash_).submitted_by
        if self.desk.send(K.RECIPE_APPROVE, args, user) == "accepted":
            assert not stale
            assert signer not in self.authors.get(hash_, set())
            assert signer != submitted

    @precondition(known)
    @rule(data=st.data(), ok=st.booleans(), line=LINES)
    def dry_run(self, data: st.DataObject, ok: bool, line: str) -> None:
        hash_ = self.some(data)
        report = {"hash": hash_, "ok": ok, "line_hash": line, "n": data.draw(st.integers(0, 2))}
        self.desk.send(K.RECIPE_EVIDENCE, {"hash": hash_, "report": report})

    @precondition(known)
    @rule(data=st.data(), user=PEOPLE, kind=st.sampled_from([K.RECIPE_SUBMIT, K.RECIPE_WITHDRAW, K.RECIPE_REJECT]))
    def step(self, data: st.DataObject, user: str, kind: Any) -> None:
        self.desk.send(kind, {"hash": self.some(data)}, user)

    @precondition(known)
    @rule(data=st.data(), user=PEOPLE, signer=PEOPLE, stale=st.booleans())
    def approve(self, data: st.DataObject, user: str, signer: str, stale: bool) -> None:
        hash_ = self.some(data)
        args = self.desk.approval(hash_, signer)
        if stale:
            args[data.draw(st.sampled_from(["evidence", "difference"]))] = "0" * 64
        self.judge_approval(hash_, signer, args, user, stale=stale)

    @precondition(known)
    @rule(data=st.data(), user=PEOPLE, signed=st.booleans())
    def obsolete(self, data: st.DataObject, user: str, signed: bool) -> None:
        args: dict[str, Any] = {"hash": self.some(data), **({"signature": signature(user)} if signed else {})}
        if self.desk.send(K.RECIPE_OBSOLETE, args, user) == "accepted":
            assert signed

    @rule(data=st.data(), line=LINES)
    def kill(self, data: st.DataObject, line: str) -> None:
        self.desk.restart(data.draw(st.sampled_from(FOLDERS)), line)

    @invariant()
    def one_version_at_most_is_approved_and_it_was_signed(self) -> None:
        versions = list(self.desk.state.versions.values())
        approved = [v for v in versions if v.status is VersionStatus.APPROVED]
        assert len(approved) <= 1
        for version in approved:
            meanings = [s.meaning for s in version.signatures]
            assert meanings in (["approve"], ["imported"])
            if meanings == ["approve"]:
                assert version.evidence is not None
                assert version.evidence.ok
                assert version.signatures[0].bound["evidence"] == version.evidence.hash
                assert version.signatures[0].bound["recipe"] == version.hash

    @invariant()
    def versions_are_immutable_and_move_by_the_table_only(self) -> None:
        now: Mapping[str, Any] = self.desk.state.versions
        for hash_, old in self.before.versions.items():
            new = now.get(hash_)
            if new is None:
                assert old.status is VersionStatus.DRAFT, "only a draft is replaced"
                continue
            assert new.data == old.data
            assert content_hash(new.data) == hash_
            imported = any(s.meaning == "imported" for s in new.signatures)
            assert new.status is old.status or new.status in LIFECYCLE[old.status].values() or imported
            assert new.signatures[: len(old.signatures)] == old.signatures or imported
        self.before = self.desk.state

    @invariant()
    def what_is_lent_is_what_is_approved(self) -> None:
        library = self.desk.lent
        assert library is not None
        lent = library.approved(RECIPE)
        approved = self.desk.state.approved.get(RECIPE)
        assert (None if lent is None else lent.fingerprint) == (None if approved is None else approved.hash)

    @invariant()
    def every_change_is_told(self) -> None:
        told = [e for e in self.desk.events if e.kind == EventKind.RECIPE]
        hashes = {str(e.data["hash"]) for e in told}
        assert set(self.desk.state.versions) <= hashes
        for version in self.desk.state.versions.values():
            last = [e.data["what"] for e in told if e.data["hash"] == version.hash and e.data["what"] != "evidence"][-1]
            assert last in WORDS[version.status], (last, version.status)


WORDS = {
    VersionStatus.DRAFT: {"saved", "imported", "withdrawn", "rejected"},
    VersionStatus.IN_REVIEW: {"submitted"},
    VersionStatus.APPROVED: {"approved", "imported"},
    VersionStatus.OBSOLETE: {"obsolete"},
}
LibraryMachine.TestCase.settings = settings(
    max_examples=30, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLibrary = LibraryMachine.TestCase
