"""The operators' entries of the shift log: written once, corrected by another entry, never erased.

The newest :data:`KEPT` entries stand in the state, so that panels show them and corrections find them; the journal has all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from line.documents import Text
from line.jsontools import objects, whole
from line.messages import Command, CommandKind, CommandStatus, EventKind, Json, JsonObject
from line.roles import may
from line.stage import Scan

CATEGORIES: Final[Mapping[str, Text]] = {
    "safety": Text(ru="Безопасность", en="Safety"),
    "quality": Text(ru="Качество", en="Quality"),
    "equipment": Text(ru="Оборудование", en="Equipment"),
    "cleaning": Text(ru="Мойка и санитария", en="Cleaning"),
    "staff": Text(ru="Персонал", en="Staff"),
    "other": Text(ru="Прочее", en="Other"),
}
"""What an entry is about."""

TEXT_MAX: Final = 2000
KEPT: Final = 200
CORRECTIONS_MAX: Final = 10
"""Corrections of one entry; each stands in the view for as long as the entry does."""
CORRECTS_OTHERS: Final = "shift_lead"
"""Who may correct what somebody else wrote; one's own everybody may."""


@dataclass(frozen=True)
class Correction:
    """A later word on an entry; ``id`` is its own."""

    id: str
    time_ns: int
    user: str
    text: str
    reason: str


@dataclass(frozen=True)
class LogEntry:
    """One entry. ``shift`` is the shift that it belongs to, ``photo`` the SHA-256 of an attachment or ''."""

    id: str
    time_ns: int
    shift: str
    user: str
    category: str
    text: str
    unit: str = ""
    photo: str = ""
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class Log:
    """The newest entries, oldest first; ``last`` is the number of the newest entry or correction of this line's life."""

    last: int = 0
    entries: tuple[LogEntry, ...] = ()


NO_LOG: Final = Log()


def log_command(log: Log, command: Command, scan: Scan, shift: str) -> Log:
    """``log.entry`` and ``log.correct``: answered here, told as a ``shift`` event of ``shift``."""
    why = _against_entry(command) if command.kind == CommandKind.LOG_ENTRY else _against_correction(log, command)
    if why is not None:
        scan.answer(command, CommandStatus.REFUSED, {"reasons": [why.to_json()]})
        return log
    identity = f"L{log.last + 1}"
    scan.answer(command, CommandStatus.ACCEPTED, {"entry": identity})
    text = str(command.args["text"]).strip()
    if command.kind == CommandKind.LOG_ENTRY:
        entry = LogEntry(identity, scan.now_ns, shift, command.user, str(command.args["category"]), text,
                         str(command.args.get("unit") or ""), str(command.args.get("photo") or ""))  # fmt: skip
        data: dict[str, Json] = {"what": "entry", "entry": identity, "category": entry.category, "text": text, "unit": entry.unit,
                                 "user": entry.user, "photo": entry.photo or None}  # fmt: skip
        scan.event(EventKind.SHIFT, shift, data, unit=entry.unit)
        return Log(log.last + 1, (*log.entries, entry)[-KEPT:])
    corrected = next(e for e in log.entries if e.id == command.target)
    said = Correction(identity, scan.now_ns, command.user, text, command.reason.strip())
    data = {"what": "correction", "entry": identity, "of": corrected.id, "text": text, "reason": said.reason,
            "user": said.user}  # fmt: skip
    scan.event(EventKind.SHIFT, corrected.shift, data, unit=corrected.unit)
    better = replace(corrected, corrections=(*corrected.corrections, said))
    return Log(log.last + 1, tuple(better if e is corrected else e for e in log.entries))


def log_json(log: Log, newest: int = KEPT) -> list[Json]:
    """The ``newest`` entries as views and the saved state carry them, oldest first."""
    return [asdict(e) for e in log.entries[-newest:]]


def restore_log(saved: JsonObject) -> Log:
    """What was saved as ``{"last": …, "entries": log_json(…)}``; an empty log of what is not that."""
    entries = tuple(
        LogEntry(
            str(e["id"]), whole(e["time_ns"]), str(e["shift"]), str(e["user"]), str(e["category"]), str(e["text"]),
            str(e["unit"]), str(e["photo"]),
            tuple(
                Correction(str(c["id"]), whole(c["time_ns"]), str(c["user"]), str(c["text"]), str(c["reason"]))
                for c in objects(e["corrections"])
            ),
        )
        for e in objects(saved.get("entries"))
    )  # fmt: skip
    return Log(whole(saved.get("last")), entries)


def _text_reason(command: Command) -> Text | None:
    text = command.args.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > TEXT_MAX:
        return Text(ru=f"Нужен текст не длиннее {TEXT_MAX} знаков", en=f"A text of at most {TEXT_MAX} characters is needed")
    return None


def _against_entry(command: Command) -> Text | None:
    if (why := _text_reason(command)) is not None:
        return why
    if command.args.get("category") not in CATEGORIES:
        return Text(ru="Нет такой категории записи", en="There is no such category of entries")
    for name in ("unit", "photo"):
        if not isinstance(command.args.get(name) or "", str):
            return Text(ru=f"{name}: нужен текст", en=f"{name}: a text is needed")
    return None


def _against_correction(log: Log, command: Command) -> Text | None:
    if (why := _text_reason(command)) is not None:
        return why
    entry = next((e for e in log.entries if e.id == command.target), None)
    if entry is None:
        oldest = log.entries[0].id if log.entries else "–"
        return Text(
            ru=f"Записи {command.target} нет среди последних {KEPT} (первая из них {oldest}): сделайте новую запись",
            en=f"The entry {command.target} is not among the last {KEPT} (the first of them is {oldest}): write a new one",
        )
    if len(entry.corrections) >= CORRECTIONS_MAX:
        return Text(
            ru=f"Запись {entry.id} исправлена уже {CORRECTIONS_MAX} раз: сделайте новую запись",
            en=f"The entry {entry.id} was corrected {CORRECTIONS_MAX} times already: write a new one",
        )
    if entry.user != command.user and not may(command.role, CORRECTS_OTHERS):
        return Text(ru="Чужую запись исправляет мастер смены", en="Somebody else's entry is corrected by a shift lead")
    if not command.reason.strip():
        return Text(ru="Укажите причину исправления", en="Say why it is corrected")
    return None
