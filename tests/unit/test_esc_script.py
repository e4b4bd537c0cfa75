"""Titled scripts of the escalation: every line is a scan, all of its outputs are checked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from alarms.escalation import EscalationStage
from alarms.policy import EscalatesOn, Policy, Step
from tests.builders import T0_NS, S
from tests.unit.esc_kit import (
    ALARMS,
    CALL,
    LABELS,
    LATE,
    LINE,
    OUTPUTS,
    P1,
    P1_IDLE,
    TAGS,
    Script,
    accepted,
    acked,
    call,
    comes,
    goes,
    plan,
    result,
    row,
    stage,
    told,
)  # fmt: skip


def test_horn_panels_shift_lead_maintenance_acknowledged_returned() -> None:
    s = Script(P1)
    assert s.step(0, comes("A1")) == ["A1 unacked started", "A1 unacked step 1", "Site.Horn=1", "Site.Red=1"]
    assert (s.lit(), s.view()["sound_s"], s.runs()) == (["Horn", "Red"], 10.0, {"A1 unacked": 1})
    assert s.step(59.75) == []
    assert s.step(60) == ["A1 unacked step 2"]
    assert s.view()["sound_s"] == 5.0
    assert s.step(119) == []
    assert s.step(120) == ["A1 unacked step 3", "N1 lead told"]
    assert (s.notices(), s.outbox()) == ({"N1": "told"}, [])
    assert s.step(300) == ["A1 unacked step 4", "N2 mech told", "N2 mech sent 1", "N3 tech told", "N3 tech sent 1"]
    assert s.outbox() == ["N2/1 mech", "N3/1 tech"]
    assert s.step(302, result("N2", 1, True)) == ["accepted N2", "N2 mech delivered 1"]
    assert s.outbox() == ["N3/1 tech"]
    assert s.step(303, result("N3", 1, True)) == ["accepted N3", "N3 tech delivered 1"]
    assert s.notices() == {"N1": "told", "N2": "delivered", "N3": "delivered"}
    assert s.step(310, acked("A1")) == ["A1 unacked ended acked", "N4 mech told", "N4 mech sent 1", "Site.Horn=0", "Site.Red=0"]
    assert (s.lit(), s.view()["sound_s"], s.runs(), s.outbox()) == ([], 0, {}, ["N4/1 mech"])
    assert s.step(311, result("N4", 1, True)) == ["accepted N4", "N4 mech delivered 1"]
    assert s.step(600, goes("A1", "acked_active")) == []
    assert s.step(2000) == []


def test_acknowledged_in_the_scan_in_which_a_step_is_due() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    assert s.step(120, acked("A1")) == ["A1 unacked ended acked", "Site.Horn=0", "Site.Red=0"]
    assert s.notices() == {}


def test_returned_before_anybody_acknowledged() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    assert s.step(30, goes("A1")) == ["A1 unacked ended returned", "Site.Horn=0", "Site.Red=0"]
    assert s.step(40, told("A1", "rtn_unack", "unack_active")) == [
        "A1 unacked started",
        "A1 unacked step 1",
        "Site.Horn=1",
        "Site.Red=1",
    ]
    assert s.step(90) == []
    assert s.step(100) == ["A1 unacked step 2"]


def test_latched_ends_it_too() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    assert s.step(1, told("A1", "unack_active", "latched_unack")) == ["A1 unacked ended returned", "Site.Horn=0", "Site.Red=0"]


def test_shelving_pauses_and_its_time_does_not_count() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(60)
    assert s.step(100, told("A1", "unack_active", "shelved", "anna")) == [
        "A1 unacked paused shelved",
        "Site.Horn=0",
        "Site.Red=0",
    ]
    (run,) = s.view()["runs"]
    assert (run["paused"], run["elapsed_s"], run["next_ns"], s.view()["sound_s"]) == (True, 100.0, None, 0)
    assert s.step(3000) == []
    assert s.step(3600, told("A1", "shelved", "unack_active")) == ["A1 unacked resumed", "Site.Horn=1", "Site.Red=1"]
    assert s.view()["sound_s"] == 5.0
    assert s.step(3619.75) == []
    assert s.step(3620) == ["A1 unacked step 3", "N1 lead told"]


def test_returned_while_it_is_shelved() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(10, told("A1", "unack_active", "shelved"))
    assert s.step(15, told("A1", "shelved", "shelved", active=True)) == []
    assert s.step(20, told("A1", "shelved", "shelved", active=False)) == ["A1 unacked ended returned"]
    assert s.step(30, told("A1", "shelved", "shelved", active=True)) == []
    assert s.step(40, told("A1", "shelved", "unack_active")) == [
        "A1 unacked started",
        "A1 unacked step 1",
        "Site.Horn=1",
        "Site.Red=1",
    ]


def test_suppressed_and_out_of_service_end_it() -> None:
    for state in ("suppressed", "out_of_service"):
        s = Script(P1)
        s.step(0, comes("A1"))
        assert s.step(10, told("A1", "unack_active", state)) == [f"A1 unacked ended {state}", "Site.Horn=0", "Site.Red=0"]
        assert s.step(500) == []
        assert s.step(600, told("A1", state, "unack_active"))[:2] == ["A1 unacked started", "A1 unacked step 1"]


def test_shelved_then_suppressed() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(10, told("A1", "unack_active", "shelved"))
    assert s.step(20, told("A1", "shelved", "suppressed")) == ["A1 unacked ended suppressed"]


def test_acknowledged_and_nobody_does_anything() -> None:
    s = Script(P1_IDLE)
    assert s.step(0, comes("A1")) == ["A1 no_action started"]
    assert s.step(20, acked("A1")) == []
    assert s.step(180) == ["A1 no_action step 1", "N1 lead told", "Site.Amber=1"]
    assert s.step(600) == ["A1 no_action step 2", "N2 mech told", "N2 mech sent 1"]
    assert s.step(601, result("N2", 1, True)) == ["accepted N2", "N2 mech delivered 1"]
    assert s.step(700, accepted("unit.command", "S401")) == [
        "A1 no_action ended action",
        "N3 mech told",
        "N3 mech sent 1",
        "Site.Amber=0",
    ]


def test_what_is_an_action_and_what_is_none() -> None:
    batch = {
        "batches": [{"id": "B7", "unit": "S401", "history": [{"unit": "S402", "end_ns": None}, {"unit": "P601", "end_ns": 5}]}]
    }
    ends = (
        accepted("unit.command", "S401"), accepted("unit.mode", "S401", "confirmed"), accepted("tag.write", "S401.Door"),
        accepted("batch.command", "B7"), accepted("batch.parameter", "B7"), accepted("alarm.comment", "A1"),
        call("created", ""), call("on_site", "open"),
    )  # fmt: skip
    for event in ends:
        s = Script(P1_IDLE)
        s.views["batches"] = batch
        s.step(0, comes("A1"))
        assert s.step(1, event) == ["A1 no_action ended action"], event
    goes_on = (
        accepted("unit.command", "S402"), accepted("unit.command", "S401", "refused"),
        accepted("unit.command", "S401", "received"),
        accepted("unit.command", "S401", "confirmed"), accepted("tag.write", "Util.Steam"), accepted("tag.write", "Nobody.Knows"),
        accepted("alarm.comment", "B1"), accepted("alarm.ack", ""), accepted("alarm.silence", ""),
        accepted("batch.command", "B8"),
        accepted("batch.create", "S401"), accepted("shift.start", ""), call("accepted", "open"), call("created", "", unit="S402"),
        call("created", "", unit=""),
    )  # fmt: skip
    for event in goes_on:
        s = Script(P1_IDLE)
        s.views["batches"] = batch
        s.step(0, comes("A1"))
        assert s.step(1, event) == [], event
        assert s.runs() == {"A1 no_action": 0}


def test_a_command_of_the_scan_of_the_annunciation_was_no_answer_to_it() -> None:
    s = Script(P1_IDLE)
    assert s.step(0, comes("A1"), accepted("unit.command", "S401")) == ["A1 no_action started"]
    assert s.step(1, accepted("unit.command", "S401")) == ["A1 no_action ended action"]


def test_of_a_plant_wide_alarm_only_a_comment_is_an_action() -> None:
    s = Script(P1_IDLE)
    s.step(0, comes("L1"))
    assert s.step(1, accepted("tag.write", "Util.Steam")) == []
    assert s.step(2, accepted("alarm.comment", "L1")) == ["L1 no_action ended action"]


def test_both_modes_of_one_alarm_run_beside_each_other() -> None:
    s = Script(P1, P1_IDLE)
    assert s.step(0, comes("A1")) == [
        "A1 unacked started",
        "A1 no_action started",
        "A1 unacked step 1",
        "Site.Horn=1",
        "Site.Red=1",
    ]
    assert s.step(5, acked("A1")) == ["A1 unacked ended acked", "Site.Horn=0", "Site.Red=0"]
    assert s.step(180) == ["A1 no_action step 1", "N1 lead told", "Site.Amber=1"]
    assert s.step(200, goes("A1", "acked_active")) == ["A1 no_action ended returned", "Site.Amber=0"]


def test_a_re_alarm_begins_anew_what_had_ended() -> None:
    s = Script(P1, P1_IDLE)
    s.step(0, comes("A1"))
    s.step(5, acked("A1"), accepted("unit.command", "S401"))
    assert s.runs() == {}
    assert s.step(500, told("A1", "acked_active", "unack_active"))[:3] == [
        "A1 unacked started",
        "A1 no_action started",
        "A1 unacked step 1",
    ]


def test_silence_mutes_horn_and_sound_until_the_next_step_that_sounds() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    assert s.step(3, accepted("alarm.silence", "")) == ["Site.Horn=0"]
    assert (s.lit(), s.view()["sound_s"]) == (["Red"], 0)
    assert s.step(4, accepted("alarm.silence", "")) == []
    assert s.step(60) == ["A1 unacked step 2", "Site.Horn=1"]
    assert (s.lit(), s.view()["sound_s"]) == (["Horn", "Red"], 5.0)
    assert s.step(61, accepted("alarm.silence", "")) == ["Site.Horn=0"]
    assert s.step(120) == ["A1 unacked step 3", "N1 lead told"]  # tells somebody, does not sound
    assert s.step(130, comes("B1"))[-1] == "Site.Horn=1"  # a new alarm does
    assert s.step(131, goes("B1")) == ["B1 unacked ended returned", "Site.Horn=0"]


def test_two_alarms_share_the_horn() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    assert s.step(10, comes("B1")) == ["B1 unacked started", "B1 unacked step 1"]
    assert s.step(20, acked("A1")) == ["A1 unacked ended acked"]
    assert s.lit() == ["Horn", "Red"]
    assert s.step(30, acked("B1")) == ["B1 unacked ended acked", "Site.Horn=0", "Site.Red=0"]


def test_a_message_that_does_not_arrive_is_tried_again_and_then_the_next_step_is_taken() -> None:
    policy = Policy(
        "p",
        EscalatesOn.UNACKED,
        (Step(10.0, tell=("mech", "tech"), attempts=2, retry_s=30.0), Step(900.0, tell=("boss",), attempts=1)),
    )
    s = Script(policy)
    s.step(0, comes("A1"))
    assert s.step(10) == ["A1 unacked step 1", "N1 mech told", "N1 mech sent 1", "N2 tech told", "N2 tech sent 1"]
    assert s.step(11, result("N1", 1, False, "refused")) == ["accepted N1", "N1 mech failed 1"]
    assert s.view()["notices"][1]["error"] == {"ru": "refused", "en": "refused"}
    assert (s.notices(), s.outbox()) == ({"N1": "pending", "N2": "pending"}, ["N2/1 tech"])
    assert s.step(40.75) == []
    assert s.step(41) == ["N1 mech sent 2"]
    assert s.step(69.75) == []
    assert s.step(70) == ["N2 tech failed 1"]  # nobody answered for 60 s
    assert s.step(100) == ["N2 tech sent 2"]
    assert s.step(101) == ["N1 mech failed 2", "N1 mech given_up"]
    assert s.runs() == {"A1 unacked": 1}  # the technologist may still be reached
    given_up = ["accepted N2", "N2 tech failed 2", "N2 tech given_up", "A1 unacked step 2", "N3 boss told", "N3 boss sent 1"]
    assert s.step(110, result("N2", 2, False)) == given_up
    assert s.step(111, result("N3", 1, False)) == ["accepted N3", "N3 boss failed 1", "N3 boss given_up", "A1 unacked failed"]
    (run,) = s.view()["runs"]
    assert [step["state"] for step in run["steps"]] == ["failed", "failed"]
    assert s.step(5000) == []
    assert s.step(5001, acked("A1")) == ["A1 unacked ended acked"]


def test_one_of_two_contacts_reached_is_enough() -> None:
    policy = Policy("p", EscalatesOn.UNACKED, (Step(10.0, tell=("mech", "tech"), attempts=1), Step(900.0, tell=("boss",))))
    s = Script(policy)
    s.step(0, comes("A1"))
    s.step(10)
    s.step(11, result("N1", 1, True))
    assert s.step(12, result("N2", 1, False)) == ["accepted N2", "N2 tech failed 1", "N2 tech given_up"]
    assert s.runs() == {"A1 unacked": 1}
    assert s.view()["runs"][0]["steps"][0]["state"] == "taken"


def test_contacts_on_the_panels_are_never_given_up() -> None:
    policy = Policy("p", EscalatesOn.UNACKED, (Step(10.0, tell=("lead", "mech"), attempts=1),))
    s = Script(policy)
    s.step(0, comes("A1"))
    s.step(10)
    assert s.step(11, result("N2", 1, False)) == ["accepted N2", "N2 mech failed 1", "N2 mech given_up", "A1 unacked failed"]
    assert s.notices() == {"N1": "told", "N2": "failed"}


def test_given_up_while_it_is_shelved_goes_on_when_it_is_back() -> None:
    policy = Policy("p", EscalatesOn.UNACKED, (Step(10.0, tell=("mech",), attempts=2, retry_s=30.0), Step(900.0, tell=("lead",))))
    s = Script(policy)
    s.step(0, comes("A1"))
    s.step(10)
    s.step(11, result("N1", 1, False))
    s.step(20, told("A1", "unack_active", "shelved"))
    assert s.step(100, accepted("tag.write", "Util.Steam")) == []  # a failed message waits as well
    assert s.step(200, told("A1", "shelved", "unack_active")) == ["A1 unacked resumed", "N1 mech sent 2"]
    s.step(201, told("A1", "unack_active", "shelved"))
    assert s.step(202, result("N1", 2, False)) == ["accepted N1", "N1 mech failed 2", "N1 mech given_up"]
    assert s.step(300, told("A1", "shelved", "unack_active")) == ["A1 unacked resumed", "A1 unacked step 2", "N2 lead told"]


def test_results_that_do_not_fit_are_refused_and_change_nothing() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(300)
    wrong = (
        result("N9", 1, True), result("N2", 2, True), result("N2", 0, True), result("N1", 0, True), result("N1", 1, True),
        replace(result("N2", 1, True), args={}), replace(result("N2", 1, True), args={"attempt": 1, "delivered": "yes"}),
        replace(result("N2", 1, True), args={"attempt": True, "delivered": True}),
    )  # fmt: skip
    for command in wrong:
        before = s.state
        assert s.step(301, command) == [f"refused {command.target}"], command
        assert s.state is before
        assert s.scan.events[-1].data["reasons"]
    s.step(302, result("N2", 1, False))
    assert s.step(303, result("N2", 1, False)) == ["refused N2"]
    assert s.step(304, result("N2", 1, True)) == ["accepted N2", "N2 mech delivered 1"]  # it arrived after all
    assert s.step(305, result("N2", 1, True)) == ["refused N2"]
    assert s.step(400) == ["N3 tech failed 1"]


def test_what_has_not_gone_out_is_withdrawn_when_the_run_ends() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(300)
    s.step(301, result("N2", 1, False))
    assert s.step(310, acked("A1")) == ["A1 unacked ended acked", "N2 mech withdrawn", "Site.Horn=0", "Site.Red=0"]
    assert (s.outbox(), s.notices()["N2"], s.notices()["N3"]) == ([], "withdrawn", "pending")
    assert s.step(359.75) == []
    assert s.step(360) == ["N3 tech withdrawn"]  # nobody says whether it had gone out
    assert s.step(361, result("N3", 1, True)) == ["refused N3"]
    assert s.step(900) == []


def test_a_message_under_way_that_arrives_after_the_end_gets_its_all_clear() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(300)
    s.step(301, acked("A1"))
    assert s.step(302, result("N3", 1, True)) == ["accepted N3", "N3 tech delivered 1"]  # wants none
    assert s.step(303, result("N2", 1, True)) == ["accepted N2", "N2 mech delivered 1", "N4 mech told", "N4 mech sent 1"]
    (message,) = s.view()["outbox"]
    assert message["title"] == "Тревога квитирована: name A1 ru"


def test_one_under_way_that_fails_after_the_end_is_not_tried_again() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(300)
    s.step(301, acked("A1"))
    assert s.step(302, result("N2", 1, False)) == ["accepted N2", "N2 mech failed 1", "N2 mech withdrawn"]
    assert s.step(350) == []


def test_a_call_that_nobody_accepts() -> None:
    s = Script(CALL, LATE)
    assert s.step(0, call("created", "")) == ["call-1 unaccepted started"]
    assert s.step(120) == ["call-1 unaccepted step 1", "N1 lead told", "Site.Amber=1"]
    assert s.step(300) == ["call-1 unaccepted step 2", "N2 mech told", "N2 mech sent 1"]
    s.step(301, result("N2", 1, True))
    accepted_ = call("accepted", "open", user="petr", accept_s=400.0)
    assert s.step(400, accepted_) == [
        "call-1 unaccepted ended accepted",
        "N3 mech told",
        "N3 mech sent 1",
        "call-1 not_on_site started",
        "Site.Amber=0",
    ]
    s.step(401, result("N3", 1, True))
    assert s.step(1300) == ["call-1 not_on_site step 1", "N4 lead told"]
    assert s.step(1400, call("on_site", "accepted", user="petr")) == ["call-1 not_on_site ended arrived"]
    assert s.step(1500, call("closed", "on_site", user="petr")) == []
    assert s.state.standing == {}


def test_a_call_that_is_closed_or_attended_at_once() -> None:
    s = Script(CALL, LATE)
    s.step(0, call("created", ""), call("created", "", number=2, unit="S402"))
    assert s.step(10, call("on_site", "open")) == ["call-1 unaccepted ended arrived"]
    assert s.step(20, call("closed", "open", number=2)) == ["call-2 unaccepted ended closed"]


def test_nothing_escalates_without_a_policy_for_it() -> None:
    s = Script(P1)
    s.step(0)
    assert s.step(1, comes("A2")) == []
    assert s.step(2, comes("A4"), call("created", "")) == []
    assert s.runs() == {}


def test_an_output_that_was_not_taken_over_is_written_again() -> None:
    s = Script(P1)
    s.deaf = True
    assert s.step(0, comes("A1"))[-2:] == ["Site.Horn=1", "Site.Red=1"]
    assert s.step(1.75) == []
    assert s.step(2) == ["Site.Horn=1", "Site.Red=1"]
    assert s.step(5.75) == []
    s.deaf = False
    assert s.step(6) == ["Site.Horn=1", "Site.Red=1"]
    assert s.step(7) == []
    s.site["Site.Horn"] = 0.0  # somebody else turned it off
    assert s.step(8) == ["Site.Horn=1"]


def test_an_output_is_off_when_nobody_wants_it_also_after_a_restart() -> None:
    s = Script(P1)
    s.site["Site.Horn"] = 1.0
    assert s.step(0) == ["Site.Horn=0"]
    s.step(1, comes("A1"))
    assert s.lit() == ["Horn", "Red"]
    s.restart(10)
    s.views["alarms"] = {"active": []}  # returned while the engine was down
    assert s.step(10) == ["A1 unacked ended returned", "Site.Horn=0", "Site.Red=0"]


def test_outputs_wait_for_a_plc_that_does_not_answer() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(1)
    s.status = dict.fromkeys(s.site, 2150694912)
    assert s.step(2) == []
    s.deaf = True
    assert s.step(3, acked("A1")) == ["A1 unacked ended acked", "Site.Horn=0", "Site.Red=0"]
    assert s.step(60) == []
    s.deaf, s.status = False, {}
    assert s.step(100) == ["Site.Horn=0", "Site.Red=0"]
    assert s.step(101) == []


def test_a_restart_forgets_nothing() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(300)
    s.step(301, result("N2", 1, False))
    s.views["alarms"] = {"active": [row("A1", "unack_active")]}
    s.restart(320)
    assert s.step(320) == []
    assert (s.outbox(), s.lit(), s.runs()) == (["N3/1 tech"], ["Horn", "Red"], {"A1 unacked": 4})
    assert s.step(331) == ["N2 mech sent 2"]
    assert s.step(332, result("N2", 2, True)) == ["accepted N2", "N2 mech delivered 2"]
    assert s.step(379.75) == []
    assert s.step(380) == ["N3 tech failed 1"]  # 60 s from the restart: its answer may have been on the way
    assert s.step(900)[-3:] == ["A1 unacked step 5", "N101 boss told", "N101 boss sent 1"]


def test_a_notice_that_the_journal_has_not_seen_lends_its_id_to_no_other() -> None:
    s = Script(Policy("p", EscalatesOn.UNACKED, (Step(0.0, tell=("mech",)),)))
    s.step(0)
    before = s.state
    s.step(1, comes("A1"))
    assert s.outbox() == ["N1/1 mech"]  # the notifier may have sent it
    s.state = before  # and the engine died before the journal had it
    s.restart(2)
    s.step(3, comes("B1"))
    assert s.outbox() == ["N101/1 mech"]


def test_time_while_the_engine_was_down_counts() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.views["alarms"] = {"active": [row("A1", "unack_active")]}
    s.restart(130)
    assert s.step(130) == ["A1 unacked step 2", "A1 unacked step 3", "N101 lead told"]


def test_after_a_restart_with_another_file() -> None:
    s = Script(P1, P1_IDLE)
    s.step(0, comes("A1"), comes("B1"))
    s.step(60)
    s.views["alarms"] = {"active": [row("A1", "unack_active"), row("B1", "unack_active")]}
    other = replace(P1, id="other", units=frozenset({"S401"}))
    s.restart(70, stage(other))
    ended = ["A1 no_action ended no_policy", "B1 unacked ended no_policy", "B1 no_action ended no_policy"]
    assert s.step(70) == ended
    assert s.step(120) == ["A1 unacked step 3", "N101 lead told"]
    assert s.view()["runs"][0]["policy"] == "other"


def three_steps_taken() -> Script:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(130)
    s.views["alarms"] = {"active": [row("A1", "unack_active")]}
    return s


def test_a_file_with_fewer_steps_is_shown_before_its_first_scan() -> None:
    s = three_steps_taken()
    s.restart(140, stage(replace(P1, steps=P1.steps[:1])))
    assert (s.runs(), s.view()["sound_s"], s.view()["outputs"]["horn"]) == ({"A1 unacked": 3}, 10.0, True)
    assert s.step(140) == []
    assert s.runs() == {"A1 unacked": 1}


def test_a_file_without_the_policy_is_shown_before_its_first_scan() -> None:
    s = three_steps_taken()
    s.restart(140, stage(CALL))
    assert s.view()["sound_s"] == 0.0
    assert s.step(140) == ["A1 unacked ended no_policy", "Site.Horn=0", "Site.Red=0"]


def without_horn() -> EscalationStage:
    """The horn is in the file no more, the red light has another tag."""
    p1 = replace(P1, steps=(Step(0.0, ("red",)),))
    outputs = {"red": replace(OUTPUTS["red"], handle=OUTPUTS["amber"].handle)}
    return EscalationStage(replace(plan(p1), outputs=outputs, silenceable=frozenset()), ALARMS, TAGS, LABELS, LINE)


def test_an_output_that_is_in_the_file_no_more_is_switched_off_once() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.views["alarms"] = {"active": [row("A1", "unack_active")]}
    s.restart(10, without_horn())
    assert s.view()["outputs"] == {"red": True}
    s.status = dict.fromkeys(s.site, 2150694912)  # the first scan: no reading yet
    assert s.step(10) == []
    s.restart(20)
    s.status, s.deaf = {}, True
    assert s.step(20) == ["Site.Amber=1", "Site.Horn=0", "Site.Red=0"]
    s.deaf = False
    assert s.step(24) == ["Site.Amber=1", "Site.Horn=0", "Site.Red=0"]
    assert s.step(25) == []
    assert (s.state.left_on, s.lit()) == ((), ["Amber"])
    s.site["Site.Horn"] = 1.0  # by hand: it is nobody's any more
    s.restart(30)
    assert s.step(40) == []


def test_runs_that_an_older_build_saved_as_objects_are_read() -> None:
    s = three_steps_taken()
    saved = json.loads(json.dumps(s.stage.save(s.state)))
    older = {**saved, "runs": [json.loads(line) for line in saved["runs"].split("\n")]}
    new, old = (s.stage.restore(what, T0_NS + 140 * S) for what in (saved, older))
    assert new.runs == old.runs == s.state.runs != {}


def test_runs_that_stand_are_not_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    s = Script(P1, P1_IDLE)
    s.step(0, comes("A1"), comes("B1"))
    s.stage.save(s.state)
    s.step(1, acked("B1"))
    written: list[object] = []
    monkeypatch.setattr("alarms.escalation_saving.json.dumps", lambda *a, **k: written.append(a) or "{}")
    s.stage.save(s.state)
    assert written == []


def test_what_waits_without_a_run_has_one_once_the_file_has_a_policy_for_it() -> None:
    s = Script(CALL)
    s.step(0, comes("A1"), comes("B1"))
    s.step(1, acked("B1"))
    s.views["alarms"] = {"active": [row("A1", "unack_active"), row("B1", "acked_active")]}
    s.restart(100, stage(P1, P1_IDLE))
    assert s.step(100) == ["A1 unacked started", "A1 unacked step 1", "Site.Horn=1", "Site.Red=1"]
    s.restart(110)
    assert s.step(110) == []


def test_a_comment_in_the_first_scan_keeps_nothing_from_waiting() -> None:
    s = Script(P1)
    s.views["alarms"] = {"active": [row("A1", "unack_active")]}
    assert s.step(0, told("A1", "unack_active", "unack_active", "anna", event="comment"))[0] == "A1 unacked started"


def test_an_alarm_that_comes_back_from_the_shelf_sounds_though_it_was_silenced_before() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    assert s.step(1, accepted("alarm.silence", "")) == ["Site.Horn=0"]
    s.step(2, told("A1", "unack_active", "shelved", "anna", active=True))
    s.step(3, accepted("alarm.silence", ""))
    assert s.step(30, told("A1", "shelved", "unack_active")) == ["A1 unacked resumed", "Site.Horn=1", "Site.Red=1"]
    assert s.view()["sound_s"] == 10.0


def test_what_stands_when_escalation_is_new_begins_to_wait() -> None:
    s = Script(P1, P1_IDLE, CALL)
    s.views["alarms"] = {"active": [row("A1", "unack_active"), row("B1", "acked_active")], "shelved": [row("A2", "")]}
    s.views["calls"] = {"calls": [{
        "id": "call-4", "number": 4, "service": "repair", "service_name": {"ru": "р", "en": "r"}, "unit": "S401",
        "reason": {"ru": "x", "en": "x"}, "state": "open", "by": "anna", "station": "p1", "opened_ns": 5,
    }]}  # fmt: skip
    assert s.step(0) == [
        "A1 unacked started",
        "A1 no_action started",
        "call-4 unaccepted started",
        "A1 unacked step 1",
        "Site.Horn=1",
        "Site.Red=1",
    ]
    assert s.state.standing == {"A1": "unack_active", "B1": "acked_active", "A2": "shelved", "call-4": "open"}


def test_a_clock_that_is_set_back_neither_hangs_nor_fires() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    for at in range(1, 100):
        s.step(at)
    assert s.runs() == {"A1 unacked": 2}
    assert s.step(-3600) == []
    assert s.step(-3600 + 15) == []
    taken = [at for at in range(-3580, -3570) if s.step(at)]
    assert taken == [-3575]  # 120 s without the 4 s since the last look, which nobody can tell any more
    s.step(-3390)
    s.step(-3389)
    assert s.outbox() == ["N2/1 mech", "N3/1 tech"]
    assert s.step(-7000) == []  # nor does an attempt under way fail
    assert s.step(-6945) == []
    assert s.step(-6930) == ["N2 mech failed 1", "N3 tech failed 1"]


def test_a_quiet_scan_gives_the_same_state() -> None:
    s = Script(P1, CALL)
    s.step(0)
    idle = s.state
    assert s.step(100) == []
    assert s.step(101, accepted("tag.write", "S401.Door"), told("A1", "normal", "normal")) == []
    assert s.state is idle
    s.step(200, comes("A1"))
    s.step(200.25)
    waiting = s.state
    assert s.step(201) == []
    assert s.step(204.75) == []
    assert s.state is waiting
    assert s.step(205.25) == []
    assert s.state is not waiting  # every 5 s while something is due
    assert s.view()["runs"][0]["elapsed_s"] == 5.25
