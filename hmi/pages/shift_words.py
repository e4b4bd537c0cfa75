"""Main events of a shift and its totals in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hmi.pages.batch_words import VERDICTS, word
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import headline, user_name
from hmi.viewmodels.alarms import HiddenRow, hidden_rows
from hmi.viewmodels.batches import batch_label, batches
from hmi.viewmodels.format import NO_VALUE, clock_minutes, decimals_for, duration_text, number_text, with_eu
from hmi.viewmodels.shift import Happening, Shift, Totals
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import phase_text
from hmi.widgets.rowtable import Cell, Row
from line.messages import Json

WORDS: Final[dict[str, Callable[[], str]]] = {
    "created": lambda: translate("Shift", "{batch} created: {recipe}, {size}"),
    "batch_running": lambda: translate("Shift", "{batch} started"),
    "restarted": lambda: translate("Shift", "{batch} goes on"),
    "batch_held": lambda: translate("Shift", "{batch} held"),
    "batch_stopped": lambda: translate("Shift", "{batch} stopped"),
    "batch_aborted": lambda: translate("Shift", "{batch} aborted"),
    "complete": lambda: translate("Shift", "{batch} complete, took {time}"),
    "parameter": lambda: translate("Shift", "{batch}: {parameter} {old} → {new}"),
    "deviation": lambda: translate("Shift", "{batch}: deviation"),
    "disposition": lambda: translate("Shift", "{batch}: decision on the product: {verdict}"),
    "shift_started": lambda: translate("Shift", "Shift {number} started {crew}"),
    "shift_ended": lambda: translate("Shift", "Shift {number} ended"),
    "alarm.ack": lambda: translate("Shift", "Alarms acknowledged: {n}"),
    "alarm.shelve": lambda: translate("Shift", "Alarms shelved: {n}"),
    "alarm.remove": lambda: translate("Shift", "Alarms taken out of service: {n}"),
    "alarm.restore": lambda: translate("Shift", "Alarms put back in service: {n}"),
    "unit.command": lambda: translate("Shift", "{unit}: command “{command}” {phase}"),
    "unit.mode": lambda: translate("Shift", "{unit}: mode “{mode}”"),
    "tag.write": lambda: translate("Shift", "{tag} set to {value}"),
    "refused": lambda: translate("Shift", "Refused: {command}"),
}
UNIT_COMMANDS: Final[dict[str, Callable[[], str]]] = {
    "start": lambda: translate("Unit", "Start…"),
    "hold": lambda: translate("Unit", "Hold"),
    "restart": lambda: translate("Unit", "Restart"),
    "reset": lambda: translate("Unit", "Reset"),
    "stop": lambda: translate("Shift", "Stop"),
    "abort": lambda: translate("Shift", "Abort"),
}
KINDS: Final[dict[str, Callable[[], str]]] = {
    "tag.write": lambda: translate("Shift", "change of a setpoint"),
    "unit.command": lambda: translate("Shift", "command to a unit"),
    "unit.mode": lambda: translate("Shift", "change of mode"),
    "alarm.ack": lambda: translate("Shift", "acknowledgement"),
    "alarm.silence": lambda: translate("Shift", "silencing the horn"),
    "alarm.reset": lambda: translate("Shift", "reset of an alarm"),
    "alarm.shelve": lambda: translate("Shift", "shelving of an alarm"),
    "alarm.unshelve": lambda: translate("Shift", "end of shelving"),
    "alarm.remove": lambda: translate("Shift", "taking an alarm out of service"),
    "alarm.restore": lambda: translate("Shift", "putting an alarm back in service"),
    "alarm.comment": lambda: translate("Shift", "note on an alarm"),
    "call.create": lambda: translate("Shift", "call for help"),
    "call.accept": lambda: translate("Shift", "accepting a call"),
    "call.arrive": lambda: translate("Shift", "arrival at a call"),
    "call.close": lambda: translate("Shift", "closing a call"),
    "batch.create": lambda: translate("Shift", "new batch"),
    "batch.command": lambda: translate("Shift", "command to a batch"),
    "batch.parameter": lambda: translate("Shift", "change of a parameter"),
    "batch.mode": lambda: translate("Shift", "mode of a batch"),
    "batch.step": lambda: translate("Shift", "step of a batch by hand"),
    "batch.reply": lambda: translate("Shift", "answer to a batch"),
    "batch.lot": lambda: translate("Shift", "lot of a material"),
    "batch.comment": lambda: translate("Shift", "note in the record of a batch"),
    "batch.disposition": lambda: translate("Shift", "disposition of a product"),
    "lot.receive": lambda: translate("Shift", "reception of a lot"),
    "lot.hold": lambda: translate("Shift", "hold on a lot"),
    "lot.block": lambda: translate("Shift", "blocking of a lot"),
    "lot.release": lambda: translate("Shift", "release of a lot"),
    "lot.move": lambda: translate("Shift", "move of a lot"),
    "lot.adjust": lambda: translate("Shift", "stocktake of a lot"),
    "lot.discard": lambda: translate("Shift", "discarding of a lot"),
    "lot.label": lambda: translate("Shift", "label of a lot"),
    "lot.split": lambda: translate("Shift", "split of a lot"),
    "lot.merge": lambda: translate("Shift", "merging of lots"),
    "lot.document": lambda: translate("Shift", "document of a lot"),
    "lot.dispatch": lambda: translate("Shift", "dispatch of a lot"),
    "lot.rework": lambda: translate("Shift", "rework of a product"),
    "lot.weigh": lambda: translate("Shift", "target at the terminal of a scale"),
    "recipe.save": lambda: translate("Shift", "saving of a recipe"),
    "recipe.evidence": lambda: translate("Shift", "dry run of a recipe"),
    "recipe.submit": lambda: translate("Shift", "submission of a recipe"),
    "recipe.withdraw": lambda: translate("Shift", "withdrawal of a recipe"),
    "recipe.reject": lambda: translate("Shift", "sending a recipe back"),
    "recipe.approve": lambda: translate("Shift", "approval of a recipe"),
    "recipe.obsolete": lambda: translate("Shift", "taking a recipe out of use"),
    "shift.start": lambda: translate("Shift", "start of shift"),
    "shift.end": lambda: translate("Shift", "end of shift"),
    "shift.prepare": lambda: translate("Shift", "preparation of the hand-over"),
    "shift.sign": lambda: translate("Shift", "signature of the hand-over"),
    "shift.withdraw": lambda: translate("Shift", "withdrawal of the hand-over"),
    "log.entry": lambda: translate("Shift", "entry in the shift log"),
    "log.correct": lambda: translate("Shift", "correction in the shift log"),
    "stop.reason": lambda: translate("Shift", "reason of a stop"),
    "stop.split": lambda: translate("Shift", "splitting of a stop"),
    "stop.merge": lambda: translate("Shift", "merging of stops"),
    "order.create": lambda: translate("Shift", "new production order"),
    "order.change": lambda: translate("Shift", "change of a production order"),
    "order.cancel": lambda: translate("Shift", "cancelling of a production order"),
    "order.close": lambda: translate("Shift", "closing of a production order"),
    "order.import": lambda: translate("Shift", "import of production orders"),
    "request.create": lambda: translate("Shift", "new service request"),
    "request.take": lambda: translate("Shift", "acceptance of a service request"),
    "request.comment": lambda: translate("Shift", "note on a service request"),
    "request.done": lambda: translate("Shift", "service request done"),
    "request.confirm": lambda: translate("Shift", "confirmation of a service request"),
    "request.reopen": lambda: translate("Shift", "reopening of a service request"),
    "request.cancel": lambda: translate("Shift", "cancelling of a service request"),
}
TOTAL_NAMES: Final[dict[str, Callable[[], str]]] = {
    "batches": lambda: translate("Shift", "Batches done / started"),
    "charged_kg": lambda: translate("Shift", "Charged, kg"),
    "packed_kg": lambda: translate("Shift", "Packed, kg"),
    "packs": lambda: translate("Shift", "Packs"),
    "rejects": lambda: translate("Shift", "Rejects"),
    "yield_pct": lambda: translate("Shift", "Yield, %"),
}
LEDGER_NAMES: Final[dict[str, Callable[[], str]]] = {
    "expected": lambda: translate("Shift", "Expected"),
    "stored": lambda: translate("Shift", "Stored"),
    "missing": lambda: translate("Shift", "Missing"),
    "late": lambda: translate("Shift", "Late"),
    "bad": lambda: translate("Shift", "Bad quality"),
    "forwarded": lambda: translate("Shift", "Forwarded to InfluxDB"),
}


def crew_words(store: LineStore, crew: str, name: Json) -> str:
    """The crew by its name in the calendar, or by its key; nothing when nobody said which."""
    return store.text(name) or (translate("Shift", "crew {crew}").format(crew=crew) if crew else "")


def happening_text(store: LineStore, h: Happening) -> str:
    """What happened, in one line."""
    facts, args = h.facts, wire.obj(h.facts, "args")
    command = wire.text(args, "command")
    kind = wire.text(facts, "kind")
    phase = wire.text(args, "phase")
    target = wire.text(facts, "target")
    crew = crew_words(store, wire.text(facts, "crew"), facts.get("crew_name"))
    words = {
        "batch": _batch_label(store, h.batch), "recipe": recipe_name(store, wire.text(facts, "recipe")),
        "size": with_eu(wire.number(facts, "size_kg"), 0, "kg", store.language),
        "time": duration_text(wire.number(facts, "duration_s") or 0.0), "parameter": _parameter_name(store, h),
        "old": _number(store, h, "from"), "new": _number(store, h, "to"), "number": wire.text(facts, "number"),
        "crew": f"({crew})" if crew else "",
        "n": str(len(wire.items(args, "alarms"))), "unit": _unit_label(store, target),
        "command": _refused_word(store, kind, target) if h.what == "refused" else _command_word(command),
        "phase": phase_text(store, target, phase) if phase else "", "mode": _mode(wire.text(args, "mode")),
        "verdict": word(VERDICTS, wire.text(facts, "verdict")),
        "tag": _tag_name(store, target), "value": number_text(wire.number(args, "value"), 1, store.language),
    }  # fmt: skip
    return WORDS[h.what]().format(**words).strip() if h.what in WORDS else h.what


def reasons_text(store: LineStore, h: Happening) -> str:
    """Why, in plain words; empty when nothing was said."""
    return "; ".join(t for r in h.reasons if (t := store.text(r)))


def _batch_label(store: LineStore, batch_id: str) -> str:
    known = next((b for b in batches(store) if b.id == batch_id), None)
    return batch_label(known) if known is not None else f"№{batch_id.removeprefix('B')}" if batch_id else ""


def recipe_name(store: LineStore, recipe_id: str) -> str:
    """The name of a recipe; its id when the line does not know it."""
    known = next((r for r in (store.line.recipes if store.line else ()) if r.id == recipe_id), None)
    return store.text(known.name) if known is not None else recipe_id


def _parameter_name(store: LineStore, h: Happening) -> str:
    wanted = wire.text(h.facts, "parameter")
    named = (p for b in batches(store) if b.id == h.batch for p in b.parameters if p.id == wanted)
    found = next(named, None)
    return store.text(found.name) if found is not None else wanted


def _number(store: LineStore, h: Happening, key: str) -> str:
    value = wire.number(h.facts, key)
    return with_eu(value, decimals_for(value), wire.text(h.facts, "eu"), store.language) if value is not None else ""


def _unit_label(store: LineStore, unit_id: str) -> str:
    unit = store.unit(unit_id)
    return unit.label if unit is not None else unit_id


def _tag_name(store: LineStore, tag: str) -> str:
    info = store.tag(tag)
    if info is None:
        return tag
    return f"{_unit_label(store, info.unit)} {store.text(info.text)}".strip()


def _refused_word(store: LineStore, kind: str, target: str) -> str:
    """What was refused, and for whom: a batch, a unit or a tag."""
    said = word(KINDS, kind)
    if kind.startswith("batch.") and kind != "batch.create":
        return f"{said} {_batch_label(store, target)}"
    if kind == "tag.write":
        return f"{said} {_tag_name(store, target)}"
    return f"{said} {_unit_label(store, target)}" if kind.startswith("unit.") else said


def _command_word(command: str) -> str:
    return UNIT_COMMANDS[command]().rstrip("…") if command in UNIT_COMMANDS else command


def _mode(mode: str) -> str:
    return translate("Unit", "Manual") if mode == "manual" else translate("Unit", "Automatic") if mode == "auto" else mode


def total_text(store: LineStore, totals: Totals | None, key: str) -> str:
    """A total of :data:`TOTAL_NAMES` as people read it."""
    if totals is None:
        return NO_VALUE
    if key == "batches":
        return f"{totals.batches_completed} / {totals.batches_started}"
    value = {
        "charged_kg": totals.charged_kg, "packed_kg": totals.packed_kg, "packs": totals.packs, "rejects": totals.rejects,
        "yield_pct": totals.yield_pct,
    }[key]  # fmt: skip
    return number_text(value, 1 if key == "yield_pct" else 0, store.language)


def hidden_counts(store: LineStore) -> str:
    """How many alarms are shelved and out of service; empty when none is, or while nothing is known."""
    states = [row.state for row in hidden_rows(store)]
    shelved, removed = states.count("shelved"), states.count("out_of_service")
    parts = [translate("Shift", "shelved: {n}").format(n=shelved)] if shelved else []
    parts += [translate("Shift", "out of service: {n}").format(n=removed)] if removed else []
    return ", ".join(parts)


def handed_over(store: LineStore) -> list[Row]:
    """Alarms that a person has hidden, the worst first: what the next shift would not see by itself.

    What logic suppresses is left out: it comes back by itself, and nobody has to know of it.
    """
    rows = sorted((r for r in hidden_rows(store) if r.state in ("shelved", "out_of_service")), key=lambda r: r.priority)
    return [Row(f"{r.state} {r.id}", _hidden_cells(store, r)) for r in rows]


def _hidden_cells(store: LineStore, r: HiddenRow) -> tuple[Cell, ...]:
    if r.state == "shelved":
        words = translate("Shift", "shelved until {time}").format(time=clock_minutes(r.until_ns))
    else:
        words = translate("Shift", "out of service, {order}").format(order=r.work_order)
    present = translate("Alarms", "the condition is present") if r.active else translate("Alarms", "the condition is gone")
    why = f"{user_name(store, r.by)}: {r.reason}"
    return Cell(symbol=r.priority), Cell(headline(store, r.unit, r.text), why), Cell(words, present, bold=r.active)


def summary(store: LineStore, shift: Shift) -> list[tuple[str, str]]:
    """Names and values of the totals, and the alarms."""
    rows = [(name(), total_text(store, shift.totals, key)) for key, name in TOTAL_NAMES.items()]
    alarms = str(shift.totals.alarms) if shift.totals else NO_VALUE
    return [*rows, (translate("Shift", "Alarms"), alarms)]
