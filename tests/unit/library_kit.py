"""The library stage with a line of its own, driven command by command."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from line.image import NO_STRINGS, Snapshot
from line.messages import Command, CommandKind, Event, JsonObject
from line.stage import Scan
from potok.linefolder import LoadedLine, find_folder, load_line
from recipes.content import content_hash
from recipes.library import LibraryStage
from recipes.library_commands import difference_hash
from recipes.library_folder import FolderRecipe
from recipes.library_state import LibraryState, RecipeCheck, Version
from recipes.library_view import Library
from tests.builders import T0_NS, S

K = CommandKind
RECIPE = "doktorskaya"
IMAGE = Snapshot(0, T0_NS, np.zeros(0), np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros(0, np.int64), NO_STRINGS)


@cache
def sausage() -> LoadedLine:
    return load_line(find_folder("sausage"))


def source(version: str = "2.0", **changes: Any) -> dict[str, Any]:
    """The shipped recipe as data, with another version."""
    data: dict[str, Any] = copy.deepcopy(dict(sausage().recipes[RECIPE].source))
    data["version"] = version
    data.update(changes)
    return data


def broken(version: str = "2.0") -> dict[str, Any]:
    """A recipe with a limit that makes no sense."""
    data = source(version)
    data["base_batch_kg"] = 5000
    return data


def signature(user: str, role: str = "technologist", name: str = "") -> dict[str, Any]:
    return {"user": user, "name": name or user, "role": role, "time_ns": T0_NS}


@dataclass
class Desk:
    """One library. Every command is a scan; ``told`` are the events of the last one."""

    folder: Sequence[FolderRecipe] = ()
    line_hash: str = "line"
    check: RecipeCheck | None = None
    state: LibraryState = field(init=False)
    told: list[Event] = field(default_factory=list[Event])
    events: list[Event] = field(default_factory=list[Event])
    now_ns: int = T0_NS
    lent: Library | None = None

    def __post_init__(self) -> None:
        self.stage = LibraryStage(sausage().model, self.folder, self.line_hash, self.check)
        self.state = self.stage.initial()
        self._commands = 0
        self.scan()

    def restart(self, folder: Sequence[FolderRecipe] | None = None, line_hash: str | None = None) -> None:
        """The engine is killed and comes again, with other files perhaps."""
        saved: JsonObject = json.loads(json.dumps(self.stage.save(self.state)))
        self.folder = self.folder if folder is None else folder
        self.line_hash = self.line_hash if line_hash is None else line_hash
        self.stage = LibraryStage(sausage().model, self.folder, self.line_hash, self.check)
        self.state = self.stage.restore(saved, self.now_ns)
        self.scan()

    def scan(self, *commands: Command) -> None:
        self.now_ns += S
        scan = Scan(self.now_ns, IMAGE, commands)
        self.state = self.stage.step(self.state, scan)
        lent = scan.lent["recipes"]
        assert isinstance(lent, Library)
        self.lent, self.told = lent, scan.events
        self.events += scan.events

    def send(self, kind: CommandKind, args: dict[str, Any], user: str = "anna", why: str = "проба", target: str = RECIPE,
             role: str = "technologist") -> str:  # fmt: skip
        """The status of the answer."""
        self._commands += 1
        command = Command(f"c{self._commands}", kind, target, args, user, role, "pult", self.now_ns, why)
        self.scan(command)
        [answer] = [e for e in self.told if e.kind == "command"]
        return str(answer.data["status"])

    @property
    def reasons(self) -> list[str]:
        """Why the last command was refused, in English."""
        found: list[Any] = [r for e in self.told for r in e.data.get("reasons", ())]  # type: ignore[union-attr]
        assert all(r["ru"] and r["ru"] != r["en"] for r in found)
        return [r["en"] for r in found]

    @property
    def said(self) -> list[tuple[Any, Any]]:
        """``(what, hash)`` of the recipe events of the last scan."""
        return [(e.data["what"], e.data["hash"]) for e in self.told if e.kind == "recipe"]

    # -- the way of a version

    def save(self, data: dict[str, Any] | None = None, user: str = "anna", base: str = "") -> str:
        """The hash of what was saved."""
        data = source() if data is None else data
        assert self.send(K.RECIPE_SAVE, {"data": data, "text": "", "base": base}, user) == "accepted", self.reasons
        return content_hash(data)

    def evidence(self, hash_: str, *, ok: bool = True, line_hash: str | None = None, **more: Any) -> str:
        """The hash of the evidence of a dry run."""
        report = {
            "hash": hash_,
            "ok": ok,
            "line_hash": line_hash or self.line_hash,
            "curves": {"T": {"t": [0], "v": [1]}},
            **more,
        }
        assert self.send(K.RECIPE_EVIDENCE, {"hash": hash_, "report": report}) == "accepted", self.reasons
        evidence = self.version(hash_).evidence
        assert evidence is not None
        return evidence.hash

    def in_review(self, data: dict[str, Any] | None = None, user: str = "anna", base: str = "") -> str:
        """Saved, run dry, submitted."""
        hash_ = self.save(data, user, base)
        self.evidence(hash_)
        assert self.send(K.RECIPE_SUBMIT, {"hash": hash_}, user) == "accepted", self.reasons
        return hash_

    def approval(self, hash_: str, signer: str = "boris", **changes: Any) -> dict[str, Any]:
        """Arguments of an approval that is in order."""
        version = self.version(hash_)
        evidence = "" if version.evidence is None else version.evidence.hash
        difference = difference_hash(self.state.approved.get(version.recipe), version)
        return {"hash": hash_, "evidence": evidence, "difference": difference, "signature": signature(signer), **changes}

    def approved(self, data: dict[str, Any] | None = None) -> str:
        """The whole way, by two people."""
        hash_ = self.in_review(data)
        assert self.send(K.RECIPE_APPROVE, self.approval(hash_), "boris") == "accepted", self.reasons
        return hash_

    def version(self, hash_: str) -> Version:
        return self.state.versions[hash_]

    def status(self, hash_: str) -> str:
        return self.state.versions[hash_].status.value
