"""The net client against a real socket: messages, resuming, an outage, commands, a clean end; and the whole panel on it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hmi.app import run_panel
from hmi.net import NetWorker, live_url
from hmi.viewmodels import wire
from hmi.viewmodels.wire import Obj
from line.clock import SystemClock, sleep_s
from tests.hmi.fake_server import FakeServer

DEADLINE_S = 10.0


class Inbox:
    """Messages of a worker, to be waited for."""

    def __init__(self) -> None:
        self.messages: list[Obj] = []

    def kinds(self) -> list[str]:
        return [wire.text(m, "type") for m in list(self.messages)]

    def of(self, kind: str) -> list[Obj]:
        return [m for m in list(self.messages) if wire.text(m, "type") == kind]


def until(condition: Callable[[], bool], what: str) -> None:
    clock = SystemClock()
    deadline = clock.monotonic_ns() + int(DEADLINE_S * 1e9)
    while not condition():
        assert clock.monotonic_ns() < deadline, f"waited in vain for {what}"
        sleep_s(0.01)


class Running:
    """A worker that is stopped at the end, with its inbox."""

    def __init__(self, url: str) -> None:
        self.inbox = Inbox()
        self.worker = NetWorker(url, self.inbox.messages.append, station="test")

    def __enter__(self) -> Running:
        self.worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.worker.stop()
        assert not [t for t in threading.enumerate() if t.name == "potok-net"]


def event(seq: int) -> Obj:
    return {"type": "event", "event": {"seq": seq, "time_ns": seq, "kind": "system", "source": "x", "data": {}}}


def test_live_url() -> None:
    assert live_url("http://h:1/") == "ws://h:1/api/live"
    assert live_url("https://h/base") == "wss://h/base/api/live"


def test_it_brings_the_description_the_views_and_the_live_stream() -> None:
    with FakeServer() as server, Running(server.url) as running:
        inbox = running.inbox
        until(lambda: "image" in inbox.kinds(), "an image")
        kinds = inbox.kinds()
        assert kinds[0] == "line"
        assert {"view", "connected", "hello", "image"} <= set(kinds)
        server.tell_raw("this is no JSON")
        server.tell_raw("[1, 2]")
        server.tell(event(41))
        until(lambda: "event" in inbox.kinds(), "the event after rubbish")


def test_it_reconnects_after_an_outage_and_resumes_after_the_last_event() -> None:
    inbox = Inbox()
    with FakeServer() as first:
        port = first.port
        worker = NetWorker(first.url, inbox.messages.append, station="test")
        worker.start()
        until(lambda: first.panels == 1, "the first connection")
        first.tell(event(57))
        until(lambda: bool(inbox.of("event")), "event 57")
        assert first.afters == [""]
    until(lambda: bool(inbox.of("lost")), "the loss")
    with FakeServer(port) as second:
        second.last_seq = 90
        until(lambda: second.panels == 1, "the second connection")
        assert second.afters == ["after=57"]
        second.drop()
        until(lambda: len(second.afters) >= 2, "the third connection")
    assert worker.stop()


def test_another_journal_with_fewer_events_is_followed_from_its_end() -> None:
    inbox = Inbox()
    with FakeServer() as server, Running(server.url) as running:
        inbox = running.inbox
        until(lambda: bool(inbox.of("hello")), "the greeting")
        server.tell(event(400))
        until(lambda: bool(inbox.of("event")), "event 400")
        server.last_seq = 3
        server.drop()
        until(lambda: len(inbox.of("hello")) == 2, "the second greeting")
        server.drop()
        until(lambda: len(server.afters) >= 3, "the third connection")
        assert server.afters[:3] == ["", "after=400", "after=3"]


def test_login_command_history_and_the_end_of_a_session() -> None:
    with FakeServer() as server, Running(server.url) as running:
        worker, inbox = running.worker, running.inbox
        worker.put(lambda http: worker.login(http, "ivanova", "wrong"))
        until(lambda: bool(inbox.of("login_failed")), "the refusal")
        assert wire.integer(inbox.of("login_failed")[0], "status") == 401
        worker.put(lambda http: worker.submit(http, 1, {"kind": "alarm.silence", "target": "", "args": {}}))
        until(lambda: bool(inbox.of("command_reply")), "the answer without a session")
        assert wire.integer(inbox.of("command_reply")[0], "status") == 401
        worker.put(lambda http: worker.login(http, "ivanova", "right"))
        until(lambda: any(wire.text(m, "user") == "ivanova" for m in inbox.of("session")), "the session")
        assert all("token" not in m for m in inbox.messages), "the token stays in the client"
        worker.put(lambda http: worker.submit(http, 2, {"kind": "alarm.silence", "target": "", "args": {}}))
        until(lambda: len(inbox.of("command_reply")) == 2, "the answer")
        assert wire.integer(inbox.of("command_reply")[1], "status") == 202
        path, body, token = server.posts[-1]
        assert (path, body["station"], token) == ("/api/commands", "test", "Bearer t0")
        worker.put(lambda http: worker.history(http, ["S401.ChamberTemp", "C201.Vacuum"], 0, 1, 10))
        until(lambda: bool(inbox.of("history")), "history")
        assert set(wire.obj(inbox.of("history")[0], "data")) == {"S401.ChamberTemp", "C201.Vacuum"}
        worker.put(lambda http: worker.change_password(http, "wrong", "brand-new-1"))
        until(lambda: bool(inbox.of("password_failed")), "the refusal of the change")
        failed = inbox.of("password_failed")[0]
        assert wire.integer(failed, "status") == 403
        assert wire.bilingual(wire.obj(failed, "body").get("error"), "en") == "Old is wrong"
        worker.put(lambda http: worker.change_password(http, "right", "brand-new-1"))
        until(lambda: bool(inbox.of("password_changed")), "the change")
        worker.put(lambda http: worker.logout(http))
        until(lambda: wire.text(inbox.of("session")[-1], "user") == "", "the log-out")


def test_a_server_that_is_not_there_fails_requests_and_never_hangs_the_end() -> None:
    with FakeServer() as server:
        url = server.url
    with Running(url) as running:
        worker, inbox = running.worker, running.inbox
        worker.put(lambda http: worker.submit(http, 7, {"kind": "alarm.silence", "target": "", "args": {}}))
        until(lambda: bool(inbox.of("command_reply")), "the failure")
        assert wire.integer(inbox.of("command_reply")[0], "status") == 0
        until(lambda: bool(inbox.of("lost")), "the loss")


def test_a_change_of_password_without_session_or_server_is_told() -> None:
    with FakeServer() as server, Running(server.url) as running:
        worker, inbox = running.worker, running.inbox
        worker.put(lambda http: worker.change_password(http, "right", "brand-new-1"))
        until(lambda: bool(inbox.of("session")), "the end of the session")
        assert wire.integer(inbox.of("password_failed")[0], "status") == 401
        assert wire.text(inbox.of("session")[0], "user") == ""


def test_a_server_that_ends_as_a_panel_connects_leaves_no_connection_open() -> None:
    """Of the server that these tests use: the end and the connection are seen in one turn of its loop."""
    for _ in range(5):
        with FakeServer() as server, socket.socket() as panel:
            server._loop.call_soon_threadsafe(sleep_s, 0.02)
            panel.connect(("127.0.0.1", server.port))
            server._loop.call_soon_threadsafe(server._ended.set)


def test_a_download_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file, blocked = tmp_path / "new" / "journal.csv", tmp_path / "file"
    blocked.write_text("no folder")
    with FakeServer() as server, Running(server.url) as running:
        worker, inbox = running.worker, running.inbox
        worker.put(lambda http: worker.download(http, "/api/alarm_journal.csv", {"unit": "S401"}, file, "saved"))
        until(lambda: len(inbox.of("reply")) == 1, "the file")
        content = file.read_bytes()
        assert content.decode("utf-8-sig").splitlines()[0] == "seq;time"
        assert inbox.of("reply")[0] == {
            "type": "reply", "reply_to": "saved", "status": 200, "data": {"bytes": len(content)}, "error": "",
        }  # fmt: skip
        assert "/api/alarm_journal.csv?unit=S401" in server.queries
        worker.put(lambda http: worker.download(http, "/api/nothing", {}, tmp_path / "none.csv", "saved"))
        until(lambda: len(inbox.of("reply")) == 2, "the refusal")
        worker.put(lambda http: worker.download(http, "/api/alarm_journal.csv", {}, blocked / "x.csv", "saved"))
        until(lambda: len(inbox.of("reply")) == 3, "the failure")
        refused, failed = inbox.of("reply")[1:]
        assert (wire.integer(refused, "status"), wire.integer(failed, "status")) == (404, 0)
        assert "Error" in wire.text(failed, "error")
        assert wire.obj(failed, "data").get("disk") is True
    with Running("http://127.0.0.1:9") as running:
        running.worker.put(lambda http: running.worker.download(http, "/api/x", {}, tmp_path / "gone.csv", "saved"))
        until(lambda: len(running.inbox.of("reply")) == 1, "the failure")
        assert wire.obj(running.inbox.of("reply")[0], "data") == {"bytes": 0}, "the disk is not to blame"
    assert sorted(str(f.relative_to(tmp_path)) for f in tmp_path.rglob("*") if f.is_file()) == ["file", "new/journal.csv"]


def test_a_full_disk_is_told_apart_from_a_folder_nobody_may_write_to(tmp_path: Path) -> None:
    file = tmp_path / "journal.csv"
    (tmp_path / "journal.csv.part").symlink_to("/dev/full")
    with FakeServer() as server, Running(server.url) as running:
        running.worker.put(lambda http: running.worker.download(http, "/api/alarm_journal.csv", {}, file, "saved"))
        until(lambda: len(running.inbox.of("reply")) == 1, "the failure")
        told = wire.obj(running.inbox.of("reply")[0], "data")
    assert (told.get("disk"), told.get("full")) == (True, True)
    assert list(tmp_path.iterdir()) == [], "nothing half is left"


def test_a_file_or_page_of_a_session_that_ended_tells_so_and_what_the_server_said(tmp_path: Path) -> None:
    with FakeServer() as server, Running(server.url) as running:
        worker, inbox = running.worker, running.inbox
        jobs = (
            lambda http: worker.download(http, "/api/guarded", {}, tmp_path / "x.csv", "saved"),
            lambda http: worker.fetch(http, "/api/guarded", {}, "pages"),
        )
        for at, job in enumerate(jobs, 1):
            worker.put(job)
            until(lambda n=2 * at - 1: len(inbox.of("reply")) == n, "the refusal of who is not logged in")
            assert len(inbox.of("session")) == 2 * (at - 1), "nobody was logged in"
            worker.put(lambda http: worker.login(http, "ivanova", "right"))
            until(lambda n=2 * at - 1: len(inbox.of("session")) == n, "the login")
            worker.put(job)
            until(lambda n=2 * at: len(inbox.of("reply")) == n, "the refusal")
            assert wire.text(inbox.of("session")[-1], "user") == "", "logged out"
            assert wire.obj(inbox.of("reply")[-1], "data").get("error") == {"ru": "Войдите", "en": "Sign in"}


def test_a_posted_question_is_answered_to_who_asked() -> None:
    with FakeServer() as server, Running(server.url) as running:
        worker, inbox = running.worker, running.inbox
        worker.put(lambda http: worker.post(http, "/api/recipes/check", {"text": "recipe: x"}, "asked"))
        until(lambda: len(inbox.of("reply")) == 1, "the answer")
        assert inbox.of("reply")[0] == {
            "type": "reply", "reply_to": "asked", "status": 200, "data": {"got": {"text": "recipe: x"}}, "error": "",
        }  # fmt: skip
    with Running("http://127.0.0.1:9") as running:
        worker, inbox = running.worker, running.inbox
        worker.put(lambda http: worker.post(http, "/api/nothing", {}, "asked"))
        until(lambda: len(inbox.of("reply")) == 1, "the failure")
        assert wire.integer(inbox.of("reply")[0], "status") == 0


def test_stop_before_start_and_twice() -> None:
    worker = NetWorker("http://127.0.0.1:9", lambda message: None)
    assert worker.stop()
    assert worker.stop()


@pytest.mark.usefixtures("app")
def test_pictures_from_a_live_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer() as server:
        assert run_panel(server.url, language="en", screenshots=tmp_path, sizes=[(1280, 800)], data_within_s=10) == 0
    names = sorted(f.name for f in tmp_path.iterdir())
    assert "overview-1280x800-day-en.png" in names
    assert "unit-cutter-1280x800-night-en.png" in names
    assert len(capsys.readouterr().out.splitlines()) == len(names)


@pytest.mark.usefixtures("app")
def test_no_pictures_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer() as server:
        url = server.url
    assert run_panel(url, language="en", screenshots=tmp_path, data_within_s=0.7) == 1
    assert "the server does not answer" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_bytes_of_a_file_are_sent_as_they_are_and_the_answer_comes_back() -> None:
    with FakeServer() as server, Running(server.url) as running:
        worker, inbox = running.worker, running.inbox
        photo = b"\xff\xd8\xff\x00photo"
        worker.put(lambda http: worker.upload(http, "/api/attachments", photo, "log.photo"))
        until(lambda: bool(inbox.of("reply")), "the refusal without a session")
        assert wire.integer(inbox.of("reply")[0], "status") == 401
        assert wire.text(inbox.of("session")[-1], "user") == "", "a session that ended is told"
        worker.put(lambda http: worker.login(http, "ivanova", "right"))
        until(lambda: any(wire.text(m, "user") == "ivanova" for m in inbox.of("session")), "the session")
        worker.put(lambda http: worker.upload(http, "/api/attachments", photo, "log.photo"))
        until(lambda: len(inbox.of("reply")) == 2, "the answer")
        answer = inbox.of("reply")[1]
        assert (wire.text(answer, "reply_to"), wire.integer(answer, "status")) == ("log.photo", 201)
        assert wire.text(wire.obj(answer, "data"), "photo") == "ab" * 32
        assert server.uploads == [photo, photo]
