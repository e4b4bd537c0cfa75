"""The minutes of a lot as a document: by unit its curves, the alarms that stood and what people and the recipe changed then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from historian.record_blocks import heading, table
from historian.record_plots import plot
from historian.record_recipe import text_of
from historian.record_words import Writer
from historian.report_pdf import ReportWriter
from historian.why_names import Names, names_of_line
from line.jsontools import child, objects, whole
from line.labels import batch_label
from line.messages import Json, JsonObject

CURVES_MAX: Final = 4
"""Curves of one unit: its key values as line.yaml lists them."""
KEPT_POINTS: Final = 300

MINUTES_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Минуты партии", "Minutes of a lot"), "lot": ("Партия", "Lot"), "sscc": ("SSCC", "SSCC"),
    "made": ("Образована", "Made"), "expires": ("Годен до", "Best before"), "material": ("Что это", "What it is"),
    "batches": ("Партии, из которых она", "Batches that it came from"), "unit": ("Узел", "Unit"), "from_ns": ("С", "From"),
    "to_ns": ("По", "To"), "lasted": ("Продолжительность", "Lasted"), "now": ("ещё там", "still there"),
    "none_of": ("Партия лежала на складе: узлов линии у неё нет.", "The lot lay in store: it was in no unit of the line."),
    "cut": ("Показаны первые {} партий из многих.", "The first {} batches of many are shown."),
    "cut_unit": ("Показаны первые записи, все – в протоколе партии.", "The first entries are shown; the batch record has all."),
    "alarms": ("Тревоги", "Alarms"), "raised": ("Возникла", "Raised"), "returned": ("Ушла", "Returned"),
    "priority": ("Пр.", "Pr."), "text": ("Текст", "Text"), "changes": ("Команды и изменения", "Commands and changes"),
    "time": ("Время", "Time"), "what": ("Что", "What"), "who": ("Кто", "Who"), "why": ("Почему", "Why"),
    "no_curves": ("Отсчётов за это время нет.", "There are no samples of this time."),
    "wrote": ("{} = {}", "{} = {}"), "mode_of": ("режим: {} → {}", "mode: {} → {}"),
    "command_of": ("команда: {}", "command: {}"), "refused": ("отказано", "refused"), "recipe": ("рецепт", "recipe"),
    "changed": ("{}: {} → {}", "{}: {} → {}"), "of_batch": ("Изменения в партии", "Changes in the batch"),
}  # fmt: skip
_MODES: Final[Mapping[str, tuple[str, str]]] = {"auto": ("автомат", "automatic"), "manual": ("ручной", "manual")}


def minutes_pages(found: JsonObject, description: JsonObject, people: Mapping[str, str], language: str, zone: str) -> JsonObject:
    """The document of what :func:`historian.trace_minutes.minutes` gave with curves; ``description`` as of ``GET /api/line``.

    Raises KeyError or ValueError for an unknown zone.
    """
    writer = ReportWriter(MINUTES_WORDS, language, zone)
    names, lot = names_of_line(description, people), child(found, "lot")
    blocks: list[Json] = [*_summary(found, names, writer)]
    for batch in objects(found.get("batches")):
        for stay in objects(batch.get("units")):
            blocks += _unit(stay, str(batch.get("batch")), description, names, writer)
        changed = _rows(objects(batch.get("changes")), frozenset(), names, writer)
        if changed:
            blocks += [heading(writer, "of_batch"), *_changes(changed, writer)]
    product = text_of(
        next((r.get("name") for r in objects(description.get("recipes")) if r.get("id") == lot.get("material")), None)
    )
    return {
        "title": f"{writer.word('title')} {batch_label(str(lot.get('id')))}", "product": writer.text(product),
        "language": language, "complete": True, "blocks": blocks,
    }  # fmt: skip


def _summary(found: JsonObject, names: Names, writer: Writer) -> list[Json]:
    lot, batches = child(found, "lot"), objects(found.get("batches"))
    pairs: list[Json] = [[writer.word("lot"), batch_label(str(lot.get("id")))]]
    pairs += [[writer.word("sscc"), str(lot["sscc"])]] if lot.get("sscc") else []
    pairs += [
        [writer.word("made"), writer.time(lot.get("made_ns"))], [writer.word("expires"), _day(lot.get("expires"))],
        [writer.word("batches"), ", ".join(batch_label(str(b.get("batch"))) for b in batches) or "–"],
    ]  # fmt: skip
    rows: list[list[Json]] = [
        [
            names.units.get(str(stay.get("unit")), str(stay.get("unit"))), writer.time(stay.get("from_ns")), _until(stay, writer),
            writer.span((whole(stay.get("to_ns")) - whole(stay.get("from_ns"))) / 1e9) if stay.get("to_ns") else "–",
        ]
        for batch in batches for stay in objects(batch.get("units"))
    ]  # fmt: skip
    columns = (("unit", "1fr"), ("from_ns", "auto"), ("to_ns", "auto"), ("lasted", "auto>"))
    told = table(writer, columns, rows) if rows else [{"kind": "text", "text": writer.word("none_of")}]
    cut: list[Json] = [{"kind": "warning", "text": writer.word("cut", len(batches))}] if found.get("cut") else []
    return [*cut, {"kind": "pairs", "pairs": pairs}, *told]


def _day(value: Json) -> str:
    """An ISO date in the order of the plant."""
    parts = str(value or "").split("-")
    return ".".join(reversed(parts)) if len(parts) == 3 else str(value or "–")


def _until(stay: JsonObject, writer: Writer) -> str:
    return writer.time(stay.get("to_ns")) if stay.get("to_ns") else writer.word("now")


def _unit(stay: JsonObject, batch: str, description: JsonObject, names: Names, writer: Writer) -> list[Json]:
    unit = next((u for u in objects(description.get("units")) if u.get("id") == stay.get("unit")), {})
    label = f"{unit.get('label') or stay.get('unit')} {writer.text(text_of(unit.get('name')))}".strip()
    from_ns = whole(stay.get("from_ns"))
    found: list[Json] = [{"kind": "heading", "text": f"{label} · {writer.clock(from_ns)}", "level": 1}]
    drawn = _curves(stay, unit, names, writer)
    found += drawn or [{"kind": "text", "text": writer.word("no_curves")}]
    alarms: list[list[Json]] = [
        [
            writer.time(a.get("raised_ns")), writer.time(a.get("returned_ns")) if a.get("returned_ns") else writer.word("now"),
            str(a.get("priority")), writer.text(a.get("text")) or str(a.get("alarm")), str(a.get("acked_by") or "–"),
        ]
        for a in objects(stay.get("alarms"))
    ]  # fmt: skip
    of_alarms = (("raised", "auto"), ("returned", "auto"), ("priority", "auto"), ("text", "1fr"), ("who", "auto"))
    found += [heading(writer, "alarms", 2), *table(writer, of_alarms, alarms)]
    own = {str(tag) for p in objects(unit.get("phases")) for tag in child(p, "parameters").values()}
    found += [heading(writer, "changes", 2), *_changes(_rows(objects(stay.get("changes")), own, names, writer, batch), writer)]
    return [*found, {"kind": "text", "text": writer.word("cut_unit")}] if stay.get("cut") else found


def _curves(stay: JsonObject, unit: JsonObject, names: Names, writer: Writer) -> list[Json]:
    curves = child(stay, "curves")
    wanted = [str(k.get("tag")) for k in objects(unit.get("key_values"))]
    from_ns = whole(stay.get("from_ns"))
    found: list[Json] = []
    for tag in [t for t in wanted if t in curves][:CURVES_MAX]:
        words, curve = names.tags.get(tag), child(curves, tag)
        times = curve.get("t")
        last = whole(times[-1]) if isinstance(times, Sequence) and times else from_ns
        shown: dict[str, Json] = {
            **curve, "from_ns": from_ns, "to_ns": whole(stay.get("to_ns")) or last, "eu": words.eu if words is not None else "",
            "lo": None, "hi": None, "kept": "all" if times else "none",
        }  # fmt: skip
        eu = f", {words.eu}" if words is not None and words.eu else ""
        found.append({"kind": "plot", **plot(shown, writer, f"{writer.text(names.tag(tag))}{eu}")})
    return found


def _changes(rows: list[list[Json]], writer: Writer) -> list[Json]:
    return table(writer, (("time", "auto"), ("what", "1fr"), ("who", "auto"), ("why", "1fr")), rows)


def _rows(
    changes: Sequence[JsonObject],
    setpoints: Sequence[str] | frozenset[str] | set[str],
    names: Names,
    writer: Writer,
    batch: str = "",
) -> list[list[Json]]:
    """What people did, and the setpoints that the recipe wrote; not the handshake of its phases, nor a command's write again."""
    rows: list[list[Json]] = []
    commanded = {str(e.get("target")) for e in changes if e.get("what") == "command"}
    for entry in changes:
        who, why = str(entry.get("user") or ""), str(entry.get("reason") or "")
        match entry.get("what"):
            case "write":
                tag, origin = str(entry.get("tag")), str(entry.get("origin"))
                if (origin == batch and tag not in setpoints) or tag in commanded:
                    continue
                said = writer.word("wrote", writer.text(names.tag(tag)), writer.text(names.number(tag, entry.get("value"))))
                who = writer.word("recipe") if origin == batch else batch_label(origin)
            case "mode":
                said = writer.word("mode_of", writer.value(entry.get("from"), _MODES), writer.value(entry.get("to"), _MODES))
            case "command":
                said = _command(entry, names, writer)
                said += f", {writer.word('refused')}" if entry.get("status") == "refused" else ""
            case _:
                name = str(entry.get("parameter"))
                said = writer.word("changed", name, writer.plain(entry.get("from")), writer.plain(entry.get("to")))
        rows.append([writer.time(entry.get("time_ns")), said, names.people.get(who, who) or "–", why or "–"])
    return rows


def _command(entry: JsonObject, names: Names, writer: Writer) -> str:
    args, target = child(entry, "args"), str(entry.get("target"))
    if "value" in args:
        return writer.word("wrote", writer.text(names.tag(target)), writer.text(names.number(target, args["value"])))
    said = args.get("command") or entry.get("kind")
    return writer.word("command_of", f"{writer.value(said)} {args.get('phase') or ''}".strip())
