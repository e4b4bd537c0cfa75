"""What is said about deviations, products on hold and dispositions, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from line.documents import Text

_OF_ROLE: Final = {
    "operator": "оператора", "shift_lead": "мастера смены", "technologist": "технолога", "engineer": "инженера",
    "admin": "администратора",
}  # fmt: skip

NO_REASON: Final = Text(ru="Укажите причину", en="Give a reason")
NOT_SIGNED: Final = Text(ru="Решение о продукте подписывают паролем", en="A disposition has to be signed with a password")
NO_SUCH_VERDICT: Final = Text(
    ru="Решение: «release» (выпустить), «rework» (переработать) или «destroy» (уничтожить)",
    en="The verdict is release, rework or destroy",
)
DESTROYED: Final = Text(
    ru="Продукт подлежит уничтожению: партию можно только остановить или прервать",
    en="The product is to be destroyed: the batch can only be stopped or aborted",
)


def awaits(numbers: Sequence[int]) -> Text:
    """A restart while the product is on hold."""
    listed = ", ".join(str(n) for n in numbers)
    return Text(
        ru=f"Продукт удержан: технолог должен принять и подписать решение по отклонению {listed}",
        en=f"The product is on hold: a technologist has to decide deviation {listed} and sign",
    )


def signer_may_not(role: str, least: str) -> Text:
    """The person who signed may not decide this."""
    return Text(
        ru=f"Для подписи нужны права {_OF_ROLE[least]}; у подписавшего их нет",
        en=f"{_article(least).capitalize()} or above has to sign, not a person with the role '{role}'",
    )


def _article(role: str) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role.replace('_', ' ')}"


def no_such_deviation(number: object) -> Text:
    """The batch has no critical deviation of this number."""
    return Text(ru=f"В партии нет отклонения ККТ № {number}", en=f"The batch has no CCP deviation {number}")


def decided_already(number: int, verdict: str) -> Text:
    """A verdict is given once."""
    return Text(
        ru=f"По отклонению {number} решение уже принято: {VERDICT_RU[verdict]}", en=f"Deviation {number} is decided: {verdict}"
    )


VERDICT_RU: Final = {"release": "выпустить", "rework": "переработать", "destroy": "уничтожить"}


def said(verdict: str, number: int) -> Text:
    """Why the product is what it is now."""
    return Text(ru=f"Отклонение {number}: {VERDICT_RU[verdict]}", en=f"Deviation {number}: {verdict}")


_UNDECIDED: Final = Text(ru="продукт удержан до решения технолога", en="the product is on hold until a technologist decides")
_WHAT_NOW: Final = {
    "release": Text(ru="выпустить, партию можно продолжить", en="release, the batch may be restarted"),
    "rework": Text(ru="переработать, партию можно продолжить", en="rework, the batch may be restarted"),
    "destroy": Text(ru="уничтожить, партию можно только остановить или прервать", en="destroy, the batch may only end"),
}


def critical(text: Text) -> Text:
    """A violated critical limit, as the reason of a hold."""
    ru, en = ("" if word in said_already else f"{word}: " for word, said_already in (("ККТ", text.ru), ("CCP", text.en)))
    return Text(ru=f"{ru}{text.ru}; {_UNDECIDED.ru}", en=f"{en}{text.en}; {_UNDECIDED.en}")


def now_decided(held_reason: Text, verdict: str, name: str) -> Text:
    """The reason of a hold by :func:`critical`, once ``name`` has decided; any other is as it was."""
    now = _WHAT_NOW[verdict]
    return Text(
        ru=held_reason.ru.replace(_UNDECIDED.ru, f"решение ({name}): {now.ru}"),
        en=held_reason.en.replace(_UNDECIDED.en, f"{name} decided: {now.en}"),
    )


def parameter_role(name: Text, least: str) -> Text:
    """The recipe wants somebody else for this parameter."""
    return Text(
        ru=f"{name.ru}: для изменения нужны права {_OF_ROLE[least]}",
        en=f"{name.en}: only {_article(least)} or above may change it",
    )


def critical_limit(name: Text) -> Text:
    """A parameter that a critical limit is made of."""
    return Text(
        ru=f"{name.ru}: от него зависит критический предел, в партии не изменяется",
        en=f"{name.en}: a critical limit depends on it, not changed during a batch",
    )
