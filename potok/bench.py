"""``potok bench``: run benchmarks and print one number each, beside the other program's where there is one."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from benchmarks.alarm_history import alarm_kpi_100k_s, alarm_search_ms
from benchmarks.alarm_transitions import alarm_transitions_per_s
from benchmarks.alarms import alarms_10k_ms
from benchmarks.figure import Figure
from benchmarks.forwarder import forwarder_vs_client
from benchmarks.journal import journal_samples_per_s
from benchmarks.lateness import lateness_p99_ms
from benchmarks.lateness_modbus import dead_device_cost, lateness_p99_ms_2000, lateness_p99_ms_10000
from benchmarks.line_poll import line_poll_vs_pymodbus
from benchmarks.modbus import modbus_cpu_s_per_1000, modbus_tags_per_s, modbus_vs_libmodbus, modbus_vs_pymodbus
from benchmarks.opcua import opcua_vs_asyncua
from benchmarks.planner import planner_vs_contiguous
from benchmarks.scan import scan_cost_us
from benchmarks.trace import trace_year_ms
from benchmarks.trends import trend_8h_ms, trend_30d_ms
from benchmarks.what_if import what_if_8h_s
from potok.exit_codes import OK

_WIDTH: Final = 120
BENCHMARKS: Final[Mapping[str, Callable[[bool], Figure]]] = {
    "scan_cost_us": scan_cost_us,
    "alarms_10k_ms": alarms_10k_ms,
    "alarm_transitions_per_s": alarm_transitions_per_s,
    "alarm_kpi_100k_s": alarm_kpi_100k_s,
    "alarm_search_ms": alarm_search_ms,
    "what_if_8h_s": what_if_8h_s,
    "modbus_vs_pymodbus": modbus_vs_pymodbus,
    "modbus_vs_libmodbus": modbus_vs_libmodbus,
    "modbus_tags_per_s": modbus_tags_per_s,
    "modbus_cpu_s_per_1000": modbus_cpu_s_per_1000,
    "planner_vs_contiguous": planner_vs_contiguous,
    "line_poll_vs_pymodbus": line_poll_vs_pymodbus,
    "opcua_vs_asyncua": opcua_vs_asyncua,
    "journal_samples_per_s": journal_samples_per_s,
    "trend_8h_ms": trend_8h_ms,
    "trend_30d_ms": trend_30d_ms,
    "forwarder_vs_client": forwarder_vs_client,
    "trace_year_ms": trace_year_ms,
    "lateness_p99_ms": lateness_p99_ms,
    "lateness_p99_ms_2000": lateness_p99_ms_2000,
    "lateness_p99_ms_10000": lateness_p99_ms_10000,
    "dead_device_cost": dead_device_cost,
}
"""Name → what runs it; each takes whether it is to be quick: a trial that it runs, no measurement."""


def run_bench(names: Sequence[str], *, as_json: bool, quick: bool = False) -> int:
    """Run all or the named benchmarks. Raises ValueError for an unknown name."""
    unknown = [n for n in names if n not in BENCHMARKS]
    if unknown:
        raise ValueError(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in names or BENCHMARKS:
        if not as_json:
            print(f"{name} …", file=sys.stderr, flush=True)
        figures.append(BENCHMARKS[name](quick))
        if not as_json:
            print("\n".join(_lines(figures[-1])), flush=True)
    if as_json:
        print(json.dumps([asdict(f) for f in figures], ensure_ascii=False, indent=1))
    return OK


def _lines(figure: Figure) -> list[str]:
    """A figure for people: the number and what stands beside it, then what it is, then the other numbers of the run."""
    head = f"{figure.name}: {_number(figure.value)} {figure.unit}"
    if figure.baseline is not None:
        head += f", beside {_number(figure.baseline)}: {_number(figure.ratio)} times as good"
    extra = "  ".join(f"{key}={value:g}" for key, value in figure.extra.items())
    texts = (figure.about, f"not measured: {figure.missing}" if figure.missing else "", extra)
    return [
        head,
        *(line for text in texts for line in textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
