"""``potok alarms journal`` and ``potok alarms kpi``: the journal of a data folder, also while the line runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from rich.console import Console
from rich.table import Table

from alarms.kpi_figures import TARGETS, beyond, rows
from historian.alarm_csv import csv_header, csv_lines
from historian.alarm_journal import ALARM_KINDS, PAGE_MAX, AlarmFilter
from historian.queries import JOURNAL_FILE, Queries
from line.clock import NS_PER_S, SystemClock
from line.jsontools import child, objects, whole
from line.messages import Event, JsonObject
from potok.exit_codes import FAILED, OK
from server.figures import TooMuchError, journal_figures

_DAY_NS: Final = 86_400 * NS_PER_S
SHOWN: Final = 200
"""Rows on the screen unless more are asked for; a file gets all."""

_LABELS: Final = {
    "per_hour": "annunciations an hour",
    "per_10_min": "annunciations in 10 min",
    "peak_10_min": "most in any 10 min",
    "over_10_pct": "10-min windows over 10, %",
    "hours_over_30_pct": "hours over 30, %",
    "flood_pct": "time in flood, %",
    "top_10_pct": "share of the top ten, %",
    "chattering": "chattering alarms",
    "fleeting": "fleeting alarms",
    "stale": "stale alarms",
    "standing": "standing now",
    "shelved": "shelved now",
}
_MARKS: Final = {"": "", "target": "over target", "limit": "OVER LIMIT"}


def run_kpi(options: argparse.Namespace) -> int:
    """Print the figures of the last days, as a table with targets or as JSON."""
    now_ns = SystemClock().now_ns()
    to_ns = now_ns if options.to_ns is None else options.to_ns
    queries = _queries(options.data)
    try:
        found = journal_figures(queries, max(0, to_ns - int(options.days * _DAY_NS)), to_ns, now_ns=now_ns)
    except TooMuchError as error:
        print(f"potok: {error} in {options.days:g} days; ask for fewer with --days", file=sys.stderr)
        return FAILED
    if options.json:
        print(json.dumps({"targets": TARGETS, "figures": found}, ensure_ascii=False, indent=1))
    else:
        _print_figures(found)
    for text in _doubts(queries, found):
        print(f"potok: warning: {text}", file=sys.stderr)
    return OK


def _doubts(queries: Queries, found: JsonObject) -> list[str]:
    """Why figures without alarms may be no good news: the line did not run then."""
    if found["alarms"]:
        return []
    newest = queries.alarm_page(AlarmFilter(), limit=1).events
    if not newest:
        return ["the journal has no record of alarms"]
    first_ns, last_ns = queries.first_ns() or 0, newest[0].time_ns
    if last_ns >= whole(found["from_ns"]) and first_ns < whole(found["to_ns"]):
        return []
    return [f"the journal goes from {_time(first_ns)} to {_time(last_ns)}, the newest record of alarms: name the end with --to"]


def run_journal(options: argparse.Namespace) -> int:
    """Print what matches, newest first, or write all of it to a CSV file. Raises ValueError for a reversed span."""
    if options.from_ns >= options.to_ns:
        raise ValueError("--from is not before --to, so that nothing lies between them: swap them")
    wanted = AlarmFilter(
        options.text, options.unit, frozenset(options.priority), options.alarm, options.from_ns, options.to_ns,
        tuple(options.kind) or ALARM_KINDS,
    )  # fmt: skip
    queries = _queries(options.data)
    if options.csv is None:
        if not _print_events(queries, wanted, options.limit):
            print("no record matches", file=sys.stderr)
        return OK
    if str(options.csv) == "-":
        _write_csv(queries, wanted, options.language, sys.stdout)
        return OK
    with options.csv.open("w", encoding="utf-8", newline="") as file:
        count = _write_csv(queries, wanted, options.language, file)
    print(f"{count} records written to {options.csv}", file=sys.stderr)
    return OK


def _queries(data: Path) -> Queries:
    if not (data / JOURNAL_FILE).is_file():
        raise ValueError(f"{data} is no data folder with a journal in it; name the folder that 'potok serve --data' names")
    return Queries(data)


def _print_figures(found: JsonObject) -> None:
    console = Console(highlight=False)
    from_ns, to_ns = whole(found["from_ns"]), whole(found["to_ns"])
    span = f"from {_time(from_ns)} to {_time(to_ns)}, {(to_ns - from_ns) / _DAY_NS:.3g} days"
    console.print(f"{found['alarms']} annunciations, {found['floods']} floods {span}")
    table = Table("figure", "is", "target", "limit", "")
    for name, value in rows(found):
        aims = child(TARGETS, name)
        table.add_row(_LABELS[name], _number(value), _number(aims.get("target")), _number(aims.get("limit")),
                      _MARKS[beyond(name, value)])  # fmt: skip
    console.print(table)
    shares, aims = child(found, "by_priority_pct"), child(TARGETS, "by_priority_pct")
    of_priorities = ", ".join(f"{p}: {_number(shares.get(p))} % (wanted {_number(aims.get(p))})" for p in sorted(aims))
    console.print(f"by priority {of_priorities}")
    ack = child(found, "ack")
    console.print(
        f"acknowledged {ack['count']} times, half within {_number(ack['median_s'])} s, nine of ten within "
        f"{_number(ack['p90_s'])} s, the slowest in {_number(ack['max_s'])} s"
    )
    for name, what in (("top", "most often"), ("chattering", "chattering"), ("fleeting", "fleeting"), ("stale", "stale")):
        for row in objects(found[name]):
            count = row.get("count", row.get("episodes"))
            console.print(f"  {what}: {row['id']} {'' if count is None else count}".rstrip(), markup=False)


def _time(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // NS_PER_S, UTC):%Y-%m-%d %H:%M:%S}Z"


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else "–"


def _pages(queries: Queries, wanted: AlarmFilter, limit: int) -> Iterator[list[Event]]:
    before, more = 0, True
    while more:
        page = queries.alarm_page(wanted, before, limit)
        before, more = page.first, page.more
        yield list(page.events)


def _write_csv(queries: Queries, wanted: AlarmFilter, language: str, file: TextIO) -> int:
    count = 0
    file.write(csv_header(language))
    for events in _pages(queries, wanted, PAGE_MAX):
        file.write(csv_lines(events, language))
        count += len(events)
    return count


def _print_events(queries: Queries, wanted: AlarmFilter, limit: int) -> int:
    """How many were printed."""
    left = limit
    for events in _pages(queries, wanted, min(limit, PAGE_MAX)):
        for event in events[:left]:
            print(_line(event))
        left -= min(left, len(events))
        if left == 0:
            break
    return limit - left


def _line(event: Event) -> str:
    data = event.data
    what = data.get("event") or data.get("what") or ""
    states = f"{data['from']} → {data['to']}" if "from" in data and "to" in data else ""
    text = child(data, "text").get("en", "")
    priority = f"P{data['priority']}" if "priority" in data else ""
    why = data.get("reason")
    parts = [
        f"{event.seq:>8}", _time(event.time_ns), event.kind, event.source, priority, what, states, text, data.get("user"),
        why if isinstance(why, str) else child(data, "reason").get("en"), data.get("comment"), *_escalated(data),
    ]  # fmt: skip
    return "  ".join(str(p) for p in parts if p)


def _escalated(data: JsonObject) -> list[str]:
    """What an event of an escalation, a notice or a call says besides."""
    policy = str(data.get("policy") or "")
    step = f"{policy} step {data['step']}" if policy and data.get("step") else policy
    named = [data.get("outputs"), data.get("tell")]
    does = [str(name) for names in named if isinstance(names, list | tuple) for name in names]
    contact = child(data, "contact_name").get("en") or data.get("contact")
    attempt = f"attempt {data['attempt']}" if data.get("attempt") else ""
    number = f"call {data['number']}" if data.get("number") else ""
    rest = (contact, attempt, data.get("why"), child(data, "error").get("en"), number, child(data, "service_name").get("en"))
    return [step, ", ".join(does), *(str(r) for r in rest if r)]
