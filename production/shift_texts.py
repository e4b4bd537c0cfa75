"""What is told to a person whose command does not fit the step of the shift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from line.documents import Text
from production.shift_states import ShiftStep

OTHER_SHIFT: Final = Text(
    ru="Тем временем началась другая смена, это относилось к прежней. Закройте и посмотрите заново",
    en="Another shift has begun meanwhile, this was about the one before. Close it and look again",
)
NOT_NOW: Final[Mapping[ShiftStep, Text]] = {
    ShiftStep.CLOSED: Text(ru="Смена не открыта", en="No shift is open"),
    ShiftStep.OPEN: Text(
        ru="Передача смены не подготовлена: сначала опишите открытые вопросы",
        en="The hand-over is not prepared: first describe the open matters",
    ),
    ShiftStep.PREPARING: Text(
        ru="Передача смены готовится: её подписывает сдающий, или отзовите её",
        en="A hand-over is being prepared: who leaves signs it, or withdraw it",
    ),
    ShiftStep.HANDING_OVER: Text(
        ru="Передача смены подписана сдающим: её подписывает принимающий, или отзовите её",
        en="The hand-over is signed by who leaves: who comes signs it, or withdraw it",
    ),
}
"""By the step in which something else was asked for."""
