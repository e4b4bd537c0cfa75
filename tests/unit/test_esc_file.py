"""``escalation.yaml``: what is read from it, and every fault with its place and remedy, all in one run."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from alarms.calls import CALL_TABLE, CallState
from alarms.escalation_file import (
    ContactEntry,
    EscalationFile,
    OutputEntry,
    PolicyEntry,
    ServiceEntry,
    StepEntry,
    load_escalation,
)  # fmt: skip
from alarms.escalation_state import STARTS_IN, WAIT_TABLE, Wait
from alarms.policy import ALARM_MODES, Between, EscalatesOn, EscalationPlan
from alarms.states import AlarmState
from alarms.table import AlarmTable
from line.documents import Problem
from line.messages import CommandKind
from line.tags import TagKind, TagTable
from potok.describe_escalation import describe_escalation
from potok.linefolder import find_folder, load_line
from potok.yamlfile import parse_yaml
from tests.builders import tag
from tests.unit.esc_kit import ALARMS
from tests.unit.test_docs import ROOT

TAGS = TagTable([
    tag("Site.Horn", 0, kind=TagKind.BOOL, writable=True),
    tag("Site.Red", 1, kind=TagKind.BOOL, writable=True),
    tag("Site.Dimmer", 2, lo=0.0, hi=10.0, writable=True),
    tag("Site.Eye", 3, kind=TagKind.BOOL),
    tag("Site.Word", 4, kind=TagKind.STRING, writable=True),
    tag("S401.PhReq", 5, kind=TagKind.INT, writable=True),
])  # fmt: skip
UNITS = ("S401", "S402")
DOCUMENT = (ROOT / "docs" / "escalation.md").read_text(encoding="utf-8")

GOOD = """\
time_zone: Europe/Moscow
contacts:
  lead: {name: {ru: Мастер, en: Lead}, role: shift_lead}
  mech: {name: {ru: Механик, en: Mechanic}, outside: true, language: en, all_clear: true}
outputs:
  horn: {name: {ru: Сирена, en: Horn}, tag: Site.Horn, silenceable: true}
  lamp: {name: {ru: Лампа, en: Lamp}, tag: Site.Dimmer, on_value: 7.5, off_value: 1}
services:
  repair: {name: {ru: Ремонт, en: Repair}, reasons: [{ru: Течь, en: Leak}]}
policies:
  - id: night
    waits_on: unacked
    priorities: [1]
    units: [S401]
    alarms: [A1]
    shifts: [1, 2]
    between: ["22:00", "6:30"]
    steps:
      - {after_s: 0, outputs: [horn, lamp], sound_s: 5}
      - {after_s: 120.5, tell: [lead, mech], attempts: 5, retry_s: 10}
  - {id: call, waits_on: unaccepted, services: [repair], steps: [{after_s: 60, tell: [lead]}]}
"""


def load(yaml_text: str, alarms: AlarmTable | None = ALARMS) -> tuple[EscalationPlan, list[Problem]]:
    document, problems = parse_yaml(yaml_text, "escalation.yaml")
    assert document is not None, problems
    return load_escalation(document, TAGS, UNITS, alarms, {"S401.PhReq"})


def test_what_is_read() -> None:
    plan, problems = load(GOOD)
    assert problems == []
    assert plan.time_zone == "Europe/Moscow"
    assert (plan.contacts["lead"].role, plan.contacts["lead"].outside, plan.contacts["lead"].language) == (
        "shift_lead",
        False,
        "ru",
    )
    assert (plan.contacts["mech"].outside, plan.contacts["mech"].language, plan.contacts["mech"].all_clear) == (True, "en", True)
    assert (plan.outputs["horn"].handle, plan.outputs["horn"].on, plan.outputs["horn"].off) == (0, 1.0, 0.0)
    assert (plan.outputs["lamp"].handle, plan.outputs["lamp"].on, plan.outputs["lamp"].off) == (2, 7.5, 1.0)
    assert plan.silenceable == {"horn"}
    assert plan.services["repair"].reasons[0].en == "Leak"
    night, call = plan.policies
    assert (night.id, night.on, night.priorities, night.units, night.alarms) == (
        "night", EscalatesOn.UNACKED, {1}, {"S401"}, {"A1"},
    )  # fmt: skip
    assert (night.shifts, night.between) == ({1, 2}, Between(22 * 60, 6 * 60 + 30))
    first, second = night.steps
    assert (first.after_s, first.outputs, first.sound_s, first.tell) == (0.0, ("horn", "lamp"), 5.0, ())
    assert (second.after_s, second.tell, second.attempts, second.retry_s) == (120.5, ("lead", "mech"), 5, 10.0)
    assert (call.on, call.services, call.steps[0].attempts, call.steps[0].retry_s) == (
        EscalatesOn.UNACCEPTED,
        {"repair"},
        3,
        30.0,
    )


def test_a_time_zone_alone_escalates_nothing() -> None:
    assert load("time_zone: UTC\n") == (EscalationPlan("UTC"), [])
    assert load("contacts: {}\n") == (EscalationPlan("UTC"), [])


FAULTS = [
    ("time_zone: Europe/Moscow", "time_zone: Mars/Phobos", "escalation.yaml:1: time_zone: there is no time zone 'Mars/Phobos'"),
    ("time_zone: Europe/Moscow", "time_zone: ../../etc/passwd", "escalation.yaml:1: time_zone: there is no time zone"),
    ("role: shift_lead", "role: boss", "escalation.yaml:3: contacts.lead.role: there is no role 'boss'. Use one of viewer"),
    ("role: shift_lead", "role: shift_lead, all_clear: true", "contacts.lead.all_clear: an all-clear goes to contacts outside"),
    ("language: en", "language: de", "contacts.mech.language: input should be 'ru' or 'en'"),
    ("ru: Мастер", "ru: ' '", "contacts.lead.name.ru: the text ru is empty"),
    ("  lead: {name", "  le ad: {name", "contacts.le ad: 'le ad' cannot be an id"),
    ("tag: Site.Horn", "tag: Site.Hron", "outputs.horn.tag: there is no tag 'Site.Hron'. Did you mean Site.Horn?"),
    ("tag: Site.Horn", "tag: Site.Eye", "outputs.horn.tag: Site.Eye cannot be written. Name a tag that has writable: 1"),
    ("tag: Site.Horn", "tag: Site.Word", "outputs.horn.tag: Site.Word is a text"),
    ("tag: Site.Horn", "tag: S401.PhReq", "outputs.horn.tag: S401.PhReq is written by the engine only"),
    ("tag: Site.Dimmer", "tag: Site.Horn", "outputs.lamp.tag: Site.Horn is the tag of the output 'horn' already"),
    ("on_value: 7.5", "on_value: 11", "outputs.lamp.on_value: on_value 11 is outside the range of Site.Dimmer, 0..10"),
    ("on_value: 7.5", "on_value: 1", "outputs.lamp: on and off are both 1"),
    ("on_value: 7.5", "on_value: .nan", "outputs.lamp.on_value: input should be a finite number"),
    ("en: Leak", "en: ''", "services.repair.reasons.0.en: the text en is empty"),
    ("en: Leak", f"en: {'x' * 201}", "services.repair.reasons.0: a reason has more than 200 characters"),
    ("waits_on: unacked", "waits_on: unread", "escalation.yaml:12: policies.0.waits_on: input should be 'unacked'"),
    ("priorities: [1]", "priorities: [0]", "policies.0.priorities.0: 0 is none of the priorities. Use 1 to 4"),
    ("units: [S401]", "units: [S41]", "policies.0.units.0: there is no unit 'S41'. Did you mean S401?"),
    ("alarms: [A1]", "alarms: [A9]", "policies.0.alarms.0: there is no alarm 'A9'"),
    ("shifts: [1, 2]", "shifts: [1, 100]", "policies.0.shifts.1: 100 is none of the shifts"),
    ("shifts: [1, 2]", "services: [repair]", "policies.0.services: waits_on: unacked: an alarm has no services"),
    ("services: [repair]", "priorities: [1]", "policies.1.priorities: waits_on: unaccepted: a call has no priorities"),
    ("services: [repair]", "services: [repairs]", "policies.1.services.0: there is no service 'repairs'. Did you mean repair?"),
    ('["22:00", "6:30"]', "[22:00, 6:30]", "policies.0.between.0: a time without quotes is read as the number 1320"),
    ('["22:00", "6:30"]', '["24:00", "6:30"]', "policies.0.between.0: '24:00' is no time of day"),
    ('["22:00", "6:30"]', '["22:00"]', "policies.0.between: between has 1 times"),
    ('["22:00", "6:30"]', '["22:00", "22:00"]', "policies.0.between: between begins and ends at the same time"),
    ("outputs: [horn, lamp]", "outputs: [horn, lmap]", "policies.0.steps.0.outputs.1: there is no output 'lmap'"),
    ("tell: [lead, mech]", "tell: [lead, mach]", "policies.0.steps.1.tell.1: there is no contact 'mach'. Did you mean mech?"),
    ("after_s: 120.5", "after_s: 0", "escalation.yaml:20: policies.0.steps.1.after_s: after_s 0 is not above 0"),
    ("after_s: 0,", "after_s: -1,", "policies.0.steps.0.after_s: after_s is -1, below zero"),
    ("after_s: 120.5", "after_s: 1e6", "policies.0.steps.1.after_s: after_s is 1e+06, longer than a week. Write seconds"),
    ("after_s: 120.5", "after_s: true", "policies.0.steps.1.after_s: a number is needed here (given: true)"),
    ("retry_s: 10", "retry_s: 1e9", "policies.0.steps.1.retry_s: retry_s is 1e+09, longer than a week"),
    ("sound_s: 5", "sound_s: 0.5", "policies.0.steps.0.sound_s: sound_s is 0.5"),
    ("attempts: 5", "attempts: 0", "policies.0.steps.1.attempts: 0 attempts. Use 1 to 20"),
    ("retry_s: 10", "retry_s: 1", "policies.0.steps.1.retry_s: retry_s is 1. Wait 5 s at least"),
    ("steps: [{after_s: 60, tell: [lead]}]", "steps: []", "policies.1: the policy 'call' has no steps"),
    ("{after_s: 60, tell: [lead]}", "{after_s: 60}", "policies.1.steps.0: the step does nothing"),
    ("{after_s: 60, tell: [lead]}", "{tell: [lead]}", "policies.1.steps.0.after_s: this key is missing"),
    ("id: call", "id: night", "escalation.yaml:21: policies.1.id: the id 'night' is used in line 11 already"),
    ("id: call", "id: ''", "policies.1.id: the id is empty"),
    ("id: call", "id: call, colour: red", "policies.1.colour: unknown key"),
    ("contacts:", "contact:", "contact: unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), FAULTS, ids=[f"{n[:30]} {s[-25:]}" for _, n, s in FAULTS])
def test_a_fault_is_told_with_place_and_remedy(old: str, new: str, said: str) -> None:
    assert old in GOOD
    plan, problems = load(GOOD.replace(old, new, 1))
    assert plan == EscalationPlan()
    told = [str(p) for p in problems]
    assert any(said in t for t in told), told
    assert all(p.line > 0 and p.remedy for p in problems)


def test_all_faults_are_told_in_one_run() -> None:
    text = GOOD
    for old, new in (
        ("Europe/Moscow", "Mars/Phobos"), ("role: shift_lead", "role: boss"), ("tag: Site.Horn", "tag: Nowhere"),
        ("waits_on: unacked", "waits_on: unread"), ("attempts: 5", "attempts: 0"), ("{after_s: 60", "{after_s: x, attempts: 99"),
        ("priorities: [1]", "priorities: [7]"), ("ru: Течь", "ru: ''"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    assert {p.key for p in load(text)[1]} == {
        "time_zone", "contacts.lead.role", "outputs.horn.tag", "policies.0.waits_on", "policies.0.priorities.0",
        "policies.0.steps.1.attempts", "policies.1.steps.0.after_s", "policies.1.steps.0.attempts",
        "services.repair.reasons.0.ru",
    }  # fmt: skip


def test_a_policy_that_is_never_taken_is_a_fault() -> None:
    later = "  - {id: later, waits_on: unaccepted, services: [repair], units: [S401], steps: [{after_s: 5, tell: [lead]}]}\n"
    (problem,) = load(GOOD + later)[1]
    assert problem.line == 22
    assert problem.message == "the policy 'later' is never chosen: 'call' above take all that it is for"


def test_without_a_readable_alarm_file_its_ids_are_not_judged() -> None:
    assert load(GOOD.replace("[A1]", "[A9]"), None)[1] == []


@pytest.mark.parametrize(
    "raw", ["[]\n", "a: 1\n", "contacts: 5\ntime_zone: 7\noutputs: [1]\npolicies: {a: 1}\n", "policies: [1, [], x]\n", "x\n"]
)
def test_anything_else_is_told_and_harms_nothing(raw: str) -> None:
    plan, problems = load(raw)
    assert plan == EscalationPlan()
    assert problems


def test_the_shipped_line_and_its_description() -> None:
    line = load_line(find_folder("sausage"))
    plan = line.escalation
    assert set(plan.services) == {"maintenance", "quality", "shift_lead", "supply"}
    assert all(len(s.reasons) >= 4 for s in plan.services.values())
    for output in plan.outputs.values():
        assert line.model.tags[output.handle].writable
    described: Any = json.loads(json.dumps(describe_escalation(plan)))
    night = described["policies"][0]
    assert night["between"] == ["22:00", "06:00"]
    assert [(s["after_s"], s["tell"]) for s in night["steps"]][2:4] == [
        (120, ["shift_lead"]),
        (300, ["maintenance", "technologist"]),
    ]


def test_every_key_is_explained() -> None:
    text = DOCUMENT
    for model in (EscalationFile, ContactEntry, OutputEntry, ServiceEntry, PolicyEntry, StepEntry):
        assert [k for k in model.model_fields if not re.search(rf"`{k}`|\b{k}:", text)] == []
    assert all(f"`{on}`" in text for on in EscalatesOn)


def test_the_document_shows_the_life_of_a_call_as_it_is() -> None:
    rows = re.findall(r"^\| (\w+) \| (\S+) \| (\S+) \| (\S+) \|$", DOCUMENT, re.MULTILINE)
    stated = {CallState(s): cells for s, *cells in rows if s in set(map(str, CallState))}
    kinds = (CommandKind.CALL_ACCEPT, CommandKind.CALL_ARRIVE, CommandKind.CALL_CLOSE)
    assert stated == {state: [row.get(k, "–") for k in kinds] for state, row in CALL_TABLE.items()}


def test_the_document_says_what_ends_a_run() -> None:
    """Every state of the table is somewhere in the row of its mode, in the words of the document."""
    words = {
        Wait.ACKED: "acknowledged", Wait.RETURNED: "returned", Wait.SUPPRESSED: "suppressed",
        Wait.OUT_OF_SERVICE: "out of service", Wait.ACCEPTED: "accepted", Wait.ARRIVED: "somebody on site", Wait.CLOSED: "closed",
    }  # fmt: skip
    for on, row in WAIT_TABLE.items():
        (stated,) = re.findall(rf"^\| `{on}` \|.*\| (.*) \|$", DOCUMENT, re.MULTILINE)
        ends = {words[w] for w in row.values() if w in words}
        ends |= {"an action at its unit"} if on is EscalatesOn.NO_ACTION else set()
        assert set(re.split(r"[;,] ", stated)) == ends


def test_the_table_knows_every_state_that_can_come() -> None:
    for on, row in WAIT_TABLE.items():
        states = set(AlarmState) if on in ALARM_MODES else set(CallState)
        assert states - set(row) == ({CallState.OPEN} if on is EscalatesOn.NOT_ON_SITE else set())
        assert row[STARTS_IN[on]] is Wait.GOES_ON
