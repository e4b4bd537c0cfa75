"""Cost of the alarm stage in a scan: a made plant of as many alarms as wanted, in the mix of kinds that a plant has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from alarms.stage import AlarmsState, AlarmStage
from alarms.table import AlarmDef, AlarmKind, AlarmTable, compile_table
from benchmarks.figure import Figure, median, percentile, short
from line.clock import NS_PER_MS, NS_PER_S, perf_counter_ns, sleep_s
from line.documents import Text
from line.image import NO_STRINGS, FloatArray, Snapshot
from line.stage import Scan
from line.tags import TagDef, TagKind, TagTable

PERIOD_NS: Final = 100 * NS_PER_MS
START_NS: Final = 1_700_000_000 * NS_PER_S
PER_UNIT: Final = 100
"""Alarms of one unit."""

_ANALOG: Final = 22
_BOOLS: Final = 18
_MIDDLE: Final = 50.0
_SWING: Final = 5.0
_IMAGES: Final = 97
_SCANS: Final = 3000
_PACED: Final = 150
_QUICK_SCANS: Final = 50
_QUICK_PACED: Final = 3
_K: Final = AlarmKind
_TEXT: Final = Text(ru="Замер", en="Bench")


@dataclass(frozen=True)
class Plant:
    """Units of 100 alarms each, on analog values that swing between 45 and 55, booleans that stand, and eight links;
    half of the units run."""

    tags: TagTable
    table: AlarmTable

    def image(self, number: int, values: FloatArray) -> Snapshot:
        """The image of scan ``number``, everything Good; ``values`` has one element per tag."""
        now_ns = START_NS + number * PERIOD_NS
        stamps = np.full(len(values), now_ns, dtype=np.int64)
        return Snapshot(number, now_ns, values, np.zeros(len(values), dtype=np.uint32), stamps, stamps, NO_STRINGS)

    def quiet_values(self, number: int) -> FloatArray:
        """Values at which nothing alarms; every analog one moves from scan to scan."""
        handles = np.arange(len(self.tags))
        running = np.array([t.name.endswith(".PhSts") and t.unit_id[-1] in "02468" for t in self.tags], dtype=np.bool_)
        analog = np.array([t.kind is TagKind.FLOAT for t in self.tags], dtype=np.bool_)
        setpoint = np.array([t.name.endswith(".Sp") for t in self.tags], dtype=np.bool_)
        link = np.array([t.name.startswith("Link.") for t in self.tags], dtype=np.bool_)
        swinging = _MIDDLE + _SWING * np.sin(2.0 * np.pi * number / _IMAGES + handles)
        return np.where(setpoint, _MIDDLE, np.where(analog, swinging, np.where(link | running, 1.0, 0.0)))


def made_plant(alarms: int) -> Plant:
    """A plant of that many alarms, a multiple of 100."""
    units = alarms // PER_UNIT
    rows: list[tuple[str, TagKind]] = [(f"Link.plc{i}.Up", TagKind.BOOL) for i in range(8)]
    for u in range(units):
        rows += [(f"U{u}.T{i}", TagKind.FLOAT) for i in range(_ANALOG)] + [(f"U{u}.Sp", TagKind.FLOAT)]
        rows += [(f"U{u}.B{i}", TagKind.BOOL) for i in range(_BOOLS)] + [(f"U{u}.PhSts", TagKind.INT)]
    tags = TagTable(_tag(name, handle, kind) for handle, (name, kind) in enumerate(rows))
    return Plant(tags, compile_table([a for u in range(units) for a in _unit(u, tags)], tags))


def _tag(name: str, handle: int, kind: TagKind) -> TagDef:
    return TagDef(handle, name, kind, "plc0", "", "", 0.0, 100.0, 1, 1.0, 0.0, False, 0.0, "", _TEXT)


def _unit(number: int, tags: TagTable) -> list[AlarmDef]:
    """100 alarms: 48 limits, 14 discrete, 5 deviations, 5 rates, 2 transitions, 4 mismatches, 2 expressions, 20 of quality."""
    unit = f"U{number}"
    running, link = f"{unit}.PhSts == 1", f"Link.plc{number % 8}.Up == 1"
    found: list[AlarmDef] = []

    def add(kind: AlarmKind, tag: str, limit: float | None = None, **more: object) -> None:
        found.append(_alarm(f"{unit}.{tag}.{kind}", tags, f"{unit}.{tag}", kind, limit=limit, unit=unit, **more))

    for i in range(12):
        for kind, limit in ((_K.HIGH_HIGH, 90.0), (_K.HIGH, 80.0), (_K.LOW, 20.0), (_K.LOW_LOW, 10.0)):
            add(kind, f"T{i}", limit, when=running if i < 3 else "", suppress_when=f"{unit}.PhSts == 5" if i == 3 else "")
    for i in range(14):
        add(_K.DISCRETE, f"B{i}", 1.0, when=running if i < 4 else "")
    for i in range(5):
        add(_K.DEVIATION, f"T{12 + i}", 20.0, setpoint=tags.handle(f"{unit}.Sp"), when=running)
        add(_K.RATE, f"T{17 + i}", 500.0, window_s=60.0)
    for i in range(2):
        add(_K.TRANSITION, f"B{14 + i}", from_value=0.0, to_value=1.0)
        add(_K.EXPRESSION, f"T{i}", condition=f"{unit}.T{i} - {unit}.T{i + 1} > 30")
    for i in range(4):
        add(_K.MISMATCH, f"B{i}", condition=f"{unit}.B{i} != {unit}.B{i + 4}")
    for i in range(18):
        add(_K.BAD_QUALITY, f"T{i}", when=link)
    add(_K.STALE, "T18")
    add(_K.COMMUNICATION, "T19")
    return found


def _alarm(alarm_id: str, tags: TagTable, tag: str, kind: AlarmKind, **more: object) -> AlarmDef:
    values: dict[str, object] = {
        "id": alarm_id, "tag": tag, "handle": tags.handle(tag), "kind": kind, "limit": None, "deadband": 1.0, "on_delay_s": 0.0,
        "off_delay_s": 0.0, "priority": 3, "latching": False, "unit": "", "eu": "", "when": "", "name": _TEXT, "cause": _TEXT,
        "consequence": _TEXT, "response": _TEXT, "response_time_s": 1800.0,
    }  # fmt: skip
    return AlarmDef(**(values | more))  # pyright: ignore[reportArgumentType]


def alarms_10k_ms(quick: bool = False) -> Figure:
    """Median milliseconds of the stage in a quiet scan of 10,000 alarms: values move, nothing comes or goes."""
    scans, paced = (_QUICK_SCANS, _QUICK_PACED) if quick else (_SCANS, _PACED)
    extra: dict[str, float] = {}
    for count in (1000, 10_000):
        plant = made_plant(count)
        for pace, costs in (("", _quiet_ms(plant, scans)), ("_each_100_ms", _quiet_ms(plant, paced, PERIOD_NS / NS_PER_S))):
            extra[f"p50_ms_{count}{pace}"] = short(median(costs))
            extra[f"p99_ms_{count}{pace}"] = short(percentile(costs, 0.99))
    about = (
        "the alarm stage in a quiet scan, every analog value moving, flat out and once in 100 ms (caches are cold then); in "
        "100 alarms 48 limits, 14 discrete, 5 deviations, 5 rates, 2 transitions, 6 expressions, 20 of quality; 39 have `when`"
    )
    return Figure("alarms_10k_ms", extra["p50_ms_10000"], "ms", about=about, extra=extra)


def _quiet_ms(plant: Plant, scans: int, pause_s: float = 0.0) -> list[float]:
    """Milliseconds of each scan. Raises RuntimeError when the plant is not as quiet as it should be."""
    stage = AlarmStage(plant.table)
    state = stage.initial()
    values = [plant.quiet_values(number) for number in range(_IMAGES)]
    costs: list[float] = []
    for number in range(scans):
        state, cost_ms, events = timed_step(stage, state, plant.image(number, values[number % _IMAGES]))
        costs.append(cost_ms)
        if events:
            raise RuntimeError(f"scan {number} of a quiet plant has {events} events")
        if pause_s:
            sleep_s(pause_s)
    return costs


def timed_step(stage: AlarmStage, state: AlarmsState, image: Snapshot) -> tuple[AlarmsState, float, int]:
    """One scan of the stage: its new state, milliseconds, and how many events it made."""
    scan = Scan(image.now_ns, image)
    began_ns = perf_counter_ns()
    state = stage.step(state, scan)
    return state, (perf_counter_ns() - began_ns) / NS_PER_MS, len(scan.events)
