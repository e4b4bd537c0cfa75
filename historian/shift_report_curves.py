"""The curves of a shift report: mass packed, alarms per ten minutes, and what batches were judged by."""

from __future__ import annotations

from typing import Final

from historian.record_curves import POINTS_MAX, Samples
from historian.shift_log import annunciated
from historian.shift_report_facts import ShiftFacts
from historian.shift_report_line import RATE_NS, verdict_tags
from line.jsontools import child
from line.messages import EventKind, Json

CURVES_MAX: Final = 8
TEMPERATURE: Final = "°C"


def curves(facts: ShiftFacts, samples: Samples) -> list[Json]:
    """``{what, tag, eu, lo, hi, from_ns, to_ns, t, v, q, kept}``: alarms, packed, temperatures of judgements."""
    found: list[Json] = [alarm_rate(facts)]
    packed = child(facts.started.data, "counters").get("packed_kg")
    wanted: list[tuple[str, str, dict[str, Json]]] = [("packed", packed, {"eu": "kg"})] if isinstance(packed, str) else []
    judged = sorted((tag, about) for tag, about in verdict_tags(facts).items() if about.get("eu") == TEMPERATURE)
    wanted += [("temperature", tag, about) for tag, about in judged[:CURVES_MAX]]
    trends = samples.history([tag for _, tag, _ in wanted], facts.started.time_ns, facts.end_ns, POINTS_MAX)
    for what, tag, about in wanted:
        trend = trends[tag]
        kept = "none" if not trend.t else "thinned" if len(trend.t) >= POINTS_MAX else "all"
        found.append({
            "what": what, "tag": tag, "unit": about.get("unit", ""), "eu": about.get("eu", ""), "lo": about.get("lo"),
            "hi": about.get("hi"), "from_ns": facts.started.time_ns, "to_ns": facts.end_ns, "t": list(trend.t),
            "v": list(trend.v), "q": list(trend.q), "kept": kept,
        })  # fmt: skip
    return found


def alarm_rate(facts: ShiftFacts) -> Json:
    """Annunciations per ten minutes from the start of the shift."""
    begin = facts.started.time_ns
    buckets = [0] * max(1, -(-(facts.end_ns - begin) // RATE_NS))
    for event in facts.of(EventKind.ALARM):
        if annunciated(event):
            buckets[min(len(buckets) - 1, max(0, (event.time_ns - begin) // RATE_NS))] += 1
    times = [begin + i * RATE_NS for i in range(len(buckets))]
    return {
        "what": "alarms", "tag": "", "unit": "", "eu": "", "lo": None, "hi": None, "from_ns": begin, "to_ns": facts.end_ns,
        "t": times, "v": list(buckets), "q": [0] * len(buckets), "kept": "all",
    }  # fmt: skip
