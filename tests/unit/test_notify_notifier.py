"""The notifier between a fake engine and fake services: what is sent, how often, what is reported, what waits for the engine."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from line.clock import SystemClock
from line.documents import Document, Problem, Text
from line.messages import Json, JsonObject
from notify import delivery
from notify.contacts import Address, ContactsFile
from notify.notifier import Notifier
from notify.reasons import NOT_READ
from notify.sending import Letter, Outcome
from potok import demo, serve
from potok.cli import main
from potok.yamlfile import read_yaml
from server.line_index import LineIndex
from tests.waiting import until
from tests.wire.srv_fakes import DESCRIPTION, FakeLink

REFUSED = Text(ru="в соединении отказано", en="connection refused")


@dataclass
class Services:
    """Every address answers as its URL says: ``ok://``, ``no://``, ``hang://`` (until released)."""

    sent: list[tuple[str, Letter]] = field(default_factory=list[tuple[str, Letter]])
    release: threading.Event = field(default_factory=threading.Event)

    def send(self, address: Address, letter: Letter) -> Outcome:
        self.sent.append((address.url, letter))
        if address.kind == "hang":
            self.release.wait(20)
        return Outcome(address.kind != "no", address.kind, REFUSED)

    def urls(self) -> list[str]:
        return [url for url, _ in self.sent]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    found = Services()
    monkeypatch.setattr(delivery, "send", found.send)
    yield found
    found.release.set()


def entry(notice: str = "N1", contact: str = "maintenance", attempt: int = 1, priority: int = 1) -> JsonObject:
    return {"id": notice, "attempt": attempt, "contact": contact, "language": "ru", "priority": priority,
            "title": f"Тревога {notice}", "body": "С-401"}  # fmt: skip


class Engine(FakeLink):
    """Shows views and loses its link as a real one."""

    def show(self, *entries: JsonObject) -> None:
        listed: Sequence[Json] = entries
        self.views["escalation"] = {"runs": [], "notices": [], "outbox": listed}
        for listener in self.listeners:
            listener.on_view("escalation")

    def set_up(self, up: bool) -> None:
        self.up, self.lost = up, not up
        for listener in self.listeners:
            if up:
                listener.on_line(False, 0)
            listener.on_state(up)

    def results(self) -> list[tuple[str, object, object, object]]:
        return [(c.target, c.args["attempt"], c.args["delivered"], c.args["error"]) for c in self.commands]


def contacts(folder: Path, text: str) -> ContactsFile:
    file = folder / "contacts.yaml"
    file.write_text(f"contacts:\n{text}", encoding="utf-8")
    file.chmod(0o600)
    return ContactsFile(file, read_yaml)


def run(
    folder: Path,
    text: str,
    body: Callable[[Engine, Notifier], Awaitable[None]],
    within_s: float = 10.0,
    *,
    up: bool = True,
    told: bool = False,
) -> Engine:
    engine = Engine(up=up)

    async def main() -> None:
        notifier = Notifier(engine, contacts(folder, text), SystemClock(), within_s, told=told)
        await notifier.start()
        try:
            await body(engine, notifier)
        finally:
            await notifier.close()

    asyncio.run(main())
    return engine


NO_ERROR = {"ru": "", "en": ""}


def test_an_attempt_is_sent_once_and_reported_as_the_notifier(tmp_path: Path, services: Services) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.show(entry())
        engine.show(entry())
        await until(lambda: len(engine.commands) == 1)
        engine.show(entry())
        engine.show(entry(), entry("N2", priority=3))
        await until(lambda: len(engine.commands) == 2)
        engine.show()

    engine = run(tmp_path, "  maintenance: ok://mail\n", body)
    assert services.sent == [
        ("ok://mail", Letter("Тревога N1", "С-401", urgent=True)),
        ("ok://mail", Letter("Тревога N2", "С-401", urgent=False)),
    ]
    assert engine.results() == [("N1", 1, True, NO_ERROR), ("N2", 1, True, NO_ERROR)]
    assert {(c.kind, c.user, c.role) for c in engine.commands} == {("notice.result", "notifier", "admin")}
    assert len({c.id for c in engine.commands}) == 2


def test_the_next_attempt_of_a_notice_is_sent_again(tmp_path: Path, services: Services) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.show(entry())
        await until(lambda: len(engine.commands) == 1)
        engine.show()
        engine.show(entry(attempt=2))
        await until(lambda: len(engine.commands) == 2)

    engine = run(tmp_path, "  maintenance: no://mail\n", body)
    error = {"ru": "no: в соединении отказано", "en": "no: connection refused"}
    assert engine.results() == [("N1", 1, False, error), ("N1", 2, False, error)]


def test_all_addresses_are_tried_and_one_is_enough(tmp_path: Path, services: Services) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.show(entry(), entry("N2", "quality"))
        await until(lambda: len(engine.commands) == 2)
        await until(lambda: len(services.sent) == 4)

    engine = run(tmp_path, "  maintenance: [no://a, ok://b]\n  quality: [no://c, no://d]\n", body)
    assert sorted(services.urls()) == ["no://a", "no://c", "no://d", "ok://b"]
    by_notice = {r[0]: r for r in engine.results()}
    assert by_notice["N1"][2:] == (True, NO_ERROR)
    both = {"ru": "no: в соединении отказано; no: в соединении отказано", "en": "no: connection refused; no: connection refused"}
    assert by_notice["N2"][2:] == (False, both)


def test_a_contact_without_an_address_fails_at_once_and_says_where_to_add_it(tmp_path: Path, services: Services) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.show(entry(contact="quality"))
        await until(lambda: len(engine.commands) == 1)

    [(_, _, delivered, error)] = run(tmp_path, "  maintenance: ok://mail\n", body).results()
    assert delivered is False
    assert isinstance(error, dict)
    assert all("contacts.quality" in error[language] for language in ("ru", "en"))
    assert services.sent == []


def test_an_address_that_is_added_is_used_without_a_restart(tmp_path: Path, services: Services) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.show(entry())
        await until(lambda: len(engine.commands) == 1)
        (tmp_path / "contacts.yaml").write_text("contacts:\n  maintenance: ok://new\n", encoding="utf-8")
        engine.show(entry(attempt=2))
        await until(lambda: len(engine.commands) == 2)

    assert [r[2] for r in run(tmp_path, "  quality: ok://mail\n", body).results()] == [False, True]
    assert services.urls() == ["ok://new"]


def test_a_result_waits_for_the_engine(tmp_path: Path, services: Services) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.show(entry())
        engine.set_up(False)
        await until(lambda: len(services.sent) == 1)
        await until(lambda: "N1" in str(notifier.waiting()))
        assert engine.commands == []
        engine.set_up(True)
        await until(lambda: len(engine.commands) == 1)
        engine.show()
        assert notifier.waiting() == []

    assert run(tmp_path, "  maintenance: ok://mail\n", body).results() == [("N1", 1, True, NO_ERROR)]


def test_a_result_that_the_engine_lost_is_said_again_and_the_message_is_not_sent_again(
    tmp_path: Path, services: Services
) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.show(entry())
        await until(lambda: len(engine.commands) == 1)
        engine.set_up(False)
        engine.set_up(True)
        engine.show(entry())  # the engine died before it could apply the result
        await until(lambda: len(engine.commands) == 2)
        engine.show(entry())
        engine.show()
        engine.show(entry("N2"))
        await until(lambda: len(engine.commands) == 3)

    engine = run(tmp_path, "  maintenance: ok://mail\n", body)
    assert [r[0] for r in engine.results()] == ["N1", "N1", "N2"]
    assert len(services.sent) == 2


def test_a_result_that_the_journal_does_not_take_is_offered_again(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notify.notifier.AGAIN_S", 0.05)

    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.accepts = False
        engine.show(entry())
        await until(lambda: len(engine.commands) >= 2)
        engine.accepts = True
        count = len(engine.commands)
        await until(lambda: len(engine.commands) > count)
        await until(lambda: notifier.waiting() == [])

    run(tmp_path, "  maintenance: ok://mail\n", body)
    assert len(services.sent) == 1


def test_a_service_that_hangs_fails_in_time_and_holds_up_nobody(tmp_path: Path, services: Services) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.show(*(entry(f"N{i}") for i in range(9)), entry("Q", "quality"))
        await until(lambda: [r[0] for r in engine.results()] == ["Q"])
        await until(lambda: len(engine.commands) == 10)

    engine = run(tmp_path, "  maintenance: hang://mail\n  quality: ok://mail\n", body, within_s=0.5)
    assert services.urls().count("hang://mail") == delivery.PER_ADDRESS  # the others have not even begun
    said = sorted(str(r[3]["en"]) for r in engine.results()[1:] if isinstance(r[3], dict))
    assert (
        said
        == ["hang: no answer within 0.5 s"] * 4
        + ["hang: the address is busy: earlier messages have not gone out within 0.5 s"] * 5
    )


def test_what_left_the_outbox_while_it_waited_is_not_sent(tmp_path: Path, services: Services) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        first = [entry(f"N{i}") for i in range(delivery.PER_ADDRESS)]
        engine.show(*first, entry("LATE"))
        await until(lambda: len(services.sent) == delivery.PER_ADDRESS)
        engine.show(*first)  # acknowledged: the engine has withdrawn it
        services.release.set()
        await until(lambda: len(engine.commands) == delivery.PER_ADDRESS)

    engine = run(tmp_path, "  maintenance: hang://mail\n", body)
    assert "LATE" not in {r[0] for r in engine.results()}
    assert "Тревога LATE" not in {letter.title for _, letter in services.sent}


def described(*outside: str) -> LineIndex:
    people: list[Json] = [{"id": c, "outside": True} for c in outside]
    return LineIndex.from_description({**DESCRIPTION, "escalation": {"contacts": people}})


def test_how_the_file_fits_the_line_is_logged_once_and_after_every_change(
    tmp_path: Path, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.line = described("maintenance")
        engine.set_up(True)
        await until(lambda: "'maintenance' is told outside the panels and has no address" in caplog.text)
        assert "the line has no contact 'mechanic'" in caplog.text
        engine.set_up(True)
        assert {r.levelno for r in caplog.records if r.name == "potok.notify"} == {logging.INFO}
        (tmp_path / "contacts.yaml").write_text("contacts:\n  fitter: ok://secret\n  x: [secret]\n", encoding="utf-8")
        engine.show(entry())
        await until(lambda: len(engine.commands) == 1)

    with caplog.at_level(logging.INFO, "potok.notify"):
        run(tmp_path, "  mechanic: ok://secret\n", body)
    warned = [r.getMessage() for r in caplog.records if r.name == "potok.notify" and r.levelno == logging.WARNING]
    assert ["contacts.x.0: this is no address" in w for w in warned].count(True) == 1
    assert ["the line has no contact 'fitter'" in w for w in warned].count(True) == 1
    assert ["the contact 'maintenance'" in w for w in warned].count(True) == 1
    assert "secret" not in caplog.text


@pytest.mark.parametrize("told", [False, True])
def test_what_serve_has_told_of_the_file_is_not_told_again(
    tmp_path: Path, services: Services, caplog: pytest.LogCaptureFixture, told: bool
) -> None:
    """Until the file changes: then whoever changed it wants to know."""
    before: list[str] = []

    async def body(engine: Engine, notifier: Notifier) -> None:
        engine.line = described("maintenance")
        engine.show(entry())
        await until(lambda: len(engine.commands) == 1)
        before.extend(r.getMessage() for r in caplog.records if r.levelno == logging.WARNING)
        (tmp_path / "contacts.yaml").write_text("contacts:\n  maintenance: ok://mail\n  y: [none]\n", encoding="utf-8")
        engine.show(entry("N2"))
        await until(lambda: len(engine.commands) == 2)

    run(tmp_path, "  maintenance: ok://mail\n  x: [none]\n", body, told=told)
    assert ["contacts.x.0: this is no address" in w for w in before] == ([] if told else [True])
    assert "contacts.y.0: this is no address" in caplog.text


def test_serve_says_to_the_server_process_that_it_has_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo says nothing of contacts: nobody who tries the program has any."""
    started: list[list[str]] = []
    monkeypatch.setattr(serve, "run_serve", lambda options: started.append(serve.server_arguments(options)) or 0)
    monkeypatch.setattr(demo, "run_demo", lambda options, _line: started.append(serve.server_arguments(options)) or 0)
    for command in ("serve", "demo"):
        assert main([command, "sausage", "--data", str(tmp_path / command), "--port", "0"]) == 0
    assert ["--contacts-told" in arguments for arguments in started] == [True, False]


def test_a_disk_that_hangs_fails_the_attempts_and_holds_one_thread(tmp_path: Path, services: Services) -> None:
    engine, released, reads = Engine(up=True), threading.Event(), 0

    def hangs(path: Path, name: str) -> tuple[Document | None, list[Problem]]:
        nonlocal reads
        reads += 1
        released.wait(20)
        return read_yaml(path, name)

    async def main() -> None:
        contacts(tmp_path, "  maintenance: [ok://mail, ok://mail]\n")
        notifier = Notifier(engine, ContactsFile(tmp_path / "contacts.yaml", hangs), SystemClock(), 1.0)
        await notifier.start()
        engine.show(*(entry(f"N{n}") for n in range(20)))
        await until(lambda: len(engine.commands) == 20)
        assert reads == 1
        assert [t.name for t in threading.enumerate()].count("contacts") == 1
        assert {str(c.args["error"]) for c in engine.commands} == {str(NOT_READ.to_json())}
        released.set()
        engine.show(entry("N99"))
        await until(lambda: len(engine.commands) == 21)
        await notifier.close()

    asyncio.run(main())
    assert services.urls() == ["ok://mail"]  # an address that stands twice is one
    assert engine.results()[-1] == ("N99", 1, True, NO_ERROR)
