"""``potok bench``: run benchmarks and print one number each, beside the other program's where there is one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.figure import Figure
from benchmarks.journal import journal_samples_per_s
from benchmarks.lateness import lateness_p99_ms
from benchmarks.modbus import modbus_vs_pymodbus
from benchmarks.scan import scan_cost_us
from potok.exit_codes import OK

BENCHMARKS: Final[Mapping[str, Callable[[], Figure]]] = {
    "scan_cost_us": scan_cost_us,
    "modbus_vs_pymodbus": modbus_vs_pymodbus,
    "journal_samples_per_s": journal_samples_per_s,
    "lateness_p99_ms": lateness_p99_ms,
}


def run_bench(names: Sequence[str], *, as_json: bool) -> int:
    """Run all or the named benchmarks. Raises ValueError for an unknown name."""
    unknown = [n for n in names if n not in BENCHMARKS]
    if unknown:
        raise ValueError(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    console = Console(stderr=True)
    figures: list[Figure] = []
    for name in names or BENCHMARKS:
        if not as_json:
            console.print(f"{name} …")
        figures.append(BENCHMARKS[name]())
    if as_json:
        print(json.dumps([asdict(f) for f in figures], ensure_ascii=False, indent=1))
        return OK
    table = Table("name", "value", "baseline", "ratio", "about")
    for figure in figures:
        baseline = "–" if figure.baseline is None else f"{figure.baseline:g}"
        ratio = "–" if figure.ratio is None else f"{figure.ratio:g}"
        table.add_row(figure.name, f"{figure.value:g} {figure.unit}", baseline, ratio, figure.about)
    Console().print(table)
    return OK
