"""What ``potok batch verify`` and ``potok report verify`` do alike: check a sealed document, as JSON or as PDF."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from historian.record_pdf import attached_record, is_pdf
from historian.sealed import Finding
from line.messages import JsonObject
from potok.exit_codes import FAILED, OK

_MARKS: Final = {True: "ok     ", False: "FAULT  ", None: "note   "}


@dataclass(frozen=True)
class Sealed:
    """A kind of sealed document. ``name`` is what people call it, ``of`` what it is of: 'batch'; ``id`` gives which.

    ``pages`` says whether the pages of a PDF are those that the document gives, None where that cannot be known; ``noted`` what
    else a person should know of the PDF. ``read`` and ``against`` raise as the rooms of the documents do.
    """

    name: str
    of: str
    id: Callable[[JsonObject], str]
    read: Callable[[bytes], JsonObject]
    alone: Callable[[JsonObject], list[Finding]]
    against: Callable[[JsonObject, Path], list[Finding]]
    pages: Callable[[bytes, JsonObject], bool | None]
    noted: Callable[[bytes], list[Finding]] = lambda _pdf: []


def run_verify(options: argparse.Namespace, kind: Sealed) -> int:
    """Exit code 0 when nothing is wrong, 1 when something is. Raises ValueError and OSError for what cannot be read."""
    content: bytes = options.file.read_bytes()
    pdf = content if is_pdf(content) else None
    if pdf is not None:
        attached = attached_record(pdf)
        if attached is None:
            raise ValueError(f"{options.file} is a PDF without a {kind.name} in it")
        content = attached
    try:
        document = kind.read(content)
    except ValueError as error:
        raise ValueError(f"{options.file}: {error}") from None
    findings = kind.alone(document)
    if pdf is not None:
        findings += [_pages(kind.pages(pdf, document), kind), *kind.noted(pdf)]
    if options.data is not None:
        findings += kind.against(document, options.data)
    return _tell(options, kind, kind.id(document), findings)


def _tell(options: argparse.Namespace, kind: Sealed, id_: str, findings: list[Finding]) -> int:
    intact = all(f.ok is not False for f in findings)
    if options.json:
        listed = [{"check": f.check, "ok": f.ok, "text": f.text} for f in findings]
        print(json.dumps({"ok": intact, kind.of: id_, "findings": listed}, indent=1))
        return OK if intact else FAILED
    for finding in findings:
        print(f"{_MARKS[finding.ok]}{finding.check}: {finding.text}")
    against = (
        f"agrees with {options.data}" if options.data is not None else "is intact in itself; --data compares it with the journal"
    )
    if any(f.check == "pages" and f.ok is None for f in findings):
        against = f"the attached {kind.name.split()[-1]} {against}; the pages were NOT compared, do not rely on them"
    print(f"{kind.of} {id_}: " + (against if intact else "NOT intact"))
    return OK if intact else FAILED


def _pages(same: bool | None, kind: Sealed) -> Finding:
    name = kind.name.split()[-1]
    said = {
        True: f"the pages are those that its {name} gives",
        False: f"the pages are NOT those that its {name} gives",
        None: f"made by another version of the typesetter or of Potok: the pages were not compared with the {name}",
    }
    return Finding("pages", same, said[same])
