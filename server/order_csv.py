"""Production orders as a CSV file, as planning systems write it: rows for ``order.import``, or every fault with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Final

from line.clock import NS_PER_S
from line.documents import Text
from line.messages import Json
from server.judge_kit import short
from server.texts import text

ROWS_MAX: Final = 300
COLUMNS: Final = ("number", "recipe", "kg", "packs", "due", "shift", "priority", "notes")
_ALSO: Final[Mapping[str, str]] = {
    "номер": "number", "рецептура": "recipe", "кг": "kg", "упаковки": "packs", "срок": "due", "смена": "shift",
    "приоритет": "priority", "срочность": "priority", "примечание": "notes",
}  # fmt: skip
_NEEDED: Final = ("number", "recipe")
_DAYS: Final = ("%Y-%m-%d", "%d.%m.%Y")
_MOMENTS: Final = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M")

Row = dict[str, Json]


def read_orders(content: bytes, zone: tzinfo) -> tuple[list[Row], list[Text]]:
    """The rows with the ``line`` of each, and every fault. Times without an offset are those of ``zone``; a day is its end.

    UTF-8, or the Windows-1251 that Excel writes where UTF-8 makes no sense; ``;``, a comma or a tab between columns.
    """
    try:
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = content.decode("cp1251", "replace")
    if "\0" in said or not said.strip():
        return [], [text("Файл пуст или это не текст CSV", "The file is empty or no CSV text")]
    first = said.lstrip().partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    lines = csv.reader(io.StringIO(said, newline=""), delimiter=delimiter, strict=True)
    try:
        head, faults = _head(next(lines))
        if faults:
            return [], faults
        rows: list[Row] = []
        before = lines.line_num
        for cells in lines:
            number, before = before + 1, lines.line_num
            if not any(c.strip() for c in cells):
                continue
            if len(rows) >= ROWS_MAX:
                faults.append(text(f"Строк больше {ROWS_MAX}", f"There are more than {ROWS_MAX} rows"))
                break
            row, wrong = _row(number, head, cells, zone)
            rows.append(row)
            faults += wrong
    except csv.Error as error:
        return [], [text(f"Строка {lines.line_num}: это не CSV ({error})", f"Line {lines.line_num}: this is no CSV ({error})")]
    if not rows and not faults:
        faults.append(text("В файле нет строк с заказами", "The file has no rows of orders"))
    return rows, faults


def _head(cells: list[str]) -> tuple[list[str], list[Text]]:
    names = [_ALSO.get(c.strip().lower(), c.strip().lower()) for c in cells]
    while names and not names[-1]:
        names.pop()
    known = ", ".join(COLUMNS)
    faults = [
        text(f"Строка 1: столбца «{short(n)}» нет, есть {known}", f"Line 1: there is no column '{short(n)}', there are {known}")
        for n in names
        if n not in COLUMNS
    ]
    faults += [
        text(f"Строка 1: столбец {n} стоит дважды", f"Line 1: the column {n} stands twice")
        for n in dict.fromkeys(names)
        if n in COLUMNS and names.count(n) > 1
    ]
    lacking = [n for n in _NEEDED if n not in names] + ([] if {"kg", "packs"} & set(names) else ["kg"])
    faults += [text(f"Строка 1: нет столбца {n}", f"Line 1: the column {n} is missing") for n in lacking]
    return names, faults


def _row(line: int, head: list[str], cells: list[str], zone: tzinfo) -> tuple[Row, list[Text]]:
    row: Row = {"line": line}
    faults: list[Text] = []
    if any(c.strip() for c in cells[len(head) :]):
        faults.append(text(f"Строка {line}: ячеек больше, чем столбцов", f"Line {line}: there are more cells than columns"))
    for name, cell in zip(head, cells, strict=False):
        if not (said := cell.strip()):
            continue
        if name == "due":
            due = _due_ns(said, zone)
            if due is None:
                ru = f"Строка {line}, due: «{short(said)}» — не дата; пишите 2026-09-22 14:00 или 22.09.2026"
                faults.append(text(ru, f"Line {line}, due: '{short(said)}' is no date; write 2026-09-22 14:00 or 22.09.2026"))
            else:
                row["due_ns"] = due
        elif name in _NUMBERS:
            kind, ru, en = _NUMBERS[name]
            value = _number(said, kind)
            if value is None:
                faults.append(
                    text(f"Строка {line}, {name}: «{short(said)}» — не {ru}", f"Line {line}, {name}: '{short(said)}' is no {en}")
                )
            else:
                row[name] = value
        else:
            row[name] = said
    for name in _NEEDED:
        if name not in row:
            faults.append(text(f"Строка {line}, {name}: не указано", f"Line {line}, {name}: it is missing"))
    return row, faults


_NUMBERS: Final[Mapping[str, tuple[Callable[[str], float | int], str, str]]] = {
    "kg": (float, "число", "number"), "packs": (int, "целое число", "whole number"),
    "shift": (int, "целое число", "whole number"), "priority": (int, "целое число", "whole number"),
}  # fmt: skip


def _number(said: str, kind: Callable[[str], float | int]) -> float | int | None:
    """With a decimal point or comma, spaces between thousands."""
    plain = said.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
    if not plain.isascii() or "_" in plain or len(plain) > 20:
        return None
    try:
        value = kind(plain)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None


def _due_ns(said: str, zone: tzinfo) -> int | None:
    for pattern in _DAYS:
        try:
            return _ns(datetime.strptime(said, pattern).replace(hour=23, minute=59, second=59, tzinfo=zone))
        except ValueError:
            continue
    for pattern in _MOMENTS:
        try:
            return _ns(datetime.strptime(said, pattern).replace(tzinfo=zone))
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return _ns(moment) if moment.tzinfo is not None else None


def _ns(moment: datetime) -> int | None:
    try:
        found = int(moment.timestamp()) * NS_PER_S
    except (OverflowError, OSError, ValueError):
        return None
    return found if 0 < found < 2**63 else None
