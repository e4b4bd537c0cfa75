"""Tag definitions and the tag table: names are for people, dense integer handles for the scan."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
"""Device name of the tags that the engine makes and sets itself (``line/diagnostics.py``); they have no address."""


@dataclass(frozen=True)
class TagDef:
    """One tag as the engineer wrote it.

    ``address`` is data that only the device's driver interprets. ``scale`` and ``offset`` turn a raw count into
    engineering units (``value = raw * scale + offset``). ``lo``/``hi`` are the engineering range: a reading outside it is
    Uncertain, a command outside it is refused. ``deadband`` (engineering units) rules storage by exception. ``line`` is where
    the tag stands in ``tags.csv``, 0 when it comes from elsewhere. ``poll_every`` is every how many scans it is read (its poll
    group); ``options`` are further words for the driver, which alone interprets them, like the address.
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
    line: int = 0
    poll_every: int = 1
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    broken: bool = False
    """Its row has problems, or it has none: it stands in while a line is checked and never gets into one that runs."""

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
        """The tags of one device, by handle; without broken ones."""
        return [t for t in self._tags if t.device == device and not t.broken]

    def with_missing(self, names: Iterable[str]) -> TagTable:
        """This table and a broken tag for each name that it lacks: to go on checking what else is wrong."""
        new = [n for n in dict.fromkeys(names) if n not in self._handles]
        return TagTable([*self._tags, *(_broken_tag({"name": n}, len(self._tags) + i, 0) for i, n in enumerate(new))])


NO_GROUPS: Final[Mapping[str, int]] = {}
COLUMNS: Final = (
    "name", "kind", "device", "address", "eu", "lo", "hi", "decimals", "scale", "offset",
    "writable", "deadband", "enum", "ru", "en",
)  # fmt: skip
OPTIONAL_COLUMNS: Final = ("poll", "options")
"""``poll`` names a poll group of ``line.yaml`` (empty: every scan); ``options`` are words ``key=value`` for the driver."""

_OPTION: Final = re.compile(r"([a-z][a-z0-9_]*)=(\S+)", re.ASCII)
_DEFAULTS: Final = {"lo": 0.0, "hi": 100.0, "decimals": 0.0, "scale": 1.0, "offset": 0.0, "deadband": 0.0}
_NAME: Final = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*", re.ASCII)
_MAX_DECIMALS: Final = 9


def parse_tags_csv(
    text: str, file: str, devices: Iterable[str], poll_groups: Mapping[str, int] = NO_GROUPS
) -> tuple[TagTable, list[Problem]]:
    """Read ``tags.csv``: comma or semicolon separated (spreadsheets differ), first row the column names.

    ``devices`` and ``poll_groups`` are what the line file declares. A row with problems gives a broken tag, so that what
    refers to it can be checked on; a caller that sees problems starts nothing.
    """
    known = {*devices, CALC_DEVICE}
    text = text.lstrip("\ufeff")
    header_line = text.split("\n", 1)[0]
    delimiter = ";" if header_line.count(";") > header_line.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    tags: list[TagDef] = []
    problems: list[Problem] = []
    header: list[str] = []
    seen: dict[str, int] = {}
    line = 0
    try:
        for row in reader:
            line, last = line + 1, reader.line_num  # a row may run over several lines: it is named by its first
            if not header:
                header = [c.strip() for c in row]
                problems += _header_problems(header, file)
                if problems:
                    break
            else:
                tags += _row_tag(header, row, len(tags), _Context(file, line, known, poll_groups, seen), problems)
            line = last
    except csv.Error as error:
        problems.append(Problem(file, line + 1, "", f"the row cannot be read: {error}", "Check the quotation marks"))
    if not header and not problems:
        problems = _header_problems(header, file)
    return TagTable(tags), problems


@dataclass(frozen=True)
class _Context:
    """Where a row stands and what it may refer to; ``seen`` collects the names and their lines."""

    file: str
    line: int
    devices: set[str]
    poll_groups: Mapping[str, int]
    seen: dict[str, int]


def _row_tag(header: list[str], row: list[str], handle: int, context: _Context, problems: list[Problem]) -> list[TagDef]:
    """The tag of a row; a broken one for a row with problems; none for an empty row, a comment or a name that is no use."""
    cells: dict[str, str] = dict.fromkeys((*COLUMNS, *OPTIONAL_COLUMNS), "")
    cells.update((column, cell.strip()) for column, cell in zip(header, row, strict=False) if column)
    if not any(c.strip() for c in row) or row[0].lstrip().startswith("#"):
        return []
    found = _row_problems(cells, context)
    without_column = [c for i, c in enumerate(row) if c.strip() and (i >= len(header) or not header[i])]
    if without_column:
        found.append(Problem(context.file, context.line, cells["name"], "more cells than columns", "Quote texts with commas"))
    context.seen.setdefault(cells["name"], context.line)
    problems += found
    if not found:
        return [_tag(cells, handle, context)]
    usable_name = _NAME.fullmatch(cells["name"]) and context.seen[cells["name"]] == context.line
    return [_broken_tag(cells, handle, context.line)] if usable_name else []


def _header_problems(header: list[str], file: str) -> list[Problem]:
    problems: list[Problem] = []

    def fault(columns: list[str], message: str, remedy: str) -> None:
        if columns:
            problems.append(Problem(file, 1, ", ".join(columns), message, remedy))

    known = (*COLUMNS, *OPTIONAL_COLUMNS)
    fault([c for c in COLUMNS if c not in header], "columns are missing", f"The first row must name: {', '.join(COLUMNS)}")
    fault(
        [c for c in header if c and c not in COLUMNS and c not in OPTIONAL_COLUMNS],
        "unknown columns",
        "Remove them or correct the spelling",
    )
    fault([c for c in known if header.count(c) > 1], "columns stand twice", "Remove one of the two")
    return problems


def _row_problems(cells: Mapping[str, str], context: _Context) -> list[Problem]:
    name, kind, device = cells["name"], cells["kind"], cells["device"]
    problems: list[Problem] = []

    def fault(message: str, remedy: str) -> None:
        problems.append(Problem(context.file, context.line, name, message, remedy))

    if not _NAME.fullmatch(name):
        fault(f"'{name}' is no tag name", "Use Latin letters, digits, dot and underscore, e.g. S401.ChamberTemp")
    if name in context.seen:
        fault(f"the name was used in line {context.seen[name]} already", "Rename one of the two")
    if kind not in set(TagKind):
        fault(f"unknown kind '{kind}'", f"Use one of {', '.join(TagKind)}")
    if kind == TagKind.ENUM and not cells["enum"]:
        fault("the enumeration is not named", "Write its name in the column enum, or make the tag an int")
    if device == ENGINE_DEVICE:
        fault("the engine makes its tags itself", "Remove the row; docs/howto/line-files.md lists Engine.* and Link.*")
    elif device not in context.devices:
        fault(f"unknown device '{device}'", f"Use one of {', '.join(sorted(context.devices))}, or add it to line.yaml")
    if not cells["address"] and device != ENGINE_DEVICE:
        fault("the address is empty", "Write the register, node or expression of the tag")
    if not cells["ru"] or not cells["en"]:
        fault("a text is missing", "Fill the columns ru and en: operators read them")
    if cells["writable"] not in ("", "0", "1"):
        fault(f"writable is '{cells['writable']}'", "Write 1 for a tag that commands may write, else leave it empty")
    elif cells["writable"] == "1" and (device == CALC_DEVICE or kind == TagKind.STRING):
        fault("computed tags and texts cannot be written", "Leave the column writable empty")
    if cells["poll"] and cells["poll"] not in context.poll_groups:
        groups = ", ".join(context.poll_groups) or "none"
        fault(f"there is no poll group '{cells['poll']}'", f"line.yaml has: {groups}. Use one of them, or empty the cell")
    words = cells["options"].split()
    keys = [word.partition("=")[0] for word in words]
    for word in words:
        if not _OPTION.fullmatch(word):
            fault(f"'{word}' in options is not key=value", "Write words such as order=cdab, with spaces between them only")
    for key in dict.fromkeys(k for k in keys if keys.count(k) > 1):
        fault(f"the option '{key}' stands twice", "Remove one of the two")
    problems += _number_problems(cells, context)
    return problems


def _number_problems(cells: Mapping[str, str], context: _Context) -> list[Problem]:
    problems: list[Problem] = []

    def fault(message: str, remedy: str) -> None:
        problems.append(Problem(context.file, context.line, cells["name"], message, remedy))

    for column in ("lo", "hi", "decimals", "scale", "offset", "deadband"):
        if cells[column] and _number(cells[column]) is None:
            fault(f"{column} is '{cells[column]}', not a number", "Write a number such as 12.5")
    if problems:
        return problems
    lo, hi = _value(cells, "lo"), _value(cells, "hi")
    if lo >= hi and cells["kind"] != TagKind.BOOL:
        fault(f"the range {lo:g}..{hi:g} is empty", "lo must be below hi (empty cells mean 0 and 100)")
    if _value(cells, "scale") == 0.0:
        fault("scale is 0", "Write the engineering units per raw count")
    if _value(cells, "deadband") < 0.0:
        fault("deadband is below 0", "Write the smallest change worth storing, in engineering units")
    decimals = _value(cells, "decimals")
    if not decimals.is_integer() or not 0 <= decimals <= _MAX_DECIMALS:
        fault(f"decimals is '{cells['decimals']}'", f"Write a whole number from 0 to {_MAX_DECIMALS}")
    return problems


def _number(text: str) -> float | None:
    """A finite number with a decimal point or comma, else None."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _value(cells: Mapping[str, str], column: str) -> float:
    value = _number(cells[column])
    return _DEFAULTS[column] if value is None else value


def _broken_tag(cells: Mapping[str, str], handle: int, line: int) -> TagDef:
    """A stand-in that no check but its own row's finds fault with."""
    known_kind = TagKind(cells["kind"]) if cells.get("kind") in set(TagKind) else TagKind.FLOAT
    kind = TagKind.FLOAT if known_kind is TagKind.STRING else known_kind
    name = cells["name"]
    return TagDef(
        handle, name, kind, cells.get("device", ""), "", cells.get("eu", ""), -math.inf, math.inf, 0, 1.0, 0.0, True, 0.0, "",
        Text(ru=name, en=name), line, broken=True,
    )  # fmt: skip


def _tag(cells: Mapping[str, str], handle: int, context: _Context) -> TagDef:
    kind = TagKind(cells["kind"])
    if kind is TagKind.BOOL:
        lo, hi = 0.0, 1.0
    else:
        lo, hi = _value(cells, "lo"), _value(cells, "hi")
    decimals = int(_value(cells, "decimals"))
    return TagDef(
        handle, cells["name"], kind, cells["device"], cells["address"], cells["eu"], lo, hi, decimals,
        _value(cells, "scale"), _value(cells, "offset"), cells["writable"] == "1", _value(cells, "deadband"), cells["enum"],
        Text(ru=cells["ru"], en=cells["en"]), context.line, context.poll_groups.get(cells["poll"], 1),
        dict(_OPTION.findall(cells["options"])),
    )  # fmt: skip
