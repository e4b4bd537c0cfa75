"""How late scans run with thousands of Modbus tags on real sockets, and what a dead device costs the others."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

from benchmarks.figure import Figure, median, short
from benchmarks.modbus import DEVICES, Bench, measures
from benchmarks.processes import Answer

_PERIOD_MS = 100


def lateness_p99_ms_2000(quick: bool = False) -> Figure:
    """99th percentile of scan start minus deadline, 2,000 tags."""
    return _lateness("lateness_p99_ms_2000", 2000, quick=quick)


def lateness_p99_ms_10000(quick: bool = False) -> Figure:
    """99th percentile of scan start minus deadline, 10,000 tags."""
    return _lateness("lateness_p99_ms_10000", 10_000, quick=quick)


def _lateness(name: str, tags: int, *, quick: bool) -> Figure:
    scans, plain_scans, warm_up = (4, 3, 1) if quick else (600, 150, 10)
    with ExitStack() as stack:
        bench = Bench(stack, native=True, quick=quick, tags=tags)
        size = {"ports": bench.ports, "tags": bench.tags}
        plain = bench.client.ask(what="engine", size=size, scans=plain_scans, warm_up=warm_up)
        best = bench.client.ask(what="engine", size=size, scans=scans, warm_up=warm_up, realtime=True)
    extra = {**_late(best), "interval_p99_ms": short(best["interval_p99_ms"], 4), "cpu_percent": _cpu_percent(best)}
    extra |= {f"plain_{key}": value for key, value in _late(plain).items()}
    about = (
        f"{bench.tags} float32 tags, {DEVICES} devices on one {bench.server} server, {scans} scans at {_PERIOD_MS} ms, "
        f"{measures(best)}; plain: {plain_scans} scans, {measures(plain)}"
    )
    return Figure(name, short(best["late_p99_ms"]), "ms", about=about, extra=extra)


def dead_device_cost(quick: bool = False) -> Figure:
    """Lateness p99 with one of four devices dead (it takes the connection and never answers), beside all four alive."""
    scans, warm_up, rounds = (4, 1, 1) if quick else (100, 10, 2)
    dead: list[Answer] = []
    alive: list[Answer] = []
    with ExitStack() as stack:
        bench = Bench(stack, native=True, quick=quick)
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        request: dict[str, Any] = {"what": "engine", "scans": scans, "warm_up": warm_up, "dead": [DEVICES - 1], "realtime": True}
        for _ in range(rounds):
            ports = [*bench.ports[:-1], silent.getsockname()[1]]
            dead.append(bench.client.ask(**request, size={"ports": ports, "tags": bench.tags}))
            alive.append(bench.client.ask(**request, size={"ports": bench.ports, "tags": bench.tags}))
    value, baseline = _worst(dead, "late_p99_ms"), _worst(alive, "late_p99_ms")
    extra = {
        f"{prefix}{key}": short(_worst(answers, key), 4)
        for prefix, answers in (("", dead), ("baseline_", alive))
        for key in ("interval_p50_ms", "interval_p99_ms", "unrefreshed_share", "late_max_ms")
    } | {"cpu_percent": _cpu_percent(dead[0]), "baseline_cpu_percent": _cpu_percent(alive[0])}
    about = (
        f"{scans} scans of {_PERIOD_MS} ms a round, {measures(dead[0])}, intervals of the three living devices; "
        "baseline: all four answer"
    )
    ratio = short(baseline / value) if value else None
    return Figure("dead_device_cost", short(value), "ms late (p99)", short(baseline), ratio, about, extra)


def _late(answer: Answer) -> dict[str, float]:
    return {key: short(answer[key]) for key in ("late_p50_ms", "late_p99_ms", "late_p999_ms", "late_max_ms")}


def _worst(answers: list[Answer], key: str) -> float:
    return median([a[key] for a in answers])


def _cpu_percent(answer: Answer) -> float:
    return short(answer["cpu_s"] / answer["seconds"] * 100.0)
