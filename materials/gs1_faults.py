"""What can be wrong with a scanned or typed code, in words that say where and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from line.documents import Text
from materials.gs1_table import FNC1, Identifier


class FaultKind(StrEnum):
    """The kinds of fault, for tests and statistics; people read the text."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_GS1 = "not_gs1"
    KEYBOARD = "keyboard"
    CHARACTER = "character"
    UNKNOWN_AI = "unknown_ai"
    TOO_SHORT = "too_short"
    NO_SEPARATOR = "no_separator"
    CHECK_DIGIT = "check_digit"
    DATE = "date"
    TWICE = "twice"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True)
class Gs1Fault:
    """Why a code cannot be used. ``at`` counts from 0 in ``code``, the code without what the scanner put around it."""

    kind: FaultKind
    why: Text
    at: int
    code: str


def named(row: Identifier) -> Text:
    """An identifier with its number, as texts speak of it."""
    return Text(ru=f"({row.ai}) {row.title.ru}", en=f"({row.ai}) {row.title.en}")


def shown(code: str) -> str:
    """``code`` as a person can read it: FNC1 as ␝, other control characters as dots."""
    return "".join("␝" if c == FNC1 else c if c.isprintable() else "·" for c in code)


def _place(at: int) -> Text:
    return Text(ru=f"знак {at + 1}", en=f"character {at + 1}")


def empty() -> Gs1Fault:
    """Nothing was scanned."""
    return Gs1Fault(FaultKind.EMPTY, Text(ru="Код пуст: сканируйте ещё раз", en="The code is empty: scan again"), 0, "")


def too_long(code: str, most: int) -> Gs1Fault:
    """More characters than any symbol holds: two codes ran into one, or something else was pasted."""
    why = Text(
        ru=f"В коде {len(code)} знаков, больше {most}: сканируйте один код за раз",
        en=f"The code has {len(code)} characters, more than {most}: scan one code at a time",
    )
    return Gs1Fault(FaultKind.TOO_LONG, why, most, code[:most])


def not_gs1(code: str, symbology: str) -> Gs1Fault:
    """A symbol that is not marked as one of GS1, or words."""
    by = Text(ru=f" (символика {symbology})", en=f" (symbology {symbology})") if symbology else Text(ru="", en="")
    why = Text(
        ru=f"Это не код GS1{by.ru}: сканируйте код с номером товара или партии, либо введите номер партии руками",
        en=f"This is no GS1 code{by.en}: scan the one with the item or lot number, or type the lot number",
    )
    return Gs1Fault(FaultKind.NOT_GS1, why, 0, code)


def keyboard(code: str, at: int) -> Gs1Fault:
    """Cyrillic letters: a keyboard-wedge scanner types with the layout of the keyboard."""
    why = Text(
        ru=f"Русская буква «{code[at]}», {_place(at).ru}: включите английскую раскладку и сканируйте ещё раз",
        en=f"Cyrillic letter «{code[at]}», {_place(at).en}: switch the keyboard to English and scan again",
    )
    return Gs1Fault(FaultKind.KEYBOARD, why, at, code)


def character(code: str, at: int, row: Identifier, *, digits: bool) -> Gs1Fault:
    """A character that the element cannot have."""
    what, name = shown(code[at : at + 1]), named(row)
    only = Text(ru="здесь могут быть только цифры", en="only digits may stand here")
    other = Text(ru="таких знаков в кодах GS1 не бывает", en="GS1 codes have no such characters")
    rule = only if digits else other
    why = Text(
        ru=f"Знак «{what}» в {name.ru}, {_place(at).ru}: {rule.ru}. Сканируйте ещё раз, проверьте этикетку",
        en=f"«{what}» in {name.en}, {_place(at).en}: {rule.en}. Scan again, check the label",
    )
    return Gs1Fault(FaultKind.CHARACTER, why, at, code)


def unknown_ai(code: str, at: int, before: Identifier | None) -> Gs1Fault:
    """Where an identifier should begin stands none."""
    what = shown(code[at : at + 4])
    why = Text(
        ru=f"Неизвестный идентификатор «{what}», {_place(at).ru}", en=f"Unknown application identifier «{what}», {_place(at).en}"
    )
    if before is not None and not before.predefined:
        why = Text(ru=f"{why.ru}, после {named(before).ru}", en=f"{why.en}, after {named(before).en}")
    if at == 0:
        why = Text(
            ru=f"{why.ru}: это не код GS1 или считан не с начала; введите номер партии руками",
            en=f"{why.en}: no GS1 code, or not read from its beginning; type the lot number",
        )
    else:
        why = Text(
            ru=f"{why.ru}: сканируйте ещё раз; если повторится, сообщите технологу, код с этикетки не по GS1",
            en=f"{why.en}: scan again; if it is the same, tell the technologist that the label is not to GS1",
        )
    return Gs1Fault(FaultKind.UNKNOWN_AI, why, at, code)


def too_short(code: str, at: int, row: Identifier, length: int) -> Gs1Fault:
    """The code ends, or a separator comes, before the element is whole."""
    name = named(row)
    need = f"{row.lo}" if row.lo == row.hi else f"{row.lo}…{row.hi}"
    why = Text(
        ru=f"{name.ru}: {length} зн., нужно {need}. Код считан не целиком: сканируйте ещё раз",
        en=f"{name.en}: {length} characters, {need} are needed. The code was not read whole: scan again",
    )
    return Gs1Fault(FaultKind.TOO_SHORT, why, at, code)


def no_separator(code: str, at: int, row: Identifier, length: int) -> Gs1Fault:
    """An element of variable length runs on: the separator after it was not sent or not printed."""
    name = named(row)
    over = length > row.hi
    why = Text(
        ru=f"В коде нет разделителя после {name.ru}"
        + (f" ({length} зн., бывает не больше {row.hi})" if over else "")
        + ": проверьте настройку сканера, он должен передавать знак GS (FNC1)",
        en=f"There is no separator after {name.en}"
        + (f" ({length} characters, at most {row.hi})" if over else "")
        + ": check the scanner, it must send the GS character (FNC1)",
    )
    return Gs1Fault(FaultKind.NO_SEPARATOR, why, at, code)


def over(code: str, at: int, row: Identifier, length: int) -> Gs1Fault:
    """A typed or encoded value that is too long for its element."""
    name = named(row)
    why = Text(
        ru=f"{name.ru}: {length} зн., бывает не больше {row.hi}. Проверьте по этикетке",
        en=f"{name.en}: {length} characters, at most {row.hi}. Compare with the label",
    )
    return Gs1Fault(FaultKind.TOO_LONG, why, at, code)


def check_digit(code: str, at: int, name: Text) -> Gs1Fault:
    """A key whose last digit does not fit the others."""
    why = Text(
        ru=f"{name.ru}: не сходится контрольная цифра. Сканируйте ещё раз или сверьте цифры с этикеткой",
        en=f"{name.en}: the check digit is wrong. Scan again, or compare the digits with the label",
    )
    return Gs1Fault(FaultKind.CHECK_DIGIT, why, at, code)


def date(code: str, at: int, row: Identifier, digits: str) -> Gs1Fault:
    """Digits that are no day of the calendar."""
    name = named(row)
    why = Text(
        ru=f"{name.ru}: «{digits}» не дата (ГГММДД). Сверьте с этикеткой; если там то же, сообщите технологу",
        en=f"{name.en}: «{digits}» is no date (YYMMDD). Compare with the label; if it says so too, tell the technologist",
    )
    return Gs1Fault(FaultKind.DATE, why, at, code)


def twice(code: str, at: int, row: Identifier) -> Gs1Fault:
    """The same element with two values."""
    name = named(row)
    why = Text(
        ru=f"{name.ru} в коде дважды, с разными значениями: верить ему нельзя, введите данные с этикетки руками",
        en=f"{name.en} stands in the code twice with different values: it cannot be trusted, type the data of the label",
    )
    return Gs1Fault(FaultKind.TWICE, why, at, code)


def contradiction(code: str, at: int, one: Identifier, other: Identifier, *, dates: bool = False) -> Gs1Fault:
    """Two elements that cannot stand together."""
    a, b = named(one), named(other)
    if dates:
        why = Text(
            ru=f"{a.ru} позже, чем {b.ru}: сверьте с этикеткой и сообщите технологу",
            en=f"{a.en} is later than {b.en}: compare with the label and tell the technologist",
        )
    else:
        why = Text(
            ru=f"{a.ru} и {b.ru} вместе не бывают: код составлен неверно, введите данные с этикетки руками",
            en=f"{a.en} and {b.en} never stand together: the code is made wrongly, type the data of the label",
        )
    return Gs1Fault(FaultKind.CONTRADICTION, why, at, code)


def ends_like(value: str, row: Identifier, inside: Identifier) -> Text:
    """A doubt, no fault: the last element may have swallowed the next one."""
    name, other = named(row), named(inside)
    return Text(
        ru=f"{name.ru} «{value}» кончается как {other.ru}: если на этикетке не так, сканер не передал разделитель",
        en=f"{name.en} «{value}» ends like {other.en}: unless the label says so, the scanner sent no separator",
    )
