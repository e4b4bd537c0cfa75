"""Electronic signatures of commands: who signs proves it with the password at that moment (21 CFR 11.200 as good practice).

The password is checked and forgotten here: what goes on to engine and journal is who signed, in which role and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

from line.clock import Clock
from line.messages import CommandKind, Json, JsonObject
from server import batch_rules, shift_rules
from server.auth import ApiError
from server.permissions import MAY_BE_SIGNED, SIGNED
from server.ports import EnginePort
from server.roles import Role
from server.texts import NO_SIGNATURE, SIGNATURE_NEEDED, not_signed, signer_role_needed
from server.users import LoginRefusedError, Session, User, Users
from server.workers import Workers

_SAYS_WHAT: Final = ("part", "deviation", "hash")
"""Arguments that say what of the target is signed, for the audit."""


class SignBody(BaseModel):
    """``sign`` of ``POST /api/commands``: the person logged in, or a second one at the same panel."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
    user: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    password: Annotated[str, StringConstraints(max_length=1024)]

    def __repr__(self) -> str:
        return f"SignBody(user={self.user!r})"

    __str__ = __repr__


@dataclass(frozen=True)
class Signing:
    """What is signed: the command as it was checked, who is logged in, and where."""

    kind: CommandKind
    target: str
    args: JsonObject
    session: Session
    station: str


class Signatures:
    """Turns ``sign`` into ``args.signature``."""

    def __init__(self, users: Users, workers: Workers, engine: EnginePort, clock: Clock) -> None:
        self._users = users
        self._workers = workers
        self._engine = engine
        self._clock = clock

    async def signed(self, what: Signing, sign: SignBody | None) -> JsonObject:
        """The arguments with the verified signature; as they are for a command without one. Raises ApiError: 422 when one is
        missing or makes no sense, 403 when it is not accepted, 429 when the signer is locked out."""
        if sign is None:
            if what.kind in SIGNED or batch_rules.asks_for_signature(what.kind, what.target, what.args, self._engine.views):
                raise ApiError(422, SIGNATURE_NEEDED, (SIGNATURE_NEEDED,))
            return what.args
        if what.kind not in MAY_BE_SIGNED:
            raise ApiError(422, NO_SIGNATURE, (NO_SIGNATURE,))
        signer = await self._verified(what, sign)
        signature: dict[str, Json] = {
            "user": signer.user,
            "name": signer.name,
            "role": signer.role.word,
            "time_ns": self._clock.now_ns(),
        }
        return {**what.args, "signature": signature}

    async def _verified(self, what: Signing, sign: SignBody) -> User:
        said = [what.args[k] for k in _SAYS_WHAT if k in what.args]
        target = what.target or self._shift_of(what.kind)
        detail = " ".join(str(word) for word in (what.kind, target, *said) if word != "")
        by = what.session.user.user
        least = shift_rules.SIGNING_ROLE if what.kind in shift_rules.SIGNED else self._least(what)

        def verify() -> User:
            return self._users.sign(sign.user, sign.password, by=by, station=what.station, detail=detail, least=least)

        try:
            signer = await self._workers.password(verify)
        except LoginRefusedError as error:
            why = not_signed(error.text)
            if error.retry_after_s:
                raise ApiError(429, why, (why,), {"Retry-After": str(error.retry_after_s)}) from error
            raise ApiError(403, why, (why,)) from error
        if signer.role < least:
            why = signer_role_needed(least.text.ru, least.text.en)
            raise ApiError(403, why, (why,))
        return signer

    def _shift_of(self, kind: CommandKind) -> str:
        """The shift whose hand-over is signed: a command about it has no target."""
        return str(self._engine.views.get("shift", {}).get("id", "")) if kind in shift_rules.SIGNED else ""

    def _least(self, what: Signing) -> Role:
        return batch_rules.signing_role(what.kind, what.target, what.args, self._engine.views)
