"""A batch record in words: facts of the summary, what happened with who and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from hmi.pages.batch_words import COMMANDS, MODES, PRODUCTS, STATES, VERDICTS, limits_words, quality_words, word
from hmi.rolenames import role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batch_record import Moment
from hmi.viewmodels.batch_steps import step_name
from hmi.viewmodels.batches import batch_by_id
from hmi.viewmodels.format import (
    NO_VALUE,
    clock_text,
    date_text,
    decimals_for,
    elapsed_text,
    range_text,
    value_text,
    with_eu,
)
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj

LOT_REPLY: Final = re.compile(r"(.+): (\d+(?:\.\d+)?) kg")
"""A lot as the engine writes it as a reply."""
KINDS: Final[Mapping[str, Callable[[], str]]] = {
    "batch.create": lambda: translate("Record", "Batch created"),
    "batch.command": lambda: translate("Record", "Command"),
    "batch.mode": lambda: translate("Record", "Mode"),
    "batch.reply": lambda: translate("Record", "Answer"),
    "batch.lot": lambda: translate("Record", "Lot"),
    "batch.parameter": lambda: translate("Record", "Change of a parameter"),
    "batch.comment": lambda: translate("Record", "Note"),
    "batch.disposition": lambda: translate("Record", "Disposition"),
}
STEP_DEEDS: Final[Mapping[str, Callable[[], str]]] = {
    "confirm": lambda: translate("Record", "Step confirmed"),
    "start": lambda: translate("Record", "Step started by hand"),
    "skip": lambda: translate("Record", "Step skipped"),
}
STATUSES: Final[Mapping[str, Callable[[], str]]] = {
    "refused": lambda: translate("Record", "refused"),
    "timed_out": lambda: translate("Record", "not confirmed"),
}


def seconds(entry: Obj, key: str) -> str:
    """A duration; a dash where there is none."""
    value = wire.number(entry, key)
    return elapsed_text(value) if value is not None else NO_VALUE


def summary_facts(store: LineStore, record: Obj) -> list[tuple[str, str]]:
    """Names and values of the summary."""
    batch, recipe, totals = wire.obj(record, "batch"), wire.obj(record, "recipe"), wire.obj(record, "totals")

    def moment(key: str) -> str:
        time_ns = wire.integer(batch, key)
        return f"{date_text(time_ns)} {clock_text(time_ns)}" if time_ns else NO_VALUE

    def mass(key: str) -> str:
        return with_eu(wire.number(totals, key), 1, "kg", store.language)

    share = with_eu(wire.number(totals, "yield_pct"), 1, "%", store.language)
    limits = range_text(wire.number(totals, "yield_lo_pct"), wire.number(totals, "yield_hi_pct"), 1, store.language)
    if limits != NO_VALUE and share != NO_VALUE:
        share = f"{share} ({limits})"
    ok = recipe.get("hash_ok")
    check = translate("Record", "content checked") if ok is True else translate("Record", "content does NOT match the hash")
    hash_text = wire.text(batch, "hash")[:12] or NO_VALUE
    journal = wire.obj(record, "journal")
    numbers = f"{wire.integer(journal, 'first_seq')}…{wire.integer(journal, 'last_seq')}"
    return [
        (translate("Record", "Product"), store.text(batch.get("name")) or wire.text(batch, "recipe")),
        (translate("Record", "Recipe, version"), f"{wire.text(batch, 'recipe')}, {wire.text(batch, 'version')}"),
        (translate("Record", "Hash of the recipe"), hash_text if ok is None else f"{hash_text} · {check}"),
        (translate("Record", "Size"), with_eu(wire.number(batch, "size_kg"), 1, "kg", store.language)),
        (translate("Record", "Mode"), word(MODES, wire.text(batch, "mode"))),
        (translate("Record", "Created"), f"{moment('created_ns')}, {wire.text(batch, 'user')}"),
        (translate("Record", "Started"), moment("started_ns")),
        (translate("Record", "Ended"), moment("ended_ns")),
        (translate("Record", "Duration"), seconds(batch, "duration_s")),
        (translate("Record", "Charged"), mass("charged_kg")),
        (translate("Record", "Packed"), mass("packed_kg")),
        (translate("Record", "Yield"), share),
        (translate("Record", "Events of the journal"), numbers if journal else NO_VALUE),
        (translate("Record", "Checksum of the record"), wire.text(record, "sha256")[:16] or NO_VALUE),
    ]  # fmt: skip


def product_word(record: Obj) -> str:
    """What became of the product."""
    return word(PRODUCTS, wire.text(wire.obj(record, "batch"), "product", "free"))


def verdict_word(passed: object) -> str:
    """Passed, failed, or not judged yet."""
    if passed is None:
        return translate("Record", "not judged yet")
    return "✓ " + translate("Record", "met") if passed is True else "✕ " + translate("Record", "not met")


def value_words(store: LineStore, entry: Obj) -> str:
    """A value with its unit, ``?`` when it could not be trusted."""
    lo, hi, eu = wire.number(entry, "lo"), wire.number(entry, "hi"), wire.text(entry, "eu")
    shown = value_text(wire.number(entry, "value"), max(1, decimals_for(lo, hi)), eu, store.language)
    return f"? {shown}" if quality_words(wire.text(entry, "quality")) else shown


def moment_words(store: LineStore, moment: Moment) -> tuple[str, str, str]:
    """What happened, its particulars, and who did it."""
    e = moment.data
    return TELLERS[moment.what](store, e) if moment.what in TELLERS else (moment.what, "", wire.text(e, "user"))


Told = tuple[str, str, str]


def _state(store: LineStore, e: Obj) -> Told:
    name = store.text(e.get("name")) if wire.text(e, "node") else translate("Record", "Batch")
    to = word(STATES, wire.text(e, "to").lower())
    return f"{name}: {to[:1].lower()}{to[1:]}", _reasons(store, e), wire.text(e, "user")


def _reasons(store: LineStore, e: Obj) -> str:
    return "; ".join(t for r in wire.objects(e, "reasons") if (t := store.text(r)))


def _command(store: LineStore, e: Obj) -> Told:
    kind, args = wire.text(e, "kind"), wire.obj(e, "args")
    head = word(KINDS, kind)
    said = {
        "batch.command": word(COMMANDS, wire.text(args, "command")), "batch.mode": word(MODES, wire.text(args, "mode")),
        "batch.parameter": wire.text(args, "parameter"), "batch.disposition": word(VERDICTS, wire.text(args, "verdict")),
        "batch.comment": wire.text(args, "text"), "batch.lot": wire.text(args, "lot"),
        "batch.step": _step(store, wire.text(e, "target"), wire.text(args, "node")),
    }.get(kind, "")  # fmt: skip
    if kind == "batch.step":
        head = word(STEP_DEEDS, wire.text(args, "action"))
    status = wire.text(e, "status")
    more = [word(STATUSES, status) if status in STATUSES else "", wire.text(e, "reason"), _reasons(store, e)]
    who = wire.text(e, "user")
    role = wire.text(e, "role")
    return f"{head}: {said}" if said else head, " · ".join(t for t in more if t), f"{who}, {role_name(role)}" if role else who


def _step(store: LineStore, batch_id: str, node: str) -> str:
    batch = batch_by_id(store, batch_id)
    return step_name(store, batch, node) if batch is not None else ""


def _change(store: LineStore, e: Obj) -> Told:
    eu = wire.text(e, "eu")
    old, new = (
        value_text(v, decimals_for(v), eu, store.language) for v in (wire.number(e, "from"), wire.number(e, "to"))
    )  # fmt: skip
    return f"{store.text(e.get('name'))}: {old} → {new}", wire.text(e, "reason"), wire.text(e, "user")


def _alarm(store: LineStore, e: Obj) -> Told:
    unit = store.unit(wire.text(e, "unit"))
    acked, returned = wire.integer(e, "acked_ns"), wire.integer(e, "returned_ns")
    parts = [
        unit.label if unit is not None else wire.text(e, "unit"),
        translate("Record", "acknowledged {time}").format(time=clock_text(acked)) if acked else "",
        translate("Record", "returned {time}").format(time=clock_text(returned)) if returned else "",
    ]
    head = translate("Record", "Alarm {priority}: {text}")
    return (
        head.format(priority=wire.integer(e, "priority"), text=store.text(e.get("text"))), " · ".join(p for p in parts if p),
        wire.text(e, "acked_by"),
    )  # fmt: skip


def _prompt(store: LineStore, e: Obj) -> Told:
    return translate("Record", "Question: {text}").format(text=store.text(e.get("text"))), "", ""


def _reply(store: LineStore, e: Obj) -> Told:
    value = e.get("value")
    if isinstance(value, bool):
        said = translate("Record", "confirmed") if value else translate("Record", "no")
    elif isinstance(value, int) and 0 <= value < len(choices := wire.objects(e, "choices")):
        said = store.text(choices[value])
    elif isinstance(value, int | float):
        said = value_text(float(value), decimals_for(float(value)), wire.text(e, "eu"), store.language)
    elif isinstance(value, str):
        weighed = LOT_REPLY.fullmatch(value) if e.get("kind") in (None, "lot") else None
        said = value if weighed is None else _lot_words(store, weighed[1], float(weighed[2]))
    else:
        lot = wire.obj(value)
        said = _lot_words(store, wire.text(lot, "lot"), wire.number(lot, "kg")) if lot else ""
    head = translate("Record", "Answer: {answer}").format(answer=said)
    return head, store.text(e.get("text")), _signed(e)


def _lot_words(store: LineStore, lot: str, kg: float | None) -> str:
    return f"{lot}, {with_eu(kg, 2, 'kg', store.language)}"


def _signed(e: Obj) -> str:
    signature = wire.obj(e, "signature")
    if not signature:
        return wire.text(e, "user")
    name = wire.text(signature, "name") or wire.text(signature, "user")
    return translate("Record", "signed: {name}").format(name=name)


def _deviation(store: LineStore, e: Obj) -> Told:
    ccp = wire.text(e, "kind") == "ccp"
    head = translate("Record", "Deviation at a CCP: {text}") if ccp else translate("Record", "Deviation: {text}")
    limits = limits_words(store, wire.number(e, "lo"), wire.number(e, "hi"), wire.text(e, "eu"))
    more = [value_words(store, e), limits, quality_words(wire.text(e, "quality"))]
    return head.format(text=store.text(e.get("text"))), " · ".join(t for t in more if t and t != NO_VALUE), ""


def _disposition(store: LineStore, e: Obj) -> Told:
    head = translate("Record", "Disposition of deviation {number}: {verdict}")
    text = head.format(number=wire.integer(e, "number"), verdict=word(VERDICTS, wire.text(e, "verdict")))
    return text, wire.text(e, "reason"), _signed(e)


def _transfer(store: LineStore, e: Obj) -> Told:
    def label(key: str) -> str:
        unit = store.unit(wire.text(e, key))
        return unit.label if unit is not None else wire.text(e, key)

    head = translate("Record", "Transfer {source} → {target}")
    mass = with_eu(wire.number(e, "kg"), 1, "kg", store.language)
    return head.format(source=label("from"), target=label("to")), mass if mass != NO_VALUE else "", ""


def _lot(store: LineStore, e: Obj) -> Told:
    mass = with_eu(wire.number(e, "kg"), 2, "kg", store.language)
    outside = translate("Record", "outside the tolerance") if e.get("inside") is False else ""
    more = " · ".join(t for t in (mass, outside, wire.text(e, "reason")) if t)
    head = translate("Record", "{material}: lot {lot}")
    return head.format(material=store.text(e.get("name")), lot=wire.text(e, "lot")), more, wire.text(e, "user")


def _comment(store: LineStore, e: Obj) -> Told:
    return translate("Record", "Note"), wire.text(e, "text"), wire.text(e, "user")


def _line(store: LineStore, e: Obj) -> Told:
    return store.text(e.get("text")) or wire.text(e, "what"), wire.text(e, "source"), ""


TELLERS: Final[Mapping[str, Callable[[LineStore, Obj], Told]]] = {
    "states": _state, "commands": _command, "changes": _change, "alarms": _alarm, "prompts": _prompt, "reply": _reply,
    "deviations": _deviation, "disposition": _disposition, "transfers": _transfer, "lot": _lot, "comments": _comment,
    "line": _line,
}  # fmt: skip
