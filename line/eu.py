"""Engineering units as people write them: tags carry the international symbol."""

from __future__ import annotations

from typing import Final

EU_RU: Final[dict[str, str]] = {
    "kg": "кг", "g": "г", "t": "т", "A": "А", "V": "В", "kW": "кВт", "kg/h": "кг/ч", "rpm": "об/мин", "bar": "бар", "Hz": "Гц",
    "min": "мин", "s": "с", "ms": "мс", "h": "ч", "pcs": "шт", "packs": "уп", "pcs/min": "шт/мин", "packs/min": "уп/мин",
    "l": "л", "m": "м", "mm": "мм", "d": "сут", "MB": "МБ", "GB": "ГБ",
}  # fmt: skip


def eu_text(eu: str, language: str) -> str:
    """The engineering unit as people write it; an unknown one unchanged."""
    return EU_RU.get(eu, eu) if language == "ru" else eu
