"""A shift report as a document: headings, tables, plots and signature lines as plain data, ready for the typesetter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from historian.record_blocks import cell, heading, table
from historian.record_plots import plot
from historian.record_words import Writer
from historian.report_pdf import ReportWriter
from historian.shift_report_people import alarms, ledger, log, modes, requests, setpoints, stock
from historian.shift_report_tables import batches, ccp, lots, oee, quality
from historian.shift_report_words import SHIFT_WORDS, WORDS_OF
from line.jsontools import child, finite, objects, whole
from line.labels import batch_label
from line.messages import Json, JsonObject


def shift_pages(
    report: JsonObject,
    language: str,
    zone: str,
    attachment: str,
    *,
    people: Mapping[str, str] = MappingProxyType({}),
    units: Mapping[str, str] = MappingProxyType({}),
) -> JsonObject:
    """The document that ``record.typ`` takes; ``people`` is login → name, ``units`` id → label.

    Raises KeyError or ValueError for an unknown zone.
    """
    writer = ReportWriter(SHIFT_WORDS, language, zone)
    writer.people, writer.units = people, units
    shift = child(report, "shift")
    crew = writer.text(shift.get("crew_name"))
    blocks: list[Json] = [*_warnings(report, writer)]
    for section in _SECTIONS:
        blocks += section(report, writer)
    blocks += _integrity(report, writer, attachment)
    return {
        "title": writer.word("title"),
        "product": f"{writer.word('shift')} {shift.get('number')}. {crew}",
        "batch": str(shift.get("id")),
        "recipe": f"{writer.time(shift.get('started_ns'), seconds=False)} ({zone})",
        "complete": shift.get("complete") is True,
        "language": language,
        "foot": f"{writer.word('seal')} {str(report.get('sha256'))[:16]}",
        "pages": writer.word("of_pages", "{p}", "{n}"),
        "blocks": blocks,
    }


def _warnings(report: JsonObject, writer: Writer) -> list[Json]:
    shift, handover = child(report, "shift"), child(report, "handover")
    if shift.get("complete") is not True:
        return [{"kind": "warning", "text": writer.word("open_shift", writer.time(shift.get("as_of_ns")))}]
    if shift.get("ended_by") == "rule":
        return [{"kind": "warning", "text": writer.word("by_rule")}]
    if not handover:
        return [{"kind": "warning", "text": writer.word("not_signed")}]
    return [] if handover.get("incoming") else [{"kind": "warning", "text": writer.word("half_signed")}]


def _summary(report: JsonObject, writer: Writer) -> list[Json]:
    shift = child(report, "shift")
    planned = child(shift, "planned")
    said = "–"
    if planned:
        name = writer.text(planned.get("name"))
        said = (
            f"{name}, {writer.time(planned.get('start_ns'), seconds=False)} – {writer.time(planned.get('end_ns'), seconds=False)}"
        )
    over = writer.time(shift.get("ended_ns")) + (f", {writer.person(shift['by'])}" if shift.get("by") else "")
    pairs: list[Json] = [
        [writer.word("shift"), f"{shift.get('number')} ({shift.get('id')})"],
        [writer.word("crew"), writer.text(shift.get("crew_name")) or "–"],
        [writer.word("lead"), writer.person(shift.get("user"))],
        [writer.word("planned"), said],
        [writer.word("began"), writer.time(shift.get("started_ns"))],
        [writer.word("over"), over if shift.get("complete") is True else writer.word("now")],
        [writer.word("lasted"), writer.span(shift.get("duration_s"))],
        [writer.word("note"), str(shift.get("note") or "–")],
        [writer.word("zone"), writer.zone],
    ]
    return [{"kind": "pairs", "pairs": pairs}]


def _handover(report: JsonObject, writer: Writer) -> list[Json]:
    handover = child(report, "handover")
    if not handover:
        return [heading(writer, "handover"), {"kind": "text", "text": writer.word("none")}]
    pairs: list[Json] = [
        [writer.word("prepared"), f"{writer.person(handover.get('prepared_by'))}, {writer.time(handover.get('prepared_ns'))}"],
        [writer.word("notes"), str(handover.get("notes") or "–")],
        [writer.word("outgoing"), _signed(child(handover, "outgoing"), writer)],
        [writer.word("incoming"), _signed(child(handover, "incoming"), writer)],
        [writer.word("remark"), str(handover.get("remark") or "–")],
        [writer.word("read_hash"), str(handover.get("hash") or "–")],
    ]
    rows: list[list[Json]] = [[writer.unit(m.get("unit")), _matter(m, writer)] for m in objects(handover.get("matters"))]
    return [
        heading(writer, "handover"),
        {"kind": "pairs", "pairs": pairs},
        heading(writer, "matters", 2),
        *table(writer, (("unit", "auto"), ("what", "1fr")), rows),
    ]


def _matter(matter: JsonObject, writer: Writer) -> str:
    now = writer.text(matter.get("now"))
    return writer.text(matter.get("text")) + (f", {now}" if now else "")


def _signed(signature: JsonObject, writer: Writer) -> str:
    if not signature:
        return "–"
    return f"{signature.get('name')} ({signature.get('user')}, {signature.get('role')}), {writer.time(signature.get('time_ns'))}"


def _plan(report: JsonObject, writer: Writer) -> list[Json]:
    plan = child(report, "plan")
    rows: list[list[Json]] = [
        [
            writer.text(p.get("name")) or str(p.get("recipe")),
            writer.number(p.get("planned_kg")),
            _count(p.get("planned_packs")),
            _count(p.get("batches")),
            _count(p.get("completed")),
            writer.number(p.get("completed_size_kg")),
            writer.number(p.get("charged_kg"), digits=3),
            writer.number(p.get("packed_kg"), digits=3),
        ]
        for p in objects(plan.get("products"))
    ]
    columns = (
        ("product", "1fr"),
        ("ordered", "auto>"),
        ("ordered_packs", "auto>"),
        ("started_n", "auto>"),
        ("completed_n", "auto>"),
        ("completed_kg", "auto>"),
        ("charged_kg", "auto>"),
        ("packed_kg", "auto>"),
    )
    orders: list[list[Json]] = [
        [
            str(o.get("number")),
            str(o.get("recipe")),
            writer.value(o.get("status"), WORDS_OF),
            writer.number(o.get("kg")),
            _count(o.get("packs")),
            writer.number(o.get("packed_kg"), digits=3),
            writer.number(o.get("remaining")),
        ]
        for o in objects(plan.get("orders"))
    ]
    found: list[Json] = [heading(writer, "plan"), *table(writer, columns, rows)]
    if orders:
        of = (
            ("order", "auto"),
            ("recipe", "1fr"),
            ("status", "auto"),
            ("ordered", "auto>"),
            ("ordered_packs", "auto>"),
            ("packed_kg", "auto>"),
            ("remaining", "auto>"),
        )
        found += table(writer, of, orders)
    return found


def _count(value: Json) -> str:
    number = finite(value)
    return "–" if number is None else f"{number:g}"


def _mass(report: JsonObject, writer: Writer) -> list[Json]:
    mass = child(report, "mass")
    pairs: list[Json] = [
        [writer.word("charged"), writer.number(mass.get("charged_kg"), "kg", 3)],
        [writer.word("packed"), writer.number(mass.get("packed_kg"), "kg", 3)],
        [writer.word("on_line"), writer.number(mass.get("on_line_kg"), "kg", 3)],
        [writer.word("packs"), _count(mass.get("packs"))],
        [writer.word("rejects"), _count(mass.get("rejects"))],
        [writer.word("yield"), writer.number(mass.get("yield_pct"), "%")],
    ]
    rows: list[list[Json]] = [
        [
            batch_label(str(b.get("id"))),
            *(writer.number(b.get(k), digits=3) for k in ("charged_kg", "raw_kg", "packed_kg")),
            writer.number(b.get("yield_pct")),
        ]
        for b in objects(mass.get("batches"))
    ]
    columns = (("batch_no", "1fr"), ("charged_kg", "auto>"), ("raw_kg", "auto>"), ("packed_kg", "auto>"), ("yield_pct", "auto>"))
    return [heading(writer, "mass"), {"kind": "pairs", "pairs": pairs}, *table(writer, columns, rows)]


def _curves(report: JsonObject, writer: Writer) -> list[Json]:
    found: list[Json] = []
    for curve in objects(report.get("curves")):
        shown = _steps(curve) if curve.get("what") == "alarms" else curve
        name = writer.word(f"curve_{curve.get('what')}") + (f" · {curve['tag']}" if curve.get("tag") else "")
        found.append({"kind": "plot", **plot(shown, writer, name)})
    return [heading(writer, "curves"), *found] if found else []


def _steps(curve: JsonObject) -> JsonObject:
    """Counts of stretches as steps: each holds until the next begins."""
    times, values = (list(v) if isinstance(v := curve.get(k), list | tuple) else [] for k in ("t", "v"))
    ends = [*times[1:], curve.get("to_ns")]
    return {
        **curve,
        "t": [t for pair in zip(times, ends, strict=True) for t in pair],
        "v": [v for v in values for _ in range(2)],
        "q": [0] * (2 * len(values)),
    }


def _signatures(report: JsonObject, writer: Writer) -> list[Json]:
    handover = child(report, "handover")
    rows: list[list[Json]] = []
    for part in ("outgoing", "incoming"):
        signature = child(handover, part)
        if signature:
            rows.append(
                [writer.time(signature.get("time_ns")), str(signature.get("name")), str(signature.get("role")), writer.word(part)]
            )
    columns = (("time", "auto"), ("name", "1fr"), ("role", "auto"), ("meaning", "1fr"))
    return [
        heading(writer, "signatures"),
        heading(writer, "electronic", 2),
        *table(writer, columns, rows),
        {
            "kind": "sign",
            "title": writer.word("by_hand_sign"),
            "who": writer.word("reviewers").split("|"),
            "words": [writer.word("printed_name"), writer.word("signature_line"), writer.word("date_line")],
        },
    ]


def _integrity(report: JsonObject, writer: Writer, attachment: str) -> list[Json]:
    journal = child(report, "journal")
    pairs: list[Json] = [
        [writer.word("seal"), cell(str(report.get("sha256")), mono=True)],
        [writer.word("chain"), f"{journal.get('first_seq')}…{journal.get('last_seq')} ({journal.get('events')})"],
        [writer.word("made_seq"), str(whole(journal.get("made_seq")))],
        [writer.word("chain_first"), cell(str(journal.get("first")), mono=True)],
        [writer.word("chain_last"), cell(str(journal.get("last")), mono=True)],
    ]
    return [
        heading(writer, "journal"),
        {"kind": "pairs", "pairs": pairs},
        {"kind": "text", "text": writer.word("check", attachment)},
    ]


_SECTIONS: Final[tuple[Callable[[JsonObject, Writer], list[Json]], ...]] = (
    _summary,
    _handover,
    _plan,
    _mass,
    oee,
    batches,
    ccp,
    quality,
    lots,
    alarms,
    modes,
    setpoints,
    requests,
    stock,
    log,
    _curves,
    ledger,
    _signatures,
)
