"""The hand-over of a shift: prepared and signed by who leaves, confirmed and signed by who comes.

A signature is bound to what was read: it names the hash of notes and open matters, and is refused when they are others by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from line.documents import Text
from line.messages import Command, Json, JsonObject
from line.roles import may
from production.shift_states import ShiftStep

SIGNER_ROLE: Final = "shift_lead"
"""Who may sign a hand-over."""
NOTES_MAX: Final = 4000
LISTS_KEPT: Final = 5
"""Earlier contents of a hand-over that a refusal can be compared with: who signs an older one is told to read it anew."""
NAMED_MAX: Final = 3
"""Matters that such a refusal names of those that are new, and of those that are gone."""
BOUND: Final = ("kind", "id", "of", "unit", "text")
"""What of a matter is signed; ``now`` runs on while people read."""
_PARTS: Final[Mapping[ShiftStep, str]] = {ShiftStep.PREPARING: "outgoing", ShiftStep.HANDING_OVER: "incoming"}


def reading_hash(shift: str, notes: str, matters: Sequence[Json]) -> str:
    """SHA-256 over the canonical JSON of what is read and signed: ``{matters: [BOUND], notes, shift}``."""
    bound = [{k: m.get(k, "") for k in BOUND} for m in matters if isinstance(m, Mapping)]
    text = json.dumps({"matters": bound, "notes": notes, "shift": shift}, ensure_ascii=False, sort_keys=True,
                      separators=(",", ":"))  # fmt: skip
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class Read:
    """What a hand-over said under ``hash``."""

    hash: str
    notes: str
    matters: tuple[Json, ...]


@dataclass(frozen=True)
class Handover:
    """What is handed over. ``matters`` is live until the outgoing signature and frozen with it; ``hash`` is theirs and that of
    ``notes`` (:func:`reading_hash`). ``earlier`` is what it said before, newest last.

    ``outgoing`` and ``incoming`` are signatures {user, name, role, time_ns}; ``remark`` is what who comes adds.
    """

    notes: str = ""
    prepared_by: str = ""
    prepared_ns: int = 0
    matters: tuple[Json, ...] = ()
    hash: str = ""
    outgoing: JsonObject | None = None
    incoming: JsonObject | None = None
    remark: str = ""
    earlier: tuple[Read, ...] = ()

    def to_json(self) -> JsonObject:
        """As views, events and the saved state carry it."""
        return {
            "notes": self.notes, "prepared_by": self.prepared_by, "prepared_ns": self.prepared_ns, "matters": list(self.matters),
            "hash": self.hash, "outgoing": self.outgoing, "incoming": self.incoming, "remark": self.remark,
        }  # fmt: skip

    def shown(self, step: ShiftStep) -> JsonObject:
        """As the view ``shift`` has it: besides, who signs next, and what became other since earlier hashes."""
        part = _PARTS.get(step)
        not_user = str((self.outgoing or {}).get("user", "")) if part == "incoming" else ""
        signs: Json = {"part": part, "role": SIGNER_ROLE, "not_user": not_user} if part is not None else None
        changed: dict[str, Json] = {read.hash: changed_text(read, self).to_json() for read in self.earlier}
        return {**self.to_json(), "signs": signs, "changed": changed}

    def says(self, shift: str, matters: Sequence[Json]) -> Handover:
        """With the open matters of now; the same object when what is signed is the same and nothing runs on."""
        if tuple(matters) == self.matters and self.hash:
            return self
        found = reading_hash(shift, self.notes, matters)
        if found == self.hash:
            return replace(self, matters=tuple(matters))
        return replace(self, matters=tuple(matters), hash=found, earlier=self.remembered(found))

    def remembered(self, now: str) -> tuple[Read, ...]:
        """``earlier`` and what it says, for one that says ``now``."""
        known = [r for r in self.earlier if r.hash not in (now, self.hash)]
        return (*known, Read(self.hash, self.notes, self.matters))[-LISTS_KEPT:] if self.hash else tuple(known)


def prepared(before: Handover | None, shift: str, notes: str, user: str, now_ns: int, matters: Sequence[Json]) -> Handover:
    """A hand-over as who leaves prepares it, for the first time or anew."""
    found = reading_hash(shift, notes, matters)
    earlier = before.remembered(found) if before is not None else ()
    return Handover(notes, user, now_ns, tuple(matters), found, earlier=earlier)


def restore_handover(saved: Json, shift: str) -> Handover | None:
    """What :meth:`Handover.to_json` wrote; None for anything else."""
    match saved:
        case {"notes": str(notes), "prepared_by": str(by), "prepared_ns": int(at_ns), "matters": list() as matters}:
            outgoing, incoming = saved.get("outgoing"), saved.get("incoming")
            read = str(saved.get("hash") or reading_hash(shift, notes, matters))
            return Handover(
                notes, by, at_ns, tuple(matters), read, outgoing if isinstance(outgoing, dict) else None,
                incoming if isinstance(incoming, dict) else None, str(saved.get("remark", "")),
            )  # fmt: skip
        case _:
            return None


def signature_of(command: Command) -> JsonObject | None:
    """The signature that the server put there after it had checked the password; None when there is none."""
    match command.args.get("signature"):
        case {"user": str(user), "name": str(name), "role": str(role), "time_ns": int(time_ns)} if user.strip():
            return {"user": user, "name": name, "role": role, "time_ns": time_ns}
        case _:
            return None


def against_signing(handover: Handover, command: Command, part: str) -> Text | None:
    """Why this signature is not taken; the table of steps has been asked before."""
    signature = signature_of(command)
    if signature is None:
        return Text(ru="Передача смены подписывается паролем", en="A hand-over is signed with a password")
    if not may(str(signature["role"]), SIGNER_ROLE):
        return Text(ru="Передачу смены подписывает мастер смены", en="A hand-over is signed by a shift lead")
    if (why := against_hash(handover, command.args.get("hash"))) is not None:
        return why
    if part == "outgoing":
        return None
    if handover.outgoing is not None and handover.outgoing.get("user") == signature["user"]:
        return Text(
            ru="Принять смену должен другой человек: сдал и принял не подписывает один и тот же",
            en="Somebody else takes the shift over: nobody signs for both sides",
        )
    if command.args.get("face_to_face") is not True:
        return Text(
            ru="Подтвердите, что открытые вопросы обсуждены лично со сдающим смену",
            en="Confirm that the open matters were talked over face to face",
        )
    return None


def against_hash(handover: Handover, read: Json) -> Text | None:
    """Why who signs has not read what is signed; None when they have."""
    if not isinstance(read, str) or not read:
        return Text(
            ru="Не указано, что прочитано: нужен hash передачи смены",
            en="It is not said what was read: the hash of the hand-over is needed",
        )
    if read == handover.hash:
        return None
    known = next((r for r in handover.earlier if r.hash == read), None)
    return changed_text(known, handover) if known is not None else READ_ANEW


READ_ANEW: Final = Text(
    ru="Передача смены изменилась после того, как её прочитали: прочитайте её ещё раз",
    en="The hand-over changed after it was read: read it again",
)


def changed_text(read: Read, handover: Handover) -> Text:
    """What is other now than what was read, in words."""
    before, now = ({_key(m): _words(m) for m in rows} for rows in (read.matters, handover.matters))
    new, gone = [w for k, w in now.items() if k not in before], [w for k, w in before.items() if k not in now]
    said = [(f"добавилось {_listed(new, 0)}", f"new {_listed(new, 1)}")] if new else []
    said += [(f"снято {_listed(gone, 0)}", f"gone {_listed(gone, 1)}")] if gone else []
    said += [("изменены заметки сдающего", "the notes of who leaves were changed")] if read.notes != handover.notes else []
    said += [] if said else [("изменился порядок", "their order changed")]
    ru, en = ("; ".join(row[k] for row in said) for k in (0, 1))
    return Text(ru=f"Пока вы читали, список изменился: {ru}. Прочитайте ещё раз",
                en=f"The list changed meanwhile: {en}. Read it again")  # fmt: skip


def _key(matter: Json) -> str:
    return json.dumps([matter.get(k, "") for k in BOUND] if isinstance(matter, Mapping) else matter, sort_keys=True)


def _words(matter: Json) -> tuple[str, str]:
    text = matter.get("text") if isinstance(matter, Mapping) else None
    return (str(text.get("ru", "")), str(text.get("en", ""))) if isinstance(text, Mapping) else ("", "")


def _listed(words: Sequence[tuple[str, str]], language: int) -> str:
    more = len(words) - NAMED_MAX
    rest = [(f"и ещё {more}", f"and {more} more")[language]] if more > 0 else []
    return ", ".join([f"«{w[language]}»" for w in words[:NAMED_MAX]] + rest)


def signed(handover: Handover, part: str, signature: JsonObject, remark: str) -> Handover:
    """With the signature of one side."""
    if part == "outgoing":
        return replace(handover, outgoing=signature)
    return replace(handover, incoming=signature, remark=remark)
