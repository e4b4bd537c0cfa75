"""InfluxDB line protocol: samples and events as lines.

Source: InfluxDB v2 line-protocol reference. A tag value cannot hold a line break and is ambiguous with a backslash before a
separator, so these become a space and a slash, and a quote an apostrophe. A text field keeps its line breaks as the two
characters ``\\n``, because some sinks split a request at every line break. Numbers are finite or absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from historian.database import clean_text, encode_json
from line.jsontools import finite
from line.messages import Event, EventKind, JsonObject

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
"""Characters of one word of an alarm's record that are sent as a field of its own."""

_ALARM_WORDS: Final = ("event", "from", "to", "user")
_ALARM_FLOATS: Final = ("value", "limit")
_ALARM_WHOLES: Final = ("priority", "active")


def _alarm_fields(data: JsonObject) -> str:
    """``,name=…`` for numbers and words of an alarm's record; always of one type, and absent where there is none."""
    fields: list[str] = []
    for name in _ALARM_WHOLES:
        whole = data.get(name)
        if isinstance(whole, int) and abs(whole) < 2**63:
            fields.append(f",{name}={int(whole)}i")
    for name in _ALARM_FLOATS:
        number = finite(data.get(name))
        if number is not None:
            fields.append(f",{name}={number!r}")
    for name in _ALARM_WORDS:
        word = data.get(name)
        if isinstance(word, str) and word:
            fields.append(f",{name}={text_field(clean_text(word[:WORD_MAX]))}")
    return "".join(fields)


def event_line(line: str, event: Event, slot: int) -> str:
    """One event. ``n=1`` and ``seq`` are numbers for sinks that keep no texts; ``data`` is the JSON for those that do.

    An alarm's numbers and words are fields of their own besides.

    ``slot`` keeps events of one series and one millisecond apart: the second one has the tag ``slot=1``, and so on.
    """
    tags = {"line": line, "kind": event.kind, "source": event.source, "unit": event.unit, "batch": event.batch}
    if slot:
        tags["slot"] = str(slot)
    own = _alarm_fields(event.data) if event.kind == EventKind.ALARM else ""
    data = text_field(encode_json(event.data)[:TEXT_MAX])
    return f"{EVENT_MEASUREMENT}{tag_set(tags)} n=1i,seq={event.seq}i{own},data={data} {event.time_ns}"
