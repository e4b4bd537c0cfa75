"""What people say of stops: a reason, that one was two, that several were one. Accepted or refused with reasons, never half."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeGuard

from line.clock import NS_PER_S
from line.commands import reason
from line.messages import Command, CommandKind, CommandStatus, EventKind, Json, JsonObject
from line.stage import Scan
from production.plan import ProductionPlan
from production.stops_record import (
    Stop,
    StopsState,
    all_stops,
    ascending,
    is_long,
    loss_of,
    merged,
    split,
    with_stops,
)  # fmt: skip

TEXT_LENGTH: Final = 500
PARTS_MAX: Final = 11
MERGE_MAX: Final = 50

Done = tuple[StopsState, Sequence[Stop]]
"""The state after a command, and the stops that it changed."""


def carry_out(state: StopsState, command: Command, plan: ProductionPlan, scan: Scan) -> Done:
    """One command; a refused one changes nothing."""
    stop = find(state, command.target)
    if stop is None:
        return _refused(state, command, scan, reason(f"Простоя {command.target} нет", f"There is no stop {command.target}"))
    return _HANDLERS[command.kind](state, stop, command, plan, scan)


def refuse_all(command: Command, scan: Scan) -> None:
    """A line that watches no stops."""
    said = reason("На этой линии простои не учитываются", "This line watches no stops")
    scan.answer(command, CommandStatus.REFUSED, {"reasons": [said]})


def find(state: StopsState, target: str) -> Stop | None:
    """The stop with this id."""
    return next((s for s in all_stops(state) if s.id == target), None)


def about(stop: Stop, plan: ProductionPlan) -> dict[str, Json]:
    """What every event of a stop says of it. ``duration_s`` is its known time, ``spans`` where that lies; whether it is a minor
    one is not said of a stop that has just begun."""
    begun = stop.ended_ns is None and not stop.ns
    return {
        **({} if begun else {"minor": not is_long(stop, plan)}),
        "kind": stop.kind.value, "state": stop.state, "begun_ns": stop.begun_ns, "ended_ns": stop.ended_ns,
        "duration_s": stop.ns / NS_PER_S, "proposed": stop.proposed, "alarm": stop.alarm, "code": stop.code,
        "loss": loss_of(stop, plan), "spans": [[s.from_ns, s.to_ns, s.shift, s.batch, s.off] for s in stop.spans],
    }  # fmt: skip


def _give_reason(state: StopsState, stop: Stop, command: Command, plan: ProductionPlan, scan: Scan) -> Done:
    code, text = command.args.get("code"), command.args.get("text", "")
    why = _not_a_reason(code, plan) if isinstance(code, str) else _NO_CODE
    if not isinstance(code, str) or why is not None:
        return _refused(state, command, scan, why or _NO_CODE)
    if not isinstance(text, str) or len(text) > TEXT_LENGTH:
        said = reason(f"Пояснение: текст до {TEXT_LENGTH} знаков", f"The text has at most {TEXT_LENGTH} characters")
        return _refused(state, command, scan, said)
    told = replace(stop, code=code, text=text.strip(), by=command.user)
    scan.answer(command, CommandStatus.ACCEPTED, {"stop": stop.id})
    known = plan.reasons[code]
    data: dict[str, Json] = {
        "what": "reason", **about(told, plan), "from_code": stop.code, "name": known.name.to_json(),
        "category": known.category.value, "text": told.text, "user": command.user, "station": command.station,
    }  # fmt: skip
    scan.event(EventKind.STOP, stop.id, data, unit=stop.unit, batch=stop.batch)
    return with_stops(state, [stop], [told]), [told]


_NO_CODE: Final = reason("Не указана причина простоя", "The reason of the stop is missing")


def _not_a_reason(code: str, plan: ProductionPlan) -> JsonObject | None:
    known = plan.reasons.get(code)
    if known is None:
        return reason(f"Причины «{code[:80]}» нет в перечне", f"There is no reason '{code[:80]}' in the tree")
    if not known.leaf:
        return reason(
            f"«{known.name.ru}» — группа: выберите причину внутри неё", f"'{known.name.en}' is a group: choose below it"
        )
    return None


def _split(state: StopsState, stop: Stop, command: Command, plan: ProductionPlan, scan: Scan) -> Done:
    at_ns, codes = command.args.get("at_ns"), command.args.get("codes", ())
    instants = [t for t in at_ns if isinstance(t, int) and not isinstance(t, bool)] if _is_list(at_ns) else []
    if not _is_list(at_ns) or not 1 <= len(instants) == len(at_ns) < PARTS_MAX or not ascending(instants):
        said = reason("Укажите моменты раздела по возрастанию, до 10", "Give the instants of the cuts in order, at most 10")
        return _refused(state, command, scan, said)
    words = [c for c in codes if isinstance(c, str)] if _is_list(codes) else []
    if not _is_list(codes) or len(words) != len(codes) or len(words) > len(instants) + 1:
        said = reason("Причин больше, чем частей", "There are more reasons than parts")
        return _refused(state, command, scan, said)
    wrong = [why for c in words if c and (why := _not_a_reason(c, plan)) is not None]
    if wrong:
        return _refused(state, command, scan, *wrong)
    given = [*words, *([stop.code] * (len(instants) + 1 - len(words)))]
    try:
        parts = split(stop, instants, given, state.last + 1, is_long(stop, plan))
    except ValueError:
        said = reason("Момент раздела лежит вне простоя", "A cut lies outside the stop")
        return _refused(state, command, scan, said)
    parts = [replace(p, by=command.user) if p.code and p.code != stop.code else p for p in parts]
    scan.answer(command, CommandStatus.ACCEPTED, {"stops": [p.id for p in parts]})
    into: list[Json] = [{"stop": p.id, **about(p, plan)} for p in parts]
    data: dict[str, Json] = {"what": "split", **about(stop, plan), "into": into, "user": command.user, "station": command.station}
    scan.event(EventKind.STOP, stop.id, data, unit=stop.unit, batch=stop.batch)
    return replace(with_stops(state, [stop], parts), last=state.last + len(parts) - 1), parts


def _merge(state: StopsState, stop: Stop, command: Command, plan: ProductionPlan, scan: Scan) -> Done:
    wanted = command.args.get("stops")
    names = [n for n in wanted if isinstance(n, str)] if _is_list(wanted) else []
    if not _is_list(wanted) or not 1 <= len(names) == len(wanted) <= MERGE_MAX:
        said = reason("Укажите простои, которые объединить, до 50", "Name the stops to merge, at most 50")
        return _refused(state, command, scan, said)
    found = {s.id: s for s in all_stops(state)}
    missing = [n for n in names if n not in found]
    if missing:
        return _refused(
            state, command, scan, *(reason(f"Простоя {n[:80]} нет", f"There is no stop {n[:80]}") for n in missing[:10])
        )
    stops = [stop, *(found[n] for n in dict.fromkeys(names) if n != stop.id)]
    if len(stops) < 2:
        return _refused(state, command, scan, reason("Объединять нечего", "There is nothing to merge"))
    if any(s.unit != stop.unit or s.kind is not stop.kind for s in stops):
        said = reason(
            "Объединяются простои одного узла и одного рода: свои со своими, ожидания с ожиданиями",
            "Stops of one unit and of one kind are merged: its own with its own, waiting with waiting",
        )
        return _refused(state, command, scan, said)
    if any(s.ended_ns is None for s in stops):
        said = reason("Простой ещё длится: объедините после его окончания", "A stop still lasts: merge after its end")
        return _refused(state, command, scan, said)
    if len({s.code for s in stops if s.code}) > 1:
        said = reason("У простоев указаны разные причины: сначала сделайте их одинаковыми", "The stops have different reasons")
        return _refused(state, command, scan, said)
    one = merged(stops)
    scan.answer(command, CommandStatus.ACCEPTED, {"stop": one.id})
    data: dict[str, Json] = {"what": "merged", **about(one, plan), "of": [s.id for s in stops], "user": command.user,
                             "station": command.station}  # fmt: skip
    scan.event(EventKind.STOP, one.id, data, unit=one.unit, batch=one.batch)
    return with_stops(state, stops, [one]), [one]


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _refused(state: StopsState, command: Command, scan: Scan, *why: JsonObject) -> Done:
    scan.answer(command, CommandStatus.REFUSED, {"reasons": list(why)})
    return state, ()


Handler = Callable[[StopsState, Stop, Command, ProductionPlan, Scan], Done]
_HANDLERS: Final[Mapping[str, Handler]] = {
    CommandKind.STOP_REASON: _give_reason, CommandKind.STOP_SPLIT: _split, CommandKind.STOP_MERGE: _merge,
}  # fmt: skip
