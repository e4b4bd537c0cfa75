"""A night shift of the sausage line: the steam valve of smokehouse 1 sticks open at 03:00 and nobody stands at the panel.

Horn at once, the shift lead after two minutes, maintenance by mail after five; then somebody comes, acknowledges, the valve is
repaired, the alarm returns. Plant, PLCs, scan, journal, notifier and mail server are real; the clock is a manual one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from historian.queries import Queries
from line.clock import NS_PER_S
from line.jsontools import objects
from line.messages import Command, CommandKind, Event, Json, JsonObject
from notify.contacts import FILE, ContactsFile
from notify.delivery import Mailroom, Notice
from notify.notifier import outbox
from potok.courier import notice_result
from potok.linefolder import find_folder, load_line
from potok.operator import Operator
from potok.shift import Fingerprint, PlannedFault, ShiftRecorder, ShiftSettings, ShiftStepper
from potok.yamlfile import read_yaml
from tests.mailboxes import Mail, MailServer, mail_server
from tests.scenarios.coarse import coarse_folder
from tests.scenarios.plant import run_potok

SEED = 7
START_MIN, HOURS = 95, 1.87
"""From 01:35: smokehouse 1 cooks its first batch when the fault comes at 03:00."""

FAULT = PlannedFault(85.0, "stuck_valve", "S401.SteamValve", 100.0, 20.0)
ALARM = "S401.ChamberTemp.high_high"
OUTSIDE = ("maintenance", "technologist", "production_head")
AWAY, BACK = "02:50:00", "03:10:30"
COMMENT = "Закрыл ручной вентиль пара, жду механика"


@dataclass
class Night:
    """Everything that was kept of the night, read when it was over."""

    events: Sequence[Event]
    mails: list[Mail]
    sent: list[tuple[Notice, int]]
    zone: ZoneInfo
    horn: list[tuple[int, float]]

    def local(self, time_ns: int) -> str:
        return local(time_ns, self.zone)

    def of(self, kind: str, source: str = "", **data: Json) -> list[Event]:
        found = [e for e in self.events if e.kind == kind and source in ("", e.source)]
        return [e for e in found if all(e.data.get(k) == v for k, v in data.items())]

    def notices(self, what: str) -> list[Event]:
        return self.of("notice", what=what, run=ALARM)

    def steps(self, policy: str) -> list[Event]:
        return self.of("escalation", ALARM, what="step", policy=policy)

    def annunciated_ns(self) -> int:
        """When the chamber was overheated: the alarm of priority 1."""
        [event] = self.of("alarm", ALARM, to="unack_active")
        return event.time_ns

    def since(self, event: Event) -> float:
        """Seconds since that alarm."""
        return (event.time_ns - self.annunciated_ns()) / NS_PER_S


def local(time_ns: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(time_ns // NS_PER_S, zone).strftime("%H:%M:%S")


class NightShift:
    """Works as every operator, is at the other end of the plant from 02:50, and runs in at 03:10:30: acknowledges and acts."""

    def __init__(self, operator: Operator, zone: ZoneInfo) -> None:
        self._operator = operator
        self._zone = zone
        self._came = False

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        time = local(now_ns, self._zone)
        if AWAY <= time < BACK:
            return []
        if self._came or not BACK <= time < "12:00:00":
            return self._operator.look(now_ns, views)
        self._came = True
        standing = [str(a["id"]) for a in objects(views["alarms"]["active"])]
        comments = [self._command(now_ns, CommandKind.ALARM_COMMENT, a, {"text": COMMENT}) for a in standing]
        return [self._command(now_ns, CommandKind.ALARM_ACK, "", {"alarms": standing}), *comments]

    def _command(self, now_ns: int, kind: CommandKind, target: str, args: JsonObject) -> Command:
        return Command(f"night-{kind}-{target}", kind, target, args, "petrov", "operator", "S401", now_ns)


@dataclass
class MailCourier:
    """The notifier's delivery, one entry of the outbox after the other: real mails, at the shift's own time."""

    contacts: ContactsFile
    sent: list[tuple[Notice, int]] = field(default_factory=list[tuple[Notice, int]])
    done: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> list[Command]:
        answers: list[Command] = []
        for notice in outbox(views["escalation"]):
            if (notice.id, notice.attempt) in self.done:
                continue
            self.done.add((notice.id, notice.attempt))
            delivery = asyncio.run(Mailroom(self.contacts).deliver(notice))
            assert delivery is not None
            self.sent.append((notice, now_ns))
            error = delivery.error.to_json()
            answers.append(notice_result(now_ns, notice.id, notice.attempt, delivered=delivery.delivered, error=error))
        return answers


def contacts_file(folder: Path, server: MailServer) -> ContactsFile:
    lines = [f"  {c}: 'mailto://127.0.0.1:{server.port}?from=potok@plant.test&to={c}@plant.test'\n" for c in OUTSIDE]
    (folder / FILE).write_text("contacts:\n" + "".join(lines), encoding="utf-8")
    (folder / FILE).chmod(0o600)
    return ContactsFile(folder / FILE, read_yaml)


def night_of(data: Path) -> Night:
    """Run the whole night, and read what is left of it."""
    print(f"seed {SEED}")
    line = load_line(find_folder("sausage"))
    zone = ZoneInfo(line.escalation.time_zone)
    settings = ShiftSettings(HOURS, SEED, (FAULT,), data, start_min=START_MIN)
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, data)
    assert recorder.writer is not None
    shift = ShiftStepper(line, settings, recorder, fingerprint)
    with mail_server(now_ns=shift.clock.now_ns) as server:
        courier = MailCourier(contacts_file(data, server))
        assert isinstance(shift.operator, Operator)
        shift.operator = NightShift(shift.operator, zone)
        shift.courier = courier
        try:
            shift.run(lambda _share: None)
        finally:
            recorder.writer.close()
        mails = list(server.mails)
    queries = Queries(data)
    assert queries.verify_chain() == (True, None)
    events = [e for kind in ("alarm", "escalation", "notice", "write", "command") for e in queries.events_after(0, 100_000, kind)]
    horn = queries.history(["Site.Horn"], 0, shift.clock.now_ns(), 100_000)["Site.Horn"]
    samples = [(t, float(v)) for t, v in zip(horn.t, horn.v, strict=True) if v is not None]
    return Night(sorted(events, key=lambda e: e.seq), mails, courier.sent, zone, samples)


@pytest.mark.timeout(400)
def test_a_night_in_which_the_steam_valve_sticks_open(tmp_path: Path) -> None:
    night = night_of(tmp_path)
    check_who_was_told_when(night)
    check_journal_and_mail_server_agree(night)
    check_what_the_mail_says(night)
    check_nothing_after_the_acknowledgement(night)
    check_horn(night)
    check_return(night)


def check_who_was_told_when(night: Night) -> None:
    """Horn at once, shift lead after two minutes, maintenance by mail after five."""
    began_ns = night.annunciated_ns()
    assert "03:00:00" < night.local(began_ns) < "03:05:00"
    steps = [(night.since(e), e.data["step"], e.data["outputs"], e.data["tell"]) for e in night.steps("p1_night")]
    assert steps == [
        (0.0, 1, ["horn", "light_red"], []),
        (60.0, 2, ["horn"], []),
        (120.0, 3, [], ["shift_lead"]),
        (300.0, 4, ["horn"], ["maintenance", "technologist"]),
    ]
    told = [e for e in night.notices("told") if e.data["policy"] == "p1_night" and e.data["step"]]
    assert [(night.since(e), e.data["contact"]) for e in told] == [
        (120.0, "shift_lead"), (300.0, "maintenance"), (300.0, "technologist"),
    ]  # fmt: skip
    assert night.notices("failed") == night.notices("given_up") == []


def check_journal_and_mail_server_agree(night: Night) -> None:
    """Each notice of the journal is one mail: id, contact, text, order, time."""
    sent, delivered = night.notices("sent"), night.notices("delivered")
    assert len(night.mails) == len(sent) == len(delivered) == len(night.sent) == 3
    for event, arrived, (notice, _), mail in zip(sent, delivered, night.sent, night.mails, strict=True):
        assert event.source == arrived.source == notice.id
        assert event.data["attempt"] == arrived.data["attempt"] == notice.attempt == 1
        assert event.data["contact"] == arrived.data["contact"] == notice.contact
        assert mail.to == (f"{notice.contact}@plant.test",)
        assert isinstance(event.data["text"], Mapping)
        assert event.data["text"]["ru"] == notice.title == mail.subject
        assert notice.body == mail.body
        assert event.time_ns <= mail.time_ns < arrived.time_ns <= event.time_ns + 2 * NS_PER_S
    assert [m.time_ns for m in night.mails] == sorted(m.time_ns for m in night.mails)


def check_what_the_mail_says(night: Night) -> None:
    """What, where, how much, since when, who was told before, what to do."""
    first = night.mails[0]
    assert first.subject == "Тревога P1 не квитирована: S-401: перегрев камеры, 90 °C"
    since = datetime.fromtimestamp(night.annunciated_ns() // NS_PER_S, night.zone).strftime("%d.%m.%Y %H:%M:%S")
    for words in ("S-401", "предел 90", since, "Мастер смены", "Перекройте ручной вентиль пара"):
        assert words in first.body


def check_nothing_after_the_acknowledgement(night: Night) -> None:
    """It ends everything at once; whoever set out is told so."""
    [acked] = night.of("alarm", ALARM, to="acked_active", **{"from": "unack_active"})
    assert (night.local(acked.time_ns), acked.data["user"]) == (BACK, "petrov")
    [ended] = night.of("escalation", ALARM, what="ended", policy="p1_night")
    assert (ended.time_ns, ended.data["why"]) == (acked.time_ns, "acked")
    [idle] = night.of("escalation", ALARM, what="ended", policy="p1_idle")
    assert (idle.time_ns, idle.data["why"]) == (acked.time_ns, "action")
    later = [e for e in night.of("notice") if e.time_ns >= acked.time_ns]
    assert [(e.data["what"], e.data["contact"]) for e in later] == [(w, "maintenance") for w in ("told", "sent", "delivered")]
    assert [e for e in night.of("escalation") if e.time_ns > acked.time_ns] == []
    after = [m for m in night.mails if m.time_ns >= acked.time_ns]
    assert [(m.to, m.subject) for m in after] == [
        (("maintenance@plant.test",), "Тревога квитирована: S-401: перегрев камеры, 90 °C")
    ]
    assert "тревога квитирована (petrov)" in after[0].body


def check_horn(night: Night) -> None:
    """Written on and off, verified, and read back from the PLC: from the alarm to the acknowledgement."""
    began_ns = night.annunciated_ns()
    [acked] = night.of("alarm", ALARM, to="acked_active", **{"from": "unack_active"})
    written = night.of("write", "escalation", tag="Site.Horn")
    assert [(e.data["value"], e.data["status"]) for e in written] == [(1.0, "Good"), (0.0, "Good")]
    for event, when_ns in zip(written, (began_ns, acked.time_ns), strict=True):
        assert when_ns <= event.time_ns <= when_ns + NS_PER_S
    edges = [now for before, now in pairwise(night.horn) if before[1] != now[1]]
    assert [v for _, v in edges] == [1.0, 0.0], "the PLC's own horn, as it was read back and stored"
    for (time_ns, _), event in zip(edges, written, strict=True):
        assert abs(time_ns - event.time_ns) <= NS_PER_S


def check_return(night: Night) -> None:
    """The valve is repaired, the acknowledged alarm returns, and that is all."""
    comments = night.of("alarm", ALARM, event="comment")
    assert [(e.data["comment"], e.data["user"]) for e in comments] == [(COMMENT, "petrov")]
    [returned] = night.of("alarm", ALARM, to="normal", **{"from": "acked_active"})
    assert "03:20:00" < night.local(returned.time_ns) < "03:27:00"
    assert night.of("alarm", ALARM)[-1] == returned


@pytest.mark.timeout(300)
def test_the_shift_command_shows_the_same_and_says_that_its_courier_is_simulated(tmp_path: Path) -> None:
    """A shorter night: smokehouse 1 cooks since 03:00, its operator is the tireless one who acknowledges within the minute."""
    fault = "85:stuck_valve:S401.SteamValve:100:20"
    line = str(coarse_folder(tmp_path))
    done = run_potok(
        "shift", line, "--hours", "1.75", "--start", "01:35", "--seed", str(SEED), "--fault", fault, "--json", timeout_s=200
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    escalation = report["escalation"]
    assert escalation["delivery"] == "simulated"
    assert escalation["started"] == report["events"]["escalation"] - escalation["steps"] - sum(escalation["ended"].values())
    assert escalation["ended"]["acked"] >= 2
    log = [row for row in escalation["log"] if row["of"] == ALARM]
    assert log[0]["local"].startswith("03:0")
    assert [(r["what"], r.get("outputs")) for r in log if r["kind"] == "escalation"][:3] == [
        ("started", None), ("started", None), ("step", ["horn", "light_red"]),
    ]  # fmt: skip
    told = [(r["what"], r["contact"]) for r in log if r["kind"] == "notice"]
    assert ("delivered", "maintenance") in told
    assert ("told", "shift_lead") in told
    assert escalation["notices"]["delivered"] == escalation["notices"]["sent"]
