"""What people may not ask of an alarm: every command in every state that does not know it, and who asks for it.

Refused means: a reason in both languages that names what to do, and nothing changed, not even the object of the state.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any, cast

import pytest

from alarms.table import AlarmRules
from line.messages import Command
from line.roles import ROLES
from tests.builders import T0_NS, S
from tests.unit.alarm_scripts import Titled, command
from tests.unit.test_alarm_scripts_shown import titled

INTO: dict[str, str] = {
    "A": "t=1 | -                  | -                                            | A | 0 | - | -              | 0",
    "B": "t=1 | T 81               | alarm A>B                                    | B | 1 | 3 | active         | 1",
    "C": "t=1 | T 81               | alarm A>B                                    | B | 1 | 3 | active         | 1\n"
         "t=2 | ack                | ack B>C by ivanova & accepted                | C | 0 | - | active         | 1",
    "D": "t=1 | T 81               | alarm A>B                                    | B | 1 | 3 | active         | 1\n"
         "t=2 | T 70               | latch B>E                                    | E | 1 | 3 | active         | 1\n"
         "t=3 | reset              | reset E>D by ivanova & accepted              | D | 1 | 3 | active         | 1",
    "E": "t=1 | T 81               | alarm A>B                                    | B | 1 | 3 | active         | 1\n"
         "t=2 | T 70               | latch B>E                                    | E | 1 | 3 | active         | 1",
    "F": "t=1 | T 81               | alarm A>B                                    | B | 1 | 3 | active         | 1\n"
         "t=2 | ack, T 70          | ack B>C by ivanova & accepted & latch C>F    | F | 0 | - | active         | 1",
    "G": "t=1 | T 81, shelve 60    | shelve A>G by ivanova & accepted & alarm G>G | G | 0 | - | shelved        | 0",
    "H": "t=1 | T 81, S 1          | suppress A>H & alarm H>H                     | H | 0 | - | suppressed     | 0",
    "I": "t=1 | T 81, remove       | remove A>I by ivanova & accepted & alarm I>I | I | 0 | - | out_of_service | 0",
}  # fmt: skip

ALLOWED: dict[str, str] = {
    "ack": "BDE", "reset": "EF", "shelve": "ABCDEFG", "unshelve": "G", "remove": "ABCDEFGH", "restore": "I",
}  # fmt: skip


def asked(word: str, role: str = "admin", *, reason: str = "because", ids: tuple[str, ...] = ("a",), **args: Any) -> Command:
    """A command with all that it needs."""
    needed: dict[str, Any] = {"shelve": {"minutes": 60}, "remove": {"work_order": "WO-7"}}.get(word, {})
    return command(f"alarm.{word}", ids, role=role, reason=reason, **{**needed, **args})


def in_state(letter: str, more: dict[str, Any] | None = None, rules: AlarmRules | None = None) -> Titled:
    script = titled({"latching": True} if more is None else more, rules)
    script.run(INTO[letter])
    return script


def answer(script: Titled, given: Command) -> list[dict[str, Any]]:
    """What a scan says in which nothing else happens than this command."""
    script.step(10, script.values, given, status=script.status)
    return [cast(dict[str, Any], e.data) for e in script.scan.events]


def assert_refused(script: Titled, given: Command, reason: str = "") -> None:
    before, view, saved = script.state, script.view(), json.dumps(script.stage.save(script.state))
    (said,) = answer(script, given)
    assert said["status"] == "refused"
    assert said["id"] == given.id
    assert len(said["reasons"]) == max(1, len(cast(list[str], given.args.get("alarms", []))))
    assert all(r["ru"] and r["en"] and r["ru"] != r["en"] for r in said["reasons"])
    assert reason in said["reasons"][0]["en"]
    assert script.state is before
    assert script.view() is view
    assert json.dumps(script.stage.save(script.state)) == saved


@pytest.mark.parametrize(("letter", "word"), [(i, w) for i, w in product(INTO, ALLOWED) if i not in ALLOWED[w]])
def test_what_the_table_does_not_know_is_refused_and_changes_nothing(letter: str, word: str) -> None:
    assert_refused(in_state(letter), asked(word), "a: ")


@pytest.mark.parametrize(("letter", "word"), [(i, w) for i, w in product(INTO, ALLOWED) if i in ALLOWED[w]])
def test_what_the_table_knows_is_done(letter: str, word: str) -> None:
    script = in_state(letter)
    *told, said = answer(script, asked(word))
    assert (said["status"], said["alarms"]) == ("accepted", ["a"])
    assert told
    assert script.letters() != {"a": letter} or (letter, word) == ("G", "shelve")


@pytest.mark.parametrize("word", ALLOWED)
@pytest.mark.parametrize("reason", ["", "  "])
def test_shelving_and_removing_need_a_reason(word: str, reason: str) -> None:
    script = in_state(ALLOWED[word][0])
    if word in ("shelve", "remove"):
        assert_refused(script, asked(word, reason=reason), "Give the reason")
    else:
        assert answer(script, asked(word, reason=reason))[-1]["status"] == "accepted"


@pytest.mark.parametrize("minutes", [0, -1, 480.5, 1e300, float("nan"), float("inf"), True, "60", None, [60]])
def test_shelving_needs_a_time_within_the_limit(minutes: Any) -> None:
    assert_refused(in_state("B"), asked("shelve", minutes=minutes), "Shelve for more than 0 and at most 480 minutes")


@pytest.mark.parametrize("one_shot", [1, "yes", None])
def test_one_shot_is_yes_or_no(one_shot: Any) -> None:
    assert_refused(in_state("B"), asked("shelve", one_shot=one_shot), "one_shot")


@pytest.mark.parametrize("work_order", ["", "  ", 7, None])
def test_removing_needs_a_work_order(work_order: Any) -> None:
    assert_refused(in_state("B"), asked("remove", work_order=work_order), "work order")


LEAST = {1: "shift_lead", 2: "shift_lead", 3: "operator", 4: "operator"}


@pytest.mark.parametrize(("priority", "role"), list(product(LEAST, [*ROLES, "", "king"])))
def test_who_shelves_by_priority(priority: int, role: str) -> None:
    script = titled({"priority": priority})
    if role in ROLES and ROLES.index(role) >= ROLES.index(LEAST[priority]):
        assert answer(script, asked("shelve", role))[-1]["status"] == "accepted"
    else:
        assert_refused(script, asked("shelve", role), f"an alarm of priority {priority} is shelved by the")


@pytest.mark.parametrize(("least", "role"), list(product(["", "technologist"], ROLES)))
def test_who_shelves_an_alarm_of_a_critical_control_point(least: str, role: str) -> None:
    script = titled({"ccp": True}, AlarmRules(shelve_ccp=least))
    if not least:
        assert_refused(script, asked("shelve", role), "acknowledge it and follow its response")
    elif ROLES.index(role) >= ROLES.index(least):
        assert answer(script, asked("shelve", role))[-1]["status"] == "accepted"
    else:
        assert_refused(script, asked("shelve", role), "is shelved by the technologist or above")


@pytest.mark.parametrize(("word", "least", "role"), list(product(["remove", "restore"], ["shift_lead", "engineer", ""], ROLES)))
def test_who_takes_out_of_service_and_restores(word: str, least: str, role: str) -> None:
    script = in_state("B", rules=AlarmRules(remove_role=least))
    if word == "restore" and least:
        answer(script, asked("remove", "admin"))
    if least and ROLES.index(role) >= ROLES.index(least):
        assert answer(script, asked(word, role))[-1]["status"] == "accepted"
    else:
        assert_refused(script, asked(word, role), "or above" if least else "Nobody")


def test_the_reason_says_what_to_do() -> None:
    wanted = {
        ("A", "ack"): "the alarm is not active",
        ("C", "ack"): "already acknowledged (ivanova)",
        ("G", "ack"): "the alarm is shelved; unshelve it first",
        ("H", "ack"): "the alarm is suppressed by design; it comes back by itself once the condition of that is gone",
        ("I", "ack"): "the alarm is out of service; restore it first",
        ("B", "reset"): "its condition still stands; reset it once that is gone",
        ("D", "reset"): "already reset; acknowledge it",
        ("H", "shelve"): "suppressed by design, there is nothing to shelve",
        ("I", "shelve"): "out of service, there is nothing to shelve",
        ("I", "remove"): "already out of service (ivanova)",
        ("B", "unshelve"): "the alarm is not shelved",
        ("B", "restore"): "the alarm is in service",
    }
    for (letter, word), reason in wanted.items():
        assert_refused(in_state(letter), asked(word), reason)
    script = titled({})
    script.run(INTO["B"])
    assert_refused(script, asked("reset"), "the alarm does not latch, there is nothing to reset")


@pytest.mark.parametrize("word", ALLOWED)
@pytest.mark.parametrize("alarms", [None, [], 7, True, {"a": 1}])
def test_a_command_that_names_nothing_is_refused(word: str, alarms: Any) -> None:
    script = in_state(ALLOWED[word][0])
    before = script.state
    given = asked(word)
    (said,) = answer(script, replace(given, args={**given.args, "alarms": alarms}))
    assert (said["status"], said["alarms"], said["reasons"][0]["en"]) == ("refused", [], "The command names no alarms")
    assert script.state is before


def test_each_id_is_answered_once() -> None:
    script = in_state("B")
    done, refused = answer(script, asked("shelve", ids=("x", "a", "a", "y")))[-2:]
    assert (done["status"], done["alarms"]) == ("accepted", ["a"])
    assert (refused["status"], refused["alarms"]) == ("refused", ["x", "y"])
    assert [r["en"] for r in refused["reasons"]] == ["x: there is no such alarm", "y: there is no such alarm"]


@pytest.mark.parametrize("shown", [T0_NS, T0_NS + 2 * S, "1", None, True])
def test_an_ack_of_another_annunciation_is_refused(shown: Any) -> None:
    assert_refused(in_state("B"), asked("ack", as_of={"a": shown}), "came again since")


@pytest.mark.parametrize("as_of", [{"a": T0_NS + S}, {"b": 0}, {}, None, "a"])
def test_an_ack_of_the_annunciation_that_stands_is_done(as_of: Any) -> None:
    assert answer(in_state("B"), asked("ack", as_of=as_of))[-1]["status"] == "accepted"


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, None, 7])
def test_a_comment_needs_words(text: Any) -> None:
    assert_refused(in_state("B"), command("alarm.comment", target="a", text=text), "A comment has 1 to 500 characters")


def test_a_comment_on_no_alarm_is_refused() -> None:
    assert_refused(in_state("B"), command("alarm.comment", target="x", text="why"), "x: there is no such alarm")


def test_silence_when_nothing_sounds_changes_nothing() -> None:
    for letter in "ACFGHI":
        script = in_state(letter)
        before = script.state
        assert [a["status"] for a in answer(script, command("alarm.silence"))] == ["accepted"]
        assert script.state is before
