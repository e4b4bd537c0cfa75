"""The library in the journal. Contents are saved as the canonical text that their hash is over, once each: a save is light."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from line.messages import Json, JsonObject
from recipes.content import canonical
from recipes.library_state import Evidence, LibraryState, Returned, Signature, Version
from recipes.lifecycle import VersionStatus


class _Saved(BaseModel):
    """Keys that are not known are left out: a newer build may have written them."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _SavedSignature(_Saved):
    user: str
    name: str
    role: str
    time_ns: int
    meaning: str
    reason: str
    bound: Mapping[str, Any] = {}


class _SavedEvidence(_Saved):
    hash: str
    ok: bool
    line_hash: str
    time_ns: int
    by: str
    command: str
    report: str


class _SavedReturn(_Saved):
    user: str
    reason: str
    time_ns: int


class SavedVersion(_Saved):
    """One version; ``data`` is canonical JSON, ``text`` the file as it was written."""

    recipe: str
    version: str
    hash: str
    status: VersionStatus
    author: str
    saved_ns: int
    reason: str
    base: str
    data: str
    text: str
    authors: tuple[str, ...] = ()
    file: str = ""
    submitted_by: str = ""
    evidence: _SavedEvidence | None = None
    signatures: tuple[_SavedSignature, ...] = ()
    returned: _SavedReturn | None = None


class _SavedLibrary(_Saved):
    versions: tuple[SavedVersion, ...] = ()
    folder: str = ""


class Saver:
    """Writes states. Remembers what it wrote for versions that have not changed since: a memory, not a state."""

    def __init__(self) -> None:
        self._written: dict[str, tuple[Version, JsonObject]] = {}

    def save(self, state: LibraryState) -> JsonObject:
        """The state as JSON."""
        written = {h: self._of(v) for h, v in state.versions.items()}
        self._written = written
        return {"versions": [saved for _, saved in written.values()], "folder": state.folder}

    def _of(self, version: Version) -> tuple[Version, JsonObject]:
        known = self._written.get(version.hash)
        return known if known is not None and known[0] is version else (version, _save(version))


def _save(v: Version) -> JsonObject:
    e = v.evidence
    evidence: Json = None if e is None else {
        "hash": e.hash, "ok": e.ok, "line_hash": e.line_hash, "time_ns": e.time_ns, "by": e.by, "command": e.command,
        "report": canonical(e.report),
    }  # fmt: skip
    return {
        "recipe": v.recipe, "version": v.version, "hash": v.hash, "status": v.status.value, "author": v.author,
        "saved_ns": v.saved_ns, "reason": v.reason, "base": v.base, "data": canonical(v.data), "text": v.text,
        "authors": list(v.authors), "file": v.file, "submitted_by": v.submitted_by, "evidence": evidence,
        "signatures": [s.to_json() for s in v.signatures], "returned": None if v.returned is None else v.returned.to_json(),
    }  # fmt: skip


def restore(saved: JsonObject) -> LibraryState:
    """The library as it was. Raises ValueError when ``saved`` is not what :class:`Saver` writes."""
    try:
        data = _SavedLibrary.model_validate(saved)
    except ValidationError as error:
        raise ValueError(f"the saved library of recipes cannot be read: {error.error_count()} faults") from error
    return LibraryState({v.hash: _version(v) for v in data.versions}, data.folder)


def _version(v: SavedVersion) -> Version:
    e = v.evidence
    evidence = None if e is None else Evidence(e.hash, e.ok, e.line_hash, e.time_ns, e.by, e.command, _object(e.report))
    signatures = tuple(Signature(s.user, s.name, s.role, s.time_ns, s.meaning, s.reason, s.bound) for s in v.signatures)
    returned = None if v.returned is None else Returned(v.returned.user, v.returned.reason, v.returned.time_ns)
    return Version(
        v.recipe, v.version, v.hash, v.status, v.author, v.saved_ns, v.reason, v.base, _object(v.data), v.text, v.authors,
        v.file, v.submitted_by, evidence, signatures, returned,
    )  # fmt: skip


def _object(text: str) -> JsonObject:
    value: Any = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("the content of a saved recipe is no object")
    return value  # pyright: ignore[reportUnknownVariableType]
