"""``potok sink``: how the sinks of a data folder stand, and what becomes of points that one refused."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from historian.outbox import DeadLetters, sink_records, state_path
from historian.sinks_file import FILE, read_sinks, unreadable_tokens
from line.clock import NS_PER_S
from potok.exit_codes import FAILED, OK
from potok.yamlfile import read_yaml

LINE_SHOWN = 160


def run_sink(options: argparse.Namespace) -> int:
    """Run the action of ``options``. Raises FileNotFoundError for an unknown sink."""
    if options.action == "list":
        return _list(options.data, as_json=options.json)
    if options.action == "check":
        return _check(options.data)
    letters = DeadLetters(state_path(options.data, options.sink))
    try:
        if options.action == "dead":
            return _dead(letters, options.limit, as_json=options.json)
        if bool(options.numbers) is options.all:
            raise ValueError("name the numbers that 'potok sink dead' shows, or --all")
        marked = (letters.resend if options.action == "resend" else letters.drop)(options.numbers)
    finally:
        letters.close()
    done = "will be sent again by the running server, or the next one" if options.action == "resend" else "given up"
    print(f"{marked} point{'' if marked == 1 else 's'} {done}")
    return OK if marked or options.all else FAILED


def _list(data: Path, *, as_json: bool) -> int:
    configured = read_sinks(data, read_yaml)
    for problem in configured.problems:
        print(problem, file=sys.stderr)
    rows: list[dict[str, str | int]] = []
    urls = {sink.name: sink.target.url for sink in configured.settings}
    states = {record.name: record for record in sink_records(data)}
    for name in dict.fromkeys([*urls, *states]):
        record = states.get(name)
        dead = 0
        if record is not None and name:
            letters = DeadLetters(state_path(data, name))
            dead = letters.count()
            letters.close()
        events = record.sent["events"].solid() if record is not None and "events" in record.sent else 0
        rows.append({"name": name or "influx", "url": urls.get(name, ""), "events_sent": events, "dead": dead})
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return OK
    if not rows:
        print("nothing is forwarded: docs/INFLUXDB.md shows sinks.yaml and --influx")
    for row in rows:
        print(f"{row['name']}  {row['url'] or '(by --influx)'}  events sent up to {row['events_sent']}, {row['dead']} refused")
    return OK


def _check(data: Path) -> int:
    """Every fault of ``sinks.yaml`` with file, line, key and remedy; a token that cannot be read may be on the server only."""
    if not data.is_dir():
        raise ValueError(f"there is no folder {data}: name the one that 'potok serve --data' names")
    if not (data / FILE).exists():
        print(f"{data}: there is no {FILE}, so that only --influx forwards; docs/INFLUXDB.md shows the file")
        return OK
    sinks = read_sinks(data, read_yaml)
    for problem in sinks.problems:
        print(problem, file=sys.stderr)
    for told in unreadable_tokens(sinks.settings):
        print(f"remark: {told}", file=sys.stderr)
    if sinks.problems:
        return FAILED
    print(f"{data / FILE}: {len(sinks.settings)} sink{'' if len(sinks.settings) == 1 else 's'}: no problems")
    return OK


def _dead(letters: DeadLetters, limit: int, *, as_json: bool) -> int:
    found = letters.list(limit)
    if as_json:
        shown = [
            {"number": d.number, "time_ns": d.dead_ns, "stream": d.stream, "reason": d.reason, "tries": d.tries, "again": d.again,
             "line": d.line} for d in found
        ]  # fmt: skip
        print(json.dumps({"count": letters.count(), "dead": shown}, ensure_ascii=False, indent=1))
        return OK
    for letter in found:
        when = datetime.fromtimestamp(letter.dead_ns // NS_PER_S, UTC).strftime("%Y-%m-%d %H:%M:%S")
        again = ", waits to be sent again" if letter.again else ""
        print(f"{letter.number}  {when} UTC  {letter.reason}{again}\n    {letter.line[:LINE_SHOWN]}")
    print(f"{letters.count()} refused, {len(found)} shown")
    return OK


def warn_of_sinks(data: Path) -> None:
    """Faults of ``DATA/sinks.yaml`` and tokens that cannot be read, for whoever starts the server: the line runs all the same."""
    sinks = read_sinks(data, read_yaml)
    for told in (*sinks.problems, *unreadable_tokens(sinks.settings)):
        print(f"potok: warning: {told}", file=sys.stderr)
