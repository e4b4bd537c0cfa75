"""Why a command for alarms is refused, in the words of the panel: what stands against it and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alarms.standing import Standing
from alarms.states import AlarmState
from alarms.table import AlarmDef
from line.commands import reason
from line.messages import JsonObject

_S = AlarmState
ROLE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "operator": ("оператора", "operator"), "shift_lead": ("мастера смены", "shift lead"),
    "technologist": ("технолога", "technologist"), "engineer": ("инженера", "engineer"),
    "admin": ("администратора", "administrator"),
}  # fmt: skip
"""Roles as the reasons name them, Russian in the genitive."""

_NOT_SEEN: Final[Mapping[AlarmState, tuple[str, str]]] = {
    _S.NORMAL: ("тревога не активна", "the alarm is not active"),
    _S.SHELVED: ("тревога отложена; сначала верните её", "the alarm is shelved; unshelve it first"),
    _S.SUPPRESSED: (
        "тревога подавлена по проекту и вернётся сама, когда условие подавления уйдёт",
        "the alarm is suppressed by design; it comes back by itself once the condition of that is gone",
    ),
    _S.OUT_OF_SERVICE: (
        "тревога выведена из работы; сначала введите её в работу",
        "the alarm is out of service; restore it first",
    ),
}
"""What stands against acknowledging and resetting an alarm that is in no list."""

NO_ALARMS: Final = reason("В команде не названы тревоги", "The command names no alarms")
NO_REASON: Final = reason("Укажите причину: она войдёт в журнал", "Give the reason: it goes into the journal")
NO_WORK_ORDER: Final = reason("Укажите номер наряда", "Give the number of the work order")
NO_COMMENT: Final = reason("Комментарий: от 1 до 500 знаков", "A comment has 1 to 500 characters")
NO_ONE_SHOT: Final = reason(
    "one_shot: нужно да или нет (true, false)", "one_shot is yes or no (true, false)"
)  # fmt: skip


def _of(alarm_id: str, ru: str, en: str) -> JsonObject:
    return reason(f"{alarm_id}: {ru}", f"{alarm_id}: {en}")


def unknown(alarm_id: str) -> JsonObject:
    """There is none of this id."""
    return _of(alarm_id, "такой тревоги нет", "there is no such alarm")


def not_acked(alarm: AlarmDef, standing: Standing) -> JsonObject:
    """Against ``alarm.ack``."""
    if standing.state in _NOT_SEEN:
        return _of(alarm.id, *_NOT_SEEN[standing.state])
    by = standing.acked_by
    return _of(alarm.id, f"уже квитирована ({by})", f"already acknowledged ({by})")


def came_again(alarm: AlarmDef) -> JsonObject:
    """Against acknowledging an annunciation that is not the one the panel showed."""
    return _of(
        alarm.id, "с тех пор пришла снова; посмотрите на неё и квитируйте ещё раз",
        "came again since; look at it and acknowledge once more",
    )  # fmt: skip


def not_reset(alarm: AlarmDef, standing: Standing) -> JsonObject:
    """Against ``alarm.reset``."""
    if standing.state in _NOT_SEEN:
        return _of(alarm.id, *_NOT_SEEN[standing.state])
    if not alarm.latching:
        return _of(alarm.id, "тревога без защёлки, сбрасывать нечего", "the alarm does not latch, there is nothing to reset")
    if standing.state is _S.RTN_UNACK:
        return _of(alarm.id, "уже сброшена; квитируйте её", "already reset; acknowledge it")
    return _of(
        alarm.id, "условие ещё держится; сброс возможен, когда оно уйдёт",
        "its condition still stands; reset it once that is gone",
    )  # fmt: skip


def not_shelved_now(alarm: AlarmDef, standing: Standing) -> JsonObject:
    """Against shelving an alarm that is hidden by something stronger."""
    if standing.state is _S.SUPPRESSED:
        return _of(alarm.id, "подавлена по проекту, откладывать нечего", "suppressed by design, there is nothing to shelve")
    return _of(alarm.id, "выведена из работы, откладывать нечего", "out of service, there is nothing to shelve")


def may_not_shelve(alarm: AlarmDef, role: str) -> JsonObject:
    """``role`` is the least that may, or '' (nobody)."""
    what_ru, what_en = (
        ("ККТ", "of a critical control point") if alarm.ccp else (f"приоритета {alarm.priority}", f"of priority {alarm.priority}")
    )
    if role not in ROLE_WORDS:
        return _of(
            alarm.id, f"тревогу {what_ru} откладывать нельзя: квитируйте её и действуйте по её указаниям",
            f"an alarm {what_en} is not shelved: acknowledge it and follow its response",
        )  # fmt: skip
    ru, en = ROLE_WORDS[role]
    return _of(
        alarm.id, f"тревогу {what_ru} откладывают с правами {ru} и выше: позовите его",
        f"an alarm {what_en} is shelved by the {en} or above: call them",
    )  # fmt: skip


def may_not_remove(role: str) -> JsonObject:
    """``role`` is the least that may."""
    ru, en = ROLE_WORDS.get(role, ("", "nobody"))
    if not ru:
        return reason(
            "Выводить тревоги из работы и вводить в работу нельзя", "Nobody takes alarms out of service or restores them"
        )
    return reason(
        f"Выводят тревоги из работы и вводят в работу с правами {ru} и выше",
        f"Alarms are taken out of service and restored by the {en} or above",
    )


def minutes_outside(max_s: float) -> JsonObject:
    """Against a time that is no time or beyond the limit."""
    most = f"{max_s / 60.0:g}"
    return reason(f"Время откладывания: больше 0 и не больше {most} мин", f"Shelve for more than 0 and at most {most} minutes")


def too_long(alarm: AlarmDef, left_s: float, max_s: float) -> JsonObject:
    """Against an extension beyond the limit from the first shelving."""
    hours = f"{max_s / 3600.0:g}"
    left = max(0, int(left_s // 60))
    return _of(
        alarm.id, f"с первого откладывания нельзя больше {hours} ч: осталось {left} мин",
        f"at most {hours} h from the first shelving: {left} minutes are left",
    )  # fmt: skip


def not_shelved(alarm_id: str) -> JsonObject:
    """Against ``alarm.unshelve``."""
    return _of(alarm_id, "тревога не отложена", "the alarm is not shelved")


def already_removed(alarm_id: str, removed_by: str) -> JsonObject:
    """Against ``alarm.remove``."""
    return _of(alarm_id, f"уже выведена из работы ({removed_by})", f"already out of service ({removed_by})")


def not_removed(alarm_id: str) -> JsonObject:
    """Against ``alarm.restore``."""
    return _of(alarm_id, "тревога в работе", "the alarm is in service")
