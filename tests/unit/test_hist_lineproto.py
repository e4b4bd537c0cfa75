"""Samples and events as line protocol, and the schema that they keep to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from historian.lineproto import event_line, event_series, sample_line, sample_prefix
from historian.schema import BOUNDED_SOURCES, MEASUREMENT_OF, MEASUREMENTS, PROCESS
from line.messages import Event, EventKind
from tests.builders import T0_NS

TEXT = st.text(max_size=20)
KINDS = [str(kind) for kind in EventKind]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "INFLUXDB.md"


@given(st.sampled_from(KINDS), TEXT, TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=2))
def test_an_event_is_one_line_whatever_it_holds(kind: str, source: str, unit: str, batch: str, data: dict[str, str]) -> None:
    line = event_line("sausage", Event(7, T0_NS, kind, source, unit, batch, data), 0)
    assert "\n" not in line
    assert "\r" not in line
    parts = split_outside(line, " ")
    assert len(parts) == 3
    assert parts[2] == str(T0_NS)
    name, *tags = split_outside(parts[0], ",")
    measurement = MEASUREMENTS[name]
    keys = [split_outside(t, "=")[0] for t in tags]
    assert keys == [t for t in measurement.tags if t in keys], "in the order of the schema"
    assert all(len(split_outside(t, "=")) == 2 for t in tags)
    fields = [f.split("=", 1) for f in split_outside(parts[1], ",")]
    assert all(TYPES[measurement.fields[k]].fullmatch(v) for k, v in fields)
    assert [k for k, _ in fields][:2] == ["n", "seq"]
    assert not {k for k, _ in fields} & set(keys)


TYPES = {"int": re.compile(r"-?\d+i"), "float": re.compile(r"-?[\d.]+(?:e[+-]\d+)?"), "str": re.compile(r'".*"', re.DOTALL)}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=4,
)  # fmt: skip


@given(st.sampled_from(sorted({*MEASUREMENT_OF, "call", "alarm_kpi", "write"})), st.data())
def test_a_field_has_its_type_whatever_the_data_hold(kind: str, data: st.DataObject) -> None:
    """InfluxDB refuses a point whose field has another type than before."""
    measurement = MEASUREMENTS[MEASUREMENT_OF.get(kind, "event")]
    tops = {path[0] for path in measurement.own.values()} | {"what"}
    record = data.draw(st.dictionaries(st.sampled_from(sorted(tops)), ANY, max_size=6))
    line = event_line("sausage", Event(7, T0_NS, kind, "A", "U", "B1", record), 0)
    fields = [f.split("=", 1) for f in split_outside(split_outside(line, " ")[1], ",")]
    assert all(TYPES[measurement.fields[k]].fullmatch(v) for k, v in fields), fields


def test_no_field_has_the_name_of_a_tag_and_every_own_field_a_type() -> None:
    for name, measurement in MEASUREMENTS.items():
        assert not set(measurement.tags) & set(measurement.fields), name
        assert set(measurement.own) <= set(measurement.fields), name
        assert set(measurement.units) <= {f for f, kind in measurement.fields.items() if kind == "float"}, name


def test_ids_are_no_tags() -> None:
    """Each value of a tag is a series for ever: what grows with every batch, lot, order or command is a field."""
    lines = {
        kind: event_line("sausage", Event(7, T0_NS, kind, "ID-77", "U1", "B-99", {"what": "w", "id": "C-5"}), 0).split(" ")[0]
        for kind in KINDS
    }
    assert not [kind for kind, tags in lines.items() if "B-99" in tags or "C-5" in tags]
    assert {kind for kind, tags in lines.items() if "ID-77" in tags} == BOUNDED_SOURCES | {"alarm"}


@given(st.sampled_from(KINDS), TEXT, TEXT, st.sampled_from(["", "started", "ended"]))
def test_the_series_of_an_event_is_what_its_tags_say(kind: str, source: str, unit: str, what: str) -> None:
    one, other = Event(1, T0_NS, kind, "S", "U", "", {"what": "x"}), Event(2, T0_NS, kind, source, unit, "B", {"what": what})
    series = [event_series(e.kind, e.source, e.unit, e.data.get("what")) for e in (one, other)]
    heads = [split_outside(event_line("L", e, 0), " ")[0] for e in (one, other)]
    assert (series[0] == series[1]) is (heads[0] == heads[1])


def documented() -> dict[str, dict[str, tuple[str, str]]]:
    """Measurement → tag or field → type and unit, as docs/INFLUXDB.md lists them."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for block in re.split(r"^### `", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", block, flags=re.MULTILINE)
        found[block.split("`")[0]] = {name: (kind, unit.strip()) for name, kind, unit in rows}
    return found


def test_the_document_lists_every_measurement_tag_and_field() -> None:
    wanted: dict[str, dict[str, tuple[str, str]]] = {}
    for name, measurement in MEASUREMENTS.items():
        tags = dict.fromkeys(measurement.tags, ("tag", ""))
        wanted[name] = tags | {field: (kind, measurement.units.get(field, "")) for field, kind in measurement.fields.items()}
    assert documented() == wanted


def own_fields(kind: str, /, **data: Any) -> dict[str, str]:
    line = event_line("sausage", Event(7, T0_NS, kind, "A", "", "", data), 0)
    fields = [f.split("=", 1) for f in split_outside(split_outside(line, " ")[1], ",")]
    return {name: value for name, value in fields if name not in ("n", "seq", "data")}


OWN: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("alarm", {"event": "ack", "from": "unack_active", "to": "acked_active", "active": True, "priority": 2, "value": 84,
               "limit": 84.5, "user": 'Иванова "И"', "text": {"ru": "…", "en": "…"}},
     {"event": '"ack"', "from": '"unack_active"', "to": '"acked_active"', "active": "1i", "priority": "2i", "value": "84.0",
      "limit": "84.5", "user": '"Иванова \\"И\\""'}),
    ("flood", {"what": "started", "count": 11}, {"what": '"started"', "count": "11i"}),
    ("notice", {"what": "failed", "run": "A", "contact": "shift_lead", "policy": "p1", "step": 1, "attempt": 2},
     {"id": '"A"', "what": '"failed"', "run": '"A"', "contact": '"shift_lead"', "policy": '"p1"', "step": "1i", "attempt": "2i"}),
    ("call", {"what": "closed", "number": 17, "service": "quality", "from": "on_site", "to": "closed", "user": "anna",
              "accept_s": 40.5, "arrive_s": 200, "close_s": None, "reason": {"ru": "x", "en": "y"}},
     {"id": '"A"', "what": '"closed"', "number": "17i", "service": '"quality"', "from": '"on_site"', "to": '"closed"',
      "user": '"anna"', "accept_s": "40.5", "arrive_s": "200.0"}),
    ("alarm_kpi", {"what": "shift", "alarms": 4, "per_hour": 2.0, "per_10_min": None, "peak_10_min": 3, "floods": 0,
                   "flood_pct": 0.0, "ack": {"count": 4, "median_s": 45.3, "p90_s": None, "max_s": 50.0}, "top": []},
     {"id": '"A"', "what": '"shift"', "alarms": "4i", "per_hour": "2.0", "peak_10_min": "3i", "floods": "0i", "flood_pct": "0.0",
      "ack_median_s": "45.3", "ack_max_s": "50.0"}),
    ("command", {"kind": "tag.write", "status": "accepted", "target": "T"},
     {"command": '"tag.write"', "status": '"accepted"', "target": '"T"'}),
    ("write", {"tag": "T", "value": 5, "status": 0}, {"id": '"A"', "tag": '"T"', "value": "5.0"}),
    ("lot", {"what": "consumed", "kg": 12.5, "left_kg": 3, "fefo": True, "ingredient": "beef", "reason": {"ru": "x", "en": "y"}},
     {"lot": '"A"', "kg": "12.5", "left_kg": "3.0", "fefo": "1i", "ingredient": '"beef"'}),
    ("batch", {"what": "step", "status": "complete", "duration_s": 60, "counters": {"packed_kg": 12.0}},
     {"batch": '"A"', "status": '"complete"', "duration_s": "60.0", "packed_kg": "12.0"}),
    ("shift", {"what": "ended", "totals": {"packed_kg": 900.0, "yield_pct": None, "run_s": {}}},
     {"shift": '"A"', "packed_kg": "900.0"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "fields"), OWN, ids=[kind for kind, _, _ in OWN])
def test_what_a_dashboard_counts_is_a_field_of_its_own(kind: str, data: dict[str, Any], fields: dict[str, str]) -> None:
    assert own_fields(kind, **data) == fields


def test_what_an_alarm_has_no_value_for_is_absent() -> None:
    nothing = {"value": None, "limit": float("nan"), "user": "", "priority": "high", "active": None, "to": {"ru": "x"}}
    assert own_fields("alarm", **nothing) == {}
    assert own_fields("alarm", value=10**400, priority=10**30) == {}


@given(TEXT, st.sampled_from(["event", "from", "to", "user"]))
def test_any_word_stays_inside_its_field(word: str, name: str) -> None:
    fields = own_fields("alarm", **{name: word * 50})
    assert list(fields) == ([name] if word else [])
    assert all(v.startswith('"') and v.endswith('"') for v in fields.values())


def split_outside(text: str, separator: str) -> list[str]:
    """Split as a reader of line protocol does: not after a backslash, not inside quotes."""
    parts, current, quoted, escaped = [], "", False, False
    for char in text:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(current)
            current = ""
            continue
        current += char
    return [*parts, current]


@pytest.mark.parametrize(
    ("value", "status", "fields"),
    [
        (12.5, 0, "value=12.5,status=0i"),
        (3.0, 0x40000000, "value=3.0,status=1073741824i"),
        (1e-7, 0, "value=1e-07,status=0i"),
        (float("nan"), 0, "status=0i"),
        (float("-inf"), 0, "status=0i"),
        (None, 0, "status=0i"),
        (71.5, 0x80000000, "status=2147483648i"),
        ("old", 0x80310000, "status=2150694912i"),
        ('a "b" \\ c', 0, 'text="a \\"b\\" \\\\ c",status=0i'),
    ],
)
def test_a_sample_as_a_line(value: float | str | None, status: int, fields: str) -> None:
    prefix = sample_prefix("sausage", "S401.Temp")
    assert sample_line(prefix, T0_NS, value, status) == f"{PROCESS},line=sausage,unit=S401,tag=S401.Temp {fields} {T0_NS}"
