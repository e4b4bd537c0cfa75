"""Faults of a recipe file reach the panel in both languages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.documents import Problem
from potok.dry_run_russian import PATTERNS, in_both
from tests.unit.dry_kit import GRIND, WEIGH, problems, report


def said(message: str) -> str:
    return in_both(Problem("a.yaml", 1, "k", message, "Correct it"))[0].ru


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("72.5 is outside its limits 73..75", "задание 72,5 выходит за собственные пределы 73…75"),
        ("the line has no unit of class 'extruder'", "на линии нет установки класса «extruder»"),
        ("-5..40 leaves the range of S401.SP_Temp, 0..110 °C", "пределы -5…40 выходят за диапазон S401.SP_Temp: 0…110 °C"),
        ("nothing inside the loop can change this: it reads no tag and no prompt of the loop",
         "внутри цикла нечему изменить это условие: цикл не кончится"),
        ("input should be greater than 0 (given: -1.0)", "нужно больше 0, а написано -1,0"),
        ("input should be a valid number (given: 'много')", "нужно число, а написано 'много'"),
        ("input should be 'alarm', 'hold_operation' or 'hold' (given: 'x')",
         "можно написать 'alarm', 'hold_operation' or 'hold', а написано 'x'"),
        ("'saffron' is no material of materials.yaml", "сырья «saffron» нет в справочнике материалов"),
        ("not valid YAML: expected ',' or ']', but got ':'", "файл не читается как YAML: expected ',' or ']', but got ':'"),
        ("this can never hold: R101.Weight is 0..500", "условие не выполнится никогда: R101.Weight is 0..500"),
    ],
)  # fmt: skip
def test_what_checks_say_is_said_in_russian(message: str, words: str) -> None:
    assert said(message) == words


@pytest.mark.parametrize(("pattern", "ru", "remedy"), PATTERNS)
def test_every_pattern_fills_its_sentences(pattern: str, ru: str, remedy: str) -> None:
    groups = [f"g{i}" for i in range(re.compile(pattern).groups)]
    for words in (ru.format(*groups), remedy.format(*groups)):
        assert re.search("[а-яё]|≤", words)
    assert all(f"{{{i}}}" in ru for i in range(len(groups)) if i < 2)


@given(st.text(min_size=1))
def test_any_message_comes_through(message: str) -> None:
    assert said(message)


@pytest.mark.parametrize(
    "change",
    [
        ("value: 2400", "value: 2700"),
        ("hi: 2600", "hi: 9000"),
        ("{class: grinder}", "{class: extruder}"),
        ("{feed: $feed}", "{feed: $fead}"),
        ("phase: grind,", "phase: mince,"),
        ("{class: reception}", "{class: grinder}"),
        ("beef: {kg: 40", "beef: {kg: 30"),
        ("beef: {kg: 40", "beef: {kg: -40"),
        ("beef: {kg: 40", "beef: {kg: much"),
        ("{feed: $feed}", "[feed]"),
    ],
)
def test_the_common_slips_are_told_in_russian(change: tuple[str, str]) -> None:
    refused = report(WEIGH + GRIND, change)
    assert refused["ok"] is False
    for problem in problems(refused):
        told = problem["text"]["ru"].split("): ", 1)[1]
        assert re.search("[а-яё]", told), told
