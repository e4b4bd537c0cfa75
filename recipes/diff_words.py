"""Words for the difference of two recipes: what things are called, values as a file has them and as people write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from line.documents import Text
from line.eu import eu_text
from line.messages import Json, JsonObject

_DICT: Final[JsonObject] = {}
MINUS: Final = "\u2212"
ELEMENTS: Final = {
    "unit_procedure": ("установка", "unit procedure", "operations"), "operation": ("операция", "operation", "phases"),
    "phase": ("фаза", "phase", ""), "parallel": ("параллельно", "parallel", "branches"),
    "choose": ("выбор", "choice", "branches"), "repeat": ("цикл", "loop", "do"), "wait": ("ожидание", "wait", ""),
    "keep": ("выдержка", "hold timer", ""), "prompt": ("запрос оператору", "prompt", ""), "branch": ("ветвь", "branch", "do"),
}  # fmt: skip
"""Key of an element: what it is called, and the key of what lies in it."""
LISTS: Final = {
    "ingredients": ("сырьё", "ingredient"), "parameters": ("параметр", "parameter"), "equipment": ("роль", "role"),
}  # fmt: skip
_KEYS: Final = {
    "recipe": ("идентификатор", "id"), "version": ("версия", "version"), "author": ("автор", "author"),
    "name": ("название", "name"), "product": ("продукт", "product"), "description": ("описание", "description"),
    "base_batch_kg": ("базовая партия", "base batch"), "size_lo_kg": ("наименьшая партия", "smallest batch"),
    "size_hi_kg": ("наибольшая партия", "largest batch"), "kg": ("масса", "mass"), "tolerance_pct": ("допуск", "tolerance"),
    "raw": ("несолёное сырьё", "raw material"), "nitrite_pct": ("доля нитрита", "share of nitrite"),
    "value": ("значение", "value"), "lo": ("нижний предел", "lower limit"), "hi": ("верхний предел", "upper limit"),
    "eu": ("единица измерения", "unit of measure"), "ccp": ("ККТ", "CCP"), "scale": ("пересчёт на размер партии", "scaling"),
    "sum_of": ("сумма сырья", "sum of"), "role": ("кто вправе", "least role"), "class": ("класс установки", "class of unit"),
    "units": ("установки", "units"), "waiting": ("текст ожидания", "text of waiting"),
    "parameters": ("параметры", "parameters"), "phase": ("фаза", "phase"), "acquire": ("занимает заранее", "acquires"),
    "to": ("передача в", "transfer to"), "mass": ("масса передачи", "mass of the transfer"), "tag": ("тег", "tag"),
    "after_s": ("начало контроля, с", "watched after, s"), "for_s": ("время, с", "time, s"), "when": ("когда", "when"),
    "on": ("действие", "action"), "until": ("условие", "condition"), "while": ("условие", "condition"),
    "within_s": ("не дольше, с", "within, s"), "anew": ("отсчёт заново", "counts anew"), "at_most": ("не более раз", "at most"),
    "text": ("текст", "text"), "kind": ("вид", "kind"), "signed": ("с подписью", "signed"), "choices": ("варианты", "choices"),
    "material": ("сырьё", "material"), "expect_pct": ("ожидаемый выход, %", "expected yield, %"),
    "lo_pct": ("наименьший выход, %", "least yield, %"), "hi_pct": ("наибольший выход, %", "greatest yield, %"),
    "lo_mg_per_kg": ("нитрит не менее, мг/кг", "least nitrite, mg/kg"),
    "hi_mg_per_kg": ("нитрит не более, мг/кг", "most nitrite, mg/kg"),
    "nitrite": ("нитрит", "nitrite"), "yield": ("выход", "yield"), "watch": ("контроль", "watch"),
    "transfer": ("передача", "transfer"),
}  # fmt: skip
_EU_OF: Final = {
    "kg": "kg", "base_batch_kg": "kg", "size_lo_kg": "kg", "size_hi_kg": "kg", "tolerance_pct": "%", "nitrite_pct": "%",
}  # fmt: skip
"""Unit of measure of keys whose name does not say it."""
_IN_EU_OF_ENTRY: Final = frozenset({"value", "lo", "hi"})
"""Keys whose number is in the unit of measure that the entry itself names."""
_WORDS_RU: Final[Mapping[str, Mapping[str, str]]] = {
    "on": {"alarm": "тревога", "hold_operation": "удержать операцию", "hold": "удержать партию"},
    "when": {"running": "пока идёт фаза", "end": "по окончании фазы"},
    "scale": {"none": "нет", "proportional": "пропорционально"},
    "kind": {"confirm": "подтверждение", "number": "число", "choice": "выбор", "text": "текст", "lot": "лот"},
    "role": {"operator": "оператор", "shift_lead": "мастер смены", "technologist": "технолог", "engineer": "инженер"},
}
"""Words of a file that a person reads as something else, by their key."""


@dataclass(frozen=True)
class Said:
    """A value as the file has it (numbers with a point, in no language) and as people read it; '' for none."""

    plain: str
    text: Text


NOTHING: Final = Said("", Text(ru="", en=""))


def place(path: str) -> Said:
    """Where something is, as ids."""
    return Said(path, Text(ru=path, en=path))


def said(value: Json, key: str = "", eu: str = "") -> Said:
    """A value of ``key``; ``eu`` is the unit that a number is in, where the key itself does not say it."""
    if value is None:
        return NOTHING
    unit = _EU_OF.get(key, eu) if isinstance(value, int | float) and not isinstance(value, bool) else ""
    ru, en = (f"{_read(value, lang, key)} {eu_text(unit, lang)}".strip() for lang in ("ru", "en"))
    return Said(_plain(value), Text(ru=ru, en=en))


def brief(entry: Json) -> Said:
    """An entry in a few words: its value with the unit of measure."""
    values = mapping(entry)
    if "kg" in values:
        return Said(f"{_plain(values['kg'])} kg", said(values["kg"], "kg").text)
    if "value" in values:
        eu = unit_of(entry)
        return Said(f"{_plain(values['value'])} {eu}".strip(), said(values["value"], eu=eu).text)
    if "class" in values:
        return said(values["class"])
    return said({key: values[key] for key in ("tag", "lo", "hi") if key in values})


def unit_of(entry: Json, key: str = "value") -> str:
    """The unit of measure that the number of ``key`` in an entry is in; '' where the entry names none."""
    eu = mapping(entry).get("eu")
    return eu if isinstance(eu, str) and key in _IN_EU_OF_ENTRY else ""


def listed(parts: Sequence[Said], between: str) -> Said:
    """Several in a line, without those that say nothing."""
    ru, en = (between.join(x for p in parts if (x := p.text.get(lang))) for lang in ("ru", "en"))
    return Said(between.join(p.plain for p in parts if p.plain), Text(ru=ru, en=en))


def key_text(key: str) -> Text:
    """What a key is called; one that is not known is its own name."""
    ru, en = _KEYS.get(key, (key, key))
    return Text(ru=ru, en=en)


def name_of(entry: Json, fallback: str) -> Text:
    """The name that an entry has, else ``fallback``."""
    return as_text(mapping(entry).get("name")) or Text(ru=fallback, en=fallback)


def as_text(value: Json) -> Text | None:
    """A text in both languages, if it is one."""
    if is_text(value):
        entry = cast(Mapping[str, str], value)
        return Text(ru=entry["ru"], en=entry["en"])
    return None


def is_text(value: Json) -> bool:
    """Whether this is a text in both languages."""
    return isinstance(value, Mapping) and set(value) == {"ru", "en"} and all(isinstance(v, str) for v in value.values())


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) and not is_text(value):
        return ", ".join(f"{k}: {_plain(v)}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_plain(v) for v in value)
    return _scalar(value)


def _read(value: Json, lang: str, key: str) -> str:
    if isinstance(value, bool):
        return {"ru": ("нет", "да"), "en": ("no", "yes")}[lang][value]
    if isinstance(value, int | float):
        digits = _scalar(value).replace("-", MINUS)
        return digits.replace(".", ",") if lang == "ru" else digits
    if isinstance(value, str) and key == "eu":
        return eu_text(value, lang)
    if isinstance(value, str):
        return _WORDS_RU.get(key, {}).get(value, value) if lang == "ru" else value
    if isinstance(value, Mapping) and not is_text(value):
        return ", ".join(f"{key_text(k).get(lang)}: {_read(v, lang, k)}" for k, v in value.items())
    if isinstance(value, Sequence):
        return ", ".join(_read(v, lang, key) for v in value)
    return _scalar(value)


def _scalar(value: Json) -> str:
    if is_text(value):
        entry = cast(Mapping[str, str], value)
        return f"{entry['ru']} / {entry['en']}"
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


# Data of any shape


def mapping(value: Json) -> JsonObject:
    """``value`` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else _DICT


def sequence(value: Json) -> Sequence[Json]:
    """``value`` if it is a sequence, else an empty one."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
