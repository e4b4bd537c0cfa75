"""Measurements, tags and fields that are sent to InfluxDB; docs/INFLUXDB.md lists the same for people, and a test compares them.

A field has one type for ever, and no field has the name of a tag of its measurement: InfluxDB refuses the one and confuses the
other. Only what takes a bounded number of values is a tag: units, tags, alarms, users, devices, words. Ids of batches, lots,
commands and orders are fields, since every new value of a tag is a new series, which the database keeps as long as the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

FieldType: TypeAlias = Literal["float", "int", "str"]

PROCESS: Final = "process"
EVENT: Final = "event"


@dataclass(frozen=True)
class Measurement:
    """``tags`` in the order in which they are sent. ``fields``: name → type; ``units``: of the fields that have one.

    ``own`` says which fields are taken from the data of an event, and from where in it; ``id_field`` holds the event's source.
    """

    tags: tuple[str, ...]
    fields: Mapping[str, FieldType]
    own: Mapping[str, tuple[str, ...]]
    units: Mapping[str, str]
    id_field: str = ""


def _own(floats: str = "", wholes: str = "", words: str = "") -> tuple[dict[str, FieldType], dict[str, tuple[str, ...]]]:
    """Fields from three lists of names; ``name=key.key`` is taken from inside the data."""
    fields: dict[str, FieldType] = {}
    paths: dict[str, tuple[str, ...]] = {}
    lists: tuple[tuple[FieldType, str], ...] = (("float", floats), ("int", wholes), ("str", words))
    for kind, names in lists:
        for item in names.split():
            name, _, path = item.partition("=")
            fields[name], paths[name] = kind, tuple((path or name).split("."))
    return fields, paths


def _of_events(
    tags: tuple[str, ...], units: Mapping[str, str], *, floats: str = "", wholes: str = "", words: str = "", id_field: str = ""
) -> Measurement:
    fields, own = _own(floats, wholes, words)
    common: dict[str, FieldType] = {"n": "int", "seq": "int", "data": "str"}
    if id_field:
        common[id_field] = "str"
    if id_field != "batch":
        common["batch"] = "str"
    return Measurement(("line", *tags, "slot"), {**common, **fields}, own, units, id_field)


MEASUREMENTS: Final[Mapping[str, Measurement]] = {
    PROCESS: Measurement(
        ("line", "unit", "tag"), {"value": "float", "text": "str", "status": "int"}, {}, {"value": "of the tag (tags.csv, eu)"}
    ),
    "alarm": _of_events(
        ("unit", "alarm"), {"value": "of the tag", "limit": "of the tag"},
        floats="value limit", wholes="priority active", words="event from to user kind area phase",
    ),
    EVENT: _of_events(
        ("kind", "unit", "source"),
        {"elapsed_s": "s", "accept_s": "s", "arrive_s": "s", "close_s": "s", "per_hour": "1/h", "over_10_pct": "%",
         "hours_over_30_pct": "%", "flood_pct": "%", "top_10_pct": "%", "ack_median_s": "s", "ack_p90_s": "s", "ack_max_s": "s",
         "value": "of the tag written"},
        floats="""value elapsed_s accept_s arrive_s close_s per_hour per_10_min over_10_pct hours_over_30_pct flood_pct top_10_pct
               ack_median_s=ack.median_s ack_p90_s=ack.p90_s ack_max_s=ack.max_s""",
        wholes="count step attempt number missed alarms peak_10_min floods standing shelved",
        words="what status command=kind target from to user station phase policy why contact run service tag",
        id_field="id",
    ),
    "batch": _of_events(
        ("unit", "what"),
        {"size_kg": "kg", "kg": "kg", "total_kg": "kg", "target_kg": "kg", "packed_kg": "kg", "duration_s": "s", "counted_s": "s",
         "for_s": "s", "value": "of the tag or parameter", "lo": "as value", "hi": "as value"},
        floats="size_kg kg total_kg target_kg packed_kg=counters.packed_kg duration_s counted_s for_s value lo hi",
        wholes="number step steps passed ccp inside",
        words="""node recipe version mode kind from to status phase role operation tag quality verdict material lot parameter user
              product""",
        id_field="batch",
    ),
    "shift": _of_events(
        ("unit", "what"),
        {"charged_kg": "kg", "packed_kg": "kg", "yield_pct": "%"},
        floats="""batches_started=totals.batches_started batches_completed=totals.batches_completed charged_kg=totals.charged_kg
               packed_kg=totals.packed_kg packs=totals.packs rejects=totals.rejects yield_pct=totals.yield_pct
               alarms=totals.alarms events=totals.events""",
        wholes="number",
        words="entry category text user note",
        id_field="shift",
    ),
    "lot": _of_events(
        ("unit", "what"),
        {"kg": "kg", "kg_before": "kg", "left_kg": "kg", "tare_kg": "kg", "temperature_c": "°C"},
        floats="kg kg_before left_kg tare_kg temperature_c",
        wholes="packs substitute fefo",
        words="""material ingredient supplier supplier_lot produced expires place gtin status from to into kind sscc product
              best_before user""",
        id_field="lot",
    ),
    "stop": _of_events(
        ("unit", "what"), {"duration_s": "s"},
        floats="duration_s", wholes="minor", words="kind code from_code loss category alarm proposed text user", id_field="stop",
    ),
    "oee": _of_events(
        ("unit", "what"),
        {"oee_pct": "%", "availability_pct": "%", "effectiveness_pct": "%", "quality_pct": "%"},
        floats="""oee_pct=line.oee_pct availability_pct=line.availability_pct effectiveness_pct=line.effectiveness_pct
               quality_pct=line.quality_pct""",
        words="product constraint", id_field="of",
    ),
    "order": _of_events(
        ("unit", "what"), {"kg": "kg", "packed_kg": "kg"},
        floats="kg packs packed_kg packed remaining", wholes="priority", words="number recipe shift from to user reason note",
        id_field="order",
    ),
    "request": _of_events(
        ("unit", "what"), {"open_s": "s"},
        floats="open_s", wholes="number", words="kind priority asked=request from to text by user reason", id_field="request",
    ),
}  # fmt: skip

MEASUREMENT_OF: Final[Mapping[str, str]] = {name: name for name in MEASUREMENTS if name not in (PROCESS, EVENT)}
"""Kind of event → measurement; all others are ``event`` with their kind as a tag."""

BOUNDED_SOURCES: Final = frozenset({"flood", "command", "unit", "recipe", "link", "system"})
"""Kinds of ``event`` whose source is a tag; of the others it is the field ``id``: each notice or write has another one."""
