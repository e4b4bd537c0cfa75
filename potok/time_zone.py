"""The time zone of a line: it stands in ``line.yaml``, once. Older folders have it in ``shifts.yaml`` and ``escalation.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from line.clock import is_time_zone
from line.documents import Document, Problem
from potok.yamlfile import read_yaml

UTC: Final = "UTC"
OLDER: Final = ("shifts.yaml", "escalation.yaml")
"""Files with times of day in them, whose key ``time_zone`` is still read."""
_KEY: Final = "time_zone"


@dataclass(frozen=True)
class LineZone:
    """``name`` is UTC where nobody says another, or says one that there is not; ``remarks`` are for ``potok check``."""

    name: str
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()


def line_zone(folder: Path, line: Document | None) -> LineZone:
    """What ``line.yaml`` says, else what the older keys say. Faults of the files themselves are told by who loads them."""
    own = _said(line)
    older = [d for name in OLDER if (folder / name).exists() and (d := read_yaml(folder / name, name)[0]) is not None]
    said = [(d, zone) for d in older if (zone := _said(d))]
    if not own and not said:
        return _none_said(folder, line, older)
    of, name = ("line.yaml", own) if own else (said[0][0].file, said[0][1])
    problems = [
        d.problem((_KEY,), f"the time zone '{zone}' is not that of {of}, '{name}'", _REMEDY) for d, zone in said if zone != name
    ]
    remarks = [f"{d.file}:{d.line_of((_KEY,))}: time_zone is deprecated here. {_REMEDY}" for d, zone in said if zone == name]
    return LineZone(name if is_time_zone(name) else UTC, tuple(problems), tuple(remarks))


def zone_of_folder(folder: Path) -> str:
    """For tools that need no more of a line. Raises ValueError when its files contradict each other or say no time zone."""
    found = line_zone(folder, read_yaml(folder / "line.yaml", "line.yaml")[0])
    if found.problems:
        raise ValueError(f"{folder}: {found.problems[0]}")
    return found.name


_REMEDY: Final = "Write it once, in line.yaml, and remove it here"


def _none_said(folder: Path, line: Document | None, older: list[Document]) -> LineZone:
    """Times of day mean nothing without a time zone; the days of lots are still those of UTC."""
    if line is None or any(_KEY in _mapping(d) for d in (line, *older)):  # something else than a text: told with the file
        return LineZone(UTC)
    if older:
        message = f"this key is missing: {older[0].file} has times of day"
        return LineZone(UTC, (line.problem((_KEY,), message, "Add the time zone of the plant, as time_zone: Europe/Moscow"),))
    dates = (folder / "materials.yaml").exists()
    return LineZone(UTC, (), ("line.yaml: there is no time_zone: the days of lots are those of UTC",) if dates else ())


def _mapping(document: Document | None) -> Mapping[str, Any]:
    data = document.data if document is not None else None
    return cast(Mapping[str, Any], data) if isinstance(data, Mapping) else {}


def _said(document: Document | None) -> str:
    zone = _mapping(document).get(_KEY)
    return zone if isinstance(zone, str) else ""
