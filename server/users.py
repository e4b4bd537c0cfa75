"""Users, sessions and the audit of logins in ``users.db``.

Passwords are argon2id hashes; session tokens are random, stored only as SHA-256, and end 12 hours after the login or after
30 minutes without use. The class is safe to call from several threads; hashing takes some 50 ms and is done one at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import threading
import unicodedata
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from line.clock import NS_PER_S, Clock
from line.documents import Text
from server.permissions import Role
from server.texts import BAD_LOGIN, CHANGE_PASSWORD, locked, text

SESSION_S: Final = 12 * 3600
IDLE_S: Final = 30 * 60
LOCK_AFTER: Final = 5
LOCK_S: Final = 60
LOCK_MAX_S: Final = 3600
FORGET_FAILURES_S: Final = 24 * 3600
TOUCH_S: Final = 30
PASSWORD_MIN: Final = 8
PASSWORD_MAX: Final = 256
USER_MAX: Final = 32
RESERVED: Final = frozenset({"auto", "notifier"})
"""Names under which the journal tells what the system itself did: an alarm that acknowledged itself, the sender of notices."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS users (
  user TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, hash TEXT NOT NULL,
  must_change INTEGER NOT NULL, created_ns INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
  token_hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users(user) ON DELETE CASCADE,
  created_ns INTEGER NOT NULL, seen_ns INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS failures (
  user TEXT PRIMARY KEY, count INTEGER NOT NULL, last_ns INTEGER NOT NULL, locked_until_ns INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, time_ns INTEGER NOT NULL, what TEXT NOT NULL, user TEXT NOT NULL,
  by_user TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
"""


class UserError(ValueError):
    """Something about users that is not possible; ``text`` says why, in both languages."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.text = why


class LoginRefusedError(UserError):
    """A login that was not let in; ``retry_after_s`` is 0 unless the user is locked out."""

    def __init__(self, why: Text, retry_after_s: int = 0) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class User:
    """A user; the hash stays in the database."""

    user: str
    name: str
    role: Role
    must_change_password: bool
    created_ns: int


@dataclass(frozen=True)
class Session:
    """A signed-in user. ``expires_ns`` is the end that no use puts off."""

    user: User
    expires_ns: int
    token_hash: str


@dataclass(frozen=True)
class AuditRecord:
    """One line of the audit: what happened to ``user``, done by ``by``."""

    time_ns: int
    what: str
    user: str
    by: str
    detail: str


@dataclass(frozen=True)
class Login:
    """A successful login: the only time the token is seen."""

    token: str
    session: Session
    record: AuditRecord


def normal_user(user: str) -> str:
    """The form in which a user name is stored: compatibility-composed, lower case, no outer spaces."""
    return unicodedata.normalize("NFKC", user).strip().casefold()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class Users:
    """The users of one data folder; server and command line may have it open at the same time."""

    def __init__(self, path: Path, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._decoy = self._hasher.hash(secrets.token_hex(8))
        self._lock = threading.RLock()
        self._password_lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the database; may be called twice."""
        with self._lock:
            self._db.close()

    # -- users

    def first_run(self) -> str | None:
        """On an empty database create ``admin`` and return its password, this once; else None."""
        with self._lock:
            if self._db.execute("SELECT 1 FROM users LIMIT 1").fetchone():
                return None
        secret = secrets.token_urlsafe(12)
        hashed = self._hash(secret)
        with self._write():
            if self._db.execute("SELECT 1 FROM users LIMIT 1").fetchone():
                return None
            self._insert("admin", "Администратор", Role.ADMIN, hashed, must_change=True)
            self._audit("first_run", "admin", "", "")
        return secret

    def add(self, user: str, name: str, role: Role, password: str, *, by: str = "", must_change: bool = False) -> User:
        """Create a user. Raises UserError for a bad name, a weak password or a user that exists."""
        user = _checked_user(user)
        _check_password(user, password)
        name = " ".join(name.split())[:100] or user
        hashed = self._hash(password)
        with self._write():
            if self._row(user) is not None:
                raise UserError(text(f"Пользователь {user} уже есть", f"User {user} exists already"))
            self._insert(user, name, role, hashed, must_change=must_change)
            self._audit("user_added", user, by, role.word)
        return self.get(user)

    def remove(self, user: str, *, by: str = "") -> None:
        """Delete a user and end its sessions. Raises UserError when there is none or it is the last administrator."""
        user = normal_user(user)
        with self._write():
            found = self.get(user)
            if found.role is Role.ADMIN:
                (admins,) = self._db.execute("SELECT count(*) FROM users WHERE role = 'admin'").fetchone()
                if admins < 2:
                    why = text("Последнего администратора удалить нельзя", "The last administrator cannot be removed")
                    raise UserError(why)
            self._db.execute("DELETE FROM users WHERE user = ?", (user,))
            self._audit("user_removed", user, by, "")

    def get(self, user: str) -> User:
        """The user. Raises UserError when there is none."""
        row = self._row(normal_user(user))
        if row is None:
            raise UserError(text(f"Нет пользователя {user}", f"There is no user {user}"))
        return row[0]

    def list(self) -> list[User]:
        """All users, by name."""
        with self._lock:
            rows = self._db.execute("SELECT user, name, role, must_change, created_ns FROM users ORDER BY user").fetchall()
        return [_user(*r) for r in rows]

    def set_password(self, user: str, new: str, *, by: str = "", must_change: bool = True) -> None:
        """Give a user a new password without knowing the old one; ends its sessions and its lock-out. Raises UserError."""
        user = self.get(user).user
        _check_password(user, new)
        hashed = self._hash(new)
        with self._write():
            self._db.execute("UPDATE users SET hash = ?, must_change = ? WHERE user = ?", (hashed, must_change, user))
            self._db.execute("DELETE FROM sessions WHERE user = ?", (user,))
            self._db.execute("DELETE FROM failures WHERE user = ?", (user,))
            self._audit("password_reset", user, by, "")

    # -- sessions

    def login(self, user: str, password: str, *, station: str = "") -> Login:
        """Let a user in. Raises LoginRefusedError, with the same text for an unknown user and a wrong password."""
        user = normal_user(user)[: USER_MAX * 2]
        with self._password_lock:
            self._verify(user, password, station)
            token = secrets.token_urlsafe(32)
            now_ns = self._clock.now_ns()
            with self._write():
                self._prune(now_ns)
                self._db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_token_hash(token), user, now_ns, now_ns))
                record = self._audit("login", user, user, station)
                session = Session(self.get(user), now_ns + SESSION_S * NS_PER_S, _token_hash(token))
        return Login(token, session, record)

    def session(self, token: str, *, touch: bool = True) -> Session | None:
        """The session of ``token`` or None; ``touch`` counts as use and puts the idle end off."""
        key = _token_hash(token)
        now_ns = self._clock.now_ns()
        with self._lock:
            row = self._db.execute(
                "SELECT u.user, u.name, u.role, u.must_change, u.created_ns, s.created_ns, s.seen_ns"
                " FROM sessions s JOIN users u ON u.user = s.user WHERE s.token_hash = ?", (key,)
            ).fetchone()  # fmt: skip
        if row is None:
            return None
        created_ns, seen_ns = row[5], row[6]
        if now_ns >= created_ns + SESSION_S * NS_PER_S or now_ns >= seen_ns + IDLE_S * NS_PER_S:
            with self._write():
                self._db.execute("DELETE FROM sessions WHERE token_hash = ?", (key,))
            return None
        if touch and now_ns >= seen_ns + TOUCH_S * NS_PER_S:
            with self._write():
                self._db.execute("UPDATE sessions SET seen_ns = ? WHERE token_hash = ?", (now_ns, key))
        return Session(_user(*row[:5]), created_ns + SESSION_S * NS_PER_S, key)

    def sign(self, user: str, password: str, *, by: str, station: str = "", detail: str = "", least: Role = Role.VIEWER) -> User:
        """The user whose signature this is; ``by`` is who is logged in, ``detail`` what is signed. Both outcomes are audited;
        of somebody below ``least`` it is none: the caller refuses.

        Raises LoginRefusedError: a wrong password counts as a failed login and locks out like one.
        """
        user = normal_user(user)[: USER_MAX * 2]
        with self._password_lock:
            try:
                self._verify(user, password, station)
                signer = self.get(user)
                if signer.must_change_password:
                    raise LoginRefusedError(CHANGE_PASSWORD)
            except LoginRefusedError:
                with self._write():
                    self._audit("signature_failed", user, by, detail)
                raise
            with self._write():
                self._audit("signed" if signer.role >= least else "signature_failed", user, by, detail)
        return signer

    def logout(self, session: Session) -> None:
        """End a session."""
        with self._write():
            self._db.execute("DELETE FROM sessions WHERE token_hash = ?", (session.token_hash,))
            self._audit("logout", session.user.user, session.user.user, "")

    def change_password(self, session: Session, old: str, new: str) -> None:
        """A user's own change; ends the user's other sessions. Raises UserError; a wrong ``old`` counts as a failed login."""
        user = session.user.user
        with self._password_lock:
            self._verify(user, old, "")
            _check_password(user, new)
            if new == old:
                raise UserError(text("Новый пароль совпадает со старым", "The new password is the old one"))
            hashed = self._hasher.hash(new)
            with self._write():
                self._db.execute("UPDATE users SET hash = ?, must_change = 0 WHERE user = ?", (hashed, user))
                self._db.execute("DELETE FROM sessions WHERE user = ? AND token_hash <> ?", (user, session.token_hash))
                self._audit("password_changed", user, user, "")

    # -- audit

    def record(self, what: str, user: str, *, by: str = "", detail: str = "") -> AuditRecord:
        """Put one line into the audit, e.g. a command that was denied."""
        with self._write():
            return self._audit(what, user, by, detail)

    def audit(self, limit: int = 100) -> list[AuditRecord]:
        """The newest records, newest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT time_ns, what, user, by_user, detail FROM audit ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
        return [AuditRecord(*r) for r in rows]

    # -- inside

    @contextlib.contextmanager
    def _write(self) -> Generator[None]:
        """One transaction; nested uses join it."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _hash(self, password: str) -> str:
        with self._password_lock:
            return self._hasher.hash(password)

    def _row(self, user: str) -> tuple[User, str] | None:
        with self._lock:
            row = self._db.execute(
                "SELECT user, name, role, must_change, created_ns, hash FROM users WHERE user = ?", (user,)
            ).fetchone()
        return None if row is None else (_user(*row[:5]), row[5])

    def _insert(self, user: str, name: str, role: Role, hashed: str, *, must_change: bool) -> None:
        values = (user, name, role.word, hashed, int(must_change), self._clock.now_ns())
        self._db.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)", values)

    def _audit(self, what: str, user: str, by: str, detail: str) -> AuditRecord:
        record = AuditRecord(self._clock.now_ns(), what, user, by, detail[:500])
        values = (record.time_ns, record.what, record.user, record.by, record.detail)
        self._db.execute("INSERT INTO audit (time_ns, what, user, by_user, detail) VALUES (?, ?, ?, ?, ?)", values)
        return record

    def _verify(self, user: str, password: str, station: str) -> None:
        """Check a password; the caller holds the password lock. Raises LoginRefusedError."""
        now_ns = self._clock.now_ns()
        with self._lock:
            row = self._db.execute("SELECT locked_until_ns FROM failures WHERE user = ?", (user,)).fetchone()
        if row is not None and now_ns < row[0]:
            wait_s = -(-(row[0] - now_ns) // NS_PER_S)
            raise LoginRefusedError(locked(wait_s), wait_s)
        found = self._row(user)
        hashed = self._decoy if found is None else found[1]
        if not self._matches(hashed, password) or found is None:
            self._failed(user, station, now_ns)
            raise LoginRefusedError(BAD_LOGIN)
        with self._write():
            self._db.execute("DELETE FROM failures WHERE user = ?", (user,))
            if self._hasher.check_needs_rehash(hashed):
                self._db.execute("UPDATE users SET hash = ? WHERE user = ?", (self._hasher.hash(password), user))

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _failed(self, user: str, station: str, now_ns: int) -> None:
        with self._write():
            row = self._db.execute("SELECT count, last_ns FROM failures WHERE user = ?", (user,)).fetchone()
            count = 1
            if row is not None and now_ns < row[1] + FORGET_FAILURES_S * NS_PER_S:
                count = row[0] + 1
            until_ns = now_ns + lock_s(count) * NS_PER_S if count >= LOCK_AFTER else 0
            self._db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)", (user, count, now_ns, until_ns))
            self._audit("login_failed", user, "", station)
            if until_ns:
                self._audit("locked_out", user, "", f"{lock_s(count)} s")

    def _prune(self, now_ns: int) -> None:
        self._db.execute("DELETE FROM sessions WHERE created_ns <= ? OR seen_ns <= ?",
                         (now_ns - SESSION_S * NS_PER_S, now_ns - IDLE_S * NS_PER_S))  # fmt: skip
        self._db.execute("DELETE FROM failures WHERE last_ns <= ?", (now_ns - FORGET_FAILURES_S * NS_PER_S,))


def lock_s(count: int) -> int:
    """Seconds of lock-out after ``count`` failures in a row: 60 after the fifth, doubled by each further one, at most 3600."""
    return min(LOCK_MAX_S, LOCK_S * 2 ** min(count - LOCK_AFTER, 16)) if count >= LOCK_AFTER else 0


def _user(user: str, name: str, role: str, must_change: int, created_ns: int) -> User:
    return User(user, name, Role.parse(role) or Role.VIEWER, bool(must_change), created_ns)


def _checked_user(user: str) -> str:
    user = normal_user(user)
    if not 1 <= len(user) <= USER_MAX or not all(c.isalnum() or c in "._-" for c in user) or not user[0].isalnum():
        raise UserError(
            text(
                f"Имя для входа: от 1 до {USER_MAX} букв, цифр и знаков . _ -",
                f"A user name has 1 to {USER_MAX} letters, digits and the signs . _ -",
            )
        )
    if user in RESERVED:
        raise UserError(text(f"Имя {user} занято самой системой", f"The name {user} is the system's own"))
    return user


def _check_password(user: str, password: str) -> None:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise UserError(
            text(
                f"В пароле должно быть от {PASSWORD_MIN} до {PASSWORD_MAX} знаков",
                f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters",
            )
        )
    if normal_user(password) == user:
        raise UserError(text("Пароль не должен совпадать с именем", "The password must not be the user name"))
    if not _encodable(password):
        raise UserError(text("В пароле есть недопустимые знаки", "The password holds characters that are not allowed"))


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
