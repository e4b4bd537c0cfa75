"""The report of a dry run for people at a console."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table

from line.jsontools import child, finite, objects
from line.messages import Json, JsonObject
from potok.dry_run_report import evidence_hash

_SHOWN_NODES: Final = 60


def print_report(report: JsonObject) -> None:
    """What it says, worst first."""
    console = Console(highlight=False)
    verdict = "passed" if report.get("ok") is True else "refused"
    console.print(
        f"{report['recipe']} {report['version']}, {_number(report['size_kg'])} kg on line {report['line']}, "
        f"seed {report['seed']}: [bold]{verdict}[/bold]"
    )
    for problem in objects(report.get("problems")):
        node = f" {problem['node']}" if problem.get("node") else ""
        console.print(
            f"{problem['severity']}{node}: {_en(problem, 'text')}. {_en(problem, 'remedy')}", markup=False, soft_wrap=True
        )
    if objects(report.get("phases")):
        _print_run(console, report)
    console.print(f"recipe   {report['hash']}\nline     {report['line_hash']}\nevidence {evidence_hash(report)}")


def _print_run(console: Console, report: JsonObject) -> None:
    console.print(f"duration {_time(report['duration_s'])}")
    table = Table(box=None, pad_edge=False)
    table.add_column("node", overflow="fold")
    for column in ("unit", "from", "to", "min"):
        table.add_column(column, no_wrap=True)
    for phase in objects(report["phases"])[:_SHOWN_NODES]:
        start, end = finite(phase["start_s"]) or 0.0, finite(phase["end_s"]) or 0.0
        table.add_row(str(phase["node"]), str(phase["unit"]), _time(start), _time(end), f"{(end - start) / 60:.1f}")
    console.print(table)
    yield_pct, limits = report.get("yield_pct"), child(report, "yield_limits")
    wanted = f" (limits {_number(limits['lo_pct'])} to {_number(limits['hi_pct'])} %)" if limits else ""
    console.print(
        f"charged {_number(report['charged_kg'])} kg, packed {_number(report['packed_kg'])} kg, "
        f"yield {_number(yield_pct)} %{wanted}"
    )
    for row in objects(report.get("lethality")):
        need = f", needed {_number(row['need'])}" if row.get("need") is not None else ""
        console.print(f"lethality {row['tag']} {_number(row['value'])} {row['eu']}{need}")
    for row in objects(report.get("ccp")):
        said = "met" if row["passed"] is True else "NOT MET"
        console.print(f"CCP {row['node']} {row['tag']} {judged(row)}: {said}", markup=False, soft_wrap=True)
    for row in objects(report.get("branches")):
        console.print(
            f"branches of {row['node']}: taken {_names(row['taken'])}; not reached {_names(row['never'])}", markup=False
        )
    paths = objects(report.get("paths"))
    safe = sum(p["safe"] is True for p in paths)
    slowest = max((finite(p["after_s"]) or 0.0 for p in paths if p["safe"] is True), default=0.0)
    console.print(f"{len(paths)} interruptions by hold and abort, {safe} of them safe, the slowest after {slowest:.1f} s")


def judged(row: JsonObject) -> str:
    """What a critical limit asks for, and what was judged."""
    lo, hi = row.get("lo"), row.get("hi")
    if lo is None and hi is None:
        return "of good quality throughout"
    limits = " and ".join(f"{word} {_number(v)}" for word, v in (("at least", lo), ("at most", hi)) if v is not None)
    value = f"{_number(row['value'])}, " if row.get("value") is not None else "throughout "
    return f"{value}{limits} {row.get('eu') or ''}".rstrip()


def _en(row: JsonObject, key: str) -> str:
    return str(child(row, key).get("en", ""))


def _names(value: Json) -> str:
    return ", ".join(str(v) for v in value) or "none" if isinstance(value, list) else "none"


def _number(value: Json) -> str:
    number = finite(value)
    return "–" if number is None else f"{number:g}" if abs(number) >= 1e6 else f"{round(number, 3):g}"


def _time(value: Json) -> str:
    minutes, seconds = divmod(round(finite(value) or 0.0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
