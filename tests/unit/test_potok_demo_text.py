"""What the demo prints, in both languages; a value that is not Good says so."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from rich.console import Console

from line.messages import JsonObject
from potok.demo_text import LiveTable, say, summary, text
from potok.linefolder import LoadedLine, find_folder, load_line

VIEWS: JsonObject = {
    "alarms": {"counts": {"1": 0, "2": 3}},
    "units": {"units": {"C201": {"state": "running", "phase": "chop", "batch": "B1001"}, "R101": {"state": "held"}}},
}


@cache
def sausage() -> LoadedLine:
    return load_line(find_folder("sausage"))


def shown(language: str, image: JsonObject, views: JsonObject = VIEWS) -> str:
    console = Console(width=160)
    table = LiveTable(sausage(), language)
    with console.capture() as capture:
        console.print(table._table(views, image))  # pyright: ignore[reportPrivateUsage]
    return capture.get().replace("\N{NO-BREAK SPACE}", " ")


def row(printed: str, label: str) -> str:
    return next(line for line in printed.splitlines() if label in line)


IMAGE: JsonObject = {"tags": {"C201.BatterTemp": [6.25, 0, 1], "C201.Vacuum": [88.0, 0, 1]}}


def test_the_table_speaks_russian() -> None:
    printed = shown("ru", IMAGE)
    assert "Линия варёных колбас · P1: 0 · P2: 3" in printed
    cutter = row(printed, "C-201")
    for word in ("Куттер", "Работает", "Куттерование", "B1001", "6,2 °C", "88 %"):
        assert word in cutter
    assert "Задержана" in row(printed, "R-101")


def test_the_table_speaks_english() -> None:
    printed = shown("en", IMAGE)
    cutter = row(printed, "C-201")
    for word in ("C-201 Cutter", "Running", "Chopping", "6.2 °C"):
        assert word in cutter
    assert not any("а" <= c <= "я" for c in printed.lower())


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ([6.25, 0, 1], "6.2 °C"),
        ([6.25, 0x808C0000, 1], "? 6.2 °C"),
        ([6.25, 0x40900000, 1], "? 6.2 °C"),
        ([None, 0x80320000, 0], "?"),
        (["text", 0, 0], "?"),
        ("nonsense", "?"),
        (None, "?"),
    ],
)
def test_a_value_that_is_not_good_is_marked(cell: Any, says: str) -> None:
    cutter = row(shown("en", {"tags": {"C201.BatterTemp": cell, "C201.Vacuum": [88.0, 0, 1]}}), "C-201")
    value = cutter.split("│")[-2].split("·")[0].strip()
    assert value == says


def test_nothing_known_is_shown_as_nothing_known() -> None:
    printed = shown("en", {}, {})
    assert len([line for line in printed.splitlines() if "?" in line]) == 9
    assert "C-201" in printed


def test_off_a_terminal_every_tenth_look_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with LiveTable(sausage(), "en") as table:
        for _ in range(11):
            table.show(VIEWS, IMAGE)
    assert capsys.readouterr().out.count("C-201 Cutter") == 2


def test_the_summary_in_both_languages() -> None:
    shift: JsonObject = {"number": 3, "totals": {"batches_started": 2, "packed_kg": 121.66, "yield_pct": None}}
    assert summary("en", shift).splitlines()[:2] == ["Shift 3: summary", "  Batches started: 2"]
    assert "  Packed, kg: 121.7" in summary("en", shift)
    assert "  Yield, %: –" in summary("en", shift)
    assert "  Упаковано, кг: 121,7" in summary("ru", shift)
    assert summary("ru", {}).startswith("Смена ?: итоги")


def test_every_message_exists_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    values: dict[str, object] = {"password": "p", "url": "u", "speed": 2.0, "port": 5, "code": 1, "number": 4}
    keys = ("admin", "operator", "running", "faults", "no_display", "no_panel", "sim_ended", "stopping", "summary", "no_summary")
    for key in keys:
        ru, en = text("ru", key, **values), text("en", key, **values)
        assert ru != en
        assert any("а" <= c <= "я" for c in ru.lower())
        assert not any("а" <= c <= "я" for c in en.lower())
    say("en", "stopping")
    assert capsys.readouterr().out == "Stopping…\n"
