"""Photos of the shift log: what is taken, where it lies, who may; and that an entry names a photo that is there."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

import pytest

from line.messages import CommandKind
from server.attachments import PHOTO_MAX_BYTES, Attachments, NoPhotoError, NoRoomError, kind_of
from server.permissions import Role
from tests.unit.srv_bench import Bench, run


def png(width: int = 3, height: int = 2, rest: bytes = b"") -> bytes:
    """A PNG of grey pixels; ``rest`` is a chunk more."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * min(width, 10) for _ in range(min(height, 10))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rest + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int = 3, height: int = 2) -> bytes:
    """The frame of a JPEG, without a picture that anybody would like."""
    app0 = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9)
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    return b"\xff\xd8" + app0 + frame + b"\xff\xda" + struct.pack(">H", 8) + bytes(16) + b"\xff\xd9"


def test_what_is_a_photo() -> None:
    assert (kind_of(png()), kind_of(jpeg())) == ("png", "jpg")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither"), (b"GIF89a" + bytes(50), "neither"), (b"<svg onload='x'/>", "neither"), (png()[:-4], "broken"),
        (png(0, 5), "0 x 5"), (png(20_000, 5), "20000 x 5"), (jpeg()[:-2], "broken"), (jpeg(30_000, 2), "30000 x 2"),
        (b"\xff\xd8\xff\xe0\xff\xff\xff\xd9", "broken"), (b"\xff\xd8\xff" + b"\0" * 20 + b"\xff\xd9", "broken"),
        (png(rest=bytes(PHOTO_MAX_BYTES)), "bytes"),
    ],
)  # fmt: skip
def test_what_is_none(content: bytes, why: str) -> None:
    with pytest.raises(NoPhotoError, match=why):
        kind_of(content)


def test_a_photo_lies_under_its_hash_once(tmp_path: Path) -> None:
    attachments = Attachments(tmp_path / "attachments")
    name = attachments.store(png())
    assert name == hashlib.sha256(png()).hexdigest()
    assert attachments.store(png()) == name
    assert [p.name for p in (tmp_path / "attachments").iterdir()] == [f"{name}.png"]
    found = attachments.find(name)
    assert found is not None
    assert (found.path.read_bytes(), found.media_type) == (png(), "image/png")
    assert attachments.find("0" * 64) is None
    assert attachments.find("../users.db") is None
    assert attachments.find("../" + name) is None


def test_an_operator_uploads_and_who_is_signed_in_looks(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        operator = b.sign_in(Role.OPERATOR)
        big = png(rest=struct.pack(">I", 600_000) + b"tEXt" + bytes(600_000) + b"\0\0\0\0")
        assert (await b.http.post("/api/attachments", content=png())).status_code == 401
        assert (await b.http.post("/api/attachments", content=png(), headers=b.sign_in(Role.VIEWER))).status_code == 403
        answer = await b.http.post("/api/attachments", content=big, headers=operator)
        assert answer.status_code == 201, "larger than other bodies may be"
        name = answer.json()["photo"]
        shown = await b.http.get(f"/api/attachments/{name}", headers=b.sign_in(Role.VIEWER))
        assert (shown.content, shown.headers["content-type"]) == (big, "image/png")
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert (await b.http.get(f"/api/attachments/{name}")).status_code == 401
        assert (await b.http.get(f"/api/attachments/{'0' * 64}", headers=operator)).status_code == 404
        refused = await b.http.post("/api/attachments", content=b"<svg/>", headers=operator)
        assert refused.status_code == 422
        assert set(refused.json()["error"]) == {"ru", "en"}
        much = await b.http.post("/api/attachments", content=bytes(PHOTO_MAX_BYTES + 1), headers=operator)
        assert much.status_code == 413
        entry = {"category": "safety", "text": "Пролив", "photo": name}
        assert (await b.command(operator, CommandKind.LOG_ENTRY, **entry)).status_code == 202
        missing = await b.command(operator, CommandKind.LOG_ENTRY, **{**entry, "photo": "1" * 64})
        assert missing.status_code == 422
        assert "not uploaded" in missing.json()["error"]["en"]

    run(tmp_path, body)


def test_photos_do_not_fill_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / "attachments"
    one, two = png(3), png(4)
    attachments = Attachments(folder, len(one) + len(two) - 1, 0)
    name = attachments.store(one)
    with pytest.raises(NoRoomError, match="may take"):
        attachments.store(two)
    assert attachments.store(one) == name, "what is there needs no room"
    with pytest.raises(NoRoomError, match="kept free"):
        Attachments(folder, free_min_bytes=2**62).store(two)
    assert [p.name for p in folder.iterdir()] == [f"{name}.png"]


def test_what_a_killed_server_left_half_written_goes(tmp_path: Path) -> None:
    folder = tmp_path / "attachments"
    folder.mkdir()
    (folder / "x.part").write_bytes(bytes(1000))
    name = Attachments(folder, len(png()), 0).store(png())
    assert [p.name for p in folder.iterdir()] == [f"{name}.png"]


def test_a_full_folder_is_told_to_the_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Attachments, _size: int) -> None:
        raise NoRoomError("full")

    monkeypatch.setattr(Attachments, "_make_room", full)

    async def body(b: Bench) -> None:
        answer = await b.http.post("/api/attachments", content=png(), headers=b.sign_in(Role.OPERATOR))
        assert answer.status_code == 507
        assert "фотографий" in answer.json()["error"]["ru"]

    run(tmp_path, body)
