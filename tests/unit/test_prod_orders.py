"""Production orders: every state with everything that can happen, batches made for them, what is packed, what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from line.documents import Text
from line.messages import Command, CommandKind, Event, JsonObject
from line.orders import ORDERS
from line.stage import Lender, Scan
from production.orders import BATCHES_MAX, ENDED_SHOWN, STANDING_MAX, OrderStage, PackedGoods
from production.orders_record import ORDER_TABLE, OrdersState, OrderStatus
from tests.builders import T0_NS, S, snapshot, table
from tests.unit.prod_kit import batch_event, command

DOCUMENT = Path(__file__).parents[2] / "docs" / "orders.md"
TAGS = table("P601.Mass", "P601.Packs")


class Script:
    """The stage with a clock and a packer."""

    def __init__(self) -> None:
        goods = PackedGoods("P601.Mass", "P601.Packs", "P601")
        self.stage = OrderStage(goods, TAGS, {"ham": Text(ru="Ветчина", en="Ham")})
        self.state: OrdersState = self.stage.initial()
        self.now_ns = T0_NS
        self.values = {"P601.Mass": 1000.0, "P601.Packs": 2000.0}
        self.batch = ""
        self.scan = Scan(T0_NS, snapshot(TAGS, {}))

    def step(self, after_s: float = 10.0, *commands: Command, events: Sequence[Event] = ()) -> list[str]:
        """``order-1 >planned`` for events of orders, the status for answers."""
        self.now_ns += round(after_s * S)
        views: dict[str, JsonObject] = {"units": {"units": {"P601": {"batch": self.batch}}}}
        image = snapshot(TAGS, self.values, now_ns=self.now_ns)
        self.scan = Scan(self.now_ns, image, commands, events=list(events), views=views)
        self.state = self.stage.step(self.state, self.scan)
        told = self.scan.events[len(events) :]
        return [f"{e.source} {e.data['from']}>{e.data['to']}" if e.kind == "order" else str(e.data["status"]) for e in told]

    def create(self, **args: Any) -> list[str]:
        return self.step(0, command("order.create", "", **({"recipe": "ham", "kg": 100} | args)))

    def made(self, batch: str, order: str = "order-1") -> list[str]:
        return self.step(0, events=[batch_event("created", batch, recipe="ham", size_kg=140.0, order=order)])

    def pack(self, batch: str, kg: float, packs: int) -> list[str]:
        """The batch is at the packer while so much is packed."""
        self.batch = batch
        told = self.step(0)
        self.values = {"P601.Mass": self.values["P601.Mass"] + kg, "P601.Packs": self.values["P601.Packs"] + packs}
        told += self.step(10)
        self.batch = ""
        return told + self.step(0)

    def why(self) -> str:
        data: Any = next(e.data for e in self.scan.events if e.kind == "command")
        assert data["status"] == "refused"
        assert all(r["ru"] and r["en"] for r in data["reasons"])
        return " | ".join(r["en"] for r in data["reasons"])

    def row(self, order: str = "order-1") -> dict[str, Any]:
        rows: list[dict[str, Any]] = json.loads(json.dumps(self.stage.view(self.state)))["orders"]
        return next(r for r in rows if r["id"] == order)

    def against(self, order: str, recipe: str = "ham") -> list[str]:
        return [t.en for t in self.stage.lend(self.state, self.scan).against(order, recipe)]


def in_status(status: OrderStatus) -> Script:
    """One order, brought into ``status``."""
    s = Script()
    s.create()
    match status:
        case OrderStatus.RUNNING:
            s.made("B1")
        case OrderStatus.FILLED:
            s.made("B1")
            s.pack("B1", 120, 200)
        case OrderStatus.CLOSED:
            s.step(0, command("order.close", "order-1"))
        case OrderStatus.CANCELLED:
            s.step(0, command("order.cancel", "order-1"))
        case OrderStatus.PLANNED:
            pass
    row = s.row()
    assert row["status"] == status.value
    assert set(row["allowed"]) == {str(w).split(".")[-1] for w in ORDER_TABLE[status] if w not in ("filled", "short")}
    return s


COMMANDS = (CommandKind.ORDER_CHANGE, CommandKind.ORDER_CANCEL, CommandKind.ORDER_CLOSE)


def test_the_diagram_is_drawn_from_the_table() -> None:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> planned"]
    for status, row in ORDER_TABLE.items():
        lines += [f"    {status.value} --> {after.value}: {str(word).split('.')[-1]}" for word, after in row.items()]
    wanted = "\n".join([*lines, "```"])
    assert wanted in DOCUMENT.read_text(encoding="utf-8"), f"put this into docs/orders.md:\n{wanted}"
    assert set(ORDER_TABLE) == set(OrderStatus)


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_in_every_state(status: OrderStatus, kind: CommandKind) -> None:
    s = in_status(status)
    before = s.row()
    args: dict[str, Any] = {"priority": 1} if kind is CommandKind.ORDER_CHANGE else {}
    told = s.step(0, command(kind, "order-1", **args))
    after = ORDER_TABLE[status].get(kind)
    if after is None:
        assert told == ["refused"]
        assert f"Order 1 is {status.value}" in s.why()
        assert s.row() == before
    else:
        assert told == ["accepted", f"order-1 {status.value}>{after.value}"]
        assert s.row()["status"] == after.value


@pytest.mark.parametrize("status", OrderStatus)
def test_a_batch_in_every_state(status: OrderStatus) -> None:
    s = in_status(status)
    possible = "batch" in ORDER_TABLE[status]
    assert (s.against("order-1") == []) == possible
    s.made("B2")
    assert any(b["id"] == "B2" for b in s.row()["batches"]) == possible
    if possible:
        assert s.row()["status"] == ORDER_TABLE[status]["batch"].value


def test_the_life_of_an_order() -> None:
    s = Script()
    assert isinstance(s.stage, Lender)
    assert s.stage.name == ORDERS
    told = s.create(number=" З-17 ", kg=200.5, due_ns=T0_NS + 3600 * S, shift=2, priority=1, notes="к пятнице")
    assert told == ["accepted", "order-1 >planned"]
    event = s.scan.events[-1]
    assert {**event.data} == {
        "what": "created", "number": "З-17", "recipe": "ham", "kg": 200.5, "packs": None, "due_ns": T0_NS + 3600 * S, "shift": 2,
        "priority": 1, "notes": "к пятнице", "from": "", "to": "planned", "packed_kg": 0.0, "packed": 0.0, "remaining": 200.5,
        "batches": [], "user": "anna", "station": "p1", "reason": "", "note": "",
    }  # fmt: skip
    assert s.made("B1") == ["order-1 planned>running"]
    assert s.made("B2") == []
    assert s.row()["count"] == {"planned": 2, "running": 0, "done": 0}
    s.step(0, events=[batch_event("state", "B1", **{"from": "idle", "to": "running"})])
    assert s.row()["count"] == {"planned": 1, "running": 1, "done": 0}
    assert s.pack("B1", 120.5, 240) == []
    s.step(0, events=[batch_event("state", "B1", **{"from": "running", "to": "complete"})])
    row = s.row()
    assert row["count"] == {"planned": 1, "running": 0, "done": 1}
    assert (row["packed_kg"], row["remaining"], row["done_pct"]) == (120.5, 80.0, 60.1)
    assert s.pack("B2", 90, 180) == ["order-1 running>filled"]
    assert (s.row()["remaining"], s.row()["packed"]) == (0.0, 210.5)
    assert s.step(0, command("order.close", "order-1", note="сдан")) == ["accepted", "order-1 filled>closed"]
    assert s.scan.events[-1].data["note"] == "сдан"
    assert s.row()["recipe_name"] == {"ru": "Ветчина", "en": "Ham"}


def test_an_order_in_packs_counts_packs() -> None:
    s = Script()
    s.create(kg=None, packs=300)
    s.made("B1")
    s.pack("B1", 100, 299)
    assert (s.row()["status"], s.row()["remaining"]) == ("running", 1.0)
    assert s.pack("B1", 1, 1) == ["order-1 running>filled"]


def test_an_order_that_is_raised_is_short_again() -> None:
    s = in_status(OrderStatus.FILLED)
    assert s.step(0, command("order.change", "order-1", kg=500)) == [
        "accepted", "order-1 filled>filled", "order-1 filled>running",
    ]  # fmt: skip
    assert s.step(0, command("order.change", "order-1", packs=10)) == [
        "accepted", "order-1 running>running", "order-1 running>filled",
    ]  # fmt: skip
    assert (s.row()["kg"], s.row()["packs"]) == (None, 10)


def test_what_is_packed_belongs_to_the_batch_at_the_packer() -> None:
    s = Script()
    s.create()
    s.create(recipe="ham", kg=50)
    s.made("B1", "order-1")
    s.made("B2", "order-2")
    s.pack("B2", 30, 60)
    s.pack("B7", 500, 900)
    s.values = {"P601.Mass": 20.0, "P601.Packs": 40.0}
    s.batch = "B1"
    s.step(10)
    assert (s.row("order-1")["packed_kg"], s.row("order-2")["packed_kg"]) == (20.0, 30.0), "a counter that fell was reset"


def test_numbers_are_given_and_not_given_twice() -> None:
    s = Script()
    s.create(number="A")
    assert s.create(number="A") == ["refused"]
    assert "an order A already" in s.why()
    s.create()
    assert s.row("order-2")["number"] == "2"
    s.step(0, command("order.close", "order-1"))
    assert s.create(number="A") == ["accepted", "order-3 >planned"]


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"recipe": ""}, "recipe is missing"),
        ({"recipe": None}, "recipe is missing"),
        ({"kg": None}, "either kilograms or packs"),
        ({"packs": 5}, "either kilograms or packs"),
        ({"kg": 0}, "mass of an order"),
        ({"kg": float("inf")}, "mass of an order"),
        ({"kg": "x"}, "mass of an order"),
        ({"kg": True}, "mass of an order"),
        ({"kg": None, "packs": 1.5}, "packs: a whole number"),
        ({"due_ns": -1}, "due_ns: a whole number"),
        ({"shift": 100}, "shift: a whole number"),
        ({"priority": 0}, "priority: a whole number"),
        ({"notes": "x" * 501}, "Notes have"),
        ({"number": "x" * 41}, "number of an order"),
        ({"number": 5}, "number of an order"),
    ],
)
def test_no_such_order_is_created(args: dict[str, Any], why: str) -> None:
    s = Script()
    assert s.create(**args) == ["refused"]
    assert why in s.why()
    assert s.state.orders == ()


@pytest.mark.parametrize(
    ("target", "args", "why"),
    [
        ("order-9", {"kg": 5}, "no order order-9"),
        ("order-1", {}, "Say what to change"),
        ("order-1", {"kg": 5, "packs": 5}, "Say what to change"),
        ("order-1", {"kg": -5}, "mass of an order"),
    ],
)
def test_no_such_change(target: str, args: dict[str, Any], why: str) -> None:
    s = in_status(OrderStatus.PLANNED)
    before = s.row()
    assert s.step(0, command("order.change", target, **args)) == ["refused"]
    assert why in s.why()
    assert s.row() == before


def test_a_batch_is_refused_with_the_reason() -> None:
    s = in_status(OrderStatus.RUNNING)
    assert s.against("order-9") == ["There is no order order-9"]
    assert s.against("order-1", "salami") == ["Order 1 is for ham"]
    for i in range(BATCHES_MAX):
        s.made(f"B{i + 2}")
    assert s.against("order-1") == [f"Order 1 has {BATCHES_MAX} batches already"]
    assert s.row()["allowed"] == ["change", "close"]


def test_urgent_ones_come_first_and_old_ones_go() -> None:
    s = Script()
    for i in range(ENDED_SHOWN + 5):
        s.create()
        s.step(1, command("order.cancel", f"order-{i + 1}"))
    s.create(priority=5)
    s.create(priority=5, due_ns=T0_NS + S)
    s.create(priority=1)
    rows: Any = s.stage.view(s.state)["orders"]
    assert [r["id"] for r in rows[:5]] == ["order-58", "order-57", "order-56", "order-55", "order-54"]
    assert len(rows) == 3 + ENDED_SHOWN


def test_there_is_an_end_to_open_orders() -> None:
    s = Script()
    for _ in range(STANDING_MAX):
        s.create()
    assert s.create() == ["refused"]
    assert "orders are open already" in s.why()


def test_a_saved_state_is_restored_to_the_bit() -> None:
    s = in_status(OrderStatus.FILLED)
    s.create(kg=None, packs=7, due_ns=T0_NS)
    saved = json.loads(json.dumps(s.stage.save(s.state)))
    again = s.stage.restore(saved, s.now_ns)
    assert again == s.state
    with pytest.raises(ValueError, match="orders"):
        s.stage.restore({"last": 1}, s.now_ns)


def test_nothing_changes_while_nothing_happens() -> None:
    s = Script()
    s.step(0)
    before = s.state
    s.step(30)
    s.step(30)
    assert s.state is before


def test_a_number_that_people_took_does_not_stop_the_next_orders() -> None:
    s = Script()
    assert s.create(number="2")[0] == "accepted"
    assert s.create() == ["accepted", "order-2 >planned"]
    assert (s.row("order-1")["number"], s.row("order-2")["number"]) == ("2", "3")
    assert s.create()[0] == "accepted"
    assert s.row("order-3")["number"] == "4"
    s.create(number=" 2 ")
    assert "already" in s.why(), "with blanks around it is the same number"


# Import


def imported(s: Script, *rows: dict[str, Any]) -> list[str]:
    orders = [{"line": i, "recipe": "ham", "kg": 100.0, **row} for i, row in enumerate(rows, 2)]
    return s.step(0, command("order.import", "", orders=orders))


def accepted(s: Script) -> dict[str, Any]:
    return dict(next(e.data for e in s.scan.events if e.kind == "command"))


def test_an_import_makes_changes_and_leaves_alone_by_number() -> None:
    s = Script()
    assert imported(s, {"number": "A", "priority": 2, "notes": "x"}, {"number": "B", "kg": None, "packs": 50}) == [
        "accepted", "order-1 >planned", "order-2 >planned",
    ]  # fmt: skip
    assert accepted(s)["created"] == ["A", "B"]
    assert (s.row()["priority"], s.row("order-2")["packs"]) == (2, 50)
    before = s.state
    assert imported(s, {"number": "A"}, {"number": "B", "kg": None, "packs": 50}) == ["accepted"]
    assert (accepted(s)["unchanged"], s.state.orders) == (["A", "B"], before.orders), "the same file twice changes nothing"
    assert imported(s, {"number": "B", "kg": 80.0}, {"number": "C"}) == [
        "accepted",
        "order-3 >planned",
        "order-2 planned>planned",
    ]
    assert (s.row("order-2")["kg"], s.row("order-2")["packs"], accepted(s)["changed"]) == (80.0, None, ["B"])
    s.made("B1")
    s.pack("B1", 90, 10)
    assert imported(s, {"number": "A", "kg": 90.0}) == ["accepted", "order-1 running>running", "order-1 running>filled"]


def test_an_import_is_taken_whole_or_not_at_all() -> None:
    s = Script()
    s.create(number="A")
    before = s.state
    assert imported(s, {"number": "N"}, {"number": "A", "recipe": "salami"}, {"number": "N"}, {"number": "M", "packs": 3}) == [
        "refused"
    ]  # fmt: skip
    assert s.why() == (
        "Line 3: the order A is there and is for ham: cancel it or give a new number | Line 4: the order N stands above already"
        " | Line 5: say either kilograms or packs"
    )
    assert s.state == before
    assert imported(s, *({"number": f"X{i}"} for i in range(STANDING_MAX))) == ["refused"]
    assert "301 orders would be open, 300 may be" in s.why()
    assert imported(s) == ["refused"]
    assert imported(s, *({"number": ""} for _ in range(30))) == ["refused"]
    assert s.why().endswith("and 11 more") or "more" in s.why()


def test_an_order_that_ended_is_not_made_again_by_the_same_file() -> None:
    s = Script()
    for i in range(ENDED_SHOWN + 5):
        imported(s, {"number": f"Z{i}"})
        s.step(1, command("order.close", f"order-{i + 1}"))
    assert not any(o.number == "Z0" for o in s.state.orders)
    s.state = s.stage.restore(json.loads(json.dumps(s.stage.save(s.state))), s.now_ns)
    assert imported(s, {"number": "Z0"}, {"number": f"Z{ENDED_SHOWN}"}) == ["accepted"]
    assert accepted(s)["ended"] == ["Z0", f"Z{ENDED_SHOWN}"]
