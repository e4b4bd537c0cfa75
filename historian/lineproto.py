"""InfluxDB line protocol: samples and events as lines.

Source: InfluxDB v2 line-protocol reference. A tag value cannot hold a line break and is ambiguous with a backslash before a
separator, so these become a space and a slash, and a quote an apostrophe. A text field keeps its line breaks as the two
characters ``\\n``, because some sinks split a request at every line break. Numbers are finite or absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from historian.database import clean_text, encode_json
from historian.schema import BOUNDED_SOURCES, EVENT, MEASUREMENT_OF, MEASUREMENTS, PROCESS, Measurement
from line.jsontools import finite
from line.messages import Event, Json, JsonObject

BAD_FROM: Final = 0x8000_0000
"""OPC UA status codes from here on are Bad (OPC 10000-4, 7.39): such a value is never sent as one."""

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
    return PROCESS + tag_set({"line": line, "unit": tag.split(".", 1)[0], "tag": tag})


def sample_line(prefix: str, time_ns: int, value: float | str | None, status: int) -> str:
    """One sample. A number is the field ``value``, a text the field ``text``; neither where the value is Bad or not finite."""
    if value is None or status >= BAD_FROM:
        return f"{prefix} status={status}i {time_ns}"
    if isinstance(value, str):
        return f"{prefix} text={text_field(value)},status={status}i {time_ns}"
    if value - value != 0.0:
        return f"{prefix} status={status}i {time_ns}"
    return f"{prefix} value={float(value)!r},status={status}i {time_ns}"


TEXT_MAX: Final = 16_000
"""Characters of an event's JSON that are sent (InfluxDB takes 64 kB per text); the journal keeps the whole."""

WORD_MAX: Final = 200
"""Characters of one word of a record that are sent as a field of its own."""

Series: TypeAlias = tuple[str, ...]


def event_series(kind: str, source: str, unit: str, what: object) -> Series:
    """What tells the series of one event from another: its measurement and the values of its tags."""
    name = MEASUREMENT_OF.get(kind, EVENT)
    if name == EVENT:
        return name, kind, unit, source if kind in BOUNDED_SOURCES else ""
    if name == "alarm":
        return name, unit, source
    return name, unit, what if isinstance(what, str) else ""


def _own_fields(measurement: Measurement, data: JsonObject) -> str:
    """``,name=…`` for numbers and words of a record; always of one type, and absent where there is none."""
    fields: list[str] = []
    for name, path in measurement.own.items():
        value: Json = data
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            continue
        kind = measurement.fields[name]
        if kind == "int":
            if isinstance(value, int) and abs(value) < 2**63:
                fields.append(f",{name}={int(value)}i")
        elif kind == "str":
            if isinstance(value, str) and value:
                fields.append(f",{name}={text_field(clean_text(value[:WORD_MAX]))}")
        elif (number := finite(value)) is not None:
            fields.append(f",{name}={number!r}")
    return "".join(fields)


def event_line(line: str, event: Event, slot: int) -> str:
    """One event. ``n=1`` and ``seq`` are numbers for sinks that keep no texts; ``data`` is the JSON for those that do.

    What a dashboard counts or draws is a field of its own besides (historian/schema.py). ``slot`` keeps events of one series and
    one millisecond apart: the second one has the tag ``slot=1``, and so on.
    """
    name, *values = event_series(event.kind, event.source, event.unit, event.data.get("what"))
    measurement = MEASUREMENTS[name]
    tags = dict(zip(measurement.tags, (line, *values, str(slot) if slot else ""), strict=True))
    fields = f"n=1i,seq={event.seq}i"
    if measurement.id_field and event.source and "source" not in [k for k, v in tags.items() if v]:
        fields += f",{measurement.id_field}={text_field(clean_text(event.source[:WORD_MAX]))}"
    if event.batch and measurement.id_field != "batch":
        fields += f",batch={text_field(clean_text(event.batch[:WORD_MAX]))}"
    data = text_field(encode_json(event.data)[:TEXT_MAX])
    return f"{name}{tag_set(tags)} {fields}{_own_fields(measurement, event.data)},data={data} {event.time_ns}"
