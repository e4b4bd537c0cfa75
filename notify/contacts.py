"""``DATA/contacts.yaml``: which addresses a contact of ``escalation.yaml`` has. Addresses hold passwords and are never shown."""

from __future__ import annotations

import os
import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import unquote

from line.documents import Document, Problem

FILE: Final = "contacts.yaml"
HELP: Final = "docs/howto/notifications.md shows the file"

ReadDocument: TypeAlias = Callable[[Path, str], tuple[Document | None, list[Problem]]]
"""A file and what problems call it → its data with positions, or its problems (``potok.yamlfile.read_yaml``)."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://\S")
_QUOTED: Final = re.compile(r"['\"].*['\"]", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What contacts are called (``escalation.yaml``); a key of another form may be an address in the wrong place."""

_HIDDEN: Final = "****"


@dataclass(frozen=True)
class Address:
    """Where a message goes, as a URL of the ``apprise`` library. Only ``url`` holds the secrets; printing one shows its kind."""

    url: str = field(repr=False)

    @property
    def kind(self) -> str:
        """``mailtos``, ``json``, ``tgram``, …: the part before ``://``."""
        return self.url.partition("://")[0].lower()

    def __str__(self) -> str:
        return f"{self.kind}://{_HIDDEN}"

    def hide(self, text: str) -> str:
        """``text`` without anything of the address that could be a password, a token, a number or a name."""
        for secret in self._secrets():
            text = re.sub(re.escape(secret), _HIDDEN, text, flags=re.IGNORECASE)
        return text

    def _logins(self) -> list[str]:
        """Name and password as SMTP (PLAIN) and HTTP (Basic) put them together."""
        authority = re.split(r"[/?]", self.url.partition("://")[2])[0]
        user, _, password = (unquote(p) for p in authority.rpartition("@")[0].partition(":"))
        return [f"\0{user}\0{password}", f"{user}:{password}"] if password else []

    def _secrets(self) -> list[str]:
        """Every part of the URL, as written and decoded, longest first; one or two letters are no secret."""
        rest = self.url.partition("://")[2]
        words = {rest, rest.rpartition("@")[0].partition(":")[2], *re.split(r"[/?&=:@,;#]", rest)}
        words |= {unquote(w) for w in words}
        words |= {b64encode(w.encode()).decode() for w in (*words, *self._logins()) if len(w) > 2}  # as a login travels
        return sorted((w for w in words if len(w) > 2), key=lambda w: (-len(w), w))


@dataclass(frozen=True)
class Contacts:
    """The file as it was last read. ``problems`` are faults of its content, ``remarks`` what else should be put right."""

    addresses: Mapping[str, tuple[Address, ...]] = field(default_factory=dict[str, tuple[Address, ...]])
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    exists: bool = False

    def of(self, contact: str) -> tuple[Address, ...]:
        """The addresses of a contact; none when the file has none."""
        return self.addresses.get(contact, ())


def read_contacts(path: Path, read: ReadDocument, before: Contacts | None = None) -> Contacts:
    """Read the file; a contact with a fault keeps its addresses of ``before``, and so do all when the whole cannot be read."""
    kept = before.addresses if before is not None else {}
    if _missing(path):
        return Contacts()
    remarks = tuple(_rights(path))
    document, problems = read(path, path.name)
    addresses = kept
    if document is not None:
        entries, problems = _entries(document)
        if entries is not None:
            addresses, faults = _addresses(document, entries, kept)
            problems += faults
    return Contacts(addresses, tuple(_without_values(problems)), remarks, exists=True)


def _entries(document: Document) -> tuple[dict[object, object] | None, list[Problem]]:
    """What stands under ``contacts``; None when there is no such thing."""
    data = document.data
    entries = data.get("contacts") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(entries, dict):
        return None, [document.problem((), "the key contacts is missing or holds no contacts", f"Add it; {HELP}")]
    return entries, [document.problem((k,), "unknown key", "Check the spelling or remove it") for k in data if k != "contacts"]


def _addresses(
    document: Document, entries: Mapping[object, object], kept: Mapping[str, tuple[Address, ...]]
) -> tuple[dict[str, tuple[Address, ...]], list[Problem]]:
    addresses: dict[str, tuple[Address, ...]] = {}
    problems: list[Problem] = []
    for contact, value in entries.items():
        name = str(contact)
        urls = [value] if isinstance(value, str) else [] if value is None else value
        found = _faults(document, name, urls)
        problems += found
        if not found and isinstance(urls, list):
            addresses[name] = tuple(dict.fromkeys(Address(url.strip()) for url in urls))
        elif name in kept:
            addresses[name] = kept[name]
    return addresses, problems


def _faults(document: Document, contact: str, urls: object) -> list[Problem]:
    if not isinstance(urls, list):
        return [document.problem(("contacts", contact), "this is no list of addresses", f"Write one address per line; {HELP}")]
    faults: list[Problem] = []
    for at, url in enumerate(urls):
        path = ("contacts", contact, at)
        if not isinstance(url, str):
            faults.append(document.problem(path, "an address is a text", "Put it into quotes"))
        elif not _SCHEME.match(url.strip()):
            faults.append(document.problem(path, "this is no address: it does not begin with KIND://", f"Correct it; {HELP}"))
    return faults


def shown(name: str) -> str:
    """A key of the file as it may be shown: a name, or nothing of it."""
    return name if _NAME.fullmatch(name) else _HIDDEN


def _without_values(problems: Iterable[Problem]) -> Iterable[Problem]:
    """Problems of a file of secrets: whatever is quoted, and a key that is no name, are left out."""
    for p in problems:
        key = ".".join(takewhile(_NAME.fullmatch, p.key.split(".")))
        yield Problem(p.file, p.line, key, _QUOTED.sub(f"'{_HIDDEN}'", p.message), p.remedy)


def _missing(path: Path) -> bool:
    """True when there is no such file; one that may not be looked at is there, and reading it tells what is wrong."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _rights(path: Path) -> Iterable[str]:
    if os.name != "posix":  # elsewhere these bits say nothing
        return
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        return
    if mode & 0o077:
        yield f"{path.name} may be read by others on this computer (mode {mode:04o}) and holds passwords: chmod 600 {path}"


class ContactsFile:
    """The file, read again when it has changed. Methods may be called from any thread."""

    def __init__(self, path: Path, read: ReadDocument) -> None:
        self._path = path
        self._read = read
        self.on_read: Callable[[Contacts], None] = lambda _contacts: None
        """Is told every time the file was read, in the thread that asked."""
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = (0,)
        self._contacts = Contacts()

    def current(self) -> Contacts:
        """The contacts as the file has them now. Never raises for what is in the file."""
        with self._lock:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._contacts = read_contacts(self._path, self._read, self._contacts)
                self._stamp = stamp
                self.on_read(self._contacts)
            return self._contacts

    def _stamp_now(self) -> tuple[int, ...] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode
