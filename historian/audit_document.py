"""An audit as pages and as a sheet, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from historian.alarm_csv import BOM, csv_text, stamp
from historian.database import encode_json
from historian.record_blocks import cell, heading, table
from historian.record_words import VALUES, Writer
from historian.report_pdf import ReportWriter, report_document
from line.jsontools import child, objects, whole
from line.messages import Json, JsonObject

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Журнал действий", "Audit trail"), "all": ("все", "everybody"), "of": ("Пользователь: {}", "User: {}"),
    "span": ("Время", "Span"), "entries": ("Записи", "Entries"), "summary": ("Итог", "Summary"),
    "count": ("Записей, из них с подписью, отказано", "Entries, of them signed, refused"),
    "journal": ("Журнал, записи", "Journal, events"), "hash": ("Последняя контрольная сумма", "Newest hash"),
    "chain": ("Цепочка журнала", "Chain of the journal"), "whole": ("цела", "whole"),
    "chain_wrong": ("ЦЕПОЧКА ЖУРНАЛА НАРУШЕНА с записи {}", "THE CHAIN OF THE JOURNAL IS BROKEN from event {}"),
    "seq": ("№", "No."), "what": ("Действие", "What"), "source": ("Над чем", "Of what"), "station": ("Пост", "Station"),
    "reason": ("Причина", "Reason"), "detail": ("Подробности", "Details"), "signed_by": ("Подписал", "Signed by"),
    "status": ("Итог", "Result"), "made_at": ("Составлен", "Made"), "beginning": ("начало", "the beginning"),
    "now": ("сейчас", "now"),
}  # fmt: skip
DETAIL_MAX: Final = 400
_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    **VALUES,
    "lot.receive": ("принять сырьё", "receive a lot"), "lot.hold": ("задержать партию сырья", "put a lot on hold"),
    "lot.release": ("выпустить партию сырья", "release a lot"), "lot.block": ("заблокировать партию сырья", "block a lot"),
    "lot.move": ("переместить партию сырья", "move a lot"), "lot.adjust": ("поправить массу партии", "correct the mass of a lot"),
    "lot.discard": ("списать партию сырья", "discard a lot"), "lot.label": ("этикетка", "label"),
    "lot.split": ("отделить часть партии сырья", "split a lot"), "lot.merge": ("объединить партии сырья", "merge lots"),
    "lot.document": ("документ к партии сырья", "add a document to a lot"),
    "lot.rework": ("в переработку", "rework"), "lot.weigh": ("взвесить", "weigh"),
    "shift.start": ("начать смену", "start the shift"),
    "shift.end": ("закончить смену", "end the shift"), "recipe.save": ("сохранить рецепт", "save a recipe"),
    "recipe.submit": ("на проверку", "submit for review"), "recipe.approve": ("утвердить рецепт", "approve a recipe"),
    "recipe.reject": ("отклонить рецепт", "reject a recipe"), "recipe.obsolete": ("вывести рецепт", "withdraw a recipe"),
    "alarm.ack": ("квитировать тревогу", "acknowledge"), "alarm.shelve": ("отложить тревогу", "shelve"),
    "alarm.remove": ("вывести тревогу из работы", "take out of service"), "alarm.silence": ("выключить звук", "silence"),
}  # fmt: skip
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "command": ("команда", "command"), "batch": ("партия", "batch"), "lot": ("партия сырья", "lot"),
    "recipe": ("рецепт", "recipe"),
    "shift": ("смена", "shift"), "system": ("система", "system"), "unit": ("узел", "unit"),
    "received": ("принята", "received"), "moved": ("перемещена", "moved"), "adjusted": ("поправка массы", "mass corrected"),
    "hold": ("задержана", "put on hold"), "released": ("выпущена", "released"), "blocked": ("заблокирована", "blocked"),
    "discarded": ("списана", "discarded"), "produced": ("выработана", "produced"), "rework": ("в переработку", "reworked"),
    "split": ("отделена часть", "split"), "merged": ("объединена с другой", "merged"), "formed": ("составлена", "formed"),
    "document": ("документ", "document"), "dispatched": ("отгружена", "dispatched"),
    "created": ("создана", "created"), "parameter": ("параметр", "parameter"), "reply": ("ответ", "reply"),
    "disposition": ("решение по отклонению", "disposition"), "product": ("состояние продукта", "state of the product"),
    "comment": ("замечание", "comment"), "mode": ("режим", "mode"), "started": ("начата", "started"),
    "ended": ("закончена", "ended"),
    "restored": ("перезапущена", "restarted"), "stopped": ("остановлена", "stopped"), "saved": ("сохранён", "saved"),
    "imported": ("из папки линии", "from the line folder"), "approved": ("утверждён", "approved"),
}  # fmt: skip
_COLUMNS: Final = (
    ("Запись", "Record", "seq"), ("Время (UTC)", "Time (UTC)", "time_ns"), ("Вид", "Kind", "kind"), ("Действие", "What", "what"),
    ("Над чем", "Of what", "source"), ("Узел", "Unit", "unit"), ("Партия", "Batch", "batch"), ("Кто", "User", "user"),
    ("Роль", "Role", "role"), ("Пост", "Station", "station"), ("Причина", "Reason", "reason"), ("Итог", "Result", "status"),
    ("Подписал", "Signed by", "signed_by"), ("Подробности", "Details", "detail"),
    ("Почему отказано", "Refused because", "refused_for"),
)  # fmt: skip


def audit_csv(report: JsonObject, language: str) -> str:
    """The sheet, as :mod:`historian.alarm_csv` writes them."""
    head: list[Json] = [en if language == "en" else ru for ru, en, _ in _COLUMNS]
    return BOM + csv_text(
        [head, *([_field(e, key, language) for *_, key in _COLUMNS] for e in objects(report.get("entries")))], language
    )


def _field(entry: JsonObject, key: str, language: str) -> Json:
    value = entry.get(key)
    if key == "time_ns":
        return stamp(whole(value))
    if key == "detail":
        return _short(encode_json(value) if value else "")
    return _why(entry, language) if key == "refused_for" else value


def _short(text: str) -> str:
    """A text as long as a recipe's file is whole in the JSON and cut on the sheet and the page."""
    return text if len(text) <= DETAIL_MAX else f"{text[:DETAIL_MAX]}…"


def _why(entry: JsonObject, language: str) -> str:
    return "; ".join(str(reason.get(language, "")) for reason in objects(entry.get("refused_for")))


def audit_document(report: JsonObject, language: str, zone: str = "UTC") -> JsonObject:
    """The pages. Raises KeyError or ValueError for an unknown zone."""
    writer = ReportWriter(_WORDS, language, zone)
    journal, blocks = child(report, "journal"), list[Json]()
    if journal.get("chain_ok") is not True:
        blocks.append({"kind": "warning", "text": writer.word("chain_wrong", journal.get("first_wrong"))})
    entries = objects(report.get("entries"))
    chain = writer.word("whole") if journal.get("chain_ok") is True else writer.word("chain_wrong", journal.get("first_wrong"))
    pairs: list[Json] = [
        [writer.word("span"), _span(report, writer)],
        [writer.word("count"), f"{len(entries)}, {report.get('signed')}, {report.get('refused')}"],
        [writer.word("journal"), f"{journal.get('first_seq')}…{journal.get('last_seq')}"],
        [writer.word("chain"), cell(chain, bad=journal.get("chain_ok") is not True)],
        [writer.word("hash"), cell(str(journal.get("hash")), mono=True)],
        [writer.word("zone"), writer.zone],
    ]
    blocks += [heading(writer, "summary"), {"kind": "pairs", "pairs": pairs}, heading(writer, "entries")]
    blocks += table(writer, _PAGE, [_row(entry, writer) for entry in entries])
    subject = writer.word("of", report.get("user") or writer.word("all"))
    foot = f"{writer.word('made_at')} {writer.time(report.get('made_ns'))} {writer.zone}"
    return report_document(writer, writer.word("title"), subject, foot, blocks)


_PAGE: Final = (
    ("seq", "auto"), ("time", "auto"), ("what", "1fr"), ("source", "1.2fr"), ("who", "auto"), ("station", "auto"),
    ("reason", "1.5fr"), ("detail", "2.5fr"), ("status", "1.2fr"), ("signed_by", "auto"),
)  # fmt: skip


def _row(entry: JsonObject, writer: Writer) -> list[Json]:
    refused = entry.get("status") in ("refused", "timed_out")
    why = _why(entry, writer.language)
    status = writer.value(entry.get("status")) if entry.get("status") else ""
    what = str(entry.get("what"))
    said = writer.value(what, _COMMANDS) if entry.get("kind") == "command" else writer.value(what, _SAID)
    return [
        str(entry.get("seq")), writer.time(entry.get("time_ns")), f"{writer.value(entry.get('kind'), _SAID)}: {said}",
        str(entry.get("source")), f"{entry.get('user')} {entry.get('role')}".strip(), str(entry.get("station")),
        str(entry.get("reason")), _short(writer.plain(child(entry, "detail"))), cell(f"{status} {why}".strip(), bad=refused),
        str(entry.get("signed_by")),
    ]  # fmt: skip


def _span(report: JsonObject, writer: Writer) -> str:
    first, last = whole(report.get("from_ns")), whole(report.get("to_ns"))
    begin = writer.time(first) if first else writer.word("beginning")
    return f"{begin} – {writer.time(last) if last < 2**63 - 1 else writer.word('now')}"
