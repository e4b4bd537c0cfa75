"""What ``potok alarms what-if`` found, as JSON and for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from alarms.whatif import Outcome, RealEvent, Verdict
from line.clock import NS_PER_S
from line.jsontools import finite, objects, whole
from line.messages import Json, JsonObject
from potok.what_if import Result, Tables

_OUTCOMES = {
    Outcome.SAME: "as before", Outcome.EARLIER: "earlier", Outcome.LATER: "later", Outcome.STOOD_ALREADY: "STOOD ALREADY",
    Outcome.MISSED: "MISSED",
}  # fmt: skip

_OTHERS = 3


def report(line_id: str, tables: Tables, results: Sequence[Result]) -> JsonObject:
    """All results with their sum (docs/howto/what-if.md has the keys)."""
    verdicts = [v for r in results for v in r.comparison.verdicts]
    counts = tuple(sum((Counter(c) for c in some), Counter[str]()) for some in (
        [r.comparison.before for r in results], [r.comparison.after for r in results],
    ))  # fmt: skip
    outcomes = Counter(str(v.outcome) for v in verdicts)
    total: dict[str, Json] = {
        "hours": sum(r.hours for r in results),
        "before": _sum([r.before for r in results]),
        "after": _sum([r.after for r in results]),
        "gone": sorted(counts[0].keys() - counts[1].keys()),
        "new": sorted(counts[1].keys() - counts[0].keys()),
        "counts": _counts(counts[0], counts[1]),
        "events": {str(o): outcomes[str(o)] for o in Outcome},
        "too_late": sum(v.too_late for v in verdicts),
        "new_events": sum(len(r.comparison.new_events) for r in results),
    }
    return {
        "line": line_id,
        "changed": list(tables.changed),
        "removed": list(tables.removed),
        "warning": _warning(verdicts),
        "recordings": [_result(r) for r in results],
        "total": total,
    }


def _warning(verdicts: Sequence[Verdict]) -> str:
    missed = sum(v.outcome is Outcome.MISSED for v in verdicts)
    silent = sum(v.outcome is Outcome.STOOD_ALREADY for v in verdicts)
    late = sum(v.too_late for v in verdicts)
    said = [f"{missed} of {len(verdicts)} real events would be missed"] if missed else []
    said += [f"{silent} would not be announced, the alarm standing already"] if silent else []
    said += [f"{late} would come after the time to respond is over"] if late else []
    return "; ".join(said)


def _result(result: Result) -> JsonObject:
    comparison = result.comparison
    return {
        "name": result.name,
        "from_ns": result.from_ns,
        "to_ns": result.to_ns,
        "scans": result.scans,
        "complete": result.complete,
        "approximate": result.approximate,
        "notes": list(result.notes),
        "before": result.before,
        "after": result.after,
        "counts": _counts(comparison.before, comparison.after),
        "events": [_verdict(v) for v in comparison.verdicts],
        "new_events": [_event(e) for e in comparison.new_events],
    }


def _counts(before: Mapping[str, int], after: Mapping[str, int]) -> list[JsonObject]:
    """The alarms whose number of annunciations changes, the most changed first."""
    changed = [a for a in {**before, **after} if before.get(a, 0) != after.get(a, 0)]
    changed.sort(key=lambda a: (-abs(before.get(a, 0) - after.get(a, 0)), a))
    return [{"id": a, "before": before.get(a, 0), "after": after.get(a, 0)} for a in changed]


def _event(event: RealEvent) -> dict[str, Json]:
    excursion = event.excursion
    return {
        "alarm": excursion.alarm.id,
        "unit": excursion.alarm.unit,
        "priority": excursion.alarm.priority,
        "why": str(event.why),
        "because": event.because,
        "at_ns": excursion.began_ns,
        "stood_s": round((excursion.ended_ns - excursion.began_ns) / NS_PER_S, 3),
    }


def _verdict(verdict: Verdict) -> JsonObject:
    return {
        **_event(verdict.event),
        "outcome": str(verdict.outcome),
        "after_ns": None if verdict.after is None else verdict.after.began_ns,
        "later_s": verdict.later_s,
        "too_late": verdict.too_late,
        "others": [{"alarm": a, "time_ns": t} for a, t in verdict.others],
    }


def _sum(figures: Sequence[JsonObject]) -> JsonObject:
    """What several recordings give together: numbers add up, the peak is the highest, shares are weighted by time."""
    span_ns = sum(whole(f.get("to_ns")) - whole(f.get("from_ns")) for f in figures)
    alarms = sum(whole(f.get("alarms")) for f in figures)
    flooded = sum((finite(f.get("flood_pct")) or 0.0) * (whole(f.get("to_ns")) - whole(f.get("from_ns"))) for f in figures)
    return {
        "alarms": alarms,
        "per_hour": round(alarms * 3600 * NS_PER_S / span_ns, 3) if span_ns > 0 else None,
        "peak_10_min": max((whole(f.get("peak_10_min")) for f in figures), default=0),
        "chattering": sum(whole(c.get("episodes")) for f in figures for c in objects(f.get("chattering"))),
        "fleeting": sum(whole(c.get("count")) for f in figures for c in objects(f.get("fleeting"))),
        "floods": sum(whole(f.get("floods")) for f in figures),
        "flood_pct": round(flooded / span_ns, 3) if span_ns > 0 else None,
    }


def print_report(line_id: str, tables: Tables, results: Sequence[Result]) -> None:
    """The same for people, on stdout; what would be missed stands on top."""
    console = Console(soft_wrap=True, highlight=False)
    found = report(line_id, tables, results)
    if found["warning"]:
        console.print(f"[bold]WARNING: {escape(str(found['warning']))}[/bold]")
    changed = ", ".join([*tables.changed, *(f"{a} (removed)" for a in tables.removed)])
    count = len(tables.changed) + len(tables.removed)
    console.print(f"{line_id}: {count} alarm{'' if count == 1 else 's'} changed: {escape(changed)}")
    for result in results:
        end = "" if result.complete else ", incomplete"
        near = ", APPROXIMATE: stored samples with their deadbands, no images" if result.approximate else ""
        console.print(f"\n[bold]{escape(result.name)}[/bold]: {_time(result.from_ns)}, {result.hours:.2f} h{end}{near}")
        for note in result.notes:
            console.print(f"  note: {escape(note)}")
        console.print(_figures(_sum([result.before]), _sum([result.after])))
        _print_events(console, result)
    total = found["total"]
    assert isinstance(total, Mapping)
    if len(results) > 1:
        console.print(f"\n[bold]All {len(results)} recordings[/bold]: {sum(r.hours for r in results):.2f} h")
        console.print(_figures(_sum([r.before for r in results]), _sum([r.after for r in results])))
    counts = Table("alarm", "before", "after", "")
    for row in objects(total.get("counts")):
        word = "gone" if row["after"] == 0 else "new" if row["before"] == 0 else ""
        counts.add_row(escape(str(row["id"])), str(row["before"]), str(row["after"]), word)
    if counts.row_count:
        console.print(counts)
    else:
        console.print("No alarm is announced more or less often.")


def _figures(before: JsonObject, after: JsonObject) -> Table:
    table = Table("", "before", "after")
    names = {
        "alarms": "alarms", "per_hour": "alarms an hour", "peak_10_min": "most in 10 min", "chattering": "chatter episodes",
        "fleeting": "fleeting alarms", "floods": "floods", "flood_pct": "time in flood, %",
    }  # fmt: skip
    for key, name in names.items():
        table.add_row(name, *("–" if f[key] is None else f"{f[key]:g}" if isinstance(f[key], float) else str(f[key])
                              for f in (before, after)))  # fmt: skip
    return table


def _print_events(console: Console, result: Result) -> None:
    verdicts, new = result.comparison.verdicts, result.comparison.new_events
    if not verdicts and not new:
        console.print("  no real event is known of this time")
        return
    console.print("  real events:")
    for verdict in sorted(verdicts, key=lambda v: (not v.warns, v.event.excursion.began_ns)):
        at_ns = verdict.event.excursion.began_ns
        times = _clock(at_ns, result)
        if verdict.after is not None and verdict.outcome is not Outcome.SAME:
            times += f" -> {_clock(verdict.after.began_ns, result)} ({verdict.later_s:+g} s)"
        word = _OUTCOMES[verdict.outcome] + (", TOO LATE" if verdict.too_late else "")
        others = ", ".join(f"{a} at {_clock(t, result)}" for a, t in verdict.others[:_OTHERS])
        _print_event(console, word, verdict.event, times, f"; still announced: {others}" if others else "")
    for event in new:
        _print_event(console, "only now", event, f"-> {_clock(event.excursion.began_ns, result)}", "")


def _print_event(console: Console, word: str, event: RealEvent, times: str, more: str) -> None:
    alarm = event.excursion.alarm
    console.print(f"  {word:<13} P{alarm.priority} {escape(alarm.id)}: {times}; {escape(event.because)}{escape(more)}")


def _time(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // NS_PER_S, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _clock(time_ns: int, result: Result) -> str:
    """The time of day, with the date where it is not that of the recording's begin."""
    time, first = (datetime.fromtimestamp(t // NS_PER_S, UTC) for t in (time_ns, result.from_ns))
    return f"{time:%H:%M:%S}" if time.date() == first.date() else f"{time:%m-%d %H:%M:%S}"
