"""A label as PDF of its own size, set from ``label.typ``; words, sizes and drawn codes come from materials/label_layout.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final, cast

from historian.database import encode_json
from historian.record_pdf import is_pdf
from historian.record_printable import printable
from historian.typeset import RenderError, set_pages, set_pdf
from line.messages import JsonObject

TEMPLATE: Final = Path(__file__).with_name("label.typ")


def label_pdf(page: JsonObject, made_s: int) -> bytes:
    """One label; ``made_s`` is its date, s UTC. The same page and date give the same bytes. Raises RenderError."""
    return set_pdf(TEMPLATE, _inputs(page), made_s)


def label_pdf_apart(page: JsonObject, made_s: int, timeout_s: float = 60.0) -> bytes:
    """As :func:`label_pdf`, in a process of its own: its memory is given back, and a fault takes nobody along."""
    command = [sys.executable, "-m", "historian.label_pdf", str(made_s)]
    try:
        done = subprocess.run(command, input=encode_json(page).encode(), capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise RenderError(f"the label was not set within {timeout_s:g} s") from None
    if done.returncode or not is_pdf(done.stdout):
        raise RenderError(f"the label cannot be set: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout


def label_png(page: JsonObject, ppi: float = 203.0) -> bytes:
    """The label as a picture, as a printer of 203 dpi sees it. Raises RenderError."""
    return set_pages(TEMPLATE, _inputs(page), ppi)[0]


def _inputs(page: JsonObject) -> dict[str, str]:
    return {"page": encode_json(cast(JsonObject, printable(page)))}


def main() -> None:
    """``python -m historian.label_pdf SECONDS``: a page as JSON on stdin, its PDF on stdout."""
    sys.stdout.buffer.write(label_pdf(cast(JsonObject, json.load(sys.stdin.buffer)), int(sys.argv[1])))


if __name__ == "__main__":
    main()
