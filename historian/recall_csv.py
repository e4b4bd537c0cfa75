"""A recall as one sheet that can be sorted: a row for every movement, with who had it before and who after.

One step back and one forward of each lot (EU 178/2002, Art. 18); the columns follow the critical tracking events and key data of
FSMA 204, as a model. The form is that of :mod:`historian.alarm_csv`: in English commas and decimal points, in Russian semicolons
and decimal commas, as spreadsheets there read it; UTF-8 with a byte order mark; times UTC. SSCC and GTIN bear their application
identifiers, (00) and (01): a spreadsheet would take the bare digits for a number and round them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from historian.alarm_csv import BOM, csv_text, stamp
from historian.genealogy_events import CUSTOMER
from historian.recall import Recall
from historian.trace import Edge, LotRow
from line.jsontools import whole
from line.messages import Json

COLUMNS: Final = (
    ("Событие", "Event"), ("Время (UTC)", "Time (UTC)"), ("Партия (код прослеживания)", "Lot (traceability code)"),
    ("Материал или продукт", "Material or product"), ("Количество", "Quantity"), ("Единица", "Unit of measure"),
    ("Из отзываемого, кг", "Of the recalled lot, kg"), ("Откуда", "Previous source"), ("Куда", "Next recipient"),
    ("Партия поставщика", "Supplier's lot"), ("Выработано", "Produced"), ("Годен до", "Use by or best before"), ("GTIN", "GTIN"),
    ("SSCC", "SSCC"), ("Упаковок", "Packs"), ("Партия на линии", "Batch"), ("Узел", "Unit"), ("Место", "Place"),
    ("Статус", "Status"), ("Масса разделена", "Mass shared"), ("Запись журнала", "Journal record"),
)  # fmt: skip
EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "received": ("приёмка", "receiving"), "consumed": ("закладка", "transformation: input"),
    "produced": ("выработка", "transformation: output"), "rework": ("переработка", "rework"), "packed": ("упаковка", "packing"),
    "dispatched": ("отгрузка", "shipping"),
    "split": ("отделение части", "splitting"), "merge": ("объединение", "merging"),
}  # fmt: skip


def recall_csv(found: Recall, language: str) -> str:
    """The whole sheet, by time."""
    at = 1 if language == "en" else 0
    rows = sorted(_rows(found, at), key=lambda row: (str(row[1]), whole(row[-1])))
    return BOM + csv_text([[names[at] for names in COLUMNS], *rows], language)


def _rows(found: Recall, at: int) -> Iterator[list[Json]]:
    lots = {**found.back.lots, **found.forward.lots}
    kg = {**found.back.kg, **found.forward.kg}
    forward = frozenset(found.forward.edges)
    parted = {e.dst for e in (*found.back.edges, *found.forward.edges) if e.kind in ("split", "merge")}
    for row in lots.values():
        if row.kind == "raw" and row.told and row.id not in parted:
            yield [
                EVENTS["received"][at], stamp(row.made_ns), row.id, row.material, row.made_kg, "kg", _round(kg.get(row.id)),
                row.supplier, row.place, row.supplier_lot, row.produced, row.expires, _gtin(row), "", None, "", "", row.place,
                row.status, False, row.made_seq,
            ]  # fmt: skip
    for edge in dict.fromkeys([*found.back.edges, *found.forward.edges]):
        yield _edge(
            edge, lots, found.forward.kg if edge in forward else found.back.kg, at, edge.src if edge in forward else edge.dst
        )


def _edge(edge: Edge, lots: Mapping[str, LotRow], kg: Mapping[str, float], at: int, of: str) -> list[Json]:
    """The lot of a row is the one that went in, or the one that came out where a new one was made.

    ``of``: whose mass in ``kg`` this movement has its part of: forward what it left, back what it went into.
    """
    lot = lots[edge.dst if edge.kind in ("packed", "produced") else edge.src]
    base_kg = lots[of].base_kg
    share_kg = kg.get(of, 0.0) * (edge.kg or 0.0) / base_kg if base_kg > 0.0 else 0.0
    return [
        EVENTS[edge.kind][at], stamp(edge.time_ns), lot.id, lot.material or edge.material, edge.kg, "kg",
        _round(share_kg), edge.src, edge.dst.removeprefix(CUSTOMER), lot.supplier_lot, lot.produced,
        lot.expires, _gtin(lot), lot.id if lot.has_sscc else "", lot.packs, edge.batch, edge.unit,
        lot.place, lot.status, bool(edge.shared), edge.seq,
    ]  # fmt: skip


def _gtin(lot: LotRow) -> str:
    """With its application identifier; the ids of packed units have theirs."""
    return f"(01){lot.gtin}" if lot.gtin else ""


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
