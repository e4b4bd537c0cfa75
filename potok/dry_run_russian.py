"""Faults of a recipe file in the words of a technologist: ``potok check`` speaks English, the panel both languages.

A pattern is the English message of a check (``recipes/checks*.py``, ``recipes/procedure.py``) with what it names in groups; a
message without a pattern stays as it is, inside a Russian sentence.
"""

from __future__ import annotations

import re
from typing import Final

from line.documents import Problem, Text

_CORRECT: Final = "Исправить значение"
_N: Final = r"(-?[\d.e+-]+)"
_GIVEN: Final = r"\(given: (.*)\)"

PATTERNS: Final[tuple[tuple[str, str, str], ...]] = (
    # the file
    (r"this key is missing", "не хватает ключа", "Добавить ключ"),
    (r"unknown key", "неизвестный ключ", "Проверить написание или убрать"),
    (r"'(.+)' is neither a number nor a \$parameter",
     "«{0}» – ни число, ни параметр",
     "Написать 75, $cook_temp или $cook_temp-5"),
    (r"there is no parameter '?\$(\w+)'?", "нет параметра «{0}»", "Исправить имя или добавить параметр"),
    (r"there is no ingredient '?(.+?)'?", "нет сырья «{0}»", "Исправить имя или добавить сырьё"),
    (r"'(.+)' is no material of materials\.yaml", "сырья «{0}» нет в справочнике материалов",
     "Выбрать сырьё из справочника или добавить его туда"),
    (r"materials\.yaml has no product '(.+)', so that nobody knows what is packed of it",
     "в справочнике материалов нет продукции «{0}»: неизвестно, что из рецепта упаковывают", "Добавить продукцию в справочник"),
    (r"there is no tag '(.+)'", "нет тега «{0}»", "Исправить имя тега; {{u}} – обозначение установки"),
    (r"'(.+)' stands twice at this place", "имя «{0}» стоит дважды", "Переименовать одно из двух"),
    (r"'(\w+)' cannot stand here, .*", "элемент «{0}» здесь стоять не может", "Перенести его на подходящий уровень процедуры"),
    (r"no phase and no watch uses this parameter", "параметр нигде не используется", "Использовать его в фазе или убрать"),
    (r"no unit procedure uses this role", "роль нигде не используется", "Добавить процедуру установки или убрать роль"),
    # values of another kind than the file has there (line/documents.py, and pydantic's own words behind it)
    (rf"a text in both languages is needed here {_GIVEN}",
     "нужен текст на двух языках, а написано {0}",
     "Написать {{ru: …, en: …}}"),
    (rf"a list is needed here {_GIVEN}", "нужен список, а написано {0}",
     "Написать [a, b] или по одному на строку, с дефисом впереди"),
    (rf"keys with values are needed here {_GIVEN}", "нужны ключи со значениями, а написано {0}",
     "Написать {{ключ: значение}} или по одному ключу на строку, с отступом"),
    (rf"(?:this is no number|input should be a valid (?:number|integer)[^(]*) {_GIVEN}", "нужно число, а написано {0}",
     "Написать число цифрами, с десятичной точкой, без единицы"),
    (rf"input should be a finite number {_GIVEN}", "нужно конечное число, а написано {0}", "Написать число цифрами"),
    (rf"input should be a valid string {_GIVEN}", "нужен текст, а написано {0}", "Взять значение в кавычки"),
    (rf"input should be a valid boolean[^(]* {_GIVEN}", "нужно true или false, а написано {0}", "Написать true или false"),
    (rf"input should be greater than {_N} {_GIVEN}", "нужно больше {0}, а написано {1}", "Исправить число"),
    (rf"input should be greater than or equal to {_N} {_GIVEN}", "нужно не меньше {0}, а написано {1}", "Исправить число"),
    (rf"input should be less than {_N} {_GIVEN}", "нужно меньше {0}, а написано {1}", "Исправить число"),
    (rf"input should be less than or equal to {_N} {_GIVEN}", "нужно не больше {0}, а написано {1}", "Исправить число"),
    (rf"input should be ('.+') {_GIVEN}", "можно написать {0}, а написано {1}", "Взять одно из этих слов"),
    (rf"(?:tuple|list|dictionary) should have at least (\d+) items? after validation, not (\d+) {_GIVEN}",
     "нужно не меньше {0}, а есть {1}", "Дописать недостающее"),
    (rf"string should have at least (\d+) characters? {_GIVEN}", "здесь не должно быть пусто (знаков не меньше {0}): {1}",
     "Написать текст"),
    (rf"string should have at most (\d+) characters? {_GIVEN}", "не больше {0} знаков, а написано {1}", "Написать короче"),
    (rf"string should match pattern (\S+) {_GIVEN}", "имя {1} не годится: правило {0}",
     "Строчные латинские буквы, цифры и подчёркивание, первой – буква"),
    (r"keys with values are needed here", "в файле нет ключей со значениями", "Начать с recipe: и version:"),
    # the file as YAML
    (r"not valid YAML: (.+)", "файл не читается как YAML: {0}", "Проверить отступы, двоеточия, скобки и кавычки"),
    (r"the file is nested too deeply", "слишком много вложенных скобок или отступов", "Проверить скобки и отступы"),
    (r"the file is empty", "файл пуст", "Начать с recipe: и version:"),
    (r"the key '(.+)' stands twice", "ключ «{0}» стоит дважды", "Убрать одну из двух строк"),
    # formula
    (rf"the ingredients add up to {_N} kg, the base batch is {_N} kg",
     "сумма сырья {0} кг не равна базовой партии {1} кг", "Исправить массы или base_batch_kg"),
    (rf"the limits {_N}\.\.{_N} are empty", "пределы {0}…{1} пусты", "Нижний предел не должен быть выше верхнего"),
    (rf"{_N} is outside its limits {_N}\.\.{_N}", "задание {0} выходит за собственные пределы {1}…{2}",
     "Исправить задание или пределы параметра"),
    (rf"{_N} kg is outside {_N}\.\.{_N} kg",
     "{0} кг вне допустимых размеров партии {1}…{2} кг",
     "size_lo_kg ≤ base_batch_kg ≤ size_hi_kg"),
    (rf"{_N} % NaNO2; curing salt may hold {_N} % .*", "{0} % нитрита; в посолочной смеси допустимо {1} % (ТР ТС 029/2012)",
     "Вносить нитрит только посолочной смесью"),
    (r"the formula holds nitrite and no limits for it",
     "в рецептуре есть нитрит, а его пределов нет",
     "Добавить nitrite с пределами"),
    (rf"{_N} mg of NaNO2 per kg of raw material, allowed {_N}\.\.{_N}", "{0} мг нитрита на кг сырья, допустимо {1}…{2}",
     "Исправить массу посолочной смеси или отметить сырьё raw: true"),
    (rf"{_N} is not the sum of its ingredients, {_N} kg",
     "{0} кг – не сумма своих компонентов ({1} кг)",
     "Исправить массу или компоненты"),
    (rf"{_N} % is outside its limits {_N}\.\.{_N} %",
     "ожидаемый выход {0} % вне пределов {1}…{2} %",
     "Исправить выход или его пределы"),
    # equipment
    (r"the line has no unit of class '(.+)'", "на линии нет установки класса «{0}»", "Выбрать класс, который есть на линии"),
    (r"the line has no unit '(.+)'", "на линии нет установки «{0}»", "Исправить список units"),
    (r"(\S+) is a (\S+), not a (\S+)", "{0} – установка класса «{1}», а не «{2}»", "Исправить список units"),
    (r"'(\w+)' is no role of equipment", "роли «{0}» нет в equipment", "Исправить имя или добавить роль"),
    (r"'(\w+)' is needed by two parallel branches at once; .*",
     "роль «{0}» нужна двум параллельным ветвям сразу, а установка делает одно дело за раз",
     "Поставить ветви друг за другом или дать одной из них свою роль"),
    (r"(\d+) units are needed at once \((.*)\), and only (.*) can take these roles",
     "одновременно нужно установок: {0} ({1}), а есть только {2}", "Делать по очереди или допустить к ролям другие установки"),
    (r"a batch that holds (.+) waits for (.+) here, and another may hold .*",
     "партия, занявшая «{0}», ждёт здесь «{1}», а другая может ждать наоборот: обе встанут навсегда",
     "Занимать установки во всех рецептах в одном порядке"),
    (r"'(\w+)' is no role of a later unit procedure",
     "роль «{0}» дальше не встречается",
     "Занимать можно только установки, куда продукт пойдёт"),
    (r"the unit procedure of '(\w+)' may be left out: .*", "процедура роли «{0}» стоит только в одной ветви выбора",
     "Поставить фазу в ту же ветвь, иначе установка занимается зря"),
    # phases and watches
    (r"a (\w+) has no phase '(\w+)'", "у класса «{0}» нет фазы «{1}»", "Выбрать фазу, которая есть у установки"),
    (r"the phase '(\w+)' has no parameter '(\w+)'", "у фазы «{0}» нет параметра «{1}»", "Исправить имя параметра"),
    (r"the parameter '(\w+)' of phase '(\w+)' is missing", "у фазы «{1}» не задан параметр «{0}»", "Задать параметр"),
    (r"the unit is '(.*)', that of (\S+) is '(.*)'",
     "единица «{0}» не совпадает с единицей {1} («{2}»)",
     "Записать в единице тега"),
    (rf"{_N}\.\.{_N} leaves the range of (\S+), {_N}\.\.{_N} ?(.*)", "пределы {0}…{1} выходят за диапазон {2}: {3}…{4} {5}",
     "Сузить пределы (с учётом размеров партии)"),
    (rf"the band {_N}\.\.{_N} is empty", "пределы {0}…{1} пусты", "Нижний предел не должен быть выше верхнего"),
    (rf"(\S+) never reaches {_N}: its range is {_N}\.\.{_N} ?(.*)",
     "{0} никогда не достигнет {1}: диапазон {2}…{3} {4}",
     "Понизить предел"),
    (rf"(\S+) is never below {_N}: its range is {_N}\.\.{_N} ?(.*)",
     "{0} никогда не бывает ниже {1}: диапазон {2}…{3} {4}",
     "Повысить предел"),
    (rf"the setpoint itself violates this limit: (.+?) (?:may be|is) {_N}, (?:below|above) (.+)",
     "само задание нарушает этот предел: {0} может быть {1}, предел {2}",
     "Изменить предел наблюдения или сузить пределы параметра"),
    (r"a verdict at the end needs a limit", "у оценки в конце фазы нет предела", "Добавить lo или hi"),
    (r"a critical limit \(CCP\) always holds the batch",
     "нарушение критического предела (ККТ) всегда задерживает партию",
     "Написать on: hold"),
    # critical limits
    (r"this critical limit \(CCP\) is never judged",
     "критический предел (ККТ) нигде не проверяется",
     "Добавить в фазу оценку: watch, when: end"),
    (r"this critical limit \(CCP\) is judged in one branch of a choice only: .*",
     "критический предел (ККТ) проверяется только в одной ветви выбора", "Проверять его в каждой ветви или вне выбора"),
    # what waits, decides, repeats and asks
    (r"this can never hold: (.+)", "условие не выполнится никогда: {0}", "Исправить числа в условии"),
    (r"this can never hold", "условие не выполнится никогда", "Исправить числа в условии"),
    (r"nothing can make this true while it waits: .*",
     "пока партия ждёт, условие измениться не может",
     "Ждать показания, или спросить оператора до этого места"),
    (r"nothing inside the loop can change this: .*", "внутри цикла нечему изменить это условие: цикл не кончится",
     "Читать в условии показание или ответ на запрос внутри цикла"),
    (r"nothing inside the loop works with (.+), which this reads",
     "внутри цикла ничего не происходит с {0}, а условие читает именно это: цикл не кончится",
     "Читать показания установки, которая работает в цикле"),
    (r"this always holds: the branches after it are never taken", "условие выполнено всегда: следующие ветви недостижимы",
     "Исправить условие или поставить ветвь последней"),
    (r"with (.+) no branch is taken, and nothing can change that: .*",
     "при {0} не подходит ни одна ветвь: партия встанет навсегда",
     "Оставить последнюю ветвь без условия"),
    (rf"{_N} s is too short to keep something for {_N} s", "за {0} с не выдержать {1} с", "Увеличить within_s"),
    (r"there is no prompt '@(\w+)'", "нет запроса «{0}»", "Исправить имя или добавить запрос"),
    (r"'@(\w+)' is not asked before this", "запрос «{0}» до этого места не задаётся", "Перенести запрос раньше"),
    (r"'@(\w+)' may never be asked: .*", "запрос «{0}» может и не быть задан: он в одной ветви выбора", "Спросить до выбора"),
    (r"the prompt '(\w+)' stands twice in the recipe", "запрос «{0}» стоит дважды", "Переименовать один из двух"),
    (rf"no number lies in {_N}\.\.{_N}", "на запрос нельзя ответить: пределы {0}…{1} пусты", "Исправить пределы запроса"),
    (r"the material is missing", "у запроса партии не названо сырьё", "Указать material"),
    (r"there is nothing to choose from", "выбирать не из чего", "Написать не меньше двух ответов: [{{ru: …, en: …}}, …]"),
    (r"this choice reads like another", "два ответа звучат одинаково", "Дать каждому свои слова на обоих языках"),
    (r"'(\w+)' belongs to kind: (\w+), this prompt is of kind: (\w+)", "ключ «{0}» – для запросов вида {1}, а этот вида {2}",
     "Убрать ключ или написать kind: {1}"),
    (r"the reply to '@(\w+)' is no number \(kind: (\w+)\)", "ответ на запрос «{0}» – не число (вид {1})",
     "Спросить число, выбор или подтверждение"),
    # units of measure, places, sizes
    (r"\{u\} stands for a unit, and here is none", "{{u}} – обозначение установки, а здесь её нет",
     "Назвать роль, например {{smokehouse}}.CoreTemp, или перенести в процедуру установки"),
    (r"'\{(\w+)\}' is no role of equipment", "роли «{0}» нет в equipment", "Исправить имя или добавить роль"),
    (r"no role can be called 'u': .*", "роль нельзя назвать «u»: это обозначение установки", "Выбрать другое имя"),
    (r"(\S+) is in '(.*)', the prompt asks in '(.*)'", "{0} в единицах «{1}», а запрос в «{2}»", "Написать eu: {1}"),
    (r"(\S+) is in '(.*)', a mass is in kg", "{0} в единицах «{1}», а масса – в кг", "Указать тег в кг"),
    (r"(.+) is in '(.*)', (.+) in '(.*)'", "{0} в единицах «{1}», а {2} – в «{3}»", "Сравнивать величины в одних единицах"),
    (r"(\$\w+) is in '(.*)'", "{0} в единицах «{1}», а нужны секунды", "Взять параметр в s"),
    (rf"a time of {_N} s is no time to keep something", "за {0} с ничего не выдержать", "Написать время больше 0"),
    (r"a yield is a share of the raw material, and none is marked",
     "выход считается от сырья, а сырьё не отмечено",
     "Отметить сырьё: raw: true"),
    (rf"{_N} % of the raw material is more than all that goes in \({_N} %\)",
     "выход {0} % больше всего, что закладывается ({1} %)", "Исправить выход: потери делают его меньше суммы сырья"),
    (r"a dosed mass is proportional and in kg", "масса сырья пропорциональна партии и задаётся в кг",
     "Написать eu: kg, scale: proportional"),
    (r"a phase parameter takes no offset", "параметр фазы задаётся без сдвига", "Завести для него свой параметр"),
    (r"the procedure has (\d+) parts", "в процедуре слишком много частей: {0}", "Разделить рецепт"),
    (r"blocks are nested too deeply", "блоки вложены слишком глубоко", "Разобрать часть блоков"),
    (r"only the last branch can be without a condition", "без условия может быть только последняя ветвь",
     "Добавить when или поставить ветвь последней"),
)  # fmt: skip
"""English message → Russian words and remedy; ``{0}`` … are the groups."""

_COMPILED: Final = tuple((re.compile(pattern), ru, remedy) for pattern, ru, remedy in PATTERNS)


def in_both(problem: Problem) -> tuple[Text, Text]:
    """The message and the remedy of a problem in both languages."""
    for pattern, ru, remedy in _COMPILED:
        match = pattern.fullmatch(problem.message)
        if match is not None:
            words = [_comma(group or "") for group in match.groups()]
            return Text(ru=ru.format(*words).strip(), en=problem.message), Text(ru=remedy.format(*words), en=problem.remedy)
    words = _CORRECT if problem.remedy == "Correct the value" else f"{_CORRECT}: {problem.remedy}"
    return Text(ru=problem.message, en=problem.message), Text(ru=words, en=problem.remedy)


def _comma(word: str) -> str:
    """Numbers with a decimal comma; everything else as it is."""
    return word.replace(".", ",") if re.fullmatch(r"-?\d+\.\d+", word) else word
