"""The journal of alarms as CSV for spreadsheets: every field of the record that ISA-18.2-2016 asks for.

UTF-8 with a byte order mark, lines ending in CR LF, quoted as RFC 4180 says. In English fields are separated by commas and
numbers have a point; in Russian, as spreadsheets there expect it, by semicolons, and numbers have a comma. Words of states and
events are those of the journal in both. A text that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from line.clock import NS_PER_S
from line.messages import Event, Json
from line.quality import status_name

BOM: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKS: Final = ("\t", "\r", "\n")
_UNSEEN: Final = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Control characters, and signs without width or that turn the direction of writing: they hide what a cell begins with."""

_MINUTE_NS: Final = 60 * NS_PER_S


@dataclass(frozen=True)
class _Column:
    ru: str
    en: str
    value: Callable[[Event, str], Json]


def _of(key: str) -> Callable[[Event, str], Json]:
    return lambda event, _language: event.data.get(key)


def _text(*keys: str) -> Callable[[Event, str], Json]:
    """The first of these that has a text, in the asked language."""

    def value(event: Event, language: str) -> Json:
        for key in keys:
            found = event.data.get(key)
            if isinstance(found, Mapping):
                found = found.get(language)
            if isinstance(found, str) and found:
                return found
        return ""

    return value


def _time(key: str) -> Callable[[Event, str], Json]:
    def value(event: Event, _language: str) -> Json:
        found = event.data.get(key)
        return _stamp(found) if isinstance(found, int) and found > 0 else ""

    return value


def _stamp(time_ns: int) -> str:
    """``2026-03-01 06:00:00.250``: what spreadsheets take for a time."""
    seconds, rest_ns = divmod(time_ns, NS_PER_S)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest_ns // 1_000_000:03}"
    except (ValueError, OverflowError, OSError):  # beyond the year 9999
        return str(time_ns)


def _quality(event: Event, _language: str) -> Json:
    code = event.data.get("quality")
    return status_name(code) if isinstance(code, int) else ""


def _what(event: Event, _language: str) -> Json:
    return event.data.get("event") or event.data.get("what")


def _shelved_min(event: Event, _language: str) -> Json:
    until_ns = event.data.get("until_ns")
    return round((until_ns - event.time_ns) / _MINUTE_NS, 1) if isinstance(until_ns, int) and until_ns > 0 else None


COLUMNS: Final = (
    _Column("Запись", "Record", lambda e, _: e.seq),
    _Column("Время (UTC)", "Time (UTC)", lambda e, _: _stamp(e.time_ns)),
    _Column("Время источника (UTC)", "Source time (UTC)", _time("source_ns")),
    _Column("Вид", "Kind", lambda e, _: e.kind),
    _Column("Событие", "Event", _what),
    _Column("Идентификатор", "Id", lambda e, _: e.source),
    _Column("Тег", "Tag", _of("tag")),
    _Column("Описание", "Description", _text("text", "service_name", "service")),
    _Column("Участок", "Area", _of("area")),
    _Column("Узел", "Unit", lambda e, _: e.unit),
    _Column("Тип тревоги", "Alarm type", _of("kind")),
    _Column("Приоритет", "Priority", _of("priority")),
    _Column("Предел", "Limit", _of("limit")),
    _Column("Значение", "Value", _of("value")),
    _Column("Единица", "Unit of measure", _of("eu")),
    _Column("Качество", "Quality", _quality),
    _Column("Состояние до", "From state", _of("from")),
    _Column("Состояние после", "To state", _of("to")),
    _Column("Условие выполнено", "Condition holds", _of("active")),
    _Column("Кто", "User", _of("user")),
    _Column("Пост", "Station", _of("station")),
    _Column("Причина", "Reason", _text("reason")),
    _Column("Комментарий", "Comment", _text("comment", "note")),
    _Column("Наряд", "Work order", _of("work_order")),
    _Column("Отложена до (UTC)", "Shelved until (UTC)", _time("until_ns")),
    _Column("Отложена на, мин", "Shelved for, min", _shelved_min),
    _Column("До первого возврата", "One shot", _of("one_shot")),
    _Column("Гистерезис", "Deadband", _of("deadband")),
    _Column("Задержка включения, с", "On-delay, s", _of("on_delay_s")),
    _Column("Задержка отключения, с", "Off-delay, s", _of("off_delay_s")),
    _Column("Версия настройки", "Configuration", _of("config")),
    _Column("Первая в группе", "First out", _of("first_out")),
    _Column("Следствие тревоги", "Consequence of", _of("consequence_of")),
    _Column("Партия", "Batch", lambda e, _: e.batch),
    _Column("Рецептура", "Recipe", _of("recipe")),
    _Column("Фаза", "Phase", _of("phase")),
    _Column("Правило оповещения", "Policy", _of("policy")),
    _Column("Шаг", "Step", _of("step")),
    _Column("По тревоге или вызову", "Because of", _of("run")),
    _Column("Кому", "Told to", _text("contact_name", "contact")),
    _Column("Попытка", "Attempt", _of("attempt")),
    _Column("Ошибка", "Error", _text("error")),
    _Column("Номер вызова", "Call number", _of("number")),
    _Column("До принятия, с", "Accepted after, s", _of("accept_s")),
    _Column("До прихода, с", "On site after, s", _of("arrive_s")),
    _Column("До закрытия, с", "Closed after, s", _of("close_s")),
    _Column("Тревог за 10 мин", "Alarms in 10 min", _of("count")),
)


def csv_header(language: str) -> str:
    """The byte order mark and the first line."""
    return BOM + _lines([[c.en if language == "en" else c.ru for c in COLUMNS]], language)


def csv_lines(events: Sequence[Event], language: str) -> str:
    """One line per event."""
    return csv_text([[c.value(e, language) for c in COLUMNS] for e in events], language)


def csv_text(rows: Sequence[Sequence[Json]], language: str) -> str:
    """Lines of any table in the form that this room describes, without the byte order mark."""
    return _lines([[_cell(value, language) for value in row] for row in rows], language)


def stamp(time_ns: int | None) -> str:
    """A time as spreadsheets read it, to the millisecond, UTC; nothing for None."""
    return "" if time_ns is None else _stamp(time_ns)


def _lines(rows: Sequence[Sequence[str]], language: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter="," if language == "en" else ";", lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _cell(value: Json, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        number = f"{value:.10g}"
        return number if language == "en" else number.replace(".", ",")
    text = str(value).replace("\0", "")
    seen = _UNSEEN.sub("", text)
    formula = seen.startswith(_BREAKS) or seen.lstrip().startswith(_FORMULA)
    return f"'{text}" if formula else text
