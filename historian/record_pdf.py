"""The record as PDF/A-3b with its JSON inside, set by Typst from ``record.typ``: no network, no fonts but those of its wheel.

Blocking and busy for some tenths of a second: call it in a worker. The same record in the same language and zone gives the same
bytes with the same version of Typst (docs/decisions/0024).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

from historian.database import encode_json
from historian.record import canonical
from historian.record_document import document, objects_last_ns
from historian.record_printable import printable
from historian.record_words import Writer
from historian.typeset import TYPST, RenderError, set_pages, set_pdf
from line.clock import NS_PER_S
from line.jsontools import child
from line.messages import JsonObject

TEMPLATE: Final = Path(__file__).with_name("record.typ")
_OBJECT: Final = re.compile(rb"<<(?P<head>[^\r\n]{0,400}?/Type\s*/EmbeddedFile[^\r\n]{0,400})>>\s*stream\r?\n")
_LENGTH: Final = re.compile(rb"/Length\s+(\d{1,9})")
ATTACHMENT_MAX: Final = 256 * 1024 * 1024
_SOURCES: Final = ("document", "tables", "words", "blocks", "plots", "printable", "listing")
_MADE: Final = "potok-record {language} {zone} typst-{version}"
_MADE_IN: Final = re.compile(rb"potok-record (ru|en) ([A-Za-z0-9_+/-]{1,60}) typst-([0-9A-Za-z.+-]{1,40})")


def render_pdf(record: JsonObject, language: str = "ru", zone: str = "UTC") -> bytes:
    """The document in ``language`` (ru, en) with times of ``zone``. Raises RenderError, KeyError or ValueError for a zone."""
    return set_pdf(TEMPLATE, _inputs(record, language, zone), objects_last_ns(record) // NS_PER_S)


def render_apart(record: JsonObject, language: str = "ru", zone: str = "UTC", timeout_s: float = 120.0) -> bytes:
    """As :func:`render_pdf`, in a process of its own: its memory is given back, and a fault takes nobody along."""
    command = [sys.executable, "-m", "historian.record_pdf", language, zone]
    try:
        done = subprocess.run(command, input=canonical(record), capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise RenderError(f"the record was not set within {timeout_s:g} s") from None
    if done.returncode or not is_pdf(done.stdout):
        raise RenderError(f"the record cannot be set: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def render_pages(record: JsonObject, language: str = "ru", zone: str = "UTC", ppi: float = 100.0) -> list[bytes]:
    """Every page as PNG, to look at."""
    return set_pages(TEMPLATE, _inputs(record, language, zone), ppi)


def _inputs(record: JsonObject, language: str, zone: str) -> dict[str, str]:
    name = f"{child(record, 'batch').get('id')}.json"
    return {
        "document": encode_json(cast(JsonObject, printable(document(record, Writer(language, zone), name)))),
        "record": canonical(record).decode(),
        "name": name,
        "made": _MADE.format(language=language, zone=zone, version=layout()),
    }


@cache
def layout() -> str:
    """Version of the typesetter and of all that says how a page looks: only what was made with the same can be the same again."""
    return layout_of(f"record_{name}" for name in _SOURCES)


def layout_of(modules: Iterable[str]) -> str:
    """The same of a document that is laid out by ``modules`` of this folder."""
    sources = (TEMPLATE, *(TEMPLATE.with_name(f"{name}.py") for name in modules))
    return f"{TYPST}+{sha256(b''.join(s.read_bytes() for s in sources)).hexdigest()[:12]}"


def attached_record(pdf: bytes) -> bytes | None:
    """The bytes of the file that a PDF made by :func:`render_pdf` holds; None when there is none that can be read."""
    for match in _OBJECT.finditer(pdf):
        head = match["head"]
        length = _LENGTH.search(head)
        if length is None:
            continue
        body = pdf[match.end() : match.end() + int(length[1])]
        if b"/Filter" not in head:
            return body
        if b"FlateDecode" in head:
            try:
                return zlib.decompressobj().decompress(body, ATTACHMENT_MAX)
            except zlib.error:
                return None
    return None


def is_pdf(content: bytes) -> bool:
    """Whether ``content`` begins as a PDF does."""
    return content[:1024].lstrip().startswith(b"%PDF-")


def same_pages(pdf: bytes, record: JsonObject) -> bool | None:
    """Whether the whole file is what :func:`render_pdf` makes of ``record``; None when another version of Typst or of
    Potok made it, whose pages look otherwise."""
    return same_file(pdf, _MADE_IN, layout(), lambda language, zone, *_: render_pdf(record, language, zone))


def same_file(pdf: bytes, made_in: re.Pattern[bytes], here: str, render: Callable[..., bytes]) -> bool | None:
    """Whether ``render`` gives the same file, called with what ``made_in`` finds in it, of which the third is the layout; None
    when that is not the layout ``here``."""
    made = made_in.search(pdf)
    if made is None:
        return False
    parts = [part.decode() for part in made.groups()]
    if parts[2] != here:
        return None
    try:
        return render(*parts) == pdf
    except (RenderError, KeyError, ValueError):
        return False


def main() -> None:
    """``python -m historian.record_pdf LANGUAGE ZONE``: a record on stdin, its PDF on stdout."""
    record = cast(JsonObject, json.load(sys.stdin.buffer))
    sys.stdout.buffer.write(render_pdf(record, sys.argv[1], sys.argv[2]))


if __name__ == "__main__":
    main()
