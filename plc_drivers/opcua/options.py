"""Options of an OPC UA tag: words ``key=value`` of the column ``options`` in ``tags.csv``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from line.tags import TagDef, TagKind

MAX_SAMPLING_MS: Final = 3_600_000.0
MAX_QUEUE: Final = 10_000
MAX_INDEX: Final = 1_000_000
_PART: Final = re.compile(r"[^.\s]+")


@dataclass(frozen=True)
class Deadband:
    """Smallest change that the server is to report (OPC 10000-8 §7.2): raw units of the node, or percent of its EURange."""

    value: float
    percent: bool = False


@dataclass(frozen=True)
class TagOptions:
    """``sampling_ms`` None means the driver's default; ``index`` is an element of an array, ``path`` the members to go down
    by, a number in it again an element of an array."""

    sampling_ms: float | None = None
    queue: int = 1
    deadband: Deadband | None = None
    index: int | None = None
    path: tuple[str, ...] = ()


NO_OPTIONS: Final = TagOptions()


def _number(text: str, lo: float, hi: float, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not lo <= number <= hi:
        raise ValueError(f"'{text}' is not {what} from {lo:g} to {hi:g}")
    return number


def _whole(text: str, lo: int, hi: int) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not lo <= int(text) <= hi:
        raise ValueError(f"'{text}' is not a whole number from {lo} to {hi}")
    return int(text)


def _deadband(text: str) -> Deadband:
    if text.endswith("%"):
        return Deadband(_number(text[:-1], 0.0, 100.0, "a percentage"), percent=True)
    return Deadband(_number(text, 0.0, 1e300, "a number"))


def _path(text: str) -> tuple[str, ...]:
    parts = tuple(text.split("."))
    if not all(_PART.fullmatch(p) for p in parts):
        raise ValueError(f"'{text}' names no member; write field=Member or field=Member.Inner")
    return parts


_PARSERS: Final[Mapping[str, Callable[[str], object]]] = {
    "sampling": lambda text: _number(text, 0.0, MAX_SAMPLING_MS, "a time in milliseconds"),
    "queue": lambda text: _whole(text, 1, MAX_QUEUE),
    "deadband": _deadband,
    "index": lambda text: _whole(text, 0, MAX_INDEX),
    "field": _path,
}


def parse_options(options: Mapping[str, str]) -> tuple[TagOptions, list[str]]:
    """The options of a tag, those that can be read, and what is wrong with the others (English)."""
    faults: list[str] = []
    found: dict[str, object] = {}
    for key, text in options.items():
        parser = _PARSERS.get(key)
        if parser is None:
            faults.append(f"OPC UA knows no option '{key}': it has {', '.join(_PARSERS)}")
            continue
        try:
            found[key] = parser(text)
        except ValueError as error:
            faults.append(f"{key}={text}: {error}")
    sampling, queue, deadband = found.get("sampling"), found.get("queue", 1), found.get("deadband")
    index, path = found.get("index"), found.get("field", ())
    return TagOptions(
        sampling if isinstance(sampling, float) else None,
        queue if isinstance(queue, int) else 1,
        deadband if isinstance(deadband, Deadband) else None,
        index if isinstance(index, int) else None,
        tuple(str(p) for p in path) if isinstance(path, tuple) else (),
    ), faults  # fmt: skip


def check_options(tag: TagDef) -> list[str]:
    """Every fault in the options of a tag, for ``potok check`` (English); none: an empty list."""
    options, faults = parse_options(tag.options)
    if options.deadband is not None and tag.kind not in (TagKind.FLOAT, TagKind.INT):
        faults.append(f"deadband={tag.options['deadband']}: a deadband needs a number, the kind is {tag.kind}")
    if options.deadband is not None and options.path:
        faults.append("deadband and field do not go together: a server compares whole values only")
    if options.path and tag.writable:
        faults.append("a member of a structure cannot be written: empty the column writable")
    return faults
