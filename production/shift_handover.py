"""The hand-over of a shift: prepared and signed by who leaves, confirmed and signed by who comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from line.documents import Text
from line.messages import Command, Json, JsonObject
from line.roles import may

SIGNER_ROLE: Final = "shift_lead"
"""Who may sign a hand-over."""
NOTES_MAX: Final = 4000


@dataclass(frozen=True)
class Handover:
    """What is handed over. ``matters`` is live until the outgoing signature and frozen with it.

    ``outgoing`` and ``incoming`` are signatures {user, name, role, time_ns}; ``remark`` is what who comes adds.
    """

    notes: str = ""
    prepared_by: str = ""
    prepared_ns: int = 0
    matters: tuple[Json, ...] = ()
    outgoing: JsonObject | None = None
    incoming: JsonObject | None = None
    remark: str = ""

    def to_json(self) -> JsonObject:
        """As views, events and the saved state carry it."""
        return {
            "notes": self.notes, "prepared_by": self.prepared_by, "prepared_ns": self.prepared_ns, "matters": list(self.matters),
            "outgoing": self.outgoing, "incoming": self.incoming, "remark": self.remark,
        }  # fmt: skip


def restore_handover(saved: Json) -> Handover | None:
    """What :meth:`Handover.to_json` wrote; None for anything else."""
    match saved:
        case {"notes": str(notes), "prepared_by": str(by), "prepared_ns": int(at_ns), "matters": list() as matters}:
            outgoing, incoming = saved.get("outgoing"), saved.get("incoming")
            return Handover(
                notes, by, at_ns, tuple(matters), outgoing if isinstance(outgoing, dict) else None,
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


def signed(handover: Handover, part: str, signature: JsonObject, remark: str) -> Handover:
    """With the signature of one side."""
    if part == "outgoing":
        return replace(handover, outgoing=signature)
    return replace(handover, incoming=signature, remark=remark)
