"""Commands that write a single tag, and the follow-up of every write that a command caused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S, has_passed
from line.heartbeat import PlcGuard
from line.jsontools import child, finite
from line.labels import batch_label
from line.messages import Command, CommandKind, CommandStatus, JsonObject, Write
from line.model import HANDSHAKE_TAGS, LineModel
from line.quality import is_good, status_name
from line.stage import Scan
from line.tags import TagKind

CONFIRM_WITHIN_NS: Final = 5 * NS_PER_S


def reason(ru: str, en: str) -> JsonObject:
    """A reason as events and panels carry it."""
    return {"ru": ru, "en": en}


_NO_ANSWER: Final = reason("ПЛК не ответил за 5 с", "The PLC did not answer within 5 s")


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
        handshake = [h for u in model.units.values() for h in _handshake_handles(u.id, model)]
        self._guard = PlcGuard(model)
        self._own = frozenset([*handshake, *model.heartbeats])  # only the engine itself writes these

    def initial(self) -> OpenWrites:
        return ()

    def step(self, state: OpenWrites, scan: Scan) -> OpenWrites:
        """Take new commands; the answers to earlier ones are :func:`follow_up`'s business."""
        for command in scan.commands:
            tag = self._model.tags.find(command.target)
            value = finite(command.args.get("value"))
            if tag is None or value is None:
                self._refuse(
                    scan, command, reason("Нет такого тега или значение не число", "No such tag, or the value is no number")
                )
            elif why := self._why_not(tag.handle, value, scan):
                self._refuse(scan, command, why)
            else:
                scan.writes.append(Write(tag.handle, value, command.id))
                scan.answer(command, CommandStatus.ACCEPTED)
        return state

    def _why_not(self, handle: int, value: float, scan: Scan) -> JsonObject | None:
        tag = self._model.tags[handle]
        if not tag.writable or handle in self._own:
            return reason(f"{tag.name} не записывается по команде", f"{tag.name} is not written by command")
        if not tag.lo <= value <= tag.hi:
            limits = f"{tag.lo:g}…{tag.hi:g} {tag.eu}"
            return reason(f"Вне пределов {limits}", f"Outside {limits}")
        if tag.kind is not TagKind.FLOAT and not value.is_integer():
            return reason("Нужно целое число", "A whole number is needed")
        silent = self._guard.why_not(tag.device, scan.image)
        if silent is not None:
            return silent
        status = int(scan.image.status[handle])
        if not is_good(status):
            return reason(f"Значение тега недостоверно ({status_name(status)})", f"The tag is not Good ({status_name(status)})")
        owner = _owner(scan.views, tag.unit_id)
        if owner:
            return reason(
                f"Узлом управляет партия {batch_label(owner)}: меняйте параметр партии",
                f"Batch {batch_label(owner)} owns the unit: change its parameter",
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
    """Report the readback of writes whose origin is a command, whichever stage wrote them: one answer per command.

    A command is confirmed when all of its writes are, and timed out with the first that is not. Commands to a unit are left out:
    the PLC's acknowledgement is their answer. Runs after the stages: ``commands`` are those of this scan by id, ``scan.writes``
    holds what the stages wrote.
    """
    still_open = list(state)
    for result in scan.write_results:
        write = next((w for w in still_open if w.command.id == result.origin and w.handle == result.handle), None)
        if write is None:
            continue
        still_open.remove(write)
        if not is_good(result.status):
            name = status_name(result.status)
            said = result.message
            why = reason(f"ПЛК не подтвердил: {name} {said.ru}".rstrip(), f"Not confirmed: {name} {said.en}".rstrip())
            still_open = _given_up(still_open, write.command, why, scan)
        elif all(w.command.id != write.command.id for w in still_open):
            scan.answer(write.command, CommandStatus.CONFIRMED)
    while (overdue := next((w for w in still_open if _overdue(w, scan.now_ns)), None)) is not None:
        still_open = _given_up(still_open, overdue.command, _NO_ANSWER, scan)
    if commands:
        for write in scan.writes:
            command = commands.get(write.origin)
            if command is not None and command.kind != CommandKind.UNIT_COMMAND:
                still_open.append(OpenWrite(command, write.handle, scan.now_ns + CONFIRM_WITHIN_NS))
    return state if len(still_open) == len(state) and tuple(still_open) == state else tuple(still_open)


def _overdue(write: OpenWrite, now_ns: int) -> bool:
    return has_passed(CONFIRM_WITHIN_NS, write.deadline_ns - CONFIRM_WITHIN_NS, now_ns)


def _given_up(open_writes: list[OpenWrite], command: Command, why: JsonObject, scan: Scan) -> list[OpenWrite]:
    scan.answer(command, CommandStatus.TIMED_OUT, {"reasons": [why]})
    return [w for w in open_writes if w.command.id != command.id]


def _handshake_handles(unit_id: str, model: LineModel) -> list[int]:
    return [model.tags.handle(f"{unit_id}.{name}") for name in HANDSHAKE_TAGS]


def _owner(views: Mapping[str, JsonObject], unit_id: str) -> str:
    owner = child(child(views.get("units"), "units"), unit_id).get("batch")
    return owner if isinstance(owner, str) else ""
