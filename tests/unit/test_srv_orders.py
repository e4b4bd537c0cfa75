"""Orders of a CSV file: every row is judged with line and column, and all of them are handed on or none."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.clock import NS_PER_S
from server.order_csv import ROWS_MAX, read_orders
from server.permissions import Role
from tests.unit.srv_bench import Bench, run

MOSCOW = ZoneInfo("Europe/Moscow")


def read(said: str | bytes) -> tuple[list[dict[str, Any]], list[str]]:
    rows, faults = read_orders(said.encode() if isinstance(said, str) else said, MOSCOW)
    assert all(f.ru for f in faults)
    return rows, [f.en for f in faults]


def ns(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=MOSCOW).timestamp()) * NS_PER_S  # pyright: ignore[reportArgumentType]


def test_a_file_of_a_planning_system_is_read() -> None:
    rows, faults = read(
        "number,recipe,kg,packs,due,shift,priority,notes\r\n"
        'З-17,doktorskaya,600.5,,2026-09-22 14:00,1,2,"к пятнице, утром"\r\n'
        "\r\n"
        "З-18,vetchina,,1200,22.09.2026,,,\r\n"
    )
    assert faults == []
    assert rows == [
        {"line": 2, "number": "З-17", "recipe": "doktorskaya", "kg": 600.5, "due_ns": ns(2026, 9, 22, 14), "shift": 1,
         "priority": 2, "notes": "к пятнице, утром"},
        {"line": 4, "number": "З-18", "recipe": "vetchina", "packs": 1200, "due_ns": ns(2026, 9, 22, 23, 59, 59)},
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_a_file_of_a_spreadsheet_is_read(encoding: str) -> None:
    said = "Номер;Рецептура;кг;Срок;Примечание\nЗ-1;doktorskaya;1 500,5;2026-09-22T10:00:00+03:00;Для ООО «Снег»\n"
    rows, faults = read(said.encode(encoding))
    assert faults == []
    assert rows == [{"line": 2, "number": "З-1", "recipe": "doktorskaya", "kg": 1500.5, "due_ns": ns(2026, 9, 22, 10),
                     "notes": "Для ООО «Снег»"}]  # fmt: skip


def test_every_fault_is_told_with_line_and_column() -> None:
    rows, faults = read("number,recipe,kg,due,priority\nA,x,many,soon,2.5\n,,1,,\n")
    assert len(rows) == 2
    assert faults == [
        "Line 2, kg: 'many' is no number", "Line 2, due: 'soon' is no date; write 2026-09-22 14:00 or 22.09.2026",
        "Line 2, priority: '2.5' is no whole number", "Line 3, number: it is missing", "Line 3, recipe: it is missing",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("", "empty"),
        ("number,recipe,kilo\n", "Line 1: there is no column 'kilo', there are number, recipe, kg"),
        ("number,recipe\n", "Line 1: the column kg is missing"),
        ("number,number,recipe,kg\n", "Line 1: the column number stands twice"),
        ("number,recipe,kg\n", "no rows of orders"),
        ("number,recipe,kg\na,b,1,2\n", "Line 2: there are more cells than columns"),
        ('number,recipe,kg\n"a,b,1\n', "this is no CSV"),
        ("number,recipe,kg\n" + "a,b,1\n" * (ROWS_MAX + 1), "more than 300 rows"),
        ("number,recipe,kg\na,b,nan\n", "Line 2, kg: 'nan' is no number"),
    ],
)
def test_files_that_are_none(said: str, fault: str) -> None:
    assert any(fault in f for f in read(said)[1]), read(said)[1]


@given(st.binary(max_size=300))
def test_no_bytes_are_too_strange(content: bytes) -> None:
    rows, faults = read(b"number,recipe,kg,due\n" + content)
    assert rows or faults


def test_the_route_hands_all_rows_on_as_one_command_or_none(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        async def post(role: Role | None, said: str) -> Any:
            headers = b.sign_in(role) if role is not None else {}
            return await b.http.post("/api/orders?station=office", content=said.encode(), headers=headers)

        good = "number,recipe,kg\nЗ-1,doktorskaya,600\nЗ-2,doktorskaya,300\n"
        assert (await post(None, good)).status_code == 401
        assert (await post(Role.OPERATOR, good)).status_code == 403
        wrong = await post(Role.SHIFT_LEAD, good + "З-3,salami,1\nЗ-4,doktorskaya,2000000\n")
        assert wrong.status_code == 422
        assert [r["en"] for r in wrong.json()["reasons"]] == ["Line 5, kg: '2000000.0' is not allowed"]
        wrong = await post(Role.SHIFT_LEAD, good + "З-3,salami,1\n")
        assert "Line 4, recipe: there is no recipe salami" in wrong.json()["reasons"][0]["en"]
        assert b.link.commands == [], "nothing half"
        answer = await post(Role.SHIFT_LEAD, good)
        assert (answer.status_code, answer.json()["rows"]) == (202, 2)
        (sent,) = b.link.commands
        assert (sent.kind, sent.user, sent.role, sent.station) == ("order.import", "shift_lead", "shift_lead", "office")
        orders: Any = sent.args["orders"]
        assert [(o["line"], o["number"], o["kg"]) for o in orders] == [(2, "З-1", 600.0), (3, "З-2", 300.0)]

    run(tmp_path, body)
