"""The hand-over of a shift: its table, its two signatures, the rule for a shift that nobody ended, and what is handed over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line.clock import NS_PER_S
from line.documents import Text
from line.messages import Command, Event, JsonObject
from line.stage import Scan
from production.calendar import Calendar, PlannedShift
from production.log import CORRECTIONS_MAX
from production.shift import ShiftStage, ShiftState, ShiftTotals
from production.shift_matters import MATTERS_MAX, in_progress, open_matters, stock
from production.shift_states import SHIFT_TABLE, ShiftAction, ShiftStep, shift_diagram
from tests.builders import S, snapshot, table

TAGS = table("P.Mass")
DAY = PlannedShift("day", Text(ru="День", en="Day"), 1, time(8), time(20), crews=("a", "b"))
NIGHT = PlannedShift("night", Text(ru="Ночь", en="Night"), 2, time(20), time(8), crews=("b", "a"))
CREWS = {"a": Text(ru="Бригада А", en="Crew A"), "b": Text(ru="Бригада Б", en="Crew B")}
CALENDAR = Calendar("UTC", (DAY, NIGHT), CREWS, auto_end_after_min=30)
START_NS = int(datetime(2026, 1, 5, 8, 0, tzinfo=UTC).timestamp()) * NS_PER_S
HOUR = 3600 * S
BATCH = {
    "id": "B7", "state": "held", "unit": "S401", "phase": "cook", "recipe_name": {"ru": "Докторская", "en": "Doktorskaya"},
    "held_reason": {"ru": "датчик", "en": "probe"}, "waiting": None,
    "nodes": [{"id": "n3", "name": {"ru": "Варка", "en": "Cooking"}}, {"id": "n5", "name": {"ru": "Держать", "en": "Keep"}}],
    "active": [{"node": "n3", "unit": "S401", "phase": "cook"}, {"node": "n5", "unit": "S401", "phase": ""}],
    "prompts": [{"id": "n4", "text": {"ru": "Закрыто?", "en": "Closed?"}}],
    "deviations": [
        {"number": 1, "kind": "ccp", "unit": "S401", "text": {"ru": "Ниже", "en": "Low"}, "disposition": None},
        {"number": 2, "kind": "ccp", "unit": "S401", "text": {"ru": "Ниже", "en": "Low"}, "disposition": {"verdict": "release"}},
        {"number": 3, "kind": "process", "unit": "S401", "text": {"ru": "Ниже", "en": "Low"}, "disposition": None},
    ],
}  # fmt: skip


class Line:
    """The stage with a clock and the views that the others publish."""

    def __init__(self, calendar: Calendar | None = CALENDAR) -> None:
        self.stage = ShiftStage(ShiftTotals(packed_kg="P.Mass"), TAGS, calendar)
        self.state: ShiftState = self.stage.initial()
        self.now_ns = START_NS
        self.views: dict[str, JsonObject] = {}
        self.count = 0

    def scan(self, *commands: Command, after_ns: int = S) -> list[Event]:
        """One scan; what the stage said."""
        self.now_ns += after_ns
        scan = Scan(self.now_ns, snapshot(TAGS, {"P.Mass": 0.0}, now_ns=self.now_ns), commands=commands, views=self.views)
        self.state = self.stage.step(self.state, scan)
        return scan.events

    def ask(self, kind: str, *, user: str = "anna", role: str = "operator", why: str = "", **args: Any) -> list[Event]:
        """One command in one scan."""
        self.count += 1
        return self.scan(
            Command(f"c{self.count}", kind, str(args.pop("target", "")), args, user, role, "panel", self.now_ns, why)
        )

    def sign(self, part: str, user: str, role: str = "shift_lead", **args: Any) -> list[Event]:
        """A signature, checked by the server, of ``user``."""
        signature = {"user": user, "name": user.title(), "role": role, "time_ns": self.now_ns}
        read = args.pop("hash", (self.view["handover"] or {}).get("hash", ""))
        return self.ask("shift.sign", part=part, signature=signature, hash=read, **args)

    @property
    def view(self) -> dict[str, Any]:
        return dict(self.stage.view(self.state))

    def restart(self, after_ns: int = 60 * S) -> None:
        """The engine is away for a while and comes back with what was saved."""
        saved: JsonObject = json.loads(json.dumps(self.stage.save(self.state)))
        self.now_ns += after_ns
        self.state = self.stage.restore(saved, self.now_ns)


def said(events: Sequence[Event]) -> list[str]:
    return [str(e.data.get("what") or e.data.get("status")) for e in events]


def refused(events: Sequence[Event]) -> str:
    """The reason of the only event, in English; there is one in Russian too."""
    (event,) = events
    assert event.data["status"] == "refused"
    (why,) = cast(list[Mapping[str, str]], event.data["reasons"])
    assert why["ru"]
    return why["en"]


def test_the_table_reaches_every_step_and_stands_in_the_document() -> None:
    assert set(SHIFT_TABLE) == set(ShiftStep)
    assert {t for row in SHIFT_TABLE.values() for t in row.values()} == set(ShiftStep)
    assert {a for row in SHIFT_TABLE.values() for a in row} == set(ShiftAction)
    with pytest.raises(KeyError):
        SHIFT_TABLE[ShiftStep.CLOSED][ShiftAction.RULE]
    document = Path(__file__).resolve().parents[2] / "docs" / "shift.md"
    assert shift_diagram() in document.read_text(encoding="utf-8"), f"put this there:\n{shift_diagram()}"


def test_a_hand_over_goes_in_three_steps_and_has_two_signatures() -> None:
    line = Line()
    line.scan()
    line.views["batches"] = {"batches": [BATCH]}
    assert said(line.ask("shift.prepare", notes="Проверить S401")) == ["accepted", "prepared"]
    assert line.view["step"] == "preparing"
    assert [m["kind"] for m in line.view["handover"]["matters"]] == ["batch", "prompt", "deviation"]
    line.views["batches"] = {"batches": [{**BATCH, "prompts": []}]}
    line.scan()
    assert [m["kind"] for m in line.view["handover"]["matters"]] == ["batch", "deviation"], "live until it is signed"
    events = line.sign("outgoing", "boris")
    assert said(events) == ["accepted", "signed"]
    assert events[1].data["hash"] == line.view["handover"]["hash"]
    assert (events[1].data["notes"], len(cast(list[Any], events[1].data["matters"]))) == ("Проверить S401", 2)
    line.views.clear()
    line.scan()
    assert len(line.view["handover"]["matters"]) == 2, "what was signed is frozen"
    events = line.sign("incoming", "vera", face_to_face=True, remark="Принято")
    assert said(events) == ["accepted", "signed", "ended", "started"]
    ended = events[2].data
    assert (ended["ended_by"], ended["id"]) == ("user", "20260105-1")
    handover = cast(dict[str, Any], ended["handover"])
    assert (handover["outgoing"]["user"], handover["incoming"]["user"], handover["remark"]) == ("boris", "vera", "Принято")
    view = line.view
    assert (view["step"], view["state"], view["user"], view["handover"]) == ("open", "open", "vera", None)
    assert view["previous"]["handover"] == handover


@pytest.mark.parametrize(
    ("user", "role", "args", "why"),
    [
        ("boris", "shift_lead", {"face_to_face": True}, "nobody signs for both sides"),
        ("vera", "operator", {"face_to_face": True}, "signed by a shift lead"),
        ("vera", "shift_lead", {}, "face to face"),
    ],
)
def test_what_is_no_signature_of_who_comes(user: str, role: str, args: dict[str, Any], why: str) -> None:
    line = Line()
    line.scan()
    line.ask("shift.prepare")
    line.sign("outgoing", "boris")
    before = line.view
    assert before["handover"]["signs"] == {"part": "incoming", "role": "shift_lead", "not_user": "boris"}
    assert why in refused(line.sign("incoming", user, role, **args))
    assert line.view == before
    assert "with a password" in refused(line.ask("shift.sign", part="incoming", face_to_face=True))


def test_a_signature_is_bound_to_what_was_read() -> None:
    line = Line()
    line.scan()
    hot = {"id": "S401.Hi", "unit": "S401", "priority": 2, "text": {"ru": "Жарко", "en": "Hot"}}
    line.views["alarms"] = {"active": [hot]}
    prepared = line.ask("shift.prepare", notes="Проверить S401")
    shown = line.view["handover"]
    assert shown["signs"] == {"part": "outgoing", "role": "shift_lead", "not_user": ""}
    bound = {
        "matters": [{"id": "S401.Hi", "kind": "alarm", "of": "", "text": {"en": "Alarm 2: Hot", "ru": "Тревога 2: Жарко"},
                     "unit": "S401"}],
        "notes": "Проверить S401", "shift": "20260105-1",
    }  # fmt: skip
    canonical = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert shown["hash"] == prepared[1].data["hash"] == hashlib.sha256(canonical).hexdigest()
    line.views["alarms"] = {"active": [{**hot, "id": "C201.Lo", "text": {"ru": "Холодно", "en": "Cold"}}]}
    told = line.sign("outgoing", "boris", hash=shown["hash"])
    assert refused(told) == "The list changed meanwhile: new «Alarm 2: Cold»; gone «Alarm 2: Hot». Read it again"
    now = line.view["handover"]
    assert now["outgoing"] is None
    assert now["changed"] == {shown["hash"]: cast(list[Any], told[0].data["reasons"])[0]}
    line.views["alarms"] = {"active": [hot]}
    line.scan()
    assert line.view["handover"]["hash"] == shown["hash"], "the same list has the same hash"
    line.ask("shift.prepare", notes="Проверить S401 и C201")
    assert "notes of who leaves were changed" in refused(line.sign("outgoing", "boris", hash=shown["hash"]))
    assert "read it again" in refused(line.sign("outgoing", "boris", hash="7" * 64))
    assert "what was read" in refused(line.sign("outgoing", "boris", hash=""))
    line.restart()
    assert said(line.sign("outgoing", "boris")) == ["accepted", "signed"]
    frozen = line.view["handover"]["hash"]
    line.views.clear()
    line.scan()
    assert "what was read" in refused(line.sign("incoming", "vera", face_to_face=True, hash=""))
    assert "read it again" in refused(line.sign("incoming", "vera", face_to_face=True, hash=shown["hash"]))
    events = line.sign("incoming", "vera", face_to_face=True)
    assert events[1].data["hash"] == frozen == cast(dict[str, Any], events[2].data["handover"])["hash"]


def test_what_runs_on_while_somebody_reads_is_not_signed() -> None:
    line = Line()
    line.scan()
    stop = {"id": "stop-1", "unit": "P601", "unqualified": True, "duration_s": 400.0}
    line.views["stops"] = {"stops": [stop]}
    line.ask("shift.prepare")
    before = line.view["handover"]
    line.views["stops"] = {"stops": [{**stop, "duration_s": 800.0}]}
    line.scan()
    now = line.view["handover"]
    assert (before["matters"][0]["now"]["en"], now["matters"][0]["now"]["en"]) == ("7 min", "13 min")
    assert now["hash"] == before["hash"]
    assert said(line.sign("outgoing", "boris", hash=before["hash"])) == ["accepted", "signed"]


def test_lists_that_are_remembered_have_an_end() -> None:
    line = Line()
    line.scan()
    hashes: list[str] = []
    for i in range(12):
        line.ask("shift.prepare", notes=str(i))
        hashes.append(line.view["handover"]["hash"])
    assert list(line.view["handover"]["changed"]) == hashes[-6:-1]
    assert "handover" in line.stage.save(line.state)
    assert "earlier" not in json.dumps(line.stage.save(line.state))


def test_steps_are_not_skipped_and_each_can_be_gone_back() -> None:
    line = Line()
    line.scan()
    assert "not prepared" in refused(line.sign("outgoing", "boris"))
    assert "not prepared" in refused(line.ask("shift.withdraw"))
    line.ask("shift.prepare", notes="1")
    assert "who leaves signs it" in refused(line.sign("incoming", "vera", face_to_face=True))
    line.ask("shift.prepare", notes="2")
    line.sign("outgoing", "boris")
    assert "who comes signs it" in refused(line.ask("shift.prepare", notes="3")), "what was signed is not rewritten"
    assert "who comes signs it" in refused(line.ask("shift.start"))
    events = line.ask("shift.withdraw", why="забыл про мойку")
    assert (said(events), events[1].data["from"], events[1].data["reason"]) == (
        ["accepted", "withdrawn"], "handing_over", "забыл про мойку",
    )  # fmt: skip
    assert (line.view["step"], line.view["handover"]["outgoing"], line.view["handover"]["notes"]) == ("preparing", None, "2")
    line.ask("shift.withdraw")
    assert (line.view["step"], line.view["handover"]) == ("open", None)


def test_an_end_after_the_first_signature_keeps_it() -> None:
    line = Line()
    line.scan()
    line.ask("shift.prepare")
    line.sign("outgoing", "boris")
    events = line.ask("shift.end", note="Выходной")
    handover = cast(dict[str, Any], events[1].data["handover"])
    assert (handover["outgoing"]["user"], handover["incoming"], events[1].data["note"]) == ("boris", None, "Выходной")
    assert line.view["handover"] == handover


def test_the_calendar_says_number_and_crew_where_nobody_else_does() -> None:
    line = Line()
    (event,) = line.scan()
    assert (event.data["number"], event.data["crew"]) == (1, "b")  # 2026-01-05 is an odd number of days after 2024-01-01
    assert event.data["crew_name"] == {"ru": "Бригада Б", "en": "Crew B"}
    planned = cast(dict[str, Any], event.data["planned"])
    assert (planned["shift"], planned["start_ns"], planned["end_ns"]) == ("day", START_NS, START_NS + 12 * HOUR)
    assert line.view["calendar"]["next"]["shift"] == "night"
    assert line.view["calendar"]["meant"]["shift"] == "day", "who starts one now starts this one again"
    line.scan(after_ns=11 * HOUR + HOUR // 2)
    assert line.view["calendar"]["meant"]["shift"] == "night"
    events = line.ask("shift.start")
    assert (events[2].data["number"], events[2].data["crew"]) == (2, "a"), "half an hour early is the night shift already"
    events = line.ask("shift.start", number=7, crew="Наладчики")
    assert (events[2].data["number"], events[2].data["crew"], events[2].data["planned"]) == (7, "Наладчики", None)


def test_a_shift_that_nobody_ended_is_ended_by_rule_and_marked() -> None:
    line = Line()
    line.scan()
    line.ask("shift.prepare", notes="недописано")
    assert line.view["calendar"]["ends_by_rule_ns"] == START_NS + 12 * HOUR + 1800 * S
    line.now_ns = START_NS + 12 * HOUR + 1799 * S
    assert line.scan(after_ns=0) == []
    event, begun = line.scan()
    assert (event.data["what"], event.data["ended_by"], event.data["by"], event.data["handover"]) == ("ended", "rule", "", None)
    assert (begun.data["what"], begun.data["started_by"], begun.data["user"], begun.data["number"]) == ("started", "rule", "", 2)
    assert line.view["previous"]["ended_by"] == "rule"
    assert (line.view["state"], line.view["started_by"], line.view["crew"]) == ("open", "rule", "a")
    assert line.scan() == [], "once"
    assert said(line.ask("shift.start")) == ["accepted", "ended", "started"]
    assert line.view["started_by"] == "user"


def test_a_shift_that_nobody_started_begins_by_rule() -> None:
    line = Line()
    line.scan()
    line.now_ns = START_NS + 11 * HOUR
    line.ask("shift.end")
    line.now_ns = START_NS + 12 * HOUR + 1799 * S
    assert line.scan(after_ns=0) == [], "people are given time"
    line.restart(after_ns=0)
    (begun,) = line.scan()
    assert (begun.data["started_by"], begun.data["number"], begun.time_ns) == ("rule", 2, START_NS + 12 * HOUR + 1800 * S)
    line.restart()
    assert line.view["started_by"] == "rule"
    line.ask("shift.end")
    assert line.scan(after_ns=2 * HOUR) == [], "one that was ended before its time does not begin again"
    line.now_ns -= HOUR
    assert line.scan() == [], "nor when the clock is set back"


def test_no_hour_of_the_calendar_is_without_a_shift() -> None:
    line = Line()
    told = line.scan()
    for _ in range(4 * 24 * 3):
        told += line.scan(after_ns=HOUR // 4)
    spans = [e for e in told if e.kind == "shift"]
    ends = [e.time_ns for e in spans if e.data["what"] == "ended"]
    begins = [e.time_ns for e in spans if e.data["what"] == "started"]
    assert (len(begins), begins[1:]) == (6, ends), "each begins in the scan that ended the one before"
    assert [e.data["number"] for e in spans if e.data["what"] == "started"] == [1, 2, 1, 2, 1, 2]


def test_a_day_off_is_without_a_shift() -> None:
    monday = PlannedShift("day", DAY.name, 1, time(8), time(20), days=frozenset({0}))
    line = Line(Calendar("UTC", (monday,), {}, auto_end_after_min=30))
    line.scan()
    (ended,) = line.scan(after_ns=13 * HOUR)
    assert ended.data["ended_by"] == "rule"
    assert line.scan(after_ns=24 * HOUR) == []


def test_the_rule_waits_while_people_sign_but_not_for_ever() -> None:
    line = Line()
    line.scan()
    rule_ns = START_NS + 12 * HOUR + 1800 * S
    line.now_ns = rule_ns - 60 * S
    line.ask("shift.prepare")
    line.sign("outgoing", "boris")
    line.now_ns = rule_ns + 60 * S
    assert line.scan() == []
    assert line.view["calendar"]["ends_by_rule_ns"] > line.now_ns
    assert said(line.sign("incoming", "vera", face_to_face=True)) == ["accepted", "signed", "ended", "started"]
    line = Line()
    line.scan()
    line.now_ns = rule_ns - 60 * S
    told = line.ask("shift.prepare")
    for _ in range(30):
        told += line.ask("shift.prepare") if line.view["number"] == 1 else []
        line.now_ns += 300 * S
    ended = [e for e in told if e.data.get("what") == "ended"]
    assert [e.data["ended_by"] for e in ended] == ["rule"]
    assert rule_ns + HOUR <= ended[0].time_ns <= rule_ns + HOUR + 600 * S


def test_a_shift_outside_the_calendar_ends_when_the_next_planned_one_has_begun() -> None:
    weekdays = PlannedShift("day", DAY.name, 1, time(8), time(20), days=frozenset({0}))
    line = Line(Calendar("UTC", (weekdays,), {}, auto_end_after_min=30))
    line.now_ns = START_NS + 24 * HOUR
    line.scan()
    assert line.view["planned"] is None
    assert line.view["calendar"]["ends_by_rule_ns"] == START_NS + 7 * 24 * HOUR + 1800 * S


def test_a_line_without_a_calendar_ends_nothing_by_rule() -> None:
    line = Line(None)
    line.scan()
    assert line.scan(after_ns=40 * 24 * HOUR) == []
    assert (line.view["state"], line.view["calendar"]) == ("open", None)


def test_a_restart_keeps_the_hand_over_and_the_rule() -> None:
    line = Line()
    line.scan()
    line.ask("shift.prepare", notes="Н")
    line.sign("outgoing", "boris")
    line.ask("log.entry", category="safety", text="Пролив")
    before = line.view
    line.restart()
    line.scan()
    assert line.view == before
    line.restart(after_ns=49 * HOUR)
    event, begun = line.scan()
    assert begun.data["started_by"] == "rule"
    assert (event.data["ended_by"], cast(dict[str, Any], event.data["handover"])["outgoing"]["user"]) == ("rule", "boris")


def test_a_shift_saved_before_there_were_hand_overs_is_read() -> None:
    line = Line()
    line.scan()
    saved = dict(line.stage.save(line.state))
    for key in ("step", "user", "planned", "ended", "handover", "log"):
        del saved[key]
    line.state = line.stage.restore({**saved, "ended_totals": None}, line.now_ns)
    assert line.view["step"] == "open"
    assert line.view["calendar"]["ends_by_rule_ns"] == START_NS + 12 * HOUR + 1800 * S


# The log


def test_entries_are_corrected_by_entries_and_never_erased() -> None:
    line = Line()
    line.scan()
    events = line.ask("log.entry", category="safety", text=" Пролив масла ", unit="S401", photo="a" * 64)
    assert (events[0].data["entry"], events[1].source, events[1].unit) == ("L1", "20260105-1", "S401")
    assert dict(events[1].data) == {
        "what": "entry", "entry": "L1", "category": "safety", "text": "Пролив масла", "unit": "S401", "user": "anna",
        "photo": "a" * 64,
    }  # fmt: skip
    events = line.ask("log.correct", target="L1", text="Пролив воды", why="ошибся")
    assert dict(events[1].data) == {
        "what": "correction", "entry": "L2", "of": "L1", "text": "Пролив воды", "reason": "ошибся", "user": "anna",
    }  # fmt: skip
    (entry,) = line.view["log"]
    assert (entry["text"], [c["text"] for c in entry["corrections"]]) == ("Пролив масла", ["Пролив воды"])


def test_whose_entry_and_why() -> None:
    line = Line()
    line.scan()
    line.ask("log.entry", category="quality", text="Т")
    assert "by a shift lead" in refused(line.ask("log.correct", target="L1", text="Х", user="vera", why="так"))
    assert "why" in refused(line.ask("log.correct", target="L1", text="Х"))
    assert "is not among" in refused(line.ask("log.correct", target="L9", text="Х", why="так"))
    assert "category" in refused(line.ask("log.entry", category="gossip", text="Х"))
    assert "at most 2000" in refused(line.ask("log.entry", category="other", text=" "))
    assert said(line.ask("log.correct", target="L1", text="Х", user="vera", role="shift_lead", why="так")) == [
        "accepted", "correction",
    ]  # fmt: skip


def test_corrections_of_one_entry_have_an_end() -> None:
    line = Line()
    line.scan()
    line.ask("log.entry", category="other", text="т")
    for i in range(CORRECTIONS_MAX):
        assert said(line.ask("log.correct", target="L1", text=str(i), why="так")) == ["accepted", "correction"]
    assert "write a new one" in refused(line.ask("log.correct", target="L1", text="ещё", why="так"))
    assert [c["text"] for c in line.view["log"][0]["corrections"]] == [str(i) for i in range(CORRECTIONS_MAX)]


def test_an_entry_between_shifts_belongs_to_the_last_one_and_old_entries_leave_the_state_only() -> None:
    line = Line()
    line.scan()
    line.ask("shift.end")
    events = line.ask("log.entry", category="other", text="после смены")
    assert events[1].source == "20260105-1"
    for i in range(201):
        line.ask("log.entry", category="other", text=str(i))
    assert (len(line.state.log.entries), line.state.log.entries[0].id, len(line.view["log"])) == (200, "L3", 50)
    assert "first of them is L3" in refused(line.ask("log.correct", target="L1", text="Х", why="так"))


# Open matters


def test_open_matters_name_what_the_next_shift_has_to_know() -> None:
    alarm = {"id": "S401.Hi", "unit": "S401", "priority": 2, "text": {"ru": "Жарко", "en": "Hot"}}
    views: dict[str, Any] = {
        "batches": {"batches": [BATCH, {"id": "B6", "state": "complete", "prompts": [], "deviations": []}]},
        "alarms": {
            "active": [alarm], "shelved": [{**alarm, "by": "anna", "reason": "датчик"}], "suppressed": [alarm],
            "out_of_service": [],
        },
        "units": {"units": {"S401": {"mode": "manual"}, "C201": {"mode": "auto"}}},
        "stops": {"stops": [{"id": "stop-1", "unit": "P601", "unqualified": True, "duration_s": 400.0},
                            {"id": "stop-2", "unit": "P601", "unqualified": False}]},
        "orders": {"orders": [{"id": "o1", "number": "З-1", "status": "running", "recipe_name": {"ru": "Д", "en": "D"},
                               "done_pct": 40.2}, {"id": "o2", "status": "closed"}]},
        "requests": {"requests": [{"id": "r1", "number": 4, "status": "done", "kind_name": {"ru": "Неисправность", "en": "Fault"},
                                   "text": "Стук"}, {"id": "r2", "status": "confirmed"}]},
        "materials": {"more_lots": 0, "lots": [
            {"id": "A", "material": "beef", "name": {"ru": "Говядина", "en": "Beef"}, "left_kg": 40.5, "status": "available"},
            {"id": "B", "material": "beef", "name": {"ru": "Говядина", "en": "Beef"}, "left_kg": 9.5, "status": "on_hold"}]},
        "calls": {"calls": [{"id": "call-1", "number": 1, "unit": "", "state": "open", "service_name": {"ru": "Р", "en": "M"},
                             "reason": {"ru": "Стук", "en": "Knock"}},
                            {"id": "call-2", "number": 2, "state": "closed"}]},
    }  # fmt: skip
    rows = cast(list[dict[str, Any]], open_matters(views))
    assert [r["kind"] for r in rows] == [
        "batch", "prompt", "deviation", "alarm", "hidden_alarm", "hidden_alarm", "manual", "call", "stop", "request",
        "order", "lot",
    ]  # fmt: skip
    doing: list[Any] = [
        {"node": n, "unit": "S401", "phase": p, "phase_state": None, "left_s": None} for n, p in (("n3", "cook"), ("n5", ""))
    ]
    assert in_progress(views)[0] == {"batch": "B7", "state": "held", "active": doing}
    assert [(r["kind"], r["id"], r["of"]) for r in rows if r["of"]] == [("prompt", "B7", "n4"), ("deviation", "B7", "1")]
    assert [r["id"] for r in rows] == [
        "B7", "B7", "B7", "S401.Hi", "S401.Hi", "S401.Hi", "S401", "call-1", "stop-1", "r1", "o1", "B",
    ]  # fmt: skip
    assert [r["now"]["en"] for r in rows if r["now"]["en"]] == ["7 min", "40 % done"]
    assert rows[0]["text"]["ru"] == "Партия №7 (Докторская) задержана, Варка: датчик", "a name, no id"
    assert rows[0]["text"]["en"] == "Batch №7 (Doktorskaya) is held, Cooking: probe"
    assert rows[-1]["text"] == {"ru": "Партия сырья B (Говядина), 9,5 кг: задержана", "en": "Lot B (Beef), 9.5 kg: on hold"}
    assert rows[4]["text"]["en"] == "Alarm shelved (anna: датчик): Hot"
    assert open_matters({}) == []
    assert stock(views) == [{"material": "beef", "name": {"ru": "Говядина", "en": "Beef"}, "lots": 2, "kg": 50.0, "held_kg": 9.5}]
    assert stock({}) is None
    assert stock({"materials": {**views["materials"], "more_lots": 3}}) is None, "a part of the stock is no figure"
    many = {"alarms": {"active": [alarm] * 300}}
    rows = cast(list[dict[str, Any]], open_matters(cast(dict[str, JsonObject], many)))
    assert (len(rows), rows[-1]["text"]["en"]) == (MATTERS_MAX, "and 101 more")


# Anything in any order

ACTIONS = ("start", "end", "prepare", "out", "in", "withdraw", "entry", "night", "restart")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_whatever_is_asked_the_shifts_follow_each_other_and_only_two_people_sign(actions: list[str]) -> None:
    line = Line()
    told = line.scan()
    for action in actions:
        match action:
            case "out":
                told += line.sign("outgoing", "boris")
            case "in":
                told += line.sign("incoming", "vera", face_to_face=True)
            case "entry":
                told += line.ask("log.entry", category="other", text="т")
            case "night":
                told += line.scan(after_ns=9 * HOUR)
            case "restart":
                line.restart()
            case _:
                told += line.ask(f"shift.{action}", why="так")
        assert line.view["step"] in set(ShiftStep)
        assert line.view["state"] == ("closed" if line.view["step"] == "closed" else "open")
    course = [(e.data["what"], e.source) for e in told if e.data.get("what") in ("started", "ended")]
    assert [w for w, _ in course] == (["started", "ended"] * len(course))[: len(course)]
    assert all(a[1] == b[1] for a, b in zip(course[::2], course[1::2], strict=False))
    for event in told:
        if event.data.get("what") == "ended" and (handover := cast("dict[str, Any] | None", event.data["handover"])):
            assert handover["outgoing"]["user"] == "boris"
            assert handover["incoming"] is None or handover["incoming"]["user"] == "vera"


@pytest.mark.parametrize("kind", ["shift.end", "shift.start", "shift.prepare"])
def test_what_was_meant_for_another_shift_changes_none(kind: str) -> None:
    line = Line()
    line.scan()
    before = line.view["id"]
    assert said(line.ask("shift.start", target=before))[0] == "accepted"
    state = line.state
    assert "Another shift has begun meanwhile" in refused(line.ask(kind, target=before))
    assert (line.state.id, line.state.step) == (state.id, state.step)
    assert said(line.ask(kind, target=state.id))[0] == "accepted"
