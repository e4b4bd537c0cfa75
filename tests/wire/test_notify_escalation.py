"""From a call that nobody accepts to a mail: stages, engine socket, notifier, mail server and web hook, all real.

The engine's clock is run ten times as fast as the real one; everything between it and the mail server takes real time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from alarms.calls import CallStage
from alarms.escalation import EscalationStage
from alarms.policy import Contact, EscalatesOn, EscalationPlan, Policy, Service, Step
from line.clock import NS_PER_S, ManualClock, SystemClock
from line.documents import Text
from line.engine import Engine
from line.gateway import Gateway
from line.image import Snapshot
from line.jsontools import objects
from line.messages import Command, Event, Json, JsonObject
from line.scan import ScanPlan
from notify.contacts import ContactsFile
from notify.notifier import Notifier
from potok.describe import describe
from potok.engine_server import EngineServer
from potok.linefolder import LoadedLine, find_folder, load_line
from potok.yamlfile import read_yaml
from server.engine_link import EngineLink
from tests.builders import T0_NS
from tests.mailboxes import MailServer, mail_server, refused_url, silent_server, web_hook
from tests.ports import free_port
from tests.waiting import until

FAST = 0.1
"""Seconds of the engine's clock per look at a condition, every 10 ms."""


@cache
def sausage() -> LoadedLine:
    return load_line(find_folder("sausage"))


def name(text: str) -> Text:
    return Text(ru=text, en=text)


def plan(*steps: Step) -> EscalationPlan:
    """Calls of maintenance that nobody accepts; three people outside."""
    contacts = {c: Contact(c, name(c), outside=True) for c in ("maintenance", "quality", "technologist")}
    services = {"maintenance": Service("maintenance", Text(ru="Механик", en="Maintenance"))}
    return EscalationPlan(contacts=contacts, services=services, policies=(Policy("calls", EscalatesOn.UNACCEPTED, steps),))


class Journal:
    """Everything is durable at once."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        self.events += events
        if on_durable is not None:
            on_durable()

    def sample(self, image: Snapshot) -> None:
        return


@dataclass
class Rig:
    folder: Path
    engine: Engine
    journal: Journal
    gateway: Gateway
    engine_server: EngineServer
    clock: ManualClock = field(default_factory=lambda: ManualClock(T0_NS))

    def scan(self, seconds: float = FAST) -> None:
        """One scan, that much later."""
        self.clock.advance_ns(round(seconds * NS_PER_S))
        outputs = self.engine.scan(self.clock.now_ns(), (), (), {})
        self.gateway.publish(self.engine.state.image, {n: self.engine.state.views[n] for n in outputs.changed})
        self.gateway.publish_events(outputs.events)

    async def scans_until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Scan on until it holds."""

        def holds() -> bool:
            self.scan()
            return condition()

        await until(holds, timeout_s)

    async def lose_link(self) -> None:
        """As if the engine were gone: its socket closes."""
        await self.engine_server.stop()

    async def find_link(self) -> None:
        """The engine listens again, at another port."""
        self.engine_server = EngineServer(self.engine, self.gateway, describe(sausage()), lambda seq, limit: [], self.folder)
        await self.engine_server.start()

    def call(self, reason: str = "Не греет камера") -> None:
        args: dict[str, Json] = {"service": "maintenance", "reason": {"ru": reason, "en": reason}}
        command = Command(
            f"c{len(self.journal.events)}", "call.create", "S401", args, "anna", "operator", "p1", self.clock.now_ns()
        )
        self.engine.submit(command)

    def accept(self) -> None:
        call = objects(self.engine.state.views["calls"]["calls"])[0]
        command = Command("accept", "call.accept", str(call["id"]), {}, "ivan", "operator", "p1", self.clock.now_ns())
        self.engine.submit(command)

    def told(self, kind: str = "notice") -> list[tuple[str, str, int]]:
        """What the journal says of notices: what, contact, attempt."""
        data = [e.data for e in self.journal.events if e.kind == kind]
        return [(str(d["what"]), str(d["contact"]), int(str(d["attempt"]))) for d in data]

    def errors(self) -> list[str]:
        """English reasons of the failed attempts, in order."""
        data = [e.data for e in self.journal.events if e.kind == "notice" and e.data["what"] == "failed"]
        return [str(d["error"]["en"]) for d in data if isinstance(d["error"], Mapping)]

    def contacts(self, **urls: str) -> None:
        text = "".join(f"  {contact}: '{url}'\n" for contact, url in urls.items())
        file = self.folder / "contacts.yaml"
        file.write_text(f"contacts:\n{text}", encoding="utf-8")
        file.chmod(0o600)


@asynccontextmanager
async def rig(folder: Path, escalation: EscalationPlan, within_s: float = 40.0) -> AsyncIterator[Rig]:
    line = sausage()
    stages = (
        CallStage(escalation, set(line.model.units)),
        EscalationStage(escalation, line.alarms, line.model.tags, {}, line.model.file.name),
    )
    scan_plan = ScanPlan(line.model, stages)
    journal, gateway = Journal(), Gateway()
    engine = Engine(scan_plan, scan_plan.initial(), journal)
    engine_server = EngineServer(engine, gateway, describe(line), lambda seq, limit: [], folder)
    await engine_server.start()
    made = Rig(folder, engine, journal, gateway, engine_server)
    made.scan()
    link = EngineLink(folder, SystemClock(), after_seq=-1)
    notifier = Notifier(link, ContactsFile(folder / "contacts.yaml", read_yaml), SystemClock(), within_s)
    await notifier.start()
    await link.start()
    try:
        await until(lambda: link.up)
        yield made
    finally:
        await link.stop()
        await notifier.close()
        await made.engine_server.stop()


def run(folder: Path, escalation: EscalationPlan, body: Callable[[Rig], Awaitable[None]], within_s: float = 40.0) -> None:
    async def main() -> None:
        async with rig(folder, escalation, within_s) as made:
            await body(made)

    asyncio.run(main())


def test_a_call_reaches_a_person_by_mail(tmp_path: Path) -> None:
    async def body(r: Rig) -> None:
        with mail_server() as server:
            r.contacts(maintenance=server.url)
            r.call("Течёт насос № 2 — «ёлочка»")
            await r.scans_until(lambda: ("delivered", "maintenance", 1) in r.told())
            [mail] = server.mails
        assert "Механик" in mail.subject
        assert "Течёт насос № 2 — «ёлочка»" in mail.body
        assert "Линия" in mail.body
        assert r.told() == [("told", "maintenance", 0), ("sent", "maintenance", 1), ("delivered", "maintenance", 1)]
        results = [e.data for e in r.journal.events if e.kind == "command" and e.data["kind"] == "notice.result"]
        assert [(d["status"], d["user"]) for d in results] == [("received", "notifier"), ("accepted", "notifier")]

    run(tmp_path, plan(Step(1.0, tell=("maintenance",))), body)


def test_a_server_that_was_down_is_tried_again(tmp_path: Path) -> None:
    port = free_port()

    async def body(r: Rig) -> None:
        r.contacts(maintenance=f"mailto://127.0.0.1:{port}?from=potok@plant.test&to=mechanic@plant.test")
        r.call()
        await r.scans_until(lambda: ("failed", "maintenance", 1) in r.told())
        assert r.errors() == ["mailto: connection refused"]
        with mail_server(port) as server:
            await r.scans_until(lambda: ("delivered", "maintenance", 2) in r.told())
            assert len(server.mails) == 1
        assert [w for w, _, _ in r.told()] == ["told", "sent", "failed", "sent", "delivered"]

    run(tmp_path, plan(Step(1.0, tell=("maintenance",), attempts=3, retry_s=2.0)), body)


def test_a_server_that_stays_down_is_given_up_and_the_next_person_is_told_at_once(tmp_path: Path) -> None:
    steps = (Step(1.0, tell=("maintenance",), attempts=2, retry_s=1.0), Step(3600.0, tell=("quality",)))

    async def body(r: Rig) -> None:
        with web_hook() as hook:
            r.contacts(maintenance=refused_url(), quality=hook.url)
            r.call()
            await r.scans_until(lambda: ("delivered", "quality", 1) in r.told())
            assert len(hook.posts) == 1
        assert r.told() == [
            ("told", "maintenance", 0), ("sent", "maintenance", 1), ("failed", "maintenance", 1), ("sent", "maintenance", 2),
            ("failed", "maintenance", 2), ("given_up", "maintenance", 2), ("told", "quality", 0), ("sent", "quality", 1),
            ("delivered", "quality", 1),
        ]  # fmt: skip
        steps_taken = [e.data["step"] for e in r.journal.events if e.kind == "escalation" and e.data["what"] == "step"]
        assert steps_taken == [1, 2]
        assert r.clock.now_ns() < T0_NS + 600 * NS_PER_S, "the second step was not awaited"

    run(tmp_path, plan(*steps), body)


def test_every_way_to_fail_says_why(tmp_path: Path) -> None:
    async def body(r: Rig) -> None:
        with web_hook(500) as hook, mail_server() as refusing:
            refusing.refuses = "550 5.7.1 relaying denied"
            r.contacts(maintenance=hook.url, quality=refusing.url)
            r.call()
            await r.scans_until(lambda: len(r.errors()) == 3)
        by_contact = {c: e for (w, c, _), e in zip([t for t in r.told() if t[0] == "failed"], r.errors(), strict=True)}
        assert by_contact["maintenance"] == "json: the server answered HTTP 500"
        assert by_contact["quality"] == "mailto: the mail server answered 550 5.7.1 relaying denied"
        assert by_contact["technologist"].startswith("the contact 'technologist' has no address: add it to contacts.yaml")

    run(tmp_path, plan(Step(1.0, tell=("maintenance", "quality", "technologist"), attempts=1)), body)


def test_a_hanging_server_delays_neither_the_engine_nor_another_contact(tmp_path: Path) -> None:
    async def body(r: Rig) -> None:
        with silent_server() as hanging, mail_server() as server:
            r.contacts(maintenance=hanging.url, quality=server.url)
            r.call()
            await r.scans_until(lambda: ("delivered", "quality", 1) in r.told())
            await r.scans_until(lambda: len(hanging.connections) == 1)
            assert ("failed", "maintenance", 1) not in r.told()
            await r.scans_until(lambda: ("failed", "maintenance", 1) in r.told())
            assert r.errors() == ["mailto: no answer within 1 s"]

    run(tmp_path, plan(Step(1.0, tell=("maintenance", "quality"), attempts=1)), body, within_s=1.0)


def test_an_address_that_hangs_beside_one_that_answers_costs_nothing(tmp_path: Path) -> None:
    async def body(r: Rig) -> None:
        with silent_server() as hanging, mail_server() as server:
            (tmp_path / "contacts.yaml").write_text(f"contacts:\n  maintenance: ['{hanging.url}', '{server.url}']\n")
            r.call()
            await r.scans_until(lambda: ("delivered", "maintenance", 1) in r.told())
            assert len(server.mails) == 1

    run(tmp_path, plan(Step(1.0, tell=("maintenance",), attempts=1)), body)


def test_nothing_more_is_told_once_the_call_is_accepted(tmp_path: Path) -> None:
    async def body(r: Rig) -> None:
        with mail_server() as server:
            r.contacts(maintenance=server.url, quality=server.url)
            r.call()
            await r.scans_until(lambda: ("delivered", "maintenance", 1) in r.told())
            r.accept()
            r.scan()
            for _ in range(600):
                r.scan(1.0)
            assert len(server.mails) == 1
        assert {c for _, c, _ in r.told()} == {"maintenance"}

    run(tmp_path, plan(Step(1.0, tell=("maintenance",)), Step(300.0, tell=("quality",))), body)


def test_after_a_restart_of_the_server_what_is_in_the_outbox_is_sent_again(tmp_path: Path) -> None:
    """At least once: the first server process is gone before it could say that its mail went out."""

    async def body(r: Rig) -> None:
        with mail_server() as server:
            r.contacts(maintenance=server.url)
            r.call()
            await r.scans_until(lambda: ("sent", "maintenance", 1) in r.told())
            await delivered_by_another_server(r, server)
            await r.scans_until(lambda: ("delivered", "maintenance", 1) in r.told())

    async def delivered_by_another_server(r: Rig, server: MailServer) -> None:
        link = EngineLink(tmp_path, SystemClock(), after_seq=-1)
        notifier = Notifier(link, ContactsFile(tmp_path / "contacts.yaml", read_yaml), SystemClock())
        await notifier.start()
        await link.start()
        try:
            await until(lambda: len(server.mails) == 2)
        finally:
            await link.stop()
            await notifier.close()

    run(tmp_path, plan(Step(1.0, tell=("maintenance",))), body)


def test_while_the_engine_is_down_the_result_is_kept(tmp_path: Path) -> None:
    async def body(r: Rig) -> None:
        with mail_server() as server:
            r.contacts(maintenance=server.url)
            server.holds.set()
            r.call()
            await r.scans_until(lambda: server.holding)
            await r.lose_link()
            server.holds.clear()
            await until(lambda: len(server.mails) == 1)
            assert ("delivered", "maintenance", 1) not in r.told()
            await r.find_link()
            await r.scans_until(lambda: ("delivered", "maintenance", 1) in r.told())
            assert len(server.mails) == 1

    run(tmp_path, plan(Step(1.0, tell=("maintenance",))), body)
