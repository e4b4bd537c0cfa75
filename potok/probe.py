"""``potok probe``: registers of a Modbus device as they are, and as each type and order would read them. Never writes."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from line.clock import NS_PER_S, Clock, SystemClock
from line.messages import Json
from plc_drivers.link import LinkError
from plc_drivers.modbus.address import BIT_TABLES, layout_of
from plc_drivers.modbus.options import Order
from plc_drivers.modbus.probe import Probe, Range, Read, is_answer, orders_of, parse_range, parse_target, shown
from potok.engine_process import watch_stop
from potok.exit_codes import FAILED, OK

_UNITS: Final = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?", re.ASCII)
_BITS_PER_ROW: Final = 10
_ALWAYS: Final = (("uint16", "abcd"), ("int16", "abcd"))
"""Columns that are there anyway."""


@dataclass(frozen=True)
class View:
    """One column of values: a type in one order."""

    type: str
    order: Order

    @property
    def title(self) -> str:
        return f"{self.type} {self.order}"


def run_probe(options: argparse.Namespace) -> int:
    """Read, show, end; or read on until Ctrl-C. Raises ValueError for wrong options, OSError for a device out of reach."""
    device = parse_target(options.target, options.timeout)
    ranges = [parse_range(text) for text in options.ranges]
    units = _units(options.units)
    views = _views(options.type, options.order)
    if not 0.05 <= options.every <= 3600.0:
        raise ValueError(f"--every {options.every:g}: write seconds from 0.05 to 3600")
    if not ranges and not units:
        raise ValueError("name what to read, e.g. hr:0-9, or unit ids to look for with --units 1-20")
    clock = SystemClock()
    probe = Probe(device, Path(), clock)
    try:
        if units:
            return asyncio.run(_scan(probe, options, units, ranges[0] if ranges else parse_range("hr:0"), clock))
        return asyncio.run(_read(probe, options, ranges, views, clock))
    except LinkError as error:
        raise OSError(str(error)) from error


async def _scan(probe: Probe, options: argparse.Namespace, units: Sequence[int], where: Range, clock: Clock) -> int:
    found: list[Json] = []
    asked = Range(where.table, where.start, 1)
    try:
        for unit in units:
            fault = await probe.scan(unit, asked)
            if not is_answer(fault):
                continue
            said = "answers" if fault is None else f"answers: {fault.text.en}"
            found.append({"unit": unit, "exception": fault.exception_code if fault else 0})
            if not options.json:
                print(f"unit {unit} {said}", flush=True)
    finally:
        await _closed(probe, clock)
    if options.json:
        print(json.dumps({"target": options.target, "asked": str(asked), "units": found}))
    else:
        print(f"{len(found)} of {len(units)} unit ids answered a read of {asked}", file=sys.stderr)
    return OK if found else FAILED


async def _read(probe: Probe, options: argparse.Namespace, ranges: Sequence[Range], views: Sequence[View], clock: Clock) -> int:
    stop = asyncio.Event()
    if options.watch:
        watch_stop(stop)
    stopped = asyncio.create_task(stop.wait())
    try:
        while True:
            started_ns = clock.monotonic_ns()
            code = await _once(probe, options, ranges, views, clock)
            if not options.watch:
                return code
            pause = asyncio.create_task(clock.sleep_until_ns(started_ns + int(options.every * NS_PER_S)))
            await asyncio.wait({pause, stopped}, return_when=asyncio.FIRST_COMPLETED)
            pause.cancel()
            with suppress(asyncio.CancelledError):
                await pause
            if stop.is_set():
                return OK
    finally:
        stopped.cancel()
        with suppress(asyncio.CancelledError):
            await stopped
        await _closed(probe, clock)


async def _once(probe: Probe, options: argparse.Namespace, ranges: Sequence[Range], views: Sequence[View], clock: Clock) -> int:
    """One reading of everything, shown at once. A watch outlives what goes wrong, a single reading does not."""
    try:
        reads = [await probe.read(where) for where in ranges]
    except LinkError as error:
        if not options.watch:
            raise
        print(json.dumps({"error": error.text.en}) if options.json else f"{_time(clock)} {error}", flush=True)
        return FAILED
    if options.json:
        print(
            json.dumps({"target": options.target, "time": _time(clock), "ranges": [_json(r, views) for r in reads]}), flush=True
        )
    else:
        head = "\033[H\033[J" if options.watch and sys.stdout.isatty() else ""
        print(head + "\n".join(line for r in reads for line in _lines(r, views, _time(clock))), flush=True)
    return FAILED if any(r.gaps for r in reads) else OK


async def _closed(probe: Probe, clock: Clock) -> None:
    probe.close()
    await clock.sleep_until_ns(0)  # lets the event loop finish closing the connection


def _lines(read: Read, views: Sequence[View], time: str) -> list[str]:
    """The answer for a person."""
    took = f"{read.requests} request{'' if read.requests == 1 else 's'}"
    answered = f", slowest answer {read.round_trip_ms:.1f} ms" if read.words else ""
    lines = [f"{read.where}: {len(read.words)} of {read.where.count} read, {took}{answered}, {time}"]
    if read.where.table in BIT_TABLES:
        lines += _bit_lines(read)
    elif read.words:
        usable = [v for v in views if layout_of(v.type).words <= read.where.count]
        head = ["address", "hex", "uint16", "int16", *(v.title for v in usable)]
        rows = [head, *([str(a), f"{w:04X}", str(w), str(_signed(w)), *(_text(read, a, v) for v in usable)]
                        for a, w in sorted(read.words.items()))]  # fmt: skip
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        lines += ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"{gap.where}: {gap.fault.text.en}" for gap in read.gaps]
    return lines


def _bit_lines(read: Read) -> list[str]:
    addresses = sorted(read.words)
    rows: dict[int, dict[int, int]] = {}
    for address in addresses:
        rows.setdefault(address // _BITS_PER_ROW, {})[address % _BITS_PER_ROW] = read.words[address]
    head = "address  " + " ".join(str(n) for n in range(_BITS_PER_ROW))
    return [head] * bool(rows) + [
        f"{row * _BITS_PER_ROW:>7}  " + " ".join(str(bits.get(n, " ")) for n in range(_BITS_PER_ROW)).rstrip()
        for row, bits in rows.items()
    ]


def _json(read: Read, views: Sequence[View]) -> Json:
    is_bits = read.where.table in BIT_TABLES
    values: list[Json] = []
    for address, word in sorted(read.words.items()):
        if is_bits:
            values.append({"address": address, "value": word})
            continue
        known: dict[str, Json] = {"address": address, "hex": f"{word:04X}", "uint16": word, "int16": _signed(word)}
        for view in views:
            value = _value(read, address, view)
            finite = not isinstance(value, float) or math.isfinite(value)
            known[view.title] = value if finite else None
        values.append(known)
    gaps: list[Json] = [
        {"range": str(g.where), "exception": g.fault.exception_code, "message": g.fault.text.en} for g in read.gaps
    ]
    return {"range": str(read.where), "values": values, "gaps": gaps, "requests": read.requests,
            "round_trip_ms": round(read.round_trip_ms, 3)}  # fmt: skip


def _value(read: Read, address: int, view: View) -> int | float | str | None:
    """What begins at ``address``; None where a register of it was not read."""
    words = [read.words.get(address + i) for i in range(layout_of(view.type).words)]
    known = [w for w in words if w is not None]
    return shown(known, view.type, view.order) if len(known) == len(words) else None


def _text(read: Read, address: int, view: View) -> str:
    value = _value(read, address, view)
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.{8 if layout_of(view.type).words == 2 else 16}g}"
    return json.dumps(value, ensure_ascii=False)


def _signed(word: int) -> int:
    return word - 0x1_0000 if word & 0x8000 else word


def _views(types: Sequence[str], order: Order | None) -> list[View]:
    views: list[View] = []
    for name in dict.fromkeys(types):
        possible = orders_of(name)  # raises ValueError for a type that is none
        if order is not None and order not in possible:
            raise ValueError(f"{name} has no order {order}; use one of {', '.join(possible)}")
        views += [View(name, o) for o in possible if order in (None, o) and (name, o) not in _ALWAYS]
    return views


def _units(text: str) -> list[int]:
    if not text:
        return []
    match = _UNITS.fullmatch(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not first <= last <= 255:
        raise ValueError(f"'{text}' are no unit ids; write e.g. 1-20, at most 0-255")
    return list(range(first, last + 1))


def _time(clock: Clock) -> str:
    return datetime.fromtimestamp(clock.now_ns() / NS_PER_S, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
