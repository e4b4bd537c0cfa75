"""A recall as a document: headings and tables with words and numbers of one language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from historian.recall_words import RECALL_WORDS, STATUS_WORDS
from historian.record_blocks import cell, heading, table
from historian.record_words import STATES, Writer
from historian.report_pdf import ReportWriter, report_document
from line.jsontools import child, finite, objects, whole
from line.labels import batch_label
from line.messages import Json, JsonObject

_OFF_KG: Final = 0.001
_BATCH_KG: Final = (
    "came_kg", "of_lot_kg", "packed_kg", "rework_kg", "onward_kg", "discarded_kg", "goods_kg", "open_kg", "loss_kg",
)  # fmt: skip
_STOPPED: Final = frozenset({"on_hold", "blocked", "quarantine"})


def recall_document(report: JsonObject, language: str, zone: str = "UTC") -> JsonObject:
    """The pages of a recall. Raises KeyError or ValueError for an unknown zone."""
    writer = ReportWriter(RECALL_WORDS, language, zone)
    blocks: list[Json] = [*_warnings(report, writer), *_summary(report, writer)]
    for section in (_raw, _sources, _batches, _packed, _places, _customers, _balance):
        blocks += section(report, writer)
    blocks.append({
        "kind": "sign", "title": writer.word("review"), "who": writer.word("reviewers").split("|"),
        "words": [writer.word("printed_name"), writer.word("signature_line"), writer.word("date_line")],
    })  # fmt: skip
    foot = f"{writer.word('made_at')} {writer.time(report.get('made_ns'))} {writer.zone}"
    return report_document(writer, writer.word("title"), asked_words(report, writer), foot, blocks)


def asked_words(report: JsonObject, writer: Writer) -> str:
    """What was asked, in words."""
    for name, value in child(report, "asked").items():
        if f"asked_{name}" in RECALL_WORDS:
            return writer.word(f"asked_{name}", value)
    raise ValueError("a recall that nobody asked for")


def _warnings(report: JsonObject, writer: Writer) -> list[Json]:
    found: list[str] = []
    verified = child(report, "verified")
    if verified and verified.get("chain_ok") is not True:
        found.append(writer.word("chain_wrong", verified.get("first_wrong")))
    if verified and verified.get("tables_ok") is not True:
        found.append(writer.word("tables_wrong"))
    found += [writer.word(word) for word in ("cut", "unsettled") if report.get(word)]
    if whole(report.get("unweighed")):
        found.append(writer.word("unweighed", report.get("unweighed")))
    off_kg = finite(child(child(report, "balance"), "batches").get("closes_kg")) or 0.0
    if abs(off_kg) > _OFF_KG:
        found.append(writer.word("balance_off", writer.number(off_kg, "kg", 3)))
    return [{"kind": "warning", "text": text} for text in found]


def _summary(report: JsonObject, writer: Writer) -> list[Json]:
    asked, balance = child(report, "asked"), child(report, "balance")
    packed_kg = child(balance, "batches").get("packed_kg")
    units = writer.word("units_of", balance.get("packed_units"), balance.get("packs"), writer.number(packed_kg, "kg", 3))
    of_lot = child(balance, "of_lot")
    verified = "verified_not" if report.get("verified") is None else "verified_ok"
    names = [batch_label(str(name)) for name in _list(report.get("starts"))]
    pairs: list[Json] = [
        [writer.word("start"), ", ".join(names[:20]) + (" …" if len(names) > 20 else "")],
        [writer.word("batches_n"), str(len(objects(report.get("batches"))))],
        [writer.word("units_n"), cell(units, strong=True)],
        [
            writer.word("of_lot"),
            f"{writer.number(of_lot.get('packed_kg'), digits=3)} / {writer.number(of_lot.get('kg'), 'kg', 3)}",
        ],
        [writer.word("made_at"), f"{writer.time(report.get('made_ns'))} ({writer.zone})"],
        [writer.word("as_of"), str(report.get("last_seq"))],
        [writer.word("took"), writer.word("ms", writer.number(report.get("took_ms"), digits=1))],
    ]
    if not child(report, "verified") or all(child(report, "verified").get(k) is True for k in ("chain_ok", "tables_ok")):
        pairs.append([writer.word("verified"), writer.word(verified)])
    if "from_ns" in asked:
        pairs.insert(1, [writer.word("span"), f"{writer.time(asked.get('from_ns'))} – {writer.time(asked.get('to_ns'))}"])
    return [heading(writer, "summary"), {"kind": "pairs", "pairs": pairs}, {"kind": "text", "text": writer.word("how")}]


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list | tuple) else []


def _kg(writer: Writer, value: Json) -> str:
    return writer.number(value, digits=3)


def _day(writer: Writer, value: Json) -> str:
    """An ISO date as it is written in the language; a dash for none."""
    day = str(value or "–")
    parts = day.split("-")
    return ".".join(reversed(parts)) if writer.language == "ru" and len(parts) == 3 else day


def _status(writer: Writer, entry: JsonObject) -> Json:
    status = entry.get("status")
    return cell(writer.value(status, STATUS_WORDS), bad=status in _STOPPED)


def _raw_rows(report: JsonObject, key: str, writer: Writer) -> list[Json]:
    rows: list[list[Json]] = []
    for lot in objects(report.get(key)):
        difference = finite(lot.get("difference_kg"))
        rows.append([
            str(lot.get("id")), str(lot.get("material")), str(lot.get("supplier")), str(lot.get("supplier_lot")),
            _day(writer, lot.get("produced")), _day(writer, lot.get("expires")), writer.time(lot.get("made_ns"), seconds=False),
            _kg(writer, lot.get("made_kg")), _kg(writer, lot.get("of_lot_kg")), _kg(writer, lot.get("consumed_kg")),
            _kg(writer, lot.get("discarded_kg")), _kg(writer, lot.get("stock_kg")),
            cell(_kg(writer, lot.get("difference_kg")), bad=difference is not None and abs(difference) > _OFF_KG),
            str(lot.get("place") or "–"), _status(writer, lot),
        ])  # fmt: skip
    columns = (
        ("lot", "auto"), ("material", "1.6fr"), ("supplier", "1.6fr"), ("supplier_lot", "1.6fr"), ("produced", "auto"),
        ("expires", "auto"), ("received_at", "auto"), ("received_kg", "1fr>"), ("of_lot_kg", "1fr>"), ("consumed_kg", "1fr>"),
        ("discarded_kg", "1fr>"), ("stock_kg", "1fr>"), ("difference_kg", "1fr>"), ("place", "1fr"), ("status", "auto"),
    )  # fmt: skip
    return [heading(writer, key), *table(writer, columns, rows)]


def _raw(report: JsonObject, writer: Writer) -> list[Json]:
    return _raw_rows(report, "raw", writer) if objects(report.get("raw")) else []


def _sources(report: JsonObject, writer: Writer) -> list[Json]:
    return _raw_rows(report, "sources", writer) if objects(report.get("sources")) else []


def _batches(report: JsonObject, writer: Writer) -> list[Json]:
    rows: list[list[Json]] = []
    for batch in objects(report.get("batches")):
        state = writer.value(batch.get("state"), STATES) if batch.get("state") else "–"
        times = f"{writer.time(batch.get('started_ns'), seconds=False)} – {writer.time(batch.get('ended_ns'), seconds=False)}"
        rows.append([
            batch_label(str(batch.get("id"))), str(batch.get("material")), times, state, _status(writer, batch),
            *(_kg(writer, batch.get(key)) for key in _BATCH_KG),
            writer.number(batch.get("loss_pct")),
        ])  # fmt: skip
    columns = (
        ("lot", "auto"), ("recipe", "1.6fr"), ("span_of", "2.2fr"), ("state", "auto"), ("status", "auto"), ("came_kg", "1fr>"),
        ("of_lot_kg", "1fr>"), ("packed_kg", "1fr>"), ("rework_kg", "1fr>"), ("onward_kg", "1fr>"), ("discarded_kg", "1fr>"),
        ("goods_kg", "1fr>"), ("open_kg", "1fr>"), ("loss_kg", "1fr>"), ("loss_pct", "1fr>"),
    )  # fmt: skip
    return [heading(writer, "batches"), *table(writer, columns, rows)]


def _packed(report: JsonObject, writer: Writer) -> list[Json]:
    rows: list[list[Json]] = [
        [
            cell(str(unit.get("sscc")), mono=True), str(unit.get("material")), str(unit.get("gtin")),
            batch_label(str(unit.get("batch"))),
            writer.time(unit.get("made_ns")), _day(writer, unit.get("expires")), str(unit.get("packs") or 0),
            _kg(writer, unit.get("kg")), _kg(writer, unit.get("of_lot_kg")), str(unit.get("place") or writer.word("no_place")),
            _status(writer, unit),
        ]
        for unit in objects(report.get("packed"))
    ]  # fmt: skip
    columns = (
        ("sscc", "auto"), ("product", "1fr"), ("gtin", "auto"), ("lot", "auto"), ("packed_at", "auto"), ("best_before", "auto"),
        ("packs", "auto>"), ("kg", "auto>"), ("of_lot_kg", "auto>"), ("place", "auto"), ("status", "auto"),
    )  # fmt: skip
    return [heading(writer, "packed_goods"), *table(writer, columns, rows)]


def _places(report: JsonObject, writer: Writer) -> list[Json]:
    rows: list[list[Json]] = [
        [str(p.get("place") or writer.word("no_place")), _status(writer, p), str(p.get("units")), str(p.get("packs")),
         _kg(writer, p.get("kg"))]
        for p in objects(report.get("places"))
    ]  # fmt: skip
    columns = (("place", "1fr"), ("status", "auto"), ("units", "auto>"), ("packs", "auto>"), ("kg", "auto>"))
    return [heading(writer, "places"), *table(writer, columns, rows)]


def _customers(report: JsonObject, writer: Writer) -> list[Json]:
    """Who has to be called: the next step after ours."""
    rows: list[list[Json]] = [
        [
            cell(str(c.get("customer")), strong=True), str(c.get("document")), writer.time(c.get("time_ns")), str(c.get("lot")),
            str(c.get("product")), _kg(writer, c.get("kg")), _kg(writer, c.get("of_lot_kg")),
            cell(", ".join(str(s) for s in _list(c.get("sscc"))) or "–", mono=True),
        ]
        for c in objects(report.get("customers"))
    ]  # fmt: skip
    columns = (
        ("customer", "1.2fr"), ("document", "1fr"), ("sent_at", "auto"), ("lot", "auto"), ("product", "1fr"), ("kg", "auto>"),
        ("of_lot_kg", "auto>"), ("sscc", "1.6fr"),
    )  # fmt: skip
    return [heading(writer, "customers"), *table(writer, columns, rows)]


def _balance(report: JsonObject, writer: Writer) -> list[Json]:
    raw, batches = (child(child(report, "balance"), key) for key in ("raw", "batches"))

    def kg(part: JsonObject, key: str) -> str:
        return writer.number(part.get(key), "kg", 3)

    def corrected(part: JsonObject) -> str:
        return writer.word("corrected", kg(part, "adjusted_kg")) if finite(part.get("adjusted_kg")) else ""

    lines: list[str] = []
    if objects(report.get("raw")):
        parts = (kg(raw, "consumed_kg"), kg(raw, "discarded_kg"), kg(raw, "stock_kg"))
        lines.append(writer.word("balance_raw", kg(raw, "received_kg"), corrected(raw), *parts))
    parts = (
        kg(batches, "goods_kg"),
        kg(batches, "dispatched_kg"),
        kg(batches, "discarded_kg"),
        kg(batches, "open_kg"),
        kg(batches, "loss_kg"),
    )
    pct = writer.number(batches.get("loss_pct"), "%")
    lines.append(writer.word("balance_batches", kg(batches, "came_kg"), corrected(batches), *parts, pct))
    if (finite(batches.get("loss_kg")) or 0.0) < 0.0:
        lines.append(writer.word("gain"))
    return [heading(writer, "balance"), *({"kind": "text", "text": " ".join(line.split())} for line in lines)]
