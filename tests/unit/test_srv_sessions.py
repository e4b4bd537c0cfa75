"""Signing in and out over REST, lock-out, the first password, the list of users."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from server.permissions import Role
from tests.builders import T0_NS, S
from tests.unit.srv_bench import Bench, run
from tests.wire.srv_fakes import PASSWORD


def test_login_me_logout(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        b.users.add("anna", "Анна", Role.OPERATOR, PASSWORD)
        assert (await b.http.post("/api/login", json={"user": "anna", "password": "nope nope"})).status_code == 401
        answer = (await b.http.post("/api/login", json={"user": "anna", "password": PASSWORD})).json()
        assert (answer["user"], answer["name"], answer["role"], answer["must_change_password"]) == (
            "anna",
            "Анна",
            "operator",
            False,
        )
        assert answer["expires_ns"] > T0_NS
        headers = {"Authorization": f"Bearer {answer['token']}"}
        assert (await b.http.get("/api/me", headers=headers)).json()["user"] == "anna"
        assert (await b.http.get("/api/users", headers=headers)).status_code == 403
        assert (await b.http.post("/api/logout", headers=headers)).status_code == 200
        assert (await b.http.get("/api/me", headers=headers)).status_code == 401

    run(tmp_path, body)


def test_lockout_over_http(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        b.users.add("anna", "Анна", Role.OPERATOR, PASSWORD)
        for _ in range(5):
            assert (await b.http.post("/api/login", json={"user": "anna", "password": "guess"})).status_code == 401
        locked = await b.http.post("/api/login", json={"user": "anna", "password": PASSWORD})
        assert (locked.status_code, locked.headers["retry-after"]) == (429, "60")
        assert "60" in locked.json()["error"]["ru"]
        b.clock.advance_ns(60 * S)
        assert (await b.http.post("/api/login", json={"user": "anna", "password": PASSWORD})).status_code == 200

    run(tmp_path, body)


def test_the_first_administrator_may_only_change_the_password(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        secret = b.users.first_run()
        login = (await b.http.post("/api/login", json={"user": "admin", "password": secret})).json()
        assert login["must_change_password"] is True
        headers = {"Authorization": f"Bearer {login['token']}"}
        assert (await b.http.get("/api/users", headers=headers)).status_code == 403
        assert (await b.command(headers, "alarm.silence")).status_code == 403
        assert (await b.http.get("/api/me", headers=headers)).status_code == 200
        wrong = await b.http.post("/api/password", json={"old": "not this", "new": PASSWORD}, headers=headers)
        assert wrong.status_code == 403
        weak = await b.http.post("/api/password", json={"old": secret, "new": "short"}, headers=headers)
        assert weak.status_code == 422
        good = await b.http.post("/api/password", json={"old": secret, "new": PASSWORD}, headers=headers)
        assert good.status_code == 200
        assert (await b.http.get("/api/users", headers=headers)).status_code == 200

    run(tmp_path, body)


def test_the_administrator_keeps_the_list_of_users(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        headers = b.sign_in(Role.ADMIN)
        anna: dict[str, Any] = {"user": "anna", "name": "Анна", "role": "operator", "password": PASSWORD}
        assert (await b.http.post("/api/users", json=anna, headers=headers)).status_code == 201
        assert (await b.http.post("/api/users", json=anna, headers=headers)).status_code == 422
        assert (await b.http.post("/api/users", json={**anna, "user": "b", "role": "king"}, headers=headers)).status_code == 422
        assert (await b.http.post("/api/users", json={**anna, "user": "b", "hash": "x"}, headers=headers)).status_code == 422
        listed = (await b.http.get("/api/users", headers=headers)).json()["users"]
        assert [(u["user"], u["role"]) for u in listed] == [("admin", "admin"), ("anna", "operator")]
        assert not any("hash" in u or "password" in u for u in listed)
        assert (await b.http.delete("/api/users/anna", headers=headers)).status_code == 200
        assert (await b.http.delete("/api/users/anna", headers=headers)).status_code == 422
        assert (await b.http.delete("/api/users/admin", headers=headers)).status_code == 422

    run(tmp_path, body)
