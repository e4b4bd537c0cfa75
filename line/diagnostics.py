"""Diagnostic tags: what the engine knows of its links and of its own scan, as tags that alarms, expressions and trends can use.

They are appended to the tags of ``tags.csv`` when a line is loaded; nobody writes rows for them. What changes by itself all
the time (counters, ages) is set once a second, states at once: history is kept by exception, and a tag that moves in every
scan would fill it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_MS, NS_PER_S, has_passed
from line.devices import DeviceBase
from line.documents import Problem, Text
from line.image import ImageDraft
from line.messages import LinkState, LinkStatus
from line.quality import Status
from line.tags import ENGINE_DEVICE, TagDef, TagKind, TagTable

LINK_STATE_ENUM: Final = "link_state"
LINK_STATE_NUMBER: Final[Mapping[LinkState, int]] = {
    LinkState.CLOSED: 0, LinkState.CONNECTING: 1, LinkState.UP: 2, LinkState.DOWN: 3,
}  # fmt: skip
BUILT_IN_ENUMS: Final[Mapping[str, Mapping[int, Text]]] = {
    LINK_STATE_ENUM: {
        0: Text(ru="Отключена", en="Closed"),
        1: Text(ru="Подключается", en="Connecting"),
        2: Text(ru="На связи", en="Up"),
        3: Text(ru="Нет связи", en="Down"),
    }
}
"""Enumerations that every line has, besides those of its ``line.yaml``."""

REFRESH_NS: Final = NS_PER_S
_COUNT: Final = 1e12
_GOOD: Final = int(Status.GOOD)
_OLD: Final = int(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE)


@dataclass(frozen=True, slots=True)
class HistoryFigures:
    """How the historian is, told by its writer (historian/writer.py): GB are 10⁹ bytes.

    ``ok`` False while nothing can be stored; ``backlog`` records that wait in memory, ``refused`` samples that had no room there
    since the start; ``days_left`` until the disk is full but for its reserve; ``held_days`` days that retention keeps because a
    sink has not got them; ``clock_ok`` False while the clock is not trusted with deleting. NaN is not known.
    """

    ok: bool = True
    backlog: int = 0
    refused: int = 0
    disk_free_gb: float = math.nan
    size_gb: float = math.nan
    days_left: float = math.nan
    held_days: int = 0
    clock_ok: bool = True


@dataclass(frozen=True)
class ScanFigures:
    """What the loop knows of its scans: milliseconds, and counts since the engine started.

    ``lateness_max_ms`` is of the last minute, ``late`` counts scans that began later than a fifth of the period, ``missed``
    ticks without a scan, ``backlog`` what waits to be stored. ``history`` is None where nothing is stored.
    """

    scan_ms: float = 0.0
    lateness_ms: float = 0.0
    lateness_max_ms: float = 0.0
    late: int = 0
    missed: int = 0
    backlog: int = 0
    history: HistoryFigures | None = None


NO_FIGURES: Final = ScanFigures()


@dataclass(frozen=True)
class _Row:
    """A diagnostic tag; ``deadband`` is as wide as is needed to keep a healthy line's history quiet."""

    name: str
    kind: TagKind
    eu: str
    lo: float
    hi: float
    decimals: int
    deadband: float
    ru: str
    en: str
    enum: str = ""


def _count(name: str, deadband: float, ru: str, en: str) -> _Row:
    return _Row(name, TagKind.INT, "", 0.0, _COUNT, 0, deadband, ru, en)


_LINK_ROWS: Final = (
    _Row("Up", TagKind.BOOL, "", 0.0, 1.0, 0, 0.0, "связь есть", "link up"),
    _Row("State", TagKind.ENUM, "", 0.0, 3.0, 0, 0.0, "состояние связи", "state of the link", LINK_STATE_ENUM),
    _Row("RoundTripMs", TagKind.FLOAT, "ms", 0.0, 60_000.0, 1, 2.0, "отклик", "round trip"),
    _count("Requests", 1000.0, "запросов отправлено", "requests sent"),
    _count("Failures", 10.0, "неудачных запросов", "failed requests"),
    _count("Timeouts", 10.0, "запросов без ответа", "requests without an answer"),
    _count("Discarded", 10.0, "отброшенных ответов", "discarded answers"),
    _count("Reconnects", 0.0, "переподключений", "reconnections"),
    _count("Gaps", 0.0, "возможных пропусков данных", "gaps in the changes"),
    _Row("AgeMs", TagKind.FLOAT, "ms", 0.0, 3_600_000.0, 0, 5000.0, "давность последнего ответа", "time since it was last heard"),
    _Row("SkewMs", TagKind.FLOAT, "ms", -3_600_000.0, 3_600_000.0, 0, 100.0, "часы спешат на", "clock ahead of ours by"),
)  # fmt: skip
_PLC_ALIVE: Final = _Row("PlcAlive", TagKind.BOOL, "", 0.0, 1.0, 0, 0.0, "счётчик жизни идёт", "heartbeat counts")
_SUPERVISOR_SEEN: Final = _Row(
    "SupervisorSeen", TagKind.BOOL, "", 0.0, 1.0, 0, 0.0, "видит верхний уровень", "sees the supervisor"
)
_ENGINE_ROWS: Final = (
    _Row("ScanMs", TagKind.FLOAT, "ms", 0.0, 10_000.0, 2, 2.0, "Время скана", "Scan time"),
    _Row("LatenessMs", TagKind.FLOAT, "ms", 0.0, 60_000.0, 2, 5.0, "Опоздание скана", "Lateness of the scan"),
    _Row("LatenessMaxMs", TagKind.FLOAT, "ms", 0.0, 60_000.0, 2, 2.0, "Худшее опоздание за минуту", "Worst lateness in a minute"),
    _count("Late", 10.0, "Опоздавших сканов", "Late scans"),
    _count("Missed", 0.0, "Пропущенных сканов", "Missed scans"),
    _count("Backlog", 1000.0, "Записей ждёт сохранения", "Records waiting to be stored"),
)  # fmt: skip
_HISTORY_ROWS: Final = (
    _Row("Ok", TagKind.BOOL, "", 0.0, 1.0, 0, 0.0, "история записывается", "history is being stored"),
    _count("Backlog", 1000.0, "записей ждёт диска", "records waiting for the disk"),
    _count("Refused", 0.0, "значений не сохранено: в памяти нет места", "samples not stored: no room in memory"),
    _Row("DiskFreeGB", TagKind.FLOAT, "GB", 0.0, _COUNT, 1, 0.5, "свободно на диске", "free on the disk"),
    _Row("SizeGB", TagKind.FLOAT, "GB", 0.0, _COUNT, 2, 0.1, "занято историей значений", "taken by samples"),
    _Row("DaysLeft", TagKind.FLOAT, "d", 0.0, 3650.0, 0, 1.0, "хватит места, суток", "days until the disk is full"),
    _count("HeldDays", 0.0, "суток не удалено: не переданы в InfluxDB", "days not deleted: not yet sent to InfluxDB"),
    _Row("ClockOk", TagKind.BOOL, "", 0.0, 1.0, 0, 0.0, "часам можно верить", "the clock can be trusted"),
)  # fmt: skip


def add_diagnostics(
    tags: TagTable, devices: Mapping[str, DeviceBase | None], file: str = "tags.csv"
) -> tuple[TagTable, list[Problem]]:
    """The table with the engine's own tags behind those of ``file``; a row there that takes the name of one is a problem.

    A device given as None is one whose entry in ``line.yaml`` cannot be read: it gets all tags that it might have.
    """
    wanted = [(f"Engine.{r.name}", r, "", "") for r in _ENGINE_ROWS]
    wanted += [(f"Historian.{r.name}", r, "Архив: ", "Historian: ") for r in _HISTORY_ROWS]
    for name, device in devices.items():
        ru, en = (device.name.ru, device.name.en) if device is not None else (name, name)
        wanted += [(f"Link.{name}.{r.name}", r, f"{ru}: ", f"{en}: ") for r in _link_rows(device)]
    problems: list[Problem] = []
    made: list[TagDef] = []
    for name, row, ru, en in wanted:
        given = tags.find(name)
        if given is None:
            made.append(_tag(name, row, Text(ru=ru + row.ru, en=en + row.en), len(tags) + len(made)))
        elif not given.broken:
            problems.append(Problem(file, given.line, name, "the engine makes this tag itself", "Remove the row"))
    return TagTable([*tags, *made]), problems


def _link_rows(device: DeviceBase | None) -> Iterable[_Row]:
    yield from _LINK_ROWS
    if device is None or device.plc_heartbeat:
        yield _PLC_ALIVE
    if device is None or device.supervisor_ok:
        yield _SUPERVISOR_SEEN


def _tag(name: str, row: _Row, text: Text, handle: int) -> TagDef:
    return TagDef(
        handle, name, row.kind, ENGINE_DEVICE, "", row.eu, row.lo, row.hi, row.decimals, 1.0, 0.0, False, row.deadband, row.enum,
        text,
    )  # fmt: skip


class DiagnosticPlan:
    """Where the diagnostic tags of a line stand; a table without them (in tests) has none to set."""

    def __init__(self, tags: TagTable, devices: Iterable[str]) -> None:
        self._engine = {r.name: t.handle for r in _ENGINE_ROWS if (t := tags.find(f"Engine.{r.name}")) is not None}
        self._history = {r.name: t.handle for r in _HISTORY_ROWS if (t := tags.find(f"Historian.{r.name}")) is not None}
        self._links = {
            device: {r.name: t.handle for r in _LINK_ROWS if (t := tags.find(f"Link.{device}.{r.name}")) is not None}
            for device in devices
        }

    def set(
        self, draft: ImageDraft, links: Mapping[str, LinkStatus], figures: ScanFigures, refreshed_ns: int, now_ns: int
    ) -> int:
        """Set the tags of this scan; the return value replaces ``refreshed_ns``, when all of them were set last."""
        refresh = has_passed(REFRESH_NS, refreshed_ns, now_ns)
        for device, handles in self._links.items():
            link = links.get(device)
            if handles:
                state = LinkState.CLOSED if link is None else link.state
                draft.set(handles["Up"], float(state is LinkState.UP), _GOOD, now_ns)
                draft.set(handles["State"], float(LINK_STATE_NUMBER[state]), _GOOD, now_ns)
            if handles and refresh and link is not None:
                for name, value, status in _link_values(link, now_ns):
                    draft.set(handles[name], value, status, now_ns)
        for name, value in (("ScanMs", figures.scan_ms), ("LatenessMs", figures.lateness_ms), ("Missed", float(figures.missed))):
            self._set_own(draft, name, value, now_ns)
        if refresh:
            for name, value in (("LatenessMaxMs", figures.lateness_max_ms), ("Late", figures.late), ("Backlog", figures.backlog)):
                self._set_own(draft, name, float(value), now_ns)
            if figures.history is not None and self._history:
                for name, value in _history_values(figures.history):
                    draft.set(self._history[name], value, _GOOD, now_ns)
        return now_ns if refresh else refreshed_ns

    def _set_own(self, draft: ImageDraft, name: str, value: float, now_ns: int) -> None:
        if name in self._engine:
            draft.set(self._engine[name], value, _GOOD, now_ns)


def _history_values(figures: HistoryFigures) -> Sequence[tuple[str, float]]:
    values = [
        ("Ok", float(figures.ok)),
        ("Backlog", float(figures.backlog)),
        ("Refused", float(figures.refused)),
        ("HeldDays", float(figures.held_days)),
        ("ClockOk", float(figures.clock_ok)),
    ]
    measured = (("DiskFreeGB", figures.disk_free_gb), ("SizeGB", figures.size_gb), ("DaysLeft", figures.days_left))
    return [*values, *((name, value) for name, value in measured if not math.isnan(value))]


def _link_values(link: LinkStatus, now_ns: int) -> Sequence[tuple[str, float, int]]:
    """Tag, value and status; nothing of what is not known. What was measured over a link that is down is an old value."""
    values = [
        ("Requests", float(link.requests), _GOOD),
        ("Failures", float(link.failures), _GOOD),
        ("Timeouts", float(link.timeouts), _GOOD),
        ("Discarded", float(link.discarded), _GOOD),
        ("Reconnects", float(link.reconnects), _GOOD),
        ("Gaps", float(link.gaps), _GOOD),
    ]
    if link.answered_ns:
        measured = _GOOD if link.state is LinkState.UP else _OLD
        age_ms = min(max(0.0, (now_ns - link.answered_ns) / NS_PER_MS), 3_600_000.0)
        values += [("AgeMs", age_ms, _GOOD), ("RoundTripMs", link.round_trip_ms, measured), ("SkewMs", link.skew_ms, measured)]
    return values
