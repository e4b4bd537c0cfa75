"""The life of a command on the panel, in every order that answers and events may come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hmi.viewmodels.commands import CONFIRM_WITHIN_NS, FINAL, TABLE, CommandBook
from hmi.viewmodels.delivery import Delivery
from hmi.viewmodels.wire import Obj

S = 1_000_000_000


def said(status: str, command_id: str = "c1", **more: object) -> Obj:
    return {"id": command_id, "status": status, **more}  # type: ignore[dict-item]


def test_received_accepted_confirmed() -> None:
    book = CommandBook()
    sent = book.open("unit.command", "S401", {"command": "hold"}, 0)
    book.reply(sent.local, 202, {"id": "c1", "status": "received"})
    book.event(said("accepted"))
    assert [p.state for p in book.pending("unit.command", "S401")] == ["accepted"]
    book.event(said("confirmed"))
    assert book.pending() == []
    assert [p.state for p in book.take_news()] == ["confirmed"]
    assert book.take_news() == []


def test_an_event_that_comes_before_the_answer_is_not_lost() -> None:
    book = CommandBook()
    sent = book.open("alarm.ack", "", {}, 0)
    book.event(said("refused", reasons=[{"ru": "нет", "en": "no"}]))
    assert book.pending()
    book.reply(sent.local, 202, {"id": "c1"})
    assert [(p.state, p.reasons) for p in book.take_news()] == [("refused", ({"ru": "нет", "en": "no"},))]


def test_refused_at_once_and_failed() -> None:
    book = CommandBook()
    one, two, three = (book.open("tag.write", "t", {}, 0) for _ in range(3))
    book.reply(one.local, 422, {"reasons": [{"ru": "вне пределов", "en": "outside"}]})
    book.reply(two.local, 0, {}, "ConnectError")
    book.reply(three.local, 500, {"error": {"ru": "сбой", "en": "boom"}})
    news = book.take_news()
    assert [(p.state, p.error) for p in news] == [("refused", ""), ("failed", ""), ("failed", "HTTP 500")]
    assert news[2].reasons == ({"ru": "сбой", "en": "boom"},)
    assert book.last("tag.write", "t") == news[2]


def test_what_nobody_answers_times_out_but_an_accepted_command_is_done() -> None:
    book = CommandBook()
    lost = book.open("unit.command", "a", {}, 0)
    taken = book.open("unit.command", "b", {}, 0)
    book.reply(taken.local, 202, {"id": "c2"})
    book.event(said("accepted", "c2"))
    book.tick(CONFIRM_WITHIN_NS)
    assert len(book.pending()) == 2
    book.tick(CONFIRM_WITHIN_NS + 1)
    assert {p.local: p.state for p in book.take_news()} == {lost.local: "timed_out", taken.local: "done"}


def test_events_of_other_panels_are_none_of_ours() -> None:
    book = CommandBook()
    book.open("unit.command", "a", {}, 0)
    book.event(said("confirmed", "other"))
    book.event({"status": "nonsense"})
    assert len(book.pending()) == 1


def test_the_table_is_closed() -> None:
    whats = {frozenset(row) for state, row in TABLE.items() if state != "waiting"}
    assert len(whats) == 1, "what has gone out may hear anything at any time"
    assert set(TABLE["waiting"]) == {"sent", "withdrawn"}, "what has not gone out is answered by nobody"
    assert {state for row in TABLE.values() for state in row.values()} <= set(TABLE) | FINAL


STEPS = ("accepted", "confirmed", "refused", "timed_out", "received", "reply", "fail", "tick")


@given(st.lists(st.sampled_from(STEPS), max_size=12))
def test_a_command_ends_once_and_never_comes_back(steps: list[str]) -> None:
    book = CommandBook()
    sent = book.open("unit.command", "a", {}, 0)
    ended = 0
    for step in steps:
        if step == "reply":
            book.reply(sent.local, 202, {"id": "c1"})
        elif step == "fail":
            book.reply(sent.local, 0, {}, "gone")
        elif step == "tick":
            book.tick(CONFIRM_WITHIN_NS + S)
        else:
            book.event(said(step))
        ended += len(book.take_news())
        assert ended + len(book.pending()) == 1


def test_a_command_that_waits_for_a_login_is_not_on_its_way_and_never_late() -> None:
    book = CommandBook()
    waiting = book.open("call.create", "S401", {}, 0, waiting=True)
    book.tick(100 * CONFIRM_WITHIN_NS)
    assert book.pending() == []
    assert book.last("call.create", "S401") is None
    book.sent(waiting.local, 100 * CONFIRM_WITHIN_NS)
    assert [p.state for p in book.pending()] == ["sending"]
    book.tick(101 * CONFIRM_WITHIN_NS)
    assert book.pending(), "its deadline counts from the sending"
    book.withdraw(waiting.local)
    assert book.pending(), "what has gone out is not withdrawn"


def test_what_is_withdrawn_is_told_to_who_entered_it_and_to_nobody_else() -> None:
    book = CommandBook()
    told: list[str] = []
    delivery = Delivery(book, lambda: told.append("taken"), lambda p: told.append(p.state))
    assert delivery.send(lambda: book.open("call.create", "S401", {}, 0, waiting=True) and None)
    book.withdraw(book.newest)
    assert told == ["withdrawn"]
    assert not delivery.open
    assert book.take_news() == []


def test_several_commands_of_one_touch_are_told_of_as_one() -> None:
    book = CommandBook()
    told: list[str] = []
    delivery = Delivery(book, lambda: told.append("taken"), lambda p: told.append(f"{p.kind} {p.state}"))
    assert not delivery.send(lambda: None), "nothing was sent"

    def both() -> None:
        book.open("a", "x", {}, 0)
        book.open("b", "x", {}, 0)

    assert delivery.send(both)
    book.reply(2, 409, {})
    assert told == [], "the other one is under way"
    book.reply(1, 202, {"id": "c1"})
    book.event(said("confirmed"))
    assert told == ["b refused"]
    assert delivery.send(both)
    delivery.drop()
    book.reply(3, 0, {})
    assert told == ["b refused"]
    assert [p.local for p in book.take_news()] == [3], "the panel tells of it"
