"""What the batch engine says to people, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from line.documents import Text
from line.labels import batch_label
from line.messages import JsonObject
from line.phases import STATE_RU as PHASE_RU
from line.phases import PhaseState

STATE_RU: Final = {
    "idle": "создана", "running": "идёт", "pausing": "приостанавливается", "paused": "приостановлена",
    "holding": "задерживается", "held": "задержана", "restarting": "возобновляется",
    "complete": "завершена", "stopping": "останавливается", "stopped": "остановлена", "aborting": "прерывается",
    "aborted": "прервана",
}  # fmt: skip
NODE_STATE_RU: Final = {s.name.lower(): ru for s, ru in PHASE_RU.items()}
COMMAND_RU: Final = {
    "start": "Пуск", "pause": "Пауза", "resume": "Снять с паузы", "hold": "Удержать", "restart": "Продолжить", "stop": "Стоп",
    "abort": "Прервать",
}  # fmt: skip
_NOT_DONE_RU: Final = {
    "start": "не запущена", "hold": "не задержана", "restart": "не продолжена", "stop": "не остановлена",
    "abort": "не прервана", "reset": "не сброшена", "pause": "не приостановлена", "resume": "не снята с паузы",
}  # fmt: skip

RESTARTED: Final = Text(
    ru="Система управления перезапущена: проверьте продукт и продолжите или остановите партию",
    en="The engine restarted: check the product, then restart or stop the batch",
)
HELD_BY_USER: Final = Text(ru="Задержана оператором", en="Held by the operator")
NO_ANSWER: Final = Text(ru="ПЛК не ответил на команду", en="The PLC did not answer the command")


def join(texts: Iterable[Text]) -> Text:
    """Several texts as one."""
    parts = list(texts)
    return Text(ru="; ".join(t.ru for t in parts), en="; ".join(t.en for t in parts))


def text_of(reason: JsonObject) -> Text:
    """A reason of a :class:`~line.stage.RequestResult` as a text; odd ones are shown as they are."""
    ru, en = reason.get("ru"), reason.get("en")
    return Text(ru=ru, en=en) if isinstance(ru, str) and isinstance(en, str) else Text(ru=str(dict(reason)), en=str(dict(reason)))


def number(value: float, decimals: int) -> Text:
    """A value as each language writes it."""
    en = f"{value:.{decimals}f}"
    return Text(ru=en.replace(".", ","), en=en)


def with_cause(what: Text, causes: Iterable[Text]) -> Text:
    """``what: cause; cause``."""
    cause = join(causes)
    return Text(ru=f"{what.ru}: {cause.ru}", en=f"{what.en}: {cause.en}") if cause.ru or cause.en else what


def not_done(label: str, command: str) -> Text:
    """A phase command that the unit refused or did not answer."""
    return Text(ru=f"{label}: фаза {_NOT_DONE_RU[command]}", en=f"{label}: the phase did not {command}")


def not_confirmed(label: str, state: PhaseState) -> Text:
    """The PLC accepted a command and its phase did not move."""
    return Text(
        ru=f"{label}: ПЛК принял команду, но фаза осталась «{PHASE_RU[state]}»",
        en=f"{label}: the PLC accepted the command, the phase stayed {state.name.capitalize()}",
    )


def link_lost(label: str) -> Text:
    """No Good phase state for too long."""
    return Text(ru=f"{label}: нет связи с ПЛК", en=f"{label}: no link to the PLC")


def plc_held(label: str) -> Text:
    """The PLC held the phase by itself or by hand at the unit."""
    return Text(ru=f"фазу на {label} задержал ПЛК", en=f"{label}: the PLC held the phase")


def not_met(condition: Text) -> Text:
    """A condition of the unit that is not fulfilled; its text says what must be."""
    return Text(ru=f"не выполнено «{condition.ru}»", en=f"not fulfilled '{condition.en}'")


def plc_ended(label: str, state: PhaseState) -> Text:
    """The phase ended in the PLC without the batch asking."""
    return Text(
        ru=f"{label}: фаза {PHASE_RU[state]} на установке; «Продолжить» начнёт её заново",
        en=f"{label}: the phase is {state.name.capitalize()} at the unit; Restart begins it anew",
    )


def plc_resumed(label: str) -> Text:
    """A paused phase runs again and the batch did not ask."""
    return Text(ru=f"{label}: фазу сняли с паузы на установке", en=f"{label}: the phase was resumed at the unit")


def no_pause(label: str) -> Text:
    """The unit's PLC knows no pause."""
    return Text(ru=f"{label}: ПЛК не умеет приостанавливать фазу", en=f"{label}: its PLC cannot pause a phase")


_CAUSES: Final = {
    "start": Text(ru="дошла очередь фазы «{}»", en="the procedure has come to '{}'"),
    "reset": Text(ru="фаза «{}» выполнена", en="'{}' is done"),
    "pause": Text(ru="пауза: «{}»", en="pause of '{}'"),
    "resume": Text(ru="снятие с паузы: «{}»", en="resume of '{}'"),
    "hold": Text(ru="задержка: «{}»", en="hold of '{}'"),
    "park": Text(ru="«{}» задержана и не должна идти", en="'{}' is held and must not run"),
    "restart": Text(ru="продолжение: «{}»", en="restart of '{}'"),
    "redo": Text(ru="решено переработать: «{}» останавливается", en="decided to rework: '{}' is stopped"),
    "again": Text(ru="повторение: «{}»", en="'{}' is repeated"),
    "stop": Text(ru="остановка: «{}»", en="stop of '{}'"),
    "abort": Text(ru="прерывание: «{}»", en="abort of '{}'"),
    "clear": Text(ru="установка освобождается после «{}»", en="the unit is given back after '{}'"),
}


def cause(task: str, held_reason: Text | None, node: Text) -> Text:
    """Why the batch asks a unit for a command."""
    what = Text(ru=_CAUSES[task].ru.format(node.ru), en=_CAUSES[task].en.format(node.en))
    return with_cause(what, [held_reason]) if held_reason is not None and task in ("hold", "park") else what


def waits_for(name: Text, why: Text | None) -> Text:
    """What a transition or a hold timer waits for; ``why`` when its condition cannot be judged."""
    return with_details(Text(ru=f"ждёт: {name.ru}", en=f"waits for: {name.en}"), [why] if why is not None else [])


def not_within(name: Text, within_s: int, why: Text | None) -> Text:
    """A condition that did not come in time."""
    what = Text(ru=f"За {within_s} с не выполнено «{name.ru}»", en=f"Not fulfilled within {within_s} s: '{name.en}'")
    return with_details(what, [why] if why is not None else [])


def loop_bound(name: Text, at_most: int) -> Text:
    """A loop was done as often as it may be."""
    return Text(
        ru=f"«{name.ru}» выполнено {at_most} раз, условие окончания не достигнуто",
        en=f"'{name.en}' was done {at_most} times and its end condition does not hold",
    )


def other_phase(label: str) -> Text:
    """The unit runs something that is not of this batch."""
    return Text(ru=f"{label}: на установке другая фаза или партия", en=f"{label}: the unit runs another phase or batch")


def not_idle(label: str, state: PhaseState) -> Text:
    """The unit cannot take a start."""
    return Text(ru=f"{label}: фаза {PHASE_RU[state]}, пуск невозможен", en=f"{label}: {state.name.capitalize()}, it cannot start")


def phase_moving(label: str, state: PhaseState) -> Text:
    """Not yet: the phase is in an acting state."""
    return Text(ru=f"{label}: фаза {PHASE_RU[state]}, подождите", en=f"{label}: {state.name.capitalize()}, wait")


def bad_quality(name: Text) -> Text:
    """A watched tag cannot be trusted."""
    return Text(ru=f"{name.ru}: нет достоверного значения", en=f"{name.en}: no good value")


def outside(name: Text, value: Text, lo: Text | None, hi: Text | None, eu: str) -> Text:
    """A watched value left its band."""
    ru = " и ".join(p for p in (f"не меньше {lo.ru}" if lo else "", f"не больше {hi.ru}" if hi else "") if p)
    en = " and ".join(p for p in (f"at least {lo.en}" if lo else "", f"at most {hi.en}" if hi else "") if p)
    return Text(ru=f"{name.ru} {value.ru} {eu}, нужно {ru}", en=f"{name.en} {value.en} {eu}, required {en}")


def setpoint_changed(name: Text, value: Text, want: Text, eu: str) -> Text:
    """Someone or something changed a setpoint of the batch."""
    return Text(
        ru=f"Изменено задание: {name.ru} {value.ru} {eu}, по рецепту {want.ru}",
        en=f"Setpoint changed: {name.en} {value.en} {eu}, the recipe says {want.en}",
    )


def setpoint_stuck(name: Text) -> Text:
    """The recipe's setpoint does not arrive in the PLC."""
    return Text(ru=f"Задание не записалось: {name.ru}", en=f"The setpoint was not taken over: {name.en}")


def verdict_again(text: Text) -> Text:
    """A verdict at the end of a phase failed."""
    return Text(ru=f"{text.ru}; «Продолжить» повторит фазу", en=f"{text.en}; Restart repeats the phase")


def with_details(what: Text, details: Iterable[Text]) -> Text:
    """``what (detail; detail)``."""
    detail = join(details)
    return Text(ru=f"{what.ru} ({detail.ru})", en=f"{what.en} ({detail.en})") if detail.ru else what


def unknown_recipe(recipe: str) -> Text:
    """No such recipe is loaded."""
    return Text(ru=f"Нет рецепта «{recipe}»", en=f"There is no recipe '{recipe}'")


def no_approved(recipe: str) -> Text:
    """There are versions, none of them approved (or this line cannot run the approved one)."""
    return Text(ru=f"У рецепта «{recipe}» нет утверждённой версии", en=f"The recipe '{recipe}' has no approved version")


def not_approved(name: Text) -> Text:
    """Only approved recipes run."""
    return Text(ru=f"Рецепт «{name.ru}» не утверждён", en=f"The recipe '{name.en}' is not approved")


def wrong_size(lo: float, hi: float) -> Text:
    """The size of the batch is no number or outside the recipe's."""
    low, high = number(lo, 0), number(hi, 0)
    return Text(ru=f"Размер партии должен быть от {low.ru} до {high.ru} кг", en=f"The size must be {low.en} to {high.en} kg")


def wrong_argument(name: str) -> Text:
    """An argument that cannot be read."""
    return Text(ru=f"Неверный аргумент «{name}»", en=f"Wrong argument '{name}'")


def unknown_batch(batch: str) -> Text:
    """No such batch, or it ended long ago."""
    return Text(ru=f"Нет партии «{batch_label(batch)}»", en=f"There is no batch '{batch_label(batch)}'")


def occupied(label: str, owner: str) -> Text:
    """Another batch has the unit."""
    return Text(ru=f"{label}: партия {batch_label(owner)}", en=f"{label}: batch {batch_label(owner)}")


def wrong_state(batch: str, state: str, command: str, node: Text | None = None) -> Text:
    """The state table has no such move, for the batch or for a node of it."""
    if node is not None:
        return Text(
            ru=f"«{node.ru}» в состоянии «{NODE_STATE_RU[state]}»: «{COMMAND_RU[command]}» сейчас невозможно",
            en=f"'{node.en}' is {state}: it cannot {command} now",
        )
    return Text(
        ru=f"Партия {batch_label(batch)} {STATE_RU[state]}: «{COMMAND_RU[command]}» сейчас невозможно",
        en=f"Batch {batch_label(batch)} is {state}: it cannot {command} now",
    )


def unknown_parameter(parameter: str) -> Text:
    """The recipe has no such parameter."""
    return Text(ru=f"В рецепте нет параметра «{parameter}»", en=f"The recipe has no parameter '{parameter}'")


def fixed_parameter(name: Text, *, ccp: bool) -> Text:
    """The parameter may not be changed in this batch any more, or at all."""
    if ccp:
        return Text(ru=f"{name.ru}: ККТ, в партии не изменяется", en=f"{name.en}: a CCP, not changed during a batch")
    return Text(ru=f"{name.ru}: фаза уже выполнена", en=f"{name.en}: its phase is done")


def outside_limits(name: Text, value: float, lo: Text, hi: Text, eu: str) -> Text:
    """The value leaves the recipe's limits."""
    given = number(value, 2)
    return Text(
        ru=f"{name.ru}: {given.ru} вне пределов рецепта {lo.ru}…{hi.ru} {eu}",
        en=f"{name.en}: {given.en} is outside the recipe's limits {lo.en}…{hi.en} {eu}",
    )


ROLE_RU: Final = {
    "viewer": "наблюдателя", "operator": "оператора", "shift_lead": "мастера смены", "technologist": "технолога",
    "engineer": "инженера", "admin": "администратора",
}  # fmt: skip


def role_needed(role: str) -> Text:
    """Somebody else has to do this."""
    return Text(ru=f"Нужны права {ROLE_RU.get(role, role)}", en=f"This needs the role {role.replace('_', ' ')}")


def batch_ended(batch: str, state: str) -> Text:
    """Nothing of the kind can be done any more."""
    return Text(ru=f"Партия {batch_label(batch)} {STATE_RU[state]}", en=f"Batch {batch_label(batch)} is {state}")


def not_offered(name: Text) -> Text:
    """The leaf does not wait for a person."""
    return Text(ru=f"«{name.ru}» сейчас не ждёт подтверждения", en=f"'{name.en}' does not wait for anybody")


def skips_ccp(name: Text) -> Text:
    """A critical limit is judged in the phase."""
    return Text(ru=f"«{name.ru}»: ККТ, пропустить нельзя", en=f"'{name.en}' has a critical limit and cannot be skipped")


def no_prompt(prompt: str) -> Text:
    """The batch does not ask this, or not now."""
    return Text(ru=f"Запроса «{prompt}» сейчас нет", en=f"There is no prompt '{prompt}' now")


def prompt_rests(text: Text) -> Text:
    """The branch of the prompt is held or paused."""
    return Text(ru=f"«{text.ru}»: партия задержана, сначала продолжите", en=f"'{text.en}': the batch rests, let it go on first")


def outside_prompt(name: Text, value: float, lo: float | None, hi: float | None, eu: str) -> Text:
    """A number outside the limits of its prompt."""
    low, high = (None if v is None else Text(ru=f"{v:g}".replace(".", ","), en=f"{v:g}") for v in (lo, hi))
    return outside(name, Text(ru=f"{value:g}".replace(".", ","), en=f"{value:g}"), low, high, eu)


def outside_tolerance(name: Text, kg: float, lo: float, hi: float) -> Text:
    """Weighed too much or too little."""
    given, low, high = (number(v, 3) for v in (kg, lo, hi))
    return Text(
        ru=f"{name.ru}: {given.ru} кг вне допуска {low.ru}…{high.ru} кг",
        en=f"{name.en}: {given.en} kg is outside {low.en}…{high.en} kg",
    )


REASON_NEEDED: Final = Text(ru="Укажите причину", en="Give a reason")
SIGNATURE_NEEDED: Final = Text(ru="Нужна подпись", en="A signature is needed")
MANUAL_ONLY: Final = Text(ru="Только в ручном режиме партии", en="Only in the batch's manual mode")
NOT_IN_MANUAL: Final = Text(
    ru="В ручном режиме шаг запускают, а не подтверждают", en="In manual mode a step is started, not confirmed"
)
TOO_MANY_LOTS: Final = Text(ru="Слишком много партий сырья", en="Too many lots")
NO_ORDERS: Final = Text(ru="На этой линии заказы не ведутся", en="This line keeps no production orders")
TOO_MANY: Final = Text(ru="Слишком много открытых партий", en="Too many open batches")
WAIT_FOR_PLC: Final = Text(ru="Ждём ответа ПЛК на прошлую команду", en="The PLC has still to answer the last command")
LINE_CHANGED: Final = Text(
    ru="Партия не восстановлена: рецепт или линия изменились", en="The batch could not be restored: recipe or line changed"
)
MISFIT: Final = Text(
    ru="Рецепт или линия изменились: продолжить партию нельзя, можно только остановить или прервать",
    en="Recipe or line changed: the batch cannot go on, it can only be stopped or aborted",
)
