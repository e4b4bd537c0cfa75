"""The tables of a record: materials, phases, changes, prompts, alarms, states, commands, and where the product was."""

from __future__ import annotations

import re
from typing import Final

from historian.record_blocks import cell, heading, place, table
from historian.record_words import ARGUMENTS, LEVELS, STATES, Writer
from line.jsontools import child, objects
from line.labels import batch_label
from line.messages import Json, JsonObject

LOT_REPLY: Final = re.compile(r"(.+): (\d+(?:\.\d+)?) kg")
"""A lot as the engine writes it as a reply."""


def materials(record: JsonObject, writer: Writer) -> list[Json]:
    """Each ingredient against its tolerance, with its lots."""
    rows: list[list[Json]] = []
    for entry in objects(record.get("materials")):
        inside = entry.get("inside")
        word = {True: "inside", False: "outside"}.get(inside) if isinstance(inside, bool) else None
        lots = "; ".join(
            f"{lot.get('lot')}: {writer.number(lot.get('kg'), digits=3)} ({lot.get('user')}, {writer.time(lot.get('time_ns'))})"
            + (f" {lot.get('reason')}" if lot.get("reason") else "")
            for lot in objects(entry.get("lots"))
        )
        rows.append([
            writer.text(entry.get("name")) or str(entry.get("material")), writer.number(entry.get("target_kg"), digits=3),
            f"±{writer.number(entry.get('tolerance_pct'), '%')}", writer.number(entry.get("kg"), digits=3),
            cell(writer.word(word or "not_weighed"), bad=inside is False, strong=inside is False), lots or "–",
        ])  # fmt: skip
    columns = (
        ("material", "1.4fr"),
        ("target", "auto>"),
        ("tolerance", "auto>"),
        ("weighed", "auto>"),
        ("verdict", "auto"),
        ("lots", "2fr"),
    )
    return [heading(writer, "materials"), *table(writer, columns, rows)]


def steps(record: JsonObject, writer: Writer) -> list[Json]:
    """Each phase with what was set, reached and judged."""
    rows: list[list[Json]] = []
    for step in objects(record.get("steps")):
        status = str(step.get("status"))
        ended = writer.time(step.get("ended_ns")) if step.get("ended_ns") else "…"
        head = f"{place(step, record, writer)} · {step.get('unit') or '–'} · {writer.time(step.get('started_ns'))} – {ended}"
        head += f" · {writer.span(step.get('duration_s'))}"
        if status != "complete":
            head += f" · {writer.word(status) if status in ('open', 'skipped') else status}"
        rows.append([{"span": 5, "text": head, "marks": ["strong"]}])
        for point in objects(step.get("setpoints")):
            name = writer.text(point.get("name")) or str(point.get("tag"))
            rows.append([
                name + (" (CCP)" if point.get("ccp") and writer.language == "en" else " (ККТ)" if point.get("ccp") else ""),
                cell(str(point.get("tag")), mono=True), writer.number(point.get("value"), point.get("eu")),
                writer.number(point.get("actual"), point.get("eu")),
                writer.band(point.get("lo"), point.get("hi"), point.get("eu")),
            ])  # fmt: skip
        for verdict in objects(step.get("verdicts")):
            passed = verdict.get("passed")
            rows.append([
                f"{writer.word('verdict')}: {writer.text(verdict.get('name'))}", cell(str(verdict.get("tag")), mono=True),
                cell(writer.word("passed" if passed is True else "failed"), bad=passed is not True, strong=True),
                writer.number(verdict.get("value"), verdict.get("eu")),
                writer.band(verdict.get("lo"), verdict.get("hi"), verdict.get("eu")),
            ])  # fmt: skip
    columns = (("parameter", "2fr"), ("tag", "auto"), ("set", "auto>"), ("actual", "auto>"), ("limits", "auto>"))
    return [heading(writer, "steps"), *table(writer, columns, rows)]


def changes(record: JsonObject, writer: Writer) -> list[Json]:
    """Parameters changed during the batch."""
    rows = [
        [writer.time(e.get("time_ns")), writer.text(e.get("name")) or str(e.get("parameter")),
         writer.number(e.get("from"), e.get("eu")), writer.number(e.get("to"), e.get("eu")), str(e.get("user")),
         writer.plain(e.get("reason"))]
        for e in objects(record.get("changes"))
    ]  # fmt: skip
    columns = (("time", "auto"), ("parameter", "1.5fr"), ("from", "auto>"), ("to", "auto>"), ("who", "auto"), ("why", "2fr"))
    return [heading(writer, "changes"), *table(writer, columns, rows)]


def prompts(record: JsonObject, writer: Writer) -> list[Json]:
    """Questions to people and what they answered."""
    rows: list[list[Json]] = []
    for entry in objects(record.get("prompts")):
        replies = objects(entry.get("replies"))
        said = "; ".join(
            " · ".join(
                (
                    _answer(entry, r.get("value"), writer),
                    str(child(r, "signature").get("name") or r.get("user")),
                    writer.time(r.get("time_ns")),
                )
            )
            + (f" ({writer.word('signed')})" if r.get("signature") else "")
            for r in replies
        )
        rows.append([writer.time(entry.get("time_ns")), writer.text(entry.get("text")), said or "–"])
    return [heading(writer, "prompts"), *table(writer, (("time", "auto"), ("text", "1fr"), ("answer", "1fr")), rows)]


def _answer(prompt: JsonObject, value: Json, writer: Writer) -> str:
    """A reply as people read it: the words of a choice, a number with its unit."""
    choices = objects(prompt.get("choices"))
    if choices and isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(choices):
        return writer.text(choices[value])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return writer.number(value, prompt.get("eu") or "", 6)
    lot = LOT_REPLY.fullmatch(value) if isinstance(value, str) else None
    return f"{lot[1]}, {writer.number(float(lot[2]), 'kg', 3)}" if lot is not None else writer.plain(value)


def alarms(record: JsonObject, writer: Writer) -> list[Json]:
    """Alarms of the units of the batch."""
    rows: list[list[Json]] = []
    for entry in objects(record.get("alarms")):
        text = writer.text(entry.get("text")) or str(entry.get("alarm"))
        value = writer.quality(entry) or writer.number(entry.get("value"), entry.get("eu"))
        acked = f"{writer.time(entry.get('acked_ns'))} {entry.get('acked_by') or ''}".strip()
        raised = writer.time(entry.get("raised_ns")) + (f" ({writer.word('before')})" if entry.get("before") else "")
        rows.append([str(entry.get("priority")), text, value, raised, acked, writer.time(entry.get("returned_ns"))])
    columns = (
        ("priority", "auto"),
        ("text", "1fr"),
        ("value", "auto>"),
        ("raised", "auto"),
        ("acked", "auto"),
        ("returned", "auto"),
    )
    return [heading(writer, "alarms"), *table(writer, columns, rows)]


def states(record: JsonObject, writer: Writer) -> list[Json]:
    """Changes of state of the batch and of its nodes."""
    rows: list[list[Json]] = []
    for entry in objects(record.get("states")):
        what = writer.word("whole_batch") if not entry.get("node") else writer.text(entry.get("name")) or str(entry.get("node"))
        level = writer.value(entry.get("level"), LEVELS) if entry.get("node") else ""
        change = f"{writer.value(entry.get('from'), STATES)} → {writer.value(entry.get('to'), STATES)}"
        causes = "; ".join(writer.text(r) for r in objects(entry.get("reasons")))
        held = entry.get("to") in ("held", "aborted", "stopped")
        rows.append([
            writer.time(entry.get("time_ns")), f"{what} ({level})" if level else what, cell(change, strong=held and not level),
            str(entry.get("user") or "–"), causes or "–",
        ])  # fmt: skip
    columns = (("time", "auto"), ("what", "1fr"), ("state", "auto"), ("who", "auto"), ("why", "2fr"))
    return [heading(writer, "states"), *table(writer, columns, rows)]


def commands(record: JsonObject, writer: Writer) -> list[Json]:
    """Commands of people, with the refusals."""
    rows: list[list[Json]] = []
    for entry in objects(record.get("commands")):
        target = batch_label(str(entry.get("target")))
        what = f"{writer.value(entry.get('kind'))} {target}{_args(entry, writer)}"
        causes = "; ".join(writer.text(r) for r in objects(entry.get("reasons")))
        refused = entry.get("status") in ("refused", "timed_out")
        answer = writer.value(entry.get("status")) + (f": {causes}" if causes else "")
        rows.append([
            writer.time(entry.get("time_ns")), f"{entry.get('user')}, {entry.get('station')}", what,
            writer.plain(entry.get("reason") or None),
            cell(answer, strong=refused),
        ])  # fmt: skip
    columns = (("time", "auto"), ("who", "auto"), ("what", "1.4fr"), ("why", "1fr"), ("answer", "1.4fr"))
    return [heading(writer, "commands"), *table(writer, columns, rows)]


def _args(entry: JsonObject, writer: Writer) -> str:
    args = dict(child(entry, "args"))
    word = args.pop("command", None)
    told = ((writer.value(k, ARGUMENTS), v) for k, v in args.items())
    rest = "; ".join(f"{k}: {writer.value(v) if isinstance(v, str) else writer.plain(v)}" for k, v in told)
    return (f": {writer.value(word)}" if word is not None else "") + (f" ({rest})" if rest else "")


def _details(entry: JsonObject, writer: Writer) -> str:
    """What an event of the procedure says, in its own words."""
    data = child(entry, "data")
    match entry.get("what"):
        case "loop":
            return writer.word("round", data.get("count"), data.get("at_most"))
        case "choice":
            condition = data.get("condition")
            return str(data.get("branch")) + (f": {condition}" if condition else "")
        case "transition":
            return str(data.get("condition") or "–")
        case "timer":
            counted = f"{writer.number(data.get('counted_s'))} / {writer.number(data.get('for_s'), 's')}"
            return f"{writer.value(data.get('status'))}, {counted}"
        case _:
            who = data.get("user") or (f"№ {data['deviation']}" if data.get("deviation") else "")
            parts = (f"{writer.value(data.get('from'))} → {writer.value(data.get('to'))}", who, data.get("reason"))
            return " · ".join(str(p) for p in parts if p)


def flows(record: JsonObject, writer: Writer) -> list[Json]:
    """Units, transfers, comments, and what happened to engine and links."""
    units = [[str(u.get("unit")), str(u.get("role")), writer.time(u.get("from_ns")), writer.time(u.get("to_ns"))]
             for u in objects(record.get("units"))]  # fmt: skip
    moved = [
        [writer.time(t.get("time_ns")), writer.plain(t.get("from")), writer.plain(t.get("to")), writer.number(t.get("kg"), "", 3)]
        for t in objects(record.get("transfers"))
    ]
    course = [
        [
            writer.time(e.get("time_ns")),
            writer.value(e.get("what")),
            writer.text(e.get("name")) or str(e.get("node")),
            _details(e, writer),
        ]
        for e in objects(record.get("flow"))
    ]
    said = [[writer.time(c.get("time_ns")), str(c.get("user")), str(c.get("text"))] for c in objects(record.get("comments"))]
    line = [[writer.time(e.get("time_ns")), writer.text(e.get("text"))] for e in objects(record.get("line"))]
    course_columns = (("time", "auto"), ("what", "auto"), ("phase", "1fr"), ("details", "2fr"))
    unit_columns = (("unit", "auto"), ("role", "1fr"), ("taken", "auto"), ("released", "auto"))
    moved_columns = (("time", "auto"), ("from_unit", "1fr"), ("to_unit", "1fr"), ("kg", "auto>"))
    return [
        heading(writer, "comments"), *table(writer, (("time", "auto"), ("who", "auto"), ("text", "1fr")), said),
        heading(writer, "flow"), *table(writer, course_columns, course),
        heading(writer, "units"), *table(writer, unit_columns, units),
        heading(writer, "transfers"), *table(writer, moved_columns, moved),
        heading(writer, "line"), *table(writer, (("time", "auto"), ("what", "1fr")), line),
    ]  # fmt: skip
