"""Users: logins, lock-out, sessions, the first administrator, and what must not be in the database."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from alarms.draft import AUTO
from line.clock import ManualClock
from notify import notifier
from server.permissions import Role
from server.users import IDLE_S, SESSION_S, LoginRefusedError, UserError, Users, lock_s
from tests.builders import T0_NS, S
from tests.wire.srv_fakes import FAST_HASHER, PASSWORD


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T0_NS)


@pytest.fixture
def users(tmp_path: Path, clock: ManualClock):
    found = Users(tmp_path / "users.db", clock, FAST_HASHER)
    found.add("anna", "Анна", Role.OPERATOR, PASSWORD)
    yield found
    found.close()


def test_login_gives_a_session_with_the_users_role(users: Users) -> None:
    entered = users.login(" Anna ", PASSWORD, station="panel 1")
    found = users.session(entered.token)
    assert found is not None
    assert (found.user.user, found.user.role, found.user.must_change_password) == ("anna", Role.OPERATOR, False)
    assert found.expires_ns == T0_NS + SESSION_S * S
    assert (entered.record.what, entered.record.user, entered.record.detail) == ("login", "anna", "panel 1")


def test_neither_password_nor_token_is_stored(users: Users, tmp_path: Path) -> None:
    token = users.login("anna", PASSWORD).token
    users.close()
    stored = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert b"$argon2id$" in stored
    assert token.encode() not in stored
    assert PASSWORD.encode() not in stored


@pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")
def test_the_database_is_the_owners_alone(users: Users, tmp_path: Path) -> None:
    assert [stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()] == [0o600] * len(list(tmp_path.iterdir()))


def test_unknown_user_and_wrong_password_read_the_same(users: Users) -> None:
    with pytest.raises(LoginRefusedError) as unknown:
        users.login("nobody", PASSWORD)
    with pytest.raises(LoginRefusedError) as wrong:
        users.login("anna", "wrong password")
    assert unknown.value.text == wrong.value.text


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_five_failures_lock_out_even_the_right_password_and_the_time_grows(users: Users, clock: ManualClock, name: str) -> None:
    for _ in range(5):
        with pytest.raises(LoginRefusedError) as error:
            users.login(name, "wrong password")
        assert error.value.retry_after_s == 0
    with pytest.raises(LoginRefusedError) as locked:
        users.login(name, PASSWORD)
    assert locked.value.retry_after_s == 60
    clock.advance_ns(60 * S)
    with pytest.raises(LoginRefusedError) as once_more:
        users.login(name, "wrong password")
    assert once_more.value.retry_after_s == 0
    clock.advance_ns(119 * S)
    with pytest.raises(LoginRefusedError) as longer:
        users.login(name, PASSWORD)
    assert longer.value.retry_after_s == 1
    assert [r.what for r in users.audit(20)].count("login_failed") == 6


def test_a_good_login_forgets_the_failures(users: Users) -> None:
    for _ in range(4):
        with pytest.raises(LoginRefusedError):
            users.login("anna", "wrong password")
    users.login("anna", PASSWORD)
    for _ in range(4):
        with pytest.raises(LoginRefusedError):
            users.login("anna", "wrong password")
    assert users.login("anna", PASSWORD).session.user.user == "anna"


@pytest.mark.parametrize("name", [AUTO, notifier.USER, " Auto ", "ＡＵＴＯ"])
def test_nobody_has_a_name_under_which_the_system_acts(users: Users, name: str) -> None:
    """A person called auto would be missing from the figures of acknowledgement."""
    with pytest.raises(UserError, match="the system's own"):
        users.add(name, "Антон", Role.OPERATOR, PASSWORD)


def test_lock_times() -> None:
    assert [lock_s(n) for n in (0, 4, 5, 6, 7, 11, 1000)] == [0, 0, 60, 120, 240, 3600, 3600]


def test_a_session_ends_when_idle_and_use_puts_that_off(users: Users, clock: ManualClock) -> None:
    token = users.login("anna", PASSWORD).token
    for _ in range(3):
        clock.advance_ns((IDLE_S - 1) * S)
        assert users.session(token) is not None
    clock.advance_ns((IDLE_S - 1) * S)
    assert users.session(token, touch=False) is not None
    clock.advance_ns(1 * S)
    assert users.session(token) is None


def test_a_session_ends_after_twelve_hours_of_use(users: Users, clock: ManualClock) -> None:
    token = users.login("anna", PASSWORD).token
    for _ in range(SESSION_S // 600 - 1):
        clock.advance_ns(600 * S)
        assert users.session(token) is not None
    clock.advance_ns(600 * S)
    assert users.session(token) is None


def test_first_run_makes_one_administrator_who_must_change_the_password(tmp_path: Path, clock: ManualClock) -> None:
    users = Users(tmp_path / "u.db", clock, FAST_HASHER)
    secret = users.first_run()
    assert secret is not None
    assert len(secret) >= 16
    assert users.first_run() is None
    session = users.login("admin", secret).session
    assert (session.user.role, session.user.must_change_password) == (Role.ADMIN, True)
    users.change_password(session, secret, "another secret")
    assert not users.get("admin").must_change_password
    with pytest.raises(LoginRefusedError):
        users.login("admin", secret)
    users.close()


def test_a_changed_password_ends_the_other_sessions_only(users: Users) -> None:
    mine, other = users.login("anna", PASSWORD), users.login("anna", PASSWORD)
    with pytest.raises(UserError, match="new password is the old"):
        users.change_password(mine.session, PASSWORD, PASSWORD)
    with pytest.raises(LoginRefusedError):
        users.change_password(mine.session, "wrong password", "another secret")
    users.change_password(mine.session, PASSWORD, "another secret")
    assert users.session(mine.token) is not None
    assert users.session(other.token) is None


def test_removing_a_user_ends_its_sessions_but_the_last_administrator_stays(users: Users) -> None:
    token = users.login("anna", PASSWORD).token
    users.remove("anna", by="admin")
    assert users.session(token) is None
    users.add("boss", "Boss", Role.ADMIN, PASSWORD)
    with pytest.raises(UserError, match="last administrator"):
        users.remove("boss")
    assert [u.user for u in users.list()] == ["boss"]


def test_a_reset_password_unlocks_and_must_be_changed(users: Users) -> None:
    for _ in range(5):
        with pytest.raises(LoginRefusedError):
            users.login("anna", "wrong password")
    users.set_password("anna", "from the boss", by="admin")
    assert users.login("anna", "from the boss").session.user.must_change_password


@pytest.mark.parametrize("name", ["", "a b", "x" * 33, ".dot", "semi;colon", "\ud800", "a\x00b"])
def test_bad_user_names_are_refused(users: Users, name: str) -> None:
    with pytest.raises(UserError):
        users.add(name, "name", Role.VIEWER, PASSWORD)


@pytest.mark.parametrize("password", ["short", "x" * 257, "anna-lena", "\ud800" * 10])
def test_weak_passwords_are_refused(users: Users, password: str) -> None:
    with pytest.raises(UserError):
        users.add("anna-lena", "name", Role.VIEWER, password)


def test_a_user_exists_once_and_cyrillic_names_work(users: Users) -> None:
    users.add("Мастер", "Мастер смены", Role.SHIFT_LEAD, PASSWORD)
    with pytest.raises(UserError, match="exists"):
        users.add("мАСТЕР", "другой", Role.VIEWER, PASSWORD)
    assert users.login("МАСТЕР", PASSWORD).session.user.role is Role.SHIFT_LEAD


def test_two_processes_may_have_the_database_open(users: Users, tmp_path: Path, clock: ManualClock) -> None:
    other = Users(tmp_path / "users.db", clock, FAST_HASHER)
    other.add("boris", "Борис", Role.VIEWER, PASSWORD)
    assert users.login("boris", PASSWORD).session.user.name == "Борис"
    other.close()


def test_strange_tokens_are_no_session(users: Users) -> None:
    assert [users.session(t) for t in ("", "x", "\ud800", "' OR 1=1 --")] == [None] * 4
