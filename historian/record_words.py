"""Words of the printed record in both languages, and how times and numbers are written there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from line.clock import NS_PER_S
from line.eu import eu_text
from line.jsontools import finite
from line.labels import unit_label
from line.messages import Json, JsonObject

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Протокол партии", "Batch record"), "unfinished": ("{} (неполный)", "{} (incomplete)"),
    "incomplete": (
        "НЕПОЛНЫЙ: партия ещё не закончена. Протокол по состоянию на {}.",
        "INCOMPLETE: the batch has not ended. Record as of {}.",
    ),
    "batch": ("Партия", "Batch"), "product": ("Продукт", "Product"), "recipe": ("Рецепт", "Recipe"),
    "version": ("версия", "version"), "hash": ("Контрольная сумма рецепта", "Hash of the recipe"),
    "size": ("Размер партии", "Size"), "mode": ("Режим", "Mode"), "state": ("Состояние партии", "State of the batch"),
    "product_state": ("Состояние продукта", "State of the product"), "created": ("Создана", "Created"),
    "started": ("Начата", "Started"), "ended": ("Закончена", "Ended"), "duration": ("Продолжительность", "Duration"),
    "product_code": ("Код продукта", "Product code"), "zone": ("Время в протоколе", "Times"),
    "summary": ("Итог", "Summary"), "ccp": ("Критические контрольные точки", "Critical control points"),
    "curves": ("Кривые критических контрольных точек", "Curves of the critical control points"),
    "deviations": ("Отклонения и решения", "Deviations and dispositions"), "materials": ("Сырьё и материалы", "Materials"),
    "steps": ("Фазы: задано и достигнуто", "Phases: set and reached"),
    "changes": ("Изменения параметров", "Changes of parameters"),
    "prompts": ("Запросы оператору и ответы", "Prompts and replies"), "alarms": ("Тревоги узлов партии", "Alarms of the units"),
    "states": ("Состояния", "States"), "commands": ("Команды", "Commands"), "transfers": ("Передачи продукта", "Transfers"),
    "flow": ("Ход процедуры", "Course of the procedure"), "details": ("Подробности", "Details"),
    "round": ("круг {} из {}", "round {} of {}"),
    "comments": ("Замечания", "Comments"), "units": ("Узлы", "Units"), "line": ("Система управления и связь", "Engine and links"),
    "signatures": ("Подписи", "Signatures"), "recipe_body": ("Рецепт целиком", "The recipe as a whole"),
    "journal": ("Подлинность", "Integrity"), "none": ("Нет.", "None."),
    "electronic": ("Электронные подписи", "Electronic signatures"),
    "by_hand": ("Проверка протокола", "Review of the record"),
    "reviewers": ("Технолог|Служба качества", "Technologist|Quality"),
    "time": ("Время", "Time"), "who": ("Кто", "Who"), "station": ("Пост", "Station"), "what": ("Что", "What"),
    "why": ("Причина", "Reason"), "answer": ("Ответ", "Answer"), "phase": ("Фаза", "Phase"), "unit": ("Узел", "Unit"),
    "parameter": ("Параметр", "Parameter"), "set": ("Задано", "Set"), "actual": ("Достигнуто", "Reached"),
    "limits": ("Пределы", "Limits"), "value": ("Значение", "Value"), "verdict": ("Оценка", "Verdict"), "tag": ("Тег", "Tag"),
    "from": ("Было", "From"), "to": ("Стало", "To"), "material": ("Материал", "Material"),
    "target": ("По рецепту, кг", "Target, kg"),
    "weighed": ("Взвешено, кг", "Weighed, kg"), "tolerance": ("Допуск", "Tolerance"), "lots": ("Номера партий сырья", "Lots"),
    "number": ("№", "No."), "disposition": ("Решение", "Disposition"), "text": ("Текст", "Text"), "raised": ("Пришла", "Raised"),
    "acked": ("Принята", "Acknowledged"), "returned": ("Вернулась", "Returned"), "priority": ("Пр.", "P"),
    "from_unit": ("Откуда", "From"), "to_unit": ("Куда", "To"), "kg": ("кг", "kg"), "taken": ("Занят", "Taken"),
    "released": ("Освобождён", "Released"), "role": ("Роль", "Role"), "meaning": ("Что подписано", "Meaning"),
    "name": ("Имя", "Name"), "run": ("прогон {}", "run {}"), "signed": ("подпись", "signed"),
    "passed": ("выдержано", "passed"), "failed": ("НЕ ВЫДЕРЖАНО", "FAILED"), "not_judged": ("не оценено", "not judged"),
    "inside": ("в допуске", "inside"), "outside": ("ВНЕ ДОПУСКА", "OUTSIDE"), "not_weighed": ("не взвешено", "not weighed"),
    "undecided": ("НЕТ РЕШЕНИЯ", "NO DISPOSITION"), "before": ("до партии", "before"),
    "charged": ("Заложено", "Charged"), "packed": ("Упаковано", "Packed"), "raw": ("Сырьё", "Raw material"),
    "yield": ("Выход", "Yield"), "expected": ("ожидается {}", "expected {}"), "not_measured": ("не измерено", "not measured"),
    "signature_line": ("Подпись", "Signature"), "date_line": ("Дата", "Date"), "printed_name": ("Фамилия, И. О.", "Name"),
    "of_pages": ("стр. {} из {}", "page {} of {}"), "record_hash": ("Сумма протокола", "Record"),
    "seal": ("SHA-256 протокола", "SHA-256 of the record"),
    "chain": ("Записи журнала", "Events of the journal"),
    "chain_first": ("Цепочка на первой записи", "Chain at the first event"), "chain_last": ("на последней", "at the last"),
    "check": (
        "Этот документ содержит протокол в машинном виде (вложение {}). Проверка: potok batch verify FILE --data DIR.",
        "This document holds the record in machine form (attachment {}). To check: potok batch verify FILE --data DIR.",
    ),
    "hash_ok": ("проверена", "checked"), "hash_bad": ("НЕ СОВПАДАЕТ С РЕЦЕПТОМ", "DOES NOT FIT THE RECIPE"),
    "no_recipe": ("рецепта нет в папке данных", "the recipe is not in the data folder"),
    "part": (
        "Часть отсчётов удалена по сроку хранения или не сохранена.",
        "Some of the samples were dropped by retention or never stored.",
    ),
    "no_samples": (
        "Отсчётов нет: удалены по сроку хранения или не сохранены.",
        "No samples: dropped by retention or never stored.",
    ),
    "thinned": ("Прорежено; каждый минимум и максимум сохранён.", "Thinned; every minimum and maximum is kept."),
    "not_good": ("недостоверно", "not Good"), "limit_lo": ("мин.", "min"), "limit_hi": ("макс.", "max"),
    "more": ("Ещё {} — во вложении.", "{} more in the attachment."),
    "open": ("не окончена", "not ended"), "skipped": ("пропущена", "skipped"), "complete": ("завершена", "complete"),
    "whole_batch": ("партия", "batch"),
}  # fmt: skip

STATES: Final[Mapping[str, tuple[str, str]]] = {
    "idle": ("не начата", "idle"), "running": ("идёт", "running"), "complete": ("завершена", "complete"),
    "pausing": ("приостанавливается", "pausing"), "paused": ("приостановлена", "paused"),
    "holding": ("задерживается", "holding"), "held": ("задержана", "held"), "restarting": ("возобновляется", "restarting"),
    "stopping": ("останавливается", "stopping"), "stopped": ("остановлена", "stopped"), "aborting": ("прерывается", "aborting"),
    "aborted": ("прервана", "aborted"),
}  # fmt: skip
VALUES: Final[Mapping[str, tuple[str, str]]] = {
    "automatic": ("автоматический", "automatic"), "semi": ("полуавтоматический", "semi-automatic"),
    "manual": ("ручной", "manual"),
    "free": ("без ограничений", "free"), "on_hold": ("ЗАДЕРЖАН", "ON HOLD"), "released": ("выпущен", "released"),
    "rework": ("на переработку", "rework"), "reworked": ("переработан", "reworked"),
    "destroyed": ("уничтожен", "destroyed"), "release": ("выпустить", "release"),
    "destroy": ("уничтожить", "destroy"), "received": ("получена", "received"), "accepted": ("принята", "accepted"),
    "refused": ("ОТКЛОНЕНА", "REFUSED"), "confirmed": ("выполнена", "confirmed"), "timed_out": ("НЕТ ОТВЕТА", "TIMED OUT"),
    "ccp": ("ККТ", "CCP"), "process": ("процесс", "process"), "yes": ("да", "yes"), "no": ("нет", "no"),
    "transition": ("переход", "transition"), "timer": ("выдержка", "hold timer"), "choice": ("выбор", "choice"),
    "loop": ("повтор", "loop"), "mode": ("режим", "mode"), "product": ("продукт", "product"), "done": ("завершена", "done"),
    "stopped": ("прервана", "stopped"), "started": ("начата", "started"),
    "start": ("пуск", "start"), "hold": ("задержать", "hold"), "restart": ("продолжить", "restart"),
    "stop": ("остановить", "stop"),
    "abort": ("прервать", "abort"), "pause": ("приостановить", "pause"), "resume": ("возобновить", "resume"),
    "reset": ("сбросить", "reset"),
    "batch.create": ("создать партию", "create the batch"), "batch.command": ("команда партии", "batch command"),
    "batch.mode": ("режим партии", "mode of the batch"), "batch.step": ("шаг", "step"),
    "batch.reply": ("ответ на запрос", "reply"),
    "batch.lot": ("номер партии сырья", "lot"), "batch.parameter": ("изменить параметр", "change a parameter"),
    "batch.comment": ("замечание", "comment"), "batch.disposition": ("решение по отклонению", "disposition"),
    "unit.command": ("команда узлу", "unit command"), "unit.mode": ("режим узла", "mode of the unit"),
    "tag.write": ("запись тега", "write of a tag"),
}  # fmt: skip
LEVELS: Final[Mapping[str, tuple[str, str]]] = {
    "batch": ("партия", "batch"), "unit_procedure": ("процедура узла", "unit procedure"), "operation": ("операция", "operation"),
    "phase": ("фаза", "phase"), "parallel": ("параллельно", "parallel"), "choice": ("выбор", "choice"),
    "loop": ("повтор", "loop"), "branch": ("ветвь", "branch"), "wait": ("ожидание", "wait"), "keep": ("выдержка", "hold timer"),
    "prompt": ("запрос", "prompt"),
}  # fmt: skip
ROLES: Final[Mapping[str, tuple[str, str]]] = {
    "operator": ("оператор", "operator"), "shift_lead": ("мастер смены", "shift lead"),
    "technologist": ("технолог", "technologist"), "engineer": ("инженер", "engineer"),
    "admin": ("администратор", "administrator"),
}  # fmt: skip
QUALITIES: Final[Mapping[str, str]] = {
    "BadSensorFailure": "отказ датчика", "BadNoCommunication": "нет связи с ПЛК", "BadOutOfRange": "вне диапазона датчика",
    "BadWaitingForInitialData": "значения ещё не было", "BadOutOfService": "выведен из работы",
    "BadConfigurationError": "в ПЛК нет такого тега", "BadDecodingError": "значение не читается", "BadTimeout": "нет ответа",
    "UncertainNoCommunicationLastUsableValue": "нет связи, последнее известное",
    "UncertainLastUsableValue": "давно не обновлялось", "UncertainSensorNotAccurate": "датчик неточен",
    "UncertainEngineeringUnitsExceeded": "вне пределов шкалы",
}  # fmt: skip
"""Statuses as Russian plants say them; English readers get the OPC UA name, as everybody does of any other."""
ARGUMENTS: Final[Mapping[str, tuple[str, str]]] = {
    "mode": ("режим", "mode"), "size_kg": ("размер, кг", "size, kg"), "start": ("пуск", "start"),
    "deviation": ("отклонение", "deviation"), "verdict": ("решение", "verdict"), "node": ("шаг", "step"),
    "action": ("действие", "action"), "prompt": ("запрос", "prompt"), "value": ("значение", "value"),
    "material": ("сырьё", "material"), "lot": ("партия сырья", "lot"), "kg": ("масса, кг", "mass, kg"),
    "scale": ("весы", "scale"), "tare_kg": ("тара, кг", "tare, kg"), "parameter": ("параметр", "parameter"),
    "text": ("текст", "text"), "hash": ("версия", "version"), "order": ("задание", "order"),
}  # fmt: skip
"""What the arguments of commands are called on paper."""


class Writer:
    """Writes words, numbers and times in one language and one time zone."""

    def __init__(self, language: str, zone: str = "UTC") -> None:
        """Raises ZoneInfoNotFoundError (a KeyError) or ValueError for an unknown zone."""
        self.language = language
        self._at = 1 if language == "en" else 0
        self.zone = zone
        self._zone = UTC if zone == "UTC" else ZoneInfo(zone)
        self.people: Mapping[str, str] = {}
        self.units: Mapping[str, str] = {}

    def person(self, login: Json) -> str:
        """Who it was, by name where ``people`` has one; a dash for nobody."""
        return self.people.get(str(login), str(login)) if login else "–"

    def unit(self, unit: Json) -> str:
        """A unit by its label; a dash for none."""
        return self.units.get(str(unit)) or unit_label(str(unit)) if unit else "–"

    def word(self, key: str, *values: object) -> str:
        """A word of the document, with values in its places."""
        return WORDS[key][self._at].format(*values)

    def value(self, value: Json, known: Mapping[str, tuple[str, str]] = VALUES) -> str:
        """A word of the journal as people say it; unknown ones as they are."""
        found = known.get(str(value))
        return found[self._at] if found is not None else self.plain(value)

    def quality(self, entry: JsonObject) -> str:
        """The quality of a value where it is not Good, in brackets."""
        quality = entry.get("quality")
        if quality in (None, "", "Good"):
            return ""
        return f"[{QUALITIES.get(str(quality), quality) if self.language == 'ru' else quality}]"

    def text(self, value: Json) -> str:
        """A text in two languages."""
        return str(value.get(self.language, "")) if isinstance(value, Mapping) else str(value or "")

    def time(self, time_ns: Json, *, seconds: bool = True) -> str:
        """``2026-01-01 06:00:05``; a dash for what has not happened."""
        if not isinstance(time_ns, int) or isinstance(time_ns, bool) or time_ns <= 0:
            return "–"
        try:
            moment = datetime.fromtimestamp(time_ns // NS_PER_S, self._zone)
        except (ValueError, OverflowError, OSError):
            return str(time_ns)
        date = moment.strftime("%d.%m.%Y" if self.language == "ru" else "%Y-%m-%d")
        return f"{date} {moment.strftime('%H:%M:%S' if seconds else '%H:%M')}"

    def clock(self, time_ns: int) -> str:
        """``06:00``."""
        return self.time(time_ns, seconds=False)[-5:]

    def number(self, value: Json, eu: Json = "", digits: int = 2) -> str:
        """A number with its unit, a dash when there is none."""
        found = finite(value)
        if found is None:
            return "–"
        text = f"{found:.{digits}f}"
        text = (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
        text = "0" if text == "-0" else text.replace("-", "−")
        text = text.replace(".", ",") if self.language == "ru" else text
        return f"{text} {eu_text(str(eu), self.language)}" if eu else text

    def band(self, lo: Json, hi: Json, eu: Json = "") -> str:
        """``75…80 °C``, ``≥ 71,5 °C``; a dash without limits."""
        low, high = finite(lo), finite(hi)
        if low is not None and high is not None:
            return f"{self.number(low)}…{self.number(high, eu)}"
        if low is not None:
            return f"≥ {self.number(low, eu)}"
        return "–" if high is None else f"≤ {self.number(high, eu)}"

    def span(self, seconds: Json) -> str:
        """``1 h 12 min``, ``57 s``."""
        found = finite(seconds)
        if found is None:
            return "–"
        hours, minutes, units = (
            int(found) // 3600,
            int(found) // 60 % 60,
            ("ч", "мин", "с") if self._at == 0 else ("h", "min", "s"),
        )
        if hours:
            return f"{hours} {units[0]} {minutes} {units[1]}"
        return f"{minutes} {units[1]} {int(found) % 60} {units[2]}" if minutes else f"{self.number(found, digits=1)} {units[2]}"

    def plain(self, value: Json) -> str:
        """Any value of the journal in one line."""
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self.value("yes" if value else "no")
        if isinstance(value, int | float):
            return self.number(value, digits=3)
        if isinstance(value, str):
            return value
        if isinstance(value, Mapping):
            if {"ru", "en"} <= set(value):
                return self.text(value)
            return ", ".join(f"{k}: {self.plain(v)}" for k, v in value.items())
        return ", ".join(self.plain(v) for v in value)
