"""What a shift report makes of stops that people split and merged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from historian.shift_report_line import stops
from line.messages import Event
from tests.builders import T0_NS, S
from tests.unit.prod_kit import EXECUTE, HELD, Line, shift_event


def report(line: Line, told: list[Event]) -> Any:
    """The report over these events, as of now."""
    numbered = [Event(i + 1, e.time_ns, e.kind, e.source, e.unit, e.batch, e.data) for i, e in enumerate(told)]
    facts: Any = SimpleNamespace(
        shift="s1", rows=numbered, later=(), reasons=(), open_stops=(), end_seq=len(told), end_ns=line.now_ns,
        started=SimpleNamespace(time_ns=T0_NS, seq=1), of=lambda kind, *_what: [e for e in numbered if e.kind == kind],
    )  # fmt: skip
    return stops(facts, None)


def stood(*lengths_s: float) -> tuple[Line, list[Event]]:
    line = Line()
    told = line.scan(0.0, events=[shift_event("started", "s1")])
    for length_s in lengths_s:
        told += line.run(60, {"P.State": EXECUTE})
        told += line.run(length_s, {"P.State": HELD})
    return line, told + line.run(60, {"P.State": EXECUTE})


def test_merged_stops_are_one_row_and_keep_the_sum() -> None:
    line, told = stood(100, 150, 200, 50)
    assert (report(line, told)["count"], report(line, told)["minor"], report(line, told)["minor_s"]) == (0, 4, 500.0)
    line.ask("stop.merge", "stop-1", stops=["stop-2", "stop-3"])
    found = report(line, told + line.told)
    assert (found["count"], found["s"], found["minor"], found["minor_s"]) == (1, 450.0, 1, 50.0)


def test_parts_of_a_split_stop_are_rows_of_their_own() -> None:
    line, told = stood(1000)
    at_ns = line.state.stops[0].begun_ns + 300 * S
    line.ask("stop.split", "stop-1", at_ns=[at_ns], codes=["film", "belt"])
    found = report(line, told + line.told)
    assert [(r["id"], r["s"], r["code"]) for r in found["top"]] == [("stop-2", 700.0, "belt"), ("stop-1", 300.0, "film")]


def test_a_minor_stop_with_a_reason_is_still_a_minor_one() -> None:
    line, told = stood(100)
    line.ask("stop.reason", "stop-1", code="film")
    assert report(line, told + line.told)["minor"] == 1
