"""Photos of the shift log: files under the hash of their content, so that an event that keeps the hash keeps the photo.

What is taken is told by the bytes, never by a name: PNG or JPEG, of a size that a page can show. Nothing is decoded here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PHOTO_MAX_BYTES: Final = 5 * 1024 * 1024
SIDE_MAX: Final = 10_000
"""Pixels of a side; a larger picture in 5 MB is made to exhaust who opens it."""
TOTAL_MAX_BYTES: Final = 5_000_000_000
"""All photos together: a thousand of the largest, some years of a shift log."""
FREE_MIN_BYTES: Final = 2_000_000_000
"""What a photo leaves free on the disk: journal and samples come first."""

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"IEND\xaeB`\x82"
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Markers of a JPEG that say its size (ITU-T T.81, B.1.1.3)."""
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""


class NoPhotoError(ValueError):
    """The bytes are no photo that is taken."""


class NoRoomError(OSError):
    """There is no room for another photo; the message says which limit is reached."""


@dataclass(frozen=True)
class Photo:
    """A stored photo."""

    path: Path
    media_type: str


class Attachments:
    """The folder ``attachments`` of a data folder. Blocking, from any thread; one file is written by one rename.

    ``total_max_bytes`` is what all photos together may take, ``free_min_bytes`` what one leaves free on the disk.
    """

    def __init__(self, folder: Path, total_max_bytes: int = TOTAL_MAX_BYTES, free_min_bytes: int = FREE_MIN_BYTES) -> None:
        self._folder = folder
        self._total_max_bytes = total_max_bytes
        self._free_min_bytes = free_min_bytes
        self._lock = threading.Lock()

    def store(self, content: bytes) -> str:
        """Keep ``content`` and return its SHA-256. Raises NoPhotoError, NoRoomError, and OSError for what the disk does."""
        ending = kind_of(content)
        name = hashlib.sha256(content).hexdigest()
        path = self._folder / f"{name}.{ending}"
        with self._lock:  # two at once would both fit into the room for one
            if not path.exists():
                self._folder.mkdir(mode=0o700, exist_ok=True)
                self._make_room(len(content))
                self._write(path, content)
        return name

    def _make_room(self, size: int) -> None:
        """Remove what a killed server left half written. Raises NoRoomError when ``size`` bytes more are too many."""
        total = 0
        for path in self._folder.iterdir():
            if path.suffix == ".part":
                path.unlink(missing_ok=True)
            else:
                total += path.stat().st_size
        if total + size > self._total_max_bytes:
            raise NoRoomError(f"the photos take {total} bytes and may take {self._total_max_bytes}")
        free = shutil.disk_usage(self._folder).free
        if free - size < self._free_min_bytes:
            raise NoRoomError(f"{free} bytes are free on the disk and {self._free_min_bytes} are kept free")

    def _write(self, path: Path, content: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
            _sync(self._folder)  # an event may name the photo from now on
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def find(self, name: str) -> Photo | None:
        """The photo of a hash; None when there is none, and for what is no hash."""
        if not _HASH.fullmatch(name):
            return None
        for ending, media_type in (("png", "image/png"), ("jpg", "image/jpeg")):
            path = self._folder / f"{name}.{ending}"
            if path.is_file():
                return Photo(path, media_type)
        return None


def _sync(folder: Path) -> None:
    """The names in ``folder`` reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def kind_of(content: bytes) -> str:
    """``png`` or ``jpg``. Raises NoPhotoError for anything else, for a broken one, and for a picture that is too large."""
    if len(content) > PHOTO_MAX_BYTES:
        raise NoPhotoError(f"more than {PHOTO_MAX_BYTES} bytes")
    if content.startswith(_PNG):
        size, ending = _png_size(content), "png"
    elif content.startswith(b"\xff\xd8\xff"):
        size, ending = _jpeg_size(content), "jpg"
    else:
        raise NoPhotoError("neither PNG nor JPEG")
    if size is None:
        raise NoPhotoError("a broken file")
    if not all(1 <= side <= SIDE_MAX for side in size):
        raise NoPhotoError(f"a picture of {size[0]} x {size[1]} pixels")
    return ending


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG that is whole at both ends (ISO/IEC 15948, 11.2.2)."""
    if content[12:16] != b"IHDR" or not content.endswith(_PNG_END):
        return None
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Width and height from the frame of a JPEG that ends as one; None when there is no frame."""
    if b"\xff\xd9" not in content[-64:]:
        return None
    at = 2
    while at + 9 < len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in _FRAMES:
            return int.from_bytes(content[at + 7 : at + 9], "big"), int.from_bytes(content[at + 5 : at + 7], "big")
        else:
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    return None
