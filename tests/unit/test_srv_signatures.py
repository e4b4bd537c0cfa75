"""Signatures of commands: verified at that moment, never stored, counted and audited like logins."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from line.clock import NS_PER_S
from line.messages import CommandKind
from server.permissions import Role
from server.signatures import SignBody
from server.users import LOCK_AFTER
from tests.unit.srv_bench import Bench, run
from tests.wire.srv_fakes import APPROVED, DRAFT, PASSWORD

APPROVE: dict[str, Any] = {"hash": DRAFT, "evidence": "e" * 64, "difference": "f" * 64}
WHY = "проверено"


def by(user: str, password: str = PASSWORD) -> dict[str, str]:
    return {"user": user, "password": password}


async def approve(b: Bench, headers: dict[str, str], sign: dict[str, str] | None) -> httpx.Response:
    return await b.command(headers, CommandKind.RECIPE_APPROVE, "doktorskaya", WHY, sign, **APPROVE)


def reasons(answer: httpx.Response) -> list[str]:
    return [r["en"] for r in answer.json()["reasons"]]


def test_a_second_person_signs_at_the_same_panel(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        b.users.add("ivanova", "Иванова А. П.", Role.ENGINEER, PASSWORD)
        answer = await approve(b, headers, by("Ivanova"))
        assert answer.status_code == 202, answer.text
        [command] = b.link.commands
        assert command.user == "technologist"
        assert command.args["signature"] == {
            "user": "ivanova", "name": "Иванова А. П.", "role": "engineer", "time_ns": b.clock.now_ns(),
        }  # fmt: skip
        assert {k: command.args[k] for k in APPROVE} == APPROVE
        signed = b.users.audit(1)[0]
        assert (signed.what, signed.user, signed.by) == ("signed", "ivanova", "technologist")
        assert signed.detail == f"recipe.approve doktorskaya {DRAFT}"

    run(tmp_path, body)


def test_the_password_goes_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = "s3cret-of-ivanova"

    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        b.users.add("ivanova", "Иванова", Role.TECHNOLOGIST, secret)
        for sign in (by("ivanova", secret), by("ivanova", secret + "!"), {"user": "ivanova", "password": secret, "x": secret}):
            answer = await approve(b, headers, sign)
            assert secret not in answer.text
        assert secret not in repr([c.args for c in b.link.commands])
        assert secret not in repr(b.users.audit(50))
        assert secret not in repr(SignBody(user="ivanova", password=secret))

    with caplog.at_level(logging.DEBUG):
        run(tmp_path, body)
    assert secret not in caplog.text
    assert all(secret.encode() not in p.read_bytes() for p in tmp_path.iterdir() if p.is_file())


@pytest.mark.parametrize(
    ("kind", "target", "args"),
    [
        (CommandKind.RECIPE_APPROVE, "doktorskaya", APPROVE),
        (CommandKind.RECIPE_OBSOLETE, "doktorskaya", {"hash": APPROVED}),
        (CommandKind.BATCH_DISPOSITION, "b1", {"verdict": "release", "deviation": 1}),
        (CommandKind.BATCH_REPLY, "b1", {"prompt": "verdict", "value": True}),
    ],
)
def test_what_is_signed_is_not_taken_without(tmp_path: Path, kind: CommandKind, target: str, args: dict[str, Any]) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        answer = await b.command(headers, kind, target, WHY, **args)
        assert answer.status_code == 422
        assert reasons(answer) == ["A signature is needed: user name and password"]
        assert b.link.commands == []
        taken = await b.command(headers, kind, target, WHY, by("technologist"), **args)
        assert taken.status_code == 202
        signature: Any = b.link.commands[0].args["signature"]
        assert signature["user"] == "technologist"

    run(tmp_path, body)


def test_a_client_cannot_bring_a_signature_of_its_own(tmp_path: Path) -> None:
    forged = {"user": "ivanova", "name": "Иванова", "role": "engineer", "time_ns": 1}

    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        for kind, target, args in (
            (CommandKind.RECIPE_APPROVE, "doktorskaya", APPROVE),
            (CommandKind.BATCH_REPLY, "b1", {"prompt": "clean", "value": True}),
        ):
            answer = await b.command(headers, kind, target, WHY, by("technologist"), **args, signature=forged)
            assert answer.status_code == 422
            assert "Unknown argument: signature" in reasons(answer)
        assert b.link.commands == []

    run(tmp_path, body)


def test_what_is_not_signed_takes_no_signature(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.OPERATOR)
        answer = await b.command(headers, CommandKind.BATCH_COMMENT, "b1", "", by("operator"), text="?")
        assert (answer.status_code, reasons(answer)) == (422, ["This command takes no signature"])
        plain = await b.command(headers, CommandKind.BATCH_REPLY, "b1", "", prompt="clean", value=True)
        assert plain.status_code == 202
        assert "signature" not in b.link.commands[0].args

    run(tmp_path, body)


def test_a_wrong_password_is_refused_counted_and_audited(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        b.users.add("ivanova", "Иванова", Role.TECHNOLOGIST, PASSWORD)
        for _ in range(LOCK_AFTER):
            answer = await approve(b, headers, by("ivanova", "wrong"))
            assert answer.status_code == 403
            assert reasons(answer) == ["The signature was not accepted. Wrong user name or password"]
        locked = await approve(b, headers, by("ivanova"))
        assert locked.status_code == 429
        assert 0 < int(locked.headers["retry-after"]) <= 60
        assert b.link.commands == []
        failed = [r for r in b.users.audit(50) if r.what == "signature_failed"]
        assert len(failed) == LOCK_AFTER + 1
        assert {(r.user, r.by) for r in failed} == {("ivanova", "technologist")}
        login = await b.http.post("/api/login", json={"user": "ivanova", "password": PASSWORD})
        assert login.status_code == 429, "the lock-out is the same as at login"
        b.clock.advance_ns(61 * NS_PER_S)
        assert (await approve(b, headers, by("ivanova"))).status_code == 202

    run(tmp_path, body)


def test_nobody_signs_beyond_the_own_role_nor_with_a_first_password(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        b.sign_in(Role.SHIFT_LEAD)
        answer = await approve(b, headers, by("shift_lead"))
        assert answer.status_code == 403
        assert reasons(answer) == ["This is signed by at least the role: technologist"]
        b.users.add("new", "Новый", Role.ENGINEER, PASSWORD, must_change=True)
        answer = await approve(b, headers, by("new"))
        assert answer.status_code == 403
        assert "Change the password first" in reasons(answer)[0]
        unknown = await approve(b, headers, by("nobody"))
        assert unknown.status_code == 403
        assert b.link.commands == []

    run(tmp_path, body)


def test_a_shift_is_handed_over_by_shift_leads(tmp_path: Path) -> None:
    """Not by an operator, and no technologist is needed: whoever is logged in at the panel, the two leads sign."""

    async def body(b: Bench) -> None:
        operator = b.sign_in(Role.OPERATOR)
        b.sign_in(Role.SHIFT_LEAD)
        unsigned = await b.command(operator, CommandKind.SHIFT_SIGN, part="outgoing", hash="5" * 64)
        assert unsigned.status_code == 422
        own = await b.command(operator, CommandKind.SHIFT_SIGN, "", "", by("operator"), part="outgoing", hash="5" * 64)
        assert own.status_code == 403
        assert reasons(own) == ["This is signed by at least the role: shift lead"]
        assert b.users.audit(1)[0].what == "signature_failed", "what was refused was not signed"
        lead = await b.command(operator, CommandKind.SHIFT_SIGN, "", "", by("shift_lead"), part="outgoing", hash="5" * 64)
        assert lead.status_code == 202
        (sent,) = b.link.commands
        assert (sent.user, sent.args["signature"]["user"]) == ("operator", "shift_lead")  # pyright: ignore[reportIndexIssue, reportCallIssue, reportArgumentType, reportOptionalSubscript]
        shift = b.link.views["shift"]["id"]
        assert b.users.audit(1)[0].detail == f"shift.sign {shift} outgoing {'5' * 64}", "which hand-over, and which side of it"

    run(tmp_path, body)


def test_a_prompt_is_signed_by_the_role_that_it_asks_for(tmp_path: Path) -> None:
    """Whoever is logged in needs no more than the operator's role: the second person brings the other."""

    async def body(b: Bench) -> None:
        operator = b.sign_in(Role.OPERATOR)
        b.sign_in(Role.TECHNOLOGIST)
        args: dict[str, Any] = {"prompt": "verdict", "value": True}
        own = await b.command(operator, CommandKind.BATCH_REPLY, "b1", "", by("operator"), **args)
        assert own.status_code == 403
        signed = await b.command(operator, CommandKind.BATCH_REPLY, "b1", "", by("technologist"), **args)
        assert signed.status_code == 202
        [command] = b.link.commands
        assert json.loads(json.dumps(command.args))["signature"]["role"] == "technologist"
        assert command.user == "operator"

    run(tmp_path, body)


def test_arguments_that_ask_for_more_than_the_kind_are_denied_and_audited(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        operator = b.sign_in(Role.OPERATOR)
        answer = await b.command(operator, CommandKind.BATCH_MODE, "b1", WHY, mode="manual")
        assert answer.status_code == 403
        assert b.users.audit(1)[0].what == "denied"
        assert (await b.command(operator, CommandKind.BATCH_MODE, "b1", WHY, mode="semi")).status_code == 202

    run(tmp_path, body)
