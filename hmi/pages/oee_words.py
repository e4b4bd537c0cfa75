"""How figures of machines are told on the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hmi.pages.shift_words import recipe_name
from hmi.pages.stop_words import unit_label, unit_words
from hmi.texts import translate
from hmi.viewmodels.batches import batch_by_id, batch_label
from hmi.viewmodels.format import NO_VALUE, clock_minutes, date_text, duration_text, number_text
from hmi.viewmodels.oee import TIMES, Loss, Oee, Scope
from hmi.viewmodels.stops import Board
from hmi.viewmodels.store import LineStore
from hmi.widgets.kpicards import Share
from hmi.widgets.oeebars import Part, Ratio

NAMES: Final[Mapping[str, Callable[[], str]]] = {
    "availability": lambda: translate("Oee", "Availability"),
    "effectiveness": lambda: translate("Oee", "Effectiveness"),
    "quality": lambda: translate("Oee", "Quality"),
    "oee": lambda: translate("Oee", "OEE"),
}
TIME_NAMES: Final[Mapping[str, Callable[[], str]]] = {
    "run": lambda: translate("Oee", "Runs"),
    "minor": lambda: translate("Oee", "Small stops"),
    "down": lambda: translate("Oee", "Stands by itself"),
    "external": lambda: translate("Oee", "Waits for others"),
    "idle": lambda: translate("Oee", "Nothing to do"),
    "planned": lambda: translate("Oee", "Planned pause"),
    "unknown": lambda: translate("Oee", "Unknown"),
}
LOSSES: Final[Mapping[str, Callable[[], str]]] = {
    "minor": lambda: translate("Oee", "Small stops"),
    "idle": lambda: translate("Oee", "Nothing to do"),
    "speed": lambda: translate("Oee", "Slower than planned"),
    "quality": lambda: translate("Oee", "Rejects"),
}


SHORT: Final[Mapping[str, Callable[[], str]]] = {
    "availability": lambda: translate("Oee", "Avail., %"),
    "effectiveness": lambda: translate("Oee", "Eff., %"),
    "quality": lambda: translate("Oee", "Qual., %"),
}


def pct(value: float | None, language: str, *, over: bool = False) -> str:
    """``87,3 %``, ``▲ 104,0 %`` when it exceeds 100, a dash without a denominator."""
    if value is None:
        return NO_VALUE
    return f"{'▲ ' if over else ''}{number_text(value, 1, language)}\u00a0%"


def scope_name(store: LineStore, scope: Scope) -> str:
    """What a row of the list is called."""
    if scope.kind == "line":
        return translate("Oee", "Line (by {unit})").format(unit=unit_label(store, scope.id))
    if scope.kind == "unit":
        return unit_words(store, scope.id)
    if scope.kind == "product":
        return recipe_name(store, scope.id)
    if scope.kind == "batch":
        return batch_words(store, scope.id)
    return scope.id


def batch_words(store: LineStore, batch: str) -> str:
    """``№1187``."""
    known = batch_by_id(store, batch)
    return batch_label(known) if known is not None else f"№{batch.removeprefix('B')}"


def shift_words(board: Board, shift: str, ended_ns: int) -> str:
    """What a shift is called: by when it ended, where that is known."""
    if shift == board.shift:
        return translate("Oee", "This shift")
    if ended_ns:
        return translate("Oee", "Shift until {when}").format(when=f"{date_text(ended_ns)} {clock_minutes(ended_ns)}")
    return translate("Oee", "Last shift") if shift == board.previous else shift


def when_words(ended_ns: int, now_ns: int) -> str:
    """When a batch ended: the time, of another day the day."""
    if not ended_ns:
        return translate("Oee", "on the line")
    day = date_text(ended_ns)
    return clock_minutes(ended_ns) if day == date_text(now_ns) else day


def ratios(figures: Oee, language: str) -> list[Ratio]:
    """The four, with what they are worked out of."""
    t = figures.times
    made = number_text(figures.pq, 0, language)
    rate = NO_VALUE if figures.pri_s is None or figures.pri_s <= 0 else number_text(60.0 / figures.pri_s, 1, language)
    from_what = {
        "availability": translate("Oee", "worked {apt} of {pbt} planned busy time").format(
            apt=duration_text(figures.apt_s), pbt=duration_text(figures.pbt_s)
        ),
        "effectiveness": translate("Oee", "{made} at a plan of {rate} a minute in {apt}").format(
            made=made, rate=rate, apt=duration_text(figures.apt_s)
        ),
        "quality": translate("Oee", "good {good} of {made}").format(good=number_text(figures.gq, 0, language), made=made),
        "oee": translate("Oee", "Availability × Effectiveness × Quality"),
    }
    if figures.pct["availability"] is None:
        from_what["availability"] = translate("Oee", "no planned busy time")
    if figures.pct["effectiveness"] is None:
        no_rate = translate("Oee", "no counter or no planned rate")
        from_what["effectiveness"] = no_rate if t["run"] else translate("Oee", "it has not worked")
    if figures.pct["quality"] is None:
        from_what["quality"] = translate("Oee", "nothing was made")
    return [
        Ratio(
            NAMES[r](), pct(v := figures.pct[r], language, over=r in figures.over_100), None if v is None else v / 100.0,
            from_what[r], r in figures.over_100, r == "oee",
        )
        for r in NAMES
    ]  # fmt: skip


def parts(figures: Oee) -> list[Part]:
    """All of its time."""
    return [Part(kind, TIME_NAMES[kind](), s := figures.times[kind], duration_text(s) if s >= 1 else NO_VALUE) for kind in TIMES]


def warnings(figures: Oee, language: str) -> list[str]:
    """What is wrong with the figures, or not in them."""
    told: list[str] = []
    if figures.over_100:
        names = ", ".join(NAMES[o]() for o in figures.over_100 if o in NAMES)
        told.append("▲ " + translate("Oee", "{names} above 100 %: the planned rate or a counter is wrong.").format(names=names))
    if figures.times["unknown"] >= 1:
        said = translate("Oee", "Of {unknown} nobody knows: the figures say nothing about it.")
        told.append("? " + said.format(unknown=duration_text(figures.times["unknown"])))
    if figures.unseen >= 1:
        said = translate("Oee", "Made in that time: {n}; counted, but not in the effectiveness.")
        told.append(said.format(n=number_text(figures.unseen, 0, language)))
    return told


def counts(figures: Oee, language: str) -> str:
    """Made, good, rejected, failures, MTTR and MTBF in a line."""

    def n(value: float) -> str:
        return number_text(value, 0, language)

    def minutes(value: float | None) -> str:
        return NO_VALUE if value is None else duration_text(value)

    made = translate("Oee", "Made {made}: good {good}, rejected {rejects}").format(
        made=n(figures.pq), good=n(figures.gq), rejects=n(figures.rejects)
    )
    failures = translate("Oee", "Failures {n} · MTTR {mttr} · MTBF {mtbf}").format(
        n=figures.failures, mttr=minutes(figures.mttr_s), mtbf=minutes(figures.mtbf_s)
    )
    return f"{made}\n{failures}"


def loss_share(store: LineStore, loss: Loss) -> Share:
    """A bar of the Pareto."""
    if loss.kind == "reason":
        name = store.text(loss.name) or loss.code or translate("Oee", "Reason not given")
    else:
        name = LOSSES[loss.kind]()
    if loss.count > 1:
        name = f"{name} ×{loss.count}"
    return Share(name, duration_text(loss.seconds), loss.seconds)
