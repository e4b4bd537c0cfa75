"""What people may do to versions of recipes: accepted with an event, or refused with every reason; never half."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from line.documents import Text
from line.messages import Command, CommandKind, CommandStatus, EventKind, Json, JsonObject
from line.roles import may
from line.stage import Scan
from recipes import diff
from recipes import library_texts as texts
from recipes.content import canonical, content_hash, sha256, storable
from recipes.library_state import Evidence, LibraryState, Masters, Returned, Signature, Version
from recipes.lifecycle import LIFECYCLE, Action, VersionStatus

VERSIONS_MAX: Final = 1000
CONTENT_MAX: Final = 150_000
"""Characters of the canonical JSON, and of the file; the shipped recipes have some 10,000."""
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
SIGNING_ROLE: Final = "technologist"
"""The least role of who changes anything here, and of who signs."""
_SIGNER_DECIDES: Final = frozenset({CommandKind.RECIPE_APPROVE, CommandKind.RECIPE_OBSOLETE, CommandKind.RECIPE_EVIDENCE})
"""Whose role counts is who signs (any operator's panel will do), or nobody's: a dry run."""


@dataclass(frozen=True)
class Context:
    """What a command is judged with: the scan, the recipes resolved, and the fingerprint of the line's configuration."""

    scan: Scan
    masters: Masters
    line_hash: str


class _Signed(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)
    user: str
    name: str
    role: str
    time_ns: int


def apply(state: LibraryState, command: Command, ctx: Context) -> LibraryState:
    """One command of :data:`KINDS`; ``state`` itself when it was refused."""
    if command.kind not in _SIGNER_DECIDES and not may(command.role, SIGNING_ROLE):
        _refuse(ctx, command, [texts.role_too_low(command.role)])
        return state
    return _COMMANDS[CommandKind(command.kind)](state, command, ctx)


def difference_hash(before: Version | None, after: Version) -> str:
    """The hash of what differs between two versions; the same for the panel that shows it and the signature that binds it."""
    return diff.difference_hash("" if before is None else before.hash, after.hash)


def _refuse(ctx: Context, command: Command, reasons: list[Text]) -> None:
    ctx.scan.answer(command, CommandStatus.REFUSED, {"reasons": [r.to_json() for r in dict.fromkeys(reasons)]})


def _tell(ctx: Context, command: Command, what: str, version: Version, more: JsonObject) -> None:
    """Accept, and say what was done: who, what, why, and to which content."""
    ctx.scan.answer(command, CommandStatus.ACCEPTED, {"hash": version.hash, "version": version.version})
    _event(ctx, what, version, command.user, command.reason, more)


def _event(ctx: Context, what: str, version: Version, user: str, reason: str, more: JsonObject) -> None:
    data: dict[str, Json] = {"what": what, "hash": version.hash, "version": version.version, "user": user, "reason": reason}
    ctx.scan.event(EventKind.RECIPE, version.recipe, {**data, **more})


def _word(command: Command, name: str, most: int = 64) -> str:
    """A text argument; '' when it is missing, too long or no text."""
    value = command.args.get(name)
    return value if isinstance(value, str) and len(value) <= most else ""


def _unexplained(command: Command) -> list[Text]:
    readable = any(c.isprintable() and not c.isspace() for c in command.reason)
    return [] if readable else [texts.WHY_NEEDED]


# Saving


def _save(state: LibraryState, command: Command, ctx: Context) -> LibraryState:
    data, text, base = command.args.get("data"), command.args.get("text", ""), command.args.get("base", "")
    reasons = _unexplained(command)
    if not isinstance(text, str) or not isinstance(base, str) or len(base) > 64:
        reasons.append(texts.wrong_argument("text" if not isinstance(text, str) else "base"))
    if not isinstance(data, Mapping):
        _refuse(ctx, command, [*reasons, texts.wrong_argument("data")])
        return state
    reasons += _content_reasons(data, text if isinstance(text, str) else "", command.target)
    if reasons:
        _refuse(ctx, command, reasons)
        return state
    version = Version(
        command.target, str(data["version"]), content_hash(data), VersionStatus.DRAFT, command.user, ctx.scan.now_ns,
        command.reason, str(base), data, str(text), (command.user,),
    )  # fmt: skip
    replaced, reasons = _place(state, version)
    if reasons:
        _refuse(ctx, command, reasons)
        return state
    before = replaced or state.versions.get(version.base)
    if before is not None and before.status in (VersionStatus.DRAFT, VersionStatus.IN_REVIEW):
        authors = tuple(dict.fromkeys((*before.authors, command.user)))
        version = replace(version, authors=authors, returned=before.returned)
    more: JsonObject = {
        "base": version.base,
        "replaces": "" if replaced is None else replaced.hash,
        "problems": len(ctx.masters.problems(version)),
    }
    _tell(ctx, command, "saved", version, more)
    return (state if replaced is None else state.without(replaced.hash)).with_version(version)


def _content_reasons(data: JsonObject, text: str, target: str) -> list[Text]:
    recipe, version = data.get("recipe"), data.get("version")
    if not storable(data) or not storable(text):
        return [texts.NOT_STORABLE]
    if len(text) > CONTENT_MAX or len(canonical(data)) > CONTENT_MAX:
        return [texts.TOO_LONG]
    reasons: list[Text] = []
    if not isinstance(recipe, str) or not _IDENTIFIER.fullmatch(recipe):
        reasons.append(texts.wrong_argument("data.recipe"))
    elif recipe != target:
        reasons.append(texts.other_recipe(target, recipe))
    if not isinstance(version, str) or not 1 <= len(version.strip()) <= 20 or not version.isprintable():
        reasons.append(texts.wrong_argument("data.version"))
    return reasons


def _place(state: LibraryState, version: Version) -> tuple[Version | None, list[Text]]:
    """The draft that ``version`` takes the place of, or why it cannot be saved."""
    known = state.versions.get(version.hash)
    if known is not None:
        return None, [texts.known_already(known)]
    namesakes = state.named(version.recipe, version.version)
    taken = [v for v in namesakes if Action.REPLACE not in LIFECYCLE[v.status]]
    if taken:
        return None, [texts.version_taken(taken[0])]
    if namesakes and version.base not in {v.hash for v in namesakes}:
        return None, [texts.saved_meanwhile(namesakes[-1])]
    if not namesakes and len(state.versions) >= VERSIONS_MAX:
        return None, [texts.LIBRARY_FULL]
    return next((v for v in namesakes if v.hash == version.base), None), []


# Evidence


def _evidence(state: LibraryState, command: Command, ctx: Context) -> LibraryState:
    """The server hands in a dry run; once a version is approved, what was signed stays."""
    version = _version(state, command)
    report = command.args.get("report")
    if version is None or not isinstance(report, Mapping):
        hash_ = _word(command, "hash")
        unknown = texts.unknown_version(command.target, hash_) if version is None else texts.wrong_argument("report")
        _refuse(ctx, command, [unknown])
        return state
    ok, line_hash = report.get("ok"), report.get("line_hash")
    if report.get("hash") != version.hash or not isinstance(ok, bool) or not isinstance(line_hash, str) or not storable(report):
        _refuse(ctx, command, [texts.REPORT_STRANGE])
        return state
    if version.status not in (VersionStatus.DRAFT, VersionStatus.IN_REVIEW):
        _refuse(ctx, command, [texts.known_already(version)])
        return state
    kept: JsonObject = {k: v for k, v in report.items() if k != "curves"}
    evidence = Evidence(sha256(kept), ok, line_hash, ctx.scan.now_ns, command.user, command.id, kept)
    _tell(ctx, command, "evidence", version, {"evidence": evidence.hash, "ok": ok, "line_hash": line_hash})
    return state.with_version(replace(version, evidence=evidence))


def _evidence_reasons(version: Version, ctx: Context) -> list[Text]:
    """Why the version cannot go on: it must fit the line, and have passed a dry run on the line as it is now."""
    problems = ctx.masters.problems(version)
    reasons = [texts.has_problems(len(problems))] if problems else []
    if version.evidence is None:
        return [*reasons, texts.NO_EVIDENCE]
    if not version.evidence.ok:
        reasons.append(texts.EVIDENCE_FAILED)
    if version.evidence.line_hash != ctx.line_hash:
        reasons.append(texts.EVIDENCE_OLD)
    return reasons


# The way of a version


def _version(state: LibraryState, command: Command) -> Version | None:
    version = state.versions.get(_word(command, "hash"))
    return version if version is not None and version.recipe == command.target else None


def _judged(
    state: LibraryState, command: Command, ctx: Context, action: Action
) -> tuple[Version | None, VersionStatus, list[Text]]:
    """The version, where ``action`` leads, and what stands against it whatever the action is."""
    version = _version(state, command)
    if version is None:
        return None, VersionStatus.DRAFT, [texts.unknown_version(command.target, _word(command, "hash"))]
    target = LIFECYCLE[version.status].get(action)
    if target is None:
        return version, version.status, [texts.wrong_status(version, action)]
    return version, target, _unexplained(command)


def _submit(state: LibraryState, command: Command, ctx: Context) -> LibraryState:
    version, target, reasons = _judged(state, command, ctx, Action.SUBMIT)
    if version is not None and target is VersionStatus.IN_REVIEW:
        reasons += _evidence_reasons(version, ctx)
        others = [v for v in state.named(version.recipe, version.version) if v.hash != version.hash]
        reasons += [texts.version_taken(others[0])] if others else []
    if version is None or version.evidence is None or reasons:
        _refuse(ctx, command, reasons)
        return state
    _tell(ctx, command, "submitted", version, {"evidence": version.evidence.hash})
    return state.with_version(replace(version, status=target, submitted_by=command.user, returned=None))


def _withdraw(state: LibraryState, command: Command, ctx: Context) -> LibraryState:
    return _back(state, command, ctx, Action.WITHDRAW, "withdrawn")


def _reject(state: LibraryState, command: Command, ctx: Context) -> LibraryState:
    return _back(state, command, ctx, Action.REJECT, "rejected")


def _back(state: LibraryState, command: Command, ctx: Context, action: Action, what: str) -> LibraryState:
    """Back to draft: by those whose version it is, or by those who looked at it."""
    version, target, reasons = _judged(state, command, ctx, action)
    if version is not None and target is not version.status:
        own = _took_part(version, command.user, "")
        if own and action is Action.REJECT:
            reasons.append(texts.OTHERS_REJECT)
        if not own and action is Action.WITHDRAW:
            reasons.append(texts.SUBMITTER_WITHDRAWS)
    if version is None or reasons:
        _refuse(ctx, command, reasons)
        return state
    _tell(ctx, command, what, version, {})
    returned = Returned(command.user, command.reason, ctx.scan.now_ns) if action is Action.REJECT else None
    return state.with_version(replace(version, status=target, submitted_by="", returned=returned))


def _approve(state: LibraryState, command: Command, ctx: Context) -> LibraryState:
    """Signed by a second person, for exactly this content, this dry run and this difference to what is approved now."""
    version, target, reasons = _judged(state, command, ctx, Action.APPROVE)
    previous = None
    signed, why = _signed(command)
    if version is not None and target is VersionStatus.APPROVED:
        previous = state.approved.get(version.recipe)
        reasons += why
        if signed is not None and _took_part(version, signed.user, signed.name):
            reasons.append(texts.second_person(signed.name))
        reasons += _evidence_reasons(version, ctx)
        reasons += [texts.circle(c) for c in ctx.masters.circles_with(version, state.approved)]
        if version.evidence is not None and _word(command, "evidence") != version.evidence.hash:
            reasons.append(texts.EVIDENCE_OTHER)
        if _word(command, "difference") != difference_hash(previous, version):
            reasons.append(texts.DIFFERENCE_OTHER)
    if version is None or signed is None or version.evidence is None or reasons:
        _refuse(ctx, command, reasons)
        return state
    bound: JsonObject = {
        "recipe": version.hash,
        "evidence": version.evidence.hash,
        "difference": difference_hash(previous, version),
        "previous": "" if previous is None else previous.hash,
    }
    signature = _signature(signed, command, "approve", bound)
    _tell(
        ctx, command, "approved", version, {"signature": signature.to_json(), **{k: v for k, v in bound.items() if k != "recipe"}}
    )
    state = state.with_version(replace(version, status=target, signatures=(*version.signatures, signature)))
    if previous is None:
        return state
    _event(ctx, "obsolete", previous, command.user, command.reason, {"superseded_by": version.hash})
    return state.with_version(replace(previous, status=LIFECYCLE[previous.status][Action.SUPERSEDE]))


def _obsolete(state: LibraryState, command: Command, ctx: Context) -> LibraryState:
    version, target, reasons = _judged(state, command, ctx, Action.OBSOLETE)
    signed, why = _signed(command)
    reasons += why if version is not None else []
    if version is None or signed is None or reasons:
        _refuse(ctx, command, reasons)
        return state
    signature = _signature(signed, command, "obsolete", {"recipe": version.hash})
    _tell(ctx, command, "obsolete", version, {"signature": signature.to_json(), "superseded_by": ""})
    return state.with_version(replace(version, status=target, signatures=(*version.signatures, signature)))


def _signed(command: Command) -> tuple[_Signed | None, list[Text]]:
    """The signature that the server verified, or why it does not do."""
    try:
        signed = _Signed.model_validate(command.args.get("signature"))
    except ValidationError:
        return None, [texts.SIGNATURE_NEEDED]
    return signed, [] if may(signed.role, SIGNING_ROLE) else [texts.role_needed(signed.role)]


def _signature(signed: _Signed, command: Command, meaning: str, bound: JsonObject) -> Signature:
    return Signature(signed.user, signed.name, signed.role, signed.time_ns, meaning, command.reason, bound)


def _took_part(version: Version, user: str, name: str) -> bool:
    """Whether this person wrote or submitted the version; files name people, commands users: both are compared."""
    took_part = {p.strip().casefold() for p in (*version.authors, version.author, version.submitted_by)} - {""}
    return bool({user.strip().casefold(), name.strip().casefold()} & took_part)


_COMMANDS: Final[Mapping[CommandKind, Callable[[LibraryState, Command, Context], LibraryState]]] = {
    CommandKind.RECIPE_SAVE: _save,
    CommandKind.RECIPE_EVIDENCE: _evidence,
    CommandKind.RECIPE_SUBMIT: _submit,
    CommandKind.RECIPE_WITHDRAW: _withdraw,
    CommandKind.RECIPE_REJECT: _reject,
    CommandKind.RECIPE_APPROVE: _approve,
    CommandKind.RECIPE_OBSOLETE: _obsolete,
}
KINDS: Final = frozenset[str](_COMMANDS)
