"""Service requests: every state with every command, who may close what, comments, what is refused, what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from line.documents import Text
from line.messages import Command, CommandKind
from line.stage import Scan
from production.plan import RequestKind
from production.requests import (
    COMMENTS_MAX,
    ENDED_SHOWN,
    REQUEST_TABLE,
    STANDING_MAX,
    RequestsState,
    RequestStage,
    RequestStatus,
)  # fmt: skip
from tests.builders import T0_NS, S, snapshot, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "orders.md"
TAGS = table("T")
KINDS = {"fault": RequestKind("fault", Text(ru="Неисправность", en="Fault"))}
MOVES = tuple(k for k in CommandKind if k.startswith("request.") and k is not CommandKind.REQUEST_CREATE)


def command(kind: str, /, target: str = "request-1", *, user: str = "anna", role: str = "operator", **args: Any) -> Command:
    why = args.pop("why", "")
    return Command("c1", kind, target, args, user, role, "p1", T0_NS, why)


class Script:
    """The stage with a clock; a step gives the events of one scan as short lines."""

    def __init__(self) -> None:
        self.stage = RequestStage(KINDS, ("S401",))
        self.state: RequestsState = self.stage.initial()
        self.scan = Scan(T0_NS, snapshot(TAGS, {}))

    def step(self, at_s: float, *commands: Command) -> list[str]:
        now_ns = T0_NS + round(at_s * S)
        self.scan = Scan(now_ns, snapshot(TAGS, {}, now_ns=now_ns), commands)
        self.state = self.stage.step(self.state, self.scan)
        return [
            f"{e.source} {e.data['from']}>{e.data['to']}" if e.kind == "request" else str(e.data["status"])
            for e in self.scan.events
        ]

    def create(self, at_s: float = 0, **args: Any) -> list[str]:
        given: dict[str, Any] = {"kind": "fault", "text": "Стук в вентиляторе", "target": "S401"} | args
        target = given.pop("target")
        return self.step(at_s, command("request.create", target, **given))

    def why(self) -> str:
        data: Any = self.scan.events[-1].data
        assert all(r["ru"] and r["en"] for r in data["reasons"])
        return " | ".join(r["en"] for r in data["reasons"])

    def told(self) -> dict[str, Any]:
        return {**[e for e in self.scan.events if e.kind == "request"][-1].data}

    def rows(self) -> list[dict[str, Any]]:
        return json.loads(json.dumps(self.stage.view(self.state)))["requests"]


WAYS: dict[RequestStatus, tuple[str, ...]] = {
    RequestStatus.OPEN: (),
    RequestStatus.TAKEN: ("take",),
    RequestStatus.DONE: ("take", "done"),
    RequestStatus.CONFIRMED: ("done", "confirm"),
    RequestStatus.CANCELLED: ("cancel",),
}


def in_status(status: RequestStatus) -> Script:
    s = Script()
    s.create()
    for word in WAYS[status]:
        s.step(1, command(f"request.{word}"))
    assert s.state.requests[0].status is status
    assert set(s.rows()[0]["allowed"]) == {k.split(".")[1] for k in REQUEST_TABLE[status]}
    return s


def test_the_diagram_is_drawn_from_the_table() -> None:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> open"]
    for status, row in REQUEST_TABLE.items():
        lines += [f"    {status.value} --> {after.value}: {kind.value.split('.')[1]}" for kind, after in row.items()]
    wanted = "\n".join([*lines, "```"])
    assert wanted in DOCUMENT.read_text(encoding="utf-8"), f"put this into docs/orders.md:\n{wanted}"
    assert set(REQUEST_TABLE) == set(RequestStatus)


@pytest.mark.parametrize("status", RequestStatus)
@pytest.mark.parametrize("kind", MOVES)
def test_every_command_in_every_state(status: RequestStatus, kind: CommandKind) -> None:
    s = in_status(status)
    before = s.state
    args = {"text": "жду"} if kind is CommandKind.REQUEST_COMMENT else {"note": "так"}
    told = s.step(5, command(kind, **args))
    after = REQUEST_TABLE[status].get(kind)
    if after is None:
        assert told == ["refused"]
        assert "Request no. 1 is" in s.why()
        assert s.state == before
    else:
        assert told == ["accepted", f"request-1 {status.value}>{after.value}"]
        assert s.rows()[0]["comments"][-1] == {
            "time_ns": T0_NS + 5 * S, "user": "anna", "what": s.told()["what"], "text": "жду" if "text" in args else "так",
        }  # fmt: skip


def test_asked_taken_done_sent_back_done_and_confirmed() -> None:
    s = Script()
    assert s.create(priority="urgent") == ["accepted", "request-1 >open"]
    assert (s.scan.events[0].data["request"], s.scan.events[0].data["number"]) == ("request-1", 1)
    assert s.scan.events[1].unit == "S401"
    assert s.told() == {
        "what": "created", "number": 1, "kind": "fault", "kind_name": {"ru": "Неисправность", "en": "Fault"},
        "priority": "urgent", "request": "Стук в вентиляторе", "from": "", "to": "open", "text": "Стук в вентиляторе",
        "by": "anna", "user": "anna", "station": "p1", "reason": "", "open_s": 0.0,
    }  # fmt: skip
    s.step(60, command("request.take", user="petr"))
    s.step(600, command("request.done", user="petr", note="Подтянул"))
    assert json.loads(json.dumps(s.stage.view(s.state)))["to_confirm"] == 1
    s.step(700, command("request.reopen", note="Снова стучит"))
    (row,) = s.rows()
    assert (row["status"], row["taken_ns"], row["done_by"]) == ("open", None, "")
    s.step(800, command("request.done", user="oleg"))
    s.step(900, command("request.confirm"))
    assert s.told()["open_s"] == 900.0
    (row,) = s.rows()
    assert (row["status"], row["done_by"], row["ended_by"], row["ended_ns"]) == ("confirmed", "oleg", "anna", T0_NS + 900 * S)
    assert [c["what"] for c in row["comments"]] == ["done", "reopened"]


@pytest.mark.parametrize("word", ["confirm", "cancel"])
def test_what_somebody_else_asked_for_is_closed_by_a_shift_lead_who_says_why(word: str) -> None:
    s = in_status(RequestStatus.DONE if word == "confirm" else RequestStatus.OPEN)
    assert s.step(5, command(f"request.{word}", user="petr", note="сам видел")) == ["refused"]
    assert "who asked (anna) or for a shift lead" in s.why()
    assert s.step(5, command(f"request.{word}", user="petr", role="shift_lead")) == ["refused"]
    assert "say why" in s.why()
    assert s.step(5, command(f"request.{word}", user="petr", role="shift_lead", why="Анна ушла"))[0] == "accepted"
    assert (s.told()["reason"], s.told()["by"], s.told()["user"]) == ("Анна ушла", "anna", "petr")
    assert s.rows()[0]["comments"][-1]["text"] == "Анна ушла"


def test_what_is_not_done_is_sent_back_with_a_remark() -> None:
    s = in_status(RequestStatus.DONE)
    assert s.step(5, command("request.reopen")) == ["refused"]
    assert "still wrong" in s.why()


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"kind": "party"}, "no such kind"),
        ({"kind": 5}, "no such kind"),
        ({"target": "X1"}, "no unit X1"),
        ({"text": ""}, "Say what is needed"),
        ({"text": "  "}, "Say what is needed"),
        ({"text": "x" * 501}, "Say what is needed"),
        ({"text": 5}, "Say what is needed"),
        ({"priority": "now"}, "priority is urgent"),
        ({"kind": "x", "text": ""}, "no such kind of request | Say what is needed"),
    ],
)
def test_no_such_request_is_made(args: dict[str, Any], why: str) -> None:
    s = Script()
    assert s.create(**args) == ["refused"]
    assert why in s.why()
    assert s.state == RequestsState()


@pytest.mark.parametrize("args", [{}, {"text": ""}, {"text": "x" * 501}, {"text": 5}])
def test_a_comment_is_a_text(args: dict[str, Any]) -> None:
    s = in_status(RequestStatus.OPEN)
    assert s.step(1, command("request.comment", **args)) == ["refused"]
    assert "A text of at most" in s.why()


def test_there_is_an_end_to_comments_and_requests() -> None:
    s = Script()
    s.create()
    for _ in range(COMMENTS_MAX):
        s.step(1, command("request.comment", text="ещё"))
    assert s.step(1, command("request.comment", text="ещё")) == ["refused"]
    s.step(1, command("request.done", note="готово"))
    assert len(s.state.requests[0].comments) == COMMENTS_MAX
    for _ in range(STANDING_MAX - 1):
        s.create()
    assert s.create() == ["refused"]
    assert "stand already" in s.why()
    assert s.step(1, command("request.take", "request-999")) == ["refused"]
    assert "no request request-999" in s.why()


def test_urgent_ones_come_first_and_old_ones_go() -> None:
    s = Script()
    for i in range(ENDED_SHOWN + 5):
        s.create(i)
        s.step(i, command("request.cancel", f"request-{i + 1}"))
    s.create(100, priority="low")
    s.create(100)
    s.create(100, priority="urgent", target="")
    numbers = [r["number"] for r in s.rows()]
    assert numbers[:4] == [58, 57, 56, 55]
    assert len(numbers) == 3 + ENDED_SHOWN


def test_a_saved_state_is_restored_to_the_bit() -> None:
    s = in_status(RequestStatus.CONFIRMED)
    s.create()
    s.step(9, command("request.comment", "request-2", text="жду"))
    saved = json.loads(json.dumps(s.stage.save(s.state)))
    assert s.stage.restore(saved, T0_NS) == s.state
    with pytest.raises(ValueError, match="requests"):
        s.stage.restore({"last": 1}, T0_NS)


def test_nothing_changes_without_commands() -> None:
    s = in_status(RequestStatus.OPEN)
    before = s.state
    assert s.step(1e6) == []
    assert s.state is before
