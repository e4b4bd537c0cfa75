"""The REST routes over a fake engine: who may do what, how refusals read, and what every route declares."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from line.messages import CommandKind
from server.auth import declared_role, verify_routes
from server.permissions import COMMAND_ROLES, REASON_NEEDED, SIGNED, Role
from server.texts import WHY_NEEDED
from tests.builders import T0_NS
from tests.unit.srv_bench import Bench, run
from tests.wire.srv_fakes import APPROVED, DESCRIPTION, DRAFT, PASSWORD, event

ARGS: dict[CommandKind, tuple[str, dict[str, Any]]] = {
    CommandKind.TAG_WRITE: ("C201.SP_Knife", {"value": 3000}),
    CommandKind.UNIT_COMMAND: ("C201", {"command": "hold"}),
    CommandKind.UNIT_MODE: ("C201", {"mode": "manual"}),
    CommandKind.ALARM_ACK: ("", {"alarms": ["C201.TempHi"]}),
    CommandKind.ALARM_RESET: ("", {"alarms": ["C201.TempHi"]}),
    CommandKind.ALARM_SILENCE: ("", {}),
    CommandKind.ALARM_SHELVE: ("", {"alarms": ["C201.TempHi"], "minutes": 30}),
    CommandKind.ALARM_UNSHELVE: ("", {"alarms": ["C201.TempHi"]}),
    CommandKind.ALARM_REMOVE: ("", {"alarms": ["C201.TempHi"], "work_order": "1042"}),
    CommandKind.ALARM_RESTORE: ("", {"alarms": ["C201.TempHi"]}),
    CommandKind.ALARM_COMMENT: ("C201.TempHi", {"text": "ремень"}),
    CommandKind.CALL_CREATE: ("C201", {"service": "maintenance", "reason": "стук"}),
    CommandKind.CALL_ACCEPT: ("call-7", {}),
    CommandKind.CALL_ARRIVE: ("call-7", {}),
    CommandKind.CALL_CLOSE: ("call-7", {"note": ""}),
    CommandKind.BATCH_CREATE: ("doktorskaya", {"size_kg": 200}),
    CommandKind.BATCH_COMMAND: ("b1", {"command": "start"}),
    CommandKind.BATCH_PARAMETER: ("b1", {"parameter": "chop.knife", "value": 3000}),
    CommandKind.BATCH_MODE: ("b1", {"mode": "semi"}),
    CommandKind.BATCH_STEP: ("b1", {"node": "cutter.chop", "action": "confirm"}),
    CommandKind.BATCH_REPLY: ("b1", {"prompt": "clean", "value": True}),
    CommandKind.BATCH_LOT: ("b1", {"material": "salt", "lot": "С-204", "kg": 2.01}),
    CommandKind.BATCH_COMMENT: ("b1", {"text": "Фарш плотный"}),
    CommandKind.BATCH_DISPOSITION: ("b1", {"verdict": "release", "deviation": 1}),
    CommandKind.RECIPE_SAVE: ("doktorskaya", {"data": {"recipe": "doktorskaya", "version": "1.2"}, "base": APPROVED}),
    CommandKind.RECIPE_SUBMIT: ("doktorskaya", {"hash": DRAFT}),
    CommandKind.RECIPE_WITHDRAW: ("doktorskaya", {"hash": DRAFT}),
    CommandKind.RECIPE_REJECT: ("doktorskaya", {"hash": DRAFT}),
    CommandKind.RECIPE_APPROVE: ("doktorskaya", {"hash": DRAFT, "evidence": "e" * 64, "difference": "f" * 64}),
    CommandKind.RECIPE_OBSOLETE: ("doktorskaya", {"hash": APPROVED}),
    CommandKind.SHIFT_START: ("", {"crew": "1", "number": 1}),
    CommandKind.SHIFT_END: ("", {}),
    CommandKind.SHIFT_PREPARE: ("", {"notes": "C201 стучит"}),
    CommandKind.SHIFT_SIGN: ("", {"part": "outgoing", "hash": "5" * 64}),
    CommandKind.SHIFT_WITHDRAW: ("", {}),
    CommandKind.LOG_ENTRY: ("", {"category": "safety", "text": "Пролив у C201", "unit": "C201"}),
    CommandKind.LOG_CORRECT: ("L1", {"text": "Пролив у P601"}),
    CommandKind.STOP_REASON: ("stop-1", {"code": "film"}),
    CommandKind.STOP_SPLIT: ("stop-1", {"at_ns": [1_790_000_000_000_000_000]}),
    CommandKind.STOP_MERGE: ("stop-1", {"stops": ["stop-2"]}),
    CommandKind.ORDER_CREATE: ("", {"recipe": "doktorskaya", "kg": 600}),
    CommandKind.ORDER_CHANGE: ("order-1", {"kg": 700}),
    CommandKind.ORDER_CANCEL: ("order-1", {}),
    CommandKind.LOT_DISPATCH: ("B1001", {"customer": "Снег", "document": "Н-1", "kg": 5}),
    CommandKind.ORDER_CLOSE: ("order-1", {}),
    CommandKind.ORDER_IMPORT: ("", {"orders": [{"number": "9", "recipe": "doktorskaya", "kg": 600}]}),
    CommandKind.REQUEST_CREATE: ("C201", {"kind": "fault", "text": "стук"}),
    CommandKind.REQUEST_TAKE: ("request-1", {}),
    CommandKind.REQUEST_COMMENT: ("request-1", {"text": "жду подшипник"}),
    CommandKind.REQUEST_DONE: ("request-1", {}),
    CommandKind.REQUEST_CONFIRM: ("request-1", {}),
    CommandKind.REQUEST_REOPEN: ("request-1", {}),
    CommandKind.REQUEST_CANCEL: ("request-1", {}),
    CommandKind.LOT_RECEIVE: ("", {"material": "salt", "kg": 25.0, "supplier": "solyanka"}),
    CommandKind.LOT_HOLD: ("260101-1", {}),
    CommandKind.LOT_BLOCK: ("260101-1", {}),
    CommandKind.LOT_RELEASE: ("260101-1", {}),
    CommandKind.LOT_MOVE: ("260101-1", {"place": "chiller_2"}),
    CommandKind.LOT_ADJUST: ("260101-1", {"kg": 3.5}),
    CommandKind.LOT_DISCARD: ("260101-1", {}),
    CommandKind.LOT_LABEL: ("260101-1", {"kind": "lot"}),
    CommandKind.LOT_REWORK: ("B1001", {"material": "batter_rework", "kg": 2.0}),
    CommandKind.LOT_SPLIT: ("260101-1", {"kg": 2.0}),
    CommandKind.LOT_MERGE: ("", {"lots": ["260101-1", "260101-2"]}),
    CommandKind.LOT_DOCUMENT: ("260101-1", {"document": "vet_certificate"}),
    CommandKind.LOT_WEIGH: ("W101", {}),
}


def test_every_route_declares_a_role(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        declared = {(str(getattr(r, "path", "")), declared_role(r)) for r in b.app.routes}
        assert None not in {role for _, role in declared}
        assert {p for p, role in declared if role == "entrance"} == {"/api/login"}
        assert ("/api/users", "admin") in declared
        assert len(declared) >= 18

    run(tmp_path, body)


def test_a_route_without_a_role_stops_the_start() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/api/secret")
    async def secret() -> None:
        return None

    with pytest.raises(RuntimeError, match="/api/secret"):
        verify_routes(app)


@pytest.mark.parametrize("kind", list(COMMAND_ROLES))
def test_roles_by_kind_of_command(tmp_path: Path, kind: CommandKind) -> None:
    target, args = ARGS[kind]
    why = "замена датчика" if kind in REASON_NEEDED else ""

    async def body(b: Bench) -> None:
        b.users.add("chief", "Главный технолог", Role.TECHNOLOGIST, PASSWORD)
        anonymous = await b.command(None, kind, target, why, **args)
        assert (anonymous.status_code, anonymous.headers["www-authenticate"]) == (401, "Bearer")
        for role in Role:
            headers = b.sign_in(role)
            sign = {"user": "chief", "password": PASSWORD} if kind in SIGNED else None  # at an operator's panel too
            answer = await b.command(headers, kind, target, why, sign, **args)
            if role < COMMAND_ROLES[kind]:
                assert answer.status_code == 403, (role, answer.text)
                assert set(answer.json()["error"]) == {"ru", "en"}
            else:
                assert answer.status_code == 202, (role, answer.text)
                assert answer.json()["status"] == "received"
        allowed = [r for r in Role if r >= COMMAND_ROLES[kind]]
        assert [c.role for c in b.link.commands] == [r.word for r in allowed]
        denied = [r for r in b.users.audit(50) if r.what == "denied"]
        assert len(denied) == len(Role) - len(allowed)

    run(tmp_path, body)


def test_no_person_can_say_that_a_notice_arrived(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        args = {"attempt": 1, "delivered": True, "error": {"ru": "", "en": ""}}
        answer = await b.command(b.sign_in(Role.ADMIN), CommandKind.NOTICE_RESULT, "n1", **args)
        assert answer.status_code == 422
        assert b.link.commands == []

    run(tmp_path, body)


def test_what_hides_an_alarm_needs_a_reason_which_reaches_the_engine(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        operator = b.sign_in(Role.OPERATOR)
        args: dict[str, Any] = {"alarms": ["C201.TempHi"], "minutes": 30}
        refused = await b.command(operator, CommandKind.ALARM_SHELVE, **args)
        assert refused.status_code == 422
        assert refused.json()["reasons"] == [WHY_NEEDED.to_json()]
        taken = await b.command(operator, CommandKind.ALARM_SHELVE, why="замена датчика", **args)
        assert taken.status_code == 202
        assert [c.reason for c in b.link.commands] == ["замена датчика"]

    run(tmp_path, body)


def test_anonymous_may_view_everything_and_do_nothing(tmp_path: Path) -> None:
    seen = [
        "/api/line", "/api/image", "/api/views", "/api/views/alarms", "/api/events", "/api/health", "/api/shifts",
        "/api/shifts/s1", "/api/history?tag=C201.BatterTemp", "/api/events?after=2&limit=1&kind=system",
    ]  # fmt: skip
    closed = [
        ("GET", "/api/me"), ("POST", "/api/logout"), ("GET", "/api/users"), ("DELETE", "/api/users/admin"),
    ]  # fmt: skip
    bodies: dict[str, dict[str, Any]] = {
        "/api/password": {"old": "a", "new": "b"},
        "/api/users": {"user": "x", "name": "x", "role": "admin", "password": PASSWORD},
        "/api/commands": {"kind": "alarm.silence", "target": "", "args": {}},
    }

    async def body(b: Bench) -> None:
        for path in seen:
            answer = await b.http.get(path)
            assert answer.status_code == 200, (path, answer.text)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "access-control-allow-origin" not in answer.headers
        for method, path in closed:
            assert (await b.http.request(method, path)).status_code == 401, path
        for path, content in bodies.items():
            assert (await b.http.post(path, json=content)).status_code == 401, path
            wrong = {"Authorization": "Bearer nonsense"}
            assert (await b.http.post(path, json=content, headers=wrong)).status_code == 401, path
        assert b.link.commands == []

    run(tmp_path, body)


def test_the_images_numbers_are_honest(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        assert (await b.http.get("/api/line")).json() == DESCRIPTION
        tags = (await b.http.get("/api/image")).json()["tags"]
        assert tags["C201.SP_Knife"] == [1.0, 0, T0_NS]
        assert tags["C201.SP_Count"][1] == 0x80050000
        assert tags["C201.Label"][0] == "Докторская"
        assert b.link.image is not None
        value = b.link.image.value.copy()
        value[0], value[1] = math.nan, math.inf
        b.link.image = type(b.link.image)(
            2, T0_NS, value, *(getattr(b.link.image, n) for n in ("status", "source_ns", "server_ns", "strings"))
        )
        tags = (await b.http.get("/api/image")).json()["tags"]
        assert [tags["C201.BatterTemp"][0], tags["C201.SP_Knife"][0]] == [None, None]
        trend = (await b.http.get("/api/history?tag=C201.SP_Knife&from_ns=0&to_ns=5&points=2")).json()
        assert trend == {"C201.SP_Knife": {"t": [0, 1], "v": [None, None], "q": [0, 0]}}

    run(tmp_path, body)


def test_events_page_by_seq(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        page = (await b.http.get("/api/events?after=1&limit=2")).json()
        assert ([e["seq"] for e in page["events"]], page["last"]) == ([2, 3], 5)
        page = (await b.http.get("/api/events?after=5")).json()
        assert page == {"events": [], "last": 5}
        for bad in ("after=-1", "limit=0", "limit=100000", "after=x", "after=99999999999999999999"):
            assert (await b.http.get(f"/api/events?{bad}")).status_code == 422

    run(tmp_path, body)


def test_a_command_reaches_the_engine_with_its_author(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        content = {
            "kind": "tag.write",
            "target": "C201.SP_Knife",
            "args": {"value": 3000},
            "reason": "проба",
            "station": "пульт 1",
        }
        answer = await b.http.post("/api/commands", json=content, headers=headers)
        [command] = b.link.commands
        assert answer.json() == {"id": command.id, "status": "received"}
        assert (command.user, command.role, command.station, command.reason) == (
            "technologist",
            "technologist",
            "пульт 1",
            "проба",
        )
        assert (command.kind, command.target, dict(command.args)) == ("tag.write", "C201.SP_Knife", {"value": 3000})
        assert command.time_ns == T0_NS
        known = (await b.http.get(f"/api/commands/{command.id}")).json()
        assert known == {"id": command.id, "status": "received", "reasons": [], "events": []}
        b.history.events.append(event(6, "command", {"id": command.id, "status": "received"}))
        refused = event(7, "command", {"id": command.id, "status": "refused", "reasons": [{"ru": "нет", "en": "no"}]})
        for listener in b.link.listeners:
            listener.on_events([refused])
        known = (await b.http.get(f"/api/commands/{command.id}")).json()
        assert (known["status"], known["reasons"]) == ("refused", [{"ru": "нет", "en": "no"}])
        assert [e["seq"] for e in known["events"]] == [6, 7]
        assert (await b.http.get("/api/commands/unknown")).status_code == 404

    run(tmp_path, body)


def test_refused_arguments_say_why(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.TECHNOLOGIST)
        answer = await b.command(headers, "tag.write", "C201.SP_Knife", value=99999)
        assert answer.status_code == 422
        assert answer.json()["reasons"] == [
            {"ru": "C201.SP_Knife: 99999 вне пределов 0…6000", "en": "C201.SP_Knife: 99999 is outside 0…6000"}
        ]
        unknown = await b.command(headers, "engine.kill")
        assert (unknown.status_code, unknown.json()["reasons"][0]["en"]) == (422, "There is no such command")
        assert b.link.commands == []

    run(tmp_path, body)


def test_while_the_engine_is_down_nothing_is_taken(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.OPERATOR)
        b.link.up = False
        answer = await b.command(headers, "alarm.silence")
        assert answer.status_code == 503
        assert set(answer.json()["error"]) == {"ru", "en"}
        b.link.up, b.link.lost = True, True
        lost = await b.command(headers, "alarm.silence")
        assert lost.status_code == 503
        assert (await b.http.get(f"/api/commands/{lost.headers['x-command-id']}")).status_code == 200
        b.link.lost, b.link.accepts = False, False
        full = await b.command(headers, "alarm.silence")
        assert (full.status_code, "journal is full" in full.json()["error"]["en"]) == (503, True)
        b.link.line = b.link.image = None
        for path in ("/api/line", "/api/image"):
            assert (await b.http.get(path)).status_code == 503

    run(tmp_path, body)


def test_a_broken_history_is_a_503_and_the_rest_lives(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        b.history.fails = True
        answer = await b.http.get("/api/events")
        assert (answer.status_code, set(answer.json()["error"])) == (503, {"ru", "en"})
        assert (await b.http.get("/api/image")).status_code == 200

    run(tmp_path, body)


@pytest.mark.parametrize("path", ["/api/history", "/api/history?tag=No.Such", "/api/history?tag=C201.Mode&from_ns=9&to_ns=9"])
def test_history_questions_are_checked(tmp_path: Path, path: str) -> None:
    async def body(b: Bench) -> None:
        answer = await b.http.get(path)
        assert answer.status_code == 422
        assert answer.json()["reasons"]

    run(tmp_path, body)


BROKEN = [
    b"", b"{", b"[]", b"null", b'{"kind":"alarm.silence","args":{},"target":5}', b'{"kind":"alarm.silence","x":1}',
    b"\xff\xfe", b"[" * 50_000, b'{"kind":"alarm.silence","args":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    b'{"kind":"tag.write","target":"C201.SP_Knife","args":{"value":NaN}}',
    b'{"kind":"tag.write","target":"C201.SP_Knife","args":{"value":' + b"9" * 5000 + b"}}",
    b'{"kind":"alarm.silence","target":"\\ud800"}', b'{"kind":"alarm.silence","station":"\\udfff"}',
    b'{"kind":"\\ud800"}', b'{"kind":"shift.end","args":{"note":"\\ud800"}}', b'{"kind":"shift.end","args":{"\\ud800":1}}',
]  # fmt: skip


def test_malformed_bodies_are_answered_not_crashed_on(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = {**b.sign_in(Role.TECHNOLOGIST), "content-type": "application/json"}
        for content in BROKEN:
            answer = await b.http.post("/api/commands", content=content, headers=headers)
            assert answer.status_code in (400, 422), (content[:80], answer.text)
            assert set(json.loads(answer.content)["error"]) == {"ru", "en"}
        assert b.link.commands == []

    run(tmp_path, body)


def test_too_large_bodies_are_refused(tmp_path: Path) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        for _ in range(20):
            yield b" " * 100

    async def body(b: Bench) -> None:
        announced = await b.http.post("/api/login", content=b" " * 1001)
        streamed = await b.http.post("/api/login", content=chunks(), headers={"content-type": "application/json"})
        for answer in (announced, streamed):
            assert answer.status_code == 413
            assert set(answer.json()["error"]) == {"ru", "en"}

    run(tmp_path, body, max_body_bytes=1000)


def test_strange_hosts_and_origins_are_refused(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        expected = {
            "127.0.0.1:8000": 200, "localhost": 200, "[::1]:80": 200, "192.168.1.5": 200, "panel.plant": 200, "evil.example": 421,
            "": 421, "127.0.0.1.evil.example": 421,
        }  # fmt: skip
        for host, status in expected.items():
            assert (await b.http.get("/api/health", headers={"host": host})).status_code == status, host
        for origin, status in {"http://127.0.0.1": 200, "https://evil.example": 421, "null": 421}.items():
            assert (await b.http.get("/api/health", headers={"origin": origin})).status_code == status, origin

    run(tmp_path, body, allowed_hosts=("panel.plant",))


def test_docs_are_off_unless_asked_for(tmp_path: Path) -> None:
    async def off(b: Bench) -> None:
        for path in ("/docs", "/redoc", "/openapi.json", "/api/docs", "/api/openapi.json", "/"):
            assert (await b.http.get(path)).status_code == 404
        assert (await b.http.put("/api/line")).status_code == 405

    async def on(b: Bench) -> None:
        assert "/api/commands" in (await b.http.get("/api/openapi.json")).json()["paths"]

    run(tmp_path, off)
    run(tmp_path / "on", on, docs=True)


def test_health_says_what_runs(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        health = (await b.http.get("/api/health")).json()
        assert (health["engine"], health["journal"], health["forwarder"]) == (
            "up",
            "ok",
            {"state": "up", "backlog": 7, "sinks": []},
        )
        b.link.up = False
        health = (await b.http.get("/api/health")).json()
        assert (health["engine"], health["journal"]) == ("down", "unknown")

    run(tmp_path, body)
