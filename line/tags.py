"""Tag definitions and the tag table: names are for people, dense integer handles for the scan."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from line.documents import Problem, Text


class TagKind(StrEnum):
    """How a tag's number is to be read; the image holds all of them as float64 except strings."""

    FLOAT = "float"
    INT = "int"
    BOOL = "bool"
    ENUM = "enum"
    STRING = "string"


CALC_DEVICE: Final = "calc"
"""Device name of computed tags; their address is an expression over other tags."""

ENGINE_DEVICE: Final = "engine"
"""Device name of tags that the engine itself sets (link health, scan time); they have no address."""


@dataclass(frozen=True)
class TagDef:
    """One tag as the engineer wrote it.

    ``address`` is data that only the device's driver interprets. ``scale`` and ``offset`` turn a raw count into
    engineering units (``value = raw * scale + offset``). ``lo``/``hi`` are the engineering range: a reading outside it is
    Uncertain, a command outside it is refused. ``deadband`` (engineering units) and ``heartbeat`` rule storage by exception.
    """

    handle: int
    name: str
    kind: TagKind
    device: str
    address: str
    eu: str
    lo: float
    hi: float
    decimals: int
    scale: float
    offset: float
    writable: bool
    deadband: float
    enum: str
    text: Text

    @property
    def unit_id(self) -> str:
        """The part before the first dot: the unit or the device that the tag belongs to."""
        return self.name.split(".", 1)[0]


class TagTable(Sequence[TagDef]):
    """All tags of a line; position equals handle."""

    def __init__(self, tags: Iterable[TagDef]) -> None:
        self._tags = tuple(tags)
        self._handles: Mapping[str, int] = {t.name: t.handle for t in self._tags}
        for position, tag in enumerate(self._tags):
            if tag.handle != position:
                raise ValueError(f"tag {tag.name}: handle {tag.handle} at position {position}")

    def __getitem__(self, index: int) -> TagDef:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._tags[index]

    def __len__(self) -> int:
        return len(self._tags)

    def __contains__(self, name: object) -> bool:
        return name in self._handles

    def handle(self, name: str) -> int:
        """Handle of the tag ``name``. Raises KeyError with the name when there is none."""
        return self._handles[name]

    def find(self, name: str) -> TagDef | None:
        """The tag ``name`` or None."""
        handle = self._handles.get(name)
        return None if handle is None else self._tags[handle]

    def of_device(self, device: str) -> list[TagDef]:
        """The tags of one device, by handle."""
        return [t for t in self._tags if t.device == device]


COLUMNS: Final = (
    "name", "kind", "device", "address", "eu", "lo", "hi", "decimals", "scale", "offset",
    "writable", "deadband", "enum", "ru", "en",
)  # fmt: skip
_DEFAULTS: Final = {"lo": 0.0, "hi": 100.0, "scale": 1.0, "offset": 0.0, "deadband": 0.0}
_NAME_OK: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.")


def parse_tags_csv(text: str, file: str, devices: Iterable[str]) -> tuple[TagTable, list[Problem]]:
    """Read ``tags.csv``: comma or semicolon separated (spreadsheets differ), first row the column names.

    ``devices`` are the names that the line file declares. Returns the tags that are right and a problem for each that is
    not; a caller that sees problems starts nothing.
    """
    known = {*devices, CALC_DEVICE, ENGINE_DEVICE}
    header_line = text.split("\n", 1)[0]
    delimiter = ";" if header_line.count(";") > header_line.count(",") else ","
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
    problems = _header_problems(list(reader.fieldnames or []), file)
    tags: list[TagDef] = []
    seen: dict[str, int] = {}
    if problems:
        return TagTable([]), problems
    for row in reader:
        cells = {k: (v or "").strip() for k, v in row.items() if k and isinstance(v, str | None)}
        if not any(cells.values()) or cells["name"].startswith("#"):
            continue
        found = _row_problems(cells, file, reader.line_num, known, seen)
        if None in row:
            found.append(Problem(file, reader.line_num, cells["name"], "more cells than columns", "Quote texts with commas"))
        problems += found
        if not found:
            seen[cells["name"]] = reader.line_num
            tags.append(_tag(cells, len(tags)))
    return TagTable(tags), problems


def _header_problems(header: list[str], file: str) -> list[Problem]:
    missing = [c for c in COLUMNS if c not in header]
    unknown = [c for c in header if c not in COLUMNS]
    problems: list[Problem] = []
    if missing:
        problems.append(
            Problem(file, 1, ", ".join(missing), "columns are missing", f"The first row must name: {', '.join(COLUMNS)}")
        )
    if unknown:
        problems.append(Problem(file, 1, ", ".join(unknown), "unknown columns", "Remove them or correct the spelling"))
    return problems


def _row_problems(cells: Mapping[str, str], file: str, line: int, known: set[str], seen: Mapping[str, int]) -> list[Problem]:
    name = cells["name"]
    problems: list[Problem] = []

    def fault(message: str, remedy: str) -> None:
        problems.append(Problem(file, line, name, message, remedy))

    if not name or not set(name) <= _NAME_OK:
        fault(f"'{name}' is no tag name", "Use Latin letters, digits, dot and underscore, e.g. S401.ChamberTemp")
    if name in seen:
        fault(f"the name was used in line {seen[name]} already", "Rename one of the two")
    if cells["kind"] not in set(TagKind):
        fault(f"unknown kind '{cells['kind']}'", f"Use one of {', '.join(TagKind)}")
    if cells["device"] not in known:
        fault(f"unknown device '{cells['device']}'", f"Use one of {', '.join(sorted(known))}, or add it to line.yaml")
    if not cells["address"] and cells["device"] != ENGINE_DEVICE:
        fault("the address is empty", "Write the register, node or expression of the tag")
    if not cells["ru"] or not cells["en"]:
        fault("a text is missing", "Fill the columns ru and en: operators read them")
    if cells["writable"] not in ("", "0", "1"):
        fault(f"writable is '{cells['writable']}'", "Write 1 for a tag that commands may write, else leave it empty")
    for column in ("lo", "hi", "decimals", "scale", "offset", "deadband"):
        if cells[column] and _number(cells[column]) is None:
            fault(f"{column} is '{cells[column]}', not a number", "Write a number such as 12.5")
    lo, hi = _number(cells["lo"]), _number(cells["hi"])
    if lo is not None and hi is not None and lo >= hi:
        fault(f"the range {cells['lo']}..{cells['hi']} is empty", "lo must be below hi")
    if _number(cells["scale"]) == 0.0:
        fault("scale is 0", "Write the engineering units per raw count")
    return problems


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _tag(cells: Mapping[str, str], handle: int) -> TagDef:
    kind = TagKind(cells["kind"])

    def number(column: str) -> float:
        value = _number(cells[column])
        return _DEFAULTS[column] if value is None else value

    if kind is TagKind.BOOL:
        lo, hi = 0.0, 1.0
    else:
        lo, hi = number("lo"), number("hi")
    decimals = int(_number(cells["decimals"]) or 0)
    return TagDef(
        handle, cells["name"], kind, cells["device"], cells["address"], cells["eu"], lo, hi, decimals, number("scale"),
        number("offset"), cells["writable"] == "1", number("deadband"), cells["enum"], Text(ru=cells["ru"], en=cells["en"]),
    )  # fmt: skip
