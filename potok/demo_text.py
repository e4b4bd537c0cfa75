"""What the demo prints, in the two languages: messages, the live table, the shift summary."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from hmi.viewmodels.format import with_eu
from line.jsontools import child
from line.messages import JsonObject
from line.quality import is_good
from potok.linefolder import LoadedLine

_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "admin": (
        "Первый запуск: пользователь admin, пароль {password} (показан один раз, при входе его нужно сменить)",
        "First start: user admin, password {password} (shown this once; it has to be changed at the first login)",
    ),
    "operator": (
        "Оператор: пользователь demo, мастер смены: demo-lead, пароль обоих {password}",
        "Operator: user demo, shift lead: demo-lead, password of both {password}",
    ),
    "running": (
        "Линия работает: {url} · в {speed:g} раз быстрее настоящей · Ctrl-C — конец",
        "The line runs: {url} · the plant is {speed:g} times faster than real · Ctrl-C ends",
    ),
    "faults": (
        "Отказы: potok fault ИМЯ ЦЕЛЬ --control 127.0.0.1:{port}",
        "Faults: potok fault NAME TARGET --control 127.0.0.1:{port}",
    ),
    "no_display": (
        "Экрана нет, панель не открыть: линия работает без неё, ниже — таблица",
        "There is no display, so no panel can open: the line runs all the same, as the table below shows",
    ),
    "no_panel": ("Панель выключена (--no-panel), ниже — таблица", "The panel is off (--no-panel), a table follows"),
    "sim_ended": ("Имитаторы ПЛК остановились сами (код {code})", "The PLC simulators ended by themselves (code {code})"),
    "stopping": ("Останавливаю…", "Stopping…"),
    "summary": ("Смена {number}: итоги", "Shift {number}: summary"),
    "no_summary": ("Итогов смены нет: сервер не ответил", "No shift summary: the server did not answer"),
}

_COLUMNS: Final = {
    "ru": ("Узел", "Состояние", "Фаза", "Партия", "Значения"),
    "en": ("Unit", "State", "Phase", "Batch", "Values"),
}

_TOTALS: Final[Mapping[str, tuple[str, str]]] = {
    "batches_started": ("Партий начато", "Batches started"),
    "batches_completed": ("Партий завершено", "Batches completed"),
    "charged_kg": ("Принято сырья, кг", "Raw material, kg"),
    "packed_kg": ("Упаковано, кг", "Packed, kg"),
    "packs": ("Упаковок", "Packs"),
    "rejects": ("Брак", "Rejects"),
    "yield_pct": ("Выход, %", "Yield, %"),
    "alarms": ("Тревог", "Alarms"),
    "events": ("Событий", "Events"),
}


def text(language: str, key: str, **values: object) -> str:
    """A message of the demo."""
    ru, en = _TEXTS[key]
    return (en if language == "en" else ru).format(**values)


def say(language: str, key: str, **values: object) -> None:
    """Print a message of the demo at once."""
    print(text(language, key, **values), flush=True)


class LiveTable:
    """The line as a table: redrawn in place on a terminal, printed every ten seconds elsewhere."""

    def __init__(self, line: LoadedLine, language: str) -> None:
        self._line = line
        self._language = language
        self._console = Console(width=None if sys.stdout.isatty() else 110)
        self._live = Live(console=self._console, auto_refresh=False) if sys.stdout.isatty() else None
        self._shown = 0

    def __enter__(self) -> LiveTable:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, views: JsonObject, image: JsonObject) -> None:
        """Show what the server says now; called once a second."""
        if self._live is not None:
            self._live.update(self._table(views, image), refresh=True)
        elif self._shown % 10 == 0:
            self._console.print(self._table(views, image))
        self._shown += 1

    def _table(self, views: JsonObject, image: JsonObject) -> Table:
        columns = _COLUMNS[self._language]
        alarms = child(child(views, "alarms"), "counts")
        counts = " · ".join(f"P{p}: {n}" for p, n in alarms.items())
        table = Table(title=f"{self._line.model.name.get(self._language)} · {counts}", title_justify="left")
        for column in columns:
            table.add_column(column, no_wrap=True)
        units = child(child(views, "units"), "units")
        tags = child(image, "tags")
        for unit in self._line.model.units.values():
            view = child(units, unit.id)
            phase = unit.phases.get(str(view.get("phase", "")))
            state = self._state(str(view.get("state", "")))
            values = " · ".join(self._value(k.tag, tags) for k in unit.key_values)
            name = phase.name.get(self._language) if phase is not None else ""
            table.add_row(f"{unit.label} {unit.name.get(self._language)}", state, name, str(view.get("batch", "")), values)
        return table

    def _state(self, word: str) -> str:
        states = self._line.model.file.enums.get("phase_state", {})
        names = {t.en.lower(): t.get(self._language) for t in states.values()}
        return names.get(word, word)

    def _value(self, name: str, tags: JsonObject) -> str:
        tag = self._line.model.tags.find(name)
        cell = tags.get(name)
        if tag is None or not isinstance(cell, Sequence) or isinstance(cell, str):
            return "?"
        value, status = cell[0], cell[1]
        if not isinstance(value, int | float) or not isinstance(status, int):
            return "?"
        number = with_eu(value, tag.decimals, tag.eu, self._language)
        return number if is_good(status) else f"? {number}"


def summary(language: str, shift: JsonObject) -> str:
    """The shift as a few lines of text."""
    totals = child(shift, "totals")
    lines = [text(language, "summary", number=shift.get("number", "?"))]
    for key, (ru, en) in _TOTALS.items():
        value = totals.get(key)
        shown = "–" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)
        lines.append(f"  {en if language == 'en' else ru}: {shown.replace('.', ',') if language == 'ru' else shown}")
    return "\n".join(lines)
