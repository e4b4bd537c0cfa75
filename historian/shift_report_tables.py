"""The tables of a shift report about machines, batches, critical limits, holds and lots."""

from __future__ import annotations

from collections.abc import Mapping

from historian.record_blocks import cell, heading, table
from historian.record_words import STATES, Writer
from historian.shift_report_words import WORDS_OF
from line.jsontools import child, finite, objects
from line.labels import batch_label
from line.messages import Json, JsonObject


def oee(report: JsonObject, writer: Writer) -> list[Json]:
    """Figures by machine after ISO 22400-2, the worst stops, and what nobody explained."""
    figures, stops = child(report, "oee"), child(report, "stops")
    units = child(figures, "units")
    if not units:
        word = "no_oee" if child(report, "shift").get("complete") is True else "oee_later"
        return [heading(writer, "oee"), {"kind": "text", "text": writer.word(word)}]
    line = child(figures, "line")
    of_line = f"{writer.number(line.get('oee_pct'), '%')} ({writer.word('constraint', writer.unit(figures.get('constraint')))})"
    minor = writer.word("times", stops.get("minor"), writer.span(stops.get("minor_s")))
    long = writer.word("times", stops.get("count"), writer.span(stops.get("s")))
    pairs: list[Json] = [
        [writer.word("line_oee"), cell(of_line, strong=True)],
        [writer.word("stops_sum"), f"{long}, {writer.word('unexplained', stops.get('unexplained'))}"],
        [writer.word("stops_minor"), minor],
    ]
    rows: list[list[Json]] = []
    over: list[str] = []
    for unit, found in units.items():
        of = found if isinstance(found, Mapping) else {}
        over += [writer.unit(unit)] if of.get("over_100") else []
        rows.append(
            [
                writer.unit(unit),
                *(writer.number(of.get(f"{k}_pct"), "%", 1) for k in ("availability", "effectiveness", "quality", "oee")),
                *(writer.span(of.get(f"{k}_s")) for k in ("pbt", "apt", "adot", "minor")),
                writer.number(of.get("pq")),
                writer.number(of.get("rejects")),
            ]
        )
    columns = (
        ("unit", "1fr"),
        ("availability", "auto>"),
        ("effectiveness", "auto>"),
        ("quality_pct", "auto>"),
        ("oee_pct", "auto>"),
        ("pbt", "auto>"),
        ("apt", "auto>"),
        ("down", "auto>"),
        ("minor", "auto>"),
        ("packs", "auto>"),
        ("rejects", "auto>"),
    )
    warned: list[Json] = [{"kind": "warning", "text": writer.word("over_100", ", ".join(over))}] if over else []
    return [
        heading(writer, "oee"),
        {"kind": "pairs", "pairs": pairs},
        *warned,
        *table(writer, columns, rows),
        *_stops(stops, writer),
    ]


def _stops(stops: JsonObject, writer: Writer) -> list[Json]:
    rows: list[list[Json]] = []
    for stop in objects(stops.get("top")):
        name = writer.text(stop.get("name")) or str(stop.get("code") or "")
        why = f"{name}. {stop.get('text')}".rstrip(". ") if name else cell(writer.word("no_reason"), bad=True)
        rows.append(
            [
                writer.unit(stop.get("unit")),
                writer.time(stop.get("begun_ns")),
                writer.span(stop.get("s")),
                why,
                batch_label(str(stop.get("batch") or "–")),
                writer.person(stop.get("user")),
            ]
        )
    columns = (("unit", "auto"), ("time", "auto"), ("lasted", "auto>"), ("reason", "1fr"), ("batch_no", "auto"), ("who", "auto"))
    return table(writer, columns, rows) if rows else []


def batches(report: JsonObject, writer: Writer) -> list[Json]:
    """Every batch of the shift: where it is, how long that takes, how often it was held."""
    rows: list[list[Json]] = []
    for batch in objects(report.get("batches")):
        phases = objects(batch.get("phases"))
        where = "; ".join(f"{writer.text(p.get('name')) or p.get('phase')} ({writer.unit(p.get('unit'))})" for p in phases)
        left = "; ".join(writer.span(p.get("left_s")) for p in phases)
        state = writer.value(batch.get("state"), STATES)
        held = batch.get("state") == "held" or batch.get("product") == "on_hold"
        product = f", {writer.value(batch.get('product'), WORDS_OF)}" if batch.get("product") not in ("free", None) else ""
        rows.append(
            [
                batch_label(str(batch.get("id"))),
                writer.text(batch.get("name")) or str(batch.get("recipe")),
                writer.number(batch.get("size_kg")),
                cell(f"{state}{product}", bad=held, strong=held),
                where or "–",
                left or "–",
                str(batch.get("holds")),
                writer.span(batch.get("held_s")) if finite(batch.get("held_s")) else "–",
            ]
        )
    columns = (
        ("batch_no", "auto"),
        ("product", "1fr"),
        ("size", "auto>"),
        ("status", "auto"),
        ("phase", "1fr"),
        ("left", "auto>"),
        ("holds", "auto>"),
        ("held", "auto>"),
    )
    return [heading(writer, "batches"), *table(writer, columns, rows)]


def ccp(report: JsonObject, writer: Writer) -> list[Json]:
    """Judgements on critical limits, and deviations with their dispositions."""
    found = child(report, "ccp")
    pairs: list[Json] = [[writer.word("ccp_sum"), f"{found.get('passed')} / {found.get('failed')}"]]
    rows: list[list[Json]] = []
    for result in objects(found.get("results")):
        passed = result.get("passed") is True
        value = f"{writer.number(result.get('value'), result.get('eu'))} {writer.quality(result)}".strip()
        rows.append(
            [
                writer.time(result.get("time_ns")),
                batch_label(str(result.get("batch"))),
                writer.unit(result.get("unit")),
                writer.text(result.get("name")),
                writer.band(result.get("lo"), result.get("hi"), result.get("eu")),
                value,
                cell(writer.word("passed" if passed else "failed"), bad=not passed, strong=True),
            ]
        )
    columns = (
        ("time", "auto"),
        ("batch_no", "auto"),
        ("unit", "auto"),
        ("parameter", "1fr"),
        ("limits", "auto"),
        ("value", "auto>"),
        ("verdict", "auto"),
    )
    decided: list[list[Json]] = []
    for deviation in objects(found.get("deviations")):
        said = deviation.get("disposition")
        who = (
            f"{writer.value(said.get('verdict'))}, {writer.person(said.get('user'))}, {said.get('reason')}"
            if isinstance(said, Mapping)
            else ""
        )
        decided.append(
            [
                writer.time(deviation.get("time_ns")),
                batch_label(str(deviation.get("batch"))),
                str(deviation.get("number")),
                writer.text(deviation.get("text")),
                who or cell(writer.word("undecided"), bad=True, strong=True),
            ]
        )
    of = (("time", "auto"), ("batch_no", "auto"), ("number", "auto"), ("text", "1fr"), ("decided_by", "1fr"))
    return [
        heading(writer, "ccp"),
        {"kind": "pairs", "pairs": pairs},
        *table(writer, columns, rows),
        heading(writer, "deviations", 2),
        *table(writer, of, decided),
    ]


def quality(report: JsonObject, writer: Writer) -> list[Json]:
    """What quality holds, and what was decided about batches and lots."""
    found = child(report, "quality")
    held = ", ".join(f"{h.get('batch')} {writer.text(h.get('name'))}" for h in objects(found.get("held")))
    rows: list[list[Json]] = [
        [
            writer.time(d.get("time_ns")),
            str(d.get("of")),
            writer.value(d.get("what"), WORDS_OF),
            writer.person(d.get("user")),
            writer.plain(d.get("reason") or None),
        ]
        for d in objects(found.get("decided"))
    ]
    columns = (("time", "auto"), ("batch_no", "auto"), ("what", "auto"), ("who", "auto"), ("why", "1fr"))
    said: list[Json] = [{"kind": "pairs", "pairs": [[writer.word("held"), cell(held, bad=True, strong=True)]]}] if held else []
    return [heading(writer, "quality"), *said, *table(writer, columns, rows)]


def lots(report: JsonObject, writer: Writer) -> list[Json]:
    """Lots loaded and received."""
    found, names = child(report, "lots"), _materials(report, writer)
    loaded: list[list[Json]] = [
        [
            writer.time(e.get("time_ns")),
            batch_label(str(e.get("batch"))),
            names.get(str(e.get("material")), str(e.get("material"))),
            cell(str(e.get("lot")), mono=True),
            writer.number(e.get("kg"), digits=3),
            writer.person(e.get("user")),
        ]
        for e in objects(found.get("loaded"))
    ]
    columns = (("time", "auto"), ("batch_no", "auto"), ("material", "1fr"), ("lot", "auto"), ("kg", "auto>"), ("who", "auto"))
    received: list[list[Json]] = [
        [
            writer.time(e.get("time_ns")),
            names.get(str(e.get("material")), str(e.get("material"))),
            cell(str(e.get("lot")), mono=True),
            writer.number(e.get("kg"), digits=3),
            writer.number(e.get("temperature_c"), "°C", 1),
            str(e.get("supplier") or "–"),
        ]
        for e in objects(found.get("received"))
    ]
    of = (("time", "auto"), ("material", "1fr"), ("lot", "auto"), ("kg", "auto>"), ("value", "auto>"), ("from", "auto"))
    return [
        heading(writer, "loaded"),
        *table(writer, columns, loaded),
        *([heading(writer, "received", 2), *table(writer, of, received)] if received else []),
    ]


def _materials(report: JsonObject, writer: Writer) -> dict[str, str]:
    names = child(report, "names")
    return {material: writer.text(name) for material, name in names.items()}
