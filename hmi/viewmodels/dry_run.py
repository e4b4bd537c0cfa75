"""The report of a dry run as the panel shows it (docs/howto/dry-run.md has the format)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hmi.viewmodels import wire
from hmi.viewmodels.ring import FloatArray
from hmi.viewmodels.wire import Obj


@dataclass(frozen=True)
class Finding:
    """What the dry run found wrong, and what to do about it."""

    error: bool
    node: str
    text: Obj
    remedy: Obj


@dataclass(frozen=True)
class PhaseSpan:
    """A phase on the time axis of the dry run, seconds from its start."""

    node: str
    unit: str
    name: Obj
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Verdict:
    """A CCP verdict or a predicted figure against what is asked for."""

    name: Obj
    tag: str
    value: float | None
    lo: float | None
    hi: float | None
    eu: str
    passed: bool


@dataclass(frozen=True)
class Interruption:
    """A phase that was held or aborted in the dry run."""

    node: str
    command: str
    reached: str
    safe: bool
    after_s: float


@dataclass(frozen=True, eq=False)
class Curve:
    """A tag over the dry run, seconds from its start."""

    tag: str
    t: FloatArray
    v: FloatArray


@dataclass(frozen=True, eq=False)
class Report:
    """A dry run; what has no figure is None."""

    hash: str
    ok: bool
    duration_s: float
    charged_kg: float | None
    packed_kg: float | None
    yield_pct: float | None
    findings: tuple[Finding, ...]
    phases: tuple[PhaseSpan, ...]
    verdicts: tuple[Verdict, ...]
    lethality: tuple[Verdict, ...]
    interruptions: tuple[Interruption, ...]
    setpoints: int
    setpoints_outside: int
    curves: tuple[Curve, ...]


def parse_report(data: Obj) -> Report | None:
    """The report in ``data``; None when there is none in it."""
    if not data or wire.integer(data, "schema") != 1:
        return None
    setpoints = wire.objects(data, "setpoints")
    return Report(
        wire.text(data, "hash"), wire.flag(data, "ok"), wire.number(data, "duration_s") or 0.0, wire.number(data, "charged_kg"),
        wire.number(data, "packed_kg"), wire.number(data, "yield_pct"),
        tuple(
            Finding(wire.text(p, "severity") == "error", wire.text(p, "node"), wire.obj(p, "text"), wire.obj(p, "remedy"))
            for p in wire.objects(data, "problems")
        ),
        tuple(
            PhaseSpan(
                wire.text(p, "node"), wire.text(p, "unit"), wire.obj(p, "name"), wire.number(p, "start_s") or 0.0,
                wire.number(p, "end_s") or 0.0,
            )
            for p in wire.objects(data, "phases")
        ),
        tuple(_verdict(c) for c in wire.objects(data, "ccp")),
        tuple(_lethality(c) for c in wire.objects(data, "lethality")),
        tuple(
            Interruption(
                wire.text(p, "node"), wire.text(p, "command"), wire.text(p, "reached"), wire.flag(p, "safe"),
                wire.number(p, "after_s") or 0.0,
            )
            for p in wire.objects(data, "paths")
        ),
        len(setpoints), sum(not wire.flag(s, "ok") for s in setpoints), tuple(_curves(wire.obj(data, "curves"))),
    )  # fmt: skip


def _verdict(entry: Obj) -> Verdict:
    return Verdict(
        wire.obj(entry, "name"), wire.text(entry, "tag"), wire.number(entry, "value"), wire.number(entry, "lo"),
        wire.number(entry, "hi"), wire.text(entry, "eu"), wire.flag(entry, "passed"),
    )  # fmt: skip


def _lethality(entry: Obj) -> Verdict:
    value, need = wire.number(entry, "value"), wire.number(entry, "need")
    met = need is None or (value is not None and value >= need)
    return Verdict({}, wire.text(entry, "tag"), value, need, None, wire.text(entry, "eu"), met)


def _curves(data: Obj) -> list[Curve]:
    found: list[Curve] = []
    for tag, entry in data.items():
        pairs = [
            (t, v)
            for a, b in zip(wire.items(entry, "t"), wire.items(entry, "v"), strict=False)
            if (t := wire.as_number(a)) is not None and (v := wire.as_number(b)) is not None
        ]
        if pairs:
            array = np.array(pairs, dtype=np.float64)
            found.append(Curve(tag, array[:, 0].copy(), array[:, 1].copy()))
    return found
