"""The report of ``potok shift`` for people, and its progress bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from line.jsontools import objects
from line.messages import JsonObject


def with_progress(work: Callable[[Callable[[float], None]], JsonObject], *, quiet: bool) -> JsonObject:
    """Run ``work`` with a progress bar on stderr, or silently."""
    if quiet:
        return work(lambda _share: None)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("shift", total=1.0)
        return work(lambda share: progress.update(task, completed=share))


def print_report(report: JsonObject) -> None:
    """Totals, batches and the fingerprint of a shift."""
    console = Console()
    console.print(
        f"{report['line']}: {report['hours']} h, seed {report['seed']}, {report['scans']} scans in {report['wall_s']} s "
        f"({report['speedup']}x real time), {report['alarms']} alarm events, {report['samples']} samples"
    )
    table = Table("batch", "recipe", "state", "kg", "minutes")
    for batch in objects(report.get("batches")):
        started, ended = batch.get("started_ns"), batch.get("ended_ns")
        minutes = f"{(ended - started) / 6e10:.0f}" if isinstance(started, int) and isinstance(ended, int) and ended else "–"
        table.add_row(str(batch["id"]), str(batch["recipe"]), str(batch["state"]), str(batch["size_kg"]), minutes)
    console.print(table)
    totals = report.get("totals")
    if isinstance(totals, Mapping):
        for name, value in totals.items():
            if not isinstance(value, Mapping):
                console.print(f"  {name}: {value}")
    console.print(f"hash {report['hash']}")
