"""A batch record as a document: headings, tables, plots and signature lines as plain data, ready for the typesetter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from historian.record_blocks import cell, heading, place, table
from historian.record_listing import listing
from historian.record_plots import plot
from historian.record_sections import Entry
from historian.record_tables import alarms, changes, commands, flows, materials, prompts, states, steps
from historian.record_words import ROLES, STATES, Writer
from line.jsontools import child, finite, objects
from line.labels import batch_label
from line.messages import Json, JsonObject


def document(record: JsonObject, writer: Writer, attachment: str) -> Entry:
    """Head, foot and blocks of the record in the language of ``writer``; ``attachment`` is the name of the JSON inside."""
    batch, recipe = child(record, "batch"), child(record, "recipe")
    name = writer.text(batch.get("name")) or str(batch.get("recipe"))
    title = writer.word("title")
    blocks: list[Json] = []
    if batch.get("complete") is not True:
        last = objects_last_ns(record)
        blocks.append({"kind": "warning", "text": writer.word("incomplete", writer.time(last))})
    for section in _SECTIONS:
        blocks += section(record, writer)
    blocks += [*_integrity(record, writer, attachment), *_recipe(record, writer)]
    return {
        "title": title, "product": name, "batch": f"{writer.word('batch')} {batch_label(str(batch.get('id')))}",
        "head": title if batch.get("complete") is True else writer.word("unfinished", title),
        "recipe": f"{writer.word('recipe')} {recipe.get('id')} {recipe.get('version')} · {str(recipe.get('hash'))[:12]}",
        "complete": batch.get("complete") is True, "language": writer.language,
        "foot": f"{writer.word('record_hash')} {str(record.get('sha256'))[:16]}", "pages": writer.word("of_pages", "{p}", "{n}"),
        "blocks": blocks,
    }  # fmt: skip


def objects_last_ns(record: JsonObject) -> int:
    """Time of the last event of the record, ns UTC."""
    events = record.get("events")
    last = events[-1] if isinstance(events, list | tuple) and events else None
    time_ns = last[1] if isinstance(last, list | tuple) and len(last) > 1 else 0
    return time_ns if isinstance(time_ns, int) else 0


def _summary(record: JsonObject, writer: Writer) -> list[Json]:
    batch, recipe, totals = child(record, "batch"), child(record, "recipe"), child(record, "totals")
    checked = {True: "hash_ok", False: "hash_bad"}.get(recipe.get("hash_ok") is True, "hash_bad")
    hash_words = writer.word(checked) if recipe.get("found") else writer.word("no_recipe")
    state = writer.value(batch.get("state"), STATES)
    product = writer.value(batch.get("product"))
    pairs: list[Json] = [
        [writer.word("product"), writer.text(batch.get("name"))],
        [writer.word("recipe"), f"{recipe.get('id')}, {writer.word('version')} {recipe.get('version')}"],
        [writer.word("hash"), f"{recipe.get('hash')} ({hash_words})"],
        [writer.word("size"), writer.number(batch.get("size_kg"), "kg", 3)],
        [writer.word("state"), state],
        [writer.word("product_state"), product],
        [writer.word("created"), f"{writer.time(batch.get('created_ns'))}, {batch.get('user')}"],
        [writer.word("started"), writer.time(batch.get("started_ns"))],
        [writer.word("ended"), writer.time(batch.get("ended_ns"))],
        [writer.word("duration"), writer.span(batch.get("duration_s"))],
        [writer.word("mode"), writer.value(batch.get("mode"))],
        [writer.word("zone"), writer.zone],
    ]
    if batch.get("product_code"):
        pairs.insert(1, [writer.word("product_code"), str(batch.get("product_code"))])
    pairs += _account(totals, writer)
    return [heading(writer, "summary"), {"kind": "pairs", "pairs": pairs}]


def _account(totals: JsonObject, writer: Writer) -> list[Json]:
    def amount(key: str) -> str:
        value = totals.get(key)
        return writer.word("not_measured") if finite(value) is None else writer.number(value, "kg", 3)

    pairs: list[Json] = [
        [writer.word("charged"), amount("charged_kg")], [writer.word("raw"), amount("raw_kg")],
        [writer.word("packed"), amount("packed_kg")],
    ]  # fmt: skip
    reached, wanted = finite(totals.get("yield_pct")), finite(totals.get("yield_expect_pct"))
    if reached is not None or wanted is not None:
        said = writer.number(reached, "%") if reached is not None else writer.word("not_measured")
        band = writer.band(totals.get("yield_lo_pct"), totals.get("yield_hi_pct"), "%")
        pairs.append([writer.word("yield"), f"{said} ({writer.word('expected', writer.number(wanted, '%'))}, {band})"])
    return pairs


def _ccp(record: JsonObject, writer: Writer) -> list[Json]:
    rows: list[list[Json]] = []
    for entry in objects(record.get("ccp")):
        passed = entry.get("passed")
        word = {True: "passed", False: "failed"}.get(passed) if isinstance(passed, bool) else "not_judged"
        number = entry.get("deviation")
        verdict = writer.word(word or "not_judged") + (f" (№ {number})" if number is not None else "")
        rows.append([
            place(entry, record, writer), str(entry.get("unit")), writer.text(entry.get("name")),
            writer.band(entry.get("lo"), entry.get("hi"), entry.get("eu")),
            _judged(entry, record, writer), writer.time(entry.get("time_ns")),
            cell(verdict, bad=passed is not True, strong=True),
        ])  # fmt: skip
    columns = (("phase", "1.4fr"), ("unit", "auto"), ("parameter", "1.6fr"), ("limits", "auto"), ("value", "auto>"),
               ("time", "auto"), ("verdict", "auto"))  # fmt: skip
    return [heading(writer, "ccp"), *table(writer, columns, rows)]


def _judged(entry: JsonObject, record: JsonObject, writer: Writer) -> str:
    """The value that was judged; of a limit that holds all the time the least and the greatest."""
    if entry.get("value") is not None or entry.get("quality"):
        return f"{writer.number(entry.get('value'), entry.get('eu'))} {writer.quality(entry)}".strip()
    same = [c for c in objects(record.get("curves")) if all(c.get(k) == entry.get(k) for k in ("node", "run", "tag"))]
    return writer.band(same[0].get("least"), same[0].get("greatest"), same[0].get("eu")) if same else "–"


def _curves(record: JsonObject, writer: Writer) -> list[Json]:
    found: list[Json] = []
    for curve in sorted(objects(record.get("curves")), key=lambda c: (c.get("ccp") is not True,)):
        name = f"{writer.text(curve.get('name'))} · {curve.get('tag')} · {place(curve, record, writer)}"
        found.append({"kind": "plot", **plot(curve, writer, name)})
    return [heading(writer, "curves"), *found] if found else []


def _deviations(record: JsonObject, writer: Writer) -> list[Json]:
    rows: list[list[Json]] = []
    for entry in objects(record.get("deviations")):
        decision = entry.get("disposition")
        critical = entry.get("kind") == "ccp"
        if isinstance(decision, Mapping):
            signature = child(decision, "signature")
            who = signature.get("name") or decision.get("user")
            parts = (
                writer.value(decision.get("verdict")),
                who,
                writer.time(decision.get("time_ns")),
                writer.plain(decision.get("reason")),
            )
            said: Json = " · ".join(str(p) for p in parts)
        else:
            said = cell(writer.word("undecided"), bad=True, strong=True) if critical else "–"
        number = entry.get("number")
        rows.append([
            "–" if number is None else str(number), writer.time(entry.get("time_ns")), str(entry.get("unit")),
            place(entry, record, writer), cell(writer.value(entry.get("kind")), strong=critical),
            f"{writer.text(entry.get('text'))} {writer.quality(entry)}".strip(), said,
        ])  # fmt: skip
    columns = (("number", "auto"), ("time", "auto"), ("unit", "auto"), ("phase", "1fr"), ("what", "auto"), ("text", "2fr"),
               ("disposition", "2fr"))  # fmt: skip
    return [heading(writer, "deviations"), *table(writer, columns, rows)]


def _recipe(record: JsonObject, writer: Writer) -> list[Json]:
    source = child(record, "recipe").get("source")
    if not isinstance(source, Mapping):
        return [heading(writer, "recipe_body"), {"kind": "text", "text": writer.word("no_recipe")}]
    return [{"kind": "page"}, heading(writer, "recipe_body"), {"kind": "listing", "lines": listing(source)}]


def _signatures(record: JsonObject, writer: Writer) -> list[Json]:
    rows = [
        [
            writer.time(s.get("time_ns")),
            str(s.get("name") or s.get("user")),
            writer.value(s.get("role") or None, ROLES),
            writer.text(s.get("meaning")),
        ]
        for s in objects(record.get("signatures"))
    ]
    columns = (("time", "auto"), ("name", "auto"), ("role", "auto"), ("meaning", "1fr"))
    return [
        heading(writer, "signatures"), {"kind": "heading", "text": writer.word("electronic"), "level": 2},
        *table(writer, columns, rows),
        {"kind": "sign", "title": writer.word("by_hand"), "who": writer.word("reviewers").split("|"),
         "words": [writer.word("printed_name"), writer.word("signature_line"), writer.word("date_line")]},
    ]  # fmt: skip


def _integrity(record: JsonObject, writer: Writer, attachment: str) -> list[Json]:
    journal = child(record, "journal")
    pairs: list[Json] = [
        [writer.word("seal"), cell(str(record.get("sha256")), mono=True)],
        [writer.word("chain"), f"{journal.get('first_seq')}…{journal.get('last_seq')} ({journal.get('events')})"],
        [writer.word("chain_first"), cell(str(journal.get("first")), mono=True)],
        [writer.word("chain_last"), cell(str(journal.get("last")), mono=True)],
    ]
    return [
        heading(writer, "journal"), {"kind": "pairs", "pairs": pairs},
        {"kind": "text", "text": writer.word("check", attachment)},
    ]  # fmt: skip


_SECTIONS: Final[tuple[Callable[[JsonObject, Writer], list[Json]], ...]] = (
    _summary, _ccp, _deviations, _curves, materials, steps, changes, prompts, alarms, flows, states, commands, _signatures,
)  # fmt: skip
