"""What a dry run can find wrong with a recipe: code, severity, node, and in both languages what it is and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from line.documents import Problem, Text
from line.eu import eu_text
from line.messages import JsonObject
from line.tags import TagDef
from potok.dry_run_russian import in_both

ERROR: Final = "error"
WARNING: Final = "warning"


@dataclass(frozen=True)
class Finding:
    """One finding; an error refuses the recipe. ``node`` is where, '' for the whole recipe."""

    code: str
    severity: str
    node: str
    text: Text
    remedy: Text

    def to_json(self) -> JsonObject:
        """As the report carries it."""
        return {
            "code": self.code, "severity": self.severity, "node": self.node, "text": self.text.to_json(),
            "remedy": self.remedy.to_json(),
        }  # fmt: skip


def number(value: float, decimals: int = 6) -> Text:
    """A number as people write it: a decimal comma in Russian, no digits that say nothing."""
    shown = f"{value:.{decimals}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    shown = "0" if shown in ("-0", "") else shown
    return Text(ru=shown.replace(".", ",").replace("-", "−"), en=shown)


def with_eu(value: float, tag: TagDef) -> Text:
    """A number with the decimals and the engineering unit of ``tag``, one decimal more than is shown."""
    shown = number(value, tag.decimals + 1)
    return Text(ru=f"{shown.ru} {eu_text(tag.eu, 'ru')}".rstrip(), en=f"{shown.en} {tag.eu}".rstrip())


def span(lo: float, hi: float, eu: str) -> Text:
    """Limits as people write them."""
    first, last = number(lo), number(hi)
    return Text(ru=f"{first.ru}…{last.ru} {eu_text(eu, 'ru')}".rstrip(), en=f"{first.en} to {last.en} {eu}".rstrip())


def minutes(seconds: float) -> Text:
    """A duration: minutes up to two hours, else hours."""
    if seconds < 7200:
        shown = number(seconds / 60, 0)
        return Text(ru=f"{shown.ru} мин", en=f"{shown.en} min")
    shown = number(seconds / 3600, 1)
    return Text(ru=f"{shown.ru} ч", en=f"{shown.en} h")


def listed(names: Sequence[str]) -> str:
    """Names in a row."""
    return ", ".join(names)


# What is found in the files, before anything runs


def of_file(problem: Problem) -> Finding:
    """A fault of the recipe file or the line, in the words of ``potok check``."""
    where = f"{problem.file}, строка {problem.line}" if problem.line else problem.file
    there = f"{problem.file}, line {problem.line}" if problem.line else problem.file
    key = f", {problem.key}" if problem.key else ""
    message, remedy = in_both(problem)
    text = Text(ru=f"Ошибка в файле рецепта ({where}{key}): {message.ru}", en=f"{there}{key}: {message.en}")
    return Finding("file", ERROR, "", text, remedy)


def outside_own_limits(node: str, name: Text, value: Text, limits: Text) -> Finding:
    """The setpoint is not within the limits that the recipe itself sets."""
    return Finding(
        "setpoint_outside_limits", ERROR, node,
        Text(
            ru=f"«{name.ru}»: задание {value.ru} выходит за собственные пределы рецепта {limits.ru}",
            en=f"{name.en}: the setpoint {value.en} is outside the recipe's own limits {limits.en}",
        ),
        Text(ru="Исправить задание или пределы параметра", en="Correct the value or the limits of the parameter"),
    )  # fmt: skip


def beyond_capability(node: str, name: Text, value: Text, labels: Sequence[str], limits: Text, size: Text | None) -> Finding:
    """No unit that may play the role can keep the setpoint."""
    batch_ru = f" (партия {size.ru} кг)" if size is not None else ""
    batch_en = f" (batch of {size.en} kg)" if size is not None else ""
    return Finding(
        "setpoint_beyond_capability", ERROR, node,
        Text(
            ru=f"«{name.ru}»: задание {value.ru}{batch_ru} не по силам {listed(labels)}, возможно {limits.ru}",
            en=f"{name.en}: {listed(labels)} cannot keep the setpoint {value.en}{batch_en}, only {limits.en}",
        ),
        Text(
            ru=f"Задать значение в пределах {limits.ru} или выбрать другую установку",
            en=f"Set a value within {limits.en}, or choose another unit",
        ),
    )  # fmt: skip


def unit_too_weak(node: str, role: str, name: Text, value: Text, weak: Sequence[str], strong: Sequence[str]) -> Finding:
    """Some of the units that may play the role cannot keep the setpoint: the batch might be sent into one of them."""
    return Finding(
        "unit_too_weak", ERROR, node,
        Text(
            ru=f"«{name.ru}»: задание {value.ru} не по силам {listed(weak)}, а партия может попасть туда",
            en=f"{name.en}: {listed(weak)} cannot keep the setpoint {value.en}, and the batch may be sent there",
        ),
        Text(
            ru=f"Указать в equipment.{role} подходящие установки: units: [{listed(strong)}]",
            en=f"Name the units that can in equipment.{role}: units: [{listed(strong)}]",
        ),
    )  # fmt: skip


def limits_beyond_capability(node: str, name: Text, limits: Text, labels: Sequence[str], capability: Text) -> Finding:
    """The recipe lets an operator set what the unit cannot keep."""
    return Finding(
        "limits_beyond_capability", WARNING, node,
        Text(
            ru=f"«{name.ru}»: пределы {limits.ru} шире возможностей {listed(labels)} ({capability.ru})",
            en=f"{name.en}: the limits {limits.en} are wider than what {listed(labels)} can keep ({capability.en})",
        ),
        Text(ru="Сузить пределы параметра до возможного", en="Narrow the limits of the parameter to what the unit can keep"),
    )  # fmt: skip


def no_unit(role: str, class_id: str) -> Finding:
    """The line has no unit for a role."""
    return Finding(
        "no_unit", ERROR, "",
        Text(
            ru=f"Для роли «{role}» на линии нет ни одной установки класса «{class_id}»",
            en=f"The line has no unit of class '{class_id}' for the role '{role}'",
        ),
        Text(ru="Исправить класс или список units в equipment", en="Correct the class, or the list units, in equipment"),
    )  # fmt: skip


def unit_twice(node: str, branches: Sequence[Text], labels: Sequence[str]) -> Finding:
    """Branches that run at the same time need the same unit."""
    ru, en = (", ".join(f"«{b.ru}»" for b in branches), ", ".join(f"'{b.en}'" for b in branches))
    return Finding(
        "unit_twice", ERROR, node,
        Text(
            ru=f"Параллельным ветвям {ru} одновременно нужна одна установка: {listed(labels)}",
            en=f"The parallel branches {en} need the same unit at the same time: {listed(labels)}",
        ),
        Text(
            ru="Поставить ветви друг за другом или дать им разные установки",
            en="Put the branches one after the other, or give them different units",
        ),
    )  # fmt: skip


def ccp_unreachable(node: str, name: Text, setpoint: Text, limit: Text) -> Finding:
    """The phase ends at its setpoint, and that does not meet the critical limit."""
    return Finding(
        "ccp_unreachable", ERROR, node,
        Text(
            ru=f"ККТ «{name.ru}» недостижима: фаза закончится при {setpoint.ru}, критический предел {limit.ru}",
            en=f"The CCP '{name.en}' cannot be met: the phase ends at {setpoint.en}, the critical limit is {limit.en}",
        ),
        Text(ru="Поднять задание фазы до критического предела", en="Move the setpoint of the phase to the critical limit"),
    )  # fmt: skip


def prompt_without_answer(node: str, text: Text, why: Text) -> Finding:
    """Nobody can answer a prompt: the batch would wait for ever."""
    return Finding(
        "prompt_without_answer", ERROR, node,
        Text(
            ru=f"На запрос «{text.ru}» никто не может ответить: {why.ru}",
            en=f"Nobody can answer the prompt '{text.en}': {why.en}"
        ),
        Text(
            ru="Исправить пределы, варианты или роль запроса", en="Correct the limits, the choices or the role of the prompt"
        ),
    )  # fmt: skip


def loop_never_left(node: str, name: Text, condition: str, at_most: int) -> Finding:
    """No value that the condition reads can make it hold."""
    return Finding(
        "loop_without_end", ERROR, node,
        Text(
            ru=f"Цикл «{name.ru}» не кончится: условие «{condition}» не выполняется ни при каких ответах и параметрах, "
            f"после {at_most} повторений партия будет задержана",
            en=f"The loop '{name.en}' never ends: '{condition}' holds with no reply and no parameter that is allowed; "
            f"after {at_most} times the batch would be held",
        ),
        Text(ru="Исправить условие цикла", en="Correct the condition of the loop"),
    )  # fmt: skip


# What the run shows


def loop_without_end(node: str, name: Text, condition: str, rounds: int) -> Finding:
    """The condition did not come to hold."""
    return Finding(
        "loop_without_end", ERROR, node,
        Text(
            ru=f"Цикл «{name.ru}» не кончается: за {rounds} повторений условие «{condition}» не выполнилось",
            en=f"The loop '{name.en}' does not end: in {rounds} rounds '{condition}' did not come to hold",
        ),
        Text(
            ru="Исправить условие, действия внутри цикла или число повторений",
            en="Correct the condition, what is done in the loop, or how often",
        ),
    )  # fmt: skip


def phase_without_end(node: str, name: Text, since: Text, why: Text) -> Finding:
    """A phase, a wait or a hold timer makes no headway."""
    ru = f": {why.ru}" if why.ru else ""
    en = f": {why.en}" if why.en else ""
    return Finding(
        "without_end", ERROR, node,
        Text(
            ru=f"«{name.ru}» не заканчивается: за {since.ru} ничего не продвинулось{ru}",
            en=f"'{name.en}' does not come to its end: nothing moved on in {since.en}{en}",
        ),
        Text(
            ru="Исправить задания или условие, либо ограничить ожидание (within_s)",
            en="Correct the setpoints or the condition, or give the wait a limit (within_s)",
        ),
    )  # fmt: skip


def unit_never_free(node: str, waiting: Text) -> Finding:
    """Alone on the line, the batch waits for a unit."""
    return Finding(
        "unit_never_free", ERROR, node,
        Text(
            ru=f"Партия одна на линии и всё же не получает установку: {waiting.ru}",
            en=f"The batch is alone on the line and gets no unit all the same: {waiting.en}",
        ),
        Text(
            ru="Проверить, не занята ли установка другой ветвью этого же рецепта",
            en="See whether another branch of the same recipe holds the unit",
        ),
    )  # fmt: skip


def time_limit(limit: Text) -> Finding:
    """The batch had not ended when the time was up."""
    return Finding(
        "time_limit", ERROR, "",
        Text(ru=f"За {limit.ru} партия не закончилась", en=f"The batch had not ended after {limit.en}"),
        Text(
            ru="Сократить процесс или продлить пробный прогон (--max-hours)",
            en="Shorten the process, or allow the dry run more time (--max-hours)",
        ),
    )  # fmt: skip


def ccp_failed(node: str, text: Text) -> Finding:
    """A critical limit was not kept in the run."""
    return Finding(
        "ccp_not_met", ERROR, node,
        Text(ru=f"ККТ не выполняется: {text.ru}", en=f"A CCP is not met: {text.en}"),
        Text(
            ru="Изменить режим так, чтобы критический предел выполнялся с запасом",
            en="Change the process so that the critical limit is met with a margin",
        ),
    )  # fmt: skip


def deviation(node: str, text: Text, *, held: bool) -> Finding:
    """A watch of the recipe was violated without any fault of the plant."""
    return Finding(
        "deviation", ERROR if held else WARNING, node,
        Text(
            ru=f"Отклонение без неисправностей на линии: {text.ru}",
            en=f"A deviation with nothing wrong on the line: {text.en}",
        ),
        Text(
            ru="Согласовать пределы наблюдения с режимом, дать время на выход (after_s)",
            en="Match the limits of the watch with the process, give it time to get there (after_s)",
        ),
    )  # fmt: skip


def held(node: str, reason: Text) -> Finding:
    """The batch was held for another reason."""
    return Finding(
        "held", ERROR, node,
        Text(ru=f"Партия задержана: {reason.ru}", en=f"The batch was held: {reason.en}"),
        Text(ru="Устранить причину в рецепте", en="Remove the cause in the recipe"),
    )  # fmt: skip


def refused(node: str, reasons: Text) -> Finding:
    """The engine took the batch or an answer not."""
    return Finding(
        "refused", ERROR, node,
        Text(ru=f"Отклонено: {reasons.ru}", en=f"Refused: {reasons.en}"),
        Text(ru="Устранить причину в рецепте", en="Remove the cause in the recipe"),
    )  # fmt: skip


def alarm(node: str, unit: str, text: Text, priority: int) -> Finding:
    """An alarm that the process as written brings about."""
    where = f"{unit}: " if unit else ""
    return Finding(
        "alarm", ERROR if priority <= 2 else WARNING, node,
        Text(
            ru=f"Режим сам вызывает сигнализацию приоритета {priority}: {where}{text.ru}",
            en=f"The process itself raises an alarm of priority {priority}: {where}{text.en}",
        ),
        Text(
            ru="Изменить задания так, чтобы пределы сигнализации не достигались",
            en="Change the setpoints so that the limits of the alarm are not reached",
        ),
    )  # fmt: skip


def yield_outside(value: Text, limits: Text) -> Finding:
    """The predicted yield is not within the recipe's limits."""
    return Finding(
        "yield_outside", ERROR, "",
        Text(
            ru=f"Ожидаемый выход {value.ru} % вне пределов рецепта {limits.ru}",
            en=f"The predicted yield of {value.en} % is outside the recipe's limits {limits.en}",
        ),
        Text(
            ru="Проверить потери по фазам и пределы выхода (yield)",
            en="Look at the losses of the phases and at the limits (yield)",
        ),
    )  # fmt: skip


def unsafe(node: str, command: str, state: str, unmet: Sequence[Text], within: Text) -> Finding:
    """Hold or abort does not lead to the safe state."""
    ru = "; ".join(t.ru for t in unmet) or f"состояние {state}"
    en = "; ".join(t.en for t in unmet) or f"state {state}"
    word = {"hold": "Удержать", "abort": "Прервать"}.get(command, command)
    return Finding(
        f"unsafe_{command}", ERROR, node,
        Text(
            ru=f"После команды «{word}» безопасное состояние не достигнуто за {within.ru}: {ru}",
            en=f"After {command} the safe state is not reached within {within.en}: {en}",
        ),
        Text(
            ru="Проверить программу ПЛК и условия safe класса установки",
            en="Look at the program of the PLC and at the conditions 'safe' of the class of unit",
        ),
    )  # fmt: skip


def no_restart(node: str, why: Text) -> Finding:
    """After a hold the batch cannot go on."""
    return Finding(
        "no_restart", ERROR, node,
        Text(
            ru=f"После команды «Удержать» партию нельзя продолжить: {why.ru}", en=f"After a hold the batch cannot go on: {why.en}"
        ),
        Text(
            ru="Ослабить пределы наблюдения после пуска (after_s) или условия пуска установки",
            en="Give the watches time after the restart (after_s), or look at the permissives of the unit",
        ),
    )  # fmt: skip


def never_taken(node: str, name: Text, branch: Text, why: Text) -> Finding:
    """A branch that the dry run could not get to: nobody has seen it run."""
    return Finding(
        "branch_not_reached", WARNING, node,
        Text(
            ru=f"Ветвь «{branch.ru}» блока «{name.ru}» не проверена: {why.ru}",
            en=f"The branch '{branch.en}' of '{name.en}' was not tried: {why.en}",
        ),
        Text(
            ru="Проверить ветвь при пуске на линии или изменить её условие",
            en="Try the branch when the recipe is commissioned, or change its condition",
        ),
    )  # fmt: skip
