"""Opening SQLite files: one writer each in WAL mode, readers that never write, a refusal of files from the future."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal, cast

from line.documents import Text
from line.messages import Json, JsonObject

BUSY_TIMEOUT_S: Final = 5.0
_NO_ROOM: Final = 1_000_000


UnreadableStoreError = sqlite3.DatabaseError
"""What reading a file that is damaged, or no database at all, ends in."""


def is_damage(error: BaseException) -> bool:
    """The file itself is damaged (SQLITE_CORRUPT, SQLITE_NOTADB): no later attempt will go better, as it may on a full disk."""
    return isinstance(error, sqlite3.Error) and (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in (11, 26)


def is_full(error: BaseException, folder: Path) -> bool:
    """The disk of ``folder`` has no room, or fails: a later attempt may go better. Not so a folder that may not be written to."""
    if isinstance(error, sqlite3.Error):
        code = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
        return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR) or (code == sqlite3.SQLITE_CANTOPEN and _no_room(folder))
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _no_room(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free < _NO_ROOM


class StoreVersionError(Exception):
    """A file that this program must not touch; ``text`` says why and what to do, for people."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def open_writer(path: Path, schema: Sequence[str], version: int, synchronous: Literal["FULL", "NORMAL"]) -> sqlite3.Connection:
    """The one writing connection of ``path``; makes the file with ``schema`` when it is new.

    A WAL that a killed process left behind is recovered by SQLite. May be used by another thread than the one that opened
    it, by one at a time. Raises :class:`StoreVersionError` for a file of a newer schema, ``sqlite3.Error`` for what the
    disk does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        check_version(path, file_version(db), version)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA synchronous={synchronous}")
        if file_version(db) == 0:
            with transaction(db):
                for statement in schema:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={version}")
    except BaseException:
        db.close()
        raise
    return db


def open_reader(path: Path, version: int) -> sqlite3.Connection | None:
    """A read-only connection, or None while the file does not exist or is still empty.

    Raises :class:`StoreVersionError` for a file of a newer schema.
    """
    if not path.exists():
        return None
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    except sqlite3.OperationalError:
        return None  # dropped by retention between the check and here
    try:
        found = file_version(db)
        check_version(path, found, version)
    except sqlite3.OperationalError:
        db.close()
        if path.exists():
            raise
        return None
    except BaseException:
        db.close()
        raise
    if found == 0:
        db.close()
        return None
    return db


def open_alone(path: Path, version: int) -> sqlite3.Connection | None:
    """As :func:`open_reader`, but needs no room on the disk; fails while another process has the file open."""
    if not path.exists():
        return None
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=0.0, isolation_level=None)
    try:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")  # keeps in memory what SQLite else shares in a file beside
        found = file_version(db)
        check_version(path, found, version)
    except BaseException:
        db.close()
        raise
    if found == 0:
        db.close()
        return None
    return db


def file_version(db: sqlite3.Connection) -> int:
    """Schema version of an open file; 0 for one that was just made."""
    return int(cast(tuple[int], db.execute("PRAGMA user_version").fetchone())[0])


def check_version(path: Path, found: int, known: int) -> None:
    """Raise :class:`StoreVersionError` when the file was written by a newer program."""
    if found <= known:
        return
    raise StoreVersionError(
        Text(
            ru=f"Файл {path.name} записан более новой версией Potok (схема {found}, эта версия знает {known}). "
            "Обновите Potok или укажите другую папку данных; файл не изменён.",
            en=f"{path.name} was written by a newer Potok (schema {found}, this version knows {known}). "
            "Update Potok or point it at another data folder; the file was not touched.",
        )
    )


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; what was done is rolled back when anything raises."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # the first error is the one to report
            db.execute("ROLLBACK")
        raise


def encode_json(value: Json) -> str:
    """Canonical JSON: sorted keys, no spaces. Never fails: not-a-number becomes null, foreign objects their text."""
    try:
        text = _dumps(value)
    except (ValueError, TypeError, RecursionError):
        text = _dumps(_plain(value, depth=0))
    return clean_text(text)


def decode_object(text: str) -> JsonObject:
    """The JSON object in ``text`` as :func:`encode_json` wrote it."""
    return cast(JsonObject, json.loads(text))


def clean_text(text: str) -> str:
    """``text`` as SQLite can hold it: a lone surrogate becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _plain(value: object, depth: int) -> object:
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return value if value - value == 0.0 else None
    if depth > 20:
        return str(type(value).__name__)
    if isinstance(value, Mapping):
        return {str(k): _plain(v, depth + 1) for k, v in cast(Mapping[object, object], value).items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_plain(v, depth + 1) for v in cast(Sequence[object], value)]
    item = getattr(value, "item", None)  # numpy scalars
    return _plain(item(), depth + 1) if callable(item) and getattr(value, "shape", None) == () else str(value)
