"""The report of ``potok shift`` for people, and its progress bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from line.jsontools import child, objects, whole
from line.messages import EventKind, Json, JsonObject


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
    table = Table("batch", "recipe", "state", "kg", "minutes", "held", "dev.", "CCP")
    for batch in objects(report.get("batches")):
        started, ended = batch.get("started_ns"), batch.get("ended_ns")
        minutes = f"{(ended - started) / 6e10:.0f}" if isinstance(started, int) and isinstance(ended, int) and ended else "–"
        first = (str(batch["id"]), str(batch["recipe"]), str(batch["state"]), str(batch["size_kg"]), minutes)
        passed = f"{whole(batch['ccp_passed'])}/{whole(batch['ccp_passed']) + whole(batch['ccp_failed'])}"
        table.add_row(*first, str(batch["held"]), str(batch["deviations"]), passed)
    console.print(table)
    totals = report.get("totals")
    if isinstance(totals, Mapping):
        for name, value in totals.items():
            if not isinstance(value, Mapping):
                console.print(f"  {name}: {value}")
    _print_escalation(console, report)
    console.print(f"hash {report['hash']}")


def _print_escalation(console: Console, report: JsonObject) -> None:
    """What was escalated, when, and to whom; deliveries are simulated."""
    escalation = child(report, "escalation")
    if not escalation.get("started"):
        return
    console.print(f"escalation: {escalation['started']} started, {escalation['steps']} steps; deliveries are simulated")
    for row in objects(escalation.get("log")):
        console.print(f"  {row['local']} {row['of']} {row['what']} {_details(row)}".rstrip(), markup=False)


def _details(row: JsonObject) -> str:
    if row["kind"] == EventKind.NOTICE:
        return f"{row['notice']} {row['contact']}"
    if row["what"] == "step":
        return f"{row['policy']} {row['step']} {_words(row['outputs'])} {_words(row['tell'])}"
    return f"{row['policy']} {row.get('why', '')}"


def _words(value: Json) -> str:
    return ", ".join(str(v) for v in value) if isinstance(value, Sequence) else ""
