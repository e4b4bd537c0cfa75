"""Words for batches: states, modes, what became of the product, verdicts; facts of deviations in a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hmi.texts import translate
from hmi.viewmodels.batches import Batch, Deviation
from hmi.viewmodels.format import clock_text, decimals_for, eu_text, number_text, range_text, with_eu
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip

Words = Mapping[str, Callable[[], str]]
STATES: Final[Words] = {
    "idle": lambda: translate("Batches", "Created"),
    "running": lambda: translate("Batches", "Running"),
    "pausing": lambda: translate("Batches", "Pausing"),
    "paused": lambda: translate("Batches", "Paused"),
    "holding": lambda: translate("Batches", "Holding"),
    "held": lambda: translate("Batches", "Held"),
    "restarting": lambda: translate("Batches", "Restarting"),
    "complete": lambda: translate("Batches", "Complete"),
    "stopping": lambda: translate("Batches", "Stopping"),
    "stopped": lambda: translate("Batches", "Stopped"),
    "aborting": lambda: translate("Batches", "Aborting"),
    "aborted": lambda: translate("Batches", "Aborted"),
}
COMMANDS: Final[Words] = {
    "start": lambda: translate("Batches", "Start"),
    "pause": lambda: translate("Batches", "Pause"),
    "resume": lambda: translate("Batches", "Resume"),
    "hold": lambda: translate("Batches", "Hold"),
    "restart": lambda: translate("Batches", "Restart"),
}
MODES: Final[Words] = {
    "automatic": lambda: translate("Batches", "Automatic"),
    "semi": lambda: translate("Batches", "Semi-automatic"),
    "manual": lambda: translate("Batches", "Manual"),
}
MODES_MEAN: Final[Words] = {
    "automatic": lambda: translate("Batches", "The batch goes on by itself, step after step."),
    "semi": lambda: translate("Batches", "Each step waits until an operator confirms it. The order stays that of the recipe."),
    "manual": lambda: translate("Batches", "Nothing starts by itself: a technologist starts or skips each step."),
}
PRODUCTS: Final[Words] = {
    "free": lambda: translate("Batches", "Product in order"),
    "on_hold": lambda: translate("Batches", "Product on hold"),
    "released": lambda: translate("Batches", "Product released"),
    "reworked": lambda: translate("Batches", "Product reworked"),
    "destroyed": lambda: translate("Batches", "Product to be destroyed"),
}
VERDICTS: Final[Words] = {
    "release": lambda: translate("Batches", "Release"),
    "rework": lambda: translate("Batches", "Rework"),
    "destroy": lambda: translate("Batches", "Destroy"),
}
QUALITIES: Final[Words] = {
    "Bad": lambda: translate("Batches", "bad"),
    "BadNoCommunication": lambda: translate("Batches", "no communication"),
    "BadSensorFailure": lambda: translate("Batches", "sensor failure"),
    "BadOutOfRange": lambda: translate("Batches", "out of the sensor's range"),
    "BadWaitingForInitialData": lambda: translate("Batches", "no value yet"),
    "BadOutOfService": lambda: translate("Batches", "out of service"),
    "BadDataEncodingInvalid": lambda: translate("Batches", "unreadable"),
    "Uncertain": lambda: translate("Batches", "uncertain"),
    "UncertainLastUsableValue": lambda: translate("Batches", "last usable value"),
    "UncertainSensorNotAccurate": lambda: translate("Batches", "sensor not accurate"),
}
"""OPC UA Part 4 / Part 8 names of status codes, as people say them."""
PRODUCT_STYLES: Final[Mapping[str, str]] = {
    "free": "plain", "on_hold": "held", "released": "plain", "reworked": "plain", "destroyed": "off"
}  # fmt: skip


def word(words: Words, key: str) -> str:
    """The word for a key; an unknown one as it is."""
    return words[key]() if key in words else key


def state_word(batch: Batch) -> str:
    """The state of a batch in words; an unknown one as it is."""
    return word(STATES, batch.state.lower()) or batch.state


def product_chip(batch: Batch) -> Chip:
    """What is known of the product, in its box."""
    return Chip(word(PRODUCTS, batch.product), PRODUCT_STYLES.get(batch.product, "unknown"))


def quality_words(quality: str) -> str:
    """That a value could not be trusted, with the status; empty for Good."""
    if quality in ("", "Good", "good"):
        return ""
    return translate("Batches", "value not to be trusted: {status}").format(status=word(QUALITIES, quality))


def limits_words(store: LineStore, lo: float | None, hi: float | None, eu: str) -> str:
    """Limits with their unit."""
    return f"{range_text(lo, hi, decimals_for(lo, hi), store.language)}\u00a0{eu_text(eu, store.language)}".strip()


def deviation_words(store: LineStore, d: Deviation) -> str:
    """Value, limits, quality, where and when, in a line."""
    unit = store.unit(d.unit)
    shown = with_eu(d.value, max(1, decimals_for(d.lo, d.hi)), d.eu, store.language)
    limits = translate("Batches", "limits {limits}").format(limits=limits_words(store, d.lo, d.hi, d.eu))
    bad = quality_words(d.quality)
    value = (f"? {shown}" if d.value is not None else "") if bad else shown
    parts = [value, limits if d.lo is not None or d.hi is not None else "", bad]
    parts += [unit.label if unit is not None else d.unit, clock_text(d.since_ns)]
    return " · ".join(p for p in parts if p)


def disposition_words(store: LineStore, d: Deviation) -> str:
    """What was decided, by whom and when; empty before that."""
    said = d.disposition
    if said is None:
        return ""
    return f"{word(VERDICTS, said.verdict)}: {said.user}, {clock_text(said.time_ns)}. {said.reason}"


def kg_text(store: LineStore, kg: float | None, decimals: int) -> str:
    """A mass with its unit."""
    return f"{number_text(kg, decimals, store.language)}\u00a0{eu_text('kg', store.language)}"
