"""What the loading task says: facts of the lot, what the scale shows, what is missing before it can be confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batch_steps import Weighing
from hmi.viewmodels.format import decimals_for, number_text, with_eu
from hmi.viewmodels.loading import CheckLine, Confirm, LoadingTask, Reading, weighing_of
from hmi.viewmodels.stock import Need, ScaleInfo, Stock, StockLot, day_text, material_name, named, place_name, product_name
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip
from hmi.viewmodels.wire import Obj
from hmi.widgets.loadingparts import FormulaCell

Words = Mapping[str, Callable[[], str]]
SCALE_FAULTS: Final[Words] = {
    "bad": lambda: translate("Loading", "no good value from the scale"),
    "faulty": lambda: translate("Loading", "the scale is faulty"),
    "moving": lambda: translate("Loading", "the scale is not at rest yet"),
    "empty": lambda: translate("Loading", "nothing on the scale"),
}
FEFO_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("Loading", "The older lot cannot be reached"),
    lambda: translate("Loading", "The older lot is kept for another batch"),
    lambda: translate("Loading", "Told by the technologist"),
)
OTHER_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("Loading", "The material of the recipe ran out"),
    lambda: translate("Loading", "Told by the technologist"),
)
REMEDIES: Final[Words] = {
    "formula": lambda: translate("Loading", "Take a lot of the material that the recipe asks for."),
    "expiry": lambda: translate("Loading", "Take another lot. Put this one aside and tell the shift lead."),
    "documents": lambda: translate("Loading", "Take another lot, or bring the documents: a technologist releases it then."),
    "status": lambda: translate("Loading", "Take another lot. Only a technologist can release this one."),
    "left": lambda: translate(
        "Loading", "Take another lot. If there is still something of it, the shift lead corrects the stock."
    ),
}


def remedy(checks: Iterable[CheckLine]) -> str:
    """What to do about a lot that is refused: one thing, that of the check which decides."""
    refused = {c.id for c in checks if c.verdict == "refused"}
    return next((said() for check, said in REMEDIES.items() if check in refused), "")


def code_words(store: LineStore, code: Obj) -> str:
    """What a code is that leads to no lot in stock."""
    product, material = wire.text(code, "product"), wire.text(code, "material")
    if wire.text(code, "lot"):
        return translate("Loading", "{lot}: there is no such lot in stock.").format(lot=wire.text(code, "lot"))
    if wire.text(code, "sscc"):
        return translate("Loading", "{code}: this is a packed case, no raw material.").format(code=wire.text(code, "code"))
    if product:
        name = product_name(store, product)
        return translate("Loading", "{name}: this is product. It goes in as rework only.").format(name=name)
    name = material_name(store, material) if material else wire.text(code, "code")
    return translate("Loading", "{name}: no lot in stock bears this code. Receive it first.").format(name=name)


def bad_code(store: LineStore, code: Obj) -> str:
    """A code that cannot be read, and why; a number of a lot that nobody bears stands in the reason itself."""
    why = store.text(code.get("why")) or translate("Loading", "This is no code that can be read.")
    said = wire.text(code, "code")
    return why if not said or said in why else f"{said}: {why}"


def doubt_words(store: LineStore, doubts: Sequence[Obj]) -> str:
    """What may be wrong with a code that could be read."""
    return "\n".join(f"! {t}" for d in doubts if (t := store.text(d)))


def step_titles(task: LoadingTask, step: int) -> list[str]:
    """Captions of the four steps."""
    code = translate("Loading", "Code: {lot}").format(lot=task.lot) if task.lot else translate("Loading", "Code")
    return [
        code, translate("Loading", "Check"), translate("Loading", "Weighing"), translate("Loading", "Confirmation"),
    ]  # fmt: skip


def kg(store: LineStore, value: float | None, decimals: int = 1) -> str:
    """A mass with its unit."""
    return with_eu(value, decimals, "kg", store.language)


def days_words(days: int | None) -> str:
    """How long a lot is good for."""
    if days is None:
        return ""
    if days < 0:
        return translate("Loading", "expired")
    return translate("Loading", "last day") if days == 0 else translate("Loading", "{n} d left").format(n=days)


def until(lot: StockLot) -> str:
    """``26.11.2026 (4 d left)``; empty for what does not expire."""
    return f"{day_text(lot.expires)} ({days_words(lot.days_left)})" if lot.expires else ""


def lot_facts(store: LineStore, lot: StockLot) -> list[tuple[str, str]]:
    """Names and values of what is known of a lot."""
    supplier = named(store, "suppliers").get(lot.supplier) or lot.supplier
    facts = [
        (translate("Loading", "Lot"), lot.id), (translate("Loading", "Supplier"), supplier),
        (translate("Loading", "Produced"), day_text(lot.produced)), (translate("Loading", "Good until"), until(lot)),
        (translate("Loading", "In stock"), f"{kg(store, lot.left_kg, 2)} · {place_name(store, lot.place)}"),
    ]  # fmt: skip
    return [(name, value) for name, value in facts if value]


def need_facts(store: LineStore, need: Need, stock: Stock) -> list[tuple[str, str]]:
    """Before a lot is chosen: how much, where it is."""
    w = weighing_of(need, 0.0)
    lot = stock.lot(need.lot)
    facts = [
        (translate("Loading", "Wanted"), f"{kg(store, need.target_kg, w.decimals)} ± {tolerance(store, w)}"),
        (translate("Loading", "Weighed"), kg(store, need.weighed_kg, w.decimals) if need.weighed_kg else ""),
        (translate("Loading", "In stock"), kg(store, need.stock_kg, 1) if need.stock_kg is not None else ""),
        (translate("Loading", "First to go"), need.lot), (translate("Loading", "Good until"), until(lot) if lot else ""),
        (translate("Loading", "Place"), place_name(store, lot.place) if lot else ""),
    ]  # fmt: skip
    return [(name, value) for name, value in facts if value]


def proposal(store: LineStore, lot: StockLot) -> str:
    """The button for the lot whose turn it is."""
    return translate("Loading", "Take {lot}").format(lot=lot.id)


def tolerance(store: LineStore, w: Weighing) -> str:
    """Half of the band."""
    return number_text((w.hi - w.lo) / 2, w.decimals, store.language)


def wanted_words(store: LineStore, need: Need, confirm: Confirm) -> str:
    """``Wanted 98,0 kg ± 1,0 · missing 1,6 kg · loaded before 0 kg``."""
    w = weighing_of(need, confirm.kg or 0.0)
    parts = [translate("Loading", "Wanted {mass} ± {by}").format(mass=kg(store, w.target, w.decimals), by=tolerance(store, w))]
    if w.verdict == "under":
        parts.append(translate("Loading", "{mass} more").format(mass=kg(store, w.target - w.kg, w.decimals)))
    elif w.verdict == "over":
        parts.append(translate("Loading", "too much by {mass}").format(mass=kg(store, w.kg - w.target, w.decimals)))
    else:
        parts.append("✓ " + translate("Loading", "inside the tolerance"))
    if need.weighed_kg:
        parts.append(translate("Loading", "loaded before {mass}").format(mass=kg(store, need.weighed_kg, w.decimals)))
    return " · ".join(parts)


def mass_decimals(task: LoadingTask, scale: ScaleInfo | None, value: float | None) -> int:
    """Of the scale's division, or as typed."""
    if task.typed_kg is None and scale is not None:
        return decimals_for(scale.division_kg)
    return max(1, decimals_for(value))


def mass_chip(task: LoadingTask, reading: Reading | None) -> Chip:
    """Whether the scale is at rest."""
    if task.typed_kg is not None:
        return Chip(translate("Loading", "typed in"), "manual")
    if reading is None:
        return Chip("", "plain")
    states: Words = {
        "": lambda: translate("Loading", "stable"), "moving": lambda: translate("Loading", "moving…"),
        "empty": lambda: translate("Loading", "empty"), "bad": lambda: translate("Loading", "no data"),
        "faulty": lambda: translate("Loading", "faulty"),
    }  # fmt: skip
    return Chip(states[reading.fault](), "run" if not reading.fault else "held")


def missing_words(store: LineStore, need: Need, confirm: Confirm) -> str:
    """What stands under a confirm button that cannot be touched."""
    if confirm.missing in SCALE_FAULTS:
        return SCALE_FAULTS[confirm.missing]()
    if confirm.missing == "check":
        return translate("Loading", "first the lot")
    if confirm.missing == "mass":
        return translate("Loading", "the mass is missing")
    if confirm.missing == "under":
        w = weighing_of(need, confirm.kg or 0.0)
        return translate("Loading", "outside the tolerance: {mass} more").format(mass=kg(store, w.target - w.kg, w.decimals))
    if confirm.outside:
        return translate("Loading", "too much: a shift lead says why")
    return ""


def formula_cells(store: LineStore, rows: list[Need], current: str) -> list[FormulaCell]:
    """The formula of the batch with what was weighed."""
    cells: list[FormulaCell] = []
    for n in rows:
        decimals = max(1, weighing_of(n, 0.0).decimals)
        wanted = number_text(n.target_kg, decimals, store.language)
        weighed = number_text(n.weighed_kg, decimals, store.language) if n.weighed_kg else ""
        done = bool(n.weighed_kg) and weighing_of(n, 0.0).verdict == "inside"
        cells.append(FormulaCell(store.text(n.name), wanted, weighed, done, n.material == current))
    return cells
