"""The tables of a shift report about alarms, modes, setpoints, requests, stock, the log and the samples."""

from __future__ import annotations

from historian.record_blocks import cell, heading, table
from historian.record_words import Writer
from historian.shift_report_words import CATEGORIES, WORDS_OF
from line.jsontools import child, finite, objects
from line.labels import batch_label
from line.messages import Json, JsonObject


def alarms(report: JsonObject, writer: Writer) -> list[Json]:
    """Counts, what stands, what is hidden and by whom."""
    found = child(report, "alarms")
    by = child(found, "by_priority")
    counts = " / ".join(str(by.get(p)) for p in ("1", "2", "3", "4"))
    pairs: list[Json] = [
        [writer.word("alarm_sum"), f"{found.get('count')}: {counts}"],
        [writer.word("per_10"), writer.number(child(found, "kpi").get("peak_10_min"))],
        [writer.word("floods"), str(found.get("floods"))],
    ]
    standing: list[list[Json]] = [
        [
            str(a.get("priority")),
            writer.text(a.get("text")) or str(a.get("alarm")),
            writer.value(a.get("state"), WORDS_OF),
            writer.time(a.get("since_ns")),
        ]
        for a in objects(found.get("active"))
    ]
    hidden: list[list[Json]] = [
        [
            str(a.get("priority")),
            writer.text(a.get("text")) or str(a.get("alarm")),
            writer.value(a.get("state"), WORDS_OF),
            writer.time(a.get("since_ns")),
            writer.time(a.get("until_ns")),
            writer.person(a.get("user")),
            str(a.get("work_order") or a.get("reason") or "–"),
        ]
        for key in ("shelved", "suppressed", "out_of_service")
        for a in objects(found.get(key))
    ]
    of = (
        ("priority", "auto"),
        ("text", "1fr"),
        ("status", "auto"),
        ("since", "auto"),
        ("until", "auto"),
        ("who", "auto"),
        ("why", "1fr"),
    )
    return [
        heading(writer, "alarms"),
        {"kind": "pairs", "pairs": pairs},
        heading(writer, "standing", 2),
        *table(writer, (("priority", "auto"), ("text", "1fr"), ("status", "auto"), ("since", "auto")), standing),
        heading(writer, "hidden", 2),
        *table(writer, of, hidden),
    ]


def modes(report: JsonObject, writer: Writer) -> list[Json]:
    """Manual modes at the end, changes of mode, steps begun or skipped by hand."""
    found = child(report, "modes")
    rows: list[list[Json]] = [
        [
            writer.time(m.get("since_ns")),
            writer.unit(m.get("unit")),
            cell(writer.word("in_manual"), strong=True),
            writer.person(m.get("user")),
            "–",
        ]
        for m in objects(found.get("manual"))
    ]
    more: list[list[Json]] = [
        [
            writer.time(c.get("time_ns")),
            _of(c, writer),
            f"{writer.word('changes_of')}: {writer.value(c.get('to'), WORDS_OF)}",
            writer.person(c.get("user")),
            "–",
        ]
        for c in objects(found.get("changes"))
    ]
    rows += more
    by_hand: list[list[Json]] = [
        [
            writer.time(c.get("time_ns")),
            f"{batch_label(str(c.get('batch')))} {c.get('node')}",
            f"{writer.word('by_hand')}: {writer.value(c.get('action'), WORDS_OF)}",
            writer.person(c.get("user")),
            str(c.get("reason") or "–"),
        ]
        for c in objects(found.get("by_hand"))
    ]
    rows += by_hand
    columns = (("time", "auto"), ("unit", "auto"), ("what", "1fr"), ("who", "auto"), ("why", "1fr"))
    return [heading(writer, "manual"), *table(writer, columns, rows)]


def _of(change: JsonObject, writer: Writer) -> str:
    """The unit or the batch whose mode was changed."""
    batch = batch_label(str(change.get("of")))
    return batch if batch != str(change.get("of")) else writer.unit(change.get("of"))


def setpoints(report: JsonObject, writer: Writer) -> list[Json]:
    """Parameters and values that people changed."""
    found = child(report, "setpoints")
    rows: list[list[Json]] = [
        [
            writer.time(p.get("time_ns")),
            f"{batch_label(str(p.get('batch')))} {p.get('parameter')}",
            writer.number(p.get("from"), p.get("eu")),
            writer.number(p.get("to"), p.get("eu")),
            writer.person(p.get("user")),
            str(p.get("reason") or "–"),
        ]
        for p in objects(found.get("parameters"))
    ]
    more: list[list[Json]] = [
        [
            writer.time(w.get("time_ns")),
            str(w.get("tag")),
            "–",
            writer.number(w.get("value")),
            writer.person(w.get("user")),
            f"{writer.value(w.get('status'), WORDS_OF)}. {w.get('reason') or ''}".strip(),
        ]
        for w in objects(found.get("written"))
    ]
    rows += more
    columns = (("time", "auto"), ("parameter", "1fr"), ("from", "auto>"), ("to", "auto>"), ("who", "auto"), ("why", "1fr"))
    return [heading(writer, "setpoints"), *table(writer, columns, rows)]


def requests(report: JsonObject, writer: Writer) -> list[Json]:
    """Service requests that are open and that were closed, and calls."""
    found = child(report, "requests")
    rows: list[list[Json]] = [
        [
            str(r.get("number")),
            writer.text(r.get("kind_name")),
            writer.unit(r.get("unit")),
            str(r.get("text")),
            writer.value(r.get("status"), WORDS_OF),
            writer.time(r.get("opened_ns")),
            writer.person(r.get("by")),
        ]
        for key in ("open", "done")
        for r in objects(found.get(key))
    ]
    columns = (
        ("number", "auto"),
        ("what", "auto"),
        ("unit", "auto"),
        ("text", "1fr"),
        ("status", "auto"),
        ("opened", "auto"),
        ("who", "auto"),
    )
    calls: list[list[Json]] = [
        [
            writer.time(c.get("time_ns")),
            writer.text(c.get("service")),
            writer.unit(c.get("unit")),
            writer.text(c.get("reason")),
            writer.value(c.get("what"), WORDS_OF),
        ]
        for c in objects(found.get("calls"))
    ]
    of = (("time", "auto"), ("what", "auto"), ("unit", "auto"), ("text", "1fr"), ("status", "auto"))
    return [
        heading(writer, "requests"),
        *table(writer, columns, rows),
        *([heading(writer, "calls", 2), *table(writer, of, calls)] if calls else []),
    ]


def stock(report: JsonObject, writer: Writer) -> list[Json]:
    """What lay in store at the end."""
    if report.get("stock") is None:
        return []
    rows: list[list[Json]] = [
        [
            writer.text(s.get("name")) or str(s.get("material")),
            str(s.get("lots")),
            writer.number(s.get("kg"), digits=3),
            writer.number(s.get("held_kg"), digits=3) if finite(s.get("held_kg")) else "–",
        ]
        for s in objects(report.get("stock"))
    ]
    columns = (("material", "1fr"), ("lots_n", "auto>"), ("in_stock", "auto>"), ("on_hold_kg", "auto>"))
    return [heading(writer, "stock"), *table(writer, columns, rows)]


def log(report: JsonObject, writer: Writer) -> list[Json]:
    """Entries of people first, with their corrections; then what was written by itself."""
    entries = objects(report.get("log"))
    rows: list[list[Json]] = [
        [
            writer.time(e.get("time_ns")),
            writer.person(e.get("user")),
            writer.value(e.get("category"), CATEGORIES),
            writer.unit(e.get("unit")),
            _with_corrections(e, writer),
        ]
        for e in entries
        if e.get("auto") is False
    ]
    auto: list[list[Json]] = [
        [writer.time(e.get("time_ns")), writer.person(e.get("user")), writer.text(e.get("text"))]
        for e in entries
        if e.get("auto") is True
    ]
    columns = (("time", "auto"), ("who", "auto"), ("category", "auto"), ("unit", "auto"), ("text", "1fr"))
    return [
        heading(writer, "log"),
        heading(writer, "entries", 2),
        *table(writer, columns, rows),
        heading(writer, "auto", 2),
        *table(writer, (("time", "auto"), ("who", "auto"), ("text", "1fr")), auto),
    ]


def _with_corrections(entry: JsonObject, writer: Writer) -> str:
    said = [writer.text(entry.get("text"))]
    if entry.get("photo"):
        said.append(writer.word("photo", str(entry.get("photo"))[:12]))
    said += [
        writer.word("corrected", c.get("text"), writer.person(c.get("user")), writer.time(c.get("time_ns")))
        for c in objects(entry.get("corrections"))
    ]
    return "\n".join(said)


def ledger(report: JsonObject, writer: Writer) -> list[Json]:
    """Samples expected, stored, late, bad, forwarded, and stretches without any, with their causes."""
    found = child(report, "ledger")
    samples = child(found, "samples")
    keys = ("expected", "stored", "missing", "late", "bad", "forwarded")
    missing = finite(samples.get("missing")) or 0.0
    pairs: list[Json] = [
        [writer.word(f"{k}_n"), cell(str(samples.get(k, "–")), bad=k == "missing" and missing > 0)] for k in keys
    ]
    rows: list[list[Json]] = [
        [
            writer.time(g.get("from_ns")),
            writer.time(g.get("to_ns")) if g.get("to_ns") else writer.word("now"),
            writer.span(g.get("s")) if g.get("s") is not None else "–",
            writer.text(g.get("text")) + _missed(g),
        ]
        for g in objects(found.get("gaps"))
    ]
    columns = (("from_ns", "auto"), ("to_ns", "auto"), ("lasted", "auto>"), ("cause", "1fr"))
    shown = table(writer, columns, rows) if rows else [{"kind": "text", "text": writer.word("no_gaps")}]
    return [heading(writer, "ledger"), {"kind": "pairs", "pairs": pairs}, heading(writer, "gaps", 2), *shown]


def _missed(gap: JsonObject) -> str:
    return f": {gap['missed']}" if gap.get("missed") is not None else ""
