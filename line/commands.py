"""Commands that write a single tag, and the follow-up of every write that a command caused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S
from line.messages import Command, CommandKind, CommandStatus, JsonObject, Write
from line.model import HANDSHAKE_TAGS, LineModel
from line.quality import is_good, status_name
from line.stage import Scan

CONFIRM_WITHIN_NS: Final = 5 * NS_PER_S


def reason(ru: str, en: str) -> JsonObject:
    """A reason as events and panels carry it."""
    return {"ru": ru, "en": en}


@dataclass(frozen=True)
class OpenWrite:
    """A write that a command caused and whose readback is awaited."""

    command: Command
    handle: int
    deadline_ns: int


OpenWrites = tuple[OpenWrite, ...]


class TagWriteStage:
    """Answers ``tag.write``: refuses with a reason, or writes and reports what the readback said."""

    name = "writes"
    command_kinds = frozenset({str(CommandKind.TAG_WRITE)})

    def __init__(self, model: LineModel) -> None:
        self._model = model
        self._handshake = {h for u in model.units.values() for h in _handshake_handles(u.id, model)}

    def initial(self) -> OpenWrites:
        return ()

    def step(self, state: OpenWrites, scan: Scan) -> OpenWrites:
        """Take new commands; the answers to earlier ones are :func:`follow_up`'s business."""
        for command in scan.commands:
            tag = self._model.tags.find(command.target)
            value = command.args.get("value")
            if tag is None or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                self._refuse(
                    scan, command, reason("Нет такого тега или значение не число", "No such tag, or the value is no number")
                )
            elif why := self._why_not(tag.handle, float(value), scan):
                self._refuse(scan, command, why)
            else:
                scan.writes.append(Write(tag.handle, float(value), command.id))
                scan.answer(command, CommandStatus.ACCEPTED)
        return state

    def _why_not(self, handle: int, value: float, scan: Scan) -> JsonObject | None:
        tag = self._model.tags[handle]
        if not tag.writable or handle in self._handshake:
            return reason(f"{tag.name} не записывается по команде", f"{tag.name} is not written by command")
        if not tag.lo <= value <= tag.hi:
            limits = f"{tag.lo:g}…{tag.hi:g} {tag.eu}"
            return reason(f"Вне пределов {limits}", f"Outside {limits}")
        status = int(scan.image.status[handle])
        if not is_good(status):
            return reason(
                f"Нет достоверной связи с тегом ({status_name(status)})", f"The tag is not Good ({status_name(status)})"
            )
        owner = _owner(scan.views, tag.unit_id)
        if owner:
            return reason(
                f"Узлом управляет партия {owner}: меняйте параметр партии", f"Batch {owner} owns the unit: change its parameter"
            )
        return None

    @staticmethod
    def _refuse(scan: Scan, command: Command, why: JsonObject) -> None:
        scan.answer(command, CommandStatus.REFUSED, {"reasons": [why]})

    def view(self, state: OpenWrites) -> JsonObject:
        return {"open": [w.command.id for w in state]}

    def save(self, state: OpenWrites) -> JsonObject:
        """Nothing: a write under way when the engine stopped is reported as lost by its missing answer."""
        return {}

    def restore(self, saved: JsonObject, now_ns: int) -> OpenWrites:
        return ()


def follow_up(state: OpenWrites, commands: Mapping[str, Command], scan: Scan) -> OpenWrites:
    """Report the readback of every write whose origin is a command, whichever stage wrote it.

    Runs after the stages: ``commands`` are those of this scan by id, ``scan.writes`` holds what the stages wrote.
    """
    still_open = list(state)
    for result in scan.write_results:
        for index, write in enumerate(still_open):
            if write.command.id == result.origin and write.handle == result.handle:
                good = is_good(result.status)
                why = reason(
                    f"ПЛК не подтвердил: {status_name(result.status)}",
                    f"Not confirmed: {status_name(result.status)} {result.message}",
                )
                scan.answer(
                    write.command, *((CommandStatus.CONFIRMED, None) if good else (CommandStatus.TIMED_OUT, {"reasons": [why]}))
                )
                del still_open[index]
                break
    for write in [w for w in still_open if scan.now_ns >= w.deadline_ns]:
        why = reason("ПЛК не ответил за 5 с", "The PLC did not answer within 5 s")
        scan.answer(write.command, CommandStatus.TIMED_OUT, {"reasons": [why]})
        still_open.remove(write)
    for write in scan.writes:
        command = commands.get(write.origin)
        if command is not None:
            still_open.append(OpenWrite(command, write.handle, scan.now_ns + CONFIRM_WITHIN_NS))
    return state if not still_open and not state else tuple(still_open)


def _handshake_handles(unit_id: str, model: LineModel) -> list[int]:
    return [model.tags.handle(f"{unit_id}.{name}") for name in HANDSHAKE_TAGS]


def _owner(views: Mapping[str, JsonObject], unit_id: str) -> str:
    units = views.get("units", {}).get("units")
    unit = units.get(unit_id) if isinstance(units, Mapping) else None
    owner = unit.get("batch") if isinstance(unit, Mapping) else None
    return owner if isinstance(owner, str) else ""
