"""The operator of a dry run answers by written rules, the same in every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from line.messages import Command
from potok.dry_run_operator import AGAIN_NS, READS_NS, AttentiveOperator, alternatives, answer
from tests.builders import T0_NS

NUMBER: dict[str, Any] = {"kind": "number", "lo": 2.0, "hi": 6.0}
CHOICE: dict[str, Any] = {"kind": "choice", "choices": [{"ru": "а", "en": "a"}, {"ru": "б", "en": "b"}]}


def views(*prompts: Mapping[str, Any]) -> dict[str, Any]:
    return {"batches": {"batches": [{"id": "B1001", "prompts": list(prompts)}]}, "alarms": {"active": []}}


def look(operator: AttentiveOperator, now_ns: int, *prompts: Mapping[str, Any]) -> list[Command]:
    return operator.look(now_ns, views(*prompts))


def test_confirm_number_choice_text_and_lot_are_answered_by_the_rules() -> None:
    assert answer({"kind": "confirm"}, 0) is True
    assert [answer(NUMBER, turn) for turn in range(4)] == [4.0, 2.0, 6.0, 4.0]
    assert answer({"kind": "number", "lo": None, "hi": 7.0}, 0) == 7.0
    assert [answer(CHOICE, turn) for turn in range(3)] == [0, 1, 0]
    assert answer({"kind": "lot", "target_kg": 12.5}, 0) == {"lot": "DRY-RUN", "kg": 12.5}
    assert answer({"kind": "text"}, 0) == "dry run"


def test_alternatives_are_all_answers_that_could_lead_elsewhere() -> None:
    assert alternatives(NUMBER) == [4.0, 2.0, 6.0]
    assert alternatives(CHOICE) == [0, 1]
    assert alternatives({"kind": "confirm"}) == []


def test_a_prompt_is_read_first_and_answered_once() -> None:
    operator, prompt = AttentiveOperator(), {"id": "ok", "kind": "confirm", "since_ns": T0_NS, "role": "shift_lead"}
    assert look(operator, T0_NS, prompt) == []
    (command,) = look(operator, T0_NS + READS_NS, prompt)
    assert (command.target, command.args, command.role) == ("B1001", {"prompt": "ok", "value": True}, "shift_lead")
    assert look(operator, T0_NS + 2 * READS_NS, prompt) == []


def test_an_answer_that_did_not_take_is_given_again_and_counted() -> None:
    operator, prompt = AttentiveOperator(), {"id": "ok", "kind": "confirm", "since_ns": T0_NS}
    look(operator, T0_NS + READS_NS, prompt)
    assert look(operator, T0_NS + READS_NS + AGAIN_NS, prompt) != []
    assert operator.tries == {"ok": 2}


def test_a_prompt_that_comes_again_is_answered_with_the_next_choice() -> None:
    operator = AttentiveOperator()
    values = []
    for turn in range(3):
        asked_ns = T0_NS + turn * 10 * AGAIN_NS
        (command,) = look(operator, asked_ns + READS_NS, {"id": "pick", **CHOICE, "since_ns": asked_ns})
        values.append(command.args["value"])
    assert values == [0, 1, 0]


def test_an_answer_can_be_forced_once() -> None:
    operator = AttentiveOperator(forced={"pick": 1})
    first, again = ({"id": "pick", **CHOICE, "since_ns": T0_NS + n * 10 * AGAIN_NS} for n in (0, 1))
    (one,) = look(operator, T0_NS + READS_NS, first)
    (other,) = look(operator, T0_NS + 10 * AGAIN_NS + READS_NS, again)
    assert (one.args["value"], other.args["value"]) == (1, 1)
    assert operator.forced == {}


def test_a_signed_prompt_is_signed_with_the_role_it_asks_for() -> None:
    prompt = {"id": "ok", "kind": "confirm", "since_ns": T0_NS, "role": "technologist", "signed": True}
    (command,) = look(AttentiveOperator(), T0_NS + READS_NS, prompt)
    signature = command.args["signature"]
    assert isinstance(signature, Mapping)
    assert (signature["role"], signature["user"]) == ("technologist", "dry-run")


def test_alarms_are_acknowledged_and_reset() -> None:
    shown = {**views(), "alarms": {"active": [{"id": "a", "state": "unack_active"}, {"id": "b", "state": "latched_acked"}]}}
    commands = AttentiveOperator().look(T0_NS, shown)
    assert [(c.kind, c.args) for c in commands] == [("alarm.ack", {"alarms": ["a"]}), ("alarm.reset", {"alarms": ["b"]})]
