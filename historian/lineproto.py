"""InfluxDB line protocol: samples and events as lines.

Source: InfluxDB v2 line-protocol reference. A tag value cannot hold a line break and is ambiguous with a backslash before a
separator, so these become a space and a slash, and a quote an apostrophe. A text field keeps its line breaks as the two
characters ``\\n``, because some sinks split a request at every line break. Numbers are finite or absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from historian.database import clean_text, encode_json
from line.jsontools import child, finite
from line.messages import Event, EventKind

SAMPLE_MEASUREMENT: Final = "potok"
EVENT_MEASUREMENT: Final = "potok_event"

_TAG_ESCAPES: Final = str.maketrans(
    {",": "\\,", "=": "\\=", " ": "\\ ", "\\": "/", '"': "'", "\n": "\\ ", "\r": "\\ ", "\t": "\\ "}
)
_TEXT_ESCAPES: Final = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\\\n", "\r": "\\\\r"})


def tag_set(tags: Mapping[str, str]) -> str:
    """``,key=value`` for every value that is not empty, in the given order."""
    return "".join(f",{key}={value.translate(_TAG_ESCAPES)}" for key, value in tags.items() if value)


def text_field(text: str) -> str:
    """A quoted string field."""
    return f'"{text.translate(_TEXT_ESCAPES)}"'


def sample_prefix(line: str, tag: str) -> str:
    """What stands before the fields of every sample of ``tag``; its unit is the part before the first dot."""
    return SAMPLE_MEASUREMENT + tag_set({"line": line, "unit": tag.split(".", 1)[0], "tag": tag})


def sample_line(prefix: str, time_ns: int, value: float | str | None, status: int) -> str:
    """One sample. A number is the field ``value``, a text the field ``text``; neither where there is no finite value."""
    if isinstance(value, str):
        return f"{prefix} text={text_field(value)},status={status}i {time_ns}"
    if value is None or value - value != 0.0:
        return f"{prefix} status={status}i {time_ns}"
    return f"{prefix} value={float(value)!r},status={status}i {time_ns}"


TEXT_MAX: Final = 16_000
"""Characters of an event's JSON that are sent (InfluxDB takes 64 kB per text); the journal keeps the whole."""


def event_series(event: Event) -> tuple[str, str, str, str]:
    """What tells the series of one event from another."""
    return event.kind, event.source, event.unit, event.batch


WORD_MAX: Final = 200
"""Characters of one word of a record that are sent as a field of its own."""


@dataclass(frozen=True)
class _Own:
    """Names in an event's data that are sent as fields of their own. A name has one type in all kinds of event."""

    wholes: tuple[str, ...] = ()
    floats: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


_OWN_FIELDS: Final[Mapping[str, _Own]] = {
    EventKind.ALARM: _Own(("priority", "active"), ("value", "limit"), ("event", "from", "to", "user")),
    EventKind.FLOOD: _Own(("count",), (), ("what",)),
    EventKind.ESCALATION: _Own(("step",), ("elapsed_s",), ("what", "policy", "why", "user")),
    EventKind.NOTICE: _Own(("step", "attempt"), (), ("what", "contact", "policy", "run")),
    EventKind.CALL: _Own(
        ("number",), ("accept_s", "arrive_s", "close_s"), ("what", "service", "from", "to", "user")
    ),
    EventKind.ALARM_KPI: _Own(
        ("alarms", "peak_10_min", "floods", "standing", "shelved"),
        ("per_hour", "per_10_min", "over_10_pct", "hours_over_30_pct", "flood_pct", "top_10_pct",
         "ack_median_s", "ack_p90_s", "ack_max_s"),
        ("what",),
    ),
}  # fmt: skip


def _own_fields(event: Event) -> str:
    """``,name=…`` for numbers and words of a record; always of one type, and absent where there is none."""
    own = _OWN_FIELDS.get(event.kind)
    if own is None:
        return ""
    data = event.data
    if event.kind == EventKind.ALARM_KPI:
        data = {**data, **{f"ack_{name}": value for name, value in child(data, "ack").items()}}
    fields: list[str] = []
    for name in own.wholes:
        whole = data.get(name)
        if isinstance(whole, int) and abs(whole) < 2**63:
            fields.append(f",{name}={int(whole)}i")
    for name in own.floats:
        number = finite(data.get(name))
        if number is not None:
            fields.append(f",{name}={number!r}")
    for name in own.words:
        word = data.get(name)
        if isinstance(word, str) and word:
            fields.append(f",{name}={text_field(clean_text(word[:WORD_MAX]))}")
    return "".join(fields)


def event_line(line: str, event: Event, slot: int) -> str:
    """One event. ``n=1`` and ``seq`` are numbers for sinks that keep no texts; ``data`` is the JSON for those that do.

    Numbers and words of alarms, calls, escalation and their figures are fields of their own besides.

    ``slot`` keeps events of one series and one millisecond apart: the second one has the tag ``slot=1``, and so on.
    """
    tags = {"line": line, "kind": event.kind, "source": event.source, "unit": event.unit, "batch": event.batch}
    if slot:
        tags["slot"] = str(slot)
    data = text_field(encode_json(event.data)[:TEXT_MAX])
    return f"{EVENT_MEASUREMENT}{tag_set(tags)} n=1i,seq={event.seq}i{_own_fields(event)},data={data} {event.time_ns}"
