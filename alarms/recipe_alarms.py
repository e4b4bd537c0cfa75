"""The alarms that batches bring along: for every unit one on a deviation from the recipe, one on a violated critical limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from alarms.entries import RESPONSE_TIME_S
from alarms.faults import Placed
from alarms.table import AlarmDef, AlarmKind
from line.documents import Text
from line.recipe_tags import CCP_HOLD, DEVIATION, recipe_tag
from line.tags import TagTable


@dataclass(frozen=True)
class _Words:
    """An alarm without its unit; ``name`` follows the unit's label."""

    id: str
    priority: int
    ccp: bool
    name: Text
    cause: Text
    consequence: Text
    response: Text


_ALARMS: Final[Mapping[str, _Words]] = {
    DEVIATION: _Words(
        "recipe_deviation",
        2,
        ccp=False,
        name=Text(ru="отклонение от рецепта", en="recipe deviation"),
        cause=Text(
            ru="Контролируемый параметр фазы вышел за пределы рецепта, или его сигнал недостоверен",
            en="A watched value of the phase left the limits of the recipe, or its signal is bad",
        ),
        consequence=Text(
            ru="Качество продукта под угрозой; операция или партия может быть задержана",
            en="Product quality at risk; the operation or the batch may be held",
        ),
        response=Text(
            ru="1. Откройте партию на панели: там названы параметр, значение и пределы.\n2. Устраните причину.\n"
            "3. Если партия задержана, нажмите «Продолжить», когда значение вернётся в пределы.",
            en="1. Open the batch on the panel: it names parameter, value and limits.\n2. Remove the cause.\n"
            "3. If the batch is held, restart it once the value is back within its limits.",
        ),
    ),
    CCP_HOLD: _Words(
        "ccp_hold",
        1,
        ccp=True,
        name=Text(ru="ККТ нарушена, продукт ждёт решения", en="CCP violated, product on hold"),
        cause=Text(
            ru="Нарушен критический предел, или сигнал в ККТ недостоверен",
            en="A critical limit was violated, or the signal at the CCP is bad",
        ),
        consequence=Text(
            ru="Партия задержана; продукт может быть небезопасен и не должен идти дальше",
            en="The batch is held; the product may be unsafe and must not go on",
        ),
        response=Text(
            ru="1. Не выгружайте продукт.\n2. Вызовите технолога.\n"
            "3. Технолог решает на странице партии и подписывает: выпустить, переработать или уничтожить.",
            en="1. Do not unload the product.\n2. Call the technologist.\n"
            "3. The technologist decides on the batch page and signs: release, rework or destroy.",
        ),
    ),
}


def recipe_alarms(tags: TagTable, labels: Mapping[str, str], areas: Mapping[str, str]) -> list[Placed]:
    """Both alarms of every unit (id → label) whose tags exist; ``areas`` is unit → area."""
    return [
        Placed(_alarm(words, unit, label, areas.get(unit, ""), tags.handle(name), name), ("alarms",))
        for unit, label in labels.items()
        for what, words in _ALARMS.items()
        if (name := recipe_tag(unit, what)) in tags
    ]


def _alarm(words: _Words, unit: str, label: str, area: str, handle: int, tag: str) -> AlarmDef:
    return AlarmDef(
        id=f"{unit}.{words.id}",
        tag=tag,
        handle=handle,
        kind=AlarmKind.DISCRETE,
        limit=1.0,
        deadband=0.0,
        on_delay_s=0.0,
        off_delay_s=0.0,
        priority=words.priority,
        latching=False,
        unit=unit,
        eu="",
        when="",
        name=Text(ru=f"{label}: {words.name.ru}", en=f"{label}: {words.name.en}"),
        cause=words.cause,
        consequence=words.consequence,
        response=words.response,
        response_time_s=RESPONSE_TIME_S[words.priority],
        area=area,
        ccp=words.ccp,
        generated=True,
    )
